"""What is wrong, or probably not meant, in a recipe: found before anything runs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Literal

from pydicom._uid_dict import UID_dictionary
from pydicom.uid import UID

from deid.errors import RecipeError
from deid.recipe.load import Layer, Recipe, layers_of, place
from deid.recipe.model import TagRule, sop_class_uid_of
from deid.recipe.policy import Policy
from deid.recipe.rules import DEVICE, FULL_DATES, MODIFIED_DATES, lists
from deid.standard import action_row, dictionary_vr, is_private_creator_known, keyword_of

__all__ = ["Problem", "check"]

# PS3.3 C.7.3.1.1.1, retired ones included: old archives have them.
# fmt: off
MODALITIES = frozenset(
    {
        "ANN", "AR", "ASMT", "AU", "BDUS", "BI", "BMD", "CD", "CF", "CFM", "CP", "CR", "CS", "CT", "CTPROTOCOL",
        "DD", "DF", "DG", "DM", "DMS", "DOC", "DS", "DX", "EC", "ECG", "EEG", "EMG", "EOG", "EPS", "ES", "FA",
        "FID", "FS", "GM", "HC", "HD", "IO", "IOL", "IVOCT", "IVUS", "KER", "KO", "LEN", "LP", "LS", "M3D",
        "MA", "MG", "MR", "MS", "NM", "OAM", "OCT", "OP", "OPM", "OPR", "OPT", "OPTBSV", "OPTENF", "OPV", "OSS",
        "OT", "PA", "PLAN", "POS", "PR", "PT", "PX", "REG", "RESP", "RF", "RG", "RTDOSE", "RTIMAGE", "RTINTENT",
        "RTPLAN", "RTRAD", "RTRECORD", "RTSEGANN", "RTSTRUCT", "RWV", "SC", "SEG", "SM", "SMR", "SR", "SRF",
        "ST", "STAIN", "TEXTUREMAP", "TG", "US", "VA", "VF", "XA", "XAPROTOCOL", "XC",
    }
)
# fmt: on

# Image Type, values 1 to 3 and what many devices write there (PS3.3 C.7.6.1.1.2).
IMAGE_TYPES = frozenset(
    {
        "ORIGINAL", "DERIVED", "PRIMARY", "SECONDARY", "AXIAL", "LOCALIZER", "REFORMATTED", "PROJECTION IMAGE", "MPR",
        "MIP", "MIN_IP", "AVERAGE", "SCREEN SAVE", "DOSE_INFO", "VOLUME", "DYNAMIC",
    }
)  # fmt: skip
# What the keyword of a class of images says that only one modality makes.
OWN_CLASSES = {
    "CT": "CTImage", "MR": "MRImage", "US": "Ultrasound", "NM": "NuclearMedicine", "MG": "Mammography",
    "CR": "ComputedRadiography", "RF": "RadioFluoroscopic", "XA": "XRayAngiographic", "SEG": "Segmentation",
    "SR": "SRStorage", "RTPLAN": "Plan", "RTDOSE": "RTDose", "RTSTRUCT": "RTStructure",
}  # fmt: skip
# Of the models for names that come with the package (deid.text.ner).
LANGUAGES = ("de", "en", "es", "fr")


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding.

    Attributes
    ----------
    level
        ``error``: the recipe cannot be used. ``warning``: it can, but says something that has no effect or
        that weakens what it claims.
    where
        File and line, or the recipe's name.
    """

    level: Literal["error", "warning"]
    code: str
    where: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        text = f"{self.where}: {self.level}: {self.message} [{self.code}]"
        return f"{text} ({self.hint})" if self.hint else text


def check(name_or_path: str | Path) -> list[Problem]:
    """Everything that is wrong with a recipe, errors first; empty if nothing is.

    Finds unknown keys and misspelt keywords (with the nearest right word), rules that can never match
    because an earlier one takes everything they would, rules that never change anything, options that
    contradict each other, and rules that undo what the profile claims.
    """
    try:
        recipe = Recipe.load(name_or_path)
    except RecipeError as problem:
        where, _, message = problem.message.partition(": ")
        if not message:
            where, message = str(Path(name_or_path).name), problem.message
        return [Problem("error", problem.code, where, message, problem.hint)]
    policy, layers = recipe.compile(), layers_of(name_or_path)
    return [
        *_shadowed(recipe),
        *_gone(recipe),
        *_weak_rules(recipe),
        *_idle_rules(policy),
        *_classes(recipe),
        *_layered(layers),
        *_options(recipe, layers),
        *_filters(recipe, layers),
        *_filter_words(recipe, layers),
        *_words(recipe, layers),
        *_statements(recipe),
    ]


def _shadowed(recipe: Recipe) -> Iterator[Problem]:
    """Rules after one that matches all that they match: first match wins, so they never speak."""
    for number, later in enumerate(recipe.tags):
        for earlier in recipe.tags[:number]:
            if _covers(earlier, later):
                yield Problem(
                    "warning",
                    "rule-never-matches",
                    later.source,
                    f"the rule for {later.match} can never match",
                    f"{earlier.source} matches first and takes all of it",
                )
                break


def _covers(earlier: TagRule, later: TagRule) -> bool:
    mine, theirs = earlier.steps, later.steps
    if earlier.sop_classes and not set(later.sop_classes) <= set(earlier.sop_classes):
        return False
    if earlier.sop_classes and not later.sop_classes:
        return False
    if earlier.creator and earlier.creator.strip().casefold() != later.creator.strip().casefold():
        return False
    if len(mine) > len(theirs):
        return False
    last = theirs[len(theirs) - len(mine) :]
    return all(
        all(a in ("X", b) for a, b in zip(_low(one, earlier), _low(two, later), strict=True))
        for one, two in zip(mine, last, strict=True)
    )


def _gone(recipe: Recipe) -> Iterator[Problem]:
    """Rules for what a sequence holds that another rule takes away or fills anew."""
    for rule in recipe.tags:
        for depth in range(1, len(rule.steps)):
            above = rule.model_copy(update={"match": "/".join(rule.match.split("/")[:depth]), "creator": ""})
            first = next((other for other in recipe.tags if _covers(other, above)), None)
            if first is not None and first.action in ("remove", "empty", "refuse"):
                text = f"the rule for {rule.match} can never match: nothing is left of the sequence around it"
                hint = f"{first.source} comes to '{first.action}' for {first.match}"
                yield Problem("warning", "rule-never-matches", rule.source, text, hint)
                break


def _low(step: str, rule: TagRule) -> str:
    """With a creator the block does not count."""
    return f"{step[:4]}XX{step[6:]}" if rule.creator and rule.is_private else step


def _weak_rules(recipe: Recipe) -> Iterator[Problem]:
    """Rules of the recipe that let an identifier stay which the profile takes away."""
    for rule in recipe.tags:
        tag = rule.exact_tag
        if tag is None or rule.is_private or rule.action not in ("keep", "clean", "shift"):
            continue
        if tag in (0x00100010, 0x00100020, 0x00100030, 0x00100032):
            yield Problem(
                "warning",
                "rule-keeps-identifier",
                rule.source,
                f"{rule.match} identifies the patient; an instance that keeps it will not pass verification",
            )
        elif rule.action != "clean" and keyword_of(tag) in lists()["device_dates"] | lists()["published_dates"]:
            yield Problem(
                "warning",
                "rule-gives-shift-away",
                rule.source,
                f"the real {rule.match} is written elsewhere: kept or shifted it tells the patient's offset",
            )
        elif action_row(tag) is not None and rule.action == "keep":
            yield Problem(
                "warning",
                "rule-weakens-profile",
                rule.source,
                f"to keep {rule.match} departs from Table E.1-1; the conformance statement says so",
            )


def _idle_rules(policy: Policy) -> Iterator[Problem]:
    """Rules that can never apply, whatever the instance."""
    for rule in policy.recipe.tags:
        tag = rule.exact_tag
        steps = [int(step, 16) for step in rule.steps[:-1] if "X" not in step]
        for above in steps:
            if dictionary_vr(above) not in ("SQ", None) and not above >> 16 & 1:
                text = f"{keyword_of(above)} is not a sequence, so nothing can stand inside it"
                yield Problem("warning", "rule-never-matches", rule.source, text)
        if rule.creator and rule.action == "keep" and not is_private_creator_known(rule.creator):
            text = f"no table knows the private creator '{rule.creator}'"
            hint = "check its spelling; kept values are searched all the same"
            yield Problem("warning", "rule-unknown-creator", rule.source, text, hint)
        if tag is None:
            continue
        if tag & 0xFFFF == 0 or tag >> 16 in (0, 2, 4):
            text = f"{rule.match} is written anew or left out in any case"
            yield Problem("warning", "rule-never-matches", rule.source, text)
        elif not rule.is_private and dictionary_vr(tag) is None and rule.action not in ("remove", "refuse"):
            hint = "what no table knows cannot be judged" if rule.action == "keep" else ""
            yield Problem("warning", "rule-unknown-tag", rule.source, f"{rule.match} is not in PS3.6", hint)


def _classes(recipe: Recipe) -> Iterator[Problem]:
    """SOP Classes of rules that DICOM does not know, or that the filters never let in."""
    for rule in recipe.tags:
        named = frozenset(map(sop_class_uid_of, rule.sop_classes))
        if named - UID_dictionary.keys():
            text = f"{min(named - UID_dictionary.keys())} is no SOP Class of DICOM: the rule holds for a private one"
            yield Problem("warning", "class-unknown", rule.source, text)
        let_in = recipe.filter_classes
        if named and ((let_in and not named & let_in) or named <= recipe.filter_not_classes):
            text = f"the rule for {rule.match} can never match: the filters let its SOP Classes not in"
            yield Problem("warning", "rule-never-matches", rule.source, text)


def _layered(layers: list[Layer]) -> Iterator[Problem]:
    """Options that one file says twice, or gives up although nothing below it has them."""
    for number, layer in enumerate(layers):
        below = {name for one in layers[number + 1 :] for name in one.content.get("options", ())}
        for at, name in enumerate(layer.content.get("without", ())):
            if name not in below:
                near = get_close_matches(name, below, n=1, cutoff=0.6)
                hint = f"it has '{near[0]}'" if near else "it has " + (", ".join(sorted(below)) or "none")
                text = f"without: {name} is no option of the recipe that is extended"
                yield Problem("warning", "options-contradict", layer.where(("without", at)), text, hint)
        doubled = {name for name in layer.content.get("options", ()) if layer.content["options"].count(name) > 1}
        if doubled:
            text = f"options: {', '.join(sorted(doubled))} stands there twice"
            yield Problem("warning", "options-contradict", layer.where(("options",)), text)


def _options(recipe: Recipe, layers: list[Layer]) -> Iterator[Problem]:
    """Options that contradict what else the recipe says."""
    options = frozenset(recipe.options)

    def problem(message: str, hint: str = "") -> Problem:
        return Problem("warning", "options-contradict", place(layers, _keys_of(message)), message, hint)

    if recipe.serials == "keep" and DEVICE not in options:
        yield problem("serials: keep has no effect without retain-device-identity")
    if recipe.dates.times == "shift" and MODIFIED_DATES not in options:
        yield problem(f"dates: times: shift has no effect without {MODIFIED_DATES}")
    if recipe.references == "table" and "retain-uids" in options:
        yield problem("references: table has no effect under retain-uids")
    if "clean-pixel-data" in options and recipe.pixels.remove == "none":
        yield problem("clean-pixel-data is claimed, but pixels: remove: none looks at no pixel")
    if FULL_DATES in options and "retain-uids" in options and "retain-institution-identity" in options:
        yield problem("dates, UIDs and institution all stay: whoever has the archive finds the patient again")
    if "clean-structured-content" in options and "clean-descriptors" not in options:
        yield problem(
            "clean-structured-content without clean-descriptors removes all text that Table E.3.4-1 lists",
            "PS3.15 E.3.4 expects both",
        )


_KEYS = {
    "serials": ("serials",), "dates": ("dates", "times"), "references": ("references",),
    "clean-pixel-data": ("pixels", "remove"),
}  # fmt: skip


def _keys_of(message: str) -> tuple[str, ...]:
    return _KEYS.get(re.split(r"[: ]", message, maxsplit=1)[0], ("options",))


def _filters(recipe: Recipe, layers: list[Layer]) -> Iterator[Problem]:
    """Filters that let nothing in, or that name what no instance says."""
    filters = recipe.filters

    def where(name: str) -> str:
        return place(layers, ("filters", name))

    for name in ("modalities", "sop_classes", "image_types", "descriptions"):
        fold = sop_class_uid_of if name == "sop_classes" else str.casefold
        unwanted = {fold(word) for word in getattr(filters, f"not_{name}")}
        both = [word for word in getattr(filters, name) if fold(word) in unwanted]
        if both:
            text = f"filters: {', '.join(sorted(both))} stands in {name} and in not_{name}: it is left out"
            yield Problem("warning", "filters-contradict", where(f"not_{name}"), text)
    if filters.studied_from and filters.studied_until and filters.studied_from > filters.studied_until:
        text = "filters: studied_from is later than studied_until: nothing is let in"
        yield Problem("warning", "filters-contradict", where("studied_from"), text)
    for uid in sorted((recipe.filter_classes | recipe.filter_not_classes) - UID_dictionary.keys()):
        text = f"filters: {uid} is no SOP Class of DICOM: only a private one can be meant"
        yield Problem("warning", "class-unknown", where("sop_classes"), text)
    if filters.modalities and recipe.filter_classes and not any(_may_be(recipe, one) for one in filters.modalities):
        text = "filters: no instance is of one of these modalities and of one of these SOP Classes: nothing is let in"
        yield Problem("warning", "filters-contradict", where("sop_classes"), text)
    if filters.opt_out and not recipe.opted_out:
        text = "filters: the file that opt_out names has no Patient ID in it"
        yield Problem("warning", "filters-idle", where("opt_out"), text)


def _filter_words(recipe: Recipe, layers: list[Layer]) -> Iterator[Problem]:
    """Words of filters that no instance says."""
    filters = recipe.filters
    for name in ("modalities", "not_modalities"):
        for modality in getattr(filters, name):
            if modality.upper() not in MODALITIES:
                hint = _near(modality.upper(), MODALITIES, 0.4)
                text = f"filters: '{modality}' is not a modality of DICOM"
                yield Problem("warning", "filter-unknown-modality", place(layers, ("filters", name)), text, hint)
    for name in ("image_types", "not_image_types"):
        for word in getattr(filters, name):
            hint = "" if word.upper() in IMAGE_TYPES else _near(word.upper(), IMAGE_TYPES, 0.85)
            if hint:
                text = f"filters: '{word}' is no usual value of Image Type"
                yield Problem("warning", "filter-unknown-image-type", place(layers, ("filters", name)), text, hint)


def _may_be(recipe: Recipe, modality: str) -> bool:
    """Whether an instance of the modality may be of a class that is let in: its images, or what any modality makes."""
    own = OWN_CLASSES.get(modality.upper())
    names = [str(getattr(UID(uid), "keyword", "")) for uid in recipe.filter_classes]
    others = [word for other, word in OWN_CLASSES.items() if other != modality.upper()]
    return any((own is not None and own in name) or not any(word in name for word in others) for name in names)


def _near(word: str, words: frozenset[str], cutoff: float) -> str:
    near = get_close_matches(word, words, n=1, cutoff=cutoff)
    return f"did you mean '{near[0]}'?" if near else ""


def _words(recipe: Recipe, layers: list[Layer]) -> Iterator[Problem]:
    """What is said about text and cannot be done."""
    language = recipe.text.language
    if language not in LANGUAGES:
        text = f"text.language: no model is shipped for '{language}': names are found by rules and known values alone"
        hint = f"shipped: {', '.join(LANGUAGES)}"
        yield Problem("warning", "text-language", place(layers, ("text", "language")), text, hint)


def _statements(recipe: Recipe) -> Iterator[Problem]:
    for key in ("legal_basis", "not_covered"):
        if not getattr(recipe, key):
            yield Problem("warning", "statement-missing", recipe.origin[0], f"'{key}' is empty: say what it is for")
