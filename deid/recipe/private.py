"""Rules for private elements: by creator, group and low byte, never by block.

References
----------
PS3.15 2026d E.3.10 and Table E.3.10-1; PS3.5 7.8; PS3.3 C.12.1.1.7 for what an instance declares.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from deid.model import Action, Rule
from deid.recipe.rules import ALL_VRS, DATE_VRS, TABLE, TEXT_VRS, read_as
from deid.standard import is_private_creator_known, safe_private

if TYPE_CHECKING:
    from deid.recipe.instance import InstancePolicy
    from deid.recipe.policy import Policy

__all__ = ["private_rule"]


def private_rule(rules: InstancePolicy, path: tuple[int, ...], creator: str, vr: str, declared: str) -> Rule:  # noqa: C901, PLR0911  # first answer counts
    """Rule for a private element or private creator; see :meth:`InstancePolicy.private`."""
    policy = rules.policy
    tag = path[-1]
    element = tag & 0xFFFF
    if tag >> 16 & 1 == 0:
        return rules.rule(path, vr)  # a standard element inside a private sequence
    if element == 0:
        return Rule(Action.REMOVE, "", "deid: group lengths are not written")
    if 0x10 <= element <= 0xFF:
        return _creator(policy, creator)
    if element < 0x1000 or not creator.strip(" \0"):
        return Rule(Action.REMOVE, "", "deid: private element without a creator")
    own = rules.own_rule(path, creator, vr)
    if own is not None:
        return _searched(policy, own, vr)
    if "retain-safe-private" not in policy.options:
        return Rule(Action.REMOVE, "", TABLE)
    known = safe_private(creator, tag >> 16, tag & 0xFF, nested=len(path) > 1)
    if declared and declared != "SAFE":
        return Rule(Action.REMOVE, "", "the instance declares it identifying")
    if known is None:
        if declared == "SAFE":
            return _kept(policy, vr, vr, "the instance declares it safe")
        return Rule(Action.REMOVE, "", f"{TABLE}: not known to be safe")
    letter, read_vr = known.disposition(vr)
    if letter == "k":
        return _kept(policy, vr, read_vr, known.source)
    if letter == "h" and read_vr in ("UI", "LO", "SH", "ST"):
        return Rule(Action.UID, read_as(vr, read_vr), known.source)
    if letter == "o":
        return _date(policy, vr, read_vr, known.source)
    return Rule(Action.REMOVE, "", known.source)


def _searched(policy: Policy, own: Rule, vr: str) -> Rule:
    """A private value that the recipe keeps is searched all the same, and bytes never stay."""
    if own.action is not Action.KEEP:
        return own
    kept = _kept(policy, vr, vr, own.source)
    return Rule(kept.action, kept.argument, own.source)


def _creator(policy: Policy, creator: str) -> Rule:
    named = any(c.creator == creator.strip(" \0").casefold() for c in policy.tag_rules if c.creator)
    if named or ("retain-safe-private" in policy.options and is_private_creator_known(creator)):
        return Rule(Action.KEEP, "", "deid: stays if an element of its block stays")
    return Rule(Action.REMOVE, "", TABLE)


def _date(policy: Policy, vr: str, read_vr: str, source: str) -> Rule:
    if policy.dates == "keep" and read_vr in ("DA", "DT"):
        return Rule(Action.KEEP, read_as(vr, read_vr), source)
    if policy.dates == "keep":
        return _kept(policy, vr, read_vr, source)
    if policy.dates == "shift" and read_vr in ("DA", "DT"):
        return Rule(Action.SHIFT, f"else=X,time={policy.recipe.dates.times}{read_as(vr, read_vr, ',')}", source)
    if policy.dates == "shift" and read_vr in ("LO", "SH", "ST"):
        return Rule(Action.CLEAN, "else=X", source)
    return Rule(Action.REMOVE, "", source)


def _kept(policy: Policy, vr: str, read_vr: str, source: str) -> Rule:  # noqa: PLR0911  # one guard per rule, first answer counts
    comma = read_as(vr, read_vr, ",")
    if read_vr == "TM":
        return _time(policy, comma, source)
    if read_vr in DATE_VRS:
        return _date(policy, vr, read_vr, source)
    if read_vr == "UI":
        return Rule(Action.UID, read_as(vr, read_vr), source)
    if read_vr == "PN":
        return Rule(Action.REMOVE, "", "deid: a private person name")
    if read_vr == "AS":
        return Rule(Action.CLEAN, f"above=089Y,to=090Y,else=X{comma}", source)
    if read_vr in TEXT_VRS or read_vr == "UN":
        # UN: whoever applies the rule decodes printable text and searches it, and removes the rest.
        return Rule(Action.CLEAN, f"else=X{comma}", source)
    if read_vr in ("OB", "OW") or read_vr not in ALL_VRS:
        return Rule(Action.REMOVE, "", "deid: private bytes cannot be searched")
    return Rule(Action.KEEP, read_as(vr, read_vr), source)


def _time(policy: Policy, comma: str, source: str) -> Rule:
    if policy.dates in ("keep", "shift"):
        return Rule(Action.SHIFT if policy.dates == "shift" else Action.KEEP, f"else=X,time=keep{comma}", source)
    return Rule(Action.REMOVE, "", source)
