"""A finding of a linter: where, a stable code, and the facts that its texts need."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from settlement.findings.findings_text import FINDINGS, Severity

__all__ = ["Finding", "Severity", "finding"]

#: Entries of a list that a text shows; `facts` has them all.
_SHOWN = 8


class Finding(NamedTuple):
    """One thing that a linter noticed. `place` reads as in an error of a document: `freight_templates[0].zones[2]`.

    >>> print(finding("zones", "zones.none"))
    zones: error: there is no zone, so nothing is shipped anywhere; add a zone, such as one with the regions \
["CN/mainland"] [zones.none]
    """

    place: str
    code: str
    facts: Mapping[str, Any] = MappingProxyType({})

    @property
    def severity(self) -> Severity:
        """`error`: it can't be meant; `warning`: it is hardly meant; `note`: worth knowing."""
        return FINDINGS[self.code].severity

    @property
    def message(self) -> str:
        """What was found, in English."""
        return self.texts()[0]

    @property
    def mend(self) -> str:
        """What would mend it, in English."""
        return self.texts()[1]

    def texts(self, locale: str = "en") -> tuple[str, str]:
        """What was found and what would mend it, for a reader. Raises `UnknownLocale`."""
        from settlement.documents.words.language import language
        from settlement.documents.words.plain import shown

        say = language(locale)
        facts = {name: shown(_listed(fact)) for name, fact in self.facts.items()}
        text = FINDINGS[self.code]
        return say(text.message).format_map(facts), say(text.mend).format_map(facts)

    def text(self, locale: str = "en") -> str:
        """Place, severity, what was found and what would mend it, for a reader. Raises `UnknownLocale`."""
        from settlement.documents.words.language import language
        from settlement.documents.words.plain import shown

        say, (message, mend) = language(locale), self.texts(locale)
        severities = {"error": say("error"), "warning": say("warning"), "note": say("note")}
        facts = {"place": shown(self.place), "severity": severities[self.severity], "message": message, "mend": mend}
        return say("{place}: {severity}: {message}; {mend} [{code}]", code=self.code, **facts)

    def __str__(self) -> str:
        return self.text()


def _listed(fact: object) -> str:
    """A fact as a text shows it: a long list by its first entries."""
    if not isinstance(fact, tuple):
        return str(fact)
    first = ", ".join(str(entry) for entry in fact[:_SHOWN])
    return first + (f", … ({len(fact)})" if len(fact) > _SHOWN else "")


def finding(place: str, code: str, **facts: Any) -> Finding:
    """A finding with its facts."""
    return Finding(place, code, MappingProxyType(facts))
