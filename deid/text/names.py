"""Names of people and institutions in prose: by key, title, role, kinship, credential, lexicon and repetition.

What none of these shows (a bare name in the middle of a sentence) is the model's part; what it or a rule has
found once is found everywhere in the document.
"""
# ruff: noqa: E501 - a pattern or a table row reads better whole

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from deid.model import Category, Finding, Role
from deid.text import lexicon
from deid.text.folding import Folded, fold_text
from deid.text.lexicon import group

__all__ = ["find_institutions", "find_names", "propagate"]

WORD = re.compile(r"[^\W\d_]+(?:['’‐-][^\W\d_]+)*")
PARTICLES = group("names_particles")
SUFFIXES = group("suffixes")
CREDENTIALS = group("names_credentials")
TITLE = re.compile(
    r"(?<![\w.-])(?:(?P<dr>[Dd]r|DR|Drs|DRS|Doctor|doctor|DOCTOR|Prof|PROF|Professor|professor|Dra|Dott|Dott\.ssa|Doktor|Docteur|Doctora|Pr(?=\.? [A-Z]))|(?P<m>Mr|Mrs|Ms|Miss|Mx|MRS|MISS|MR(?=\.)|MS(?=\.)|Mister|Sir|Madam|Herrn?|HERRN?|Frau|FRAU|Monsieur|Madame|Mademoiselle|Mme|MME|Mlle|Se[ñn]ora?|Sra|SRA|Srta|Don|Do[ñn]a|Sr(?=\.? [A-Z])|Officer|Detective|Sergeant|Sgt|Captain|Capt|Lieutenant|Pastor|Rabbi|Imam|Judge|Attorney|Coach|Nurse|NURSE|Policyholder|Technologist|Sonographer|Radiographer|Deputy|Trooper|M(?=\. [A-Z][a-zé]{2})))(?:\.|\b)[ \t]*"
)
# Blanks stand for any white space of one line; see KEY.
KEYS = (
    (Role.PATIENT, r"patient('s)?( (full )?name)?|pt('s)?( ?name)?|name( of patient)?|full ?name|patientname|pat\.? ?name|name \(last,? first\)|patient last name|last name|first name|surname|family name|given name|middle name|maiden name|alias(es)?|a\.?k\.?a\.?|preferred name|subject|client|nombre|apellidos?|nombre y apellidos|paciente|nom|prenom|nom et prenom|nachname|vorname|patientin|geburtsname|familienname|cognome|nome|paziente|re|nombre del paciente|nom du patient|name des patienten"),
    (Role.STAFF, r"((referring|ordering|attending|reading|interpreting|requesting|dictating|signing|primary( care)?|performing|consulting|admitting|treating|supervising|staff|responsible|responding|reporting|approving|family|emergency|refer|second|assisting|primary care) )?(physician|provider|doctor|radiologist|clinician|practitioner|surgeon|md|consultant|resident|fellow|technologist|sonographer|radiographer|nurse|cardiologist|oncologist|neurologist|pathologist|gp|dr|phys)(\\(s\\)|s)?( name)?|referr(er|ed by|al (from|by))|ordered by|requested by|requester|requestor|attending|resident|fellow|registrar|trainee|(first|second|third|double|1st|2nd|3rd|final|over|peer)( |-)?read(er|ing)?|scribe|chaperone(d by)?|injected by|scanned by|checked( by)?|typed|sent by|sender|under( the)? care of|chair|handed (off|over) to|dictated( by)?|dictator|transcribed( by)?|transcriptionist|typist|typed by|((electronically|digitally|finally|final|e-) ?)?(signed|approved|authenticated|verified|finali[sz]ed|released|reviewed|attested|validated)( electronically)?( by)?|signature|read by|reader|interpreted by|reported by|report(ing)? by|performed by|prepared by|author|operator|tech(nologist|nician)?|sonographer|radiographer|assistant|anesthesi(a|ologist)|supervisor|co-?signed( by)?|cosigner|preceptor|cc|copy ?to|copies to|attn|attention|to|from|pcp|gp|rad(iologist)?|reviewer|contact( person)?|caller|notified|person notified|called to|results? (called|communicated|given) to|uberweiser(in)?|zuweiser(in)?|befunder(in)?|untersucher(in)?|arzt|arztin|oberarzt|chefarzt|assistenzarzt|mtra|medico|medico (solicitante|responsable|informante)|radiologo|tecnico|firmado( por)?|medecin( (demandeur|prescripteur|traitant))?|radiologue|manipulateur|signe par|dicte par|diktiert( von)?|gezeichnet|gez|operatore|medico refertante"),
    (Role.RELATIVE, r"next of kin|nok|emergency contact( name)?|guardian|mother(('s)? (maiden )?name)?|father(('s)? name)?|parents?|spouse(('s)? name)?|husband|wife|son|daughter|brother|sister|guarantor|subscriber( name)?|responsible party|caregiver|insured|policy ?holder|power of attorney|poa|proxy|witness(ed by)?|consent(ed)? by|interpreter|translator"),
)  # fmt: skip
KEY = re.compile(
    r"(?<![\w'])(?:"
    + "|".join(f"(?P<{role.value}>{keys})" for role, keys in KEYS).replace(" ", r"[ \t]")
    + r")(?:[ \t]init(?:ials?|\.)?)?(?:\s?\([^)\n]{1,24}\))?\s?(?::|=(?!=)|\s-\s|\t+)[ \t]*(?:\n[ \t]*)?"
)
STRONG_KEY = re.compile(
    r"name|physician|provider|doctor|radiologist|clinician|practitioner|surgeon|consultant|technologist|sonographer|radiographer|nurse|by$|dictat|transcri|typist|signed|signature|author|operator|next of kin|emergency|guardian|apellido|nombre|attending|resident|fellow|author|reader"
)
ROLE_BY = re.compile(
    r"\b(?:dictated|read|signed|interpreted|reviewed|verified|approved|performed|transcribed|reported|prepared|finali[sz]ed|authenticated|supervised|ordered|requested|referred|seen|examined|scanned|done|typed|entered|attested|evaluated|admitted|followed|treated|operated|placed|administered|obtained|injected|consented|assisted|accompanied|escorted|witnessed|confirmed|checked|edited|cosigned|co-signed|assessed|managed|recommended|supplied|completed|conducted|discussed|requisitioned|provided|submitted|cared\sfor|under\sthe\scare\sof|care\sof|chaperoned|brought\sin|dropped\soff|translated|interpreted|held|documented|acknowledged|taken|drawn|diktiert|befundet|untersucht|firmado|realizado|informado|dicte|redige|valide)(?:\s(?:electronically|digitally|and\s\w+|today|yesterday|initially|previously))?,?\s(?:by|von|durch|por|par|(?<=discussed )with|(?<=reviewed )with|(?<=followed )with|(?<=correlated )with|(?<=shared )with)\s?:?\s*(?:the\s(?:\w+\s){1,2})?"
)
ROLE_TO = re.compile(
    r"\b(?:discussed|communicated|reviewed|relayed|conveyed|called|reported|telephoned|phoned|spoken|spoke|speak|talked|conversation|consultation|consulted|shared|correlated|paged|notified|informed|alerted|advised|contacted|given|d/w|dw|phone\scall|telephone\sconversation|verbally|results?|findings|message|report|copy|referred|forwarded|faxed|sent|emailed|telephone|readback|read-back|read\sback|transmitted|handed(?:\soff)?|signed\sout|face-to-face|in\sperson|by\sphone|by\stelephone|via\s(?:phone|telephone|pager|text|secure\schat))(?:\s(?:in\sperson|by\s(?:tele)?phone|by\stelephone|directly|verbally|over\sthe\s(?:tele)?phone|via\s\w+|immediately|urgently|personally|today|was|were|at\s[\d:]+(?:\s?[ap]m)?|telephonically|electronically|back))*\s(?:with|to|by|from|directly\sto)\s(?:the\s(?:\w+\s){1,3})?(?=[A-Z\u00c0-\u00de])"
)
CHECKED = re.compile(
    r"(?<![\w])(?i:typed|checked|dictated|transcribed|signed|read|reviewed|approved|edited|verified|proofed|entered|scribed|finali[sz]ed|seen|cosigned|dict|trans|init(?:ials?)?|tech|rad|(?:d|t|tr)(?=[ \t]*[:/]))(?:[ \t]*[:/][ \t]*|[ \t]+)"
    r"(?P<v>[A-Z]{2,4}|(?:[A-Z]\.[ ]?){2,3}|[a-z]{2,3}|(?:[a-z]\.[ ]?){2,3})(?=\s*(?<=[\s.])(?:on\s)?(?:the\s)?(?:\d{1,2}(?:[/.\-\s]|st|nd|rd|th|(?i:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec))|(?i:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?\s\d|\d{4}-\d\d))"
)
VERBS = re.compile(
    r"(?<![\w'’-])(?P<v>[A-Z\u00c0-\u00de][\w'’-]+)(?P<w>(?:,\s[A-Z\u00c0-\u00de][\w'’-]+)?,?\s(?:and|&)\s(?P<w2>[A-Z\u00c0-\u00de][\w'’-]+))?(?:,\s|\s)(?:thinks?|wants?|wanted|disagrees?|disagreed|agrees?|agreed|concurs?|concurred|says|said|asks?|asked|insists?|believes?|phoned|rang|emailed|texted|scrubbed|dictated|requests?|requested|suggests?\sthat|mentioned|told|is\sworried|is\saware|are\saware|saw\sthe|saw\shim|saw\sher|saw\sthis|the\stech\b|our\s(?:nurse|tech)|were\sin\sthe\sroom|presented\s(?:to|with)|lives|denies|denied|complains|complained|underwent|reports\sthat|(?:was|were)\s(?:notified|informed|paged|called|seen\sin|told|contacted))\b"
)
SUBJECTS = group("subjects")
ROLE_DIRECT = re.compile(
    r"\b(?i:notified|informed|paged|contacted|alerted|telephoned|phoned|called|per|via|d/w|c/o|attn|attention|ask|await|awaiting|regarding|thank\syou,?|thanks,?|advised|consulted|asked|told|met|texted|emailed|saw|requests?\sfrom|message\sfrom|letter\sfrom|call\sfrom|note\sfrom|records?\s(?:of|for)|results?\s(?:of|for)|scans?\sof|report\s(?:of|for)|images\sof|chart\s(?:of|for)|appointment\s(?:for|with)|follow(?:ed)?[- ]up\swith|under|appt\swith)\s(?=[A-Z\u00c0-\u00de])"
)
KIN = re.compile(
    r"\b(?i:wife|husband|mother|father|mom|mum|dad|son|daughter|brother|sister|spouse|partner|friend|neighbou?r|aunt|uncle|niece|nephew|guardian|care(?:giver|taker)|grand(?:son|daughter|mother|father|ma|pa|child)|cousin|fianc[eé]e?|boyfriend|girlfriend|parent|roommate|colleague|co-?worker|boss|employer|step(?:son|daughter|mother|father)|twin|baby|infant|child|boy|girl|kid|ehefrau|ehemann|mutter|vater|sohn|tochter|bruder|schwester|esposa|esposo|madre|padre|hijo|hija|hermano|hermana|marido|mujer|epouse|mari|mere|pere|fils|fille|frere|soeur)(?:,|\s\(|\sis|\snamed|\scalled|'s\sname\sis|,?\swhose\sname\sis)?\s(?=[A-Z\u00c0-\u00de])"
)
SELF = re.compile(
    r"\b(?i:(?:my|his|her|their|the|patient(?:'s)?|pt's|whose)\s(?:full\s|legal\s|first\s|last\s|middle\s|maiden\s|given\s|family\s)?names?\s(?:is|was|were|are|:)|i\sam|i'm|i’m|named|name\sis|known\sas|goes\sby|aka|a\.k\.a\.|n[ée]e|formerly|maiden\sname|patient|pt\.?|sur?name|client|subject|my\sname's|signed,?|sincerely,?|yours\struly,?|faithfully,?|regards,?|best,?|cheers,?|thanks,?|dear|hi|hello|hey|good\smorning|good\safternoon|atentamente,?|gr[uü](?:ß|ss)en?,?|cordialement,?|liebe[rs]?|sehr\sgeehrte[r]?|estimad[oa]|cher|ch[eè]re|hola|hallo|bonjour)[ \t]*[,:]?[ \t]*\n{0,3}[ \t]*(?=[A-Z\u00c0-\u00de])"
)
AFTER_NAME = re.compile(
    r"(?<![\w-])(?P<cred>(?:M\.?\s?D\.?|D\.?O\.?|MBBS|M\.?B\.?B\.?S\.?|MBChB|Ph\.?D\.?|R\.?N\.?|N\.?P\.?|P\.?A\.?-?C|BSN|DNP|FRCR|FRCP|FRCS|FRCPC|FRANZCR|FACR|FACS|MRCP|MPH|RT\(?R?\)?(?:\([A-Z]{1,2}\))*|RDMS|RVT|ARRT|CNMT|CRNA|LPN|APRN|FNP|PA-C|DDS|DMD|DPM|PharmD|Esq)\b\.?\)?)(?![\w-])"
)
NOT_NAMES = group("not_names")
NO_PERSON_AFTER = group("no_person_after")
PLACE_AFTER = group("place_after")


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the original with what a name rule asks about it."""

    start: int
    end: int
    text: str
    folded: str

    @property
    def cap(self) -> bool:
        return self.text[0].isupper()

    @property
    def ordinary(self) -> bool:
        """An ordinary or clinical word, an eponym included; it may be a name as well."""
        return lexicon.is_word_form(self.folded) or self.folded in NOT_NAMES

    @property
    def named(self) -> bool:
        """On the lists of names; every half of a double name counts."""
        return any(p in lexicon.given_names() or p in lexicon.surnames() for p in re.split(r"['-]", self.folded))

    @property
    def plain(self) -> bool:
        """An ordinary word that is on no list of names."""
        return self.ordinary and not self.named

    @property
    def clinical(self) -> bool:
        """One of medicine's words and no eponym."""
        return lexicon.is_clinical(self.folded) and not lexicon.is_eponym(self.folded)


class Words:
    """The words of a text, found by the offset at which they start or end."""

    def __init__(self, text: str) -> None:
        self.text = text
        plain = text.isascii()
        self.all = [
            Word(m.start(), m.end(), m.group(), m.group().lower() if plain else fold_text(m.group()).text)
            for m in WORD.finditer(text)
        ]
        self.at = {w.start: i for i, w in enumerate(self.all)}
        self.ending = {w.end: i for i, w in enumerate(self.all)}
        long = [w.text for w in self.all if w.end - w.start > 3]
        self.caps = bool(long) and sum(map(str.isupper, long)) > 0.7 * len(long)
        self.lower = text.islower()
        self.nouns = False  # German: every noun has a capital, so a capital says little

    @staticmethod
    def of(folded: Folded) -> Words:
        """The words of a folded text's original, made once."""
        words: Words | None = folded.notes.get("words")
        if words is None:
            words = folded.notes["words"] = Words(folded.original)
        return words

    def from_offset(self, at: int) -> int | None:
        """Index of the word that starts at an offset, brackets and quotes before it skipped."""
        while at < len(self.text) and self.text[at] in "\"'“(*_ \t":
            at += 1
        return self.at.get(at)

    def gap(self, i: int) -> str:
        """What stands between word ``i`` and the next."""
        return self.text[self.all[i].end : self.all[i + 1].start] if i + 1 < len(self.all) else "\n"


WEAK_TITLES = group("weak_titles")
CREDENTIAL_HEADS = group("credential_heads")
TITLE_HEADS = group("title_heads")


def _heads(pattern: re.Pattern[str], *more: str) -> frozenset[str]:
    """Words with which a pattern may begin: every literal word in it, and those that it spells with options."""
    bare = re.sub(r"\\[a-zA-Z](?:[0-9a-f]{4})?|\(\?[a-z]?:|\(\?P<\w+>", " ", pattern.pattern)
    return frozenset(fold_text(w).text for w in re.findall(r"[^\W\d_]+", bare)) | frozenset(" ".join(more).split())


@lru_cache(maxsize=16)
def _for_lower(pattern: re.Pattern[str]) -> re.Pattern[str]:
    """A cue for texts without any capital."""
    return re.compile(pattern.pattern.replace(r"(?=[A-Z\u00c0-\u00de])", r"(?=[^\W\d_])"))


@lru_cache(maxsize=1)
def _cues() -> tuple[tuple[re.Pattern[str], frozenset[str], str, float], ...]:
    """Cue patterns with the words at which they are tried, what they are called and how sure they are."""
    return (
        (ROLE_BY, _heads(ROLE_BY, "finalized finalised"), "role", 0.9),
        (ROLE_TO, _heads(ROLE_TO, "result results"), "told", 0.88),
        (
            ROLE_DIRECT,
            _heads(
                ROLE_DIRECT,
                "follow followed followup request requests record records result results scan scans report call calls",
            ),
            "told",
            0.8,
        ),
        (
            KIN,
            _heads(
                KIN,
                "neighbor neighbour caregiver caretaker coworker grandson granddaughter grandmother grandfather grandma grandpa grandchild fiance fiancee stepson stepdaughter stepmother stepfather",
            ),
            "kin",
            0.88,
        ),
        (
            SELF,
            _heads(
                SELF,
                "nee name names surname sirname gruss grusse grussen liebe lieber liebes geehrte geehrter estimado estimada",
            ),
            "self",
            0.88,
        ),
    )


def find_names(folded: Folded, language: str = "en") -> list[Finding]:  # noqa: C901, PLR0912
    """Findings of all name rules; they may overlap, the finder settles that."""
    text = folded.original
    words = Words.of(folded)
    words.nouns = language == "de"
    found: list[Finding] = []
    present = {word for _, _, word in folded.tokens()}
    _keys(folded, words, found)
    for match in TITLE.finditer(text) if present & TITLE_HEADS else ():
        if (
            match["dr"]
            and match["dr"] in ("dr", "Dr")
            and re.search(r"\d\s+(?:[A-Z]\w+\s){1,3}$", text[max(0, match.start() - 40) : match.start()])
        ):
            continue  # 12 Oak Dr.
        if match["m"] in ("MR", "MS") and not words.caps:
            continue  # the modality, the disease: only a text in capitals writes the title so
        weak = match.group().strip(". \t").lower() in WEAK_TITLES
        rule, score = ("told", 0.9) if weak else ("title", 0.97)
        _read(words, match.end(), found, rule, score, role=Role.STAFF if match["dr"] else None, strong=not weak)
        if match["dr"] and match["dr"].lower() == "drs":
            _list(words, found)
        else:
            _list(words, found, careful=True)
    tokens = folded.tokens()
    for pattern, heads, rule, score in _cues():
        if not present & heads:
            continue
        lower = pattern is ROLE_BY or words.lower
        source = folded.text if lower else text
        if words.lower:
            pattern = _for_lower(pattern)  # noqa: PLW2901
        for start, _, word in tokens:
            if word not in heads:
                continue
            cue = pattern.match(source, start if lower else folded.span(start, start + 1)[0])
            if cue is None:
                continue
            end = _after(folded, cue.end()) if lower else cue.end()
            _read(words, end, found, rule, score, strong=False, role=Role.RELATIVE if rule == "kin" else None)
            if rule in ("role", "told"):
                _list(words, found, careful=True)
                _initials_after(words, end, rule, found)
    if present & CREDENTIAL_HEADS:
        _credentials(words, found)
    _subjects(words, found)
    found += (
        Finding(m.start("v"), m.start("v") + len(m["v"].rstrip()), Category.NAME, 0.8, "name:initials", Role.STAFF)
        for m in CHECKED.finditer(text)
        if m["v"].lower().replace(".", "") not in NOT_INITIALS
    )
    _lexical(words, found)
    return found


SEPARATOR = re.compile(r":|=(?!=)|[ ]-[ ]|\t")


def _key_matches(folded: Folded) -> Iterable[re.Match[str]]:
    """Keys, looked for only at the words that stand shortly before a separator."""
    starts = [start for start, _, _ in folded.tokens()]
    reached = 0
    for separator in SEPARATOR.finditer(folded.text):
        at = separator.start()
        low = max(reached, at - 56, folded.text.rfind("\n", 0, at) + 1)
        for start in starts[bisect_left(starts, low) : bisect_left(starts, at)]:
            match = KEY.match(folded.text, start)
            if match is not None and match.end() > at:
                yield match
                reached = match.end()
                break


def _keys(folded: Folded, words: Words, found: list[Finding]) -> None:
    """``Referring Physician: Smith, John`` and the like."""
    if ":" not in folded.text and "=" not in folded.text and "\t" not in folded.text and " - " not in folded.text:
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
        strong = bool(STRONG_KEY.search(key)) and key != "consented by"
        before = len(found)
        _read(words, end, found, "key", 0.96, strong=strong, role=role)
        if len(found) == before:
            _initials_after(words, end, key, found, role=role)
        else:
            _list(words, found, careful=True, semicolons=True)


NOT_INITIALS = group("not_initials") - {"us", "am"}


def _subjects(words: Words, found: list[Finding]) -> None:
    """Who does what only people do: ``Knight and Cao concur``, ``Rich thinks``, ``Young lives``."""
    for match in VERBS.finditer(words.text):
        for part in ("v", "w2"):
            i = words.at.get(match.start(part)) if match[part] else None
            if i is None:
                continue
            word = words.all[i]
            if (
                word.folded in NOT_NAMES
                or word.folded in ("will", "may", "can", "please", "never")
                or word.folded in SUBJECTS
                or word.folded.rstrip("s") in SUBJECTS
            ):
                continue
            if word.plain and (
                word.clinical
                or words.caps
                or not re.search(
                    r"^(?:thinks?|wants?|disagrees?|concurs?|says|said|lives|den)", match.group().split()[-1]
                )
            ):
                continue
            found.append(Finding(word.start, word.end, Category.NAME, 0.72, "name:subject"))


def _after(folded: Folded, at: int) -> int:
    return folded.span(at, at + 1)[0] if at < len(folded.text) else len(folded.original)


TYPIST = re.compile(r"(?i)\b(?:transcribed|typed|typist)(?: by)?\s*[:/]\s*$")  # whoever types is no side: "typed: rt"
INITIALS = re.compile(r"(?:[A-Z]\.[ ]?){2,3}|[A-Z]{2,4}\d?\b|[a-z]{2,3}\b(?=\s*(?:$|\n|[/,;.]))|[A-Z]{2,3}(?=/)")


def _initials_after(words: Words, at: int, key: str, found: list[Finding], *, role: Role | None = None) -> None:
    """``Dictated by: JS``, ``Tech: AB``: staff initials after a role."""
    match = INITIALS.match(words.text, at)
    if match is None:
        return
    letters = re.sub(r"\W|\d", "", match.group()).lower()
    is_term = letters in NOT_NAMES or letters in CREDENTIALS or (len(letters) > 2 and lexicon.is_word(letters))
    if (
        key in ("re", "to", "from", "attention", "subject")
        or (is_term and not TYPIST.search(words.text[max(0, at - 24) : at]))
        or letters in ("na", "no", "us", "ct", "mr", "me", "it", "we", "ge", "nm", "xr", "pet", "iv", "im", "po")
    ):
        return
    if key == "told" or (key == "role" and not match.group()[0].isupper()):
        return
    found.append(
        Finding(
            match.start(),
            match.start() + len(match.group().rstrip()),
            Category.NAME,
            0.85,
            "name:initials",
            role or Role.STAFF,
        )
    )


def _read(  # noqa: C901
    words: Words, at: int, found: list[Finding], rule: str, score: float, *, strong: bool, role: Role | None = None
) -> None:
    """Read one name that begins at an offset and add it to the findings.

    ``strong`` says that the cue leaves no doubt (a title, ``Patient Name:``), so that an ordinary word may be a name.
    """
    i = words.from_offset(at)
    if i is None:
        return
    listed = words.all
    while i + 1 < len(listed) and listed[i].folded in LEADING_TITLES and TITLE_GAP.fullmatch(words.gap(i)):
        i += 1
    if not _starts(words, i, rule=rule, strong=strong):
        return
    last, comma = i, False
    while last + 1 < len(listed) and last - i < 5:
        gap = words.gap(last)
        if not NAME_GAP.fullmatch(gap) or (gap.startswith(".") and len(gap) > 1 and len(listed[last].text) > 2):
            break
        if "," in gap:
            if comma or rule not in ("key", "title") or (rule == "title" and not words.caps):
                break
            comma = True
        if not _continues(words, last + 1, rule=rule, strong=strong):
            break
        last += 1
    trimmed = _trimmed(words, i, last)
    if trimmed is None or (_is_place(words, trimmed) and rule != "title"):
        return
    last = trimmed
    end = listed[last].end
    if len(listed[last].text) == 1 and words.text[end : end + 1] == ".":
        end += 1
    if formerly := FORMERLY.match(words.text, end):
        end = formerly.end("v")
    found.append(Finding(listed[i].start, end, Category.NAME, score, f"name:{rule}", role))


LEADING_TITLES = group("leading_titles")
TITLE_GAP = re.compile(r"\.?-?[ \t]*")
FORMERLY = re.compile(r"[ \t]?\((?i:n[ée]e|formerly|born|geb\.?)\s(?P<v>[^\W\d_][^)\d\n]{1,30})\)")
NAME_GAP = re.compile(r"\.?[ \t]{1,2}|[ \t]?,[ \t]?|\.|-|\^|[ \t]?\(?[\"“'‘]|[\"”'’]\)?[ \t]")


def _starts(words: Words, i: int, *, rule: str, strong: bool) -> bool:  # noqa: C901, PLR0911
    """Whether a name may begin with this word."""
    word = words.all[i]
    following = words.all[i + 1] if i + 1 < len(words.all) and NAME_GAP.fullmatch(words.gap(i)) else None
    joined = following is not None and _name_like(words, following)
    if len(word.text) == 1:
        after = i + 1
        while after < len(words.all) and len(words.all[after].text) == 1 and NAME_GAP.fullmatch(words.gap(after - 1)):
            after += 1
        return (
            (word.cap or words.lower)
            and after < len(words.all)
            and _name_like(words, words.all[after])
            and "\n" not in words.gap(after - 1)
        )
    if word.folded in NOT_NAMES and not (word.cap and joined and word.folded in MAY_BE_NAMES):
        return (
            word.text.isupper()
            and len(word.text) == 2
            and joined
            and rule in ("key", "title", "role")
            and not words.caps
        )
    if word.folded in PARTICLES and not word.cap:
        return joined
    if not word.cap and rule == "title" and strong and (word.named or not word.ordinary):
        return True
    if not word.cap:
        return (words.lower and (not word.ordinary or word.named or (strong and not word.clinical))) or (
            rule == "key" and strong and (word.named or not word.ordinary)
        )
    if word.text.isupper() and len(word.text) in (2, 3) and not words.caps and not word.named:
        return joined and not word.clinical  # MJ Aslan
    if words.nouns and not strong and not word.named:
        return False
    if strong:
        return not (
            word.clinical
            and not word.named
            and following is not None
            and (following.clinical or following.plain)
            and not following.named
        )
    if word.clinical:
        term = following is not None and (following.clinical or following.folded in NO_PERSON_AFTER)
        return (
            word.named
            and not words.caps
            and (joined or (rule in ("role", "told", "kin", "title", "key") and word.text[1:].islower() and not term))
        )
    return not word.plain or (joined and not words.caps)


def _continues(words: Words, j: int, *, rule: str, strong: bool) -> bool:  # noqa: PLR0911
    """Whether the name goes on with this word."""
    word = words.all[j]
    if re.match(r"[ \t]*:", words.text[word.end : word.end + 3]):
        return False
    if len(word.text) == 1:
        return word.cap or words.lower
    if word.folded in NOT_NAMES and word.folded not in MAY_BE_NAMES:
        return False
    if word.folded in PARTICLES and not word.cap:
        return j + 1 < len(words.all) and _name_like(words, words.all[j + 1])
    if not word.cap:
        return (words.lower or (rule == "key" and strong)) and (word.named or not word.ordinary) and not word.clinical
    if word.folded in SUFFIXES:
        return True
    if word.text.isupper() and len(word.text) in (2, 3) and not words.caps and not word.named:
        tail = words.text[word.end : word.end + 2]
        return word.folded not in CREDENTIALS and not word.clinical and bool(re.match(r"\s*(?:$|[\n,.;)\]/])", tail))
    if word.named or not word.ordinary:
        return (word.folded not in NO_PERSON_AFTER and word.folded not in CREDENTIALS) or word.named
    if "," in words.text[words.all[j - 1].end : word.start]:
        return rule == "key" and strong and not word.clinical
    return strong and not words.caps and not word.clinical and word.folded not in PLACE_AFTER


def _trimmed(words: Words, first: int, last: int) -> int | None:
    """The last word of the name once what cannot end one is taken off; None if nothing is left."""
    listed = words.all
    while (
        last > first
        and listed[last].folded in (CREDENTIALS | PARTICLES)
        and len(listed[last].text) > 1
        and not (listed[last].named and listed[last].cap and listed[last].folded in PARTICLES)
    ):
        last -= 1
    only = listed[first]
    if last == first and (
        len(only.text) == 1 or only.folded in NOT_NAMES or (only.folded in CREDENTIALS and not only.named)
    ):
        return None
    return last


MAY_BE_NAMES = group("may_be_names")


def _name_like(words: Words, word: Word) -> bool:
    """Whether a word looks like one of a name by itself: capital (or all is lower case) and not an ordinary word."""
    if word.folded in NOT_NAMES or not (word.cap or words.lower) or len(word.text) < 2:
        return False
    return (word.named and not word.clinical) or not word.ordinary


def _is_place(words: Words, last: int) -> bool:
    """``Smith Street``, ``Johnson Hospital``: a place or an institution, which other rules take."""
    if last + 1 >= len(words.all):
        return False
    return words.all[last + 1].cap and words.all[last + 1].folded in PLACE_AFTER and words.gap(last) == " "


def _list(words: Words, found: list[Finding], *, careful: bool = False, semicolons: bool = False) -> None:
    """Further names of an enumeration: ``Drs. Smith, Jones and Lee``; ``Smith/Jones``."""
    for _ in range(4):
        if not found or found[-1].category is not Category.NAME:
            return
        tail = words.text[found[-1].end : found[-1].end + 24]
        match = re.match(
            r"(?:,?\s?\(?(?:MD|M\.D\.|DO|RN|PhD)\b\)?\.?)?(?:\s?/\s?|,?\s(?:and|&|und|y|et)\s(?:(?:Drs?|Prof|Mrs?|Ms|Nurse|PA)\b\.?\s)?"
            + (r"|;\s?" if semicolons else "")
            + (r"" if careful else r"|,\s")
            + r")",
            tail,
        )
        if match is None:
            return
        i = words.from_offset(found[-1].end + match.end())
        if i is None or not (words.all[i].cap or words.lower) or (careful and words.all[i].plain):
            return
        before = len(found)
        _read(words, words.all[i].start, found, "list", 0.85, strong=not careful, role=found[-1].role)
        if len(found) == before:
            return


CREDENTIAL_GAP = re.compile(r"\.?,?[ \t]{1,2}\(?$|\.?,[ \t]?\(?$")


def _credentials(words: Words, found: list[Finding]) -> None:  # noqa: C901
    """``John Q. Smith, MD``: a name before a credential."""
    for match in AFTER_NAME.finditer(words.text):
        lead = CREDENTIAL_GAP.search(words.text[max(0, match.start() - 6) : match.start()])
        i = words.ending.get(match.start() - len(lead.group())) if lead else None
        if i is None:
            continue
        cred = match["cred"].replace(".", "").rstrip(")")
        if cred.startswith("RT") and lead is not None and "," not in lead.group():
            continue  # "Chaperone RT Zaman": the name follows
        last = first = i
        if not words.all[last].cap or words.all[last].folded in NOT_NAMES:
            continue
        while first > 0 and last - first < 4:
            gap = words.gap(first - 1)
            previous = words.all[first - 1]
            if (
                not re.fullmatch(r"\.?[ \t]|,[ \t]|\.", gap)
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
            continue
        if len(name) == 1 and (lexicon.is_clinical(name[0].folded) and not lexicon.is_eponym(name[0].folded)):
            continue
        found.append(Finding(name[0].start, name[-1].end, Category.NAME, 0.92, "name:credential", Role.STAFF))


def _given(word: Word) -> bool:
    return word.folded in lexicon.given_names()


def _lexical(words: Words, found: list[Finding]) -> None:  # noqa: C901, PLR0912
    """Names by the lexicon: a given name with what follows, ``Smith, John``, a bare one in mixed case."""
    given, family = lexicon.given_names(), lexicon.surnames()
    listed = words.all
    i = 0
    while i < len(listed):
        word = listed[i]
        if not word.cap or len(word.text) < 2:
            i += 1
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
                    if following.folded in NOT_NAMES or (
                        (
                            following.ordinary
                            and not (known_name and not lexicon.is_clinical(following.folded) and (not words.caps))
                        )
                        and not (following.folded in family and lexicon.is_eponym(following.folded))
                    ):
                        break
                    if following.folded in NO_PERSON_AFTER:
                        break
                    j += 1
                else:
                    break
            while j > i and (len(listed[j].text) == 1 or listed[j].folded in PARTICLES):
                j -= 1
            if (
                j > i
                and not _is_place(words, j)
                and not (word.ordinary and lexicon.is_clinical(word.folded) and listed[j].ordinary)
            ):
                found.append(Finding(word.start, listed[j].end, Category.NAME, 0.85, "name:lexicon"))
                i = j + 1
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
            i = j + 1
            continue
        if is_given and not word.ordinary and not _is_place(words, i):
            after = listed[i + 1].folded if i + 1 < len(listed) else ""
            if after not in NO_PERSON_AFTER and after not in PLACE_AFTER:
                found.append(Finding(word.start, word.end, Category.NAME, 0.65, "name:lexicon-bare"))
        i += 1


INSTITUTION_HEADS = (
    r"Hospitals?|Medical\s(?:Center|Centre|Group|Associates|Practice|School|College|Clinic)|Clinics?|Infirmary|Health\s?(?:System|Services?|Center|Centre|Network|Care|Trust|Partners|Board|Alliance)|Healthcare|Health|Imaging(?:\s(?:Center|Centre|Associates|Services|Group|Partners|Specialists))?|Radiology(?:\s(?:Associates|Group|Partners|Consultants|Center|Specialists))|Hospice|Nursing\sHome|Cancer\s(?:Center|Centre|Institute)|Heart\s(?:Center|Institute|Hospital)|"
    r"Institute|University|College|School|Rehabilitation\s(?:Center|Centre|Hospital)|Rehab|Surgery\sCenter|Surgical\sCenter|Urgent\sCare|Family\s(?:Practice|Medicine)|Orthop(?:a?e)dics|Oncology|Cardiology|Pediatrics|Pharmacy|Laborator(?:y|ies)|Diagnostics|Foundation\sTrust|NHS\s(?:Foundation\s)?Trust|Surgery|Polyclinic|Sanatorium|Care\sCenter|Assisted\sLiving|Retirement\s(?:Home|Village|Community)|Elementary|High\sSchool|Academy|VAMC|VA"
)
INSTITUTION = re.compile(
    r"(?<![\w])(?P<v>(?:(?:The|St|Saint|Mt|Mount|Our)\.?\s)?(?:[A-Z\u00c0-\u00de][\w'’.&-]*(?:\s|-)(?:(?:of|the|and|for|&|de|la|del|du|des|am|der|von)\s){0,3}){1,6}(?:"
    + INSTITUTION_HEADS
    + r"))\b(?P<tail>\s(?:of|at|in|-|–)\s(?:the\s)?[A-Z][\w'’-]+(?:\s[A-Z][\w'’-]+){0,2})?"
)
INSTITUTION_OF = re.compile(
    r"(?<![\w])(?P<v>(?:University|Universit(?:y|é|ät)|College|Institute|Hospital|Children's\sHospital|Sisters|School|Medical\sCollege|Royal\sCollege)\s(?:Hospitals?\s)?(?:of|for|at)\s(?:the\s)?[A-Z][\w'’-]+(?:(?:\s(?:and|of|the|at|-)){0,2}[\s-][A-Z][\w'’-]+){0,5})"
)
INSTITUTION_SAINT = re.compile(
    r"(?<![\w])(?P<v>(?:St|Saint|Mt|Mount)\.?\s[A-Z][a-z]+(?:['’]s)?)(?=\s(?:ER|ED|ICU|radiology|hospital|campus|clinic|system)|['’]s\b)"
)
INSTITUTION_FOREIGN = re.compile(
    r"(?<![\w])(?P<v>(?:Universit[äa]ts|Kreis|St[äa]dtisches?\s|Städt\.\s|Evangelisches\s|Katholisches\s|Ev\.\s|Kath\.\s|Uni)?(?:[Kk]linikum|[Kk]lini[kc]|[Kk]rankenhaus|[Kk]linken)(?:\s(?:der|des|am|an\sder|im|für|rechts\sder|Universit[äa]t|St\.|Sankt))*(?:[\s-][A-ZÄÖÜ][\wäöüß.-]+){1,4}|[A-ZÄÖÜ][\wäöüß.-]+(?:-[A-ZÄÖÜ][\wäöüß]+)*-(?:Klinik(?:um)?|Krankenhaus|Hospital|Stift)(?:\s[A-ZÄÖÜ][\wäöüß-]+)?|(?:Radiologische\s)?(?:Gemeinschaftspraxis|Praxis|Radiologie|MVZ|Zentrum)\s(?:Dr\.\s)?(?:für\s\w+\s)?[A-ZÄÖÜ][\wäöüß-]+(?:\s(?:und|&)\s[A-ZÄÖÜ][\wäöüß-]+)?|"
    r"(?:Hospital|Cl[íi]nica|Policl[íi]nic[ao]|Sanatorio|Centro\s(?:M[ée]dico|de\sSalud|Hospitalario|de\sDiagn[óo]stico)|Complejo\sHospitalario|Instituto)\s(?:(?:Universitari[oa]|General|Cl[íi]nico|Regional|Provincial|Comarcal|Infantil|Civil|Nacional|San|Santa|Santo|Virgen|Nuestra\sSe[ñn]ora|de|del|la|las|los|el|y)\s)*[A-ZÁÉÍÓÚÑ][\wáéíóúñ-]+(?:\s(?:de|del|la|las|los|y|[A-ZÁÉÍÓÚÑ][\wáéíóúñ-]+)){0,4}(?<!\sde)(?<!\sla)(?<!\sy)|"
    r"(?:CHU|CHR|CH|CHRU|CHI|H[ôo]pital|Clinique|Centre\s[Hh]ospitalier(?:\s[Uu]niversitaire)?|Polyclinique|Institut|Maison\sde\ssant[ée]|Cabinet)\s(?:(?:de|du|des|la|le|les|d'|l'|Saint|Sainte|St|Ste|universitaire|privée?|européen|Européen)[\s-]?)*[A-ZÀ-Þ][\wà-ÿ'-]+(?:[\s-](?:de|du|la|le|[A-ZÀ-Þ][\wà-ÿ'-]+)){0,4}(?<!\sde)(?<!\sla)(?<!\sdu))"
)  # fmt: skip
KNOWN_INSTITUTIONS = re.compile(
    r"(?<![\w])(?P<v>(?:Mayo|Cleveland)\sClinic|Kaiser(?:\sPermanente)?|Johns\sHopkins|Massachusetts\sGeneral|Mass\sGeneral|MGH|Brigham(?:\sand\sWomen['’]s)?|Cedars[- ]Sinai|Mount\sSinai|Stanford|Sloan[- ]Kettering|Memorial\sSloan[- ]Kettering|MSKCC|MD\sAnderson|Dana[- ]Farber|Beth\sIsrael(?:\sDeaconess)?|BIDMC|UCSF|UCLA|NYU(?:\sLangone)?|Charit[ée]|Karolinska|Guy['’]s(?:\sand\sSt\.?\sThomas['’]?)?|Royal\sMarsden|Great\sOrmond\sStreet|Addenbrooke['’]s|Intermountain|Geisinger|Sutter\sHealth|Banner\sHealth|HCA|Ascension|Providence|LabCorp|Quest\sDiagnostics|Walgreens|CVS)\b"
)
GENERIC_LEADS = group("generic_leads")


EMPLOYED = group("employed")
INSTITUTION_WORDS = group("institution_words")


def find_institutions(folded: Folded) -> list[Finding]:
    """Hospitals, clinics, practices, schools: a proper name around a generic head."""
    text = folded.original
    found: list[Finding] = []
    present = {word for _, _, word in folded.tokens()}
    for match in INSTITUTION.finditer(text) if present & INSTITUTION_WORDS else ():
        _institution(match, found)
    for pattern, score in ((INSTITUTION_OF, 0.85), (INSTITUTION_SAINT, 0.8), (KNOWN_INSTITUTIONS, 0.85)):
        found += (
            Finding(*m.span("v"), Category.INSTITUTION, score, "place:institution") for m in pattern.finditer(text)
        )
    for match in INSTITUTION_FOREIGN.finditer(text):
        found.append(Finding(*match.span("v"), Category.INSTITUTION, 0.85, "place:institution"))
    for pattern, category, rule in EMPLOYMENT if present & EMPLOYED else ():
        for match in pattern.finditer(text):
            value = match["v"]
            if rule == "cue:age-profession":
                last = fold_text(value.split()[-1]).text
                if last not in lexicon.words("occupations") and last.rstrip("s") not in lexicon.words("occupations"):
                    continue
            if category is Category.PROFESSION and fold_text(value.split()[0]).text in (
                "result",
                "consequence",
                "precaution",
                "whole",
                "part",
                "normal",
            ):
                continue
            found.append(Finding(*match.span("v"), category, 0.8, rule))
    return found


EMPLOYMENT = (
    (
        re.compile(
            r"(?i:\b(?:employer|employed\s(?:by|at)|works?\s(?:at|for)|working\s(?:at|for)|worked\s(?:at|for))\s?:?\s)(?:the\s|a\s)?(?P<v>[A-Z][\w'’&.-]*(?:\s(?:of|and|&|the)?\s?[A-Z][\w'’&.-]*){0,4})"
        ),
        Category.INSTITUTION,
        "place:employer",
    ),
    (
        re.compile(
            r"(?i:\b(?:occupation|profession|job(?:\stitle)?)\s?:\s?)(?P<v>[A-Za-z][A-Za-z-]+(?:[ \t/][A-Za-z-]+){0,3})"
        ),
        Category.PROFESSION,
        "cue:profession",
    ),
    (
        re.compile(
            r"(?i:\b(?:works?|worked|working|employed|employment)\sas\s(?:an?|the)\s)(?P<v>(?:[A-Za-z-]+\s){0,3}?[A-Za-z-]+?)(?=\s?[.,;)]|\s*$|\s(?i:and|who|with|at|for|in|by|since|presents?|on|but|he|she)\b)"
        ),
        Category.PROFESSION,
        "cue:profession",
    ),
    (
        re.compile(
            r"(?i:(?:year|yr)s?[- ]old|\b(?:retired|former)|\bis\san?|\byo)\s(?P<v>(?:(?!(?:from|with|who|was|and|the|of|in|for)\b)[A-Za-z-]+\s){0,3}?[A-Za-z-]+)(?=[.,;)]|\s*$|\s(?i:and|who|with|at|for|in|by|from|was|is|seen|brought|since|presents?|presenting|on|but|he|she|has|had|referred|admitted)\b)"
        ),
        Category.PROFESSION,
        "cue:age-profession",
    ),
)
PLACES = (
    re.compile(
        r"(?i:\b(?:lives?\s(?:alone\s|with\s\w+\s(?:\w+\s)?)?(?:in|near|at)|living\sin|resid(?:es|ing|ent)\s(?:in|of|at)|moved\s(?:to|from)|travel(?:l?ed|l?ing|s)?\s(?:to|from|through|in)|trip\sto|visit(?:ed|ing)\s(?:from\s)?|native\sof|born\s(?:and\sraised\s)?in|raised\sin|grew\sup\sin|transfer(?:red)?\sfrom|flew\s(?:to|from|in\sfrom)|returned\sfrom|vacation(?:ing|ed)?\sin|immigrated\sfrom|emigrated\sfrom|originally\sfrom|is\sfrom|am\sfrom|hometown(?:\sof)?|from\sthe\scity\sof|city\sof|town\sof|village\sof|county\sof|wohnhaft\sin|wohnt\sin|aus|vive\sen|residente\sen|natural\sde|habite|demeurant|domicilie|née?\sa)\s)(?:the\s)?(?P<v>[A-Z\u00c0-\u00de][\w'’-]+(?:\s[A-Z\u00c0-\u00de][\w'’-]+){0,2})"
    ),
    re.compile(
        r"(?i:\b(?:city|town|hometown|county|village|place\sof\sbirth|birthplace|wohnort|ort|ciudad|ville|localidad|municipio)\s?:\s?)(?P<v>[A-Z\u00c0-\u00de][\w'’.-]+(?:[ -][A-Z\u00c0-\u00de][\w'’-]+){0,2})"
    ),
    re.compile(r"(?P<v>[A-Z][a-z]+(?:\s[A-Z][a-z]+)?\sCounty)\b"),
)


@lru_cache(maxsize=1)
def _place_cues() -> tuple[tuple[re.Pattern[str], frozenset[str]], ...]:
    return (
        (PLACES[0], group("place_lead_words")),
        (PLACES[1], group("place_key_words")),
        (PLACES[2], frozenset("county".split())),  # noqa: SIM905
    )


NO_CITY_AFTER = group("no_city_after")


@lru_cache(maxsize=1)
def _city_heads() -> dict[str, tuple[int, ...]]:
    """First word of a city -> how many words it may have, longest first."""
    heads: dict[str, set[int]] = {}
    for city in lexicon.cities():
        pieces = re.findall(r"[^\W_]+", city)
        heads.setdefault(pieces[0], set()).add(len(pieces))
    return {head: tuple(sorted(sizes, reverse=True)) for head, sizes in heads.items()}


def find_places(folded: Folded) -> list[Finding]:  # noqa: C901
    """Towns by cue and by the list of large cities."""
    text = folded.original
    found = []
    present = {word for _, _, word in folded.tokens()}
    for pattern, heads in _place_cues():
        if not present & heads:
            continue
        for match in pattern.finditer(text):
            start, value = match.start("v"), match["v"]
            words = value.split()
            while words and words[-1].lower() in NOT_NAMES:
                words.pop()
            if (
                not words
                or (lexicon.is_word(words[0].lower()) and len(words) == 1)
                or all(lexicon.is_region(w.lower()) for w in words)
            ):
                continue
            found.append(Finding(start, start + len(" ".join(words)), Category.PLACE, 0.82, "place:cue"))
    tokens = folded.tokens()
    for i, (start, _, word) in enumerate(tokens):
        for size in _city_heads().get(word, ()):
            if i + size > len(tokens):
                continue
            last = tokens[i + size - 1][1]
            phrase = word if size == 1 else " ".join(t[2] for t in tokens[i : i + size])
            if phrase not in lexicon.cities() or "\n" in folded.text[start:last]:
                continue
            a, b = folded.span(start, last)
            following = tokens[i + size][2] if i + size < len(tokens) else ""
            if (
                text[a].isupper()
                and not (size == 1 and lexicon.is_word(word))
                and following not in NO_PERSON_AFTER | NO_CITY_AFTER
            ):
                found.append(Finding(a, b, Category.PLACE, 0.7, "place:city"))
            break
    return found


def _institution(match: re.Match[str], found: list[Finding]) -> None:
    value = match["v"]
    start = match.start("v")
    words = re.split(r"(\s+)", value)
    while (
        len(words) > 2
        and (words[0].lower().rstrip(".,") in NOT_NAMES or (words[0].endswith((".", ":")) and len(words[0]) > 4))
        and words[0].lower() not in ("the", "st.", "mt.")
    ):
        start += len(words[0]) + len(words[1])
        words = words[2:]
    heads = INSTITUTION_HEADS_SET
    telling = [
        w
        for w in words[::2]
        if re.sub(r"['’]s$", "", w.lower().strip(".,")) not in GENERIC_LEADS
        and w.lower() not in ("the", "of", "and", "for", "&", "at", "in", "de", "la")
    ]
    telling = [w for w in telling if w not in heads]
    if not telling or (
        all(lexicon.is_clinical(w.lower().strip(".,'’s")) and not lexicon.is_eponym(w.lower()) for w in telling)
    ):
        return
    if (
        len(telling) == 1
        and lexicon.is_word(telling[0].lower())
        and value.split()[-1]
        in (
            "Health",
            "Imaging",
            "Surgery",
            "Oncology",
            "Cardiology",
            "Pediatrics",
            "School",
            "College",
            "Institute",
            "Diagnostics",
            "VA",
            "Rehab",
        )
    ):
        return
    end = (
        match.end("tail")
        if match["tail"]
        and match["tail"].strip().split()[0] in ("of", "at", "in", "-", "–")
        and not lexicon.is_word(match["tail"].split()[-1].lower())
        else match.end("v")
    )
    found.append(Finding(start, end, Category.INSTITUTION, 0.88, "place:institution"))


INSTITUTION_HEADS_SET = group("institution_heads_set")


@lru_cache(maxsize=64)
def _word_pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(r"(?<![\w])(?:" + "|".join(map(re.escape, sorted(words, key=len, reverse=True))) + r")(?![\w])")


def propagate(text: str, findings: Sequence[Finding], *, caps: bool = False) -> list[Finding]:  # noqa: C901, PLR0912
    """The names that were found, wherever else they stand in the document, whole or in part."""
    parts: dict[str, tuple[Role | None, Category]] = {}
    for finding in findings:
        if finding.category not in (Category.NAME, Category.INSTITUTION) or finding.score < 0.6:
            continue
        if finding.category is Category.INSTITUTION:
            continue
        for match in WORD.finditer(text, finding.start, finding.end):
            word = match.group()
            folded = fold_text(word).text
            if len(word) < 3 and not (len(word) == 2 and word[1].islower() and word[0].isupper()):
                continue
            if folded in PARTICLES or folded in CREDENTIALS or folded in NOT_NAMES or folded in SUFFIXES:
                continue
            if lexicon.is_word(folded) and (caps or lexicon.is_clinical(folded)):
                continue
            parts.setdefault(word, (finding.role, Category.NAME))
            if not lexicon.is_word(folded):
                parts.setdefault(word.upper(), (finding.role, Category.NAME))
                parts.setdefault(word.capitalize(), (finding.role, Category.NAME))
    if not parts:
        return []
    taken = [(f.start, f.end) for f in findings]
    out = []
    for match in _word_pattern(tuple(sorted(parts))).finditer(text):
        if any(a <= match.start() and match.end() <= b for a, b in taken):
            continue
        if lexicon.is_word(match.group().lower()) and (
            re.search(r"(?:^|[.!?:\n])\s*$", text[: match.start()][-4:]) or not match.group()[0].isupper()
        ):
            continue
        following = re.match(r"(?:['’]s)?\s+([a-z]+)", text[match.end() : match.end() + 24])
        if following and following[1] in NO_PERSON_AFTER:
            continue
        out.append(Finding(match.start(), match.end(), Category.NAME, 0.75, "name:propagated", parts[match.group()][0]))
    return out
