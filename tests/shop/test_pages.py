"""What holds for every page of the buyer's: both languages, nothing inline, and what it is reached by."""

import re
from pathlib import Path

import pytest

from settlement.orders import Actor

pytestmark = pytest.mark.shop

PAGES = ("/", "/checkout", "/checkout?buy=now", "/addresses", "/addresses?edit=home", "/orders", "/login", "/nothing")


def test_healthz_answers(mall):
    """200, without a session."""
    answer = mall.browser().get("/healthz")
    assert (answer.status, answer.html) == (200, "ok")


def test_every_text_has_its_chinese(mall, b1, monkeypatch):
    """Of what templates and sources say in English; what the library says comes from the library."""
    from shop import texts

    asked = set()
    monkeypatch.setattr(texts, "CHINESE", Asked(texts.CHINESE, asked))
    order = b1.buy()
    b1.pay(order)
    reader = mall.browser("b1", "zh-CN")
    for path in (*PAGES, f"/orders/{order}"):
        reader.get(path)
    stated = set()
    for path in Path(texts.__file__).parent.rglob("*"):
        if path.suffix in (".html", ".py"):
            source = path.read_text(encoding="utf-8")
            stated |= set(re.findall(r"\bsay\('((?:[^'\\]|\\.)*)'", source))
            stated |= set(re.findall(r'\bsay\("((?:[^"\\]|\\.)*)"', source))
    assert len(asked) > 60
    assert not sorted(text for text in asked | stated if text not in texts.CHINESE)


class Asked(dict):
    """The texts, and which of them were asked for."""

    def __init__(self, texts, asked):
        super().__init__(texts)
        self.asked = asked

    def get(self, text, otherwise=None):
        """As of any dictionary."""
        self.asked.add(text)
        return super().get(text, otherwise)


def test_nothing_stands_inline(b1):
    """No script at all, no style in a page: the policy of the shop allows neither."""
    order = b1.buy()
    for path in (*PAGES, f"/orders/{order}"):
        html = b1.get(path).html
        assert not re.search(r"<script|<style|\sstyle=|\son[a-z]+=|javascript:", html), path


def test_every_field_has_a_name_that_is_read_aloud(b1):
    """A label around it or for it, or one of its own."""
    order = b1.buy()
    for path in (*PAGES, f"/orders/{order}"):
        html = b1.get(path).html
        around = re.findall(r"<label\b.*?</label>", html, re.DOTALL)
        for field in re.findall(r"<(?:input|select|textarea)\b[^>]*>", html):
            labelled = "hidden" in field or "aria-label=" in field or any(field in label for label in around)
            assert labelled, (path, field)


def test_the_language_is_that_of_the_browser_or_the_switch(mall):
    """The first that there is here; once switched it stays, and leads back to where one was."""
    reader = mall.browser(language="fr, zh-TW;q=0.8, en;q=0.5")
    page = reader.get("/")
    assert '<html lang="zh-CN">' in page.html
    sent = reader.press(page, "/language", "language", "/language", "en")
    assert (sent.status, sent.to) == (303, "/")
    assert '<html lang="en">' in reader.get("/").html
    assert reader.press(page, "/language", "language", "/language", "xx").status == 422
    for elsewhere in ("//evil.example", "https://evil.example", "/\\evil.example", "/a\nb"):
        assert reader.press(page, "/language", "language", "/language", "en", back=elsewhere).to == "/"


def test_who_is_not_signed_in_is_sent_to_the_sign_in(mall):
    """And finds back from there."""
    stranger = mall.browser()
    for path in ("/checkout", "/orders", "/addresses", "/orders/SO1"):
        answer = stranger.get(path)
        assert (answer.status, answer.to) == (303, f"/login?next={path}")
    assert stranger.press(stranger.get("/"), "/cart", "add", "/cart").to == "/login?next=/"


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ({"quantity": "0"}, 422),
        ({"quantity": "x"}, 422),
        ({"quantity": ""}, 422),
        ({"sku": "nothing"}, 404),
        ({"quantity": "3"}, 303),
    ],
)
def test_what_is_put_into_the_cart(b1, told, status):
    """A quantity that is none is told at its article; an article that is none is not found."""
    sent = b1.press(b1.get("/"), "/cart", "add", "/cart", **told)
    assert sent.status == status
    assert status != 422 or list(sent.wrong) == ["tea-dhp-250"]


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"a=%ff", "application/x-www-form-urlencoded", 400),
        (b"\xff", "application/x-www-form-urlencoded", 400),
        (b"a=" + b"x" * 70_000, "application/x-www-form-urlencoded", 413),
        (b"&".join([b"a=1"] * 1_001), "application/x-www-form-urlencoded", 400),
        (b"{}", "application/json", 415),
        (b"", "multipart/form-data; boundary=x", 415),
    ],
)
def test_bodies_that_are_no_form(b1, body, kind, status):
    """Refused before anything of them is looked at, with a page."""
    answer = b1.client.post("/checkout", content=body, headers={"content-type": kind})
    assert answer.status_code == status
    assert f"({status})" in answer.text


def test_the_readme_lists_the_fields_and_buttons(mall, b1):
    """Those that are on the pages, no other, so that others may rely on them."""
    from shop import app

    readme = (Path(app.__file__).with_name("README.md")).read_text(encoding="utf-8")
    order = b1.buy()
    b1.pay(order)
    found = set()
    for path in ("/", "/checkout?buy=now", "/addresses?edit=home", f"/orders/{order}", "/checkout"):
        found |= set(re.findall(r'<(?:input|select|textarea|button)\b[^>]*\bname="([^"]+)"', b1.get(path).html))
    skus = "|".join(mall.state.goods)
    plain = {re.sub(rf"-({skus})$", "-SKU", re.sub(r"^remark-\w+$", "remark-SHOP", name)) for name in found}
    assert not sorted(name for name in plain if f"`{name}`" not in readme)


def test_settings(tmp_path):
    """A file or a URL, a port that is one."""
    from shop.settings import Settings

    assert Settings.of({}).url == "http://127.0.0.1:8000"
    assert Settings.of({"PORT": "9"}).port == 9
    assert Settings.of({"DATABASE": str(tmp_path / "a.db")}).database == f"sqlite:///{tmp_path}/a.db"
    assert Settings.of({"DATABASE": "postgresql+psycopg://x"}).database == "postgresql+psycopg://x"
    for port in ("0", "65536", "x", "-1", "8000 ", ""):
        with pytest.raises(ValueError):
            Settings.of({"PORT": port})


#: What somebody may write into any field.
NONSENSE = (
    "",
    "\x00",
    "x" * 5_000,
    "💥",
    "-1",
    "1e999",
    "../../etc/passwd",
    "' or 1=1 --",
    "０",
    "\u202e",
    "{{ 7*7 }}",
)


@pytest.mark.parametrize("value", NONSENSE)
def test_nothing_that_is_written_into_a_field_is_a_fault(quiet, value):
    """Every form of the buyer's with every field of it filled with one text: told, or done, never a 500."""
    quiet.app.state.limits.count = lambda *_: None
    b1 = quiet.browser("b1")
    rows = quiet.state.store.orders(Actor.customer("b1"), limit=1).rows
    order = rows[0].id if rows else b1.buy()
    if not rows:
        b1.pay(order)
    for path, form, at, buttons in (
        ("/", "/cart", "/cart", ("add", "buy")),
        ("/checkout", "checkout", "/checkout", ("update", "remove", "submit")),
        ("/addresses?edit=home", "address", "/addresses", ("keep", "pick", "choose", "recognise", "default", "drop")),
        (f"/orders/{order}", f"/orders/{order}/pay", f"/orders/{order}/pay", ("pay",)),
        (f"/orders/{order}", "refund", f"/orders/{order}/refund", ("look", "ask")),
        (f"/orders/{order}", "invoice", f"/orders/{order}/invoice", ("show",)),
    ):
        page = b1.get(path)
        pairs = page.form(form if f'action="{at}"' in page.html else "/language")  # a paid order is not paid again
        filled = [(name, told if name == "csrf" else value) for name, told in pairs]
        for button in buttons:
            sent = b1.post(at, [*filled, (button, value)])
            assert sent.status < 500, (path, button)
    for path in (
        f"/orders?after={value[:50]!r}",
        f"/addresses?edit={value[:50]!r}",
        f"/checkout?address={value[:50]!r}",
    ):
        assert b1.get(path).status < 500
