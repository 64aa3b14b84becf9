"""Datasets with pixels of any kind, made of an array; and a detector that says what a test wants."""

from collections.abc import Sequence

import numpy as np
from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import UID, ExplicitVRBigEndian, ExplicitVRLittleEndian

from deid.model import Region

__all__ = ["applied", "box", "finds", "instance", "texture"]

SECONDARY = "1.2.840.10008.5.1.4.1.1.7"


def texture(shape: tuple[int, ...], dtype: str = "u1", bits: int | None = None, seed: int = 1) -> np.ndarray:
    """Smooth ground with noise, over the whole range of ``bits``."""
    kind = np.dtype(dtype)
    random = np.random.default_rng(seed)
    ground = np.indices(shape).sum(axis=0) / max(sum(shape), 1) + random.normal(0, 0.05, shape)
    ground = (ground - ground.min()) / (np.ptp(ground) or 1)
    if kind.kind == "f":
        return (ground * 100 - 50).astype(kind)
    bits = bits or 8 * kind.itemsize
    low = -(1 << (bits - 1)) if kind.kind == "i" else 0
    return (ground * ((1 << bits) - 1) + low).astype(kind)


def instance(
    frames: np.ndarray,
    photometric: str = "MONOCHROME2",
    *,
    bits_stored: int | None = None,
    planar: int = 0,
    syntax: UID = ExplicitVRLittleEndian,
    codestreams: Sequence[bytes] | None = None,
    **attributes: object,
) -> Dataset:
    """An instance of (frames, rows, columns) or (frames, rows, columns, samples); ``codestreams`` replace native."""
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = syntax
    ds.SOPClassUID = SECONDARY
    ds.Modality = "OT"
    ds.PhotometricInterpretation = photometric
    ds.SamplesPerPixel = 1 if frames.ndim == 3 else frames.shape[3]
    if frames.ndim == 4:
        ds.PlanarConfiguration = planar
    ds.NumberOfFrames = frames.shape[0]
    ds.Rows, ds.Columns = frames.shape[1:3]
    bits = 8 * frames.dtype.itemsize
    stored = frames
    if frames.ndim == 4 and planar:
        stored = frames.transpose(0, 3, 1, 2)
    keyword, vr = "PixelData", "OW" if bits > 8 else "OB"
    if frames.dtype.kind == "f":
        keyword, vr = ("FloatPixelData", "OF") if bits == 32 else ("DoubleFloatPixelData", "OD")
    else:
        ds.BitsAllocated, ds.BitsStored = bits, bits_stored or bits
        ds.HighBit = ds.BitsStored - 1
        ds.PixelRepresentation = int(frames.dtype.kind == "i")
    if codestreams is not None:
        ds.PixelData = encapsulate(list(codestreams))
        ds["PixelData"].VR = "OB"
        ds["PixelData"].is_undefined_length = True
    else:
        order = ">" if syntax == ExplicitVRBigEndian else "<"
        value = np.ascontiguousarray(stored.astype(stored.dtype.newbyteorder(order))).tobytes()
        setattr(ds, keyword, value + b"\0" * (len(value) % 2))
        ds[keyword].VR = vr
    for name, what in attributes.items():
        setattr(ds, name, what)
    return ds


def box(left: int, top: int, right: int, bottom: int, frame: int | None = None) -> Region:
    return Region(left, top, right, bottom, frame)


def finds(monkeypatch, *regions: Region) -> None:
    """Let detection find these regions, whatever is in the frames; those with a frame number only per frame."""
    from deid.pixels import detect

    whole: list[tuple[int, ...]] = []  # the first picture is a whole frame; crops of it show nothing

    def look(frames, settings, *, per_frame=False, **options):
        first = np.asarray(frames[0])
        assert first.ndim in (2, 3)
        whole.append(first.shape)
        if first.shape != whole[0]:
            return detect.Detection()
        mine = tuple(r for r in regions if (r.frame is not None) == (per_frame and len(frames) > 1))
        if per_frame and len(frames) > 1 and not mine:
            mine = tuple(Region(r.left, r.top, r.right, r.bottom, 0) for r in regions if r.frame is None)
        moving = any(r.frame is not None for r in regions)
        return detect.Detection(mine, (), (), len(mine) or (moving and len(whole) > 1))

    monkeypatch.setattr(detect, "look", look)


def applied(ds: Dataset, result) -> Dataset:
    """The instance as the writer would make it of a result."""
    after = Dataset()
    after.update(ds)
    after.file_meta = FileMetaDataset()
    after.file_meta.TransferSyntaxUID = UID(result.transfer_syntax)
    if result.data is not None:
        after.add_new(ds[result.keyword].tag, result.vr, result.data)
        after[result.keyword].is_undefined_length = result.encapsulated
    for keyword, value in result.changes.items():
        if value is None:
            if keyword in after:
                del after[keyword]
        else:
            setattr(after, keyword, value)
    return after
