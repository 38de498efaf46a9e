"""The report and a shop's statement in a real browser: light, dark and on paper.

Needs the Debian package `chromium`; `make browser`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import zlib
from itertools import islice

import pytest

from samples import a_checkout, a_line, everything, settled
from settlement.after_pay.payouts.movement import Movement
from settlement.after_pay.payouts.owed import PayoutPolicy, payout
from settlement.audit.books.statement import HoldingPolicy, statement
from settlement.documents.words.language import language
from settlement.receipts.report import report
from settlement.rulebook.payment_methods import PaymentMethod

pytestmark = pytest.mark.browser
WIDE, HIGH = 900, 700
#: The colours of report.css: paper and the bar of what is to be paid.
LIGHT = ((0xFF, 0xFF, 0xFF), (0x24, 0x58, 0xA6))
DARK = ((0x14, 0x17, 0x1C), (0x6E, 0xA1, 0xEE))


@pytest.fixture(scope="module")
def chromium():
    """The browser's command."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("no Chromium here: apt-get install -y chromium")
    return [found, "--headless", "--disable-gpu", "--hide-scrollbars", "--no-sandbox", "--disable-dev-shm-usage"]


@pytest.fixture
def page(tmp_path):
    """The report as a file, and where it is."""
    path = tmp_path / "report.html"
    path.write_text(report(settled(*everything()), locale="zh_CN"), encoding="utf-8")
    return path


def ran(command, page, *options):
    """The browser, run to its end; what it logged."""
    environment = os.environ | {"HOME": str(page.parent)}
    done = subprocess.run(
        [*command, "--enable-logging=stderr", *options, page.as_uri()],
        capture_output=True, text=True, timeout=120, check=True, cwd=page.parent, env=environment,
    )  # fmt: skip
    return done.stdout, done.stderr


def colours(png):
    """How often each colour stands in a PNG of 8 bits a channel (RFC 2083), and the colour of its first pixel."""
    data, at, packed = png.read_bytes(), 8, b""
    while at < len(data):
        size, kind = int.from_bytes(data[at : at + 4]), data[at + 4 : at + 8]
        body = data[at + 8 : at + 8 + size]
        if kind == b"IHDR":
            wide, channels = int.from_bytes(body[:4]), {2: 3, 6: 4}[body[9]]
        packed += body if kind == b"IDAT" else b""
        at += size + 12
    raw, row = zlib.decompress(packed), wide * channels
    above, counts, first = bytes(row), {}, None
    for start in range(0, len(raw), row + 1):
        above = _unfiltered(raw[start], raw[start + 1 : start + 1 + row], above, channels)
        pixels = zip(*(islice(above, channel, None, channels) for channel in range(3)), strict=True)
        for pixel in pixels:
            first = first or pixel
            counts[pixel] = counts.get(pixel, 0) + 1
    return counts, first


def _unfiltered(kind, line, above, step):
    made = bytearray(line)
    for at, value in enumerate(line):
        left, corner = (made[at - step], above[at - step]) if at >= step else (0, 0)
        up = above[at]
        if kind == 4:
            guess = left + up - corner
            near = min((left, up, corner), key=lambda each: abs(guess - each))
        else:
            near = (0, left, up, (left + up) // 2)[kind]
        made[at] = (value + near) % 256
    return bytes(made)


@pytest.mark.parametrize(("scheme", "expected"), [("1", LIGHT), ("0", DARK)], ids=["light", "dark"])
def test_the_page_is_drawn_in_the_reader_s_light(chromium, page, scheme, expected):
    """Paper, bars and text are drawn; the dark scheme has its own paper and its own blue."""
    _, log = ran(
        chromium, page, "--screenshot=shot.png", f"--window-size={WIDE},{HIGH}",
        f"--blink-settings=preferredColorScheme={scheme}",
    )  # fmt: skip
    assert "CONSOLE" not in log
    counts, first = colours(page.with_name("shot.png"))
    paper, bar = expected
    assert first == paper
    assert counts[paper] > WIDE * HIGH // 2
    assert counts[bar] > 2000
    assert len(counts) > 50  # letters, with their soft edges


def test_on_a_phone_a_bar_is_as_wide_as_the_page(chromium, page):
    """At 390 px the words stand above the bars: that of the goods has the whole width, less the margins."""
    ran(chromium, page, "--screenshot=shot.png", "--window-size=390,700", "--blink-settings=preferredColorScheme=1")
    counts, _ = colours(page.with_name("shot.png"))
    assert counts[0x7D, 0x8B, 0xA1] > 340 * 9


def test_the_browser_reads_the_page_as_it_was_written(chromium, page):
    """The browser's own tree has the folds, the picture and every amount, and complained of nothing."""
    tree, log = ran(chromium, page, "--dump-dom")
    assert "CONSOLE" not in log
    assert tree.count("<details open") == 2
    assert tree.count("<rect ") == 10
    assert "¥210.40" in tree


def test_the_page_prints(chromium, page):
    """On paper it is a PDF of one or two pages."""
    ran(chromium, page, "--print-to-pdf=report.pdf", "--no-pdf-header-footer")
    data = page.with_name("report.pdf").read_bytes()
    assert data.startswith(b"%PDF-")
    assert 1 <= data.count(b"/Type /Page\n") <= 2


@pytest.mark.parametrize("locale", ["en_CH", "en_FI", "en_IN", "en_ZA", "zh_TW"])
def test_bi_169_a_locale_s_own_signs_reach_the_screen_and_the_paper(chromium, tmp_path, locale):
    """The browser's tree holds the amount as Babel writes it, marks of direction included, and the page prints."""
    settlement = settled(*everything())
    path = tmp_path / "report.html"
    path.write_text(report(settlement, locale=locale), encoding="utf-8")
    tree, _ = ran(chromium, path, "--dump-dom")
    assert language(locale).money(settlement.payable) in tree.replace("&nbsp;", "\u00a0")
    ran(chromium, path, "--print-to-pdf=report.pdf", "--no-pdf-header-footer")
    assert path.with_name("report.pdf").read_bytes().startswith(b"%PDF-")


# ------------------------------------------------------------------ the statement of a shop

#: The colour of a balance below 0.
OWED = (0xB3, 0x26, 0x1E)


def a_statement(tmp_path, locale, transferred="50.00 CNY"):
    """A month of a shop's orders, two of them with much in every column, as a file."""
    names = ["A-1001", "20261102000123417", "20261102000123434"]
    line = a_line("a", "1999.90", quantity=2, commission_percent="5")
    policy = PayoutPolicy(commissions=[{"id": "ref", "receiver": "ann", "percent": "2"}])
    sources = []
    for name in names:
        order = settled(a_checkout(line)).for_order(name)
        sources += [order, payout(order, policy, method=PaymentMethod(id="m", percent="0.6", borne_by="merchant"))]
    sources.append(
        Movement(id="t1", kind="to_shop", at="2026-11-30T00:00:00Z", currency="CNY", amount=transferred, shop="s1")
    )
    made = statement("s1", sources, "2026-01-01", "2026-12-31", policy=HoldingPolicy(release_days=7))
    path = tmp_path / "statement.html"
    path.write_text(made.to_html(locale, name="茶馆"), encoding="utf-8")
    return path


@pytest.mark.parametrize("locale", ["en", "zh_CN"])
def test_a_statement_fits_a_phone(chromium, tmp_path, locale):
    """In a frame of 360 px nothing is wider than the frame."""
    page = a_statement(tmp_path, locale)
    frame = tmp_path / "frame.html"
    text = page.read_text(encoding="utf-8").replace("&", "&amp;").replace('"', "&quot;")
    script = "document.title = frames[0].document.documentElement.scrollWidth"
    frame.write_text(
        f'<!doctype html><meta charset="utf-8"><iframe srcdoc="{text}" style="width:360px;border:0"'
        f' onload="{script}"></iframe>',
        encoding="utf-8",
    )
    tree, _ = ran(chromium, frame, "--dump-dom", "--virtual-time-budget=2000")
    assert "<title>360</title>" in tree


@pytest.mark.parametrize(("transferred", "colour"), [("50.00 CNY", LIGHT[1]), ("20000.00 CNY", OWED)])
def test_a_balance_below_zero_is_seen(chromium, tmp_path, transferred, colour):
    """What the shop has is blue, what it owes is red; and the page prints on one sheet."""
    page = a_statement(tmp_path, "en", transferred)
    ran(chromium, page, "--screenshot=shot.png", "--window-size=900,700", "--blink-settings=preferredColorScheme=1")
    counts, _ = colours(page.with_name("shot.png"))
    assert [counts.get(each, 0) > 200 for each in (LIGHT[1], OWED)] == [colour == LIGHT[1], colour == OWED]
    ran(chromium, page, "--print-to-pdf=statement.pdf", "--no-pdf-header-footer")
    assert page.with_name("statement.pdf").read_bytes().count(b"/Type /Page\n") == 1
