"""From a pasted text to its parts, in the order in which each step makes the next one easier.

Spelling → numbers (identity, phone with extension, postcode) → labels → region → name → detail. What a step takes is
blanked, so that everything else stays where it was.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from settlement.consignee.recognition.aliases import KEPT
from settlement.consignee.recognition.detail import make_detail
from settlement.consignee.recognition.found import decide, proposals, zone
from settlement.consignee.recognition.gazetteer import SHORT, gazetteer
from settlement.consignee.recognition.labels import find_labels
from settlement.consignee.recognition.lazily import lazily
from settlement.consignee.recognition.name import choose_name, likelihood
from settlement.consignee.recognition.nickname import find_nickname
from settlement.consignee.recognition.normalise import normalise
from settlement.consignee.recognition.phones import find_phones
from settlement.consignee.recognition.pieces import REGION, blank, cut
from settlement.consignee.recognition.postcode import find_postcode, fits
from settlement.consignee.recognition.region import read_region
from settlement.consignee.recognition.result import Evidence, Recognition, place_names
from settlement.consignee.recognition.script import simplified
from settlement.documents.region import ISO_IN_CHINA

if TYPE_CHECKING:
    from settlement.consignee.recognition.pieces import Piece
    from settlement.consignee.recognition.region import Reading

__all__ = ["recognise"]

_GLUED_POSTCODE: Final = lazily(r"(?<=[\u4e00-\u9fff])([0-8][0-9]{5})$", re.ASCII)
# An address form of another country writes the code of ISO 3166-1 before the address: HK 九龙…, TW-台北…
_ISO: Final = lazily(r"(HK|MO|TW)(?![A-Za-z0-9])[ ,/-]*")


def recognise(text: str) -> Recognition:
    """Take a pasted text apart into name, phone, region and detail: a proposal for a person to confirm.

    Time is linear in the length of the text. Nothing is guessed where it decides money: a name that several regions
    have stays open, with its candidates; a mistyped one is proposed, never taken. Sources of the
    rules: docs/consignee.md.

    >>> parts = recognise("收货人：李小明 电话：0755-22107333转801 地址：深圳南山科技路1号2栋")
    >>> parts.name, parts.phone, parts.extension, parts.code, parts.detail
    ('李小明', '0755-22107333', '801', '440305', '科技路1号2栋')
    """
    source, book = normalise(text), gazetteer()
    plain = source.text

    numbers = find_phones(plain)
    phone = numbers.phone
    leftover = [(start, plain[start:end]) for start, end in numbers.others]
    work = blank(plain, (*numbers.taken, *numbers.others)) if phone or leftover else plain
    postcode, place = find_postcode(work) or (None, None)
    if place is not None:
        work = blank(work, (place,))
    labels = find_labels(work)
    if labels:
        work = blank(work, [(start, end) for start, end, _ in labels])

    script = simplified(work)  # character by character: every place stays where it was
    plainer = work if script is None else script
    reading = read_region(plainer, book, {end: field for _, end, field in labels})
    code, evidence, candidates = decide(reading, source, book)
    spans = _cut_zones(reading, plainer)
    work = blank(work, spans, REGION)

    pieces, aside = _set_aside(cut(work, spans, labels))
    name, rest = choose_name(work, pieces, phone=phone is not None)
    if name is None and phone is not None:
        name, rest = find_nickname(work, rest)
    detail, more = make_detail(rest, region=bool(spans))
    leftover += (*aside, *more)
    if (
        postcode is None
        and detail
        and code
        and detail[-6:].isdigit()
        and (found := _GLUED_POSTCODE.search(detail))
        and fits(found[1], code)
    ):
        postcode, detail = found[1], detail[: found.start()]

    if code is None and not reading.chains and detail and (head := _ISO.match(detail)):
        code, detail = ISO_IN_CHINA[head[1]], detail[head.end() :] or None
        at = plain.index(head[1])
        evidence = {"province": Evidence(book.book.name(code), code, "alias", source.span(at, at + 2))}

    province = city = district = None
    if code is not None:
        province, city, district = place_names(code)
    if district is None and reading.chains:
        district = zone(reading, plain) or _shared_name(reading)
    if code is None or code.endswith("00"):
        candidates += proposals(plainer, reading, code, detail, rest, book)
    return Recognition(
        name,
        phone.number if phone else None,
        phone.extension if phone else None,
        postcode,
        code,
        province,
        city,
        district,
        detail,
        evidence,
        tuple(candidates),
        tuple([text for _, text in sorted(leftover)]) if leftover else (),
    )


def _shared_name(reading: Reading) -> str | None:
    """The county's name where only which county of that name is open."""
    chains = reading.chains
    if len(chains) < 2 or reading.rivals or chains[0].place.level != 2:
        return None
    names = {chain.place.unit.name for chain in chains if chain.place.unit.in_use}
    return names.pop() if len(names) == 1 and all(chain.place.unit.in_use for chain in chains) else None


def _cut_zones(reading: Reading, work: str) -> list[tuple[int, int]]:
    """The spans of the region, less the name of a zone that stays a part of the address."""
    spans = []
    for start, end in reading.spans:
        if work.startswith("新区", end) and _names_a_city(reading, end):
            spans.append((start, reading.chains[0].given[-1].start))  # 兰州新区
        elif work[end - 2 : end] in {"新区", "园区"}:
            kept = next((name for name in KEPT if work.endswith(name, start, end)), "")
            spans.append((start, end - len(kept)))
        else:
            spans.append((start, end))
    return spans


def _names_a_city(reading: Reading, end: int) -> bool:
    """Whether a region ends here with the stem of a prefecture."""
    given = reading.chains[0].given[-1]
    return given.end == end and given.weight == SHORT and given.place.level == 1


def _set_aside(pieces: list[Piece]) -> tuple[list[Piece], list[tuple[int, str]]]:
    """The pieces that labels call something else, and those behind a label whose number was not understood."""
    kept, aside = [], []
    for piece in pieces:
        if piece.field is None:
            kept.append(piece)
            continue
        other = piece.field in {"note", "other"}
        unread = piece.field in {"phone", "postcode"} and not piece.after_region and not likelihood(piece.text)
        if other or unread:
            aside.append((piece.start, piece.text))
        else:
            kept.append(piece)
    return kept, aside
