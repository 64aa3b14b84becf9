"""An older store, lifted to the schema of this version: one step for each schema, all of them in one transaction."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from deid.vault.act import act_within, check_row, read_ledger, stored_domain, write_ledger
from deid.vault.domain import Domain
from deid.vault.grants import permit
from deid.vault.keys import Key
from deid.vault.opening import open_store
from deid.vault.store import DOMAIN, Store
from deid.vault.wire import SCHEMA

__all__ = ["upgrade"]


def upgrade(address: str | os.PathLike[str], key: Key, *, who: str) -> int:
    """Lift a vault of an earlier version; every domain has it on record. No writer of that version may be running.

    Returns
    -------
    int
        The schema that was found; that of this version if there was nothing to do.

    Raises
    ------
    VaultError
        ``key-wrong``, ``role-missing``, ``vault-schema``, ``vault-damaged``.
    """
    store = open_store(address, older=True)
    try:
        with store.write():
            found = store.schema()
            for schema in range(found, SCHEMA):
                STEPS[schema](store, key)
                store.lift(schema + 1)
            for row in list(store.scan(DOMAIN)) if found < SCHEMA else ():
                domain = stored_domain(store, row[0], lambda row: Domain.load(row, key))
                with act_within(store, domain) as act:
                    permit(store, domain, who, "migrate", act.ledger)
                    act.record("upgrade", who=who, detail={"from": found, "to": SCHEMA})
        return found
    finally:
        store.close()


def _count_domains(store: Store, key: Key) -> None:
    """1 to 2: the ledger counts the row of its domain, so that an older one put back alone is found."""
    for row in list(store.scan(DOMAIN)):
        domain = Domain.load(row, key)
        ledger = read_ledger(store, domain)
        ledger.count(DOMAIN, check_row(domain, DOMAIN, row), 1)
        write_ledger(store, domain, ledger)


STEPS: Final[Mapping[int, Callable[[Store, Key], None]]] = MappingProxyType({1: _count_domains})
