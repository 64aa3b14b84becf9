"""What the columns of a table and the header lines of a report mean: one table, many spellings."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from deid.errors import RecipeError
from deid.model import Action, Category, Known, Role
from deid.surrogates import fold

__all__ = ["MEANINGS", "Meaning", "column_meaning", "known_values", "meaning_named", "meaning_of", "spellings"]


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a structured value is and what becomes of it.

    ``use`` is ``field`` (replaced by what it is), ``report`` or ``descriptor`` (searched), ``keep``.
    """

    keyword: str
    use: str
    category: Category = Category.OTHER
    role: Role = Role.PATIENT
    action: Action = Action.EMPTY
    form: str = "text"


def _field(keyword: str, category: Category, role: Role, action: Action, form: str = "text") -> Meaning:
    return Meaning(keyword, "field", category, role, action, form)


S, T, U, Z = Action.SURROGATE, Action.SHIFT, Action.UID, Action.EMPTY
PATIENT, STAFF, SITE, STUDY, RELATIVE = Role.PATIENT, Role.STAFF, Role.SITE, Role.STUDY, Role.RELATIVE

# Keyed by DICOM keyword where there is one; a recipe's column mapping names these keys.
MEANINGS: dict[str, Meaning] = {
    meaning.keyword: meaning
    for meaning in (
        _field("PatientID", Category.ID, PATIENT, S),
        _field("IssuerOfPatientID", Category.INSTITUTION, SITE, Z),
        _field("PatientName", Category.NAME, PATIENT, S, "person"),
        _field("PatientFamilyName", Category.NAME, PATIENT, S, "family"),
        _field("PatientGivenName", Category.NAME, PATIENT, S, "given"),
        _field("PatientBirthDate", Category.DATE, PATIENT, Z, "date"),
        _field("PatientAge", Category.AGE, PATIENT, Action.CLEAN),
        Meaning("PatientSex", "keep"),
        _field("PatientAddress", Category.ADDRESS, PATIENT, Z),
        _field("PatientPostcode", Category.POSTCODE, PATIENT, Z),
        _field("PatientCity", Category.PLACE, PATIENT, Z),
        _field("PatientTelephoneNumbers", Category.PHONE, PATIENT, Z),
        _field("PatientEmail", Category.EMAIL, PATIENT, Z),
        _field("PatientSSN", Category.SSN, PATIENT, Z),
        _field("PatientInsurancePlanCodeSequence", Category.HEALTH_PLAN, PATIENT, Z),
        _field("OtherPatientIDs", Category.ID, PATIENT, S),
        _field("AccessionNumber", Category.ID, STUDY, S),
        _field("StudyID", Category.ID, STUDY, S),
        _field("AdmissionID", Category.ID, STUDY, S),
        _field("StudyInstanceUID", Category.UID, STUDY, U),
        _field("SeriesInstanceUID", Category.UID, STUDY, U),
        _field("SOPInstanceUID", Category.UID, STUDY, U),
        _field("StudyDate", Category.DATE, STUDY, T, "date"),
        _field("ReportDate", Category.DATE, STUDY, T, "date"),
        _field("ReferringPhysicianName", Category.NAME, STAFF, S, "person"),
        _field("PhysiciansOfRecord", Category.NAME, STAFF, S, "person"),
        _field("NameOfPhysiciansReadingStudy", Category.NAME, STAFF, S, "person"),
        _field("OperatorsName", Category.NAME, STAFF, S, "person"),
        _field("ResponsiblePerson", Category.NAME, RELATIVE, Z, "person"),
        _field("InstitutionName", Category.INSTITUTION, SITE, Z),
        _field("InstitutionalDepartmentName", Category.WARD, SITE, Z),
        _field("StationName", Category.DEVICE, SITE, Z),
        _field("Occupation", Category.PROFESSION, PATIENT, Z),
        Meaning("Modality", "keep"),
        Meaning("StudyDescription", "descriptor"),
        Meaning("BodyPartExamined", "descriptor"),
        Meaning("report", "report"),
        Meaning("descriptor", "descriptor"),
        Meaning("keep", "keep"),
        _field("remove", Category.OTHER, PATIENT, Z),
    )
}


@lru_cache(maxsize=1)
def spellings() -> dict[str, str]:
    """Folded name of a column or a header line to the key of :data:`MEANINGS`."""
    return _listed("columns.json")


@lru_cache(maxsize=1)
def _columns() -> dict[str, str]:
    """What columns are called besides, with and without blanks; too short or too common for the lines of a report."""
    rows = {**_listed("tables.json"), **spellings()}
    return {**{spelling.replace(" ", ""): keyword for spelling, keyword in rows.items()}, **rows}


def _listed(file: str) -> dict[str, str]:
    table = json.loads(resources.files("deid.sources").joinpath(file).read_text("utf-8"))
    return {spelling: keyword for keyword, names in table.items() for spelling in names}


def meaning_of(name: str) -> Meaning | None:
    """What a line of this label holds, or None if the label says nothing."""
    words = _words(name)
    keyword = spellings().get(words) or spellings().get(words.replace(" ", ""))
    return MEANINGS[keyword] if keyword else None


def column_meaning(name: str) -> Meaning | None:
    """What a column of this name holds, or None if the name says nothing: its values are then searched."""
    words = _words(name)
    bare = OWNER.sub("", words)
    keyword = next((_columns()[w] for w in (words, words.replace(" ", ""), bare) if w in _columns()), None)
    return MEANINGS[keyword] if keyword else None


#: Whose a value is, before what it is: ``pt_surname``, ``PatientSuburb``.
OWNER = re.compile(r"^(?:patient|pat|pt|patienten|subject|person|demographics?)s? ")


def _words(name: str) -> str:
    plain = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name.strip())
    return " ".join(re.sub(r"[\W_]+", " ", fold(plain)).split())


def known_values(given: Mapping[str, object]) -> tuple[Known, ...]:
    """Known identifiers from a mapping of DICOM keywords to values, as callers give them beside a text.

    A value may be a list. A key that is no keyword of an identifier is one anyway: its value is searched as it
    stands. Study dates are no identifiers: they are shifted where they stand.
    """
    out: list[Known] = []
    for key, value in given.items():
        meaning = MEANINGS.get(key) or meaning_of(key) or Meaning(key, "field")
        if meaning.use != "field":
            meaning = Meaning(key, "field")
        if meaning.category is Category.DATE and meaning.role is Role.STUDY:
            continue
        given_values = value if isinstance(value, list | tuple) else [value]
        texts = [str(one).strip() for one in given_values if isinstance(one, str | int | float)]
        out += [Known(text, meaning.category, meaning.role, key) for text in texts if text]
    return tuple(out)


def meaning_named(keyword: str) -> Meaning:
    """The meaning that a recipe's column mapping names.

    Raises
    ------
    RecipeError
        ``recipe-column`` if there is no such meaning.
    """
    if keyword not in MEANINGS:
        raise RecipeError(
            "recipe-column", "a column is mapped to a meaning that does not exist", hint=f"one of {', '.join(MEANINGS)}"
        )
    return MEANINGS[keyword]
