"""The error tree; every error has a stable ``code`` and the exit code of the command."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from models.findings import Finding


class PaikaoError(Exception):
    """Base of all errors that are meant to reach a person."""

    code: ClassVar[str] = "PAIKAO_ERROR"
    exit_code: ClassVar[int] = 1


class UsageError(PaikaoError):
    """The command was asked for something it does not offer."""

    code = "USAGE"
    exit_code = 2


class InputRefused(PaikaoError):
    """Input files hold blocking findings; all of them are attached."""

    code = "INPUT_REFUSED"
    exit_code = 3

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__(f"{len(self.findings)} findings; nothing was written")


class PlanDirectoryError(PaikaoError):
    """A plan directory is missing, incomplete, or would be overwritten."""

    code = "PLAN_DIRECTORY"
    exit_code = 3


class NoPlanInTime(PaikaoError):
    """A limit or Ctrl-C came before any complete plan."""

    code = "NO_PLAN_IN_TIME"
    exit_code = 5


class WorkersLost(PaikaoError):
    """Processes or machines that worked for a run are gone."""

    code = "WORKERS_LOST"
    exit_code = 5


class VerificationFailed(PaikaoError):
    """A finished plan breaks a rule."""

    code = "VERIFICATION_FAILED"
    exit_code = 6


class Defect(PaikaoError):
    """Something that cannot happen did: a defect of paikao, not of the input."""

    code = "DEFECT"
    exit_code = 1
