"""Rulebooks in versions: what an order was settled by stays as it was, and what is hardly meant is shown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.contrib.messages import get_messages
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client

from settlement import Rulebook
from settlement.ext.django import models
from settlement.ext.django.models import RulebookVersion, RulebookVersions

pytestmark = [pytest.mark.django, pytest.mark.usefixtures("rows")]
NOW = datetime(2026, 11, 11, tzinfo=UTC)


def rules(name="mall", **fields):
    """A rulebook."""
    return Rulebook(id=name, currency="CNY", **fields)


#: Valid, and hardly meant.
ODD = rules(freight_templates=[{"id": "t1", "measure": "quantity", "zones": []}])


def version(document, **fields):
    """A stored version."""
    return RulebookVersion.objects.create(rules=document, **fields)


@pytest.fixture
def staff(rows):
    """A browser in which somebody is signed in who may do all."""
    assert rows.in_atomic_block
    client = Client()
    client.force_login(User.objects.create_superuser("ann"))
    return client


def test_versions_count_up_for_each_rulebook():
    """Named by the rulebook's own id; the same number twice is refused by the database."""
    made = [version(rules()), version(rules(name="other")), version(ODD)]
    assert [str(each) for each in made] == ["mall v1", "other v1", "mall v2"]
    with pytest.raises(IntegrityError), transaction.atomic():
        RulebookVersion(rules=rules(), version=1).save()


def test_the_version_in_force_is_the_one_that_came_last():
    """A draft is in force at no instant, a coming one not yet."""
    with pytest.raises(RulebookVersion.DoesNotExist):
        RulebookVersion.objects.current("mall", NOW)
    version(rules(), in_force=NOW)
    version(ODD, in_force=NOW + timedelta(hours=1))
    version(rules())
    current = RulebookVersion.objects.current
    assert current("mall", NOW).version == 1
    assert current("mall", NOW + timedelta(days=1)).version == 2
    assert current("mall", NOW + timedelta(days=1)).rules == ODD
    assert current("mall", NOW).rules is current("mall", NOW).rules, "validated and indexed once"


def test_what_is_no_rulebook_is_refused():
    """With every place."""
    with pytest.raises(ValidationError) as caught:
        version({"id": "mall"})
    assert caught.value.messages == ["currency: this field is required"]


def test_a_used_version_stays():
    """By no save, update or deletion; what was used twice was used since the first time."""
    row = version(rules(), in_force=NOW)
    row.use()
    row.refresh_from_db()
    since = row.used
    row.use()
    row.refresh_from_db()
    assert row.used == since is not None
    for change in ({"rules": ODD}, {"in_force": None}, {"rules": rules(name="other")}):
        changed = RulebookVersion.objects.get()
        for name, value in change.items():
            setattr(changed, name, value)
        with pytest.raises(ValidationError, match="stays as it is"):
            changed.full_clean()
        with pytest.raises(ValidationError, match="stays as it is"), transaction.atomic():
            changed.save()
        with pytest.raises(ValidationError, match="stays as it is"), transaction.atomic():
            RulebookVersion.objects.update(**change)
    for delete in (row.delete, RulebookVersion.objects.all().delete):
        with pytest.raises(ValidationError, match="stays as it is"):
            delete()
    kept = RulebookVersion.objects.get()
    kept.save()
    assert (kept.rules, kept.in_force, kept.version) == (rules(), NOW, 1)


def test_a_version_in_hand_keeps_that_it_was_used():
    """Who saves what he read before the first order writes no `used` away: it stays, and so do the rules."""
    row, earlier = version(rules(), in_force=NOW), RulebookVersion.objects.get()
    row.use()
    for kept in (row, earlier):
        assert kept.used is None
        kept.save()
        assert kept.used == RulebookVersion.objects.get().used is not None
    row.rules = ODD
    with pytest.raises(ValidationError, match="stays as it is"), transaction.atomic():
        row.save()
    with pytest.raises(ValidationError, match="stays as it is"):
        RulebookVersion.objects.update(used=None)
    for delete in (earlier.delete, RulebookVersion.objects.all().delete):
        with pytest.raises(ValidationError, match="stays as it is"):
            delete()
    assert RulebookVersion.objects.get().rules == rules()


def test_a_draft_is_locked_while_it_is_saved(monkeypatch):
    """An order may be using it just now: either it is seen, or it finds the rules changed."""
    row = version(rules(), in_force=NOW)
    edited, ordered = RulebookVersion.objects.get(), RulebookVersion.objects.current("mall", NOW)
    edited.rules = ODD
    lock, locked = RulebookVersions.select_for_update, []

    def waits(rows, **how):
        locked.extend(rows.values_list("pk", flat=True))
        ordered.use()  # of who held the lock until now
        return lock(rows, **how)

    monkeypatch.setattr(RulebookVersions, "select_for_update", waits)
    with pytest.raises(ValidationError, match="stays as it is"):
        edited.save()  # undone with it, in this one connection, is the order
    assert (RulebookVersion.objects.get().rules, locked) == (rules(), [row.pk])


def test_an_update_of_rules_writes_what_is_made_of_them():
    """Name and digest of a draft: who read it before is told, and what is in force are the rules that are stored."""
    row, changed = version(rules(), in_force=NOW), rules(name="other", promotions=[])
    for given in (changed, changed.to_dict()):
        assert RulebookVersion.objects.update(rules=given) == 1
        kept = RulebookVersion.objects.get()
        assert (kept.name, kept.digest, kept.rules) == ("other", changed.digest, changed)
    with pytest.raises(ValidationError, match="settle again"):
        row.use()
    assert RulebookVersion.objects.current("other", NOW).rules == changed


def test_rules_that_were_read_are_forgotten_at_any_moment(monkeypatch):
    """By another thread that found too many: who asks has them all the same."""

    class Swept(dict):
        def get(self, *asked):
            found = super().get(*asked)
            self.clear()
            return found

        def __contains__(self, name):
            return self.get(name) is not None

        def __setitem__(self, *kept):
            self.clear()

    version(rules(), in_force=NOW)
    for kept in (Swept(), Swept({rules().digest: rules()})):
        monkeypatch.setattr(models, "_READ", kept)
        assert RulebookVersion.objects.current("mall", NOW).rules == rules()


def test_an_unused_version_is_changed_in_its_place():
    """Who read it before is told when he would place an order by it."""
    row = version(rules())
    other = RulebookVersion.objects.get()
    other.rules = ODD
    other.save()
    assert RulebookVersion.objects.get().version == 1
    with pytest.raises(ValidationError, match="settle again"):
        row.use()
    other.use()
    version(rules()).delete()
    assert RulebookVersion.objects.count() == 1


def test_the_admin_shows_findings(staff):
    """When it is saved and beside it, in the reader's language; what is no rulebook is refused by its place."""
    sent = {"rules": ODD.to_json(), "in_force_0": "", "in_force_1": ""}
    answer = staff.post("/admin/settlement/rulebookversion/add/", sent)
    assert answer.status_code == 302, answer.context["errors"]
    told = [str(each) for each in get_messages(answer.wsgi_request)]
    row = RulebookVersion.objects.get()
    assert [each.text() for each in row.findings()]
    assert {each.text() for each in row.findings()} <= set(told)
    url = f"/admin/settlement/rulebookversion/{row.pk}/change/"
    page = staff.get(url, headers={"accept-language": "zh-hans"}).content.decode()
    assert all(each.texts("zh_CN")[0].replace('"', "&quot;") in page for each in row.findings())
    assert "规则集版本" in page
    wrong = staff.post(url, sent | {"rules": '{"id": "mall"}'})
    assert "currency: this field is required" in wrong.content.decode()


def test_the_admin_makes_a_new_version_of_a_used_one(staff):
    """And deletes none that was used."""
    row = version(rules(), in_force=NOW)
    row.use()
    url = f"/admin/settlement/rulebookversion/{row.pk}/change/"
    sent = {"rules": rules().to_json(), "in_force_0": "2026-11-11", "in_force_1": "00:00:00"}
    assert staff.post(url, sent | {"in_force_0": "2026-12-11"}).status_code == 302
    assert [(each.version, bool(each.used)) for each in RulebookVersion.objects.all()] == [(2, False), (1, True)]
    kept = RulebookVersion.objects.get(version=1)
    assert (kept.pk, kept.in_force, kept.rules) == (row.pk, NOW, rules())
    assert RulebookVersion.objects.get(version=2).in_force == datetime(2026, 12, 11, tzinfo=UTC)
    assert staff.post(f"/admin/settlement/rulebookversion/{row.pk}/delete/", {"post": "yes"}).status_code == 403
    both = {"action": "delete_selected", "_selected_action": [1, *RulebookVersion.objects.values_list("pk", flat=True)]}
    assert "Deleting the selected" in staff.post("/admin/settlement/rulebookversion/", both).content.decode()
    staff.post("/admin/settlement/rulebookversion/", both | {"post": "yes"})
    assert RulebookVersion.objects.count() == 2
