"""Whether a face may be seen in an image, or rendered from it: a question about the head of a file.

Clean Recognizable Visual Features (113102) is claimed only for distorted pixels, which this package does not
make. What it can do is to say where a face may be, so that the recipe can refuse or a person can look.

References
----------
PS3.15 2026d E.3.2; PS3.16 Annex L (body parts), CID 4 (anatomic regions).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

__all__ = ["may_show_face"]

VOLUMES = frozenset({"CT", "MR", "PT"})
# Photographs and videos of the outside of a person.
PHOTOGRAPHS = frozenset({"XC"})
PHOTOGRAPH_CLASSES = frozenset({"1.2.840.10008.5.1.4.1.1.77.1.4", "1.2.840.10008.5.1.4.1.1.77.1.4.1"})
# SNOMED CT: head, brain, skull, face and what lies in or on them; head and neck, neck, the entire body.
REGIONS = frozenset((
    "69536005", "12738006", "89546000", "89545001", "113305005", "60819002", "11279006", "117590005", "84301002",
    "28347008", "22945000", "25342003", "81745001", "371398005", "79652003", "80243003", "91397008", "774007",
    "312779009", "361078006", "661005", "48477009", "91609006", "59066005", "70925003", "123851003", "74386004",
    "360955006", "45206002", "55024004", "363654007", "2095001", "45289007", "41695006", "42575006", "60911003",
    "53620006", "21974007", "38199008", "13881006", "45048000", "38266002",
))  # fmt: skip

# In words without accents, digits and marks. Some stand inside others: CTHEAD, Unterkiefer, neurocranium.
_INSIDE = (
    "head", "brain", "skull", "crani", "krani", "cerebr", "cerebel", "encephal", "encefal", "enzephal", "maxill",
    "mandib", "zygom", "zigom", "parotid", "parotis", "mastoid", "pituit", "hypophys", "hipofis", "ipofis",
    "nasophar", "paranasal", "temporalbone", "nasenneben", "felsenbein", "gehirn", "schadel", "schaedel", "kopf",
    "kiefer", "gesicht", "hersen", "schedel", "hoofd", "aangezicht", "hjern", "hjarn", "huvud", "cerveau",
    "cervell", "cabeza", "cabeca", "koponya", "czaszk", "mozek", "mozk", "mozg", "hlav", "beyin", "creier",
    "mprage", "mp rage", "flair", "wholebody", "whole body", "total body", "ganzkorper", "ganzkoerper",
    "corps entier", "cuerpo entero", "cuerpo completo", "corpo intero", "corpo inteiro", "polytrauma",
    "politrauma", "голов", "череп", "мозг", "челюст", "пазух", "εγκεφαλ", "κεφαλ", "κρανι", "頭", "头", "脳", "脑",
    "腦", "顔", "颜面", "面部", "副鼻腔", "鼻", "眼",
    "顎", "颌", "耳", "颅", "顱", "舌", "全身", "두부", "두개", "뇌", "머리", "안면", "부비동",
    "안와", "دماغ", "راس", "جمجمة", "ראש", "מוח", "גולגולת",
)  # fmt: skip
_ALONE = (
    "face", "facial", "nose", "nasal", "mouth", "tongue", "jaw", "tmj", "sella", "sinuses", "orbits?", "orbita",
    "orbital", "orbitae", "orbites", "eyes?", "dental", "teeth", "tooth", "stroke", "iacs?", "iams?", "willis",
    "petrous", "temporal (?:bones?|lobes?)", "bravo", "fmri", "nnh", "pns", "cmrt", "kmrt", "hirn", "nase",
    "auge", "augen", "ohr", "ohren", "zunge", "zahne?", "zaehne", "tete", "craneo?", "facci\\w*", "occiput",
    "visage", "nez", "bouche", "langue", "testa", "viso", "cara", "nariz", "boca", "lengua", "rosto", "hode",
    "hodet", "hoved", "hovedet", "glow[ay]", "glav[aeu]", "aivot?", "aivojen", "kafa", "лицо", "лица",
    "neuro(?!ma\\b|for|gra|fibr|path|endocr)\\w*",
)  # fmt: skip
# Words that mean a head only where no other part of the body is named.
_PERHAPS = ("hd", "cow", "ears?", "sinus", "wb", "cct", "ccr")
_NECK = ("neck", "hals", "cou", "cuello", "collo", "pescoco", "nek", "szyi", "шеи", "颈部", "頸部")
# The head of a bone, a muscle or the pancreas, and whatever else is only spelt like one.
_BONES = (
    r"femor\w*|femur\w*|fem|humer\w*|oberarm\w*|radi(?:al|us|ale|ali|aux|o|usu)|speichen\w*|ulnar?|ellen?|fibul\w*|peron\w*"
    r"|metatars\w*|metacarp\w*|mittel(?:fuss|hand)\w*|talus|talar|astragal\w*|pancrea\w*|pankrea\w*|huft\w*|hueft\w*|hips?"
    r"|phalan\w*|omer\w*|cubit\w*|(?:gall ?)?bladder|tibia\w*|ribs?|biceps|triceps|gastrocnem\w*"
)
_OF = "de|del|du|della|dello|do|da|di|d|la|le|l|el"
_OTHERWISE = (
    rf"\b(?:{_BONES}) (?:heads?|necks?|kopf\w*|hals)(?: (?:and )?(?:heads?|necks?))?\b",
    r"(?:femur|oberarm|humerus|radius|speichen|ulna|ellen|fibula|metatarsal\w*|pankreas|huft|hueft)(?:kopf|hals)\w*",
    rf"\b(?:heads?|necks?)(?: (?:and|or) (?:heads?|necks?))? of (?:the )?(?:(?:left|right|lt|rt|l|r) )?(?:{_BONES})\b",
    rf"\b(?:tete|cabeza|testa|cabeca|col|cuello|collo|cou|colo|caput|collum)(?: (?:{_OF}))* (?:{_BONES})\b",
    rf"\b(?:kopf|hals) (?:des |der )?(?:{_BONES})\b", r"\w*kopfchen|\w*koepfchen",
    r"(?:biceps|triceps|gastrocnem\w*) (?:long|short|medial|lateral) heads?",
    r"over ?head|ahead|arrow ?head|head ?first|head ?(?:rest|phones?)",
    r"(?:carot|coronary|aortic|valsalva|tarsal|pilonidal|dermal) sinus(?:es)?",
    r"sinus(?:es)? (?:of )?(?:valsalva|tarsi|rhythm|tracts?|venosus)",
    r"cranio ?caudal\w*|caudo ?cranial\w*|kranio ?kaudal\w*|kaudo ?kranial\w*|cranial (?:to|angul|oblique)\w*",
    r"(?:by|per) mouth", r"surgical neck|anatomical neck|uterine neck|col uterin|collo utero",
    r"hlavic\w*|головк\w*|спинн\w* мозг\w*|костн\w* мозг\w*", r"(?:κεφαλ\w*) (?:του )?(?:μηρ|βραχ|παγκρ)\w*",
    r"骨頭|骨头|膵頭|胰头|胰頭|頭尾|头尾|راس الفخذ",
)  # fmt: skip
_ELSEWHERE = re.compile(
    r"chest|thora|abdom|pelvi|spin[ae]|lumb|knee|hip\b|shoulder|ankle|foot|hand|wrist|elbow|femur|cardi|coron|heart|herz"
    r"|liver|leber|prostat|breast|mamm|aort|pulmon|lung|renal|kidney|knie|schulter|becken|bauch|hufte|coeur|poumon|bassin"
)
_SPINE = re.compile(r"spin[ae]|wirbel|rachis|columna|colonna|cord\b|\bhws\b")
_OTHER_MEANING = re.compile("|".join(_OTHERWISE))
_HEAD = re.compile(rf"{'|'.join(_INSIDE)}|\b(?:ct|mr|mri|pet)?(?:{'|'.join(_ALONE)})\b")
_MAYBE = re.compile(rf"\b(?:{'|'.join(_PERHAPS)})\b")
_THROAT = re.compile(rf"(?<![^\W\d_])(?:ct|mr|mri|cta|mra)?(?:{'|'.join(_NECK)})(?![a-z])")


def may_show_face(head: object) -> bool:
    """Whether somebody could recognise the patient in the pixels.

    Parameters
    ----------
    head
        Anything with ``modality``, ``sop_class_uid``, ``image_type``, ``body_part``, ``study_description``,
        ``series_description``, ``protocol_name``, ``procedure_descriptions``, ``region_codes`` and
        ``region_meanings``; one that is missing counts as empty.

    Notes
    -----
    A head volume that says nowhere that it is one is missed; the recipe's statement of what is not covered says so.
    """
    modality = _text(head, "modality").upper()
    if modality in PHOTOGRAPHS or _text(head, "sop_class_uid") in PHOTOGRAPH_CLASSES:
        return True
    if modality not in VOLUMES or "LOCALIZER" in _text(head, "image_type").upper():
        return False
    if not REGIONS.isdisjoint(_text(head, "region_codes").split("\\")):
        return True
    part = f"{_text(head, 'body_part')};{_text(head, 'region_meanings')}"
    said = ";".join(
        _text(head, name)
        for name in ("study_description", "series_description", "protocol_name", "procedure_descriptions")
    )
    return _names_head(part, alone=True) or _names_head(f"{part};{said}")


@lru_cache(maxsize=4096)
def _names_head(text: str, *, alone: bool = False) -> bool:
    """Whether words are of the head; ``alone`` where they can be of nothing but a part of the body."""
    plain = _OTHER_MEANING.sub(" ", _plain(text))
    if _HEAD.search(plain) or (_THROAT.search(plain) and not _SPINE.search(plain)):
        return True
    return _MAYBE.search(plain) is not None and (alone or not _ELSEWHERE.search(plain))


def _plain(text: str) -> str:
    """Small letters without accents; ``|`` between what does not belong together, blanks for the rest."""
    spread = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text).casefold())
    letters = "".join(c for c in spread if unicodedata.category(c) != "Mn").replace("ł", "l").replace("ø", "o")
    apart = re.sub(r"[,;/+&\\|]", "|", unicodedata.normalize("NFC", letters))
    return re.sub(r"[^\w|]+|[\d_]+", " ", apart).replace("  ", " ")


def _text(head: object, name: str) -> str:
    value = getattr(head, name, "") or ""
    return value.strip(" \0") if isinstance(value, str) else "\\".join(str(part) for part in value)
