"""The rulebooks' admin: every problem by its place, findings beside the rules, a new version in place of a used one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.utils.html import format_html, format_html_join

from settlement.ext.django.models import RulebookVersion
from settlement.ext.django.words import locale, say, say_later

__all__ = ["RulebookVersionAdmin"]

_LEVELS = {"error": messages.ERROR, "warning": messages.WARNING, "note": messages.INFO}


class _VersionForm(forms.ModelForm):
    """A change of a version that was used becomes a new version."""

    def clean(self) -> Any:
        """Called before the row takes over what was written."""
        if self.instance.used and self.has_changed():
            row, self.instance.replaces = self.instance, self.instance.version
            row.pk = row.used = row.version = None
            row._state.adding = True
        return super().clean()


@admin.register(RulebookVersion)
class RulebookVersionAdmin(admin.ModelAdmin):
    """Versions of rulebooks."""

    list_display = ("name", "version", "in_force", "used", "made")
    list_filter = ("name",)
    form = _VersionForm
    fields = ("rules", "in_force", "found", "name", "version", "digest", "made", "used")
    readonly_fields = ("found", "name", "version", "digest", "made", "used")

    @admin.display(description=say_later("findings"))
    def found(self, row: Any) -> str:
        """What `check` finds in the rules, in the reader's language."""
        if row.rules is None:
            return ""
        found = row.findings()
        if not found:
            return say("nothing that is hardly meant")
        rows = format_html_join("", "<li>{}</li>", ((each.text(locale()),) for each in found))
        return format_html("<ul>{}</ul>", rows)

    def save_model(self, request: Any, obj: Any, form: Any, change: bool) -> None:
        """Save it, as a new version where orders were settled by the old one; show what is found in the rules."""
        super().save_model(request, obj, form, change)
        before = getattr(obj, "replaces", None)
        if before:
            text = say("version {before} was used, so this is version {now}", before=before, now=obj.version)
            messages.info(request, text)
        for each in obj.findings():
            messages.add_message(request, _LEVELS[each.severity], each.text(locale()))

    def has_delete_permission(self, request: Any, obj: Any = None) -> bool:
        """Not for what an order was settled by."""
        return (obj is None or not obj.used) and super().has_delete_permission(request, obj)

    def get_deleted_objects(self, objs: Any, request: Any) -> Any:
        """What is about to be deleted, with the used ones as what prevents it."""
        shown, counted, needed, protected = super().get_deleted_objects(objs, request)
        return shown, counted, needed, [*protected, *(str(each) for each in objs if each.used)]
