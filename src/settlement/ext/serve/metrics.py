"""What the server counts, for Prometheus. One process has the queue and every answer, so one registry has it all."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from settlement.documents.extras import needs
from settlement.documents.written import all_readable

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

__all__ = ["Metrics"]

_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """Counters and histograms of one server. Raises `MissingExtra` without prometheus-client."""

    def __init__(self, waiting: Callable[[], int], alive: Callable[[], int]) -> None:
        with needs("serve"):
            from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

        self.registry: CollectorRegistry = CollectorRegistry()
        into = {"namespace": "settlement", "registry": self.registry}
        self.requests = Counter("requests", "Requests by route and outcome.", ("route", "outcome"), **into)
        self.seconds = Histogram(
            "request_seconds", "From a request's arrival to its answer.", ("route",), buckets=_SECONDS, **into
        )
        self.queue = Histogram(
            "queue_seconds", "What a request waited before a process began it.", buckets=_SECONDS, **into
        )
        self.turned_away = Counter("queue_refused", "Requests answered 503, of which none was begun.", **into)
        self.swaps = Counter("rules_swaps", "Rules put in force since the start.", **into)
        self.refused = Counter("rules_refused", "Folders of rules that were not taken.", **into)
        self.stale = Gauge("rules_stale", "1 while the folder holds rules that were not taken.", **into)
        self.restarts = Counter("process_restarts", "Settling processes that ended and were replaced.", **into)
        Gauge("queue_waiting", "Requests that wait now.", **into).set_function(waiting)
        Gauge("processes", "Settling processes that there are.", **into).set_function(alive)
        ProcessCollector(registry=self.registry)

    def text(self, accepted: str) -> tuple[bytes, str]:
        """All of it in the form that is asked for, and that form's media type."""
        from prometheus_client.exposition import choose_encoder

        encoder, kind = choose_encoder(accepted)
        return encoder(self.registry), kind


all_readable(globals())
