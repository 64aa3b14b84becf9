"""Write frames back in the family of their codestream, where an encoder without loss exists."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from pydicom.pixels.encoders.base import get_encoder
from pydicom.uid import UID, JPEG2000Lossless, JPEGLSLossless, RLELossless

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from deid.pixels.source import PixelSource

    Array = NDArray[Any]

__all__ = ["ENCODERS", "encode_frame"]

ENCODERS: Final[dict[str, UID]] = {"rle": RLELossless, "jls": JPEGLSLossless, "j2k": JPEG2000Lossless}
"""Families that are written back as what they were; everything else becomes Explicit VR Little Endian."""

# Named one by one: pydicom would also try GDCM's RLE encoder, which aborts the process on some frames.
_PLUGINS: Final = {"rle": "pylibjpeg", "jls": "pyjpegls", "j2k": "pylibjpeg"}


def encode_frame(frame: Array, source: PixelSource, photometric: str) -> bytes | None:
    """Encode one frame of stored values, or return None if this frame does not survive the round trip.

    Parameters
    ----------
    frame : ndarray, shape (rows, columns) or (rows, columns, samples)
        As :meth:`PixelSource.decode` gave it, with regions filled.
    photometric
        Of the decoded frame: RGB where the codestream held YBR_RCT.

    Notes
    -----
    The result is decoded again and compared: an encoder is believed only for what it can be shown to keep.
    """
    syntax = ENCODERS[source.family]
    colour = "YBR_RCT" if source.family == "j2k" and source.samples == 3 and photometric == "RGB" else photometric
    plain = np.ascontiguousarray(frame.astype(frame.dtype.newbyteorder("="), copy=False))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            stream = get_encoder(syntax).encode(
                plain,
                encoding_plugin=_PLUGINS[source.family],
                rows=source.rows,
                columns=source.columns,
                samples_per_pixel=source.samples,
                bits_allocated=source.bits_allocated,
                bits_stored=source.bits_stored,
                number_of_frames=1,
                pixel_representation=int(source.signed),
                planar_configuration=0,
                photometric_interpretation=colour,
            )
    except Exception:  # noqa: BLE001 - a plugin may refuse a depth or a value in any way; the caller writes native
        return None
    stream = bytes(stream)
    back, _ = source.decode(stream, syntax=str(syntax), photometric=colour)
    same = back.shape == frame.shape and back.dtype.itemsize == frame.dtype.itemsize and np.array_equal(back, frame)
    return stream if same else None
