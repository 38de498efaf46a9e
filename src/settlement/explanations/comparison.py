"""Before and after: what a checkout costs with nothing used, with coupons, with points, and with each coupon alone."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from settlement.cart.checkout import Checkout
from settlement.documents.json_text import compact
from settlement.documents.problems import expect
from settlement.documents.written import all_readable
from settlement.engine.question import open_case
from settlement.engine.settle import answer, settle
from settlement.explanations.hint import hints_of
from settlement.money import Money
from settlement.receipts.hint import Hint, by_offer
from settlement.receipts.parts import Decision
from settlement.receipts.settlement import Settlement
from settlement.rulebook.rulebook import Rulebook

__all__ = ["Comparison", "Row", "compare"]

Kind: TypeAlias = Literal["nothing", "coupons", "points", "best", "coupon"]
#: What each of the first rows uses.
_ROWS: Final[tuple[tuple[Kind, str, bool], ...]] = (
    ("nothing", "none", False),
    ("coupons", "best", False),
    ("points", "none", True),
    ("best", "best", True),
)


class Row(NamedTuple):
    """One way to pay for the same cart. `payable`, `freight` and `points` are those of `settlement`.

    `freight` is what freight, surcharges and offers on them come to. `saving` is how much less it costs than
    with nothing used. Points are no saving but pay, as they do in `saved`: a row costs what is payable and the worth of
    the points used. Below 0 where a coupon alone costs more, by free shipping lost.
    `refused` says why a coupon alone was not used, `shortfall` how far it is then from its threshold. `hint` alone is
    not of this row: what must be bought more to use the coupon in this checkout, against what that costs as it stands.
    """

    kind: Kind
    #: The coupon of a row `coupon`.
    coupon: str | None
    #: The coupons that took effect.
    used: tuple[str, ...]
    payable: Money
    saving: Money
    freight: Money
    points: int
    refused: str | None
    shortfall: Money | int | Decimal | None
    hint: Hint | None
    settlement: Settlement


class Comparison(NamedTuple):
    """The rows `nothing`, `coupons`, `points`, `best`, then one row for each coupon held, alone."""

    rows: tuple[Row, ...]
    #: Names of coupons, where the rulebook gives them.
    names: dict[str, str]
    #: What this checkout costs as it stands, its own choice included: the hints say how much more. None without hints.
    payable: Money | None = None

    def row(self, kind: Kind, coupon: str | None = None) -> Row:
        """One row. Raises `LookupError`."""
        for row in self.rows:
            if (row.kind, row.coupon) == (kind, coupon):
                return row
        msg = f"there is no row {kind!r}" + (f" of the coupon {coupon!r}" if coupon else "")
        raise LookupError(msg)

    def to_dict(self) -> dict[str, Any]:
        """The rows as plain data, without their settlements; with hints, `payable` of the checkout as it stands."""
        stands = {} if self.payable is None else {"payable": str(self.payable)}
        return {"rows": [_plain(row) for row in self.rows], **stands}

    def to_json(self) -> str:
        """The same as compact JSON."""
        return compact(self.to_dict())

    def text(self, locale: str = "en") -> str:
        """The rows as a table for a reader. Raises `UnknownLocale`."""
        from settlement.explanations.comparison_text import comparison_text

        return comparison_text(self, locale)

    def __str__(self) -> str:
        return self.text()

    def _repr_html_(self) -> str:
        from settlement.explanations.comparison_text import comparison_html

        return comparison_html(self)


def compare(checkout: Checkout, rulebook: Rulebook) -> Comparison:
    """What coupons and points change: the rows that a checkout page shows side by side.

    Each row is a settlement of its own, promotions always included. Where the checkout asks for points, the rows with
    points use what it asks for, else as many as go. The checkout's own choice of coupons has no part in it, but in the
    hints, which are those of `hints(checkout, rulebook)`. Raises as `settle` does. Source: contract §4 ("Which
    coupons"); docs/offers.md.

    >>> from settlement import Cart, Coupon, Customer, Line
    >>> offer = {"tiers": [{"benefit": {"type": "amount_off", "amount": "10.00 CNY"}}]}
    >>> rulebook = Rulebook(id="r", currency="CNY", coupons=[{"id": "c1", "issuer": "platform"} | offer])
    >>> line = Line(id="a", shop="s1", sku="k", quantity=1, unit_price="59.90 CNY")
    >>> cart, customer = Cart(currency="CNY", lines=[line]), Customer(coupons=["c1"])
    >>> compared = compare(Checkout(at="2026-11-11T00:00:00+08:00", cart=cart, customer=customer), rulebook)
    >>> [(row.kind, str(row.payable), str(row.saving)) for row in compared.rows]
    [('nothing', '59.90 CNY', '0.00 CNY'), ('coupons', '49.90 CNY', '10.00 CNY'), ('points', '59.90 CNY', '0.00 CNY'), \
('best', '49.90 CNY', '10.00 CNY'), ('coupon', '49.90 CNY', '10.00 CNY')]
    """
    expect("checkout", checkout, Checkout)
    asked = checkout.choice.points or "max"
    nothing: Settlement | None = None
    rows: list[Row] = []
    stands: Settlement | None = None
    hinted: dict[str, Hint] = {}
    for kind, coupon, coupons, points in _choices(checkout):
        choice = checkout.choice.model_copy(update={"coupons": coupons, "points": asked if points else 0})
        settlement = settle(checkout.model_copy(update={"choice": choice}), rulebook)
        nothing = nothing or settlement
        row = _row(kind, coupon, settlement, nothing)
        if row.refused is not None and stands is None:
            case = open_case(checkout, rulebook)
            stands = answer(case)
            hinted = by_offer(hints_of(case, stands))
        rows.append(row if row.refused is None else row._replace(hint=hinted.get(coupon or "")))
    names = {offer.id: offer.name for offer in rulebook.coupons if offer.name}
    return Comparison(tuple(rows), names, stands.payable if stands is not None and hinted else None)


def _choices(checkout: Checkout) -> Iterator[tuple[Kind, str | None, Any, bool]]:
    for kind, coupons, points in _ROWS:
        yield kind, None, coupons, points
    for coupon in checkout.customer.coupons:
        yield "coupon", coupon, (coupon,), False


def _row(kind: Kind, coupon: str | None, settlement: Settlement, nothing: Settlement) -> Row:
    totals = settlement.totals
    own: Decision | None = None
    if coupon is not None:
        own = next(each for each in settlement.decisions if each.rule == coupon)
    return Row(
        kind=kind,
        coupon=coupon,
        used=tuple(each.id for each in settlement.redemptions if each.kind == "coupon"),
        payable=totals.payable,
        saving=_cost(nothing) - _cost(settlement),
        freight=totals.freight + totals.surcharges + totals.freight_offers,
        points=settlement.points.used,
        refused=None if own is None else own.reason,
        shortfall=None if own is None else own.shortfall,
        hint=None,
        settlement=settlement,
    )


def _cost(settlement: Settlement) -> Money:
    """Payable and the worth of the points used, for points are the buyer's money too (contract §4)."""
    return settlement.payable - settlement.totals.points


def _plain(row: Row) -> dict[str, Any]:
    document = {
        "kind": row.kind,
        "coupon": row.coupon,
        "used": list(row.used),
        "payable": str(row.payable),
        "saving": str(row.saving),
        "freight": str(row.freight),
        "points": row.points,
        "refused": row.refused,
        "shortfall": row.shortfall if row.shortfall is None or isinstance(row.shortfall, int) else str(row.shortfall),
        "hint": None if row.hint is None else row.hint.to_dict(),
    }
    return {name: value for name, value in document.items() if value is not None}


all_readable(globals())
