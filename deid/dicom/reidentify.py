"""The way back for results: what was made on pseudonymised data gets its original identifiers and UIDs again.

A segmentation, a report or a table that came out of an analysis names the subject by code and the images by their
surrogate UIDs. With the links that the vault reveals, and only with them, these become the originals, so that the
result can be filed beside the study it was made from.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, NamedTuple

from deid.dicom.change import shift_date, shift_datetime
from deid.dicom.encrypted import restored
from deid.dicom.meta import LONGITUDINAL, METHOD_CODES
from deid.dicom.read import Instance
from deid.dicom.rewrite import encode_element, encoded, item_bytes
from deid.dicom.scan import Element
from deid.dicom.values import CHARACTER_SET, CHARSET_VRS, MULTI_VRS, TEXT_VRS, Charset, charset_of, item_charset, pad
from deid.model import Link
from deid.standard import CID7050

__all__ = [
    "Reidentified",
    "reidentify_instance",
    "reidentify_json",
    "reidentify_table",
    "reidentify_text",
    "table_dialect",
]

_STUDY_DATE, _CODE_VALUE = 0x00080020, 0x00080100
_SHIFTED = CID7050["retain-longitudinal-modified-dates"][0]
_NO_SURROGATE = frozenset(("output", "date-offset"))  # what the vault notes of a subject, and nothing stands for
_UTF8 = charset_of(b"ISO_IR 192")


class Reidentified(NamedTuple):
    """A result with original identifiers: what it is now, how many values went back, how many could be two."""

    data: bytes
    restored: int
    ambiguous: int


def reidentify_instance(
    instance: Instance, links: Iterable[Link], *, shift_days: int = 0, all_dates: bool = False
) -> Reidentified:
    """An instance whose surrogates are originals again.

    Parameters
    ----------
    links
        What the vault revealed for the subject.
    shift_days
        The subject's offset; Study Date is moved back by it, unless the instance says that its dates were not shifted.
    all_dates
        Move every date back, not Study Date alone: right for a copy of a de-identified instance, wrong for
        a result whose own dates are true.
    """
    days = -shift_days if _is_shifted(instance) else 0
    walk = _Walk(instance, _Originals.by(links), days, all_dates=all_dates)
    originals = {}
    for element in instance.elements:
        if element is instance.pixel:
            continue
        new = walk.element(element, instance.charset)
        if new is not None:
            originals[element.tag] = new
    if walk.recoded:
        originals[CHARACTER_SET] = walk.character_set()
    return Reidentified(restored(instance, originals), walk.restored, walk.ambiguous)


def _is_shifted(instance: Instance) -> bool:
    """Whether the dates of an instance are those of a patient whose dates were shifted.

    The codes of the method tell; without them Longitudinal Temporal Information Modified, in which shifted dates and
    bare years are the same. A result that says nothing of it is taken to be made of shifted dates, except for a Study
    Date of 1 January, which is what stands in for a year.
    """
    codes = _method_codes(instance)
    if codes:
        return _SHIFTED in codes
    said = instance.text(LONGITUDINAL).upper()
    return said not in ("REMOVED", "UNMODIFIED") and instance.text(_STUDY_DATE)[4:] != "0101"


def _method_codes(instance: Instance) -> set[str]:
    """Code values of De-identification Method Code Sequence; a well-made result has them from its source."""
    sequence = instance.index.get(METHOD_CODES)
    return {
        instance.buffer[element.value : element.value_end].decode("latin-1").strip(" \0")
        for item in (sequence.items if sequence is not None else None) or ()
        for element in item.elements
        if element.tag == _CODE_VALUE
    }


def reidentify_table(text: str, links: Iterable[Link]) -> Reidentified:
    """A table of delimited cells in which every surrogate is the original again, as a whole cell or in its text."""
    back = _Back(_Originals.by(links))
    out = io.StringIO()
    dialect = table_dialect(text)
    writer = csv.writer(out, dialect)
    for row in csv.reader(io.StringIO(text), dialect):
        writer.writerow([back.cell(cell) for cell in row])
    return Reidentified(out.getvalue().encode("utf-8"), back.restored, back.ambiguous)


def table_dialect(text: str) -> type[csv.Dialect]:
    """How the cells of a table are delimited; by commas if nothing tells."""
    try:
        return csv.Sniffer().sniff(text[:4096], ",;\t|")
    except csv.Error:
        return csv.excel


def reidentify_text(text: str, links: Iterable[Link]) -> Reidentified:
    """A text in which every surrogate that stands by itself is the original again; its dates stay as they are."""
    back = _Back(_Originals.by(links))
    return Reidentified(back.text(text).encode("utf-8"), back.restored, back.ambiguous)


def reidentify_json(text: str, links: Iterable[Link]) -> Reidentified:
    """JSON, or JSON Lines, in whose strings every surrogate that stands by itself is the original again.

    Raises
    ------
    ValueError
        If it is neither.
    """
    back = _Back(_Originals.by(links))
    try:
        whole = json.loads(text)
    except ValueError:
        lines = [json.dumps(back.value(json.loads(line)), ensure_ascii=False) for line in text.splitlines() if line]
        shown = "\n".join([*lines, ""])
    else:
        shown = json.dumps(back.value(whole), ensure_ascii=False) + "\n"
    return Reidentified(shown.encode("utf-8"), back.restored, back.ambiguous)


class _Back:
    """Puts originals into texts, and counts."""

    def __init__(self, originals: _Originals) -> None:
        self._originals = originals
        self.restored = self.ambiguous = 0
        # A name of several words comes before its words.
        several = sorted((s for s in originals.words() if _BLANK.search(s)), key=len, reverse=True)
        parts = [rf"(?<!\w)(?:{'|'.join(map(re.escape, several))})(?!\w)"] if several else []
        self._word = re.compile("|".join([*parts, _WORD]))

    def cell(self, cell: str) -> str:
        """A cell that is a surrogate as a whole, or holds some."""
        found = self._originals.of(cell.strip())
        return self._chosen(cell, found) if found else self.text(cell)

    def text(self, text: str) -> str:
        """Every surrogate in a text that could be nothing else."""
        return self._word.sub(self._one, text)

    def value(self, value: Any) -> Any:
        """All strings of a JSON value."""
        if isinstance(value, str):
            return self.cell(value)
        if isinstance(value, list):
            return [self.value(one) for one in value]
        if isinstance(value, dict):
            return {self.cell(name): self.value(one) for name, one in value.items()}
        return value

    def _one(self, match: re.Match[str]) -> str:
        word = match[0]
        for end in ("", ".", "-", "'s", "\u2019s"):
            stem = word.removesuffix(end) if end else word
            found = self._originals.of(stem) if _is_telling(stem) else ()
            if found:
                return self._chosen(stem, found) + word[len(stem) :]
        return word

    def _chosen(self, surrogate: str, found: Sequence[str]) -> str:
        self.ambiguous += len(found) > 1
        self.restored += len(found) == 1
        return found[0] if len(found) == 1 else surrogate


_BLANK = re.compile(r"[\s,]")
_WORD = r"\w(?:[\w.^'\u2019-]*\w)?"
_TELLING_LETTERS, _TELLING_DIGITS = 3, 6


def _is_telling(surrogate: str) -> bool:
    """Whether this in a text is a surrogate and no word or number by chance."""
    letters = sum(c.isalpha() for c in surrogate)
    return letters >= _TELLING_LETTERS or sum(c.isdigit() for c in surrogate) >= _TELLING_DIGITS


class _Originals(NamedTuple):
    """Surrogate to its originals; several if links disagree. A code may stand for the Patient ID and for the name."""

    uids: dict[str, list[str]]
    texts: dict[str, list[str]]
    names: dict[str, list[str]]

    @classmethod
    def by(cls, links: Iterable[Link]) -> _Originals:
        made = cls({}, {}, {})
        for link in links:
            if not link.surrogate or link.kind in _NO_SURROGATE:
                continue
            table = {"uid": made.uids, "name": made.names}.get(link.kind, made.texts)
            found = table.setdefault(link.surrogate, [])
            # A name comes in several written forms; the header's own, with carets, is the one to write.
            if link.kind == "name" and found:
                if "^" in link.original and "^" not in found[0]:
                    found[0] = link.original
            elif link.original not in found:
                found.append(link.original)
        return made

    def words(self) -> Iterator[str]:
        """All surrogates that are no UIDs."""
        return chain(self.texts, self.names)

    def of(self, surrogate: str) -> Sequence[str]:
        """Whatever it stands for where nothing says what is meant: an identifier before a name."""
        return self.of_text(surrogate) or self.of_uid(surrogate)

    def of_uid(self, surrogate: str) -> Sequence[str]:
        return self.uids.get(surrogate, ())

    def of_text(self, surrogate: str, vr: str = "") -> Sequence[str]:
        first, second = (self.names, self.texts) if vr == "PN" else (self.texts, self.names)
        return first.get(surrogate, ()) or second.get(surrogate, ())


class _Walk:
    """One pass over an instance."""

    def __init__(self, instance: Instance, originals: _Originals, days: int, *, all_dates: bool) -> None:
        self.instance, self.data = instance, instance.buffer
        self.originals, self.days, self.all_dates = originals, days, all_dates
        self.restored = self.ambiguous = 0
        # An original may need characters that the result's set lacks: then all text becomes UTF-8.
        self.recoded = any(
            not instance.charset.holds(text)
            for table in (originals.texts, originals.names)
            for found in table.values()
            for text in found
        )

    def element(self, element: Element, charset: Charset, *, nested: bool = False) -> bytes | None:
        """The element with originals; None if nothing changes."""
        if element.items is not None:
            return self._sequence(element, charset)
        if element.tag == CHARACTER_SET and nested and self.recoded:
            return encoded(element, self.data, b"ISO_IR 192")
        if element.vr not in TEXT_VRS:
            return None
        raw = self.data[element.value : element.value_end]
        text = charset.decode(raw, element.vr)
        values = text.split("\\") if element.vr in MULTI_VRS else [text]
        new = "\\".join([self._value(value, element, nested=nested) for value in values])
        recode = self.recoded and element.vr in CHARSET_VRS and not new.isascii()
        if new == text and not recode:
            return None
        target = _UTF8 if self.recoded else charset
        return encoded(element, self.data, pad(target.encode(new, element.vr, b""), element.vr))

    def _value(self, value: str, element: Element, *, nested: bool) -> str:
        stripped = value.strip(" \0")
        if not stripped:
            return value
        if element.vr in ("DA", "DT"):
            if not self.all_dates and (nested or element.tag != _STUDY_DATE):
                return value
            shift: Callable[[str, int], str | None] = shift_date if element.vr == "DA" else shift_datetime
            moved = shift(stripped, self.days)
            self.restored += moved is not None
            return value if moved is None else moved
        found = self.originals.of_uid(stripped) if element.vr == "UI" else self.originals.of_text(stripped, element.vr)
        if len(found) != 1:
            self.ambiguous += len(found) > 1
            return value
        self.restored += 1
        return found[0]

    def _sequence(self, element: Element, charset: Charset) -> bytes | None:
        parts, changed = [], False
        for item in element.items or ():
            inner = item_charset(item, self.data, charset)
            new = [self.element(e, inner, nested=True) for e in item.elements]
            if all(one is None for one in new):
                parts.append(self.data[item.start : item.end])
            else:
                changed = True
                parts.append(item_bytes(item, self.data, new))
        return encoded(element, self.data, b"".join(parts), sequence=True) if changed else None

    def character_set(self) -> bytes:
        """Specific Character Set of a result whose text has become UTF-8."""
        return encode_element(CHARACTER_SET, "CS", b"ISO_IR 192", implicit=self.instance.implicit)
