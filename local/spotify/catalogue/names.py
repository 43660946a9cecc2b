"""Invented names: made-up words, combined as titles are."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.spotify.catalogue.dice import Dice

ONSETS = ("b", "br", "d", "dr", "f", "fl", "g", "gl", "h", "k", "kl", "l", "m", "n", "p", "qu", "r", "s", "sk", "t")
VOWELS = ("a", "e", "i", "o", "u", "ae", "ia", "ou")
CODAS = ("", "", "l", "m", "n", "nd", "r", "rn", "s", "sk", "th", "v", "x")
NOUNS = (
    "Lantern", "Harbour", "Orchard", "Signal", "Ledger", "Compass", "Meadow", "Engine", "Kettle", "Archive",
    "Winter", "Window", "Ferry", "Antenna", "Garden", "Staircase", "Almanac", "Voltage", "Pavilion", "Tide",
)  # fmt: skip
QUALITIES = ("Quiet", "Copper", "Second", "Paper", "Northern", "Hollow", "Patient", "Borrowed", "Electric", "Salt")
TITLES = ("{quality} {noun}", "{word}", "{word} {noun}", "The {noun} of {word}", "{noun} No. {number}", "After {word}")
BANDS = ("{word} {noun}s", "The {quality} {word}s", "{word} & the {noun}s", "{word} {second}", "{word}")
LABELS = ("{word} Records", "{quality} {noun} Recordings", "{word} & {second} Music")


def word(dice: Dice, *question: object) -> str:
    """Return an invented word of two or three syllables, capitalised."""
    syllables = 2 + dice.below(2, *question, "syllables")
    parts = [dice.pick(source, *question, i, j) for i in range(syllables) for j, source in enumerate((ONSETS, VOWELS))]
    return ("".join(parts) + dice.pick(CODAS, *question, "coda")).capitalize()


PARTS: dict[str, Callable[[Dice], str]] = {
    "{word}": lambda dice: word(dice, "first"),
    "{second}": lambda dice: word(dice, "second"),
    "{noun}": lambda dice: dice.pick(NOUNS, "noun"),
    "{quality}": lambda dice: dice.pick(QUALITIES, "quality"),
    "{number}": lambda dice: str(2 + dice.below(40, "number")),
}


def _fill(template: str, dice: Dice) -> str:
    for part, make in PARTS.items():
        if part in template:
            template = template.replace(part, make(dice))
    return template


def title(dice: Dice) -> str:
    """Return the name of an album or a track."""
    return _fill(dice.pick(TITLES, "template"), dice)


def band(dice: Dice) -> str:
    """Return the name of an artist."""
    return _fill(dice.pick(BANDS, "template"), dice)


def label(dice: Dice) -> str:
    """Return the name of a label."""
    return _fill(dice.pick(LABELS, "template"), dice)
