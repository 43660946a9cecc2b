"""List the internals of ministack that the patches use, and check that they are unchanged.

`python -m local.aws.pins` derives them from the code of this folder and writes pins.txt: one line per name that the
code uses or replaces, with the parameters of a function or the name of a value's type. A test fails while it differs.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import inspect
import re
from importlib.metadata import version
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

VERSION = "1.5.33"
PATCHED = ("ministack", "jsonata")
"""The packages of which names are pinned."""

FOLDER = Path(__file__).parent
FILE = FOLDER / "pins.txt"
BY_NAME = {"wrap", "instead_of", "getattr", "setattr", "hasattr"}
"""Functions whose second argument names an attribute of the first."""

Pins = dict[str, str]


class PinsMoved(RuntimeError):
    """The installed ministack is not the version that the patches were written for."""


class NameComputed(ValueError):
    """The code uses a name of ministack's that is computed at run time, so that it cannot be pinned."""


def check_version() -> None:
    """Raise PinsMoved unless the pinned ministack is installed."""
    found = version("ministack")
    if found != VERSION:
        raise PinsMoved(
            f"The embedded AWS changes internals of ministack {VERSION}, but {found} is installed. Install the locked "
            "version (`make demo` does). To move to another one, change VERSION in local/aws/pins.py, run "
            "`python -m local.aws.pins`, and compare each line of pins.txt that changed with the patch that uses it."
        )


def check(pins: Pins) -> None:
    """Raise PinsMoved unless each pinned name is unchanged; the message lists all that are not."""
    found = {name: describe(name) for name in pins}
    moved = [f"  {name} was {was}, is {found[name]}" for name, was in pins.items() if found[name] != was]
    if moved:
        raise PinsMoved(
            f"Internals of ministack {VERSION} are not what the patches change:\n" + "\n".join(moved) + "\n"
            "Was ministack edited, or patched by another package? Install it again from the lock."
        )


def pinned() -> Pins:
    """Return the pins of pins.txt: each name with its description."""
    lines = [line.partition(" ") for line in FILE.read_text(encoding="utf-8").splitlines()]
    return {name: wanted for name, _, wanted in lines}


def derived() -> Pins:
    """Return the pins that this folder's code needs, for the installed ministack without patches."""
    names = {name for file in FOLDER.rglob("*.py") for name in names_in(file)}
    return {name: describe(name) for name in sorted(names)}


def names_in(file: Path) -> set[str]:
    """Return each `module:attribute` of a patched package that a file uses.

    Raises:
        NameComputed: it takes an attribute of such a module by a name that is not written there.
    """
    tree = ast.parse(file.read_text(encoding="utf-8"))
    bound = dict(_imported(tree))
    found = {name for name in bound.values() if ":" in name}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            found |= set(_dotted(node, bound))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in BY_NAME:
            owner, name = node.args[:2]
            if isinstance(owner, ast.Name) and owner.id in bound:
                if not isinstance(name, ast.Constant):
                    raise NameComputed(
                        f"{file}:{node.lineno}: {ast.unparse(node)}. Write the name, so that it is pinned."
                    )
                found.add(_joined(bound[owner.id], str(name.value)))
    return found


def _imported(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield each name that an import of a patched package binds, and what it names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in PATCHED:
            for alias in node.names:
                module = f"{node.module}.{alias.name}"
                yield alias.asname or alias.name, module if _is_module(module) else f"{node.module}:{alias.name}"


def _dotted(node: ast.Attribute, bound: dict[str, str]) -> Iterator[str]:
    """Yield the names of a patched module in an expression: `module.name`, and `module.Class.name` of a class there."""
    owner = node.value
    if isinstance(owner, ast.Name) and owner.id in bound:
        yield _joined(bound[owner.id], node.attr)
    elif isinstance(owner, ast.Attribute):
        for name in _dotted(owner, bound):
            if describe(name) == "type":
                yield f"{name}.{node.attr}"


def _is_module(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def _joined(owner: str, name: str) -> str:
    """Return an attribute of a module (`module:name`) or of something in one (`module:owner.name`)."""
    return f"{owner}.{name}" if ":" in owner else f"{owner}:{name}"


def describe(place: str) -> str:
    """Return a description of `module:attribute`: a signature, a type's name, or "missing"."""
    module, _, attribute = place.partition(":")
    try:
        value: Any = attrgetter(attribute)(importlib.import_module(module))
    except (ImportError, AttributeError):
        return "missing"
    return _signature(value) if inspect.isroutine(value) else type(value).__name__


def _signature(function: Any) -> str:
    """Return a function's parameters and defaults; annotations print differently from one Python to the next."""
    signature = inspect.signature(function)
    plain = [parameter.replace(annotation=inspect.Parameter.empty) for parameter in signature.parameters.values()]
    shown = str(signature.replace(parameters=plain, return_annotation=inspect.Signature.empty))
    return re.sub(r" at 0x[0-9a-f]+", "", shown)  # the memory address of a default that is a function


if __name__ == "__main__":
    check_version()
    FILE.write_text("".join(f"{name} {found}\n" for name, found in derived().items()), encoding="utf-8")
