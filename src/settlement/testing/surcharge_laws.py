"""The laws that every kind of surcharge obeys, those that ship with the library as well as a user's own."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final, TypeAlias

from hypothesis import strategies as st

from settlement.cart.checkout import Checkout
from settlement.documents.scalars import quantity_out
from settlement.explanations.shares import minor_of
from settlement.freight.added import bounded
from settlement.freight.formulas import surcharge_formula
from settlement.freight.load import Load
from settlement.freight.surcharges import SURCHARGE_KINDS, Surcharge
from settlement.freight.surcharges.fence import fenced
from settlement.rulebook.rulebook import Rulebook
from settlement.testing import strategies
from settlement.testing.laws import hold_to, must, settles

__all__ = ["LAWS", "check_surcharge_laws"]

Draw: TypeAlias = Callable[[Any], Any]
Law: TypeAlias = Callable[[Surcharge, Draw], None]


def check_surcharge_laws(kind: type[Surcharge], surcharges: Any = None, max_examples: int = 100) -> None:
    """Hold a kind of surcharge to every law of `LAWS`, by drawn examples; the same ones on every run.

    `surcharges` is a strategy for the kind, needed only where its JSON Schema does not tell enough. Raises what the
    first broken law raises, with the law and the example. Source: docs/extending.md.

    >>> from settlement import PerKg
    >>> check_surcharge_laws(PerKg, max_examples=5)
    """
    hold_to(LAWS, kind, strategies.surcharges(kind) if surcharges is None else surcharges, max_examples)


def _whole_counts(surcharge: Surcharge, draw: Draw) -> None:
    """One whole count of 0 or more per line, and a whole amount of 0 or more for their sum."""
    load = draw(strategies.loads())
    counted = fenced(surcharge).counted(load)
    must(len(counted) == len(load.ids))
    must(fenced(surcharge).charged(sum(counted)) >= 0)


def _no_memory(surcharge: Surcharge, draw: Draw) -> None:
    """Asked twice, or as a copy read from its JSON, a surcharge answers alike."""
    load, other = draw(strategies.loads()), draw(strategies.loads())
    again = type(surcharge).model_validate_json(surcharge.model_dump_json())
    must(again == surcharge)
    before = list(surcharge.counted(load))
    surcharge.counted(other)
    must(before == list(surcharge.counted(load)) == list(again.counted(load)))
    must(surcharge.charged(sum(before)) == again.charged(sum(before)))


def _formula(surcharge: Surcharge, draw: Draw) -> None:
    """Its formula, worked out, makes what it charges."""
    counted, boxes = sum(surcharge.counted(draw(strategies.loads()))), draw(st.integers(1, 3))
    formula = surcharge_formula(surcharge, quantity_out(counted), boxes, pays=bool(surcharge.charged(counted)))
    amount = bounded(surcharge, surcharge.charged(counted)) * boxes
    if not surcharge.of_freight:  # of a share of freight no count tells what it makes
        must(minor_of(formula, None, surcharge.fee.currency) == amount, formula, amount)


def _documents(surcharge: Surcharge, _draw: Draw) -> None:
    """A rulebook that knows the kind reads it by its `per` alone, names it in its schema and gives it back equal."""
    rules = _rules(type(surcharge))
    book = _book(rules, surcharge.model_dump(mode="json"))
    must(book.freight_templates[0].surcharges == (surcharge,))
    must(type(book.freight_templates[0].surcharges[0]) is type(surcharge))
    must(rules.model_validate_json(book.model_dump_json()) == book)
    must(surcharge.per in _known(rules))


def _needs(surcharge: Surcharge, draw: Draw) -> None:
    """A line that does not state what it `needs` is left out; what it does not need changes no count."""
    checkout, book = _one_parcel(_everywhere(surcharge), draw)
    charged = settles(checkout, book)
    for measure in ("weight_g", "volume_cm3"):
        bare = [line.model_copy(update={measure: None}) for line in checkout.cart.lines]
        cart = checkout.cart.model_copy(update={"lines": bare})
        found = settles(checkout.model_copy(update={"cart": cart}), book)
        if measure in surcharge.needs:
            must({each.reason for each in found.excluded} == {"no_measure"})
            must(len(found.excluded) == len(bare))
        else:
            must(found.totals.surcharges == charged.totals.surcharges)


def _added(surcharge: Surcharge, draw: Draw) -> None:
    """Alone it is its adjustment, under two labels two; free shipping leaves it, unless it waives surcharges.

    A share of freight is 0 where freight is.
    """
    surcharge = _everywhere(surcharge)
    checkout, book = _one_parcel(surcharge, draw)
    once = settles(checkout, book).totals.surcharges
    stated = surcharge.model_dump(mode="json")
    rules = type(book)
    twice = settles(checkout, _book(rules, stated | {"label": "a"}, stated | {"label": "b"}))
    entries = [each for each in twice.adjustments if each.stage == "surcharge"]
    must([each.facts["label"] for each in entries] == (["a", "b"] if once else []))
    must(all(each.amount == once for each in entries))
    free = settles(checkout, _book(rules, stated, free=[{}])).totals.surcharges
    must(not free if surcharge.of_freight else free == once)
    must(not settles(checkout, _book(rules, stated, free=[{"waives_surcharge": True}])).totals.surcharges)


def _settlements(surcharge: Surcharge, draw: Draw) -> None:
    """Settlements with the kind, whatever else the rules say, add up and read back."""
    settles(*draw(strategies.requests(rulebook_class=_rules(type(surcharge)), surcharges_drawn=[st.just(surcharge)])))


# ------------------------------------------------------------------ a single parcel


def _everywhere(surcharge: Surcharge) -> Surcharge:
    return surcharge.model_copy(update={"regions": ["*"], "label": None, "highest_of": None})


def _one_parcel(surcharge: Surcharge, draw: Draw) -> tuple[Checkout, Rulebook]:
    """A cart of one parcel and rules with just this surcharge."""
    load: Load = draw(strategies.loads())
    rows = zip(load.ids, load.skus, load.millis, load.weights, load.volumes, strict=True)
    lines = [
        {"id": name, "shop": "s1", "sku": sku, "quantity": quantity_out(millis), "unit_price": "1.00 CNY"}
        | {"weight_g": weight, "volume_cm3": volume, "freight_template": "t"}
        for name, sku, millis, weight, volume in rows
    ]
    cart = {"currency": "CNY", "lines": lines}
    checkout = {"at": strategies.AT, "cart": cart, "address": {"region": strategies.REGIONS[0]}}
    return Checkout.model_validate(checkout), _book(_rules(type(surcharge)), surcharge.model_dump(mode="json"))


def _book(rules: type[Rulebook], *surcharges: dict[str, Any], free: Any = ()) -> Rulebook:
    zone = {"regions": ["*"], "first": 1, "first_fee": "8.00 CNY"}
    template = {"id": "t", "measure": "quantity", "zones": [zone], "surcharges": surcharges, "free": free}
    return rules.model_validate({"id": "rules", "currency": "CNY", "freight_templates": [template]})


@lru_cache(maxsize=16)
def _known(rules: type[Rulebook]) -> frozenset[str]:
    """The kinds that a rulebook's JSON Schema names."""
    template = rules.model_json_schema()["$defs"]["FreightTemplate"]
    return frozenset(template["properties"]["surcharges"]["items"]["discriminator"]["mapping"])


def _rules(kind: type[Surcharge]) -> type[Rulebook]:
    return Rulebook if kind in SURCHARGE_KINDS else Rulebook.with_kinds(kind)


#: Each law is one function; its docstring says it.
LAWS: Final[tuple[Law, ...]] = (
    _whole_counts,
    _no_memory,
    _formula,
    _documents,
    _needs,
    _added,
    _settlements,
)
