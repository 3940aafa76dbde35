"""CompanyInfo and Preferences: the company's facts and the switches its people have set."""

from __future__ import annotations

from .. import refusals
from ..books import Books, Indexed, Record
from ..schema import ADDRESS, DAY, EMAIL, FREE, IGNORED, PHONE, WEBSITE, entity, text
from ..wire import Body
from .kind import COMMON_COLUMNS, ID_ORDER, Kind

COMPANY_INFO = entity(
    "CompanyInfo",
    CompanyName=text(1024),
    LegalName=text(1024),
    CompanyAddr=ADDRESS,
    CustomerCommunicationAddr=ADDRESS,
    LegalAddr=ADDRESS,
    PrimaryPhone=PHONE,
    CompanyStartDate=DAY,
    EmployerId=text(50),
    FiscalYearStartMonth=text(),
    Country=IGNORED,
    Email=EMAIL,
    CompanyEmailAddr=EMAIL,
    CustomerCommunicationEmailAddr=EMAIL,
    WebAddr=WEBSITE,
    SupportedLanguages=text(),
    DefaultTimeZone=IGNORED,
    CompanyFileName=IGNORED,
    FlavorStratum=IGNORED,
    SampleFile=IGNORED,
    NameValue=IGNORED,
)
GROUPS = (
    "AccountingInfoPrefs", "ProductAndServicesPrefs", "SalesFormsPrefs", "EmailMessagesPrefs",
    "PrintDocumentPrefs", "VendorAndPurchasesPrefs", "TimeTrackingPrefs", "CurrencyPrefs", "ReportPrefs",
    "OtherPrefs",
)  # fmt: skip
PREFERENCES = entity("Preferences", TaxPrefs=IGNORED, **dict.fromkeys(GROUPS, FREE))


def _build_company_info(books: Books, wanted: Body, before: Record | None, options: frozenset[str]) -> Body:
    if before is None:
        raise refusals.missing("Id")
    return {**before.body, **{name: value for name, value in wanted.items() if name != "Country"}}


def _build_preferences(books: Books, wanted: Body, before: Record | None, options: frozenset[str]) -> Body:
    """A group that is sent changes what it names; sales tax can be set by nobody but a person."""
    if before is None:
        raise refusals.missing("Id")
    changed = dict(before.body)
    for group, values in wanted.items():
        if group in GROUPS and isinstance(values, dict):
            changed[group] = {**before.body.get(group, {}), **values}
    return changed


def _index(body: Body) -> Indexed:
    return Indexed(name=body.get("CompanyName"), full_name=body.get("CompanyName"))


CompanyInfo = Kind(
    name="CompanyInfo",
    shape=COMPANY_INFO,
    build=_build_company_info,
    index=_index,
    ids="CompanyInfo",
    order=ID_ORDER,
    columns=COMMON_COLUMNS,
)
Preferences = Kind(
    name="Preferences",
    shape=PREFERENCES,
    build=_build_preferences,
    index=_index,
    ids="Preferences",
    order=ID_ORDER,
    columns=COMMON_COLUMNS,
)
