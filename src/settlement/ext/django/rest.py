"""Fields of Django REST framework (`settlement[drf]`): an amount with its currency in one value, and a document.

One value cannot be half of it: whoever writes an amount states its currency, in a POST as in a PATCH.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError

from settlement.documents.extras import needs
from settlement.errors import InvalidDocument, Problem
from settlement.ext.django import document_field, money_field
from settlement.ext.django.forms import may_stand, read_document
from settlement.ext.django.words import refused
from settlement.money import Money, excerpt

with needs("drf"):
    from rest_framework import serializers

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["DocumentField", "MoneyField", "register"]


class _OfModel(serializers.Field):
    """What a serializer's field is limited to is what the model's field of that name is."""

    def __init__(self, **kwargs: Any) -> None:
        for word in ("model_field", "encoder", "decoder"):  # which the framework states for a column of JSON
            kwargs.pop(word, None)
        super().__init__(**kwargs)

    def bind(self, field_name: str, parent: Any) -> None:
        """Called when it becomes a part of a serializer."""
        super().bind(field_name, parent)
        model = getattr(getattr(parent, "Meta", None), "model", None)
        names = {each.name: each for each in model._meta.fields} if model else {}
        if self.source in names:
            self.limited(names[self.source])

    def limited(self, field: Any) -> None:
        """Take over what the model's field says."""
        raise NotImplementedError


class MoneyField(_OfModel):
    """An amount as "12.34 CNY", or `{"amount": "12.34", "currency": "CNY"}`; a JSON number is refused.

    In a serializer of a model its currencies and its sign are those of the model's field.
    """

    def __init__(self, *, currencies: Iterable[str] = (), negative: bool = False, **kwargs: Any) -> None:
        self.currencies: tuple[str, ...] = (currencies,) if isinstance(currencies, str) else tuple(currencies)
        self.negative = negative
        super().__init__(**kwargs)

    def limited(self, field: Any) -> None:
        """Its currencies and its sign."""
        if isinstance(field, money_field.MoneyField):
            self.currencies, self.negative = field.currencies, field.negative

    def to_internal_value(self, data: Any) -> Money:
        """The amount. Raises `ValidationError`, in the reader's language."""
        try:
            found = _stated(data)
            may_stand(found, self.currencies, negative=self.negative)
        except InvalidDocument as error:
            raise _told(refused(each._replace(place="") for each in error.problems)) from None
        except ValidationError as error:
            raise _told(error) from None
        return found

    def to_representation(self, value: Money) -> str:
        """The wire form."""
        return str(value)


def _stated(data: Any) -> Money:
    """The amount of one of the two wire forms. Raises `InvalidDocument`."""
    if isinstance(data, str):
        return Money(data)
    if isinstance(data, dict) and data.keys() == {"amount", "currency"}:
        if isinstance(data["amount"], str):
            return Money.of(data["amount"], data["currency"])
        data = data["amount"]
    if isinstance(data, dict):
        found = "an object without just amount and currency"
        raise InvalidDocument([Problem("", "amount.type", {"found": found})], "Money")
    number = isinstance(data, int | float) and not isinstance(data, bool)
    code = "amount.json_number" if number else "amount.type"
    raise InvalidDocument([Problem("", code, {"found": excerpt(data)})], "Money")


class DocumentField(_OfModel):
    """One of the library's documents as JSON; in a serializer of a model, that of the model's field."""

    def __init__(self, *, document: Any = None, **kwargs: Any) -> None:
        self.document = document
        super().__init__(**kwargs)

    def limited(self, field: Any) -> None:
        """Its class of documents."""
        if isinstance(field, document_field.DocumentField):
            self.document = field.document

    def to_internal_value(self, data: Any) -> Any:
        """The document. Raises `ValidationError` that names every place that is wrong."""
        try:
            return read_document(self.document, data)
        except ValidationError as error:
            raise _told(error) from None

    def to_representation(self, value: Any) -> Any:
        """Its data."""
        return value.to_dict()


def _told(error: ValidationError) -> serializers.ValidationError:
    return serializers.ValidationError(error.messages, code=error.error_list[0].code)


def register() -> None:
    """Have every `ModelSerializer` take both fields of models; the app does so where the framework is installed."""
    serializers.ModelSerializer.serializer_field_mapping |= {
        money_field.MoneyField: MoneyField,
        document_field.DocumentField: DocumentField,
    }
