"""Peer (d): CP-SAT with one Boolean per candidate and place, as a first model is usually written.

Everybody is in exactly one place; no family of subject masks is larger than its seats; papers in
use are minimised, then metres.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pandas as pd
from ortools.sat.python import cp_model

from benchmarks.peers.exam import Exam, Kinds
from scheduler.masks import families

WORKERS = 2


def plan(exam: Exam, kinds: Kinds, seconds: float) -> pd.DataFrame | None:
    """``sitting`` and ``center_id`` of everybody; None if CP-SAT finds no plan in time.

    Args:
        exam: the people.
        kinds: told apart by where they may sit and by origin.
        seconds: by the clock, for each of the two goals.
    """
    model = cp_model.CpModel()
    group = exam.people["specialty"].astype("str").map(dict(exam.places.reference.group_of))
    groups = group.tolist()
    people_of = np.split(
        np.argsort(kinds.of_person, kind="stable"),
        np.cumsum(np.bincount(kinds.of_person))[:-1],
    )
    goes: list[tuple[int, str, str, int, cp_model.IntVar]] = []
    used: dict[tuple[str, str], cp_model.IntVar] = {}
    for part in kinds.parts:
        at: list[dict[int, list[cp_model.IntVar]]] = [defaultdict(list) for _ in part.places]
        for kind, mask in enumerate(part.masks.tolist()):
            open_places = np.flatnonzero(~part.forbidden[kind]).tolist()
            for person in people_of[part.first + kind].tolist():
                choice = []
                for p in open_places:
                    place, here = part.places[p], model.new_bool_var("")
                    choice.append(here)
                    at[p][mask].append(here)
                    metres = int(part.metres[kind, p])
                    goes.append((person, place.sitting, place.center, metres, here))
                    pair = groups[person], place.sitting
                    if pair not in used:
                        used[pair] = model.new_bool_var("")
                    model.add_implication(here, used[pair])
                model.add_exactly_one(choice)
        for place, by_mask in zip(part.places, at, strict=True):
            for family in families(place.kind.open_subjects):
                members = [v for mask in sorted(family) for v in by_mask.get(mask, ())]
                if len(members) > place.seats:
                    model.add(cp_model.LinearExpr.sum(members) <= place.seats)
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.num_workers = WORKERS
    papers = cp_model.LinearExpr.sum(list(used.values()))
    model.minimize(papers)
    if solver.solve(model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None
    chosen = [entry for entry in goes if solver.boolean_value(entry[4])]
    model.add(papers <= round(solver.objective_value))
    model.clear_hints()
    for variable in [*(entry[4] for entry in goes), *used.values()]:
        model.add_hint(variable, solver.boolean_value(variable))
    model.minimize(cp_model.LinearExpr.weighted_sum([e[4] for e in goes], [e[3] for e in goes]))
    if solver.solve(model) in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        chosen = [entry for entry in goes if solver.boolean_value(entry[4])]
    result = pd.DataFrame({"sitting": "", "center_id": ""}, index=range(len(groups)), dtype="str")
    persons, sittings, centers, _, _ = zip(*chosen, strict=True)
    result.loc[list(persons), "sitting"] = sittings
    result.loc[list(persons), "center_id"] = centers
    return result
