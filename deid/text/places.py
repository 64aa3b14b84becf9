"""Institutions, employers and towns in prose."""
# ruff: noqa: E501 - a pattern or a table row reads better whole

from __future__ import annotations

import re
from functools import lru_cache

from deid.model import Category, Finding
from deid.text import lexicon
from deid.text.folding import Folded, fold_word
from deid.text.heads import first_words
from deid.text.lexicon import group
from deid.text.words import NO_PERSON_AFTER, NOT_NAMES, Words, compiled

__all__ = ["INSTITUTION_HEADS_SET", "find_institutions", "find_places"]

INSTITUTION_HEADS = (
    r"Hospitals?|Medical\s(?:Center|Centre|Group|Associates|Practice|School|College|Clinic)|Clinics?|Infirmary|Health\s?(?:System|Services?|Center|Centre|Network|Care|Trust|Partners|Board|Alliance)|Healthcare|Health|Imaging(?:\s(?:Center|Centre|Associates|Services|Group|Partners|Specialists))?|Radiology(?:\s(?:Associates|Group|Partners|Consultants|Center|Specialists))|Hospice|Nursing\sHome|Cancer\s(?:Center|Centre|Institute)|Heart\s(?:Center|Institute|Hospital)|"
    r"Institute|University|College|School|Rehabilitation\s(?:Center|Centre|Hospital)|Rehab|Surgery\sCenter|Surgical\sCenter|Urgent\sCare|Family\s(?:Practice|Medicine)|Orthop(?:a?e)dics|Oncology|Cardiology|Pediatrics|Pharmacy|Laborator(?:y|ies)|Diagnostics|Foundation\sTrust|NHS\s(?:Foundation\s)?Trust|Surgery|Polyclinic|Sanatorium|Care\sCenter|Assisted\sLiving|Retirement\s(?:Home|Village|Community)|Elementary|High\sSchool|Academy|VAMC|VA|"
    r"(?:Sleep|Vascular|Pain|Memory|Stroke|Voice|Hearing|Balance)\s(?:Lab|Unit|Service)|(?:Spine|Medical|Surgical|Eye|Dental|Physicians?|Heart|Surgery|Women['’]s)\sGroup|Rehabilitation|Memorial|Infirmary|Mediclinic|Medicross|(?:General|Base|District|Regional|County)(?!\s(?:Surg|Med|An[ae]|Prac|Dent|Radiol|Hosp|Health|Council|Road|Court|Jail|Nurs))|"
    r"Dental|Podiatry|Physio(?:therapy)?|Neurology|Urology|Fertility|Airways|Airlines|Primary(?:\sSchool)?|Grammar(?:\sSchool)?|Nursery|Constabulary|Council|Insurance|Assurance|Mutual|Solicitors|Brewery|"
    r"LLC|LLP|Ltd|Limited|Inc|PLC|GmbH|Pty|Co-op|Logistics|Mining|Colliery|Quarry|Sawmill|Shipyard|Farms|Foods|Motors|Railways?|Freight|Police|Prison|Barracks|Church|Parish|Priory|Convent|Hostel|Hotel"
)
INSTITUTION = compiled(
    r"(?<![\w])(?P<v>(?:(?:The|St|Saint|Mt|Mount|Our)\.?\s)?(?:[~][\w'’.&-]*(?<![^\W\d_]{4}\.)(?:\s|-)(?:(?:of|the|and|for|&|de|la|del|du|des|am|der|von)\s){0,3}){1,6}(?:"
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
    (
    r"(?<![\w])(?P<v>(?:Universit[äa]ts|Kreis|St[äa]dtisches?\s|Städt\.\s|Evangelisches\s|Katholisches\s|Ev\.\s|Kath\.\s|Uni)?(?:[Kk]linikum|[Kk]lini[kc]|[Kk]rankenhaus|[Kk]linken)(?:\s(?:der|des|am|an\sder|im|für|rechts\sder|Universit[äa]t|St\.|Sankt))*(?:[ -](?:(?:St|Dr|Prof|Hl|Ev|Kath|Städt)\.|[A-ZÄÖÜ][\wäöüß-]+)){1,4}|[A-ZÄÖÜ][\wäöüß.-]+(?:-[A-ZÄÖÜ][\wäöüß]+)*-(?:Klinik(?:um)?|Krankenhaus|Hospital|Stift)(?:\s[A-ZÄÖÜ][\wäöüß-]+)?|(?:Radiologische\s)?(?:Gemeinschaftspraxis|Praxis|Radiologie|MVZ|Zentrum)\s(?:Dr\.\s)?(?:für\s\w+\s)?[A-ZÄÖÜ][\wäöüß-]+(?:\s(?:und|&)\s[A-ZÄÖÜ][\wäöüß-]+)?|"
    r"(?:Hospital(?=[ ](?!ID\b|No\b|Number|Course|Day|Stay|Visit|Record|Name|MRN|Admi|Discharge|Acquired|Based|Medicine|Setting|Care|Follow|Transfer|Policy|Protocol|Ward|Bed|Unit|Floor|Room|Information|Use|Main|Wide|Onset|Associated|Inpatient|Outpatient|Emergency|Readmission|Summary|Note|System|Staff|Pharmacy|Employee|Infection|Gown))|Cl[íi]nica|Policl[íi]nic[ao]|Sanatorio|Centro\s(?:M[ée]dico|de\sSalud|Hospitalario|de\sDiagn[óo]stico)|Complejo\sHospitalario|Instituto)\s(?:(?:Universitari[oa]|General|Cl[íi]nico|Regional|Provincial|Comarcal|Infantil|Civil|Nacional|San|Santa|Santo|Virgen|Nuestra\sSe[ñn]ora|de|del|la|las|los|el|y)\s)*[A-ZÁÉÍÓÚÑ][\wáéíóúñ-]+(?:\s(?:de|del|la|las|los|y|[A-ZÁÉÍÓÚÑ][\wáéíóúñ-]+)){0,4}(?<!\sde)(?<!\sla)(?<!\sy)|"
    r"(?:CHU|CHR|CH|CHRU|CHI|H[ôo]pital|Clinique|Centre\s[Hh]ospitalier(?:\s[Uu]niversitaire)?|Polyclinique|Institut|Maison\sde\ssant[ée]|Cabinet)\s(?:(?:de|du|des|la|le|les|d'|l'|Saint|Sainte|St|Ste|universitaire|privée?|européen|Européen)[\s-]?)*[A-ZÀ-Þ][\wà-ÿ'-]+(?:[\s-](?:de|du|la|le|[A-ZÀ-Þ][\wà-ÿ'-]+)){0,4}(?<!\sde)(?<!\sla)(?<!\sdu))"
    ).replace(r"\s", " ")  # never over the end of a line
)  # fmt: skip
KNOWN_INSTITUTIONS = re.compile(
    r"(?<![\w])(?P<v>(?:Mayo|Cleveland)\sClinic|Kaiser(?:\sPermanente)?|Johns\sHopkins|Massachusetts\sGeneral|Mass\sGeneral|MGH|Brigham(?:\sand\sWomen['’]s)?|Cedars[- ]Sinai|Mount\sSinai|Stanford|Sloan[- ]Kettering|Memorial\sSloan[- ]Kettering|MSKCC|MD\sAnderson|Dana[- ]Farber|Beth\sIsrael(?:\sDeaconess)?|BIDMC|UCSF|UCLA|NYU(?:\sLangone)?|Charit[ée]|Karolinska|Guy['’]s(?:\sand\sSt\.?\sThomas['’]?)?|Royal\sMarsden|Great\sOrmond\sStreet|Addenbrooke['’]s(?!\s(?:(?i:cognitive|exam\w*|score|ace)\b|\d{1,3}\b(?!\w)))|Intermountain|Geisinger|Sutter\sHealth|Banner\sHealth|HCA|Ascension|Providence|LabCorp|Quest\sDiagnostics|Walgreens|CVS)\b"
)
EMPLOYER = compiled(
    r"(?i:\b(?:employer|employed(?:\s(?:by|at))?|(?:works|worked|working|work|volunteers?)\s(?:(?:part|full)[- ]time\s)?(?:as\s(?:an?\s)?(?:[a-z-]+\s){1,4}?)?(?:at|for|with|in(?=\s(?!Radiology|Nursing|Surgery|Medicine|Emergency|IT\b|HR\b|Pediatrics|Oncology|Cardiology|Pathology|Imaging)[A-Z][\w&'’. -]{1,40}\sas\sa))|(?:starts|start|started|hired|job)\s(?:at|with))\s?:?\s)(?:(?i:the|an?)\s)?(?P<v>[~][\w'’&.-]*[\w](?:[ ](?:(?:of|and|&|the)\s)?[~][\w'’&-]*){0,4})"
)
INSTITUTION_WORDS = group("institution_words")
GENERIC_LEADS = group("generic_leads")
#: Arteries, trials and scores that towns are called like.
ACRONYMS = frozenset(("bari", "lima", "mesa", "nice", "rima"))
#: ``I think Lee saw her at Northside``, ``outside film, the VA``
SITE = compiled(
    r"(?i:at|from|film,|films,|outside\s\w+,|d/c'd\sto|discharged\sto|transferred\sto)\s(?:the\s)?(?P<v>(?:[~][\w'’.-]*[^\W_.])(?:[ ](?:(?:of|and|&)\s)?[~][\w'’-]*[^\W_]){0,3})(?=\s*(?:$|[\n,.;:?!()]|\s(?:on|in|for|with|and|by|at|to|last|yesterday|today|this|who|where|was|is|ed|er)\b|\s\d))"
)
#: ``CT Mater Dei Apr 22``
PRIOR_SITE = compiled(
    r"(?:CT|MRI?|US|XR|PET|CXR)\s(?P<v>[~][\w'’-]+(?:[ ][~][\w'’-]+)?)(?=\s*(?:[,.;\n]|$|\s\d|\s[~][a-z]{2}))"
)
#: ``Scanned at: Sweet Health``, ``attended Rich Medical Center on``
SITE_KEY = compiled(
    r"(?i:(?:scanned|performed|imaged|seen|treated|done|transferred|referred|records?|films?|images?|studies)\s(?:out\s)?(?:at|from|of)|attended|attending\sat|clinic|hospital|facility|site|institution|practice)\s?:?\s(?i:the\s)?(?P<v>(?:[~][\w'’.&-]*\s(?:(?i:of|and|the|for|&)\s){0,2}){1,5}(?i:hospitals?|medical\s(?:center|centre|group)|clinics?|health(?:care)?|radiology|imaging|group|associates|trust|infirmary|institute|hospice|cent(?:er|re)|practice|partners))(?![\w'’])"
)
#: What hospitals are called after, alone behind *at* or *from*: ``films from Mercy``
NAMESAKES = group("hospital_names")
PRIORS = first_words(PRIOR_SITE)
SITE_LEADS = first_words(SITE)
SITE_KEYS = first_words(SITE_KEY)
HOUSES = frozenset(("house", "lodge", "manor", "court", "gardens", "hospice", "priory", "grange", "extension", "eye"))
AT_HEAD = (
    (INSTITUTION_OF, 0.85, "place:institution"),
    (INSTITUTION_SAINT, 0.8, "place:institution"),
    (KNOWN_INSTITUTIONS, 0.85, "place:institution"),
    (EMPLOYER, 0.8, "place:employer"),
    (INSTITUTION_FOREIGN, 0.85, "place:institution"),
)
COMPOUND = re.compile(r".*(?:klini[kc]|krankenhaus|klinken)")  # Universitätsklinikum is one word
CHAINED = re.compile(r"(?:[\wäöüß.]+-)+$")


@lru_cache(maxsize=1)
def _at_heads() -> dict[str, tuple[tuple[re.Pattern[str], float, str], ...]]:
    """The patterns that may begin with a word."""
    table: dict[str, list[tuple[re.Pattern[str], float, str]]] = {}
    for pattern, score, rule in AT_HEAD:
        for head in first_words(pattern):
            table.setdefault(head, []).append((pattern, score, rule))
    return {head: tuple(listed) for head, listed in table.items()}


@lru_cache(maxsize=1)
def _site_heads() -> frozenset[str]:
    """Every word at which :func:`find_institutions` looks closer, compounds apart."""
    return frozenset(_at_heads()) | INSTITUTION_WORDS | SITE_LEADS | PRIORS | SITE_KEYS


def find_institutions(folded: Folded) -> list[Finding]:  # noqa: C901
    """Hospitals, clinics, practices, schools: a proper name around a generic head; employers."""
    text = folded.original
    found: list[Finding] = []
    table, heads = _at_heads(), _site_heads()
    words = Words.of(folded)
    compound = "kli" in folded.text or "krankenhaus" in folded.text
    reached = 0
    for start, end, word in folded.tokens():
        if word not in heads and not (compound and ("kli" in word or "krankenhaus" in word)):
            continue
        headed = word in INSTITUTION_WORDS
        at = start if folded.origins is None else folded.span(start, start + 1)[0]
        for pattern, score, rule in table.get(word, ()):
            if (match := pattern.match(text, at)) and not _is_authority(match):
                found.append(Finding(*match.span("v"), Category.INSTITUTION, score, rule))
        if word in SITE_KEYS and (match := SITE_KEY.match(text, at)):
            _keyed_site(match, found)
        if word in PRIORS and (match := PRIOR_SITE.match(text, at)) and fold_word(match["v"].split()[0]) in NAMESAKES:
            found.append(Finding(*match.span("v"), Category.INSTITUTION, 0.7, "place:site"))
        if word in SITE_LEADS and (match := SITE.match(text, at)):
            _site(match, words, found)
        if headed and at >= reached and (words.caps or words.lower or text[at : at + end - start].isupper()):
            _caseless(words, at, found)
        elif headed and at >= reached and text[at].isupper():
            stop = at + end - start + 60
            for match in INSTITUTION.finditer(text, max(reached, at - 100), stop):
                _institution(match, found)
                reached = match.end()
        if COMPOUND.match(word) or word in ("hospital", "stift"):
            chain = CHAINED.search(text, max(0, at - 60), at)
            if match := INSTITUTION_FOREIGN.match(text, chain.start() if chain else at):
                found.append(Finding(*match.span("v"), Category.INSTITUTION, 0.85, "place:institution"))
    return found


#: What a classification, a score or a guideline is called after stands before these; a place of care behind those.
CLASSED = re.compile(
    r"(?:['’]s)?\s(?:(?i:(?:\w+\s)?(?:scor(?:e|es|ing)|classification|criteri(?:a|on)|nomogram|calculator|guidelines?|recommendations?|consensus|lexicon)|staging|stage|grad(?:e|es|ing)|risk|protocol|index|scale|type)\b|(?:[AB]|I{1,3}|IV)\s[a-z]|of\sthe\s[a-z])"
)
CARED_BEFORE = re.compile(r"(?i)\b(?:at|from|to|in|by|via|near|outside)\s(?:the\s)?$")
BODY = re.compile(
    r"(?:American|European|British|Canadian|Royal|Australian|International|National|World|Radiological)\b.*\b(?:College\sof|Society|Association|Academy\sof|Organi[sz]ation|Federation)\b|(?:College|Society|Academy)\s(?:of|for)\s(?:the\s)?(?:Radiolog|Surge|Physician|Cardiolog|Emergency|Obstetric|Chest|Rheumatolog|Gastroenterolog|Pathologist|Nuclear|An(?:ae|e)sthe)"
)


def _is_authority(match: re.Match[str]) -> bool:
    """Whether who is named wrote a guideline or a classification and saw nobody: ``American College of Radiology``."""
    if match.re is EMPLOYER:
        return False
    cared = CARED_BEFORE.search(match.string, max(0, match.start("v") - 14), match.start("v")) is not None
    return not cared and (
        BODY.match(match.group()) is not None or CLASSED.match(match.string, match.end("v")) is not None
    )


def _site(match: re.Match[str], words: Words, found: list[Finding]) -> None:
    """A place of care by its slot: an unknown name or abbreviation after *at* or *from*."""
    value = match["v"]
    told = [fold_word(w) for w in re.findall(r"[^\W\d_]+(?:['’-][^\W\d_]+)*", value)]
    if value == "VA":
        found.append(Finding(*match.span("v"), Category.INSTITUTION, 0.8, "place:employer"))
        return
    plain = words.caps and not match.group().lower().startswith(("film", "outside"))
    if plain or not told or any(w in NOT_NAMES or w in DEPARTMENTS for w in told):
        return
    house = (told[-1] in HOUSES and len(told) > 1) or told[0] in NAMESAKES
    unknown = any(not lexicon.is_known(w.removesuffix("'s")) for w in told)
    if any(map(lexicon.is_clinical, told)) and told[0] not in NAMESAKES:
        return
    if house or (unknown and any(len(w) > 2 for w in told)):
        found.append(Finding(*match.span("v"), Category.INSTITUTION, 0.7, "place:site"))


def _keyed_site(match: re.Match[str], found: list[Finding]) -> None:
    """The value of a key or slot that only a place of care fills, unless it is a department in general terms."""
    words = [w.lower().strip(".,'") for w in match["v"].split()]
    if any(w not in GENERIC_LEADS and w not in SITE_TAILS and w not in SITE_STOP for w in words):
        found.append(Finding(*match.span("v"), Category.INSTITUTION, 0.88, "place:employer"))


def _caseless(words: Words, at: int, found: list[Finding]) -> None:
    """Where case says nothing: back from the head word to the first word that no institution's name has."""
    last = words.at.get(at)
    if last is None:
        return
    first = last
    while first > 0 and last - first < 6 and SITE_GAP.fullmatch(words.gap(first - 1)):
        word = words.all[first - 1].folded
        if words.all[last].text.isupper() != words.all[first - 1].text.isupper():
            break
        if (word in SITE_STOP and word not in ("of", "and", "the", "for")) or (word in NOT_NAMES and word != "of"):
            break
        first -= 1
    while first < last and (words.all[first].folded in SITE_STOP or words.all[first].folded in NOT_NAMES):
        first += 1
    while last + 1 < len(words.all) and words.gap(last) == " " and words.all[last + 1].folded in SITE_TAILS:
        last += 1
    named = [w.folded for w in words.all[first : last + 1]]
    telling = [w for w in named if w not in GENERIC_LEADS and w not in SITE_TAILS and w not in INSTITUTION_WORDS]
    telling = [w for w in telling if w not in SITE_STOP and not (lexicon.is_clinical(w) and not lexicon.is_eponym(w))]
    if len(named) < 2 or not telling:
        return
    if (words.lower or named[-1] not in SURE_HEADS) and not any(
        _is_named(w) or not lexicon.is_known(w) for w in telling
    ):
        return
    found.append(Finding(words.all[first].start, words.all[last].end, Category.INSTITUTION, 0.85, "place:institution"))


def _is_named(word: str) -> bool:
    return word in lexicon.surnames() or word in lexicon.given_names()


SURE_HEADS = frozenset(
    ("hospital", "clinic", "infirmary", "university", "institute", "center", "centre", "imaging", "associates")
)
SITE_GAP = re.compile(r"[ ]|\.[ ]|[ ]?&[ ]?|-|'")
SITE_STOP = group("site_stop")
SITE_TAILS = INSTITUTION_WORDS | {
    "medical",
    "health",
    "system",
    "services",
    "network",
    "foundation",
    "nhs",
    "inc",
    "llc",
}
DEPARTMENTS = group("departments") | group("subjects")


PLACES = (
    compiled(
        r"(?i:\b(?:lives?\s(?:alone\s|with\s\w+\s(?:\w+\s)?)?(?:in|near|at)|living\sin|resid(?:es|ing|ent)\s(?:in|of|at)|moved\s(?:to|from)|travel(?:l?ed|l?ing|s)?\s(?:to|from|through|in)|trip\sto|visit(?:ed|ing)\s(?:from\s)?|native\sof|born\s(?:and\sraised\s)?in|raised\sin|grew\sup\sin|transfer(?:red)?\sfrom|flew\s(?:to|from|in\sfrom)|returned\sfrom|vacation(?:ing|ed)?\sin|immigrated\sfrom|emigrated\sfrom|originally\sfrom|is\sfrom|am\sfrom|hometown(?:\sof)?|from\sthe\scity\sof|city\sof|town\sof|village\sof|county\sof|wohnhaft\sin|wohnt\sin|aus|vive\sen|residente\sen|natural\sde|habite|demeurant|domicilie|née?\sa)\s)(?:the\s)?(?P<v>[~][\w'’-]+(?:[ ][~][\w'’-]+){0,2})"
    ),
    compiled(
        r"(?i:\b(?:city|town|hometown|county|village|place\sof\sbirth|birthplace|wohnort|ort|ciudad|ville|localidad|municipio)\s?:\s?)(?P<v>[~][\w'’.-]+(?:[ -][~][\w'’-]+){0,2})"
    ),
)
IN_BEFORE = re.compile(r"\b(?:in|from|near)\s$")
COUNTY_BEFORE = re.compile(r"(?:[A-Z][a-z]+\s){1,2}$")
WORD_CITIES = group("word_cities")
PLACE_LEADS = group("place_lead_words")
PLACE_KEYS = group("place_key_words")
#: Towns after which classifications, criteria and methods are called; what a grade looks like after one.
CLASS_CITIES = group("class_cities")
PLACED = re.compile(r"(?:\b(?:in|from|to|at|near|of|via|outside|around|left|for|visit(?:ed|ing)?)|,)\s$")
GRADED = re.compile(r"\s(?:[A-E]\d?|[IVX]{1,4}[A-C]?|[A-Z]\d|v\.?\s?\d[\d.]*|\d)(?![\w'’/-])")
NO_CITY_AFTER = NO_PERSON_AFTER | group("no_city_after")


@lru_cache(maxsize=1)
def _city_heads() -> dict[str, tuple[int, ...]]:
    """First word of a city -> how many words it may have, longest first."""
    heads: dict[str, set[int]] = {}
    for city in lexicon.cities() | group("word_cities"):
        pieces = re.findall(r"[^\W_]+", city)
        heads.setdefault(pieces[0], set()).add(len(pieces))
    return {head: tuple(sorted(sizes, reverse=True)) for head, sizes in heads.items()}


@lru_cache(maxsize=1)
def _place_heads() -> frozenset[str]:
    """Every word at which :func:`find_places` looks closer."""
    return frozenset(_city_heads()) | PLACE_LEADS | PLACE_KEYS


def find_places(folded: Folded) -> list[Finding]:
    """Towns by cue and by the list of large cities, and counties."""
    text = folded.original
    found: list[Finding] = []
    heads, telling = _city_heads(), _place_heads()
    for i, (start, end, word) in [row for row in enumerate(folded.tokens()) if row[1][2] in telling]:
        if word in heads:
            _city(folded, i, heads[word], found)
        if word not in PLACE_LEADS and word not in PLACE_KEYS:
            continue
        at = start if folded.origins is None else folded.span(start, start + 1)[0]
        for pattern in PLACES:
            if match := pattern.match(text, at):
                _cued_place(match, found)
        if word == "county" and text[at].isupper() and (lead := COUNTY_BEFORE.search(text, max(0, at - 40), at)):
            found.append(Finding(lead.start(), at + end - start, Category.PLACE, 0.82, "place:cue"))
    return found


def _cued_place(match: re.Match[str], found: list[Finding]) -> None:
    words = match["v"].split()
    while words and (words[-1].lower() in NOT_NAMES or (len(words) > 1 and _is_result_key(words))):
        words.pop()
    if (
        not words
        or (lexicon.is_word(words[0].lower()) and len(words) == 1)
        or all(lexicon.is_region(w.lower()) for w in words)
    ):
        return
    start = match.start("v")
    found.append(Finding(start, start + len(" ".join(words)), Category.PLACE, 0.82, "place:cue"))


def _is_result_key(words: list[str]) -> bool:
    """Whether the last of some words is an abbreviation of medicine behind a town: ``Coimbra EF 35%``."""
    last = words[-1]
    return last.isupper() and len(last) < 6 and not words[0].isupper() and lexicon.is_clinical(last.lower())


def _city(folded: Folded, i: int, sizes: tuple[int, ...], found: list[Finding]) -> None:
    """A city of the list that begins with token ``i``, the longest first."""
    tokens = folded.tokens()
    start, _, word = tokens[i]
    for size in sizes:
        if i + size > len(tokens):
            continue
        last = tokens[i + size - 1][1]
        phrase = word if size == 1 else " ".join(t[2] for t in tokens[i : i + size])
        if (phrase not in lexicon.cities() and phrase not in WORD_CITIES) or "\n" in folded.text[start:last]:
            continue
        a, b = folded.span(start, last)
        if phrase in ACRONYMS and folded.original[a:b].isupper() and not folded.is_caps():
            return
        if (phrase in CLASS_CITIES and not PLACED.search(folded.text, max(0, start - 12), start)) or GRADED.match(
            folded.original, b
        ):
            return
        following = tokens[i + size][2] if i + size < len(tokens) else ""
        if (
            folded.original[a].isupper()
            and not (
                size == 1 and lexicon.is_word(word) and not IN_BEFORE.search(folded.text, max(0, start - 6), start)
            )
            and following not in NO_CITY_AFTER
        ):
            rule = "place:city" if phrase in lexicon.cities() and not lexicon.is_word(word) else "place:town"
            found.append(Finding(a, b, Category.PLACE, 0.7, rule))
        return


#: A line of this length was broken by an editor, a shorter one by its writer, unless a word in small letters goes on.
WRAPPED = 50
CODED = 3
GOES_ON = re.compile(r"(?:^|[\s(])[a-z][\w'’-]*\s+$")


def _own_line(match: re.Match[str]) -> int:
    """Where an institution begins of which a line break separates a signature, a title or a street."""
    text, start = match.string, match.start("v")
    at = text.rfind("\n", start, match.end("v"))
    while at >= 0:
        line = text.rfind("\n", 0, at) + 1
        if at - line < WRAPPED and not GOES_ON.search(text, max(line, start - 24), max(line, start)):
            return at + 1
        at = text.rfind("\n", start, at)
    return start


def _institution(match: re.Match[str], found: list[Finding]) -> None:
    if _is_authority(match):
        return
    start = _own_line(match)
    value = match.string[start : match.end("v")]
    words = re.split(r"(\s+)", value)
    while (
        len(words) > 2
        and (words[0].lower().rstrip(".,") in NOT_NAMES or (words[0].endswith((".", ":")) and len(words[0]) > 4))
        and words[0].lower() not in ("the", "st.", "mt.")
    ):
        start += len(words[0]) + len(words[1])
        words = words[2:]
    if len(words) == 3 and sum(map(str.isdecimal, words[0])) >= CODED:
        return  # "Hosp No: H0093381 Clinic:"
    heads = INSTITUTION_HEADS_SET
    for n in range(0, len(words) - 2, 2):
        surname = words[n].endswith(".") and fold_word(words[n][:-1]) in lexicon.surnames()
        if surname and all(w in heads for w in words[n + 2 :: 2]):
            return  # a name ends one sentence and "Hospital" begins the next
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
