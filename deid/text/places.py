"""Institutions, towns, employers and occupations in prose."""
# ruff: noqa: E501 - a pattern or a table row reads better whole

from __future__ import annotations

import re
from functools import lru_cache

from deid.model import Category, Finding
from deid.text import lexicon
from deid.text.folding import Folded, fold_text
from deid.text.lexicon import group
from deid.text.words import NO_PERSON_AFTER, NOT_NAMES

__all__ = ["INSTITUTION_HEADS_SET", "find_institutions", "find_places"]

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
