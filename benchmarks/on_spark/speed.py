"""Scores rows on Spark and in one process, and compares answers, rate and memory."""

from functools import partial

from .bench import Bench, cluster
from .processes import JAVA, PYTHON, heading, measure, show

RATE, CPU, MEMORY = 0.70, 2.2, 1600  # of one process, times one process, MB

# Rows only pass through Java, which would else fill what it may have. What a batch leaves behind
# dies in the survivor spaces, if they are large; else it fills the heap up to its limit.
OPTIONS = "-XX:+UseSerialGC -Xmn96m -XX:SurvivorRatio=1"
LEAN = "".join(
    f"spark.{process}.memory 512m\nspark.{process}.extraJavaOptions {OPTIONS}\n"
    for process in ("driver", "executor")
)


def speed(bench: Bench, rows: int) -> bool:
    """Print rate, CPU and memory on local[2] and on a cluster against one process."""
    sizes, fine = (rows // 4, rows), True
    (bench.work / "spark-defaults.conf").write_text(LEAN)
    heading("rows")

    def all_sizes(name: str, *options: str) -> list[tuple[float, float, float]]:
        measured, counted = [], (JAVA[name], PYTHON) if options else (b"",)
        for size in sizes:
            source, run = bench.rows(size), f"{name}-{size}"
            target = bench.work / (name if options else f"{run}.parquet")
            own = (*options, "--run-id", run)
            start = partial(bench.predict, source, target, *own)
            measured.append(measure(start, counted))
            show(name, size, measured[-1])
        return measured

    def marginal(measured: list[tuple[float, float, float]]) -> float:
        return (sizes[1] - sizes[0]) / (measured[1][1] - measured[0][1])

    one = all_sizes("one")
    with cluster(bench) as url:
        for name, master in (("local", "local[2]"), ("cluster", url)):
            ours = all_sizes(name, "--engine=spark", f"--master={master}")
            same = bench.same(
                bench.work / f"one-{rows}.parquet", bench.work / name, f"{name}-{rows}"
            )
            rate, cpu, peak = marginal(ours) / marginal(one), ours[1][1] / one[1][1], ours[1][2]
            print(
                f"{name}: {'bit-identical' if same else 'DIFFERENT'}, marginal rate per core"
                f" {rate:.2f} of one process (at least {RATE}), {cpu:.2f} times its CPU (at most"
                f" {CPU}), {peak:.0f} MB (at most {MEMORY})"
            )
            fine &= same and rate >= RATE and cpu <= CPU and peak <= MEMORY
    return fine
