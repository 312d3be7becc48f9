"""Which sittings the policy leaves to a specialty."""

from __future__ import annotations

from models.exam import Sitting
from models.policy import GroupDates, Policy
from models.reference import ReferenceData


def open_sittings(reference: ReferenceData, policy: Policy, specialty: str) -> tuple[Sitting, ...]:
    """Sittings of the specialty's mode that its paper group may use, by id."""
    group = policy.dates.group.get(reference.group_of[specialty], GroupDates())
    mode = reference.specialty_by_code[specialty].mode
    return tuple(
        sitting
        for sitting in reference.exam.sittings_of(mode)
        if (not group.fixed or sitting.id in group.fixed) and sitting.id not in group.forbidden
    )
