"""The frozen base class of every type, and the text types that carry ids."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints

CODE_PATTERN = r"^[A-Za-z0-9_-]{1,32}$"

Code = Annotated[str, StringConstraints(pattern=CODE_PATTERN)]
"""An id or code: text, compared byte by byte, never padded and never folded."""

OptionalCode = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{0,32}$")]
"""A code or the empty text."""


def _exact_decimal(value: object) -> object:
    """Refuse binary floats: ``ceil(0.07 * 100)`` must be 7, and in floating point it is 8."""
    if isinstance(value, float):
        raise ValueError("ratios are read as exact decimals; pass a string or a Decimal")
    return value


Ratio = Annotated[Decimal, BeforeValidator(_exact_decimal)]
"""A share, computed exactly."""


class Frozen(BaseModel):
    """Immutable, refuses unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
