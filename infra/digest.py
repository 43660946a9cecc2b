"""The topic of the digest, separate from the alerts, so that readers of news receive no alerts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from infra.alerts import only_over_tls, read_by_mail, sender

if TYPE_CHECKING:
    from infra.encryption import EncryptionKey
    from infra.place import Place


class DigestTopic(pulumi.ComponentResource):
    """An encrypted topic that one function of this stack publishes to, and the address that reads it.

    Its policy allows nothing: subscribers and publishers use the rights of a role of this account.
    """

    def __init__(self, place: Place, key: EncryptionKey) -> None:
        name = place.name("digest")
        super().__init__("spotify-lake:infra:DigestTopic", name)
        self.key = key
        child = pulumi.ResourceOptions(parent=self)
        self.topic = aws.sns.Topic(
            name, name=name, display_name=sender(place, "digest"), kms_master_key_id=key.arn, opts=child
        )
        self.arn = self.topic.arn
        document = {"Version": "2012-10-17", "Statement": [only_over_tls("sns:Publish", self.arn)]}
        aws.sns.TopicPolicy(name, arn=self.arn, policy=pulumi.Output.json_dumps(document), opts=child)
        read_by_mail(self.topic, name, place.settings.digest_email, child)
        self.register_outputs({"arn": self.arn})
