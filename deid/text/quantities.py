"""What stands behind a cue of an identifier and is medicine: results, ordinals, stages, stations, positions.

Every question is asked of folded text: the value, and what stands before and after it.
"""
# ruff: noqa: E501 - a pattern or a table row reads better whole

from __future__ import annotations

import re

from deid.text import lexicon

__all__ = [
    "LESION_CODE",
    "is_bed_of_organ",
    "is_fever_or_way",
    "is_finding_of_study",
    "is_lesion_place",
    "is_levels",
    "is_node_station",
    "is_ordinal",
    "is_range",
    "is_sequence",
    "is_serial_study",
    "is_side_or_level",
]

RANGE = re.compile(r"[<>]?(\d{1,4}(?:\.\d+)?)\s?-\s?[<>]?(\d{1,4}(?:\.\d+)?)")
ROUND = 50
#: ``pT3N1M0``, ``G2``, ``3 of 12``, ``2/12``, ``1.5T``
STAGE = re.compile(
    r"[cpyra]{0,3}t(?:is|[0-4x][a-d]?)(?:n[0-3x].*)?|[gn][0-4]|r[0-2]|\d{1,2}(?:/\d{1,2})?|\d{1,3}\.\d{1,2}[a-z]?"
)
ORDERED = re.compile(
    r"\b(?:patient|pt|unit|exam|examination|order|case|specimen|procedure|session|study|report|document|scan|job|path|pathology|request|fraction|pid)\.?\W{0,2}(?:no\.?|number|num|nr|id)?\W{0,3}$"
)
GUIDED = re.compile(r"\s?(?:/aha|guideline|criteria|statement|consensus|recommend)")
NUMBERED_SEQUENCE = re.compile(r"\b(?:epi|e?mpi|emr|ehr|cpi)\W{0,3}$")
#: Where a lesion lies: a segment, a zone, a quadrant, a station of lymph nodes, a time on the clock.
LESION_WORDS = frozenset(
    "segment rib ribs zone level lobe clock o'clock oclock wall third axis quadrant depth region fossa space canal cm mm view views plane vertebra vertebral body disc junction branch artery vein duct lateral medial anterior posterior".split()  # noqa: SIM905
)
LESION_CODE = re.compile(r"[ptac]z(?:[aplm]{1,3})?|\d{1,2}[rl][si]?|[rl][ulmi]l|seg\w*|\d{1,2}:\d\d|[ap]comm")
UNITS = frozenset("hu cm mm ml celsius fahrenheit kg g mg cgy gy mgy ms s sec bpm mmhg percent cc l iu u".split())  # noqa: SIM905
ORGAN_BED = re.compile(
    r"\b(?:capillary|gall\s?bladder|tumou?r|surgical|thyroid|nail|vascular|liver|hepatic|resection|lumpectomy|prostate|prostatic|pancreatic|splenic|operative|post-?operative|pulmonary|mastectomy|nephrectomy|tonsillar|parotid|renal|ulcer|treatment)\s(?:bed\W*)?$"
)
FEVER = re.compile(r"\b(?:fevers?|febrile|temp\w*|tmax|t)\b[^.\n]{0,12}$")
#: What shows that ``100 m`` was walked and ``95 M`` is no man.
WAY = re.compile(r"\b(?:walk\w*|run|ran|distance|6mwt|hr|pulse|rate)\b[^.\n]{0,16}$")

BESIDE = re.compile(r"[ -]{1,2}([^\W\d_]+)")
SPINES = frozenset(("spine", "spines", "spinal", "sp", "vertebra", "vertebrae", "vertebral", "level", "levels"))
#: What follows an initial as often as a side does: a study, a word of every text.
STUDIES = frozenset(("ct", "cta", "mr", "mri", "mra", "us", "xr", "cr", "dx", "nm", "pet", "mg"))
AFTER_INITIAL = lexicon.group("not_names") | STUDIES


def is_side_or_level(letter: str, after: str) -> bool:
    """A side or a level where an initial could stand: ``R lower lobe``, ``L CC``, ``L5-S1``, ``T1 MPRAGE``, ``C-spine``."""
    if after[:1].isdecimal():
        return True
    following = BESIDE.match(after)
    if following is None:
        return False
    if letter in "ctls" and following[1] in SPINES:
        return True
    sided = lexicon.is_clinical(following[1]) and following[1] not in AFTER_INITIAL
    return letter in "lr" and sided and not lexicon.is_eponym(following[1]) and not lexicon.is_name(following[1])


def is_range(value: str) -> bool:
    """Two numbers from less to more, with a point in one or both of them round: ``0.4-4.0``, ``200-1200``."""
    match = RANGE.fullmatch(value)
    if match is None:
        return False
    low, high = float(match[1]), float(match[2])
    return low < high and ("." in value or (low % ROUND == 0 and high % ROUND == 0))


def is_finding_of_study(value: str, before: str, after: str) -> bool:
    """A stage, a share of nodes, a reference range, a guideline's year behind ``Path:``, ``ref:``, ``ACC``."""
    if STAGE.fullmatch(value) or GUIDED.match(after):
        return True
    match = RANGE.fullmatch(value)
    in_brackets = re.search(r"[(\[]\s?(?:ref\w*|normal)\W*(?:range|interval)?\W*$", before) is not None
    return is_range(value) or (match is not None and in_brackets and float(match[1]) < float(match[2]))


def is_ordinal(value: str, before: str) -> bool:
    """The first specimen, the second order: no number of a patient or a study."""
    return value.isdigit() and len(value) < 3 and ORDERED.search(before) is not None


def is_sequence(before: str, digits: int) -> bool:
    """A sequence or a test called like a register of patients: ``EPI 64 directions``, ``MPI 2-day``."""
    return digits < 5 and NUMBERED_SEQUENCE.search(before) is not None


def is_lesion_place(value: str, before: str) -> bool:
    """Where in the body something lies, or a unit: ``Location: RLL``, ``Location: 3 o'clock``, ``Unit: HU``."""
    words = value.replace(",", " ").split()
    if re.search(r"\bunit\W*$", before):
        return words[0] in UNITS
    if not LESION_WORDS.isdisjoint(words):
        return True
    if len(words) > 1 and not LESION_CODE.fullmatch(words[0]):
        return False
    return LESION_CODE.fullmatch(words[0]) is not None or (
        lexicon.is_clinical(words[0]) and words[0] not in lexicon.group("departments")
    )


def is_node_station(value: str, before: str) -> bool:
    """A station of mediastinal lymph nodes: ``station 4R``."""
    return re.search(r"\bstations?\W*$", before) is not None and re.fullmatch(r"\d{1,2}[rlsi]?", value) is not None


def is_levels(value: str) -> bool:
    """Two grades, segments or levels of a letter: ``F3-4``, ``M1-2``, ``2b-3a``."""
    match = re.fullmatch(r"[a-z](\d)-(\d)|(\d)[a-d]-(\d)[a-d]?", value)
    if match is None:
        return False
    return match[1] is None or match[1] <= match[2]


def is_bed_of_organ(before: str) -> bool:
    """The bed of a gall bladder or a tumour."""
    return ORGAN_BED.search(before) is not None


def is_fever_or_way(before: str, after: str) -> bool:
    """A temperature, a distance, a pulse, a share: ``102 F``, ``100 m``, ``90 female patients``, ``95 year survival``."""
    if re.match(
        r"\s?-?y(?:ea)?r?s?\s(?:survival|ago\b|of\s(?!age)|storm|flood|history|follow|earlier|later|prior|war\b)", after
    ):
        return True
    if re.match(r"\s(?:fe)?male\s(?:pa|su|vo)|\sminutes?\b", after):
        return True
    if re.match(r"\s?f\b", after) and (FEVER.search(before) or re.match(r"\s?f\s(?:temp|fever|needle)", after)):
        return True
    return re.match(r"\s?m\b", after) is not None and WAY.search(before) is not None


def is_serial_study(value: str, before: str) -> bool:
    """Serial films, sensitivity, signal to noise: ``Serial 12-lead``, ``SN 95%``, ``S/N 12.5``, ``a lot of 12``."""
    if re.search(r"\blot of\s$", before):
        return True
    marked = re.search(r"[#:=]|\bno\b", before[-6:]) is not None
    return not marked and (re.fullmatch(r"\d{1,2}-lead|[1-4]d|\d{1,3}(?:\.\d+)?", value) is not None)
