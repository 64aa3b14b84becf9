"""DICOM: bytes to spans, one plan per instance, and the routine that writes it.

``peek`` and ``read_instance`` read; ``Planner`` (or ``plan_instance`` for one instance) decides, without touching
anything; ``write_instance`` puts the planned edits in and copies the rest verbatim.
"""

from deid.dicom.encrypted import opened, sealed
from deid.dicom.head import Head
from deid.dicom.peek import Peek, peek
from deid.dicom.plan import NewUIDs, Plan, Planner, plan_instance
from deid.dicom.read import Instance, parse_instance, read_head, read_instance
from deid.dicom.reidentify import Reidentified, reidentify_instance, reidentify_table
from deid.dicom.repeat import Repeats
from deid.dicom.scan import Limits
from deid.dicom.write import write_instance

__all__ = [
    "Head",
    "Instance",
    "Limits",
    "NewUIDs",
    "Peek",
    "Plan",
    "Planner",
    "Reidentified",
    "Repeats",
    "opened",
    "parse_instance",
    "peek",
    "plan_instance",
    "read_head",
    "read_instance",
    "reidentify_instance",
    "reidentify_table",
    "sealed",
    "write_instance",
]
