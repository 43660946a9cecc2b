"""A stack whose AWS gives the responses of a test: the few that the embedded AWS cannot give."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from ops.stack import Stack

if TYPE_CHECKING:
    from collections.abc import Iterator

MACHINE = "arn:aws:states:us-east-1:000000000000:stateMachine:spotify-lake-test"
EXECUTION = "arn:aws:states:us-east-1:000000000000:execution:spotify-lake-test:other"
OUTPUTS: dict[str, Any] = {
    "raw_bucket": "raw", "curated_bucket": "curated", "results_bucket": "results", "state_machine_arn": MACHINE,
    "crawler_name": "crawler", "workgroup": "work", "lake_database": "lake", "views_database": "views",
    "lock_table": "locks", "secret_arn": "secret", "functions": {}, "time_zone": "UTC",
}  # fmt: skip


def refusal(code: str, status: int = 400) -> ClientError:
    """Return an error as AWS answers it."""
    error = {"Error": {"Code": code, "Message": "Said so."}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(error, "GetObject")  # type: ignore[arg-type]  # as much of an answer as is read


class Client:
    """A client whose calls return or raise what was given by name; a paginator has it as its one page."""

    def __init__(self, **answers: object) -> None:
        self._answers = answers

    def __getattr__(self, name: str) -> Any:
        def answer(**_: object) -> Any:
            found = self._answers[name]
            if isinstance(found, Exception):
                raise found
            return found

        return answer

    def get_paginator(self, name: str) -> Any:
        """Return what pages through the one answer."""
        return Pages(getattr(self, name))


class Pages:
    """A paginator of one page."""

    def __init__(self, answer: Any) -> None:
        self._answer = answer

    def paginate(self, **asked: object) -> list[Any]:
        """Return the page."""
        return [self._answer(**asked)]


def stack(outputs: dict[str, Any] | None = None, **answers: object) -> Stack:
    """Return a stack each of whose services gives these responses."""
    return Stack("test", {**OUTPUTS, **(outputs or {})}, lambda _service: Client(**answers))  # type: ignore[typeddict-item]  # the names are OUTPUTS'


@contextmanager
def stack_of(_name: str | None = None, *, local: bool = False, **answers: object) -> Iterator[Stack]:
    """Replace `open_stack`."""
    assert local
    answers.setdefault("get_object", refusal("NoSuchKey"))
    yield stack(None, **answers)
