"""What the rules are made of: names of options, kinds of VR, the parameters of a rule, Types applied to codes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources

from deid.model import Action, Rule
from deid.standard import EDITION

__all__ = ["arguments"]

TABLE = f"PS3.15 {EDITION} E.1-1"
TEXT_VRS = frozenset({"LO", "LT", "PN", "SH", "ST", "UC", "UR", "UT", "AE"})
DATE_VRS = frozenset({"DA", "DT", "TM"})
BINARY_VRS = frozenset({"OB", "OD", "OF", "OL", "OV", "OW", "UN"})
NUMBER_VRS = frozenset({"AT", "DS", "FD", "FL", "IS", "SL", "SS", "SV", "UL", "US", "UV"})
ALL_VRS = TEXT_VRS | DATE_VRS | BINARY_VRS | NUMBER_VRS | {"AS", "CS", "SQ", "UI"}

FULL_DATES = "retain-longitudinal-full-dates"
MODIFIED_DATES = "retain-longitudinal-modified-dates"
DEVICE = "retain-device-identity"
# Sequences that are a frame for other content: under D their text goes, their codes and structure stay.
STRUCTURAL = frozenset({0x0040A730, 0x00400555, 0x00400610, 0x0040B020, 0x00700001})
# Rows whose sequences point at other instances by UID.
REFERENCES = frozenset({0x00081110, 0x00081111, 0x00081140, 0x00082112})
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
    """Parameters of a rule; :mod:`deid.recipe.policy` says what they mean."""
    return _arguments(rule.argument)


@lru_cache(maxsize=1)
def lists() -> dict[str, frozenset[str]]:
    table = json.loads(resources.files("deid.recipe").joinpath("attributes.json").read_text("utf-8"))
    return {name: frozenset(words) for name, words in table.items() if name != "about"}


def strictest_cell(cells: Mapping[str, str], options: frozenset[str]) -> tuple[str, str]:
    """The cell that counts among the selected options, C before K, and whose it is."""
    chosen = [(cell, name) for name, cell in cells.items() if name in options]
    return min(chosen, key=lambda pair: _STRICTNESS(pair[0])) if chosen else ("", "")


def person(extra: str, source: str, role: str = "staff") -> Rule:
    return Rule(Action.SURROGATE, f"kind=person,role={role},{extra}", source)


def effective_vr(vr: str, known_vr: str | None) -> str:
    """The VR that decides: the file's, or the dictionary's where the file has none or one that PS3.5 lacks."""
    last = vr.rsplit(" or ", maxsplit=1)[-1]
    if last != "UN" and last in ALL_VRS:
        return last
    return (known_vr or "UN").rsplit(" or ", maxsplit=1)[-1]


def resolve(code: str, kind: str | None) -> str:
    """One letter for an action code, by the attribute's Type.

    A Type 1 attribute is never emptied or removed, a Type 2 one never removed, whatever the code: where the
    table and the IOD disagree, a dummy is as safe as nothing and keeps the instance legal.

    References
    ----------
    PS3.15 2026d E.1.1 and Table E.1-1a.
    """
    must = {"1": "D", "2": "Z", "2C": "Z"}.get(kind or "", "")
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


def or_empty(letter: str) -> str:
    return "D" if letter == "D" else "Z"


def read_as(vr: str, read_vr: str, mark: str = "") -> str:
    return f"{mark}vr={read_vr}" if vr != read_vr else ""


def role_of(keyword: str, default: str) -> str:
    if keyword.startswith("Patient") or keyword in ("OtherPatientNames", "ResponsiblePerson"):
        return "patient" if keyword != "PatientMotherBirthName" else "relative"
    if keyword.startswith(("Institution", "ClinicalTrialSite", "Station", "LocalNamespace", "UniversalEntity")):
        return "site"
    return default
