"""Known identifiers from a mapping of DICOM keywords, as a row of ``deid report SET.jsonl`` gives them."""
# ruff: noqa: E501 - a pattern or a table row reads better whole

from __future__ import annotations

from collections.abc import Iterable, Mapping

from deid.model import Category, Known, Role, Subject, SubjectKey
from deid.text.lexicon import group

__all__ = ["known_from", "subject_from"]

C, R = Category, Role
KEYWORDS: dict[str, tuple[Category, Role]] = {
    **dict.fromkeys(("PatientName", "OtherPatientNames", "PatientBirthName", "PatientMotherBirthName"), (C.NAME, R.PATIENT)),
    "PatientMotherBirthName": (C.NAME, R.RELATIVE),
    "ResponsiblePerson": (C.NAME, R.RELATIVE),
    **dict.fromkeys(
        (
            "ReferringPhysicianName", "PerformingPhysicianName", "OperatorsName", "NameOfPhysiciansReadingStudy", "PhysiciansOfRecord",
            "RequestingPhysician", "ConsultingPhysicianName", "ScheduledPerformingPhysicianName", "PersonName", "VerifyingObserverName",
            "ReviewerName", "ContentCreatorName", "AttendingPhysician", "OrderEnteredBy", "HumanPerformerName", "NamesOfIntendedRecipientsOfResults",
            "InterpretationRecorder", "InterpretationTranscriber", "InterpretationAuthor", "PhysicianApprovingInterpretation",
        ),
        (C.NAME, R.STAFF),
    ),
    **dict.fromkeys(("PatientID", "OtherPatientIDs", "IssuerOfPatientID", "MilitaryRank", "PatientPrimaryLanguage"), (C.ID, R.PATIENT)),
    **dict.fromkeys(
        ("AccessionNumber", "StudyID", "RequestedProcedureID", "ScheduledProcedureStepID", "PerformedProcedureStepID", "FillerOrderNumberImagingServiceRequest", "PlacerOrderNumberImagingServiceRequest", "ServiceEpisodeID", "AdmissionID"),
        (C.ID, R.STUDY),
    ),
    **dict.fromkeys(("PatientBirthDate", "PatientBirthDateInAlternativeCalendar"), (C.DATE, R.PATIENT)),
    **dict.fromkeys(("PatientAddress", "ResponsibleOrganizationAddress"), (C.ADDRESS, R.PATIENT)),
    **dict.fromkeys(("PatientTelephoneNumbers", "PatientTelecomInformation", "PersonTelephoneNumbers", "ReferringPhysicianTelephoneNumbers"), (C.PHONE, R.PATIENT)),
    **dict.fromkeys(("InstitutionName", "IssuerOfAdmissionID", "RequestingService", "ResponsibleOrganization"), (C.INSTITUTION, R.SITE)),
    **dict.fromkeys(("InstitutionalDepartmentName", "CurrentPatientLocation", "PatientInstitutionResidence"), (C.WARD, R.SITE)),
    "InstitutionAddress": (C.ADDRESS, R.SITE),
    **dict.fromkeys(("StationName", "DeviceSerialNumber", "DeviceUID", "GantryID", "PlateID", "CassetteID", "DetectorID"), (C.DEVICE, R.SITE)),
    **dict.fromkeys(("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "FrameOfReferenceUID"), (C.UID, R.STUDY)),
    "InsurancePlanIdentification": (C.HEALTH_PLAN, R.PATIENT),
    "Occupation": (C.PROFESSION, R.PATIENT),
    "RegionOfResidence": (C.PLACE, R.PATIENT),
    "CountryOfResidence": (C.OTHER, R.PATIENT),
}  # fmt: skip
SKIPPED = group("skipped")


def known_from(mapping: Mapping[str, str | Iterable[str]]) -> tuple[Known, ...]:
    """Known identifiers of a mapping from DICOM keywords to values.

    Parameters
    ----------
    mapping
        A value may be a list, or multi-valued with backslashes. A key that is no identifying keyword of DICOM stands for
        a literal value to find; study dates, sex, age and descriptions are no known identifiers.
    """
    known: list[Known] = []
    for keyword, given in mapping.items():
        if keyword in SKIPPED or given is None:
            continue
        values = [given] if isinstance(given, str) else [str(v) for v in given]
        for value in (piece for v in values for piece in v.split("\\")):
            if not value.strip():
                continue
            category, role = KEYWORDS.get(keyword) or _guess(keyword, value)
            known.append(Known(value.strip(), category, role, keyword))
    return tuple(known)


def subject_from(mapping: Mapping[str, str | Iterable[str]], *, issuer: str = "") -> Subject:
    """A subject with the known identifiers of a mapping; see :func:`known_from`."""
    identifier = mapping.get("PatientID", "")
    sex = mapping.get("PatientSex", "")
    return Subject(
        SubjectKey(identifier if isinstance(identifier, str) else next(iter(identifier), ""), issuer),
        known_from(mapping),
        sex if isinstance(sex, str) else "",
    )


HINTS: tuple[tuple[str, Category, Role], ...] = (
    ("email", C.EMAIL, R.PATIENT), ("phone", C.PHONE, R.PATIENT), ("telephone", C.PHONE, R.PATIENT), ("fax", C.PHONE, R.PATIENT), ("birthdate", C.DATE, R.PATIENT),
    ("dob", C.DATE, R.PATIENT), ("address", C.ADDRESS, R.PATIENT), ("physician", C.NAME, R.STAFF), ("radiologist", C.NAME, R.STAFF), ("technologist", C.NAME, R.STAFF),
    ("operator", C.NAME, R.STAFF), ("doctor", C.NAME, R.STAFF), ("mother", C.NAME, R.RELATIVE), ("relative", C.NAME, R.RELATIVE), ("contact", C.NAME, R.RELATIVE),
    ("name", C.NAME, R.PATIENT), ("hospital", C.INSTITUTION, R.SITE), ("institution", C.INSTITUTION, R.SITE), ("zip", C.POSTCODE, R.PATIENT), ("postcode", C.POSTCODE, R.PATIENT),
    ("city", C.PLACE, R.PATIENT), ("ssn", C.SSN, R.PATIENT), ("mrn", C.ID, R.PATIENT), ("account", C.ACCOUNT, R.PATIENT), ("policy", C.HEALTH_PLAN, R.PATIENT),
    ("insurance", C.HEALTH_PLAN, R.PATIENT), ("url", C.URL, R.PATIENT), ("uid", C.UID, R.STUDY), ("user", C.USERNAME, R.STAFF),
)  # fmt: skip


def _guess(keyword: str, value: str) -> tuple[Category, Role]:
    """What a literal value of an unknown key is: by the key's words, else by the value's look."""
    lower = keyword.lower()
    for hint, category, role in HINTS:
        if hint in lower and not (category is C.NAME and any(c.isdigit() for c in value)):
            return category, role
    if "@" in value:
        return C.EMAIL, R.PATIENT
    if sum(c.isdigit() for c in value) >= 3:
        return C.ID, R.PATIENT
    return (C.NAME if "^" in value else C.OTHER), R.PATIENT
