"""The vault: who is who, remembered so that only the right person can read it back.

A worker asks :meth:`Vault.subjects` for surrogates and tells :meth:`Vault.remember_many` what it replaced. It
can seal an original and never open one: what it seals goes under a key of its own, sealed in turn
to the domain's reveal key. Reading back is :meth:`Vault.reveal`: with a reason, on record, in one transaction.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields, replace
from types import TracebackType
from typing import Any, Final, Self

from deid.errors import VaultError
from deid.model import Alert, Known, Link, SubjectKey
from deid.surrogates import Surrogates
from deid.vault import anchors, merging
from deid.vault.act import Act, AuditRow, acting, check_row, read_audit, read_ledger, stored_domain
from deid.vault.domain import Domain, Policy, RevealKey
from deid.vault.grants import Grant, authorise, burn_totp, check_totp, permit
from deid.vault.keys import Key
from deid.vault.opening import add_domain, open_domain, open_store
from deid.vault.rows import (
    DEK,
    ERASED,
    KEY,
    LINK,
    STUDY_ISSUER,
    SUBJECT,
    TOKEN,
    SealedRows,
    key_index,
    link_index,
    link_row,
    open_found,
    open_rows,
    open_subject_row,
)
from deid.vault.sealing import DRAWS, Sealer, Wanted, new_links
from deid.vault.store import DOMAIN, Row, Store
from deid.vault.tokens import KnownIndex, digests_of, subject_token_key
from deid.vault.wire import FORMAT, is_placeholder

__all__ = ["STUDY_ISSUER", "Vault", "study_only"]

MAX_CODE: Final = 16
OPENED_SUBJECTS: Final = 20_000


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
    ) -> None:
        self.store = store
        self.domain = domain
        self._reveal = reveal
        self._anchor = anchor
        self._sealer = Sealer()
        self._opened: dict[Row, Surrogates] = {}  # by the very row that was authenticated
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
            made = add_domain(store, key, domain, policy or Policy(), reveal_public)
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
        anchor: Callable[[str], None] | str | None = None,
        prefix: str | None = None,
        shift_days: tuple[int, int] | None = None,
    ) -> Vault:
        """Open one domain of a vault.

        Parameters
        ----------
        reveal
            The officer's private key; workers have none.
        anchor
            Where the ledger's head goes after the writes of this object: a place as
            :func:`deid.vault.anchors.from_spec` has it, or what is called with it; None takes ``DEID_ANCHOR``. A vault
            that is older than what a file says last about it is refused before anything is written.
        prefix, shift_days
            Instead of the policy's, for subjects that are new from now on.

        Raises
        ------
        VaultError
            ``vault-missing``, ``vault-open``, ``vault-not-a-vault``, ``vault-schema``, ``domain-missing``,
            ``key-wrong``, ``anchor-spec``, ``audit-rolled-back``.
        """
        place = os.environ.get(anchors.ENVIRONMENT, "") if anchor is None else anchor
        send = place if callable(place) else anchors.from_spec(place) if place else None
        store = open_store(path)
        try:
            vault = cls(store, open_domain(store, domain, key, reveal), reveal=reveal, anchor=send)
            if isinstance(place, str):
                anchors.compare(vault, place)
            changed = {n: v for n, v in (("prefix", prefix), ("shift_days", shift_days)) if v is not None}
            vault._changed = changed
            vault._apply_changes()
        except BaseException:
            store.close()
            raise
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
        add_domain(self.store, key, name, policy or Policy(), reveal_public)

    def close(self) -> None:
        """Anchor the head if anything was written, and let go of the store."""
        try:
            if self._wrote and self._anchor is not None:
                self.anchor()
        finally:
            self._sealer.forget()
            self._opened.clear()
            self.store.close()

    @property
    def policy(self) -> Policy:
        """What the domain was set up with."""
        return self.domain.policy

    def set_policy(self, *, who: str, reason: str, **changes: Any) -> Policy:
        """Change the domain's policy for what comes from now on; on record.

        Parameters
        ----------
        changes
            Fields of :class:`Policy`. What decides which IDs are one patient is fixed once there are subjects.

        Raises
        ------
        VaultError
            ``policy-...``, ``role-missing``.
        """
        with self.refusals("policy", who=who, reason=reason), self.acting() as act:
            self.admit(act, "policy", who=who)
            row = self.store.fetch(DOMAIN, self.domain.number, "id", [self.domain.number])[0]
            stored = self.domain.reload(row)
            if changes.keys() - {field.name for field in fields(Policy)}:
                raise VaultError("policy-value", "the policy has no such field")
            policy = replace(stored.policy, **changes)
            changed = sorted(
                f.name for f in fields(Policy) if getattr(policy, f.name) != getattr(stored.policy, f.name)
            )
            if act.ledger.counts.get("subject") and {"id_case", "default_issuer", "pseudonyms"} & set(changed):
                raise VaultError("policy-fixed", "this part of the policy is fixed once there are subjects")
            act.change(DOMAIN, row, stored.with_policy(policy).row_under(row))
            act.record("policy", who=who, reason=reason, detail={"changed": changed})
        return self.refresh().policy

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
        if not known.keys() >= set(indexes):
            missing = {idx: want for idx, want in zip(indexes, wanted, strict=True) if idx not in known}
            self._create(missing)
            known.update(self._resolve(list(missing)))
            if missing.keys() - known.keys():
                raise VaultError("vault-busy", "a subject was erased while it was asked for")
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
        fresh = new_links(self.store, self.domain, items, numbers)
        if not fresh:
            return 0
        for _ in range(DRAWS):
            domain, wanted = self.domain, {numbers[code]: code for _, code, _ in fresh}
            deks = {number: self._sealer.dek(domain, number, code) for number, code in wanted.items()}
            rows = [link_row(domain, idx, numbers[c], c, link, deks[numbers[c]]) for idx, c, link in fresh]
            with self.acting() as act:
                if self._rekeyed() or self._sealer.drop_lost(self.store, domain, deks):
                    continue
                self.numbers(wanted.values())  # still there: nothing is sealed under an erased subject
                act.insert(DEK, self._sealer.unstored(list(deks.values())))
                count = len(act.insert(LINK, rows))
            self._sealer.stored(deks)
            return count
        raise VaultError("vault-busy", "the keys of a subject changed again and again")

    def surrogates_of(self, kind: str, originals: Sequence[str]) -> list[str]:
        """What stands in for originals of a kind, whoever's they are, in their order; empty for those nobody has."""
        indexes = [link_index(self.domain, kind, original) for original in originals]
        found: dict[bytes, str] = {}
        for row in self.store.fetch(LINK, self.domain.number, "idx", list(set(indexes))):
            check_row(self.domain, LINK, row)
            found[row[LINK.at("idx")]] = row[LINK.at("surrogate")]
        return [found.get(index, "") for index in indexes]

    def known(self, code: str, known: Sequence[Known]) -> None:
        """Remember what identifies a subject; see :meth:`known_many`."""
        self.known_many([(code, known)])

    def known_many(self, items: Sequence[tuple[str, Sequence[Known]]]) -> None:
        """Remember keyed digests of subjects' identifiers, by which :meth:`known_index` finds them again.

        One durable transaction; none if nothing is new.

        Raises
        ------
        VaultError
            ``code-unknown``, ``code-erased``.
        """
        wanted: dict[int, set[bytes]] = {}
        for code, known in items:
            row = self._subject_row(code)
            key = subject_token_key(open_subject_row(self.domain, row).seed)
            wanted.setdefault(row[0], set()).update(digests_of(key, known))
        wanted = {number: digests for number, digests in wanted.items() if digests}
        if all(digests <= self._digests(number)[1] for number, digests in wanted.items()):
            return
        codes = [code for code, _ in items]
        with self.acting() as act:
            self.numbers(codes)  # still there
            for number, digests in wanted.items():
                before, there = self._digests(number)
                if not digests <= there:
                    joined = b"".join(sorted(digests | there))
                    act.change(TOKEN, before, (number, self.domain.number, joined))

    def _digests(self, number: int) -> tuple[Row | None, set[bytes]]:
        rows = self.store.fetch(TOKEN, self.domain.number, "subject", [number])
        return (rows[0], _split(rows[0][TOKEN.at("digests")])) if rows else (None, set())

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
        self.refresh()  # another process may have made the policy stricter
        permit(self.store, self.domain, who, verb, act.ledger)
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
        return merging.link(self, a, b, who=who, reason=reason)

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
        return merging.unlink(self, key, who=who, reason=reason)

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
        opened = self._opened
        if len(opened) > OPENED_SUBJECTS:
            opened.clear()
        rows = self.store.fetch(KEY, self.domain.number, "idx", sorted(set(indexes)), states=True)
        fresh = [row for row in rows if row not in opened]
        opened.update(zip(fresh, open_found(self.domain, fresh), strict=True))
        return {row[0]: opened[row] for row in rows}

    def _create(self, missing: dict[bytes, Wanted], *, assigned: dict[bytes, str] | None = None) -> None:
        """Draw and store new subjects. Slow work first, then one transaction that decides the race."""
        given, sealer = assigned or {}, self._sealer
        for _ in range(DRAWS):
            drafts = {idx: sealer.draft(self.domain, idx, want, given.get(idx)) for idx, want in missing.items()}
            with self.acting() as act:
                if self._rekeyed():
                    continue
                sealer.redraw_taken(self.store, self.domain, drafts, given)
                won = [drafts[key[0]] for key in act.insert(KEY, [draft.key_row for draft in drafts.values()])]
                if len(act.insert(SUBJECT, [draft.subject_row for draft in won])) != len(won):
                    raise VaultError("vault-damaged", "a new subject met a number that was taken")
                act.insert(DEK, [draft.dek.row for draft in won])
            sealer.stored({draft.subject_row[0]: draft.dek for draft in won})
            return
        raise VaultError("vault-busy", "the reveal key changed again and again")

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

    def _rekeyed(self) -> bool:
        """Whether the domain got another key version; if so, it is taken from here on."""
        version = self.domain.version
        return self.refresh().version != version

    def refresh(self) -> Domain:
        """Read the domain's row again: another process may have rotated its keys."""
        rows = self.store.fetch(DOMAIN, self.domain.number, "id", [self.domain.number])
        mac = rows[0][DOMAIN.at("mac")] if rows else b""
        if mac != self._row_mac:
            self.domain, self._row_mac = stored_domain(self.store, self.domain.number, self.domain.reload), mac
            self._apply_changes()
            self._sealer.forget()
        return self.domain

    def _apply_changes(self) -> None:
        self.domain = self.domain.with_policy(replace(self.domain.policy, **self._changed))


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
