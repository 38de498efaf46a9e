"""`settlement doctor`: what it looks at, what it says, and how it ends."""

from __future__ import annotations

import importlib.metadata
import json
import re
import tomllib
import zoneinfo
from pathlib import Path

import pytest

from settlement.commands import doctor
from settlement.commands.cli import main
from settlement.documents.words import language

PROJECT = tomllib.loads((Path(__file__).resolve().parents[2] / "pyproject.toml").read_text("utf-8"))["project"]


@pytest.fixture
def looked(capsys):
    """The command with `--json`: its exit code, and part -> what was found."""

    def run(*arguments):
        code = main(["doctor", "--json", *arguments])
        told = json.loads(capsys.readouterr().out)
        assert told["well"] == (code == 0)
        return code, {row["part"]: row for row in told["found"]}

    return run


def test_all_is_well_where_all_is_there(looked):
    """The interpreter, the library, what it needs, every language, time zones and the vectors; exit code 0."""
    code, found = looked()
    assert code == 0
    assert {row["state"] for row in found.values()} <= {"ok", "missing"}
    assert {"Python", "settlement", "babel", "pydantic", "en", "zh_CN", "zh_Hant", "Time zones"} <= found.keys()
    assert re.fullmatch(r"[1-9]\d* come out as they should", found["Own vectors"]["found"])


def test_each_extra_is_named_with_the_line_that_installs_it(looked, monkeypatch):
    """Those of pyproject.toml; one whose packages are not there is no fault."""
    lines = [
        f'{need}; extra == "{extra}"' for extra, needs in PROJECT["optional-dependencies"].items() for need in needs
    ]
    monkeypatch.setattr(importlib.metadata, "requires", lambda _: [*PROJECT["dependencies"], *lines])
    known = {"babel": "2.17", "pydantic": "2.14.3", "rich": "15.0.0"}

    def version(name):
        if name not in known:
            raise importlib.metadata.PackageNotFoundError(name)
        return known[name]

    monkeypatch.setattr(importlib.metadata, "version", version)
    code, found = looked()
    assert code == 0
    assert {name[1:-1] for name in found if name[0] == "["} == PROJECT["optional-dependencies"].keys()
    assert found["[rich]"]["state"] == "ok"
    assert found["[sql]"] == {
        "part": "[sql]",
        "state": "missing",
        "found": "alembic –, sqlalchemy –",
        "mend": 'pip install "settlement[sql]"',
    }
    known["pandas"] = "3.1.1"  # too new for Spark, which is not there
    code, found = looked()
    assert (code, found["[pandas]"]["state"], found["[spark]"]["state"]) == (0, "ok", "missing")
    known["pydantic"] = "2.9.9"
    known["rich"] = "12.6"
    code, found = looked()
    assert code == 1
    assert found["pydantic"]["mend"] == 'pip install "pydantic>=2.11"'
    assert (found["[rich]"]["state"], found["[rich]"]["mend"]) == ("fault", 'pip install "settlement[rich]"')


def test_bounds_are_read_as_they_are_written():
    """This project states `>=` and `<` alone, of numbers: what `fits` reads."""
    needs = [*PROJECT["dependencies"], *(need for each in PROJECT["optional-dependencies"].values() for need in each)]
    for need in needs:
        bounds = re.sub(r"^[\w.-]+(\[\w+\])?", "", need.partition(";")[0])  # what follows says where it is needed
        assert re.fullmatch(r"((>=|<)[\d.]+(,(>=|<)[\d.]+)*)?", bounds), need
    assert [doctor.fits(each, ">=2.0.4,<3") for each in ("2.0.3", "2.0.4", "2.0.4.1", "2.1", "2", "3", "3.0.0")] == [
        False, True, True, True, False, False, False,
    ]  # fmt: skip


def test_a_catalogue_that_is_broken_is_a_fault(looked, tmp_path, monkeypatch):
    """A file that is cut, or not there: exit code 1, and the others are looked at all the same."""
    for name in ("zh_CN", "zh_Hant"):
        (tmp_path / name / "LC_MESSAGES").mkdir(parents=True)
    (tmp_path / "zh_CN" / "LC_MESSAGES" / "settlement.mo").write_bytes(b"\xde\x12\x04\x95half")
    for each in (language._catalogue, language._language):
        each.cache_clear()
    monkeypatch.setattr(language, "CATALOGUES", tmp_path)
    code, found = looked()
    monkeypatch.undo()
    for each in (language._catalogue, language._language):
        each.cache_clear()
    assert code == 1
    assert [found[name]["state"] for name in ("en", "zh_CN", "zh_Hant")] == ["ok", "fault", "fault"]
    assert found["zh_CN"]["mend"].startswith("pip install ")


def test_a_vector_that_comes_out_otherwise_is_a_fault(looked, monkeypatch):
    """One cent in one settlement is enough; which vectors differ is said."""
    from settlement import CALCULATION_VERSION
    from settlement.documents import canonical

    monkeypatch.setattr(canonical, "digest_of", lambda _: f"sha256:{CALCULATION_VERSION}")
    code, found = looked()
    assert code == 1
    assert found["Own vectors"]["state"] == "fault"
    assert "mall-cart" in found["Own vectors"]["found"]


def test_no_time_zones_are_no_fault(looked, monkeypatch):
    """The library asks for none; the line that brings them is said."""
    monkeypatch.setattr(zoneinfo, "available_timezones", set)
    code, found = looked()
    assert code == 0
    assert (found["Time zones"]["state"], found["Time zones"]["mend"]) == ("missing", "pip install tzdata")


def test_it_speaks_chinese(capsys):
    """Head, states and the last line."""
    assert main(["doctor", "--locale", "zh_CN"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("项目")
    assert shown.endswith("\n一切正常。\n")
