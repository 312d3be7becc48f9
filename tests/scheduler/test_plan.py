"""Plan directories: whole or not at all, checked by their sums; stage results by their hashes."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from models.errors import Defect, PlanDirectoryError
from models.plan import RunRecord
from models.tables import UNPLACED
from scheduler.plan import (
    TABLE_FILES,
    PlanContent,
    StageStore,
    csv_bytes,
    read_manifest,
    read_run,
    read_shortages,
    read_table,
    require_free,
    root_hash,
    write_plan,
)
from tests.finished import plan_content

ROOT = Path(__file__).parents[2]


@pytest.fixture
def content(tmp_path: Path) -> PlanContent:
    return plan_content(tmp_path / "data")


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()
    }


def test_sums_cover_every_file_but_the_run(tmp_path: Path, content: PlanContent) -> None:
    root = write_plan(tmp_path / "plan", content)
    files = files_of(tmp_path / "plan")
    sums = files.pop("SHA256SUMS")
    assert root == hashlib.sha256(sums).hexdigest() == root_hash(tmp_path / "plan")
    del files["run.json"]
    expected = [
        f"{hashlib.sha256(data).hexdigest()}  {name}" for name, data in sorted(files.items())
    ]
    assert sums.decode().splitlines() == expected


def test_what_was_written_is_read_back(tmp_path: Path, content: PlanContent) -> None:
    plan = tmp_path / "plan"
    write_plan(plan, content)
    assert read_manifest(plan) == content.manifest
    assert read_shortages(plan) == content.shortages
    assert read_run(plan) == RunRecord.model_validate(content.run())
    for name in TABLE_FILES:
        pd.testing.assert_frame_equal(
            read_table(plan, name), content.tables[name].reset_index(drop=True), check_dtype=False
        )


def test_text_read_back_is_text(tmp_path: Path, content: PlanContent) -> None:
    write_plan(tmp_path / "plan", content)
    for name in TABLE_FILES:
        frame = read_table(tmp_path / "plan", name)
        for column in frame.columns[frame.dtypes != "int64"]:
            assert frame[column].dtype == "str"


def test_run_record_is_no_part_of_the_name(tmp_path: Path, content: PlanContent) -> None:
    other = dataclasses.replace(content, run=lambda: {"seconds": {"dates": 99.0}})
    assert write_plan(tmp_path / "a", content) == write_plan(tmp_path / "b", other)


def test_chunks_of_a_column_do_not_shape_the_bytes(tmp_path: Path, content: PlanContent) -> None:
    seats = pd.concat([content.tables["seats"]] * 2000, ignore_index=True)
    pieces = [seats.iloc[i : i + 777] for i in range(0, len(seats), 777)]
    chunked = pd.concat(pieces, ignore_index=True)
    roots = {
        write_plan(
            tmp_path / f"plan{i}",
            dataclasses.replace(content, tables={**content.tables, "seats": frame}),
        )
        for i, frame in enumerate((seats, chunked))
    }
    assert len(roots) == 1


def test_parquet_carries_no_schema_metadata(tmp_path: Path, content: PlanContent) -> None:
    write_plan(tmp_path / "plan", content)
    file = pq.ParquetFile(tmp_path / "plan" / "seats.parquet")
    assert file.metadata.metadata is None
    assert file.metadata.row_group(0).column(0).compression == "ZSTD"
    assert str(file.schema_arrow.field("seat").type) == "int32"


def test_a_folder_with_other_content_is_refused_even_to_overwrite(
    tmp_path: Path, content: PlanContent
) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "letter.txt").write_text("dear")
    for overwrite in (False, True):
        with pytest.raises(PlanDirectoryError):
            write_plan(tmp_path / "home", content, overwrite=overwrite)
    assert files_of(tmp_path / "home") == {"letter.txt": b"dear"}


def test_a_file_in_the_way_is_refused(tmp_path: Path) -> None:
    (tmp_path / "plan").write_text("")
    with pytest.raises(PlanDirectoryError, match="not a folder"):
        require_free(tmp_path / "plan")


def test_a_finished_plan_is_replaced_only_when_asked(tmp_path: Path, content: PlanContent) -> None:
    plan = tmp_path / "plan"
    first = write_plan(plan, content)
    with pytest.raises(PlanDirectoryError):
        write_plan(plan, content)
    smaller = dataclasses.replace(content, shortages=())
    assert write_plan(plan, smaller, overwrite=True) == root_hash(plan) != first


def test_stage_results_make_way_for_the_plan(tmp_path: Path, content: PlanContent) -> None:
    plan = tmp_path / "plan"
    StageStore(plan).save("dates", "abc", {}, {"k": 1})
    write_plan(plan, content)
    assert not (plan / ".stages").exists()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["data", "plan"]


def test_a_failed_write_leaves_nothing_behind(
    tmp_path: Path, content: PlanContent, monkeypatch: pytest.MonkeyPatch
) -> None:
    StageStore(tmp_path / "plan").save("dates", "abc", {}, {})

    def full_disk(descriptor: int) -> None:
        raise OSError(28, f"No space left on device ({descriptor})")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(OSError, match="No space"):
        write_plan(tmp_path / "plan", content)
    assert [p.name for p in (tmp_path / "plan").iterdir()] == [".stages"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["data", "plan"]


def test_a_failed_rename_brings_the_old_folder_back(
    tmp_path: Path, content: PlanContent, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = tmp_path / "plan"
    first = write_plan(plan, content)
    rename = Path.rename

    def fails_once_old_is_away(self: Path, target: Path) -> Path:
        if self.name.endswith(".new"):
            raise OSError("busy")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fails_once_old_is_away)
    with pytest.raises(OSError, match="busy"):
        write_plan(plan, dataclasses.replace(content, shortages=()), overwrite=True)
    assert root_hash(plan) == first
    assert sorted(p.name for p in tmp_path.iterdir()) == ["data", "plan"]


KILLED = """
import os, sys
from pathlib import Path
from scheduler.whole_folder import written_aside
with written_aside(Path(sys.argv[1])) as folder:
    (folder / "half").write_text("half")
    print(folder.name, flush=True)
    if sys.argv[2] == "kill":
        os.kill(os.getpid(), 9)
    sys.stdin.read()
"""


def writing(plan: Path, how: str) -> subprocess.Popen[str]:
    """A process in the middle of writing a folder, killed or waiting for the end of its input."""
    return subprocess.Popen(
        [sys.executable, "-c", KILLED, str(plan), how],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def test_what_a_killed_run_left_is_removed(tmp_path: Path, content: PlanContent) -> None:
    with writing(tmp_path / "plan", "kill") as killed:
        left, _ = killed.communicate()
    assert (tmp_path / left.strip() / "half").exists()
    write_plan(tmp_path / "plan", content)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["data", "plan"]


def test_what_a_running_process_writes_stays(tmp_path: Path, content: PlanContent) -> None:
    other = tmp_path / ".plan.1.new.txt"
    other.write_text("not ours")
    with writing(tmp_path / "plan", "wait") as running:
        assert running.stdout is not None
        theirs = tmp_path / running.stdout.readline().strip()
        write_plan(tmp_path / "plan", content)
        assert (theirs / "half").exists()
        running.kill()
    assert other.exists()


def test_an_earlier_plan_put_aside_by_a_killed_run_is_not_lost(
    tmp_path: Path, content: PlanContent
) -> None:
    with writing(tmp_path / "plan", "kill") as killed:
        left, _ = killed.communicate()
    old = tmp_path / left.strip().replace(".new", ".old")
    (tmp_path / left.strip()).rename(old)
    write_plan(tmp_path / "plan", content)
    assert (old / "half").exists(), "nothing stood in its place when the run began"
    write_plan(tmp_path / "plan", content, overwrite=True)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["data", "plan"]


def test_missing_values_never_reach_a_file(tmp_path: Path, content: PlanContent) -> None:
    seats = content.tables["seats"].copy()
    seats.loc[0, "form"] = None
    broken = dataclasses.replace(content, tables={**content.tables, "seats": seats})
    with pytest.raises(Defect, match="form"):
        write_plan(tmp_path / "plan", broken)
    assert not (tmp_path / "plan").exists()


def test_a_plan_has_all_tables_and_plain_input_names(tmp_path: Path, content: PlanContent) -> None:
    tables = {name: frame for name, frame in content.tables.items() if name != "papers"}
    with pytest.raises(Defect, match="papers"):
        write_plan(tmp_path / "plan", dataclasses.replace(content, tables=tables))
    for name in ("../evil.csv", "a/b.csv", "line\nbreak"):
        with pytest.raises(Defect, match="name of an input file"):
            write_plan(tmp_path / "plan", dataclasses.replace(content, inputs={name: b""}))
    assert not (tmp_path / "evil.csv").exists()


def test_csv_quotes_as_rfc_4180_says() -> None:
    row = {"candidate_id": "0011", "specialty": "NA", "subjects": "1", "exam_point": "2301",
           "reason": 'no "seat", 无', "shortage_id": ""}  # fmt: skip
    data = csv_bytes(pd.DataFrame([row], dtype="str"), UNPLACED)
    assert data.decode() == (
        "candidate_id,specialty,subjects,exam_point,reason,shortage_id\n"
        '0011,NA,1,2301,"no ""seat"", 无",\n'
    )


def test_an_unfinished_or_damaged_plan_is_named(tmp_path: Path, content: PlanContent) -> None:
    for read in (read_manifest, read_shortages, root_hash):
        with pytest.raises(PlanDirectoryError, match="not a finished plan"):
            read(tmp_path / "none")
    plan = tmp_path / "plan"
    write_plan(plan, content)
    (plan / "manifest.json").write_text('{"format_version": 2}')
    (plan / "shortages.json").write_text("[{}]")
    (plan / "seats.parquet").write_bytes(b"PAR1")
    (plan / "papers.csv").write_text("center_id\n230101\n")
    for damaged in (
        lambda: read_manifest(plan),
        lambda: read_shortages(plan),
        lambda: read_table(plan, "seats"),
        lambda: read_table(plan, "papers"),
    ):
        with pytest.raises(PlanDirectoryError, match="damaged"):
            damaged()


def test_a_plan_copied_without_its_run_can_be_read(tmp_path: Path, content: PlanContent) -> None:
    write_plan(tmp_path / "plan", content)
    (tmp_path / "plan" / "run.json").unlink()
    assert read_run(tmp_path / "plan") == RunRecord()


# ---------------------------------------------------------------- stage results

FRAMES = {
    "cells": pd.DataFrame(
        {
            "exam_point": pd.Series(["2301", ""], dtype="str"),
            "count": np.array([3, 2**40], dtype=np.int64),
            "seat": np.array([1, 2], dtype=np.int32),
            "open": [True, False],
        }
    ),
    "nobody": pd.DataFrame({"candidate_id": pd.Series([], dtype="str")}),
}
FACTS = {"bound": 3, "status": "OPTIMAL", "list": [1, 2]}


def test_a_stage_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    store = StageStore(tmp_path / "plan")
    store.save("dates", "abc", FRAMES, FACTS)
    loaded = store.load("dates", "abc")
    assert loaded is not None
    frames, facts = loaded
    assert facts == FACTS
    assert frames.keys() == FRAMES.keys()
    for name, frame in FRAMES.items():
        pd.testing.assert_frame_equal(frames[name], frame)


def test_a_stage_of_other_inputs_or_none_is_not_loaded(tmp_path: Path) -> None:
    store = StageStore(tmp_path / "plan")
    assert store.load("dates", "abc") is None
    assert not (tmp_path / "plan").exists()
    store.save("dates", "abc", FRAMES, FACTS)
    assert store.load("dates", "abd") is None
    assert store.load("centers", "abc") is None


@pytest.mark.parametrize("file", ["cells.parquet", "facts.json", "stage.json"])
def test_a_flipped_or_missing_byte_makes_a_stage_absent(tmp_path: Path, file: str) -> None:
    store = StageStore(tmp_path / "plan")
    path = tmp_path / "plan" / ".stages" / "dates" / file
    store.save("dates", "abc", FRAMES, FACTS)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))
    assert store.load("dates", "abc") is None
    store.save("dates", "abc", FRAMES, FACTS)
    assert store.load("dates", "abc") is not None
    path.unlink()
    assert store.load("dates", "abc") is None


def test_saving_again_replaces_the_whole_stage(tmp_path: Path) -> None:
    store = StageStore(tmp_path / "plan")
    store.save("dates", "abc", FRAMES, FACTS)
    store.save("dates", "abd", {}, {"round": 2})
    assert store.load("dates", "abd") == ({}, {"round": 2})
    assert [p.name for p in (tmp_path / "plan" / ".stages").iterdir()] == ["dates"]


def test_facts_are_json(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="JSON"):
        StageStore(tmp_path).save("dates", "abc", {}, {"gap": float("nan")})
