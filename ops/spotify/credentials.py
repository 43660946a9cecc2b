"""Store Spotify's credentials in the secret, from the environment or a prompt, never from an argument."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from ops.errors import WrongUsage

if TYPE_CHECKING:
    from collections.abc import Callable

    from ops.stack import Stack


def from_environment_or(prompt: Callable[[str], str]) -> tuple[str, str]:
    """Return client id and secret: from SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET, else what `prompt` returns.

    Raises:
        WrongUsage: one of the two variables is set and the other is not, or an answer is empty.
    """
    found = [os.environ.get("SPOTIFY_CLIENT_ID", ""), os.environ.get("SPOTIFY_CLIENT_SECRET", "")]
    if any(found) and not all(found):
        raise WrongUsage("Set both SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET, or neither to enter them at a prompt.")
    client_id, client_secret = found if all(found) else [prompt("Client id"), prompt("Client secret")]
    if not client_id.strip() or not client_secret.strip():
        raise WrongUsage("Client id and client secret must not be empty; nothing was written.")
    return client_id.strip(), client_secret.strip()


def store(stack: Stack, client_id: str, client_secret: str) -> str:
    """Write the secret's next version and return its version id; the next run reads it, nothing is deployed."""
    answer = stack.client("secretsmanager").put_secret_value(
        SecretId=stack.outputs["secret_arn"],
        SecretString=json.dumps({"client_id": client_id, "client_secret": client_secret}),
    )
    return str(answer["VersionId"])
