"""What each shop is owed, what the platform bears, and each shop's part of the order."""

from __future__ import annotations

from settlement.after_pay.payouts.accounts import Payout
from settlement.after_pay.payouts.owed import PayoutPolicy, payout
from settlement.after_pay.payouts.provider_fees import ProviderFee
from settlement.after_pay.payouts.sub_orders import SubOrder, split_orders
from settlement.documents.written import all_readable as _readable

__all__ = [
    "Payout",
    "PayoutPolicy",
    "ProviderFee",
    "SubOrder",
    "payout",
    "split_orders",
]

_readable(globals())
