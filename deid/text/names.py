"""Names of people in prose: by key, title, role, kinship, credential, verb and lexicon.

What none of these shows (a bare name in the middle of a sentence) is the model's part; what it or a rule has
found once is found everywhere in the document (:mod:`deid.text.repeats`).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable
from functools import lru_cache

from deid.model import Category, Finding, Role
from deid.text import lexicon
from deid.text.cues import (
    AFTER_NAME,
    AGREED,
    AGREED_HEADS,
    CHECKED,
    CHECKED_HEADS,
    KEY,
    KEY_HEADS,
    KEYS,
    STRONG_KEY,
    TITLE,
    VERB_HEADS,
    VERBS,
    Cue,
    cues_at,
    for_lower,
)
from deid.text.folding import Folded
from deid.text.layout import find_by_layout
from deid.text.lexicon import group
from deid.text.occupations import is_occupation
from deid.text.reading import WORD_SURNAMES, initials_after, is_place, is_status, is_term, read, read_list
from deid.text.words import CREDENTIALS, NO_PERSON_AFTER, NOT_NAMES, PARTICLES, PLACE_AFTER, Word, Words, compiled

__all__ = ["find_names"]

SUBJECTS = group("subjects") | group("departments")
CONTRACTED = ("'ll", "’ll", "'d", "’d", "'ve", "’ve", "'re", "’re")
LOWER_VERBS = for_lower(VERBS)
NO_SUBJECTS = SUBJECTS | NOT_NAMES | group("things")
WEAK_TITLES = group("weak_titles")
CREDENTIAL_HEADS = group("credential_heads")
TITLE_HEADS = group("title_heads")


def find_names(folded: Folded, language: str = "en") -> list[Finding]:
    """Findings of all name rules; they may overlap, the finder settles that."""
    words = Words.of(folded)
    words.language = language
    found: list[Finding] = []
    _keys(folded, words, found)
    _cued(folded, words, found)
    _subjects(words, found)
    find_by_layout(words, found)
    _lexical(words, found)
    if not words.text.isascii():
        _spelled(words, found)
    return found


VIETNAMESE = re.compile(r"[ăđơưĂĐƠƯ\u1ea0-\u1ef9]")


def _spelled(words: Words, found: list[Finding]) -> None:
    """Words with letters that Vietnamese alone has, and the names beside them: nothing else is spelled so."""
    listed = words.all
    for i, word in enumerate(listed):
        if not word.cap or VIETNAMESE.search(word.text) is None:
            continue
        first = last = i
        while first > 0 and words.gap(first - 1) in (" ", "-") and _goes_with(listed[first - 1]):
            first -= 1
        while last + 1 < len(listed) and words.gap(last) in (" ", "-") and _goes_with(listed[last + 1]):
            last += 1
        found.append(Finding(listed[first].start, listed[last].end, Category.NAME, 0.7, "name:lexicon"))


def _goes_with(word: Word) -> bool:
    spelled = word.cap and not word.text.isascii()
    return spelled or (word.cap and word.named and word.folded not in NOT_NAMES and not word.clinical)


def _cued(folded: Folded, words: Words, found: list[Finding]) -> None:
    """Names after a title, after what announces a person, and before a credential; initials of who typed or checked."""
    table = cues_at()
    heads = _heads()
    lower = words.lower
    for start, word in [(start, word) for start, _, word in folded.tokens() if word in heads]:
        at = start if folded.origins is None else folded.span(start, start + 1)[0]
        if word in TITLE_HEADS and (match := TITLE.match(words.text, at)):
            _title(words, match, found)
        if word in CREDENTIAL_HEADS and (match := AFTER_NAME.match(words.text, at)):
            _credential(words, match, found)
        if word in CHECKED_HEADS and (match := CHECKED.match(words.text, at)):
            _checked(match, found)
        if word in AGREED_HEADS and (match := AGREED.match(words.text, at)) and match["v"].lower() not in SUBJECTS:
            _checked(match, found)
        for cue in table.get(word, ()):
            pattern = for_lower(cue.pattern) if lower else cue.pattern
            if match := pattern.match(folded.text, start) if cue.folded or lower else pattern.match(words.text, at):
                _announced(folded, words, cue, match, found)


@lru_cache(maxsize=1)
def _heads() -> frozenset[str]:
    """Every word at which :func:`_cued` looks closer."""
    return TITLE_HEADS | CREDENTIAL_HEADS | CHECKED_HEADS | AGREED_HEADS | cues_at().keys()


NUMBERED_BEFORE = re.compile(r"\d\s+(?:[A-Z]\w+\s){1,3}$")


def _title(words: Words, match: re.Match[str], found: list[Finding]) -> None:
    if (
        match["dr"]
        and match["dr"] in ("dr", "Dr")
        and NUMBERED_BEFORE.search(words.text[max(0, match.start() - 40) : match.start()])
    ):
        return  # 12 Oak Dr.
    if match["m"] in ("MR", "MS") and not (words.caps and _is_addressed(words, match.end())):
        return  # the modality, the disease: only a text in capitals writes the title so
    if match["dr"] == "DR" and _is_radiography(words, match):
        return
    if match["m"] == "M" and words.language != "fr":
        return  # 59 M., M. Crohn
    if ENDED.fullmatch(match.group()) or NUMBER_AFTER.match(words.text, match.end()):
        return
    weak = match.group().strip(". \t").lower() in WEAK_TITLES
    rule, score = ("told", 0.9) if weak else ("title", 0.97)
    read(words, match.end(), found, rule, score, role=Role.STAFF if match["dr"] else None, strong=not weak)
    read_list(words, found, careful=not match["dr"] or match["dr"].lower() != "drs")


#: a title in full before a full stop, "see your doctor. Zometa"; what a figure belongs to, "BY MR. FIB-4"
ENDED = re.compile(r"(?i)(?:doctor|professor|doktor|docteur|nurse|officer|captain|coach|judge)\.[ \t]+")
NUMBER_AFTER = re.compile(r"[A-Za-z]{2,5}-\d")


def _is_addressed(words: Words, at: int) -> bool:
    """Whether who is called MR. or MS. in a text in capitals has a name, not a finding or a drug."""
    i = words.from_offset(at)
    if i is None:
        return False
    word = words.all[i]
    if len(word.text) == 2:
        return word.named and word.folded not in CHAMBERS
    named = word.named or not word.text.isascii() or not is_term(word.folded)
    return named and word.folded not in NOT_NAMES


def _is_radiography(words: Words, match: re.Match[str]) -> bool:
    """Whether DR is digital radiography: of what is nobody's surname, of a study, or in so many views."""
    i = words.from_offset(match.end())
    if i is None or match.group().strip() != "DR":
        return False
    word = words.all[i]
    examined = lexicon.is_anatomy(word.folded) or (word.clinical and not word.named)
    study = STUDY_BEFORE.search(words.text, max(0, match.start() - 24), match.start()) is not None
    return examined and (study or is_term(word.folded) or VIEWS_AFTER.match(words.text, word.end) is not None)


CHAMBERS = frozenset(("la", "lv", "ra", "rv"))
STUDY_BEFORE = re.compile(r"(?i)\b(?:exam(?:ination)?|study|procedure|modality)\s?:\s?$")
VIEWS_AFTER = re.compile(r"(?i)[ ,]{1,2}(?:\d\s?-?v(?:iews?)?|ap|pa|lat(?:eral)?|obliques?|portable|views?)\b")


def _checked(match: re.Match[str], found: list[Finding]) -> None:
    value = match["v"].lower().replace(".", "")
    ordinary = len(value) > 2 and lexicon.is_word(value) and "." not in match["v"]  # SEEN HERE 12/23
    if value not in NOT_INITIALS and value not in ("dr", "drs") and not ordinary:
        end = match.start("v") + len(match["v"].rstrip())
        found.append(Finding(match.start("v"), end, Category.NAME, 0.8, "name:initials", Role.STAFF))


def _announced(folded: Folded, words: Words, cue: Cue, match: re.Match[str], found: list[Finding]) -> None:
    end = _after(folded, match.end()) if cue.folded or words.lower else match.end()
    if METHOD.match(match.group()) and _is_method(words, end):
        return
    role = Role.RELATIVE if cue.rule == "kin" else None
    read(words, end, found, cue.rule, cue.score, strong=False, role=role)
    if cue.rule in ("role", "told", "kin"):
        read_list(words, found, careful=True)
    if cue.rule in ("role", "told"):
        initials_after(words, end, cue.rule, found)


#: Cues of people and of methods alike.
METHOD = re.compile(r"(?i)(?:per|via|under|with|(?:obtained|treated|placed|drained|accessed)\W.*by)\s")
LINE_DEVICES = group("line_devices")
TELLING = re.compile(r"(?i),?\s(?:by\s|at\s\d|on\s\d|and\s[A-Z]|MD\b|RN\b|request|note|verbal|phone|telephone)")


def _is_method(words: Words, at: int) -> bool:
    """Whether a method's or a catheter's eponym follows a cue of people and methods alike: ``per Bosniak``."""
    i = words.from_offset(at)
    if i is None:
        return False
    word = words.all[i]
    base = word.folded.removesuffix("'s")
    nobody = not word.named and base not in WORD_SURNAMES and word.text.isascii()
    eponym = lexicon.is_eponym(base) and (nobody or base in LINE_DEVICES or "-" in base)
    further = i + 1 < len(words.all) and words.gap(i) in (" ", ", ") and words.all[i + 1].named and words.all[i + 1].cap
    return eponym and not further and not TELLING.match(words.text, word.end)


SEPARATOR = re.compile(r":|=(?!=)| - |\t|\.\.\.+|\|")  # each begins with a character, so that `re` can skip to it
ATTENDANCE = frozenset(("present", "attendees", "in attendance", "participants", "apologies"))
FULL_LINE = compiled(r"[ \t]*[~][\w'’-]+(?:[ ][~][\w'’.-]*){1,2}[ \t]*(?=\n|$)")


def _key_matches(folded: Folded) -> Iterable[re.Match[str]]:
    """Keys, looked for only at the words that stand shortly before a separator."""
    tokens = folded.tokens()
    starts = [start for start, _, _ in tokens]
    reached = 0
    for separator in SEPARATOR.finditer(folded.text):
        at = separator.start()
        low = max(reached, at - 56, folded.text.rfind("\n", 0, at) + 1)
        for start, _, word in tokens[bisect_left(starts, low) : bisect_left(starts, at)]:
            match = KEY.match(folded.text, start) if word in KEY_HEADS else None
            if match is not None and match.end() > at:
                yield match
                reached = match.end()
                break


CELL = re.compile(r"[^|\n]{2,40}")


def _is_named_cell(words: Words, at: int) -> bool:
    """Whether the cell of a table that begins here holds a few words without a figure, the first no ordinary one."""
    cell, i = CELL.match(words.text, at), words.from_offset(at)
    if cell is None or i is None or any(c.isdecimal() for c in cell.group()):
        return False
    inside = [word for word in words.all[i : i + 5] if word.end <= cell.end()]
    told = any(word.clinical or word.folded in NO_PERSON_AFTER for word in inside)
    return 0 < len(inside) < 5 and not told and not inside[0].plain


def _keys(folded: Folded, words: Words, found: list[Finding]) -> None:
    """``Referring Physician: Smith, John`` and the like."""
    if SEPARATOR.search(folded.text) is None:
        return
    for match in _key_matches(folded):
        role = (
            Role(match.lastgroup)
            if match.lastgroup in ("patient", "staff", "relative")
            else next(r for r, _ in KEYS if match[r.value])
        )
        key = match[role.value].strip()
        _, end = folded.span(match.start(), match.end())
        end = end if folded.origins is None else _after(folded, match.end())
        strong = (bool(STRONG_KEY.search(key)) and key != "consented by") or _fills(words, end)
        if "|" in match.group() and not (STRONG_KEY.search(key) and _is_named_cell(words, end)):
            continue
        if _asks_for_none(words, match, key, end):
            continue
        before = len(found)
        read(words, end, found, "key", 0.96, strong=strong, role=role)
        if len(found) == before:
            initials_after(words, end, key, found, role=role)
        else:
            read_list(words, found, careful=key not in ATTENDANCE, semicolons=True)


PERSONAL = re.compile(r"name|nombre|nom|alias|apellido|cognome")
THINGS = group("named_things")


def _asks_for_none(words: Words, match: re.Match[str], key: str, end: int) -> bool:
    """Whether a key asks for no person, or its value is none: ``Drug name:``, ``CC: Knee``, ``Chaperone: Declined``."""
    ahead = words.ending_at(match.start() - 1)
    if ahead is not None and words.gap(ahead) == " " and words.all[ahead].folded in THINGS:
        return key == "name" and not any(word.named for word in words.all[ahead + 2 : ahead + 4])
    i = words.from_offset(end)
    if i is None or PERSONAL.search(key) or not words.all[i].text.isascii():
        return False
    if key == "cc" and lexicon.is_anatomy(words.all[i].folded) and not words.gap(i).startswith((",", ";")):
        return not words.all[min(i + 1, len(words.all) - 1)].named
    following = words.all[i + 1] if i + 1 < len(words.all) and words.gap(i) == " " else None
    further = following is not None and following.cap and (following.named or not following.ordinary)
    return is_status(words.all[i].folded) and not further and not words.gap(i).startswith(",")


NOT_INITIALS = group("not_initials") - {"us", "am"}


def _subjects(words: Words, found: list[Finding]) -> None:
    """Who does what only people do: ``Knight and Cao concur``, ``Rich thinks``, ``Young lives``."""
    for i, verb in [(i, word) for i, word in enumerate(words.all) if i and word.folded in VERB_HEADS]:
        for first in range(max(0, i - 7), i):
            start = words.all[first]
            verbs = VERBS if start.cap else LOWER_VERBS if words.lower else None
            match = verbs.match(words.text, start.start) if verbs else None
            if match is not None and match.end() > verb.start:
                _acting(words, match, found)
                break


def _acting(words: Words, match: re.Match[str], found: list[Finding]) -> None:
    for part in ("v", "w1", "w2"):
        i = words.at.get(match.start(part)) if match[part] else None
        if i is None:
            continue
        word = words.all[i]
        if word.text.endswith(CONTRACTED) or word.folded in NO_SUBJECTS or word.folded.rstrip("s") in SUBJECTS:
            continue
        sure = match["sure"] is not None and not words.caps and not words.lower
        if word.named or not lexicon.is_known(word.folded):
            certain = not word.clinical or sure
        else:
            certain = sure and not words.nouns
        if lexicon.is_eponym(word.folded) and not word.named:
            certain = False  # "Fleischner says three months"
        if is_occupation([word.folded.removesuffix("s")]) and not word.named:
            certain = False  # "Urologist wants 12 cores", "Operators scrubbed"
        if word.text.isupper() and len(word.text) > 2 and not word.named and not words.caps:
            certain = False  # "PISAPED agrees"
        if certain:
            rule = "name:acts" if sure else "name:subject"
            found.append(Finding(word.start, word.end, Category.NAME, 0.72, rule))


def _fills(words: Words, at: int) -> bool:
    """Whether two or three capitalised words, one of them a name's, fill the rest of the line."""
    match = FULL_LINE.match(words.text, at)
    i = words.from_offset(at) if match else None
    if match is None or i is None or words.caps:
        return False
    line = [w for w in words.all[i : i + 4] if w.end <= match.end()]
    return any(w.named for w in line) and not any(w.folded in NOT_NAMES or w.text.isupper() for w in line)


def _after(folded: Folded, at: int) -> int:
    return folded.span(at, at + 1)[0] if at < len(folded.text) else len(folded.original)


NAME_GAP = re.compile(r"\.?[ \t]|,[ \t]|\.")
CREDENTIAL_GAP = re.compile(r"\.?,?[ \t]{1,2}\(?$|\.?,[ \t]?\(?$")


def _credential(words: Words, match: re.Match[str], found: list[Finding]) -> None:
    """``John Q. Smith, MD``: a name before a credential."""
    lead = CREDENTIAL_GAP.search(words.text[max(0, match.start() - 6) : match.start()])
    i = words.ending_at(match.start() - len(lead.group())) if lead else None
    if i is None:
        return
    cred = match["cred"].replace(".", "").rstrip(")")
    alone = lead is not None and "," not in lead.group()
    if alone and (cred.startswith(("MRCP", "RT")) or words.all[i].plain):
        return  # "3D MRCP"; "Chaperone RT Zaman": the name follows
    last = first = i
    if not words.all[last].cap or words.all[last].folded in NOT_NAMES or words.all[last].folded in CREDENTIALS:
        return
    while first > 0 and last - first < 4:
        gap = words.gap(first - 1)
        previous = words.all[first - 1]
        if (
            not NAME_GAP.fullmatch(gap)
            or (gap.startswith(". ") and len(previous.text) > 2 and not previous.named)  # "reached MMI. Budi Ong, MD"
            or previous.folded in NOT_NAMES
            or not (previous.cap or previous.folded in PARTICLES)
        ):
            break
        if (
            previous.ordinary
            and len(previous.text) > 1
            and previous.folded not in lexicon.given_names()
            and (lexicon.is_clinical(previous.folded) or words.caps or previous.folded in CREDENTIALS)
        ):
            break
        if "," in gap and (not previous.text.isupper() and not _given(words.all[first])):
            break
        first -= 1
    name = words.all[first : last + 1]
    if (
        all(w.ordinary for w in name)
        and (len(name) < 2 or all(lexicon.is_clinical(w.folded) and not lexicon.is_eponym(w.folded) for w in name))
        and cred not in ("MD", "RN", "PhD", "FRCR")
    ):
        return
    if len(name) == 1 and (lexicon.is_clinical(name[0].folded) and not lexicon.is_eponym(name[0].folded)):
        return
    found.append(Finding(name[0].start, name[-1].end, Category.NAME, 0.92, "name:credential", Role.STAFF))


def _given(word: Word) -> bool:
    return word.folded in lexicon.given_names()


DAYS = frozenset("mon tue tues wed thu thur thurs fri sat sun".split())  # noqa: SIM905


def _is_weekday(words: Words, i: int) -> bool:
    """Whether a word that is a name as well stands beside a weekday, a date or a time: ``Mon, Thu``, ``Thu 30/1``."""
    near = (words.all[j] for j in (i - 1, i + 1) if 0 <= j < len(words.all))
    beside = any(w.folded in DAYS and abs(w.start - words.all[i].start) < 12 for w in near)
    return beside or FIGURE_AFTER.match(words.text, words.all[i].end) is not None


FIGURE_AFTER = re.compile(r"(?:→|[ ]?[-–/,.]{1,2}[ ]?|[ ])\d{1,2}(?:[/:.]\d|th|st|nd|rd|\b(?!\s?y))")
GRADE = re.compile(r" (?:[IVX]{1,4}[A-C]?|\d[A-C]?)(?![\w'’/-])(?!\s?(?:[MF]|yo|y/o)\b)")  # Milan IVA


def _lexical(words: Words, found: list[Finding]) -> None:  # noqa: C901, PLR0912
    """Names by the lexicon: a given name with what follows, ``Smith, John``, a bare one in mixed case."""
    given, family = lexicon.given_names(), lexicon.surnames()
    listed = words.all
    done = 0
    for i, word in [(i, word) for i, word in enumerate(listed) if word.cap and len(word.text) > 1]:
        if i < done:
            continue
        is_given, is_family = word.folded in given, word.folded in family
        if is_given:
            j = i
            while j + 1 < len(listed) and j - i < 4 and words.gap(j) in (" ", ". ", "-", " '", "  "):
                following = listed[j + 1]
                if (len(following.text) == 1 and following.cap) or (
                    following.folded in PARTICLES and not following.cap and j + 2 < len(listed) and listed[j + 2].cap
                ):
                    j += 1
                elif (following.cap and words.gap(j) != ". ") or (following.cap and len(listed[j].text) == 1):
                    known_name = following.folded in family or following.folded in given
                    small = following.text.isupper() and 1 < len(following.text) < 5 and not word.text.isupper()
                    if (
                        (small and not known_name)
                        or following.folded in NOT_NAMES
                        or (
                            (
                                following.ordinary
                                and not (known_name and not lexicon.is_clinical(following.folded) and (not words.caps))
                            )
                            and not (following.folded in family and lexicon.is_eponym(following.folded))
                        )
                    ):
                        break
                    if following.folded in NO_PERSON_AFTER or (word.ordinary and is_term(following.folded)):
                        break
                    j += 1
                else:
                    break
            while j > i and (len(listed[j].text) == 1 or listed[j].folded in PARTICLES):
                j -= 1
            if (
                j > i
                and not is_place(words, j)
                and not (word.ordinary and lexicon.is_clinical(word.folded) and listed[j].ordinary)
            ):
                found.append(Finding(word.start, listed[j].end, Category.NAME, 0.85, "name:lexicon"))
                done = j + 1
                continue
        if (
            is_family
            and i + 1 < len(listed)
            and words.gap(i) == ", "
            and listed[i + 1].cap
            and listed[i + 1].folded in given
            and (not word.ordinary or not listed[i + 1].ordinary)
        ):
            j = i + 1
            if j + 1 < len(listed) and words.gap(j) == " " and len(listed[j + 1].text) == 1 and listed[j + 1].cap:
                j += 1
            found.append(Finding(word.start, listed[j].end, Category.NAME, 0.85, "name:lexicon"))
            done = j + 1
            continue
        shouted = word.text.isupper() and not words.caps  # SAM, ELVIS: names of trials and sequences
        if word.folded in DAYS and _is_weekday(words, i):
            continue
        if is_given and not word.ordinary and not shouted and not is_place(words, i):
            after = listed[i + 1].folded if i + 1 < len(listed) else ""
            graded = GRADE.match(words.text, word.end) is not None
            if after not in NO_PERSON_AFTER and after not in PLACE_AFTER and not graded:
                found.append(Finding(word.start, word.end, Category.NAME, 0.65, "name:lexicon-bare"))
