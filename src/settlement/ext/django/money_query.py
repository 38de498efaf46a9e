"""What a table of amounts is asked: its sums by currency, and updates that write both columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import FieldError
from django.db.models import QuerySet, Sum

from settlement.ext.django.money_field import MoneyField
from settlement.money import Money

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["MoneyQuerySet", "sums"]


def sums(rows: QuerySet[Any], field: str) -> dict[str, Money]:
    """The sum of a `MoneyField` over rows, by currency; each row counts once, however it was joined.

    `field` may lead through relations to one row: `"product__price"`. Currencies stand in the order of their codes;
    rows without an amount add nothing. Raises `FieldError` for what is no such field, and for many rows of one.
    """
    options = rows.model._meta
    for part in field.split("__")[:-1]:
        step = {each.name: each for each in options.get_fields()}.get(part)
        if step is None or step.related_model is None:
            break  # Django says below what is no relation
        if step.one_to_many or step.many_to_many:  # the filter chose rows of this model, not of that one
            raise FieldError(f"{field}: {part} is many rows for one; sum {step.related_model.__name__} itself")
        options = step.related_model._meta
    keys = rows.values("pk")  # of a slice they are read first: MariaDB has no LIMIT in a subquery
    sliced = [key["pk"] for key in keys] if rows.query.is_sliced else keys
    each = rows.model._base_manager.using(rows.db).filter(pk__in=sliced)
    minor, currency = f"{field}__minor", f"{field}__currency"
    found = each.filter(**{f"{field}__isnull": False}).order_by(currency).values_list(currency).annotate(Sum(minor))
    return {code: Money.of_minor(int(total), code) for code, total in found}


class MoneyQuerySet(QuerySet[Any]):
    """A query set that takes a `MoneyField` by its name where Django asks for columns.

    Give it to a model as `objects = MoneyQuerySet.as_manager()`.
    """

    if TYPE_CHECKING:  # the manager has `sums` too, which stubs of Django can't know

        @classmethod
        def as_manager(cls) -> Any: ...  # noqa: D102

    def sums(self, field: str) -> dict[str, Money]:
        """The sum of a `MoneyField`, by currency."""
        return sums(self, field)

    def update(self, **kwargs: Any) -> int:
        """Write both columns of an amount. Raises `ValidationError` for one that may not stand there."""
        written: dict[str, Any] = {}
        for name, value in kwargs.items():
            field = self._money().get(name)
            if field is None:
                written[name] = value
                continue
            if not hasattr(value, "resolve_expression"):
                field.clean(value, None)
            written |= field.parts(value)
        return super().update(**written)

    update.alters_data = True  # type: ignore[attr-defined]  # how Django keeps it out of templates

    def bulk_update(self, objs: Iterable[Any], fields: Iterable[str], batch_size: int | None = None) -> int:
        """Write both columns of an amount."""
        return super().bulk_update(objs, self._columns(fields), batch_size)

    bulk_update.alters_data = True  # type: ignore[attr-defined]  # as above

    def only(self, *fields: str) -> MoneyQuerySet:
        """Read both columns of an amount."""
        return super().only(*self._columns(fields))

    def defer(self, *fields: Any) -> MoneyQuerySet:
        """Read neither column of an amount."""
        return super().defer(*(fields if fields == (None,) else self._columns(fields)))

    def _money(self) -> dict[str, MoneyField]:
        return {each.name: each for each in self.model._meta.private_fields if isinstance(each, MoneyField)}

    def _columns(self, names: Iterable[str]) -> list[str]:
        money = self._money()
        return [column for name in names for column in (money[name].columns if name in money else (name,))]
