"""What the playground asks of the library, without a browser (tests/browser/test_playground.py has one)."""

from __future__ import annotations

import importlib.util
import io
import json
import re
import threading
import zipfile
from http.client import HTTPConnection
from pathlib import Path

import pytest

import playground
from serve_docs import serving
from settlement import Checkout, Rulebook, settle
from settlement.documents.words.language import CATALOGUES

ROOT = Path(__file__).resolve().parents[1]
REQUEST = json.loads((ROOT / "examples" / "mall-cart.json").read_text("utf-8"))
CHECKOUT, RULEBOOK = (json.dumps(REQUEST[name]) for name in ("checkout", "rulebook"))
MADE = settle(Checkout.from_json(CHECKOUT), Rulebook.from_json(RULEBOOK))


@pytest.fixture(scope="module")
def play():
    """The module that runs in the browser."""
    spec = importlib.util.spec_from_file_location("play", playground.PAGE / "play.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The page as it is laid where nothing was fetched, served."""
    folder = tmp_path_factory.mktemp("site")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(playground, "FETCHED", folder / "nothing")
        assert playground.assemble(folder) is None
    with serving(folder) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield folder, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize("locale", ["en", "zh_CN", "zh_TW"])
def test_an_answer_has_all_that_the_page_shows(play, locale):
    """Amount, digest, receipt, explanation, findings and the settlement itself."""
    found = json.loads(play.answer(CHECKOUT, RULEBOOK, locale))
    assert (found["digest"], found["payable"]) == (MADE.digest, MADE.payable.format(locale))
    assert json.loads(found["json"]) == MADE.to_dict()
    assert found["problems"] == []
    assert {each["severity"] for each in found["findings"]} <= {"error", "warning", "note"}
    assert found["receipt"].count("\n") > 40


def test_problems_of_both_documents_are_told_with_their_places(play):
    """And the rules are checked where the cart alone is wrong; what does not fit together is found too."""
    found = json.loads(play.answer('{"at": 1}', "{", "en"))
    assert {each["place"].split(".")[0] for each in found["problems"]} == {"checkout", "rulebook"}
    assert "receipt" not in found
    found = json.loads(play.answer("[]", RULEBOOK, "zh_CN"))
    assert [each["code"] for each in found["problems"]] == ["object.type"]
    assert found["findings"]
    unknown = CHECKOUT.replace('"tea-weight"', '"tea-wieght"')
    found = json.loads(play.answer(unknown, RULEBOOK, "en"))
    assert found["problems"][0]["place"] == "checkout.cart.lines[0].freight_template"


def test_a_text_that_reaches_into_the_other_is_refused(play):
    """Each is read by itself."""
    found = json.loads(play.answer(f'{CHECKOUT}, "rulebook": {{}}', RULEBOOK, "en"))
    assert [each["code"] for each in found["problems"]] == ["json.invalid"]


def test_what_is_shared_names_nobody(play):
    """Everything personal that a checkout can hold is gone, goods keep their names, and the amount is what it was."""
    people = {
        "address": REQUEST["checkout"]["address"] | {"name": "P1", "phone": "13900139000", "detail": "P2", "tag": "P3"},
        "remark": "P4",
        "order": "P5",
        "by_shop": [{"shop": REQUEST["checkout"]["cart"]["lines"][0]["shop"], "remark": "P6"}],
        "invoice": {"type": "electronic", "title_type": "personal", "title": "P7"},
    }
    checkout = REQUEST["checkout"] | people
    checkout["cart"] = {
        "currency": "CNY",
        "lines": [line | {"info": {"k": "P8"}} for line in checkout["cart"]["lines"]],
    }
    checkout["customer"] = checkout["customer"] | {"id": "P9"}
    shared = play.shared(json.dumps(checkout), RULEBOOK)
    assert not re.search(r"P\d\b|13900139000", shared)
    assert "武夷岩茶" in shared
    both = json.loads(shared)
    assert settle(Checkout.from_dict(both["checkout"]), Rulebook.from_dict(both["rulebook"])).payable == MADE.payable


@pytest.mark.parametrize("text", ["{", "", "nul"])
def test_what_is_no_json_is_not_shared(play, text):
    """A `ValueError`, which the page tells."""
    with pytest.raises(ValueError):
        play.shared(text, RULEBOOK)


@pytest.mark.parametrize("text", ["[]", "3", "null", '{"cart": {"lines": 3}, "address": [], "customer": null}'])
def test_json_of_any_shape_can_be_shared(play, text):
    """What is no checkout passes as it stands: its problems are the reader's to see."""
    assert json.loads(play.shared(text, "{}")) == {"checkout": json.loads(text), "rulebook": {}}


def test_the_page_has_nothing_inline_and_states_its_policy(site):
    """No script, style or handler in the markup; the policy of the page is the server's."""
    folder, _ = site
    page = (folder / "playground" / "index.html").read_text("utf-8")
    assert f'content="{playground.CSP}"' in page
    assert "unsafe-inline" not in playground.CSP
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|https?://", page)
    for name in ("playground.js", "worker.js", "words.js"):
        assert not re.search(r"https?://|innerHTML|\beval\(", (folder / "playground" / name).read_text("utf-8")), name


def test_every_language_has_every_word(site):
    """Those that the page asks for, in each of its languages; and each language of the page has a catalogue."""
    folder, _ = site
    words = (folder / "playground" / "words.js").read_text("utf-8")
    blocks = re.findall(r"^  (\w+): \{(.*?)^  \}", words, re.MULTILINE | re.DOTALL)
    keys = {language: re.findall(r"(?:^|\s)(\w+): \"", body) for language, body in blocks}
    assert list(keys) == ["en", "zh_CN", "zh_TW"]
    assert len(keys) == len([*CATALOGUES.iterdir()]) + 1
    assert keys["en"] == keys["zh_CN"] == keys["zh_TW"]
    asked = set(re.findall(r'data-say="(\w+)"', (folder / "playground" / "index.html").read_text("utf-8")))
    script = (folder / "playground" / "playground.js").read_text("utf-8")
    asked |= set(re.findall(r'(?:say|tell)\("(\w+)"', script))
    assert asked <= {*keys["en"]}
    assert {*keys["en"]} - asked <= {"wrong", "facts", "problems", "findings"}


def test_it_is_served_to_this_machine_with_its_policy(site):
    """Files as what they are, the policy on the playground alone, and nothing beside the folder."""
    folder, address = site
    (folder / "playground" / "x.wasm").write_bytes(b"")
    (folder / "index.html").write_text("", encoding="utf-8")
    host = address.removeprefix("http://")
    assert host.startswith("127.0.0.1:")
    answers = {}
    for path in ("/playground/worker.js", "/playground/x.wasm", "/index.html", "/../../etc/passwd"):
        connection = HTTPConnection(host, timeout=30)
        connection.request("GET", path)
        got = connection.getresponse()
        answers[path] = (got.status, got.getheader("Content-Type"), got.getheader("Content-Security-Policy"))
        connection.close()
    assert answers["/playground/worker.js"] == (200, "text/javascript", playground.CSP)
    assert answers["/playground/x.wasm"] == (200, "application/wasm", playground.CSP)
    assert answers["/index.html"] == (200, "text/html", None)
    assert answers["/../../etc/passwd"][0] == 404


def test_the_archive_holds_the_library_and_no_extra(monkeypatch, tmp_path):
    """The sources byte for byte; nothing of `ext`, no source of a catalogue; the same bytes each time."""
    monkeypatch.setattr(playground, "FETCHED", tmp_path)
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    with zipfile.ZipFile(wheels / "babel-1-py3-none-any.whl", "w") as wheel:
        for name in ("root", "en", "en_AU", "zh_Hans_CN", "fr", "zu"):
            wheel.writestr(f"babel/locale-data/{name}.dat", "")
        wheel.writestr("babel/messages/pofile.py", "")
        wheel.writestr("babel/core.py", "")
    archive = playground.packages()
    assert archive == playground.packages()
    names = zipfile.ZipFile(io.BytesIO(archive)).namelist()
    assert [name for name in names if name.startswith("babel")] == [
        "babel/core.py", *(f"babel/locale-data/{name}.dat" for name in ("en", "root", "zh_Hans_CN")),
    ]  # fmt: skip
    assert not [name for name in names if name.startswith("settlement/ext") or name.endswith((".po", ".pyc"))]
    assert {"settlement/engine/settle.py", "settlement/consignee/gb2260.zlib", "settlement/NOTICE"} <= {*names}
    inside = zipfile.ZipFile(io.BytesIO(archive)).read("settlement/engine/settle.py")
    assert inside == (ROOT / "src" / "settlement" / "engine" / "settle.py").read_bytes()


def test_what_is_not_what_was_locked_is_thrown_away(monkeypatch, tmp_path):
    """A package with another hash is refused before anything of it is read."""
    monkeypatch.setattr(playground, "FETCHED", tmp_path)
    (tmp_path / f"pyodide-{playground.PYODIDE}.tgz").write_bytes(b"not it")
    with pytest.raises(ValueError, match="is not what was locked"):
        playground.fetch()
    assert [*tmp_path.iterdir()] == []


def test_the_licences_are_told():
    """NOTICE names the version that is served; no part of it is in the library's own distribution."""
    assert f"Pyodide {playground.PYODIDE}" in (ROOT / "NOTICE").read_text("utf-8")
    assert "MPL-2.0" in (ROOT / "NOTICE").read_text("utf-8")
    for page in ("playground.md", "zh/playground.md"):
        assert f"Pyodide {playground.PYODIDE}" in (ROOT / "docs" / page).read_text("utf-8")
        assert playground.CSP in (ROOT / "docs" / page).read_text("utf-8")
