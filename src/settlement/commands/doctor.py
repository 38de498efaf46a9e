"""Look whether everything is there that the library needs, and say what is missing and how to get it.

Versions, the extras with the line that installs each, the catalogues of texts, time zones, and whether the library's
own test vectors come to what they came to where they were made. Exit code 0: all is well, missing extras are no fault;
1: something is broken, and the last column says what mends it.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal, NamedTuple

from settlement.commands import add_format, add_locale

if TYPE_CHECKING:
    from settlement.documents.words.language import Language

__all__ = ["Examined", "add_arguments", "fits", "found", "run"]

_NEEDED = re.compile(r"""([\w.-]+)(?:\[[\w,-]*\])?\s*([^;]*)(?:;.*extra == ["']([\w-]+)["'])?""")


class Examined(NamedTuple):
    """One thing that was looked at: what it is, how it stands, what is there, and the line that mends it."""

    part: str
    state: Literal["ok", "missing", "fault"]
    found: str
    mend: str = ""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `settlement doctor`."""
    add_format(parser, "text", "json", default="text")
    add_locale(parser)


def run(options: argparse.Namespace) -> int:
    """Look and print."""
    rows = [*found(options.locale)]
    well = all(row.state != "fault" for row in rows)
    if options.format == "json":
        import json

        document = {"well": well, "found": [row._asdict() for row in rows]}
        sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")
    else:
        _write_text(rows, options.locale, well=well)
    return int(not well)


def _write_text(rows: list[Examined], locale: str, *, well: bool) -> None:
    from settlement.commands.tables import write_table
    from settlement.documents.words.grid import grid_text
    from settlement.documents.words.language import language

    say = language(locale)
    states = {"ok": say("ok"), "missing": say("not there"), "fault": say("broken")}
    head = [say("Part"), say("State"), say("Found"), say("To mend it")]
    cells = [(row.part, states[row.state], row.found, row.mend) for row in rows]
    drawn = [row.state for row in rows]
    write_table(lambda: grid_text(head, cells, left=range(4)), head, cells, whole=(0, 1), states=drawn, state=1)
    sys.stdout.write("\n" + (say("All is well.") if well else say("Something is broken: see above.")) + "\n")


def found(locale: str = "en") -> Iterator[Examined]:
    """Everything that is looked at, in the order in which it is printed."""
    from settlement.documents.words.language import language

    say = language(locale)
    yield from _versions(say)
    yield from _extras()
    yield from _texts()
    yield _time_zones(say)
    yield _vectors(say)


def _versions(say: Language) -> Iterator[Examined]:
    """The interpreter, the library, and what it cannot do without."""
    import platform

    from settlement import __version__
    from settlement.engine.settle import CALCULATION_VERSION

    version = platform.python_version()
    yield Examined("Python", "ok" if sys.version_info >= (3, 11) else "fault", version)
    yield Examined(
        "settlement",
        "ok",
        say("{version}, calculation {calculation}", version=__version__, calculation=CALCULATION_VERSION),
    )
    for name, bounds, extra in _needs():
        if extra is None:
            there = _installed(name)
            state: Literal["ok", "fault"] = "ok" if there is not None and fits(there, bounds) else "fault"
            yield Examined(name, state, there or "", "" if state == "ok" else f'pip install "{name}{bounds}"')


def _extras() -> Iterator[Examined]:
    """Each extra: what of it is there; what is missing, or, where all is there, of a version that does not fit.

    What is there of an extra that is not whole may be there for something else.
    """
    by_extra: dict[str, list[tuple[str, str]]] = {}
    for name, bounds, extra in _needs():
        if extra is not None:
            by_extra.setdefault(extra, []).append((name, bounds))
    for extra, needs in by_extra.items():
        there = {name: _installed(name) for name, _ in needs}
        absent = [name for name, version in there.items() if version is None]
        wrong = [name for name, bounds in needs if (version := there[name]) is not None and not fits(version, bounds)]
        state: Literal["ok", "missing", "fault"] = "missing" if absent else "fault" if wrong else "ok"
        shown = ", ".join(f"{name} {version or '–'}" for name, version in there.items())
        yield Examined(f"[{extra}]", state, shown, "" if state == "ok" else f'pip install "settlement[{extra}]"')


def _needs() -> Iterator[tuple[str, str, str | None]]:
    """Name, bounds and extra of each package that the installed library names; nothing where it is not installed."""
    from importlib.metadata import PackageNotFoundError, requires

    try:
        lines = requires("settlement") or []
    except PackageNotFoundError:
        return
    for line in lines:
        if match := _NEEDED.match(line):
            yield match[1], match[2].strip(), match[3]


def _installed(name: str) -> str | None:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(name)
    except PackageNotFoundError:
        return None


def fits(version: str, bounds: str) -> bool:
    """Whether a version keeps bounds of `>=` and `<`, the only ones that this library states.

    >>> fits("2.0.36", ">=2.0.4,<3"), fits("3.0", ">=2.0.4,<3"), fits("2.0.4rc1", ">=2.0.4")
    (True, False, True)
    """
    for bound in filter(None, bounds.replace(" ", "").split(",")):
        sign, than = (">=", bound[2:]) if bound.startswith(">=") else ("<", bound.removeprefix("<"))
        if (_numbers(version) >= _numbers(than)) != (sign == ">="):
            return False
    return True


def _numbers(version: str) -> tuple[int, ...]:
    """The release of a version: `2.0.36rc1` is (2, 0, 36); zeros at the end say nothing."""
    release = re.match(r"\d+(\.\d+)*", version)
    parts = [int(part) for part in release[0].split(".")] if release else []
    while parts and parts[-1] == 0:
        parts.pop()
    return tuple(parts)


def _texts() -> Iterator[Examined]:
    """English, and each catalogue: whether it can be read, and Babel writes amounts in that language."""
    import struct

    from settlement.documents.words.language import CATALOGUES, language
    from settlement.money import Money

    for name in ("en", *sorted(each.name for each in CATALOGUES.iterdir())):
        mend = "pip install --force-reinstall settlement babel"
        try:
            say = language(name)
            shown = f"{say('To pay')} {say.money(Money('1234.50 CNY'))}"
        except (LookupError, OSError, ValueError, struct.error) as error:  # not there, or cut
            yield Examined(name, "fault", f"{type(error).__name__}: {error}", mend)
        else:
            yield Examined(name, "ok", shown)


def _time_zones(say: Language) -> Examined:
    """The library asks for no zone, but instants of a shop's own come from them."""
    from zoneinfo import available_timezones

    count = len(available_timezones())
    mend = "" if count else "pip install tzdata"
    return Examined(say("Time zones"), "ok" if count else "missing", say.number(count), mend)


def _vectors(say: Language) -> Examined:
    """Settle what the library brings along, and compare with what it came to where the library was made."""
    import json
    from importlib.resources import files

    from settlement.documents.canonical import canonical, digest_of
    from settlement.engine.settle import settle
    from settlement.rulebook.request import Request

    vectors = json.loads(files("settlement.commands").joinpath("vectors.json").read_bytes())
    wrong = []
    for name, vector in vectors.items():
        request = Request.model_validate_json(json.dumps(vector["request"]))
        settlement = settle(request.checkout, request.rulebook)
        made = digest_of(canonical(settlement.to_dict()))
        if (settlement.digest, made) != (vector["digest"], vector["settlement"]):
            wrong.append(name)
    if not wrong:
        return Examined(say("Own vectors"), "ok", say("{count} come out as they should", count=len(vectors)))
    told = say("these come out otherwise: {names}", names=", ".join(wrong))
    return Examined(say("Own vectors"), "fault", told, "pip install --force-reinstall settlement")
