"""`settlement refund`, `payout` and `invoice`: what they print, what they read back, and how they end."""

from __future__ import annotations

import json

import pytest

from samples import a_checkout, a_line, a_rulebook, a_template, settled
from settlement import Checkout, RefundQuote, Rulebook, refund
from settlement.after_pay.edits import OrderEdit, OrderPart
from settlement.after_pay.invoices.invoice import Invoice
from settlement.after_pay.payments.options import payment_options
from settlement.after_pay.payouts.accounts import Payout
from settlement.after_pay.refunds.request import RefundRequest
from settlement.audit.record import record
from settlement.commands.cli import main

CARD = {"id": "card", "percent": "1", "borne_by": "merchant"}
CHECKOUT = a_checkout(
    a_line("a", "10.00", quantity=3, commission_percent="5", tax_percent="13") | {"name": "茶"},
    a_line("b", "20.00", shop="s2"),
    payment_method="card",
    invoice={"title": "张三"},
)
RULEBOOK = a_rulebook(payment_methods=[CARD])


@pytest.fixture
def ran(capsys, tmp_path):
    """Run a command on a request in the file `order`; other files by name. Exit code, output and errors."""

    def run(command, *options, **files):
        for name, content in {"order": {"checkout": CHECKOUT, "rulebook": RULEBOOK}, **files}.items():
            text = content if isinstance(content, str) else json.dumps(content)
            (tmp_path / name).write_text(text, encoding="utf-8")
        paths = [str(tmp_path / each) if (tmp_path / each).exists() else each for each in ("order", *options)]
        code = main([command, *paths])
        return code, *capsys.readouterr()

    return run


# ------------------------------------------------------------------ refund


def test_a_quote_is_printed_and_read_back_as_history(ran):
    """JSON off a terminal; with the quote as history the same piece can't come back a third time."""
    code, first, _ = ran("refund", "--return", "a=2")
    assert (code, str(RefundQuote.from_json(first).cash)) == (0, "20.00 CNY")
    code, second, _ = ran("refund", "--return", "a=1", "--history", "first", first=first)
    assert str(RefundQuote.from_json(second).cash) == "10.00 CNY"
    code, out, err = ran("refund", "--return", "a=2", "--history", "first", first=first)
    assert (code, out) == (2, "")
    assert "4 returned in all, but only 3 bought [refund.exceeds]" in err


def test_a_settlement_that_was_stored_can_be_refunded(ran):
    """The order may be a settlement instead of a request, with the same quote."""
    _, quote, _ = ran("refund", "--return", "a=1")
    _, other, _ = ran("refund", "--return", "a=1", order=settled(CHECKOUT, RULEBOOK).to_json())
    assert other == quote


def test_a_refund_as_text_has_names_and_a_language(ran):
    """Names come from the request."""
    _, out, _ = ran("refund", "--return", "a=1", "--format", "text", "--locale", "zh_CN")
    assert "茶" in out
    assert "应退金额" in out


def test_without_returns_every_line_is_previewed(ran):
    """The next units and all that is left, as JSON or as a table."""
    _, out, _ = ran("refund")
    assert [(row["line"], row["left"], row["units"], row["all_left"]) for row in json.loads(out)] == [
        ("a", 3, ["10.00 CNY"] * 3, "30.00 CNY"),
        ("b", 1, ["20.00 CNY"], "20.00 CNY"),
    ]
    _, out, _ = ran("refund", "--format", "text")
    assert out.splitlines()[1].split() == ["a", "3", "CN¥10.00", "CN¥30.00", "0"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--return", "z=1"], "there is no line 'z'"),
        (["--return", "a=x"], "--return: 1 problem\n  returns.a: "),
        (["--return", "a=1", "--table", "charges"], "--table is of --format csv"),
        (["--return", "a=1", "--return", "a=1"], "names a line twice"),
        (["--history", "order"], "a refund quote is expected"),
        (["--policy", "policy"], "recheck"),
    ],
)
def test_a_wrong_refund_ends_with_2(ran, options, said):
    """What is wrong stands on standard error, and nothing is printed."""
    code, out, err = ran("refund", *options, policy={"recheck": "maybe"})
    assert (code, out) == (2, "")
    assert said in err


def test_a_return_that_is_no_pair_is_refused_by_the_parser(ran):
    """LINE=QUANTITY, nothing else."""
    code, out, err = ran("refund", "--return", "a")
    assert (code, out) == (2, "")
    assert "write LINE=QUANTITY" in err


def test_refunds_payouts_and_invoices_are_tables_too(ran):
    """CSV of one table each; a preview has none, and of several invoices one has to be chosen."""
    _, out, _ = ran("refund", "--return", "a=1", "--format", "csv")
    assert out.splitlines()[1].startswith("a,1,10.00,")
    _, out, _ = ran("payout", "--format", "csv", "--table", "holders")
    assert out.splitlines() == [
        "holder,shop,net,currency",
        "shop,s1,28.20,CNY",
        "shop,s2,19.80,CNY",
        "platform,,1.50,CNY",
        "provider,,0.50,CNY",
    ]
    _, out, _ = ran("invoice", "--shop", "s1", "--format", "csv", "--table", "taxes")
    assert out.splitlines()[1] == "s1,blue,13,26.55,3.45,30.00,CNY"
    assert ran("refund", "--format", "csv")[::2] == (
        2,
        "settlement: tables and explanations are of a refund; say with --return what comes back\n",
    )
    assert ran("invoice", "--format", "csv")[0] == 2


# ------------------------------------------------------------------ payout


def test_a_payout_of_a_record_is_that_of_its_request(ran):
    """The record holds the rules and the way to pay: the provider's fee is not forgotten."""
    _, expected, _ = ran("payout")
    kept = record(settled(CHECKOUT, RULEBOOK))
    for each in (kept, kept.erased()):
        code, out, _ = ran("payout", order=each.to_json())
        assert (code, out) == (0, expected)
    assert Payout.from_json(expected).provider.minor > 0


def test_a_payout_knows_the_method_of_the_request(ran):
    """The merchant's 1 % of 50.00; after a refund of 10.00 it is 0.40: 0.30 less a third of it, down, and 0.20."""
    code, out, _ = ran("payout")
    found = Payout.from_json(out)
    assert (code, str(found.provider), str(found.platform.net)) == (0, "0.50 CNY", "1.50 CNY")
    _, quote, _ = ran("refund", "--return", "a=1")
    _, out, _ = ran("payout", "--refund", "quote", quote=quote)
    assert str(Payout.from_json(out).provider) == "0.40 CNY"


def test_a_payout_takes_terms_and_a_policy_from_files(ran):
    """Other terms than the request's, and a commission that refunds don't give back."""
    policy = {"commission_per": "shop"}
    _, out, _ = ran("payout", "--method", "m", "--policy", "p", m=CARD | {"percent": "2"}, p=policy)
    assert str(Payout.from_json(out).provider) == "1.00 CNY"
    _, out, _ = ran("payout", "--format", "text", "--locale", "zh_CN")
    assert "平台应得" in out


def test_a_payout_rounds_as_the_rules_of_the_request_do(ran):
    """1 % of 50.50 is 0.505: 0.50 under `down` as the payment option says it, unless the mall's policy says `up`."""
    lines = [CHECKOUT["cart"]["lines"][0], CHECKOUT["cart"]["lines"][1] | {"unit_price": "20.50 CNY"}]
    request = {
        "checkout": CHECKOUT | {"cart": {"currency": "CNY", "lines": lines}},
        "rulebook": a_rulebook(payment_methods=[CARD], policy={"rounding": "down"}),
    }
    option = payment_options(*[kind.model_validate(request[kind.__name__.lower()]) for kind in (Checkout, Rulebook)])[0]
    assert str(option.fee) == "0.50 CNY"
    for policy, fee in (({}, "0.50 CNY"), ({"buyer_fee": "shop"}, "0.50 CNY"), ({"rounding": "up"}, "0.51 CNY")):
        _, out, _ = ran("payout", "--policy", "p", p=policy, order=request)
        assert str(Payout.from_json(out).provider) == fee


def test_what_is_not_priced_is_refused_with_its_code(ran):
    """A payout, sub-orders and invoices of a request without an address."""
    lines = [CHECKOUT["cart"]["lines"][0] | {"freight_template": "t1"}]
    request = {
        "checkout": CHECKOUT | {"cart": {"currency": "CNY", "lines": lines}, "address": None},
        "rulebook": a_rulebook(payment_methods=[CARD], freight_templates=[a_template()]),
    }
    for command in (("payout",), ("payout", "--orders"), ("payout", "--explain"), ("invoice",)):
        code, out, said = ran(*command, order=request)
        assert (code, out) == (2, "")
        assert "settlement.status: freight is not known yet; settle with an address first [demand.pending]" in said


def test_sub_orders_are_a_list(ran):
    """One for each shop."""
    _, out, _ = ran("payout", "--orders")
    assert [(each["shop"], each["due"]) for each in json.loads(out)] == [("s1", "30.00 CNY"), ("s2", "20.00 CNY")]


def test_a_refund_of_another_order_ends_with_2(ran):
    """A payout is of one order."""
    quote = '{"settlement":"sha256:0","currency":"CNY","freight":"keep","cash":"0.00 CNY","points":0,"lines":[]}'
    code, _, err = ran("payout", "--refund", "quote", quote=quote)
    assert code == 2
    assert "another settlement" in err


def test_a_payout_is_booked_beside_its_settlement(ran, tmp_path):
    """The journal takes what `settlement payout` printed; other commands say that it is no settlement."""
    _, out, _ = ran("payout")
    (tmp_path / "paid").write_text(out, encoding="utf-8")
    code, book, _ = ran("journal", "paid", "--paid-out", "2026-12-01")
    assert code == 0
    assert "2026-12-01,payout" in book
    assert "Liabilities:Shops:s1" in book
    code, _, err = ran("refund", order=out)
    assert (code, "is expected, not a payout" in err) == (2, True)


# ------------------------------------------------------------------ invoice


def test_invoices_are_a_list_with_names(ran):
    """One for each shop, names from the request, the tax in the amount."""
    code, out, _ = ran("invoice")
    made = [Invoice.model_validate(each) for each in json.loads(out)]
    assert (code, [each.shop for each in made]) == (0, ["s1", "s2"])
    assert (made[0].lines[0].name, str(made[0].tax)) == ("茶", "3.45 CNY")


def test_a_page_is_of_one_shop(ran):
    """HTML of one; of several --shop has to choose."""
    code, out, _ = ran("invoice", "--shop", "s1", "--format", "html", "--locale", "zh_CN")
    assert code == 0
    assert out.startswith("<!DOCTYPE html>")
    code, out, err = ran("invoice", "--format", "html")
    assert (code, out) == (2, "")
    assert "s1, s2" in err


def test_items_and_sellers_come_from_files(ran):
    """By sku and by shop; printed rows are a table; what are no documents, or contradict a rate, ends with 2."""
    files = {"items": {"k": {"unit": "盒", "tax_code": "1" * 19}}, "sellers": {"s1": {"name": "茶行"}}}
    _, out, _ = ran("invoice", "--items", "items", "--sellers", "sellers", "--shop", "s1", **files)
    (made,) = json.loads(out)
    assert (made["lines"][0]["unit"], made["seller"]) == ("盒", {"name": "茶行"})
    chosen = ("--shop", "s1", "--format", "csv", "--table", "rows")
    _, out, _ = ran("invoice", "--items", "items", *chosen, items=files["items"])
    assert out.splitlines()[1].startswith(f"s1,blue,a,normal,{'1' * 19},茶,,盒,3,")
    for wrong, text in (
        ([], "settlement: "),
        ({"k": {"tax_code": "12"}}, "tax_code"),
        ({"k": {"untaxed": "exempt"}}, "has a rate of 13 %"),
    ):
        code, out, err = ran("invoice", "--items", "items", items=wrong)
        assert (code, out, text in err) == (2, "", True), err


def test_an_invoice_is_written_as_ubl(ran):
    """Of one shop; what UBL can't say ends with 2."""
    party = {"name": "T", "country": "FR", "endpoint": "4000001000005", "scheme": "0088", "vat_number": "FR12345678901"}
    details = {"number": "R-1", "issued": "2026-11-12", "order": "A-1", "seller": party, "buyer": party}
    code, out, _ = ran("invoice", "--shop", "s1", "--ubl", "details", details=details)
    assert (code, '<cbc:TaxAmount currencyID="CNY">3.45</cbc:TaxAmount>' in out) == (0, True)
    assert ran("invoice", "--ubl", "details", details=details)[0] == 2
    unknown = details | {"seller": {name: each for name, each in party.items() if name != "vat_number"}}
    code, _, err = ran("invoice", "--shop", "s1", "--ubl", "details", details=unknown)
    assert (code, "BR-S-02" in err) == (2, True)
    late = details | {"prepaid": "1.00 CNY"}
    code, _, err = ran("invoice", "--shop", "s1", "--ubl", "details", details=late)
    assert (code, "say when" in err) == (2, True)


def test_a_red_invoice_follows_a_refund(ran):
    """Only the shop whose goods came back."""
    _, first, _ = ran("refund", "--return", "a=1")
    _, quote, _ = ran("refund", "--return", "a=2", "--history", "first", first=first)
    _, out, _ = ran("invoice", "--red", "quote", "--history", "first", quote=quote)
    assert [(each["shop"], each["amount"], each["tax"]) for each in json.loads(out)] == [
        ("s1", "-20.00 CNY", "-2.30 CNY")
    ]


def test_a_shop_without_an_invoice_is_told(ran):
    """--shop names one that has an invoice; that a refund leaves it alone is no mistake."""
    code, out, err = ran("invoice", "--shop", "s9")
    assert (code, out, err) == (2, "", "settlement: there is no invoice of shop 's9'; there are 's1', 's2'\n")
    _, quote, _ = ran("refund", "--return", "a=1")
    assert ran("invoice", "--red", "quote", "--shop", "s2", quote=quote) == (0, "[]\n", "")


def test_a_tax_number_is_refused_strictly_on_request(ran):
    """A wrong check character passes, and ends with 2 under --strict."""
    firm = {"title": "T", "type": "company", "tax_number": "91350211M0000XUF46"}
    assert ran("invoice", "--request", "firm", firm=firm)[0] == 0
    code, _, err = ran("invoice", "--request", "firm", "--strict", firm=firm)
    assert code == 2
    assert "[tax_number.check]" in err


def test_an_order_that_asked_for_no_invoice_needs_a_request(ran):
    """The settlement has none, so --request has to say for whom."""
    order = {"checkout": a_checkout(), "rulebook": a_rulebook()}
    code, _, err = ran("invoice", order=order)
    assert (code, "nobody asked for an invoice" in err) == (2, True)


# ------------------------------------------------------------------ why this cent


def test_each_command_tells_how_its_figures_came_about(ran):
    """--explain: a refund or a line of it, a shop's payout or the platform's, an invoice or a red one, an option."""
    _, quote, _ = ran("refund", "--return", "a=1")
    said = {
        ("refund", "--return", "a=1", "--explain"): "To refund: 10.00",
        ("refund", "--return", "a=1", "--explain", "a"): "down(30.00 × 1 ÷ 3) = 10.00",
        ("payout", "--explain", "s1"): "round(30.00 × 5 ÷ 100) = 1.50",
        ("payout", "--explain"): "28.20 s1 + 19.80 s2 + 1.50 the platform + 0.50 the provider = 50.00",
        ("invoice", "--shop", "s1", "--explain"): "Tax at 13 %: round(30.00 × 13 ÷ (100 + 13)) = 3.45",
        ("invoice", "--shop", "s1", "--red", "quote", "--explain"): "round(3.45 × 10.00 ÷ 30.00) = −1.15",
        ("explain", "--method", "card"): "Fee that the merchant bears: round(50.00 × 1 ÷ 100) = 0.50",
    }
    for (command, *options), text in said.items():
        code, out, _ = ran(command, *options, quote=quote)
        assert (code, text in out) == (0, True), out
        code, out, _ = ran(command, *options, "--format", "json", quote=quote)
        assert (code, "steps" in json.loads(out)) == (0, True)
        code, out, _ = ran(command, *options, "--locale", "zh_CN", quote=quote)
        assert "：" in out


@pytest.mark.parametrize(
    ("command", "options", "said"),
    [
        ("refund", ["--explain"], "say with --return"),
        ("refund", ["--return", "a=1", "--explain", "b"], "there is no line 'b'"),
        ("payout", ["--explain", "s9"], "there is no shop 's9'"),
        ("invoice", ["--explain"], "choose one with --shop: s1, s2"),
        ("explain", ["--method", "barter"], "there is no payment method 'barter'; there are 'card'"),
    ],
)
def test_what_cannot_be_told_ends_with_2(ran, command, options, said):
    """What is wrong stands on standard error."""
    code, out, err = ran(command, *options)
    assert (code, out) == (2, "")
    assert said in err


@pytest.mark.parametrize(
    ("command", "options", "said"),
    [
        ("refund", ["--return", "z=1"], "没有商品行 'z'；现有 'a', 'b'"),
        ("refund", ["--return", "a=9"], "商品行 'a'：累计退货 9，而只买了 3 [refund.exceeds]"),
        ("refund", ["--history", "order"], "此处应为退款单"),
        ("payout", ["--explain", "s9"], "本分账中没有店铺 's9'"),
        ("payout", ["--table", "holders"], "--table 只用于 --format csv"),
        ("invoice", ["--format", "html"], "请用 --shop 选一张：s1, s2"),
        ("invoice", ["--table", "taxes"], "--table 只用于 --format csv"),
        ("explain", ["--method", "barter"], "没有支付方式 'barter'；现有 'card'"),
    ],
)
def test_a_reader_of_chinese_is_told_in_chinese(ran, command, options, said):
    """What a command cannot do is a text like any other."""
    code, out, err = ran(command, *options, "--locale", "zh_CN")
    assert (code, out) == (2, "")
    assert said in err


def test_a_settlement_alone_does_not_know_other_methods(ran):
    """The terms are the rulebook's."""
    code, _, err = ran("explain", "--method", "card", order=settled(CHECKOUT, RULEBOOK).to_json())
    assert (code, "is of a request" in err) == (2, True)


# ------------------------------------------------------------------ order edits

WANTED = {**CHECKOUT, "at": "2026-11-20T00:00:00+08:00", "cart": a_checkout(
    a_line("a", "10.00", quantity=2, commission_percent="5", tax_percent="13"),
    a_line("c", "25.00", shop="s2"),
)["cart"]}  # fmt: skip


def test_an_edit_is_printed_and_goes_on(ran):
    """Of three one comes back, of another shop one is added; the JSON is read by the next edit and by the journal."""
    code, out, err = ran("edit", "wanted", "--format", "json", "--id", "E-1", wanted=WANTED)
    made = OrderEdit.from_json(out)
    assert (code, err, made.id) == (0, "", "E-1")
    assert (str(made.difference), str(made.collect)) == ("-5.00 CNY", "0.00 CNY")
    assert ran("edit", "wanted", "--format", "text", "--id", "E-1", wanted=WANTED)[1] == made.text() + "\n"
    assert ran("edit", "wanted", "--format", "csv", "--table", "shops", "--id", "E-1", wanted=WANTED)[1] == (
        "shop,difference,currency\r\ns1,-10.00,CNY\r\ns2,5.00,CNY\r\n"
    )
    code, out, _ = ran("edit", "wanted", "--rules", "rules", wanted=WANTED, rules=RULEBOOK, order=made.to_dict())
    assert (code, OrderEdit.from_json(out).refunds) == (0, {})
    code, out, _ = ran("edit", "--return", "a=1", "--money", "late@c=5.00", "--at", "2026-11-21T00:00:00Z",
                       order=made.to_dict())  # fmt: skip
    assert (code, str(OrderEdit.from_json(out).give_back)) == (0, "15.00 CNY")
    code, out, _ = ran("journal", "--format", "csv", order=made.to_dict())
    kinds = [line.split(",")[1] for line in out.splitlines()[1:]]
    assert (code, list(dict.fromkeys(kinds))) == (0, ["settlement", "refund"])


@pytest.mark.parametrize(
    ("options", "files", "says"),
    [
        ((), {}, "say either what is wanted (WANTED) or what comes back (--return)"),
        (("wanted", "--return", "a=1"), {"wanted": WANTED}, "say either what is wanted"),
        (("wanted",), {"wanted": WANTED, "order": "settled"}, "a checkout alone: say by which rules"),
        (("wanted",), {"wanted": {**WANTED, "cart": {}}}, "  cart.currency: "),
        (("wanted", "--history", "old"), {"wanted": WANTED, "order": "edit", "old": "refund"}, "--history is of"),
        (("wanted", "--order", "B-2"), {"wanted": WANTED, "order": "edit"}, "--order names a settlement"),
        (("wanted", "--table", "shops"), {"wanted": WANTED}, "--table is of --format csv"),
        (("wanted",), {"wanted": {**WANTED, "at": "2026-11-20"}}, "  at: "),
        (("wanted",), {"wanted": WANTED, "order": "refund"}, "a request or an order edit is expected"),
        (("--return", "a=4"), {}, "4 returned in all, but only 3 bought"),
    ],
)
def test_a_wrong_edit_ends_with_2(ran, options, files, says):
    """Where, what, and what would be right, on standard error."""
    paid = settled(CHECKOUT, RULEBOOK)
    edit = OrderEdit((OrderPart(paid),), {}, added=False)
    made = {"settled": paid.to_dict(), "edit": edit.to_dict(), "refund": refund(paid, {"a": 1}).to_dict()}
    code, out, err = ran("edit", *options, **{name: made.get(each, each) if isinstance(each, str) else each
                                              for name, each in files.items()})  # fmt: skip
    assert (code, out) == (2, "")
    assert says in err


def test_a_refund_takes_what_the_library_takes(ran):
    """Money of a line or the order, freight alone, what is kept, a gift, credit; by options and by a file alike."""
    paid = settled(CHECKOUT, RULEBOOK)
    ask = {
        "returns": {"a": 1},
        "money": [{"reason": "late", "line": "b", "amount": "2.00 CNY"}, {"reason": "price", "amount": "3.00 CNY"}],
        "deductions": [
            {"reason": "restocking", "amount": "1.50 CNY"},
            {"reason": "way", "amount": "1.00 CNY", "of": "freight"},
        ],
        "credit": {"id": "w-7", "amount": "5.00 CNY"},
        "id": "R-1",
    }  # fmt: skip
    asked = RefundRequest.model_validate(ask)
    expected = refund(paid, policy=None, **asked.asked()).to_json() + "\n"
    assert ran("refund", "--ask", "ask", ask=ask) == (0, expected, "")
    options = ("--return", "a=1", "--money", "late@b=2.00", "--money", "price=3.00 CNY", "--deduct", "restocking=1.50")
    more = ("--deduct-freight", "way=1.00", "--credit", "w-7=5.00", "--id", "R-1")
    assert ran("refund", *options, *more) == (0, expected, "")
    split = {name: ask[name] for name in ("returns", "money")}
    assert ran("refund", "--ask", "ask", *options[6:], *more, ask=split) == (0, expected, "")
    whole = json.loads(ran("refund", "--money", "goodwill=all", "--credit", "w-7")[1])
    assert (whole["cash"], whole["credit"]) == ("50.00 CNY", {"id": "w-7", "amount": "50.00 CNY"})
    assert ran("refund", "--return", "a=1", "--captured", "5.00")[::2] == (
        2,
        "settlement: 10.00 CNY paid back in all, but only 5.00 CNY captured [refund.exceeds]\n",
    )


def test_a_refund_of_freight_and_with_a_gift_kept(ran):
    """All that was paid for freight goes back; a gift that would have to be sent back is paid for."""
    checkout = a_checkout(a_line("a", "100.00", freight_template="t1"), address={"region": "440305"})
    tier = {"min_amount": "50.00 CNY", "benefit": {"type": "gift", "sku": "mug", "quantity": 1}}
    rulebook = a_rulebook(freight_templates=[a_template()],
                          promotions=[{"id": "g", "issuer": "s1", "tiers": [tier]}])  # fmt: skip
    order = {"checkout": checkout, "rulebook": rulebook}
    quote = json.loads(ran("refund", "--freight-money", "slow=all", order=order)[1])
    assert [(row["of"], row["reason"], row["amount"]) for row in quote["money"]] == [("freight", "slow", quote["cash"])]
    options = ("--return", "a=1", "--policy", "policy", "--keep-gift", "mug=9.90")
    quote = json.loads(ran("refund", *options, order=order, policy={"gifts": "return"})[1])
    assert (quote["cash"], quote["kept_gifts"][0]["sku"]) == ("90.10 CNY", "mug")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--money", "late"), "write late=5.00, or late@a=5.00 of line a"),
        (("--keep-gift", "mug"), "write mug=9.90"),
        (("--money", "late@z=5.00"), "there is no line 'z'; there are 'a', 'b'"),
        (("--money", "late@a=5"), "--money late@a=5: 1 problem\n  amount: found too many or too few decimals; CNY has"),
        (("--money", "late@a=99.00"), "money[0].amount: found 99.00 CNY; there is 30.00 CNY left to give back here"),
        (("--deduct", "x=all", "--return", "a=1"), "--deduct x=all: 1 problem"),
        (("--credit", "w=1.234"), "--credit w=1.234: 1 problem"),
        (("--credit", "w=99.00", "--return", "a=1"), "credit.amount: found 99.00 CNY; there is 10.00 CNY left"),
        (("--captured", "5", "--return", "a=1"), "--captured 5"),
        (("--return", "a=1", "--keep-gift", "mug=9.90"), "deductions[0].gift: no gift mug would have to be sent back"),
        (("--return", "a=1", "--ask", "ask"), "--return names a line twice"),
        (("--ask", "bad"), "bad: 1 problem\n  deductions[0].of: found"),
        (("--ask", "order"), "this is a request; what a refund is asked for is expected"),
    ],
)
def test_what_a_refund_cannot_be_asked_for(ran, options, says):
    """Which option or which place of the file, what was found, and what would be right."""
    bad = {"deductions": [{"reason": "r", "amount": "1.00 CNY", "of": "gift"}]}
    code, out, err = ran("refund", *options, ask={"returns": {"a": 1}}, bad=bad)
    assert (code, out) == (2, "")
    assert says in err
