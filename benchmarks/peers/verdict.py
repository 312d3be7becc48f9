"""What the comparison asks of paikao: never behind a peer, ahead where a peer misses the bound."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from benchmarks.peers.judge import Judgement
from models.plan import Manifest

FIGURES = ("unplaced", "over", "papers")


def known_bounds(manifest: Manifest) -> dict[str, int]:
    """Bounds of :data:`FIGURES`; nobody need be over capacity."""
    unplaced = next(g.bound for g in manifest.goals if g.unit == "unplaced_candidates")
    return {"unplaced": unplaced, "over": 0, "papers": manifest.papers_in_use.bound}


def shortcomings(
    ours: Judgement, peers: Mapping[str, Judgement], bounds: Mapping[str, int]
) -> Iterator[str]:
    """Every figure in which a peer is better, or misses the bound and is no worse.

    Papers in use are compared with peers that place as many people and let all of them sit: a
    plan that places nobody needs no papers.
    """
    if not ours.lawful:
        yield f"paikao: {ours.over} over capacity, {ours.own} at their own employer"
    for name, peer in peers.items():
        complete = peer.unplaced <= ours.unplaced and peer.over <= ours.over
        for figure in FIGURES if complete else FIGURES[:2]:
            mine, theirs = getattr(ours, figure), getattr(peer, figure)
            if theirs < mine:
                yield f"{name} is better on {figure}: {theirs:,} against {mine:,}"
            elif theirs == mine > bounds[figure]:
                yield f"paikao is not better than {name} on {figure}: {mine:,}"


def disagreements(ours: Judgement, manifest: Manifest) -> Iterator[str]:
    """Figures in which the judge differs from the manifest, which the verifier has recounted."""
    goals = {goal.unit: goal.value for goal in manifest.goals}
    stated = {
        "unplaced": goals["unplaced_candidates"],
        "papers": manifest.papers_in_use.used,
        "peak": goals["seats"],
        "metres": goals["metres"],
    }
    for figure, value in stated.items():
        if getattr(ours, figure) != value:
            yield f"judge: {figure} {getattr(ours, figure):,}, verified plan: {value:,}"
