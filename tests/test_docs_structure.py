"""The documents cannot rot: what the code names stands under its heading."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from models import errors
from models.errors import PaikaoError
from models.exam import Exam, Need, Session, Sitting, Subject, Window
from models.findings import Severity
from models.plan import (
    Edit,
    GoalResult,
    GoalStatus,
    Libraries,
    Manifest,
    PapersInUse,
    Repair,
    RepairKind,
    RosterIdentity,
    RunRecord,
    Shortage,
    Totals,
)
from models.policy import Policy
from models.tables import (
    CANONICAL_ROSTER,
    COUNTS,
    FINDINGS,
    INPUT_TABLES,
    PLAN_ROW_ORDER,
    PLAN_TABLES,
    ROSTER,
    SET_ASIDE,
    STAFF,
    Column,
    names,
)

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
FORMATS = (DOCS / "formats.md").read_text(encoding="utf-8")
PAGES = sorted([*DOCS.rglob("*.md"), *ROOT.glob("*.md")])

TABLES: dict[str, tuple[Column, ...]] = {
    **INPUT_TABLES,
    **PLAN_TABLES,
    "Roster columns": ROSTER,
    "Counts": COUNTS,
    "Set-aside file": SET_ASIDE,
    "Findings": FINDINGS,
    "Staff table": STAFF,
}
JSON_FILES: dict[str, tuple[type[BaseModel], ...]] = {
    "manifest.json": (
        Manifest, RosterIdentity, GoalResult, PapersInUse, Totals, Libraries,
    ),
    "run.json": (RunRecord,),
    "shortages.json": (Shortage, Repair, Edit),
}  # fmt: skip


def headings(page: str) -> list[str]:
    prose = re.sub(r"^```.*?^```", "", page, flags=re.MULTILINE | re.DOTALL)
    return re.findall(r"^#+ (.+)$", prose, flags=re.MULTILINE)


def section(page: str, title: str) -> str:
    """The text below the heading that names ``title``, up to the next heading of its level."""
    pattern = rf"^(#+) (?:[^\n]* )?{re.escape(title)}(?: [^\n]*)?\n(.*?)(?=^#{{1,3}} |\Z)"
    found = re.findall(pattern, page, flags=re.MULTILINE | re.DOTALL)
    assert len(found) == 1, f"{title}: {len(found)} headings"
    text: str = found[0][1]
    return text


def codes(text: str) -> set[str]:
    """Everything in backticks; fenced blocks do not count."""
    prose = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    return set(re.findall(r"`([^`\n]+)`", prose))


def anchor(heading: str) -> str:
    """The fragment that a heading gets: lower case, no punctuation, blanks as hyphens."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def keys(value: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, inner in value.items():
        if isinstance(inner, dict) and inner:
            yield from keys(inner, key)
        else:
            yield prefix, key


@pytest.mark.parametrize("title", TABLES)
def test_every_column_stands_under_its_table(title: str) -> None:
    assert set(names(TABLES[title])) - codes(section(FORMATS, title)) == set()


@pytest.mark.parametrize("file", PLAN_ROW_ORDER)
def test_the_order_of_rows_stands_under_its_table(file: str) -> None:
    assert f"Rows by ({', '.join(PLAN_ROW_ORDER[file])})." in section(FORMATS, file)


def test_the_canonical_roster_is_spelled_out() -> None:
    text = section(FORMATS, "Roster columns")
    paragraph = text[text.index("**Canonical roster**") :].split("\n\n")[0]
    assert re.findall(r"`(\w+)`", paragraph) == [*CANONICAL_ROSTER, "candidate_id"]


@pytest.mark.parametrize("file", JSON_FILES)
def test_every_field_stands_under_its_json_file(file: str) -> None:
    named = {word for code in codes(section(FORMATS, file)) for word in re.findall(r"\w+", code)}
    fields = {f.alias or name for m in JSON_FILES[file] for name, f in m.model_fields.items()}
    assert fields - named == set()


def test_every_word_of_a_closed_list_is_explained() -> None:
    closed = {
        "manifest.json": [s.value for s in GoalStatus],
        "shortages.json": [k.value for k in RepairKind],
        "Findings": [s.value for s in Severity],
    }
    for title, words in closed.items():
        assert set(words) - codes(section(FORMATS, title)) == set(), title


def test_every_policy_key_stands_in_its_table() -> None:
    text = section(FORMATS, "policy.toml")
    for table, key in keys(Policy().model_dump(by_alias=True, mode="json")):
        if (table, key) == ("dates", "group"):
            continue  # a table of its own, [dates.group.CODE], below
        block = text[text.index(f"[{table}]") :].split("\n\n")[0]
        assert re.search(rf"^{key} = ", block, flags=re.MULTILINE), f"{table}.{key}"
    for key in ("max_sittings", "fixed", "forbidden"):
        assert re.search(rf"^{key} = ", text[text.index("[dates.group.") :], flags=re.MULTILINE)


def test_every_key_of_the_exam_file_is_shown() -> None:
    text = section(FORMATS, "exam.toml")
    listed = {"subjects", "sittings", "windows", "needs"}  # [[subject]], [[sitting]], ...
    for model in (Exam, Subject, Sitting, Session, Window, Need):
        for key in set(model.model_fields) - listed - {"session"}:
            assert re.search(rf"^ *{key} = ", text, flags=re.MULTILINE), f"{model.__name__}.{key}"


def test_every_exit_code_is_explained() -> None:
    kinds = [k for k in vars(errors).values() if isinstance(k, type) and issubclass(k, PaikaoError)]
    explained = set(re.findall(r"^\| (\d+) \|", section(FORMATS, "Exit codes"), flags=re.MULTILINE))
    assert {str(kind.exit_code) for kind in kinds} <= explained
    assert {"0", "4", "130"} <= explained


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if "://" in target:
            continue
        path, _, fragment = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.exists(), target
        if fragment:
            linked = [anchor(h) for h in headings(file.read_text(encoding="utf-8"))]
            assert fragment in linked, target


def test_decision_records_are_numbered_listed_and_complete() -> None:
    folder = DOCS / "adr"
    records = sorted(folder.glob("[0-9]*.md"))
    assert [r.name[:4] for r in records] == [f"{i:04d}" for i in range(1, len(records) + 1)]
    index = (folder / "README.md").read_text(encoding="utf-8")
    for record in records:
        text = record.read_text(encoding="utf-8")
        assert headings(text)[1:] == ["Context", "Decision", "Consequences", "Alternatives"]
        title = headings(text)[0].removeprefix(f"{record.name[:4]} ")
        assert f"| [{record.name[:4]}]({record.name}) | {title} |" in index


def test_the_makefile_runs_the_demo_that_the_readme_describes() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    demo = re.findall(r"\$\(call paikao,(\w+) ", makefile)
    assert demo == ["sample", "check", "plan", "verify", "report", "publish"]
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for command in [*demo, "repair"]:
        assert re.search(rf"^    paikao {command} ", readme, flags=re.MULTILINE)
