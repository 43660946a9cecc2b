"""The mails that the local stack sent, as the embedded SNS delivered them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from local.session import Session


def mails(session: Session) -> list[dict[str, str]]:
    """Return the mails of a local stack, oldest first, without those that ask to confirm a subscription."""
    file = Path(session.state_dir, "mailbox.ndjson")
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    return [mail for mail in map(json.loads, lines) if "token" not in mail]
