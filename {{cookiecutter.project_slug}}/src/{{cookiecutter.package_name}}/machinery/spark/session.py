"""The session of Spark, and its errors in one sentence."""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..errors import InputError

SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.caseSensitive": "true",  # as Polars
    "spark.sql.execution.arrow.maxRecordsPerBatch": 32_768,  # Java and Python hold a few batches
    # A partition's 07 would become 7; the project's schema knows the type.
    "spark.sql.sources.partitionColumnTypeInference.enabled": "false",
    "spark.executorEnv.POLARS_MAX_THREADS": "1",
    "spark.executorEnv.OMP_NUM_THREADS": "1",
}


@contextmanager
def session(name: str, master: str = "") -> Iterator[Any]:
    """Open Spark under `name`: at `master`, or as spark-submit or spark-defaults.conf say.

    Raises InputError without pyspark or Java, and for what Spark cannot do.
    """
    try:
        from py4j.protocol import Py4JError  # noqa: PLC0415
        from pyspark.errors import PySparkException  # noqa: PLC0415
        from pyspark.sql import SparkSession  # noqa: PLC0415
    except ModuleNotFoundError:
        raise InputError(
            "--engine spark needs pyspark, which is not installed: make setup LOCK=spark"
        ) from None
    if "PYSPARK_GATEWAY_PORT" not in os.environ:  # spark-submit has started Java
        _refuse_without_java()
    # The workers run this Python; a cluster has it in the same place, or as the same image.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.appName(name)
    if master:
        builder = builder.master(master)
    for setting, value in SETTINGS.items():
        builder = builder.config(setting, value)
    try:
        spark = builder.getOrCreate()
        try:
            yield spark
        finally:
            spark.stop()
    except (Py4JError, PySparkException) as error:
        raise InputError(f"Spark: {cause(error)}") from None


def _refuse_without_java() -> None:
    home = os.environ.get("JAVA_HOME")
    java = Path(home, "bin/java") if home else Path(shutil.which("java") or "")
    if not java.is_file():
        where = f"JAVA_HOME={home} has no bin/java" if home else "the PATH has none"
        raise InputError(
            f"--engine spark needs Java 17 or 21, and {where}: install it"
            " (Debian: default-jre-headless), or set JAVA_HOME"
        )


def cause(error: Any) -> str:
    """Return the line of an error of Spark that says what went wrong."""
    java = getattr(error, "java_exception", None)
    while java is not None and java.getCause() is not None:
        java = java.getCause()
    text = str(error if java is None else java.toString())
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    faults = [
        line for line in lines if not line.startswith(("at ", "File ", "Traceback", "Driver"))
    ]
    first, *_ = faults or [type(error).__name__]
    return first
