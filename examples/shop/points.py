"""Points that an order earns: granted when all that its buyer keeps has arrived, taken back with what is refunded.

An order that was cancelled gives none. What he has spent meanwhile is taken from what his next orders earn: buying and
giving back leaves nobody points.
"""

from __future__ import annotations

from sqlalchemy import Connection, func, insert, select, update

from settlement.ext.store.consuming import Take, grant
from settlement.ext.store.tables import allowances
from settlement.orders import Actor, OrderState
from shop import refunds
from shop.state import State
from shop.tables import earned

__all__ = ["granted"]


def granted(shop: State, actor: Actor, order: str) -> None:
    """Bring what the buyer has of an order to what it gives now; however often it is called."""
    state = shop.store.order(actor, order)
    assert isinstance(state, OrderState)  # programs see all
    customer, in_all = state.order.customer, state.order.settlement.points.earned
    if customer is None or not in_all:
        return
    taken = sum([quote.earned_points for quote in refunds.history(state)])
    gives = 0 if state.status == "cancelled" else in_all - taken  # what it owes then goes back without a word of points
    arrived = _arrived(state)

    def attempt() -> None:
        with shop.database.writing() as connection:
            here = {"order_id": order, "customer": customer}
            before = connection.execute(select(earned.c.points).where(earned.c.order_id == order)).scalar()
            if before is None and arrived:
                connection.execute(insert(earned).values(here | {"points": gives, "given": 0}))
            elif before is not None and gives < before:  # a state that is older than another's gives no more again
                connection.execute(update(earned).where(earned.c.order_id == order).values(points=gives))
            _bring(connection, order, customer)

    shop.database.settled(attempt)


def _arrived(state: OrderState) -> bool:
    """Whether nothing is to be sent any more, nor on its way; what was refunded and not sent never is."""
    lines = [line for of in state.deliveries for line in of.lines]
    return not any(line.left or line.shipped > max(line.received, line.returned) for line in lines)


def _bring(connection: Connection, order: str, customer: str) -> None:
    """What all his orders give less what he was given: given now, or taken as far as he has it."""
    balance = select(func.sum(earned.c.points - earned.c.given)).where(earned.c.customer == customer)
    more = int(connection.execute(balance).scalar() or 0)
    if more > 0:
        grant(connection, Take("points", "points", (customer,), more * 1000))
    elif more < 0:
        his = (allowances.c.kind == "points") & (allowances.c.holder == customer) & (allowances.c.id == "points")
        has = connection.execute(select(allowances.c.quantity).where(his).with_for_update()).scalar() or 0
        more = -min(-more, has // 1000)
        connection.execute(update(allowances).where(his).values(quantity=allowances.c.quantity + more * 1000))
    if more:
        moved = update(earned).where(earned.c.order_id == order)
        connection.execute(moved.values(given=earned.c.given + more))
