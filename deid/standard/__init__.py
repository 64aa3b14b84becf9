"""What the standard says about a tag, a concept, a private element or a UID: tables and look-ups.

The JSON files are written by ``tools/compact_standard.py`` and never edited by hand. Each is read on
first use, so that importing this package costs nothing.
"""

from deid.standard.tables import *  # noqa: F403  # the one list of names is there
from deid.standard.tables import __all__ as __all__
