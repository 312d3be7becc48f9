"""Every number of the example that is assumed; nothing here was published by an authority.

The one exception is the census population. What is known of the real exam, and what is not, is
told in ``data/README.md``.
"""

from __future__ import annotations

from decimal import Decimal
from types import MappingProxyType
from typing import Final

# --- How many candidates register where ---------------------------------------------------

POPULATION_2020: Final = MappingProxyType({
    "2301": 10_009_854, "2302": 4_067_489, "2303": 1_502_060, "2304": 891_271,
    "2305": 1_208_803, "2306": 2_781_562, "2307": 878_881, "2308": 2_156_505,
    "2309": 689_611, "2310": 2_290_208, "2311": 1_286_401, "2312": 3_756_167,
    "2327": 331_276,
})  # fmt: skip
"""Census of 2020; candidates are taken as proportional to inhabitants."""

PROVINCIAL_POINT: Final = "2300"
PROVINCIAL_PER_MILLE: Final = 80
"""省直: nobody lives there, so its share of all candidates is simply assumed."""

FEWEST_CANDIDATES: Final = 300
"""Below this the smallest exam point would have hardly anybody."""
FEWEST_IN_COUNTRY: Final = 40_000

# --- What they sit ------------------------------------------------------------------------

PAPER_SPECIALTY: Final = "203"
PAPER_PER_MILLE: Final = (270, 331)
"""Share of 203 at an exam point, drawn from this range (Wenzhou 2020: 29 %)."""

SPLIT_SPECIALTY: Final = "368"
SPLIT_PER_MILLE: Final = (280, 381)
"""Share of 368 among computer candidates: above 27 % it exceeds one date's seats."""

REMOTE_POINT: Final = "2327"
REMOTE_SPLIT_PER_MILLE: Final = 880
"""At one small point 368 is so large (far above any real share) that it needs all four dates."""

COMMON: Final = (
    "101", "105", "201", "206", "207", "209", "301", "315", "330", "332",
    "344", "346", "347", "350", "353", "366", "376", "379",
)  # fmt: skip
RARE: Final = (
    "108", "110", "208", "210", "212", "213", "214", "215", "216", "302", "325", "329", "331",
    "333", "335", "336", "337", "339", "343", "345", "349", "354", "355", "356", "357", "358",
    "360", "363", "364", "365", "377", "382", "383", "384", "385", "386", "388", "389", "390",
    "391", "393",
)  # fmt: skip
COMMON_WEIGHT: Final = 200
MEDIUM_WEIGHT: Final = 60
RARE_WEIGHT: Final = 10

SHARED_PAPER_WEIGHTS: Final = MappingProxyType({
    "303": 96, "304": 36, "305": 16, "306": 16, "307": 8, "308": 24, "309": 12, "310": 5,
    "311": 3, "312": 5, "313": 3, "314": 2,
    "317": 96, "318": 44, "319": 6, "320": 12, "321": 14, "322": 3, "323": 3, "324": 2,
})  # fmt: skip
"""Medicine and surgery share papers and get one date together: each family weighs about 200."""

UNEVENNESS_PERCENT: Final = (50, 151)
"""A specialty's weight at an exam point is multiplied by a percentage from this range."""

MASK_PER_MILLE: Final = MappingProxyType({
    "1234": 668,
    "1": 30, "2": 30, "3": 40, "4": 45,
    "12": 20, "13": 18, "14": 22, "23": 18, "24": 22, "34": 28,
    "123": 12, "124": 12, "134": 15, "234": 20,
})  # fmt: skip
"""First-time candidates sit all four subjects; the others what two-year rolling left open."""

# --- Needs and pins -----------------------------------------------------------------------

CANDIDATES_PER_NEED: Final = 800
CANDIDATES_PER_PIN: Final = 2_000
FEWEST_SPECIAL: Final = 4
NEED_WEIGHTS: Final = MappingProxyType({
    "accessible": 20, "extra_time": 16, "accessible;extra_time": 8, "separate_room": 6,
})  # fmt: skip
LARGER_POINTS: Final = 7
"""Needs and reserve rooms are at this many of the largest exam points."""

# --- Employers ----------------------------------------------------------------------------

EMPLOYED_PER_MILLE: Final = 850
LOCATED_PER_MILLE: Final = 900
"""Of those with an employer, the share whose origin is known."""
PEOPLE_PER_EMPLOYER: Final = 50
EMPLOYER_RANK_OFFSET: Final = 4
"""Employer sizes fall as 1 / (rank + this): the largest has some 5 % of a large point."""
TOWN_EMPLOYERS_PERCENT: Final = 60
TOWN_RADIUS: Final = 100_000
COUNTY_RADIUS: Final = 900_000
ORIGIN_JITTER: Final = 4_000
"""Millionths of a degree. The jitter is below half a hundredth of a degree, so all people of an
employer round to one origin at the default ``travel.decimals = 2``."""
ORIGIN_GRID: Final = 10_000

# --- Places -------------------------------------------------------------------------------

DEFAULT_TIGHTNESS: Final = Decimal("0.92")
"""Seats needed / usable seats, computer candidates of an exam point over all its dates."""

SMALL_TARGET: Final = 20
SMALL_SLACK: Final = 2
"""Below this many seats a percentage is less than a seat: a fixed reserve is added instead."""

SMALLEST_ROOM: Final = 36
LARGEST_ROOM: Final = 90
"""Usable machines of a standard room: 40 to 100 machines, a tenth of them spare."""
COMPUTER_GRIDS: Final = (
    (5, 8), (6, 8), (7, 8), (8, 8), (8, 9), (8, 10), (9, 10), (10, 10),
)  # fmt: skip
PAPER_GRID: Final = (6, 5)
"""30 desks: taken over from the physicians' exam, no rule of this exam was found."""
RESERVE_GRID: Final = (2, 5)

COMPUTER_ROOMS_PER_CENTER: Final = 5
PAPER_ROOMS_PER_CENTER: Final = 12
CENTER_RADIUS: Final = 80_000

FEATURED_SEATS: Final = 4
"""Seats 1 to 4 of a featured room are accessible; extra time is offered in the whole room."""

CLOSED_SITTING: Final = "C2"
CLOSED_SUBJECTS: Final = "34"
CLOSED_SEATS: Final = 8
"""The partial closure: an afternoon without power for a few machines of one room."""
