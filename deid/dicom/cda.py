"""CDA and other HL7 v3 documents: the structure stays, names, places, numbers, dates and prose are replaced.

References
----------
HL7 CDA R2 (header participants, narrative block), ISO 21090 (II, TS, TEL, EN, AD), null flavour MSK.
"""

from __future__ import annotations

import base64
import binascii
import io
import re
from xml.etree.ElementTree import Element, ParseError, register_namespace, tostring

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from deid.dicom.change import shift_datetime
from deid.dicom.documents import Cleaned, DocumentCleaner, clean_document, empty_document
from deid.dicom.values import valid_uid
from deid.model import Alert, Category, Link, Role
from deid.surrogates import PersonSurrogate, fold

__all__ = ["clean_cda"]

_ADDRESS = frozenset(
    (
        "streetAddressLine", "streetName", "houseNumber", "houseNumberNumeric", "city", "county", "state",
        "postalCode", "country", "precinct", "additionalLocator", "unitID", "unitType", "careOf", "censusTract",
        "postBox", "deliveryAddressLine",
    )
)  # fmt: skip
_NAME_PARTS = frozenset(("given", "family", "prefix", "suffix", "delimiter"))
#: Attributes that hold codes of the vocabulary and layout, never a value of the patient's.
_STRUCTURAL = frozenset(
    (
        "code", "codeSystem", "codeSystemName", "codeSystemVersion", "typeCode", "classCode", "moodCode",
        "determinerCode", "nullFlavor", "unit", "styleCode", "mediaType", "use", "representation",
        "contextControlCode", "contextConductionInd", "inversionInd", "negationInd", "independentInd", "operator",
        "inclusive", "institutionSpecified", "listType", "border", "align", "valign", "colspan", "rowspan", "scope",
        "language", "partType", "qualifier", "type",
    )
)  # fmt: skip
_PERSON_ROLES = frozenset(("patient", "patientRole", "recordTarget"))
_TIME = re.compile(r"(\d{4,14})(\.\d{1,6})?([+-]\d{4})?")


def clean_cda(raw: bytes, cleaner: DocumentCleaner) -> Cleaned:
    """The document with the same elements; an empty one if it is no XML or wants entities."""
    try:
        root = _parsed(raw)
    except (ParseError, DefusedXmlException, ValueError):
        return Cleaned(empty_document("text/xml"), alerts=(Alert("document-emptied", "unreadable XML"),))
    links: list[Link] = []
    _Walk(cleaner, links).element(root, ())
    body = tostring(root, encoding="unicode")
    data = b'<?xml version="1.0" encoding="UTF-8"?>\n' + body.encode("utf-8")
    return Cleaned(data, tuple(links), (Alert("document-rewritten", "XML"),))


def _parsed(raw: bytes) -> Element:
    """The root; comments and processing instructions are left out, prefixes stay."""
    root: Element | None = None
    for event, node in iterparse(io.BytesIO(raw), events=("start", "start-ns"), forbid_dtd=True):
        if event == "start-ns":
            prefix, uri = node
            if not re.fullmatch(r"ns\d+", prefix) and "xml" not in prefix.lower():
                register_namespace(prefix, uri)
        elif root is None:
            root = node
    if root is None:
        raise ValueError("no element")
    return root


class _Walk:
    """Goes down a document once."""

    def __init__(self, cleaner: DocumentCleaner, links: list[Link]) -> None:
        self.cleaner = cleaner
        self.links = links

    def element(self, node: Element, above: tuple[str, ...]) -> None:
        name = _local(node.tag)
        if name in ("name", "assigningAuthorityName") or (name in _NAME_PARTS and "name" not in above):
            if "Organization" in (above[-1] if above else "") or "rganization" in " ".join(above[-2:]):
                _blank(node)
            else:
                self._name(node, above)
        elif name == "addr" or name in _ADDRESS:
            _blank(node)
        elif name == "telecom" or name in ("birthTime", "deceasedTime"):
            node.attrib.pop("value", None)
            node.set("nullFlavor", "MSK")
        else:
            self._content(node, name)
            for child in node:
                self.element(child, (*above, name))
        if node.tail:
            node.tail = self.cleaner.text(node.tail, self.links)

    def _content(self, node: Element, name: str) -> None:
        if node.get("representation") == "B64":
            node.text = self._embedded(node.text or "", node.get("mediaType", ""))
        elif node.text:
            node.text = self.cleaner.text(node.text, self.links)
        for key in list(node.attrib):
            self._attribute(node, name, key)

    def _attribute(self, node: Element, name: str, key: str) -> None:
        value, plain = node.attrib[key], _local(key)
        if name in ("templateId", "typeId", "realmCode") or plain in _STRUCTURAL:
            return
        if plain in ("root", "extension"):
            node.set(key, self._identifier(value))
        elif plain == "value" and _TIME.fullmatch(value) and not _is_quantity(node):
            moved = self._time(value)
            if moved is None:
                node.attrib.pop(key)
                node.set("nullFlavor", "MSK")
            else:
                node.set(key, moved)
        else:
            node.set(key, self.cleaner.text(value, self.links))

    def _identifier(self, value: str) -> str:
        surrogates, subject = self.cleaner.surrogates, self.cleaner.subject
        if not value:
            return value
        if value == subject.key.patient_id:
            new, kind = surrogates.code, "patient-id"
        elif valid_uid(value):
            new, kind = surrogates.uid(value), "uid"
        else:
            known = next((k for k in subject.known if k.value == value), None)
            accession = known is not None and known.source == "AccessionNumber"
            new = surrogates.identifier(value, "accession" if accession else "id", role=Role.STUDY)
            kind = "accession" if accession else "id"
        self.links.append(Link(kind, value, new))
        return new

    def _time(self, value: str) -> str | None:
        found = _TIME.fullmatch(value)
        if not self.cleaner.shift or found is None:
            return None
        digits = found[1] if len(found[1]) % 2 == 0 else found[1][:-1]
        moved = shift_datetime(digits, self.cleaner.surrogates.shift_days)
        return None if moved is None else moved + (found[2] or "") + (found[3] or "")

    def _name(self, node: Element, above: tuple[str, ...]) -> None:
        words = " ".join("".join(node.itertext()).split())
        if not words:
            return
        person = self._person(words, above)
        self.links.append(Link("name", words, person.pn))
        parts = {"family": person.family, "given": person.given}
        children = list(node)
        if not children:
            node.text = parts.get(_local(node.tag), f"{person.given} {person.family}")
        for child in children:
            child.text = parts.pop(_local(child.tag), "")
            child.attrib.clear()
            for grandchild in list(child):
                child.remove(grandchild)
            child.tail = " "
        if children:
            node.text = ""

    def _person(self, words: str, above: tuple[str, ...]) -> PersonSurrogate:
        from deid.text.parts import as_pn  # loads dictionaries

        surrogates, subject = self.cleaner.surrogates, self.cleaner.subject
        mine = {
            token
            for k in subject.known
            if k.category is Category.NAME and k.role is Role.PATIENT
            for token in re.findall(r"\w+", fold(k.value))
        }
        tokens = set(re.findall(r"\w+", fold(words)))
        if (above and above[-1] in _PERSON_ROLES) or (tokens and tokens <= mine):
            return surrogates.person
        return surrogates.other_person(as_pn(words))

    def _embedded(self, text: str, media: str) -> str:
        """A file inside the document: a PDF is cleaned as one, anything else is taken out."""
        if "pdf" not in media and "xml" not in media:
            return ""
        try:
            raw = base64.b64decode(text, validate=False)
        except (binascii.Error, ValueError):
            return ""
        cleaned = clean_document(raw, media, self.cleaner)
        self.links += cleaned.links
        return base64.b64encode(cleaned.data).decode("ascii")


def _is_quantity(node: Element) -> bool:
    return "unit" in node.attrib or any(
        _local(k) == "type" and v.endswith(("PQ", "INT", "REAL")) for k, v in node.items()
    )


def _blank(node: Element) -> None:
    for part in node.iter():
        part.text = ""
        if part is not node:
            part.tail = ""


def _local(name: str) -> str:
    return name.rsplit("}", 1)[-1]
