"""What the named values of one record (a row, an object) become: shared by CSV, JSON Lines and Parquet."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from deid.model import Category, Known, Passage, Role, SubjectKey
from deid.sources.columns import MEANINGS, Meaning, column_meaning, known_values, meaning_named
from deid.sources.encoded import is_encoded
from deid.sources.fragment import Fragment, WovenBody, fragment
from deid.sources.unit import Body, Field, ReportUnit
from deid.surrogates import fold

__all__ = ["Record", "meaning_in", "safe_name"]

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_ .()/%\-]{0,39}")
ISO = re.compile(r"(?:19|20)\d\d-\d\d-\d\d(?:[T ][\d:.]+(?:Z|[+-]\d\d:?\d\d)?)?")
NUMBER = re.compile(r"[A-Za-z]{0,4}-?\d{3,}[A-Za-z]{0,2}")
LIMIT_NAME = 12  # words
UID = re.compile(r"[0-2](?:\.\d+){3,}")


def meaning_in(columns: Mapping[str, str], name: str) -> Meaning | None:
    """By the recipe's mapping first, then by the name itself.

    Raises
    ------
    RecipeError
        ``recipe-column``.
    """
    return meaning_named(columns[name]) if name in columns else column_meaning(name)


def safe_name(name: str, position: int) -> str:
    """The name of a column, or a number where it may hold more than a name."""
    return name if NAME.fullmatch(name) and not re.search(r"\d{3}", name) else f"column_{position}"


def _dated(name: str, value: str) -> Meaning | None:
    """A date tells what it is by its form; a column that speaks of birth is never shifted."""
    if not ISO.fullmatch(value.strip()):
        return None
    return MEANINGS["PatientBirthDate" if re.search(r"birth|born|dob|geb", name, re.IGNORECASE) else "ReportDate"]


@dataclass(slots=True)
class Record:
    """Collects passages, fields and identifiers of one record.

    A value whose name says nothing is searched: as prose if it has several words, as a short text otherwise.
    """

    language: str
    columns: Mapping[str, str]
    passages: dict[str, Passage] = field(default_factory=dict)
    fields: dict[str, Field] = field(default_factory=dict)
    known: dict[tuple[str, str], Known] = field(default_factory=dict)
    found: dict[str, str] = field(default_factory=dict)
    alerts: list[str] = field(default_factory=list)
    fragments: dict[str, Fragment] = field(default_factory=dict)

    def add(self, place: str, name: str, value: str) -> bool:
        """Put a value where it belongs; False if it needs no decision."""
        if not value.strip():
            return False
        meaning = meaning_in(self.columns, name) or _dated(name, value)
        if meaning is not None and meaning.form == "person" and len(value.split()) > LIMIT_NAME:
            meaning = MEANINGS["report"]  # what a nurse wrote, not who wrote it
        elif meaning is not None and meaning.form == "person" and NUMBER.fullmatch(value.strip()):
            meaning = replace(meaning, category=Category.ID, form="text")  # a provider by number
        if (meaning is None or meaning.use != "field") and is_encoded(value):
            meaning = MEANINGS["remove"]
            self.alerts.append("attachment-removed")
        if meaning is None or meaning.use in ("report", "descriptor"):
            html = fragment(value)
            if html is not None:
                self.fragments[place] = html
                value = html.text.text
            origin = meaning.use if meaning else ("report" if len(value.split()) > 3 else "descriptor")
            self.passages[place] = Passage(value, origin, self.language)
            return True
        self.found.setdefault(meaning.keyword, value.strip())
        if meaning.use == "keep":
            return self._keep(place, meaning, value)
        form = "pn" if meaning.form == "person" and "^" in value else meaning.form
        self.fields[place] = Field(
            value, meaning.category, meaning.role, meaning.keyword, meaning.action, form, source=meaning.keyword
        )
        self._know(meaning, value.strip())
        return True

    def _keep(self, place: str, meaning: Meaning, value: str) -> bool:
        """Sex and modality are short codes; anything longer under their name is searched."""
        if meaning.keyword == "keep" or re.fullmatch(
            r"[A-Z]{1,2}|male|female|other|unknown", value.strip(), re.IGNORECASE
        ):
            return False
        self.passages[place] = Passage(value, "descriptor", self.language)
        return True

    def _know(self, meaning: Meaning, value: str) -> None:
        event = meaning.category is Category.DATE and meaning.role is Role.STUDY
        if event or meaning.category in (Category.OTHER, Category.AGE, Category.UID) or len(value) < 2:
            return
        whole = f"{value}^" if meaning.form == "family" else f"^{value}" if meaning.form == "given" else value
        self.known[meaning.category, whole] = Known(whole, meaning.category, meaning.role, meaning.keyword)

    def words(self) -> frozenset[str]:
        """Folded words of the names and numbers of persons that the record holds."""
        from deid.text.lexicon import is_word  # header-only work loads no engine

        telling = (k.value for k in self.known.values() if k.role is not Role.SITE)
        return frozenset(w for value in telling for w in re.findall(r"[^\W_]{3,}", fold(value)) if not is_word(w))

    def given(self, values: Mapping[str, object]) -> None:
        """Known identifiers that came beside the record."""
        for known in known_values(values):
            self.known[known.category, known.value] = known
            if known.source in ("PatientID", "IssuerOfPatientID", "AccessionNumber", "PatientSex"):
                self.found.setdefault(known.source, known.value)

    def unit(self, index: int, kind: str, suffix: str, body: Body) -> ReportUnit:
        """The finished unit."""
        family, given = self.found.get("PatientFamilyName", ""), self.found.get("PatientGivenName", "")
        if family and given:
            self.known[Category.NAME, f"{family}^{given}"] = Known(
                f"{family}^{given}", Category.NAME, Role.PATIENT, "PatientName"
            )
        patient_id, uid = self.found.get("PatientID", ""), self.found.get("StudyInstanceUID", "")
        sex = self.found.get("PatientSex", "")[:1].upper()
        return ReportUnit(
            index=index,
            kind=kind,
            suffix=suffix,
            passages=self.passages,
            body=WovenBody(body, self.fragments) if self.fragments else body,
            fields=self.fields,
            known=tuple(self.known.values()),
            key=SubjectKey(patient_id, self.found.get("IssuerOfPatientID", "")) if patient_id else None,
            study_uid=uid if UID.fullmatch(uid) else "",
            accession=self.found.get("AccessionNumber", ""),
            sex=sex if sex in ("M", "F", "O") else "",
            alerts=tuple(self.alerts),
        )
