"""The published schemas are those of the models, and they refuse what they should."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from models.findings import Finding, Severity
from models.tables import INPUT_TABLES, PLAN_ROW_ORDER, PLAN_TABLES, ROSTER, names
from scheduler.roster.findings_io import findings_json
from scheduler.schemas import schemas, write_schemas
from tests.builders import roster_rows

PUBLISHED = Path(__file__).parents[2] / "docs" / "schema"


def test_the_published_schemas_are_current(tmp_path: Path) -> None:
    write_schemas(tmp_path)
    made = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    assert {p.name: p.read_bytes() for p in PUBLISHED.iterdir()} == made, (
        "run: python -m scheduler.schemas docs/schema"
    )


def test_a_schema_that_is_no_more_is_removed(tmp_path: Path) -> None:
    (tmp_path / "old.json").write_text("{}")
    write_schemas(tmp_path)
    assert not (tmp_path / "old.json").exists()


def test_every_table_has_a_schema() -> None:
    files = {file for schema in schemas().values() for file in schema.get("x-files", ())}
    assert set(PLAN_TABLES) | set(INPUT_TABLES) <= files
    assert PLAN_ROW_ORDER.keys() == PLAN_TABLES.keys()


@pytest.mark.parametrize("name", sorted(schemas()))
def test_schemas_are_schemas(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(schemas()[name])


def test_a_roster_row_fits_and_optional_columns_may_be_absent() -> None:
    schema = schemas()["roster.json"]
    (row,) = roster_rows(1).to_dict("records")
    assert row.keys() < set(names(ROSTER))
    jsonschema.validate(row, schema)


@pytest.mark.parametrize(
    "change",
    [{"subjects": "21"}, {"subjects": ""}, {"specialty": "30 3"}, {"shoe_size": "43"}],
)
def test_a_wrong_roster_row_is_refused(change: dict[str, str]) -> None:
    (row,) = roster_rows(1).to_dict("records")
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(row | change, schemas()["roster.json"])


def test_findings_fit_as_json_and_as_rows() -> None:
    finding = Finding(severity=Severity.FIX, file="r.csv", row=2, code="X", advice="mend")
    row = finding.model_dump(mode="json")
    jsonschema.validate(row, schemas()["findings_row.json"])
    content = json.loads(findings_json([finding]))
    jsonschema.validate(content, schemas()["findings.json"])
    content["findings"][0]["severity"] = "loud"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(content, schemas()["findings.json"])
