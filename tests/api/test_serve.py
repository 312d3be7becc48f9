"""``paikao serve`` as a person runs it: a process, a port, plain HTTP."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.world import Person, World

ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


@contextlib.contextmanager
def server(world: World, *options: str) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "scheduler.cli",
        "serve",
        "--db",
        world.url,
        "--port",
        str(port),
    ]
    process = subprocess.Popen(
        [*command, "--port", str(port), *options], cwd=ROOT, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={k: v for k, v in os.environ.items() if not k.startswith("PAIKAO_")},
    )  # fmt: skip
    try:
        yield port, process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)


def ask(port: int, method: str, path: str, body: object = None) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        content = None if body is None else json.dumps(body).encode()
        connection.request(method, path, content, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def wait_for(port: int, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process.poll() is None, process.communicate()
        with contextlib.suppress(OSError):
            if ask(port, "GET", "/healthz")[0] == 200:
                return
        time.sleep(0.1)
    raise TimeoutError("the server did not start")


@pytest.mark.slow
def test_a_server_process_answers_and_stops(world: World, persons: tuple[Person, ...]) -> None:
    with server(world, "--now", "2022-04-05T09:00") as (port, process):
        wait_for(port, process)
        health = json.loads(ask(port, "GET", "/healthz")[1])
        assert (health["clock"], health["now"]) == ("fixed", "2022-04-05T01:00:00Z")
        body = {"number": persons[3].number, "id_number": persons[3].id_number}
        status, content = ask(port, "POST", "/v1/tickets/lookup", body)
        ticket = json.loads(content)
        assert (status, ticket["seat"]["seat"]) == (200, persons[3].placement.seat)
        assert ticket["calendar_url"].startswith(f"http://127.0.0.1:{port}/v1/calendars/")
        link = ticket["calendar_url"].partition(str(port))[2]
        assert ask(port, "GET", link)[1].startswith(b"BEGIN:VCALENDAR")
        assert b"swagger" in ask(port, "GET", "/docs")[1]
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=30)
    assert "POST /v1/tickets/lookup 200" in out
    assert f"on http://127.0.0.1:{port}; the clock stands at" in err
    assert "Traceback" not in err
    assert persons[3].id_number not in out + err


@pytest.mark.slow
def test_a_server_without_its_key_says_what_to_do(world: World) -> None:
    (world.folder / "paikao.db.key").unlink()
    with server(world) as (_, process):
        out, err = process.communicate(timeout=60)
        assert process.returncode == 3
    assert out == ""
    assert "no key" in err
    assert "PAIKAO_KEY" in err
