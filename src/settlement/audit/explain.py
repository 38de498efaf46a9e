"""The story of one line, one parcel, one rule or the total: each step with its formula, its numbers and what it makes.

Told from the settlement alone, also from one that was read back from JSON. Each formula is tried on a calculator
before it is shown: what does not make the settlement's own number is left out, never shown wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, TypeAlias

from settlement.audit.arithmetic import evaluate
from settlement.audit.formulas import Before, Taken, formula_of, plain, walk
from settlement.breakdown import COLUMNS, Adjustment, Decision, SettledLine, Settlement
from settlement.currencies import DECIMALS
from settlement.errors import UnknownLine
from settlement.money import Money

__all__ = ["Explanation", "Share", "Step", "explain"]

Subject: TypeAlias = Literal["total", "line", "parcel", "rule"]


class Share(NamedTuple):
    """What one line gets of an amount: the formula of its exact share, what is below the minor unit, and who ranks.

    `floor` and `lost` (in minor units), `rank` and `extra` are None where the rule says each line's part by itself.
    """

    line: str
    formula: str
    floor: Money | None
    lost: Fraction | None
    #: 1 is the first to get a minor unit that is left over.
    rank: int | None
    extra: Money | None
    #: With the settlement's sign.
    share: Money
    #: What the platform bears of it, and how that is worked out where it bears a part.
    platform: Money | None
    platform_formula: str


class Step(NamedTuple):
    """One step: a stable `code`, the formula where there is one, and what it makes (a magnitude, without sign)."""

    code: str
    result: Money | Decimal | int | None = None
    formula: str = ""
    rounding: str | None = None
    stage: str | None = None
    rule: str | None = None
    #: For `spread` and `by_line`: every line that the rule looked at; in the story of a line, that line alone.
    shares: tuple[Share, ...] = ()
    facts: Mapping[str, Any] = MappingProxyType({})


class Explanation(NamedTuple):
    """The steps in their order. `text()` sets them out for a reader; amounts are in `currency`."""

    subject: Subject
    name: str
    currency: str
    result: Money | None
    steps: tuple[Step, ...]
    #: Names of rules and lines, where the settlement still has the documents that it was made from.
    names: Mapping[str, str] = MappingProxyType({})

    def text(self, locale: str = "en") -> str:
        """The story for a reader. Raises `UnknownLocale`."""
        from settlement.render.story import story_text

        return story_text(self, locale)

    def __str__(self) -> str:
        return self.text()

    def to_dict(self) -> dict[str, Any]:
        """Plain data, for programs: amounts as strings, fractions as "1/3"."""
        return {
            "subject": self.subject,
            "name": self.name,
            "currency": self.currency,
            "result": None if self.result is None else str(self.result),
            "steps": [_step(step) for step in self.steps],
        }


def _step(step: Step) -> dict[str, Any]:
    shown = {name: _plain_data(value) for name, value in step._asdict().items() if value not in (None, "", (), {})}
    if step.shares:
        shown["shares"] = [{k: _plain_data(v) for k, v in share._asdict().items()} for share in step.shares]
    return shown


def _plain_data(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain_data(inner) for name, inner in value.items()}
    return value if value is None or isinstance(value, (int, str)) else str(value)


def explain(
    settlement: Settlement, *, line: str | None = None, parcel: int | None = None, rule: str | None = None
) -> Explanation:
    """How the total came about, or one line, one parcel (by its place in `parcels`) or one rule (an id).

    Reads only what the settlement says. Raises `UnknownLine`; `IndexError` where there is no such parcel;
    `LookupError` where no rule of this id had a say; `TypeError` for more than one of the three.

    >>> from settlement import Cart, Checkout, Line, Rulebook, settle
    >>> line = Line(id="a", shop="s1", sku="k", quantity=2, unit_price="59.90 CNY")
    >>> checkout = Checkout(at="2026-11-11T00:00:00+08:00", cart=Cart(currency="CNY", lines=[line]))
    >>> story = explain(settle(checkout, Rulebook(id="r", currency="CNY")), line="a")
    >>> [(step.code, step.formula, str(step.result)) for step in story.steps]
    [('goods', '59.90 × 2', '119.80 CNY'), ('payable', '119.80', '119.80 CNY')]
    """
    if sum(each is not None for each in (line, parcel, rule)) > 1:
        msg = "explain() tells one story: name a line, a parcel or a rule"
        raise TypeError(msg)
    teller = _Teller(settlement)
    if line is not None:
        return teller.explanation("line", line, teller.payable_of(line), teller.line(line))
    if parcel is not None:
        if not 0 <= parcel < len(settlement.parcels):
            msg = f"there is no parcel {parcel}; this settlement has {len(settlement.parcels)}"
            raise IndexError(msg)
        charge = settlement.parcels[parcel]
        return teller.explanation("parcel", str(parcel), charge.fee + charge.surcharge, teller.parcel(parcel))
    if rule is not None:
        return teller.explanation("rule", rule, None, teller.rule(rule))
    return teller.explanation("total", settlement.digest, settlement.payable, teller.total())


class _Teller:
    """One settlement and its currency; each method tells one story as steps."""

    def __init__(self, settlement: Settlement) -> None:
        self.settlement = settlement
        self.currency = settlement.currency
        self.decimals = DECIMALS[self.currency]

    def explanation(
        self, subject: Subject, name: str, result: Money | None, steps: Iterator[Step]
    ) -> Explanation:
        return Explanation(subject, name, self.currency, result, tuple(steps), MappingProxyType(self.names()))

    def names(self) -> dict[str, str]:
        """Names from the documents that the settlement was made from in this process."""
        request = self.settlement._request  # noqa: SLF001 - where there is one
        if request is None:
            return {}
        checkout, book = request
        named = (*book.promotions, *book.coupons, *book.freight_templates, *book.payment_methods)
        names = {each.id: each.name for each in named if each.name}
        return names | {line.id: line.name for line in checkout.cart.lines if line.name}

    def money(self, minor: int) -> Money:
        return Money.of_minor(minor, self.currency)

    def plain(self, minor: int) -> str:
        return plain(minor, self.currency)

    def makes(self, formula: str, rounding: str | None) -> Fraction:
        """What a formula makes, in minor units."""
        return evaluate(formula, self.decimals, rounding) * 10**self.decimals

    # -------------------------------------------------------------- the stories

    def total(self) -> Iterator[Step]:
        """Goods, each adjustment with what is due after it, then every no."""
        settlement = self.settlement
        due = settlement.totals.goods.minor
        goods = [line.goods for line in settlement.lines]
        if len(goods) > _MANY:
            goods = [shop.goods for shop in settlement.shops]
        yield Step("goods", self.money(due), " + ".join(self.plain(each.minor) for each in goods) or "0")
        for adjustment, before in walk(settlement):
            yield from self.made(adjustment, before)[0]
            yield self.left(due, adjustment.amount.minor, adjustment)
            due += adjustment.amount.minor
        yield Step("payable", settlement.payable, self.columns(settlement.totals))
        for excluded in settlement.excluded:
            yield Step("excluded", facts={"line": excluded.line, "reason": excluded.reason})
        for decision in settlement.decisions:
            if decision.outcome == "refused":
                yield _refused(decision)

    def line(self, name: str) -> Iterator[Step]:
        """Its goods, then its share of each adjustment with what the line costs after it."""
        settlement = self.settlement
        for excluded in settlement.excluded:
            if excluded.line == name:
                yield Step("excluded", facts={"line": name, "reason": excluded.reason})
                return
        line = settlement.line(name)
        due = line.goods.minor
        formula, rounding = f"{self.plain(line.unit_price.minor)} × {line.quantity}", None
        if not isinstance(line.quantity, int):
            formula = f"round({formula})"
            rounding = "up" if self.makes(formula, "up") == due else "down"  # which way it went; the mode is not told
        yield Step("goods", line.goods, formula, rounding, facts={"line": name})
        for adjustment, before in walk(settlement):
            share = adjustment.shares.get(name)
            if share is not None:
                steps, shares = self.made(adjustment, before)
                yield from steps
                if shares is not None:
                    yield shares._replace(shares=tuple(each for each in shares.shares if each.line == name))
                yield self.left(due, share.minor, adjustment)
                due += share.minor
        yield Step("payable", line.payable, self.columns(line))

    def payable_of(self, name: str) -> Money | None:
        excluded = any(each.line == name for each in self.settlement.excluded)
        return None if excluded else self.settlement.line(name).payable

    def rule(self, name: str) -> Iterator[Step]:
        """Whether it applied, what it took off or charged, and how that was spread over all of its lines."""
        settlement, found = self.settlement, False
        for decision in settlement.decisions:
            if decision.rule == name:
                found = True
                if decision.outcome == "refused":
                    yield _refused(decision)
        for gift in settlement.gifts:
            if gift.rule == name:
                found = True
                yield Step("gift", rule=name, facts={"sku": gift.sku, "quantity": str(gift.quantity)})
        for adjustment, before in walk(settlement):
            if adjustment.rule == name:
                found = True
                steps, shares = self.made(adjustment, before)
                yield from steps
                if shares is not None:
                    yield shares
        if not found and not any(parcel.template == name for parcel in settlement.parcels):
            msg = f"no rule {name!r} had a say in this settlement"
            raise LookupError(msg)

    def parcel(self, place: int) -> Iterator[Step]:
        """Its units, its fee and surcharge, and how they were spread."""
        charge = self.settlement.parcels[place]
        facts: dict[str, Any] = {"template": charge.template, "shop": charge.shop, "zone": charge.zone}
        if charge.warehouse is not None:
            facts["warehouse"] = charge.warehouse
        yield Step("parcel", charge.units, facts=facts)
        yield from self.free_entries(place)
        for adjustment, before in self.of_parcel(place):
            steps, shares = self.made(adjustment, before)
            yield from steps
            if shares is not None:
                yield shares
        if not charge.fee:
            yield Step("free" if charge.free else "no_fee", charge.fee)

    def free_entries(self, place: int) -> Iterator[Step]:
        """Which free entry held: its conditions are the request's, and told where that is at hand."""
        request = self.settlement._request  # noqa: SLF001 - where there is one
        if request is not None and self.settlement.parcels[place].free:
            from settlement.explain import explain_parcel

            for check in explain_parcel(*request, place).free:
                if check.holds:
                    conditions = [f"{each.name} {each.wanted}: {each.found}" for each in check.conditions]
                    yield Step("free_entry", facts={"place": check.place, "conditions": "; ".join(conditions)})

    def of_parcel(self, place: int) -> Iterator[tuple[Adjustment, Before]]:
        """The adjustments of one parcel: they stand parcel by parcel, those of 0 left out."""
        charges = (each for each in walk(self.settlement) if each[0].stage in ("freight", "surcharge"))
        for at, parcel in enumerate(self.settlement.parcels[: place + 1]):
            for amount in (parcel.fee, parcel.surcharge):
                if amount:
                    found = next(charges)
                    if at == place:
                        yield found

    # -------------------------------------------------------------- steps

    def columns(self, row: Any) -> str:
        """Goods and every other column that is not 0."""
        amounts = [getattr(row, name).minor for name in COLUMNS]
        formula = self.plain(amounts[0])
        for amount in amounts[1:]:
            if amount:
                formula += f" {'+' if amount > 0 else '−'} {self.plain(abs(amount))}"
        return formula

    def left(self, due: int, amount: int, adjustment: Adjustment) -> Step:
        formula = f"{self.plain(due)} {'+' if amount > 0 else '−'} {self.plain(abs(amount))}"
        return Step("left", self.money(due + amount), formula, None, adjustment.stage, adjustment.rule)

    def made(self, adjustment: Adjustment, before: Before) -> tuple[list[Step], Step | None]:
        """How an adjustment's amount was made, and how each line's share; without formulas that don't hold."""
        taken = formula_of(self.settlement, adjustment, before)
        stage, rule, amount = adjustment.stage, adjustment.rule, abs(adjustment.amount)
        steps = list(_condition(adjustment))
        if taken.times is not None:
            steps.append(Step("times", taken.times[1], taken.times[0], None, stage, rule))
        steps += [Step(code, result, formula, taken.rounding, stage, rule) for code, formula, result in taken.parts]
        shares = self.shares(adjustment, taken, before)
        if shares is None:
            return [*steps, Step("amount", amount, "", None, stage, rule)], None
        code = "by_line" if taken.by_line is not None else "spread"
        if taken.by_line is None:
            spread = self.money(abs(int(self.makes(taken.formula, taken.rounding))))
            sign = {"sign": -1} if stage == "rounding" and adjustment.amount.minor < 0 else {}
            steps.append(Step("amount", spread, taken.formula, taken.rounding, stage, rule, facts=sign))
        over = Step(code, amount, "", taken.rounding, stage, rule, shares)
        return steps, over

    def shares(self, adjustment: Adjustment, taken: Taken, before: Before) -> tuple[Share, ...] | None:
        """Each line's share with its formula; None where the formulas don't make what the settlement says."""
        stated = {name: abs(share.minor) for name, share in adjustment.shares.items()}
        if taken.by_line is not None:
            parts = {name: self.makes(formula, taken.rounding) for name, formula in taken.by_line.items()}
            if {name: part for name, part in parts.items() if part} != stated:
                return None
            return tuple(self.share(adjustment, name, taken.by_line[name]) for name in sorted(parts))
        if taken.weights is None:
            return None
        made = self.makes(taken.formula, taken.rounding)
        if made.denominator != 1:
            return None
        return self.spread(adjustment, abs(int(made)), taken, before, stated)

    def spread(
        self, adjustment: Adjustment, amount: int, taken: Taken, before: Before, stated: Mapping[str, int]
    ) -> tuple[Share, ...] | None:
        """Largest remainders, one row for each line (contract §4, Spreading)."""
        weights = {name: weight for name, weight in (taken.weights or {}).items() if weight.value}
        total = sum((weight.value for weight in weights.values()), Fraction(0))
        if not total:
            return None
        exact = {name: amount * weight.value / total for name, weight in weights.items()}
        lost = {name: value - value.numerator // value.denominator for name, value in exact.items()}
        ranked = sorted(weights, key=lambda name: (-lost[name], -weights[name].value, name))
        over = int(sum(lost.values()))
        floors = {name: Money(floor).minor for name, floor in adjustment.facts.get("floors", {}).items()}
        rows, made = [], {}
        for name in sorted(weights):
            rank, extra = ranked.index(name) + 1, int(ranked.index(name) < over)
            floor = exact[name].numerator // exact[name].denominator
            room = before.net[name] - floors[name] if name in floors else floor + extra
            made[name] = max(0, min(floor + extra, room))
            formula = f"{self.plain(amount)} × {_weight(weights[name].text)} ÷ {self.total(taken, total)}"
            row = self.share(adjustment, name, formula)
            money = self.money
            rows.append(row._replace(floor=money(floor), lost=lost[name], rank=rank, extra=money(extra)))
        return tuple(rows) if {name: part for name, part in made.items() if part} == stated else None

    def total(self, taken: Taken, total: Fraction) -> str:  # type: ignore[override]
        raise NotImplementedError

    def share(self, adjustment: Adjustment, name: str, formula: str) -> Share:
        """A line's row with what the platform bears of it."""
        share = adjustment.shares.get(name, self.money(0))
        platform = adjustment.platform.get(name)
        percent = adjustment.facts.get("platform_share")
        borne = "" if percent is None else f"round({self.plain(abs(share.minor))} × {percent} ÷ 100)"
        return Share(name, formula, None, None, None, None, share, platform, borne)


#: Lines of a cart whose goods are added up one by one; beyond it, shop by shop.
_MANY = 12
