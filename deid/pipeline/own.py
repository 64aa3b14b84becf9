"""Texts that we handed over ourselves: given again they are recognised, word for word, and left alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from deid.attestation import sha256_hex
from deid.model import Link
from deid.vault import Vault

__all__ = ["handed_over", "recognised"]

KIND = "output"
OF = "output of "  # so that what stands for a text is no code that something else may be looked up by


def handed_over(content: bytes | str, code: str, links: Sequence[Link]) -> tuple[Link, ...]:
    """All links of an output: those given, and the one by which the vault knows it again from a digest.

    What holds no surrogate of anybody may stand in another patient's report as well, and changes in no second pass.
    Blanks at the ends do not count.
    """
    return (*links, Link(KIND, _digest(content), f"{OF}{code}")) if links else ()


def recognised(contents: Iterable[bytes | str], vault: Vault) -> list[str]:
    """For each text the code of the subject under which it was handed over, empty if it was not."""
    found = vault.surrogates_of(KIND, [_digest(content) for content in contents])
    return [one.removeprefix(OF) for one in found]


def _digest(content: bytes | str) -> str:
    data = content.encode("utf-8", "replace") if isinstance(content, str) else content
    return sha256_hex(data.strip())
