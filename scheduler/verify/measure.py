"""Small computations of the contract: check digits, coordinates, distances."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation

import numpy as np
import numpy.typing as npt

EARTH_RADIUS_KM = 6371.0088
"""Mean radius; docs/formats.md, section 0."""


def check_digit(body: str) -> str:
    """ISO 7064 MOD 11,10 over the decimal digits of ``body``; other characters are skipped."""
    product = 10
    for character in body:
        if character in "0123456789":
            total = (product + int(character)) % 10 or 10
            product = total * 2 % 11
    return str((11 - product) % 10)


def check_digits(bodies: Iterable[str]) -> npt.NDArray[np.int64]:
    """:func:`check_digit` of many texts at once."""
    texts = [body.encode("ascii", "replace") for body in bodies]
    width = max(map(len, texts), default=0)
    if width == 0:
        return np.full(len(texts), int(check_digit("")), dtype=np.int64)
    columns = np.frombuffer(b"".join(t.ljust(width, b" ") for t in texts), dtype=np.uint8)
    digits = columns.reshape(-1, width).astype(np.int64) - ord("0")
    product = np.full(len(texts), 10, dtype=np.int64)
    for column in digits.T:
        total = (product + column) % 10
        total[total == 0] = 10
        product = np.where((column >= 0) & (column <= 9), total * 2 % 11, product)
    return (11 - product) % 10


def rounded_coordinate(cell: str, decimals: int) -> str:
    """Half-even to ``decimals`` places, printed with exactly that many; ``-0.00`` as ``0.00``.

    A blank cell, or one that is no number, comes back unchanged.
    """
    if cell == "":
        return ""
    try:
        value = Decimal(cell).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_EVEN)
    except InvalidOperation:
        return cell
    if not value.is_finite():
        return cell
    return format(abs(value) if value == 0 else value, "f")


def metres(
    latitude_1: npt.NDArray[np.float64],
    longitude_1: npt.NDArray[np.float64],
    latitude_2: npt.NDArray[np.float64],
    longitude_2: npt.NDArray[np.float64],
) -> npt.NDArray[np.int64]:
    """Great-circle distances (haversine) of points in degrees, whole metres, half to even."""
    phi_1, phi_2 = np.radians(latitude_1), np.radians(latitude_2)
    half_phi = (phi_2 - phi_1) / 2
    half_lambda = np.radians(longitude_2 - longitude_1) / 2
    chord = np.sin(half_phi) ** 2 + np.cos(phi_1) * np.cos(phi_2) * np.sin(half_lambda) ** 2
    angle = 2 * np.arcsin(np.sqrt(np.minimum(chord, 1.0)))
    whole: npt.NDArray[np.int64] = np.rint(EARTH_RADIUS_KM * 1000 * angle).astype(np.int64)
    return whole
