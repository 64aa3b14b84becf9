"""Write the compact tables of deid/standard from the extracted facts of the standard.

Run by hand when a new edition is taken over: ``python tools/compact_standard.py SOURCE_FOLDER``. The source
folder holds the tables as extracted (PS3.15 Table E.1-1, E.3.4-1 and E.3.10-1, CID 7050, attribute Types,
registered UIDs, TCIA's private tag knowledge base). The results are committed; nobody edits them by hand.
"""

from __future__ import annotations

import json
import re
import sys
from collections import defaultdict
from pathlib import Path

from pydicom.datadict import DicomDictionary, tag_for_keyword
from pydicom.uid import UID_dictionary

TARGET = Path(__file__).resolve().parent.parent / "deid" / "standard"
# Edition 2026d names this attribute; dictionaries that carry its VR are not published yet.
NEWEST = {0x3004007F: ("LO", "1", "Dose Calculation Model Name", "DoseCalculationModelName")}


def read(source: Path, name: str) -> dict:
    """One extracted table."""
    return json.loads((source / name).read_text("utf-8"))


def write(name: str, content: object) -> None:
    """One compact table."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    # One row a line keeps the diff of a new edition readable.
    text = text.replace("],[", "],\n[").replace('],"', '],\n"')
    (TARGET / name).write_text(text + "\n", "utf-8")


def confidentiality(source: Path) -> dict[str, int]:
    """Table E.1-1; gives the tags by keyword."""
    table = read(source, "ps315_table_e1_1.json")
    columns = table["option_columns"]
    rows, extra, tags = [], [], {}
    for row in table["attributes"]:
        cells = "".join(row["options"].get(column, ".") for column in columns)
        vr = "/".join(row["vr"] or [])
        keyword = row["keyword"] or ""
        name, vm = row["name"], row.get("vm") or ""
        if row["kind"] == "tag":
            tag = f"{row['int']:08X}"
            if row["int"] in NEWEST:
                vr, vm, name, keyword = NEWEST[row["int"]]
            if row["int"] not in DicomDictionary:
                extra.append([tag, vr, vm, name, keyword])
            tags[keyword] = row["int"]
        else:
            tag = "private" if row["kind"] == "private" else row["mask"]
        rows.append([tag, keyword, vr, row["basic"], cells])
    write(
        "confidentiality.json",
        {"edition": table["edition"], "columns": columns, "rows": rows, "extra_dictionary": extra},
    )
    return tags


def types(source: Path, tags: dict[str, int]) -> None:
    """Nesting paths as a tree in which equal subtrees (macros) are stored once."""
    table = read(source, "ps33_types_of_e1_1_attributes.json")
    order: list[list] = []
    index: dict[tuple, int] = {}

    def tag_of(keyword: str) -> int:
        tag = tags.get(keyword) or tag_for_keyword(keyword)
        if tag is None:
            raise SystemExit(f"unknown keyword {keyword}")
        return int(tag)

    def fold(node: dict) -> int:
        key = tuple(sorted((tag, kind, fold(below) if below else -1) for tag, (kind, below) in node.items()))
        if key not in index:
            index[key] = len(order)
            order.append([value for entry in key for value in entry])
        return index[key]

    modules: dict[str, int] = {}
    for module, paths in table["module_types"].items():
        root: dict = {}
        for path, kind in paths.items():
            if path in ("OverlayData", "OverlayComments", "CurveData"):
                continue  # repeating groups: the whole group goes or stays
            node = root
            *above, last = [tag_of(keyword) for keyword in path.split("/")]
            for tag in above:
                node = node.setdefault(tag, ["", {}])[1]
            node.setdefault(last, ["", {}])[0] = kind
        modules[module] = fold(root)
    iods = {
        iod: sorted({modules[m[0]] for m in used if m[0] in modules}) for iod, used in table["iod_to_modules"].items()
    }
    write("types.json", {"nodes": order, "iods": iods, "sop_classes": table["sop_class_to_iod"]})


def private(source: Path) -> None:
    """Tables E.3.10-1 and of TCIA: the strictest letter for each VR."""
    table: dict[tuple[str, int, int, int], dict[str, str]] = defaultdict(dict)
    strict = "kohd"
    last = re.compile(r'\(([0-9a-f]{4}),(?:"?(.*?)"?,)?([0-9a-f]{2,4})\)')
    for pattern, vr, written, _ in read(source, "tcia_private_tags.json")["rows"]:
        parts = re.split(r"\[<\d+>\]", pattern)
        found = last.fullmatch(parts[-1])
        creator = (found[2] or "").strip().casefold() if found else ""
        if not found or not creator or len(found[3]) != 2 or not int(found[1], 16) % 2:
            continue
        letter = {"oi": "o", "na": "d"}.get(written, written)
        cell = table[creator, int(found[1], 16), int(found[3], 16), int(len(parts) > 1)]
        cell[vr] = max(cell.get(vr, "k"), letter, key=strict.index)
    tcia = [
        [c, f"{g:04X}{e:02X}", n, ",".join(f"{v}{d}" for v, d in sorted(x.items()))]
        for (c, g, e, n), x in sorted(table.items())
    ]
    standard = [
        [row["creator"].strip(), f"{row['group']}{row['element']}".upper(), row["vr"] or "UN"]
        for row in read(source, "ps315_e3_10_1_safe_private.json")["rows"]
    ]
    write("private.json", {"standard": standard, "tcia": tcia})


def structured(source: Path) -> None:
    """Table E.3.4-1."""
    table = read(source, "ps315_table_e3_4_1_structured_content.json")
    columns = table["columns"][7:]
    rows = [
        [r["code"], r["scheme"], r["value_type"], r["meaning"], r["basic"], "".join(r.get(c) or "." for c in columns)]
        for r in table["rows"]
    ]
    write("structured.json", {"edition": table["edition"], "columns": columns, "rows": rows})


# These may name a local organisation; deid.standard.never_remap looks at their value.
SCHEMES = {"CodingSchemeUID", "ContextUID", "ContextGroupExtensionCreatorUID", "LongCodeValue"}


def class_like() -> set[str]:
    """UI attributes that hold SOP Classes or transfer syntaxes, by their keyword in PS3.6."""
    return {
        entry[4]
        for entry in DicomDictionary.values()
        if entry[0] == "UI"
        and re.search("SOPClass|TransferSyntax", entry[4])
        and "Instance" not in entry[4].replace("StoredInstance", "")
    }


def uids(source: Path) -> None:
    """Registered UIDs, class-like attributes and CID 7050."""
    table = read(source, "uids_never_remap.json")
    registered = set(UID_dictionary)

    def collect(value: object) -> None:
        if isinstance(value, str):
            if re.fullmatch(r"[0-9.]+", value):
                registered.add(value)
        elif isinstance(value, dict):
            for key, below in value.items():
                collect(key)
                collect(below)
        elif isinstance(value, list):
            for below in value:
                collect(below)

    collect(table["well_known_by_type"])
    collect(table["sop_classes"])
    codes = read(source, "cid7050.json")
    write(
        "uids.json",
        {
            "class_like_keywords": sorted({*table["never_remap_keywords"], *class_like()} - SCHEMES),
            "registered": sorted(u for u in registered if u.startswith("1.2.840.10008.")),
            "registered_elsewhere": sorted(u for u in registered if not u.startswith("1.2.840.10008.")),
            "cid7050": [[c["code"], c["meaning"]] for c in codes["codes"]],
        },
    )


if __name__ == "__main__":
    source = Path(sys.argv[1])
    known = confidentiality(source)
    types(source, known)
    private(source)
    structured(source)
    uids(source)
