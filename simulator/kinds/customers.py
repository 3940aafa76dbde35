"""Customer: taxes and terms that stand for it, its place under a parent, and an opening balance."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from .. import refusals
from ..books import Books, Indexed, Record
from ..schema import ADDRESS, DAY, FLAG, IGNORED, NUMBER, REFERENCE, entity, text
from ..wire import Body, cents, money
from . import names
from .kind import BY_A_PERSON, inside, text_column
from .people import PERSON_COLUMNS, SHARED, build_person, check_reference, person_kind, settle_name

USUAL_DAYS_DUE = 30
EXEMPTION_REASONS = frozenset(str(number) for number in range(1, 16))
"""Of automated sales tax: 1 federal government … 9 resale … 15 foreign diplomat."""

CUSTOMER = entity(
    "Customer",
    **(SHARED | {"Balance": NUMBER}),
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


def _build_customer(books: Books, wanted: Body, before: Record | None, options: frozenset[str]) -> Body:
    opening = wanted.get("Balance") if before is None else None
    body = build_person(books, wanted, before)
    _settle_exemption(books, body)
    body.setdefault("Taxable", "TaxExemptionReasonId" not in body)
    body.setdefault("Job", bool(body.get("ParentRef")))
    body.setdefault("BillWithParent", False)
    body.setdefault("PreferredDeliveryMethod", "Print")
    body["BalanceWithJobs"] = before.body["BalanceWithJobs"] if before else Decimal(0)
    check_reference(books, body, "SalesTermRef", "Term")
    _settle_default_tax(books, body)
    names.place_under_parent(books, "Customer", "DisplayName", body)
    settle_name(books, body, before)
    deactivated = before is not None and before.active and not body["Active"]
    if deactivated and body["BalanceWithJobs"] and BY_A_PERSON not in options:
        raise refusals.open_balance(str(books.switches["balance_fault_code"]))
    if opening:
        body["Balance"] = body["BalanceWithJobs"] = money(opening)
    if books.country != "FR":
        body.pop("ARAccountRef", None)
    return body


def _settle_exemption(books: Books, body: Body) -> None:
    """A reason to be exempt is known to automated sales tax alone."""
    reason = body.get("TaxExemptionReasonId")
    automated = books.preferences["TaxPrefs"].get("PartnerTaxEnabled")
    if reason is None:
        untaxed = automated and body.get("Taxable") is False
        if untaxed and books.switches["exemption_reason"] == "required":
            raise refusals.missing("TaxExemptionReasonId")
    elif not automated:
        del body["TaxExemptionReasonId"]
    elif reason not in EXEMPTION_REASONS and books.switches["exemption_reasons"] == "known":
        raise refusals.invalid_enumeration(reason, "TaxExemptionReasonId")


def _settle_default_tax(books: Books, body: Body) -> None:
    if not body["Taxable"]:
        body.pop("DefaultTaxCodeRef", None)
        return
    group = books.preferences["TaxPrefs"].get("TaxGroupCodeRef")
    if books.preferences["TaxPrefs"].get("PartnerTaxEnabled"):
        body.pop("DefaultTaxCodeRef", None)
    if not body.get("DefaultTaxCodeRef") and books.country == "US" and group:
        body["DefaultTaxCodeRef"] = {"value": group["value"]}
    check_reference(books, body, "DefaultTaxCodeRef", "TaxCode")


def _after_customer(books: Books, before: Record | None, after: Record) -> None:
    names.carry_to_children(books, "Customer", "DisplayName", before, after)
    if before is None and after.body["Balance"]:
        _insert_opening_invoice(books, after)


def _insert_opening_invoice(books: Books, customer: Record) -> None:
    """What a new customer owed before these books began, as the invoice QuickBooks makes of it."""
    amount = Decimal(customer.body["Balance"])
    day = customer.body.get("OpenBalanceDate") or books.clock.today().isoformat()
    detail = {"DetailType": "SalesItemLineDetail", "SalesItemLineDetail": {}}
    body: Body = {
        "TxnDate": day,
        "DueDate": (date.fromisoformat(day) + timedelta(days=USUAL_DAYS_DUE)).isoformat(),
        "CustomerRef": {"value": customer.id, "name": customer.body["FullyQualifiedName"]},
        "CurrencyRef": customer.body["CurrencyRef"],
        "CustomField": [],
        "LinkedTxn": [],
        "Line": [
            {"Id": "1", "LineNum": 1, "Description": "Opening Balance", "Amount": amount, **detail},
            {"Amount": amount, "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}},
        ],
        "TxnTaxDetail": {"TotalTax": Decimal(0)},
        "TotalAmt": amount,
        "PrintStatus": "NotSet",
        "EmailStatus": "NotSet",
        "Balance": amount,
    }
    if books.country != "US":
        body["GlobalTaxCalculation"] = "NotApplicable"
    found_by = Indexed(party=customer.id, txn_date=day, total=cents(amount), balance=cents(amount))
    books.note_effect("create", books.insert("Invoice", books.next_id("transaction"), body, found_by))


Customer = person_kind(
    CUSTOMER,
    build=_build_customer,
    after=_after_customer,
    columns={
        **PERSON_COLUMNS,
        "FullyQualifiedName": text_column("full_name"),
        "PrimaryEmailAddr": inside("PrimaryEmailAddr.Address"),
    },
)
