"""Why a shop, the platform and the provider get what they do: each row of an account with its formula."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from settlement.after_pay.payments.due import due_by_shop
from settlement.after_pay.payouts.accounts import Payout, ShopAccount
from settlement.after_pay.payouts.commissions import CommissionRate
from settlement.after_pay.payouts.owed import Books, Flow, PayoutPolicy
from settlement.after_pay.payouts.provider_fees import ProviderFee
from settlement.after_pay.refunds.quote import RefundQuote
from settlement.after_pay.refunds.sides import Side, part
from settlement.explanations.figures import Figures
from settlement.explanations.story import Explanation
from settlement.money import Money
from settlement.receipts.columns import COLUMNS, OFFER_COLUMNS
from settlement.receipts.settlement import Settlement
from settlement.rulebook.payment_methods import PaymentMethod

__all__ = ["explain_payout", "fee_formula"]


def explain_payout(
    settlement: Settlement,
    shop: str | None = None,
    policy: PayoutPolicy | None = None,
    refunds: Iterable[RefundQuote] = (),
    method: PaymentMethod | None = None,
    provider_fees: Iterable[ProviderFee] = (),
    *,
    categories: Mapping[str, Collection[str]] | None = None,
    sold_before: Mapping[str, Money] | None = None,
) -> Explanation:
    """How a shop's payout came about, row by row; without a shop, the platform's, and that the whole adds up.

    The arguments are those of `payout`. Raises `LookupError` for a shop that is not in the settlement; else what
    `payout` raises.

    >>> from settlement import Cart, Checkout, Line, Rulebook, settle
    >>> line = Line(id="a", shop="tea", sku="k", quantity=1, unit_price="99.00 CNY", commission_percent="5")
    >>> checkout = Checkout(at="2026-11-11T00:00:00+08:00", cart=Cart(currency="CNY", lines=[line]))
    >>> story = explain_payout(settle(checkout, Rulebook(id="r", currency="CNY")), "tea")
    >>> [(step.code, step.formula) for step in story.steps][1:4]
    [('basis', '99.00'), ('commission', 'round(99.00 × 5 ÷ 100)'), ('net', '99.00 − 4.95')]
    """
    books = Books.of(settlement, policy, refunds, method, provider_fees, categories, sold_before)
    made, figures = books.payout(), Figures(settlement.currency)
    if shop is None:
        _platform(figures, made)
        return Explanation(
            "payout", "", settlement.currency, made.platform.net, tuple(figures.steps), order=settlement.order
        )
    account = made.shop(shop)
    names = [name for name, line in books.lines.items() if line.shop == shop]
    _sale(figures, books, made, shop, names)
    if books.refunds:
        _refunds(figures, books, made, shop, names)
    figures.add("due", account.net.minor, figures.total([account.sale.net.minor, account.refunds.net.minor]))
    return Explanation("payout", shop, settlement.currency, account.net, tuple(figures.steps), order=settlement.order)


# ------------------------------------------------------------------ the sale


def _sale(figures: Figures, books: Books, made: Payout, shop: str, names: Sequence[str]) -> None:
    sale = made.shop(shop).sale
    flows = [books.sold[name] for name in names]
    figures.add("goods", sale.goods.minor, figures.total([flow.columns.get("goods", 0) for flow in flows]))
    if sale.own_offers:
        figures.add("own_offers", sale.own_offers.minor, figures.total(_own_offers(flows)))
    if sale.freight:
        freight = [flow.columns.get(name, 0) for flow in flows for name in ("freight", "surcharges")]
        figures.add("freight", sale.freight.minor, figures.total(freight))
    for name, row in (("tax", "tax"), ("payment_fee", "buyer_fee"), ("rounding", "rounding")):
        if getattr(sale, row):
            figures.add(row, getattr(sale, row).minor, figures.total([flow.columns.get(name, 0) for flow in flows]))
    _commission(figures, books, names)
    if sale.payment_fee:
        _provider_fee(figures, books, shop)
    if sale.fee_difference:
        _difference(figures, sale.fee_difference.minor, [books.fees[shop], -books.kept["charged"][shop]])
    if sale.referrals:
        figures.add("referrals", sale.referrals.minor, _referrals(figures, books, names))
    figures.add("net", sale.net.minor, figures.total(_rows(sale)))
    by_platform = sale.platform_offers + sale.points
    if by_platform:
        figures.add("by_platform", by_platform.minor, figures.total([sale.platform_offers.minor, sale.points.minor]))


def _rows(account: ShopAccount) -> list[int]:
    """What adds up to an account's net."""
    rows = (
        account.goods,
        account.own_offers,
        account.freight,
        account.tax,
        account.buyer_fee,
        account.rounding,
        account.commission,
        account.payment_fee,
        account.fee_difference,
        account.referrals,
    )
    return [row.minor for row in rows if row is not None]


def _own_offers(flows: Sequence[Flow]) -> list[int]:
    """What offers took off, less what the platform bears of it."""
    return [flow.columns.get(name, 0) - flow.platform.get(name, 0) for flow in flows for name in OFFER_COLUMNS]


def _commission(figures: Figures, books: Books, names: Sequence[str]) -> None:
    """The basis of each line that bears commission, and the percentage, rounded by line or by shop."""
    policy = books.policy
    parts = books.sides
    formulas = []
    for name in names:
        rate = books.rates.by_receiver[None].get(name)
        if rate is None:
            continue
        basis = books.sold[name].basis(policy)
        of = parts[name]
        rows = _earned(of.goods, of.bought, policy)
        if policy.commission_on_freight:
            rows += _earned(of.freight, of.bought, policy)
        figures.add("basis", basis, figures.total(rows), name=name)
        formulas.append(
            _by_rate(figures, rate, basis, books.pieces[name][0], least=rate.binds(basis, books.pieces[name][0]))
        )
        if policy.commission_per == "line":
            amount = books.commission([name])[0]
            figures.add("commission", amount, f"round({formulas[-1]})", policy.rounding, name=name)
    if policy.commission_per == "shop" and formulas:
        figures.add(
            "commission", books.commission(names)[0], f"round({' + '.join(formulas)})", policy.rounding, name=""
        )


def _referrals(figures: Figures, books: Books, names: Sequence[str]) -> str:
    """What each third party gets from the shop."""
    payers = books.rates.borne_by
    paid = [
        -books.commission([name for name in names if payers[receiver].get(name) == "shop"], receiver)[0]
        for receiver in books.rates.receivers
    ]
    return figures.total(paid)


def _by_rate(figures: Figures, rate: CommissionRate, basis: int, pieces: Fraction, *, least: bool) -> str:
    """A percentage of the basis and an amount a piece, or the least a piece."""
    count = Decimal(pieces.numerator) / pieces.denominator  # of thousandths: exact
    if least:
        return f"{figures.plain(rate.least)} × {count}"
    parts = [f"{figures.factor(basis)} × {rate.percent} ÷ 100"] if rate.percent or not rate.piece else []
    return " + ".join([*parts, *([f"{figures.plain(rate.piece)} × {count}"] if rate.piece else [])])


def _to_least(figures: Figures, rate: CommissionRate, basis: int, pieces: Sequence[Fraction], *, further: bool) -> str:
    """What comes back down to the least of the pieces that are kept."""
    sold = _by_rate(figures, rate, basis, pieces[0], least=False)
    left = _by_rate(figures, rate, basis, pieces[0] - pieces[1], least=True)
    return f"({left} − ({sold}))" if further else f"({sold} − {left})"


def _earned(side: Side, bought: int, policy: PayoutPolicy) -> list[int]:
    """What a side is for commissions, column by column; under `earned` less what the platform bears of it."""
    whole = part(side, bought, bought)
    borne = whole.platform if policy.commission_basis == "earned" else {}
    return [
        whole.columns.get(name, 0) - borne.get(name, 0) for name in COLUMNS if name not in ("payment_fee", "rounding")
    ]


def fee_formula(figures: Figures, method: PaymentMethod, base: int) -> str:
    """A method's fee of an amount: round(amount × percent) + fixed, clamped (contract §6)."""
    fixed = "" if method.fixed is None else figures.plain(method.fixed.minor)
    formula = fixed or "0"
    if method.percent is not None:
        formula = f"round({figures.plain(base)} × {method.percent} ÷ 100)" + (f" + {fixed}" if fixed else "")
    if method.min is not None:
        formula = f"max({formula}, {figures.plain(method.min.minor)})"
    return formula if method.max is None else f"min({formula}, {figures.plain(method.max.minor)})"


def _provider_fee(figures: Figures, books: Books, shop: str) -> None:
    due, whole = books.settlement.due.minor, sum(books.fees.values())
    if books.method is not None and books.method.fee_per == "shop":
        part = due_by_shop(books.settlement)[shop]
        formula = fee_formula(figures, books.method, part)
        figures.add("shop_fee", books.fees[shop], formula, books.policy.rounding)
        return
    if books.method is not None:
        figures.add("provider_fee", whole, fee_formula(figures, books.method, due), books.policy.rounding)
    weights = {each.shop: each.payable.minor for each in sorted(books.settlement.shops, key=lambda each: each.shop)}
    figures.spread("fee_share", whole, weights, shop)


# ------------------------------------------------------------------ its refunds, and the platform


def _refunds(figures: Figures, books: Books, made: Payout, shop: str, names: Sequence[str]) -> None:
    back, policy = made.shop(shop).refunds, books.policy
    flows = books.returned(names)
    if back.goods:
        figures.add("goods_back", back.goods.minor, figures.total([-flow.columns.get("goods", 0) for flow in flows]))
    if back.own_offers:
        figures.add("own_offers_back", back.own_offers.minor, figures.total([-each for each in _own_offers(flows)]))
    if back.freight:
        freight = [-flow.columns.get(name, 0) for flow in flows for name in ("freight", "surcharges")]
        figures.add("freight_back", back.freight.minor, figures.total(freight))
    for row in ("tax", "buyer_fee", "rounding"):
        if getattr(back, row):
            figures.add(f"{row}_back", getattr(back, row).minor)
    if policy.commission_on_refund == "return":
        _commission_back(figures, books, names)
    if back.payment_fee:
        paid = sum([books.lines[name].payable.minor for name in names])
        cash = sum([sum(flow.columns.values()) for flow in flows])
        formula = f"down({figures.plain(books.fees[shop])} × {figures.plain(abs(cash))} ÷ {figures.plain(paid)})"
        _given_back(figures, "fee", back.payment_fee.minor, formula)
    if back.fee_difference:
        _difference(figures, back.fee_difference.minor, [books.kept["returned"][shop], -back.payment_fee.minor])
    if back.referrals:
        figures.add("referrals_back", back.referrals.minor)
    figures.add("refunds", back.net.minor, figures.total(_rows(back)))


def _difference(figures: Figures, difference: int, parts: Sequence[int]) -> None:
    """By how much less the provider kept than was expected."""
    figures.add("fee_difference", difference, figures.total(parts))


def _given_back(figures: Figures, row: str, back: int, formula: str, rounding: str | None = None, **facts: str) -> None:
    """What came back of a row, or below 0 what it became more; the formula makes its magnitude."""
    if back > 0:
        figures.add(f"{row}_back", back, formula, rounding, **facts)
    elif back < 0:
        figures.add(f"{row}_further", back, f"0 − {formula}", rounding, **facts)


def _commission_back(figures: Figures, books: Books, names: Sequence[str]) -> None:
    """What of each commission comes back: in proportion to its basis, down."""
    policy, rates = books.policy, {name: rate for name, rate in books.rates.by_receiver[None].items() if name in names}
    for group in [list(rates)] if policy.commission_per == "shop" else [[name] for name in rates]:
        amount, back = books.commission(group)
        whole = {name: books.sold[name].basis(policy) for name in group}
        of = {name: books.basis_back(name) * (1 if back > 0 else -1) for name in group}
        least = {name: rates[name].binds(whole[name], books.pieces[name][0]) for name in group}
        kept = {
            name for name in group if rates[name].binds_kept(whole[name], books.basis_back(name), *books.pieces[name])
        }
        by_pieces = any(least[name] or rates[name].piece or name in kept for name in group)
        if policy.commission_per == "shop" or by_pieces or not any(whole.values()):
            bases = [
                " + ".join(
                    [
                        _by_rate(figures, rates[name], basis, books.pieces[name][at], least=least[name])
                        if not at or name not in kept
                        else _to_least(figures, rates[name], whole[name], books.pieces[name], further=back < 0)
                        for name, basis in each.items()
                    ]
                )
                for at, each in ((1, of), (0, whole))
            ]
            formula = f"down({figures.plain(amount)} × ({bases[0]}) ÷ ({bases[1]}))"
        else:
            (name,) = group
            formula = f"down({figures.plain(amount)} × {figures.plain(of[name])} ÷ {figures.plain(whole[name])})"
        rounding = None
        if not any(whole.values()):
            formula, rounding = f"round({bases[0]})", policy.rounding
        label = "" if policy.commission_per == "shop" else group[0]
        _given_back(figures, "commission", back, formula, rounding, name=label)


def _platform(figures: Figures, made: Payout) -> None:
    """Its rows, and that everything that the buyer paid is somebody's."""
    accounts = [account for shop in made.shops for account in (shop.sale, shop.refunds)]
    platform = made.platform
    figures.add("commissions", platform.commission.minor, figures.total([-each.commission.minor for each in accounts]))
    for row in ("tax", "buyer_fee", "rounding"):
        if getattr(platform, row):
            figures.add(row, getattr(platform, row).minor)
    for row in ("platform_offers", "points"):
        if getattr(platform, row):
            amounts = [-getattr(each, row).minor for each in accounts]
            figures.add(f"{row}_paid", getattr(platform, row).minor, figures.total(amounts))
    if platform.fee_difference:
        expected = [-each.payment_fee.minor for each in accounts]
        _difference(figures, platform.fee_difference.minor, [*expected, -made.provider.minor])
    if platform.referrals:
        figures.add("referrals", platform.referrals.minor)
    rows = (platform.commission, platform.buyer_fee, platform.rounding, platform.platform_offers, platform.points)
    seldom = (platform.tax, platform.fee_difference, platform.referrals)
    amounts = [row.minor for row in (*rows, *seldom) if row is not None]
    figures.add("platform_net", platform.net.minor, figures.total(amounts))
    for each in made.receivers:
        figures.add("receiver", each.amount.minor, name=each.receiver)
    if made.stored_value:
        figures.add("stored_value", made.stored_value.minor)
    nets = [shop.net.minor for shop in made.shops] + [platform.net.minor, made.provider.minor]
    nets += [each.amount.minor for each in made.receivers]
    nets += [] if made.stored_value is None else [made.stored_value.minor]
    figures.add("everything", made.paid.minor - made.refunded.minor, figures.total(nets))
