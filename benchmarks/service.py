"""Compares the demo's service with a bare echo, the tutorial's way, MLflow, BentoML and LitServe.

`python benchmarks/service.py DEMO` makes an environment for each under build/rivals, once, and asks
them in turn: same rows, features and model, one process each, the service with its log on. What
counts are ratios within a round. Needs wrk; the load goes to this machine only.
"""

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

PACKAGES = {
    "service": [],
    "echo": [],
    "tutorial": ["pandas", "pyarrow"],
    "MLflow": ["mlflow", "pandas", "pyarrow"],
    "BentoML": ["bentoml"],
    "LitServe": ["litserve"],
}
UVICORN = ["-m", "uvicorn", "--log-level", "warning", "--no-access-log", "--port", str(PORT)]
MLFLOW = ["-m", "mlflow", "models", "serve", "--env-manager", "local", "--workers", "1"]
COMMANDS = {
    "service": ["-m", "flight_delays.project", "serve"],
    "echo": [*UVICORN, "echo:app"],
    "tutorial": [*UVICORN, "tutorial:app"],
    "MLflow": [*MLFLOW, "-m", str(BUILD / "mlflow-model"), "--port", str(PORT)],
    "BentoML": ["-m", "bentoml", "serve", "bento:Service", "--port", str(PORT)],
    "LitServe": [str(HERE / "rivals/lit.py"), str(PORT)],
}


def python(name: str, project: Path) -> str:
    """Return the Python of a rival's environment, made once from the lock and the rival's packages."""
    folder = BUILD / name
    if not (folder / "ready").exists():
        uv = shutil.which("uv") or str(Path(sys.executable).with_name("uv"))
        subprocess.run(
            [uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder)], check=True
        )
        pip = [
            uv,
            "pip",
            "install",
            "--quiet",
            "--compile-bytecode",
            "--python",
            str(folder / "bin/python"),
        ]
        locked = ["--require-hashes", "--requirement", str(project / "requirements/serve.txt")]
        wanted = ["--requirement", str(project / "pyproject.toml"), *PACKAGES[name]]
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


def load(name: str, connections: int, seconds: int = SECONDS) -> dict[str, float]:
    """Return requests/s and the percentiles of the latency in ms, of one rival under load."""
    path, body = request(name)
    script = BUILD / "post.lua"
    header = 'wrk.headers["Content-Type"] = "application/json"'
    script.write_text(f'wrk.method = "POST"\n{header}\nwrk.body = [[{body}]]\n')
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
    rate = re.search(r"Requests/sec:\s+([\d.]+)", said)
    return found | {"rate": float(rate[1]) if rate else 0.0}


def memory(pid: int) -> float:
    """Return the resident MiB of a process."""
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+)", status)
    return int(found[1]) / 1024 if found else 0.0


def main(project: Path) -> None:
    """Measure and print."""
    BUILD.mkdir(parents=True, exist_ok=True)
    one = "import json; from flight_delays.data.schema import ROW; print(json.dumps([ROW.example]))"
    rows = subprocess.check_output([python("echo", project), "-c", one], env=environment(project))
    (BUILD / "rows.json").write_bytes(rows)
    measured: dict[tuple[str, int], list[dict[str, float]]] = {}
    for number in range(ROUNDS):
        for name in COMMANDS:
            with running(name, project) as (ready, pid):
                load(name, 8, seconds=1)
                for connections in CONNECTIONS:
                    result = load(name, connections)
                    measured.setdefault((name, connections), []).append(result)
                print(
                    f"round {number + 1}: {name} ready after {ready:.1f} s, {memory(pid):.0f} MiB",
                    flush=True,
                )
    print(
        f"\n{'connections':12}{'':10}{'requests/s':>12}{'of echo':>9}{'p50 ms':>9}{'p99 ms':>9}{'p99/p50':>9}"
    )
    for connections in CONNECTIONS:
        for name in COMMANDS:
            results, floor = measured[name, connections], measured["echo", connections]
            share = [own["rate"] / echo["rate"] for own, echo in zip(results, floor, strict=True)]
            rate, p50, p99 = (
                statistics.median(r[key] for r in results) for key in ("rate", "p50", "p99")
            )
            print(
                f"{connections:<12}{name:10}{rate:>12.0f}{statistics.median(share):>9.2f}"
                f"{p50:>9.1f}{p99:>9.1f}{p99 / p50:>9.1f}"
            )
    print("\na lone request, in ms:", flush=True)
    alone = [python("service", project), str(HERE / "rivals/alone.py"), str(BUILD)]
    subprocess.run(alone, cwd=project, env=environment(project), check=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
