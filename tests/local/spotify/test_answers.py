"""Answers against the OpenAPI description, in each profile, and the fields that SPOTIFY's two shapes differ by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
import yaml

from local.spotify.config import CatalogueSize

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.local.spotify.conftest import Simulation

Schema = dict[str, Any]
LOST = {"popularity", "followers", "label", "available_markets", "album_group", "linked_from"}
UNDESCRIBED = {"is_playable"}  # sent with a market, as recorded answers show; the description has it on tracks only


@pytest.fixture(scope="module")
def description(openapi: Path) -> Schema:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    lenient: Schema = without_required(yaml.load(openapi.read_text(), loader))  # noqa: S506  # both loaders are safe
    return lenient


def without_required(node: Any) -> Any:
    """Return the description with no field required (the new shape lacks some) and `nullable` as JSON Schema has it."""
    if isinstance(node, list):
        return [without_required(part) for part in node]
    if not isinstance(node, dict):
        return node
    kept = {name: without_required(part) for name, part in node.items() if name != "required"}
    if kept.pop("nullable", False):
        kept["type"] = [kept["type"], "null"]
    return kept


def properties(description: Schema, schema: Schema) -> Schema:
    """Return the properties an object may have, references and parts followed."""
    if reference := schema.get("$ref"):
        return properties(description, description["components"]["schemas"][reference.rpartition("/")[2]])
    found: Schema = dict(schema.get("properties", {}))
    for part in schema.get("allOf", []):
        found |= properties(description, part)
    return found


def undescribed(description: Schema, schema: Schema, body: Any) -> Iterator[str]:
    """Yield the members of a body that the description does not know."""
    if isinstance(body, list):
        for part in body:
            yield from undescribed(description, schema.get("items", {}), part)
    elif isinstance(body, dict):
        known = properties(description, schema)
        for name, value in body.items():
            if name in known:
                yield from undescribed(description, known[name], value)
            else:
                yield name


def members(body: Any) -> set[str]:
    """Return the names of all members, at any depth."""
    if isinstance(body, list):
        return set().union(*map(members, body))
    return set(body) | members(list(body.values())) if isinstance(body, dict) else set()


def sample(simulation: Simulation, **market: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (name of the schema, body): an answer of each kind for each of some artists."""
    for artist in simulation.artists[:6]:
        yield "ArtistObject", simulation.json(f"/artists/{artist}")
        listing = simulation.json(f"/artists/{artist}/albums", **market)
        yield "PagingArtistDiscographyAlbumObject", listing
        for item in listing["items"][:2]:
            album = simulation.json(f"/albums/{item['id']}", **market)
            yield "AlbumObject", album
            yield "PagingSimplifiedTrackObject", simulation.json(f"/albums/{item['id']}/tracks", **market)
            yield "TrackObject", simulation.json(f"/tracks/{album['tracks']['items'][0]['id']}", **market)
    found = simulation.json("/search", q="tag:new", type="album", **market)
    yield "PagingSimplifiedAlbumObject", found["albums"]


def batches(simulation: Simulation) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the objects of the batch endpoints and of the new releases."""
    artists = simulation.artists
    listing = simulation.json(f"/artists/{artists[0]}/albums")["items"]
    for artist in simulation.json("/artists", ids=",".join(artists[:50]))["artists"]:
        yield "ArtistObject", artist
    albums = simulation.json("/albums", ids=",".join(item["id"] for item in listing[:3]))["albums"]
    for album in albums:
        yield "AlbumObject", album
    for track in simulation.json("/tracks", ids=albums[0]["tracks"]["items"][0]["id"])["tracks"]:
        yield "TrackObject", track
    for track in simulation.json(f"/artists/{artists[0]}/top-tracks")["tracks"]:
        yield "TrackObject", track
    yield "PagingSimplifiedAlbumObject", simulation.json("/browse/new-releases")["albums"]


@pytest.mark.parametrize("market", [{}, {"market": "US"}], ids=["no market", "a market"])
@pytest.mark.parametrize(
    "app",
    [{"profile": "development"}, {"profile": "development", "shape": "old"}, {"profile": "extended"}],
    ids=["development", "older development", "extended"],
)
def test_answers_are_as_the_description_says(
    description: Schema, simulate: Callable[..., Simulation], app: dict[str, str], market: dict[str, str]
) -> None:
    simulation = simulate(**app)
    answers = list(sample(simulation, **market))
    if app["profile"] == "extended":
        answers += batches(simulation)
    validators: dict[str, jsonschema.Draft7Validator] = {}
    for name, body in answers:
        schema = {"$ref": f"#/components/schemas/{name}"}
        if name not in validators:
            validators[name] = jsonschema.Draft7Validator({**schema, "components": description["components"]})
        validators[name].validate(body)
        assert set(undescribed(description, schema, body)) <= UNDESCRIBED


@pytest.mark.parametrize("market", [{}, {"market": "US"}], ids=["no market", "a market"])
def test_a_newer_development_app_gets_none_of_the_fields_that_were_removed(
    simulate: Callable[..., Simulation], market: dict[str, str]
) -> None:
    answers = list(sample(simulate(), **market))
    assert not LOST & members([body for _, body in answers])
    assert all("genres" not in body for name, body in answers if name == "ArtistObject")


@pytest.mark.parametrize("app", [{"shape": "old"}, {"profile": "extended"}], ids=["older development", "extended"])
def test_older_and_extended_apps_get_them(simulate: Callable[..., Simulation], app: dict[str, str]) -> None:
    simulation = simulate(size=CatalogueSize(), **app)
    relinked = list(tracks_of_the_relinked_album(simulation))
    seen = members([body for _, body in sample(simulation)]) | members(relinked)
    assert seen >= LOST | {"genres"}


def tracks_of_the_relinked_album(simulation: Simulation) -> Iterator[dict[str, Any]]:
    snapshot = simulation.spotify.snapshot
    album = next(snapshot.album(origin.key) for origin in snapshot.albums if origin.oddity == "relinked")
    yield simulation.json(f"/tracks/{snapshot.track(album, 1).id}", market="US")


def test_a_relinked_track_answers_with_another_id_that_is_known_too(simulate: Callable[..., Simulation]) -> None:
    simulation = simulate(size=CatalogueSize())
    snapshot = simulation.spotify.snapshot
    album = next(snapshot.album(origin.key) for origin in snapshot.albums if origin.oddity == "relinked")
    asked = snapshot.track(album, 1).id
    answered = simulation.json(f"/tracks/{asked}", market="US")
    assert answered["id"] != asked
    assert simulation.json(f"/tracks/{answered['id']}", market="US")["external_ids"] == answered["external_ids"]
    assert simulation.json(f"/tracks/{asked}")["id"] == asked


def test_with_a_market_tracks_say_whether_they_can_be_played(simulate: Callable[..., Simulation]) -> None:
    simulation = simulate(shape="old")
    album = simulation.json(f"/artists/{simulation.artists[0]}/albums")["items"][0]["id"]
    here = simulation.json(f"/albums/{album}", market="US")["tracks"]["items"]
    anywhere = simulation.json(f"/albums/{album}")["tracks"]["items"]
    assert all("is_playable" in track and "available_markets" not in track for track in here)
    assert all("available_markets" in track and "is_playable" not in track for track in anywhere)


def test_an_unplayable_track_says_why(simulate: Callable[..., Simulation]) -> None:
    simulation = simulate()
    bodies = [simulation.json(f"/albums/{item['id']}", market="US") for item in every_listed_album(simulation)]
    unplayable = [track for body in bodies for track in body["tracks"]["items"] if not track["is_playable"]]
    assert unplayable
    assert all(track["restrictions"] == {"reason": "market"} for track in unplayable)


def every_listed_album(simulation: Simulation) -> Iterator[dict[str, Any]]:
    for artist in simulation.artists:
        for page in simulation.pages(f"/artists/{artist}/albums", limit=10):
            yield from page["items"]


@pytest.mark.parametrize(
    ("profile", "path", "status", "message"),
    [
        ("development", "/artists/short", 400, "invalid id"),
        ("development", "/albums/0000000000000000000000", 404, "Resource not found"),
        ("development", "/tracks/0000000000000000000000", 404, "Resource not found"),
        ("development", "/nowhere", 404, "Service not found"),
        ("development", "/artists?ids=0000000000000000000000", 403, "Forbidden"),
        ("development", "/albums?ids=0000000000000000000000", 403, "Forbidden"),
        ("development", "/tracks?ids=0000000000000000000000", 403, "Forbidden"),
        ("development", "/browse/new-releases", 403, "Forbidden"),
        ("development", "/markets", 403, "Forbidden"),
        ("development", "/artists/0000000000000000000000/top-tracks", 403, "Forbidden"),
        ("development", "/me/albums", 401, "Valid user authentication required"),
        ("development", "/playlists/0000000000000000000000/items", 401, "Valid user authentication required"),
        ("development", "/search?type=album", 400, "No search query"),
        ("development", "/search?q=x", 400, "Missing parameter type"),
        ("development", "/search?q=x&type=podcast", 400, "Bad search type field podcast"),
        ("development", "/search?q=x&type=album&limit=11", 400, "Invalid limit"),
        ("development", "/search?q=x&type=album&offset=1001", 400, "Invalid offset"),
        ("extended", "/browse/new-releases?limit=51", 400, "Invalid limit"),
        ("extended", "/albums?ids=" + ",".join(["0" * 22] * 21), 400, "Too many ids requested"),
        ("extended", "/artists?ids=" + ",".join(["0" * 22] * 51), 400, "Too many ids requested"),
    ],
)
def test_what_is_refused(
    simulate: Callable[..., Simulation], profile: str, path: str, status: int, message: str
) -> None:
    answer = simulate(profile=profile).get(path) if "?" not in path else simulate(profile=profile).client.get(path)
    assert (answer.status_code, answer.json()) == (status, {"error": {"status": status, "message": message}})


@pytest.mark.parametrize(("profile", "most"), [("development", 10), ("extended", 50)])
def test_a_listing_asked_for_too_much_at_once_is_refused(
    simulate: Callable[..., Simulation], profile: str, most: int
) -> None:
    simulation = simulate(profile=profile)
    path = f"/artists/{simulation.artists[0]}/albums"
    assert simulation.get(path, limit=most).status_code == 200
    assert simulation.get(path, limit=most + 1).json()["error"]["message"] == "Invalid limit"
    assert simulation.get(path, limit=0).status_code == 400
    assert simulation.get(path, market="usa").status_code == 400


def test_batch_answers_hold_null_for_what_is_unknown(simulate: Callable[..., Simulation]) -> None:
    simulation = simulate(profile="extended")
    known = simulation.artists[0]
    found = simulation.json("/artists", ids=f"{known},{'0' * 22}")["artists"]
    assert [artist and artist["id"] for artist in found] == [known, None]
