"""Write deid/dicom/meanings.txt: code meanings of PS3.16 as pydicom carries them, and names of units and languages.

``python tools/code_meanings.py`` writes it again; the result is the same for the same pydicom.
"""

from pathlib import Path

from pydicom.sr._concepts_dict import concepts

from deid.surrogates import fold

TARGET = Path(__file__).resolve().parents[1] / "deid" / "dicom" / "meanings.txt"
OWN = """
    arabic | atrial heart rate | austria | beats per minute | bulgarian | centimeter | centimeters | chinese |
    count | croatian | czech | danish | degree celsius | degrees | dimensionless | dutch | english | english
    (u.s.) | english (united states) | estonian | finnish | france | german | german (germany) | germany | gram
    | greek | heart beat | heart beats per minute | hebrew | hindi | hounsfield units | hungarian | italian |
    italy | japan | japanese | kilogram | kilohertz | kilovolt peak | korean | latvian | lead avf | lead avl |
    lead avr | lead i (einthoven) | liter | lithuanian | megahertz | meter | microgram | microgray | microvolt |
    milliampere | milligram | milligray | milliliter | millimeter | millimeter of mercury | millimeters |
    milliseconds | millivolt | netherlands | norwegian | p duration | p offset | p onset | pixels | polish |
    portuguese | pp interval | pr interval | qrs duration | qrs offset | qrs onset | qt interval | qtc interval
    | romanian | rr interval | russian | seconds | serbian | slovak | slovenian | spain | spanish | square
    centimeter | swedish | switzerland | t offset | t onset | thai | turkish | ukrainian | united kingdom |
    united states | unity | ventricular heart rate | vietnamese | volt | years
"""


def main() -> None:
    """Fold, sort, write."""
    public = {fold(meaning) for codes in concepts.values() for terms in codes.values() for meaning, _ in terms.values()}
    own = {" ".join(term.split()) for term in OWN.split("|")}
    TARGET.write_text("\n".join(sorted(public | own)) + "\n", "utf-8")


if __name__ == "__main__":
    main()
