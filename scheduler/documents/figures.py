"""The figures of a plan that planners look at; plain values, counted elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Load:
    """Seats occupied of those usable."""

    occupied: int
    seats: int

    @property
    def share(self) -> float:
        """Between 0 and 1; 0 where there is no seat."""
        return self.occupied / self.seats if self.seats else 0.0


@dataclass(frozen=True, slots=True)
class Place:
    """An exam point on the map, with the number seated in its centers."""

    name: str
    latitude: float
    longitude: float
    candidates: int


@dataclass(frozen=True, slots=True)
class Travel:
    """Great-circle kilometres from origin to center.

    Attributes:
        bands: ``(from, to, candidates)``; the last has no end.
        count: candidates with an origin.
    """

    bands: tuple[tuple[int, int | None, int], ...]
    count: int
    mean: float
    median: float
    p95: float
    most: float


@dataclass(frozen=True, slots=True)
class Lack:
    """A shortage, in words and numbers."""

    shortage_id: str
    exam_point: str
    sitting: str
    needed: int
    seats: int
    short: int
    repair_zh: str
    repair_en: str


@dataclass(frozen=True, slots=True)
class Spread:
    """Least, mean and most of a figure over the groups of a sitting."""

    least: float
    mean: float
    most: float


@dataclass(frozen=True)
class PlanFigures:
    """Everything that the report shows.

    Attributes:
        totals: ``(in, placed, unplaced, set aside)``.
        goals: ``(goal, value, bound, gap, unit, status)``.
        dates: sitting id, name and candidates, with seats at the peak of the sitting.
        sessions: ``(sitting, subject)`` in the order of the columns of the heat map.
        centers: center id, name and load by session; a session without a seat is left out.
        busiest: exam point, session and load, the largest share first.
        peak_use: over the groups of each sitting.
        mean_km: likewise; None where no origin is known.
    """

    totals: tuple[int, int, int, int]
    goals: tuple[tuple[int, int, int, float, str, str], ...]
    dates: tuple[tuple[str, str, int, Load], ...]
    sessions: tuple[tuple[str, int], ...]
    centers: tuple[tuple[str, str, Mapping[tuple[str, int], Load]], ...]
    busiest: tuple[tuple[str, str, Load], ...]
    travel: Travel | None
    places: tuple[Place, ...]
    shortages: tuple[Lack, ...]
    peak_use: Mapping[str, Spread]
    mean_km: Mapping[str, Spread]
