"""A journal as text of plain-text accounting: Beancount and hledger, each as its own program checks it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Final

from settlement.audit.books.assertions import Assertion
from settlement.audit.books.bookings import Entry, OwnName
from settlement.money import DECIMALS, format_minor

__all__ = ["beancount_text", "hledger_text"]


def beancount_text(journal: Sequence[Entry], balances: Sequence[Assertion] = ()) -> str:
    """The entries in the syntax of Beancount (2 and 3), with the accounts opened; `bean-check` finds no error.

    `balances` are asserted behind the last entry of their day (`assertions`): `bean-check` says which does not hold.

    Ids become parts of account names: what Beancount does not take there becomes its code between double hyphens, so
    different ids never share an account. The ids themselves stand as metadata of each posting.
    """
    if not journal and not balances:
        return ""
    first = min([entry.on for entry in journal] + [each.on for each in balances]).isoformat()
    lines = [f"{first} open {account}" for account in _accounts(journal, balances)]
    for entry in journal:
        lines += ["", *_transaction(entry)]
    for each in balances:  # Beancount looks at the beginning of a day, and lets 0.01 pass unless told not to
        number, currency = format_minor(each.amount.minor, each.amount.currency).split(" ")
        lines += ["", f"{each.on + timedelta(days=1)} balance {_account(each.account)}  {number} ~ 0 {currency}"]
    return "\n".join(lines) + "\n"


def _accounts(journal: Sequence[Entry], balances: Sequence[Assertion]) -> list[str]:
    posted = {_account(row.account) for entry in journal for row in entry.postings}
    return sorted(posted | {_account(each.account) for each in balances})


def _transaction(entry: Entry) -> Iterator[str]:
    yield f"{entry.on.isoformat()} * {_string(entry.kind.title())} ^{_link(entry)}"
    for name in ("digest", "order", "id", "rulebook"):
        value = getattr(entry, name)
        if value:
            yield f"  {name}: {_string(value)}"
    if entry.agent:
        yield '  presentation: "agent"'
    for row in entry.postings:
        yield f"  {_account(row.account)}  {format_minor(row.amount.minor, row.amount.currency)}"
        for name in ("shop", "stage", "rule", "funder"):
            value = getattr(row, name)
            if value is not None:
                yield f"    {name}: {_string(value)}"


def _link(entry: Entry) -> str:
    """Settlement, refunds and payouts of one order share a link; of one without a name, of one request."""
    if entry.order is not None:
        return f"order-{_coded(entry.order)}"
    return entry.digest.replace(":", "-") or f"movement-{_coded(entry.id or '')}"


def _coded(name: str) -> str:
    """Letters and digits, all else as its code between hyphens."""
    return "".join([each if each.isascii() and each.isalnum() else f"-{ord(each):x}-" for each in name])


def _account(parts: Sequence[str]) -> str:
    """A name that Beancount takes; different ids give different names.

    >>> shop = OwnName("tea house")
    >>> _account(("Income", shop, "Goods")), _account(("Income", OwnName("茶馆"), "Goods"))
    ('Income:X-tea--20--house:Goods', 'Income:X-茶馆:Goods')
    """
    return ":".join(_part(part) if isinstance(part, OwnName) else part for part in parts)


def _part(name: str) -> str:
    """An id as a part of an account: letters, digits and single hyphens stay, the rest becomes codes between two."""
    double = "--" in name
    return "X-" + "".join(
        each if each.isalpha() or each.isdecimal() or (each == "-" and not double) else f"--{ord(each):x}--"
        for each in name
    )


def _string(text: str) -> str:
    r"""A quoted string of Beancount.

    >>> _string('a "b"')
    '"a \\"b\\""'
    """
    return json.dumps(text, ensure_ascii=False)


# ------------------------------------------------------------------ hledger


def hledger_text(journal: Sequence[Entry], balances: Sequence[Assertion] = ()) -> str:
    """The entries in the syntax of hledger, with accounts and commodities declared; `hledger check -s` finds no error.

    `balances` are asserted behind the last entry of their day (`assertions`): hledger says which does not hold.

    The code of a transaction is its order, and a tag as well; ids of shops, rules and documents are tags. In names of
    accounts they are spelled as for Beancount; in a code or a tag a sign that would end it becomes its code between
    double hyphens.
    """
    if not journal and not balances:
        return ""
    amounts = [row.amount for entry in journal for row in entry.postings] + [each.amount for each in balances]
    decimals = {amount.currency: DECIMALS[amount.currency] for amount in amounts}
    lines = [f"commodity 1000.{'0' * places} {currency}" for currency, places in sorted(decimals.items())]
    lines += [f"account {account}" for account in _accounts(journal, balances)]
    dated = [(entry.on, 0, ["", *_hledger_transaction(entry)]) for entry in journal]
    dated += [(each.on, 1, ["", *_hledger_balance(each)]) for each in balances]
    for _, _, rows in sorted(dated, key=lambda each: each[:2]):
        lines += rows
    return "\n".join(lines) + "\n"


def _hledger_balance(each: Assertion) -> Iterator[str]:
    """Nothing is posted, and what then stands on the account is asserted."""
    nothing, amount = (format_minor(minor, each.amount.currency) for minor in (0, each.amount.minor))
    yield f"{each.on.isoformat()} * Balance"
    yield f"    {_account(each.account)}  {nothing} = {amount}"


def _hledger_transaction(entry: Entry) -> Iterator[str]:
    code = "" if entry.order is None else f"({_tagged(entry.order)}) "
    yield f"{entry.on.isoformat()} * {code}{entry.kind.title()}"
    for name in ("digest", "order", "id", "rulebook"):
        value = getattr(entry, name)
        if value:
            yield f"    ; {name}:{_tagged(value)}"
    if entry.agent:
        yield "    ; presentation:agent"
    for row in entry.postings:
        yield f"    {_account(row.account)}  {format_minor(row.amount.minor, row.amount.currency)}"
        for name in ("shop", "stage", "rule", "funder"):
            value = getattr(row, name)
            if value is not None:
                yield f"      ; {name}:{_tagged(value)}"


#: What ends a code or a tag, begins another, or is taken for a date.
_ENDS: Final = frozenset(",()[]|;=")


def _tagged(text: str) -> str:
    """A value within a comment or a code, on one line.

    >>> _tagged("A-1001"), _tagged("tea, [2026-11-11]")
    ('A-1001', 'tea--2c-- --5b--2026-11-11--5d--')
    """
    return "".join(f"--{ord(each):x}--" if each in _ENDS or not each.isprintable() else each for each in text)
