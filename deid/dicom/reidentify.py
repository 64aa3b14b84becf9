"""The way back for results: what was made on pseudonymised data gets its original identifiers and UIDs again.

A segmentation, a report or a table that came out of an analysis names the subject by code and the images by their
surrogate UIDs. With the links that the vault reveals, and only with them, these become the originals, so that the
result can be filed beside the study it was made from.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from deid.dicom.change import shift_date, shift_datetime
from deid.dicom.encrypted import restored
from deid.dicom.read import Instance
from deid.dicom.rewrite import encode_element, encoded, item_bytes
from deid.dicom.scan import Element
from deid.dicom.values import CHARACTER_SET, CHARSET_VRS, MULTI_VRS, TEXT_VRS, Charset, charset_of, item_charset, pad
from deid.model import Link

__all__ = ["Reidentified", "reidentify_instance", "reidentify_table"]

_STUDY_DATE = 0x00080020
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
        The subject's offset; Study Date is moved back by it.
    all_dates
        Move every date back, not Study Date alone: right for a copy of a de-identified instance, wrong for
        a result whose own dates are true.
    """
    walk = _Walk(instance, _Originals.of(links), -shift_days, all_dates=all_dates)
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


def reidentify_table(text: str, links: Iterable[Link]) -> Reidentified:
    """A CSV table in which every cell that is a surrogate is the original again."""
    originals = _Originals.of(links)
    restored_cells = ambiguous = 0
    out = io.StringIO()
    dialect = csv.Sniffer().sniff(text[:4096], ",;\t|") if text.strip() else csv.excel
    writer = csv.writer(out, dialect)
    for row in csv.reader(io.StringIO(text), dialect):
        new = []
        for cell in row:
            found = originals.of_text(cell.strip()) or originals.of_uid(cell.strip())
            ambiguous += len(found) > 1
            restored_cells += len(found) == 1
            new.append(found[0] if len(found) == 1 else cell)
        writer.writerow(new)
    return Reidentified(out.getvalue().encode("utf-8"), restored_cells, ambiguous)


class _Originals(NamedTuple):
    """Surrogate to its originals; several if links disagree."""

    uids: dict[str, list[str]]
    texts: dict[str, list[str]]

    @classmethod
    def of(cls, links: Iterable[Link]) -> _Originals:
        made = cls({}, {})
        for link in links:
            table = made.uids if link.kind == "uid" else made.texts
            found = table.setdefault(link.surrogate, [])
            # A name comes in several written forms; the header's own, with carets, is the one to write.
            if link.kind == "name" and found:
                if "^" in link.original and "^" not in found[0]:
                    found[0] = link.original
            elif link.original not in found:
                found.append(link.original)
        return made

    def of_uid(self, surrogate: str) -> Sequence[str]:
        return self.uids.get(surrogate, ())

    def of_text(self, surrogate: str) -> Sequence[str]:
        return self.texts.get(surrogate, ())


class _Walk:
    """One pass over an instance."""

    def __init__(self, instance: Instance, originals: _Originals, days: int, *, all_dates: bool) -> None:
        self.instance, self.data = instance, instance.buffer
        self.originals, self.days, self.all_dates = originals, days, all_dates
        self.restored = self.ambiguous = 0
        # An original may need characters that the result's set lacks: then all text becomes UTF-8.
        self.recoded = any(not instance.charset.holds(text) for found in originals.texts.values() for text in found)

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
        found = self.originals.of_uid(stripped) if element.vr == "UI" else self.originals.of_text(stripped)
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
