"""HL7 v2 result and document messages (ORU, MDM), one unit per message and patient.

Every field is handled by a table (``hl7v2.json``): identifiers become the subject's surrogates, dates are
shifted, text is searched, codes of HL7's own tables are kept, everything else is emptied and
segments that the table does not know are dropped. Separators are those of each message's own MSH. What is not
edited stays as it was written, escapes included.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from importlib import resources
from typing import Any

from deid.errors import InputError
from deid.model import Action, Category, Edit, Known, Passage, Role, SubjectKey, splice
from deid.sources.codes import is_code, is_local_code
from deid.sources.encoded import is_encoded
from deid.sources.hl7text import Separators, decode_field, encode_field
from deid.sources.languages import named_language
from deid.sources.plain import decode_text
from deid.sources.unit import Field, ReportUnit
from deid.sources.weave import Piece, Weave, weave
from deid.surrogates import fold

__all__ = ["join", "read", "shown", "texts"]

LIMIT_SEGMENTS = 20_000
LIMIT_MESSAGES = 100_000
CHARSETS = {
    "UNICODE UTF-8": "utf-8",
    "8859/1": "iso8859-1",
    "8859/2": "iso8859-2",
    "8859/5": "iso8859-5",
    "8859/7": "iso8859-7",
    "8859/9": "iso8859-9",
    "8859/15": "iso8859-15",
    "GB 18030-2000": "gb18030",
    "ISO IR6": "ascii",
    "ASCII": "ascii",
}
SHAPES = {
    "number": re.compile(r"\d{1,4}"),
    "subid": re.compile(r"\d{1,3}(?:\.\d{1,3}){0,3}"),
    "sex": re.compile(r"[MFOUAN]"),
    "version": re.compile(r"2(?:\.\d){1,2}"),
    "type": re.compile(r"[A-Z]\d\d|[A-Z]{3}(?:\^[A-Z]\d\d(?:\^[A-Z]{3}_[A-Z]\d\d)?)?"),
    "charset": re.compile(r"(?:ASCII|UNICODE(?: UTF-8)?|8859/\d{1,2}|ISO IR ?\d{1,3}|GB 18030-2000)"),
}
START = re.compile(r"(?:(?<=[\r\n\v\x1c])|^)MSH(?=[^\w\s])")
HEADER = re.compile(rf"{START.pattern}[^\r\n\v\x1c]*")
SEGMENT = re.compile(r"[^\r\n\v\x1c]+")
BATCH = re.compile(r"(?:\A|[\r\n\v\x1c])\ufeff?[BF]HS(?=[^\w\s])")
PATIENT = re.compile(r"(?<=[\r\n])PID(?=[^\w\s])")
FRAME_END = re.compile(r"\x1c[\r\n]*\Z")
TEXTUAL = frozenset({"TX", "FT", "ST", ""})
CODED = frozenset({"CE", "CWE", "CF", "CNE"})
NUMBER = r"[-+]?\d{1,4}(?:[.,]\d{1,4})?"  # longer ones are searched: they may be somebody's
QUANTITY = re.compile(rf"(?:[<>=~]{{0,2}}\^)?{NUMBER}(?:\^?[-+/.:]\^?{NUMBER})?")
WORD = re.compile(r"[^\W_]+")
RANGE = re.compile(rf"[<>=~]{{0,2}} ?({NUMBER})(?: ?[-–] ?({NUMBER}))?(?: ?([^\s\d]\S*))?")
PATIENT_TYPES = frozenset({"MR", "PI", "PT", "MRN", "PN", ""})


@dataclass(frozen=True, slots=True)
class FieldRule:
    """A row of the table."""

    type: str
    keyword: str = ""
    category: Category = Category.OTHER
    role: Role = Role.PATIENT


@lru_cache(maxsize=1)
def _data() -> dict[str, Any]:
    data: dict[str, Any] = json.loads(resources.files("deid.sources").joinpath("hl7v2.json").read_text("utf-8"))
    return data


@lru_cache(maxsize=1)
def table() -> dict[str, dict[int, FieldRule]]:
    """Segment and field number to rule."""
    return {name: {int(n): _rule(row) for n, row in fields.items()} for name, fields in _data()["segments"].items()}


@lru_cache(maxsize=1)
def codes() -> frozenset[str]:
    """The short codes of HL7's own tables that may be kept."""
    return frozenset(_data()["codes"].split())


def _rule(row: list[str]) -> FieldRule:
    if len(row) < 4:
        return FieldRule(row[0])
    return FieldRule(row[0], row[1], Category(row[2]), Role(row[3]))


@dataclass(frozen=True, slots=True, repr=False)
class Hl7Body:
    """One message, with the place of every passage and field, and what is dropped in any case."""

    text: str
    encoding: str
    separators: Separators
    passages: Mapping[str, Weave]
    fields: Mapping[str, tuple[int, int]]
    dropped: tuple[Edit, ...] = ()

    def write(self, edits: Mapping[str, Sequence[Edit]], values: Mapping[str, str]) -> bytes:
        """Splice edits into the message; new text is escaped with the message's own separators."""

        def encode(text: str) -> str:
            return encode_field(text, self.separators, self.encoding)

        new: list[Edit] = []
        for key, passage in self.passages.items():
            new += passage.back(edits[key], encode)
        for key, (start, end) in self.fields.items():
            old = self.text[start:end]
            if values[key] != decode_field(old, 0, self.separators, self.encoding).text:
                new.append(Edit(start, end, encode(values[key])))
        covered = [edit for edit in self.dropped if not any(e.start <= edit.start and edit.end <= e.end for e in new)]
        return splice(self.text, [*new, *covered]).encode(self.encoding, "replace")


@dataclass(slots=True)
class Draft:
    """What is collected while a message is read."""

    text: str
    encoding: str
    separators: Separators
    passages: dict[str, list[Piece]] = field(default_factory=dict)
    origins: dict[str, str] = field(default_factory=dict)
    fields: dict[str, Field] = field(default_factory=dict)
    spans: dict[str, tuple[int, int]] = field(default_factory=dict)
    dropped: list[Edit] = field(default_factory=list)
    known: dict[tuple[str, str], Known] = field(default_factory=dict)
    found: dict[str, str] = field(default_factory=dict)
    codes: set[str] = field(default_factory=set)
    catalog: list[tuple[str, tuple[int, int]]] = field(default_factory=list)
    alerts: list[str] = field(default_factory=list)

    def value(self, span: tuple[int, int]) -> str:
        """The decoded text of a span."""
        return decode_field(self.text[slice(*span)], span[0], self.separators, self.encoding).text

    def put(self, place: str, span: tuple[int, int], rule: FieldRule, *, action: Action, **more: str) -> None:
        """Add a structured value; an empty one, or one that says `delete` (two quotes), needs no decision."""
        value = self.value(span)
        if not value.strip() or value == '""':
            return
        self.fields[place] = Field(
            value, rule.category, rule.role, keyword=rule.keyword, action=action, source=place, **more
        )
        self.spans[place] = span

    def know(self, value: str, category: Category, role: Role, source: str) -> None:
        """Add a known identifier; single characters and quotes identify nobody."""
        if len(value.strip()) > 1 and value != '""' and category is not Category.OTHER:
            self.known.setdefault((category, value), Known(value.strip(), category, role, source))

    def search(self, place: str, span: tuple[int, int], origin: str) -> None:
        """Add a passage, or a line to one that stands there already."""
        decoded = decode_field(self.text[slice(*span)], span[0], self.separators, self.encoding, lines=True)
        if is_encoded(decoded.text):
            self.dropped.append(Edit(*span, ""))
            self.alerts.append("attachment-removed")
            return
        pieces = self.passages.setdefault(place, [])
        if pieces:
            pieces.append(Piece("\n", span[0], span[0]))
        pieces += decoded.pieces
        self.dropped += decoded.dropped
        self.origins[place] = origin

    def decide_catalog(self) -> None:
        """Codes of the sender's catalog stay unless the message names somebody or something like that."""
        known = {word for one in self.known.values() for word in WORD.findall(fold(one.value))}
        for place, span in self.catalog:
            if not known.isdisjoint(WORD.findall(fold(self.value(span)))):
                self.search(place, span, "descriptor")


def read(data: bytes, *, columns: Mapping[str, str], language: str) -> list[ReportUnit]:  # noqa: ARG001
    """Read a file of messages: framed (MLLP), in a batch, or one after the other.

    Raises
    ------
    InputError
        ``hl7-no-message``, ``hl7-header``, ``hl7-separators``, ``hl7-encoding``, ``hl7-too-many`` or ``text-encoding``.
    """
    text, encoding = _decode(data)
    starts = [match.start() for match in START.finditer(text)]
    if not starts:
        raise InputError("hl7-no-message", "no MSH segment starts a message")
    if len(starts) > LIMIT_MESSAGES:
        raise InputError("hl7-too-many", f"more than {LIMIT_MESSAGES} messages in one file")
    batched = ("hl7-batch-headers-dropped",) if BATCH.search(text) else ()
    framed = [_framed(text, start, end) for start, end in zip(starts, [*starts[1:], len(text)], strict=True)]
    single = [one for message in framed for one in _of_one_patient(message)]
    units = [_message(index, one, encoding, language) for index, one in enumerate(single)]
    return [replace(units[0], alerts=(*batched, *units[0].alerts)), *units[1:]]


def join(documents: list[bytes]) -> bytes:
    """Messages one after the other; each ends with its last segment's terminator."""
    return b"".join(one if one.endswith((b"\r", b"\n", b"\x1c")) else one + b"\r" for one in documents)


def texts(data: bytes) -> str:
    """All components of all fields, decoded by an independent reader (python-hl7) from its own parse."""
    import hl7

    text, _ = _decode(data)
    starts = [match.start() for match in START.finditer(text)]
    out = []
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        message = hl7.parse("\r".join(SEGMENT.findall(text[start:end])))
        out.append("\n".join(message.unescape(str(part)) for segment in message for part in segment))
        out.append(text[start:end])
    return "\n".join(out)


def shown(data: bytes) -> str:
    """The messages for a reader of UTF-8, which MSH-18 then declares if it declared another character set."""
    text, encoding = _decode(data)
    return text if encoding == "utf-8" else HEADER.sub(_declared_utf8, text)


def _declared_utf8(header: re.Match[str]) -> str:
    fields = header[0].split(header[0][3])
    if len(fields) > 17 and fields[17].strip():
        fields[17] = "UNICODE UTF-8"
    return header[0][3].join(fields)


def _decode(data: bytes) -> tuple[str, str]:
    """By MSH-18 of the first message, or as any text."""
    head = data[:4096].decode("latin-1").lstrip("\ufeff\xef\xbb\xbf\v\r\n\t ")
    segment = SEGMENT.match(head[head.find("MSH") :]) if "MSH" in head else None
    fields = segment[0].split(segment[0][3]) if segment and len(segment[0]) > 8 else []
    declared = re.split(r"[~^]", fields[17])[0].strip() if len(fields) > 17 else ""
    if declared in ("", "ASCII", "ISO IR6", "UNICODE"):
        text, encoding = decode_text(data)
        return text, "utf-8" if encoding.startswith("utf") else encoding  # no byte order mark between messages
    if declared not in CHARSETS:
        raise InputError("hl7-encoding", "the character set in MSH-18 is not supported")
    try:
        return data.decode(CHARSETS[declared]), CHARSETS[declared]
    except UnicodeDecodeError as error:
        raise InputError("hl7-encoding", "the bytes do not fit the character set in MSH-18") from error


def _framed(text: str, start: int, end: int) -> str:
    """A message without the batch segments that follow it; a start block before it is kept with it."""
    tail = re.search(r"[\r\n](?:BTS|FTS|BHS|FHS)(?=\W)", text[start:end])
    end = start + tail.start() + 1 if tail else end
    if start and text[start - 1] == "\v":
        start -= 1
    return text[start:end].removesuffix("\v") if text[end - 1] == "\v" and end - start > 1 else text[start:end]


def _of_one_patient(message: str) -> list[str]:
    """A message for each PID (HL7 v2.5.1 7.3.1, PATIENT_RESULT), with what stands before the first of them."""
    starts = [match.start() for match in PATIENT.finditer(message)]
    if len(starts) < 2:
        return [message]
    head, frame = message[: starts[0]], FRAME_END.search(message)
    groups = [message[start:end] for start, end in zip(starts, [*starts[1:], len(message)], strict=True)]
    tail = frame[0] if frame else ""
    return [head + group + tail for group in groups[:-1]] + [head + groups[-1]]


def _joined(text: str, separators: Separators) -> str:
    """Text with the lines that start no segment put into the field that they broke out of, as escaped line ends."""
    name = rf"[ \t]*[A-Z][A-Z0-9]{{2}}{re.escape(separators.field)}|(?:{'|'.join(table())})(?![^\r\n\v\x1c])"
    broken = rf"(?<![\r\n\v\x1c])(?:\r\n|\r|\n)[\r\n]*(?=[^\r\n\v\x1c])(?!{name})"
    return re.sub(broken, lambda _: f"{separators.escape}.br{separators.escape}", text)


def _message(index: int, text: str, encoding: str, language: str) -> ReportUnit:
    begin = text.index("MSH")
    separators = _separators(text, begin)
    joined = _joined(text, separators)
    draft = Draft(joined, encoding, separators, alerts=["hl7-line-joined"] if joined != text else [])
    language = _language(text, begin, separators) or language
    text = joined
    segments = list(SEGMENT.finditer(text, begin))
    if len(segments) > LIMIT_SEGMENTS:
        raise InputError("hl7-too-many", f"more than {LIMIT_SEGMENTS} segments in one message")
    if len(segments[0][0].split(draft.separators.field)) < 9:
        raise InputError("hl7-header", "an MSH segment ends before it names the type of its message")
    for number, segment in enumerate(segments):
        _segment(draft, segment.start(), segment.end(), number)
    draft.decide_catalog()
    passages = {key: weave(pieces) for key, pieces in draft.passages.items()}
    patient_id = draft.found.get("PatientID", "")
    return ReportUnit(
        index=index,
        kind="hl7",
        suffix=".hl7",
        passages={k: Passage(w.text, draft.origins[k], language) for k, w in passages.items()},
        body=Hl7Body(text, encoding, draft.separators, passages, draft.spans, tuple(draft.dropped)),
        fields=draft.fields,
        known=tuple(draft.known.values()),
        key=SubjectKey(patient_id, draft.found.get("IssuerOfPatientID", "")) if patient_id else None,
        study_uid=draft.found.get("StudyInstanceUID", ""),
        accession=next((draft.found[k] for k in ("IPC-1", "OBR-18", "OBR-3", "OBR-2") if k in draft.found), ""),
        sex=draft.found.get("PatientSex", ""),
        alerts=tuple(dict.fromkeys(draft.alerts)),
    )


def _language(text: str, begin: int, separators: Separators) -> str:
    """MSH-19, the principal language of the message."""
    fields = re.split(r"[\r\n]", text[begin:], maxsplit=1)[0].split(separators.field)
    return named_language(fields[18]) if len(fields) > 18 else ""


def _separators(text: str, begin: int) -> Separators:
    """From MSH-1 and MSH-2 (HL7 v2.5.1 2.5.4)."""
    mark = text[begin + 3 : begin + 4]
    raw = re.match(rf"[^{re.escape(mark)}\r\n]*", text[begin + 4 : begin + 16])
    encoding = raw[0] if raw else ""
    default = "^~\\&"
    marks = (mark, *(encoding + default[len(encoding) :])[:4])
    usable = len(set(marks)) == 5 and not any(c.isalnum() or c.isspace() or ord(c) < 32 for c in marks)
    if not usable or not 1 <= len(encoding) <= 5:
        raise InputError("hl7-separators", "the separators in MSH cannot be told apart")
    return Separators(*marks)


def _cut(text: str, span: tuple[int, int], mark: str) -> Iterator[tuple[int, int]]:
    start, end = span
    while (at := text.find(mark, start, end)) >= 0:
        yield start, at
        start = at + 1
    yield start, end


def _segment(draft: Draft, start: int, end: int, number: int) -> None:
    name = draft.text[start : start + 3]
    rules = table().get(name)
    if rules is None or draft.text[start:end][3:4] not in (draft.separators.field, ""):
        terminator = re.compile(r"\r\n|\r|\n|").match(draft.text, end)
        draft.dropped.append(Edit(start, terminator.end() if terminator else end, ""))
        draft.alerts.append(
            f"hl7-segment-dropped:{name}" if re.fullmatch("[A-Z][A-Z0-9]{2}", name) else "hl7-line-dropped"
        )
        return
    fields = list(_cut(draft.text, (start, end), draft.separators.field))
    first = 2 if name == "MSH" else 1  # MSH-1 is the separator itself, MSH-2 the others
    row = {position + first - 1: span for position, span in enumerate(fields) if position}
    kind = draft.value(row[2]) if name == "OBX" and 2 in row else ""
    for position, span in row.items():
        if span[0] == span[1] or (name == "MSH" and position == 2):
            continue
        rule = rules.get(position, FieldRule("empty"))
        if rule.type == "value":
            _observation(draft, row, kind, number)
        else:
            _field(draft, f"{name}[{number}]-{position}", span, rule)
    if name in ("OBR", "IPC"):
        _remember(draft, name, row)


def _remember(draft: Draft, name: str, row: Mapping[int, tuple[int, int]]) -> None:
    for position in (1, 2, 3, 18):
        if position in row:
            first = next(_cut(draft.text, row[position], draft.separators.component))
            value = draft.value(first).strip()
            if value and value != '""':
                draft.found.setdefault(f"{name}-{position}", value)


def _field(draft: Draft, place: str, span: tuple[int, int], rule: FieldRule) -> None:
    """A field by its datatype; each repetition on its own."""
    if rule.type.startswith("keep:"):
        value = draft.value(span)
        if not _is_kept(rule.type[5:], value.replace(draft.separators.component, "^")):
            draft.put(place, span, rule, action=Action.EMPTY)
        elif rule.type == "keep:sex":
            draft.found.setdefault("PatientSex", value if value in "MFO" else "")
        return
    if rule.type == "range" and _is_range(draft.value(span)):
        return
    if rule.type in ("text", "label", "range"):
        for n, part in enumerate(_cut(draft.text, span, draft.separators.repetition)):
            draft.search(
                place if rule.type == "text" else f"{place}~{n}",
                part,
                "report" if rule.type == "text" else "descriptor",
            )
        return
    for n, repetition in enumerate(_cut(draft.text, span, draft.separators.repetition)):
        parts = list(_cut(draft.text, repetition, draft.separators.component))
        TYPES[rule.type](draft, f"{place}~{n}" if n else place, parts, rule)


def _is_range(value: str) -> bool:
    """Reference values: a limit, or two of which the first is not the larger, and their unit."""
    match = RANGE.fullmatch(value.strip())
    if match is None or (match[3] and not is_code(match[3], "UCUM")):
        return False
    low, high = (float(number.replace(",", ".")) for number in (match[1], match[2] or match[1]))
    return low <= high


def _is_kept(shape: str, value: str) -> bool:
    return value in codes() if shape == "code" else bool(SHAPES[shape].fullmatch(value))


def _emptied(draft: Draft, place: str, parts: list[tuple[int, int]], rule: FieldRule) -> None:
    """Everything goes; each component is remembered as a known identifier of the field's category."""
    values = [draft.value(part) for part in parts]
    if rule.category is Category.NAME:
        draft.know("^".join(values[:3]).strip("^"), rule.category, rule.role, place)
    elif rule.category is Category.ADDRESS:
        kinds = (Category.ADDRESS, Category.ADDRESS, Category.PLACE, Category.OTHER, Category.POSTCODE)
        for value, kind in zip(values, kinds, strict=False):
            if len(value) > 3:
                draft.know(value, kind, rule.role, place)
    elif values and len(values[0]) > 3:
        draft.know(values[0], rule.category, rule.role, place)
    for n, part in enumerate(parts, start=1):
        draft.put(f"{place}.{n}", part, rule, action=Action.EMPTY)


def _rest_emptied(draft: Draft, place: str, parts: list[tuple[int, int]], keep: frozenset[int]) -> None:
    """All components but some."""
    for n, part in enumerate(parts, start=1):
        if n not in keep:
            draft.put(f"{place}.{n}", part, FieldRule("empty"), action=Action.EMPTY)


def _identifier(draft: Draft, place: str, parts: list[tuple[int, int]], rule: FieldRule) -> None:
    """EI, CX or ST: the first component becomes a surrogate, who issued it is nobody's business."""
    value = draft.value(parts[0])
    draft.put(f"{place}.1", parts[0], rule, action=Action.SURROGATE)
    draft.know(value, rule.category, rule.role, rule.keyword)
    _rest_emptied(draft, place, parts, frozenset({1}))


def _patient_id(draft: Draft, place: str, parts: list[tuple[int, int]], rule: FieldRule) -> None:
    """CX of the patient: the first medical record number is the key, another kind of number is emptied."""
    value = draft.value(parts[0]).strip()
    authority = list(_cut(draft.text, parts[3], draft.separators.subcomponent)) if len(parts) > 3 else []
    issuer = next((name for part in authority[:2] if (name := draft.value(part))), "")  # by name, else by its OID
    kind = draft.value(parts[4]).upper() if len(parts) > 4 else ""
    medical = kind in PATIENT_TYPES
    first = medical and rule.keyword == "PatientID" and "PatientID" not in draft.found
    if first and value and value != '""':
        draft.found["PatientID"], draft.found["IssuerOfPatientID"] = value, issuer
    keyword = "PatientID" if first or value == draft.found.get("PatientID") else "OtherPatientIDs"
    category = Category.SSN if kind == "SS" else Category.ID
    action = Action.SURROGATE if medical else Action.EMPTY
    draft.put(f"{place}.1", parts[0], FieldRule("cx", keyword, category, rule.role), action=action)
    draft.know(value, category, rule.role, keyword)
    if len(issuer) > 3:
        draft.know(issuer, Category.INSTITUTION, Role.SITE, "IssuerOfPatientID")
    keeps = kind in PATIENT_TYPES | {"SS", "AN", "VN"}
    _rest_emptied(draft, place, parts, frozenset({1, 5}) if keeps else frozenset({1}))


def _person(draft: Draft, place: str, parts: list[tuple[int, int]], rule: FieldRule) -> None:
    """XPN: family (first subcomponent) and given name become one person's."""
    _named(draft, place, parts, rule)


def _staff(draft: Draft, place: str, parts: list[tuple[int, int]], rule: FieldRule) -> None:
    """XCN: an identifier before the name; senders who leave it out begin with the name.

    A name with subcomponents (CNN, as OBR-32 holds it) is taken apart by them.
    """
    if len(list(_cut(draft.text, parts[0], draft.separators.subcomponent))) > 2 or (
        len(parts) == 1 and draft.separators.subcomponent in draft.text[slice(*parts[0])]
    ):
        inner = list(_cut(draft.text, parts[0], draft.separators.subcomponent))
        _staff(draft, f"{place}.1", inner, rule)
        _rest_emptied(draft, place, parts, frozenset({1}))
        return
    value = draft.value(parts[0])
    if value and not any(c.isdigit() for c in value):
        _named(draft, place, parts, rule)
        return
    number = FieldRule("id", "", Category.ID, rule.role)
    draft.put(f"{place}.1", parts[0], number, action=Action.EMPTY)
    draft.know(value if len(value) > 4 else "", Category.ID, rule.role, place)
    _named(draft, place, parts[1:], rule, first=2)


def _named(draft: Draft, place: str, parts: list[tuple[int, int]], rule: FieldRule, first: int = 1) -> None:
    if not parts:
        return
    surname = list(_cut(draft.text, parts[0], draft.separators.subcomponent))
    spans = [surname[0], *parts[1:]]
    whole = "^".join(draft.value(span) for span in spans[:3]).strip("^")
    if not whole.strip() or whole == '""':
        _rest_emptied(draft, place, parts, frozenset())
        return
    draft.know(whole, rule.category, rule.role, rule.keyword or place)
    for n, (span, form) in enumerate(zip(spans, ("family", "given"), strict=False), start=first):
        draft.put(f"{place}.{n}", span, rule, action=Action.SURROGATE, form=form, whole=whole)
    for n, span in enumerate(surname[1:], start=2):
        draft.put(f"{place}.{first}&{n}", span, rule, action=Action.EMPTY)
    for n, span in enumerate(parts[2:], start=first + 2):
        draft.put(f"{place}.{n}", span, rule, action=Action.EMPTY)


def _uid(draft: Draft, place: str, parts: list[tuple[int, int]], rule: FieldRule) -> None:
    value = draft.value(parts[0]).strip()
    if re.fullmatch(r"[0-2](?:\.\d+){3,}", value):
        draft.found.setdefault(rule.keyword, value)
        draft.put(f"{place}.1", parts[0], rule, action=Action.UID)
        _rest_emptied(draft, place, parts, frozenset({1}))
    else:
        _rest_emptied(draft, place, parts, frozenset())


def _date(draft: Draft, place: str, parts: list[tuple[int, int]], rule: FieldRule) -> None:
    when = FieldRule("date", rule.keyword, Category.DATE, Role.STUDY)
    draft.put(f"{place}.1", parts[0], when, action=Action.SHIFT, form="date")
    _rest_emptied(draft, place, parts, frozenset({1}))


def _birth(draft: Draft, place: str, parts: list[tuple[int, int]], rule: FieldRule) -> None:
    draft.know(draft.value(parts[0])[:8], rule.category, rule.role, rule.keyword)
    for n, part in enumerate(parts, start=1):
        draft.put(f"{place}.{n}", part, rule, action=Action.EMPTY, form="date")


def _code(draft: Draft, place: str, parts: list[tuple[int, int]], rule: FieldRule) -> None:
    """CWE: a code of a known system is kept if it has that system's shape, again without it; all else is searched.

    What names an observation or a procedure keeps the codes of the sender's own catalog as well.
    """
    for n, part in enumerate(parts, start=1):
        system = draft.value(parts[n + 1]) if n in (1, 4) and len(parts) > n + 1 else ""
        subparts = list(_cut(draft.text, part, draft.separators.subcomponent)) if n in (1, 4) else [part]
        for m, span in enumerate(subparts):
            spot = f"{place}.{n}&{m + 1}" if m else f"{place}.{n}"
            value = draft.value(span)
            if n in (1, 4) and is_code(value, system):
                draft.codes.add(value)
            if not value or value in draft.codes or (n in (3, 6) and is_code("", value)):
                continue
            if rule.type == "catalog" and n in (1, 3, 4, 6) and is_local_code(value):
                draft.catalog.append((spot, span))
            else:
                draft.search(spot, span, "descriptor")


def _observation(draft: Draft, row: Mapping[int, tuple[int, int]], kind: str, number: int) -> None:
    """OBX-5 by the type in OBX-2. Text lines of one observation are one passage."""
    span, place = row[5], f"OBX[{number}]-5"
    repetitions = list(_cut(draft.text, span, draft.separators.repetition))
    if kind in TEXTUAL:
        topic = draft.text[slice(*row[3])] if 3 in row else ""
        last = draft.found.get("OBX-topic", "\0").split("\0")
        group = last[0] if last[0] and last[1:] == [topic, str(number - 1)] else place
        draft.found["OBX-topic"] = f"{group}\0{topic}\0{number}"
        for part in repetitions:
            draft.search(group, part, "report")
        return
    for n, part in enumerate(repetitions):
        parts = list(_cut(draft.text, part, draft.separators.component))
        _valued(draft, f"{place}~{n}" if n else place, parts, kind, (part[0], part[1]))


def _valued(draft: Draft, place: str, parts: list[tuple[int, int]], kind: str, whole: tuple[int, int]) -> None:
    if kind in ("NM", "SN", "NR"):
        if not QUANTITY.fullmatch(draft.text[slice(*whole)].replace(draft.separators.component, "^")):
            for n, part in enumerate(parts, start=1):
                draft.search(f"{place}.{n}", part, "descriptor")
    elif kind in CODED:
        _code(draft, place, parts, FieldRule("coded"))
    elif kind in ("DT", "TS", "DTM"):
        _date(draft, place, parts, FieldRule("date"))
    elif kind in ("PN", "XPN"):
        _named(draft, place, parts, FieldRule("name", "", Category.NAME, Role.STAFF))
    elif kind == "XCN":
        _staff(draft, place, parts, FieldRule("staff", "", Category.NAME, Role.STAFF))
    else:
        if kind in ("ED", "RP"):
            draft.alerts.append("attachment-removed")
        _rest_emptied(draft, place, parts, frozenset())


TYPES = {
    "empty": _emptied,
    "id": _identifier,
    "cx": _patient_id,
    "name": _person,
    "staff": _staff,
    "uid": _uid,
    "date": _date,
    "birth": _birth,
    "coded": _code,
    "catalog": _code,
}
