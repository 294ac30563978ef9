"""What holds for every test."""

import os

# Tables of a few rows are no work to share, and waiting threads are what slows a busy machine.
os.environ["OMP_NUM_THREADS"] = "1"
