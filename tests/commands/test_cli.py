"""The command line as a shell sees it: what it prints, where, and how it ends (contract §9)."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import settlement
from settlement import hints, receipt
from settlement.commands import COMMANDS
from settlement.commands.cli import main
from settlement.documents.words.language import language
from settlement.money import Money
from settlement.rulebook.request import Request

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
CART = EXAMPLES / "mall-cart.json"
FIVE = EXAMPLES / "five-mistakes.json"
COMMAND = [sys.executable, "-m", "settlement"]
TEXT = CART.read_bytes()
REQUEST = json.loads(TEXT)


def ran(*arguments, stdin=b"", **options):
    """The command line, run to its end in a process of its own."""
    return subprocess.run([*COMMAND, *map(str, arguments)], input=stdin, capture_output=True, check=False, **options)


def settled(path=CART):
    """The settlement of an example, made in this process."""
    request = Request.model_validate_json(path.read_bytes())
    return settlement.settle(request.checkout, request.rulebook)


def refused(text):
    """What a refused document leaves on standard error; nothing is on standard output."""
    result = ran("settle", "-", stdin=text if isinstance(text, bytes) else json.dumps(text).encode())
    assert (result.returncode, result.stdout) == (2, b"")
    assert b"Traceback" not in result.stderr
    return result.stderr.decode()


def on_a_terminal(*arguments):
    """What the command line writes when its output is a terminal."""
    leader, follower = pty.openpty()
    with subprocess.Popen([*COMMAND, *map(str, arguments)], stdout=follower, stderr=follower) as process:
        os.close(follower)
        shown = b""
        while True:
            try:
                part = os.read(leader, 65536)
            except OSError:  # how a terminal says that its last writer has gone
                break
            if not part:
                break
            shown += part
    os.close(leader)
    assert process.returncode == 0
    return shown.decode().replace("\r\n", "\n")


# ------------------------------------------------------------------ what it prints


def test_a_file_is_settled_as_json_where_output_is_no_terminal():
    """A pipe gets the document of settle() on one line, byte for byte, and nothing else."""
    result = ran("settle", CART)
    assert (result.returncode, result.stderr) == (0, b"")
    assert result.stdout == settled().to_json().encode() + b"\n"


def test_standard_input_is_read_for_a_dash():
    """A request in a pipe gives the same bytes as the same request in a file."""
    assert ran("settle", "-", stdin=TEXT).stdout == ran("settle", CART).stdout


def test_json_is_utf_8_whatever_the_machine_speaks():
    """A Latin-1 environment changes no byte."""
    environment = {**os.environ, "PYTHONIOENCODING": "latin-1", "LC_ALL": "C"}
    assert ran("settle", CART, "--format", "json", env=environment).stdout == settled().to_json().encode() + b"\n"


def test_a_terminal_gets_a_receipt():
    """On a terminal the default is text, and it is the receipt with its hints."""
    now = settled()
    assert on_a_terminal("settle", CART) == receipt(now, hints=hints(*now.made_from)) + "\n"


def test_json_on_a_terminal_is_indented():
    """`--format json` on a terminal is the same document, made readable."""
    shown = on_a_terminal("settle", CART, "--format", "json")
    assert json.loads(shown) == json.loads(settled().to_json())
    assert shown.startswith('{\n  "status": "payable"')


def test_the_locale_of_a_receipt():
    """`--locale` chooses texts and the way of writing amounts."""
    assert "应付" in ran("settle", CART, "--format", "text", "--locale", "zh_CN").stdout.decode()
    english, swiss = (language(locale).figures(Money("1111.70 CNY")) for locale in ("en", "en_CH"))
    shown = ran("settle", CART, "--format", "text", "--locale", "en-CH").stdout.decode()
    assert swiss in shown
    assert english not in shown
    refused = ran("settle", CART, "--locale", "fr-FR")
    assert (refused.returncode, refused.stdout) == (2, b"")
    assert "there are no texts in 'fr-FR'; there are en, zh_CN, zh_Hant" in refused.stderr.decode()


def test_the_version():
    """`--version` names the program and its version."""
    assert ran("--version").stdout.decode() == f"settlement {settlement.__version__}\n"


def test_the_help_names_every_command():
    """`--help` lists the commands, and each has a help of its own."""
    assert "settle " in ran("--help").stdout.decode()
    assert "REQUEST" in ran("settle", "--help").stdout.decode()


def test_the_shops_no_is_no_error():
    """A blocked settlement is a result: exit code 0."""
    request = json.loads(TEXT)
    request["rulebook"]["policy"] = {"undeliverable": "block"}
    result = ran("settle", "-", stdin=json.dumps(request).encode())
    assert (result.returncode, json.loads(result.stdout)["status"]) == (0, "blocked")


def test_json_needs_no_babel():
    """Settling to JSON imports neither Babel nor the receipt: a pipeline doesn't pay for them."""
    code = (
        "import sys; from settlement.commands.cli import main; main(['settle', sys.argv[1]]);"
        "sys.exit(bool({'babel', 'settlement.receipts.text'} & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", code, str(CART)], capture_output=True, check=False)
    assert (result.returncode, result.stderr) == (0, b"")


# ------------------------------------------------------------------ documents that are not valid

FIVE_PLACES = [
    ("checkout.at", "time.naive"),
    ("checkout.cart.lines[0].unit_price", "amount.json_number"),
    ("checkout.cart.lines[1].quantity", "quantity.range"),
    ("checkout.adress", "field.unknown"),
    ("rulebook.promotions[0].tiers[0].benefit.percent", "rule.percentage"),
]


@pytest.mark.parametrize("locale", ["en", "zh_CN"])
def test_five_mistakes_give_five_messages(locale):
    """All problems of both documents are listed at once, each with its place and code; the exit code is 2."""
    result = ran("settle", FIVE, "--locale", locale)
    assert (result.returncode, result.stdout) == (2, b"")
    golden = ROOT / "tests" / "receipts" / "golden" / f"five-mistakes.{locale}.txt"
    shown = result.stderr.decode().replace(str(FIVE), "examples/five-mistakes.json")
    assert shown == golden.read_text(encoding="utf-8")
    rows = shown.splitlines()[1:]
    assert [(row.split(": ")[0].strip(), row.split(" [")[-1][:-1]) for row in rows] == FIVE_PLACES


def test_what_does_not_fit_together_is_listed_too():
    """Names that the rulebook does not have are found by settle(), all at once, from the request's root."""
    request = json.loads(TEXT)
    request["checkout"]["cart"]["lines"][0]["freight_template"] = "tea-wieght"
    request["checkout"]["payment_method"] = "barter"
    shown = refused(request)
    assert "standard input: 2 problems\n" in shown
    assert 'checkout.cart.lines[0].freight_template: there is no freight template "tea-wieght"' in shown
    assert 'did you mean "tea-weight"? [template.unknown]' in shown
    assert "checkout.payment_method: " in shown


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"", "there is nothing in it [json.invalid]"),
        (b" \n", "there is nothing in it [json.invalid]"),
        (b"{", "json.invalid"),
        (b"[]", "object.type"),
        (b"{}", "rulebook: this field is required [field.missing]"),
        (b'{"checkout": {}, "checkout": {}}', "checkout: the key"),
        (TEXT.decode().encode("utf-16"), "it is UTF-16; save it as UTF-8 without BOM [json.invalid]"),
        (b'{"a": "\xd5\xc5"}', "byte 7 is not UTF-8; save it as UTF-8 [json.invalid]"),
        (b"[" * 100_000, "json.depth"),
        (b'{"checkout": {}, "rulebook": {}, "rules": {}}', "rules: there is no such field here"),
    ],
    ids=["empty", "blank", "half", "list", "object", "twice", "utf-16", "gbk", "deep", "more"],
)
def test_a_document_that_is_no_request(text, expected):
    """Whatever bytes come in, a message says what is wrong, and the exit code is 2; what is no document, in a line."""
    told = refused(text)
    assert expected in told
    if expected.endswith(("json.invalid]", "json.invalid", "object.type", "json.depth")):
        assert told.startswith("settlement: standard input: ")
        assert told.count("\n") == 1


@pytest.mark.parametrize(
    ("command", "document", "told"),
    [
        (
            "settle",
            REQUEST["rulebook"],
            'this is a rulebook alone; a request {"checkout": {…}, "rulebook": {…}} is expected',
        ),
        ("settle", REQUEST["checkout"], "this is a checkout alone; a request"),
        ("compare", REQUEST["checkout"]["cart"], "this is a cart alone; a request"),
        ("record", {"settlement": "sha256:", "paid": "1.00 CNY"}, "this is a payout; a request"),
        ("check", REQUEST, "this is a request; a rulebook is expected"),
        ("explain", REQUEST["rulebook"], "this is a rulebook alone; a settlement, a record or a request is expected"),
        ("diff", REQUEST["rulebook"], "this is a rulebook alone; a request"),
        ("replay", REQUEST, "this is a request; a record is expected"),
        ("order", REQUEST, "this is a request; an order is expected"),
        ("settle", {"id": "SO1001", "placed": "2026-11-11T02:30:00Z", "record": {}}, "this is an order; a request"),
    ],
)
def test_a_document_of_another_kind_is_told_for_what_it_is(command, document, told, tmp_path, capsys):
    """One line says it; a program gets the problems as well."""
    path = tmp_path / "given.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    arguments = [command, *[str(path)] * (2 if command == "diff" else 1)]
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    (line,) = err.splitlines()
    assert out == ""
    assert line.removeprefix("settlement: ").removeprefix(str(path)).startswith(f": {told}")
    if command != "replay":  # whose answers for programs are those of its records
        assert main([*arguments, "--json"]) == 2
        error = json.loads(capsys.readouterr().err)["error"]
        assert f"settlement: {error['message']}" == line
        assert {each["code"] for each in error["problems"]} <= {"field.missing", "field.unknown"}


def test_a_document_of_the_right_kind_is_told_nothing_more():
    """Nor is what is of no kind."""
    assert "this is" not in refused(REQUEST | {"note": "x"}) + refused({"note": "x"}) + refused([])


@pytest.mark.parametrize("name", ["settle", "check"])
def test_bi_070_a_byte_order_mark_is_skipped(name, tmp_path, capsys):
    """BI-070: what an editor put before UTF-8 is no part of the document, from a file and from standard input."""
    text = TEXT if name == "settle" else json.dumps(REQUEST["rulebook"]).encode()
    shown = []
    for mark in (b"", b"\xef\xbb\xbf"):
        path = tmp_path / "given.json"
        path.write_bytes(mark + text)
        assert main([name, str(path), "--format", "json"]) < 2
        shown.append(capsys.readouterr().out)
    assert shown[0] == shown[1]
    if name == "settle":
        assert ran(name, "-", "--format", "json", stdin=b"\xef\xbb\xbf" + text).stdout.decode() == shown[0]


def test_personal_data_stay_out_of_messages():
    """A phone number of the wrong type is not echoed."""
    request = json.loads(TEXT)
    request["checkout"]["address"]["phone"] = [13800138000]
    assert "13800138000" not in refused(request)


# ------------------------------------------------------------------ what is misspelt, and what a program reads


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["setle", "x.json"], "settlement: there is no command 'setle'; did you mean settle?"),
        ([], "settlement: name a command: settle, compare, explain, report, "),
        (["--json"], '{"error": {"message": "name a command: settle, '),
        (["refunds"], "settlement: there is no command 'refunds'; did you mean refund?"),
        (["a.json"], "settlement: there is no command 'a.json'; to settle a request: settlement settle a.json"),
        (["zzz"], "settlement: there is no command 'zzz'; there are settle, compare, explain,"),
        (["settle", "x", "--frmat=text"], "settlement settle: error: there is no '--frmat=text' here; did you mean --"),
        (["settle", "x", "--xyz"], "settlement settle: error: there is no '--xyz' here"),
        (["settle", "x", "--json", "--format", "text"], '{"error": {"message": "--json is --format json, not text"}}'),
    ],
)  # fmt: skip
def test_what_is_misspelt_is_told_what_it_is_like(arguments, told):
    """A command, an option, a file where a command should stand; the exit code is 2."""
    result = ran(*arguments)
    assert (result.returncode, result.stdout) == (2, b"")
    assert result.stderr.decode().splitlines()[-1].startswith(told)


def test_every_command_takes_json_and_one_word_for_its_format(capsys):
    """`--json` is everywhere, and what is printed is never asked for by another name than --format.

    `batch --as` is what a row becomes, and -o, with its long name, where files go.
    """
    for name in COMMANDS:
        with pytest.raises(SystemExit):
            main([name, "--help"])
        told = capsys.readouterr().out
        assert "--json" in told, name
        files = {"batch": {"--as", "--output"}, "archive": {"--output"}, "what_if": {"--output"}}.get(name, set())
        assert set(re.findall(r"--(?:html|csv|text|output|as)\b", told)) == files, name


@pytest.mark.parametrize(
    ("arguments", "source"),
    [(["settle", "nowhere.json"], "nowhere.json"), (["settle", FIVE], str(FIVE)), (["settle"], None), (["x"], None)],
    ids=["missing", "problems", "usage", "command"],
)
def test_a_program_reads_what_is_wrong_as_json(arguments, source):
    """One object on standard error, with the file and every problem of it."""
    result = ran(*arguments, "--json")
    assert (result.returncode, result.stdout) == (2, b"")
    error = json.loads(result.stderr)["error"]
    assert error["message"]
    assert error.get("source") == source
    if arguments[-1] == FIVE:
        assert [(each["place"], each["code"]) for each in error["problems"]] == FIVE_PLACES
        assert all(each["message"] for each in error["problems"])


def test_a_program_reads_results_as_json():
    """`--json` is --format json, on a terminal too, and where the usual form is another."""
    assert json.loads(ran("compare", CART, "--json").stdout)["rows"]
    assert json.loads(ran("settle", CART, "--json").stdout)["status"] == "payable"


# ------------------------------------------------------------------ a good Unix tool


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("no-such-file.json", "settlement: no-such-file.json: No such file or directory\n"),
        ("/", "settlement: /: Is a directory\n"),
        ("a\n\x1b[31mb", "settlement: a\\n\\x1b[31mb: No such file or directory\n"),
    ],
    ids=["missing", "directory", "escapes"],
)
def test_a_file_that_cannot_be_read(path, expected):
    """The message names the file, safely, and what is wrong; the exit code is 2."""
    result = ran("settle", path)
    assert (result.returncode, result.stdout, result.stderr.decode()) == (2, b"", expected)


def test_a_file_that_cannot_be_read_in_chinese():
    """The reader's language, also where the machine speaks another."""
    shown = ran("settle", "nowhere.json", "--locale", "zh_CN").stderr.decode()
    assert shown == "settlement: nowhere.json: 没有这个文件或目录\n"


def test_a_device_without_end_is_not_read_to_its_end():
    """Reading stops where a document is too long anyway."""
    result = ran("settle", "/dev/zero")
    assert result.returncode == 2
    assert b"[limit.document]" in result.stderr


def test_an_output_that_is_full():
    """What cannot be written is said; the exit code is not 0."""
    with Path("/dev/full").open("wb") as full:
        result = subprocess.run([*COMMAND, "settle", str(CART)], stdout=full, stderr=subprocess.PIPE, check=False)
    assert (result.returncode, result.stderr) == (2, b"settlement: output: No space left on device\n")


def closed(stream, *arguments):
    """The command line as a shell starts it with one of its three streams closed: 0, 1 or 2."""
    command = ["/bin/sh", "-c", f'exec "$@" {stream}>&-', "sh", *COMMAND, *map(str, arguments)]
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)


@pytest.mark.parametrize(
    "arguments",
    [("settle", CART), ("settle", FIVE), ("report", CART), ("check", CART), ("region", "440305"), ("--help",), ()],
    ids=lambda arguments: " ".join(map(str, arguments[:1])) or "none",
)
def test_an_output_that_is_closed(arguments):
    """`settlement … >&-`: what nobody can read is not made; one line says so."""
    result = closed(1, *arguments)
    assert (result.returncode, result.stderr) == (2, b"settlement: output: it is closed\n")


@pytest.mark.parametrize("arguments", [("settle", FIVE), ("settle", "nowhere.json"), ("settle",), ("setle",)])
def test_problems_that_nobody_is_there_to_hear_of(arguments):
    """`settlement … 2>&-`: the exit code says it; problems never stand among the results."""
    result = closed(2, *arguments)
    assert (result.returncode, result.stdout, result.stderr) == (2, b"", b"")
    assert closed(2, "settle", CART).stdout == settled().to_json().encode() + b"\n"


@pytest.mark.parametrize(
    "arguments",
    [("settle", "-"), ("refund", "-"), ("check", "-"), ("replay", "-"), ("diff", CART, "-"), ("record", "-")],
    ids=lambda arguments: arguments[0],
)
def test_an_input_that_is_closed(arguments):
    """`settlement settle - <&-` is told like a file that cannot be read."""
    result = closed(0, *arguments)
    assert (result.returncode, result.stdout) == (2, b"")
    assert result.stderr.decode() == "settlement: standard input: it is closed\n"
    shown = closed(0, *arguments, "--locale", "zh_CN").stderr.decode()
    assert shown == "settlement: standard input: 已关闭\n"


def test_a_reader_that_goes_away():
    """`settlement … | head -0` ends quietly with 141, as a broken pipe ends other tools."""
    process = subprocess.Popen(
        [*COMMAND, "settle", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    process.stdout.close()
    process.stdin.write(TEXT)
    process.stdin.close()
    shown = process.stderr.read()
    process.stderr.close()
    assert (process.wait(), shown) == (141, b"")


def test_control_c():
    """Ctrl-C while waiting for input ends with 130 and no traceback."""
    process = subprocess.Popen(
        [*COMMAND, "settle", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    process.stdin.write(b" " * 1_000_000)  # more than a pipe holds: once it is written, the program is reading
    process.send_signal(signal.SIGINT)
    process.stdin.close()
    shown = process.stdout.read() + process.stderr.read()
    process.stdout.close()
    process.stderr.close()
    assert (process.wait(), shown) == (130, b"")


@pytest.mark.parametrize(
    "arguments",
    [("settle",), ("settle", "x", "--format", "xml"), ("settle", "x", "--locale", "tlh")],
    ids=["no-request", "format", "locale"],
)
def test_options_that_are_not_there(arguments):
    """A wrong option is explained on standard error; the exit code is 2."""
    result = ran(*arguments)
    assert (result.returncode, result.stdout) == (2, b"")
    assert result.stderr.decode().startswith("usage: settlement")


def test_without_a_command_the_commands_are_named():
    """Each of them, in one line on standard error; the exit code is 2."""
    result = ran()
    assert (result.returncode, result.stdout) == (2, b"")
    told = result.stderr.decode()
    assert told.startswith("settlement: name a command: settle, compare, ")
    assert all(name in told for name in COMMANDS)


def test_the_command_line_is_a_function(capsys):
    """main() takes arguments and returns the exit code, for programs that call it."""
    assert main(["settle", str(CART)]) == 0
    assert capsys.readouterr().out == settled().to_json() + "\n"
    assert main(["settle", str(FIVE)]) == 2
    assert "5 problems" in capsys.readouterr().err


def test_the_quickstart_runs():
    """examples/quickstart.py prints a receipt and a refund, in this library's own words."""
    result = subprocess.run([sys.executable, EXAMPLES / "quickstart.py"], capture_output=True, check=True)
    shown = result.stdout.decode()
    assert "To pay                                             CN¥133.50" in shown
    assert "To refund                                           CN¥40.50" in shown
