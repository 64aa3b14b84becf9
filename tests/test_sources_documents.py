"""PDF with a text layer, Word documents, Parquet tables."""

from __future__ import annotations

import datetime as dt
import io
import pickle
import zipfile
from decimal import Decimal
from pathlib import Path

import docx
import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deid.errors import InputError
from deid.model import Edit
from deid.pixels.pages import pdf_file
from deid.sources import ReportUnit, assemble, plan_fields, read_report_bytes, visible_text
from deid.surrogates import PersonSurrogate, Surrogates

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

READY = Path(__file__).resolve().parents[1] / "sample_data" / "ready" / "export"
SUBJECT = Surrogates("S-TEST01", -100, b"x" * 32, b"y" * 32, PersonSurrogate("Aldermont", "Kim"))


def kept(unit: ReportUnit) -> bytes:
    return unit.rebuild({key: [] for key in unit.passages}, {key: field.value for key, field in unit.fields.items()})


def cleaned(unit: ReportUnit) -> bytes:
    return unit.rebuild(dict.fromkeys(unit.passages, ""), plan_fields(unit, SUBJECT).values)


def saved(document: docx.document.Document) -> bytes:
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def letter() -> docx.document.Document:
    document = docx.Document()
    document.core_properties.author = "Quillfeather"
    document.core_properties.title = "Quillfeather"
    document.add_heading("CT Abdomen", 1)
    paragraph = document.add_paragraph("Patient: ")
    paragraph.add_run("SMI").bold = True
    paragraph.add_run("TH, JOHN").italic = True
    paragraph.add_run("   MRN: 40718253")
    hidden = paragraph.add_run("Quillfeather")
    hidden.font.hidden = True
    table = document.add_table(2, 2)
    table.cell(0, 0).text = "DOB"
    table.cell(0, 1).text = "17 Feb 1948"
    table.cell(1, 0).add_table(1, 1).cell(0, 0).text = "nested"
    document.add_paragraph("item", style="List Bullet")
    document.sections[0].header.paragraphs[0].text = "Header Smith"
    document.sections[0].footer.paragraphs[0].text = "Footer 40718253"
    document.add_comment(paragraph.runs, text="Quillfeather", author="Quillfeather", initials="QF")
    return document


def with_part(name: str, content: str) -> bytes:
    """The letter with one part of its package replaced or added."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(saved(letter()))) as old, zipfile.ZipFile(buffer, "w") as new:
        for part in old.infolist():
            if part.filename != name:
                new.writestr(part, old.read(part))
        new.writestr(name, content)
    return buffer.getvalue()


def body(inner: str) -> bytes:
    w = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    return with_part("word/document.xml", f'<w:document xmlns:w="{w}"><w:body>{inner}<w:sectPr/></w:body></w:document>')


def test_a_word_document_is_one_passage_in_reading_order() -> None:
    unit = read_report_bytes(saved(letter()))[0]
    assert unit.text.split("\n") == [
        "CT Abdomen",
        "Patient: SMITH, JOHN   MRN: 40718253",
        "",
        "DOB |",
        "17 Feb 1948",
        "",
        "nested",
        "",
        "item",
        "",
        "Header Smith",
        "",
        "Footer 40718253",
    ]
    assert unit.key is not None
    assert unit.key.patient_id == "40718253"
    assert "hidden-text-removed" in unit.alerts


def test_a_name_over_two_runs_is_replaced_and_looks_stay() -> None:
    unit = read_report_bytes(saved(letter()))[0]
    at = unit.text.index("SMITH")
    out = unit.rebuild({"text": [Edit(at, at + 11, "BERG, ANNA")]}, {})
    document = docx.Document(io.BytesIO(out))
    assert document.paragraphs[0].style.name == "Heading 1"
    runs = document.paragraphs[1].runs
    assert runs[1].text == "BERG, ANNA"
    assert runs[1].bold
    assert document.sections[0].header.paragraphs[-1].text == "Header Smith"


def test_nothing_of_the_old_package_is_carried_over() -> None:
    out = kept(read_report_bytes(saved(letter()))[0])
    text = visible_text("docx", out)
    assert "Quillfeather" not in text
    assert "python-docx" not in text
    with zipfile.ZipFile(io.BytesIO(out)) as archive:
        assert not any("comment" in name or "media" in name for name in archive.namelist())


def test_the_same_text_gives_the_same_bytes() -> None:
    unit = read_report_bytes(saved(letter()))[0]
    assert kept(unit) == kept(pickle.loads(pickle.dumps(unit)))


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        ("<w:p><w:del w:author='Q'><w:r><w:delText>gone</w:delText></w:r></w:del><w:r><w:t>a</w:t></w:r></w:p>", "a"),
        ("<w:p><w:ins w:author='Q'><w:r><w:t>new</w:t></w:r></w:ins></w:p>", "new"),
        ("<w:p><w:r><w:instrText>AUTHOR Quillfeather</w:instrText></w:r><w:r><w:t>a</w:t></w:r></w:p>", "a"),
        ("<w:p><w:hyperlink><w:r><w:t>link</w:t></w:r></w:hyperlink></w:p>", "link"),
        (
            "<w:sdt><w:sdtPr/><w:sdtContent><w:p><w:r><w:t>b</w:t></w:r></w:p></w:sdtContent></w:sdt>",
            "b",
        ),
        ("<w:p><w:r><w:t>a</w:t><w:tab/><w:t>b</w:t><w:br/><w:t>c</w:t></w:r></w:p>", "a\tb\nc"),
        ("<w:p><w:r><w:t>8 </w:t><w:sym w:font='Symbol' w:char='F0B1'/><w:t> 2</w:t></w:r></w:p>", "8 ± 2"),
        ("<w:p><w:r><w:sym w:font='Symbol' w:char='F06D'/><w:t>m</w:t></w:r></w:p>", "μm"),
        ("<w:p><w:r><w:sym w:font='Symbol' w:char='F0FE'/><w:t>m</w:t></w:r></w:p>", "⎭m"),
        ("<w:p><w:r><w:sym w:font='Arial' w:char='00B0'/><w:sym w:font='Wingdings' w:char='F0FE'/></w:r></w:p>", "°�"),
        (
            "<w:p><w:r><w:pict><w:txbxContent><w:p><w:r><w:t>box</w:t></w:r></w:p></w:txbxContent></w:pict></w:r></w:p>",
            "box",
        ),
    ],
)
def test_changes_fields_and_boxes_are_read_as_they_show(inner: str, expected: str) -> None:
    unit = read_report_bytes(body(inner))[0]
    assert unit.text.strip().startswith(expected)
    assert "Quillfeather" not in visible_text("docx", kept(unit))


def bomb() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", b"0" * (30 << 20))
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"PK\x03\x04 broken", "docx-zip"),
        (saved(letter())[:-400], "docx-zip"),
        (bomb(), "docx-bomb"),
        (with_part("word/document.xml", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"), "docx-xml"),
        (with_part("word/document.xml", "<a>"), "docx-xml"),
        (with_part("word/document.xml", "<a/>"), "docx-syntax"),
        (with_part("[Content_Types].xml", "<a/>"), "docx-syntax"),
        (saved(docx.Document()), "source-empty"),
    ],
)
def test_hostile_word_documents_are_refused_with_a_code(data: bytes, code: str) -> None:
    with pytest.raises(InputError) as error:
        read_report_bytes(data, "docx")
    assert error.value.code == code


def sample_pdf() -> bytes:
    dataset = pydicom.dcmread(READY / "ONEILL_SIOBHAN" / "DX_CHEST_20240606" / "REPORT.dcm")
    return bytes(dataset.EncapsulatedDocument)


def test_the_text_layer_of_a_pdf_comes_out_as_text() -> None:
    unit = read_report_bytes(sample_pdf())[0]
    assert (unit.kind, unit.suffix, unit.accession) == ("pdf", ".txt", "A24-020119")
    assert unit.key is not None
    assert unit.key.patient_id == "66419280"
    assert "O'Neill, Siobhán" in unit.text
    assert kept(unit).decode() == unit.text


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"%PDF-1.4\n", "pdf-syntax"),
        (
            b"%PDF-1.4\n" + b"1 0 obj\n<< /Type /Catalog /Pages 1 0 R >>\nendobj\ntrailer << /Root 1 0 R >>\n",
            "pdf-syntax",
        ),
        (sample_pdf()[:300], "pdf-syntax"),
    ],
)
def test_broken_pdfs_are_refused_with_a_code(data: bytes, code: str) -> None:
    with pytest.raises(InputError) as error:
        read_report_bytes(data, "pdf")
    assert error.value.code in (code, "pdf-no-text")


def test_an_encrypted_or_empty_pdf_is_refused() -> None:
    import pypdf

    for encrypt, code in ((True, "pdf-encrypted"), (False, "pdf-no-text")):
        writer = pypdf.PdfWriter()
        writer.add_blank_page(100, 100)
        if encrypt:
            writer.encrypt("secret", algorithm="RC4-128")
        buffer = io.BytesIO()
        writer.write(buffer)
        with pytest.raises(InputError) as error:
            read_report_bytes(buffer.getvalue(), "pdf")
        assert error.value.code == code


def typed_pdf(*columns: tuple[int, list[str]]) -> bytes:
    """A page on which lines stand beside each other, written row by row."""
    rows = zip(*([(x, line) for line in lines] for x, lines in columns), strict=True)
    shown = [(x, 700 - 14 * y, line) for y, row in enumerate(rows) for x, line in row if line]
    content = "".join(f"BT /F1 10 Tf 1 0 0 1 {x} {y} Tm ({line}) Tj ET\n" for x, y, line in shown)
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        f"<< /Length {len(content)} >>\nstream\n{content}\nendstream".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    return pdf_file(objects)


LEFT = [
    "Findings of the chest:",
    "A nodule of 8 mm is seen",
    "in the right upper lobe,",
    "and the heart is large.",
    "x",
]
RIGHT = ["Impression of today:", "No pneumothorax. Mrs", "Smith will be seen again", "in three months by", "Dr. Berg."]
LABELS = ["Patient:", "Clinical history:", "Technique:", "Referrer:", "Comparison:"]


def test_two_columns_of_prose_are_read_one_after_the_other() -> None:
    text = read_report_bytes(typed_pdf((50, LEFT), (320, RIGHT)))[0].text
    assert text.split("\n") == [*LEFT, "", *RIGHT]


@pytest.mark.parametrize("left", [LABELS, ["Liver", "Both kidneys", "Spleen", "Pancreas", "Aorta"]])
def test_labels_stay_beside_their_values(left: list[str]) -> None:
    text = read_report_bytes(typed_pdf((50, left), (320, RIGHT)))[0].text
    assert [line.split() for line in text.split("\n")] == [
        f"{one} {two}".split() for one, two in zip(left, RIGHT, strict=True)
    ]


def noted_pdf(*, user: str = "") -> bytes:
    """The sample with a form field, a note and a box, locked by its owner."""
    import pypdf
    from pypdf.generic import ArrayObject, DictionaryObject, NameObject, TextStringObject

    def note(**entries: object) -> DictionaryObject:
        return DictionaryObject({NameObject(f"/{key}"): value for key, value in entries.items()})

    writer = pypdf.PdfWriter(clone_from=io.BytesIO(sample_pdf()))
    parent = note(FT=NameObject("/Tx"), V=TextStringObject("Quillfeather, Ada"))
    notes = [
        note(Subtype=NameObject("/Widget"), Parent=parent),
        note(Subtype=NameObject("/FreeText"), Contents=TextStringObject("Call her son: critical")),
        note(Subtype=NameObject("/Widget"), FT=NameObject("/Btn"), V=NameObject("/Off")),
    ]
    writer.pages[0][NameObject("/Annots")] = ArrayObject(notes)
    writer.encrypt(user, "owner")
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def test_annotations_and_forms_are_read_and_a_file_that_opens_without_a_password_too() -> None:
    unit = read_report_bytes(noted_pdf())[0]
    assert unit.alerts == ("pdf-annotations-added",)
    assert unit.text.startswith(read_report_bytes(sample_pdf())[0].text.partition("\f")[0])
    assert "\nQuillfeather, Ada\nCall her son: critical" in unit.text
    assert "Off" not in unit.text
    with pytest.raises(InputError) as error:
        read_report_bytes(noted_pdf(user="secret"))
    assert error.value.code == "pdf-encrypted"


def parquet(columns: dict[str, object]) -> bytes:
    buffer = io.BytesIO()
    table = pa.table(columns).replace_schema_metadata({"pandas": "Quillfeather"})
    pq.write_table(table, buffer)
    return buffer.getvalue()


TABLE = {
    "mrn": [40718253, 1],
    "patient_name": ["Smith, John", "Doe, J"],
    "dob": [dt.date(1948, 2, 17), None],
    "study_date": [dt.date(2023, 3, 14), None],
    "read_at": [dt.datetime(2023, 3, 14, 8), None],
    "report": ["Mr. Smith has a 12 mm cyst.", "fine"],
    "bmi": [22.5, None],
    "scan": [b"x", b"y"],
    "more": [{"a": "Smith", "n": [1, 2]}, None],
}


def test_parquet_columns_are_handled_by_what_they_are() -> None:
    units = read_report_bytes(parquet(TABLE))
    assert [unit.key.patient_id for unit in units if unit.key] == ["40718253", "1"]
    assert units[0].alerts == ("binary-column-removed",)
    out = assemble(
        "parquet", [unit.rebuild({k: [] for k in unit.passages}, plan_fields(unit, SUBJECT).values) for unit in units]
    )
    table = pq.read_table(io.BytesIO(out))
    assert table.schema.metadata is None
    assert "scan" not in table.schema.names
    first = table.to_pylist()[0]
    assert first["mrn"] == "S-TEST01"
    assert first["dob"] is None
    assert first["study_date"] == dt.date(2022, 12, 4)
    assert first["read_at"] == dt.datetime(2022, 12, 4, 8)
    assert (first["bmi"], first["more"]) == (22.5, {"a": "Smith", "n": [1, 2]})


def test_every_row_has_the_types_of_the_table() -> None:
    kinds = {
        "mrn": (pa.int64(), [40718253, None]),
        "report": (pa.large_string(), ["Mr. Smith", None]),
        "notes": (pa.list_(pa.string()), [["Smith rang"], []]),
        "person": (
            pa.struct([("name", pa.string()), ("tel", pa.int64())]),
            [{"name": "Smith", "tel": 7700900231}, None],
        ),
        "cat": (pa.dictionary(pa.int32(), pa.string()), ["a", "b"]),
        "marks": (pa.map_(pa.string(), pa.string()), [[("k", "Smith")], None]),
        "took": (pa.duration("s"), [dt.timedelta(seconds=90), None]),
        "dose": (pa.decimal128(5, 2), [Decimal("1.50"), None]),
        "at": (pa.time64("us"), [dt.time(8, 30), None]),
        "born": (pa.date32(), [dt.date(1948, 2, 17), None]),
        "age": (pa.int8(), [93, 41]),
        "smith": (pa.bool_(), [True, None]),
    }
    data = parquet({name: pa.array(values, kind) for name, (kind, values) in kinds.items()})
    parts = [
        unit.rebuild({k: [] for k in unit.passages}, plan_fields(unit, SUBJECT).values)
        for unit in read_report_bytes(data)
    ]
    schemas = [pq.read_schema(io.BytesIO(part)) for part in parts]
    assert schemas[0] == schemas[1]
    changed = {"mrn": pa.string(), "report": pa.string(), "cat": pa.string()}
    assert schemas[0].types == [changed.get(name, kind) for name, (kind, _) in kinds.items()]
    first, second = pq.read_table(io.BytesIO(assemble("parquet", parts))).to_pylist()
    assert first == {
        "mrn": "S-TEST01",
        "report": "Mr. Smith",
        "notes": ["Smith rang"],
        "person": {"name": "Kim Aldermont", "tel": None},
        "cat": "a",
        "marks": [("k", "Smith")],
        "took": dt.timedelta(seconds=90),
        "dose": Decimal("1.50"),
        "at": dt.time(8, 30),
        "born": None,
        "age": 90,
        "smith": True,
    }
    assert (second["notes"], second["person"], second["age"]) == ([], None, 41)


def test_a_mapping_names_the_columns_of_a_table() -> None:
    units = read_report_bytes(parquet({"a": ["1"], "b": ["text"]}), mapping={"a": "PatientID", "b": "report"})
    assert units[0].key is not None


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(["mrn", "patient_name", "report", "more"]))
def test_a_value_planted_in_any_text_column_vanishes(column: str) -> None:
    planted = {
        **TABLE,
        "mrn": ["1", "2"],
        column: ["Quillfeather", "b"] if column != "more" else [{"a": "Quillfeather"}, None],
    }
    for unit in read_report_bytes(parquet(planted)):
        assert "Quillfeather" not in visible_text("parquet", cleaned(unit))


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"PAR1 broken PAR1", "parquet-syntax"),
        (parquet(TABLE)[:-40], "parquet-syntax"),
        (parquet({"x": [1]}), "parquet-header"),
    ],
)
def test_broken_tables_are_refused_with_a_code(data: bytes, code: str) -> None:
    with pytest.raises(InputError) as error:
        read_report_bytes(data, "parquet")
    assert error.value.code == code


def test_what_every_word_document_holds_is_no_text_of_this_one() -> None:
    text = visible_text("docx", kept(read_report_bytes(saved(letter()))[0]))
    assert "Patient: SMITH, JOHN" in text
    assert "Times New Roman" not in text
    assert "List Bullet" not in text
