"""The back office: a shop sends, gives back, keeps rules that `check` has seen, and is told what it is owed."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from shop import refunds

from settlement.ext.store import NotFound
from settlement.orders import Actor

pytestmark = pytest.mark.shop

PATHS = ("/shop/{id}", "/shop/{id}/rules", "/shop/{id}/statement", "/shop/{id}/orders/{order}")
STAFF = Actor.staff("mall")


@pytest.fixture
def order(b1):
    """A paid order of everything that is ticked in the cart, of all four shops."""
    number = b1.buy()
    assert b1.pay(number).status == 303
    return number


@pytest.fixture
def tea(mall):
    """The browser of the staff of the tea shop."""
    return mall.browser("tea")


def state(mall, order):
    """All of an order."""
    return mall.state.store.order(STAFF, order)


def left(mall, order):
    """Line -> what is still to be sent, of the tea shop."""
    group = next(each for each in state(mall, order).deliveries if each.shop == "tea")
    return {row.line: int(row.left) for row in group.lines}


# ------------------------------------------------------------------ whose it is


def test_a_back_office_is_its_own_shops(mall, order, tea, b1):
    """For staff of another shop and for buyers it isn't there; who has not signed in is asked to; the mall sees all."""
    nobody, all_ = mall.browser(), mall.browser("mall")
    for path in PATHS:
        for id, found in (("tea", 200), ("digital", 404), ("fruit", 404), ("platform", 404), ("nowhere", 404)):
            at = path.format(id=id, order=order)
            assert (tea.get(at).status, b1.get(at).status) == (found, 404), at
            answer = nobody.get(at)
            assert (answer.status, answer.to.startswith("/login?next=/shop")) == (303, True)
        assert all_.get(path.format(id="tea", order=order)).status == 200


def test_nothing_is_done_in_anothers_name(mall, order, tea):
    """Whatever the form says."""
    token = [("csrf", dict(tea.get("/shop/tea").form("/language"))["csrf"])]
    for path in PATHS[1::2]:
        for id in ("digital", "platform", "nowhere"):
            sent = tea.post(path.format(id=id, order=order), [*token, ("ship", "1"), ("keep", "1"), ("json", "{}")])
            assert sent.status == 404
    assert not any(event.kind == "shipped" for event in state(mall, order).events)
    assert len(mall.state.rules.versions("digital")) == 1


def test_the_mall_is_its_staffs(mall, tea, b1, order):
    """All orders with their buyers, and every shop; for others it isn't there."""
    page = mall.browser("mall").get("/mall")
    assert (page.status, order in page.html, "b1" in page.html) == (200, True, True)
    assert (tea.get("/mall").status, b1.get("/mall").status, mall.browser().get("/mall").status) == (404, 404, 303)


def test_a_shop_sees_its_part_and_where_it_goes(mall, tea, order):
    """Not what else was bought, nor what it cost in all."""
    page = tea.get(f"/shop/tea/orders/{order}")
    whole = state(mall, order)
    others = [line for line in whole.order.settlement.lines if line.shop != "tea"]
    assert others
    assert not [line.sku for line in others if line.sku in page.html]
    assert whole.order.address.phone in page.html
    assert str(whole.order.settlement.payable.minor / 100) not in page.html
    with pytest.raises(NotFound):
        mall.state.store.order(Actor.shop("tea"), "SO000000000000")
    assert tea.get("/shop/tea/orders/SO000000000000").status == 404
    assert order in tea.get("/shop/tea?status=paid").html
    assert order not in tea.get("/shop/tea?status=closed").html


# ------------------------------------------------------------------ sending, and what comes back


def test_goods_are_sent_in_parts(mall, tea, order):
    """Part, then the rest; the buyer sees it, and the order goes on when the other shops have sent too."""
    path = f"/shop/tea/orders/{order}"
    before = left(mall, order)
    first = next(line for line, pieces in before.items() if pieces == 2)
    others = {f"ship-{line}": "0" for line in before if line != first}
    assert tea.press(tea.get(path), "ship", "ship", path, **others, **{f"ship-{first}": "1"}).status == 303
    assert left(mall, order) == before | {first: 1}
    assert tea.press(tea.get(path), "ship", "ship", path).status == 303
    assert set(left(mall, order).values()) == {0}
    assert state(mall, order).status == "partly_shipped"


def test_more_than_is_left_or_no_quantity_is_told_at_its_field(mall, tea, order):
    """And nothing is sent."""
    path = f"/shop/tea/orders/{order}"
    first = next(line for line, pieces in left(mall, order).items() if pieces == 2)
    page = tea.get(path)
    for typed in ("3", "-1", "1.5", "x", "1e3", "99999", "١"):
        sent = tea.press(page, "ship", "ship", path, **{f"ship-{first}": typed})
        assert (sent.status, list(sent.wrong)) == (422, [f"ship-{first}"]), typed
    empty = tea.press(page, "ship", "ship", path, **{f"ship-{line}": "0" for line in left(mall, order)})
    assert (empty.status, list(empty.wrong)) == (422, ["ship"])
    assert state(mall, order).status == "paid"


def test_an_unpaid_order_is_not_sent(mall, b1, tea):
    """The page has no button for it, and a form that says so is refused with 409."""
    number = b1.buy()
    path = f"/shop/tea/orders/{number}"
    page = tea.get(path)
    assert 'id="ship"' not in page.html
    token = dict(page.form("/language"))["csrf"]
    line = next(iter(left(mall, number)))
    assert tea.post(path, [("csrf", token), ("ship", "1"), (f"ship-{line}", "1")]).status == 409
    assert tea.post(path, [("csrf", token)]).status == 422


def test_a_buyer_asks_and_the_shop_grants_once(mall, b1, tea, order):
    """What was sent waits for the shop; a part of it is given back, and again it changes nothing."""
    path = f"/shop/tea/orders/{order}"
    tea.press(tea.get(path), "ship", "ship", path)
    line = next(iter(left(mall, order)))
    b1.press(b1.get(f"/orders/{order}"), "refund", "ask", f"/orders/{order}/refund", **{f"refund-{line}": "1"})
    assert f"{order}R1" in tea.get("/shop/tea").html
    page = tea.get(path)
    number = f"{order}R1"
    for _ in range(2):
        assert tea.press(page, path, "grant", path, number).status == 303
    found = state(mall, order)
    assert [each.refund for each in found.refunds] == [number]
    assert sum(event.kind == "refund_asked" for event in found.events) == 1
    assert tea.press(page, path, "grant", path, "another").status == 404
    back = tea.press(tea.get(path), "returned", "returned", path, **{f"returned-{line}": "1"})
    assert back.status == 303
    group = next(each for each in state(mall, order).deliveries if each.shop == "tea")
    assert [int(row.returned) for row in group.lines if row.line == line] == [1]


def test_what_was_asked_twice_is_granted_once(mall, b1, tea, order):
    """The second is no fault: the page says that nothing is left of it, and it waits still."""
    path = f"/shop/tea/orders/{order}"
    tea.press(tea.get(path), "ship", "ship", path)
    page = b1.get(f"/orders/{order}")
    for _ in range(2):
        b1.press(page, "refund", "ask", f"/orders/{order}/refund", **{"refund-gaiwan-celadon": "1"})
    page = tea.get(path)
    assert tea.press(page, path, "grant", path, f"{order}R1").status == 303
    sent = tea.press(page, path, "grant", path, f"{order}R2")
    assert (sent.status, sent.wrong) == (409, {"asked": "There is not so much left to give back"})
    assert tea.press(page, path, "refuse", path, f"{order}R2").status == 303
    assert len(state(mall, order).refunds) == 1


def test_who_answers_second_changes_nothing(mall, b1, tea, order, monkeypatch):
    """Refused while it is being granted: it is granted, and nobody is told anything else meanwhile."""
    seen = []
    path = f"/shop/tea/orders/{order}"
    tea.press(tea.get(path), "ship", "ship", path)
    b1.press(b1.get(f"/orders/{order}"), "refund", "ask", f"/orders/{order}/refund", **{"refund-gaiwan-celadon": "1"})
    (asked,) = refunds.of_order(mall.state, order)
    give = mall.state.store.give_back

    def meanwhile(*told):
        refunds.answer(mall.state, STAFF, asked, granted=False)
        seen.extend(each.answer for each in refunds.of_order(mall.state, order))
        return give(*told)

    monkeypatch.setattr(mall.state.store, "give_back", meanwhile)
    refunds.answer(mall.state, STAFF, asked, granted=True)
    assert seen == ["granting"]
    assert [each.answer for each in refunds.of_order(mall.state, order)] == ["granted"]
    assert len(state(mall, order).refunds) == 1


def test_two_who_ask_at_once_have_numbers_of_their_own(mall, b1, order):
    """And none of them a fault."""
    lines = [line.id for line in state(mall, order).order.settlement.lines]
    page = b1.get(f"/orders/{order}")
    ask = partial(b1.press, page, "refund", "ask", f"/orders/{order}/refund")
    with ThreadPoolExecutor(len(lines)) as threads:
        sent = list(threads.map(lambda line: ask(**{f"refund-{line}": "1"}).status, lines))
    assert set(sent) == {303}
    numbers = [each.number for each in refunds.of_order(mall.state, order)]
    assert sorted(numbers, key=lambda each: int(each[len(order) + 1 :])) == [
        f"{order}R{n + 1}" for n in range(len(lines))
    ]


def test_goods_that_are_sent_while_they_are_asked_back_wait_for_the_shop(mall, b1, tea, order, monkeypatch):
    """What was seen a moment ago decides nothing."""
    path, kept = f"/shop/tea/orders/{order}", refunds._kept

    def meanwhile(*told):
        assert tea.press(tea.get(path), "ship", "ship", path).status == 303
        return kept(*told)

    page = b1.get(f"/orders/{order}")
    monkeypatch.setattr(refunds, "_kept", meanwhile)
    b1.press(page, "refund", "ask", f"/orders/{order}/refund", **{"refund-gaiwan-celadon": "1"})
    assert [each.answer for each in refunds.of_order(mall.state, order)] == [None]


def test_a_refused_request_gives_nothing_back(mall, b1, tea, order):
    """The buyer is told so."""
    path = f"/shop/tea/orders/{order}"
    tea.press(tea.get(path), "ship", "ship", path)
    line = next(iter(left(mall, order)))
    b1.press(b1.get(f"/orders/{order}"), "refund", "ask", f"/orders/{order}/refund", **{f"refund-{line}": "1"})
    assert tea.press(tea.get(path), path, "refuse", path, f"{order}R1").status == 303
    assert state(mall, order).refunds == ()
    assert "refused by the shop" in b1.get(f"/orders/{order}").html


def test_a_shop_gives_back_by_itself_no_more_than_is_left(mall, tea, order):
    """Sent or not; what is asked beyond is told at its field."""
    path = f"/shop/tea/orders/{order}"
    line = next(line for line, pieces in left(mall, order).items() if pieces == 2)
    assert tea.press(tea.get(path), "give", "give", path, **{f"give-{line}": "1"}, reason="broken").status == 303
    beyond = tea.press(tea.get(path), "give", "give", path, **{f"give-{line}": "2"})
    assert (beyond.status, list(beyond.wrong)) == (422, [f"give-{line}"])
    assert len(state(mall, order).refunds) == 1


# ------------------------------------------------------------------ rules


def rules(mall, owner="tea"):
    """Those in force."""
    return mall.state.rules.part(owner)


def test_a_field_of_the_form_changes_its_value_alone(mall, tea):
    """A new version, in force at once; the one before stays, and can be taken up again."""
    before = rules(mall)
    path = "/shop/tea/rules"
    name = "/promotions/0/tiers/0/benefit/amount"
    page = tea.press(tea.get(path), "fields", "check", path, **{name: "45.00 CNY"})
    assert (page.status, page.of("unsaved"), rules(mall)) == (200, "Checked. It is not kept yet.", before)
    assert tea.press(page, "fields", "keep", path).to == f"{path}?kept=1"
    after = json.loads(json.dumps(before))
    after["promotions"][0]["tiers"][0]["benefit"]["amount"] = "45.00 CNY"
    assert rules(mall) == after
    assert mall.state.rules.book().promotions[-1].tiers[0].benefit.amount.minor == 4500
    assert [each.version for each in mall.state.rules.versions("tea")] == [2, 1]
    old = tea.get(f"{path}?version=1")
    assert tea.press(old, "fields", "keep", path).status == 303
    assert rules(mall) == before
    assert tea.get(f"{path}?version=9").status == 404
    assert tea.get(f"{path}?version=x").status in (404, 422)


#: Fields, and what does not go there: the last ones would have another pay.
WRONG_FIELDS = (
    ("/promotions/0/tiers/0/min_amount", "300"),
    ("/promotions/0/tiers/0/min_amount", "-1.00 CNY"),
    ("/promotions/0/tiers/0/benefit/type", "free_lunch"),
    ("/freight_templates/0/zones/0/first", "much"),
    ("/promotions/0/id", ""),
    ("/promotions/0/issuer", "platform"),
    ("/coupons/0/issuer", "digital"),
)
WRONG_TEXTS = (
    "", "{", "[]", "1", '{"coupons": 1}', '{"coupons": [1]}', '{"currency": "USD"}', '{"a": NaN}', "[" * 99,
    '{"coupons": [], "coupons": []}', '{"promotions": [{"id": "p", "issuer": "tea"}]}',
    '{"freight_templates": [{"id": "fruit-cold", "measure": "quantity", "zones": []}]}',
)  # fmt: skip


def test_what_is_wrong_is_told_at_its_field_and_not_kept(mall, tea):
    """In the form and beside it; a shop never gives away what is the mall's, or another's."""
    before, path = rules(mall), "/shop/tea/rules"
    page = tea.get(path)
    for name, typed in WRONG_FIELDS:
        sent = tea.press(page, "fields", "keep", path, **{name: typed})
        near = [each for each in sent.wrong if each.startswith(name.rsplit("/", 1)[0])]
        assert (sent.status, bool(near)) == (422, True), (name, typed, sent.of("problems"))
    assert rules(mall) == before


def test_a_text_that_is_no_rules_is_told_and_not_kept(mall, tea):
    """Also what takes another shop's template, and keys that are the mall's."""
    before, path = rules(mall), "/shop/tea/rules"
    page = tea.get(path)
    for text in WRONG_TEXTS:
        sent = tea.press(page, "text", "keep", path, json=text)
        assert (sent.status, sent.of("problems") is not None) == (422, True), text
    assert rules(mall) == before


@pytest.mark.parametrize("name", ["promotions", "coupons"])
def test_a_shop_bears_its_offers_itself(mall, tea, name):
    """The mall pays for none of them: told at its place, and not kept."""
    before = rules(mall)
    document = json.loads(json.dumps(before))
    document[name][0]["platform_share"] = "0"
    for share, status in (("0", 200), ("100", 422), ("0.01", 422), (1, 422)):
        document[name][0]["platform_share"] = share
        sent = tea.press(tea.get("/shop/tea/rules"), "text", "check", "/shop/tea/rules", json=json.dumps(document))
        assert (sent.status, f"{name}[0].platform_share" in (sent.of("problems") or "")) == (status, status == 422)
    assert (
        tea.press(tea.get("/shop/tea/rules"), "text", "keep", "/shop/tea/rules", json=json.dumps(document)).status
        == 422
    )
    assert rules(mall) == before


#: What stands where something else belongs, and the place at which that is told.
NO_RULES = (
    ('{"coupons": [{"id": "a", "issuer": "tea"}, 1]}', "coupons[1]"),
    ('{"freight_templates": [null]}', "freight_templates[0]"),
    ('{"coupons": [[{"id": 1}]]}', "coupons[0]"),
    ('{"coupons": [{"issuer": "tea", "id": "\\ud800"}]}', "coupons[0].id"),
    ('{"coupons": [{"issuer": "tea", "\\udc00": 1}]}', "coupons[0]"),
    ("{}", "freight_templates"),
)


@pytest.mark.parametrize("button", ["check", "keep"])
def test_no_rules_are_a_fault(mall, tea, button):
    """Rows that are no objects, half characters, a shop without the template that its goods name."""
    before, path = rules(mall), "/shop/tea/rules"
    page = tea.get(path)
    for text, place in NO_RULES:
        sent = tea.press(page, "text", button, path, json=text)
        assert (sent.status, place in sent.of("problems").split()) == (422, True), text
    mixed = json.loads(json.dumps(before))
    mixed["coupons"] = [{"issuer": "tea", "id": [1], "tiers": [1, {"a": 2}, [3]]}, {"id": "b", "issuer": "tea"}]
    told = {"json": json.dumps(mixed)}
    for sent in (tea.press(page, "text", button, path, **told), tea.press(page, "fields", button, path, **told)):
        assert (sent.status, "coupons[0].id" in sent.of("problems")) == (422, True)
    assert tea.press(page, "fields", "copy", path, "/coupons/0", **told).status == 422
    assert rules(mall) == before


def test_the_mall_has_a_way_to_pay(mall):
    """Else nobody could check out: told, and not kept."""
    office, path = mall.browser("mall"), "/shop/platform/rules"
    document = {name: rules(mall, "platform")[name] for name in ("id", "currency")}
    for without in (document, document | {"payment_methods": []}):
        sent = office.press(office.get(path), "text", "keep", path, json=json.dumps(without))
        assert (sent.status, "payment_methods" in sent.of("problems").split()) == (422, True)
    assert len(mall.state.rules.versions("platform")) == 1


def test_check_says_what_is_hardly_meant(mall, tea):
    """Beside the rules, at the place in this shop's own document, also where they may be kept."""
    document = rules(mall)
    document["promotions"][0]["tiers"][0]["benefit"]["every"] = True
    sent = tea.press(tea.get("/shop/tea/rules"), "text", "check", "/shop/tea/rules", json=json.dumps(document))
    assert sent.status == 200
    assert "promotions[0].tiers[0].benefit.every" in sent.of("findings")
    assert rules(mall) != document


def test_a_part_is_copied_and_removed(mall, tea):
    """A copy has an id of its own; what is no part changes nothing."""
    path = "/shop/tea/rules"
    page = tea.press(tea.get(path), "fields", "copy", path, "/coupons/0")
    assert tea.press(page, "fields", "keep", path).status == 303
    assert [each["id"] for each in rules(mall)["coupons"]] == ["tea-20", "tea-20-2"]
    page = tea.press(tea.get(path), "fields", "remove", path, "/coupons/0")
    assert tea.press(page, "fields", "keep", path).status == 303
    assert [each["id"] for each in rules(mall)["coupons"]] == ["tea-20-2"]
    for wrong in ("/coupons/9", "/coupons", "", "/x/0", "/coupons/0/id/0", "/coupons/-1"):
        assert tea.press(tea.get(path), "fields", "remove", path, wrong).status == 422


def test_two_who_keep_rules_do_not_undo_each_other(mall, tea):
    """The second is told of the first, and may look before keeping his."""
    path = "/shop/tea/rules"
    late, name = tea.get(path), "/promotions/0/tiers/0/min_amount"
    assert tea.press(tea.get(path), "fields", "keep", path, **{name: "310.00 CNY"}).status == 303
    sent = tea.press(late, "fields", "keep", path, **{name: "320.00 CNY"})
    assert (sent.status, "version 2" in sent.of("error")) == (409, True)
    assert tea.press(sent, "fields", "keep", path).status == 303
    assert rules(mall)["promotions"][0]["tiers"][0]["min_amount"] == "320.00 CNY"


def test_two_who_keep_rules_at_once(mall, tea, monkeypatch):
    """Between the look at the version and the writing somebody else was quicker: 409, and nothing is lost."""
    path, keep = "/shop/tea/rules", mall.state.rules.keep
    name = "/promotions/0/tiers/0/min_amount"

    def meanwhile(*told, **more):
        monkeypatch.setattr(mall.state.rules, "keep", keep)
        keep("tea", rules(mall) | {"coupons": []}, "other")
        return keep(*told, **more)

    monkeypatch.setattr(mall.state.rules, "keep", meanwhile)
    sent = tea.press(tea.get(path), "fields", "keep", path, **{name: "310.00 CNY"})
    assert (sent.status, "version 2" in sent.of("error")) == (409, True)
    assert (rules(mall)["coupons"], len(mall.state.rules.versions("tea"))) == ([], 2)


def test_two_shops_that_take_one_id_at_once(mall, tea, b1, monkeypatch):
    """The second is refused where it is written, and the checkout goes on."""
    path, keep = "/shop/tea/rules", mall.state.rules.keep
    offer = {"id": "twice", "name": "x", "tiers": [{"benefit": {"type": "amount_off", "amount": "1.00 CNY"}}]}
    both = {each: rules(mall, each) for each in ("tea", "fruit")}
    for each, document in both.items():
        document.setdefault("coupons", []).append(offer | {"issuer": each})

    def meanwhile(*told, **more):
        monkeypatch.setattr(mall.state.rules, "keep", keep)
        keep("fruit", both["fruit"], "other")
        return keep(*told, **more)

    monkeypatch.setattr(mall.state.rules, "keep", meanwhile)
    assert tea.press(tea.get(path), "text", "keep", path, json=json.dumps(both["tea"])).status == 422
    assert (b1.get("/checkout").status, len(mall.state.rules.versions("tea"))) == (200, 1)


def test_what_was_kept_holds_at_the_next_checkout_and_differs_from_what_was_shown(b1, tea):
    """A buyer who has the page of before is shown both sums, and nothing is ordered."""
    page, path = b1.get("/checkout"), "/shop/tea/rules"
    name = "/promotions/0/tiers/0/benefit/amount"
    assert tea.press(tea.get(path), "fields", "keep", path, **{name: "10.00 CNY"}).status == 303
    sent = b1.checkout(page=page)
    assert sent.status == 409
    assert sent.of("before") == page.of("payable")
    assert sent.of("after") == sent.of("payable") != page.of("payable")


# ------------------------------------------------------------------ the statement


def test_a_statement_is_what_the_shop_is_owed(mall, tea, order):
    """Opening and closing are the library's payout, before a refund and after it, from one month to the next."""
    from settlement import payout
    from settlement.orders import RefundAsked

    settled = state(mall, order).order.settlement
    due = next(each for each in payout(settled).shops if each.shop == "tea")
    page = tea.get("/shop/tea/statement?since=2026-11-01&until=2026-11-30")
    assert page.of("closing") == due.net.format("en")
    mall.clock.on(days=20)
    tea = mall.browser("tea")
    line = next(iter(left(mall, order)))
    path = f"/shop/tea/orders/{order}"
    assert tea.press(tea.get(path), "give", "give", path, **{f"give-{line}": "1"}).status == 303
    quotes = [event.quote for event in state(mall, order).events if isinstance(event, RefundAsked)]
    later = next(each for each in payout(settled, None, quotes).shops if each.shop == "tea")
    assert later.net < due.net
    assert tea.get("/shop/tea/statement?since=2026-11-01&until=2026-11-30").of("closing") == due.net.format("en")
    december = tea.get("/shop/tea/statement?since=2026-12-01&until=2026-12-31")
    assert (due.net.format("en") in december.html, december.of("closing")) == (True, later.net.format("en"))


def test_what_was_never_paid_is_owed_to_nobody(tea, b1):
    """An order that waits is in no statement."""
    b1.buy()
    assert tea.get("/shop/tea/statement").of("closing") == "CN¥0.00"


@pytest.mark.parametrize(
    ("query", "field"),
    [("since=x", "since"), ("until=2026-13-01", "until"), ("since=2026-11-30&until=2026-11-01", "until")],
)
def test_a_period_that_is_none_is_told(tea, query, field):
    """At its field, with 422."""
    page = tea.get(f"/shop/tea/statement?{query}")
    assert (page.status, list(page.wrong)) == (422, [field])


@pytest.mark.usefixtures("order")
def test_a_statement_is_a_csv_file_too(tea):
    """With its name."""
    answer = tea.client.get("/shop/tea/statement?since=2026-11-01&until=2026-11-30&format=csv")
    assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (200, "text/csv")
    assert "statement-tea-2026-11-01-2026-11-30.csv" in answer.headers["content-disposition"]
    assert "closing" in answer.text or "Closing" in answer.text
