"""Cues that announce a name: keys, titles, roles, kinship, salutations, credentials, and verbs that only people do.

Every cue is tried only at the words with which it may begin; :func:`cues_at` says which these are.
"""
# ruff: noqa: E501 - a pattern or a table row reads better whole

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from deid.model import Role
from deid.text.folding import fold_word
from deid.text.heads import first_words
from deid.text.lexicon import group
from deid.text.words import UPPER, compiled

__all__ = [
    "AFTER_NAME",
    "AGREED",
    "AGREED_HEADS",
    "CHECKED",
    "CHECKED_HEADS",
    "KEY",
    "KEYS",
    "KEY_HEADS",
    "PATIENT_ID",
    "STRONG_KEY",
    "TITLE",
    "VERBS",
    "VERB_HEADS",
    "Cue",
    "cues_at",
    "for_lower",
]

TITLE = re.compile(
    r"(?<![\w.-])(?:(?P<dr>[Dd]r|DR|Drs|DRS|Doctor|doctor|DOCTOR|Prof|PROF|Professor|professor|Dra|Dott|Dott\.ssa|Doktor|Docteur|Doctora|Pr(?=\.? [A-Z]))|(?P<m>Mr|Mrs|Ms|Miss|Mx|MRS|MISS|MR(?=\.)|MS(?=\.)|Mister|Sir|Madam|Herrn?|HERRN?|Frau|FRAU|Monsieur|Madame|Mademoiselle|Mme|MME|Mlle|Se[ñn]ora?|Sra|SRA|Srta|Don|Do[ñn]a|Sr(?=\.? [A-Z])|Officer|Detective|Sergeant|Sgt|Captain|Capt|Lieutenant|Pastor|Rabbi|Imam|Judge|Attorney|Coach|Nurse|NURSE|Policyholder|Technologist|Sonographer|Radiographer|Deputy|Trooper|M(?=\. [A-Z][a-zé]{2})))(?:\.|\b)[ \t]*"
)
# Blanks stand for any white space of one line; see KEY.
KEYS = (
    (Role.PATIENT, r"report for|claimant|veteran|inmate|patient('s)?( (full )?name)?|pt('s)?( ?name)?|name( of patient)?|full ?name|patientname|pat\.? ?name|name \(last,? first\)|patient last name|last name|first name|surname|family name|given name|middle name|maiden name|alias(es)?|a\.?k\.?a\.?|preferred name|subject|client|nombre|apellidos?|nombre y apellidos|paciente|nom|prenom|nom et prenom|nachname|vorname|patientin|geburtsname|familienname|cognome|nome|paziente|re|nombre del paciente|nom du patient|name des patienten|(pat|pte|pcte|pac)\.?"),
    (Role.STAFF, r"((referring|ordering|attending|reading|interpreting|requesting|dictating|signing|primary( care)?|performing|consulting|admitting|treating|supervising|staff|responsible|responding|reporting|approving|family|emergency|refer|second|assisting|primary care) )?(physician|provider|doctor|radiologist|clinician|practitioner|surgeon|md|consultant|resident|fellow|technologist|sonographer|radiographer|nurse|cardiologist|oncologist|neurologist|pathologist|gp|dr|phys)(\(s\)|s)?( name)?|referr(er|ed by|al (from|by))|ordered by|requested by|requester|requestor|attending|resident|fellow|registrar|trainee|(first|second|third|double|1st|2nd|3rd|final|over|peer)( |-)?read(er|ing)?|scribe|chaperone(d by)?|injected by|scanned by|checked( by)?|typed|sent by|sender|under( the)? care of|chair|handed (off|over) to|dictated( by)?|dictator|transcribed( by)?|transcriptionist|typist|typed by|((electronically|digitally|finally|final|e-) ?)?(signed|approved|authenticated|verified|finali[sz]ed|released|reviewed|attested|validated)( electronically)?( by)?|signature|read by|reader|interpreted by|reported by|report(ing)? by|performed by|prepared by|author|operator|tech(nologist|nician)?|sonographer|radiographer|assistant|anesthesi(a|ologist)|supervisor|co-?signed( by)?|cosigner|preceptor|cc|cop(y|ies)( ?to)?|attn|attention|to|from|pcp|gp|rad(iologist)?|reviewer|contact( person)?|caller|read|checked|listed by|present|attendees|anwesend|presents|asistentes|in attendance|participants|apologies|req(uesting)? phys(ician)?|ref(erring)? phys(ician)?|notified|person notified|called to|results? (called|communicated|given) to|uberweiser(in)?|zuweiser(in)?|befunder(in)?|untersucher(in)?|arzt|arztin|oberarzt|chefarzt|assistenzarzt|mtra|medico|medico (solicitante|responsable|informante)|radiologo|tecnico|firmado( por)?|medecin( (demandeur|prescripteur|traitant))?|radiologue|manipulateur|signe par|dicte par|diktiert( von)?|gezeichnet|gez|aufklarung|punktion|zweitmeinung|zweitbefund(er)?|assistenz|operateur|schreibkraft|vidiert|validiert|einsender|hausarzt|hausarztin|kollege|kollegin|segunda lectura|consentimiento|puncion|fdo|lectura|realizado por|informado por|deuxieme lecture|consentement|ponction|relecture|operatore|medico refertante"),
    (Role.RELATIVE, r"tenant|account ?holder|card ?holder|complainant|decedent|next of kin|nok|emergency contact( name)?|guardian|mother(('s)? (maiden )?name)?|father(('s)? name)?|parents?|spouse(('s)? name)?|husband|wife|son|daughter|child|brother|sister|guarantor|subscriber( name)?|responsible party|caregiver|insured|policy ?holder|power of attorney|poa|proxy|witness(ed by)?|consent(ed)? by|interpreter|translator"),
)  # fmt: skip
KEY = re.compile(
    r"(?<![\w'])(?:"
    + "|".join(f"(?P<{role.value}>{keys})" for role, keys in KEYS).replace(" ", r"[ \t]")
    + r")(?:[ \t]init(?:ials?|\.)?)?(?:\s?\([^)\n]{1,24}\))?\s?(?::|=(?!=)|\s-\s|\t+|\.{3,}|\|)[ \t]*(?:\n[ \t]*)?"
)
STRONG_KEY = re.compile(
    r"name|aufklarung|punktion|zweitmeinung|lectura|consentimiento|puncion|lecture|consentement|ponction|fdo|gez|kolleg|\bread(?:er|ing)?\b|trainee|registrar|chaperone|supervisor|physician|provider|doctor|radiologist|clinician|practitioner|surgeon|consultant|technologist|sonographer|radiographer|nurse|by$|dictat|transcri|typist|signed|signature|author|operator|next of kin|emergency|guardian|apellido|nombre|attending|resident|fellow|author|reader"
)
ROLE_BY = re.compile(
    r"\b(?:dictated|read|signed|interpreted|reviewed|verified|approved|performed|transcribed|reported|prepared|finali[sz]ed|authenticated|supervised|ordered|requested|referred|seen|examined|scanned|done|typed|entered|attested|evaluated|admitted|followed|treated|operated|placed|administered|obtained|injected|consented|assisted|accompanied|escorted|witnessed|confirmed|checked|edited|cosigned|co-signed|assessed|managed|recommended|supplied|completed|conducted|discussed|requisitioned|provided|submitted|cared\sfor|under\sthe\scare\sof|care\sof|chaperoned|brought\sin|dropped\soff|translated|interpreted|held|documented|acknowledged|taken|drawn|diktiert|befundet|untersucht|firmado|realizado|informado|dicte|redige|valide)(?:\s(?:electronically|digitally|and\s\w+|today|yesterday|initially|previously))?,?\s(?:by|von|durch|por|par|(?<=discussed )with|(?<=reviewed )with|(?<=followed )with|(?<=correlated )with|(?<=shared )with)\s?:?\s*(?:the\s(?:\w+\s){1,2})?"
)
ROLE_TO = compiled(
    r"\b(?:discussed|communicated|reviewed|relayed|conveyed|called|reported|telephoned|phoned|spoken|spoke|speak|talked|conversation|consultation|consulted|shared|correlated|paged|notified|informed|alerted|advised|contacted|given|d/w|dw|phone\scall|telephone\sconversation|verbally|results?|findings|message|report|copy|referred|forwarded|faxed|sent|emailed|telephone|readback|read-back|read\sback|transmitted|handed(?:\soff)?|signed\sout|face-to-face|in\sperson|by\sphone|by\stelephone|via\s(?:phone|telephone|pager|text|secure\schat))(?:\s(?:in\sperson|by\s(?:tele)?phone|by\stelephone|directly|verbally|over\sthe\s(?:tele)?phone|via\s\w+|immediately|urgently|personally|today|was|were|at\s[\d:]+(?:\s?[ap]m)?|telephonically|electronically|back))*\s(?:with|to|by|from|directly\sto)\s(?:the\s(?:\w+\s){1,3})?(?=[~])"
)
#: only people are asked, told and thanked
TOLD = compiled(
    r"(?<![\w/])(?i:gez\.?|anruf\sbei|anruf\san|zweitmeinung\sdurch|besprochen\smit|telefonat\smit|mitgeteilt\san|informiert\swurde|kollege|kollegin|llamada\sa|comentado\scon|avisado\sa|seguira\scon|seguirá\scon|autorizad[ao]\spor|autoris[ée]e?\spar|genehmigt\svon|vi\sa|fdo\.?|firmado\spor|suite\savec|vu\savec|discut[eé]\savec|appel\s[aà]|pr[eé]venu|sign[eé](?:\spar)?|the\s(?:officer|driver|teacher|agent|witness|caller|tenant|victim|clerk|manager|inspector|detective),|ask|asked|asking|await|awaiting|told|tell|thank|thanks\sto|texted|emailed|e-mailed|phoned|rang|notified|informed|paged|reach|reached|cannulated\sby(?:\srt)?|spoke\sto|spoken\sto|spoke\swith|will\sask)\s(?=[~])"
)
#: What stands before a Patient ID.
PATIENT_ID = re.compile(
    r"(?i)\b(?:mrn|uhid|nhc|ipp|pat(?:ient(?:en)?)?\.?[ -]?(?:id|nr|no|number|nummer)|hosp(?:ital)?\.? (?:no|number|id)|medical record (?:no|number))\b[ .:#]{0,4}$"
)
CHECKED = re.compile(
    r"(?<![\w])(?i:typed|checked|dictated|transcribed|signed|read|reviewed|approved|edited|verified|proofed|entered|scribed|finali[sz]ed|seen|cosigned|dict|trans|init(?:ials?)?|tech|rad|(?:d|t|tr)(?=[ \t]*[:/]))(?:[ \t]*[:/][ \t]*|[ \t]+)"
    r"(?P<v>[A-Z]{2,4}|(?:[A-Z]\.[ ]?){2,3}|[a-z]{2,3}|(?:[a-z]\.[ ]?){2,3})(?=\s*(?<=[\s.])(?:on\s)?(?:the\s)?(?:(?i:mon|tue|wed|thu|fri|sat|sun)[a-z]*,?\s)?(?:\d{1,2}(?:[/.\-\s]|st|nd|rd|th|(?i:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec))|(?i:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?\s\d|\d{4}-\d\d))"
)
AGREED = re.compile(
    r"(?<!\w)(?i:confirmed|discussed|agreed|reviewed|verified|checked|shared|concurs?|spoke)\s(?i:with|w/)\s(?P<v>[A-Z]{2})(?=\s*(?:[.;)\n]|\Z))"
)
VERBS = compiled(
    r"(?<![\w'’-])(?P<v>[~][\w'’-]+)(?:(?:,\s(?P<w1>[~][\w'’-]+))?,?\s(?:and|&|AND|und|UND|y|Y|et|ET)\s(?P<w2>[~][\w'’-]+))?(?:,\s|\s+)(?i:(?P<sure>thinks?|wants?|wanted|disagrees?|disagreed|agrees?|agreed|concurs?|concurred|says|said|insists?|believes?|phoned|rang|emailed|texted|scrubbed|is\sworried|is\saware|are\saware|aware\b|wrote|saw\s(?:the|him|her|this)|got\sthis|the\stech|our\s(?:nurse|tech)|haben\sdie\sbilder|hat\sdie\sbilder|kam\sam|holt\sdie|bittet|befundete|han\svisto|ha\svisto|lleg[oó]|recoger[aá]|ont\sregard[eé]|a\sregard[eé]|passera\sprendre|were\sin\sthe\sroom|lives|denies|denied|complains|complained|c/o|would\slike|likes\sto\sbe|here,|to\s(?:biopsy|follow|see|call|arrange)|(?:is|was|were|are)\s(?:notified|informed|paged|told|the\s(?:driver|passenger|caller)))|"
    r"asks?|asked|dictated|requests?|requested|suggests?\sthat|mentioned|told|thought|feels|felt|accepting|accepted|copied|noticed|explained|verbali[sz]ed|consented|declined|understood|prefers|arrived|walked|answered|covering|scrubbing|assisting|assisted|updated|presented\s(?:to|with)|presents|underwent|reports\sthat|states|endorses|moved\b|will\s(?:call|book|see|follow|biopsy|arrange|review|discuss)|reviewing|extubated|(?:was|were)\s(?:contacted|called|seen\sin))(?![\w'’])"
)
ROLE_DIRECT = compiled(
    r"(?<![\w/])(?i:notified|informed|paged|contacted|alerted|telephoned|phoned|called|performed|supervised|verified|authori[sz]ed|witness(?:ed)?|overread(?:er)?|reader|reviewer|pcp|gp|resident|attending|fellow|registrar|consultant|physicist|chaperone|supervisor|secretary|driver|passenger|manager|chair|donor|tenant|midwife|paramedic|therapist|intern|referrer|listed\sby|booked\sby|ask\sfor|asking\sfor|lay\ssummary\sfor|refund\sfor|reply\sto|call\swith|meeting\swith|annotated|per|via|d/w|c/o|attn|attention|ask|await|awaiting|regarding|thank\syou,?|thanks,?|advised|consulted|asked|told|met|texted|emailed|saw|requests?\sfrom|message\sfrom|letter\sfrom|call\sfrom|note\sfrom|records?\s(?:of|for)|results?\s(?:of|for)|scans?\sof|report\s(?:of|for)|images\sof|chart\s(?:of|for)|appointment\s(?:for|with)|follow(?:ed)?[- ]up\swith|under|appt\swith)\s(?=[~])"
)
KIN = compiled(
    r"(?<!\d[ ])\b(?i:wife|husband|mother|father|mom|mum|dad|sons?|daughters?|brothers?|sisters?|spouse|partner|friend|neighbou?r|aunt|uncle|niece|nephew|guardian|care(?:giver|taker)|grand(?:son|daughter|mother|father|ma|pa|child)|cousin|fianc[eé]e?|boyfriend|girlfriend|parent|roommate|colleague|co-?worker|boss|employer|step(?:son|daughter|mother|father)|twin|baby|infant|child|boy|girl|kid|ehefrau|ehemann|mutter|vater|sohn|tochter|bruder|schwester|esposa|esposo|madre|padre|hijo|hija|hermano|hermana|marido|mujer|epouse|mari|mere|pere|fils|fille|frere|soeur)(?:,|\s\(|\sis|\snamed|\scalled|'s\sname\sis|,?\swhose\sname\sis)?\s(?=[~])"
)
SELF = compiled(
    r"\b(?i:(?:my|his|her|their|the|patient(?:'s)?|pt's|whose)\s(?:full\s|legal\s|first\s|last\s|middle\s|maiden\s|given\s|family\s)?names?\s(?:is|was|were|are|:)|i\sam|i'm|i’m|named|name\sis|known\sas|goes\sby|aka|a\.k\.a\.|n[ée]e|formerly|maiden\sname|patient|pt\.?|sur?name|client|subject|my\sname's|\(?signed\)?,?|(?:electronically|digitally)\s(?:signed|validated|verified|approved|authenticated)|(?:signed|validated|verified|approved|authenticated)\s(?:electronically|digitally)|thx,?|ty,?|sincerely,?|yours\struly,?|faithfully,?|regards,?|best,?|cheers,?|thanks,?|dear|hi|hello|hey|good\smorning|good\safternoon|atentamente,?|gr[uü](?:ß|ss)en?,?|cordialement,?|liebe[rs]?|sehr\sgeehrte[r]?|estimad[oa]|cher|ch[eè]re|hola|hallo|bonjour)[ \t]*[,:]?[ \t]*\n{0,3}[ \t]*(?=[~])"
)
AFTER_NAME = re.compile(
    r"(?<![\w-])(?P<cred>(?:M\.?\s?D\.?|D\.?O\.?|MBBS|M\.?B\.?B\.?S\.?|MBChB|Ph\.?D\.?|R\.?N\.?|N\.?P\.?|P\.?A\.?-?C|BSN|DNP|FRCR|FRCP|FRCS|FRCPC|FRANZCR|FACR|FACS|MRCP|MPH|RT\(?R?\)?(?:\([A-Z]{1,2}\))*|RDMS|RVT|ARRT|CNMT|CRNA|LPN|APRN|FNP|PA-C|DDS|DMD|DPM|PharmD|Esq)\b\.?\)?)(?![\w-])"
)


def _words_in(pattern: re.Pattern[str]) -> frozenset[str]:
    """Every literal word of a pattern, and those that it spells with an option."""
    bare = re.sub(r"\\[a-zA-Z]|\(\?[a-z]?:|\(\?P<\w+>", " ", re.sub(r"\[(\w)\w*\]", r"\1", pattern.pattern))
    words = (w.rstrip("?") for w in re.findall(r"[^\W_]+\??", bare))
    return frozenset(fold_word(form) for w in words for form in (w, w[:-1]) if form)


@lru_cache(maxsize=16)
def for_lower(pattern: re.Pattern[str]) -> re.Pattern[str]:
    """A cue for texts without any capital."""
    return re.compile(pattern.pattern.replace(f"[{UPPER}]", r"[^\W\d_]"))


@dataclass(frozen=True, slots=True)
class Cue:
    """A pattern after which a name stands, what it is called and how sure it is."""

    pattern: re.Pattern[str]
    rule: str
    score: float
    folded: bool = False


CHECKED_HEADS = first_words(CHECKED)
AGREED_HEADS = first_words(AGREED)
VERB_HEADS = _words_in(VERBS) - group("small_words") | {"called"}
CUES = (
    Cue(TOLD, "role", 0.88),
    Cue(ROLE_BY, "role", 0.9, folded=True),
    Cue(ROLE_TO, "told", 0.88),
    Cue(ROLE_DIRECT, "told", 0.8),
    Cue(KIN, "kin", 0.88),
    Cue(SELF, "self", 0.88),
)
KEY_HEADS = first_words(KEY)


@lru_cache(maxsize=1)
def cues_at() -> dict[str, tuple[Cue, ...]]:
    """The cues that may begin with a word."""
    table: dict[str, list[Cue]] = {}
    for cue in CUES:
        for head in first_words(cue.pattern):
            table.setdefault(head, []).append(cue)
    return {head: tuple(listed) for head, listed in table.items()}
