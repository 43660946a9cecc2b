"""Turn a run's frozen inputs into the lake's tables: validated, deduplicated, sorted, every record accounted for."""

import os

# Read when NumPy and Arrow are imported. OpenBLAS's threads would spin for a tenth of a second of processor time, and
# nothing here needs them. The C library's allocator takes a sixth less memory than Arrow's own, in the same time.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
