"""What the playground asks of the library: text in, text out. It runs in the browser, and in any Python as well."""

from __future__ import annotations

import json
from typing import Any

import settlement
from settlement import Checkout, InvalidDocument, Problem, Rulebook, check, explain, hints, receipt, settle
from settlement.consignee import Catalogue
from settlement.documents.marks import Mark, marked
from settlement.findings import check_cart

#: Of a checkout, what is in no link: all that is marked as personal but the names of goods, and who buys.
_KEPT = {("cart", "lines", "*", "name")}
PERSONAL = (marked(Checkout, Mark.PERSONAL) | marked(Checkout, Mark.BESIDE) | {("customer", "id")}) - _KEPT


def answer(checkout: str, rulebook: str, locale: str) -> str:
    """Everything that the page shows of two texts, as JSON: either what is wrong in them, or what comes out."""
    problems: list[dict[str, str]] = []
    found: dict[str, Any] = {"version": settlement.__version__, "problems": problems, "findings": []}
    read: dict[str, Any] = {}
    for name, kind, text in (("checkout", Checkout, checkout), ("rulebook", Rulebook, rulebook)):
        try:
            read[name] = kind.from_json(text)
        except InvalidDocument as error:
            problems += [_problem(each, locale, name) for each in error.problems]
    if "rulebook" in read:
        findings = check(read["rulebook"], Catalogue.bundled())
        if "checkout" in read:
            findings += tuple(
                each._replace(place=f"cart.{each.place}")
                for each in check_cart(read["checkout"].cart, read["rulebook"])
            )
        found["findings"] = [_finding(each, locale) for each in findings]
    if not problems:
        try:
            made = settle(read["checkout"], read["rulebook"])
        except InvalidDocument as error:
            problems += [_problem(each, locale) for each in error.problems]
        else:
            found |= {
                "status": made.status_text(locale),
                "payable": made.payable.format(locale),
                "digest": made.digest,
                "receipt": receipt(made, hints=hints(read["checkout"], read["rulebook"]), locale=locale),
                "explanation": explain(made).text(locale),
                "json": json.dumps(made.to_dict(), ensure_ascii=False, indent=2),
            }
    return json.dumps(found, ensure_ascii=False)


def _problem(problem: Problem, locale: str, document: str = "") -> dict[str, str]:
    place = ".".join(part for part in (document, problem.place) if part)
    return {"place": place, "code": problem.code, "message": problem.text(locale)}


def _finding(finding: Any, locale: str) -> dict[str, str]:
    message, mend = finding.texts(locale)
    severity = finding.severity
    return {"place": finding.place, "code": finding.code, "severity": severity, "message": message, "mend": mend}


def shared(checkout: str, rulebook: str) -> str:
    """Both documents for a link, without what is personal. Raises `ValueError`."""
    document = json.loads(checkout)
    for place in sorted(PERSONAL):
        _drop(document, place)
    both = {"checkout": document, "rulebook": json.loads(rulebook)}
    return json.dumps(both, ensure_ascii=False, separators=(",", ":"))


def _drop(value: Any, place: tuple[str, ...]) -> None:
    """Take a field out wherever it stands; `*` is any entry."""
    first, *rest = place
    if first == "*":
        for each in value if isinstance(value, list) else ():
            _drop(each, tuple(rest))
    elif isinstance(value, dict) and first in value:
        if rest:
            _drop(value[first], tuple(rest))
        else:
            del value[first]
