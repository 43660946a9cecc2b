"""The program sets exactly what the other folders read, and reads what they define."""

from __future__ import annotations

import ast
import builtins
import json
import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import pytest

from functions.digest.handler import ONCE
from functions.shared import errors, keys
from functions.shared.athena import PATIENCE_S
from functions.shared.contract import TABLES, glue_columns
from infra.packaging import artifacts
from infra.rendering import definition
from infra.triggers import MARKER
from tests.infra.recording import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.infra.recording import Recorded

READ_BY_POWERTOOLS = {"POWERTOOLS_SERVICE_NAME"}
OF_AWS = re.compile(r"(States|Lambda|Runtime|Sandbox|Glue|Athena|S3|DynamoDB|Sfn|DynamoDb|SNS)\.\w+")


def environment_read(name: str) -> set[str]:
    read = set()
    for path in (ROOT / "functions" / name).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Subscript) and ast.unparse(node.value) in {"os.environ", "environment"}:
                read.add(ast.literal_eval(node.slice))
    return read


@pytest.mark.parametrize("name", artifacts.function_names())
def test_a_function_is_told_what_it_reads(stack: Recorded, name: str) -> None:
    variables = stack.of_type("aws:lambda/function:Function")[f"spotify-lake-dev-{name}"]["environment"]["variables"]
    assert set(variables) - READ_BY_POWERTOOLS == environment_read(name)


def test_only_a_handler_makes_clients_and_reads_the_environment() -> None:
    """Other modules receive a client as an argument, so that a test can pass another. Libraries may get a default."""
    at_the_edge = re.compile(r"\bboto3\.(client|resource|Session)\b|\bos\.(environ\b(?!\.setdefault)|getenv\b)")
    files = [
        path for path in (ROOT / "functions").rglob("*.py") if at_the_edge.search(path.read_text(encoding="utf-8"))
    ]
    assert {path.name for path in files} == {"handler.py"}


def test_every_function_folder_is_deployed(stack: Recorded) -> None:
    deployed = stack.of_type("aws:lambda/function:Function")
    assert set(deployed) == {f"spotify-lake-dev-{name}" for name in artifacts.function_names()}
    for name, inputs in deployed.items():
        assert inputs["handler"] == f"functions.{name.removeprefix('spotify-lake-dev-')}.handler.handler"


def test_infra_fills_the_placeholders_of_the_state_machine_and_no_other() -> None:
    main = ast.parse((ROOT / "__main__.py").read_text())
    filled = {
        node.value
        for call in ast.walk(main)
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "Pipeline"
        for keyword in call.keywords
        if keyword.arg == "values" and isinstance(keyword.value, ast.Dict)
        for node in keyword.value.keys
        if isinstance(node, ast.Constant)
    }
    filled |= {f"{name.capitalize()}FunctionArn" for name in artifacts.function_names()}
    assert filled == definition.placeholders(definition.TEMPLATE.read_text())


def test_an_unknown_placeholder_is_named() -> None:
    names = [f"{letter}Nobody" for letter in "DBACE"]
    unknown = "{" + ", ".join(f'"{name}": "${{{name}}}"' for name in names) + "}"
    with pytest.raises(definition.PlaceholderUnknown) as told:
        definition.fill(unknown, {"Somebody": "y", "Another": "x"})
    assert f" {', '.join(sorted(names))}, " in str(told.value)
    assert " Another, Somebody." in str(told.value)


def test_the_filled_definition_is_json_without_placeholders(stack: Recorded) -> None:
    filled = stack.one("StateMachine")["definition"]
    assert json.loads(filled)["QueryLanguage"] == "JSONata"
    assert not definition.placeholders(filled)


def nodes(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for child in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from nodes(child)


def test_a_state_waits_longer_than_its_function_may_run(stack: Recorded) -> None:
    functions = stack.of_type("aws:lambda/function:Function")
    waits = {
        node["Arguments"]["FunctionName"].rsplit(":", 1)[1]: node["TimeoutSeconds"]
        for node in nodes(json.loads(stack.one("StateMachine")["definition"]))
        if node.get("Resource") == "arn:aws:states:::lambda:invoke"
    }
    assert waits.keys() == functions.keys()
    assert [name for name, wait in waits.items() if wait <= functions[name]["timeout"]] == []


def test_a_function_may_run_longer_than_it_waits_for_an_answer(stack: Recorded) -> None:
    """A function that is cut off cannot report which query did not end, nor whether SNS accepted a message."""
    functions = stack.of_type("aws:lambda/function:Function")
    timeouts = {name.rpartition("-")[2]: each["timeout"] for name, each in functions.items()}
    assert timeouts["report"] > PATIENCE_S
    assert timeouts["digest"] > PATIENCE_S + vars(ONCE)["connect_timeout"] + vars(ONCE)["read_timeout"]


def test_every_error_the_state_machine_knows_exists() -> None:
    written = [json.loads(path.read_text()) for path in (definition.TEMPLATE, definition.RETRIES)]
    named = {name for node in nodes(written) for name in node.get("ErrorEquals", [])}
    ours = {name for name in named if not OF_AWS.fullmatch(name)}
    raised = {name for name, each in vars(errors).items() if isinstance(each, type)}
    assert ours <= raised | errors.RAISED_BY_THE_STATE_MACHINE | set(dir(builtins))


def test_every_judgement_of_the_state_machine_is_made() -> None:
    template = definition.TEMPLATE.read_text()
    assert not [name for name in errors.RAISED_BY_THE_STATE_MACHINE - errors.VERDICTS if name not in template]


def test_the_marker_is_what_the_rule_listens_for() -> None:
    key = "inbox/snapshot_date=2026-11-23/_READY"
    assert keys.MARKER.fullmatch(key)
    assert fnmatchcase(key, MARKER)


def test_no_key_that_the_pipeline_writes_starts_it(stack: Recorded) -> None:
    """Invariant 7."""
    example = MARKER.replace("*", "2026-11-23")
    for name, each in stack.of_type("RolePolicy").items():
        for statement in json.loads(each["policy"])["Statement"]:
            if "s3:PutObject" in statement["Action"] and statement["Effect"] == "Allow":
                written = [arn.split(":::")[1].split("/", 1) for arn in statement["Resource"]]
                starts = [key for bucket, key in written if "-raw-" in bucket and fnmatchcase(example, key)]
                assert not starts, f"{name} may write {starts}"


@pytest.mark.parametrize("role", [*artifacts.function_names(), "pipeline"])
def test_no_role_of_the_pipeline_may_ever_write_the_inbox(stack: Recorded, role: str) -> None:
    refused = [each for each in stack.policy(role) if each["Effect"] == "Deny"]
    assert [(each["Action"], each["Resource"]) for each in refused] == [
        (
            ["s3:DeleteObject", "s3:DeleteObjectVersion", "s3:PutObject"],
            ["arn:aws:s3:::spotify-lake-dev-raw-1a2b3c4/inbox/*"],
        )
    ]


@pytest.mark.parametrize("table", TABLES)
def test_glue_knows_the_columns_of_the_contract(stack: Recorded, table: str) -> None:
    declared = stack.of_type("CatalogTable")[f"spotify-lake-dev-lake-{table}"]
    assert declared["storageDescriptor"]["columns"] == [
        {"name": each["Name"], "type": each["Type"], "comment": each["Comment"]} for each in glue_columns(table)
    ]
    assert [each["name"] for each in declared["partitionKeys"]] == ["snapshot_date", "run_id"]


def test_the_crawler_crawls_the_contracts_tables(stack: Recorded) -> None:
    (target,) = stack.one("Crawler")["catalogTargets"]
    assert target == {"databaseName": "spotify_dev_lake", "tables": list(TABLES)}


def test_the_crawled_tables_declare_what_a_crawl_finds(stack: Recorded) -> None:
    """A crawl that finds one of these parameters changed, also from absent, registers no partitions."""
    for table in TABLES:
        parameters = stack.of_type("CatalogTable")[f"spotify-lake-dev-lake-{table}"]["parameters"]
        assert {key: parameters[key] for key in ("classification", "compressionType", "typeOfData")} == {
            "classification": "parquet",
            "compressionType": "none",
            "typeOfData": "file",
        }


def test_the_crawler_adds_partitions_as_their_table_says(stack: Recorded) -> None:
    assert json.loads(stack.one("Crawler")["configuration"]) == {
        "Version": 1.0,
        "CrawlerOutput": {"Partitions": {"AddOrUpdateBehavior": "InheritFromTable"}},
        "Grouping": {"TableGroupingPolicy": "CombineCompatibleSchemas"},
    }
