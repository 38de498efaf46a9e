"""What is due beside goods and freight, as Oscar's surcharges: points, taxes, the payment fee, rounding."""

from __future__ import annotations

from typing import Any

from settlement.documents.words.language import language
from settlement.documents.words.texts import STAGES
from settlement.documents.written import all_readable
from settlement.ext.oscar.mall import Mall
from settlement.ext.reader import reader_of
from settlement.money import Money
from settlement.receipts.columns import COLUMN_OF, FREIGHT_COLUMNS, GOODS_COLUMNS

__all__ = ["Due", "SettledSurcharges"]


class Due:
    """One surcharge; points and a rounding down are below 0."""

    def __init__(self, name: str, code: str, amount: Money) -> None:
        self.name, self.code, self.amount = name, code, amount

    def calculate(self, basket: Any, **_: object) -> Any:  # noqa: ARG002 - Oscar calls it so
        """The amount, as Oscar's price."""
        from oscar.core.prices import Price

        return Price(currency=self.amount.currency, excl_tax=self.amount.amount, incl_tax=self.amount.amount)


class SettledSurcharges:
    """Mix this into Oscar's `SurchargeApplicator`; state the `mall`."""

    mall: Mall
    request: Any

    def get_surcharges(self, basket: Any, **_: object) -> tuple[Due, ...]:
        """One for each such stage of the settlement that the basket has."""
        settlement = None if basket.is_empty else getattr(basket, "settlement", None)
        say, sums = language(reader_of(self.request)), dict[str, Money]()
        for each in () if settlement is None else settlement.adjustments:
            if COLUMN_OF[each.stage] not in (*GOODS_COLUMNS, *FREIGHT_COLUMNS):
                sums[each.stage] = sums[each.stage] + each.amount if each.stage in sums else each.amount
        return tuple(Due(say(STAGES[stage]), stage, amount) for stage, amount in sums.items())


all_readable(globals())
