"""Descriptors in other scripts: words of radiology stay, names go, and no word is cut in its middle."""

import pytest

from deid.model import Passage
from deid.settings import TextSettings
from deid.text import Finder

FINDER = Finder(TextSettings())


def cleaned(text: str) -> str:
    for finding in reversed(FINDER.find(Passage(text, origin="descriptor"))):
        text = text[: finding.start] + "*" + text[finding.end :]
    return text


@pytest.mark.parametrize(
    "text",
    [
        "КТ ОРГАНОВ ГРУДНОЙ КЛЕТКИ",
        "МРТ пояснично-крестцового отдела позвоночника",
        "Рентгенография кисти в 2 проекциях",
        "Комп'ютерна томографія органів черевної порожнини",
        "Αξονική Τομογραφία Κοιλίας με σκιαγραφικό",
        "Μαγνητική Τομογραφία Γόνατος ΔΕ",
        "胸部CT平扫",
        "肺小结节薄层靶扫描",
        "顱腦CT平掃",
        "腹部ダイナミックCT",
        "膝関節2方向",
        "胸部X線正面",
        "복부 골반 CT 조영증강",
        "흉부 단순 X선",
        "تصوير مقطعي للبطن والحوض مع الصبغة",
        "الأشعة المقطعية للصدر",
        "MRI מוח עם חומר ניגוד",
        "ตรวจทรวงอก",
        "Toraks BT kontrastlı",
        "Rezonans magnetyczny głowy",
    ],
)
def test_words_of_radiology_stay_in_every_script(text: str) -> None:
    assert cleaned(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("СИДОРОВА АННА", "*"),
        ("Козлова Мария грудь", "* грудь"),
        ("ГОЛОВИН", "*"),
        ("Зубов Андрей", "*"),
        ("Шевченко КТ", "* КТ"),
        ("Παπαδάκης θώρακας", "* θώρακας"),
        ("李小龙 胸部", "* 胸部"),
        ("王伟胸部CT", "*胸部CT"),
        ("高明", "*"),
        ("高橋花子", "*"),
        ("スズキ イチロウ", "*"),
        ("ﾔﾏﾀﾞ 胸部", "* 胸部"),
        ("박지성 뇌", "* 뇌"),
        ("كريم الصدر", "* الصدر"),
        ("כהן דוד", "*"),
        ("สมชาย", "*"),
        ("Wiśniewski", "*"),
    ],
)
def test_names_go_in_every_script(text: str, expected: str) -> None:
    assert cleaned(text) == expected
