"""Encryption at rest: with keys nothing personal can be read anywhere, and a person is erased without the books."""

from __future__ import annotations

import base64
import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from placed import changed, noted
from samples import a_checkout, a_line, a_rulebook, problems, settled
from settlement import Address, Checkout, Rulebook
from settlement.after_pay.edits import edit_order
from settlement.after_pay.payments import PaymentDemand
from settlement.audit.record import record
from settlement.audit.replay import replay
from settlement.commands.cli import main
from settlement.errors import CryptoRefused, IdempotencyConflict, InvalidDocument, UnknownAddress
from settlement.ext.crypto import MasterKeys, Secret
from settlement.ext.store import NotFound, Store, rotating, tables
from settlement.ext.store.tables import TABLES
from settlement.orders import Actor
from stored import ADDRESS, BUYER, NOTIFY, NOW, OTHER, STAFF, a_quote, a_store, counts, notice, opened, plain, run

pytestmark = pytest.mark.store

OLD, NEW = Secret("old", b"o" * 32), Secret("new", b"n" * 32)
MASTERS = MasterKeys(NEW, OLD)
#: All that a person is told to be known by.
SAID = {
    "address": ADDRESS,
    "remark": "放门口",
    "invoice": {"title": "上海示例有限公司", "type": "company", "tax_number": "91310000MA1FL0000X"},
    "by_shop": [{"shop": "s1", "remark": "少糖"}],
}
TOLD = ["13800138000", "张三", "科技路", "放门口", "上海示例", "91310000MA1FL0000X", "少糖", "by the cellar"]


@pytest.fixture
def sealed(url):
    """A store that encrypts."""
    made = a_store(url, keys=MASTERS)
    yield made
    made.close()


def lived(store):
    """An order with all that a person may say, paid, noted, changed and partly refunded; and an address book."""
    order = store.place(BUYER, plain(**SAID), order="SO1001")
    store.tell(NOTIFY, notice(order))
    store.tell(STAFF, noted("by the cellar"), order="SO1001")
    told = {name: SAID[name] for name in ("address", "remark", "invoice", "by_shop")}
    lines = [a_line("a", "30.00", sku="cup", quantity=3), a_line("b", "40.00", shop="s2", sku="pot")]
    wanted = Checkout(**a_checkout(*lines, customer={"id": "u1"}, **told) | {"at": "2026-11-12T00:00:00+08:00"})
    edit = edit_order(order.settlement, wanted, Rulebook(**a_rulebook()))
    demand = PaymentDemand(order="SO1001-2", amount=edit.collect)
    store.tell(STAFF, changed(edit, demand=demand), order="SO1001")
    store.give_back(STAFF, "SO1001", a_quote(order))
    store.keep_address(BUYER, "u1", "home", Address(**ADDRESS))
    return order


def dump(url):
    """Table -> all that stands in it."""
    with opened(url) as connection:
        return {
            name: " ".join(str(tuple(row)) for row in connection.execute(table.select()))
            for name, table in TABLES.tables.items()
        }


def test_what_is_personal_can_be_read_nowhere(sealed, url):
    """Not a word of it in the whole database, and all of it through the store."""
    order = lived(sealed)
    whole = " ".join(dump(url).values())
    assert [each for each in TOLD if each in whole] == []
    state = sealed.order(BUYER, "SO1001")
    assert state.order == order
    assert (state.order.address.phone, state.order.remark) == ("13800138000", "放门口")
    assert state.events[1].note == "by the cellar"
    assert state.events[2].edit.settled.remark == "放门口"
    assert sealed.addresses(BUYER, "u1").default.address == Address(**ADDRESS)
    assert sealed.check_log(STAFF, "SO1001")


def test_without_keys_it_stands_in_two_tables(store, url):
    """What of an order, or an event, and of an address book; in no other."""
    lived(store)
    found = {name: [each for each in TOLD if each in text] for name, text in dump(url).items()}
    assert {name for name, words in found.items() if words} == {"records", "addresses"}
    assert found["records"] == TOLD


def test_names_of_goods_stay_readable(sealed, url):
    """They are no person's."""
    line = a_line("a", "30.00") | {"name": "茶壶"}
    sealed.place(BUYER, record(settled(a_checkout(line, customer={"id": "u1"}, **SAID))), order="SO1001")
    assert "茶壶" in dump(url)["records"]


def code(call):
    """Of a refusal."""
    with pytest.raises(CryptoRefused) as caught:
        call()
    return caught.value.code


def test_a_store_without_the_keys_neither_reads_nor_writes(sealed, url):
    """It tells no missing person where there is one, and writes nothing that others keep secret."""
    lived(sealed)
    for keys in (None, MasterKeys(Secret("other", b"x" * 32))):
        other = Store(url, keys, clock=lambda: NOW)
        assert code(lambda s=other: s.order(BUYER, "SO1001")) == "crypto.key_unknown"
        assert code(lambda s=other: s.place(BUYER, plain(**SAID), order="SO1002")) == "crypto.key_unknown"
        assert code(lambda s=other: s.orders(STAFF, phone="13800138000")) == "crypto.key_unknown"
        assert [row.id for row in other.orders(STAFF).rows] == ["SO1001"]
        other.close()
    assert counts(url)["orders"] == 1


def test_what_is_moved_elsewhere_does_not_open(sealed, url):
    """To another order of the same customer, or another address of his: the key is right, the place is not."""
    for name in ("SO1001", "SO1002"):
        sealed.place(BUYER, plain(**SAID), order=name)
    for name in ("home", "work"):
        sealed.keep_address(BUYER, "u1", name, Address(**ADDRESS), twice=True)
    for table, column, one, other in (("records", "order_id", "SO1001", "SO1002"), ("addresses", "id", "home", "work")):
        with opened(url) as connection:
            rows = TABLES.tables[table]
            kept = connection.execute(rows.select().where(rows.c[column] == one)).one()
            connection.execute(rows.update().where(rows.c[column] == other).values(sealed=kept.sealed))
    assert code(lambda: sealed.order(BUYER, "SO1002")) == "crypto.refused"
    assert code(lambda: sealed.addresses(BUYER, "u1")) == "crypto.refused"


def test_a_customer_has_one_key_and_a_guest_one_for_each_order(sealed, url):
    """Beside the one that phones are hashed with."""
    for name in ("SO1001", "SO1002"):
        sealed.place(BUYER, plain(**SAID), order=name)
    sealed.place(OTHER, plain("u2", **SAID), order="SO1003")
    for name in ("SO1004", "SO1005"):
        sealed.place(STAFF, guests(), order=name)
    assert counts(url)["keys"] == 1 + 2 + 2


def guests(**more):
    """A record that names no customer."""
    return record(settled(a_checkout(a_line("a", "30.00"), **SAID | more)))


def test_many_at_once_make_one_key(sealed, url):
    """Eight first orders of one customer: the second to make a key finds it made."""
    barrier = threading.Barrier(8)

    def place(at):
        barrier.wait()
        sealed.place(BUYER, plain(**SAID), order=f"SO100{at}")

    crowd = [threading.Thread(target=place, args=(at,)) for at in range(8)]
    for each in crowd:
        each.start()
    for each in crowd:
        each.join()
    assert (counts(url)["orders"], counts(url)["keys"]) == (8, 2)
    assert sealed.order(BUYER, "SO1007").order.remark == "放门口"


# ------------------------------------------------------------------ erasing


@pytest.mark.parametrize("keys", [None, MASTERS], ids=["readable", "sealed"])
def test_erasing_a_customer_erases_the_person_and_nothing_else(url, keys):
    """No word of him is left; the order, its goods, sums, replay, refunds and log are what they were."""
    store = a_store(url, keys=keys)
    order = lived(store)
    store.place(OTHER, plain("u2", **SAID), order="SO1002")
    before, end = store.order(STAFF, "SO1001"), store.check_log(STAFF, "SO1001")
    store.erase(STAFF, "u1")
    store.erase(STAFF, "u1")
    after = store.order(STAFF, "SO1001")
    assert (after.order.address.name, after.order.remark, after.order.invoice) == (None, None, None)
    assert (after.order.address.region, after.events[1].note) == ("440305", "…")
    assert after.events[2].edit.settled.remark is None
    assert (after.order.settlement.digest, after.order.settlement.payable) == (
        order.settlement.digest,
        order.settlement.payable,
    )
    assert (after.status, after.paid, after.refund_due) == (before.status, before.paid, before.refund_due)
    assert replay(after.order.record).equal
    assert store.check_log(STAFF, "SO1001") == end
    assert len(store.addresses(BUYER, "u1")) == 0
    assert store.orders(STAFF, phone="13800138000").rows == store.orders(STAFF, customer="u2").rows
    assert store.order(OTHER, "SO1002").order.remark == "放门口"
    store.erase(STAFF, "u2")
    assert [each for each in TOLD if each in " ".join(dump(url).values())] == []
    store.close()


def test_what_an_erased_customers_key_sealed_opens_in_no_copy(sealed, url):
    """The rows of before, put back: the key is not there any more, and the order is read without the person."""
    sealed.place(BUYER, plain(**SAID), order="SO1001")
    with opened(url) as connection:
        row = connection.execute(TABLES.tables["records"].select()).one()._asdict()
    sealed.erase(STAFF, "u1")
    run(
        url,
        "UPDATE records SET sealed = :sealed, phone = :phone, erased = NULL",
        sealed=row["sealed"],
        phone=row["phone"],
    )
    with opened(url) as connection:
        connection.execute(TABLES.tables["records"].update().values(key=row["key"]))
    assert sealed.order(BUYER, "SO1001").order.remark is None


def test_whoever_was_erased_may_buy_again(sealed, url):
    """Under a new key; what went before stays erased."""
    sealed.place(BUYER, plain(**SAID), order="SO1001")
    sealed.erase(STAFF, "u1")
    sealed.place(BUYER, plain(**SAID), order="SO1002")
    assert sealed.order(BUYER, "SO1001").order.remark is None
    assert sealed.order(BUYER, "SO1002").order.remark == "放门口"
    assert counts(url)["keys"] == 3


def test_a_guest_is_erased_by_his_order(sealed):
    """Not by two names at once, nor by none."""
    for name in ("SO1001", "SO1002"):
        sealed.place(STAFF, guests(), order=name)
    sealed.erase(STAFF, order="SO1001")
    assert [sealed.order(STAFF, name).order.remark for name in ("SO1001", "SO1002")] == [None, "放门口"]
    for wrong in ({}, {"customer": "u1", "order": "SO1"}):
        with pytest.raises(TypeError, match="erase a customer"):
            sealed.erase(STAFF, **wrong)


def test_a_request_is_the_same_as_long_as_anybody_knows(sealed):
    """With another remark under the same key it is refused; once the person was erased nobody can tell."""
    order = sealed.place(BUYER, plain(**SAID), order="SO1001", key="k1")
    other = plain(**SAID | {"remark": "another"})
    with pytest.raises(IdempotencyConflict):
        sealed.place(BUYER, other, order="SO1001", key="k1")
    sealed.erase(STAFF, "u1")
    assert sealed.place(BUYER, other, order="SO1001", key="k1").id == order.id
    with pytest.raises(IdempotencyConflict):
        sealed.place(BUYER, guests(), order="SO1001", key="k1")


# ------------------------------------------------------------------ phones


@pytest.mark.parametrize("keys", [None, MASTERS], ids=["readable", "sealed"])
def test_orders_are_found_by_a_phone(url, keys):
    """However it is written; of customers and shops only their own."""
    store = a_store(url, keys=keys)
    for at, (customer, phone) in enumerate((("u1", "138 0013 8000"), ("u2", "+86 13800138000"), ("u1", "13800138001"))):
        store.place(STAFF, plain(customer, address=ADDRESS | {"phone": phone}), order=f"SO100{at}", customer=customer)
    asked = [(STAFF, "13800138000"), (STAFF, "0086-138-0013-8001"), (BUYER, "13800138000"), (STAFF, "x")]
    found = [sorted(row.id for row in store.orders(actor, phone=phone).rows) for actor, phone in asked]
    assert found == [["SO1000", "SO1001"], ["SO1002"], ["SO1000"], []]
    pages = [store.orders(STAFF, phone="13800138000", limit=1)]
    pages.append(store.orders(STAFF, phone="13800138000", limit=1, after=pages[0].after))
    assert sorted(row.id for page in pages for row in page.rows) == ["SO1000", "SO1001"]
    store.close()


# ------------------------------------------------------------------ rotation


def test_all_keys_are_wrapped_by_the_newest_and_a_stopped_run_goes_on(url, monkeypatch):
    """In steps that each stand; what was sealed stays as it is, and the old master key can go."""
    monkeypatch.setattr(rotating, "STEP", 2)
    store = a_store(url, keys=MasterKeys(OLD))
    for at in range(5):
        store.place(Actor.customer(f"u{at}"), plain(f"u{at}", **SAID), order=f"SO100{at}")
    store.erase(STAFF, "u4")
    store.close()
    store = Store(url, MASTERS, clock=lambda: NOW)
    whole, steps = rotating.rotation, iter([rotating.rotation])

    def stopped(*given):
        return next(steps)(*given)

    monkeypatch.setattr(rotating, "rotation", stopped)
    with pytest.raises(StopIteration):
        store.rotate()
    monkeypatch.setattr(rotating, "rotation", whole)
    assert store.rotate() in (3, 4)  # two keys, or one and the erased one, had been wrapped anew
    assert store.rotate() == 0
    store.close()
    store = Store(url, MasterKeys(NEW), clock=lambda: NOW)
    assert [store.order(STAFF, f"SO100{at}").order.remark for at in range(5)] == ["放门口"] * 4 + [None]
    store.close()
    lost = Store(url, MasterKeys(OLD), clock=lambda: NOW)
    assert code(lost.rotate) == "crypto.key_unknown"
    lost.close()


def test_all_that_a_key_sealed_is_sealed_anew_and_a_stopped_run_goes_on(url, monkeypatch):
    """Records, notes, addresses and quotes, each readable as before, and by no key that there was; phones too."""
    store = a_store(url, keys=MasterKeys(OLD))
    for at in range(3):
        who = Actor.customer(f"u{at}")
        store.place(who, plain(f"u{at}", **SAID), order=f"SO100{at}")
        store.tell(who, noted("ring twice"), order=f"SO100{at}")
        store.keep_address(who, f"u{at}", "home", Address(**ADDRESS))
        store.keep_quote(who, "Q-1", plain(f"u{at}", **SAID), timedelta(hours=1))
    store.place(STAFF, guests(), order="SO2000")
    store.erase(STAFF, "u2")

    def seen(store):
        orders = [store.order(STAFF, name) for name in ("SO1000", "SO1001", "SO1002", "SO2000")]
        found = [row.id for row in store.orders(STAFF, phone=ADDRESS["phone"]).rows]
        mine = [store.addresses(who, who.id) for who in (Actor.customer("u0"), Actor.customer("u1"))]
        return orders, found, mine, [store.quote(Actor.customer(f"u{at}"), "Q-1") for at in range(2)]

    before = seen(store)
    store.close()
    with opened(url) as connection:
        old = {
            row.id: row.wrapped
            for row in connection.execute(select(tables.keys))
            if row.wrapped and row.role != "phones"
        }
    store = Store(url, MASTERS, clock=lambda: NOW)
    whole, steps = rotating.reseal, iter([rotating.reseal] * 5)

    def stopped(*given):
        return next(steps)(*given)

    monkeypatch.setattr(rotating, "reseal", stopped)
    with pytest.raises(StopIteration):
        store.rotate(anew=True)
    assert seen(store) == before
    monkeypatch.setattr(rotating, "reseal", whole)
    assert store.rotate(anew=True) in (2, 3)  # one or two of three persons had been; and the key of phones
    assert store.rotate(anew=True) == 0
    store.close()
    store = Store(url, MasterKeys(NEW), clock=lambda: NOW)
    assert seen(store) == before
    store.check_log(STAFF, "SO1000")
    store.close()
    with opened(url) as connection:
        assert not old.keys() & set(connection.execute(select(tables.keys.c.id)).scalars())
        for table in (tables.records, tables.addresses, tables.kept_quotes):
            assert not old.keys() & set(connection.execute(select(table.c.key)).scalars())


def test_keys_that_were_wrapped_anew_before_the_leak_was_heard_of_are_replaced_too(url):
    """Wrapped by the newest they are what they were: each person has another, once."""
    store = a_store(url, keys=MasterKeys(OLD))
    store.place(BUYER, plain(**SAID), order="SO1001")
    store.close()
    store = Store(url, MASTERS, clock=lambda: NOW)
    store.rotate()
    with opened(url) as connection:
        before = set(connection.execute(select(tables.keys.c.id).where(tables.keys.c.role != "phones")).scalars())
    assert (store.rotate(anew=True), store.rotate(anew=True)) == (1, 0)
    with opened(url) as connection:
        assert before
        assert not before & set(connection.execute(select(tables.keys.c.id)).scalars())
    assert store.order(STAFF, "SO1001").order.remark == SAID["remark"]
    store.close()


def test_who_is_erased_while_keys_are_wrapped_stays_erased(server_url, monkeypatch):
    """His key was read, and is gone when it would be written."""
    store = a_store(server_url, keys=MasterKeys(OLD))
    store.place(BUYER, plain(**SAID), order="SO1001")
    store.close()
    store, whole = Store(server_url, MASTERS, clock=lambda: NOW), rotating.rotation

    def meanwhile(*given):
        store.erase(STAFF, "u1")
        return whole(*given)

    monkeypatch.setattr(rotating, "rotation", meanwhile)
    assert store.rotate() == 1  # that of phones
    assert store.order(STAFF, "SO1001").order.remark is None
    with opened(server_url) as connection:
        rows = connection.execute(TABLES.tables["keys"].select()).all()
    assert sorted(row.wrapped is None for row in rows) == [False, True]
    store.close()


# ------------------------------------------------------------------ address books


def test_an_address_book_is_kept_as_a_value(sealed):
    """Added, changed, used, dropped: each call gives the book that stands after it, as `AddressBook` makes it."""
    assert len(sealed.addresses(BUYER, "u1")) == 0
    sealed.keep_address(BUYER, "u1", "home", Address(**ADDRESS))
    work = Address(**ADDRESS | {"detail": "科技路2号", "tag": "work"})
    book = sealed.keep_address(BUYER, "u1", "work", work, default=True)
    assert (book.default_id, [entry.id for entry in book.entries]) == ("work", ["home", "work"])
    sealed.use_address(BUYER, "u1", "home")
    book = sealed.keep_address(BUYER, "u1", "home", Address(**ADDRESS | {"detail": "科技路3号"}))
    assert (book["home"].address.detail, book["home"].used) == ("科技路3号", 1)
    book = sealed.keep_address(BUYER, "u1", "home", book["home"].address, default=True)
    assert sealed.addresses(STAFF, "u1") == sealed.addresses(BUYER, "u1") == book
    assert problems(lambda: sealed.keep_address(BUYER, "u1", "again", work)) == [("", "address.duplicate")]
    book = sealed.drop_address(BUYER, "u1", "home")
    assert (book.default_id, len(book)) == ("work", 1)
    with pytest.raises(UnknownAddress):
        sealed.drop_address(BUYER, "u1", "home")
    assert sealed.addresses(BUYER, "u1") == book
    assert len(sealed.addresses(OTHER, "u2")) == 0
    with pytest.raises(NotFound):
        sealed.addresses(OTHER, "u1")
    with pytest.raises(InvalidDocument):
        sealed.keep_address(BUYER, "u1", "nowhere", Address(region="440305", phone="12"))


def test_two_changes_of_a_book_at_once_both_stand(sealed):
    """Eight addresses by eight threads."""
    barrier = threading.Barrier(8)

    def keep(at):
        barrier.wait()
        sealed.keep_address(BUYER, "u1", f"a{at}", Address(**ADDRESS | {"detail": f"科技路{at}号"}))

    crowd = [threading.Thread(target=keep, args=(at,)) for at in range(8)]
    for each in crowd:
        each.start()
    for each in crowd:
        each.join()
    assert sorted(entry.id for entry in sealed.addresses(BUYER, "u1").entries) == [f"a{at}" for at in range(8)]


# ------------------------------------------------------------------ the command


def test_the_command_rotates(sealed, url, monkeypatch, capsys):
    """By the keys of the environment; without them, with the wrong ones or without a database exit code 2 and why."""
    sealed.place(BUYER, plain(**SAID), order="SO1001")
    stated = ",".join(
        f"{name}:{base64.b64encode(byte * 32).decode()}" for name, byte in (("next", b"x"), ("new", b"n"))
    )
    monkeypatch.setenv("SETTLEMENT_KEYS", stated)
    for count in (2, 0):
        assert main(["rotate", url, "--json"]) == 0
        assert capsys.readouterr().out == f'{{"rotated": {count}}}\n'
    assert main(["rotate", url, "--format", "text", "--locale", "zh_CN"]) == 0
    assert capsys.readouterr().out == "已重新封装 0 个密钥。\n"
    other = f"other:{base64.b64encode(b'y' * 32).decode()}"
    for keys, where in ((stated.split(",")[1], url), (other, url), ("", url), (stated, "nonsense")):
        monkeypatch.setenv("SETTLEMENT_KEYS", keys)
        assert main(["rotate", where]) == 2
        said = capsys.readouterr().err
        assert said.startswith("settlement: ")
        assert stated.split(":")[1][:8] not in said
