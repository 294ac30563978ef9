"""Attacks the service and prints what held.

`python benchmarks/attacks.py` runs the full size, about 25 minutes on a machine of its own. Each
part can be run alone, as in `python benchmarks/attacks.py crowd`; a number, as in
`python benchmarks/attacks.py 10`, runs a tenth. The tests are the same in small in each run.
"""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
FOLDER = "tests/machinery/prediction/service"

# The name of each part, the file of its test, and a word of the test's name.
PARTS = {
    # 20 kills, 200 cuts of the connections to PostgreSQL and 10 silences of 30 s; about 13 minutes
    "silences": ("test_durability.py", "silences"),
    # 20 kills with SQLite; a minute
    "kills": ("test_durability.py", "kills_under"),
    # more than 300 broken rollouts, manifests and spools; a minute
    "files": ("test_broken_files.py", "running"),
    # 1,000 idle connections, endless headers, 400 half bodies; a few seconds
    "crowd": ("test_durability.py", "crowd"),
    # 90 promotions in 5 minutes at 32 connections
    "promotions": ("test_durability.py", "promotions"),
}


def main(*arguments: str) -> int:
    """Run the attacks; return 1 if the service did not withstand one of them."""
    # The environment of the machinery's tests, which `make test TESTS=...` makes.
    pythons = sorted(ROOT.glob("build/venv-3.11-*/bin/python"))
    if not pythons:
        sys.exit(f"error: the tests have no environment yet: run `make test TESTS={FOLDER}`")
    share = next((each for each in arguments if each.isdecimal()), "1")
    chosen = [each for each in arguments if not each.isdecimal()] or list(PARTS)
    if unknown := [each for each in chosen if each not in PARTS]:
        sys.exit(f"error: {unknown[0]} is not an attack: give some of {', '.join(PARTS)}")
    variables = os.environ | {"DURABILITY": "full", "SHARE_OF": share}
    failed = 0
    for part in chosen:
        file, word = PARTS[part]
        print(f"{part}:", flush=True)
        command = [str(pythons[-1]), "-m", "pytest", "-q", "-s", f"{FOLDER}/{file}", "-k", word]
        failed += subprocess.run(command, cwd=ROOT, env=variables, check=False).returncode != 0
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
