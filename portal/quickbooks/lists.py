"""What rows of QBO's lists say: choices for dropdowns, facts of a company."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
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
class Effective:
    """What a rate is, in per cent, on the days from `since` to `until`; None where no day bounds it."""

    rate: Decimal
    since: date | None
    until: date | None


@dataclass(frozen=True)
class TaxComponent:
    rate_id: str
    name: str
    rate: Decimal
    agency: str | None = None
    history: tuple[Effective, ...] = ()

    def on(self, day: date) -> Decimal:
        """What it is on a day; before the first that is known as on that one, after the last as it now is."""
        if not self.history or day < (self.history[0].since or date.min):
            return self.history[0].rate if self.history else self.rate
        covering = [one for one in self.history if (one.since or date.min) <= day <= (one.until or date.max)]
        return covering[-1].rate if covering else self.rate


@dataclass(frozen=True)
class TaxPeriod:
    """What a code comes to from day to day: its whole rate, and those it is made of."""

    rate: Decimal
    components: tuple[Decimal, ...]
    since: date | None
    until: date | None


@dataclass(frozen=True)
class TaxCode:
    """`rate` is the sales rate in per cent, its components put together; `group`: a US header may carry it.
    `periods`: of one whose rate has changed, or will.

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
    periods: tuple[TaxPeriod, ...] = ()


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
    the DefinitionId of the sales custom field meant for the customer's PO number. `fiscal_month`: in which
    the fiscal year begins, 1 where that is not told. `time_zone`: an IANA name, as far as QBO keeps to that;
    empty where it says none."""

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
    fiscal_month: int = 1
    time_zone: str = ""


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
        fiscal_month=_MONTHS.get(str(company.get("FiscalYearStartMonth") or "").strip().casefold(), 1),
        time_zone=str(company.get("DefaultTimeZone") or "").strip(),
    )


_MONTHS = {date(2000, number, 1).strftime("%B").casefold(): number for number in range(1, 13)}
_SHORT_COUNTRY = {"USA": "US", "CAN": "CA"}
_OWN_CURRENCY = {"US": "USD", "CA": "CAD"}
_NO_RATE_OF_THEIR_OWN = ("TAX", "NON")


def _tax_code(row: Row, known: Mapping[str, Row]) -> TaxCode:
    listed = (row.get("SalesTaxRateList") or {}).get("TaxRateDetail") or []
    details = sorted(listed, key=lambda detail: int(detail.get("TaxOrder") or 0))
    found = [known.get(_ref(detail, "TaxRateRef") or "") for detail in details]
    components = tuple(_component(rate) for rate in found if rate is not None)
    complete = bool(details) and len(components) == len(details)
    bases = [detail.get("TaxTypeApplicable", "") for detail in details]
    return TaxCode(
        id=row["Id"],
        name=row["Name"],
        rate=_together([one.rate for one in components], bases) if complete else Decimal(0),
        components=components,
        active=_is_active(row),
        offered=row["Id"] in _NO_RATE_OF_THEIR_OWN or (complete and not _on(row.get("Hidden"))),
        taxable=_on(row.get("Taxable", True)),
        group=_on(row.get("TaxGroup")),
        periods=_periods(components, bases) if complete else (),
    )


def _component(rate: Row) -> TaxComponent:
    history = [each for each in map(_effective, rate.get("EffectiveTaxRate") or ()) if each is not None]
    return TaxComponent(
        rate["Id"],
        rate.get("Name", ""),
        Decimal(str(rate.get("RateValue") or 0)),
        _ref(rate, "AgencyRef"),
        tuple(sorted(history, key=lambda one: one.since or date.min)),
    )


def _effective(row: Row) -> Effective | None:
    """None of one that can't be read. QBO writes days as moments; the day is as it stands there."""
    try:
        days = [row.get(name) for name in ("EffectiveDate", "EndDate")]
        since, until = (date.fromisoformat(str(each)[:10]) if each else None for each in days)
        return Effective(Decimal(str(row["RateValue"])), since, until)
    except (KeyError, ValueError, ArithmeticError):
        return None


def _periods(components: Sequence[TaxComponent], bases: Sequence[str]) -> tuple[TaxPeriod, ...]:
    """One after another, from before all that is known on; none where nothing ever changes."""
    a_day = timedelta(days=1)
    begins = {one.since for part in components for one in part.history if one.since}
    begins |= {one.until + a_day for part in components for one in part.history if one.until}
    found: list[TaxPeriod] = []
    for since in (None, *sorted(begins)):
        rates = tuple(part.on(since or date.min) for part in components)
        if found and found[-1].components == rates:
            continue
        if found:
            assert since is not None
            found[-1] = replace(found[-1], until=since - a_day)
        found.append(TaxPeriod(_together(rates, bases), rates, since, None))
    return tuple(found) if len(found) > 1 else ()


def _together(rates: Iterable[Decimal], applied_to: Iterable[str]) -> Decimal:
    """Rates stack in QBO's order: on the amount, on it and the taxes before, or on those alone."""
    total = Decimal(0)
    for rate, base in zip(rates, applied_to, strict=True):
        if base == "TaxOnAmountPlusTax":
            total += rate * (100 + total) / 100
        elif base == "TaxOnTax":
            total += rate * total / 100
        else:
            total += rate
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
