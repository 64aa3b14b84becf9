"""The reversible mapping: who is who, sealed so that a stolen store names nobody.

The format is written in ``docs/vault-format.md``; ``docs/vault.md`` is the guide.
"""

from deid.vault.act import AuditRow
from deid.vault.domain import Policy, RevealKey
from deid.vault.keys import Key
from deid.vault.tokens import KnownIndex
from deid.vault.vault import STUDY_ISSUER, Vault, study_only
from deid.vault.wire import is_placeholder

__all__ = [
    "STUDY_ISSUER",
    "AuditRow",
    "Key",
    "KnownIndex",
    "Policy",
    "RevealKey",
    "Vault",
    "is_placeholder",
    "study_only",
]
