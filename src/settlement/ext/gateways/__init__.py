"""Payment providers: one Protocol, a sandbox, and adapters on the providers' own libraries.

The adapters are imported from their modules, each with its extra: `settlement.ext.gateways.wechat`, `.alipay` and
`.stripe`. A library is loaded when a gateway of it is made.
"""

from __future__ import annotations

from settlement.documents.written import all_readable as _readable
from settlement.errors import GatewayRefused
from settlement.ext.gateways.gateway import Gateway, Notice, Prepared, Reply
from settlement.ext.gateways.in_threads import AsyncGateway
from settlement.ext.gateways.keys import TrustedKey, TrustedKeys
from settlement.ext.gateways.sandbox import Mischief, Sandbox, Sent

__all__ = [
    "AsyncGateway",
    "Gateway",
    "GatewayRefused",
    "Mischief",
    "Notice",
    "Prepared",
    "Reply",
    "Sandbox",
    "Sent",
    "TrustedKey",
    "TrustedKeys",
]

_readable(globals())
