"""CompanyCurrency and ExchangeRate: the currencies a company deals in, and what one is worth on a day."""

from __future__ import annotations

from decimal import Decimal

from .. import refusals
from ..books import Books, Indexed, Record
from ..clock import stamp
from ..schema import DAY, FLAG, NUMBER, entity, text
from ..wire import Body, Printed, dumps, loads, number
from .kind import ACTIVE_COLUMN, COMMON_COLUMNS, ID_ORDER, Kind, inside, text_column

NAMES = {
    "AUD": "Australian Dollar", "BRL": "Brazilian Real", "CAD": "Canadian Dollar", "CHF": "Swiss Franc",
    "CNY": "Chinese Yuan", "CZK": "Czech Koruna", "DKK": "Danish Krone", "EUR": "Euro",
    "GBP": "British Pound Sterling", "HKD": "Hong Kong Dollar", "HUF": "Hungarian Forint",
    "IDR": "Indonesian Rupiah", "ILS": "Israeli Shekel", "INR": "Indian Rupee", "JPY": "Japanese Yen",
    "KRW": "South Korean Won", "MXN": "Mexican Peso", "MYR": "Malaysian Ringgit", "NOK": "Norwegian Krone",
    "NZD": "New Zealand Dollar", "PHP": "Philippine Peso", "PLN": "Polish Zloty", "SEK": "Swedish Krona",
    "SGD": "Singapore Dollar", "THB": "Thai Baht", "TRY": "Turkish Lira", "TWD": "New Taiwan Dollar",
    "USD": "United States Dollar", "ZAR": "South African Rand",
}  # fmt: skip
US_DOLLARS = {
    "AUD": "0.6512", "BRL": "0.1842", "CAD": "0.7250", "CHF": "1.1340", "CNY": "0.1385", "CZK": "0.0432",
    "DKK": "0.1461", "EUR": "1.0900", "GBP": "1.2700", "HKD": "0.1282", "HUF": "0.0027", "IDR": "0.000063",
    "ILS": "0.2690", "INR": "0.0119", "JPY": "0.0066", "KRW": "0.00072", "MXN": "0.0495", "MYR": "0.2270",
    "NOK": "0.0912", "NZD": "0.5920", "PHP": "0.0173", "PLN": "0.2520", "SEK": "0.0942", "SGD": "0.7430",
    "THB": "0.0290", "TRY": "0.0291", "TWD": "0.0310", "USD": "1", "ZAR": "0.0553",
}  # fmt: skip
"""QuickBooks' own table, as far as the simulator has one: it never moves."""
SIX_PLACES = Decimal("0.000001")

COMPANY_CURRENCY = entity("CompanyCurrency", Code=text(3), Name=text(100), Active=FLAG)
EXCHANGE_RATE = entity(
    "ExchangeRate", SourceCurrencyCode=text(3), TargetCurrencyCode=text(3), Rate=NUMBER, AsOfDate=DAY
)


def reference(code: str) -> Body:
    return {"value": code, "name": NAMES.get(code, code)}


def put_to_use(books: Books, code: str) -> None:
    """A foreign currency joins the company's list with the receivables account kept in it.

    Raises 6000 where the company has one currency only, 2170 for a code that isn't one.
    """
    if not books.preferences["CurrencyPrefs"]["MultiCurrencyEnabled"]:
        raise refusals.business("Multicurrency is turned off, only the home currency can be used.")
    if code not in NAMES:
        raise refusals.invalid_enumeration(code, "CurrencyRef")
    if not books.find("CompanyCurrency", "number", code.casefold()):
        body = {"Code": code, "Name": NAMES[code], "Active": True}
        books.insert("CompanyCurrency", books.next_id("CompanyCurrency"), body, _index_currency(body))
    name = f"Accounts Receivable (A/R) - {code}"
    if not books.find("Account", "name", name.casefold()):
        account = {
            "Name": name, "SubAccount": False, "FullyQualifiedName": name, "Active": True,
            "Classification": "Asset", "AccountType": "Accounts Receivable",
            "AccountSubType": "AccountsReceivable", "CurrentBalance": Decimal(0),
            "CurrentBalanceWithSubAccounts": Decimal(0), "CurrencyRef": reference(code),
        }  # fmt: skip
        books.insert("Account", books.next_id("Account"), account, Indexed(name=name, full_name=name))


def rate_of(books: Books, code: str, day: str) -> Decimal | None:
    """Home units for one foreign unit: the latest rate somebody has entered by that day, else the table's.

    None where the company has none, as a switch may have it.
    """
    if code == books.home_currency:
        return Decimal(1)
    kept = books.switches["exchange_rates"]
    entered = {
        str(each.body["AsOfDate"]): each.body["Rate"] for each in books.find("ExchangeRate", "party", code)
    }
    by_then = [each for each in entered if (each == day if kept == "of_the_day" else each <= day)]
    if by_then:
        return Decimal(entered[max(by_then)])
    if kept != "table" or code not in US_DOLLARS or books.home_currency not in US_DOLLARS:
        return None
    cross = Decimal(US_DOLLARS[code]) / Decimal(US_DOLLARS[books.home_currency])
    return number(cross.quantize(SIX_PLACES))


def rate_on(books: Books, code: str, day: str) -> Body:
    """The answer to GET exchangerate?sourcecurrencycode=…&asofdate=… Raises 2170; 610 where there is none."""
    if code not in NAMES:
        raise refusals.invalid_enumeration(code, "SourceCurrencyCode")
    rate = rate_of(books, code, day)
    if rate is None:
        raise refusals.not_found()
    return _row(books, code, rate, day)


def table_on(books: Books, day: str) -> list[Body]:
    """What a query answers of a day: a row for each currency of the company, its own included."""
    listed = [str(each.body["Code"]) for each in books.all("CompanyCurrency") if each.active]
    found = {code: rate_of(books, code, day) for code in (books.home_currency, *listed)}
    return [_row(books, code, rate, day) for code, rate in found.items() if rate is not None]


def _row(books: Books, code: str, rate: Decimal, day: str) -> Body:
    """A rate is no record: it has neither Id nor SyncToken."""
    return {
        "SourceCurrencyCode": code,
        "TargetCurrencyCode": books.home_currency,
        "Rate": rate,
        "AsOfDate": day,
        "domain": "QBO",
        "sparse": False,
        "MetaData": {"LastUpdatedTime": stamp(books.clock.now())},
    }


def _shown(stored: str) -> Printed:
    """As it was entered, without what only records have."""
    whole: Body = loads(stored)
    return Printed(dumps({key: value for key, value in whole.items() if key not in ("Id", "SyncToken")}))


def _build_currency(books: Books, wanted: Body, before: Record | None, options: frozenset[str]) -> Body:
    body = dict(wanted)
    if not body.get("Code"):
        raise refusals.missing("Code")
    if not books.preferences["CurrencyPrefs"]["MultiCurrencyEnabled"]:
        raise refusals.feature_not_supported("Multicurrency is turned off.")
    if body["Code"] not in NAMES:
        raise refusals.invalid_enumeration(body["Code"], "Code")
    for holder in books.find("CompanyCurrency", "number", body["Code"].casefold()):
        if before is None or holder.id != before.id:
            raise refusals.duplicate_name(str(books.switches["duplicate_name_text"]), holder.id)
    body["Name"] = NAMES[body["Code"]]
    body.setdefault("Active", True)
    return body


def _build_rate(books: Books, wanted: Body, before: Record | None, options: frozenset[str]) -> Body:
    for field in ("SourceCurrencyCode", "Rate", "AsOfDate"):
        if not wanted.get(field):
            raise refusals.missing(field)
    if wanted["SourceCurrencyCode"] not in NAMES:
        raise refusals.invalid_enumeration(wanted["SourceCurrencyCode"], "SourceCurrencyCode")
    if wanted["Rate"] <= 0:
        raise refusals.invalid_number(wanted["Rate"], "Rate")
    return wanted | {"TargetCurrencyCode": books.home_currency}


def _standing_rate(books: Books, wanted: Body) -> Record | None:
    """A rate is named by its currency and day: whoever sends one again means the same."""
    for each in books.find("ExchangeRate", "party", str(wanted.get("SourceCurrencyCode"))):
        if each.body["AsOfDate"] == wanted.get("AsOfDate"):
            return each
    return None


def _index_currency(body: Body) -> Indexed:
    return Indexed(name=body["Name"], full_name=body["Name"], number=body["Code"])


def _index_rate(body: Body) -> Indexed:
    return Indexed(party=body["SourceCurrencyCode"], txn_date=body["AsOfDate"])


CompanyCurrency = Kind(
    name="CompanyCurrency",
    shape=COMPANY_CURRENCY,
    build=_build_currency,
    index=_index_currency,
    ids="CompanyCurrency",
    order=ID_ORDER,
    has_active=True,
    survives_full_update=frozenset({"Code", "Name", "Active"}),
    columns={
        **COMMON_COLUMNS,
        **ACTIVE_COLUMN,
        "Code": text_column("number"),
        "Name": text_column("name"),
    },
)
ExchangeRate = Kind(
    name="ExchangeRate",
    shape=EXCHANGE_RATE,
    build=_build_rate,
    index=_index_rate,
    ids="ExchangeRate",
    order=ID_ORDER,
    meant=_standing_rate,
    shown=_shown,
    by_day=table_on,
    columns={
        **COMMON_COLUMNS,
        "SourceCurrencyCode": inside("SourceCurrencyCode"),
        "AsOfDate": inside("AsOfDate", "day"),
    },
)
