"""The merchant's signature: valid for other libraries, and for nothing but the checkout that was signed."""

from __future__ import annotations

import copy
import pickle

import jwt
import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from settlement.errors import SealRefused
from settlement.ext.ap2 import SigningKey, sign, verify

pytestmark = pytest.mark.agents
PRIVATE = ec.generate_private_key(ec.SECP256R1())
KEY = SigningKey("m1", PRIVATE)
OTHER = SigningKey("m1", ec.generate_private_key(ec.SECP256R1()))
CHECKOUT = {"id": "chk_1", "é\U0001f600": ["b", {"z": 1, "a": None}], "totals": [{"type": "total", "amount": 100}]}


def token_of(signed):
    """The three parts of it, with the payload that another library canonicalises."""
    head, _, signature = signed["ap2"]["merchant_authorization"].split(".")
    payload = {name: value for name, value in signed.items() if name != "ap2"}
    return f"{head}.{jwt.utils.base64url_encode(rfc8785.dumps(payload)).decode()}.{signature}"


def test_another_library_verifies_what_is_signed():
    """PyJWT over the canonical form of rfc8785, by the published key."""
    signed = sign(CHECKOUT | {"ap2": {"other": 1}}, KEY)
    assert signed["ap2"]["other"] == 1
    made = jwt.PyJWS().decode_complete(token_of(signed), jwt.PyJWK(KEY.public), algorithms=["ES256"])
    assert made["header"] == {"alg": "ES256", "kid": "m1"}
    assert verify(signed, [OTHER.public | {"kid": "m0"}, KEY.public]) == "m1"


def test_what_another_library_signed_is_verified():
    """The other way round."""
    token = jwt.PyJWS().encode(rfc8785.dumps(CHECKOUT), PRIVATE, "ES256", headers={"kid": "m1"})
    head, _, signature = token.split(".")
    signed = CHECKOUT | {"ap2": {"merchant_authorization": f"{head}..{signature}"}}
    assert verify(signed, [KEY.public]) == "m1"


def test_any_change_is_noticed():
    """An amount, a name, a field more, a field less; the order of fields is none."""
    signed = sign(CHECKOUT, KEY)
    assert verify(dict(reversed(signed.items())), [KEY.public]) == "m1"
    changed = [copy.deepcopy(signed) for _ in range(3)]
    changed[0]["totals"][0]["amount"] = 99
    changed[1]["more"] = None
    del changed[2]["id"]
    for each in changed:
        with pytest.raises(SealRefused, match=r"seal\.signature"):
            verify(each, [KEY.public])


def forged(header, signature="A" * 86):
    """A checkout with a header that nobody signed."""
    head = jwt.utils.base64url_encode(header).decode()
    return CHECKOUT | {"ap2": {"merchant_authorization": f"{head}..{signature}"}}


@pytest.mark.parametrize(
    ("signed", "code"),
    [
        (CHECKOUT, "seal.malformed"),
        (CHECKOUT | {"ap2": None}, "seal.malformed"),
        (CHECKOUT | {"ap2": {"merchant_authorization": 1}}, "seal.malformed"),
        (CHECKOUT | {"ap2": {"merchant_authorization": "a.b.c"}}, "seal.malformed"),
        (forged(b'{"alg":"none","kid":"m1"}'), "seal.malformed"),
        (forged(b'{"alg":"HS256","kid":"m1"}'), "seal.malformed"),
        (forged(b'{"alg":"ES256"}'), "seal.malformed"),
        (forged(b'{"alg":"ES256","alg":"ES256","kid":"m1"}'), "seal.malformed"),
        (forged(b"not json"), "seal.malformed"),
        (forged(b'{"alg":"ES256","kid":"m1"}', "AA"), "seal.malformed"),
        (forged(b'{"alg":"ES256","kid":"m1"}', "A"), "seal.malformed"),
        (forged(b'{"alg":"ES256","kid":"m2"}'), "seal.key_unknown"),
        (forged(b'{"alg":"ES256","kid":"m1"}'), "seal.signature"),
        (sign(CHECKOUT, OTHER), "seal.signature"),
    ],
)
def test_everything_else_is_refused_with_a_code(signed, code):
    """No signature, another algorithm, another key, a key of the same name."""
    with pytest.raises(SealRefused) as caught:
        verify(signed, [KEY.public])
    assert caught.value.code == code


@pytest.mark.parametrize("key", [{"kid": "m1"}, {"kid": "m1", "x": "AA", "y": "AA"}, {"kid": "m1", "x": 1, "y": 1}])
def test_a_key_that_is_none_verifies_nothing(key):
    """Published by whoever: a point that is not on the curve, or nothing."""
    with pytest.raises(SealRefused, match=r"seal\.signature"):
        verify(sign(CHECKOUT, KEY), [key])


def test_a_key_is_read_from_pem_and_stays_in_its_process():
    """Of P-256 only; neither shown nor pickled; what is published has nothing of the secret."""
    pem = PRIVATE.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    assert SigningKey("m1", pem).public == KEY.public
    assert set(KEY.public) == {"kid", "kty", "crv", "x", "y", "use", "alg"}
    assert repr(KEY) == "<SigningKey 'm1'>"
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(KEY)
    with pytest.raises(ValueError, match="P-256"):
        SigningKey("m1", ec.generate_private_key(ec.SECP384R1()))


def test_what_canonical_json_has_no_form_of_is_not_signed():
    """A float, and an integer that other languages would round."""
    with pytest.raises(TypeError):
        sign({"amount": 1.5}, KEY)
    with pytest.raises(ValueError, match=r"2\^53"):
        sign({"amount": 2**53}, KEY)
