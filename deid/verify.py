"""The second look: what was written is read by another reader and searched for what must not be there.

Nothing here uses our own scanner, planner or text engine: pydicom reads, and the search for known
identifiers is a plain comparison of folded words. A finding raises :class:`~deid.errors.ResidueError`
and the unit is quarantined; there is no finding that is only logged.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from pydicom.dataelem import RawDataElement
from pydicom.multival import MultiValue

from deid.errors import ResidueError
from deid.model import Action, Category, Known, Role, Rule
from deid.surrogates import fold
from deid.text.lexicon import is_confusable

if TYPE_CHECKING:
    from pathlib import Path

    from pydicom import Dataset
    from pydicom.dataelem import DataElement

    from deid.recipe import InstancePolicy, Policy

__all__ = ["InstanceVerifier", "Residue", "check_pixels_decoded_alike", "check_pixels_untouched", "same_object"]

# What we say ourselves of what was done.
MARKS = frozenset((0x00120062, 0x00120063, 0x00120064, 0x00280301, 0x00280302, 0x00280303))
MAKERS = frozenset((0x00080070, 0x00081090))  # a device that was never set up names its maker as institution too
PIXEL_TAGS = frozenset((0x7FE00010, 0x7FE00008, 0x7FE00009))
WORD = re.compile(r"[^\W_]+")
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
        ours = {fold(word) for text in surrogates for word in WORD.findall(text)}
        self.words: set[str] = set()
        self.pairs: set[frozenset[str]] = set()
        self.compact: set[str] = set()
        exact: set[bytes] = set()
        for item in known:
            words = [w for w in WORD.findall(fold(item.value.replace("^", " ").replace("=", " "))) if w not in ours]
            joined = "".join(words)
            if item.category is Category.NAME:
                long = [w for w in words if len(w) > 2 and not w.isdigit()]
                if item.role in (Role.PATIENT, Role.RELATIVE):
                    self.words.update(w for w in long if not is_confusable(w))
                self.pairs.update(frozenset(pair) for pair in pairwise(long) if pair[0] != pair[1])
            elif (item.category in IDS and len(joined) > 3) or (item.category in PHRASES and len(joined) > 7):
                self.compact.add(joined)
            elif item.category is Category.DATE and item.role is Role.PATIENT and len(joined) == 8:
                self.words.add(joined)
            telling = item.category is not Category.DATE and (len(words) > 1 or item.category not in PHRASES)
            if telling and len(item.value) >= BYTES_MIN and fold(item.value) not in ours:
                exact.update(_encodings(item.value))
        self.exact = tuple(sorted(exact))

    def __repr__(self) -> str:
        return f"Residue({len(self.words)} words, {len(self.compact)} values)"

    def in_text(self, text: str, *, names_only: bool = False) -> bool:
        """Whether a known identifier stands in a text."""
        folded = fold(text)
        words = WORD.findall(folded)
        if not self.words.isdisjoint(words) or any(w[:-1] in self.words for w in words if w[-1] == "s" and len(w) > 4):
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
        return any(v in joined and (len(v) > 5 or v in words or (not v.isdigit() and v in words)) for v in self.compact)

    def in_bytes(self, content: bytes | memoryview) -> bool:
        """Whether a known identifier of six bytes and more stands in bytes, in either case as written."""
        haystack = bytes(content)
        lowered = haystack.lower()
        return any(value in lowered for value in self.exact)

    def in_pixels(self, content: bytes | memoryview) -> bool:
        """As :meth:`in_bytes`, for a large value that is mostly not text."""
        if not self.exact:
            return False
        view = np.frombuffer(content, dtype=np.uint8)
        if view.size < BYTES_MIN:
            return False
        run = (view - np.uint8(32)) < np.uint8(95)  # printable ASCII; anything below wraps round
        two = run[:-1] & run[1:]
        four = two[:-2] & two[2:]
        if not (four[:-2] & two[4:]).any():
            return False
        return self.in_bytes(content)


def _encodings(value: str) -> set[bytes]:
    forms = set()
    for encoding in ("utf-8", "latin-1", "gb18030", "shift_jis", "euc_kr", "iso8859_5"):
        try:
            forms.add(value.encode(encoding).lower())
        except UnicodeEncodeError:
            continue
    return {form for form in forms if len(form) >= BYTES_MIN}


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

    def check(self, written: bytes) -> Dataset:
        """Read a written instance and raise if anything in it must not be there.

        Parameters
        ----------
        written
            The whole file.

        Raises
        ------
        ResidueError
            ``residue-*`` with the tag, never with a value.
        """
        import pydicom  # noqa: PLC0415  # keeps `import deid` light

        if written[:128] != bytes(128):
            raise ResidueError("residue-preamble", "the preamble is not empty")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                dataset = pydicom.dcmread(io.BytesIO(written))
            except Exception as error:  # noqa: BLE001  # whatever pydicom raises, it may quote a value
                raise ResidueError(
                    "verify-unreadable", f"pydicom cannot read the result: {type(error).__name__}"
                ) from None
            self._class = str(dataset.get("SOPClassUID", ""))
            self._rules = self.policy.for_instance(self._class)
            self._declared = _declared_safe(dataset)
            self._check_dataset(dataset.file_meta, ())
            self._check_dataset(dataset, ())
            self._check_marks(dataset)
        self._check_bytes(written, dataset)
        return dataset

    def _check_bytes(self, written: bytes, dataset: Dataset) -> None:
        """Search the bytes themselves: all that is no pixel, and text among the pixels."""
        start = end = len(written)
        for tag in PIXEL_TAGS:
            raw = dataset.get_item(tag) if tag in dataset else None
            if isinstance(raw, RawDataElement) and raw.value is not None:
                start, end = raw.value_tell, raw.value_tell + len(raw.value)
                if self.residue.in_pixels(raw.value):
                    raise ResidueError("residue-pixels", "a known identifier stands in the pixel bytes as text")
        if self.residue.in_bytes(written[:start]) or self.residue.in_bytes(written[end:]):
            raise ResidueError("residue-bytes", "a known identifier stands in the bytes of the header or the tail")

    def _check_marks(self, dataset: Dataset) -> None:
        if dataset.get("PatientIdentityRemoved") != "YES" or not dataset.get("DeidentificationMethodCodeSequence"):
            raise ResidueError("verify-marks", "(0012,0062) or (0012,0064) does not say what was done")
        if self.code and str(dataset.get("PatientID") or self.code) != self.code:
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
            value = dataset.get_item(tag).value  # undecoded, unless it is a sequence
            if not isinstance(value, bytes):
                self._check_element(dataset[tag], here, creator)
                continue
            key = (self._class, here, creator, value, charset)
            if key not in self._seen or self._declared:
                self._check_element(dataset[tag], here, creator)
                self._seen.add(key)

    def _check_element(self, element: DataElement, path: tuple[int, ...], creator: str) -> None:
        tag, vr = path[-1], str(element.VR)
        where = f"({tag >> 16:04X},{tag & 0xFFFF:04X})"
        if (
            tag >> 16 != 2
            and tag not in self.allowed
            and self._rule(path, vr, creator).action in (Action.REMOVE, Action.REFUSE)
        ):
            raise ResidueError("verify-unplanned", f"{where} should have been removed")
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
        # Code strings share words with names (HAND, LONG): there only a whole value counts.
        found = fold(text) in self.residue.compact if vr == "CS" else self.residue.in_text(text, names_only=maker)
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


def check_pixels_untouched(before: bytes | memoryview, after: bytes | memoryview) -> None:
    """Raise if Pixel Data that should have been copied verbatim was not.

    Parameters
    ----------
    before, after
        The values as they stand in the two files.

    Raises
    ------
    ResidueError
        ``verify-pixels``.
    """
    if bytes(before) != bytes(after):  # memoryviews compare item by item
        raise ResidueError("verify-pixels", "(7FE0,0010) should be a verbatim copy and is not")


def check_pixels_decoded_alike(source: Path, after: Dataset) -> None:
    """Raise unless pydicom sees the same pixels in a re-encoded result (big endian input) as in its source.

    Raises
    ------
    ResidueError
        ``verify-pixels``.
    """
    import pydicom  # noqa: PLC0415

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
    import pydicom  # noqa: PLC0415

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
