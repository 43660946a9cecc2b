"""Spotify's client ID and secret: created empty, filled by `ops credentials set`, never read by Pulumi."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

if TYPE_CHECKING:
    from infra.encryption import EncryptionKey
    from infra.place import Place


class SpotifySecret(pulumi.ComponentResource):
    """A secret without a value. If data is protected, it can be restored for a week after it is deleted."""

    service = "secretsmanager"

    def __init__(self, place: Place, key: EncryptionKey) -> None:
        name = place.name("spotify")
        super().__init__("spotify-lake:infra:SpotifySecret", name)
        self.place, self.key = place, key
        protect = place.settings.protect_data
        self.secret = aws.secretsmanager.Secret(
            name,
            name=name,
            description='{"client_id": …, "client_secret": …} of the Spotify app; set with: ops credentials set',
            kms_key_id=key.arn,
            recovery_window_in_days=7 if protect else 0,
            opts=pulumi.ResourceOptions(parent=self, protect=protect),
        )
        self.arn = self.secret.arn
        self.register_outputs({"arn": self.arn})
