"""`DocumentField`: one of the library's documents in a column of JSON, checked whenever it is cleaned and saved."""

from __future__ import annotations

from typing import Any

from django.core import checks
from django.db import models
from django.db.models.fields.json import KeyTransform

from settlement.ext.django.forms import DocumentFormField, read_document
from settlement.ext.django.words import lazily

__all__ = ["DocumentField"]

_ASKED = ("from_dict", "from_json", "to_dict", "to_json")


class DocumentField(models.JSONField):
    """A document: a `Rulebook`, `Checkout`, `Settlement`, `Record`, a refund or any other with `from_dict`, `to_dict`.

    It is read back as the document, which is checked again then: `InvalidDocument` is raised where what is stored does
    not hold any more; `.defer()` and `.values("field__key")` read around it. Saved or cleaned, it is the document or
    its JSON, and `ValidationError` names every place that is wrong. In migrations it is a plain JSONField. Source:
    docs/how-to/django.md.
    """

    description = lazily("A document")

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
        """The document; of a key in it, what stands there. Raises `InvalidDocument` for what does not hold."""
        found = super().from_db_value(value, expression, connection)
        return found if found is None or isinstance(expression, KeyTransform) else self.document.from_dict(found)

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        """The document's data."""
        found = value.to_dict() if isinstance(value, self.document) else value
        return super().get_db_prep_value(found, connection, prepared)

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        """The document's data. Raises `ValidationError` for what is no such document."""
        found = value if value is None or hasattr(value, "as_sql") else self.to_python(value)
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
