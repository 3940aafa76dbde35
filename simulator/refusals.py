"""What QuickBooks says instead of yes: each fault's code, message and detail, worded as they were seen."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

INACTIVE = (
    "Something you're trying to use has been made inactive. "
    "Check the fields with accounts, customers, items, vendors or employees."
)
DELETED = "Another user has deleted this transaction."
REQUIRED = "Required param missing, need to supply the required value for the API"
NAME_IN_USE = "Another customer, vendor or employee is already using this name. Please use a different name."
BUSINESS = "A business validation error has occurred while processing your request"
NO_TAX_RATE = {
    "CA": "Make sure all your transactions have a GST/HST rate before you save.",
    "GB": "Make sure all your transactions have a VAT rate before you save.",
}
NO_TAX_CODE = (
    "One or more transaction lines do not have a tax code associated with it. "
    "Please assign a tax code for those lines"
)

NEVER_QUERIED = frozenset(
    name.casefold()
    for name in (
        "BooleanTypeCustomFieldDefinition", "ChargeCredit", "ConvenienceFeeDetail", "Currency", "CustomerMsg",
        "DateTypeCustomFieldDefinition", "EmailDeliveryInfo", "FixedAsset", "InventorySite", "JobType",
        "MasterAccount", "NumberTypeCustomFieldDefinition", "OtherName", "PriceLevel", "PriceLevelPerItem",
        "QbdtEntityIdMapping", "SalesOrder", "SalesRep", "ShipMethod", "StatementCharge", "Status",
        "StringTypeCustomFieldDefinition", "SyncActivity", "Tag", "Task", "TaxPayment", "TaxReturn",
        "TaxService", "TDSMetadata", "TemplateName", "UOM", "User", "VendorType",
    )
)  # fmt: skip
"""Classes of the schema without a list of their own."""


@dataclass
class Refusal(Exception):
    """One entity fault. Some leave out the key `element` (None here), some the time of the envelope."""

    code: str
    message: str
    detail: str
    element: str | None = ""
    status: int = 400
    kind: str = "ValidationFault"
    timed: bool = True
    others: list[Refusal] = field(default_factory=list)
    """Told in the same breath."""

    def fault(self) -> dict[str, Any]:
        return {"Error": [each._error() for each in (self, *self.others)], "type": self.kind}

    def _error(self) -> dict[str, str]:
        error = {"Message": self.message, "Detail": self.detail, "code": self.code}
        return error if self.element is None else error | {"element": self.element}


def unsupported_operation(path: str) -> Refusal:
    detail = f"Operation Could not find resource for relative : {path} of full path: {path} is not supported."
    return Refusal("500", "Unsupported Operation", detail, None)


def broken_text() -> Refusal:
    """A body that isn't UTF-8."""
    return unsupported(
        "com.sun.org.apache.xerces.internal.impl.io.MalformedByteSequenceException: "
        "Invalid byte 1 of 1-byte UTF-8 sequence"
    )


def unsupported(what: str) -> Refusal:
    return Refusal("500", "Unsupported Operation", f"Operation {what} is not supported.", None)


def duplicate_request_id(requestid: str) -> Refusal:
    return Refusal("600", "Duplicate Request ID", f"Duplicate Request ID : {requestid}", None)


def not_linkable(what: str) -> Refusal:
    return Refusal("620", f"Transaction {what} can't be linked", f"Txn ID {what} cannot be linked")


def not_found(why: str = INACTIVE) -> Refusal:
    return Refusal("610", "Object Not Found", f"Object Not Found : {why}")


def batch_too_large() -> Refusal:
    message = "Batch size exceeds allowed limit"
    return Refusal(
        "1040", message, f"{message} : The maximum number of batch items in a single request is 30", None
    )


def too_many_objects(most: int) -> Refusal:
    return Refusal(
        "10100", "Result Set Big", f"The result for the query is too large : at most {most:,} objects", None
    )


def unknown_property(name: str, class_name: str, known: list[str]) -> Refusal:
    listed = ", ".join(f'"{each}"' for each in known)
    if len(listed) > 1000:
        listed = listed[:1000] + "... [truncated]"
    return _unreadable(
        f'Unrecognized field "{name}" (class com.intuit.schema.finance.v3.{class_name}), '
        f"not marked as ignorable ({len(known)} known properties: {listed}])\n"
    )


def not_json(reason: str) -> Refusal:
    return _unreadable(f"{reason}\n")


def wrong_type(java_type: str, value: Any, path: str) -> Refusal:
    return _unreadable(
        f"Can not construct instance of {java_type} from {type(value).__name__} value '{value}': "
        f"not a valid representation (through reference chain: {path})\n"
    )


def _unreadable(reason: str) -> Refusal:
    detail = f"Property Name:{reason} specified is unsupported or invalid"
    return Refusal("2010", "Request has invalid or unsupported property", detail, None)


def missing(parameter: str) -> Refusal:
    return Refusal("2020", REQUIRED, f"Required parameter {parameter} is missing in the request", parameter)


def tax_line_type_missing() -> Refusal:
    field = "TxnTaxDetail.TaxLine.DetailTypeEnum"
    return Refusal("2020", REQUIRED, f"{field} is missing in the request", field)


def invalid_email(address: str, element: str = "PrimaryEmailAddr", code: str = "2210") -> Refusal:
    if code == "6000":
        return business(f"Email address entered is invalid: {address}")
    detail = f"Email Address does not conform to the standard : {address}"
    return Refusal("2210", "Invalid Email Address format", detail, element)


def invalid_id(value: str) -> Refusal:
    detail = f"Id should be a valid number. Supplied value:{value}"
    return Refusal("2030", "Invalid ID", detail, "Id", timed=False)


def invalid_characters(value: str, element: str) -> Refusal:
    message = "Invalid String. The String may contain unsupported or illegal chars"
    return Refusal("2040", message, f"Element contains invalid characters. {value}", element)


def wrong_length(element: str, shortest: int, longest: int, supplied: int) -> Refusal:
    return Refusal(
        "2050",
        "String length is either shorter or longer than supported by specification",
        "String length specified does not match the supported length. "
        f"Min:{shortest:,} Max:{longest:,} supported. Supplied length:{supplied:,}",
        element,
    )


def invalid_number(value: Any, element: str) -> Refusal:
    return Refusal("2090", "Invalid Number", f"Invalid Number : {value}", element)


def invalid_type(value: str, element: str) -> Refusal:
    return Refusal("2120", "Invalid Type", f"Invalid Type : {value}", element)


def invalid_enumeration(value: Any, element: str) -> Refusal:
    return Refusal("2170", "Invalid Enumeration", f"Invalid Enumeration : {value}", element)


def tax_amount_missing() -> Refusal:
    message = "A tax amount is required with TaxCodeRef applied"
    return Refusal("2280", message, message, "TxnTaxDetail.TaxLine")


def invalid_reference(what: str, element: str = "") -> Refusal:
    return Refusal("2500", "Invalid Reference Id", f"Invalid Reference Id : {what}", element)


def inactive_reference() -> Refusal:
    return invalid_reference(INACTIVE)


def unreadable_query(reason: str) -> Refusal:
    return Refusal("4000", "Error parsing query", f"QueryParserError: {reason}", None)


def invalid_query(reason: str) -> Refusal:
    return Refusal("4001", "Invalid query", f"QueryValidationError: {reason}", None)


def no_such_entity(name: str) -> Refusal:
    """Other words for a class of the schema that can't be asked for than for one nobody knows."""
    if name.casefold() in NEVER_QUERIED:
        return invalid_query(f"Metadata not found for Entity: {name}")
    return invalid_query(f"invalid context declaration: {name}")


def unprocessed_query(reason: str) -> Refusal:
    return Refusal("4002", "Error processing query", f"QueryProcessingError: {reason}", None)


def stale(who: str) -> Refusal:
    detail = (
        f"Stale Object Error : You and {who} were working on this at the same time. "
        f"{who} finished before you did, so your work was not saved."
    )
    return Refusal("5010", "Stale Object Error", detail)


def business(text: str) -> Refusal:
    return Refusal("6000", BUSINESS, f"Business Validation Error: {text}")


def account_type_missing() -> Refusal:
    message = "AccountType or AccountSubType must be specified"
    return Refusal("6010", message, message)


def wrong_amount(supplied: Decimal, wording: str = "alone") -> Refusal:
    message = "Amount calculation incorrect in the request"
    detail = f"Amount is not equal to UnitPrice * Qty. Supplied value:{supplied}"
    return Refusal("6070", message, detail if wording == "alone" else f"{message} : {detail}")


def nameless() -> Refusal:
    return Refusal("6080", "No name provided", "No name provided")


def empty_discount() -> Refusal:
    message = "Discount line missing amount or percent"
    return Refusal("6090", message, message)


def invalid_line_tax_code(value: str) -> Refusal:
    detail = f"Invalid line TaxCode {value}. TaxCode must be TAX or NON"
    return Refusal("6100", "Invalid line TaxCode", detail)


def duplicate_number(number: str, type_name: str, txn_id: str) -> Refusal:
    message = "Duplicate Document Number Error"
    detail = (
        f"{message} : You must specify a different number. This number has already been used. "
        f"DocNumber={number} is assigned to TxnType={type_name} with TxnId={txn_id}"
    )
    return Refusal("6140", message, detail)


def tax_detail_not_allowed() -> Refusal:
    message = "TxnTaxDetail is not allowed when GlobalTaxCalculation is NotApplicable"
    return Refusal("6170", message, message)


def custom_sales_tax(*, created: bool) -> Refusal:
    code, verb = ("6160", "create a transaction") if created else ("6230", "update a transaction")
    return Refusal(
        code, "Invalid TaxCodeRef", f"Invalid TaxCodeRef : CustomSalesTax can't be used to {verb}."
    )


def feature_not_supported(what: str) -> Refusal:
    return Refusal("5030", "Feature Not Supported", f"Feature Not Supported : {what}")


def before_item_started(item: str) -> Refusal:
    message = "Transaction date is prior to start date for inventory item"
    return Refusal("6270", message, f"{message} : {item}")


def deposited() -> Refusal:
    return Refusal(
        "6540",
        "Deposited Transaction cannot be changed",
        "This transaction has been deposited. If you want to change or delete it, you must edit the deposit "
        "it appears on and remove it first.",
    )


def period_closed() -> Refusal:
    return Refusal(
        "6210",
        "Account Period Closed, Cannot Update Through Services API",
        "The account period has closed and the account books cannot be updated through through the QBO "
        "Services API. Please use the QBO website to make these changes.",
    )


def duplicate_name(wording: str, holder_id: str) -> Refusal:
    """Three wordings were seen over the years; none is promised."""
    tail = {
        "null": "null",
        "sentence": NAME_IN_USE,
    }.get(wording, f"Id={holder_id}")
    element = None if wording == "null" else ""
    return Refusal(
        "6240", "Duplicate Name Exists Error", f"The name supplied already exists. : {tail}", element
    )


def wrong_account_type() -> Refusal:
    detail = (
        "Invalid account type: You can't associate a product or service with accounts of certain types "
        "(such as Accounts Receivable and Accounts Payable)."
    )
    return Refusal("6430", "Invalid account type", detail)


def no_item() -> Refusal:
    message = "You must select a product/service or an account for each split line with an amount"
    return Refusal("6440", message, message)


def no_tax_rate(name: str) -> Refusal:
    return Refusal("6470", "Tax selected is not allowed", f"The tax code {name} has no sales tax rate.")


def missing_quantity() -> Refusal:
    return Refusal("6520", "Missing Inventory Item Quantity", "Quantity required for inventory item")


def open_balance(code: str) -> Refusal:
    detail = (
        "The entity you are trying to delete has an open balance. : "
        "This customer cannot be deleted because it has a non-zero balance"
    )
    return Refusal(code, "Delete List Has Balance Error", detail)
