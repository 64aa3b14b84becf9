"""Stores and domains, opened and made."""

from __future__ import annotations

import os
from pathlib import Path

from deid.errors import VaultError
from deid.vault.act import Ledger, act_within, stored_domain, write_ledger
from deid.vault.domain import Domain, Policy, RevealKey
from deid.vault.keys import Key
from deid.vault.store import DOMAIN, SqliteStore, Store

__all__ = ["add_domain", "open_domain", "open_store"]


def open_store(path: str | os.PathLike[str], *, create: bool = False, older: bool = False) -> Store:
    """SQLite for a path, PostgreSQL for a ``postgresql://`` address; ``older`` lets earlier schemas pass."""
    if isinstance(path, str) and path.startswith(("postgresql://", "postgres://")):
        from deid.vault.postgres import PostgresStore

        return PostgresStore(path, create=create, older=older)
    return SqliteStore(Path(path), create=create, older=older)


def open_domain(store: Store, name: str, key: Key, reveal: RevealKey | None = None) -> Domain:
    """A domain by its name.

    Raises
    ------
    VaultError
        ``domain-missing``, ``key-wrong``, ``vault-reveal-key``, ``vault-damaged``.
    """
    rows = [row for row in store.scan(DOMAIN) if row[DOMAIN.at("name")] == name]
    if not rows:
        raise VaultError("domain-missing", "the vault has no such domain", hint="deid vault domain")
    opened = stored_domain(store, rows[0][0], lambda row: Domain.load(row, key))
    if reveal is not None and reveal.public != opened.reveal_public:
        raise VaultError("vault-reveal-key", "this reveal key belongs to another domain")
    return opened


def add_domain(store: Store, key: Key, name: str, policy: Policy, reveal_public: bytes | None) -> Domain:
    """A new domain with an empty ledger and the first row of its record.

    Raises
    ------
    VaultError
        ``domain-name``, ``domain-exists``.
    """
    if not name or len(name) > 64 or not name.isprintable():
        raise VaultError("domain-name", "a domain's name is 1 to 64 printable characters")
    with store.write():
        rows = list(store.scan(DOMAIN))
        if any(row[DOMAIN.at("name")] == name for row in rows):
            raise VaultError("domain-exists", "the vault has a domain of that name")
        made = Domain.make(max([row[0] for row in rows], default=0) + 1, name, policy, reveal_public)
        write_ledger(store, made, Ledger())
        with act_within(store, made) as act:
            act.insert(DOMAIN, [made.row(key)])
            act.record("create", who="", detail={"domain": name, "split": not made.reveal_private})
    return made
