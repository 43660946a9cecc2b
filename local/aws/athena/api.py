"""Athena's query API: start, stop and page the results of queries, which run in threads of their own.

Replaces ministack's, which read every object under a table whatever the catalogue says, cast nothing, check nobody's
rights and hand the SQL to DuckDB as it is.
"""

from __future__ import annotations

import contextvars
import re
import threading
import time

from ministack.core.responses import new_uuid
from ministack.services import athena

from local.aws.athena import output, statements
from local.aws.athena.errors import Malformed, QueryCancelled, QueryFailed
from local.aws.athena.results import ResultSet
from local.aws.athena.run import StatementRun
from local.aws.athena.sql import syntax
from local.aws.iam import rights
from local.aws.patching import Reply, Request, answered, arn, refused

_runs: dict[str, StatementRun] = {}
_tokens: dict[str, tuple[str, str]] = {}
_STATES_OF_WORK = ("QUEUED", "RUNNING")


def _invalid(message: str, code: str = "INVALID_INPUT") -> Reply:
    """Return the error Athena gives for a request it refuses."""
    return refused("InvalidRequestException", message, AthenaErrorCode=code)


def start(request: Request) -> Reply:
    """Answer StartQueryExecution: return the query's ID while it runs; refuse at once what does not parse."""
    sql, token = request.get("QueryString") or "", request.get("ClientRequestToken")
    if denied := _denied((request.get("QueryExecutionContext") or {}).get("Catalog")):
        return denied
    if token in _tokens:
        query_id, text = _tokens[token]
        return (
            answered({"QueryExecutionId": query_id}) if text == sql else _invalid("Idempotent parameters do not match")
        )
    workgroup = athena._workgroups.get(request.get("WorkGroup") or "primary")
    if workgroup is None:
        return _invalid("WorkGroup is not found.")
    if workgroup.get("State") == "DISABLED":
        return _invalid(f"WorkGroup {workgroup['Name']} is disabled.")
    place = output.place(request, workgroup)
    if place is None:
        return _invalid(
            "No output location provided. An output location is required either through the Workgroup result "
            "configuration setting or as an API input."
        )
    try:
        if statements.of(sql) is None and not statements.is_hives(sql):
            syntax.statement(statements.explained(sql) or sql)
    except Malformed as exc:
        return _invalid(str(exc), "MALFORMED_QUERY")
    except QueryFailed:
        pass  # it is SQL, and fails as a query
    query_id = new_uuid()
    if token:
        _tokens[token] = (query_id, sql)
    _begin(query_id, request, workgroup, place)
    return answered({"QueryExecutionId": query_id})


def _denied(catalog: str | None) -> Reply | None:
    """Return the refusal of a request that names a catalog which its caller may not see."""
    try:
        if catalog:
            rights.of_caller().require("athena:GetDataCatalog", arn("athena", f"datacatalog/{catalog}"))
    except rights.AccessDenied as exc:
        return refused("AccessDeniedException", str(exc))
    return None


def _begin(query_id: str, request: Request, workgroup: Request, place: output.ResultsLocation) -> None:
    """Record an execution and start its thread, in the account and region of the request."""
    sql = request["QueryString"]
    database = (request.get("QueryExecutionContext") or {}).get("Database") or "default"
    statement, substatement = statements.kind(sql)
    execution: Request = {
        "QueryExecutionId": query_id,
        "Query": sql,
        "StatementType": statement,
        "SubstatementType": substatement,
        "ResultConfiguration": place.configuration(query_id, "csv" if statement == "DML" else "txt"),
        "QueryExecutionContext": {"Database": database, "Catalog": "awsdatacatalog"},
        "Status": {"State": "QUEUED", "SubmissionDateTime": time.time()},
        "Statistics": {"DataScannedInBytes": 0, "EngineExecutionTimeInMillis": 0},
        "WorkGroup": workgroup["Name"],
        "EngineVersion": {
            "SelectedEngineVersion": "Athena engine version 3",
            "EffectiveEngineVersion": "Athena engine version 3",
        },
        "_results": None,
    }
    if request.get("ExecutionParameters"):
        execution["ExecutionParameters"] = request["ExecutionParameters"]
    limit = (workgroup.get("Configuration") or {}).get("BytesScannedCutoffPerQuery")
    parameters = list(request.get("ExecutionParameters") or [])
    run = StatementRun(sql, parameters, database, rights.of_caller(), int(limit) if limit else None)
    athena._executions[query_id] = execution
    _runs[query_id] = run
    context = contextvars.copy_context()
    threading.Thread(target=context.run, args=(_work, run, execution, place), daemon=True, name="athena-query").start()


def _work(run: StatementRun, execution: Request, place: output.ResultsLocation) -> None:
    """Run a query to its end and record how it ended."""
    status, began = execution["Status"], time.perf_counter()
    status["State"] = "RUNNING"
    try:
        place.check(run.principal)
        answer = run.answer()
        place.write(run.principal, execution, answer)
        execution["_results"] = {"columns": answer.columns, "types": answer.types, "rows": answer.rows}
        ended = {"State": "SUCCEEDED"}
    except QueryCancelled as exc:
        ended = {"State": "CANCELLED", "StateChangeReason": str(exc)}
    except (QueryFailed, Malformed) as exc:
        ended = _failure(str(exc), by_user=True)
    except Exception as exc:  # noqa: BLE001 - whatever it is, the query must end, and say so
        ended = _failure(f"GENERIC_INTERNAL_ERROR: {type(exc).__name__}: {exc}", by_user=False)
    spent = round((time.perf_counter() - began) * 1000)
    execution["Statistics"] |= {
        "DataScannedInBytes": run.catalogue.scanned_bytes,
        "EngineExecutionTimeInMillis": spent,
        "TotalExecutionTimeInMillis": spent,
        "QueryQueueTimeInMillis": 0,
        "ServiceProcessingTimeInMillis": 0,
    }
    status.update(CompletionDateTime=time.time(), **{k: v for k, v in ended.items() if k != "State"})
    status["State"] = ended["State"]
    _runs.pop(execution["QueryExecutionId"], None)


def _failure(reason: str, *, by_user: bool) -> Request:
    """Return the status of a failed query."""
    error = {"ErrorCategory": 2 if by_user else 1, "ErrorType": 1006, "Retryable": False, "ErrorMessage": reason}
    return {"State": "FAILED", "StateChangeReason": reason, "AthenaError": error}


def _execution(request: Request) -> Request | None:
    """Return the execution a request names; one whose thread died with an earlier server process has failed."""
    found: Request | None = athena._executions.get(request.get("QueryExecutionId"))
    if found and found["Status"]["State"] in _STATES_OF_WORK and found["QueryExecutionId"] not in _runs:
        found["Status"] |= _failure("GENERIC_INTERNAL_ERROR: The embedded AWS was stopped", by_user=False)
    return found


def _unknown(request: Request) -> Reply:
    """Return the error for an id that names no query."""
    return _invalid(f"QueryExecution {request.get('QueryExecutionId')} was not found")


def get(request: Request) -> Reply:
    """Answer GetQueryExecution."""
    found = _execution(request)
    if found is None:
        return _unknown(request)
    return answered({"QueryExecution": {k: v for k, v in found.items() if not k.startswith("_")}})


def stop(request: Request) -> Reply:
    """Answer StopQueryExecution: the query ends CANCELLED."""
    if _execution(request) is None:
        return _unknown(request)
    run = _runs.get(request["QueryExecutionId"])
    if run:
        run.cancel()
    return answered({})


def results(request: Request) -> Reply:
    """Answer GetQueryResults: a page of at most MaxResults rows, of which a query's first is the header."""
    found = _execution(request)
    if found is None:
        return _unknown(request)
    state = found["Status"]["State"]
    if state != "SUCCEEDED":
        if state in _STATES_OF_WORK:
            return _invalid(f"Query has not yet finished. Current state: {state}")
        return _invalid(f"Query did not finish successfully. Final query state: {state}")
    size, token = int(request.get("MaxResults") or 1000), str(request.get("NextToken") or "0")
    if not 1 <= size <= 1000 or not re.fullmatch(r"\d+", token):
        return _invalid("MaxResults is more than maximum allowed length 1000." if size > 1000 else "Invalid NextToken")
    answer = ResultSet(**found["_results"])
    rows = ([answer.columns] if found["StatementType"] == "DML" else []) + answer.rows
    first = int(token)
    page = [
        {"Data": [{} if cell is None else {"VarCharValue": cell} for cell in row]} for row in rows[first : first + size]
    ]
    body: Request = {
        "UpdateCount": 0,
        "ResultSet": {"Rows": page, "ResultSetMetadata": {"ColumnInfo": answer.information()}},
    }
    if first + size < len(rows):
        body["NextToken"] = str(first + size)
    return answered(body)
