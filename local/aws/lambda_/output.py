"""Read a runtime process's output: frames of the runtime client's log, and lines of standard output and error.

A frame is 4 bytes of type, 4 of length, 8 of time, then the message (awslambdaric, FramedTelemetryLogSink). Its type
has the record's level, by which Lambda filters JSON logs; a raw line's level is its JSON's "level", else INFO
(https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html).
"""

from __future__ import annotations

import fcntl
import json
import os
from contextlib import suppress

HEAD = 16
LEVELS = {"TRACE": 0, "DEBUG": 2, "INFO": 3, "WARN": 4, "WARNING": 4, "ERROR": 5, "FATAL": 6, "CRITICAL": 6}
PIPE_BYTES = 1 << 20
SET_PIPE_SIZE = 1031  # F_SETPIPE_SZ of Linux


class Output:
    """The two pipes of a process: `lines` and `frames` are its ends, `read()` reads what is available."""

    def __init__(self, log_format: str, level: str) -> None:
        self._json, self._least = log_format == "JSON", LEVELS.get(level, LEVELS["INFO"])
        self._lines, self.lines = os.pipe()
        self._frames, self.frames = os.pipe()
        self._rest = {self._lines: b"", self._frames: b""}
        self._messages: list[str] = []
        for end in self._rest:
            os.set_blocking(end, False)
            with suppress(OSError):  # beyond the user's limit: a process that writes more at once waits for us
                fcntl.fcntl(end, SET_PIPE_SIZE, PIPE_BYTES)

    def descriptors(self) -> list[int]:
        """Return the descriptors to wait on."""
        return list(self._rest)

    def started(self) -> None:
        """Close the process's own ends, once it has them."""
        os.close(self.lines)
        os.close(self.frames)

    def read(self) -> None:
        """Read what the process has written by now; stop waiting on a pipe that ended."""
        for end in (self._frames, self._lines):
            while end in self._rest and (data := self._some(end)):
                cut = self._cut_frames if end == self._frames else self._cut_lines
                self._rest[end] = cut(self._rest[end] + data)

    def messages(self) -> list[str]:
        """Return the messages that were read and not returned before."""
        self.read()
        found, self._messages = self._messages, []
        return found

    def close(self) -> None:
        """Read the rest, a line without its end among it, and close."""
        self.read()
        self._cut_lines(self._rest.get(self._lines, b"") + b"\n")
        for end in list(self._rest):
            os.close(end)
        self._rest = {}

    def _some(self, end: int) -> bytes:
        try:
            data = os.read(end, PIPE_BYTES)
        except BlockingIOError:
            return b""
        if not data:
            if end == self._lines:
                self._cut_lines(self._rest[end] + b"\n")
            os.close(end)
            del self._rest[end]
        return data

    def _cut_frames(self, data: bytes) -> bytes:
        while len(data) >= (size := HEAD + int.from_bytes(data[4:8])):
            self._add(data[HEAD:size], data[3] >> 2)
            data = data[size:]
        return data

    def _cut_lines(self, data: bytes) -> bytes:
        *whole, rest = data.split(b"\n")
        for line in filter(None, whole):
            self._add(line, _level(line) if self._json else LEVELS["INFO"])
        return rest

    def _add(self, message: bytes, level: int) -> None:
        """Keep a message; a frame without a level (0) is kept whatever the least level is."""
        if not self._json or not level or level >= self._least:
            self._messages.append(message.decode(errors="replace").rstrip("\n"))


def _level(line: bytes) -> int:
    if not line.startswith(b"{"):
        return LEVELS["INFO"]
    try:
        found = json.loads(line)
    except ValueError:
        return LEVELS["INFO"]
    return LEVELS.get(str(found.get("level", "INFO")).upper(), LEVELS["INFO"])
