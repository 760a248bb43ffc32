"""Tests run side by side, one thread each: what many threads would gain they would take from the neighbour."""

import os

for name in ("MAKEWEIGHT_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")
