"""Start, check and stop one Trino process on an AWS's Glue and S3."""

from __future__ import annotations

import json
import socket
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

from local.aws.athena.trino.installation import VERSION
from local.aws.environment import ADMIN_KEY, REGION

if TYPE_CHECKING:
    from pathlib import Path

READY_WITHIN_S = 180
CATALOG = "awsdatacatalog"
SERVER = """coordinator=true
node-scheduler.include-coordinator=true
http-server.http.port={port}
discovery.uri=http://127.0.0.1:{port}
plugin.dir={installed}/plugin
catalog.config-dir={folder}/catalog
query.max-memory=512MB
query.max-memory-per-node=512MB
query.max-stage-count=150
task.concurrency=1
node.environment=local
node.id=one
node.internal-address=127.0.0.1
"""
"""150 stages are Trino's default (https://trino.io/docs/435/admin/properties-query-management.html)."""
GLUE_AND_S3 = f"""connector.name=hive
hive.metastore=glue
hive.metastore.glue.region={REGION}
hive.metastore.glue.endpoint-url={{endpoint}}
hive.metastore.glue.aws-access-key={ADMIN_KEY}
hive.metastore.glue.aws-secret-key={ADMIN_KEY}
hive.parquet.use-column-names=true
hive.partition-projection-enabled=true
hive.timestamp-precision=MILLISECONDS
hive.table-statistics-enabled=false
hive.security=read-only
fs.hadoop.enabled=false
fs.native-s3.enabled=true
s3.endpoint={{endpoint}}
s3.region={REGION}
s3.path-style-access=true
s3.aws-access-key={ADMIN_KEY}
s3.aws-secret-key={ADMIN_KEY}
"""

MAIN = f"""public class Trino {{
    public static void main(String[] arguments) {{
        Thread parent = new Thread(Trino::awaitParent);
        parent.setDaemon(true);
        parent.start();
        new io.trino.server.Server().start("{VERSION}");
    }}

    private static void awaitParent() {{
        try {{
            while (System.in.read() >= 0) {{ }}
        }} catch (java.io.IOException gone) {{ }}
        Runtime.getRuntime().halt(0);
    }}
}}
"""

_direct = build_opener(ProxyHandler({}))


class TrinoFailed(RuntimeError):
    """Trino did not start; the message carries the end of its log."""


@dataclass(frozen=True)
class Trino:
    """A Trino process, which writes into one folder; leave its context, or `stop()` it, and it no longer runs."""

    url: str
    log: Path
    process: subprocess.Popen[bytes]

    @classmethod
    def start(cls, installed: Path, folder: Path, endpoint: str) -> Trino:
        """Start one from the jars of `installed` on the AWS at `endpoint`; return at once, before it answers."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        (folder / "catalog").mkdir(parents=True, exist_ok=True)
        (folder / "config.properties").write_text(
            SERVER.format(port=port, installed=installed, folder=folder), encoding="utf-8"
        )
        (folder / "Trino.java").write_text(MAIN, encoding="utf-8")
        (folder / "log.properties").write_text("io.trino=WARN\nio.airlift=WARN\n", encoding="utf-8")
        (folder / "catalog" / f"{CATALOG}.properties").write_text(
            GLUE_AND_S3.format(endpoint=endpoint), encoding="utf-8"
        )
        log = folder / "trino.log"
        with log.open("wb") as told:
            process = subprocess.Popen(
                ["java", *_options(folder), "-cp", f"{installed}/lib/*", f"{folder}/Trino.java"],
                cwd=folder,
                stdin=subprocess.PIPE,  # its end tells Trino that we are gone
                stdout=told,
                stderr=told,
            )
        return cls(f"http://127.0.0.1:{port}", log, process)

    def wait_until_ready(self) -> None:
        """Wait until it answers queries.

        Raises:
            TrinoFailed: it ended, or does not answer in time.
        """
        deadline = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise TrinoFailed(f"Trino exited while it started:\n{self._end_of_log()}")
            with suppress(URLError, OSError), _direct.open(f"{self.url}/v1/info", timeout=5) as answer:
                if not json.load(answer)["starting"]:
                    return
            time.sleep(0.2)
        raise TrinoFailed(f"Trino did not respond within {READY_WITHIN_S} s:\n{self._end_of_log()}")

    def _end_of_log(self) -> str:
        return f"{self.log.read_text(errors='replace', encoding='utf-8')[-2000:]}\n(all of it: {self.log})"

    def stop(self) -> None:
        """Stop it; harmless when it is stopped already."""
        self.process.kill()
        if self.process.stdin is not None:
            self.process.stdin.close()
        self.process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()


def _options(folder: Path) -> list[str]:
    """Return the options of Java's: memory, time zone, and Trino's own."""
    return [
        "-Xmx1G",
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",  # a query comes once or twice: what it runs is not worth compiling again
        "-XX:ReservedCodeCacheSize=240M",
        "-XX:+UnlockDiagnosticVMOptions",
        "-XX:-BytecodeVerificationRemote",  # a quarter of its start
        "-Duser.timezone=UTC",
        "-Djdk.attach.allowAttachSelf=true",
        f"-Djava.io.tmpdir={folder}",
        f"-Dconfig={folder}/config.properties",
        f"-Dlog.levels-file={folder}/log.properties",
    ]
