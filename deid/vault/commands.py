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
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from deid.errors import VaultError
from deid.model import SubjectKey
from deid.vault import anchors, backup, grants, lifecycle, transfer
from deid.vault.forms import (
    WRAPPED,
    Leave,
    Me,
    Officers,
    Place,
    Project,
    RevealKeys,
    file_of,
    new_officer,
    officer_key,
    verb,
    write_secret,
)
from deid.vault.keys import ENVIRONMENT, Key, read_private, write_private
from deid.vault.upgrade import upgrade
from deid.vault.vault import Vault
from deid.vault.wire import SCHEMA

__all__ = ["app"]

app = typer.Typer(help="The reversible mapping: who is who, sealed.", no_args_is_help=True)
grant_app = typer.Typer(help="Signed leave to read back.", no_args_is_help=True)
rotate_app = typer.Typer(help="New keys; pseudonyms stay.", no_args_is_help=True)
principal_app = typer.Typer(help="Who may do what in a domain.", no_args_is_help=True)
app.add_typer(grant_app, name="grant")
app.add_typer(rotate_app, name="rotate")
app.add_typer(principal_app, name="principal")

Code = Annotated[str, typer.Argument(help="A subject's code.")]
Codes = Annotated[list[str], typer.Option("--code", help="A code that it covers; none: all.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object a line on stdout.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; goes on record.")]
AnchorFile = Annotated[Path | None, typer.Option("--anchor-file", help="Compare with the last line there.")]
Erasures = Annotated[Path | None, typer.Option("--erasures", help="Log of erasures; default VAULT.erasures.")]
Restricted = Annotated[
    list[Path], typer.Option("--restricted", help="Restricted folder of an output: its review material goes too.")
]


@verb(app, "init")
def init(
    place: Place,
    project: Project,
    key_file: Annotated[Path | None, typer.Option("--key-file", help="The same as --key file:PATH.")] = None,
) -> None:
    """Make a vault; without --key its key goes into VAULT.key (mode 0600).

    Example: deid vault init --vault store/links.vault --officer /media/officer/reveal.key
    """
    policy, public = project.policy(), new_officer(project.officer)
    key, fresh = _key_for_new(place.vault, place.key or (f"file:{key_file}" if key_file else ""))
    try:
        with Vault.create(place.vault, key, domain=place.domain, policy=policy, reveal_public=public) as made:
            _say_alerts(made)
    except VaultError:
        for path in (*map(file_of, project.officer), *([fresh] if fresh else [])):  # made a moment ago, for nothing
            path.unlink()
        raise
    if fresh:
        _say("a new key was made: keep a copy of it elsewhere, without it nobody reads the vault")
    _say("vault made" + ("" if public else "; simple mode: its key opens everything"))


@verb(app, "domain")
def add_domain(
    name: Annotated[str, typer.Argument(help="Name of the project; no patient in it is found from another one.")],
    place: Place,
    project: Project,
) -> None:
    """Add a domain: keys, codes, UIDs and offsets of its own.

    Example: deid vault domain trial-7 --vault store/links.vault --prefix T7-
    """
    policy = project.policy()
    with place.opened() as opened:
        opened.add_domain(name, place.secret(), policy=policy, reveal_public=new_officer(project.officer))
    _say("domain made")


@verb(app, "policy")
def policy(  # noqa: PLR0913 - a form
    place: Place,
    me: Me,
    *,
    reason: Annotated[str, typer.Option("--reason", help="Why it changes; goes on record.")] = "",
    prefix: Annotated[str | None, typer.Option("--prefix", help="Before each new code.")] = None,
    shift_days: Annotated[tuple[int, int] | None, typer.Option("--shift-days", help="Range of new offsets.")] = None,
    signatures: Annotated[int | None, typer.Option("--signatures", help="Signatures that a grant needs.")] = None,
    need_totp: Annotated[bool | None, typer.Option("--need-totp/--no-need-totp", help="Second factor.")] = None,
    as_json: Json = False,
) -> None:
    """Show the domain's policy; change it where an option says so.

    Example: deid vault policy --signatures 2 --reason "board decision 7" --who anna --vault store/links.vault
    """
    wanted = {"prefix": prefix, "shift_days": shift_days, "signatures": signatures, "totp": need_totp}
    changes = {name: value for name, value in wanted.items() if value is not None}
    with place.opened() as opened:
        if changes:
            opened.set_policy(who=me.name, reason=reason, **changes)
        _show(asdict(opened.policy), as_json=as_json)


@verb(app, "lookup")
def lookup(code: Code, place: Place, me: Me, as_json: Json = False) -> None:
    """What is known about a code: counts and days, no original.

    Example: deid vault lookup S-D7SF8Y2NM6 --vault store/links.vault
    """
    with place.opened() as opened:
        grants.permit(opened.store, opened.domain, me.name, "lookup")
        _show(opened.lookup(code), as_json=as_json)


@verb(app, "find")
def find(place: Place, me: Me, as_json: Json = False) -> None:
    """Codes of Patient IDs that are read from standard input, one a line, an issuer after a tab.

    Example: deid vault find --vault store/links.vault < ids.txt
    """
    with place.opened() as opened:
        grants.permit(opened.store, opened.domain, me.name, "lookup")
        for number, line in enumerate(sys.stdin, 1):
            patient_id, _, issuer = line.rstrip("\n").partition("\t")
            _show({"line": number, "code": opened.find(patient_id, issuer)}, as_json=as_json)


@verb(app, "reveal")
def reveal(  # noqa: PLR0913 - a form
    code: Code,
    place: Place,
    leave: Leave,
    *,
    dicom: Annotated[
        Path | None, typer.Option("--dicom", help="Restore this instance: its originals travel sealed.")
    ] = None,
    private_key: Annotated[Path | None, typer.Option(help="With --dicom: PEM, RSA.")] = None,
    certificate: Annotated[Path | None, typer.Option(help="With --dicom: PEM, the one it was sealed for.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="With --dicom: where to write it; 0600.")] = None,
    as_json: Json = False,
) -> None:
    """The originals of a subject. On record before anything is shown.

    Example: deid vault reveal S-D7SF8Y2NM6 --reason "incidental finding, ticket 812" --vault store/links.vault
    """
    if dicom is not None and (private_key is None or certificate is None or out is None):
        raise typer.BadParameter("--dicom needs --private-key, --certificate and --out")
    with place.opened(officer_key(leave.reveal_key)) as opened:
        if dicom is not None:
            _check_subject(opened, code, dicom)
        found = opened.reveal(code, **leave.given())
        if dicom is not None and private_key is not None and certificate is not None and out is not None:
            from deid.dicom.encrypted import open_file  # the other verbs need no DICOM

            open_file(dicom, out, private_key=private_key, certificate=certificate)
            return
        for link in found:
            _show(asdict(link), as_json=as_json)


@verb(app, "link")
def link(place: Place, me: Me, reason: Reason) -> None:
    r"""One patient under two IDs: two lines on standard input, ID and, after a tab, issuer. The first one's code stays.

    Example: printf 'A-1\\tHOSP\\nB-7\\tCLINIC\\n' | deid vault link --reason "MPI merge 44" --vault store/links.vault
    """
    with place.opened() as opened:
        first, second = _keys_from_stdin(2)
        typer.echo(opened.link(first, second, who=me.name, reason=reason))


@verb(app, "unlink")
def unlink(place: Place, me: Me, reason: Reason) -> None:
    r"""Undo a link: one line on standard input, the ID that was linked.

    Example: printf 'B-7\\tCLINIC\\n' | deid vault unlink --reason "wrong merge" --vault store/links.vault
    """
    with place.opened() as opened:
        typer.echo(opened.unlink(_keys_from_stdin(1)[0], who=me.name, reason=reason))


# Grants ----------------------------------------------------------------------------------------


@verb(grant_app, "new")
def grant_new(
    place: Place,
    who: Annotated[str, typer.Option("--who", help="Who may use it.")],
    reason: Reason,
    hours: Annotated[int, typer.Option("--hours", help="How long it lasts.")] = 24,
    uses: Annotated[int, typer.Option("--uses", help="How often it may be used.")] = 1,
    code: Codes = [],  # noqa: B006 - typer reads it
    kind: Annotated[list[str], typer.Option("--kind", help="A kind of link that it covers; none: all.")] = [],  # noqa: B006
) -> None:
    """Write a grant that nobody has signed yet.

    Example: deid vault grant new --who rita --reason "recall 812" --code S-D7SF8Y2NM6 --vault V > grant.json
    """
    with place.opened() as opened:
        uuid = opened.domain.uuid.hex()
    made = grants.Grant.make(
        domain=uuid, who=who, reason=reason, seconds=hours * 3600, uses=uses, codes=code, kinds=kind
    )
    typer.echo(made.dump())


@verb(grant_app, "sign")
def grant_sign(
    file: Annotated[Path, typer.Argument(help="The grant; the signature is added to it.")],
    name: Annotated[str, typer.Option("--name", help="Name of the administrator.")],
    signing_key: Annotated[Path, typer.Option("--signing-key", help="File of the administrator's key.")],
) -> None:
    """Sign a grant, after reading it.

    Example: deid vault grant sign grant.json --name anna --signing-key anna.key
    """
    signed = grants.Grant.read(file).signed(name, grants.SigningKey.from_text(read_private(signing_key)))
    file.write_text(signed.dump() + "\n", "utf-8")
    _say(f"signed: {signed.who} may read back {', '.join(signed.codes) or 'every subject'}, {signed.uses} times")


@verb(principal_app, "add")
def principal_add(
    name: Annotated[str, typer.Argument(help="The name that goes on record.")],
    role: Annotated[str, typer.Argument(help=f"One of {', '.join(grants.ROLES)}.")],
    place: Place,
    me: Me,
    signing_key: Annotated[
        Path | None, typer.Option("--signing-key", help="File of an administrator's key; made if new.")
    ] = None,
    totp: Annotated[bool, typer.Option("--totp", help="With a second factor, whose secret is printed.")] = False,
) -> None:
    """Let the domain know somebody. The first one is an administrator with a signing key.

    Example: deid vault principal add anna admin --signing-key anna.key --who anna --vault store/links.vault
    """
    with place.opened() as opened:
        person = grants.Principal(name, role, _signer(signing_key).public if signing_key else b"", totp)
        with opened.acting() as act:
            secret = grants.add_principal(act, opened.store, opened.domain, person, who=me.name)
    if secret:
        typer.echo(f"otpauth://totp/deid:{name}?secret={secret}&issuer=deid")
        _say("shown once: put it into an authenticator app")


@verb(principal_app, "remove")
def principal_remove(name: Annotated[str, typer.Argument()], place: Place, me: Me) -> None:
    """Forget somebody.

    Example: deid vault principal remove rita --who anna --vault store/links.vault
    """
    with place.opened() as opened, opened.acting() as act:
        grants.remove_principal(act, opened.store, opened.domain, name, who=me.name)


@verb(principal_app, "list")
def principal_list(place: Place, as_json: Json = False) -> None:
    """Whom the domain knows.

    Example: deid vault principal list --vault store/links.vault
    """
    with place.opened() as opened:
        for person in grants.principals(opened.store, opened.domain):
            facts = {"name": person.name, "role": person.role, "signs": bool(person.public), "totp": person.has_totp}
            _show(facts, as_json=as_json)


# Life cycle ------------------------------------------------------------------------------------


@verb(rotate_app, "key")
def rotate_key(
    place: Place, me: Me, new_key: Annotated[str, typer.Option("--new-key", help="Where the new key is, as for --key.")]
) -> None:
    """Wrap every domain under another key: one row each.

    Example: deid vault rotate key --new-key file:new.key --vault store/links.vault
    """
    count = lifecycle.rotate_key(place.vault, place.secret(), Key.from_spec(new_key), who=me.name)
    _say(f"{count} domains are under the new key: use it from now on, destroy the old one")


@verb(rotate_app, "data")
def rotate_data(
    place: Place,
    me: Me,
    reveal_key: RevealKeys = [],  # noqa: B006 - typer reads it
    officer: Officers = [],  # noqa: B006 - typer reads it
    new_public: Annotated[Path | None, typer.Option("--new-public", help="File of a new officer's public key.")] = None,
) -> None:
    """Seal every original under new data keys, and to a new officer where one is named. Goes on where it stopped.

    Example: deid vault rotate data --reveal-key old.key --new-public new.pub --vault store/links.vault
    """
    with place.opened() as opened:
        public = transfer.public_bytes(new_public.read_text("ascii")) if new_public else new_officer(officer)
        count = lifecycle.rotate_data_keys(opened, who=me.name, old=officer_key(reveal_key), public=public)
    _say(f"{count} subjects are sealed under new data keys")


@verb(app, "erase")
def erase(
    code: Code,
    place: Place,
    me: Me,
    reason: Reason,
    erasures: Erasures = None,
    restricted: Restricted = [],  # noqa: B006 - typer reads it
    as_json: Json = False,
) -> None:
    """Destroy the way back to a subject, for ever, and prove it.

    Example: deid vault erase S-D7SF8Y2NM6 --reason "Art. 17, ticket 9" --vault store/links.vault
    """
    with place.opened() as opened:
        log = _erasures(place.vault, erasures)
        proof = lifecycle.erase(opened, code, who=me.name, reason=reason, log=log, restricted=restricted)
        _show(asdict(proof), as_json=as_json)
        if proof.found:
            raise VaultError("erase-residue", "bytes of the subject are still in the files")


@verb(app, "verify")
def verify(
    place: Place,
    me: Me,
    reveal_key: RevealKeys = [],  # noqa: B006 - typer reads it
    anchor_file: AnchorFile = None,
    as_json: Json = False,
) -> None:
    """Look at every row; with the reveal key, at every original too.

    Example: deid vault verify --vault store/links.vault --anchor-file /mnt/audit/anchor
    """
    with place.opened() as opened:
        found = lifecycle.verify(opened, who=me.name, private=officer_key(reveal_key))
        _check_anchor(opened, anchor_file)
        _show({"ok": found.ok, **asdict(found)}, as_json=as_json)
        if not found.ok:
            raise VaultError("vault-damaged", f"{len(found.problems)} problems were found")


@verb(app, "audit")
def audit(place: Place, me: Me, anchor_file: AnchorFile = None, as_json: Json = False) -> None:
    """Verify the record and print it.

    Example: deid vault audit --vault store/links.vault --json
    """
    with place.opened() as opened:
        grants.permit(opened.store, opened.domain, me.name, "audit")
        _check_anchor(opened, anchor_file)
        for row in opened.audit():
            at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(row.at))
            _show({**asdict(row), "at": at}, as_json=as_json)


@verb(app, "anchor")
def anchor(place: Place) -> None:
    """Put the head of the record in a second place: the one that --anchor or DEID_ANCHOR names.

    Example: deid vault anchor --anchor file:/mnt/audit/anchor --vault store/links.vault
    """
    with place.opened() as opened:
        typer.echo(opened.anchor())


@verb(app, "backup")
def make_backup(
    data: Annotated[Path, typer.Argument(help="New file: rows without keys; may be kept.")],
    keys: Annotated[Path, typer.Argument(help="New file: keys without rows; on another shelf, replaced each time.")],
    place: Place,
    me: Me,
) -> None:
    """Write two files that are a vault only together.

    Example: deid vault backup /shelf1/monday.data /shelf2/monday.keys --vault store/links.vault
    """
    with place.opened() as opened:
        _say(f"{backup.backup(opened, data, keys, who=me.name)} rows written")


@verb(app, "restore")
def restore(
    data: Annotated[Path, typer.Argument(exists=True)],
    keys: Annotated[Path, typer.Argument(exists=True)],
    place: Place,
    me: Me,
    erasures: Erasures = None,
    no_erasures: Annotated[bool, typer.Option("--no-erasures", help="Nothing was erased since the backup.")] = False,
    as_json: Json = False,
) -> None:
    """Make a vault from a backup; what was erased since stays erased.

    Example: deid vault restore monday.data monday.keys --vault new/links.vault --erasures store/links.vault.erasures
    """
    log = None if no_erasures else lifecycle.ErasureLog(erasures or f"{place.vault}.erasures")
    done = backup.restore(data, keys, place.vault, place.secret(), who=me.name, erasures=log)
    if place.anchor:  # what was there before is no measure for what comes now
        for name in backup.domain_names(place.vault):
            with Vault.open(
                place.vault, place.secret(), domain=name, anchor=anchors.from_spec(place.anchor)
            ) as restored:
                restored.anchor()
    _show(asdict(done), as_json=as_json)


@verb(app, "export")
def make_export(
    place: Place,
    leave: Leave,
    patients: Annotated[Path | None, typer.Option("--patients", help="New CSV id_old,id_new of Patient IDs.")] = None,
    uids: Annotated[Path | None, typer.Option("--uids", help="New CSV id_old,id_new of UIDs.")] = None,
    sealed: Annotated[Path | None, typer.Option("--sealed", help="New file for one recipient.")] = None,
    recipient: Annotated[Path | None, typer.Option("--recipient", help="File of the recipient's public key.")] = None,
    code: Codes = [],  # noqa: B006 - typer reads it
) -> None:
    """Write originals with their surrogates: CSV, or a file that only one recipient opens.

    Example: deid vault export --patients p.csv --uids u.csv --reason "validation" --vault store/links.vault
    """
    if not (patients or uids or (sealed and recipient)):
        raise VaultError("export-nothing", "name --patients, --uids, or --sealed with --recipient")
    with place.opened(officer_key(leave.reveal_key)) as opened:
        if sealed and recipient:
            public = transfer.public_bytes(recipient.read_text("ascii"))
            _say(f"{transfer.export_sealed(opened, sealed, public, codes=code, **leave.given())} subjects written")
        else:
            count = transfer.export_csv(opened, patients=patients, uids=uids, codes=code, **leave.given())
            _say(f"{count} rows written")


@verb(app, "import")
def make_import(
    file: Annotated[Path, typer.Argument(exists=True, help="CSV with the header id_old,id_new.")],
    place: Place,
    me: Me,
    issuer: Annotated[str, typer.Option("--issuer", help="Issuer of the Patient IDs.")] = "",
    uids_of: Annotated[str, typer.Option("--uids-of", help="The file holds UIDs of the subject with this code.")] = "",
) -> None:
    """Take over codes that were given before.

    Example: deid vault import trial-codes.csv --issuer HOSP --vault store/links.vault
    """
    with place.opened() as opened:
        if uids_of:
            _say(f"{transfer.import_uids(opened, file, uids_of, who=me.name)} links were new")
        else:
            _say(f"{transfer.import_csv(opened, file, who=me.name, issuer=issuer)} patients have their codes")


@verb(app, "migrate")
def migrate(
    place: Place,
    me: Me,
    target: Annotated[str, typer.Argument(help="Path or postgresql:// address of an empty store.")] = "",
) -> None:
    """Copy a vault into another kind of store, row by row; without a target, lift it to the schema of this version.

    Example: deid vault migrate postgresql://deid@db/vault --vault store/links.vault
    """
    if target:
        count = backup.migrate(place.vault, target)
        _say(f"{count} rows copied: verify the new vault before you destroy the old one")
    else:
        _say(f"schema {upgrade(place.vault, place.secret(), who=me.name)} was found, {SCHEMA} is there now")


@verb(app, "stats")
def stats(place: Place, me: Me, as_json: Json = False) -> None:
    """How much there is.

    Example: deid vault stats --vault store/links.vault
    """
    with place.opened() as opened:
        grants.permit(opened.store, opened.domain, me.name, "stats")
        _say_alerts(opened)
        _show(lifecycle.stats(opened), as_json=as_json)


@verb(app, "keygen")
def make_keys(
    key_file: Annotated[str, typer.Option("--key-file", help=f"New file for a vault key, {WRAPPED}.")] = "",
    locked: Annotated[bool, typer.Option("--locked", help="Under a passphrase, which is asked for.")] = False,
    officer: Officers = [],  # noqa: B006 - typer reads it
    public_file: Annotated[Path | None, typer.Option("--public-file", help="New file for the public half.")] = None,
) -> None:
    """Make a vault key, or an officer's or recipient's key pair.

    Example: deid vault keygen --officer a.share --officer b.share --officer c.share --public-file officer.pub
    """
    if key_file and locked:
        Key.generate().protect(key_file, getpass.getpass("New passphrase: "))
    elif key_file:
        write_secret(Key.generate().text(), key_file)
    public = new_officer(officer)
    if public and public_file:
        write_private(public_file, transfer.public_text(public) + "\n")


# Inside ----------------------------------------------------------------------------------------


def _check_subject(opened: Vault, code: str, file: Path) -> None:
    """Whether an instance is of the subject whose code goes on record.

    Raises
    ------
    VaultError
        ``reveal-other-subject``, ``code-unknown``, ``code-erased``.
    """
    from deid.dicom import peek  # the other verbs need no DICOM

    if peek(file).patient_id not in (code, opened.surrogates(code).code):
        raise VaultError(
            "reveal-other-subject", "the file is not of this subject", hint="its Patient ID is the code to name"
        )


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


def _signer(path: Path) -> grants.SigningKey:
    if path.exists():
        return grants.SigningKey.from_text(read_private(path))
    key = grants.SigningKey.generate()
    write_private(path, key.text() + "\n")
    return key


def _erasures(vault: str, path: Path | None) -> lifecycle.ErasureLog | None:
    if path is None and "://" in vault:
        return None
    return lifecycle.ErasureLog(path or f"{vault}.erasures")


def _check_anchor(opened: Vault, file: Path | None) -> None:
    if file:
        anchors.check_anchor(opened, anchors.last_line(file, opened.domain.uuid.hex()))


def _keys_from_stdin(count: int) -> list[SubjectKey]:
    lines = sys.stdin.read().splitlines()
    if len(lines) != count:
        raise VaultError("input-lines", f"{count} lines are needed on standard input")
    return [SubjectKey(*line.partition("\t")[::2]) for line in lines]


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
