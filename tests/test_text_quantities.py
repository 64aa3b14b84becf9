"""Results, ordinals, stages, stations and positions behind the cue of an identifier stay; identifiers there go."""

import pytest

from deid.model import Category, Passage
from deid.settings import TextSettings
from deid.text import Finder

C = Category
FINDER = Finder(TextSettings(model="none"))


def found(text: str) -> list[tuple[str, Category]]:
    return [(text[f.start : f.end], f.category) for f in FINDER.find(Passage(text))]


@pytest.mark.parametrize(
    "text",
    [
        "Creatinine 88 umol/L (ref: 45-84), TSH 2.1 (ref: 0.4-4.0).",
        "Specimen #1: right breast core. Order #2, session #4 of radiotherapy. Patient no. 2.",
        "Path: 3 of 12 nodes positive. Pathology: T1cN0. Path: G2. Req: 1.5T only.",
        "ACC 2021 guidelines, ACC: pT2, ACC: 3.5 cm.",
        "Order no: 45 mm. Lot: 20 mL of Isovue. MPI: 85% of target heart rate.",
        "EPI 64 directions, EPI 128 x 128 matrix, MPI 2-day protocol.",
        "Location: PZpl",
        "Location: M1 segment",
        "Location: 3 o'clock, 4 cm FN",
        "Location: 5th rib",
        "Unit: HU",
        "EBUS: station 4R positive, station 11L negative.",
        "F3-4 fibrosis, G1-2 tumour, left M1-2 occlusion, 2b-3a.",
        "OR 2.1 (1.1-3.9). Trauma 3 hrs ago. Building 3D model. Procedure 3 of 4.",
        "Recurrence in the tumor bed 2-3 cm, capillary bed 3 sec.",
        "Fever to 102 F; she walked 100 m on the 6MWT. 95 year survival. 90 female patients were included.",
        "Ferritin 845 (normal range 200-1200), amylase 300-1500.",
        "Knee extension 100-110. Ext 10-15.",
        "MTHFR A1298C, rs1801133. HCPCS A9579, Q9967. 177Lu-PSMA-617. Platelet count 234000.",
        "Serial 12-lead ECGs. SN 95% SP 90%. A lot of 12 nodules. 1/2000 dilution, 10/1950 mL.",
    ],
)
def test_quantities_stay(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "value", "category"),
    [
        ("Ref: 2021-44", "2021-44", C.ID),
        ("Order #: 998877", "998877", C.ID),
        ("Path: S21-4471", "S21-4471", C.ID),
        ("Location: 4W-12", "4W-12", C.WARD),
        ("Location: Maple 3", "Maple 3", C.WARD),
        ("Bed 2-3", "Bed 2-3", C.WARD),
        ("Ward B3-12", "Ward B3-12", C.WARD),
        ("S/N 66211", "66211", C.DEVICE),
        ("Lot 20A113", "20A113", C.DEVICE),
        ("call 555-0199", "555-0199", C.PHONE),
        ("ext 4471", "4471", C.PHONE),
        ("Patient in her 90s", "90s", C.AGE),
        ("Sex/Age: F/92", "92", C.AGE),
        ("since her 95th birthday", "95th", C.AGE),
        ("Tara, 102 F, fell", "102", C.AGE),
    ],
)
def test_identifiers_of_like_shape_go(text: str, value: str, category: Category) -> None:
    assert (value, category) in found(text)
