"""The context that Lambda passes to a handler besides the event."""

from __future__ import annotations

from typing import Any


class Context:
    """A Lambda with plenty of time."""

    aws_request_id = "00000000-0000-4000-8000-000000000001"
    memory_limit_in_mb = "512"

    def get_remaining_time_in_millis(self) -> int:
        return 600_000


CONTEXT: Any = Context()
