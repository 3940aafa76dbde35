"""What documents put on accounts, for the reports: debits are positive; all in the home currency."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from .books import Books, Record
from .wire import Body, money


@dataclass(frozen=True)
class Posting:
    account: Record
    amount: Decimal
    document: Record
    memo: str = ""
    item: str = ""
    filed: str = ""
    """The Ids of the item that was sold or bought, and of its line's class."""


class Chart:
    """The accounts that documents don't name, but are booked to all the same."""

    def __init__(self, books: Books) -> None:
        self.accounts = {account.id: account for account in books.all("Account")}
        self._items = {item.id: item for item in books.all("Item")}

    def named(self, reference: Body | None) -> Record | None:
        return self.accounts.get((reference or {}).get("value", ""))

    def of_item(self, reference: Body | None, *fields: str) -> Record | None:
        item = self._items.get((reference or {}).get("value", ""))
        found = (self.named(item.body.get(field)) for field in fields) if item else iter(())
        return next(filter(None, found), None)

    def of(self, account_type: str, *sub_types: str) -> Record:
        """The first of these sub-types, else of the type."""
        fitting = [each for each in self.accounts.values() if each.body["AccountType"] == account_type]
        named = [each for each in fitting if each.body["AccountSubType"] in sub_types]
        return next(iter(named or fitting), next(iter(self.accounts.values())))

    @cached_property
    def receivable(self) -> Record:
        return self.of("Accounts Receivable")

    @cached_property
    def payable(self) -> Record:
        return self.of("Accounts Payable")

    @cached_property
    def income(self) -> Record:
        return self.of("Income", "SalesOfProductIncome")

    @cached_property
    def expense(self) -> Record:
        return self.of("Expense")

    @cached_property
    def discounts(self) -> Record:
        return self.of("Income", "DiscountsRefundsGiven")

    @cached_property
    def tax(self) -> Record:
        return self.of("Other Current Liability", "GlobalTaxPayable", "SalesTaxPayable")

    @cached_property
    def undeposited(self) -> Record:
        return self.of("Other Current Asset", "UndepositedFunds")

    @cached_property
    def opening(self) -> Record:
        return self.of("Equity", "OpeningBalanceEquity")

    @cached_property
    def bank(self) -> Record:
        return self.of("Bank")


Part = tuple[Record, Decimal, str, str, str]
"""Account, debit, memo, and the Ids of item and class."""


def of_company(books: Books, until: str) -> list[Posting]:
    """Of all documents dated up to this day, by date."""
    chart = Chart(books)
    kinds = ", ".join("?" for _ in POSTED)
    rows = books.connection.execute(
        "SELECT entity, id FROM record WHERE realm = ? AND state IN ('live', 'deposited') AND txn_date <= ?"  # noqa: S608
        f" AND entity IN ({kinds}) ORDER BY txn_date, CAST(id AS INTEGER)",
        (books.realm, until, *POSTED),
    ).fetchall()
    found = (books.get(row["entity"], row["id"]) for row in rows)
    return [posting for document in found if document for posting in of_document(chart, document)]


def of_document(chart: Chart, document: Record) -> list[Posting]:
    rate = Decimal(document.body.get("ExchangeRate") or 1)
    return [
        Posting(account, money(amount * rate), document, memo, item, filed)
        for account, amount, memo, item, filed in POSTED[document.entity](chart, document.body)
        if amount
    ]


def _part(account: Record, amount: Decimal, memo: str = "") -> Part:
    return account, Decimal(amount), memo, "", ""


def _sold(chart: Chart, body: Body) -> Iterator[Part]:
    """The income of its lines, its discount and its tax, all as credits."""
    for line in _lines(body["Line"]):
        amount, memo = -Decimal(line.get("Amount") or 0), line.get("Description", "")
        if "DiscountLineDetail" in line:
            account = chart.named(line["DiscountLineDetail"].get("DiscountAccountRef")) or chart.discounts
            yield _part(account, -amount, memo)
        elif "SalesItemLineDetail" in line:
            detail = line["SalesItemLineDetail"]
            item = (detail.get("ItemRef") or {}).get("value", "")
            account = chart.named(detail.get("ItemAccountRef")) or (chart.income if item else chart.opening)
            yield account, amount, memo, item, (detail.get("ClassRef") or {}).get("value", "")
    yield _part(chart.tax, -Decimal(body["TxnTaxDetail"]["TotalTax"]))


def _lines(lines: list[Body]) -> Iterator[Body]:
    for line in lines:
        yield line
        yield from line.get("GroupLineDetail", {}).get("Line", [])


def _reversed(parts: Iterator[Part]) -> Iterator[Part]:
    return ((account, -amount, *rest) for account, amount, *rest in parts)  # type: ignore[misc]  # five still


def _invoice(chart: Chart, body: Body) -> Iterator[Part]:
    deposit = Decimal(body.get("Deposit") or 0)
    yield _part(chart.receivable, body["TotalAmt"] - deposit)
    yield _part(chart.named(body.get("DepositToAccountRef")) or chart.undeposited, deposit)
    yield from _sold(chart, body)


def _credit_memo(chart: Chart, body: Body) -> Iterator[Part]:
    yield _part(chart.receivable, -body["TotalAmt"])
    yield from _reversed(_sold(chart, body))


def _sales_receipt(chart: Chart, body: Body) -> Iterator[Part]:
    yield _part(chart.named(body.get("DepositToAccountRef")) or chart.undeposited, body["TotalAmt"])
    yield from _sold(chart, body)


def _refund_receipt(chart: Chart, body: Body) -> Iterator[Part]:
    return _reversed(_sales_receipt(chart, body))


def _payment(chart: Chart, body: Body) -> Iterator[Part]:
    yield _part(chart.named(body.get("DepositToAccountRef")) or chart.undeposited, body["TotalAmt"])
    yield _part(chart.receivable, -body["TotalAmt"])


def _spent(chart: Chart, body: Body) -> Iterator[Part]:
    for line in body["Line"]:
        of_account = line.get("AccountBasedExpenseLineDetail") or {}
        of_item = line.get("ItemBasedExpenseLineDetail") or {}
        account = (
            chart.named(of_account.get("AccountRef"))
            or chart.of_item(of_item.get("ItemRef"), "AssetAccountRef", "ExpenseAccountRef")
            or chart.expense
        )
        filed = ((of_account or of_item).get("ClassRef") or {}).get("value", "")
        item = (of_item.get("ItemRef") or {}).get("value", "")
        yield account, Decimal(line.get("Amount") or 0), line.get("Description", ""), item, filed


def _bill(chart: Chart, body: Body) -> Iterator[Part]:
    yield _part(chart.named(body.get("APAccountRef")) or chart.payable, -body["TotalAmt"])
    yield from _spent(chart, body)


def _vendor_credit(chart: Chart, body: Body) -> Iterator[Part]:
    return _reversed(_bill(chart, body))


def _purchase(chart: Chart, body: Body) -> Iterator[Part]:
    paid = _part(chart.named(body["AccountRef"]) or chart.bank, -body["TotalAmt"])
    parts = iter([paid, *_spent(chart, body)])
    return _reversed(parts) if body.get("Credit") else parts


def _bill_payment(chart: Chart, body: Body) -> Iterator[Part]:
    by_check, by_card = (body.get(each) or {} for each in ("CheckPayment", "CreditCardPayment"))
    account = chart.named(by_check.get("BankAccountRef") or by_card.get("CCAccountRef")) or chart.bank
    yield _part(chart.named(body.get("APAccountRef")) or chart.payable, body["TotalAmt"])
    yield _part(account, -body["TotalAmt"])


def _deposit(chart: Chart, body: Body) -> Iterator[Part]:
    yield _part(chart.named(body["DepositToAccountRef"]) or chart.bank, body["TotalAmt"])
    for line in body["Line"]:
        account = chart.named((line.get("DepositLineDetail") or {}).get("AccountRef")) or chart.undeposited
        yield _part(account, -Decimal(line.get("Amount") or 0), line.get("Description", ""))


def _transfer(chart: Chart, body: Body) -> Iterator[Part]:
    yield _part(chart.named(body["ToAccountRef"]) or chart.bank, body["Amount"])
    yield _part(chart.named(body["FromAccountRef"]) or chart.bank, -body["Amount"])


def _credit_card_payment(chart: Chart, body: Body) -> Iterator[Part]:
    yield _part(chart.named(body["CreditCardAccountRef"]) or chart.bank, body["Amount"])
    yield _part(chart.named(body["BankAccountRef"]) or chart.bank, -body["Amount"])


def _journal_entry(chart: Chart, body: Body) -> Iterator[Part]:
    for line in body["Line"]:
        detail = line.get("JournalEntryLineDetail")
        if detail:
            amount = Decimal(line.get("Amount") or 0)
            debit = amount if detail["PostingType"] == "Debit" else -amount
            account = chart.named(detail.get("AccountRef")) or chart.opening
            filed = (detail.get("ClassRef") or {}).get("value", "")
            yield account, debit, line.get("Description", ""), "", filed


POSTED: dict[str, Callable[[Chart, Body], Iterator[Part]]] = {
    "Invoice": _invoice,
    "CreditMemo": _credit_memo,
    "SalesReceipt": _sales_receipt,
    "RefundReceipt": _refund_receipt,
    "Payment": _payment,
    "Bill": _bill,
    "VendorCredit": _vendor_credit,
    "BillPayment": _bill_payment,
    "Purchase": _purchase,
    "Deposit": _deposit,
    "Transfer": _transfer,
    "CreditCardPayment": _credit_card_payment,
    "JournalEntry": _journal_entry,
}
