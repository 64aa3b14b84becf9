"""Our detectors as ordinary Presidio recognisers, and an AnalyzerEngine that needs no download and no network.

A user of Presidio gets the engine that he knows: :func:`analyzer` holds our recognisers, the shipped model and whatever
the site adds in YAML. :class:`deid.text.Finder` calls the same detectors without the engine between, and asks the engine for what
a site added.
"""
# ruff: noqa: E501 - a pattern or a table row reads better whole

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deid.errors import EngineError, RecipeError
from deid.model import Category, Finding, Subject
from deid.settings import TextSettings
from deid.text.dates import find_dates
from deid.text.finder import date_findings
from deid.text.folding import fold_text
from deid.text.guard import protected_spans, vetoes
from deid.text.known import KnownMatcher
from deid.text.names import find_names
from deid.text.occupations import find_occupations
from deid.text.patterns import find_patterns
from deid.text.places import find_institutions, find_places

if TYPE_CHECKING:
    from presidio_analyzer import AnalyzerEngine, EntityRecognizer

__all__ = ["CATEGORIES", "ENTITIES", "analyzer", "known_recognizer", "plugin_detectors", "site_detector"]

ENTITIES: dict[Category, str] = {
    Category.NAME: "PERSON", Category.DATE: "DATE_TIME", Category.PHONE: "PHONE_NUMBER", Category.EMAIL: "EMAIL_ADDRESS", Category.URL: "URL", Category.IP: "IP_ADDRESS",
    Category.SSN: "US_SSN", Category.PLACE: "LOCATION", Category.INSTITUTION: "ORGANIZATION", Category.LICENSE: "MEDICAL_LICENSE", Category.AGE: "AGE", Category.ID: "ID",
}  # fmt: skip
CATEGORIES: dict[str, Category] = {
    **{entity: category for category, entity in ENTITIES.items()},
    **{category.value: category for category in Category},
    "NRP": Category.OTHER, "ORG": Category.INSTITUTION, "GPE": Category.PLACE, "LOC": Category.PLACE, "FAC": Category.PLACE, "PER": Category.NAME, "DATE": Category.DATE,
    "US_DRIVER_LICENSE": Category.LICENSE, "US_PASSPORT": Category.LICENSE, "CREDIT_CARD": Category.ACCOUNT, "IBAN_CODE": Category.ACCOUNT, "US_BANK_NUMBER": Category.ACCOUNT,
    "UK_NHS": Category.ID, "MAC_ADDRESS": Category.IP, "NAME": Category.NAME, "PATIENT": Category.NAME, "DOCTOR": Category.NAME, "STAFF": Category.NAME, "HOSP": Category.INSTITUTION,
    "HOSPITAL": Category.INSTITUTION, "VENDOR": Category.INSTITUTION, "PHI": Category.OTHER,
}  # fmt: skip
LANGUAGES = ("en", "de", "es", "fr")


def entity(category: Category) -> str:
    """Presidio's name for a category; our own where Presidio has none."""
    return ENTITIES.get(category, category.value)


@lru_cache(maxsize=1)
def _classes() -> dict[str, Any]:  # noqa: C901
    from presidio_analyzer import EntityRecognizer, RecognizerResult
    from presidio_analyzer.nlp_engine import NlpArtifacts, NlpEngine

    class OfflineNlpEngine(NlpEngine):
        """Blank spaCy pipelines: tokens for context words, nothing to download."""

        engine_name = "deid-blank"
        is_available = True

        def __init__(self, languages: Sequence[str] = LANGUAGES) -> None:
            self.languages = tuple(languages)
            self.nlp: dict[str, Any] | None = None

        def load(self) -> None:
            import spacy

            self.nlp = {language: spacy.blank(language) for language in self.languages}

        def is_loaded(self) -> bool:
            return self.nlp is not None

        def process_text(self, text: str, language: str) -> NlpArtifacts:
            assert self.nlp is not None
            doc = self.nlp[language](text)
            return NlpArtifacts([], doc, [t.idx for t in doc], [t.lower_ for t in doc], self, language)

        def process_batch(
            self, texts: Iterable[str], language: str, batch_size: int = 1, n_process: int = 1, **_: Any
        ) -> Iterator[tuple[str, NlpArtifacts]]:
            del batch_size, n_process  # tokens alone are cheap
            for text in texts:
                yield text, self.process_text(text, language)

        def is_stopword(self, word: str, language: str) -> bool:
            assert self.nlp is not None
            return bool(self.nlp[language].vocab[word].is_stop)

        def is_punct(self, word: str, language: str) -> bool:
            assert self.nlp is not None
            return bool(self.nlp[language].vocab[word].is_punct)

        def get_supported_entities(self) -> list[str]:
            return []

        def get_supported_languages(self) -> list[str]:
            return list(self.languages)

    class DeidRecognizer(EntityRecognizer):
        """One of our detectors."""

        name: str
        id: str

        def __init__(self, name: str, find: Any, categories: Iterable[Category], language: str) -> None:
            self._find = find
            super().__init__(
                supported_entities=sorted({entity(c) for c in categories}),
                name=name,
                supported_language=language,
                version="1",
            )

        def load(self) -> None:
            """Nothing to load: the lists are read when they are first asked."""

        def analyze(self, text: str, entities: list[str], nlp_artifacts: Any = None) -> list[RecognizerResult]:  # noqa: ARG002
            wanted = set(entities or self.supported_entities)
            return [
                RecognizerResult(
                    entity(f.category), f.start, f.end, min(f.score, 1.0),
                    recognition_metadata={"recognizer_name": str(self.name), "recognizer_identifier": str(self.id), "category": f.category.value, "rule": f.rule},
                )
                for f in self._find(text)
                if entity(f.category) in wanted
            ]  # fmt: skip

    return {"engine": OfflineNlpEngine, "recognizer": DeidRecognizer}


def _detectors(language: str) -> tuple[tuple[str, Any, tuple[Category, ...]], ...]:
    def guarded(found: list[Finding], text: str) -> list[Finding]:
        folded = fold_text(text)
        protected = protected_spans(folded)
        return [f for f in found if not vetoes(f, folded, protected)]

    def dates(text: str) -> list[Finding]:
        folded = fold_text(text)
        return date_findings(find_dates(folded, language), folded)

    def identifiers(text: str) -> list[Finding]:
        folded = fold_text(text)
        return guarded(find_patterns(folded, language, find_dates(folded, language)), text)

    def names(text: str) -> list[Finding]:
        return guarded(find_names(fold_text(text), language), text)

    def places(text: str) -> list[Finding]:
        folded = fold_text(text)
        return guarded([*find_institutions(folded), *find_places(folded), *find_occupations(folded)], text)

    numbers = tuple(c for c in Category if c not in (Category.DATE, Category.PROFESSION, Category.OTHER))
    return (
        ("DeidDateRecognizer", dates, (Category.DATE,)),
        ("DeidIdentifierRecognizer", identifiers, numbers),
        ("DeidNameRecognizer", names, (Category.NAME,)),
        ("DeidPlaceRecognizer", places, (Category.INSTITUTION, Category.PLACE, Category.PROFESSION)),
    )


def analyzer(settings: TextSettings, *, languages: Sequence[str] = LANGUAGES) -> AnalyzerEngine:
    """A Presidio AnalyzerEngine with our recognisers, the shipped model and the site's own, offline.

    Parameters
    ----------
    settings
        ``model`` says whether the shipped model is among them; ``recognizers`` are YAML files in Presidio's format.
    languages
        Languages that the engine answers for.

    Notes
    -----
    Known identifiers belong to one request: pass ``ad_hoc_recognizers=[known_recognizer(subject)]`` to ``analyze``.
    """
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry

    classes = _classes()
    registry = RecognizerRegistry(supported_languages=list(languages), recognizers=[])
    for language in languages:
        for name, find, categories in _detectors(language):
            registry.add_recognizer(classes["recognizer"](name, find, categories, language))
        model = _model_recognizer(settings, language)
        if model is not None:
            registry.add_recognizer(model)
    _add_yaml(registry, settings)
    return AnalyzerEngine(
        registry=registry, nlp_engine=classes["engine"](languages), supported_languages=list(languages)
    )


def known_recognizer(subject: Subject, *, language: str = "en") -> EntityRecognizer:
    """A recogniser of one subject's known identifiers, for ``ad_hoc_recognizers``."""
    matcher = KnownMatcher.of(subject)
    recognizer: EntityRecognizer = _classes()["recognizer"](
        "DeidKnownRecognizer", matcher.search, tuple(Category), language
    )
    return recognizer


def _model_recognizer(settings: TextSettings, language: str) -> Any:
    if settings.model in ("", "none"):
        return None
    from deid.text import ner

    try:
        model = ner.load(language)
    except EngineError:
        return None  # no model of this language is shipped: rules and lists must do
    return _classes()["recognizer"]("DeidModelRecognizer", model.find, tuple(Category), language)


def _add_yaml(registry: Any, settings: TextSettings) -> None:
    """Add the recognisers of the recipe's files, one for each language that a row names."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    for path in settings.recognizers:
        if not Path(path).is_file():
            raise RecipeError("text-recognizers-missing", "a file of recognisers that the recipe names does not exist")
        try:
            for row in YAML(typ="safe").load(Path(path).read_text("utf-8"))["recognizers"]:
                kept = {
                    k: v
                    for k, v in row.items()
                    if k not in ("supported_languages", "supported_language", "type", "enabled")
                }
                for language in row.get("supported_languages") or [row.get("supported_language", "en")]:
                    name = language if isinstance(language, str) else language["language"]
                    if name in registry.supported_languages:
                        registry.add_pattern_recognizer_from_dict({**kept, "supported_language": name})
        except (OSError, ValueError, TypeError, KeyError, AttributeError, YAMLError) as error:
            raise RecipeError(
                "text-recognizers-invalid",
                "a file of recognisers is not in Presidio's format",
                hint=type(error).__name__,
            ) from None


def site_detector(settings: TextSettings, language: str) -> Any:
    """What the site's own YAML recognisers find in a list of texts; None if the recipe names none."""
    if not settings.recognizers:
        return None
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry

    registry = RecognizerRegistry(supported_languages=[language], recognizers=[])
    _add_yaml(registry, settings)
    if not any(r.supported_language == language for r in registry.recognizers):
        return None
    engine = AnalyzerEngine(
        registry=registry, nlp_engine=_classes()["engine"]([language]), supported_languages=[language]
    )

    def detect(texts: Sequence[str]) -> list[list[Finding]]:
        return [
            [
                Finding(
                    r.start,
                    r.end,
                    CATEGORIES.get(r.entity_type, Category.OTHER),
                    r.score,
                    f"site:{r.entity_type.lower()}",
                )
                for r in engine.analyze(text, language)
                if r.end > r.start
            ]
            for text in texts
        ]

    return detect


def plugin_detectors(settings: TextSettings) -> list[Any]:
    """Detectors of the models that the recipe's ``plugins`` name: spaCy packages or folders, ``transformer:NAME``.

    Raises
    ------
    EngineError
        ``text-plugin-missing`` if a package or folder is not there; nothing is ever downloaded.
    """
    return [
        _transformer(p.removeprefix("transformer:")) if p.startswith("transformer:") else _spacy_package(p)
        for p in settings.plugins
    ]


def _spacy_package(name: str) -> Any:
    import spacy

    try:
        nlp = spacy.load(name)
    except (OSError, ImportError, ValueError):
        raise EngineError(
            "text-plugin-missing",
            "a spaCy package that the recipe names cannot be loaded",
            hint="install it, or take it out of text.plugins",
        ) from None

    def detect(texts: Sequence[str]) -> list[list[Finding]]:
        return [
            [
                Finding(e.start_char, e.end_char, CATEGORIES[e.label_], 0.7, "plugin:spacy")
                for e in doc.ents
                if e.label_ in CATEGORIES and e.end_char > e.start_char
            ]
            for doc in nlp.pipe(texts)
        ]

    return detect


def _transformer(name: str) -> Any:
    if not Path(name).is_dir():
        raise EngineError(
            "text-plugin-missing",
            "the folder of a transformer does not exist",
            hint="download it beforehand; nothing is fetched at run time",
        )
    try:
        from transformers import (  # type: ignore[import-not-found,unused-ignore]
            AutoModelForTokenClassification,
            AutoTokenizer,
            pipeline,
        )

        tokenizer: Any = AutoTokenizer.from_pretrained(name, local_files_only=True)
        model: Any = AutoModelForTokenClassification.from_pretrained(name, local_files_only=True)
    except ImportError:
        raise EngineError(
            "text-plugin-missing",
            "the recipe names a transformer, and transformers or torch cannot be imported",
            hint="pip install 'deid-pipeline[transformers]'",
        ) from None
    except (OSError, ValueError):
        raise EngineError(
            "text-plugin-missing",
            "the folder of a transformer holds no model with its tokenizer",
            hint="it must hold what save_pretrained writes of a token classification model and of its tokenizer",
        ) from None
    tokenizer.model_max_length = min(tokenizer.model_max_length, model.config.max_position_embeddings)
    run: Any = pipeline(
        "token-classification",
        model=model,
        tokenizer=tokenizer,
        aggregation_strategy="simple",
        stride=tokenizer.model_max_length // 4,  # longer texts are read in overlapping parts
    )

    def detect(texts: Sequence[str]) -> list[list[Finding]]:
        return [
            [
                Finding(
                    *_whole_words(text, int(row["start"]), int(row["end"])),
                    CATEGORIES.get(str(row["entity_group"]).upper(), Category.OTHER),
                    float(row["score"]),
                    "plugin:transformer",
                )
                for row in run(text)
                if int(row["end"]) > int(row["start"])
            ]
            for text in texts
        ]

    return detect


def _whole_words(text: str, start: int, end: int) -> tuple[int, int]:
    """The span that takes in the rest of a word of which the tokenizer's piece is a part."""
    while start and text[start - 1].isalnum() and text[start].isalnum():
        start -= 1
    while end < len(text) and text[end].isalnum() and text[end - 1].isalnum():
        end += 1
    return start, end
