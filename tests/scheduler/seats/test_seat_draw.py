"""The seat draw over 2,000 seeds: every position equally likely for everybody of a kind."""

from __future__ import annotations

from collections import Counter
from math import sqrt

import numpy as np
import pytest

from scheduler.draw import DEALS, Draw
from scheduler.seats.seat_draw import Lines, Positions, SeatDraw, Seats, draw_seats

SEEDS = 2_000
PEOPLE = 8


def drawn(seed: int, employer: list[int]) -> SeatDraw:
    """Eight people of one kind and three of another in two rooms of six seats, in one row each."""
    line_of = np.array([0] * PEOPLE + [1] * 3)
    seats = Seats(np.repeat([0, 1], 6)[:11], np.tile(np.arange(1, 7), 2)[:11])
    return draw_seats(
        Draw("TEST-2022", f"{seed:032x}"),
        Lines(np.array([0, 0]), np.array([0, 1]), np.array([PEOPLE, 3]), ["C1/230101"],
              ["101/1234/", "303/1234/"]),
        np.arange(PEOPLE + 3),
        np.array(employer),
        Positions(line_of, np.full(11, 0b1111), np.array([0, 2, 4, 5, 6, 7, 8, 10, 1, 3, 9])),
        seats,
        ["C1/230101/R1", "C1/230101/R2"],
        np.array([(i, i + 1) for i in range(10) if i != 5]),
    )  # fmt: skip


def test_everybody_of_a_kind_has_the_same_chance_of_every_position() -> None:
    """Nobody has an employer, so no deal is better than another and the first one stands."""
    seen: Counter[tuple[int, int]] = Counter()
    for seed in range(SEEDS):
        draw = drawn(seed, [0] * 11)
        assert draw.deals.tolist() == [0]
        seen.update(enumerate(draw.seat_of[:PEOPLE].tolist()))
    assert len(seen) == PEOPLE * PEOPLE
    chance = 1 / PEOPLE
    spread = sqrt(SEEDS * chance * (1 - chance))
    # 64 figures: four standard deviations are left by chance once in 250 sets of seeds.
    assert all(abs(number - SEEDS * chance) < 4 * spread for number in seen.values())


def test_every_deal_gives_everybody_every_position() -> None:
    """Where employers decide, all sixteen deals occur, and with each of them all positions."""
    employer = [1, 1, 2, 2, 3, 3, 0, 0, 1, 2, 3]
    seen: Counter[int] = Counter()
    places: dict[int, set[tuple[int, int]]] = {deal: set() for deal in range(DEALS)}
    for seed in range(SEEDS):
        draw = drawn(seed, employer)
        (deal,) = draw.deals.tolist()
        seen[deal] += 1
        places[deal].update(enumerate(draw.seat_of[:PEOPLE].tolist()))
        assert sorted(draw.seat_of.tolist()) == list(range(11))
    assert min(seen[deal] for deal in range(3)) > SEEDS / DEALS
    assert all(len(places[deal]) == PEOPLE * PEOPLE for deal in range(3))


@pytest.mark.parametrize("seed", range(20))
def test_pairs_are_those_of_the_people_on_adjacent_seats(seed: int) -> None:
    employer = [1, 1, 2, 2, 3, 3, 0, 0, 1, 2, 3]
    draw = drawn(seed, employer)
    sitting = {seat: employer[i] for i, seat in enumerate(draw.seat_of.tolist())}
    pairs = [int(sitting[i] == sitting[i + 1] != 0) for i in range(10) if i != 5]
    assert draw.employer_pairs.tolist() == pairs
