"""Shifts the clock of this Python process by SHIFTED_CLOCK seconds, as soon as Python starts.

A link to this file and to `shifted_clock.pth` in the environment's site-packages lets every process that the tests
start do the same: the workers of pytest, commands, the embedded AWS and its Lambdas, even those that ignore
PYTHONPATH. Only the wall clock that Python reads moves: waits use the monotonic clock, which stays, and so do the
times of files.
"""

import os
import sys
import time

_SHIFT = os.environ.get("SHIFTED_CLOCK")

if _SHIFT:
    # time-machine offers a fixture wherever pytest can be imported, and would import it in every process for that.
    sys.modules["pytest"] = None  # type: ignore[assignment]  # Python's way to say that there is none
    import time_machine

    del sys.modules["pytest"]
    _real = time.time()
    time_machine.travel(_real + float(_SHIFT), tick=True).start()
    time.time()  # the journey begins when the clock is first read
