"""Codecs in a process of their own: a damaged frame may kill or hang it, and then it is one quarantined instance.

Mutating pydicom's test files by a few bytes made GDCM abort, libjpeg's coefficient reader fault, CharLS run for minutes
and the RLE decoder panic. None of that may end a batch. The child is started when the first compressed frame comes,
serves one request at a time, writes nothing anywhere and ends with its parent.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import select
import struct
import subprocess
import sys
import threading
import time
import warnings
from functools import lru_cache
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import numpy as np

from deid.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from deid.model import Region

    Array = NDArray[Any]

__all__ = ["blank", "decode", "serve"]

_HEAD: Final = struct.Struct(">IQ")  # lengths of the JSON and of the bytes that follow it
SECONDS, BYTES_PER_SECOND = 60.0, 1e6  # how long one frame may take: so long, and longer for large frames

Message = dict[str, Any]


def decode(codestream: bytes, syntax: str, plugin: str, options: Mapping[str, Any], size: int) -> tuple[Array, str]:
    """Decode one frame to stored values, and say in which colour space they are.

    Parameters
    ----------
    plugin
        pydicom's name of the decoder, or ``gdcm-12`` for 12-bit JPEG.
    options
        Decoding options of pydicom.
    size
        Expected size of the decoded frame in bytes, for the time it may take.

    Raises
    ------
    InputError
        ``pixels-undecodable``.
    """
    message = {"do": "decode", "syntax": syntax, "plugin": plugin, "options": dict(options)}
    reply, content = _ask(message, codestream, SECONDS + size / BYTES_PER_SECOND)
    if "shape" not in reply:
        raise InputError("pixels-undecodable", "a frame cannot be decoded")
    return np.frombuffer(content, reply["dtype"]).reshape(reply["shape"]), str(reply["photometric"])


def blank(stream: bytes, regions: Sequence[Region], *, ybr: bool, inverted: bool, flat: bool) -> bytes | None:
    """Blank blocks of a JPEG baseline frame (:func:`deid.pixels.dct.blank_frame`); None if that cannot be done."""
    places = [[r.left, r.top, r.right, r.bottom] for r in regions]
    message = {"do": "blank", "regions": places, "ybr": ybr, "inverted": inverted, "flat": flat}
    try:
        reply, content = _ask(message, stream, SECONDS + len(stream) / BYTES_PER_SECOND)
    except InputError:
        return None  # another decoder may still read the frame
    return content if reply.get("ok") else None


# --- the parent's side ----------------------------------------------------------------------------------------------


class _Gone(Exception):  # noqa: N818 - says what happened to the child; never leaves this module
    """The child died or took too long."""


class _Child:
    """A running child and the pipes to it."""

    def __init__(self) -> None:
        code = f"import sys; sys.path[:] = {sys.path!r}; from deid.pixels.sandbox import serve; serve()"
        self.process = subprocess.Popen(  # noqa: S603 - our own interpreter and our own code
            [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self.lock = threading.Lock()
        self.owner = os.getpid()
        atexit.register(self.end)

    def end(self) -> None:
        """Close the pipes, which ends a child that is well, and end one that is not; only the owner may."""
        if self.owner != os.getpid():
            return
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        try:
            self.process.wait(1)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        atexit.unregister(self.end)

    def ask(self, message: Message, content: bytes, seconds: float) -> tuple[Message, bytes]:
        """Send a request and wait for the answer."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        deadline = time.monotonic() + seconds
        try:
            _send(self.process.stdin, message, content)
            return _receive(self.process.stdout.fileno(), deadline)
        except (OSError, _Gone, ValueError) as error:
            self.process.kill()
            self.end()
            raise _Gone from error


@lru_cache(maxsize=1)
def _child(pid: int) -> _Child:  # noqa: ARG001 - a forked worker needs a child of its own
    return _Child()


def _ask(message: Message, content: bytes, seconds: float) -> tuple[Message, bytes]:
    child = _child(os.getpid())
    with child.lock:
        if child.process.poll() is not None:
            child.end()
            _child.cache_clear()
            child = _child(os.getpid())
        try:
            return child.ask(message, content, seconds)
        except _Gone:
            _child.cache_clear()
            raise InputError("pixels-undecodable", "a frame made its codec fail") from None


def _send(pipe: BinaryIO | Any, message: Message, content: bytes) -> None:
    head = json.dumps(message).encode()
    pipe.write(_HEAD.pack(len(head), len(content)) + head)
    pipe.write(content)
    pipe.flush()


def _receive(descriptor: int, deadline: float) -> tuple[Message, bytes]:
    lengths = _HEAD.unpack(_exactly(descriptor, _HEAD.size, deadline))
    message = json.loads(_exactly(descriptor, lengths[0], deadline))
    return message, _exactly(descriptor, lengths[1], deadline)


def _exactly(descriptor: int, count: int, deadline: float) -> bytes:
    buffer = bytearray()
    while len(buffer) < count:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([descriptor], [], [], left)[0]:
            raise _Gone
        part = os.read(descriptor, min(count - len(buffer), 1 << 20))
        if not part:
            raise _Gone
        buffer += part
    return bytes(buffer)


# --- the child's side -----------------------------------------------------------------------------------------------


def serve() -> None:
    """Answer requests on standard input until it ends. What codecs print goes nowhere."""
    out = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    source = sys.stdin.buffer
    while True:
        head = source.read(_HEAD.size)
        if len(head) < _HEAD.size:
            return
        lengths = _HEAD.unpack(head)
        message = json.loads(source.read(lengths[0]))
        content = source.read(lengths[1])
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                reply, result = _decoded(message, content) if message["do"] == "decode" else _blanked(message, content)
        except BaseException:  # noqa: BLE001 - a panic of a Rust codec is a BaseException
            reply, result = {}, b""
        _send(out, reply, result)


def _decoded(message: Message, codestream: bytes) -> tuple[Message, bytes]:
    from pydicom.encaps import encapsulate
    from pydicom.pixels.decoders.base import get_decoder
    from pydicom.uid import UID

    options = message["options"]
    if message["plugin"] == "gdcm-12":
        array, photometric = _twelve_bits(codestream, message["syntax"], options), options["photometric_interpretation"]
    else:
        item = encapsulate([codestream], has_bot=False)
        decoder = get_decoder(UID(message["syntax"]))
        array, properties = decoder.as_array(item, raw=True, decoding_plugin=message["plugin"], **options)
        photometric = str(properties["photometric_interpretation"])
    plain = np.ascontiguousarray(array)
    return {"shape": plain.shape, "dtype": plain.dtype.str, "photometric": photometric}, plain.tobytes()


def _twelve_bits(codestream: bytes, syntax: str, options: Message) -> Array:
    """Decode 12-bit JPEG, which pydicom leaves to a GPL plugin, by GDCM's own codec.

    Checked against that plugin on pydicom's ``JPGExtended.dcm``: no value differs by more than 1, which is the rounding
    of the inverse transform.
    """
    import gdcm

    rows, columns, samples = options["rows"], options["columns"], options["samples_per_pixel"]
    fragment, fragments = gdcm.Fragment(), gdcm.SequenceOfFragments.New()
    fragment.SetByteStringValue(codestream)
    fragments.AddFragment(fragment)
    element = gdcm.DataElement(gdcm.Tag(0x7FE0, 0x0010))
    element.SetValue(fragments.__ref__())
    image = gdcm.Image()
    image.SetNumberOfDimensions(2)
    image.SetDimensions((columns, rows, 1))
    image.SetDataElement(element)
    kind = gdcm.PhotometricInterpretation.GetPIType(options["photometric_interpretation"])
    image.SetPhotometricInterpretation(gdcm.PhotometricInterpretation(kind))
    image.SetTransferSyntax(gdcm.TransferSyntax(gdcm.TransferSyntax.GetTSType(syntax)))
    bits, stored, signed = options["bits_allocated"], options["bits_stored"], options["pixel_representation"]
    image.SetPixelFormat(gdcm.PixelFormat(samples, bits, stored, stored - 1, signed))
    content = image.GetBuffer().encode("utf-8", "surrogateescape")
    flat = np.frombuffer(content, f"<{'i' if signed else 'u'}{bits // 8}")
    return flat.reshape((rows, columns) if samples == 1 else (rows, columns, samples))


def _blanked(message: Message, stream: bytes) -> tuple[Message, bytes]:
    from deid.model import Region
    from deid.pixels.dct import blank_frame

    regions = [Region(*place) for place in message["regions"]]
    how = {name: bool(message[name]) for name in ("ybr", "inverted", "flat")}
    return {"ok": True}, blank_frame(stream, regions, **how)
