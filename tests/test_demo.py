"""``make demo`` in small: its commands, and the next ones that it prints, exactly as printed."""

from __future__ import annotations

import csv
import json
import re
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.serving import at_port, port_of_the_page, run, serving

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parent.parent
CANDIDATES = 600
FOLDER = "build/demo"


def commands_of_the_makefile() -> list[str]:
    """The commands of ``make demo``, with fewer candidates."""
    target = re.search(r"^demo:.*?(?=^\w)", (ROOT / "Makefile").read_text(), re.M | re.S)
    assert target is not None
    found = re.findall(r"\$\(call paikao,(.*)\)$", target[0], re.M)
    return [
        f"paikao {line.replace('$(DEMO)', FOLDER).replace('40000', str(CANDIDATES))}"
        for line in found
    ]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the demo's own commands have run."""
    folder = tmp_path_factory.mktemp("demo")
    (folder / FOLDER).mkdir(parents=True)
    lines = commands_of_the_makefile()
    assert [line.split()[1] for line in lines] == [
        "sample", "check", "plan", "verify", "report", "publish",
    ]  # fmt: skip
    for line in lines:
        done = run(line, folder)
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
    return folder


def test_report_shows_what_a_person_asks_for(demo: Path) -> None:
    done = run(f"paikao report {FOLDER}/plan", demo)
    assert done.returncode == 0, done.stderr
    for word in (f"{CANDIDATES}", "unplaced", "usable seats", "busiest exam point", "Papers in use",
                 "Same-paper", "bound", "OPTIMAL", "Seconds per stage"):  # fmt: skip
        assert word in done.stdout, word


def test_next_commands_run_exactly_as_printed(demo: Path) -> None:
    printed = run(f"paikao next-steps {FOLDER}", demo)
    lines = [line.strip() for line in printed.stdout.splitlines()]
    lines = [line for line in lines if line.startswith(("paikao ", "curl "))]
    assert [line.split()[0:2] for line in lines][-2:] == [["paikao", "serve"], ["curl", "-s"]]
    assert len(lines) >= 11
    with ExitStack() as until_the_end, port_of_the_page() as port:
        for line in (at_port(line, port) for line in lines):
            if line.startswith("paikao serve "):
                until_the_end.enter_context(serving(line, demo, port))
                continue
            done = run(line, demo)
            assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
        until_the_end.close()
    ticket = json.loads(done.stdout)
    with (demo / FOLDER / "example/roster.csv").open(encoding="utf-8", newline="") as roster:
        person = next(csv.DictReader(roster))
    assert ticket["candidate_id"] == person["candidate_id"]
    assert ticket["name"] == person["name"]
    assert ticket["seat"]["sessions"][0]["start"].startswith("2022-04-")
    assert person["id_number"] not in done.stdout


def test_no_progress_where_output_is_not_a_terminal(demo: Path) -> None:
    example = f"{FOLDER}/example"
    planning = f"paikao plan {example}/roster.csv --data {example}/data --effort quick"
    done = run(f"{planning} --out {FOLDER}/quiet", demo)
    assert done.returncode == 0
    for trace in ("\x1b", "\r", "elapsed", "incumbent"):
        assert trace not in done.stderr + done.stdout
