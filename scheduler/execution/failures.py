"""What can be said of an error without quoting the data that it happened on."""

from __future__ import annotations

from pathlib import Path

from models.errors import Defect


def what_failed(error: Exception) -> str:
    """The text of an error of ours, the kind alone of any other: its text may quote data."""
    return str(error) if isinstance(error, Defect) else type(error).__name__


def place_of(error: Exception) -> str:
    """File and line of ours that is nearest to the error; a note of the error names it first.

    Errors lose their traceback on the way from another process, and keep their notes.
    """
    for note in getattr(error, "__notes__", ()):
        return str(note)
    package = Path(__file__).parents[1]
    place, trace = "unknown", error.__traceback__
    while trace is not None:
        file = Path(trace.tb_frame.f_code.co_filename)
        if package in file.parents:
            place = f"{file.relative_to(package.parent).as_posix()}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place
