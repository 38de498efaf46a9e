"""Several addresses in one text: where one ends and the next begins."""

from __future__ import annotations

import re

from settlement.consignee.recognition.gazetteer import FORMER, gazetteer
from settlement.consignee.recognition.labels import find_labels
from settlement.consignee.recognition.normalise import normalise
from settlement.consignee.recognition.phones import find_phones
from settlement.consignee.recognition.pieces import blank
from settlement.consignee.recognition.pipeline import recognise
from settlement.consignee.recognition.region import read_region
from settlement.consignee.recognition.result import Recognition

__all__ = ["recognise_all"]


def recognise_all(text: str) -> tuple[Recognition, ...]:
    r"""Recognise several addresses pasted at once: one a line, separated by blank lines, or as forms of several lines.

    A new address begins where a line brings what the one before already has: a phone, a region, a labelled name.

    >>> [parts.name for parts in recognise_all("张三 13800138000 深圳市南山区1号\n李四 13900139000 北京市海淀区2号")]
    ['张三', '李四']
    """
    groups: list[list[str]] = []
    has: set[str] = set()
    paused = False
    for line in text.splitlines():
        if not line.strip():
            paused = True
            continue
        brings = _brings(line)
        complete = "phone" in has and "region" in has
        if not groups or has & brings or (complete and (paused or brings)):
            groups.append([])
            has = set()
        groups[-1].append(line)
        has |= brings
        paused = False
    return tuple(recognise(part) for group in groups for part in _divided("\n".join(group)))


def _brings(line: str) -> set[str]:
    plain = normalise(line).text
    found = find_phones(plain)
    work = blank(plain, (*found.taken, *found.others))
    labels = find_labels(work)
    work = blank(work, [(start, end) for start, end, _ in labels])
    brings = {"name"} if any(field == "name" for _, _, field in labels) else set()
    if found.phone:
        brings.add("phone")
    chains = read_region(work, gazetteer()).chains
    if chains and (len(chains[0].given) > 1 or chains[0].given[0].weight >= FORMER):
        brings.add("region")
    return brings


def _divided(text: str) -> list[str]:
    """One line of several addresses between semicolons, where each has a phone and a region of its own."""
    parts = [part for part in re.split(r"[;；]", text) if part.strip()]
    if len(parts) > 1 and all(_brings(part) >= {"phone", "region"} for part in parts):
        return parts
    return [text]
