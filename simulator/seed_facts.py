"""The facts of the two seeded companies: preferences, taxes, terms, accounts."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from .wire import Body

TERMS = (("Due on receipt", 0), ("Net 15", 15), ("Net 30", 30), ("Net 60", 60))
ACCOUNTS = (
    ("Chequing", "Bank", "Checking"),
    ("Accounts Receivable (A/R)", "Accounts Receivable", "AccountsReceivable"),
    ("Undeposited Funds", "Other Current Asset", "UndepositedFunds"),
    ("Inventory Asset", "Other Current Asset", "Inventory"),
    ("Prepaid Expenses", "Other Current Asset", "PrepaidExpenses"),
    ("Delivery Trucks", "Fixed Asset", "Vehicles"),
    ("Accounts Payable (A/P)", "Accounts Payable", "AccountsPayable"),
    ("Sales Tax Payable", "Other Current Liability", "GlobalTaxPayable"),
    ("Container Deposits Payable", "Other Current Liability", "OtherCurrentLiabilities"),
    ("Truck Loan", "Long Term Liability", "NotesPayable"),
    ("Opening Balance Equity", "Equity", "OpeningBalanceEquity"),
    ("Retained Earnings", "Equity", "RetainedEarnings"),
    ("Sales of Product Income", "Income", "SalesOfProductIncome"),
    ("Beer Sales", "Income", "SalesOfProductIncome"),
    ("Wine Sales", "Income", "SalesOfProductIncome"),
    ("Non-alcoholic Sales", "Income", "SalesOfProductIncome"),
    ("Delivery Income", "Income", "ServiceFeeIncome"),
    ("Services", "Income", "ServiceFeeIncome"),
    ("Discounts Given", "Income", "DiscountsRefundsGiven"),
    ("Cost of Goods Sold", "Cost of Goods Sold", "SuppliesMaterialsCogs"),
    ("Freight and Delivery - COS", "Cost of Goods Sold", "ShippingFreightDeliveryCos"),
    ("Fuel", "Expense", "Auto"),
    ("Rent or Lease", "Expense", "RentOrLeaseOfBuildings"),
    ("Utilities", "Expense", "Utilities"),
    ("Office Supplies", "Expense", "OfficeGeneralAdministrativeExpenses"),
    ("Interest Earned", "Other Income", "InterestEarned"),
    ("Miscellaneous", "Other Expense", "OtherMiscellaneousExpense"),
)
STARTING_ITEMS = [
    {"Name": "Services", "Type": "Service", "IncomeAccountRef": {"name": "Services"}},
    {"Name": "Hours", "Type": "Service", "IncomeAccountRef": {"name": "Services"}},
]


@dataclass(frozen=True)
class CompanyFacts:
    realm: str
    name: str
    country: str
    currency: str
    address: dict[str, str]
    time_zone: str
    custom_numbers: bool
    closes_books: bool
    tax_group: str | None
    custom_field: str
    switches: dict[str, Any] = field(default_factory=dict)
    records: dict[str, list[Body]] = field(default_factory=dict)
    preferred: dict[str, Body] = field(default_factory=dict)
    """Preferences that differ, by their group."""

    def company_info(self) -> Body:
        names = {
            "NeoEnabled": "true",
            "IndustryType": "Wholesale Trade",
            "SubscriptionStatus": "PAID",
            "OfferingSku": "QuickBooks Online Plus",
            "PayrollFeature": "false",
            "AccountantFeature": "false",
        }
        return {
            "CompanyName": self.name,
            "LegalName": self.name,
            "CompanyAddr": {"Id": "1", **self.address},
            "CustomerCommunicationAddr": {"Id": "1", **self.address},
            "LegalAddr": {"Id": "1", **self.address},
            "PrimaryPhone": {"FreeFormNumber": "(555) 010-0100"},
            "CompanyStartDate": "2015-06-05",
            "FiscalYearStartMonth": "January",
            "Country": self.country,
            "Email": {"Address": "books@example.com"},
            "WebAddr": {},
            "SupportedLanguages": "en",
            "DefaultTimeZone": self.time_zone,
            "NameValue": [{"Name": name, "Value": value} for name, value in names.items()],
        }

    def preferences(self, closed: str | None) -> Body:
        accounting: Body = {
            "UseAccountNumbers": False,
            "TrackDepartments": False,
            "ClassTrackingPerTxn": False,
            "ClassTrackingPerTxnLine": False,
            "FirstMonthOfFiscalYear": "January",
            "TaxYearMonth": "January",
            "CustomerTerminology": "Customers",
        }
        taxes: Body = {"UsingSalesTax": True}
        usual = {
            "AccountingInfoPrefs": accounting | ({"BookCloseDate": closed} if closed else {}),
            "ProductAndServicesPrefs": {
                "ForSales": True,
                "ForPurchase": True,
                "QuantityWithPriceAndRate": True,
                "QuantityOnHand": True,
            },
            "SalesFormsPrefs": {
                "CustomField": [
                    {"CustomField": [_custom("UseSalesCustom1", "BooleanType", "BooleanValue", True)]},
                    {
                        "CustomField": [
                            _custom("SalesCustomName1", "StringType", "StringValue", self.custom_field)
                        ]
                    },
                ],
                "CustomTxnNumbers": self.custom_numbers,
                "EmailCopyToCompany": False,
                "AllowDeposit": False,
                "AllowDiscount": True,
                "AllowEstimates": True,
                "ETransactionEnabledStatus": "NotApplicable",
                "ETransactionAttachPDF": False,
                "ETransactionPaymentEnabled": False,
                "IPNSupportEnabled": False,
                "AllowServiceDate": False,
                "AllowShipping": False,
                "AutoApplyCredit": False,
                "AutoApplyPayments": True,
                "UsingPriceLevels": False,
                "DefaultTerms": {"value": "3"},
            },
            "EmailMessagesPrefs": {
                f"{each}Message": {"Subject": f"{each} from {self.name}", "Message": "Thank you."}
                for each in ("Invoice", "Estimate", "SalesReceipt", "Statement")
            },
            "VendorAndPurchasesPrefs": {"TrackingByCustomer": False, "BillableExpenseTracking": True},
            "TimeTrackingPrefs": {"UseServices": True, "BillCustomers": False, "WorkWeekStartDate": "Monday"},
            "TaxPrefs": taxes | ({"TaxGroupCodeRef": {"value": self.tax_group}} if self.tax_group else {}),
            "CurrencyPrefs": {"MultiCurrencyEnabled": False, "HomeCurrency": {"value": self.currency}},
            "ReportPrefs": {"ReportBasis": "Accrual", "CalcAgingReportFromTxnDate": False},
            "OtherPrefs": {
                "NameValue": [
                    {"Name": "SalesFormsPrefs.DefaultCustomerMessage", "Value": "Thank you."},
                    {"Name": "SalesFormsPrefs.DefaultItem", "Value": "1"},
                ]
            },
        }
        return usual | {group: usual[group] | own for group, own in self.preferred.items()}


def _custom(name: str, type: str, field_name: str, value: Any) -> Body:
    return {"Name": f"SalesFormsPrefs.{name}", "Type": type, field_name: value}


FIRST_DAY = "2010-07-01T00:00:00-07:00"


@dataclass(frozen=True)
class Taxes:
    """Rates: Id, name, percent. Codes: Id, name, description, rate Ids on sales, rate Ids on purchases."""

    rate_rows: tuple[tuple[str, str, str], ...]
    code_rows: tuple[tuple[str, str, str, tuple[str, ...], tuple[str, ...]], ...]
    agencies: tuple[str, ...]
    pseudo: bool = False
    changed: dict[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    """Rate Id → what it was, and until when."""
    agency: dict[str, str] = field(default_factory=dict)
    """Rate Id → the agency that it is filed with, where that isn't the first."""
    begins: dict[str, str] = field(default_factory=dict)
    """Rate Id → since when it is what it is."""

    def rates(self) -> dict[str, Body]:
        return {
            id: {
                "Name": name,
                "Description": name,
                "Active": True,
                "RateValue": Decimal(percent),
                "AgencyRef": {"value": self.agency.get(id, "1")},
                "SpecialTaxType": "NONE" if Decimal(percent) else "ZERO_RATE",
                "DisplayType": "ReadOnly",
                "EffectiveTaxRate": [
                    *(
                        {"RateValue": Decimal(old), "EffectiveDate": FIRST_DAY, "EndDate": last}
                        for old, last in self.changed.get(id, ())
                    ),
                    {"RateValue": Decimal(percent), "EffectiveDate": self.begins.get(id, FIRST_DAY)},
                ],
            }
            for id, name, percent in self.rate_rows
        }

    def codes(self) -> dict[str, Body]:
        names = {id: name for id, name, _ in self.rate_rows}
        codes: dict[str, Body] = {}
        if self.pseudo:
            for id, taxable, group in (
                ("TAX", True, False),
                ("NON", False, False),
                ("CustomSalesTax", True, True),
            ):
                codes[id] = {"Name": id, "Description": id, "Taxable": taxable, "TaxGroup": group}
        for id, name, description, sales, purchases in self.code_rows:
            codes[id] = {
                "Name": name,
                "Description": description,
                "Active": True,
                "Taxable": True,
                "TaxGroup": True,
                "Hidden": False,
                "TaxCodeConfigType": "SYSTEM_GENERATED",
                "SalesTaxRateList": {"TaxRateDetail": _details(sales, names)},
                "PurchaseTaxRateList": {"TaxRateDetail": _details(purchases, names)},
            }
        return codes


def _details(ids: tuple[str, ...], names: dict[str, str]) -> list[Body]:
    return [
        {"TaxRateRef": {"value": id, "name": names[id]}, "TaxTypeApplicable": "TaxOnAmount", "TaxOrder": 0}
        for id in ids
    ]


CANADIAN_TAXES = Taxes(
    rate_rows=(
        ("3", "GST ES", "0"),
        ("4", "GST/HST ZR", "0"),
        ("5", "GST EP", "0"),
        ("9", "NOTAXS", "0"),
        ("10", "NOTAXP", "0"),
        ("11", "HST ON", "13"),
        ("12", "HST (ITC) ON", "13"),
        ("13", "GST", "5"),
        ("14", "GST (ITC)", "5"),
        ("15", "HST NS", "14"),
        ("16", "HST (ITC) NS", "14"),
        ("17", "PST BC", "7"),
        ("18", "PST (ITC) BC", "0"),
        ("19", "GST/HST (ITC) ZR", "0"),
    ),
    code_rows=(
        ("2", "Exempt", "Exempt from GST/HST", ("3",), ("5",)),
        ("3", "Zero-rated", "Zero-rated for GST/HST", ("4",), ("19",)),
        ("4", "GST/HST Adjustment", "Adjustment of a return", (), ("14",)),
        ("5", "HST ON", "Harmonized sales tax, Ontario", ("11",), ("12",)),
        ("6", "Out of Scope", "Outside the scope of GST/HST", ("9",), ("10",)),
        ("7", "GST", "Goods and services tax", ("13",), ("14",)),
        ("8", "HST NS", "Harmonized sales tax, Nova Scotia", ("15",), ("16",)),
        ("9", "GST/PST BC", "GST and provincial sales tax, British Columbia", ("13", "17"), ("14", "18")),
    ),
    changed=dict.fromkeys(("15", "16"), (("15", "2025-03-31T23:59:59-07:00"),)),
    begins=dict.fromkeys(("15", "16"), "2025-04-01T00:00:00-07:00"),
    agency={"17": "2", "18": "2"},
    agencies=("Canada Revenue Agency", "British Columbia Ministry of Finance"),
)
US_TAXES = Taxes(
    rate_rows=(("3", "State sales tax", "8"),),
    code_rows=(("2", "State sales tax 8%", "State sales tax", ("3",), ()),),
    agencies=("Washington State Department of Revenue",),
    pseudo=True,
)
CANADA = CompanyFacts(
    realm="9341454816381446",
    name="Maple Beverage Distribution Inc.",
    country="CA",
    currency="CAD",
    address={
        "Line1": "120 Brewers Lane",
        "City": "Toronto",
        "Country": "CAN",
        "CountrySubDivisionCode": "ON",
        "PostalCode": "M5V 2T6",
    },
    time_zone="America/Toronto",
    custom_numbers=True,
    closes_books=True,
    tax_group=None,
    custom_field="P.O. Number",
    records={"Item": STARTING_ITEMS},
)
UNITED_STATES = CompanyFacts(
    realm="9341454816381447",
    name="Liberty Beverage Supply LLC",
    country="US",
    currency="USD",
    address={
        "Line1": "88 Harbor Street",
        "City": "Seattle",
        "Country": "USA",
        "CountrySubDivisionCode": "WA",
        "PostalCode": "98101",
    },
    time_zone="America/Los_Angeles",
    custom_numbers=False,
    closes_books=False,
    tax_group="2",
    custom_field="P.O. Number",
    # The warning of a number used twice belongs to custom transaction numbers, which are off here.
    switches={"docnumber_check": False},
    records={"Item": STARTING_ITEMS},
)
