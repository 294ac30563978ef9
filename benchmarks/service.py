"""Compares the demo's service and batch with what they are built on, with rivals, and with before.

    .venv/bin/python benchmarks/service.py build/demo/flight-delays [--before COMMIT] [--rivals]

prints every figure of speed from one run, in about six minutes: the service with its log on next
to a bare echo of the same request, and batch next to XGBoost alone. `--before` measures the code of
a commit in turn with that of the project, on the same models. `--rivals` adds the tutorial's way,
MLflow, BentoML and LitServe, each in an environment of its own, which is made once. All get the
same rows, features and model, in one process each; what counts are ratios within a round. The
processor time of a request is that of all processes of a rival, and says most on a busy machine.
`--without-batch` leaves out batch, which takes half of the time. It needs wrk (apt-get install
wrk); the load goes to this machine only.
"""

import argparse
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).parent
BUILD = HERE.parent / "build/rivals"
PORT, SECONDS, ROUNDS = 18800, 3, 3
CONNECTIONS = (1, 32, 128)

# Goals on two cores of a machine of its own.
GOALS = {1: ("p50", 4.0), 32: ("share", 0.60), 128: ("share", 0.85)}
TAIL, MEMORY, READY = 3.0, 230, 1.5  # p99 / p50, MiB, seconds

PACKAGES = {
    "echo": [],
    "before": [],
    "service": [],
    "tutorial": ["pandas", "pyarrow"],
    "MLflow": ["mlflow", "pandas", "pyarrow"],
    "BentoML": ["bentoml"],
    "LitServe": ["litserve"],
}
UVICORN = ["-m", "uvicorn", "--log-level", "warning", "--no-access-log", "--port", str(PORT)]
MLFLOW = ["-m", "mlflow", "models", "serve", "--env-manager", "local", "--workers", "1"]
SERVE = ["-m", "flight_delays.project", "serve"]
COMMANDS = {
    "echo": [*UVICORN, "echo:app"],
    "before": SERVE,
    "service": SERVE,
    "tutorial": [*UVICORN, "tutorial:app"],
    "MLflow": [*MLFLOW, "-m", str(BUILD / "mlflow-model"), "--port", str(PORT)],
    "BentoML": ["-m", "bentoml", "serve", "bento:Service", "--port", str(PORT)],
    "LitServe": [str(HERE / "rivals/lit.py"), str(PORT)],
}


def python(name: str, project: Path) -> str:
    """Return the Python of an environment, made once: the service's own, or that of a rival."""
    folder = BUILD / (name if PACKAGES[name] else "serve")
    if not (folder / "ready").exists():
        uv = shutil.which("uv") or str(Path(sys.executable).with_name("uv"))
        made = [uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder)]
        subprocess.run(made, check=True)
        program = ["--compile-bytecode", "--python", str(folder / "bin/python")]
        locked = ["--require-hashes", "--requirement", str(project / "requirements/serve.txt")]
        wanted = ["--requirement", str(project / "pyproject.toml"), *PACKAGES[name]]
        pip = [uv, "pip", "install", "--quiet", *program]
        subprocess.run([*pip, *(wanted if PACKAGES[name] else locked)], check=True)
        (folder / "ready").touch()
    return str(folder / "bin/python")


def environment(project: Path) -> dict[str, str]:
    """Return the variables of all of them."""
    own = {
        "PYTHONPATH": f"{HERE / 'rivals'}:{project / 'src'}",
        "PATH": os.environ["PATH"],
        "PORT": str(PORT),
        "LOG_URL": f"sqlite:///{BUILD}/log.sqlite",
        "LOG_SPOOL": str(BUILD / "spool"),
        "POLARS_MAX_THREADS": "1",  # as `make serve` and the image set it
        "BENTOML_DO_NOT_TRACK": "True",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "HOME": str(BUILD),
    }
    return {name: os.environ[name] for name in ("SSL_CERT_FILE",) if name in os.environ} | own


@contextmanager
def running(name: str, project: Path) -> Iterator[tuple[float, int]]:
    """Run a rival; give the seconds until it answered and its process id."""
    program = python(name, project)
    variables = environment(project) | {"PATH": f"{Path(program).parent}:{os.environ['PATH']}"}
    for stale in BUILD.glob("log.sqlite*"):
        stale.unlink()
    if name == "MLflow" and not (BUILD / "mlflow-model").exists():
        save = [program, str(HERE / "rivals/pyfunc.py"), str(BUILD / "mlflow-model")]
        subprocess.run(save, cwd=project, env=variables, check=True, capture_output=True)
    with (BUILD / f"{name}.log").open("w") as log:
        start = time.perf_counter()
        child = subprocess.Popen(
            [program, *COMMANDS[name]], cwd=project, env=variables,
            stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
        try:
            while not answers(name):
                if child.poll() is not None or time.perf_counter() - start > 90:
                    sys.exit(f"error: {name} does not answer, see {log.name}")
                time.sleep(0.02)
            yield time.perf_counter() - start, child.pid
        finally:
            os.killpg(child.pid, signal.SIGTERM)
            child.wait(30)


def request(name: str) -> tuple[str, str]:
    """Return path and body of the one request, as a rival wants them."""
    rows = json.loads((BUILD / "rows.json").read_text())
    if name == "MLflow":
        return "/invocations", json.dumps({"dataframe_records": rows})
    return "/predict", json.dumps({"instances": rows})


def answers(name: str) -> bool:
    """Return whether a rival answers the request."""
    path, body = request(name)
    url = f"http://127.0.0.1:{PORT}{path}"
    wanted = urllib.request.Request(url, body.encode(), {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(wanted, timeout=30) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def processor_seconds(session: int) -> float:
    """Return the processor time that all processes of a session have used."""
    ticks = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        if int(fields[3]) == session:
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def load(name: str, pid: int, connections: int, seconds: int = SECONDS) -> dict[str, float]:
    """Return requests/s, latency and processor time in ms, of one rival under load."""
    path, body = request(name)
    script = BUILD / "post.lua"
    header = 'wrk.headers["Content-Type"] = "application/json"'
    script.write_text(f'wrk.method = "POST"\n{header}\nwrk.body = [[{body}]]\n')
    used = processor_seconds(pid)
    wrk = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}", "--latency", "--timeout", "20"]
    said = subprocess.run(
        [*wrk, "-s", script, f"http://127.0.0.1:{PORT}{path}"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    if "Non-2xx" in said:
        sys.exit(f"error: {name} refused requests:\n{said}")
    unit = {"us": 0.001, "ms": 1.0, "s": 1000.0}
    times = dict(re.findall(r"(50|99)%\s+([\d.]+(?:us|ms|s))", said))
    parts = {key: re.fullmatch(r"([\d.]+)(\w+)", text) for key, text in times.items()}
    found = {f"p{key}": float(part[1]) * unit[part[2]] for key, part in parts.items() if part}
    used = processor_seconds(pid) - used
    rate = re.search(r"Requests/sec:\s+([\d.]+)", said)
    number = re.search(r"(\d+) requests in", said)
    found["cpu"] = 1000 * used / max(1, int(number[1]) if number else 0)
    return found | {"rate": float(rate[1]) if rate else 0.0}


def memory(pid: int) -> float:
    """Return the resident MiB of a process."""
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+)", status)
    return int(found[1]) / 1024 if found else 0.0


def before(project: Path, commit: str) -> Path:
    """Return a project with the code of a commit and the models, data and environment of another."""
    folder = BUILD / "before"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "src").mkdir(parents=True)
    template = "{{cookiecutter.project_slug}}/src/{{cookiecutter.package_name}}"
    archive = subprocess.run(
        ["git", "archive", commit, template], cwd=HERE.parent, check=True, capture_output=True
    ).stdout
    subprocess.run(["tar", "-x", "-C", folder], input=archive, check=True)
    (folder / template).rename(folder / "src/flight_delays")  # Python in src/ holds no Jinja
    for name in ("models", "data", "rollout.yaml", "params.yaml", ".venv"):
        (folder / name).symlink_to(project / name)
    return folder


def measure(projects: dict[str, Path], rounds: int) -> None:
    """Measure the service and its rivals in turn, and print the medians."""
    measured: dict[tuple[str, int], list[dict[str, float]]] = {}
    starts: dict[str, list[tuple[float, float]]] = {}
    for _ in range(rounds):
        for name, project in projects.items():
            with running(name, project) as (ready, pid):
                load(name, pid, 8, seconds=1)
                for connections in CONNECTIONS:
                    result = load(name, pid, connections)
                    measured.setdefault((name, connections), []).append(result)
                starts.setdefault(name, []).append((ready, memory(pid)))
    columns = ("requests/s", "of echo", "p50 ms", "p99 ms", "p99/p50", "CPU ms", "goal")
    print(f"{'connections':12}{'':10}" + "".join(f"{each:>12}" for each in columns))
    for connections in CONNECTIONS:
        for name in projects:
            results, floor = measured[name, connections], measured["echo", connections]
            shares = [own["rate"] / echo["rate"] for own, echo in zip(results, floor, strict=True)]
            known = {
                key: statistics.median(each[key] for each in results)
                for key in ("rate", "p50", "p99", "cpu")
            }
            known["share"], tail = statistics.median(shares), known["p99"] / known["p50"]
            key, goal = GOALS[connections]
            held = known[key] <= goal if key == "p50" else known[key] >= goal
            said = f"{key} {goal:.2f} {'reached' if held and tail <= TAIL else 'missed'}"
            print(
                f"{connections:<12}{name:10}{known['rate']:>12.0f}{known['share']:>12.2f}"
                f"{known['p50']:>12.1f}{known['p99']:>12.1f}{tail:>12.1f}{known['cpu']:>12.2f}"
                f"{'' if name == 'echo' else said:>24}"
            )
    for name, found in starts.items():
        ready, size = (statistics.median(each[place] for each in found) for place in (0, 1))
        print(f"{name}: ready after {ready:.1f} s (goal {READY}), {size:.0f} MiB (goal {MEMORY})")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("project", type=Path)
    parser.add_argument("--before", help="a commit, whose code is measured as well")
    parser.add_argument("--rivals", action="store_true")
    parser.add_argument("--without-batch", action="store_true")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    given = parser.parse_args()
    project = given.project.resolve()
    BUILD.mkdir(parents=True, exist_ok=True)
    one = "import json; from flight_delays.data.schema import ROW; print(json.dumps([ROW.example]))"
    rows = subprocess.check_output([python("echo", project), "-c", one], env=environment(project))
    (BUILD / "rows.json").write_bytes(rows)
    projects = {name: project for name in COMMANDS if given.rivals or not PACKAGES[name]}
    projects.pop("before")
    if given.before:
        projects = {"echo": project, "before": before(project, given.before)} | projects
    measure(projects, given.rounds)
    for name, folder in projects.items():
        if COMMANDS[name] == SERVE:
            print(f"\na lone request of {name}, in ms:", flush=True)
            alone = [python(name, project), str(HERE / "rivals/alone.py"), str(BUILD)]
            subprocess.run(alone, cwd=folder, env=environment(folder), check=True)
            if given.without_batch:
                continue
            print(f"batch of {name}:", flush=True)
            program = [sys.executable, str(HERE / "batch.py"), str(folder), "--speed"]
            subprocess.run(program, check=False)  # it says itself which goal is missed


if __name__ == "__main__":
    main()
