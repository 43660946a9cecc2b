"""Validate targets of rules as AWS does, and render input transformers with objects and lists.

- A target has one of Input, InputPath and InputTransformer (test_put_event_input_path_and_input_transformer, recorded
  2025-03-12), and a template names paths of its own map only (test_put_events_with_input_transformer_missing_keys,
  2025-03-12).
- Objects and lists in a string template are written without blanks and quotes
  (test_input_transformer_nested_keys_replacement, 2024-12-13).
- A message to a topic has no subject (test_put_events_with_target_sns, 2024-07-11).
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from ministack.services import eventbridge, sns

from local.aws.patching import refused, wrap

if TYPE_CHECKING:
    from collections.abc import Callable


INPUTS = ("Input", "InputPath", "InputTransformer")
PLACEHOLDER = re.compile(r"<([A-Za-z0-9_.-]+)>")


@wrap(eventbridge, "_put_targets")
def _put(original: Callable[[Any], Any], data: dict[str, Any]) -> Any:
    for target in data.get("Targets", []):
        if problem := _problem(target):
            return refused("ValidationException", problem)
    return original(data)


def _problem(target: dict[str, Any]) -> str:
    """Return what AWS refuses about a target, or an empty text."""
    if sum(name in target for name in INPUTS) > 1:
        return f"Only one of Input, InputPath, or InputTransformer must be provided for target {target['Id']}."
    transformer = target.get("InputTransformer", {})
    known = transformer.get("InputPathsMap", {})
    for name in PLACEHOLDER.findall(transformer.get("InputTemplate", "")):
        if name not in known and not name.startswith("aws.events."):
            return f"InputTemplate for target {target['Id']} contains invalid placeholder {name}."
    return ""


@wrap(eventbridge, "_render_placeholder")
def _placeholder(
    original: Callable[..., str], name: str, token: str, replacements: dict[str, Any], in_string: bool
) -> Any:
    """Return the text of a placeholder's value in a template."""
    value = replacements.get(name)
    if in_string and isinstance(value, (dict, list)):
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False).replace('"', "")
    return original(name, token, replacements, in_string)


@wrap(sns, "publish_internal")
def _to_topic(original: Callable[..., Any], topic: str, message: Any, subject: str = "", **more: Any) -> Any:
    """Publish; a rule's message, which ministack gives a subject, has none."""
    return original(topic, message, "" if subject == "EventBridge Notification" else subject, **more)
