"""Every guard alone: the base attempt breaks nothing, one change breaks this rule and no other."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from models.registration import UNCHANGED_FIELDS, Event, Shown, State
from scheduler.registration.guards import Attempt, refusals, unchanged_fields
from scheduler.registration.rolling import Match, Proposal
from scheduler.registration.rules import RULES
from tests.scheduler.registration.cases import (
    POINT,
    SHOWN,
    edges,
    examinee,
    form,
    good,
    history_of,
    local,
    military,
)

WEB_GUARDS = ("submitted_in_window", "confirmed_in_window", "paid_in_window")
CONFIRM, AUTOMATIC = Event.CONFIRM_ON_SITE, Event.CONFIRM_UNCHANGED


def broken(attempt: Attempt) -> set[str]:
    return {one.name for one in refusals(attempt)}


def changed(kind: Event, **parts: Any) -> Attempt:
    """A good attempt with parts of it, of its event or of its form changed."""
    attempt = good(kind)
    events = {k: v for k, v in parts.items() if k in ("actor", "note", "shown", "check_code",
              "amount", "at")}  # fmt: skip
    forms = parts.pop("form", {})
    whole = {k: v for k, v in parts.items() if k not in events}
    return replace(
        attempt,
        event=replace(attempt.event, **events),
        form=replace(attempt.form, **forms),
        **whole,
    )


@pytest.mark.parametrize("kind", list(Event))
def test_the_base_attempt_breaks_no_rule(kind: Event) -> None:
    assert broken(good(kind)) == set()


WINDOWED = [
    (rule, kind, name)
    for rule in WEB_GUARDS
    for kind in sorted(RULES[rule].events)
    for name in ("last second before", "first second", "last second", "first second after")
]


@pytest.mark.parametrize(("rule", "kind", "edge"), WINDOWED)
def test_a_window_opens_and_closes_to_the_second(rule: str, kind: Event, edge: str) -> None:
    at, within = edges(RULES[rule].window)[edge]
    assert (rule not in broken(good(kind, at))) is within


@pytest.mark.parametrize(("rule", "kind", "edge"), WINDOWED)
def test_the_military_skip_the_windows_of_the_web(rule: str, kind: Event, edge: str) -> None:
    at, _ = edges(RULES[rule].window)[edge]
    assert rule not in broken(military(good(kind, at)))


def test_submitted_in_window() -> None:
    for edge in edges("pre_registration").values():
        assert ("submitted_in_window" not in broken(good(Event.SUBMIT, edge[0]))) is edge[1]


def test_confirmed_in_window() -> None:
    for edge in edges("confirmation").values():
        assert ("confirmed_in_window" not in broken(good(CONFIRM, edge[0]))) is edge[1]


def test_paid_in_window() -> None:
    for edge in edges("payment").values():
        assert ("paid_in_window" not in broken(good(Event.PAY, edge[0]))) is edge[1]


def test_steps_in_order() -> None:
    assert broken(replace(good(Event.PAY), state=State.CONFIRMED)) >= {"steps_in_order"}
    earlier = replace(good(Event.PAY), events=(replace(history_of(Event.SUBMIT)[0],
                      at=local("2022-02-20T00:00")),))  # fmt: skip
    assert broken(earlier) == {"steps_in_order"}, "an event before the last one"


def test_late_is_withdrawn() -> None:
    attempt = replace(good(Event.PAY, local("2022-02-26T00:00")), state=State.LAPSED)
    assert broken(attempt) == {"late_is_withdrawn", "paid_in_window"}
    assert broken(replace(good(Event.APPROVE), state=State.LAPSED)) == {
        "late_is_withdrawn", "confirmed_before_review",
    }  # fmt: skip


@pytest.mark.parametrize("kind", [Event.SAVE, Event.SUBMIT])
def test_one_application_per_document(kind: Event) -> None:
    assert broken(changed(kind, document_taken=True)) == {"one_application_per_document"}


@pytest.mark.parametrize("kind", [Event.SAVE, Event.SUBMIT])
def test_name_and_number_fixed(kind: Event) -> None:
    assert broken(changed(kind, identity_changed=True)) == {"name_and_number_fixed"}


def test_photo_uploaded() -> None:
    without = {"photo_hash": ""}
    assert broken(changed(Event.SUBMIT, form=without)) == {"photo_uploaded"}
    assert broken(changed(Event.SAVE, form=without)) == set(), "a draft may wait for its photo"


@pytest.mark.parametrize(
    "parts",
    [{"check_code": "CODE-02"}, {"check_code": ""}, {"shown": SHOWN[1:]}],
    ids=["earlier revision", "no code", "no form"],
)
def test_form_of_last_revision(parts: dict[str, Any]) -> None:
    attempt = good(CONFIRM)
    attempt = replace(attempt, event=replace(attempt.event, **parts))
    assert broken(attempt) == {"form_of_last_revision"}


@pytest.mark.parametrize("fields", [{"specialty": "999"}, {"level": "初级（士）"}])
def test_specialty_of_catalogue(fields: dict[str, str]) -> None:
    assert broken(changed(Event.SUBMIT, form=fields)) == {"specialty_of_catalogue"}


@pytest.mark.parametrize(
    ("subjects", "kept"), [("34", True), ("4", True), ("1234", False), ("1", False), ("", False)]
)
def test_subjects_as_proposed(subjects: str, kept: bool) -> None:
    proposal = Proposal("34", {1: 2021, 2: 2021}, Match.DOCUMENT, None, None, False)
    attempt = changed(Event.SUBMIT, proposal=proposal, form={"subjects": subjects})
    assert broken(attempt) == (set() if kept else {"subjects_as_proposed"})


def test_passes_claimed_once() -> None:
    assert broken(changed(Event.SUBMIT, passes_taken=True)) == {"passes_claimed_once"}


@pytest.mark.parametrize(
    ("graduated", "needed"),
    [("2001-12", False), ("2001-12-31", False), ("2002-01", True), ("2002-01-01", True)],
)
def test_certificate_number_since_2002(graduated: str, needed: bool) -> None:
    fields = {"graduated_on": graduated, "certificate_number": ""}
    expected = {"certificate_number_since_2002"} if needed else set()
    assert broken(changed(Event.SUBMIT, form=fields)) == expected


def test_documents_accepted() -> None:
    base = good(Event.SUBMIT)
    for id_type in ("resident", "hmt_residence", "hk_macau_permit", "taiwan_permit", "foreign_pr"):
        assert broken(replace(base, applicant=replace(base.applicant, id_type=id_type))) == set()
    passport = replace(base, applicant=replace(base.applicant, id_type="passport"))
    assert broken(passport) == {"documents_accepted"}


def test_military_by_unit() -> None:
    base = good(Event.SUBMIT)
    on_web = replace(base, applicant=replace(base.applicant, id_type="military"))
    assert broken(on_web) == {"documents_accepted", "military_by_unit"}
    ours = military(base)
    assert broken(replace(ours, event=replace(ours.event, actor="unit:U1"))) == set()
    assert broken(replace(ours, event=replace(ours.event, actor="unit:U2"))) == {"military_by_unit"}
    assert "military_by_unit" in broken(military(good(CONFIRM)))


@pytest.mark.parametrize("kind", [Event.APPROVE, Event.REJECT])
def test_military_reviewed_by_division(kind: Event) -> None:
    ours = replace(military(good(kind)), state=State.SUBMITTED)
    assert broken(ours) == {"military_reviewed_by_division"}
    assert broken(replace(ours, event=replace(ours.event, actor="division:D1"))) == set()
    assert broken(changed(kind, actor="division:D1")) == {
        "military_reviewed_by_division", "reviewed_by_own_point",
    }  # fmt: skip


def test_confirmed_at_own_point() -> None:
    assert broken(changed(CONFIRM, actor="point:9999")) == {"confirmed_at_own_point"}
    assert broken(changed(CONFIRM, actor=f"division:{POINT}")) == {"confirmed_at_own_point"}


def test_originals_of_new_or_changed() -> None:
    shown = (Shown.FORM, Shown.LICENCE, Shown.LAST_TICKET)
    assert broken(changed(CONFIRM, shown=shown)) == {"originals_of_new_or_changed"}
    last = form(specialty="301")
    assert broken(changed(CONFIRM, shown=shown, last_form=last)) == {"originals_of_new_or_changed"}
    last = form(level="初级（师）")
    assert broken(changed(CONFIRM, shown=shown, last_form=last)) == {"originals_of_new_or_changed"}
    assert broken(changed(CONFIRM, shown=shown, last_form=form())) == set()


def test_licence_of_physicians() -> None:
    shown = (Shown.FORM, Shown.ORIGINALS)
    doctor = {"specialty": "301", "licence_number": "110230000000001"}
    assert broken(changed(CONFIRM, form=doctor)) == set()
    assert broken(changed(CONFIRM, form=doctor, shown=shown)) == {"licence_of_physicians"}
    no_number = doctor | {"licence_number": ""}
    assert broken(changed(CONFIRM, form=no_number)) == {"licence_of_physicians"}
    repeat = changed(
        CONFIRM, form=no_number, shown=(*shown, Shown.LAST_TICKET), last_form=form(specialty="301")
    )
    assert broken(repeat) == set(), "it was seen when the specialty was new"


def test_repeat_brings_last_ticket() -> None:
    shown = (Shown.FORM, Shown.ORIGINALS)
    assert broken(changed(CONFIRM, shown=shown, last_form=form())) == {"repeat_brings_last_ticket"}
    assert broken(changed(CONFIRM, shown=shown)) == set(), "a new candidate has none"


@pytest.mark.parametrize("kind", [Event.APPROVE, Event.REJECT])
def test_reviewed_by_own_point(kind: Event) -> None:
    assert broken(changed(kind, actor="point:9999")) == {"reviewed_by_own_point"}


def test_rejected_with_reason() -> None:
    assert broken(changed(Event.REJECT, note=" ")) == {"rejected_with_reason"}


@pytest.mark.parametrize("state", [State.SUBMITTED, State.CONFIRMED, State.APPROVED, State.PAID])
def test_rejected_with_reason_until_the_end(state: State) -> None:
    assert broken(replace(good(Event.REJECT), state=state)) == set()


def test_rejected_after_payment_is_final() -> None:
    before = history_of(Event.SUBMIT, CONFIRM, Event.APPROVE, Event.PAY, Event.REJECT)
    again = replace(good(Event.SUBMIT), state=State.REJECTED, events=before)
    assert broken(again) == {"rejected_after_payment_is_final"}
    unpaid = replace(again, events=(*before[:3], before[4]))
    assert broken(unpaid) == set(), "whoever has not paid may mend the form in the window"


def test_confirmed_before_review() -> None:
    assert broken(replace(good(Event.APPROVE), state=State.SUBMITTED)) == {
        "confirmed_before_review"
    }


def test_paid_when_approved() -> None:
    for state in (State.SUBMITTED, State.CONFIRMED, State.REJECTED, State.PAID):
        assert "paid_when_approved" in broken(replace(good(Event.PAY), state=state))


@pytest.mark.parametrize("amount", [0, 239, 241, 480])
def test_fee_by_subject(amount: int) -> None:
    assert broken(changed(Event.PAY, amount=amount)) == {"fee_by_subject"}
    assert broken(changed(Event.PAY, amount=120, form={"subjects": "34"})) == set()


def test_no_refund() -> None:
    assert {e for e in Event if "refund" in e.value} == set(), "no event gives a fee back"
    twice = replace(
        good(Event.PAY), events=history_of(Event.SUBMIT, CONFIRM, Event.APPROVE, Event.PAY)
    )
    assert broken(twice) == {"no_refund"}


# ---------------------------------------------------------------- the sixteen fields


def test_there_are_sixteen_fields_in_the_notices_order_and_words() -> None:
    quoted = RULES["confirmed_automatically_when_unchanged"].quotes[0]
    listed = quoted.removeprefix("2021年度考试未通过考生，").partition("相关信息")[0]
    written = [word.removeprefix("报考") for word in listed.split("、")]
    assert [name.removeprefix("报考") for name in UNCHANGED_FIELDS.values()] == written
    assert len(UNCHANGED_FIELDS) == 16


@pytest.mark.parametrize("name", list(UNCHANGED_FIELDS))
def test_each_of_the_sixteen_fields_alone_breaks_automatic_confirmation(name: str) -> None:
    attempt = good(AUTOMATIC)
    assert attempt.last_form is not None
    other = replace(attempt.last_form, **{name: "another"})  # type: ignore[arg-type]
    assert unchanged_fields(other, attempt.form) == (name,)
    assert broken(replace(attempt, last_form=other)) == {"confirmed_automatically_when_unchanged"}


@pytest.mark.parametrize(
    "name", ["photo_hash", "licence_number", "subjects", "needs", "latitude", "revision"]
)
def test_no_other_field_does(name: str) -> None:
    attempt = good(AUTOMATIC)
    assert attempt.last_form is not None
    other = replace(attempt.last_form, **{name: 9 if name == "revision" else "another"})  # type: ignore[arg-type]
    assert broken(replace(attempt, last_form=other)) == set()


def test_confirmed_automatically_when_unchanged() -> None:
    attempt = good(AUTOMATIC)
    last, proposal = attempt.proposal.last, attempt.proposal
    assert last is not None
    never_sat = examinee(marks="A,A,A,A")
    for wrong in (
        replace(attempt, last_form=None),
        replace(attempt, proposal=replace(proposal, last=None)),
        replace(attempt, proposal=replace(proposal, match=Match.ARCHIVE)),
        replace(attempt, proposal=replace(proposal, qualified=True)),
        replace(attempt, proposal=replace(proposal, last=never_sat)),
        replace(attempt, form=replace(attempt.form, photo_hash="")),
    ):
        assert broken(wrong) == {"confirmed_automatically_when_unchanged"}
