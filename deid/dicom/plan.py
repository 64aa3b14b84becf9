"""What becomes of one instance: a pure function of its spans, the compiled recipe and the subject's surrogates.

A :class:`Planner` serves the instances of one subject. It keeps what it found out about an element for the next
instance with the same bytes there, so that the second instance of a series costs a dictionary look-up per element.
"""

from __future__ import annotations

import struct
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from deid.dicom.change import age_between, clip_age
from deid.dicom.meta import IMPLEMENTATION_UID, file_meta, statements
from deid.dicom.read import IMPLICIT_LE
from deid.dicom.rewrite import Declared, Result, Rewriter, Scope, encode_element
from deid.dicom.scan import UNDEFINED, Element
from deid.dicom.twin import Decided, Twin, told
from deid.dicom.value import Find, ValueCleaner
from deid.errors import InputError
from deid.model import Action, Alert, Decision, Edit, Link, Rule, Subject
from deid.standard import dictionary_vr, tag_of
from deid.surrogates import Surrogates

if TYPE_CHECKING:
    from deid.dicom.read import Instance
    from deid.pixels.result import PixelResult
    from deid.recipe import Policy

__all__ = ["Find", "NewUIDs", "Plan", "Planner", "plan_instance"]

_DICOM_ROOT = "1.2.840.10008."
_MEDIA_DIRECTORY = "1.2.840.10008.1.3.10"
_WHOLE_SLIDE = "1.2.840.10008.5.1.4.1.1.77.1.6"
_PATIENT_ID, _BIRTH_DATE, _AGE, _STUDY_DATE = 0x00100020, 0x00100030, 0x00101010, 0x00080020
_SOP_INSTANCE, _PRIVATE_CHARACTERISTICS = 0x00080018, 0x00080300
_DOCUMENT, _DOCUMENT_LENGTH = 0x00420011, 0x00420015
#: Name of an ethics committee and number of its approval.
_APPROVAL = (0x00120081, 0x00120082)


@dataclass(frozen=True, slots=True)
class NewUIDs:
    """Surrogate UIDs that name the output path."""

    study: str
    series: str
    instance: str


@dataclass(frozen=True, repr=False, eq=False)
class Plan:
    """The whole truth about one instance.

    Attributes
    ----------
    changes
        What replaces which span of ``instance.buffer``, in order: start, end, new bytes.
    results
        What was decided, one per top level element.
    links, alerts
        Originals and surrogates for the vault, and what a person should look at, each once.
    refusal
        Code of the reason why this instance may not be written; None if it may.
    meta
        File meta information of the output, from ``(0002,0000)`` on.
    """

    changes: tuple[tuple[int, int, bytes], ...]
    results: tuple[Result, ...]
    refusal: str | None
    new_uids: NewUIDs
    transfer_syntax: str
    meta: bytes
    pixel_removed: bool = False
    links: tuple[Link, ...] = ()
    alerts: tuple[Alert, ...] = ()

    def __repr__(self) -> str:
        return f"Plan({len(self.changes)} changes, refusal {self.refusal})"

    @cached_property
    def edits(self) -> tuple[Edit, ...]:
        """The changes as edits on ``instance.buffer``."""
        return tuple(Edit(start, end, new) for start, end, new in self.changes)

    @cached_property
    def decisions(self) -> tuple[Decision, ...]:
        """One per element, at every level, kept ones too."""
        return tuple(
            Decision(path, rule, changed) for result in self.results for path, rule, changed in result.decisions()
        )


class Planner:
    """Plans the instances of one subject.

    Parameters
    ----------
    subject
        With the known identifiers of everything that is to be planned.
    find
        The text room's ``Finder.find``.
    """

    def __init__(self, policy: Policy, surrogates: Surrogates, subject: Subject, find: Find) -> None:
        self.policy = policy
        self.surrogates = surrogates
        self.subject = subject
        self.find = find
        self._values = ValueCleaner(policy, surrogates, subject, find)
        self._rewriters: dict[str, Rewriter] = {}
        self._statements: dict[tuple[bool, bool], dict[int, bytes]] = {}

    def plan(self, instance: Instance, pixels: PixelResult | None = None) -> Plan:
        """The plan of one instance.

        Parameters
        ----------
        pixels
            What the pixel room came to; None if there is no Pixel Data or it has not been looked at.

        Raises
        ------
        InputError
            ``input-sop-class-private``: de-identification is not defined for it.
        """
        sop_class, sop_instance = instance.sop_class_uid, instance.sop_instance_uid
        refusal = _refused_kind(instance)
        face = self._face(instance)
        if refusal is None and face == "refuse":
            refusal = "face-may-be-seen"
        if refusal is None and self.policy.assigned(instance.key.patient_id) is None:
            refusal = "not-assigned"
        rewriter = self._rewriter(sop_class)
        rewriter.refusals.clear()
        rewriter.declared = _declared(instance)
        rewriter.by_reference = b"\x40\x00\x73\xdb" in instance.buffer
        self._values.document_type = instance.text(0x00420012)
        syntax = (pixels.transfer_syntax if pixels is not None else "") or instance.transfer_syntax
        if (syntax == IMPLICIT_LE) != instance.implicit:
            raise ValueError("the pixel room may not change how the dataset is encoded")
        # An instance without a UID gets one by its content, so that a second run names it alike.
        new_instance = self.surrogates.uid(sop_instance or f"content:{instance.digest}")
        decided = self._decided(instance, pixels, rewriter, new_instance)
        if rewriter.refusals and refusal is None:
            refusal = "recipe-refuses"
        own = (("sop-class-missing", not sop_class), ("face-may-be-seen", face))
        return Plan(
            changes=tuple(sorted(decided.changes)),
            results=tuple(decided.results),
            refusal=refusal,
            new_uids=NewUIDs(
                self.surrogates.uid(instance.study_uid), self.surrogates.uid(instance.series_uid), new_instance
            ),
            transfer_syntax=syntax,
            meta=file_meta(sop_class, self._written_uid(instance, new_instance), syntax),
            pixel_removed=decided.pixel_removed,
            links=tuple({(link.kind, link.original): link for link in decided.links}.values()),
            alerts=tuple(dict.fromkeys((*(Alert(code) for code, said in own if said), *decided.alerts))),
        )

    def _decided(
        self, instance: Instance, pixels: PixelResult | None, rewriter: Rewriter, new_instance: str
    ) -> Decided:
        """What becomes of the elements: by an instance before that is like this one, or of each anew."""
        scope = rewriter.root(instance.charset, implicit=instance.implicit)
        notes, key = instance.notes, _key(pixels, scope)
        if notes is None or key is None or rewriter.moves_times or not instance.sop_instance_uid:
            return self._decided_anew(instance, pixels, rewriter, scope, new_instance)
        known: tuple[object, Twin | None] = notes.get("twin", (None, None))
        twin = known[1] if known[0] == key else None
        decided = twin.decide(instance, rewriter, scope) if twin is not None else None
        if decided is None:
            decided = self._decided_anew(instance, pixels, rewriter, scope, new_instance)
            notes["twin"] = key, None if rewriter.refusals else Twin.of(instance, decided)
        return decided

    def _decided_anew(
        self, instance: Instance, pixels: PixelResult | None, rewriter: Rewriter, scope: Scope, new_instance: str
    ) -> Decided:
        elements, data = instance.elements, instance.buffer
        results = rewriter.dataset(elements, data, scope)
        _overlays(elements, results, pixels)
        _characteristics(instance, rewriter.declared, results)
        own = _document_length(instance, results) | _committee(results)
        changes = [
            (element.start, element.end, result.new)
            for element, result in zip(elements, results, strict=True)
            if result.new is not None
        ]
        changes, removed = _pixel_header(instance, pixels, changes)
        stated = self._state(instance, pixels, new_instance, results, changes)
        return Decided(changes, results, *told(results), stated=stated | own, pixel_removed=removed)

    def _face(self, instance: Instance) -> str:
        if instance.notes is None:
            return self.policy.face(instance)
        found: tuple[Policy, str] | None = instance.notes.get("face")
        if found is None or found[0] is not self.policy:
            found = instance.notes["face"] = self.policy, self.policy.face(instance)
        return found[1]

    def _written_uid(self, instance: Instance, new: str) -> str:
        rule = self.policy.for_instance(instance.sop_class_uid).rule((_SOP_INSTANCE,), "UI")
        return instance.sop_instance_uid if instance.sop_instance_uid and rule.action is Action.KEEP else new

    def _rewriter(self, sop_class: str) -> Rewriter:
        rewriter = self._rewriters.get(sop_class)
        if rewriter is None:
            rewriter = self._rewriters[sop_class] = Rewriter(self.policy, sop_class, self._values)
        return rewriter

    def _state(
        self,
        instance: Instance,
        pixels: PixelResult | None,
        new_instance: str,
        results: list[Result],
        changes: list[tuple[int, int, bytes]],
    ) -> frozenset[int]:
        """Write what was done: statements of de-identification, what changed with the pixels, the age; their tags."""
        cleaned = pixels is not None and (pixels.read or pixels.decision == "cleaned")
        key = (cleaned, instance.implicit)
        if key not in self._statements:
            self._statements[key] = statements(self.policy, pixels_cleaned=cleaned, implicit=instance.implicit)
        stated: dict[int, bytes] = dict(self._statements[key])
        if pixels is not None:
            stated |= _encoded_changes(pixels.changes, implicit=instance.implicit)
        for tag, value in self.policy.assigned(instance.key.patient_id) or ():
            vr = (dictionary_vr(tag) or "LO").split(" or ")[0]
            raw = instance.charset.encode(value, vr, b"")
            stated[tag] = encode_element(tag, vr, raw, implicit=instance.implicit)
        if not instance.text(_SOP_INSTANCE):
            stated[_SOP_INSTANCE] = encode_element(
                _SOP_INSTANCE, "UI", self._written_uid(instance, new_instance).encode(), implicit=instance.implicit
            )
        if not instance.text(_PATIENT_ID) and self._replaces_patient_id(instance):
            code = self.surrogates.code.encode()
            stated[_PATIENT_ID] = encode_element(_PATIENT_ID, "LO", code, implicit=instance.implicit)
        age = self._age(instance)
        if age:
            stated[_AGE] = encode_element(_AGE, "AS", age.encode(), implicit=instance.implicit)
        elements = instance.elements
        tags = [element.tag for element in elements]
        for tag, new in sorted(stated.items()):
            at = bisect_left(tags, tag)
            rule = Rule(Action.DUMMY if new else Action.REMOVE, "", "deid: states what was done")
            if at < len(tags) and tags[at] == tag:
                element = elements[at]
                changes[:] = [change for change in changes if change[:2] != (element.start, element.end)]
                changes.append((element.start, element.end, new))
                results[at] = Result(tag, rule, new)
            elif new:
                place = elements[at].start if at < len(elements) else instance.end
                changes.append((place, place, new))
                results.append(Result(tag, rule, new))
        return frozenset(stated)

    def _replaces_patient_id(self, instance: Instance) -> bool:
        rule = self.policy.for_instance(instance.sop_class_uid).rule((_PATIENT_ID,), "LO")
        return rule.action is Action.SURROGATE

    def _age(self, instance: Instance) -> str:
        """Patient's Age from the birth date, before that goes; empty if it is there or not wanted."""
        if instance.text(_AGE) or not instance.text(_BIRTH_DATE):
            return ""
        rule = self.policy.for_instance(instance.sop_class_uid).rule((_AGE,), "AS")
        if rule.action not in (Action.CLEAN, Action.KEEP):
            return ""
        age = age_between(instance.text(_BIRTH_DATE), instance.text(_STUDY_DATE))
        return (clip_age(age) or "") if age else ""


def plan_instance(
    instance: Instance,
    policy: Policy,
    surrogates: Surrogates,
    subject: Subject,
    find: Find,
    pixels: PixelResult | None = None,
) -> Plan:
    """The plan of one instance; for several of one subject, a :class:`Planner` is faster."""
    return Planner(policy, surrogates, subject, find).plan(instance, pixels)


def _key(pixels: PixelResult | None, scope: Scope) -> object:
    """What two instances with the same notes must share too for one plan to serve both; None: nothing is enough."""
    if pixels is None:
        return scope, None
    if pixels.data is not None or pixels.overlays:
        return None
    return scope, pixels.read, pixels.decision, repr(sorted(pixels.changes.items()))


def _refused_kind(instance: Instance) -> str | None:
    """Kinds of object that are not carried over, and inputs that nobody can de-identify."""
    sop_class = instance.sop_class_uid
    if sop_class == _MEDIA_DIRECTORY or 0x00041220 in instance.index:
        return "media-directory"
    if sop_class and not sop_class.startswith(_DICOM_ROOT):
        raise InputError("input-sop-class-private", "de-identification is not defined for a private SOP Class")
    if instance.meta.get("ImplementationClassUID") == IMPLEMENTATION_UID and instance.text(0x00120062) == "YES":
        return "already-deidentified"
    if sop_class == _WHOLE_SLIDE and {"LABEL", "OVERVIEW"} & set(instance.text(0x00080008).split("\\")):
        return "whole-slide-label"
    return None


def _declared(instance: Instance) -> Declared:
    """What Private Data Element Characteristics say (PS3.3 C.12.1.1.7): SAFE, or an action, by block and element."""
    element = instance.index.get(_PRIVATE_CHARACTERISTICS)
    found: Declared = {}
    for item in (element.items or ()) if element is not None else ():
        index = {inner.tag: inner for inner in item.elements}
        group = _words(index.get(0x00080301), instance.buffer)
        if group:
            said = found.setdefault((group[0], _characters(index.get(0x00080302), instance.buffer)), {})
            said |= _said_of_block(index, instance.buffer)
    return found


def _said_of_block(index: Mapping[int, Element], data: bytes) -> dict[int, str]:
    """Statements of one item, by the low byte of an element; -1 for the others of the block."""
    status = {"SAFE": "SAFE", "UNSAFE": "X"}.get(_characters(index.get(0x00080303), data))
    said = {-1: status} if status else {}
    said |= {number & 0xFF: "SAFE" for number in _words(index.get(0x00080304), data)}
    actions = index.get(0x00080305)
    for action in (actions.items or ()) if actions is not None else ():
        inner = {element.tag: element for element in action.elements}
        letter = _characters(inner.get(0x00080307), data) or "X"
        said |= {number & 0xFF: letter for number in _words(inner.get(0x00080306), data)}
    return said


def _words(element: Element | None, data: bytes) -> tuple[int, ...]:
    raw = data[element.value : element.value_end] if element is not None and element.items is None else b""
    return struct.unpack(f"<{len(raw) // 2}H", raw[: len(raw) // 2 * 2])


def _characters(element: Element | None, data: bytes) -> str:
    return data[element.value : element.value_end].decode("latin-1").strip(" \0") if element is not None else ""


def _characteristics(instance: Instance, declared: Declared, results: list[Result]) -> None:
    """Private Data Element Characteristics go unless every block they speak of is still there."""
    if _PRIVATE_CHARACTERISTICS not in instance.index:
        return
    kept = set()
    for element, result in zip(instance.elements, results, strict=True):
        if element.tag & 0x10000 and 0x10 <= element.tag & 0xFFFF <= 0xFF and result.new is None:
            kept.add((element.tag >> 16, _characters(element, instance.buffer)))
    if set(declared) <= kept:
        return
    at = next(at for at, element in enumerate(instance.elements) if element.tag == _PRIVATE_CHARACTERISTICS)
    rule = Rule(Action.REMOVE, "", "deid: speaks of private elements that are gone")
    results[at] = Result(_PRIVATE_CHARACTERISTICS, rule, b"")


def _document_length(instance: Instance, results: list[Result]) -> frozenset[int]:
    """Encapsulated Document Length says how long the document is now (PS3.3 C.24.2); tags of what depends on it."""
    places = {result.tag: at for at, result in enumerate(results)}
    document, length = places.get(_DOCUMENT), places.get(_DOCUMENT_LENGTH)
    new = results[document].new if document is not None else None
    if length is None or new is None:
        return frozenset()
    rule = Rule(Action.DUMMY if new else Action.REMOVE, "", "deid: the length of the document as it is now")
    size = struct.pack("<I", len(new) - (8 if instance.implicit else 12))
    results[length] = Result(
        _DOCUMENT_LENGTH, rule, encode_element(_DOCUMENT_LENGTH, "UL", size, implicit=instance.implicit) if new else b""
    )
    return frozenset((_DOCUMENT, _DOCUMENT_LENGTH))


def _committee(results: list[Result]) -> frozenset[int]:
    """An ethics committee is named beside the number of its approval (PS3.3 C.7.1.3); tags of what depends on it."""
    places = {result.tag: at for at, result in enumerate(results) if result.tag in _APPROVAL}
    if len(places) < len(_APPROVAL):
        return frozenset()
    name, number = (results[places[tag]] for tag in _APPROVAL)
    if number.rule.action is Action.REMOVE and name.rule.action is Action.DUMMY:
        rule = Rule(Action.REMOVE, "", "deid: may not be present without the number of the approval")
        results[places[name.tag]] = Result(name.tag, rule, b"")
    return frozenset(_APPROVAL)


def _overlays(elements: list[Element], results: list[Result], pixels: PixelResult | None) -> None:
    """An overlay is one thing: without clean data, its whole group goes (PS3.3 C.9.2)."""
    # Odd groups there are private like any other.
    groups = {element.tag >> 16 for element in elements if element.tag >> 24 == 0x60 and not element.tag & 0x10000}
    cleaned = pixels.overlays if pixels is not None else {}
    for group in groups:
        kept = any(
            element.tag == group << 16 | 0x3000 and results[at].rule.action is not Action.REMOVE
            for at, element in enumerate(elements)
        )
        data = cleaned.get(group) if kept else None
        for at, element in enumerate(elements):
            if element.tag >> 16 != group:
                continue
            if data is None:
                results[at] = Result(element.tag, Rule(Action.REMOVE, "", "deid: an overlay nobody looked at"), b"")
            elif element.tag & 0xFFFF == 0x3000:
                vr = element.vr if element.vr in ("OB", "OW") else "OW"
                new = encode_element(element.tag, vr, data, implicit=element.implicit)
                results[at] = Result(element.tag, Rule(Action.CLEAN, "", "pixels"), new)


def _pixel_header(
    instance: Instance, pixels: PixelResult | None, changes: list[tuple[int, int, bytes]]
) -> tuple[list[tuple[int, int, bytes]], bool]:
    """The header of Pixel Data under its new value; and whether the recipe removes it."""
    pixel = instance.pixel
    if pixel is None:
        return changes, False
    others = [change for change in changes if change[0] != pixel.start]
    if len(others) < len(changes):
        gone = [(pixel.start, instance.cut, b"")]
        if pixel.end > instance.cut:
            gone.append((instance.cut, pixel.end, b""))
        return others + gone, True
    if pixels is None or pixels.data is None:
        return changes, False
    head = struct.pack("<HH", pixel.tag >> 16, pixel.tag & 0xFFFF)
    length = UNDEFINED if pixels.encapsulated else len(pixels.data)
    if not instance.implicit:
        head += pixels.vr.encode() + b"\0\0"
    changes.append((pixel.start, instance.cut, head + struct.pack("<I", length)))
    if pixel.end > instance.cut:
        changes.append((instance.cut, pixel.end, b""))
    return changes, False


def _encoded_changes(
    changes: Mapping[str, str | int | float | list[float] | None], *, implicit: bool
) -> dict[int, bytes]:
    """Attributes that changed with the pixels, encoded; empty bytes for one that goes."""
    out: dict[int, bytes] = {}
    for keyword, value in changes.items():
        tag = tag_of(keyword)
        if tag is None:
            raise ValueError(f"{keyword} is no keyword")
        vr = (dictionary_vr(tag) or "UN").split(" or ")[0]
        out[tag] = b"" if value is None else encode_element(tag, vr, _encoded_value(value, vr), implicit=implicit)
    return out


def _encoded_value(value: str | float | list[float], vr: str) -> bytes:
    if isinstance(value, str):
        return value.encode("ascii")
    values = value if isinstance(value, list) else [value]
    form = {"US": "H", "SS": "h", "UL": "I", "SL": "i", "FL": "f", "FD": "d"}.get(vr)
    if form is not None:
        whole = values if form in "fd" else [int(v) for v in values]
        return struct.pack(f"<{len(whole)}{form}", *whole)
    return "\\".join(f"{v:.10g}" if isinstance(v, float) else str(v) for v in values).encode("ascii")
