"""What each report says: sums by account type, by party, by item, and the postings themselves."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from . import postings
from .books import Books, Record
from .kinds.account_types import CLASSIFICATION
from .periods import Period
from .postings import Posting
from .report_rows import NOTHING, Cell, Named, Table, data, section
from .wire import Body

TYPES = {
    "CreditMemo": "Credit Memo", "SalesReceipt": "Sales Receipt", "RefundReceipt": "Refund",
    "VendorCredit": "Vendor Credit", "BillPayment": "Bill Payment (Check)", "Purchase": "Expense",
    "JournalEntry": "Journal Entry",
}  # fmt: skip
"""Documents by the names they have in reports, where that is another one."""
INCOME = frozenset({"Income", "Other Income"})
SPENT = frozenset({"Cost of Goods Sold", "Expense", "Other Expense"})
DEBITS = frozenset(name for name, (kind, _) in CLASSIFICATION.items() if kind in ("Asset", "Expense"))
LISTED = (
    ("Date", "tx_date"), ("Transaction Type", "txn_type"), ("Num", "doc_num"), ("Name", "name"),
    ("Memo/Description", "memo"), ("Split", "split_acc"), ("Amount", "subt_nat_amount"),
)  # fmt: skip


@dataclass(frozen=True)
class View:
    """A company over a period; `only`: the Ids that it is narrowed to, by names of NARROWED."""

    books: Books
    period: Period
    only: Mapping[str, Collection[str]]

    @cached_property
    def so_far(self) -> list[Posting]:
        return [
            each
            for each in postings.of_company(self.books, self.period.end.isoformat())
            if all(NARROWED[name](each) in ids for name, ids in self.only.items())
        ]

    @cached_property
    def within(self) -> list[Posting]:
        return [each for each in self.so_far if self.period.holds(each.document.body["TxnDate"])]

    @cached_property
    def booked(self) -> dict[tuple[str, str], dict[str, Record]]:
        """By document, the accounts it is booked to."""
        found: dict[tuple[str, str], dict[str, Record]] = {}
        for each in self.so_far:
            found.setdefault(each.document.key, {})[each.account.id] = each.account
        return found

    def accounts(self, *types: str, sub_type: str = "") -> list[Record]:
        found = (
            each
            for each in self.books.all("Account")
            if each.body["AccountType"] in types and sub_type in ("", each.body["AccountSubType"])
        )
        return sorted(found, key=lambda each: str(each.body["FullyQualifiedName"]))


def sums_of(found: Iterable[Posting], by: Callable[[Posting], str]) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for each in found:
        sums[by(each)] = sums.get(by(each), NOTHING) + each.amount
    return sums


def balances(view: View) -> dict[str, Decimal]:
    """Of each account on the last day, in the sense in which its type is positive."""
    sums = sums_of(view.so_far, of_account)
    types = {each.account.id: each.account.body["AccountType"] for each in view.so_far}
    return {id: amount if types[id] in DEBITS else -amount for id, amount in sums.items()}


def _filed_under(field: str) -> Callable[[Posting], str]:
    """The Id that the posting's document names in this field."""
    return lambda posting: str((posting.document.body.get(field) or {}).get("value", ""))


NARROWED: dict[str, Callable[[Posting], str]] = {
    "Customer": _filed_under("CustomerRef"),
    "Vendor": _filed_under("VendorRef"),
    "Item": lambda posting: posting.item,
    "Department": _filed_under("DepartmentRef"),
    "Class": lambda posting: posting.filed,
}
"""What a report may be narrowed to: the Id that a posting has there."""


def of_account(posting: Posting) -> str:
    return posting.account.id


def of_party(posting: Posting) -> str:
    return _party_of(posting.document).id


def _party_of(document: Record) -> Named:
    for field in ("CustomerRef", "VendorRef", "EntityRef"):
        if reference := document.body.get(field):
            return Named(reference.get("name", ""), reference["value"])
    return Named("", "")


def by_account(view: View, types: Iterable[str] = CLASSIFICATION) -> Table:
    """Every posting under its account, with the balance that it leaves."""
    rows = []
    for account in view.accounts(*types):
        sign = 1 if account.body["AccountType"] in DEBITS else -1
        own = [each for each in view.within if each.account.id == account.id]
        if own:
            lines, total = _running(view, own, sign)
            name = Named(account.body["FullyQualifiedName"], account.id)
            blanks: tuple[Cell, ...] = ("",) * (len(LISTED) - 2)
            told: tuple[Cell, ...] = (f"Total for {name.text}", *blanks, total, "")
            rows.append(section((name, *blanks, "", ""), lines, told))
    return Table((*LISTED, ("Balance", "rbal_nat_amount")), rows)


def _running(view: View, own: list[Posting], sign: int) -> tuple[list[Body], Decimal]:
    lines, total = [], NOTHING
    for each in own:
        total += sign * each.amount
        lines.append(data(*_listed(view, each, sign * each.amount), total))
    return lines, total


def _listed(view: View, posting: Posting, amount: Decimal) -> tuple[Cell, ...]:
    document = posting.document
    accounts = view.booked[document.key].items()
    split = [Named(each.body["FullyQualifiedName"], id) for id, each in accounts if id != posting.account.id]
    return (
        document.body["TxnDate"], Named(TYPES.get(document.entity, document.entity), document.id),
        document.body.get("DocNumber") or document.body.get("PaymentRefNum") or "", _party_of(document),
        posting.memo or document.body.get("PrivateNote") or "",
        split[0] if len(split) == 1 else "-Split-", amount,
    )  # fmt: skip


def journal(view: View) -> Table:
    columns = (*LISTED[:5], ("Account", "account_name"), ("Debit", "debt_amt"), ("Credit", "credit_amt"))
    rows = []
    for each in view.within:
        name = Named(each.account.body["FullyQualifiedName"], each.account.id)
        sides = (max(each.amount, NOTHING) or "", max(-each.amount, NOTHING) or "")
        rows.append(data(*_listed(view, each, each.amount)[:5], name, *sides))
    return Table(columns, rows)


def transactions(view: View, party: str = "") -> Table:
    """One row a document, under the account it is booked to first. `party` is the field that groups them."""
    first: dict[tuple[str, str], Posting] = {}
    for each in view.within:
        first.setdefault(each.document.key, each)
    chosen = [each for each in first.values() if not party or each.document.body.get(party)]
    rows = [data(*_listed(view, each, abs(each.amount))) for each in chosen]
    if not party:
        return Table(LISTED, rows)
    groups: dict[str, list[Body]] = {}
    for each, row in zip(chosen, rows, strict=True):
        groups.setdefault(_party_of(each.document).text, []).append(row)
    blanks = ("",) * (len(LISTED) - 1)
    return Table(LISTED, [section((name, *blanks), inside, (f"Total for {name}", *blanks))
                          for name, inside in sorted(groups.items())])  # fmt: skip


def per(view: View, entity: str, types: Iterable[str], by: Callable[[Posting], str], sign: int) -> Table:
    """What is booked to accounts of these types, by a customer, vendor, item, class or department."""
    found = sums_of((each for each in view.within if each.account.body["AccountType"] in types), by)
    return _named_amounts(view, entity, {id: sign * amount for id, amount in found.items()})


def owed(view: View, entity: str, account_type: str) -> Table:
    """By each customer, or to each vendor, on the last day."""
    sign = 1 if account_type in DEBITS else -1
    found = sums_of(
        (each for each in view.so_far if each.account.body["AccountType"] == account_type), of_party
    )
    return _named_amounts(view, entity, {id: sign * amount for id, amount in found.items()})


def _named_amounts(view: View, entity: str, amounts: dict[str, Decimal]) -> Table:
    rows: list[tuple[str, Body]] = []
    for id, amount in amounts.items():
        record = view.books.get(entity, id) if id else None
        name = "Not specified" if record is None else _name(record)
        if amount:
            rows.append((name, data(Named(name, id), amount)))
    total = section(None, [], ("TOTAL", sum(amounts.values(), NOTHING)), "GrandTotal")
    ordered = [row for _, row in sorted(rows, key=lambda each: each[0])]
    return Table((("", entity.lower()), ("Total", "total")), [*ordered, total] if ordered else [])


def _name(record: Record) -> str:
    return str(record.body.get("FullyQualifiedName") or record.body.get("DisplayName") or record.body["Name"])
