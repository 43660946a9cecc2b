"""Transform a folder of raw objects, and print the rows and SHA-256 of each table.

Run by a path, with the folder as its argument; packages come from whatever path the interpreter was given.
"""

import json
import sys
from datetime import UTC, date, datetime
from pathlib import Path

from functions.transform.lines import Source
from functions.transform.transform import Limits, transform

folder = Path(sys.argv[1])
objects = sorted(path for path in folder.rglob("*") if path.is_file())
when = datetime(2026, 11, 23, 7, tzinfo=UTC)
sources = ((Source(path.relative_to(folder).as_posix(), "inbox", when), path.open("rb")) for path in objects)
summary = transform(sources, Limits(date(2026, 11, 23), "extended", 1.0), lambda _table, _number, _part: None)
sys.stdout.write(json.dumps(summary["tables"]))
