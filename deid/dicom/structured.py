"""Structured content: what a content item is about decides what happens to its value.

References
----------
PS3.15 2026d E.3.4 and Table E.3.4-1; PS3.3 C.17.3 (document content), 10.2 (content item macro).
"""

from __future__ import annotations

import re
from typing import NamedTuple

from deid.dicom.scan import Element, Item
from deid.dicom.values import Charset
from deid.model import Action, Rule
from deid.recipe import Policy

__all__ = [
    "CODE_MEANING",
    "CONCEPT_NAME",
    "MEASURED_VALUES",
    "UNKNOWN_CODE",
    "Concept",
    "Content",
    "concept_of",
    "content",
    "is_public_code",
]

VALUE_TYPE = 0x0040A040
CONCEPT_NAME = 0x0040A043
_CODE_VALUES = (0x00080100, 0x00080119, 0x00080120)  # Code Value, Long Code Value, URN Code Value
_SCHEME = 0x00080102
CODE_MEANING = 0x00080104
#: Coding schemes of PS3.16 Table 8-1 whose meanings no site writes by itself.
PUBLIC_SCHEMES = frozenset(
    (
        "DCM", "SCT", "SRT", "SNM3", "99SDM", "LN", "UCUM", "RADLEX", "FMA", "NCIt", "NCIT", "UMLS", "MDC", "SCPECG",
        "I9", "I9C", "I10", "I10P", "ICD10", "C4", "C5", "CD2", "HPC", "BI", "ISO3166_1", "ISO639_1", "ISO639_2",
        "RFC3066", "RFC5646", "NDC", "RXNORM", "IBSI", "MSH", "NEU", "PUBCHEM_CID", "UNS", "UMD", "ITIS_TSN", "DCMUID",
        "JJ1017", "LNdoccode", "MAYOASRG", "NICIP", "NCDR", "ASTM-sigpurpose", "ACR", "BARI", "MA", "XEN", "CADSR",
        "DOCM", "SDM", "UBERON", "MGI", "POS", "GDC",
    )
)  # fmt: skip
#: Subject Birth Date is what Table E.3.4-1 lists; a date of birth by another code is treated as it is.
_SUBJECT_BIRTH_DATE = ("121031", "DCM")
_BIRTH_DATE = re.compile(
    r"\b(?:date|day|time|year|month)(?: and time)?(?: of)? (?:the )?(?:patient'?s? |subject'?s? )?birth\b"
    r"|\bbirth[ -]?(?:date|day|time|year|month)|\bd\.?o\.?b\b|\bgeburts(?:datum|tag|zeit|jahr)"
    r"|\b(?:date|jour) de naissance|\bfecha de nacimiento|\bdata di nascita|\bdata de nascimento|\bgeboortedatum"
    r"|\bf[öo]d(?:else|sel)sdat|\bdata urodzenia|дата рождения|出生日期|出生年月|生年月日|생년월일",
    re.IGNORECASE,
)
#: Calibration DateTime is the one date of a device that the standard has a concept for; others are called like these.
_DEVICE_DATE = ("113723", "DCM")
_OF_DEVICE = re.compile(
    r"\b(?:calibration|manufactur(?:e|ing)|installation|maintenance|expir(?:y|ation)) ?(?:date|time)"
    r"|\b(?:date|time|datetime)(?: and time)? of (?:the )?(?:last |latest )?(?:\w+ )?"
    r"(?:calibration|manufactur(?:e|ing)|installation|maintenance|expir(?:y|ation))\b|\blast (?:calibrated|serviced)\b",
    re.IGNORECASE,
)
#: Argument of a rule that puts the code for "Unknown" in place of a coded value.
UNKNOWN_CODE = "code=unknown"

MEASURED_VALUES, _NUMERIC_VALUE, _UNITS = 0x0040A300, 0x0040A30A, 0x004008EA
_DATED = ("DATE", "TIME", "DATETIME")
#: Units of an age (UCUM) in a year.
_PER_YEAR = {"a": 1.0, "mo": 12.0, "wk": 52.1775, "d": 365.2425, "h": 8765.82}

#: Where a content item keeps its value.
_VALUE_TAGS: dict[str, tuple[int, ...]] = {
    "TEXT": (0x0040A160,),
    "PNAME": (0x0040A123,),
    "DATE": (0x0040A121,),
    "TIME": (0x0040A122,),
    "DATETIME": (0x0040A120,),
    "UIDREF": (0x0040A124,),
    "NUM": (0x0040A300, 0x0040A30A, 0x0040A161, 0x0040A162, 0x0040A163),
    "NUMERIC": (0x0040A300, 0x0040A30A, 0x0040A161, 0x0040A162, 0x0040A163),
    "CODE": (0x0040A168,),
}


class Concept(NamedTuple):
    """Concept name and value type of a content item."""

    code: str
    scheme: str
    value_type: str


class Content(NamedTuple):
    """The rule for a content item's value; hashable, so that scopes can be told apart by it."""

    concept: Concept
    rule: Rule

    @property
    def is_age(self) -> bool:
        """Whether the value is an age that is clipped, in whatever unit it is given."""
        return self.rule.action is Action.CLEAN and self.concept.value_type in ("NUM", "NUMERIC")

    def rule_for(self, tag: int) -> Rule | None:
        """The rule for an element of the item, if it is where the value stands."""
        if tag not in _VALUE_TAGS.get(self.concept.value_type, ()):
            return None
        if self.is_age:
            if tag == MEASURED_VALUES:
                return None  # entered; the number below it is clipped
            return self.rule if tag == _NUMERIC_VALUE else Rule(Action.REMOVE, "", self.rule.source)
        # A number or code that stays is entered: its parts have rules of their own.
        if self.rule.action is Action.KEEP and self.concept.value_type in ("NUM", "NUMERIC", "CODE"):
            return None
        return self.rule

    def measured(self, item: Item, data: bytes, charset: Charset) -> Content | None:
        """What an item of Measured Value Sequence inherits: the limit of an age, in the item's unit."""
        if not self.is_age:
            return None
        units = next((e for e in item.elements if e.tag == _UNITS and e.items), None)
        unit = ""
        if units is not None and units.items:
            unit = next((_text(e, data, charset) for e in units.items[0].elements if e.tag in _CODE_VALUES), "")
        limit = 90 * _PER_YEAR.get(unit, 1.0)
        return Content(self.concept, Rule(Action.CLEAN, f"limit={limit:g},else=Z", self.rule.source))

    def dummied(self) -> Content:
        """The same item where it cannot be taken away: a neutral value, or none where that is legal."""
        if self.concept.value_type == "NUM":  # Measured Value Sequence is Type 2
            return Content(self.concept, Rule(Action.EMPTY, "", self.rule.source))
        if self.concept.value_type == "CODE":
            return Content(self.concept, Rule(Action.DUMMY, UNKNOWN_CODE, self.rule.source))
        if self.concept.value_type == "PNAME":
            return Content(self.concept, Rule(Action.SURROGATE, "kind=person,role=staff,else=D", self.rule.source))
        if self.concept.value_type == "UIDREF":
            return Content(self.concept, Rule(Action.UID, "", self.rule.source))
        return Content(self.concept, Rule(Action.DUMMY, "", self.rule.source))


def concept_of(item: Item, data: bytes, charset: Charset) -> Concept | None:
    """What an item is about; None if it is no content item."""
    value_type = name = None
    for element in item.elements:
        if element.tag == VALUE_TYPE:
            value_type = element
        elif element.tag == CONCEPT_NAME:
            name = element
        elif element.tag > CONCEPT_NAME:
            break
    if value_type is None or name is None or not name.items:
        return None
    value = _text(value_type, data, charset).upper()
    return Concept(*_name(name.items[0], value, data, charset), value)


def _name(item: Item, value_type: str, data: bytes, charset: Charset) -> tuple[str, str]:
    """Code and scheme of a concept name."""
    code = scheme = ""
    for element in item.elements:
        if element.tag in _CODE_VALUES:
            code = code or _text(element, data, charset)
        elif element.tag == _SCHEME:
            scheme = _text(element, data, charset)
        elif element.tag == CODE_MEANING and (meant := _meant(_text(element, data, charset), value_type)):
            return meant
    return code, scheme


def _meant(meaning: str, value_type: str) -> tuple[str, str] | None:
    """The code under which a date is treated, whatever code its name has."""
    if _BIRTH_DATE.search(meaning):
        return _SUBJECT_BIRTH_DATE
    return _DEVICE_DATE if value_type in _DATED and _OF_DEVICE.search(meaning) else None


def is_public_code(item: Item, data: bytes, charset: Charset) -> bool:
    """Whether an item is a code of a public scheme."""
    for element in item.elements:
        if element.tag == _SCHEME:
            return _text(element, data, charset) in PUBLIC_SCHEMES
        if element.tag > _SCHEME:
            break
    return False


def content(policy: Policy, concept: Concept) -> Content:
    """The item with its rule."""
    return Content(concept, policy.content_item(*concept))


def _text(element: Element, data: bytes, charset: Charset) -> str:
    return charset.decode(data[element.value : element.value_end], element.vr).strip(" \0")
