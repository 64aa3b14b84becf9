"""What there is to do: find the inputs, tell whose they are, link reports to studies.

The first pass reads only the heads of instances and the structure of reports. It gives one
:class:`Job` per subject and bounded piece of work, in an order that depends on nothing but the inputs.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from deid.dicom import Repeats, peek
from deid.errors import DeidError, InputError
from deid.model import Category, Known, Role, SubjectKey
from deid.recipe import Policy
from deid.sources import ReportUnit, Source, discover, read_reports
from deid.surrogates import fold
from deid.vault import STUDY_ISSUER, is_placeholder, study_only

__all__ = ["SINGLE_ISSUER", "Group", "Intake", "Unit", "take_in"]

SINGLE_ISSUER = "deid:single"  # issuer of subjects that are one input of an unknown patient


MADE_UP = frozenset((STUDY_ISSUER, SINGLE_ISSUER))


@dataclass(frozen=True, slots=True, repr=False)
class Unit:
    """One input: an instance, or one report of a source that may hold several.

    Attributes
    ----------
    number
        In this run, from 1; safe to log.
    study, name
        Study Instance UID (empty if none) and the patient's name as the input writes it.
    report
        The report as its reader took it apart; None for an instance.
    known
        Identifiers that the header names; None if the first pass has not read all of it, and for reports.
    """

    number: int
    path: Path
    size: int
    study: str = ""
    name: str = ""
    sex: str = ""
    report: ReportUnit | None = None
    alerts: tuple[str, ...] = ()
    known: tuple[Known, ...] | None = None

    def __repr__(self) -> str:
        return f"Unit({self.number})"


@dataclass(slots=True, repr=False)
class Group:
    """All units of one (PatientID, Issuer) pair."""

    key: SubjectKey
    units: list[Unit] = field(default_factory=list)

    def copy(self) -> Group:
        """The same, to be joined by others."""
        return Group(self.key, list(self.units))

    def __repr__(self) -> str:
        return f"Group({len(self.units)} units)"


@dataclass(slots=True, repr=False)
class Intake:
    """Groups to work on; inputs that could not be read or that the recipe leaves out, with the code of the reason."""

    groups: list[Group]
    rejected: list[tuple[Unit, DeidError]]
    left_out: dict[str, int]

    def __repr__(self) -> str:
        return f"Intake({len(self.groups)} groups, {len(self.rejected)} rejected)"


@dataclass(slots=True, repr=False)
class _Index:
    """Where a report may belong, by what it says."""

    groups: dict[SubjectKey, Group] = field(default_factory=dict)
    repeats: Repeats = field(default_factory=Repeats)
    by_study: dict[str, SubjectKey] = field(default_factory=dict)
    by_accession: dict[str, set[SubjectKey]] = field(default_factory=lambda: defaultdict(set))
    studies: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))  # by accession number
    by_patient: dict[str, set[SubjectKey]] = field(default_factory=lambda: defaultdict(set))
    by_folder: dict[Path, set[SubjectKey]] = field(default_factory=lambda: defaultdict(set))

    def group(self, key: SubjectKey) -> Group:
        return self.groups.setdefault(key, Group(key))

    def rename(self, named: Mapping[SubjectKey, SubjectKey]) -> None:
        """All that is known of some keys goes to others."""
        for old, new in named.items():
            self.groups[new].units += self.groups.pop(old).units
        self.by_study = {study: named.get(key, key) for study, key in self.by_study.items()}
        for keys in (*self.by_accession.values(), *self.by_patient.values(), *self.by_folder.values()):
            if not named.keys().isdisjoint(keys):
                keys.update([named[key] for key in keys if key in named])
                keys.difference_update(named)


def take_in(root: Path, policy: Policy) -> Intake:
    """Look at every input below ``root`` (or at the one file that it is).

    Parameters
    ----------
    policy
        Says what is left out (intake filters, opt-outs) and what becomes of a report that belongs to no study.
    """
    index, rejected, left_out = _Index(), [], dict[str, int]()
    reports: list[tuple[Source, ReportUnit]] = []
    number = 0
    for source in sorted(discover(root), key=lambda s: str(s.path)):
        number += 1
        unit = Unit(number, source.path, source.size)
        try:
            if source.kind == "dicom" or (source.kind == "other" and peek(source.path).is_dicom):
                reason = _take_instance(index, source, number, policy)
                if reason:
                    left_out[reason] = left_out.get(reason, 0) + 1
            elif source.kind in _WHY:
                raise InputError(f"input-{source.kind}", _WHY[source.kind])
            else:
                columns, language = policy.recipe.sources.columns, policy.recipe.text.language
                reports += [(source, r) for r in read_reports(source, mapping=columns, language=language)]
        except DeidError as error:
            rejected.append((unit, error))
    _name_issuers(index)
    for source, report in reports:
        number += 1
        unit = Unit(
            number,
            source.path,
            source.size,
            report=report,
            study=report.study_uid,
            sex=report.sex,
            name=_name(report.known),
            alerts=report.alerts,
        )
        try:
            reason = _take_report(index, source, unit, report, policy)
            if reason:
                left_out[reason] = left_out.get(reason, 0) + 1
        except InputError as error:
            rejected.append((unit, error))
    return Intake(list(index.groups.values()), rejected, left_out)


_WHY = {
    "other": "neither a DICOM instance nor a report format that is known",
    "dicomdir": "a media directory lists originals; it is not carried over",
    "irregular": "a link, a pipe or a device: what it leads to was not given to us",
}


def _take_instance(index: _Index, source: Source, number: int, policy: Policy) -> str | None:
    head = peek(source.path, repeats=index.repeats)
    reason = policy.admits(head)
    if reason:
        return reason
    if not is_placeholder(head.patient_id):
        key = SubjectKey(head.patient_id, head.issuer)
    else:
        # Strangers share blanks and placeholders: the study is all that is known to belong together.
        shared = head.study_uid or head.sop_instance_uid
        key = study_only(shared) if shared else SubjectKey(_content_name(source.path), SINGLE_ISSUER)
    unit = Unit(number, source.path, source.size, head.study_uid, head.patient_name, head.sex, known=head.known)
    index.group(key).units.append(unit)
    index.by_study.setdefault(head.study_uid, key)
    if head.accession:
        index.by_accession[head.accession.strip()].add(key)
        index.studies[head.accession.strip()].add(head.study_uid)
    if key.issuer != STUDY_ISSUER:
        index.by_patient[key.patient_id.strip()].add(key)
    index.by_folder[source.path.parent].add(key)
    return None


def _name_issuers(index: _Index) -> None:
    """An instance that names no issuer is of the patient with its ID whose study or name it shares, if there is one."""
    named = {}
    for key, group in index.groups.items():
        same = index.by_patient[key.patient_id.strip()] - {key} if not key.issuer else ()
        other = _only(one for one in same if _whose(group) & _whose(index.groups[one]))
        if other is not None:
            named[key] = other
    if named:
        index.rename(named)


def _whose(group: Group) -> set[str]:
    """What tells that two groups of one Patient ID are one patient: studies, and the name as it is written."""
    return {unit.study for unit in group.units if unit.study} | {
        fold(unit.name.partition("=")[0]).strip(" ^") for unit in group.units if unit.name.strip(" ^=")
    }


def _take_report(index: _Index, source: Source, unit: Unit, report: ReportUnit, policy: Policy) -> str | None:
    key, alerts = _belongs(index, source, report)
    stated = [k.patient_id for k in (key, report.key) if k is not None]
    others = [k.value for k in report.known if k.category is Category.ID and k.role is Role.PATIENT]
    if any(map(policy.opted_out, (*stated, *others))):
        return "opt-out"
    if key is None and policy.recipe.text.unlinked == "refuse":
        raise InputError("report-unlinked", "this report belongs to no study and the recipe refuses it")
    if key is None:
        key = SubjectKey(f"{_content_name(source.path)}#{report.index}", SINGLE_ISSUER)
    study = unit.study or _study(index, key, report)
    index.group(key).units.append(replace(unit, study=study, alerts=(*unit.alerts, *alerts)))
    return None


def _content_name(path: Path) -> str:
    """A name for an input that names nobody: the same in every run; the vault keeps it as it keeps an ID."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        raise InputError("input-unreadable", "the file cannot be read") from None


def _belongs(index: _Index, source: Source, report: ReportUnit) -> tuple[SubjectKey | None, tuple[str, ...]]:
    """Whose report this is: by its own Patient ID, its study, its accession number, its folder."""
    own = _by_patient_id(index, report.key)
    study = index.by_study.get(report.study_uid) if report.study_uid else None
    if study is None and report.accession:
        study = _only(index.by_accession.get(report.accession.strip(), set()))
    if own and study and own != study and own.patient_id != study.patient_id:
        return own, ("wrong-patient",)
    if own or study:
        return study or own, ()
    if report.key is not None and not is_placeholder(report.key.patient_id):
        # It names a patient of whom nothing else came: not whoever shares its folder.
        others = report.accession and index.by_accession.get(report.accession.strip())
        neighbour = _only(index.by_folder.get(source.path.parent, set()))
        alone = neighbour is not None and not report.fields  # not a row or a message of many
        return report.key, ("wrong-patient",) if others or alone else ()
    return _only(index.by_folder.get(source.path.parent, set())), ()


def _study(index: _Index, key: SubjectKey, report: ReportUnit) -> str:
    """The study that a report's accession number names, if it is this patient's; else empty."""
    accession = report.accession.strip()
    if not accession or index.by_accession.get(accession) != {key}:
        return ""
    studies = index.studies[accession]
    return next(iter(studies)) if len(studies) == 1 else ""


def _by_patient_id(index: _Index, key: SubjectKey | None) -> SubjectKey | None:
    if key is None or is_placeholder(key.patient_id):
        return None
    same = index.by_patient.get(key.patient_id.strip(), set())
    return key if key in same else _only({k for k in same if not k.issuer or not key.issuer or k.issuer == key.issuer})


def _only(keys: Iterable[SubjectKey]) -> SubjectKey | None:
    found = list(keys)
    return found[0] if len(found) == 1 else None


def _name(known: Iterable[Known]) -> str:
    return next(
        (k.value for k in known if k.source in ("PatientName", "PID-5") or k.source.endswith("PatientName")), ""
    )


def pieces(units: list[Unit], *, limit_units: int = 256, limit_bytes: int = 512 << 20) -> Iterator[list[Unit]]:
    """Cut a subject's units into bounded pieces of work, in order and about equally long."""
    count = -(-len(units) // -(-len(units) // limit_units)) if units else 0
    piece: list[Unit] = []
    size = 0
    for unit in units:
        if piece and (len(piece) >= count or size + unit.size > limit_bytes):
            yield piece
            piece, size = [], 0
        piece.append(unit)
        size += unit.size
    if piece:
        yield piece
