"""Surrogates derived from a seed: pure functions, no disk, clock, network or random source.

The vault draws a code, a whole-day offset and a secret seed for a subject, once, at random. What
stands in for the patient's own names and numbers is derived from the subject's seed; UIDs, staff,
relatives and places from the seed of the domain, so that one UID or one physician has one surrogate
in every instance of a project and no relation to another project's.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Final

from deid.model import Role

__all__ = ["PersonSurrogate", "Surrogates", "draw_person", "fold", "name_pool"]

DIGITS = "0123456789"
# Written before and after names; not part of who somebody is.
TITLES = frozenset(
    "dr prof mr mrs ms miss sir dame md phd do frcr fracr frcs mbbs rn np pa msc bsc jr sr ii iii".split()  # noqa: SIM905  # a list to read
)
UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def fold(text: str) -> str:
    """Casefolded, without diacritics, in compatibility form: how values are compared everywhere."""
    if text.isascii():
        return text.casefold()
    bare = (c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return "".join(bare).casefold().replace("ø", "o").replace("ł", "l").replace("đ", "d").replace("ı", "i")


@lru_cache(maxsize=1)
def name_pool() -> dict[str, tuple[str, ...]]:
    """Names that surrogates are drawn from: keys ``family``, ``F``, ``M``, ``O``."""
    raw = json.loads(resources.files("deid.data").joinpath("surrogate_names.json").read_text("utf-8"))
    return {key: tuple(raw[key]) for key in ("family", "F", "M", "O")}


@dataclass(slots=True, unsafe_hash=True)  # kept from change by its types: freezing costs a tenth of a look-up
class PersonSurrogate:
    """The name that stands in for a person's."""

    family: Final[str]
    given: Final[str]

    @property
    def pn(self) -> str:
        """As a DICOM PN value, alphabetic group."""
        return f"{self.family}^{self.given}"


def draw_person(
    seed: bytes, label: str, *, sex: str = "", avoid: Iterable[str] = (), house: str = ""
) -> PersonSurrogate:
    """A name from the pool, the same for the same seed and label.

    Parameters
    ----------
    seed
        Secret of a subject or of a domain.
    label
        What is named: ``patient``, or a person's folded name.
    sex
        ``M`` or ``F`` chooses given names; anything else takes neutral ones.
    avoid
        Folded words that the name must not be equal to (identifiers known when it is drawn).
    house
        What the family name is drawn for, if for less than the whole label: all who bear it get the same one.
    """
    return _drawn(seed, label, sex, frozenset(avoid), house or label)


@lru_cache(maxsize=4096)
def _drawn(seed: bytes, label: str, sex: str, taken: frozenset[str], house: str) -> PersonSurrogate:
    pool = name_pool()
    given_pool = pool[sex if sex in ("F", "M") else "O"]

    def pick(part: str, names: tuple[str, ...]) -> str:
        start = int.from_bytes(_mac(seed, f"person:{part}")[:8], "big")
        for step in range(len(names)):
            name = names[(start + step) % len(names)]
            if fold(name) not in taken:
                return name
        return names[start % len(names)]

    return PersonSurrogate(pick(f"family:{house}", pool["family"]), pick(f"given:{sex}:{label}", given_pool))


@dataclass(slots=True, unsafe_hash=True, repr=False)
class Surrogates:
    """The only thing that planning gets from the vault, one per subject.

    Attributes
    ----------
    code
        What stands in for the Patient ID, at most 16 characters (fits SH).
    shift_days
        Whole days added to every date of the subject; never 0.
    seed, domain_seed
        32 secret bytes each.
    person
        What stands in for the patient's name, drawn once and remembered by the vault.
    """

    code: Final[str]
    shift_days: Final[int]
    seed: Final[bytes]
    domain_seed: Final[bytes]
    person: Final[PersonSurrogate]

    def __repr__(self) -> str:
        return f"Surrogates({self.code})"

    @classmethod
    def preview(cls) -> Surrogates:
        """Stand-ins for a dry run: they come from no vault and belong to nobody."""
        return cls("S-PREVIEW", -365, bytes(32), bytes(32), PersonSurrogate("Preview", "Name"))

    def uid(self, original: str) -> str:
        """UID for a UID: one to one within the domain, ``2.25.`` and 128 bits (PS3.5 B.2)."""
        return _uid(self.domain_seed, original)

    def identifier(self, original: str, kind: str, *, role: Role = Role.STUDY) -> str:
        """Identifier of the same shape: digits for digits, letters for letters, the rest kept.

        Parameters
        ----------
        original
            As written. Separators and case are kept in place and do not change the surrogate's
            characters: ``12-34`` and ``1234`` give the same digits.
        kind
            Separates the number spaces of kinds (``accession``, ``mrn``, ``phone`` ...).
        role
            The patient's own and the study's identifiers come from the subject's seed.
        """
        seed = self.seed if role in (Role.PATIENT, Role.STUDY) else self.domain_seed
        core = "".join(c for c in fold(original) if c.isalnum())
        surrogate = _reshape(original, _stream(seed, f"id:{kind}:{core}", len(core)))
        if core and fold(surrogate) == fold(original):
            surrogate = _reshape(original, _stream(seed, f"id:{kind}:{core}:again", len(core)))
        return surrogate

    def other_person(self, original: str, *, sex: str = "", avoid: Iterable[str] = ()) -> PersonSurrogate:
        """Name for somebody who is not the patient; ``original`` in any order and case gives one name.

        Of a PN the family name is drawn for the last family name alone, so that ``KEBEDE^HAILE`` and a later
        ``Dr. Kebede`` share it; the given name is drawn for the whole.
        """
        named = original.split("=", 1)[0].split("^")[:3]  # prefix and suffix of a PN are no names
        words = _words_of(" ".join(named))
        house = (_words_of(named[0]) or [""])[-1] if len(named) > 1 else ""
        return draw_person(self.domain_seed, " ".join(sorted(words)), sex=sex, avoid=avoid, house=house)


def _words_of(name: str) -> list[str]:
    """The folded words of a name without titles and initials."""
    folded = fold(name).replace("'", "").replace("’", "")  # O'Brien and OBRIEN are one name
    every = [word for word in "".join(c if c.isalnum() else " " for c in folded).split() if len(word) > 1]
    return [word for word in every if word not in TITLES] or every  # somebody may be called Do


def _mac(key: bytes, message: str) -> bytes:
    return hmac.digest(key, message.encode("utf-8"), "sha256")


@lru_cache(maxsize=65536)
def _uid(seed: bytes, original: str) -> str:
    return f"2.25.{int.from_bytes(_mac(seed, f'uid:{original}')[:16], 'big')}"


def _stream(key: bytes, message: str, size: int) -> bytes:
    return hashlib.shake_256(_mac(key, message)).digest(size)


def _reshape(original: str, stream: bytes) -> str:
    """Digits and letters from the stream, one byte each; everything else stays in its place."""
    out, at = [], 0
    for character in original:
        if not character.isalnum():
            out.append(character)
            continue
        byte = stream[at % len(stream)] if stream else 0
        at += 1
        if character.isalpha():
            letter = UPPER[byte % 26]
            out.append(letter if character.isupper() else letter.lower())
        else:
            out.append(DIGITS[byte % 10])
    return "".join(out)
