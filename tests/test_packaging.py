"""The lock, the metadata and the wheel say the same; no file names a registry."""

from __future__ import annotations

import re
import subprocess
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from tools.check_wheel import REFERENCE_FILES, build_wheel, top_level

ROOT = Path(__file__).resolve().parent.parent
FULL_LOCK = ROOT / "requirements.lock"
RUNTIME_LOCK = ROOT / "requirements-runtime.lock"
SUPPORTED = ("3.11", "3.12", "3.13", "3.14")

Pins = dict[str, list[Requirement]]


def metadata() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def entries(lock: Path) -> list[str]:
    """One text per locked version: the requirement and its hashes, comments removed."""
    lines = [line for line in lock.read_text(encoding="utf-8").splitlines() if line[:1] != "#"]
    body = "\n".join(line for line in lines if not line.lstrip().startswith("#"))
    return [entry for entry in body.replace("\\\n", " ").splitlines() if entry.strip()]


def pins(lock: Path) -> Pins:
    found: Pins = {}
    for entry in entries(lock):
        requirement = Requirement(entry.split(" --hash")[0].strip())
        found.setdefault(requirement.name, []).append(requirement)
    return found


def pinned_version(requirement: Requirement) -> str:
    (clause,) = requirement.specifier
    assert clause.operator == "=="
    return clause.version


def direct_requirements() -> list[tuple[Path, Requirement]]:
    data = metadata()
    runtime = [Requirement(text) for text in data["project"]["dependencies"]]
    dev = [Requirement(text) for text in data["dependency-groups"]["dev"]]
    build = [Requirement(text) for text in data["build-system"]["requires"]]
    return [
        *((RUNTIME_LOCK, requirement) for requirement in runtime),
        *((FULL_LOCK, requirement) for requirement in [*runtime, *dev, *build]),
    ]


@pytest.mark.parametrize(
    ("lock", "requirement"), direct_requirements(), ids=lambda value: getattr(value, "name", "")
)
def test_every_direct_dependency_is_locked_for_every_python(
    lock: Path, requirement: Requirement
) -> None:
    candidates = pins(lock)[requirement.name]
    for python in SUPPORTED:
        environment = {"python_version": python, "python_full_version": f"{python}.0"}
        fitting = [p for p in candidates if p.marker is None or p.marker.evaluate(environment)]
        assert len(fitting) == 1, (python, candidates)
        assert requirement.specifier.contains(pinned_version(fitting[0]), prereleases=True)


@pytest.mark.parametrize("lock", [FULL_LOCK, RUNTIME_LOCK], ids=lambda lock: lock.name)
def test_every_locked_version_is_exact_and_hashed(lock: Path) -> None:
    for entry in entries(lock):
        assert "==" in entry
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", entry), entry


@pytest.mark.parametrize("lock", [FULL_LOCK, RUNTIME_LOCK], ids=lambda lock: lock.name)
def test_a_lock_names_no_registry(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(r"^--", text, flags=re.MULTILINE)


def test_the_runtime_lock_is_part_of_the_full_lock() -> None:
    everything = {name: [str(r) for r in found] for name, found in pins(FULL_LOCK).items()}
    for name, found in pins(RUNTIME_LOCK).items():
        assert [str(requirement) for requirement in found] == everything[name]


def test_the_promised_pythons_are_the_tested_ones() -> None:
    project = metadata()["project"]
    promised = SpecifierSet(project["requires-python"])
    minors = [f"3.{minor}" for minor in range(8, 20) if promised.contains(f"3.{minor}.0")]
    classified = [text.rsplit(" ", 1)[1] for text in project["classifiers"] if " 3." in text]
    named = [text for text in classified if text.startswith("3.")]
    assert minors == named == list(SUPPORTED)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (["models/base.py", "scheduler/cli.py"], {"models", "scheduler"}),
        (["paikao-0.1.0.dist-info/RECORD", "../../../bin/paikao"], set()),
        (["stray.py"], {"stray.py"}),
    ],
)
def test_top_level_names_of_a_record(files: list[str], expected: set[str]) -> None:
    assert top_level(files) == expected


def test_the_wheel_holds_the_packages_and_the_reference_data(tmp_path: Path) -> None:
    with zipfile.ZipFile(build_wheel(tmp_path)) as wheel:
        held = set(wheel.namelist())
    assert top_level(held) == {"api", "models", "scheduler"}
    assert {f"scheduler/reference/{name}" for name in REFERENCE_FILES} <= held
    modules = {path.relative_to(ROOT).as_posix() for path in (ROOT / "scheduler").rglob("*.py")}
    assert modules <= held


def test_ci_ends_with_the_readmes_test_command() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert script.rstrip().splitlines()[-1] == "exec make test"
    assert re.search(r"^ +make test\b", (ROOT / "README.md").read_text(), flags=re.MULTILINE)


@pytest.mark.parametrize(
    "target", ["demo", "test", "lint", "bench", "soak", "lock", "clean", "help"]
)
def test_the_makefile_offers(target: str) -> None:
    done = subprocess.run(
        ["make", "--dry-run", target], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_make_refuses_a_python_outside_the_range(tmp_path: Path) -> None:
    for name in ("Makefile", "requirements.lock", "pyproject.toml"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    old = tmp_path / "old-python"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo "Python 3.9.2" && exit 0\nexit 1\n')
    old.chmod(0o755)
    done = subprocess.run(
        ["make", f"PYTHON={old}", "test"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "paikao needs Python 3.11 to 3.14" in done.stderr
    assert "Python 3.9.2" in done.stderr
    assert not (tmp_path / ".venv").exists()
