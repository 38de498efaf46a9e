"""Who asks: the platform's profile, fetched by the host, and whether both sides speak one language."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple, TypeAlias

from settlement.documents.written import all_readable
from settlement.ext.ucp.versions import VERSIONS

__all__ = ["FetchProfile", "Platform", "Refusal", "negotiated"]

#: The address of a profile -> the profile. `OSError`: it can't be had; `ValueError`: it is none.
FetchProfile: TypeAlias = Callable[[str], Mapping[str, Any]]
_PROFILE: Final = re.compile(r'(?:^|[;,]\s*)profile="(https://[^"\s]{1,2000})"')


class Refusal(Exception):
    """A request is not taken: the status of HTTP, UCP's code and a text."""

    def __init__(self, status: int, code: str, text: str) -> None:
        super().__init__(status, code, text)
        self.status, self.code, self.text = status, code, text


class Platform(NamedTuple):
    """What is known of who asks; None: nobody looked, so all is taken to be understood."""

    capabilities: frozenset[str] | None = None
    by_shop: bool = False

    def understands(self, capability: str) -> bool:
        """Whether it may be answered with this."""
        return self.capabilities is None or capability in self.capabilities


def negotiated(header: str | None, fetch: FetchProfile | None, version: str) -> Platform:
    """The platform that a `UCP-Agent` header names. Raises `Refusal` as UCP's table of errors has it.

    Without `fetch` nothing is asked for: a server that opens any address it is sent is a door into its own network.

    >>> negotiated(None, None, "2026-04-08").understands("dev.ucp.shopping.discount")
    True
    """
    if fetch is None:
        return Platform()
    match = _PROFILE.search(header or "")
    if match is None:
        raise Refusal(400, "invalid_profile_url", "name the platform's profile at an https address in UCP-Agent")
    try:
        spoken, capabilities = _stated(fetch(match[1]))
    except OSError:
        raise Refusal(424, "profile_unreachable", "the platform's profile can't be fetched") from None
    except (ValueError, LookupError, TypeError):
        raise Refusal(422, "profile_malformed", "the platform's profile is none") from None
    if spoken > version or (spoken < version and spoken not in VERSIONS):
        raise Refusal(422, "version_unsupported", f"version {version} is spoken here")
    if "dev.ucp.shopping.checkout" not in capabilities:
        raise Refusal(200, "capabilities_incompatible", "the platform has no dev.ucp.shopping.checkout")
    rows = capabilities.get("dev.ucp.shopping.fulfillment")
    configs = [row.get("config") for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []
    several = any(isinstance(each, Mapping) and each.get("supports_multi_group") is True for each in configs)
    return Platform(frozenset(capabilities), several)


def _stated(profile: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """The version and the capabilities of a profile. Raises `LookupError` or `TypeError` for what is none."""
    ucp = profile["ucp"]
    spoken, capabilities = ucp["version"], ucp["capabilities"]
    if not isinstance(spoken, str) or not isinstance(capabilities, Mapping):
        raise TypeError(spoken)
    return spoken, capabilities


all_readable(globals())
