"""What the records would have come to, side by side: as recorded, and under each candidate as chosen and at best.

Sums and counts are whole numbers. An average is a sum and a count here, divided by nobody but a display.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from settlement.audit.what_if.candidates import CHOICES, RECORDED, AnyRecord, Candidates, side_of
from settlement.audit.what_if.totals import MostChanged, Totals, Why
from settlement.documents.canonical import canonical
from settlement.documents.problems import expect
from settlement.documents.scalars import quantity_out
from settlement.documents.written import all_readable, numbered
from settlement.money import DECIMALS, Money, money_of
from settlement.receipts.columns import FREIGHT_OFFERS, GOODS_OFFERS, ROW, STAGES
from settlement.receipts.parts import QUANTITY_REASONS
from settlement.rulebook.rulebook import Rulebook

if TYPE_CHECKING:
    from pathlib import Path

    from settlement.after_pay.payouts.owed import PayoutPolicy

__all__ = ["SHARES", "Apart", "Bucket", "RuleRow", "Side", "WhatIf", "what_if"]

#: Of the orders that changed, how many of a hundred change by no more: the smallest change that so many reach.
SHARES: Final = (0, 5, 25, 50, 75, 95, 100)
#: Where the buckets of changes end, in whole units of a currency; a hundred times that where it has no smaller coin.
_EDGES: Final = (1, 5, 10, 20, 50, 100)
_OFFERS: Final = frozenset({*GOODS_OFFERS, *FREIGHT_OFFERS})


class RuleRow(NamedTuple):
    """What a rule took off (below 0) or charged in all, in how many orders, and who bears it."""

    stage: str
    rule: str
    name: str | None
    orders: int
    amount: Money
    platform: Money
    shop: Money


class Bucket(NamedTuple):
    """How many orders cost less and more, by above `above` and up to `to`; None: without end."""

    above: Money
    to: Money | None
    cheaper: int
    dearer: int


class Apart(NamedTuple):
    """Records that are set apart: why, by which candidate, a code, what it names, how many, and one of them."""

    reason: str
    candidate: str | None
    code: str | None
    found: str | None
    orders: int
    example: str | None = None


class Side:
    """What all orders come to on one side: as recorded (`rulebook` None), or under a candidate with one choice."""

    def __init__(self, whole: WhatIf, number: int, candidate: int | None, choice: str) -> None:
        self._whole, self._number = whole, number
        self.rulebook: Rulebook | None = None if candidate is None else whole.candidates.rulebooks[candidate]
        #: What this side is called: the candidate's id, with a number where another has the same; None as recorded.
        self.candidate: str | None = None if candidate is None else whole.labels[candidate]
        #: `recorded`, `as_chosen` or `best`.
        self.choice = choice

    def _money(self, minor: int) -> Money:
        return money_of(minor, self._whole.currency)

    def _under(self, kind: str) -> dict[tuple[Any, ...], int]:
        return self._whole.by_side.get((self._number, kind), {})

    def _amounts(self, kind: str, rows: Iterable[str] | None = None) -> dict[str, Money]:
        found = {str(key[0]): number for key, number in self._under(kind).items()}
        return {name: self._money(found.get(name, 0)) for name in (sorted(found) if rows is None else rows)}

    @property
    def totals(self) -> dict[str, Money]:
        """The columns of all orders together, `list` to `payable`, signed from the buyer's purse."""
        return self._amounts("total", ROW)

    @property
    def payable(self) -> Money:
        """What all orders together are to pay."""
        return self.totals["payable"]

    @property
    def shops(self) -> dict[str, Money]:
        """The accounts of all shops together, as a payout has them; `net` is their margin."""
        return self._amounts("shops", _SHOPS)

    @property
    def platform(self) -> dict[str, Money]:
        """The platform's account, as a payout has it; `net` is its margin."""
        return self._amounts("platform", _PLATFORM)

    @property
    def others(self) -> dict[str, Money]:
        """What the provider of the payment method, third parties and holders of gift cards have of it."""
        return {name: self._money(self._count(name)) for name in ("provider", "receivers", "stored_value")}

    @property
    def by_shop(self) -> dict[str, tuple[int, Money]]:
        """Shop -> in how many orders it sells, and its net."""
        found = self._under("shop")
        return {
            shop: (orders, self._money(found.get((shop, "net"), 0)))
            for (shop, what), orders in sorted(found.items())
            if what == "orders"
        }

    @property
    def statuses(self) -> dict[str, int]:
        """Status -> how many orders have it."""
        return {str(key[0]): number for key, number in sorted(self._under("status").items())}

    @cached_property
    def rules(self) -> tuple[RuleRow, ...]:
        """Every rule that took off or charged something, by stage and id."""
        found: dict[tuple[str, str], dict[str, int]] = {}
        for (stage, rule, what), number in self._under("rule").items():
            found.setdefault((stage, rule), {})[what] = number
        made = []
        for stage, rule in sorted(found, key=lambda key: (STAGES.index(key[0]), key[1])):
            row = found[stage, rule]
            amount, platform = row.get("amount", 0), row.get("platform", 0)
            parts = (amount, platform, amount - platform) if stage in _BORNE else (amount, 0, 0)
            monies = [self._money(each) for each in parts]
            name = self._whole.name_of(rule, self.rulebook)
            made.append(RuleRow(stage, rule, name, row["orders"], monies[0], monies[1], monies[2]))
        return tuple(made)

    # -------------------------------------------------------------- changes

    @cached_property
    def changes(self) -> tuple[tuple[int, int], ...]:
        """By how much orders change in minor units, ascending, and how many by just that; those that don't included."""
        return tuple(sorted((key[0], number) for key, number in self._under("change").items() if number))

    @property
    def changed(self) -> int:
        """How many orders pay another amount."""
        return self.cheaper + self.dearer

    @property
    def cheaper(self) -> int:
        """How many orders pay less."""
        return sum([number for change, number in self.changes if change < 0])

    @property
    def dearer(self) -> int:
        """How many orders pay more."""
        return sum([number for change, number in self.changes if change > 0])

    def quantiles(self, shares: Sequence[int] = SHARES) -> dict[int, Money | None]:
        """Of the orders that changed: the smallest change that so many of a hundred don't exceed, exactly one of them.

        The nearest rank, so nothing is interpolated: that of `share` of n is ⌈share × n ÷ 100⌉, at least the first.
        None where nothing changed.
        """
        rows = [row for row in self.changes if row[0]]
        total = sum([number for _, number in rows])
        found: dict[int, Money | None] = {}
        for share in shares:
            rank, seen = max(1, -(-share * total // 100)), 0
            found[share] = None
            for change, number in rows:
                seen += number
                if seen >= rank:
                    found[share] = self._money(change)
                    break
        return found

    @property
    def buckets(self) -> tuple[Bucket, ...]:
        """The orders that changed by how much, in the buckets that the answer declares."""
        edges = [0, *[each.minor for each in self._whole.edges], None]
        made = []
        for low, high in pairwise(edges):
            counts = [0, 0]
            for change, number in self.changes:
                if (low or 0) < abs(change) and (high is None or abs(change) <= high):
                    counts[change > 0] += number
            to = None if high is None else self._money(high)
            made.append(Bucket(self._money(low or 0), to, counts[0], counts[1]))
        return tuple(made)

    @property
    def most_changed(self) -> tuple[MostChanged, ...]:
        """The ten orders that change most, with the parts that the change is made of."""
        return tuple(self._whole.totals.most.get(self._number, ()))

    @property
    def newly(self) -> dict[str, int]:
        """How many orders are newly `payable` or `blocked`, or have a line newly left out, by its reason."""
        return {str(key[0]): number for key, number in sorted(self._under("newly").items())}

    @property
    def no_longer(self) -> dict[str, int]:
        """How many orders have a line that was left out for this reason, and is not any more."""
        return {str(key[0]): number for key, number in sorted(self._under("no_longer").items())}

    @property
    def gone(self) -> dict[str, int]:
        """Rules that orders used and this candidate has no more (coupons, promotions, points), and in how many."""
        return {str(key[0]): number for key, number in sorted(self._under("gone").items())}

    @property
    def unproven(self) -> int:
        """How many orders have a choice that is not proven best, for the search reached its limit."""
        return self._count("unproven")

    @property
    def switched(self) -> int:
        """In how many orders something else applies than under the candidate before; counted for `sensitivity()`."""
        return self._count("switched")

    @property
    def moving(self) -> int:
        """How many orders pay or earn another amount than under the candidate before or after, for `sensitivity()`."""
        return self._count("moving")

    def _count(self, kind: str) -> int:
        return self._under(kind).get((), 0)

    def to_json(self) -> str:
        """The same as canonical JSON."""
        return canonical(self.to_dict()).decode()

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain data, amounts as texts."""

        def shown(amounts: dict[str, Money]) -> dict[str, str]:
            return {name: str(amount) for name, amount in amounts.items()}

        rules = [
            {"stage": each.stage, "rule": each.rule, "orders": each.orders, "amount": str(each.amount)}
            | ({"platform": str(each.platform), "shop": str(each.shop)} if each.stage in _BORNE else {})
            for each in self.rules
        ]
        by_shop = [{"shop": shop, "orders": row[0], "net": str(row[1])} for shop, row in self.by_shop.items()]
        made: dict[str, Any] = {
            "status": self.statuses,
            "totals": shown(self.totals),
            "shops": shown(self.shops),
            "platform": shown(self.platform),
            "others": shown(self.others),
            "rules": rules,
            "by_shop": by_shop,
            "unproven": self.unproven,
        }
        if self.rulebook is None:
            return made
        return made | {
            "changed": {"cheaper": self.cheaper, "dearer": self.dearer},
            "quantiles": {str(share): None if each is None else str(each) for share, each in self.quantiles().items()},
            "buckets": [
                {"above": str(each.above), "to": None if each.to is None else str(each.to)}
                | {"cheaper": each.cheaper, "dearer": each.dearer}
                for each in self.buckets
            ],
            "newly": self.newly,
            "no_longer": self.no_longer,
            "gone": self.gone,
            "most_changed": [self._most(each) for each in self.most_changed],
        }

    def _most(self, each: MostChanged) -> dict[str, Any]:
        named = {} if each.order is None else {"order": each.order}
        amounts = {name: str(self._money(getattr(each, name))) for name in ("before", "after")}
        change = {"change": str(self._money(each.after - each.before))}
        return {"digest": each.digest} | named | amounts | change | {"why": [self._why(why) for why in each.why]}

    def _why(self, why: Why) -> dict[str, Any]:
        made: dict[str, Any] = {"stage": why.stage, "rule": why.rule}
        made |= {name: str(self._money(getattr(why, name))) for name in ("before", "after")}
        if why.reason is not None:
            made["reason"] = why.reason
        if why.shortfall is not None:
            short = quantity_out(why.shortfall) if why.reason in QUANTITY_REASONS else self._money(why.shortfall)
            made["shortfall"] = short if isinstance(short, int) else str(short)
        return made


#: Stages of which somebody bears a part.
_BORNE: Final = frozenset({*_OFFERS, "points"})
_SHOPS: Final = (
    "goods own_offers freight tax buyer_fee rounding commission payment_fee referrals net platform_offers points"
).split()
_PLATFORM: Final = "commission tax buyer_fee rounding platform_offers points referrals net".split()


class WhatIf:
    """The answer: `recorded`, and `sides` of each candidate as chosen and best, over the very same orders.

    Prints as a page; `text(locale)`, `html(locale)`, `to_json()` and `to_parquet(path)` write it. Customers' behaviour
    is held fixed: whoever would have bought more or less under other rules is not known here.
    """

    def __init__(self, candidates: Candidates, totals: Totals, edges: Sequence[Money] | None = None) -> None:
        """Raises `ValueError` for the totals of other candidates, and for edges that do not rise from above 0."""
        if totals.of != candidates.of:
            msg = "these totals are of other rulebooks, or of another payout policy"
            raise ValueError(msg)
        self.candidates, self.totals, self.currency = candidates, totals, candidates.currency
        unit = 10 ** (DECIMALS[self.currency] or 2)
        #: Where the buckets of changes end.
        self.edges = tuple([money_of(each * unit, self.currency) for each in _EDGES] if edges is None else edges)
        minors = [each.minor for each in self.edges if each.currency == self.currency]
        if minors != sorted({*minors}) or len(minors) < len(self.edges) or (minors and minors[0] <= 0):
            msg = f"edges of buckets are amounts of {self.currency} above 0, each above the one before"
            raise ValueError(msg)
        #: What each candidate is called: its id, with a number where there are several.
        self.labels = candidates.labels

    @cached_property
    def by_side(self) -> dict[tuple[Any, ...], dict[tuple[Any, ...], int]]:
        """The sums by side and kind."""
        found: dict[tuple[Any, ...], dict[tuple[Any, ...], int]] = {}
        for key, number in self.totals.sums.items():
            found.setdefault(key[:2], {})[key[2:]] = number
        return found

    @property
    def read(self) -> int:
        """How many records were read, those that are broken or set apart among them."""
        return self._count("read")

    @property
    def orders(self) -> int:
        """How many orders are in the sums: of every side the same ones."""
        return self._count("orders")

    @property
    def broken(self) -> int:
        """How many rows are no records; `totals.broken` tells the first ten."""
        return self._count("broken")

    def _count(self, kind: str) -> int:
        return self.totals.sums.get((RECORDED, kind), 0)

    @property
    def apart(self) -> tuple[Apart, ...]:
        """Records that are in no sum, with the reason.

        `version`: of another calculation version. `differs`: its settlement does not come out again. `invalid`: its
        documents are read no more. `currency`: another than the candidates'. `pending`: freight is not known.
        `refused`: a candidate's rules do not fit what was asked, such as a payment method that they have not. `failed`:
        a kind of one's own raised an exception, in the candidate's rules or the record's own; `found` says which kind.
        """
        made = []
        for key, number in sorted(self.by_side.get((RECORDED, "apart"), {}).items()):
            reason, one, code, found = [str(part) or None for part in (*key, "", "", "")[:4]]
            if reason in {"version", "currency"}:
                one, found = None, one
            example = self.totals.examples.get((RECORDED, "apart", *key))
            made.append(Apart(str(reason), one, code, found, number, example))
        return tuple(made)

    @cached_property
    def recorded(self) -> Side:
        """What the records say."""
        return Side(self, RECORDED, None, "recorded")

    @cached_property
    def sides(self) -> tuple[tuple[Side, Side], ...]:
        """Of each candidate: as chosen, and best."""
        return tuple(
            [
                (
                    Side(self, side_of(at, CHOICES[0]), at, CHOICES[0]),
                    Side(self, side_of(at, CHOICES[1]), at, CHOICES[1]),
                )
                for at in range(len(self.candidates.rulebooks))
            ]
        )

    def every_side(self) -> Iterator[Side]:
        """As recorded, then each candidate as chosen and best."""
        yield self.recorded
        for both in self.sides:
            yield from both

    def name_of(self, rule: str, book: Rulebook | None = None) -> str | None:
        """What people call a rule: as these rules do, else as the first candidate that names it."""
        for each in ([] if book is None else [book]) + list(self.candidates.rulebooks):
            name = each.names[0].get(rule)
            if name is not None:
                return name
        return None

    # -------------------------------------------------------------- as a value

    def counts(self) -> dict[str, Any]:
        """How many records were read, how many are in the sums, and why the others are not, as plain data."""
        broken = [
            {"source": each.source, "line": each.line, "place": each.place, "code": each.code}
            | {"message": each.problem.message}
            for each in self.totals.broken
        ]
        apart = [{name: value for name, value in each._asdict().items() if value is not None} for each in self.apart]
        rows = {"rows": self.broken, "first": broken}
        return {"read": self.read, "orders": self.orders, "apart": apart, "broken": rows}

    def to_dict(self) -> dict[str, Any]:
        """The same as plain data, amounts as texts, counts as numbers."""
        sides = [
            {"rulebook": label, "digest": both[0].rulebook.digest if both[0].rulebook else None}
            | {side.choice: side.to_dict() for side in both}
            for label, both in zip(self.labels, self.sides, strict=True)
        ]
        return {
            "currency": self.currency,
            "behaviour": "held fixed",
            **self.counts(),
            "recorded": self.recorded.to_dict(),
            "candidates": sides,
        }

    def to_json(self) -> str:
        """The same as canonical JSON: equal answers, equal bytes."""
        return canonical(self.to_dict()).decode()

    def text(self, locale: str = "en") -> str:
        """Plain text for a terminal. Raises `UnknownLocale`."""
        from settlement.audit.what_if.text import what_if_text

        return what_if_text(self, locale)

    def html(self, locale: str = "en", *, charts: bool = True) -> str:
        """One page for a browser that loads nothing; its pictures need the extra `charts`, all else is readable anyway.

        Raises `UnknownLocale`, and `ImportError` where pictures are wanted and the extra is not installed.
        """
        from settlement.audit.what_if.page import what_if_page

        return what_if_page(self, locale, charts=charts)

    def to_parquet(self, path: str | Path) -> None:
        """A row for each figure, amounts as decimals. Raises `ImportError` where the extra `arrow` is not installed."""
        from settlement.audit.what_if.figures import write_parquet

        write_parquet(self, path)

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return f"<WhatIf {numbered(self.orders, 'order')}, {numbered(len(self.labels), 'candidate')}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, WhatIf) and self.to_json() == other.to_json()

    def __hash__(self) -> int:
        return hash(self.totals)


def what_if(
    records: Iterable[AnyRecord],
    *rulebooks: Rulebook,
    policy: PayoutPolicy | None = None,
    rulebook_class: type[Rulebook] = Rulebook,
    edges: Sequence[Money] | None = None,
) -> WhatIf:
    """What the orders of these records would have come to under other rules, exactly, one record at a time in memory.

    What was asked is taken from each record, the rules are the candidate's. `as_chosen` holds the buyer's choice: the
    coupons that were named, or where the choice was left to the engine those that it used; of points the number, or
    where as many as go were wanted those that were used. `best` chooses the coupons anew. Margins are those of
    `payout(…, policy)`, with commission, before refunds. `edges` end the buckets of changes. Records that cannot be
    compared are counted with their reason and are in no sum. Rules of records with kinds of one's own are read by
    `rulebook_class`. Raises `TypeError` for no rulebook, `CurrencyMismatch` for two currencies.

    >>> from settlement import Cart, Checkout, Line, settle
    >>> from settlement.audit.record import record
    >>> def rules(name, percent):
    ...     tier = {"min_amount": "100.00 CNY", "benefit": {"type": "percent_off", "percent": percent}}
    ...     return Rulebook(id=name, currency="CNY", promotions=[{"id": "fest", "issuer": "platform", "tiers": [tier]}])
    >>> line = Line(id="a", shop="tea", sku="k", quantity=2, unit_price="59.90 CNY")
    >>> checkout = Checkout(at="2026-11-11T00:00:00+08:00", cart=Cart(currency="CNY", lines=[line]))
    >>> found = what_if([record(settle(checkout, rules("now", "10")))], rules("less", "5"))
    >>> str(found.recorded.payable), str(found.sides[0][0].payable)
    ('107.82 CNY', '113.81 CNY')
    """
    expect("records", records, Iterable)
    candidates = Candidates(*rulebooks, policy=policy, rulebook_class=rulebook_class)
    return WhatIf(candidates, candidates.totals(records), edges)


all_readable(globals())
