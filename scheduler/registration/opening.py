"""Opens the registration of an exam: reads the facts of a data folder and keeps them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from sqlalchemy import insert, select, update

from models.errors import InputRefused
from models.findings import BLOCKING, Finding
from models.registration import CodeChange, RegistrationFacts, Terms
from models.registration_tables import CODE_MAP
from scheduler.registration.tables import EXAM, REGISTRATION
from scheduler.roster.findings_io import in_order
from scheduler.roster.records import read_records
from scheduler.roster.reference import load_reference
from scheduler.roster.toml_file import field_findings, read_toml, unknown_keys
from scheduler.store import log
from scheduler.store.database import create_tables, named_errors, open_engine
from scheduler.store.errors import StoreError
from scheduler.store.keys import StoreKey

TERMS_FILE, CODE_MAP_FILE = "registration.toml", "code_map.csv"


def read_facts(data: Path) -> RegistrationFacts:
    """The facts of a reference data folder; terms and code map are optional files in it.

    Raises:
        InputRefused: with every finding.
    """
    reference, of_reference = load_reference(data)
    terms, of_terms = _read_terms(data / TERMS_FILE)
    code_map, of_map = _read_code_map(data / CODE_MAP_FILE)
    found = [*of_reference, *of_terms, *of_map]
    if reference is None or any(f.severity in BLOCKING for f in found):
        raise InputRefused([f for f in in_order(found) if f.severity in BLOCKING])
    return RegistrationFacts(
        exam=reference.exam,
        specialties=reference.specialties,
        exam_points=reference.exam_points,
        terms=terms,
        code_map=code_map,
    )


def open_registration(
    facts: RegistrationFacts, url: str, *, key: StoreKey, actor: str, now: datetime
) -> bool:
    """Keep the facts of an exam; the tables are made with the first one.

    Opened again, the exam takes the new facts: windows move, a year is extended. What was recorded
    before stays; states follow from it and the new windows.

    Returns:
        Whether the exam is new.

    Raises:
        StoreError: another exam has this year, or the exam is purged.
        KeyRefused: another key.
    """
    engine = open_engine(url, create=True, kind=REGISTRATION)
    try:
        create_tables(engine, key, REGISTRATION)
        code, row = facts.exam.code, {"json": facts.model_dump_json()}
        with named_errors(), engine.begin() as connection:
            kept = connection.execute(
                select(EXAM.c.exam, EXAM.c.year, EXAM.c.purged_at).where(
                    (EXAM.c.exam == code) | (EXAM.c.year == facts.exam.year)
                )
            ).all()
            if any((one.exam, one.year) != (code, facts.exam.year) for one in kept):
                raise StoreError("an exam code names one year, and a year one exam")
            if any(one.purged_at for one in kept):
                raise StoreError(f"exam {code} was purged; it is not opened again")
            if kept:
                connection.execute(update(EXAM).where(EXAM.c.exam == code).values(row))
            else:
                values = row | {"exam": code, "year": facts.exam.year}
                connection.execute(insert(EXAM).values(values))
            action = "reopen" if kept else "open"
            log.append(connection, action, code, at=now, actor=actor)
            return not kept
    finally:
        engine.dispose()


def _read_terms(path: Path) -> tuple[Terms, list[Finding]]:
    if not path.exists():
        return Terms(), []
    content, found = read_toml(path)
    if content is None:
        return Terms(), found
    found += unknown_keys(content, Terms.model_fields, "", "TERMS_KEY_UNKNOWN", path.name)
    known: Mapping[str, Any] = {k: v for k, v in content.items() if k in Terms.model_fields}
    try:
        return Terms.model_validate(known), found
    except ValidationError as error:
        return Terms(), [*found, *field_findings(error, "", "TERMS_FIELD", path.name)]


def _read_code_map(path: Path) -> tuple[tuple[CodeChange, ...], list[Finding]]:
    if not path.exists():
        return (), []
    records, found = read_records(path, CODE_MAP, may_be_empty=True)
    made = []
    for record in records:
        year, subject = record.whole("year", 2000, 2100), record.whole("subject", 1, 4)
        if record.sound and year is not None and subject is not None:
            made.append(
                CodeChange(
                    year=year,
                    old_code=record["old_code"],
                    subject=subject,
                    new_code=record["new_code"],
                )
            )
    return tuple(made), [*found, *_of(records)]


def _of(records: Any) -> Iterator[Finding]:
    for record in records:
        yield from record.found
