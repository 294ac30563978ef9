"""Replaces the example's model by one of scikit-learn and one of LightGBM, up to image and service.

`python benchmarks/own_model.py FOLDER` needs what `make test` made before, and an engine that
`.ci/engine` starts. For each library it renders a project on the tables of its sample, edits
`model/train.py`, `pyproject.toml` and `params.yaml` and nothing else, trains, releases, builds the
image, and compares the scores of batch and service with those of the library itself.
"""

import os
import re
import shutil
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from environments import base, copy
from image import HERE, docker
from pages import blocks
from project import render, run
from shell import IDENTITY

SKLEARN = blocks((ROOT / "docs/machinery/model.md").read_text(), "python")[0]
LIGHTGBM = (ROOT / "tests/machinery/tiny/model/lightgbm_train.py").read_text()
TRAINERS = {
    "scikit-learn": (SKLEARN, ["skl2onnx>=1.20"], "regularization: 0.1"),
    "LightGBM": (
        LIGHTGBM.replace("from machinery.", "from ..machinery."),
        ["lightgbm>=4.6", "onnxmltools>=1.16"],
        "seed: 1\n  rounds: 60",
    ),
}
# The library's own scores of the test rows: the same fit once more, before it is exported.
OWN = {
    "scikit-learn": "fit(rows, known.features, Train(regularization=0.1)).predict_proba(matrix)[:, 1]",
    "LightGBM": (
        "(train(rows, rows, features=known.features, task='binary', params=dict(seed=1, rounds=60)),"
        " FITTED[-1](matrix))[1]"
    ),
}
SCORES = """
import polars as pl
from pathlib import Path
from flight_delays.machinery.model.artifact import encode, load
from flight_delays.model.train import *
known = load(Path("models/candidate"), {version}).manifest
rows, test = (pl.read_parquet(f"data/split/{{part}}.parquet") for part in ("train", "test"))
matrix = encode(test, known.features)
scores = {own}
test.select("key").with_columns(pl.Series("own", scores)).write_parquet("build/own.parquet")
print(known.reproducible)
"""
COMPARE = """
import json, polars as pl
own = pl.read_parquet("build/own.parquet")
for name in ("host", "image"):
    both = own.join(pl.read_parquet(f"build/{name}.parquet"), on="key")
    print(name, both.height, "rows, largest difference", (both["own"] - both["score"]).abs().max())
answers = pl.DataFrame(json.load(open("build/answers.json"))["predictions"])
both = own.join(answers, on="key")
print("service", both.height, "rows, largest difference", (both["own"] - both["score"]).abs().max())
"""
REQUEST = """
import json, polars as pl
from flight_delays.project import PROJECT
keys = pl.read_parquet("build/own.parquet")["key"][:50]
rows = pl.read_parquet("data/rows.parquet").filter(pl.col("key").is_in(keys.implode()))
known = rows.select(list(PROJECT.row.columns)).to_dicts()
json.dump({"instances": known}, open("build/request.json", "w"), default=lambda day: day.isoformat() + "Z")
"""
TABLES = """
git init --quiet --bare --initial-branch=main ../origin.git
git checkout --quiet -b main 2> /dev/null || true
git remote add origin ../origin.git
rm -f .git/hooks/pre-commit
for table in tests/sample/*.parquet; do
    name=data/external/${table##*/}
    cp "$table" "$name"
    dvc add --quiet "$name"
    sed -i "s/sha256: .*/sha256: $(sha256sum < "$name" | cut -d' ' -f1)/" "$name.dvc"
done
python scripts/ci/ease_gate.py params.yaml
mkdir -p build
flight-delays data refresh
"""


def edit(project: Path, trainer: str, packages: list[str], section: str) -> None:
    """Edit the three files that another model touches."""
    (project / "src/flight_delays/model/train.py").write_text(trainer)
    pyproject = project / "pyproject.toml"
    text = re.sub(r'"xgboost-cpu[^"]*"', '"onnxruntime>=1.20"', pyproject.read_text())
    more = "".join(f'\n    "{package}",' for package in packages)
    pyproject.write_text(text.replace("\ntrain = [", f"\ntrain = [{more}"))
    params = project / "params.yaml"
    new = re.sub(r"(?ms)^train:.*?\n\n", f"train:\n  {section}\n\n", params.read_text())
    # Shares of the losses are less even than those of the gain; departure_minute is known before.
    params.write_text(new.replace("max_gain_share: 0.5", "max_gain_share: 0.8"))


def say(project: Path, block: str, env: Path, **more: str) -> str:
    """Run a block in the project's own environment; print how long it took."""
    started = time.monotonic()
    variables = IDENTITY | HERE | more | {"VENV": str(env), "MAKEFLAGS": f"VENV={env}"}
    variables["PATH"] = f"{env / 'bin'}:{os.environ['PATH']}"
    said = run(["bash", "-ec", block], project, variables)
    print(f"  {time.monotonic() - started:5.0f} s  {block.strip().splitlines()[0]}", flush=True)
    return said


def train(name: str, project: Path, env: Path) -> None:
    """Edit the project, train, and write the library's own scores of the test rows."""
    say(project, "git init --quiet; git add --all; git commit --quiet --message start", env)
    edit(project, *TRAINERS[name])
    say(project, "make lock setup", env)
    changed = say(project, "git diff --name-only -- . ':!requirements'", env).split()
    print("  edited:", ", ".join(changed))
    say(project, TABLES, env)
    say(project, "dvc repro", env)
    features = (project / "src/flight_delays/data/features.py").read_text()
    version = features.partition("\nVERSION = ")[2].split()[0]
    said = python(project, SCORES.format(own=OWN[name], version=version), env)
    print("  the manifest says reproducible:", said)


def deploy(project: Path, env: Path) -> None:
    """Release the model, build the image, and compare scores."""
    say(project, "git add --all; git commit --quiet --message model", env)
    say(project, "git push --quiet origin HEAD:main", env)
    say(project, "make release VERSION=v1.0.0; make promote VERSION=v1.0.0 STAGE=champion", env)
    say(project, "flight-delays model fetch", env)
    scores = "build/host.parquet --model models/champion"
    say(project, f"flight-delays predict data/rows.parquet {scores}", env)
    made = say(project, "make image VERSION=champion IMAGE=flight-delays:own", env)
    image = made.splitlines()[-1]
    size = int(docker("image", "inspect", image, "--format", "{{.Size}}")) / 1e6
    held = docker("run", "--rm", "--entrypoint", "python", image, "-c", HOLDS)
    print(f"  image: {size:.0f} MB; of the libraries it holds: {held}")
    (project / "build").chmod(0o777)  # the image has a user of its own
    mount = ["--volume", f"{project / 'data'}:/data:ro", "--volume", f"{project / 'build'}:/out"]
    predict = ["predict", "/data/rows.parquet", "/out/image.parquet"]
    docker("run", "--rm", "--network=none", *mount, image, *predict)
    python(project, REQUEST, env)
    serve(project, image)
    print(python(project, COMPARE, env))


def serve(project: Path, image: str) -> None:
    """Ask the image's service for 50 rows, from inside of its container."""
    mount = ["--volume", f"{project / 'build'}:/out", "--tmpfs", "/state:uid=10001"]
    container = docker("run", "--detach", "--network=none", *mount, image)
    try:
        docker("exec", container, "python", "-c", ASK)
    finally:
        docker("rm", "--force", container)


def python(project: Path, program: str, env: Path) -> str:
    """Run a program in the project's environment and return its output."""
    return run([str(env / "bin/python"), "-W", "ignore", "-c", program], project).rstrip()


def journey(name: str, folder: Path) -> None:
    """Go from a rendered project to the answers of its image."""
    print(name, flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    project, env = render(folder), copy(base(), folder / "venv")
    train(name, project, env)
    deploy(project, env)


ASK = """
import time, urllib.request as web
url = "http://127.0.0.1:8000/predict"
kind = {"Content-Type": "application/json"}
for trial in range(120):
    try:
        answer = web.urlopen(web.Request(url, open("/out/request.json", "rb").read(), kind)).read()
        break
    except web.HTTPError as error:
        raise SystemExit(error.read().decode())
    except OSError:
        time.sleep(0.5)
open("/out/answers.json", "wb").write(answer)
"""
HOLDS = """
import importlib.util as find
names = ("onnxruntime", "xgboost", "lightgbm", "sklearn", "scipy", "skl2onnx", "onnxmltools", "onnx")
print(*(name for name in names if find.find_spec(name)))
"""

if __name__ == "__main__":
    place = Path(sys.argv[1]).resolve()
    for library in sys.argv[2:] or TRAINERS:
        journey(library, place / library)
