"""A span for each request, where a provider of traces was set up; else nothing is made, not even an idle one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from settlement.documents.written import all_readable

if TYPE_CHECKING:
    from opentelemetry.trace import Span, Tracer

__all__ = ["begun", "ended", "tracer"]


def tracer() -> Tracer | None:
    """The tracer of the provider that was set up, as `opentelemetry-instrument` does; None where there is none."""
    import settlement

    try:
        from opentelemetry import trace
    except ModuleNotFoundError:
        return None
    provider = trace.get_tracer_provider()
    if isinstance(provider, (trace.ProxyTracerProvider, trace.NoOpTracerProvider)):
        return None
    return provider.get_tracer("settlement", settlement.__version__)


def begun(by: Tracer, method: str, route: str, headers: Mapping[str, str]) -> Span:
    """The span of a request, a child of the one that its `traceparent` names."""
    from opentelemetry.propagate import extract
    from opentelemetry.trace import SpanKind

    facts = {"http.request.method": method, "http.route": route}
    return by.start_span(f"{method} {route}", context=extract(headers), kind=SpanKind.SERVER, attributes=facts)


def ended(span: Span, status: int, rulebook: str | None, waited: float | None) -> None:
    """End it with what came of the request."""
    span.set_attribute("http.response.status_code", status)
    if rulebook is not None:
        span.set_attribute("settlement.rulebook", rulebook)
    if waited is not None:
        span.set_attribute("settlement.queue_seconds", waited)
    if status >= 500:
        from opentelemetry.trace import StatusCode

        span.set_status(StatusCode.ERROR)
    span.end()


all_readable(globals())
