"""`ops digest` prints the digest of a published date."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.ops.conftest import CommandLine


def test_digest_shows_the_latest_published_date(local_ops: CommandLine, published: str) -> None:
    told = local_ops("digest", "--local", "--json")
    assert told.code == 0
    said = json.loads(told.out)
    assert said["snapshot_date"] == published
    assert local_ops("digest", published, "--local").out == f"{said['subject']}\n\n{said['text']}\n"


def test_digest_of_a_date_that_is_not_published_is_a_sentence(local_ops: CommandLine, published: str) -> None:
    told = local_ops("digest", "2019-01-01", "--local")
    assert (told.code, "2019-01-01 is not published." in told.err) == (1, True)
