"""Short seals: of a quote whose record the server keeps, for one customer, in a few hundred bytes."""

from __future__ import annotations

import pytest

from samples import a_checkout, a_line, a_rulebook, problems, settled
from seals import EXPIRES, ISSUED, KEYS, OTHER, RECORD, SECRET, SOON, parts, resealed, sealed
from settlement import Checkout, Rulebook
from settlement.audit.confirm import confirm
from settlement.audit.record import record
from settlement.audit.seal import Key, Keys, open_quote, open_sealed, seal_quote
from settlement.errors import SealRefused, UnknownVersion

LINES = [a_line(chr(97 + at), "10.00", shop=f"s{at % 3}", quantity=3) for at in range(20)]
ASKED = a_checkout(*LINES, customer={"id": "u1"}, remark="ring twice")
KEPT = record(settled(ASKED))


def short(content=KEPT, keys=KEYS, id="Q-1", **fields):
    """A short token of a quarter of an hour for the audience "pay"."""
    return seal_quote(id, content, keys, **{"issued": ISSUED, "expires": EXPIRES, "audience": "pay"} | fields)


def refused(token, **fields):
    """The code with which it is refused."""
    stated = {"keys": KEYS, "now": SOON, "audience": "pay", "customer": "u1"} | fields
    with pytest.raises(SealRefused) as caught:
        open_quote(token, **stated)
    return caught.value.code


def test_it_says_of_which_quote_it_is():
    """The id, the digest of the record, whose, when, for whom, under which key."""
    found = open_quote(short(), KEYS, now=SOON, audience="pay", customer="u1")
    assert (found.id, found.digest, found.customer, found.audience, found.key) == (
        "Q-1",
        KEPT.digest,
        "u1",
        "pay",
        "k1",
    )
    assert (found.issued.isoformat(), found.expires.isoformat()) == (
        "2026-11-11T00:00:00+00:00",
        "2026-11-11T00:15:00+00:00",
    )
    assert open_quote(short().encode(), KEYS, now=SOON, audience="pay", customer="u1") == found


def test_it_is_short_whatever_the_cart():
    """Under 400 bytes with ids and instants as shops have them; a full seal of this cart is fifty times that."""
    content = record(settled(ASKED | {"customer": {"id": "c-20461"}}))
    at = {"issued": "2026-11-11T00:00:00.123456Z", "expires": "2026-11-11T00:15:00.123456Z"}
    token = short(content, Keys(Key("2026-11", SECRET)), "fV3kq0mJXyZ1n9bS7tAuKw", **at)
    assert len(token) < 400
    assert len(sealed(content)) > 40 * len(token)


def test_a_guests_opens_for_a_guest_alone():
    """A record that names nobody is sealed for nobody; a customer's does not open for a guest."""
    token = short(RECORD)
    assert "customer" not in parts(token.replace(token.split(".")[1], "e30"))[0]
    assert open_quote(token, KEYS, now=SOON, audience="pay", customer=None).customer is None
    assert refused(token) == "seal.customer"
    assert refused(short(), customer=None) == "seal.customer"
    assert refused(short(), customer="u2") == "seal.customer"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"now": EXPIRES}, "seal.expired"),
        ({"now": "2026-11-10T23:54:59Z"}, "seal.not_yet_valid"),
        ({"audience": "show"}, "seal.audience"),
        ({"keys": Keys(Key("k2", OTHER))}, "seal.key_unknown"),
        ({"keys": Keys(Key("k1", OTHER))}, "seal.signature"),
        ({"keys": Keys(Key("k1", SECRET, revoked_from=ISSUED))}, "seal.key_revoked"),
    ],
)
def test_it_is_refused_as_a_full_one_is(fields, code):
    """Window, audience and keys are looked at before whose it is."""
    assert refused(short(), **fields) == code


@pytest.mark.parametrize("place", range(0, 340, 7))
def test_any_bit_that_is_turned(place):
    """One character changed, wherever: never opened."""
    token = short()
    place %= len(token)
    changed = token[:place] + chr(ord(token[place]) ^ 1) + token[place + 1 :]
    assert refused(changed) in {"seal.signature", "seal.malformed", "seal.algorithm", "seal.key_unknown"}


def test_a_kind_of_seal_is_not_taken_for_the_other():
    """Each function opens its own; a header that lacks the quote, or has more, is refused with a true signature too."""
    for token in (sealed(RECORD), sealed()):
        assert refused(token) == "seal.malformed"
    with pytest.raises(SealRefused, match=r"seal\.malformed"):
        open_sealed(short(), KEYS, now=SOON, audience="pay")
    token, digest = short(), bytes.fromhex(KEPT.digest.removeprefix("sha256:"))
    header = parts(token.replace(token.split(".")[1], "e30"))[0]
    assert open_quote(resealed(header, digest), KEYS, now=SOON, audience="pay", customer="u1").id == "Q-1"
    lacking = {name: value for name, value in header.items() if name != "quote"}
    for wrong in (lacking, header | {"order": "SO1"}, header | {"quote": 1}, header | {"typ": "settlement"}):
        assert refused(resealed(wrong, digest)) == "seal.malformed"
    assert refused(resealed(header, digest + b"x")) == "seal.malformed"
    assert refused(resealed(header | {"calculation_version": "0"}, digest)) == "version.unknown"


def test_what_makes_no_sense_is_named():
    """An id that is none, an end that is no end, what is no record, a record of another version."""
    assert problems(lambda: short(id=""))[0][0] == "id"
    assert problems(lambda: short(expires=ISSUED)) == [("expires", "window.empty")]
    with pytest.raises(TypeError, match="id: found"):
        short(id=None)
    with pytest.raises(TypeError, match="content: found"):
        short(settled(ASKED))
    old = KEPT.body.replace(b'"calculation_version":"', b'"calculation_version":"0')
    with pytest.raises(UnknownVersion):
        short(type(KEPT)(old, [], {}))


# ------------------------------------------------------------------ before paying


def now(**fields):
    """Checkout and rulebook a minute later."""
    return Checkout(**ASKED | {"at": "2026-11-11T08:01:00+08:00"} | fields), Rulebook(**a_rulebook())


def test_the_kept_record_stands_in_place_of_a_full_seal():
    """The same confirmation: what was shown, what differs and why, and what an order is placed by."""
    found = confirm(short(), *now(), KEYS, now=SOON, audience="pay", quote=KEPT)
    assert found
    assert (found.sealed.content, found.sealed.key) == (KEPT, "k1")
    dearer = a_checkout(a_line("a", "11.00", shop="s0", quantity=3), *LINES[1:], customer={"id": "u1"})
    found = confirm(short(), *now(cart=dearer["cart"]), KEYS, now=SOON, audience="pay", quote=KEPT)
    assert not found
    assert [step.causes for step in found.diff.steps if step.effects] == [("cart",)]


def test_another_record_than_was_sealed_is_refused():
    """And a short seal without its record, a full one with a record, another's checkout, what is no record."""
    other = record(settled(ASKED | {"customer": {"id": "u1", "points": 5}}))
    for token, fields, code in (
        (short(), {"quote": other}, "seal.quote"),
        (short(), {}, "seal.malformed"),
        (sealed(KEPT), {"quote": KEPT}, "seal.malformed"),
    ):
        with pytest.raises(SealRefused) as caught:
            confirm(token, *now(), KEYS, now=SOON, audience="pay", **fields)
        assert caught.value.code == code
    with pytest.raises(SealRefused, match=r"seal\.customer"):
        confirm(short(), *now(customer={"id": "u2"}), KEYS, now=SOON, audience="pay", quote=KEPT)
    with pytest.raises(TypeError, match="quote: found"):
        confirm(short(), *now(), KEYS, now=SOON, audience="pay", quote=KEPT.to_json())
