"""The work on one subject's units: read, plan, clean, write to a temporary file, look again.

Runs in worker processes. It holds no key of the vault: surrogates come with the job, links go back with
the result, and nothing is published here.
"""

from __future__ import annotations

import errno
import logging
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from deid.attestation import file_digest, review_mark
from deid.dicom import Head, Instance, Planner, Repeats, read_head, read_instance, write_instance
from deid.dicom.encrypted import CONTENT, SEQUENCE, SYNTAX, sealed
from deid.errors import DeidError, InputError, Refusal, ResidueError, VaultError
from deid.model import (
    Action,
    Alert,
    Finding,
    Known,
    Link,
    Outcome,
    Passage,
    Status,
    Subject,
    SubjectKey,
)
from deid.pipeline.intake import MADE_UP, Unit
from deid.pipeline.own import handed_over
from deid.pipeline.passages import Patient, clean_all, clean_passage, find_all
from deid.pipeline.whose import contradictions, once
from deid.recipe import Policy
from deid.standard import tag_of
from deid.surrogates import Surrogates
from deid.verify import MARKS, InstanceVerifier, Look, Residue, check_pixels_decoded_alike

if TYPE_CHECKING:
    from cryptography.x509 import Certificate
    from pydicom import Dataset

    from deid.dicom import Plan
    from deid.pixels import PixelResult, SeriesMemo
    from deid.pixels.evidence import Pair
    from deid.sources import ReportUnit
    from deid.text import Finder, TextPlan
    from deid.vault import KnownIndex

__all__ = ["NO_STUDY", "Document", "Job", "Result", "Worker", "failed", "hushed", "known_of", "unit_digest"]

NO_ROOM = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EMFILE, errno.ENFILE))
EXPLICIT_BE = "1.2.840.10008.1.2.2"
NO_STUDY = "reports"  # folder of a subject's reports that name no study


@dataclass(frozen=True, slots=True, repr=False)
class Job:
    """A bounded piece of one subject's units.

    Attributes
    ----------
    known
        Identifiers of the subject's other pieces; the piece's own are added when it is read.
    index
        What the vault remembers of the subject from earlier runs; only for pieces with reports.
    """

    key: SubjectKey
    surrogates: Surrogates
    units: tuple[Unit, ...]
    known: tuple[Known, ...] = ()
    index: KnownIndex | None = None

    def __repr__(self) -> str:
        return f"Job({self.surrogates.code}, {len(self.units)} units)"


@dataclass(frozen=True, slots=True, repr=False)
class Result:
    """A unit's outcome and, if it is clean, the temporary file that waits to be published.

    ``material`` is for a reviewer and goes into the restricted area only.
    """

    outcome: Outcome
    source: Path
    temporary: Path | None = None
    links: tuple[Link, ...] = ()
    known: tuple[Known, ...] = ()
    material: object = None

    def __repr__(self) -> str:
        return f"Result({self.outcome.unit}, {self.outcome.status})"


@dataclass(frozen=True, slots=True, repr=False)
class Document:
    """A clean report in its own format; ``form`` is that of the output (what came from a PDF is ``text``)."""

    content: bytes
    form: str
    links: tuple[Link, ...]
    alerts: tuple[Alert, ...]
    counts: Mapping[str, int]

    def __repr__(self) -> str:
        return f"Document({self.form}, {len(self.content)} bytes)"


@dataclass(frozen=True, slots=True, repr=False)
class _Tools:
    """What serves every instance of one subject: it remembers what it found out."""

    subject: Subject
    surrogates: Surrogates
    planner: Planner
    verifier: InstanceVerifier


@dataclass
class Worker:
    """Everything a process needs to work on jobs; made once per process.

    Attributes
    ----------
    policy
        Compiled recipe.
    unit_key
        Key of the digests that recognise inputs again.
    incoming
        Folder for temporary files, on the file system of the output.
    restricted
        Folder of mode 0700 for contact sheets of what was filled; None keeps no evidence.
    review_key
        Key of the marks by which the sheets of a subject are found.
    done
        Keys of units that need no work.
    """

    policy: Policy
    unit_key: bytes = field(repr=False)
    incoming: Path = field(repr=False)
    done: Mapping[str, Outcome] = field(default_factory=dict, repr=False)
    restricted: Path | None = field(default=None, repr=False)
    review_key: bytes = field(default=b"", repr=False)
    _finder: Finder | None = field(default=None, repr=False)
    _keeps: dict[str, bool] = field(default_factory=dict, repr=False)
    _sheets: dict[str, tuple[str, list[Pair]]] = field(default_factory=dict, repr=False)
    _tools: _Tools | None = field(default=None, repr=False)

    @property
    def finder(self) -> Finder:
        """The text engine; loaded when the first text asks for it."""
        if self._finder is None:
            from deid.text import Finder  # header-only work loads no engine

            self._finder = Finder(self.policy.recipe.text, language=self.policy.recipe.text.language)
        return self._finder

    def find(self, passage: Passage, subject: Subject | None) -> list[Finding]:
        """What the text engine finds."""
        return self.finder.find(passage, subject)

    def work(self, job: Job) -> list[Result]:
        """Do a job; every unit gets a result, whatever happens to it."""
        with hushed():
            return self._work(job)

    def _work(self, job: Job) -> list[Result]:
        code = job.surrogates.code
        heads = self._heads(job.units)
        named = _each_once(unit.known or _known(heads, unit) for unit in job.units if unit.report is None)
        told = _each_once(unit.report.known for unit in job.units if unit.report is not None)
        # A key that was made up is no Patient ID: whatever stands in the header becomes the code.
        key = SubjectKey("") if job.key.issuer in MADE_UP else job.key
        known = dict.fromkeys(self.identifying([*job.known, *named, *told]))
        subject = Subject(key, tuple(known), sex=next((u.sex for u in job.units if u.sex), ""))
        if self._tools is None or (self._tools.subject, self._tools.surrogates) != (subject, job.surrogates):
            planner = Planner(self.policy, job.surrogates, subject, self.find)
            self._tools = _Tools(subject, job.surrogates, planner, self._verifier(subject, job.surrogates))
        patient = Patient.of(subject, job.surrogates, self.policy, index=job.index)
        header = Subject(job.key, tuple(named))
        self._look_through([Head(instance) for instance in heads.values()])
        results: list[Result] = []
        for unit in job.units:
            digest = ""
            try:
                digest, instance = self._read(unit, heads.get(unit.number))
                if digest in self.done:
                    results.append(Result(replace(self.done[digest], unit=unit.number), unit.path))
                elif instance is not None:
                    results.append(self._instance(unit, digest, Head(instance), self._tools))
                else:
                    results.append(self._report(unit, digest, patient, header))
            except DeidError as error:
                results.append(failed(unit, digest or self._key_of_unread(unit), error, code))
            except OSError as error:
                if error.errno in NO_ROOM:  # no input's fault: the run stops, and what is recorded stays true
                    raise
                unread = InputError("input-unreadable", "the file cannot be read")
                results.append(failed(unit, digest, unread, code))
            except Exception as error:  # noqa: BLE001  # a batch outlives any one input; the text of the error may quote it
                results.append(failed(unit, digest, InputError("internal", f"unexpected {_place(error)}"), code))
        self._write_sheets(code)
        return sorted(results, key=lambda r: r.outcome.unit)

    def _heads(self, units: Iterable[Unit]) -> dict[int, Instance]:
        """Headers of instances, by the unit's number, where they are needed before the first of them is worked on.

        That is for the common look at pixels, and for identifiers that the first pass did not reach. What cannot be
        read is told when its turn comes.
        """
        instances = [unit for unit in units if unit.report is None]
        if not instances:
            return {}
        from deid.pixels import looks_together  # report-only work loads no engine

        every = looks_together(self.policy.recipe.pixels)
        found: dict[int, Instance] = {}
        for unit in instances:
            if every or unit.known is None:
                with suppress(DeidError, OSError):
                    found[unit.number] = read_head(unit.path, repeats=self._repeats)
        return found

    def identifying(self, known: Iterable[Known]) -> Iterator[Known]:
        """What of a header's values identifies somebody under this recipe: not what the recipe keeps as it is."""
        for item in known:
            keeps = self._keeps.get(item.source)
            if keeps is None:
                tag = tag_of(item.source)
                rule = self.policy.for_instance("").rule((tag,), "LO") if tag is not None else None
                keeps = self._keeps[item.source] = rule is not None and rule.action is Action.KEEP
            if not keeps:
                yield item

    @cached_property
    def _repeats(self) -> Repeats:
        return Repeats()

    @cached_property
    def _memo(self) -> SeriesMemo:
        from deid.pixels import SeriesMemo

        return SeriesMemo()

    def _look_through(self, heads: list[Head]) -> None:
        from deid.pixels import look_through

        try:
            look_through(heads, self.policy.recipe.pixels, self._memo)
        except Exception:  # noqa: BLE001  # whatever it was comes again when each instance is looked at by itself
            self._memo.looked((), ())

    @cached_property
    def _certificates(self) -> list[Certificate]:
        """Of those who may open the originals that travel inside an instance (PS3.15 Annex E.1.1); usually nobody."""
        paths = self.policy.recipe.store.seal_for
        if not paths:
            return []
        from cryptography.x509 import load_pem_x509_certificate

        try:
            return [load_pem_x509_certificate(Path(path).read_bytes()) for path in paths]
        except (OSError, ValueError) as error:
            raise VaultError("seal-certificate", f"a certificate cannot be read: {type(error).__name__}") from None

    def plan(self, path: Path, surrogates: Surrogates) -> Plan:
        """Plan one instance and write nothing; the pixels are decided but not read."""
        instance = read_instance(path)
        subject = Subject(instance.key, instance.known, sex=instance.sex)
        return Planner(self.policy, surrogates, subject, self.find).plan(instance)

    def _read(self, unit: Unit, head: Instance | None) -> tuple[str, Instance | None]:
        try:
            if unit.report is not None:
                return unit_digest(self.unit_key, unit.path, str(unit.report.index)), None
            instance = read_instance(unit.path, repeats=self._repeats, head=head)
            return unit_digest(self.unit_key, instance.source or unit.path), instance
        except OSError:  # gone or closed to us since the first pass
            raise InputError("input-unreadable", "the file cannot be read") from None

    def _key_of_unread(self, unit: Unit) -> str:
        try:
            return unit_digest(self.unit_key, unit.path, str(unit.report.index) if unit.report else "")
        except OSError:
            return ""

    def _verifier(self, subject: Subject, surrogates: Surrogates) -> InstanceVerifier:
        person = surrogates.person
        residue = Residue(subject.known, (surrogates.code, person.family, person.given))
        allowed = MARKS | {SEQUENCE, SYNTAX, CONTENT} if self._certificates else MARKS
        return InstanceVerifier(residue, self.policy, person=person.pn, code=surrogates.code, allowed=allowed)

    def _instance(self, unit: Unit, key: str, head: Head, tools: _Tools) -> Result:
        from deid.pixels import clean_pixels

        instance, planner, verifier = head.instance, tools.planner, tools.verifier
        pixels: PixelResult | None = None
        if instance.pixel is not None:
            settings = self.policy.recipe.pixels
            pixels = clean_pixels(head, settings, find=self.find, subject=planner.subject, memo=self._memo)
        plan = planner.plan(instance, pixels)
        if plan.refusal:
            raise Refusal(plan.refusal, "the recipe does not let this object pass")
        if self._certificates:
            plan = sealed(instance, plan, self._certificates)
        temporary = self.incoming / f"{unit.number}-{key}.dcm"
        try:
            with temporary.open("wb") as out:
                write_instance(instance, plan, out, pixels)
            digest, look = self._second_look(instance, pixels, temporary, verifier)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        if self.restricted is not None and pixels is not None and pixels.decision == "cleaned":
            self._keep_evidence(instance.dataset(), look.dataset, pixels, unit, key)
        code, uids = planner.surrogates.code, plan.new_uids
        layout = self.policy.recipe.store.layout
        output = layout.format(subject=code, study=uids.study, series=uids.series, instance=uids.instance)
        outcome = Outcome(
            unit=unit.number,
            key=key,
            kind="instance",
            status=Status.CLEAN,
            subject=code,
            output=output,
            digest=digest,
            alerts=(*plan.alerts, *(pixels.alerts if pixels else ())),
            counts={"edits": len(plan.changes), "words": pixels.words_found if pixels else 0},
            pixels=pixels.summary() if pixels and pixels.decision != "none" else {},
        )
        return Result(outcome, unit.path, temporary, plan.links, instance.known)

    def _second_look(
        self, instance: Instance, pixels: PixelResult | None, temporary: Path, verifier: InstanceVerifier
    ) -> tuple[str, Look]:
        written = temporary.read_bytes()
        look = verifier.look(written)
        if pixels is None:
            pass
        elif pixels.decision in ("verbatim", "none") and instance.pixel is not None:
            if instance.declared_syntax == EXPLICIT_BE and instance.path is not None:
                check_pixels_decoded_alike(instance.path, look.dataset)
            look.check_pixels(instance.pixel.tag, instance.pixel_view())
        elif pixels.decision != "none":
            from deid.pixels import same_outside

            if not same_outside(instance.dataset(), look.dataset, pixels.regions):
                raise ResidueError("verify-pixels", "pixels outside the regions changed")
        return file_digest(written), look

    def _keep_evidence(self, before: Dataset, after: Dataset, pixels: PixelResult, unit: Unit, key: str) -> None:
        from deid.pixels.evidence import PAIRS_MAX, pair

        _, pairs = self._sheets.setdefault(str(after.get("SeriesInstanceUID", "")), (key, []))
        if len(pairs) < PAIRS_MAX:
            pairs.append(pair(before, after, pixels, unit=unit.number))

    def _write_sheets(self, code: str) -> None:
        from deid.pixels.evidence import write_sheet

        for first, pairs in self._sheets.values():
            assert self.restricted is not None
            name = f"{review_mark(self.review_key, code)}-{first}"
            write_sheet(self.restricted, name, pairs, output=self.incoming.parent)
        self._sheets.clear()

    def _report(self, unit: Unit, key: str, patient: Patient, header: Subject) -> Result:
        assert unit.report is not None
        report, code = unit.report, patient.surrogates.code
        clean = self.document(report, patient)
        alerts = [Alert(alert) for alert in unit.alerts]
        if "wrong-patient" not in unit.alerts:
            alerts += contradictions(report.known, None, header, patient.index)
        temporary = self.incoming / f"{unit.number}-{key}{report.suffix}"
        temporary.write_bytes(clean.content)
        study = patient.surrogates.uid(unit.study) if unit.study else NO_STUDY
        outcome = Outcome(
            unit=unit.number,
            key=key,
            kind="report",
            status=Status.CLEAN,
            subject=code,
            output=f"{code}/{study}/{key[:16]}{report.suffix}",
            digest=file_digest(clean.content),
            alerts=once((*alerts, *clean.alerts)),
            counts=clean.counts,
            format=clean.form,
        )
        return Result(outcome, unit.path, temporary, clean.links, report.known)

    def document(self, report: ReportUnit, patient: Patient) -> Document:
        """Clean a report in its own format: its passages are searched, its fields replaced by what they are.

        Raises
        ------
        ResidueError
            ``residue-report``, ``second-look`` or ``review``.
        """
        from deid.sources import plan_fields, visible_text
        from deid.text import KnownMatcher

        passages = list(report.passages.values())
        found = find_all(self.finder, passages, [patient] * len(passages))
        plans = []
        for done in clean_all(passages, found, [patient] * len(passages), self.policy):
            if isinstance(done, ResidueError):
                raise done
            plans.append(done[1])
        fields = plan_fields(
            report,
            patient.surrogates,
            dates=self.policy.dates,
            name_style=self.policy.recipe.surrogates.name_style,
            avoid=KnownMatcher.of(patient.subject).words(),
        )
        edits = {name: plan.edits for name, plan in zip(report.passages, plans, strict=True)}
        content = report.rebuild(edits, fields.values)
        form = "text" if report.suffix == ".txt" else report.kind
        if patient.residue.in_text(visible_text(form, content)):
            raise ResidueError("residue-report", "a known identifier stands in the rebuilt report")
        links = (*(link for plan in plans for link in plan.links), *fields.links)
        links = handed_over(content, patient.surrogates.code, links)
        alerts = tuple(alert for plan in plans for alert in plan.alerts)
        counts = Counter(str(f.category) for findings in found for f in findings)
        return Document(content, form, links, alerts, dict(counts))

    def text(self, passage: Passage, patient: Patient) -> tuple[str, TextPlan, Counter[str]]:
        """Clean one passage: the new text, the plan that made it, findings by category.

        Raises
        ------
        ResidueError
            ``residue-report``, ``second-look`` or ``review``.
        """
        (findings,) = find_all(self.finder, [passage], [patient])
        text, plan = clean_passage(passage, findings, patient, self.policy)
        return text, plan, Counter(str(f.category) for f in findings)


@contextmanager
def hushed() -> Iterator[None]:
    """Keep what libraries log and warn to themselves: pydicom's messages quote values.

    The logger is cut off rather than raised: a first import of pydicom inside sets its level again.
    """
    logger, silent = logging.getLogger("pydicom"), logging.NullHandler()
    handlers, propagate = logger.handlers, logger.propagate
    logger.handlers, logger.propagate = [silent], False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.handlers, logger.propagate = handlers, propagate


def known_of(units: Iterable[Unit]) -> Iterator[Known]:
    """Identifiers that units name; what cannot be read is left to the work itself."""
    for unit in units:
        if unit.report is not None:
            yield from unit.report.known
        elif unit.known is not None:
            yield from unit.known
        else:
            with suppress(DeidError):
                yield from read_head(unit.path).known


def _each_once(groups: Iterable[tuple[Known, ...]]) -> list[Known]:
    """What is named, once; instances that name the same share one tuple."""
    different = {id(group): group for group in groups}
    return list(dict.fromkeys(item for group in different.values() for item in group))


def _known(heads: Mapping[int, Instance], unit: Unit) -> tuple[Known, ...]:
    head = heads.get(unit.number)
    return head.known if head is not None else ()


def unit_digest(key: bytes, content: bytes | Path, place: str = "") -> str:
    """Keyed digest of an input's bytes: recognises it, and tells nothing to whoever lacks the key."""
    return file_digest(content, key=key, place=place, length=20)


def failed(unit: Unit, key: str, error: DeidError, subject: str = "") -> Result:
    """The result of a unit that did not come through."""
    status = Status.REFUSED if isinstance(error, Refusal) else Status.QUARANTINED
    kind = "report" if unit.report is not None else "instance"
    material = error.material if isinstance(error, ResidueError) else None
    return Result(Outcome(unit.number, key, kind, status, error.code, subject), unit.path, material=material)


def _place(error: BaseException) -> str:
    """Type and innermost place in our own code of an unexpected error, without its text."""
    at, trace = "", error.__traceback__
    while trace is not None:
        module = trace.tb_frame.f_globals.get("__name__", "")
        if module.startswith("deid."):
            at = f" in {module}:{trace.tb_lineno}"
        trace = trace.tb_next
    return type(error).__name__ + at
