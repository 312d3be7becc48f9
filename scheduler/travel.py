"""Great-circle distances, rounded so that a bound and a value speak of the same number."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Decimal

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.places import Center

EARTH_RADIUS_METRES = 6_371_008.8
"""Mean radius of the Earth (IUGG)."""

Degrees = npt.NDArray[np.float64]


def round_degrees(value: Decimal, decimals: int) -> Decimal:
    """A coordinate rounded half-even to ``decimals`` places (policy ``travel.decimals``)."""
    return value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_EVEN)


def great_circle_metres(
    latitudes: Degrees, longitudes: Degrees, to_latitudes: Degrees, to_longitudes: Degrees
) -> npt.NDArray[np.int64]:
    """Haversine distance in whole metres, half-even; the arguments broadcast.

    Args:
        latitudes: WGS 84 degrees of the origins.
        longitudes: likewise.
        to_latitudes: WGS 84 degrees of the destinations.
        to_longitudes: likewise.
    """
    phi, to_phi = np.radians(latitudes), np.radians(to_latitudes)
    half_phi = (to_phi - phi) / 2
    half_lambda = np.radians(to_longitudes - longitudes) / 2
    a = np.sin(half_phi) ** 2 + np.cos(phi) * np.cos(to_phi) * np.sin(half_lambda) ** 2
    # Rounding may lift a above 1 at antipodes.
    arc = 2 * np.arcsin(np.sqrt(np.minimum(a, 1.0)))
    return np.asarray(np.rint(EARTH_RADIUS_METRES * arc), dtype=np.int64)


def metres_to_centers(
    latitudes: Sequence[str], longitudes: Sequence[str], centers: Sequence[Center], decimals: int
) -> npt.NDArray[np.int64]:
    """Metres from each origin to each center, shape (origins, centers).

    Args:
        latitudes: degrees as text, already rounded as the roster reader rounds them; an origin
            with a blank coordinate has distance 0 to every center, for it has no part in goal 5.
        longitudes: likewise.
        centers: their coordinates are rounded here.
        decimals: policy ``travel.decimals``.
    """
    origins = Origins(pd.Series(latitudes, dtype="str"), pd.Series(longitudes, dtype="str"))
    return origins.metres_to(centers, decimals)


class Origins:
    """Where people travel from, as text: each place is computed with once."""

    def __init__(self, latitudes: pd.Series, longitudes: pd.Series) -> None:
        """As for :func:`metres_to_centers`."""
        latitude, of_latitude = pd.factorize(latitudes)
        longitude, of_longitude = pd.factorize(longitudes)
        width = max(len(of_longitude), 1)
        self._place, pairs = pd.factorize(latitude * width + longitude)
        self._latitudes = _degrees([text or "nan" for text in of_latitude])[pairs // width]
        self._longitudes = _degrees([text or "nan" for text in of_longitude])[pairs % width]

    def metres_to(
        self, centers: Sequence[Center], decimals: int, rows: npt.NDArray[np.int64] | None = None
    ) -> npt.NDArray[np.int64]:
        """Metres from the origins, or those of some rows, to each center."""
        place = self._place if rows is None else self._place[rows]
        present, row = np.unique(place, return_inverse=True)
        latitudes, longitudes = self._latitudes[present], self._longitudes[present]
        known = ~np.isnan(latitudes + longitudes)
        metres = np.zeros((len(present), len(centers)), dtype=np.int64)
        metres[known] = great_circle_metres(
            latitudes[known, None],
            longitudes[known, None],
            _degrees([round_degrees(c.latitude, decimals) for c in centers]),
            _degrees([round_degrees(c.longitude, decimals) for c in centers]),
        )
        return metres[row]


def _degrees(values: Sequence[str] | Sequence[Decimal]) -> Degrees:
    return np.array([float(v) for v in values], dtype=np.float64)
