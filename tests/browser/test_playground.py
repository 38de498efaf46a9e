"""The playground in a real browser: the library under Pyodide, what it says, what it loads, and what it asks for.

Needs the Debian package `chromium` and what `make playground` fetched; `make playground-test`. The site is the
playground alone, assembled here: what `make docs` puts beside the pages.
"""

from __future__ import annotations

import json
import shutil
import threading
from pathlib import Path
from urllib.parse import urlsplit

import pytest

import settlement
from settlement.rulebook.request import Request

pytestmark = pytest.mark.playground
ROOT = Path(__file__).resolve().parents[2]
REQUEST = Request.model_validate_json((ROOT / "examples" / "mall-cart.json").read_bytes())
MADE = settlement.settle(REQUEST.checkout, REQUEST.rulebook)
ANSWERED = "#answer[data-digest^=sha256]"
#: A machine that does much else takes this long; one that does nothing a tenth of it.
PATIENCE = 240_000
PEOPLE = ("陈小满", "13800138000", "科苑路", "前台", "u-20871")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The playground as `make docs` lays it, served with its policy: the folder and its address."""
    import playground
    from serve_docs import serving

    folder = tmp_path_factory.mktemp("site")
    if playground.assemble(folder) is None:
        pytest.fail("nothing was fetched: make playground")
    with serving(folder) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield folder / "playground", f"http://127.0.0.1:{server.server_port}/playground/index.html"
        server.shutdown()


@pytest.fixture(scope="module")
def browser():
    """Chromium, as the system has it."""
    from playwright.sync_api import sync_playwright

    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("no Chromium here: apt-get install -y chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-dev-shm-usage"])
        yield started
        started.close()


@pytest.fixture(scope="module")
def visit(browser, site):
    """A first visit on a desktop, started: the page, the requests that were made and what the console said."""
    _, address = site
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    asked, said = [], []
    context.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(address)
    page.wait_for_selector("#start:visible")
    told = page.inner_text("#told")
    page.click("#start")
    page.wait_for_selector(ANSWERED)
    yield page, asked, said, told
    context.close()


def test_a_first_visit_says_how_much_loads_and_waits(site, visit):
    """Its bytes, at most 17 MB, before anything of them is asked for; and all of it is asked for then."""
    folder, _ = site
    page, asked, _, told = visit
    files = json.loads((folder / "files.json").read_text())
    assert files["bytes"] == sum((folder / name).stat().st_size for name in files["files"]) <= 17_000_000
    assert f"{files['bytes'] / 1e6:.1f} MB" in told
    loaded = {urlsplit(url).path.rpartition("/")[2] for url in asked}
    assert set(files["files"]) <= loaded
    assert not page.is_visible("#loading")


def test_the_digest_is_that_of_this_python(visit):
    """The mall cart: the same digest, and the same receipt and settlement, character for character."""
    page, *_ = visit
    assert page.get_attribute("#answer", "data-digest") == MADE.digest
    shown = page.text_content("#receipt pre")
    found = settlement.hints(REQUEST.checkout, REQUEST.rulebook)
    assert shown == settlement.receipt(MADE, hints=found)
    assert json.loads(page.text_content("#json pre")) == MADE.to_dict()
    assert page.text_content("#explanation pre") == settlement.explain(MADE).text()


def test_a_second_visit_starts_by_itself(site, visit):
    """What was loaded once is taken from the browser's own store: nobody is asked again."""
    _, address = site
    page, *_ = visit
    again = page.context.new_page()
    again.goto(address)
    again.wait_for_selector("#progress:visible")
    assert not again.is_visible("#start")
    again.close()


def test_no_request_leaves_the_host_and_the_policy_is_kept(site, visit):
    """Every address is of this site, and neither page nor worker broke a rule or failed."""
    _, address = site
    _, asked, said, _ = visit
    assert {urlsplit(url).netloc for url in asked if not url.startswith("blob:")} == {urlsplit(address).netloc}
    assert said == []


def test_what_is_typed_is_answered(visit):
    """A mistake is told with its place, and the other document is checked all the same; mended, it is settled again."""
    page, *_ = visit
    before = page.input_value("#checkout")
    page.fill("#checkout", before.replace('"quantity": 2,', '"quantity": 0,', 1))
    page.wait_for_selector("#problems li")
    assert "checkout.cart.lines[0].quantity" in page.inner_text("#problems")
    assert page.get_attribute("#answer", "data-digest") == ""
    assert "(1)" in page.inner_text("#tab-problems")
    page.click("#tab-findings")
    assert page.locator("#findings li").count() > 3
    page.fill("#checkout", "{<img src=x onerror=alert(1)>")
    page.wait_for_selector("#problems code")
    page.click("#tab-problems")
    assert page.locator("#answer img").count() == 0
    page.fill("#checkout", before)
    page.wait_for_selector(ANSWERED)
    assert page.get_attribute("#answer", "data-digest") == MADE.digest
    assert page.is_visible("#receipt")


def test_both_languages(visit):
    """The page and the library's own texts, and back."""
    page, *_ = visit
    page.select_option("#locale", "zh_CN")
    page.wait_for_selector("#receipt pre:has-text('应付')")
    assert page.inner_text("#settle") == "结算"
    assert page.get_attribute("html", "lang") == "zh-CN"
    page.select_option("#locale", "en")
    page.wait_for_selector("#receipt pre:has-text('To pay')")


def test_a_link_carries_the_cart_without_people(browser, site, visit):
    """In the fragment, which no server sees; opened elsewhere on a phone it gives the same amount, and fits 360 px."""
    _, address = site
    page, *_ = visit
    page.click("#link")
    page.wait_for_selector("#linked:not(:empty)")
    assert "are not in" in page.inner_text("#linked")
    link = page.url
    assert link.startswith(f"{address}#")
    asked = []
    context = browser.new_context(
        viewport={"width": 360, "height": 740}, locale="zh-CN", is_mobile=True, has_touch=True
    )
    context.on("request", lambda request: asked.append(request.url))
    phone = context.new_page()
    phone.set_default_timeout(PATIENCE)
    phone.goto(link)
    phone.wait_for_selector("#start:visible")
    both = {name: phone.input_value(f"#{name}") for name in ("checkout", "rulebook")}
    assert all(each in (ROOT / "examples" / "mall-cart.json").read_text("utf-8") for each in PEOPLE)
    assert not [each for each in PEOPLE if each in both["checkout"]]
    assert "大红袍" in both["checkout"]
    assert (
        settlement.settle(
            settlement.Checkout.from_json(both["checkout"]), settlement.Rulebook.from_json(both["rulebook"])
        ).payable
        == MADE.payable
    )
    phone.click("#start")
    phone.wait_for_selector(ANSWERED)
    assert "¥1,111.70" in phone.inner_text("#facts")
    width = phone.locator("html").evaluate("element => element.scrollWidth")
    assert width == 360
    frame = phone.locator("#receipt")
    assert frame.evaluate("element => element.scrollWidth <= element.clientWidth")
    assert not [url for url in asked if "#" in url and urlsplit(url).fragment and not url.startswith(address)]
    context.close()


@pytest.mark.parametrize("fragment", ["%%%", "AAAA", "q1YqSy0qzszPU7IyrAUA"])
def test_a_damaged_link_is_told(browser, site, fragment):
    """The example stands there instead."""
    _, address = site
    page = browser.new_page(locale="en-GB")
    page.goto(f"{address}#{fragment}")
    page.wait_for_selector("#linked:not(:empty)")
    assert "cut or damaged" in page.inner_text("#linked")
    assert "山野茶行" in page.input_value("#checkout")
    page.close()


def test_opened_from_a_file_it_says_what_to_do(browser, site):
    """At once, in the reader's language, without trying to load."""
    folder, _ = site
    for language, says in (("en-GB", "make docs-serve"), ("zh-CN", "本页是从文件打开的")):
        page = browser.new_page(locale=language)
        page.goto((folder / "index.html").as_uri())
        page.wait_for_selector("#told[data-word=file]")
        assert says in page.inner_text("#told")
        assert not page.is_visible("#start")
        page.close()


def test_a_site_without_python_says_what_to_fetch(browser, site):
    """What `make docs` builds where nothing was fetched."""
    _, address = site
    page = browser.new_page(locale="en-GB")
    page.route("**/files.json", lambda route: route.fulfill(status=404))
    page.goto(address)
    page.wait_for_selector("#told[data-word=missing]")
    assert "make playground" in page.inner_text("#told")
    page.close()


def test_python_that_does_not_arrive_is_told(browser, site):
    """A file that is cut off: an error in words instead of a bar that stands still."""
    _, address = site
    context = browser.new_context(locale="en-GB")
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    context.route("**/pyodide.asm.wasm", lambda route: route.abort())
    page.goto(address)
    page.click("#start")
    page.wait_for_selector("#told[data-word=broken]")
    assert page.inner_text("#told").startswith("It did not start: ")
    context.close()
