"""Seals: what comes back is what was given, or it is refused, with a code that says why."""

from __future__ import annotations

import base64
import copy
import hashlib
import hmac
import json
import pickle
import traceback

import pytest

from samples import a_checkout, a_line, a_rulebook, problems, settled
from seals import EXPIRES, ISSUED, KEYS, OTHER, RECORD, SECRET, SETTLED, SOON, encoded, parts, refused, resealed, sealed
from settlement import CALCULATION_VERSION, Checkout, InvalidDocument, Rulebook, SettlementError
from settlement.audit import seal as module
from settlement.audit.confirm import confirm
from settlement.audit.record import record
from settlement.audit.seal import Key, Keys, open_sealed
from settlement.errors import SealRefused, UnknownVersion

# ------------------------------------------------------------------ what opens


@pytest.mark.parametrize("content", [SETTLED, RECORD], ids=["settlement", "record"])
def test_what_was_sealed_opens(content):
    """The content comes back with its instants, audience and key; nothing personal was in the token."""
    token = sealed(content)
    opened = open_sealed(token, KEYS, now=SOON, audience="pay")
    assert opened.settlement.totals == SETTLED.totals
    assert (opened.audience, opened.key) == ("pay", "k1")
    assert (opened.issued.isoformat(), opened.expires.isoformat()) == (
        "2026-11-11T00:00:00+00:00",
        "2026-11-11T00:15:00+00:00",
    )
    assert open_sealed(token.encode(), KEYS, now=SOON, audience="pay") == opened
    assert "ring twice" not in json.dumps(parts(token))
    assert opened.settlement.remark is None


def test_a_token_is_a_compact_jws():
    """The signature is HMAC-SHA-256 over the two parts as they stand, so any JOSE library verifies it."""
    token = sealed(RECORD)
    head, body, end = token.split(".")
    assert encoded(hmac.new(SECRET, f"{head}.{body}".encode(), hashlib.sha256).digest()) == end
    assert base64.urlsafe_b64decode(body + "==") == RECORD.body
    assert parts(token)[0] == {
        "alg": "HS256",
        "audience": "pay",
        "calculation_version": CALCULATION_VERSION,
        "expires": EXPIRES,
        "issued": ISSUED,
        "kid": "k1",
        "typ": "settlement-record",
    }


def test_the_same_is_sealed_to_the_same_token():
    """No chance and no clock: equal content, key and instants give equal tokens."""
    assert sealed() == sealed()
    assert sealed() != sealed(audience="show")


# ------------------------------------------------------------------ what does not


@pytest.mark.parametrize(
    ("now", "code"),
    [
        ("2026-11-10T23:54:59.999999Z", "seal.not_yet_valid"),
        ("2026-11-10T23:55:00Z", None),
        ("2026-11-11T00:14:59.999999Z", None),
        ("2026-11-11T00:15:00Z", "seal.expired"),
        ("2026-11-11T08:15:00+08:00", "seal.expired"),
    ],
)
def test_the_edges_of_the_window(now, code):
    """From 300 s before the issue, for a clock that is behind, to just before the expiry, whatever the offset."""
    if code is None:
        assert open_sealed(sealed(), KEYS, now=now, audience="pay").settlement.payable == SETTLED.payable
    else:
        assert refused(sealed(), now=now) == code


def test_a_revoked_key_opens_nothing_from_that_instant():
    """After a leak nothing of the key opens, whenever it says it was issued; before that instant it does."""
    token = sealed()
    leaked = Keys(Key("k2", OTHER), Key("k1", SECRET, revoked_from="2026-11-11T00:10:00Z"))
    assert open_sealed(token, leaked, now="2026-11-11T00:09:59Z", audience="pay").key == "k1"
    assert refused(token, leaked, now="2026-11-11T00:10:00Z") == "seal.key_revoked"
    backdated = sealed(issued="2026-11-01T00:00:00Z", expires="2027-01-01T00:00:00Z")
    assert refused(backdated, leaked, now="2026-12-01T00:00:00Z") == "seal.key_revoked"
    alone = Keys(Key("k1", SECRET, revoked_from=ISSUED))
    with pytest.raises(SealRefused, match=r"seal\.key_unknown"):
        sealed(keys=alone)
    with pytest.raises(SealRefused, match=r"seal\.key_unknown"):
        sealed(keys=Keys())
    with pytest.raises(SealRefused, match=r"seal\.key_unknown"):
        sealed(keys=Keys(Key("k1", SECRET, verify_only=True)))


def test_another_audience():
    """A token for the cashier does not open at the warehouse; comparing is exact."""
    for audience in ("Pay", "pay ", "", "warehouse", "\ud800"):
        assert refused(sealed(), audience=audience) == "seal.audience"


def test_another_calculation_version():
    """A token of another version is refused, and so is one whose header and payload do not agree."""
    header, payload = parts(sealed())
    old = header | {"calculation_version": "0"}
    assert refused(resealed(old, payload | {"calculation_version": "0"})) == "version.unknown"
    assert refused(resealed(header, payload | {"calculation_version": "0"})) == "seal.malformed"
    body = json.loads(RECORD.body)
    body["calculation_version"] = body["settlement"]["calculation_version"] = "0"
    old_record = module.read_record({"body": body, "digest": "sha256:" + "0" * 64})[0]
    with pytest.raises(UnknownVersion):
        sealed(old_record)


@pytest.mark.parametrize("place", range(0, 2400, 97))
def test_any_bit_that_is_turned(place):
    """One character of a token changed, wherever: never opened, always one of two codes."""
    token = sealed()
    place %= len(token)
    changed = chr(ord(token[place]) ^ 1)
    found = refused(token[:place] + changed + token[place + 1 :])
    assert found in {"seal.signature", "seal.malformed", "seal.algorithm", "seal.key_unknown"}


@pytest.mark.parametrize(
    "token",
    ["", ".", "..", "a.b", "a.b.c.d", "a.b.c", "e30.e30.e30", "bnVsbA.e30.e30", "A===.e30.e30", b"\xff.e30.e30", " "],
)
def test_what_is_no_token(token):
    """Nothing else than three parts with a whole header is looked at further."""
    assert refused(token) == "seal.malformed"


def test_a_token_has_one_spelling():
    """Padding, other alphabets, white space and spare bits are refused."""
    token = sealed()
    head, body, end = token.split(".")
    last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    spare = last[last.index(end[-1]) | 1]
    for other in (f"{token}=", f"{token}\n", f" {token}", f"{head}.{body}.{end[:-1]}{spare}", f"{head}.{body}.{end}+"):
        assert other != token
        assert refused(other) == "seal.malformed"


@pytest.mark.parametrize("field", ["audience", "calculation_version", "expires", "issued", "kid", "typ"])
def test_a_header_that_lacks_something(field):
    """A missing field, one of another type and one that nobody knows are refused even with a true signature."""
    header, payload = parts(sealed())
    less = {name: value for name, value in header.items() if name != field}
    assert refused(resealed(less, payload)) == "seal.malformed"
    for value in (None, 1, [], {"a": "b"}, True):
        assert refused(resealed(header | {field: value}, payload)) == "seal.malformed"
    assert refused(resealed(header | {"crit": "x"}, payload)) == "seal.malformed"


@pytest.mark.parametrize(
    "change",
    [
        {"issued": "2026-11-11"},
        {"expires": "soon"},
        {"issued": "2026-11-11T00:00:00"},
        {"typ": "settlement-record"},
        {"typ": "JWT"},
    ],
)
def test_a_header_that_says_what_is_not(change):
    """Instants without offset, and a kind of payload that it is not, are refused even with a true signature."""
    header, payload = parts(sealed())
    assert refused(resealed(header | change, payload)) == "seal.malformed"


@pytest.mark.parametrize("payload", [b"", b"{", b"null", b"[]", b"{}", b'{"settlement":1}', b"\xff"])
@pytest.mark.parametrize("kind", ["settlement", "settlement-record"])
def test_a_payload_that_is_no_settlement(payload, kind):
    """Whoever owns the key and seals nonsense is told so."""
    header, _ = parts(sealed())
    assert refused(resealed(header | {"typ": kind}, payload)) == "seal.malformed"


def test_a_sealed_settlement_whose_sums_contradict():
    """A settlement that was changed before it was sealed does not open: its sums are checked."""
    header, payload = parts(sealed())
    changed = copy.deepcopy(payload)
    changed["totals"]["payable"] = "0.01 CNY"
    assert refused(resealed(header, changed)) == "seal.malformed"


# ------------------------------------------------------------------ keys keep their secret


def test_no_secret_is_ever_shown():
    """Neither repr, str, an error, a traceback nor a pickle holds the secret or the token."""
    key = Key("k1", SECRET)
    header, payload = parts(sealed())
    token = resealed(header, payload, OTHER)
    with pytest.raises(SealRefused) as caught:
        open_sealed(token, Keys(key), now=SOON, audience="pay")
    told = "".join(traceback.format_exception(caught.value))
    for text in (repr(key), str(key), repr(Keys(key)), str(caught.value), repr(caught.value), told):
        assert "0123456789abcdef" not in text
        assert token[:40] not in text
    assert not hasattr(key, "__dict__")
    for value in (key, Keys(key)):
        with pytest.raises(TypeError, match="not pickled"):
            pickle.dumps(value)
    with pytest.raises(TypeError, match="not pickled"):
        copy.copy(key)


def test_an_error_is_typed_and_travels():
    """SealRefused is a ValueError of ours with a code, and survives a process boundary."""
    with pytest.raises(SealRefused) as caught:
        open_sealed("x", KEYS, now=SOON, audience="pay")
    assert isinstance(caught.value, SettlementError)
    assert isinstance(caught.value, ValueError)
    again = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 - our own bytes
    assert (again.code, str(again)) == (caught.value.code, str(caught.value))


@pytest.mark.parametrize("secret", [b"", b"short", b"x" * 31])
def test_a_secret_has_32_bytes(secret):
    """A shorter one is refused, and the message does not show it."""
    with pytest.raises(ValueError, match="at least 32 bytes") as caught:
        Key("k", secret)
    assert "xxxx" not in str(caught.value)


def test_a_secret_is_copied():
    """Whoever overwrites the buffer that a secret came in changes no key; what is no bytes is told and not shown."""
    given = bytearray(SECRET)
    key = Key("k1", given)
    given[:] = bytes(len(given))
    assert key.signature(b"m") == Key("k1", SECRET).signature(b"m") == Key("k1", memoryview(SECRET)).signature(b"m")
    with pytest.raises(TypeError, match="secret: found a str; bytes are expected") as caught:
        Key("k1", "hunter2" * 5)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("wrong", [None, 5, {}, [b"a"]], ids=repr)
def test_what_is_no_token_is_told_like_any_misuse(wrong):
    """A missing token is a mistake of the caller's, not a token that was tampered with; so is what can't be sealed."""
    with pytest.raises(TypeError, match=r"^token: found .*; the str or bytes that seal\(\) made is expected$"):
        open_sealed(wrong, KEYS, now=SOON, audience="pay")
    with pytest.raises(TypeError, match=r"^keys: found .*; a Keys is expected"):
        open_sealed("a.b.c", wrong, now=SOON, audience="pay")
    with pytest.raises(TypeError, match=r"^content: found .*; a Settlement is expected"):
        sealed(wrong)


@pytest.mark.parametrize("name", ["", "é", "a\n"])
def test_the_id_of_a_key_is_plain(name):
    """Ids stand in headers and logs."""
    with pytest.raises(ValueError, match="printable ASCII"):
        Key(name, SECRET)


def test_two_keys_of_one_id():
    """Nobody could say which of them sealed."""
    with pytest.raises(ValueError, match="one id"):
        Keys(Key("k", SECRET), Key("k", OTHER))


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"issued": "2026-11-11T00:00:00"}, [("issued", "time.naive")]),
        ({"expires": 5}, [("expires", "time.type")]),
        ({"expires": ISSUED}, [("expires", "window.empty")]),
        ({"audience": ""}, [("audience", "text.empty")]),
    ],
)
def test_a_seal_that_makes_no_sense(fields, expected):
    """Instants without offset, an end that is no end, and nobody to open it: misuse, named."""
    assert problems(lambda: sealed(**fields)) == expected


def test_now_is_the_callers():
    """`now` must be an instant; there is no default."""
    with pytest.raises(InvalidDocument):
        open_sealed(sealed(), KEYS, now="2026-11-11T00:01:00", audience="pay")
    with pytest.raises(TypeError):
        open_sealed(sealed(), KEYS, audience="pay")


def test_signatures_are_compared_in_constant_time(monkeypatch):
    """The comparison is hmac.compare_digest, and nothing opens when it says no."""
    compared = []
    monkeypatch.setattr(hmac, "compare_digest", lambda one, other: compared.append((one, other)) or False)
    assert refused(sealed()) == "seal.signature"
    assert len(compared[0][0]) == len(compared[0][1]) == 32


# ------------------------------------------------------------------ before paying


def documents(*lines, at="2026-11-11T08:05:00+08:00", **rules):
    """Checkout and rulebook of now."""
    from settlement import Checkout, Rulebook

    return Checkout.model_validate(a_checkout(*lines, at=at)), Rulebook.model_validate(a_rulebook(**rules))


def test_still_the_same_before_paying():
    """Later, with the same cart and the same amounts, it is the same; the instant alone is no change."""
    for content in (SETTLED, RECORD):
        found = confirm(sealed(content), *documents(a_line(quantity=3)), KEYS, now=SOON, audience="pay")
        assert found.same
        assert bool(found)
        assert found.sealed.key == "k1"


def test_what_changed_before_paying():
    """Another price is found, with its cause where a record was sealed."""
    now = documents(a_line(quantity=3, price="11.00"))
    found = confirm(sealed(RECORD), *now, KEYS, now=SOON, audience="pay")
    assert not found.same
    assert [step.causes for step in found.diff.steps if step.effects] == [("cart",)]
    bare = confirm(sealed(SETTLED), *now, KEYS, now=SOON, audience="pay")
    assert not bare.same
    assert bare.diff.steps == ()
    assert ("line", ("a",), "unit_price", "10.00 CNY", "11.00 CNY") in bare.diff.effects


def test_an_offer_that_was_not_used_and_is_gone_changes_nothing():
    """What only a decision says is in the diff, and what is due is the same."""
    gone = {
        "id": "p",
        "issuer": "platform",
        "tiers": [{"min_amount": "999.00 CNY", "benefit": {"type": "amount_off", "amount": "1.00 CNY"}}],
    }
    found = confirm(sealed(RECORD), *documents(a_line(quantity=3), promotions=[gone]), KEYS, now=SOON, audience="pay")
    assert found.same
    assert not found.diff.equal


def test_another_balance_of_points_changes_nothing_that_is_due():
    """More points than then could be used now; used are none, so what is due is the same."""
    points = {"points": 100, "worth": "1.00 CNY"}
    lines = a_line(quantity=3)
    kept = record(settled(a_checkout(lines, customer={"points": 100}), a_rulebook(points=points)))
    checkout, rules = documents(lines, points=points)
    richer = checkout.model_copy(update={"customer": {"points": 900}})
    found = confirm(sealed(kept), richer, rules, KEYS, now=SOON, audience="pay")
    assert [each.field for each in found.diff.effects] == ["usable"]
    assert found.same
    using = richer.model_copy(update={"choice": {"points": "max"}})
    assert not confirm(sealed(kept), using, rules, KEYS, now=SOON, audience="pay").same


def test_another_card_pays_is_another_confirmation():
    """What is due is the same; that the buyer's other card is debited was never shown."""
    lines = a_line(quantity=3)

    def paid_by(first: str, second: str):
        cards = [{"type": "gift_card", "id": name, "balance": left} for name, left in (("g1", first), ("g2", second))]
        return a_checkout(lines, tenders=cards)

    kept = record(settled(paid_by("5.00 CNY", "5.00 CNY"), a_rulebook()))
    now = Checkout.model_validate(paid_by("0.00 CNY", "10.00 CNY"))
    found = confirm(sealed(kept), now, Rulebook.model_validate(a_rulebook()), KEYS, now=SOON, audience="pay")
    assert {each.kind for each in found.diff.effects} >= {"tenders"}
    assert not found.same


def test_confirming_fails_closed():
    """An expired seal is refused before anything is settled."""
    with pytest.raises(SealRefused, match=r"seal\.expired"):
        confirm(sealed(), *documents(a_line(quantity=3)), KEYS, now=EXPIRES, audience="pay")
