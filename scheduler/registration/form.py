"""The fields of a form, from a file or from the web: completed, and what is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

from models.registration import Application, RegistrationFacts

_MONTH = r"[0-9]{4}-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?"
_PHOTO = r"[0-9a-f]{64}"
FORM_FIELDS = tuple(
    f.name for f in fields(Application) if f.name not in ("candidate_id", "revision")
)


def form_faults(form: Mapping[str, str], facts: RegistrationFacts) -> Iterator[tuple[str, str]]:
    """(code, field) of what is wrong with fields that the roster does not check.

    The region may be blank: it is the province of the exam point. So may the level.
    """
    point = facts.point_by_id.get(form["exam_point"])
    if point is not None and form.get("region", "") not in ("", point.province):
        yield "REGION_DIFFERS", "region"
    if form.get("photo_hash") and not re.fullmatch(_PHOTO, form["photo_hash"]):
        yield "PHOTO_HASH_FORM", "photo_hash"
    if form.get("graduated_on") and not re.fullmatch(_MONTH, form["graduated_on"]):
        yield "MONTH_FORM", "graduated_on"


def completed(form: Mapping[str, Any], facts: RegistrationFacts) -> dict[str, str]:
    """A form with region and level filled in from exam point and specialty where blank."""
    made = {name: str(form.get(name) or "") for name in FORM_FIELDS}
    point = facts.point_by_id.get(made["exam_point"])
    specialty = facts.specialty_by_code.get(made["specialty"])
    if point is not None:
        made["region"] = made["region"] or point.province
    if specialty is not None:
        made["level"] = made["level"] or specialty.level.value
    return made
