"""What evidence leaves open, or companies set differently: a switch each, its first value the default."""

from __future__ import annotations

from typing import Any

CHOICES: dict[str, tuple[Any, ...]] = {
    "requestid": ("answer", "item", "off"),
    # The same requestid with another body: the first answer again, or fault 600.
    "requestid_with_another_body": ("replay", "600"),
    # Whether a fault, too, is what the requestid is answered with again.
    "requestid_errors": (False, True),
    # How long an answer is remembered under its requestid.
    "requestid_kept": ("forever", "30 days", "a day"),
    "docnumber_check": (True, False),
    "docnumber_group": ("type", "sales"),
    # Whether voided documents keep their numbers, and deleted ones.
    "numbers_of_the_gone": ("voided_kept", "both_kept", "both_freed"),
    # Whether all sales forms count on in one row of numbers, or each type in its own.
    "number_sequence": ("shared", "by_type"),
    # Half a cent: away from zero, or to the even cent.
    "half_a_cent": ("up", "even"),
    # Which day a rate that changes is taken of: the document's, or the day on which it is written.
    "tax_rate_of": ("document", "today"),
    # Where tax on top is rounded outside the US. Prices that include it are always split line by line.
    "tax_rounding": ("line", "line-and-rate", "document"),
    "duplicate_name_text": ("id", "null", "sentence"),
    "inactive_names": ("free", "reserved"),
    # Whether reactivating takes the suffix off by itself, or leaves the name to be sent.
    "reactivated_name": ("as_sent", "restored"),
    # The list of codes has 6220 for it; the one answer that was seen was told without its code.
    "balance_fault_code": ("6220", "6000"),
    # What is said of a document that was deleted: the same as of all that isn't there, or that it was.
    "deleted_text": ("inactive", "deleted"),
    # A line without a tax code outside the US was refused in two wordings.
    "tax_code_missing_text": ("rate", "code"),
    # The detail of fault 6070: alone, as documented, or behind the message, as other details stand.
    "amount_fault_text": ("alone", "after_message"),
    # Two quotes inside a literal: its end and a mistake, or one quote, as in SQL.
    "doubled_quotes": ("refused", "escaped"),
    # Numbers without quotes: one answer that refused them was seen, and clients that write them.
    "bare_numbers": ("taken", "refused"),
    # A backslash before anything but a quote: it is taken away, or stands for itself.
    "query_backslash": ("escape", "literal"),
    # More rows than 1,000: refused, or cut down to as many.
    "page_too_large": ("refused", "cut"),
    # What is said of a property that no entity has.
    "unknown_property_text": ("not found", "not queryable"),
    # Whether properties of which nobody knows if they are filterable may be asked for by.
    "uncertain_properties": ("queryable", "refused"),
    # Whether rows of named fields say that they are sparse.
    "named_fields_sparse": (True, False),
    # A bad address in Cc or Bcc: refused when written, or the end of every query that meets it, as in 2019.
    "cc_addresses": ("checked_when_written", "checked_when_queried"),
    "bad_email_code": ("2210", "6000"),
    # Whether one field takes several e-mail addresses, with commas.
    "several_addresses": ("taken", "refused"),
    # An invoice that needs to be sent: it waits for somebody to send it, or goes at once.
    "need_to_send": ("waits", "sends"),
    # Whether the way of shipping ends at 30 characters and the tracking number at 31.
    "shipping_lengths": ("short", "any"),
    # Whether an invoice may be due before its date.
    "due_before_date": ("taken", "refused"),
    # A payment that takes more of a document than is open: refused, or the rest stays unapplied.
    "over_application": ("refused", "unapplied"),
    # Reasons to be exempt from automated tax: those that are known, or whatever is sent.
    "exemption_reasons": ("known", "any"),
    # Whether a customer who pays no automated tax must say why, as two clients report.
    "exemption_reason": ("optional", "required"),
    # Full updates: as they were recorded, or as documented, where what is left out is cleared.
    "full_update": ("as_recorded", "as_documented"),
    "blanks_around_names": ("trimmed", "kept"),
    # Sparse updates: the lines that are sent are all there are, or each changes the one of its Id.
    "sparse_lines": ("replaced", "merged"),
    # What empties a field in a sparse update: null, or "" and an object whose parts are empty. Documented is
    # which fields can't be emptied, and neither way of emptying the others: so by default either does.
    "cleared_by": ("null_or_empty", "null", "empty", "nothing"),
    # The same of references, of which one (an Item's ClassRef) was seen to stay whatever was sent.
    "references_cleared_by": ("null_or_empty", "null", "empty", "nothing"),
    # A phone number of ten digits: it stands as it was sent, or as (514) 555-0101.
    "phone_numbers": ("as_sent", "reformatted"),
    # Texts that are cut without a word: "Customer.Notes:20, Invoice.CustomerMemo.value:9" keeps so many
    # characters of them. Nothing of the kind was seen: what is too long is refused.
    "texts_cut": ("",),
    # Fields that stay as they stand, whatever is sent: "Customer.PrimaryPhone, Item.UnitPrice".
    "fields_ignored": ("",),
    # A SyncToken from the future: as stale as an old one, or no hindrance.
    "newer_version": ("stale", "accepted"),
    # How a name is refused to be deleted from its list.
    "list_delete_code": ("500", "2010"),
    "quotes_in_item_names": ("taken", "refused"),
    # Inventory is documented to be sold on an account of this sub-type alone.
    "inventory_income": ("SalesOfProductIncome", "any"),
    # A bundle named in an ordinary line, and an item on an account made inactive: no answer was seen.
    "bundles_in_lines": ("taken", "refused"),
    "items_on_inactive_accounts": ("taken", "refused"),
    # The types of items that only the desktop's schema has.
    "desktop_item_types": ("2120", "2170", "500"),
    # Whether items of an American company carry TAX or NON.
    "american_item_tax_code": (False, True),
    # Whether two items may have one SKU, or the second is told that the name is taken.
    "sku_unique": (False, True),
    # In Canada and the UK both accounts of an Item are asked for by the docs, and not by what was seen.
    "item_accounts": ("as_sold", "both"),
    "sku_in_select_all": (True, False),
    "default_tax_code_in_lists": (False, True),
    "void_note": ("prepended", "alone"),
    "payment_raises_sync_token": (True, False),
    # An address inside a document that was edited may come back as free lines.
    "address_reflow": (False, True),
    "cdc_look_back": ("30 days", "any"),
    # What hasn't changed, beside what has: it is left out, or its place is kept by an empty object.
    "cdc_unchanged": ("left_out", "empty"),
    # Codes and rates of tax, and time, which the docs except: taken without a word of them, or refused.
    "cdc_not_offered": ("empty", "refused"),
    # A total beside each list of changes was seen, and was not.
    "cdc_total_count": (False, True),
    # Whether a document must name its currency where multicurrency is on.
    "currency_required": (False, True),
    # What is booked in a foreign currency and names no rate: at 1, as two clients found, or at the table's.
    "rate_not_sent": ("one", "table"),
    # An update that names no rate: the one that stands, or what a new document without one is booked at.
    "rate_of_updates": ("stands", "as_not_sent"),
    # The rate of a day: the last one entered by then, else that of the company's table; the last one entered
    # by then, else none; or that of this very day, else none.
    "exchange_rates": ("table", "last_entered", "of_the_day"),
    # The longest number of an account: by the docs 7 outside Australia and Canada, yet 11 were stored.
    "account_number_length": (20, 7),
    # Of addresses: company info has lost them, others may have.
    "lat_and_long": ("INVALID", "absent"),
    "custom_field_length": (31, 255, 1000),
    # How far an amount may be from quantity times price.
    "amount_tolerance": ("none", "a cent"),
    "who_edited": ("Maria Bookkeeper",),
    # Whether the company can be reached, and whether it may still be written to.
    "company_status": (
        "open", "lapsed", "lapsed_200", "lapsed_at_the_gateway", "locked_out", "maintenance", "wrong_cluster",
        "no_access", "no_permission",
    ),
    "plan": ("Plus", "Simple Start", "Essentials", "Advanced"),
    # The company's time zone: the one that it began with, another text, or none that is told.
    "time_zone": ("as_begun",),
}  # fmt: skip
"""Switches of a company that stand beside its preferences."""

DEFAULTS: dict[str, Any] = {name: values[0] for name, values in CHOICES.items()} | {"query_lag": 0}
COUNTRIES = ("CA", "US", "GB", "AU", "IN", "FR")
"""The switch `country` moves a company, which decides its tax model and wordings."""
OF_ALL: dict[str, tuple[Any, ...]] = {
    # Whether each refresh replaces the refresh token at once, instead of once a day with a day of grace.
    "strict_rotation": (False, True),
    # Whether connecting a company again voids the tokens of the connection before.
    "reconnecting_revokes": (False, True),
    # Whether revoking a token ends its own grant, or all that the app was granted for the company.
    "revoking_ends": ("grant", "company"),
    # In which answers the end of a refresh token's life stands, where it is asked for.
    "hard_expiry_told": ("always", "when_refreshed"),
    # What is said where the redirect address isn't the one that the code was asked for with.
    "redirect_mismatch": ("invalid_grant", "invalid_request"),
    # The name under which a token is refused.
    "refused_token_name": ("AuthenticationFailed", "ApplicationAuthenticationFailed"),
    # What is said of a token that was revoked: so, or as of one that has expired.
    "revoked_token_text": ("revoked", "expired"),
    # A wrong client id or secret at the token endpoint.
    "bad_client_status": (401, 400),
    # Whether a request that lacks something is told what.
    "invalid_request_described": (False, True),
    # The longest there may be are 4,096 and 512 characters.
    "access_token_characters": (371, 4096),
    "refresh_token_characters": (49, 512),
    # Where somebody is sent who disconnects the app in QuickBooks; nowhere while it is empty.
    "disconnect_url": ("",),
    "access_token_seconds": (3600,),
    "code_seconds": (600,),
}
"""Switches of all companies together."""
QUERY_LAG = "query_lag"
"""Seconds for which a new record is not yet found by queries; reads by Id find it at once."""
ANY_TEXT = ("who_edited", "balance_fault_code", "texts_cut", "fields_ignored", "time_zone")

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


def fits_all(name: str, value: Any) -> bool:
    """Whether a switch of all companies together may have this value; seconds and addresses may be any."""
    if name == "disconnect_url":
        return isinstance(value, str)
    if name.endswith("_seconds"):
        return name in OF_ALL and type(value) is int
    return name in OF_ALL and value in OF_ALL[name]


def fits(name: str, value: Any) -> bool:
    """Whether a switch beside the preferences may have this value."""
    if name == QUERY_LAG:
        return type(value) is int and value >= 0
    return name in CHOICES and (isinstance(value, str) if name in ANY_TEXT else value in CHOICES[name])
