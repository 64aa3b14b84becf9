"""Reports in the formats that hospitals write: found, taken apart, and put together again.

:func:`discover` finds the files of a folder by what they contain; :func:`read_reports` takes one apart
into :class:`ReportUnit` values; :func:`plan_fields` decides the structured fields; the pipeline plans the
edits of the passages; :meth:`ReportUnit.rebuild` writes the document in its own format again.
"""

from deid.sources.columns import known_values
from deid.sources.discover import discover, kind_of, kind_of_bytes
from deid.sources.encoded import is_encoded
from deid.sources.fields import FieldPlan, plan_fields, shift_date
from deid.sources.plain import Hints, decode_text, header_hints
from deid.sources.readers import assemble, printable_text, read_report_bytes, read_reports, visible_text
from deid.sources.unit import Body, Field, ReportUnit, Source

__all__ = [
    "Body",
    "Field",
    "FieldPlan",
    "Hints",
    "ReportUnit",
    "Source",
    "assemble",
    "decode_text",
    "discover",
    "header_hints",
    "is_encoded",
    "kind_of",
    "kind_of_bytes",
    "known_values",
    "plan_fields",
    "printable_text",
    "read_report_bytes",
    "read_reports",
    "shift_date",
    "visible_text",
]
