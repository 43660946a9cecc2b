"""boto3 calls by service and operation, with inputs as Pulumi writes them."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Protocol

from botocore import xform_name
from botocore.exceptions import ClientError

from local.deployment.shapes import to_shape

if TYPE_CHECKING:
    from botocore.client import BaseClient


class Cloud(Protocol):
    """The part of the embedded AWS that a deployment needs."""

    @property
    def region(self) -> str: ...  # noqa: D102  # a protocol's members are what they are called
    @property
    def account_id(self) -> str: ...  # noqa: D102
    def client(self, service: str) -> Any: ...  # noqa: D102  # one method, as many client types as services


class Calls:
    """Calls into one account and region; safe to use from several threads."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._clients: dict[str, BaseClient] = {}
        self._lock = threading.Lock()
        self.region = cloud.region
        self.account_id = cloud.account_id

    def client(self, service: str) -> BaseClient:
        """Return a service's client, made once: loading its description takes longer than most calls."""
        with self._lock:
            if service not in self._clients:
                self._clients[service] = self._cloud.client(service)
            return self._clients[service]

    def call(self, service: str, operation: str, inputs: dict[str, Any]) -> dict[str, Any]:
        """Return the response of one call; `inputs` need not be in boto3's shape."""
        client = self.client(service)
        parameters = to_shape(client, operation, inputs)
        answer: dict[str, Any] = getattr(client, xform_name(operation))(**parameters)
        return answer

    def attempt(self, service: str, operation: str, inputs: dict[str, Any], unless: str) -> dict[str, Any] | None:
        """Return the response of one call, or None if AWS raises `unless` (it exists already, or does not)."""
        try:
            return self.call(service, operation, inputs)
        except ClientError as exc:
            if exc.response["Error"]["Code"] != unless:
                raise
            return None

    def arn(self, service: str, resource: str) -> str:
        """Return the ARN of a resource of this account and region."""
        return f"arn:aws:{service}:{self.region}:{self.account_id}:{resource}"
