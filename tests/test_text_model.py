import random
import subprocess
import sys
from pathlib import Path

import pytest

from deid.errors import EngineError
from deid.model import Category
from deid.text import ner
from deid.text.network import LIMIT_KEPT, Network, tokens
from training.text import heldout
from training.text.corpus import Writer
from training.text.engine import Grammar
from training.text.measure import measure
from training.text.names import CULTURES, Names, fold, held
from training.text.slots import Scene

LANGUAGES = ["en", "de", "es", "fr"]


def found(text: str, language: str = "en") -> list[tuple[str, Category]]:
    return [(text[f.start : f.end], f.category) for f in ner.load(language).find(text)]


def test_importing_the_module_imports_no_spacy() -> None:
    code = "import sys, deid.text.ner; sys.exit('spacy' in sys.modules or 'thinc' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_language_without_a_model_is_an_error_with_a_hint() -> None:
    with pytest.raises(EngineError) as error:
        ner.load("xx")
    assert error.value.code == "text-model-missing"
    assert "en" in error.value.hint


@pytest.mark.slow
def test_names_without_a_cue_are_found() -> None:
    text = "Mild cardiomegaly. Seen by Ng and Okafor. Discussed with Dr. Wiśniewska at 14:30."
    names = [t for t, c in found(text) if c is Category.NAME]
    assert names == ["Ng", "Okafor", "Wiśniewska"]


@pytest.mark.slow
def test_the_same_word_is_a_name_or_anatomy_by_its_context() -> None:
    text = "The right hand is normal. No fracture of the hand. Paged Dr. Hand at 09:15."
    assert [t for t, _ in found(text)] == ["Hand"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    [
        "Disc bulge at L4-L5 and L5-S1 with Modic type 2 changes.",
        "Findings consistent with Crohn disease. No Kerley B lines.",
        "Colles fracture of the distal radius. Baker cyst measuring 3 x 2 cm.",
        "On aspirin, Plavix and Lipitor. BI-RADS 2. Gleason 3+4=7.",
        "Axial T1, T2 and FLAIR images were obtained on a Siemens scanner.",
        "",
        "   \n\n",
    ],
)
def test_clinical_words_are_no_findings(text: str) -> None:
    assert found(text) == []


@pytest.mark.slow
def test_findings_are_sorted_disjoint_and_end_at_letters_or_digits() -> None:
    texts = [r["text"] for r in heldout.rows("radiology", 20)]
    for text, findings in zip(texts, ner.load().find_many(texts), strict=True):
        at = 0
        for f in findings:
            assert at <= f.start < f.end <= len(text)
            assert text[f.start].isalnum()
            assert text[f.end - 1].isalnum()
            assert 0.0 <= f.score <= 1.0
            assert f.rule == "model"
            at = f.end


@pytest.mark.slow
def test_batches_and_very_long_texts_give_what_single_texts_give() -> None:
    texts = [r["text"] for r in heldout.rows("radiology", 12, rough=False)]
    model = ner.load()
    together = model.find_many(texts, batch_tokens=300)
    assert together == [model.find(t) for t in texts]
    blank = "No pleural effusion is seen. " * 1200
    long = blank + "Seen by Okafor. " + blank
    assert [long[f.start : f.end] for f in model.find(long)] == ["Okafor"]


@pytest.mark.slow
def test_the_network_agrees_with_the_spacy_pipeline_on_tokens_and_probabilities() -> None:
    folder = ner.MODELS / ner.LANGUAGES["en"]
    pipeline, network = ner.load_pipeline(folder), Network(folder)
    texts = [r["text"] for kind in ("radiology", "general", "queries") for r in heldout.rows(kind, 25)]
    for text in [*texts, "  a  b \n\n c", "x_y  \u0301e\u0301", "lang prep 's £5 — “q” X\u00df 1999 12345", "İĞ ǅ ½"]:
        doc = pipeline.make_doc(text)
        assert [(t.idx, t.idx + len(t)) for t in doc] == tokens(text)
        theirs = pipeline.get_pipe("tagger").model.predict([doc])[0]
        ours = network.probabilities([[text[a:b] for a, b in tokens(text)]])[0]
        assert abs(theirs - ours).max() < 1e-4


@pytest.mark.slow
def test_distinct_tokens_beyond_the_limit_are_computed_again() -> None:
    network = Network(ner.MODELS / ner.LANGUAGES["en"])
    first = network.probabilities([["Seen", "by", "Okafor"]])[0]
    for block in range(5):
        network.probabilities([[f"w{block}x{i}" for i in range(LIMIT_KEPT // 4)]])
    assert abs(network.probabilities([["Seen", "by", "Okafor"]])[0] - first).max() < 1e-6
    assert len(network._kept) <= LIMIT_KEPT


@pytest.mark.slow
def test_what_is_kept_of_a_token_is_no_text() -> None:
    network = Network(ner.MODELS / ner.LANGUAGES["en"])
    network.probabilities([["Xylomandros"]])
    assert all(isinstance(k, int) and isinstance(v, int) for k, v in network._kept.items())


@pytest.mark.slow
def test_finding_names_imports_no_spacy() -> None:
    code = (
        "import sys; from deid.text import ner; "
        "ner.load_path(ner.MODELS / 'en').find('Seen by Ng.'); sys.exit('spacy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-W", "error", "-c", code], check=False).returncode == 0


@pytest.mark.slow
def test_the_version_is_a_digest_of_the_weights() -> None:
    version = ner.load().version
    assert len(version) == 16
    assert version == ner.load_path(ner.MODELS / ner.LANGUAGES["en"]).version


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_a_model_that_finds_names_in_held_out_rows(language: str) -> None:
    report, _ = measure(ner.load(language), heldout.rows("radiology", 60, language=language, seed=5))
    assert report.by_category["NAME"].share > (0.88 if language == "en" else 0.75)
    assert report.precision.share > (0.95 if language == "en" else 0.85)


def test_the_shipped_models_are_small_and_hold_no_pickle() -> None:
    files = [p for p in ner.MODELS.rglob("*") if p.is_file()]
    assert sum(p.stat().st_size for p in files) < 15_000_000
    assert not [p for p in files if p.suffix in {".pkl", ".pickle", ".pt"}]
    assert not [p for p in files if p.name == "strings.json"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_same_seed_writes_the_same_documents(language: str) -> None:
    one, two = (Writer(3, language=language) for _ in range(2))
    assert [one.document("radiology") for _ in range(20)] == [two.document("radiology") for _ in range(20)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_labelled_spans_lie_in_the_text_in_order(language: str) -> None:
    writer = Writer(4, language=language)
    for document in (writer.document("radiology") for _ in range(200)):
        at = 0
        for start, end, label in document.spans:
            assert at <= start < end <= len(document.text)
            assert Category(label)
            at = end


def test_training_never_draws_a_held_out_name_of_the_lists() -> None:
    names = Names(random.Random(1))
    listed = {fold(n).lower() for c in CULTURES.values() for n in (*c.male, *c.female, *c.surnames) if held(n)}
    for culture in CULTURES:
        for _ in range(200):
            person = names.person(culture)
            assert fold(person.given).lower() not in listed
            assert fold(names.synthetic(culture)).lower() not in listed


def test_held_out_rows_carry_known_identifiers_and_protected_terms() -> None:
    rows = heldout.rows("radiology", 40)
    assert any("PatientName" in r["known"] for r in rows)
    for r in rows:
        for span in (*r["spans"], *r["protected"]):
            assert r["text"][span["start"] : span["end"]].strip()


def test_a_clean_held_out_row_has_no_identifier() -> None:
    assert not [r for r in heldout.rows("clean", 50) if r["spans"]]


def test_an_undefined_rule_of_a_grammar_is_named(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_text("@start\n{missing} <a|{NOSLOT}>\n", encoding="utf-8")
    grammar = Grammar(random.Random(1))
    Scene(random.Random(1), grammar)
    grammar.load(path)
    assert grammar.check() == ["NOSLOT", "missing"]
