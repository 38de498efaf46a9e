"""Versions of rulebooks."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import migrations, models

__all__ = ["Migration"]


class Migration(migrations.Migration):
    """One table."""

    initial = True
    dependencies: ClassVar[list[Any]] = []
    operations: ClassVar[list[Any]] = [
        migrations.CreateModel(
            name="RulebookVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(editable=False, max_length=200, verbose_name="rulebook")),
                ("version", models.PositiveIntegerField(editable=False, verbose_name="version")),
                ("rules", models.JSONField(verbose_name="rules")),
                ("digest", models.CharField(editable=False, max_length=71)),
                (
                    "in_force",
                    models.DateTimeField(
                        blank=True, help_text="Empty while it is a draft.", null=True, verbose_name="in force from"
                    ),
                ),
                ("made", models.DateTimeField(auto_now_add=True, verbose_name="made")),
                ("used", models.DateTimeField(editable=False, null=True, verbose_name="used since")),
            ],
            options={
                "verbose_name": "version of a rulebook",
                "verbose_name_plural": "versions of rulebooks",
                "ordering": ["name", "-version"],
                "constraints": [
                    models.UniqueConstraint(fields=("name", "version"), name="settlement_rulebook_version_once")
                ],
            },
        ),
    ]
