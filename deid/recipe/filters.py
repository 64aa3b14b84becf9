"""Which instances are let in: a pure question about the head of a file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from deid.model import Category, Known, Role, normalise_id

if TYPE_CHECKING:
    from deid.recipe.load import Recipe

__all__ = ["admits", "is_opted_out", "opt_outs"]

_REMARK = re.compile(r"\s#")


def admits(recipe: Recipe, head: object) -> str | None:
    """Reason to leave an instance out, or None.

    Parameters
    ----------
    head
        Anything with the attributes ``modality``, ``sop_class_uid``, ``patient_id``, ``study_date``,
        ``image_type``, ``study_description`` and ``series_description``, originals; those that the recipe asks for
        must be there. ``other_patient_ids`` and ``known`` are asked too, where there are any. An opt-out counts
        whatever the other filters say.

    Returns
    -------
    str or None
        ``opted-out``, ``modality``, ``sop-class``, ``image-type``, ``description`` or ``study-date``; never a value.
    """
    filters = recipe.filters
    if recipe.opted_out and is_opted_out(recipe, (_value(head, "patient_id"), *_other_ids(head))):
        return "opted-out"
    named = (
        ("modality", "modality", filters.modalities, filters.not_modalities),
        ("sop-class", "sop_class_uid", recipe.filter_classes, recipe.filter_not_classes),
        ("image-type", "image_type", filters.image_types, filters.not_image_types),
    )
    for reason, name, wanted, unwanted in named:
        if (wanted or unwanted) and not _passes(_value(head, name).upper().split("\\"), wanted, unwanted):
            return reason
    if not _described(recipe, head):
        return "description"
    return _by_date(recipe, head)


def is_opted_out(recipe: Recipe, patient_ids: Iterable[str]) -> bool:
    """Whether a patient of whom these are the IDs said no; compared as the vault compares them."""
    return bool(recipe.opted_out) and any(normalise_id(one) in recipe.opted_out for one in patient_ids)


def opt_outs(text: str) -> Iterator[str]:
    """The Patient IDs of an opt-out list, as they are compared.

    An ID may hold any character. What could be an ID or an ID with a remark or an issuer behind it counts as both:
    one patient more stays out rather than one less. A line that begins with ``#`` and a blank is a remark.
    """
    for line in text.splitlines():
        if re.match(r"\s*#(\s|$)", line):
            continue
        whole = line.partition("\t")[0]
        for one in (line, whole, _REMARK.split(whole, maxsplit=1)[0]):
            patient_id = normalise_id(one)
            if patient_id:
                yield patient_id


def _other_ids(head: object) -> Iterator[str]:
    yield from getattr(head, "other_patient_ids", ())
    known: Iterable[Known] = getattr(head, "known", None) or ()
    yield from (k.value for k in known if k.category is Category.ID and k.role is Role.PATIENT)


def _described(recipe: Recipe, head: object) -> bool:
    wanted, unwanted = recipe.filters.descriptions, recipe.filters.not_descriptions
    if not wanted and not unwanted:
        return True
    said = f"{_value(head, 'study_description')}\n{_value(head, 'series_description')}".casefold()
    return (not wanted or any(word.casefold() in said for word in wanted)) and not any(
        word.casefold() in said for word in unwanted
    )


def _value(head: object, name: str) -> str:
    value = getattr(head, name)  # a head that lacks it must not slip past the filter
    return value.strip(" \0") if isinstance(value, str) else "\\".join(str(part) for part in value)


def _passes(values: Iterable[str], wanted: Iterable[str], unwanted: Iterable[str]) -> bool:
    here = frozenset(value.strip() for value in values)
    wanted = frozenset(word.upper() for word in wanted)
    return not (wanted and not here & wanted) and not here & frozenset(word.upper() for word in unwanted)


def _by_date(recipe: Recipe, head: object) -> str | None:
    first = recipe.filters.studied_from.replace("-", "")
    last = recipe.filters.studied_until.replace("-", "")
    if not first and not last:
        return None
    day = _value(head, "study_date").replace(".", "")  # ACR-NEMA wrote 1997.04.21
    if len(day) != 8 or not day.isdigit():
        return "study-date"
    return "study-date" if day < (first or day) or day > (last or day) else None
