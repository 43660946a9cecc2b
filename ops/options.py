"""The options that every command takes."""

from __future__ import annotations

from typing import Annotated

import typer

StackName = Annotated[str | None, typer.Option("--stack", help="The stack on AWS to work on.", metavar="NAME")]
Local = Annotated[bool, typer.Option("--local", help="Work on the stack of this machine.")]
AsJson = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
SnapshotDate = Annotated[str, typer.Argument(metavar="DATE", help="The snapshot date, YYYY-MM-DD.")]
