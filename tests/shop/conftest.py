"""A mall of its own for each test, and a browser without script that sends its forms as a page has them."""

import importlib.util
import re
import shutil
import socket
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from urllib.parse import urlencode

import pytest

#: Its packages are in an environment of their own: `make shop-test` runs these, `make test` says that it left them out.
_THERE = all(importlib.util.find_spec(name) for name in ("argon2", "fastapi", "sqlalchemy"))
collect_ignore_glob = [] if _THERE else ["test_*.py"]


class Clock:
    """What time it is in a test."""

    def __init__(self):
        self.now = datetime(2026, 11, 11, 2, 0, tzinfo=UTC)

    def __call__(self):
        """It is now."""
        return self.now

    def on(self, **time):
        """So much later."""
        self.now += timedelta(**time)


class Forms(HTMLParser):
    """The forms of a page, each as the pairs that a browser would send without pressing any button of it."""

    def __init__(self, html):
        super().__init__()
        self.forms, self.buttons, self._form, self._select, self._area = {}, {}, None, None, None
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        """A field, with what it holds."""
        told = dict(attrs)
        if tag == "form":
            self._form = told.get("id") or f"{told['action']}#{len(self.forms)}"
            self.forms[self._form], self.buttons[self._form] = [], []
        elif self._form is None:
            return
        elif tag == "input":
            if told.get("type") not in ("radio", "checkbox") or "checked" in told:
                self.forms[self._form].append((told["name"], told.get("value", "on")))
        elif tag == "button":
            self.buttons[self._form].append((told.get("name"), told.get("value", "")))
        elif tag == "select":
            self._select = told["name"], None
        elif tag == "option" and self._select and (self._select[1] is None or "selected" in told):
            self._select = self._select[0], told.get("value", "")
        elif tag == "textarea":
            self._area = told["name"]
            self.forms[self._form].append((self._area, ""))

    def handle_data(self, data):
        """What stands in a text area."""
        if self._area:
            self.forms[self._form][-1] = self._area, data

    def handle_endtag(self, tag):
        """The end of a form, of a choice, of an area."""
        if tag == "form":
            self._form = None
        elif tag == "select":
            self.forms[self._form].append(self._select)
            self._select = None
        elif tag == "textarea":
            self._area = None


class Page:
    """An answer: what a test looks for in it."""

    def __init__(self, answer):
        self.status, self.html, self.to = answer.status_code, answer.text, answer.headers.get("location", "")
        self.headers = answer.headers

    def of(self, id):
        """The text of the element of an id; None where there is none."""
        found = re.search(rf'<(\w+)[^>]*\bid="{re.escape(id)}"[^>]*>(.*?)</\1>', self.html, re.DOTALL)
        return None if found is None else re.sub(r"<[^>]+>|\s+", " ", found[2]).strip()

    def form(self, id):
        """What the form of an id, or of an action, would send."""
        forms = Forms(self.html).forms
        return list(next(pairs for name, pairs in forms.items() if name == id or name.startswith(f"{id}#")))

    @property
    def wrong(self):
        """Fields that are told to be wrong, with what is told."""
        return dict(re.findall(r'class="wrong" id="wrong-([^"]+)">(.*?)<', self.html, re.DOTALL))


class Browser:
    """Somebody's browser: cookies, no script."""

    def __init__(self, client):
        self.client = client

    def get(self, path):
        """A page."""
        return Page(self.client.get(path))

    def post(self, path, pairs):
        """What these fields come to, as a form sends them."""
        kind = {"content-type": "application/x-www-form-urlencoded"}
        return Page(self.client.post(path, content=urlencode(pairs), headers=kind))

    def press(self, page, form, button, path, value="1", **changes):
        """Send a form of a page with a button of it; changes replace fields, None takes one out."""
        changes = {name.replace("__", "-"): told for name, told in changes.items()}
        pairs = [(name, told) for name, told in page.form(form) if name not in changes]
        pairs += [(name, told) for name, told in changes.items() if told is not None]
        return self.post(path, [*pairs, (button, value)])

    def checkout(self, button="submit", value="1", page=None, at="/checkout", **changes):
        """The checkout as it is shown, with changes, sent by a button."""
        return self.press(page or self.get(at), "checkout", button, "/checkout", value, **changes)

    def buy(self, **changes):
        """An order of the cart; its number."""
        sent = self.checkout(**changes)
        assert sent.status == 303, sent.html
        return sent.to.removeprefix("/orders/")

    def pay(self, order, way="succeeded"):
        """Have the sandbox do something for an order."""
        page = self.get(f"/orders/{order}")
        return self.press(page, f"/orders/{order}/pay", "pay", f"/orders/{order}/pay", way)


class Mall:
    """An app with its clock, and who may sign in to it. Its passwords are drawn as always, and cheap to verify."""

    def __init__(self, database, clock, port=8000):
        from argon2 import PasswordHasher
        from shop import users
        from shop.app import create_app
        from shop.settings import Settings

        users._HASHER = PasswordHasher(1, 8, 1)
        users._NOBODY = users._HASHER.hash("nobody")
        self.clock = clock
        self.app = create_app(Settings(port=port, database=f"sqlite:///{database}", secret="s" * 64), clock)
        self.state = self.app.state.shop

    def browser(self, user=None, language="en"):
        """A browser in which somebody signed in, or nobody."""
        from fastapi.testclient import TestClient

        client = TestClient(
            self.app, "http://127.0.0.1:8000", follow_redirects=False, headers={"accept-language": language}
        )
        made = Browser(client)
        if user is not None:
            page = made.get("/login")
            password = self.app.state.passwords[user]
            sent = made.press(page, "login", "login", "/login", user=user, password=password)
            assert sent.status == 303, sent.html
        return made


@pytest.fixture(scope="session")
def filled(tmp_path_factory):
    """A database with the demo mall in it, which each test copies."""
    path = tmp_path_factory.mktemp("shop") / "filled.db"
    mall = Mall(path, Clock())
    mall.state.store.close()  # the last connection brings the log into the file
    return path


@contextmanager
def _opened(filled, folder, **more):
    shutil.copy(filled, folder / "shop.db")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("settlement.ext.store.Store.migrate", lambda _store: None)  # it was, before it was copied
        made = Mall(folder / "shop.db", Clock(), **more)
    yield made
    made.state.store.close()


@pytest.fixture
def answering(filled, tmp_path):
    """A mall at an address of this machine; programs call it more often than people would."""
    import uvicorn
    from limits import parse

    with (
        socket.create_server(("127.0.0.1", 0)) as listening,
        pytest.MonkeyPatch.context() as patch,
        _opened(filled, tmp_path, port=listening.getsockname()[1]) as made,
    ):
        patch.setattr("shop.security._AGENT", parse("100000 per minute"))
        server = uvicorn.Server(uvicorn.Config(made.app, log_level="warning", lifespan="off"))
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        yield made
        server.should_exit = True
        thread.join(20)


@pytest.fixture
def mall(filled, tmp_path):
    """A mall of this test's own."""
    with _opened(filled, tmp_path) as made:
        yield made


@pytest.fixture(scope="module")
def quiet(filled, tmp_path_factory):
    """A mall for the tests of a module in which nothing happens."""
    with _opened(filled, tmp_path_factory.mktemp("quiet")) as made:
        yield made


@pytest.fixture
def b1(mall):
    """The browser of the buyer `b1`, whose cart is full."""
    return mall.browser("b1")
