"""What evidence leaves open, or companies set differently: a switch each, its first value the default."""

from __future__ import annotations

from typing import Any

CHOICES: dict[str, tuple[Any, ...]] = {
    "requestid": ("answer", "item", "off"),
    # The same requestid with another body: the first answer again, or fault 600.
    "requestid_with_another_body": ("replay", "600"),
    # Whether a fault, too, is what the requestid is answered with again.
    "requestid_errors": (False, True),
    "docnumber_check": (True, False),
    "docnumber_group": ("type", "sales"),
    # Where tax on top is rounded outside the US. Prices that include it are always split line by line.
    "tax_rounding": ("line", "line-and-rate", "document"),
    "duplicate_name_text": ("id", "null", "sentence"),
    "inactive_names": ("free", "reserved"),
    # Whether reactivating takes the suffix off by itself, or leaves the name to be sent.
    "reactivated_name": ("as_sent", "restored"),
    "balance_fault_code": ("6000",),
    # In Canada and the UK both accounts of an Item are asked for by the docs, and not by what was seen.
    "item_accounts": ("as_sold", "both"),
    "sku_in_select_all": (True, False),
    "default_tax_code_in_lists": (False, True),
    "void_note": ("prepended", "alone"),
    "payment_raises_sync_token": (True, False),
    # An address inside a document that was edited may come back as free lines.
    "address_reflow": (False, True),
    "cdc_look_back": ("30 days", "any"),
    # Whether a document must name its currency where multicurrency is on.
    "currency_required": (True, False),
    # Of addresses: company info has lost them, others may have.
    "lat_and_long": ("INVALID", "absent"),
    "custom_field_length": (31, 255, 1000),
    # How far an amount may be from quantity times price.
    "amount_tolerance": ("none", "a cent"),
    "who_edited": ("Maria Bookkeeper",),
    # Whether the company can be reached, and whether it may still be written to.
    "company_status": (
        "open", "lapsed", "lapsed_200", "lapsed_at_the_gateway", "locked_out", "maintenance", "wrong_cluster",
        "no_access",
    ),
    "plan": ("Plus", "Simple Start", "Essentials", "Advanced"),
}  # fmt: skip
"""Switches of a company that stand beside its preferences."""

DEFAULTS: dict[str, Any] = {name: values[0] for name, values in CHOICES.items()} | {"query_lag": 0}
COUNTRIES = ("CA", "US", "GB", "AU", "IN", "FR")
"""The switch `country` moves a company, which decides its tax model and wordings."""
QUERY_LAG = "query_lag"
"""Seconds for which a new record is not yet found by queries; reads by Id find it at once."""
ANY_TEXT = ("who_edited", "balance_fault_code")

PREFERENCES: dict[str, tuple[str, str]] = {
    "custom_txn_numbers": ("SalesFormsPrefs", "CustomTxnNumbers"),
    "allow_discount": ("SalesFormsPrefs", "AllowDiscount"),
    "allow_shipping": ("SalesFormsPrefs", "AllowShipping"),
    "allow_deposit": ("SalesFormsPrefs", "AllowDeposit"),
    "allow_service_date": ("SalesFormsPrefs", "AllowServiceDate"),
    "auto_apply_credit": ("SalesFormsPrefs", "AutoApplyCredit"),
    "online_payments": ("SalesFormsPrefs", "ETransactionPaymentEnabled"),
    "close_date": ("AccountingInfoPrefs", "BookCloseDate"),
    "account_numbers": ("AccountingInfoPrefs", "UseAccountNumbers"),
    "departments": ("AccountingInfoPrefs", "TrackDepartments"),
    "classes_per_document": ("AccountingInfoPrefs", "ClassTrackingPerTxn"),
    "classes_per_line": ("AccountingInfoPrefs", "ClassTrackingPerTxnLine"),
    "multicurrency": ("CurrencyPrefs", "MultiCurrencyEnabled"),
    "sales_tax": ("TaxPrefs", "UsingSalesTax"),
    # True: automated sales tax is on; false: it is not set up; absent: not that kind of company.
    "automated_sales_tax": ("TaxPrefs", "PartnerTaxEnabled"),
}
"""Switches kept where QuickBooks shows them: in the company's preferences."""


def fits(name: str, value: Any) -> bool:
    """Whether a switch beside the preferences may have this value."""
    if name == QUERY_LAG:
        return type(value) is int and value >= 0
    return name in CHOICES and (isinstance(value, str) if name in ANY_TEXT else value in CHOICES[name])
