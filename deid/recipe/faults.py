"""What a recipe as a whole may not say, although each of its files may: found after joining, before anything starts.

What is here would give a patient away, make the files unreadable, or write a statement that is not true. What merely
has no effect is for :mod:`deid.recipe.check`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from deid.recipe.model import RecipeModel, TagRule
from deid.recipe.rules import BINARY_VRS, FULL_DATES, MODIFIED_DATES, NUMBER_VRS, lists
from deid.standard import all_rows, dictionary_vr, keyword_of, tag_of

__all__ = ["Fault", "faults", "rule_faults"]

_TEXT_NUMBERS = frozenset({"DS", "IS"})
_PATIENT = frozenset({0x00100010, 0x00100020})
# An instance without these, or with other ones, is not found, not read or not shown any more.
_CARRYING = frozenset(
    {
        0x00080005, 0x00080016, 0x00280002, 0x00280004, 0x00280006, 0x00280008, 0x00280010, 0x00280011, 0x00280100,
        0x00280101, 0x00280102, 0x00280103, 0x7FE00008, 0x7FE00009, 0x7FE00010,
    }
)  # fmt: skip
_BIRTH = 0x00100030
_INSTANCE_UIDS = frozenset({0x00080018, 0x0020000D, 0x0020000E})


class Fault(NamedTuple):
    """One complaint: where (``file:line`` or the keys that lead there), what, and what would be right."""

    where: str | tuple[str, ...]
    message: str
    hint: str = ""


def faults(recipe: RecipeModel) -> Iterator[Fault]:
    """All that forbids a joined recipe."""
    yield from _options(recipe)
    for rule in recipe.tags:
        yield from rule_faults(rule)
        yield from _date(rule, recipe)
    if any(not word.strip() for word in recipe.text.never):
        yield Fault(("text", "never"), "text.never: an empty word stands in every text", "remove it")
    if not re.fullmatch(r"[a-z]{2}", recipe.text.language):
        text = f"text.language: '{recipe.text.language}' is no language by its two letters (ISO 639-1)"
        yield Fault(("text", "language"), text, "en, de, es, fr have models")


def _options(recipe: RecipeModel) -> Iterator[Fault]:
    options = recipe.options
    if FULL_DATES in options and MODIFIED_DATES in options:
        text = f"options {FULL_DATES} and {MODIFIED_DATES} exclude each other (PS3.15 E.3.6)"
        yield Fault(("options",), text, "give one of them up with 'without'")
    if recipe.dates.mode == "year" and (FULL_DATES in options or MODIFIED_DATES in options):
        yield Fault(("options",), "dates: mode: year excludes the two date options", "dates: {mode: by-options}")
    if "clean-recognizable-visual-features" in options:
        text = "clean-recognizable-visual-features needs distorted pixels, which this version does not make"
        yield Fault(("options",), text, "use 'faces: refuse' instead")
    for name in recipe.excludes:
        if name in options:
            text = f"{name} contradicts what a recipe that is extended here is for: it excludes the option"
            yield Fault(("options",), text, "extend another recipe, with a legal basis of its own")


def rule_faults(rule: TagRule) -> Iterator[Fault]:
    """What forbids one rule, whatever else the recipe says."""
    tag = rule.exact_tag
    if tag is None:
        yield from _wild(rule)
        return
    inner = len(rule.steps) > 1
    keeps = rule.action in ("keep", "clean", "refuse")
    if tag in _PATIENT and not inner and not keeps:
        text = f"{rule.match} becomes the patient's surrogate under every recipe, and verification asks for it"
        yield Fault(rule.source, text, "leave the rule out")
    elif tag in _CARRYING and not inner and rule.action not in ("keep", "refuse"):
        text = f"without its own {rule.match} an instance cannot be read: '{rule.action}' is not for it"
        yield Fault(rule.source, text, "leave the rule out, or 'refuse' the instances")
    elif tag in _INSTANCE_UIDS and not inner and rule.action == "replace":
        text = f"every instance would have the same {rule.match}"
        yield Fault(rule.source, text, "action: uid gives each its own")
    elif rule.action == "replace" and not rule.is_private:
        yield from _written(rule, tag)


def _written(rule: TagRule, tag: int) -> Iterator[Fault]:
    """Whether the value that a rule writes fits the VR."""
    vr = (dictionary_vr(tag) or "").rsplit(" or ", maxsplit=1)[-1]
    if vr == "SQ" or vr in BINARY_VRS | NUMBER_VRS - _TEXT_NUMBERS:
        text = f"'replace' writes text, and the VR of {rule.match} is {vr}"
        yield Fault(rule.source, text, "remove, empty or dummy fit every VR")
        return
    from pydicom.config import RAISE  # only for a recipe that writes values
    from pydicom.valuerep import validate_value

    value = rule.value or ""
    try:
        for one in [value] if vr in ("LT", "ST", "UT", "UR") else value.split("\\"):
            validate_value(vr, one, RAISE)
    except ValueError:
        text = f"the value that is written does not fit {rule.match}, whose VR is {vr}"
        yield Fault(rule.source, text, f"a value of this VR looks like {_LIKE[vr]}" if vr in _LIKE else "")


_LIKE = {
    "AE": "STATION1", "AS": "045Y", "CS": "CHEST", "DA": "20200131", "DS": "1.5", "DT": "20200131120000", "IS": "12",
    "TM": "120000", "UI": "1.2.840.10008.1.1", "SH": "a text of 16 characters at most",
    "LO": "a text of 64 characters at most", "PN": "Family^Given",
}  # fmt: skip


def _wild(rule: TagRule) -> Iterator[Fault]:
    """A pattern that stands for many attributes may take them away, not let them stay."""
    last = rule.steps[-1]
    if rule.creator or rule.action not in ("keep", "replace") or _is_repeating(last):
        return
    if rule.action == "replace":
        yield Fault(rule.source, f"{rule.match} stands for attributes of several VRs", "'replace' needs one attribute")
        return
    covered = [row.keyword for _, row in all_rows() if row.keyword and _covers(last, row.keyword)]
    if covered:
        text = f"to keep {rule.match} would keep {len(covered)} attributes of Table E.1-1, {covered[0]} among them"
        yield Fault(rule.source, text, "name the attributes that may stay one by one")


def _is_repeating(step: str) -> bool:
    """A curve or an overlay in all its groups is one attribute (PS3.5 7.6)."""
    return step[:4] in ("50XX", "60XX") and "X" not in step[4:]


def _covers(step: str, keyword: str) -> bool:
    tag = tag_of(keyword)
    return tag is not None and all(p in ("X", d) for p, d in zip(step, f"{tag:08X}", strict=True))


def _date(rule: TagRule, recipe: RecipeModel) -> Iterator[Fault]:
    """A shifted date beside its true neighbour tells the offset, whichever of the two the rule makes."""
    shifted, tag = MODIFIED_DATES in recipe.options, rule.exact_tag
    if rule.action == "shift" and not shifted:
        beside = (
            "dates that stay give its offset away"
            if FULL_DATES in recipe.options
            else ("the instance would say that its dates are not shifted")
        )
        yield Fault(
            rule.source, f"'shift' of {rule.match} without {MODIFIED_DATES}: {beside}", f"options: [{MODIFIED_DATES}]"
        )
    if rule.action != "keep" or tag is None or dictionary_vr(tag) not in ("DA", "DT") or tag == _BIRTH:
        return
    if shifted and keyword_of(tag) not in lists()["device_dates"] | lists()["published_dates"]:
        text = f"{rule.match} would stay beside dates that are shifted, and give their offset away"
        yield Fault(rule.source, text, "leave the rule out: the option shifts it")
    elif FULL_DATES in recipe.excludes:
        text = f"{rule.match} would stay, and a recipe that is extended here is for no day of a patient to stay"
        yield Fault(rule.source, text, "leave the rule out, or extend another recipe")
