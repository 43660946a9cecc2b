"""The functions' dependencies as Lambda layers, one per set of locked requirements."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from infra.bucket import Bucket
from infra.packaging import artifacts, bytecode

if TYPE_CHECKING:
    from infra.encryption import EncryptionKey
    from infra.place import Place


class DependencyLayers(pulumi.ComponentResource):
    """Layers of `functions/<name>/requirements.txt`, uploaded through a bucket: they are too large to send directly.

    Without layers (`dependencyLayers` false), the functions find their packages in the runtime's own environment.
    """

    def __init__(self, place: Place, key: EncryptionKey) -> None:
        super().__init__("spotify-lake:infra:DependencyLayers", place.name("layers"))
        self._place = place
        self._layers: dict[str, aws.lambda_.LayerVersion] = {}
        self._bucket = (
            Bucket("artifacts", place, key, [], disposable=True) if place.settings.dependency_layers else None
        )
        self.register_outputs({})

    def of(self, function: str) -> list[pulumi.Output[str]]:
        """Return a function's layers, built if they do not exist yet."""
        if self._bucket is None:
            return []
        self._say_if_without_bytecode()
        settings = self._place.settings
        layer = artifacts.dependency_layer(function, settings.architecture, settings.python)
        if layer.sha256 not in self._layers:
            self._layers[layer.sha256] = self._publish(function, layer, self._bucket)
        return [self._layers[layer.sha256].arn]

    def _say_if_without_bytecode(self) -> None:
        python = self._place.settings.python
        if not self._layers and bytecode.interpreter(python) is None:
            pulumi.log.warn(
                f"There is no Python {python} on this machine, so the functions contain no bytecode, and each cold "
                f"start compiles what it imports (transform takes twice as long). Install Python {python}, "
                f"for example with: uv python install {python}",
                self,
            )

    def _publish(self, function: str, layer: artifacts.Artifact, bucket: Bucket) -> aws.lambda_.LayerVersion:
        name = self._place.name(f"{function}-dependencies")
        child = pulumi.ResourceOptions(parent=self)
        stored = aws.s3.BucketObjectv2(
            name,
            bucket=bucket.name,
            key=f"layers/{layer.path.name}",
            source=pulumi.FileAsset(str(layer.path)),
            source_hash=layer.sha256,
            opts=child,
        )
        return aws.lambda_.LayerVersion(
            name,
            layer_name=name,
            description=f"What functions/{function}/requirements.txt locks",
            s3_bucket=bucket.name,
            s3_key=stored.key,
            source_code_hash=layer.sha256,
            compatible_runtimes=[self._place.settings.runtime],
            compatible_architectures=[self._place.settings.architecture],
            opts=child,
        )
