"""Whether a coded value can be what its coding system says: only then it is kept unread."""

from __future__ import annotations

import re

__all__ = ["is_code", "is_local_code", "is_snomed"]

# Units by name, since the grammar of UCUM would let any word pass.
ATOM = (
    r"1|%|10\*\d|(?:[numckMG]?m|[mcd]?L|[umn]L|[unmk]?g|[munp]?s|min|h|d|wk|mo|a|[kMG]?Hz|[mk]?V|m?As?|[mc]?Gy|m?Sv|[kMG]?Bq"
    r"|deg|rad|\[hnsf'U\]|K|Cel|k?Pa|mm\[Hg\]|\[beats\]|[mun]?mol|[km]?U|\[IU\]|k?eV|m?T|W|J|\{?score\}?)[23]?"
)
SYSTEMS: dict[str, re.Pattern[str]] = {
    "C4": re.compile(r"\d{4}[\dAFTU]"),
    "CPT": re.compile(r"\d{4}[\dAFTU]"),
    "LN": re.compile(r"\d{1,5}-\d"),
    "LOINC": re.compile(r"\d{1,5}-\d"),
    "RADLEX": re.compile(r"R(?:ID|PID)\d{1,6}"),
    "RADELEMENT": re.compile(r"RDES?\d{1,6}"),
    "I10": re.compile(r"[A-TV-Z]\d[\dA-Z](?:\.[\dA-Z]{1,4})?"),
    "I10C": re.compile(r"[A-TV-Z]\d[\dA-Z](?:\.[\dA-Z]{1,4})?"),
    "I9": re.compile(r"[EV]?\d{2,3}(?:\.\d{1,2})?"),
    "I9C": re.compile(r"[EV]?\d{2,3}(?:\.\d{1,2})?"),
    "UCUM": re.compile(rf"/?(?:{ATOM})(?:[./](?:{ATOM})){{0,3}}"),
    "DCM": re.compile(
        r"1[0-3]\d{4}|CT|MR|CR|DX|MG|US|XA|RF|PT|NM|OT|SR|DOC|PR|KO|SEG|IO|PX|ES|XC|GM|SM|OP|OPT|RG|BI|EPS|HD"
    ),
    "SCT": re.compile(r"\d{6,18}"),
    "SNM": re.compile(r"\d{6,18}"),
    "SRT": re.compile(r"[A-Z]-[\dA-F]{4,6}"),
    "ISO+": re.compile(rf"/?(?:{ATOM})(?:[./](?:{ATOM})){{0,3}}"),
    "HL70078": re.compile(r"L|H|LL|HH|N|A|AA|<|>|U|D|B|W|S|R|I|MS|VS"),
    "HL70085": re.compile(r"[A-Z]"),
}
LOCAL = re.compile(r"[A-Z0-9]+(?:[-_./][A-Z0-9]+)*")
# Verhoeff's dihedral check, as SNOMED CT identifiers carry it.
D5 = tuple(
    tuple(int(c) for c in row)
    for row in (
        "0123456789",
        "1234067895",
        "2340178956",
        "3401289567",
        "4012395678",
        "5987604321",
        "6598710432",
        "7659821043",
        "8765932104",
        "9876543210",
    )
)
PERMUTE = tuple(
    tuple(int(c) for c in row)
    for row in (
        "0123456789",
        "1576283094",
        "5803796142",
        "8916043527",
        "9453126870",
        "4286573901",
        "2793806415",
        "7046913258",
    )
)


def is_code(value: str, system: str) -> bool:
    """Whether a value has the shape of a code of that system; without a value, whether the system is known."""
    pattern = SYSTEMS.get(system.upper())
    if pattern is None:
        return False
    if not value:
        return True
    return bool(pattern.fullmatch(value)) and (system.upper() not in ("SCT", "SNM") or is_snomed(value))


def is_local_code(value: str) -> bool:
    """Whether a value may be of a hospital's own catalog: few digits, letters in short runs or with a clinical word.

    Examples
    --------
    >>> [is_local_code(value) for value in ("RPT", "71260", "CTCHEST", "XR-HAND2V", "QUILLFEATHER", "40718253")]
    [True, True, True, True, False, False]
    """
    if len(value) > 20 or sum(c.isdigit() for c in value) > 5 or not LOCAL.fullmatch(value):
        return False
    return all(len(run) < 5 or _is_clinical(run.lower()) for run in re.findall("[A-Z]+", value))


def _is_clinical(run: str) -> bool:
    """Whether no more than three letters stand before and after a word of radiology."""
    from deid.text.lexicon import is_confusable  # header-only work loads no engine

    places = [(i, j) for i in range(4) for j in range(len(run) - 3, len(run) + 1)]
    return any(j - i > 3 and is_confusable(run[i:j]) for i, j in places)


def is_snomed(value: str) -> bool:
    """A number with a valid check digit and partition; one medical record number in 200 would pass."""
    if not re.fullmatch(r"[1-9]\d{5,17}", value) or value[-3:-1] not in ("00", "01", "02", "10", "11", "12"):
        return False
    check = 0
    for i, digit in enumerate(reversed(value)):
        check = D5[check][PERMUTE[i % 8][int(digit)]]
    return check == 0
