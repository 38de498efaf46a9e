"""What a refund is asked for at the command line: options, a file, or both."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from settlement.commands import problems, refused

if TYPE_CHECKING:
    from settlement.after_pay.refunds.request import RefundRequest

__all__ = ["add_asked", "read_asked"]

_MONEY = "REASON[@LINE]=AMOUNT"


def add_asked(parser: argparse.ArgumentParser) -> None:
    """What comes back, money without goods, what is kept, and store credit."""
    parser.add_argument(
        "--return",
        dest="returns",
        type=_returned,
        action="append",
        default=[],
        metavar="LINE=QUANTITY",
        help="what comes back; may stand several times",
    )
    parser.add_argument("--freight", choices=("keep", "return", "parcel"), help="what becomes of freight; parcel: back "
                        "with the last line of a parcel (default: keep)")  # fmt: skip
    for name, kind, told in (
        ("--money", "goods", f"money without goods, of a line or of the order; an amount, or all: {_MONEY}"),
        ("--freight-money", "freight", "the same of what was paid for freight"),
    ):
        parser.add_argument(name, dest="money", type=_stated(name, kind), action="append", default=[],
                            metavar=_MONEY, help=told)  # fmt: skip
    for name, kind, told in (
        ("--deduct", "goods", "what the shop keeps of the refund, such as a restocking fee"),
        ("--deduct-freight", "freight", "the same as freight, such as the way back"),
        ("--keep-gift", "gift", "a gift that would have to be sent back and is kept, at this value of one"),
    ):
        parser.add_argument(name, dest="deductions", type=_stated(name, kind), action="append", default=[],
                            metavar="SKU=AMOUNT" if kind == "gift" else _MONEY, help=told)  # fmt: skip
    parser.add_argument(
        "--credit", metavar="ACCOUNT[=AMOUNT]", help="store credit in place of money: all of it, or so much"
    )
    parser.add_argument("--captured", metavar="AMOUNT", help="what was really taken from the buyer: never more is back")
    parser.add_argument("--ask", metavar="FILE", help="the same as a JSON file (settlement schema refund-request)")


def _returned(text: str) -> tuple[str, str]:
    line, equals, quantity = text.rpartition("=")
    if not (line and equals and quantity):
        raise argparse.ArgumentTypeError("write LINE=QUANTITY, such as a=1")
    return line, quantity


def _stated(option: str, of: str) -> Any:
    """Reads one amount: the option, its text, and what it states."""

    def read(text: str) -> tuple[str, dict[str, str]]:
        name, equals, amount = text.rpartition("=")
        if not (name and equals and amount):
            example = "mug=9.90" if of == "gift" else "late=5.00, or late@a=5.00 of line a"
            raise argparse.ArgumentTypeError(f"write {example}")
        made = {"amount": amount}
        if of == "gift":
            return f"{option} {text}", made | {"reason": "gift", "gift": name}
        reason, at, line = name.partition("@")
        return f"{option} {text}", made | {"reason": reason, "of": of} | ({"line": line} if at else {})

    return read


def read_asked(options: argparse.Namespace, currency: str) -> RefundRequest:
    """What the options and the file ask for. Raises `Refused`, which says where and what."""
    from settlement.after_pay.refunds.money_back import Deduction, MoneyBack, StoreCredit
    from settlement.after_pay.refunds.request import RefundRequest
    from settlement.commands.inputs import document
    from settlement.errors import InvalidDocument
    from settlement.money import Money

    file = RefundRequest() if options.ask is None else document(RefundRequest, options.ask, options.locale)
    if len({line for line, _ in options.returns} | file.returns.keys()) < len(options.returns) + len(file.returns):
        raise refused("--return names a line twice", options.locale)
    found: dict[str, Any] = {}
    where = ""
    try:
        for name, kind in (("money", MoneyBack), ("deductions", Deduction)):
            rows = []
            for said, stated in getattr(options, name):
                where = said
                amount = None if stated["amount"] == "all" and name == "money" else _amount(stated["amount"], currency)
                rows.append(kind.model_validate(stated | {"amount": amount}))
            found[name] = (*getattr(file, name), *rows)
        if options.credit is not None:
            where = f"--credit {options.credit}"
            account, equals, amount = options.credit.rpartition("=")
            stated = {"id": account, "amount": _amount(amount, currency)} if equals else {"id": amount}
            found["credit"] = StoreCredit.model_validate(stated)
        if options.captured is not None:
            where = f"--captured {options.captured}"
            found["captured"] = Money(_amount(options.captured, currency))
        where = "--return"
        found["returns"] = {**file.returns, **dict(options.returns)}
        found |= {name: value for name in ("freight", "id", "at") if (value := getattr(options, name)) is not None}
        return file.model_copy(update=found)
    except InvalidDocument as error:
        raise problems(error, where, options.locale) from None
    except ValueError as error:
        raise refused(error, options.locale, where) from None


def _amount(text: str, currency: str) -> str:
    """An amount with its currency, which may be left to the order."""
    return text if " " in text.strip() else f"{text} {currency}"
