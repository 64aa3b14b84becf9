"""Which header values identify somebody: the search terms for every text of the study.

The larger part of what a report, a comment or a burned-in banner can give away stands in the header as well, in a field
that says what it is. Values are collected at every level; dates of the study are not identifiers to delete, the date
of birth is.
"""

from __future__ import annotations

from functools import lru_cache

from deid.dicom.scan import Element
from deid.dicom.values import MULTI_VRS, Charset, item_charset
from deid.model import Category, Known, Role
from deid.standard import keyword_of, tag_of

__all__ = ["identifying", "known_values"]

_WORDS: dict[tuple[Category, Role], str] = {
    (Category.NAME, Role.PATIENT): "PatientName OtherPatientNames PatientBirthName NameToUse",
    (Category.NAME, Role.RELATIVE): "PatientMotherBirthName ResponsiblePerson",
    (Category.ID, Role.PATIENT): "PatientID OtherPatientIDs MedicalRecordLocator InsurancePlanIdentification",
    (Category.ID, Role.STUDY): (
        "AccessionNumber StudyID FillerOrderNumberImagingServiceRequest PlacerOrderNumberImagingServiceRequest "
        "FillerOrderNumberProcedure PlacerOrderNumberProcedure RequestedProcedureID ScheduledProcedureStepID "
        "PerformedProcedureStepID AdmissionID ServiceEpisodeID InterpretationID ResultsID SpecimenIdentifier "
        "ContainerIdentifier SpecimenAccessionNumber SlideIdentifier ClinicalTrialSubjectID "
        "ClinicalTrialSubjectReadingID"
    ),
    (Category.ADDRESS, Role.PATIENT): "PatientAddress",
    (Category.PHONE, Role.PATIENT): "PatientTelephoneNumbers PatientTelecomInformation",
    (Category.PHONE, Role.STAFF): (
        "ReferringPhysicianTelephoneNumbers OrderCallbackPhoneNumber PersonTelephoneNumbers PersonTelecomInformation "
        "OrderCallbackTelecomInformation TelephoneNumberTrial"
    ),
    (Category.ADDRESS, Role.STAFF): "ReferringPhysicianAddress PersonAddress AddressTrial DistributionAddress",
    (Category.NAME, Role.STAFF): "TopicAuthor CameraOwnerName",
    (Category.ADDRESS, Role.SITE): "InstitutionAddress",
    (Category.INSTITUTION, Role.SITE): (
        "InstitutionName ResponsibleOrganization RequestingService ScheduledStudyLocation ClinicalTrialSiteName "
        "ClinicalTrialSponsorName IssuerOfPatientID PerformedLocation HumanPerformerOrganization "
        "VerifyingOrganization ClinicalTrialCoordinatingCenterName"
    ),
    (Category.WARD, Role.SITE): (
        "CurrentPatientLocation PatientInstitutionResidence InstitutionalDepartmentName "
        "ScheduledProcedureStepLocation OrderEntererLocation RequestedProcedureLocation "
        "ScheduledPatientInstitutionResidence"
    ),
    (Category.DEVICE, Role.SITE): (
        "DeviceSerialNumber StationName StationAETitle DetectorID GantryID PlateID GeneratorID CassetteID "
        "PerformedStationName ScheduledStationName PerformedStationAETitle ScheduledStationAETitle "
        "UniqueDeviceIdentifier"
    ),
    (Category.DATE, Role.PATIENT): "PatientBirthDate PatientBirthDateInAlternativeCalendar",
    (Category.PLACE, Role.PATIENT): "CountryOfResidence RegionOfResidence",
    (Category.PROFESSION, Role.PATIENT): "Occupation",
}


@lru_cache(maxsize=1)
def identifying() -> dict[int, tuple[Category, Role]]:
    """Tag -> what its value is and whose."""
    table: dict[int, tuple[Category, Role]] = {}
    for meaning, words in _WORDS.items():
        for word in words.split():
            tag = tag_of(word)
            if tag is None:
                raise KeyError(word)
            table[tag] = meaning
    return table


def known_values(elements: list[Element], data: bytes, charset: Charset) -> tuple[Known, ...]:
    """Every identifying value below ``elements``, each once, in the order of the file."""
    found: dict[tuple[str, Category, Role], Known] = {}
    _collect(elements, data, charset, found)
    return tuple(found.values())


def _collect(
    elements: list[Element], data: bytes, charset: Charset, found: dict[tuple[str, Category, Role], Known]
) -> None:
    table = identifying()
    for element in elements:
        tag = element.tag
        if element.items is not None:
            for item in element.items:
                _collect(item.elements, data, item_charset(item, data, charset), found)
            continue
        meaning = table.get(tag)
        if meaning is None:
            if element.vr != "PN":
                continue
            meaning = (Category.NAME, Role.STAFF)
        text = charset.decode(data[element.value : element.value_end], element.vr)
        for value in text.split("\\") if element.vr in MULTI_VRS else (text,):
            stripped = value.strip(" \0\r\n\t")
            if stripped and (stripped, *meaning) not in found:
                found[stripped, *meaning] = Known(stripped, *meaning, keyword_of(tag))
