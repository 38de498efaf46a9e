"""What a journal is handed: each refund and payout beside the settlement that it is of, once, and payouts in line.

Found out before anything is booked: one order that stands twice, two buyers whose equal requests nobody can tell apart,
a refund that was handed in twice or gives back more than was sold, payouts of which none follows the other. An order
edit stands for its settlements and refunds, less those that are handed in beside it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol, TypeAlias

from settlement.after_pay.edits.document import OrderEdit
from settlement.after_pay.payouts.accounts import Payout
from settlement.after_pay.payouts.movement import Movement
from settlement.after_pay.refunds.quote import RefundQuote
from settlement.after_pay.refunds.sold import Sold
from settlement.audit.books.succession import predecessors
from settlement.documents.json_text import compact
from settlement.errors import InvalidDocument, Problem
from settlement.money import excerpt
from settlement.receipts.settlement import Settlement

__all__ = ["Booked", "Source", "documents_of", "each_once", "handed_in", "movements_of"]


class Recorded(Protocol):
    """A record of the audit, or anything else that holds a settlement."""

    def settlement(self) -> Settlement: ...


#: What is of an order, and what a journal takes.
OrderDocument: TypeAlias = Settlement | Recorded | RefundQuote | Payout | OrderEdit
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
    #: Whether an order edit lists it, which says how many there are.
    listed: bool = False


def documents_of(sources: Iterable[Source]) -> list[tuple[int, OrderDocument]]:
    """What is of an order, with its place; movements of money stand by themselves."""
    return [(at, each) for at, each in enumerate(sources) if not isinstance(each, Movement)]


def each_once(sources: Iterable[Source]) -> list[Settlement | RefundQuote | Payout]:
    """What is of an order, records and order edits as what they hold."""
    rows = [(str(at), _plain(each), False) for at, each in documents_of(sources)]
    return [each.document for each in _placed(rows)]


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
    rows = [(f"before[{at}]", _plain(each), True) for at, each in before]
    rows += [(f"sources[{at}]", _plain(each), False) for at, each in sources]
    placed = list(_placed(rows))
    settlements = [(each.place, each.document) for each in placed if isinstance(each.document, Settlement)]
    edits = [document for _, document, _ in rows if isinstance(document, OrderEdit)]
    _refuse(_twins(settlements, {_of(part.settlement) for edit in edits for part in edit.parts}))
    by_digest: dict[str, list[Settlement]] = {}
    for _, settlement in settlements:
        by_digest.setdefault(settlement.digest, []).append(settlement)
    problems: list[Problem] = []
    of: dict[str, Settlement] = {}
    for place, document, _, _ in placed:
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
    return [Booked(document, of[place], previous.get(place)) for place, document, already, _ in placed if not already]


def _plain(source: OrderDocument) -> Settlement | RefundQuote | Payout | OrderEdit:
    return source if isinstance(source, (Settlement, RefundQuote, Payout, OrderEdit)) else source.settlement()


def _placed(rows: Sequence[tuple[str, Settlement | RefundQuote | Payout | OrderEdit, bool]]) -> Iterator[_Placed]:
    """Each document at its place; of an order edit those that nobody else has handed in, as often as it lists them."""
    there = Counter([_said(each) for _, each, _ in rows if isinstance(each, (Settlement, RefundQuote))])
    for place, document, before in rows:
        if not isinstance(document, OrderEdit):
            yield _Placed(place, document, before)
            continue
        here: Counter[str] = Counter()
        for at, part in enumerate(document.parts):
            rows_of: list[tuple[str, Settlement | RefundQuote]] = [(".settlement", part.settlement)]
            rows_of += [(f".refunds[{number}]", quote) for number, quote in enumerate(part.refunds)]
            for name, each in rows_of:
                said = _said(each)
                here[said] += 1
                if here[said] > there[said]:
                    there[said] = here[said]
                    yield _Placed(f"{place}.parts[{at}]{name}", each, before, listed=True)


def _said(document: Settlement | RefundQuote) -> str:
    """By what it is known again: a refund by all that it says, a settlement by its order and digest."""
    return compact([*_of(document)] if isinstance(document, Settlement) else document.to_dict())


def _of(settlement: Settlement) -> tuple[str | None, str]:
    return settlement.order, settlement.digest


def _refuse(problems: Sequence[Problem]) -> None:
    if problems:
        raise InvalidDocument(problems, "journal")


def _twins(settlements: Sequence[tuple[str, Settlement]], edited: Collection[tuple[str | None, str]]) -> list[Problem]:
    """Settlements that may be one order: two of a name, and two of a digest that do not both have one.

    Those in `edited` are parts of one order, by an edit of it.
    """
    problems = []
    by_order: dict[str, str] = {}
    parts: dict[str, bool] = {}
    by_digest: dict[str, tuple[str, bool]] = {}
    for place, settlement in settlements:
        order, digest = settlement.order, settlement.digest
        part = _of(settlement) in edited
        if order is not None and order in by_order and not (part and parts[order] and digest not in by_digest):
            facts = {"found": excerpt(order), "other": by_order[order]}
            problems.append(Problem(f"{place}.order", "order.twice", facts))
        elif digest in by_digest and not (order is not None and by_digest[digest][1]):
            problems.append(Problem(place, "order.unnamed", {"other": by_digest[digest][0]}))
        if order is not None:
            by_order.setdefault(order, place)
            parts[order] = parts.get(order, True) and part
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
    listed = {each.place for each in placed if each.listed}
    seen: dict[str, list[tuple[str, RefundQuote]]] = {}
    for place, quote in zip([each.place for each in placed], quotes, strict=True):
        alike = seen.setdefault(quote.digest, [])
        twin = next((other for other, each in alike if not _apart(quote, each)), None)
        if twin is not None and listed.isdisjoint((place, twin)):
            problems.append(Problem(place, "refund.alike", {"other": twin}))
        alike.append((place, quote))
    _refuse(problems)


def _apart(one: RefundQuote, other: RefundQuote) -> bool:
    """Whether two equal refunds are told apart: by an id of each, or by the instant of each."""
    by_id = one.id is not None and other.id is not None  # history has found equal ones
    return by_id or (one.at is not None and other.at is not None and one.at != other.at)
