"""``deid vault ...``: one verb per act. Data on stdout, words on stderr, exit status 3 when the vault says no.

An original value is printed by ``reveal`` and written by ``export``, by nothing else. Keys and Patient IDs never stand
in an argument: keys are named by where they are, Patient IDs are read from standard input.
"""

from __future__ import annotations

import getpass
import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from deid.dicom.encrypted import open_file
from deid.errors import VaultError
from deid.model import SubjectKey
from deid.vault import anchors, backup, grants, lifecycle, transfer
from deid.vault.domain import Policy, RevealKey
from deid.vault.keys import ENVIRONMENT, Key, read_private, write_private
from deid.vault.shares import join_reveal_key, split_reveal_key
from deid.vault.vault import Vault

__all__ = ["app"]

app = typer.Typer(help="The reversible mapping: who is who, sealed.", no_args_is_help=True)
grant_app = typer.Typer(help="Signed leave to read back.", no_args_is_help=True)
rotate_app = typer.Typer(help="New keys; pseudonyms stay.", no_args_is_help=True)
principal_app = typer.Typer(help="Who may do what in a domain.", no_args_is_help=True)
app.add_typer(grant_app, name="grant")
app.add_typer(rotate_app, name="rotate")
app.add_typer(principal_app, name="principal")

VaultOption = Annotated[str, typer.Option("--vault", "-v", envvar="DEID_VAULT", help="Path or postgresql:// address.")]
KeyOption = Annotated[
    str,
    typer.Option(
        "--key",
        help="Where the key is: file:PATH, env, command:PROGRAM, keyring, passphrase:PATH, hashicorp:MOUNT/PATH#FIELD, "
        "transit:KEY@FILE. Default: the environment, then VAULT.key.",
    ),
]
DomainOption = Annotated[str, typer.Option("--domain", help="Project.")]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object a line on stdout.")]
WhoOption = Annotated[str, typer.Option("--who", help="Who acts; goes on record. Default: the login name.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why; goes on record.")]
RevealOption = Annotated[
    list[Path],
    typer.Option("--reveal-key", help="File of the officer's key, or of a share of it (give enough of them)."),
]
GrantOption = Annotated[Path | None, typer.Option("--grant", help="File of a signed grant.")]
TotpOption = Annotated[bool, typer.Option("--totp", help="Ask for the second factor.")]
AnchorOption = Annotated[
    str, typer.Option("--anchor", envvar="DEID_ANCHOR", help="file:PATH, syslog or command:PROGRAM.")
]
PrefixOption = Annotated[str, typer.Option("--prefix", help="Before each code, up to 4 characters.")]
ShiftOption = Annotated[tuple[int, int], typer.Option("--shift-days", help="Range of the whole-day offset.")]
SignaturesOption = Annotated[int, typer.Option("--signatures", help="Signatures that a grant needs; 0: no grant.")]
NeedTotpOption = Annotated[bool, typer.Option("--need-totp", help="Ask a revealer for a second factor.")]
KeyedOption = Annotated[bool, typer.Option("--keyed", help="Derive codes from Patient IDs (164.514(c) is not met).")]
ExactOption = Annotated[bool, typer.Option("--exact-case", help="Patient IDs that differ in case are two patients.")]
IssuerOption = Annotated[str, typer.Option("--default-issuer", help="Stands in for a blank issuer.")]
OfficerOption = Annotated[
    list[Path],
    typer.Option("--officer", help="New file for the officer's reveal key; given three times: one share in each."),
]


@app.command()
def init(  # noqa: PLR0913 - a form
    *,
    vault: VaultOption,
    key: KeyOption = "",
    key_file: Annotated[Path | None, typer.Option("--key-file", help="The same as --key file:PATH.")] = None,
    domain: DomainOption = "default",
    officer: OfficerOption = [],  # noqa: B006 - typer reads it
    prefix: PrefixOption = "S-",
    shift_days: ShiftOption = (-730, -31),
    signatures: SignaturesOption = 0,
    need_totp: NeedTotpOption = False,
    keyed: KeyedOption = False,
    exact_case: ExactOption = False,
    default_issuer: IssuerOption = "",
) -> None:
    """Make a vault; without --key its key goes into VAULT.key (mode 0600).

    Example: deid vault init --vault store/links.vault --officer /media/officer/reveal.key
    """
    with _refusing():
        policy = _policy(prefix, shift_days, signatures, need_totp, keyed, exact_case, default_issuer)
        public = _new_officer(officer)
        made, fresh = _key_for_new(vault, key or (f"file:{key_file}" if key_file else ""))
        try:
            with Vault.create(vault, made, domain=domain, policy=policy, reveal_public=public) as opened:
                _say_alerts(opened)
        except VaultError:
            for path in (*officer, *([fresh] if fresh else [])):  # made a moment ago, for a vault that is not
                path.unlink()
            raise
        if fresh:
            _say("a new key was made: keep a copy of it elsewhere, without it nobody reads the vault")
        _say("vault made" + ("" if public else "; simple mode: its key opens everything"))


@app.command("domain")
def add_domain(  # noqa: PLR0913 - a form
    name: Annotated[str, typer.Argument(help="Name of the project; no patient in it is found from another one.")],
    *,
    vault: VaultOption,
    key: KeyOption = "",
    within: Annotated[str, typer.Option("--domain", help="A domain that is there already.")] = "default",
    officer: OfficerOption = [],  # noqa: B006 - typer reads it
    prefix: PrefixOption = "S-",
    shift_days: ShiftOption = (-730, -31),
    signatures: SignaturesOption = 0,
    need_totp: NeedTotpOption = False,
    keyed: KeyedOption = False,
    exact_case: ExactOption = False,
    default_issuer: IssuerOption = "",
) -> None:
    """Add a domain: keys, codes, UIDs and offsets of its own.

    Example: deid vault domain trial-7 --vault store/links.vault --prefix T7-
    """
    with _refusing():
        policy = _policy(prefix, shift_days, signatures, need_totp, keyed, exact_case, default_issuer)
        secret = Key.load(key, vault=vault)
        with Vault.open(vault, secret, domain=within) as opened:
            opened.add_domain(name, secret, policy=policy, reveal_public=_new_officer(officer))
        _say("domain made")


@app.command()
def policy(  # noqa: PLR0913 - a form
    *,
    vault: VaultOption,
    key: KeyOption = "",
    domain: DomainOption = "default",
    who: WhoOption = "",
    reason: Annotated[str, typer.Option("--reason", help="Why it changes; goes on record.")] = "",
    prefix: Annotated[str | None, typer.Option("--prefix", help="Before each new code.")] = None,
    shift_days: Annotated[tuple[int, int] | None, typer.Option("--shift-days", help="Range of new offsets.")] = None,
    signatures: Annotated[int | None, typer.Option("--signatures", help="Signatures that a grant needs.")] = None,
    need_totp: Annotated[bool | None, typer.Option("--need-totp/--no-need-totp", help="Second factor.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Show the domain's policy; change it where an option says so.

    Example: deid vault policy --signatures 2 --reason "board decision 7" --who anna --vault store/links.vault
    """
    wanted = {"prefix": prefix, "shift_days": shift_days, "signatures": signatures, "totp": need_totp}
    changes = {name: value for name, value in wanted.items() if value is not None}
    with _refusing(), _open(vault, key, domain) as opened:
        if changes:
            opened.set_policy(who=_me(who), reason=reason, **changes)
        _show(asdict(opened.policy), as_json=as_json)


@app.command()
def lookup(
    code: Annotated[str, typer.Argument(help="A subject's code.")],
    *,
    vault: VaultOption,
    key: KeyOption = "",
    domain: DomainOption = "default",
    as_json: JsonOption = False,
) -> None:
    """What is known about a code: counts and days, no original.

    Example: deid vault lookup S-D7SF8Y2NM6 --vault store/links.vault
    """
    with _refusing(), _open(vault, key, domain) as opened:
        _show(opened.lookup(code), as_json=as_json)


@app.command()
def find(
    *,
    vault: VaultOption,
    key: KeyOption = "",
    domain: DomainOption = "default",
    as_json: JsonOption = False,
) -> None:
    """Codes of Patient IDs that are read from standard input, one a line, an issuer after a tab.

    Example: deid vault find --vault store/links.vault < ids.txt
    """
    with _refusing(), _open(vault, key, domain) as opened:
        for number, line in enumerate(sys.stdin, 1):
            patient_id, _, issuer = line.rstrip("\n").partition("\t")
            _show({"line": number, "code": opened.find(patient_id, issuer)}, as_json=as_json)


@app.command()
def reveal(  # noqa: PLR0913 - a form
    code: Annotated[str, typer.Argument(help="A subject's code.")],
    *,
    vault: VaultOption,
    reason: ReasonOption,
    key: KeyOption = "",
    domain: DomainOption = "default",
    who: WhoOption = "",
    reveal_key: RevealOption = [],  # noqa: B006 - typer reads it
    grant: GrantOption = None,
    totp: TotpOption = False,
    anchor: AnchorOption = "",
    dicom: Annotated[
        Path | None, typer.Option("--dicom", help="Restore this instance: its originals travel sealed.")
    ] = None,
    private_key: Annotated[Path | None, typer.Option(help="With --dicom: PEM, RSA.")] = None,
    certificate: Annotated[Path | None, typer.Option(help="With --dicom: PEM, the one it was sealed for.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="With --dicom: where to write it; 0600.")] = None,
    as_json: JsonOption = False,
) -> None:
    """The originals of a subject. On record before anything is shown.

    Example: deid vault reveal S-D7SF8Y2NM6 --reason "incidental finding, ticket 812" --vault store/links.vault
    """
    with _refusing(), _open(vault, key, domain, reveal_key, anchor) as opened:
        found = opened.reveal(code, reason=reason, who=_me(who), grant=_grant(grant), totp=_second_factor(totp))
        if dicom is not None:
            if private_key is None or certificate is None or out is None:
                raise typer.BadParameter("--dicom needs --private-key, --certificate and --out")
            open_file(dicom, out, private_key=private_key, certificate=certificate)
            return
        for link in found:
            _show({"kind": link.kind, "original": link.original, "surrogate": link.surrogate}, as_json=as_json)


@app.command()
def link(
    *,
    vault: VaultOption,
    reason: ReasonOption,
    key: KeyOption = "",
    domain: DomainOption = "default",
    who: WhoOption = "",
) -> None:
    r"""One patient under two IDs: two lines on standard input, ID and, after a tab, issuer. The first one's code stays.

    Example: printf 'A-1\\tHOSP\\nB-7\\tCLINIC\\n' | deid vault link --reason "MPI merge 44" --vault store/links.vault
    """
    with _refusing(), _open(vault, key, domain) as opened:
        keys = _keys_from_stdin(2)
        typer.echo(opened.link(keys[0], keys[1], who=_me(who), reason=reason))


@app.command()
def unlink(
    *,
    vault: VaultOption,
    reason: ReasonOption,
    key: KeyOption = "",
    domain: DomainOption = "default",
    who: WhoOption = "",
) -> None:
    r"""Undo a link: one line on standard input, the ID that was linked.

    Example: printf 'B-7\\tCLINIC\\n' | deid vault unlink --reason "wrong merge" --vault store/links.vault
    """
    with _refusing(), _open(vault, key, domain) as opened:
        typer.echo(opened.unlink(_keys_from_stdin(1)[0], who=_me(who), reason=reason))


# Grants ----------------------------------------------------------------------------------------


@grant_app.command("new")
def grant_new(  # noqa: PLR0913 - a form
    *,
    vault: VaultOption,
    who: Annotated[str, typer.Option("--who", help="Who may use it.")],
    reason: ReasonOption,
    key: KeyOption = "",
    domain: DomainOption = "default",
    hours: Annotated[int, typer.Option("--hours", help="How long it lasts.")] = 24,
    uses: Annotated[int, typer.Option("--uses", help="How often it may be used.")] = 1,
    code: Annotated[list[str], typer.Option("--code", help="A code that it covers; none: all.")] = [],  # noqa: B006
    kind: Annotated[list[str], typer.Option("--kind", help="A kind of link that it covers; none: all.")] = [],  # noqa: B006
) -> None:
    """Write a grant that nobody has signed yet.

    Example: deid vault grant new --who rita --reason "recall 812" --code S-D7SF8Y2NM6 --vault V > grant.json
    """
    with _refusing(), _open(vault, key, domain) as opened:
        made = grants.Grant.make(
            domain=opened.domain.uuid.hex(),
            who=who,
            reason=reason,
            seconds=hours * 3600,
            uses=uses,
            codes=code,
            kinds=kind,
        )
        typer.echo(made.dump())


@grant_app.command("sign")
def grant_sign(
    file: Annotated[Path, typer.Argument(help="The grant; the signature is added to it.")],
    *,
    name: Annotated[str, typer.Option("--name", help="Name of the administrator.")],
    signing_key: Annotated[Path, typer.Option("--signing-key", help="File of the administrator's key.")],
) -> None:
    """Sign a grant, after reading it.

    Example: deid vault grant sign grant.json --name anna --signing-key anna.key
    """
    with _refusing():
        grant = _grant(file)
        if grant is not None:
            signed = grant.signed(name, grants.SigningKey.from_text(read_private(signing_key)))
            file.write_text(signed.dump() + "\n", "utf-8")
            _say(
                f"signed: {signed.who} may read back {', '.join(signed.codes) or 'every subject'}, {signed.uses} times"
            )


@principal_app.command("add")
def principal_add(  # noqa: PLR0913 - a form
    name: Annotated[str, typer.Argument(help="The name that goes on record.")],
    role: Annotated[str, typer.Argument(help=f"One of {', '.join(grants.ROLES)}.")],
    *,
    vault: VaultOption,
    key: KeyOption = "",
    domain: DomainOption = "default",
    who: WhoOption = "",
    signing_key: Annotated[
        Path | None, typer.Option("--signing-key", help="File of an administrator's key; made if new.")
    ] = None,
    totp: TotpOption = False,
) -> None:
    """Let the domain know somebody. The first one is an administrator with a signing key.

    Example: deid vault principal add anna admin --signing-key anna.key --who anna --vault store/links.vault
    """
    with _refusing(), _open(vault, key, domain) as opened:
        public = _signer(signing_key).public if signing_key else b""
        person = grants.Principal(name, role, public, totp)
        with opened.acting() as act:
            secret = grants.add_principal(act, opened.store, opened.domain, person, who=_me(who))
        if secret:
            typer.echo(f"otpauth://totp/deid:{name}?secret={secret}&issuer=deid")
            _say("shown once: put it into an authenticator app")


@principal_app.command("remove")
def principal_remove(
    name: Annotated[str, typer.Argument()],
    *,
    vault: VaultOption,
    key: KeyOption = "",
    domain: DomainOption = "default",
    who: WhoOption = "",
) -> None:
    """Forget somebody.

    Example: deid vault principal remove rita --who anna --vault store/links.vault
    """
    with _refusing(), _open(vault, key, domain) as opened, opened.acting() as act:
        grants.remove_principal(act, opened.store, opened.domain, name, who=_me(who))


@principal_app.command("list")
def principal_list(
    *, vault: VaultOption, key: KeyOption = "", domain: DomainOption = "default", as_json: JsonOption = False
) -> None:
    """Whom the domain knows.

    Example: deid vault principal list --vault store/links.vault
    """
    with _refusing(), _open(vault, key, domain) as opened:
        for person in grants.principals(opened.store, opened.domain):
            facts = {"name": person.name, "role": person.role, "signs": bool(person.public), "totp": person.has_totp}
            _show(facts, as_json=as_json)


# Life cycle ------------------------------------------------------------------------------------


@rotate_app.command("key")
def rotate_key(
    *,
    vault: VaultOption,
    new_key: Annotated[str, typer.Option("--new-key", help="Where the new key is, as for --key.")],
    key: KeyOption = "",
    who: WhoOption = "",
) -> None:
    """Wrap every domain under another key: one row each.

    Example: deid vault rotate key --new-key file:new.key --vault store/links.vault
    """
    with _refusing():
        old, new = Key.load(key, vault=vault), Key.from_spec(new_key)
        count = lifecycle.rotate_key(vault, old, new, who=_me(who))
        _say(f"{count} domains are under the new key: use it from now on, destroy the old one")


@rotate_app.command("data")
def rotate_data(
    *,
    vault: VaultOption,
    key: KeyOption = "",
    domain: DomainOption = "default",
    who: WhoOption = "",
    reveal_key: RevealOption = [],  # noqa: B006 - typer reads it
    officer: OfficerOption = [],  # noqa: B006 - typer reads it
    new_public: Annotated[Path | None, typer.Option("--new-public", help="File of a new officer's public key.")] = None,
) -> None:
    """Seal every original under new data keys, and to a new officer where one is named. Goes on where it stopped.

    Example: deid vault rotate data --reveal-key old.key --new-public new.pub --vault store/links.vault
    """
    with _refusing(), _open(vault, key, domain) as opened:
        public = transfer.public_bytes(new_public.read_text("ascii")) if new_public else _new_officer(officer)
        old = _officer_key(reveal_key)
        count = lifecycle.rotate_data_keys(opened, who=_me(who), old=old, public=public)
        _say(f"{count} subjects are sealed under new data keys")


@app.command()
def erase(  # noqa: PLR0913 - a form
    code: Annotated[str, typer.Argument(help="A subject's code.")],
    *,
    vault: VaultOption,
    reason: ReasonOption,
    key: KeyOption = "",
    domain: DomainOption = "default",
    who: WhoOption = "",
    erasures: Annotated[
        Path | None, typer.Option("--erasures", help="Log of erasures; default VAULT.erasures.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Destroy the way back to a subject, for ever, and prove it.

    Example: deid vault erase S-D7SF8Y2NM6 --reason "Art. 17, ticket 9" --vault store/links.vault
    """
    with _refusing(), _open(vault, key, domain) as opened:
        log = _erasures(vault, erasures)
        proof = lifecycle.erase(opened, code, who=_me(who), reason=reason, log=log)
        _show(asdict(proof), as_json=as_json)
        if proof.found:
            raise VaultError("erase-residue", "bytes of the subject are still in the files")


@app.command()
def verify(
    *,
    vault: VaultOption,
    key: KeyOption = "",
    domain: DomainOption = "default",
    who: WhoOption = "",
    reveal_key: RevealOption = [],  # noqa: B006 - typer reads it
    anchor_file: Annotated[Path | None, typer.Option("--anchor-file", help="Compare with the last line there.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Look at every row; with the reveal key, at every original too.

    Example: deid vault verify --vault store/links.vault --anchor-file /mnt/audit/anchor
    """
    with _refusing(), _open(vault, key, domain) as opened:
        found = lifecycle.verify(opened, who=_me(who), private=_officer_key(reveal_key))
        if anchor_file:
            anchors.check_anchor(opened, anchors.last_line(anchor_file, opened.domain.uuid.hex()))
        _show({"ok": found.ok, **asdict(found)}, as_json=as_json)
        if not found.ok:
            raise VaultError("vault-damaged", f"{len(found.problems)} problems were found")


@app.command()
def audit(
    *,
    vault: VaultOption,
    key: KeyOption = "",
    domain: DomainOption = "default",
    who: WhoOption = "",
    anchor_file: Annotated[Path | None, typer.Option("--anchor-file", help="Compare with the last line there.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Verify the record and print it.

    Example: deid vault audit --vault store/links.vault --json
    """
    with _refusing(), _open(vault, key, domain) as opened:
        grants.permit(opened.store, opened.domain, _me(who), "audit")
        if anchor_file:
            anchors.check_anchor(opened, anchors.last_line(anchor_file, opened.domain.uuid.hex()))
        for row in opened.audit():
            at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(row.at))
            _show({**asdict(row), "at": at}, as_json=as_json)


@app.command()
def anchor(
    *,
    vault: VaultOption,
    to: Annotated[str, typer.Option("--to", envvar="DEID_ANCHOR", help="file:PATH, syslog or command:PROGRAM.")],
    key: KeyOption = "",
    domain: DomainOption = "default",
) -> None:
    """Put the head of the record in a second place.

    Example: deid vault anchor --to file:/mnt/audit/anchor --vault store/links.vault
    """
    with _refusing(), _open(vault, key, domain, anchor=to) as opened:
        typer.echo(opened.anchor())


@app.command("backup")
def make_backup(
    data: Annotated[Path, typer.Argument(help="New file: rows without keys; may be kept.")],
    keys: Annotated[Path, typer.Argument(help="New file: keys without rows; on another shelf, replaced each time.")],
    *,
    vault: VaultOption,
    key: KeyOption = "",
    domain: DomainOption = "default",
    who: WhoOption = "",
) -> None:
    """Write two files that are a vault only together.

    Example: deid vault backup /shelf1/monday.data /shelf2/monday.keys --vault store/links.vault
    """
    with _refusing(), _open(vault, key, domain) as opened:
        _say(f"{backup.backup(opened, data, keys, who=_me(who))} rows written")


@app.command()
def restore(
    data: Annotated[Path, typer.Argument(exists=True)],
    keys: Annotated[Path, typer.Argument(exists=True)],
    *,
    vault: VaultOption,
    key: KeyOption = "",
    who: WhoOption = "",
    erasures: Annotated[
        Path | None, typer.Option("--erasures", help="Log of erasures; default VAULT.erasures.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Make a vault from a backup; what was erased since stays erased.

    Example: deid vault restore monday.data monday.keys --vault new/links.vault --erasures store/links.vault.erasures
    """
    with _refusing():
        log = _erasures(vault, erasures)
        _show(
            asdict(backup.restore(data, keys, vault, Key.load(key, vault=vault), who=_me(who), erasures=log)),
            as_json=as_json,
        )


@app.command("export")
def make_export(  # noqa: PLR0913 - a form
    *,
    vault: VaultOption,
    reason: ReasonOption,
    key: KeyOption = "",
    domain: DomainOption = "default",
    who: WhoOption = "",
    patients: Annotated[Path | None, typer.Option("--patients", help="New CSV id_old,id_new of Patient IDs.")] = None,
    uids: Annotated[Path | None, typer.Option("--uids", help="New CSV id_old,id_new of UIDs.")] = None,
    sealed: Annotated[Path | None, typer.Option("--sealed", help="New file for one recipient.")] = None,
    recipient: Annotated[Path | None, typer.Option("--recipient", help="File of the recipient's public key.")] = None,
    code: Annotated[
        list[str], typer.Option("--code", help="A code of the cohort; none: the whole domain (CSV only).")
    ] = [],  # noqa: B006
    reveal_key: RevealOption = [],  # noqa: B006 - typer reads it
    grant: GrantOption = None,
    totp: TotpOption = False,
    anchor: AnchorOption = "",
) -> None:
    """Write originals with their surrogates: CSV, or a file that only one recipient opens.

    Example: deid vault export --patients p.csv --uids u.csv --reason "validation" --vault store/links.vault
    """
    with _refusing(), _open(vault, key, domain, reveal_key, anchor) as opened:
        leave: dict[str, Any] = {
            "who": _me(who),
            "reason": reason,
            "grant": _grant(grant),
            "totp": _second_factor(totp),
        }
        if sealed and recipient:
            public = transfer.public_bytes(recipient.read_text("ascii"))
            _say(f"{transfer.export_sealed(opened, sealed, public, codes=code, **leave)} subjects written")
        elif patients or uids:
            _say(f"{transfer.export_csv(opened, patients=patients, uids=uids, codes=code, **leave)} rows written")
        else:
            raise VaultError("export-nothing", "name --patients, --uids, or --sealed with --recipient")


@app.command("import")
def make_import(
    file: Annotated[Path, typer.Argument(exists=True, help="CSV with the header id_old,id_new.")],
    *,
    vault: VaultOption,
    key: KeyOption = "",
    domain: DomainOption = "default",
    who: WhoOption = "",
    issuer: Annotated[str, typer.Option("--issuer", help="Issuer of the Patient IDs.")] = "",
    uids_of: Annotated[str, typer.Option("--uids-of", help="The file holds UIDs of the subject with this code.")] = "",
) -> None:
    """Take over codes that were given before.

    Example: deid vault import trial-codes.csv --issuer HOSP --vault store/links.vault
    """
    with _refusing(), _open(vault, key, domain) as opened:
        if uids_of:
            _say(f"{transfer.import_uids(opened, file, uids_of, who=_me(who))} links were new")
        else:
            _say(f"{transfer.import_csv(opened, file, who=_me(who), issuer=issuer)} patients have their codes")


@app.command()
def migrate(
    target: Annotated[str, typer.Argument(help="Path or postgresql:// address of an empty store.")],
    *,
    vault: VaultOption,
) -> None:
    """Copy a vault into another kind of store, row by row; needs no key.

    Example: deid vault migrate postgresql://deid@db/vault --vault store/links.vault
    """
    with _refusing():
        _say(f"{backup.migrate(vault, target)} rows copied: verify the new vault before you destroy the old one")


@app.command()
def stats(
    *, vault: VaultOption, key: KeyOption = "", domain: DomainOption = "default", as_json: JsonOption = False
) -> None:
    """How much there is.

    Example: deid vault stats --vault store/links.vault
    """
    with _refusing(), _open(vault, key, domain) as opened:
        _say_alerts(opened)
        _show(lifecycle.stats(opened), as_json=as_json)


@app.command("keygen")
def make_keys(
    *,
    key_file: Annotated[Path | None, typer.Option("--key-file", help="New file for a vault key.")] = None,
    locked: Annotated[bool, typer.Option("--locked", help="Under a passphrase, which is asked for.")] = False,
    officer: OfficerOption = [],  # noqa: B006 - typer reads it
    public_file: Annotated[Path | None, typer.Option("--public-file", help="New file for the public half.")] = None,
) -> None:
    """Make a vault key, or an officer's or recipient's key pair.

    Example: deid vault keygen --officer a.share --officer b.share --officer c.share --public-file officer.pub
    """
    with _refusing():
        if key_file and locked:
            Key.generate().protect(key_file, getpass.getpass("New passphrase: "))
        elif key_file:
            Key.generate(key_file)
        public = _new_officer(officer)
        if public and public_file:
            write_private(public_file, transfer.public_text(public) + "\n")


# Inside ----------------------------------------------------------------------------------------


@contextmanager
def _refusing() -> Iterator[None]:
    """A refusal is one line on stderr and exit status 3."""
    try:
        yield
    except VaultError as error:
        _say(f"deid: {error}")
        raise typer.Exit(error.exit_code) from None


@contextmanager
def _open(vault: str, key: str, domain: str, reveal_key: Sequence[Path] = (), anchor: str = "") -> Iterator[Vault]:
    send = anchors.from_spec(anchor) if anchor else None
    with Vault.open(
        vault, Key.load(key, vault=vault), domain=domain, reveal=_officer_key(reveal_key), anchor=send
    ) as opened:
        yield opened


def _key_for_new(vault: str, spec: str) -> tuple[Key, Path | None]:
    """The named key, or a new one where it should be or beside the vault; and the file that was made, if any."""
    kind, _, rest = spec.partition(":")
    path = Path(rest) if kind == "file" and rest else None
    if not spec and "://" not in vault and not os.environ.get(ENVIRONMENT):
        path = Path(f"{vault}.key")
    if path is None or path.exists():
        return Key.load(spec, vault=vault), None
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return Key.generate(path), path


def _policy(
    prefix: str, shift_days: tuple[int, int], signatures: int, totp: bool, keyed: bool, exact: bool, issuer: str
) -> Policy:
    return Policy(
        prefix=prefix,
        shift_days=shift_days,
        id_case="exact" if exact else "fold",
        default_issuer=issuer,
        pseudonyms="keyed" if keyed else "random",
        signatures=signatures,
        totp=totp,
    )


def _new_officer(files: Sequence[Path]) -> bytes | None:
    """A new reveal key into one file, or its shares into several; its public half."""
    if not files:
        return None
    key = RevealKey.generate()
    texts = [key.text()] if len(files) == 1 else split_reveal_key(key, threshold=2, shares=len(files))
    for path, text in zip(files, texts, strict=True):
        write_private(path, text + "\n")
    return key.public


def _officer_key(files: Sequence[Path]) -> RevealKey | None:
    if not files:
        return None
    texts = [read_private(path) for path in files]
    return RevealKey.from_text(texts[0]) if len(texts) == 1 else join_reveal_key(texts)


def _signer(path: Path) -> grants.SigningKey:
    if path.exists():
        return grants.SigningKey.from_text(read_private(path))
    key = grants.SigningKey.generate()
    write_private(path, key.text() + "\n")
    return key


def _grant(path: Path | None) -> grants.Grant | None:
    if path is None:
        return None
    try:
        return grants.Grant.load(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError):
        raise VaultError("grant-malformed", "the grant cannot be read") from None


def _erasures(vault: str, path: Path | None) -> lifecycle.ErasureLog | None:
    if path is None and "://" in vault:
        return None
    return lifecycle.ErasureLog(path or f"{vault}.erasures")


def _second_factor(wanted: bool) -> str:
    return getpass.getpass("Second factor: ") if wanted else ""


def _keys_from_stdin(count: int) -> list[SubjectKey]:
    lines = sys.stdin.read().splitlines()
    if len(lines) != count:
        raise VaultError("input-lines", f"{count} lines are needed on standard input")
    return [SubjectKey(*line.partition("\t")[::2]) for line in lines]


def _me(who: str) -> str:
    return who or getpass.getuser()


def _say(words: str) -> None:
    typer.echo(words, err=True)


def _say_alerts(vault: Vault) -> None:
    for alert in vault.alerts:
        _say(f"note: {alert.detail}")


def _show(facts: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(facts, ensure_ascii=False))
        return
    typer.echo("  ".join(f"{name}={_plain(value)}" for name, value in facts.items()))


def _plain(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list, tuple)) else str(value)
