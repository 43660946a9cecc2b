"""The provider itself: nothing to create."""

from __future__ import annotations

from local.deployment.mapping import Created, Resource, maps


@maps("pulumi:providers:aws", leaves={"region": "the embedded AWS has one", "version": "there is no plugin here"})
def provider(r: Resource) -> Created:
    """Accept a provider."""
    return Created(r.name)
