"""`python -m ops`: a user's mistakes end in one sentence and an exit code, never in a traceback."""

from __future__ import annotations

import sys

from botocore.exceptions import BotoCoreError, ClientError

from ops.app import app
from ops.errors import FAILED, OpsError
from ops.output import note


def main() -> int:
    """Run one command and return its exit code."""
    try:
        return app(standalone_mode=True) or 0
    except OpsError as exc:
        note(str(exc))
        return exc.exit_code
    except (ClientError, BotoCoreError) as exc:
        note(f"AWS: {exc}")
        return FAILED


if __name__ == "__main__":
    sys.exit(main())
