"""What a person hands over: the text of a file that they name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ops.errors import WrongUsage

if TYPE_CHECKING:
    from pathlib import Path


def text_of(file: Path) -> str:
    """Return a file's text.

    Raises:
        WrongUsage: it holds something else.
    """
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as exc:
        raise WrongUsage(f"{file} is no text in UTF-8 ({exc.reason} at byte {exc.start}).") from exc
