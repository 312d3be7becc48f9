"""Examples of the registration's OpenAPI document; nobody in them exists."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from api import examples, registration_answers
from api import registration_schemas as schemas
from models.exam import Window
from models.registration import (
    Applicant,
    Application,
    ApplicationEvent,
    Event,
    Examinee,
    Mark,
    Presence,
    RegistrationFacts,
    Terms,
)
from scheduler.registration.ledger import Person
from scheduler.registration.register import Applied, Sat
from scheduler.registration.rolling import Match, Proposal, Result

_FORM: Mapping[str, object] = {
    "name": "张三",
    "id_type": "resident",
    "id_number": "230102199003070031",
    "exam_point": "2301",
    "specialty": "101",
    "school": "示例医科大学",
    "graduated_on": "2012-07",
    "major": "药学",
    "education": "本科",
    "certificate_number": "100001201205000001",
    "employer_name": "示例医院",
    "photo_hash": "5f" * 32,
}
SUBMIT: Mapping[str, object] = {
    "first": _FORM,
    "a revision": {**_FORM, "candidate_id": "22230100000017"},
}
"""Bodies of an application; the ID number is synthetic."""

_NOW = datetime(2021, 12, 21, 1, tzinfo=UTC)


def facts() -> RegistrationFacts:
    """The example's facts: those of the published example, with windows of a registration."""
    published = examples.facts()
    windows = tuple(
        Window(
            key=key,
            opens=datetime.fromisoformat(opens).date(),
            closes=datetime.fromisoformat(closes).date(),
        )
        for key, opens, closes in (
            ("pre_registration", "2021-12-20", "2021-12-30"),
            ("confirmation", "2021-12-27", "2021-12-31"),
            ("payment", "2022-02-15", "2022-02-25"),
            ("scores", "2022-06-20", "2022-08-20"),
        )
    )
    return RegistrationFacts(
        exam=published.exam.model_copy(update={"windows": windows}),
        specialties=published.specialties,
        exam_points=published.exam_points,
        terms=Terms(fee=60),
    )


def application() -> schemas.ApplicationAnswer:
    """Of ``/v1/applications``."""
    applicant = Applicant("WSZG-2022", "22230100000017", "张三", "resident", "0038", b"", b"")
    form = Application(
        candidate_id="22230100000017", revision=1, region="23", exam_point="2301",
        specialty="101", level="初级（士）", subjects="12",
    )  # fmt: skip
    event = ApplicationEvent("22230100000017", Event.SUBMIT, _NOW, "candidate:", revision=1)
    proposal = Proposal("12", {}, Match.NONE, None, None, False)
    person = Person(applicant, form, [event])
    applied = Applied(facts(), person, proposal, None, "K7Q2M4XA-01")
    return registration_answers.application(applied, _NOW)


def scores() -> schemas.ScoresAnswer:
    """Of ``/v1/scores/lookup``."""
    one = Examinee(
        2022, "22230100000017", "2022230100001", "张三", "0038", b"", "2301", "101",
        (Mark(1, Presence.PRESENT, 71), Mark(2, Presence.ABSENT)),
    )  # fmt: skip
    return registration_answers.scores(Sat(facts(), one, Result(frozenset({1}), {}, False)))


def health() -> schemas.RegistrationHealth:
    """Of ``/healthz``."""
    return schemas.RegistrationHealth(
        status="ok", software="0.1.0", exam="WSZG-2022", now=_NOW, clock="machine"
    )
