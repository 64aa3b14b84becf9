"""JSON Lines, a JSON object, or an array of objects: one unit per object, keys as column names at any depth."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from deid.errors import InputError
from deid.model import Edit, splice
from deid.sources.plain import decode_text
from deid.sources.record import Record, meaning_in, safe_name
from deid.sources.unit import ReportUnit
from deid.surrogates import fold

__all__ = ["join", "load", "read", "rewrite", "take_apart", "texts", "without_words"]

LIMIT_DEPTH = 64
Json = Any


@dataclass(frozen=True, slots=True, repr=False)
class ObjectBody:
    """An object whose leaves are numbered in document order."""

    value: Json

    def write(self, edits: Mapping[str, Sequence[Edit]], values: Mapping[str, str]) -> bytes:
        """The object on one line."""
        return (json.dumps(rewrite(self.value, edits, values), ensure_ascii=False) + "\n").encode("utf-8")


def read(data: bytes, *, columns: Mapping[str, str], language: str) -> list[ReportUnit]:
    """Read objects.

    Raises
    ------
    InputError
        ``json-syntax``, ``json-key-twice``, ``json-not-an-object``, ``json-too-deep`` or ``text-encoding``.
    """
    text, _ = decode_text(data)
    units: list[ReportUnit] = []
    for value in _objects(text.lstrip("\ufeff")):
        if not isinstance(value, dict):
            raise InputError("json-not-an-object", "a line holds something else than an object")
        record = Record(language, columns)
        body = ObjectBody(take_apart(record, value))
        units.append(record.unit(len(units), "jsonl", ".jsonl", body))
    return units


def join(documents: list[bytes]) -> bytes:
    """One line each."""
    return b"".join(documents)


def texts(data: bytes) -> str:
    """All keys and values."""
    out: list[str] = []

    def walk(value: Json) -> None:
        if isinstance(value, dict):
            for key, inner in value.items():
                out.append(key)
                walk(inner)
        elif isinstance(value, list):
            for inner in value:
                walk(inner)
        else:
            out.append(str(value))

    for value in _objects(decode_text(data)[0]):
        walk(value)
    return "\n".join(out)


def load(text: str) -> Json:
    """Parse JSON strictly.

    Raises
    ------
    InputError
        ``json-syntax``, ``json-too-deep``, or ``json-key-twice``, of which readers drop one value.
    """

    def refuse(_: str) -> None:
        raise ValueError

    try:
        return json.loads(text, parse_constant=refuse, object_pairs_hook=_unambiguous)
    except RecursionError:
        raise InputError("json-too-deep", f"nested deeper than {LIMIT_DEPTH} levels") from None
    except ValueError:
        raise InputError("json-syntax", "the text is not JSON") from None


def _unambiguous(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise InputError("json-key-twice", "an object holds a key twice")
    return found


def _objects(text: str) -> Iterator[Json]:
    """The objects of a file: an array, one object over several lines, or one per line."""
    if text.lstrip().startswith("["):
        yield from load(text)
        return
    lines = [line for line in text.split("\n") if line.strip()]
    try:
        json.loads(lines[0]) if lines else None
    except (ValueError, RecursionError):
        yield load(text)
        return
    for line in lines:
        yield load(line)


def take_apart(record: Record, value: dict[str, Json]) -> dict[str, Json]:
    """Decide every leaf; gives the object as it will be written, with safe keys and without ``known``."""
    beside = value.get("known")
    if isinstance(beside, dict):
        record.given(beside)
        value = {key: inner for key, inner in value.items() if key != "known"}
    counter = iter(range(1 << 60))

    def walk(inner: Json, name: str, depth: int) -> Json:
        if depth > LIMIT_DEPTH:
            raise InputError("json-too-deep", f"nested deeper than {LIMIT_DEPTH} levels")
        if isinstance(inner, dict):
            return {
                safe_name(key, i): walk(one, _named(record, name, key), depth + 1)
                for i, (key, one) in enumerate(inner.items())
            }
        if isinstance(inner, list):
            return [walk(one, name, depth + 1) for one in inner]
        if isinstance(inner, str) or (isinstance(inner, int | float) and not isinstance(inner, bool)):
            record.add(f"v{next(counter)}", name, inner if isinstance(inner, str) else repr(inner))
        return inner

    walked: dict[str, Json] = walk(value, "", 0)
    taken: dict[str, Json] = _without(walked, record.words())
    return taken


def _named(record: Record, outer: str, key: str) -> str:
    """The name by which a key is understood: its own, or with the one that it stands under (``name.family``)."""
    own = meaning_in(record.columns, key)
    return f"{outer} {key}" if own is None and meaning_in(record.columns, f"{outer} {key}") else key


def _without(value: Json, words: frozenset[str]) -> Json:
    """The object with a number for each key that holds a word of a known identifier."""
    if isinstance(value, list):
        return [_without(one, words) for one in value]
    if not isinstance(value, dict):
        return value
    return {without_words(key, i, words): _without(one, words) for i, (key, one) in enumerate(value.items())}


def without_words(key: str, position: int, words: frozenset[str]) -> str:
    """The key, or a number where a word of a known identifier stands in it."""
    return key if words.isdisjoint(re.findall(r"[^\W_]+", fold(key))) else f"key_{position}"


def rewrite(value: Json, edits: Mapping[str, Sequence[Edit]], values: Mapping[str, str]) -> Json:
    """The object with its leaves, numbered as :func:`take_apart` did, replaced."""
    counter = iter(range(1 << 60))

    def walk(inner: Json) -> Json:
        if isinstance(inner, dict):
            return {key: walk(one) for key, one in inner.items()}
        if isinstance(inner, list):
            return [walk(one) for one in inner]
        if not (isinstance(inner, str) or (isinstance(inner, int | float) and not isinstance(inner, bool))):
            return inner
        place = f"v{next(counter)}"
        old = inner if isinstance(inner, str) else repr(inner)
        new = splice(old, edits[place]) if place in edits else values.get(place, old)
        return inner if new == old else new

    return walk(value)
