"""The key that encrypts a stack's data, logs, messages and secret."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

if TYPE_CHECKING:
    from infra.place import Place


class EncryptionKey(pulumi.ComponentResource):
    """A customer-managed key with yearly rotation, an existing key by its ARN, or (arn is None) AWS's own keys.

    `must_allow` holds the statements about AWS's services that the stack's logs, alerts and dead letters need. A new
    key's policy gets them; an existing key's policy must have them: `ops doctor` compares.
    """

    def __init__(self, place: Place) -> None:
        super().__init__("spotify-lake:infra:EncryptionKey", place.name("key"))
        self.place = place
        self.arn: pulumi.Output[str] | None = None
        self.must_allow = self._for_services()
        settings = place.settings
        if settings.kms_key_arn:
            self.arn = pulumi.Output.from_input(settings.kms_key_arn)
        elif settings.customer_managed_key:
            own = aws.kms.Key(
                place.name("key"),
                description=f"Encrypts what {settings.name} stores: objects, logs, messages, locks and the secret",
                enable_key_rotation=True,
                deletion_window_in_days=30 if settings.protect_data else 7,
                policy=pulumi.Output.json_dumps(
                    {"Version": "2012-10-17", "Statement": [self._by_its_roles(), *self.must_allow]}
                ),
                # Pulumi never deletes the key, neither when the stack switches to another key nor when it is destroyed:
                # without it, the data encrypted with it is lost.
                opts=pulumi.ResourceOptions(parent=self, protect=settings.protect_data, retain_on_delete=True),
            )
            aws.kms.Alias(
                place.name("key-alias"),
                name=f"alias/{settings.name}",
                target_key_id=own.key_id,
                opts=pulumi.ResourceOptions(parent=self),
            )
            self.arn = own.arn
        self.register_outputs({"arn": self.arn})

    def _by_its_roles(self) -> dict[str, object]:
        root = pulumi.Output.concat("arn:", self.place.partition, ":iam::", self.place.account, ":root")
        return statement("TheAccountDecidesByItsRoles", {"AWS": root}, ["kms:*"])

    def _for_services(self) -> list[dict[str, object]]:
        """Return a statement for each service that uses the key itself, rather than through a role of this stack.

        EventBridge sends no source key when it publishes to an encrypted topic
        (https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html): the topic narrows that statement instead.
        """
        place = self.place
        account = {"aws:SourceAccount": place.account}
        topic = {"kms:EncryptionContext:aws:sns:topicArn": place.arn("sns", place.name("alerts"))}
        queue = {"kms:EncryptionContext:aws:sqs:arn": place.arn("sqs", place.name("dlq"))}
        messages = (
            ("AlertsOfRules", "events", topic),
            ("DeadLettersOfRules", "events", account | queue),
            ("AlertsOfAlarms", "cloudwatch", account),
            ("AlertsOfTheBudget", "budgets", account),
        )
        return [
            self._for_logs(),
            *(
                statement(
                    sid,
                    {"Service": f"{service}.amazonaws.com"},
                    ["kms:Decrypt", "kms:GenerateDataKey"],
                    {"StringEquals": when},
                )
                for sid, service, when in messages
            ),
        ]

    def _for_logs(self) -> dict[str, object]:
        place = self.place
        log_groups = place.arn("logs", f"log-group:/aws/*/{place.settings.name}*")
        return statement(
            "LogGroupsOfThisStack",
            {"Service": pulumi.Output.concat("logs.", place.region, ".", place.dns_suffix)},
            ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
            {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": log_groups}},
        )


def statement(
    sid: str, principal: dict[str, object], actions: list[str], when: dict[str, object] | None = None
) -> dict[str, object]:
    """Return a statement of a key policy, in which `*` means this key."""
    written: dict[str, object] = {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": principal,
        "Action": actions,
        "Resource": "*",
    }
    return written | ({"Condition": when} if when else {})
