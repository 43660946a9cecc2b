"""`python -m local.spotify`: the simulated Spotify until stopped; its first line of output says where it listens.

With `--config-on-stdin` the first line of the input is its configuration, and it ends when the input does: with the
process that started it, however that one ended.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import socket
import sys
import threading

import uvicorn

from local.spotify.app import CONTROL_PATH, create_app
from local.spotify.config import Config
from local.spotify.service import API, TOKEN

BACKLOG = 128


def main() -> None:
    """Listen on 127.0.0.1 until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m local.spotify", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="used if it is free; else, and by default, any")
    parser.add_argument("--config", default="{}", help="JSON: the fields of local.spotify.config.Config")
    parser.add_argument("--config-on-stdin", action="store_true", help="read the configuration from the input instead")
    arguments = parser.parse_args()
    config = Config.from_json(sys.stdin.readline() if arguments.config_on_stdin else arguments.config)

    key = secrets.token_urlsafe(24)
    listener = socket.socket(proto=socket.IPPROTO_TCP)  # said aloud, or asyncio leaves Nagle on: 40 ms an answer
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", arguments.port))
    except OSError:
        listener.bind(("127.0.0.1", 0))
    listener.listen(BACKLOG)
    base = f"http://127.0.0.1:{listener.getsockname()[1]}"
    app = create_app(config, control_key=key)
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", access_log=False, timeout_graceful_shutdown=1))
    if arguments.config_on_stdin:
        threading.Thread(target=_end_with_input, daemon=True).start()
    address = {
        "api_url": base + API,
        "token_url": base + TOKEN,
        "control_url": base + CONTROL_PATH,
        "control_key": key,
    }
    print(json.dumps(address), flush=True)  # it is what the starter waits for
    server.run(sockets=[listener])


def _end_with_input() -> None:
    """End at once when standard input ends: no process is left to answer, and there is nothing to save."""
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main()
