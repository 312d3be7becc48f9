"""Who may import whom, as allow-lists: what import-linter's forbid-lists cannot say."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
OURS = frozenset({"api", "models", "scheduler"})
SOLVER_USERS = ("scheduler/solver.py", "scheduler/dates/", "scheduler/centers/", "scheduler/seats/")
HEAVY = frozenset(
    {
        "fastapi",
        "icalendar",
        "numpy",
        "ortools",
        "pandas",
        "pyarrow",
        "reportlab",
        "segno",
        "sqlalchemy",
        "uvicorn",
        "xlsxwriter",
    }
)


def modules_below(*packages: str) -> list[Path]:
    return sorted(path for package in packages for path in (ROOT / package).rglob("*.py"))


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imported_by(source: str) -> Iterator[str]:
    """Absolute dotted names of every import statement, inside functions too."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            assert node.module is not None
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def is_below(imported: str, allowed: str) -> bool:
    return imported == allowed or imported.startswith(f"{allowed}.")


def imports_of_ours(path: Path, *, besides: tuple[str, ...]) -> set[str]:
    ours = {name for name in imported_by(path.read_text()) if name.split(".")[0] in OURS}
    return {name for name in ours if not any(is_below(name, allowed) for allowed in besides)}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import ortools.sat.python.cp_model as cp", ["ortools.sat.python.cp_model"]),
        (
            "from scheduler.dates import model, goals",
            ["scheduler.dates.model", "scheduler.dates.goals"],
        ),
        ("def late() -> None:\n    import pandas", ["pandas"]),
        ("value = 1", []),
    ],
)
def test_the_reader_of_imports_sees_every_form(source: str, expected: list[str]) -> None:
    assert list(imported_by(source)) == expected


@pytest.mark.parametrize("path", modules_below("models"), ids=name_of)
def test_models_import_pydantic_and_the_standard_library_only(path: Path) -> None:
    allowed = sys.stdlib_module_names | {"models", "pydantic"}
    foreign = {name for name in imported_by(path.read_text()) if name.split(".")[0] not in allowed}
    assert foreign == set()


@pytest.mark.parametrize("path", modules_below("scheduler/verify"), ids=name_of)
def test_verify_imports_models_and_the_reading_of_bytes_only(path: Path) -> None:
    allowed = ("models", "scheduler.verify", "scheduler.roster.read", "scheduler.roster.text_table")
    assert imports_of_ours(path, besides=allowed) == set()


READING = ("read", "csv_text", "text_table", "workbook")


@pytest.mark.parametrize("name", READING)
def test_the_reading_of_bytes_brings_no_rule_along(name: str) -> None:
    """Whatever ``roster.read`` imports, ``verify`` shares with the planner."""
    path = ROOT / "scheduler" / "roster" / f"{name}.py"
    others = (f"scheduler.roster.{other}" for other in READING)
    assert imports_of_ours(path, besides=("models", *others)) == set()


@pytest.mark.parametrize("path", modules_below("api"), ids=name_of)
def test_api_never_names_solver_or_tables(path: Path) -> None:
    tops = {name.split(".")[0] for name in imported_by(path.read_text())}
    assert tops & {"numpy", "ortools", "pandas"} == set()


@pytest.mark.parametrize("path", modules_below("api", "models", "scheduler"), ids=name_of)
def test_nothing_imports_tests_or_benchmarks(path: Path) -> None:
    tops = {name.split(".")[0] for name in imported_by(path.read_text())}
    assert tops & {"benchmarks", "tests", "tools"} == set()


@pytest.mark.parametrize("path", modules_below("api", "models", "scheduler"), ids=name_of)
def test_only_the_stages_and_the_solver_import_ortools(path: Path) -> None:
    tops = {name.split(".")[0] for name in imported_by(path.read_text())}
    assert "ortools" not in tops or name_of(path).startswith(SOLVER_USERS)


def test_one_file_constructs_a_solver() -> None:
    """Determinism, limits and statuses have one home (docs/adr/0003)."""

    def names_a_solver(path: Path) -> bool:
        return any(
            isinstance(node, ast.Name | ast.Attribute | ast.alias)
            and "CpSolver"
            in (getattr(node, "id", ""), getattr(node, "attr", ""), getattr(node, "name", ""))
            for node in ast.walk(ast.parse(path.read_text()))
        )

    paths = modules_below("api", "models", "scheduler")
    assert [name_of(p) for p in paths if names_a_solver(p)] == ["scheduler/solver.py"]


@pytest.mark.parametrize("package", sorted(OURS))
def test_importing_a_corner_stays_cheap(package: str) -> None:
    """Whatever a top-level ``__init__`` imports, every module below it would load."""
    assert list(imported_by((ROOT / package / "__init__.py").read_text())) == []


def test_help_is_instant_because_it_loads_no_heavy_library() -> None:
    script = (
        "import sys\n"
        "from scheduler.cli import main\n"
        "main(['--help'], standalone_mode=False)\n"
        f"loaded = sorted({set(HEAVY)!r} & set(sys.modules))\n"
        "sys.exit(', '.join(loaded) or 0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
