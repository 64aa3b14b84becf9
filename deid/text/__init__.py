"""Text: find identifiers in reports, descriptors, SR content and OCR words; say what each becomes.

``Finder.find`` gives findings, ``plan_text`` turns them into edits, ``second_look`` reads the result with a
different mix of detectors. Nothing heavy (spaCy, Presidio) is imported before it is needed.
"""

from deid.text.finder import Finder
from deid.text.known import KnownMatcher
from deid.text.replace import plan_text
from deid.text.result import TextPlan, Verdict
from deid.text.second import second_look, second_looks

__all__ = ["Finder", "KnownMatcher", "TextPlan", "Verdict", "plan_text", "second_look", "second_looks"]
