"""Which dates of a text are birth dates: by the cue before them, the sex behind them, or the column they stand in."""

# ruff: noqa: E501 - a pattern reads better whole

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from deid.text.dates import DateMention
from deid.text.folding import Folded, fold_word

__all__ = ["births"]

CUE = re.compile(
    r"(?:(?:\b|patient)(?:d\.?o\.?b\.?(?:'s|\sis|\swas)?|date of birth|birth[ _-]?date|born(?: on)?|birthday|geb(?:\.|oren)?(?: am)?|geb\.?[ -]?dat(?:um|\.)?|geburts(?:datum|tag)|fecha (?:de )?nac(?:imiento|\.)?|nacid[oa](?: el)?|\bn\. el"
    r"|f\.? ?(?:de )?nac\.?|fdn|date de naiss(?:ance|\.)?|ddn|nee?(?:\(e\))?(?: le)?|data di nascita)(?:[^\w]|</?b>|</?t[dh]>|</?strong>){0,9})$"
)
#: The same in other scripts; a Japanese date stands behind its era.
CUE_OTHER = re.compile(
    rf"(?:дата рождения|\bд\.\s?р\.|出生日期|出生年月日?|生年月日|{fold_word('생년월일')}|تاريخ الميلاد|תאריך לידה)\W{{0,6}}(?:明治|大正|昭和|平成|令和|民国|民國)?$"
)
BACK = 40
SEX_AFTER = re.compile(r"\s?[,/;]?\s?(?:m|f|male|female)\s?\)")
AGED_BEFORE = re.compile(
    r"(?:\baged?\s(?P<a>\d{1,3})|\b(?P<b>\d{1,3})\s?-?(?:yo|y/o|yrs?|years?(?:[ -]old)?)(?:\s(?:m|f|male|female|man|woman))?)\s?\($"
)
HEAD = re.compile(r"[\"'*\s]*(?:d\.?o\.?b\.?|date of birth|birth[ _-]?date|patientbirthdate|born)[\"'*\s]*")
TOLD = ("dob", "d.o.b", "birth", "born", "pid|")
#: Field 7 of HL7's PID holds the birth date.
PID_BIRTH = 7
#: In which years somebody of a told age can have been told so.
PRESENT = range(1990, 2041)


def births(mentions: Iterable[DateMention], folded: Folded) -> set[int]:
    """Where the birth dates of a text begin.

    Parameters
    ----------
    mentions
        The dates of ``folded``.
    """
    listed = [m for m in mentions if m.form != "weekday"]
    if not listed:
        return set()
    found = {m.start for m in listed if m.form == "born" or _is_told(m, folded)}
    low = folded.original.lower()
    if len(low) == len(folded.original) and any(word in low for word in TOLD):
        spans = list(_columns(low))
        found |= {m.start for m in listed if any(a <= m.start and m.end <= b for a, b in spans)}
    return found


def _is_told(mention: DateMention, folded: Folded) -> bool:
    low = max(0, mention.start - BACK)
    before = fold_word(folded.original[low : mention.start])
    if CUE.search(before) or CUE_OTHER.search(before) or folded.original.startswith("生", mention.end):
        return True
    if not before.endswith("(") or not mention.full:
        return False
    if SEX_AFTER.match(folded.original[mention.end : mention.end + 12].lower()):
        return True
    aged = AGED_BEFORE.search(before)
    return aged is not None and mention.year + int(aged["a"] or aged["b"]) in PRESENT


def _columns(text: str) -> Iterator[tuple[int, int]]:
    """Half-open spans of the cells below a heading that names the birth date, and of those of HL7's PID."""
    lines, at = [], 0
    for line in text.split("\n"):
        lines.append((at, line))
        at += len(line) + 1
    for n, (start, line) in enumerate(lines):
        if line.startswith("pid|"):
            yield from _cell(start, line, "|", PID_BIRTH)
        elif any(word in line for word in TOLD) and not any(c.isdecimal() for c in line):
            yield from _below(line, lines[n + 1 :])


def _below(head: str, lines: list[tuple[int, str]]) -> Iterator[tuple[int, int]]:
    for sign in ("|", "\t", ",", ";"):
        cells = head.split(sign)
        place = next((i for i, cell in enumerate(cells) if HEAD.fullmatch(cell)), None)
        if len(cells) > 1 and place is not None:
            for start, line in lines:
                if line.count(sign) != len(cells) - 1:
                    return
                yield from _cell(start, line, sign, place)
            return
    column = re.search(rf"(?:^|\s\s){HEAD.pattern}(?=$|\s\s|\S)", head)
    if column is None or "  " not in head.strip():
        return
    for start, line in lines:
        if not line.strip():
            return
        yield start + max(0, column.start() - 3), start + min(len(line), column.end() + 8)


def _cell(start: int, line: str, sign: str, place: int) -> Iterator[tuple[int, int]]:
    cells = line.split(sign)
    if place < len(cells):
        first = start + sum(len(cell) + 1 for cell in cells[:place])
        yield first, first + len(cells[place])
