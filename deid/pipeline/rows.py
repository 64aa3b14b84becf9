"""Reports as rows of JSON Lines: ``{id, text, known}`` in, ``{id, text, spans, subject, status}`` out.

``known`` maps DICOM keywords to values; a key that is no keyword stands for a literal value to find. Spans
are half-open and in characters of the original text. The text of a row that did not pass is withheld.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from deid.errors import DeidError, EngineError, InputError, RecipeError, Refusal, ResidueError
from deid.model import Alert, Finding, Link, Passage, Role, Subject, SubjectKey
from deid.pipeline.own import handed_over, recognised
from deid.pipeline.passages import Patient, clean_all, find_all
from deid.pipeline.pool import Pool
from deid.pipeline.whose import agreeing, contradictions, key_of, once, own_key, words_of
from deid.sources.languages import plain_language
from deid.surrogates import Surrogates
from deid.vault import KnownIndex

if TYPE_CHECKING:
    from deid.pipeline import Deidentifier
    from deid.pipeline.work import Worker
    from deid.recipe import Policy
    from deid.text import TextPlan

__all__ = ["clean_rows", "read_rows", "unambiguous"]

CHUNK_ROWS = 64  # whose prose the model reads in one batch
CHUNK_CHARACTERS = 1 << 20
LIMIT_CHARACTERS = 5_000_000  # of one text
LIMIT_KNOWN = 2_000  # values of one row


EMPTY, NOBODY = Passage(""), Subject(SubjectKey(""))
Review = Callable[[int, object], None]


@dataclass(frozen=True, slots=True, repr=False)
class _Row:
    """A row as it was understood, and what the vault gave; ``done`` is what goes out if there is nothing to do.

    ``stated`` is the patient whom ``known`` names.
    """

    name: object
    passage: Passage = EMPTY
    subject: Subject = NOBODY
    stated: SubjectKey | None = None
    alerts: tuple[Alert, ...] = ()
    done: Mapping[str, Any] | None = None
    surrogates: Surrogates | None = None
    index: KnownIndex | None = None


@dataclass(frozen=True, slots=True, repr=False)
class _Done:
    """What a row became, the links for the vault, and what a reviewer needs."""

    result: dict[str, Any]
    links: tuple[Link, ...] = ()
    material: object = None


def read_rows(lines: Iterable[bytes]) -> Iterator[Mapping[str, Any]]:
    """Rows of JSON Lines with their number as ``line``; a line that holds no object, or a key twice, gives no more."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line.decode("utf-8-sig"), object_pairs_hook=unambiguous)
        except (ValueError, RecursionError):
            row = None
        yield {**row, "line": number} if isinstance(row, dict) else {"line": number}


def unambiguous(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object from its pairs; raises ValueError if a key stands there twice: readers differ in which counts."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError
    return found


def clean_rows(
    owner: Deidentifier, rows: Iterable[Mapping[str, Any]], *, workers: int = 1, review: Review | None = None
) -> Iterator[dict[str, Any]]:
    """Clean rows in batches, each with the surrogates of its patient; links are durable before a row comes out.

    Parameters
    ----------
    workers
        Processes; 1 works in this one. Rows keep their order, and no more of them are held than are being worked on.
    review
        Gets the number and the material of each row that the second look holds back; the material quotes the text.

    Yields
    ------
    dict
        ``id``; ``text`` (None unless clean); ``spans`` of the original: start, end, category, score, rule;
        ``subject``: surrogate code; ``status``: ``clean``, ``review``, ``quarantined`` or ``refused``; ``code`` says
        why; ``alerts``, if there are any.
    """
    pool = Pool(owner.worker, workers)
    number = 0
    try:
        for chunk in pool.do(_clean_chunk, _jobs(owner, rows)):
            owner.vault.remember_many([(done.result["subject"], done.links) for done in chunk if done.links])
            for done in chunk:
                number += 1
                if review is not None and done.material is not None:
                    review(number, done.material)
                yield done.result
    finally:
        pool.close()


def _jobs(owner: Deidentifier, rows: Iterable[Mapping[str, Any]]) -> Iterator[tuple[_Row, ...]]:
    """Rows in bounded portions, each with what the vault gives for its patient and remembers of it."""
    seen: set[object] = set()
    for chunk in _portions(_told_apart(_understood(row, owner.policy), seen) for row in rows):
        own = recognised([row.passage.text for row in chunk], owner.vault)
        chunk = [_again(row, code, owner) for row, code in zip(chunk, own, strict=True)]  # noqa: PLW2901
        fit = [row for row in chunk if row.done is None]
        drawn = owner.vault.subjects([(r.subject.key, r.subject.sex, words_of(r.subject.known)) for r in fit])
        given = iter([(one, owner.vault.known_index(one.code)) for one in drawn])
        # Whatever comes later of these patients is searched for what is known now.
        persons = [[k for k in row.subject.known if k.role is not Role.SITE] for row in fit]
        owner.vault.known_many([(s.code, known) for s, known in zip(drawn, persons, strict=True) if known])
        yield tuple(row if row.done is not None else _with(row, *next(given)) for row in chunk)


def _told_apart(row: _Row, seen: set[object]) -> _Row:
    """The row, with an alert if another had its id before."""
    if row.name is None:
        return row
    again = row.name in seen
    seen.add(row.name)
    return replace(row, alerts=(*row.alerts, Alert("id-repeated"))) if again else row


def _again(row: _Row, code: str, owner: Deidentifier) -> _Row:
    """The row; what we handed over before comes out as it came in, unless ``known`` says that it is somebody else's."""
    if not code or row.done is not None:
        return row
    key = row.stated
    if key is not None and code not in (key.patient_id, owner.vault.find(key.patient_id, key.issuer)):
        return row
    own = {"text": row.passage.text, "subject": code, "status": "clean", "alerts": [asdict(Alert("own-output"))]}
    return replace(row, done=own)


def _with(row: _Row, surrogates: Surrogates, index: KnownIndex) -> _Row:
    return replace(row, surrogates=surrogates, index=index)


def _portions(rows: Iterable[_Row]) -> Iterator[list[_Row]]:
    portion: list[_Row] = []
    size = 0
    for row in rows:
        portion.append(row)
        size += len(row.passage.text)
        if len(portion) >= CHUNK_ROWS or size >= CHUNK_CHARACTERS:
            yield portion
            portion, size = [], 0
    if portion:
        yield portion


def _clean_chunk(worker: Worker, rows: tuple[_Row, ...]) -> list[_Done]:
    """Find, replace and look again for a portion at once."""
    policy = worker.policy
    fit = [row for row in rows if row.surrogates is not None]
    passages = [row.passage for row in fit]
    patients = [Patient.of(r.subject, r.surrogates, policy, index=r.index) for r in fit if r.surrogates is not None]
    found = _together(partial(find_all, worker.finder), passages, patients)
    read = [one for one in zip(passages, found, patients, strict=True) if not isinstance(one[1], Exception)]
    cleaned = iter(_together(partial(clean_all, policy=policy), *map(list, zip(*read, strict=True))) if read else [])
    done = iter(
        [_done(row, f, f if isinstance(f, Exception) else next(cleaned)) for row, f in zip(fit, found, strict=True)]
    )
    return [next(done) if row.surrogates is not None else _passed(row) for row in rows]


def _together(task: Callable[..., Sequence[Any]], *columns: Sequence[Any]) -> list[Any]:
    """Results of a batch; where it breaks each is tried alone, and its error is its result: one bad row fails alone."""
    try:
        return list(task(*columns))
    except (EngineError, RecipeError):  # no row's fault
        raise
    except Exception as error:  # noqa: BLE001  # its text may quote the row, and is never shown
        if len(columns[0]) == 1:
            return [error]
        return [_together(task, *([value] for value in row))[0] for row in zip(*columns, strict=True)]


def _passed(row: _Row) -> _Done:
    return _Done({"id": row.name, "text": None, "spans": [], "subject": "", **(row.done or {})})


def _done(row: _Row, found: list[Finding] | Exception, cleaned: tuple[str, TextPlan] | Exception) -> _Done:
    assert row.surrogates is not None
    spans = [] if isinstance(found, Exception) else [_span(finding) for finding in found]
    result = {"id": row.name, "text": None, "spans": spans, "subject": row.surrogates.code, "status": "quarantined"}
    alerts, links = row.alerts, tuple[Link, ...]()
    if isinstance(cleaned, tuple):
        text, plan = cleaned
        result |= {"text": text, "status": "clean"}
        alerts, links = once((*alerts, *plan.alerts)), handed_over(text, row.surrogates.code, plan.links)
    elif isinstance(cleaned, DeidError):
        result |= {"status": "review" if cleaned.code == "review" else "quarantined", "code": cleaned.code}
    else:
        result["code"] = "internal"
    if alerts:
        result["alerts"] = [asdict(alert) for alert in alerts]
    return _Done(result, links, cleaned.material if isinstance(cleaned, ResidueError) else None)


def _span(finding: Finding) -> dict[str, object]:
    return {
        "start": finding.start,
        "end": finding.end,
        "category": str(finding.category),
        "score": round(finding.score, 3),
        "rule": finding.rule,
    }


def _understood(row: Mapping[str, Any], policy: Policy) -> _Row:
    """A row taken apart; what cannot be trusted becomes a refused row with a code, and the batch goes on."""
    name = row.get("id") if isinstance(row, Mapping) else None
    try:
        if not isinstance(row, Mapping) or isinstance(name, bool) or not isinstance(name, str | int | float):
            raise InputError("rows-form", "a row has an id and a text")
        return _taken_apart(row, policy)
    except DeidError as error:
        status = "refused" if isinstance(error, Refusal) else "quarantined"
        plain = isinstance(name, str | int | float) and not isinstance(name, bool)
        shown = name if plain and _writable(str(name)) else None
        line = row.get("line") if shown is None and isinstance(row, Mapping) else None
        place = {"line": line} if isinstance(line, int) else {}
        return _Row(shown, done={"status": status, "code": error.code, **place})


def _taken_apart(row: Mapping[str, Any], policy: Policy) -> _Row:
    from deid.sources import header_hints, is_encoded
    from deid.text import KnownMatcher
    from deid.text.subject import subject_from

    text, known, settings = row.get("text"), row.get("known") or {}, policy.recipe.text
    if not isinstance(text, str) or not isinstance(known, Mapping):
        raise InputError("rows-form", "a row has an id and a text, and known is a mapping")
    if len(text) > LIMIT_CHARACTERS:
        raise InputError("source-too-large", f"the text is longer than {LIMIT_CHARACTERS} characters")
    if not _writable(text) or not _writable(str(row["id"])):
        raise InputError("text-encoding", "the text holds halves of characters")
    if is_encoded(text):
        raise InputError("text-encoded", "the text holds another document in an encoding that hides its words")
    values = {str(key): list(_leaves(value)) for key, value in known.items()}
    if sum(map(len, values.values())) > LIMIT_KNOWN:
        raise InputError("source-too-large", f"more than {LIMIT_KNOWN} known values")
    given, hints = subject_from(values, issuer=next(iter(values.get("IssuerOfPatientID", ())), "")), header_hints(text)
    told = own_key(hints.key, text)
    key = key_of(given.key, told, content=f"{row['id']}\0{text}", policy=policy)
    subject = Subject(key, tuple(dict.fromkeys((*given.known, *agreeing(hints.known, given)))), given.sex or hints.sex)
    language = row.get("language")
    said = language if isinstance(language, str) else ""
    passage = Passage(text, "report", said or plain_language(text) or settings.language)
    stated = given.key if given.key.patient_id else None
    alerts = contradictions(hints.known, told, given)
    if KnownMatcher.of(subject).search(str(row["id"])):
        alerts = (*alerts, Alert("id-identifies", "known"))
    return _Row(row["id"], passage, subject, stated, alerts)


def _leaves(value: object) -> Iterator[str]:
    """The single values of what was given for one keyword."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from (leaf for one in value.values() for leaf in _leaves(one))
    elif isinstance(value, list | tuple):
        yield from (leaf for one in value for leaf in _leaves(one))
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield str(value)


def _writable(text: str) -> bool:
    return text.isascii() or not any("\ud800" <= c <= "\udfff" for c in text)
