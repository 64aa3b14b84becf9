"""Big endian input keeps its pixels, whatever their width."""

import numpy as np
import pydicom
import pytest
from pydicom.data import get_testdata_file

from deid.dicom import read_instance


@pytest.mark.parametrize(
    "name",
    [
        "rtdose_expb.dcm",
        "rtdose_expb_1frame.dcm",
        "MR_small_bigendian.dcm",
        "liver_expb_1frame.dcm",
        "ExplVR_BigEnd.dcm",
        "MR_small_expb.dcm",
        "SC_rgb_small_odd_big_endian.dcm",
    ],
)
def test_big_endian_pixels_are_the_same_after_reading(name):
    path = get_testdata_file(name, download=False)
    if path is None:
        pytest.fail(f"{name} is not in the pydicom wheel")
    before = pydicom.dcmread(path)
    after = read_instance(path).dataset()
    if "PixelData" in before:
        assert np.array_equal(before.pixel_array, after.pixel_array)
    assert [e.tag for e in before] == [e.tag for e in after]
