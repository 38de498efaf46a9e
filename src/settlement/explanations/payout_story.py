"""Why a shop, the platform and the provider get what they do: each row of an account with its formula."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Final

from settlement.after_pay.payments.due import due_by_shop
from settlement.after_pay.payouts.accounts import Payout, ShopAccount
from settlement.after_pay.payouts.commissions import CommissionRate
from settlement.after_pay.payouts.owed import Books, Flow, PayoutPolicy
from settlement.after_pay.payouts.provider_fees import ProviderFee
from settlement.after_pay.refunds.quote import RefundQuote
from settlement.after_pay.refunds.sides import Side, part
from settlement.explanations.figures import Figures
from settlement.explanations.story import Explanation, names_of
from settlement.explanations.terms import Figure
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
        _platform(figures, books, made)
        return _story(settlement, "", made.platform.net, figures)
    account = made.shop(shop)
    names = [name for name, line in books.lines.items() if line.shop == shop]
    _sale(figures, books, made, shop, names)
    if books.refunds:
        _refunds(figures, books, made, shop, names)
    parts = [("sale", account.sale.net.minor), ("refunds", account.refunds.net.minor)]
    figures.sum("due", account.net.minor, parts)
    return _story(settlement, shop, account.net, figures)


def _story(settlement: Settlement, shop: str, net: Money, figures: Figures) -> Explanation:
    steps, names = tuple(figures.steps), names_of(settlement)
    return Explanation("payout", shop, settlement.currency, net, steps, names, settlement.order)


# ------------------------------------------------------------------ the sale


def _sale(figures: Figures, books: Books, made: Payout, shop: str, names: Sequence[str]) -> None:
    sale = made.shop(shop).sale
    flows = [(name, books.sold[name]) for name in names]
    figures.sum("goods", sale.goods.minor, _of_lines(flows, "goods"))
    if sale.own_offers:
        figures.sum("own_offers", sale.own_offers.minor, _own_offers(flows))
    if sale.freight:
        figures.sum("freight", sale.freight.minor, _of_lines(flows, "freight", "surcharges"))
    for name, row in (("tax", "tax"), ("payment_fee", "buyer_fee"), ("rounding", "rounding")):
        if getattr(sale, row):
            figures.sum(row, getattr(sale, row).minor, _of_lines(flows, name))
    _commission(figures, books, names)
    if sale.payment_fee:
        _provider_fee(figures, books, shop)
    if sale.fee_difference:
        terms = [("fee_expected", books.fees[shop]), ("fee_kept_back", -books.kept["charged"][shop])]
        figures.sum("fee_difference", sale.fee_difference.minor, terms)
    if sale.referrals:
        figures.sum("referrals", sale.referrals.minor, _referrals(books, names))
    figures.sum("net", sale.net.minor, account_rows(sale))
    by_platform = sale.platform_offers + sale.points
    if by_platform:
        terms = [("platform_offers", sale.platform_offers.minor), ("points", sale.points.minor)]
        figures.sum("by_platform", by_platform.minor, terms)


#: What adds up to an account's net.
ROWS: Final = (
    "goods",
    "own_offers",
    "freight",
    "tax",
    "buyer_fee",
    "rounding",
    "commission",
    "payment_fee",
    "fee_difference",
    "referrals",
)


def account_rows(account: ShopAccount, sign: int = 1) -> list[Figure]:
    """The rows of an account by their names; what the provider keeps is its fee, what the buyer paid the buyer's."""
    rows = [(name, getattr(account, name)) for name in ROWS]
    return [(_CALLED.get(name, name), sign * row.minor) for name, row in rows if row is not None]


#: Rows whose names mean another thing elsewhere.
_CALLED: Final = {"payment_fee": "provider_fee"}


def _of_lines(flows: Iterable[tuple[str, Flow]], *columns: str, sign: int = 1) -> list[Figure]:
    """A column, or some together, line by line."""
    return [("line", sign * sum([flow.columns.get(each, 0) for each in columns]), name) for name, flow in flows]


def _own_offers(flows: Iterable[tuple[str, Flow]], sign: int = 1) -> list[Figure]:
    """What offers took off each line, less what the platform bears of it."""
    return [
        ("line", sign * sum([flow.columns.get(each, 0) - flow.platform.get(each, 0) for each in OFFER_COLUMNS]), name)
        for name, flow in flows
    ]


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
        figures.sum("basis", basis, rows, name=name)
        formulas.append(
            _by_rate(figures, rate, basis, books.pieces[name][0], least=rate.binds(basis, books.pieces[name][0]))
        )
        if policy.commission_per == "line":
            amount = books.commission([name])[0]
            figures.add("commission", amount, f"round({formulas[-1]})", policy.rounding, name=name)
    if policy.commission_per == "shop" and formulas:
        formula = f"round({' + '.join(formulas)})"
        figures.add("commission_of_shop", books.commission(names)[0], formula, policy.rounding)


def _referrals(books: Books, names: Sequence[str], at: int = 0) -> list[Figure]:
    """What each third party gets from the shop, or what comes back of that (`at` 1)."""
    payers, sign = books.rates.borne_by, 1 if at else -1
    return [
        ("receiver", sign * books.commission([n for n in names if payers[each].get(n) == "shop"], each)[at], each)
        for each in books.rates.receivers
    ]


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


def _earned(side: Side, bought: int, policy: PayoutPolicy) -> list[Figure]:
    """What a side is for commissions, column by column; under `earned` less what the platform bears of it."""
    whole = part(side, bought, bought)
    borne = whole.platform if policy.commission_basis == "earned" else {}
    none = ("tax", "payment_fee", "rounding")
    return [(name, whole.columns.get(name, 0) - borne.get(name, 0)) for name in COLUMNS if name not in none]


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


#: Columns that are the shop's or the platform's, their row, and what the row is called where it came back.
_MOVED: Final = (
    ("tax", "tax", "tax_came_back"),
    ("payment_fee", "buyer_fee", "buyer_fee_back"),
    ("rounding", "rounding", "rounding_back"),
)


def _refunds(figures: Figures, books: Books, made: Payout, shop: str, names: Sequence[str]) -> None:
    back, policy = made.shop(shop).refunds, books.policy
    flows = [(name, flow) for each in (books.back, books.charged) for name, flow in each.items() if name in names]
    if back.goods:
        figures.sum("goods_back", back.goods.minor, _of_lines(flows, "goods", sign=-1))
    if back.own_offers:
        figures.sum("own_offers_back", back.own_offers.minor, _own_offers(flows, -1))
    if back.freight:
        figures.sum("freight_back", back.freight.minor, _of_lines(flows, "freight", "surcharges", sign=-1))
    for name, row, code in _MOVED:
        if getattr(back, row):
            figures.sum(code, getattr(back, row).minor, _of_lines(flows, name, sign=-1))
    if policy.commission_on_refund == "return":
        _commission_back(figures, books, names)
    if back.payment_fee:
        paid = sum([books.lines[name].payable.minor for name in names])
        cash = sum([sum(flow.columns.values()) for _, flow in flows])
        formula = f"down({figures.plain(books.fees[shop])} × {figures.plain(abs(cash))} ÷ {figures.plain(paid)})"
        _given_back(figures, "fee", back.payment_fee.minor, formula)
    if back.fee_difference:
        terms = [("fee_came_back", books.kept["returned"][shop]), ("fee_expected", -back.payment_fee.minor)]
        figures.sum("fee_difference", back.fee_difference.minor, terms)
    if back.referrals:
        figures.sum("referrals_back", back.referrals.minor, _referrals(books, names, 1))
    figures.sum("refunds", back.net.minor, account_rows(back))


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
        # nothing to be in proportion to: no worth, or none that bears a commission
        by_rate = not sum([rates[name].of(whole[name], 0, *books.pieces[name])[0] for name in group])
        if policy.commission_per == "shop" or by_pieces or by_rate:
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
        if by_rate:
            formula, rounding = f"round({bases[0]})", policy.rounding
        if policy.commission_per == "shop":
            _given_back(figures, "commission_of_shop", back, formula, rounding)
        else:
            _given_back(figures, "commission", back, formula, rounding, name=group[0])


def _platform(figures: Figures, books: Books, made: Payout) -> None:
    """Its rows, and that everything that the buyer paid is somebody's."""
    platform, shops = made.platform, made.shops

    def of_shops(row: str) -> list[Figure]:
        return [("shop", -(getattr(each.sale, row) + getattr(each.refunds, row)).minor, each.shop) for each in shops]

    figures.sum("commissions", platform.commission.minor, of_shops("commission"))
    for name, row in (("tax", "tax"), ("payment_fee", "buyer_fee"), ("rounding", "rounding")):
        if getattr(platform, row):
            sold, back = (
                sum([flow.columns.get(name, 0) for flow in flows])
                for flows in (books.sold.values(), books.back.values())
            )
            figures.sum(row, getattr(platform, row).minor, [("by_buyer", sold), ("came_back", -back)])
    for row in ("platform_offers", "points"):
        if getattr(platform, row):
            figures.sum(f"{row}_paid", getattr(platform, row).minor, of_shops(row))
    if platform.fee_difference:
        terms: list[Figure] = [("fee_expected", sum([each[1] for each in of_shops("payment_fee")]))]
        figures.sum("fee_difference", platform.fee_difference.minor, [*terms, ("fee_kept_back", -made.provider.minor)])
    if platform.referrals:
        rows: list[Figure] = [("receiver", -books.referrals(each)["platform"], each) for each in books.rates.receivers]
        figures.sum("referrals", platform.referrals.minor, rows)
    terms = [(name, getattr(platform, name).minor) for name in PLATFORM_ROWS if getattr(platform, name) is not None]
    figures.sum("platform_net", platform.net.minor, terms)
    for each in made.receivers:
        parts = books.referrals(each.receiver)
        terms = [("from_shops", parts["shop"]), ("from_platform", parts["platform"])]
        figures.sum("receiver", each.amount.minor, terms, name=each.receiver)
    if made.stored_value:
        card = [
            (name, books.sold[name].columns.get("stored_value", 0) - books.back[name].columns.get("stored_value", 0))
            for name in books.lines
        ]
        figures.sum("stored_value", made.stored_value.minor, [("line", amount, name) for name, amount in card])
    terms = [("shop", shop.net.minor, shop.shop) for shop in shops]
    terms += [("platform", platform.net.minor), ("provider", made.provider.minor)]
    terms += [("receiver", each.amount.minor, each.receiver) for each in made.receivers]
    terms += [] if made.stored_value is None else [("stored_value", made.stored_value.minor)]
    figures.sum("everything", made.paid.minor - made.refunded.minor, terms)


#: What adds up to the platform's net.
PLATFORM_ROWS: Final = (
    "commission",
    "tax",
    "buyer_fee",
    "rounding",
    "platform_offers",
    "points",
    "fee_difference",
    "referrals",
)
