"""The conformance statement of a recipe, written from its compiled policy and from nothing else."""

from __future__ import annotations

import textwrap
from collections import Counter

from deid.model import Action, Rule
from deid.recipe.policy import Policy, arguments
from deid.standard import EDITION, all_rows

__all__ = ["conformance"]

WIDTH = 100
WORDS = {
    Action.KEEP: "kept",
    Action.REMOVE: "removed",
    Action.EMPTY: "emptied",
    Action.DUMMY: "replaced by a dummy",
    Action.CLEAN: "cleaned",
    Action.UID: "new UID, the same for the same original",
    Action.SURROGATE: "surrogate",
    Action.SHIFT: "shifted by the patient's offset",
    Action.REFUSE: "instance refused",
}
# IODs that the statement resolves compound codes for; Types differ between them.
EXAMPLES = {
    "CT Image": "1.2.840.10008.5.1.4.1.1.2",
    "Enhanced MR Image": "1.2.840.10008.5.1.4.1.1.4.1",
    "Comprehensive SR": "1.2.840.10008.5.1.4.1.1.88.33",
}


def conformance(policy: Policy) -> str:
    """The statement as Markdown text.

    Says profile and options with their codes, what the recipe adds, how dates, UIDs, private elements, text
    and unknown elements are treated, and for every row of Table E.1-1 what happens to it.
    """
    recipe = policy.recipe
    lines = [
        f"# Conformance statement: recipe `{recipe.name}`, version {recipe.version}",
        "",
        f"DICOM PS3.15 {EDITION}, Annex E. Written from the compiled recipe; digest `{recipe.digest}`.",
        "",
        "## Profile and options",
        "",
        *(f"* {code} {meaning}" for code, meaning in policy.method_codes(pixels_cleaned=True)),
        "",
        "These codes stand in De-identification Method Code Sequence (0012,0064) of every instance; Clean Pixel Data "
        "only where pixels were looked at.",
        "",
        *_general(policy),
        "",
        "## Rules of this recipe",
        "",
        *_own_rules(policy),
        "",
        "## What this does not cover",
        "",
        *(_bullet(point) for point in recipe.not_covered or ("The recipe states nothing.",)),
        "",
        "## Table E.1-1, row by row",
        "",
        *_rows(policy),
    ]
    return "\n".join(lines) + "\n"


def _general(policy: Policy) -> list[str]:
    recipe = policy.recipe
    dates = {
        "remove": "Dates and times are removed, emptied or replaced by dummies, as the attribute's Type demands.",
        "shift": "Dates move by a whole number of days, one for all material of a patient, drawn at random and kept in "
        f"the vault; times of day are {'shifted too' if recipe.dates.times == 'shift' else 'kept'}.",
        "keep": "Dates and times are kept.",
        "year": "Where the Basic Profile lets a dummy stand, the year is kept as 1 January; all other dates go.",
    }[policy.dates]
    private = (
        "Private elements are removed unless Table E.3.10-1, the private tag knowledge base of The Cancer Imaging "
        "Archive or a rule of this recipe names them by creator, group and low byte; what stays is searched, bytes "
        "of VR OB and OW never stay."
        if "retain-safe-private" in policy.options
        else "Private elements are removed, except those that a rule of this recipe names."
    )
    uids = (
        "UIDs are kept."
        if "retain-uids" in policy.options
        else "UIDs are replaced one to one, except registered ones and those of classes and syntaxes. References to "
        f"other instances are {'kept with new UIDs' if recipe.references == 'map' else 'removed where Types allow it'}."
    )
    points = [
        dates,
        "Birth dates are emptied, and dates of calibration, manufacture and installation of devices and of published "
        "tables are removed or replaced, whatever the options: each gives other dates away.",
        "Ages above 089Y become 090Y.",
        uids,
        private,
        "Compound codes are resolved by the attribute's Type in the IOD and at its nesting level. A Type 1 attribute "
        "is never emptied or removed, a Type 2 attribute never removed, whatever the code.",
        "Where two options speak about one attribute the stricter counts.",
        "An attribute of PS3.6 that Table E.1-1 does not list is kept if its VR cannot hold text; text is searched "
        "like a descriptor, person names get surrogates, UIDs are mapped, dates follow the rule for dates.",
        f"An element that PS3.6 does not know is {'a reason to refuse' if recipe.unknown == 'refuse' else 'removed'}.",
        "Group lengths, file meta information, preamble and trailing padding are not carried over.",
        {
            "clean": "Encapsulated documents are searched and rewritten, or the instance is refused.",
            "dummy": "Encapsulated documents are replaced by an empty one.",
            "refuse": "Instances with an encapsulated document are refused.",
        }[recipe.documents],
        f"A volume from which a face can be rendered is a reason to {recipe.faces}; Clean Recognizable Visual "
        "Features is never claimed.",
    ]
    if "retain-device-identity" in policy.options and recipe.serials == "surrogate":
        points.append("Serial numbers and unique device identifiers get surrogates even so: one may name an implant.")
    return ["## In general", "", *(_bullet(point) for point in points)]


def _own_rules(policy: Policy) -> list[str]:
    lines = []
    for rule in policy.recipe.tags:
        creator = f" of `{rule.creator}`" if rule.creator else ""
        because = f", because: {rule.because}" if rule.because else ""
        lines.append(_bullet(f"{rule.match}{creator}: {rule.action}{because} ({rule.source})"))
    if policy.recipe.assign is not None:
        lines.append(_bullet(f"assigned from a table of the site: {', '.join(policy.recipe.assign.columns)}"))
    return lines or ["* none"]


def _rows(policy: Policy) -> list[str]:
    counts: Counter[str] = Counter()
    lines = [
        f"| tag | keyword | E.1-1 | {' | '.join(EXAMPLES)} |",
        f"| --- | --- | --- |{' --- |' * len(EXAMPLES)}",
    ]
    for printed, row in all_rows():
        if printed.startswith("(gggg"):
            continue
        tag = int(printed[1:5].replace("x", "0") + printed[6:10].replace("x", "0"), 16)
        tag = 0x50003000 if printed.startswith("(50xx") else tag
        rules = [
            policy.for_instance(uid).rule((tag,), row.vr.split("/")[-1] if row.vr else "OW")
            for uid in EXAMPLES.values()
        ]
        cells = [_words(rule, row.vr) for rule in rules]
        counts.update(cells)
        lines.append(f"| {printed} | {row.keyword} | {row.basic} | {' | '.join(cells)} |")
    total = ", ".join(f"{words}: {number}" for words, number in sorted(counts.items()))
    return [*lines, "", f"Counted over the {len(EXAMPLES)} IODs: {total}."]


def _words(rule: Rule, vr: str) -> str:
    words = WORDS[rule.action]
    given = arguments(rule)
    if rule.action is Action.SHIFT and vr == "TM" and given.get("time") == "keep":
        words = "time of day kept"
    if given.get("search") == "known":
        words = "kept but for known identifiers"
    if rule.action is Action.SHIFT and given.get("mode") == "year":
        words = "year kept"
    if "above" in given:
        words = f"{given['to']} if above {given['above']}"
    return words


def _bullet(text: str) -> str:
    return textwrap.fill(text, WIDTH, initial_indent="* ", subsequent_indent="  ")
