"""What a row costs in Spark, in CPU time of its processes, beside one process without it: `make bench-spark`.

The extrapolation is one: so many rows were settled, not a billion.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import workloads
from batches import checkouts
from pyspark.sql import SparkSession

from settlement import Rulebook
from settlement.batch import settle_many
from settlement.ext.spark import settle_frame


def _told(batches: Iterator[Any]) -> Iterator[Any]:
    """The CPU time so far of the process that settles."""
    import pyarrow as pa

    for _ in batches:
        pass
    yield pa.RecordBatch.from_pydict({"pid": [os.getpid()], "seconds": [time.process_time()]})


def _of_process(pid: str) -> float:
    """CPU seconds of a process, from /proc."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=20_000)
    given = parser.parse_args()
    os.environ |= {"PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"}
    spark = (
        SparkSession.builder.master("local[2]")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .getOrCreate()
    )
    pid = spark.sparkContext._jvm.java.lang.ProcessHandle.current().pid()  # noqa: SLF001 - PySpark has no other way to it
    book = Rulebook.model_validate(workloads.w1()["rulebook"])
    texts = list(checkouts(given.rows))
    frame = spark.createDataFrame([(text,) for text in texts], "checkout string").repartition(8).cache()
    frame.count()

    def cpu() -> float:
        found = {row.pid: row.seconds for row in frame.mapInArrow(_told, "pid bigint, seconds double").collect()}
        return sum(found.values())

    def job() -> None:
        settled = settle_frame(frame, book)
        assert settled.where("document is not null").agg({"payable": "sum"}).collect()[0][0]

    job()  # processes are there, and rules compiled
    before, jvm, begun = cpu(), _of_process(pid), time.monotonic()
    job()
    clock = time.monotonic() - begun
    workers, jvm = cpu() - before, _of_process(pid) - jvm
    spark.stop()
    lines = [f'{{"checkout":{text}}}' for text in texts]
    begun = time.process_time()
    assert all(made.document for made in settle_many(lines, book))
    alone = time.process_time() - begun
    each = 1e6 / given.rows
    print(f"{given.rows} W1 rows, local[2]")
    print(f"  settle_many in one process, CPU   {alone * each:8.0f} µs a row")
    print(f"  Spark's Python processes, CPU     {workers * each:8.0f} µs a row  {workers / alone:.2f}")
    print(f"  its Java process, CPU             {jvm * each:8.0f} µs a row  {jvm / alone:.2f}")
    print(f"  by the clock                      {clock * each:8.0f} µs a row")
    print(f"  a core                            {given.rows / (workers + jvm):8.0f} rows a second of CPU")
    print(f"  a billion rows, extrapolated      {(workers + jvm) / given.rows * 1e9 / 3600:8.0f} core hours")


if __name__ == "__main__":
    main()
