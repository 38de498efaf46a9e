"""Remote regions that Chinese shops commonly name in freight rules, as data to pick from.

Nothing in the library applies a preset by itself: a shop writes it into its own rules. Counted over the
published lists of 35 shops, the regions are named by

====================  ================  =====================
region                lists naming it   in
====================  ================  =====================
650000 新疆           35 of 35          `CN_FAR_2` and larger
540000 西藏           35 of 35          `CN_FAR_2` and larger
150000 内蒙古         23 of 35          `CN_FAR_4` and larger
630000 青海           23 of 35          `CN_FAR_4` and larger
620000 甘肃           10 of 35          `CN_FAR_6` and larger
640000 宁夏           7 of 35           `CN_FAR_6` and larger
460000 海南           6 of 35           `CN_FAR_7`
710000 台湾           7 of 35           `CN_HMT`
810000 香港           7 of 35           `CN_HMT`
820000 澳门           7 of 35           `CN_HMT`
====================  ================  =====================

>>> set(CN_FAR_2) < set(CN_FAR_4) < set(CN_FAR_6) < set(CN_FAR_7)
True
"""

from __future__ import annotations

from typing import Final

__all__ = ["CN_FAR_2", "CN_FAR_4", "CN_FAR_6", "CN_FAR_7", "CN_HMT"]

CN_FAR_2: Final = ("650000", "540000")
"""新疆 and 西藏: named by each of 35 shops' lists."""

CN_FAR_4: Final = (*CN_FAR_2, "150000", "630000")
"""`CN_FAR_2` with 内蒙古 and 青海: each named by 23 of 35 shops' lists."""

CN_FAR_6: Final = (*CN_FAR_4, "620000", "640000")
"""`CN_FAR_4` with 甘肃 (10 of 35 shops' lists) and 宁夏 (7)."""

CN_FAR_7: Final = (*CN_FAR_6, "460000")
"""`CN_FAR_6` with 海南: named by 6 of 35 shops' lists."""

CN_HMT: Final = ("710000", "810000", "820000")
"""台湾, 香港 and 澳门: named by 7 of 35 shops' lists, mostly as undeliverable; not in `"CN/mainland"`."""
