"""The device catalog: what is known about where devices burn text in, with provenance; read from YAML.

A verdict costs a look-up: it depends on a handful of header values, which repeat over a series. Entries are tried in
order and the first that matches decides. What happens to a device that no entry matches is written in the catalog.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from dataclasses import dataclass
from fnmatch import translate
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from deid.errors import RecipeError
from deid.model import Region

if TYPE_CHECKING:
    from deid.pixels.attributes import Attributes

__all__ = ["Catalog", "Entry", "Header", "Verdict"]

Way = Literal["verbatim", "data", "read", "blank", "refuse"]
Interval = int | tuple[int, int]


@dataclass(frozen=True, slots=True)
class Header:
    """The header values that a verdict depends on; nothing of it names a patient."""

    sop_class: str = ""
    modality: str = ""
    manufacturer: str = ""
    model: str = ""
    software: str = ""
    image_type: tuple[str, ...] = ()
    rows: int = 0
    columns: int = 0
    samples: int = 1
    bits_stored: int = 0
    photometric: str = ""
    burned_in: str = ""
    conversion: str = ""

    @classmethod
    def of(cls, dataset: Attributes) -> Header:
        """Read the values from a dataset; what is missing is empty or 0."""
        notes: dict[Any, Any] = getattr(dataset, "notes", {})
        found: Header | None = notes.get("header")
        if found is not None:
            return found
        found = notes["header"] = cls(
            sop_class=_text(dataset, "SOPClassUID"),
            modality=_text(dataset, "Modality"),
            manufacturer=_text(dataset, "Manufacturer"),
            model=_text(dataset, "ManufacturerModelName"),
            software=_text(dataset, "SoftwareVersions"),
            image_type=tuple(_text(dataset, "ImageType").split("\\")),
            rows=_int(dataset, "Rows"),
            columns=_int(dataset, "Columns"),
            samples=_int(dataset, "SamplesPerPixel") or 1,
            bits_stored=_int(dataset, "BitsStored"),
            photometric=_text(dataset, "PhotometricInterpretation"),
            burned_in=_text(dataset, "BurnedInAnnotation"),
            conversion=_text(dataset, "ConversionType"),
        )
        return found


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ImageTypeMatch(_Strict):
    """Values of Image Type: what must stand first and second, anywhere, and nowhere."""

    first: tuple[str, ...] = ()
    second: tuple[str, ...] = ()
    some: tuple[str, ...] = ()
    none: tuple[str, ...] = ()


class Match(_Strict):
    """What a header must be for an entry to apply: globs without regard to case, numbers or [least, most].

    An empty string among the globs stands for an absent value.
    """

    modality: tuple[str, ...] = ()
    sop_class: tuple[str, ...] = ()
    manufacturer: tuple[str, ...] = ()
    model: tuple[str, ...] = ()
    software: tuple[str, ...] = ()
    photometric: tuple[str, ...] = ()
    burned_in: tuple[str, ...] = ()
    conversion: tuple[str, ...] = ()
    image_type: ImageTypeMatch = ImageTypeMatch()
    rows: Interval | None = None
    columns: Interval | None = None
    samples: Interval | None = None
    bits_stored: Interval | None = None

    def fits(self, header: Header) -> bool:
        """Say whether a header is what this entry is about."""
        for name in _GLOBS:
            patterns = getattr(self, name)
            if patterns and not _any(patterns, getattr(header, name)):
                return False
        return all(_within(getattr(self, n), getattr(header, n)) for n in _NUMBERS) and self._type_fits(
            header.image_type
        )

    def _type_fits(self, values: tuple[str, ...]) -> bool:
        wanted = self.image_type
        padded = (*values, "", "")
        return (
            (not wanted.first or _any(wanted.first, padded[0]))
            and (not wanted.second or _any(wanted.second, padded[1]))
            and (not wanted.some or any(_any(wanted.some, v) for v in values))
            and not (wanted.none and any(_any(wanted.none, v) for v in values if v))
        )


class Area(_Strict):
    """A rectangle ``[left, top, right, bottom]``, half-open, in px or as fractions of the frame."""

    box: tuple[float, float, float, float]
    unit: Literal["px", "fraction"] = "px"
    note: str = ""

    @field_validator("box")
    @classmethod
    def _ordered(cls, box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
        if not (0 <= box[0] < box[2] and 0 <= box[1] < box[3]):
            raise ValueError("a box is [left, top, right, bottom] with left < right and top < bottom")
        return box

    def region(self, header: Header, rule: str) -> Region:
        """Place the rectangle on a frame, outwards to whole pixels."""
        across, down = (header.columns, header.rows) if self.unit == "fraction" else (1, 1)
        left, top, right, bottom = self.box
        return Region(
            int(left * across), int(top * down), -int(-right * across // 1), -int(-bottom * down // 1), None, 1.0, rule
        )


class Entry(_Strict):
    """What is known about one kind of device or object, and who says so since when."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    match: Match
    pixels: Way
    blank: tuple[Area, ...] = ()
    keep: tuple[Area, ...] = ()
    outside_regions: Literal["look", "blank"] = "look"
    provenance: str = Field(min_length=8)
    date: dt.date


class _File(_Strict):
    catalog: str
    version: int
    unmatched: Literal["read", "refuse"]
    entries: tuple[Entry, ...]
    extends: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the catalog says about one header.

    Attributes
    ----------
    way
        ``verbatim``: pixels of this kind carry no burned-in text. ``data``: the values are no picture (labels, dose).
        ``read``: look. ``blank``: fill ``blank`` and look at the rest. ``refuse``.
    entry
        Identifier of the entry; empty if none matched.
    """

    way: Way
    entry: str = ""
    blank: tuple[Region, ...] = ()
    keep: tuple[Region, ...] = ()
    outside_regions: Literal["look", "blank"] = "look"


@dataclass(frozen=True, slots=True)
class Catalog:
    """Entries in the order in which they are tried, and what happens when none matches.

    ``name`` and ``digest`` say in a manifest which catalog decided.
    """

    entries: tuple[Entry, ...]
    unmatched: Literal["read", "refuse"] = "read"
    name: str = ""
    digest: str = ""

    @classmethod
    def load(cls, name: str = "devices.yaml") -> Catalog:
        """Read a catalog: a path, or the name of one that is shipped. Read once per process.

        Raises
        ------
        RecipeError
            ``catalog-missing``, ``catalog-invalid``.
        """
        path = _path(name)
        return _load(path, path.stat().st_mtime_ns)

    def verdict(self, header: Header) -> Verdict:
        """Say what to do with a header; remembered, since headers of a series repeat."""
        return _verdict(self, header)

    def __hash__(self) -> int:
        return id(self)


_GLOBS = ("modality", "sop_class", "manufacturer", "model", "software", "photometric", "burned_in", "conversion")
_NUMBERS = ("rows", "columns", "samples", "bits_stored")


@lru_cache(maxsize=4096)
def _verdict(catalog: Catalog, header: Header) -> Verdict:
    for entry in catalog.entries:
        if entry.match.fits(header):
            rule = f"catalog:{entry.id}"
            return Verdict(
                entry.pixels,
                entry.id,
                tuple(a.region(header, rule) for a in entry.blank),
                tuple(a.region(header, rule) for a in entry.keep),
                entry.outside_regions,
            )
    return Verdict(catalog.unmatched)


@lru_cache(maxsize=8)
def _load(path: Path, changed: int) -> Catalog:  # noqa: ARG001 - a file that changed is another one
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        content = path.read_text(encoding="utf-8")
        file = _File.model_validate(YAML(typ="safe").load(content))
    except (YAMLError, UnicodeDecodeError):
        raise RecipeError("catalog-invalid", "the device catalog is no YAML") from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(p) for p in first["loc"])
        raise RecipeError("catalog-invalid", f"device catalog, {place}: {first['msg']}") from None
    below = Catalog.load(file.extends) if file.extends else None
    digest = hashlib.sha256(content.encode() + (below.digest.encode() if below else b"")).hexdigest()
    entries = (*file.entries, *(below.entries if below else ()))
    return Catalog(entries, file.unmatched, f"{file.catalog}-{file.version}", digest)


@lru_cache(maxsize=8)
def _path(name: str) -> Path:
    """Find a catalog: a path with a folder in it as it is, a plain name among those that are shipped."""
    path = Path(name)
    root = Path(str(resources.files("deid")))
    plain = len(path.parts) == 1
    places = (root / "recipes" / name, root.parent / "recipes" / name) if plain else (path,)
    for place in places:
        if place.is_file():
            return place.resolve()
    raise RecipeError("catalog-missing", "the device catalog that the recipe names is not there")


@lru_cache(maxsize=4096)
def _glob(pattern: str) -> re.Pattern[str]:
    return re.compile(translate(pattern), re.IGNORECASE)


def _any(patterns: tuple[str, ...], value: str) -> bool:
    return any(_glob(p).match(value) for p in patterns)


def _within(interval: Interval | None, value: int) -> bool:
    if interval is None:
        return True
    return value == interval if isinstance(interval, int) else interval[0] <= value <= interval[1]


def _text(dataset: Attributes, keyword: str) -> str:
    value = dataset.get(keyword)
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()
    parts = value if isinstance(value, list | tuple) or hasattr(value, "__iter__") else (value,)
    return "\\".join(str(p).strip() for p in parts)


def _int(dataset: Attributes, keyword: str) -> int:
    try:
        return int(dataset.get(keyword) or 0)
    except (TypeError, ValueError):
        return 0
