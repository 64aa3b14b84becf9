"""The invented people, places and studies of the export."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["PATIENTS", "Patient", "Site", "Study"]

ROOT = "1.3.6.1.4.1.55555.9"  # an invented root: nobody's real UIDs


@dataclass(frozen=True)
class Site:
    """A hospital with its own issuer of Patient IDs."""

    name: str
    issuer: str
    address: str
    department: str
    ae: str


VINCENT = Site(
    "St. Vincent General Hospital",
    "STVINCENT",
    "410 Harbor Street, Millbrook 45219",
    "Radiology 3 West",
    "STVINCENT_PACS",
)
LAKESIDE = Site(
    "Lakeside Orthopedic Clinic", "LAKESIDE", "7 Quarry Lane, Fernhill 80112", "Imaging Suite B", "LAKESIDE_MR1"
)


@dataclass(frozen=True)
class Study:
    """One study: ``date`` as DA, ``time`` as TM."""

    uid: str
    accession: str
    date: str
    time: str
    description: str
    modality: str
    patient_id: str
    site: Site
    study_id: str
    folder: str
    referring: str = "BRANDT^HELENE^^DR"
    reading: str = "OKONKWO^CHIDI^^DR"
    age: str = ""


@dataclass(frozen=True)
class Patient:
    """``name`` as PN; ``charset`` is the Specific Character Set of the headers."""

    id: str
    name: str
    sex: str
    birth: str
    address: str
    phone: str
    studies: tuple[Study, ...]
    charset: str | tuple[str, ...] = ""
    other_id: str = ""

    @property
    def family(self) -> str:
        """Family name of the alphabetic group."""
        return self.name.split("=")[0].split("^")[0]


def _study(
    number: int,
    accession: str,
    date: str,
    time: str,
    description: str,
    modality: str,
    pid: str,
    folder: str,
    *,
    site: Site = VINCENT,
    **more: str,
) -> Study:
    return Study(
        f"{ROOT}.{number}.{date}",
        accession,
        date,
        time,
        description,
        modality,
        pid,
        site,
        f"E{7000 + number * 13}",
        folder,
        **more,
    )


PATIENTS: dict[str, Patient] = {
    patient.id: patient
    for patient in (
        Patient(
            "P01",
            "SMITH^JOHN^ALAN",
            "M",
            "19480217",
            "1208 Alder Creek Road, Millbrook 45219",
            "(555) 0142-778",
            (
                _study(
                    11,
                    "A23-004411",
                    "20230314",
                    "091502",
                    "CT ABDOMEN W CONTRAST",
                    "CT",
                    "40718253",
                    "SMITH_JOHN_40718253/20230314_CT_ABDOMEN_A23-004411",
                    age="075Y",
                ),
                _study(
                    12,
                    "A23-009187",
                    "20230620",
                    "141033",
                    "CT ABDOMEN FOLLOW UP SMITH",
                    "CT",
                    "40718253",
                    "SMITH_JOHN_40718253/20230620_CT_FU",
                    age="075Y",
                ),
            ),
            other_id="H-771920",
        ),
        Patient(
            "P02",
            "SMITH^MARGARET^ROSE",
            "F",
            "19610930",
            "33 Juniper Court, Oakdale 45301",
            "555-0199-204",
            (
                _study(
                    21,
                    "A22-118030",
                    "20221102",
                    "101544",
                    "SCREENING MAMMOGRAM BILATERAL",
                    "MG",
                    "40718299",
                    "SMITH_MARGARET/MG_20221102",
                    age="061Y",
                ),
            ),
        ),
        Patient(
            "P03",
            "HAND^PETER",
            "M",
            "19850504",
            "9 Mill Yard, Fernhill 80112",
            "555-0133-871",
            (
                _study(
                    31,
                    "A24-000917",
                    "20240109",
                    "231207",
                    "XR HAND LEFT 3 VIEWS",
                    "CR",
                    "50110432",
                    "HAND_PETER_50110432/20240109",
                    age="038Y",
                ),
                _study(
                    32,
                    "A24-003305",
                    "20240220",
                    "084010",
                    "XR HAND LEFT FOLLOW UP",
                    "CR",
                    "50110432",
                    "HAND_PETER_50110432/20240220",
                    age="038Y",
                ),
            ),
        ),
        Patient(
            "P04",
            "PARK^GRACE^MIN-JI",
            "F",
            "19930812",
            "77 Orchard Terrace, Apt 5C, Millbrook 45220",
            "555-0177-035",
            (
                _study(
                    41,
                    "A23-077120",
                    "20230905",
                    "113020",
                    "US OB FIRST TRIMESTER",
                    "US",
                    "61002377",
                    "PARK GRACE/US OB 05-09-2023",
                    age="030Y",
                ),
            ),
        ),
        Patient(
            "P05",
            "MÜLLER-ØSTERGÅRD^JØRGEN",
            "M",
            "19570623",
            "Nørre Allé 14, Fernhill 80113",
            "555-0111-609",
            (
                _study(
                    51,
                    "A23-050066",
                    "20230418",
                    "073311",
                    "MR BRAIN WO CONTRAST",
                    "MR",
                    "50992817",
                    "MULLER-OSTERGARD_JORGEN/MR_BRAIN",
                    age="065Y",
                ),
            ),
            charset="ISO_IR 100",
        ),
        Patient(
            "P06",
            "Yamada^Tarou=山田^太郎=やまだ^たろう",
            "M",
            "19711127",
            "2-11 Harbor View, Millbrook 45221",
            "555-0128-450",
            (
                _study(
                    61,
                    "A24-012201",
                    "20240517",
                    "160455",
                    "DX CHEST PA",
                    "DX",
                    "73300518",
                    "YAMADA_TAROU_73300518/DX",
                    age="052Y",
                ),
            ),
            charset=("", "ISO 2022 IR 87"),
        ),
        Patient(
            "P07",
            "GARCÍA-LÓPEZ^MARÍA^DEL CARMEN",
            "F",
            "19660315",
            "5 Calle Nueva, Oakdale 45302",
            "555-0164-922",
            (
                _study(
                    71,
                    "A23-061904",
                    "20230711",
                    "120140",
                    "CT CHEST WO CONTRAST",
                    "CT",
                    "G-88120",
                    "GARCIA-LOPEZ_MARIA/CT_CHEST_STVINCENT",
                    age="057Y",
                ),
                _study(
                    72,
                    "LK-23-20418",
                    "20230802",
                    "094512",
                    "MR KNEE RIGHT",
                    "MR",
                    "LK004417",
                    "GARCIA LOPEZ MARIA LK004417/MR KNEE",
                    site=LAKESIDE,
                    referring="WHITFIELD^AMOS^^DR",
                    reading="LINDQVIST^ASTRID^^DR",
                    age="057Y",
                ),
            ),
            charset="ISO_IR 192",
        ),
        Patient(
            "P08",
            "NG^RICH",
            "M",
            "19790101",
            "14 Signal Hill, Oakdale 45301",
            "555-0150-316",
            (
                _study(
                    81,
                    "A23-090713",
                    "20231021",
                    "020815",
                    "CR CHEST PORTABLE AP",
                    "CR",
                    "58840021",
                    "NG_RICH_58840021/CR",
                    age="044Y",
                ),
            ),
        ),
        Patient(
            "P09",
            "O'NEILL^SIOBHÁN",
            "F",
            "19890228",
            "21 Bishop's Walk, Millbrook 45219",
            "555-0182-744",
            (
                _study(
                    91,
                    "A24-020119",
                    "20240606",
                    "133722",
                    "DX CHEST PA AND LATERAL",
                    "DX",
                    "66419280",
                    "ONEILL_SIOBHAN/DX_CHEST_20240606",
                    age="035Y",
                ),
            ),
            charset="ISO_IR 100",
        ),
        Patient(
            "P10",
            "LONG^AVERY",
            "O",
            "19310811",
            "Sunrise Care Home, Room 12, Oakdale 45301",
            "555-0170-088",
            (
                _study(
                    101,
                    "A24-031555",
                    "20240912",
                    "101901",
                    "US ABDOMEN LIMITED",
                    "US",
                    "11420077",
                    "LONG_AVERY_93Y/US",
                    age="093Y",
                ),
            ),
        ),
    )
}
