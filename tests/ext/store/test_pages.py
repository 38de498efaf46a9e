"""Pages by key: every order once, in one order, and none of them read by going through a whole table."""

from __future__ import annotations

from itertools import product

import pytest
from sqlalchemy import event, insert, text

from samples import problems
from settlement.after_pay.payments import PaymentDemand
from settlement.ext.store.jobs import KINDS
from settlement.ext.store.tables import demands, events, order_shops, orders, outbox, records
from settlement.orders import STATUSES, Actor
from stored import STAFF, opened

pytestmark = pytest.mark.store

SYSTEM = Actor.system("work")
#: Of an event of whatever kind, as far as jobs read it.
DOCUMENT = '{"kind":"refund_failed","notice":{"key":"x","refund":"R-1","told":"succeeded"}}'
BEGIN = 1_762_790_400_000_000  # 2025-11-10T16:00:00Z


def filled(url, count, *, phones=False):
    """So many orders without records: a tenth of them of one customer, two at each instant."""
    rows = [
        {
            "id": f"SO{at:07}",
            "customer": f"u{at % 10 or at}",
            "placed": BEGIN + at // 2 * 1_000_000,
            "status": STATUSES[at % len(STATUSES)],
            "document": "{}",
        }
        for at in range(count)
    ]
    shops = [
        {"shop": f"s{shop}", "placed": row["placed"], "order_id": row["id"]}
        for at, row in enumerate(rows)
        for shop in {at % 7, at % 11}
    ]
    with opened(url) as connection:
        connection.execute(insert(orders), rows)
        connection.execute(insert(order_shops), shops)
    head = {"seq": 0, "kind": "placed", "role": "staff", "actor": "s7", "chain": "x"}
    log = [head | {"order_id": row["id"], "at": row["placed"]} for row in rows] if phones else []
    told = [
        {"order_id": row["id"], "seq": 0, "personal": "{}", "phone": f"1380013{at // 2:04}"}
        for at, row in enumerate(rows)
    ]
    with opened(url) as connection:
        if phones:
            connection.execute(insert(events), log)
            connection.execute(insert(records), told)
    analysed(url, "orders", "order_shops", *(["events", "records"] if phones else []))
    return rows


def analysed(url, *tables):
    """The database has counted what is there."""
    with opened(url) as connection:
        for table in tables:
            match connection.dialect.name:
                case "sqlite":
                    connection.execute(text("ANALYZE"))
                case "postgresql":
                    connection.execute(text(f"ANALYZE {table}"))
                case _:
                    connection.execute(text(f"ANALYZE TABLE {table}"))


@pytest.mark.parametrize(
    "asked",
    [{}, {"status": "paid"}, {"customer": "u3"}, {"shop": "s4"}, {"shop": "s4", "status": "closed", "customer": "u1"}],
    ids=str,
)
def test_the_pages_together_are_all_orders_once(store, url, asked):
    """The newest first, of one instant the greater id first, whatever the size of a page."""
    rows = filled(url, 200)
    of_shop = {f"SO{at:07}" for at in range(200) if asked.get("shop") in {f"s{at % 7}", f"s{at % 11}"}}
    wanted = [
        row["id"]
        for row in sorted(rows, key=lambda row: (row["placed"], row["id"]), reverse=True)
        if all(row[name] == value for name, value in asked.items() if name != "shop")
        and ("shop" not in asked or row["id"] in of_shop)
    ]
    for limit in (7, 1000):
        found, after = [], None
        while True:
            page = store.orders(STAFF, **asked, after=after, limit=limit)
            found += [row.id for row in page.rows]
            after = page.after
            if after is None:
                break
        assert found == wanted, limit


def test_a_page_ends_where_its_time_does(store, url):
    """From `since` on, before `until`."""
    filled(url, 20)
    page = store.orders(STAFF, since="2025-11-10T16:00:02Z", until="2025-11-10T16:00:04Z")
    assert [row.id for row in page.rows] == ["SO0000007", "SO0000006", "SO0000005", "SO0000004"]


@pytest.mark.parametrize("after", ["", "x", "1", "1:", "²:SO1", "99999999999999999999:SO1"])
def test_what_is_no_place_of_a_page_is_refused(store, after):
    """Whatever somebody wrote into a link."""
    assert problems(lambda: store.orders(STAFF, after=after)) == [("after", "value.invalid")]
    for limit in (0, 1001):
        assert problems(lambda limit=limit: store.orders(STAFF, limit=limit)) == [("limit", "integer.range")]


def plans(store, url, ask):
    """How the database reads what this asks."""
    seen = []

    def noticed(_connection, _cursor, statement, parameters, *_):
        seen.append((statement, parameters))

    event.listen(store._database.engine, "before_cursor_execute", noticed)
    ask()
    event.remove(store._database.engine, "before_cursor_execute", noticed)
    found = []
    with opened(url) as connection:
        explain = "EXPLAIN QUERY PLAN" if connection.dialect.name == "sqlite" else "EXPLAIN"
        for statement, parameters in seen:
            if statement.startswith("SELECT"):
                rows = connection.exec_driver_sql(f"{explain} {statement}", parameters).all()
                found.append("\n".join(" ".join(map(str, row)) for row in rows))
    return found


#: What a plan says where a whole table is read, or sorted.
WHOLE = {
    "sqlite": ("SCAN", "TEMP B-TREE"),
    "postgresql": ("Seq Scan",),  # of the few rows that an index finds it may sort the rest of a key
    "mysql": (" ALL ", "filesort"),
    "mariadb": (" ALL ", "filesort"),
}


def test_no_page_reads_a_whole_table(store, url):
    """Of ten thousand orders: by customer, shop, status and time, the first page and one in the middle."""
    filled(url, 10_000)
    middle = f"{BEGIN + 2_500 * 1_000_000}:SO0005000"
    times = [{}, {"since": "2025-11-10T16:30:00Z"}]
    kinds = [{"status": "paid"}, {"customer": "u3"}, {"shop": "s4"}, {"customer": "u3", "status": "paid"}]
    signs = WHOLE[store._database.dialect]
    for asked, time, after in product(kinds, times, (None, middle)):
        for plan in plans(store, url, lambda a=asked, t=time, p=after: store.orders(STAFF, **a, **t, after=p)):
            assert not [sign for sign in signs if sign in plan], (asked, time, after, plan)
    for actor, after in product((Actor.customer("u3"), Actor.shop("s4")), (None, middle)):
        for plan in plans(store, url, lambda a=actor, p=after: store.orders(a, after=p)):
            assert not [sign for sign in signs if sign in plan], (actor, after, plan)
    (plan,) = plans(store, url, lambda: store.orders(STAFF, after=middle))
    assert not [sign for sign in signs if sign in plan], plan


@pytest.mark.usefixtures("spoils")
def test_a_scan_would_be_seen(store, url):
    """Without its index the page of a customer is one, on every database."""
    filled(url, 10_000)
    with opened(url) as connection:
        on = " ON orders" if connection.dialect.name in {"mysql", "mariadb"} else ""
        for index in ("customer_placed_id", "customer_status_placed_id", "placed_id", "status_placed_id"):
            connection.execute(text(f"DROP INDEX orders_by_{index}{on}"))
    (plan,) = plans(store, url, lambda: store.orders(Actor.customer("u3")))
    assert [sign for sign in WHOLE[store._database.dialect] if sign in plan]


def test_no_search_by_a_phone_reads_a_whole_table(store, url):
    """Of ten thousand orders, two to a phone: found by the phone; the two may be sorted then."""
    filled(url, 10_000, phones=True)
    whole = [sign for sign in WHOLE[store._database.dialect] if sign not in {"TEMP B-TREE", "filesort"}]
    for asked in ({}, {"status": "paid"}, {"shop": "s4"}, {"since": "2025-11-10T16:30:00Z"}):
        for plan in plans(store, url, lambda a=asked: store.orders(STAFF, phone="138 0013 0007", **a)):
            if " keys" not in plan.lower():  # a table without a row yet, in which the key of phones is looked for
                assert not [sign for sign in whole if sign in plan], (asked, plan)
    assert [row.id for row in store.orders(STAFF, phone="138 0013 0007").rows] == ["SO0000015", "SO0000014"]


def happened(url, rows):
    """To each of these orders something that a job may be made of; nearly all of it was passed on."""
    kinds = ("placed", "paid", "changed", "refund_asked", "refund_failed", "refund_succeeded", "noted", "shipped")
    told = [
        {
            "order_id": row["id"],
            "seq": seq,
            "kind": "placed" if seq == 0 else kinds[(at + seq) % len(kinds)],
            "at": row["placed"] + seq,
            "role": "system",
            "actor": "x",
            "document": DOCUMENT,
            "chain": "x",
        }
        for at, row in enumerate(rows)
        for seq in range(3)
    ]
    waiting = [
        {"order_id": each["order_id"], "seq": each["seq"], "at": each["at"], "sent": each["at"] if at % 99 else None}
        for at, each in enumerate(told)
    ]
    asked = [
        {
            "key": row["id"],
            "order_id": row["id"],
            "document": PaymentDemand(order=row["id"], amount="1.00 CNY").to_json(),
        }
        for row in rows
    ]
    with opened(url) as connection:
        for table, of in ((events, told), (outbox, waiting), (demands, asked)):
            connection.execute(insert(table), of)
    analysed(url, "events", "outbox", "demands")


def test_no_job_is_looked_for_in_a_whole_table(store, url):
    """Of ten thousand orders with three events each: what is due of each kind, from the first and the middle on."""
    happened(url, filled(url, 10_000))
    signs = WHOLE[store._database.dialect]
    now = "2025-11-10T16:30:00Z"
    middle = f"{BEGIN + 1_000 * 1_000_000}:0:SO0002000"
    seen = 0
    for kind, source in product(KINDS, ("pending", "changed", "asked", "failed", "unsent")):
        for after in (None, f"{source}:{middle}"):
            for plan in plans(store, url, lambda k=kind, a=after: store.due(SYSTEM, now, kinds=[k], after=a, limit=7)):
                seen += 1
                assert not [sign for sign in signs if sign in plan], (kind, after, plan)
    assert seen > 50
