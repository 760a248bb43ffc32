"""Tests run in parallel processes with one thread each, because more threads would compete for the same cores."""

import os

for name in ("MAKEWEIGHT_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")
