"""Quotes that are kept: of each customer his own, until they expire, and a short seal of one stands for all of it."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from samples import a_checkout, a_line, a_rulebook, problems, settled
from seals import KEYS
from settlement import Checkout, Rulebook
from settlement.audit.confirm import confirm
from settlement.audit.record import record
from settlement.audit.seal import open_quote, seal_quote
from settlement.errors import CryptoRefused, IdempotencyConflict, InvariantBroken, SealRefused
from settlement.ext.crypto import MasterKeys, Secret
from settlement.ext.store import NotFound, Store, Worker
from settlement.ext.store.tables import kept_quotes
from stored import ADDRESS, BUYER, NOW, OTHER, STAFF, Clock, a_store, counts, opened, plain, run

pytestmark = pytest.mark.store

QUARTER = timedelta(minutes=15)
MASTERS = MasterKeys(Secret("k", b"k" * 32))
SAID = {"address": ADDRESS, "remark": "放门口", "order": "SO1001"}


def test_a_quote_is_read_as_it_was_kept(store):
    """Record, personal part, the order of lines and the order's name."""
    shown = plain(**SAID)
    store.keep_quote(BUYER, "Q-1", shown, QUARTER)
    assert store.quote(BUYER, "Q-1") == shown
    assert store.quote(BUYER, "Q-1").personal["/request/checkout/address/phone"] == ADDRESS["phone"]
    assert store.quote(BUYER, "Q-1").order_name == "SO1001"


def test_an_id_is_a_customers_own(store):
    """Two customers may use one id; nobody reads the other's, nor keeps the other's record."""
    store.keep_quote(BUYER, "Q-1", plain(), QUARTER)
    with pytest.raises(NotFound):
        store.quote(OTHER, "Q-1")
    store.keep_quote(OTHER, "Q-1", plain("u2"), QUARTER)
    assert store.quote(BUYER, "Q-1") == plain()
    assert store.quote(OTHER, "Q-1") == plain("u2")
    with pytest.raises(NotFound):
        store.keep_quote(OTHER, "Q-2", plain(), QUARTER)
    store.keep_quote(OTHER, "Q-2", record(settled(a_checkout(a_line()))), QUARTER)


def test_a_customer_has_so_many_open_and_no_more(url):
    """Those that expire first are dropped, of himself alone; one that is kept again is not one more."""
    clock = Clock()
    store = a_store(url, clock)
    for at in range(3):
        store.keep_quote(OTHER, f"Q-{at}", plain("u2"), QUARTER)
    for at in range(5):
        clock.now += timedelta(seconds=1)
        store.keep_quote(BUYER, f"Q-{at}", plain(), QUARTER, most=3)
    store.keep_quote(BUYER, "Q-4", plain(), QUARTER, most=3)
    found = [at for at in range(5) if not missing(store, BUYER, f"Q-{at}")]
    assert found == [2, 3, 4]
    assert not any(missing(store, OTHER, f"Q-{at}") for at in range(3))
    store.keep_quote(BUYER, "Q-5", plain(), timedelta(seconds=1), most=3)  # the one that was just kept stays
    assert not missing(store, BUYER, "Q-5")
    assert problems(lambda: store.keep_quote(BUYER, "Q-6", plain(), QUARTER, most=0)) == [("most", "integer.range")]
    store.close()


def missing(store, actor, id):
    """Whether this quote is not there."""
    try:
        store.quote(actor, id)
    except NotFound:
        return True
    return False


def test_an_expired_quote_is_not_found_and_goes_when_the_next_is_kept(url):
    """To the microsecond; whoever keeps the next one."""
    clock = Clock()
    store = a_store(url, clock)
    store.keep_quote(BUYER, "Q-1", plain(), NOW + QUARTER)
    store.keep_quote(BUYER, "Q-2", plain(), QUARTER + QUARTER)
    clock.now = NOW + QUARTER - timedelta(microseconds=1)
    assert store.quote(BUYER, "Q-1")
    clock.now = NOW + QUARTER
    with pytest.raises(NotFound):
        store.quote(BUYER, "Q-1")
    assert counts(url)["kept_quotes"] == 2
    store.keep_quote(OTHER, "Q-1", plain("u2"), QUARTER)
    assert counts(url)["kept_quotes"] == 2
    assert store.quote(BUYER, "Q-2")
    store.keep_quote(BUYER, "Q-1", plain(remark="another"), QUARTER)
    assert store.quote(BUYER, "Q-1").personal
    store.close()


def test_a_worker_drops_what_has_expired(url):
    """Though nobody keeps another one: what is personal stays no longer than it holds."""
    clock = Clock()
    store = a_store(url, clock)
    store.keep_quote(BUYER, "Q-1", plain(), QUARTER)
    store.keep_quote(BUYER, "Q-2", plain(), 2 * QUARTER)
    clock.now = NOW + QUARTER
    assert list(Worker(store).once()) == []
    assert counts(url)["kept_quotes"] == 1
    assert store.quote(BUYER, "Q-2")
    clock.now += QUARTER
    assert store.drop_quotes() == 1
    assert counts(url)["kept_quotes"] == 0
    store.close()


def test_the_same_again_moves_the_expiry_and_another_is_refused(url):
    """Also one that differs in what is personal alone, which no digest says."""
    clock = Clock()
    store = a_store(url, clock)
    store.keep_quote(BUYER, "Q-1", plain(**SAID), QUARTER)
    store.keep_quote(BUYER, "Q-1", plain(**SAID), 2 * QUARTER)
    for other in (plain(), plain(**SAID | {"remark": "放楼下"})):
        with pytest.raises(IdempotencyConflict):
            store.keep_quote(BUYER, "Q-1", other, QUARTER)
    clock.now = NOW + QUARTER
    assert store.quote(BUYER, "Q-1") == plain(**SAID)
    store.close()


@pytest.mark.parametrize(
    ("expires", "code"),
    [(NOW, "window.empty"), ("2026-11-11T00:00:00", "time.naive"), (timedelta(0), "window.empty")],
    ids=str,
)
def test_an_expiry_is_an_instant_after_now(store, expires, code):
    """And an id is one."""
    assert problems(lambda: store.keep_quote(BUYER, "Q-1", plain(), expires)) == [("expires", code)]
    assert problems(lambda: store.keep_quote(BUYER, "", plain(), QUARTER))[0][0] == "id"
    with pytest.raises(TypeError, match="id: found"):
        store.keep_quote(BUYER, None, plain(), QUARTER)


def test_two_who_keep_one_id_at_once_keep_it_once(store, url):
    """Eight threads with the same record: one row, and no error; with another each: one stands."""
    barrier, refused = threading.Barrier(8), []

    def keep(at):
        barrier.wait()
        store.keep_quote(BUYER, "same", plain(), QUARTER)
        try:
            store.keep_quote(BUYER, "other", plain(remark=f"{at}"), QUARTER)
        except IdempotencyConflict as error:
            refused.append(error)

    crowd = [threading.Thread(target=keep, args=(at,)) for at in range(8)]
    for each in crowd:
        each.start()
    for each in crowd:
        each.join()
    assert (counts(url)["kept_quotes"], len(refused)) == (2, 7)


def test_what_was_changed_in_the_tables_is_no_record(store, url):
    """A quote is what it was when it was sealed, or nothing."""
    store.keep_quote(BUYER, "Q-1", plain(), QUARTER)
    run(url, "UPDATE kept_quotes SET body = REPLACE(body, '100.00', '1.00')")
    with pytest.raises(InvariantBroken, match="the kept record of quote Q-1"):
        store.quote(BUYER, "Q-1")


# ------------------------------------------------------------------ persons


def test_with_keys_nothing_personal_can_be_read(url):
    """Not a word of it in the row; without the keys the quote does not open; moved to another id neither."""
    store = a_store(url, keys=MASTERS)
    for name in ("Q-1", "Q-2"):
        store.keep_quote(BUYER, name, plain(**SAID), QUARTER)
    assert store.quote(BUYER, "Q-1") == plain(**SAID)
    with opened(url) as connection:
        rows = connection.execute(kept_quotes.select().order_by(kept_quotes.c.id)).all()
        connection.execute(kept_quotes.update().where(kept_quotes.c.id == "Q-2").values(sealed=rows[0].sealed))
    assert not any(word in str(tuple(row)) for row in rows for word in ("张三", "13800138000", "科技路", "放门口"))
    with pytest.raises(CryptoRefused, match=r"crypto\.refused"):
        store.quote(BUYER, "Q-2")
    store.close()
    other = Store(url, clock=Clock())
    with pytest.raises(CryptoRefused, match=r"crypto\.key_unknown"):
        other.quote(BUYER, "Q-1")
    other.close()


@pytest.mark.parametrize("keys", [None, MASTERS], ids=["readable", "sealed"])
def test_erasing_a_customer_drops_his_quotes(url, keys):
    """And nobody else's."""
    store = a_store(url, keys=keys)
    store.keep_quote(BUYER, "Q-1", plain(**SAID), QUARTER)
    store.keep_quote(OTHER, "Q-1", plain("u2", **SAID), QUARTER)
    store.erase(STAFF, "u1")
    with pytest.raises(NotFound):
        store.quote(BUYER, "Q-1")
    assert store.quote(OTHER, "Q-1") == plain("u2", **SAID)
    store.close()


# ------------------------------------------------------------------ to an order


def test_a_short_seal_and_a_kept_quote_place_an_order(store):
    """As a full seal does: what was shown is opened, settled anew, and placed once."""
    shown, until = plain(**SAID), NOW + QUARTER
    store.keep_quote(BUYER, "Q-1", shown, until)
    token = seal_quote("Q-1", shown, KEYS, issued=NOW, expires=until, audience="shop")
    found = open_quote(token, KEYS, now=NOW, audience="shop", customer="u1")
    kept = store.quote(BUYER, found.id)
    sure = confirm(token, *kept.request(), KEYS, now=NOW, audience="shop", quote=kept)
    order = store.place(BUYER, sure, order="SO1001", key="k1")
    assert order == store.place(BUYER, sure, order="SO1001", key="k1")
    assert (order.quoted, order.address.phone) == (shown.digest, ADDRESS["phone"])
    other = store.place(OTHER, plain("u2"), order="SO1002").record
    with pytest.raises(SealRefused, match=r"seal\.customer"):
        confirm(token, *other.request(), KEYS, now=NOW, audience="shop", quote=kept)
    lines = [a_line("a", "31.00", sku="cup", quantity=2), a_line("b", "40.00", shop="s2", sku="pot")]
    dearer = Checkout(**a_checkout(*lines, customer={"id": "u1"}, **SAID))
    sure = confirm(token, dearer, Rulebook(**a_rulebook()), KEYS, now=NOW, audience="shop", quote=kept)
    assert not sure
    assert [each.before for each in sure.diff.effects if each.key == ("payable",) or each.field == "payable"]
