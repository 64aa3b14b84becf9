"""A header as the pixel room asks for it: single values by keyword, decoded when asked for, without a pydicom Dataset.

Building a Dataset costs as much as everything else that is done to an instance whose pixels are only copied.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from deid.dicom.read import EXPLICIT_LE, IMPLICIT_LE, Instance
from deid.dicom.scan import Limits
from deid.dicom.values import TEXT_VRS
from deid.standard import tag_of

if TYPE_CHECKING:
    import pydicom

    from deid.dicom.scan import Element

__all__ = ["Head"]

_IN_MEMORY = Limits().in_memory_bytes
_NUMBERS = {"US": "H", "SS": "h", "UL": "I", "SL": "i", "FL": "f", "FD": "d"}


class _Value(NamedTuple):
    VR: str
    value: Any


class Head:
    """The top level of one instance, as far as :mod:`deid.pixels` reads it of a Dataset.

    Attributes
    ----------
    instance
        Which does not know its head: a circle would keep its bytes until the next collection of garbage.
    file_meta
        Transfer Syntax UID, as the dataset is really encoded.
    plain
        Whether Pixel Data is native and not too large for memory, and no overlay is there: what is not so needs a
        Dataset.
    notes
        What the pixel room has made of it, shared with the headers that are like it
        (:attr:`deid.dicom.read.Instance.notes`).
    """

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.notes: dict[Any, Any] = instance.notes if instance.notes is not None else {}
        self.file_meta = {"TransferSyntaxUID": instance.transfer_syntax}
        pixel, value = instance.pixel, instance.pixel_value
        if "overlaid" not in self.notes:
            self.notes["overlaid"] = any(tag >> 24 == 0x60 for tag in instance.index)
        self.plain = (
            pixel is not None
            and pixel.tag == 0x7FE00010
            and value is not None
            and instance.size <= _IN_MEMORY
            and instance.transfer_syntax in (IMPLICIT_LE, EXPLICIT_LE)
            and not self.notes["overlaid"]
        )

    def __repr__(self) -> str:
        return f"Head({self.instance!r})"

    def __contains__(self, keyword: str) -> bool:
        return tag_of(keyword) in self.instance.index

    def __getitem__(self, keyword: str) -> _Value:
        element = self.instance.index[tag_of(keyword) or 0]
        return _Value(element.vr, self._value(element))

    def get(self, keyword: str, default: Any = None) -> Any:
        """The value of an element, a list if it has several; ``default`` if it is not there."""
        element = self.instance.index.get(tag_of(keyword) or 0)
        return default if element is None else self._value(element)

    def keys(self) -> Iterable[int]:
        """Tags of the top level."""
        return self.instance.index.keys()

    def pixels(self) -> bytes | memoryview:
        """The value of Pixel Data, not copied."""
        return self.instance.pixel_view()

    def dataset(self) -> pydicom.Dataset:
        """The instance as pydicom reads it."""
        return self.instance.dataset()

    def _value(self, element: Element) -> Any:
        instance = self.instance
        if element is instance.pixel:
            return instance.pixel_bytes()
        raw = instance.buffer[element.value : element.value_end]
        form = _NUMBERS.get(element.vr)
        if form is not None:
            width = struct.calcsize(form)
            values: list[Any] = list(struct.unpack(f"<{len(raw) // width}{form}", raw[: len(raw) // width * width]))
        elif element.vr in TEXT_VRS:
            text = instance.charset.decode(raw, element.vr)
            values = [part.strip(" \0") for part in text.split("\\")]
        else:
            return raw
        return values[0] if len(values) == 1 else values or None
