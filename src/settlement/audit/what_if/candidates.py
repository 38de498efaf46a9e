"""One record under other rules: what was asked is taken from the record, the rules are the candidate's.

As recorded it is settled once, to know that it reproduces; under each candidate with the choice that the buyer made,
and with the best one. Where those two cannot differ, one settlement answers both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import pairwise
from typing import Any, Final, TypeAlias

import settlement as library
from settlement.after_pay.payouts.owed import PayoutPolicy
from settlement.after_pay.payouts.sale import SaleBooks
from settlement.audit.record import Record
from settlement.audit.replay import differences
from settlement.audit.what_if.rows import Asked, BodyReader, Kept, Row, kept
from settlement.audit.what_if.totals import Broken, Key, MostChanged, Totals, Weighed, Why
from settlement.cart.checkout import Checkout
from settlement.documents.canonical import canonical, digest_of
from settlement.documents.problems import expect, expect_all
from settlement.documents.written import all_readable
from settlement.engine.settle import CALCULATION_VERSION, settle
from settlement.errors import CurrencyMismatch, InvalidDocument, KindFailed
from settlement.receipts.columns import COUPONS, PLACES, ROW, STAGES
from settlement.receipts.facts import Facts, Taken
from settlement.receipts.record import Record as Plain
from settlement.receipts.settlement import Settlement
from settlement.rulebook.payment_methods import PaymentMethod
from settlement.rulebook.rulebook import Rulebook

__all__ = ["CHOICES", "RECORDED", "AnyRecord", "Candidates", "side_of"]

AnyRecord: TypeAlias = Record | Row | str | bytes

#: The two answers under each candidate: the buyer's own choice of coupons and points, and the best one.
CHOICES: Final = ("as_chosen", "best")
#: The side of the records themselves.
RECORDED: Final = 0
#: What an order pays, and what shops and platform have of it.
_Heights: TypeAlias = tuple[int, int, int]
#: How many rulebooks of records are kept read; a month of orders has a few.
_KEPT: Final = 32
_GOODS: Final = PLACES["goods"]
_HELD: Final = frozenset([STAGES.index(name) for name in COUPONS])


def side_of(candidate: int, choice: str) -> int:
    """The number of a side: of the candidates in their order, as chosen and best.

    >>> [side_of(each, choice) for each in (0, 1) for choice in CHOICES]
    [1, 2, 3, 4]
    """
    return 1 + 2 * candidate + CHOICES.index(choice)


class _Apart(Exception):
    """A record that is counted by itself: the reason, and for a candidate that refuses it which one, a code, what."""

    def __init__(self, reason: str, *more: str | int) -> None:
        self.key: Key = (RECORDED, "apart", reason, *more)


class Candidates:
    """Rulebooks to weigh records under, side by side, and how payouts are worked out. Good for any number of records.

    `rulebook_class` reads the rules of the records, where those have kinds of one's own. With `steps` each candidate is
    compared with the one before it too: in how many orders something else applies. Raises `TypeError` for no
    rulebook at all, or for anything else, and `CurrencyMismatch` for rulebooks in two currencies.
    """

    def __init__(
        self,
        *rulebooks: Rulebook,
        policy: PayoutPolicy | None = None,
        rulebook_class: type[Rulebook] = Rulebook,
        steps: bool = False,
    ) -> None:
        if not rulebooks:
            msg = "name at least one rulebook to weigh the records under"
            raise TypeError(msg)
        self.rulebooks: tuple[Rulebook, ...] = tuple(expect_all("rulebooks", rulebooks, Rulebook))
        expect("policy", policy, PayoutPolicy, optional=True)
        self.policy = policy or PayoutPolicy()
        self.currency = self.rulebooks[0].currency
        for each in self.rulebooks:
            if each.currency != self.currency:
                raise CurrencyMismatch(self.currency, each.currency)
        ids = [each.id for each in self.rulebooks]
        #: What each candidate is called: its id, with a number where there are several.
        self.labels = tuple(
            [each if ids.count(each) == 1 else f"{each} #{ids[: at + 1].count(each)}" for at, each in enumerate(ids)]
        )
        self._class = rulebook_class
        self._steps = steps
        self._known = [_offers_of(each) for each in self.rulebooks]
        self._texts = BodyReader()
        self._read: dict[str, Rulebook] = {}
        stated = digest_of(canonical(self.policy.model_dump(mode="json")))
        self.of = (stated, *[each.digest for each in self.rulebooks])

    def totals(self, records: Iterable[AnyRecord]) -> Totals:
        """What these records come to; a part of them may be added up elsewhere, and merged."""
        made = Totals(self.of)
        for number, each in enumerate(records, 1):
            made.add(self.weigh(each, number))
        return made

    def weigh(self, record: AnyRecord, number: int = 1) -> Weighed:
        """What one record comes to. What is no record is told with its place: `number` is that among the others."""
        try:
            whole = kept(record)
            asked = self._texts.asked(whole)
        except InvalidDocument as error:
            found = error.problems[0]
            place = (record.source, record.line) if isinstance(record, Row) else ("", number)
            facts = tuple(sorted([(name, str(fact)) for name, fact in found.facts.items()]))
            broken = Broken(*place, found.place, found.code, facts)
            return Weighed({(RECORDED, "read"): 1, (RECORDED, "broken"): 1}, broken=broken)
        try:
            return self._weighed(whole, asked)
        except _Apart as apart:
            return Weighed({(RECORDED, "read"): 1, apart.key: 1}, apart=(apart.key, whole.order or whole.digest))

    def settled(self, record: AnyRecord) -> tuple[Settlement, tuple[tuple[Settlement, Settlement], ...]] | None:
        """A record's settlement, and of each candidate those as chosen and best, for figures of one's own.

        None for what `weigh` sets apart, or finds to be no record.

        >>> from settlement import Cart, Line
        >>> from settlement.audit.record import record
        >>> rules = Rulebook(id="now", currency="CNY")
        >>> cart = Cart(currency="CNY", lines=[Line(id="a", shop="tea", sku="k", quantity=1, unit_price="9.90 CNY")])
        >>> asked = record(settle(Checkout(at="2026-11-11T00:00:00+08:00", cart=cart), rules))
        >>> before, ((chosen, best),) = Candidates(rules).settled(asked)
        >>> [each.shops[0].payable for each in (before, chosen, best)]
        [Money('9.90 CNY'), Money('9.90 CNY'), Money('9.90 CNY')]
        """
        try:
            checkout, _, recorded = self._reproduced(self._texts.asked(kept(record)))
            return recorded, tuple([self._answers(at, checkout, recorded) for at in range(len(self.rulebooks))])
        except (InvalidDocument, _Apart):
            return None

    # -------------------------------------------------------------- one record

    def _weighed(self, whole: Kept, asked: Asked) -> Weighed:
        checkout, rulebook, recorded = self._reproduced(asked)
        answers = [self._answers(at, checkout, recorded) for at in range(len(self.rulebooks))]
        sums: dict[Key, int] = {(RECORDED, "read"): 1, (RECORDED, "orders"): 1}
        before, moved = recorded.plain, _moved(recorded, rulebook)
        accounts = self._accounts(recorded, rulebook)
        for key, number in (_sums(before) | accounts).items():
            sums[RECORDED, *key] = number
        heights: tuple[list[_Heights], list[_Heights]] = [], []
        changed: dict[int, tuple[int, Callable[[], MostChanged]]] = {}
        for at, (chosen, best) in enumerate(answers):
            for choice, answer in zip(CHOICES, (chosen, best), strict=True):
                side, after = side_of(at, choice), answer.plain
                if choice == CHOICES[0] or answer is not chosen:
                    alike = _moved(answer, self.rulebooks[at]) == moved
                    owed = accounts if alike else self._accounts(answer, self.rulebooks[at])
                    found = _sums(after) | owed | _compared(before, after, self._known[at])
                for key, number in found.items():
                    sums[side, *key] = number
                nets = owed.get(("shops", "net"), 0), owed.get(("platform", "net"), 0)
                heights[choice == CHOICES[1]].append((after.totals[-1], *nets))
                if change := after.totals[-1] - before.totals[-1]:
                    changed[side] = change, partial(_told, whole, before, after)
        if self._steps:
            sums |= _switched(answers) | _moving(heights)
        return Weighed(sums, changed)

    def _reproduced(self, asked: Asked) -> tuple[Checkout, Rulebook, Settlement]:
        """What was asked, and the settlement, settled again to the same; a record that is not weighed is set apart."""
        if asked.version != CALCULATION_VERSION:
            raise _Apart("version", str(asked.version)[:40])
        try:
            rulebook = self._rulebook(asked.rulebook)
            checkout = Checkout.model_validate_json(asked.checkout)
            again = _settled(checkout, rulebook, "")
        except InvalidDocument as error:  # by this version of the library, which reads the record's documents no more
            raise _Apart("invalid", "", error.problems[0].code) from None
        recomputed = again.to_dict()
        if recomputed != asked.settlement:
            newer = asked.library != library.__version__
            if any(differences(asked.settlement, recomputed, "settlement", newer_fields=newer)):
                raise _Apart("differs")
        if again.currency != self.currency:
            raise _Apart("currency", again.currency)
        if again.status == "pending":
            raise _Apart("pending")
        return checkout, rulebook, again

    def _rulebook(self, text: str) -> Rulebook:
        found = self._read.get(text)
        if found is None:
            found = self._class.model_validate_json(text)
            if len(self._read) >= _KEPT:
                del self._read[next(iter(self._read))]
            self._read[text] = found
        return found

    def _answers(self, at: int, checkout: Checkout, recorded: Settlement) -> tuple[Settlement, Settlement]:
        """The order under a candidate: with the choice that the buyer made, and with the best coupons."""
        rulebook, choice, label = self.rulebooks[at], checkout.choice, self.labels[at]
        held = _held(checkout, recorded.plain)
        points = recorded.plain.points[0] if choice.points == "max" else choice.points
        try:
            best = _with(checkout, "best", choice.points)
            made = _settled(best, rulebook, label)
            if _same_choice(held, points, choice.points, made.plain):
                chosen = made
            else:
                chosen = _settled(_with(checkout, held, points), rulebook, label)
        except InvalidDocument as error:
            found = error.problems[0]
            raise _Apart("refused", label, found.code, str(found.facts.get("found", ""))) from None
        if "pending" in (made.status, chosen.status):
            raise _Apart("pending", label)
        return chosen, made

    def _accounts(self, settlement: Settlement, rulebook: Rulebook) -> dict[Key, int]:
        """What shops, platform and provider get, as a payout says it; nothing of what is blocked."""
        sums: dict[Key, int] = {}
        if settlement.status != "payable":
            return sums
        books = SaleBooks(settlement, self.policy, _method(settlement, rulebook))
        accounts = []
        for shop, _ in settlement.plain.shops:
            sale = books.of_sale(shop)
            accounts.append(sale)
            sums["shop", shop, "net"] = sale["net"]
            sums["shop", shop, "orders"] = 1
            for row, amount in sale.items():
                if amount:
                    sums["shops", row] = sums.get(("shops", row), 0) + amount
        platform = books.of_platform(accounts)
        for row, amount in platform.items():
            if amount:
                sums["platform", row] = amount
        if provider := books.of_provider(accounts, platform):
            sums["provider",] = provider
        if referred := sum([sum(books.referrals(name).values()) for name in books.rates.receivers]):
            sums["receivers",] = referred
        if stored := sum([flow.columns.get("stored_value", 0) for flow in books.sold.values()]):
            sums["stored_value",] = stored
        return sums


def _settled(checkout: Checkout, rulebook: Rulebook, label: str) -> Settlement:
    """What `settle` says. Raises `_Apart` where it fails: one order with a kind of somebody's own ends no month.

    What raised is told, not what it said: a message may hold an address in memory, or what is personal.
    """
    try:
        return settle(checkout, rulebook)
    except (InvalidDocument, MemoryError):
        raise
    except Exception as error:  # noqa: BLE001 - a kind of somebody's own may fail in any way
        found = error.what if isinstance(error, KindFailed) else type(error).__name__
        raise _Apart("failed", label, "batch.failed", found) from None


def _method(settlement: Settlement, rulebook: Rulebook) -> PaymentMethod | None:
    """The terms of the payment method that was asked for."""
    made_from = settlement.made_from
    return None if made_from is None else rulebook.rules.methods.get(made_from[0].payment_method or "")


def _moved(settlement: Settlement, rulebook: Rulebook) -> tuple[Any, ...]:
    """All that accounts are worked out of: where it is the same, so are they."""
    plain = settlement.plain
    borne = [(entry.stage, entry.lines, entry.borne) for entry in plain.entries]
    return plain.status, list(plain.ids), list(map(tuple, plain.columns)), borne, _method(settlement, rulebook)


def _sums(plain: Plain) -> dict[Key, int]:
    """What a settlement adds to its side: columns, and rules with who bears them."""
    sums: dict[Key, int] = {("status", plain.status): 1}
    for column, amount in zip(ROW, plain.totals, strict=True):
        if amount:
            sums["total", column] = amount
    if not plain.optimal:
        sums["unproven",] = 1
    for stage, rule, amount, _, _, borne, _ in plain.entries:
        name = STAGES[stage]
        key = ("rule", name, rule, "amount")
        sums[key] = sums.get(key, 0) + amount
        sums["rule", name, rule, "orders"] = 1
        if borne is not None and (platform := sum(borne)):
            key = ("rule", name, rule, "platform")
            sums[key] = sums.get(key, 0) + platform
    return sums


# ------------------------------------------------------------------ the buyer's choice


def _held(checkout: Checkout, recorded: Plain) -> tuple[str, ...] | str:
    """The coupons that the buyer chose: those named; of a choice left to the engine those that it used."""
    wanted = checkout.choice.coupons
    if wanted != "best":
        return wanted
    return _used(recorded) or "none"


def _used(plain: Plain) -> tuple[str, ...]:
    """The coupons that applied, sorted: those with an adjustment or a gift."""
    found = {rule for stage, rule, *_ in plain.entries if stage in _HELD}
    coupons = {each.rule for each in plain.verdicts if each.reason is None}
    gifts = {rule for rule, *_ in plain.gifts} & coupons
    return tuple(sorted(found | gifts))


def _same_choice(held: tuple[str, ...] | str, points: int, asked: Any, best: Plain) -> bool:
    """Whether the best choice is the very one that the buyer made: then it need not be settled again."""
    if points != asked and points != best.points[0]:
        return False
    return (_used(best) or "none") == held


def _with(checkout: Checkout, coupons: Any, points: Any) -> Checkout:
    """The checkout with another choice; itself where that is its own."""
    choice = checkout.choice
    if (choice.coupons, choice.points) == (coupons, points):
        return checkout
    return checkout.model_copy(update={"choice": choice.model_copy(update={"coupons": coupons, "points": points})})


# ------------------------------------------------------------------ before and after


def _offers_of(rulebook: Rulebook) -> frozenset[str]:
    """The ids of all that a candidate may have a decision on."""
    points = ["points"] if rulebook.points is not None else []
    return frozenset([*[each.id for each in (*rulebook.promotions, *rulebook.coupons)], *points])


def _compared(before: Plain, after: Plain, known: frozenset[str]) -> dict[Key, int]:
    """By how much an order changed, what it can now and could not, the other way round, and rules that are gone."""
    sums: dict[Key, int] = {("change", after.totals[-1] - before.totals[-1]): 1}
    if before.status != after.status:
        sums["newly", after.status] = 1
    if before.excluded or after.excluded:
        old, new = ({(line, reason) for line, reason, *_ in each.excluded} for each in (before, after))
        for word, found in (("newly", new - old), ("no_longer", old - new)):
            for _, reason in found:
                sums[word, reason] = 1
    for verdict in before.verdicts:
        if verdict.reason is None and verdict.rule not in known and verdict.rule.rpartition("#")[0] not in known:
            sums["gone", verdict.rule] = 1
    return sums


def _switched(answers: Sequence[tuple[Settlement, Settlement]]) -> dict[Key, int]:
    """The sides on which something else applies than under the candidate before."""
    sums: dict[Key, int] = {}
    for at, (before, after) in enumerate(pairwise(answers), 1):
        for choice, one, other in zip(CHOICES, before, after, strict=True):
            if _applies(one.plain) != _applies(other.plain):
                sums[side_of(at, choice), "switched"] = 1
    return sums


def _moving(heights: Sequence[Sequence[_Heights]]) -> dict[Key, int]:
    """The sides on which an order pays or earns another amount than under the candidate before or the next one."""
    sums: dict[Key, int] = {}
    for choice, line in zip(CHOICES, heights, strict=True):
        for at, (before, after) in enumerate(pairwise(line)):
            if before != after:
                sums[side_of(at, choice), "moving"] = sums[side_of(at + 1, choice), "moving"] = 1
    return sums


def _applies(plain: Plain) -> tuple[Any, ...]:
    """What applies, without how much it comes to: rules and their tiers, free parcels, gifts, lines left out."""
    rules = sorted({(entry.stage, entry.rule, _tier(entry.facts)) for entry in plain.entries})
    free = [each.free for each in plain.parcels]
    return plain.status, rules, free, list(plain.gifts), [row[:2] for row in plain.excluded]


def _tier(facts: Facts) -> int:
    """The place of the tier that an offer applied with."""
    return facts.tried[1] if isinstance(facts, Taken) else 0


def _told(whole: Kept, before: Plain, after: Plain) -> MostChanged:
    """An order by itself, and what its change is made of: the parts add up to it."""
    reasons = {each.rule: each for each in after.verdicts if each.reason is not None}
    parts = []
    if before.totals[_GOODS] != after.totals[_GOODS]:
        parts.append(Why("goods", "", before.totals[_GOODS], after.totals[_GOODS]))
    old, new = _rules(before), _rules(after)
    for stage, rule in dict.fromkeys([*old, *new]):
        one, other = old.get((stage, rule), 0), new.get((stage, rule), 0)
        if one != other:
            verdict = reasons.get(rule) if not other else None
            why = (None, None) if verdict is None else (verdict.reason, verdict.shortfall)
            parts.append(Why(STAGES[stage], rule, one, other, *why))
    left = {line for line, *_ in before.excluded}
    parts += [Why("left_out", line, 0, 0, reason) for line, reason, *_ in after.excluded if line not in left]
    return MostChanged(whole.digest, whole.order, before.totals[-1], after.totals[-1], tuple(parts))


def _rules(plain: Plain) -> dict[tuple[int, str], int]:
    found: dict[tuple[int, str], int] = {}
    for stage, rule, amount, *_ in plain.entries:
        found[stage, rule] = found.get((stage, rule), 0) + amount
    return found


all_readable(globals())
