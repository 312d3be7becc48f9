"""Build the wheel, install it into an empty environment and run it from ``/``.

What a checkout hides shows here: a module or data file that the wheel lacks, a run-time
dependency that only the development lock names, a top-level package that is not ours alone.

Usage: ``python tools/check_wheel.py`` (or ``make wheel``).
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterable, Sequence
from importlib.metadata import Distribution, distributions
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = frozenset({"api", "models", "scheduler"})
REFERENCE_FILES = (
    "centers.csv",
    "exam.toml",
    "exam_points.csv",
    "rooms.csv",
    "specialties.csv",
)


class WheelError(Exception):
    """The wheel is not what it should be."""


def build_wheel(folder: Path) -> Path:
    """Build the wheel into ``folder`` with the build backend of this environment."""
    _run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)], ROOT)
    (wheel,) = folder.glob("paikao-*.whl")
    return wheel


def install(wheel: Path, environment: Path) -> Path:
    """Create ``environment`` with the run-time lock and the wheel; return its interpreter.

    pip checks every hash; the wheel comes without its dependencies, so ``pip check`` tells
    whether the run-time lock is complete.
    """
    venv.create(environment, with_pip=True)
    python = environment / "bin" / "python"
    pip = [str(python), "-m", "pip"]
    lock = str(ROOT / "requirements-runtime.lock")
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    own = environment / "paikao.txt"
    own.write_text(f"paikao @ {wheel.as_uri()} --hash=sha256:{digest}\n", encoding="utf-8")
    _run([*pip, "install", "--quiet", "--no-deps", "--require-hashes", "-r", lock], environment)
    _run([*pip, "install", "--quiet", "--no-deps", "-r", str(own)], environment)
    _run([*pip, "check"], environment)
    return python


def top_level(files: Iterable[str]) -> set[str]:
    """First path parts of the importable files of a RECORD (metadata and scripts left out)."""
    parts = {file.split("/", 1)[0] for file in files}
    return {part for part in parts if part != ".." and not part.endswith(".dist-info")}


def owners(installed: Iterable[Distribution]) -> dict[str, set[str]]:
    """Top-level name to the distributions whose RECORD has files below it."""
    found: dict[str, set[str]] = {}
    for distribution in installed:
        for name in top_level(file.as_posix() for file in distribution.files or ()):
            found.setdefault(name, set()).add(distribution.metadata["Name"])
    return found


def check_ownership(site_packages: Path) -> None:
    """Assert that paikao brings its three packages, nothing else, and shares none of them.

    Raises:
        WheelError: another top-level name in paikao's RECORD, or a package with two owners.
    """
    by_name = owners(distributions(path=[str(site_packages)]))
    ours = {name for name, who in by_name.items() if "paikao" in who}
    if ours != PACKAGES:
        raise WheelError(f"the wheel brings {sorted(ours)}, not {sorted(PACKAGES)}")
    for name in sorted(PACKAGES):
        if by_name[name] != {"paikao"}:
            raise WheelError(f"{name} belongs to {sorted(by_name[name])}")


def check_reference_data(site_packages: Path) -> None:
    """Assert that the example province travels in the wheel.

    Raises:
        WheelError: a file is missing.
    """
    folder = site_packages / "scheduler" / "reference"
    missing = [name for name in REFERENCE_FILES if not (folder / name).is_file()]
    if missing:
        raise WheelError(f"scheduler/reference lacks {', '.join(missing)}")


def check_fonts(python: Path) -> None:
    """Assert that the fonts of printed documents travel in the wheel, the rare one too.

    Raises:
        WheelError: a character has no font.
    """
    script = (
        "from scheduler.documents.typefaces import missing; print(ascii(missing('张\\U00020bb7')))"
    )
    found = _run([str(python), "-c", script], Path("/")).strip()
    if found != "()":
        raise WheelError(f"no font for {found}")


def check_sample(python: Path, out: Path) -> None:
    """Run ``paikao sample`` from ``/``, where no checkout can help.

    Raises:
        WheelError: no roster was written.
    """
    command = [str(python.with_name("paikao")), "sample", "--candidates", "300", "--seed", "1"]
    _run([*command, "--out", str(out)], Path("/"))
    if not (out / "roster.csv").is_file():
        raise WheelError("paikao sample wrote no roster.csv")


def main() -> None:
    """Run all checks in a temporary folder; the first failure ends the program."""
    with tempfile.TemporaryDirectory(prefix="paikao-wheel-") as name:
        folder = Path(name)
        wheel = build_wheel(folder)
        python = install(wheel, folder / "environment")
        command = "import sysconfig; print(sysconfig.get_path('purelib'))"
        site_packages = Path(_run([str(python), "-c", command], folder).strip())
        check_ownership(site_packages)
        check_reference_data(site_packages)
        check_fonts(python)
        check_sample(python, folder / "example")
        print(f"{wheel.name}: built, installed alone, `paikao sample` runs from /")


def _run(command: Sequence[str], folder: Path) -> str:
    """Run a command away from this checkout's settings; return its output, raise if it fails."""
    hidden = {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "COVERAGE_PROCESS_START"}
    environment = {key: value for key, value in os.environ.items() if key not in hidden}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise WheelError(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    try:
        main()
    except WheelError as error:
        sys.exit(f"check_wheel: {error}")
