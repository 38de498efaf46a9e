"""What a request costs `settlement serve`, beside the library in one process: CPU time of all its processes.

Prints requests per second and core: how many a core does when it does nothing else. CPU time is what the system counts
for the server's own processes, so neither the client nor whatever else runs is in it. Linux alone (/proc).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from threading import Thread

import workloads

from settlement import Request
from settlement.ext.fastapi import answers
from settlement.ext.fastapi.asked import AskWhat, read

ROUNDS, REQUESTS, CONNECTIONS = 5, 400, 4
TICKS = os.sysconf("SC_CLK_TCK")


def cpu(pid: int) -> float:
    """Seconds of CPU time of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def ask(port: int, body: bytes, count: int, answer: bytes) -> None:
    """So many requests on one connection."""
    connection = HTTPConnection("127.0.0.1", port)
    for _ in range(count):
        connection.request("POST", "/settle", body, {"content-type": "application/json"})
        assert connection.getresponse().read() == answer
    connection.close()


def main() -> None:
    """Print a table."""
    print(
        "| a cart, JSON to JSON | in process | server | its processes | its front | ratio |\n|---|--:|--:|--:|--:|--:|"
    )
    for name, make in (("W1", workloads.w1), ("W2", workloads.w2)):
        document = make()
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "book.json").write_text(json.dumps(document["rulebook"]), encoding="utf-8")
            row = measured(folder, json.dumps({"checkout": document["checkout"]}).encode(), document)
        print(f"| {name} | " + " | ".join(row) + " |")


def measured(folder: str, body: bytes, document: workloads.Document) -> list[str]:
    """The cells of a row."""
    rules = Request.from_json(workloads.as_text(document)).rulebook

    def library() -> bytes:
        return answers.settled(read(AskWhat, body, inline=False)[0].checkout, rules).encode()

    answer = library()
    command = [sys.executable, "-m", "settlement", "serve", "--rules", folder, "--port", "0", "--workers", "1"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as server:  # noqa: S603 - this library's own
        assert server.stderr is not None
        said = next(row for row in server.stderr if "serving on" in row)
        port = int(said.split("http://127.0.0.1:")[1].split(",")[0])
        worker = int(said.rsplit(" ", 1)[1])
        rows = []
        for _ in range(ROUNDS + 1):
            begun = time.process_time()
            for _ in range(REQUESTS):
                library()
            alone = time.process_time() - begun
            before = cpu(server.pid), cpu(worker)
            threads = [
                Thread(target=ask, args=(port, body, REQUESTS // CONNECTIONS, answer)) for _ in range(CONNECTIONS)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            front, settling = (after - was for after, was in zip((cpu(server.pid), cpu(worker)), before, strict=True))
            rows.append((alone, front + settling, settling, front))
        server.terminate()
    alone, whole, settling, front = (median(column) for column in zip(*rows[1:], strict=True))
    rates = [f"{REQUESTS / alone:.0f}/s", f"{REQUESTS / whole:.0f}/s"]
    return [*rates, *(f"{each / REQUESTS * 1e6:.0f} µs" for each in (settling, front)), f"{alone / whole:.2f}"]


if __name__ == "__main__":
    main()
