"""Great-circle distances, rounded so that a bound and a value speak of the same number."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Decimal

import numpy as np
import numpy.typing as npt

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
    origins: dict[tuple[str, str], int] = {}
    pairs = zip(latitudes, longitudes, strict=True)
    origin_of = np.array([origins.setdefault(p, len(origins)) for p in pairs], dtype=np.int64)
    metres = np.zeros((len(origins), len(centers)), dtype=np.int64)
    known = {pair: i for pair, i in origins.items() if all(pair)}
    if known and centers:
        metres[list(known.values())] = great_circle_metres(
            _degrees([latitude for latitude, _ in known])[:, None],
            _degrees([longitude for _, longitude in known])[:, None],
            _degrees([round_degrees(c.latitude, decimals) for c in centers])[None, :],
            _degrees([round_degrees(c.longitude, decimals) for c in centers])[None, :],
        )
    return metres[origin_of]


def _degrees(values: Sequence[str] | Sequence[Decimal]) -> Degrees:
    return np.array([float(v) for v in values], dtype=np.float64)
