"""The commands as a planner meets them: what they print, what they write, how they exit."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from click.testing import CliRunner, Result

from models.errors import Defect, InputRefused, NoPlanInTime, PaikaoError
from models.findings import Finding, Severity
from models.plan import Family, Violation
from models.policy import Effort
from scheduler import cli, pipeline, plan_inputs, solver
from scheduler.cli import main
from scheduler.next_steps import next_steps
from scheduler.pipeline import PlanOutcome
from scheduler.plan import write_plan
from tests.builders import roster_rows, write_data_folder, write_roster
from tests.finished import plan_content
from tools.cli_page import PAGE, cli_page

ROOT = Path(__file__).parents[2]
WARNING = Finding(severity=Severity.WARN, file="r.csv", row=2, code="ODD", advice="look at it")
KINDS = [kind for kind in PaikaoError.__subclasses__() if kind is not InputRefused]
BLOCKING = Finding(severity=Severity.FIX, file="r.csv", row=3, code="BAD", advice="mend it")


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments])


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return write_data_folder(tmp_path / "data")


@pytest.fixture
def roster(tmp_path: Path) -> Path:
    return write_roster(tmp_path / "roster.csv")


@pytest.fixture
def plan_dir(tmp_path: Path) -> Path:
    write_plan(tmp_path / "plan", plan_content(tmp_path / "inputs"))
    return tmp_path / "plan"


def outcome(**fields: Any) -> PlanOutcome:
    values = {
        "root_hash": "ab" * 32, "placed": 9, "unplaced": 0, "findings": (), "reproducible": True,
    }  # fmt: skip
    return PlanOutcome(**{**values, **fields})


@pytest.fixture
def plan_as(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], None]:
    """Puts a function, an error or an outcome in the place of the pipeline."""

    def put(result: Any) -> None:
        def run_plan(*arguments: Any, **options: Any) -> PlanOutcome:
            if isinstance(result, BaseException):
                raise result
            made = result(*arguments, **options) if callable(result) else result
            assert isinstance(made, PlanOutcome)
            return made

        monkeypatch.setattr(pipeline, "run_plan", run_plan)

    return put


# ---------------------------------------------------------------- help and pages


def test_help_names_every_command_and_hides_the_demo_helper() -> None:
    result = run("--help")
    assert result.exit_code == 0
    for command in ("sample", "check", "plan", "verify", "report", "repair"):
        assert re.search(rf"^  {command} ", result.output, re.MULTILINE)
    assert "next-steps" not in result.output


def test_help_loads_no_heavy_library() -> None:
    script = (
        "import sys; from scheduler.cli import main; main(['--help'], standalone_mode=False);"
        "sys.exit(' '.join({'pandas','numpy','pyarrow','ortools','pydantic','rich','tomlkit'}"
        " & set(sys.modules)) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_page_of_commands_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == cli_page(), "run: python tools/cli_page.py"


def test_choices_are_those_of_the_code() -> None:
    assert cli.STAGES == plan_inputs.STAGES
    assert list(Effort) == list(cli.EFFORTS)


# ---------------------------------------------------------------- errors


@pytest.mark.parametrize(
    ("error", "code"),
    [
        *((kind("told"), kind.exit_code) for kind in KINDS),
        (InputRefused([BLOCKING]), 3),
        (KeyboardInterrupt(), 5),
        (ZeroDivisionError("told"), 1),
    ],
    ids=lambda value: type(value).__name__,
)
def test_every_error_has_its_exit_code_and_no_traceback(
    error: BaseException,
    code: int,
    plan_as: Callable[[Any], None],
    roster: Path,
    data: Path,
    tmp_path: Path,
) -> None:
    plan_as(error)
    result = run("plan", roster, "--data", data, "--out", tmp_path / "plan")
    assert result.exit_code == code
    assert "paikao: " in result.stderr
    assert "Traceback" not in result.output


def test_a_defect_never_quotes_the_data_it_happened_on(
    plan_as: Callable[[Any], None], roster: Path, data: Path, tmp_path: Path
) -> None:
    plan_as(ValueError("could not convert 230102197001010015"))
    result = run("plan", roster, "--data", data, "--out", tmp_path / "plan")
    assert "230102197001010015" not in result.output
    assert re.search(r"ValueError \(at scheduler/commands/planning\.py:\d+\)", result.stderr)


def test_a_defect_of_our_own_says_what_it_is(
    plan_as: Callable[[Any], None], roster: Path, data: Path, tmp_path: Path
) -> None:
    plan_as(Defect("the model is infeasible"))
    result = run("plan", roster, "--data", data, "--out", tmp_path / "plan")
    assert "the model is infeasible" in result.stderr


def test_the_debug_variable_shows_the_traceback(
    plan_as: Callable[[Any], None],
    roster: Path,
    data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PAIKAO_DEBUG", "1")
    plan_as(ZeroDivisionError("told"))
    result = run("plan", roster, "--data", data, "--out", tmp_path / "plan")
    assert isinstance(result.exception, ZeroDivisionError)


def test_a_full_disk_is_named(
    plan_as: Callable[[Any], None], roster: Path, data: Path, tmp_path: Path
) -> None:
    plan_as(OSError(28, "No space left on device", "plan/seats.parquet"))
    result = run("plan", roster, "--data", data, "--out", tmp_path / "plan")
    assert (result.exit_code, result.stderr) == (
        1,
        "paikao: plan/seats.parquet: No space left on device\n",
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ("plan",),
        ("plan", "no-such-file.csv", "--out", "plan"),
        ("plan", "--until", "lunch"),
        ("sample", "--candidates", "many", "--out", "x"),
        ("sample", "--candidates", "500", "--tightness", "tight", "--out", "x"),
        ("sample", "--candidates", "5", "--out", "x"),
        ("report", "no-such-folder"),
        ("dance",),
    ],
)
def test_wrong_usage_exits_2(arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert "Traceback" not in result.output


# ---------------------------------------------------------------- plan


def test_plan_hands_its_options_to_the_pipeline(
    plan_as: Callable[[Any], None], roster: Path, data: Path, tmp_path: Path
) -> None:
    seen: dict[str, Any] = {}

    def remember(*arguments: Any, **options: Any) -> PlanOutcome:
        seen.update(arguments=arguments, **options)
        return outcome()

    plan_as(remember)
    out = tmp_path / "plan"
    result = run(
        "plan", roster, "--data", data, "--out", out, "--ignore-columns", "phone, 手机",
        "--seed-hex", "ab" * 16, "--processes", "2", "--effort", "quick", "--expect-rows", "6",
        "--until", "dates", "--resume", "--sheet", "S",
    )  # fmt: skip
    assert (result.exit_code, result.stderr) == (0, "")
    assert seen["arguments"] == (roster, data, out)
    assert seen["options"] == plan_inputs.PlanOptions(
        ignore_columns=("phone", "手机"), seed_hex="ab" * 16, processes=2, effort="quick",
        expect_rows=6, until="dates", resume=True, sheet="S",
    )  # fmt: skip


def test_plan_uses_the_example_data_when_none_is_named(
    plan_as: Callable[[Any], None], roster: Path, tmp_path: Path
) -> None:
    seen: list[Path] = []

    def remember(roster: Path, data: Path, out: Path, **options: Any) -> PlanOutcome:
        seen.append(data)
        return outcome()

    plan_as(remember)
    assert run("plan", roster, "--out", tmp_path / "plan").exit_code == 0
    assert (seen[0] / "exam.toml").is_file()


@pytest.mark.parametrize(
    ("made", "code", "told"),
    [
        (outcome(), 0, "9 placed, 0 unplaced"),
        (outcome(unplaced=2), 4, "who and why: "),
        (outcome(root_hash="", placed=0), 0, "--resume goes on"),
    ],
)
def test_plan_tells_how_it_ended(
    made: PlanOutcome,
    code: int,
    told: str,
    plan_as: Callable[[Any], None],
    roster: Path,
    data: Path,
    tmp_path: Path,
) -> None:
    plan_as(made)
    result = run("plan", roster, "--data", data, "--out", tmp_path / "plan")
    assert result.exit_code == code
    assert told in result.stdout


def test_refused_input_leaves_its_findings_beside_the_plan_and_a_good_run_removes_them(
    plan_as: Callable[[Any], None], roster: Path, data: Path, tmp_path: Path
) -> None:
    out = tmp_path / "plan"
    plan_as(InputRefused([BLOCKING, WARNING]))
    result = run("plan", roster, "--data", data, "--out", out)
    assert result.exit_code == 3
    assert "mend it" in result.stderr
    assert not out.exists()
    assert (tmp_path / "plan.findings.csv").read_text().count("\n") == 3
    assert len(json.loads((tmp_path / "plan.findings.json").read_text())["findings"]) == 2
    plan_as(outcome(findings=(WARNING,)))
    result = run("plan", roster, "--data", data, "--out", out)
    assert result.exit_code == 0
    assert "look at it" in result.stderr
    assert not list(tmp_path.glob("plan.findings.*"))


def test_show_policy_prints_every_decision_without_a_roster(data: Path, tmp_path: Path) -> None:
    result = run("plan", "--data", data, "--show-policy")
    assert result.exit_code == 0
    for section in ("draw", "dates", "places", "travel", "seats", "rules", "goals", "ticket"):
        assert f"[{section}]" in result.stdout
    policy = tmp_path / "own.toml"
    policy.write_text("[seats]\nshare = false\n")
    assert (
        "share = false" in run("plan", "--data", data, "--policy", policy, "--show-policy").stdout
    )


def test_show_policy_refuses_a_policy_that_is_wrong(data: Path) -> None:
    (data / "policy.toml").write_text("[seats]\nshare = 'maybe'\n")
    result = run("plan", "--data", data, "--show-policy")
    assert result.exit_code == 3
    assert "share" in result.stderr


# ---------------------------------------------------------------- Ctrl-C


def interrupt_while_busy(*arguments: Any, **options: Any) -> PlanOutcome:
    """Stands for a search that ends when it is asked to."""
    os.kill(os.getpid(), signal.SIGINT)
    assert solver.LOG.stop.wait(5)
    return outcome(unplaced=1, reproducible=False)


def test_ctrl_c_ends_the_search_and_keeps_the_plan(
    plan_as: Callable[[Any], None], roster: Path, data: Path, tmp_path: Path
) -> None:
    plan_as(interrupt_while_busy)
    result = run("plan", roster, "--data", data, "--out", tmp_path / "plan")
    assert result.exit_code == 130
    assert "cut short" in result.stderr
    assert not solver.LOG.stop.is_set()


def test_ctrl_c_before_any_plan(
    plan_as: Callable[[Any], None], roster: Path, data: Path, tmp_path: Path
) -> None:
    def no_plan(*arguments: Any, **options: Any) -> PlanOutcome:
        interrupt_while_busy()
        raise NoPlanInTime("no solution yet")

    plan_as(no_plan)
    assert run("plan", roster, "--data", data, "--out", tmp_path / "plan").exit_code == 5


def test_a_second_ctrl_c_stops_at_once(
    plan_as: Callable[[Any], None], roster: Path, data: Path, tmp_path: Path
) -> None:
    def stubborn(*arguments: Any, **options: Any) -> PlanOutcome:
        interrupt_while_busy()
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(5)
        return outcome()

    plan_as(stubborn)
    before = signal.getsignal(signal.SIGINT)
    assert run("plan", roster, "--data", data, "--out", tmp_path / "plan").exit_code == 5
    assert signal.getsignal(signal.SIGINT) is before


# ---------------------------------------------------------------- check


def test_check_prints_the_digest_of_a_clean_roster(data: Path, roster: Path) -> None:
    result = run("check", roster, "--data", data)
    assert result.exit_code == 0, result.output
    assert re.search(r"6 rows; roster digest [0-9a-f]{64}", result.stdout)


def test_check_lists_all_findings_and_masks_them(data: Path, tmp_path: Path) -> None:
    number = "230102197001010018"
    rows = roster_rows(3, id_number=[number] * 3, specialty=["101", "999", "101"])
    result = run("check", write_roster(tmp_path / "bad.csv", rows), "--data", data)
    assert result.exit_code == 3
    assert "999" in result.stdout
    assert number not in result.output
    assert "digest" not in result.output


@pytest.mark.parametrize("suffix", [".csv", ".json"])
def test_check_writes_all_findings_to_a_file(data: Path, tmp_path: Path, suffix: str) -> None:
    bad = write_roster(tmp_path / "bad.csv", roster_rows(80, specialty="999"))
    out = tmp_path / f"findings{suffix}"
    result = run("check", bad, "--data", data, "--findings", out, "--csv-bom")
    assert result.exit_code == 3
    assert "--findings FILE.csv" in result.stdout
    content = out.read_bytes()
    assert content.count(b"999") >= 80
    assert content.startswith(b"\xef\xbb\xbf") == (suffix == ".csv")


def test_check_prints_json_alone(data: Path, roster: Path) -> None:
    result = run("check", roster, "--data", data, "--json")
    assert json.loads(result.stdout)["summary"]["blocking"] is False


def test_check_refuses_to_write_findings_in_an_unknown_format(data: Path, roster: Path) -> None:
    assert run("check", roster, "--data", data, "--findings", "f.xlsx").exit_code == 2


# ---------------------------------------------------------------- verify, report, repair


@pytest.fixture
def verify_as(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Puts violations in the place of the checker."""
    module = ModuleType("scheduler.verify.run")
    monkeypatch.setitem(sys.modules, module.__name__, module)

    def put(*violations: Violation) -> None:
        def verify_plan(*arguments: Any, **options: Any) -> tuple[Violation, ...]:
            return violations

        monkeypatch.setattr(module, "verify_plan", verify_plan, raising=False)

    return put


def test_verify_answers_0_or_6(
    plan_dir: Path, roster: Path, verify_as: Callable[..., None]
) -> None:
    verify_as()
    result = run("verify", plan_dir, roster)
    assert result.exit_code == 0
    assert re.search(r"root hash [0-9a-f]{64}", result.stdout)
    broken = Violation(
        rule="one_seat_one_person", family=Family.CONSISTENCY, where="C1/230101/R1/1", message="two"
    )
    verify_as(broken)
    result = run("verify", plan_dir, roster)
    assert result.exit_code == 6
    assert "one_seat_one_person: 1" in result.stdout
    result = run("verify", plan_dir, roster, "--json")
    assert (result.exit_code, json.loads(result.stdout)) == (6, [broken.model_dump(mode="json")])


def test_report_prints_tables_or_json(plan_dir: Path) -> None:
    page = run("report", plan_dir)
    assert page.exit_code == 0
    assert "Per date" in page.stdout
    assert "\x1b" not in page.stdout
    assert json.loads(run("report", plan_dir, "--json").stdout)["totals"]["placed"] == 9


def test_report_of_something_else_is_refused(tmp_path: Path) -> None:
    result = run("report", tmp_path)
    assert result.exit_code == 3
    assert "not a finished plan" in result.stderr


def test_repair_makes_what_the_report_offers(plan_dir: Path, tmp_path: Path) -> None:
    assert "S1:1  one more row in room R2" in run("report", plan_dir).stdout
    result = run("repair", plan_dir, "--apply", "S1:1", "--out", tmp_path / "data2")
    assert result.exit_code == 0
    assert "one more row in room R2" in result.stdout
    assert (tmp_path / "data2" / "rooms.csv").is_file()


@pytest.mark.parametrize("which", ["S1", "S1:first", "S1:9", "S7:1"])
def test_repair_of_what_is_not_offered_is_wrong_usage(
    plan_dir: Path, tmp_path: Path, which: str
) -> None:
    result = run("repair", plan_dir, "--apply", which, "--out", tmp_path / "data2")
    assert result.exit_code == 2
    assert not (tmp_path / "data2").exists()


# ---------------------------------------------------------------- the end of the demo


def test_next_steps_are_commands_that_parse(tmp_path: Path) -> None:
    demo = tmp_path / "my demo"
    (demo / "plan-quick").mkdir(parents=True)
    lines = next_steps(demo)
    printed = run("next-steps", demo).stdout
    for line in lines:
        assert f"    {line}\n" in printed
        program, name, *arguments = shlex.split(line)
        assert Path(program).name == "paikao"
        command = main.commands[name]
        parameters = command.make_parser(_context(command)).parse_args(list(arguments))[0]
        assert parameters
    assert any("my demo/plan-quick-2" in line for line in lines)


def _context(command: Any) -> Any:
    return command.context_class(command)
