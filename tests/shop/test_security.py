"""What holds for every request: sessions, tokens, headers and rates; and who is served at all."""

from __future__ import annotations

import re
import shutil
import socket

import pytest
from fastapi import HTTPException
from fastapi.testclient import TestClient

pytestmark = pytest.mark.shop

#: Every form's path that a buyer may send to.
POSTS = ("/login", "/logout", "/cart", "/checkout", "/addresses", "/orders/SO1/pay", "/orders/SO1/refund", "/language")


def cookie(answer):
    """Name, value and flags of the session's cookie."""
    told = answer.headers["set-cookie"]
    name, value = told.split(";")[0].split("=", 1)
    return name, value, {flag.strip().lower() for flag in told.split(";")[1:]}


@pytest.mark.parametrize("path", ["/", "/login", "/healthz", "/static/shop.css", "/nowhere", "/static/nowhere"])
def test_every_answer_tells_a_browser_what_it_may(mall, path):
    """Nothing inline, framed or sniffed; pages are not kept."""
    told = mall.browser().client.get(path).headers
    policy = {part.split()[0]: part.split()[1:] for part in told["content-security-policy"].split(";") if part.strip()}
    assert policy["default-src"] == ["'self'"]
    assert policy["frame-ancestors"] == ["'none'"]
    assert "unsafe" not in told["content-security-policy"]
    assert (told["x-content-type-options"], told["referrer-policy"]) == ("nosniff", "same-origin")
    assert ("no-store" in told.get("cache-control", "")) == (not path.startswith("/static/"))


def test_a_fault_has_the_headers_too(mall, monkeypatch):
    """Whatever went wrong."""
    from shop import front

    def fault(*_):
        raise RuntimeError

    client = TestClient(mall.app, "http://127.0.0.1:8000", raise_server_exceptions=False)
    monkeypatch.setattr(front, "_front", fault)
    answer = client.get("/")
    assert (answer.status_code, answer.headers["x-frame-options"], answer.headers["cache-control"]) == (
        500,
        "DENY",
        "no-store",
    )


def test_no_page_has_anything_inline(mall):
    """No style, no script, no handler in any of them: the policy would hold it back."""
    pages = {
        "b1": ["/", "/checkout", "/addresses", "/orders", "/login"],
        "tea": ["/shop/tea", "/shop/tea/rules", "/shop/tea/statement"],
        "mall": ["/mall", "/shop/platform/rules"],
    }
    for user, paths in pages.items():
        browser = mall.browser(user)
        for path in paths:
            html = browser.get(path).html
            assert not re.search(r"<style|<script|\sstyle=|\son[a-z]+=", html), path


# ------------------------------------------------------------------ sessions


def test_signing_in_draws_a_new_id_and_signing_out_ends_it(mall):
    """The cookie of before is worth nothing, and a copy of the cookie nothing after."""
    browser = mall.browser()
    name, before, flags = cookie(browser.client.get("/login"))
    assert (name, flags) == ("session", {"path=/", "httponly", "samesite=lax"})
    page = browser.get("/login")
    sent = browser.press(page, "login", "login", "/login", user="b1", password=mall.app.state.passwords["b1"])
    _, after, _ = cookie(sent)
    assert after != before
    assert browser.get("/orders").status == 200
    thief = mall.browser()
    thief.client.cookies.set("session", before, domain="127.0.0.1")
    assert thief.get("/orders").status == 303
    thief.client.cookies.set("session", after, domain="127.0.0.1")
    assert thief.get("/orders").status == 200
    assert browser.press(browser.get("/"), "/logout", "logout", "/logout").to == "/"
    assert (browser.get("/orders").status, thief.get("/orders").status) == (303, 303)


def test_the_tables_hold_neither_password_nor_cookie(mall):
    """Who reads them can sign in as nobody."""
    browser = mall.browser("b1")
    secrets = [*mall.app.state.passwords.values(), browser.client.cookies["session"]]
    with mall.state.database.reading() as connection:
        rows = [
            str(tuple(row))
            for table in ("shop_users", "shop_sessions")
            for row in connection.exec_driver_sql(f"SELECT * FROM {table}")  # noqa: S608 - names of ours
        ]
    assert len(rows) == 6
    assert not [each for each in secrets if any(each in row for row in rows)]


def test_one_is_signed_out_after_half_a_day(mall):
    """By the clock of the shop."""
    browser = mall.browser("b1")
    mall.clock.on(hours=12, microseconds=-1)
    assert browser.get("/orders").status == 200
    mall.clock.on(microseconds=1)
    assert browser.get("/orders").status == 303


def test_signing_in_leads_nowhere_else(mall):
    """Only to a path of this shop."""
    password = mall.app.state.passwords["b1"]
    for back in ("//evil.example", "/\\evil.example", "https://evil.example", "javascript:1", "/\n/x"):
        browser = mall.browser()
        sent = browser.press(browser.get("/login"), "login", "login", "/login", user="b1", password=password, next=back)
        assert (sent.status, sent.to) == (303, "/"), back


def test_a_wrong_sign_in_is_told_without_saying_what_was_wrong(mall):
    """One text for all of them."""
    browser = mall.browser()
    for user, password in (("b1", "x"), ("nobody", "x"), ("", ""), ("b1" * 99, "x"), ("b1", "x" * 999)):
        sent = browser.press(browser.get("/login"), "login", "login", "/login", user=user, password=password)
        assert (sent.status, sent.of("error")) == (422, "User name or password are wrong."), user


# ------------------------------------------------------------------ forms


def test_no_form_is_read_without_its_token(b1):
    """Whatever else it says."""
    for path in POSTS:
        for token in ([], [("csrf", "")], [("csrf", "0" * 64)], [("csrf", "é")]):
            assert b1.post(path, [("quantity", "1"), *token]).status == 403, (path, token)


def test_a_token_is_of_one_session(mall, b1):
    """Another's does not do."""
    token = dict(mall.browser("b2").get("/").form("/language"))["csrf"]
    assert b1.post("/cart", [("csrf", token), ("sku", "mug-stone"), ("quantity", "1"), ("add", "1")]).status == 403


#: What browsers say of a page that is not ours.
ELSEWHERE = (
    {"origin": "https://evil.example"},
    {"origin": "null"},
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
)
#: What is no form: its kind, its body, and what is answered.
NO_FORMS = (
    ("application/json", b"{}", 415),
    ("application/x-www-form-urlencoded", b"a" * 70_000, 413),
    ("application/x-www-form-urlencoded", b"\xff=1", 400),
    ("application/x-www-form-urlencoded", b"%ff=1", 400),
    ("application/x-www-form-urlencoded", b"a=%00", 400),
    ("application/x-www-form-urlencoded", b"%00=1", 400),
    ("application/x-www-form-urlencoded", b"&".join(b"a=1" for _ in range(2000)), 400),
)


def test_a_form_of_another_site_is_refused_whatever_it_knows(b1):
    """Before its body is read."""
    token = dict(b1.get("/").form("/language"))["csrf"]
    kind, body = {"content-type": "application/x-www-form-urlencoded"}, f"csrf={token}&language=zh&back=/"
    for headers in ELSEWHERE:
        assert b1.client.post("/language", content=body, headers=kind | headers).status_code == 403, headers
    ours = kind | {"origin": "http://127.0.0.1:8000", "sec-fetch-site": "same-origin"}
    assert b1.client.post("/language", content=body, headers=ours).status_code == 303


def test_what_is_no_form_is_refused(b1):
    """Too large, not one, not text, too many fields."""
    for kind, body, status in NO_FORMS:
        assert b1.client.post("/cart", content=body, headers={"content-type": kind}).status_code == status


def test_no_path_has_a_nul(b1):
    """Some databases refuse it in any text."""
    for path in ("/orders/%00", "/checkout?address=%00", "/orders?after=a%00", "/login?next=%00"):
        answer = b1.client.get(path)
        assert (answer.status_code, answer.headers["x-frame-options"]) == (400, "DENY"), path


# ------------------------------------------------------------------ not too often


def test_a_password_is_guessed_ten_times_a_minute(mall):
    """Of one name, right or wrong; the answer says how long to wait."""
    browser = mall.browser()
    answers = [
        browser.press(browser.get("/login"), "login", "login", "/login", user="b1", password=f"guess {n}")
        for n in range(11)
    ]
    assert [each.status for each in answers] == [422] * 10 + [429]
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
    assert browser.press(browser.get("/login"), "login", "login", "/login", user="b2", password="").status == 422


def test_nobody_is_locked_out_from_elsewhere(mall):
    """Who guesses a name, or so often that all of it is refused, keeps no other address from signing in."""
    browser, there = mall.browser(), mall.browser()
    there.client = TestClient(mall.app, "http://127.0.0.1:8000", follow_redirects=False, client=("10.0.0.9", 5))
    page, wrong = browser.get("/login"), "no"
    for user in ("b1", "tea", "b2", "mall", "nobody"):
        for _ in range(15):
            browser.press(page, "login", "login", "/login", user=user, password=wrong)
    for user in ("b1", "tea"):
        password = mall.app.state.passwords[user]
        assert there.press(there.get("/login"), "login", "login", "/login", user=user, password=password).status == 303


def test_pages_that_keep_a_quote_are_counted(mall, b1):
    """Of the checkout, for each customer."""
    mall.app.state.limits = Once()
    assert [b1.get("/checkout").status for _ in range(2)] == [200, 429]


class Once:
    """Limits that let each through once."""

    def __init__(self):
        self.seen = set()

    def count(self, _limit, *who):
        """429 the second time."""
        if who in self.seen:
            raise HTTPException(429)
        self.seen.add(who)


def test_orders_and_recognised_texts_are_counted_for_each_customer(mall, b1):
    """One customer's are not another's."""
    b2 = mall.browser("b2")
    token = [("csrf", dict(b2.get("/").form("/language"))["csrf"])]
    found = [b2.post("/checkout", [*token, ("submit", "1"), ("key", "x")]).status for _ in range(21)]
    assert (found[:20].count(429), found[20]) == (0, 429)
    assert b2.post("/checkout", [*token, ("update", "1")]).status == 200
    found = [b2.post("/addresses", [*token, ("recognise", "1")]).status for _ in range(31)]
    assert found == [422] * 30 + [429]
    token = [("csrf", dict(b1.get("/").form("/language"))["csrf"])]
    assert b1.post("/addresses", [*token, ("recognise", "1")]).status == 422


# ------------------------------------------------------------------ who is served


def test_a_second_start_on_a_taken_port_changes_nothing(mall):
    """Whoever is signed in to the first stays so, and its passwords hold."""
    from shop.serving import serve
    from shop.settings import Settings

    browser, password = mall.browser("b1"), mall.app.state.passwords["b1"]
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):
        serve(Settings(port=taken.getsockname()[1], database=mall.state.settings.database))
    assert browser.get("/orders").status == 200
    assert mall.app.state.users.sign_in("b1", password)


@pytest.mark.parametrize(
    ("host", "secret", "told"),
    [
        ("0.0.0.0", None, "HOST=0.0.0.0: others than this machine"),  # noqa: S104 - refused
        ("shop.example", None, "Set SECRET"),
        ("shop.example", "short", "SECRET: 5 characters; at least 32"),
        ("127.0.0.1", "short", "SECRET: 5 characters; at least 32"),
    ],
)
def test_the_demonstration_is_not_served_to_strangers(tmp_path, host, secret, told):
    """With another host, or a secret that can be guessed, it does not start, and says what to set."""
    from shop.app import create_app
    from shop.settings import Settings

    with pytest.raises(ValueError, match=re.escape(told)):
        create_app(Settings(host=host, database=f"sqlite:///{tmp_path}/shop.db", secret=secret))
    assert not list(tmp_path.iterdir())


def test_elsewhere_there_are_no_demo_users_and_nothing_pays(filled, tmp_path):
    """Of a database that had them too; the cookie goes over TLS alone."""
    from shop.app import create_app
    from shop.settings import Settings

    shutil.copy(filled, tmp_path / "shop.db")
    app = create_app(Settings(host="0.0.0.0", database=f"sqlite:///{tmp_path}/shop.db", secret="s" * 32))  # noqa: S104
    assert app.state.passwords == {}
    with app.state.shop.database.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM shop_users").scalar() == 0
    client = TestClient(app, "https://shop.example", follow_redirects=False)
    answer = client.get("/login")
    name, _, flags = cookie(answer)
    assert (name, "secure" in flags) == ("__Host-session", True)
    assert "The names of the demonstration" not in answer.text
    assert answer.headers["strict-transport-security"]
    token = re.search(r'name="csrf" value="([^"]+)"', answer.text)[1]
    assert client.post("/orders/SO1/pay", data={"csrf": token, "pay": "succeeded"}).status_code == 404
    assert client.post("/pay/notify", content=b"{}").status_code == 404
    app.state.shop.store.close()


def test_on_loopback_no_other_name_leads_here(b1):
    """A page that had its own name point to this machine reads nothing."""
    for host in ("evil.example", "evil.example:8000", "127.0.0.1.evil.example", "", "[::2]", "[", "127.0.0.1:x"):
        assert b1.client.get("/orders", headers={"host": host}).status_code == 400, host
    assert b1.client.get("/healthz", headers={"host": "localhost:8000"}).status_code == 200


def test_sessions_that_ran_out_are_dropped(mall):
    """When the next one begins."""
    mall.browser("b1")
    mall.clock.on(hours=13)
    mall.browser("b2")
    with mall.state.database.reading() as connection:
        rows = connection.exec_driver_sql('SELECT "user" FROM shop_sessions').all()
    assert [row[0] for row in rows] == ["b2"]
