"""What a sandbox company comes with: a few customers, items, documents and payments, for clients' tests."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from typing import Any

from . import writing
from .books import Books, open_books
from .clock import Clock
from .kinds import KINDS
from .wire import Body

DAYS_AGO = 40
"""Long enough for nobody to take it for a change of their own."""
TAX_CODES = {"US": "NON", "CA": "5", "GB": "2"}
ACCOUNTS = (
    ("Checking", "Bank", "Checking"),
    ("Savings", "Bank", "Savings"),
    ("Visa", "Credit Card", "CreditCard"),
    ("Travel", "Expense", "Travel"),
)
CUSTOMERS = (
    "Amy's Bird Sanctuary", "Bill's Windsurf Shop", "Cool Cars", "Diego Rodriguez", "Dukes Basketball Camp"
)  # fmt: skip
VENDORS = ("Books by Bessie", "Robertson & Associates")
EMPLOYEES = (("Emily", "Platt"), ("John", "Johnson"))
SERVICES = ("Concrete", "Design", "Gardening", "Installation", "Lighting", "Pest Control")
INVENTORY = "Rock Fountain"
PRICE = 100
MORE_CUSTOMERS, DOCUMENTS = 10, 12
"""Enough for more than one page of ten."""


def plant_sample(connection: sqlite3.Connection, clock: Clock, realm: str) -> None:
    """Once: a company that has employees has it already."""
    books = open_books(connection, realm, Clock(clock.today() - timedelta(days=DAYS_AGO)))
    assert books is not None
    if books.all("Employee"):
        return
    for name, account_type, sub_type in ACCOUNTS:
        _make(books, "Account", Name=name, AccountType=account_type, AccountSubType=sub_type)
    for name, method in (("Cash", "NON_CREDIT_CARD"), ("Check", "NON_CREDIT_CARD"), ("Visa", "CREDIT_CARD")):
        _make(books, "PaymentMethod", Name=name, Type=method)
    _make(books, "Department", Name="West")
    _make(books, "Class", Name="Retail")
    names = (*CUSTOMERS, *(f"Corner Shop {number}" for number in range(1, MORE_CUSTOMERS + 1)))
    customers = [_make(books, "Customer", DisplayName=name, BillAddr=_address(n), PrimaryEmailAddr=_email(n))
                 for n, name in enumerate(names, start=1)]  # fmt: skip
    vendors = [_make(books, "Vendor", DisplayName=name) for name in VENDORS]
    for given, family in EMPLOYEES:
        _make(books, "Employee", GivenName=given, FamilyName=family)
    _plant_items(books)
    _plant_documents(books, customers, vendors)


def _plant_items(books: Books) -> None:
    income = _account(books, "sales of product income")
    for name in SERVICES:
        _make(books, "Item", Name=name, Type="Service", UnitPrice=50, IncomeAccountRef=income)
    _make(
        books,
        "Item",
        Name=INVENTORY,
        Sku="RF-1",
        Type="Inventory",
        UnitPrice=275,
        PurchaseCost=125,
        TrackQtyOnHand=True,
        QtyOnHand=100,
        InvStartDate=(books.clock.today() - timedelta(days=1)).isoformat(),
        IncomeAccountRef=income,
        ExpenseAccountRef=_account(books, "cost of goods sold"),
        AssetAccountRef=_account(books, "inventory asset"),
    )


def _plant_documents(books: Books, customers: list[Body], vendors: list[Body]) -> None:
    detail = {"ItemRef": {"value": "1"}, "Qty": 1, "UnitPrice": PRICE}
    detail["TaxCodeRef"] = {"value": TAX_CODES[books.country]}
    line = {"Amount": PRICE, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": detail}
    money = {"CurrencyRef": {"value": books.home_currency}}
    for number, customer in enumerate(customers[:DOCUMENTS], start=1):
        sold = _make(
            books, "Invoice", CustomerRef=customer, DocNumber=str(1000 + number), Line=[line], **money
        )
        _make(books, "Estimate", CustomerRef=customer, Line=[line], **money)
        amount = min(10 * number, PRICE)
        paid: Body = {"Amount": amount, "LinkedTxn": [{"TxnId": sold["value"], "TxnType": "Invoice"}]}
        _make(books, "Payment", CustomerRef=customer, TotalAmt=amount, Line=[paid], **money)
    for entity in ("SalesReceipt", "CreditMemo"):
        _make(books, entity, CustomerRef=customers[3], Line=[line], **money)
    spent = {"AccountRef": _account(books, "office supplies")}
    expense = {
        "Amount": 75,
        "DetailType": "AccountBasedExpenseLineDetail",
        "AccountBasedExpenseLineDetail": spent,
    }
    for _ in range(DOCUMENTS):
        _make(books, "Bill", VendorRef=vendors[0], Line=[expense])


def _make(books: Books, entity: str, **body: Any) -> Body:
    """A reference to what was made."""
    return {"value": writing.save(books, KINDS[entity], body).id}


def _account(books: Books, name: str) -> Body:
    return {"value": books.find("Account", "name", name)[0].id}


def _address(number: int) -> Body:
    return {"Line1": f"{number} Market Street", "City": "Springfield", "PostalCode": f"9410{number}"}


def _email(number: int) -> Body:
    return {"Address": f"customer{number}@example.com"}
