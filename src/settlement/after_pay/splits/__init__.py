"""What a provider is told to pass on to whom of a payment, and to take back with a refund."""

from __future__ import annotations

from settlement.after_pay.splits.calls import (
    alipay_refund,
    alipay_royalty,
    stripe_reversals,
    stripe_transfers,
    wechat_returns,
    wechat_sharing,
)
from settlement.after_pay.splits.instructions import (
    Split,
    SplitBack,
    SplitReceiver,
    SplitReceiverBack,
    SplitReturn,
    SplitShare,
    split,
    split_return,
)
from settlement.after_pay.splits.refund_shares import ShopRefund, refund_shares
from settlement.after_pay.splits.within_limits import check_split, check_split_return
from settlement.documents.written import all_readable as _readable

__all__ = [
    "ShopRefund",
    "Split",
    "SplitBack",
    "SplitReceiver",
    "SplitReceiverBack",
    "SplitReturn",
    "SplitShare",
    "alipay_refund",
    "alipay_royalty",
    "check_split",
    "check_split_return",
    "refund_shares",
    "split",
    "split_return",
    "stripe_reversals",
    "stripe_transfers",
    "wechat_returns",
    "wechat_sharing",
]

_readable(globals())
