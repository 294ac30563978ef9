"""The processes of a command: what they cost, and how they are killed."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from .bench import MARK

CLOCK = os.sysconf("SC_CLK_TCK")
# A local session has its workers in the Java of the driver.
JAVA = {"local": b"SparkSubmit", "cluster": b"CoarseGrainedExecutorBackend"}
PYTHON = b"pyspark.daemon"


def tree(mark: str = "1") -> dict[int, tuple[float, float]]:
    """Return CPU seconds and MB of each process that has inherited the mark."""
    found: dict[int, tuple[float, float]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if f"{MARK}={mark}\0".encode() not in (folder / "environ").read_bytes():
                continue
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            share = (folder / "smaps_rollup").read_text().split("Pss:")[1].split()[0]
            ticks = int(fields[11]) + int(fields[12])
            found[int(folder.name)] = (ticks / CLOCK, int(share) / 1024)
    return found


def measure(
    start: Callable[[], subprocess.Popen[bytes]], counted: tuple[bytes, ...] = (b"",)
) -> tuple[float, float, float]:
    """Return the seconds, the CPU seconds and the most MB of a command's tree of processes.

    The MB are those of the processes that have one of the texts `counted` in their command line.
    """
    before = {pid: cpu for pid, (cpu, _) in tree().items()}
    cpu: dict[int, float] = {}
    clock, child, peak = time.perf_counter(), start(), 0.0
    while child.poll() is None:
        now = tree()
        cpu |= {pid: used for pid, (used, _) in now.items()}
        there = [pid for pid in now if any(text in line(pid) for text in counted)]
        peak = max(peak, sum(now[pid][1] for pid in there))
        time.sleep(0.5)
    if child.returncode:
        sys.exit("error: a command failed, see build/spark-work/log.txt")
    spent = sum(used - before.get(pid, 0) for pid, used in cpu.items())
    return time.perf_counter() - clock, spent, peak


def line(pid: int) -> bytes:
    """Return the command line of a process."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""


def kill(*pids: int) -> None:
    """Kill processes, which cannot clean up."""
    for pid in pids:
        os.kill(pid, signal.SIGKILL)


def heading(rows: str) -> None:
    """Print the heading of what `show` prints."""
    print(f"{'':12}{rows:>10}{'s':>8}{'CPU s':>8}{'MB':>8}")


def show(name: str, rows: int, figures: tuple[float, float, float]) -> None:
    """Print what `measure` has returned."""
    print(f"{name:12}{rows:>10}" + "".join(f"{each:>8.1f}" for each in figures))
