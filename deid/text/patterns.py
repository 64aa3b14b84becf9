"""Identifiers that have a shape or a cue: numbers, contacts, addresses, wards, ages over 89.

A rule is tried where its head word stands (``mrn``, ``room``, ``street``), or where a digit or one of a few
signs does, never over the whole text: a kilobyte costs some tenths of a millisecond. Rules run on
folded text and report spans of the original.
"""
# ruff: noqa: E501 - a pattern or a table row reads better whole

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from deid.model import Category, Finding
from deid.text import lexicon
from deid.text.dates import DateMention
from deid.text.folding import Folded, fold_text
from deid.text.lexicon import group

__all__ = ["Rule", "find_patterns", "rules"]

C = Category
SEP = r"\s*(?:(?:number|num|no|nr|n°|nummer|numero|id|code)\b\.?)?\s*(?:[:#=]|\bis\b|\bwas\b|\bof\b|[-–](?=\s|\w))?\s*[#:]?\s*\(?"
UNIT = r"(?!\s?(?:mm|cm|ml|mg|mcg|kg|hu|cc|%|x\s?\d|×|kvp?|mas?|gy|mgy|ms|sec|min|hours?|weeks?|years?|yrs?|days?|months?|yo\b|y/o|/\d|images?|slices?|french|gauge|ga?\b)\b)"
ID = r"(?P<v>(?=[\w./-]*\d)[a-z0-9](?:\w|[-./](?=\w))*(?:\s\d{3,4}(?![\w.:/-])(?!\s?(?:mm|cm|ml|mg|year|yo)))*)" + UNIT
ID3 = (
    r"(?P<v>(?=(?:[\w]*\d){3})[a-z0-9](?:\w|[-./](?=\w))*(?:\s\d{3,4}(?![\w.:/-])(?!\s?(?:mm|cm|ml|mg|year|yo)))*)"
    + UNIT
)
LONG_ID = r"(?P<v>(?=(?:[\w./-]*\d){4})[a-z0-9](?:\w|[-./](?=\w))*)" + UNIT
GROUPED = r"(?P<v>(?=(?:[\w -]*\d){4})[a-z0-9]+(?:[- ]?[a-z]{0,3}\d+[a-z]{0,2}){0,5}(?:-[a-z])?)(?!\w)"
NUMBER = r"\s*(?:number|num|no|nr|#|id)\b\.?"
STREET = (
    r"(?:street|str|st|avenue|ave|av|road|rd|boulevard|blvd|lane|ln|drive|dr|court|ct|place|pl|way|terrace|ter|terr|circle|cir|highway|hwy|parkway|pkwy|square|sq|close|crescent|cres|"
    r"row|mews|gardens|gdns|trail|trl|turnpike|tpke|alley|loop|path|pike|plaza|walk|grove|hill|heights|ridge|rise|run|point|esplanade|quay|green|crossing|bend|cove|view|vista|expressway|expy|route|rte)"
)
STATES = "al ak az ar ca co ct de fl ga hi id il in ia ks ky la me md ma mi mn ms mo mt ne nv nh nj nm ny nc nd oh ok or pa ri sc sd tn tx ut vt va wa wv wi wy dc pr"
STATE_NAMES = "alabama|alaska|arizona|arkansas|california|colorado|connecticut|delaware|florida|georgia|hawaii|idaho|illinois|indiana|iowa|kansas|kentucky|louisiana|maine|maryland|massachusetts|michigan|minnesota|mississippi|missouri|montana|nebraska|nevada|new hampshire|new jersey|new mexico|new york|north carolina|north dakota|ohio|oklahoma|oregon|pennsylvania|rhode island|south carolina|south dakota|tennessee|texas|utah|vermont|virginia|washington|west virginia|wisconsin|wyoming|ontario|quebec|british columbia|alberta|manitoba|saskatchewan|nova scotia"
TENS = "ninety(?:[- ](?:one|two|three|four|five|six|seven|eight|nine))?|one hundred(?:[- ](?:and[- ])?(?:one|two|three|four|five|six|seven|eight|nine|ten))?|(?:a )?hundred(?:[- ]and[- ]\\w+)?"
OLD = r"(?P<v>9\d|1[01]\d|12[0-5])"


@dataclass(frozen=True, slots=True)
class Rule:
    """One way to recognise an identifier.

    Attributes
    ----------
    name
        Stands in ``Finding.rule`` as ``pattern:<name>``.
    heads
        Words at which the rule is tried; ``0`` stands for a run of digits, ``@`` for an at sign's word.
    pattern
        Matched at the head, on folded text; group ``v`` is the identifier, or the whole match.
    score
        How sure it is; a cue that names the identifier gives 0.95 and more.
    valued
        Whether the pattern has a group ``v``.
    """

    name: str
    category: Category
    heads: frozenset[str]
    pattern: re.Pattern[str]
    score: float = 0.95
    valued: bool = True


def _rule(name: str, category: Category, heads: str, pattern: str, score: float = 0.95) -> Rule:
    compiled = re.compile(pattern)
    return Rule(name, category, frozenset(heads.split()), compiled, score, "v" in compiled.groupindex)


@lru_cache(maxsize=8)
def rules(language: str = "en") -> tuple[Rule, ...]:
    """The rules of a language, English ones always among them."""
    return (*ENGLISH, *OTHERS.get(language, ()))


ENGLISH: tuple[Rule, ...] = (
    # Numbers of patients, studies and stays, by cue
    _rule("mrn", C.ID, "mrn mrno mr med medical patient pt pat hospital hosp chart unit record emr ehr mpi epi urn ur nhs chi pid file folder person subject participant health member enterprise umrn cpi local",
          r"(?:mrns?|mrno|mr\s?(?:#|no\b|number)|med(?:ical)?\.?\s?rec(?:ord)?s?\.?(?:" + NUMBER + r")?|(?:patient|pt|pat|person|subject|participant)\.?\s?(?:id(?:entifier|entification)?|mrn|record|#|no|number|num|nr|ref|code)\b\.?|hosp(?:ital)?\.?\s?(?:id|#|no|number|num|record)\b\.?|chart\s?(?:#|no|number|id)|unit\s?(?:#|no|number|record(?:\s?number)?)\b|record\s?(?:#|no|number|id)\b|emr|ehr|epi|e?mpi|local\s?(?:id|no|number)|urn|ur\s?(?:no|number)|nhs(?:\s?(?:no|number|#))?|chi(?=\s?(?:no|number|#|:))|pid|file\s?(?:#|no|number)|folder\s?(?:#|no|number)|umrn|cpi)(?![a-z]{3})" + SEP + ID),
    _rule("accession", C.ID, "accession acc accn acsn accno exam examination order requisition req study case report placer filler specimen path pathology ref reference ticket confirmation document doc job dictation dict request procedure scan series worklist ris pacs transcription conf session voice tracking",
          r"(?:accession|acc(?=\s?(?:[#:.]|no|num|nr|\d|[a-z]{0,3}-?\d))|accn|acsn|accno|(?:exam|examination|order|study|case|report|placer|filler|specimen|document|doc|job|dictation|dict|request|procedure|transcription|session|ris|pacs|requisition|req|confirmation|conf|voice|tracking|scan)\s?(?:order\s?)?(?:job\s?)?(?:#|no\b\.?|number|num\b|nr\b|id\b|identifier|ref\b)|(?:requisition|req|path|pathology|ref|reference|ticket|confirmation|job)\s?(?:#|no\b|number|id\b|:))\.?" + SEP + ID),
    _rule("account", C.ACCOUNT, "acct account acc billing invoice bill encounter visit csn har fin episode admission adm contact stay fee receipt bank iban card credit debit payment guarantor financial hsp",
          r"(?:acct|account|billing|invoice|bill|(?:encounter|visit|episode|admission|adm|contact|stay|hsp|financial|guarantor|payment|receipt)\s?(?:acc(?:oun)?t\s?)?(?:#|no\b|number|num\b|nr\b|id\b|code\b|:)|csn|har(?=\s?(?:#|:|no|\d))|fin(?=\s?(?:#|:|no\b|\d))|(?:bank|credit|debit)\s(?:account|card)(?:\s?(?:#|no\b|number|ending(?:\sin)?))?|card\s(?:number|no|ending(?:\sin)?)|encounter|visit(?=\s?#))(?![a-z]{3})\.?" + SEP + ID3),
    _rule("iban", C.ACCOUNT, "iban", r"iban\s?:?\s?(?P<v>[a-z]{2}\d\d(?:\s?[a-z0-9]{3,4}){3,8})"),
    _rule("ssn", C.SSN, "ssn ss social soc last nino ni sin insurance tax tin itin",
          r"(?:ssn|ss\s?#|ss\s?no|social\s?sec(?:urity)?(?:\s?(?:no|number|#|num))?|soc\.?\s?sec\.?(?:\s?(?:no|number|#))?|nino|sin|tin|itin|ni\s?(?:no|number)|tax\s?(?:id|number))(?![a-z]{3})\.?(?:\s?\(?last\s?(?:4|four)(?:\sdigits)?\)?)?" + SEP + r"(?:ending\s(?:in\s)?)?(?P<v>(?:[x*•]{3}[- ]?[x*•]{2}[- ]?)?\d{3}[- .]?\d{2}[- .]?\d{4}|(?:[x*•]{3}[- ]?[x*•]{2}[- ]?)\d{4}|\d{3}[- ]?\d{3}[- ]?\d{3}|[a-z]{2}\s?\d\d\s?\d\d\s?\d\d\s?[a-d]|\d{4})(?!\w)"),
    _rule("ssn-last-four", C.SSN, "last", r"last\s(?:4|four)(?:\sdigits)?(?:\sof)?(?:\s(?:the\s|his\s|her\s)?(?:ssn|social(?:\ssecurity)?))(?:\s(?:no|number))?" + SEP + r"(?P<v>\d{4})(?!\w)"),
    _rule("health-plan", C.HEALTH_PLAN, "member policy insurance ins group grp subscriber beneficiary medicare medicaid hicn mbi health plan claim authorization authorisation auth payer payor payer's tricare coverage hic prior precert preauthorization hmo bcbs insured certificate pre-auth preauth blue cigna aetna kaiser humana coverage medical",
          r"(?:(?:member|policy|insurance|ins|group|grp|subscriber|beneficiary|plan|health\s?plan|health\s?insurance|claim|(?:prior\s)?auth(?:oriz?s?ation)?|pre-?auth(?:oriz?s?ation)?|precert(?:ification)?|payer|payor|coverage|insured|certificate|medicare|medicaid|tricare|medical|blue\s?cross(?:\s?blue\s?shield)?|bcbs|cigna|aetna|humana|kaiser|hmo)\.?\s?(?:policy\s|member\s|group\s|plan\s|beneficiary\s|claim\s|card\s|insurance\s|subscriber\s)?(?:id\b|#|no\b\.?|number|num\b|nr\b|identifier|code\b|card\b)|medicare|medicaid|hicn?|mbi|policy|subscriber|health\s(?:plan|card|insurance)(?=\s?[:#]))(?![a-z]{3})" + SEP + GROUPED),
    _rule("license", C.LICENSE, "license licence lic npi dea gmc driver drivers driver's dl passport certificate cert registration reg state upin provider prac practitioner nmc hcpc ahpra board medical cdl",
          r"(?:(?:medical\s|state\s|driver'?s?'?\s|nursing\s|board\s|md\s|professional\s)?(?:license|licence|lic)\b\.?(?:\s?plate)?|npi|dea|gmc|nmc|hcpc|ahpra|upin|dl(?=\s?(?:#|:|no))|cdl|passport|(?:certificate|cert|provider|practitioner|prac|registration|reg)\.?\s?(?:id\b|#|no\b\.?|number|num\b))(?![a-z]{3})" + SEP + r"(?:[a-z]{2}[- ])?" + ID3),
    _rule("device-serial", C.DEVICE, "serial sn s ser device udi lot implant asset imei equipment machine scanner unit generator probe transducer pacemaker icd lead valve stent prosthesis station detector aet",
          r"(?:(?:device\s|unit\s|scanner\s|implant\s|generator\s|equipment\s|machine\s|probe\s|transducer\s|pacemaker\s|icd\s|lead\s|valve\s|stent\s|prosthesis\s|detector\s|model\s\S+\s)?(?:serial\s?(?:number|no|num|nr|#|id)?|s/n|ser\.?\s?(?:no|#)|sn(?=\s?[:#\d])|udi(?:-di|-pi)?|imei|lot\s?(?:#|no\b|number)?|asset\s?(?:tag|id|no|#|number)?)|(?:device|equipment|machine|scanner|station|implant|asset|detector|unit)\s(?:id\b|identifier|name|#|no\b|number))(?![a-z]{3})\.?" + SEP + r"(?P<v>(?=[\w./()-]*\d)[a-z0-9(](?:\w|[-./()](?=\w))*)" + UNIT),
    _rule("device-aet", C.DEVICE, "ae aet aetitle station hostname host workstation computer", r"(?:ae\s?title|aet|station\s?name|hostname|host\s?name|workstation(?:\s(?:id|name))?|computer\s?name)\s?[:#=]\s?(?P<v>[\w-]+)"),
    _rule("vehicle", C.VEHICLE, "vin vehicle plate license licence registration reg tag car plates number",
          r"(?:vin|vehicle(?:\s(?:id(?:entification)?|reg(?:istration)?|license|licence))?(?:\s?(?:plate|no|number|#))?|(?:license|licence|number|registration|reg\.?|car)\s?(?:plates?|tag)|plates?(?=\s?(?:#|:|no\b|number|[a-z0-9-]*\d))|registration(?=\s?(?:mark|:)))\s?(?:number|no\b|#)?" + SEP + r"(?P<v>(?=[a-z0-9 -]*\d)[a-z0-9]{1,17}(?:[- ](?=[a-z]*\d)[a-z0-9]{2,4}|-[a-z]{2,3}){0,2}(?:(?<=\d)\s(?!vin|and|was|has|for|the)[a-z]{3}\b(?!:))?)(?!\w)"),
    _rule("username", C.USERNAME, "user username userid login logon operator signed handle screenname account uid logged skype twitter instagram facebook nickname audit log nick screen opened accessed",
          r"(?:user(?:\s?(?:name|id))?|username|userid|login|logon|operator\s?id|signed\sin\sas|logged\sin\sas|login\sid|user\slogin|screen\s?name|handle|audit(?=:)|log(?=:)|opened\sby(?=:)|accessed\sby(?=:)|skype|twitter|instagram|facebook)\s?(?:[:=#]|\bis\b)\s?(?P<v>@?[a-z0-9][\w.\\-]*\w)(?![\w@])"),
    _rule("username-nick", C.USERNAME, "nickname nick", r"nick(?:name)?\s(?P<v>(?=\w*[\d_]|\w{5})[a-z][\w.]*\w)(?![\w@])", 0.8),
    _rule("username", C.USERNAME, "user username login as by", r"(?:user(?:name)?|login|signed\sin\sas|as|by)\s(?:user\s)?(?P<v>(?=[\w.]*\d)[a-z]{2,12}[._]?[a-z]{0,12}\d{1,4}|[a-z]{1,12}_[a-z]{2,12}|[a-z]{1,10}\.[a-z]{3,12})(?![\w@.]*@)(?!\w)(?!\.\w)", 0.7),
    _rule("staff-id", C.ID, "employee staff badge emp student trial randomization randomisation screening enrollment barcode band wristband ticket dosimeter tld film record fingerprint biometric photo",
          r"(?:(?:employee|staff|badge|emp|student|trial|randomi[sz]ation|screening|enrollment|wristband|dosimeter|tld|fingerprint|biometric|photo|voice\s?print|barcode|band)\s?(?:id\b|#|no\b\.?|number|identifier|code|template(?:\sid)?|scan(?:\sid)?|hash)|barcode|badge)(?![a-z]{3})" + SEP + ID3),
    _rule("cue-id", C.ID, "id ident identifier identification no number num nr ref reference", r"(?:id|ident|identifier|identification|no|number|num|nr|ref|reference)\.?(?:\s?(?:number|no\b|#))?\s?[:#=]\s?" + ID3, 0.9),
    # Contacts
    _rule("phone-cue", C.PHONE, "phone tel telephone ph cell mobile fax facsimile pager beeper ext extension call contact callback direct office home work voicemail hotline switchboard bleep telefon telefono tlf fon handy paged page dial at line",
          r"(?:phone|tel(?:ephone|efon|efono)?|ph|cell(?:\s?phone)?|mobile|fax|facsimile|pager|beeper|bleep|ext(?:ension)?|callback|direct(?:\sline)?|voicemail|hotline|switchboard|fon|handy|tlf|dial|home|work|office|contact)\b\.?(?:\s?(?:number|no\b|#|nr\b|line|phone))?\s?(?:[:#]|\bis\b|\bat\b|\()?\s?(?P<v>[x#]?\+?\(?\d[\d() ./-]{2,18}\d)(?!\w)(?![./-]\d)" + UNIT),
    _rule("phone-letter", C.PHONE, "t p m f c o h w", r"[tpmfcohw]\s?[:.]\s?(?:tel:)?(?P<v>\+?\(?\d[\d() ./-]{3,18}\d)(?!\w)(?![./-]\d)" + UNIT),
    _rule("phone-me", C.PHONE, "page call reach ring text contact", r"(?:page|call|reach|ring|text|contact)\s(?:me|us|him|her|them|back)\s(?:at|on)\s(?P<v>\+?\(?\d[\d() ./-]{2,18}\d)(?!\w)" + UNIT, 0.9),
    _rule("pager", C.PHONE, "pager beeper bleep ext extension x paged bleep vocera asc ascom dect", r"(?:(?:pager|beeper|bleep|paged|vocera|ascom|dect)(?:\s(?:number|no|#|id|at))?|ext(?:ension)?|x(?=\d{4}\b))(?![a-z]{3})\.?\s?[:#]?\s?(?P<v>\d{3,7})(?!\w)"),
    _rule("phone-us", C.PHONE, "0", r"(?P<v>(?:1[-. ])?(?:\d{3}\)\s?|\d{3}[-. /])\d{3}[-. ]\d{4}(?:\s?(?:x|ext\.?|extension)\s?\d{1,6})?)(?![\w-])"),
    _rule("phone-short", C.PHONE, "0", r"(?P<v>(?:555|[2-9]\d\d)-\d{4}(?:\s?(?:x|ext\.?|extension)\s?\d{1,6})?)(?![\w-])", 0.85),
    _rule("phone-international", C.PHONE, "0", r"(?<=\+)(?P<v>[1-9]\d{0,2}[-. ]?(?:\(0?\d{1,5}\)[-. ]?)?(?:\d[-. /]?){6,12}\d)(?!\w)"),
    _rule("phone-national", C.PHONE, "0", r"(?P<v>0\d{1,4}\)?[ /-]{1,3}(?:\d{2,4}[ -]?){2,4}\d{1,4})(?![\w-])", 0.85),
    _rule("phone-national", C.PHONE, "0", r"(?P<v>0[1-9](?:[ .]\d\d){4})(?!\w)", 0.9),
    _rule("email", C.EMAIL, "@", r"(?P<v>[a-z0-9][\w.+'-]*\s?(?:@|\(at\)|\[at\])\s?[a-z0-9-]+(?:(?:\.|\s?(?:\[dot\]|\(dot\))\s?)[a-z0-9-]+)*\.?[a-z]{2,})", 0.99),
    _rule("url", C.URL, "http https ftp www sftp dicom file", r"(?P<v>(?:(?:https?|s?ftp|file|dicom)://|www\.)[^\s<>\"')\]]*[\w/])", 0.99),
    # Numbers with a shape of their own
    _rule("uid", C.UID, "0", r"(?P<v>[0-2](?:\.(?:0|[1-9]\d*)){5,})(?![\w.]*[a-z])", 0.99),
    _rule("ip", C.IP, "0", r"(?P<v>(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?::\d{2,5})?(?:/\d\d?)?)(?![\w.]\d)", 0.95),
    _rule("ssn-shape", C.SSN, "0", r"(?P<v>(?!000|666|9\d\d)\d{3}(?P<s>[- ])(?!00)\d\d(?P=s)(?!0000)\d{4})(?![\w-])", 0.95),
    _rule("nhs", C.ID, "0", r"(?P<v>\d{3}[ -]?\d{3}[ -]?\d{4})(?![\w-])(?!\.\d)", 0.9),
    # Ages over 89
    _rule("age", C.AGE, "0", OLD + r"(?=[\s-]{0,2}(?:y(?:ea)?rs?|year|yo|y\.o\.?|y/o|jahre?|jahrige|anos|ans|annos)\b)", 0.97),
    _rule("age", C.AGE, "0", OLD + r"(?=\s?-?(?:m|f|male|female|man|woman|gentleman|lady|yom|yof|y)\b(?!\w))", 0.9),
    _rule("age", C.AGE, "age aged", r"(?:age|aged)\s?(?:[:=]|\bof\b|\bis\b)?\s?" + OLD + r"(?!\w)(?![./-]\d)(?!\s?(?:%|mm|cm|weeks?|days?|months?))", 0.95),
    _rule("age-as", C.AGE, "0", r"(?P<v>0(?:9\d|1[0-2]\d)y)(?!\w)", 0.97),
    _rule("age-words", C.AGE, "ninety one a hundred", r"(?P<v>" + TENS + r")(?=[\s-]{1,2}(?:year|yr|yo\b))", 0.97),
    _rule("age-decade", C.AGE, "90s nineties", r"(?P<v>90s|nineties)(?!\w)", 0.6),
    # Wards, rooms, beds
    _rule("ward", C.WARD, "ward room rm bed bay unit floor location loc nursing suite pod station icu ccu micu sicu nicu picu ed er bedside stepdown tower wing building bldg zimmer station cubicle slot theatre",
          r"(?:ward|rooms?|rm|bed|bay|(?:nursing\s)?unit(?=\s?[:#]?\s?\d{0,2}[a-z]?-?\d{0,3}[a-z]?\b)|location|loc|suite|pod|cubicle|zimmer|theatre|station(?=\s\d{0,2}[a-z]\d{0,2}\b)|(?:icu|ccu|micu|sicu|nicu|picu|ed|er)(?:\s(?:bed|room|bay|rm|pod))?|floor|tower|wing|bldg|building)\b\.?\s?(?:number|no\b\.?|#|nr\b\.?)?\s?[:#]?\s?(?P<v>(?=\w{0,3}-?\d)[a-z]{0,2}-?\d{1,4}[a-z]{0,2}(?:(?:[-/]|[ ,]{1,2}bed\s)(?=[\w]{0,2}\d)[a-z]{0,2}\d{1,3}[a-z]?|-[a-z]{1,2}\b)?)(?![\w])(?!\.\d)(?!\s?(?:mm|cm|ml|mg|%|kg|degrees|liters?|l/min|hours?|days?|weeks?|years?))", 0.9),
    _rule("ward-named", C.WARD, "ward", r"ward\s?[:#]?\s(?P<v>\d{0,2}[a-z]{1,2}\d{0,2}(?:\s(?:north|south|east|west))?)(?!\w)", 0.8),
    _rule("ward-shape", C.WARD, "0", r"(?P<v>\d{1,2}(?!d\b|t\b)[a-z]{1,2}-\d{1,3}[a-z]?)(?![\w-])(?!\s?(?:mm|cm))", 0.85),
    _rule("ward-compass", C.WARD, "0", r"(?P<v>\d{1,2}(?:st|nd|rd|th)?\s(?:north|south|east|west)(?:\s?(?:\d{1,3}[a-z]?|wing|tower|unit|ward|icu))?)(?!\w)(?!\s?(?:of|street|st|avenue|ave|road|rd|\w+\s(?:street|st|avenue|ave|road|rd|blvd|lane|drive)))", 0.75),
    # Addresses and postcodes
    _rule("address", C.ADDRESS, "0", r"(?P<v>\d{1,6}[a-z]?(?:-\d{1,4})?,?\s(?:(?:n|s|e|w|ne|nw|se|sw|north|south|east|west)\.?\s)?(?:(?:\d{1,3}(?:st|nd|rd|th)|[a-z][\w'.-]*)\s){1,4}?" + STREET + r"\b\.?(?:\s(?:n|s|e|w|ne|nw|se|sw|north|south|east|west)\b\.?)?(?:,?\s?(?:apt|apartment|suite|ste|unit|flat|floor|fl|room|rm|bldg|#)\.?\s?#?\s?[\w-]{1,5}\b)?)", 0.9),
    _rule("address-numbered-street", C.ADDRESS, "0", r"(?P<v>\d{1,6}\s(?:broadway|(?:n|s|e|w|north|south|east|west)\.?\s\d{1,3}(?:st|nd|rd|th))\b)", 0.9),
    _rule("po-box", C.ADDRESS, "po p post postfach", r"(?:p\.?\s?o\.?\s?box|post\s?(?:office\s)?box|postfach)\s?#?(?P<v>\d{1,6})", 0.95),
    _rule("address-flat", C.ADDRESS, "flat apt apartment unit", r"(?P<v>(?:flat|apt|apartment)\.?\s?#?\d{1,4}[a-z]?)(?!\w)", 0.85),
    _rule("zip", C.POSTCODE, STATES, r"(?P<s>[a-z]{2})\.?,?\s+(?P<v>\d{5}(?:-\d{4})?)(?![\w-])", 0.95),
    _rule("zip", C.POSTCODE, "zip zipcode postcode postal plz", r"(?:zip(?:\s?code)?|zipcode|post\s?code|postal\s?code|plz)\s?[:#]?\s?(?:is\s)?(?P<v>[a-z]?\d[\w]{1,5}(?:[- ]\d?[a-z\d]{2,4})?)(?!\w)", 0.95),
    _rule("zip-plus-four", C.POSTCODE, "0", r"(?P<v>\d{5}-\d{4})(?![\w-])", 0.8),
    _rule("postcode-uk", C.POSTCODE, "~uk", r"(?P<v>[a-z]{1,2}\d[a-z\d]?\s\d[abd-hjlnp-uw-z]{2})(?!\w)", 0.85),
    _rule("postcode-ca", C.POSTCODE, "~uk", r"(?P<v>[abceghj-nprstvxy]\d[abceghj-nprstv-z][ -]\d[abceghj-nprstv-z]\d)(?!\w)", 0.9),
)  # fmt: skip

OTHERS: dict[str, tuple[Rule, ...]] = {
    "de": (
        _rule("mrn-de", C.ID, "patientennummer patienten patientenid pat fallnummer fall fallnr aufnahmenummer aufnahmenr auftragsnummer auftrags auftragsnr untersuchungsnummer untersuchungs befundnummer befund befundnr kis akte aktenzeichen patnr anforderungsnummer", r"(?:patient(?:en)?-?\s?(?:nummer|nr|id)|pat-?\.?\s?-?(?:nr|id)|fall-?\s?(?:nummer|nr|id)|aufnahme-?(?:nummer|nr)|auftrags-?\s?(?:nummer|nr)|untersuchungs-?\s?(?:nummer|nr)|befund-?\s?(?:nummer|nr)|anforderungs-?(?:nummer|nr)|akten(?:zeichen|nummer|nr)|kis-?(?:nr|id))\b\.?\s?[:#]?\s?" + ID),
        _rule("health-plan-de", C.HEALTH_PLAN, "versichertennummer versicherten versichertennr kvnr krankenversichertennummer versicherungsnummer kassennummer", r"(?:(?:kranken)?versicherten-?\s?(?:nummer|nr)|kvnr|versicherungs-?(?:nummer|nr)|kassen-?(?:nummer|nr))\b\.?\s?[:#]?\s?" + ID),
        _rule("kvnr-shape", C.HEALTH_PLAN, "~uk", r"(?P<v>[a-z]\d{9})(?!\w)", 0.9),
        _rule("address-de", C.ADDRESS, "~strasse", r"(?P<v>(?:(?:am|an der|an dem|im|in der|zum|zur|auf der|unter den|alte|alter|neue|neuer|grosse|kleine)\s)?[a-z][\w-]*\s?(?:strasse|str\.?|weg|platz|allee|gasse|ring|damm|ufer|chaussee|steig|stieg|promenade|pfad)\s\d{1,4}\s?[a-z]?)(?!\w)", 0.93),
        _rule("postcode-de", C.POSTCODE, "0", r"(?P<v>\d{5})(?=\s[a-z][a-z-]{2,}(?:\s|,|$|\.|\)))(?!\s(?:mm|cm|ml|mg|einheiten|mal|und|bis|von))", 0.75),
        _rule("ward-de", C.WARD, "station zimmer bett stat", r"(?:station|stat\.|zimmer|bett)\s?(?:nr\.?\s?)?[:#]?\s?(?P<v>[a-z]?\d{1,3}[a-z]?(?:[-/.]\d{1,3})?|[ivx]{1,4}\b|[a-z]{1,3}\d{1,2})(?!\w)", 0.85),
    ),
    "es": (
        _rule("mrn-es", C.ID, "nhc historia n numero num paciente cip sip cipa nuhsa episodio expediente peticion nº no", r"(?:nhc|(?:n[º°o]?\.?|numero|num\.?)\s(?:de\s)?(?:historia(?:\sclinica)?|paciente|episodio|expediente|peticion|accession|acceso|informe|estudio|afiliacion)|historia\sclinica|h\.?c\.?|cip|cipa|sip|nuhsa|expediente|episodio|peticion)\b\.?\s?(?:n[º°o]\.?|numero)?\s?[:#]?\s?" + ID),
        _rule("national-id-es", C.ID, "dni nie nif", r"(?:dni|nie|nif)\b\.?\s?[:#]?\s?(?P<v>[xyz]?-?\d{1,2}\.?\d{3}\.?\d{3}-?\s?[a-z]?)(?!\w)"),
        _rule("dni-shape", C.ID, "0", r"(?P<v>\d{8}-?[a-z])(?!\w)", 0.9),
        _rule("health-plan-es", C.HEALTH_PLAN, "nass seguridad nuss tarjeta afiliacion", r"(?:nass|nuss|seguridad\ssocial|tarjeta\ssanitaria|afiliacion)\b\s?(?:n[º°o]\.?|numero)?\s?[:#]?\s?" + GROUPED),
        _rule("address-es", C.ADDRESS, "calle c avenida av avda plaza paseo pza carretera ronda camino pasaje travesia", r"(?P<v>(?:calle|c/|avenida|av\.|avda\.?|plaza|pza\.?|paseo|carretera|ronda|camino|pasaje|travesia)\s?(?:de\s|del\s|la\s|las\s|los\s)*(?:[a-z][\w'.-]*\s?){1,4}?,?\s(?:n[º°o]?\.?\s)?\d{1,4}(?:\s?[a-z])?(?:,?\s\d{1,2}[º°oa]?(?:\s?[a-z]\b)?)?)(?!\w)", 0.93),
        _rule("postcode-es", C.POSTCODE, "0", r"(?P<v>(?:0[1-9]|[1-4]\d|5[0-2])\d{3})(?=\s[a-z][a-z-]{2,})(?!\s(?:mm|cm|ml|mg|unidades|de|y))", 0.75),
        _rule("ward-es", C.WARD, "habitacion hab cama planta box", r"(?:habitacion|hab\.?|cama|planta|box)\s?(?:n[º°o]\.?\s?)?[:#]?\s?(?P<v>[a-z]?\d{1,4}[a-z]?(?:[-/]\d{1,3})?)(?!\w)", 0.9),
    ),
    "fr": (
        _rule("mrn-fr", C.ID, "ipp nip n numero num dossier iep ndossier no examen", r"(?:ipp|nip|iep|ndos|(?:n[º°o]?\.?|numero|num\.?)\s?(?:de\s|d'|du\s)?(?:dossier|patient|examen|venue|demande|accession|sejour|identification)|dossier(?:\spatient)?\s?(?:n[º°o]\.?|numero))\b\.?\s?[:#]?\s?" + ID),
        _rule("nir-shape", C.HEALTH_PLAN, "0", r"(?P<v>[12]\s?\d\d\s?(?:0[1-9]|1[0-2])\s?(?:\d\d|2[ab])\s?\d{3}\s?\d{3}(?:\s?\d\d)?)(?!\w)", 0.93),
        _rule("address-fr", C.ADDRESS, "0", r"(?P<v>\d{1,4}\s?(?:bis|ter)?,?\s(?:rue|avenue|av\.|boulevard|bd|place|chemin|impasse|allee|quai|cours|route|square|passage)\s(?:de\s|du\s|des\s|de\sla\s|d'|la\s|le\s|les\s|l')*[a-z][\w'.-]*(?:[ -][a-z][\w'-]+){0,3})", 0.9),
        _rule("postcode-fr", C.POSTCODE, "0", r"(?P<v>(?:0[1-9]|[1-8]\d|9[0-8])\d{3})(?=\s[a-z][a-z-]{2,})(?!\s(?:mm|cm|ml|mg|unites|de|et))", 0.75),
        _rule("ward-fr", C.WARD, "chambre lit ch box", r"(?:chambre|ch\.|lit|box)\s?(?:n[º°o]\.?\s?)?[:#]?\s?(?P<v>[a-z]?\d{1,4}[a-z]?(?:[-/]\d{1,3})?)(?!\w)", 0.9),
    ),
}  # fmt: skip

CODE_BEFORE = re.compile(
    r"(?:cpt|hcpcs|icd(?:-?(?:9|10|o|11))?(?:-cm|-pcs)?|snomed(?:[ -]ct)?|sctid|loinc|radlex|rid|rpid|pmid|doi|nct|drg|ndc|fma|umls|cui|procedure\scode|billing\scode|diagnosis\scode|code|codes|model|version|software|protocol|dlp|ctdi|dose|mas|matrix|rev|revision|isbn|issn|vol|volume|k)\W{0,3}(?:code|codes|no)?\W{0,3}$"
)
MEASURE_AFTER = re.compile(
    r"\s?(?:mm|cm|ml|mg|mcg|kg|hu|cc|%|x\s|×|kvp?\b|mas?\b|m?gy\b|mci\b|mbq\b|ms\b|msec|seconds?|sec\b|min\b|hz\b|bpm|/ul|/mm|k/ul|iu|units?|images?|slices?|beads|copies|steps|cells|meters?|feet|pixels?|\^)"
)
BARE = re.compile(r"(?P<v>\d{6,}(?:-\d+)*)(?![\w.,]\d)(?!\w)")
MIXED = re.compile(r"(?=[a-z0-9-]*[a-z])(?=(?:[a-z-]*\d){4})[a-z0-9]+(?:-[a-z0-9]+)*(?![\w.@])")
POSTCODE_HEAD = re.compile(r"[a-z]{1,2}\d[a-z\d]?$|[a-z]\d[a-z]$|[a-z]\d{9}$")
STRASSE = re.compile(r".*(?:strasse|str|weg|platz|allee|gasse|ring|damm|ufer|chaussee|steig|stieg|promenade|pfad)$")
ADDRESS_STOP = group("address_stop")
VERTEBRA = re.compile(r"[ctls]\d{1,2}(?:-(?:[ctls]?\d{1,2}))?$")
TAIL_PLACE = re.compile(
    r"\s?[,\n]?\s?(?P<city>[A-Z][\w.'’-]+(?:[ -][A-Z][\w.'’-]+){0,3}),?\s(?:(?P<state>"
    + "|".join(STATES.upper().split())
    + r"|(?i:"
    + STATE_NAMES
    + r"))\b\.?)?(?:,?\s(?P<zip>\d{5}(?:-\d{4})?|[A-Z]{1,2}\d[A-Z\d]?\s\d[A-Z]{2}))?"
)
STATE_AFTER = re.compile(
    r",\s(?:" + "|".join(STATES.upper().split()) + r"|(?i:" + STATE_NAMES + r"))\b(?!\s?\d{1,2}\b(?!\d))"
)
CITY_BEFORE = re.compile(r"(?<![\w])[A-Z][a-z'’.-]+(?:\s[A-Z][a-z'’.-]+){0,2}$")


@lru_cache(maxsize=8)
def _by_head(language: str) -> dict[str, tuple[Rule, ...]]:
    table: dict[str, list[Rule]] = {}
    for rule in rules(language):
        for head in rule.heads:
            table.setdefault(head, []).append(rule)
    return {head: tuple(listed) for head, listed in table.items()}


def find_patterns(folded: Folded, language: str = "en", dates: Iterable[DateMention] = ()) -> list[Finding]:
    """Findings of all pattern rules; they may overlap, the finder settles that.

    Parameters
    ----------
    folded
        The text.
    language
        Which further rules join the English ones.
    dates
        The text's dates: a bare number inside one is no identifier of its own.
    """
    table = _by_head(language)
    spans = [(m.start, m.end) for m in dates]
    found: list[Finding] = []
    text = folded.text
    digit_rules = table["0"]
    shape_rules, strasse_rules = table["~uk"], table.get("~strasse", ())
    for start, end, word in folded.tokens():
        if word[0].isdigit() and word.isascii():
            if start == 0 or text[start - 1] not in "._" or not text[start - 2 : start - 1].isdigit():
                _try(digit_rules, start, folded, found)
            _bare(start, end, word, folded, spans, found)
        else:
            listed = table.get(word)
            if listed is not None:
                _try(listed, start, folded, found)
            if not word.isalpha():
                if len(word) <= 10 and POSTCODE_HEAD.match(word):
                    _try(shape_rules, start, folded, found)
                _bare(start, end, word, folded, spans, found)
        if strasse_rules and STRASSE.match(word):
            _try(strasse_rules, _phrase_start(folded.text, start), folded, found)
    if "@" in text or "[at]" in text or "(at)" in text:
        _emails(folded, table["@"], found)
    _paths(folded, found)
    _cities(folded, found)
    return found


def _try(listed: Sequence[Rule], start: int, folded: Folded, found: list[Finding]) -> None:
    for rule in listed:
        match = rule.pattern.match(folded.text, start)
        if match is None:
            continue
        begin, stop = match.span("v") if rule.valued else match.span()
        if not _sensible(rule, begin, stop, folded):
            continue
        if rule.name == "ward" and not re.search(r"[:#]", folded.text[match.start() : begin]):
            begin = match.start()  # "Ward 6E" is a name as a whole; after "Ward:" only the value is
        if rule.category is Category.ADDRESS:
            begin, stop = _with_city(rule, begin, stop, folded, found)
        if rule.category is Category.PHONE:
            begin = _opening(folded.text, begin, stop)
        found.append(Finding(*folded.span(begin, stop), rule.category, rule.score, f"pattern:{rule.name}"))


def _phrase_start(text: str, start: int) -> int:
    """Where a German street begins whose type word starts here: ``Am Alten Markt``, ``Lange Strasse``."""
    match = re.search(
        r"(?:(?:am|an der|an dem|im|in der|zum|zur|auf der|unter den|alte|alter|neue|neuer|grosse|kleine|obere|untere|lange|breite|hohe)\s)$",
        text[max(0, start - 12) : start],
    )
    return start - len(match.group()) if match else start


def _opening(text: str, begin: int, stop: int) -> int:
    """A phone's plus sign, country code or bracket that stands before its first digits."""
    bracket = r"\(?" if ")" in text[begin:stop] else ""
    match = re.search(rf"(?:(?<![\w.-])\+?\d{{1,3}}[-. ]{{1,2}})?{bracket}\+?$", text[max(0, begin - 7) : begin])
    return begin - len(match.group()) if match else begin


def _sensible(rule: Rule, begin: int, stop: int, folded: Folded) -> bool:  # noqa: C901, PLR0911, PLR0912
    text, value = folded.text, folded.text[begin:stop]
    before = text[max(0, begin - 24) : begin]
    name = rule.name
    if name in ("mrn", "accession", "cue-id", "account") and not any(c.isdigit() for c in value):
        return False
    if name in ("mrn", "accession", "account", "license", "cue-id", "staff-id") and VERTEBRA.match(value):
        return False
    if name == "accession" and text.startswith("study", begin - 6) and len(value) < 3:
        return False
    if name.startswith("phone") and name not in ("phone-cue", "phone-letter", "phone-me"):
        if re.search(r"[\d.]$|\d[-/]$", before) or CODE_BEFORE.search(before):
            return False
        if name in ("phone-short", "phone-national") and (  # noqa: SIM103
            MEASURE_AFTER.match(text, stop) or re.search(r"(?:[a-z]-|#|mrn|acc|no\.?|id)\W{0,2}$", before)
        ):
            return False
        return True
    if name in ("phone-letter", "phone-me"):
        return sum(c.isdigit() for c in value) >= (5 if name == "phone-letter" else 4)
    if name == "phone-cue":
        digits = sum(c.isdigit() for c in value)
        cue = text[max(0, begin - 14) : begin]
        return digits >= 7 or (digits >= 3 and bool(re.search(r"(?:ext|pager|beeper|bleep|fax|tel|phone|ph)\W", cue)))
    if name == "nhs":
        return _nhs(value) and not re.search(r"[\w.-]$", before)
    if name == "ip":
        return not re.search(r"(?:v|version|ver|software|sw|[\d.])\W?$", before)
    if name == "ssn-shape":
        return not re.search(r"[\w-]$", before)
    if name == "uid":
        return value.count(".") >= 6 or value.startswith(("1.2.8", "2.25.", "1.3.6"))
    if name == "age":
        return not re.search(r"[\d./-]$|(?:over|under|than|>|<|t|sao2|at)\s?$", before) and not re.match(
            r"\s?-?m\s?(?:/s|hz)", text[stop:]
        )
    if name == "age-decade":
        return bool(re.search(r"\b(?:in|her|his|their|mid-?|early|late)\s?-?$", before)) and not re.search(
            r"the\s(?:early\s|late\s)?$", before
        )
    if name == "ward":
        return _ward_is_one(before, value, text[stop : stop + 12])
    if name in ("ward-shape", "ward-compass"):
        return (
            not re.search(r"[\w.-]$", before)
            and not CODE_BEFORE.search(before)
            and (name == "ward-shape" or _original(folded, begin + len(value.split()[0]) + 1).isupper())
        )
    if name == "ward-named":
        return value not in ("a", "an", "is", "as", "at", "to", "in", "on", "of", "by", "or", "if", "we", "he", "round")
    if rule.category is Category.ADDRESS and name in ("address", "address-fr"):
        words = re.findall(r"[a-z]+", value)
        street = [w for w in words if w not in ADDRESS_STOP]
        original = folded.original[slice(*folded.span(begin, stop))]
        named = re.findall(
            r"[^\W\d_]{2,}", original.split(",")[0] if re.match(r"\d+\w?,", original) is None else original
        )
        capital = all(
            w[0].isupper()
            or w
            in (
                "de",
                "la",
                "of",
                "the",
                "du",
                "des",
                "del",
                "st",
                "nd",
                "rd",
                "th",
                "le",
                "les",
                "bis",
                "ter",
                "rue",
                "avenue",
                "boulevard",
                "place",
                "chemin",
            )
            for w in named[:-1]
        )
        if re.search(r"[a-z]{3,}\.\s", value) or any(w in NOT_STREETS for w in words):
            return False
        return (
            len(street) == len(words)
            and not re.search(r"[\d./-]$", before)
            and (capital or folded.original.islower())
            and not _clinical_street(value)
        )
    if name == "zip" and "s" in rule.pattern.groupindex:
        return _original(folded, begin - 2 if begin > 2 else 0) is not None and _state_before(folded, begin)
    if name == "zip-plus-four":
        return not re.search(r"[\w-]$", before) and not CODE_BEFORE.search(before)
    if name in ("postcode-uk", "postcode-ca"):
        original = folded.original[slice(*folded.span(begin, stop))]
        return (original.isupper() or folded.original.islower()) and not re.match(
            r"[ctls]\d",
            value[:2]
            if len(value.split()[0]) <= 3
            and value[0] in "ctls"
            and not value[1].isalpha()
            and name == "postcode-uk"
            and not re.search(r"\d[a-z]{2}$", value)
            else "xx",
        )
    if name == "username" and rule.score < 0.9:
        return (
            not lexicon.is_word(value)
            and not VERTEBRA.match(value)
            and not re.match(r"(?:t|l|c|s)\d", value)
            and ("." not in value or not lexicon.is_word(value.split(".")[0]))
        )
    if name == "username":
        return value not in ("yes", "no", "none", "unknown")
    if name == "vehicle":
        return any(c.isdigit() for c in value) and len(value) >= 4
    if name in ("device-serial", "device-aet"):
        return not re.search(r"series\W*$", before)
    if name == "health-plan":
        return sum(c.isdigit() for c in value) >= 4
    if name == "ssn" and len(value) == 4:
        return bool(
            re.search(r"(?:ssn|ss\s?#|social|security|ending|four|4)\W*(?:in\s|is\s|:\s?|\)\s?)?$|ssn|social", before)
        )
    return True


def _original(folded: Folded, at: int) -> str:
    return folded.original[folded.span(at, at + 1)[0]] if at < len(folded.text) else ""


def _state_before(folded: Folded, begin: int) -> bool:
    """Whether the two letters before a ZIP stand in capitals, as a state does."""
    match = re.search(r"[a-z]{2}\.?,?\s+$", folded.text[max(0, begin - 8) : begin])
    if not match:
        return False
    at = begin - len(match.group())
    return folded.original[slice(*folded.span(at, at + 2))].isupper() or folded.original.islower()


WARD_WORDS = re.compile(
    r"(?:ward|rooms?|rm|bed|bay|unit|location|loc|suite|pod|cubicle|zimmer|icu|ccu|micu|sicu|nicu|picu|ed|er|floor|tower|wing|bldg|building)\W*(?:no|number|#|nr)?\W*$"
)


def _ward_is_one(before: str, value: str, after: str) -> bool:
    match = WARD_WORDS.search(before)
    cue = re.sub(r"\W.*", "", match.group()) if match else ""
    if cue in ("unit", "floor", "tower", "wing", "building", "location", "loc", "suite", "ed", "er", "pod"):
        strong = (
            ":" in before[-3:]
            or "#" in before[-3:]
            or bool(re.search(r"[a-z]", value))
            or len(re.sub(r"\D", "", value)) >= 3
        )
        if not strong:
            return False
    if cue == "unit" and re.match(r"\s?(?:of|prbc|blood|dose)", after):
        return False
    return not (VERTEBRA.match(value) and cue in ("location", "loc", "unit"))


NOT_STREETS = group("not_streets")
CLINICAL_STREET = group("clinical_street")


def _clinical_street(value: str) -> bool:
    words = re.findall(r"[a-z]+", value)
    return any(w in CLINICAL_STREET for w in words) or (
        len(words) >= 2
        and all(lexicon.is_clinical(w) for w in words[:-1])
        and words[-1]
        in ("st", "ct", "dr", "view", "point", "ridge", "row", "path", "run", "loop", "bend", "rise", "green", "way")
    )


def _with_city(rule: Rule, begin: int, stop: int, folded: Folded, found: list[Finding]) -> tuple[int, int]:
    """City, state and postcode that follow a street line become findings of their own."""
    _, end = folded.span(begin, stop)
    match = TAIL_PLACE.match(folded.original, end)
    if match and (match["state"] or match["zip"]):
        found.append(Finding(*match.span("city"), Category.PLACE, rule.score, "pattern:city"))
        if match["zip"]:
            found.append(Finding(*match.span("zip"), Category.POSTCODE, rule.score, "pattern:zip"))
    else:
        city = re.compile(
            r",?\s(?:in\s)?(?P<city>[A-Z][a-z][\w'’-]+(?:\s[A-Z][a-z][\w'’-]+)?)(?=[,.;\n]|\s?$|\s\d)"
        ).match(folded.original, end)
        if city and not lexicon.is_word(city["city"].lower().split()[0]):
            found.append(Finding(*city.span("city"), Category.PLACE, 0.8, "pattern:city"))
    return begin, stop


def _bare(start: int, end: int, word: str, folded: Folded, spans: list[tuple[int, int]], found: list[Finding]) -> None:  # noqa: C901, PLR0911, PLR0912
    """Long numbers and codes of letters and digits that nothing else explains."""
    text = folded.text
    if end - start < 4:
        return
    digits = sum(c.isdigit() for c in word)
    if word.isdigit():
        if digits < 6:
            match = re.compile(r"\d{2,5}(?:-\d{2,})+(?![\w.-])").match(text, start)
            if not match or sum(c.isdigit() for c in match.group()) < 7 or text[start - 1 : start] in ("-", ".", "/"):
                return
            stop = match.end()
        else:
            match = BARE.match(text, start)
            if not match:
                return
            stop = match.end()
    else:
        begin = start
        match = MIXED.match(text, begin)
        if not match or VERTEBRA.match(match.group()):
            return
        stop = match.end()
    before = text[max(0, start - 24) : start]
    while before and before[-1] == "-" and re.search(r"\w-$", before):
        head = re.search(r"([a-z0-9]+)-$", before)
        if not head or head.end() - head.start() > 8:
            break
        start -= head.end() - head.start()
        before = text[max(0, start - 24) : start]
    if (
        MEASURE_AFTER.match(text, stop)
        or CODE_BEFORE.search(before)
        or (before.endswith((".", "+", "/")) and before[-2:-1].isdigit())
    ):
        return
    value = text[start:stop]
    if re.match(
        r"(?:\d{4}h(?:rs?)?$|nct\d{8}|rpid\d+|rid\d+|[a-z]\d\d\.\d|covid-19|hla-|il-\d|cd\d|ca[- ]?\d|f-?18|tc-?99|i-?131|ga-?68|lu-?177)",
        value,
    ):
        return
    if value in lexicon.words("radiology"):
        return
    a, b = folded.span(start, stop)
    if any(x < b and a < y for x, y in spans):
        return
    found.append(Finding(a, b, Category.ID, 0.75, "pattern:number" if value.isdigit() else "pattern:code"))


EMAIL_LEFT = re.compile(r"[a-z0-9][\w.+'-]*\s?$")


def _emails(folded: Folded, listed: Sequence[Rule], found: list[Finding]) -> None:
    for match in re.finditer(r"@|\(at\)|\[at\]", folded.text):
        left = EMAIL_LEFT.search(folded.text[max(0, match.start() - 64) : match.start()])
        if left:
            start = match.start() - len(left.group())
            _try(listed, start, folded, found)
        elif match.group() == "@" and (handle := re.compile(r"@[a-z_][\w.]{2,30}\b").match(folded.text, match.start())):
            found.append(Finding(*folded.span(*handle.span()), Category.USERNAME, 0.85, "pattern:handle"))


PATH = re.compile(r"(?<!\w)(?:[a-z]:\\|\\\\)[\w.$-]+(?:\\[\w.$ -]*\w)*")
DOMAIN = re.compile(
    r"\.(?:com|org|net|edu|gov|mil|info|health|hospital|nhs\.uk|co\.uk|ac\.uk|org\.uk|de|fr|es|it|ch|at|nl|be|ca|au|io|invalid|example|test|local|internal)(?:/[^\s<>\"')]*\w)?(?![\w@])"
)
HOST = re.compile(r"(?<![\w@.-])[a-z0-9-]{2,}(?:\.[a-z0-9-]{2,})*$")
MAC = re.compile(r"(?<![\w:-])[0-9a-f]{2}(?P<s>[:-])(?:[0-9a-f]{2}(?P=s)){4}[0-9a-f]{2}(?![\w:-])")
IPV6 = re.compile(
    r"(?<![\w:])(?:[0-9a-f]{1,4}:){3,7}(?::?[0-9a-f]{1,4})(?![\w:])|(?<![\w:])[0-9a-f]{1,4}(?::[0-9a-f]{1,4}){0,5}::(?:[0-9a-f]{1,4}(?::[0-9a-f]{1,4}){0,4})?(?![\w:])"
)
VIN = re.compile(r"(?<!\w)(?=[a-z]*\d)(?=\d*[a-z])[a-hj-npr-z0-9]{17}(?!\w)")
SLASH_INITIALS = re.compile(
    r"(?<![\w/])(?:[A-Z]{2,3}[/:][a-z]{2,3}|/[a-z]{2,3}|[A-Z]{2,4}/[A-Z]{2,3}/[a-z]{2,3})(?=\s*(?:$|\n|\d))"
)


def _paths(folded: Folded, found: list[Finding]) -> None:
    text = folded.text
    if "\\" in text:
        found += (Finding(*folded.span(*m.span()), Category.URL, 0.9, "pattern:path") for m in PATH.finditer(text))
    for match in DOMAIN.finditer(text):
        host = HOST.search(text[max(0, match.start() - 64) : match.start()])
        if host and not _file_like(host.group() + match.group()):
            found.append(
                Finding(
                    *folded.span(match.start() - len(host.group()), match.end()), Category.URL, 0.9, "pattern:domain"
                )
            )
    if text.count(":") >= 4 or text.count("-") >= 5:
        found += (Finding(*folded.span(*m.span()), Category.IP, 0.97, "pattern:mac") for m in MAC.finditer(text))
        if text.count(":") >= 3:
            found += (
                Finding(*folded.span(*m.span()), Category.IP, 0.9, "pattern:ipv6")
                for m in IPV6.finditer(text)
                if any(c.isalpha() for c in m.group()) or "::" in m.group()
            )
    for start, end, word in folded.tokens():
        if end - start == 17 and VIN.fullmatch(word):
            found.append(Finding(*folded.span(start, end), Category.VEHICLE, 0.9, "pattern:vin"))
    if "/" in folded.original or ":" in folded.original:
        found += (
            Finding(*m.span(), Category.NAME, 0.7, "pattern:typist") for m in SLASH_INITIALS.finditer(folded.original)
        )


def _file_like(value: str) -> bool:
    return bool(re.fullmatch(r"[a-z]{1,3}\.(?:at|de|it|es|ca|be|ch|io)", value)) or bool(
        re.fullmatch(r"[\d.]+\w*", value)
    )


PLACE_CUE = re.compile(r"(?:\b(?:in|at|from|of|to|near)|\d\w*(?:\s\w+){1,3},)\s$")


def _cities(folded: Folded, found: list[Finding]) -> None:
    """``City, ST`` in prose."""
    for match in STATE_AFTER.finditer(folded.original):
        low = max(0, match.start() - 48)
        before = CITY_BEFORE.search(folded.original[low : match.start()])
        if before is None:
            continue
        city, start = before.group(), low + before.start()
        state = match.group().lstrip(", ")
        if (
            state in ("MD", "DO", "PA", "MA", "ND", "MS")
            and fold_text(city).text not in lexicon.cities()
            and not PLACE_CUE.search(folded.text[max(0, start - 16) : start])
        ):
            continue  # a credential
        words = city.split()
        while words and (lexicon.is_word(words[0].lower()) and len(words) > 1 and not _placeish(words[0])):
            start += len(words[0]) + 1
            words = words[1:]
        if words and not (
            len(words) == 1 and (lexicon.is_clinical(words[0].lower()) or words[0].lower() in CREDENTIAL_LIKE)
        ):
            found.append(Finding(start, match.start(), Category.PLACE, 0.85, "pattern:city-state"))


CREDENTIAL_LIKE = group("credential_like")


def _placeish(word: str) -> bool:
    return word.lower().rstrip(".") in (
        "new",
        "north",
        "south",
        "east",
        "west",
        "fort",
        "mount",
        "saint",
        "st",
        "lake",
        "san",
        "los",
        "las",
        "santa",
        "el",
        "la",
        "port",
        "grand",
        "little",
        "rock",
        "long",
        "cape",
        "royal",
        "silver",
        "green",
        "palm",
        "bay",
        "oak",
        "pine",
        "cedar",
        "great",
        "white",
        "red",
        "black",
        "falls",
        "glen",
        "park",
        "spring",
        "high",
        "college",
        "mountain",
        "union",
        "garden",
        "salt",
    )


def _nhs(value: str) -> bool:
    """Whether ten digits are an NHS number by their check digit (modulus 11)."""
    digits = [int(c) for c in value if c.isdigit()]
    check = 11 - sum(d * w for d, w in zip(digits, range(10, 1, -1), strict=False)) % 11
    return check != 10 and check % 11 == digits[9]
