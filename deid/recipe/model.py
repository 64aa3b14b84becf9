"""What a recipe file may say, as frozen validated models.

The sections for text, pixels, surrogates and the store belong to their rooms (:mod:`deid.settings`); what
is here decides about data elements and about which instances are let in.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Literal

from pydantic import Field, field_validator, model_validator
from pydicom import uid
from pydicom._dicom_dict import RepeatersDictionary

from deid.settings import PixelSettings, Section, SourceSettings, StoreSettings, SurrogateSettings, TextSettings
from deid.standard import COLUMNS, action_row, dictionary_vr, tag_of

__all__ = [
    "ACTIONS",
    "OPTIONS",
    "AssignSettings",
    "DateSettings",
    "FilterSettings",
    "RecipeModel",
    "TagRule",
    "sop_class_uid_of",
]

OPTIONS = (*COLUMNS, "clean-pixel-data", "clean-recognizable-visual-features")
ACTIONS = (
    "keep",
    "remove",
    "empty",
    "dummy",
    "replace",
    "clean",
    "uid",
    "surrogate",
    "shift",
    "clip",
    "refuse",
)
ActionName = Literal[
    "keep", "remove", "empty", "dummy", "replace", "clean", "uid", "surrogate", "shift", "clip", "refuse"
]
OptionName = Literal[
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
    "clean-pixel-data",
    "clean-recognizable-visual-features",
]
# Number spaces of surrogates: the same original has one surrogate in each.
KINDS = ("accession", "ae", "device", "id", "study-id", "udi")
TAG = re.compile(r"\(?([0-9A-Fa-fxX]{4}),? ?([0-9A-Fa-fxX]{4})\)?")
AGE = re.compile(r"\d{3}[DWMY]")


def parse_step(step: str) -> str:
    """One step of a match as eight hexadecimal digits in which ``X`` stands for any digit.

    Raises
    ------
    ValueError
        If it is neither a tag pattern nor a keyword of PS3.6.
    """
    if not step.strip():
        raise ValueError("a step of 'match' is empty: it names an attribute, or sequences and an attribute joined by /")
    found = TAG.fullmatch(step.strip())
    if found:
        return (found[1] + found[2]).upper()
    tag = tag_of(step)
    if tag is not None:
        return f"{tag:08X}"
    mask = _repeating_keywords().get(step)
    if mask is not None:
        return mask
    raise ValueError(f"'{step}' is neither a keyword of PS3.6 nor a tag like (0010,0010) or (0019,xx0C)")


def _repeating_keywords() -> dict[str, str]:
    return {entry[4]: mask.upper() for mask, entry in RepeatersDictionary.items()}


def sop_class_uid_of(name: str) -> str:
    """UID of a SOP Class given by UID or by pydicom's keyword (``CTImageStorage``)."""
    if name[:1].isdigit():
        return name
    return str(getattr(uid, name, name))


def known_sop_classes(names: tuple[str, ...]) -> tuple[str, ...]:
    """The names, if each is a UID or a keyword of a SOP Class."""
    for name in names:
        if not sop_class_uid_of(name)[:1].isdigit():
            raise ValueError(f"'{name}' is neither a UID nor a SOP Class keyword such as CTImageStorage")
    return names


class TagRule(Section):
    """One rule of the section ``tags``; the first that matches decides.

    Attributes
    ----------
    match
        Keyword, tag with ``x`` for any digit, or several steps joined by ``/`` from a sequence to the
        element (matches at any depth that ends so).
    creator
        Private creator; needed with an odd group, and then the block does not count: ``(0019,xx0C)``.
    because
        Why an identifying attribute may stay. Needed for ``keep`` there.
    kind
        With ``surrogate``: the number space, one of ``KINDS``; by default that of the attribute.
    """

    match: str
    action: ActionName
    creator: str = ""
    because: str = ""
    value: str | None = Field(default=None, alias="with")
    above: str = ""
    to: str = ""
    kind: str = ""
    sop_classes: tuple[str, ...] = ()
    source: str = Field(default="", alias="<source>")

    @field_validator("sop_classes")
    @classmethod
    def _classes(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return known_sop_classes(names)

    @property
    def steps(self) -> tuple[str, ...]:
        """The match as patterns of eight digits, outermost first."""
        return tuple(parse_step(step) for step in self.match.split("/"))

    @property
    def exact_tag(self) -> int | None:
        """Tag of the element if the last step has no wildcard."""
        last = self.steps[-1]
        return None if "X" in last else int(last, 16)

    @property
    def is_private(self) -> bool:
        """Whether the last step is of an odd group."""
        digit = self.steps[-1][3]
        return digit != "X" and int(digit, 16) % 2 == 1

    @field_validator("match")
    @classmethod
    def _match_is_known(cls, match: str) -> str:
        for step in match.split("/"):
            parse_step(step)
        return match

    @model_validator(mode="after")
    def _complete(self) -> TagRule:
        if self.is_private and not self.creator and self.action not in ("remove", "empty", "refuse"):
            raise ValueError("a rule for a private element needs its 'creator'")
        if self.creator and not self.is_private:
            raise ValueError("'creator' goes with an odd group only")
        if self.action == "keep" and not self.because and self._identifies():
            raise ValueError(
                f"to keep {self.match} needs 'because': Table E.1-1 or its private group makes it identifying"
            )
        if (self.value is not None) != (self.action == "replace"):
            raise ValueError("'replace' needs 'with', and no other action takes it")
        if self.action == "clip" and not (AGE.fullmatch(self.above) and AGE.fullmatch(self.to)):
            raise ValueError("'clip' needs 'above' and 'to' as age strings such as 089Y")
        if self.kind and (self.action != "surrogate" or self.kind not in KINDS):
            raise ValueError(f"'kind' goes with 'surrogate' and is one of {', '.join(KINDS)}")
        if self.action != "clip" and (self.above or self.to):
            raise ValueError("'above' and 'to' go with 'clip' only")
        self._fits_vr()
        return self

    def _identifies(self) -> bool:
        tag = self.exact_tag
        return self.is_private or tag is None or action_row(tag) is not None

    def _fits_vr(self) -> None:
        tag = self.exact_tag
        vr = dictionary_vr(tag) if tag is not None and not self.is_private else None
        wanted = {"uid": ("UI",), "shift": ("DA", "DT", "TM"), "clip": ("AS",)}.get(self.action)
        if vr is not None and wanted is not None and vr not in wanted:
            raise ValueError(f"'{self.action}' does not fit {self.match}, whose VR is {vr}")
        texts = ("AE", "CS", "LO", "LT", "PN", "SH", "ST", "UC", "UR", "UT", "UI")
        if vr is not None and self.action == "surrogate" and vr not in texts:
            raise ValueError(f"'surrogate' does not fit {self.match}, whose VR is {vr}")


class DateSettings(Section):
    """What the options leave open about dates and times.

    Attributes
    ----------
    mode
        ``by-options`` follows the two date options; ``year`` keeps the year where the Basic Profile lets a
        dummy stand (PS3.15 ``Z`` and ``D``) and removes the rest.
    times
        Under shifted dates: keep the time of day, or shift it too.
    """

    mode: Literal["by-options", "year"] = "by-options"
    times: Literal["keep", "shift"] = "keep"


class AssignSettings(Section):
    """Values given by a table of the site, such as the identifiers of a clinical trial.

    Attributes
    ----------
    csv
        Path of a file with a header line; relative to the recipe.
    key
        Column that holds the original Patient ID.
    columns
        Keyword of the attribute to the column with its value.
    missing
        What happens to a patient who is not in the file.
    """

    csv: str
    key: str = "PatientID"
    columns: dict[str, str]
    missing: Literal["refuse", "leave"] = "refuse"

    @field_validator("columns")
    @classmethod
    def _keywords(cls, columns: dict[str, str]) -> dict[str, str]:
        for keyword in columns:
            if tag_of(keyword) is None:
                raise ValueError(f"'{keyword}' is not a keyword of PS3.6")
        return columns


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


class FilterSettings(Section):
    """Which instances are let in. An empty list lets everything pass; ``not_`` lists win.

    Attributes
    ----------
    descriptions, not_descriptions
        Words searched in Study and Series Description, without regard to case.
    image_types, not_image_types
        Any value of Image Type, for example ``LOCALIZER``.
    sop_classes, not_sop_classes
        UIDs or keywords such as ``CTImageStorage``.
    studied_from, studied_until
        First and last Study Date that are let in, ``YYYY-MM-DD``; an instance without a date is left out.
    opt_out
        Path of a file with one Patient ID a line: these patients said no. IDs are compared as the vault compares them,
        case does not count.
    """

    modalities: tuple[str, ...] = ()
    not_modalities: tuple[str, ...] = ()
    sop_classes: tuple[str, ...] = ()
    not_sop_classes: tuple[str, ...] = ()
    image_types: tuple[str, ...] = ()
    not_image_types: tuple[str, ...] = ()
    descriptions: tuple[str, ...] = ()
    not_descriptions: tuple[str, ...] = ()
    studied_from: str = ""
    studied_until: str = ""
    opt_out: str = ""

    @field_validator("studied_from", "studied_until")
    @classmethod
    def _day(cls, text: str) -> str:
        if text and not _is_day(text):
            raise ValueError(f"'{text}' is no day of the calendar, written YYYY-MM-DD")
        return text

    @field_validator(
        "modalities", "not_modalities", "image_types", "not_image_types", "descriptions", "not_descriptions"
    )
    @classmethod
    def _words(cls, words: tuple[str, ...]) -> tuple[str, ...]:
        if any(not word.strip() for word in words):
            raise ValueError("an empty word stands everywhere, or nowhere")
        return words

    @field_validator("sop_classes", "not_sop_classes")
    @classmethod
    def _classes(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return known_sop_classes(names)


class RecipeModel(Section):
    """A whole recipe after ``extends`` has been followed.

    Attributes
    ----------
    without
        Options of the recipe that this one extends and that it gives up.
    excludes
        Options that contradict what the recipe is for, here and wherever it is extended.
    serials
        Under Retain Device Identity: what stands in for serial numbers and device identifiers.
    references
        ``map`` keeps the sequences that point at other instances, with new UIDs; ``table`` removes them
        where Table E.1-1 says so and the Type allows it.
    documents
        Encapsulated documents: search and rewrite, put an empty one in place, or refuse the instance.
    unknown
        Elements that PS3.6 does not know: removed, or the instance is refused.
    faces
        Head volumes from which a face can be rendered: ``warn`` or ``refuse``.
    """

    recipe: str
    title: str = ""
    version: int = Field(default=1, ge=1)
    standard: Literal["2026d"] = "2026d"
    extends: str = ""
    profile: Literal["basic"] = "basic"
    options: tuple[OptionName, ...] = ()
    without: tuple[OptionName, ...] = ()
    excludes: tuple[OptionName, ...] = ()
    subject: tuple[Literal["PatientID", "IssuerOfPatientID"], ...] = ("PatientID", "IssuerOfPatientID")
    dates: DateSettings = DateSettings()
    serials: Literal["surrogate", "keep"] = "surrogate"
    references: Literal["map", "table"] = "map"
    documents: Literal["clean", "dummy", "refuse"] = "dummy"
    unknown: Literal["remove", "refuse"] = "remove"
    faces: Literal["warn", "refuse"] = "warn"
    tags: tuple[TagRule, ...] = ()
    assign: AssignSettings | None = None
    surrogates: SurrogateSettings = SurrogateSettings()
    text: TextSettings = TextSettings()
    pixels: PixelSettings = PixelSettings()
    store: StoreSettings = StoreSettings()
    sources: SourceSettings = SourceSettings()
    filters: FilterSettings = FilterSettings()
    legal_basis: str = ""
    not_covered: tuple[str, ...] = ()
