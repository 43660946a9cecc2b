"""Pulumi's engine, with the real Terraform AWS provider behind a stand-in for Pulumi's.

The engine runs the program through Pulumi's Automation API, on an embedded AWS: what is created, what a second preview
changes, what each configuration key touches, what an upgrade and a switched key do, and what `destroy` leaves.
"""

from __future__ import annotations

import subprocess
import sys

from conformance.engine.build import missing
from conformance.part import Disagreement, Part


def run() -> str:
    """Run the scenarios in a process of their own, since they change its environment; return what agreed."""
    done = subprocess.run(
        [sys.executable, "-m", "conformance.engine"], capture_output=True, encoding="utf-8", check=False
    )
    if done.returncode:
        raise Disagreement(done.stderr.strip()[-6000:])
    return done.stdout.strip()


PART = Part("pulumi-engine", missing, run, long=True)
