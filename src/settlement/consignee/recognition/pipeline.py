"""From a pasted text to its parts, in the order in which each step makes the next one easier.

Spelling → numbers (identity, phone with extension, postcode) → labels → region → name → detail. What a step takes is
blanked, so that places stay the same through all of them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from settlement.consignee.recognition import name as names
from settlement.consignee.recognition.gazetteer import FORMER, KEPT, ZONES, Gazetteer, gazetteer
from settlement.consignee.recognition.gazetteer import ALIAS as ALIAS_WEIGHT
from settlement.consignee.recognition.labels import find_labels
from settlement.consignee.recognition.normalise import Normalised, normalise
from settlement.consignee.recognition.phones import find_phones
from settlement.consignee.recognition.postcode import find_postcode, fits
from settlement.consignee.recognition.region import Chain, Reading, read_region
from settlement.consignee.recognition.result import Candidate, Evidence, How, Recognition, place_names
from settlement.consignee.recognition.typos import similar, simplified

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from settlement.consignee.recognition.gazetteer import Place

__all__ = ["recognise", "recognise_all"]

_PIECE: Final = re.compile(r"[A-Za-z][A-Za-z.'-]*(?: [A-Za-z][A-Za-z.'-]*)+(?!\w)|[^\s,;。|\0\x02]+")
_EDGE: Final = " ,.;:、。|-_/\\~·\"'“”‘’=+!?*"
_LONGEST_NAME: Final = 24
_LEVELS: Final = ("province", "city", "district")


class Piece(NamedTuple):
    """A run of text between separators, what was taken, and the field that a label gave it."""

    start: int
    end: int
    text: str
    field: str | None
    after_region: bool
    joins_region: bool  # it touches the region's name on one side


def recognise(text: str) -> Recognition:
    """Take a pasted text apart into name, phone, region and detail: a proposal for a person to confirm.

    Time is linear in the length of the text. Nothing is guessed where it decides money: a name that several regions
    have stays open, with its candidates; a mistyped or traditional one is proposed, never taken. Sources of the
    rules: docs/consignee.md.

    >>> parts = recognise("收货人：李小明 电话：0755-22107333转801 地址：深圳南山科技路1号2栋")
    >>> parts.name, parts.phone, parts.extension, parts.code, parts.detail
    ('李小明', '0755-22107333', '801', '440305', '科技路1号2栋')
    """
    return _Recogniser(normalise(text)).result()


class _Recogniser:
    """One text on its way through the steps."""

    def __init__(self, source: Normalised) -> None:
        self.source = source
        self.text = source.text
        self.book = gazetteer()
        self.leftover: list[tuple[int, str]] = []
        self._numbers()
        self._labels()
        self.reading = read_region(self.work, self.book)

    def _numbers(self) -> None:
        text = self.text
        found = find_phones(text)
        self.phone = found.phone
        self.leftover += [(start, text[start:end]) for start, end in found.others]
        taken = [*found.taken, *found.others]
        work = _blank(text, taken)
        postcode = find_postcode(work)
        self.postcode = postcode[0] if postcode else None
        if postcode:
            work = _blank(work, (postcode[1],))
        self.work = work

    def _labels(self) -> None:
        self.labels = find_labels(self.work)
        if self.labels:
            self.work = _blank(self.work, ((start, end) for start, end, _ in self.labels))

    # -------------------------------------------------------------- the region

    def result(self) -> Recognition:
        """All parts together."""
        reading, work = self.reading, self.work
        code, evidence, candidates = self._region(reading)
        spans = self._cut(reading)
        work = _blank(work, spans, "\x02")
        pieces = self._pieces(work, spans)
        name, rest = self._name(work, pieces)
        detail = self._detail(work, rest, spans)
        province = city = district = None
        if code is not None:
            province, city, district = place_names(code)
            district = district or self._zone(reading)
        elif (
            candidates
            and len({each.names[-1] for each in candidates}) == 1
            and self.book.places[candidates[0].code].level == 2
        ):
            district = candidates[0].names[-1]  # its name is certain, which of those of that name is not
        if code is None or len(code) == 6 and code.endswith("00"):  # noqa: PLR2004
            candidates += self._proposals(code, detail, rest)
        phone = self.phone
        return Recognition(
            name,
            phone.number if phone else None,
            phone.extension if phone else None,
            self.postcode,
            code,
            province,
            city,
            district,
            detail,
            evidence,
            tuple(candidates),
            tuple(text for _, text in sorted(self.leftover)),
        )

    def _region(self, reading: Reading) -> tuple[str | None, dict[str, Evidence], list[Candidate]]:
        """The code that is certain, how each level is known, and the candidates where it is open."""
        chains = reading.chains
        if not chains:
            return None, {}, []
        book = self.book.book
        targets = sorted({code for chain in chains for code in chain.place.targets})
        reason = "ambiguous" if len(chains) > 1 else "successor"
        if reading.rivals:
            reason = "contradiction"
            targets += [code for chain in reading.rivals for code in chain.place.targets]
        if len(targets) == 1:
            code: str | None = targets[0]
            candidates: list[Candidate] = []
        else:
            paths = [[unit.code for unit in self.book.path(each)] for each in targets]
            common = [level[0] for level in zip(*paths, strict=False) if len(set(level)) == 1]
            code = common[-1] if common else None
            candidates = [Candidate(each, book.path_names(each), reason) for each in targets]  # type: ignore[arg-type]
        return code, self._evidence(chains[0], code, open_=len(targets) > 1), candidates

    def _evidence(self, chain: Chain, code: str | None, *, open_: bool) -> dict[str, Evidence]:
        found: dict[str, Evidence] = {}
        given = {each.place.level: each for each in chain.given}
        if code is not None:
            for unit in self.book.path(code):
                level = 0 if unit.parent is None else 1 if unit.level == "prefecture" else 2
                said = given.pop(level, None)
                how: How = "inferred"
                if said is not None:
                    how = (
                        "historical"
                        if not said.place.unit.in_use
                        else "alias"
                        if said.weight == ALIAS_WEIGHT
                        else "explicit"
                    )
                span = self.source.span(said.start, said.end) if said else None
                found[_LEVELS[level]] = Evidence(unit.name, unit.code, how, span)
        if open_ and (said := given.get(chain.place.level)):
            how = "explicit" if said.place.unit.in_use else "historical"
            span = self.source.span(said.start, said.end)
            found[_LEVELS[said.place.level]] = Evidence(said.place.unit.name, None, how, span)
        return found

    def _cut(self, reading: Reading) -> list[tuple[int, int]]:
        """The spans of the region, less the name of a zone that stays a part of the address."""
        spans = []
        for start, end in reading.spans:
            zone = None
            if self.work[end - 1] == "区" and end - start > 3:  # noqa: PLR2004
                zone = next((zone for zone in KEPT if self.work.endswith(zone, start, end)), None)
            spans.append((start, end - len(zone) if zone else end))
        return spans

    def _zone(self, reading: Reading) -> str | None:
        taken = "".join(self.work[start:end] for start, end in reading.spans)
        return next((zone for zone in sorted(ZONES) if zone in taken), None)

    def _proposals(self, code: str | None, detail: str | None, rest: list[Piece]) -> list[Candidate]:
        """Names that differ in one character, or are written in traditional characters."""
        if (other := simplified(self.work)) is not None:
            chains = read_region(other, self.book).chains
            if len(chains) == 1 and len(chains[0].place.targets) == 1:
                place = chains[0].place
                if place.targets[0] != code and (code is None or code in place.within):
                    start, end = chains[0].start, chains[0].end
                    named = _blank(self.work, ((start, end),), "\x02")
                    behind = _tidy(named[end:].split("\0")[0]) if end < len(named) else None
                    return [
                        Candidate(place.targets[0], self.book.book.path_names(place.targets[0]), "traditional", behind)
                    ]
        found: list[Candidate] = []
        if self.reading.chains and len(self.reading.chains[0].place.targets) > 1:
            return found
        piece = next((each for each in rest if each.after_region or code is None), None)
        if piece is None:
            return found
        for place, end in similar(self.text, piece.start, code):
            behind = _tidy((detail or "").replace(self.text[piece.start : end], "", 1))
            found.append(Candidate(place.code, self.book.book.path_names(place.code), "mistyped", behind))
        return found

    # -------------------------------------------------------------- name and detail

    def _pieces(self, work: str, spans: Sequence[tuple[int, int]]) -> list[Piece]:
        """The runs of text that are left, each with its label's field and its place beside the region."""
        first = spans[-1][0] if len(spans) == 1 else min((start for start, _ in spans), default=-1)
        labels = iter(self.labels)
        following = next(labels, None)
        field: str | None = None
        pieces: list[Piece] = []
        last = 0
        for match in _PIECE.finditer(work):
            start, end = match.span()
            while following and following[1] <= start:
                field, last = following[2], following[1]
                following = next(labels, None)
            if (
                field not in {None, "address"}
                and pieces
                and pieces[-1].start >= last
                and (field != "note" or "\n" in work[last:start])
            ):
                field = None  # a label speaks for the piece right behind it
            touches = work[start - 1 : start] == "\x02" or work[end : end + 1] == "\x02"
            text = match[0]
            if text.strip(_EDGE):
                pieces.append(Piece(start, end, text, field, start > first >= 0, touches))
        return pieces

    def _name(self, work: str, pieces: list[Piece]) -> tuple[str | None, list[Piece]]:
        """The name, and the pieces that are left for the address."""
        kept: list[Piece] = []
        labelled: str | None = None
        for piece in pieces:
            if piece.field == "name" and labelled is None and (found := names.clean_name(piece.text)[0]):
                labelled = found
            elif piece.field in {"phone", "postcode"} and not piece.after_region and not names.likelihood(piece.text):
                self.leftover.append((piece.start, piece.text))
            elif piece.field in {"note", "other"}:
                self.leftover.append((piece.start, piece.text))
            else:
                kept.append(piece)
        if labelled is not None:
            return labelled, kept
        best, chosen = 0, None
        for index, piece in enumerate(kept):
            worth = self._worth(work, kept, index)
            if worth > best:
                best, chosen = worth, index
        glued = self._glued(work, kept) if best < names.SURE + 4 else None
        if glued is not None:
            index, name, piece_left = glued
            return name, [*kept[:index], piece_left, *kept[index + 1 :]]
        needed = names.SURE if self.phone else names.SURE + 3
        if chosen is not None and best >= needed:
            name = names.clean_name(kept[chosen].text)[0]
            return name, [*kept[:chosen], *kept[chosen + 1 :]]
        return None, kept

    def _worth(self, work: str, kept: list[Piece], index: int) -> int:
        """How likely a piece is the name, with where it stands taken into account."""
        piece = kept[index]
        if len(piece.text) > _LONGEST_NAME:
            return 0
        name, receives = names.clean_name(piece.text)
        worth = names.likelihood(name)
        if not worth:
            return 0
        if receives:
            worth += 6
        if piece.joins_region and (work[piece.start - 1 : piece.start] == "\x02" or worth < 7):  # noqa: PLR2004
            # what follows the region at once is its detail; what stands before it must look like a name
            if work[piece.start - 1 : piece.start] == "\x02" or not receives:
                worth = worth - 8 if piece.after_region else worth - 4
        last = index == len(kept) - 1
        if index == 0 or last:
            worth += 1
        if "\0" in (work[piece.start - 1 : piece.start], work[piece.end : piece.end + 1]) or self._beside_phone(
            work, piece
        ):
            worth += 2
        if len(name) == 1 and not (last and len(kept) > 1):
            worth -= 2
        if not self.phone and len(name) == 1 and last and len(kept) > 1 and piece.after_region:
            worth += 6  # 福建宁德福鼎太姥山镇岭后路。 丹
        if (
            piece.after_region
            and not any(other.after_region for other in kept if other is not piece)
            and not self.phone
        ):
            worth -= 6  # a name without a phone does not leave an address without detail
        return worth

    def _beside_phone(self, work: str, piece: Piece) -> bool:
        before, behind = work[: piece.start].rstrip(" ,;。.:\n|")[-1:], ""
        for character in work[piece.end : piece.end + 4]:
            if character not in " ,;。.:\n|":
                behind = character
                break
        return before == "\0" or behind == "\0"

    def _glued(self, work: str, kept: list[Piece]) -> tuple[int, str, Piece] | None:
        """A name at the end of an address piece, right before the phone or with 收 behind it."""
        for index in range(len(kept) - 1, -1, -1):
            piece = kept[index]
            text, receives = names.clean_name(piece.text)
            before_phone = self.phone is not None and work[piece.end : piece.end + 1] == "\0"
            ends = self.phone is not None and index == len(kept) - 1 and piece.after_region
            if not (receives or before_phone or ends) or names.likelihood(text):
                continue
            name = names.glued_behind(text, receives=receives)
            if name is None or (ends and not (receives or before_phone) and not text[-len(name) - 1].isascii()):
                continue
            left = text[: -len(name)]
            return index, name, piece._replace(text=left, end=piece.start + len(left))
        return None

    def _detail(self, work: str, rest: list[Piece], spans: Sequence[tuple[int, int]]) -> str | None:
        """What is left of the address, in the order of the text; what is no address is left over."""
        parts: list[str] = []
        has_region = bool(spans)
        for piece in rest:
            text = piece.text.strip(_EDGE)
            placed = piece.after_region or piece.field == "address" or names.looks_placed(text)
            if _ORDER_NUMBER.fullmatch(text) or not (placed or not has_region):
                self.leftover.append((piece.start, text))
            elif text:
                parts.append(text)
        detail = " ".join(parts)
        if self.postcode is None and self.reading.chains and (found := _GLUED_POSTCODE.search(detail)):
            code = self.reading.chains[0].place.targets[0]
            if fits(found[1], code):
                self.postcode = found[1]
                detail = detail[: found.start()]
        return _tidy(detail)


_ORDER_NUMBER = re.compile(r"[A-Za-z]{0,4}[0-9]{12,}|0{6}", re.ASCII)
_GLUED_POSTCODE = re.compile(r"(?<=[\u4e00-\u9fff])([0-8][0-9]{5})$", re.ASCII)


def _tidy(text: str) -> str | None:
    made = text.replace("\x02", " ").strip(_EDGE)
    for opening, closing in ("()", "[]", "【】"):
        if made.endswith(opening) or (made.endswith(closing) and opening not in made):
            made = made[:-1].strip(_EDGE)
        if made.startswith(closing):
            made = made[1:].strip(_EDGE)
    return made or None


def _blank(text: str, spans: Iterable[tuple[int, int]], mark: str = "\0") -> str:
    """The text with spans replaced by a mark, every place where it was."""
    pieces: list[str] = []
    done = 0
    for start, end in sorted(spans):
        if end > done:
            begin = max(start, done)
            pieces += (text[done:begin], mark * (end - begin))
            done = end
    return "".join((*pieces, text[done:])) if pieces else text


# ------------------------------------------------------------------ several at once


def recognise_all(text: str) -> tuple[Recognition, ...]:
    """Recognise several addresses pasted at once: one a line, separated by blank lines, or as forms of several lines.

    A new address begins where a line brings what the one before already has: a phone, a region, a labelled name.

    >>> [parts.name for parts in recognise_all("张三 13800138000 深圳市南山区1号\\n李四 13900139000 北京市海淀区2号")]
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
    work = _blank(plain, (*found.taken, *found.others))
    labels = find_labels(work)
    work = _blank(work, ((start, end) for start, end, _ in labels))
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
