"""The numbers that were chosen, each with its reason: of waits, of bounds, and of how much a command shows."""

from __future__ import annotations

from importlib import import_module

CHOSEN = {
    # What others take or give: AWS, the terminal, the file system
    "ops.rehearsal.removal.AT_ONCE": (1000, "DeleteObjects takes no more"),
    "ops.rehearsal.removal.PARTITIONS_AT_ONCE": (25, "BatchDeletePartition takes no more"),
    "local.interrupts.STOPPED": (130, "128 and SIGINT's number, as a shell has it"),
    "ops.errors.DONE": (0, "docs/commands.md"),
    "ops.errors.FAILED": (1, "docs/commands.md"),
    "ops.errors.USAGE": (2, "docs/commands.md"),
    "ops.errors.PARTIAL": (3, "docs/commands.md"),
    # Waits, in seconds
    "ops.athena.FIRST_PAUSE_S": (0.05, "a short query takes less than the next pause"),
    "ops.athena.LONGEST_PAUSE_S": (0.4, "nobody notices half a second"),
    "ops.commands.runs.POLL_S": ({True: 0.2, False: 2.0}, "AWS limits and bills requests, the local stack does not"),
    "ops.commands.rehearse.POLL_S": ({True: 0.2, False: 5.0}, "as above, and a rehearsal takes minutes"),
    "ops.demo.days.POLL_S": (0.2, "the local stack answers at once"),
    "ops.inbox.objects.POLL_S": (1.0, "EventBridge takes seconds"),
    "ops.inbox.objects.WAIT_S": (60.0, "EventBridge takes seconds"),
    "ops.rehearsal.executions.WITHIN_S": (900.0, "a crawl takes two to four minutes, after a daily run's lease"),
    "ops.rehearsal.executions.STOP_WITHIN_S": (120.0, "Step Functions stops an execution within seconds"),
    "ops.rehearsal.alerting.WITHIN_S": (360.0, "a metric of SNS comes within five minutes"),
    "ops.spotify.extraction.PATIENCE_S": (60.0, "longer than Spotify's own time-out"),
    "ops.spotify.progress.PLAN_AGAIN_S": (15.0, "it reads the whole frontier"),
    "ops.terminal.live.SILENCE_S": (3.0, "as the local stack's"),
    "local.progress.SILENCE_S": (3.0, "a person thinks of Ctrl-C after a few seconds"),
    "local.interrupts.CLEAN_UP_S": (0.8, "a person presses Ctrl-C again after about a second"),
    "local.loopback.TIMEOUT_S": (5, "a server of this machine answers at once, unless it computes"),
    "local.up.CHECK_EVERY_S": (1, "within a second it is said that the embedded AWS ended"),
    "local.session.UP_WITHIN_S": (60, "a slow machine starts the stack in less"),
    "local.session.ENDED_FOR_S": (3, "a process that stops the stack takes less"),
    "local.spotify.process.STOP_S": (5, "it writes nothing that could be lost"),
    "local.browser.READY_WITHIN_S": (30.0, "its first start compiles"),
    "local.browser.STOPPED_WITHIN_S": (10, "an open connection may keep it"),
    # What runs at once
    "ops.export.lake.READERS": (16, "S3 answers one in about 30 ms"),
    "ops.rehearsal.rights.AT_ONCE": (4, "IAM limits its simulator's requests"),
    "ops.spotify.extraction.CONCURRENCY": (1, "it shares the day's budgets with a run"),
    "local.deployment.program.WORKERS": (4, "more wait for one server"),
    "local.spotify.__main__.BACKLOG": (128, "no test opens as many connections"),
    # Bounds
    "ops.commands.runs.MOST_DATES": (1000, "a mistyped year would start thousands of executions"),
    "ops.commands.watch.LONG_QUERY": (100, "Spotify has refused longer searches"),
    "ops.doctor.limits.NEARLY": (0.75, "there is time to act"),
    "ops.doctor.limits.MOST_RUNS": (10_000, "a daily run for 27 years"),
    "ops.watch.imports.files.LARGEST": (64 << 20, "a library of 100,000 tracks has 20 MB"),
    "ops.watch.imports.files.MOST_MEMBERS": (20_000, "a data download has some dozens"),
    "ops.watch.imports.formats.LONGEST_LINE": (500, "a name has fewer characters"),
    "ops.watch.imports.preview.MOST_CHECKED": (20, "more would take the day's requests"),
    "ops.inbox.following.LARGEST": (8 << 20, "a watch-list of 50,000 artists has fewer bytes"),
    "ops.terminal.remembered.MOST": (500, "a shell asks before it lists more"),
    "ops.executions.NEWEST": (10, "few events are new at a check"),
    "local.spotify.service.SMALLEST_GZIP": (400, "what is smaller grows"),
    "local.spotify.shapes.EMBEDDED_TRACKS": (50, "an album's answer has as many"),
    "local.spotify.shapes.RELINKED": (20_000, "above the number of any track"),
    "local.spotify.faults.kinds.A_DAY_S": (86_236, "a measured ban"),
    "local.spotify.search.FURTHEST": (1000, "Spotify counts no more"),
    # How much is shown
    "ops.commands.doctor.SHOWN": (10, "a screen"),
    "ops.commands.history.BAR": (24, "beside the names of states in 110 columns"),
    "ops.commands.history.NARROW": (110, "with a bar the lines would break"),
    "ops.commands.history.INPUT_SHOWN": (2000, "a screen"),
    "ops.commands.inbox.SHOWN": (20, "a screen"),
    "ops.commands.questions.RECORD_SHOWN": (400, "five lines"),
    "ops.commands.state.SHOWN": (10, "a screen"),
    "ops.commands.watch_import.SHOWN": (50, "two screens"),
    "ops.demo.summary.SHOWN": (5, "a screen with the rest"),
    "ops.demo.summary.MAIL_LINES": (8, "a screen with the rest"),
    "ops.doctor.diagnosis.MOST_OF_THE_INBOX": (10, "`ops inbox list` names all"),
    "ops.spotify.progress.WIDTH": (20, "beside the name of a state"),
    "ops.spotify.search.SHOWN": (10, "a screen"),
    "ops.terminal.live.NAME": (44, "the longest name of a state"),
    "ops.terminal.live.NAME_NARROW": (34, "below 100 columns"),
    "ops.terminal.live.NARROW": (100, "with longer names the lines would break"),
    "ops.terminal.output.PIPED_WIDTH": (10_000, "a program reads lines"),
}  # fmt: skip


def test_the_numbers_are_as_they_were_chosen() -> None:
    """Nothing else notices most of them: a wait that is twice as long, or a list with one row more."""
    found = {}
    for name in CHOSEN:
        module, _, constant = name.rpartition(".")
        found[name] = getattr(import_module(module), constant)
    assert found == {name: chosen for name, (chosen, _reason) in CHOSEN.items()}
