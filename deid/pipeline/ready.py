"""Imported by the process that workers are forked from: makes once what each of them would make for its first text."""

from __future__ import annotations

from deid.text import lexicon
from deid.text.dates import parse_date

__all__: list[str] = []

parse_date("20000101")  # compiles the patterns of dates
lexicon.is_known("")  # reads the lists of words
lexicon.is_eponym("")
