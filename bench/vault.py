"""Speed of the vault as ratios to plain sqlite3 in the same run, and recall of the blind known-identifier index.

``python -m bench.vault [--rows 1000000]``. Rates are per core (process CPU seconds) and, in brackets, by the wall
clock, which on a shared machine also counts the neighbours and the disk.
"""

from __future__ import annotations

import argparse
import random
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from deid.model import Category, Known, Link, Role, SubjectKey
from deid.surrogates import fold, name_pool
from deid.vault import Key, Vault
from deid.vault.lifecycle import rotate_key
from deid.vault.store import _PRAGMAS

BATCH = 1000


def timed(action: Callable[[], object]) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    action()
    return time.process_time() - cpu, time.perf_counter() - wall


def batches(items: list[object]) -> Iterable[list[object]]:
    return (items[start : start + BATCH] for start in range(0, len(items), BATCH))


class Plain:
    """What a mapping in plain sqlite3 costs: the same durability and batches, nothing sealed, no index blind."""

    def __init__(self, path: Path) -> None:
        self.db = sqlite3.connect(path, isolation_level=None)
        for pragma in _PRAGMAS:
            self.db.execute(f"PRAGMA {pragma}")
        self.db.execute(
            "CREATE TABLE subject (pid TEXT PRIMARY KEY, code TEXT, shift INTEGER, family TEXT, given TEXT) STRICT"
        )
        self.db.execute(
            "CREATE TABLE link (original TEXT, subject TEXT, surrogate TEXT, "
            "PRIMARY KEY (original, subject, surrogate)) STRICT"
        )
        self.db.execute("CREATE INDEX link_subject ON link (subject)")

    def subjects(self, ids: list[str]) -> None:
        with self.db:
            self.db.execute("BEGIN IMMEDIATE")
            rows = [(i, f"S-{i}", -100, "Fir", "Ash") for i in ids]
            self.db.executemany("INSERT INTO subject VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING", rows)

    def lookup(self, ids: list[str]) -> None:
        marks = ", ".join("?" * 400)
        for start in range(0, len(ids), 400):
            part = ids[start : start + 400]
            part += [""] * (400 - len(part))
            self.db.execute(f"SELECT * FROM subject WHERE pid IN ({marks})", part).fetchall()

    def links(self, rows: list[tuple[str, str, str]]) -> None:
        with self.db:
            self.db.execute("BEGIN IMMEDIATE")
            self.db.executemany("INSERT INTO link VALUES (?, ?, ?) ON CONFLICT DO NOTHING", rows)


def speed(rows: int) -> None:
    subjects = min(rows // 10, 20_000)
    with tempfile.TemporaryDirectory(prefix="deid-bench-") as name:
        plain = Plain(Path(name) / "plain.db")
        key = Key.generate()
        path = Path(name) / "v" / "links.vault"
        with Vault.create(path, key) as vault:
            ids = [f"{n:08}" for n in range(100_000_00, 100_000_00 + subjects)]
            wanted: list[object] = [(SubjectKey(i, "HOSP"), "", frozenset()) for i in ids]
            report(
                "new subjects (code, offset, seed, name; one HPKE seal each)", subjects,
                timed(lambda: [plain.subjects(part) for part in batches(ids)]),  # type: ignore[arg-type]
                timed(lambda: [vault.subjects(part) for part in batches(wanted)]),  # type: ignore[arg-type]
            )  # fmt: skip
        with Vault.open(path, key) as vault:  # as another process: nothing was opened before
            for name_of_row in ("look-ups of known subjects, each for the first time", "look-ups, each seen before"):
                report(
                    name_of_row, subjects,
                    timed(lambda: [plain.lookup(part) for part in batches(ids)]),  # type: ignore[arg-type]
                    timed(lambda: [vault.subjects(part) for part in batches(wanted)]),  # type: ignore[arg-type]
                )  # fmt: skip
            known = vault.subjects(wanted)  # type: ignore[arg-type]
            made = [(s.code, Link("uid", f"1.2.840.113619.2.{n}.{j}", s.uid(f"1.2.840.113619.2.{n}.{j}")))
                    for n, s in enumerate(known) for j in range(rows // subjects)]  # fmt: skip
            flat: list[object] = [(link.original, code, link.surrogate) for code, link in made]
            grouped: list[object] = [(code, [link]) for code, link in made]
            report(
                "new links", len(made),
                timed(lambda: [plain.links(part) for part in batches(flat)]),  # type: ignore[arg-type]
                timed(lambda: [vault.remember_many(part) for part in batches(grouped)]),  # type: ignore[arg-type]
            )  # fmt: skip
            report(
                "links seen again", len(made),
                timed(lambda: [plain.links(part) for part in batches(flat)]),  # type: ignore[arg-type]
                timed(lambda: [vault.remember_many(part) for part in batches(grouped)]),  # type: ignore[arg-type]
            )  # fmt: skip
        plain.db.close()
        sizes = [(Path(name) / "plain.db").stat().st_size, path.stat().st_size]
        per = [size / len(made) for size in sizes]
        print(f"| bytes per link, with its share of a subject | {per[0]:.0f} | {per[1]:.0f} | {per[1] / per[0]:.1f} |")
        _, wall = timed(lambda: rotate_key(path, key, Key.generate(), who="bench"))
        print(f"\nRotation of the vault's key over {len(made) + 3 * subjects:,} rows: {wall:.3f} s")


def report(name: str, count: int, plain: tuple[float, float], ours: tuple[float, float]) -> None:
    rates = [f"{count / cpu:,.0f} ({count / wall:,.0f})" for cpu, wall in (plain, ours)]
    print(f"| {name} | {rates[0]} | {rates[1]} | {ours[0] / plain[0]:.1f} |")


# Recall of the known-identifier index -------------------------------------------------------------

SENTENCES = (
    "Comparison is made with the prior examination; {} was seen in clinic.",
    "The study of {} shows no acute intracranial abnormality.",
    "Results were discussed with the family of {} by telephone.",
    "Clinical information: {}, chest pain, rule out pulmonary embolism.",
)
CLINICAL = (
    "There is mild degenerative disc disease at L4-L5 with moderate facet arthropathy. No evidence of fracture. "
    "The heart size is normal. The lungs are clear without focal consolidation, pleural effusion or pneumothorax. "
    "A 4 mm nodule in the right upper lobe is unchanged since 2019. Multiplanar T1 and T2 weighted images were "
    "obtained before and after administration of 10 mL gadolinium. Impression: stable postoperative changes, "
    "recommend follow up in 12 months. "
    "Hepatic steatosis. The gallbladder, pancreas, spleen and adrenal glands are unremarkable. Bilateral renal cysts. "
)


def written_forms(draw: random.Random, family: str, given: str, short: str, mrn: str) -> dict[str, list[str]]:
    """One form a kind in which an identifier stands in a report."""
    at = draw.randrange(1, len(family) - 1)
    letter = draw.choice("abcdefghijklmnopqrstuvwxyz")
    return {
        "as in the header": [f"{family}^{given}", mrn],
        "other case and order": [
            f"{given.upper()} {family.lower()}",
            f"{family}, {given}",
            f"MRN{mrn}".replace("MRN", "MRN "),
        ],
        "diacritics dropped": [fold(family).title()],
        "with separators": [f"{mrn[:4]}-{mrn[4:]}", f"{mrn[:2]} {mrn[2:5]} {mrn[5:]}"],
        "a letter missing": [family[:at] + family[at + 1 :]],
        "a letter too many": [family[:at] + letter + family[at:]],
        "a letter wrong": [family[:at] + letter + family[at + 1 :]],
        "short name (2 to 4 letters)": [short, short.upper()],
        "short name, a letter wrong": [letter + short[1:] if letter != fold(short[0]) else "z" + short[1:]],
        "two letters swapped": [family[:at] + family[at + 1 : at + 2] + family[at : at + 1] + family[at + 2 :]],
    }


def recall(patients: int) -> None:
    draw = random.Random(11)
    pool = name_pool()
    accented = ["Müller", "Ångström", "Nuñez", "Đặng", "Şahin", "Łukasz", "Ó Briain"]
    kinds: dict[str, list[int]] = {}
    clean_words = false_words = 0
    with (
        tempfile.TemporaryDirectory(prefix="deid-bench-") as name,
        Vault.create(Path(name) / "v" / "l.vault", Key.generate()) as vault,
    ):
        for number in range(patients):
            family = draw.choice([n for n in (*pool["family"], *accented) if len(n) > 4])
            given, mrn = draw.choice(pool["F"] + pool["M"]), f"{draw.randrange(10**7, 10**8)}"
            short = draw.choice(("Ng", "Li", "Oh", "Wu", "Rich", "Hand", "Park", "Bone", "Lee", "Kim"))
            code = vault.subject(SubjectKey(f"R-{number}")).code
            vault.known(code, [Known(f"{family}^{given}^{short}", Category.NAME, Role.PATIENT, "PatientName"),
                               Known(mrn, Category.ID, Role.PATIENT, "PatientID")])  # fmt: skip
            index = vault.known_index(code)
            plain = {family.casefold(), given.casefold(), short.casefold(), mrn}
            for kind, forms in written_forms(draw, family, given, short, mrn).items():
                for form in forms:
                    text = draw.choice(SENTENCES).format(form)
                    start = text.index(form)
                    hit = any(f.start < start + len(form) and start < f.end for f in index.search(text))
                    found = any(word in text.casefold() for word in plain)
                    row = kinds.setdefault(kind, [0, 0, 0])
                    row[0], row[1], row[2] = row[0] + 1, row[1] + found, row[2] + hit
            clean_words += len(CLINICAL.split())
            false_words += len([f for f in index.search(CLINICAL) if fold(CLINICAL[f.start : f.end]) not in plain])
    print(
        "\n| how an identifier is written | cases | plain search finds | blind index finds |\n| --- | --: | --: | --: |"
    )
    for kind, (count, found, hit) in kinds.items():
        print(f"| {kind} | {count} | {found / count:.3f} | {hit / count:.3f} |")
    cases, found, hit = (sum(column) for column in zip(*kinds.values(), strict=True))
    print(f"| all | {cases} | {found / cases:.3f} | {hit / cases:.3f} |")
    print(f"\nWords of a report without identifiers that are found all the same: {false_words} of {clean_words:,}")
    _, wall = timed(lambda: [index.search(CLINICAL) for _ in range(200)])
    print(f"Searching a report of {len(CLINICAL)} characters: {wall / 200 * 1e3:.2f} ms")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=200_000)
    options.add_argument("--patients", type=int, default=300)
    chosen = options.parse_args()
    print("| SQLite, 1000 a batch | plain sqlite3, per core s (wall s) | vault, per core s (wall s) | CPU ratio |")
    print("| --- | --: | --: | --: |")
    speed(chosen.rows)
    recall(chosen.patients)


if __name__ == "__main__":
    main()
