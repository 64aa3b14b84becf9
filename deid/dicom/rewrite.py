"""Apply rules to elements: each one becomes new bytes, nothing, or stays as it is; sequences are entered.

Most elements of a series repeat from instance to instance. What became of an element is therefore remembered by its
bytes, within the scope that decides it: the nesting path, the character set, the encoding and, in structured content,
the concept. Results hold no position, so that the same result serves every instance.

References
----------
PS3.15 2026d E.1.1, E.3; PS3.5 7.5 (nested data sets), 7.8 (private elements).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from deid.dicom import structured
from deid.dicom.scan import LONG_VRS, UNDEFINED, Element, Item, tag_name
from deid.dicom.value import Gone, ValueCleaner
from deid.dicom.values import Charset, item_charset, pad
from deid.model import Action, Alert, Link, Rule
from deid.recipe import InstancePolicy, Policy, arguments
from deid.standard import keyword_of, safe_private, tag_of

__all__ = ["Result", "Rewriter", "Scope", "encode_element", "encoded", "item_bytes"]

#: Longer elements are planned anew in every instance: hashing them costs as much.
_MEMO_BYTES = 16384
_MEMO_COUNT = 20000
_ROOT_COUNT = 64
CONTENT_SEQUENCE = 0x0040A730
#: Sources of rules for private elements that somebody has looked at: their words are a manufacturer's.
_SAFE_TABLES = ("PS3.15", "TCIA")
_ITEM_TAG = b"\xfe\xff\x00\xe0"
_ITEM_END = b"\xfe\xff\x0d\xe0\0\0\0\0"
_SEQUENCE_END = b"\xfe\xff\xdd\xe0\0\0\0\0"


class Result(NamedTuple):
    """What becomes of one element, wherever it stands.

    ``new`` is None for an element that is copied, and empty for one that is removed. ``children`` are the results
    below it, each with the number of its item; ``below`` says whether one of them has a link or an alert.
    """

    tag: int
    rule: Rule
    new: bytes | None
    links: tuple[Link, ...] = ()
    alerts: tuple[Alert, ...] = ()
    children: tuple[tuple[int, Result], ...] = ()
    below: bool = False

    @property
    def telling(self) -> bool:
        """Whether there is a link or an alert here or below."""
        return bool(self.links or self.alerts or self.below)

    def all_links(self) -> Iterator[Link]:
        """Links of this element and everything below it."""
        yield from self.links
        for _, child in self.children:
            yield from child.all_links()

    def all_alerts(self) -> Iterator[Alert]:
        """Alerts of this element and everything below it."""
        yield from self.alerts
        for _, child in self.children:
            yield from child.all_alerts()

    def decisions(self, prefix: str = "") -> Iterator[tuple[str, Rule, bool]]:
        """Path, rule and whether it changed, outermost first."""
        path = f"{prefix}{tag_name(self.tag)}"
        yield path, self.rule, self.new is not None
        for number, child in self.children:
            yield from child.decisions(f"{path}[{number}]")


class Scope:
    """Where an element stands: everything besides its bytes that decides what becomes of it."""

    __slots__ = ("charset", "coded", "content", "groups", "implicit", "memo", "path", "private", "scopes")

    def __init__(
        self,
        path: tuple[int, ...],
        charset: Charset,
        *,
        implicit: bool,
        content: structured.Content | None = None,
        coded: bool = False,
    ) -> None:
        self.path = path
        self.charset = charset
        self.implicit = implicit
        self.content = content
        #: Whether this is a code of a public scheme, whose meaning is the scheme's and not the site's.
        self.coded = coded
        self.memo: dict[bytes, Result] = {}
        self.private: dict[tuple[str, str, bytes], Result] = {}
        self.groups: dict[bytes, list[Result]] = {}
        self.scopes: dict[object, Scope] = {}

    def inner(
        self, tag: int, item: Item, charset: Charset, content: structured.Content | None, *, coded: bool
    ) -> Scope:
        """The scope of an item's elements."""
        key = (tag, charset, item.implicit, content, coded)
        scope = self.scopes.get(key)
        if scope is None:
            if len(self.scopes) > _MEMO_COUNT:
                self.scopes.clear()
            path = self.path
            # Content Sequences nested in one another are one level to the rules.
            path = path if tag == CONTENT_SEQUENCE and path and path[-1] == tag else (*path, tag)
            scope = Scope(path, charset, implicit=item.implicit, content=content, coded=coded)
            self.scopes[key] = scope
        return scope


class Rewriter:
    """Applies the rules of one SOP Class for one subject.

    Attributes
    ----------
    refusals
        Sources of the rules that refused the instance at hand; the caller clears it before each.
    declared
        What the instance at hand says of private blocks: (group, creator) to element numbers and statements.
    """

    def __init__(self, policy: Policy, sop_class_uid: str, values: ValueCleaner) -> None:
        self.policy = policy
        self.rules: InstancePolicy = policy.for_instance(sop_class_uid)
        self.values = values
        self.refusals: list[str] = []
        self.declared: Declared = {}
        self.by_reference = False
        self.moves_times = policy.dates == "shift" and policy.recipe.dates.times == "shift"
        self.carrying = False
        self._roots: dict[object, Scope] = {}

    def root(self, charset: Charset, *, implicit: bool) -> Scope:
        """The scope of top level elements."""
        # What an instance says as a whole and what decides about single elements: it gets results of its own.
        said = repr(sorted(self.declared.items())) if self.declared else ""
        key = (charset, implicit, self.by_reference, self.values.document_type, said)
        scope = self._roots.get(key)
        if scope is None:
            if len(self._roots) > _ROOT_COUNT:
                self._roots.clear()
            scope = self._roots[key] = Scope((), charset, implicit=implicit)
        return scope

    def dataset(self, elements: Sequence[Element], data: bytes, scope: Scope) -> list[Result]:
        """Results of the elements of one dataset or item, in step with them."""
        memo = scope.memo
        results: list[Result] = []
        append = results.append
        private: dict[int, list[int]] = {}
        carried = self._carried(elements, data) if self.moves_times else ()
        for at, (tag, _, start, _, end, _, _, _) in enumerate(elements):
            if tag & 0x10000:
                private.setdefault(tag >> 16, []).append(at)
                append(_PENDING)
                continue
            if end - start > _MEMO_BYTES or tag in carried:
                self.carrying = tag in carried
                append(self._standard(elements[at], data, scope))
                continue
            raw = data[start:end]
            result = memo.get(raw)
            if result is None:
                refused = len(self.refusals)
                result = self._standard(elements[at], data, scope)
                if len(self.refusals) == refused:
                    if len(memo) >= _MEMO_COUNT:
                        memo.clear()
                    memo[raw] = result
            append(result)
        for places in private.values():
            self._private_group(elements, places, data, scope, results)
        return results

    def one(self, element: Element, data: bytes, scope: Scope, creator: str) -> Result:
        """The result of one element, as :meth:`dataset` gives it if its neighbours have no say in it."""
        if element.tag & 0x10000:
            return self._private(element, data, scope, creator)
        return self.dataset((element,), data, scope)[0]

    def _carried(self, elements: Sequence[Element], data: bytes) -> frozenset[int]:
        """Dates whose own time of day passes midnight when it moves: they move a day further."""
        index = {element.tag: element for element in elements if element.vr in ("DA", "TM")}
        found = set()
        for tag, element in index.items():
            keyword = keyword_of(tag)
            partner = index.get(tag_of(keyword.replace("Date", "Time")) or 0) if "Date" in keyword else None
            if element.vr == "DA" and partner is not None:
                time = data[partner.value : partner.value_end].decode("latin-1")
                if self.values.passes_midnight(time):
                    found.add(tag)
        return frozenset(found)

    # -- one element --------------------------------------------------------------------------------------

    def _standard(self, element: Element, data: bytes, scope: Scope) -> Result:
        rule = None
        if scope.content is not None:
            rule = scope.content.rule_for(element.tag)
        if rule is None:
            rule = self.rules.rule((*scope.path, element.tag), element.vr)
        if scope.coded and element.tag == structured.CODE_MEANING and rule.action is Action.CLEAN:
            rule = Rule(Action.CLEAN, f"search=names,{rule.argument}", f"{rule.source}, of a public scheme")
        return self._applied(element, data, scope, rule)

    def _applied(self, element: Element, data: bytes, scope: Scope, rule: Rule) -> Result:
        tag, action = element.tag, rule.action
        if action is Action.REFUSE:
            self.refusals.append(rule.source)
        if action in (Action.REMOVE, Action.REFUSE):
            return Result(tag, rule, b"")
        if element.items is not None:
            return self._sequence(element, element.items, data, scope, rule)
        raw = data[element.value : element.value_end]
        args = arguments(rule)
        if self.carrying:
            args, self.carrying = {**args, "carry": "1"}, False
        outcome = self.values.value(raw, element, scope.charset, rule, args)
        new = outcome.new
        if isinstance(new, Gone):
            new = b""
        elif new is not None:
            vr = args.get("vr") or element.vr
            new = pad(new, "LO" if vr == "UN" else vr)  # what is rewritten in a UN is text
            new = None if new == raw else encoded(element, data, new)
        return Result(tag, rule, new, outcome.links, outcome.alerts)

    def _sequence(self, element: Element, items: tuple[Item, ...], data: bytes, scope: Scope, rule: Rule) -> Result:
        if rule.action is Action.EMPTY:
            return Result(element.tag, rule, encoded(element, data, b"") if items else None)
        if rule.argument == structured.UNKNOWN_CODE:
            return Result(element.tag, rule, encoded(element, data, _unknown_code(element), sequence=True))
        children: list[tuple[int, Result]] = []
        parts: list[bytes] = []
        changed = False
        gone = 0
        for number, item in enumerate(items):
            charset = item_charset(item, data, scope.charset)
            content = self._content(item, data, charset)
            if content is None and scope.content is not None and element.tag == structured.MEASURED_VALUES:
                content = scope.content.measured(item, data, charset)
            if content is not None and content.rule.action is Action.REMOVE:
                if not self.by_reference and gone + 1 < len(items):
                    gone += 1
                    changed = True
                    children.append((number, Result(structured.CONCEPT_NAME, content.rule, b"")))
                    continue
                content = content.dummied()
            coded = structured.is_public_code(item, data, charset)
            inner = scope.inner(element.tag, item, charset, content, coded=coded)
            results = self.dataset(item.elements, data, inner)
            children += [(number, result) for result in results]
            if all(result.new is None for result in results):
                parts.append(data[item.start : item.end])
            else:
                changed = True
                parts.append(item_bytes(item, data, [result.new for result in results]))
        new = encoded(element, data, b"".join(parts), sequence=True) if changed else None
        below = any(result.telling for _, result in children)
        return Result(element.tag, rule, new, children=tuple(children), below=below)

    def _content(self, item: Item, data: bytes, charset: Charset) -> structured.Content | None:
        found = structured.concept_of(item, data, charset)
        return None if found is None else structured.content(self.policy, found)

    # -- private elements ---------------------------------------------------------------------------------

    def _private_group(
        self, elements: Sequence[Element], places: list[int], data: bytes, scope: Scope, results: list[Result]
    ) -> None:
        """Fill in the results of one odd group; the same bytes as in an instance before have the same results."""
        first, last = places[0], places[-1]
        raw = data[elements[first].start : elements[last].end]
        whole = last - first + 1 == len(places) and len(raw) <= _MEMO_BYTES and not self.declared
        known = scope.groups.get(raw) if whole else None
        if known is not None:
            results[first : last + 1] = known
            return
        refused = len(self.refusals)
        self._private_elements(elements, places, data, scope, results)
        if whole and len(self.refusals) == refused:
            if len(scope.groups) >= _ROOT_COUNT:
                scope.groups.clear()
            scope.groups[raw] = results[first : last + 1]

    def _private_elements(
        self, elements: Sequence[Element], places: list[int], data: bytes, scope: Scope, results: list[Result]
    ) -> None:
        """Decide about the elements of one odd group; a creator stays if an element of its block does."""
        creators: dict[int, str] = {}
        heads: list[tuple[int, int]] = []
        alive: set[int] = set()
        memo, declared, fast = scope.private, self.declared, None
        for at in places:
            tag, _, start, value, end, _, _, items = elements[at]
            number = tag & 0xFFFF
            if 0x10 <= number <= 0xFF and items is None:
                block = tag & 0xFFFF0000 | number << 8
                creators[block] = scope.charset.decode(data[value:end], "LO").strip(" \0")
                heads.append((at, block))
                continue
            block = tag & 0xFFFFFF00
            creator = creators.get(block, "")
            fast = None if declared else memo.get((creator, "", data[start:end]))
            result = results[at] = fast or self._private(elements[at], data, scope, creator)
            if result.new is None or result.new:
                alive.add(block)
        for at, block in heads:
            element, creator = elements[at], creators[block]
            rule = self.rules.private((*scope.path, element.tag), creator, "LO")
            # A declared safe block has a creator that no table knows: its name is searched as text is.
            stays = block in alive and (rule.action is Action.KEEP or not self.values.names_somebody(creator))
            results[at] = Result(element.tag, rule, None if stays else b"")
            if not stays and block in alive:
                self._remove_block(elements, results, block)

    @staticmethod
    def _remove_block(elements: Sequence[Element], results: list[Result], block: int) -> None:
        """A block without its creator is illegal: it goes as a whole."""
        for at, element in enumerate(elements):
            if element.tag & 0xFFFFFF00 == block and element.tag & 0xFFFF > 0xFF and results[at].new != b"":
                results[at] = results[at]._replace(new=b"", links=(), alerts=(), children=(), below=False)

    def _private(self, element: Element, data: bytes, scope: Scope, creator: str) -> Result:
        declared = self._declared(element.tag, creator)
        raw = data[element.start : element.end]
        key = (creator, declared, raw)
        result = scope.private.get(key)
        if result is None:
            path = (*scope.path, element.tag)
            vr = element.vr
            rule = self.rules.private(path, creator, vr, declared=declared)
            if element.items is not None and rule.action is Action.REMOVE and vr == "SQ":
                rule = self._private_sequence(element, path, creator, declared) or rule
            if rule.action is Action.CLEAN and rule.source.startswith(_SAFE_TABLES):
                rule = Rule(Action.CLEAN, f"search=names,{rule.argument}", rule.source)
            refused = len(self.refusals)
            result = self._applied(element, data, scope, rule)
            if len(self.refusals) == refused and len(raw) <= _MEMO_BYTES:
                if len(scope.private) >= _MEMO_COUNT:
                    scope.private.clear()
                scope.private[key] = result
        return result

    def _private_sequence(self, element: Element, path: tuple[int, ...], creator: str, declared: str) -> Rule | None:
        """The rule of a sequence that its file calls UN: what the tables say of SQ."""
        if not safe_private(creator, element.tag >> 16, element.tag & 0xFF, nested=len(path) > 1):
            return None
        rule = self.rules.private(path, creator, "UN", declared=declared)
        return rule if rule.action in (Action.KEEP, Action.CLEAN) else None

    def _declared(self, tag: int, creator: str) -> str:
        statements = self.declared.get((tag >> 16, creator)) if self.declared else None
        return statements.get(tag & 0xFF, statements.get(-1, "")) if statements else ""


#: (group, creator) -> low byte of an element (-1: any other) -> SAFE, or a De-identification Action.
Declared = dict[tuple[int, str], dict[int, str]]
_PENDING = Result(0, Rule(Action.REMOVE), b"")


def item_bytes(item: Item, data: bytes, new: Sequence[bytes | None]) -> bytes:
    """An item whose elements are replaced by ``new``, in step; None for one that is copied."""
    parts = [
        data[element.start : element.end] if value is None else value
        for element, value in zip(item.elements, new, strict=True)
    ]
    body = b"".join(parts)
    if item.length == UNDEFINED:
        return data[item.start : item.body] + body + _ITEM_END
    return _ITEM_TAG + struct.pack("<I", len(body)) + body


def encoded(element: Element, data: bytes, value: bytes, *, sequence: bool = False) -> bytes:
    """The element with another value, its header as it was but for the length."""
    start, head = element.start, element.value - element.start
    if sequence and element.length == UNDEFINED:
        return data[start : element.value] + value + _SEQUENCE_END
    if element.implicit or head == 12:
        return data[start : element.value - 4] + struct.pack("<I", len(value)) + value
    return data[start : element.value - 2] + struct.pack("<H", len(value)) + value


def _unknown_code(element: Element) -> bytes:
    """One item that says (261665006, SCT, "Unknown"), encoded as the sequence's items are."""
    implicit = element.items[0].implicit if element.items else element.implicit
    parts = ((0x00080100, "SH", b"261665006"), (0x00080102, "SH", b"SCT"), (0x00080104, "LO", b"Unknown"))
    body = b"".join(encode_element(tag, vr, value, implicit=implicit) for tag, vr, value in parts)
    return _ITEM_TAG + struct.pack("<I", len(body)) + body


def encode_element(tag: int, vr: str, value: bytes, *, implicit: bool) -> bytes:
    """A new element of defined length."""
    value = pad(value, vr)
    if implicit:
        return struct.pack("<HHI", tag >> 16, tag & 0xFFFF, len(value)) + value
    if vr in LONG_VRS:
        return struct.pack("<HH2s2xI", tag >> 16, tag & 0xFFFF, vr.encode(), len(value)) + value
    return struct.pack("<HH2sH", tag >> 16, tag & 0xFFFF, vr.encode(), len(value)) + value
