import copy
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from deid.errors import EngineError
from deid.model import Category
from deid.text import ner
from deid.text.network import LIMIT_KEPT, Network, tokens, weights_of
from training.text import heldout
from training.text import train as train_module
from training.text.corpus import Writer
from training.text.engine import Grammar
from training.text.measure import measure
from training.text.names import CULTURES, Names, fold, held
from training.text.slots import Scene
from training.text.train import Batch, Features, tagger_of, train

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
def test_half_a_surrogate_pair_is_read_like_any_character() -> None:
    assert isinstance(ner.load().find_many(["Seen by M\ud800ry \ud800 today."])[0], list)


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
def test_stretches_without_an_identifier_are_told_where_asked_for() -> None:
    text = "No pleural effusion is seen. Seen by Okafor. The heart is normal in size."
    reader = copy.copy(ner.load())
    assert [f.rule for f in reader.find(text)] == ["model"]
    reader.score_none = 0.01
    told = [text[f.start : f.end] for f in reader.find(text) if f.rule == ner.NONE]
    assert told
    assert not any("Okafor" in stretch for stretch in told)
    reader.score_none = 1.1
    assert [text[f.start : f.end] for f in reader.find(text) if f.rule == ner.NONE] == [text]


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
def test_the_network_gives_the_probabilities_of_the_trained_one() -> None:
    path = ner.MODELS / "en.npz"
    trained, network = tagger_of(path), Network(path)
    features = Features(trained)
    texts = [r["text"] for kind in ("radiology", "general", "queries") for r in heldout.rows(kind, 12)]
    documents = [
        [text[a:b] for a, b in tokens(text)] for text in (*texts, "e\u0301 £5 — “q” X\u00df 1999 12345 İĞ ǅ ½", "x")
    ]
    for batch in (documents, documents[:1], documents[-1:]):
        ours = np.concatenate(network.probabilities(batch))
        packed = Batch([(words, np.zeros(len(words), dtype="int64")) for words in batch], features, forgotten=0.0)
        with torch.inference_mode():
            theirs = torch.softmax(trained(packed), 1).numpy()
        assert abs(theirs - ours).max() < 1e-4


@pytest.mark.slow
# torch stops the process that writes batches where it is, and says so afterwards.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_few_seconds_of_training_write_a_model_that_reads(tmp_path: Path) -> None:
    path = tmp_path / "en.npz"
    done = train(path, languages={"en": 1.0}, minutes=0.1, sample=300)
    again = train(path, languages={"en": 1.0}, minutes=0.02, sample=300, start=path)
    assert done["steps"] > 0
    assert again["steps"] > 0
    assert [p.name for p in tmp_path.iterdir()] == ["en.npz"]
    with np.load(path, allow_pickle=False) as stored:
        assert stored["word.weight"].dtype == "int8"
        assert 0.1 < np.abs(weights_of(stored)["gram.weight"]).max() < 10.0
    assert all(0.0 <= f.score <= 1.0 for f in ner.load_path(path).find("Seen by Ng and Okafor on 3/4/2020."))


def test_a_shallower_network_goes_on_in_a_deeper_one_of_the_same_reaches() -> None:
    assert train_module._places((1, 2, 4, 1)) == {0: 0, 1: 1, 2: 2, 5: 3}
    with pytest.raises(ValueError, match="cannot go on"):
        train_module._places((3, 1))


@pytest.mark.slow
def test_a_spacy_pipeline_takes_the_model_as_a_component_beside_others() -> None:
    import spacy

    from deid.text import component

    nlp = spacy.blank("en")
    nlp.add_pipe("entity_ruler").add_patterns([{"label": "FINDING", "pattern": "cardiomegaly"}])
    nlp.add_pipe("deid_identifiers")
    assert component.make.__module__ == "deid.text.component"
    docs = list(nlp.pipe(["Mild cardiomegaly. Seen by Ng and Okafor.", "No effusion."] * 70))
    assert {tuple((e.text, e.label_) for e in doc.ents) for doc in docs} == {
        (("cardiomegaly", "FINDING"), ("Ng", "NAME"), ("Okafor", "NAME")),
        (),
    }


@pytest.mark.slow
def test_distinct_tokens_beyond_the_limit_are_computed_again() -> None:
    network = Network(ner.MODELS / "en.npz")
    first = network.probabilities([["Seen", "by", "Okafor"]])[0]
    for block in range(5):
        network.probabilities([[f"w{block}x{i}" for i in range(LIMIT_KEPT // 4)]])
    assert abs(network.probabilities([["Seen", "by", "Okafor"]])[0] - first).max() < 1e-6
    assert len(network._kept) <= LIMIT_KEPT


@pytest.mark.slow
def test_what_is_kept_of_a_token_is_no_text() -> None:
    network = Network(ner.MODELS / "en.npz")
    network.probabilities([["Xylomandros"]])
    assert all(isinstance(k, int) and isinstance(v, int) for k, v in network._kept.items())


@pytest.mark.slow
def test_finding_names_imports_no_spacy() -> None:
    code = (
        "import sys; from deid.text import ner; "
        "ner.load_path(ner.MODELS / 'en.npz').find('Seen by Ng.'); sys.exit('spacy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-W", "error", "-c", code], check=False).returncode == 0


@pytest.mark.slow
def test_the_version_is_a_digest_of_the_weights() -> None:
    version = ner.load().version
    assert len(version) == 16
    assert version == ner.load_path(ner.MODELS / "en.npz").version


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_a_model_that_finds_names_in_held_out_rows(language: str) -> None:
    report, _ = measure(ner.load(language).find_many, heldout.rows("radiology", 60, language=language, seed=5))
    assert report.by_category["NAME"].share > (0.88 if language == "en" else 0.75)
    assert report.precision.share > (0.95 if language == "en" else 0.85)


def test_the_shipped_models_are_small_and_hold_no_pickle() -> None:
    files = sorted(p for p in ner.MODELS.rglob("*") if p.is_file())
    assert [p.name for p in files] == ["de-es-fr.npz", "en.npz"]
    assert sum(p.stat().st_size for p in files) < 15_000_000
    for path in files:
        with np.load(path, allow_pickle=False) as stored:
            assert {stored[name].dtype.kind for name in stored.files} <= set("fuiU")


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
