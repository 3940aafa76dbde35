"""Account: its type says how it is classified, and what may be booked to it."""

from __future__ import annotations

from decimal import Decimal

from .. import refusals
from ..books import Books, Indexed, Record
from ..schema import FLAG, IGNORED, REFERENCE, entity, text
from ..wire import Body
from . import currencies, names
from .account_types import CLASSIFICATION, TYPE_OF_SUB_TYPE
from .kind import ACTIVE_COLUMN, COMMON_COLUMNS, NAME_LIST_ORDER, Kind, inside, text_column

LONGEST_NUMBER = {"AU": 20, "CA": 20}
"""Digits of an account number by country; elsewhere 7."""

ACCOUNT = entity(
    "Account",
    Name=text(100, names.FORBIDDEN + '"'),
    SubAccount=IGNORED,
    ParentRef=REFERENCE,
    Description=text(100),
    FullyQualifiedName=IGNORED,
    Active=FLAG,
    Classification=IGNORED,
    AccountType=text(),
    AccountSubType=text(),
    AccountAlias=text(),
    AcctNum=text(20, ":"),
    AcctNumExtn=text(),
    BankNum=text(),
    CurrencyRef=REFERENCE,
    CurrentBalance=IGNORED,
    CurrentBalanceWithSubAccounts=IGNORED,
    OpeningBalance=IGNORED,
    OpeningBalanceDate=IGNORED,
    TaxAccount=FLAG,
    TaxCodeRef=REFERENCE,
    TxnLocationType=text(),
)


def _build_account(books: Books, wanted: Body, before: Record | None, options: frozenset[str]) -> Body:
    body = dict(wanted)
    body["Name"] = names.trimmed_name(body, "Name")
    if not body["Name"]:
        raise refusals.missing("Name")
    account_type = body.get("AccountType") or TYPE_OF_SUB_TYPE.get(body.get("AccountSubType", ""))
    if account_type is None:
        raise refusals.account_type_missing()
    if account_type not in CLASSIFICATION:
        raise refusals.invalid_enumeration(account_type, "AccountType")
    body["AccountType"] = account_type
    body["Classification"], usual = CLASSIFICATION[account_type]
    body["AccountSubType"] = body.get("AccountSubType") or usual
    body.setdefault("Active", True)
    body["CurrentBalance"] = body["CurrentBalanceWithSubAccounts"] = Decimal(0)
    _settle_currency(books, body, before)
    _check_number(books, body, before)
    names.place_under_parent(books, "Account", "Name", body)
    body["SubAccount"] = "ParentRef" in body
    if body["Active"]:
        names.check_free(books, ("Account",), body, before)
    names.mark_deactivated(body, "Name", before)
    return body


def _settle_currency(books: Books, body: Body, before: Record | None) -> None:
    standing = before.body["CurrencyRef"] if before else body.get("CurrencyRef") or {}
    code = standing.get("value") or books.home_currency
    if before is None and code != books.home_currency:
        currencies.put_to_use(books, code)
    body["CurrencyRef"] = currencies.reference(code)


def _check_number(books: Books, body: Body, before: Record | None) -> None:
    """A number is one account's alone, also where the company doesn't show them."""
    number = body.get("AcctNum")
    if number is None:
        return
    longest = LONGEST_NUMBER.get(books.country, 7)
    if len(number) > longest:
        raise refusals.wrong_length("AcctNum", 0, longest, len(number))
    for holder in books.find("Account", "number", number.casefold()):
        if before is None or holder.id != before.id:
            raise refusals.duplicate_name(str(books.switches["duplicate_name_text"]), holder.id)


def _index(body: Body) -> Indexed:
    return Indexed(
        name=body["Name"],
        full_name=body["FullyQualifiedName"],
        number=body.get("AcctNum"),
        parent=(body.get("ParentRef") or {}).get("value"),
    )


def _after_account(books: Books, before: Record | None, after: Record) -> None:
    names.carry_to_children(books, "Account", "Name", before, after)


Account = Kind(
    name="Account",
    shape=ACCOUNT,
    build=_build_account,
    index=_index,
    ids="Account",
    order=NAME_LIST_ORDER,
    has_active=True,
    after=_after_account,
    needed_to_update=("Name",),
    survives_full_update=frozenset({"Name", "AccountType", "AccountSubType", "Active", "ParentRef"}),
    columns={
        **COMMON_COLUMNS,
        **ACTIVE_COLUMN,
        "Name": text_column("name"),
        "FullyQualifiedName": text_column("full_name"),
        "AccountType": inside("AccountType"),
        "AccountSubType": inside("AccountSubType"),
        "Classification": inside("Classification"),
        "CurrentBalance": inside("CurrentBalance", "number", certain=False),
        "AcctNum": text_column("number"),
    },
)
