"""A split and its returns as the bodies of the provider's calls; numbers and ids of the provider are handed in.

Plain data, for the host's client to send: amounts in the provider's spelling, nothing of 0, an account that several
share named once with all of it. What they may be is for `check_split` to say. Sources: WeChat Pay 请求分账 and
请求分账回退, Alipay alipay.trade.order.settle and alipay.trade.refund, Stripe transfers and transfer reversals.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from settlement.after_pay.splits.instructions import Split, SplitReturn, whose
from settlement.documents.problems import expect
from settlement.errors import CurrencyMismatch
from settlement.money import DECIMALS, Money

__all__ = [
    "alipay_refund",
    "alipay_royalty",
    "stripe_reversals",
    "stripe_transfers",
    "wechat_returns",
    "wechat_sharing",
]


def _in_yuan(document: Split | SplitReturn) -> None:
    """These calls name no currency: fen and yuan are meant."""
    if document.currency != "CNY":
        raise CurrencyMismatch("CNY", document.currency)


class _Moved(NamedTuple):
    """What moves to or from one account, and whose it is."""

    account: str
    amount: Money
    whose: str


def _moved(document: Split | SplitReturn) -> list[_Moved]:
    """What moves by account, in the order of shops and then of third parties."""
    found: dict[str, _Moved] = {}
    for each in document.moved:
        if each.amount:
            _, name = whose(each)
            before = found.get(each.account)
            amount = each.amount if before is None else before.amount + each.amount
            names = name if before is None else f"{before.whose}, {name}"
            found[each.account] = _Moved(each.account, amount, names)
    return list(found.values())


def wechat_sharing(
    made: Split, transaction_id: str, out_order_no: str, description: str, *, unfreeze_unsplit: bool = True
) -> dict[str, Any]:
    """The body of WeChat Pay's 请求分账: each merchant account with its amount in fen.

    `unfreeze_unsplit` lets go of what is not shared out, in this last call of an order. `appid` is the host's to add.
    Raises `CurrencyMismatch` for another currency than CNY, as the other calls of WeChat Pay and Alipay do.

    >>> made = Split(
    ...     settlement="s",
    ...     currency="CNY",
    ...     captured="9.90 CNY",
    ...     kept="0.90 CNY",
    ...     shares=[{"shop": "tea", "account": "1900000109", "amount": "9.00 CNY", "outside": "0.00 CNY"}],
    ... )
    >>> wechat_sharing(made, "4200001", "P-1001", "order 1001")["receivers"]
    [{'type': 'MERCHANT_ID', 'account': '1900000109', 'amount': 900, 'description': 'order 1001'}]
    """
    expect("made", made, Split)
    _in_yuan(made)
    receivers = [
        {"type": "MERCHANT_ID", "account": each.account, "amount": each.amount.minor, "description": description}
        for each in _moved(made)
    ]
    return {
        "transaction_id": transaction_id,
        "out_order_no": out_order_no,
        "receivers": receivers,
        "unfreeze_unsplit": unfreeze_unsplit,
    }


def wechat_returns(back: SplitReturn, out_order_no: str, out_return_no: str, description: str) -> list[dict[str, Any]]:
    """The bodies of WeChat Pay's 请求分账回退, one an account: `out_return_no` and a running number name each."""
    expect("back", back, SplitReturn)
    _in_yuan(back)
    return [
        {
            "out_order_no": out_order_no,
            "out_return_no": f"{out_return_no}-{number}",
            "return_mchid": each.account,
            "amount": each.amount.minor,
            "description": description,
        }
        for number, each in enumerate(_moved(back), 1)
    ]


def alipay_royalty(made: Split, trade_no: str, out_request_no: str) -> dict[str, Any]:
    """The content of Alipay's alipay.trade.order.settle: each user id with its amount in yuan, as text."""
    expect("made", made, Split)
    _in_yuan(made)
    rows = [
        {"royalty_type": "transfer", "trans_in_type": "userId", "trans_in": each.account}
        | {"amount": str(each.amount.amount), "desc": each.whose}
        for each in _moved(made)
    ]
    return {"out_request_no": out_request_no, "trade_no": trade_no, "royalty_parameters": rows}


def alipay_refund(back: SplitReturn, trade_no: str, out_request_no: str) -> dict[str, Any]:
    """The content of Alipay's alipay.trade.refund: the amount, and what of it comes from whom."""
    expect("back", back, SplitReturn)
    _in_yuan(back)
    rows = [
        {"royalty_type": "transfer", "trans_out_type": "userId", "trans_out": each.account}
        | {"amount": str(each.amount.amount), "desc": each.whose}
        for each in _moved(back)
    ]
    return {
        "trade_no": trade_no,
        "out_request_no": out_request_no,
        "refund_amount": str(back.refunded.amount),
        "refund_royalty_parameters": rows,
    }


#: Decimals by which Stripe counts amounts, where they are not those of ISO 4217. Source: Stripe, Currencies.
_STRIPE: Final[Mapping[str, int]] = MappingProxyType({"ISK": 2, "MGA": 0, "UGX": 2})


def _in_stripe(amount: Money) -> int:
    """An amount in the units that Stripe counts by."""
    more = _STRIPE.get(amount.currency, DECIMALS[amount.currency]) - DECIMALS[amount.currency]
    if more >= 0:
        return int(amount.minor * 10**more)
    found, rest = divmod(amount.minor, 10**-more)
    if rest:
        msg = f"amount: {amount} has decimals, and Stripe takes {amount.currency} without any"
        raise ValueError(msg)
    return int(found)


def stripe_transfers(made: Split, transfer_group: str, charge: str | None = None) -> list[dict[str, Any]]:
    """The parameters of Stripe's transfers, one an account, in the units of its API; `charge` as source_transaction.

    Those are the minor units of ISO 4217, but ISK and UGX have two decimals there, MGA none. Raises `ValueError` for an
    amount of MGA with decimals.
    """
    expect("made", made, Split)
    source = {} if charge is None else {"source_transaction": charge}
    return [
        {
            "amount": _in_stripe(each.amount),
            "currency": made.currency.lower(),
            "destination": each.account,
            "transfer_group": transfer_group,
        }
        | source
        for each in _moved(made)
    ]


def stripe_reversals(back: SplitReturn, transfers: Mapping[str, str]) -> list[dict[str, Any]]:
    """The parameters of Stripe's transfer reversals; `transfers` are account -> id of its transfer.

    Raises `LookupError` where that to an account is not there, else what `stripe_transfers` raises.
    """
    expect("back", back, SplitReturn)
    made = []
    for each in _moved(back):
        if each.account not in transfers:
            msg = f"transfers: there is none to the account {each.account!r}"
            raise LookupError(msg)
        made.append({"transfer": transfers[each.account], "amount": _in_stripe(each.amount)})
    return made
