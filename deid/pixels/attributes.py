"""What of a header the pixel room reads: a pydicom Dataset, or anything that answers as one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from pydicom import Dataset

__all__ = ["Attributes", "Scanned"]


class Attributes(Protocol):
    """Elements of the top level by keyword."""

    def __contains__(self, name: Any, /) -> bool: ...

    def __getitem__(self, key: Any, /) -> Any: ...

    def get(self, key: Any, /, default: Any = None) -> Any:
        """The value of an element, ``default`` if it is not there."""

    def keys(self) -> Iterable[Any]:
        """Tags of the top level."""


class Scanned(Attributes, Protocol):
    """A header that is no Dataset yet, since that costs as much as all else that is done to a copied instance.

    Attributes
    ----------
    file_meta
        Transfer Syntax UID at least.
    plain
        Whether its pixels are native, in memory and without overlays: the others need a Dataset.
    notes
        What was made before of this header, or of one that differs in no attribute that this room reads.
    """

    plain: bool
    notes: dict[Any, Any]
    file_meta: Any

    def pixels(self) -> bytes | memoryview:
        """The value of Pixel Data."""

    def dataset(self) -> Dataset:
        """The same as pydicom reads it."""
