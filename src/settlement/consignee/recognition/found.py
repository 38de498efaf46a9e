"""From what the text says about the region to a code: certain as far as it goes, with evidence, and open beyond."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from settlement.consignee.recognition.aliases import ZONES
from settlement.consignee.recognition.around import Source
from settlement.consignee.recognition.gazetteer import ALIAS, FORMER, SHORT
from settlement.consignee.recognition.pieces import tidy
from settlement.consignee.recognition.result import Candidate, Evidence
from settlement.consignee.recognition.script import simplified
from settlement.consignee.recognition.typos import similar

if TYPE_CHECKING:
    from settlement.consignee.recognition.gazetteer import Gazetteer
    from settlement.consignee.recognition.normalise import Normalised
    from settlement.consignee.recognition.pieces import Piece
    from settlement.consignee.recognition.region import Chain, Given, Reading
    from settlement.consignee.recognition.result import How, Reason

__all__ = ["decide", "proposals", "zone"]

_LEVELS: Final = ("province", "city", "district")

Decision = tuple[str | None, dict[str, Evidence], list[Candidate]]


def decide(reading: Reading, source: Normalised, book: Gazetteer) -> Decision:
    """The code that is certain, how each level is known, and the candidates where it is open.

    Of several units the code is the narrowest that contains them all; none where they have no province in common.
    """
    chains = reading.chains
    if not chains:
        return None, {}, []
    if len(chains) == 1 and not reading.rivals and len(certain := chains[0].place.targets) == 1:
        return certain[0], _evidence(chains[0], certain[0], source, book), []
    targets = sorted({code for chain in chains for code in chain.place.targets})
    reason: Reason = "ambiguous" if len(chains) > 1 else "successor"
    if reading.rivals:
        reason = "contradiction"
        targets += [code for chain in reading.rivals for code in chain.place.targets]
    if len(targets) == 1:  # several old names of one unit
        return targets[0], _evidence(chains[0], targets[0], source, book), []
    common = None
    for level in zip(*[book.path(each) for each in targets], strict=False):
        if all(unit is level[0] for unit in level):
            common = level[0].code
    candidates = [Candidate(each, book.book.path_names(each), reason) for each in targets]
    return common, _evidence(chains[0], common, source, book), candidates


def _evidence(chain: Chain, code: str | None, source: Normalised, book: Gazetteer) -> dict[str, Evidence]:
    found: dict[str, Evidence] = {}
    given = {each.place.level: each for each in chain.given}
    plain = source.origin is None
    for level, unit in book.levels(code) if code is not None else ():
        said = given.pop(level, None)
        if said is None:
            found[_LEVELS[level]] = Evidence(unit.name, unit.code, "inferred")
        else:
            _, _, start, end = said
            span = (start, end) if plain else source.span(start, end)
            found[_LEVELS[level]] = Evidence(unit.name, unit.code, _how(said, source.text), span)
    said = given.get(chain.place.level)
    if said is not None and said.place.code != code:  # what was found, where its meaning is open
        span = source.span(said.start, said.end)
        found.setdefault(_LEVELS[said.place.level], Evidence(said.place.unit.name, None, _how(said, source.text), span))
    return found


def _how(said: Given, text: str) -> How:
    place, weight, start, end = said
    if not place.current or weight == FORMER:
        return "historical"
    if weight == ALIAS:
        return "alias"
    return "explicit" if simplified(text[start:end]) is None else "traditional"


def zone(reading: Reading, work: str) -> str | None:
    """The zone that stands in a district's place, such as 加格达奇区, which GB/T 2260 does not have."""
    taken = "".join([work[start:end] for start, end in reading.spans])
    return next((name for name in sorted(ZONES) if name in taken), None)


def proposals(
    work: str, reading: Reading, code: str | None, detail: str | None, rest: list[Piece], book: Gazetteer
) -> list[Candidate]:
    """Candidates for a stem by itself, or a name that differs in a character."""
    if reading.chains and len(reading.chains[0].place.targets) > 1:
        return []
    piece = next((each for each in rest if each.after_region or code is None), None)
    if piece is None:
        return []
    if code is None:
        # 义乌|江东街道: a stem of two characters is too little to be taken, and enough to be asked about
        names = book.names(work[piece.start : piece.start + 2])
        meant = [place for weight, place in names.ways[0][1] if weight == SHORT] if names else []
        if meant and not Source(work, book).names_something_else(meant[0], piece.start + 2):
            behind = tidy((detail or "").replace(piece.text[:2], "", 1))
            return [Candidate(place.code, book.book.path_names(place.code), "short", behind) for place in meant]
    found = []
    for place, end in similar(work, piece.start, code):
        behind = tidy((detail or "").replace(piece.text[: end - piece.start], "", 1))
        found.append(Candidate(place.code, book.book.path_names(place.code), "mistyped", behind))
    return found
