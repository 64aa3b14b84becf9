"""The rules by which identifiers of a shape or a cue are recognised: one row each, by language."""
# ruff: noqa: E501 - a pattern or a table row reads better whole

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from deid.model import Category
from deid.text.folding import fold_word

__all__ = ["AUSTRALIAN", "CANADIAN", "STATES", "STATE_NAMES", "STATE_RULE", "Rule", "rules"]

C = Category
SEP = r"\s*(?:(?:number|num|no|nr|n°|nummer|numero|id|code)\b\.?)?\s*(?:[:#=]|\.{3,}|\bis\b|\bwas\b|\bof\b|[-–](?=\s|\w))?\s*[#:]?\s*\(?"
UNIT = r"(?!\s?(?:%|×|x\s?\d|/\d|(?:mm|cm|ml|mg|mcg|kg|hu|cc|kvp?|mas?|gy|mgy|ms|sec|min|hours?|weeks?|years?|yrs?|days?|months?|yo|y/o|images?|slices?|directions?|french|gauge|ga?)\b))"
ID = r"(?P<v>(?=[\w./-]*\d)[a-z0-9](?:\w|[-./](?=\w))*+(?:\s\d{3,4}(?![\w.:/-])(?!\s?(?:mm|cm|ml|mg|year|yo)))*)" + UNIT
ID3 = (
    r"(?P<v>(?=(?:[\w]*\d){3})[a-z0-9](?:\w|[-./](?=\w))*+(?:\s\d{3,4}(?![\w.:/-])(?!\s?(?:mm|cm|ml|mg|year|yo)))*)"
    + UNIT
)
GROUPED = r"(?P<v>(?=(?:[\w -]*\d){4})[a-z0-9]+(?:(?:-[a-z]{0,3}\d+[a-z]{0,2}){2,5}|(?:[- ]?[a-z]{0,3}\d+[a-z]{0,2}){0,5})(?:-[a-z])?)(?!\w)"
#: What a number for calls goes on with: no fraction and no hour behind a blank.
CALLED = r"(?:(?!\s[-/]?\s?\d{1,3}(?:/|:\d))[\d() ./-])"
NUMBER = r"\s*(?:number|num|no|nr|#|id)\b\.?"
STREET = (
    r"(?:street|str|st|avenue|ave|av|road|rd|boulevard|blvd|lane|ln|drive|dr|court|ct|place|pl|way|terrace|ter|terr|circle|cir|highway|hwy|parkway|pkwy|square|sq|close|crescent|cres|"
    r"row|mews|gardens|gdns|trail|trl|turnpike|tpke|alley|loop|path|pike|plaza|walk|grove|hill|heights|ridge|rise|run|point|esplanade|quay|green|crossing|bend|cove|view|vista|expressway|expy|route|rte)"
)
STATES = "al ak az ar ca co ct de fl ga hi id il in ia ks ky la me md ma mi mn ms mo mt ne nv nh nj nm ny nc nd oh ok or pa ri sc sd tn tx ut vt va wa wv wi wy dc pr"
STATE_NAMES = "alabama|alaska|arizona|arkansas|california|colorado|connecticut|delaware|florida|georgia|hawaii|idaho|illinois|indiana|iowa|kansas|kentucky|louisiana|maine|maryland|massachusetts|michigan|minnesota|mississippi|missouri|montana|nebraska|nevada|new hampshire|new jersey|new mexico|new york|north carolina|north dakota|ohio|oklahoma|oregon|pennsylvania|rhode island|south carolina|south dakota|tennessee|texas|utah|vermont|virginia|washington|west virginia|wisconsin|wyoming|ontario|quebec|british columbia|alberta|manitoba|saskatchewan|nova scotia"
#: States and provinces of Australia and Canada, in letters or in words, and what their postcodes begin with.
AUSTRALIAN = {
    "nsw": "12", "new south wales": "12", "act": "02", "australian capital territory": "02", "vic": "38", "victoria": "38", "qld": "49",
    "queensland": "49", "sa": "5", "south australia": "5", "wa": "6", "western australia": "6", "tas": "7", "tasmania": "7", "nt": "0",
    "northern territory": "0",
}  # fmt: skip
#: A state between a town and a postcode: within an address, though alone it may stay.
STATE_RULE = "place:town-state"
CANADIAN = "ab bc mb nb nl ns nt nu on pe qc sk yt"
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


AT, DOT = r"(?:@|\(at\)|\[at\])", r"(?:\.|\s?(?:\[dot\]|\(dot\))\s?)"
#: What follows an @ that says when or where something was measured.
NO_HOST = r"(?:rest|peak|stress|exercise|valsalva|baseline|max(?:imum)?|min(?:imum)?|night|bedtime|noon|midnight|home|time|least|about|approx\w*|level|mid\w*|end\w*|apex|base|site|right|left|the|this|that|each|both|all|discharge|admission|surgery|birth|term)"
#: Degrees with a fraction, of which three figures tell a street: ``41.8949, -88.5184``; of a point in space there are three.
LATITUDE, LONGITUDE = r"(?:[0-8]?\d|90)\.\d{3,9}", r"(?:1[0-7]\d|\d?\d)\.\d{3,9}"
EXACT = r"\d{1,3}\.\d{4,9}\s?[,;]\s?[-+]?\d{1,3}\.\d{4,9}"
POINT = rf"{LATITUDE}\s?°?\s?[ns]?\s?[,;/ ]\s?[-+]?{LONGITUDE}(?:\s?°)?(?:\s?[ew](?!\w))?(?!\w|\.\d)(?!\s?[,;/]\s?[-+]?\d+\.\d)"
ANGLE = r"\d{1,3}\s?°\s?\d{1,2}(?:\.\d+)?\s?['’′](?:\s?\d{1,2}(?:\.\d+)?\s?(?:[\"”″]|''))?\s?[nsew]"


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
    _rule("mrn", C.ID, "mr", r"mr\s(?P<v>\d{2,3}[.-]\d{3}[.-]\d{2,3}|\d{6,9})(?![\w.-]\d)(?!\w)", 0.9),
    _rule("accession", C.ID, "accession acc accn acsn accno exam examination order requisition req study case report placer filler specimen path pathology ref reference ticket confirmation document doc job dictation dict request procedure scan series worklist ris pacs transcription conf session voice tracking",
          r"(?:accession|acc(?=\s?(?:[#:.]|no|num|nr|\d|[a-z]{0,3}-?\d))|accn|acsn|accno|(?:exam|examination|order|study|case|report|placer|filler|specimen|document|doc|job|dictation|dict|request|procedure|transcription|session|ris|pacs|requisition|req|confirmation|conf|voice|tracking|scan)\s?(?:order\s?)?(?:job\s?)?(?:#|no\b\.?|number|num\b|nr\b|id\b|identifier|ref\b)|(?:requisition|req|path|pathology|ref|reference|ticket|confirmation|job)\s?(?:#|no\b|number|id\b|:))\.?" + SEP + ID),
    _rule("account", C.ACCOUNT, "acct account acc billing invoice bill encounter visit csn har fin episode admission adm contact stay fee receipt bank iban card credit debit payment guarantor financial hsp",
          r"(?:acct|account|billing|invoice|bill|(?:encounter|visit|episode|admission|adm|contact|stay|hsp|financial|guarantor|payment|receipt)\s?(?:acc(?:oun)?t\s?)?(?:#|no\b|number|num\b|nr\b|id\b|code\b|:)|csn|har(?=\s?(?:#|:|no|\d))|fin(?=\s?(?:#|:|no\b|\d))|(?:bank|credit|debit)\s(?:account|card)(?:\s?(?:#|no\b|number|ending(?:\sin)?))?|card\s(?:number|no|ending(?:\sin)?)|encounter|visit(?=\s?#))(?![a-z]{3})\.?" + SEP + ID3),
    _rule("account", C.ACCOUNT, "c", r"(?<=a/)c\b\.?\s?(?:no\b\.?|#)?\s?:?\s?(?P<v>\d[\d -]{4,18}\d)(?!\w)"),
    _rule("iban", C.ACCOUNT, "iban", r"iban\s?:?\s?(?P<v>[a-z]{2}\d\d(?:\s?[a-z0-9]{3,4}){3,8})"),
    _rule("ssn", C.SSN, "ssn ss social soc last nino ni sin insurance tax tin itin",
          r"(?:ssn|ss\s?#|ss\s?no|social\s?sec(?:urity)?(?:\s?(?:no|number|#|num))?|soc\.?\s?sec\.?(?:\s?(?:no|number|#))?|nino|sin|tin|itin|ni\s?(?:no|number)|tax\s?(?:id|number))(?![a-z]{3})\.?(?:\s?\(?last\s?(?:4|four)(?:\sdigits)?\)?)?" + SEP + r"(?:ending\s(?:in\s)?)?(?P<v>(?:[x*•]{3}[- ]?[x*•]{2}[- ]?)?\d{3}[- .]?\d{2}[- .]?\d{4}|(?:[x*•]{3}[- ]?[x*•]{2}[- ]?)\d{4}|\d{3}[- ]?\d{3}[- ]?\d{3}|[a-z]{2}\s?\d\d\s?\d\d\s?\d\d\s?[a-d]|\d{4})(?!\w)"),
    _rule("ssn-last-four", C.SSN, "last", r"last\s(?:4|four)(?:\sdigits)?(?:\sof)?(?:\s(?:the\s|his\s|her\s)?(?:ssn|social(?:\ssecurity)?))(?:\s(?:no|number))?" + SEP + r"(?P<v>\d{4})(?!\w)"),
    _rule("health-plan", C.HEALTH_PLAN, "member policy insurance ins group grp subscriber beneficiary medicare medicaid hicn mbi health plan claim authorization authorisation auth payer payor payer's tricare coverage hic prior precert preauthorization hmo bcbs insured certificate pre-auth preauth blue cigna aetna kaiser humana coverage medical",
          r"(?:(?:member|policy|insurance|ins|group|grp|subscriber|beneficiary|plan|health\s?plan|health\s?insurance|claim|(?:prior\s)?auth(?:oriz?s?ation)?|pre-?auth(?:oriz?s?ation)?|precert(?:ification)?|payer|payor|coverage|insured|certificate|medicare|medicaid|tricare|medical|blue\s?cross(?:\s?blue\s?shield)?|bcbs|cigna|aetna|humana|kaiser|hmo)\.?\s?(?:policy\s|member\s|group\s|plan\s|beneficiary\s|claim\s|card\s|insurance\s|subscriber\s)?(?:id\b|#|no\b\.?|number|num\b|nr\b|identifier|code\b|card\b)|medicare|medicaid|hicn?|mbi|policy|subscriber|health\s(?:plan|card|insurance)(?=\s?[:#]))(?![a-z]{3})" + SEP + GROUPED),
    _rule("health-plan", C.HEALTH_PLAN, "grp group", r"(?P<v>(?:grp|group)\s[a-z]{0,3}\d{4,}(?:,?\s(?:id|mem(?:ber)?)\s[a-z]{0,3}\d{5,})?)(?!\w)", 0.9),
    _rule("license", C.LICENSE, "license licence lic npi dea gmc driver drivers driver's dl passport certificate cert registration reg state upin provider prac practitioner nmc hcpc ahpra board medical cdl",
          r"(?:(?:medical\s|state\s|driver'?s?'?\s|nursing\s|board\s|md\s|professional\s)?(?:license|licence|lic)\b\.?(?:\s?plate)?|npi|dea|gmc|nmc|hcpc|ahpra|upin|dl(?=\s?(?:#|:|no))|cdl|passport|(?:certificate|cert|provider|practitioner|prac|registration|reg)\.?\s?(?:id\b|#|no\b\.?|number|num\b))(?![a-z]{3})" + SEP + r"(?:[a-z]{2}[- ])?" + ID3),
    _rule("device-serial", C.DEVICE, "serial sn s ser device udi lot implant asset imei equipment machine scanner unit generator probe transducer pacemaker icd lead valve stent prosthesis station detector aet",
          r"(?:(?:device\s|unit\s|scanner\s|implant\s|generator\s|equipment\s|machine\s|probe\s|transducer\s|pacemaker\s|icd\s|lead\s|valve\s|stent\s|prosthesis\s|detector\s|model\s\S+\s)?(?:serial\s?(?:number|no|num|nr|#|id)?|s/n|ser\.?\s?(?:no|#)|sn(?=\s?[:#\d])|udi(?:-di|-pi)?|imei|lot\s?(?:#|no\b|number)?|asset\s?(?:tag|id|no|#|number)?)|(?:device|equipment|machine|scanner|station|implant|asset|detector|unit)\s(?:id\b|identifier|name|#|no\b|number))(?![a-z]{3})\.?" + SEP + r"(?P<v>(?=[\w./()-]*\d)[a-z0-9(](?:\w|[-./()](?=\w))*+)" + UNIT),
    _rule("device-aet", C.DEVICE, "ae aet aetitle station hostname host workstation computer", r"(?:ae\s?title|aet|station\s?name|hostname|host\s?name|workstation(?:\s(?:id|name))?|computer\s?name)\s?[:#=]\s?(?P<v>[\w-]+)"),
    _rule("vehicle", C.VEHICLE, "vin vehicle plate license licence registration reg tag car plates number",
          r"(?:vin|vehicle(?:\s(?:id(?:entification)?|reg(?:istration)?|license|licence))?(?:\s?(?:plate|no|number|#))?|(?:license|licence|number|registration|reg\.?|car)\s?(?:plates?|tag)|plates?(?=\s?(?:#|:|no\b|number|[a-z0-9-]*\d))|registration(?=\s?(?:mark|:)))\s?(?:number|no\b|#)?" + SEP + r"(?P<v>(?=[a-z0-9 -]*\d)[a-z0-9]{1,17}(?:[- ](?=[a-z]*\d)[a-z0-9]{2,4}|-[a-z]{2,3}){0,2}(?:(?<=\d)\s(?!vin|and|was|has|for|the)[a-z]{3}\b(?!:))?)(?!\w)"),
    _rule("username", C.USERNAME, "user username userid login logon operator signed handle screenname account uid logged skype twitter instagram facebook nickname audit log nick screen opened accessed",
          r"(?:user(?:\s?(?:name|id))?|username|userid|login|logon|operator\s?id|signed\sin\sas|logged\sin\sas|login\sid|user\slogin|screen\s?name|handle|audit(?=:)|log(?=:)|opened\sby(?=:)|accessed\sby(?=:)|skype|twitter|instagram|facebook)\s?(?:[:=#]|\bis\b)\s?(?P<v>@?[a-z0-9][\w.\\-]*\w)(?![\w@])"),
    _rule("username-nick", C.USERNAME, "nickname nick", r"nick(?:name)?\s(?P<v>(?=\w*[\d_]|\w{5})[a-z][\w.]*\w)(?![\w@])", 0.8),
    _rule("username", C.USERNAME, "user username login as by", r"(?:user(?:name)?|login|signed\sin\sas|as|by)\s(?:user\s)?(?P<v>(?=[\w.]*\d)[a-z]{2,12}[._]?[a-z]{0,12}\d{1,4}|[a-z]{1,12}_[a-z]{2,12}\d{0,3}|[a-z]{1,10}\.[a-z]{3,12})(?![\w@.]*@)(?!\w)(?!\.\w)", 0.7),
    _rule("username-path", C.USERNAME, "users user people profiles members staff accounts clinicians physicians providers", r"(?<=/)[a-z]+/(?P<v>[a-z][\w.+-]*\w)(?=[/?#\s\"'),;]|$)", 0.9),
    _rule("patient-path", C.ID, "patients patient subjects subject encounters encounter persons", r"(?<=/)[a-z]+/(?P<v>(?=[\w-]*\d{3})\w[\w-]*\w)(?=[/?#\s\"'),;]|$)", 0.9),
    _rule("staff-id", C.ID, "employee staff badge emp student trial randomization randomisation screening enrollment barcode band wristband ticket dosimeter tld film record fingerprint biometric photo",
          r"(?:(?:employee|staff|badge|emp|student|trial|randomi[sz]ation|screening|enrollment|wristband|dosimeter|tld|fingerprint|biometric|photo|voice\s?print|barcode|band)\s?(?:id\b|#|no\b\.?|number|identifier|code|template(?:\sid)?|scan(?:\sid)?|hash)|barcode|badge)(?![a-z]{3})" + SEP + ID3),
    _rule("folder", C.ID, "folder file chart hosp reg regn bht uhid ipno opno ip op slide slides disc docket incident ticket token batch auth datix inv invoice po pacs ris", r"(?:folder|file|chart|hosp|regn?|bht|uhid|i\.?p\.?\s?no|o\.?p\.?\s?no|slides?|disc|docket|incident|ticket|token|auth|datix|inv(?:oice)?|po)\b\.?\s?[:#]?\s?(?P<v>(?=(?:[a-z /*-]*\d){4})[a-z]{0,5}[/ *-]?\d[\d/*-]*(?:\s\d{2,}[\d/-]*){0,3}[a-z]?)(?!\w)(?![.,:]\d)" + UNIT, 0.85),
    _rule("code-slash", C.ID, "~slash", r"(?P<v>[a-z]{1,5}/\d{4,}(?:/\d{2,4})?|[a-z]{1,3}/\d{2,5}/\d{2,4})(?![\w/])", 0.8),
    _rule("cue-id", C.ID, "id ident identifier identification no number num nr ref reference", r"(?:id|ident|identifier|identification|no|number|num|nr|ref|reference)\.?(?:\s?(?:number|no\b|#))?\s?[:#=]\s?" + ID3, 0.9),
    # Contacts
    _rule("phone-cue", C.PHONE, "phone tel telephone ph cell mobile fax facsimile pager beeper ext extension call contact callback direct office home work voicemail hotline switchboard bleep telefon telefono tlf fon handy paged page dial at line",
          r"(?:phone|tel(?:ephone|efon|efono)?|ph|cell(?:\s?phone)?|mobile|fax|facsimile|pager|beeper|bleep|ext(?:ension)?|callback|direct(?:\sline)?|voicemail|hotline|switchboard|fon|handy|tlf|dial|home|work|office|contact)\b\.?(?:\s?(?:number|no\b|#|nr\b|line|phone))?\s?(?:[:#]|\bis\b|\bat\b|\()?\s?(?P<v>[x#]?\+?\(?\d" + CALLED + r"{2,18}\d)(?!\w)(?![./-]\d)" + UNIT),
    _rule("phone-extension", C.PHONE, "phone tel telephone at call ring on is", r"(?:phone|tel(?:ephone)?|at|call|ring|on|is)\s?[:.]?\s(?P<v>x\s?\d{2,5})(?![\w/.])(?!\s?(?:mm|cm|ml|days?|weeks?|doses?|times|views?))", 0.85),
    _rule("phone-letter", C.PHONE, "t p m f c o h w", r"[tpmfcohw]\s?[:.]\s?(?:tel:)?(?P<v>\+?\(?\d" + CALLED + r"{3,18}\d)(?!\w)(?![./-]\d)" + UNIT),
    _rule("phone-paged", C.PHONE, "paged bleeped called rang phoned reached page bleep call dial is", r"(?:paged|bleeped|page|bleep|is\son|called|rang|phoned|reached)\s(?:[a-z.'-]+\s){0,4}?(?:at|on)\s(?P<v>x?\d{4,6})(?!\w)(?![:./-]\d)(?!\s?(?:hrs?|hours|h\b|am|pm|on\b))", 0.85),
    _rule("phone-me", C.PHONE, "page call reach ring text contact", r"(?:page|call|reach|ring|text|contact)\s(?:me|us|him|her|them|back)\s(?:at|on)\s(?P<v>\+?\(?\d" + CALLED + r"{2,18}\d)(?!\w)" + UNIT, 0.9),
    _rule("pager", C.PHONE, "pager beeper bleep ext extension x paged bleep vocera asc ascom dect", r"(?:(?:pager|beeper|bleep|paged|vocera|ascom|dect)(?:\s(?:number|no|#|id|at))?|ext(?:ension)?|x(?=\d{4}\b))(?![a-z]{3})\.?\s?[:#]?\s?(?P<v>\d{3,7})(?![\w°])(?![-/]\d)(?!\s?deg)"),
    _rule("phone-us", C.PHONE, "0", r"(?P<v>(?:1[-. ])?(?:\d{3}\)\s?|\d{3}[-. /])\d{3}[-. ]\d{4}(?:\s?(?:x|ext\.?|extension)\s?\d{1,6})?)(?![\w-])"),
    _rule("phone-short", C.PHONE, "0", r"(?P<v>(?:555|[2-9]\d\d)-\d{4}(?:\s?(?:x|ext\.?|extension)\s?\d{1,6})?)(?![\w-])", 0.85),
    _rule("phone-international", C.PHONE, "0", r"(?<=\+)(?P<v>[1-9]\d{0,2}[-. ]?(?:\(0?\d{1,5}\)[-. ]?)?(?:\d[-. /]?){6,12}\d)(?!\w)"),
    _rule("phone-national", C.PHONE, "0", r"(?P<v>0\d{1,4}\)?[ /-]{1,3}(?:\d{2,4}[ -]?){2,4}\d{1,4})(?![\w-]|[:/]\d)", 0.85),
    _rule("phone-national", C.PHONE, "0", r"(?P<v>[78][ -]?\(?\d{3}\)?[ -]?\d{3}[ -]\d\d[ -]\d\d)(?![\w-])", 0.9),
    _rule("phone-national", C.PHONE, "0", r"(?P<v>0[1-9](?:[ .]\d\d){4})(?!\w)", 0.9),
    _rule("email", C.EMAIL, "@", rf"(?P<v>[a-z0-9][\w.+'-]*(?:\s?{AT}\s?[a-z0-9-]+(?:{DOT}[a-z0-9-]+)*{DOT}[a-z]{{2,}}|(?<=[a-z.][\w.+'-])@(?!{NO_HOST}\b)[a-z][a-z0-9-]*[a-z]))", 0.99),
    _rule("url", C.URL, "http https ftp www sftp dicom file", r"(?P<v>(?:(?:https?|s?ftp|file|dicom)://|www\.)[^\s<>\"')\]]*[\w/])", 0.99),
    # Numbers with a shape of their own
    _rule("code-shape", C.ID, "0", r"(?P<v>\d{2,4}-[a-z]{1,4}-?\d{3,8})(?![\w-])", 0.85),
    _rule("device-machine", C.DEVICE, "machine scanner system unit console probe", r"(?:machine|scanner|system|unit|console|probe)\s?:?\s(?:[a-z][a-z-]+\s){1,4}?(?P<v>(?=(?:\w*\d){4})[a-z]{0,4}\d[\w-]{3,})(?![\w])" + UNIT, 0.85),
    _rule("national-id", C.ID, "nric fin aadhaar qid cpr pesel nie curp cpf emirates civil hn uhid iqama mykad hkid cnic nid bsn personnummer", r"(?:nric|fin|aadhaar|qid|cpr|pesel|curp|cpf|emirates\sid|civil\sid|hn|uhid|iqama|mykad|hkid|cnic|nid|bsn|personnummer)\b\.?\s?(?:no\b\.?|number|#)?\s?[:#]?\s?(?P<v>(?=(?:[\w./-]*\d){4})[a-z0-9][\w./-]*(?:\s\d{3,4}){0,3})(?!\w)", 0.93),
    _rule("uid", C.UID, "0", r"(?P<v>2\.25\.[1-9]\d{8,38}|[0-2](?:\.(?:0|[1-9]\d*)){5,})(?:(?=_|\.[a-z][a-z0-9]{1,4}(?:\.gz)?(?!\w))|(?![\w.]*[a-z]))", 0.99),
    _rule("date-calendar", C.DATE, "0", r"(?P<v>(?:[012]?[1-9]|[123]0)(?P<s>[/.-])(?:0?[1-9]|1[0-2])(?P=s)(?:1[34]|25)\d\d|1[34]\d\d(?P<t>[/.-])(?:0?[1-9]|1[0-2])(?P=t)(?:[012]?[1-9]|[123]0))(?=\s?(?:a\.?h\b\.?|h\b|b\.?e\b)|(?![\w/-]|\.\d))", 0.95),  # Hijri, Persian, Buddhist
    _rule("ip", C.IP, "0", r"(?P<v>(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?::\d{2,5})?(?:/\d\d?)?)(?![\w.]\d)", 0.95),
    _rule("coordinates", C.PLACE, "gps coordinate coordinates coord coords location geolocation geotag position map maps",
          rf"(?:gps|coord(?:inate)?s?|(?:geo)?location|geotag|position|maps?)\b(?:\s?(?:coord(?:inate)?s?|pin|point|is|of|at))?\W{{0,4}}(?P<v>[-+]?{POINT})"),
    _rule("coordinates", C.PLACE, "lat latitude", rf"lat(?:itude)?\W{{1,3}}(?P<v>[-+]?{LATITUDE}\s?°?\s?[ns]?\W{{1,3}}(?:and\s)?lon(?:g(?:itude)?)?\W{{1,3}}[-+]?{LONGITUDE}(?:\s?°)?(?:\s?[ew](?!\w))?)"),
    _rule("coordinates", C.PLACE, "0", rf"(?<!\d,\s)(?<!\d,\s[-+])(?=[1-9]\d|\d\.\d+\s?[,;]\s?[-+]?\d\d)(?P<v>(?={EXACT}){POINT})", 0.9),
    _rule("coordinates", C.PLACE, "0", rf"(?P<v>{LATITUDE}\s?°?\s?[ns][,;/ ]{{1,2}}{LONGITUDE}\s?°?\s?[ew])(?!\w)", 0.9),
    _rule("coordinates", C.PLACE, "0", rf"(?P<v>{ANGLE}(?:,?\s?{ANGLE})?)(?!\w)", 0.9),
    _rule("ssn-shape", C.SSN, "0", r"(?P<v>(?!000|666|9\d\d)\d{3}(?P<s>[- ])(?!00)\d\d(?P=s)(?!0000)\d{4})(?![\w-])", 0.95),
    _rule("nhs", C.ID, "0", r"(?P<v>\d{3}[ -]?\d{3}[ -]?\d{4})(?![\w-])(?!\.\d)", 0.9),
    # Ages over 89
    _rule("age", C.AGE, "0", OLD + r"(?=[\s-]{0,2}(?:y(?:ea)?rs?|year|yo|y\.o\.?|y/o|jahre?|jahrig\w*|lj|anos|ans|annos)\b)", 0.97),
    _rule("age", C.AGE, "0", OLD + r"(?=\s?-?(?:m|f|male|female|man|woman|gentleman|lady|yom|yof|y)\b(?!\w))", 0.9),
    _rule("age", C.AGE, "age aged", r"(?:age|aged)\s?(?:[:=]|\bof\b|\bis\b)?\s?" + OLD + r"(?!\w)(?![./-]\d)(?!\s?(?:%|mm|cm|weeks?|days?|months?))", 0.95),
    _rule("age", C.AGE, "male female man woman", r"(?:male|female|man|woman)\s?[,/]\s?" + OLD + r"(?=\s?(?:[,;)|\n]|$))", 0.93),
    _rule("age", C.AGE, "he she who i im hes shes", r"(?:he|she|who|i)(?:'?s|'?m|\sis|\sam|\swas)\s(?:now\s|only\s|nearly\s|almost\s|turning\s)?" + OLD + r"(?![\w/%°-])(?!\.\d)(?!\s?(?:%|mm|cm|ml|mg|kg|lbs?|pounds|bpm|minutes|percent|of|on|over|degrees|hours?|days?|weeks?|months?)\b)", 0.9),
    _rule("age", C.AGE, "mother father mum mom mam dad wife husband aunt uncle gran grandma grandpa nan nana grandmother grandfather grandad partner sister brother", r"(?:[a-z]+)\s?\(" + OLD + r"(?=\s?[),;])", 0.9),
    _rule("age", C.AGE, "f m", r"[fm]\s?/\s?" + OLD + r"(?![\w/%°])(?!\.\d)", 0.9),
    _rule("age", C.AGE, "0", r"(?P<v>(?:9\d|1[01]\d|12[0-5])(?:st|nd|rd|th)?)(?=\s(?:birthday|bday|b-day))", 0.95),
    _rule("age", C.AGE, "0", OLD + rf"(?=\s?(?:岁|歲|歳|才|{fold_word('세')}|лет|года?\b|ετων|سنة|عاما))", 0.97),
    _rule("age-as", C.AGE, "0", r"(?P<v>0(?:9\d|1[0-2]\d)y)(?!\w)", 0.97),
    _rule("age-words", C.AGE, "ninety one a hundred", r"(?P<v>" + TENS + r")(?=[\s-]{1,2}(?:year|yr|yo\b))", 0.97),
    _rule("age-decade", C.AGE, "90s nineties", r"(?P<v>90s|nineties)(?!\w)", 0.6),
    # Wards, rooms, beds
    _rule("ward", C.WARD, "ward room rm bed bay unit floor location loc stretcher gurney trolley recliner bassinet pcu imcu sdu hdu pacu cvicu tcu mau amu cdu nursing suite pod station icu ccu micu sicu nicu picu ed er bedside stepdown tower wing building bldg zimmer station cubicle slot theatre",
          r"(?:ward|rooms?|rm|bed|bay|stretcher|gurney|trolley|recliner|bassinet|pcu|imcu|sdu|hdu|pacu|cvicu|tcu|mau|amu|cdu|(?:nursing\s)?unit(?=\s?[:#]?\s?\d{0,2}[a-z]?-?\d{0,3}[a-z]?\b)|location|loc|suite|pod|cubicle|zimmer|theatre|station(?=\s\d{0,2}[a-z]\d{0,2}\b)|(?:icu|ccu|micu|sicu|nicu|picu|ed|er)(?:\s(?:bed|room|bay|rm|pod))?|floor|tower|wing|bldg|building)\b\.?\s?(?:number|no\b\.?|#|nr\b\.?)?\s?[:#]?\s?(?P<v>(?=\w{0,3}-?\d)[a-z]{0,2}-?\d{1,4}[a-z]{0,2}(?:(?:[-/]|[ ,]{1,2}bed\s)(?=[\w]{0,2}\d)[a-z]{0,2}\d{1,3}[a-z]?|-[a-z]{1,2}\b)?)(?![\w])(?![./-]\d)(?!\s?(?:mm|cm|ml|mg|%|kg|hu\b|degrees|liters?|l/min|mins?\b|minutes?|secs?\b|hrs?\b|hours?|days?|weeks?|years?|post[\s-]?op|prbc|activation))", 0.9),
    _rule("ward-point", C.WARD, "location loc room rm raum", r"(?:location|loc|room|rm|raum)\s?[:#]?\s?(?P<v>\d{1,2}\.\d{2,4}[a-z]?)(?![\w.]\w)(?!\s?(?:mm|cm|ml|mg|%|m2|sq))", 0.9),
    _rule("ward-location", C.WARD, "location loc ward unit floor bay pod station", r"(?:(?:patient|pt|current)\s)?(?:location|loc|ward|unit|bay|station)[ \t]*[:=.]+[ \t]*(?P<v>(?!\s)[a-z0-9][\w'-]*(?:[ ](?:[a-z0-9]{1,3}(?:-[a-z0-9]{1,3})?|north|south|east|west|ward|unit|wing|tower|bed|room)\b){0,3})(?=[ \t]*(?:$|[\n,;|)]|[ ]{2}|\sdate))", 0.9),
    _rule("ward-after", C.WARD, "in from to on at er ed", r"(?:(?:in|from|to|on|at)\s)?(?P<v>(?:er|ed|bed|bay|room|rm|obs|icu|ccu|cubicle|resus|majors|theatre|pod|chair)\s\d{1,3}[a-z]?)(?!\w)(?!\s?(?:mm|cm|ml|mg|%|days?|weeks?|h\b|hours?|hrs?|mins?\b|minutes|months|patients?|beds|/|\.\d))", 0.85),
    _rule("ward-code", C.WARD, "0", r"(?P<v>\d{1,2}[a-z]\d{2}|\d{1,2}[a-z]{1,2}-\d{1,3}[a-z]?)(?=\s(?:clinic|ward|unit|bed|north|south|east|west)|\))", 0.85),
    _rule("ward-letter", C.WARD, "~uk", r"(?P<v>(?![ctls]\d{1,2}-(?:1[0-3]|[1-9])(?!\d))(?![cl][1-9])[a-z]\d{1,2}-\d{1,3}[a-z]?)(?![\w-])(?!\s?(?:mm|cm))", 0.8),
    _rule("ward-place", C.WARD, "day ward wd theatre theater saal teater ot or pod side cot chair hallway trauma resus majors minors linac fluoro cath lab hybrid proc procedure delivery lead seminar tutorial conf conference waiting discharge fast vip nicu scbu picu micu sicu ccu itu icu hdu stepdown unit clinic peds treatment consult exam room us scanner bridge",
          r"(?P<v>(?:day\sward|ward|wd|theat(?:re|er)|saal|teater|ot|or|pod|side\s(?:room|rm)|cot|chair|hallway|trauma(?:\sbay)?|resus(?:\sbay)?|majors|minors|linac|fluoro|cath\slab|lab|hybrid|proc(?:edure)?(?:\sroom)?|delivery(?:\sroom)?|lead\sroom|seminar\sroom|tutorial\s(?:room|rm)|conf(?:erence)?\s(?:room|rm)|waiting\sarea|discharge\slounge|fast\strack|vip|(?:peds\s)?ed|nicu(?:-hd)?|scbu|picu|micu|sicu|ccu|itu|icu|hdu|stepdown|clinic|treatment\sroom|consult(?:ing)?\sroom|exam\sroom|bridge)(?:\s|-|\s?#)(?:\d{1,3}(?:\.\d{1,2})?[a-z]?|[a-h])(?:,?\s(?:bed|bay|cot|chair|side\sroom|rm|room|hallway)\s(?:\d{1,3}[a-z]?|[a-h]))?)(?![\w'/:-])(?!\s?(?:%|mm|cm|ml|mg|mcg|kg|d\b|min|minutes?|secs?|seconds?|hrs?\b|activation|model|of\s\d|patients?|beds|times|months?|weeks?|days?|hours?|years?|views?|fractions?|and\s\d|to\s\d|\.\d))", 0.85),
    _rule("ward-side", C.WARD, "~uk", r"(?P<v>[a-z]\d{1,2}\s(?:north|south|east|west))(?!\w)", 0.8),
    _rule("ward-obs", C.WARD, "obs resus majors cubicle", r"(?P<v>(?:obs|resus|majors|cubicle)\s\d{1,2}[a-z]?)(?!\w)(?!\s?(?:mm|cm|ml|%|min|h\b|hrs?\b|hours?|hourly|seg|measur|lr-|:\s?lr|at\s\d|(?:in\s)?(?:the\s)?(?:right|left)?\s?(?:lobe|segment|lesion|nodule)))", 0.8),
    _rule("ward-cap", C.WARD, "the in on to from at", r"(?:in|on|to|from|at)?\s?the\s(?P<v>[a-z][a-z'-]+(?:\s[a-z][a-z'-]+)?\s(?:unit|ward|wing|pavilion)|[a-z][a-z'-]+(?=\sclinic\b))(?!\w)", 0.8),
    _rule("ward-named", C.WARD, "ward", r"ward\s?[:#]?\s(?P<v>\d{0,2}[a-z]{1,2}\d{0,2}(?:\s(?:north|south|east|west))?)(?!\w)", 0.8),
    _rule("ward-shape", C.WARD, "0", r"(?P<v>\d{1,2}(?!d\b|t-\d\b|e-\d{1,2}\b)[a-z]{1,2}-\d{1,3}[a-z]?)(?![\w-])(?!\s?(?:mm|cm))", 0.85),
    _rule("ward-compass", C.WARD, "0", r"(?P<v>\d{1,2}(?:st|nd|rd|th)?\s(?:north|south|east|west)(?:\s?(?:\d{1,3}[a-z]?|wing|tower|unit|ward|icu))?)(?!\w)(?!\s?(?:of|street|st|avenue|ave|road|rd|\w+\s(?:street|st|avenue|ave|road|rd|blvd|lane|drive)))", 0.75),
    # Addresses and postcodes
    _rule("address", C.ADDRESS, "0", r"(?P<v>\d{1,6}[a-z]?(?:-\d{1,4})?,?\s(?:(?:n|s|e|w|ne|nw|se|sw|north|south|east|west)\.?\s)?(?:(?:\d{1,3}(?:st|nd|rd|th)|[a-z][\w'.-]*)\s){1,4}?" + STREET + r"\b\.?(?:\s(?:n|s|e|w|ne|nw|se|sw|north|south|east|west)\b\.?)?(?:,?\s?(?:apt|apartment|suite|ste|unit|flat|floor|fl|room|rm|bldg|#)\.?\s?#?\s?[\w-]{1,5}\b)?)", 0.9),
    _rule("address-numbered-street", C.ADDRESS, "0", r"(?P<v>\d{1,6}\s(?:broadway|(?:n|s|e|w|north|south|east|west)\.?\s\d{1,3}(?:st|nd|rd|th))\b)", 0.9),
    _rule("po-box", C.ADDRESS, "po p post postfach", r"(?:p\.?\s?o\.?\s?box|post\s?(?:office\s)?box|postfach)\s?#?(?P<v>\d{1,6})", 0.95),
    _rule("address-flat", C.ADDRESS, "flat apt apartment unit", r"(?P<v>(?:flat|apt|apartment)\.?\s?#?\d{1,4}[a-z]?)(?!\w)", 0.85),
    _rule("zip", C.POSTCODE, STATES, r"(?P<s>[a-z]{2})\.?,?\s+(?P<v>\d{5}(?:-\d{4})?)(?![\w-])", 0.95),
    _rule("zip-named", C.POSTCODE, " ".join({name.split()[0] for name in STATE_NAMES.split("|")}), rf"(?P<s>{STATE_NAMES})\.?,?\s+(?P<v>\d{{5}}(?:-\d{{4}})?)(?![\w-])", 0.95),
    _rule("zip-au", C.POSTCODE, " ".join({name.split()[0] for name in AUSTRALIAN}), rf"(?P<s>{'|'.join(AUSTRALIAN)})\.?,?\s(?P<v>\d{{4}})(?![\w/:-])(?!\.\d)", 0.9),
    _rule("zip-ca", C.POSTCODE, CANADIAN, rf"(?P<s>{'|'.join(CANADIAN.split())})\.?,?\s{{1,2}}(?P<v>[abceghj-nprstvxy]\d[abceghj-nprstv-z][ -]?\d[abceghj-nprstv-z]\d)(?!\w)", 0.95),
    _rule("zip", C.POSTCODE, "zip zipcode postcode postal plz", r"(?:zip(?:\s?code)?|zipcode|post\s?code|postal\s?code|plz)\s?[:#]?\s?(?:is\s)?(?P<v>[a-z]?\d[\w]{1,5}(?:[- ]\d?[a-z\d]{2,4})?)(?!\w)", 0.95),
    _rule("postcode-pl", C.POSTCODE, "0", r"(?P<v>\d{2}-\d{3})(?=\s[a-z][a-z-]{2,})(?!\s(?:mm|cm|ml|mg|hu|ms|days?|weeks?|years?|images?|and|or|to|of))", 0.75),
    _rule("address-key", C.ADDRESS, "address addr residence lives living resides domicilio direccion anschrift adresse domicile", r"(?:(?:home\s|mailing\s|postal\s|street\s)?(?:address|addr|residence|anschrift|adresse|direccion|domicilio)\s?:|(?:lives?|living|resid(?:es|ing))\s(?:alone\s)?at)\s?(?P<v>(?=[^,\n]*[a-z])[^\n,;.|]{4,60}?(?:,\s[^\n,;.|]{2,40}?(?=,\s))?)(?=[,;.|\n]|$|\s(?:with|and|since|who|in)\s)", 0.85),
    _rule("address-street-first", C.ADDRESS, "0", r"(?P<v>\d{1,6}[a-z]?,?\s(?:rue|via|calle|avenida|avenue|place|piazza|corso|viale|ulica|ul\.)\s(?:(?:de|la|le|du|des|del|della|di|los|las)\s){0,3}[a-z][\w'-]*(?:\s[a-z][\w'-]+)?)(?=[,;.\n]|\s?$|\s(?:by|at|in|and|with)\b)", 0.9),
    _rule("address-unit", C.ADDRESS, "unit flat apt", r"(?P<v>(?:unit|flat|apt)\s?\d{1,4}[a-z]?/\d{1,5}\s(?:[a-z][\w'-]*\s){1,3}" + STREET + r")(?!\w)", 0.93),
    _rule("address-house", C.ADDRESS, "the", r"(?P<v>the\s(?:old\s|new\s|little\s)?[a-z]+(?:\s[a-z]+)?,\s(?:\d{1,4}\s)?[a-z]+\s(?:walk|lane|road|street|close|row|hill|green|end|way|mews|court|drive|avenue|place))(?=[,.;\n]|\s?$|\s[a-z]+\s[a-z]{1,2}\d)", 0.85),
    _rule("zip-plus-four", C.POSTCODE, "0", r"(?P<v>\d{5}-\d{4})(?![\w-])", 0.8),
    _rule("postcode-uk", C.POSTCODE, "~uk", r"(?P<v>[a-z]{1,2}\d[a-z\d]?\s\d[abd-hjlnp-uw-z]{2})(?!\w)", 0.85),
    _rule("postcode-ca", C.POSTCODE, "~uk", r"(?P<v>[abceghj-nprstvxy]\d[abceghj-nprstv-z][ -]\d[abceghj-nprstv-z]\d)(?!\w)", 0.9),
)  # fmt: skip

NINETIES = " ".join(
    f"{one}neunzigjahrig{ending}"
    for one in ("", *(f"{n}und" for n in ["ein", "zwei", "drei", "vier", "funf", "sechs", "sieben", "acht", "neun"]))
    for ending in ("", "e", "er", "en", "em", "es")
)
OTHERS: dict[str, tuple[Rule, ...]] = {
    "de": (
        _rule("age-de", C.AGE, "0", r"(?P<v>9\d|1[01]\d|12[0-5])(?=\s?j\.|\s?j(?=\s?[,;)]|\s(?:m|w|alt)\b|$)|\.\s?(?:lj|lebensjahr)\b)", 0.95),
        _rule("age-de", C.AGE, "alter", r"alter\s?(?:[:=]|von)?\s?" + OLD + r"(?![\w/%]|[.,-]\d)(?!\s?(?:mm|cm|wochen|tage|monate))", 0.95),
        _rule("age-words-de", C.AGE, NINETIES, r"(?P<v>\w+)(?!\w)", 0.97),
        _rule("mrn-de", C.ID, "patientennummer patienten patientenid pat fallnummer fall fallnr aufnahmenummer aufnahmenr auftragsnummer auftrags auftragsnr untersuchungsnummer untersuchungs befundnummer befund befundnr kis akte aktenzeichen patnr anforderungsnummer", r"(?:patient(?:en)?-?\s?(?:nummer|nr|id)|pat-?\.?\s?-?(?:nr|id)|fall-?\s?(?:nummer|nr|id)|aufnahme-?(?:nummer|nr)|auftrags-?\s?(?:nummer|nr)|untersuchungs-?\s?(?:nummer|nr)|befund-?\s?(?:nummer|nr)|anforderungs-?(?:nummer|nr)|akten(?:zeichen|nummer|nr)|kis-?(?:nr|id))\b\.?\s?[:#]?\s?" + ID),
        _rule("health-plan-de", C.HEALTH_PLAN, "versichertennummer versicherten versichertennr kvnr krankenversichertennummer versicherungsnummer kassennummer", r"(?:(?:kranken)?versicherten-?\s?(?:nummer|nr)|kvnr|versicherungs-?(?:nummer|nr)|kassen-?(?:nummer|nr))\b\.?\s?[:#]?\s?" + ID),
        _rule("kvnr-shape", C.HEALTH_PLAN, "~uk", r"(?P<v>[a-z]\d{9})(?!\w)", 0.9),
        _rule("address-de", C.ADDRESS, "~strasse", r"(?P<v>(?:(?:am|an der|an dem|im|in der|zum|zur|auf der|unter den|alte|alter|neue|neuer|grosse|kleine)\s)?[a-z][\w-]*\s?(?:strasse|str\.?|weg|platz|allee|gasse|ring|damm|ufer|chaussee|steig|stieg|promenade|pfad)\s\d{1,4}\s?[a-z]?)(?!\w)", 0.93),
        _rule("postcode-de", C.POSTCODE, "0", r"(?P<v>\d{5})(?=\s[a-z][a-z-]{2,}(?:\s|,|$|\.|\)))(?!\s(?:mm|cm|ml|mg|einheiten|mal|und|bis|von))", 0.75),
        _rule("ward-de", C.WARD, "station zimmer bett stat", r"(?:station|stat\.|zimmer|bett)\s?(?:nr\.?\s?)?[:#]?\s?(?P<v>[a-z]?\d{1,3}[a-z]?(?:[-/.]\d{1,3})?|[ivx]{1,4}\b|[a-z]{1,3}\d{1,2})(?!\w)", 0.85),
    ),
    "es": (
        _rule("age-es", C.AGE, "de varon mujer paciente edad", r"(?:de|varon|mujer|paciente|edad)[\s:,]{1,3}" + OLD + r"(?=\s?a\b(?!\s\d))", 0.95),
        _rule("age-es", C.AGE, "0", OLD + r"(?=\s?a\.(?!\w))", 0.9),
        _rule("age-es", C.AGE, "edad", r"edad\s?[:=]?\s?(?:de\s)?" + OLD + r"(?![\w/%]|[.,-]\d)(?!\s?(?:mm|cm|semanas|dias|meses))", 0.95),
        _rule("age-words-es", C.AGE, "noventa", r"(?P<v>noventa(?:\sy\s\w+)?)(?=\sanos)", 0.97),
        _rule("mrn-es", C.ID, "nhc historia n numero num paciente cip sip cipa nuhsa episodio expediente peticion nº no", r"(?:nhc|(?:n[º°o]?\.?|numero|num\.?)\s(?:de\s)?(?:historia(?:\sclinica)?|paciente|episodio|expediente|peticion|accession|acceso|informe|estudio|afiliacion)|historia\sclinica|h\.?c\.?|cip|cipa|sip|nuhsa|expediente|episodio|peticion)\b\.?\s?(?:n[º°o]\.?|numero)?\s?[:#]?\s?" + ID),
        _rule("national-id-es", C.ID, "dni nie nif", r"(?:dni|nie|nif)\b\.?\s?[:#]?\s?(?P<v>[xyz]?-?\d{1,2}\.?\d{3}\.?\d{3}-?\s?[a-z]?)(?!\w)"),
        _rule("dni-shape", C.ID, "0", r"(?P<v>\d{8}-?[a-z])(?!\w)", 0.9),
        _rule("health-plan-es", C.HEALTH_PLAN, "nass seguridad nuss tarjeta afiliacion", r"(?:nass|nuss|seguridad\ssocial|tarjeta\ssanitaria|afiliacion)\b\s?(?:n[º°o]\.?|numero)?\s?[:#]?\s?" + GROUPED),
        _rule("address-es", C.ADDRESS, "calle c avenida av avda plaza paseo pza carretera ronda camino pasaje travesia", r"(?P<v>(?:calle|c/|avenida|av\.|avda\.?|plaza|pza\.?|paseo|carretera|ronda|camino|pasaje|travesia)\s?(?:de\s|del\s|la\s|las\s|los\s)*(?:[a-z][\w'.-]*\s?){1,4}?,?\s(?:n[º°o]?\.?\s)?\d{1,4}(?:\s?[a-z])?(?:,?\s\d{1,2}[º°oa]?(?:\s?[a-z]\b)?)?)(?!\w)", 0.93),
        _rule("postcode-es", C.POSTCODE, "0", r"(?P<v>(?:0[1-9]|[1-4]\d|5[0-2])\d{3})(?=\s[a-z][a-z-]{2,})(?!\s(?:mm|cm|ml|mg|unidades|de|y))", 0.75),
        _rule("ward-es", C.WARD, "habitacion hab cama planta box", r"(?:habitacion|hab\.?|cama|planta|box)\s?(?:n[º°o]\.?\s?)?[:#]?\s?(?P<v>[a-z]?\d{1,4}[a-z]?(?:[-/]\d{1,3})?)(?!\w)", 0.9),
    ),
    "fr": (
        _rule("age-fr", C.AGE, "de patient patiente homme femme", r"(?:de|patiente?|homme|femme)[\s:,]{1,3}" + OLD + r"(?=\s?a(?=\s?[,;)]|$))", 0.95),
        _rule("age-fr", C.AGE, "0", OLD + r"(?=\s?a\.(?!\w))", 0.9),
        _rule("age-fr", C.AGE, "age agee", r"agee?\s?[:=]?\s?(?:de\s)?" + OLD + r"(?![\w/%]|[.,-]\d)(?!\s?(?:mm|cm|semaines|jours|mois))", 0.95),
        _rule("age-words-fr", C.AGE, "quatre", r"(?P<v>quatre[\s-]vingt[\s-](?:dix(?:[\s-](?:sept|huit|neuf))?|onze|douze|treize|quatorze|quinze|seize))(?=[\s-]ans)", 0.97),
        _rule("mrn-fr", C.ID, "ipp nip n numero num dossier iep ndossier no examen", r"(?:ipp|nip|iep|ndos|(?:n[º°o]?\.?|numero|num\.?)\s?(?:de\s|d'|du\s)?(?:dossier|patient|examen|venue|demande|accession|sejour|identification)|dossier(?:\spatient)?\s?(?:n[º°o]\.?|numero))\b\.?\s?[:#]?\s?" + ID),
        _rule("nir-shape", C.HEALTH_PLAN, "0", r"(?P<v>[12]\s?\d\d\s?(?:0[1-9]|1[0-2])\s?(?:\d\d|2[ab])\s?\d{3}\s?\d{3}(?:\s?\d\d)?)(?!\w)", 0.93),
        _rule("address-fr", C.ADDRESS, "0", r"(?P<v>\d{1,4}\s?(?:bis|ter)?,?\s(?:rue|avenue|av\.|boulevard|bd|place|chemin|impasse|allee|quai|cours|route|square|passage)\s(?:de\s|du\s|des\s|de\sla\s|d'|la\s|le\s|les\s|l')*[a-z][\w'.-]*(?:[ -][a-z][\w'-]+){0,3})", 0.9),
        _rule("postcode-fr", C.POSTCODE, "0", r"(?P<v>(?:0[1-9]|[1-8]\d|9[0-8])\d{3})(?=\s[a-z][a-z-]{2,})(?!\s(?:mm|cm|ml|mg|unites|de|et))", 0.75),
        _rule("ward-fr", C.WARD, "chambre lit ch box", r"(?:chambre|ch\.|lit|box)\s?(?:n[º°o]\.?\s?)?[:#]?\s?(?P<v>[a-z]?\d{1,4}[a-z]?(?:[-/]\d{1,3})?)(?!\w)", 0.9),
    ),
}  # fmt: skip
