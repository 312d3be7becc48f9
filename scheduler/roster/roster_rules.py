"""The rules about roster rows: each looks at whole columns and names the rows that break it.

A rule is a generator of :class:`~scheduler.roster.examined.Hits`; :data:`RULES` is the table of all
of them, in the order in which they run. A cell with a blocking finding is no longer *sound*, and
later rules pass over it, so one fault is reported once: an unreadable specialty is not also an
unknown one.
"""

from __future__ import annotations

from scheduler.roster import exam_rules, person_rules
from scheduler.roster.examined import Rule

RULES: tuple[Rule, ...] = (
    person_rules.spreadsheet_errors,
    person_rules.line_breaks,
    person_rules.number_cells,
    person_rules.garbled_text,
    person_rules.code_forms,
    person_rules.identities,
    person_rules.suspect_column,
    person_rules.names,
    person_rules.printable_names,
    person_rules.photo_names,
    person_rules.duplicate_candidates,
    person_rules.duplicate_persons,
    person_rules.shared_photos,
    exam_rules.known_codes,
    exam_rules.subjects,
    exam_rules.open_specialties,
    exam_rules.needs,
    exam_rules.similar_employers,
    exam_rules.coordinates,
    exam_rules.coordinate_ranges,
    exam_rules.far_origins,
    exam_rules.pins,
    exam_rules.provinces,
)
