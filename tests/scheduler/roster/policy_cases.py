"""Policies and given dates that are wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class TextCase:
    """A file's text and all findings: (code, row, column)."""

    name: str
    text: str
    expected: Sequence[tuple[str, int, str]] = ()


def group(name: str, group_id: str, text: str, *expected: tuple[str, str]) -> TextCase:
    """Decisions about one paper group."""
    return TextCase(
        name,
        f"[dates.group.{group_id}]\n{text}\n",
        [(code, 0, f"dates.group.{group_id}{suffix}") for code, suffix in expected],
    )


POLICY_CASES = (
    TextCase("empty", ""),
    TextCase("not TOML", "[draw\n", [("TOML_SYNTAX", 1, "")]),
    TextCase("unknown table", "[weather]\nx = 1\n", [("POLICY_KEY_UNKNOWN", 0, "weather")]),
    TextCase("unknown key", "[seats]\nsharing = true\n", [("POLICY_KEY_UNKNOWN", 0,
        "seats.sharing")]),
    TextCase("python name of a key", '[dates]\nfrom_ = "x"\n', [("POLICY_KEY_UNKNOWN", 0,
        "dates.from_")]),
    TextCase("a key and a value", "[seats]\nsharing = true\nshare = 7\n",
             [("POLICY_KEY_UNKNOWN", 0, "seats.sharing"), ("POLICY_FIELD", 0, "seats.share")]),
    TextCase("short seed", '[draw]\nseed = "ab"\n', [("POLICY_FIELD", 0, "draw.seed")]),
    TextCase("seed with half a byte", f'[draw]\nseed = "{"a" * 33}"\n', [("POLICY_FIELD", 0,
        "draw")]),
    TextCase("seed in capitals", f'[draw]\nseed = "{"A" * 32}"\n', [("POLICY_FIELD", 0,
        "draw.seed")]),
    TextCase("S13 negative", "[dates]\nextra_pairs = -1\n", [("POLICY_FIELD", 0,
        "dates.extra_pairs")]),
    TextCase("S13 infinite", "[dates]\nmax_sittings = inf\n", [("POLICY_FIELD", 0,
        "dates.max_sittings")]),
    TextCase("S13 text", '[ticket]\ndigits = "six"\n', [("POLICY_FIELD", 0, "ticket.digits")]),
    TextCase("table that is a value", "seats = 3\n", [("POLICY_FIELD", 0, "seats")]),
    TextCase("goals twice", "[goals]\norder = [1, 1, 2, 3, 4, 5]\n", [("POLICY_FIELD", 0,
        "goals")]),
    TextCase("goal 1 not first", "[goals]\norder = [2, 1, 3, 4, 5, 6]\n", [("POLICY_FIELD", 0,
        "goals")]),
    TextCase("room sizes that fall", "[rooms]\nmachines = [100, 40]\n", [("POLICY_FIELD", 0,
        "rooms")]),
    TextCase("one room size", "[rooms]\nmachines = [40]\n", [("POLICY_FIELD", 0,
        "rooms.machines.1")]),
    TextCase("nobody in a room", "[staff]\ninvigilators_per_room = 0\n", [("POLICY_FIELD", 0,
        "staff.invigilators_per_room")]),
    TextCase("a ratio above one", "[staff]\nreserve_ratio = 1.5\n", [("POLICY_FIELD", 0,
        "staff.reserve_ratio")]),
    TextCase("unknown choice", '[seats]\nfill = "full"\n', [("POLICY_FIELD", 0, "seats.fill")]),
    group("S14 fixed and forbidden", "368", 'fixed = ["C1"]\nforbidden = ["C1"]', ("POLICY_FIELD",
        "")),
    group("S14 more fixed than allowed", "368", 'max_sittings = 1\nfixed = ["C1", "C2"]',
          ("POLICY_FIELD", "")),
    group("S14 everything forbidden", "368", 'forbidden = ["C1", "C2", "C3", "C4"]',
          ("POLICY_NO_SITTING_LEFT", ".forbidden")),
    group("group of decisions", "368",
        'max_sittings = 3\nfixed = ["C2", "C3", "C4"]\nforbidden = ["C1"]'),
    group("shared group by its id", "303", 'fixed = ["C1"]'),
    group("shared group by a member", "304", 'fixed = ["C1"]', ("POLICY_GROUP_UNKNOWN", "")),
    group("unknown group", "999", 'fixed = ["C1"]', ("POLICY_GROUP_UNKNOWN", "")),
    group("unknown sitting", "368", 'fixed = ["C9"]\nforbidden = ["C8"]',
          ("POLICY_SITTING_UNKNOWN", ".fixed"), ("POLICY_SITTING_UNKNOWN", ".forbidden")),
    group("sitting of another mode", "368", 'fixed = ["P1"]', ("POLICY_SITTING_MODE", ".fixed")),
    group("forbidding another mode is idle, not wrong", "368", 'forbidden = ["P1"]'),
    group("unknown decision", "368", "min_sittings = 2", ("POLICY_KEY_UNKNOWN", ".min_sittings")),
)  # fmt: skip

HEADER = "paper_group,specialty,sitting,candidates\n"
ALL = "101,101,C1,5\n203,203,P1,5\n303,303,C1,5\n303,304,C2,5\n368,368,C1,5\n368,368,C3,5\n"

DATES_CASES = (
    TextCase("complete", HEADER + ALL),
    TextCase("without candidates",
        "paper_group,specialty,sitting\n101,101,C1\n203,203,P1\n303,303,C1\n303,304,C2\n368,368,C1\n"),
    TextCase("header missing", "specialty,sitting\n101,C1\n", [("HEADER_MISSING", 1,
        "paper_group")]),
    TextCase("unknown specialty", HEADER + ALL + "999,999,C1,5\n", [("SPECIALTY_UNKNOWN", 8,
        "specialty")]),
    TextCase("unknown sitting", HEADER + ALL + "101,101,C9,5\n", [("UNKNOWN_REFERENCE", 8,
        "sitting")]),
    TextCase("another mode", HEADER + ALL + "101,101,P1,5\n", [("DATES_SITTING_MODE", 8,
        "sitting")]),
    TextCase("another group", HEADER + ALL + "304,304,C1,5\n", [("DATES_GROUP_DIFFERS", 8,
        "paper_group")]),
    TextCase("twice", HEADER + ALL + "101,101,C1,6\n", [("DATES_ROW_TWICE", 8, "sitting")]),
    TextCase("a specialty absent", HEADER + ALL.replace("303,304,C2,5\n", ""),
             [("DATES_SPECIALTY_ABSENT", 0, "specialty")]),
    TextCase("code with a blank", HEADER + ALL + "101,1 1,C1,6\n", [("CODE_FORM", 8, "specialty")]),
)  # fmt: skip
