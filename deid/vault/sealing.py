"""What a writer does before its transaction: draw subjects, make data keys, seal. Slow work, no lock held."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from deid.errors import VaultError
from deid.model import Link, SubjectKey
from deid.surrogates import Surrogates, draw_person
from deid.vault.codes import draw_code
from deid.vault.domain import Domain
from deid.vault.rows import (
    DEK,
    ERASED,
    LINK,
    SUBJECT,
    Dek,
    draw_shift,
    key_row,
    keyed_bytes,
    link_index,
    make_dek,
    subject_row,
)
from deid.vault.store import Row, Store

__all__ = ["DRAWS", "Draft", "FreshLink", "Sealer", "Wanted", "draw_surrogates", "new_links"]

DRAWS: Final = 64
CACHED_DEKS: Final = 50_000

Wanted = tuple[SubjectKey, str, frozenset[str]]
FreshLink = tuple[bytes, str, Link]
"""Blind index, code and link of something that is not in the store yet."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A subject that is about to exist."""

    want: Wanted
    code: str
    subject_row: Row
    key_row: Row
    dek: Dek


class Sealer:
    """One writer: its number, and the data keys that it made. They live as long as it does."""

    def __init__(self, draw: Callable[[str], str] = draw_code) -> None:
        self.draw = draw
        self._writer = secrets.token_bytes(8)
        self._deks: dict[int, Dek] = {}
        self._stored: set[int] = set()

    def draft(self, domain: Domain, idx: bytes, want: Wanted, code: str | None) -> Draft:
        """A new subject with its key, drawn and sealed; ``code`` if it was assigned elsewhere."""
        key, sex, avoid = want
        policy = domain.policy
        origin = "assigned" if code else policy.pseudonyms
        if origin == "random":
            code = self.draw(policy.prefix)
        source = keyed_bytes(domain.root, idx) if policy.pseudonyms == "keyed" else os.urandom
        surrogates = draw_surrogates(domain, source, code=code, sex=sex, avoid=avoid)
        row = subject_row(domain, surrogates, origin=origin)
        dek = make_dek(domain, row[0], surrogates.code, self._writer)
        return Draft(want, surrogates.code, row, key_row(domain, idx, row[0], surrogates.code, key, dek), dek)

    def redraw_taken(self, store: Store, domain: Domain, drafts: dict[bytes, Draft], given: dict[bytes, str]) -> None:
        """Inside the transaction: replace codes that the store, its erased codes or another draft have already.

        Raises
        ------
        VaultError
            ``code-taken`` for an assigned code, ``codes-exhausted``.
        """
        waiting, used = list(drafts), set[str]()
        for _ in range(DRAWS):
            codes = [drafts[idx].code for idx in waiting]
            taken = {row[SUBJECT.at("code")] for row in store.fetch(SUBJECT, domain.number, "code", codes)}
            taken |= {row[ERASED.at("code")] for row in store.fetch(ERASED, domain.number, "code", codes)}
            again = []
            for idx in waiting:
                code = drafts[idx].code
                if code in taken or code in used:
                    again.append(idx)
                else:
                    used.add(code)
            if not again:
                return
            if any(idx in given for idx in again):
                raise VaultError("code-taken", "the assigned code belongs to another subject")
            for idx in again:
                drafts[idx] = self.draft(domain, idx, drafts[idx].want, None)
            waiting = again
        raise VaultError("codes-exhausted", "no free code was found", hint="a longer prefix makes another range")

    def dek(self, domain: Domain, number: int, code: str) -> Dek:
        """The writer's data key for a subject, made when it is first needed."""
        return self._deks.get(number) or self._keep(number, make_dek(domain, number, code, self._writer))

    def unstored(self, deks: Sequence[Dek]) -> list[Row]:
        """Rows of data keys that are not in the store yet."""
        return [dek.row for dek in deks if dek.number not in self._stored]

    def stored(self, deks: dict[int, Dek]) -> None:
        """Remember, by subject, data keys whose transaction was committed."""
        for number, dek in deks.items():
            self._keep(number, dek)
            self._stored.add(dek.number)

    def drop_lost(self, store: Store, domain: Domain, deks: dict[int, Dek]) -> bool:
        """Inside the transaction: forget data keys that were rotated away meanwhile; whether there were any."""
        mine = [dek.number for dek in deks.values() if dek.number in self._stored]
        there = {row[0] for row in store.fetch(DEK, domain.number, "id", mine)}
        lost = [number for number, dek in deks.items() if dek.number in self._stored and dek.number not in there]
        for number in lost:
            del self._deks[number]
        return bool(lost)

    def forget(self) -> None:
        """Let go of every data key."""
        self._deks.clear()
        self._stored.clear()

    def _keep(self, number: int, dek: Dek) -> Dek:
        if len(self._deks) >= CACHED_DEKS and number not in self._deks:
            self.forget()
        self._deks[number] = dek
        return dek


def draw_surrogates(
    domain: Domain, source: Callable[[int], bytes], *, code: str | None, sex: str, avoid: frozenset[str]
) -> Surrogates:
    """Code (unless given), offset, seed and name from a source of bytes, in this order."""
    policy = domain.policy
    code = code or draw_code(policy.prefix, random_bytes=source)
    shift, seed = draw_shift(policy.shift_days, source), source(32)
    return Surrogates(code, shift, seed, domain.seed, draw_person(seed, "patient", sex=sex, avoid=avoid))


def new_links(
    store: Store, domain: Domain, items: Sequence[tuple[str, Sequence[Link]]], numbers: dict[str, int]
) -> list[FreshLink]:
    """Links that are not in the store yet, each once."""
    found: dict[tuple[bytes, int, str], FreshLink] = {}
    for code, links in items:
        number = numbers[code]
        for link in links:
            idx = link_index(domain, link.kind, link.original)
            found.setdefault((idx, number, link.surrogate), (idx, code, link))
    for row in store.fetch(LINK, domain.number, "idx", list({place[0] for place in found})):
        found.pop((row[0], row[2], row[4]), None)
    return list(found.values())
