"""Further models that the recipe names: a spaCy package and a transformer, both made on the spot."""

import random
import sys
from pathlib import Path
from typing import Any

import pytest

from deid.errors import EngineError
from deid.model import Category, Passage
from deid.settings import TextSettings
from deid.text import Finder

pytestmark = pytest.mark.slow
NAME = "Xanthopoulos"
TEXT = f"The lungs are clear. No effusion seen. Films shown to {NAME} today."


def found(plugin: str, text: str = TEXT) -> list[tuple[str, Category, str]]:
    findings = Finder(TextSettings(model="none", plugins=(plugin,))).find(Passage(text))
    return [(text[f.start : f.end], f.category, f.rule) for f in findings]


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A spaCy package with a recogniser that has learned one name, importable as an installed one is."""
    import spacy
    from spacy.training import Example

    nlp = spacy.blank("en")
    nlp.add_pipe("ner").add_label("PERSON")
    at = TEXT.index(NAME)
    example = Example.from_dict(nlp.make_doc(TEXT), {"entities": [(at, at + len(NAME), "PERSON")]})
    random.seed(1)
    optimizer = nlp.initialize(lambda: [example])
    for _ in range(30):
        nlp.update([example], sgd=optimizer)
    root = tmp_path / "en_core_web_tiny"
    root.mkdir()
    nlp.to_disk(root / "en_core_web_tiny-1.0.0")
    (root / "meta.json").write_bytes((root / "en_core_web_tiny-1.0.0" / "meta.json").read_bytes())
    code = (
        "from pathlib import Path\nfrom spacy.util import load_model_from_path\n\n\ndef load(**kwargs):\n"
        "    return load_model_from_path(Path(__file__).parent / 'en_core_web_tiny-1.0.0', **kwargs)\n"
    )
    (root / "__init__.py").write_text(code, "utf-8")
    described = tmp_path / "en_core_web_tiny-1.0.0.dist-info"
    described.mkdir()
    (described / "METADATA").write_text("Metadata-Version: 2.1\nName: en-core-web-tiny\nVersion: 1.0.0\n", "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    return "en_core_web_tiny"


def test_a_spacy_package_named_in_the_recipe_joins_the_union(package: str) -> None:
    assert found(package) == [(NAME, Category.NAME, "plugin:spacy")]


@pytest.fixture(scope="module")
def transformers() -> Any:
    """The library; the torchvision of these tests needs two operators declared before it can be imported."""
    from deid.pixels.engines import easy

    easy._let_torchvision_import()
    return pytest.importorskip("transformers")


@pytest.fixture(scope="module")
def bert(transformers: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BERT of one layer and 32 positions with its tokenizer, taught to know one name by its first piece."""
    import torch
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "xantho", "##poulos"]
    words += sorted({w for w in TEXT.lower().replace(".", " .").split() if w != NAME.lower()})
    plain = Tokenizer(models.WordPiece({word: i for i, word in enumerate(words)}, unk_token="[UNK]"))
    plain.normalizer = normalizers.BertNormalizer()
    plain.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    plain.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    marks = {"unk_token": "[UNK]", "pad_token": "[PAD]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_object=plain, **marks)
    torch.manual_seed(1)
    model = transformers.BertForTokenClassification(
        transformers.BertConfig(
            vocab_size=len(words),
            hidden_size=32,
            num_hidden_layers=1,
            num_attention_heads=2,
            intermediate_size=32,
            max_position_embeddings=32,
            id2label={0: "O", 1: "B-PATIENT"},
        )
    )
    model.bert.embeddings.position_embeddings.weight.requires_grad_(False).zero_()  # the name may stand anywhere
    ids = torch.tensor([tokenizer(TEXT)["input_ids"]])
    labels = (ids == words.index("xantho")).long()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    model.train()
    for _ in range(40):
        optimizer.zero_grad()
        model(input_ids=ids, labels=labels).loss.backward()
        optimizer.step()
    folder = tmp_path_factory.mktemp("bert")
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def test_a_transformer_named_in_the_recipe_joins_the_union_with_whole_words(bert: Path) -> None:
    assert found(f"transformer:{bert}") == [(NAME, Category.NAME, "plugin:transformer")]


def test_a_transformer_reads_texts_longer_than_its_positions(bert: Path) -> None:
    text = "The lungs are clear. No effusion seen. " * 20 + TEXT
    assert found(f"transformer:{bert}", text) == [(NAME, Category.NAME, "plugin:transformer")]


def test_a_folder_without_a_model_is_a_clear_error(transformers: Any, tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="text-plugin-missing"):
        found(f"transformer:{tmp_path}")


def test_a_transformer_without_the_library_is_a_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(EngineError) as error:
        found(f"transformer:{tmp_path}")
    assert error.value.code == "text-plugin-missing"
    assert "transformers" in error.value.hint
