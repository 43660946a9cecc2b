"""Reproducible chance: the same question gets the same answer, in every process."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Dice:
    """Draws from a seed and the words of the question."""

    seed: str

    def draw(self, *question: object) -> int:
        """Return a number below 2**64."""
        text = "\x1f".join(map(str, (self.seed, *question)))
        return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")

    def below(self, bound: int, *question: object) -> int:
        """Return a number from 0 to `bound` - 1."""
        return self.draw(*question) % bound

    def pick(self, choices: Sequence[T], *question: object) -> T:
        """Return one of the choices."""
        return choices[self.below(len(choices), *question)]

    def chance(self, ratio: float, *question: object) -> bool:
        """Return True for that share of the questions."""
        return self.draw(*question) < ratio * 2**64

    def of(self, *question: object) -> Dice:
        """Return dice of their own for one thing."""
        return Dice("\x1f".join(map(str, (self.seed, *question))))
