"""Form fields: an amount with its currency, and a document as JSON. Errors are in the reader's language."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import formats

from settlement.errors import InvalidDocument, InvariantBroken, Problem, UnknownVersion
from settlement.ext.django.words import refused, say
from settlement.money import DECIMALS, MAX_DIGITS, Money, excerpt

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["DocumentFormField", "MoneyFormField", "MoneyWidget", "may_stand", "read_document"]


def may_stand(value: Money, currencies: Sequence[str], *, negative: bool) -> None:
    """Whether an amount is one of a field's. Raises `ValidationError`, in the reader's language."""
    if currencies and value.currency not in currencies:
        allowed = ", ".join(currencies)
        text = say("the currency is {currency}; here it is {allowed}", currency=value.currency, allowed=allowed)
        raise ValidationError(text, "currency.other")
    if value.minor < 0 and not negative:
        raise ValidationError(say("the amount is below 0"), "amount.negative")
    if abs(value.minor) >= 10 ** (MAX_DIGITS + DECIMALS[value.currency]):
        text = say("the amount has more than {digits} digits before the point", digits=MAX_DIGITS)
        raise ValidationError(text, "amount.too_large")


class MoneyWidget(forms.MultiWidget):
    """A box for the amount and a list of currencies."""

    def __init__(self, currencies: Sequence[str], attrs: dict[str, Any] | None = None) -> None:
        box = forms.TextInput({"inputmode": "decimal", "autocomplete": "off", "size": 16})
        super().__init__([box, forms.Select(choices=_offered(currencies))], attrs)

    def decompress(self, value: Money | str | None) -> list[Any]:
        """The digits and the currency."""
        return [None, None] if value is None else str(value).split(" ")


def _offered(currencies: Sequence[str]) -> list[tuple[str, str]]:
    """The choices; of several none is chosen before somebody does."""
    return [*([("", "---")] if len(currencies) > 1 else []), *((code, code) for code in currencies)]


class MoneyFormField(forms.MultiValueField):
    """An amount in whole units, exactly: what would have to be rounded is refused. Cleaned, it is a `Money`."""

    def __init__(self, *, currencies: Sequence[str] = (), negative: bool = False, **kwargs: Any) -> None:
        self.currencies, self.negative = currencies, negative
        offered = tuple(currencies) or tuple(sorted(DECIMALS))
        kwargs.setdefault("widget", MoneyWidget(offered))
        fields = (forms.CharField(required=False), forms.ChoiceField(choices=_offered(offered), required=False))
        super().__init__(fields, require_all_fields=False, **kwargs)

    def compress(self, data_list: list[Any]) -> Money | None:
        """The amount, or None where no digits were written."""
        digits, currency = data_list or ("", "")
        if not digits:
            if self.required:
                raise ValidationError(self.error_messages["required"], "required")
            return None
        if not currency:
            raise ValidationError(say("choose the currency of the amount"), "currency.missing")
        try:
            found = Money.of(formats.sanitize_separators(digits) if self.localize else digits, currency)
        except InvalidDocument as error:
            if any(each.code in {"amount.plain", "amount.not_finite"} for each in error.problems):
                raise ValidationError(say("write the amount in plain digits, such as 12.34"), "amount.plain") from None
            raise refused(each._replace(place="") for each in error.problems) from None
        may_stand(found, self.currencies, negative=self.negative)
        return found

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether the amount is another; a currency without digits is none."""
        if initial is None and not (data and data[0]):
            return False
        return super().has_changed(initial, data)


def read_document(document: Any, value: Any) -> Any:
    """A document from its JSON, in a text or in data. Raises `ValidationError` that names every place that is wrong."""
    if isinstance(value, document):
        return value
    if not isinstance(value, str | bytes | Mapping):
        raise refused([Problem("", "field.type", {"found": excerpt(value), "expected": "an object"})])
    try:
        return document.from_dict(value) if isinstance(value, Mapping) else document.from_json(value)
    except InvalidDocument as error:
        raise refused(error.problems) from None
    except InvariantBroken:
        raise refused([Problem("", "stored.contradiction")]) from None
    except UnknownVersion as error:
        raise refused([Problem("", error.code, {"found": error.version, "known": error.known})]) from None


class DocumentFormField(forms.Field):
    """A document as JSON in a text area. Cleaned, it is the document."""

    widget = forms.Textarea

    def __init__(self, *, document: Any, **kwargs: Any) -> None:
        self.document = document
        super().__init__(**kwargs)

    def widget_attrs(self, widget: Any) -> dict[str, Any]:  # noqa: ARG002 - as Django calls it
        """Large enough to read."""
        return {"rows": 24, "cols": 100, "spellcheck": "false"}

    def to_python(self, value: Any) -> Any:
        """The document; None where nothing was written. Raises `ValidationError`."""
        if value in self.empty_values:
            return None
        return read_document(self.document, value)

    def prepare_value(self, value: Any) -> Any:
        """The JSON as it is shown: indented, or as somebody wrote it."""
        if value is None or isinstance(value, str):
            return value
        data = value.to_dict() if isinstance(value, self.document) else value
        return json.dumps(data, ensure_ascii=False, indent=2)

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether it is another document, however it is written."""
        try:
            found = self.to_python(data)
        except ValidationError:
            return True
        before = initial.to_json() if isinstance(initial, self.document) else initial
        return (found and found.to_json()) != before
