"""A settlement as one HTML page that needs nothing else: for a screen, light or dark, and for paper.

Every name is text, never markup; the page loads nothing and runs nothing, and says so to the browser.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from settlement.documents.words.language import Language, language
from settlement.documents.words.markup import Html, tag
from settlement.documents.words.plain import shown
from settlement.documents.words.texts import STAGES, TENDERS, units_text
from settlement.documents.written import all_readable
from settlement.freight.region_text import region_name
from settlement.receipts.buyers_clock import buyers_clock
from settlement.receipts.names import Names
from settlement.receipts.noes import left_out, not_free, refused
from settlement.receipts.saved import saved_parts
from settlement.receipts.sheets import NOTHING, page_head, page_table
from settlement.receipts.stage_text import stage_text
from settlement.receipts.tax_text import tax_rows
from settlement.receipts.waterfall import columns_of, waterfall

if TYPE_CHECKING:
    from settlement.cart.checkout import Checkout
    from settlement.money import Money
    from settlement.receipts.hint import Hint
    from settlement.receipts.parts import SettledLine, SettledShop
    from settlement.receipts.settlement import Settlement
    from settlement.receipts.waterfall import Columns
    from settlement.rulebook.rulebook import Rulebook

__all__ = ["fragment", "report"]

#: Offers and points: somebody bears them.
_BORNE: Final = frozenset(
    "item_promotion shop_promotion platform_promotion shop_coupon platform_coupon freight_promotion freight_coupon"
    " points".split()
)


def _pending(missing: tuple[str, ...], say: Language) -> str:
    """That there is no address yet, and what the amounts lack."""
    if "tax" not in missing:
        return say("pending: no address yet, freight is not included")
    if "freight" not in missing:
        return say("pending: no address yet, tax is not included")
    return say("pending: no address yet, freight and tax are not included")


def report(
    settlement: Settlement,
    checkout: Checkout | None = None,
    rulebook: Rulebook | None = None,
    *,
    hints: Iterable[Hint] = (),
    locale: str = "en",
    offset: timedelta | None = None,
    nonce: str | None = None,
) -> str:
    """The page. Names come from the two documents: those given, else those it was made from in this process, else ids.

    `hints` (of `hints(checkout, rulebook)`) say what must be bought more to use what was not.
    It carries no name, phone or address of a person. Amounts are written by the locale, exactly;
    day and hour by the clock at `offset` from UTC, by default that of an address in China (+08:00), else UTC.
    `nonce` is the one that the Content-Security-Policy of your answer names for styles (docs/reports.md). Raises
    `UnknownLocale`, and `ValueError` for an offset of a day or more and for what is no nonce.

    >>> from settlement import Cart, Checkout, Line, Rulebook, settle
    >>> line = Line(id="a", shop="Tea & Co", sku="k", quantity=2, unit_price="59.90 CNY")
    >>> checkout = Checkout(at="2026-11-11T00:00:00+08:00", cart=Cart(currency="CNY", lines=[line]))
    >>> page = report(settle(checkout, Rulebook(id="r", currency="CNY")))
    >>> page[:15], "Tea &amp; Co" in page, "CN¥119.80" in page
    ('<!doctype html>', True, True)
    """
    made_from = settlement.made_from
    if made_from is not None:
        checkout, rulebook = checkout or made_from[0], rulebook or made_from[1]
    say = language(locale)
    names = Names(settlement, checkout, rulebook)
    page = _Report(settlement, names, say, hints, lambda at: buyers_clock(at, checkout, offset))
    at = buyers_clock(settlement.at, checkout, offset)
    title = say("Settlement of {day}", day=at[:10])
    body = tag("body", tag("main", page.parts(title, at)))
    return "<!doctype html>\n" + tag("html", page_head(title, nonce=nonce), body, lang=say.tag) + "\n"


def fragment(settlement: Settlement, locale: str = "en") -> str:
    """The settlement as a table for a notebook: a row for each line, a column for each that is not 0."""
    say = language(locale)
    checkout, rulebook = settlement.made_from or (None, None)
    return _Report(settlement, Names(settlement, checkout, rulebook), say).summary()


class _Report:
    """One page in the making."""

    def __init__(
        self,
        settlement: Settlement,
        names: Names,
        say: Language,
        hints: Iterable[Hint] = (),
        clock: Callable[[str], str] = str,
    ) -> None:
        self.settlement = settlement
        self.hints = tuple(hints)
        self.names = names
        self.say = say
        self.clock = clock
        self.shop_of = {line.id: line.shop for line in settlement.lines}

    def parts(self, title: str, at: str) -> Iterable[Html]:
        """Everything from top to bottom."""
        settlement, say = self.settlement, self.say
        yield self.head(title, at)
        if settlement.status != "blocked":
            yield tag("section", waterfall(settlement.totals, say), class_="picture")
            yield from self.saved()
            yield tag("h2", say("By shop"), " ", tag("small", say("in {currency}", currency=settlement.currency)))
            yield self.by_shop()
            for shop in settlement.shops:
                yield self.shop(shop)
            yield from self.offers()
            yield from self.taxes()
        yield from self.others()
        yield self.foot()

    def head(self, title: str, at: str) -> Html:
        """What this is, whether it can be paid, and the amount."""
        settlement, say = self.settlement, self.say
        status = {
            "payable": say("to be paid"),
            "pending": _pending(settlement.missing, say),
            "blocked": say("blocked: this order cannot be placed"),
        }[settlement.status]
        facts = [
            *([] if settlement.order is None else [(say("Order"), shown(settlement.order))]),
            (say("Time"), at),
            (say("Rules"), shown(settlement.rulebook)),
            (say("Status"), status),
        ]
        if settlement.bound is not None:
            bound = say("a better choice may exist; none costs less than {bound}", bound=say.money(settlement.bound))
            facts.append((say("Coupons and points"), bound))
        facts += [(say(TENDERS[each.type], id=""), say.money(-each.amount)) for each in settlement.tenders]
        if settlement.tenders:
            facts.append((say("Left to pay"), say.money(settlement.due)))
        stages = settlement.instalments
        facts += [(stage_text(each, self.clock, say), say.money(each.due)) for each in stages]
        if stages:
            kept = sum(settlement.kept_when_unpaid.values(), start=settlement.payable - settlement.payable)
            facts.append((say("Kept of the deposit where the balance is not paid"), say.money(kept)))
        rows = [tag("div", tag("dt", name), tag("dd", value)) for name, value in facts]
        payable = tag("p", tag("span", say("To pay")), tag("strong", say.money(settlement.payable)), class_="payable")
        return tag("header", tag("div", tag("h1", title), tag("dl", rows)), payable)

    # -------------------------------------------------------------- tables

    def amounts(self, row: Columns, of: Columns | None = None) -> list[str]:
        """The columns that are not 0 in the whole (or in `of`), and what is to be paid."""
        columns = columns_of(of or self.settlement.totals, self.say)
        return [self.money(getattr(row, name)) for name, _ in columns] + [self.say.figures(row.payable)]

    def money(self, amount: Money) -> str:
        """An amount; 0 is a dash, for a table of dashes is quicker to read."""
        return self.say.figures(amount) if amount else NOTHING

    def heads(self, of: Columns | None = None) -> list[str]:
        """The labels of the same columns."""
        return [label for _, label in columns_of(of or self.settlement.totals, self.say)] + [self.say("To pay")]

    def saved(self) -> Iterable[Html]:
        """What the buyer saves, and its parts, which add up to it."""
        say, parts = self.say, self.settlement.totals.saved
        if parts.in_all:
            yield tag("h2", say("You save"))
            rows = [[label, say.figures(amount)] for label, amount in saved_parts(parts, say)]
            yield page_table([say("What"), say("Amount")], rows, total=[say("Total"), say.figures(parts.in_all)])

    def item(self, line: SettledLine) -> Html | str:
        """A line's name, and its list total where that is higher."""
        name, say = self.names.line(line.id), self.say
        small = [say("price list {name}", name=shown(line.price_list))] if line.price_list is not None else []
        if line.list != line.goods:
            small.append(say("list price {amount}", amount=say.figures(line.list)))
        if line.delivery is not None and self.names.collected(line.delivery):
            small.append(say("to be collected: {method}", method=self.names.way(line.delivery)))
        if self.names.unshipped(line.id):
            small.append(say("no shipping fee: the shop has set none"))
        return Html(tag("span", name) + Html("").join(tag("small", each) for each in small)) if small else name

    def by_shop(self) -> Html:
        """Every shop and the whole."""
        say, settlement = self.say, self.settlement
        rows = [[shown(shop.shop), *self.amounts(shop)] for shop in settlement.shops]
        total = [say("Total"), *self.amounts(settlement.totals)]
        return page_table([say("Shop"), *self.heads()], rows, total=total)

    def shop(self, shop: SettledShop) -> Html:
        """A shop's lines and parcels, to be folded away."""
        say = self.say
        lines = [line for line in self.settlement.lines if line.shop == shop.shop]
        rows = []
        for line in lines:
            count = f"{say.number(line.quantity)} × {say.figures(line.unit_price)}"
            rows.append([self.item(line), count, *self.amounts(line, shop)])
        head = [say("Item"), say("Quantity"), *self.heads(shop)]
        parts = [page_table(head, rows, total=[say("Total"), "", *self.amounts(shop, shop)])]
        parcels = [self.parcel(place) for place, each in enumerate(self.settlement.parcels) if each.shop == shop.shop]
        if parcels:
            head = [say("Parcel"), say("Zone"), say("Units"), say("Freight"), say("Surcharge")]
            parts.append(page_table(head, parcels, texts=2))
        summary = tag("summary", tag("span", tag("bdi", shown(shop.shop))), tag("span", say.money(shop.payable)))
        return tag("details", summary, parts, open=True)

    def parcel(self, place: int) -> list[str]:
        say, parcel = self.say, self.settlement.parcels[place]
        template = self.names.template(parcel.template)
        if parcel.warehouse is not None:
            template = say(
                "{template}, from {warehouse}", template=template, warehouse=self.names.warehouse(parcel.warehouse)
            )
        if parcel.delivery is not None:
            template = say("{template}, by {method}", template=template, method=self.names.way(parcel.delivery))
        if parcel.boxes > 1:
            template = f"{template} × {say.number(parcel.boxes)}"
        units = units_text(self.names.measure(parcel.template), parcel.units, say)
        fee = say("free") if parcel.free else self.money(parcel.fee)
        return [template, region_name(parcel.zone, say), units, fee, self.money(parcel.surcharge)]

    def offers(self) -> Iterable[Html]:
        """What every offer took off, and who bears it."""
        say, settlement = self.say, self.settlement
        rows, zero = [], settlement.payable - settlement.payable
        in_all = [zero, zero, zero]
        for each in settlement.adjustments:
            if each.stage in _BORNE:
                platform = sum(each.platform.values(), start=zero)
                parts = [each.amount, platform, each.amount - platform]
                in_all = [before + part for before, part in zip(in_all, parts, strict=True)]
                name = "" if each.rule == "points" else self.names.taken(each, self.say)
                shops = dict.fromkeys(self.shop_of[line] for line in each.shares)
                rows.append([say(STAGES[each.stage]), name, ", ".join(map(shown, shops)), *map(self.money, parts)])
        if rows:
            yield tag("h2", say("Offers and who bears them"))
            head = [
                say("Kind of offer"),
                say("Offer"),
                say("Shops"),
                say("Takes off"),
                say("Platform bears"),
                say("Shop bears"),
            ]
            yield page_table(head, rows, texts=3, total=[say("Total"), "", "", *map(self.money, in_all)])

    def taxes(self) -> Iterable[Html]:
        """What each tax came to."""
        say, rows = self.say, tax_rows(self.settlement, self.say)
        if rows:
            yield tag("h2", say("Taxes"))
            total = [say("Total"), say.money(self.settlement.totals.tax)]
            yield page_table([say("What"), say("Amount")], rows, total=total)

    def others(self) -> Iterable[Html]:
        """Gifts, what is left out, and every no with its reason."""
        say, settlement, names = self.say, self.settlement, self.names
        gifts = [(f"{names.gift(g)} × {say.number(g.quantity)}", names.offer(g.rule)) for g in settlement.gifts]
        noes = (
            (say("Not in this order"), left_out(settlement, names, say)),
            (say("Free shipping not reached"), not_free(self.hints, say)),
            (say("Offers not used"), refused(settlement, names, say, self.hints)),
        )
        for title, rows in ((say("Gifts"), gifts), *noes):
            if rows:
                yield tag("h2", title)
                yield page_table([say("What"), say("Why")], rows, texts=2)

    def foot(self) -> Html:
        """What the page can be checked against."""
        say, settlement = self.say, self.settlement
        points = settlement.points
        parts = [
            say(
                "Points used: {used}, earned: {earned}", used=say.number(points.used), earned=say.number(points.earned)
            ),
            say("Amounts in {currency}; every row and every column adds up exactly.", currency=settlement.currency),
            say("Calculation version {version}", version=shown(settlement.calculation_version)),
        ]
        return tag("footer", [tag("p", part) for part in parts], tag("p", settlement.digest, class_="digest"))

    def summary(self) -> str:
        """The table of a notebook."""
        say, settlement = self.say, self.settlement
        rows = [[shown(line.shop), self.names.line(line.id), *self.amounts(line)] for line in settlement.lines]
        total = [say("Total"), "", *self.amounts(settlement.totals)]
        made = page_table([say("Shop"), say("Item"), *self.heads()], rows, texts=2, total=total)
        return tag("div", made, class_="tex2jax_ignore mathjax_ignore")  # a "$" in a name begins no formula


all_readable(globals())
