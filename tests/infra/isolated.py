"""Run inside an interpreter that has a Lambda's zip, its layer and the runtime's boto3, and nothing else.

Usage: isolated.py ZIP LAYER RUNTIME import MODULE | transform FOLDER
"""

import sys

sys.path[:0] = sys.argv[1:4]
what, argument = sys.argv[4:]

if what == "import":
    import importlib
    import time

    started = time.perf_counter()
    assert callable(importlib.import_module(argument).handler)
    sys.stdout.write(f"{time.perf_counter() - started:.3f}")
else:
    import json
    from datetime import UTC, date, datetime
    from pathlib import Path

    from functions.transform.lines import Source
    from functions.transform.transform import Limits, transform

    objects = sorted(path for path in Path(argument).rglob("*") if path.is_file())
    when = datetime(2026, 11, 23, 7, tzinfo=UTC)
    sources = ((Source(path.relative_to(argument).as_posix(), "inbox", when), path.open("rb")) for path in objects)
    summary = transform(sources, Limits(date(2026, 11, 23), "extended", 1.0), lambda _table, _number, _part: None)
    sys.stdout.write(json.dumps(summary["tables"]))
