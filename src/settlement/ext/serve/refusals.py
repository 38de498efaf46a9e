"""What is answered, and what the server itself refuses: in the form of the router's refusals (RFC 9457)."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final, NamedTuple

from settlement.documents.json_text import compact
from settlement.documents.words.language import language
from settlement.documents.words.texts import problem_text
from settlement.documents.written import all_readable
from settlement.errors import Problem
from settlement.ext.fastapi.problems import MEDIA_TYPE, reader

__all__ = ["REFUSALS", "Reply", "refusal"]

#: What the server itself refuses, and its status.
REFUSALS: Final = {
    "server.http": 400,
    "server.token": 401,
    "server.path": 404,
    "server.method": 405,
    "server.slow": 408,
    "server.host": 421,
    "server.head": 431,
    "server.failed": 500,
    "server.busy": 503,
    "server.long": 503,
    "server.ending": 503,
}


class Reply(NamedTuple):
    """What is answered."""

    status: int
    content: bytes
    kind: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()
    rulebook: str | None = None
    waited: float | None = None

    def fields(self) -> list[tuple[bytes, bytes]]:
        """Its headers as they go over the wire."""
        head = [
            (b"content-type", self.kind.encode()),
            (b"content-length", b"%d" % len(self.content)),
            *((name.encode(), value.encode()) for name, value in self.headers),
        ]
        return head if self.rulebook is None else [*head, (b"settlement-rulebook", self.rulebook.encode())]


def refusal(code: str, accepted: str | None, *more: tuple[str, str]) -> Reply:
    """The document of a refusal, in the language that an Accept-Language asks for."""
    locale, status = reader(accepted), REFUSALS[code]
    text = problem_text(Problem("", code), language(locale))
    told: dict[str, Any] = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": text}
    told["problems"] = [{"place": "", "code": code, "message": text}]
    said = (("content-language", locale.replace("_", "-")), ("vary", "accept-language"), *more)
    return Reply(status, compact(told).encode(), MEDIA_TYPE, said)


all_readable(globals())
