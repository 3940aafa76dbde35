"""What stands in QuickBooks beforehand: part of the customers and items, some under other names.

Values are bodies that create one record each, in QuickBooks' own field names; a reference is `{"name": …}`.
"""

from __future__ import annotations

import random
from typing import Any

from demo import customers, products
from demo.records import Customer, Location, Sku

Body = dict[str, Any]

REALM = "9341454816381446"

NAMED_SLIGHTLY_OTHERWISE = {
    "Café Olé – Queen St": "Cafe Ole, Queen St",
    "Crème Brûlée Bistro – Westboro": "Creme Brulee Bistro Westboro",
    "O'Malley's Pub – Locke St": "OMalleys Pub - Locke St.",
}
ITEMS_NAMED_SLIGHTLY_OTHERWISE = {
    "Café Noir / 1KG": "Cafe Noir - 1 KG Beans",
    "Café Noir / 5KG": "CAFE NOIR 5 kg beans",
}
FORMER = ("Old Brewery Tap", "Régal du Roi", "Walk-in customer (2019)")
OTHERS = (
    "Staff purchases",
    "Walk-in customer",
    "Trade show samples",
    "Ada Lovelace",
    "Museum of Beer & Malt",
)
SUPPLIERS = ("Ontario Malt Co-op", "Keg & Cask Rentals", "Hydro Nord", "L'Atelier du Verre")

INCOME, COST, LIABILITY = "Sales of Product Income", "Cost of Goods Sold", "Container Deposits Payable"


def already_in_quickbooks() -> dict[str, list[Body]]:
    return {"Customer": _customers(), "Item": _items(), "Vendor": _vendors()}


def _customers() -> list[Body]:
    rng = random.Random("customers in quickbooks")
    company = {customer.number: customer for customer in customers.customers()}
    bodies: list[Body] = []
    for place in customers.locations():
        role, name = customers.role_of(place.number), (place.third_party_id or "").strip()
        if role == "like_existing":
            bodies.append({"DisplayName": NAMED_SLIGHTLY_OTHERWISE[name], "Notes": "Since 2016"})
        elif role in ("sound", "zero_rated", "exempt") and rng.random() < 0.4:
            bodies.append(_customer(rng, place, company[place.customer], name))
        elif role == "idle" and place.active:
            bodies.append({"DisplayName": name, "Active": False})
    bodies += [{"DisplayName": name} for name in OTHERS]
    bodies += [{"DisplayName": name, "Active": False} for name in FORMER]
    return bodies


def _customer(rng: random.Random, place: Location, customer: Customer, name: str) -> Body:
    """As somebody once typed it: capitals now and then, and not every field."""
    body: Body = {"DisplayName": name.upper() if rng.random() < 0.15 else name}
    if rng.random() < 0.7:
        body["CompanyName"] = customer.name
    if rng.random() < 0.6:
        body["PrimaryEmailAddr"] = {"Address": place.email}
    if rng.random() < 0.6:
        body["BillAddr"] = {
            "Line1": place.billing.line1,
            "City": place.billing.city,
            "CountrySubDivisionCode": place.billing.province,
            "PostalCode": place.billing.postal_code,
        }
    if rng.random() < 0.5:
        body["SalesTermRef"] = {"name": rng.choice(("Due on receipt", "Net 15", "Net 30", "Net 60"))}
    return body


def _items() -> list[Body]:
    rng = random.Random("items in quickbooks")
    bodies: list[Body] = []
    for sku in products.skus():
        if sku.key in ITEMS_NAMED_SLIGHTLY_OTHERWISE:
            bodies.append(_goods(sku, ITEMS_NAMED_SLIGHTLY_OTHERWISE[sku.key], code=None))
        elif sku.key in products.WITHOUT_CODE:
            bodies.append({**_goods(sku, f"{sku.product} – {sku.name}", code=None), "Active": False})
        elif sku.key in (products.CAN, products.BOTTLE):
            bodies.append(_deposit(sku))
        elif sku.kind == "goods" and products.role_of(sku.key) == "sound" and rng.random() < 0.5:
            plain = f"{sku.product} – {sku.name}"
            bodies.append(_goods(sku, f"{sku.code} {sku.product}" if rng.random() < 0.3 else plain, sku.code))
    bodies.append({"Name": "Delivery", "Type": "Service", "IncomeAccountRef": {"name": "Delivery Income"}})
    return bodies


def _goods(sku: Sku, name: str, code: str | None) -> Body:
    body: Body = {
        "Name": name,
        "Type": "NonInventory",
        "UnitPrice": sku.unit_price,
        "PurchaseCost": sku.cost,
        "IncomeAccountRef": {"name": INCOME},
        "ExpenseAccountRef": {"name": COST},
        "SalesTaxCodeRef": {"name": "Zero-rated" if sku.tax_status == "zero_rated" else "HST ON"},
    }
    return {**body, "Sku": code} if code else body


def _deposit(sku: Sku) -> Body:
    return {
        "Name": f"Deposit {sku.name}",
        "Sku": sku.code,
        "Type": "Service",
        "UnitPrice": sku.unit_price,
        "IncomeAccountRef": {"name": LIABILITY},
        "SalesTaxCodeRef": {"name": "Out of Scope"},
    }


def _vendors() -> list[Body]:
    taken = [
        (customers.location(number).third_party_id or "") for number in customers.numbers_of("name_at_vendor")
    ]
    return [{"DisplayName": name} for name in (*taken, *SUPPLIERS)]
