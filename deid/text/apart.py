"""Findings that run over several things, as one finding for each: a date within a name, a label within a number.

A model and a rule both take ``Group 0088231`` or ``Alvarado - 7712003`` for one value; the replacement needs to know
which letters are a label, which a name, and which belong to the number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from deid.model import Category, Finding, Passage
from deid.text import lexicon
from deid.text.dates import DateMention, find_dates
from deid.text.folding import fold_word
from deid.text.lexicon import group
from deid.text.parts import without_credentials
from deid.text.people import name_words

__all__ = ["LABEL", "apart", "paired"]

#: The rule of a finding that is a label and nothing else: it stays, and the second look knows it.
LABEL = "name:label"

#: What never swallows a date or a number that stands beside it.
WHOLE = frozenset((Category.AGE, Category.UID, Category.URL, Category.EMAIL, Category.IP, Category.SSN))
NAMING = frozenset((Category.NAME, Category.PLACE, Category.INSTITUTION, Category.PROFESSION))
BESIDE = re.compile(r"(?<!\w)[A-Z][^\W\d_]{2,}")
NUMBER = re.compile(r"(?<!\w)[\w-]*\d[\w-]*\d[\w-]*")
CORE = re.compile(r"[^\W_].*[^\W_]|[^\W_]", re.DOTALL)
STREET_AFTER = re.compile(r",?\s+[^\W\d_]")
C = Category
CODES = frozenset((C.ID, C.SSN, C.ACCOUNT, C.HEALTH_PLAN, C.LICENSE, C.DEVICE, C.VEHICLE))
#: Labels that a number may follow without a blank: ``mrn00418829``.
GLUED = group("glued_labels")
LABELS = GLUED | group("label_words") | group("form_words") | lexicon.words("code_labels")
JOINT = re.compile(r"\.[ \t]+(?=[^\W\d_a-z])|,[ ]+|[ ]*;\s*|[ ]*\n\s*|\s+(?:and|und|et|y|e|&)\s+")
RUN = re.compile(r"[^\W\d_]+")
CAMEL = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
OPEN_BEFORE, OPEN_AFTER = re.compile(r"(?:^|[\s:=#/|,;(])$"), re.compile(r"$|[\s:=#/|,;).]")
GLUED_AFTER = re.compile(r"[-#.:]?\d")
#: Children of one birth, whose kind and letter stay: ``Twin B Hale``.
KIN_FIRST = re.compile(
    r"(?i:(?:twin|triplet|kid|sibling)s?|children|newborn|infant|baby(?:\s(?:boy|girl))?)\s+(?=[^\W\d_a-z])"
)
BABY_BEFORE = re.compile(r"(?i)\bbaby\s+$")
SEX_FIRST, NAME_AFTER = re.compile(r"(?i)(?:boy|girl)\s+"), re.compile(r"\s+(?:[Bb]oy\b|[Gg]irl\b|[^\W\d_a-z])")
TWIN_LETTER = re.compile(r"[A-D]\s+(?=[^\W\d_a-z]\w)")
TWIN_BEFORE = re.compile(r"(?i)\b(?:twin|triplet|baby)\s+$")
#: How far before a name its line is read, and what stands between a name and a degree.
LINE, GAP = 60, " ,;/("
BEHIND = re.compile(r"(?<![^\W_])[^\W\d_a-z][\w'’.-]*\s?[,;(]\s?(?:[\w.()]+[ ,]{1,2}\(?){0,3}$")
PARTICLE_WITHIN = re.compile(r"[^\W\d_a-z][^\W\d_]+\s(?:van|von|de|da|di|del|della|dos|bin|ter|af|zu)\s")
REST = re.compile(r"(?:\.?[^\W\d_])*")
SIGNED = re.compile(r"[ \t]*(?:\n|$|,)")
LABEL_LAST = re.compile(r"\s*[-–—:|/(]\s*([a-z]{2,})$")


def apart(finding: Finding, passage: Passage) -> list[Finding]:
    """One finding for each thing that a finding runs over; labels at its borders and within are left out."""
    pieces = _dates_apart(finding, passage)
    return [one for piece in pieces for one in _labels_apart(piece, passage.text)]


def paired(findings: Iterable[Finding], text: str) -> list[Finding]:
    """The findings; a family's name and the given one behind it as one: ``Cc Dewi Prasetyo, Kebede, Haile``."""
    out: list[Finding] = []
    for finding in findings:
        if out and _is_given_of(finding, out, text):
            out[-1] = replace(out[-1], end=finding.end)
        else:
            out.append(finding)
    return out


def _is_given_of(finding: Finding, before: Sequence[Finding], text: str) -> bool:
    """Whether a name is the given one of whose family's name stands before it and a comma."""
    last = before[-1]
    if not _follows(last, finding, text) or LABEL in (last.rule, finding.rule):
        return False
    family, given = (name_words(text[f.start : f.end]) for f in (last, finding))
    if len(family) != 1 or len(given) != 1 or family == given or last.rule.startswith("known"):
        return False
    if given[0] in lexicon.given_names():
        return given[0] not in lexicon.surnames() and family[0] not in lexicon.given_names()
    if given[0] in lexicon.surnames() or family[0] in lexicon.given_names():
        return False
    if text[last.start : finding.end].isupper() and not text.isupper() and SIGNED.match(text, finding.end):
        return True  # who signs: "ABU ZAYD, LUBNA"
    listed = len(before) > 1 and _follows(before[-2], last, text)
    return listed and len(name_words(text[before[-2].start : before[-2].end])) > 1


def _follows(first: Finding, second: Finding, text: str) -> bool:
    """Whether nothing but a comma stands between two names."""
    named = first.category is second.category is Category.NAME
    return named and text[first.end : second.start] == ", "


def _labels_apart(finding: Finding, text: str) -> list[Finding]:
    if finding.category in NAMING and _is_behind_name(finding, text):
        return [replace(finding, rule=LABEL)]
    if finding.category is Category.NAME:
        return [bare for one in _people_apart(finding, text) for bare in _bare_name(one, text)]
    if finding.rule.startswith("known"):
        return [finding]
    value = text[finding.start : finding.end]
    if finding.category not in CODES or not any(map(str.isdigit, value)) or not any(map(str.isalpha, value)):
        return [finding]
    found, at, rule = [], 0, finding.rule
    plan = finding.category is Category.HEALTH_PLAN
    for start, end, named in [*_words_within(value, plan=plan), (len(value), len(value), None)]:
        core = CORE.search(value[at:start])
        if core:
            begin = finding.start + at
            found.append(replace(finding, start=begin + core.start(), end=begin + core.end(), rule=rule))
        if named:
            span = (finding.start + start, finding.start + end)
            found.append(replace(finding, start=span[0], end=span[1], category=named, rule="name:apart"))
        at, rule = end, "pattern:mrn" if value[start:end].lower() == "mrn" else finding.rule
    return found


def _people_apart(finding: Finding, text: str) -> list[Finding]:
    """Each person of a name that runs on into the next sentence, line or entry of a list."""
    value = text[finding.start : finding.end]
    found, at, signed = [], 0, SIGNED.match(text, finding.end) is not None
    for joint in JOINT.finditer(value):
        left, right = value[at : joint.start()], value[joint.end() :]
        if _parts(left, joint.group().strip(), right) or (signed and _is_signed(left, joint.group(), right)):
            found.append((at, joint.start()))
            at = joint.end()
    if not found:
        return [finding]
    first = set(name_words(value[: found[0][1]]))
    pieces = []
    for start, end in [*found, (at, len(value))]:
        role = finding.role if start == 0 or first & set(name_words(value[start:end])) else None
        pieces.append(replace(finding, start=finding.start + start, end=finding.start + end, role=role))
    return pieces


def _parts(left: str, joint: str, right: str) -> bool:
    """Whether two people are named on the two sides of a stop, a comma, a line's end or an *and*."""
    before, after = name_words(left), name_words(right)
    if not before or not after:
        return False
    shared = not set(before).isdisjoint(after)
    full = len(before) > 1 and len(after) > 1
    if joint == ".":
        last = left.rsplit(maxsplit=1)[-1]
        return last[0].isupper() and (len(last) > 3 or lexicon.is_name(fold_word(last)))
    if joint == ",":
        several = len(RUN.findall(left)) > 1 and len(RUN.findall(right)) > 1
        return (shared and several) or _is_complete(left, name_words(right.partition(",")[0]))
    if joint in ("", "y", "e", "et"):
        return full or (shared and not left.rstrip().endswith(","))
    return True


def _is_signed(left: str, joint: str, right: str) -> bool:
    """Whether who signs stands below the last entry of a list: ``Kebede, Haile`` and ``Dov Rabinowitz``."""
    return "\n" in joint and len(name_words(left)) == 1 and len(name_words(right)) > 1


def _is_complete(left: str, after: tuple[str, ...]) -> bool:
    """Whether what stands before a comma is a given name and a family's, and what follows no given name of theirs."""
    before = name_words(left)
    if len(before) < 2 or not after:
        return False
    given, family = lexicon.given_names(), lexicon.surnames()
    named = before[0] in given and before[0] not in family and before[-1] not in given
    return (named or PARTICLE_WITHIN.match(left) is not None) and (len(after) > 1 or after[0] not in given)


def _words_within(value: str, *, plan: bool) -> Iterator[tuple[int, int, Category | None]]:
    """Labels and names among the letters of a code, and what each name is: somebody's, or an insurer's in a plan."""
    for run in RUN.finditer(value):
        word, before, after = run.group(), value[: run.start()], value[run.end() :]
        glued = not before[-1:].isalnum() and fold_word(word) in GLUED and GLUED_AFTER.match(after)
        free = OPEN_BEFORE.search(before) and OPEN_AFTER.match(after)
        if glued or (free and _is_label(word) and not (plan and _may_insure(word))):
            yield *run.span(), None
        elif (
            free
            and len(word) > 2
            and word[0].isupper()
            and ((plan and _may_insure(word)) or lexicon.is_name(fold_word(word)))
        ):
            yield *run.span(), Category.INSTITUTION if plan else Category.NAME


def _is_label(word: str) -> bool:
    """``Group``, ``StudyTime``, ``LOT``: a listed label or an ordinary word that nobody is called."""
    pieces = [fold_word(piece) for piece in CAMEL.findall(word)] or [fold_word(word)]
    return all(p in LABELS or (len(p) > 3 and lexicon.is_known(p) and not lexicon.is_name(p)) for p in pieces)


def _may_insure(word: str) -> bool:
    """Whether a word beside a policy's number may be the insurer's name: ``Anthem``."""
    return word.istitle() and fold_word(word) not in LABELS


def _bare_name(finding: Finding, text: str) -> list[Finding]:
    """A name without the kind of child before it and the label behind it; nothing if there is no name."""
    start, end = finding.start, finding.end
    if _is_behind_name(finding, text):
        return [replace(finding, rule=LABEL)]
    if first := KIN_FIRST.match(text, start, end):
        start = first.end()
    elif BABY_BEFORE.search(text[max(0, start - 8) : start]) and (sex := SEX_FIRST.match(text, start, end)):
        start = sex.end()
    elif text[start:end].lower() == "baby" and NAME_AFTER.match(text, end):
        return [replace(finding, rule=LABEL)]
    if TWIN_BEFORE.search(text[max(0, start - 12) : start]) and (letter := TWIN_LETTER.match(text, start, end)):
        start = letter.end()
    bare = without_credentials(text[start : _token_end(text, end)])  # a stop may have ended the finding: "Ph"
    end = min(end, start + len(bare))
    last = LABEL_LAST.search(text[start:end])
    if last and last.start() and _is_label(last[1]) and not text[start:end].islower():
        end = start + last.start()
    words = RUN.findall(text[start:end])
    labels = [w for w in words if fold_word(w) in LABELS and not lexicon.is_name(fold_word(w))]
    if labels == words and max(map(len, words), default=0) > 2 and not finding.rule.startswith("known"):
        return [replace(finding, rule=LABEL)]
    return [finding if (start, end) == (finding.start, finding.end) else replace(finding, start=start, end=end)]


def _is_behind_name(finding: Finding, text: str) -> bool:
    """Whether what was taken for a name is a degree or a post behind one: *MPH* in ``Signed: John Smith, MPH``."""
    if finding.rule.startswith("known") or (finding.category is C.PROFESSION and text[finding.start].islower()):
        return False  # what a patient does
    first = max(text.rfind("\n", 0, finding.start) + 1, finding.start - LINE)
    head = text[first : finding.start]
    if BEHIND.search(head) is None:
        return False
    return len(without_credentials(text[first : _token_end(text, finding.end)])) <= len(head.rstrip(GAP))


def _token_end(text: str, at: int) -> int:
    """Where letters and stops that begin here end."""
    rest = REST.match(text, at)
    return rest.end() if rest else at


def _dates_apart(finding: Finding, passage: Passage) -> list[Finding]:
    known = finding.rule.startswith("known:") and finding.category not in NAMING
    text = passage.text[finding.start : finding.end]
    if known or finding.category in WHOLE or not any(map(str.isdigit, text)):
        return [finding]
    if (text.isdigit() and finding.category not in NAMING) or (
        finding.category is Category.DATE and not BESIDE.search(text)
    ):
        return [finding]
    cuts = [
        (m.start, m.end, Category.DATE)
        for m in find_dates(text, passage.language)
        if m.month
        and (m.full or m.form in ("md", "dm", "my"))
        and (m.form != "compact" or finding.category in NAMING)
        and not (finding.category is Category.ADDRESS and _is_house(m, text))
    ]
    rest = finding.category
    if finding.category is Category.DATE:
        if not cuts or not any(BESIDE.search(text[a:b]) for a, b in _between(cuts, len(text))):
            return [finding]
        rest = Category.NAME
    if rest is Category.NAME:
        cuts += [(m.start(), m.end(), Category.ID) for m in NUMBER.finditer(text)]
    if not cuts:
        return [finding]
    pieces, at = [], 0
    for start, end, category in sorted(cuts):
        if start >= at:
            pieces += [(at, start, rest), (start, end, category)]
            at = end
    pieces.append((at, len(text), rest))
    return [piece for row in pieces if (piece := _piece(finding, text, *row)) is not None]


def _is_house(mention: DateMention, text: str) -> bool:
    """Whether what reads as a date is the number of a flat and a house: ``12/2019 Kingfisher Close``."""
    written = mention.full and any(name == "y" for name, _, _ in mention.slots)
    return not written and STREET_AFTER.match(text, mention.end) is not None


def _between(cuts: list[tuple[int, int, Category]], length: int) -> list[tuple[int, int]]:
    """What lies between, before and after the cuts."""
    edges = [0, *(edge for a, b, _ in sorted(cuts) for edge in (a, b)), length]
    return list(zip(edges[::2], edges[1::2], strict=True))


def _piece(finding: Finding, text: str, start: int, end: int, category: Category) -> Finding | None:
    core = CORE.search(text[start:end])
    if core is None:
        return None
    rule = finding.rule if category is finding.category else "date:apart"
    if (
        end - start < len(text)
        and category not in (*NAMING, Category.DATE, Category.ADDRESS, Category.WARD)
        and sum(map(str.isdigit, core.group())) <= 2
    ):
        return None  # a cue before the date, or the hour after it
    at = finding.start + start
    close = core.end() + (text[start:end][core.end() : core.end() + 1] == "." and "." in core.group())
    return replace(finding, start=at + core.start(), end=at + close, category=category, rule=rule)
