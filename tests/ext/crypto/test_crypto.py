"""Encryption at rest: what is sealed opens in its place alone, and the rest of an order does without the person."""

from __future__ import annotations

import json
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placed import HEAD, an_order, changed
from samples import a_checkout, a_line, a_rulebook, settled
from settlement import Address, Rulebook, refund
from settlement.after_pay.edits import edit_order
from settlement.audit.record import Record, record
from settlement.audit.replay import replay
from settlement.cart.checkout import Checkout
from settlement.documents.marks import Mark, marked
from settlement.errors import CryptoRefused
from settlement.ext.crypto import (
    Context,
    MasterKeys,
    SealedRecord,
    Secret,
    WrappedKey,
    chance,
    new_key,
    open_address,
    open_event,
    open_order,
    open_record,
    open_value,
    phone_hash,
    reseal,
    rotation,
    seal_address,
    seal_event,
    seal_order,
    seal_record,
    seal_value,
    unwrap,
)
from settlement.orders import Closed, Noted, order_state

pytestmark = pytest.mark.gateways
TEAPOT = {"name": "茶壶", "info": {"spec": "50 g"}}
KEY, OTHER = Secret("a", b"a" * 32), Secret("b", b"b" * 32)
KEYS = {"a": KEY, "b": OTHER}
PLACE = Context("records", "SO1001", "/request/checkout/remark")
MASTERS = MasterKeys(Secret("new", b"n" * 32), Secret("old", b"o" * 32))
OLD = MasterKeys(Secret("old", b"o" * 32))
PERSON = {
    "address": {
        "region": "440305",
        "name": "张三",
        "phone": "13800138000",
        "extension": "801991",
        "detail": "科技路1号",
        "tag": "家",
    },
    "remark": "按门铃两次",
    "invoice": {
        "title": "上海示例有限公司",
        "type": "company",
        "tax_number": "91310000MA1FL0000X",
        "account": "6222020200112233",
    },
    "by_shop": [{"shop": "s2", "remark": "少糖"}],
}
TOLD = ("张三", "13800138000", "801991", "科技路", "门铃", "上海示例", "91310000MA1FL0000X", "6222020200112233", "少糖")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


def a_record():
    """Of two shops, with a person in every place, and names of goods."""
    lines = [
        a_line("a", "30.00", quantity=2) | TEAPOT,
        a_line("b", "40.00", shop="s2", sku="t"),
    ]
    return record(settled(a_checkout(*lines, **PERSON)))


def code(call):
    """Of a refusal, which has a text in both languages."""
    with pytest.raises(CryptoRefused) as caught:
        call()
    assert caught.value.text() != caught.value.text("zh_CN")
    assert "".join(TOLD) not in str(caught.value)
    return caught.value.code


# ---------------------------------------------------------------------- one value


@given(value=JSON)
def test_a_value_opens_as_it_was(value):
    """Whatever of JSON it is, in the place that it was sealed for."""
    assert open_value(seal_value(value, KEY, PLACE), KEYS, PLACE) == value


def test_each_sealing_has_a_fresh_nonce_of_96_bits(monkeypatch):
    """Drawn each time, 12 bytes, and standing before the ciphertext; the cipher is AES-256-GCM with the context."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    from settlement.ext.crypto import cipher

    drawn = []

    def fresh(count):
        drawn.append(count)
        return bytes([len(drawn)]) * count

    monkeypatch.setattr(cipher, "fresh", fresh)
    first, second = [KEY.encrypt(b"text", PLACE) for _ in range(2)]
    assert drawn == [12, 12]
    assert (first[:12], second[:12]) == (b"\x01" * 12, b"\x02" * 12)
    beside = b'["records","SO1001","/request/checkout/remark","a"]'
    assert AESGCM(b"a" * 32).decrypt(first[:12], first[12:], beside) == b"text"


def test_chance_does_not_repeat_itself():
    """A thousand draws, none twice."""
    assert len({chance.fresh(12) for _ in range(1000)}) == 1000


@pytest.mark.parametrize("wrong", ["table", "row", "field"])
def test_a_ciphertext_that_is_moved_elsewhere_does_not_open(wrong):
    """Another table, order or field, though the key is the right one."""
    assert (
        code(lambda: open_value(seal_value("x", KEY, PLACE), KEYS, PLACE._replace(**{wrong: "y"}))) == "crypto.refused"
    )


def test_contexts_are_never_written_alike():
    """Joined by a sign, `a/b` + `c` would be `a` + `b/c`."""
    sealed = seal_value("x", KEY, Context("t", "a/b", "c"))
    assert code(lambda: open_value(sealed, KEYS, Context("t", "a", "b/c"))) == "crypto.refused"
    assert code(lambda: open_value(sealed, KEYS, Context("t", 'a/b","c', "c"))) == "crypto.refused"


def test_another_keys_id_does_not_open():
    """The id is bound as well: the same bytes under another id are another key."""
    head, _, rest = seal_value("x", KEY, PLACE).split(".")
    moved = f"{head}.Yg.{rest}"
    assert code(lambda: open_value(moved, KEYS, PLACE)) == "crypto.refused"
    assert code(lambda: open_value(moved, {"b": Secret("b", b"a" * 32)}, PLACE)) == "crypto.refused"
    assert code(lambda: open_value(moved, {"a": KEY}, PLACE)) == "crypto.key_unknown"


@given(at=st.integers(0, 60), bit=st.integers(0, 7))
def test_one_bit_changed_does_not_open(at, bit):
    """Of the nonce, the text or the tag."""
    import base64

    head, name, rest = seal_value("some text of a person", KEY, PLACE).split(".")
    data = bytearray(base64.urlsafe_b64decode(rest + "=" * (-len(rest) % 4)))
    data[at % len(data)] ^= 1 << bit
    changed_ = f"{head}.{name}.{base64.urlsafe_b64encode(data).decode().rstrip('=')}"
    assert code(lambda: open_value(changed_, KEYS, PLACE)) == "crypto.refused"


@given(text=st.text(max_size=60) | st.from_regex(r"v1\.[A-Za-z0-9_-]{1,6}\.[A-Za-z0-9_-]{1,60}", fullmatch=True))
def test_whatever_was_not_sealed_here_is_refused_with_a_code(text):
    """Never another exception; nor is a number or null a text."""
    assert code(lambda: open_value(text, KEYS, PLACE)).startswith("crypto.")
    for given_ in (None, 1, b"v1.YQ.AA"):
        assert code(lambda given_=given_: open_value(given_, KEYS, PLACE)) == "crypto.malformed"


def test_a_sealed_text_has_one_spelling():
    """Bits at the end of base64 that stand for nothing are no second way to write it."""
    head, name, rest = seal_value("x", KEY, PLACE).split(".")  # 12 + 3 + 16 bytes: the last sign has 4 bits to spare
    last = rest[-1]
    signs = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    other = signs[signs.index(last) ^ 1]
    assert code(lambda: open_value(f"{head}.{name}.{rest[:-1]}{other}", KEYS, PLACE)) == "crypto.malformed"


def test_a_secret_is_never_shown_or_pickled():
    """And has 32 bytes, and an id."""
    assert "aaaa" not in repr(KEY) + repr(MASTERS)
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(KEY)
    for wrong in (("", b"a" * 32), ("a", b"a" * 31), ("a", b"a" * 33)):
        with pytest.raises(ValueError, match="32 bytes"):
            Secret(*wrong)


# ----------------------------------------------------------------- keys and rotation


def test_a_customers_key_is_wrapped_and_opens_for_him_alone():
    """Moved to another customer or id, or without its master key, it does not open."""
    key, row = new_key("customer", MASTERS)
    assert row.master == "new"
    assert key.id == row.id
    assert "customer" not in row.id
    sealed = seal_value("x", key, PLACE)
    assert open_value(sealed, {row.id: unwrap(row, MASTERS)}, PLACE) == "x"
    for moved in (row._replace(customer="other"), row._replace(id="other"), row._replace(sealed=row.sealed[:-1])):
        assert code(lambda moved=moved: unwrap(moved, MASTERS)) == "crypto.refused"
    assert code(lambda: unwrap(row, OLD)) == "crypto.key_unknown"
    assert code(lambda: unwrap(row.erased(), MASTERS)) == "crypto.erased"
    assert new_key("customer", MASTERS)[1] != row


def rotated(rows, most):
    """All rows after all steps, and how many were written."""
    stored, after, written, steps = {row.id: row for row in rows}, "", 0, 0
    while after is not None:
        behind = [stored[name] for name in sorted(stored) if name > after]
        step = rotation(behind, MASTERS, most)
        assert len(step.rows) <= most
        stored |= {row.id: row for row in step.rows}
        written, after, steps = written + len(step.rows), step.after, steps + 1
    return list(stored.values()), written, steps


@pytest.mark.parametrize("most", [1, 2, 7, 1000])
def test_rotation_wraps_every_key_anew_once_and_loses_none(most):
    """In steps of any size; an erased one stays erased, and a second run has nothing to do."""
    made = [new_key(f"c{n}", OLD) for n in range(6)]
    rows = [row for _, row in made] + [WrappedKey("gone", "c9", "old", None), new_key("c7", MASTERS)[1]]
    after, written, _ = rotated(rows, most)
    assert written == 6
    assert {row.master for row in after if row.sealed is not None} == {"new"}
    only_new = MasterKeys(Secret("new", b"n" * 32))
    opened = {row.id: unwrap(row, only_new) for row in after if row.sealed is not None}
    for key, _ in made:
        assert open_value(seal_value("x", key, PLACE), opened, PLACE) == "x"
    assert [row for row in after if row.id == "gone"] == [rows[6]]
    assert rotated(after, most)[1] == 0


def test_a_rotation_that_was_stopped_goes_on():
    """From the last row that was kept, or from the beginning: each row is written once."""
    rows = sorted([new_key(f"c{n}", OLD)[1] for n in range(6)])
    first = rotation(rows, MASTERS, 2)
    assert first.after == rows[1].id
    half = [*first.rows, *rows[2:]]
    assert rotated(half, 2)[1] == 4
    assert len(rotation(half[2:], MASTERS, 1000).rows) == 4


def test_master_keys_are_read_as_an_environment_states_them():
    """Ids and base64, the newest first; an error never holds the text."""
    import base64

    stated = ", ".join(f"{name}:{base64.b64encode(byte * 32).decode()}" for name, byte in (("n", b"\xff"), ("o", b"o")))
    keys = MasterKeys.read(stated)
    assert keys.first.id == "n"
    assert unwrap(new_key("c", MasterKeys.read(stated.split(", ")[1]))[1], keys)
    for wrong in ("", "n", "n:", "n:AAAA", ":AAAA", stated + ",", "n:茶", f"n:{'A' * 43}!"):
        with pytest.raises(ValueError, match="master key") as caught:
            MasterKeys.read(wrong)
        assert "AAAA" not in str(caught.value)
    with pytest.raises(ValueError, match="id of its own"):
        MasterKeys.read(f"{stated},{stated}")


# ------------------------------------------------------------- what is a person's


def test_a_record_opens_again_byte_for_byte_and_says_nothing_meanwhile():
    """Its digest stays; names of goods stay readable; no word of the person is in what is kept."""
    whole = a_record()
    kept = seal_record(whole, KEY, "SO1001")
    assert open_record(kept, KEYS, "SO1001").to_json() == whole.to_json()
    assert kept.record.digest == whole.digest
    shown = kept.record.to_json() + json.dumps(kept.sealed)
    assert not [word for word in TOLD if word in shown]
    assert "茶壶" in shown
    assert "50 g" in shown
    again = SealedRecord(Record.from_json(kept.record.to_json()), json.loads(json.dumps(kept.sealed)))
    assert open_record(again, KEYS, "SO1001") == whole
    assert code(lambda: open_record(kept, KEYS, "SO1002")) == "crypto.refused"


def test_everything_personal_of_a_checkout_but_its_goods_is_sealed():
    """By the marks of the fields: one that is added later is sealed too."""
    places = marked(Checkout, Mark.PERSONAL)
    goods = {place for place in places if place[:2] == ("cart", "lines")}
    assert goods == {("cart", "lines", "*", "name"), ("cart", "lines", "*", "info")}
    sealed = set(seal_record(a_record(), KEY, "SO1001").sealed)
    assert sealed <= {"/request/checkout/" + "/".join(place) for place in places - goods}
    assert {place[0] for place in places - goods} == {place.split("/")[3] for place in sealed}


def test_a_record_of_nobody_is_left_as_it_is():
    """Nothing to seal is nothing to erase: names of goods stay."""
    bare = record(settled(a_checkout(a_line("a", "30.00") | TEAPOT)))
    kept = seal_record(bare, KEY, "SO1001")
    assert (kept.record, dict(kept.sealed)) == (bare, {})
    assert open_record(kept, {}, "SO1001") == bare


def test_an_order_is_sealed_and_goes_on_without_the_person():
    """It is an order, settles, replays and refunds; opened, it is what it was, byte for byte."""
    order = an_order(settled(a_checkout(a_line("a", "30.00", quantity=2) | TEAPOT, **PERSON | {"by_shop": []})))
    _ = order.checkout, order.settlement  # what was worked out is not taken along
    kept = seal_order(order, KEY)
    assert (kept.order.address.name, kept.order.remark, kept.order.invoice) == (None, None, None)
    assert not [word for word in TOLD if word in kept.order.to_json()]
    assert open_order(kept, KEYS).to_json() == order.to_json()
    assert open_order(kept, KEYS).remark == PERSON["remark"]


def test_erasing_a_customers_key_erases_the_person_and_nothing_else():
    """The text does not open any more; the replay, the goods, the sums and refunds of them stay."""
    key, row = new_key("c1", MASTERS)
    order = an_order(settled(a_checkout(a_line("a", "30.00", quantity=2) | TEAPOT, **PERSON | {"by_shop": []})))
    kept, row = seal_order(order, key), row.erased()
    del key
    assert code(lambda: unwrap(row, MASTERS)) == "crypto.erased"
    assert code(lambda: open_order(kept, {})) == "crypto.key_unknown"
    assert replay(kept.order.record).equal
    left, was = kept.order.settlement, order.settlement
    assert (left.payable, left.digest) == (was.payable, was.digest)
    assert "茶壶" in str(left.to_dict())
    assert refund(left, {"a": 1}).cash == refund(was, {"a": 1}).cash
    assert kept.order.state().status == order.state().status


def test_a_note_is_sealed_for_its_place_among_the_events():
    """Of another order or number it does not open; other events are left as they are."""
    note = Noted(**HEAD, note="张三 rang: leave it at 科技路")
    kept = seal_event(note, KEY, "SO1001", 3)
    assert kept.event.note == ""
    assert set(kept.sealed) == {"note"}
    assert open_event(kept, KEYS, "SO1001", 3).to_json() == note.to_json()
    for order, seq in (("SO1002", 3), ("SO1001", 4)):
        assert code(lambda order=order, seq=seq: open_event(kept, KEYS, order, seq)) == "crypto.refused"
    closed = Closed(**HEAD)
    assert seal_event(closed, KEY, "SO1001", 4) == (closed, {})
    assert open_event(seal_event(closed, KEY, "SO1001", 4), {}, "SO1001", 4) == closed
    assert order_state(an_order(), [kept.event]).status == order_state(an_order(), [note]).status


def test_a_change_is_sealed_where_its_settlements_speak_of_the_person():
    """Remarks, invoices and what was told to single shops; opened, it is the same change."""
    told = {name: PERSON[name] for name in ("remark", "invoice")} | {"by_shop": [{"shop": "s1", "remark": "少糖"}]}
    lines = a_line("a", "30.00", quantity=2), a_line("b", "40.00", shop="s2", sku="tin")
    bought = settled(a_checkout(*lines, **told)).for_order("SO1001")
    more = a_checkout(lines[0] | {"quantity": 3}, lines[1], **told) | {"at": "2026-11-12T00:00:00+08:00"}
    event = changed(edit_order(bought, Checkout(**more), Rulebook(**a_rulebook())))
    kept = seal_event(event, KEY, "SO1001", 2)
    assert {field.split("/")[-1] for field in kept.sealed} == {"remark", "invoice", "by_shop"}
    assert not [word for word in TOLD if word in kept.event.to_json()]
    assert open_event(kept, KEYS, "SO1001", 2).to_json() == event.to_json()
    assert kept.event.edit.collect == event.edit.collect


def test_an_address_keeps_its_region():
    """All else is sealed under the id of its row."""
    address = Address(**PERSON["address"])
    kept = seal_address(address, KEY, "c1/home")
    assert kept.address == Address(region="440305")
    assert set(kept.sealed) == {"name", "phone", "extension", "detail", "tag"}
    assert open_address(kept, KEYS, "c1/home").to_json() == address.to_json()
    assert code(lambda: open_address(kept, KEYS, "c2/home")) == "crypto.refused"


def test_what_is_sealed_moves_to_another_key_of_the_customer():
    """In its place; what is there already stays as it is, so a stopped run goes on anywhere."""
    whole = a_record()
    kept = seal_record(whole, KEY, "SO1001")
    moved = reseal(kept.sealed, KEYS, OTHER, "records", "SO1001")
    assert open_record(kept._replace(sealed=moved), {"b": OTHER}, "SO1001") == whole
    assert reseal(moved, KEYS, OTHER, "records", "SO1001") == moved
    half = dict(kept.sealed) | dict(list(moved.items())[:2])
    again = reseal(half, KEYS, OTHER, "records", "SO1001")
    assert open_record(kept._replace(sealed=again), {"b": OTHER}, "SO1001") == whole
    assert dict(list(again.items())[:2]) == dict(list(moved.items())[:2])


def test_a_phone_is_found_by_a_keyed_hash():
    """However it is written; with another key, another hash."""
    key = b"p" * 32
    same = ["13800138000", "138 0013 8000", "+8613800138000", "0086-138-0013-8000", "１３８００１３８０００"]
    assert len({phone_hash(phone, key) for phone in same}) == 1
    others = ["13800138001", "8613800138", "075522107333", "+447911123456"]
    assert len({phone_hash(phone, key) for phone in [*same, *others]}) == 5
    assert phone_hash(same[0], key) != phone_hash(same[0], b"q" * 32)
    assert phone_hash("none", key) is None
    assert "13800138000" not in phone_hash(same[0], key)
    with pytest.raises(ValueError, match="32 bytes"):
        phone_hash(same[0], b"short")
