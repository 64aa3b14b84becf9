"""The one place where steps happen in order and files are touched.

``Deidentifier`` is what callers, the command line and the flows use; ``Run`` is one pass over one
export, cut into bounded pieces of one subject's material.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from deid.attestation import PURPOSE as ATTESTATION
from deid.attestation import REVIEW, attest, file_digest, sha256_hex
from deid.errors import InputError, RecipeError, Refusal, VaultError
from deid.forks import preload
from deid.manifest import PURPOSE as MANIFEST
from deid.manifest import Manifest, read_manifest
from deid.model import Alert, CleanReport, Known, Outcome, Passage, Status, Subject, SubjectKey
from deid.pipeline.documents import CleanFile, clean_file
from deid.pipeline.earlier import Earlier, recipes_of
from deid.pipeline.inspection import MANIFEST_NAME, check_installation, verify_output
from deid.pipeline.intake import SINGLE_ISSUER, Group, Unit, pieces, take_in
from deid.pipeline.own import handed_over, recognised
from deid.pipeline.passages import Patient
from deid.pipeline.pool import Pool
from deid.pipeline.publish import Publisher, written_whole
from deid.pipeline.quarantine import Quarantine
from deid.pipeline.rows import clean_rows, read_rows
from deid.pipeline.whose import contradictions, once, own_key, words_of
from deid.pipeline.work import NO_STUDY, Job, Result, Worker, failed, hushed, known_of, unit_digest
from deid.recipe import Recipe
from deid.sources import discover
from deid.surrogates import Surrogates, fold
from deid.vault import Key, Vault
from deid.verify import WORD

if TYPE_CHECKING:
    from deid.dicom import Plan

__all__ = [
    "Deidentifier",
    "PublishedReport",
    "Quarantine",
    "Run",
    "check_installation",
    "explain",
    "read_rows",
    "verify_output",
    "written_whole",
]

UNIT = "unit"  # purpose of the key under which inputs are recognised again
BATCH = 200


@dataclass(frozen=True, slots=True)
class PublishedReport:
    """A clean report of an output folder, and its Study Instance UID there; empty if it names none."""

    report: CleanReport
    study: str


class Deidentifier:
    """De-identifies instances, reports and whole exports under one recipe and one vault.

    Parameters
    ----------
    recipe
        A recipe, the name of a shipped one, or a path.
    vault
        An open vault, or the path or address of one, opened with ``key``.
    key
        Needed if ``vault`` is not open yet.

    Examples
    --------
    ::

        with deid.Deidentifier("research", vault="links.vault", key=deid.Key.from_env()) as d:
            done = d.instance("in/ct.dcm", into="out/")
            report = d.report(text, subject=done.subject)
    """

    def __init__(
        self, recipe: Recipe | str | Path, *, vault: Vault | str | Path, key: Key | None = None, domain: str = "default"
    ) -> None:
        self.recipe = recipe if isinstance(recipe, Recipe) else Recipe.load(recipe)
        self.policy = self.recipe.compile()
        self._owned = not isinstance(vault, Vault)
        if isinstance(vault, Vault):
            self.vault = vault
        elif key is None:
            raise VaultError("vault-key", "a vault that is not open needs its key")
        else:
            self.vault = Vault.open(vault, key, domain=domain)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the vault if this object opened it."""
        if self._owned:
            self.vault.close()

    def instance(self, path: str | Path, *, into: str | Path) -> Outcome:
        """De-identify one instance into an output folder."""
        return next(iter(self.folder(path, into=into)))

    def folder(
        self,
        source: str | Path,
        *,
        into: str | Path,
        workers: int = 1,
        resume: bool = True,
        allow_empty: bool = False,
    ) -> Iterator[Outcome]:
        """De-identify everything below a folder; outcomes come in the order of the work.

        Parameters
        ----------
        workers
            Processes; 1 works in this one.
        resume
            Skip what the output's manifest says is done, quarantined units too. Otherwise all is done anew, and takes
            the place of what was published.
        allow_empty
            That there is nothing below the folder is no error.

        Raises
        ------
        InputError
            ``input-missing``, ``input-empty``, ``output-inside``, ``output-busy``, ``manifest-broken``,
            ``restricted-open``.
        RecipeError
            ``output-recipe`` if what the output holds was made by another recipe and is not to be done anew.
        """
        with self.run(source, into=into, workers=workers, resume=resume, allow_empty=allow_empty) as run:
            yield from run.outcomes()

    def run(
        self,
        source: str | Path,
        *,
        into: str | Path,
        workers: int = 1,
        resume: bool = True,
        allow_empty: bool = False,
    ) -> Run:
        """Prepare a pass over an export: what is there, whose it is, in which pieces; as :meth:`folder`."""
        return Run(self, Path(source), Path(into), workers=workers, resume=resume, allow_empty=allow_empty)

    def report(
        self, text: str, *, subject: str | None = None, known: Iterable[Known] = (), origin: str = "report"
    ) -> CleanReport:
        """De-identify one text and attest the result.

        Parameters
        ----------
        subject
            Code of a subject that the vault knows: the text gets the surrogates and the date offset of
            its instances, and what the vault remembers of the subject is searched. Without it the text
            gets a subject of its own.
        known
            Further identifiers of the patient.

        Raises
        ------
        ResidueError
            ``residue-report``, ``second-look`` or ``review``: nothing is handed over.
        VaultError
            ``vault-subject`` if the code is unknown.
        """
        from deid.sources import header_hints

        (own,) = recognised([text], self.vault)
        if own and own == (subject or own):
            return replace(self.attested(text, own), alerts=(Alert("own-output"),))
        given, hints = tuple(known), header_hints(text)
        key = SubjectKey(sha256_hex(text), SINGLE_ISSUER)
        surrogates = self.vault.surrogates(subject) if subject else self.vault.subject(key, avoid=words_of(given))
        index = self.vault.known_index(surrogates.code)
        alerts = contradictions(hints.known, own_key(hints.key, text), Subject(key, given), index)
        patient = Patient.of(Subject(key, given), surrogates, self.policy, index=index)
        passage = Passage(text, origin, self.recipe.text.language)
        clean, plan, counts = self.worker.text(passage, patient)
        self.vault.remember(surrogates.code, handed_over(clean, surrogates.code, plan.links))
        return replace(self.attested(clean, surrogates.code, counts=counts), alerts=once((*alerts, *plan.alerts)))

    def document(self, content: bytes, *, subject: str = "") -> CleanFile:
        """De-identify a file of reports in any format that is known; see :mod:`deid.pipeline.documents`."""
        return clean_file(self, content, subject=subject)

    def rows(
        self,
        rows: Iterable[Mapping[str, Any]],
        *,
        workers: int = 1,
        review: Callable[[int, object], None] | None = None,
    ) -> Iterator[dict[str, Any]]:
        """De-identify reports given as rows ``{id, text, known}``, in batches; see :mod:`deid.pipeline.rows`.

        Parameters
        ----------
        workers
            Processes; the order of the rows is kept.
        review
            Gets number and material of every row that was withheld; the material quotes the text.

        Yields
        ------
        dict
            ``id``, ``text``, ``spans``, ``subject``, ``status``, where it is not ``clean`` a ``code``, and ``alerts``
            if there are any.
        """
        return clean_rows(self, rows, workers=workers, review=review)

    def attested(
        self, text: str, subject: str, *, counts: Mapping[str, int] | None = None, recipe: str = ""
    ) -> CleanReport:
        """State, under the domain's key, that a text passed; for text that this object just verified.

        Parameters
        ----------
        recipe
            Digest of the recipe that made the text, where that is not this object's own.
        """
        digest = recipe or self.recipe.digest
        mark = attest(self.vault.derive(ATTESTATION), digest=sha256_hex(text), subject=subject, recipe=digest)
        return CleanReport(text, subject, digest, mark, dict(counts or {}))

    def retry(self, output: str | Path, *, workers: int = 1) -> Iterator[Outcome]:
        """Try what an output folder's quarantine lists again, after the recipe or the tool has changed.

        The whole export is looked at, since whose a report is can only be told from all of it; what is done is
        skipped, and only what was tried again comes out. What is no longer there comes out as ``input-missing`` and
        stays in quarantine as it was.
        """
        records = list(Quarantine.of(Path(output)).records())
        keys = {r.key for r in records}
        kinds = {o.key: o.kind for o in read_manifest(Path(output) / MANIFEST_NAME, self.vault.derive(MANIFEST))}
        tried: set[str] = set()
        for root in sorted({r.root if r.root.exists() else r.source for r in records}):
            if not (root.exists() or root.is_symlink()):
                continue
            with Run(self, root, Path(output), workers=workers, retry=keys) as run:
                for outcome in run.outcomes():
                    if outcome.key in keys:
                        tried.add(outcome.key)
                        yield outcome
        for record in records:
            if record.key not in tried and not record.source.exists():
                kind = kinds.get(record.key, "instance")
                yield Outcome(record.unit, record.key, kind, Status.QUARANTINED, "input-missing")

    def clean_instances(self, output: str | Path) -> Iterator[tuple[str, bytes]]:
        """Code of the subject and bytes of every published instance, checked against the signed manifest."""
        root = Path(output)
        for outcome in self._published(root, "instance"):
            yield outcome.subject, _unchanged(root, outcome)

    def clean_reports(self, output: str | Path) -> Iterator[CleanReport]:
        """Reports of an output folder, each checked against the signed manifest, ready for the gate.

        Each is attested under the recipe that made it, whichever this object has.

        Raises
        ------
        InputError
            ``manifest-missing``, ``manifest-broken``, or ``output-changed`` if a file is not what was published.
        """
        return (published.report for published in self.published_reports(output))

    def published_reports(self, output: str | Path) -> Iterator[PublishedReport]:
        """The same, each with its study."""
        from deid.sources import Source, read_reports

        root = Path(output)
        outcomes = self._published(root, "report")
        recipes = recipes_of(root / MANIFEST_NAME)
        for outcome in outcomes:
            content = _unchanged(root, outcome)
            study = Path(outcome.output).parent.name
            for report in read_reports(Source(root / outcome.output, outcome.format, len(content))):
                if report.text.strip():
                    clean = self.attested(
                        report.text, outcome.subject, counts=outcome.counts, recipe=recipes[outcome.key]
                    )
                    yield PublishedReport(replace(clean, alerts=outcome.alerts), "" if study == NO_STUDY else study)

    def _published(self, root: Path, kind: str) -> list[Outcome]:
        if not (root / MANIFEST_NAME).exists():
            raise InputError("manifest-missing", "this folder has no manifest", hint="name the output of a run")
        done = {o.key: o for o in read_manifest(root / MANIFEST_NAME, self.vault.derive(MANIFEST))}
        return [o for o in done.values() if o.kind == kind and o.status is Status.CLEAN]

    @cached_property
    def worker(self) -> Worker:
        """What cleans single texts and rows: in this process, or copied into others."""
        return Worker(self.policy, self.vault.derive(UNIT), Path())

    @cached_property
    def versions(self) -> dict[str, str]:
        """What decides how the output looks: stated in the manifest."""
        names = (
            "deid-pipeline",
            "pydicom",
            "numpy",
            "pillow",
            "rapidocr",
            "onnxruntime",
            "spacy",
            "presidio-analyzer",
            "pylibjpeg-openjpeg",
            "pyjpegls",
            "python-gdcm",
            "jpeglib",
        )
        found = {name: _version(name) for name in names}
        return {
            **found,
            "recipe": f"{self.recipe.name} {self.recipe.version}",
            "recipe-digest": self.recipe.digest,
            "standard": self.recipe.standard,
            **self._devices(),
            **{alert.code: alert.detail for alert in self.vault.alerts},
        }

    def _devices(self) -> dict[str, str]:
        """Which device catalog decides, where pixels are looked at."""
        if self.recipe.pixels.remove == "none":
            return {}
        from deid.pixels.catalog import Catalog  # header-only work loads no engine

        catalog = Catalog.load(self.recipe.pixels.catalog)
        return {"devices": f"{catalog.name} {catalog.digest}"}


class Run:
    """One pass over one export; a context manager.

    Attributes
    ----------
    total
        Number of units that were found.
    left_out
        Counts by reason of what the recipe's intake filters left out.
    """

    def __init__(
        self,
        owner: Deidentifier,
        source: Path,
        output: Path,
        *,
        workers: int = 1,
        resume: bool = True,
        allow_empty: bool = False,
        retry: Collection[str] = (),
    ) -> None:
        if not source.exists():
            raise InputError("input-missing", "there is nothing at the input path")
        if not allow_empty and next(iter(discover(source)), None) is None:
            raise InputError("input-empty", "there is no file below the input path", hint="--allow-empty if that is so")
        if output.resolve().is_relative_to(source.resolve()) and source.is_dir():
            raise InputError("output-inside", "the output must not lie inside the input")
        self._owner, self._workers = owner, max(1, workers)
        output.mkdir(parents=True, exist_ok=True)
        self.quarantine = Quarantine.beside(output, root=source, review_key=owner.vault.derive(REVIEW))
        self.manifest = Manifest(output / MANIFEST_NAME, owner.vault.derive(MANIFEST), versions=owner.versions)
        earlier = Earlier(self.manifest.done)
        if not resume:
            self.manifest.done.clear()
        elif retry:
            self.manifest.forget(retry)
        else:
            self._check_recipe(output)
        self._publisher = Publisher(output, self.manifest, self.quarantine, owner.vault, earlier)
        self._pool: Pool | None = None
        if self._workers > 1:
            preload()
        with hushed():
            intake = take_in(source, owner.policy)
        self.left_out = intake.left_out
        self._rejected = [failed(unit, self._reject_key(unit), error) for unit, error in intake.rejected]
        self._rejected += self._own_outputs(intake.groups)
        self._groups = [group for group in intake.groups if group.units]
        self.total = len(self._rejected) + sum(len(g.units) for g in self._groups)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop the workers, remove temporary files, close the manifest."""
        if self._pool is not None:
            self._pool.close()
            self._pool = None
        self._publisher.close()
        self.manifest.close()

    def _check_recipe(self, output: Path) -> None:
        """Stop if what is done was done under another recipe: skipping it would pass it off as this one's."""
        made = recipes_of(output / MANIFEST_NAME)
        others = sum(made[key] != self._owner.recipe.digest for key in self.manifest.done)
        if others:
            self.manifest.close()
            raise RecipeError(
                "output-recipe",
                f"{others} units of this output were done under another recipe",
                hint="take another output folder, --again to do all anew, or `deid quarantine retry` for what failed",
            )

    def outcomes(self) -> Iterator[Outcome]:
        """Do all the work."""
        yield from self.rejected()
        for shard in self.shards():
            yield from self.process(shard)

    def rejected(self) -> Iterator[Outcome]:
        """Record the inputs that could not be taken in."""
        yield from self._publisher.publish([self._rejected])

    def shards(self, *, size: int = 4000) -> Iterator[list[Job]]:
        """Jobs in portions of about ``size`` units; the subjects of a portion are drawn when it is asked for."""
        for portion in _portions(self._groups, size):
            yield list(self._jobs(portion))

    def process(self, jobs: Iterable[Job]) -> Iterator[Outcome]:
        """Work on jobs and publish in their order, durably, in batches."""
        yield from self._publisher.publish(self._batches(jobs))

    def _batches(self, jobs: Iterable[Job]) -> Iterator[list[Result]]:
        waiting: list[Result] = []
        for results in self._results(jobs):
            waiting += results
            if len(waiting) >= BATCH:
                yield waiting
                waiting = []
        if waiting:
            yield waiting

    def _jobs(self, groups: list[Group]) -> Iterator[Job]:
        vault = self._owner.vault
        drawn = vault.subjects([(g.key, next((u.sex for u in g.units if u.sex), ""), _avoid(g)) for g in groups])
        by_code: dict[str, tuple[Group, Surrogates]] = {}
        for group, surrogates in zip(groups, drawn, strict=True):
            if surrogates.code in by_code:  # one patient under several linked identifiers
                # No one Patient ID is the subject's then: whichever stands in a header becomes the code.
                by_code[surrogates.code][0].key = SubjectKey("")
                by_code[surrogates.code][0].units += group.units
            else:
                by_code[surrogates.code] = (group.copy(), surrogates)
        for group, surrogates in by_code.values():
            cut = list(pieces(group.units))
            known = tuple(dict.fromkeys(known_of(group.units))) if len(cut) > 1 else ()
            for piece in cut:
                index = vault.known_index(surrogates.code) if any(u.report for u in piece) else None
                yield Job(group.key, surrogates, tuple(piece), known, index)

    def _results(self, jobs: Iterable[Job]) -> Iterator[list[Result]]:
        if self._pool is None:
            self._pool = Pool(self._new_worker(), self._workers)
        yield from self._pool.do(Worker.work, jobs, kin=lambda job: job.surrogates.code)

    def _new_worker(self) -> Worker:
        owner = self._owner
        review = self.quarantine.review if owner.recipe.pixels.evidence else None
        return Worker(
            owner.policy,
            owner.vault.derive(UNIT),
            self._publisher.incoming,
            dict(self.manifest.done),
            review,
            owner.vault.derive(REVIEW),
        )

    def _own_outputs(self, groups: list[Group]) -> list[Result]:
        """Take out the reports that this vault's domain handed over before; instances say so themselves."""
        paths = {unit.path for group in groups for unit in group.units if unit.report is not None}
        listed = sorted(path for path in paths if path.is_file())
        codes = recognised((path.read_bytes() for path in listed), self._owner.vault)
        own = {path for path, code in zip(listed, codes, strict=True) if code}
        error = Refusal("already-deidentified", "this report was handed over by this project")
        out = [failed(u, self._reject_key(u), error) for g in groups for u in g.units if u.report and u.path in own]
        for group in groups:
            group.units[:] = [unit for unit in group.units if unit.report is None or unit.path not in own]
        return out

    def _reject_key(self, unit: Unit) -> str:
        if unit.path.is_symlink() or not unit.path.is_file():
            return ""  # a pipe would be waited for, and what a link leads to is not the input
        try:
            return unit_digest(
                self._owner.vault.derive(UNIT), unit.path, "" if unit.report is None else str(unit.report.index)
            )
        except OSError:
            return ""


def explain(path: str | Path, recipe: Recipe | str | Path) -> Plan:
    """Plan one instance and write nothing; needs no vault.

    Returns
    -------
    Plan
        ``decisions`` holds one entry per element, kept ones too, with the rule and where it is written.
    """
    loaded = recipe if isinstance(recipe, Recipe) else Recipe.load(recipe)
    return Worker(loaded.compile(), bytes(32), Path()).plan(Path(path), Surrogates.preview())


def _unchanged(root: Path, outcome: Outcome) -> bytes:
    content = (root / outcome.output).read_bytes()
    if file_digest(content) != outcome.digest:
        raise InputError("output-changed", "a published file is not what the manifest says")
    return content


def _portions(groups: list[Group], size: int) -> Iterator[list[Group]]:
    portion: list[Group] = []
    units = 0
    for group in groups:
        portion.append(group)
        units += len(group.units)
        if units >= size:
            yield portion
            portion, units = [], 0
    if portion:
        yield portion


def _avoid(group: Group) -> frozenset[str]:
    return frozenset(word for name in {unit.name for unit in group.units} for word in WORD.findall(fold(name)))


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "absent"
