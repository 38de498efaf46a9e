"""What an amount of two columns is in SQL: how it is selected, compared, ordered and grouped.

A lookup compares both columns. A SELECT has both in one text, "1250 CNY", so that `values()`, annotations and
subqueries give amounts too. Anything else that is made of it is a sum of minor units that has lost its currency, and is
refused when it is read. What says of itself that it is no amount, by an `output_field` of its own, `Count`, `Cast`,
`Concat`, `JSONObject`, cannot be told from a number that was asked for: it sees minor units alone.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, ClassVar, Final

from django.core.exceptions import FieldError
from django.db.models import BigIntegerField, CharField, Transform
from django.db.models.expressions import Expression
from django.db.models.lookups import In, IsNull, Lookup
from django.db.models.sql import Query

from settlement.errors import CurrencyMismatch
from settlement.money import Money

if TYPE_CHECKING:
    from collections.abc import Mapping

    from settlement.ext.django.money_field import MoneyField

__all__ = ["LOOKUPS", "TRANSFORMS", "Amount", "read"]

#: SQL and its parameters.
Sql = tuple[str, list[Any]]


class Amount(Expression):
    """The two columns of a `MoneyField`, in one place of a query."""

    contains_column_references = True

    def __init__(self, alias: str | None, field: MoneyField) -> None:
        super().__init__(output_field=field)
        self.minor, self.currency = field.minor.get_col(alias), field.currency.get_col(alias)

    def get_source_expressions(self) -> list[Any]:
        """Both columns."""
        return [self.minor, self.currency]

    def set_source_expressions(self, exprs: list[Any]) -> None:
        """Both columns, under other aliases."""
        self.minor, self.currency = exprs

    def get_group_by_cols(self) -> list[Any]:
        """Both columns: amounts are grouped with those of their own currency."""
        return [self.minor, self.currency]

    def as_sql(self, compiler: Any, connection: Any) -> Sql:  # noqa: ARG002 - as Django calls it
        """The minor units: what rows of one currency are ordered by."""
        sql, params = compiler.compile(self.minor)
        return sql, list(params)

    def as_text(self, compiler: Any, connection: Any) -> Sql:
        """Both columns in one text, such as "1250 CNY"; null where the amount is."""
        minor, first = compiler.compile(self.minor)
        currency, second = compiler.compile(self.currency)
        joined = (
            f"CONCAT({minor}, ' ', {currency})" if connection.vendor == "mysql" else f"{minor} || ' ' || {currency}"
        )
        return f"({joined})", [*first, *second]

    def select_format(self, compiler: Any, sql: str, params: Any) -> Sql:  # noqa: ARG002 - as Django calls it
        """What stands in a SELECT."""
        return self.as_text(compiler, compiler.connection)


def read(value: object) -> Money | None:
    """An amount from what `Amount` selects. Raises `FieldError` for a number that has lost its currency."""
    if value is None:
        return None
    minor, _, currency = value.partition(" ") if isinstance(value, str) else ("", "", "")
    if not currency:
        msg = (
            "minor units without their currency are no amount: take sums(queryset, …) for a sum by currency,"
            " or F('…_minor') for a number"
        )
        raise FieldError(msg)
    return Money.of_minor(int(minor), currency)


def _pair(side: Any, lookup: str) -> Amount:
    if isinstance(side, Amount):
        return side
    msg = f"{lookup}: an amount is compared with an amount or with a column of amounts, not with {side!r}"
    raise FieldError(msg)


class _Compares(Lookup):
    """A comparison with an amount, or with a column of amounts; rows of another currency never match."""

    sign: ClassVar[str]

    def get_prep_lookup(self) -> Any:
        """The amount that is compared with. Raises as `MoneyField.stated` does."""
        if self.rhs is None or hasattr(self.rhs, "resolve_expression"):
            return self.rhs
        return self.lhs.output_field.stated(self.rhs)

    def as_sql(self, compiler: Any, connection: Any) -> Sql:
        """Both columns."""
        if isinstance(self.rhs, Query) and self.sign == "=":
            return _among(self, compiler, connection, "=")
        left = _pair(self.lhs, self.lookup_name)
        minor, params = compiler.compile(left.minor)
        currency, more = compiler.compile(left.currency)
        if isinstance(self.rhs, Money):
            sql = f"({minor} {self.sign} %s AND {currency} = %s)"
            return sql, [*params, self.rhs.minor, *more, self.rhs.currency]
        right = _pair(self.rhs, self.lookup_name)
        other, others = compiler.compile(right.minor)
        its, last = compiler.compile(right.currency)
        return f"({minor} {self.sign} {other} AND {currency} = {its})", [*params, *others, *more, *last]


def _among(lookup: Any, compiler: Any, connection: Any, sign: str) -> Sql:
    """A comparison with what a subquery of amounts gives: text with text."""
    from settlement.ext.django.money_field import MoneyField

    if not isinstance(lookup.rhs.output_field, MoneyField):
        msg = f"{lookup.lookup_name}: this subquery gives no amounts; end it with .values() of a MoneyField"
        raise FieldError(msg)
    left, params = _pair(lookup.lhs, lookup.lookup_name).as_text(compiler, connection)
    right, more = compiler.compile(lookup.rhs)
    right = right if right.startswith("(") else f"({right})"
    return f"{left} {sign} {right}", [*params, *more]


class _Exact(_Compares):
    lookup_name, sign = "exact", "="


class _Above(_Compares):
    lookup_name, sign = "gt", ">"


class _AtLeast(_Compares):
    lookup_name, sign = "gte", ">="


class _Below(_Compares):
    lookup_name, sign = "lt", "<"


class _AtMost(_Compares):
    lookup_name, sign = "lte", "<="


class _Between(Lookup):
    """From one amount to another of the same currency, both included."""

    lookup_name = "range"

    def get_prep_lookup(self) -> Any:
        """Both ends. Raises `CurrencyMismatch` for ends of two currencies."""
        first, last = map(self.lhs.output_field.stated, self.rhs)
        if first.currency != last.currency:
            raise CurrencyMismatch(first.currency, last.currency)
        return first, last

    def as_sql(self, compiler: Any, connection: Any) -> Sql:  # noqa: ARG002 - as Django calls it
        """Both columns."""
        left, (first, last) = _pair(self.lhs, "range"), self.rhs
        minor, params = compiler.compile(left.minor)
        currency, more = compiler.compile(left.currency)
        return f"({minor} BETWEEN %s AND %s AND {currency} = %s)", [
            *params, first.minor, last.minor, *more, first.currency,
        ]  # fmt: skip


class _In(In):
    """One of several amounts, which may be of several currencies; or of those that a subquery gives."""

    def get_prep_lookup(self) -> Any:
        """The amounts, without those that are None, which nothing equals."""
        if isinstance(self.rhs, Query):
            return super().get_prep_lookup()
        return [self.lhs.output_field.stated(each) for each in self.rhs if each is not None]

    def as_sql(self, compiler: Any, connection: Any) -> Sql:
        """Of each currency, its minor units."""
        if isinstance(self.rhs, Query):
            return _among(self, compiler, connection, "IN")
        by_currency = defaultdict(list)
        for each in self.rhs:
            by_currency[each.currency].append(each.minor)
        if not by_currency:
            return super().as_sql(compiler, connection)  # matches nothing, which Django says by an exception
        left = _pair(self.lhs, "in")
        minor, first = compiler.compile(left.minor)
        currency, second = compiler.compile(left.currency)
        conditions, params = [], []
        for code, minors in by_currency.items():
            conditions.append(f"({currency} = %s AND {minor} IN ({', '.join(['%s'] * len(minors))}))")
            params += [*second, code, *first, *minors]
        return f"({' OR '.join(conditions)})", params


class _Part(Transform):
    """One of the two columns."""

    arity = 1
    column: ClassVar[str]

    def as_sql(self, compiler: Any, connection: Any) -> Sql:  # noqa: ARG002 - as Django calls it
        """The column."""
        sql, params = compiler.compile(getattr(_pair(self.lhs, self.lookup_name), self.column))
        return sql, list(params)


class _Currency(_Part):
    lookup_name = column = "currency"
    output_field = CharField(max_length=3)


class _Minor(_Part):
    lookup_name = column = "minor"
    output_field = BigIntegerField()


#: All that can be asked of an amount; a text's lookups are none of it.
LOOKUPS: Final[Mapping[str, type]] = {
    each.lookup_name: each
    for each in (_Exact, _Above, _AtLeast, _Below, _AtMost, _Between, _In, IsNull)
}  # fmt: skip
TRANSFORMS: Final[Mapping[str, type]] = {"currency": _Currency, "minor": _Minor}
