"""A recipe compiled to rules: for every element one :class:`deid.model.Rule`, with its source.

The order of decision, first answer counts: rules of the recipe; what is true under every recipe (group
lengths, birth dates, device dates, the patient's own identifiers); Table E.1-1 with the options, the
stricter of two cells; and for what the table does not list, PS3.6 and the VR.

``Rule.argument`` carries parameters as ``key=value`` joined by commas (:func:`arguments` reads it):

========== ===========================================================================================
``else``   CLEAN, SHIFT: what is written when nothing safe is left, ``D`` (a dummy) or ``Z`` (empty)
``search`` KEEP: ``known`` means the value is text that stays, except for known identifiers in it
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

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Literal

from deid.model import Action, Rule
from deid.recipe.filters import admits
from deid.recipe.model import sop_class_uid_of
from deid.standard import (
    CID7050,
    EDITION,
    Row,
    action_row,
    attribute_type,
    content_item_action,
    dictionary_vr,
    is_private_creator_known,
    keyword_of,
    never_remap,
    safe_private,
)

if TYPE_CHECKING:
    from deid.recipe.load import Recipe
    from deid.recipe.model import TagRule

__all__ = ["InstancePolicy", "Policy", "arguments"]

DateMode = Literal["remove", "shift", "keep", "year"]

TABLE = f"PS3.15 {EDITION} E.1-1"
TEXT_VRS = frozenset({"LO", "LT", "PN", "SH", "ST", "UC", "UR", "UT", "AE"})
DATE_VRS = frozenset({"DA", "DT", "TM"})
BINARY_VRS = frozenset({"OB", "OD", "OF", "OL", "OV", "OW", "UN"})
NUMBER_VRS = frozenset({"AT", "DS", "FD", "FL", "IS", "SL", "SS", "SV", "UL", "US", "UV"})

FULL_DATES = "retain-longitudinal-full-dates"
MODIFIED_DATES = "retain-longitudinal-modified-dates"
DEVICE = "retain-device-identity"
# Sequences that are a frame for other content: under D their text goes, their codes and structure stay.
STRUCTURAL = frozenset({0x0040A730, 0x00400555, 0x00400610, 0x0040B020, 0x00700001})
# Rows whose sequences point at other instances by UID.
REFERENCES = frozenset({0x00081110, 0x00081111, 0x00081140, 0x00082112})
# Subject Age (121033, DCM), the one that Table E.3.4-1 lists, by its other names.
AGE_CONCEPTS = frozenset(
    {("30525-0", "LN"), ("397669002", "SCT"), ("424144002", "SCT"), ("445518008", "SCT"), ("D-0010", "SRT")}
)
# Paths come from files: a hostile one must not fill the memory of a long run.
CACHE_LIMIT = 65536

_STRICTNESS = "XZDUC K".index


@lru_cache(maxsize=4096)
def _arguments(argument: str) -> Mapping[str, str]:
    head, mark, text = argument.partition("text=")
    pairs = dict(part.split("=", 1) for part in head.split(",") if "=" in part)
    if mark:
        pairs["text"] = text
    return pairs


def arguments(rule: Rule) -> Mapping[str, str]:
    """Parameters of a rule; see the module for their meaning."""
    return _arguments(rule.argument)


@lru_cache(maxsize=1)
def _lists() -> dict[str, frozenset[str]]:
    table = json.loads(resources.files("deid.recipe").joinpath("attributes.json").read_text("utf-8"))
    return {name: frozenset(words) for name, words in table.items() if name != "about"}


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

    def _content_rule(self, code: str, scheme: str, value_type: str) -> Rule:
        if "clean-structured-content" not in self.options:
            return _content_dummy(value_type, TABLE)
        source = f"PS3.15 {EDITION} E.3.4-1"
        if (code.strip(), scheme.strip()) in AGE_CONCEPTS:
            code, scheme = "121033", "DCM"
        row = content_item_action(code, scheme, value_type)
        if row is None:
            return self._content_by_type(value_type, "option clean-structured-content")
        cell, option = _strictest_cell(row.options, self.options)
        if cell and (code, value_type) == ("121033", "NUM"):
            return Rule(Action.CLEAN, "above=089Y,to=090Y,else=X", f"option {option}")
        if cell:
            return self._content_by_type(value_type, f"option {option}", keep=cell == "K")
        if row.basic == "X":
            return Rule(Action.REMOVE, "", source)
        return _content_dummy(value_type, source)

    def _content_by_type(self, value_type: str, source: str, *, keep: bool = False) -> Rule:
        if value_type == "TEXT":
            return Rule(Action.KEEP, "search=known", source) if keep else Rule(Action.CLEAN, "else=D", source)
        if value_type == "PNAME":
            return _person("else=D", source)
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


def _strictest_cell(cells: Mapping[str, str], options: frozenset[str]) -> tuple[str, str]:
    """The cell that counts among the selected options, C before K, and whose it is."""
    chosen = [(cell, name) for name, cell in cells.items() if name in options]
    return min(chosen, key=lambda pair: _STRICTNESS(pair[0])) if chosen else ("", "")


def _person(extra: str, source: str, role: str = "staff") -> Rule:
    return Rule(Action.SURROGATE, f"kind=person,role={role},{extra}", source)


def _content_dummy(value_type: str, source: str) -> Rule:
    if value_type == "PNAME":
        return _person("else=D", source)
    if value_type in ("UIDREF", "IMAGE", "COMPOSITE", "WAVEFORM"):
        return Rule(Action.UID, "", source)
    if value_type in ("TEXT", "DATE", "TIME", "DATETIME"):
        return Rule(Action.DUMMY, "", source)
    # A dummy number or code could be taken for a finding: the item goes; containers are entered.
    return Rule(Action.KEEP if value_type == "CONTAINER" else Action.REMOVE, "", source)


class InstancePolicy:
    """Rules for the instances of one SOP Class; a second question with the same arguments is a dict look-up."""

    def __init__(self, policy: Policy, sop_class_uid: str) -> None:
        self.policy = policy
        self.sop_class_uid = sop_class_uid
        self._rules: dict[tuple[tuple[int, ...], str], Rule] = {}
        self._private: dict[tuple[tuple[int, ...], str, str, str], Rule] = {}
        self._lists = _lists()

    def rule(self, path: tuple[int, ...], vr: str) -> Rule:
        """Rule for a standard element.

        Parameters
        ----------
        path
            Tags from the outermost sequence to the element, without item numbers.
        vr
            VR as written in the file; ``UN`` is read by the dictionary.
        """
        rule = self._rules.get((path, vr))
        if rule is None:
            if len(self._rules) > CACHE_LIMIT:
                self._rules.clear()
            rule = self._rules[path, vr] = self._decide(path, vr)
        return rule

    def private(self, path: tuple[int, ...], creator: str, vr: str, *, declared: str = "") -> Rule:
        """Rule for a private element or private creator.

        Parameters
        ----------
        creator
            Private creator of its block in the same item; empty for an orphan, which is removed.
        declared
            What Private Data Element Characteristics (0008,0300) of the instance says of it: ``SAFE``, or a
            De-identification Action (0008,0307), or nothing.
        """
        key = (path, creator, vr, declared)
        rule = self._private.get(key)
        if rule is None:
            if len(self._private) > CACHE_LIMIT:
                self._private.clear()
            rule = self._private[key] = self._decide_private(path, creator, vr, declared)
        return rule

    # -- standard elements ------------------------------------------------------------------------------

    def _decide(self, path: tuple[int, ...], vr: str) -> Rule:  # noqa: PLR0911  # one guard per rule, first answer counts
        tag = path[-1]
        group = tag >> 16
        if tag & 0xFFFF == 0:
            return Rule(Action.REMOVE, "", "deid: group lengths are not written")
        if group & 1:
            return self._decide_private(path, "", vr, "")
        if group in (0x0000, 0x0002, 0x0004):
            return Rule(Action.REMOVE, "", f"deid: group {group:04X} does not belong in a data set")
        known_vr = dictionary_vr(tag)
        read_vr = _effective_vr(vr, known_vr)
        own = self._own_rule(path, "", read_vr)
        if own is not None:
            return own
        if known_vr is None:
            action = Action.REFUSE if self.policy.recipe.unknown == "refuse" else Action.REMOVE
            return Rule(action, "", "deid: not in PS3.6")
        if read_vr in BINARY_VRS and not BINARY_VRS.intersection(known_vr.split(" or ")):
            # Text in the clothes of bytes: nobody would search it.
            return self._resolved(self._otherwise(path), read_vr, "deid: VR contradicts PS3.6", path)
        always = self._always(path, read_vr)
        if always is not None:
            return always
        row = action_row(tag)
        if row is not None:
            return self._from_table(path, read_vr, row)
        return self._unlisted(path, read_vr, known_vr)

    def _own_rule(self, path: tuple[int, ...], creator: str, vr: str) -> Rule | None:
        for compiled in self.policy.tag_rules:
            if compiled.matches(path, creator, self.sop_class_uid):
                return self._from_recipe(compiled.rule, path, vr)
        return None

    def _from_recipe(self, rule: TagRule, path: tuple[int, ...], vr: str) -> Rule:  # noqa: C901, PLR0911  # first answer counts
        source = rule.source
        otherwise = self._otherwise(path)
        match rule.action:
            case "keep":
                listed = path[-1] >> 16 & 1 == 0 and action_row(path[-1]) is not None
                return Rule(Action.KEEP, "" if listed or vr not in TEXT_VRS else "search=known", source)
            case "remove":
                return self._resolved(otherwise, vr, source, path)
            case "empty":
                return self._resolved("D" if otherwise == "D" else "Z", vr, source, path)
            case "dummy":
                return self._resolved("D", vr, source, path)
            case "replace":
                return Rule(Action.DUMMY, f"text={rule.value}", source)
            case "clean":
                return Rule(Action.CLEAN, f"else={_or_empty(otherwise)}", source)
            case "uid":
                return Rule(Action.UID, "", source)
            case "surrogate":
                return self._surrogate(path, vr, source, rule.kind)
            case "shift":
                return Rule(Action.SHIFT, f"else={_or_empty(otherwise)},time={self.policy.recipe.dates.times}", source)
            case "clip":
                return Rule(Action.CLEAN, f"above={rule.above},to={rule.to},else={_or_empty(otherwise)}", source)
            case "refuse":
                return Rule(Action.REFUSE, "", source)

    def _always(self, path: tuple[int, ...], vr: str) -> Rule | None:  # noqa: PLR0911  # one guard per rule, first answer counts
        """What holds under every combination of options."""
        tag = path[-1]
        keyword = keyword_of(tag)
        if tag in (0x00100030, 0x00100032):
            letter = "D" if attribute_type(self.sop_class_uid, path) == "1" else "Z"
            return self._resolved(letter, vr, "deid: birth dates are emptied under every option", path)
        if tag == 0x00100020:
            return Rule(Action.SURROGATE, "kind=patient-id,role=patient", TABLE)
        if tag == 0x00100010:
            return Rule(Action.SURROGATE, "kind=patient-name,role=patient", TABLE)
        if keyword in self._lists["device_dates"] or keyword in self._lists["published_dates"]:
            row = action_row(tag)
            kind = attribute_type(self.sop_class_uid, path)
            # Whoever has the device's log or the published table reads the patient's shift off such a date.
            return self._resolved(
                _resolve(row.basic if row else "X", kind), vr, "deid: dates that give the shift away", path
            )
        if keyword in self._lists["remove"]:
            return self._resolved(self._otherwise(path), vr, "deid: names a person or a site", path)
        if tag == 0x00282000:
            return Rule(Action.DUMMY, "icc=standard", "deid: a colour profile may be a device's own")
        if tag == 0x00420011:
            return self._document()
        if tag in REFERENCES and self.policy.recipe.references == "map" and "retain-uids" not in self.policy.options:
            return Rule(Action.UID, "", "recipe: references are mapped")
        return None

    def _document(self) -> Rule:
        match self.policy.recipe.documents:
            case "clean":
                return Rule(Action.CLEAN, "document=clean,else=D", "recipe: documents are cleaned")
            case "dummy":
                return Rule(Action.DUMMY, "", TABLE)
            case "refuse":
                return Rule(Action.REFUSE, "", "recipe: documents are refused")

    def _from_table(self, path: tuple[int, ...], vr: str, row: Row) -> Rule:
        cell, option = _strictest_cell(row.options, self.policy.options)
        if vr in DATE_VRS and MODIFIED_DATES in row.options:
            letter = _resolve(row.basic, attribute_type(self.sop_class_uid, path))
            source = f"option {FULL_DATES if self.policy.dates == 'keep' else MODIFIED_DATES}"
            return self.policy.date_rule(vr, letter, source if self.policy.dates in ("keep", "shift") else TABLE)
        if cell == "K":
            return self._kept_by_option(path, vr, row, f"option {option}")
        if cell == "C":
            return self._cleaned_by_option(path, vr, row, f"option {option}")
        if path[-1] >> 24 in (0x50, 0x60):
            return Rule(Action.REMOVE, "", TABLE)
        letter = _resolve(row.basic, attribute_type(self.sop_class_uid, path))
        return self._resolved(letter, vr, TABLE, path)

    def _kept_by_option(self, path: tuple[int, ...], vr: str, row: Row, source: str) -> Rule:  # noqa: PLR0911  # one guard per rule, first answer counts
        keyword = row.keyword
        surrogate_serials = self.policy.recipe.serials == "surrogate"
        if surrogate_serials and keyword in self._lists["serials"] and vr in TEXT_VRS:
            return self._surrogate(path, vr, f"{source}, serials as surrogates", "device")
        if vr == "UI":
            if keyword == "DeviceUID" and "retain-uids" not in self.policy.options and surrogate_serials:
                return Rule(Action.UID, "", f"{source}, serials as surrogates")
            return Rule(Action.KEEP, "", source)
        if vr == "AS":
            return Rule(Action.CLEAN, "above=089Y,to=090Y,else=Z", source)
        if vr in DATE_VRS:
            return self.policy.date_rule(vr, self._otherwise(path), source)
        if vr in TEXT_VRS:
            return Rule(Action.KEEP, "search=known", source)
        return Rule(Action.KEEP, "", source)

    def _cleaned_by_option(self, path: tuple[int, ...], vr: str, row: Row, source: str) -> Rule:
        if path[-1] >> 24 == 0x50 and (path[-1] & 0xFFFF) in (0x200C, 0x200E):
            return Rule(Action.REMOVE, "", TABLE)  # recorded speech
        if path[-1] >> 24 == 0x50 and vr not in TEXT_VRS:
            return Rule(Action.KEEP, "", source)  # coordinates of the curve
        if path[-1] >> 24 == 0x60 or vr == "SQ":
            return Rule(Action.CLEAN, "else=X", source)
        letter = _resolve(row.basic, attribute_type(self.sop_class_uid, path))
        if vr == "AE":
            return self._surrogate(path, vr, source, "ae")
        if vr in TEXT_VRS or vr == "CS":
            return Rule(Action.CLEAN, f"else={_or_empty(letter)}", source)
        return self._resolved(letter, vr, TABLE, path)  # bytes cannot be cleaned

    def _unlisted(self, path: tuple[int, ...], vr: str, known_vr: str) -> Rule:  # noqa: PLR0911  # one guard per rule, first answer counts
        """An element of PS3.6 that Table E.1-1 does not list."""
        tag = path[-1]
        keyword = keyword_of(tag)
        source = "deid: not in Table E.1-1"
        inherited = self._inherited(path, vr, keyword)
        if inherited is not None:
            return inherited
        if tag >> 24 == 0x60 and "clean-graphics" not in self.policy.options:
            return Rule(Action.REMOVE, "", "deid: goes with its overlay")
        if vr in BINARY_VRS:
            return self._binary(path, vr, known_vr, keyword)
        if vr == "UI":
            return self._uid(keyword, source)
        if vr in DATE_VRS:
            return self.policy.date_rule(vr, self._otherwise(path), source)
        if vr == "AS":
            return Rule(Action.CLEAN, "above=089Y,to=090Y,else=D", source)
        if vr == "PN":
            return _person("else=D", source)
        if vr == "AE" or keyword in self._lists["serials"]:
            return self._surrogate(path, vr, source, "ae" if vr == "AE" else "device")
        if vr in TEXT_VRS:
            return self._text(path, vr, keyword, source)
        return Rule(Action.KEEP, "", source)

    def _text(self, path: tuple[int, ...], vr: str, keyword: str, source: str) -> Rule:
        if keyword in self._lists["identifiers"]:
            return self._surrogate(path, vr, source, "id")
        if keyword in self._lists["codes"] or keyword in self._lists["technical"]:
            return Rule(Action.KEEP, "search=known", source)
        return Rule(Action.CLEAN, "else=D", source)

    def _binary(self, path: tuple[int, ...], vr: str, known_vr: str, keyword: str) -> Rule:
        source = "deid: not in Table E.1-1"
        if vr == "OB" and "OB" in known_vr and keyword not in self._lists["binary"]:
            return self._resolved("X", vr, "deid: bytes that cannot be searched", path)
        return Rule(Action.KEEP, "", source)

    def _uid(self, keyword: str, source: str) -> Rule:
        if "retain-uids" in self.policy.options or never_remap("", keyword):
            return Rule(Action.KEEP, "", source)
        return Rule(Action.UID, "", source)

    def _inherited(self, path: tuple[int, ...], vr: str, keyword: str) -> Rule | None:
        """What a sequence that must be a dummy, or may stay as it is, asks of what it contains."""
        for depth in range(len(path) - 1, 0, -1):
            above = path[:depth]
            if above[-1] >> 16 & 1 or action_row(above[-1]) is None:
                continue
            rule = self.rule(above, "SQ")
            if rule.action is Action.DUMMY:
                return self._inside_dummy(above[-1], vr, keyword, rule.source)
            if rule.source == "option retain-institution-identity" and vr in TEXT_VRS and vr != "PN":
                return Rule(Action.KEEP, "", rule.source)
            return None
        return None

    def _inside_dummy(self, sequence: int, vr: str, keyword: str, source: str) -> Rule | None:
        source = f"{source}, inside {keyword_of(sequence)}"
        is_code = keyword in self._lists["codes"] or keyword == "CodeMeaning"
        if is_code and sequence in STRUCTURAL:
            return None
        if is_code:
            text = {"CodingSchemeDesignator": "99DEID", "CodeMeaning": "Removed"}.get(keyword, "0")
            return Rule(Action.DUMMY, f"text={text}", source)
        if vr in TEXT_VRS and vr != "PN":
            return Rule(Action.DUMMY, "", source)
        return None

    def _surrogate(self, path: tuple[int, ...], vr: str, source: str, kind: str) -> Rule:
        keyword = keyword_of(path[-1])
        otherwise = "D" if self._otherwise(path) == "D" else "Z"
        if vr == "UI":
            return Rule(Action.UID, "", source)
        if vr == "PN":
            return _person(f"else={otherwise}", source, _role(keyword, "staff"))
        kind = kind or {"AccessionNumber": "accession", "StudyID": "study-id"}.get(keyword, "id")
        role = "site" if kind in ("device", "ae", "udi") else _role(keyword, "study")
        return Rule(Action.SURROGATE, f"kind={kind},role={role},else={otherwise}", source)

    def _resolved(self, letter: str, vr: str, source: str, path: tuple[int, ...]) -> Rule:
        """Rule for one letter of the table."""
        match letter:
            case "X":
                return Rule(Action.REMOVE, "", source)
            case "Z":
                return Rule(Action.EMPTY, "", source)
            case "U":
                return Rule(Action.UID, "", source)
        if vr == "PN":
            return _person("else=D", source, _role(keyword_of(path[-1]), "staff"))
        if vr == "UI":
            return Rule(Action.UID, "", source)
        return Rule(Action.DUMMY, "", source)

    def _otherwise(self, path: tuple[int, ...]) -> str:
        """``X``, ``Z`` or ``D``: the most that the attribute's Type lets us take away."""
        return _resolve("X", attribute_type(self.sop_class_uid, path))

    # -- private elements -------------------------------------------------------------------------------

    def _decide_private(self, path: tuple[int, ...], creator: str, vr: str, declared: str) -> Rule:  # noqa: C901, PLR0911  # first answer counts
        tag = path[-1]
        element = tag & 0xFFFF
        if tag >> 16 & 1 == 0:
            return self.rule(path, vr)  # a standard element inside a private sequence
        if element == 0:
            return Rule(Action.REMOVE, "", "deid: group lengths are not written")
        if 0x10 <= element <= 0xFF:
            return self._private_creator(creator)
        if element < 0x1000 or not creator.strip(" \0"):
            return Rule(Action.REMOVE, "", "deid: private element without a creator")
        own = self._own_rule(path, creator, vr)
        if own is not None:
            return self._searched(own, vr)
        if "retain-safe-private" not in self.policy.options:
            return Rule(Action.REMOVE, "", TABLE)
        known = safe_private(creator, tag >> 16, tag & 0xFF, nested=len(path) > 1)
        if declared and declared != "SAFE":
            return Rule(Action.REMOVE, "", "the instance declares it identifying")
        if known is None:
            if declared == "SAFE":
                return self._kept_private(vr, vr, "the instance declares it safe")
            return Rule(Action.REMOVE, "", f"{TABLE}: not known to be safe")
        letter, read_vr = known.disposition(vr)
        if letter == "k":
            return self._kept_private(vr, read_vr, known.source)
        if letter == "h" and read_vr in ("UI", "LO", "SH", "ST"):
            return Rule(Action.UID, _read_as(vr, read_vr), known.source)
        if letter == "o":
            return self._private_date(vr, read_vr, known.source)
        return Rule(Action.REMOVE, "", known.source)

    def _searched(self, own: Rule, vr: str) -> Rule:
        """A private value that the recipe keeps is searched all the same, and bytes never stay."""
        if own.action is not Action.KEEP:
            return own
        kept = self._kept_private(vr, vr, own.source)
        return Rule(kept.action, kept.argument, own.source)

    def _private_creator(self, creator: str) -> Rule:
        named = any(c.creator == creator.strip(" \0").casefold() for c in self.policy.tag_rules if c.creator)
        if named or ("retain-safe-private" in self.policy.options and is_private_creator_known(creator)):
            return Rule(Action.KEEP, "", "deid: stays if an element of its block stays")
        return Rule(Action.REMOVE, "", TABLE)

    def _private_date(self, vr: str, read_vr: str, source: str) -> Rule:
        if self.policy.dates == "keep":
            return self._kept_private(vr, read_vr, source)
        if self.policy.dates == "shift" and read_vr in ("DA", "DT"):
            return Rule(
                Action.SHIFT, f"else=X,time={self.policy.recipe.dates.times}{_read_as(vr, read_vr, ',')}", source
            )
        if self.policy.dates == "shift" and read_vr in ("LO", "SH", "ST"):
            return Rule(Action.CLEAN, "else=X", source)
        return Rule(Action.REMOVE, "", source)

    def _kept_private(self, vr: str, read_vr: str, source: str) -> Rule:  # noqa: PLR0911  # one guard per rule, first answer counts
        comma = _read_as(vr, read_vr, ",")
        if read_vr in DATE_VRS:
            return self._private_date(vr, read_vr, source) if read_vr != "TM" else self._private_time(comma, source)
        if read_vr == "UI":
            return Rule(Action.UID, _read_as(vr, read_vr), source)
        if read_vr == "PN":
            return Rule(Action.REMOVE, "", "deid: a private person name")
        if read_vr == "AS":
            return Rule(Action.CLEAN, f"above=089Y,to=090Y,else=X{comma}", source)
        if read_vr in TEXT_VRS or read_vr == "UN":
            # UN: whoever applies the rule decodes printable text and searches it, and removes the rest.
            return Rule(Action.CLEAN, f"else=X{comma}", source)
        if read_vr in ("OB", "OW"):
            return Rule(Action.REMOVE, "", "deid: private bytes cannot be searched")
        return Rule(Action.KEEP, _read_as(vr, read_vr), source)

    def _private_time(self, comma: str, source: str) -> Rule:
        if self.policy.dates in ("keep", "shift"):
            return Rule(
                Action.SHIFT if self.policy.dates == "shift" else Action.KEEP, f"else=X,time=keep{comma}", source
            )
        return Rule(Action.REMOVE, "", source)


def _effective_vr(vr: str, known_vr: str | None) -> str:
    """The VR that decides: the file's, or the dictionary's where the file has none."""
    if vr not in ("UN", ""):
        return vr.rsplit(" or ", maxsplit=1)[-1]
    return (known_vr or "UN").rsplit(" or ", maxsplit=1)[-1]


def _resolve(code: str, kind: str | None) -> str:
    """One letter for an action code, by the attribute's Type.

    A Type 1 attribute is never emptied or removed, a Type 2 one never removed, whatever the code: where the
    table and the IOD disagree, a dummy is as safe as nothing and keeps the instance legal.

    References
    ----------
    PS3.15 2026d E.1.1 and Table E.1-1a.
    """
    must = {"1": "D", "2": "Z"}.get(kind or "", "")
    choices = code.split("/")
    if len(choices) == 1:
        if code == "X":
            return must or "X"
        if code == "Z":
            return "D" if kind in ("1", "1C") else "Z"
        return code
    strong = choices[-1].rstrip("*")
    if kind in ("1", "1C"):
        return "U" if strong == "U" else "D"
    if kind in ("2", "2C"):
        return "Z"
    return choices[0]


def _or_empty(letter: str) -> str:
    return "D" if letter == "D" else "Z"


def _read_as(vr: str, read_vr: str, mark: str = "") -> str:
    return f"{mark}vr={read_vr}" if vr != read_vr else ""


def _role(keyword: str, default: str) -> str:
    if keyword.startswith("Patient") or keyword in ("OtherPatientNames", "ResponsiblePerson"):
        return "patient" if keyword != "PatientMotherBirthName" else "relative"
    if keyword.startswith(("Institution", "ClinicalTrialSite", "Station")):
        return "site"
    return default
