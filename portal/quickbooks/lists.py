"""What rows of QBO's lists say: choices for dropdowns, facts of a company."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Term:
    """`days` is None where the due date follows the calendar (`DATE_DRIVEN`)."""

    id: str
    name: str
    days: int | None
    active: bool


@dataclass(frozen=True)
class TaxComponent:
    rate_id: str
    name: str
    rate: Decimal


@dataclass(frozen=True)
class TaxCode:
    """`rate` is the sales rate in per cent, its components put together; `group`: a US header may carry it.

    `offered`: it may be picked for sales. Not so a hidden one, one without sales rates (adjustments), or
    one with an unknown rate. The US codes TAX and NON have no rate of their own."""

    id: str
    name: str
    rate: Decimal
    components: tuple[TaxComponent, ...]
    active: bool
    offered: bool
    taxable: bool
    group: bool


@dataclass(frozen=True)
class Account:
    id: str
    name: str
    number: str | None
    type: str
    subtype: str
    active: bool
    currency: str | None


@dataclass(frozen=True)
class Item:
    id: str
    name: str
    sku: str | None
    type: str
    active: bool
    income_account: str | None


@dataclass(frozen=True)
class CompanyFacts:
    """`automated_tax`: None is not such a company, False one where it isn't set up. `purchase_order_field`:
    the DefinitionId of the sales custom field meant for the customer's PO number."""

    name: str
    country: str
    home_currency: str
    closing_date: date | None
    plan: str | None
    custom_numbers: bool
    sales_tax: bool
    automated_tax: bool | None
    discounts: bool
    multicurrency: bool
    auto_apply_credit: bool
    purchase_order_field: str | None


def terms(rows: Iterable[Row]) -> list[Term]:
    return [
        Term(
            row["Id"],
            row["Name"],
            None if row.get("DueDays") is None else int(row["DueDays"]),
            _is_active(row),
        )
        for row in rows
    ]


def tax_codes(rows: Iterable[Row], rate_rows: Iterable[Row]) -> list[TaxCode]:
    """`rate_rows` should hold inactive rates too: a code may still use one that was switched off."""
    known = {row["Id"]: row for row in rate_rows}
    return [_tax_code(row, known) for row in rows]


def accounts(rows: Iterable[Row]) -> list[Account]:
    return [
        Account(
            row["Id"],
            row.get("FullyQualifiedName") or row["Name"],
            row.get("AcctNum"),
            row.get("AccountType", ""),
            row.get("AccountSubType", ""),
            _is_active(row),
            _ref(row, "CurrencyRef"),
        )
        for row in rows
    ]


def items(rows: Iterable[Row]) -> list[Item]:
    return [
        Item(
            row["Id"],
            row.get("FullyQualifiedName") or row["Name"],
            row.get("Sku"),
            row.get("Type", ""),
            _is_active(row),
            _ref(row, "IncomeAccountRef"),
        )
        for row in rows
    ]


def company_facts(companyinfo_body: Any, preferences_body: Any) -> CompanyFacts:
    """Raises ValueError where an answer isn't what was asked for."""
    company = _entity(companyinfo_body, "CompanyInfo")
    preferences = _entity(preferences_body, "Preferences")
    sales = preferences.get("SalesFormsPrefs") or {}
    tax = preferences.get("TaxPrefs") or {}
    currency = preferences.get("CurrencyPrefs") or {}
    closing = (preferences.get("AccountingInfoPrefs") or {}).get("BookCloseDate")
    country = company.get("Country", "")
    country = _SHORT_COUNTRY.get(country, country)
    plan = next(
        (pair.get("Value") for pair in company.get("NameValue", []) if pair.get("Name") == "OfferingSku"),
        None,
    )
    return CompanyFacts(
        name=company.get("CompanyName", ""),
        country=country,
        home_currency=_ref(currency, "HomeCurrency") or _OWN_CURRENCY.get(country, ""),
        closing_date=date.fromisoformat(closing) if closing else None,
        plan=plan,
        custom_numbers=_on(sales.get("CustomTxnNumbers")),
        sales_tax=_on(tax.get("UsingSalesTax")),
        automated_tax=_on(tax["PartnerTaxEnabled"]) if tax.get("PartnerTaxEnabled") is not None else None,
        discounts=_on(sales.get("AllowDiscount")),
        multicurrency=_on(currency.get("MultiCurrencyEnabled")),
        auto_apply_credit=_on(sales.get("AutoApplyCredit")),
        purchase_order_field=_purchase_order_field(sales.get("CustomField") or []),
    )


_SHORT_COUNTRY = {"USA": "US", "CAN": "CA"}
_OWN_CURRENCY = {"US": "USD", "CA": "CAD"}
_NO_RATE_OF_THEIR_OWN = ("TAX", "NON")


def _tax_code(row: Row, known: Mapping[str, Row]) -> TaxCode:
    listed = (row.get("SalesTaxRateList") or {}).get("TaxRateDetail") or []
    details = sorted(listed, key=lambda detail: int(detail.get("TaxOrder") or 0))
    found = [known.get(_ref(detail, "TaxRateRef") or "") for detail in details]
    components = tuple(
        TaxComponent(rate["Id"], rate.get("Name", ""), Decimal(str(rate.get("RateValue") or 0)))
        for rate in found
        if rate is not None
    )
    complete = bool(details) and len(components) == len(details)
    return TaxCode(
        id=row["Id"],
        name=row["Name"],
        rate=_together(components, [detail.get("TaxTypeApplicable", "") for detail in details])
        if complete
        else Decimal(0),
        components=components,
        active=_is_active(row),
        offered=row["Id"] in _NO_RATE_OF_THEIR_OWN or (complete and not _on(row.get("Hidden"))),
        taxable=_on(row.get("Taxable", True)),
        group=_on(row.get("TaxGroup")),
    )


def _together(components: Iterable[TaxComponent], applied_to: Iterable[str]) -> Decimal:
    """Components stack in QBO's order: on the amount, on it and the taxes before, or on those alone."""
    total = Decimal(0)
    for component, base in zip(components, applied_to, strict=True):
        if base == "TaxOnAmountPlusTax":
            total += component.rate * (100 + total) / 100
        elif base == "TaxOnTax":
            total += component.rate * total / 100
        else:
            total += component.rate
    return total


def _purchase_order_field(groups: Iterable[Any]) -> str | None:
    """Each of three fields has a switch (`…UseSalesCustom1`) and a name (`…SalesCustomName1`)."""
    fields = [field for group in groups for field in group.get("CustomField") or []]
    used = {
        field["Name"][-1]
        for field in fields
        if re.search(r"UseSalesCustom\d$", field.get("Name", "")) and _on(field.get("BooleanValue"))
    }
    for field in fields:
        named = re.search(r"SalesCustomName(\d)$", field.get("Name", ""))
        if named and named[1] in used and _reads_as_purchase_order(field.get("StringValue") or ""):
            return named[1]
    return None


def _reads_as_purchase_order(label: str) -> bool:
    return bool(
        re.fullmatch(
            r"(customer )?(p\.?\s?o\.?|purchase order)( ?(#|no\.?|num|number|nr\.?))?",
            label.strip().casefold(),
        )
    )


def _entity(body: Any, name: str) -> dict[str, Any]:
    entity = body.get(name) if isinstance(body, dict) else None
    if isinstance(entity, dict):
        return entity
    raise ValueError(f"the answer holds no {name}")


def _is_active(row: Row) -> bool:
    return _on(row.get("Active", True))


def _on(value: Any) -> bool:
    return value is True or value == "true"


def _ref(row: Row, name: str) -> str | None:
    return (row.get(name) or {}).get("value")
