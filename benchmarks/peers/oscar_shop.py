"""django-oscar's offer applicator on in-memory models: no query runs, and one that tried would raise.

Products, stock records, lines, ranges, conditions, benefits and offers are Oscar's own models, never saved. A range
answers `contains_product` through Oscar's own hook for custom ranges; what would be prefetched is put where a
prefetch puts it.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import django
import oscar.defaults
from django.conf import settings

if TYPE_CHECKING:
    from collections.abc import Collection
    from contextlib import AbstractContextManager

    from compare import Given

    from settlement import Settlement

__all__ = ["Oscar"]

if not settings.configured:
    settings.configure(
        **{name: getattr(oscar.defaults, name) for name in dir(oscar.defaults) if name.startswith("OSCAR_")},
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        SECRET_KEY="a benchmark has no secrets",  # noqa: S106 - it signs nothing
        SITE_ID=1,
        USE_TZ=True,
        HAYSTACK_CONNECTIONS={"default": {"ENGINE": "haystack.backends.simple_backend.SimpleEngine"}},
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.messages",
            "django.contrib.sites",
            "django.contrib.flatpages",
            "oscar.apps.analytics.apps.AnalyticsConfig",
            "oscar.apps.communication.apps.CommunicationConfig",
            "oscar.apps.checkout.apps.CheckoutConfig",
            "oscar.apps.address.apps.AddressConfig",
            "oscar.apps.shipping.apps.ShippingConfig",
            "oscar.apps.catalogue.apps.CatalogueConfig",
            "oscar.apps.catalogue.reviews.apps.CatalogueReviewsConfig",
            "oscar.apps.partner.apps.PartnerConfig",
            "oscar.apps.basket.apps.BasketConfig",
            "oscar.apps.payment.apps.PaymentConfig",
            "oscar.apps.offer.apps.OfferConfig",
            "oscar.apps.order.apps.OrderConfig",
            "oscar.apps.customer.apps.CustomerConfig",
            "oscar.apps.search.apps.SearchConfig",
            "oscar.apps.voucher.apps.VoucherConfig",
            "oscar.apps.wishlists.apps.WishlistsConfig",
            "haystack",
            "treebeard",
            "django_tables2",
        ],
    )
    django.setup()

from django.db import connection
from oscar.apps.offer.applicator import Applicator
from oscar.apps.partner.strategy import Default
from oscar.core.loading import get_model

Basket = get_model("basket", "Basket")
Line = get_model("basket", "Line")
Product = get_model("catalogue", "Product")
ProductClass = get_model("catalogue", "ProductClass")
StockRecord = get_model("partner", "StockRecord")
Benefit = get_model("offer", "Benefit")
Condition = get_model("offer", "Condition")
ConditionalOffer = get_model("offer", "ConditionalOffer")
Range = get_model("offer", "Range")


class _Nothing:
    """An offer's combinations: none."""

    @staticmethod
    def count() -> int:
        return 0


class _Members:
    """A custom range: a set of product ids."""

    def __init__(self, products: frozenset[int]) -> None:
        self._products = products

    def contains_product(self, product: Any) -> bool:
        """Whether the product is in the range."""
        return product.id in self._products


class _Offer(ConditionalOffer):  # type: ignore[misc, valid-type]  # oscar's classes have no types
    class Meta:
        proxy = True
        app_label = "offer"

    combinations = _Nothing()


class _Benefit(Benefit):  # type: ignore[misc, valid-type]  # oscar's classes have no types
    class Meta:
        proxy = True
        app_label = "offer"

    def proxy(self) -> Any:
        """Oscar's own benefit, with the range that it would read."""
        made = super().proxy()
        made.range = self.range
        return made


class _Condition(Condition):  # type: ignore[misc, valid-type]  # oscar's classes have no types
    class Meta:
        proxy = True
        app_label = "offer"

    def proxy(self) -> Any:
        """Oscar's own condition, with the range that it would read."""
        made = super().proxy()
        made.range = self.range
        return made


class _FromMemory(Applicator):  # type: ignore[misc]  # oscar's classes have no types
    def __init__(self, offers: list[Any]) -> None:
        self._offers = offers

    def get_site_offers(self) -> list[Any]:
        """The offers without the query."""
        return self._offers


class Oscar:
    """A cart with its offers; `baskets` are fresh ones, `settle` applies the offers and adds everything up."""

    def __init__(self, settlement: Settlement, categories: dict[str, str], coupons: Collection[Given]) -> None:
        self._lines = settlement.lines
        self._kind = ProductClass(id=1, name="goods", track_stock=False)
        self._products = [self._product(at + 1, line) for at, line in enumerate(self._lines)]
        goods = {at + 1: (line.shop, categories[line.id]) for at, line in enumerate(self._lines)}
        offers = [_offer(at + 1, coupon, goods, len(coupons)) for at, coupon in enumerate(coupons)]
        self._applicator = _FromMemory(offers)

    def _product(self, number: int, line: Any) -> Any:
        product = Product(id=number, title=line.sku, product_class=self._kind, is_discountable=True)
        record = StockRecord(id=number, product=product, price=line.unit_price.amount, price_currency="CNY")
        records = StockRecord.objects.all()
        records._result_cache = [record]  # noqa: SLF001 - where a prefetch puts them
        product._prefetched_objects_cache = {"stockrecords": records}  # noqa: SLF001
        return product

    def baskets(self, count: int) -> list[Any]:
        """So many baskets that no offer has touched."""
        return [self._basket() for _ in range(count)]

    def _basket(self) -> Any:
        basket = Basket(id=1)
        basket.strategy = Default()
        basket._lines = [  # noqa: SLF001 - where Oscar keeps the lines that it has read
            Line(id=product.id, basket=basket, product=product, stockrecord_id=product.id, quantity=int(line.quantity))
            for product, line in zip(self._products, self._lines, strict=True)
        ]
        for line, product in zip(basket._lines, self._products, strict=True):  # noqa: SLF001
            line.stockrecord = product.stockrecords.all()[0]
        return basket

    def settle(self, basket: Any) -> Decimal:
        """Apply the offers, then total and every line's share."""
        self._applicator.apply(basket)
        for line in basket.all_lines():
            _ = line.line_price_incl_tax_incl_discounts
        return Decimal(basket.total_incl_tax)


def _offer(number: int, coupon: Given, goods: dict[int, tuple[str, str]], count: int) -> Any:
    members = frozenset(
        product
        for product, (shop, category) in goods.items()
        if coupon.shop in (None, shop) and (coupon.categories is None or category in coupon.categories)
    )
    scope = Range(id=number, name=coupon.id)
    scope.proxy = _Members(members)
    fixed = coupon.amount is not None
    return _Offer(
        id=number,
        name=coupon.id,
        offer_type=ConditionalOffer.SITE,
        priority=count - number,
        exclusive=False,
        max_basket_applications=1,
        condition=_Condition(id=number, range=scope, type=Condition.VALUE, value=coupon.min_amount),
        benefit=_Benefit(
            id=number,
            range=scope,
            type=Benefit.FIXED if fixed else Benefit.PERCENTAGE,
            value=coupon.amount if fixed else coupon.percent,
        ),
    )


def without_queries() -> AbstractContextManager[None]:
    """A context in which a query raises."""

    def refuse(*_: object) -> None:
        raise AssertionError("Oscar asked the database")

    return connection.execute_wrapper(refuse)  # type: ignore[no-any-return]  # Django's has no types
