"""`ops digest`: what is new, changed and gone on a date. `ops outbox`: the mails of the local stack."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from ops.errors import WrongUsage
from ops.stack import open_stack
from ops.terminal.options import AsJson, Local, StackName, checked_date
from ops.terminal.output import note, show, table

if TYPE_CHECKING:
    from ops.stack import Stack


def digest(
    snapshot_date: Annotated[
        str | None, typer.Argument(metavar="[DATE]", help="A published date; the latest if left out.")
    ] = None,
    send: Annotated[bool, typer.Option("--send", help="Also send what was not reported yet.")] = False,
    stack: StackName = None,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Show what is new, changed and gone on a date, in 40 columns."""
    from functions.digest.text import subject, text
    from ops import digest as digests

    wanted = checked_date(snapshot_date) if snapshot_date is not None else None
    with open_stack(stack, local=local) as opened:
        found = digests.collect(opened, wanted)
        result = digests.send(opened, found.snapshot_date) if send else None
        if send:
            _keep_feed(opened)
    headline, body = subject(found), text(found)
    told = asdict(found) | {"subject": headline, "text": body} | ({"sent": result} if send else {})
    show(told, [Text(f"{headline}\n\n{body}")], as_json=as_json)
    if result:
        note(
            f"Sent: {result['subject']}"
            if result["status"] == "sent"
            else "Nothing was sent: everything was already reported."
        )


def _keep_feed(stack: Stack) -> None:
    from local.files import named
    from ops.digest import feed

    if found := feed(stack):
        stack.pages.mkdir(parents=True, exist_ok=True)
        with named(stack.pages / "feed.atom"):
            (stack.pages / "feed.atom").write_bytes(found)


def outbox(
    number: Annotated[
        int | None, typer.Argument(metavar="[NUMBER]", help="Show this mail; all are listed if left out.")
    ] = None,
    stack: StackName = None,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Show the mails that the local stack sent: digests and alerts."""
    from local.mailbox import mails

    if not local:
        raise WrongUsage("Say --local: SNS keeps no message that it has sent, so only the local stack has an outbox.")
    with open_stack(stack, local=True) as opened:
        found = mails(opened.session) if opened.session else []
    if number is None:
        rows = ((each + 1, mail["to"], mail["subject"]) for each, mail in enumerate(found))
        drawn = table(["number", "to", "subject"], rows) if found else Text("Nothing was sent yet.")
        return show(found, [drawn], as_json=as_json)
    if not 1 <= number <= len(found):
        raise WrongUsage(f"There is no mail {number}: the outbox holds {len(found):,}.")
    mail = found[number - 1]
    return show(mail, [Text(f"To: {mail['to']}\nSubject: {mail['subject']}\n\n{mail['text']}")], as_json=as_json)
