"""Recipes of two other tools, turned into ours: CTP anonymizer scripts and pydicom/deid recipes.

A converted recipe extends ``basic``, so that whatever the old script did not mention follows the Basic
Profile. What has no counterpart is listed, line by line, and the element concerned is removed rather than
kept: a person goes through the list before the result is used. Of two rules for one element the stricter stays.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from pydantic import ValidationError
from pydicom._dicom_dict import DicomDictionary

from deid.errors import RecipeError
from deid.recipe.faults import rule_faults
from deid.recipe.model import TagRule, parse_step
from deid.recipe.rules import FULL_DATES, MODIFIED_DATES, lists
from deid.standard import CID7050, action_row, dictionary_vr, keyword_of, tag_of

__all__ = ["convert_ctp", "convert_deid"]

SIZE_LIMIT = 4_000_000
EXPANSION_LIMIT = 400
# Written by us for every instance, or the same under every recipe: a rule would change nothing.
ALWAYS = {
    "PatientName": "is replaced by a surrogate under every recipe",
    "PatientID": "is replaced by a surrogate under every recipe",
    "PatientBirthDate": "is emptied under every recipe",
    "PatientIdentityRemoved": "is written by us",
    "DeidentificationMethod": "is written by us",
    "DeidentificationMethodCodeSequence": "is written by us",
    "LongitudinalTemporalInformationModified": "is written by us",
}


# From the strictest to the one that leaves most.
STRICTNESS = (
    "refuse", "remove", "empty", "dummy", "replace", "surrogate", "uid", "shift", "clip", "clean", "keep"
)  # fmt: skip


def _rank(rule: dict[str, str]) -> int:
    return STRICTNESS.index(rule["action"])


@dataclass(slots=True)
class _Draft:
    """Rules so far and what could not be said with them."""

    tool: str
    rules: list[dict[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def note(self, where: str, text: str) -> None:
        self.notes.append(f"{where}: {text}")

    def add(self, where: str, match: str, action: str, **more: str) -> None:
        """A rule, if it can be said; otherwise a note, and the element is removed."""
        if match in ALWAYS:
            if not (action in ("empty", "remove") and match == "PatientBirthDate"):
                self.note(where, f"{match} {ALWAYS[match]}; the old rule is dropped")
            return
        tag = tag_of(match)
        if action == "shift" and match in lists()["device_dates"] | lists()["published_dates"]:
            self.note(where, f"{match} gives the shift away and goes under every recipe; the old rule is dropped")
            return
        if action == "keep" and tag is not None and dictionary_vr(tag) == "AS":
            self.note(where, f"{match} is kept up to 089Y; above, 090Y is written")
            action, more = "clip", {"above": "089Y", "to": "090Y"}
        row = action_row(tag) if "creator" not in more and tag else None
        if action == "keep" and row is not None and "clean-descriptors" in row.options:
            self.note(where, f"{match} may hold identifiers: it is searched and cleaned, not kept as it is")
            action = "clean"
        elif action == "keep" and row is not None:
            self.note(where, f"{match} is kept although Table E.1-1 lists it: check that it may stay")
        rule = {"match": match, "action": action, **more}
        if action == "keep":
            rule["because"] = f"kept by the {self.tool} script"
        problem = _problem(rule)
        if problem and action != "remove":
            self.note(where, f"{match}: {problem}; it is removed instead")
            rule = {k: v for k, v in rule.items() if k in ("match", "creator")} | {"action": "remove"}
            problem = _problem(rule)
        if problem:
            self.note(where, f"not converted: {problem}")
            return
        self._put(where, rule)

    def _put(self, where: str, rule: dict[str, str]) -> None:
        """One rule for one element: the stricter of two, the later of two that are as strict."""
        name = rule["match"], rule.get("creator", "")
        earlier = next((r for r in self.rules if (r["match"], r.get("creator", "")) == name), None)
        if earlier is None:
            self.rules.append(rule)
        elif earlier != rule:
            stays = earlier if _rank(earlier) < _rank(rule) else rule
            self.note(where, f"{rule['match']} has another rule before: '{stays['action']}' stays, the stricter")
            self.rules[self.rules.index(earlier)] = stays

    def settle(self, claimed: list[str], protected: frozenset[str] = frozenset()) -> list[str]:
        """What can be said only when all rules are known: dates that move together, and rules for whole groups.

        Parameters
        ----------
        claimed
            Options so far.
        protected
            Attributes that a rule for their whole group does not take away.

        Returns
        -------
        list of str
            The options.
        """
        options = list(dict.fromkeys(claimed))
        if any(rule["action"] == "shift" for rule in self.rules) and MODIFIED_DATES not in options:
            options.append(MODIFIED_DATES)
            text = "dates are shifted: all of them move, those that the script does not mention as well"
            self.note("whole script", text)
        if FULL_DATES in options and MODIFIED_DATES in options:
            options.remove(FULL_DATES)
            self.note("whole script", "of two date options that exclude each other the stricter is taken")
        groups = [rule for rule in self.rules if "x" in rule["match"] and "creator" not in rule]
        self.rules = [rule for rule in self.rules if rule not in groups]
        for rule in list(self.rules):
            if MODIFIED_DATES in options and rule["action"] == "keep" and _is_day(rule["match"]):
                self.note(
                    "whole script", f"{rule['match']} is shifted: kept it would give the offset of the others away"
                )
                self.rules.remove(rule)
            elif rule["match"] not in protected and any(
                _stands_for(group["match"], rule["match"]) and _rank(group) < _rank(rule) for group in groups
            ):
                self.note("whole script", f"{rule['match']} goes with its group; '{rule['action']}' is dropped")
                self.rules.remove(rule)
        self.rules += sorted(groups, key=_rank)
        return options

    def text(self, name: str, *extra: str) -> str:
        """The recipe as YAML."""
        head = [
            f"# Converted from a {self.tool} script. Read the list of what could not be converted before use.",
            f"recipe: {name}",
            "version: 1",
            "extends: basic",
            *extra,
        ]
        if self.rules:
            head.append("tags:")
        return "\n".join([*head, *(f"  - {_flow(rule)}" for rule in self.rules)]) + "\n"


def _problem(rule: dict[str, str]) -> str:
    try:
        checked = TagRule.model_validate(rule)
    except ValidationError as problem:
        return str(problem.errors(include_url=False)[0]["msg"]).removeprefix("Value error, ")
    return next((fault.message for fault in rule_faults(checked)), "")


def _is_day(match: str) -> bool:
    tag = tag_of(match)
    return tag is not None and dictionary_vr(tag) in ("DA", "DT")


def _stands_for(group: str, match: str) -> bool:
    """Whether a pattern such as ``(0010,xxxx)`` covers an attribute."""
    tag = tag_of(match)
    return (
        tag is not None
        and _problem({"match": group, "action": "remove"}) == ""
        and all(p in ("X", d) for p, d in zip(parse_step(group), f"{tag:08X}", strict=True))
    )


def _flow(rule: dict[str, str]) -> str:
    plain = re.compile(r"[A-Za-z][A-Za-z0-9_-]*\Z")
    cells = (
        f"{k}: {v if plain.match(v) and v not in ('null', 'true', 'false') else json.dumps(v)}" for k, v in rule.items()
    )
    return "{" + ", ".join(cells) + "}"


# -- CTP -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _CtpRule:
    where: str
    tag: str
    creator: str
    script: str


def convert_ctp(text: str, *, name: str = "converted") -> tuple[str, list[str]]:
    """A CTP DicomAnonymizer script (XML, or the older form with ``set.[tag]``) as one of our recipes.

    Returns
    -------
    tuple
        The YAML text, and one line for everything that could not be converted or that changes meaning.

    Raises
    ------
    RecipeError
        ``convert-unreadable``.
    """
    draft = _Draft("CTP")
    parameters, rules, blocks = _read_ctp_xml(text) if text.lstrip().startswith("<") else _read_ctp_lines(text)
    for rule in rules:
        _convert_ctp_rule(draft, rule, parameters)
    _ctp_blocks(draft, blocks)
    extra = _ctp_options(draft, rules, blocks)
    draft.note("whole script", "date offsets and hashes are drawn by the vault, not taken from the script's parameters")
    return draft.text(name, *extra), draft.notes


def _read_ctp_xml(text: str) -> tuple[dict[str, str], list[_CtpRule], list[tuple[str, str]]]:
    from defusedxml import ElementTree
    from defusedxml.common import DefusedXmlException

    if len(text) > SIZE_LIMIT:
        raise RecipeError("convert-unreadable", "the script is too large")
    try:
        root = ElementTree.fromstring(text)
    except (ElementTree.ParseError, DefusedXmlException, ValueError):
        raise RecipeError("convert-unreadable", "the script is not well-formed XML") from None
    parameters: dict[str, str] = {}
    rules: list[_CtpRule] = []
    blocks: list[tuple[str, str]] = []
    for number, node in enumerate(root, start=1):
        tag, script = str(node.get("t") or ""), (node.text or "").strip()
        where = f"element {number} ({node.get('n') or tag})"
        if node.tag == "p":
            parameters[tag] = script
        elif node.get("en", "T") != "T":
            continue
        elif node.tag == "e":
            rules.append(_ctp_rule(where, tag, script))
        elif node.tag in ("r", "k"):
            blocks.append((str(node.tag), tag))
    return parameters, rules, blocks


def _read_ctp_lines(text: str) -> tuple[dict[str, str], list[_CtpRule], list[tuple[str, str]]]:
    parameters: dict[str, str] = {}
    rules: list[_CtpRule] = []
    blocks: list[tuple[str, str]] = []
    for number, line in enumerate(text.splitlines(), start=1):
        line_ = line.strip()
        if found := re.fullmatch(r"param\.(\w+)\s*=(.*)", line_):
            parameters[found[1]] = found[2].strip()
        elif found := re.fullmatch(r"set\.\[([^\]]*(?:\][0-9A-Fa-f]+)?)\](\w*)\s*=(.*)", line_):
            rules.append(_ctp_rule(f"line {number} ({found[2] or found[1]})", found[1], found[3].strip()))
        elif found := re.fullmatch(r"(keep|remove)\.(\w+)\s*=.*", line_):
            blocks.append((found[1][0], found[2].removeprefix("group")))
    if not rules and not blocks:
        raise RecipeError("convert-unreadable", "no rule of a CTP script was found")
    return parameters, rules, blocks


def _ctp_rule(where: str, tag: str, script: str) -> _CtpRule:
    found = re.fullmatch(r"\(?([0-9A-Fa-f]{4}),?\[([^\]]+)\](?:[0-9A-Fa-f]{2})?([0-9A-Fa-f]{2})\)?", tag)
    if found:
        return _CtpRule(where, f"({found[1].upper()},xx{found[3].upper()})", found[2], script)
    found = re.fullmatch(r"\(?([0-9A-Fa-f]{4}),?([0-9A-Fa-f]{4})\)?", tag)
    if not found:
        return _CtpRule(where, tag, "", script)
    number = int(found[1] + found[2], 16)
    plain = f"({number >> 16:04X},{number & 0xFFFF:04X})"
    return _CtpRule(where, keyword_of(number) or plain if not number >> 16 & 1 else plain, "", script)


def _ctp_options(draft: _Draft, rules: Iterable[_CtpRule], blocks: Sequence[tuple[str, str]]) -> list[str]:
    """Options that the script claims in (0012,0064), or shows by what it does with dates."""
    names = {code: name for name, (code, _) in CID7050.items() if name != "basic"}
    claimed: list[str] = []
    for rule in rules:
        if rule.tag == "DeidentificationMethodCodeSequence":
            claimed += [names[code] for code in re.findall(r"\d{6}", rule.script) if code in names]
    if claimed:
        draft.note("(0012,0064)", f"what the script claims is taken as its options: {', '.join(claimed)}")
    if "clean-recognizable-visual-features" in claimed:
        claimed.remove("clean-recognizable-visual-features")
        draft.note("(0012,0064)", "Clean Recognizable Visual Features is not made here and no longer claimed")
    if "retain-safe-private" in claimed and any(block == ("r", "privategroups") for block in blocks):
        claimed.remove("retain-safe-private")
        draft.note("remove privategroups", "Retain Safe Private is not taken over: the script removes private elements")
    options = draft.settle(claimed)
    return [f"options: [{', '.join(options)}]"] if options else []


_SURROGATES = ("hash", "hashptid", "hashname", "lookup", "initials", "encrypt", "hashdate", "integer")


_EMBEDDED = re.compile(r"@param\(\s*@?(\w+)\s*\)")


def _strictness(rule: _CtpRule, script: str, parameters: dict[str, str]) -> int:
    """Rank of what one script becomes; one that becomes nothing leaves the element to the profile."""
    trial = _Draft("CTP")
    _convert_ctp_rule(trial, replace(rule, script=script), parameters)
    return _rank(trial.rules[0]) if trial.rules else len(STRICTNESS)


def _convert_ctp_rule(draft: _Draft, rule: _CtpRule, parameters: dict[str, str]) -> None:
    script = rule.script.removeprefix("@always()").strip()
    if both := re.fullmatch(r"@select\(\)\{(.*)\}\{(.*)\}", script):
        draft.note(rule.where, "one treatment at every level: the stricter of what the script does outside and inside")
        script = min(both[1], both[2], key=lambda one: _strictness(rule, one, parameters))
    more = {"creator": rule.creator} if rule.creator else {}
    found = re.match(r"@(\w+)\((.*)\)\s*\Z", script, re.DOTALL)
    if found is None and re.fullmatch(r"@\w+", script):
        value = parameters.get(script[1:], "")
        script = value or script
    if found is None:
        script = _EMBEDDED.sub(lambda match: parameters.get(match[1], match[0]), script)
        if script.startswith("@") or re.search(r"@\w+\s*\(", script):
            _not_converted(draft, rule, more)
        elif script:
            draft.add(rule.where, rule.tag, "replace", **{"with": script}, **more)
        else:
            draft.add(rule.where, rule.tag, "empty", **more)
        return
    function, given = found[1].lower(), found[2]
    if ")" in given and "@" in given and function not in ("hashuid", "incrementdate", "param", *_SURROGATES):
        _not_converted(draft, rule, more)
        return
    _convert_ctp_call(draft, rule, function, given, parameters)


def _convert_ctp_call(draft: _Draft, rule: _CtpRule, function: str, given: str, parameters: dict[str, str]) -> None:
    more = {"creator": rule.creator} if rule.creator else {}
    simple = {"keep": "keep", "remove": "remove", "empty": "empty", "hashuid": "uid", "quarantine": "refuse"}
    simple |= {"incrementdate": "shift", "require": "keep", "process": "keep", "blank": "empty"}
    if function in simple:
        draft.add(rule.where, rule.tag, simple[function], **more)
        if function == "require":
            draft.note(rule.where, "an element that is absent is not added")
        if function == "process":
            draft.note(rule.where, "items are entered in any case, each nested element by its own rule")
    elif function in _SURROGATES:
        tag = tag_of(rule.tag)
        if tag is not None and dictionary_vr(tag) in ("DA", "DT"):
            draft.add(rule.where, rule.tag, "shift", **more)
        else:
            if function not in ("hash", "hashname") and rule.tag not in ALWAYS:
                draft.note(
                    rule.where, f"@{function}: its values are not taken over, the element gets a surrogate of ours"
                )
            draft.add(rule.where, rule.tag, "surrogate", **more)
    elif function == "param":
        value = parameters.get(given.strip().lstrip("@"), "")
        draft.add(rule.where, rule.tag, "replace" if value else "empty", **({"with": value} if value else {}), **more)
    elif function in ("date", "time"):
        draft.note(rule.where, "the day of processing is not written; the element is emptied")
        draft.add(rule.where, rule.tag, "empty", **more)
    elif function == "round" and rule.tag == "PatientAge":
        draft.note(rule.where, "ages are not rounded; those above 089Y become 090Y")
        draft.add(rule.where, rule.tag, "clip", above="089Y", to="090Y")
    else:
        _not_converted(draft, rule, more)


def _not_converted(draft: _Draft, rule: _CtpRule, more: dict[str, str]) -> None:
    function = re.search(r"@\w+", rule.script)
    draft.note(rule.where, f"{function[0] if function else 'this script'} has no counterpart; the element is removed")
    draft.add(rule.where, rule.tag, "remove", **more)


def _ctp_blocks(draft: _Draft, blocks: Iterable[tuple[str, str]]) -> None:
    """Rules for whole groups: what the profile does in any case needs no rule."""
    for kind, what in blocks:
        where = f"{'remove' if kind == 'r' else 'keep'} {what}"
        if kind == "r" and what == "overlays":
            draft.rules.append({"match": "(60xx,xxxx)", "action": "remove"})
        elif kind == "r" and what == "curves":
            draft.rules.append({"match": "(50xx,xxxx)", "action": "remove"})
        elif kind == "r" and what == "unspecifiedelements":
            draft.note(where, "elements without a rule follow the Basic Profile and are searched, not removed")
        elif kind == "r" and what == "privategroups":
            draft.note(where, "private elements go in any case, except those that a rule of the script names")
        elif kind == "k":
            draft.note(where, "a whole group is not kept blindly; its elements follow the Basic Profile")
        else:
            draft.note(where, "not converted")


# -- pydicom/deid --------------------------------------------------------------------------------------


def convert_deid(text: str, *, name: str = "converted") -> tuple[str, list[str]]:
    """A recipe of pydicom/deid as one of ours.

    Returns
    -------
    tuple
        The YAML text, and one line for everything that could not be converted or that changes meaning.

    Raises
    ------
    RecipeError
        ``convert-unreadable``.
    """
    if len(text) > SIZE_LIMIT:
        raise RecipeError("convert-unreadable", "the recipe is too large")
    draft = _Draft("pydicom/deid")
    header, lists, pixel_rules = _read_deid(draft, text)
    if not header and not pixel_rules:
        raise RecipeError("convert-unreadable", "no rule of a pydicom/deid recipe was found")
    protected = frozenset(_deid_protected(header))
    for where, words in header:
        _deid_line(draft, where, words, lists, protected)
    options = draft.settle([], protected)
    if pixel_rules:
        draft.note("%filter", f"{pixel_rules} pixel rules: write the rectangles into a device catalog (docs/recipe.md)")
    return draft.text(name, *([f"options: [{', '.join(options)}]"] if options else [])), draft.notes


def _deid_protected(header: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Attributes with another action, by name: there they are not removed or blanked by any line."""
    for _, words in header:
        verb, *rest = words.split(maxsplit=2)
        if rest and verb.upper() not in ("REMOVE", "BLANK") and tag_of(rest[0]) is not None:
            yield rest[0]


def _read_deid(draft: _Draft, text: str) -> tuple[list[tuple[str, str]], dict[str, list[str]], int]:
    """Lines of the header section, named lists of fields, and the number of pixel rules."""
    header: list[tuple[str, str]] = []
    lists: dict[str, list[str]] = {}
    section, pixel_rules = "", 0
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.split("#", 1)[0].strip()
        if not words or words.upper().startswith("FORMAT"):
            continue
        if words.startswith("%"):
            section = words[1:].strip().lower()
        elif section.startswith("filter"):
            pixel_rules += words.split()[0].upper() in ("LABEL", "COORDINATES", "CTPCOORDINATES", "KEEPCOORDINATES")
        elif section.startswith(("fields", "values")):
            lists.setdefault(section.split(maxsplit=1)[-1], []).append(words)
        elif section.startswith("header"):
            header.append((f"line {number}", words))
        else:
            draft.note(f"line {number}", "stands in a section that is not converted")
    return header, lists, pixel_rules


def _deid_line(draft: _Draft, where: str, words: str, lists: dict[str, list[str]], protected: frozenset[str]) -> None:
    parts = words.split(maxsplit=2)
    verb, what, value = parts[0].upper(), parts[1] if len(parts) > 1 else "", parts[2] if len(parts) > 2 else ""
    if not what:
        draft.note(where, "names no field; not converted")
        return
    for match, creator in _deid_fields(draft, where, what, lists):
        more = {"creator": creator} if creator else {}
        if verb in ("REMOVE", "BLANK") and match in protected:
            draft.note(where, f"{match} has another rule by its name, which there comes before {verb}")
            continue
        _deid_action(draft, where, verb, match, value, more)


def _deid_action(draft: _Draft, where: str, verb: str, match: str, value: str, more: dict[str, str]) -> None:
    simple = {"KEEP": "keep", "BLANK": "empty", "REMOVE": "remove", "JITTER": "shift"}
    if verb == "REMOVE" and ":" in value:
        draft.note(where, f"{match}: the condition is dropped, the element is removed in any case")
    if verb in simple:
        draft.add(where, match, simple[verb], **more)
    elif verb in ("REPLACE", "ADD"):
        _deid_replace(draft, where, match, value, more)
        if verb == "ADD" and match not in ALWAYS:
            draft.note(where, f"{match} is replaced where it stands, not added")
    else:
        draft.note(where, f"{verb} has no counterpart; {match} is removed")
        draft.add(where, match, "remove", **more)


def _deid_replace(draft: _Draft, where: str, match: str, value: str, more: dict[str, str]) -> None:
    tag = tag_of(match)
    vr = dictionary_vr(tag) if tag is not None else None
    computed = re.match(r"(var|func|deid_func):(\S*)", value)
    if computed is None:
        draft.add(where, match, "replace", **{"with": value}, **more)
    elif vr == "UI":
        draft.add(where, match, "uid", **more)
    elif vr in ("DA", "DT", "TM") and "jitter" in value.lower():
        draft.add(where, match, "shift", **more)
    elif vr in ("LO", "SH", "PN", "ST", "LT", "UT", "UC"):
        if match not in ALWAYS:
            draft.note(where, f"{match}: '{computed[1]}:' becomes a surrogate of ours")
        draft.add(where, match, "surrogate", **more)
    else:
        draft.note(where, f"{match}: '{computed[1]}:' has no counterpart; the element is removed")
        draft.add(where, match, "remove", **more)


def _deid_fields(draft: _Draft, where: str, what: str, lists: dict[str, list[str]]) -> Iterator[tuple[str, str]]:
    """Matches of ours, with the private creator, for a field or an expression over fields."""
    kind, mark, rest = what.partition(":")
    if found := re.fullmatch(r'\(?([0-9A-Fa-f]{4}),"([^"]+)",([0-9A-Fa-f]{2})\)?', what):
        yield f"({found[1].upper()},xx{found[3].upper()})", found[2]
    elif found := re.fullmatch(r"\(?([0-9A-Fa-f]{4}),?([0-9A-Fa-f]{4})\)?", what):
        tag = int(found[1] + found[2], 16)
        plain = f"({tag >> 16:04X},{tag & 0xFFFF:04X})"
        yield (plain if tag >> 16 & 1 else keyword_of(tag) or plain), ""
    elif not mark and what.upper() != "ALL":
        yield what, ""
    elif kind == "select" and rest.lower().startswith("group:"):
        yield f"({rest[6:].strip().upper()},xxxx)", ""
    elif kind in ("fields", "values") and rest in lists and kind == "fields":
        for line in lists[rest]:
            yield from _deid_fields(draft, where, line.split()[-1], {})
    else:
        yield from _deid_expression(draft, where, kind, rest)


def _deid_expression(draft: _Draft, where: str, kind: str, rest: str) -> Iterator[tuple[str, str]]:
    if kind == "select" and rest.upper().startswith("VR:"):
        wanted = rest[3:].strip().upper()
        names = [entry[4] for entry in DicomDictionary.values() if entry[0] == wanted and entry[4]]
    elif kind in ("contains", "startswith", "endswith"):
        test = _matcher(kind, rest)
        names = [entry[4] for tag, entry in DicomDictionary.items() if entry[4] and tag >> 16 > 4 and test(entry[4])]
    else:
        draft.note(where, f"'{kind}' over fields has no counterpart; not converted")
        return
    if len(names) > EXPANSION_LIMIT:
        draft.note(where, f"stands for {len(names)} attributes, more than {EXPANSION_LIMIT}; not converted")
        return
    draft.note(where, f"written out as {len(names)} attributes of PS3.6; private elements are not among them")
    for name in names:
        yield name, ""


def _matcher(kind: str, rest: str) -> Callable[[str], bool]:
    wanted = rest.strip().lower()
    if kind == "startswith":
        return lambda name: name.lower().startswith(wanted)
    if kind == "endswith":
        return lambda name: name.lower().endswith(wanted)
    try:
        pattern = re.compile(wanted)
    except re.error:
        return lambda name: wanted in name.lower()
    return lambda name: pattern.search(name.lower()) is not None
