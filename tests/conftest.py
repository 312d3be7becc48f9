"""The order of the test files: the long ones first.

`make test` gives each worker one file at a time. A long file that begins last keeps one worker
busy when the others have nothing left to do.
"""

from __future__ import annotations

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with a test that is marked ``slow`` go first; otherwise the order stays."""
    long = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in long)
