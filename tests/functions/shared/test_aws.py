"""What AWS's failures become in the pipeline's terms."""

from __future__ import annotations

import pytest
from urllib3.exceptions import ProtocolError

from functions.shared.aws import aws_errors
from functions.shared.errors import StorageUnavailable


def test_an_answer_that_breaks_off_is_worth_another_try() -> None:
    """An error's body is read by botocore without wrapping what urllib3 raises there."""
    with pytest.raises(StorageUnavailable, match="read s3://lake/x: ProtocolError"), aws_errors("read s3://lake/x"):
        raise ProtocolError("Connection broken: 12 more expected")
