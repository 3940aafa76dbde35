"""TaxCode, TaxRate, TaxAgency and the tax service that makes the first two; what a code comes to on a day."""

from __future__ import annotations

from decimal import Decimal

from .. import refusals, tax
from ..books import Books, Indexed, Record
from ..schema import FLAG, IGNORED, NUMBER, Shape, entity, one_of, several, text
from ..wire import Body, number
from . import names
from .kind import ACTIVE_COLUMN, COMMON_COLUMNS, ID_ORDER, NAME_LIST_ORDER, Column, Kind, inside, text_column

PSEUDO_CODES = frozenset({"TAX", "NON", "CustomSalesTax"})
READ_ONLY = (
    "Name", "Description", "Active", "Taxable", "TaxGroup", "Hidden", "TaxCodeConfigType", "RateValue",
    "SalesTaxRateList", "PurchaseTaxRateList", "AgencyRef", "SpecialTaxType", "DisplayType",
    "EffectiveTaxRate", "TaxReturnLineRef", "OriginalTaxRate",
)  # fmt: skip
TAX_SERVICE = Shape(
    "TaxService",
    {
        "Id": IGNORED,
        "TaxCode": text(100),
        "TaxCodeId": IGNORED,
        "TaxRateDetails": several(
            Shape(
                "TaxRateDetails",
                {
                    "TaxRateName": text(100),
                    "TaxRateId": text(),
                    "RateValue": NUMBER,
                    "TaxAgencyId": text(),
                    "TaxApplicableOn": one_of("Sales", "Purchase"),
                },
            )
        ),
    },
)
TAX_AGENCY = entity(
    "TaxAgency",
    DisplayName=text(100, names.FORBIDDEN),
    Active=IGNORED,
    TaxRegistrationNumber=text(100),
    TaxTrackedOnSales=FLAG,
    TaxTrackedOnPurchases=FLAG,
    LastFileDate=IGNORED,
    TaxAgencyConfig=IGNORED,
)


def sales_code(books: Books, id: str, path: str, day: str) -> tax.Code:
    """What the code takes on sales of that day.

    Raises 2500 for an unknown or inactive code, 6470 for one without a rate on sales.
    """
    record = books.live("TaxCode", id)
    if record is None or id in PSEUDO_CODES:
        raise refusals.invalid_reference(path, path)
    rates: list[tax.Rate] = []
    details = record.body.get("SalesTaxRateList", {}).get("TaxRateDetail", [])
    if books.switches["tax_rate_of"] == "today":
        day = books.clock.today().isoformat()
    for part in sorted(details, key=lambda each: int(each["TaxOrder"])):
        rate = books.get("TaxRate", part["TaxRateRef"]["value"])
        assert rate is not None
        rates.append(tax.rate_upon(rates, rate.id, percent_on(rate.body, day), part["TaxTypeApplicable"]))
    if not rates:
        raise refusals.no_tax_rate(record.body["Name"])
    return tax.Code(id, record.body["Name"], tuple(rates))


def percent_on(rate: Body, day: str) -> Decimal:
    """A rate may have changed: the document's day decides."""
    for period in rate.get("EffectiveTaxRate", []):
        begins, ends = str(period["EffectiveDate"])[:10], str(period.get("EndDate", "9999"))[:10]
        if begins <= day <= ends:
            return Decimal(period["RateValue"])
    return Decimal(rate["RateValue"])


def serve(books: Books, given: Body) -> Body:
    """Makes a code, and the rates that are new. Raises 2020, 6240, 2500, 2090."""
    name = names.named(books, given, "TaxCode")["TaxCode"]
    if not given.get("TaxRateDetails"):
        raise refusals.missing("TaxRateDetails")
    if books.find("TaxCode", "name", name.casefold()):
        raise refusals.duplicate_name("id", books.find("TaxCode", "name", name.casefold())[0].id)
    answered: list[Body] = []
    sides: dict[str, list[Body]] = {"Sales": [], "Purchase": []}
    for detail in given["TaxRateDetails"]:
        rate = _rate_meant(books, detail)
        side = detail.get("TaxApplicableOn") or "Sales"
        sides[side].append(_detail_of_code(rate, len(sides[side])))
        answered.append(_detail_answered(rate, side))
    code = {
        "Name": name,
        "Description": name,
        "Active": True,
        "Taxable": True,
        "TaxGroup": True,
        "Hidden": False,
        "TaxCodeConfigType": "USER_DEFINED",
        "SalesTaxRateList": {"TaxRateDetail": sides["Sales"]},
        "PurchaseTaxRateList": {"TaxRateDetail": sides["Purchase"]},
    }
    made = books.insert("TaxCode", _next_id(books, "TaxCode"), code, Indexed(name=name, full_name=name))
    books.note_effect("create", made)
    return {"TaxCode": name, "TaxCodeId": made.id, "TaxRateDetails": answered}


def _detail_of_code(rate: Record, order: int) -> Body:
    reference = {"value": rate.id, "name": rate.body["Name"]}
    return {"TaxRateRef": reference, "TaxTypeApplicable": "TaxOnAmount", "TaxOrder": order}


def _detail_answered(rate: Record, side: str) -> Body:
    return {
        "TaxRateName": rate.body["Name"],
        "TaxRateId": rate.id,
        "RateValue": rate.body["RateValue"],
        "TaxAgencyId": rate.body["AgencyRef"]["value"],
        "TaxApplicableOn": side,
    }


def _rate_meant(books: Books, detail: Body) -> Record:
    if detail.get("TaxRateId"):
        known = books.live("TaxRate", detail["TaxRateId"])
        if known is None:
            raise refusals.invalid_reference("TaxRateDetails.TaxRateId", "TaxRateId")
        return known
    for field in ("TaxRateName", "RateValue", "TaxAgencyId"):
        if detail.get(field) is None:
            raise refusals.missing(f"TaxRateDetails.{field}")
    if not 0 <= detail["RateValue"] <= 100:
        raise refusals.invalid_number(detail["RateValue"], "RateValue")
    if books.get("TaxAgency", detail["TaxAgencyId"]) is None:
        raise refusals.invalid_reference("TaxRateDetails.TaxAgencyId", "TaxAgencyId")
    name = detail["TaxRateName"].strip()
    if holders := books.find("TaxRate", "name", name.casefold()):
        raise refusals.duplicate_name("id", holders[0].id)
    percent = number(detail["RateValue"])
    rate = {
        "Name": name,
        "Description": name,
        "Active": True,
        "RateValue": percent,
        "AgencyRef": {"value": detail["TaxAgencyId"]},
        "SpecialTaxType": "NONE" if percent else "ZERO_RATE",
        "DisplayType": "ReadOnly",
        "EffectiveTaxRate": [{"RateValue": percent, "EffectiveDate": "1900-01-01T00:00:00-08:00"}],
    }
    return books.insert("TaxRate", _next_id(books, "TaxRate"), rate, Indexed(name=name, full_name=name))


def _next_id(books: Books, entity_name: str) -> str:
    """Seeded ones have Ids of their own choice."""
    taken = [int(each.id) for each in books.all(entity_name) if each.id.isdecimal()]
    return books.next_id(entity_name, at_least=max(taken, default=0) + 1)


def _build_agency(books: Books, wanted: Body, before: Record | None, options: frozenset[str]) -> Body:
    body = names.named(books, wanted, "DisplayName")
    for holder in books.find("TaxAgency", "name", body["DisplayName"].casefold()):
        if before is None or holder.id != before.id:
            raise refusals.duplicate_name(str(books.switches["duplicate_name_text"]), holder.id)
    body.setdefault("TaxTrackedOnSales", True)
    body.setdefault("TaxTrackedOnPurchases", False)
    return body


def _read_only(books: Books, wanted: Body, before: Record | None, options: frozenset[str]) -> Body:
    return dict(wanted)


def _index(body: Body) -> Indexed:
    name = body.get("Name") or body.get("DisplayName")
    return Indexed(name=name, full_name=name)


def _read_only_kind(name: str, columns: dict[str, Column]) -> Kind:
    """Made by the tax service alone."""
    return Kind(
        name=name,
        shape=Shape(name, entity(name).properties | dict.fromkeys(READ_ONLY, IGNORED)),
        build=_read_only,
        index=_index,
        ids=name,
        operations=frozenset(),
        order=NAME_LIST_ORDER,
        has_active=True,
        change_feed="silent",
        columns={**COMMON_COLUMNS, **ACTIVE_COLUMN, "Name": text_column("name"), **columns},
    )


TaxCode = _read_only_kind("TaxCode", {"Id": Column("id", "code"), "Description": inside("Description")})
TaxRate = _read_only_kind("TaxRate", {"Description": inside("Description")})
TaxAgency = Kind(
    name="TaxAgency",
    shape=TAX_AGENCY,
    build=_build_agency,
    index=_index,
    ids="TaxAgency",
    order=ID_ORDER,
    key_name="DisplayName",
    survives_full_update=frozenset({"DisplayName", "TaxTrackedOnSales", "TaxTrackedOnPurchases"}),
    change_feed="refused",
    columns={**COMMON_COLUMNS, "DisplayName": text_column("name")},
)
