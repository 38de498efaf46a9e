"""Consignees: the catalogue of regions, recognition of pasted texts, addresses and the book of them, what is remote.

Importing this package reads no data; the catalogue is loaded when it is first asked for.
"""

from __future__ import annotations

from settlement.cart.address import Address, mask_name, mask_phone
from settlement.consignee.book import AddressBook, Entry
from settlement.consignee.catalogue import Catalogue, Option
from settlement.consignee.countries import countries, country_name
from settlement.consignee.location import Locator, from_amap, from_baidu, from_tencent, locate
from settlement.consignee.presets import CN_FAR_2, CN_FAR_4, CN_FAR_6, CN_FAR_7, CN_HMT
from settlement.consignee.recognition import Candidate, Evidence, Recognition, recognise, recognise_all
from settlement.consignee.unit import Level, Successor, Unit
from settlement.consignee.validation import address_problems, phone_problem
from settlement.documents.region import region_of
from settlement.documents.written import all_readable as _readable

__all__ = [
    "CN_FAR_2",
    "CN_FAR_4",
    "CN_FAR_6",
    "CN_FAR_7",
    "CN_HMT",
    "Address",
    "AddressBook",
    "Candidate",
    "Catalogue",
    "Entry",
    "Evidence",
    "Level",
    "Locator",
    "Option",
    "Recognition",
    "Successor",
    "Unit",
    "address_problems",
    "countries",
    "country_name",
    "from_amap",
    "from_baidu",
    "from_tencent",
    "locate",
    "mask_name",
    "mask_phone",
    "phone_problem",
    "recognise",
    "recognise_all",
    "region_of",
]

_readable(globals())
