"""The service starts without tables and solver."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HEAVY = {"matplotlib", "numpy", "ortools", "pandas", "pyarrow", "scipy"}


def test_importing_the_app_loads_no_heavy_library() -> None:
    script = (
        "import sys\n"
        "import api.app, api.serve\n"
        f"sys.exit(', '.join(sorted({HEAVY!r} & set(sys.modules))) or 0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
