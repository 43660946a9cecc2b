"""Cache the choices of Trino's parser on disk: making them is most of a new process's first parse.

Where the grammar has alternatives, ANTLR's runtime looks ahead in the tokens. It learns an automaton meanwhile, which
is empty in each new process. Which alternative it takes depends on the types of the tokens and on the grammar only:
the grammar's predicates compare the precedence of operators, and nothing else. So the list of what it took before makes
the same tree again. A list that does not fit ends the parse, and the parser looks ahead as before.
"""

from __future__ import annotations

import threading
from array import array
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import trino_query_parser

from local.aws.environment import REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

KEPT_IN = REPOSITORY / ".local" / "predictions.txt"
MOST_BYTES = 1 << 20  # of the file: a larger one is started again

_writing = threading.Lock()


class NotThese(Exception):
    """The recorded choices do not belong to this statement."""


@dataclass
class Recorded:
    """A wrapper of ANTLR's simulator that records its choices."""

    simulator: Any
    choices: list[int] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        """Return an attribute of the simulator."""
        return getattr(self.simulator, name)

    def adaptivePredict(self, tokens: object, decision: int, context: object) -> int:  # noqa: N802 - ANTLR's name
        """Return the simulator's choice."""
        chosen: int = self.simulator.adaptivePredict(tokens, decision, context)
        self.choices.append(chosen)
        return chosen


@dataclass
class Replayed:
    """Recorded choices in place of a simulator; any other request of the parser means that they do not fit."""

    choices: Iterator[int]

    def __getattr__(self, name: str) -> Any:
        """Raise NotThese: only a statement that fails needs the rest of the simulator."""
        raise NotThese(name)

    def adaptivePredict(self, _tokens: object, _decision: int, _context: object) -> int:  # noqa: N802 - ANTLR's name
        """Return the next choice.

        Raises:
            NotThese: there is none.
        """
        for chosen in self.choices:
            return chosen
        raise NotThese("the statement has more alternatives than remembered choices")


def key(rule: str, types: Iterable[int]) -> str:
    """Return the name of the choices for tokens of these types, read by a rule of the grammar at hand."""
    return sha256(_grammar() + rule.encode() + array("i", types).tobytes()).hexdigest()


def remembered(name: str) -> Replayed | None:
    """Return the choices of this name, None if there are none."""
    found = _known(KEPT_IN).get(name)
    return None if found is None else Replayed(iter(found))


def remember(name: str, choices: list[int]) -> None:
    """Keep the choices, for this process and for later ones; where the file cannot be written, for this process."""
    _known(KEPT_IN)[name] = kept = bytes(choices)
    with _writing, suppress(OSError):  # a read-only checkout: each process looks ahead
        KEPT_IN.parent.mkdir(exist_ok=True)
        begins_anew = KEPT_IN.exists() and KEPT_IN.stat().st_size > MOST_BYTES
        with KEPT_IN.open("w" if begins_anew else "a", encoding="ascii") as file:
            file.write(f"{name} {kept.hex()}\n")  # one write: lines of two processes do not mix


@lru_cache(maxsize=1)
def _grammar() -> bytes:
    """Return a hash that tells two grammars apart: that of the generated parser."""
    return sha256(Path(trino_query_parser.__file__).with_name("SqlBaseParser.py").read_bytes()).digest()


@lru_cache(maxsize=1)
def _known(file: Path) -> dict[str, bytes]:
    """Return the choices in a file; ignore invalid lines."""
    found = {}
    with suppress(OSError), file.open(encoding="ascii", errors="replace") as lines:
        for line in lines:
            name, _, choices = line.rstrip("\n").partition(" ")
            with suppress(ValueError):  # cut by a full disk, or edited
                found[name] = bytes.fromhex(choices)
    return found
