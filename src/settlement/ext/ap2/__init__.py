"""The merchant's signature of the Agent Payments Protocol: what an agent is shown is what the merchant stated.

A detached JWS (RFC 7515, appendix F) by ES256 over the canonical JSON (RFC 8785) of the checkout without its `ap2`
field. `settlement[ucp]` brings `cryptography`, which is loaded when something is signed or verified.
"""

from __future__ import annotations

from settlement.documents.written import all_readable as _readable
from settlement.ext.ap2.signature import SigningKey, sign, verify

__all__ = ["SigningKey", "sign", "verify"]

_readable(globals())
