"""Sequences of refunds to test with: parts of an order that come back in any order, then all that is left."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

from random_requests import random_request
from samples import settled
from settlement import InvalidDocument, Money, RefundPolicy, RefundQuote, Settlement, refund
from settlement.after_pay.refunds import Deduction, MoneyBack, StoreCredit
from settlement.documents.scalars import milli, quantity_out

CHOICES: dict[str, tuple[str, ...]] = {
    "payment_fee": ("return", "keep"),
    "coupons": ("keep", "return"),
    "gifts": ("keep", "return"),
    "earned_points": ("keep", "take_back"),
    "recheck": ("none", "thresholds", "fair"),
    "tenders": ("in_proportion", "method_first", "tenders_first"),
    "earned_on": ("payable", "goods"),
}
#: Everything that an order can give back.
ALL = RefundPolicy(coupons="return", gifts="return", earned_points="take_back", recheck="thresholds")


def a_policy(rng: random.Random, *, fair: bool = True) -> RefundPolicy:
    """Any policy; without `fair` none that gives kept goods what they reach alone."""
    chosen = {name: rng.choice(values) for name, values in CHOICES.items()}
    return RefundPolicy.model_validate(chosen | ({} if fair else {"recheck": rng.choice(CHOICES["recheck"][:2])}))


def a_settlement(rng: random.Random, **fields: Any) -> Settlement:
    """A random settlement; every line has these fields by chance, and half of the orders pay with cards too."""
    request = random_request(rng)
    for line in request["checkout"]["cart"]["lines"]:
        line |= {name: rng.choice(values) for name, values in fields.items() if rng.random() < 0.8}
        line["sold_by_measure"] = rng.random() < 0.7
    if rng.random() < 0.5:
        payable = settled(request["checkout"], request["rulebook"]).payable
        request["checkout"]["tenders"] = [
            {"id": name, "type": kind, "balance": str(Money.of_minor(rng.randint(0, payable.minor), payable.currency))}
            for name, kind in (("g", "gift_card"), ("v", "stored_value"))
        ]
    return settled(request["checkout"], request["rulebook"])


def a_payable(rng: random.Random, **fields: Any) -> Settlement:
    """The same, until one can be paid."""
    while (settlement := a_settlement(rng, **fields)).status != "payable":
        pass
    return settlement


def some_of(rng: random.Random, settlement: Settlement, name: str, left: int) -> int:
    """Thousandths of a line that come back: whole pieces, where it is not sold by measure."""
    line = settlement.line(name)
    if line.sold_by_measure or milli(line.quantity) % 1000:
        return rng.randint(0, left)
    return 1000 * rng.randint(0, left // 1000)


def beside(rng: random.Random, settlement: Settlement) -> dict[str, Any]:
    """Money without goods, deductions and store credit, some of each; the money of more than is left is refused."""
    names = [line.id for line in settlement.lines]

    def of() -> dict[str, Any]:
        line = rng.choice([None, *names])
        return {"reason": "r", "line": line, "of": rng.choice(["goods", "freight"])}

    def some(most: int) -> Money:
        return Money.of_minor(rng.randint(1, most), settlement.currency)

    found: dict[str, Any] = {}
    if rng.random() < 0.6:
        most = max(2, settlement.payable.minor // 3)
        found["money"] = [
            MoneyBack.model_validate(of() | ({"amount": some(most)} if rng.random() < 0.7 else {}))
            for _ in range(rng.randint(1, 2))
        ]
    if rng.random() < 0.4:
        found["deductions"] = [Deduction.model_validate(of() | {"amount": some(500)})]
    if rng.random() < 0.4:
        found["credit"] = StoreCredit(id="wallet")
    return found


def sequence(
    rng: random.Random, settlement: Settlement, last: RefundPolicy = ALL, *, fair: bool = True, money: bool = False
) -> Iterator[RefundQuote]:
    """Refunds under changing policies and freight modes, the last of which takes all that is left with its freight.

    With `money` some of them give money without goods, deduct, and give store credit.
    """
    left = {line.id: milli(line.quantity) for line in settlement.lines}
    history: list[RefundQuote] = []
    for _ in range(rng.randint(0, 5)):
        now = {name: some_of(rng, settlement, name, most) for name, most in left.items() if rng.random() < 0.5}
        for name, thousandths in now.items():
            left[name] -= thousandths
        returns = {name: quantity_out(thousandths) for name, thousandths in now.items()}
        mode: Any = rng.choice(["keep", "return", "parcel"])
        policy = a_policy(rng, fair=fair)
        more = beside(rng, settlement) if money else {}
        try:
            history.append(refund(settlement, returns, history, mode, policy, **more))
        except InvalidDocument as error:
            if error.problems[0].code not in ("refund.left", "refund.fair"):
                raise
            history.append(refund(settlement, returns, history, mode, policy.model_copy(update={"recheck": "none"})))
        yield history[-1]
    rest = {name: quantity_out(thousandths) for name, thousandths in left.items()}
    yield refund(settlement, rest, history, "return", last)


def parts(rng: random.Random, settlement: Settlement) -> list[dict[str, Any]]:
    """Returns of a part of an order, one line at a time: up to six, which together take no more than there is."""
    left = {line.id: milli(line.quantity) for line in settlement.lines}
    found = []
    for _ in range(rng.randint(2, 6) if left else 0):
        name = rng.choice(sorted(left))
        thousandths = some_of(rng, settlement, name, left[name])
        left[name] -= thousandths
        found.append({name: quantity_out(thousandths)})
    return found


def refunded(
    settlement: Settlement, returns: list[dict[str, Any]], freight: Any, policy: RefundPolicy
) -> list[RefundQuote]:
    """One refund after the other for these returns."""
    history: list[RefundQuote] = []
    for each in returns:
        history.append(refund(settlement, each, history, freight, policy))
    return history
