"""The laws that every kind of benefit obeys, those that ship with the library as well as a user's own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import combinations
from typing import Any, Final, TypeAlias

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from settlement.cart.checkout import Checkout
from settlement.discounts import KINDS, Benefit
from settlement.discounts.goods import Goods
from settlement.discounts.staged import Staged
from settlement.engine.settle import settle
from settlement.receipts.columns import COLUMNS
from settlement.receipts.settlement import Settlement
from settlement.rulebook.rulebook import Rulebook
from settlement.testing import strategies

__all__ = ["LAWS", "check_benefit_laws", "hold_to", "must", "settles"]

Draw: TypeAlias = Callable[[Any], Any]
Law: TypeAlias = Callable[[Benefit, Draw], None]


def check_benefit_laws(kind: type[Benefit], benefits: Any = None, max_examples: int = 100) -> None:
    """Hold a kind of benefit to every law of `LAWS`, by drawn examples; the same ones on every run.

    `benefits` is a strategy for the kind, needed only where its JSON Schema does not tell enough. Raises what the first
    broken law raises, with the law and the example. Source: docs/extending.md.

    >>> from settlement import PercentOff
    >>> check_benefit_laws(PercentOff, max_examples=5)
    """
    hold_to(LAWS, kind, strategies.benefits(kind) if benefits is None else benefits, max_examples)


def hold_to(laws: Sequence[Callable[[Any, Draw], None]], kind: type, drawn: Any, max_examples: int) -> None:
    """Draw from a strategy and hold what comes to each law; the law that broke is named."""
    repeatable = settings(
        max_examples=max_examples,
        deadline=None,
        database=None,
        derandomize=True,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    for law in laws:
        try:
            repeatable(given(data=st.data())(_held_to(law, drawn)))()
        except Exception as error:
            error.add_note(f"{kind.__name__} breaks the law: {law.__doc__}")
            raise


def _held_to(law: Callable[[Any, Draw], None], drawn: Any) -> Callable[[Any], None]:
    def holds(data: Any) -> None:
        law(data.draw(drawn), data.draw)

    return holds


def must(holds: object, *facts: object) -> None:
    """An assertion that stays where Python drops assertions."""
    if not holds:
        raise AssertionError(*facts)


def _other(goods: Goods, nets: list[int]) -> Goods:
    """The same lines with other nets."""
    return Goods(goods.basket, goods.lines, nets, sum(nets), goods.times, goods.rounded)


def _whole_shares(benefit: Benefit, draw: Draw) -> None:
    """One whole share per line, from 0 to the line's net, and the goods are left as they were."""
    goods = draw(strategies.goods())
    nets = list(goods.nets)
    off = benefit.off(goods)
    must(len(off) == len(nets))
    must(all(type(share) is int and 0 <= share <= net for share, net in zip(off, nets, strict=True)), off, nets)
    must(goods.nets == nets)


def _totals(benefit: Benefit, draw: Draw) -> None:
    """`total` is the sum of what `off` takes, and `takes` is whether that is anything."""
    goods = draw(strategies.goods())
    off = benefit.off(goods)
    must(benefit.total(goods) == sum(off))
    must(benefit.takes(goods) == any(off))


def _no_memory(benefit: Benefit, draw: Draw) -> None:
    """Asked twice, or as a copy read from its JSON, a benefit answers alike."""
    goods = draw(strategies.goods())
    again = type(benefit).model_validate_json(benefit.model_dump_json())
    must(again == benefit)
    must(benefit.off(goods) == benefit.off(goods) == again.off(goods))
    must(benefit.gift(goods) == again.gift(goods))


def _nothing_off_nothing(benefit: Benefit, draw: Draw) -> None:
    """Where every net is 0, every share is 0."""
    goods = draw(strategies.goods())
    zeros = [0] * len(goods.nets)
    must(benefit.off(_other(goods, list(zeros))) == zeros)


def _gifts(benefit: Benefit, draw: Draw) -> None:
    """Only a kind that says `gives` gives something: a sku and thousandths of it."""
    gift = benefit.gift(draw(strategies.goods()))
    if gift is not None:
        sku, thousandths = gift
        must(benefit.gives)
        must(sku)
        must(type(thousandths) is int)
        must(thousandths >= 0)


def _ceilings(benefit: Benefit, draw: Draw) -> None:
    """A benefit never takes off more than each of its `ceilings` says; the search for coupons cuts by them."""
    goods = draw(strategies.goods())
    least = draw(st.one_of(st.none(), st.integers(1, goods.net)))
    if getattr(benefit, "every", False):
        least = least or draw(st.integers(1, goods.net))
        goods.times = goods.net // least
    known = draw(st.sampled_from([None, goods.times]))
    total = sum(benefit.off(goods))
    bounds = benefit.ceilings(len(goods.nets), least, known)
    must(bounds)
    for amount, numerator, denominator in bounds:
        must(total * denominator <= amount * denominator + goods.net * numerator)


def _at_least(benefit: Benefit, draw: Draw) -> None:
    """A benefit takes off what `at_least` promises, give or take one unit."""
    goods = draw(strategies.goods())
    goods.times = 1
    numerator, denominator = benefit.at_least(goods.net + draw(st.integers(0, 10_000)))
    must(sum(benefit.off(goods)) >= goods.net * numerator // denominator - 1)


def _keeps_order(benefit: Benefit, draw: Draw) -> None:
    """Of more net at least as much is left, and at most `slope` of the rest is taken, where it says `keeps_order`."""
    goods = draw(strategies.goods())
    if not benefit.keeps_order:
        return
    more = [net + draw(st.integers(0, 10_000)) for net in goods.nets]
    larger = _other(goods, more)
    before, after = sum(benefit.off(goods)), sum(benefit.off(larger))
    must(goods.net - before <= larger.net - after)
    numerator, denominator = benefit.slope
    if before < goods.net:
        must((after - before - 1) * denominator <= (larger.net - goods.net) * numerator)


def _by_sum(benefit: Benefit, draw: Draw) -> None:
    """What is taken off in all does not depend on how the net is shared among lines, where a kind says `by_sum`."""
    goods = draw(strategies.goods())
    if benefit.by_sum:
        heaped = [goods.net, *[0] * (len(goods.nets) - 1)]
        must(sum(benefit.off(goods)) == sum(benefit.off(_other(goods, heaped))))


def _grows(benefit: Benefit, draw: Draw) -> None:
    """Of more net on any line at least as much is taken off, give or take two units a line, where it says `grows`."""
    goods = draw(strategies.goods())
    if benefit.grows:
        less = [net - draw(st.integers(0, net)) for net in goods.nets]
        smaller = _other(goods, less)
        smaller.times = draw(st.integers(0, goods.times)) if getattr(benefit, "every", False) else goods.times
        must(sum(benefit.off(smaller)) <= sum(benefit.off(goods)) + 2 * len(less))


def _documents(benefit: Benefit, _draw: Draw) -> None:
    """A rulebook that knows the kind reads it by its `type` alone, names it in its schema and gives it back equal."""
    rules = _rules(type(benefit))
    tier = {"benefit": benefit.model_dump(mode="json"), "min_quantity": 2}
    offer = {"id": "p1", "issuer": "platform", "tiers": [tier]}
    book = rules.model_validate({"id": "rules", "currency": "CNY", "promotions": [offer]})
    must(type(book.promotions[0].tiers[0].benefit) is type(benefit))
    must(book.promotions[0].tiers[0].benefit == benefit)
    must(rules.model_validate_json(book.model_dump_json()) == book)
    must(benefit.type in _types(rules))


@lru_cache(maxsize=16)
def _types(rules: type[Rulebook]) -> frozenset[str]:
    """The kinds that a rulebook's JSON Schema names."""
    tier = rules.model_json_schema()["$defs"]["Tier"]
    return frozenset(tier["properties"]["benefit"]["discriminator"]["mapping"])


def _settlements(benefit: Benefit, draw: Draw) -> None:
    """Settlements with the kind, whatever else the rules say, add up and read back."""
    settles(*draw(strategies.requests(rulebook_class=_rules(type(benefit)), drawn=[st.just(benefit)])))


def _best(benefit: Benefit, draw: Draw) -> None:
    """Beside two coupons, one or two of which the policy lets in, `best` is beaten by no list; a coupon if it may."""
    amounts = st.integers(0, 4_000).map(lambda minor: f"{minor // 100}.{minor % 100:02d} CNY")
    rival = "freight_off" if benefit.on_freight else "amount_off"
    rivals = [{"type": rival, "amount": draw(amounts)} for _ in range(2)]
    coupons = [
        {"id": f"c{number}", "issuer": "platform", "tiers": [{"min_quantity": "0.001", "benefit": each}]}
        for number, each in enumerate([benefit.model_dump(mode="json"), *rivals])
    ]
    promoted = int(isinstance(benefit, Staged))
    zone = {"regions": ["*"], "first": 1, "first_fee": draw(amounts), "additional": 1, "additional_fee": "2.00 CNY"}
    line = st.fixed_dictionaries(
        {
            "shop": st.sampled_from(strategies.SHOPS),
            "sku": st.sampled_from(strategies.SKUS),
            "quantity": st.integers(1, 5),
            "unit_price": amounts,
            "freight_template": st.just("t"),
        }
    )
    lines = [{"id": f"l{place}"} | each for place, each in enumerate(draw(st.lists(line, min_size=1, max_size=3)))]
    document = {
        "id": "rules",
        "currency": "CNY",
        "promotions": coupons[:promoted],
        "coupons": coupons[promoted:],
        "freight_templates": [{"id": "t", "measure": "quantity", "zones": [zone]}],
        "policy": {name: draw(st.integers(1, 2)) for name in ("coupons_platform", "coupons_freight")},
    }
    checkout = Checkout.model_validate(
        {
            "at": strategies.AT,
            "cart": {"currency": "CNY", "lines": lines},
            "address": {"region": strategies.REGIONS[0]},
            "customer": {"coupons": [each["id"] for each in coupons[promoted:]]},
        }
    )
    settles(checkout, _rules(type(benefit)).model_validate(document))


def settles(checkout: Checkout, book: Rulebook) -> Settlement:
    """The settlement, which adds up, reads back and is not beaten by any list of the coupons held."""
    settlement = settle(checkout, book)
    rows: list[Any] = [settlement.totals, *settlement.shops, *settlement.lines]
    for row in rows:
        must(row.payable.minor == sum(getattr(row, column).minor for column in COLUMNS) >= 0)
    must(Settlement.from_json(settlement.to_json()) == settlement)
    if settlement.optimal and checkout.choice.coupons == "best" and not book.policy.exclusions:
        held = checkout.customer.coupons
        for chosen in (each for size in range(len(held) + 1) for each in combinations(held, size)):
            choice = checkout.choice.model_copy(update={"coupons": chosen})
            other = settle(checkout.model_copy(update={"choice": choice}), book)
            must(_cost(settlement) <= _cost(other), chosen, settlement.redemptions)
    return settlement


def _cost(settlement: Settlement) -> int:
    return settlement.payable.minor - settlement.totals.points.minor


def _rules(kind: type[Benefit]) -> type[Rulebook]:
    return Rulebook if kind in KINDS else Rulebook.with_kinds(kind)


#: Each law is one function; its docstring says it.
LAWS: Final[tuple[Law, ...]] = (
    _whole_shares,
    _totals,
    _no_memory,
    _nothing_off_nothing,
    _gifts,
    _ceilings,
    _at_least,
    _keeps_order,
    _by_sum,
    _grows,
    _documents,
    _settlements,
    _best,
)
