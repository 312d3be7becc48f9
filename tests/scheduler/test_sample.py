"""The synthetic example has what it promises; everything is counted from the written files."""

from __future__ import annotations

import csv
import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from itertools import combinations, pairwise
from pathlib import Path

import pytest
from stdnum.cn import ric

from models.errors import UsageError
from models.exam import Mode
from models.places import Center, Closure, Room, RoomFeature, Use
from models.tables import CENTERS, CLOSURES, ROOMS, ROSTER, names
from models.text import parse_items, parse_numbers, subjects_to_mask
from scheduler.sample import write_sample

SPARE_RATIO = Decimal("0.10")
CHECKOUT_DATA = Path(__file__).resolve().parents[2] / "data"
DATES = ("C1", "C2", "C3", "C4")
SHARED_PAPERS = {str(c): "303" for c in range(303, 315)} | {str(c): "317" for c in range(317, 325)}


def _maximal_intersecting_families() -> list[frozenset[int]]:
    """Every set of pairwise intersecting masks that no further mask joins, by trying all sets.

    A maximal family holds exactly one of each mask and its complement (and the full mask), so
    trying the 2^7 choices finds them all.
    """
    pairs = [(mask, 15 - mask) for mask in range(1, 8)]
    found = []
    for choice in range(2 ** len(pairs)):
        family = [15, *(pair[choice >> i & 1] for i, pair in enumerate(pairs))]
        if all(a & b for a, b in combinations(family, 2)):
            found.append(frozenset(family))
    return found


FAMILIES = _maximal_intersecting_families()


def tightest(masks: Iterable[int]) -> int:
    """Fewest identical seats for these candidates on one date."""
    counts = Counter(masks)
    return max(sum(counts[m] for m in family) for family in FAMILIES)


@dataclass(frozen=True)
class Candidate:
    """One row of the roster, with its mask."""

    row: Mapping[str, str]
    mask: int

    def __getitem__(self, column: str) -> str:
        return self.row[column]

    @property
    def mode(self) -> Mode:
        return Mode.PAPER if self.row["specialty"] == "203" else Mode.COMPUTER

    @property
    def needs(self) -> frozenset[str]:
        return frozenset(parse_items(self.row["needs"]))


@dataclass(frozen=True)
class Sample:
    """A sample as read back from its folder."""

    folder: Path
    roster: tuple[Candidate, ...]
    centers: tuple[Center, ...]
    rooms: tuple[Room, ...]
    closures: tuple[Closure, ...]

    @property
    def at_point(self) -> Mapping[str, list[Candidate]]:
        found = defaultdict(list)
        for candidate in self.roster:
            found[candidate["exam_point"]].append(candidate)
        return found

    def exam_rooms(self, exam_point: str, mode: Mode, *, separate: bool = False) -> list[Room]:
        centers = {c.center_id for c in self.centers if c.exam_point == exam_point}
        return [
            room
            for room in self.rooms
            if room.center_id in centers
            and room.mode is mode
            and room.use is Use.EXAM
            and _offers(room, "separate_room") == separate
        ]

    def seats(self, exam_point: str, mode: Mode) -> int:
        """Usable seats per date for people without a separate room."""
        return sum(r.usable(SPARE_RATIO) for r in self.exam_rooms(exam_point, mode))


def _offers(room: Room, need: str) -> bool:
    return any(feature.need == need for feature in room.features)


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _feature(cell: str) -> RoomFeature:
    need, _, seats = cell.partition(":")
    return RoomFeature(need=need, seats=parse_numbers(seats.replace(",", ";")))


def _room(row: dict[str, str]) -> Room:
    return Room.model_validate(
        {
            **row,
            "rows": int(row["rows"]),
            "columns": int(row["columns"]),
            "missing": parse_numbers(row["missing"]),
            "spare": int(row["spare"]) if row["spare"] else None,
            "features": [_feature(cell) for cell in parse_items(row["features"])],
        }
    )


def _closure(row: dict[str, str]) -> Closure:
    return Closure.model_validate(
        {**row, "seats": parse_numbers(row["seats"]), "mode": row["mode"] or None}
    )


def read_sample(folder: Path) -> Sample:
    return Sample(
        folder,
        tuple(
            Candidate(row, subjects_to_mask(row["subjects"]))
            for row in _read(folder / "roster.csv")
        ),
        tuple(Center.model_validate(row) for row in _read(folder / "data" / "centers.csv")),
        tuple(map(_room, _read(folder / "data" / "rooms.csv"))),
        tuple(map(_closure, _read(folder / "data" / "closures.csv"))),
    )


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    folder = tmp_path_factory.mktemp("example")
    write_sample(40_000, 1, folder)
    return read_sample(folder)


def _files(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


# ---------------------------------------------------------------- files


def test_families_of_this_test_are_the_twelve() -> None:
    assert len(FAMILIES) == 12
    assert tightest([0b0011, 0b0110, 0b0101]) == 3


def test_same_arguments_same_bytes(example: Sample, tmp_path: Path) -> None:
    write_sample(40_000, 1, tmp_path)
    assert _files(tmp_path) == _files(example.folder)


def test_another_seed_gives_another_sample(tmp_path: Path) -> None:
    write_sample(1_000, 1, tmp_path / "one")
    write_sample(1_000, 2, tmp_path / "two")
    one, two = _files(tmp_path / "one"), _files(tmp_path / "two")
    differing = {name for name in one if one[name] != two[name]}
    assert differing >= {"roster.csv", "data/centers.csv", "data/rooms.csv"}


def test_checkout_data_is_that_of_the_example(example: Sample) -> None:
    ours = _files(CHECKOUT_DATA)
    made = _files(example.folder / "data")
    assert sorted(ours) == sorted(made)
    assert [name for name in ours if ours[name] != made[name]] == []


def test_control_file_is_that_of_the_roster(example: Sample) -> None:
    digest = hashlib.sha256((example.folder / "roster.csv").read_bytes()).hexdigest()
    control = (example.folder / "roster.csv.sha256").read_text("utf-8")
    assert control == f"{digest}  roster.csv\n"


def test_a_sample_replaces_an_older_one(tmp_path: Path) -> None:
    write_sample(5_000, 1, tmp_path / "both")
    write_sample(300, 1, tmp_path / "both")
    write_sample(300, 1, tmp_path / "fresh")
    assert _files(tmp_path / "both") == _files(tmp_path / "fresh")


@pytest.mark.parametrize(
    ("candidates", "seed", "tightness"),
    [(299, 1, "0.92"), (300, -1, "0.92"), (300, 1, "0"), (300, 1, "NaN")],
)
def test_arguments_out_of_range_are_refused(
    tmp_path: Path, candidates: int, seed: int, tightness: str
) -> None:
    with pytest.raises(UsageError):
        write_sample(candidates, seed, tmp_path, tightness=Decimal(tightness))
    assert list(tmp_path.iterdir()) == []


def test_columns(example: Sample) -> None:
    roster = [name for name in names(ROSTER) if name != "photo"]
    for file, header in (
        ("roster.csv", roster),
        ("data/centers.csv", names(CENTERS)),
        ("data/rooms.csv", names(ROOMS)),
        ("data/closures.csv", names(CLOSURES)),
    ):
        with (example.folder / file).open(encoding="utf-8", newline="") as lines:
            assert next(csv.reader(lines)) == header


# ---------------------------------------------------------------- who sits what


def test_counts_of_candidates_and_masks(example: Sample) -> None:
    size = len(example.roster)
    assert size == 40_000
    on_paper = sum(c.mode is Mode.PAPER for c in example.roster)
    assert 0.28 < on_paper / size < 0.32
    masks = Counter(c.mask for c in example.roster)
    assert sorted(masks) == list(range(1, 16))
    assert 0.32 < 1 - masks[15] / size < 0.35


def test_exam_points_sized_by_population(example: Sample) -> None:
    people = {point: len(rows) for point, rows in example.at_point.items()}
    assert sorted(people) == ["2300", *(f"23{i:02d}" for i in range(1, 13)), "2327"]
    assert min(people, key=lambda p: people[p]) == "2327"
    assert people["2327"] < 600
    assert [c.center_id for c in example.centers if c.exam_point == "2327"] == ["2327-01"]
    # Harbin 10,009,854 against Qiqihar 4,067,489 inhabitants (census 2020).
    assert people["2301"] / people["2302"] == pytest.approx(10_009_854 / 4_067_489, rel=0.01)


def test_specialties_are_uneven_and_rare_ones_absent_somewhere(example: Sample) -> None:
    present = {p: {c["specialty"] for c in rows} for p, rows in example.at_point.items()}
    assert len(set[str]().union(*present.values())) == 119
    assert len(present["2327"]) < 60
    assert len(present["2309"]) < 119
    share = {
        p: sum(c["specialty"] == "353" for c in rows) / len(rows)
        for p, rows in example.at_point.items()
    }
    assert max(share.values()) > 1.5 * min(share.values())


def test_368_exceeds_one_date_at_several_points_and_three_at_one(example: Sample) -> None:
    beyond_one, beyond_three = [], []
    for point, people in example.at_point.items():
        computer = [c for c in people if c.mode is Mode.COMPUTER]
        of_368 = [c.mask for c in computer if c["specialty"] == "368"]
        low, high = (0.85, 0.90) if point == "2327" else (0.25, 0.40)
        assert low <= len(of_368) / len(computer) <= high
        seats = example.seats(point, Mode.COMPUTER)
        beyond_one += [point] if tightest(of_368) > seats else []
        beyond_three += [point] if tightest(of_368) > 3 * seats else []
    assert len(beyond_one) >= 2
    assert beyond_three == ["2327"]


def test_other_groups_are_small_against_one_date(example: Sample) -> None:
    for point, people in example.at_point.items():
        groups = defaultdict(list)
        for c in people:
            if c["specialty"] not in ("203", "368"):
                groups[SHARED_PAPERS.get(c["specialty"], c["specialty"])].append(c.mask)
        seats = example.seats(point, Mode.COMPUTER)
        assert max(tightest(masks) for masks in groups.values()) < 0.20 * seats


# ---------------------------------------------------------------- seats for everyone


def test_everyone_can_be_placed(example: Sample) -> None:
    for point, people in example.at_point.items():
        for mode, sittings in ((Mode.COMPUTER, 4), (Mode.PAPER, 1)):
            needed = tightest(
                c.mask for c in people if c.mode is mode and "separate_room" not in c.needs
            )
            seats = sittings * example.seats(point, mode)
            assert 0 < needed <= 0.921 * seats
            if mode is Mode.COMPUTER:
                assert needed >= 0.88 * seats


def test_centers_declare_what_their_rooms_hold(example: Sample) -> None:
    assert {r.center_id for r in example.rooms} == {c.center_id for c in example.centers}
    for center in example.centers:
        for mode in Mode:
            rooms = [r for r in example.rooms if r.center_id == center.center_id and r.mode is mode]
            assert center.seats(mode) == sum(r.usable(SPARE_RATIO) for r in rooms)


def test_rooms_follow_the_standards(example: Sample) -> None:
    keys = [(r.center_id, r.room_id) for r in example.rooms]
    assert keys == sorted(set(keys))
    ordinary = [r for r in example.rooms if r.use is Use.EXAM and not _offers(r, "separate_room")]
    for room in ordinary:
        if room.mode is Mode.PAPER:
            assert (room.rows, room.columns, room.missing) == (6, 5, ())
        else:
            assert 40 <= room.present <= 100
            assert room.usable(SPARE_RATIO) == room.present - -(-room.present // 10)
        assert room.spare is None
    assert any(r.missing for r in ordinary)


def test_reserve_rooms_are_at_larger_points(example: Sample) -> None:
    points = {r.center_id[:4] for r in example.rooms if r.use is Use.RESERVE}
    sizes = {p: len(rows) for p, rows in example.at_point.items()}
    assert points == set(sorted(sizes, key=lambda p: -sizes[p])[:7])


def test_partial_closure_leaves_enough(example: Sample) -> None:
    (closure,) = example.closures
    assert (closure.sitting, closure.subjects) == ("C2", "34")
    (room,) = [
        r for r in example.rooms if (r.center_id, r.room_id) == (closure.center_id, closure.room_id)
    ]
    present = {number for number, _, _ in room.grid()}
    assert set(closure.seats) < present
    assert room.mode is Mode.COMPUTER
    assert not room.features
    point = closure.center_id[:4]
    computer = [c for c in example.at_point[point] if c.mode is Mode.COMPUTER]
    seats = 4 * example.seats(point, Mode.COMPUTER) - len(closure.seats)
    assert tightest(c.mask for c in computer) <= 0.921 * seats


def test_one_center_is_hosted_by_an_employer_with_candidates_there(example: Sample) -> None:
    (hosted,) = [c for c in example.centers if c.employer]
    at_point = example.at_point[hosted.exam_point]
    own = [c for c in at_point if c["employer"] == hosted.employer]
    assert len(own) > 50
    assert {c["exam_point"] for c in example.roster if c["employer"] == hosted.employer} == {
        hosted.exam_point
    }
    for mode in Mode:
        elsewhere = example.seats(hosted.exam_point, mode) - hosted.seats(mode)
        assert tightest(c.mask for c in own if c.mode is mode) < elsewhere


# ---------------------------------------------------------------- needs and pins


def test_fifty_needs_of_every_kind(example: Sample) -> None:
    kinds = Counter(c["needs"] for c in example.roster if c["needs"])
    assert sum(kinds.values()) == 50
    assert set(kinds) == {"accessible", "extra_time", "accessible;extra_time", "separate_room"}
    assert kinds["separate_room"] < min(kinds[k] for k in kinds if k != "separate_room")


def test_seats_offer_the_needs_in_every_single_sitting(example: Sample) -> None:
    """Even if everybody with a need came on one date and sat all four subjects."""
    wanted = Counter(
        (c["exam_point"], c.mode, need)
        for c in example.roster
        for need in ("accessible", "extra_time", "separate_room")
        if need in c.needs
    )
    assert wanted
    for (point, mode, need), people in wanted.items():
        rooms = example.exam_rooms(point, mode, separate=need == "separate_room")
        for room in rooms:
            if _offers(room, need) and need == "accessible":
                # Whoever needs both finds both at the same seats.
                assert _offers(room, "extra_time")
        spare = {id(r): r.spare_seats(SPARE_RATIO) for r in rooms}
        offered = sum(
            min(
                sum(need in r.features_of(n) for n, _, _ in r.grid()),
                r.present - spare[id(r)],
            )
            for r in rooms
        )
        assert offered >= people


def test_separate_rooms_are_small_and_used(example: Sample) -> None:
    rooms = [r for r in example.rooms if _offers(r, "separate_room")]
    asking = {(c["exam_point"], c.mode) for c in example.roster if "separate_room" in c.needs}
    assert {(r.center_id[:4], r.mode) for r in rooms} == asking
    assert all(r.present < 40 for r in rooms)


def test_twenty_pins_that_cost_nobody_a_place(example: Sample) -> None:
    centers = {c.center_id: c for c in example.centers}
    hosts = {c.employer for c in example.centers if c.employer}
    to_center = [c for c in example.roster if c["pinned_center"]]
    to_sitting = [c for c in example.roster if c["pinned_sitting"]]
    assert (len(to_center), len(to_sitting)) == (10, 10)
    assert not {c["candidate_id"] for c in to_center} & {c["candidate_id"] for c in to_sitting}
    for c in to_center:
        center = centers[c["pinned_center"]]
        assert center.exam_point == c["exam_point"]
        assert center.seats(c.mode) > 0
        assert c["employer"] not in hosts
    assert {(c["specialty"], c["pinned_sitting"]) for c in to_sitting} == {
        ("203", "P1"), *(("368", date) for date in DATES),
    }  # fmt: skip


# ---------------------------------------------------------------- people


def test_archive_numbers_are_unique_and_in_no_order(example: Sample) -> None:
    ids = [c["candidate_id"] for c in example.roster]
    assert len(set(ids)) == 40_000
    assert all(re.fullmatch(r"A23[0-9]{8}", i) for i in ids)
    rising = sum(a < b for a, b in pairwise(ids))
    assert 0.48 < rising / len(ids) < 0.52


def test_names_of_every_kind(example: Sample) -> None:
    found = [c["name"] for c in example.roster]
    assert all(re.fullmatch(r"[^\W\da-zA-Z]+(?:·[^\W\da-zA-Z]+)?", name) for name in found)
    assert sum("·" in name for name in found) > 100
    assert sum(name.startswith(("欧阳", "上官", "司马", "诸葛")) for name in found) > 10
    assert any(ord(character) > 0xFFFF for name in found for character in name)


ID_FORMS = {
    "resident": r"23\d{15}[\dX]",
    "hmt_residence": r"8[123]0000\d{11}[\dX]",
    "hk_macau_permit": r"[HM]\d{8}",
    "taiwan_permit": r"\d{8}",
    "foreign_pr": r"[A-Z]{3}\d{12}|9\d{16}[\dX]",
    "military": r"[军士文]字第\d{8}号",
}


def _check_character_is_right(number: str) -> bool:
    """GB 11643: the weighted sum of all 18, the last counted once and X as ten, is 1 modulo 11."""
    values: list[int] = [10 if c == "X" else int(c) for c in number]
    return sum(v << (17 - i) for i, v in enumerate(values)) % 11 == 1


def test_identity_documents_are_well_formed_and_unique(example: Sample) -> None:
    documents = [(c["id_type"], c["id_number"]) for c in example.roster]
    assert len(set(documents)) == 40_000
    assert {kind for kind, _ in documents} == set(ID_FORMS)
    for kind, number in documents:
        assert re.fullmatch(ID_FORMS[kind], number)
        if len(number) == 18:
            assert _check_character_is_right(number)
    residents = [number for kind, number in documents if kind == "resident"]
    assert len(residents) > 39_000
    assert {number[-1] for number in residents} == set("0123456789X")
    foreign = {len(number) for kind, number in documents if kind == "foreign_pr"}
    assert foreign == {15, 18}
    hmt = {number[:6] for kind, number in documents if kind == "hmt_residence"}
    assert hmt == {"810000", "820000", "830000"}


def test_resident_numbers_pass_the_oracle(example: Sample) -> None:
    residents = [c["id_number"] for c in example.roster if c["id_type"] == "resident"]
    for number in residents:
        assert ric.calc_check_digit(number) == number[-1]
        assert "1962" <= number[6:10] <= "2000"
    # stdnum asks whether the region existed in the year of birth, but numbers were first given
    # out in the eighties, with the regions of that time: its full check fits the youngest only.
    young = [number for number in residents if number[6:10] == "2000"]
    for number in young:
        assert ric.validate(number) == number
    by_region = {number[:6]: number for number in young}
    assert set(by_region) == {number[:6] for number in residents}
    assert all("黑龙江" in ric.get_birth_place(n)["province"] for n in by_region.values())


def test_employers_and_origins(example: Sample) -> None:
    employed = [c for c in example.roster if c["employer"]]
    assert 0.84 < len(employed) / 40_000 < 0.86
    located = [c for c in example.roster if c["latitude"]]
    assert all(c["employer"] and c["longitude"] for c in located)
    assert 0.89 < len(located) / len(employed) < 0.91
    origins = defaultdict(set)
    for c in employed:
        assert re.fullmatch(rf"E{c['exam_point']}-\d{{3,}}", c["employer"])
    for c in located:
        assert re.fullmatch(r"\d{2,3}\.\d{6}", c["latitude"])
        spot = [
            Decimal(c[axis]).quantize(Decimal("0.01"), ROUND_HALF_EVEN)
            for axis in ("latitude", "longitude")
        ]
        origins[c["employer"]].add(tuple(spot))
    assert {len(spots) for spots in origins.values()} == {1}
    raw = {(c["latitude"], c["longitude"]) for c in located}
    assert len(raw) > 0.9 * len(located)


# ---------------------------------------------------------------- other sizes


@pytest.mark.parametrize("candidates", [300, 301, 2_000, 12_345])
@pytest.mark.parametrize("seed", [0, 7])
def test_small_samples_keep_their_shape(tmp_path: Path, candidates: int, seed: int) -> None:
    write_sample(candidates, seed, tmp_path)
    sample = read_sample(tmp_path)
    assert len(sample.roster) == candidates
    assert len(sample.at_point) == 14
    assert len({(c["id_type"], c["id_number"]) for c in sample.roster}) == candidates
    assert {c["id_type"] for c in sample.roster} == set(ID_FORMS)
    for point, people in sample.at_point.items():
        for mode, sittings in ((Mode.COMPUTER, 4), (Mode.PAPER, 1)):
            needed = tightest(
                c.mask for c in people if c.mode is mode and "separate_room" not in c.needs
            )
            assert needed <= 0.921 * sittings * sample.seats(point, mode)


@pytest.mark.parametrize("tightness", ["0.85", "0.97", "1"])
def test_tightness_sets_the_seats(tmp_path: Path, tightness: str) -> None:
    write_sample(20_000, 3, tmp_path, tightness=Decimal(tightness))
    sample = read_sample(tmp_path)
    for point in ("2300", "2301", "2302", "2327"):
        people = [c for c in sample.at_point[point] if c.mode is Mode.COMPUTER]
        needed = tightest(c.mask for c in people if "separate_room" not in c.needs)
        seats = 4 * sample.seats(point, Mode.COMPUTER)
        # One date's rounding and the seats that make up for the closure.
        assert needed / Decimal(tightness) <= seats < needed / Decimal(tightness) + 4 + 8


def test_without_sharing_the_example_does_not_fit(example: Sample) -> None:
    """Each person on a seat of the own: more people than seats, which is what sharing saves."""
    people = [c for c in example.at_point["2301"] if c.mode is Mode.COMPUTER]
    assert len(people) > 4 * example.seats("2301", Mode.COMPUTER) * 1.05


@pytest.mark.slow
def test_two_hundred_thousand_candidates(tmp_path: Path) -> None:
    write_sample(200_000, 1, tmp_path)
    lines = (tmp_path / "roster.csv").read_bytes().splitlines()
    assert len(lines) == 200_001
    documents = {tuple(line.split(b",")[2:4]) for line in lines[1:]}
    assert len(documents) == 200_000
