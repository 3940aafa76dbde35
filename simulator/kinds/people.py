"""Customer and Vendor: names shared between them, addresses, terms, and a customer's standing defaults."""

from __future__ import annotations

from decimal import Decimal

from .. import refusals
from ..books import Books, Indexed, Record
from ..schema import (
    ADDRESS,
    DAY,
    EMAIL,
    FLAG,
    IGNORED,
    NUMBER,
    PHONE,
    REFERENCE,
    WEBSITE,
    Shape,
    entity,
    text,
)
from ..wire import Body, cents
from . import names
from .kind import ACTIVE_COLUMN, COMMON_COLUMNS, NAME_LIST_ORDER, Column, Kind, inside, text_column

NAME_PARTS = ("Title", "GivenName", "MiddleName", "FamilyName", "Suffix")
CURRENCY_NAMES = {
    "CAD": "Canadian Dollar",
    "USD": "United States Dollar",
    "GBP": "British Pound Sterling",
    "EUR": "Euro",
}
BY_A_PERSON = "by a person"
"""The option of a write made in QuickBooks itself, where a customer who owes can be made inactive."""

SHARED = {
    "DisplayName": text(500, names.FORBIDDEN),
    "Title": text(16),
    "Suffix": text(16),
    "GivenName": text(100, names.FORBIDDEN),
    "MiddleName": text(100, names.FORBIDDEN),
    "FamilyName": text(100, names.FORBIDDEN),
    "CompanyName": text(100),
    "PrintOnCheckName": text(110),
    "Active": FLAG,
    "PrimaryEmailAddr": EMAIL,
    "PrimaryPhone": PHONE,
    "AlternatePhone": PHONE,
    "Mobile": PHONE,
    "Fax": PHONE,
    "WebAddr": WEBSITE,
    "BillAddr": ADDRESS,
    "CurrencyRef": REFERENCE,
    "Balance": IGNORED,
    "V4IDPseudonym": IGNORED,
    "FullyQualifiedName": IGNORED,
}
CUSTOMER = entity(
    "Customer",
    **SHARED,
    ShipAddr=ADDRESS,
    SalesTermRef=REFERENCE,
    PaymentMethodRef=REFERENCE,
    Taxable=FLAG,
    DefaultTaxCodeRef=REFERENCE,
    TaxExemptionReasonId=text(16),
    ResaleNum=text(16),
    Notes=text(2000),
    Job=FLAG,
    BillWithParent=FLAG,
    ParentRef=REFERENCE,
    CustomerTypeRef=REFERENCE,
    PreferredDeliveryMethod=text(),
    PrimaryTaxIdentifier=text(20),
    SecondaryTaxIdentifier=text(20),
    GSTIN=text(15),
    GSTRegistrationType=text(),
    BusinessNumber=text(10),
    Source=text(),
    OpenBalanceDate=DAY,
    ARAccountRef=REFERENCE,
    IsProject=IGNORED,
    Level=IGNORED,
    BalanceWithJobs=IGNORED,
    ClientEntityId=IGNORED,
    RootCustomerRef=IGNORED,
    TaxRegime=text(),
)
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


def _build_customer(books: Books, wanted: Body, before: Record | None, options: frozenset[str]) -> Body:
    body = _build_person(books, wanted, before)
    body.setdefault("Taxable", "TaxExemptionReasonId" not in body)
    body.setdefault("Job", bool(body.get("ParentRef")))
    body.setdefault("BillWithParent", False)
    body.setdefault("PreferredDeliveryMethod", "Print")
    body["BalanceWithJobs"] = before.body["BalanceWithJobs"] if before else Decimal(0)
    _check_reference(books, body, "SalesTermRef", "Term")
    _settle_default_tax(books, body)
    names.place_under_parent(books, "Customer", "DisplayName", body)
    _settle_name(books, body, before)
    deactivated = before is not None and before.active and not body["Active"]
    if deactivated and body["BalanceWithJobs"] and BY_A_PERSON not in options:
        raise refusals.open_balance()
    return body


def _build_vendor(books: Books, wanted: Body, before: Record | None, options: frozenset[str]) -> Body:
    body = _build_person(books, wanted, before)
    body.setdefault("Vendor1099", False)
    _check_reference(books, body, "TermRef", "Term")
    body["FullyQualifiedName"] = body["DisplayName"]
    _settle_name(books, body, before)
    return body


def _build_person(books: Books, wanted: Body, before: Record | None) -> Body:
    body = dict(wanted)
    parts = [body[part].strip() for part in NAME_PARTS if body.get(part)]
    display_name = names.trimmed_name(body, "DisplayName") or " ".join(parts)
    if not display_name:
        raise refusals.nameless()
    body["DisplayName"] = display_name
    follows = before is not None and body.get("PrintOnCheckName") == before.body["DisplayName"]
    if follows or not body.get("PrintOnCheckName"):
        body["PrintOnCheckName"] = display_name[:110]
    body.setdefault("Active", True)
    body["Balance"] = before.body["Balance"] if before else Decimal(0)
    _check_email(body)
    _number_addresses(books, body, before)
    _settle_currency(books, body, before)
    return body


def _settle_name(books: Books, body: Body, before: Record | None) -> None:
    if body["Active"]:
        names.check_free(books, names.PEOPLE, body, before)
    names.mark_deactivated(body, "DisplayName", before)


def _check_email(body: Body) -> None:
    address = (body.get("PrimaryEmailAddr") or {}).get("Address")
    for each in (address or "").split(",") if address else ():
        name, at, host = each.strip().partition("@")
        if not (name and at and "." in host) or " " in each.strip():
            raise refusals.invalid_email(each)


def _number_addresses(books: Books, body: Body, before: Record | None) -> None:
    """QuickBooks gives each address an Id of its own and says that it couldn't be placed on a map."""
    for field in ("BillAddr", "ShipAddr"):
        address = {key: value for key, value in (body.get(field) or {}).items() if value and key != "Id"}
        if not address:
            body.pop(field, None)
            continue
        old = before.body.get(field) if before else None
        located = {"Lat": "INVALID", "Long": "INVALID"}
        body[field] = {"Id": old["Id"] if old else books.next_id("address"), **located, **address}


def _settle_currency(books: Books, body: Body, before: Record | None) -> None:
    if before:
        body["CurrencyRef"] = before.body["CurrencyRef"]
        return
    wanted = (body.get("CurrencyRef") or {}).get("value") or books.home_currency
    if wanted != books.home_currency and not books.preferences["CurrencyPrefs"]["MultiCurrencyEnabled"]:
        raise refusals.business("Multicurrency is turned off, only the home currency can be used.")
    body["CurrencyRef"] = {"value": wanted, "name": CURRENCY_NAMES.get(wanted, wanted)}


def _settle_default_tax(books: Books, body: Body) -> None:
    if not body["Taxable"]:
        body.pop("DefaultTaxCodeRef", None)
        return
    group = books.preferences["TaxPrefs"].get("TaxGroupCodeRef")
    if not body.get("DefaultTaxCodeRef") and books.country == "US" and group:
        body["DefaultTaxCodeRef"] = {"value": group["value"]}
    _check_reference(books, body, "DefaultTaxCodeRef", "TaxCode")


def _check_reference(books: Books, body: Body, field: str, entity_name: str) -> None:
    reference = body.get(field)
    if not reference:
        body.pop(field, None)
        return
    if books.live(entity_name, reference.get("value")) is None:
        raise refusals.invalid_reference(field, field)
    body[field] = {"value": reference["value"]}


def _after_customer(books: Books, before: Record | None, after: Record) -> None:
    names.carry_to_children(books, "Customer", "DisplayName", before, after)


def _index(body: Body) -> Indexed:
    return Indexed(
        name=body["DisplayName"],
        full_name=body["FullyQualifiedName"],
        parent=(body.get("ParentRef") or {}).get("value"),
        balance=cents(body["Balance"]),
    )


PERSON_COLUMNS = {
    **COMMON_COLUMNS,
    **ACTIVE_COLUMN,
    "DisplayName": text_column("name"),
    "GivenName": inside("GivenName"),
    "MiddleName": inside("MiddleName"),
    "FamilyName": inside("FamilyName"),
    "CompanyName": inside("CompanyName"),
    "PrintOnCheckName": inside("PrintOnCheckName"),
    "Balance": Column("balance", "money"),
}
SURVIVING = frozenset(
    {"DisplayName", "PrintOnCheckName", "Active", "Taxable", "CurrencyRef", "PreferredDeliveryMethod",
     "DefaultTaxCodeRef", "Job", "BillWithParent", "ParentRef", "Vendor1099"}
)  # fmt: skip


def _kind(shape: Shape, **given: object) -> Kind:
    return Kind(
        name=shape.name,
        shape=shape,
        ids="name",
        index=_index,
        order=NAME_LIST_ORDER,
        has_active=True,
        key_name="DisplayName",
        survives_full_update=SURVIVING,
        **given,  # type: ignore[arg-type]  # build, columns, after: what differs between the two
    )


Customer = _kind(
    CUSTOMER,
    build=_build_customer,
    after=_after_customer,
    columns={
        **PERSON_COLUMNS,
        "FullyQualifiedName": text_column("full_name"),
        "PrimaryEmailAddr": inside("PrimaryEmailAddr.Address"),
    },
)
Vendor = _kind(VENDOR, build=_build_vendor, columns=PERSON_COLUMNS)
