"""CAST to and from JSON, level by level: a JSON value is its compact text."""

from __future__ import annotations

from local.aws.athena.sql.types import UNKNOWN, VARCHAR, WHOLE, Type
from local.aws.athena.sql.values import Value, as_text, cut, fresh, let, quoted, unsupported


def to_json(value: Value, _kind: Type) -> str:
    """A value as JSON text."""
    kind = value.type
    if kind.base in {"boolean", *WHOLE, "decimal"}:
        return as_text(value)
    if kind.base == "double":
        return f"t_json_double({value.sql})"
    if kind.base == "varchar":
        return f"t_json_text({value.sql})"
    if kind.base == "date":
        return f"('\"' || CAST({value.sql} AS VARCHAR) || '\"')"
    if kind.base == "array":
        return f"t_json_array({_json_items(value.sql, kind.members[0])})"
    if kind.base == "map" and kind.members[0].base == "varchar":
        items = _json_items(f"map_values({value.sql})", kind.members[1])
        return f"CASE WHEN {value.sql} IS NULL THEN NULL ELSE t_json_object(map_keys({value.sql}), {items}, true) END"
    if kind.base == "row":
        return _json_row(value)
    raise unsupported(f"CAST of {kind} to json")


def _json_items(items: str, kind: Type) -> str:
    """Return SQL of a list of JSON texts."""
    if kind.base == "json":
        return items
    name = fresh("e")
    inner = "CAST(NULL AS VARCHAR)" if kind == UNKNOWN else to_json(Value(name, kind), kind)
    return f"list_transform({items}, lambda {name}: {inner})"


def _json_row(value: Value) -> str:
    names = "[" + ", ".join(quoted(name or "") for name in value.type.names) + "]"

    def built(row: str) -> str:
        members = [
            f"({row}).f{p}" if m.base == "json" else to_json(Value(f"({row}).f{p}", m), m)
            for p, m in enumerate(value.type.members)
        ]
        return f"CASE WHEN {row} IS NULL THEN NULL ELSE t_json_object({names}, [{', '.join(members)}], false) END"

    return let([value], built)


def from_json(value: Value, kind: Type) -> str:
    """JSON as a value; a JSON null is null."""
    if kind.base == "array":
        name = fresh("e")
        inner = name if kind.members[0].base == "json" else from_json(Value(name, value.type), kind.members[0])
        return f"list_transform(t_json_items({value.sql}), lambda {name}: {inner})"
    if kind.base == "map" and kind.members[0].base == "varchar":
        name = fresh("e")
        inner = name if kind.members[1].base == "json" else from_json(Value(name, value.type), kind.members[1])
        values = f"list_transform(t_json_values({value.sql}), lambda {name}: {inner})"
        keys = f"t_json_keys({value.sql})"
        return f"CASE WHEN {keys} IS NULL THEN NULL ELSE map({keys}, {values}) END"
    if kind.base == "row":
        return _row_of_json(value, kind)
    if kind.base in {"varchar", "boolean", "double", *WHOLE}:
        text = f"CAST(t_json_to_{'whole' if kind.base in WHOLE else kind.base}({value.sql}) AS {kind.duckdb})"
        return cut(Value(text, VARCHAR), kind) if kind.base == "varchar" else text
    raise unsupported(f"CAST of json to {kind}")


def _row_of_json(value: Value, kind: Type) -> str:
    names = "[" + ", ".join(quoted((name or "").lower()) for name in kind.names) + "]"
    name = fresh("r")
    members = ", ".join(
        f"f{p} := {f'{name}[{p + 1}]' if m.base == 'json' else from_json(Value(f'{name}[{p + 1}]', value.type), m)}"
        for p, m in enumerate(kind.members)
    )
    return f"list_transform(t_json_members({value.sql}, {names}), lambda {name}: struct_pack({members}))[1]"
