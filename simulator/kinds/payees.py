"""Vendor and Employee, as far as they hold names that no customer may take."""

from __future__ import annotations

from .. import refusals
from ..books import Books, Record
from ..schema import ADDRESS, DAY, EMAIL, FLAG, IGNORED, NUMBER, REFERENCE, entity, text
from ..wire import Body
from .people import PERSON_COLUMNS, SHARED, build_person, check_reference, person_kind, settle_name

VENDOR = entity(
    "Vendor",
    **SHARED,
    TermRef=REFERENCE,
    APAccountRef=REFERENCE,
    AcctNum=text(100),
    Vendor1099=FLAG,
    TaxIdentifier=text(20),
    TaxReportingBasis=text(),
    BusinessNumber=text(10),
    BillRate=NUMBER,
    CostRate=NUMBER,
    OtherContactInfo=IGNORED,
    Source=text(),
    GSTIN=text(15),
    GSTRegistrationType=text(),
    HasTPAR=FLAG,
    T4AEligible=FLAG,
    T5018Eligible=FLAG,
    VendorPaymentBankDetail=IGNORED,
)
MASKED = "XXX-XX-XXXX"
"""All that is shown of a social security number."""
NOT_OF_EMPLOYEES = ("CompanyName", "Balance", "CurrencyRef", "BillAddr", "WebAddr", "AlternatePhone", "Fax")
EMPLOYEE = entity(
    "Employee",
    **{name: known for name, known in SHARED.items() if name not in NOT_OF_EMPLOYEES},
    PrimaryAddr=ADDRESS,
    EmailAddress=EMAIL,
    EmployeeNumber=text(100),
    EmployeeType=text(),
    SSN=text(100),
    BirthDate=DAY,
    Gender=text(),
    HiredDate=DAY,
    ReleasedDate=DAY,
    BillRate=NUMBER,
    CostRate=NUMBER,
    BillableTime=FLAG,
    Organization=FLAG,
    UseTimeEntry=IGNORED,
)


def _build_vendor(books: Books, wanted: Body, before: Record | None, options: frozenset[str]) -> Body:
    body = build_person(books, wanted, before)
    body.setdefault("Vendor1099", False)
    check_reference(books, body, "TermRef", "Term")
    body["FullyQualifiedName"] = body["DisplayName"]
    settle_name(books, body, before)
    del body["FullyQualifiedName"]
    return body


def _build_employee(books: Books, wanted: Body, before: Record | None, options: frozenset[str]) -> Body:
    if not (wanted.get("GivenName") or wanted.get("FamilyName")):
        raise refusals.missing("GivenName")
    body = build_person(books, wanted, before)
    body.setdefault("BillableTime", False)
    if body.get("SSN"):
        body["SSN"] = MASKED
    for field in ("Balance", "CurrencyRef"):
        del body[field]
    body["FullyQualifiedName"] = body["DisplayName"]
    settle_name(books, body, before)
    del body["FullyQualifiedName"]
    return body


Vendor = person_kind(VENDOR, build=_build_vendor, columns=PERSON_COLUMNS)
Employee = person_kind(
    EMPLOYEE,
    build=_build_employee,
    columns={
        name: column for name, column in PERSON_COLUMNS.items() if name not in ("CompanyName", "Balance")
    },
)
