"""Whether a face may be seen in an image, or rendered from it: a question about the head of a file.

Clean Recognizable Visual Features (113102) is claimed only for distorted pixels, which this package does not
make. What it can do is to say where a face may be, so that the recipe can refuse or a person can look.

References
----------
PS3.15 2026d E.3.2.
"""

from __future__ import annotations

import re

__all__ = ["may_show_face"]

VOLUMES = frozenset({"CT", "MR", "PT"})
# Photographs and videos of the outside of a person.
PHOTOGRAPHS = frozenset({"XC"})
PHOTOGRAPH_CLASSES = frozenset({"1.2.840.10008.5.1.4.1.1.77.1.4", "1.2.840.10008.5.1.4.1.1.77.1.4.1"})
HEAD = re.compile(
    r"\b(head|brain|skull|face|facial|maxillofacial|sinus(?:es)?|orbits?|neuro\w*|crani\w*|cerebr\w*|stroke"
    r"|temporal bones?|pituitary|iac|mandible|jaw|dental|whole ?body|headneck"
    r"|kopf|schädel|schaedel|gehirn|crâne|tête|cabeza|cráneo)\b",
    re.IGNORECASE,
)


def may_show_face(head: object) -> bool:
    """Whether somebody could recognise the patient in the pixels.

    Parameters
    ----------
    head
        Anything with ``modality``, ``sop_class_uid``, ``image_type``, ``body_part``, ``study_description`` and
        ``series_description``; one that is missing counts as empty.

    Notes
    -----
    A head volume that says nowhere that it is one is missed; the recipe's statement of what is not covered says so.
    """
    modality = _text(head, "modality").upper()
    if modality in PHOTOGRAPHS or _text(head, "sop_class_uid") in PHOTOGRAPH_CLASSES:
        return True
    if modality not in VOLUMES or "LOCALIZER" in _text(head, "image_type").upper():
        return False
    said = " ".join(_text(head, name) for name in ("body_part", "study_description", "series_description"))
    return HEAD.search(said.replace("_", " ").replace("^", " ")) is not None


def _text(head: object, name: str) -> str:
    value = getattr(head, name, "") or ""
    return value.strip(" \0") if isinstance(value, str) else "\\".join(str(part) for part in value)
