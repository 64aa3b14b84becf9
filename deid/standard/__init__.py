"""What the standard says about a tag, a concept, a private element or a UID: tables and look-ups.

The JSON files are written by ``tools/compact_standard.py`` and never edited by hand. Each is read on
first use, so that importing this package costs nothing.
"""

from deid.standard.tables import (
    CID7050,
    COLUMNS,
    EDITION,
    EXTRA_DICTIONARY,
    EXTRA_KEYWORDS,
    ContentRow,
    Row,
    SafePrivate,
    action_row,
    all_rows,
    attribute_type,
    content_item_action,
    dictionary_vr,
    is_private_creator_known,
    keyword_of,
    never_remap,
    safe_private,
    tag_of,
)

__all__ = [
    "CID7050",
    "COLUMNS",
    "EDITION",
    "EXTRA_DICTIONARY",
    "EXTRA_KEYWORDS",
    "ContentRow",
    "Row",
    "SafePrivate",
    "action_row",
    "all_rows",
    "attribute_type",
    "content_item_action",
    "dictionary_vr",
    "is_private_creator_known",
    "keyword_of",
    "never_remap",
    "safe_private",
    "tag_of",
]
