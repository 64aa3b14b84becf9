"""Two keys, one person: linked when a patient index says so, and taken apart again when it was wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deid.errors import VaultError
from deid.model import SubjectKey
from deid.vault.act import Act
from deid.vault.rows import KEY, SUBJECT, key_index
from deid.vault.store import Row

if TYPE_CHECKING:
    from deid.vault.vault import Vault

__all__ = ["link", "unlink"]


def link(vault: Vault, a: SubjectKey, b: SubjectKey, *, who: str, reason: str) -> str:
    """Let ``b``, and whatever was linked to it, find the subject of ``a``; gives its code."""
    first, second = key_index(vault.domain, a), key_index(vault.domain, b)
    vault.subjects([(a, "", frozenset()), (b, "", frozenset())])
    with vault.refusals("link", who=who, reason=reason), vault.acting() as act:
        vault.admit(act, "link", who=who)
        rows = {row[0]: row for row in vault.store.fetch(KEY, vault.domain.number, "idx", [first, second])}
        if len(rows) != len({first, second}):
            raise VaultError("vault-busy", "a subject was erased meanwhile")
        target, source = rows[first][KEY.at("subject")], rows[second][KEY.at("subject")]
        code = _code_of(vault, target)
        if target != source:
            for row in vault.store.fetch(KEY, vault.domain.number, "subject", [source]):
                _move(act, row, target)
            act.record("link", who=who, reason=reason, code=code, detail={"from": _code_of(vault, source)})
    return code


def unlink(vault: Vault, key: SubjectKey, *, who: str, reason: str) -> str:
    """Give a key back the subject under which it was first stored; gives its code."""
    idx = key_index(vault.domain, key)
    with vault.refusals("unlink", who=who, reason=reason), vault.acting() as act:
        vault.admit(act, "link", who=who)
        rows = vault.store.fetch(KEY, vault.domain.number, "idx", [idx])
        if not rows or rows[0][KEY.at("subject")] == rows[0][KEY.at("home")]:
            raise VaultError("subject-not-linked", "this key was not linked to another subject")
        home, before = rows[0][KEY.at("home")], _code_of(vault, rows[0][KEY.at("subject")])
        code = _code_of(vault, home)
        _move(act, rows[0], home)
        act.record("unlink", who=who, reason=reason, code=code, detail={"from": before})
    return code


def _code_of(vault: Vault, number: int) -> str:
    rows = vault.store.fetch(SUBJECT, vault.domain.number, "id", [number])
    if not rows:
        raise VaultError("vault-damaged", "a key points to a subject that is not there")
    return str(rows[0][SUBJECT.at("code")])


def _move(act: Act, row: Row, subject: int) -> None:
    act.change(KEY, row, (*row[:2], subject, *row[3:-1]))
