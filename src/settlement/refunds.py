"""Refunds: folds of a settlement, nothing recomputed by another formula (contract §8).

What a line gives back is the part of its two sides (`mirror`) that its returned quantity makes, less what earlier
refunds gave. Everything else about a refund is a choice of the shop, `RefundPolicy`, whose defaults choose nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Final, Literal, NamedTuple, TypeAlias

from settlement.allocation import share_out
from settlement.breakdown import GiftLine, Settlement
from settlement.conditions import Standing, consignments, coupons_over, gifts_left, standing
from settlement.documents import Document, milli, quantity_out
from settlement.errors import InvalidDocument, Problem, RefundExceeds, UnknownLine
from settlement.mirror import NO_PART, Part, Sides, less, part, plus, sides
from settlement.money import Money, _money, excerpt
from settlement.refund_quote import FreightMode, RefundCharge, RefundLine, RefundPart, RefundQuote, RefundTender

__all__ = ["RefundPolicy", "RefundPreview", "preview", "refund"]

Returns: TypeAlias = Mapping[str, int | str | Decimal]


class RefundPolicy(Document):
    """What else a refund does; the defaults are contract §8 and no more.

    `payment_fee`: what of the cash is the fee of the payment method is returned, or kept (a later `return` catches
    up). `coupons` and `gifts`: what the buyer gets back, or sends back, once the lines have come back. `earned_points`
    that the order brought are taken back in proportion. `recheck`: an offer whose threshold the kept goods no longer
    meet is charged back. `tenders`: which of what was paid with is filled first.

    >>> RefundPolicy().recheck
    'none'
    """

    payment_fee: Literal["return", "keep"] = "return"
    coupons: Literal["keep", "return"] = "keep"
    gifts: Literal["keep", "return"] = "keep"
    earned_points: Literal["keep", "take_back"] = "keep"
    recheck: Literal["none", "thresholds"] = "none"
    tenders: Literal["in_proportion", "method_first", "tenders_first"] = "in_proportion"


class RefundPreview(NamedTuple):
    """What returning one line alone would give: the next units one after the other, and all that is left."""

    line: str
    left: int | Decimal
    units: tuple[Money, ...]
    all_left: Money
    points: int


_PLAIN: Final = RefundPolicy()


def refund(
    settlement: Settlement,
    returns: Returns,
    history: Iterable[RefundQuote] = (),
    freight: FreightMode = "keep",
    policy: RefundPolicy = _PLAIN,
    *,
    captured: Money | None = None,
) -> RefundQuote:
    """What to give back for these returned quantities by line id, after the refunds in `history`.

    Cumulative and floored, so that any sequence ends at exactly what was paid. With `freight="return"` the freight of
    the lines in `returns` comes back too, also what an earlier `keep` held (0 is a legal quantity for that); with
    `"parcel"` the freight of a parcel comes back with the last of its lines. `captured` is what was really taken from
    the buyer, where that is known. Raises `UnknownLine`, `RefundExceeds` where more is returned than was bought or
    paid back than was captured, `InvalidDocument` for a malformed quantity, `ValueError` for history of another
    settlement. Source: contract §8, docs/after-pay.md.

    >>> from settlement import Cart, Checkout, Coupon, Customer, Line, Rulebook, settle
    >>> quarter = {"benefit": {"type": "percent_off", "percent": "25"}}
    >>> coupons = [{"id": "off", "issuer": "platform", "tiers": [quarter]}]
    >>> book = Rulebook.model_validate({"id": "r", "currency": "CNY", "coupons": coupons})
    >>> cart = Cart(currency="CNY", lines=[Line(id="1", shop="s", sku="k", quantity=10, unit_price="23.90 CNY")])
    >>> checkout = Checkout(at="2026-11-11T00:00:00+08:00", cart=cart, customer=Customer(coupons=["off"]))
    >>> paid = settle(checkout, book)
    >>> first = refund(paid, {"1": 3})
    >>> str(first.cash), str(refund(paid, {"1": 7}, history=[first]).cash), str(paid.payable)
    ('53.77 CNY', '125.48 CNY', '179.25 CNY')
    """
    if freight not in ("keep", "return", "parcel"):
        facts = {"found": excerpt(freight), "expected": '"keep", "return" or "parcel"'}
        raise InvalidDocument([Problem("freight", "choice.unknown", facts)], "refund")
    earlier = list(history)
    quote = _Sold(settlement).quote(returns, earlier, freight, policy)
    paid_back = sum([each.cash.minor for each in earlier]) + quote.cash.minor
    if captured is not None and _money(paid_back, settlement.currency) > captured:
        raise RefundExceeds("", str(captured), str(_money(paid_back, settlement.currency)))
    return quote


def preview(
    settlement: Settlement,
    history: Iterable[RefundQuote] = (),
    freight: FreightMode = "keep",
    policy: RefundPolicy = _PLAIN,
    *,
    most: int = 10,
) -> tuple[RefundPreview, ...]:
    """What each line that is left would give if it alone came back: up to `most` units in turn, and all of it.

    Made by `refund()` itself, so it is what a refund gives; goods sold by measure come back by whole units first.

    >>> from settlement import Cart, Checkout, Line, Rulebook, settle
    >>> line = Line(id="a", shop="s", sku="k", quantity=3, unit_price="3.33 CNY")
    >>> checkout = Checkout(at="2026-11-11T00:00:00+08:00", cart=Cart(currency="CNY", lines=[line]))
    >>> found = preview(settle(checkout, Rulebook(id="r", currency="CNY")))[0]
    >>> [str(unit) for unit in found.units], str(found.all_left)
    (['3.33 CNY', '3.33 CNY', '3.33 CNY'], '9.99 CNY')
    """
    earlier, sold = list(history), _Sold(settlement)
    before = _returned(earlier)
    made = []
    for name, line in sold.sides.items():
        left = line.bought - before.get(name, 0)
        if not left:
            continue
        chain = list(earlier)
        for _ in range(min(most, left // 1000)):
            chain.append(sold.quote({name: 1}, chain, freight, policy))
        rest = sold.quote({name: quantity_out(left)}, earlier, freight, policy)
        units = tuple([each.cash for each in chain[len(earlier) :]])
        made.append(RefundPreview(name, _quantity(left), units, rest.cash, rest.points))
    return tuple(made)


def _returned(history: Sequence[RefundQuote]) -> dict[str, int]:
    """Thousandths that came back of each line."""
    found: dict[str, int] = {}
    for quote in history:
        for line in quote.lines:
            found[line.id] = found.get(line.id, 0) + milli(line.quantity)
    return found


def _quantity(thousandths: int) -> int | Decimal:
    shown = quantity_out(thousandths)
    return shown if isinstance(shown, int) else Decimal(shown)


class _Sold:
    """A settlement made ready for refunds: its sides, and what else a policy looks at, worked out once."""

    def __init__(self, settlement: Settlement) -> None:
        self.settlement = settlement
        self.currency = settlement.currency
        self.sides: dict[str, Sides] = sides(settlement)
        self.bought = {name: line.bought for name, line in self.sides.items()}

    @cached_property
    def offers(self) -> list[Standing]:
        return list(standing(self.settlement))

    def quote(
        self, returns: Returns, earlier: Sequence[RefundQuote], freight: FreightMode, policy: RefundPolicy
    ) -> RefundQuote:
        """One refund; `earlier` are those before it."""
        if any(quote.settlement != self.settlement.digest for quote in earlier):
            raise ValueError("the history holds a refund of another settlement")
        now = _quantities(returns, self.sides)
        before = _returned(earlier)
        after = {name: before.get(name, 0) + now.get(name, 0) for name in {**before, **now}}
        for name in now:
            if after[name] > self.bought[name]:
                bought, asked = quantity_out(self.bought[name]), quantity_out(after[name])
                raise RefundExceeds(name, str(bought), str(asked))
        over = {name for name, quantity in after.items() if quantity == self.bought[name]}
        given = {name: _given(name, earlier) for name in sorted(after)}
        with_freight = set(now) if freight == "return" else set()
        if freight == "parcel":
            whole = [names for names in consignments(self.settlement) if names <= over]
            with_freight = {name for names in whole for name in names}
        lines = []
        for name in sorted({*now, *with_freight}):
            line = self._line(name, now.get(name, 0), after[name], given[name], name in with_freight, policy)
            if name in now or line.cash or line.points:
                lines.append(line)
        worth = sum([line.cash.minor for line in lines])
        charges = self._charges(after, earlier, worth, policy)
        cash = worth - sum([each.amount.minor for each in charges])
        return RefundQuote(
            self.settlement.digest,
            self.currency,
            freight,
            tuple(lines),
            charges,
            self._tenders(earlier, cash, policy),
            self._coupons(over, lines, earlier, policy),
            self._gifts(after, earlier, policy),
            self._earned(after, earlier, policy),
        )

    def _line(
        self, name: str, now: int, after: int, given: tuple[Part, Part], with_freight: bool, policy: RefundPolicy
    ) -> RefundLine:
        line = self.sides[name]
        goods = less(part(line.goods, after, line.bought), given[0])
        freight = less(part(line.freight, after, line.bought), given[1]) if with_freight else NO_PART
        made = []
        for each in (goods, freight):
            fee = each.fee if policy.payment_fee == "return" else 0
            made.append(plus(each._replace(fee=fee), Part(fee, 0, 0, {"payment_fee": fee}, {})))
        goods, freight = made
        return RefundLine(
            name,
            _quantity(now),
            _money(goods.cash, self.currency),
            _money(freight.cash, self.currency),
            goods.points,
            freight.points,
            self._part(goods),
            self._part(freight),
        )

    def _part(self, each: Part) -> RefundPart:
        columns, platform = (
            {name: _money(amount, self.currency) for name, amount in sorted(amounts.items()) if amount}
            for amounts in (each.columns, each.platform)
        )
        return RefundPart(_money(each.fee, self.currency), columns, platform)

    def _charges(
        self, after: Mapping[str, int], earlier: Sequence[RefundQuote], worth: int, policy: RefundPolicy
    ) -> tuple[RefundCharge, ...]:
        """What offers that no longer hold gave on the goods that are kept, less what was charged for it before.

        Never more than the refund is worth; what could not be charged is charged by the next one, and what comes back
        later gives back what was charged for it. The platform's part of an offer is the platform's again.
        """
        before: dict[tuple[str, str], tuple[int, int]] = {}
        for charge in (each for quote in earlier for each in quote.charges):
            amount, platform = before.get((charge.rule, charge.line), (0, 0))
            before[charge.rule, charge.line] = (amount + charge.amount.minor, platform + charge.platform.minor)
        target: dict[tuple[str, str], tuple[int, int]] = {}
        for offer in self.offers if policy.recheck == "thresholds" else ():
            if not offer.holds(self.bought, after):
                for name, share in offer.shares.items():
                    back, bought = after.get(name, 0), self.bought[name]
                    borne = offer.platform.get(name, 0)
                    target[offer.rule, name] = (share - share * back // bought, borne - borne * back // bought)
        room = worth + sum([amount for amount, _ in before.values()])
        wanted = [amount for amount, _ in target.values()]
        if sum(wanted) > room:
            limited = share_out(room, wanted)
            target = {
                key: (amount, borne * amount // whole if whole else 0)
                for (key, (whole, borne)), amount in zip(target.items(), limited, strict=True)
            }
        made = []
        for rule, name in {**before, **target}:
            (new, new_borne), (old, old_borne) = (each.get((rule, name), (0, 0)) for each in (target, before))
            if new != old or new_borne != old_borne:
                amounts = [_money(amount, self.currency) for amount in (new - old, new_borne - old_borne)]
                made.append(RefundCharge(rule, name, amounts[0], amounts[1]))
        return tuple(made)

    def _tenders(self, earlier: Sequence[RefundQuote], cash: int, policy: RefundPolicy) -> tuple[RefundTender, ...]:
        """The cash by what was paid with; the payment method's part is what is left beside these."""
        tenders = self.settlement.tenders
        if not tenders:
            return ()
        left = [each.amount.minor for each in tenders]
        method = self.settlement.due.minor
        for quote in earlier:
            given = {each.id: each.amount.minor for each in quote.tenders}
            left = [amount - given.get(each.id, 0) for each, amount in zip(tenders, left, strict=True)]
            method -= quote.cash.minor - sum(given.values())
        if policy.tenders == "in_proportion":
            parts = share_out(cash, [method, *left])[1:]
        else:
            rest = max(0, cash - method) if policy.tenders == "method_first" else cash
            parts = [0] * len(left)
            for at in reversed(range(len(left))):  # the last that paid is the first that is filled
                parts[at] = min(left[at], rest)
                rest -= parts[at]
        return tuple(
            RefundTender(each.id, _money(amount, self.currency))
            for each, amount in zip(tenders, parts, strict=True)
            if amount
        )

    def _coupons(
        self, over: set[str], lines: Sequence[RefundLine], earlier: Sequence[RefundQuote], policy: RefundPolicy
    ) -> tuple[str, ...]:
        if policy.coupons == "keep":
            return ()
        back: dict[str, int] = {}
        for line in (*lines, *(line for quote in earlier for line in quote.lines)):
            offers = line.freight_part.columns.get("freight_offers")
            back[line.id] = back.get(line.id, 0) + (offers.minor if offers else 0)
        freight_over = {line.id for line in self.settlement.lines if line.freight_offers.minor == back.get(line.id)}
        before = {name for quote in earlier for name in quote.coupons}
        found = coupons_over(self.settlement, over, freight_over & over)
        return tuple([name for name in found if name not in before])

    def _gifts(
        self, after: Mapping[str, int], earlier: Sequence[RefundQuote], policy: RefundPolicy
    ) -> tuple[GiftLine, ...]:
        if policy.gifts == "keep":
            return ()
        made = []
        for gift, kept in gifts_left(self.settlement, self.bought, after):
            before = [each for quote in earlier for each in quote.gifts if each[:2] == gift[:2]]
            back = milli(gift.quantity) - kept - sum([milli(each.quantity) for each in before])
            if back > 0:
                made.append(GiftLine(gift.rule, gift.sku, _quantity(back)))
        return tuple(made)

    def _earned(self, after: Mapping[str, int], earlier: Sequence[RefundQuote], policy: RefundPolicy) -> int:
        """Of the points that the order earned, the part that what came back was of payable, down; less those before."""
        earned = self.settlement.points.earned
        if policy.earned_points == "keep" or not earned:
            return 0
        payable = self.settlement.payable.minor
        paid = {line.id: line.payable.minor for line in self.settlement.lines}
        back = sum([Fraction(paid[name] * quantity, self.bought[name]) for name, quantity in after.items()], Fraction())
        whole = all(after.get(name) == bought for name, bought in self.bought.items())
        taken = int(earned * back // payable) if payable else earned * whole
        return max(0, taken - sum([quote.earned_points for quote in earlier]))


def _given(name: str, earlier: Sequence[RefundQuote]) -> tuple[Part, Part]:
    """What earlier refunds gave of a line's two sides."""
    sums = [NO_PART, NO_PART]
    for line in (line for quote in earlier for line in quote.lines if line.id == name):
        halves = (
            (line.goods, line.goods_points, line.goods_part),
            (line.freight, line.freight_points, line.freight_part),
        )
        for at, (cash, points, each) in enumerate(halves):
            fee = each.payment_fee.minor
            columns = {column: amount.minor for column, amount in each.columns.items()}
            platform = {column: amount.minor for column, amount in each.platform.items()}
            columns["payment_fee"] = columns.get("payment_fee", 0) - fee
            sums[at] = plus(sums[at], Part(cash.minor - fee, fee, points, columns, platform))
    return sums[0], sums[1]


def _quantities(returns: Returns, known: Mapping[str, object]) -> dict[str, int]:
    """Returned quantities in thousandths, in the order of line ids."""
    from pydantic_core import PydanticCustomError

    from settlement.documents import returned_quantity

    found: dict[str, int] = {}
    problems = []
    for name in sorted(returns):
        if name not in known:
            raise UnknownLine(name, known)
        try:
            found[name] = milli(returned_quantity(returns[name]))
        except PydanticCustomError as error:
            problems.append(Problem(f"returns.{name}", error.type, error.context or {}))
    if problems:
        raise InvalidDocument(problems, "refund")
    return found
