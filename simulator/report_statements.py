"""The statements: what accounts come to, by their types, in the order in which bookkeepers read them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from .kinds.account_types import CLASSIFICATION
from .report_rows import NOTHING, Named, Table, data, section
from .report_tables import DEBITS, INCOME, SPENT, View, of_account, sums_of
from .wire import Body


def _of_types(view: View, sums: dict[str, Decimal], *types: str) -> tuple[list[Body], Decimal]:
    """A row for each account that has something, in the sense in which its type is positive."""
    rows, total = [], NOTHING
    for account in view.accounts(*types):
        sign = 1 if account.body["AccountType"] in DEBITS else -1
        if amount := sign * sums.get(account.id, NOTHING):
            rows.append(data(Named(account.body["Name"], account.id), amount))
            total += amount
    return rows, total


def profit_and_loss(view: View) -> Table:
    sums = sums_of(view.within, of_account)
    parts = {name: _of_types(view, sums, name) for name in (*INCOME, *SPENT)}
    total = {name: amount for name, (_, amount) in parts.items()}
    gross = total["Income"] - total["Cost of Goods Sold"]
    operating = gross - total["Expense"]
    other = total["Other Income"] - total["Other Expense"]
    is_empty = not any(rows for rows, _ in parts.values())

    def part(name: str, title: str, group: str, *, always: bool = False) -> Iterator[Body]:
        rows, amount = parts[name]
        if rows or always:
            yield section((title, ""), rows, (f"Total {title}", amount if rows else ""), group)

    def result(title: str, amount: Decimal, group: str) -> Body:
        return section(None, [], (title, "" if is_empty else amount), group)

    return Table(
        (("", "account"), ("Total", "total")),
        [
            *part("Income", "Income", "Income", always=True),
            *part("Cost of Goods Sold", "Cost of Goods Sold", "COGS"),
            result("Gross Profit", gross, "GrossProfit"),
            *part("Expense", "Expenses", "Expenses", always=True),
            result("Net Operating Income", operating, "NetOperatingIncome"),
            *part("Other Income", "Other Income", "OtherIncome"),
            *part("Other Expense", "Other Expenses", "OtherExpenses"),
            *([result("Net Other Income", other, "NetOtherIncome")] if other else []),
            result("Net Income", operating + other, "NetIncome"),
        ],
    )


def balance_sheet(view: View) -> Table:
    sums = sums_of(view.so_far, of_account)
    year = date(view.period.end.year, 1, 1).isoformat()
    earned = {True: NOTHING, False: NOTHING}
    for each in view.so_far:
        if each.account.body["AccountType"] in INCOME | SPENT:
            earned[each.document.body["TxnDate"] >= year] -= each.amount

    def part(title: str, group: str, *types: str) -> tuple[list[Body], Decimal]:
        rows, total = _of_types(view, sums, *types)
        return ([section((title, ""), rows, (f"Total {title}", total), group)] if rows else []), total

    def whole(title: str, group: str, *inside: tuple[list[Body], Decimal]) -> tuple[list[Body], Decimal]:
        rows, total = [row for rows, _ in inside for row in rows], sum((each for _, each in inside), NOTHING)
        told = f"TOTAL {title}" if title.isupper() else f"Total {title}"
        return [section((title, ""), rows, (told, total), group)], total

    assets, _ = whole(
        "ASSETS", "TotalAssets",
        whole(
            "Current Assets", "CurrentAssets",
            part("Bank Accounts", "BankAccounts", "Bank"),
            part("Accounts Receivable", "AR", "Accounts Receivable"),
            part("Other Current Assets", "OtherCurrentAssets", "Other Current Asset"),
        ),
        part("Fixed Assets", "FixedAssets", "Fixed Asset"),
        part("Other Assets", "OtherAssets", "Other Asset"),
    )  # fmt: skip
    retained = next(iter(view.accounts("Equity", sub_type="RetainedEarnings")), None)
    if retained is not None:
        sums[retained.id] = sums.get(retained.id, NOTHING) - earned[False]
    equity, owned = _of_types(view, sums, "Equity")
    equity.append(data("Net Income", earned[True]))
    liabilities, _ = whole(
        "LIABILITIES AND EQUITY", "TotalLiabilitiesAndEquity",
        whole(
            "Liabilities", "Liabilities",
            whole(
                "Current Liabilities", "CurrentLiabilities",
                part("Accounts Payable", "AP", "Accounts Payable"),
                part("Credit Cards", "CreditCards", "Credit Card"),
                part("Other Current Liabilities", "OtherCurrentLiabilities", "Other Current Liability"),
            ),
            part("Long-Term Liabilities", "LongTermLiabilities", "Long Term Liability"),
        ),
        whole("Equity", "Equity", (equity, owned + earned[True])),
    )  # fmt: skip
    return Table((("", "account"), ("Total", "total")), [*assets, *liabilities])


def trial_balance(view: View) -> Table:
    sums = sums_of(view.so_far, of_account)
    rows, debits = [], NOTHING
    for account in view.accounts(*CLASSIFICATION):
        if amount := sums.get(account.id, NOTHING):
            name = Named(account.body["FullyQualifiedName"], account.id)
            rows.append(data(name, max(amount, NOTHING) or "", max(-amount, NOTHING) or ""))
            debits += max(amount, NOTHING)
    total = section(None, [], ("TOTAL", debits, debits), "GrandTotal")
    return Table((("", "account"), ("Debit", "debit"), ("Credit", "credit")), [*rows, total])


def cash_flow(view: View) -> Table:
    """By what changed on every account that is no bank's."""
    sums = {account: -amount for account, amount in sums_of(view.within, of_account).items()}

    def part(title: str, group: str, types: tuple[str, ...], *first: Body) -> tuple[Body, Decimal]:
        named = [(each, sums.get(each.id, NOTHING)) for each in view.accounts(*types)]
        rows = [data(Named(each.body["Name"], each.id), amount) for each, amount in named if amount]
        total = sum((amount for _, amount in named), NOTHING) + (profit if first else NOTHING)
        told = (f"Net cash provided by {title.lower()}", total)
        return section((title, ""), [*first, *rows], told, group), total

    profit = sum((sums.get(each.id, NOTHING) for each in view.accounts(*INCOME, *SPENT)), NOTHING)
    current = ("Accounts Receivable", "Other Current Asset", "Accounts Payable", "Credit Card",
               "Other Current Liability")  # fmt: skip
    parts = [
        part("Operating Activities", "OperatingActivities", current, data("Net Income", profit)),
        part("Investing Activities", "InvestingActivities", ("Fixed Asset", "Other Asset")),
        part("Financing Activities", "FinancingActivities", ("Long Term Liability", "Equity")),
    ]
    increase = section(None, [], ("Net cash increase for period", sum((each for _, each in parts), NOTHING)),
                       "CashIncrease")  # fmt: skip
    return Table((("", "account"), ("Total", "total")), [*(row for row, _ in parts), increase])
