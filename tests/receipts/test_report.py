"""The report: one page that loads nothing, says everything, and lets no name out of its cell."""

from __future__ import annotations

import json
import random
import re

import pytest

from pages import Reader
from random_requests import random_request
from samples import a_checkout, a_line, a_rulebook, everything, settled
from settlement import Checkout, Money, Rulebook, Settlement, UnknownLocale, settle
from settlement.documents.words.language import language
from settlement.receipts.report import report
from settlement.receipts.waterfall import columns_of, waterfall
from thorough import examples


@pytest.mark.parametrize("locale", ["en", "zh_CN", "zh_TW", "en_CH"])
def test_the_page_holds_every_amount_of_lines_and_shops(locale):
    """What each line, each shop and the whole has to pay stands on the page, as the locale writes it."""
    settlement = settled(*everything())
    say = language(locale)
    texts = Reader(report(settlement, locale=locale)).texts
    for row in (*settlement.lines, *settlement.shops, settlement.totals):
        assert say.figures(row.payable) in texts
    assert say.money(settlement.payable) in texts
    assert settlement.digest in texts
    for shop in settlement.shops:
        assert shop.shop in texts


def test_random_settlements_make_sound_pages():
    """Every element is closed, whatever the settlement: pending, blocked, of three currencies."""
    seen = set()
    for seed in range(examples(120)):
        request = random_request(random.Random(seed))
        settlement = settle(
            Checkout.model_validate_json(json.dumps(request["checkout"])),
            Rulebook.model_validate_json(json.dumps(request["rulebook"])),
        )
        seen.add((settlement.status, settlement.currency))
        read = Reader(report(Settlement.from_json(settlement.to_json())))
        assert read.tags.count("details") == (0 if settlement.status == "blocked" else len(settlement.shops))
        assert "{" not in "".join(read.texts)
    assert {status for status, _ in seen} == {"payable", "pending", "blocked"}


def test_the_page_needs_nothing_else():
    """No link, script, picture or font from anywhere; the page forbids all of it to the browser."""
    page = report(settled(*everything()))
    read = Reader(page)
    assert not {"script", "img", "link", "a", "iframe", "object", "form", "base"} & set(read.tags)
    assert not re.search(r"url\(|@import|https?:|//", page.replace("<!doctype", ""))
    assert dict(read.attributes)["content"] == "default-src 'none'; style-src 'unsafe-inline'"


def test_the_page_folds_and_has_both_lights():
    """A fold for each shop, open at first; colours for dark; a layout for paper."""
    page = report(settled(*everything()))
    assert page.count("<details open>") == 2
    assert "prefers-color-scheme: dark" in page
    assert "@media print" in page


def test_gift_cards_and_what_is_left_to_pay_stand_at_the_top():
    """A card of 4.00 pays part of 10.00; its number is not shown."""
    card = {"id": "6222000012345678", "type": "gift_card", "balance": "4.00 CNY"}
    texts = Reader(report(settled(a_checkout(tenders=[card])))).texts
    assert {"-CN¥4.00", "CN¥6.00", "CN¥10.00"} <= set(texts)
    assert "12345678" not in "".join(texts)


def bars_of(settlement):
    """Left edge and width of each bar, in tenths."""
    picture = waterfall(settlement.totals, language("en"))
    found = re.findall(r'<rect x="([\d.]+)" y="\d+" width="([\d.]+)"', picture)
    return [(round(float(x) * 10), round(float(width) * 10)) for x, width in found]


def test_the_picture_s_bars_lead_from_goods_to_payable():
    """Each bar begins where the one before ended, and the last reaches what is to be paid."""
    settlement = settled(*everything())
    bars = bars_of(settlement)
    columns = [name for name, _ in columns_of(settlement.totals, language("en"))]
    assert len(bars) == len(columns) + 1
    scale = bars[0][1] / settlement.totals.goods.minor
    level = 0
    for (left, width), name in zip(bars, columns, strict=False):
        amount = getattr(settlement.totals, name).minor
        low = min(level, level + amount)
        level += amount
        assert abs(left - bars[0][0] - low * scale) <= 2
        assert abs(width - max(abs(amount) * scale, 10)) <= 2
    assert abs(bars[-1][1] - settlement.payable.minor * scale) <= 2


def test_a_bar_may_reach_beyond_goods():
    """Freight that is dearer than the goods still fits the picture."""
    template = {"id": "t1", "measure": "quantity", "zones": [{"regions": ["CN"], "first": 1, "first_fee": "90.00 CNY"}]}
    settlement = settled(a_checkout(a_line(freight_template="t1")), a_rulebook(freight_templates=[template]))
    assert settlement.payable == Money("100.00 CNY")
    assert max(left + width for left, width in bars_of(settlement)) <= 7510


def test_a_notebook_shows_a_table_and_a_receipt():
    """The mime bundle: plain text as str() gives it, and a table with each line's amounts."""
    settlement = settled(*everything())
    bundle = settlement._repr_mimebundle_()
    assert bundle.keys() == {"text/plain", "text/html"}
    assert bundle["text/plain"] == str(settlement)
    read = Reader(bundle["text/html"])
    assert read.tags.count("tr") == len(settlement.lines) + 2
    assert {f"{line.payable.amount}" for line in settlement.lines} <= set(read.texts)


def test_an_unknown_locale_is_an_error():
    """As everywhere else."""
    with pytest.raises(UnknownLocale):
        report(settled(*everything()), locale="xx_YY_zz_!!")
