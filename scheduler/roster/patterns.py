"""What a cell looks like, for roster and reference data alike.

Written in the syntax that Python's ``re`` and pyarrow's RE2 share.
"""

from __future__ import annotations

CODE = "^[A-Za-z0-9_-]{1,32}$"

SPREADSHEET_NUMBER = "^[0-9]+[.][0-9]*$|^[0-9](?:[.][0-9]+)?[Ee][+]?[0-9]+$"
"""``12.0`` and ``2.6E+11``: what a spreadsheet makes of a code."""

SPREADSHEET_ERROR = "^#(?:N/A|REF!|VALUE!|DIV/0!|NAME[?]|NULL!|NUM!|SPILL!|CALC!|GETTING_DATA)$"

GARBLED = "\ufffd|锟斤拷|烫烫|屯屯|[?]{2,}|[\u00c2-\u00f4][\u0080-\u00bf]"
"""Text decoded wrongly: replacement characters, GBK over UTF-8, Latin-1 over UTF-8."""

DEGREES = "^-?[0-9]{1,3}(?:[.][0-9]{1,15})?$"

FAR_METRES = 1_000_000
"""Farther than this from the exam point, a coordinate is probably wrong."""
