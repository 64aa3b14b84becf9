"""The vault: who is who, remembered so that only the right person can read it back.

A worker asks :meth:`Vault.subjects` for surrogates and tells :meth:`Vault.remember_many` what it replaced. It
can seal an original and never open one: what it seals goes under a key of its own, sealed in turn
to the domain's reveal key. Reading back is :meth:`Vault.reveal`: with a reason, on record, in one transaction.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from deid.errors import VaultError
from deid.model import Alert, Known, Link, SubjectKey
from deid.surrogates import Surrogates, draw_person
from deid.vault.act import Act, AuditRow, Ledger, act_within, acting, check_row, read_audit, read_ledger, write_ledger
from deid.vault.codes import draw_code
from deid.vault.domain import Domain, Policy, RevealKey
from deid.vault.grants import Grant, authorise, burn_totp, check_totp, permit
from deid.vault.keys import Key
from deid.vault.rows import (
    DEK,
    ERASED,
    KEY,
    LINK,
    STUDY_ISSUER,
    SUBJECT,
    TOKEN,
    Dek,
    SealedRows,
    draw_shift,
    key_index,
    key_row,
    keyed_bytes,
    link_index,
    link_row,
    make_dek,
    open_rows,
    open_subject_row,
    subject_row,
)
from deid.vault.store import DOMAIN, Row, SqliteStore, Store
from deid.vault.tokens import KnownIndex, digests_of, subject_token_key
from deid.vault.wire import FORMAT, is_placeholder

__all__ = ["STUDY_ISSUER", "Vault", "study_only"]

MAX_CODE: Final = 16
DRAWS: Final = 64
CACHED_DEKS: Final = 50_000

Wanted = tuple[SubjectKey, str, frozenset[str]]


def study_only(study_uid: str) -> SubjectKey:
    """Key of a subject that is one study only, for studies whose Patient ID is blank or a placeholder."""
    if not study_uid.strip(" \0"):
        raise VaultError("subject-no-study", "neither a Patient ID nor a Study Instance UID")
    return SubjectKey(study_uid.strip(" \0"), STUDY_ISSUER)


class Vault:
    """An open domain of a vault. Several processes may hold the same vault open; one object serves one process.

    Use :meth:`create` or :meth:`open`, as a context manager. ``store`` and ``domain`` are for the other modules of
    this package.
    """

    def __init__(
        self,
        store: Store,
        domain: Domain,
        *,
        reveal: RevealKey | None = None,
        anchor: Callable[[str], None] | None = None,
        draw: Callable[[str], str] = draw_code,
    ) -> None:
        self.store = store
        self.domain = domain
        self._reveal = reveal
        self._anchor = anchor
        self._draw = draw
        self._writer = secrets.token_bytes(8)
        self._deks: dict[int, Dek] = {}
        self._written: set[int] = set()
        self._changed: dict[str, Any] = {}
        self._row_mac = b""
        self._wrote = False

    def __repr__(self) -> str:
        return f"Vault({self.domain.name})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # Opening -----------------------------------------------------------------------------------

    @classmethod
    def create(
        cls,
        path: str | os.PathLike[str],
        key: Key,
        *,
        domain: str = "default",
        policy: Policy | None = None,
        reveal_public: bytes | None = None,
    ) -> Vault:
        """Make a vault with one domain and open it.

        Parameters
        ----------
        path
            A new file (mode 0600, in a folder that the world cannot enter; a missing folder is made with 0700), or the
            ``postgresql://`` address of an empty database.
        reveal_public
            Public half of the officer's :class:`RevealKey`. Without it (simple mode) the reveal key is kept
            in the vault under ``key``: one key opens everything.

        Raises
        ------
        VaultError
            ``vault-exists``, ``vault-parent-open``, ``vault-unwritable``.
        """
        store = open_store(path, create=True)
        try:
            made = _add_domain(store, key, domain, policy or Policy(), reveal_public)
        except BaseException:
            store.close()
            raise
        return cls(store, made)

    @classmethod
    def open(
        cls,
        path: str | os.PathLike[str],
        key: Key,
        *,
        domain: str = "default",
        reveal: RevealKey | None = None,
        anchor: Callable[[str], None] | None = None,
        prefix: str | None = None,
        shift_days: tuple[int, int] | None = None,
    ) -> Vault:
        """Open one domain of a vault.

        Parameters
        ----------
        reveal
            The officer's private key; workers have none.
        anchor
            Called with the ledger's head after the writes of this object (see :mod:`deid.vault.anchors`).
        prefix, shift_days
            Instead of the policy's, for subjects that are new from now on.

        Raises
        ------
        VaultError
            ``vault-missing``, ``vault-open``, ``vault-not-a-vault``, ``vault-schema``, ``domain-missing``,
            ``key-wrong``.
        """
        store = open_store(path)
        try:
            opened = _open_domain(store, domain, key, reveal)
        except BaseException:
            store.close()
            raise
        changed = {n: v for n, v in (("prefix", prefix), ("shift_days", shift_days)) if v is not None}
        vault = cls(store, opened, reveal=reveal, anchor=anchor)
        vault._changed = changed
        vault._apply_changes()
        return vault

    def add_domain(
        self, name: str, key: Key, *, policy: Policy | None = None, reveal_public: bytes | None = None
    ) -> None:
        """Another domain in the same store: nothing in it can be compared with this one's.

        Raises
        ------
        VaultError
            ``domain-exists``.
        """
        _add_domain(self.store, key, name, policy or Policy(), reveal_public)

    def close(self) -> None:
        """Anchor the head if anything was written, and let go of the store."""
        try:
            if self._wrote and self._anchor is not None:
                self.anchor()
        finally:
            self._forget_deks()
            self.store.close()

    @property
    def policy(self) -> Policy:
        """What the domain was set up with."""
        return self.domain.policy

    @property
    def alerts(self) -> tuple[Alert, ...]:
        """What a run with this domain should say about itself."""
        if self.policy.pseudonyms == "keyed":
            return (Alert("vault-keyed-pseudonyms", "codes are derived from Patient IDs: HIPAA 164.514(c) is not met"),)
        return ()

    # Subjects ----------------------------------------------------------------------------------

    def subject(self, key: SubjectKey, *, sex: str = "", avoid: Iterable[str] = frozenset()) -> Surrogates:
        """Surrogates of one patient; see :meth:`subjects`."""
        return self.subjects([(key, sex, frozenset(avoid))])[0]

    def subjects(self, wanted: Sequence[Wanted]) -> list[Surrogates]:
        """Surrogates of patients, drawn and stored for those that are new, in one durable transaction.

        Parameters
        ----------
        wanted
            Key, sex and folded words that the surrogate name must not be equal to. The last two count only when
            the patient is new.

        Returns
        -------
        list of Surrogates
            In the order of ``wanted``. Two processes that ask for one new patient at the same time get the same.

        Raises
        ------
        VaultError
            ``subject-placeholder``: the Patient ID is blank or a placeholder (see :func:`study_only`).
            ``codes-exhausted``: no free code was found.
        """
        indexes = [key_index(self.domain, key) for key, _, _ in wanted]
        known = self._resolve(indexes)
        missing = {idx: want for idx, want in zip(indexes, wanted, strict=True) if idx not in known}
        if missing:
            self._create(missing)
            known.update(self._resolve(list(missing)))
        return [known[idx] for idx in indexes]

    def assign(self, key: SubjectKey, code: str, *, sex: str = "", avoid: Iterable[str] = frozenset()) -> Surrogates:
        """Give a new patient a code that a trial or a trusted third party chose.

        Raises
        ------
        VaultError
            ``code-malformed``, ``code-taken``, ``subject-exists`` (the patient has another code).
        """
        return self.assign_many([(key, code)], sex=sex, avoid=frozenset(avoid))[0]

    def assign_many(
        self, pairs: Sequence[tuple[SubjectKey, str]], *, sex: str = "", avoid: frozenset[str] = frozenset()
    ) -> list[Surrogates]:
        """Give new patients codes chosen elsewhere, in one transaction; see :meth:`assign`."""
        for _, code in pairs:
            _check_code(code)
        indexes = [key_index(self.domain, key) for key, _ in pairs]
        there = self._resolve(indexes)
        new = [(idx, key, code) for idx, (key, code) in zip(indexes, pairs, strict=True) if idx not in there]
        if new:
            codes = {idx: code for idx, _, code in new}
            self._create({idx: (key, sex, avoid) for idx, key, _ in new}, assigned=codes)
            there = self._resolve(indexes)
        if any(there[idx].code != code for idx, (_, code) in zip(indexes, pairs, strict=True)):
            raise VaultError("subject-exists", "a patient has another code already")
        return [there[idx] for idx in indexes]

    def find(self, patient_id: str, issuer: str = "") -> str | None:
        """Code of a patient, or None."""
        if is_placeholder(patient_id) and issuer != STUDY_ISSUER:
            return None
        idx = key_index(self.domain, SubjectKey(patient_id, issuer))
        found = self._resolve([idx])
        return found[idx].code if found else None

    def surrogates(self, code: str) -> Surrogates:
        """Surrogates of a subject by its code.

        Raises
        ------
        VaultError
            ``code-unknown``, ``code-erased``.
        """
        return open_subject_row(self.domain, self._subject_row(code))

    def lookup(self, code: str) -> dict[str, Any]:
        """What the store knows about a code: counts and days, no original and no offset.

        Raises
        ------
        VaultError
            ``code-unknown``, ``code-erased``.
        """
        row = self._subject_row(code)
        number, store, domain = row[0], self.store, self.domain.number
        links: dict[str, int] = {}
        for link in store.fetch(LINK, domain, "subject", [number]):
            kind = link[LINK.at("kind")]
            links[kind] = links.get(kind, 0) + 1
        tokens = store.fetch(TOKEN, domain, "subject", [number])
        homes = store.fetch(KEY, domain, "home", [number])
        others = sorted({key[KEY.at("subject")] for key in homes} - {number})
        return {
            "code": code,
            "domain": self.domain.name,
            "origin": row[SUBJECT.at("origin")],
            "born": time.strftime("%Y-%m-%d", time.gmtime(row[SUBJECT.at("born")] * 86_400)),
            "keys": len(store.fetch(KEY, domain, "subject", [number])),
            "links": dict(sorted(links.items())),
            "known_digests": len(tokens[0][TOKEN.at("digests")]) // 8 if tokens else 0,
            "merged_into": [r[SUBJECT.at("code")] for r in store.fetch(SUBJECT, domain, "id", others)],
        }

    # Links -------------------------------------------------------------------------------------

    def remember(self, code: str, links: Sequence[Link]) -> int:
        """Seal links under a subject; see :meth:`remember_many`."""
        return self.remember_many([(code, links)])

    def remember_many(self, items: Sequence[tuple[str, Sequence[Link]]]) -> int:
        """Seal links under their subjects, in one durable transaction; those already there are left alone.

        Returns
        -------
        int
            How many were new.

        Raises
        ------
        VaultError
            ``code-unknown`` or ``code-erased``: nothing of the call is stored.
        """
        numbers = self.numbers([code for code, _ in items])
        fresh = self._new_links(items, numbers)
        if not fresh:
            return 0
        for _ in range(DRAWS):
            deks = {code: self._dek(numbers[code], code) for code in dict.fromkeys(code for _, code, _ in fresh)}
            rows = [link_row(self.domain, idx, numbers[code], code, link, deks[code]) for idx, code, link in fresh]
            with self.acting() as act:
                if not self._usable(deks, numbers):
                    continue
                act.insert(DEK, [dek.row for dek in deks.values() if dek.number not in self._written])
                count = len(act.insert(LINK, rows))
            self._written.update(dek.number for dek in deks.values())
            return count
        raise VaultError("vault-busy", "the keys of a subject changed again and again")

    def known(self, code: str, known: Sequence[Known]) -> None:
        """Remember keyed digests of a subject's identifiers, by which :meth:`known_index` finds them again."""
        row = self._subject_row(code)
        digests = digests_of(subject_token_key(open_subject_row(self.domain, row).seed), known)
        if not digests:
            return
        before = self.store.fetch(TOKEN, self.domain.number, "subject", [row[0]])
        if before and digests <= _split(before[0][TOKEN.at("digests")]):
            return
        with self.acting() as act:
            self.numbers([code])
            before = self.store.fetch(TOKEN, self.domain.number, "subject", [row[0]])
            if before:
                digests |= _split(before[0][TOKEN.at("digests")])
            act.change(TOKEN, before[0] if before else None, (row[0], self.domain.number, b"".join(sorted(digests))))

    def known_index(self, code: str) -> KnownIndex:
        """What finds this subject's identifiers in a text."""
        row = self._subject_row(code)
        rows = self.store.fetch(TOKEN, self.domain.number, "subject", [row[0]])
        for found in rows:
            check_row(self.domain, TOKEN, found)
        key = subject_token_key(open_subject_row(self.domain, row).seed)
        return KnownIndex(key, frozenset(_split(rows[0][TOKEN.at("digests")]) if rows else ()))

    # Reading back ------------------------------------------------------------------------------

    def reveal(self, code: str, *, reason: str, who: str, grant: Grant | None = None, totp: str = "") -> list[Link]:
        """The originals of a subject. The audit row is committed before anything is opened.

        Parameters
        ----------
        reason, who
            Go on record; neither may be blank.
        grant
            Signed leave; needed where the policy says so. Limits what is given back.
        totp
            Second factor, where the policy asks for one.

        Returns
        -------
        list of Link
            ``patient-id`` and ``issuer`` first, then ``date-offset`` (whole days, as the original) and every link.

        Raises
        ------
        VaultError
            ``reveal-reason``, ``reveal-no-key`` (a worker's vault), ``role-missing``, ``grant-...``, ``totp-...``,
            ``code-unknown``, ``code-erased``.
        """
        if not reason.strip() or not who.strip():
            raise VaultError("reveal-reason", "a reveal needs a reason and a name")
        private = self.private_key()
        with self.refusals("reveal", who=who, reason=reason, code=code), self.acting() as act:
            leave = self.admit(act, "reveal", codes=[code], who=who, grant=grant, totp=totp)
            sealed = self.sealed_rows(code)
            detail = {"rows": len(sealed.keys) + len(sealed.links), **({"grant": leave.id} if leave else {})}
            act.record("reveal", who=who, reason=reason, code=code, detail=detail)
        found = open_rows(self.domain, private, sealed)
        return [link for link in found if leave is None or not leave.kinds or link.kind in leave.kinds]

    def sealed_rows(self, code: str) -> SealedRows:
        """Everything sealed under a subject, still sealed."""
        subject = self._subject_row(code)
        number, domain = subject[0], self.domain.number
        return SealedRows(
            subject,
            keys=self.store.fetch(KEY, domain, "home", [number]),
            links=self.store.fetch(LINK, domain, "subject", [number]),
            deks=self.store.fetch(DEK, domain, "subject", [number]),
        )

    def private_key_or_none(self) -> bytes | None:
        """The reveal key if this object has it."""
        return self.private_key() if self._reveal or self.domain.reveal_private else None

    def admit(
        self, act: Act, verb: str, *, who: str, codes: Sequence[str] = (), grant: Grant | None = None, totp: str = ""
    ) -> Grant | None:
        """Role, second factor and grant for one act, inside its transaction.

        Raises
        ------
        VaultError
            ``role-missing``, ``totp-...``, ``grant-...``.
        """
        permit(self.store, self.domain, who, verb)
        if verb not in ("reveal", "export"):
            return None
        if self.policy.totp:
            check_totp(act, self.store, self.domain, who, totp)
        return authorise(act, self.store, self.domain, grant, codes=codes, who=who)

    def audit(self) -> Iterator[AuditRow]:
        """Every act on record, the chain checked on the way.

        Raises
        ------
        VaultError
            ``audit-broken``.
        """
        return read_audit(self.store, self.domain)

    def head(self) -> str:
        """One line about the state of the domain, for an anchor: no identifier, no key."""
        ledger = read_ledger(self.store, self.domain)
        return f"{FORMAT} {self.domain.uuid.hex()} {ledger.epoch} {ledger.audit_seq} {ledger.audit_mac.hex() or '-'}"

    def derive(self, purpose: str) -> bytes:
        """32 secret bytes of this domain for a named purpose: manifest, unit digests, attestations."""
        return self.domain.purpose(purpose)

    # One person, two keys ----------------------------------------------------------------------

    def link(self, a: SubjectKey, b: SubjectKey, *, who: str, reason: str) -> str:
        """Let key ``b`` find the subject of key ``a`` from now on.

        What was published under another code of ``b`` keeps it, and stays reversible under it.

        Returns
        -------
        str
            The code that both find.
        """
        first, second = key_index(self.domain, a), key_index(self.domain, b)
        self.subjects([(a, "", frozenset()), (b, "", frozenset())])
        with self.refusals("link", who=who, reason=reason), self.acting() as act:
            self.admit(act, "link", who=who)
            rows = {row[0]: row for row in self.store.fetch(KEY, self.domain.number, "idx", [first, second])}
            target, source = rows[first][KEY.at("subject")], rows[second][KEY.at("subject")]
            code = self._code_of(target)
            if target != source:
                for row in self.store.fetch(KEY, self.domain.number, "subject", [source]):
                    self._move(act, row, target)
                act.record("link", who=who, reason=reason, code=code, detail={"from": self._code_of(source)})
        return code

    def unlink(self, key: SubjectKey, *, who: str, reason: str) -> str:
        """Give a key back the subject it had before it was linked.

        Returns
        -------
        str
            The code that the key finds now.

        Raises
        ------
        VaultError
            ``subject-not-linked``.
        """
        idx = key_index(self.domain, key)
        with self.refusals("unlink", who=who, reason=reason), self.acting() as act:
            self.admit(act, "link", who=who)
            rows = self.store.fetch(KEY, self.domain.number, "idx", [idx])
            if not rows or rows[0][KEY.at("subject")] == rows[0][KEY.at("home")]:
                raise VaultError("subject-not-linked", "this key was not linked to another subject")
            home = rows[0][KEY.at("home")]
            before = self._code_of(rows[0][KEY.at("subject")])
            code = self._code_of(home)
            self._move(act, rows[0], home)
            act.record("unlink", who=who, reason=reason, code=code, detail={"from": before})
        return code

    @contextmanager
    def refusals(self, verb: str, *, who: str, reason: str, code: str = "") -> Iterator[None]:
        """Put a refused act on record, in a transaction of its own."""
        try:
            yield
        except VaultError as error:
            with self.acting() as act:
                if error.code == "totp-wrong":
                    burn_totp(act, self.store, self.domain, who)
                act.record(f"{verb}-refused", who=who, reason=reason, code=code, detail={"because": error.code})
            raise

    # Inside ------------------------------------------------------------------------------------

    @contextmanager
    def acting(self) -> Iterator[Act]:
        """One transaction on this domain."""
        with acting(self.store, self.domain) as act:
            yield act
        self._wrote = True

    def anchor(self) -> str:
        """Put an anchoring on record and give its line to the anchor, if there is one.

        Returns
        -------
        str
            The line: see :mod:`deid.vault.anchors`.
        """
        with self.acting() as act:
            act.record("anchor", who="", detail={"epoch": act.ledger.epoch + 1})
        self._wrote = False
        line = self.head()
        if self._anchor is not None:
            self._anchor(line)
        return line

    def private_key(self) -> bytes:
        """The reveal key: the officer's, or the domain's own in simple mode.

        Raises
        ------
        VaultError
            ``reveal-no-key``.
        """
        if self._reveal is not None:
            return self._reveal.secret
        if self.domain.reveal_private:
            return self.domain.reveal_private
        raise VaultError("reveal-no-key", "opening needs the officer's reveal key", hint="this key only seals")

    def _resolve(self, indexes: Sequence[bytes]) -> dict[bytes, Surrogates]:
        """Surrogates by blind index, of those that are there; rows are authenticated before they count."""
        unique = list(dict.fromkeys(indexes))
        keys = self.store.fetch(KEY, self.domain.number, "idx", unique)
        for row in keys:
            check_row(self.domain, KEY, row)
        numbers = list({row[2] for row in keys})
        subjects = {row[0]: row for row in self.store.fetch(SUBJECT, self.domain.number, "id", numbers)}
        opened = {number: open_subject_row(self.domain, row) for number, row in subjects.items()}
        if len(opened) != len(numbers):
            raise VaultError("vault-damaged", "a key points to a subject that is not there")
        return {row[0]: opened[row[2]] for row in keys}

    def _create(self, missing: dict[bytes, Wanted], *, assigned: dict[bytes, str] | None = None) -> None:
        """Draw and store new subjects. Slow work first, then one transaction that decides the race."""
        given = assigned or {}
        for _ in range(DRAWS):
            drafts = {idx: self._draft(idx, want, given.get(idx)) for idx, want in missing.items()}
            with self.acting() as act:
                if self._rekeyed():
                    continue
                self._redraw_taken(drafts, given)
                won = [drafts[key[0]] for key in act.insert(KEY, [draft.key_row for draft in drafts.values()])]
                if len(act.insert(SUBJECT, [draft.subject_row for draft in won])) != len(won):
                    raise VaultError("vault-damaged", "a new subject met a number that was taken")
                act.insert(DEK, [draft.dek.row for draft in won])
            for draft in won:
                self._keep(draft.subject_row[0], draft.dek)
                self._written.add(draft.dek.number)
            return
        raise VaultError("vault-busy", "the reveal key changed again and again")

    def _redraw_taken(self, drafts: dict[bytes, _Draft], given: dict[bytes, str]) -> None:
        """Replace codes that the store, its erased codes or another draft have already."""
        waiting, used = list(drafts), set[str]()
        for _ in range(DRAWS):
            codes = [drafts[idx].code for idx in waiting]
            taken = {row[2] for row in self.store.fetch(SUBJECT, self.domain.number, "code", codes)}
            taken |= {row[0] for row in self.store.fetch(ERASED, self.domain.number, "code", codes)}
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
                drafts[idx] = self._draft(idx, drafts[idx].want, None)
            waiting = again
        raise VaultError("codes-exhausted", "no free code was found", hint="a longer prefix makes another range")

    def _draft(self, idx: bytes, want: Wanted, code: str | None) -> _Draft:
        key, sex, avoid = want
        policy = self.domain.policy
        origin = "assigned" if code else policy.pseudonyms
        if origin == "random":
            code = self._draw(policy.prefix)
        source = keyed_bytes(self.domain.root, idx) if policy.pseudonyms == "keyed" else os.urandom
        surrogates = draw_surrogates(self.domain, source, code=code, sex=sex, avoid=avoid)
        row = subject_row(self.domain, surrogates, origin=origin)
        dek = make_dek(self.domain, row[0], surrogates.code, self._writer)
        return _Draft(want, surrogates.code, row, key_row(self.domain, idx, row[0], surrogates.code, key, dek), dek)

    def _subject_row(self, code: str) -> Row:
        rows = self.store.fetch(SUBJECT, self.domain.number, "code", [code])
        if rows:
            return rows[0]
        if self.store.fetch(ERASED, self.domain.number, "code", [code]):
            raise VaultError("code-erased", "the subject of this code was erased")
        raise VaultError("code-unknown", "no subject has this code in this domain")

    def numbers(self, codes: Iterable[str]) -> dict[str, int]:
        """Row numbers of codes; each must be there."""
        wanted = list(dict.fromkeys(codes))
        rows = self.store.fetch(SUBJECT, self.domain.number, "code", wanted)
        found = {row[2]: row[0] for row in rows}
        for code in wanted:
            if code not in found:
                self._subject_row(code)
        return found

    def _code_of(self, number: int) -> str:
        rows = self.store.fetch(SUBJECT, self.domain.number, "id", [number])
        if not rows:
            raise VaultError("vault-damaged", "a key points to a subject that is not there")
        return str(rows[0][2])

    def _move(self, act: Act, row: Row, subject: int) -> None:
        act.change(KEY, row, (*row[:2], subject, *row[3:-1]))

    def _dek(self, number: int, code: str) -> Dek:
        return self._deks.get(number) or self._keep(number, make_dek(self.domain, number, code, self._writer))

    def _keep(self, number: int, dek: Dek) -> Dek:
        if len(self._deks) >= CACHED_DEKS:
            self._forget_deks()
        self._deks[number] = dek
        return dek

    def _forget_deks(self) -> None:
        self._deks.clear()
        self._written.clear()

    def _new_links(
        self, items: Sequence[tuple[str, Sequence[Link]]], numbers: dict[str, int]
    ) -> list[tuple[bytes, str, Link]]:
        """Links that are not in the store yet, each once."""
        found: dict[tuple[bytes, int, str], tuple[bytes, str, Link]] = {}
        for code, links in items:
            number = numbers[code]
            for link in links:
                idx = link_index(self.domain, link.kind, link.original)
                found.setdefault((idx, number, link.surrogate), (idx, code, link))
        there = self.store.fetch(LINK, self.domain.number, "idx", list({place[0] for place in found}))
        for row in there:
            found.pop((row[0], row[2], row[4]), None)
        return list(found.values())

    def _usable(self, deks: dict[str, Dek], numbers: dict[str, int]) -> bool:
        """Inside the transaction: no subject erased, no data key rotated away, no other reveal key meanwhile."""
        if self._rekeyed():
            return False
        self.numbers(deks)
        mine = [dek.number for dek in deks.values() if dek.number in self._written]
        there = {row[0] for row in self.store.fetch(DEK, self.domain.number, "id", mine)}
        lost = [code for code, dek in deks.items() if dek.number in self._written and dek.number not in there]
        for code in lost:
            self._deks.pop(numbers[code], None)
        return not lost

    def _rekeyed(self) -> bool:
        """Whether the domain got another key version; if so, it is taken from here on."""
        version = self.domain.version
        return self.refresh().version != version

    def refresh(self) -> Domain:
        """Read the domain's row again: another process may have rotated its keys."""
        rows = self.store.fetch(DOMAIN, self.domain.number, "id", [self.domain.number])
        if not rows:
            raise VaultError("domain-missing", "the domain is gone")
        if rows[0][DOMAIN.at("mac")] != self._row_mac:
            self.domain, self._row_mac = self.domain.reload(rows[0]), rows[0][DOMAIN.at("mac")]
            self._apply_changes()
            self._forget_deks()
        return self.domain

    def _apply_changes(self) -> None:
        self.domain = self.domain.with_policy(replace(self.domain.policy, **self._changed))


def draw_surrogates(
    domain: Domain, source: Callable[[int], bytes], *, code: str | None, sex: str, avoid: frozenset[str]
) -> Surrogates:
    """Code (unless given), offset, seed and name from a source of bytes, in this order."""
    policy = domain.policy
    code = code or draw_code(policy.prefix, random_bytes=source)
    shift, seed = draw_shift(policy.shift_days, source), source(32)
    return Surrogates(code, shift, seed, domain.seed, draw_person(seed, "patient", sex=sex, avoid=avoid))


@dataclass(frozen=True, slots=True)
class _Draft:
    """A subject that is about to exist."""

    want: Wanted
    code: str
    subject_row: Row
    key_row: Row
    dek: Dek


def open_store(path: str | os.PathLike[str], *, create: bool = False) -> Store:
    """SQLite for a path, PostgreSQL for a ``postgresql://`` address."""
    if isinstance(path, str) and path.startswith(("postgresql://", "postgres://")):
        from deid.vault.postgres import PostgresStore  # noqa: PLC0415 - an extra

        return PostgresStore(path, create=create)
    return SqliteStore(Path(path), create=create)


def _open_domain(store: Store, name: str, key: Key, reveal: RevealKey | None) -> Domain:
    rows = [row for row in store.scan(DOMAIN) if row[DOMAIN.at("name")] == name]
    if not rows:
        raise VaultError("domain-missing", "the vault has no such domain", hint="deid vault domain")
    opened = Domain.load(rows[0], key)
    if reveal is not None and reveal.public != opened.reveal_public:
        raise VaultError("vault-reveal-key", "this reveal key belongs to another domain")
    return opened


def _add_domain(store: Store, key: Key, name: str, policy: Policy, reveal_public: bytes | None) -> Domain:
    if not name or len(name) > 64 or not name.isprintable():
        raise VaultError("domain-name", "a domain's name is 1 to 64 printable characters")
    with store.write():
        rows = list(store.scan(DOMAIN))
        if any(row[2] == name for row in rows):
            raise VaultError("domain-exists", "the vault has a domain of that name")
        made = Domain.make(max([row[0] for row in rows], default=0) + 1, name, policy, reveal_public)
        store.insert(DOMAIN, [made.row(key)])
        write_ledger(store, made, Ledger())
        with act_within(store, made) as act:
            act.record("create", who="", detail={"domain": name, "split": not made.reveal_private})
    return made


def _check_code(code: str) -> None:
    if (
        not 1 <= len(code) <= MAX_CODE
        or not code.isascii()
        or not code.isprintable()
        or "\\" in code
        or code != code.strip()
    ):
        raise VaultError("code-malformed", f"a code is 1 to {MAX_CODE} plain characters")


def _split(digests: bytes) -> set[bytes]:
    return {digests[i : i + 8] for i in range(0, len(digests), 8)}
