"""The store: every call that a shop makes of it, each with who is acting."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, Literal, TypeAlias

from sqlalchemy import select, update

from settlement.after_pay.payments import PaymentDemand, PaymentNotice, RefundNotice, RetrySchedule
from settlement.after_pay.refunds import RefundQuote
from settlement.audit.confirm import Confirmation
from settlement.audit.record import Record
from settlement.cart.address import Address
from settlement.consignee.book import AddressBook
from settlement.documents.scalars import utc
from settlement.errors import InvalidDocument, Problem
from settlement.ext.crypto import MasterKeys
from settlement.ext.store import (
    addressing,
    allowing,
    asking,
    erasing,
    giving_back,
    holding,
    jobs,
    log,
    placing,
    quoting,
    reading,
    rotating,
    telling,
)
from settlement.ext.store.access import may, own
from settlement.ext.store.database import Database
from settlement.ext.store.figures import microseconds
from settlement.ext.store.persons import Person
from settlement.ext.store.tables import demands, outbox, records
from settlement.money import Money, excerpt
from settlement.orders import Actor, Order, OrderEvent, OrderState, OrderStatus

__all__ = ["Store", "now"]

Kind: TypeAlias = Literal["coupon", "points", "gift_card", "stored_value", "stock"]
#: The most rows of a page.
MOST: Final = 1_000


def now() -> datetime:
    """What time it is: the only clock of the store."""
    return datetime.now(UTC)


class Store:
    """Orders, what they took and what happened to them, in the database of this URL.

    `sqlite:///orders.db`, `postgresql+psycopg://…`, `mysql+pymysql://…` (MariaDB). With `keys` (`settlement[crypto]`)
    all that is personal is encrypted at rest; `clock` says what time it is. A call that an actor may not make, and an
    order that is another's, raise `NotFound`; which calls those are says `access.ACCESS`.
    """

    def __init__(
        self, url: str | Database, keys: MasterKeys | None = None, *, clock: Callable[[], datetime] = now
    ) -> None:
        self._database = url if isinstance(url, Database) else Database(url, keys=keys)
        self._clock = self.clock = clock

    def migrate(self) -> None:
        """Make the tables, or bring them up to this version of the library. Nothing is lost, and nothing done twice."""
        from settlement.ext.store.migrate import upgrade

        upgrade(self._database.engine)

    def close(self) -> None:
        """Give back all connections."""
        self._database.engine.dispose()

    def allow(
        self,
        kind: Kind,
        id: str,
        quantity: int | Decimal | str | Money,
        customer: str | None = None,
        *,
        shop: str | None = None,
    ) -> None:
        """So much more of a coupon's copies, of points, of a card's balance (an amount) or of a shop's stock of a sku.

        For this customer, or for whoever comes. What nobody allowed is 0, but stock that nobody allowed isn't counted.
        Uses, units and budgets need no word: the rulebook bounds them. Raises `InvalidDocument` for what is no
        quantity, no amount or no id, and for more than 2^63 - 1 in all.
        """
        allowing.allow(self._database, kind, id, quantity, shop if kind == "stock" else customer)

    def held(self, actor: Actor, customer: str, codes: Collection[str] = ()) -> holding.Held:
        """What a customer may use now, as a checkout is told of it: points, coupons with their copies, usage, cards.

        `codes` are ids that he named: of the coupons and cards that are there for whoever comes only these are among
        them. Level and newness are the shop's to add (`customer.model_copy`). Nothing is held back for him: what is
        taken is decided by placing. A coupon has as many copies as one order may take.
        """
        own(actor, "held", customer)
        with self._database.reading() as connection:
            return holding.read_held(connection, customer, codes)

    def stock(self, goods: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int | Decimal]:
        """How many there are of goods, by shop and sku: `line.stock`. What nobody counts is not among them."""
        with self._database.reading() as connection:
            return holding.read_stock(connection, goods)

    # -------------------------------------------------------------- the three transactions

    def place(
        self,
        actor: Actor,
        bought: Record | Confirmation,
        *,
        order: str,
        key: str | None = None,
        customer: str | None = None,
        merchant: str | None = None,
        minimum: Money | None = None,
        method: str | None = None,
        channel: str | None = None,
        expires: datetime | str | timedelta | None = None,
    ) -> Order:
        """The order of a record, or of a true confirmation, with all that it takes; or nothing of it.

        `key` is the caller's own for this request (`order` where there is none): the same again, by the same actor,
        gives the same order and takes nothing. `expires` may be so long from now; the rest is as in `orders.place`.
        Raises `AllowanceExhausted` for the first thing that is not there, `IdempotencyConflict` for a key or an order's
        name that was used for another request, and what `orders.place` raises.
        """
        placed = self._clock()
        until = placed + expires if isinstance(expires, timedelta) else expires
        how = {"merchant": merchant, "minimum": minimum, "method": method, "channel": channel, "expires": until}
        return placing.place_order(
            self._database, actor, bought, order=order, key=key, placed=placed, customer=customer, how=how
        )

    def tell(
        self, actor: Actor, told: PaymentNotice | RefundNotice | OrderEvent, *, order: str | None = None
    ) -> telling.Told:
        """What happened to an order: a notice, which finds it by its key, or an event of the order that is named.

        An event stands as `actor`'s, whoever it says. A notice told again changes nothing. Closing and cancelling give
        back all that the order took; what `Returned` brings back, and what a refund gives up before it was sent, is in
        stock again. Raises `EventRefused` and `InvalidDocument` as `order_state` does, for a notice of another order
        than is named, and for an event more than 300 s ahead of the clock; `IdempotencyConflict` for a change that asks
        under another's number.
        """
        return telling.tell(self._database, actor, told, order, self._clock())

    def give_back(self, actor: Actor, order: str, quote: RefundQuote) -> OrderState:
        """A refund of the order: asked for, with the points, cards and coupons that its quote says given back at once.

        The quote has an id, by which it is known: again it changes nothing. Goods that were not sent are in stock
        again; uses come back when nothing that they discounted is kept. Raises `RefundExceeds` and `InvalidDocument`
        where all refunds together are more than was sold, `IdempotencyConflict` for another quote of that id.
        """
        return giving_back.give_back(self._database, actor, order, quote, self._clock())

    def give_back_owed(self, actor: Actor, order: str) -> OrderState:
        """Ask for all that the order owes by itself and nobody asked for yet; where nothing is owed, nothing happens.

        That is each payment that pays nothing (paid twice, paid after the end), from where it came, all that was paid
        for an order that was cancelled, what a change gives back, and what no payment held when it was asked for; never
        more than came, less what went back and is on its way. A worker does it (`refund`). Of an order from before a
        worker looked it marks what was asked for. Raises `NotFound`.
        """
        return giving_back.give_back_owed(self._database, actor, order, self._clock())

    # -------------------------------------------------------------- reading

    def order(self, actor: Actor, id: str) -> OrderState | reading.ShopOrder:
        """An order and all that happened; a shop sees its own part of it."""
        may(actor, "order", id)
        with self._database.reading() as connection:
            reading.find(connection, actor, id)
            state = reading.read_state(connection, self._database.persons, id)
        return reading.part_of(state, actor.id) if actor.role == "shop" else state

    def orders(
        self,
        actor: Actor,
        *,
        customer: str | None = None,
        shop: str | None = None,
        status: OrderStatus | None = None,
        phone: str | None = None,
        since: datetime | str | None = None,
        until: datetime | str | None = None,
        after: str | None = None,
        limit: int = 20,
    ) -> reading.Page:
        """A page of orders, the newest first, placed from `since` and before `until`; `after` is the last page's.

        Customers and shops see their own. `phone` is that of the address, however it is written. Raises
        `InvalidDocument` for what is no place of a page, and a limit that is not from 1 to 1000.
        """
        _expect_limit(limit, "orders")
        with self._database.reading() as connection:
            return reading.page(
                connection, self._database.persons, actor, customer=customer, shop=shop, status=status, phone=phone,
                since=since, until=until, after=after, limit=limit,
            )  # fmt: skip

    # -------------------------------------------------------------- quotes

    def keep_quote(
        self, actor: Actor, id: str, record: Record, expires: datetime | str | timedelta, *, most: int | None = None
    ) -> None:
        """Keep the record of what this customer was shown until it expires; `expires` may be so long from now.

        What `seal_quote` seals. The id is among this customer's quotes; the same record again only moves the expiry.
        Quotes that have expired, whoever's, are dropped then; with `most` also those of this customer's beyond so many
        that expire first: no customer has more open at once. Raises `IdempotencyConflict` for another record under the
        id, `NotFound` for the record of another customer, `InvalidDocument` for an expiry that is not after now.
        """
        may(actor, "keep_quote", id)
        if most is not None and most < 1:
            raise InvalidDocument(
                [Problem("most", "integer.range", {"found": excerpt(most), "range": "at least 1"})], "keep_quote"
            )
        now = self._clock()
        until = now + expires if isinstance(expires, timedelta) else expires
        quoting.keep_quote(self._database, actor.id, id, record, now, until, most)

    def quote(self, actor: Actor, id: str) -> Record:
        """The record of a quote of this customer's, with its personal part. Raises `NotFound`, also once it expired."""
        may(actor, "quote", id)
        with self._database.reading() as connection:
            return quoting.read_quote(connection, self._database.persons, actor.id, id, microseconds(self._clock()))

    # -------------------------------------------------------------- persons

    def addresses(self, actor: Actor, customer: str) -> AddressBook:
        """The address book of a customer, empty where he has none."""
        own(actor, "addresses", customer)
        with self._database.reading() as connection:
            return addressing.read_book(connection, self._database.persons, customer)

    def keep_address(
        self, actor: Actor, customer: str, id: str, address: Address, *, default: bool = False, twice: bool = False
    ) -> AddressBook:
        """The book with this address under an id, new or in the place of another. Raises as `AddressBook.add` does."""
        own(actor, "keep_address", customer)

        def change(book: AddressBook) -> AddressBook:
            if id not in book:
                return book.add(id, address, default=default, twice=twice)
            book = book.update(id, address, twice=twice)
            return book.with_default(id) if default else book

        return addressing.change_book(self._database, customer, change)

    def use_address(self, actor: Actor, customer: str, id: str) -> AddressBook:
        """The book after an order went to an address. Raises `UnknownAddress`."""
        own(actor, "use_address", customer)
        return addressing.change_book(self._database, customer, lambda book: book.use(id))

    def drop_address(self, actor: Actor, customer: str, id: str) -> AddressBook:
        """The book without an address. Raises `UnknownAddress`."""
        own(actor, "drop_address", customer)
        return addressing.change_book(self._database, customer, lambda book: book.remove(id))

    def erase(self, actor: Actor, customer: str | None = None, *, order: str | None = None) -> None:
        """Erase all that a customer, or the guest of an order, is known by: addresses, remarks, invoices, notes.

        His key goes, so that what it sealed opens in no copy of the tables either. Orders, goods, sums and the log
        stay, and the ids of customers, which name nobody. Raises `TypeError` for both or neither.
        """
        if (customer is None) == (order is None):
            msg = "erase a customer, or the guest of an order: erase(actor, customer) or erase(actor, order=…)"
            raise TypeError(msg)
        may(actor, "erase", str(customer or order))
        person = Person("customer", str(customer)) if order is None else Person("order", order)
        erasing.erase(self._database, person, microseconds(self._clock()))

    def rotate(self, *, anew: bool = False) -> int:
        """Wrap all keys under the first of the master keys; how many it were. A run that was stopped is run again.

        What the keys sealed stays as it is. `anew`: each person whose key was not made under the first of them,
        by whichever it is wrapped now, has another one, and all that it sealed is sealed anew: for when an older
        leaked beside a copy of the table of keys. Raises `CryptoRefused` where a key was wrapped by one that is not
        there.
        """
        return rotating.rotate(self._database, anew=anew)

    def drop_quotes(self) -> int:
        """Drop all quotes that have expired; how many it were. Keeping one does so too, and each round of a worker."""
        return quoting.drop_expired(self._database, self._clock())

    # -------------------------------------------------------------- passing on

    def unsent(self, actor: Actor, limit: int = 100) -> list[tuple[str, int]]:
        """Events that nobody has passed on, by order and number, the oldest first; of each order in their order."""
        may(actor, "unsent", "outbox")
        waiting = select(outbox.c.order_id, outbox.c.seq).where(outbox.c.sent.is_(None))
        oldest = waiting.order_by(outbox.c.at, outbox.c.order_id, outbox.c.seq).limit(limit)
        with self._database.reading() as connection:
            return [(row.order_id, row.seq) for row in connection.execute(oldest)]

    def sent(self, actor: Actor, order: str, seq: int) -> None:
        """This event was passed on. Whoever dies before saying so passes it on again."""
        may(actor, "sent", order)
        this = (outbox.c.order_id == order) & (outbox.c.seq == seq) & outbox.c.sent.is_(None)
        with self._database.writing() as connection:
            connection.execute(update(outbox).where(this).values(sent=microseconds(self._clock())))

    # -------------------------------------------------------------- the log

    def check_log(self, actor: Actor, order: str) -> str:
        """The end of an order's chain of events. Raises `InvariantBroken` where one is not what was written."""
        may(actor, "check_log", order)
        with self._database.reading() as connection:
            reading.find(connection, actor, order)
            record = select(records.c.digest).where(records.c.order_id == order, records.c.seq == 0)
            return log.check_chain(connection, self._database.persons, order, connection.execute(record).scalar_one())

    def anchor(self, actor: Actor, day: str, before: datetime | str, *, keep: bool = True) -> str:
        """The digest over all chains as of before an instant, kept as that of a day: give it to somebody else.

        Whoever gives it out first and has it kept then (`keep=False` the first time) is never ended in between.
        """
        may(actor, "anchor", day)
        with self._database.writing() if keep else self._database.reading() as connection:
            return log.anchor(connection, day, microseconds(utc(before)), keep=keep)

    # -------------------------------------------------------------- jobs

    def due(
        self,
        actor: Actor,
        now: datetime | str | None = None,
        *,
        kinds: Iterable[jobs.JobKind] = jobs.KINDS,
        after: str | None = None,
        limit: int = 100,
        schedule: RetrySchedule = jobs.USUAL,
        reach: timedelta = jobs.REACH,
        offset: timedelta = timedelta(0),
    ) -> jobs.Due:
        """What is to be done by now: a page of jobs, the same whenever it is asked; nothing is written.

        Orders to close, providers to ask about payments and refunds that they have not answered, at the distances of
        `schedule` and within `reach` of the asking (about refunds once a day after that), what an order owes and
        nobody asked for, days whose anchor is to be given out, by a clock of this `offset`,
        and events to pass on. A page looks at `limit` rows; `after` is that of the page before. Raises
        `InvalidDocument` for what is no place of a page, and a limit that is not from 1 to 1000.
        """
        may(actor, "due", "jobs")
        _expect_limit(limit, "due")
        by = self._clock() if now is None else utc(now)
        with self._database.reading() as connection:
            return jobs.due(connection, jobs.Asked(by, frozenset(kinds), limit, schedule, reach, offset), after)

    def ask(
        self,
        actor: Actor,
        order: str,
        *,
        number: str | None = None,
        method: str | None = None,
        channel: str | None = None,
        expires: datetime | str | timedelta | None = None,
    ) -> PaymentDemand:
        """One more attempt to pay an order, or what a change collects under a `number`: what to `prepare` next.

        It is stored before the provider hears of it, so that its notice finds the order. Raises `InvalidDocument` where
        nothing is to be paid, `NotFound` for a number under which nothing was asked for.
        """
        until = self._clock() + expires if isinstance(expires, timedelta) else expires
        return asking.ask(
            self._database, actor, order, number=number, method=method, channel=channel, expires=until
        )  # fmt: skip

    def demands(self, actor: Actor, order: str) -> tuple[PaymentDemand, ...]:
        """What was asked for of an order, every attempt, by key."""
        may(actor, "demands", order)
        with self._database.reading() as connection:
            reading.find(connection, actor, order)
            return tuple(jobs.demands_of(connection, [order])[order])

    def looked(self, actor: Actor, order: str, key: str) -> None:
        """The provider was just asked about this demand of an order that was closed, and had nothing to tell.

        Before the order was closed for an hour that changes nothing; after it the demand is not asked about again.
        """
        may(actor, "looked", order)
        over = demands.c.late <= microseconds(self._clock() - jobs.LATE)
        this = (demands.c.order_id == order) & (demands.c.key == key) & over
        with self._database.reading() as connection:  # of most there is nothing to write
            if connection.execute(select(demands.c.key).where(this)).first() is None:
                return
        with self._database.writing() as connection:
            connection.execute(update(demands).where(this).values(late=None))

    def event(self, actor: Actor, order: str, seq: int) -> dict[str, Any]:
        """An event as it is passed on: JSON, without what is personal; 0 is the placing."""
        may(actor, "event", order)
        with self._database.reading() as connection:
            return log.read_event(connection, order, seq)


def _expect_limit(limit: int, title: str) -> None:
    if not 1 <= limit <= MOST:
        raise InvalidDocument(
            [Problem("limit", "integer.range", {"found": excerpt(limit), "range": f"from 1 to {MOST}"})], title
        )
