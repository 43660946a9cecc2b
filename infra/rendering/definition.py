"""The state machine's definition: the template of `statemachine/`, filled in.

In the template a state's `Retry` is a list of names. retries.json has the retrier of each name, so that all states
retry an error in the same way.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from infra.rendering.shown import wrapped

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pulumi

STATEMACHINE = Path(__file__).resolve().parents[2] / "statemachine"
TEMPLATE = STATEMACHINE / "pipeline.asl.json"
AUDIT_SQL = STATEMACHINE / "audit.sql"
RETRIES = STATEMACHINE / "retries.json"
PLACEHOLDER = re.compile(r"\$\{(\w+)\}")


class PlaceholderUnknown(Exception):
    """The template has a placeholder that the program does not fill."""


class RetrierUnknown(Exception):
    """A state of the template names a retrier that retries.json does not have."""


def placeholders(template: str) -> set[str]:
    """Return the names of a template's placeholders."""
    return set(PLACEHOLDER.findall(template))


def fill(template: str, values: Mapping[str, str], partition: str = "aws") -> str:
    """Return the definition: the template with its values, and with the retriers that its states name.

    Each `${Name}` is replaced by its value, escaped as the inside of a JSON string. In China and GovCloud, the services
    that tasks call are named with the partition (https://github.com/aws/aws-cdk/issues/4597).

    Raises:
        PlaceholderUnknown: names the placeholder without a value.
        RetrierUnknown: names the state, and the retrier that retries.json does not have.
    """
    unknown = placeholders(template) - values.keys()
    if unknown:
        raise PlaceholderUnknown(
            f"{TEMPLATE.name} has {', '.join(sorted(unknown))}, which infra/pipeline.py does not fill; "
            f"it fills {', '.join(sorted(values))}."
        )
    named = template.replace('"arn:aws:states:::', f'"arn:{partition}:states:::')
    machine = json.loads(PLACEHOLDER.sub(lambda match: _inside(values[match[1]]), named))
    _retry(machine, json.loads(RETRIES.read_text(encoding="utf-8")))
    return json.dumps(machine, ensure_ascii=False, separators=(",", ":"))


def _retry(machine: dict[str, Any], retriers: Mapping[str, object]) -> None:
    """Replace the names of retriers in a machine's states by the retriers."""
    for name, state in machine["States"].items():
        if unknown := [each for each in state.get("Retry", []) if each not in retriers]:
            raise RetrierUnknown(f"{TEMPLATE.name}, {name}: {RETRIES.name} has no retrier {', '.join(unknown)}.")
        if "Retry" in state:
            state["Retry"] = [retriers[each] for each in state["Retry"]]
        if "ItemProcessor" in state:
            _retry(state["ItemProcessor"], retriers)


def _inside(value: str) -> str:
    """Return a value escaped for the inside of a JSON string."""
    return json.dumps(value, ensure_ascii=False)[1:-1]


def shown(template: str, values: Mapping[str, pulumi.Input[str]]) -> dict[str, str]:
    """Return the definition for a preview, as texts that Pulumi compares line by line.

    The template has the values that are known before anything is deployed; a text of several lines, such as the audit
    query, is listed separately under its placeholder's name. The first line is not JSON, so that Pulumi does not parse
    the template and print it whole.
    """
    known = {name: value for name, value in values.items() if isinstance(value, str)}
    texts = {name: value for name, value in known.items() if "\n" in value}
    filled = PLACEHOLDER.sub(
        lambda match: _inside(known[match[1]]) if match[1] in known.keys() - texts.keys() else match[0], template
    )
    retries = f"// statemachine/{RETRIES.name}\n{RETRIES.read_text(encoding='utf-8')}"
    return {"template": wrapped(f"// statemachine/{TEMPLATE.name}\n{filled}"), "retries": wrapped(retries), **texts}
