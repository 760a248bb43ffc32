"""Tests run in parallel processes with one thread each, because more threads would compete for the same cores."""

import os
import signal

# A shell has its background jobs ignore Ctrl-C, and all that they start: tests that send it would wait in vain.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# What tests write need not outlive a power cut; to wait for the disk takes longer than a small stage computes.
os.fsync = lambda descriptor: None

for name in ("MAKEWEIGHT_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")
