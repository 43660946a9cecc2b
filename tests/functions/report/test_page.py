"""The page shows everything about a run and hostile text as text, links only to Spotify and AWS, and is small."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from functions.report import links
from functions.report import page as page_module
from functions.report.model import Results
from functions.report.page import UNKNOWN, count, minutes, plural, price, render, size, took
from tests.functions.report import reports
from tests.functions.report.parsed import Element, parse
from tests.often import one_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from functions.report.model import Report
    from functions.shared.events import FreezeResult

HOSTILE = "\"'><img src=https://evil.example/x onerror=alert(1)></td></script><script>alert(1)</script>{{ 7*7 }}"
KINDS: dict[str, Callable[[], Report]] = {
    "published": reports.published,
    "failed": reports.failed,
    "without a date": reports.without_a_date,
    "big": reports.big,
    "hostile": lambda: reports.published(HOSTILE),
}
MEGABYTE = 1_000_000


@pytest.fixture(scope="module", params=KINDS)
def page(request: pytest.FixtureRequest) -> str:
    return render(KINDS[request.param]())


@pytest.fixture(scope="module")
def published() -> Element:
    return parse(render(reports.published()))


def test_an_extraction_without_notes_is_shown_too() -> None:
    report = reports.published()
    assert report.results.extract is not None
    del report.results.extract["notes"]
    assert "noticed" not in render(report)


def test_the_page_of_a_replay_says_why_its_date_is_partial_and_what_would_complete_it() -> None:
    report, why = reports.published(), "The extraction of this date was not finished."
    assert "Not extracted" not in render(replace(report, results=Results()))
    frozen: FreezeResult = {"key": "k", "digest": "d", "objects": 1, "size_bytes": 1, "incomplete": [why]}
    page = parse(render(replace(report, results=Results(freeze=frozen)))).text
    assert page.count(why) == 1
    assert f"Only a daily run on {reports.DAY} itself can complete it" in page


@pytest.mark.parametrize(
    ("albums", "told"), [(0, "nothing new;"), (1, "1 new album with 2,000 tracks;"), (1_005, "1,005 new albums with")]
)
def test_the_first_sentence_counts_what_is_reported_as_new(albums: int, told: str) -> None:
    """On the first date, and at an artist's first listing, albums are seen that are not reported."""
    rows = {
        "new_albums": [reports.album("x", 0, albums)][:albums],
        "new_tracks": [reports.track("x", 0, 2_000)][:albums],
    }
    page = parse(render(reports.published("x", **rows)))
    assert told in page.one("header").text
    assert "for the first time" not in page.text


@pytest.mark.parametrize(("number", "tile"), [(0, "0 changed fields"), (1, "1 changed field"), (9, "9 changed fields")])
def test_the_page_counts_changed_fields_and_a_mail_counts_fewer_changes(number: int, tile: str) -> None:
    page = parse(render(reports.published("x", changes=[reports.changed("x", number)][:number])))
    assert tile in [each.text for each in page.all("li")]


def test_every_page_is_whole_and_under_a_megabyte(page: str) -> None:
    assert len(page.encode()) < MEGABYTE
    assert parse(page).one("html").attributes["lang"] == "en"


@pytest.mark.parametrize("length", one_in(4, [20, 60, 120, 200]))
def test_a_page_is_cut_by_its_bytes_and_not_by_its_characters(length: int) -> None:
    assert len(render(reports.big("\U0001f600" * length)).encode()) < MEGABYTE


@pytest.mark.parametrize(("octets", "draws"), [(899_999, 1), (900_000, 5)])
def test_a_page_is_drawn_with_shorter_lists_from_900_000_bytes_on(
    monkeypatch: pytest.MonkeyPatch, octets: int, draws: int
) -> None:
    drawn: list[str] = []

    def draw(*_: object) -> str:
        drawn.append("x" * octets)
        return drawn[-1]

    monkeypatch.setattr(page_module, "_drawn", draw)
    assert len(render(reports.published())) == octets
    assert len(drawn) == draws


def test_a_page_refers_to_nothing_outside_but_spotify_the_console_and_the_report_before(page: str) -> None:
    tree = parse(page)
    for element in tree.all():
        assert "src" not in element.attributes
        for name, value in element.attributes.items():
            assert not name.startswith("on")
            if "href" in name:
                assert re.match(
                    r"#|data:,$|run-2\.html$|https://(open\.spotify\.com(/|$)|us-east-1\.console\.aws\.amazon\.com/)",
                    value,
                ), value
    assert tree.all("img") + tree.all("iframe") + tree.all("object") == []
    assert "@import" not in page
    assert set(re.findall(r"url\(([^)]*)\)", page)) <= {"#tip", "#tip-taken"}


def test_only_our_script_may_run(page: str) -> None:
    tree = parse(page)
    script = tree.one("script").text
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = tree.one("meta", **{"http-equiv": "Content-Security-Policy"}).attributes["content"]
    assert f"script-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy


def test_every_id_is_unique_and_every_fragment_leads_somewhere(page: str) -> None:
    tree = parse(page)
    ids = [element.attributes["id"] for element in tree.all() if "id" in element.attributes]
    assert len(ids) == len(set(ids))
    fragments = {element.attributes.get("href", "")[1:] for element in tree.all("a")}
    assert {each for each in fragments if not each.startswith(("ttps:", "un-2"))} <= set(ids)


def test_every_drawing_has_words_and_every_chart_its_figures(page: str) -> None:
    tree = parse(page)
    for drawing in tree.all("svg"):
        assert drawing.attributes["role"] in {"img", "group"}
        assert drawing.attributes["aria-label"]
    for chart in tree.all("figure"):
        assert len(chart.all("svg")) == len(chart.all("table")) == 1
        assert len(chart.all("tr")) > 1


def test_a_track_called_script_is_shown_as_that(published: Element) -> None:
    track = published.one("section", id="news").all("ol")[0].all("a")[0]
    assert track.text == "<script>alert(1)</script>"
    assert track.attributes["href"] == "https://open.spotify.com/track/4nNBfyzE2yCPn8aDoikaLD"
    assert track.attributes["rel"] == "noopener noreferrer"


def test_hostile_text_is_shown_wherever_it_comes_from() -> None:
    tree = parse(render(reports.published(HOSTILE)))
    shown = tree.one("main").text
    places = ("noticed: ", "search is blocked: ", "name: ")
    assert all(place + HOSTILE in shown for place in places)
    assert shown.count(HOSTILE) >= 12


def test_a_link_that_leads_elsewhere_is_not_linked() -> None:
    row = reports.track("a track", 0, 1) | {"spotify_url": "https://open.spotify.com.evil.example/track/1"}
    other = reports.track("b track", 0, 1) | {"spotify_url": "javascript:alert(1)"}
    news = parse(render(reports.published("x", new_tracks=[row, other]))).one("section", id="news")
    assert [each.all("a") for each in news.all("ol")[0].all("li")] == [[], []]


def test_characters_that_no_page_may_hold_are_replaced() -> None:
    page = render(reports.published("nul\x00 half \ud83d bell\x07"))
    assert "nul\ufffd half \ufffd bell\ufffd" in page
    page.encode()


def test_the_page_has_a_part_for_each_thing_asked_of_it(published: Element) -> None:
    parts = [section.attributes["id"] for section in published.one("main").all("section") if "id" in section.attributes]
    assert parts == ["news", "path", "spotify", "records", "gates", "catalogue", "days", "cost"]


def test_calls_stand_against_their_budgets_with_what_is_blocked(published: Element) -> None:
    rows = {row.all("th")[0].text: [cell.text for cell in row.all("td")] for row in _rows(published, "spotify")}
    assert rows["tracks"] == ["", "40", "40", "802", "open"]
    assert rows["search"] == ["", "1", "20", "0", "2026-11-25 03:00:00 UTC"]


def test_conservation_says_what_adds_up_and_what_does_not(published: Element) -> None:
    said = {row.all("th")[0].text: row.text for row in _rows(published, "records")}
    assert "✓ adds up" in said["albums"]
    assert "✕ does not" in said["tracks"]


def test_gates_that_refused_come_first_and_those_that_passed_are_folded(published: Element) -> None:
    section = published.one("section", id="gates")
    gates = section.all("li")
    assert [gate.attributes["class"] for gate in gates] == ["failed", "skipped", "passed"]
    assert "failed the run" in gates[0].text
    assert "not judged: too new" in gates[1].text
    assert [gate.text for gate in section.one("details").all("li")] == [gates[2].text]
    (tile,) = [each.text for each in published.all("li") if "gates passed" in each.text]
    assert tile == "1/2 gates passed, 1 not judged"


def test_the_execution_the_query_editor_and_the_report_before_are_one_click_away(published: Element) -> None:
    links = [each.attributes["href"] for each in published.all("a")]
    console = "https://us-east-1.console.aws.amazon.com"
    assert f"{console}/states/home?region=us-east-1#/v2/executions/details/{reports.ARN}" in links
    assert f"{console}/athena/home?region=us-east-1#/query-editor" in links
    assert published.one("a", href="run-2.html").text == "the report of 2026-11-23"


def test_without_a_console_or_a_date_before_nothing_leads_there() -> None:
    report = replace(reports.published(days=reports.days()[3:]), console=None)
    links = {each.attributes["href"] for each in parse(render(report)).all("a")}
    assert [each for each in links if "console" in each or each.endswith(".html")] == []


@pytest.mark.parametrize("arn", ["", "arn:aws:states:us-east-1:1:execution:a:b", f"{reports.ARN}'onclick="])
def test_what_is_no_execution_has_no_address(arn: str) -> None:
    assert links.console(arn) is None


@pytest.mark.parametrize(
    ("field", "old", "shown"),
    one_in(
        3,
        [
            ("duration_ms", "216199", "3:36.1"),
            ("duration_ms", "599999", "9:59.9"),
            ("duration_ms", "9" * 11, "1666666:39.9"),
            ("duration_ms", "9" * 12, "9" * 12),
            ("duration_ms", "x1", "x1"),
            ("total_tracks", "216199", "216199"),
        ],
    ),
)
def test_a_duration_is_read_in_minutes(field: str, old: str, shown: str) -> None:
    row = reports.changed("a", 1) | {"field": field, "old_value": old}
    news = parse(render(reports.published("x", changes=[row]))).one("section", id="news")
    assert news.one("td", **{"data-label": "Before"}).text == shown


def test_a_run_that_is_not_over_says_until_when_its_time_is_counted() -> None:
    report = reports.published()
    assert "until its outcome was recorded" not in render(report)
    assert (
        "45.0 s until its outcome was recorded"
        in parse(render(replace(report, run=replace(report.run, ended=False)))).one("header").text
    )


def test_the_last_thirty_dates_say_what_became_of_each(published: Element) -> None:
    dates = published.one("section", id="days").one("ol").all("li")
    assert len(dates) == 30
    said = {each.all("span", **{"class": "hidden"})[0].text for each in dates}
    assert {"2026-11-24: published, 2 runs", "2026-11-23: partial, 2 runs", "2026-11-01: failed, 1 run"} <= said
    assert sum("missing" in each for each in said) == 27


def test_a_failed_run_says_where_why_and_that_nothing_was_published() -> None:
    tree = parse(render(reports.failed("Grant the role glue:StartCrawler.")))
    assert tree.one("h2", id="failed").text == "Failed in “Judge the crawl” with CrawlFailed"
    assert "Grant the role glue:StartCrawler." in tree.one("section", **{"aria-labelledby": "failed"}).text
    assert "Nothing was published by this run." in tree.one("header").text
    assert not [each for each in tree.all("section") if each.attributes.get("id") == "news"]


def test_a_page_says_when_another_run_is_shown() -> None:
    days = [row | {"run_id": "another"} if row["run_id"] == reports.RUN_ID else row for row in reports.days()]
    assert "The views show run another" in parse(render(reports.published("x", days=days))).one("main").text


def test_a_question_without_an_answer_is_told_and_the_rest_stands() -> None:
    report = reports.published("x")
    del report.answers.rows["catalogue"]
    report.answers.silent["catalogue"] = "Query exhausted resources"
    tree = parse(render(report))
    assert "Query exhausted resources" in tree.one("main").text
    assert not [each for each in tree.all("section") if each.attributes.get("id") == "catalogue"]


def test_lists_that_do_not_fit_say_how_much_is_left_out() -> None:
    text = parse(render(reports.big())).one("section", id="news").text
    shown = int(re.search(r"… and ([\d,]+) more: ops sql whats_new", text)[1].replace(",", ""))  # type: ignore[index]  # it is there
    assert 600 <= shown < 900


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (took(None), UNKNOWN), (took(0.004), "0.00 s"), (took(1), "1.0 s"), (took(59.9), "59.9 s"),
        (took(60), "1 min 00 s"), (took(61), "1 min 01 s"), (took(3_599), "59 min 59 s"), (took(3_600), "1 h 00 min"),
        (took(7_260), "2 h 01 min"), (minutes(201_400), "3:21"), (minutes(None), UNKNOWN), (count(1148), "1,148"),
        (plural(0, "album"), "no albums"), (plural(1, "album"), "1 album"), (plural(2_000, "album"), "2,000 albums"),
        (price(0.0000004), "under $0.00001"), (price(0.0), "$0.00000"),
        (price(0.00073), "$0.00073"), (size(999), "999 B"), (size(1000), "1.0 kB"),
        (size(65_432), "65.4 kB"), (size(1_000_000), "1.0 MB"), (size(2_500_000), "2.5 MB"),
    ],
)  # fmt: skip
def test_figures_are_told_as_people_read_them(told: str, expected: str) -> None:
    assert told == expected


def _rows(tree: Element, section: str) -> list[Element]:
    return tree.one("section", id=section).all("table")[0].all("tbody")[0].all("tr")


@pytest.mark.parametrize("silent", ["new_albums", "changes"])
def test_news_are_not_told_if_one_of_their_questions_got_no_answer(silent: str) -> None:
    report = reports.published()
    del report.answers.rows[silent]
    assert parse(render(report)).all("section", id="news") == []
    assert len(parse(render(reports.published())).all("section", id="news")) == 1
