"""One center and sitting seated on its own."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from models.exam import Sitting
from models.policy import Policy
from scheduler.places import Places
from scheduler.seats.stage import seat_everybody


class CenterSeating(NamedTuple):
    """Seats of one center and sitting.

    Attributes:
        seats: ``candidate_id, room_id, seat, form``, by candidate_id.
        rooms: its part of the neighbours table.
    """

    seats: pd.DataFrame
    rooms: pd.DataFrame


def seat_center(
    places: Places, policy: Policy, center_id: str, sitting: Sitting, people: pd.DataFrame
) -> CenterSeating:
    """Seat ``candidate_id, specialty, subjects, needs, employer``, in any order."""
    here = people.assign(center_id=center_id, sitting=sitting.id)
    seated, rooms = seat_everybody(places, policy, here)
    seats = seated.sort_values("candidate_id", ignore_index=True)
    return CenterSeating(seats[["candidate_id", "room_id", "seat", "form"]], rooms)
