"""Least travel: from the relaxation to whole people."""

from __future__ import annotations

import numpy as np
import pytest

from scheduler.centers import travel
from scheduler.centers.layout import Layout
from scheduler.centers.relaxation import NEVER, SCALE, Relaxation, Relaxer, Vertex
from scheduler.centers.travel import least_travel
from tests.scheduler.centers.instances import piece

FULL = 0b1111


def test_people_exchange_seats_where_nobody_split_finds_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The second class has seats in A alone, and A is taken by one who could as well go to B."""
    layout = Layout(
        piece(
            [(FULL, 1), (FULL, 1)],
            [(0, (0, 1), 1), (1, (0,), 1)],
            classes=[(0, 1, (0, 10)), (1, 1, (0, 0))],
        )
    )
    stuck = Relaxation(
        Vertex(np.array([[1, 0], [0, 0]]), np.array([False, True])),
        scaled_bound=0,
        cost=np.array([[0, 10 * SCALE], [0, NEVER]]),
        rent=np.zeros(2, dtype=np.int64),
    )
    monkeypatch.setattr(Relaxer, "relax", lambda *_: stuck)
    monkeypatch.setattr(travel, "MOST_ARCS", 1)  # no last try with nearly every arc
    found = least_travel(layout, {}, 1.0)
    assert found.seated is not None
    assert found.seated.tolist() == [[0, 1], [1, 0]]
    assert found.metres == 10


@pytest.mark.parametrize("closed", [[True, False, False], [False, False, True]])
def test_a_closed_center_seats_nobody_and_opens_again(closed: list[bool]) -> None:
    layout = Layout(
        piece(
            [(FULL, 6)],
            [(0, (0,), 3), (1, (0,), 3), (2, (0,), 3)],
            classes=[(0, 3, (0, 50, 90)), (0, 3, (90, 50, 0))],
        )
    )
    relaxer = Relaxer(layout)
    before = relaxer.relax()
    relaxer.close(np.array(closed))
    without = relaxer.relax()
    assert without.vertex is not None
    assert not without.vertex.whole[:, closed].any()
    assert without.bound == 150 > before.bound == 0
    assert (without.reduced[:, closed] == NEVER).all()
    relaxer.close(np.zeros(3, dtype=bool))
    again = relaxer.relax()
    assert again.bound == 0
    assert again.vertex is not None
    assert again.vertex.whole[:, closed].any()
