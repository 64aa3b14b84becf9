"""CDA R2 documents: header participants, section narrative and coded entries, each by what it is.

Names, identifiers and times become surrogates, addresses and telecoms are masked, codes of known systems stay,
narrative and every other text is searched. An attribute that no rule knows is dropped.

References
----------
HL7 CDA R2 4.2 (header), 4.3.5 (narrative block); null flavour MSK.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from typing import Any

from lxml import etree

from deid.errors import InputError
from deid.model import Action, Category, Edit, Known, Passage, Role, SubjectKey, splice
from deid.sources.attachment import open_attachment
from deid.sources.codes import is_code
from deid.sources.encoded import is_encoded
from deid.sources.languages import named_language
from deid.sources.markup import local, parse_xml, set_slots, text_slots, xml_text
from deid.sources.unit import Field, ReportUnit

__all__ = ["join", "read", "texts"]

XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
OID = re.compile(r"[0-2](?:\.(?:0|[1-9]\d*)){3,}")
GUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
TIME = re.compile(r"\d{8}(?:\d{2,6})?(?:\.\d{1,6})?(?:[+-]\d{4})?")
QUANTITY = re.compile(r"[-+]?\d{1,4}(?:\.\d{1,6})?")
TEMPLATE = re.compile(r"\d{4}-\d\d-\d\d|POCD_HD\d{6}")
STANDARD_ROOTS = ("2.16.840.1.113883.10.", "2.16.840.1.113883.1.", "1.2.840.10008.", "1.3.6.1.4.1.19376.")
SSN_ROOT = "2.16.840.1.113883.4.1"
STAFF = frozenset(
    ["author", "legalAuthenticator", "authenticator", "dataEnterer", "informationRecipient", "performer",
     "encounterParticipant", "responsibleParty"]
)  # fmt: skip
ORGANIZATIONS = frozenset(
    ["representedOrganization", "providerOrganization", "representedCustodianOrganization", "scopingOrganization",
     "receivedOrganization", "serviceProviderOrganization", "wholeOrganization", "manufacturerOrganization",
     "healthCareFacility", "location", "place", "scopingEntity", "authoringDevice", "assignedAuthoringDevice",
     "custodian", "playingDevice"]
)  # fmt: skip
MASKED = frozenset(["addr", "telecom", "birthTime", "deceasedTime", "birthplace"])
TEMPLATES = frozenset(["templateId", "typeId"])
Place = tuple[int, str]


@lru_cache(maxsize=1)
def vocabulary() -> dict[str, Any]:
    """Coding systems and tokens."""
    raw: dict[str, Any] = json.loads(resources.files("deid.sources").joinpath("cda.json").read_text("utf-8"))
    return {**raw, "tokens": frozenset(raw["tokens"].split()), "system_names": frozenset(raw["system_names"])}


@dataclass(frozen=True, slots=True, repr=False)
class CdaBody:
    """The document, and what becomes of attributes and texts by number of the element in document order."""

    data: bytes
    places: Mapping[Place, str]
    dropped: frozenset[Place]
    masked: frozenset[int]
    identifiers: frozenset[int]
    narratives: Mapping[int, str]
    embedded: Mapping[int, tuple[str, str]]

    def write(self, edits: Mapping[str, Sequence[Edit]], values: Mapping[str, str]) -> bytes:
        """The document with the same elements, without comments and stylesheets."""
        root = parse_xml(self.data, code="cda")
        nodes = list(root.iter())
        for (number, name), key in self.places.items():
            old = _get(nodes[number], name)
            _set(nodes[number], name, splice(old, edits[key]) if key in edits else values[key])
        for number, name in self.dropped:
            _set(nodes[number], name, "")
        for number, key in self.narratives.items():
            node = nodes[number]
            set_slots(node, text_slots(node).apply(edits[key]))
        for number, (key, text) in self.embedded.items():
            nodes[number].text = xml_text(splice(text, edits[key]))
            nodes[number].attrib.clear()
            nodes[number].set("mediaType", "text/plain")
        emptied = {number for number in self.identifiers if _is_nobodys(nodes[number])}
        for number in self.masked | emptied:
            _mask(nodes[number])
        out: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=True)
        return out + b"\n"


def read(data: bytes, *, columns: Mapping[str, str], language: str) -> list[ReportUnit]:  # noqa: ARG001
    """Read a document as one report.

    Raises
    ------
    InputError
        ``cda-xml``, ``cda-too-large``, ``cda-root``.
    """
    root = parse_xml(data, code="cda")
    if local(root) != "ClinicalDocument":
        raise InputError("cda-root", "the root is no ClinicalDocument")
    told = next((child.get("code", "") for child in root if local(child) == "languageCode"), "")
    draft = _Draft(named_language(told) or language)
    draft.walk(root)
    patient_id = draft.found.get("PatientID", "")
    return [
        ReportUnit(
            index=0,
            kind="cda",
            suffix=".xml",
            passages=draft.passages,
            body=CdaBody(
                data,
                draft.places,
                frozenset(draft.dropped),
                frozenset(draft.masked),
                frozenset(draft.identifiers),
                draft.narratives,
                draft.embedded,
            ),
            fields=draft.fields,
            known=tuple(draft.known.values()),
            key=SubjectKey(patient_id, draft.found.get("IssuerOfPatientID", "")) if patient_id else None,
            study_uid=draft.found.get("StudyInstanceUID", ""),
            accession=draft.found.get("AccessionNumber", ""),
            sex=draft.found.get("PatientSex", ""),
            alerts=tuple(dict.fromkeys(draft.alerts)),
        )
    ]


def join(documents: list[bytes]) -> bytes:
    """A file holds one document."""
    raise InputError("source-single", f"{len(documents)} reports cannot share a CDA file")


def texts(data: bytes) -> str:
    """All texts and attribute values."""
    root = parse_xml(data, code="cda")
    values = [value for node in root.iter() for value in node.attrib.values()]
    return "\n".join([text_slots(root).text, "".join(root.itertext()), *values])


@dataclass(slots=True)
class _Draft:
    """Decides a document on the way down."""

    language: str
    passages: dict[str, Passage] = field(default_factory=dict)
    fields: dict[str, Field] = field(default_factory=dict)
    places: dict[Place, str] = field(default_factory=dict)
    dropped: set[Place] = field(default_factory=set)
    masked: set[int] = field(default_factory=set)
    identifiers: set[int] = field(default_factory=set)
    narratives: dict[int, str] = field(default_factory=dict)
    embedded: dict[int, tuple[str, str]] = field(default_factory=dict)
    known: dict[tuple[str, str], Known] = field(default_factory=dict)
    found: dict[str, str] = field(default_factory=dict)
    alerts: list[str] = field(default_factory=list)
    numbers: dict[Any, int] = field(default_factory=dict)

    def walk(self, root: Any) -> None:
        """Every element once; a handler that decides a whole subtree says so."""
        self.numbers = {node: i for i, node in enumerate(root.iter())}
        stack: list[tuple[Any, tuple[str, ...]]] = [(root, ())]
        while stack:
            node, above = stack.pop()
            name = local(node)
            if not self._whole(node, name, above):
                self._attributes(node, name, above)
                self._text(node, "text")
                stack += [(child, (*above, name)) for child in reversed(node)]
            if node is not root:
                self._text(node, "tail")

    def _whole(self, node: Any, name: str, above: tuple[str, ...]) -> bool:
        """Handle elements whose children mean something only together."""
        if name in MASKED:
            self._masked(node, name, above)
        elif name == "name" and (above[-1:] and (above[-1] in ORGANIZATIONS or "rganization" in above[-1])):
            self.know("".join(node.itertext()), Category.INSTITUTION, Role.SITE, above[-1])
            self.masked.add(self.numbers[node])
        elif name == "name":
            self._name(node, above)
        elif (name == "text" and node.get("representation") == "B64") or (
            name == "value" and node.get("representation") == "B64"
        ):
            self._embedded(node)
        elif name == "text":
            self._narrative(node)
        else:
            return False
        return True

    def _masked(self, node: Any, name: str, above: tuple[str, ...]) -> None:
        role = _role(above)
        if name == "birthTime":
            self.know(node.get("value", "")[:8], Category.DATE, Role.PATIENT, "PatientBirthDate")
        elif name == "telecom":
            value = node.get("value", "")
            kind = Category.EMAIL if value.startswith("mailto:") else Category.PHONE
            self.know(value.partition(":")[2] or value, kind, role, "telecom")
        else:
            kinds = {"city": Category.PLACE, "postalCode": Category.POSTCODE, "streetAddressLine": Category.ADDRESS}
            for part in node.iter():
                if local(part) in kinds and len((part.text or "").strip()) > 3:
                    self.know(part.text, kinds[local(part)], role, "addr")
        self.masked.add(self.numbers[node])

    def _name(self, node: Any, above: tuple[str, ...]) -> None:
        """Family and first given name, or the whole name as text."""
        role = _role(above)
        parts = {"family": "", "given": ""}
        for part in node:
            if local(part) in parts and not parts[local(part)]:
                parts[local(part)] = (part.text or "").strip()
        whole = "^".join([parts["family"], parts["given"]]).strip("^") or " ".join("".join(node.itertext()).split())
        self.know(whole, Category.NAME, role, "PatientName" if role is Role.PATIENT else f"{(above or ('',))[-1]}.name")
        seen: set[str] = set()
        for part in node.iter():
            kind = local(part)
            for name in part.attrib:
                self.dropped.add((self.numbers[part], name))
            if part is node:
                self._part(part, "text", "" if parts["family"] or parts["given"] else "person", whole, role)
                continue
            self._part(part, "text", kind if kind in parts and kind not in seen else "", whole, role)
            seen.add(kind)
            self._part(part, "tail", "", whole, role)

    def _part(self, node: Any, place: str, form: str, whole: str, role: Role) -> None:
        if (getattr(node, place) or "").strip():
            action = Action.SURROGATE if form else Action.EMPTY
            self.put(
                (self.numbers[node], place), Category.NAME, role, node, action=action, form=form or "text", whole=whole
            )

    def _narrative(self, node: Any) -> None:
        for part in node.iter():
            for name in part.attrib:
                if name not in ("colspan", "rowspan") or not part.attrib[name].isdigit():
                    self.dropped.add((self.numbers[part], name))
        text = text_slots(node).text
        if is_encoded(text):
            self.alerts.append("attachment-removed")
            self.masked.add(self.numbers[node])
        elif text.strip():
            key = f"v{len(self.passages) + len(self.fields)}"
            self.narratives[self.numbers[node]] = key
            self.passages[key] = Passage(text, "report", self.language)

    def _embedded(self, node: Any) -> None:
        """A file inside: its text takes its place, or it goes."""
        opened = open_attachment("".join(node.itertext()), node.get("mediaType", ""), base64=True)
        if opened is None or not opened.text.strip():
            self.alerts.append("attachment-removed")
            self.masked.add(self.numbers[node])
            return
        key = f"v{len(self.passages) + len(self.fields)}"
        self.embedded[self.numbers[node]] = (key, opened.text)
        self.passages[key] = Passage(opened.text, "document", self.language)

    def _text(self, node: Any, place: str) -> None:
        if (getattr(node, place) or "").strip():
            self.search((self.numbers[node], place), getattr(node, place))

    def _attributes(self, node: Any, name: str, above: tuple[str, ...]) -> None:
        for attribute in node.attrib:
            spot = (self.numbers[node], attribute)
            value = node.attrib[attribute]
            if attribute in ("root", "extension"):
                self._identifier(node, name, attribute, above)
            elif attribute == "code":
                self._code(node, name, spot)
            elif attribute == "codeSystem":
                if not OID.fullmatch(value) or (value not in vocabulary()["systems"] and not _hl7(value)):
                    self.dropped.add(spot)
            elif attribute == "displayName":
                self.search(spot, value)
            elif attribute == "value":
                self._value(node, name, spot)
            elif not self._token(attribute, value):
                self.dropped.add(spot)
                if attribute == "assigningAuthorityName":
                    self.know(value, Category.INSTITUTION, Role.SITE, "IssuerOfPatientID")

    def _token(self, attribute: str, value: str) -> bool:
        if attribute == "unit":
            return is_code(value, "UCUM")
        if attribute == "codeSystemName":
            return value in vocabulary()["system_names"]
        return value in vocabulary()["tokens"] and attribute != "ID"

    def _value(self, node: Any, name: str, spot: Place) -> None:
        value = node.attrib["value"]
        if (
            TIME.fullmatch(value)
            and "unit" not in node.attrib
            and not node.get(f"{XSI}type", "").startswith(("PQ", "INT", "REAL"))
        ):
            self.put(spot, Category.DATE, Role.STUDY, node, action=Action.SHIFT, form="date")
        elif name == "reference" or value.startswith(("#", "http")):
            self.dropped.add(spot)
        elif not QUANTITY.fullmatch(value) and value not in ("true", "false"):
            self.search(spot, value)

    def _code(self, node: Any, name: str, spot: Place) -> None:
        value, system = node.attrib["code"], node.get("codeSystem", "")
        known = vocabulary()["systems"].get(system)
        if name == "administrativeGenderCode" and value in ("M", "F", "UN"):
            self.found.setdefault("PatientSex", {"UN": "O"}.get(value, value))
        if name in ("languageCode", "realmCode"):
            if not re.fullmatch(r"[a-z]{2}(?:-[A-Z]{2})?|[A-Z]{2}", value):
                self.dropped.add(spot)
        elif not (is_code(value, known) if known else value in vocabulary()["tokens"]):
            self.search(spot, value)

    def _identifier(self, node: Any, name: str, attribute: str, above: tuple[str, ...]) -> None:
        spot, value = (self.numbers[node], attribute), node.attrib[attribute]
        if name in TEMPLATES or "extension" in node.attrib:
            self.identifiers.add(self.numbers[node])
        if name in TEMPLATES:
            standard = node.get("root", "").startswith(STANDARD_ROOTS)
            if not standard or not (OID if attribute == "root" else TEMPLATE).fullmatch(value):
                self.dropped.add(spot)
        elif attribute == "root":
            if "extension" not in node.attrib and above[-1:] in (("act",), ("serviceEvent",)) and OID.fullmatch(value):
                self.found.setdefault("StudyInstanceUID", value)
            form = "fhir-id" if GUID.fullmatch(value) else "oid"
            self.put(spot, Category.UID, Role.STUDY, node, action=Action.UID, form=form)
        else:
            self._extension(node, spot, value, above)

    def _extension(self, node: Any, spot: Place, value: str, above: tuple[str, ...]) -> None:
        owner = above[-1] if above else ""
        if owner == "patientRole" and node.get("root") != SSN_ROOT:
            first = self.found.setdefault("PatientID", value) == value
            self.found.setdefault("IssuerOfPatientID", node.get("assigningAuthorityName") or node.get("root", ""))
            keyword = "PatientID" if first else "OtherPatientIDs"
            self.know(value, Category.ID, Role.PATIENT, keyword)
            self.put(spot, Category.ID, Role.PATIENT, node, keyword=keyword, action=Action.SURROGATE)
        elif node.get("root") == SSN_ROOT:
            self.know(value, Category.SSN, Role.PATIENT, "OtherPatientIDs")
            self.put(spot, Category.SSN, Role.PATIENT, node)
        elif _role(above) is Role.STAFF or owner in ORGANIZATIONS:
            self.know(value if len(value) > 4 else "", Category.ID, Role.STAFF, f"{owner}.id")
            self.put(spot, Category.ID, Role.STAFF, node)
        else:
            accession = owner == "order"
            if accession:
                self.found.setdefault("AccessionNumber", value)
            self.know(value, Category.ID, Role.STUDY, "AccessionNumber" if accession else f"{owner}.id")
            keyword = "AccessionNumber" if accession else ""
            self.put(spot, Category.ID, Role.STUDY, node, keyword=keyword, action=Action.SURROGATE)

    def put(self, spot: Place, category: Category, role: Role, node: Any, **more: Any) -> None:
        """Add a structured value."""
        value = _get(node, spot[1])
        if value.strip():
            key = f"v{len(self.passages) + len(self.fields)}"
            self.places[spot] = key
            self.fields[key] = Field(value, category, role, source=f"{local(node)}@{local_name(spot[1])}", **more)

    def search(self, spot: Place, value: str) -> None:
        """Add a passage."""
        if is_encoded(value):
            self.alerts.append("attachment-removed")
            self.dropped.add(spot)
        elif value.strip():
            key = f"v{len(self.passages) + len(self.fields)}"
            self.places[spot] = key
            self.passages[key] = Passage(value, "report" if len(value.split()) > 3 else "descriptor", self.language)

    def know(self, value: str | None, category: Category, role: Role, source: str) -> None:
        """Add a known identifier."""
        text = " ".join((value or "").split())
        if len(text) > 1:
            self.known[category, text] = Known(text, category, role, source)


def _role(above: tuple[str, ...]) -> Role:
    """Whose name, address or number it is, told from the elements above."""
    if "guardian" in above or ("participant" in above and "associatedEntity" in above) or "relatedSubject" in above:
        return Role.RELATIVE
    if "recordTarget" in above and "providerOrganization" not in above:
        return Role.PATIENT
    if "custodian" in above:
        return Role.SITE
    return Role.STAFF if STAFF & set(above) or "assignedEntity" in above else Role.RELATIVE


def _hl7(system: str) -> bool:
    return system.startswith(("2.16.840.1.113883.5.", "2.16.840.1.113883.1.11.")) and bool(OID.fullmatch(system))


def local_name(name: str) -> str:
    """An attribute's name without namespace."""
    return name.rpartition("}")[2]


def _get(node: Any, name: str) -> str:
    return (getattr(node, name) or "") if name in ("text", "tail") else node.attrib[name]


def _set(node: Any, name: str, value: str) -> None:
    """Write a text or an attribute; an attribute without a value is taken away."""
    if name in ("text", "tail"):
        setattr(node, name, xml_text(value))
    elif value:
        node.set(name, xml_text(value))
    else:
        node.attrib.pop(name, None)


def _is_nobodys(node: Any) -> bool:
    """Whether an identifier has lost its number; the root alone would say that it is the same for all."""
    return len(node) == 0 and not node.get("root" if local(node) in TEMPLATES else "extension")


def _mask(node: Any) -> None:
    """Nothing but the null flavour MSK (ISO 21090): masked."""
    tail = node.tail
    node.clear()
    node.tail = tail
    node.set("nullFlavor", "MSK")
