"""Options that several verbs share, written once: a parameter whose type is a dataclass stands for its fields."""

from __future__ import annotations

import getpass
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import MISSING, Field, dataclass, field, fields, is_dataclass
from inspect import Parameter, Signature, signature
from pathlib import Path
from typing import Annotated, Any, Final, get_type_hints

import typer

from deid.errors import VaultError
from deid.vault import anchors
from deid.vault.domain import REVEAL_LABEL, Policy, RevealKey
from deid.vault.grants import Grant
from deid.vault.keys import Key, read_private, write_private
from deid.vault.kms import is_wrapped, read_wrapped, write_wrapped
from deid.vault.shares import SHARE_LABEL, join_reveal_key, split_reveal_key
from deid.vault.vault import Vault

__all__ = [
    "WRAPPED",
    "Leave",
    "Me",
    "Officers",
    "Place",
    "Project",
    "RevealKeys",
    "file_of",
    "new_officer",
    "officer_key",
    "verb",
    "write_secret",
]

WRAPPED: Final = "or, wrapped by a server, transit:KEY@FILE or aws-kms:KEY@FILE"
Officers = Annotated[
    list[str],
    typer.Option("--officer", help=f"New file for the officer's key ({WRAPPED}); given three times: a share in each."),
]
RevealKeys = Annotated[
    list[str],
    typer.Option("--reveal-key", help=f"File of the officer's key ({WRAPPED}), or of a share of it: give enough."),
]


def verb(app: typer.Typer, name: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register a function as a verb; what the vault refuses is one line on stderr and exit status 3."""

    def register(function: Callable[..., None]) -> Callable[..., None]:
        forms: dict[str, type[Any]] = {}
        parameters: list[Parameter] = []
        for parameter in signature(function, eval_str=True).parameters.values():
            if is_dataclass(parameter.annotation):
                forms[parameter.name] = parameter.annotation  # type: ignore[assignment]
                hints = get_type_hints(parameter.annotation, include_extras=True)
                parameters += [_option(item, hints[item.name]) for item in fields(parameter.annotation)]
            else:
                parameters.append(parameter.replace(kind=Parameter.KEYWORD_ONLY))

        def call(**given: Any) -> None:
            for form, kind in forms.items():
                given[form] = kind(**{item.name: given.pop(item.name) for item in fields(kind)})
            try:
                function(**given)
            except VaultError as error:
                typer.echo(f"deid: {error}", err=True)
                raise typer.Exit(error.exit_code) from None

        call.__doc__ = function.__doc__
        call.__signature__ = Signature(parameters)  # type: ignore[attr-defined]
        app.command(name)(call)
        return function

    return register


def _option(item: Field[Any], hint: Any) -> Parameter:
    default = item.default_factory() if item.default_factory is not MISSING else item.default
    empty = Parameter.empty if default is MISSING else default
    return Parameter(item.name, Parameter.KEYWORD_ONLY, default=empty, annotation=hint)


@dataclass(frozen=True, slots=True)
class Place:
    """Which domain of which vault, its key, and where the head of its record goes."""

    vault: Annotated[str, typer.Option("--vault", "-v", envvar="DEID_VAULT", help="Path or postgresql:// address.")]
    key: Annotated[
        str,
        typer.Option(
            "--key",
            help="Where the key is: file:PATH, env, command:PROGRAM, keyring, passphrase:PATH, "
            "hashicorp:MOUNT/PATH#FIELD, transit:KEY@FILE, aws-kms:KEY@FILE. Default: the environment, then VAULT.key.",
        ),
    ] = ""
    domain: Annotated[str, typer.Option("--domain", help="Project.")] = "default"
    anchor: Annotated[
        str,
        typer.Option(
            "--anchor",
            envvar=anchors.ENVIRONMENT,
            help="Second place of the record's head: file:PATH, syslog, command:PROGRAM.",
        ),
    ] = ""

    def secret(self) -> Key:
        """The vault's key."""
        return Key.load(self.key, vault=self.vault)

    @contextmanager
    def opened(self, reveal: RevealKey | None = None) -> Iterator[Vault]:
        """The domain, not older than its anchor; its head is anchored at the end if something was written."""
        with Vault.open(self.vault, self.secret(), domain=self.domain, reveal=reveal, anchor=self.anchor) as opened:
            yield opened


@dataclass(frozen=True, slots=True)
class Me:
    """Who acts."""

    who: Annotated[str, typer.Option("--who", help="Who acts; goes on record. Default: the login name.")] = ""

    @property
    def name(self) -> str:
        """The name that goes on record."""
        return self.who or getpass.getuser()


@dataclass(frozen=True, slots=True)
class Leave:
    """What a person needs to read back."""

    reason: Annotated[str, typer.Option("--reason", help="Why; goes on record.")]
    who: Annotated[str, typer.Option("--who", help="Who acts; goes on record. Default: the login name.")] = ""
    reveal_key: RevealKeys = field(default_factory=list)
    grant: Annotated[Path | None, typer.Option("--grant", help="File of a signed grant.")] = None
    totp: Annotated[bool, typer.Option("--totp", help="Ask for the second factor.")] = False

    def given(self) -> dict[str, Any]:
        """As :meth:`deid.vault.Vault.reveal` takes it; asks for the second factor."""
        digits = getpass.getpass("Second factor: ") if self.totp else ""
        slip = Grant.read(self.grant) if self.grant else None
        return {"who": Me(self.who).name, "reason": self.reason, "grant": slip, "totp": digits}


@dataclass(frozen=True, slots=True)
class Project:
    """What a new domain is set up with."""

    officer: Officers = field(default_factory=list)
    prefix: Annotated[str, typer.Option("--prefix", help="Before each code, up to 4 characters.")] = "S-"
    shift_days: Annotated[tuple[int, int], typer.Option("--shift-days", help="Range of the whole-day offset.")] = (
        -730,
        -31,
    )
    signatures: Annotated[int, typer.Option("--signatures", help="Signatures that a grant needs; 0: no grant.")] = 0
    need_totp: Annotated[bool, typer.Option("--need-totp", help="Ask a revealer for a second factor.")] = False
    keyed: Annotated[bool, typer.Option("--keyed", help="Derive codes from Patient IDs (164.514(c) is not met).")] = (
        False
    )
    exact_case: Annotated[
        bool, typer.Option("--exact-case", help="Patient IDs that differ in case are two patients.")
    ] = False
    default_issuer: Annotated[str, typer.Option("--default-issuer", help="Stands in for a blank issuer.")] = ""

    def policy(self) -> Policy:
        """The policy of the domain."""
        return Policy(
            prefix=self.prefix,
            shift_days=self.shift_days,
            id_case="exact" if self.exact_case else "fold",
            default_issuer=self.default_issuer,
            pseudonyms="keyed" if self.keyed else "random",
            signatures=self.signatures,
            totp=self.need_totp,
        )


def new_officer(places: list[str]) -> bytes | None:
    """A new reveal key into one file, or its shares into several; its public half."""
    if not places:
        return None
    key = RevealKey.generate()
    texts = [key.text()] if len(places) == 1 else split_reveal_key(key, threshold=2, shares=len(places))
    for place, text in zip(places, texts, strict=True):
        write_secret(text, place)
    return key.public


def officer_key(places: list[str]) -> RevealKey | None:
    """The reveal key from its file, or from enough of its shares."""
    if not places:
        return None
    if len(places) == 1:
        return RevealKey.from_text(_read_secret(places[0], REVEAL_LABEL))
    return join_reveal_key([_read_secret(place, SHARE_LABEL) for place in places])


def write_secret(text: str, place: str) -> None:
    """Write the text form of a key into a new file, under a server's key where the place names one."""
    if is_wrapped(place):
        write_wrapped(text, place)
    else:
        write_private(Path(place), text + "\n")


def _read_secret(place: str, label: str) -> str:
    return read_wrapped(place, label) if is_wrapped(place) else read_private(Path(place))


def file_of(place: str) -> Path:
    """The file in which a key lies, in clear or wrapped."""
    return Path(place.partition("@")[2] if is_wrapped(place) else place)
