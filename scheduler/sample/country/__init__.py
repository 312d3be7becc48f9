"""The synthetic country: 338 exam points at real coordinates, everything else invented.

Which of it is a fact is told in ``README.md`` of this folder. Sizes are synthetic.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Final

import numpy as np

from models.errors import Defect
from models.tables import EXAM_POINTS, names
from scheduler.sample import assumptions as assume
from scheduler.sample.demand import Demand, dealt, specialty_weight
from scheduler.sample.drawing import Integers, spread
from scheduler.sample.facts import Facts, Point, millionths, read_facts, read_rows

FOLDER: Final = Path(__file__).resolve().parent

POPULATION_2020: Final = MappingProxyType({
    "11": 21_893_095, "12": 13_866_009, "13": 74_610_235, "14": 34_915_616, "15": 24_049_155,
    "21": 42_591_407, "22": 24_073_453, "23": 31_850_088, "31": 24_870_895, "32": 84_748_016,
    "33": 64_567_588, "34": 61_027_171, "35": 41_540_086, "36": 45_188_635, "37": 101_527_453,
    "41": 99_365_519, "42": 57_752_557, "43": 66_444_864, "44": 126_012_510, "45": 50_126_804,
    "46": 10_081_232, "50": 32_054_159, "51": 83_674_866, "52": 38_562_148, "53": 47_209_277,
    "54": 3_648_100, "61": 39_528_999, "62": 25_019_831, "63": 5_923_957, "64": 7_202_654,
    "65": 25_852_345,
})  # fmt: skip
"""Inhabitants by province (census of 2020); candidates are taken as proportional to them."""

# --- assumed ----------------------------------------------------------------------------------

FIRST_PREFECTURE_WEIGHT: Final = 300
PREFECTURE_WEIGHT: Final = (40, 161)
"""Weights of a province's prefectures where the census by prefecture is not at hand."""
FEWEST_AT_POINT: Final = 30

LARGER_POINTS: Final = 2
COMPUTER_GRIDS: Final = ((5, 8), (6, 8), (7, 8), (8, 8), (8, 9))
COMPUTER_ROOMS_PER_CENTER: Final = 6
PAPER_ROOMS_PER_CENTER: Final = 17

PAPER_PER_MILLE: Final = (250, 351)
SPLIT_PER_MILLE: Final = (190, 331)
POINT_PERCENT: Final = (90, 111)
"""An exam point's share of 203 and of 368 is its province's times a percentage of this range."""

TRADITIONAL: Final = frozenset({
    "102", "202", "204", "302", "315", "316", "325", "326", "327", "328", "329", "331", "333",
    "335", "337", "339", "349", "350", "367", "374",
})  # fmt: skip
"""Traditional and integrated medicine, by the names in the catalogue."""
TRADITIONAL_PERCENT: Final = (20, 301)
PROVINCE_PERCENT: Final = (60, 151)
"""A specialty's weight in a province is multiplied by a percentage of one of these ranges."""
ABSENT_PER_MILLE: Final = {"rare": 350, "medium": 60}
"""How often a specialty is absent from an exam point."""


def read_country(data: Path) -> Facts:
    """The facts of the country; calendar and specialties are those of the ``data`` folder."""
    rows = read_rows(FOLDER / "prefectures.csv")
    points = tuple(
        Point(row["adcode"][:4], row["name_zh"], millionths(row["latitude"]),
              millionths(row["longitude"]))
        for row in rows
    )  # fmt: skip
    return replace(
        read_facts(data),
        points=points,
        regions={r["adcode"][:4]: tuple(map(int, r["counties"].split(";"))) for r in rows},
        larger_points=LARGER_POINTS,
        grids=COMPUTER_GRIDS,
        computer_rooms=COMPUTER_ROOMS_PER_CENTER,
        paper_rooms=PAPER_ROOMS_PER_CENTER,
    )


def draw_country(facts: Facts, candidates: int, rng: np.random.Generator) -> Demand:
    """Deal candidates to exam points by inhabitants, then to specialties, uneven by province."""
    codes = list(facts.specialties)
    points = len(facts.points)
    people = FEWEST_AT_POINT + spread(
        _inhabitants(facts, rng), candidates - FEWEST_AT_POINT * points, rng
    )
    province = np.unique([p.province for p in facts.points], return_inverse=True)[1]
    provinces = int(province.max()) + 1

    def share(per_mille: tuple[int, int]) -> Integers:
        own = rng.integers(*per_mille, size=provinces)[province]
        return own * rng.integers(*POINT_PERCENT, size=points) // 100

    on_paper = people * share(PAPER_PER_MILLE) // 1000
    split = (people - on_paper) * share(SPLIT_PER_MILLE) // 1000
    usual = rng.integers(*PROVINCE_PERCENT, size=(provinces, len(codes)))
    traditional = rng.integers(*TRADITIONAL_PERCENT, size=provinces)
    weights = np.array([specialty_weight(code) for code in codes])
    factor = np.where([c in TRADITIONAL for c in codes], traditional[:, None], usual)[province]
    uneven = rng.integers(*assume.UNEVENNESS_PERCENT, size=(points, len(codes)))
    absent = rng.integers(1000, size=(points, len(codes))) < [_absent(code) for code in codes]
    weights = np.where(absent, 0, weights * factor * uneven)
    table = np.stack(
        [spread(w, int(n), rng) for w, n in zip(weights, people - on_paper - split, strict=True)]
    )
    table[:, codes.index(assume.PAPER_SPECIALTY)] = on_paper
    table[:, codes.index(assume.SPLIT_SPECIALTY)] = split
    return dealt(facts, table, rng)


def country_files(facts: Facts, data: Path) -> Mapping[str, bytes]:
    """The reference files that differ from those of the province; by name."""
    exam = (data / "exam.toml").read_text("utf-8")
    provinces = ", ".join(f'"{p}"' for p in sorted(POPULATION_2020))
    exam, found = re.subn(r"(?m)^provinces = .*$", f"provinces = [{provinces}]", exam)
    if found != 1:
        raise Defect("exam.toml has no line of provinces")
    text = io.StringIO()
    writer = csv.DictWriter(text, names(EXAM_POINTS), restval="", lineterminator="\n")
    writer.writeheader()
    for row, point in zip(read_rows(FOLDER / "prefectures.csv"), facts.points, strict=True):
        writer.writerow(
            {"exam_point": point.exam_point, "name_zh": point.name_zh, "province": point.province,
             "latitude": row["latitude"], "longitude": row["longitude"]}
        )  # fmt: skip
    return {
        "README.md": (FOLDER / "README.md").read_bytes(),
        "exam.toml": exam.encode(),
        "exam_points.csv": text.getvalue().encode(),
    }


def _inhabitants(facts: Facts, rng: np.random.Generator) -> Integers:
    """Thousands of inhabitants of each exam point; at least one."""
    drawn = rng.integers(*PREFECTURE_WEIGHT, size=len(facts.points))
    members: dict[str, list[int]] = {}
    for index, point in enumerate(facts.points):
        members.setdefault(point.province, []).append(index)
    out = np.zeros(len(facts.points), dtype=np.int64)
    for province, indices in members.items():
        drawn[indices[0]] = FIRST_PREFECTURE_WEIGHT
        total = POPULATION_2020[province] // 1000
        out[indices] = spread(drawn[indices], total, rng)
    for index, point in enumerate(facts.points):
        known = assume.POPULATION_2020.get(point.exam_point)
        if known is not None:
            out[index] = known // 1000
    return np.maximum(out, 1)


def _absent(code: str) -> int:
    if code in assume.RARE:
        return ABSENT_PER_MILLE["rare"]
    usual = code in assume.COMMON or code in assume.SHARED_PAPER_WEIGHTS
    return 0 if usual or not specialty_weight(code) else ABSENT_PER_MILLE["medium"]
