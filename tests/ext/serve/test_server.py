"""`settlement serve` as a shop in another language meets it: real processes over HTTP."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from serving import JSON, PATIENCE, asked, cart, hard, said, served, small
from settlement import refund, settle
from settlement.commands.cli import main

pytestmark = pytest.mark.serve
TOKEN = "0123456789abcdef0123456789abcdef"  # noqa: S105 - of no server


#: Every address of this machine: others reach it.
EVERYWHERE = "0.0.0.0"  # noqa: S104 - refused without a token, or with one


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with two rulebooks, of which one is hard."""
    made = tmp_path_factory.mktemp("rules")
    for rulebook in (small(0), hard()[1]):
        (made / f"{rulebook.id}.json").write_text(rulebook.to_json(), encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def server(folder, tmp_path_factory):
    """One server for what changes nothing: one process, and a short queue."""
    with served(folder, tmp_path_factory.mktemp("log") / "log", "--workers", 1, "--queue-seconds", 0.2) as made:
        yield made


def searching(server):
    """Have a process search: the thread that waits for the answer, and the list that gets it."""
    found = []
    thread = threading.Thread(target=lambda: found.append(server.settle(hard()[0], "r")))
    thread.start()
    return thread, found


def test_every_call_is_answered_as_the_library_says(server):
    """The settlement byte for byte with the digest of its rules; a refund; findings; refusals with their statuses."""
    status, headers, body = server.settle(cart(1), "small")
    assert (status, headers["content-type"], body) == (200, "application/json", said(cart(1), small(0)))
    assert headers["settlement-rulebook"] == small(0).digest
    sold = settle(cart(1), small(0))
    asks = json.dumps({"settled": json.loads(sold.to_json()), "request": {"returns": {"l1": 1}}})
    assert server.call("POST", "/refund", asks, **JSON)[2] == refund(sold, {"l1": 1}).to_json().encode()
    status, headers, body = server.call("POST", "/check", b'{"rulebook":"small"}', **JSON)
    assert (status, list(json.loads(body)), headers["settlement-rulebook"]) == (200, ["findings"], small(0).digest)
    for path in ("/compare", "/options"):
        assert server.call("POST", path, asked(cart(1), "small"), **JSON)[0] == 200
    for content, expected, code in (
        (asked(cart(1), "gone"), 404, "rulebook.unknown"),
        (asked(cart(1)), 422, "batch.no_rules"),
        (b"{", 400, "json.invalid"),
        (b" " * (1 << 20) + b" ", 413, "body.size"),
    ):
        status, headers, body = server.call("POST", "/settle", content, **JSON, accept_language="zh-CN")
        told = json.loads(body)
        assert (status, told["problems"][0]["code"]) == (expected, code)
        assert (headers["content-type"], headers["content-language"]) == ("application/problem+json", "zh-CN")


def test_what_is_not_there_is_refused_as_everything_is(server):
    """Another path, another method, another media type: documents of RFC 9457."""
    for method, path, expected, code in (
        ("GET", "/settle", 405, "server.method"),
        ("POST", "/ready", 405, "server.method"),
        ("GET", "/docs", 404, "server.path"),
        ("POST", "/settle", 415, "body.media_type"),
    ):
        status, headers, body = server.call(method, path)
        assert (status, json.loads(body)["problems"][0]["code"]) == (expected, code)
        assert headers["content-type"] == "application/problem+json"
    assert server.call("HEAD", "/health")[::2] == (200, b"")


def test_only_requests_to_this_machine_are_answered_without_a_token(server):
    """A page whose name was made to lead here is refused by that name; localhost and its addresses are answered."""
    for host, expected in (
        ("localhost", 200),
        ("LOCALHOST:1", 200),
        ("127.0.0.1:8000", 200),
        ("[::1]:8000", 200),
        ("evil.example", 421),
        ("127.0.0.1.evil.example:8000", 421),
        ("192.0.2.1", 421),
        ("", 421),
    ):
        status, _, body = server.call("GET", "/ready", host=host)
        assert status == expected, host
        if status == 421:
            assert json.loads(body)["problems"][0]["code"] == "server.host"


def test_the_page_of_calls_is_openapi(server):
    """Every call with its schemas, what the queue answers, and the header with the digest."""
    page = json.loads(server.call("GET", "/openapi.json")[2])
    assert set(page["paths"]) == {"/settle", "/compare", "/freight", "/options", "/refund", "/check"}
    responses = page["paths"]["/settle"]["post"]["responses"]
    assert {"400", "408", "413", "415", "421", "422", "431", "500", "503"} <= {*responses}
    assert {"Settlement-Rulebook", "Retry-After"} == {*responses["200"]["headers"], *responses["503"]["headers"]}


def test_a_request_that_waited_too_long_is_not_begun_and_health_answers_meanwhile(server):
    """Eight searches for one process: what is not answered was not begun, and is counted; others ask how it is."""
    names = [f"settlement_queue_{name}" for name in ("seconds_count", "refused_total")]
    before = [server.metric(name) for name in names]
    threads = [searching(server) for _ in range(8)]
    meanwhile = 0
    while any(thread.is_alive() for thread, _ in threads):
        assert [server.call("GET", path)[0] for path in ("/health", "/ready", "/metrics")] == [200] * 3
        meanwhile += threads[0][0].is_alive()
    for thread, _ in threads:
        thread.join(PATIENCE)
    answers = [found[0] for _, found in threads]
    settled = [body for status, _, body in answers if status == 200]
    refused = [(status, headers["retry-after"], json.loads(body)) for status, headers, body in answers if status != 200]
    assert set(settled) == {said(*hard())}
    assert {(status, after, told["problems"][0]["code"]) for status, after, told in refused} == {
        (503, "1", "server.busy")
    }
    after = [server.metric(name) for name in names]
    assert [now - was for now, was in zip(after, before, strict=True)] == [len(settled), len(refused)]
    assert meanwhile


def test_rules_are_taken_whole_or_not_at_all(rules, tmp_path):
    """A change is in force at once with SIGHUP; a bad rulebook keeps the last good one and is told until mended."""
    (rules / "rules.json").write_text('[{"rulebook": "small", "from": "2026-01-01T00:00:00Z"}]')
    with served(rules, tmp_path / "log", "--workers", 2) as server:
        assert server.settle(cart(1))[1]["settlement-rulebook"] == small(0).digest
        (rules / "small.json").write_text(small(1).to_json())
        server.process.send_signal(signal.SIGHUP)
        server.until(lambda: server.ready()["rulebooks"] == {"small": small(1).digest})
        with ThreadPoolExecutor(16) as threads:  # so many at once that both processes have some
            answers = list(threads.map(lambda number: server.settle(cart(number % 8)), range(64)))
        assert {headers["settlement-rulebook"] for _, headers, _ in answers} == {small(1).digest}
        assert [body for _, _, body in answers[:8]] == [said(cart(number), small(1)) for number in range(8)]
        (rules / "small.json").write_text(small(2).to_json())
        (rules / "worse.json").write_text('{"id": "worse", "currency": "XXX"}')
        server.until(lambda: server.ready()["not_taken"])
        told = server.ready()
        assert told["not_taken"] == {
            "file": "worse.json",
            "problems": [{"place": "currency", "code": "currency.unknown"}],
        }
        assert (told["ready"], told["rulebooks"]) == (True, {"small": small(1).digest})
        assert server.settle(cart(1))[2] == said(cart(1), small(1))
        figures = [server.metric(f"settlement_{name}") for name in ("rules_stale", "rules_refused_total")]
        assert figures == [1.0, 1.0]
        assert "worse.json" in server.logged()
        (rules / "worse.json").unlink()
        server.until(lambda: server.ready()["rulebooks"] == {"small": small(2).digest})
        assert server.ready()["not_taken"] is None
        assert [server.metric(f"settlement_{name}") for name in ("rules_stale", "rules_swaps_total")] == [0.0, 2.0]
        for each in rules.iterdir():
            each.unlink()
        server.until(lambda: server.ready()["not_taken"])
        assert server.settle(cart(1), "small")[2] == said(cart(1), small(2))


def test_a_token_is_asked_for(rules, tmp_path):
    """401 without it and with another one; health is open, and readiness says nothing of the rules."""
    (tmp_path / "token").write_text(TOKEN + "\n")
    with served(
        rules, tmp_path / "log", "--workers", 1, "--host", EVERYWHERE, "--token-file", tmp_path / "token"
    ) as server:
        bearer = {"authorization": f"bearer {TOKEN}"}
        for given in ({}, {"authorization": f"Bearer {TOKEN[:-1]}0"}, {"authorization": TOKEN}):
            status, headers, body = server.settle(cart(1), **given)
            assert (status, headers["www-authenticate"]) == (401, "Bearer")
            assert json.loads(body)["problems"][0]["code"] == "server.token"
            assert server.call("GET", "/metrics", **given)[0] == 401
        assert server.settle(cart(1), **bearer)[::2] == (200, said(cart(1), small(0)))
        assert (server.call("GET", "/health")[0], server.ready()) == (200, {"ready": True})
        assert server.ready(**bearer)["rulebooks"] == {"small": small(0).digest}
        assert server.metric("settlement_requests_total", **bearer) > 0
        assert TOKEN not in server.logged()


@pytest.mark.parametrize(("how", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_what_is_begun_is_answered(folder, tmp_path, how, code):
    """A signal in the middle of a search, to the server and all its processes: the answer comes, then it ends."""
    log = tmp_path / "log"
    with served(folder, log, "--workers", 1) as server:
        thread, found = searching(server)
        time.sleep(0.1)  # it has it
        os.killpg(server.process.pid, how)
        assert server.process.wait(PATIENCE) == code
        thread.join(PATIENCE)
        assert found[0][::2] == (200, said(*hard()))
        with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.1", server.port)):
            pass


def test_the_end_has_its_time_and_who_hung_up_is_not_waited_for(rules, tmp_path):
    """A process that does not come to an end: who left the queue is not begun, and at the end of the grace it is told.

    The server ends with code 0, and leaves no process.
    """
    with served(rules, tmp_path / "log", "--workers", 1, "--queue-seconds", 60, "--grace-seconds", 1) as server:
        process = int(re.search(r"processes (\d+)", server.logged())[1])
        os.kill(process, signal.SIGSTOP)
        found = []
        thread = threading.Thread(target=lambda: found.append(server.settle(cart(1), "small")))
        thread.start()
        server.until(lambda: server.metric("settlement_queue_waiting") == 0)
        time.sleep(0.2)  # the process has it
        body = asked(cart(2), "small")
        with socket.create_connection(("127.0.0.1", server.port)) as leaving:
            head = "POST /settle HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
            leaving.sendall(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)
            server.until(lambda: server.metric("settlement_queue_waiting") == 1)
        server.until(lambda: server.metric("settlement_queue_waiting") == 0)
        assert server.metric("settlement_queue_refused_total") == 0
        assert server.end() == 0
        thread.join(PATIENCE)
        status, headers, body = found[0]
        assert (status, json.loads(body)["problems"][0]["code"]) == (503, "server.ending")
        assert headers["content-type"] == "application/problem+json"
        with pytest.raises(ProcessLookupError):
            os.kill(process, 0)


def test_what_is_no_file_of_rules_is_told_and_holds_up_nothing(rules, tmp_path):
    """A pipe, a folder, a bad file with a name that is no UTF-8: `/ready` says which, and the good rules hold."""
    log = tmp_path / "log"
    with served(rules, log, "--workers", 1) as server:
        odd = Path(os.fsdecode(bytes(rules / "odd") + b"\xff.json"))
        for make, unmake, says in (
            (lambda: os.mkfifo(rules / "pipe.json"), (rules / "pipe.json").unlink, "not a regular file"),
            ((rules / "folder.json").mkdir, (rules / "folder.json").rmdir, "Is a directory"),
            (lambda: odd.write_text("{}"), odd.unlink, "odd\\udcff.json"),
        ):
            make()
            server.process.send_signal(signal.SIGHUP)
            server.until(lambda: server.ready()["not_taken"])
            told = server.ready()["not_taken"]
            assert says in told.get("message", told.get("file", "")), told
            assert server.settle(cart(1))[2] == said(cart(1), small(0))
            unmake()
            server.process.send_signal(signal.SIGHUP)
            server.until(lambda: server.ready()["not_taken"] is None)
        os.mkfifo(rules / "pipe.json")
        assert server.end() == 0


def test_a_process_that_is_killed_is_replaced(folder, tmp_path):
    """In the middle of a search that request alone is a 500; while it is idle none; the server goes on."""
    with served(folder, tmp_path / "log", "--workers", 1) as server:

        def killed():
            """The process that was started last is killed, and gone."""
            last = int(re.findall(r"(?:processes|process) (\d+)(?:\n| started)", server.logged())[-1])
            os.kill(last, signal.SIGKILL)
            server.until(lambda: not (stat := Path(f"/proc/{last}/stat")).exists() or ") Z " in stat.read_text())
            time.sleep(0.2)  # the server has seen its end close

        def answered():
            """Whether one is answered; until another process is there they wait, some of them too long."""
            status, _, body = server.settle(cart(1), "small")
            assert status in (200, 503)
            return status == 200 and body == said(cart(1), small(0))

        killed()
        server.until(answered)
        thread, found = searching(server)
        time.sleep(0.1)  # the process has it
        killed()
        thread.join(PATIENCE)
        assert (found[0][0], json.loads(found[0][2])["problems"][0]["code"]) == (500, "server.failed")
        server.until(answered)
        assert server.metric("settlement_process_restarts_total") == 2


def test_a_span_is_written_where_traces_are_set_up(rules, tmp_path):
    """As `opentelemetry-instrument` starts it, each request is one; its parent is the caller's."""
    names = {"OTEL_TRACES_EXPORTER": "console", "OTEL_METRICS_EXPORTER": "none", "OTEL_LOGS_EXPORTER": "none"}
    before = (str(Path(sys.executable).parent / "opentelemetry-instrument"),)
    with served(rules, tmp_path / "log", "--workers", 1, before=before, **names) as server:
        trace = "0af7651916cd43dd8448eb211c80319c"
        assert server.settle(cart(1), traceparent=f"00-{trace}-b7ad6b7169203331-01")[0] == 200
        assert server.end() == 0
        log = server.logged()
    assert f'"trace_id": "0x{trace}"' in log
    assert '"name": "POST /settle"' in log
    assert f'"settlement.rulebook": "{small(0).digest}"' in log


# ------------------------------------------------------------------ what is refused before anything begins


@pytest.fixture
def refused(capsys):
    """What the command line says where it does not begin: exit code and standard error."""

    def run(*options):
        return main(["serve", *(str(each) for each in options)]), capsys.readouterr().err

    return run


def test_another_host_without_a_token_is_refused(refused, rules):
    """Exit code 2, and what to do."""
    for host in (EVERYWHERE, "192.0.2.1", "::", ""):
        code, told = refused("--rules", rules, "--host", host)
        assert (code, "--token-file" in told) == (2, True)


def test_a_token_that_is_none_is_told(refused, rules, tmp_path):
    """A file that is not there, empty, of two lines, with spaces, short: what is expected, and never its text."""
    for text, says in (
        (None, "No such file"),
        ("\n", "empty"),
        (f"{TOKEN}\n{TOKEN}\n", "several lines"),
        (TOKEN[:31], "32 to 512"),
        (f"{TOKEN} {TOKEN}", "32 to 512"),
        ("é" * 40, "32 to 512"),
        (f"{TOKEN}{'=' * 2000}", "32 to 512"),
        (f"{TOKEN}{' ' * 2000}", "32 to 512"),
    ):
        if text is not None:
            (tmp_path / "token").write_text(text)
        code, told = refused("--rules", rules, "--token-file", tmp_path / "token")
        assert (code, says in told, TOKEN in told) == (2, True, False), told


def test_a_token_that_everybody_may_read_is_warned_of(refused, rules, tmp_path, caplog):
    """By the file's name; not where only its owner and group may."""
    (tmp_path / "token").write_text(TOKEN)
    for mode, warned in ((0o640, False), (0o644, True)):
        (tmp_path / "token").chmod(mode)
        caplog.clear()
        assert refused("--rules", rules / "gone", "--port", 0, "--token-file", tmp_path / "token")[0] == 2
        assert (f"chmod o-r {tmp_path / 'token'}" in caplog.text, TOKEN in caplog.text) == (warned, False)


def test_a_host_that_is_no_name_is_told(refused, rules, tmp_path):
    """Exit code 2, with the host."""
    (tmp_path / "token").write_text(TOKEN)
    for host in ("a" * 70, "a..b"):
        code, told = refused("--rules", rules, "--port", 0, "--host", host, "--token-file", tmp_path / "token")
        assert (code, f"{host}: this is no name of a host" in told) == (2, True), told


def test_a_folder_that_is_not_good_at_the_start_is_told(refused, rules, tmp_path):
    """With the file, the place and the code; one without rules with what is expected; a port that is taken too."""
    (tmp_path / "none").mkdir()
    code, told = refused("--rules", tmp_path / "none", "--port", 0)
    assert (code, "holds no rulebook" in told) == (2, True)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        code, told = refused("--rules", rules, "--port", taken.getsockname()[1])
        assert (code, "Address already in use" in told) == (2, True)
    os.mkfifo(rules / "pipe.json")
    code, told = refused("--rules", rules, "--port", 0)
    assert (code, "not a regular file" in told) == (2, True), told
    (rules / "pipe.json").unlink()
    (rules / "small.json").write_text('{"id": "small", "currency": "XXX"}')
    code, told = refused("--rules", rules, "--port", 0)
    assert (code, f"{rules / 'small.json'}: 1 problem" in told, "[currency.unknown]" in told) == (2, True, True), told


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--queue-seconds", "0"),
        ("--queue-seconds", "0.0"),
        ("--queue-seconds", "nan"),
        ("--port", "65536"),
        ("--workers", "0"),
        ("--workers", "-1"),
        ("--answer-seconds", "0"),
        ("--grace-seconds", "-1"),
    ],
)
def test_a_number_that_is_none_is_told(refused, option, value):
    """Exit code 2 before anything is read."""
    code, told = refused("--rules", "gone", f"{option}={value}")
    assert (code, "write " in told) == (2, True)
