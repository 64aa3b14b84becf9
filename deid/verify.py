"""The second look: what was written is read by another reader and searched for what must not be there.

Nothing here uses our own scanner, planner or text engine, and the search for known identifiers is a plain
comparison of folded words. A finding raises :class:`~deid.errors.ResidueError` and the unit is quarantined;
there is no finding that is only logged.

In every instance every element is held against the recipe and every value is searched. The first instance of each
series, and one of so many after it, is read by pydicom as a whole. In the others a small reader of this room's own
(:mod:`deid.reread`), whose word is held against pydicom's in the former, tells what had the same bytes in an instance
that passed; of what is new pydicom decodes everything but plain numbers, dates, codes and UIDs.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from pydicom.dataelem import RawDataElement
from pydicom.multival import MultiValue

from deid.errors import ResidueError
from deid.model import Action, Category, Known, Role, Rule
from deid.reread import Mould, Token, UnclearError, meta_end, tokens
from deid.surrogates import fold

if TYPE_CHECKING:
    from pathlib import Path

    from pydicom import Dataset
    from pydicom.dataelem import DataElement

    from deid.recipe import InstancePolicy, Policy

__all__ = ["InstanceVerifier", "Look", "Residue", "check_pixels_decoded_alike", "same_object"]

# What we say ourselves of what was done.
MARKS = frozenset((0x00120062, 0x00120063, 0x00120064, 0x00280301, 0x00280302, 0x00280303))
MAKERS = frozenset((0x00080070, 0x00081090))  # a device that was never set up names its maker as institution too
PIXEL_TAGS = frozenset((0x7FE00010, 0x7FE00008, 0x7FE00009))
WORD = re.compile(r"[^\W_]+")
UID = re.compile(r"(?<![\w.])(?:2\.25\.\d+|\d+(?:\.\d+){4})(?:\.\d+)*(?![\w.])")
NUMBER_VRS = frozenset(("DA", "DS", "DT", "FD", "FL", "IS", "SL", "SS", "SV", "TM", "UL", "US", "UV"))
NUMBER = re.compile(r"[-+]?\d*\.?\d+(?:[eE][-+]?\d+)?(?:[-+]\d{4})?")  # a number, a date or a time
CHANCE_MAX = 8  # decimal digits of a value that stand in longer numbers by chance
SPACED = re.compile(r"(?:\b[^\W\d_][\s.\-_]{1,3}){3,}[^\W\d_]\b")  # Q u u x
IDS = frozenset(
    (
        Category.ID,
        Category.ACCOUNT,
        Category.SSN,
        Category.PHONE,
        Category.HEALTH_PLAN,
        Category.LICENSE,
        Category.VEHICLE,
        Category.DEVICE,
        Category.USERNAME,
        Category.EMAIL,
    )
)
PHRASES = frozenset((Category.ADDRESS, Category.INSTITUTION, Category.URL))
BYTES_MIN = 6  # shorter strings stand in pixel bytes by chance
WHOLE_EVERY = 64  # instances of a series of which pydicom reads one as a whole
IMPLICIT_LE = b"1.2.840.10008.1.2\0"
PLAIN_VRS = {vr.encode(): vr for vr in ("AS", "CS", "DA", "DS", "DT", "IS", "TM", "UI")}
META_GROUP, META_LENGTH = 0x0002, 0x00020000
META_SYNTAX, SOP_CLASS, CHARACTER_SET, SERIES = 0x00020010, 0x00080016, 0x00080005, 0x0020000E
PRIVATE_CHARACTERISTICS = 0x00080300  # decides about elements elsewhere: what has it is read as a whole
PATIENT_ID, IDENTITY_REMOVED, METHOD_CODES = 0x00100020, 0x00120062, 0x00120064
#: What decides about other elements, or says what was done: where one of these differs, all is looked at anew.
FIXED = frozenset(
    (META_LENGTH, META_SYNTAX, SOP_CLASS, CHARACTER_SET, SERIES, PATIENT_ID, IDENTITY_REMOVED, METHOD_CODES)
)


class Residue:
    """Known identifiers of one subject in the forms that the second look compares.

    Parameters
    ----------
    known
        Identifiers of the whole study.
    surrogates
        Folded words of the surrogates: a surrogate is no residue, whatever it resembles.

    Notes
    -----
    Words of the patient's own and relatives' names must not appear at all, unless they are words of
    radiology too (Hand, Long): those, and other people's names, must not appear side by side. Identifiers are compared
    without separators, addresses and institutions as phrases.
    """

    def __init__(self, known: Iterable[Known], surrogates: Iterable[str] = ()) -> None:
        from deid.text.lexicon import (
            group,
            is_confusable,
            is_department,
            is_report_word,
            is_stand_in,
        )  # the process that hands out the work loads no engine
        from deid.text.parts import without_credentials

        particles = group("particles")
        ours = {fold(word) for text in surrogates for word in WORD.findall(text)}
        self.words: set[str] = set()
        self.pairs: set[frozenset[str]] = set()
        self.compact: set[str] = set()
        exact: set[bytes] = set()
        for item in known:
            value = without_credentials(item.value) if item.category is Category.NAME else item.value
            words = [w for w in WORD.findall(fold(value.replace("^", " ").replace("=", " "))) if w not in ours]
            joined = "".join(words)
            if item.category in PHRASES and is_department(words):
                continue  # called like an examination: Breast Imaging, Nuclear Medicine
            if item.category is Category.NAME and is_stand_in(item.value):
                pass  # words of protocols
            elif item.category is Category.NAME:
                long = [w for w in words if len(w) > 2 and not w.isdigit()]
                if item.role in (Role.PATIENT, Role.RELATIVE):
                    ordinary = (w for w in long if is_confusable(w) or is_report_word(w))
                    self.words.update(set(long).difference(ordinary, particles))
                pairs = (frozenset(pair) for pair in pairwise(long))
                self.pairs.update(pair for pair in pairs if len(pair) > 1 and not pair <= particles)
            elif (item.category in IDS and len(joined) > 3) or (item.category in PHRASES and len(joined) > 7):
                self.compact.add(joined)
            elif item.category is Category.DATE and item.role is Role.PATIENT and len(joined) == 8:
                self.words.add(joined)
            telling = item.category is not Category.DATE and (len(words) > 1 or item.category not in PHRASES)
            if telling and len(item.value) >= BYTES_MIN and fold(item.value) not in ours:
                exact.update(_encodings(item.value))
        self.exact = tuple(sorted(exact))
        self.numbers = {bare for v in self.compact if v.isdecimal() and len(bare := v.lstrip("0")) > 5}

    def __repr__(self) -> str:
        return f"Residue({len(self.words)} words, {len(self.compact)} values)"

    def in_text(self, text: str, *, names_only: bool = False) -> bool:
        """Whether a known identifier stands in a text."""
        folded = fold(text)
        words = WORD.findall(folded)
        if not self.words.isdisjoint(_outside_terms(words)) or any(
            w[:-1] in self.words for w in words if w[-1] == "s" and len(w) > 4
        ):
            return True
        for spaced in SPACED.findall(folded):
            letters = "".join(WORD.findall(spaced))
            if any(len(w) > 3 and w in letters for w in self.words):
                return True
        if self.pairs and any(frozenset(pair) in self.pairs for pair in pairwise(words)):
            return True
        if not self.compact or names_only:
            return False
        joined = "".join(words)
        # A short value must be whole words, since four digits stand in many numbers by chance.
        return any(v in joined and (v in words or (len(v) > 5 and _outside_uids(v, folded))) for v in self.compact)

    def is_value(self, number: str) -> bool:
        """Whether a number, a date or a time is, as a whole, a known identifier; noughts before it say nothing."""
        return number in self.compact or number in self.words or number.lstrip("+-0") in self.numbers

    def in_bytes(self, content: bytes | memoryview) -> bool:
        """Whether a known identifier of six bytes and more stands in bytes, in either case as written."""
        haystack = bytes(content)
        lowered = haystack.lower()
        return any(value in lowered and _is_no_fragment(value, lowered) for value in self.exact)

    def in_pixels(self, content: bytes | memoryview) -> bool:
        """As :meth:`in_bytes`, for a large value that is mostly not text."""
        if not self.exact or len(content) < BYTES_MIN:
            return False
        plain = all(value.isascii() for value in self.exact)
        return _may_hold_text(content, plain=plain) and self.in_bytes(content)


def _outside_terms(words: list[str]) -> list[str]:
    """The words but the first ones of two that are a term together: *black blood*, *power Doppler*."""
    from deid.text.lexicon import is_pair

    return [word for word, following in pairwise([*words, ""]) if not is_pair(word, following)]


def _outside_uids(value: str, folded: str) -> bool:
    """Whether a value is found in a text without its UIDs; a short number in one must be a whole component."""
    if len(value) > CHANCE_MAX or not value.isdecimal():
        return True
    rest = UID.sub(lambda uid: value if value in uid[0].split(".") else "", folded)
    return value in "".join(WORD.findall(rest))


def _is_no_fragment(value: bytes, content: bytes) -> bool:
    """Whether a value in bytes is more than some digits of a longer number, of a UID or of a decimal."""
    if len(value) > CHANCE_MAX or not value.isdigit():
        return True
    return re.search(rb"(?<!\d)(?<!\d\.)" + value + rb"(?!\.?\d)", content) is not None


_ODD = np.uint64(0xFF00FF00FF00FF00)
_CHARACTERS = np.uint64(0xE0E0E0E0E0E0E0E0)  # a byte of a character is 0x20 and more
_TOP = np.uint64(0x8080808080808080)


def _may_hold_text(content: bytes | memoryview, *, plain: bool) -> bool:
    """Whether six bytes of characters may stand side by side; ``plain`` if only those of ASCII count.

    In words of 16 bits that hold 12, every second byte is below 0x10 (or above 0xEF): there no text has room.
    """
    words = np.frombuffer(content, np.uint64, len(content) // 8)
    held = np.bitwise_or.reduce(words) & _CHARACTERS if words.size else np.uint64(0)
    if plain and held & _ODD and held & ~_ODD:
        signs = (words << np.uint64(1)) | (words << np.uint64(2))  # bits 6 and 5 of each byte, in the place of bit 7
        signs &= ~words
        held = np.bitwise_or.reduce(signs) & _TOP
    if not (held & _ODD and held & ~_ODD):
        # Nothing from end to end; the last bytes are no whole word.
        return any(byte >= 0x20 for byte in content[len(content) // 8 * 8 :])
    if not plain:
        return True
    view = np.frombuffer(content, dtype=np.uint8)
    run = (view - np.uint8(32)) < np.uint8(95)  # printable ASCII; anything below wraps round
    two = run[:-1] & run[1:]
    four = two[:-2] & two[2:]
    return bool((four[:-2] & four[2:]).any())


def _encodings(value: str) -> set[bytes]:
    forms = set()
    for encoding in ("utf-8", "latin-1", "gb18030", "shift_jis", "euc_kr", "iso8859_5"):
        try:
            forms.add(value.encode(encoding).lower())
        except UnicodeEncodeError:
            continue
    return {form for form in forms if len(form) >= BYTES_MIN}


class _Layout:
    """Where the elements of a written instance lie, in file meta information and dataset."""

    def __init__(self, written: bytes) -> None:
        self.written = written
        begin = meta_end(written)
        self.meta = tokens(written, 132, begin, implicit=False)
        syntax = next((written[t.value : t.end] for t in self.meta if t.tag == META_SYNTAX), b"")
        self.implicit = syntax == IMPLICIT_LE
        self.dataset = tokens(written, begin, len(written), implicit=self.implicit)
        self.index = {token.tag: token for token in self.dataset}
        same = (self.value(tag) for tag in (SOP_CLASS, CHARACTER_SET, SERIES))
        self.key = (syntax, *same)

    def value(self, tag: int) -> bytes:
        """Bytes of a value; empty if it is absent."""
        token = self.index.get(tag)
        return self.written[token.value : token.end] if token is not None else b""

    def element(self, tag: int) -> bytes:
        """Bytes of a whole element; empty if it is absent."""
        token = self.index.get(tag)
        return self.written[token.start : token.end] if token is not None else b""

    def elements(self, of: list[Token]) -> Iterator[bytes]:
        """Bytes of each element but Pixel Data, a private one behind those of its creator."""
        written, creators = self.written, self.creators
        for tag, start, _, end in of:
            if tag & 0x10000:
                yield creators.get(tag & 0xFFFFFF00, b"") + written[start:end]
            elif tag not in PIXEL_TAGS:
                yield written[start:end]

    def pixels(self) -> tuple[int, int] | None:
        """Where the value of Pixel Data lies, without a sequence delimiter."""
        return _pixels(self.written, self.dataset[-3:])

    def mould(self, before: Mould | None) -> Mould | None:
        """What the next instance of this series may be held against; None where too much may vary.

        Parameters
        ----------
        before
            The same of the instance before.
        """
        if PRIVATE_CHARACTERISTICS in self.index:
            return None
        every = [*self.meta, *self.dataset]
        differing = None if before is None else before.differing(self.written, every)
        varying = PIXEL_TAGS & self.index.keys()
        if before is not None and differing is not None:
            varying |= before.varying | differing
        # What decides about other elements stays as it is in this instance: one in which it differs is no match.
        gaps = frozenset(tag for tag in varying if tag not in FIXED and not _is_creator(tag))
        return Mould(self.written, every, gaps, implicit=self.implicit)

    @cached_property
    def creators(self) -> dict[int, bytes]:
        """Bytes of the elements that name the creators of private blocks, by the first tag of the block."""
        return {
            tag & 0xFFFF0000 | (tag & 0xFF) << 8: self.written[token.start : token.end]
            for tag, token in self.index.items()
            if _is_creator(tag)
        }

    def agrees(self, dataset: Dataset) -> bool:
        """Whether pydicom, which has decoded nothing yet, sees the same elements in the same places."""
        if sorted(self.index) != sorted(int(tag) for tag in dataset.keys()):  # noqa: SIM118 - keys decode nothing
            return False
        raws = ((token, _raw(dataset, token.tag)) for token in self.dataset)
        return all(raw.value_tell == token.value for token, raw in raws if raw is not None)


def _is_creator(tag: int) -> bool:
    """Whether an element names the creator of a private block (PS3.5 7.8.1)."""
    return bool(tag & 0x10000) and 0x10 <= tag & 0xFFFF <= 0xFF


def _pixels(written: bytes, found: Iterable[Token]) -> tuple[int, int] | None:
    """Where the value of Pixel Data lies, if it is one of these elements, without a sequence delimiter."""
    token = next((token for token in found if token.tag in PIXEL_TAGS), None)
    if token is None:
        return None
    undefined = written[token.value - 4 : token.value] == b"\xff\xff\xff\xff"
    return token.value, token.end - 8 if undefined else token.end


@dataclass(slots=True, repr=False)
class _Series:
    """What pydicom has decoded, and found harmless, in one series."""

    sop_class: str = ""
    count: int = 0
    seen: set[bytes] = field(default_factory=set)
    mould: Mould | None = None
    charset: bytes = b""
    creators: dict[int, bytes] = field(default_factory=dict)


class Look:
    """A written instance that passed.

    Attributes
    ----------
    written
        The whole file.
    """

    def __init__(self, written: bytes, pixels: tuple[int, int] | None, dataset: Dataset | None) -> None:
        self.written, self._pixels, self._dataset = written, pixels, dataset

    @property
    def dataset(self) -> Dataset:
        """As pydicom reads it."""
        if self._dataset is None:
            self._dataset = _read(self.written)
        return self._dataset

    def check_pixels(self, tag: int, before: bytes | memoryview) -> None:
        """Raise if the value of Pixel Data is not the verbatim copy of another.

        Raises
        ------
        ResidueError
            ``verify-pixels``.
        """
        if self._pixels is not None:
            start, end = self._pixels
            same = end - start == len(before) and self.written.startswith(before, start)
        else:
            same = self.dataset.get_item(tag).value == bytes(before)
        if not same:
            raise ResidueError("verify-pixels", "(7FE0,0010) should be a verbatim copy and is not")


def _read(written: bytes) -> Dataset:
    import pydicom  # keeps `import deid` light

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return pydicom.dcmread(io.BytesIO(written))
        except Exception as error:  # noqa: BLE001  # whatever pydicom raises, it may quote a value
            raise ResidueError("verify-unreadable", f"pydicom cannot read the result: {type(error).__name__}") from None


def _raw(dataset: Dataset, tag: int) -> RawDataElement | None:
    """An element that pydicom has not decoded yet."""
    element = dataset.get_item(tag) if tag in dataset else None
    return element if isinstance(element, RawDataElement) else None


@dataclass(slots=True)
class InstanceVerifier:
    """Checks written instances of one subject; remembers what it has already seen to be harmless.

    Attributes
    ----------
    residue
        What must not be there.
    policy
        Compiled recipe, asked again for every element that is there.
    person, code
        What stands in for the patient's name and ID.
    allowed
        Tags that we write ourselves, whatever the policy does with a source's.
    """

    residue: Residue
    policy: Policy
    person: str = ""
    code: str = ""
    allowed: frozenset[int] = MARKS
    _rules: InstancePolicy | None = None
    _seen: set[tuple[str, tuple[int, ...], str, bytes, str]] = field(default_factory=set)
    _class: str = ""
    _declared: frozenset[tuple[int, str]] = frozenset()
    _series: dict[tuple[bytes, ...], _Series] = field(default_factory=dict)
    _last: _Series | None = None

    def look(self, written: bytes) -> Look:
        """Check a written instance; pydicom reads the first of a series as a whole, and what is new in the others.

        Raises
        ------
        ResidueError
            As :meth:`check`, and ``verify-readers`` if two readers do not see the same elements.
        """
        last = self._last
        gaps = last.mould.gaps(written) if last is not None and last.mould and last.count % WHOLE_EVERY else None
        if last is not None and gaps is not None:
            last.count += 1
            return Look(written, self._check_gaps(written, gaps, last), None)
        try:
            layout = _Layout(written)
        except UnclearError:
            return Look(written, None, self.check(written))
        series = self._last = self._series.setdefault(layout.key, _Series())
        if series.count % WHOLE_EVERY == 0 or PRIVATE_CHARACTERISTICS in layout.index:
            dataset = self._check(written, layout)
            series.sop_class = self._class
            series.seen.update(layout.elements(layout.meta), layout.elements(layout.dataset))
        else:
            dataset = None
            self._check_new(layout, series)
        series.count += 1
        series.charset, series.creators = layout.element(CHARACTER_SET), layout.creators
        series.mould = layout.mould(series.mould)
        return Look(written, layout.pixels(), dataset)

    def check(self, written: bytes) -> Dataset:
        """Read a written instance as a whole and raise if anything in it must not be there.

        Parameters
        ----------
        written
            The whole file.

        Raises
        ------
        ResidueError
            ``residue-*`` with the tag, never with a value.
        """
        return self._check(written, None)

    def _check(self, written: bytes, layout: _Layout | None) -> Dataset:
        _check_preamble(written)
        dataset = _read(written)
        if layout is not None and not layout.agrees(dataset):
            raise ResidueError("verify-readers", "two readers do not see the same elements")
        raws = (_raw(dataset, tag) for tag in PIXEL_TAGS)
        pixels = [(raw.value_tell, raw.value_tell + len(raw.value)) for raw in raws if raw is not None and raw.value]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self._ask_for(str(dataset.get("SOPClassUID", "")))
            self._declared = _declared_safe(dataset)
            self._check_dataset(dataset.file_meta, ())
            self._check_dataset(dataset, ())
            self._check_marks(
                str(dataset.get("PatientIdentityRemoved", "")),
                str(dataset.get("PatientID") or ""),
                codes=bool(dataset.get("DeidentificationMethodCodeSequence")),
            )
        self._check_bytes(written, pixels[0] if pixels else None)
        return dataset

    def _check_new(self, layout: _Layout, series: _Series) -> None:
        """Check the elements that no instance of this series had before, and search all bytes.

        pydicom decodes them, but for those that are plain ASCII by their VR.
        """
        _check_preamble(layout.written)
        self._ask_for(series.sop_class)
        charset = layout.element(CHARACTER_SET)
        self._check_elements(layout.elements(layout.meta), series, b"", implicit=False)
        self._check_elements(layout.elements(layout.dataset), series, charset, implicit=layout.implicit)
        removed, patient = (layout.value(tag).decode("latin-1").strip(" \0") for tag in (IDENTITY_REMOVED, PATIENT_ID))
        self._check_marks(removed, patient, codes=bool(layout.value(METHOD_CODES)))
        self._check_bytes(layout.written, layout.pixels())

    def _check_gaps(self, written: bytes, gaps: list[Token], series: _Series) -> tuple[int, int] | None:
        """Check the elements in which an instance differs from one that passed; where its Pixel Data lies."""
        assert series.mould is not None
        self._ask_for(series.sop_class)
        creators = series.creators
        found = [
            (token.tag, creators.get(token.tag & 0xFFFFFF00, b"") + written[token.start : token.end])
            for token in gaps
            if token.tag not in PIXEL_TAGS
        ]
        meta = (element for tag, element in found if tag >> 16 == META_GROUP)
        rest = (element for tag, element in found if tag >> 16 != META_GROUP)
        self._check_elements(meta, series, b"", implicit=False)
        self._check_elements(rest, series, series.charset, implicit=series.mould.implicit)
        if self.residue.in_bytes(b"\0".join(element for _, element in found)):
            raise ResidueError("residue-bytes", "a known identifier stands in the bytes of the header")
        pixels = _pixels(written, gaps)
        if pixels is not None and self.residue.in_pixels(memoryview(written)[slice(*pixels)]):
            raise ResidueError("residue-pixels", "a known identifier stands in the pixel bytes as text")
        return pixels

    def _check_elements(self, of: Iterable[bytes], series: _Series, charset: bytes, *, implicit: bool) -> None:
        """Check those elements that no instance of the series had before; ``charset`` is the element that says so."""
        from pydicom.filereader import read_dataset

        every = [element for element in of if element not in series.seen]
        new = every if implicit else [element for element in every if not self._check_plain(element)]
        if new:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                try:
                    self._check_dataset(read_dataset(io.BytesIO(charset + b"".join(new)), implicit, True), ())
                except ResidueError:
                    raise
                except Exception as error:  # noqa: BLE001  # whatever pydicom raises, it may quote a value
                    raise ResidueError("verify-unreadable", f"pydicom cannot read: {type(error).__name__}") from None
        series.seen.update(every)

    def _ask_for(self, sop_class: str) -> None:
        self._class = sop_class
        self._rules = self.policy.for_instance(sop_class)
        self._declared = frozenset()

    def _check_bytes(self, written: bytes, pixels: tuple[int, int] | None) -> None:
        """Search the bytes themselves: all that is no pixel, and text among the pixels."""
        start, end = pixels or (len(written), len(written))
        if self.residue.in_pixels(memoryview(written)[start:end]):
            raise ResidueError("residue-pixels", "a known identifier stands in the pixel bytes as text")
        if self.residue.in_bytes(written[:start]) or self.residue.in_bytes(written[end:]):
            raise ResidueError("residue-bytes", "a known identifier stands in the bytes of the header or the tail")

    def _check_marks(self, removed: str, patient_id: str, *, codes: bool) -> None:
        if removed != "YES" or not codes:
            raise ResidueError("verify-marks", "(0012,0062) or (0012,0064) does not say what was done")
        if self.code and (patient_id or self.code) != self.code:
            raise ResidueError("verify-subject", "(0010,0020) is not the subject's code")

    def _check_dataset(self, dataset: Dataset, path: tuple[int, ...]) -> None:
        charset = str(dataset.original_character_set)
        creators: dict[int, str] = {}
        for tag in sorted(dataset.keys()):
            if int(tag) in PIXEL_TAGS:
                continue
            here = (*path, int(tag))
            creator = ""
            if tag.is_private_creator:
                creator = creators[(tag.group << 16) | (tag.element & 0xFF)] = str(dataset[tag].value)
            elif tag.is_private:
                creator = creators.get((tag.group << 16) | (tag.element >> 8), "")
            item = dataset.get_item(tag)
            value = item.value  # undecoded, unless it is a sequence
            if not isinstance(value, bytes):
                self._check_element(dataset[tag], here, creator)
                continue
            # Of a private element whose VR the file does not tell, pydicom's own dictionary may say another than ours.
            written = "UN" if tag.is_private and item.VR in (None, "UN") else ""
            key = (self._class, here, creator, value, charset)
            if key not in self._seen or self._declared:
                self._check_element(dataset[tag], here, creator, written=written)
                self._seen.add(key)

    def _check_plain(self, element: bytes) -> bool:
        """Check a standard element in explicit VR whose characters are ASCII by its VR; False if it is none."""
        vr = PLAIN_VRS.get(element[4:6])
        if vr is None or element[0] & 1 or not element.isascii():
            return False
        tag = int.from_bytes(element[:2], "little") << 16 | int.from_bytes(element[2:4], "little")
        where = self._check_rule((tag,), vr, "")
        for value in element[8:].decode("ascii").split("\\"):
            self._check_text(value.strip(" \0"), vr, where)
        return True

    def _check_rule(self, path: tuple[int, ...], vr: str, creator: str) -> str:
        """Raise if the recipe removes such an element; its tag as messages write it."""
        tag = path[-1]
        where = f"({tag >> 16:04X},{tag & 0xFFFF:04X})"
        if (
            tag >> 16 != 2
            and tag not in self.allowed
            and self._rule(path, vr, creator).action in (Action.REMOVE, Action.REFUSE)
        ):
            raise ResidueError("verify-unplanned", f"{where} should have been removed")
        return where

    def _check_element(self, element: DataElement, path: tuple[int, ...], creator: str, *, written: str = "") -> None:
        """Check one element; ``written`` is the VR by which the rules know it, where pydicom says another."""
        tag, vr = path[-1], str(element.VR)
        where = self._check_rule(path, written or vr, creator)
        if vr == "SQ":
            for item in element.value:
                self._check_dataset(item, path)
            return
        values = element.value if type(element.value) is MultiValue else (element.value,)
        for value in values:
            if isinstance(value, bytes):
                if self.residue.in_bytes(value):
                    raise ResidueError("residue-bytes", f"{where} holds a known identifier")
            elif value is not None:
                self._check_text(str(value), vr, where, maker=tag in MAKERS)

    def _rule(self, path: tuple[int, ...], vr: str, creator: str) -> Rule:
        assert self._rules is not None
        private = any((tag >> 16) & 1 for tag in path)
        if not private:
            return self._rules.rule(path, vr)
        rule = self._rules.private(path, creator, vr)
        if rule.action is not Action.REMOVE or (path[-1] >> 16, creator) not in self._declared:
            return rule
        if path[-1] & 0xFF00 == 0:
            return Rule(Action.KEEP, "", "the instance declares its block safe")
        return self._rules.private(path, creator, vr, declared="SAFE")

    def _check_text(self, text: str, vr: str, where: str, *, maker: bool = False) -> None:
        if not text or text in (self.person, self.code):
            return
        if vr == "CS":  # code strings share words with names (HAND, LONG): there only a whole value counts
            found = fold(text) in self.residue.compact
        elif vr in NUMBER_VRS and NUMBER.fullmatch(text):
            found = self.residue.is_value(text)
        else:
            found = self.residue.in_text(text, names_only=maker)
        if found:
            raise ResidueError("residue-text", f"{where} holds a known identifier")


def _declared_safe(dataset: Dataset) -> frozenset[tuple[int, str]]:
    """Group and creator of private blocks of which (0008,0300) calls something safe (PS3.3 C.12.1.1.7)."""
    return frozenset(
        (int(item.PrivateGroupReference), str(item.PrivateCreatorReference))
        for item in dataset.get("PrivateDataElementCharacteristicsSequence", ())
        if item.get("BlockIdentifyingInformationStatus") in ("SAFE", "MIXED")
        and "PrivateGroupReference" in item
        and "PrivateCreatorReference" in item
    )


def _check_preamble(written: bytes) -> None:
    if written[:128] != bytes(128):
        raise ResidueError("residue-preamble", "the preamble is not empty")


def check_pixels_decoded_alike(source: Path, after: Dataset) -> None:
    """Raise unless pydicom sees the same pixels in a re-encoded result (big endian input) as in its source.

    Raises
    ------
    ResidueError
        ``verify-pixels``.
    """
    import pydicom

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            alike = np.array_equal(pydicom.dcmread(source, force=True).pixel_array, after.pixel_array)
        except Exception:  # noqa: BLE001  # pydicom and its decoders raise anything
            alike = False
    if not alike:
        raise ResidueError("verify-pixels", "(7FE0,0010) decodes to other pixels than its source")


def same_object(one: bytes, other: bytes) -> bool:
    """Whether two instances are one object in two encodings: equal attributes and equal pixels.

    An archive may hold an instance in a lossless transfer syntax and uncompressed; neither contradicts
    the other. Anything that cannot be compared is not the same.
    """
    import pydicom

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            a, b = pydicom.dcmread(io.BytesIO(one)), pydicom.dcmread(io.BytesIO(other))
            if "PixelData" not in a or "PixelData" not in b or not np.array_equal(a.pixel_array, b.pixel_array):
                return False
            for dataset in (a, b):
                for keyword in ("PixelData", "PlanarConfiguration", "PhotometricInterpretation"):
                    if keyword in dataset:
                        delattr(dataset, keyword)
            return bool(a == b)
        except Exception:  # noqa: BLE001  # pydicom and its decoders raise anything
            return False
