"""`settlement recognise` and `settlement region`: what they print, and how they end."""

from __future__ import annotations

import io
import json
import sys

import pytest

from settlement.commands.cli import main

TEXT = "张三 13800138000转9100 广东省深圳市南山区科技路1号"


def fed(monkeypatch, data):
    """Standard input with these bytes."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))


def test_recognise_prints_json_off_a_terminal(capsys):
    """A list of one result for each address, unmasked: this is the data that was asked for."""
    assert main(["recognise", TEXT]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert (found["name"], found["phone"], found["extension"], found["code"]) == (
        "张三",
        "13800138000",
        "9100",
        "440305",
    )


def test_recognise_reads_several_lines(capsys, monkeypatch):
    """Standard input may hold several addresses, also behind a byte order mark."""
    fed(monkeypatch, f"\ufeff{TEXT}\n李四 13900139000 北京市海淀区知春路2号\n".encode())
    assert main(["recognise", "--format", "json"]) == 0
    assert [each["name"] for each in json.loads(capsys.readouterr().out)] == ["张三", "李四"]


def test_recognise_prints_a_table(capsys):
    """Title and value on each line, an empty line between addresses; candidates where the region is open."""
    assert main(["recognise", f"{TEXT}\n李四 13900139000 朝阳区建国路1号", "--format", "text"]) == 0
    first, second = capsys.readouterr().out.split("\n\n")
    assert "Region\t广东省 深圳市 南山区 (440305)" in first
    assert "Phone\t13800138000-9100" in first
    assert second.count("Candidate\t") == 2
    assert main(["recognise", "", "--format", "text"]) == 0
    assert capsys.readouterr().out == "nothing recognised\n"


def test_recognise_refuses_what_is_not_text(capsys, monkeypatch):
    """Bytes that are no UTF-8 end with code 2 and the place."""
    fed(monkeypatch, b"\xff\xfe")
    assert main(["recognise"]) == 2
    assert "byte 0 is not UTF-8" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("asked", "line"),
    [
        ("440305", "440305\t广东省 深圳市 南山区"),
        ("临平", "330113\t浙江省 杭州市 临平区"),
        ("330103", "330103\t浙江省 杭州市 下城区 (1983–2021)\t→ 330105 浙江省 杭州市 拱墅区"),
    ],
)
def test_region_is_found_by_code_and_name(asked, line, capsys):
    """Code, full name, and what became of a retired one."""
    assert main(["region", asked, "--format", "text"]) == 0
    assert line in capsys.readouterr().out.splitlines()


def test_region_prints_json(capsys):
    """Off a terminal the same as data."""
    assert main(["region", "420600"]) == 0
    now, before = json.loads(capsys.readouterr().out)
    assert (now["name"], now["to"], before["name"], before["to"]) == ("襄阳市", None, "襄樊市", 2010)
    assert before["now"] == [{"code": "420600", "name": "湖北省 襄阳市"}]


def test_region_that_is_not_there(capsys):
    """Nothing found is exit code 2 and a sentence."""
    assert main(["region", "999999"]) == 2
    assert "999999" in capsys.readouterr().err
