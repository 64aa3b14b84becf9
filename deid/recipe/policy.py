"""A recipe compiled to rules: for every element one :class:`deid.model.Rule`, with its source.

The order of decision, first answer counts: rules of the recipe; what is true under every recipe (group
lengths, birth dates, device dates, the patient's own identifiers); Table E.1-1 with the options, the
stricter of two cells; and for what the table does not list, PS3.6 and the VR.

``Rule.argument`` carries parameters as ``key=value`` joined by commas (:func:`arguments` reads it):

========== ===========================================================================================
``else``   CLEAN, SHIFT: what is written when nothing safe is left, ``D`` (a dummy) or ``Z`` (empty)
``as``     CLEAN of a content item's text: ``label`` means a few words of a protocol, not prose
``search`` KEEP: ``known`` means the value is text that stays, except for known identifiers in it
``dates``  KEEP: ``full`` means that days of a month of a year go as well
``above``  CLEAN of an age: values above this become ``to``
``mode``   SHIFT: ``year`` writes 1 January of the same year
``time``   SHIFT: ``keep`` or ``shift`` the time of day (TM, and the time in DT)
``kind``   SURROGATE: the number space, with ``role`` the person or place it belongs to
``vr``     private elements: the VR to read a UN value by
``icc``    DUMMY: ``standard`` replaces the profile by a standard one
``document`` CLEAN: an encapsulated document to be searched and rewritten
``text``   DUMMY: write exactly this; always last, may hold commas
========== ===========================================================================================

A rule for a sequence says whether it is entered: KEEP, CLEAN, UID and DUMMY all enter it, so that every
nested element gets its own rule; EMPTY and REMOVE do not.

References
----------
PS3.15 2026d E.1.1, E.2, E.3; Table E.1-1; Table E.3.4-1; Table E.3.10-1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from deid.model import Action, Rule
from deid.recipe.faces import may_show_face
from deid.recipe.filters import admits, is_opted_out
from deid.recipe.instance import InstancePolicy
from deid.recipe.model import sop_class_uid_of
from deid.recipe.rules import CACHE_LIMIT, FULL_DATES, MODIFIED_DATES, TABLE, arguments, person, strictest_cell
from deid.standard import CID7050, EDITION, content_item_action

if TYPE_CHECKING:
    from deid.recipe.load import Recipe
    from deid.recipe.model import TagRule

__all__ = ["InstancePolicy", "Policy", "arguments"]

# Patient ID as a content item: the dummy that the table asks for is the one that the header has.
SUBJECT_ID = ("121030", "DCM", "TEXT")
# Texts that are labels, as the attributes of these names are: a protocol, a series, a sequence, a place, a time point.
LABELS = frozenset(
    {
        ("125203", "DCM"), ("113720", "DCM"), ("112050", "DCM"), ("363698007", "SCT"), ("128230", "DCM"),
        ("131563", "DCM"), ("121065", "DCM"), ("109056", "DCM"), ("126070", "DCM"), ("126071", "DCM"),
        ("C2348792", "UMLS"), ("128403", "DCM"), ("121122", "DCM"),
    }
)  # fmt: skip
DateMode = Literal["remove", "shift", "keep", "year"]
# Subject Age (121033, DCM), the one that Table E.3.4-1 lists, by its other names.
AGE_CONCEPTS = frozenset(
    {("30525-0", "LN"), ("397669002", "SCT"), ("424144002", "SCT"), ("445518008", "SCT"), ("D-0010", "SRT")}
)
# Subject Birth Date (121031, DCM) by its other names.
BIRTH_CONCEPTS = frozenset(
    {("21112-8", "LN"), ("184099003", "SCT"), ("C68615", "NCIt"), ("C83217", "NCIt"), ("C0421451", "UMLS")}
)
# Calibration DateTime: whoever has the device's log reads the patient's shift off it.
DEVICE_DATES = frozenset({("113723", "DCM")})


class Policy:
    """All rules of one recipe. Pure, picklable, without open files; safe to share between threads.

    Attributes
    ----------
    recipe
        What it was compiled from.
    options
        Names of the options in force.
    dates
        What happens to dates: ``remove``, ``shift``, ``keep`` or ``year``.
    """

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self.options: frozenset[str] = frozenset(recipe.options)
        self.dates: DateMode = _date_mode(recipe)
        self.tag_rules: tuple[_CompiledRule, ...] = tuple(_CompiledRule.of(rule) for rule in recipe.tags)
        self._instances: dict[str, InstancePolicy] = {}
        self._content: dict[tuple[str, str, str], Rule] = {}

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_instances": {}, "_content": {}}

    def __repr__(self) -> str:
        return f"Policy({self.recipe.name}, {self.dates} dates, {len(self.options)} options)"

    def for_instance(self, sop_class_uid: str) -> InstancePolicy:
        """Rules for one SOP Class: the Types of its IOD decide compound codes."""
        found = self._instances.get(sop_class_uid)
        if found is None:
            if len(self._instances) > 1024:
                self._instances.clear()
            found = self._instances[sop_class_uid] = InstancePolicy(self, sop_class_uid)
        return found

    def method_codes(self, *, pixels_cleaned: bool) -> tuple[tuple[str, str], ...]:
        """Code and meaning for (0012,0064), PS3.16 CID 7050.

        Clean Pixel Data is claimed only if the pixels were looked at.
        """
        done = {"basic", *self.options} - {"clean-pixel-data"}
        if pixels_cleaned and "clean-pixel-data" in self.options:
            done.add("clean-pixel-data")
        return tuple(entry for name, entry in CID7050.items() if name in done)

    def content_item(self, code: str, scheme: str, value_type: str) -> Rule:
        """Rule for the value of an SR content item, by its concept name.

        REMOVE takes the whole item away. A concept that Table E.3.4-1 does not list is treated by its value
        type: text is searched, names and UIDs are replaced, dates follow the recipe.
        """
        key = (code, scheme, value_type)
        rule = self._content.get(key)
        if rule is None:
            if len(self._content) > CACHE_LIMIT:
                self._content.clear()
            rule = self._content[key] = self._content_rule(code, scheme, value_type)
        return rule

    def admits(self, head: object) -> str | None:
        """Reason to leave an instance out by the recipe's intake filters, or None; see :mod:`deid.recipe.filters`."""
        return admits(self.recipe, head)

    def opted_out(self, patient_id: str) -> bool:
        """Whether this patient said no; holds for reports as well as for instances."""
        return is_opted_out(self.recipe, (patient_id,))

    def face(self, head: object) -> str:
        """``refuse`` or ``warn``, as the recipe says, where a face may be recognised; else empty."""
        return self.recipe.faces if may_show_face(head) else ""

    def assigned(self, patient_id: str) -> tuple[tuple[int, str], ...] | None:
        """Values that the site's table gives a patient, as (tag, value).

        Returns
        -------
        tuple or None
            None if the recipe has such a table, the patient is not in it, and the recipe refuses that.
        """
        settings = self.recipe.assign
        if settings is None:
            return ()
        found = self.recipe.assigned.get(patient_id.strip(" \0"))
        return () if found is None and settings.missing == "leave" else found

    def _content_rule(self, code: str, scheme: str, value_type: str) -> Rule:  # noqa: PLR0911  # first answer counts
        if "clean-structured-content" not in self.options:
            return _content_dummy(value_type, TABLE)
        source = f"PS3.15 {EDITION} E.3.4-1"
        code, scheme = _listed_as(code.strip(), scheme.strip())
        if (code, scheme, value_type) == SUBJECT_ID:
            return Rule(Action.SURROGATE, "kind=patient-id,role=patient,else=D", source)
        if (code, scheme) in DEVICE_DATES and value_type in ("DATE", "TIME", "DATETIME"):
            return _content_dummy(value_type, "deid: dates that give the shift away")
        row = content_item_action(code, scheme, value_type)
        if row is None:
            return self._content_by_type(value_type, "option clean-structured-content")
        cell, option = strictest_cell(row.options, self.options)
        if cell and (code, value_type) == ("121033", "NUM"):
            return Rule(Action.CLEAN, "above=089Y,to=090Y,else=X", f"option {option}")
        if cell == "C" and value_type == "TEXT" and (code, scheme) in LABELS:
            return Rule(Action.CLEAN, "as=label,else=D", f"option {option}")
        if cell:
            return self._content_by_type(value_type, f"option {option}", keep=cell == "K")
        if row.basic == "X":
            return Rule(Action.REMOVE, "", source)
        return _content_dummy(value_type, source)

    def _content_by_type(self, value_type: str, source: str, *, keep: bool = False) -> Rule:
        if value_type == "TEXT":
            return Rule(Action.KEEP, "search=known", source) if keep else Rule(Action.CLEAN, "else=D", source)
        if value_type == "PNAME":
            return person("else=D", source)
        if value_type in ("DATE", "TIME", "DATETIME"):
            return self.date_rule({"DATE": "DA", "TIME": "TM"}.get(value_type, "DT"), "D", source)
        if value_type in ("UIDREF", "IMAGE", "COMPOSITE", "WAVEFORM"):
            if keep and "retain-uids" in self.options:
                return Rule(Action.KEEP, "", source)
            return Rule(Action.UID, "", source)
        return Rule(Action.KEEP, "", source)

    def date_rule(self, vr: str, otherwise: str, source: str) -> Rule:
        """Rule for a date, time or date-time that the recipe's date mode governs.

        Parameters
        ----------
        otherwise
            ``X``, ``Z`` or ``D``: what the Type allows when the value has to go.
        """
        if self.dates == "keep":
            return Rule(Action.KEEP, "", source)
        fallback = "Z" if otherwise == "X" else otherwise
        if self.dates == "shift":
            return Rule(Action.SHIFT, f"else={fallback},time={self.recipe.dates.times}", source)
        if self.dates == "year" and otherwise != "X" and vr != "TM":
            return Rule(Action.SHIFT, f"else={fallback},mode=year", source)
        return Rule({"X": Action.REMOVE, "Z": Action.EMPTY}.get(otherwise, Action.DUMMY), "", source)


def _listed_as(code: str, scheme: str) -> tuple[str, str]:
    """The concept that Table E.3.4-1 lists for one that means the same."""
    if (code, scheme) in AGE_CONCEPTS:
        return "121033", "DCM"
    return ("121031", "DCM") if (code, scheme) in BIRTH_CONCEPTS else (code, scheme)


def _date_mode(recipe: Recipe) -> DateMode:
    if FULL_DATES in recipe.options:
        return "keep"
    if MODIFIED_DATES in recipe.options:
        return "shift"
    return "year" if recipe.dates.mode == "year" else "remove"


@dataclass(frozen=True, slots=True)
class _CompiledRule:
    """A rule of the recipe, ready to be compared."""

    steps: tuple[str, ...]
    rule: TagRule
    creator: str
    sop_classes: frozenset[str]

    @classmethod
    def of(cls, rule: TagRule) -> _CompiledRule:
        steps = rule.steps
        if rule.creator:
            # The block is whatever the file reserved: only the low byte counts.
            steps = (*steps[:-1], f"{steps[-1][:4]}XX{steps[-1][6:]}")
        return cls(steps, rule, rule.creator.strip().casefold(), frozenset(map(sop_class_uid_of, rule.sop_classes)))

    def matches(self, path: tuple[int, ...], creator: str, sop_class: str) -> bool:
        if len(self.steps) > len(path) or (self.sop_classes and sop_class not in self.sop_classes):
            return False
        if self.creator and self.creator != creator.strip(" \0").casefold():
            return False
        wanted = self.steps
        tags = path[len(path) - len(wanted) :]
        return all(_step_matches(step, tag) for step, tag in zip(wanted, tags, strict=True))


def _step_matches(step: str, tag: int) -> bool:
    return all(p in ("X", d) for p, d in zip(step, f"{tag:08X}", strict=True))


def _content_dummy(value_type: str, source: str) -> Rule:
    if value_type == "PNAME":
        return person("else=D", source)
    if value_type in ("UIDREF", "IMAGE", "COMPOSITE", "WAVEFORM"):
        return Rule(Action.UID, "", source)
    if value_type in ("TEXT", "DATE", "TIME", "DATETIME"):
        return Rule(Action.DUMMY, "", source)
    # A dummy number or code could be taken for a finding: the item goes; containers are entered.
    return Rule(Action.KEEP if value_type == "CONTAINER" else Action.REMOVE, "", source)
