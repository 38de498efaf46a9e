"""How a total, a line, a parcel or a rule came about, set out so that a pocket calculator gets the same cent."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

from settlement.documents.words.grid import grid_text
from settlement.documents.words.language import Language, language
from settlement.documents.words.plain import shown
from settlement.documents.words.texts import ROUNDINGS, STAGES, one_text
from settlement.explanations.account_text import HEADS, account_line, account_lines, terms_text
from settlement.explanations.shares import minor_of
from settlement.freight.region_text import region_text
from settlement.money import DECIMALS, Money, format_minor
from settlement.receipts.columns import FREIGHT_OFFERS, GOODS_OFFERS
from settlement.receipts.noes import reason_text

if TYPE_CHECKING:
    from settlement.explanations.shares import Share
    from settlement.explanations.story import Explanation, Working

__all__ = ["story_text"]

#: Decimals of an exact share beyond the minor unit; more are shown as "…".
_BEYOND = 4


def story_text(explanation: Explanation, locale: str = "en") -> str:
    """The explanation for a reader, without a final newline. Raises `UnknownLocale`."""
    story = _Story(explanation, language(locale))
    lines = [] if explanation.order is None else [story.say("Order {order}", order=shown(explanation.order))]
    if explanation.subject in HEADS:
        lines += [*account_lines(explanation, story.say), *story.legend()]
    else:
        lines += story.lines()
    return "\n".join(lines)


class _Story:
    """One explanation and its reader."""

    def __init__(self, explanation: Explanation, say: Language) -> None:
        self.of = explanation
        self.say = say
        self.decimals = DECIMALS[explanation.currency]
        self.unit = format_minor(1, explanation.currency).partition(" ")[0]

    def lines(self) -> Iterator[str]:
        """A heading, the steps, and what the signs in the formulas mean."""
        yield self.head()
        number, open_ = 0, False
        for step in self.of.steps:
            if step.stage is not None and not open_:
                number += 1
                yield f"{number}. {self.say(STAGES[step.stage])} {self.charge(step)}".rstrip()
                open_ = True
            indent = "   " if open_ else ""
            for line in self.step(step):
                yield indent + line
            ends = ("left",) if self.of.subject in {"total", "line"} else ("spread", "by_line", "stated")
            open_ = open_ and step.code not in ends
        yield from self.legend()

    def head(self) -> str:
        say, of = self.say, self.of
        amount = say.money(of.result) if isinstance(of.result, Money) else ""
        if of.subject == "total":
            return say("To pay: {amount}", amount=amount)
        if of.subject == "parcel":
            return say("Parcel {place}: {amount}", place=of.name, amount=amount)
        name = self.name(of.name) or shown(of.name)
        return f"{name}: {amount}" if amount else name

    def legend(self) -> Iterator[str]:
        """What `round` and `down` mean here, where they were used."""
        say, steps = self.say, self.of.steps
        formulas = [(step, step.formula) for step in steps]
        formulas += [
            (step, text) for step in steps for row in step.shares for text in (row.formula, row.platform_formula)
        ]
        modes = dict.fromkeys(step.rounding for step, formula in formulas if "round(" in formula and step.rounding)
        if any(formula for _, formula in formulas):
            yield say("Formulas are in {currency}.", currency=self.of.currency)
        for mode in modes:
            yield say("round(…): to {unit}, {mode}.", unit=self.unit, mode=say(ROUNDINGS.get(mode, mode)))
        if any("down(" in formula for _, formula in formulas):
            yield say("down(…): down to {unit}.", unit=self.unit)
        if any("⌈" in formula or "⌊" in formula for _, formula in formulas):
            yield say("⌈…⌉ and ⌊…⌋: up and down to a whole number.")

    # -------------------------------------------------------------- words

    def name(self, rule: str) -> str:
        """A name with its id, or the id alone."""
        if rule in {"points", "round_total"}:  # the stage says it already
            return ""
        return self.of.called(rule)

    def charge(self, step: Working) -> str:
        """The name of a step's rule, with the label of a surcharge that has one."""
        name = self.name(step.rule or "")
        if "label" not in step.facts:
            return name
        return self.say("{template} ({label})", template=name, label=shown(step.facts["label"]))

    def plain(self, value: object) -> str:
        """An amount or a number as formulas write them."""
        return str(value.amount).replace("-", "−") if isinstance(value, Money) else str(value)

    def exact(self, formula: str, rounding: str | None) -> str:
        """What a formula makes, with some decimals more than the currency has."""
        value = minor_of(formula, rounding, self.of.currency) / 10**self.decimals
        places = self.decimals + _BEYOND
        scaled = value * 10**places
        digits = scaled.numerator // scaled.denominator
        text = f"{digits // 10**places}.{digits % 10**places:0{places}d}"
        if Fraction(digits) != scaled:
            return text + "…"
        whole, _, rest = text.partition(".")
        rest = rest.rstrip("0").ljust(self.decimals, "0")
        return f"{whole}.{rest}" if rest else whole

    # -------------------------------------------------------------- steps

    def step(self, step: Working) -> list[str]:
        """A step as lines."""
        if step.code in {"spread", "by_line", "stated"}:
            return self.shares(step)
        if step.code in {"on_goods", "on_freight"}:
            return [account_line(step, self.of, self.say)]
        if step.formula:
            formula = self.formula(step)
            if "price_list" in step.facts:
                name = shown(step.facts["price_list"])
                formula = self.say("{formula} (price list {name})", formula=formula, name=name)
            return [formula]
        return self.told(step)

    def formula(self, step: Working) -> str:
        """A label, the formula and what it makes."""
        result = self.plain(step.result)
        made = terms_text(step, self.of, self.say) if len(step.terms) > 1 else step.formula
        sum_ = made if made == result else f"{made} = {result}"
        labels = {
            "goods": self.say("Goods: {sum}", sum=sum_),
            "times": self.say("Reached in full, times: {sum}", sum=sum_),
            "units": self.say("Units: {units}", units=sum_),
            "own_fee": self.say("By itself it would pay: {sum}", sum=sum_),
            "cap": self.say("At most: {sum}", sum=sum_),
            "taxed": self.say("Taxed: {sum}", sum=sum_),
            "amount": self.say("In all: {sum}", sum=sum_),
            "borne": self.say("The platform bears in all: {sum}", sum=sum_),
            "left": self.say("So far: {sum}", sum=sum_),
            "payable": self.say("To pay: {amount}", amount=sum_),
        }
        return labels[step.code]

    def told(self, step: Working) -> list[str]:
        """What needs no arithmetic."""
        say, facts = self.say, step.facts
        if step.code == "condition":
            return self.condition(step)
        if step.code == "parcel":
            zone = region_text(facts["zone"], say)
            names = {"template": self.name(facts["template"]), "shop": shown(facts["shop"]), "zone": zone}
            return [say("Template {template}, shop {shop}, zone {zone}", **names)]
        if step.code == "excluded":
            return [f"{self.name(facts['line'])}: {reason_text(facts['reason'], say, facts=facts)}"]
        if step.code == "deposit":
            deposit = say.money(facts["deposit"])
            told = {"offer": self.name(step.rule or ""), "deposit": deposit, "worth": deposit}
            return [say("{offer}, a deposit of {deposit} counts as {worth}", **told)]
        if step.code == "gift":
            gift = {"sku": shown(facts["sku"]), "quantity": facts["quantity"], "rule": self.name(step.rule or "")}
            return [say("Gift of {rule}: {sku} × {quantity}", **gift)]
        if step.code == "refused":
            missing = facts.get("shortfall")
            if missing is not None:
                missing = say.money(missing) if isinstance(missing, Money) else say.number(missing)
            name = self.name(step.rule or "") or say("Points")
            return [f"{name}: {reason_text(facts['reason'], say, missing, facts, facts.get('hint'))}"]
        if step.code == "free_entry":
            conditions = [" ".join(map(shown, each)) for each in facts["conditions"]]
            return [f"{facts['place']}: {one_text(conditions, say)}"]
        if step.code == "free":
            return [say("Free shipping: the parcel pays no fee")]
        return [say("No fee: its lines ship free, its zone asks for none, or a dearer parcel of the shop pays")]

    def condition(self, step: Working) -> list[str]:
        """What the tier asks for, and what there is."""
        say, facts = self.say, step.facts
        lines = []
        if "min_amount" in facts:
            there, needed = (self.plain(Money(facts[name])) for name in ("basis", "min_amount"))
            lines.append(
                say("Tier {tier} needs {needed}; there is {there}", tier=facts["tier"], needed=needed, there=there)
            )
        if "min_quantity" in facts:
            there, needed = str(facts["quantity"]), str(facts["min_quantity"])
            pieces = {"tier": facts["tier"], "needed": needed, "there": there}
            lines.append(say("Tier {tier} needs a quantity of {needed}; there is {there}", **pieces))
        if "max_amount" in facts:
            there, most = (self.plain(Money(facts[name])) for name in ("basis", "max_amount"))
            lines.append(
                say("Tier {tier} holds up to {most}; there is {there}", tier=facts["tier"], most=most, there=there)
            )
        return lines

    # -------------------------------------------------------------- shares

    def shares(self, step: Working) -> list[str]:
        """A sentence for one line, a table for all of them."""
        if self.of.subject == "line":
            return [text for share in step.shares for text in self.share(step, share)]
        return grid_text(*self.table(step), left=(0, 1)).split("\n")

    def share(self, step: Working, share: Share) -> list[str]:
        """How one line's share came about."""
        say, result = self.say, self.plain(abs(share.share))
        if not share.formula:
            return [say("Share: {sum}", sum=result)]
        if share.rank is None or share.floor is None:
            return [say("Share: {sum}", sum=f"{share.formula} = {result}"), *self.borne(step, share)]
        if step.facts["lines"] == 1 and share.most is None:
            return [say("All of it falls on this line: {sum}", sum=result), *self.borne(step, share)]
        value = self.exact(share.formula, step.rounding)
        lines = [say("Share: {sum}", sum=f"{share.formula} = {value}")]
        if share.lost:
            facts = {"floor": self.plain(share.floor), "over": self.plain(step.facts["over"])}
            facts |= {"rank": say.number(share.rank), "lines": say.number(step.facts["lines"])}
            facts["extra"] = self.plain(share.extra)
            lines.append(
                say(
                    "down to {floor}; of {over} left over, rank {rank} of {lines} by lost fraction gets {extra}",
                    **facts,
                )
            )
        if share.most is not None:
            lines.append(say("no more than {most} above its lowest price", most=self.plain(share.most)))
        if share.lost or share.most is not None:
            lines.append(say("so {sum}", sum=result))
        return [lines[0], *(f"  {line}" for line in lines[1:]), *self.borne(step, share)]

    def borne(self, step: Working, share: Share) -> list[str]:
        """Who bears it, for what an offer takes off."""
        if step.stage not in _OFFERS:
            return []
        if share.platform is None:
            return [self.say("The shop bears it")]
        if share.platform == share.share:
            return [self.say("The platform bears it")]
        sum_ = f"{share.platform_formula} = {self.plain(abs(share.platform))}"
        rest = self.plain(abs(share.share - share.platform))
        return [self.say("The platform bears {sum}, the shop {rest}", sum=sum_.removeprefix(" = "), rest=rest)]

    def table(self, step: Working) -> tuple[list[str], list[list[str]]]:
        """Every line: its exact share, what is lost, who ranks, what is left over, the share, and who bears it."""
        say, spread = self.say, step.code == "spread"
        borne = step.stage in _OFFERS and any(share.platform is not None for share in step.shares)
        head = [say("Item"), say("Formula")]
        if spread:
            head += [say("Exact"), say("Rank"), say("Added")]
        head += [say("Share"), *([say("Platform bears")] if borne else [])]
        rows = []
        for share in step.shares:
            row = [shown(share.line), share.formula]
            if spread and share.rank is not None:
                extra = self.plain(share.extra) if share.extra else ""
                row += [self.exact(share.formula, step.rounding), str(share.rank) if share.lost else "", extra]
            row.append(self.plain(share.share))
            if borne:
                row.append("0" if share.platform is None else self.plain(share.platform))
            rows.append(row)
        total = [say("In all"), *[""] * (len(head) - 2 - borne), self.plain(step.result)]
        if borne:
            parts = [share.platform for share in step.shares if share.platform is not None]
            total.append(self.plain(sum(parts[1:], start=parts[0])))
        return head, [*rows, total]


_OFFERS = frozenset({*GOODS_OFFERS, *FREIGHT_OFFERS})
