"""Account: its type says how it is classified, and what may be booked to it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from .. import refusals
from ..books import Books, Indexed, Record
from ..schema import FLAG, IGNORED, REFERENCE, entity, text
from ..wire import Body
from . import currencies, names
from .account_types import CLASSIFICATION, TYPE_OF_SUB_TYPE
from .kind import inside, text_column
from .name_lists import nested_index, nested_list, settle_nested_name

ALWAYS_LONG = {"AU": 20, "CA": 20}
"""The longest number of an account where the docs, too, take 20 characters."""

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
    body = names.named(books, wanted)
    account_type = body.get("AccountType") or TYPE_OF_SUB_TYPE.get(body.get("AccountSubType", ""))
    if account_type is None:
        raise refusals.account_type_missing()
    if account_type not in CLASSIFICATION:
        raise refusals.invalid_enumeration(account_type, "AccountType")
    body["AccountType"] = account_type
    body["Classification"], usual = CLASSIFICATION[account_type]
    body["AccountSubType"] = body.get("AccountSubType") or usual
    body["CurrentBalance"] = body["CurrentBalanceWithSubAccounts"] = Decimal(0)
    _settle_currency(books, body, before)
    _check_number(books, body, before)
    settle_nested_name(books, "Account", body, before)
    body["SubAccount"] = "ParentRef" in body
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
    longest = ALWAYS_LONG.get(books.country, int(books.switches["account_number_length"]))
    if len(number) > longest:
        raise refusals.wrong_length("AcctNum", 0, longest, len(number))
    for holder in books.find("Account", "number", number.casefold()):
        if before is None or holder.id != before.id:
            raise refusals.duplicate_name(str(books.switches["duplicate_name_text"]), holder.id)


def _index(body: Body) -> Indexed:
    return replace(nested_index(body), number=body.get("AcctNum"))


Account = nested_list(
    ACCOUNT,
    _build_account,
    {"AccountType", "AccountSubType", "ParentRef"},
    {
        "AccountType": inside("AccountType"),
        "AccountSubType": inside("AccountSubType"),
        "Classification": inside("Classification"),
        "CurrentBalance": inside("CurrentBalance", "number", certain=False),
        "AcctNum": text_column("number"),
    },
    index=_index,
    needed_to_update=("Name",),
)
