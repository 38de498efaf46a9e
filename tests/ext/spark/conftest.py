"""One session of Spark in local mode for all tests: its start takes half a minute."""

from __future__ import annotations

import os
import sys

import pytest


@pytest.fixture(scope="session")
def spark():
    """A session on two cores, at an address that needs no name."""
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"  # Java asks for the machine's name before it reads the options
    os.environ["PYTHONPATH"] = os.pathsep.join(sys.path)  # workers find what the tests do
    options = {
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.network.timeout": "600s",
        "spark.sql.shuffle.partitions": "2",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }
    made = SparkSession.builder.master("local[2]").config(map=options).getOrCreate()
    yield made
    made.stop()
