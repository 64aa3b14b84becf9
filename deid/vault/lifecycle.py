"""From rotation to the end: new keys, erased subjects, and a look at every row."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar

from deid.attestation import REVIEW, review_mark
from deid.errors import VaultError
from deid.vault.act import Act, Ledger, act_within, check_row, read_audit, read_ledger, stored_domain
from deid.vault.domain import Domain, RevealKey
from deid.vault.grants import permit
from deid.vault.keys import Key
from deid.vault.opening import open_store
from deid.vault.rows import (
    DEK,
    ERASED,
    KEY,
    LINK,
    SUBJECT,
    TOKEN,
    Dek,
    key_index,
    key_row,
    link_index,
    link_row,
    make_dek,
    open_dek,
    open_key_row,
    open_link_row,
    open_subject_row,
)
from deid.vault.store import DOMAIN, TABLES, Row, SqliteStore, Store, Table
from deid.vault.vault import Vault
from deid.vault.wire import pack

__all__ = [
    "Erasure",
    "ErasureLog",
    "Verification",
    "erase",
    "rotate_data_keys",
    "rotate_key",
    "search_bytes",
    "stats",
    "verify",
]

T = TypeVar("T")

SUBJECTS_PER_BATCH: Final = 50
NEEDLE_BYTES: Final = 16
MAX_PROBLEMS: Final = 1000


# Rotation --------------------------------------------------------------------------------------


def rotate_key(address: str | os.PathLike[str], old: Key, new: Key, *, who: str) -> int:
    """Wrap the root of every domain under another key: one row per domain, whatever the vault holds.

    Returns
    -------
    int
        How many domains were wrapped anew.

    Raises
    ------
    VaultError
        ``key-wrong``, ``role-missing``.
    """
    store = open_store(address)
    try:
        with store.write():
            rows = list(store.scan(DOMAIN))
            for row in rows:
                domain = stored_domain(store, row[0], lambda row: Domain.load(row, old))
                with act_within(store, domain) as act:
                    permit(store, domain, who, "rotate", act.ledger)
                    act.change(DOMAIN, row, domain.row(new))
                    act.record("rotate-key", who=who)
        store.checkpoint()
        return len(rows)
    finally:
        store.close()


def rotate_data_keys(vault: Vault, *, who: str, old: RevealKey | None = None, public: bytes | None = None) -> int:
    """Seal every original under new data keys, a few subjects at a time, while others go on working.

    Interrupted, it is called again with the same arguments. Pseudonyms do not change.

    Parameters
    ----------
    old
        The reveal key until now; None in simple mode.
    public
        Public half of a new reveal key: from here on only its holder reads back. None keeps the present one.

    Returns
    -------
    int
        How many subjects were sealed anew in this call.

    Raises
    ------
    VaultError
        ``reveal-no-key``, ``vault-reveal-key``, ``role-missing``.
    """
    private = old.secret if old else vault.private_key()
    target = public or vault.domain.reveal_public
    if not _stale(vault):
        _begin_rotation(vault, who, target)
    count = 0
    while stale := _stale(vault):
        for start in range(0, len(stale), SUBJECTS_PER_BATCH):
            with vault.acting() as act:
                part = stale[start : start + SUBJECTS_PER_BATCH]
                for subject in vault.store.fetch(SUBJECT, vault.domain.number, "id", part):
                    _seal_anew(vault, act, subject, private)
                    count += 1
    _end_rotation(vault, who, target)
    return count


def _stale(vault: Vault) -> list[int]:
    """Subjects that have data keys of an older version."""
    version, found = vault.refresh().version, {}
    for row in vault.store.scan(DEK, vault.domain.number):
        if row[DEK.at("version")] < version:
            found[row[DEK.at("subject")]] = True
    return list(found)


def _begin_rotation(vault: Vault, who: str, public: bytes) -> None:
    """Raise the version; from now on every writer makes data keys for ``public``."""
    with vault.acting() as act:
        vault.admit(act, "rotate", who=who)
        before = vault.store.fetch(DOMAIN, vault.domain.number, "id", [vault.domain.number])[0]
        act.change(DOMAIN, before, vault.domain.rekeyed(public).row_under(before))
        act.record("rotate-data-keys", who=who, detail={"version": vault.domain.version + 1})


def _end_rotation(vault: Vault, who: str, public: bytes) -> None:
    """Put the end on record; a simple domain that became an officer's forgets its old reveal key."""
    domain = vault.refresh()
    with vault.acting() as act:
        if domain.reveal_private and RevealKey(domain.reveal_private).public != public:
            before = vault.store.fetch(DOMAIN, domain.number, "id", [domain.number])[0]
            act.change(DOMAIN, before, domain.without_private().row_under(before))
        act.record("rotate-data-keys-done", who=who, detail={"version": domain.version})
    vault.store.checkpoint()
    vault.refresh()


def _seal_anew(vault: Vault, act: Act, subject: Row, private: bytes) -> None:
    """Move what older data keys seal under one new data key; what writers sealed since then stays."""
    domain, store = vault.domain, vault.store
    number, code = subject[0], subject[SUBJECT.at("code")]
    every = store.fetch(DEK, domain.number, "subject", [number])
    before = [row for row in every if row[DEK.at("version")] < domain.version]
    opened = {row[0]: open_dek(domain, private, code, row) for row in before}
    fresh = make_dek(domain, number, code, os.urandom(8))
    for row in store.fetch(KEY, domain.number, "home", [number]):
        if row[KEY.at("dek")] in opened:
            key = open_key_row(domain, row, code, opened[row[KEY.at("dek")]])
            made = key_row(domain, row[0], number, code, key, fresh)
            act.change(KEY, row, (*made[:2], row[KEY.at("subject")], *made[3:]))
    for row in store.fetch(LINK, domain.number, "subject", [number]):
        if row[LINK.at("dek")] in opened:
            link = open_link_row(domain, row, code, opened[row[LINK.at("dek")]])
            act.change(LINK, row, link_row(domain, row[0], number, code, link, fresh))
    act.delete(DEK, before)
    act.insert(DEK, [fresh.row])


# Erasure ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Erasure:
    """What was erased, and the proof: bytes searched afterwards in the store's files, and what was found."""

    codes: tuple[str, ...]
    rows: int
    searched_bytes: int
    found: int


class ErasureLog:
    """Erased codes outside the vault, so that an older backup does not bring them back.

    One line per erasure in a file of mode 0600; a line holds the domain, the code, the time and a MAC.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)

    def add(self, domain: Domain, codes: Iterable[str]) -> None:
        """Write lines, synced."""
        now = int(time.time())
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "a", encoding="utf-8") as file:
            for code in codes:
                mark = domain.audit_mac(pack("erased", domain.uuid, code, now))[:16].hex()
                file.write(f"{domain.uuid.hex()} {now} {mark} {code}\n")
            file.flush()
            os.fsync(file.fileno())

    def codes(self, domain: Domain) -> list[str]:
        """Codes of a domain, each line authenticated.

        Raises
        ------
        VaultError
            ``erasures-missing``, ``erasures-damaged``.
        """
        if not self.path.exists():
            raise VaultError("erasures-missing", "there is no log of erasures: what was erased would come back")
        found = []
        for line in self.path.read_text("utf-8").splitlines():
            uuid, at, mark, code = [*line.split(" ", 3), "", "", ""][:4]
            if uuid != domain.uuid.hex():
                continue
            if not at.isdigit() or domain.audit_mac(pack("erased", domain.uuid, code, int(at)))[:16].hex() != mark:
                raise VaultError("erasures-damaged", "the log of erasures was changed")
            found.append(code)
        return found


def erase(
    vault: Vault,
    code: str,
    *,
    who: str,
    reason: str,
    log: ErasureLog | None = None,
    restricted: Sequence[Path] = (),
) -> Erasure:
    """Destroy everything by which a subject could be found again: keys first, then rows, then free pages.

    If bytes of a row are left where a page was put in order, the file is written anew. Subjects that were linked to
    this one go with it. The code is never given out again.

    Parameters
    ----------
    restricted
        Restricted folders of outputs, whose review material of the subject goes with it.

    Raises
    ------
    VaultError
        ``restricted-missing``, ``reveal-reason``, ``role-missing``, ``code-unknown``, ``code-erased``; ``vault-busy``
        if another process keeps old pages alive: erased, and the next checkpoint that finds the store idle removes
        them.
    """
    if not reason.strip() or not who.strip():
        raise VaultError("reveal-reason", "an erasure needs a reason and a name")
    if not all(folder.is_dir() for folder in restricted):
        raise VaultError("restricted-missing", "a restricted folder is not there: nothing was erased")
    with vault.acting() as act:
        vault.admit(act, "erase", who=who)
        subjects = _same_person(vault, code)
        rows = _rows_of(vault, [row[0] for row in subjects])
        codes = tuple(str(row[SUBJECT.at("code")]) for row in subjects)
        if log is not None:  # before the rows go: a crash in between erases once more, it forgets nothing
            log.add(vault.domain, codes)
        for table, found in rows:
            act.delete(table, found)
        _bury(vault, act, codes)
        _forget_reviewed(vault, codes, restricted)
        act.record(
            "erase",
            who=who,
            reason=reason,
            code=code,
            detail={"codes": list(codes), "rows": sum(len(r) for _, r in rows)},
        )
    vault.store.checkpoint()
    searched, hits = search_bytes(vault.store, _needles(vault, rows))
    if hits and isinstance(vault.store, SqliteStore):
        vault.store.rewrite()
        searched, hits = search_bytes(vault.store, _needles(vault, rows))
    return Erasure(codes, sum(len(found) for _, found in rows), searched, hits)


def _forget_reviewed(vault: Vault, codes: Iterable[str], restricted: Iterable[Path]) -> None:
    """Remove what reviewers were shown of subjects."""
    marks = tuple(review_mark(vault.derive(REVIEW), code) for code in codes)
    for folder in restricted:
        for path in folder.glob("review/*"):
            if path.name.startswith(marks):
                path.unlink(missing_ok=True)


def _needles(vault: Vault, rows: Sequence[tuple[Table, list[Row]]]) -> list[bytes]:
    """Bytes of erased rows that may stand nowhere any more: all but the index of an original that others share.

    One physician or institution has one index in the rows of all of its patients, and theirs stay.
    """
    found = {v for _, some in rows for row in some for v in row if isinstance(v, bytes) and len(v) >= NEEDLE_BYTES}
    links = [row[LINK.at("idx")] for table, some in rows if table is LINK for row in some]
    shared = {bytes(row[LINK.at("idx")]) for row in vault.store.fetch(LINK, vault.domain.number, "idx", links)}
    return [bytes(value) for value in found if bytes(value) not in shared]


def _same_person(vault: Vault, code: str) -> list[Row]:
    """Rows of a subject and of those whose keys were linked to it."""
    domain, store = vault.domain.number, vault.store
    rows = store.fetch(SUBJECT, domain, "code", [code])
    if not rows:
        vault.surrogates(code)  # says why: unknown or erased
    homes = {row[KEY.at("home")] for row in store.fetch(KEY, domain, "subject", [rows[0][0]])}
    return store.fetch(SUBJECT, domain, "id", list(homes | {rows[0][0]}))


def _rows_of(vault: Vault, numbers: Sequence[int]) -> list[tuple[Table, list[Row]]]:
    """Every row of these subjects, keys first."""
    domain, store = vault.domain.number, vault.store
    keys = {row[0]: row for column in ("home", "subject") for row in store.fetch(KEY, domain, column, numbers)}
    return [
        (DEK, store.fetch(DEK, domain, "subject", numbers)),
        (SUBJECT, store.fetch(SUBJECT, domain, "id", numbers)),
        (KEY, list(keys.values())),
        (LINK, store.fetch(LINK, domain, "subject", numbers)),
        (TOKEN, store.fetch(TOKEN, domain, "subject", numbers)),
    ]


def _bury(vault: Vault, act: Act, codes: Iterable[str]) -> None:
    now = int(time.time())
    act.insert(ERASED, [(code, vault.domain.number, now) for code in codes])


def search_bytes(store: Store, needles: Sequence[bytes]) -> tuple[int, int]:
    """Search the files of a SQLite store, its log and free pages for byte strings.

    Returns
    -------
    searched, found : int
        Bytes read, and how many of the needles stand somewhere. (0, 0) for a server's store: its files are not ours.
    """
    if not isinstance(store, SqliteStore):
        return 0, 0
    wanted = {needle[:NEEDLE_BYTES] for needle in needles}
    searched, found = 0, set[bytes]()
    for path in store.files():
        data = path.read_bytes()
        searched += len(data)
        found |= _present(data, wanted)
    return searched, len(found)


def _present(data: bytes, wanted: set[bytes]) -> set[bytes]:
    """Which needles stand in the data: few by search, many by one pass over all windows."""
    if len(wanted) <= 64:
        return {needle for needle in wanted if needle in data}
    return {window for i in range(len(data) - NEEDLE_BYTES + 1) if (window := data[i : i + NEEDLE_BYTES]) in wanted}


# A look at every row ---------------------------------------------------------------------------


@dataclass(slots=True)
class Verification:
    """What was looked at, and what is wrong; empty ``problems`` means that every row is as it was written."""

    rows: dict[str, int] = field(default_factory=dict)
    opened: int = 0
    audit_rows: int = 0
    problems: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems


def verify(vault: Vault, *, who: str = "", private: RevealKey | None = None) -> Verification:
    """Look at every row of the domain: MACs, counts and sums, references, audit chain, states.

    With the reveal key every original is opened too, and its blind index computed again.

    Parameters
    ----------
    private
        The officer's key, if the vault was not opened with it.
    """
    found = Verification()
    with vault.store.write():
        permit(vault.store, vault.domain, who, "verify")
        for step in (_verify_file, _verify_rows, _verify_audit):
            try:
                step(vault, found)
            except VaultError as error:
                found.problems.append(str(error))
        secrets = [key for key in (private.secret if private else b"", vault.private_key_or_none()) if key]
        try:
            _verify_seals(vault, found, secrets[0] if secrets else None)
        except VaultError as error:
            found.problems.append(str(error))
    del found.problems[MAX_PROBLEMS:]
    return found


def _verify_file(vault: Vault, found: Verification) -> None:
    if isinstance(vault.store, SqliteStore):
        found.problems.extend(f"sqlite: {line}" for line in vault.store.integrity())


def _verify_rows(vault: Vault, found: Verification) -> None:
    """MAC of each row; counts and sums against the ledger."""
    domain = vault.domain
    wanted, seen = read_ledger(vault.store, domain), Ledger()
    for table in TABLES:
        for row in vault.store.scan(table, domain.number):
            try:
                seen.count(table, check_row(domain, table, row), 1)
            except VaultError as error:
                found.problems.append(str(error))
        count, ought = seen.of(table)[0], wanted.of(table)[0]
        found.rows[table.name] = count
        if count != ought:
            found.problems.append(f"{table.name}: {count} sound rows where the ledger counts {ought}")
        elif seen.of(table) != wanted.of(table):
            found.problems.append(f"{table.name}: rows are not those that the ledger counts")


def _verify_audit(vault: Vault, found: Verification) -> None:
    for _ in read_audit(vault.store, vault.domain):
        found.audit_rows += 1
    if found.audit_rows != read_ledger(vault.store, vault.domain).audit_seq:
        found.problems.append("audit: there are rows that the ledger does not know")


def _verify_seals(vault: Vault, found: Verification, private: bytes | None) -> None:
    """References, the state of each subject and, with the reveal key, each original."""
    domain, store = vault.domain, vault.store
    codes: dict[int, str] = {}
    for row in store.scan(SUBJECT, domain.number):
        codes[row[0]] = row[SUBJECT.at("code")]
        _note(found, open_subject_row, domain, row)
    deks: dict[int, Dek | None] = {}
    for row in store.scan(DEK, domain.number):
        code = codes.get(row[DEK.at("subject")])
        if code is None:
            found.problems.append("dek: its subject is gone")
        deks[row[0]] = _note(found, open_dek, domain, private, code, row) if private and code else None
    for row in store.scan(KEY, domain.number):
        code = codes.get(row[KEY.at("home")]) if row[KEY.at("subject")] in codes else None
        key = _verify_seal(found, KEY, open_key_row, domain, row, code, deks)
        if key is not None and key_index(domain, key) != row[0]:
            found.problems.append("subject_key: the index does not fit the original")
    for row in store.scan(LINK, domain.number):
        link = _verify_seal(found, LINK, open_link_row, domain, row, codes.get(row[LINK.at("subject")]), deks)
        if link is not None and link_index(domain, link.kind, link.original) != row[0]:
            found.problems.append("link: the index does not fit the original")


def _verify_seal(
    found: Verification,
    table: Table,
    opener: Callable[[Domain, Row, str, Dek], T],
    domain: Domain,
    row: Row,
    code: str | None,
    deks: dict[int, Dek | None],
) -> T | None:
    number = row[table.at("dek")]
    if code is None or number not in deks:
        found.problems.append(f"{table.name}: its subject or data key is gone")
        return None
    dek = deks[number]
    if dek is None:
        return None
    found.opened += 1
    return _note(found, opener, domain, row, code, dek)


def _note(found: Verification, step: Callable[..., T], *arguments: object) -> T | None:
    """Result of a step, or None with its error noted."""
    try:
        return step(*arguments)
    except VaultError as error:
        found.problems.append(str(error))
        return None


def stats(vault: Vault) -> dict[str, Any]:
    """Counts by table, key version, size: no original, no code."""
    ledger = read_ledger(vault.store, vault.domain)
    size = sum(path.stat().st_size for path in vault.store.files()) if isinstance(vault.store, SqliteStore) else None
    return {
        "domain": vault.domain.name,
        "rows": {table.name: ledger.counts.get(table.name, 0) for table in TABLES},
        "audit_rows": ledger.audit_seq,
        "epoch": ledger.epoch,
        "key_version": vault.domain.version,
        "pseudonyms": vault.policy.pseudonyms,
        "reveal": "simple" if vault.domain.reveal_private else "split",
        "bytes": size,
    }
