"""Whether the time of the text engine grows with the length of a text, not with its square.

``python -m tests.campaign.long`` prints the slowest growth of each step and ends with 1 if one is more than linear.
"""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable

from deid.model import Category, Finding, Known, Role, Subject, SubjectKey
from deid.settings import TextSettings
from deid.text.folding import fold_text
from deid.text.guard import protected_spans, vetoes
from deid.text.known import KnownMatcher
from deid.text.layout import find_by_layout
from deid.text.repeats import companions, propagate
from deid.text.second import second_look
from deid.text.select import telling_parts
from deid.text.wholes import wholes
from deid.text.words import Words

KNOWN = (
    Known("SMITH^JOHN", Category.NAME, Role.PATIENT, "PatientName"),
    Known("1234567", Category.ID, Role.PATIENT, "PatientID"),
    Known("4711", Category.ID, Role.PATIENT, "OtherPatientIDs"),
    Known("12", Category.ID, Role.PATIENT, "AccessionNumber"),
    Known("Saint Mary Hospital", Category.INSTITUTION, Role.SITE, "InstitutionName"),
)
SUBJECT = Subject(SubjectKey("1234567"), KNOWN)
MATCHER = KnownMatcher(KNOWN)
UNREAD = TextSettings(model="none")
SHORT, TIMES = 6_000, 5
#: A quadratic step takes 25 times as long for five times the text, a linear one five times.
MOST, SLACK = 10, 0.08

REPORT = "Patient John Smith MRN 1234567 nodule 5 mm. "
PIECES = [
    REPORT, "O'Brien's ", "Smith and ", "smith ", "MRN 12 ", "MRN: 4711, ",
    "Saint Mary Hospital\n", "Thanks\nAB", "Aa, ", "AB/CD ", "A-", "a.", "Aaa",
    "1234567890", "0", "05 ", "5 x 6 mm ", "1.", "(", ".", "_", "-", " ", "\n", "a@", "@", "\u00e9 ", "12/03/2019 ",
]  # fmt: skip


def long(piece: str, length: int) -> str:
    return (piece * (length // len(piece) + 1))[:length]


def distinct(length: int) -> str:
    """Names of which none stands twice, before the same words."""
    letters = "aeiouklmnrst"
    words = (
        letters[n % 12] + letters[n // 12 % 12] + letters[n // 144 % 12] + letters[n // 1728 % 12]
        for n in range(length // 8)
    )
    return "".join(f"Xy{word}, " for word in words)[:length]


def names(text: str) -> list[Finding]:
    return [Finding(w.start, w.end, Category.NAME, 0.9, "name:list") for w in Words(text).all if w.cap][::2]


def second(text: str) -> None:
    second_look(text, [(f.start, f.end) for f in names(text)], UNREAD, SUBJECT)


def guard(text: str) -> None:
    folded = fold_text(f"Ab {text}")
    spans = protected_spans(folded)
    for start, end in spans:
        vetoes(Finding(start, end, Category.ID, 0.6, "pattern:number"), folded, spans)


STEPS: dict[str, Callable[[str], object]] = {
    "known": lambda text: MATCHER.search(text, dates=[]),
    "parts": telling_parts,
    "wholes": lambda text: wholes(Words(text), names(text)),
    "companions": lambda text: companions(Words(text), names(text)),
    "repeats": lambda text: propagate(text, names(text)),
    "layout": lambda text: find_by_layout(Words(text), []),
    "guard": guard,
    "second": second,
}


def seconds(step: Callable[[str], object], text: str) -> float:
    gc.collect(1)
    gc.disable()
    start = time.process_time()
    try:
        step(text)
    finally:
        gc.enable()
    return time.process_time() - start


def growths(step: Callable[[str], object]) -> list[tuple[float, float, str]]:
    """Seconds of the short and of the long text of each kind, and what the kind is made of."""
    step(REPORT)  # lists are read once
    texts = [(long(piece, SHORT), long(piece, TIMES * SHORT)) for piece in PIECES]
    texts.append((distinct(SHORT), distinct(TIMES * SHORT)))
    return [(seconds(step, text), seconds(step, longer), text[:20]) for text, longer in texts]


def main() -> int:
    """Run all steps over all kinds of text."""
    failed = 0
    for name, step in STEPS.items():
        rows = growths(step)
        slow = [row for row in rows if row[1] > MOST * row[0] + SLACK]
        worst = max(rows, key=lambda row: row[1] / (row[0] + SLACK / MOST))
        print(f"{name}: {worst[0]:.3f} s, {worst[1]:.3f} s for {TIMES} times {worst[2]!r}; {len(slow)} too slow")
        failed += len(slow)
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
