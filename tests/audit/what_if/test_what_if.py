"""Sums that any parts and order give alike, records that are set apart, files with broken rows, and what is said."""

from __future__ import annotations

import gzip
import json
import pickle
import random
import re
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brittle import Brittle
from months import DECEMBER, NOVEMBER, month, rules
from random_requests import random_request
from samples import a_checkout, a_line, a_rulebook, an_offer, settled
from settlement import CurrencyMismatch, InvalidDocument, Money, Rulebook, settle
from settlement.after_pay.payouts.owed import PayoutPolicy, payout
from settlement.audit.record import Record, record
from settlement.audit.what_if import Candidates, Row, Totals, WhatIf, candidates, rows_of, what_if
from settlement.documents.canonical import digest_of
from settlement.errors import Problem
from settlement.rulebook.request import Request
from thorough import examples


@cache
def drawn():
    """Records of random requests in one currency, their rulebooks, and three rows that are no records."""
    records, books = [], []
    seed = 0
    while len(records) < 20:
        seed += 1
        request = random_request(random.Random(seed))
        if request["rulebook"]["currency"] == "CNY":
            both = Request.model_validate_json(json.dumps(request))
            made = settle(both.checkout, both.rulebook)
            records.append(record(made.for_order(f"n{seed}")).to_json().encode())
            books.append(both.rulebook)
    return records, books, [b"{", b"[]", b'{"body": 1}']


@cache
def question():
    """Candidates under which most of these records can be compared: the month's, and one of the random rulebooks."""
    return Candidates(rules(DECEMBER), rules(NOVEMBER, policy={"round_total": {"unit": "1.00 CNY", "mode": "down"}}))


def answer(totals):
    """The whole answer of these totals, as bytes."""
    return WhatIf(question(), totals).to_json()


@cache
def pool():
    """All rows: random ones, the month, broken ones, two of another currency; some twice."""
    records, _, broken = drawn()
    yen = settled(a_checkout() | {"cart": {"currency": "JPY", "lines": [a_line() | {"unit_price": "100 JPY"}]}},
                  a_rulebook(currency="JPY"))  # fmt: skip
    rows = [*records, *[each.to_json().encode() for each in month()], *broken, record(yen).to_json().encode()]
    return [Row("month.jsonl", number, text) for number, text in enumerate([*rows, *rows[10:25]], 1)]


# ------------------------------------------------------------------ laws


@given(st.randoms(use_true_random=False), st.integers(1, 6))
@settings(max_examples=examples(20), deadline=None)
def test_any_partition_and_order_gives_the_same_bytes(rng, parts):
    """Records dealt out to parts in any order, totals merged in any order, also through JSON or pickle: one answer."""
    rows = list(pool())
    rng.shuffle(rows)
    dealt = [[] for _ in range(parts)]
    for row in rows:
        rng.choice(dealt).append(row)
    totals = [question().totals(each) for each in dealt]
    rng.shuffle(totals)
    made = Totals(question().of)
    for each in totals:
        travelled = rng.choice([lambda one: one, lambda one: Totals.from_json(one.to_json()), _pickled])(each)
        assert travelled == each
        made.merge(travelled)
    assert made.to_json() == whole().to_json()
    assert answer(made) == answer(whole())


def _pickled(totals):
    return pickle.loads(pickle.dumps(totals))  # noqa: S301 - made a moment ago, by this test


@cache
def whole():
    """All rows in one go."""
    return question().totals(pool())


def test_merging_is_associative_and_nothing_is_neutral():
    """(a + b) + c = a + (b + c), and 0 + a = a; a and b are left out of no sum."""
    one, other, third = (question().totals(pool()[at::3]) for at in range(3))

    def copy(totals):
        return Totals.from_json(totals.to_json())

    left = copy(one).merge(other).merge(third)
    right = copy(one).merge(copy(other).merge(third))
    assert left == right == whole()
    assert Totals(question().of).merge(one) == one
    assert left != one
    assert WhatIf(question(), left).read == len(pool())


def test_totals_of_another_question_are_not_merged():
    """Other rules, or another policy of payouts: a sum over both would be nobody's."""
    more = Candidates(*question().rulebooks, policy=PayoutPolicy(commission_on_freight=True))
    for other in (Candidates(rules(DECEMBER)), more):
        with pytest.raises(ValueError, match="of other rulebooks"):
            Totals(question().of).merge(Totals(other.of))
        with pytest.raises(ValueError, match="of other rulebooks"):
            WhatIf(question(), Totals(other.of))


@given(st.integers(0, 2**32))
@settings(max_examples=examples(40), deadline=None)
def test_the_sums_are_those_of_settle_and_payout(seed):
    """A random order under another random rulebook: payable, margins and the choice held, worked out the plain way."""
    rng = random.Random(seed)
    records, books, _ = drawn()
    text, book = rng.choice(records), rng.choice(books)
    found = what_if([text], book)
    if not found.orders:
        assert [each.orders for each in found.apart] == [1]
        assert {each.reason for each in found.apart} <= {"refused", "pending"}
        return
    asked, own = Record.from_json(text).request()
    recorded = settle(asked, own)
    used = [each.rule for each in recorded.decisions if each.outcome == "applied"]
    held = [each for each in used if each in {coupon.id for coupon in own.coupons}]
    choice = asked.choice
    coupons = {"coupons": held or "none"} if choice.coupons == "best" else {}
    points = {"points": recorded.points.used} if choice.points == "max" else {}
    chosen = asked.model_copy(update={"choice": choice.model_copy(update=coupons | points)})
    best = asked.model_copy(update={"choice": choice.model_copy(update={"coupons": "best"})})
    sides = (recorded, settle(chosen, book), settle(best, book))
    for side, plain, terms in zip(found.every_side(), sides, (own, book, book), strict=True):
        assert side.payable == plain.payable
        assert side.totals == plain.totals._asdict()
        assert side.changed == (plain.payable != recorded.payable and plain is not recorded)
        if plain.status == "payable":
            method = next((each for each in terms.payment_methods if each.id == asked.payment_method), None)
            due = payout(plain, method=method)
            assert side.platform["net"] == due.platform.net
            assert {shop: net for shop, (_, net) in side.by_shop.items()} == {each.shop: each.net for each in due.shops}
            assert side.others["provider"] == due.provider


@pytest.mark.parametrize("part", range(3))
def test_one_settlement_answers_both_only_where_they_cannot_differ(part, monkeypatch):
    """Always settling as chosen by itself changes no byte of what is summed."""
    _, books, _ = drawn()
    asked = Candidates(*books[part::9])
    before = asked.totals(pool()).to_json()
    monkeypatch.setattr(candidates, "_same_choice", lambda *_: False)
    assert asked.totals(pool()).to_json() == before


# ------------------------------------------------------------------ set apart


def changed(record, **fields):
    """A record with other fields in its body, and a digest that fits."""
    from settlement.documents.canonical import canonical

    return Record(canonical(record.data | fields), record.order, {}, record.order_name)


def test_what_cannot_be_compared_is_counted_with_its_reason_and_never_summed():
    """Another version, a figure that does not come out again, another currency, no address, a method that is gone."""
    good = month()[0]
    data = good.data
    forged = json.loads(json.dumps(data["settlement"]).replace("46.00 CNY", "45.00 CNY"))
    odd = data["request"] | {"checkout": data["request"]["checkout"] | {"later": 1}}
    post = NOVEMBER["freight_templates"]
    line = a_line(freight_template="post")
    nowhere = settled(a_checkout(line, address=None), NOVEMBER)
    by_card = settled(
        a_checkout(line, payment_method="card"),
        NOVEMBER | {"payment_methods": [{"id": "card", "borne_by": "merchant"}]},
    )
    yen = settled(
        a_checkout() | {"cart": {"currency": "JPY", "lines": [a_line() | {"unit_price": "100 JPY"}]}},
        a_rulebook(currency="JPY", freight_templates=[]),
    )
    rows = [
        good, changed(good, calculation_version="1"), changed(good, settlement=forged), changed(good, request=odd),
        record(nowhere), record(by_card), record(yen), record(yen), b"{", good.to_json().replace("46.00", "45.00"),
    ]  # fmt: skip
    found = what_if(rows, rules(NOVEMBER, id="same", freight_templates=post))
    assert (found.read, found.orders, found.broken) == (10, 1, 2)
    told = {(each.reason, each.candidate, each.code, each.found): each.orders for each in found.apart}
    assert told == {
        ("version", None, None, "1"): 1,
        ("differs", None, None, None): 1,
        ("invalid", None, "field.unknown", None): 1,
        ("pending", None, None, None): 1,
        ("refused", "same", "payment_method.unknown", '"card"'): 1,
        ("currency", None, None, "JPY"): 2,
    }
    assert {each.reason: each.example for each in found.apart}["differs"] == "o01"
    assert str(found.recorded.payable) == "46.00 CNY"
    assert [(each.line, each.code) for each in found.totals.broken] == [(9, "json.invalid"), (10, "record.digest")]


def test_a_candidate_that_refuses_an_order_takes_it_from_all_sides():
    """Side by side means the same orders everywhere."""
    ship = settled(a_checkout(a_line(freight_template="post")), NOVEMBER)
    found = what_if([record(ship), month()[0]], rules(NOVEMBER), rules(a_rulebook(id="bare")))
    assert [(each.reason, each.candidate, each.orders) for each in found.apart] == [("refused", "bare", 2)]
    assert (found.orders, found.recorded.payable.minor) == (0, 0)


def test_a_group_s_twins_are_told_apart():
    """Two candidates of one id have numbers."""
    found = what_if(month()[:1], rules(NOVEMBER), rules(DECEMBER, id="november"))
    assert found.labels == ("november #1", "november #2")


def test_the_second_of_two_twins_that_refuses_is_told_by_its_number():
    """Both are called new; what the second refuses is its own."""
    card = {"payment_methods": [{"id": "card", "borne_by": "merchant"}]}
    kept = record(settled(a_checkout(a_line(), payment_method="card"), NOVEMBER | card))
    found = what_if([kept], rules(NOVEMBER, id="new", **card), rules(NOVEMBER, id="new"))
    assert [(each.reason, each.candidate) for each in found.apart] == [("refused", "new #2")]


def test_an_order_on_which_a_kind_fails_is_set_apart():
    """Under a candidate or its own rules, told by the kind; the other orders are weighed as ever."""
    brittle = Rulebook.with_kinds(Brittle)
    offer = an_offer("p", tiers=[{"benefit": {"type": "brittle"}}])
    book = brittle.model_validate(a_rulebook(id="mine", promotions=[offer]))
    kept = [
        record(settled(a_checkout(a_line(unit_price=price), order=name), a_rulebook()))
        for name, price in (("A1", "7.00 CNY"), ("A2", "5.00 CNY"))
    ]
    found = what_if(kept, rules(a_rulebook()), book)
    told = [tuple(each) for each in found.apart]
    assert told == [("failed", "mine", "batch.failed", "Brittle.off()", 1, "A1")]
    assert (found.orders, found.recorded.payable.minor, found.sides[1][0].payable.minor) == (1, 500, 499)
    assert "a kind of its rules failed: mine, Brittle.off() [batch.failed] (such as A1)" in found.text()
    assert Candidates(book).settled(kept[0]) is None
    data = kept[0].data
    own = data["request"] | {"rulebook": json.loads(book.to_json())}
    found = what_if([changed(kept[0], request=own)], rules(a_rulebook()), rulebook_class=brittle)
    assert [tuple(each) for each in found.apart] == [("failed", None, "batch.failed", "Brittle.off()", 1, "A1")]


def test_misuse_is_refused():
    """No rulebook, something else, two currencies, edges that fall; no stream of characters for records."""
    book = rules(NOVEMBER)
    with pytest.raises(TypeError, match="at least one rulebook"):
        what_if([])
    with pytest.raises(TypeError, match="rulebooks"):
        what_if([], NOVEMBER)
    with pytest.raises(TypeError, match="records"):
        what_if(5, book)
    with pytest.raises(CurrencyMismatch):
        what_if([], book, Rulebook(id="yen", currency="JPY"))
    for edges in ([Money("2.00 CNY"), Money("1.00 CNY")], [Money("0.00 CNY")], [Money("1 JPY")]):
        with pytest.raises(ValueError, match="edges of buckets"):
            what_if([], book, edges=edges)
    found = what_if(month(), rules(DECEMBER), edges=[Money("10.00 CNY")])
    assert [(each.cheaper, each.dearer) for each in found.sides[0][0].buckets] == [(4, 4), (5, 1)]


def test_points_of_as_many_as_go_are_held_as_those_that_were_used():
    """100 points were used of 500, no more was allowed; where it is, as chosen holds the 100 and best takes 500."""

    def book(name, most):
        return a_rulebook(id=name, points={"points": 100, "worth": "1.00 CNY", "max_amount": most})

    asked = a_checkout(a_line(), customer={"points": 500}, choice={"points": "max"})
    kept = record(settled(asked, book("then", "1.00 CNY")))
    chosen, best = what_if([kept], rules(book("now", "9.00 CNY"))).sides[0]
    assert (str(chosen.payable), str(best.payable)) == ("9.00 CNY", "5.00 CNY")
    gone = what_if([kept], rules(a_rulebook(id="none"))).sides[0][0]
    assert gone.gone == {"points": 1}


def test_a_gift_of_a_coupon_is_a_choice_too():
    """A coupon that only brought a gift stays chosen."""
    gift = an_offer("g", {"type": "gift", "sku": "cup", "quantity": 1})
    ten = an_offer("ten", {"type": "amount_off", "amount": "3.00 CNY"})
    kept = record(settled(a_checkout(customer={"coupons": ["g", "ten"]}), a_rulebook(coupons=[gift])))
    chosen, best = what_if([kept], rules(a_rulebook(id="now", coupons=[gift, ten]))).sides[0]
    assert (str(chosen.payable), str(best.payable)) == ("10.00 CNY", "7.00 CNY")


# ------------------------------------------------------------------ files


def test_rows_are_read_from_files_and_folders(tmp_path):
    """JSON Lines, plain or packed, and one record a .json file, by name; blank lines pass; each row has its place."""
    texts = [each.to_json() for each in month()[:4]]
    (tmp_path / "b.jsonl").write_text(f"{texts[0]}\n\n{texts[1]}\n")
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(f"{texts[2]}\n".encode()))
    (tmp_path / "c.json").write_text(json.dumps(json.loads(texts[3]), indent=1))
    (tmp_path / "notes.txt").write_text("no record")
    rows = list(rows_of(tmp_path))
    assert [(row.source.rpartition("/")[2], row.line) for row in rows] == [
        ("a.jsonl.gz", 1), ("b.jsonl", 1), ("b.jsonl", 3), ("c.json", 1)
    ]  # fmt: skip
    found = what_if(rows, rules(DECEMBER))
    assert (found.orders, found.read, found.apart) == (4, 4, ())
    assert found == what_if(month()[:4], rules(DECEMBER))
    with pytest.raises(FileNotFoundError):
        list(rows_of(tmp_path / "nothing.jsonl"))


def test_broken_rows_are_told_with_file_and_line_and_do_not_hide_the_others(tmp_path):
    """A line cut short, one that is no record, an archive that ends in the middle."""
    text = month()[0].to_json()
    (tmp_path / "b.jsonl").write_text(f'{text}\n{text[:200]}\n{{"a":1}}\n{text}\n')
    packed = gzip.compress(f"{text}\n{text}\n".encode(), 0)
    (tmp_path / "z.jsonl.gz").write_bytes(packed[: len(packed) - 400])
    found = what_if(rows_of(tmp_path / "b.jsonl", tmp_path / "z.jsonl.gz"), rules(DECEMBER))
    assert (found.orders, found.broken) == (3, 3)
    told = [(each.source.rpartition("/")[2], each.line, each.place, each.code) for each in found.totals.broken]
    assert told == [
        ("b.jsonl", 2, "", "json.invalid"), ("b.jsonl", 3, "body", "field.missing"),
        ("z.jsonl.gz", 2, "", "value.invalid"),
    ]  # fmt: skip


def test_a_record_written_anew_by_another_tool_is_read_too():
    """Other blanks, another order of keys: the digest is that of what it says."""
    plain = month()[0]
    again = json.dumps(dict(reversed(json.loads(plain.to_json()).items())), indent=2)
    assert what_if([again], rules(DECEMBER)) == what_if([plain], rules(DECEMBER))


def test_a_broken_row_is_broken_whatever_its_digest_says():
    """A body that was changed under its old digest, or text after the record, is no record."""
    text = month()[0].to_json()
    for forged in (text.replace('"46.00 CNY"', '"45.00 CNY"'), f"{text} 1", text.replace("sha256:", "sha256:0", 1)):
        with pytest.raises(InvalidDocument):
            Record.from_json(forged)
        assert what_if([forged], rules(DECEMBER)).broken == 1


def _under_its_digest(body, beside=b""):
    return b'{"body":' + body + b',"digest":"' + digest_of(body).encode() + b'"' + beside + b"}"


def _bodies():
    good = month()[0].body
    rules_twice = good.replace(b'"rulebook":{', b'"rulebook":{"coupons":[],', 1)
    return {
        "no JSON": (b"xyz", "json.invalid"),
        "no UTF-8": (b'"\xff"', "json.invalid"),
        "BOM": (b"\xef\xbb\xbf" + good, "json.invalid"),
        "deep": (b"[" * 100_000, "json.depth"),
        "deep and closed": (b"[" * 100_000 + b"]" * 100_000, "json.depth"),
        "a list": (b"[]", "object.type"),
        "twins": (good.replace(b'"library":', b'"library":"0","library":', 1), "json.duplicate_key"),
        "twins in the cart": (good.replace(b'"quantity":', b'"quantity":1,"quantity":', 1), "json.duplicate_key"),
        "twins in the rules": (rules_twice, "json.duplicate_key"),
        "twins in the answer": (good[:-2] + b',"status":"payable"}}', "json.duplicate_key"),
        "a blank after it": (good + b" ", "record.digest"),
        "a blank in it": (good.replace(b'"quantity":', b'"quantity": ', 1), "record.digest"),
        "NaN": (good.replace(b'"quantity":1', b'"quantity":NaN', 1), "json.invalid"),
        "a fraction": (good.replace(b'"quantity":1', b'"quantity":1.0', 1), "value.invalid"),
        "no library": (re.sub(rb'"library":"[^"]*"', b'"library":""', good, count=1), "text.empty"),
    }


@pytest.mark.parametrize("what", _bodies())
def test_a_body_that_a_record_has_not_is_a_broken_row_though_its_digest_fits(what):
    """`Record.from_json` refuses it, and so does a month: told with the same code, passed over, weighed with nobody."""
    body, code = _bodies()[what]
    text = _under_its_digest(body)
    with pytest.raises(InvalidDocument) as caught:
        Record.from_json(text)
    found = what_if([month()[0], text, month()[1]], rules(DECEMBER))
    assert (found.read, found.orders, found.broken) == (3, 2, 1)
    [broken] = found.totals.broken
    assert (broken.line, broken.code) == (2, caught.value.problems[0].code)
    assert broken.code == code


@pytest.mark.parametrize(
    "beside", [b',"order_name":5', b',"order_name":"a","order_name":"b"', b',"personal":' + b"[" * 100_000]
)
def test_what_stands_beside_a_body_is_read_as_strictly(beside):
    """A name that is none, one told twice, a pit: a broken row."""
    text = _under_its_digest(month()[0].body, beside)
    with pytest.raises(InvalidDocument):
        Record.from_json(text)
    assert what_if([text], rules(DECEMBER)).broken == 1


# ------------------------------------------------------------------ what is said


@cache
def told():
    """The month under two candidates, with something set apart, broken and gone."""
    freely = [DECEMBER["coupons"][0] | {"name": "a <b>\u202e"}, DECEMBER["coupons"][1]]
    named = rules(DECEMBER, id="dec <b>", promotions=[], coupons=freely)
    return what_if([*month(), b"{", changed(month()[0], calculation_version="1")], named, rules(DECEMBER))


@pytest.mark.parametrize("locale", ["en", "zh_CN", "zh_TW"])
def test_text_and_page_say_every_figure_of_the_headline(locale):
    """Payable of every side, how many orders change, who is set apart, and that behaviour is held fixed."""
    found, text = told(), told().text(locale)
    page = found.html(locale, charts=False)
    for shown in (text, page):
        for figure in ("1,818.00", "1,796.00", "-164.00", "-26.60", "o13", "+15.00"):
            assert figure in shown
    assert re.search("behaviour is held fixed|行为不变|行為不變", text)
    if locale != "en":
        assert not re.search(r"\b(as chosen|orders|Difference|Set apart|borne)\b", text)


def test_names_of_rules_break_out_of_nothing():
    """An id with markup and a turned direction is text, in a terminal and on a page; without pictures nothing runs."""
    page, text = told().html(charts=False), told().text()
    assert "<b>" not in page.replace("<br>", "")
    assert "dec &lt;b&gt;" in page
    assert "\u202e" not in page + text
    assert "<script" not in page
    assert "script-src" not in page
    assert "http" not in page.replace("http-equiv", "")


def test_equal_answers_are_equal_bytes_in_every_form():
    """Text, page and JSON of the month, forwards and backwards."""
    one, other = (what_if(each, rules(DECEMBER)) for each in (month(), month()[::-1]))
    assert one.to_json() == other.to_json()
    assert one.text() == other.text()
    assert one.html(charts=False) == other.html(charts=False)
    assert hash(one) == hash(other)


def test_nothing_at_all_is_said_too():
    """Without a record every figure is 0, and no table is broken."""
    empty = what_if([], rules(DECEMBER))
    assert (empty.orders, empty.read, empty.recorded.payable.minor) == (0, 0, 0)
    assert "0 orders" in empty.text()
    assert "<html" in empty.html(charts=False)


def test_a_table_of_figures_is_exact(tmp_path):
    """Parquet has a row for each figure, decimals for amounts; sums by a tool are the answer's own."""
    parquet = pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "month.parquet"
    told().to_parquet(path)
    table = parquet.read_table(path)
    assert str(table.schema.field("amount").type) == "decimal128(38, 4)"
    rows = table.to_pylist()
    chosen = [row for row in rows if (row["rulebook"], row["choice"]) == ("december", "as_chosen")]
    assert sum(row["orders"] for row in chosen if row["what"] == "change") == 20
    by_change = sum(row["orders"] * row["amount"] for row in chosen if row["what"] == "change")
    assert str(by_change) == "-164.0000"
    [payable] = [row["amount"] for row in chosen if (row["what"], row["of"]) == ("total", "payable")]
    assert str(payable) == "1818.0000"
    assert {(row["of"], row["orders"]) for row in rows if row["choice"] == "apart"} == {("broken", 1), ("version", 1)}


def test_the_data_says_the_same_as_the_properties():
    """`to_dict` has amounts as texts, and counts."""
    data = told().to_dict()
    assert data["behaviour"] == "held fixed"
    assert (data["read"], data["orders"], data["broken"]["rows"]) == (22, 20, 1)
    first = data["candidates"][1]
    assert first["as_chosen"]["totals"]["payable"] == "1818.00 CNY"
    assert first["best"]["platform"]["net"] == "-26.60 CNY"
    assert first["as_chosen"]["changed"] == {"cheaper": 9, "dearer": 5}
    assert data["candidates"][0]["as_chosen"]["gone"] == {"fest": 12}
    assert repr(told()) == "<WhatIf 20 orders, 2 candidates>"


def test_pictures_without_their_extra_say_what_to_install(monkeypatch):
    """The page refuses, and names the extra; without pictures it needs none."""
    import sys

    monkeypatch.setitem(sys.modules, "altair", None)
    with pytest.raises(ImportError, match=r"settlement\[charts\]"):
        told().html()
    assert "<table" in told().html(charts=False)


def test_a_problem_of_a_row_is_told_in_the_reader_s_language():
    """The facts travel with the totals, so another machine's rows are told here as well."""
    made = Totals.from_json(told().totals.to_json())
    [broken] = made.broken
    assert isinstance(broken.problem, Problem)
    assert "JSON" in broken.problem.text("zh_CN")
