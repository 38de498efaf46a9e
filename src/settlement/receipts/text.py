"""A settlement as a receipt: per shop what it costs and what was taken off, then the whole, then every "no"."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from settlement.cart.address import mask_name, mask_phone
from settlement.documents.words.language import Language, language
from settlement.documents.words.page import Page
from settlement.documents.words.plain import shown
from settlement.documents.words.texts import STAGES, TENDERS, units_text
from settlement.freight.region_text import region_name
from settlement.receipts.buyers_clock import buyers_clock
from settlement.receipts.charged import charged
from settlement.receipts.columns import FREIGHT_OFFERS, GOODS_OFFERS
from settlement.receipts.names import Names
from settlement.receipts.noes import left_out, not_free, refused
from settlement.receipts.saved import saved_parts
from settlement.receipts.settlement import expect_settlement
from settlement.receipts.stage_text import stage_text
from settlement.receipts.tax_text import tax_rows

if TYPE_CHECKING:
    from settlement.cart.checkout import Checkout
    from settlement.cart.invoice_request import InvoiceRequest
    from settlement.money import Money
    from settlement.receipts.hint import Hint
    from settlement.receipts.parts import SettledShop
    from settlement.receipts.settlement import Settlement
    from settlement.rulebook.rulebook import Rulebook

__all__ = ["receipt"]

_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


def _pending(missing: tuple[str, ...], say: Language) -> str:
    """That there is no address yet, and what the amounts lack."""
    if "tax" not in missing:
        return say("PENDING: no delivery address yet; freight is not included.")
    if "freight" not in missing:
        return say("PENDING: no delivery address yet; tax is not included.")
    return say("PENDING: no delivery address yet; freight and tax are not included.")


def _to_pay(missing: tuple[str, ...], say: Language) -> str:
    """What the last amount is called, where it is not yet all."""
    if "tax" not in missing:
        return say("To pay, freight not included")
    if "freight" not in missing:
        return say("To pay, tax not included")
    return say("To pay, freight and tax not included")


def receipt(
    settlement: Settlement,
    checkout: Checkout | None = None,
    rulebook: Rulebook | None = None,
    *,
    hints: Iterable[Hint] = (),
    locale: str = "en",
    offset: timedelta | None = None,
    shops: Mapping[str, str] = _NOTHING,
) -> str:
    """The settlement as plain text in a reader's language, without a final newline.

    A settlement carries ids; names come from the two documents: those given, else those it was made from in this
    process, else ids stand alone; `shops` says what to call shops, by id. `hints` (of `hints(checkout, rulebook)`) say
    what must be bought more to use what was not; without them the distance to its threshold is told. The rows of a shop
    add up to its subtotal, the last block to what is due. Names are escaped, so that none can forge a line; names and
    phone numbers of people are masked.
    Amounts are written by the locale, exactly; the instant by the clock at `offset` from UTC, by default that of an
    address in China (+08:00), else UTC. Raises `UnknownLocale`, `ValueError` for an offset of a day or more, and
    `TypeError` for what is no settlement: a refund or a payout has a `text(locale)` of its own.

    >>> from settlement import Cart, Checkout, Line, Rulebook, settle
    >>> line = Line(id="a", shop="Tea House", sku="k", name="Jasmine tea", quantity=2, unit_price="59.90 CNY")
    >>> checkout = Checkout(at="2026-11-11T00:00:00+08:00", cart=Cart(currency="CNY", lines=[line]))
    >>> print(receipt(settle(checkout, Rulebook(id="r", currency="CNY")), offset=timedelta(hours=8)))
    Receipt                           2026-11-11 00:00 UTC+08:00
    ============================================================
    Tea House
      Jasmine tea                        2 × CN¥59.90  CN¥119.80
    ------------------------------------------------------------
    Goods                                              CN¥119.80
    ============================================================
    To pay                                             CN¥119.80
    """
    expect_settlement(settlement)
    say = language(locale)
    if settlement.made_from is not None:
        made_from = settlement.made_from
        checkout, rulebook = checkout or made_from[0], rulebook or made_from[1]
    names = Names(settlement, checkout, rulebook)
    return str(_Receipt(settlement, checkout, names, say, offset, tuple(hints), shops).page)


class _Receipt:
    """One receipt in the making, from top to bottom."""

    def __init__(
        self,
        settlement: Settlement,
        checkout: Checkout | None,
        names: Names,
        say: Language,
        offset: timedelta | None,
        hints: tuple[Hint, ...],
        shops: Mapping[str, str],
    ) -> None:
        self.shops = shops
        self.settlement = settlement
        self.checkout = checkout
        self.names = names
        self.say = say
        self.page = Page()
        self.offset = offset
        self.head(offset)
        if settlement.status != "blocked":
            for shop in settlement.shops:
                self.shop(shop)
            self.totals()
        self.pairs(say("Not in this order"), left_out(settlement, names, say))
        self.gifts()
        self.pairs(say("Free shipping not reached"), not_free(hints, say))
        self.pairs(say("Offers not used"), refused(settlement, names, say, hints))
        self.notes()

    def head(self, offset: timedelta | None) -> None:
        """What this is, for when, for whom, and whether it can be paid."""
        say, page, settlement = self.say, self.page, self.settlement
        page.heading(say("Receipt"), buyers_clock(settlement.at, self.checkout, offset))
        if settlement.order is not None:
            page.row(say("Order {order}", order=shown(settlement.order)))
        address = None if self.checkout is None else self.checkout.address
        if address is not None:
            who = (shown(mask_name(address.name or "")), mask_phone(address.phone) if address.phone else "")
            where = region_name(address.region, say)
            page.row("  ".join(part for part in (say("Deliver to"), *who, where) if part))
        if settlement.status == "pending":
            page.row(_pending(settlement.missing, say))
        elif settlement.status == "blocked":
            page.row(say("BLOCKED: this order cannot be placed; nothing is due."))
            if settlement.excluded:
                page.row(say("Sort out the items below first."))
        page.rule("=")

    # -------------------------------------------------------------- a shop

    def called(self, shop: str) -> str:
        """What a shop is called, else its id."""
        return shown(self.shops.get(shop, shop))

    def shop(self, shop: SettledShop) -> None:
        """A shop's lines, offers and freight; they add up to its subtotal."""
        say, page, names = self.say, self.page, self.names
        page.row(self.called(shop.shop))
        mine = {line.id for line in self.settlement.lines if line.shop == shop.shop}
        rows = len(mine)
        for line in self.settlement.lines:
            if line.id in mine:
                count = f"{say.number(line.quantity)} × {say.money(line.unit_price)}"
                page.row(names.line(line.id), count, say.money(line.goods), indent=2)
                if line.price_list is not None:
                    page.row(say("price list {name}", name=shown(line.price_list)), indent=4)
                if line.list != line.goods:
                    facts = {"amount": say.money(line.list), "less": say.money(line.list - line.goods)}
                    page.row(say("list price {amount}, {less} less", **facts), indent=4)
                if line.delivery is not None and names.collected(line.delivery):
                    page.row(say("to be collected: {method}", method=names.way(line.delivery)), indent=4)
                if names.unshipped(line.id):
                    page.row(say("no shipping fee: the shop has set none"), indent=4)
        rows += self.offers(GOODS_OFFERS, mine)
        for place, parcel in enumerate(self.settlement.parcels):
            if parcel.shop == shop.shop:
                rows += self.parcel(place)
        rows += self.offers(FREIGHT_OFFERS, mine)
        if self.checkout is not None and shop.shop in self.checkout.choice.pickup:
            page.row(say("To be collected at the shop"), indent=2)
        if rows > 1:
            subtotal = sum(shop[2:8], start=shop.goods - shop.goods)  # goods to freight offers
            page.row(say("Subtotal"), amount=say.money(subtotal), indent=2)
        page.rule()

    def offers(self, stages: tuple[str, ...], mine: set[str]) -> int:
        """What offers take off these lines, as many rows as offers."""
        say, rows = self.say, 0
        for each in self.settlement.adjustments:
            shares = [share for line, share in each.shares.items() if line in mine]
            if each.stage in stages and shares:
                label = f"{say(STAGES[each.stage])} {self.names.taken(each, say)}"
                if len(shares) < len(each.shares) and not mine.issuperset(each.shares):
                    label = say("{offer} (this shop's share)", offer=label)
                self.page.row(label, amount=say.money(sum(shares[1:], start=shares[0])), indent=2)
                rows += 1
        return rows

    def parcel(self, place: int) -> int:
        """A parcel's freight and surcharges: template, zone that decided, units (of each box, where it is a run)."""
        say, page, parcel = self.say, self.page, self.settlement.parcels[place]
        template = self.names.template(parcel.template)
        if parcel.warehouse is not None:
            warehouse = self.names.warehouse(parcel.warehouse)
            template = say("{template}, from {warehouse}", template=template, warehouse=warehouse)
        if parcel.delivery is not None:
            template = say("{template}, by {method}", template=template, method=self.names.way(parcel.delivery))
        units = units_text(self.names.measure(parcel.template), parcel.units, say)
        if parcel.boxes > 1:
            units = f"{say.number(parcel.boxes)} × {units}"
        facts = {"template": template, "zone": region_name(parcel.zone, say), "units": units}
        if parcel.free or not parcel.units:
            label = say("Free shipping {template}: {zone}, {units}", **facts)
        else:
            label = say("Freight {template}: {zone}, {units}", **facts)
        page.row(label, amount=say.money(parcel.fee), indent=2)
        if parcel.spared is not None and not parcel.free and not parcel.fee:
            page.row(say("the dearest parcel of the shop pays for all"), indent=4)
        surcharges = [self.settlement.adjustments[at] for at in charged(self.settlement)[place].surcharges]
        for each in surcharges:
            called = each.facts.get("label")
            zone = self.names.surcharge_zone(parcel.template, called)
            of = (
                template if called is None else say("{template} ({label})", template=template, label=shown(str(called)))
            )
            label = say("Surcharge {template}", template=of)
            if zone is not None:
                label = say("Surcharge {template}: {zone}", template=of, zone=region_name(zone, say))
            page.row(label, amount=say.money(each.amount), indent=2)
        return 1 + len(surcharges)

    # -------------------------------------------------------------- the whole

    def totals(self) -> None:
        """The columns of the whole that are not 0; they add up to what is due."""
        say, page, totals = self.say, self.page, self.settlement.totals
        to_pay = say("To pay")
        if self.settlement.status == "pending":
            to_pay = _to_pay(self.settlement.missing, say)
        rows: tuple[tuple[str, Money], ...] = (
            (say("Promotions"), totals.promotions),
            (say("Coupons"), totals.coupons),
            (say("Freight"), totals.freight),
            (say("Surcharges"), totals.surcharges),
            (say("Freight offers"), totals.freight_offers),
            (say("Points ({points} used)", points=say.number(self.settlement.points.used)), totals.points),
            (say("Tax"), totals.tax),
            (self.fee(), totals.payment_fee),
            (say("Rounding"), totals.rounding),
        )
        page.row(say("Goods"), amount=say.money(totals.goods))
        for label, amount in rows:
            if amount:
                page.row(label, amount=say.money(amount))
            if amount is totals.tax:
                self.taxes()
        page.rule("=")
        page.row(to_pay, amount=say.money(totals.payable))
        self.tenders()
        self.stages()
        parts = totals.saved
        if parts.in_all:
            page.row(say("You save"), amount=say.money(parts.in_all))
            for label, amount in saved_parts(parts, say):
                page.row(label, amount=say.money(amount), indent=2)

    def taxes(self) -> None:
        """Each tax of each shop, its rate and what it was taken of; they add up to the row above."""
        for label, amount in tax_rows(self.settlement, self.say, self.called):
            self.page.row(label, amount=amount, indent=2)

    def tenders(self) -> None:
        """What gift cards and stored value pay of it, what is left on them, and what is left to pay."""
        say, page = self.say, self.page
        for each in self.settlement.tenders:
            label = say(TENDERS[each.type], id=shown(_card(each.id)))
            if each.left:
                label = say("{tender}, {left} left on it", tender=label, left=say.money(each.left))
            page.row(label, amount=say.money(-each.amount), indent=2)
        if self.settlement.tenders:
            page.row(say("Left to pay"), amount=say.money(self.settlement.due))

    def clock(self, at: str) -> str:
        """An instant as the page has them."""
        return buyers_clock(at, self.checkout, self.offset)

    def stages(self) -> None:
        """The stages in which what is left to pay is paid, with their dates; they add up to it."""
        say, page, stages = self.say, self.page, self.settlement.instalments
        for each in stages:
            page.row(stage_text(each, self.clock, say), amount=say.money(each.due), indent=2)
        if stages:
            kept = sum(self.settlement.kept_when_unpaid.values(), start=stages[0].amount - stages[0].amount)
            page.row(say("Kept of the deposit where the balance is not paid"), amount=say.money(kept), indent=2)

    def fee(self) -> str:
        """The label of the payment fee."""
        fee = next((each for each in self.settlement.adjustments if each.stage == "payment_fee"), None)
        stage = STAGES["payment_fee"]
        return self.say(stage) if fee is None else f"{self.say(stage)} {self.names.method(fee.rule)}"

    # -------------------------------------------------------------- every "no", and what else to know

    def gifts(self) -> None:
        """What comes along."""
        names, say = self.names, self.say
        gifts = [(f"{names.gift(g)} × {say.number(g.quantity)}", names.offer(g.rule)) for g in self.settlement.gifts]
        self.pairs(say("Gifts"), gifts)

    def notes(self) -> None:
        """Points earned, the buyer's remark, the invoice, and whether a better choice of coupons may exist."""
        say, settlement = self.say, self.settlement
        pairs: list[tuple[str, str]] = []
        used, earned, usable = settlement.points
        if earned:
            pairs.append((say("Points earned"), say.number(earned)))
        if usable > used:
            pairs.append((say("Points that could be used"), say.number(usable)))
        if settlement.remark:
            pairs.append((say("Remark"), shown(settlement.remark)))
        if settlement.invoice is not None:
            pairs.append((say("Invoice to"), _title(settlement.invoice)))
        for each in settlement.by_shop:
            if each.remark:
                pairs.append((say("Remark to {shop}", shop=self.called(each.shop)), shown(each.remark)))
            if each.invoice is not None:
                pairs.append((say("Invoice of {shop}", shop=self.called(each.shop)), _title(each.invoice)))
        if settlement.bound is not None:
            bound = say("a better choice may exist; none costs less than {bound}", bound=say.money(settlement.bound))
            pairs.append((say("Coupons and points"), bound))
        self.pairs(say("Other details"), pairs)

    def pairs(self, title: str, pairs: list[tuple[str, str]]) -> None:
        """A heading after an empty line, and what stands below it, if anything does."""
        if pairs:
            self.page.blank()
            self.page.row(title)
        for pair in pairs:
            self.page.pair(*pair)


def _title(invoice: InvoiceRequest) -> str:
    """Whom an invoice is for: a company by its name, a person masked."""
    return shown(invoice.title) if invoice.type == "company" else shown(mask_name(invoice.title))


def _card(name: str) -> str:
    """A card as a receipt may show it: of a long number its last four, since whoever knows it whole may spend it."""
    return name if len(name) <= 8 else f"…{name[-4:]}"
