"""Speed of the vault as ratios to plain sqlite3 in the same run, and recall of the blind known-identifier index.

``python -m bench.vault [--rows 1000000]``. Rates are per core (process CPU seconds) and, in brackets, by the wall
clock, which on a shared machine also counts the neighbours and the disk.
"""

from __future__ import annotations

import argparse
import datetime as dt
import gc
import random
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

import numpy as np

from bench.headers import instance
from deid import Deidentifier, Recipe
from deid.model import Category, Known, Link, Role, SubjectKey
from deid.surrogates import fold, name_pool
from deid.vault import Key, Vault, lifecycle
from deid.vault.store import _PRAGMAS, TABLES

BATCH = 1000
T = TypeVar("T")


def timed(action: Callable[[], object]) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    action()
    return time.process_time() - cpu, time.perf_counter() - wall


def batches(items: list[T]) -> Iterable[list[T]]:
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
    gc.freeze()  # what the imports of all parts left is looked through for nobody; what is made here is
    print("| SQLite, 1000 a batch | plain sqlite3, per core s (wall s) | vault, per core s (wall s) | CPU ratio |")
    print("| --- | --: | --: | --: |")
    with tempfile.TemporaryDirectory(prefix="deid-bench-") as name:
        plain = Plain(Path(name) / "plain.db")
        key = Key.generate()
        path = Path(name) / "v" / "links.vault"
        with Vault.create(path, key) as vault:
            ids = [f"{n:08}" for n in range(100_000_00, 100_000_00 + subjects)]
            nobody: frozenset[str] = frozenset()
            wanted = [(SubjectKey(i, "HOSP"), "", nobody) for i in ids]
            report(
                "new subjects (code, offset, seed, name; one HPKE seal each)", subjects,
                timed(lambda: [plain.subjects(part) for part in batches(ids)]),
                timed(lambda: [vault.subjects(part) for part in batches(wanted)]),
            )  # fmt: skip
        with Vault.open(path, key) as vault:  # as another process: nothing was opened before
            sum(len(row) for table in TABLES for row in vault.store.scan(table))  # pages are at hand, as for the other
            for name_of_row in ("look-ups of known subjects, each for the first time", "look-ups, each seen before"):
                report(
                    name_of_row, subjects,
                    timed(lambda: [plain.lookup(part) for part in batches(ids)]),
                    timed(lambda: [vault.subjects(part) for part in batches(wanted)]),
                )  # fmt: skip
            known = vault.subjects(wanted)
            made = [(s.code, Link("uid", f"1.2.840.113619.2.{n}.{j}", s.uid(f"1.2.840.113619.2.{n}.{j}")))
                    for n, s in enumerate(known) for j in range(rows // subjects)]  # fmt: skip
            flat = [(link.original, code, link.surrogate) for code, link in made]
            grouped = [(code, [link]) for code, link in made]
            report(
                "new links", len(made),
                timed(lambda: [plain.links(part) for part in batches(flat)]),
                timed(lambda: [vault.remember_many(part) for part in batches(grouped)]),
            )  # fmt: skip
            report(
                "links seen again", len(made),
                timed(lambda: [plain.links(part) for part in batches(flat)]),
                timed(lambda: [vault.remember_many(part) for part in batches(grouped)]),
            )  # fmt: skip
        plain.db.close()
        sizes = [(Path(name) / "plain.db").stat().st_size, path.stat().st_size]
        per = [size / len(made) for size in sizes]
        print(f"| bytes per link, with its share of a subject | {per[0]:.0f} | {per[1]:.0f} | {per[1] / per[0]:.1f} |")


def report(name: str, count: int, plain: tuple[float, float], ours: tuple[float, float]) -> None:
    rates = [f"{count / cpu:,.0f} ({count / wall:,.0f})" for cpu, wall in (plain, ours)]
    print(f"| {name} | {rates[0]} | {rates[1]} | {ours[0] / plain[0]:.1f} |")


# Rotation and the share of a run ------------------------------------------------------------------


def rotation(rows: int) -> None:
    """Rotate the vault's key over that many links."""
    with tempfile.TemporaryDirectory(prefix="deid-bench-") as name:
        path, key = Path(name) / "v" / "links.vault", Key.generate()
        with Vault.create(path, key) as vault:
            known = vault.subjects(
                [(SubjectKey(f"{n:08}", "HOSP"), "", frozenset()) for n in range(10**7, 10**7 + 1000)]
            )
            for start in range(0, rows, 10 * BATCH):
                originals = [f"1.2.840.113619.2.{n}" for n in range(start, start + 10 * BATCH)]
                vault.remember_many(
                    [(known[n % 1000].code, [Link("uid", o, known[0].uid(o))]) for n, o in enumerate(originals)]
                )
            count = sum(lifecycle.stats(vault)["rows"].values())
        cpu, wall = timed(lambda: lifecycle.rotate_key(path, key, Key.generate(), who="bench"))
        print(f"\nRotation of the vault's key over {count:,} rows: {wall:.3f} s ({cpu:.3f} s of CPU)")


class Stopwatch:
    """Time inside the vault's methods, a method called by another one counted once."""

    def __init__(self) -> None:
        self.cpu = self.wall = 0.0
        self.calls = self._depth = 0

    def watch(self, method: Callable[..., object]) -> Callable[..., object]:
        def timed_method(*arguments: object, **named: object) -> object:
            self._depth += 1
            cpu, wall = time.process_time(), time.perf_counter()
            try:
                return method(*arguments, **named)
            finally:
                self._depth -= 1
                if not self._depth:
                    self.calls += 1
                    self.cpu += time.process_time() - cpu
                    self.wall += time.perf_counter() - wall

        return timed_method


def share(files: int) -> None:
    """Share of the vault in a run over CT files of half a megabyte, one process, pixels as the recipe has it."""
    clock, draw = Stopwatch(), np.random.default_rng(5)
    with tempfile.TemporaryDirectory(prefix="deid-bench-") as name:
        source = Path(name) / "in"
        source.mkdir()
        for number in range(files):
            (source / f"{number}.dcm").write_bytes(instance(number, 512, draw))
        path, key = Path(name) / "v" / "links.vault", Key.generate()
        Vault.create(path, key).close()
        plain = {
            n: m
            for n, m in vars(Vault).items()
            if callable(m) and not n.startswith("_") and n not in ("acting", "refusals")
        }
        for method_name, method in plain.items():
            setattr(Vault, method_name, clock.watch(method))
        try:
            cpu, wall = time.process_time(), time.perf_counter()
            with Deidentifier(Recipe.load("research"), vault=path, key=key) as d:
                ends = [str(outcome.status) for outcome in d.folder(source, into=Path(name) / "out")]
            cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        finally:
            for method_name, method in plain.items():
                setattr(Vault, method_name, method)
    print(
        f"\nA run over {files} CT files ({ends.count('clean')} clean): {clock.calls} calls of the vault take "
        f"{clock.cpu / cpu:.2%} of {cpu:.0f} s of CPU and {clock.wall / wall:.2%} of {wall:.0f} s by the clock"
    )


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


def written_forms(  # the identifiers of one patient
    draw: random.Random, family: str, given: str, short: str, mrn: str, born: dt.date, phone: str, chinese: str
) -> dict[str, list[str]]:
    """Forms of each kind in which an identifier stands in a report."""
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
        "two letters wrong": [letter + family[1:at] + ("q" if family[at] != "q" else "x") + family[at + 1 :]],
        "cut in two": [f"{family[:at]} {family[at:]}", f"{family[:at]}-{family[at:]}"],
        "joined with the given name": [f"{given}{family}", f"{family}{given}"],
        "possessive, plural": [f"{family}'s", f"{family}s"],
        "initials": [f"{given[0]}.{family[0]}.", f"{given[0]}{family[0]}"],
        "date of birth, digits": [born.strftime(f) for f in ("%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y", "%d%m%Y", "%m/%d/%y")],
        "date of birth, words": [born.strftime(f) for f in ("%d %B %Y", "%B %d, %Y", "%d-%b-%Y", "%d %b %y")],
        "telephone": [f"({phone[:3]}) {phone[3:6]}-{phone[6:]}", f"{phone[:3]}.{phone[3:6]}.{phone[6:]}", f"+1{phone}"],
        "inside a script without blanks": [f"患者{chinese}于今日检查", f"{chinese[1:]}先生复查"],
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
            born = dt.date(1930, 1, 1) + dt.timedelta(days=draw.randrange(30_000))
            phone = f"{draw.randrange(200, 1000)}{draw.randrange(10**6, 10**7)}"
            chinese = draw.choice("王李张刘陈杨黄赵") + "".join(draw.sample("小明华丽伟芳娜静强磊", 2))
            code = vault.subject(SubjectKey(f"R-{number}")).code
            name_value = f"{family}^{given}^{short}={chinese[0]}^{chinese[1:]}"
            vault.known(code, [Known(name_value, Category.NAME, Role.PATIENT, "PatientName"),
                               Known(mrn, Category.ID, Role.PATIENT, "PatientID"),
                               Known(born.strftime("%Y%m%d"), Category.DATE, Role.PATIENT, "PatientBirthDate"),
                               Known(phone, Category.PHONE, Role.PATIENT, "PatientTelephoneNumbers")])  # fmt: skip
            index = vault.known_index(code)
            plain = {family.casefold(), given.casefold(), short.casefold(), mrn, born.strftime("%Y%m%d"), phone,
                     chinese, chinese[1:]}  # fmt: skip
            forms_of = written_forms(draw, family, given, short, mrn, born, phone, chinese)
            for kind, forms in forms_of.items():
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
    cpu, _ = timed(lambda: [index.search(CLINICAL) for _ in range(200)])
    print(f"Searching a report of {len(CLINICAL)} characters: {cpu / 200 * 1e3:.2f} ms of CPU")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=200_000)
    options.add_argument("--patients", type=int, default=300)
    options.add_argument("--rotate", type=int, default=1_000_000, help="links in the vault whose key is rotated")
    options.add_argument("--files", type=int, default=500, help="CT files of the run whose share is measured")
    options.add_argument("--only", help="speed, recall, rotation, share")
    chosen = options.parse_args()
    parts: dict[str, Callable[[], None]] = {
        "speed": lambda: speed(chosen.rows),
        "rotation": lambda: rotation(chosen.rotate),
        "share": lambda: share(chosen.files),
        "recall": lambda: recall(chosen.patients),
    }
    for name, part in parts.items():
        if chosen.only in (None, name):
            part()


if __name__ == "__main__":
    main()
