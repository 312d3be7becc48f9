"""TOML files with exact decimals, and where a value is wrong."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from models.finding_codes import finding
from models.findings import Finding
from scheduler.roster.text_table import shown_name

_LINE = re.compile(r"line ([0-9]+)")


def read_toml(path: Path) -> tuple[dict[str, Any] | None, list[Finding]]:
    """Parse a TOML file; floats become ``Decimal``, because ``ceil(0.07 * 100)`` must be 7."""
    file = shown_name(path.name)
    try:
        text = path.read_bytes().decode("utf-8-sig")
        return tomllib.loads(text, parse_float=Decimal), []
    except FileNotFoundError:
        return None, [finding("FILE_NOT_FOUND", file)]
    except OSError as error:
        return None, [finding("FILE_UNREADABLE", file, value=error.strerror or "")]
    except UnicodeDecodeError:
        return None, [finding("ENCODING_UNKNOWN", file)]
    except tomllib.TOMLDecodeError as error:
        line = _LINE.search(str(error))
        row = int(line[1]) if line else 0
        return None, [finding("TOML_SYNTAX", file, row=row, hint=f"{error}.")]


def unknown_keys(
    table: Mapping[str, Any], known: Collection[str], prefix: str, code: str, file: str
) -> Iterator[Finding]:
    """A finding for each key that the format does not have."""
    for key in table:
        if key not in known:
            yield finding(code, file, column=f"{prefix}.{key}" if prefix else key)


def field_findings(error: ValidationError, prefix: str, code: str, file: str) -> Iterator[Finding]:
    """What pydantic found wrong, by dotted key."""
    for fault in error.errors(include_url=False):
        path = ".".join(str(part) for part in (prefix, *fault["loc"]) if str(part))
        value = fault["input"]
        shown = str(value)[:60] if isinstance(value, str | int | Decimal) else ""
        message = fault["msg"].removeprefix("Value error, ")
        yield finding(code, file, column=path, value=shown, hint=f"{message}.")
