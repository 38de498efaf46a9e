"""What is hardly meant in the terms of zones and surcharges: times with gaps, groups of one, shares taken twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from settlement.documents.region import contains, path
from settlement.findings.findings import Finding, finding
from settlement.freight.templates import FreightTemplate, Zone
from settlement.freight.times import Times
from settlement.rulebook.rulebook import Rulebook

__all__ = ["check_shares", "check_terms"]

#: After so many days every weekday has met every day of the month that there is in any month.
_DAYS: Final = 400
_FIRST: Final = datetime(2001, 1, 1, tzinfo=UTC)


def check_terms(template: FreightTemplate) -> Iterator[Finding]:
    """Of one template, zones before surcharges."""
    for index, zone in enumerate(template.zones):
        yield from _gaps(template, index, zone)
    fuel = [index for index, zone in enumerate(template.zones) if zone.fuel_percent is not None]
    groups = Counter(each.highest_of for each in template.surcharges if each.highest_of is not None)
    for index, each in enumerate(template.surcharges):
        if fuel and each.of_freight:
            yield finding(f"surcharges[{index}]", "surcharge.fuel_twice", other=f"zones[{fuel[0]}].fuel_percent")
        if each.highest_of is not None and groups[each.highest_of] == 1:
            yield finding(f"surcharges[{index}].highest_of", "surcharge.alone_in_group", group=each.highest_of)


def check_shares(rulebook: Rulebook) -> Iterator[Finding]:
    """Of templates beside each other: a share of all of the shop's goods, taken by every parcel."""
    if rulebook.policy.freight_combination == "max":
        return
    for at, template in enumerate(rulebook.freight_templates):
        for index, zone in enumerate(template.zones):
            if zone.goods_percent_of == "shop":
                yield finding(f"freight_templates[{at}].zones[{index}].goods_percent_of", "zone.share_by_each")


def _gaps(template: FreightTemplate, index: int, zone: Zone) -> Iterator[Finding]:
    """A zone with times in a region where, outside them, nothing else says what holds."""
    if zone.when is None:
        return
    for position, region in enumerate(zone.regions):
        others = [each for each in template.zones if any(contains(wider, region) for wider in each.regions)]
        refused = any(contains(wider, region) for wider in template.undeliverable or ())
        times = [each.when for each in others if each.when is not None]
        if not refused and len(times) == len(others) and _leave_a_gap(times):
            yield finding(f"zones[{index}].regions[{position}]", "zone.only_at_times", region=path(region)[-1])


def _leave_a_gap(times: Sequence[Times]) -> bool:
    """Whether there is an instant at which none of them holds; periods with an end leave one."""
    lasting = [each for each in times if each.valid_from is None and each.valid_until is None]
    minutes = sorted({minute for each in lasting for minute in _edges(each)} | {0})
    instants = [_FIRST + timedelta(days=day, minutes=minute) for day in range(_DAYS) for minute in minutes]
    return not all(any(each.hold(instant) for each in lasting) for instant in instants)


def _edges(times: Times) -> Iterator[int]:
    """The minutes of the day, by UTC, at which they may begin or end."""
    offset = times.utc_offset or "+00:00"
    behind = (int(offset[1:3]) * 60 + int(offset[4:])) * (-1 if offset[0] == "-" else 1)
    for clock in ("00:00", *(each for hours in times.hours or () for each in (hours.opens, hours.closes))):
        yield (int(clock[:2]) * 60 + int(clock[3:]) - behind) % 1440
