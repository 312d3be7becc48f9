"""Whole-column operations against the same question asked cell by cell."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from scheduler.roster.columns import rounded

decimals = st.decimals(-180, 180, places=9).map(lambda value: format(value, "f"))
cells = st.lists(st.one_of(st.just(""), decimals, st.sampled_from(["-0", "+4.5", "0.005"])))


@given(cells, st.integers(0, 6))
def test_rounding_is_exact_and_half_even(written: list[str], places: int) -> None:
    def one(cell: str) -> str:
        near = Decimal(cell).quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN)
        return format(abs(near) if near == 0 else near, "f")

    expected = ["" if cell == "" else one(cell) for cell in written]
    assert rounded(pd.Series(written, dtype="str"), places).tolist() == expected


def test_rounding_copes_with_what_a_decimal_type_cannot_hold() -> None:
    written = pd.Series(["1e1", "2.1250000000000000000000001", "", "-0.004"], dtype="str")
    assert rounded(written, 2).tolist() == ["10.00", "2.13", "", "0.00"]
