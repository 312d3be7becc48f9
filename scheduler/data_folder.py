"""Where the reference data of the example province lies: in the wheel or in the checkout."""

from __future__ import annotations

from pathlib import Path

from models.errors import Defect

_PACKAGE = Path(__file__).resolve().parent


def default_data_folder() -> Path:
    """The folder that commands read when ``--data`` is not given.

    An installed paikao brings its copy as ``scheduler/reference``. A checkout has none and uses
    its ``data/``. The current directory plays no part, so a command answers the same anywhere.

    Raises:
        Defect: neither folder exists; the installation is broken.
    """
    return _first_complete(_PACKAGE / "reference", _PACKAGE.parent / "data")


def _first_complete(*candidates: Path) -> Path:
    for folder in candidates:
        if (folder / "exam.toml").is_file():
            return folder
    tried = ", ".join(str(folder) for folder in candidates)
    raise Defect(f"no reference data: exam.toml is in none of {tried}")
