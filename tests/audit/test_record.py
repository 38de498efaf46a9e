"""Records: one digest for one meaning, and personal data that can be erased without breaking anything."""

from __future__ import annotations

import copy
import hashlib
import json
import pickle
import random
import threading

import pytest
import rfc8785
from hypothesis import example, given, settings

from random_requests import random_request
from samples import a_checkout, a_line, a_rulebook, problems, settled
from settlement import Checkout, InvalidDocument, InvariantBroken, Rulebook, Settlement, refund, settle
from settlement.audit.record import Record, record
from settlement.audit.replay import replay
from settlement.audit.seal import Key, Keys, open_sealed, seal
from settlement.rulebook.digest import request_digest
from strategies import requests
from thorough import examples

KEYS = Keys(Key("k1", b"0123456789abcdef0123456789abcdef"))
PERSONAL = a_checkout(
    a_line("b", info={"size": "L"}) | {"name": "Tea & cake"},
    a_line("a", quantity="2.000", shop="s2"),
    a_line("c", sku="z", stock=0),
    address={"region": "440305", "name": "张三", "phone": "13800138000", "detail": "科苑路 15 号"},
    remark="ring twice",
    invoice={"title": "Me"},
)
SECRETS = ("Tea & cake", "张三", "13800138000", "科苑路", "ring twice", "Me")


def documents(request):
    """Checkout and rulebook of a plain request."""
    return Checkout.model_validate(request["checkout"]), Rulebook.model_validate(request["rulebook"])


def kept(checkout=None, rulebook=None):
    """The record of two plain documents."""
    return record(settled(checkout or PERSONAL, rulebook))


@given(requests)
@example(random_request(random.Random(789)))  # a zone that has two spellings: there it is read
@settings(max_examples=examples(80))
def test_what_a_new_record_keeps_is_what_reading_it_gives(request_):
    """Also under an order's name: the same bytes and digest, the same names, and no documents behind it."""
    made = record(settle(*documents(request_)))
    read = Record.from_json(made.to_json())
    for mine, theirs in ((made, read), (made.for_order("SO1"), read.for_order("SO1"))):
        one, other = mine.settlement(), theirs.settlement()
        assert (one.to_json(), one.digest, str(one)) == (other.to_json(), other.digest, str(other))
        assert (one.made_from, one.called.lines) == (None, other.called.lines)


def test_a_new_record_reads_nothing(monkeypatch):
    """Nor does it under an order's name; without what is personal it does, for that stands in the settlement too."""
    made = kept()
    monkeypatch.delattr(Settlement, "from_json")
    assert made.for_order("SO1").settlement().order == "SO1"
    assert made.settlement() is made.settlement()
    with pytest.raises(AttributeError):
        made.erased().settlement()


@given(requests)
@example(random_request(random.Random(789)))  # spared a fee in a zone that has two spellings
@settings(max_examples=examples(80))
def test_a_record_gives_back_what_it_was_made_of(request_):
    """The body is RFC 8785 by an independent writer; request and settlement come back with all that is beside it."""
    made = settle(*documents(request_))
    found = record(made)
    assert found.body == rfc8785.dumps(json.loads(found.body))
    assert found.digest == f"sha256:{hashlib.sha256(found.body).hexdigest()}"
    assert Record.from_json(found.to_json()) == found
    assert json.loads(found.to_json())["body"] == found.data
    assert request_digest(*found.request()) == made.digest
    again = found.settlement()
    for field in ("totals", "lines", "shops", "excluded", "gifts", "points", "status", "remark", "digest"):
        assert getattr(again, field) == getattr(made, field), field
    assert settle(*found.request()).to_dict()["lines"] == made.to_dict()["lines"]
    assert replay(found).equal


def shuffled(value, rng):
    """The same request with every list that has no order of its own, and every object, in another order."""
    if isinstance(value, list):
        return rng.sample([shuffled(each, rng) for each in value], len(value))
    if isinstance(value, dict):
        ordered = {"tiers", "steps"}
        keys = rng.sample(sorted(value), len(value))
        return {key: value[key] if key in ordered else shuffled(value[key], rng) for key in keys}
    return value


def test_terms_that_a_free_parcel_was_spared_may_stand_in_any_order():
    """Weekdays, skus and categories as a shop wrote them: recorded, and read back as the same settlement."""
    when = {"utc_offset": "+08:00", "weekdays": [3, 2]}
    zone = {"regions": ["CN"], "first": 1, "first_fee": "8.00 CNY", "additional": 1, "additional_fee": "0.00 CNY"}
    surcharge = {"per": "kg", "regions": ["CN"], "fee": "1.00 CNY", "only_categories": ["b", "a"], "when": when}
    template = {"id": "t", "measure": "quantity", "zones": [zone, zone | {"when": when}], "surcharges": [surcharge]}
    template["free"] = [{"min_amount": "1.00 CNY", "waives_surcharge": True}]
    line = a_line(freight_template="t", weight_g=500, categories=["a", "b"])
    made = settled(a_checkout(line), a_rulebook(freight_templates=[template]))
    assert made.parcels[0].spared["packed"]["surcharges"][0]["terms"]["only_categories"] == ["b", "a"]
    kept_ = record(made)
    assert kept_.settlement().payable == made.payable
    assert replay(Record.from_json(kept_.to_json())).equal


def test_what_was_asked_is_new_each_time():
    """Whoever changes what they were given changes no limit that an order is placed by."""
    made = record(settle(*documents(random_request(random.Random(3)))))
    given = made.asked
    given["rulebook"]["coupons"] = given["checkout"]["cart"] = None
    assert made.asked["rulebook"] != given["rulebook"]
    assert made.asked["checkout"]["cart"] is not None
    assert made.asked == made.data["request"]


@pytest.mark.parametrize("seed", range(25))
def test_equal_meaning_gives_equal_digests(seed):
    """Another order of every list and every object is the same record, byte for byte; another quantity is not."""
    request = random_request(random.Random(seed))
    one = record(settle(*documents(request)))
    other = record(settle(*documents(shuffled(request, random.Random(seed)))))
    assert (one.body, one.digest) == (other.body, other.digest)
    changed = copy.deepcopy(request)
    changed["checkout"]["cart"]["lines"][0]["quantity"] = 999_999
    assert record(settle(*documents(changed))).digest != one.digest


def test_bi_160_a_decimal_has_one_spelling():
    """BI-160: 10, 10.0 and 10.000 of a quantity, and both forms of an amount, are one record; 1E1 is refused."""
    spellings = [10, "10.0", "10.000"]
    amounts = ["10.00 CNY", {"amount": "10.00", "currency": "CNY"}]
    found = {kept(a_checkout(a_line(quantity=q, unit_price=p))).digest for q in spellings for p in amounts}
    assert len(found) == 1
    assert problems(lambda: settled(a_checkout(a_line(quantity="1E1")))) == [
        ("cart.lines[0].quantity", "quantity.notation")
    ]
    assert problems(lambda: settled(a_checkout(a_line(price="10.0")))) == [("cart.lines[0].unit_price", "amount.scale")]


def test_bi_158_unicode_is_never_normalised():
    """BI-158: the same word in NFC and in NFD is two skus, two bodies and two digests."""
    one, other = (kept(a_checkout(a_line(sku=sku))) for sku in ("caf\u00e9", "cafe\u0301"))
    assert one.body != other.body
    assert one.digest != other.digest


def test_bi_157_ids_beyond_the_bmp():
    """BI-157: line ids become keys of shares; their order is that of RFC 8785, by UTF-16 code units."""
    offer = {"type": "amount_off", "amount": "1.00 CNY"}
    book = a_rulebook(promotions=[{"id": "p", "issuer": "platform", "tiers": [{"benefit": offer}]}])
    found = kept(a_checkout(a_line("\ufb33"), a_line("\U0001f375")), book)
    shares = found.data["settlement"]["adjustments"][0]["shares"]
    assert list(shares) == ["\U0001f375", "\ufb33"]
    assert found.body == rfc8785.dumps(json.loads(found.body))


@pytest.mark.parametrize("value", [1.5, 2**53, "\ud800", float("inf")], ids=["float", "int", "surrogate", "inf"])
def test_bi_156_what_is_no_canonical_json_is_no_record(value):
    """BI-156: a float, an integer beyond 2^53 - 1, a lone surrogate or an infinity in a body is refused."""
    data = json.loads(kept().to_json())
    data["body"]["settlement"]["points"]["used"] = value
    with pytest.raises(InvalidDocument):
        Record.from_json(json.dumps(data))


# ------------------------------------------------------------------ what is personal


def test_what_is_personal_stands_beside_the_body():
    """No name, phone, detail, remark, invoice or info is in the body; each stands beside it at its place."""
    found = kept()
    text = found.body.decode()
    assert not [secret for secret in SECRETS if secret in text]
    assert sorted(found.personal) == [
        "/request/checkout/address/detail",
        "/request/checkout/address/name",
        "/request/checkout/address/phone",
        "/request/checkout/cart/lines/1/info",
        "/request/checkout/cart/lines/1/name",
        "/request/checkout/invoice",
        "/request/checkout/remark",
    ]
    checkout, _ = found.request()
    assert (checkout.address.phone, checkout.cart["b"].name) == ("13800138000", "Tea & cake")
    assert found.settlement().remark == "ring twice"
    assert found.settlement().invoice.title == "Me"


def test_erasing_breaks_nothing():
    """Without what is personal digest, replay, refund and seal are the same; the order of the cart stays."""
    whole = kept()
    bare = whole.erased()
    assert not [secret for secret in SECRETS if secret in bare.to_json()]
    assert bare.digest == whole.digest
    assert replay(bare).equal
    assert Record.from_json(bare.to_json()) == bare
    sealing = {"issued": "2026-11-11T00:00:00Z", "expires": "2026-11-11T01:00:00Z", "audience": "pay"}
    assert seal(bare, KEYS, **sealing) == seal(whole, KEYS, **sealing)
    assert [line.id for line in bare.settlement().lines] == ["b", "a"]
    assert refund(bare.settlement(), {"a": 1}) == refund(whole.settlement(), {"a": 1})
    assert bare.settlement().remark is None


def test_a_seal_of_before_still_opens_after_erasing():
    """A token holds nothing personal, so erasing a record makes no token false."""
    whole = kept()
    token = seal(whole, KEYS, issued="2026-11-11T00:00:00Z", expires="2026-11-11T01:00:00Z", audience="pay")
    opened = open_sealed(token, KEYS, now="2026-11-11T00:30:00Z", audience="pay")
    assert opened.content.digest == whole.erased().digest
    assert opened.content.personal == {}


def test_a_part_of_it_can_be_erased():
    """Pointers say what goes: here the address, and nothing else."""
    found = kept().erased("/request/checkout/address", "/request/checkout/cart/lines/1/info", "/request/none")
    assert sorted(found.personal) == [
        "/request/checkout/cart/lines/1/name",
        "/request/checkout/invoice",
        "/request/checkout/remark",
    ]


@pytest.mark.parametrize(
    "place",
    [
        "/request/checkout/cart/lines/0/unit_price",
        "/request/checkout/cart/lines/0/info/name",
        "/settlement/remark",
        "name",
        "/request/rulebook/id",
        "/request/checkout/at/name",
        "/request/checkout/customer/copies/name",
        "/request/checkout/cart/lines/-1/name",
        "/request/rulebook/promotions/0/tiers/0/benefit/sku",
    ],
)
def test_only_what_is_personal_can_stand_there(place):
    """A record that would put a price back from beside its body is refused."""
    data = json.loads(kept().to_json())
    data["personal"][place] = "0.01 CNY"
    assert problems(lambda: Record.from_json(json.dumps(data))) == [("personal", "record.personal")]


@pytest.mark.parametrize("place", ["/request/checkout/cart/lines/9/name", "/request/rulebook/coupons/0/name"])
def test_a_place_that_is_not_there(place):
    """What is personal of nothing is an error when it is put back, at its place."""
    data = json.loads(kept().to_json())
    data["personal"] = {place: "x"}
    found = Record.from_json(json.dumps(data))
    assert problems(found.request) == [(f"personal.{place}", "record.personal")]


# ------------------------------------------------------------------ the same everywhere


def test_threads_make_the_same_record():
    """Eight threads at once make the bytes that one makes alone."""
    alone = kept().to_json()
    found = []
    threads = [threading.Thread(target=lambda: found.append(kept().to_json())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(found) == {alone}
    assert len(found) == 8


def test_a_re_serialised_record_is_the_same():
    """Indented, escaped and reordered it reads as the same record: the digest is over the meaning, not the file."""
    found = kept()
    data = json.loads(found.to_json())
    text = json.dumps(dict(reversed(data.items())), indent=3, ensure_ascii=True)
    assert Record.from_json(text) == found
    assert Record.from_json(text.encode()) == found


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda data: data.update(digest="sha256:" + "0" * 64), [("digest", "record.digest")]),
        (lambda data: data.update(digest="md5:1"), [("digest", "value.invalid")]),
        (lambda data: data["body"].update(library="9.9.9"), [("digest", "record.digest")]),
        (lambda data: data.pop("body"), [("body", "field.missing")]),
        (lambda data: data["body"].pop("request"), [("body.request", "field.missing")]),
        (lambda data: data.update(more=1), [("more", "field.unknown")]),
    ],
    ids=["digest", "kind", "body", "no-body", "no-request", "more"],
)
def test_a_record_that_is_not_whole(change, expected):
    """A digest that does not fit, and fields that are missing or unknown, are named at their place."""
    data = json.loads(kept().to_json())
    change(data)
    assert problems(lambda: Record.from_json(json.dumps(data))) == expected


def test_a_settlement_from_json_needs_its_request():
    """What was read back carries no request; with the right one it gives the same record, with another none."""
    made = settled(PERSONAL)
    read = Settlement.from_json(made.to_json())
    with pytest.raises(ValueError, match="needs its request"):
        record(read)
    request = documents({"checkout": PERSONAL, "rulebook": a_rulebook()})
    assert record(read, request) == record(made)
    with pytest.raises(InvariantBroken, match="record: "):
        record(read, (request[0], request[1].model_copy(update={"id": "others"})))


def test_a_record_is_a_value():
    """Immutable, equal by content, hashable, picklable; what it gives out can be changed without changing it."""
    found = kept()
    with pytest.raises(AttributeError):
        found.body = b""
    assert pickle.loads(pickle.dumps(found)) == found  # noqa: S301 - our own bytes, as between our own processes
    assert hash(found) == hash(kept())
    found.data.clear()
    found.personal.clear()
    found.order.clear()
    assert found == kept()
    assert "张三" not in repr(found)
    assert found != "a record"
