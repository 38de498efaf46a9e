"""A settlement made ready for refunds: what one refund gives back after those before it (contract §8)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple, TypeAlias

from settlement.after_pay.refunds.goods_tax import GoodsTax, goods_taxes
from settlement.after_pay.refunds.history import charged_by, given_by, lifted_by, no_more_than_sold, returned
from settlement.after_pay.refunds.kept import Kept
from settlement.after_pay.refunds.kept_freight import Due, FreightKept
from settlement.after_pay.refunds.money_back import (
    Attached,
    MoneyAsked,
    StoreCredit,
    attached,
    deducted,
    money_part,
    spread_money,
    step,
    with_money,
)
from settlement.after_pay.refunds.policy import RefundPolicy
from settlement.after_pay.refunds.quote import (
    FreightMode,
    RefundCharge,
    RefundCredit,
    RefundDeduction,
    RefundLine,
    RefundMoney,
    RefundPart,
    RefundQuote,
    RefundTender,
)
from settlement.after_pay.refunds.sides import NO_PART, Part, Sides, less, part, plus, sides
from settlement.after_pay.refunds.still_holding import Standing, consignments, coupons_over, gifts_left, standing
from settlement.allocation import share_out, spread
from settlement.documents.order_name import one_order
from settlement.documents.problems import expect_all
from settlement.documents.scalars import milli, quantity_out
from settlement.errors import CurrencyMismatch, InvalidDocument, Problem, RefundExceeds, UnknownLine
from settlement.money import Money, excerpt, money_of
from settlement.receipts.columns import EARNED_ON_GOODS, FREIGHT_COLUMNS, GOODS_COLUMNS, GOODS_OFFERS
from settlement.receipts.parts import GiftLine
from settlement.receipts.settlement import Settlement

__all__ = ["FairRow", "Returns", "Sold", "quantity"]

Returns: TypeAlias = Mapping[str, int | str | Decimal]


def quantity(thousandths: int) -> int | Decimal:
    """Thousandths as an int, or as a Decimal without trailing zeros."""
    shown = quantity_out(thousandths)
    return shown if isinstance(shown, int) else Decimal(shown)


class FairRow(NamedTuple):
    """One thing that a fair charge is made of, in minor units, and what of it is the platform's.

    `why`: what the offer `gave` on what is kept, what it `gives` to that alone (below 0), what was `rounded` off parts,
    the `tax` on these, what points paid (`by_points`), or `freight` that is owed.
    """

    rule: str
    line: str
    why: str
    amount: int
    platform: int


class Sold:
    """A settlement's sides, and what else a policy looks at, worked out once for any number of refunds."""

    def __init__(self, settlement: Settlement) -> None:
        self.settlement = settlement
        self.currency = settlement.currency
        self.sides: dict[str, Sides] = sides(settlement)
        self.bought = {name: line.bought for name, line in self.sides.items()}
        #: Lines that are sold by measure: any part of them comes back.
        self.by_measure = {
            line.id for line in settlement.plain.lines if line.sold_by_measure or self.bought[line.id] % 1000
        }

    def history(self, refunds: Iterable[RefundQuote], place: str = "history") -> list[RefundQuote]:
        """These refunds as a list, each of them one of this settlement, together no more than was bought and paid.

        A quote that stands twice is told by its id, by being the very same object, or by coming to more than was sold;
        two equal refunds of a piece each are both right, so which of those without an id were made is for the store to
        know. Raises `TypeError` for anything but refund quotes, `ValueError` for one of another settlement,
        `CurrencyMismatch` for one in another currency, `UnknownLine` and `RefundExceeds` where they name or give back
        what was not sold, `InvalidDocument` where one is of another order, where a column, the points, a charge or a
        tender is none that refunds of it come to, and where the very same quote stands twice.
        """
        found = expect_all(place, refunds, RefundQuote)
        for at, quote in enumerate(found):
            if quote.settlement != self.settlement.digest:
                expected = f"those of {self.settlement.digest} are expected"
                raise ValueError(f"{place}[{at}]: this is a refund of another settlement; {expected}")
            if quote.currency != self.currency:
                raise CurrencyMismatch(self.currency, quote.currency)
        own = ("settlement", self.settlement.order)
        one_order("refund", [own, *((f"{place}[{at}]", each.order) for at, each in enumerate(found))])
        if found:
            no_more_than_sold(self.settlement, self.sides, lambda: self.offers, found, place)
        seen: set[int | str] = set()
        for at, quote in enumerate(found):
            if seen & {id(quote), quote.id}:
                raise InvalidDocument([Problem(f"{place}[{at}]", "refund.twice")], "refund")
            seen |= {id(quote)} if quote.id is None else {id(quote), quote.id}
        return found

    @cached_property
    def offers(self) -> list[Standing]:
        """Offers under a condition."""
        return list(standing(self.settlement))

    @cached_property
    def on_goods(self) -> frozenset[str]:
        """The offers that took something off goods."""
        return frozenset([each.rule for each in self.settlement.adjustments if each.stage in GOODS_OFFERS])

    @cached_property
    def goods_taxes(self) -> dict[str, GoodsTax]:
        """The tax on the goods of lines, by what it was taken of."""
        return goods_taxes(self.settlement, self.sides)

    @cached_property
    def kept(self) -> Kept:
        """What the offers that applied give to any part of the goods. Raises `InvalidDocument`."""
        return Kept(self.settlement)

    @cached_property
    def freight_kept(self) -> FreightKept:
        """What sending any part of them costs. Raises `InvalidDocument`."""
        return FreightKept(self.kept)

    def quote(
        self,
        returns: Returns,
        earlier: Sequence[RefundQuote],
        freight: FreightMode,
        policy: RefundPolicy,
        asked: MoneyAsked | None = None,
    ) -> RefundQuote:
        """One refund; `earlier` are those before it, each of this settlement (`history`)."""
        asked = asked or MoneyAsked()
        now = _quantities(returns, self.sides)
        before = returned(earlier)
        after = {name: before.get(name, 0) + now.get(name, 0) for name in {**before, **now}}
        for name in now:
            if after[name] > self.bought[name]:
                bought, in_all = quantity_out(self.bought[name]), quantity_out(after[name])
                raise RefundExceeds(name, str(bought), str(in_all))
            if now[name] % 1000 and after[name] % 1000 and name not in self.by_measure:
                below = now[name] // 1000
                facts = {"found": str(quantity_out(now[name])), "line": name, "below": below, "above": below + 1}
                raise InvalidDocument([Problem(f"returns.{name}", "refund.piece", facts)], "refund")
        over = {name for name, back in after.items() if back == self.bought[name]}
        given, money = given_by(earlier, self.sides), attached(earlier, self.sides)
        with_freight = set(now) if freight == "return" else set()
        if freight == "parcel":
            whole = [names for names in consignments(self.settlement) if names <= over]
            with_freight = {name for names in whole for name in names}
        lines = []
        for name in sorted({*now, *with_freight}):
            stays = (money.get((name, "goods"), ()), money.get((name, "freight"), ()))
            line = self._line(name, now.get(name, 0), after[name], given.get(name), name in with_freight, policy, stays)
            if name in now or line.cash or line.points:
                lines.append(line)
        worth = sum([line.cash.minor for line in lines])
        if policy.recheck == "none" and any(each.recheck for each in earlier):
            charges, uncharged = self._limited(self._still(after, earlier), earlier, lines)
        elif policy.recheck == "fair":
            charges, uncharged = self._limited(self._fair(after, lines, earlier), earlier, lines, fair=True)
        else:
            charges, uncharged = self._charges(after, earlier, lines, policy)
        rows, lines, lifted = self._money(asked, lines, charges, earlier)
        cash = worth + sum([row.amount.minor for row in rows])
        cash -= sum([each.amount.minor for each in charges]) + sum([each.amount.minor for each in lifted])
        gifts = self._gifts(after, earlier, policy)
        deductions, kept_gifts = deducted(asked.deductions, lines, cash, gifts, self.currency)
        cash -= sum([each.amount.minor for each in deductions])
        tenders = self.tenders(earlier, cash, policy.tenders)
        quote = RefundQuote(
            self.settlement.digest,
            self.currency,
            freight,
            tuple(lines),
            charges,
            tenders,
            self._coupons(over, lines, earlier, policy),
            tuple([gift for gift in gifts if gift not in kept_gifts]),
            uncharged=money_of(uncharged, self.currency),
            order=self.settlement.order,
            recheck="fair" if policy.recheck == "fair" else None,
            money=tuple(rows),
            deductions=tuple(self._with_tax([*lifted, *deductions], earlier)),
            credit=self._credit(asked.credit, cash - sum([each.amount.minor for each in tenders])),
            kept_gifts=tuple(kept_gifts),
        )
        quote.earned_points = self._earned(len(over) == len(self.bought), [*earlier, quote], policy)
        return quote

    def _line(
        self,
        name: str,
        now: int,
        after: int,
        given: tuple[Part, Part] | None,
        with_freight: bool,
        policy: RefundPolicy,
        stays: tuple[Sequence[Attached], Sequence[Attached]],
    ) -> RefundLine:
        line, before = self.sides[name], given or (NO_PART, NO_PART)
        goods = step(with_money(line.goods, after, line.bought, stays[0]), before[0])
        freight = NO_PART
        if with_freight:
            freight = step(with_money(line.freight, after, line.bought, stays[1]), before[1])
        made = []
        for each, side, given_back in zip((goods, freight), (line.goods, line.freight), before, strict=True):
            fee = each.fee if policy.payment_fee == "return" else 0
            tax = side.fee_tax_of(given_back.fee + fee) - side.fee_tax_of(given_back.fee)
            made.append(plus(each._replace(fee=fee), Part(fee, 0, 0, {"payment_fee": fee - tax, "tax": tax}, {})))
        goods, freight = made
        return RefundLine(
            name,
            quantity(now),
            money_of(goods.cash, self.currency),
            money_of(freight.cash, self.currency),
            goods.points,
            freight.points,
            self._part(goods),
            self._part(freight),
        )

    def _money(
        self,
        asked: MoneyAsked,
        lines: list[RefundLine],
        charges: Sequence[RefundCharge],
        earlier: Sequence[RefundQuote],
    ) -> tuple[list[RefundMoney], list[RefundLine], list[RefundDeduction]]:
        """Money without goods, the lines with it, and what it gives beyond them of what was charged back."""
        rows: list[RefundMoney] = []
        lifted: list[RefundDeduction] = []
        made = {line.id: line for line in lines}
        cards = {line.id for line in self.settlement.lines if line.stored_value}
        for at, each in enumerate(asked.money):
            history = [*earlier, self._so_far(made, charges, lifted)]
            given = given_by(history, self.sides)
            left = {}
            for name, of in self.sides.items():
                goods, freight = given.get(name, (NO_PART, NO_PART))
                side, before = (of.goods, goods) if each.of == "goods" else (of.freight, freight)
                # the holder of a card is still owed all of it, unless it is named
                if each.line is not None or each.of == "freight" or name not in cards:
                    left[name] = side.cash - side.fee - before.cash
            sides = dict(left)
            if each.of == "goods":  # what was given on kept goods is no more there, what was charged on them is
                for (rule, name), (amount, _) in charged_by(history).items():
                    if name in left and (amount < 0 or rule in self.on_goods):
                        left[name] += amount
                for name, amount in lifted_by(history).items():
                    if name in left:
                        left[name] -= amount
            whole = self.settlement.payable.minor - sum([quote.cash.minor for quote in history])
            if each.line is not None:
                left[each.line] = min(left[each.line], whole)
            elif sum([max(0, amount) for amount in left.values()]) > whole:
                left = spread(max(0, whole), {name: max(0, amount) for name, amount in left.items()})
            for row in spread_money(each, left, self.currency, f"money[{at}]"):
                inside = min(row.amount.minor, max(0, sides[row.line]))
                if inside:
                    alike = [*(other for quote in earlier for other in quote.money), *rows]
                    was = sum([other.amount.minor for other in alike if other[:2] == row[:2]])
                    rows.append(row._replace(amount=money_of(inside, self.currency)))
                    made[row.line] = self._with(made.get(row.line), rows[-1], was)
                if inside < row.amount.minor:
                    beyond = money_of(inside - row.amount.minor, self.currency)
                    lifted.append(RefundDeduction(row.line, row.of, beyond, row.reason))
        return rows, [made[name] for name in sorted(made)], lifted

    def _so_far(
        self, lines: Mapping[str, RefundLine], charges: Sequence[RefundCharge], lifted: Sequence[RefundDeduction]
    ) -> RefundQuote:
        given, beyond = tuple(lines.values()), tuple(lifted)
        return RefundQuote(self.settlement.digest, self.currency, "keep", given, tuple(charges), deductions=beyond)

    def _with(self, line: RefundLine | None, row: RefundMoney, given: int) -> RefundLine:
        """A line with money beside what comes back of it, after so much that was given before."""
        if line is None:
            nothing, none = money_of(0, self.currency), self._part(NO_PART)
            line = RefundLine(row.line, 0, nothing, nothing, 0, 0, none, none)
        side, name = getattr(self.sides[row.line], row.of), f"{row.of}_part"
        before: RefundPart = getattr(line, name)
        whole = less(money_part(side, given + row.amount.minor), money_part(side, given))
        added = self._part(whole).columns
        columns = {
            column: sum([each[column].minor for each in (before.columns, added) if column in each])
            for column in sorted({**before.columns, **added})
        }
        moved = {column: money_of(amount, self.currency) for column, amount in columns.items() if amount}
        return line._replace(**{row.of: getattr(line, row.of) + row.amount, name: before._replace(columns=moved)})

    def _credit(self, asked: StoreCredit | None, most: int) -> RefundCredit | None:
        """Store credit out of what would go back by the payment method."""
        if asked is None:
            return None
        amount = most if asked.amount is None else asked.amount.minor
        if not 0 <= amount <= most:
            facts = {"found": str(asked.amount), "left": str(money_of(most, self.currency))}
            raise InvalidDocument([Problem("credit.amount", "refund.left", facts)], "refund")
        return RefundCredit(asked.id, money_of(amount, self.currency)) if amount else None

    def _part(self, each: Part) -> RefundPart:
        columns, platform = (
            {name: money_of(amount, self.currency) for name, amount in sorted(amounts.items()) if amount}
            for amounts in (each.columns, each.platform)
        )
        return RefundPart(money_of(each.fee, self.currency), columns, platform)

    def _charges(
        self,
        after: Mapping[str, int],
        earlier: Sequence[RefundQuote],
        lines: Sequence[RefundLine],
        policy: RefundPolicy,
    ) -> tuple[tuple[RefundCharge, ...], int]:
        """What offers that no longer hold gave on the goods that are kept, less what was charged for it before.

        Without a recheck nothing is added to that. What comes back later gives back what was charged for it. Never more
        than the refund is worth: what could not be charged stands beside, and is charged by the next recheck. The
        platform's part of an offer is the platform's again.
        """
        before = charged_by(earlier)
        target: dict[tuple[str, str], tuple[int, int]] = {}
        left: dict[str, dict[tuple[str, bool], int]] = {}
        for offer in self.offers if policy.recheck == "thresholds" or before else ():
            if policy.recheck == "thresholds" and offer.holds(self.bought, after):
                continue
            for name in offer.shares:
                key, back = (offer.rule, name), after.get(name, 0)
                whole, borne = offer.kept(name, back, self.bought[name])
                if policy.recheck == "none":
                    charged = before.get(key, (0, 0))
                    whole, borne = min(whole, charged[0]), min(borne, charged[1])
                room = left.setdefault(name, self._on_kept(name, back))
                parts = []
                for funder, amount in (((offer.column, False), whole - borne), ((offer.column, True), borne)):
                    parts.append(min(amount, room.get(funder, 0)))
                    room[funder] = room.get(funder, 0) - parts[-1]
                target[key] = (sum(parts), parts[1])
        return self._limited(target, earlier, lines)

    def _still(
        self, after: Mapping[str, int], earlier: Sequence[RefundQuote]
    ) -> dict[tuple[str, str], tuple[int, int]]:
        """What a fair refund moved, where nothing is rechecked any more: in proportion to what is kept of the line."""
        back, found = returned(earlier), {}
        for (rule, name), amounts in charged_by(earlier).items():
            was, left = (self.bought[name] - each.get(name, 0) for each in (back, after))
            amount, borne = (each if left == was else _down(each * left, was) for each in amounts)
            found[rule, name] = (amount, borne)
        return found

    def _fair(
        self, after: Mapping[str, int], lines: Sequence[RefundLine], earlier: Sequence[RefundQuote]
    ) -> dict[tuple[str, str], tuple[int, int]]:
        """What each offer gave on what is kept, less what it gives to that alone; and the freight that is owed."""
        target: dict[tuple[str, str], tuple[int, int]] = {}
        for row in self.fair_rows(after, lines, earlier):
            amount, borne = target.get((row.rule, row.line), (0, 0))
            target[row.rule, row.line] = (amount + row.amount, borne + row.platform)
        return target

    def fair_rows(
        self, after: Mapping[str, int], lines: Sequence[RefundLine], earlier: Sequence[RefundQuote]
    ) -> list[FairRow]:
        """What fair charges are made of, offer by offer and line by line.

        What §8 rounded off the parts of a line's offers goes with the last of them, so that given back in all is to the
        cent what was paid less what the kept goods cost; and is the platform's where all of that offer is.
        """
        kept = self.kept
        by_line: dict[str, list[FairRow]] = {}
        whole: set[str] = set()
        found, seen = kept.on_goods(after)
        for offer, now in found:
            numerator, denominator = offer.facts.platform_share or (0, 1)
            whole |= {offer.rule} if numerator == denominator else set()
            for at in offer.scope:
                name = kept.ids[at]
                back, bought = after.get(name, 0), self.bought[name]
                gave, borne = (
                    each.get(at, 0) - each.get(at, 0) * back // bought for each in (offer.shares, offer.platform)
                )
                if at in offer.shares or at in now.off:
                    by_line.setdefault(name, []).extend(
                        [
                            FairRow(offer.rule, name, "gave", gave, borne),
                            FairRow(offer.rule, name, "gives", -now.off.get(at, 0), -now.borne.get(at, 0)),
                        ]
                    )
        money = attached(earlier, self.sides)
        for name, rows in by_line.items():
            back, at = after.get(name, 0), kept.place[name]
            columns = part(self.sides[name].goods, back, self.bought[name]).columns
            came = sum([columns.get(column, 0) for column in GOODS_COLUMNS])
            off = came - kept.net[at] + seen.net[at] - sum([row.amount for row in rows])
            last = rows[-1].rule
            rows.append(FairRow(last, name, "rounded", off, off if last in whole else 0))
            if name in self.goods_taxes:
                rows.extend(self._taxed(rows, self.goods_taxes[name]))
            rows.extend([*self._no_less_than_paid(rows, name, back, money.get((name, "goods"), ()))])
        owed = [
            FairRow(*each[:2], "freight", *each[2:])
            for due in self.freight_dues(after, lines, earlier)
            for each in due.owed
        ]
        return [*(row for rows in by_line.values() for row in rows), *owed]

    def freight_dues(
        self, after: Mapping[str, int], lines: Sequence[RefundLine], earlier: Sequence[RefundQuote]
    ) -> list[Due]:
        """What is owed of freight that was waived, one for each consignment of which something is."""
        freight: dict[str, int] = {}
        for (name, of), given_so in attached(earlier, self.sides).items():  # that was no freight that came back
            if of == "freight":
                columns = money_part(self.sides[name].freight, sum([each.amount for each in given_so])).columns
                freight[name] = -sum([columns.get(column, 0) for column in FREIGHT_COLUMNS])
        for each in (*lines, *(line for quote in earlier for line in quote.lines)):
            moved = each.freight_part.columns
            given = sum([moved[name].minor for name in FREIGHT_COLUMNS if name in moved])
            freight[each.id] = freight.get(each.id, 0) + given
        return list(self.freight_kept.dues(self.kept.on_goods(after)[1], freight))

    def _taxed(self, rows: Sequence[FairRow], goods_tax: GoodsTax) -> list[FairRow]:
        """The tax on what each offer gave and no longer does; the last has what rounding leaves."""
        amounts: dict[str, int] = {}
        for row in rows:
            taxed = row.amount - (row.platform if goods_tax.reimbursed else 0)
            amounts[row.rule] = amounts.get(row.rule, 0) + taxed
        taxes = {rule: goods_tax.on(amount) for rule, amount in amounts.items()}
        taxes[rows[-1].rule] += goods_tax.on(sum(amounts.values())) - sum(taxes.values())
        return [FairRow(rule, rows[0].line, "tax", tax, 0) for rule, tax in taxes.items() if tax]

    def _no_less_than_paid(
        self, rows: Sequence[FairRow], name: str, back: int, stays: Sequence[Attached]
    ) -> Iterator[FairRow]:
        """Of kept goods that points paid for, no more comes back in cash than was paid in cash and is not back yet."""
        side = self.sides[name].goods
        paid = side.cash - side.fee - with_money(side, back, self.sides[name].bought, stays).cash
        amounts: dict[str, int] = {}
        for row in rows:
            amounts[row.rule] = amounts.get(row.rule, 0) + row.amount
        over = -paid - sum(amounts.values())
        for rule, amount in amounts.items():
            if over > 0 and amount < 0:
                taken = min(over, -amount)
                over -= taken
                yield FairRow(rule, name, "by_points", taken, 0)

    def _limited(
        self,
        target: Mapping[tuple[str, str], tuple[int, int]],
        earlier: Sequence[RefundQuote],
        lines: Sequence[RefundLine],
        *,
        fair: bool = False,
    ) -> tuple[tuple[RefundCharge, ...], int]:
        """These charges in all, less those before; never more than the refund is worth, and what is left over."""
        before, worth = charged_by(earlier), sum([line.cash.minor for line in lines])
        lifted = lifted_by(earlier)
        target = self._no_less_than_lifted(target, before, lifted)
        # on kept goods no more is given than all the lines leave of what was paid
        over = worth + sum([line.cash.minor for quote in earlier for line in quote.lines]) + sum(lifted.values())
        over -= self.settlement.payable.minor + sum([amount for amount, _ in target.values()])
        for key, (amount, borne) in sorted(target.items()) if over > 0 else ():
            taken = max(0, min(over, -amount))
            target, over = {**target, key: (amount + taken, borne)}, over - taken
        target = {key: (amount, _between(borne, amount)) for key, (amount, borne) in target.items()}
        room_in_all = worth + sum([amount for amount, _ in before.values()])
        uncharged = max(0, sum([amount for amount, _ in target.values()]) - room_in_all)
        if uncharged and (fair or lifted or any(quote.recheck for quote in earlier)):
            target = _as_far(target, before, uncharged, self._least(earlier, lines, lifted))
        elif uncharged:
            wanted = [amount for amount, _ in target.values()]
            limited = share_out(room_in_all, wanted)
            target = {
                key: (amount, borne * amount // whole if whole else 0)
                for (key, (whole, borne)), amount in zip(target.items(), limited, strict=True)
            }
        made = []
        for rule, name in sorted({**before, **target}):
            (new, new_borne), (old, old_borne) = (each.get((rule, name), (0, 0)) for each in (target, before))
            if new != old or new_borne != old_borne:
                amounts = [money_of(amount, self.currency) for amount in (new - old, new_borne - old_borne)]
                tax = self._tax_inside(rule, name, (new, new_borne), (old, old_borne))
                made.append(RefundCharge(rule, name, amounts[0], amounts[1], tax))
        return tuple(made), uncharged

    def _tax_inside(self, rule: str, name: str, now: tuple[int, int], before: tuple[int, int]) -> Money | None:
        """The tax in what is charged of an offer on a line in all, less that before; None where goods bear none."""
        taxed = self.goods_taxes.get(name)
        if taxed is None:
            return None
        if rule not in self.on_goods:  # freight, as of goods
            now, before = (now[0], 0), (before[0], 0)
        return money_of(taxed.inside(*now) - taxed.inside(*before), self.currency)

    def _with_tax(self, rows: Iterable[RefundDeduction], earlier: Sequence[RefundQuote]) -> Iterator[RefundDeduction]:
        """What is kept of a refund with the tax in it; in all of it on the line, less before."""
        kept: dict[str, int] = {}
        for each in (each for quote in earlier for each in quote.deductions):
            kept[each.line] = kept.get(each.line, 0) + each.amount.minor
        for row in rows:
            before = kept.get(row.line, 0)
            kept[row.line] = before + row.amount.minor
            taxed = self.goods_taxes.get(row.line)
            if taxed is None:
                yield row
            else:
                tax = taxed.inside(kept[row.line]) - taxed.inside(before)
                yield row._replace(tax=money_of(tax, self.currency))

    def _no_less_than_lifted(
        self,
        target: Mapping[tuple[str, str], tuple[int, int]],
        before: Mapping[tuple[str, str], tuple[int, int]],
        lifted: Mapping[str, int],
    ) -> Mapping[tuple[str, str], tuple[int, int]]:
        """What was charged on a line and given again as money stays charged, on the shop, so that it is given once."""
        for name, fewest in lifted.items():
            keys = [key for key in sorted({**before, **target}) if key[1] == name and key[0] in self.on_goods]
            short = fewest - sum([target.get(key, (0, 0))[0] for key in keys])
            for key in keys:
                (amount, borne), most = target.get(key, (0, 0)), before.get(key, (0, 0))[0]
                more = max(0, min(short, most - amount))
                target, short = {**target, key: (amount + more, borne)}, short - more
        return target

    def _least(
        self, earlier: Sequence[RefundQuote], lines: Sequence[RefundLine], lifted: Mapping[str, int]
    ) -> dict[str, int]:
        """What must be charged on a line at least: no more is back than was paid, nor given again than was charged."""
        least = {line.id: lifted.get(line.id, 0) - line.payable.minor for line in self.settlement.lines}
        for line in (*lines, *(line for quote in earlier for line in quote.lines)):
            least[line.id] += line.cash.minor
        return least | {name: max(least[name], given) for name, given in lifted.items()}

    def _on_kept(self, name: str, back: int) -> dict[tuple[str, bool], int]:
        """What is not given back yet of a line's discounts, by column and by whether the platform bears it.

        Of two offers each is rounded up on kept goods; together they took off no more than this.
        """
        line = self.sides[name]
        return {
            (column, platform): amount - amount * back // line.bought
            for side in (line.goods, line.freight)
            for column, amount, platform in side.taken
        }

    def left_on(self, earlier: Sequence[RefundQuote]) -> list[int]:
        """What is left to fill: of the payment method, then of each tender in its order."""
        left = [self.settlement.due.minor, *[each.amount.minor for each in self.settlement.tenders]]
        for quote in earlier:
            given = {each.id: each.amount.minor for each in quote.tenders}  # store credit was the method's
            parts = [given.get(each.id, 0) for each in self.settlement.tenders]
            left = [a - b for a, b in zip(left, [quote.cash.minor - sum(given.values()), *parts], strict=True)]
        return left

    def tenders(self, earlier: Sequence[RefundQuote], cash: int, how: str) -> tuple[RefundTender, ...]:
        """The cash by what was paid with; the payment method's part is what is left beside these."""
        tenders = self.settlement.tenders
        if not tenders:
            return ()
        method, *left = self.left_on(earlier)
        if how == "in_proportion":
            parts = share_out(cash, [method, *left])[1:]
        else:
            rest = max(0, cash - method) if how == "method_first" else cash
            parts = [0] * len(left)
            for at in reversed(range(len(left))):  # the last that paid is the first that is filled
                parts[at] = min(left[at], rest)
                rest -= parts[at]
        return tuple(
            RefundTender(each.id, money_of(amount, self.currency))
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
            rows = [each for quote in earlier for each in (*quote.gifts, *quote.kept_gifts)]
            before = [each for each in rows if each[:2] == gift[:2]]
            back = milli(gift.quantity) - kept - sum([milli(each.quantity) for each in before])
            if back > 0:
                made.append(GiftLine(gift.rule, gift.sku, quantity(back)))
        return tuple(made)

    def earned_by(self, quotes: Sequence[RefundQuote], on: str) -> tuple[int, int]:
        """What was given back of what points are earned on, and all that it came to, in minor units.

        That is the cash; or of the goods' columns what came back, less what was charged of offers on them.
        """
        totals = self.settlement.totals
        if on == "payable":
            return sum([quote.cash.minor for quote in quotes]), totals.payable.minor
        lines = [line.columns for quote in quotes for line in quote.lines]
        back = sum([line[name].minor for line in lines for name in EARNED_ON_GOODS if name in line])
        charges = [each for quote in quotes for each in quote.charges if each.rule in self.on_goods]
        charged = sum([each.amount.minor - (each.tax.minor if each.tax else 0) for each in charges])
        return back - charged, sum([getattr(totals, name).minor for name in EARNED_ON_GOODS])

    def _earned(self, whole: bool, quotes: Sequence[RefundQuote], policy: RefundPolicy) -> int:
        """Of the points that the order earned, the part that came back of what earned them, down; less those before."""
        earned = self.settlement.points.earned
        if policy.earned_points == "keep" or not earned:
            return 0
        back, basis = self.earned_by(quotes, policy.earned_on)
        taken = min(earned, earned * back // basis) if basis > 0 else earned * whole
        return max(0, taken - sum([quote.earned_points for quote in quotes]))


def _as_far(
    target: Mapping[tuple[str, str], tuple[int, int]],
    before: Mapping[tuple[str, str], tuple[int, int]],
    short: int,
    least: Mapping[str, int],
) -> dict[tuple[str, str], tuple[int, int]]:
    """Charges that rise by so much less in all than they should, each by its part; what falls falls whole.

    What a line must be charged at `least` comes first: what is kept of other lines waits for it.
    """
    target = dict.fromkeys(before, (0, 0)) | dict(target)
    rises = {key: max(0, amount - before.get(key, (0, 0))[0]) for key, (amount, _) in target.items()}
    room, first = sum(rises.values()) - short, dict.fromkeys(rises, 0)
    for line, fewest in least.items():
        on_line = [key for key in rises if key[1] == line]
        stands = sum([target[key][0] - rises[key] for key in on_line])
        must = min(max(0, fewest - stands), sum([rises[key] for key in on_line]), room)
        room -= must
        first |= zip(on_line, share_out(must, [rises[key] for key in on_line]), strict=True)
    found = dict(target)
    for key, more in zip(rises, share_out(room, [rises[key] - first[key] for key in rises]), strict=True):
        risen = first[key] + more
        if risen < rises[key]:
            (amount, borne), (_, old_borne) = target[key], before.get(key, (0, 0))
            moved = old_borne + (borne - old_borne) * risen // rises[key]
            found[key] = (amount - rises[key] + risen, _between(moved, amount - rises[key] + risen))
    return found


def _down(numerator: int, denominator: int) -> int:
    """A quotient towards 0."""
    return numerator // denominator if numerator >= 0 else -(-numerator // denominator)


def _between(part: int, whole: int) -> int:
    """The nearest to `part` from 0 to `whole`, on whichever side of 0 that is."""
    return min(max(part, min(0, whole)), max(0, whole))


def _quantities(returns: Returns, known: Mapping[str, object]) -> dict[str, int]:
    """Returned quantities in thousandths, in the order of line ids."""
    from pydantic_core import PydanticCustomError

    from settlement.documents.scalars import returned_quantity

    handed_in: Any = returns
    mapping = isinstance(handed_in, Mapping)
    if not mapping or not all(isinstance(name, str) for name in handed_in):
        found_instead = "a key that is no string" if mapping else excerpt(handed_in)
        msg = f'returns: found {found_instead}; quantities by line id are expected, such as {{"a": 1}}'
        raise TypeError(msg)
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
