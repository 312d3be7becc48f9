"""The synthetic country has what its README promises; counted from the written files."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from models.errors import UsageError
from models.policy import Policy
from models.text import subjects_to_mask
from scheduler.cli import main
from scheduler.masks import seats_needed
from scheduler.plan_inputs import PlanOptions, read_inputs
from scheduler.sample import write_sample
from scheduler.sample.country import TRADITIONAL

PEOPLE = 40_000
UNEVEN = (Decimal("0.70"), Decimal("0.97"))


@pytest.fixture(scope="module")
def country(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("country")
    write_sample(PEOPLE, 1, out, tightness=UNEVEN, country=True, parquet=True)
    return out


@pytest.fixture(scope="module")
def roster(country: Path) -> pd.DataFrame:
    return pd.read_parquet(country / "roster.parquet")


def _table(folder: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(folder / "data" / name, dtype=str, keep_default_na=False)


def test_exam_points_of_every_province_at_their_own_coordinates(country: Path) -> None:
    points = _table(country, "exam_points.csv")
    assert len(points) == 338
    assert points["province"].nunique() == 31
    assert (points["exam_point"].str[:2] == points["province"]).all()
    assert not points.duplicated(["latitude", "longitude"]).any()
    harbin = points.set_index("exam_point").loc["2301"]
    assert (harbin["latitude"], harbin["longitude"]) == ("45.803775", "126.534967")


def test_check_finds_nothing_but_rooms_of_unusual_size(country: Path) -> None:
    inputs = read_inputs(country / "roster.parquet", country / "data", PlanOptions())
    assert inputs.roster.rows == PEOPLE
    assert {f.code for f in inputs.findings} <= {"ROOM_SIZE_UNUSUAL"}
    assert inputs.policy == Policy(draw=inputs.policy.draw)


def test_every_exam_point_has_the_tightness_it_drew(country: Path, roster: pd.DataFrame) -> None:
    centers = _table(country, "centers.csv")
    seats = centers["computer_seats"].astype(int).groupby(centers["exam_point"]).sum()
    people = roster[(roster["specialty"] != "203") & ~roster["needs"].str.contains("separate")]
    masks = people["subjects"].map(subjects_to_mask)
    shares = [
        seats_needed(dict(Counter(of_point.tolist()))) / (4 * seats[point])
        for point, of_point in masks.groupby(people["exam_point"])
        if seats[point] > 40  # below, whole seats weigh more than the percentage
    ]
    assert len(shares) > 15
    assert max(shares) <= 0.97
    assert min(shares) > 0.60
    assert max(shares) - min(shares) > 0.15


def test_mix_of_specialties_differs_by_province(roster: pd.DataFrame) -> None:
    province = roster["exam_point"].str[:2]
    for wanted, apart in ((roster["specialty"].isin(TRADITIONAL), 3.0),
                          (roster["specialty"] == "368", 1.2)):  # fmt: skip
        shares = wanted.groupby(province).mean()[province.value_counts() > 1000]
        assert shares.max() > apart * shares.min()
    present = roster.groupby("specialty")["exam_point"].nunique()
    assert present["303"] > present["391"]
    assert len(present) == 119


def test_needs_hosts_pins_and_closures_are_all_over_the_country(
    country: Path, roster: pd.DataFrame
) -> None:
    province = roster["exam_point"].str[:2]
    assert province[roster["needs"] != ""].nunique() > 15
    assert (roster["pinned_center"] != "").any()
    assert (roster["pinned_sitting"] != "").any()
    hosts = _table(country, "centers.csv")["employer"]
    assert hosts[hosts != ""].isin(roster["employer"]).all()
    assert len(_table(country, "closures.csv"))  # more than one needs larger points
    assert (roster["subjects"] == "1234").mean() == pytest.approx(0.668, abs=0.001)


def test_same_arguments_same_bytes(country: Path, tmp_path: Path) -> None:
    arguments = ["sample", "--country", "--candidates", str(PEOPLE), "--seed", "1", "--parquet",
                 "--tightness", "0.70-0.97", "--out", str(tmp_path)]  # fmt: skip
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    written = sorted(p.relative_to(country) for p in country.rglob("*") if p.is_file())
    assert len(written) == 11
    for name in written:
        assert (tmp_path / name).read_bytes() == (country / name).read_bytes()


def test_a_country_of_too_few_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="at least 40000"):
        write_sample(5_000, 1, tmp_path, country=True)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("wrong", ["0.9-x", "0.97-0.70", "0", "nan"])
def test_a_wrong_tightness_is_refused(wrong: str, tmp_path: Path) -> None:
    arguments = ["sample", "--candidates", "300", "--tightness", wrong, "--out", str(tmp_path)]
    assert CliRunner().invoke(main, arguments).exit_code == 2
