"""What a person does after deploying: set the secret's value, say whom to follow, confirm the alert subscription."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from functions.shared.keys import WATCHLIST

if TYPE_CHECKING:
    from local.session import Session

# Whom a lake of the real Spotify follows until its owner says otherwise: `ops watch` changes it.
FIRST_ARTISTS = {"0TnOYISbd1XYRBk9myaseg": "Pitbull", "4tZwfgrHOc3mvqYlEYSvVi": "Daft Punk"}


def seed(session: Session) -> None:
    """Set the secret's value, put a watch-list where there is none yet, and confirm the alert subscription."""
    credentials = {"client_id": session.source.client_id, "client_secret": session.source.client_secret}
    session.client("secretsmanager").put_secret_value(
        SecretId=session.outputs["secret_arn"], SecretString=json.dumps(credentials)
    )
    s3, bucket = session.client("s3"), session.outputs["raw_bucket"]
    body = json.dumps(_watchlist(session), ensure_ascii=False, indent=1).encode()
    try:
        s3.put_object(Bucket=bucket, Key=WATCHLIST, Body=body, ContentType="application/json", IfNoneMatch="*")
    except ClientError as exc:
        if exc.response["Error"]["Code"] != "PreconditionFailed":
            raise
    _confirm(session)


def _confirm(session: Session) -> None:
    """Confirm each pending subscription to the alert topic, as the owner of the address would from the mail."""
    sns, topic = session.client("sns"), session.outputs["alert_topic_arn"]
    found = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    if any(each["SubscriptionArn"] == "PendingConfirmation" for each in found):
        mails = map(json.loads, Path(session.state_dir, "mailbox.ndjson").read_text(encoding="utf-8").splitlines())
        (*_, token) = (mail["token"] for mail in mails if mail["topic_arn"] == topic and "token" in mail)
        sns.confirm_subscription(TopicArn=topic, Token=token)


def _watchlist(session: Session) -> dict[str, Any]:
    if session.source.simulated:
        found: dict[str, Any] = session.source.ask("watchlist")
        return found
    return {"artists": [{"id": id_, "name": name} for id_, name in FIRST_ARTISTS.items()]}
