"""The look-ups over the tables.

Tags are integers (``0x00100010``), a path is the tuple of tags from the outermost sequence to the element
itself, without item numbers. Action codes are the letters of PS3.15 Table E.1-1a as printed (``X/Z/D``);
resolving a compound code is the business of :mod:`deid.recipe`, which asks :func:`attribute_type`.

References
----------
PS3.15 2026d Tables E.1-1, E.3.4-1 and E.3.10-1; PS3.3 module tables; PS3.16 CID 7050. The private tag
knowledge base of The Cancer Imaging Archive is published under CC BY.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

from pydicom.datadict import dictionary_VR, keyword_for_tag, tag_for_keyword

__all__ = [
    "CID7050",
    "COLUMNS",
    "EDITION",
    "EXTRA_DICTIONARY",
    "EXTRA_KEYWORDS",
    "ContentRow",
    "Row",
    "SafePrivate",
    "action_row",
    "all_rows",
    "attribute_type",
    "content_item_action",
    "dictionary_vr",
    "is_private_creator_known",
    "keyword_of",
    "never_remap",
    "safe_private",
    "tag_of",
]

EDITION = "2026d"

# The option columns of Table E.1-1 by the names that a recipe uses, in the order of the table.
COLUMNS = (
    "retain-safe-private",
    "retain-uids",
    "retain-device-identity",
    "retain-institution-identity",
    "retain-patient-characteristics",
    "retain-longitudinal-full-dates",
    "retain-longitudinal-modified-dates",
    "clean-descriptors",
    "clean-structured-content",
    "clean-graphics",
)

# PS3.16 CID 7050: what (0012,0064) says was done.
CID7050: Mapping[str, tuple[str, str]] = {
    "basic": ("113100", "Basic Application Confidentiality Profile"),
    "clean-pixel-data": ("113101", "Clean Pixel Data Option"),
    "clean-recognizable-visual-features": ("113102", "Clean Recognizable Visual Features Option"),
    "clean-graphics": ("113103", "Clean Graphics Option"),
    "clean-structured-content": ("113104", "Clean Structured Content Option"),
    "clean-descriptors": ("113105", "Clean Descriptors Option"),
    "retain-longitudinal-full-dates": ("113106", "Retain Longitudinal Temporal Information Full Dates Option"),
    "retain-longitudinal-modified-dates": ("113107", "Retain Longitudinal Temporal Information Modified Dates Option"),
    "retain-patient-characteristics": ("113108", "Retain Patient Characteristics Option"),
    "retain-device-identity": ("113109", "Retain Device Identity Option"),
    "retain-uids": ("113110", "Retain UIDs Option"),
    "retain-safe-private": ("113111", "Retain Safe Private Option"),
    "retain-institution-identity": ("113112", "Retain Institution Identity Option"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One row of Table E.1-1.

    Attributes
    ----------
    basic
        Action code of the Basic Profile as printed, for example ``X/Z/D``.
    options
        Option name to ``K`` or ``C``; an empty cell is absent.
    """

    keyword: str
    vr: str
    basic: str
    options: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ContentRow:
    """One row of Table E.3.4-1: a concept name of a content item and what happens to it."""

    meaning: str
    value_type: str
    basic: str
    options: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SafePrivate:
    """What is known about one private element.

    Attributes
    ----------
    source
        ``PS3.15 2026d E.3.10-1`` or ``TCIA private tags``.
    letters
        VR to disposition: ``k`` keep, ``h`` map the UID, ``o`` shift the date, ``d`` remove. The
        standard's own table has one VR and ``k``.
    """

    source: str
    letters: Mapping[str, str]

    def disposition(self, vr: str) -> tuple[str, str]:
        """The letter for an element written with ``vr``, and the VR to read its value by.

        A VR that the tables do not list gets the strictest letter of those they do. ``UN`` is read by the only
        VR on record, if there is just one: what is no number in an element of numbers is no value of it.
        """
        concrete = [known for known in self.letters if known not in ("UN", "OB", "OW")]
        read = concrete[0] if vr == "UN" and len(concrete) == 1 else vr
        listed = [self.letters[known] for known in (vr, read) if known in self.letters]
        return max(listed if vr in self.letters else self.letters.values(), key="kohd".index), read


def _load(name: str) -> Any:
    return json.loads(resources.files("deid.standard").joinpath(name).read_text("utf-8"))


@lru_cache(maxsize=1)
def _confidentiality() -> tuple[dict[int, Row], dict[str, Row], dict[int, tuple[str, str, str, str]]]:
    """Rows by tag, rows of repeating groups by mask, and the dictionary entries that pydicom lacks."""
    table = _load("confidentiality.json")
    rows: dict[int, Row] = {}
    masks: dict[str, Row] = {}
    for where, keyword, vr, basic, cells in table["rows"]:
        options = {name: cell for name, cell in zip(COLUMNS, cells, strict=True) if cell != "."}
        row = Row(keyword, vr, basic, options)
        if where == "private" or "x" in where:
            masks[where] = row
        else:
            rows[int(where, 16)] = row
    extra = {int(tag, 16): (vr, vm, name, keyword) for tag, vr, vm, name, keyword in table["extra_dictionary"]}
    return rows, masks, extra


class _Lazy(Mapping[Any, Any]):
    """A mapping that is read from its table on first use."""

    def __init__(self, load: Any) -> None:
        self._load = load

    def __getitem__(self, key: Any) -> Any:
        return self._load()[key]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._load())

    def __len__(self) -> int:
        return len(self._load())


@lru_cache(maxsize=1)
def _extra_keywords() -> dict[str, int]:
    return {entry[3]: tag for tag, entry in _confidentiality()[2].items()}


#: Tags of Table E.1-1 that pydicom's dictionary lacks: tag to (VR, VM, name, keyword).
EXTRA_DICTIONARY: Mapping[int, tuple[str, str, str, str]] = _Lazy(lambda: _confidentiality()[2])
#: The same by keyword.
EXTRA_KEYWORDS: Mapping[str, int] = _Lazy(_extra_keywords)


def action_row(tag: int) -> Row | None:
    """Row of Table E.1-1 for a tag, repeating and private groups included."""
    rows, masks, _ = _confidentiality()
    row = rows.get(tag)
    if row is not None:
        return row
    group = tag >> 16
    if group & 1:
        return masks["private"]
    if group >> 8 == 0x50:
        return masks["50xxxxxx"]
    if group >> 8 == 0x60:
        return masks.get(f"60xx{tag & 0xFFFF:04X}")
    return None


def all_rows() -> Iterator[tuple[str, Row]]:
    """Every row of Table E.1-1 with its tag as printed: ``(0010,0010)``, ``(60xx,3000)``."""
    rows, masks, _ = _confidentiality()
    for tag, row in rows.items():
        yield f"({tag >> 16:04X},{tag & 0xFFFF:04X})", row
    for mask, row in masks.items():
        yield ("(gggg,eeee) odd" if mask == "private" else f"({mask[:4]},{mask[4:]})"), row


@lru_cache(maxsize=4096)
def dictionary_vr(tag: int) -> str | None:
    """VR of a standard tag in PS3.6 (``OB or OW`` and the like as printed there); None if not in it."""
    extra = _confidentiality()[2].get(tag)
    if extra is not None:
        return extra[0]
    try:
        return dictionary_VR(tag)
    except KeyError:
        return None


@lru_cache(maxsize=4096)
def keyword_of(tag: int) -> str:
    """Keyword of a standard tag, empty if it has none."""
    extra = _confidentiality()[2].get(tag)
    return extra[3] if extra is not None else keyword_for_tag(tag)


def tag_of(keyword: str) -> int | None:
    """Tag of a keyword; None if PS3.6 has no such keyword (keywords of repeating groups included)."""
    tag = EXTRA_KEYWORDS.get(keyword)
    return tag if tag is not None else tag_for_keyword(keyword)


# Retired SOP Classes by the IOD of their successor.
_SUCCESSORS = {
    "1.2.840.10008.5.1.4.1.1.3": "ultrasound-multi-frame-image",
    "1.2.840.10008.5.1.4.1.1.5": "nuclear-medicine-image",
    "1.2.840.10008.5.1.4.1.1.6": "ultrasound-image",
    "1.2.840.10008.5.1.4.1.1.12.3": "x-ray-angiographic-image",
    "1.2.840.10008.5.1.4.1.1.88.1": "basic-text-sr",
    "1.2.840.10008.5.1.4.1.1.88.3": "enhanced-sr",
    "1.2.840.10008.5.1.4.1.1.88.4": "comprehensive-sr",
}


@lru_cache(maxsize=1)
def _types() -> tuple[list[dict[int, tuple[str, int]]], dict[str, list[int]], dict[str, str]]:
    """Nodes of the trees of modules, roots by IOD (the empty name: modules of nearly every IOD), IOD by SOP Class."""
    table = _load("types.json")
    nodes = [{flat[at]: (flat[at + 1], flat[at + 2]) for at in range(0, len(flat), 3)} for flat in table["nodes"]]
    iods: dict[str, list[int]] = table["iods"]
    used = Counter(root for roots in iods.values() for root in roots)
    iods[""] = [root for root, count in used.items() if count > 0.9 * len(iods)]
    return nodes, iods, {**_SUCCESSORS, **table["sop_classes"]}


_STRICTEST = ("", "2C", "2", "1C", "1")


def attribute_type(sop_class_uid: str, path: tuple[int, ...]) -> str | None:
    """Type of an attribute of Table E.1-1 in the IOD of a SOP Class, at its nesting level.

    Parameters
    ----------
    sop_class_uid
        SOP Class UID, or the name of an IOD such as ``ct-image``. For one that is not known the modules
        count that nearly every IOD has: patient, study, trial, common instance.
    path
        Tags from the outermost sequence to the attribute. Content Sequences nested in one another count as one.

    Returns
    -------
    str or None
        ``1``, ``1C``, ``2`` or ``2C``; the strictest of the modules that have the attribute there.
        None for Type 3 and for an attribute that does not belong there.
    """
    nodes, iods, sop_classes = _types()
    iod = sop_classes.get(sop_class_uid, sop_class_uid)
    roots = iods[iod if iod in iods else ""]
    short = [tag for at, tag in enumerate(path) if at == 0 or tag != path[at - 1]]
    best = ""
    for root in roots:
        at, kind = root, ""
        for tag in short:
            entry = nodes[at].get(tag) if at >= 0 else None
            if entry is None:
                kind = ""
                break
            kind, at = entry
        if _STRICTEST.index(kind) > _STRICTEST.index(best):
            best = kind
    return best or None


@lru_cache(maxsize=1)
def _private() -> tuple[
    dict[tuple[str, int, int], str], dict[tuple[str, int, int, bool], dict[str, str]], frozenset[str]
]:
    table = _load("private.json")
    standard = {(creator, int(tag[:4], 16), int(tag[4:], 16)): vr for creator, tag, vr in table["standard"]}
    tcia = {
        (creator, int(tag[:4], 16), int(tag[4:], 16), bool(nested)): {cell[:-1]: cell[-1] for cell in cells.split(",")}
        for creator, tag, nested, cells in table["tcia"]
    }
    creators = frozenset({key[0].casefold() for key in standard} | {key[0] for key in tcia})
    return standard, tcia, creators


def safe_private(creator: str, group: int, low_byte: int, *, nested: bool = False) -> SafePrivate | None:
    """What the tables say about a private element; None if neither lists it.

    Parameters
    ----------
    creator
        Private creator as written; trailing spaces do not count.
    low_byte
        Low byte of the element number, since any block may be reserved.
    nested
        The element stands in an item of a sequence: what is listed for nested elements comes first.
    """
    standard, tcia, _ = _private()
    name = creator.strip(" \0")
    vr = standard.get((name, group, low_byte))
    if vr is not None:
        return SafePrivate(f"PS3.15 {EDITION} E.3.10-1", dict.fromkeys(vr.split("/"), "k"))
    folded = name.casefold()
    for where in (nested, not nested):
        cell = tcia.get((folded, group, low_byte, where))
        if cell is not None:
            return SafePrivate("TCIA private tags", cell)
    return None


def is_private_creator_known(creator: str) -> bool:
    """Whether any table lists elements of this creator: an unknown creator may itself be an identifier."""
    return creator.strip(" \0").casefold() in _private()[2]


@lru_cache(maxsize=1)
def _uids() -> tuple[frozenset[str], frozenset[str]]:
    table = _load("uids.json")
    return frozenset(table["registered"]), frozenset(table["class_like_keywords"])


# Coding schemes are registered under these arcs (DICOM, HL7); any other names an organisation.
_SCHEME_ARCS = ("1.2.840.10008.", "2.16.840.1.113883.")
_SCHEME_KEYWORDS = frozenset({"CodingSchemeUID", "ContextUID", "ContextGroupExtensionCreatorUID"})


def never_remap(uid: str, keyword: str) -> bool:
    """Whether a UID names a class, a syntax or a scheme rather than an instance, a patient's or a site's thing.

    A UID that merely starts with the DICOM root is not exempt: it must be registered in PS3.6, or stand in an
    attribute that holds classes.
    """
    registered, class_like = _uids()
    uid = uid.strip(" \0")
    if uid in registered:
        return True
    if keyword in _SCHEME_KEYWORDS:
        return uid.startswith(_SCHEME_ARCS)
    return keyword in class_like


@lru_cache(maxsize=1)
def _structured() -> tuple[dict[tuple[str, str], list[ContentRow]], tuple[str, ...]]:
    table = _load("structured.json")
    columns = tuple(
        {
            "retain_longitudinal_full_dates": "retain-longitudinal-full-dates",
            "retain_longitudinal_modified_dates": "retain-longitudinal-modified-dates",
        }.get(name, name.replace("_", "-"))
        for name in table["columns"]
    )
    rows: dict[tuple[str, str], list[ContentRow]] = {}
    for code, scheme, value_type, meaning, basic, cells in table["rows"]:
        options = {name: cell for name, cell in zip(columns, cells, strict=True) if cell != "."}
        rows.setdefault((code, scheme), []).append(ContentRow(meaning, value_type, basic, options))
    return rows, columns


@lru_cache(maxsize=1)
def _retired_snomed() -> dict[str, str]:
    """SNOMED-RT identifiers (``G-0353``) to SNOMED CT, as PS3.16 Annex O relates them."""
    from pydicom.sr._snomed_dict import mapping  # large, and needed for old reports only

    return dict(mapping["SRT"])


def content_item_action(code: str, scheme: str, value_type: str) -> ContentRow | None:
    """Row of Table E.3.4-1 for a content item.

    Parameters
    ----------
    code, scheme
        Concept name. The retired schemes ``SRT`` and ``SNM3`` are looked up as SNOMED CT.
    value_type
        ``TEXT``, ``PNAME`` ... A concept that is listed with another value type only gets that row.
    """
    code, scheme = code.strip(), scheme.strip()
    if scheme in ("SRT", "SNM3", "99SDM"):
        code, scheme = _retired_snomed().get(code, code), "SCT"
    rows = _structured()[0].get((code, scheme))
    if not rows:
        return None
    for row in rows:
        if row.value_type == value_type:
            return row
    return rows[0]
