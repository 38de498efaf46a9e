"""`RulebookVersion`: the rules of a shop or a mall, version by version; what an order was settled by never changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models.functions import Now

from settlement.consignee import Catalogue
from settlement.ext.django.document_field import DocumentField
from settlement.ext.django.words import say, say_later
from settlement.findings import Finding, check
from settlement.rulebook.rulebook import Rulebook

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

__all__ = ["RulebookVersion", "RulebookVersions"]

#: What cannot be written to a version that was used.
_FROZEN = frozenset({"name", "version", "rules", "digest", "in_force"})

#: Rulebooks that were read, by their digests: each is validated and indexed once in a process.
_READ: dict[str, Rulebook] = {}
_MANY = 64


class RulebookVersions(models.QuerySet["RulebookVersion"]):
    """Versions of rulebooks; those that were used are neither changed nor deleted."""

    def current(self, name: str, at: datetime) -> RulebookVersion:
        """The version of a rulebook that is in force at an instant: the one that came into force last.

        Raises `RulebookVersion.DoesNotExist` where none is yet.
        """
        found = self.filter(name=name, in_force__lte=at).order_by("-in_force", "-version").defer("rules").first()
        if found is None:
            msg = f"no version of the rulebook {name!r} is in force at {at.isoformat()}"
            raise self.model.DoesNotExist(msg)
        rules = _READ.get(found.digest)
        if rules is None:
            if len(_READ) >= _MANY:
                _READ.clear()  # another thread may do so at any moment: what was found is kept in hand
            rules = _READ[found.digest] = found.rules
        found.rules = rules
        return found

    def update(self, **kwargs: Any) -> int:
        """As every update; what a used version is made of stays. Raises `ValidationError`."""
        if kwargs.keys() & (_FROZEN | {"used"}) and self.exclude(used=None).exists():
            raise ValidationError(_used(), "rulebook.used")
        if "rules" in kwargs:
            rules = self.model._meta.get_field("rules").to_python(kwargs["rules"])
            kwargs |= {"rules": rules, "name": rules.id, "digest": rules.digest}
        return super().update(**kwargs)

    update.alters_data = True  # type: ignore[attr-defined]  # how Django keeps it out of templates

    def delete(self) -> tuple[int, dict[str, int]]:
        """As every deletion; a used version stays. Raises `ValidationError`."""
        if self.exclude(used=None).exists():
            raise ValidationError(_used(), "rulebook.used")
        return super().delete()

    delete.alters_data = True  # type: ignore[attr-defined]  # as above
    delete.queryset_only = True  # type: ignore[attr-defined]  # as Django's own


def _used() -> str:
    return say("an order was settled by this version, so it stays as it is; save the rules as a new version")


class RulebookVersion(models.Model):
    """One version of a rulebook: `name` is the rulebook's id, `version` counts up from 1 for each.

    It is in force from `in_force` until the next one is; without it, a draft. `use()` marks it used when the first
    order is placed by it, and from then on it can neither be changed nor deleted.
    """

    name = models.CharField(say_later("rulebook"), max_length=200, editable=False)
    version = models.PositiveIntegerField(say_later("version"), editable=False)
    rules = DocumentField(Rulebook, say_later("rules"))
    digest = models.CharField(max_length=71, editable=False)
    in_force = models.DateTimeField(
        say_later("in force from"), null=True, blank=True, help_text=say_later("Empty while it is a draft.")
    )
    made = models.DateTimeField(say_later("made"), auto_now_add=True)
    used = models.DateTimeField(say_later("used since"), null=True, editable=False)

    objects: ClassVar[RulebookVersions] = RulebookVersions.as_manager()  # stubs know no `current`

    class Meta:
        """Each version of a rulebook once."""

        verbose_name = say_later("version of a rulebook")
        verbose_name_plural = say_later("versions of rulebooks")
        ordering: ClassVar = ["name", "-version"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["name", "version"], name="settlement_rulebook_version_once")
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"

    def save(self, **kwargs: Any) -> None:
        """Store it, a new one under the next number of its rulebook. Raises `ValidationError`."""
        self._stated()
        with transaction.atomic(using=kwargs.get("using")):
            rows = RulebookVersion.objects.none() if self._state.adding else RulebookVersion.objects.filter(pk=self.pk)
            for kept in rows.select_for_update().defer("rules"):  # a draft too: an order may be using it just now
                self._stays([kept] if kept.used else [])
                self.used = kept.used
            if self._state.adding and not self.version:
                before = RulebookVersion.objects.filter(name=self.name).aggregate(last=models.Max("version"))
                self.version = (before["last"] or 0) + 1
            super().save(**kwargs)

    def delete(self, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Delete what no order was settled by. Raises `ValidationError`."""
        if self._before().exists():
            raise ValidationError(_used(), "rulebook.used")
        return super().delete(**kwargs)

    def clean(self) -> None:
        """Raises `ValidationError` for a change of a version that was used."""
        self._stated()
        self._stays(self._before())

    def use(self) -> None:
        """Say that an order was settled by it, in the transaction that places the order.

        Raises `ValidationError` where these rules were changed or deleted since they were read.
        """
        rows = RulebookVersion.objects.filter(pk=self.pk, digest=self.digest)
        if not rows.filter(used=None).update(used=Now()) and not rows.exists():
            raise ValidationError(say("the rules were changed since they were read; settle again"), "rulebook.changed")

    def findings(self) -> tuple[Finding, ...]:
        """What is valid in the rules and hardly meant."""
        return check(self.rules, Catalogue.bundled())

    def _stated(self) -> None:
        """The columns that are made of the rules."""
        if self.rules is not None:
            self.rules = self._meta.get_field("rules").to_python(self.rules)
            self.name, self.digest = self.rules.id, self.rules.digest

    def _before(self) -> RulebookVersions:
        """Its row as it is stored, where it was used."""
        rows = RulebookVersion.objects.none() if self._state.adding else RulebookVersion.objects.filter(pk=self.pk)
        return rows.exclude(used=None).defer("rules")

    def _stays(self, before: Iterable[RulebookVersion]) -> None:
        for kept in before:
            if any(getattr(kept, each) != getattr(self, each) for each in _FROZEN - {"rules"}):
                raise ValidationError(_used(), "rulebook.used")
