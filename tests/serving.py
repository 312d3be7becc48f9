"""Runs printed commands as a person would: line by line in a shell, a server in the background."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

PRINTED_PORT = 8000
"""The port that printed commands name, being the default of ``paikao serve``."""
START_SECONDS = 90


def environment() -> dict[str, str]:
    """The shell of somebody who put the environment's commands on the path, and nothing else."""
    own = {k: v for k, v in os.environ.items() if not k.startswith("PAIKAO_")}
    return {**own, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}


def run(line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """One line in a shell of its own."""
    return subprocess.run(
        line, shell=True, cwd=folder, env=environment(), capture_output=True, text=True,
        check=False, timeout=600,
    )  # fmt: skip


@contextmanager
def port_of_the_page() -> Iterator[int]:
    """The printed port, ours alone while the block lasts; another one if a stranger holds it."""
    with (Path(tempfile.gettempdir()) / "paikao-tests-port.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield PRINTED_PORT if _is_free(PRINTED_PORT) else _free_port()


def at_port(line: str, port: int) -> str:
    """The line as printed; only where the printed port is taken, with another one."""
    if port == PRINTED_PORT:
        return line
    address = f"http://127.0.0.1:{port}"
    if " serve " in line:
        line += f" --port {port} --public-url {address}"
    return line.replace(f"http://127.0.0.1:{PRINTED_PORT}", address)


@contextmanager
def serving(line: str, folder: Path, port: int) -> Iterator[None]:
    """Run a server's command in the background; interrupted at the end, as with Ctrl-C."""
    log = folder / "server.log"
    with log.open("w") as output:
        server = subprocess.Popen(
            f"exec {line}", shell=True, cwd=folder, env=environment(),
            stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        try:
            _wait_for(server, f"http://127.0.0.1:{port}/healthz", log)
            yield
        finally:
            if server.poll() is None:
                os.killpg(server.pid, signal.SIGINT)
            try:
                server.wait(timeout=30)
            except subprocess.TimeoutExpired:
                os.killpg(server.pid, signal.SIGKILL)
                server.wait()
                raise


def _wait_for(server: subprocess.Popen[bytes], url: str, log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        assert server.poll() is None, log.read_text()
        try:
            with urlopen(url, timeout=5) as answer:
                if answer.status == 200:
                    return
        except (URLError, OSError):
            time.sleep(0.2)
    raise AssertionError(f"no answer from {url}: {log.read_text()}")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
