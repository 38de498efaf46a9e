"""An invoice as EN 16931 has it, in UBL 2.1 and the Peppol BIS Billing 3 customization, by the standard library alone.

Amounts without tax are the invoice's, so that with the tax in them they are what was paid: BR-CO-17 lets the tax of a
rate be less than 1.00 off net × rate. A red invoice is a credit note with positive amounts. Source: docs/invoices.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Final, NamedTuple
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from settlement.after_pay.invoices.document import Invoice, InvoiceLine, InvoiceTax, Rate
from settlement.after_pay.invoices.rows import price
from settlement.after_pay.invoices.tax import tax_in
from settlement.after_pay.invoices.ubl_details import UblDetails, UblParty
from settlement.documents.problems import expect
from settlement.documents.scalars import milli, rate
from settlement.documents.written import all_readable
from settlement.money import DECIMALS, ROUNDERS, format_minor

__all__ = ["ubl"]

_UBL: Final = "urn:oasis:names:specification:ubl:schema:xsd:"
_SPACES: Final = {"xmlns:cac": f"{_UBL}CommonAggregateComponents-2", "xmlns:cbc": f"{_UBL}CommonBasicComponents-2"}
_CBC, _CAC = "cbc:", "cac:"
#: What XML 1.0 has no way to write.
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_CUSTOMIZATION: Final = "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
_PROFILE: Final = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
#: UN/ECE recommendation 20: one, where a unit is no code of it.
_ONE, _UNIT = "C62", re.compile(r"[0-9A-Z]{2,3}", re.ASCII)
#: UNCL 5189 and 7161.
_DISCOUNT, _CHARGE, _FREIGHT = ("95", "Discount"), ("ADR", "Other services"), ("FC", "Freight service")
_CATEGORIES: Final = frozenset({"S", "Z", "E", "AE", "K", "G", "O", "L", "M"})
_OF_UNTAXED: Final[Mapping[str | None, str]] = {None: "Z", "export": "G", "exempt": "E", "not_taxable": "O"}
#: What rules call categories that they don't call by their code.
_RULES: Final = {"K": "IC", "L": "AF", "M": "AG"}
#: Reasons that the standard's list has a code for; `E` needs a text.
_REASONS: Final = {"AE": "VATEX-EU-AE", "G": "VATEX-EU-G", "K": "VATEX-EU-IC", "O": "VATEX-EU-O"}


class _Category(NamedTuple):
    """One row of the breakdown (BG-23): what falls under it, in minor units of the document's sign."""

    code: str
    percent: str | None
    net: int
    tax: int
    reason: str | None


class _Writing:
    """What every part of one document is written with."""

    def __init__(self, invoice: Invoice, details: UblDetails) -> None:
        self.invoice, self.details = invoice, details
        self.note = invoice.kind == "red"
        self.sign = -1 if self.note else 1
        self.currency = invoice.currency
        self.categories = {each.rate: self._category(each) for each in invoice.taxes}

    def _category(self, each: InvoiceTax) -> _Category:
        if each.tax_percent is None:
            raise ValueError("invoice: a line states no rate; EN 16931 needs one, or why there is none")
        code = each.category or ("S" if each.tax_percent else _OF_UNTAXED[each.untaxed])
        if code not in _CATEGORIES:
            raise ValueError(f"invoice: {code!r} is no category of EN 16931; {', '.join(sorted(_CATEGORIES))} are")
        if code == "E" and not each.reason:
            raise ValueError("invoice: what is exempt needs a reason: state it with the item or the table of taxes")
        net, tax = self.sign * (each.amount.minor - each.tax.minor), self.sign * each.tax.minor
        numerator, denominator = rate(each.tax_percent)
        made = ROUNDERS["half_up"](abs(net) * numerator, denominator) * (1 if net >= 0 else -1)
        off = abs(tax - made)
        if self.details.first == "net" or off >= 10 ** DECIMALS[self.currency]:  # yen: BR-CO-17 has no room for one
            if off > len([row for row in self.invoice.lines if row.rate == each.rate]) + 1:
                raise ValueError(f"invoice: what has a rate of {each.tax_percent} % holds tax of another, as of a fee")
            tax = made
        if tax and not each.tax_percent:
            raise ValueError("invoice: what has a rate of 0 holds tax of another, as of a fee")
        return _Category(code, None if code == "O" else str(each.tax_percent), net, tax, each.reason)

    def money(self, parent: Element, name: str, minor: int) -> None:
        """An amount in the document's currency."""
        text = format_minor(minor, self.currency).removesuffix(self.currency).strip()
        SubElement(parent, _CBC + name, currencyID=self.currency).text = text


def ubl(invoice: Invoice, details: UblDetails) -> bytes:
    """The invoice as a UBL 2.1 document in UTF-8: an `Invoice`, or a `CreditNote` for a red one.

    A line's discount is its allowance, what was charged on it its charge, and freight a charge of the document. BT-114
    carries what a rounded total moved, where that stands apart (`InvoicePolicy.round_total`), and with `first` = net
    what the tax on the nets is more or less than the tax in what was paid; in a currency without decimals also where
    the two differ at all. Raises `ValueError` for a line without a rate or with tax of another rate than its own, an
    exemption without a reason, what its categories ask of the parties, a rest to pay without `due` or `terms`, a
    currency of three decimals or more and what was prepaid in another; `TypeError` for anything but these documents.
    Source: EN 16931-1; Peppol BIS Billing 3.0.

    >>> from settlement import Cart, Checkout, InvoiceRequest, Line, Rulebook, settle
    >>> from settlement.after_pay.invoices.invoice import invoices
    >>> line = Line(id="a", shop="tea", sku="k", quantity=1, unit_price="23.00 EUR", tax_percent="7")
    >>> checkout = Checkout(at="2026-11-11T00:00:00+01:00", cart=Cart(currency="EUR", lines=[line]))
    >>> (made,) = invoices(settle(checkout, Rulebook(id="r", currency="EUR")), InvoiceRequest(title="Max"))
    >>> party = UblParty(name="Max", country="DE", endpoint="DE123456789", scheme="9930", vat_number="DE123456789")
    >>> terms = {"number": "R-1", "issued": "2026-11-12", "order": "A-1", "seller": party, "buyer": party}
    >>> for way in ("tax", "net"):
    ...     text = ubl(made, UblDetails(**terms, first=way)).decode()
    ...     [re.search(f"{name} .*>(.*)<", text)[1] for name in ("TaxAmount", "PrepaidAmount", "PayableAmount")]
    ['1.50', '23.00', '0.00']
    ['1.51', '23.00', '0.00']
    """
    expect("invoice", invoice, Invoice)
    expect("details", details, UblDetails)
    if DECIMALS[invoice.currency] > 2:
        raise ValueError(f"invoice: EN 16931 has two decimals at most, and {invoice.currency} has more")
    if details.prepaid is not None and details.prepaid.currency != invoice.currency:
        raise ValueError(
            f"details: what was prepaid is in {details.prepaid.currency}, the invoice in {invoice.currency}"
        )
    writing = _Writing(invoice, details)
    for what in _missing({each.code for each in writing.categories.values()}, details):
        raise ValueError(what)
    name = "CreditNote" if writing.note else "Invoice"
    root = Element(name, {"xmlns": f"{_UBL}{name}-2", **_SPACES})
    _head(root, writing)
    _party(root, "AccountingSupplierParty", details.seller)
    _party(root, "AccountingCustomerParty", details.buyer)
    _delivery(root, details)
    _payment(root, writing)
    goods = [row for row in invoice.lines if row.line is not None] or list(invoice.lines)
    freight = [row for row in invoice.lines if row not in goods]
    for row in freight:
        _allowance(root, writing, row.net.minor * writing.sign, _FREIGHT, row.rate)
    _totals(root, writing, goods, freight)
    for number, row in enumerate(goods, 1):
        _line(root, writing, number, row)
    indent(root)
    written: bytes = tostring(root, encoding="UTF-8", xml_declaration=True)
    return written + b"\n"


def _missing(codes: set[str], details: UblDetails) -> Iterator[str]:
    """What the categories ask of the parties and the delivery, and what stands beside them that may not."""
    seller, buyer = details.seller, details.buyer
    if "O" in codes:
        if len(codes) > 1:
            yield "invoice: what is not taxable stands on an invoice of its own (BR-O-11)"
        if seller.vat_number is not None or buyer.vat_number is not None:
            yield "details: for what is not taxable neither party states a vat_number (BR-O-02)"
        if seller.registration is None:
            yield "details: the seller needs a registration, for it states no vat_number (BR-CO-26)"
    elif seller.vat_number is None:
        code = min(codes)
        yield f"details: the seller needs a vat_number for what is of category {code} (BR-{_RULES.get(code, code)}-02)"
    if "AE" in codes and buyer.vat_number is None and buyer.registration is None:
        yield "details: under reverse charge the buyer needs a vat_number or a registration (BR-AE-02)"
    if "K" in codes and buyer.vat_number is None:
        yield "details: for a supply within the Union the buyer needs a vat_number (BR-IC-02)"
    if "K" in codes and (details.delivered is None or details.delivered_to is None):
        yield "details: for a supply within the Union say when and where it was delivered (BR-IC-11, BR-IC-12)"


def _text(parent: Element, name: str, value: str | None, **attributes: str) -> None:
    if value is not None:
        SubElement(parent, _CBC + name, attributes).text = _NOT_XML.sub(" ", value)


def _head(root: Element, writing: _Writing) -> None:
    details, note = writing.details, writing.note
    _text(root, "CustomizationID", _CUSTOMIZATION)
    _text(root, "ProfileID", _PROFILE)
    _text(root, "ID", details.number)
    _text(root, "IssueDate", details.issued)
    if note:
        _text(root, "CreditNoteTypeCode", "381")
    else:
        _text(root, "DueDate", details.due)
        _text(root, "InvoiceTypeCode", "380")
    _text(root, "DocumentCurrencyCode", writing.currency)
    _text(root, "BuyerReference", details.reference)
    if details.order is not None:
        _text(SubElement(root, _CAC + "OrderReference"), "ID", details.order)
    if details.corrects is not None:
        of = SubElement(SubElement(root, _CAC + "BillingReference"), _CAC + "InvoiceDocumentReference")
        _text(of, "ID", details.corrects)
        _text(of, "IssueDate", details.corrects_issued)


def _party(root: Element, role: str, said: UblParty) -> None:
    party = SubElement(SubElement(root, _CAC + role), _CAC + "Party")
    _text(party, "EndpointID", said.endpoint, schemeID=said.scheme)
    address = SubElement(party, _CAC + "PostalAddress")
    _text(address, "StreetName", said.street)
    _text(address, "CityName", said.city)
    _text(address, "PostalZone", said.postcode)
    _text(SubElement(address, _CAC + "Country"), "IdentificationCode", said.country)
    if said.vat_number is not None:
        scheme = SubElement(party, _CAC + "PartyTaxScheme")
        _text(scheme, "CompanyID", said.vat_number)
        _text(SubElement(scheme, _CAC + "TaxScheme"), "ID", "VAT")
    entity = SubElement(party, _CAC + "PartyLegalEntity")
    _text(entity, "RegistrationName", said.name)
    _text(entity, "CompanyID", said.registration)
    if said.contact or said.phone or said.email:
        contact = SubElement(party, _CAC + "Contact")
        _text(contact, "Name", said.contact)
        _text(contact, "Telephone", said.phone)
        _text(contact, "ElectronicMail", said.email)


def _delivery(root: Element, details: UblDetails) -> None:
    if details.delivered is not None or details.delivered_to is not None:
        delivery = SubElement(root, _CAC + "Delivery")
        _text(delivery, "ActualDeliveryDate", details.delivered)
        if details.delivered_to is not None:
            address = SubElement(SubElement(delivery, _CAC + "DeliveryLocation"), _CAC + "Address")
            _text(SubElement(address, _CAC + "Country"), "IdentificationCode", details.delivered_to)


def _payment(root: Element, writing: _Writing) -> None:
    details = writing.details
    if details.payment_means is not None:
        means = SubElement(root, _CAC + "PaymentMeans")
        _text(means, "PaymentMeansCode", details.payment_means)
        if writing.note:
            _text(means, "PaymentDueDate", details.due)
        if details.account is not None:
            _text(SubElement(means, _CAC + "PayeeFinancialAccount"), "ID", details.account)
    if details.terms is not None:
        _text(SubElement(root, _CAC + "PaymentTerms"), "Note", details.terms)


def _allowance(
    parent: Element, writing: _Writing, minor: int, charge: tuple[str, str], rate_: Rate | None = None
) -> None:
    """A charge above 0, else an allowance; of the document where it has a rate of its own."""
    code, text = charge if minor > 0 else _DISCOUNT
    each = SubElement(parent, _CAC + "AllowanceCharge")
    _text(each, "ChargeIndicator", "true" if minor > 0 else "false")
    _text(each, "AllowanceChargeReasonCode", code)
    _text(each, "AllowanceChargeReason", text)
    writing.money(each, "Amount", abs(minor))
    if rate_ is not None:
        _tax(each, "TaxCategory", writing.categories[rate_])


def _tax(parent: Element, name: str, of: _Category, *, told: bool = False) -> None:
    tax = SubElement(parent, _CAC + name)
    _text(tax, "ID", of.code)
    _text(tax, "Percent", of.percent)
    if told and of.code in {"E", *_REASONS}:
        _text(tax, "TaxExemptionReasonCode", None if of.reason else _REASONS.get(of.code))
        _text(tax, "TaxExemptionReason", of.reason)
    _text(SubElement(tax, _CAC + "TaxScheme"), "ID", "VAT")


def _together(categories: Sequence[_Category]) -> Iterator[_Category]:
    """Every category and rate once."""
    for key in {(each.code, each.percent): None for each in categories}:
        alike = [each for each in categories if (each.code, each.percent) == key]
        reason = next((each.reason for each in alike if each.reason), None)
        yield _Category(*key, sum([each.net for each in alike]), sum([each.tax for each in alike]), reason)


def _totals(root: Element, writing: _Writing, goods: Sequence[InvoiceLine], freight: Sequence[InvoiceLine]) -> None:
    """BT-106 to BT-117, each the sum that BR-CO-10 to BR-CO-16 want; what is paid less their sum is BT-114."""
    invoice, sign = writing.invoice, writing.sign
    taxes = list(_together([*writing.categories.values()]))
    total = SubElement(root, _CAC + "TaxTotal")
    tax = sum([each.tax for each in taxes])
    writing.money(total, "TaxAmount", tax)
    for each in taxes:
        part = SubElement(total, _CAC + "TaxSubtotal")
        writing.money(part, "TaxableAmount", each.net)
        writing.money(part, "TaxAmount", each.tax)
        _tax(part, "TaxCategory", each, told=True)
    lines = sum([sign * row.net.minor for row in goods])
    charges = sum([max(0, sign * row.net.minor) for row in freight])
    allowances = -sum([min(0, sign * row.net.minor) for row in freight])
    net, payable = lines + charges - allowances, sign * invoice.payable.minor
    rounding = payable - net - tax
    prepaid = payable if writing.details.prepaid is None else writing.details.prepaid.minor
    if payable > prepaid and writing.details.due is None and writing.details.terms is None:
        raise ValueError("details: something is still to be paid; say when, by due or terms")
    sums = SubElement(root, _CAC + "LegalMonetaryTotal")
    writing.money(sums, "LineExtensionAmount", lines)
    writing.money(sums, "TaxExclusiveAmount", net)
    writing.money(sums, "TaxInclusiveAmount", net + tax)
    for name, amount in (
        ("AllowanceTotalAmount", allowances),
        ("ChargeTotalAmount", charges),
        ("PrepaidAmount", prepaid),
        ("PayableRoundingAmount", rounding),
    ):
        if amount:
            writing.money(sums, name, amount)
    writing.money(sums, "PayableAmount", payable - prepaid)


def _line(root: Element, writing: _Writing, number: int, row: InvoiceLine) -> None:
    """Quantity, net price, what was charged and what was taken off: together the line's net (BT-131)."""
    net, sign = writing.sign * row.net.minor, writing.sign
    charged, taken = (_net_of(sign * each.minor, row.tax_percent) for each in (row.charges, row.discount))
    before = net - charged - taken
    quantity: int | Decimal = row.quantity or 1
    if not row.quantity or before < 0:  # a charge on a line that is kept
        charged, taken, before = 0, 0, net
    line = SubElement(root, _CAC + ("CreditNoteLine" if writing.note else "InvoiceLine"))
    _text(line, "ID", str(number))
    unit = row.unit if row.unit is not None and _UNIT.fullmatch(row.unit) else _ONE
    stated = f"-{quantity}" if before < 0 else str(quantity)
    _text(line, "CreditedQuantity" if writing.note else "InvoicedQuantity", stated, unitCode=unit)
    writing.money(line, "LineExtensionAmount", net)
    for amount in (charged, taken):
        if amount:
            _allowance(line, writing, amount, _CHARGE)
    item = SubElement(line, _CAC + "Item")
    _text(item, "Description", row.specification)
    _text(item, "Name", row.name or row.line or _FREIGHT[1])
    _tax(item, "ClassifiedTaxCategory", writing.categories[row.rate])
    each = SubElement(line, _CAC + "Price")
    found = price(abs(before), milli(quantity), writing.currency)
    SubElement(each, _CBC + "PriceAmount", currencyID=writing.currency).text = f"{found:f}"


def _net_of(minor: int, percent: int | Decimal | None) -> int:
    """A signed amount without the tax in it."""
    size = abs(minor) - tax_in(abs(minor), percent, "half_up")
    return size if minor >= 0 else -size


all_readable(globals())
