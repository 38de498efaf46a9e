"""Schemathesis: whatever the schema allows, and what it forbids, is answered as OpenAPI says, and never by an error."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    allow_header_conformance,
    content_type_conformance,
    missing_required_header,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from served import EVERY, KEYS, PLAIN, SETTLING, app
from settlement import Rulebook

pytestmark = pytest.mark.web
#: All of Schemathesis but two: that what its schema allows is accepted (a checkout may name a template that nobody
#: has), and what is about signing in or resources that are deleted.
CHECKS = [
    allow_header_conformance,
    content_type_conformance,
    missing_required_header,
    negative_data_rejection,
    not_a_server_error,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
]
LEAST = 2_000
#: Path -> how many bodies that its schema allows it is sent; of those that it forbids, half as many. What is drawn for
#: /settle goes to all that take the same; a settlement to be refunded takes Schemathesis a second to think of.
BODIES = {"/settle": 240, "/confirm": 80, "/check": 80, "/refund": 16}
BARE = Rulebook(id="bare", currency="CNY")


class Every(dict):
    """Rulebooks of every name: one with the mall's templates, one with nothing."""

    def get(self, name, _=None):
        """The rules of this name."""
        return BARE if len(name) % 2 else PLAIN


def shop(**options):
    """The router's schema, over its app."""
    made = app(Every(bare=BARE), KEYS, now=lambda: datetime(2026, 11, 11, tzinfo=UTC), **options)
    return schemathesis.openapi.from_asgi("/openapi.json", made)


IDS, INLINE = shop(), shop(inline_rules=True)
ANSWERS: Counter[tuple[str, int]] = Counter()


def called(schema, path, mode, count):
    """So many cases of a call, each answered as OpenAPI says."""

    @given(case=schema[path]["POST"].as_strategy(generation_mode=mode))
    @settings(
        max_examples=count,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def each(case):
        cases = [case]
        if path == "/settle":
            others = [schema[other]["POST"] for other in SETTLING if other != path]
            cases += [each.Case(body=case.body, headers=case.headers, media_type=case.media_type) for each in others]
        for one in cases:
            answer = one.call()
            one.validate_response(answer, checks=CHECKS)
            ANSWERS[one.path, answer.status_code] += 1

    each()


@pytest.mark.parametrize("path", BODIES)
def test_every_call_with_ids_of_rulebooks(path):
    """What the schema allows, and what it forbids."""
    called(IDS, path, GenerationMode.POSITIVE, BODIES[path])
    called(IDS, path, GenerationMode.NEGATIVE, BODIES[path] // 2)


@pytest.mark.parametrize("path", ["/settle", "/check"])
def test_calls_with_rules_in_the_body(path):
    """Rules are the widest of all schemas."""
    called(INLINE, path, GenerationMode.POSITIVE, 30)
    called(INLINE, path, GenerationMode.NEGATIVE, 15)


def test_it_was_enough_to_tell():
    """Two thousand calls and more; each path was taken and refused, where a schema can say what is taken."""
    assert sum(ANSWERS.values()) >= LEAST, ANSWERS
    assert {path for path, _ in ANSWERS} == set(EVERY)
    assert {status for _, status in ANSWERS} <= {200, 400, 404, 405, 409, 413, 415, 422}
    taken = {path for path, status in ANSWERS if status == 200}
    assert taken >= {"/settle", "/compare", "/options", "/seal", "/check"}, ANSWERS
    assert {path for path, status in ANSWERS if status == 422} == set(EVERY)
