"""Which instances are let in: a pure question about the head of a file."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deid.recipe.load import Recipe

__all__ = ["admits"]


def admits(recipe: Recipe, head: object) -> str | None:  # noqa: PLR0911  # one guard per rule, first answer counts
    """Reason to leave an instance out, or None.

    Parameters
    ----------
    head
        Anything with the attributes ``modality``, ``sop_class_uid``, ``patient_id``, ``study_date``,
        ``image_type``, ``study_description`` and ``series_description``; one that is missing counts as empty.
        An opt-out counts whatever the other filters say.

    Returns
    -------
    str or None
        ``opted-out``, ``modality``, ``sop-class``, ``image-type``, ``description`` or ``study-date``; never a value.
    """
    filters = recipe.filters
    if _value(head, "patient_id") in recipe.opted_out:
        return "opted-out"
    modality = _value(head, "modality").upper()
    if not _passes((modality,), filters.modalities, filters.not_modalities):
        return "modality"
    if not _passes((_value(head, "sop_class_uid"),), recipe.filter_classes, recipe.filter_not_classes):
        return "sop-class"
    kinds = [part.strip().upper() for part in _value(head, "image_type").split("\\")]
    if not _passes(kinds, filters.image_types, filters.not_image_types):
        return "image-type"
    said = f"{_value(head, 'study_description')}\n{_value(head, 'series_description')}".casefold()
    if filters.descriptions and not any(word.casefold() in said for word in filters.descriptions):
        return "description"
    if any(word.casefold() in said for word in filters.not_descriptions):
        return "description"
    return _by_date(recipe, _value(head, "study_date"))


def _value(head: object, name: str) -> str:
    value = getattr(head, name, "") or ""
    return value.strip(" \0") if isinstance(value, str) else "\\".join(str(part) for part in value)


def _passes(values: Iterable[str], wanted: Iterable[str], unwanted: Iterable[str]) -> bool:
    here = frozenset(values)
    wanted = frozenset(word.upper() for word in wanted)
    return not (wanted and not here & wanted) and not here & frozenset(word.upper() for word in unwanted)


def _by_date(recipe: Recipe, written: str) -> str | None:
    first = recipe.filters.studied_from.replace("-", "")
    last = recipe.filters.studied_until.replace("-", "")
    if not first and not last:
        return None
    day = written.replace(".", "")  # ACR-NEMA wrote 1997.04.21
    if len(day) != 8 or not day.isdigit():
        return "study-date"
    return "study-date" if day < (first or day) or day > (last or day) else None
