"""Charts as SVG, drawn by pygal, each with its figures as a table; colours come from the page's style sheet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pygal
from markupsafe import Markup
from pygal.style import Style

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

WIDTH, HEIGHT = 460, 250
KEPT = {"class", "d", "x", "y", "rx", "ry", "width", "height", "transform", "viewBox", "xmlns"}
PLAIN = Style(font_family="inherit", label_font_size=12, major_label_font_size=12)

Series = dict[str, list[int | float | None]]


@dataclass(frozen=True)
class Chart:
    """A chart and its figures as a table. Each row has a label, then one figure for each of `columns[1:]`."""

    title: str
    svg: Markup
    columns: list[str]
    rows: list[list[object]]

    @property
    def legend(self) -> list[str]:
        """The names of the series, if there are several."""
        return self.columns[1:] if len(self.columns) > 2 else []


def bars(
    title: str,
    label: str,
    labels: Sequence[str],
    series: Mapping[str, Sequence[float | None]],
    *,
    every: int = 1,
    first: int = 0,
) -> Chart:
    """Return a vertical bar chart, stacked if it has several series; from `first`, every `every`th label is written."""
    chart = pygal.StackedBar(**_plain(HEIGHT), show_minor_x_labels=False, truncate_label=-1, margin_right=14)
    chart.x_labels_major = list(labels[first::every])
    return _drawn(chart, title, label, labels, series)


def rows(title: str, label: str, labels: Sequence[str], series: Mapping[str, Sequence[float | None]]) -> Chart:
    """Return a horizontal bar chart, the first label on top."""
    chart = pygal.HorizontalStackedBar(**_plain(max(24 * len(labels) + 40, 110)), truncate_label=24)
    drawn = _drawn(
        chart, title, label, list(reversed(labels)), {name: list(reversed(values)) for name, values in series.items()}
    )
    return Chart(drawn.title, drawn.svg, drawn.columns, drawn.rows[::-1])


def _plain(height: int) -> dict[str, Any]:
    return {
        "style": PLAIN,
        "css": [],
        "js": [],
        "width": WIDTH,
        "height": height,
        "margin": 4,
        "show_legend": False,
        "disable_xml_declaration": True,
        "print_values": False,
        "value_formatter": lambda value: f"{value:,.10g}",
        "rounded_bars": 1,
    }


def _drawn(
    chart: Any, title: str, label: str, labels: Sequence[str], series: Mapping[str, Sequence[float | None]]
) -> Chart:
    chart.x_labels = list(labels)
    chart.y_labels = ticks(
        max((sum(values[at] or 0 for values in series.values()) for at in range(len(labels))), default=0)
    )
    for name, values in series.items():
        chart.add(name, list(values))
    chart.add_xml_filter(lambda root: _bare(root, f"{title}. The figures are in the table below it."))
    table: list[list[object]] = [[each, *(values[at] for values in series.values())] for at, each in enumerate(labels)]
    return Chart(title, Markup(chart.render(is_unicode=True)), [label, *series], table)  # noqa: S704  pygal escapes labels


def ticks(highest: float) -> list[int]:
    """Return round numbers from 0 to at least `highest`: four to six, if as many whole numbers fit."""
    magnitude = 10 ** max(len(str(int(highest))) - 2, 0)
    steps = (factor * magnitude for factor in (1, 2, 5, 10, 20, 50))
    step = next(each for each in steps if highest <= 5 * each)
    return list(range(0, int(-(-highest // step)) * step + 1, step)) if highest > 0 else [0, 1]


def _bare(root: Any, said: str) -> Any:
    """Return the drawing without pygal's scripts, style sheets, comments, ids and tooltips; bars keep a plain title."""
    for parent in list(root.iter()):
        for child in list(parent):
            comment = not isinstance(child.tag, str)
            if comment or child.tag in {"style", "script", "defs", "title"} or "overlay" in child.get("class", ""):
                parent.remove(child)
        _titled(parent)
    for element in root.iter():
        for name in set(element.keys()) - KEPT:
            del element.attrib[name]
    root.set("role", "img")
    root.set("aria-label", said)
    return root


def _titled(element: Any) -> None:
    """Replace the text that pygal keeps for its script by a title that browsers show."""
    notes = [child for child in element if child.tag == "desc"]
    told = {note.get("class", ""): note.text or "" for note in notes}
    for note in notes:
        element.remove(note)
    if "value" in told:
        title = element.makeelement("title", {})
        title.text = ": ".join(part for part in (told.get("x_label"), told["value"]) if part)
        element.insert(0, title)
