"""What a run of the planner is asked for and given: options and checked inputs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

from models.errors import InputRefused
from models.findings import Finding, Severity
from models.plan import Libraries
from models.policy import Effort, Policy
from models.reference import ReferenceData
from scheduler.lineage import Lineage, read_lineage
from scheduler.roster.check import CheckedRoster, check_roster
from scheduler.roster.policy_file import load_dates_from, load_policy, policy_toml
from scheduler.roster.reference import load_reference

STAGES = ("cells", "dates", "centers", "seats")
INPUT_FILES = ("exam.toml", "specialties.csv", "exam_points.csv", "centers.csv", "rooms.csv")


@dataclass(frozen=True)
class PlanOptions:
    """How a run was asked for; all optional."""

    policy: Path | None = None
    seed_hex: str | None = None
    set_aside: Path | None = None
    expect_rows: int | None = None
    ignore_columns: tuple[str, ...] = ()
    sheet: str | None = None
    header_row: int = 1
    ids_checked_by: str = ""
    until: str | None = None
    resume: bool = False
    processes: int = 1
    dask: str | None = None
    parents: tuple[Path, ...] = ()
    effort: str | None = None


@dataclass(frozen=True)
class Inputs:
    """Checked inputs of a run."""

    reference: ReferenceData
    policy: Policy
    roster: CheckedRoster
    given: Mapping[str, tuple[str, ...]] | None
    files: Mapping[str, bytes]
    findings: tuple[Finding, ...]
    lineage: Lineage = field(default_factory=Lineage)

    @property
    def digest(self) -> str:
        """Names everything that a stage result depends on."""
        parts = {
            "roster": self.roster.digest,
            "policy": self.policy.model_dump(mode="json", by_alias=True),
            "files": {n: hashlib.sha256(b).hexdigest() for n, b in sorted(self.files.items())},
            "libraries": libraries().model_dump(),
        }
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def libraries() -> Libraries:
    """Versions of the libraries that shape the bytes of a plan."""
    return Libraries(
        paikao=version("paikao"), ortools=version("ortools"), pyarrow=version("pyarrow")
    )


@dataclass(frozen=True)
class Ground:
    """What is planned on: checked reference data and the planner's decisions."""

    reference: ReferenceData
    policy: Policy
    given: Mapping[str, tuple[str, ...]] | None
    files: Mapping[str, bytes]
    findings: tuple[Finding, ...]


def read_ground(data: Path, options: PlanOptions) -> Ground:
    """Read and check reference data and policy.

    Raises:
        InputRefused: with all blocking findings.
    """
    policy_path = options.policy
    if policy_path is None and (data / "policy.toml").exists():
        policy_path = data / "policy.toml"
    # Read alone first, for the sizes of rooms that bring no warning; its findings come below.
    alone, _ = load_policy(policy_path)
    reference, found = load_reference(data, alone.rooms if alone is not None else None)
    findings = list(found)
    if reference is None:
        raise InputRefused(findings)
    policy, found = load_policy(policy_path, reference, seed_hex=options.seed_hex)
    findings += found
    if policy is None:
        raise InputRefused(findings)
    if options.effort is not None:
        level = policy.effort.model_copy(update={"level": Effort(options.effort)})
        policy = policy.model_copy(update={"effort": level})
    given: Mapping[str, tuple[str, ...]] | None = None
    files = {name: (data / name).read_bytes() for name in INPUT_FILES}
    closures = data / "closures.csv"
    files["closures.csv"] = closures.read_bytes() if closures.exists() else _no_closures()
    if policy.dates.from_:
        folder = policy_path.parent if policy_path is not None else Path()
        source = folder / policy.dates.from_
        given, found = load_dates_from(source, reference)
        findings += found
        if given is None:
            raise InputRefused(findings)
        files[source.name] = source.read_bytes()
        dates = policy.dates.model_copy(update={"from_": source.name})
        policy = policy.model_copy(update={"dates": dates})
    files["policy.toml"] = policy_toml(policy).encode()
    return Ground(reference, policy, given, files, tuple(findings))


def read_inputs(roster: Path, data: Path, options: PlanOptions) -> Inputs:
    """Read and check everything; raises :class:`InputRefused` with all blocking findings."""
    ground = read_ground(data, options)
    reference, policy = ground.reference, ground.policy
    checked, found = check_roster(
        roster, reference, policy, set_aside=options.set_aside, expect_rows=options.expect_rows,
        ignore_columns=options.ignore_columns, sheet=options.sheet,
        header_row=options.header_row, ids_checked_by=options.ids_checked_by,
    )  # fmt: skip
    findings = [*ground.findings, *found]
    if checked is None:
        raise InputRefused(findings)
    without_rooms = {c.center_id for c in reference.centers} - {
        r.center_id for r in reference.rooms
    }
    if without_rooms and options.until not in STAGES[:3]:
        findings += [_center_without_rooms(c) for c in sorted(without_rooms)]
        raise InputRefused(findings)
    lineage = read_lineage(options.parents, reference.exam.code)
    return Inputs(reference, policy, checked, ground.given, ground.files, tuple(findings), lineage)


def _center_without_rooms(center_id: str) -> Finding:
    return Finding(
        severity=Severity.FIX, file="centers.csv", column="center_id", value=center_id,
        code="CENTER_WITHOUT_ROOMS",
        advice="list its rooms in rooms.csv, or plan with --until centers",
    )  # fmt: skip


def _no_closures() -> bytes:
    return b"exam_point,center_id,room_id,seats,mode,sitting,subjects,reason\n"
