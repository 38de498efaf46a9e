"""Bills of WeChat Pay and Alipay and a neutral CSV: every row is read, or what can't be is named with its place."""

from __future__ import annotations

import io
import random
import zipfile

import pytest

from bills import (
    ALIPAY_SUMS,
    ALL,
    BACK,
    OLD,
    OLD_SUMS,
    PAID,
    REFUND,
    RETURNED,
    SALE,
    SUCCESS,
    SUMS,
    WECHAT_SUMS,
    a_row,
    details,
    wechat,
    zipped,
)  # fmt: skip
from samples import problems
from settlement.after_pay.bills import Bill, read_alipay, read_csv, read_wechat
from settlement.audit.books.tables import csv_text


def shown(bill):
    """The rows of a bill in a few words."""
    return [(r.kind, r.id, r.order, r.refund, str(r.amount), str(r.fee), r.at.isoformat(), r.state) for r in bill.rows]


SOLD = ("payment", "4200001", "SO1001", None, "100.00 CNY", "0.60 CNY", "2026-11-11T02:00:00+00:00", "SUCCESS")
GIVEN = ("refund", "4200001", "SO1001", "R-1", "30.00 CNY", "-0.18 CNY", "2026-11-11T10:30:00+00:00", "PROCESSING")


# ------------------------------------------------------------------ WeChat Pay


def test_the_bill_of_all_is_read_by_the_names_of_its_columns():
    """Whatever their order, with a byte order mark and either end of a line; a refund's fee comes back."""
    assert len(ALL) == 27
    rng = random.Random(5)
    for bom, end in ((False, "\n"), (True, "\r\n")):
        columns = ALL if not bom else rng.sample(ALL, len(ALL))
        bill = read_wechat(wechat([SALE, BACK], WECHAT_SUMS, columns, bom=bom, end=end))
        assert shown(bill) == [SOLD, GIVEN]
        assert [row.line for row in bill.rows] == [2, 3]
        assert [row.merchant for row in bill.rows] == ["1900000001"] * 2
        assert bill.rows[1].refund_id == "5030001"
        assert Bill.from_json(bill.to_json()) == bill


def test_bills_of_payments_alone_and_of_refunds_alone_are_read():
    """SUCCESS has 20 columns and four sums, REFUND 29 and the instant at which the refund was accepted."""
    assert (len(SUCCESS), len(REFUND), len(OLD)) == (20, 29, 24)
    titles = [SUMS[0], SUMS[1], SUMS[4], SUMS[5]]
    assert shown(read_wechat(wechat([SALE], ["1", "100.00", "0.60000", "100.00"], SUCCESS, titles))) == [SOLD]
    late = BACK | {"交易时间": "2026-11-10 08:00:00"}  # of the payment
    sums = ["1", "0.00", "30.00", "0.00", "-0.18000", "0.00", "30.00"]
    assert shown(read_wechat(wechat([late], sums, REFUND))) == [GIVEN]


def test_old_merchants_bills_are_read():
    """Without 订单金额 and 应结订单金额: 总金额 and 退款金额 take their place, with sums of older names."""
    bill = read_wechat(wechat([SALE, BACK], ["2", "100.00", "30.00", "0.00", "0.42000"], OLD, OLD_SUMS))
    assert shown(bill) == [SOLD, GIVEN]
    assert bill.rows[0].settled is None


def test_signs_of_a_refund_do_not_matter():
    """The fixtures of others have 应结订单金额 and 订单金额 of a refund as 0.00, or below 0, in rows and sums."""
    for of, sums in (("-30.00", "70.00"), ("30.00", "130.00"), ("-30.00", "100.00")):
        row = BACK | {"应结订单金额": of, "订单金额": of}
        made = [*WECHAT_SUMS[:1], sums, *WECHAT_SUMS[2:5], sums, WECHAT_SUMS[6]]
        assert shown(read_wechat(wechat([SALE, row], made))) == [SOLD, GIVEN]


def test_a_name_with_a_comma_stays_one_field():
    """Fields are cut at a comma before a backtick only."""
    assert shown(read_wechat(wechat([SALE | {"商品名称": "茶,白,\u2028红"}, BACK], WECHAT_SUMS))) == [SOLD, GIVEN]


def test_coupons_of_the_provider_are_part_of_the_order():
    """`amount` is 订单金额, `settled` 应结订单金额; a service provider's shop is the merchant."""
    row = SALE | {"应结订单金额": "97.00", "特约商户号": "1900000109"}
    [read] = read_wechat(wechat([row], ["1", "97.00", "0.00", "0.00", "0.60000", "100.00", "0.00"])).rows
    assert (str(read.amount), str(read.settled), read.merchant) == ("100.00 CNY", "97.00 CNY", "1900000109")


def test_an_empty_day_is_a_bill_without_rows():
    """Two headers and sums of 0."""
    assert read_wechat(wechat([], ["0", *["0.00"] * 6])).rows == ()


@pytest.mark.parametrize(
    ("change", "place", "code"),
    [
        ({"订单金额": "1O0.00"}, "line 2, 订单金额", "bill.amount"),
        ({"订单金额": ""}, "line 2, 订单金额", "bill.amount"),
        ({"手续费": "0.60500"}, "line 2, 手续费", "bill.finer"),
        ({"交易时间": "2026-11-31 10:00:00"}, "line 2, 交易时间", "bill.clock"),
        ({"交易时间": "2026/11/11 10:00"}, "line 2, 交易时间", "bill.clock"),
        ({"交易状态": "USERPAYING"}, "line 2, 交易状态", "bill.kind"),
        ({"货币种类": "RMB"}, "line 2, 货币种类", "currency.unknown"),
        ({"商户订单号": ""}, "line 2, 商户订单号", "text.empty"),
        ({"商品名称": "a,`b"}, "line 2", "bill.cells"),
        ({"订单金额": "100.01"}, "line 5, 订单总金额", "bill.sum"),
        ({"手续费": "0.61000"}, "line 5, 手续费总金额", "bill.sum"),
    ],
)
def test_what_can_not_be_read_is_named_by_line_and_column(change, place, code):
    """Once each; nothing is guessed, and a changed amount is found by the sums."""
    assert problems(lambda: read_wechat(wechat([SALE | change, BACK], WECHAT_SUMS))) == [(place, code)]


def test_every_wrong_cell_is_named_at_once():
    """Two rows, three cells, in the order of the file."""
    rows = [SALE | {"订单金额": "x", "交易时间": "y"}, BACK | {"手续费": "z"}]
    found = [("line 2, 订单金额", "bill.amount"), ("line 2, 交易时间", "bill.clock"), ("line 3, 手续费", "bill.amount")]
    assert problems(lambda: read_wechat(wechat(rows, WECHAT_SUMS))) == found


def test_a_file_that_is_not_whole_is_refused():
    """Cut off behind a row, without a column, with a row less than the sums say, or no text at all."""
    whole = wechat([SALE, BACK], WECHAT_SUMS)
    cut = b"\n".join(whole.split(b"\n")[:3])
    assert problems(lambda: read_wechat(cut)) == [("line 3, 总交易单数", "bill.no_sums")]
    less = [name for name in ALL if name != "手续费"]
    assert problems(lambda: read_wechat(wechat([SALE], WECHAT_SUMS, less))) == [("line 1, 手续费", "bill.column")]
    fewer = problems(lambda: read_wechat(wechat([SALE], WECHAT_SUMS)))
    assert fewer[0] == ("line 4, 总交易单数", "bill.sum")
    assert problems(lambda: read_wechat(b"\xff\xff\xff")) == [("", "bill.encoding")]
    assert ("line 1, 交易时间", "bill.column") in problems(lambda: read_wechat(b""))
    with pytest.raises(TypeError, match="data: found"):
        read_wechat(7)


def test_a_problem_is_worded_in_both_languages():
    """Place, what was found and what would be right."""
    try:
        read_wechat(wechat([SALE | {"手续费": "0.60500"}], WECHAT_SUMS))
    except ValueError as error:
        [problem] = error.problems
    assert str(problem) == (
        "line 2, 手续费: found '0.60500'; CNY has no coin so small: further decimals are 0 [bill.finer]"
    ).replace("'", '"')
    assert "0.60500" in problem.text("zh_CN")
    assert problem.text("zh_CN") != problem.text()


# ------------------------------------------------------------------ Alipay

PAID_ROW = ("payment", "2026111122001", "A1001", None, "100.00 CNY", "0.60 CNY", "2026-11-11T02:00:00+00:00", "交易")
BACK_ROW = ("refund", "2026111122001", "A1001", "R1", "30.00 CNY", "-0.18 CNY", "2026-11-11T10:30:00+00:00", "退款")


def test_the_zip_of_alipay_is_read_whichever_file_comes_first():
    """Names in bare GBK, contents in GBK, tabs behind fields, brackets of either width; the period is the file's."""
    for first in (False, True):
        for half in (False, True):
            data = zipped(details([PAID, RETURNED], half=half), summary_first=first)
            names = zipfile.ZipFile(io.BytesIO(data)).infolist()
            assert len(names) == 2
            bill = read_alipay(data)
            assert shown(bill) == [PAID_ROW, BACK_ROW]
            assert bill.since.isoformat() == "2026-11-10T16:00:00+00:00"
            assert bill.until.isoformat() == "2026-11-11T16:00:00+00:00"
    assert shown(read_alipay(details([PAID, RETURNED]))) == [PAID_ROW, BACK_ROW]
    assert shown(read_alipay(details([PAID, RETURNED]).encode("gbk"))) == [PAID_ROW, BACK_ROW]


def test_sums_of_payments_and_refunds_may_stand_apart():
    """One mark for both, for payments alone, or one for each, whose refunds have either sign."""
    both = "#交易合计：1笔，商家实收共100.00元，商家优惠共0.00元"
    for back in ("30.00", "-30.00"):
        refunds = f"#退款合计：1笔，商家实收退款共{back}元，商家优惠退款共0.00元"
        assert shown(read_alipay(details([PAID, RETURNED], (both, refunds)))) == [PAID_ROW, BACK_ROW]
    assert shown(read_alipay(details([PAID, RETURNED], (both,)))) == [PAID_ROW, BACK_ROW]
    wrong = "#退款合计：1笔，商家实收退款共30.01元，商家优惠退款共0.00元"
    assert problems(lambda: read_alipay(details([PAID, RETURNED], (both, wrong)))) == [
        ("line 10, 退款合计 商家实收", "bill.sum")
    ]


def test_signs_of_amounts_and_fees_do_not_matter_there_either():
    """What a row is says 业务类型."""
    other = RETURNED | {"订单金额（元）": "30.00", "商家实收（元）": "30.00", "服务费（元）": "-0.18"}
    assert shown(read_alipay(details([PAID | {"服务费（元）": "0.60"}, other]))) == [PAID_ROW, BACK_ROW]


def test_a_day_without_trades_is_a_bill_without_rows():
    """Only the marks, also in the zip."""
    empty = details([], ("#交易合计：0笔，商家实收共0.00元，商家优惠共0.00元",))
    assert read_alipay(empty).rows == read_alipay(zipped(empty, summary_first=True)).rows == ()


@pytest.mark.parametrize(
    ("change", "place", "code"),
    [
        ({"订单金额（元）": "1,00"}, "line 6", "bill.cells"),
        ({"订单金额（元）": "abc"}, "line 6, 订单金额(元)", "bill.amount"),
        ({"完成时间": "soon"}, "line 6, 完成时间", "bill.clock"),
        ({"业务类型": "转账"}, "line 6, 业务类型", "bill.kind"),
        ({"商户订单号": ""}, "line 6, 商户订单号", "text.empty"),
        ({"商家实收（元）": "99.99"}, "line 9, 交易合计 商家实收", "bill.sum"),
    ],
)
def test_what_can_not_be_read_of_alipay_is_named_too(change, place, code):
    """By line and column, as of any bill."""
    assert problems(lambda: read_alipay(details([PAID | change, RETURNED]))) == [(place, code)]


@pytest.mark.parametrize("column", ["商品名称", "门店名称", "操作员", "对方账户", "券名称", "备注"])
@pytest.mark.parametrize("text", ["茶,红", "满100,减10", ",", "a,b,c,d", "茶,2026-11-11 09:00:00,红"])
def test_a_name_may_hold_commas_though_no_field_is_quoted(column, text):
    """Whatever text it stands in, alone or beside another, the other columns are read as without them."""
    for others in ({}, {"备注": "快,急"}):
        rows = [PAID | others | {column: text}, RETURNED | others | {column: text}]
        assert shown(read_alipay(details(rows))) == [PAID_ROW, BACK_ROW]


def test_commas_that_may_be_read_in_two_ways_are_refused():
    """A refund's number that looks like an amount, and a remark that does: which column it is can't be told."""
    unclear = RETURNED | {"退款批次号/请求号": "7.00", "服务费（元）": "0.18", "分润（元）": "0.10", "备注": ",急"}
    assert problems(lambda: read_alipay(details([PAID, unclear]))) == [("line 7", "bill.cells")]
    assert problems(lambda: read_alipay(details([PAID | {"商品名称": "," * 9}, RETURNED]))) == [
        ("line 6", "bill.cells")
    ]


def test_a_zip_that_is_no_bill_is_refused():
    """Without details, with two of them, damaged; and details without what they come to."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("a.csv", "a,b\n1,2\n")
    assert problems(lambda: read_alipay(out.getvalue())) == [("", "bill.zip")]
    with zipfile.ZipFile(out, "w") as made:
        for name in ("a.csv", "b.csv"):
            made.writestr(name, details([PAID, RETURNED]).encode("gbk"))
    assert problems(lambda: read_alipay(out.getvalue())) == [("", "bill.zip")]
    broken = bytearray(zipped(details([PAID, RETURNED])))
    broken[300:310] = b"0123456789"
    assert problems(lambda: read_alipay(bytes(broken))) == [("", "bill.zip")]
    assert problems(lambda: read_alipay(details([PAID, RETURNED], ())))[0][1] == "bill.no_sums"


# ------------------------------------------------------------------ a neutral CSV

HEAD = "kind,id,order,refund,amount,fee,at,currency"


def test_a_neutral_csv_is_read_and_its_totals_are_checked():
    """Rows of two currencies, each with a total."""
    rows = (
        "payment,t1,1001,,9.90,0.06,2026-11-11T10:00:00+08:00,CNY",
        "refund,t1,1001,r1,0.90,-0.01,2026-11-11T11:00:00+08:00,CNY",
        'payment,"t,2",1002,,1200,0,2026-11-11T12:00:00+08:00,JPY',
        "total,2,,,9.00,0.05,,CNY",
        "total,1,,,1200,,,JPY",
    )
    bill = read_csv("\r\n".join([HEAD, *rows]), "bank")
    assert [(row.line, row.id, row.refund, str(row.amount)) for row in bill.rows] == [
        (2, "t1", None, "9.90 CNY"), (3, "t1", "r1", "0.90 CNY"), (4, "t,2", None, "1200 JPY"),
    ]  # fmt: skip
    assert bill.currencies == ("CNY", "JPY")
    wrong = "\n".join([HEAD, *rows]).replace("total,2,,,9.00", "total,2,,,9.01")
    assert problems(lambda: read_csv(wrong, "bank")) == [("line 5, amount", "bill.sum")]


@pytest.mark.parametrize(
    ("row", "place", "code"),
    [
        ("payment,t1,1001,,9.9x,0,2026-11-11T10:00:00+08:00,CNY", "line 2, amount", "bill.amount"),
        ("payment,t1,1001,,-9.90,0,2026-11-11T10:00:00+08:00,CNY", "line 2, amount", "amount.negative"),
        ("payment,t1,1001,,9.90,0,2026-11-11 10:00:00,CNY", "line 2, at", "time.naive"),
        ("sale,t1,1001,,9.90,0,2026-11-11T10:00:00+08:00,CNY", "line 2, kind", "choice.unknown"),
        ("payment,t1,1001,r1,9.90,0,2026-11-11T10:00:00+08:00,CNY", "line 2, refund", "value.invalid"),
        ("payment,t1,1001,,9.90,0,2026-11-11T10:00:00+08:00", "line 2", "bill.cells"),
        ('payment,"t1,1001', "line 2", "bill.csv"),
    ],
)
def test_what_can_not_be_read_of_a_csv_is_named(row, place, code):
    """By line and column."""
    assert problems(lambda: read_csv(f"{HEAD}\n{row}\n", "bank")) == [(place, code)]


def test_columns_are_known():
    """One that is missing, twice, or none of them."""
    assert problems(lambda: read_csv("kind,id,order,amount,at\n", "bank")) == [("line 1, currency", "bill.column")]
    assert problems(lambda: read_csv(f"{HEAD},id\n", "bank")) == [("line 1, id", "bill.column_twice")]
    assert problems(lambda: read_csv(f"{HEAD},fees\n", "bank")) == [("line 1, fees", "bill.column_unknown")]


def test_the_table_of_a_bill_is_a_neutral_bill():
    """Written as CSV and read back: the same rows, whoever's they were."""
    for bill in (read_wechat(wechat([SALE, BACK], WECHAT_SUMS)), read_alipay(details([PAID, RETURNED], ALIPAY_SUMS))):
        again = read_csv(csv_text(bill), bill.provider, since=bill.since, until=bill.until)
        drop = {"line"}
        assert [row.model_dump(exclude=drop) for row in again.rows] == [
            row.model_dump(exclude=drop) for row in bill.rows
        ]


def test_bills_of_several_days_are_one():
    """From the first to the last; of two providers, or of none, they are not."""
    days = [Bill(provider="bank", since=f"2026-11-1{at}T00:00:00Z", until=f"2026-11-1{at + 1}T00:00:00Z",
                 rows=[a_row(id=f"t{at}")]) for at in (1, 2)]  # fmt: skip
    bill = Bill.together(days)
    assert ([row.id for row in bill.rows], str(bill)) == (["t1", "t2"], "bill of bank: 2 rows")
    assert (bill.since, bill.until) == (days[0].since, days[1].until)
    assert Bill.together([days[0], Bill(provider="bank", rows=[])]).since is None
    for wrong in ([], [days[0], Bill(provider="other", rows=[])]):
        with pytest.raises(ValueError, match="bills: found none, or those of several providers"):
            Bill.together(wrong)
    assert problems(lambda: Bill(provider="b", since=days[0].until, until=days[0].since, rows=[])) == [
        ("until", "bill.window")
    ]
    assert problems(lambda: Bill(provider="b", rows=[a_row(fee="1 JPY")])) == [("rows[0].fee", "currency.mixed")]
