"""The page with its pictures: two scripts that it names by their hashes, nothing from elsewhere, and readable without.

Needs Altair and vl-convert, and where there is one a headless Chromium; `make charts`.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import shutil
import subprocess

import pytest

from months import DECEMBER, NOVEMBER, month, rules
from settlement.audit.what_if import what_if

pytestmark = pytest.mark.charts


@pytest.fixture(scope="module")
def found():
    """The month under two candidates, one with markup in its name."""
    return what_if([*month(), b"{"], rules(DECEMBER), rules(NOVEMBER, id="</script><b>"))


@pytest.fixture(scope="module")
def page(found):
    """The page in Chinese."""
    return found.html("zh_CN")


def scripts(page):
    """The scripts that stand in a page."""
    return re.findall(r'<script type="module">(.*?)</script>', page, re.DOTALL)


def test_the_page_names_its_scripts_by_their_hashes(page):
    """Two scripts, each allowed by its SHA-256 alone: no other runs, and none may make code of a string."""
    hashes = [f"'sha256-{base64.b64encode(hashlib.sha256(each.encode()).digest()).decode()}'" for each in scripts(page)]
    assert len(hashes) == 2
    [policy] = re.findall(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy == f"default-src 'none'; style-src 'unsafe-inline'; script-src {' '.join(hashes)}"


def test_nothing_comes_from_elsewhere(page):
    """No element loads anything; the page is about as large as the libraries that it brings."""
    without = re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)
    assert not re.search(r"\b(src|href)=|url\(|@import|https?:", without)
    assert 800_000 < len(page) < 1_100_000
    assert page.count("<script") == page.count("</script>") == 2


def test_the_same_answer_draws_the_same_bytes(found, page):
    """No running number, no random id."""
    assert found.html("zh_CN") == page
    assert what_if([b"{", *month()[::-1]], rules(DECEMBER), rules(NOVEMBER, id="</script><b>")).html("zh_CN") != ""


def test_pictures_hold_what_the_tables_say(found):
    """The data of each picture are whole minor units and counts, with the text of the tables beside them."""
    from settlement.audit.what_if.charts import by_how_much, for_whom

    rows = for_whom(found).to_dict()["data"]["values"]
    assert [row["minor"] for row in rows[:6]] == [-16400, -15850, -550, -18600, -17940, -660]
    assert rows[0]["text"] == "-164.00"
    counts = by_how_much(found).to_dict()["data"]["values"]
    assert sum(row["orders"] for row in counts if row["side"] == "december, as chosen") == 14
    assert [row["orders"] for row in counts[:14]] == [0, 2, 0, 3, 2, 2, 0, 0, 4, 0, 1, 0, 0, 0]
    assert not [value for row in [*rows, *counts] for value in row.values() if isinstance(value, float)]
    json.dumps(rows)


# ------------------------------------------------------------------ in a browser


@pytest.fixture(scope="module")
def chromium(tmp_path_factory, page):
    """Run the browser on the page, or on a file; gives its tree and what it logged."""
    command = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if command is None:
        pytest.skip("no Chromium here: apt-get install -y chromium")
    folder = tmp_path_factory.mktemp("page")
    path = folder / "what-if.html"
    path.write_text(page, encoding="utf-8")

    def run(*options, file=path):
        flags = (
            "--headless --disable-gpu --no-sandbox --disable-dev-shm-usage --hide-scrollbars --enable-logging=stderr"
        )
        offline = "--host-resolver-rules=MAP * ~NOTFOUND"
        done = subprocess.run(
            [command, *flags.split(), offline, "--virtual-time-budget=20000", "--dump-dom", *options, file.as_uri()],
            capture_output=True, text=True, timeout=240, check=True, env=os.environ | {"HOME": str(folder)},
        )  # fmt: skip
        return done.stdout, done.stderr

    run.folder = folder
    return run


def test_the_pictures_are_drawn_without_a_word_of_complaint(chromium):
    """Both are SVG with bars, and the policy stopped nothing."""
    tree, log = chromium()
    assert "CONSOLE" not in log
    body = re.sub(r"<script.*?</script>", "", tree, flags=re.DOTALL)
    assert body.count("<svg") == 2
    assert body.count('aria-roledescription="bar"') >= 12
    assert "差额（CNY）" in body


def test_without_scripts_headline_and_tables_are_all_there(chromium, page):
    """The same figures, no picture nor its heading, and a sentence that says so: in a frame that may run nothing."""
    text = page.replace("&", "&amp;").replace('"', "&quot;")
    frame = chromium.folder / "without.html"
    script = "const d = frames[0].document; document.title = d.querySelectorAll('svg').length;"
    script += " document.body.append(d.querySelector('main').innerText)"
    frame.write_text(
        f'<!doctype html><meta charset="utf-8"><iframe sandbox="allow-same-origin" srcdoc="{text}"'
        f' style="width:1280px;height:900px" onload="{script}"></iframe>',
        encoding="utf-8",
    )
    tree, _ = chromium(file=frame)
    shown = tree.rpartition("</iframe>")[2]
    assert "<title>0</title>" in tree
    for figure in ("所有数字都在表中", "¥1,818.00", "-164.00", "1,822.60", "o13", "运费"):
        assert figure in shown
    assert "对谁而言" not in shown


@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_fits_a_phone_and_a_screen(chromium, page, width):
    """In a frame of that width nothing is wider than the frame, pictures included."""
    text = page.replace("&", "&amp;").replace('"', "&quot;")
    frame = chromium.folder / f"frame-{width}.html"
    script = "setTimeout(() => document.title = frames[0].document.documentElement.scrollWidth, 6000)"
    frame.write_text(
        f'<!doctype html><meta charset="utf-8"><iframe srcdoc="{text}" style="width:{width}px;height:900px;border:0"'
        f' onload="{script}"></iframe>',
        encoding="utf-8",
    )
    tree, _ = chromium(f"--window-size={width + 40},1000", file=frame)
    assert f"<title>{width}</title>" in tree
