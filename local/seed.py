"""Do what a user does after deploying: set the secret, write a watch-list, confirm the subscriptions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from functions.shared.keys import WATCHLIST

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from local.source import Source

    Client = Callable[[str], Any]

# Whom a lake of the real Spotify follows until its owner says otherwise: `ops watch` changes it.
FIRST_ARTISTS = {"0TnOYISbd1XYRBk9myaseg": "Pitbull", "4tZwfgrHOc3mvqYlEYSvVi": "Daft Punk"}


def seed(client: Client, outputs: dict[str, Any], source: Source, state_dir: Path) -> None:
    """Set the secret's value, put a watch-list where there is none yet, and confirm the subscriptions."""
    credentials = {"client_id": source.client_id, "client_secret": source.client_secret}
    client("secretsmanager").put_secret_value(SecretId=outputs["secret_arn"], SecretString=json.dumps(credentials))
    body = json.dumps(_watchlist(source), ensure_ascii=False, indent=1).encode()
    put = {"Bucket": outputs["raw_bucket"], "Key": WATCHLIST, "Body": body, "ContentType": "application/json"}
    try:
        client("s3").put_object(**put, IfNoneMatch="*")
    except ClientError as exc:
        if exc.response["Error"]["Code"] != "PreconditionFailed":
            raise
    for topic in (outputs["alert_topic_arn"], outputs["digest_topic_arn"]):
        _confirm(client("sns"), topic, state_dir / "mailbox.ndjson")


def _confirm(sns: Any, topic: str, mailbox: Path) -> None:
    """Confirm each pending subscription to a topic, as the owner of the address would from the mail."""
    found = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    if any(each["SubscriptionArn"] == "PendingConfirmation" for each in found):
        mails = map(json.loads, mailbox.read_text(encoding="utf-8").splitlines())
        (*_, token) = (mail["token"] for mail in mails if mail["topic_arn"] == topic and "token" in mail)
        sns.confirm_subscription(TopicArn=topic, Token=token)


def _watchlist(source: Source) -> dict[str, Any]:
    if source.simulated:
        found: dict[str, Any] = source.ask("watchlist")
        return found
    return {"artists": [{"id": id_, "name": name} for id_, name in FIRST_ARTISTS.items()]}
