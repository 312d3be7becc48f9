"""Ctrl-C during a real ``paikao plan``: the best plan so far is finished, or nothing is left."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from scheduler.sample import write_sample
from scheduler.terminal import STOPPING
from scheduler.verify.run import verify_plan

ROOT = Path(__file__).parents[3]
PATIENCE = 240.0
"""Seconds for what takes one or two on a quiet machine."""
NEVER_DONE = "[dates]\nmax_sittings = 1\nextra_pairs = 0\n"
"""With every group on one date the example is vector packing: minutes of search at this effort."""

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def hard(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Dates for which the search takes minutes."""
    folder = tmp_path_factory.mktemp("hard")
    write_sample(600, 3, folder)
    (folder / "data" / "policy.toml").write_text(NEVER_DONE)
    return folder


@pytest.fixture(scope="module")
def wide(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Dates that are found at once, and centers that take seconds."""
    folder = tmp_path_factory.mktemp("wide")
    write_sample(6000, 3, folder)
    return folder


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Dates without end, and after a stop seconds of centers, so that a second one comes in time.

    With every group on one date the exam points have little to spare, so centers are hard too.
    """
    folder = tmp_path_factory.mktemp("packed")
    write_sample(6000, 3, folder)
    (folder / "data" / "policy.toml").write_text(NEVER_DONE)
    return folder


class Running:
    """A ``paikao plan`` in a process group of its own whose stderr is a terminal."""

    def __init__(self, example: Path, out: Path, processes: int) -> None:
        self._terminal, theirs = pty.openpty()
        command = [
            sys.executable, "-m", "scheduler.cli", "plan", str(example / "roster.csv"),
            "--data", str(example / "data"), "--out", str(out), "--effort", "thorough",
            "--processes", str(processes),
        ]  # fmt: skip
        self.process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=theirs,
            start_new_session=True, env=os.environ | {"TERM": "xterm", "COLUMNS": "100"},
        )  # fmt: skip
        os.close(theirs)
        self.heard = b""

    def wait_for(self, text: bytes) -> None:
        """Until the progress line shows the text."""
        while text not in self.heard:
            self.heard += self._read()

    def interrupt(self) -> None:
        """Ctrl-C: a terminal sends it to every process of the command."""
        os.killpg(self.process.pid, signal.SIGINT)

    def end(self) -> int:
        """The exit code, with the rest of the output in ``heard``."""
        with suppress(EOFError):
            while True:
                self.heard += self._read()
        return self.process.wait(PATIENCE)

    def is_gone(self, patience: float) -> bool:
        """Has every process of the command ended, helpers included, within so many seconds?"""
        until = time.monotonic() + patience
        while time.monotonic() < until:
            try:
                os.killpg(self.process.pid, 0)
            except ProcessLookupError:
                return True
            time.sleep(0.1)
        return False

    def leave(self) -> None:
        """End whatever still runs."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(PATIENCE)
        os.close(self._terminal)

    def _read(self) -> bytes:
        try:
            news = os.read(self._terminal, 65536)
        except OSError:  # Linux reports the end of a terminal as an error
            news = b""
        if not news:
            raise EOFError(self.heard.decode(errors="replace"))
        return news


@contextmanager
def running(example: Path, out: Path, processes: int) -> Iterator[Running]:
    command = Running(example, out, processes)
    try:
        yield command
    finally:
        command.leave()


def assert_kept(example: Path, out: Path, command: Running, code: int) -> None:
    assert code == 130, command.heard.decode(errors="replace")
    assert b"cut short" in command.heard
    assert b"Traceback" not in command.heard
    assert json.loads((out / "manifest.json").read_bytes())["reproducible"] is False
    assert verify_plan(out, example / "roster.csv") == ()
    assert [p.name for p in out.parent.iterdir()] == [out.name]


@pytest.mark.parametrize("processes", [1, 2])
def test_a_stopped_search_for_dates_still_gives_a_whole_plan(
    hard: Path, tmp_path: Path, processes: int
) -> None:
    out = tmp_path / "plan"
    with running(hard, out, processes) as command:
        command.wait_for(b"dates")
        time.sleep(2)
        command.interrupt()
        assert_kept(hard, out, command, command.end())


def test_workers_end_their_search_too(wide: Path, tmp_path: Path) -> None:
    out = tmp_path / "plan"
    with running(wide, out, 2) as command:
        command.wait_for(b"centers")
        time.sleep(1)
        command.interrupt()
        assert_kept(wide, out, command, command.end())


@pytest.mark.parametrize("processes", [1, 2])
def test_a_second_ctrl_c_ends_the_command_and_leaves_nothing(
    packed: Path, tmp_path: Path, processes: int
) -> None:
    with running(packed, tmp_path / "plan", processes) as command:
        command.wait_for(b"dates")
        command.interrupt()
        command.wait_for(STOPPING.encode())
        if processes > 1:
            command.wait_for(b"centers")  # now the workers are at it
        command.interrupt()
        code = command.end()
        assert code == 5, command.heard.decode(errors="replace")
        assert b"stopped before any complete plan" in command.heard
        assert b"Traceback" not in command.heard
        assert command.is_gone(10.0)
    assert list(tmp_path.iterdir()) == []


def _printed_by(script: str) -> str:
    """What a process of its own prints; it may not complain."""
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    return done.stdout


def test_the_request_arrives_while_the_main_thread_is_in_foreign_code() -> None:
    # Key stretching stands for a solver: seconds in C without a bytecode of the main thread.
    script = (
        "import hashlib, os, signal, threading, time\n"
        "from scheduler.execution.interrupt import stop_on_interrupt\n"
        "stop, heard = threading.Event(), []\n"
        "listen = lambda: (stop.wait(), heard.append(time.monotonic()))\n"
        "with stop_on_interrupt(stop):\n"
        "    threading.Thread(target=listen, daemon=True).start()\n"
        "    threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT)).start()\n"
        "    hashlib.pbkdf2_hmac('sha256', b'', b'', 4_000_000)\n"
        "    ended = time.monotonic()\n"
        "    time.sleep(0.5)\n"
        "print(ended - heard[0] > 0.3)\n"
    )
    assert _printed_by(script) == "True\n"


def test_a_second_ctrl_c_waits_for_what_must_not_be_torn() -> None:
    script = (
        "import os, signal, threading, time\n"
        "from scheduler.execution.interrupt import stop_on_interrupt, uninterrupted\n"
        "stop, abandon, steps = threading.Event(), threading.Event(), []\n"
        "with stop_on_interrupt(stop, abandon):\n"
        "    try:\n"
        "        with uninterrupted():\n"
        "            os.kill(os.getpid(), signal.SIGINT)\n"
        "            stop.wait()\n"
        "            os.kill(os.getpid(), signal.SIGINT)\n"
        "            abandon.wait()\n"
        "            time.sleep(0.2)\n"
        "            steps.append('whole')\n"
        "        steps.append('never')\n"
        "    except KeyboardInterrupt:\n"
        "        steps.append('then ended')\n"
        "    with uninterrupted():\n"
        "        steps.append('once')\n"
        "print(*steps)\n"
    )
    assert _printed_by(script) == "whole then ended once\n"
