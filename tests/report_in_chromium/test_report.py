"""The report in a real browser: every interaction works, the page sends no request, and it is accessible."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from functions.report.page import render
from tests.functions.report import reports

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from functions.report.model import Report
    from tests.report_in_chromium.window import Window

LOOKS = {
    "light": {"width": 1280, "dark": False},
    "dark": {"width": 1280, "dark": True},
    "phone": {"width": 375, "dark": False},
    "dark phone": {"width": 375, "dark": True},
}
PAGES: dict[str, Callable[[], Report]] = {
    "published": reports.published,
    "failed": reports.failed,
    "without a date": reports.without_a_date,
    "big": reports.big,
}


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reports")
    for name, build in PAGES.items():
        (folder / f"{name}.html").write_text(render(build()), encoding="utf-8")
    return folder


@pytest.fixture
def page(window: Window, folder: Path) -> Window:
    window.show(folder / "published.html")
    return window


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_quiet_fits_and_asks_for_nothing(window: Window, folder: Path, name: str, look: str) -> None:
    file = folder / f"{name}.html"
    window.show(file, **LOOKS[look])  # type: ignore[arg-type]  # width and dark
    assert window.complaints() == []
    assert {url for url in window.asked_for() if not url.startswith(("data:", "about:"))} == {file.as_uri()}
    assert window.run("return document.documentElement.scrollWidth") <= LOOKS[look]["width"]
    window.picture(folder / f"{name}, {look}.png", height=2_000)
    assert (folder / f"{name}, {look}.png").stat().st_size > 20_000


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", ["published", "failed", "without a date"])
def test_axe_finds_no_serious_issue(window: Window, folder: Path, axe: str, name: str, look: str) -> None:
    window.show(folder / f"{name}.html", **LOOKS[look])  # type: ignore[arg-type]  # width and dark
    window.run("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    window.run(axe)
    # each passed rule is named, but only one of its nodes: listing all takes half of the time
    found = window.driver.execute_async_script("axe.run({resultTypes: ['violations']}).then(arguments[0])")
    serious = [
        (each["id"], each["help"], [node["html"][:150] for node in each["nodes"][:3]])
        for each in found["violations"]
        if each["impact"] in {"serious", "critical"}
    ]
    assert serious == []
    assert len(found["passes"]) > 10


def test_the_script_of_a_track_does_not_run(page: Window) -> None:
    page.run("document.querySelector('.albums summary').click()")
    assert page.run("return document.querySelector('.albums ol a').textContent") == "<script>alert(1)</script>"
    assert page.run("return document.scripts.length") == 1


def test_the_theme_changes_and_comes_back(page: Window) -> None:
    button, seen = page.driver.find_element(By.ID, "theme"), []
    for _ in range(3):
        button.click()
        seen.append((button.text, page.run("return getComputedStyle(document.body).backgroundColor")))
    assert [text for text, _ in seen] == ["Theme: light", "Theme: dark", "Theme: system"]
    assert seen[0][1] != seen[1][1]
    assert seen[0][1] == seen[2][1]


def test_finding_shows_what_matches_and_says_how_much(window: Window, folder: Path) -> None:
    rows = [reports.album(f"Album {number}", number, 40) for number in range(40)]
    file = folder / "many.html"
    file.write_text(render(reports.published("Other", new_albums=rows, new_tracks=[])), encoding="utf-8")
    window.show(file)
    find = window.driver.find_element(By.ID, "find")
    find.send_keys("album 39")
    visible = "return [...document.querySelectorAll('.albums > li')].filter((each) => each.checkVisibility()).length"
    assert window.run(visible) == 1
    assert window.driver.find_element(By.ID, "found").text == "1 of 42 match"
    find.send_keys(Keys.CONTROL, "a")
    find.send_keys(Keys.DELETE)
    assert window.run(visible) == 24
    assert window.driver.find_element(By.ID, "found").text == ""


def test_all_tracks_unfold_and_fold(window: Window, folder: Path) -> None:
    albums = [reports.album(f"Album {number}", number, 2) for number in range(2)]
    tracks = [reports.track(f"Track {number}", number, 2) for number in range(2)]
    file = folder / "two.html"
    file.write_text(render(reports.published("x", new_albums=albums, new_tracks=tracks)), encoding="utf-8")
    window.show(file)
    button = window.driver.find_element(By.ID, "unfold")
    is_open = "return [...document.querySelectorAll('.albums details')].map((each) => each.open)"
    button.click()
    assert (button.text, window.run(is_open)) == ("Hide all tracks", [True, True])
    assert button.get_attribute("aria-expanded") == "true"
    button.click()
    assert (button.text, window.run(is_open)) == ("Show all tracks", [False, False])


def test_a_state_and_its_lane_light_up_together_by_mouse_and_keyboard(page: Window) -> None:
    lit = "return [...document.querySelectorAll('.lit')].map((each) => each.dataset.state)"
    page.run("document.querySelector('#path details').open = true")
    box = page.driver.find_element(By.CSS_SELECTOR, "a[data-state='Transform']")
    page.run("arguments[0].scrollIntoView({block: 'center'})", box)
    ActionChains(page.driver).move_to_element(box).perform()
    assert page.run(lit) == ["Transform", "Transform"]
    ActionChains(page.driver).move_to_element(page.driver.find_element(By.ID, "path-title")).perform()
    assert page.run(lit) == []
    page.run("arguments[0].focus()", box)
    assert page.run(lit) == ["Transform", "Transform"]
    box.send_keys(Keys.ENTER)
    assert page.run("return document.querySelector(':target').dataset.state") == "Transform"
    assert page.complaints() == []


def test_every_part_is_reached_from_the_top(page: Window) -> None:
    for link in page.driver.find_elements(By.CSS_SELECTOR, "nav a"):
        link.click()
        part = link.get_attribute("href").rsplit("#", 1)[1]
        top = page.run("return document.getElementById(arguments[0]).getBoundingClientRect().top", part)
        at_the_end = page.run("return innerHeight + scrollY >= document.body.scrollHeight - 2")
        assert 0 <= top < 120 or at_the_end, part


def test_on_a_phone_a_change_shows_its_field_and_both_values(window: Window, folder: Path) -> None:
    window.show(folder / "published.html", width=390, dark=False)
    cells = window.driver.find_elements(By.CSS_SELECTOR, "td[data-label=Field], td.old, td.new")
    assert len(cells) == 3
    for cell in cells:
        assert 0 < cell.rect["x"] + cell.rect["width"] <= 390
        assert cell.text


def test_the_figures_of_every_chart_unfold(page: Window) -> None:
    page.run("document.querySelectorAll('.chart summary').forEach((each) => each.click())")
    charts = page.driver.find_elements(By.CSS_SELECTOR, ".chart")
    assert charts
    assert all(chart.find_element(By.TAG_NAME, "table").is_displayed() for chart in charts)


def test_without_its_script_the_page_says_the_same(window: Window, folder: Path) -> None:
    window.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        window.show(folder / "published.html")
        controls = window.driver.find_elements(By.CSS_SELECTOR, "#theme, .find, #unfold")
        assert [each.is_displayed() for each in controls] == [False, False, False]
        assert window.driver.find_element(By.CSS_SELECTOR, ".albums strong").is_displayed()
    finally:
        window.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
