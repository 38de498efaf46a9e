"""Marks of fields: every field that the contract does not name says that it is beyond it."""

from __future__ import annotations

from typing import Literal, get_args

import pytest
from pydantic import BaseModel

from settlement import Band, Benefit, Condition, Rulebook, Slot
from settlement.documents.marks import OUTSIDE, Mark, extensions, marked, marks_of
from settlement.freight.surcharges import Surcharge
from settlement.rulebook.request import Request

#: The fields of contract §2, 4, 5 and 6, by document. Copied from there by hand: a field that stands here is hashed in
#: every digest, so none is ever added.
OFFER = "id name issuer scope tiers valid_from valid_until levels new_customers_only priority exclusive platform_share"
CONTRACT = {
    "Request": "checkout rulebook",
    "Checkout": "at cart address customer choice payment_method remark invoice",
    "Cart": "currency lines",
    "Address": "region name phone detail",
    "Customer": "id level new points coupons",
    "Choice": "coupons points",
    "Line": "id shop sku quantity unit_price name list_price categories weight_g volume_cm3 freight_template warehouse "
    "free_shipping selected on_sale stock purchase_limit commission_percent tax_percent info",
    "Rulebook": "id currency freight_templates promotions coupons points payment_methods policy",
    "PaymentMethod": "id name percent fixed min max borne_by",
    "Policy": "rounding threshold_amount free_shipping_amount freight_combination undeliverable coupons_per_shop "
    "coupons_platform coupons_freight exclusions round_total",
    "RoundTotal": "unit mode",
    "Promotion": f"{OFFER} stage coupons_allowed",
    "Coupon": OFFER,
    "Scope": "skus categories shops exclude_skus exclude_categories",
    "Tier": "min_amount min_quantity benefit",
    "AmountOff": "type amount every max",
    "PercentOff": "type percent max",
    "FixedPrice": "type price",
    "NthUnit": "type n percent per",
    "BundlePrice": "type quantity price",
    "Gift": "type sku quantity every",
    "FreightOff": "type amount",
    "FreightTemplate": "id name measure zones undeliverable surcharges free",
    "Zone": "regions first first_fee additional additional_fee",
    **dict.fromkeys(("PerParcel", "PerPiece", "PerKg"), "regions fee per"),
    "Free": "regions min_amount min_quantity max_units basis waives_surcharge",
    "Points": "points worth step min_points min_goods max_percent max_amount covers_freight scope earn",
    "Earn": "per points on",
}
#: What §7 leaves out of the digest.
PERSONAL = {"name", "phone", "detail", "remark", "invoice", "info"}


def documents_within(annotation):
    """The classes of documents that a field may hold."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return {annotation}
    return set().union(*map(documents_within, get_args(annotation)))


def digested(kind, found):
    """Every class of documents that a digest sees in each request: by way of fields that are never left out."""
    if kind not in found:
        found.add(kind)
        for field in kind.model_fields.values():
            if not marks_of(field) & {Mark.PERSONAL, Mark.BEYOND}:
                for inner in documents_within(field.annotation):
                    digested(inner, found)
    return found


ALL = sorted(digested(Request, set()), key=lambda kind: kind.__name__)


@pytest.mark.parametrize("kind", [kind for kind in ALL if kind.__name__ in CONTRACT], ids=lambda kind: kind.__name__)
def test_a_field_is_of_the_contract_or_says_that_it_is_beyond_it(kind):
    """Neither more nor less is marked: what the contract names is hashed always, what it does not name when it is used.

    A field that is new here changes no digest of a request that does not use it: mark it `Mark.BEYOND`. What is
    personal is hashed nowhere, whoever named it.
    """
    fields, named = kind.model_fields, set(CONTRACT[kind.__name__].split())
    beyond = {name for name, field in fields.items() if Mark.BEYOND in marks_of(field)}
    personal = {name for name, field in fields.items() if Mark.PERSONAL in marks_of(field)}
    assert fields.keys() - beyond - personal == named - personal
    assert not [name for name in beyond if kind.model_fields[name].is_required()]


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_only_what_the_contract_leaves_out_is_personal(kind):
    """Its six fields, wherever they stand; beside them only fields that are beyond it anyway."""
    for name, field in kind.model_fields.items():
        marks = marks_of(field)
        assert (Mark.PERSONAL in marks) == (name in PERSONAL or {Mark.PERSONAL, Mark.BEYOND} <= marks)


def test_a_document_of_no_contract_is_met_only_through_a_mark():
    """Kinds are told apart by their tag; any other document is of the contract, or below a marked field."""
    names = {kind.__name__ for kind in ALL if not issubclass(kind, (Benefit, Surcharge))}
    kinds = {kind.__name__ for kind in ALL if issubclass(kind, (Benefit, Surcharge))}
    below = {Band.__name__, Slot.__name__}  # parts of kinds beyond the contract
    assert (names - below) | (kinds & CONTRACT.keys()) == CONTRACT.keys()


class Nothing(Benefit):
    """A kind of one's own."""

    type: Literal["nothing"] = "nothing"

    def off(self, goods):
        """Nothing."""
        return [0] * len(goods.nets)


class Never(Condition):
    """A condition of one's own."""

    type: Literal["never"] = "never"

    def met(self, _):
        """Never."""
        return False


@pytest.mark.parametrize("mark", Mark, ids=lambda mark: mark.name)
def test_rules_with_kinds_of_ones_own_have_the_same_marks(mark):
    """Where a field is declared anew for them, its marks come along."""
    assert marked(Rulebook.with_kinds(Nothing, Never), mark) == marked(Rulebook, mark)


def test_a_name_means_one_thing_wherever_it_stands():
    """The published steps go by the names of fields: no name is outside, or beyond the contract, and not so elsewhere.

    A name that the contract has elsewhere goes with its document.
    """
    outside = {place[-1] for mark in OUTSIDE for place in marked(Request, mark)}
    beyond, there = extensions(Request)
    for kind in ALL:
        for name, field in kind.model_fields.items():
            place, marks = f"{kind.__name__}.{name}", marks_of(field)
            assert (name in outside) == bool(marks & OUTSIDE), place
            if not marks & OUTSIDE:
                assert (name in beyond or place in there) == (Mark.BEYOND in marks), place
