"""Text that is not what it seems: other documents written as text, whose words a search would not find."""

from __future__ import annotations

import re

__all__ = ["is_encoded"]

# RTF, PDF, e-mail in a transfer encoding: their words are escaped or cut; a PDF or picture in base64.
START = re.compile(r"\s*(?:\{\\rtf|%PDF-|JVBERi0|UEsDB|/9j/4|iVBORw0KGgo|data:[\w/+.-]+;base64,|%!PS|\{\\\*)")
MAIL = re.compile(r"^Content-Transfer-Encoding:\s*(?:base64|quoted-printable)", re.IGNORECASE | re.MULTILINE)
LONG = re.compile(r"[A-Za-z0-9+/_=-]{256,}")
# The same, cut into lines as mail programs and databases do.
LINES = re.compile(r"(?:[A-Za-z0-9+/_-]{60,76}[\r\n ]+){4,}")


def is_encoded(text: str) -> bool:
    r"""Whether a text holds another document in an encoding that hides its words.

    Examples
    --------
    >>> is_encoded("No nodule."), is_encoded(r"{\rtf1 Sm\'edth}")
    (False, True)
    """
    return bool(START.match(text) or MAIL.search(text[:8192]) or LONG.search(text) or LINES.search(text))
