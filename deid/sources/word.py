"""Word documents: taken apart by python-docx, written as a new document that carries nothing of the old file.

Paragraphs, tables, headers, footers, foot- and endnotes keep their text, their built-in style and bold, italic or
underline. Comments, deleted text, hidden text, field codes, pictures, embedded objects, properties and custom parts
do not survive, since nothing is copied but text.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from deid.errors import InputError
from deid.model import Edit
from deid.sources.markup import local, parse_xml, xml_text
from deid.sources.plain import text_unit
from deid.sources.slots import CELL, LINE, PART, Slots
from deid.sources.unit import ReportUnit

__all__ = ["join", "read", "shown", "texts"]

LIMIT_UNPACKED = 200 << 20
LIMIT_PARTS = 5000
LIMIT_RATIO = 200
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
SKIPPED = frozenset(
    [
        "del",
        "moveFrom",
        "pPr",
        "rPr",
        "delText",
        "instrText",
        "delInstrText",
        "commentRangeStart",
        "commentRangeEnd",
        "commentReference",
        "annotationRef",
        "Fallback",
        "sectPr",
        "tblPr",
        "tblGrid",
        "trPr",
        "tcPr",
        "sdtPr",
        "sdtEndPr",
        "bookmarkStart",
        "bookmarkEnd",
        "proofErr",
    ]
)
PICTURES = frozenset(("drawing", "pict", "object"))
STYLES = re.compile(r"(?:Heading [1-6]|Title|Subtitle|List (?:Bullet|Number)|Quote|Caption)")
# The font Symbol from 0x20 and from 0xA1 on, as Word keeps its characters: in the private use area, F020 to F0FE.
SYMBOLS = {
    0x20: " !∀#∃%&∋()∗+,−./0123456789:;<=>?≅ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ[∴]⊥_‾αβχδεφγηιϕκλμνοπθρστυϖωξψζ{|}∼",
    0xA1: "ϒ′≤⁄∞ƒ♣♦♥♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…⏐⎯↵ℵℑℜ℘⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉∠∇®©™∏√⋅¬∧∨⇔⇐⇑⇒⇓◊〈®©™∑⎛⎜⎝⎡⎢⎣⎧⎨⎩⎪",
    0xF1: "〉∫⌠⎮⌡⎞⎟⎠⎤⎥⎦⎫⎬⎭",
}
UNKNOWN = "\N{REPLACEMENT CHARACTER}"
FIXED = (1980, 1, 1, 0, 0, 0)
Node = Any


@dataclass(frozen=True, slots=True)
class Look:
    """What of a run's or paragraph's looks is kept."""

    style: str = ""
    bold: bool = False
    italic: bool = False
    underline: bool = False


@dataclass(frozen=True, slots=True, repr=False)
class Block:
    """A paragraph (runs as places in the list of texts) or a table (rows of cells of blocks)."""

    style: str = ""
    runs: tuple[tuple[int, Look], ...] = ()
    rows: tuple[tuple[tuple[Block, ...], ...], ...] = ()


@dataclass(frozen=True, slots=True, repr=False)
class WordBody:
    """All texts in order, and the blocks of the parts of the document that refer to them."""

    slots: Slots
    body: tuple[Block, ...]
    header: tuple[Block, ...]
    footer: tuple[Block, ...]
    notes: tuple[Block, ...]

    def write(self, edits: Mapping[str, Sequence[Edit]], values: Mapping[str, str]) -> bytes:  # noqa: ARG002
        """A new document, with fixed times inside so that the same text gives the same bytes."""
        import docx

        new = self.slots.apply(edits["text"])
        document = docx.Document()
        section = document.sections[0]
        for blocks, place in ((self.body, document), (self.header, section.header), (self.footer, section.footer)):
            for block in blocks:
                _write(place, block, new)
        for block in self.notes:
            _write(document, block, new)
        properties = document.core_properties
        properties.author = properties.last_modified_by = properties.comments = properties.title = ""
        properties.created = properties.modified = datetime(1980, 1, 1)
        relations = document.part.package.rels
        for key in [key for key, relation in relations.items() if relation.reltype.endswith("/thumbnail")]:
            del relations[key]
        buffer = io.BytesIO()
        document.save(buffer)
        return _timeless(buffer.getvalue())


def read(data: bytes, *, columns: Mapping[str, str], language: str) -> list[ReportUnit]:  # noqa: ARG001
    """Read a document as one report.

    Raises
    ------
    InputError
        ``docx-zip``, ``docx-bomb``, ``docx-xml``, ``docx-too-large``, ``docx-syntax``, ``source-empty``.
    """
    _checked(data)
    try:
        draft, body, headers, footers, notes = _taken_apart(data)
    except InputError:
        raise
    except Exception:  # noqa: BLE001  (a broken package makes python-docx raise anything; its text may quote the file)
        raise InputError("docx-syntax", "the document cannot be read") from None
    slots = Slots(tuple(draft.texts), tuple(draft.joints))
    if not slots.text.strip():
        raise InputError("source-empty", "the document holds no text")
    parts = WordBody(slots, body, tuple(headers), tuple(footers), notes)
    alerts = tuple(dict.fromkeys(draft.alerts))
    return [text_unit(slots.text, parts, kind="docx", suffix=".docx", language=language, alerts=alerts)]


def join(documents: list[bytes]) -> bytes:
    """Word files hold one report each."""
    raise InputError("source-single", f"{len(documents)} reports cannot share a Word file")


def shown(data: bytes) -> str:
    """The words of a document in reading order."""
    return read(data, columns={}, language="")[0].text.replace(CELL, "\t")


def texts(data: bytes) -> str:
    """Text and attributes of every part that is not a part of an empty document."""
    empty = _parts(_empty())
    out = []
    for name, raw in _parts(data).items():
        if empty.get(name) == raw:
            continue
        out.append(name)
        if name.endswith((".xml", ".rels")):
            root = parse_xml(raw, code="docx")
            out.append("".join((node.text or "") + (node.tail or "") for node in root.iter()))
            out += [value for node in root.iter() for value in node.attrib.values()]
        else:
            out.append(raw.decode("latin-1"))
    return "\n".join(out)


@lru_cache(maxsize=1)
def _empty() -> bytes:
    """The document that every written one starts from."""
    return WordBody(Slots((), ()), (), (), (), ()).write({"text": ()}, {})


def _parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _taken_apart(data: bytes) -> tuple[_Draft, tuple[Block, ...], list[Block], list[Block], tuple[Block, ...]]:
    """Texts and blocks of body, headers, footers and notes."""
    import docx

    document = docx.Document(io.BytesIO(data))
    draft = _Draft()
    body = tuple(draft.blocks(document.element.body))
    headers: list[Block] = []
    footers: list[Block] = []
    for section in document.sections:
        for part in (section.header, section.first_page_header, section.even_page_header):
            headers += draft.part(part)
        for foot in (section.footer, section.first_page_footer, section.even_page_footer):
            footers += draft.part(foot)
    notes = tuple(draft.notes(document))
    return draft, body, headers, footers, notes


def _checked(data: bytes) -> None:
    """Sizes before anything is unpacked, and no entities in any part."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            unpacked = sum(part.file_size for part in parts)
            if (
                len(parts) > LIMIT_PARTS
                or unpacked > LIMIT_UNPACKED
                or unpacked > max(len(data), 1 << 16) * LIMIT_RATIO
            ):
                raise InputError("docx-bomb", "the package unpacks to far more than it holds")
            if any(part.flag_bits & 1 for part in parts):
                raise InputError("docx-encrypted", "the package is encrypted")
            for part in parts:
                if part.filename.endswith((".xml", ".rels")):
                    parse_xml(archive.read(part), code="docx")
    except (zipfile.BadZipFile, NotImplementedError, EOFError, zipfile.LargeZipFile, OSError, zlib.error):
        raise InputError("docx-zip", "the package is damaged") from None
    except ValueError:
        raise InputError("docx-zip", "the package is damaged") from None


class _Draft:
    """Collects texts while the parts are walked."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.joints: list[str] = []
        self.before = PART
        self.alerts: list[str] = []

    def put(self, text: str, *, fresh: bool) -> None:
        """Add a text that goes on, or begins a line, or what was said to begin."""
        self.texts.append(text)
        self.joints.append((self.before or LINE) if fresh else "")
        self.before = ""

    def part(self, part: Any) -> Iterator[Block]:
        """A header or footer that a section has of its own."""
        self.before = PART
        if not part.is_linked_to_previous:
            yield from self.blocks(part._element)  # noqa: SLF001  (python-docx has no public way to its children)

    def blocks(self, node: Node) -> Iterator[Block]:
        """Paragraphs and tables below a node, also those in content controls and text boxes."""
        for child in node:
            name = local(child)
            if name == "p":
                yield from self._paragraph(child)
            elif name == "tbl":
                yield self._table(child)
            elif name not in SKIPPED:
                yield from self.blocks(child)

    def _table(self, node: Node) -> Block:
        rows = []
        for row in node.iter(f"{W}tr"):
            if next((up for up in row.iterancestors() if up.tag == f"{W}tbl"), None) is node:
                cells = [
                    c for c in row.iter(f"{W}tc") if next(up for up in c.iterancestors() if up.tag == f"{W}tr") is row
                ]
                self.before = PART
                rows.append(tuple(tuple(self._cell(cell)) for cell in cells))
        self.before = PART
        return Block(rows=tuple(rows))

    def _cell(self, node: Node) -> Iterator[Block]:
        self.before = self.before or CELL
        yield from self.blocks(node)

    def _paragraph(self, node: Node) -> Iterator[Block]:
        style = node.find(f"{W}pPr/{W}pStyle")
        name = re.sub(r"(?<=[a-z])(?=[A-Z0-9])", " ", style.get(f"{W}val", "")) if style is not None else ""
        if node.find(f"{W}pPr/{W}numPr") is not None and not name.startswith("List "):
            name = "List Bullet"
        runs: list[tuple[int, Look]] = []
        boxes: list[Node] = []
        self._runs(node, runs, boxes, fresh=True)
        yield Block(style=name if STYLES.fullmatch(name) else "", runs=tuple(runs))
        for box in boxes:
            yield from self.blocks(box)

    def _runs(self, node: Node, runs: list[tuple[int, Look]], boxes: list[Node], *, fresh: bool) -> bool:
        for child in node:
            name = local(child)
            if name == "r":
                fresh = self._run(child, runs, boxes, fresh=fresh)
            elif name == "txbxContent":
                boxes.append(child)
            elif name not in SKIPPED:
                fresh = self._runs(child, runs, boxes, fresh=fresh)
        return fresh

    def _run(self, node: Node, runs: list[tuple[int, Look]], boxes: list[Node], *, fresh: bool) -> bool:
        looks = node.find(f"{W}rPr")
        if _on(looks, "vanish"):
            self.alerts.append("hidden-text-removed")
            return fresh
        text = "".join(_characters(child) for child in node)
        for child in node:
            if local(child) in PICTURES or local(child) == "AlternateContent":
                inside = [box for box in child.iter(f"{W}txbxContent") if not _in_fallback(box)]
                boxes += inside
                self.alerts += [] if inside else ["images-removed"]
        if not text:
            return fresh
        runs.append((len(self.texts), Look("", _on(looks, "b"), _on(looks, "i"), _on(looks, "u"))))
        self.put(text, fresh=fresh)
        return False

    def notes(self, document: Any) -> Iterator[Block]:
        """Foot- and endnotes, as paragraphs at the end."""
        for relation in document.part.rels.values():
            kind = relation.reltype.rpartition("/")[2]
            if kind not in ("footnotes", "endnotes") or relation.is_external:
                continue
            root = parse_xml(relation.target_part.blob, code="docx")
            for note in root:
                if note.get(f"{W}type") is None:
                    self.before = PART
                    self.put(f"[{kind[0]}{note.get(f'{W}id', '')[:6]}] ", fresh=True)
                    mark = Block(runs=((len(self.texts) - 1, Look()),))
                    inner = list(self.blocks(note))
                    yield Block(inner[0].style, mark.runs + inner[0].runs) if inner else mark
                    yield from inner[1:]


def _characters(node: Node) -> str:
    """What a child of a run stands for in the text."""
    name = local(node)
    if name == "t":
        return node.text or ""
    if name in ("footnoteReference", "endnoteReference"):
        return f"[{name[0]}{node.get(f'{W}id', '')[:6]}]"
    if name == "sym":
        return _symbol(node.get(f"{W}font", ""), node.get(f"{W}char", ""))
    return {"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}.get(name, "")


def _symbol(font: str, code: str) -> str:
    """A character that is named by its place in a font; what only that font can show is a character nobody knows."""
    number = int(code, 16) if re.fullmatch("[0-9A-Fa-f]{1,4}", code) else 0
    if font.casefold() == "symbol":
        place = number & 0xFF
        start = max((start for start in SYMBOLS if start <= place), default=0x20)
        return SYMBOLS[start][place - start : place - start + 1] or UNKNOWN if place >= start else UNKNOWN
    return chr(number) if chr(number).isprintable() and number > 0x20 else UNKNOWN


def _on(looks: Node | None, name: str) -> bool:
    mark = looks.find(f"{W}{name}") if looks is not None else None
    return mark is not None and mark.get(f"{W}val", "true") not in ("0", "false", "none", "off")


def _in_fallback(node: Node) -> bool:
    return any(local(up) == "Fallback" for up in node.iterancestors())


def _write(place: Any, block: Block, texts: list[str]) -> None:
    if block.rows:
        width = max(len(row) for row in block.rows)
        table = (
            place.add_table(len(block.rows), width) if not _is_section(place) else _section_table(place, block, width)
        )
        for row, cells in zip(table.rows, block.rows, strict=True):
            for cell, blocks in zip(row.cells, cells, strict=False):
                for inner in blocks:
                    _write(cell, inner, texts)
        return
    paragraph = place.add_paragraph(style=block.style or None)
    for number, look in block.runs:
        run = paragraph.add_run(xml_text(texts[number]))
        run.bold, run.italic, run.underline = look.bold or None, look.italic or None, look.underline or None


def _is_section(place: Any) -> bool:
    return hasattr(place, "is_linked_to_previous")


def _section_table(place: Any, block: Block, width: int) -> Any:
    from docx.shared import Cm

    return place.add_table(len(block.rows), width, Cm(16))


def _timeless(data: bytes) -> bytes:
    """The same package with one fixed time for every part."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for part in sorted(old.infolist(), key=lambda p: (p.filename != "[Content_Types].xml", p.filename)):
            new.writestr(zipfile.ZipInfo(part.filename, FIXED), old.read(part), zipfile.ZIP_DEFLATED)
    return buffer.getvalue()
