"""Text speed side by side: ``python -m bench.text [--reports N]``.

One process, one thread, reports of about 1 kB that none has seen before, the whole path of ours (find with known identifiers and
the model, then replace; also with the second look, and as rows through a vault on disk) against a Presidio AnalyzerEngine with all its predefined recognisers and a pipeline of the shape of ``en_core_web_lg``: tok2vec with 300-dimensional
static vectors, tagger, parser, attribute ruler, lemmatiser, NER with a tok2vec of its own. Its weights are random, since the package cannot be had
everywhere; what it costs does not depend on them.
"""
# ruff: noqa: E501 - rows of a table read better whole

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

FINDINGS = (
    "The heart is normal in size. There is no pericardial effusion. The thoracic aorta is normal in caliber without dissection. ",
    "No focal consolidation, pleural effusion or pneumothorax is seen. A 4 mm nodule in the right lower lobe is unchanged. ",
    "The liver, spleen, pancreas and adrenal glands are unremarkable. There is mild fatty infiltration of the liver. ",
    "Degenerative changes are noted at L4-L5 and L5-S1 without significant canal stenosis. No acute fracture is identified. ",
    "There are scattered foci of T2 hyperintensity in the white matter, likely related to chronic small vessel ischemic disease. ",
    "The ventricles and sulci are appropriate for age. No acute intracranial hemorrhage, mass effect or midline shift. ",
)
NAMES = (
    ("Maria", "Garcia"),
    ("John", "Smith"),
    ("Thi Mai", "Nguyen"),
    ("Anita", "Desai"),
    ("Kwame", "Okafor"),
    ("Ayse", "Yilmaz"),
    ("Lars", "Lindqvist"),
    ("Wei", "Zhang"),
)


def reports(count: int, first: int = 0) -> list[tuple[str, dict[str, str]]]:
    """Ordinary reports: a header, four hundred words of findings, an impression, a signature."""
    out = []
    for i in range(first, first + count):
        given, family = NAMES[i % len(NAMES)]
        doctor = NAMES[(i * 3 + 1) % len(NAMES)]
        body = "".join(FINDINGS[(i + j) % len(FINDINGS)] for j in range(5))
        text = (
            f"Patient Name: {family}, {given}   MRN: {4000000 + i * 37}   DOB: {1 + i % 12:02d}/{1 + i % 28:02d}/19{30 + i % 60}\n"
            f"Referring Physician: Dr. {doctor[0]} {doctor[1]}   Accession: CT-{i:07d}\nExam: CT CHEST WITH CONTRAST, 3/{1 + i % 28}/2021\n\n"
            f"FINDINGS: {body}\n\nIMPRESSION: No acute abnormality. Findings discussed with Dr. {doctor[1]} at 3:15 PM.\n"
            f"Electronically signed by {doctor[0]} {doctor[1]}, MD\n"
        )
        known = {
            "PatientName": f"{family}^{given}",
            "PatientID": str(4000000 + i * 37),
            "ReferringPhysicianName": f"{doctor[1]}^{doctor[0]}",
        }
        out.append((text, known))
    return out


def large_pipeline(folder: Path) -> Path:
    """A spaCy pipeline with the parts and sizes of ``en_core_web_lg`` and random weights."""
    import numpy as np
    import spacy
    from spacy.training import Example
    from spacy.vectors import Vectors

    nlp = spacy.blank("en")
    words = [f"w{i}" for i in range(20_000)] + sorted({w for t, _ in reports(40) for w in t.replace(",", " ").split()})
    rng = np.random.default_rng(1)
    for word in words:
        nlp.vocab.strings.add(word)
    nlp.vocab.vectors = Vectors(
        strings=nlp.vocab.strings, data=rng.normal(size=(len(words), 300)).astype("f"), keys=words
    )

    def tok2vec(*, attrs: list[str], rows: list[int]) -> dict[str, Any]:
        return {
            "@architectures": "spacy.Tok2Vec.v2",
            "embed": {
                "@architectures": "spacy.MultiHashEmbed.v2",
                "width": 96,
                "attrs": attrs,
                "rows": rows,
                "include_static_vectors": True,
            },
            "encode": {
                "@architectures": "spacy.MaxoutWindowEncoder.v2",
                "width": 96,
                "depth": 4,
                "window_size": 1,
                "maxout_pieces": 3,
            },
        }

    attrs, rows = ["NORM", "PREFIX", "SUFFIX", "SHAPE", "SPACY", "IS_SPACE"], [5000, 1000, 2500, 2500, 50, 50]
    listener = {"@architectures": "spacy.Tok2VecListener.v1", "width": 96, "upstream": "tok2vec"}
    nlp.add_pipe("tok2vec", config={"model": tok2vec(attrs=attrs, rows=rows)})
    nlp.add_pipe("tagger", config={"model": {"@architectures": "spacy.Tagger.v2", "tok2vec": listener}})
    parser = {
        "@architectures": "spacy.TransitionBasedParser.v2",
        "state_type": "parser",
        "extra_state_tokens": False,
        "hidden_width": 64,
        "maxout_pieces": 2,
        "use_upper": True,
    }
    nlp.add_pipe("parser", config={"model": {**parser, "tok2vec": listener}})
    nlp.add_pipe("attribute_ruler")
    nlp.add_pipe(
        "ner", config={"model": {**parser, "state_type": "ner", "tok2vec": tok2vec(attrs=attrs[:4], rows=rows[:4])}}
    )
    for i in range(49):
        nlp.get_pipe("tagger").add_label(f"T{i}")
    doc = nlp.make_doc("John Smith lives in Berlin")
    example = Example.from_dict(
        doc,
        {
            "heads": [1, 2, 2, 2, 3],
            "deps": ["compound", "nsubj", "ROOT", "prep", "pobj"],
            "tags": ["T0"] * 5,
            "entities": [(0, 10, "PERSON"), (20, 26, "GPE")],
        },
    )
    nlp.initialize(lambda: [example])
    nlp.to_disk(folder)
    return folder


def presidio(folder: Path) -> Any:
    """Presidio as it comes, with that pipeline and no network."""
    import tldextract
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import NlpEngineProvider
    from presidio_analyzer.predefined_recognizers.generic import email_recognizer

    email_recognizer.tldextract = tldextract.TLDExtract(suffix_list_urls=())  # asks no network
    email_recognizer.tldextract.extract = email_recognizer.tldextract
    provider = NlpEngineProvider(
        nlp_configuration={"nlp_engine_name": "spacy", "models": [{"lang_code": "en", "model_name": str(folder)}]}
    )
    return AnalyzerEngine(nlp_engine=provider.create_engine(), supported_languages=["en"])


def measure(count: int) -> dict[str, float]:
    """CPU milliseconds per report of each; the best of three rounds, each over reports of its own."""
    from deid import Deidentifier, Key, Vault
    from deid.model import Passage, splice
    from deid.pipeline.rows import CHUNK_ROWS
    from deid.settings import TextSettings
    from deid.surrogates import Surrogates, draw_person
    from deid.text import Finder, plan_text, second_looks
    from deid.text.subject import subject_from

    settings = TextSettings()
    surrogates = Surrogates("S-000001", -100, b"s" * 32, b"d" * 32, draw_person(b"s" * 32, "patient"))
    finder, rules = Finder(settings), Finder(TextSettings(model="none"))

    def ours(finder: Finder, part: list[tuple[str, dict[str, str]]], *, look: bool = False) -> None:
        for start in range(0, len(part), CHUNK_ROWS):  # as the pipeline does
            chunk(finder, part[start : start + CHUNK_ROWS], look=look)

    def chunk(finder: Finder, part: list[tuple[str, dict[str, str]]], *, look: bool) -> None:
        passages, subjects = [Passage(t) for t, _ in part], [subject_from(k) for _, k in part]
        found = zip(passages, finder.find_many(passages, subjects), subjects, strict=True)
        plans = [plan_text(passage, findings, surrogates, settings, subject) for passage, findings, subject in found]
        texts = [splice(passage.text, plan.edits) for passage, plan in zip(passages, plans, strict=True)]
        if look:
            second_looks(texts, [p.inserted for p in plans], settings, subjects, languages=["en"] * len(texts))

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        engine = presidio(large_pipeline(folder / "large"))
        Vault.create(folder / "vault", Key.generate(folder / "key")).close()
        with Deidentifier("research", vault=folder / "vault", key=Key.from_file(folder / "key")) as d:

            def rows(part: list[tuple[str, dict[str, str]]]) -> None:
                list(d.rows({"id": i, "text": text, "known": known} for i, (text, known) in enumerate(part)))

            runs = {
                "presidio, en_core_web_lg-shaped": lambda part: [engine.analyze(t, "en") for t, _ in part],
                "deid, whole path": lambda part: ours(finder, part),
                "deid, whole path without the model": lambda part: ours(rules, part),
                "deid, whole path and second look": lambda part: ours(finder, part, look=True),
                "deid, rows through the vault": rows,
            }
            return {name: _best(run, count) for name, run in runs.items()}


def _best(run: Callable[[list[tuple[str, dict[str, str]]]], object], count: int) -> float:
    run(reports(3))
    best = float("inf")
    for round_number in range(3):
        part = reports(count, 1000 * (round_number + 1))
        start = time.process_time()
        run(part)
        best = min(best, (time.process_time() - start) / count * 1000)
    return best


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.text", description=__doc__)
    parser.add_argument("--reports", type=int, default=60)
    options = parser.parse_args()
    size = sum(len(t) for t, _ in reports(options.reports)) / options.reports
    figures = measure(options.reports)
    base = figures["presidio, en_core_web_lg-shaped"]
    print(f"{options.reports} reports of {size:.0f} characters, one process, one thread")
    print("| | CPU ms per report | reports per CPU second | times Presidio |")
    print("| --- | --- | --- | --- |")
    for name, value in figures.items():
        print(f"| {name} | {value:.2f} | {1000 / value:.0f} | {base / value:.1f} |")


if __name__ == "__main__":
    main()
