"""``policy.toml``: the planner's decisions, read strictly and printed in full."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from models.finding_codes import finding
from models.findings import BLOCKING, Finding
from models.policy import GroupDates, Policy
from models.reference import ReferenceData
from models.tables import SITTINGS, Column
from scheduler.roster.findings_io import in_order
from scheduler.roster.open_sittings import open_sittings
from scheduler.roster.records import Record, read_records
from scheduler.roster.text_table import shown_name
from scheduler.roster.toml_file import field_findings, read_toml, unknown_keys

_DATES_COLUMNS = tuple(Column(c.name, c.type, c.name != "candidates", c.pattern) for c in SITTINGS)


def load_policy(
    path: Path | None,
    reference: ReferenceData | None = None,
    *,
    seed_hex: str | None = None,
) -> tuple[Policy | None, tuple[Finding, ...]]:
    """Read a policy; keys that are not written keep their defaults.

    Args:
        path: ``None`` for the default policy.
        reference: if given, paper groups and sittings are checked against it.
        seed_hex: seed of the draw that takes the place of ``draw.seed``.

    Returns:
        The policy, ``None`` if any finding blocks, and all findings in the order of reports.
    """
    file = shown_name(path.name) if path is not None else "policy"
    content: dict[str, Any] | None = {}
    found: list[Finding] = []
    if path is not None:
        content, found = read_toml(path)
    if content is None:
        return None, in_order(found)
    found += _unknown(content, Policy, "", file)
    if seed_hex is not None:
        draw = content.get("draw", {})
        content["draw"] = {**(draw if isinstance(draw, dict) else {}), "seed": seed_hex}
    try:
        policy = Policy.model_validate(_without_unknown(content, Policy))
    except ValidationError as error:
        found += field_findings(error, "", "POLICY_FIELD", file)
        return None, in_order(found)
    if reference is not None:
        found += _against_reference(policy, reference, file)
    blocked = any(f.severity in BLOCKING for f in found)
    return (None if blocked else policy), in_order(found)


def _fields(kind: type[BaseModel]) -> dict[str, type[BaseModel] | None]:
    """Keys of a table in TOML, each with the type of its sub-table, if it has one."""
    return {
        info.alias or name: info.annotation
        if isinstance(info.annotation, type) and issubclass(info.annotation, BaseModel)
        else None
        for name, info in kind.model_fields.items()
    }


def _unknown(
    table: Mapping[str, Any], kind: type[BaseModel], prefix: str, file: str
) -> Iterator[Finding]:
    fields = _fields(kind)
    yield from unknown_keys(table, fields, prefix, "POLICY_KEY_UNKNOWN", file)
    for key, value in table.items():
        inner = fields.get(key)
        path = f"{prefix}.{key}" if prefix else key
        if inner is not None and isinstance(value, dict):
            yield from _unknown(value, inner, path, file)
        elif path == "dates.group" and isinstance(value, dict):
            for group, decisions in value.items():
                if isinstance(decisions, dict):
                    yield from _unknown(decisions, GroupDates, f"{path}.{group}", file)


def _without_unknown(table: Mapping[str, Any], kind: type[BaseModel]) -> dict[str, Any]:
    """The known keys only: the unknown ones are reported already, the others still checked."""
    known: dict[str, Any] = {}
    for key, inner in _fields(kind).items():
        if key not in table:
            continue
        value = table[key]
        if inner is not None and isinstance(value, dict):
            value = _without_unknown(value, inner)
        elif key == "group" and isinstance(value, dict):
            value = {
                group: _without_unknown(d, GroupDates) if isinstance(d, dict) else d
                for group, d in value.items()
            }
        known[key] = value
    return known


def _against_reference(policy: Policy, reference: ReferenceData, file: str) -> Iterator[Finding]:
    sittings = {s.id: s for s in reference.exam.sittings}
    groups = {group.id: group for group in reference.groups}
    for group_id, decisions in sorted(policy.dates.group.items()):
        prefix = f"dates.group.{group_id}"
        if group_id not in groups:
            right = reference.group_of.get(group_id)
            hint = f"{group_id} belongs to paper group {right}; write that." if right else ""
            yield finding("POLICY_GROUP_UNKNOWN", file, column=prefix, value=group_id, hint=hint)
            continue
        specialty = groups[group_id].specialties[0]
        mode = reference.specialty_by_code[specialty].mode
        faults = 0
        for key, chosen in (("fixed", decisions.fixed), ("forbidden", decisions.forbidden)):
            for sitting in chosen:
                code = ""
                if sitting not in sittings:
                    code = "POLICY_SITTING_UNKNOWN"
                elif key == "fixed" and sittings[sitting].mode is not mode:
                    code = "POLICY_SITTING_MODE"
                if code:
                    faults += 1
                    yield finding(code, file, column=f"{prefix}.{key}", value=sitting)
        if not faults and not open_sittings(reference, policy, specialty):
            yield finding("POLICY_NO_SITTING_LEFT", file, column=f"{prefix}.forbidden")


# ---------------------------------------------------------------- printing


def policy_toml(policy: Policy) -> str:
    """Every key of the policy as TOML, in a fixed order; :func:`load_policy` reads it back."""
    content = policy.model_dump(by_alias=True)
    groups: dict[str, dict[str, Any]] = content["dates"].pop("group")
    lines: list[str] = []
    for table, values in content.items():
        lines += [f"[{table}]", *_assignments(values), ""]
        if table == "dates":
            for group, decisions in sorted(groups.items()):
                lines += [f"[dates.group.{group}]", *_assignments(decisions), ""]
    return "\n".join(lines[:-1]) + "\n"


def _assignments(values: Mapping[str, Any]) -> Iterator[str]:
    for key, value in values.items():
        if value is not None:  # TOML has no null: an absent max_sittings means the general one
            yield f"{key} = {_toml(value)}"


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        plain = "".join(c if c.isprintable() else f"\\U{ord(c):08X}" for c in escaped)
        return f'"{plain}"'
    if isinstance(value, list | tuple):
        return f"[{', '.join(_toml(item) for item in value)}]"
    return str(value)


# ---------------------------------------------------------------- dates given from above


def load_dates_from(
    path: Path, reference: ReferenceData
) -> tuple[Mapping[str, tuple[str, ...]] | None, tuple[Finding, ...]]:
    """Sittings of each specialty from a ``sittings.csv``; the column ``candidates`` is ignored.

    Returns:
        Specialty to sittings, sorted, a specialty without any having ``()``; ``None`` if a
        finding blocks; and all findings.
    """
    records, found = read_records(path, _DATES_COLUMNS)
    chosen: dict[str, set[str]] = {code: set() for code in reference.specialty_by_code}
    for record in records:
        _check_date(record, reference, chosen)
        if record.sound:
            chosen[record["specialty"]].add(record["sitting"])
        found += record.found
    if any(f.severity in BLOCKING for f in found):
        return None, in_order(found)
    for code in sorted(code for code, ids in chosen.items() if not ids):
        found.append(
            finding("DATES_SPECIALTY_ABSENT", shown_name(path.name), column="specialty", value=code)
        )
    return {code: tuple(sorted(ids)) for code, ids in chosen.items()}, in_order(found)


def _check_date(record: Record, reference: ReferenceData, chosen: Mapping[str, set[str]]) -> None:
    if not record.sound:
        return
    sittings = {s.id: s for s in reference.exam.sittings}
    code, sitting_id = record["specialty"], record["sitting"]
    if code not in reference.specialty_by_code:
        record.report("SPECIALTY_UNKNOWN", "specialty")
    elif record["paper_group"] != reference.group_of[code]:
        hint = f"It is {reference.group_of[code]}."
        record.report("DATES_GROUP_DIFFERS", "paper_group", hint=hint)
    if sitting_id not in sittings:
        record.report("UNKNOWN_REFERENCE", "sitting", hint="Not in exam.toml.")
    if not record.sound:
        return
    if reference.specialty_by_code[code].mode is not sittings[sitting_id].mode:
        record.report("DATES_SITTING_MODE", "sitting")
    elif sitting_id in chosen[code]:
        record.report("DATES_ROW_TWICE", "sitting")
