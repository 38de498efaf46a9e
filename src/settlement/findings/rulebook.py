"""Every linter over one rulebook."""

from __future__ import annotations

from settlement.consignee import Catalogue
from settlement.documents.problems import expect
from settlement.findings.delivery import check_delivery
from settlement.findings.findings import Finding
from settlement.findings.freight import check_freight
from settlement.findings.freight_terms import check_shares
from settlement.findings.offers import Known, check_offers
from settlement.findings.taxes import check_taxes
from settlement.findings.warehouses import check_warehouse
from settlement.rulebook.rulebook import Rulebook

__all__ = ["check"]


def check(rulebook: Rulebook, catalogue: Catalogue | None = None, known: Known | None = None) -> tuple[Finding, ...]:
    """What is hardly meant in these rules, in the order of the document; places begin at the rulebook.

    >>> from settlement.freight.templates import FreightTemplate
    >>> rulebook = Rulebook(
    ...     id="r", currency="CNY", freight_templates=[FreightTemplate(id="t1", measure="quantity", zones=[])]
    ... )
    >>> for found in check(rulebook):
    ...     print(found)
    freight_templates[0].zones: error: there is no zone, so nothing is shipped anywhere; add a zone, such as one with \
the regions ["CN/mainland"] [zones.none]
    """
    expect("rulebook", rulebook, Rulebook)
    expect("catalogue", catalogue, Catalogue, optional=True)
    warehouses = [
        found._replace(place=f"warehouses[{index}].{found.place}")
        for index, warehouse in enumerate(rulebook.warehouses)
        for found in check_warehouse(warehouse, catalogue)
    ]
    templates = [
        found._replace(place=f"freight_templates[{index}].{found.place}")
        for index, template in enumerate(rulebook.freight_templates)
        for found in check_freight(template, catalogue)
    ]
    methods = check_delivery(rulebook) if rulebook.delivery_methods else ()
    offers = check_offers(rulebook, known)
    return (*warehouses, *templates, *methods, *check_shares(rulebook), *offers, *check_taxes(rulebook))
