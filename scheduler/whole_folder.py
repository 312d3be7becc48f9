"""Folders that appear whole or not at all, and what killed runs leave of them."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]


@contextmanager
def written_aside(out: Path) -> Iterator[Path]:
    """A new folder beside ``out`` that takes its place when the block ends without an error.

    What runs that were killed have left there is removed first.
    """
    out = out.absolute()
    out.parent.mkdir(parents=True, exist_ok=True)
    _remove_leftovers(out)
    new = out.with_name(f".{out.name}.{os.getpid()}.new")
    old = out.with_name(f".{out.name}.{os.getpid()}.old")
    for leftover in (new, old):
        shutil.rmtree(leftover, ignore_errors=True)
    new.mkdir()
    lock = _locked(new)
    try:
        yield new
        for folder in (new, *(p for p in new.rglob("*") if p.is_dir())):
            _flush_folder(folder)
        if out.exists():
            out.rename(old)
        new.rename(out)
        _flush_folder(out.parent)
    finally:
        if lock is not None:
            os.close(lock)
        shutil.rmtree(new, ignore_errors=True)
        if out.exists():
            shutil.rmtree(old, ignore_errors=True)
        elif old.exists():
            old.rename(out)


def _remove_leftovers(out: Path) -> None:
    """Remove folders of :func:`written_aside` whose process is dead.

    A lock dies with its process wherever that ran, a process number says so on this machine
    only; both must agree. An earlier plan that was put aside stays while ``out`` is missing.
    """
    for folder in out.parent.iterdir():
        found = re.fullmatch(rf"\.{re.escape(out.name)}\.([0-9]+)\.(new|old)", folder.name)
        if found is None or _is_alive(int(found[1])) or (found[2] == "old" and not out.exists()):
            continue
        lock = _locked(folder)
        if lock is not None:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(lock)


def _is_alive(process: int) -> bool:
    """Does the process run? True where that cannot be asked without harm."""
    if os.name == "nt":
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True


def _locked(folder: Path) -> int | None:
    """A descriptor that locks the folder until closed; None where another has it, or without locks.

    The system gives the lock back when the process ends, however it ends.
    """
    if fcntl is None:
        return None
    descriptor = -1
    try:
        descriptor = os.open(folder, os.O_RDONLY)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        if descriptor >= 0:
            os.close(descriptor)
        return None
    return descriptor


def _flush_folder(folder: Path) -> None:
    """Make names durable; systems that cannot open a folder have no such call and need none."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
