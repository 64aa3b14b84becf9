"""The command line: parses arguments and prints, nothing else.

Data goes to stdout, words to stderr. Exit status: 0 all clean, 1 some quarantined or refused, 2 wrong
usage or recipe, 3 vault, key or gate. An original value is printed by ``vault reveal`` alone.
"""

from __future__ import annotations

import gc
import json
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from deid.errors import DeidError, GateError, InputError
from deid.forks import preload
from deid.model import Outcome, Status

if TYPE_CHECKING:
    from deid.pipeline import Deidentifier
    from deid.vault import Key

__all__ = ["app", "main"]

app = typer.Typer(
    help="De-identify DICOM instances and reports before any of it meets a language model.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
quarantine_app = typer.Typer(help="What did not come through, for authorised staff.", no_args_is_help=True)
recipe_app = typer.Typer(help="Check, show and convert recipes.", no_args_is_help=True)
pixels_app = typer.Typer(help="Burned-in text.", no_args_is_help=True)
gate_app = typer.Typer(help="The door to a language model.", no_args_is_help=True)
app.add_typer(quarantine_app, name="quarantine")
app.add_typer(recipe_app, name="recipe")
app.add_typer(pixels_app, name="pixels")
app.add_typer(gate_app, name="gate")

RecipeOption = Annotated[str, typer.Option("--recipe", "-r", help="Name of a shipped recipe, or a path.")]
VaultOption = Annotated[str, typer.Option("--vault", "-v", envvar="DEID_VAULT", help="Path or address of the vault.")]
KeyOption = Annotated[
    str, typer.Option("--key", help="Where the vault's key is: file:PATH, env, or command:... Never the key itself.")
]
DomainOption = Annotated[
    str, typer.Option("--domain", help="Project: the same patient in two domains cannot be linked.")
]
OutputArgument = Annotated[
    Path, typer.Argument(exists=True, file_okay=False, help="The output folder that it belongs to.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object a line on stdout.")]


def main() -> None:
    """Entry point: known errors end in one line and the exit status of their kind."""
    if sys.argv[1:2] != ["run"]:  # which starts processes early and waits for no other verb
        from deid.vault.commands import app as vault_app

        app.add_typer(vault_app, name="vault")
    try:
        app()
    except DeidError as error:
        print(f"deid: {error}", file=sys.stderr)  # noqa: T201
        sys.exit(error.exit_code)
    except OSError as error:
        # Its text has a path, and a path may name a patient.
        print(f"deid: system: {error.strerror or type(error).__name__}", file=sys.stderr)  # noqa: T201
        sys.exit(2)


@app.command()
def run(
    source: Annotated[Path, typer.Argument(exists=True, help="A PACS export: a folder, or one file.")],
    output: Annotated[Path, typer.Argument(help="Output folder; its manifest makes the run resumable.")],
    *,
    vault: VaultOption,
    recipe: RecipeOption = "research",
    key: KeyOption = "",
    domain: DomainOption = "default",
    workers: Annotated[int, typer.Option("--workers", "-w", min=1, help="Processes.")] = 1,
    resume: Annotated[
        bool, typer.Option("--resume/--again", help="Skip what the manifest says is done, or do all of it anew.")
    ] = True,
    allow_empty: Annotated[bool, typer.Option("--allow-empty", help="An input without a file is no error.")] = False,
    as_json: JsonOption = False,
) -> None:
    """De-identify an export: headers, pixels and reports, with the same surrogates in all three."""
    if workers > 1:
        preload()
    counts: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    alerts: Counter[str] = Counter()
    with (
        _deidentifier(recipe, vault, key, domain) as d,
        d.run(source, into=output, workers=workers, resume=resume, allow_empty=allow_empty) as work,
    ):
        gc.freeze()  # what was imported stays: no collection need go through it again
        for outcome in _progress(work.outcomes(), work.total, quiet=as_json):
            counts[outcome.status] += 1
            if outcome.code:
                reasons[f"{outcome.status} {outcome.code}"] += 1
            alerts.update({_alert_kind(alert.code) for alert in outcome.alerts})
            if as_json:
                typer.echo(json.dumps(asdict(outcome)))
        left_out = work.left_out
    say = " · ".join(f"{counts[s]} {s}" for s in Status)
    typer.echo(say, err=True)
    _count_reasons(reasons + Counter({f"left out {k}": v for k, v in left_out.items()}))
    _count_alerts(alerts)
    raise typer.Exit(0 if counts[Status.CLEAN] == sum(counts.values()) else 1)


@app.command()
def plan(
    path: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    *,
    recipe: RecipeOption = "research",
    as_json: JsonOption = False,
) -> None:
    """Print what would happen to every element of an instance, and why; write nothing."""
    from deid.pipeline import explain
    from deid.standard import keyword_of

    for decision in explain(path, recipe).decisions:
        if as_json:
            typer.echo(json.dumps(asdict(decision)))
        else:
            mark = "*" if decision.changed else " "
            name = keyword_of(int(decision.path[-10:-1].replace(",", ""), 16))
            typer.echo(f"{mark} {decision.rule.action} {decision.path:<34} {name:<34} {decision.rule.source}")
    if not as_json:
        letters = "K keep · X remove · Z empty · D dummy · C clean · U new UID · S surrogate · T shift · R refuse"
        typer.echo(f"* changed · {letters}", err=True)


@app.command()
def verify(
    folder: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="An output folder.")],
    *,
    vault: VaultOption,
    key: KeyOption = "",
    domain: DomainOption = "default",
) -> None:
    """Check an output folder against its signed manifest: nothing changed, added or missing."""
    from deid.pipeline import verify_output
    from deid.vault import Vault

    with Vault.open(vault, _key(key, vault), domain=domain) as store:
        problems = verify_output(folder, store)
    for code, count in sorted(Counter(problems).items()):
        typer.echo(f"{count:6d} {code}", err=True)
    typer.echo("broken" if problems else "as published")
    raise typer.Exit(1 if problems else 0)


@app.command()
def report(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Files of reports in any format, or folders; none or - reads stdin.")
    ] = None,
    *,
    vault: VaultOption,
    recipe: RecipeOption = "research",
    key: KeyOption = "",
    domain: DomainOption = "default",
    subject: Annotated[
        str, typer.Option("--subject", help="Code of the patient, as the headers of the study have it.")
    ] = "",
    out: Annotated[
        Path | None, typer.Option("--out", help="For files of rows {id, text, known}: rows to write.")
    ] = None,
    workers: Annotated[int, typer.Option("--workers", "-w", min=1, help="Processes, for rows.")] = 1,
    as_json: JsonOption = False,
) -> None:
    """De-identify reports; clean text on stdout. Rows {id, text, known} with --out give rows with spans."""
    status = 0
    alerts: Counter[str] = Counter()
    with _deidentifier(recipe, vault, key, domain) as d:
        if out is not None:
            raise typer.Exit(_report_rows(d, files or [Path("-")], out, workers))
        number = 0
        for number, (path, readable) in enumerate(_reports_below(files or [Path("-")]), start=1):
            try:
                done = d.document(_content_of(path, readable=readable), subject=subject)
            except DeidError as error:
                typer.echo(f"deid: report {number}: {error}", err=True)
                status = max(status, error.exit_code)
                continue
            for index, failure in done.failed:
                typer.echo(f"deid: report {number}, unit {index + 1}: {failure}", err=True)
                status = max(status, failure.exit_code)
            for clean in done.reports:
                alerts.update({_alert_kind(alert.code) for alert in clean.alerts})
            if as_json:
                for clean in done.reports:
                    typer.echo(json.dumps(asdict(clean)))
            elif done.reports:
                typer.echo(done.text)
    if not number:
        raise InputError("input-empty", "there is no file below the folders named")
    _count_alerts(alerts)
    raise typer.Exit(status)


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="An output folder of `deid run`.")],
    output: Annotated[Path, typer.Argument(help="JSONL to write.")],
    *,
    vault: VaultOption,
    recipe: Annotated[
        str, typer.Option("--recipe", "-r", help="The recipe that must have made every report; else whichever did.")
    ] = "",
    key: KeyOption = "",
    domain: DomainOption = "default",
    instruction: Annotated[str, typer.Option(help="System message of every row.")] = "",
    frames: Annotated[bool, typer.Option("--frames", help="Write clean frames as PNG beside the JSONL.")] = False,
) -> None:
    """Write clean reports as chat-style JSONL, each attested under the recipe that made it."""
    from deid.dataset import write_chat

    with _deidentifier(recipe or "research", vault, key, domain) as d:
        made_by = d.recipe.digest if recipe else ""
        alerts: Counter[str] = Counter()
        count = write_chat(d, folder, output, instruction=instruction, frames=frames, recipe=made_by, alerts=alerts)
    typer.echo(f"{count} reports", err=True)
    _count_alerts(alerts)


@app.command()
def doctor() -> None:
    """Say what this machine has and what is missing, and how to get it."""
    from deid.pipeline import check_installation

    worst = 0
    for item in check_installation():
        typer.echo(f"{'ok ' if item.ok else 'MISSING' if item.needed else 'absent'}  {item.name}: {item.detail}")
        worst = max(worst, 2 if item.needed and not item.ok else 0)
    raise typer.Exit(worst)


@quarantine_app.command("list")
def quarantine_list(
    output: OutputArgument,
    *,
    sources: Annotated[
        bool, typer.Option("--sources", help="Print where the inputs are; their names may name patients.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """List units that were quarantined or refused."""
    from deid.pipeline import Quarantine

    for record in Quarantine.of(output).records():
        row = {"unit": record.unit, "key": record.key, "status": str(record.status), "code": record.code}
        if sources:
            row["source"] = str(record.source)
        typer.echo(json.dumps(row) if as_json else "  ".join(str(v) or "-" for v in row.values()))


@quarantine_app.command("retry")
def quarantine_retry(
    output: OutputArgument,
    *,
    vault: VaultOption,
    recipe: RecipeOption = "research",
    key: KeyOption = "",
    domain: DomainOption = "default",
) -> None:
    """Try quarantined units again, after the recipe or the tool has changed."""
    with _deidentifier(recipe, vault, key, domain) as d:
        outcomes = list(d.retry(output))
    counts = Counter(str(o.status) for o in outcomes)
    typer.echo(" · ".join(f"{v} {k}" for k, v in sorted(counts.items())) or "nothing to retry", err=True)
    _count_reasons(Counter(f"{o.status} {o.code}" for o in outcomes if o.code))
    raise typer.Exit(0 if set(counts) <= {"clean"} else 1)


@quarantine_app.command("purge")
def quarantine_purge(
    output: OutputArgument,
    *,
    vault: VaultOption,
    key: KeyOption = "",
    domain: DomainOption = "default",
    subject: Annotated[str, typer.Option("--subject", help="Code of the patient; empty for all.")] = "",
    older_than: Annotated[int, typer.Option("--older-than", min=0, help="Only what is older than so many days.")] = 0,
) -> None:
    """Remove what reviewers look at: withheld texts and contact sheets, which show originals."""
    from deid.attestation import REVIEW
    from deid.pipeline import Quarantine
    from deid.vault import Vault

    with Vault.open(vault, _key(key, vault), domain=domain) as store:
        area = Quarantine.of(output, review_key=store.derive(REVIEW))
    gone = area.purge(subject=subject, older_than=timedelta(days=older_than))
    typer.echo(f"{gone} files removed", err=True)


@recipe_app.command("show")
def recipe_show(name: str) -> None:
    """Print a recipe's legal basis, what it does not cover, and what it says."""
    from deid.recipe import Recipe

    loaded = Recipe.load(name)
    typer.echo(loaded.summary())


@recipe_app.command("conformance")
def recipe_conformance(name: str) -> None:
    """Print the conformance statement of a recipe, from its compiled policy."""
    from deid.recipe import Recipe, conformance

    typer.echo(conformance(Recipe.load(name).compile()))


@recipe_app.command("check")
def recipe_check(path: str) -> None:
    """Look for unknown keys, misspelt keywords, rules that cannot match and options that contradict each other."""
    from deid.recipe import check

    problems = check(path)
    for problem in problems:
        typer.echo(str(problem))
    raise typer.Exit(2 if any(problem.level == "error" for problem in problems) else 0)


@recipe_app.command("import")
def recipe_import(
    path: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    *,
    source: Annotated[str, typer.Option("--from", help="ctp (an anonymizer script) or deid (a pydicom/deid recipe).")],
) -> None:
    """Convert a CTP anonymizer script or a pydicom/deid recipe; what could not be converted goes to stderr."""
    from deid.recipe import convert_ctp, convert_deid

    converters = {"ctp": convert_ctp, "deid": convert_deid}
    if source not in converters:
        raise typer.BadParameter("ctp or deid", param_hint="--from")
    converted, notes = converters[source](path.read_text("utf-8"), name=path.stem)
    typer.echo(converted)
    for note in notes:
        typer.echo(note, err=True)


@pixels_app.command("learn")
def pixels_learn(
    folder: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="Instances of one device.")],
) -> None:
    """Propose an entry for the device catalog from text that stands still over the instances of a series."""
    from datetime import UTC, datetime

    import pydicom

    from deid.pixels.learn import entry_yaml, learn
    from deid.settings import PixelSettings
    from deid.sources import discover

    datasets = (pydicom.dcmread(source.path) for source in discover(folder) if source.kind == "dicom")
    typer.echo(entry_yaml(learn(datasets, PixelSettings(), today=datetime.now(UTC).date())))


@app.command("eval")
def evaluate(
    gold: Annotated[Path, typer.Argument(exists=True, help="JSONL: {id, text, spans, protected}.")],
    predicted: Annotated[Path, typer.Argument(exists=True, help="JSONL: {id, spans}, of any tool.")],
    *,
    as_json: JsonOption = False,
) -> None:
    """Score findings against an answer: recall by category, documents without a leak, precision, damage."""
    from deid.text.evaluate import evaluate as score

    result = score(gold, predicted)
    typer.echo(json.dumps(result.as_dict()) if as_json else result.table())


@app.command()
def reidentify(
    source: Annotated[
        Path, typer.Argument(exists=True, help="A result: an instance, a table, JSON, text, or a folder of them.")
    ],
    output: Annotated[Path, typer.Argument(help="Folder for results that name patients; made with mode 0700.")],
    *,
    vault: VaultOption,
    reason: Annotated[str, typer.Option("--reason", help="Goes on record.")],
    who: Annotated[str, typer.Option("--who", help="Goes on record.")],
    key: KeyOption = "",
    domain: DomainOption = "default",
    subject: Annotated[
        str, typer.Option("--subject", help="Code of the patient, for texts and tables that name none.")
    ] = "",
) -> None:
    """Give results made on pseudonymised data (SEG, a CSV, a model's answer) their original identifiers and UIDs."""
    from deid.pipeline.back import reidentify_files
    from deid.vault import Vault

    with Vault.open(vault, _key(key, vault), domain=domain) as store:
        done = reidentify_files(source, output, store, reason=reason, who=who, subject=subject)
    failed = f" · {done.failed} files failed" if done.failed else ""
    typer.echo(
        f"{done.files} files · {done.restored} values went back · {done.ambiguous} left, they could be two{failed}",
        err=True,
    )
    _count_reasons(done.codes)
    raise typer.Exit(1 if done.failed else 0)


@gate_app.command("check")
def gate_check(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="JSONL written by `deid export`.")],
    *,
    vault: VaultOption,
    key: KeyOption = "",
    domain: DomainOption = "default",
    policy: Annotated[Path | None, typer.Option("--policy", help="The gate's policy, YAML.")] = None,
    instruction: Annotated[
        list[str], typer.Option("--instruction", help="A text that may stand beside reports, besides the policy's.")
    ] = [],  # noqa: B006 - typer reads it
) -> None:
    """Check that every text of every row of an export may be sent to a model.

    Without a policy or instruction given, the instruction that the export was made with is taken for listed.
    """
    from deid.dataset import chat_rows
    from deid.llm import Gate
    from deid.vault import Vault

    count = 0
    with Vault.open(vault, _key(key, vault), domain=domain) as store:
        gate = Gate(policy, vault=store, instructions=instruction)
        for row in chat_rows(file):
            count += 1
            try:
                gate.admit(row.report)
                if row.instruction and policy is None and not instruction:
                    gate.admit_instruction(row.instruction, row.attestation)
                gate.check_messages(row.messages)
            except GateError as error:
                hint = _ALLOW if error.code == "gate-text" else error.hint
                raise GateError(error.code, f"row {count}: {error.message}", hint=hint) from None
    if not count:
        raise GateError("gate-empty", "there is no row")
    typer.echo(f"{count} reports may be sent", err=True)


_ALLOW = "name its instructions: --policy FILE or --instruction TEXT"


def _alert_kind(code: str) -> str:
    """The code without the part that the input named."""
    return code.partition(":")[0]


def _count_reasons(reasons: Counter[str]) -> None:
    for reason, count in sorted(reasons.items()):
        typer.echo(f"  {count:6d} {reason}", err=True)


def _count_alerts(alerts: Counter[str]) -> None:
    """Say in how many reports a person should look at something."""
    for code, count in sorted(alerts.items()):
        typer.echo(f"  {count:6d} alert {code}", err=True)


def _reports_below(paths: list[Path]) -> Iterator[tuple[Path, bool]]:
    """The files named, and those below the folders named, in a fixed order, and whether each is a file.

    A pipe that is named was meant; one that lies in a folder would be waited for.
    """
    from deid.sources import discover

    for path in paths:
        if path.is_dir():
            yield from ((source.path, source.kind != "irregular") for source in discover(path))
        else:
            yield path, True


def _content_of(path: Path, *, readable: bool = True) -> bytes:
    if not readable:
        raise InputError("input-irregular", "a link, a pipe or a device: what it leads to was not given to us")
    try:
        return sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
    except OSError:
        raise InputError("input-unreadable", "the file cannot be read") from None


def _report_rows(d: Deidentifier, files: list[Path], out: Path, workers: int) -> int:
    """Clean rows into a temporary file that gets its name when it is complete; 1 if any row did not pass."""
    from deid.attestation import REVIEW
    from deid.pipeline import Quarantine, read_rows, written_whole

    held: list[tuple[int, object]] = []
    counts: Counter[str] = Counter()
    alerts: Counter[str] = Counter()
    rows = (row for path in files for row in read_rows(_lines_of(path)))
    with written_whole(out) as sink:
        for row in d.rows(rows, workers=workers, review=lambda number, material: held.append((number, material))):
            while held:
                number, material = held.pop()
                area = Quarantine.beside(out, review_key=d.vault.derive(REVIEW))
                area.keep(f"row-{number}", material, subject=row["subject"])
            counts[row["status"]] += 1
            alerts.update({_alert_kind(alert["code"]) for alert in row.get("alerts", ())})
            sink.write(json.dumps(row, ensure_ascii=False) + "\n")
    typer.echo(" · ".join(f"{n} {status}" for status, n in sorted(counts.items())) or "no rows", err=True)
    _count_alerts(alerts)
    return 0 if set(counts) <= {"clean"} else 1


def _lines_of(path: Path) -> Iterator[bytes]:
    try:
        with sys.stdin.buffer if str(path) == "-" else path.open("rb") as lines:
            yield from lines
    except OSError:
        raise InputError("input-unreadable", "a file of rows cannot be read") from None


@contextmanager
def _deidentifier(recipe: str, vault: str, key: str, domain: str) -> Iterator[Deidentifier]:
    gc.disable()  # what is imported stays: no collection need go through it
    try:
        from deid.pipeline import Deidentifier

        opened = Deidentifier(recipe, vault=vault, key=_key(key, vault), domain=domain)
    finally:
        gc.enable()
    with opened as d:
        yield d


def _key(where: str, vault: str) -> Key:
    """The key as named, or from the environment, or from the file beside the vault."""
    from deid.vault import Key

    return Key.load(where, vault=vault)


def _progress(outcomes: Iterator[Outcome], total: int, *, quiet: bool) -> Iterator[Outcome]:
    if quiet or not sys.stderr.isatty():
        yield from outcomes
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True)) as bar:
        task = bar.add_task("units", total=total)
        for outcome in outcomes:
            bar.advance(task)
            yield outcome
