"""Rules for the instances of one SOP Class: standard elements, in the order of decision."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deid.model import Action, Rule
from deid.recipe.private import private_rule
from deid.recipe.rules import (
    BINARY_VRS,
    CACHE_LIMIT,
    DATE_VRS,
    FULL_DATES,
    MODIFIED_DATES,
    REFERENCES,
    STRUCTURAL,
    TABLE,
    TEXT_VRS,
    effective_vr,
    lists,
    or_empty,
    person,
    resolve,
    role_of,
    strictest_cell,
)
from deid.standard import Row, action_row, attribute_type, dictionary_vr, keyword_of, never_remap

if TYPE_CHECKING:
    from deid.recipe.model import TagRule
    from deid.recipe.policy import Policy

__all__ = ["InstancePolicy"]

PIXELS = frozenset({0x7FE00008, 0x7FE00009, 0x7FE00010})
# The image in another form, retired.
COEFFICIENTS = frozenset({0x7FE00020, 0x7FE00030, 0x7FE00040})


class InstancePolicy:
    """Rules for the instances of one SOP Class; a second question with the same arguments is a dict look-up."""

    def __init__(self, policy: Policy, sop_class_uid: str) -> None:
        self.policy = policy
        self.sop_class_uid = sop_class_uid
        self._rules: dict[tuple[tuple[int, ...], str], Rule] = {}
        self._private: dict[tuple[tuple[int, ...], str, str, str], Rule] = {}
        self._lists = lists()

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
            rule = self._private[key] = private_rule(self, path, creator, vr, declared)
        return rule

    # -- standard elements ------------------------------------------------------------------------------

    def _decide(self, path: tuple[int, ...], vr: str) -> Rule:  # noqa: PLR0911  # one guard per rule, first answer counts
        tag = path[-1]
        group = tag >> 16
        if tag & 0xFFFF == 0:
            return Rule(Action.REMOVE, "", "deid: group lengths are not written")
        if group & 1:
            return private_rule(self, path, "", vr, "")
        if group in (0x0000, 0x0002, 0x0004):
            return Rule(Action.REMOVE, "", f"deid: group {group:04X} does not belong in a data set")
        known_vr = dictionary_vr(tag)
        read_vr = effective_vr(vr, known_vr)
        own = self.own_rule(path, "", read_vr)
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

    def own_rule(self, path: tuple[int, ...], creator: str, vr: str) -> Rule | None:
        """The first rule of the recipe that matches, or None."""
        for compiled in self.policy.tag_rules:
            if compiled.matches(path, creator, self.sop_class_uid):
                return self._from_recipe(compiled.rule, path, vr)
        return None

    def _from_recipe(self, rule: TagRule, path: tuple[int, ...], vr: str) -> Rule:  # noqa: C901, PLR0911  # first answer counts
        source = rule.source
        otherwise = self._otherwise(path)
        match rule.action:
            case "keep":
                row = action_row(path[-1])
                # An identifier that the recipe keeps on purpose would be found in itself.
                itself = row is not None and not path[-1] >> 16 & 1 and "clean-descriptors" not in row.options
                return Rule(Action.KEEP, "" if itself or vr not in TEXT_VRS else "search=known", source)
            case "remove":
                return self._resolved(otherwise, vr, source, path)
            case "empty":
                return self._resolved("D" if otherwise == "D" else "Z", vr, source, path)
            case "dummy":
                return self._resolved("D", vr, source, path)
            case "replace":
                return Rule(Action.DUMMY, f"text={rule.value}", source)
            case "clean":
                return Rule(Action.CLEAN, f"else={or_empty(otherwise)}", source)
            case "uid":
                return Rule(Action.UID, "", source)
            case "surrogate":
                return self._surrogate(path, vr, source, rule.kind)
            case "shift":
                return Rule(Action.SHIFT, f"else={or_empty(otherwise)},time={self.policy.recipe.dates.times}", source)
            case "clip":
                return Rule(Action.CLEAN, f"above={rule.above},to={rule.to},else={or_empty(otherwise)}", source)
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
        listed = self._listed(path, vr, keyword)
        if listed is not None:
            return listed
        if tag == 0x00282000:
            return Rule(Action.DUMMY, "icc=standard", "deid: a colour profile may be a device's own")
        if tag == 0x00420011:
            return self._document()
        if (tag in PIXELS and len(path) > 1) or (tag >> 24 == 0x7F and tag >> 16 != 0x7FE0) or tag in COEFFICIENTS:
            return Rule(Action.REMOVE, "", "deid: pixels that nobody looks at")
        if tag in REFERENCES and self.policy.recipe.references == "map" and "retain-uids" not in self.policy.options:
            return Rule(Action.UID, "", "recipe: references are mapped")
        return None

    def _listed(self, path: tuple[int, ...], vr: str, keyword: str) -> Rule | None:
        """What our own lists say, whatever the table does."""
        if keyword in self._lists["device_dates"] or keyword in self._lists["published_dates"]:
            row = action_row(path[-1])
            kind = attribute_type(self.sop_class_uid, path)
            # Whoever has the device's log or the published table reads the patient's shift off such a date.
            return self._resolved(
                resolve(row.basic if row else "X", kind), vr, "deid: dates that give the shift away", path
            )
        if keyword in self._lists["remove"]:
            return self._resolved(self._otherwise(path), vr, "deid: names a person or a site", path)
        if keyword in self._lists["empty"]:
            return Rule(Action.EMPTY, "", "deid: names a person or a site")
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
        cell, option = strictest_cell(row.options, self.policy.options)
        if vr in DATE_VRS and MODIFIED_DATES in row.options:
            letter = resolve(row.basic, attribute_type(self.sop_class_uid, path))
            source = f"option {FULL_DATES if self.policy.dates == 'keep' else MODIFIED_DATES}"
            return self.policy.date_rule(vr, letter, source if self.policy.dates in ("keep", "shift") else TABLE)
        if cell == "K":
            return self._kept_by_option(path, vr, row, f"option {option}")
        if cell == "C":
            return self._cleaned_by_option(path, vr, row, f"option {option}")
        if path[-1] >> 24 in (0x50, 0x60):
            return Rule(Action.REMOVE, "", TABLE)
        letter = resolve(row.basic, attribute_type(self.sop_class_uid, path))
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
        letter = resolve(row.basic, attribute_type(self.sop_class_uid, path))
        if vr == "AE":
            return self._surrogate(path, vr, source, "ae")
        if vr in TEXT_VRS or vr == "CS":
            return Rule(Action.CLEAN, f"else={or_empty(letter)}", source)
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
            return person("else=D", source)
        if vr == "AE" or keyword in self._lists["serials"]:
            return self._surrogate(path, vr, source, "ae" if vr == "AE" else "device")
        if vr in TEXT_VRS:
            return self._text(path, vr, keyword, source)
        return Rule(Action.KEEP, "", source)

    def _text(self, path: tuple[int, ...], vr: str, keyword: str, source: str) -> Rule:
        if keyword in self._lists["identifiers"]:
            return self._surrogate(path, vr, source, "id")
        if keyword in self._lists["codes"]:
            return Rule(Action.KEEP, "search=known", source)
        if keyword in self._lists["technical"]:
            # The date of a product or its version is published: shifted, it would give the shift away.
            published = any(word in keyword for word in ("Version", "Manufacturer", "Model"))
            return Rule(Action.KEEP, "search=known" if published else "search=known,dates=full", source)
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
            return person(f"else={otherwise}", source, role_of(keyword, "staff"))
        kind = kind or {"AccessionNumber": "accession", "StudyID": "study-id"}.get(keyword, "id")
        role = "site" if kind in ("device", "ae", "udi") else role_of(keyword, "study")
        return Rule(Action.SURROGATE, f"kind={kind},role={role},else={otherwise}", source)

    def _resolved(self, letter: str, vr: str, source: str, path: tuple[int, ...]) -> Rule:
        """Rule for one letter of the table."""
        plain = {"X": Action.REMOVE, "Z": Action.EMPTY, "U": Action.UID}.get(letter)
        if plain is not None:
            return Rule(plain, "", source)
        if vr == "PN":
            return person("else=D", source, role_of(keyword_of(path[-1]), "staff"))
        if vr == "UI":
            return Rule(Action.UID, "", source)
        if keyword_of(path[-1]) in self._lists["dummy_identifiers"] and vr in TEXT_VRS:
            # The same dummy for the same original keeps together what belongs together.
            return Rule(Action.SURROGATE, "kind=id,role=study,else=D", source)
        return Rule(Action.DUMMY, "", source)

    def _otherwise(self, path: tuple[int, ...]) -> str:
        """``X``, ``Z`` or ``D``: the most that the attribute's Type lets us take away."""
        return resolve("X", attribute_type(self.sop_class_uid, path))
