"""Consignees: the catalogue of regions that an address is picked from, and what shops call remote.

Importing this package reads no data; the catalogue is loaded when it is first asked for.
"""

from __future__ import annotations

from settlement.consignee.catalogue import Catalogue, Option
from settlement.consignee.countries import countries, country_name
from settlement.consignee.presets import CN_FAR_2, CN_FAR_4, CN_FAR_6, CN_FAR_7, CN_HMT
from settlement.consignee.recognition import Candidate, Evidence, Recognition, recognise, recognise_all
from settlement.consignee.unit import Level, Successor, Unit

__all__ = [
    "CN_FAR_2",
    "CN_FAR_4",
    "CN_FAR_6",
    "CN_FAR_7",
    "CN_HMT",
    "Candidate",
    "Catalogue",
    "Evidence",
    "Level",
    "Option",
    "Recognition",
    "Successor",
    "Unit",
    "countries",
    "country_name",
    "recognise",
    "recognise_all",
]
