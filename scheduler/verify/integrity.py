"""Integrity: the files are the sealed ones, of this roster, of these inputs."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

from models.findings import mask_personal
from models.plan import FORMAT_VERSION, Family
from scheduler.verify.check import check
from scheduler.verify.evidence import Evidence, same_facts
from scheduler.verify.faults import Fault
from scheduler.verify.files import RUN, SUMS
from scheduler.verify.roster import canonical_digest

_LINE = re.compile(r"([0-9a-f]{64})  (\S.*)")


@check(Family.INTEGRITY)
def hashes_match(evidence: Evidence) -> Iterator[Fault]:
    """SHA256SUMS lists every other file but run.json, sorted, each with its hash."""
    yield from hash_faults(evidence.plan_dir)


def hash_faults(plan_dir: Path) -> Iterator[Fault]:
    """What is wrong between ``SHA256SUMS`` and the files beside it."""
    present = {
        path.relative_to(plan_dir).as_posix()
        for path in plan_dir.rglob("*")
        if path.is_symlink() or not path.is_dir()
    } - {SUMS, RUN}
    try:
        content = (plan_dir / SUMS).read_bytes().decode()
    except (OSError, UnicodeDecodeError):
        yield Fault(SUMS, "cannot be read")
        return
    if not content.endswith("\n"):
        yield Fault(SUMS, "does not end with a line end")
    listed: list[str] = []
    for number, line in enumerate(content.removesuffix("\n").split("\n"), start=1):
        match = _LINE.fullmatch(line)
        if match is None:
            yield Fault(f"{SUMS} line {number}", "is not a hash, two blanks and a name")
            continue
        name = match[2]
        listed.append(name)
        if name not in present:
            yield Fault(f"{SUMS} line {number}", f"{name} is not there, or not to be listed")
        elif (plan_dir / name).is_symlink():
            yield Fault(name, "is a link, not a file")
        elif _sha256(plan_dir / name) != match[1]:
            yield Fault(name, "is not what SHA256SUMS says")
    if listed != sorted(set(listed), key=str.encode):
        yield Fault(SUMS, "is not sorted by name")
    for name in sorted(present - set(listed)):
        yield Fault(name, "is not listed in SHA256SUMS")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@check(Family.INTEGRITY)
def roster_is_the_one_planned(evidence: Evidence) -> Iterator[Fault]:
    """The roster has the digest and the rows that the plan was made from."""
    manifest = evidence.plan.manifest
    digest = canonical_digest(evidence.planned)
    if digest != manifest.roster.digest:
        hint = ""
        if manifest.totals.set_aside and evidence.listed_aside is None:
            hint = " (without the set-aside file, over those whom the plan mentions)"
        yield Fault("manifest.json roster", f"the roster at hand has digest {digest[:12]}...{hint}")
    rows = len(evidence.roster)
    if manifest.roster.rows != rows:
        message = f"the roster had {manifest.roster.rows} rows, this one has {rows}"
        yield Fault("manifest.json roster", message)
    known = evidence.placed["person"].to_numpy() >= 0
    for row in (known & ~evidence.as_in_roster).nonzero()[0].tolist():
        yield Fault(evidence.seat_row(row), "other specialty, subjects or exam point in the roster")
    unplaced = evidence.unplaced
    person = evidence.person[len(evidence.seats) :]
    wrong = (person >= 0) & ~same_facts(unplaced, evidence.planned, person)
    for row in wrong.nonzero()[0].tolist():
        candidate = mask_personal(str(unplaced["candidate_id"].iat[row]))
        where = f"unplaced.parquet row {row + 2}: candidate {candidate}"
        yield Fault(where, "other specialty, subjects or exam point in the roster")


@check(Family.INTEGRITY)
def inputs_are_copies(evidence: Evidence) -> Iterator[Fault]:
    """``inputs/`` can be read, refers to nothing unknown, and is of the exam of the manifest.

    What cannot be read is found while reading.
    """
    code = evidence.plan.manifest.exam_code
    if evidence.inputs.exam.code != code:
        yield Fault("inputs/exam.toml", f"is of another exam than {code}")


@check(Family.INTEGRITY)
def manifest_consistent(evidence: Evidence) -> Iterator[Fault]:
    """The manifest says what the files hold: policy, seed, totals, version."""
    manifest, totals = evidence.plan.manifest, evidence.plan.manifest.totals
    if manifest.format_version != FORMAT_VERSION:
        yield Fault("manifest.json format_version", f"is not {FORMAT_VERSION}")
    if (manifest.plan_version == 1) != (manifest.parent_root_hash == ""):
        yield Fault("manifest.json parent_root_hash", "only a first version has no parent")
    if manifest.seed != manifest.policy.draw.seed:
        yield Fault("manifest.json seed", "is not the policy's")
    stated = evidence.inputs.stated_seed
    if stated is not None and stated != manifest.seed:
        yield Fault("manifest.json seed", "is not the one of inputs/policy.toml")
    copied = evidence.inputs.policy.model_copy(update={"draw": manifest.policy.draw})
    if copied != manifest.policy:
        for name in type(copied).model_fields:
            if getattr(copied, name) != getattr(manifest.policy, name):
                yield Fault(f"manifest.json policy.{name}", "is not what inputs/policy.toml says")
    for name, value, counted in (
        ("in", totals.in_, totals.placed + totals.unplaced + totals.set_aside),
        ("in", totals.in_, len(evidence.roster)),
        ("placed", totals.placed, len(evidence.seats)),
        ("unplaced", totals.unplaced, len(evidence.unplaced)),
    ):
        if value != counted:
            yield Fault(f"manifest.json totals.{name}", f"is {value}, counted {counted}")
