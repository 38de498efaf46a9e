"""Order edits and exchanges: what stands keeps its prices, what goes is a return, what comes is settled anew."""

from __future__ import annotations

import random
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from settlement import (
    Checkout,
    Coupon,
    CurrencyMismatch,
    Deduction,
    InvalidDocument,
    Money,
    MoneyBack,
    RefundExceeds,
    RefundPolicy,
    Rulebook,
    StoreCredit,
    UnknownLine,
    refund,
    settle,
)
from settlement.after_pay.edits import OrderEdit, OrderPart, edit_order
from settlement.after_pay.payouts.owed import payout
from settlement.audit.books.journal import entries
from settlement.audit.books.policy import BooksPolicy
from settlement.audit.books.tables import table
from settlement.audit.record import record
from thorough import examples

FAIR = RefundPolicy(recheck="fair")


def ask(day: int, *lines: dict[str, Any], **more: Any) -> Checkout:
    """A checkout on this day of November."""
    made = [{"shop": "s1", "sku": each["id"], "quantity": 1, "unit_price": "10.00 CNY"} | each for each in lines]
    checkout = {"at": f"2026-11-{day}T00:00:00+08:00", "cart": {"currency": "CNY", "lines": made}} | more
    return Checkout.model_validate(checkout)


def rules(*tiers: dict[str, Any]) -> Rulebook:
    """Rules of one promotion."""
    offers = [{"id": "p", "issuer": "platform", "tiers": list(tiers)}] if tiers else []
    return Rulebook.model_validate({"id": "r", "currency": "CNY", "promotions": offers})


TEN = {"min_quantity": 3, "benefit": {"type": "percent_off", "percent": "10"}}


def rows(made: OrderEdit) -> list[tuple[str, str, str]]:
    """Line, what is collected, what goes back."""
    return [(row.line, str(row.collect.amount), str(row.give_back.amount)) for row in made.lines]


def test_an_exchange_collects_the_difference():
    """M at 80.00 for L at 95.00 of another shop; a line that stays keeps the 9.00 it was bought at."""
    paid = settle(ask(11, {"id": "m", "unit_price": "80.00 CNY"}, {"id": "b", "unit_price": "9.00 CNY"}), rules())
    wanted = ask(12, {"id": "l", "shop": "s2", "unit_price": "95.00 CNY"}, {"id": "b", "unit_price": "12.00 CNY"})
    made = edit_order(paid, wanted, rules())
    assert rows(made) == [("l", "95.00", "0.00"), ("m", "0.00", "80.00")]
    assert (str(made.collect), str(made.give_back)) == ("15.00 CNY", "0.00 CNY")
    assert {shop: str(each) for shop, each in made.shops.items()} == {"s1": "-80.00 CNY", "s2": "95.00 CNY"}
    assert OrderEdit.from_json(made.to_json()) == made


def test_what_is_said_of_a_shop_that_adds_nothing_is_left_to_what_was_bought():
    """A remark for s1 and goods collected there don't keep a line of s2 from being added; its own remark goes along."""
    said = {
        "by_shop": [{"shop": "s1", "remark": "ring"}, {"shop": "s2", "remark": "wrap"}],
        "choice": {"pickup": ["s1"]},
    }
    paid = settle(ask(11, {"id": "m"}), rules())
    made = edit_order(paid, ask(12, {"id": "m"}, {"id": "l", "shop": "s2"}, **said), rules())
    assert rows(made) == [("l", "10.00", "0.00")]
    assert made.settled is not None
    assert made.settled.remark_of("s2") == "wrap"


def test_what_is_kept_is_rechecked_as_a_return_is():
    """Four at 10 % off, two kept: 36.00 were paid, 20.00 stay, so 16.00 go back."""
    paid = settle(ask(11, {"id": "a", "quantity": 4}), rules(TEN))
    made = edit_order(paid, ask(12, {"id": "a", "quantity": 2}), rules(TEN), policy=FAIR)
    assert (str(made.give_back), made.settled) == ("16.00 CNY", None)
    assert str(refund(paid, {"a": 2}, policy=FAIR).cash) == "16.00 CNY"


def test_more_of_a_line_is_settled_anew_and_comes_back_first():
    """Three at 9.00, then one more at today's 15.00; of two that come back one brings 15.00 and one 9.00."""
    paid = settle(ask(11, {"id": "a", "quantity": 3}), rules(TEN))
    more = edit_order(paid, ask(12, {"id": "a", "quantity": 4, "unit_price": "15.00 CNY"}), rules(TEN))
    assert str(more.collect) == "15.00 CNY"
    back = more.refund({"a": 2})
    assert {at: str(quote.cash) for at, quote in back.refunds.items()} == {0: "9.00 CNY", 1: "15.00 CNY"}
    assert [len(part.refunds) for part in back.parts] == [1, 1]
    rest = edit_order(back, ask(13, {"id": "z"}), rules())
    assert rows(rest) == [("a", "0.00", "18.00"), ("z", "10.00", "0.00")]
    with pytest.raises(RefundExceeds):
        rest.refund({"a": 1})
    with pytest.raises(UnknownLine):
        rest.refund({"b": 1})


def test_the_same_id_with_another_sku_is_another_line():
    """The old one comes back whole."""
    paid = settle(ask(11, {"id": "a", "quantity": 2}), rules())
    made = edit_order(paid, ask(12, {"id": "a", "sku": "other", "quantity": 2}), rules())
    assert rows(made) == [("a", "20.00", "20.00")]
    assert str(made.difference) == "0.00 CNY"


def test_refunds_before_and_after_an_edit_count():
    """One of three is back, money was given; wanted are two, which the buyer has: nothing moves."""
    paid = settle(ask(11, {"id": "a", "quantity": 3}), rules()).for_order("A-1")
    first = refund(paid, {"a": 1})
    made = edit_order(paid, ask(12, {"id": "a", "quantity": 2}, order="A-1"), rules(), [first])
    assert (made.refunds, made.lines, made.order) == ({}, (), "A-1")
    goodwill = made.refund({}, money=[MoneyBack(reason="late", line="a", amount="5.00 CNY")])
    assert str(goodwill.give_back) == "5.00 CNY"
    with pytest.raises(InvalidDocument) as error:
        edit_order(made, ask(12, {"id": "a"}, order="A-2"), rules())
    assert error.value.problems[0].code == "order.mismatch"


def test_an_order_is_edited_whole_or_not_at_all():
    """What is sold out, and the very same request in the same second."""
    paid = settle(ask(11, {"id": "a"}), rules())
    for wanted, code in (
        (ask(12, {"id": "a"}, {"id": "b", "stock": 0}), "demand.blocked"),
        (ask(12, {"id": "b", "stock": 0}, {"id": "c"}), "edit.excluded"),
    ):
        with pytest.raises(InvalidDocument) as error:
            edit_order(paid, wanted, rules())
        assert error.value.problems[0].code == code
    emptied = edit_order(paid, ask(12, {"id": "c"}), rules())
    with pytest.raises(InvalidDocument) as error:
        edit_order(emptied, ask(11, {"id": "a"}, {"id": "c"}), rules())
    assert error.value.problems[0].code == "edit.again"


def with_coupon(held: dict[str, Any], **more: Any) -> Callable[[], OrderEdit]:
    """A mug at 10.00 less 4.00 by a coupon; a lamp at 10.00 is wanted beside it, or instead of it."""
    off = {"benefit": {"type": "amount_off", "amount": "4.00 CNY"}, "min_amount": "5.00 CNY"}
    book = rules().model_copy(update={"coupons": (Coupon.model_validate({"id": "c", "issuer": "s1", "tiers": [off]}),)})
    paid = settle(ask(11, {"id": "a"}, customer={"coupons": ["c"]}), book)
    kept = [{"id": "a"}] if more.pop("keep", True) else []
    return lambda: edit_order(paid, ask(12, *kept, {"id": "b"}, customer=held), book, **more)


def test_a_coupon_of_the_order_pays_for_nothing_that_is_added():
    """The checkout may go on naming it as long as nothing else would use it; another copy is another coupon."""
    with pytest.raises(InvalidDocument) as error:
        with_coupon({"coupons": ["x", "c"]})()
    assert [(each.place, each.code) for each in error.value.problems] == [("wanted.customer.coupons[1]", "edit.coupon")]
    assert str(with_coupon({})().difference) == "10.00 CNY"
    for copies in (2, 3):
        made = with_coupon({"coupons": ["c"], "copies": {"c": copies}})()
        assert str(made.difference) == "6.00 CNY"
    again = ask(13, {"id": "a"}, {"id": "b"}, customer={"coupons": ["c"], "copies": {"c": 2}})
    assert str(edit_order(made, again, rules()).difference) == "0.00 CNY"  # nothing is added


def test_a_coupon_that_came_back_may_be_used_again():
    """By the return that is this edit, where the mall gives coupons back; else it is used up."""
    swapped = with_coupon({"coupons": ["c"]}, keep=False, policy=RefundPolicy(coupons="return"))()
    assert rows(swapped) == [("a", "0.00", "6.00"), ("b", "6.00", "0.00")]
    with pytest.raises(InvalidDocument, match=r"\[edit\.coupon\]"):
        with_coupon({"coupons": ["c"]}, keep=False)()


def edited(**more: Any) -> OrderEdit:
    """Order A-1 of four mugs at 10 % off; two come back in an exchange for a lamp of another shop."""
    paid = settle(ask(11, {"id": "a", "quantity": 4}, **more), rules(TEN)).for_order("A-1")
    wanted = ask(12, {"id": "a", "quantity": 2}, {"id": "l", "shop": "s2", "unit_price": "95.00 CNY"})
    return edit_order(paid, wanted, rules(TEN), policy=FAIR, id="E-1")


def test_an_edit_is_told_in_both_languages():
    """What is added, what comes back with what is charged on kept goods, each shop, and what is to be collected."""
    assert edited().text().splitlines() == [
        "Order edit E-1                          2026-11-11 16:00 UTC",
        "Order A-1",
        "=" * 60,
        "What is added",
        "  l                                           × 1   CN¥95.00",
        "-" * 60,
        "What comes back",
        "  a                                           × 2  -CN¥18.00",
        "  p on a, for what is kept                           CN¥2.00",
        "-" * 60,
        "Shop s1                                            -CN¥16.00",
        "Shop s2                                             CN¥95.00",
        "-" * 60,
        "Difference                                          CN¥79.00",
        "To collect                                          CN¥79.00",
    ]
    told = edited().text("zh_CN").splitlines()
    assert [told[at].split("  ")[0] for at in (3, 6, 13, 14)] == ["新增", "退回", "差额", "应补收"]
    cards = [{"id": "g", "type": "gift_card", "balance": "30.00 CNY"}]
    paid = settle(ask(11, {"id": "a"}, tenders=cards), rules())
    told = edit_order(paid, ask(12, {"id": "b"}, tenders=[cards[0] | {"balance": "4.00 CNY"}]), rules()).text()
    assert [line.strip()[:10] for line in told.splitlines() if "of it" in line] == ["of it by g", "of it to g"]
    nothing = edit_order(paid, ask(12, {"id": "a"}), rules())
    assert "Nothing is added, and nothing comes back" in nothing.text()


def test_an_edit_has_tables():
    """By line, by shop and by part; every row adds up."""
    made = edited()
    assert table(made).rows == [
        ("A-1", "a", "s1", *map(Decimal, ("0.00", "16.00", "-16.00")), "CNY"),
        ("A-1", "l", "s2", *map(Decimal, ("95.00", "0.00", "95.00")), "CNY"),
    ]
    assert [row[1:3] for row in table(made, "shops").rows] == [("s1", Decimal("-16.00")), ("s2", Decimal("95.00"))]
    parts = table(made, "parts").rows
    assert [(row[1], row[3], *map(str, row[4:8])) for row in parts] == [
        (1, False, "36.00", "0.00", "16.00", "20.00"),
        (2, True, "95.00", "0.00", "0.00", "95.00"),
    ]
    assert [row[:3] for row in table([made, edited()]).rows][2] == (2, made.settlement, "A-1")


def test_a_journal_takes_an_edit_for_its_documents_each_once():
    """Settlements and refunds of one name, on their days; less what was booked before or is handed in beside it."""
    made = edited()
    later = made.refund({"a": 1}, policy=FAIR, id="R-2")
    first = [(entry.on.day, entry.kind, entry.id) for entry in entries([made])]
    assert first == [(10, "settlement", None), (11, "refund", "E-1"), (11, "settlement", None)]
    paid, quote = made.parts[0].settlement, made.parts[0].refunds[0]
    for beside in ([made, paid, quote], [record(paid), made], [quote, made, made], [later, made]):
        assert len(entries(beside)) == 3 + (later in beside)
    for before in ([made], [paid, quote, made.parts[1].settlement], [later, made]):
        rest = entries([later], before=before)
        assert [entry.id for entry in rest] == ([] if later in before else ["R-2"])
    with pytest.raises(InvalidDocument, match=r"order\.twice"):
        entries([made, settle(ask(13, {"id": "z"}), rules()).for_order("A-1")])
    posted = [row.amount.minor for entry in entries([later]) for row in entry.postings if row.account[1] == "Buyers"]
    held = sum([part.settlement.payable.minor - sum([q.cash.minor for q in part.refunds]) for part in later.parts])
    assert sum(posted) == held
    policy = BooksPolicy(points_deferred="0.10 CNY")
    assert sum([row.amount.minor for entry in entries([made], policy=policy) for row in entry.postings]) == 0


def test_two_equal_refunds_of_an_edit_are_two():
    """An edit says how many there are; two quotes that are handed in alone do not."""
    paid = OrderEdit((OrderPart(settle(ask(11, {"id": "a", "quantity": 3}), rules())),), {}, added=False)
    twice = paid.refund({"a": 1}).refund({"a": 1})
    one, other = twice.parts[0].refunds
    assert one == other
    assert len(entries([twice])) == len(entries([twice, one])) == 3
    assert len(entries([twice], before=[twice.parts[0].settlement, one])) == 1
    with pytest.raises(InvalidDocument, match=r"refund\.alike"):
        entries([twice.parts[0].settlement, one, other])


def two_shops() -> OrderEdit:
    """Order A-1: a at 100.00 of s1 was bought, b at 50.00 of s2 added."""
    paid = settle(ask(11, {"id": "a", "unit_price": "100.00 CNY"}), rules()).for_order("A-1")
    wanted = ask(12, {"id": "a"}, {"id": "b", "shop": "s2", "unit_price": "50.00 CNY"})
    return edit_order(paid, wanted, rules())


@pytest.mark.parametrize(
    ("amount", "shops"),
    [
        ("15.00 CNY", {"s1": "-10.00 CNY", "s2": "-5.00 CNY"}),
        ("120.00 CNY", {"s1": "-80.00 CNY", "s2": "-40.00 CNY"}),
        (None, {"s1": "-100.00 CNY", "s2": "-50.00 CNY"}),
    ],
)
def test_money_of_the_order_is_of_all_its_parts(amount, shops):
    """Of 100.00 and 50.00 each part gives two thirds and one; all that is left is all of both."""
    made = two_shops().refund({}, money=[MoneyBack(reason="late", amount=amount)])
    assert {shop: str(each) for shop, each in made.shops.items()} == shops
    assert OrderEdit.from_json(made.to_json()) == made


def test_what_was_given_of_the_order_comes_off_what_comes_back():
    """15.00 of 150.00: b is worth 45.00 then, and a 90.00; of nothing no more is given."""
    late = two_shops().refund({}, money=[MoneyBack(reason="late", amount="15.00 CNY")], id="G")
    back = late.refund({"b": 1}, id="R-1")
    more = back.refund({}, money=[MoneyBack(reason="still", amount="9.00 CNY")], id="G-2")
    over = more.refund({"a": 1}, id="R-2")
    assert [str(each.give_back) for each in (late, back, more, over)] == [
        "15.00 CNY",
        "45.00 CNY",
        "9.00 CNY",
        "81.00 CNY",
    ]
    with pytest.raises(InvalidDocument, match=r"money\[0\]\.amount: found 0\.01 CNY; there is 0\.00 CNY left"):
        over.refund({}, money=[MoneyBack(reason="late", amount="0.01 CNY")], id="G-3")
    with pytest.raises(InvalidDocument, match=r"money\[1\]\.amount: found 149\.00 CNY; there is 148\.00 CNY left"):
        two_shops().refund({}, money=[MoneyBack(reason=each, amount=f"{each} CNY") for each in ("2.00", "149.00")])
    with pytest.raises(CurrencyMismatch):
        two_shops().refund({}, money=[MoneyBack(reason="late", amount="1.00 USD")])


def test_money_of_a_line_that_two_parts_sold():
    """Two were bought at 40.00 and one added at 70.00: of 150.00, 75.00 halve each; newest first would refuse it."""
    paid = settle(ask(11, {"id": "a", "quantity": 2, "unit_price": "40.00 CNY"}), rules())
    made = edit_order(paid, ask(12, {"id": "a", "quantity": 3, "unit_price": "70.00 CNY"}), rules())
    given = made.refund({}, money=[MoneyBack(reason="scratch", line="a", amount="75.00 CNY")])
    assert {at: str(quote.cash) for at, quote in given.refunds.items()} == {0: "40.00 CNY", 1: "35.00 CNY"}


@pytest.mark.parametrize(("amount", "back"), [("30.00", [8000, 4000]), ("60.00", [6000, 3000]), ("999.00", [0, 0])])
def test_a_deduction_is_kept_of_all_that_comes_back(amount, back):
    """60.00 of 100.00 and 50.00 that come back, though one part alone is not worth so much."""
    kept = [Deduction(reason="restocking", amount=f"{amount} CNY")]
    made = two_shops().refund({"a": 1, "b": 1}, deductions=kept)
    assert [made.refunds[at].cash.minor for at in (0, 1)] == back


def test_a_gift_is_kept_of_the_part_that_gave_it():
    """a brought a mug; with a and the newer b both back, the mug's 15.00 come off what a gives."""
    gift = {"type": "gift", "sku": "mug", "quantity": 1}
    given = rules({"min_amount": "60.00 CNY", "benefit": gift})
    paid = settle(ask(11, {"id": "a", "unit_price": "100.00 CNY"}), given)
    made = edit_order(paid, ask(12, {"id": "a"}, {"id": "b", "unit_price": "50.00 CNY"}), given)
    kept = [Deduction(reason="kept", gift="mug", amount="15.00 CNY")]
    back = made.refund({"a": 1, "b": 1}, policy=RefundPolicy(gifts="return"), deductions=kept)
    assert {at: (str(quote.cash), quote.gifts) for at, quote in back.refunds.items()} == {
        0: ("85.00 CNY", ()),
        1: ("50.00 CNY", ()),
    }


def test_money_and_deductions_are_of_the_parts_that_have_them():
    """Money goes to the part that sold its line, a deduction by what comes back of each, credit to the newest; once."""
    made = edited()
    money = made.refund({}, money=[MoneyBack(reason="late", line="a", amount="5.00 CNY")])
    assert {at: str(quote.cash) for at, quote in money.refunds.items()} == {0: "5.00 CNY"}
    kept = [Deduction(reason="restocking", amount="3.00 CNY")]
    back = made.refund({"a": 2, "l": 1}, deductions=kept, credit=StoreCredit(id="w", amount="100.00 CNY"))
    assert {at: str(quote.cash) for at, quote in back.refunds.items()} == {0: "19.48 CNY", 1: "92.52 CNY"}
    assert {at: str(quote.credit and quote.credit.amount) for at, quote in back.refunds.items()} == {
        0: "7.48 CNY",
        1: "92.52 CNY",
    }
    assert str(back.give_back) == "12.00 CNY"
    with pytest.raises(InvalidDocument, match=r"112\.00 CNY left"):
        made.refund({"a": 2, "l": 1}, deductions=kept, credit=StoreCredit(id="w", amount="112.01 CNY"))
    with pytest.raises(RefundExceeds):
        made.refund({"a": 2, "l": 1}, captured=Money("130.99 CNY"))
    with pytest.raises(UnknownLine):
        made.refund({}, money=[MoneyBack(reason="late", line="z", amount="5.00 CNY")])
    with pytest.raises(TypeError, match="takes no history"):
        made.refund({"a": 1}, history=[])


BAD = {
    "collect": ("1.00 CNY", "collect: found 1.00 CNY; the parts of this edit make 0.00 CNY [edit.sum]"),
    "difference": ("5.00 CNY", "difference: found 5.00 CNY; the parts of this edit make 0.00 CNY [edit.sum]"),
    "lines": ([], "lines[0]: found none; the parts of this edit make {"),
    "shops": ({}, "shops.s1: found none; the parts of this edit make 0.00 CNY [edit.sum]"),
    "refunds": ([7], "refunds[0]: names no part that this change gives something back of [value.invalid]"),
    "parts": ([], "parts: an edit is of what was bought before it [value.invalid]"),
    "added": (False, "difference: found 0.00 CNY; the parts of this edit make -10.00 CNY"),
    "currency": ("USD", "parts[0].settlement.totals"),
    "order": ("A-2", 'edit.order: found order "A-2"'),
    "surprise": (1, "surprise: "),
}


@pytest.mark.parametrize("field", BAD)
def test_a_stored_edit_is_looked_at_again(field):
    """Sums that are not those of its parts, and what is no edit, by place and with what would be right."""
    found, told = BAD[field]
    paid = settle(ask(11, {"id": "a"}), rules()).for_order("A-1")
    stored = edit_order(paid, ask(12, {"id": "b"}), rules()).to_dict() | {field: found}
    with pytest.raises(InvalidDocument) as error:
        OrderEdit.from_dict(stored)
    assert told in str(error.value)


def test_a_part_that_contradicts_itself_is_told_at_its_place():
    """A refund that gives back more than was sold, a settlement of another order, one request twice."""
    stored = edited().to_dict()
    line = stored["parts"][0]["refunds"][0]["lines"][0]
    line["quantity"] = 5
    with pytest.raises(RefundExceeds):
        OrderEdit.from_dict(stored)
    stored = edited().to_dict()
    stored["parts"][0]["refunds"][0]["cash"] = "1.00 CNY"
    with pytest.raises(InvalidDocument, match=r"parts\[0\]\.refunds\[0\]\.cash"):
        OrderEdit.from_dict(stored)
    stored = edited().to_dict()
    stored["parts"][1]["settlement"]["order"] = "A-2"
    with pytest.raises(InvalidDocument, match=r"order\.mismatch"):
        OrderEdit.from_dict(stored)
    stored = edited().to_dict()
    stored["parts"][1] = {"settlement": stored["parts"][0]["settlement"], "refunds": []}
    with pytest.raises(InvalidDocument, match=r"parts\[1\]\.settlement\.digest.*edit\.again"):
        OrderEdit.from_dict(stored)


@given(st.integers(0, 10**9))
@settings(max_examples=examples(60))
def test_whatever_is_wanted_in_turn_the_money_adds_up(seed):
    """Collected less given back is what the parts still hold, payouts and journal too; at the end all is back."""
    rng = random.Random(seed)
    book = rules(TEN, {"min_quantity": 6, "benefit": {"type": "percent_off", "percent": "25"}})

    def draw(day: int) -> Checkout:
        names = rng.sample("abcd", rng.randint(1, 4))
        lines = [
            {"id": name, "shop": rng.choice(["s1", "s2"]), "quantity": rng.randint(1, 5), "commission_percent": "5"}
            | {"unit_price": f"{rng.randint(1, 40)}.{rng.randint(0, 99):02} CNY"}
            for name in names
        ]
        return ask(day, *lines)

    order: Any = settle(draw(11), book)
    held = order.payable.minor
    for day in range(12, 12 + rng.randint(1, 4)):
        made = edit_order(order, draw(day), book, policy=rng.choice([None, FAIR]))
        assert OrderEdit.from_json(made.to_json()) == made
        held += made.difference.minor
        assert made.collect.minor - made.give_back.minor == made.difference.minor
        assert sum([each.minor for each in made.shops.values()]) == made.difference.minor
        order = made
    whole = [part.settlement.payable.minor - sum([quote.cash.minor for quote in part.refunds]) for part in order.parts]
    assert min(whole) >= 0
    assert sum(whole) == held
    for part in order.parts:
        found = payout(part.settlement, refunds=part.refunds)
        nets = sum([shop.net.minor for shop in found.shops]) + found.platform.net.minor + found.provider.minor
        assert nets == part.settlement.payable.minor - sum([quote.cash.minor for quote in part.refunds])
        for entry in entries([part.settlement, *[q.known_as(f"r{at}") for at, q in enumerate(part.refunds)]]):
            assert sum([posting.amount.minor for posting in entry.postings]) == 0
    gone = edit_order(order, draw(20).model_copy(update={"cart": ask(20, {"id": "x"}).cart}), book)
    assert held + gone.difference.minor == 1000
