"""Attacks the service and prints what held: durability, promotions and crowds of connections.

`python benchmarks/attacks.py` runs the full size, about fifteen minutes on a machine of its own:
twenty kills, two hundred cut connections and ten silences of half a minute in front of PostgreSQL;
ninety promotions in five minutes at 32 connections; a thousand idle connections, endless headers
and four hundred half bodies. `python benchmarks/attacks.py 10` runs a tenth of it. The tests of
each run, in tests/machinery/prediction/service/test_durability.py, are the same in small.
"""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
TESTS = "tests/machinery/prediction/service/test_durability.py"
CHOSEN = "silences or promotions or crowd or kills"


def main(share: str = "1") -> int:
    """Run the attacks; return how they ended."""
    # The environment of the machinery's tests, which `make test TESTS=...` makes.
    pythons = sorted(ROOT.glob("build/venv-3.11-*/bin/python"))
    if not pythons:
        sys.exit(f"error: the tests have no environment yet: run `make test TESTS={TESTS}`")
    command = [str(pythons[-1]), "-m", "pytest", "-q", "-s", TESTS, "-k", CHOSEN]
    variables = os.environ | {"DURABILITY": "full", "SHARE_OF": share}
    return subprocess.run(command, cwd=ROOT, env=variables, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
