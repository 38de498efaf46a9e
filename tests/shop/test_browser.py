"""The shop in a real Chromium, on a phone and a desktop: bought, tampered with, used without a mouse, and held to axe.

Needs the Debian package `chromium`; `make shop-browser`. With SHOP_SHOTS=FOLDER each page is a picture there.
"""

from __future__ import annotations

import os
import shutil
import socket
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import pytest

pytestmark = pytest.mark.shop_browser

PHONE, DESKTOP = {"width": 360, "height": 640}, {"width": 1280, "height": 800}
#: What axe says of a page that somebody cannot use.
SERIOUS = frozenset({"serious", "critical"})


class Served(NamedTuple):
    """A shop that is served: where, who may sign in, and what moves its clock."""

    url: str
    passwords: dict[str, str]
    later: Callable[[timedelta], None]


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """As `make shop` does, beside the tests, so that its clock can be moved."""
    import uvicorn
    from shop.app import create_app
    from shop.settings import Settings

    moved = [timedelta(0)]
    database = f"sqlite:///{tmp_path_factory.mktemp('served') / 'shop.db'}"
    app = create_app(Settings(database=database), lambda: datetime.now(UTC) + moved[0])
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        try:
            yield Served(
                f"http://127.0.0.1:{listening.getsockname()[1]}",
                app.state.passwords,
                lambda time: moved.__setitem__(0, moved[0] + time),
            )
        finally:
            server.should_exit = True
            thread.join(20)


@pytest.fixture(scope="module")
def chromium():
    """The browser, once for all tests."""
    from playwright.sync_api import sync_playwright

    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("no Chromium here: apt-get install -y chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-dev-shm-usage"])
        yield started
        started.close()


@pytest.fixture
def someone(chromium, served):
    """Opens a page of somebody who has signed in; nothing that the policy holds back is asked for by any page."""
    contexts, complaints = [], []

    def opened(user=None, size=DESKTOP, language="en-GB"):
        context = chromium.new_context(viewport=size, locale=language, base_url=served.url)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("console", lambda said: complaints.append(said.text) if "Content Security" in said.text else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        if user is not None:
            page.goto("/login")
            page.fill("[name=user]", user)
            page.fill("[name=password]", served.passwords[user])
            page.click("[name=login]")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


def looked_at(page, name):
    """Nothing is cut at the side, axe finds nothing serious; and a picture, for whoever wants to look.

    Axe takes a second of a page: on a desktop it is asked of those that look another way there.
    """
    from axe_playwright_python.sync_playwright import Axe

    if folder := os.environ.get("SHOP_SHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)
    beyond = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert beyond == 0, name
    if name.startswith("desktop") and not name.endswith(("checkout", "order", "rules")):
        return
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    bad = [(each["id"], [node["target"] for node in each["nodes"]]) for each in found if each["impact"] in SERIOUS]
    assert bad == [], name


def what_if(page, name, field, value):
    """The most changed of the shop's orders under its rules with another value in a field; the page is looked at."""
    page.goto("/shop/tea/rules")
    page.fill(f'[name="{field}"]', value)
    page.click("#fields [name=what-if]")
    looked_at(page, f"{name}-what-if")
    return page.inner_text("#most-1")


def buy_now(page, sku):
    """To the checkout of one piece."""
    page.goto("/")
    page.click(f"#good-{sku} [name=buy]")
    return page.inner_text("#payable")


def orders_of(page):
    """How many orders there are on the first page."""
    page.goto("/orders")
    return page.locator(".orders li").count()


# ------------------------------------------------------------------ what people do


@pytest.mark.parametrize(("size", "language"), [(PHONE, "zh-CN"), (DESKTOP, "en-GB")], ids=["phone", "desktop"])
def test_buying_from_the_front_page_to_the_refund(someone, size, language):
    """A buyer buys and pays, the shop sends, the buyer asks a part back, the shop grants it; each page is looked at."""
    name = "phone" if size is PHONE else "desktop"
    buyer, shop = someone("b1", size, language), someone("tea", size, language)
    buyer.goto("/")
    looked_at(buyer, f"{name}-front")
    buyer.click("#good-tea-longjing-50 [name=add]")
    assert buyer.url.endswith("/checkout")
    assert buyer.locator("#line-lychee-1kg .reason").count() == 1
    looked_at(buyer, f"{name}-checkout")
    buyer.click("[name=invert]")
    buyer.click("[name=all]")
    buyer.click("[name=all]")
    assert buyer.locator("[name=submit]").count() == 0  # nothing is ticked
    buyer.click("[name=all]")
    sum_ = buy_now(buyer, "tea-longjing-50")
    buyer.fill("[name=quantity-tea-longjing-50]", "2")
    buyer.locator("[name=update].second").last.click()
    assert buyer.inner_text("#payable") != sum_
    sum_ = buyer.inner_text("#payable")
    looked_at(buyer, f"{name}-buy-now")
    buyer.click("#submit")
    order = buyer.url.rsplit("/", 1)[1]
    assert buyer.inner_text("#payable") == sum_
    looked_at(buyer, f"{name}-order")
    buyer.click("[name=pay][value=failed]")
    assert buyer.get_attribute("#status", "data-status") == "pending_payment"
    buyer.click("[name=pay][value=repeat]")
    assert buyer.get_attribute("#status", "data-status") == "paid"
    assert buyer.inner_text("#paid") == sum_
    shop.goto(f"/shop/tea/orders/{order}")
    looked_at(shop, f"{name}-to-be-sent")
    shop.click("[name=ship]")
    buyer.reload()
    assert buyer.get_attribute("#status", "data-status") == "shipped"
    buyer.fill("[name=refund-tea-longjing-50]", "1")
    buyer.locator("[name=look].second").click()
    assert buyer.locator("#quote").count() == 1
    looked_at(buyer, f"{name}-refund")
    buyer.click("#refund [name=ask]")
    shop.goto(f"/shop/tea/orders/{order}")
    looked_at(shop, f"{name}-asked-back")
    shop.click("[name=grant]")
    buyer.reload()
    assert buyer.locator(".refund").count() == 1
    assert order in what_if(shop, name, "/promotions/0/tiers/0/min_amount", "150.00 CNY")
    rest = [(shop, "/shop/tea/rules"), (shop, "/shop/tea/statement")]
    if size is PHONE:
        rest += [(buyer, "/orders"), (buyer, "/addresses"), (buyer, "/nowhere"), (shop, "/shop/tea"), (shop, "/login")]
    for who, path in rest:
        who.goto(path)
        looked_at(who, f"{name}{path.replace('/', '-')}")


def test_the_checkout_needs_no_mouse(someone, served):
    """From the sign-in to a paid order with Tab, Space, arrows and Enter alone; where the focus is can be seen."""
    page = someone()
    page.goto("/login")

    def to(selector, key="Tab"):
        """Go on until that has the focus."""
        for _ in range(120):
            page.keyboard.press(key)
            if page.evaluate("selector => document.activeElement.matches(selector)", selector):
                assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none", selector
                return
        raise AssertionError(f"no way to {selector}")

    to("[name=user]")
    page.keyboard.type("b1")
    to("[name=password]")
    page.keyboard.type(served.passwords["b1"])
    page.keyboard.press("Enter")
    page.wait_for_url("**/")
    to(".skip")
    page.keyboard.press("Enter")
    to("#good-candle-cedar [name=buy]")
    page.keyboard.press("Enter")
    page.wait_for_url("**/checkout?buy=now")
    before = page.inner_text("#payable")
    to("[name=quantity-candle-cedar]")
    page.keyboard.type("2")  # what stands there is selected
    page.keyboard.press("Enter")  # the first button of the form is "update", never "remove" or "submit"
    page.wait_for_url("**/checkout")
    assert page.inner_text("#payable") != before
    to("[name=coupons]")
    page.keyboard.press("ArrowDown")
    to("[name=method]")
    page.keyboard.press("ArrowDown")
    to("[name=update].second:not(.tools *)")
    with page.expect_navigation():  # to the address that it has already
        page.keyboard.press("Space")
    assert page.locator("[name=coupons][value=none]").is_checked()
    to("#submit")
    page.keyboard.press("Enter")
    page.wait_for_url("**/orders/*")
    to("[name=pay][value=succeeded]")
    page.keyboard.press("Enter")
    page.wait_for_selector("#status[data-status=paid]")


# ------------------------------------------------------------------ what people try


def test_what_is_tampered_with_places_nothing_or_is_not_believed(someone):
    """Quantity, address, seal, key and token; prices, stock, points and coupons that a form says one has."""
    page, other = someone("b1"), someone("b2")
    there = orders_of(page)
    buy_now(other, "mug-stone")
    foreign = other.input_value("[name=quote]")
    tried = {
        "quantity": "document.querySelector('[name=quantity-towel-2]').value = '3'",
        "address": "document.querySelector('[name=address][value=work]').checked = true",
        "another's address": "document.querySelector('[name=address]').value = 'nobody'",
        "another's seal": f"document.querySelector('[name=quote]').value = '{foreign}'",
        "a seal of one's own making": "document.querySelector('[name=quote]').value = 'e30.e30.e30'",
        "no seal": "document.querySelector('[name=quote]').remove()",
        "no key": "document.querySelector('[name=key]').value = ''",
        "no token": "document.querySelector('#checkout [name=csrf]').value = ''",
    }
    buy_now(page, "towel-2")
    for what, script in tried.items():
        page.goto("/checkout?buy=now")
        before = page.inner_text("#payable")
        page.evaluate(script)
        page.click("#submit")
        assert page.url.endswith("/checkout"), what
        shown = [page.inner_text(id) for id in ("#before", "#after", "#payable") if page.locator(id).count()]
        if what in ("quantity", "address"):
            assert shown[0] == before, what
            assert shown[1] == shown[2] != before, what
    assert orders_of(page) == there
    before = buy_now(page, "towel-2")
    page.evaluate(
        """for (const [name, value] of Object.entries({price: '0.01', 'price-towel-2': '0.01 CNY',
          unit_price: '0.01 CNY', payable: '0.01 CNY', stock: '999', customer: 'b2',
          points_held: '99999', coupons_held: 'mall-80'})) {
          const field = document.createElement('input'); field.name = name; field.value = value;
          document.querySelector('#checkout').append(field) }
        document.querySelector('[name=coupons][value=own]').checked = true;
        const coupon = document.querySelector('[name=coupon]'); coupon.value = 'mall-9999'; coupon.checked = true"""
    )
    page.click("#submit")
    page.wait_for_url("**/orders/*")
    assert page.inner_text("#payable") == before
    order = page.url.rsplit("/", 1)[1]
    for path in (f"/orders/{order}", "/orders/SO000000000000"):
        answer = other.goto(path)
        assert answer.status == 404
        assert other.locator("#payable, #status, .who").count() == 0
    assert other.goto("/shop/tea").status == 404


def test_a_seal_that_has_expired_is_told(someone, served):
    """What was shown a quarter of an hour ago is not ordered; the page says so, and its new form is."""
    page = someone("b1")
    there = orders_of(page)
    before = buy_now(page, "vase-glass")
    served.later(timedelta(minutes=15))
    page.click("#submit")
    assert page.url.endswith("/checkout")
    assert "expired" in page.inner_text("#error")
    assert page.inner_text("#payable") == before
    page.click("#submit")
    page.wait_for_url("**/orders/*")
    assert orders_of(page) == there + 1


def test_two_clicks_on_submit_are_one_order(someone):
    """At once, as an impatient finger does, in two windows with one form, and again by the button "back"."""
    page = someone("b1")
    there = orders_of(page)
    buy_now(page, "mug-stone")
    page.evaluate("const button = document.querySelector('#submit'); button.click(); button.click()")
    page.wait_for_url("**/orders/*")
    order = page.url
    assert orders_of(page) == there + 1
    buy_now(page, "candle-cedar")
    form = page.evaluate(
        "new URLSearchParams(new FormData(document.querySelector('#checkout'))).toString() + '&submit=1'"
    )
    send = """async form => (await Promise.all([1, 2, 3].map(() => fetch('/checkout', {method: 'POST', body: form,
      headers: {'content-type': 'application/x-www-form-urlencoded'}})))).map(answer => answer.url)"""
    answers = page.evaluate(send, form)
    assert len(set(answers)) == 1
    assert "/orders/" in answers[0] != order
    page.click("#submit")
    page.wait_for_url(answers[0])
    assert orders_of(page) == there + 2
