"""The one message of a digest: SNS hands plain text to mail and a notification of Amazon Q to everything else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TypedDict

from functions.digest.chat import notification
from functions.digest.text import MOST_ITEMS, subject, text

if TYPE_CHECKING:
    from functions.digest.digest import Digest

MOST_BYTES = 262_144
"""The most bytes of a message, all its forms together (https://docs.aws.amazon.com/sns/latest/api/API_Publish.html)."""


class Message(TypedDict):
    """The parameters of `sns:Publish` besides the topic."""

    Subject: str
    Message: str
    MessageStructure: str


def message(digest: Digest) -> Message:
    """Return the digest as one message; if it would be too long, its lists are shorter and say so."""
    head, chat, most = subject(digest), json.dumps(notification(digest), ensure_ascii=False), MOST_ITEMS
    while len((body := _body(chat, text(digest, most), head)).encode()) > MOST_BYTES and most:
        most //= 2
    return {"Subject": head, "Message": body, "MessageStructure": "json"}


def _body(chat: str, mail: str, head: str) -> str:
    return json.dumps({"default": chat, "email": mail, "sms": head}, ensure_ascii=False)
