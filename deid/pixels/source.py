"""The pixels of one instance as the file stores them: described, cut into frames, decoded one frame at a time.

Nothing is converted here unless :meth:`PixelSource.seen` is asked for it: values stay as stored, so that what is
not filled can be written back bit by bit.
"""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np

from deid.errors import InputError, Refusal
from deid.pixels import sandbox
from deid.pixels.codestream import fragments, frames_of, join

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pydicom import Dataset

    from deid.pixels.attributes import Attributes

    Array = NDArray[Any]

__all__ = ["FAMILIES", "LARGEST", "PixelLimits", "PixelSource", "depth_used"]

_BASE: Final = "1.2.840.10008.1.2"
FAMILIES: Final[dict[str, str]] = {
    f"{_BASE}.4.50": "jpeg",
    f"{_BASE}.4.51": "jpeg-extended",
    f"{_BASE}.4.57": "jpeg-lossless",
    f"{_BASE}.4.70": "jpeg-lossless",
    f"{_BASE}.4.80": "jls",
    f"{_BASE}.4.81": "jls-near",
    f"{_BASE}.4.90": "j2k",
    f"{_BASE}.4.91": "j2k-lossy",
    f"{_BASE}.4.201": "htj2k",
    f"{_BASE}.4.202": "htj2k",
    f"{_BASE}.4.203": "htj2k-lossy",
    f"{_BASE}.5": "rle",
}
"""Transfer syntaxes whose pixels we can read, by the family of their codestream (PS3.5 2026d A.4)."""

# One decoder for each family, so that a frame never decodes in two ways; GDCM only where nothing else can.
_DECODERS: Final = {
    "jpeg": "pillow",
    "jpeg-extended": "pillow",
    "jpeg-lossless": "gdcm",
    "jls": "pyjpegls",
    "jls-near": "pyjpegls",
    "j2k": "pylibjpeg",
    "j2k-lossy": "pylibjpeg",
    "htj2k": "pylibjpeg",
    "htj2k-lossy": "pylibjpeg",
    "rle": "pylibjpeg",
}
_NATIVE: Final = frozenset({_BASE, f"{_BASE}.1", f"{_BASE}.2", f"{_BASE}.1.99"})
_VIDEO: Final = (*(f"{_BASE}.4.10{n}" for n in range(10)), f"{_BASE}.7.")
_KEYWORDS: Final = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
BYTE: Final = 8
LARGEST: Final = 1e30  # of float pixels: views compute with more than the values themselves
_FLOAT: Final = {"FloatPixelData": "f4", "DoubleFloatPixelData": "f8"}


@dataclass(frozen=True, slots=True)
class PixelLimits:
    """What one instance may ask for before it is quarantined; crossing a limit is an ``InputError``.

    Attributes
    ----------
    frame_bytes
        Decoded size of one frame.
    total_bytes
        Decoded size of all frames.
    frames
        Number of frames.
    """

    frame_bytes: int = 1 << 30
    total_bytes: int = 16 << 30
    frames: int = 100_000


@dataclass(frozen=True, slots=True, repr=False)
class PixelSource:
    """Image Pixel module and the value of Pixel Data.

    Attributes
    ----------
    value
        The element's value as in the file: native bytes, or items if ``encapsulated``.
    family
        ``native`` or one of ``FAMILIES``.
    packed_422
        Whether native values are packed Y Y Cb Cr, two pixels in four samples.
    """

    keyword: str
    syntax: str
    family: str
    value: bytes
    rows: int
    columns: int
    frames: int
    samples: int
    photometric: str
    planar: int
    bits_allocated: int
    bits_stored: int
    high_bit: int
    signed: bool
    packed_422: bool = False
    extended_offsets: tuple[bytes, bytes] | None = None
    palette: Array | None = None
    element_vr: str = "OW"
    _cache: dict[str, Any] = field(default_factory=dict, compare=False)

    def __repr__(self) -> str:
        return (
            f"PixelSource({self.family}, {self.frames}x{self.rows}x{self.columns}x{self.samples}, {self.photometric})"
        )

    @classmethod
    def of(cls, dataset: Attributes, limits: PixelLimits | None = None) -> PixelSource | None:
        """Describe the pixels of a dataset; None if it has none.

        Raises
        ------
        InputError
            ``pixels-inconsistent`` if attributes are missing, contradict each other or the value's length;
            ``pixels-too-large``; ``pixels-syntax`` if the transfer syntax is unknown.
        Refusal
            ``pixels-video``.
        """
        present = [keyword for keyword in _KEYWORDS if keyword in dataset]
        if not present:
            return None
        if len(present) > 1:
            raise InputError("pixels-inconsistent", "more than one kind of Pixel Data is present")
        source = _describe(dataset, present[0])
        _check_limits(source, limits or PixelLimits())
        _check_shape(source)
        return _without_packing(source)

    @property
    def encapsulated(self) -> bool:
        """Whether the value is a sequence of items."""
        return self.family != "native"

    @property
    def frame_bytes(self) -> int:
        """Decoded size of one frame in bytes, without sub-sampling."""
        return math.ceil(self.rows * self.columns * self.samples * self.bits_allocated / 8)

    @property
    def native_bytes(self) -> int:
        """Length that a native value must have, without the padding byte."""
        per_pixel = 2 if self.packed_422 else self.samples
        return math.ceil(self.frames * self.rows * self.columns * per_pixel * self.bits_allocated / 8)

    @property
    def dtype(self) -> np.dtype[Any]:
        """Stored values in the byte order of the file."""
        if self.keyword in _FLOAT:
            kind = _FLOAT[self.keyword]
        else:
            kind = "u1" if self.bits_allocated == 1 else f"{'i' if self.signed else 'u'}{self.bits_allocated // 8}"
        return np.dtype(kind).newbyteorder("<" if self.little_endian else ">")

    @property
    def little_endian(self) -> bool:
        """Whether numbers in the value are little endian."""
        return self.syntax != f"{_BASE}.2"

    def codestreams(self) -> list[bytes]:
        """Cut the encapsulated value into one codestream per frame; bytes that belong to no frame are left out."""
        if "codestreams" not in self._cache:
            found = frames_of(self.value, self.frames, self.extended_offsets)
            self._cache["codestreams"] = [join(self.value, spans) for spans in found.spans]
        return list(self._cache["codestreams"])

    def native_view(self, buffer: bytes | bytearray | None = None) -> Array:
        """Show native values as an array of shape (frames, rows, columns, samples), without copying.

        Parameters
        ----------
        buffer
            Bytes to look at instead of ``value``; a bytearray gives a writable view. Not for 1 bit or packed 4:2:2.
        """
        count = self.frames * self.rows * self.columns * self.samples
        flat = np.frombuffer(self.native_ordered() if buffer is None else buffer, self.dtype, count)
        if self.planar == 1 and self.samples > 1:
            return flat.reshape(self.frames, self.samples, self.rows, self.columns).transpose(0, 2, 3, 1)
        return flat.reshape(self.frames, self.rows, self.columns, self.samples)

    def packed_view(self, buffer: bytes | bytearray | None = None) -> Array:
        """Show packed 4:2:2 values as an array of shape (frames, rows, columns // 2, 4): Y Y Cb Cr."""
        flat = np.frombuffer(self.native_ordered() if buffer is None else buffer, self.dtype, self.native_bytes)
        return flat.reshape(self.frames, self.rows, self.columns // 2, 4)

    def stored(self, index: int) -> Array:
        """Decode one frame to stored values, shape (rows, columns) or (rows, columns, samples); read-only.

        JPEG-like codestreams give the colour space that their decoder gives (see :meth:`decode`).
        """
        if self.encapsulated:
            return self.decode(self.codestreams()[index])[0]
        if self.packed_422:
            return _unpack_422(self.packed_view()[index])
        if self.bits_allocated == 1:
            one: Array = self._bits()[index]
            return one
        frame: Array = self.native_view()[index]
        return frame[..., 0] if self.samples == 1 else frame

    def decode(self, codestream: bytes, *, syntax: str = "", photometric: str = "") -> tuple[Array, str]:
        """Decode one codestream with one of pydicom's plugins, in a process of its own.

        Returns
        -------
        ndarray, str
            The frame, and the photometric interpretation of what was decoded.

        Raises
        ------
        InputError
            ``pixels-undecodable``.
        """
        uid = syntax or self.syntax
        family = FAMILIES[uid]
        options = {
            "allow_excess_frames": False,
            "correct_unused_bits": False,
            "rows": self.rows,
            "columns": self.columns,
            "samples_per_pixel": self.samples,
            "bits_allocated": self.bits_allocated,
            "bits_stored": self.bits_stored,
            "number_of_frames": 1,
            "pixel_representation": int(self.signed),
            "planar_configuration": self.planar if family == "rle" else 0,
            "photometric_interpretation": photometric or self.photometric,
            "pixel_keyword": "PixelData",
        }
        twelve = family == "jpeg-extended" and self.bits_stored > 8
        plugin = "gdcm-12" if twelve else _DECODERS[family]
        return sandbox.decode(codestream, uid, plugin, options, self.frame_bytes)

    def seen(self, index: int) -> Array:
        """Decode one frame to what text can be seen in: grey stored values (any dtype), or RGB of uint8 or uint16.

        Palette indices become colours, YBR becomes RGB.
        """
        frame, photometric = used_bits(self.stored(index), self), self.photometric
        if self.encapsulated and self.samples == 3:
            photometric = self._decoded_photometric(index)
        return to_seen(frame, photometric, self.palette)

    def _decoded_photometric(self, index: int) -> str:
        key = "photometric"
        if key not in self._cache:
            self._cache[key] = self.decode(self.codestreams()[index])[1]
        return str(self._cache[key])

    def _bits(self) -> Array:
        if "bits" not in self._cache:
            count = self.frames * self.rows * self.columns
            flat = np.unpackbits(np.frombuffer(self.value, np.uint8), bitorder="little", count=count)
            self._cache["bits"] = flat.reshape(self.frames, self.rows, self.columns)
        bits: Array = self._cache["bits"]
        return bits

    def native_ordered(self) -> bytes:
        """Give the native value with its samples in order.

        8-bit big endian samples in 16-bit words stand in swapped pairs (PS3.5 2026d 8.1.1).
        """
        if self.little_endian or self.bits_allocated != 8 or self.element_vr == "OB":
            return self.value
        if "swapped" not in self._cache:
            even = self.value + b"\0" * (len(self.value) % 2)
            self._cache["swapped"] = np.frombuffer(even, "u2").byteswap().tobytes()
        swapped: bytes = self._cache["swapped"]
        return swapped


def _frames(dataset: Attributes, frame_bits: int, value: bytes, *, encapsulated: bool) -> int:
    """Number of Frames; where it is no number, the one of a single item or as many as exactly fill a native value."""
    try:
        return _number(dataset, "NumberOfFrames", 1)
    except InputError:
        if encapsulated and fragments(value) == 1:
            return 1
        frames, rest = divmod(8 * len(value), max(frame_bits, 1))
        if encapsulated or rest > BYTE or not frames:  # one byte can be padding
            raise
        return frames


def _describe(dataset: Attributes, keyword: str) -> PixelSource:
    meta = getattr(dataset, "file_meta", None)
    syntax = str(meta.get("TransferSyntaxUID", "")) if meta is not None else ""
    if syntax.startswith(_VIDEO):
        raise Refusal("pixels-video", "video is not read", hint="export the frames, or leave the object out")
    family = "native" if syntax in _NATIVE or not syntax else FAMILIES.get(syntax, "")
    if not family:
        raise InputError("pixels-syntax", "Pixel Data is encoded in a transfer syntax that is not supported")
    element = dataset[keyword]
    value = element.value
    if not isinstance(value, bytes | bytearray):
        raise InputError("pixels-inconsistent", "Pixel Data holds no bytes")
    if family != "native" and keyword != "PixelData":
        raise InputError("pixels-inconsistent", "float pixels cannot be encapsulated")
    samples = _number(dataset, "SamplesPerPixel", 1)
    photometric = str(dataset.get("PhotometricInterpretation", "") or "MONOCHROME2").strip().upper()
    allocated = {"FloatPixelData": 32, "DoubleFloatPixelData": 64}.get(keyword) or _number(dataset, "BitsAllocated")
    stored = min(_number(dataset, "BitsStored", allocated), allocated)
    rows, columns = _number(dataset, "Rows"), _number(dataset, "Columns")
    offsets = dataset.get("ExtendedOffsetTable"), dataset.get("ExtendedOffsetTableLengths")
    return PixelSource(
        keyword=keyword,
        syntax=syntax,
        family=family,
        value=bytes(value),
        rows=rows,
        columns=columns,
        frames=_frames(dataset, rows * columns * samples * allocated, bytes(value), encapsulated=family != "native"),
        samples=samples,
        photometric=photometric,
        planar=_number(dataset, "PlanarConfiguration", 0, least=0) if samples > 1 else 0,
        bits_allocated=allocated,
        bits_stored=stored,
        high_bit=min(max(_number(dataset, "HighBit", stored - 1, least=0), stored - 1), allocated - 1),
        signed=bool(_number(dataset, "PixelRepresentation", 0, least=0)),
        packed_422=family == "native" and photometric in ("YBR_FULL_422", "YBR_PARTIAL_422"),
        extended_offsets=offsets if isinstance(offsets[0], bytes) and isinstance(offsets[1], bytes) else None,
        palette=_palette(dataset) if photometric == "PALETTE COLOR" else None,
        element_vr=element.VR,
    )


def _without_packing(source: PixelSource) -> PixelSource:
    """Believe the length where YBR_FULL_422 is declared and three full samples per pixel are present."""
    full = source.frames * source.rows * source.columns * 3
    if not source.packed_422 or len(source.value) < full:
        return source
    return replace(source, packed_422=False)


def _check_shape(source: PixelSource) -> None:
    allocated = source.bits_allocated
    wrong = allocated not in (1, 8, 16, 32, 64) or source.samples not in (1, 3, 4) or not source.bits_stored
    wrong = wrong or (allocated == 1 and source.samples > 1)
    wrong = wrong or (source.packed_422 and (source.columns % 2 == 1 or allocated != 8 or source.samples != 3))
    if wrong:
        raise InputError("pixels-inconsistent", "bits allocated, samples or columns have a value that is not supported")
    if not source.encapsulated and len(source.value) < source.native_bytes:
        raise InputError("pixels-inconsistent", "Pixel Data is shorter than rows, columns and frames say")


def _check_limits(source: PixelSource, limits: PixelLimits) -> None:
    if (
        source.frames > limits.frames
        or source.frame_bytes > limits.frame_bytes
        or source.frame_bytes * source.frames > limits.total_bytes
    ):
        raise InputError("pixels-too-large", "the decoded frames would exceed the limit")


def _number(dataset: Attributes, keyword: str, default: int | None = None, *, least: int = 1) -> int:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            value = dataset.get(keyword)
            number = default if value is None or value == "" else int(value)
    except (TypeError, ValueError):
        number = None
    if number is None or number < least:
        raise InputError("pixels-inconsistent", f"{keyword} is missing or no number")
    return number


def _palette(dataset: Attributes) -> Array | None:
    """Lookup tables as RGB of uint8, shape (65536, 3) at most, indexed by the stored value; None if unreadable."""
    from pydicom.pixels.processing import apply_color_lut

    depth = _number(dataset, "BitsAllocated")
    signed = bool(_number(dataset, "PixelRepresentation", 0, least=0))
    values = np.arange(1 << min(depth, 16), dtype=np.uint16)
    index = values.astype(np.uint8) if depth == 8 else values
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            colours = apply_color_lut(index.view(f"i{index.itemsize}") if signed else index, cast("Dataset", dataset))
    except Exception:  # noqa: BLE001 - broken tables of any kind: the indices themselves are looked at instead
        return None
    # Tables of 16 bits often hold values of 8: no more low bits are dropped than the largest entry can spare.
    return (colours >> (depth_used(colours) - 8)).astype(np.uint8)


def depth_used(frame: Array) -> int:
    """Bits that the largest value needs, 8 at least: many writers declare 16 and store 8 or 12."""
    return max(int(frame.max(initial=0)).bit_length(), 8)


def _unpack_422(packed: Array) -> Array:
    """Y Y Cb Cr -> full samples, shape (rows, columns, 3)."""
    rows, pairs = packed.shape[:2]
    full = np.empty((rows, pairs * 2, 3), packed.dtype)
    full[:, 0::2, 0], full[:, 1::2, 0] = packed[..., 0], packed[..., 1]
    full[:, 0::2, 1:] = full[:, 1::2, 1:] = packed[..., 2:]
    return full


def used_bits(frame: Array, source: PixelSource) -> Array:
    """Pixel values without what unused bits hold: shifted to the top of the cell and back, as pydicom does."""
    if source.bits_stored >= source.bits_allocated or frame.dtype.kind not in "iu" or source.bits_allocated == 1:
        return frame
    if _fits(frame, source):
        return frame.astype(frame.dtype.newbyteorder("="), copy=False)
    native = frame.astype(frame.dtype.newbyteorder("="))
    native <<= source.bits_allocated - 1 - source.high_bit
    native >>= source.bits_allocated - source.bits_stored
    return native


def _fits(frame: Array, source: PixelSource) -> bool:
    """Whether no unused bit says anything: every value is one of as many bits as are stored, in the lowest bits."""
    stored, signed = source.bits_stored, source.signed
    cell = np.dtype(f"{'i' if signed else 'u'}{source.bits_allocated // 8}")
    if source.high_bit != stored - 1 or frame.dtype.newbyteorder("=") != cell:
        return False
    low, high = (-(1 << (stored - 1)), 1 << (stored - 1)) if signed else (0, 1 << stored)
    return bool(frame.max() < high and frame.min() >= low)


def to_seen(frame: Array, photometric: str, palette: Array | None) -> Array:
    """Turn stored values into grey stored values or RGB of 8 or 16 bits; what is no number becomes the smallest."""
    if frame.dtype.kind == "f":
        finite = frame[np.isfinite(frame)]
        low = finite.min() if finite.size else frame.dtype.type(0)
        frame = np.clip(np.where(np.isfinite(frame), frame, low), -LARGEST, LARGEST)
    if frame.ndim == 2:
        if palette is None:
            return frame.astype(frame.dtype.newbyteorder("="), copy=False)
        index = frame.astype(frame.dtype.newbyteorder("="), copy=False)
        return palette[index.view(f"u{index.itemsize}").astype(np.intp) % len(palette)]
    size = min(frame.dtype.itemsize, 2)
    excess = 8 * (frame.dtype.itemsize - size)
    cells = np.ascontiguousarray(frame.astype(frame.dtype.newbyteorder("="), copy=False)).view(f"u{frame.itemsize}")
    colours = (cells >> excess).astype(f"u{size}", copy=False)
    white = (1 << depth_used(colours)) - 1
    if photometric.startswith(("YBR_FULL", "YBR_PARTIAL")):
        return _ybr_to_rgb(colours[..., :3], white)
    if photometric == "HSV":
        return np.repeat(colours[..., 2:3], 3, axis=-1)
    if photometric == "CMYK":
        dark = np.minimum(colours[..., :3].astype(np.uint32) + colours[..., 3:], white)
        light: Array = (white - dark).astype(colours.dtype)
        return light
    return colours[..., 1:] if photometric == "ARGB" else colours[..., :3]


def _ybr_to_rgb(ybr: Array, white: int) -> Array:
    """Convert YCbCr to RGB (PS3.3 2026d C.7.6.3.1.2), for the eye only."""
    y, cb, cr = (ybr[..., n].astype(np.float32) for n in range(3))
    cb -= (white + 1) // 2
    cr -= (white + 1) // 2
    rgb = np.stack((y + 1.402 * cr, y - 0.344136 * cb - 0.714136 * cr, y + 1.772 * cb), axis=-1)
    return np.clip(rgb + 0.5, 0, white).astype(ybr.dtype)
