"""What a sandbox company comes with: a few customers, items, documents and payments, for clients' tests."""

from __future__ import annotations

import sqlite3
from datetime import date, timedelta
from typing import Any

from . import writing
from .books import Books, open_books
from .clock import Clock
from .kinds import KINDS, currencies
from .wire import Body

DAYS_AGO = 40
"""Long enough for nobody to take it for a change of their own."""
TAX_CODES = {"US": "NON", "CA": "5", "GB": "2"}
ACCOUNTS = (
    (35, "Checking", "Bank", "Checking"),
    (36, "Savings", "Bank", "Savings"),
    (41, "Mastercard", "Credit Card", "CreditCard"),
    (42, "Visa", "Credit Card", "CreditCard"),
    (43, "Travel", "Expense", "Travel"),
)
CUSTOMERS = (
    "Amy's Bird Sanctuary", "Bill's Windsurf Shop", "Cool Cars", "Diego Rodriguez", "Dukes Basketball Camp",
    "Dylan Sollfrank", "Freeman Sporting Goods", "0969 Ocean View Road", "55 Twin Lane", "Geeta Kalapatapu",
    "Gevelber Photography", "Jeff's Jalopies", "John Melton", "Kate Whelan", "Pye's Cakes",
    "Kookies by Kathy", "Mark Cho", "Paulsen Medical Supplies", "Rago Travel Agency", "Red Rock Diner",
    "Rondonuwu Fruit and Vegi", "Shara Barnett", "Barnett Design", "Sonnenschein Family Store",
    "Sushi by Katsuyuki", "Travis Waldron", "Video Games by Dan", "Wedding Planning by Whitney",
    "Weiskopf Consulting",
)  # fmt: skip
"""In the order of Intuit's own sample company, so that they have the Ids that clients' tests know."""
PARENTS = {"0969 Ocean View Road": 7, "55 Twin Lane": 7, "Barnett Design": 22}
VENDORS = (
    "Books by Bessie", "Brosnahan Insurance Agency", "Cal Telephone", "Chin's Gas and Oil",
    "Cigna Health Care", "Computers by Jenni", "Diego's Road Warrior Bodyshop", "EDD",
    "Ellis Equipment Rental", "Fidelity", "Hall Properties", "Hicks Hardware", "Lee Advertising",
    "Mahoney Mugs", "Met Life Dental", "National Eye Care", "Norton Lumber and Building Materials",
    "Pam Seitz", "PG&E", "Robertson & Associates", "Squeaky Kleen Car Wash", "Tania's Nursery",
    "Tim Philip Masonry", "Tony Rondonuwu",
)  # fmt: skip
EMPLOYEES = (("John", "Johnson"), ("Emily", "Platt"))
IN_STOCK = {"Rock Fountain": (275, 125), "Pump": (15, 10), "Sprinkler Heads": (2, "0.75"),
            "Sprinkler Pipes": (4, "2.50")}  # fmt: skip
"""Price and cost; the other items are services."""
ITEMS = (
    "Concrete", "Design", "Rock Fountain", "Gardening", "Installation", "Lighting", "Maintenance & Repair",
    "Pest Control", "Pump", "Refunds & Allowances", "Rocks", "Sod", "Soil", "Sprinkler Heads",
    "Sprinkler Pipes", "Trimming",
)  # fmt: skip
RATES = ("EUR", "GBP", "CAD", "USD")
PRICE = 100
OPENING = (("Debit", "checking"), ("Credit", "sales of product income"))
"""What was earned last year, for the reports of it."""
DOCUMENTS = 12
"""Enough for more than one page of ten."""


def plant_sample(connection: sqlite3.Connection, clock: Clock, realm: str) -> None:
    """Once: a company that has employees has it already."""
    books = open_books(connection, realm, Clock(clock.today() - timedelta(days=DAYS_AGO)))
    assert books is not None
    if books.all("Employee"):
        return
    for id, name, account_type, sub_type in ACCOUNTS:
        books.count_on("Account", id)
        _make(books, "Account", Name=name, AccountType=account_type, AccountSubType=sub_type)
    for name, method in (("Cash", "NON_CREDIT_CARD"), ("Check", "NON_CREDIT_CARD"), ("Visa", "CREDIT_CARD")):
        _make(books, "PaymentMethod", Name=name, Type=method)
    _make(books, "Department", Name="West")
    _make(books, "Class", Name="Retail")
    customers = _plant_customers(books)
    vendors = [_make(books, "Vendor", DisplayName=name) for name in VENDORS]
    for given, family in EMPLOYEES:
        _make(books, "Employee", GivenName=given, FamilyName=family)
    _plant_items(books)
    _plant_documents(books, customers, vendors)


def _plant_customers(books: Books) -> list[Body]:
    made: list[Body] = []
    for number, name in enumerate(CUSTOMERS, start=1):
        parent = {"ParentRef": made[PARENTS[name] - 1], "Job": True} if name in PARENTS else {}
        where = {"BillAddr": _address(number), "PrimaryEmailAddr": _email(number)}
        made.append(_make(books, "Customer", DisplayName=name, **where, **parent))
    return made


def _plant_items(books: Books) -> None:
    income = _account(books, "sales of product income")
    kept: Body = {
        "Type": "Inventory",
        "TrackQtyOnHand": True,
        "QtyOnHand": 100,
        "InvStartDate": (books.clock.today() - timedelta(days=1)).isoformat(),
        "ExpenseAccountRef": _account(books, "cost of goods sold"),
        "AssetAccountRef": _account(books, "inventory asset"),
    }
    for name in ITEMS:
        price, cost = IN_STOCK.get(name, (50, None))
        stock = {**kept, "PurchaseCost": cost, "Sku": _sku(name)} if cost else {"Type": "Service"}
        _make(books, "Item", Name=name, UnitPrice=price, IncomeAccountRef=income, **stock)
    for code in RATES:
        if code != books.home_currency:
            rate = currencies.rate_of(books, code, books.clock.today().isoformat())
            today = books.clock.today().isoformat()
            _make(books, "ExchangeRate", SourceCurrencyCode=code, Rate=rate, AsOfDate=today)


def _sku(name: str) -> str:
    return f"{''.join(word[0] for word in name.split())}-1"


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
    if "BookCloseDate" not in books.preferences["AccountingInfoPrefs"]:
        last_year = date(books.clock.today().year - 1, 12, 15).isoformat()
        _make(books, "JournalEntry", TxnDate=last_year, Line=[_posted(books, side) for side in OPENING])


def _posted(books: Books, side: tuple[str, str]) -> Body:
    posting, name = side
    detail = {"PostingType": posting, "AccountRef": _account(books, name)}
    return {"Amount": 5000, "DetailType": "JournalEntryLineDetail", "JournalEntryLineDetail": detail}


def _make(books: Books, entity: str, **body: Any) -> Body:
    """A reference to what was made."""
    return {"value": writing.save(books, KINDS[entity], body).id}


def _account(books: Books, name: str) -> Body:
    return {"value": books.find("Account", "name", name)[0].id}


def _address(number: int) -> Body:
    return {"Line1": f"{number} Market Street", "City": "Springfield", "PostalCode": f"9410{number}"}


def _email(number: int) -> Body:
    return {"Address": f"customer{number}@example.com"}
