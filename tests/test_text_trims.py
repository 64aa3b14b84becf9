"""What stands behind the border of a field is no part of the value, and a form's shorthand is no identifier."""
# ruff: noqa: E501 - rows of a table read better whole

import pytest

from deid.model import Category, Finding, Passage
from deid.settings import TextSettings
from deid.text import Finder
from deid.text.folding import fold_text
from deid.text.guard import is_medicine, vetoes
from deid.text.trims import trimmed

C = Category
FINDER = Finder(TextSettings(model="none"))


def found(text: str) -> list[tuple[str, Category]]:
    return [(text[f.start : f.end], f.category) for f in FINDER.find(Passage(text))]


def guess(text: str, category: Category) -> tuple[str, Finding]:
    """A text without its bars, and a certain model's guess of what stood between them."""
    before, value, after = text.split("|")
    return before + value + after, Finding(len(before), len(before) + len(value), category, 0.99, "model")


@pytest.mark.parametrize(
    ("text", "category", "kept"),
    [
        ("MRN |00418829 CT 74177| chest", C.ID, "00418829"),
        ("Acc |7712883 MR 1|.5T", C.ID, "7712883"),
        ("ID: |7712003/F/53Y|", C.ID, "7712003"),
        ("|318827 M 072Y|", C.ID, "318827"),
        ("MRN |12 CT 3344|", C.ID, "12 CT 3344"),
        ("|LOPEZ,MARIA F|/56 CT", C.NAME, "LOPEZ,MARIA"),
        ("|Maria F|, seen", C.NAME, "Maria F"),
        ("|Called Tanya|, NP", C.NAME, "Tanya"),
        ("Asst: |RT Moe|.", C.NAME, "Moe"),
        ("vom |Klinikum Fulda.| Danke", C.INSTITUTION, "Klinikum Fulda"),
        ("at |St. Mary Inc.| today", C.INSTITUTION, "St. Mary Inc."),
        ("(prev. |12 mm Feb '24|)", C.DATE, "Feb '24"),
        ("|YOUNG, GRACE (F|) 1948", C.NAME, "YOUNG, GRACE"),
        ("|Susan Hale Side|: L", C.NAME, "Susan Hale"),
        ("Dr. |Pike Time|: 14:20", C.NAME, "Pike"),
        ("|Vinnie Rad|: indication?", C.NAME, "Vinnie Rad"),
        ("dr |coleman pls call|", C.NAME, "coleman"),
        ("DR. |PIKE OR RN|", C.NAME, "PIKE"),
        ("Ms. |Wilson's Wilson| disease", C.NAME, "Wilson"),
        ("|Reno, NV| 89501", C.NAME, "Reno"),
        ("lives |on Oak Street| now", C.ADDRESS, "Oak Street"),
    ],
)
def test_a_value_ends_where_the_next_field_begins(text: str, category: Category, kept: str) -> None:
    whole, finding = guess(text, category)
    new = trimmed(finding, fold_text(whole))
    assert whole[new.start : new.end] == kept


@pytest.mark.parametrize(
    ("text", "category", "nothing"),
    [
        ("Whitfield'|s| knee MRI", C.INSTITUTION, True), ("Jojo'|s MRI| today", C.INSTITUTION, True), ("at St John'|s Hospital|", C.INSTITUTION, False),
        ("Se 5 / |Im| 87: nodule", C.NAME, True), ("spoke with |Im| today", C.NAME, False), ("|S3/I45|", C.WARD, True), ("nodule (|4-112|)", C.PHONE, True), ("call |55-801|", C.PHONE, False),
        ("MR |72148|", C.ID, False), ("MR lumbar spine |72148|", C.ID, True), ("CT for patient |71234|", C.ID, False), ("door code |71234|", C.ID, False), ("CT HEAD [|70450|]", C.DEVICE, True), ("MRN |70450|", C.ID, False),
        ("febrile to |103F|", C.AGE, True), ("a |93F| with cough", C.AGE, False), ("Maria Lopez |72yoM|", C.WARD, True), ("Wei |56M| hx", C.WARD, True), ("moved to |56M|", C.WARD, False),
        ("Ref by: |SELF|", C.NAME, True), ("Technologist: N/|A|", C.NAME, True), ("|MD| notified", C.NAME, True), ("Discussed by |RN|", C.NAME, False), ("died of |MI|", C.PLACE, True), ("lives in |Reno|", C.PLACE, False),
        ("|XX/XX/XXXX|", C.SSN, True), ("**NAME[|AAA|] seen", C.NAME, True), ("by <|PERSON|> on", C.NAME, True), ("by <|HOLLIS|> on", C.NAME, False), ("**NAME[|HOLLIS|] seen", C.NAME, False), ("doi:10.1148/|radiol.2020201365|", C.ID, True), ("NDC |0407-1414-91|", C.ID, True),
        ("pigeon |breeder|'s lung", C.PROFESSION, True), ("a pigeon |breeder| with cough", C.PROFESSION, False), ("platelets |215000|/uL", C.ID, True), ("08:12:44 -|0700|", C.PHONE, True), ("RIS |7.0.2|", C.DATE, True), ("|F|/u in clinic", C.WARD, True), ("Old Perthes |L|, stable", C.NAME, True), ("seen by Maguire |L|.", C.NAME, False), ("PAN |CT 0214|", C.SSN, True), ("4 West @ |0722|", C.PHONE, True), ("MRN |0722|", C.ID, False), ("ref |M.R|.#", C.NAME, True), ("|J.R|.: agreed", C.NAME, False), ("|MR 1234|", C.ID, False), ("see |loinc.org, doi.org|", C.URL, True), ("see |loinc.org, myclinic.org|", C.URL, False), ("BNP |12345|,", C.ID, True), ("\n|2|) R. Cast", C.DATE, True), ("(see page |2|) and", C.DATE, False), ("Sat |93|.", C.DATE, True), ("23 23 |92| 28", C.DATE, False), ("Ages |12-18|", C.DATE, True), ("|W1500 L-600|", C.ID, True),
    ],
)  # fmt: skip
def test_a_forms_shorthand_is_no_identifier_however_sure_a_model_is(
    text: str, category: Category, nothing: bool
) -> None:
    whole, finding = guess(text, category)
    folded = fold_text(whole)
    assert vetoes(finding, folded, []) is nothing
    if nothing:
        assert is_medicine(finding, folded)  # or the second look would withhold what the first one left


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "12 Oak St\nTulsa, OK 74101",
            [("12 Oak St", C.ADDRESS), ("Tulsa", C.PLACE), ("OK", C.PLACE), ("74101", C.POSTCODE)],
        ),
        ("EXAM: CT 71260 with contrast", []),
        ("XR CHEST PA 71045", []),
        ("Hartford, CT 06103", [("Hartford", C.PLACE), ("CT", C.PLACE), ("06103", C.POSTCODE)]),
        ("Lake Jennifer, CT 71260", [("Lake Jennifer", C.PLACE), ("CT", C.PLACE), ("71260", C.POSTCODE)]),
        ("Seen by Dr. Thomas Okuda, DC", [("Thomas Okuda", C.NAME)]),
        ("AFP 250000, ferritin 120000 ng/mL, beta-hCG 482110", []),
        ("95 y survival, 90 years ago, 90 years of smoking, 100-year storm", []),
        ("a woman of 94 years of age", [("94", C.AGE)]),
        ("PID 2 with abscess", []),
        ("A Hickman catheter is in place.", []),
        ("Washington, DC", [("Washington", C.PLACE)]),
        ("Alan Tso, M.D., Ph.D.", [("Alan Tso", C.NAME)]),
        ("Thomas' knee is sore.", [("Thomas", C.NAME)]),
        ("Patients' consent, Williams' syndrome.", []),
        ("Dr. Li Wei (李伟) came", [("Li Wei", C.NAME), ("李伟", C.NAME)]),
    ],
)
def test_rules_alone_keep_fields_apart(text: str, expected: list[tuple[str, Category]]) -> None:
    assert found(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Signed,\nHope Wells\nMercy Hospital", [("Hope Wells", C.NAME), ("Mercy Hospital", C.INSTITUTION)]),
        ("CHEST X-RAY REPORT\nSt. Mary Hospital", [("St. Mary Hospital", C.INSTITUTION)]),
        ("Informed Consent\nCedar Medical Center", [("Cedar Medical Center", C.INSTITUTION)]),
        ("seen at Mount\nSinai Hospital", [("Mount\nSinai Hospital", C.INSTITUTION)]),
        ("D: 03/02/2024 08:35 T: 03/02/2024 08:40", [("03/02/2024", C.DATE), ("03/02/2024", C.DATE)]),
        ("T: 555-2019", [("555-2019", C.PHONE)]),
        ("DISCUSSED WITH DR. LONG.", [("LONG", C.NAME)]),
        ("HIS WIFE JUNE WILL COME.", [("JUNE", C.NAME)]),
        ("MR. FOX MAY ADD THIS.", [("FOX", C.NAME)]),
        ("I WILL SEE HIM AGAIN. SEEN LATE 12/23", [("12/23", C.DATE)]),
        ("DOOR TO CT: ED 12 MIN, in ED 2 h", []),
        ("pod 4 from esophagectomy", []),
        ("Fluoro 11.2. Stable.", []),
        ("Radiologist: Amy Lake, Neuroradiologist", [("Amy Lake", C.NAME)]),
        ("Dr Faith Appleby GP", [("Faith Appleby", C.NAME)]),
        ("Treitz in normal location. Bochdalek and\nMorgagni hernias", []),
        ("learning rate 1e-4", []),
        ("Hosp No: H0093381 Clinic: Breast", [("H0093381", C.ID)]),
        ("in 1.2.840.10008.1.2.1 of 1.2.840.113619.2.55.3.604688", [("1.2.840.113619.2.55.3.604688", C.UID)]),
    ],
)
def test_lines_stamps_and_verbs_are_told_from_values(text: str, expected: list[tuple[str, Category]]) -> None:
    assert found(text) == expected
