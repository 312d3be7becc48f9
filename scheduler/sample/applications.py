"""Synthetic applications of the people of a synthetic roster: what registration began with."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from models.registration_tables import APPLICATIONS
from models.tables import names

FILES: Final = ("applications.csv", "unit_applications.csv")
"""Over the web, and those of a military unit."""
_DAYS: Final = 11
"""Of pre-registration in the example: 20 to 30 December."""
_SCHOOLS: Final = ("示例医科大学", "示例中医药大学", "示例卫生职业学院")
_EDUCATION: Final = (("本科", "学士", "5"), ("大专", "", "3"), ("硕士研究生", "硕士", "3"))
_KINDS: Final = ("公立医院", "民营医院", "乡镇卫生院")


def write_applications(out: Path) -> tuple[int, int]:
    """Write ``OUT/applications.csv`` and ``OUT/unit_applications.csv`` of ``OUT/roster.csv``.

    Everybody applies for the first time, so all subjects are sat. Military staff do not apply over
    the web: they stand in the second file.

    Returns:
        How many stand in each.
    """
    header = names(APPLICATIONS)
    with (out / "roster.csv").open(encoding="utf-8", newline="") as lines:
        people = list(csv.DictReader(lines))
    web = [_application(row) for row in people if row["id_type"] != "military"]
    unit = [_application(row) for row in people if row["id_type"] == "military"]
    for name, rows in zip(FILES, (web, unit), strict=True):
        with (out / name).open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, header, restval="", lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    return len(web), len(unit)


def _application(row: Mapping[str, str]) -> dict[str, str]:
    """One application; what is invented follows from the archive number alone."""
    kept = ("candidate_id", "name", "id_type", "id_number", "exam_point", "specialty",
            "needs", "employer", "latitude", "longitude")  # fmt: skip
    draw = _draws(row["candidate_id"])
    education, degree, years = _EDUCATION[next(draw) % len(_EDUCATION)]
    graduated = 1998 + next(draw) % 20
    number = f"1{next(draw):06d}{graduated}{next(draw):07d}"[:18]
    employer = row["employer"] or "E0000-000"
    return {name: row[name] for name in kept} | {
        "school": _SCHOOLS[next(draw) % len(_SCHOOLS)],
        "graduated_on": f"{graduated}-07",
        "major": "医学",
        "degree": degree,
        "study_years": years,
        "education": education,
        "certificate_number": number if graduated >= 2002 else "",
        "employer_name": f"示例单位{employer}",
        "employer_affiliation": "市属",
        "employer_kind": _KINDS[next(draw) % len(_KINDS)],
        "photo_hash": hashlib.sha256(row["candidate_id"].encode()).hexdigest(),
        "licence_number": f"{next(draw):07d}{next(draw):08d}",
        "time": f"2021-12-{20 + next(draw) % _DAYS:02d}T{8 + next(draw) % 14:02d}"
        f":{next(draw) % 60:02d}",
    }


def _draws(candidate_id: str) -> Iterator[int]:
    """Numbers from 0 to 999,999 that look drawn and are the same every time."""
    block = b""
    count = 0
    while True:
        if not block:
            block = hashlib.sha256(f"{candidate_id}/{count}".encode()).digest()
            count += 1
        yield int.from_bytes(block[:4], "big") % 1_000_000
        block = block[4:]
