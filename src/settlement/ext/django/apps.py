"""The app: rulebooks in versions."""

from __future__ import annotations

from django.apps import AppConfig, apps

from settlement.ext.django.words import say_later

__all__ = ["SettlementConfig"]


class SettlementConfig(AppConfig):
    """`"settlement.ext.django"` in INSTALLED_APPS; its tables begin with `settlement_`."""

    name = "settlement.ext.django"
    label = "settlement"
    verbose_name = say_later("Settlement")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Where Django REST framework is installed, its serializers of models know both fields."""
        if apps.is_installed("rest_framework"):
            from settlement.ext.django.rest import register

            register()
