"""Doing what is due: asking providers, closing, having money given back, giving out anchors, passing on events.

It may be killed anywhere, and several may work beside each other: a job is listed until what it does is written, and
each can be done twice. A provider is asked under one key or number, which it does once; an event is written under the
next number; what is passed on is passed on at least once, and of each order in its order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from settlement.after_pay.payments import PaymentNotice, RefundNotice, RetrySchedule
from settlement.documents.problems import expect
from settlement.documents.scalars import instant_out
from settlement.errors import EventRefused, SettlementError
from settlement.ext.gateways.gateway import Gateway
from settlement.ext.store.jobs import REACH, USUAL, Job, JobKind
from settlement.ext.store.owing import tried_again
from settlement.ext.store.store import Store
from settlement.orders import Actor, Closed, OrderState, RefundAsked

__all__ = ["Deliver", "Done", "Worker"]

#: What an event, or an anchor, is handed to; where it did not take it, it raises an `OSError`, such as `TimeoutError`.
Deliver: TypeAlias = Callable[[Mapping[str, Any]], None]
#: What came of it: the provider `told`, or has nothing to tell (`waiting`); closed, asked for, passed on, given out;
#: nothing was to be done any more (`before`); or it went wrong, and is listed again (`failed`).
Outcome: TypeAlias = Literal["told", "waiting", "closed", "asked", "sent", "given_out", "before", "failed"]


#: Kinds that are looked for together, in this order.
_STEPS: Final[tuple[tuple[JobKind, ...], ...]] = (
    ("reconcile", "close"), ("refund",), ("retry",), ("anchor",), ("deliver",),
)  # fmt: skip


class Done(NamedTuple):
    """A job, what came of it, and why where it failed."""

    job: Job
    outcome: Outcome
    why: Exception | None = None


class Worker:
    """Does what is due in a store, as this program.

    `gateways` are those of the payment methods, None that of every other; a job whose gateway is not there waits for a
    worker that has it. `deliver` takes what is to be passed on; without it nothing is passed on or given out. In one
    worker a provider is asked once for each turn of the schedule.
    """

    def __init__(
        self,
        store: Store,
        actor: Actor | None = None,
        *,
        gateways: Gateway | Mapping[str | None, Gateway] | None = None,
        deliver: Deliver | None = None,
        schedule: RetrySchedule = USUAL,
        reach: timedelta = REACH,
        offset: timedelta = timedelta(0),
    ) -> None:
        expect("store", store, Store)
        self._store, self._clock, self._deliver = store, store.clock, deliver
        self._actor = Actor.system("work") if actor is None else actor
        self._gateways = dict[str | None, Gateway]()
        if isinstance(gateways, Mapping):
            self._gateways |= gateways
        elif gateways is not None:
            self._gateways[None] = gateways
        self._how: dict[str, Any] = {"schedule": schedule, "reach": reach, "offset": offset}
        self._turns: set[Job] = set()

    def once(self) -> Iterator[Done]:
        """Each job that is due now, done as it is asked for: take them all. What fails is told, and stops no other."""
        self._store.drop_quotes()
        seen = set[Job]()
        behind = set[str | None]()  # orders of which an event could not be passed on: the next ones wait
        for job in self._listed(self._clock()):
            seen.add(job)
            if job in self._turns or (job.kind == "deliver" and job.order in behind):
                continue
            done = self._tried(job)
            if done is None:
                continue
            if job.kind in {"reconcile", "retry"}:
                self._turns.add(job)
            elif job.kind == "deliver" and done.outcome == "failed":
                behind.add(job.order)
            yield done
        self._turns &= seen

    def _listed(self, at: datetime) -> Iterator[Job]:
        """What is due, page by page: first what makes events, so that these are passed on as well."""
        for kinds in _STEPS if self._deliver else _STEPS[:3]:
            after = None
            while True:
                page = self._store.due(self._actor, at, kinds=kinds, after=after, **self._how)
                yield from page.jobs
                after = page.after
                if after is None:
                    break

    def _tried(self, job: Job) -> Done | None:
        work: Mapping[JobKind, Callable[[Job], Outcome | None]] = {
            "reconcile": self._reconcile,
            "close": self._close,
            "refund": self._refund,
            "retry": self._retry,
            "anchor": self._anchor,
            "deliver": self._pass_on,
        }
        try:
            outcome = work[job.kind](job)
        except (SettlementError, OSError) as error:  # nobody answered, or did not do it: it is listed again
            return Done(job, "failed", error)
        return None if outcome is None else Done(job, outcome)

    # -------------------------------------------------------------- payments

    def _reconcile(self, job: Job) -> Outcome | None:
        """Ask what became of a demand; None: there is no gateway to ask."""
        demand = next(each for each in self._store.demands(self._actor, str(job.order)) if each.key == job.of)
        gateway = self._gateway(demand.method)
        if gateway is None:
            return None
        told = self._told(gateway.query(demand, self._clock()), job)
        self._store.looked(self._actor, str(job.order), demand.key)  # where there was nothing to tell, and it is late
        return told

    def _close(self, job: Job) -> Outcome:
        """End an order, unless the provider says that it was paid after all."""
        order = str(job.order)
        for demand in self._store.demands(self._actor, order):
            gateway = self._gateway(demand.method)
            told = None if gateway is None else gateway.query(demand, self._clock())
            if told is not None and self._store.tell(self._actor, told, order=order).state.status != "pending_payment":
                return "told"
        try:
            self._store.tell(self._actor, Closed(at=self._clock(), actor=self._actor), order=order)
        except EventRefused:  # paid or ended by somebody else in between
            return "before"
        return "closed"

    def _told(self, notice: PaymentNotice | RefundNotice | None, job: Job) -> Outcome:
        if notice is None:
            return "waiting"
        self._store.tell(self._actor, notice, order=job.order)
        return "told"

    def _gateway(self, method: str | None) -> Gateway | None:
        return self._gateways.get(method, self._gateways.get(None))

    # -------------------------------------------------------------- refunds

    def _refund(self, job: Job) -> Outcome:
        """Ask for what an order owes by itself; to have the provider give it back is the next job."""
        order = str(job.order)
        before = self._store.order(self._actor, order)
        return "before" if self._store.give_back_owed(self._actor, order) == before else "asked"

    def _retry(self, job: Job) -> Outcome | None:
        """Have a refund given back: what failed is asked for anew, and then the provider is asked."""
        order = str(job.order)
        state = self._store.order(self._actor, order)
        if not isinstance(state, OrderState):
            return None
        told = next(each.told for each in state.refunds if each.refund == job.of)
        if told == "succeeded":
            return "before"
        tries = [each for each in state.events if isinstance(each, RefundAsked) and each.number == job.of]
        asked = next(each for each in reversed(tries) if each.demand is not None)
        demand = asked.demand
        payment, method = _payment(state, asked)
        gateway = self._gateway(method)
        if gateway is None or payment is None or demand is None:
            return None
        if told == "failed":
            if job.of not in tried_again(state):  # it was given back by other ways meanwhile
                return "before"
            again = asked.model_copy(update={"at": self._clock(), "actor": self._actor, "reason": None})
            self._store.tell(self._actor, again, order=order)
        at = self._clock()
        return self._told(gateway.refund(demand, payment, at) or gateway.query(demand, at, id=payment.id), job)

    # -------------------------------------------------------------- passing on

    def _anchor(self, job: Job) -> Outcome:
        """Give out the digest of a day, and keep it then; where it has become another meanwhile, that one too."""
        day, given = str(job.of), None
        while (digest := self._store.anchor(self._actor, day, job.since, keep=given is not None)) != given:
            self._hand_over({"anchor": day, "before": instant_out(job.since), "digest": digest})
            given = digest
        return "given_out"

    def _pass_on(self, job: Job) -> Outcome:
        order, seq = str(job.order), int(str(job.of))
        self._hand_over(self._store.event(self._actor, order, seq))
        self._store.sent(self._actor, order, seq)
        return "sent"

    def _hand_over(self, what: Mapping[str, Any]) -> None:
        if self._deliver is not None:
            self._deliver(what)


def _payment(state: OrderState, asked: RefundAsked) -> tuple[PaymentNotice | None, str | None]:
    """The payment that a refund is of, and the method by which it was paid."""
    for payment in state.payments:
        methods = {each.key: each.method for each in payment.demands}
        for answer in payment.answers:
            notice = answer.notice
            this = notice.id == asked.transaction if asked.transaction else answer.outcome == "paid"
            if this and asked.demand is not None and notice.key == asked.demand.order and notice.told == "succeeded":
                return notice, methods.get(notice.key)
    return None, None
