"""Versions of a plan: what a later version keeps from those before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from models.errors import UsageError
from scheduler.plan import read_manifest, read_table, root_hash


@dataclass(frozen=True)
class Lineage:
    """The versions before a new one.

    Attributes:
        version: the number of the new version, from 1.
        parent_root_hash: of the version before it; blank for a first one.
        numbered: ``candidate_id, exam_point, ticket_number`` of everybody who was ever numbered,
            newest version first; None for a first version.
    """

    version: int = 1
    parent_root_hash: str = ""
    numbered: pd.DataFrame | None = None


def read_lineage(plan_dirs: Sequence[Path], exam_code: str) -> Lineage:
    """Read all earlier versions of a plan, in any order.

    All of them are needed: a number of the first version whose holder left in the second must
    not come back with somebody else in the third.

    Raises:
        UsageError: they are not the complete line of versions of one exam's plan.
        PlanDirectoryError: one of them is not a finished plan.
    """
    if not plan_dirs:
        return Lineage()
    manifests = {root_hash(folder): read_manifest(folder) for folder in plan_dirs}
    folders = {root_hash(folder): folder for folder in plan_dirs}
    parents = {m.parent_root_hash for m in manifests.values()}
    newest = [found for found in manifests if found not in parents]
    if len(newest) != 1:
        raise UsageError("--parent names plans that are not versions of one another")
    line: list[str] = []
    name = newest[0]
    while name:
        if name not in manifests:
            raise UsageError(
                f"--parent lacks a version: {folders[line[-1]]} was made after the plan with root "
                f"hash {name}; name every version since the first"
            )
        if manifests[name].exam_code != exam_code:
            raise UsageError(
                f"--parent {folders[name]} is a plan of {manifests[name].exam_code}, not of "
                f"{exam_code}"
            )
        line.append(name)
        name = manifests[name].parent_root_hash
    if len(line) != len(manifests):
        raise UsageError("--parent names plans that are not versions of one another")
    columns = ["candidate_id", "exam_point", "ticket_number"]
    numbered = pd.concat([read_table(folders[name], "seats")[columns] for name in line])
    return Lineage(manifests[line[0]].plan_version + 1, line[0], numbered)
