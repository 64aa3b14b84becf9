"""FHIR in XML as the same tree as in JSON, and back: repeated elements are lists, ``value`` attributes are leaves."""

from __future__ import annotations

from typing import Any

from lxml import etree

from deid.errors import InputError
from deid.sources.markup import local, parse_xml, xml_text

__all__ = ["from_xml", "to_xml"]

FHIR = "http://hl7.org/fhir"
XHTML = "http://www.w3.org/1999/xhtml"
Json = Any
Node = Any


def from_xml(data: bytes) -> Json:
    """A resource in XML as nested dictionaries.

    Raises
    ------
    InputError
        ``fhir-xml``, ``fhir-too-large``, ``fhir-resource``.
    """
    root = parse_xml(data, code="fhir")
    if root.tag != f"{{{FHIR}}}{local(root)}":
        raise InputError("fhir-resource", "the root is not in the namespace of FHIR")
    return _resource(root)


def _resource(node: Node) -> dict[str, Json]:
    return {"resourceType": local(node), **_children(node)}


def _children(node: Node) -> dict[str, Json]:
    out: dict[str, Json] = {}
    for child in node:
        name, value = local(child), _value(child)
        if name not in out:
            out[name] = value
        elif isinstance(out[name], list):
            out[name].append(value)
        else:
            out[name] = [out[name], value]
    return out


def _value(node: Node) -> Json:
    if node.tag == f"{{{XHTML}}}div":
        copy = etree.fromstring(etree.tostring(node, with_tail=False))
        return etree.tostring(copy, encoding="unicode")
    if len(node) == 1 and local(node[0])[:1].isupper():
        return _resource(node[0])
    inner = _children(node)
    if "value" in node.attrib and not inner:
        return node.get("value")
    return inner


def to_xml(value: dict[str, Json]) -> bytes:
    """The tree as a document."""
    root = etree.Element(f"{{{FHIR}}}{value['resourceType']}", nsmap={None: FHIR})
    _fill(root, value)
    out: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=True)
    return out + b"\n"


def _fill(node: Node, value: dict[str, Json]) -> None:
    for name, inner in value.items():
        if name == "resourceType":
            continue
        for one in inner if isinstance(inner, list) else [inner]:
            _append(node, name, one)


def _append(node: Node, name: str, value: Json) -> None:
    if name == "div" and isinstance(value, str):
        node.append(etree.fromstring(value))
        return
    child = etree.SubElement(node, f"{{{FHIR}}}{name}")
    if not isinstance(value, dict):
        child.set("value", xml_text(value if isinstance(value, str) else repr(value)))
    elif "resourceType" in value:
        _fill(etree.SubElement(child, f"{{{FHIR}}}{value['resourceType']}"), value)
    else:
        _fill(child, value)
