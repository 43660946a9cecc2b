"""Render bodies and their ETags, cached for all simulations that show the same: they are pure functions."""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qsl

from local.spotify.catalogue.generated import catalogue_of
from local.spotify.endpoint_request import EndpointRequest, market_of
from local.spotify.messages import encode
from local.spotify.shapes import Shape

if TYPE_CHECKING:
    from datetime import date

    from local.spotify.config import CatalogueSize, Profile
    from local.spotify.endpoints import Endpoint


class View(NamedTuple):
    """The facts besides its request that a response depends on. `base_url` is the API's, as the caller knows it."""

    size: CatalogueSize
    profile: Profile
    old_shape: bool
    day: date
    base_url: str


@lru_cache(maxsize=20_000)
def render(view: View, endpoint: Endpoint, named: str, query: str) -> tuple[bytes, str]:
    """Return the body of a 200, and its ETag: a hash, so it changes exactly when the body does.

    Raises:
        ApiError: the question is wrong, or what it names is not there on that day.
    """
    parameters = dict(parse_qsl(query, keep_blank_values=True))
    snapshot = catalogue_of(view.size).on(view.day)
    shape = Shape(view.base_url, view.old_shape, market_of(parameters), snapshot)
    body = encode(endpoint.answer(EndpointRequest(named, parameters, view.profile, shape)))
    return body, f'"{sha256(body).hexdigest()[:32]}"'
