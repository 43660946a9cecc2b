"""The embedded Lambda: AWS's own Python runtime client (`awslambdaric`) in processes of its own, over a Runtime API.

- `bootstrap.py` is what a process runs: it leaves only /tmp writable, then starts the runtime client.
- `runtime_api.py` is the HTTP API that the client asks for the next call and sends responses to.
- `output.py` reads what a process writes: log frames, and raw lines on its standard output.
- `packages.py` prepares what a function sees: its zip, the packages that its lock names, and the runtime's own.
- `environment.py` is one execution environment: kept warm between calls, ended by a time-out, an exit or its memory.
- `platform_events.py` words the lines that Lambda itself adds to a log.
- `service.py` puts all this in the place of ministack's worker.

Nothing here imports anything else of the repository but `service.py`, which patches ministack.
"""
