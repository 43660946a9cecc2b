"""A function's zip is unpacked once, also if two executions ask for it at the same time."""

from __future__ import annotations

import io
import tempfile
import zipfile
from typing import TYPE_CHECKING

import pytest

from local.aws.lambda_.functions import unpacked

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def packed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> bytes:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as files:
        files.writestr("handler.py", "x = 1\n")
    return file.getvalue()


def test_two_that_unpack_a_zip_at_the_same_time_get_the_same_folder(
    packed: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both find no folder. The second to be ready failed: the execution ended with `Directory not empty`."""
    extract, others = zipfile.ZipFile.extractall, []

    def slowly(files: zipfile.ZipFile, to: Path) -> None:
        monkeypatch.setattr(zipfile.ZipFile, "extractall", extract)
        others.append(unpacked(packed))
        extract(files, to)

    monkeypatch.setattr(zipfile.ZipFile, "extractall", slowly)
    folder = unpacked(packed)
    assert others == [folder]
    assert (folder / "handler.py").read_text() == "x = 1\n"
    assert [each.name for each in folder.parent.iterdir()] == [folder.name]


def test_a_folder_that_cannot_get_its_name_is_an_error(packed: bytes) -> None:
    folder = unpacked(packed)
    (folder / "handler.py").unlink()
    folder.rmdir()
    folder.write_text("a file where the folder belongs")
    with pytest.raises(NotADirectoryError):
        unpacked(packed)
