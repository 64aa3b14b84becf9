"""FHIR R4 and R5: DiagnosticReport, DocumentReference, Bundle and what they carry, as JSON, NDJSON or XML.

Every leaf is decided by the element it stands in: names, identifiers and references become surrogates, dates
are shifted, addresses, contact points and extensions go, codes of known systems stay, narrative, attachments and
every other string are searched. A bundle of several patients is refused: a unit has one subject.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from typing import Any

from deid.errors import InputError
from deid.model import Action, Category, Edit, Known, Passage, Role, SubjectKey
from deid.sources.attachment import Attachment, open_attachment
from deid.sources.codes import is_code
from deid.sources.encoded import is_encoded
from deid.sources.fhirxml import from_xml, to_xml
from deid.sources.languages import named_language
from deid.sources.plain import decode_text
from deid.sources.rows import load
from deid.sources.rows import texts as json_texts
from deid.sources.unit import Field, ReportUnit

__all__ = ["join", "read", "texts"]

LIMIT_DEPTH = 64
LIMIT_UNITS = 100_000
Json = Any
Path = tuple[str | int, ...]
PROPERTY = re.compile(r"[a-z][A-Za-z0-9]{0,60}")
DATE = re.compile(r"\d{4}(?:-\d\d(?:-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:\d\d)?)?)?)?")
NUMBER = re.compile(r"-?\d{1,5}(?:\.\d{1,6})?")
OID = re.compile(r"(?:urn:oid:)?([0-2](?:\.\d+){3,})")
UUID = re.compile(r"(urn:uuid:)?[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
IDENTIFIERS = frozenset(("identifier", "valueIdentifier", "masterIdentifier", "groupIdentifier", "accession"))
REFERENCE = frozenset(("display", "type", "identifier", "id", "extension"))
STAFF = frozenset(
    ("performer", "author", "resultsInterpreter", "practitioner", "authenticator", "requester", "referrer")
)
REGISTERED = re.compile(r"urn:oid:1\.2\.840\.10008(?:\.\d+){1,12}")
FILE = re.compile(r"[^\n]{1,120}\.\w{2,5}")
MIME = re.compile(
    r"(?:text/(?:plain|html|xml|rtf)|application/(?:pdf|xml|json|xhtml\+xml|dicom|fhir\+(?:xml|json))|image/(?:jpeg|png|gif|tiff))"
    r"(?:; ?charset=(?:utf-8|iso-8859-1|us-ascii|windows-1252))?|[a-z]{2}(?:-[A-Z]{2})?",
    re.IGNORECASE,
)
STANDARD = re.compile(
    r"http://(?:hl7\.org/fhir|terminology\.hl7\.org)/[\w./-]{1,120}|urn:dicom:uid|urn:ietf:(?:rfc:3986|bcp:47)"
)


@lru_cache(maxsize=1)
def table() -> dict[str, Any]:
    """Element names and what becomes of them."""
    raw = json.loads(resources.files("deid.sources").joinpath("fhir.json").read_text("utf-8"))
    return {key: frozenset(value.split()) if isinstance(value, str) else value for key, value in raw.items()}


@dataclass(frozen=True, slots=True, repr=False)
class FhirBody:
    """The resource, and for every leaf its place or that it is kept; a leaf of which nothing was decided is dropped."""

    value: Json
    places: Mapping[Path, str]
    dropped: frozenset[Path]
    attachments: Mapping[Path, Attachment]
    constants: Mapping[Path, str]
    kept: frozenset[Path]
    xml: bool

    def write(self, edits: Mapping[str, Sequence[Edit]], values: Mapping[str, str]) -> bytes:
        """The resource without what was dropped; FHIR knows no empty values, so emptied ones go too."""
        new = self._leaves(self.value, (), edits, values)
        if self.xml:
            return to_xml(new)
        return (json.dumps(new, ensure_ascii=False) + "\n").encode("utf-8")

    def _leaves(self, value: Json, path: Path, edits: Mapping[str, Sequence[Edit]], values: Mapping[str, str]) -> Json:
        if path in self.dropped or path in self.constants:
            return self.constants.get(path)
        if path in self.attachments:
            return self.attachments[path].write(value, edits.get(self.places[path], ()))
        if isinstance(value, dict):
            inner = {key: self._leaves(one, (*path, key), edits, values) for key, one in value.items()}
            return {key: one for key, one in inner.items() if one not in (None, "", [], {})}
        if isinstance(value, list):
            items = [self._leaves(one, (*path, i), edits, values) for i, one in enumerate(value)]
            return [one for one in items if one not in (None, "", [], {})]
        place = self.places.get(path)
        if place is None:
            return value if path in self.kept or isinstance(value, bool) or path[-1:] == ("resourceType",) else None
        old = _string(value)
        new = Attachment.splice(old, edits[place]) if place in edits else values[place]
        return value if new == old else new


def read(data: bytes, *, columns: Mapping[str, str], language: str) -> list[ReportUnit]:  # noqa: ARG001
    """Read one resource, a bundle, or one resource per line.

    Raises
    ------
    InputError
        ``fhir-syntax``, ``fhir-resource``, ``fhir-several-patients``, ``fhir-too-deep``, ``json-syntax``,
        ``json-too-deep``, ``text-encoding``.
    """
    text, _ = decode_text(data)
    text = text.lstrip("\ufeff")
    if text.lstrip().startswith("<"):
        return [_unit(0, from_xml(text.encode("utf-8")), language, xml=True)]
    lines = [line for line in text.split("\n") if line.strip()]
    if len(lines) > 1 and lines[0].rstrip().endswith("}") and lines[0].lstrip().startswith("{"):
        if len(lines) > LIMIT_UNITS:
            raise InputError("fhir-too-large", f"more than {LIMIT_UNITS} resources in one file")
        return [_unit(i, load(line), language, xml=False) for i, line in enumerate(lines)]
    return [_unit(0, load(text), language, xml=False)]


def join(documents: list[bytes]) -> bytes:
    """One resource per line, as bulk data has them."""
    if any(document.lstrip().startswith(b"<") for document in documents):
        raise InputError("source-single", "resources in XML cannot share a file")
    return b"".join(documents)


def texts(data: bytes) -> str:
    """All leaves, narratives as text, attachments decoded."""
    if data.lstrip().startswith(b"<"):
        data = json.dumps(from_xml(data)).encode()
    units = read(data, columns={}, language="en")
    return "\n".join([json_texts(data), *(unit.text for unit in units)])


@dataclass(slots=True)
class Draft:
    """What is collected on the way through a resource."""

    language: str
    passages: dict[str, Passage] = field(default_factory=dict)
    fields: dict[str, Field] = field(default_factory=dict)
    places: dict[Path, str] = field(default_factory=dict)
    dropped: set[Path] = field(default_factory=set)
    attachments: dict[Path, Attachment] = field(default_factory=dict)
    constants: dict[Path, str] = field(default_factory=dict)
    kept: set[Path] = field(default_factory=set)
    known: dict[tuple[str, str], Known] = field(default_factory=dict)
    found: dict[str, str] = field(default_factory=dict)
    patients: set[str] = field(default_factory=set)
    same: dict[str, str] = field(default_factory=dict)
    alerts: list[str] = field(default_factory=list)

    def know(self, value: Json, category: Category, role: Role, source: str) -> None:
        """Add a known identifier."""
        if isinstance(value, str) and len(value.strip()) > 1:
            self.known[category, value.strip()] = Known(value.strip(), category, role, source)

    def put(self, path: Path, value: Json, category: Category, role: Role, **more: Any) -> None:
        """Add a structured value."""
        place = f"v{len(self.places)}"
        self.places[path] = place
        self.fields[place] = Field(_string(value), category, role, source=_safe(path), **more)

    def search(self, path: Path, value: Json, origin: str = "") -> None:
        """Add a passage."""
        text = _string(value)
        if not text.strip():
            return
        if is_encoded(text):
            self.alerts.append("attachment-removed")
            return
        place = f"v{len(self.places)}"
        self.places[path] = place
        prose = origin or ("report" if len(text.split()) > 3 else "descriptor")
        self.passages[place] = Passage(text, prose, self.language)

    def attach(self, path: Path, attachment: Attachment) -> None:
        """Add a passage that stands in an attachment or in a narrative."""
        place = f"v{len(self.places)}"
        self.places[path] = place
        self.attachments[path] = attachment
        self.passages[place] = Passage(attachment.text, "document", self.language)


def _unit(index: int, value: Json, language: str, *, xml: bool) -> ReportUnit:
    if not isinstance(value, dict):
        raise InputError("fhir-resource", "the file holds no FHIR resource")
    draft = Draft(_language(value) or language)
    _resource(draft, value, (), 0)
    if len({draft.same.get(patient, patient) for patient in draft.patients}) > 1:
        raise InputError(
            "fhir-several-patients", "the bundle holds several patients", hint="split it into one bundle per patient"
        )
    patient_id = draft.found.get("PatientID", "")
    return ReportUnit(
        index=index,
        kind="fhir",
        suffix=".xml" if xml else ".json",
        passages=draft.passages,
        body=FhirBody(
            value,
            draft.places,
            frozenset(draft.dropped),
            draft.attachments,
            draft.constants,
            frozenset(draft.kept),
            xml,
        ),
        fields=draft.fields,
        known=tuple(draft.known.values()),
        key=SubjectKey(patient_id, draft.found.get("IssuerOfPatientID", "")) if patient_id else None,
        study_uid=draft.found.get("StudyInstanceUID", ""),
        accession=draft.found.get("AccessionNumber", ""),
        sex={"male": "M", "female": "F", "other": "O"}.get(draft.found.get("PatientSex", ""), ""),
        alerts=tuple(dict.fromkeys(draft.alerts)),
    )


def _language(value: dict[str, Json]) -> str:
    """What a resource, or else the first of a bundle, says that it is written in."""
    inner = [one.get("resource") for one in _listed(value.get("entry")) if isinstance(one, dict)]
    told = [one.get("language") for one in (value, *inner) if isinstance(one, dict)]
    return next((named_language(one) for one in told if isinstance(one, str)), "")


def _resource(draft: Draft, value: dict[str, Json], path: Path, depth: int) -> None:
    kind = str(value.get("resourceType", ""))
    if kind not in table()["resources"]:
        raise InputError("fhir-resource", "a resource is of no type that FHIR R4 or R5 knows")
    if kind == "Patient":
        draft.patients.add(str(value.get("id", draft.found.get("entry", ""))))
    if kind == "Binary":
        _binary(draft, value, path)
        return
    for key, inner in value.items():
        if key != "resourceType":
            _element(draft, kind, key, inner, (*path, key), depth + 1)


def _element(draft: Draft, kind: str, key: str, value: Json, path: Path, depth: int) -> None:  # noqa: C901, PLR0912
    """One element of a resource or datatype; lists are their items."""
    if depth > LIMIT_DEPTH:
        raise InputError("fhir-too-deep", f"nested deeper than {LIMIT_DEPTH} levels")
    if isinstance(value, list):
        for i, one in enumerate(value):
            _element(draft, kind, key, one, (*path, i), depth)
        return
    names = table()
    if not PROPERTY.fullmatch(key) or key in names["drop"]:
        if key in ("modifierExtension", "signature"):
            draft.alerts.append(f"fhir-{key.lower()}-removed")
        _forget(draft, kind, key, value)
        draft.dropped.add(path)
    elif isinstance(value, dict):
        _complex(draft, kind, key, value, path, depth)
    elif isinstance(value, bool) or value is None:
        draft.kept.add(path)
    elif key == "id":
        draft.put(path, value, Category.ID, Role.STUDY, action=Action.UID, form="fhir-id")
    elif key in ("reference", "fullUrl"):
        _pointer(draft, key, _string(value), path)
    elif key == "authorString":
        draft.know(value, Category.NAME, Role.STAFF, f"{kind}.authorString")
        draft.put(path, value, Category.NAME, Role.STAFF, action=Action.SURROGATE, form="person")
    elif key == "birthDate":
        draft.know(value, Category.DATE, Role.PATIENT, "PatientBirthDate")
        draft.put(path, value, Category.DATE, Role.PATIENT, keyword="PatientBirthDate")
    elif key == "gender" and kind == "Patient":
        draft.found.setdefault("PatientSex", str(value))
        _code_or_search(draft, value, path)
    elif key == "div":
        _attached(draft, path, value, "application/xhtml+xml")
    elif key == "uid":
        _uid(draft, value, path)
    elif key == "name" and kind in names["sites"]:
        draft.know(value, Category.INSTITUTION, Role.SITE, f"{kind}.name")
        draft.put(path, value, Category.INSTITUTION, Role.SITE)
    elif key in ("data", "valueBase64Binary"):
        draft.alerts.append("attachment-removed")
    elif DATE.fullmatch(_string(value)) and (key in names["dates"] or "-" in _string(value)):
        draft.put(path, value, Category.DATE, Role.STUDY, action=Action.SHIFT, form="date")
    elif key in names["numbers"] and NUMBER.fullmatch(_string(value)):
        draft.kept.add(path)
    elif key in ("system", "profile", "valueUri", "valueUrl", "valueCanonical", "valueOid"):
        if STANDARD.fullmatch(_string(value)) or _string(value) in names["systems"]:
            draft.kept.add(path)
    else:
        _code_or_search(draft, value, path)


def _pointer(draft: Draft, key: str, value: str, path: Path) -> None:
    """An address of a resource; where it names no type that FHIR knows, all of it may be a name."""
    if not value.startswith(("#", "urn:")) and table()["resources"].isdisjoint(value.split("/")):
        draft.dropped.add(path)
        return
    form = "full-url" if key == "fullUrl" else "reference"
    draft.put(path, value, Category.ID, Role.STUDY, action=Action.UID, form=form)


def _complex(draft: Draft, kind: str, key: str, value: dict[str, Json], path: Path, depth: int) -> None:
    """An element with children, by what it is: told from its name first, from its children second."""
    names = table()
    if key in names["address"]:
        _address(draft, kind, value)
        draft.dropped.add(path)
    elif key in names["telecom"]:
        draft.know(value.get("value"), Category.PHONE, _role(kind), f"{kind}.telecom")
        draft.dropped.add(path)
    elif key in IDENTIFIERS:
        _identifier(draft, kind, value, path, depth)
    elif (key in ("name", "valueHumanName") and kind in names["people"]) or _is_name(value):
        _name(draft, kind, value, path)
    elif "contentType" in value or isinstance(value.get("data"), str):
        _attachment(draft, value, path)
    elif isinstance(value.get("code"), str) and ("system" in value or "display" in value):
        _coding(draft, value, path)
    else:
        _nested(draft, kind, key, value, path, depth)


def _nested(draft: Draft, kind: str, key: str, value: dict[str, Json], path: Path, depth: int) -> None:
    """A resource, a reference, or a part of the resource that holds elements of its own."""
    if "resourceType" in value:
        _resource(draft, value, path, depth)
        return
    if "reference" in value or ("display" in value and set(value) <= REFERENCE):
        _reference(draft, key, value, path, depth)
        return
    if key == "entry" and isinstance(value.get("resource"), dict):
        draft.found["entry"] = _tail(str(value.get("fullUrl", "")))
        draft.same[draft.found["entry"]] = str(value["resource"].get("id", draft.found["entry"]))
    for inner, one in value.items():
        _element(draft, kind, inner, one, (*path, inner), depth + 1)


def _tail(reference: str) -> str:
    """The id that a reference points to."""
    return reference.partition("/_history")[0].rpartition("/")[2].removeprefix("urn:uuid:").removeprefix("#")


def _is_name(value: dict[str, Json]) -> bool:
    return ("family" in value and isinstance(value["family"], str)) or isinstance(value.get("given"), list)


def _role(kind: str) -> Role:
    return Role(table()["people"].get(kind, "site"))


def _code_or_search(draft: Draft, value: Json, path: Path) -> None:
    if _string(value) in table()["codes"]:
        draft.kept.add(path)
    else:
        draft.search(path, value)


def _forget(draft: Draft, kind: str, key: str, value: Json) -> None:
    """What is dropped may still be known: names and numbers of contacts."""
    if key == "contact" and isinstance(value, dict):
        name = value.get("name")
        if isinstance(name, dict):
            draft.know(_whole(name), Category.NAME, Role.RELATIVE, f"{kind}.contact")
        for one in _listed(value.get("telecom")):
            if isinstance(one, dict):
                draft.know(one.get("value"), Category.PHONE, Role.RELATIVE, f"{kind}.contact")
    elif key == "url" and isinstance(value, str):
        draft.know(value, Category.URL, Role.SITE, f"{kind}.url")


def _address(draft: Draft, kind: str, value: dict[str, Json]) -> None:
    for part, category in (("city", Category.PLACE), ("postalCode", Category.POSTCODE), ("text", Category.ADDRESS)):
        if len(str(value.get(part, ""))) > 3:
            draft.know(value[part], category, _role(kind), f"{kind}.address")
    for line in _listed(value.get("line")):
        draft.know(line, Category.ADDRESS, _role(kind), f"{kind}.address")


def _identifier(draft: Draft, kind: str, value: dict[str, Json], path: Path, depth: int) -> None:
    """By its type code, its system, and the resource that it belongs to."""
    number = value.get("value")
    code = _type_code(value)
    if isinstance(number, str | int) and _string(number).strip():
        text = _string(number)
        if OID.fullmatch(text) and (value.get("system") == "urn:dicom:uid" or text.startswith("urn:oid:")):
            draft.put((*path, "value"), text, Category.UID, Role.STUDY, action=Action.UID, form="oid")
            if kind == "ImagingStudy" or value.get("system") == "urn:dicom:uid":
                draft.found.setdefault("StudyInstanceUID", text.removeprefix("urn:oid:"))
        else:
            _number(draft, kind, code, text, value, (*path, "value"))
    for key, inner in value.items():
        if key == "assigner":
            name = inner.get("display") if isinstance(inner, dict) else None
            draft.know(name, Category.INSTITUTION, Role.SITE, f"{kind}.identifier")
            draft.dropped.add((*path, key))
        elif key != "value":
            _element(draft, "Identifier", key, inner, (*path, key), depth + 1)


def _number(draft: Draft, kind: str, code: str, text: str, value: dict[str, Json], path: Path) -> None:
    if kind in ("Patient", "Person") or code in ("MR", "PI", "PT"):
        if code in ("", "MR", "PI", "PT"):
            if "PatientID" not in draft.found or (code == "MR" and draft.found.get("type") != "MR"):
                draft.found["PatientID"], draft.found["type"] = text, code
                draft.found["IssuerOfPatientID"] = _issuer(value)
            draft.know(text, Category.ID, Role.PATIENT, "PatientID")
            how = _written(text) if text.startswith("urn:") else {"action": Action.SURROGATE}
            draft.put(path, text, Category.ID, Role.PATIENT, keyword="PatientID", **how)
        else:
            draft.know(text, Category.SSN if code in ("SS", "SB") else Category.ID, Role.PATIENT, "OtherPatientIDs")
            draft.put(path, text, Category.ID, Role.PATIENT)
    elif kind in table()["people"] or kind in table()["sites"]:
        draft.know(text if len(text) > 4 else "", Category.ID, _role(kind), f"{kind}.identifier")
        draft.put(path, text, Category.ID, _role(kind))
    else:
        if code == "ACSN":
            draft.found["AccessionNumber"] = text
        elif kind in ("ImagingStudy", "ServiceRequest", "DiagnosticReport"):
            draft.found.setdefault("AccessionNumber", text)
        draft.know(text, Category.ID, Role.STUDY, "AccessionNumber" if code == "ACSN" else f"{kind}.identifier")
        draft.put(path, text, Category.ID, Role.STUDY, keyword="AccessionNumber", **_written(text))


def _written(number: str) -> dict[str, Any]:
    """How a number is written anew: a UUID as another one, which stays a URI where it is one."""
    match = UUID.fullmatch(number)
    if match is None:
        return {"action": Action.SURROGATE}
    return {"action": Action.UID, "form": "reference" if match[1] else "fhir-id"}


def _issuer(value: dict[str, Json]) -> str:
    """Who gave a number, by name or else by the system that it is unique in."""
    assigner, system = value.get("assigner"), value.get("system")
    name = assigner.get("display") if isinstance(assigner, dict) else None
    return name if isinstance(name, str) and name else str(system).removeprefix("urn:oid:") if system else ""


def _type_code(value: dict[str, Json]) -> str:
    kind = value.get("type")
    codings = _listed(kind.get("coding")) if isinstance(kind, dict) else []
    codes = [one["code"] for one in codings if isinstance(one, dict) and isinstance(one.get("code"), str)]
    return codes[0] if codes else ""


def _name(draft: Draft, kind: str, value: dict[str, Json], path: Path) -> None:
    """HumanName: family and first given name stay a name, the rest goes."""
    role = _role(kind) if kind in table()["people"] else Role.RELATIVE
    whole = _whole(value)
    source = "PatientName" if role is Role.PATIENT else f"{kind}.name"
    draft.know(whole, Category.NAME, role, source)
    for key, inner in value.items():
        at = (*path, key)
        if key in ("family", "text") and isinstance(inner, str):
            form = "family" if key == "family" else "person"
            draft.put(at, inner, Category.NAME, role, action=Action.SURROGATE, form=form, whole=whole)
            if key == "text":
                draft.know(inner, Category.NAME, role, source)
        elif key == "given":
            for i, one in enumerate(_listed(inner)):
                spot = (*at, i) if isinstance(inner, list) else at
                action = Action.EMPTY if i else Action.SURROGATE
                draft.put(spot, one, Category.NAME, role, action=action, form="given", whole=whole)
        elif key == "use" and _is_listed(inner):
            draft.kept.add(at)
        else:
            draft.dropped.add(at)


def _whole(value: dict[str, Json]) -> str:
    family = value.get("family") if isinstance(value.get("family"), str) else ""
    given = [one for one in _listed(value.get("given")) if isinstance(one, str)]
    text = value.get("text") if isinstance(value.get("text"), str) else ""
    return "^".join([str(family), *given[:2]]).strip("^") if family or given else str(text)


def _reference(draft: Draft, key: str, value: dict[str, Json], path: Path, depth: int) -> None:
    """A reference keeps its target's type; its display is the target's name."""
    target = value.get("reference") if isinstance(value.get("reference"), str) else ""
    kind = str(value.get("type") or next((part for part in str(target).split("/") if part in table()["resources"]), ""))
    if not kind:
        kind = "Patient" if key in ("subject", "patient") else "Practitioner" if key in STAFF else "Organization"
    if kind == "Patient" and target:
        draft.patients.add(_tail(str(target)))
    for name, inner in value.items():
        at = (*path, name)
        if name == "display" and isinstance(inner, str):
            role = Role(table()["people"].get(kind, "site"))
            person = kind in table()["people"]
            category = Category.NAME if person else Category.INSTITUTION
            if person or kind in table()["sites"]:
                draft.know(inner, category, role, "PatientName" if kind == "Patient" else f"{kind}.display")
            draft.put(at, inner, category, role, action=Action.SURROGATE if person else Action.EMPTY, form="person")
        elif name == "identifier" and isinstance(inner, dict):
            _identifier(draft, kind, inner, at, depth + 1)
        else:
            _element(draft, "Reference", name, inner, at, depth + 1)


def _coding(draft: Draft, value: dict[str, Json], path: Path) -> None:
    """The code stays if its system is known and it looks like one of it."""
    system, code = str(value.get("system", "")), str(value["code"])
    names = table()
    known = names["systems"].get(system)
    standard = bool(STANDARD.fullmatch(system))
    kept = REGISTERED.fullmatch(code) or (is_code(code, known) if known else standard and code in names["codes"])
    for key, inner in value.items():
        at = (*path, key)
        if key == "code" and not kept:
            draft.search(at, inner, "descriptor")
        elif key == "code" or (key == "system" and (known or standard)):
            draft.kept.add(at)
        elif key in ("display", "unit") and isinstance(inner, str):
            draft.search(at, inner, "descriptor")
        elif (key == "value" and NUMBER.fullmatch(_string(inner))) or (key == "comparator" and _is_listed(inner)):
            draft.kept.add(at)
        else:
            draft.dropped.add(at)


def _is_listed(value: Json) -> bool:
    return isinstance(value, str) and value in table()["codes"]


def _uid(draft: Draft, value: Json, path: Path) -> None:
    if OID.fullmatch(_string(value)):
        draft.put(path, value, Category.UID, Role.STUDY, action=Action.UID, form="oid")
    else:
        draft.dropped.add(path)


def _attachment(draft: Draft, value: dict[str, Json], path: Path) -> None:
    """Content is decoded and searched, or taken out; size, hash and address of the original always go."""
    for key, inner in value.items():
        at = (*path, key)
        if key == "title" and isinstance(inner, str) and not FILE.fullmatch(inner):  # files are named after patients
            draft.search(at, inner)
        elif key == "creation":
            draft.put(at, inner, Category.DATE, Role.STUDY, action=Action.SHIFT, form="date")
        elif key in ("contentType", "language") and _is_type(inner):
            draft.kept.add(at)
        elif key != "data":
            draft.dropped.add(at)
    if isinstance(value.get("data"), str):
        _content(draft, value, path)


def _is_type(value: Json) -> bool:
    return isinstance(value, str) and bool(MIME.fullmatch(value))


def _binary(draft: Draft, value: dict[str, Json], path: Path) -> None:
    for key, inner in value.items():
        at = (*path, key)
        if key == "id":
            draft.put(at, inner, Category.ID, Role.STUDY, action=Action.UID, form="fhir-id")
        elif key == "contentType" and _is_type(inner):
            draft.kept.add(at)
        elif key not in ("resourceType", "data"):
            draft.dropped.add(at)
    if isinstance(value.get("data"), str):
        _content(draft, value, path)


def _content(draft: Draft, value: dict[str, Json], path: Path) -> None:
    at = (*path, "data")
    attachment = open_attachment(value["data"], str(value.get("contentType", "")), base64=True)
    if attachment is None:
        draft.dropped |= {at, (*path, "contentType")}
        draft.alerts.append("attachment-removed")
    elif attachment.text.strip():
        draft.attach(at, attachment)
        if attachment.written_as != str(value.get("contentType", "")).partition(";")[0]:
            draft.constants[*path, "contentType"] = attachment.written_as
    else:
        draft.dropped.add(at)


def _attached(draft: Draft, path: Path, value: Json, kind: str) -> None:
    attachment = open_attachment(_string(value), kind, base64=False)
    if attachment is None or not attachment.text.strip():
        draft.dropped.add(path)
    else:
        draft.attach(path, attachment)


def _listed(value: Json) -> list[Json]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _string(value: Json) -> str:
    return value if isinstance(value, str) else repr(value)


def _safe(path: Path) -> str:
    return ".".join(str(part) for part in path if isinstance(part, int) or PROPERTY.fullmatch(part))
