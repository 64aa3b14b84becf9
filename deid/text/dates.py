"""Dates as people write them: recognised with their parts, shifted in the form in which they stand.

A mention keeps where its day, month, year and weekday stand, so that a shifted date is written back
into the very same form: ``Mon, 3rd of MARCH '19`` stays ``Tue, 4th of FEBRUARY '18``. Partial dates
(``1/20``, ``in March``, ``the 14th``) take their missing parts from a reference date.
"""
# ruff: noqa: E501 - a pattern or a table row reads better whole

from __future__ import annotations

import datetime as dt
import re
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import zip_longest

from deid.text.folding import Folded, fold_text, fold_word

__all__ = [
    "DateMention",
    "day_first",
    "find_dates",
    "is_fraction",
    "ordinal_suffix",
    "parse_date",
    "reference_date",
    "shift_mention",
]

MONTHS: dict[str, tuple[tuple[str, ...], ...]] = {
    "en": (("january", "jan", "janurary", "januray", "janaury"), ("february", "feb", "febr", "febuary", "feburary", "februrary"), ("march", "mar"), ("april", "apr", "apirl"), ("may",), ("june", "jun"), ("july", "jul"), ("august", "aug", "agust", "augest"), ("september", "sept", "sep", "septmber", "setpember", "sepember", "septemer"), ("october", "oct", "octber", "ocotber"), ("november", "nov", "novemeber", "novmber"), ("december", "dec", "decmber", "decemeber")),
    "de": (("januar", "jan", "janner", "jaenner"), ("februar", "feb", "feber"), ("marz", "mrz", "maerz"), ("april", "apr"), ("mai",), ("juni", "jun"), ("juli", "jul"), ("august", "aug"), ("september", "sept", "sep"), ("oktober", "okt"), ("november", "nov"), ("dezember", "dez")),
    "es": (("enero", "ene"), ("febrero", "feb"), ("marzo", "mar"), ("abril", "abr"), ("mayo", "may"), ("junio", "jun"), ("julio", "jul"), ("agosto", "ago"), ("septiembre", "sept", "sep", "setiembre"), ("octubre", "oct"), ("noviembre", "nov"), ("diciembre", "dic")),
    "fr": (("janvier", "janv"), ("fevrier", "fevr", "fev"), ("mars",), ("avril", "avr"), ("mai",), ("juin",), ("juillet", "juil"), ("aout",), ("septembre", "sept"), ("octobre", "oct"), ("novembre", "nov"), ("decembre", "dec")),
    "it": (("gennaio", "gen"), ("febbraio", "feb"), ("marzo", "mar"), ("aprile", "apr"), ("maggio", "mag"), ("giugno", "giu"), ("luglio", "lug"), ("agosto", "ago"), ("settembre", "set"), ("ottobre", "ott"), ("novembre", "nov"), ("dicembre", "dic")),
    "pt": (("janeiro", "jan"), ("fevereiro", "fev"), ("marco",), ("abril", "abr"), ("maio",), ("junho", "jun"), ("julho", "jul"), ("agosto", "ago"), ("setembro", "set"), ("outubro", "out"), ("novembro", "nov"), ("dezembro", "dez")),
    "nl": (("januari", "jan"), ("februari", "feb"), ("maart", "mrt"), ("april", "apr"), ("mei",), ("juni", "jun"), ("juli", "jul"), ("augustus", "aug"), ("september", "sept"), ("oktober", "okt"), ("november", "nov"), ("december", "dec")),
    "ru": (("января", "янв"), ("февраля", "фев", "февр"), ("марта", "мар"), ("апреля", "апр"), ("мая",), ("июня", "июн"), ("июля", "июл"), ("августа", "авг"), ("сентября", "сен", "сент"), ("октября", "окт"), ("ноября", "ноя", "нояб"), ("декабря", "дек")),
    "ru, alone": (("январь",), ("февраль",), ("март",), ("апрель",), ("маи",), ("июнь",), ("июль",), ("август",), ("сентябрь",), ("октябрь",), ("ноябрь",), ("декабрь",)),
    "el": (("ιανουαριου", "ιαν"), ("φεβρουαριου", "φεβ"), ("μαρτιου", "μαρ"), ("απριλιου", "απρ"), ("μαιου",), ("ιουνιου", "ιουν"), ("ιουλιου", "ιουλ"), ("αυγουστου", "αυγ"), ("σεπτεμβριου", "σεπ"), ("οκτωβριου", "οκτ"), ("νοεμβριου", "νοε"), ("δεκεμβριου", "δεκ")),
    "ar": (("يناير",), ("فبراير",), ("مارس",), ("ابريل",), ("مايو",), ("يونيو",), ("يوليو",), ("اغسطس",), ("سبتمبر",), ("اكتوبر",), ("نوفمبر",), ("ديسمبر",)),
}  # fmt: skip
ACCENTED = {"маи": "май", "ιανουαριου": "ιανουαρίου", "φεβρουαριου": "φεβρουαρίου", "μαρτιου": "μαρτίου", "απριλιου": "απριλίου", "μαιου": "μαΐου", "ιουνιου": "ιουνίου", "ιουλιου": "ιουλίου", "αυγουστου": "αυγούστου", "σεπτεμβριου": "σεπτεμβρίου", "οκτωβριου": "οκτωβρίου", "νοεμβριου": "νοεμβρίου", "δεκεμβριου": "δεκεμβρίου", "ابريل": "أبريل", "اغسطس": "أغسطس", "اكتوبر": "أكتوبر", "marz": "märz", "fevrier": "février", "fevr": "févr", "fev": "fév", "aout": "août", "decembre": "décembre", "miercoles": "miércoles", "sabado": "sábado", "marco": "março", "janner": "jänner", "lunedi": "lunedì", "martedi": "martedì", "mercoledi": "mercoledì", "giovedi": "giovedì", "venerdi": "venerdì"}  # fmt: skip
WEEKDAYS: dict[str, tuple[tuple[str, ...], ...]] = {
    "en": (("monday", "mon"), ("tuesday", "tue", "tues"), ("wednesday", "wed"), ("thursday", "thu", "thur", "thurs"), ("friday", "fri"), ("saturday", "sat"), ("sunday", "sun")),
    "de": (("montag", "mo"), ("dienstag", "di"), ("mittwoch", "mi"), ("donnerstag", "do"), ("freitag", "fr"), ("samstag", "sa", "sonnabend"), ("sonntag", "so")),
    "es": (("lunes",), ("martes",), ("miercoles",), ("jueves",), ("viernes",), ("sabado",), ("domingo",)),
    "fr": (("lundi",), ("mardi",), ("mercredi",), ("jeudi",), ("vendredi",), ("samedi",), ("dimanche",)),
    "it": (("lunedi",), ("martedi",), ("mercoledi",), ("giovedi",), ("venerdi",), ("sabato",), ("domenica",)),
    "pt": (("segunda-feira",), ("terca-feira",), ("quarta-feira",), ("quinta-feira",), ("sexta-feira",), ("sabado",), ("domingo",)),
    "nl": (("maandag",), ("dinsdag",), ("woensdag",), ("donderdag",), ("vrijdag",), ("zaterdag",), ("zondag",)),
}  # fmt: skip
ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth", "twentieth", "twenty-first", "twenty-second", "twenty-third", "twenty-fourth", "twenty-fifth", "twenty-sixth", "twenty-seventh", "twenty-eighth", "twenty-ninth", "thirtieth", "thirty-first")  # fmt: skip
ROMAN = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii")
SEASONS = ("winter", "spring", "summer", "autumn")
HOLIDAYS = {
    "christmas day": (12, 25), "christmas eve": (12, 24), "christmas": (12, 25), "boxing day": (12, 26), "new year's day": (1, 1),
    "new year's eve": (12, 31), "new years day": (1, 1), "new years eve": (12, 31), "thanksgiving day": (11, 26), "thanksgiving": (11, 26),
    "easter sunday": (4, 10), "easter monday": (4, 11), "easter": (4, 10), "good friday": (4, 8), "labor day": (9, 4), "labour day": (9, 4), "memorial day": (5, 28),
    "independence day": (7, 4), "halloween": (10, 31), "valentine's day": (2, 14), "veterans day": (11, 11), "presidents' day": (2, 18),
    "presidents day": (2, 18), "mother's day": (5, 11), "father's day": (6, 18), "st patrick's day": (3, 17), "st. patrick's day": (3, 17),
    "palm sunday": (4, 3), "ash wednesday": (2, 22), "shrove tuesday": (2, 21), "whit monday": (5, 29), "whit sunday": (5, 28), "pentecost": (5, 28),
    "pfingsten": (5, 28), "ostern": (4, 10), "epiphany": (1, 6), "candlemas": (2, 2), "michaelmas": (9, 29), "martinmas": (11, 11), "all saints day": (11, 1),
    "all saints' day": (11, 1), "hogmanay": (12, 31), "burns night": (1, 25), "st andrew's day": (11, 30), "st david's day": (3, 1), "guy fawkes night": (11, 5),
    "bonfire night": (11, 5), "remembrance day": (11, 11), "remembrance sunday": (11, 11), "armistice day": (11, 11), "anzac day": (4, 25), "australia day": (1, 26),
    "waitangi day": (2, 6), "matariki": (7, 1), "melbourne cup day": (11, 5), "victoria day": (5, 20), "family day": (2, 19), "civic holiday": (8, 5), "juneteenth": (6, 19),
    "patriots' day": (4, 19), "mardi gras": (2, 21), "groundhog day": (2, 2), "super bowl sunday": (2, 10), "black friday": (11, 27), "hallowe'en": (10, 31),
    "freedom day": (4, 27), "heritage day": (9, 24), "youth day": (6, 16), "women's day": (8, 9), "national day": (8, 9), "republic day": (1, 26), "gandhi jayanti": (10, 2),
    "diwali": (11, 1), "deepavali": (11, 1), "holi": (3, 15), "navratri": (10, 10), "dussehra": (10, 15), "durga puja": (10, 15), "onam": (9, 5), "pongal": (1, 15), "baisakhi": (4, 14),
    "vaisakhi": (4, 14), "raksha bandhan": (8, 20), "ganesh chaturthi": (9, 5), "janmashtami": (8, 28), "eid al-fitr": (4, 20), "eid al-adha": (6, 28), "eid": (4, 20), "ramadan": (3, 25),
    "ashura": (7, 28), "nowruz": (3, 21), "rosh hashanah": (9, 20), "yom kippur": (9, 28), "sukkot": (10, 3), "hanukkah": (12, 12), "passover": (4, 10), "purim": (3, 12),
    "chinese new year": (2, 1), "lunar new year": (2, 1), "tet": (2, 1), "chuseok": (9, 20), "golden week": (5, 3), "songkran": (4, 13), "vesak": (5, 15), "kwanzaa": (12, 26),
    "cinco de mayo": (5, 5), "dia de los muertos": (11, 2), "lent": (3, 1), "advent": (12, 5), "columbus day": (10, 12), "martin luther king day": (1, 18), "mlk day": (1, 18), "canada day": (7, 1), "bastille day": (7, 14),
}  # fmt: skip

YMD = tuple(f"(?:{chinese}|{fold_word(korean)})" for chinese, korean in zip("年月日", "년월일", strict=True))
#: Eras that years are counted in, and the year before their first.
ERAS = {"明治": 1867, "大正": 1911, "昭和": 1925, "平成": 1988, "令和": 2018, "民国": 1911, "民國": 1911}
ERA = rf"(?P<era>{'|'.join(ERAS)})\s?"
YEAR4 = r"(?:1[89]|20)\d\d"
#: Years into which dates of published records are moved; a whole date must stand with its signs, since 2150 alone is an hour.
FAR = r"(?:1[89]|2[0-2])\d\d"
FREE = r"(?:(?<![\w.])|(?<=\.\.))"  # no word before, nor a decimal point; a row of dots leads to a value
#: No number goes on behind a hyphen, unless it is the other end of a range: ``2/11/2024-2/15/2024``.
ENDED = r"(?!-\d(?!\d?[-/.]\d{1,2}[-/.]\d\d|\d{3}-\d\d-\d\d|\d?[-/.](?:19|20)\d\d(?!\d)|\d?(?:st|nd|rd|th)?[ -]?[a-z]{3,9}(?:[ .,'-]|$)))"
TIME = r"(?:[t ]\s?\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?(?:\s?[ap]\.?m\b)?(?:z|[+-]\d\d:?\d\d)?|[t _-](?:[01]\d|2[0-3])(?P<tsep>[-.])[0-5]\d(?P=tsep)[0-5]\d(?!\d))"
UNIT = r"(?!\s?(?:mm|cm|ml|mg|mcg|kg|hu|cc|%|x\b|×|slices?\b|images?\b|sec|msec|ms\b|kvp?\b|mas?\b|gy\b|mgy|minutes?|hours?|weeks?|years?|days?|months?|fractions?\b))"
PARTIAL_CUE = (
    r"(?:on|from|dated?|since|until|till|through|thru|before|after|by|prior|priors|previous|previously|last|again|well|comparison|compared?|compare|cf|exam|study|scan|report|note|"
    r"ct|mri|mr|cta|mra|us|xr|cxr|kub|pet|pet/ct|x-?ray|xray|radiograph|ultrasound|film|films|mammogram|mammo|seen|admitted|discharged|performed|done|signed|"
    r"dictated|surgery|biopsy|bx|visit|appt|appointment|follow-?up|f/u|dob|dos|lmp|edd|edc|tcu|rtc|d/c|adm|between|versus|vs|week|op|post-?op|date|repeat|rescheduled|due|"
    r"scheduled|collected|drawn|reviewed|called|expired|started|ended|onset|injury|fall|fell|images|imaging|labs?|transferred|"
    r"am|vom|seit|bis|ab|le|du|depuis|desde|hasta|del|el|dal|fino)"
)
SCORE_BEFORE = re.compile(
    r"\b(?:strength|power|motor|grade|graded|score|scored|pain|reflex(?:es)?|murmur|acuity|image|images|img|im|slice|series|se|ser|stage|nodes?|cores?|"
    r"positive|gcs|apgar|apgars|class|level|levels|mmrc|mrc|ratio|vision|od|os|ou|frame|sequence|kellgren|lawrence|modic|fraction|cycle|day|week|"
    r"part|page|phase|station|dose|likert|confidence|katz|lawton|barthel|norton|braden|waterlow|epds|phq|gad|mmse|moca|nihss|asia|sessions?|injections?|quality|lines?|lobes?|segments?|leads?|ribs?|tracer|schizas|fx|fxn|frx|frac|fract|birads|rads|category|bp|bpp|pulses?|p?n[0-3][a-c]?)\b\W{0,4}(?:\w+\W{1,3}){0,2}$"
)
#: What stands right before or after a fraction of a score, a count or a dose: closer than for a date that has a cue.
SCORED = re.compile(
    r"\b(?:strength|motor|graded?|scored?|pain|reflex(?:es)?|murmur|acuity|img|im|slice|series|se|ser|stage|nodes?|gcs|apgars?|levels?|mmrc|mrc|ratio|"
    r"vision|od|os|ou|frame|sequence|kellgren|lawrence|modic|part|phase|station|likert|confidence|quality|segments?|ribs?|schizas|birads|rads|bpp|pulses?|"
    r"p?n[0-3][a-c]?|katz|lawton|barthel|norton|braden|waterlow|epds|phq|gad|mmse|moca|nihss|asia|sessions?|injections?|positive(?=\W?\())"
    r"\b\W{0,3}(?:(?:of|was|is|at|score|scale|index|strength)\W{1,2})?$"
)
COUNTED = re.compile(
    r"\s?(?:lns?|vertebra\w*|bodies|vessels|lesions|ribs|lymph|fractions?|nodes?|cores?|points?|strength|levels?)\b"
)
RANGE_BEFORE = re.compile(
    r"(?:series|images?|slices?|im|ribs?|levels?|lines?|segments?|digits?|toes?|fingers?|nos?\.?|#)\W*$"
)
SCORE_AFTER = re.compile(
    r"^\s?(?:of\b|strength|power|motor|murmur|cores?|nodes?|lymph|positive|images?|slices?|mm\b|cm\b|reflex|pulses|score|grade|vision|points?|systolic|thirds?|leads?|segments?|way\b|lobes?|teeth|days?|weeks?|cycles?|fractions?|ratio|apgars?|layers|patients|cases|views|planes|stations|quadrants|joints|slides|specimens|°)"
)
ORDINAL_STOP = r"(?=\s*(?:$|[.,;:)\]\n]|(?:at|for|and|with|to|by|in|when|after|which|but|we|he|she|the|due|because|because|showed|shows|demonstrat\w+)\b))"


@dataclass(frozen=True, slots=True, repr=False)
class DateMention:
    """A date in a text; ``slots`` say where its parts stand, as offsets into that text.

    ``year`` is the full year; a two-digit one is completed. ``month`` or ``day`` are 0 where the
    form has none. ``swap`` is the other reading of an ambiguous numeric date, or None.
    """

    start: int
    end: int
    year: int
    month: int
    day: int
    slots: tuple[tuple[str, int, int], ...]
    form: str
    swap: tuple[int, int] | None = None

    @property
    def full(self) -> bool:
        """Day, month and year are all there."""
        return bool(self.year and self.month and self.day)

    def readings(self) -> tuple[tuple[int, int, int], ...]:
        """Every (year, month, day) that the mention may mean."""
        first = (self.year, self.month, self.day)
        if self.swap is None:
            return (first,)
        return (first, (self.year, *self.swap))


def _alternatives(words: Iterable[str]) -> str:
    """A pattern of words, the longest first; only those of one first letter are ever tried at a place."""
    rests: dict[str, list[str]] = {}
    for word in sorted(words, key=len, reverse=True):
        rests.setdefault(re.escape(word[0]), []).append(re.escape(word[1:]))
    return "|".join(f"{first}(?:{'|'.join(listed)})" for first, listed in rests.items())


@lru_cache(maxsize=16)
def _vocabulary(language: str) -> tuple[dict[str, int], dict[str, int]]:
    """Month and weekday words: all of the language and of English, long unmistakable ones of the others."""
    months: dict[str, int] = {}
    days: dict[str, int] = {}
    for code in (*(c for c in MONTHS if c not in (language, "en")), "en", language if language in MONTHS else "en"):
        whole = code in ("en", language)
        for table, words, shortest in ((MONTHS, months, 4), (WEEKDAYS, days, 6)):
            for i, names in enumerate(table.get(code, ())):
                words.update(
                    {
                        w: i + (table is MONTHS)
                        for w in names
                        if whole or not w.isascii() or (len(w) >= shortest and w not in ("marco", "mayo", "mars"))
                    }
                )
    return months, days


@dataclass(frozen=True, slots=True)
class Form:
    """One way to write a date: what stands at the anchor and what must or may stand before it."""

    name: str
    ahead: re.Pattern[str]
    behind: re.Pattern[str] | None = None


@lru_cache(maxsize=16)
def _forms(language: str) -> tuple[tuple[Form, ...], tuple[Form, ...]]:
    """Forms that start with a digit, and those that start with a word."""
    months, days = _vocabulary(language)
    names = _alternatives(months)
    mon = f"(?P<mon>{names})"
    weekday = f"(?P<wd>{_alternatives(w for w in days if len(w) > 4)})"
    day = r"(?P<d>0?[1-9]|[12]\d|3[01])"
    suffix = r"(?P<suf>st|nd|rd|th)?"
    year = rf"(?P<y>{YEAR4})"
    far = rf"(?P<y>{FAR})"
    year2 = r"(?P<y2>\d\d)"
    ordinal = f"(?P<word>{_alternatives(ORDINALS)})"
    joint = r"[\s\-./]{0,2}(?:of\s|de\s|d')?"
    partial = r"(?P<a>\d{1,2})(?P<sep>/)(?P<b>\d{1,2})(?![\w/])(?!\.\d)(?!\s?%)" + UNIT
    on_the = r"\b(?:on|since|until|till|by|from|before|after)\s(?:\w{6,9},?\s)?the\s$"
    lead = r"\b(?:in|since|last|from|until|till|through|during|of|this|next|past|early|late|mid|by|before|after|seit|im|depuis|en|desde|de)[\s-](?:early\s|late\s|mid-?\s?)?$"
    cue = rf"\b{PARTIAL_CUE}(?:\s(?:the|of|on|from|date|study|exam|scan|ct|mri|mr|us|radiograph|dated?|to|with|at|and|made|again)){{0,2}}(?:\s?[:(]\s?|[,.]\s|\s{{1,3}})(?:\w{{3,9}}[.,]{{0,2}}\s)?$"
    born = r"\b(?:born|b\.|dob|birth\s?year|year\sof\sbirth|yob|geb\.?|nee?|nacid[oa])\s?(?:in|en|:)?\s?$"
    holiday_cue = r"\b(?:on|since|at|before|after|around|over|until|by|near|past|last|this)\s(?:the\s)?$"
    digit = [
        (
            "iso",
            rf"{far}(?P<sep>[-/.]|\.\s)(?P<m>\d{{1,2}})(?P=sep)(?P<d>\d{{1,2}})(?:{TIME}|(?![\w]))(?!\.\d)",
            rf"{FREE}(?<!\d-)$",
        ),
        ("cjk", rf"{year}\s?{YMD[0]}\s?(?P<m>\d{{1,2}})\s?{YMD[1]}\s?(?P<d>\d{{1,2}})\s?{YMD[2]}", None),
        ("my", rf"{year}\s?{YMD[0]}\s?(?P<m>\d{{1,2}})\s?{YMD[1]}", None),
        ("era", r"(?P<ey>\d{1,3})\s?年\s?(?P<m>\d{1,2})\s?月(?:\s?(?P<d>\d{1,2})\s?日)?", rf"{ERA}$"),
        ("md", rf"(?P<m>\d{{1,2}})\s?{YMD[1]}\s?(?P<d>\d{{1,2}})\s?{YMD[2]}", None),
        (
            "compact",
            r"(?P<y>(?:19|20)\d\d)(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12]\d|3[01])(?:(?:[01]\d|2[0-3])[0-5]\d(?:[0-5]\d(?:\.\d{1,6})?)?(?:[+-]\d{4})?|[_t](?:[01]\d|2[0-3])[0-5]\d(?:[0-5]\d(?:\.\d{1,6})?)?z?|[.-](?:[01]\d|2[0-3])[0-5]\d[0-5]\d(?:\.\d{1,6})?)?(?![\w.-]\d|[^\W_])",
            rf"(?:{FREE}(?<!-)|(?:date|dob|study|scan|exam))$",
        ),
        (
            "numeric",
            rf"(?P<a>\d{{1,2}})(?P<sep>\s?[-/.]\s?)(?P<b>\d{{1,2}})(?P=sep)(?:{far}(?:(?=\d\d:\d\d)|(?![\d/]))|{year2}(?![\w/])){ENDED}(?!\.\d){UNIT}",
            rf"{FREE}(?<!/)(?<![a-z)]-)(?<!\d{{3}}-)(?<!\d,)$",
        ),
        ("numeric", rf"(?P<a>\d{{1,2}})(?P<sep>/)(?P<b>\d{{1,2}})/{year}(?![\w/])", r"[a-z]$"),
        (
            "numeric",
            rf"(?P<a>\d{{1,2}})\s(?P<b>\d{{1,2}})\s{year}(?![\w/]){ENDED}(?!\.\d)",
            rf"{FREE}(?<![,/-])(?<!\d:)$",
        ),
        (
            "dmy",
            rf"{day}{suffix}(?:\.|º|er|o)?{joint}{mon}\.?,?[\s\-/.,]{{0,2}}(?:de\s|del\s|of\s)?(?:{year}|'{year2}|(?<=[ \t\-./]){year2}(?![:.]\d\d(?!\d))(?!\s?(?:mm|cm|ml|mg|,\s?(?:19|20)\d\d|(?:of\s)?(?:{names})(?!\w))))(?![\w]){ENDED}",
            rf"{FREE}(?<!\d,)$",
        ),
        ("dmy", rf"{day}{mon}{year2}(?!\w|:\d\d){ENDED}", rf"{FREE}(?<!\d,)$"),
        ("my", rf"{year}[\s\-/]{mon}(?![\w])(?![\s./-]?\d)", rf"{FREE}$"),
        ("ymd", rf"{far}-{mon}-{day}(?![\w])(?!-\d)", rf"{FREE}$"),
        ("dmy", rf"{day}(?P<sep>[-/]){mon}(?P=sep){far}(?!\w){ENDED}", rf"{FREE}(?<!\d,)$"),
        ("ymd", rf"{year}[\s\-/.,]?{mon}\.?[\s\-/.,]?{day}(?![\w])(?!-\d)", rf"{FREE}$"),
        (
            "roman",
            rf"{day}[./-]\s?(?P<roman>{'|'.join(sorted(ROMAN, key=len, reverse=True))})[./-]\s?(?:{year}|{year2})(?![\w])",
            rf"{FREE}$",
        ),
        (
            "my",
            rf"(?P<m>0?[1-9]|1[0-2])[/.-]{year}(?![\w/]|-(?!\d)){ENDED}(?!\.\d)(?!\s(?:dilution|cells))" + UNIT,
            rf"{FREE}(?<![/-])$",
        ),
        ("ym", rf"{year}[-/](?P<m>0[1-9]|1[0-2])(?![\w/-])(?!\.\d)", rf"{FREE}(?<![/-])$"),
        (
            "dm",
            rf"{day}{suffix}(?:\.|º|er)?(?:\s|-|\sof\s|\.\s?|\sde\s){mon}(?!\w)(?!\.?\s\d\d?,?\s(?:19|20)\d\d)",
            rf"{FREE}(?<!,)$",
        ),
        (
            "my",
            rf"(?P<m>0[1-9]|1[0-2])/{year2}(?![\w/])",
            r"\b(?:exp(?:iry|ires|iration)?|valid\s(?:thru|through|until|to))(?:\sdate)?\.?\W{1,3}$",
        ),
        ("partial", partial, cue),
        ("partial", partial, rf"\b(?:{_alternatives(w for w in days if len(w) > 4)}),?\s$"),
        ("partial", rf"(?![1-5]/[1-5]\b|\d\d?/(?:7|12|52)\b){partial}", r"\b(?:in|during|around)\s$"),
        ("partial", rf"(?=0|\d+/0|\d+/1[3-9]|\d+/[23]\d|1[3-9]/|[23]\d/){partial}(?=\))", r"\w\s\($"),
        ("partial", rf"(?![1-5]/[1-5]\b){partial}(?=\s*(?:\n|$))", r"(?<![^\n])[a-z]{2,3}\.?\s$"),  # initials and a day
        ("day", rf"{day}(?P<suf>st|nd|rd|th){ORDINAL_STOP}", on_the),
        ("born", rf"{year}(?!\w)(?![/.-]\d)", born),
    ]
    word = [
        ("mdy", rf"{mon}\.?[\s\-./]{{0,2}}(?:the\s)?{day}{suffix}\s?(?:,\s?|[\-/.]\s?|\s|\sof\s)\s?(?:{year}|'{year2})(?![\w]){ENDED}", None),
        ("mdy", rf"{mon}\.?\s{day}{suffix},\s{far}(?![\w:])", None),
        ("mdy", rf"{mon}-{day}-{year2}(?![\w-])", None),
        ("mdy", rf"{mon}\.?,?\s(?:the\s)?{ordinal},?\s(?:of\s)?{year}(?![\w])", None),
        ("my", rf"{mon}\.?(?:[\s\-/,]{{1,2}}|\sof\s|\sde\s)(?:{year}|'{year2})(?![\w])(?!-\d)", None),
        ("my", rf"{mon}[-/](?P<y2>[0-3]\d)(?![\w/])(?!-\d)", None),
        ("dm", rf"{ordinal}\sof\s{mon}(?:,?\s{year})?(?![\w])", None),
        ("md", rf"{mon}\.?(?:\s|-)(?:the\s)?{day}{suffix}(?![\w/])(?!\.\d)(?!-\d\d?\s?(?:mm|cm)){UNIT}", None),
        ("md", rf"{mon}\.?\s(?:the\s)?{ordinal}(?![\w])", None),
        ("season", rf"(?P<season>spring|summer|autumn|fall|winter),?\s(?:of\s)?{year}(?![\w])", None),
        ("month", rf"{mon}(?![\w])(?!\s\d)", lead),
        ("holiday", rf"(?P<holiday>{_alternatives(HOLIDAYS)})(?:,?\s{year})?(?![\w'])(?!\s(?:tree|disease))", holiday_cue),
        ("holiday", rf"(?P<holiday>{_alternatives(HOLIDAYS)})(?:\sday)?,?\s(?:of\s)?(?:{year}|'{year2})(?![\w])", None),
        ("holiday", rf"(?P<holiday>{_alternatives(h for h in HOLIDAYS if h.endswith(' eve'))})(?![\w'])", None),
        ("weekday", rf"{weekday}(?![\w])", None),
    ]  # fmt: skip
    if language == "de":
        digit.append(("partial", r"(?P<a>\d{1,2})(?P<sep>\.)\s?(?P<b>\d{1,2})\.(?!\d)", cue))

    def compiled(rows: list[tuple[str, str, str | None]]) -> tuple[Form, ...]:
        return tuple(Form(n, re.compile(_unique(p)), re.compile(b) if b else None) for n, p, b in rows)

    return compiled(digit), compiled(word)


@lru_cache(maxsize=16)
def _any_form(language: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Whether any of the forms of :func:`_forms` may match at a place, asked at once."""
    digit, word = (
        re.sub(r"\?P<\w+>", "?:", "|".join(form.ahead.pattern for form in forms))
        .replace("(?P=sep)", r"\s?[-/.]\s?")
        .replace("(?P=tsep)", "[-.]")
        for forms in _forms(language)
    )
    return re.compile(digit), re.compile(word)


@lru_cache(maxsize=16)
def _anchors(language: str) -> frozenset[str]:
    months, days = _vocabulary(language)
    heads = {h.split()[0].strip(".").split("'")[0] for h in HOLIDAYS}
    return frozenset(
        {*months, *days, *(o.split("-")[0] for o in ORDINALS), "spring", "summer", "autumn", "fall", "winter", *heads}
    )


def _unique(pattern: str) -> str:
    """A group that stands in several alternatives gets a number; :func:`_mention` takes it off again."""
    seen: dict[str, int] = {}

    def rename(match: re.Match[str]) -> str:
        seen[match[1]] = seen.get(match[1], 0) + 1
        return match[0] if seen[match[1]] == 1 else f"(?P<{match[1]}__{seen[match[1]]}>"

    return re.sub(r"\(\?P<(\w+)>", rename, pattern)


AFTER = re.compile(
    r"(?:\s?(?:-|,|;|&|/(?!\d)|and|to|through|thru|or|vs\.?|und|bis|et|y)\s?|,\s?(?:and\s)?)(?P<a>\d{1,2})(?P<sep>/)(?P<b>\d{1,2})(?![\w/])(?!\.\d)"
    + UNIT
)
LOOK_BACK = 60
#: Forms with a year, which need no cue.
DATED = frozenset(("iso", "compact", "numeric", "dmy", "my", "ymd", "roman"))
#: A number of as many digits as a day, a year or a whole date has, before what may follow a day in one.
NUMBER = re.compile(r"\d(?<!\d\d)(?:\d?(?=[-./\sº]|[^\W\d_])|\d{3}(?!\d)|\d{7,}|\d\d(?=年))")
WEEK_BEFORE = re.compile(r"(?<!\w)(?P<wd>[a-z-]{2,13})(?:\.,?|,)?\s+(?:the\s+|den\s+|dem\s+)?$")


def find_dates(text: str | Folded, language: str = "en") -> list[DateMention]:
    """Every date of a text, sorted, not overlapping; at one place the form listed first wins."""
    folded = fold_text(text) if isinstance(text, str) else text
    key = f"dates {language}"
    if key not in folded.notes:
        folded.notes[key] = tuple(_find_dates(folded, language))
    return list(folded.notes[key])


def _find_dates(folded: Folded, language: str) -> list[DateMention]:
    digit_forms, word_forms = _forms(language)
    any_digit, any_word = _any_form(language)
    anchors, text = _anchors(language), folded.text
    places = [(match.start(), True) for match in NUMBER.finditer(text)]
    places += [(at, False) for at, _, word in folded.tokens() if word in anchors]
    places.sort()
    mentions: list[DateMention] = []
    reached = 0
    for at, is_digit in places:
        if at < reached or not (any_digit if is_digit else any_word).match(text, at):
            continue
        joined = reached > 0 and at - reached == 1 and text[reached] in "-,/"
        mention = _at(at, digit_forms if is_digit else word_forms, folded, language, joined=joined)
        if mention is not None:
            mentions.append(mention)
            _follow(folded, mentions)
            reached = _folded_end(folded, mentions[-1])
    if mentions:
        _ranges(folded, mentions)
        mentions = [_with_weekday(m, folded, language) for m in mentions]
        mentions = [m for m, after in zip_longest(mentions, mentions[1:]) if after is None or m.end <= after.start]
    return mentions


def _folded_end(folded: Folded, mention: DateMention) -> int:
    if folded.origins is None:
        return mention.end
    return bisect_left(folded.origins, mention.end)


def _at(at: int, forms: tuple[Form, ...], folded: Folded, language: str, *, joined: bool = False) -> DateMention | None:
    """The date that begins at a place; one ``joined`` to another as the end of a range needs nothing before it."""
    for form in forms:
        match = form.ahead.match(folded.text, at)
        if match is None:
            continue
        free = form.behind is None or (joined and form.name in DATED)
        if form.behind is not None and not free and not form.behind.search(folded.text[max(0, at - LOOK_BACK) : at]):
            continue
        mention = _mention(match, form.name, folded, language)
        if mention is not None:
            return mention
    return None


#: Of what it says saturation: ``FAT SAT 03/14/2019``.
SATURATED = re.compile(r"\b(?:fat|water|silicone|spectral|spec|spatial|o2|spo2|oxygen|pre|w/o?|no|non)[\s_-]{1,2}$")


def _with_weekday(mention: DateMention, folded: Folded, language: str) -> DateMention:
    """A weekday written before a date belongs to it."""
    if folded.origins is not None or not mention.slots or any(n == "wd" for n, _, _ in mention.slots):
        return mention
    low = max(0, mention.start - 20)
    match = WEEK_BEFORE.search(folded.text[low : mention.start])
    if match is None or match["wd"] not in _vocabulary(language)[1]:
        return mention
    start = low + match.start("wd")
    if match["wd"] == "sat" and SATURATED.search(folded.text, max(0, start - 12), start):
        return mention
    slots = (("wd", start, low + match.end("wd")), *mention.slots)
    return replace(mention, start=start, slots=slots)


def parse_date(text: str, language: str = "en") -> DateMention | None:
    """The one date that a short value holds, in looser forms than prose allows."""
    for candidate in find_dates(text, language):
        return candidate
    folded = fold_text(text)
    months, days = _vocabulary(language)
    loose = (
        ("partial", r"(?<![-/.])(?P<a>\d{1,2})(?P<sep>\s?[-/.]\s?)(?P<b>\d{1,2})\.?(?![-/.]?\d)"),
        ("month", rf"(?P<mon>{_alternatives(months)})"),
        ("weekday", rf"(?P<wd>{_alternatives(days)})"),
        ("holiday", rf"(?P<holiday>{_alternatives(HOLIDAYS)})"),
        ("day", r"(?P<d>\d{1,2})(?P<suf>st|nd|rd|th)"),
        ("season", rf"(?P<season>spring|summer|autumn|fall|winter)(?:\s(?P<y>{YEAR4}))?"),
        ("compact", r"(?P<y>(?:18|19|20)\d\d)(?P<m>\d\d)(?P<d>\d\d)"),
        ("numeric", r"(?P<a>\d\d)(?P<b>\d\d)(?P<y>(?:18|19|20)\d\d)"),
        ("numeric", r"(?P<a>\d\d)(?P<b>\d\d)(?P<y2>\d\d)"),
        ("year", rf"(?P<y>{YEAR4})"),
    )
    for form, pattern in loose:
        match = re.search(rf"(?<!\w){pattern}(?!\w)", folded.text)
        if match and (mention := _mention(match, form, folded, language, loose=True)):
            return mention
    return None


def day_first(mentions: Iterable[DateMention], language: str = "en", known: Iterable[str] = ()) -> bool:
    """Whether ambiguous numeric dates of a document are day first: what its clear ones say, else the language.

    Parameters
    ----------
    known
        Dates of the header, as written there; a date of the text that is one of them is clear.
    """
    sure = {m.readings()[0] for value in known if (m := parse_date(value)) and m.full and m.swap is None}
    votes = 0
    for mention in mentions:
        if mention.form != "numeric" or not mention.slots:
            continue
        us, eu = ((mention.readings()[0] in sure), (mention.readings()[-1] in sure))
        if mention.swap is None:
            first = next((name for name, _, _ in mention.slots if name in ("d", "m")), "")
            votes += 1 if first == "d" else -1
        elif us != eu:
            votes += 1 if eu else -1
    return votes > 0 or (votes == 0 and language != "en")


def reference_date(mentions: Iterable[DateMention]) -> dt.date | None:
    """The latest full date of a document, which lends its year to partial ones."""
    dates = [d for m in mentions if m.full and (d := _date(m.year, m.month, m.day))]
    return max(dates, default=None)


def shift_mention(
    text: str, mention: DateMention, days: int, *, reference: dt.date | None = None, dmy: bool = False
) -> str | None:
    """The mention's text with the date moved by whole days, in the same form; None if it has no date to move."""
    year, month, day = mention.year, mention.month, mention.day
    slots = mention.slots
    if mention.swap is not None and dmy != (mention.form == "swapped"):
        month, day = mention.swap
        slots = tuple((_SWAP.get(n, n), a, b) for n, a, b in slots)
    anchor = reference or dt.date(2023, 6, 15)
    names = {n for n, _, _ in slots}
    if names <= {"wd"}:
        moved = anchor
    else:
        base = _date(year or anchor.year, month or anchor.month, day or 15)
        if base is None:
            return None
        try:
            moved = base + dt.timedelta(days=days)
        except OverflowError:
            return None
    out, at = [], mention.start
    for name, start, end in slots:
        out += [
            text[at:start],
            _write(name, text[start:end], moved, days, text, mention),
        ]
        at = end
    out.append(text[at : mention.end])
    return "".join(out)


_SWAP = {"m": "d", "d": "m"}


def _date(year: int, month: int, day: int) -> dt.date | None:
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


def _full_year(two: str) -> int:
    value = int(two)
    return 2000 + value if value <= dt.date.max.year % 100 - 69 else 1900 + value


def _mention(  # noqa: C901, PLR0912
    match: re.Match[str], form: str, folded: Folded, language: str, *, loose: bool = False
) -> DateMention | None:
    spans = {k.partition("__")[0]: match.span(k) for k, v in match.groupdict().items() if v is not None}
    groups = {k: folded.text[a:b] for k, (a, b) in spans.items()}
    months, _ = _vocabulary(language)
    year = int(groups["y"]) if "y" in groups else _full_year(groups["y2"]) if "y2" in groups else 0
    if "ey" in groups and (era := re.search(rf"{ERA}$", folded.text[: match.start()][-4:])):
        year = ERAS[era["era"]] + int(groups["ey"])
    month = day = 0
    swap: tuple[int, int] | None = None
    naming: dict[str, str] = {}
    if "a" in groups:
        a, b = int(groups["a"]), int(groups["b"])
        us, eu = _possible(year, a, b), _possible(year, b, a)
        dotted = "." in groups.get("sep", "") or (form == "partial" and language == "de")
        if not us and not eu:
            return None
        if us and eu:
            prefer_eu = dotted
            month, day = (b, a) if prefer_eu else (a, b)
            swap = None if prefer_eu else (b, a)
            naming = {"a": "d", "b": "m"} if prefer_eu else {"a": "m", "b": "d"}
        elif us and not dotted:
            month, day, naming = a, b, {"a": "m", "b": "d"}
        elif eu:
            month, day, naming = b, a, {"a": "d", "b": "m"}
        else:
            month, day, naming = a, b, {"a": "m", "b": "d"}
        if not loose and not _plausible(match, form, folded, groups):
            return None
    if "m" in groups:
        month = int(groups["m"])
    if "mon" in groups:
        month = months[groups["mon"]]
        if not loose and not _month_is_one(match, form, folded, groups["mon"]):
            return None
    if "roman" in groups:
        month = ROMAN.index(groups["roman"]) + 1
    if "d" in groups:
        day = int(groups["d"])
    if "word" in groups:
        day = ORDINALS.index(groups["word"]) + 1
    if "season" in groups:
        month = {"winter": 1, "spring": 4, "summer": 7}.get(groups["season"], 10)
    if "holiday" in groups:
        month, day = HOLIDAYS[groups["holiday"]]
    if month > 12 or day > 31 or (month and day and not _possible(year, month, day)):
        return None
    if form == "weekday" and not loose and not _weekday_is_one(match, folded):
        return None
    kinds = ("wd", "a", "b", "d", "word", "suf", "m", "mon", "roman", "season", "holiday", "y", "y2", "ey")
    slots = sorted((naming.get(kind, kind), *folded.span(*spans[kind])) for kind in kinds if groups.get(kind))
    slots.sort(key=lambda s: s[1])
    start, end = folded.span(*match.span())
    return DateMention(start, end, year, month, day, tuple(slots), form, swap)


def _possible(year: int, month: int, day: int) -> bool:
    return 1 <= month <= 12 and 1 <= day <= 31 and _date(year or 2024, month, day) is not None


VERSION_BEFORE = re.compile(
    r"\b(?:version|ver|v|software|sw|section|fig(?:ure)?|tnm|l|c|t|s|levels?|release|rev)\.?\s?$"
)


def _plausible(match: re.Match[str], form: str, folded: Folded, groups: dict[str, str]) -> bool:
    """Whether numbers that could be a date are one: scores, fractions, versions and sizes look alike."""
    before, after = folded.text[max(0, match.start() - 40) : match.start()], folded.text[match.end() : match.end() + 20]
    if form == "partial":
        if SCORE_BEFORE.search(before) or SCORE_AFTER.match(after) or CHANGED_BY.search(before):
            return False
        return not (groups["a"] == groups["b"] and int(groups["a"]) <= 5 and len(groups["a"]) == 1)
    if "y2" in groups:
        separator = groups["sep"].strip()
        if not separator:
            return False
        if separator == "-" and len(groups["a"]) == len(groups["b"]) == 1 and RANGE_BEFORE.search(before):
            return False
        return VERSION_BEFORE.search(before) is None
    return True


CHANGED_BY = re.compile(r"(?:creased|reduced|diminished|smaller|larger|shr[au]nk|grew|grown|down|up)\sby\s$")
FRACTION = re.compile(r"(\d{1,2})/(\d{1,2})")
OF_YEAR = re.compile(r"\s?(?:of|positive|days?|weeks?|way|patients|cases)\b")


def is_fraction(text: str, before: str, after: str) -> bool:
    """Whether what looks like a day and a month is a share or a score: no such day, or a word beside it says so."""
    match = FRACTION.fullmatch(text)
    if match is None:
        return text.isdecimal() and len(text) <= 2 and (after[:1] == "/" or before[-1:] == "/")  # half of one
    first, second = int(match[1]), int(match[2])
    if not _possible(0, first, second) and not _possible(0, second, first) and not 32 <= second <= 99:
        return True
    counted = COUNTED.match(after) or (SCORE_AFTER.match(after) and not OF_YEAR.match(after))
    return any((counted, SCORED.search(before), CHANGED_BY.search(before)))


AMBIGUOUS_MONTHS = {"may", "mar", "march", "sun", "sat", "mon", "jan", "dec", "set", "out", "mag", "gen", "ago", "mars"}


def _month_is_one(match: re.Match[str], form: str, folded: Folded, word: str) -> bool:
    if word not in AMBIGUOUS_MONTHS or form in ("dmy", "mdy", "ymd"):
        return True
    start, _ = folded.span(*match.span("mon"))
    first = folded.original[start]
    if form == "month" and word in ("may", "mar", "mars", "set", "out"):
        return word in ("may", "mars") and first.isupper() and not folded.original[start : start + 3].isupper()
    return first.isupper() or form == "my"


def _weekday_is_one(match: re.Match[str], folded: Folded) -> bool:
    start, _ = folded.span(*match.span())
    return folded.original[start].isupper() or bool(
        re.search(r"\b(?:on|last|next|this|since|until|by|every|from|am|seit|le|el)\s$", folded.text[: match.start()])
    )


def _follow(folded: Folded, mentions: list[DateMention]) -> None:
    """Further partial dates of a list or range: ``on 3/4, 3/6 and 3/9``."""
    while match := AFTER.match(folded.text, _folded_end(folded, mentions[-1])):
        if SCORE_AFTER.match(folded.text[match.end() : match.end() + 20]):
            return
        mention = _mention(match, "partial", folded, "en", loose=True)
        if mention is None:
            return
        start = mention.slots[0][1]
        mentions.append(replace(mention, start=start))


RANGE_HEAD = re.compile(
    r"(?<![\w/.])(?P<a>\d{1,2})(?P<sep>/)(?P<b>\d{1,2})(?=\s?(?:-|to|through|thru|and|&|,|bis)\s?$)"
)
RANGE_DAY = re.compile(r"(?<![\w/.])(?P<d>\d{1,2})(?P<suf>st|nd|rd|th)?\.?(?=\s?(?:-|to|through|thru|and|&|bis|/)\s?$)")
DAY_TAIL = re.compile(
    r"\s?(?:-|to|through|thru|and|&)\s?(?P<d>\d{1,2})(?P<suf>st|nd|rd|th)?(?:,?\s(?P<y>(?:19|20)\d\d)(?!\w))?(?![\w/%]|\.\d|\s?(?:mm|cm))"
)
RANGE_MONTH = re.compile(r"(?<!\w)([a-z]{3,9})\.?\s?(?:-|/|to|through|thru|and|&)\s?$")


def _ranges(folded: Folded, mentions: list[DateMention]) -> None:
    """First halves of ranges: ``3/4-3/6/2020``, ``3-6 March 2020``; second halves: ``March 3-6``."""
    if folded.origins is not None:
        return
    extras: list[DateMention] = []
    for mention in tuple(mentions):
        offset = max(0, mention.start - 12)
        head = folded.text[offset : mention.start]
        extra: DateMention | None = None
        if mention.form == "numeric" and (match := RANGE_HEAD.search(head)):
            extra = _moved(_mention(match, "partial", fold_text(head), "en", loose=True), offset, mention)
        elif mention.form in ("dmy", "dm") and (match := RANGE_DAY.search(head)):
            extra = _moved(_mention(match, "day", fold_text(head), "en"), offset, mention)
        elif mention.form == "md" and (match := DAY_TAIL.match(folded.text, mention.end)):
            extra = _moved(_mention(match, "day", folded, "en"), 0, mention)
            extra = extra and replace(extra, start=extra.slots[0][1])
            if extra and extra.year and not mention.year:
                mentions[mentions.index(mention)] = replace(mention, year=extra.year)
        elif mention.form == "my" and (match := RANGE_MONTH.search(head)) and match[1] in _vocabulary("en")[0]:
            month = _vocabulary("en")[0][match[1]]
            start, end = offset + match.start(1), offset + match.end(1)
            extra = DateMention(start, end, mention.year, month, 0, (("mon", start, end),), "month")
        if extra and not any(m.start < extra.end and extra.start < m.end for m in mentions):
            extras.append(extra)
    mentions += extras
    mentions.sort(key=lambda m: m.start)


def _moved(mention: DateMention | None, offset: int, lender: DateMention) -> DateMention | None:
    if mention is None:
        return None
    slots = tuple((n, a + offset, b + offset) for n, a, b in mention.slots)
    return DateMention(
        mention.start + offset, mention.end + offset, mention.year or lender.year, mention.month or lender.month, mention.day,
        slots, mention.form, mention.swap if lender.swap or lender.form != "numeric" else None,
    )  # fmt: skip


def _write(  # noqa: PLR0911
    name: str, old: str, moved: dt.date, days: int, text: str, mention: DateMention
) -> str:
    if name in ("y", "ey"):  # a year of an era is counted on in its era
        return f"{moved.year:04d}" if name == "y" else str(int(old) + moved.year - mention.year)
    if name == "y2":
        return f"{moved.year % 100:02d}"
    if name in ("d", "m"):
        value = moved.day if name == "d" else moved.month
        padded = old.startswith("0") or (len(old) == 2 and _pads(text, mention))
        return f"{value:02d}" if padded else str(value)
    if name == "suf":
        return _like(ordinal_suffix(moved.day), old)
    if name == "word":
        return _like(ORDINALS[moved.day - 1], old)
    if name == "mon":
        tight = next(b for n, _, b in mention.slots if n == "mon")
        return _like(
            _same_kind(
                old, MONTHS, moved.month - 1, short=text[tight : tight + 1] == "-" or text[tight : tight + 1].isdigit()
            ),
            old,
        )
    if name == "roman":
        return _like(ROMAN[moved.month - 1], old)
    if name == "wd":
        folded = fold_word(old)
        index = next((i for names in WEEKDAYS.values() for i, row in enumerate(names) if folded in row), 0)
        return _like(_same_kind(old, WEEKDAYS, (index + days) % 7), old)
    if name == "season":
        return _like(SEASONS[(moved.month % 12) // 3], old)
    return f"{MONTHS['en'][moved.month - 1][0].capitalize()} {moved.day}" if name == "holiday" else old


def _pads(text: str, mention: DateMention) -> bool:
    """Two digits say nothing about padding unless a neighbour is padded or the form is compact."""
    if mention.form in ("compact", "ym"):
        return True
    if mention.form in ("dmy", "dm") and re.search(
        r"\d(?:-|(?=[A-Za-z]{3}(?:\d|\b)))[A-Za-z]", text[mention.start : mention.end]
    ):
        return True  # 04-MAR-2020, 04MAR2020
    others = [text[a:b] for n, a, b in mention.slots if n in ("d", "m")]
    return any(o.startswith("0") for o in others) or (
        mention.form in ("iso", "numeric") and all(len(o) == 2 for o in others)
    )


def ordinal_suffix(day: int) -> str:
    """What English writes after a number to count: st, nd, rd or th."""
    return "th" if 10 <= day % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")


def _same_kind(old: str, table: dict[str, tuple[tuple[str, ...], ...]], index: int, *, short: bool = False) -> str:
    """The name at ``index`` in the language of ``old`` and as long or short as it; ``short`` for a May that is."""
    folded = fold_word(old)
    for names in table.values():
        for row in names:
            if folded in row:
                target = names[index]
                short = (row.index(folded) > 0 and len(folded) <= 4) or (short and len(row) == 1 and len(folded) <= 3)
                word = target[1] if short and len(target) > 1 else target[0]
                word = next((w for w in target[1:] if short and len(w) == len(folded)), word)
                return ACCENTED.get(word, word) if not old.isascii() or word != folded else word
    return folded


def _like(new: str, old: str) -> str:
    """``new`` in the case of ``old``."""
    if old.isupper() and len(old) > 1:
        return new.upper()
    return new.capitalize() if old[:1].isupper() else new
