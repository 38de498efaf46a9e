"""Schemathesis: whatever the schema allows, and what it forbids, is answered as OpenAPI says, and never by an error."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
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

from served import EVERY, KEYS, PLAIN, app
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
SETTINGS = settings(max_examples=60, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
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


@IDS.parametrize()
@SETTINGS
def test_every_call_with_ids_of_rulebooks(case):
    """Eight calls, each with two hundred bodies and what Schemathesis thinks of beside."""
    answer = case.call_and_validate(checks=CHECKS)
    ANSWERS[case.path, answer.status_code] += 1


@INLINE.include(path_regex="settle|check").parametrize()
@settings(SETTINGS, max_examples=10)
def test_calls_with_rules_in_the_body(case):
    """Rules are the widest of all schemas."""
    answer = case.call_and_validate(checks=CHECKS)
    ANSWERS[case.path, answer.status_code] += 1


def test_it_was_enough_to_tell():
    """Two thousand calls and more, each path both taken and refused where a schema can say what is taken."""
    assert sum(ANSWERS.values()) >= LEAST, ANSWERS
    assert {path for path, _ in ANSWERS} == set(EVERY)
    assert {status for _, status in ANSWERS} <= {200, 400, 404, 405, 409, 413, 415, 422}
    taken = {path for (path, status), count in ANSWERS.items() if status == 200 and count > 10}
    assert taken >= {"/settle", "/compare", "/freight", "/options", "/seal", "/check"}, ANSWERS
    print(sorted(ANSWERS.items()))
