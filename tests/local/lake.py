"""Create a lake in the embedded AWS in a line each: a bucket with files, a database with tables, a query."""

from __future__ import annotations

import base64
import io
import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import boto3
import pyarrow as pa
import pyarrow.parquet as pq

from tests.local.cloud import new_name

if TYPE_CHECKING:
    from local.aws import EmbeddedAws

PARQUET = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
JSON_LINES = "org.openx.data.jsonserde.JsonSerDe"
DAY_AND_RUN = {"snapshot_date": "string", "run_id": "string"}
ENDED = frozenset({"SUCCEEDED", "FAILED", "CANCELLED"})


def parquet(**columns: list[Any] | pa.Array[Any]) -> bytes:
    """Return a Parquet file with these columns."""
    target = io.BytesIO()
    pq.write_table(pa.table(columns), target)
    return target.getvalue()


def presto_view(sql: str, schema: str, /, **columns: str) -> str:
    """Return the text that Glue keeps of an Athena view."""
    document = {
        "originalSql": sql,
        "catalog": "awsdatacatalog",
        "schema": schema,
        "columns": [{"name": name, "type": kind} for name, kind in columns.items()],
    }
    return f"/* Presto View: {base64.b64encode(json.dumps(document).encode()).decode()} */"


@dataclass
class Ended:
    """A query that ended: what GetQueryExecution says, and its rows without the header."""

    execution: dict[str, Any]
    columns: list[str] = field(default_factory=list)
    types: list[str] = field(default_factory=list)
    rows: list[list[str | None]] = field(default_factory=list)

    @property
    def state(self) -> str:
        """Return the state it ended in."""
        return str(self.execution["Status"]["State"])

    @property
    def reason(self) -> str:
        """Return why it failed."""
        return str(self.execution["Status"].get("StateChangeReason", ""))

    @property
    def scanned(self) -> int:
        """Return the bytes it scanned."""
        return int(self.execution["Statistics"]["DataScannedInBytes"])


@dataclass
class Lake:
    """A bucket, a database and a workgroup of their own."""

    aws: EmbeddedAws
    bucket: str = field(default_factory=lambda: new_name("lake"))
    database: str = field(default_factory=lambda: new_name("lake").replace("-", "_"))
    workgroup: str = field(default_factory=lambda: new_name("group"))
    _clients: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.client("s3").create_bucket(Bucket=self.bucket)
        self.client("glue").create_database(DatabaseInput={"Name": self.database})
        self.client("athena").create_work_group(
            Name=self.workgroup,
            Configuration={
                "ResultConfiguration": {"OutputLocation": f"s3://{self.bucket}/results/"},
                "EnforceWorkGroupConfiguration": True,
            },
        )

    def client(self, service: str) -> Any:
        """Return the administrator's client of a service, made once: making one costs more than a call."""
        if service not in self._clients:
            self._clients[service] = self.aws.client(service)
        return self._clients[service]

    def put(self, key: str, body: bytes) -> None:
        """Write an object."""
        self.client("s3").put_object(Bucket=self.bucket, Key=key, Body=body)

    def table(
        self, name: str, columns: dict[str, str], keys: dict[str, str] | None = None, serde: str = PARQUET
    ) -> None:
        """Declare a table over `<bucket>/<name>/`."""
        self.client("glue").create_table(
            DatabaseName=self.database,
            TableInput={
                "Name": name,
                "TableType": "EXTERNAL_TABLE",
                "Parameters": {"compressionType": "none", "typeOfData": "file"},
                "PartitionKeys": [{"Name": key, "Type": kind} for key, kind in (keys or {}).items()],
                "StorageDescriptor": {
                    "Location": f"s3://{self.bucket}/{name}/",
                    "Columns": [{"Name": column, "Type": kind} for column, kind in columns.items()],
                    "SerdeInfo": {"SerializationLibrary": serde},
                },
            },
        )

    def partition(self, table: str, *values: str) -> None:
        """Register the partition of a table that lies at snapshot_date=…/run_id=…/."""
        glue = self.client("glue")
        found = glue.get_table(DatabaseName=self.database, Name=table)["Table"]
        folder = "/".join(f"{key['Name']}={value}" for key, value in zip(found["PartitionKeys"], values, strict=True))
        location = f"{found['StorageDescriptor']['Location']}{folder}/"
        glue.create_partition(
            DatabaseName=self.database,
            TableName=table,
            PartitionInput={
                "Values": list(values),
                "StorageDescriptor": {**found["StorageDescriptor"], "Location": location},
            },
        )

    def view(self, name: str, sql: str, /, **columns: str) -> None:
        """Declare a view with columns of these Trino types."""
        self.client("glue").create_table(
            DatabaseName=self.database,
            TableInput={
                "Name": name,
                "TableType": "VIRTUAL_VIEW",
                "ViewOriginalText": presto_view(sql, self.database, **columns),
                "ViewExpandedText": "/* Presto View */",
                "Parameters": {"presto_view": "true", "comment": "Presto View"},
                "StorageDescriptor": {"Columns": [], "SerdeInfo": {"Name": "-", "SerializationLibrary": "-"}},
            },
        )

    def start(self, sql: str, *parameters: str, client: Any = None, **more: Any) -> str:
        """Start a query and return its id."""
        given = {"ExecutionParameters": list(parameters)} if parameters else {}
        return str(
            (client or self.client("athena")).start_query_execution(
                QueryString=sql,
                WorkGroup=self.workgroup,
                QueryExecutionContext={"Database": self.database},
                **given,
                **more,
            )["QueryExecutionId"]
        )

    def ended(self, query_id: str, *, seconds: float = 20) -> Ended:
        """Return a query once it ended, with its first page of rows."""
        athena = self.client("athena")
        deadline = time.monotonic() + seconds
        while True:
            execution = athena.get_query_execution(QueryExecutionId=query_id)["QueryExecution"]
            if execution["Status"]["State"] in ENDED:
                break
            if time.monotonic() > deadline:
                raise TimeoutError(f"query {query_id} is {execution['Status']['State']} after {seconds} s")
            time.sleep(0.01)
        if execution["Status"]["State"] != "SUCCEEDED":
            return Ended(execution)
        found = athena.get_query_results(QueryExecutionId=query_id)["ResultSet"]
        rows = [[cell.get("VarCharValue") for cell in row["Data"]] for row in found["Rows"]]
        information = found["ResultSetMetadata"]["ColumnInfo"]
        header = 1 if execution["StatementType"] == "DML" else 0
        return Ended(execution, [c["Name"] for c in information], [c["Type"] for c in information], rows[header:])

    def query(self, sql: str, *parameters: str, client: Any = None) -> Ended:
        """Run a query to its end."""
        return self.ended(self.start(sql, *parameters, client=client))


def client_of(aws: EmbeddedAws, service: str, role_arn: str) -> Any:
    """Return a client that has a session of a role."""
    credentials = aws.client("sts").assume_role(RoleArn=role_arn, RoleSessionName="test")["Credentials"]
    return boto3.client(
        service,  # type: ignore[call-overload]  # the stubs want a literal
        endpoint_url=aws.endpoint,
        region_name=aws.region,
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
    )
