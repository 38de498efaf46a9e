"""`DocumentField`: one of the library's documents in a column of JSON, checked whenever it is cleaned and saved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core import checks
from django.db import models
from django.db.models.fields.json import KeyTransform
from django.db.models.query_utils import DeferredAttribute

from settlement.errors import SettlementError
from settlement.ext.django.forms import DocumentFormField, read_document
from settlement.ext.django.words import say_later

__all__ = ["DocumentField"]

_ASKED = ("from_dict", "from_json", "to_dict", "to_json")


class _Stored(dict[str, Any]):
    """Data as it is stored, before anybody asked for the document."""


class _Attribute(DeferredAttribute):
    """The document of a row, made of its data when it is first asked for: a list of orders shows none of it."""

    def __get__(self, instance: Any, cls: Any = None) -> Any:
        found = super().__get__(instance, cls)
        if isinstance(found, _Stored):
            found = instance.__dict__[self.field.attname] = self.field.document.from_dict(found)
        return found

    def __set__(self, instance: Any, value: Any) -> None:  # with it, Python asks `__get__` each time
        instance.__dict__[self.field.attname] = value


class DocumentField(models.JSONField):
    """A document: a `Rulebook`, `Checkout`, `Settlement`, `Record`, a refund or any other with `from_dict`, `to_dict`.

    A row's attribute is the document, checked again when it is first read: `InvalidDocument` is raised there where what
    is stored does not hold any more; `values()` gives its data. Saved or cleaned, it is the document or its JSON, and
    `ValidationError` names every place that is wrong. In migrations it is a plain JSONField. Source:
    docs/how-to/django.md.
    """

    description = say_later("A document")
    descriptor_class = _Attribute

    if TYPE_CHECKING:  # else stubs of Django hold it to what JSONField is made of

        def __new__(cls, document: Any, verbose_name: str | None = None, **kwargs: Any) -> Any: ...  # noqa: D102

    def __init__(self, document: Any, verbose_name: str | None = None, **kwargs: Any) -> None:
        self.document = document
        super().__init__(verbose_name, **kwargs)

    def deconstruct(self) -> Any:
        """What migrations know of it."""
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.JSONField", args, kwargs

    def clone(self) -> models.JSONField:
        """The column as migrations know it."""
        _, _, args, kwargs = self.deconstruct()
        return models.JSONField(*args, **kwargs)

    def to_python(self, value: Any) -> Any:
        """The document. Raises `ValidationError`, in the reader's language."""
        return None if value is None else read_document(self.document, value)

    def validate(self, value: Any, model_instance: Any) -> None:
        """Whether there is one where there must be."""
        models.Field.validate(self, value, model_instance)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        """The data as it is stored."""
        found = super().from_db_value(value, expression, connection)
        return _Stored(found) if isinstance(found, dict) and not isinstance(expression, KeyTransform) else found

    def pre_save(self, model_instance: Any, add: bool) -> Any:
        """What is written: data that nobody looked at as it stands."""
        found = model_instance.__dict__.get(self.attname)
        return super().pre_save(model_instance, add) if found is None else found

    def value_from_object(self, obj: Any) -> Any:
        """The document, or for whoever is to mend it the data that does not hold."""
        try:
            return super().value_from_object(obj)
        except SettlementError:
            return obj.__dict__[self.attname]

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        """The document's data."""
        found = value.to_dict() if isinstance(value, self.document) else value
        return super().get_db_prep_value(found, connection, prepared)

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        """The document's data. Raises `ValidationError` for what is no such document."""
        written = value is None or isinstance(value, _Stored) or hasattr(value, "as_sql")
        found = value if written else self.to_python(value)
        return super().get_db_prep_save(found, connection)

    def value_to_string(self, obj: Any) -> Any:
        """The document's data, for fixtures."""
        found = self.value_from_object(obj)
        return found.to_dict() if isinstance(found, self.document) else found

    def formfield(self, **kwargs: Any) -> Any:
        """Its JSON in a text area."""
        return models.Field.formfield(self, **{"form_class": DocumentFormField, "document": self.document, **kwargs})

    def check(self, **kwargs: Any) -> list[Any]:
        """What is wrong with how the field is declared."""
        found = super().check(**kwargs)
        missing = [each for each in _ASKED if not hasattr(self.document, each)]
        if missing:
            text = f"{self.document!r} is no class of documents: it has no {', '.join(missing)}"
            found.append(checks.Error(text, obj=self, id="settlement.E003"))
        return found
