"""What a journal is handed: each refund and payout beside the settlement that it is of, once, and payouts in line.

Found out before anything is booked: one order that stands twice, two buyers whose equal requests nobody can tell apart,
a refund that was handed in twice or gives back more than was sold, payouts of which none follows the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol, TypeAlias

from settlement.after_pay.payouts.accounts import Payout
from settlement.after_pay.payouts.movement import Movement
from settlement.after_pay.refunds.quote import RefundQuote
from settlement.after_pay.refunds.sold import Sold
from settlement.audit.books.succession import predecessors
from settlement.documents.json_text import compact
from settlement.errors import InvalidDocument, Problem
from settlement.money import excerpt
from settlement.receipts.settlement import Settlement

__all__ = ["Booked", "Source", "documents_of", "handed_in", "movements_of"]


class Recorded(Protocol):
    """A record of the audit, or anything else that holds a settlement."""

    def settlement(self) -> Settlement: ...


#: What is of an order, and what a journal takes.
OrderDocument: TypeAlias = Settlement | Recorded | RefundQuote | Payout
Source: TypeAlias = OrderDocument | Movement


class Booked(NamedTuple):
    """A document to book, its settlement (itself, for one), and of a payout the one that it goes on from."""

    document: Settlement | RefundQuote | Payout
    settlement: Settlement
    previous: Payout | None = None


class _Placed(NamedTuple):
    """A document and where it was handed in."""

    place: str
    document: Settlement | RefundQuote | Payout
    #: Whether it stands in the books already.
    before: bool


def documents_of(sources: Iterable[Source]) -> list[tuple[int, OrderDocument]]:
    """What is of an order, with its place; movements of money stand by themselves."""
    return [(at, each) for at, each in enumerate(sources) if not isinstance(each, Movement)]


def movements_of(sources: Iterable[Source], before: Iterable[Source] = ()) -> list[Movement]:
    """The movements of money; raises `InvalidDocument` where one stands twice, by its kind and id."""
    seen: dict[tuple[str, str], str] = {}
    problems, found = [], []
    for name, listed in (("before", before), ("sources", sources)):
        for at, each in enumerate(listed):
            if isinstance(each, Movement):
                place = f"{name}[{at}]"
                twin = seen.setdefault((each.kind, each.id), place)
                if twin != place:
                    problems.append(Problem(place, "movement.twice", {"other": twin}))
                if name == "sources":
                    found.append(each)
    _refuse(problems)
    return found


def handed_in(
    sources: Iterable[tuple[int, OrderDocument]], before: Iterable[tuple[int, OrderDocument]] = ()
) -> list[Booked]:
    """The sources, each with its place, and their settlements in the order given; what was `before` is looked up.

    Raises `InvalidDocument` with all that does not go together, `RefundExceeds` and `UnknownLine` where refunds of an
    order come to more than was sold.
    """
    placed = [_Placed(f"before[{at}]", _plain(each), before=True) for at, each in before]
    placed += [_Placed(f"sources[{at}]", _plain(each), before=False) for at, each in sources]
    settlements = [(each.place, each.document) for each in placed if isinstance(each.document, Settlement)]
    _refuse(_twins(settlements))
    by_digest: dict[str, list[Settlement]] = {}
    for _, settlement in settlements:
        by_digest.setdefault(settlement.digest, []).append(settlement)
    problems: list[Problem] = []
    of: dict[str, Settlement] = {}
    for place, document, _ in placed:
        if isinstance(document, Settlement):
            of[place] = document
            continue
        found = _settlement_of(place, document, by_digest.get(document.settlement, ()))
        if isinstance(found, Problem):
            problems.append(found)
        else:
            of[place] = found
    _refuse(problems)
    groups: dict[int, list[_Placed]] = {}
    for each in placed:
        groups.setdefault(id(of[each.place]), []).append(each)
    previous: dict[str, Payout | None] = {}
    for group in groups.values():
        _check_refunds(of[group[0].place], [each for each in group if isinstance(each.document, RefundQuote)])
        payouts = [(each.place, each.document, each.before) for each in group if isinstance(each.document, Payout)]
        previous |= predecessors(payouts)
    return [Booked(document, of[place], previous.get(place)) for place, document, already in placed if not already]


def _plain(source: OrderDocument) -> Settlement | RefundQuote | Payout:
    return source if isinstance(source, (Settlement, RefundQuote, Payout)) else source.settlement()


def _refuse(problems: Sequence[Problem]) -> None:
    if problems:
        raise InvalidDocument(problems, "journal")


def _twins(settlements: Sequence[tuple[str, Settlement]]) -> list[Problem]:
    """Settlements that may be one order: two of a name, and two of a digest that do not both have one."""
    problems = []
    by_order: dict[str, str] = {}
    by_digest: dict[str, tuple[str, bool]] = {}
    for place, settlement in settlements:
        order, digest = settlement.order, settlement.digest
        if order is not None and order in by_order:
            facts = {"found": excerpt(order), "other": by_order[order]}
            problems.append(Problem(f"{place}.order", "order.twice", facts))
        elif digest in by_digest and not (order is not None and by_digest[digest][1]):
            problems.append(Problem(place, "order.unnamed", {"other": by_digest[digest][0]}))
        if order is not None:
            by_order.setdefault(order, place)
        by_digest.setdefault(digest, (place, order is not None))
    return problems


def _settlement_of(place: str, document: RefundQuote | Payout, there: Sequence[Settlement]) -> Settlement | Problem:
    """The settlement of this digest and order; where one of the two has no name, the only one of this digest."""
    if not there:
        code = "refund.no_settlement" if isinstance(document, RefundQuote) else "payout.no_settlement"
        return Problem(place, code, {"found": document.settlement})
    for settlement in there:
        if document.order is not None and settlement.order == document.order:
            return settlement
    orders = ", ".join([excerpt(each.order) for each in there])
    if document.order is None:
        facts = {"count": len(there), "orders": orders}
        return there[0] if len(there) == 1 else Problem(f"{place}.order", "order.which", facts)
    if there[0].order is None:
        return there[0]
    return Problem(f"{place}.order", "order.mismatch", {"found": excerpt(document.order), "expected": orders})


def _check_refunds(settlement: Settlement, placed: Sequence[_Placed]) -> None:
    """As `refund` and `payout` check their history; and no two are alike, for here nobody says how many there were."""
    quotes = [each.document for each in placed if isinstance(each.document, RefundQuote)]
    if not quotes:
        return
    try:
        Sold(settlement).history(quotes, "refunds")
    except InvalidDocument as error:
        where = {f"refunds[{at}]": each.place for at, each in enumerate(placed)}
        problems = [
            problem._replace(place=where.get(head, head) + dot + rest)
            for problem in error.problems
            for head, dot, rest in [problem.place.partition(".")]
        ]
        raise InvalidDocument(problems, "journal") from None
    problems = []
    seen: dict[str, list[tuple[str, RefundQuote]]] = {}
    for place, quote in zip([each.place for each in placed], quotes, strict=True):
        said = compact({name: value for name, value in quote.to_dict().items() if name not in {"order", "id", "at"}})
        alike = seen.setdefault(said, [])
        twin = next((other for other, each in alike if not _apart(quote, each)), None)
        if twin is not None:
            problems.append(Problem(place, "refund.alike", {"other": twin}))
        alike.append((place, quote))
    _refuse(problems)


def _apart(one: RefundQuote, other: RefundQuote) -> bool:
    """Whether two equal refunds are told apart: by an id of each, or by the instant of each."""
    by_id = one.id is not None and other.id is not None  # history has found equal ones
    return by_id or (one.at is not None and other.at is not None and one.at != other.at)
