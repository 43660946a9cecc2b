"""The provider itself: where to deploy is known already."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.deployment.mapping import Created, maps

if TYPE_CHECKING:
    from local.deployment.mapping import Resource


@maps("pulumi:providers:aws", leaves={"region": "the embedded AWS has one", "version": "there is no plugin here"})
def provider(r: Resource) -> Created:
    """Take note of a provider."""
    return Created(r.name)
