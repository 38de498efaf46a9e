"""`MoneyField`: an amount of a model, kept in two columns that are plain Django.

`price = MoneyField()` adds `price_minor`, a BIGINT of minor units, and `price_currency`, three letters, with the
constraints that hold them together. `price` itself has no column, as a generic foreign key has none: migrations,
fixtures and raw SQL know the two columns alone, and stay readable without this library.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from django.core import checks
from django.core.exceptions import FieldError, ValidationError
from django.db import models
from django.db.models import NOT_PROVIDED, Q
from django.db.models.functions import Length, Upper
from django.db.models.lookups import Exact

from settlement.errors import InvalidDocument
from settlement.ext.django.forms import MoneyFormField, may_stand
from settlement.ext.django.money_sql import LOOKUPS, TRANSFORMS, Amount, read
from settlement.ext.django.words import refused, say_later
from settlement.money import DECIMALS, MAX_DIGITS, Money

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["MoneyField"]

#: More minor units than any document may state, in the currency of most decimals.
_LIMIT = 10 ** (MAX_DIGITS + max(DECIMALS.values()))


class _Minor(models.BigIntegerField):
    """The column of minor units; in migrations a plain BigIntegerField."""

    money: MoneyField

    def deconstruct(self) -> Any:
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.BigIntegerField", args, kwargs

    def clone(self) -> models.BigIntegerField:
        _, _, args, kwargs = self.deconstruct()
        return models.BigIntegerField(*args, **kwargs)

    def check(self, **kwargs: Any) -> list[Any]:
        """Its own checks and those of the amount, which Django asks of columns alone."""
        return [*super().check(**kwargs), *self.money.check(**kwargs)]


class _Holds(models.CheckConstraint):
    """What the database holds the columns to; in migrations a plain CheckConstraint."""

    def deconstruct(self) -> Any:
        _, args, kwargs = super().deconstruct()
        return "django.db.models.CheckConstraint", args, kwargs

    def validate(self, *_: Any, **__: Any) -> None:
        """Nothing: the field has looked, and says it in words that name it."""


class _Attribute:
    """The amount of a row, made of its two columns when it is asked for."""

    def __init__(self, field: MoneyField) -> None:
        self.field = field

    def __get__(self, row: Any, owner: type | None = None) -> Any:
        if row is None:
            return self.field
        minor, currency = (getattr(row, name) for name in self.field.columns)
        if minor is None or currency is None:
            return None
        return Money.of_minor(minor, currency)

    def __set__(self, row: Any, value: object) -> None:
        for name, part in self.field.parts(value).items():
            setattr(row, name, part)


class MoneyField(models.Field):
    """An amount in minor units of its currency, from 0 unless `negative`; `currencies` are those that it may have.

    A value is a `Money`, or its wire form in a `str`; never a float, a number or a `Decimal`, which have no currency.
    Raises `InvalidDocument`, `CurrencyMismatch` or `TypeError` when another is assigned or looked up. `default` is one
    amount, no callable. An expression with an `output_field` of its own sees minor units alone: name the currency's
    column beside it. Source: docs/how-to/django.md.
    """

    description = say_later("An amount of money")

    def __init__(
        self,
        verbose_name: str | None = None,
        *,
        currencies: Iterable[str] = (),
        negative: bool = False,
        default: Money | str | None = None,
        null: bool = False,
        blank: bool = False,
        editable: bool = True,
        help_text: str = "",
        validators: Sequence[Any] = (),
        db_index: bool = False,
    ) -> None:
        self.currencies: tuple[str, ...] = (currencies,) if isinstance(currencies, str) else tuple(currencies)
        self.negative = negative
        usual = NOT_PROVIDED if default is None else amount(default)
        super().__init__(
            verbose_name,
            default=usual,
            null=null,
            blank=blank,
            editable=editable,
            help_text=help_text,
            validators=[self.may_stand, *validators],
        )
        both: dict[str, Any] = {"null": null, "blank": True, "editable": False}
        first, second = ({}, {}) if default is None else ({"default": usual.minor}, {"default": usual.currency})
        # Made here, so that the columns stand in the table where the field stands in the model.
        self._minor = _Minor(**both, **first, db_index=db_index)
        self._currency = models.CharField(max_length=3, **both, **second)

    def contribute_to_class(self, cls: Any, name: str, private_only: bool = False) -> None:  # noqa: ARG002 - Django's
        """Add the columns and their constraints to a model; to an abstract one when it is inherited."""
        super().contribute_to_class(cls, name, private_only=True)
        setattr(cls, name, _Attribute(self))
        if cls._meta.abstract:
            return
        if getattr(self, "mti_inherited", False):  # the columns are the parent's
            self.model = cls._meta.get_field(self.columns[0]).model
            return
        minor, currency = copy.copy(self._minor), copy.copy(self._currency)
        minor.money = self
        cls.add_to_class(self.columns[0], minor)
        cls.add_to_class(self.columns[1], currency)
        constraint = self._constraint(cls._meta)
        cls._meta.constraints = [*cls._meta.constraints, constraint]
        cls._meta.original_attrs["constraints"] = cls._meta.constraints  # what migrations are made of

    def _constraint(self, options: Any) -> models.CheckConstraint:
        """Both columns or neither; the currency's shape, or which it may be; the bounds."""
        minor, currency = self.columns
        least = -_LIMIT if self.negative else -1
        holds = Q(**{f"{minor}__gt": least, f"{minor}__lt": _LIMIT})
        if self.currencies:
            holds &= Q(**{f"{currency}__in": sorted(self.currencies)})
        else:
            holds &= Q(Exact(Length(currency), 3), **{currency: Upper(currency)})
        if self.null:  # said in full, for a check that comes to null holds
            both, neither = ({f"{name}__isnull": gone for name in self.columns} for gone in (False, True))
            holds = Q(holds, **both) | Q(**neither)
        name = f"{options.app_label}_{options.model_name}_{self.name}_money"
        return _Holds(condition=holds, name=name[-60:])  # PostgreSQL's names end at 63

    def get_attname_column(self) -> tuple[str, None]:
        """Its name, and no column of its own."""
        return self.get_attname(), None

    @property
    def columns(self) -> tuple[str, str]:
        """The names of its two columns."""
        return f"{self.name}_minor", f"{self.name}_currency"

    @property
    def minor(self) -> Any:
        """The column of minor units."""
        return self.model._meta.get_field(self.columns[0])

    @property
    def currency(self) -> Any:
        """The column of the currency."""
        return self.model._meta.get_field(self.columns[1])

    def stated(self, value: object) -> Money:
        """A value as an amount that may be compared with this field's.

        Raises `TypeError` for what is neither a `Money` nor a `str`, `InvalidDocument` for a text that is no amount,
        and `FieldError` for a currency that the field never has.
        """
        found = amount(value)
        if self.currencies and found.currency not in self.currencies:
            msg = f"{self.name} is in {', '.join(self.currencies)}, and never equals or exceeds {found}"
            raise FieldError(msg)
        return found

    def parts(self, value: object) -> dict[str, Any]:
        """What its columns are set to, by their names; of `F` of another `MoneyField`, its columns."""
        minor, currency = self.columns
        if value is None:
            return {minor: None, currency: None}
        if isinstance(value, models.F):
            return {minor: models.F(f"{value.name}_minor"), currency: models.F(f"{value.name}_currency")}
        found = amount(value)
        return {minor: found.minor, currency: found.currency}

    def to_python(self, value: object) -> Money | None:
        """The amount that a value states. Raises `ValidationError`, in the reader's language."""
        try:
            return None if value is None else amount(value)
        except InvalidDocument as error:
            raise refused(each._replace(place="") for each in error.problems) from None
        except TypeError as error:
            raise ValidationError(str(error), "amount.type") from None

    def may_stand(self, value: Money) -> None:
        """Whether an amount may stand here. Raises `ValidationError`, in the reader's language."""
        may_stand(value, self.currencies, negative=self.negative)

    def get_col(self, alias: str | None, output_field: Any = None) -> Amount:  # noqa: ARG002 - as Django calls it
        """Both columns of a table in a query."""
        return Amount(alias, self)

    @property
    def cached_col(self) -> Amount:
        """Both columns of the model's own table."""
        return Amount(self.model._meta.db_table, self)

    def get_lookup(self, lookup_name: str) -> Any:
        """What may be asked of an amount."""
        return LOOKUPS.get(lookup_name)

    def get_transform(self, lookup_name: str) -> Any:
        """`currency` and `minor`."""
        return TRANSFORMS.get(lookup_name)

    def from_db_value(self, value: object, expression: Any, connection: Any) -> Money | None:  # noqa: ARG002 - Django's
        """An amount that stood in a SELECT."""
        return read(value)

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:  # noqa: ARG002 - Django's
        """An amount as SQL has it in one place."""
        if value is None or hasattr(value, "as_sql"):
            return value
        found = amount(value)
        return f"{found.minor} {found.currency}"

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:  # noqa: ARG002 - as Django calls it
        """Nothing: what is written are its columns. Raises `FieldError`."""
        minor, currency = self.columns
        msg = (
            f"{self.name} has two columns: update({minor}=…, {currency}=…), or give the model"
            " objects = MoneyQuerySet.as_manager(), whose update() takes amounts"
        )
        raise FieldError(msg)

    def formfield(self, **kwargs: Any) -> Any:
        """An amount and its currency, side by side."""
        return super().formfield(
            **{"form_class": MoneyFormField, "currencies": self.currencies, "negative": self.negative, **kwargs}
        )

    def check(self, **kwargs: Any) -> list[Any]:
        """What is wrong with how the field is declared."""
        found = super().check(**kwargs)
        for each in self.currencies:
            if each not in DECIMALS:
                found.append(checks.Error(f"'{each}' is no currency of ISO 4217", obj=self, id="settlement.E001"))
        if self.has_default():
            try:
                may_stand(self.default, self.currencies, negative=self.negative)
            except ValidationError as error:
                found.append(checks.Error(f"default: {' '.join(error.messages)}", obj=self, id="settlement.E002"))
        return found


def amount(value: object) -> Money:
    """A `Money`, or one from its wire form, of either sign. Raises `TypeError` for anything else, `InvalidDocument`."""
    if isinstance(value, Money):
        return value
    if isinstance(value, str):
        return Money(value)
    msg = f'an amount is a Money or a text such as "12.34 CNY", not {type(value).__name__}'
    raise TypeError(msg)
