"""The profile of a merchant, as it stands at `/.well-known/ucp`: where it is asked, what it can, how it is paid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from settlement.documents.written import all_readable
from settlement.ext.agents.asked import Merchant
from settlement.ext.ucp.versions import PIECES_ONLY, VERSION, expect_version

__all__ = ["profile"]

_CHECKOUT: Final = "dev.ucp.shopping.checkout"


def profile(
    endpoint: str,
    merchant: Merchant,
    *,
    version: str = VERSION,
    extensions: Mapping[str, Mapping[str, Any]] | None = None,
    keys: Sequence[Mapping[str, str]] = (),
) -> dict[str, Any]:
    """The profile: checkout, discounts, fulfilment and orders over REST at `endpoint`, and the payment handlers.

    `extensions` are the merchant's own, by their name, with `spec` and `schema` at addresses of that name's domain;
    `keys` are public keys (`settlement.ext.ap2`). Raises `ValueError` for a version that is not spoken here.

    >>> made = profile("https://shop.example/ucp", Merchant({}.get))
    >>> sorted(made["ucp"]["capabilities"])[0], made["ucp"]["services"]["dev.ucp.shopping"][0]["endpoint"]
    ('dev.ucp.shopping.checkout', 'https://shop.example/ucp')
    """
    expect_version(version)
    at = f"https://ucp.dev/{version}"
    service = {
        "version": version,
        "transport": "rest",
        "endpoint": endpoint,
        "spec": f"{at}/specification/overview",
        "schema": f"{at}/services/shopping/rest.openapi.json",
    }
    named = {"checkout": None, "discount": _CHECKOUT, "fulfillment": _CHECKOUT, "order": None}
    capabilities = {}
    for name, parent in named.items():
        row: dict[str, Any] = {
            "version": version,
            "spec": f"{at}/specification/{name}",
            "schema": f"{at}/schemas/shopping/{name}.json",
        }
        capabilities[f"dev.ucp.shopping.{name}"] = [row if parent is None else row | {"extends": parent}]
    for name, stated in (extensions or {}).items():
        capabilities[name] = [{"version": version, "extends": _CHECKOUT} | dict(stated)]
    made: dict[str, Any] = {
        "ucp": {
            "version": version,
            "services": {"dev.ucp.shopping": [service]},
            "capabilities": capabilities,
            "payment_handlers": dict(merchant.handlers),
        }
    }
    if keys:
        made["signing_keys" if version in PIECES_ONLY else "keys"] = [dict(key) for key in keys]
    return made


all_readable(globals())
