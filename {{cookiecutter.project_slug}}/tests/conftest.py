"""Settings for every test."""

import os

# Tables of a few rows give threads nothing to share; waiting threads slow a busy machine down.
os.environ["OMP_NUM_THREADS"] = "1"
