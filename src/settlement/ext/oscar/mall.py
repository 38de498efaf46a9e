"""What an Oscar basket settles to: asked a dozen times in a request, settled once, and shared out to its lines."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from settlement.cart.address import Address
from settlement.cart.cart import Cart
from settlement.cart.checkout import Checkout
from settlement.cart.customer import Customer
from settlement.cart.line import Line
from settlement.documents.extras import needs
from settlement.documents.region import region_of
from settlement.documents.words.language import language
from settlement.documents.written import all_readable
from settlement.engine.settler import Settler
from settlement.ext.oscar.applied import is_shared_out, share_out
from settlement.ext.reader import reader_of
from settlement.money import DECIMALS, Money
from settlement.receipts.names import Names
from settlement.receipts.settlement import Settlement

__all__ = ["Mall"]


class Mall:
    """One shop on Oscar: its rules, and what Oscar has no field for. Subclass it; make one, for all classes.

    A partner is a shop, a basket line a line, a voucher's code the id of a coupon (in any case). Prices are the
    strategy's, tax included. `settler` is yours: `settler.swap(rulebook)` puts other rules in force.
    """

    settler: Settler

    # -------------------------------------------------------------- yours

    def about(self, line: Any) -> Mapping[str, Any]:  # noqa: ARG002 - for subclasses
        """More of a line (docs/fields.md): `freight_template`, `weight_g`, `categories`, `purchase_limit`."""
        return {}

    def tax_percent(self, product: Any, stockrecord: Any) -> str:  # noqa: ARG002 - for subclasses
        """The tax that a price has in it, in percent."""
        return "0"

    def customer(self, basket: Any, request: Any) -> Customer:  # noqa: ARG002 - for subclasses
        """Who buys: here what vouchers of the basket hold. Levels and points are yours."""
        return Customer(coupons=sorted(self.vouchers(basket)))

    def choice(self, basket: Any, request: Any) -> Mapping[str, Any]:  # noqa: ARG002 - for subclasses
        """More of the checkout: `choice` (points), `payment_method`, `tenders`."""
        return {}

    def address(self, address: Any) -> Address:
        """Where to, from Oscar's address: by country, state and postcode; in China by the address, as it is written.

        What is not found is the country alone: a zone that is narrower does not reach it.
        """
        country = address.country_id
        if country == "CN":
            from settlement.consignee import recognise

            return Address(region=recognise(f"{address.state}{address.line4}{address.line1}").code or country)
        try:
            return Address(region=region_of(country, address.postcode or "", address.state or None))
        except ValueError:
            return Address(region=country)

    def placed(self, order: Any, settlement: Settlement) -> None:
        """Called in the transaction that writes the order: keep `settlement.to_json()` for refunds, take points."""

    # -------------------------------------------------------------- Oscar's

    def vouchers(self, basket: Any) -> dict[str, Any]:
        """The vouchers of a basket that its owner may use, by the coupon that each stands for."""
        coupons = {coupon.id.upper(): coupon.id for coupon in self.settler.rulebook.coupons}
        held = {} if basket.pk is None else {each.code.upper(): each for each in basket.vouchers.all()}
        usable = {code: each for code, each in held.items() if code in coupons and each.is_active()}
        return {coupons[code]: each for code, each in usable.items() if self.is_available(each, basket)}

    def is_available(self, voucher: Any, basket: Any) -> bool:
        """Whether Oscar's rules of usage leave a voucher to whoever owns the basket."""
        from django.contrib.auth.models import AnonymousUser

        available, _ = voucher.is_available_to_user(user=basket.owner or AnonymousUser())
        return bool(available)

    def line(self, line: Any) -> Line | None:
        """A line of the basket; None where it has no price, which Oscar itself tells the buyer."""
        price, record, product = line.purchase_info.price, line.stockrecord, line.product
        if not price.exists:
            return None
        facts: dict[str, Any] = {"tax_percent": self.tax_percent(product, record), **self.about(line)}
        if product.get_product_class().track_stock:
            facts["stock"] = max(0, record.net_stock_level)
        if not product.is_shipping_required:
            facts["freight_template"] = None
        return Line(
            id=str(line.pk),
            shop=record.partner.code,
            sku=record.partner_sku,
            name=product.get_title(),
            quantity=line.quantity,
            unit_price=Money.of(price.incl_tax, price.currency),
            **facts,
        )

    def ships_to(self, basket: Any, request: Any) -> Any:
        """Oscar's address: that of the checkout under way, else the buyer's own default; None where there is none."""
        from oscar.core.loading import get_class

        data = get_class("checkout.utils", "CheckoutSessionData")
        if request is None:
            return None
        found = None
        if data.SESSION_KEY in request.session:
            session = get_class("checkout.session", "CheckoutSessionMixin")()
            session.checkout_session = data(request)
            found = session.get_shipping_address(basket)
        if found is None and request.user.is_authenticated:
            found = request.user.addresses.filter(is_default_for_shipping=True).first()
        return found

    def checkout(self, basket: Any, request: Any, address: Any, at: datetime) -> Checkout:
        """What is settled. Raises `ValueError` for a currency whose amounts Oscar's tables would round."""
        from django.db.models import prefetch_related_objects

        if DECIMALS[basket.currency] > 2:
            msg = f"Oscar keeps amounts to two decimals; {basket.currency} has {DECIMALS[basket.currency]}"
            raise ValueError(msg)
        found = list(basket.all_lines())
        prefetch_related_objects(found, "stockrecord__partner", "product__product_class")  # else two queries a line
        lines = [made for line in found if (made := self.line(line)) is not None]
        return Checkout(
            at=at,
            cart=Cart(currency=basket.currency, lines=lines),
            address=None if address is None else self.address(address),
            customer=self.customer(basket, request),
            **self.choice(basket, request),
        )

    def settled(self, basket: Any, request: Any, address: Any = None) -> Settlement:
        """The settlement of a basket as it is now; while nothing is changed, the one before, of the same instant.

        The address is the one that is asked about, else that of `ships_to`.
        """
        with needs("oscar"):
            from django.utils.timezone import now

        to = self.ships_to(basket, request) if address is None else address
        kept: Settlement | None = getattr(basket, "settlement", None)
        before = None if kept is None or kept.made_from is None else kept.made_from[0]
        checkout = self.checkout(basket, request, to, now() if before is None else before.at)
        return kept if kept is not None and checkout == before else self.settler.settle(checkout)

    def apply(self, basket: Any, request: Any, address: Any = None) -> Settlement:
        """Settle a basket and see that its lines say the same."""
        basket.settlement = self.settled(basket, request, address)
        if not is_shared_out(basket, basket.settlement):
            share_out(basket, basket.settlement, self.vouchers(basket), language(reader_of(request)))
        return basket.settlement  # type: ignore[no-any-return]  # set above

    def refusals(self, settlement: Settlement, locale: str = "en") -> list[str]:
        """Why it cannot be ordered as it is: what is left out, each with its reason; before them, whether all is."""
        names = Names(settlement, *(settlement.made_from or (None, None)))
        found = [f"{names.line(out.line)}: {out.text(locale)}" for out in settlement.excluded]
        return found if settlement.status == "payable" else [settlement.status_text(locale), *found]


all_readable(globals())
