"""Reports, computed from the books: which there are, and the head under which each is printed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import partial

from . import periods, refusals, report_statements, report_tables
from .books import Books, Record
from .clock import stamp
from .kinds.account_types import CLASSIFICATION
from .report_rows import NOTHING, Named, Table, column, data, section
from .report_tables import INCOME, NARROWED, SPENT, TYPES, View
from .wire import Body

AGES = (("Current", "current", 0), ("1 - 30", "d1", 30), ("31 - 60", "d31", 60), ("61 - 90", "d61", 90))
OLDEST = ("91 and over", "d91")
OPEN = (
    ("Date", "tx_date"), ("Transaction Type", "txn_type"), ("Num", "doc_num"), ("Due Date", "due_date"),
    ("Amount", "subt_nat_amount"), ("Open Balance", "subt_open_bal"),
)  # fmt: skip
BASES = {"cash": "Cash", "accrual": "Accrual"}


def answer(books: Books, name: str, given: dict[str, str]) -> Body | None:
    """None for a report that isn't there. Raises 2090 or 2170 for a period that is none."""
    known = {each.lower(): each for each in REPORTS}.get(name.lower())
    if known is None:
        return None
    period = periods.asked_for(given, books.clock.today())
    basis = BASES.get(given.get("accounting_method", "accrual").lower())
    if basis is None:
        raise refusals.invalid_enumeration(given["accounting_method"], "accounting_method")
    only = {shown: given[shown.lower()] for shown in NARROWED if given.get(shown.lower())}
    table = REPORTS[known](View(books, period, {name: ids.split(",") for name, ids in only.items()}))
    options = {"AccountingStandard": "GAAP", "NoReportData": "true" if table.is_empty else "false"}
    head = {
        "Time": stamp(books.clock.now()),
        "ReportName": known,
        **({"DateMacro": given["date_macro"]} if given.get("date_macro") else {}),
        "ReportBasis": basis,
        "StartPeriod": period.start.isoformat(),
        "EndPeriod": period.end.isoformat(),
        "SummarizeColumnsBy": given.get("summarize_column_by") or "Total",
        "Currency": books.home_currency,
        **only,
        "Option": [{"Name": name, "Value": value} for name, value in options.items()],
    }
    columns = [column(title, key) for title, key in table.columns]
    return {"Header": head, "Columns": {"Column": columns}, "Rows": {"Row": table.rows} if table.rows else {}}


def _open_to_us(view: View) -> list[tuple[Record, Decimal]]:
    """What customers haven't paid yet, and what of their money and credit is unused."""
    found = [(each, Decimal(each.body["Balance"])) for each in view.books.all("Invoice")]
    found += [(each, -Decimal(each.body["Balance"])) for each in view.books.all("CreditMemo")]
    found += [(each, -Decimal(each.body["UnappliedAmt"])) for each in view.books.all("Payment")]
    return _standing(view, found)


def _open_by_us(view: View) -> list[tuple[Record, Decimal]]:
    """Bills and credits, without what payments say they have paid of them."""
    paid: dict[tuple[str, str], Decimal] = {}
    for payment in view.books.all("BillPayment"):
        for line in payment.body.get("Line", []) if not payment.deleted else []:
            for link in line.get("LinkedTxn") or []:
                key = (str(link.get("TxnType")), str(link.get("TxnId")))
                paid[key] = paid.get(key, NOTHING) + Decimal(line.get("Amount") or 0)
    return _standing(view, [
        (each, sign * (Decimal(each.body["TotalAmt"]) - paid.get(each.key, NOTHING)))
        for entity, sign in (("Bill", 1), ("VendorCredit", -1))
        for each in view.books.all(entity)
    ])  # fmt: skip


def _standing(view: View, found: list[tuple[Record, Decimal]]) -> list[tuple[Record, Decimal]]:
    return [(each, left) for each, left in found if left and each.key in view.booked]


def _days_late(view: View, document: Record) -> int:
    due = document.body.get("DueDate") or document.body["TxnDate"]
    return (view.period.end - date.fromisoformat(due)).days


def _age(days: int) -> int:
    """Which column: not due yet, up to 30 days, and so on."""
    return next((place for place, (_, _, most) in enumerate(AGES) if days <= most), len(AGES))


def _aged(view: View, field: str, open_ones: Callable[[View], list[tuple[Record, Decimal]]]) -> Table:
    amounts: dict[tuple[str, str], list[Decimal]] = {}
    for document, left in open_ones(view):
        party = document.body.get(field) or {}
        who = (party.get("name", ""), party.get("value", ""))
        ages = amounts.setdefault(who, [NOTHING] * (len(AGES) + 1))
        ages[_age(_days_late(view, document))] += left
    columns = (("", "account"), *((title, key) for title, key, _ in AGES), OLDEST, ("Total", "total"))
    rows = [data(Named(*who), *(each or "" for each in ages), sum(ages, NOTHING))
            for who, ages in sorted(amounts.items())]  # fmt: skip
    sums = [sum(each, NOTHING) for each in zip(*amounts.values(), strict=True)]
    total = section(None, [], ("TOTAL", *sums, sum(sums, NOTHING)), "GrandTotal")
    return Table(columns, [*rows, total] if rows else [])


def _open_detail(
    view: View, field: str, open_ones: Callable[[View], list[tuple[Record, Decimal]]], *, by_age: bool
) -> Table:
    """Each open document, under how late it is or whose it is."""
    titles = [title for title, _, _ in AGES] + [OLDEST[0]]
    groups: dict[str, list[Body]] = {}
    sums: dict[str, Decimal] = {}
    for document, left in sorted(open_ones(view), key=lambda each: str(each[0].body["TxnDate"])):
        body, party = document.body, document.body.get(field) or {}
        head = titles[_age(_days_late(view, document))] if by_age else str(party.get("name", ""))
        type_name = Named(TYPES.get(document.entity, document.entity), document.id)
        number = body.get("DocNumber") or body.get("PaymentRefNum") or ""
        due, amount = body.get("DueDate") or "", Decimal(body["TotalAmt"])
        row = [body["TxnDate"], type_name, number, due, amount, left]
        if by_age:
            row.insert(3, Named(party.get("name", ""), party.get("value", "")))
        groups.setdefault(head, []).append(data(*row))
        sums[head] = sums.get(head, NOTHING) + left
    columns = (*OPEN[:3], ("Name", "cust_name"), *OPEN[3:]) if by_age else OPEN
    blanks = ("",) * (len(columns) - 2)
    ordered = [each for each in titles if each in groups] if by_age else sorted(groups)
    rows = [
        section((head, *blanks, ""), groups[head], (f"Total for {head}", *blanks, sums[head]))
        for head in ordered
    ]
    return Table(columns, rows)


def _customer_income(view: View) -> Table:
    """What each brought in, what was spent for it, and what is left."""
    earned: dict[Named, list[Decimal]] = {}
    for each in view.within:
        customer = each.document.body.get("CustomerRef")
        kind = each.account.body["AccountType"]
        if customer and kind in INCOME | SPENT:
            who = Named(customer.get("name", ""), customer["value"])
            amounts = earned.setdefault(who, [NOTHING, NOTHING])
            amounts[kind in SPENT] += each.amount if kind in SPENT else -each.amount
    rows = [data(who, income, spent, income - spent)
            for who, (income, spent) in sorted(earned.items(), key=lambda each: each[0].text)]  # fmt: skip
    income, spent = (sum((each[side] for each in earned.values()), NOTHING) for side in (0, 1))
    total = section(None, [], ("TOTAL", income, spent, income - spent), "GrandTotal")
    columns = (("", "customer"), ("Income", "income"), ("Expenses", "expense"), ("Net Income", "net_income"))
    return Table(columns, [*rows, total] if rows else [])


def _stock(view: View) -> Table:
    """What lies on the shelves, at the price at which it is bought."""
    rows, total = [], NOTHING
    for item in view.books.all("Item"):
        if item.body.get("Type") == "Inventory" and item.active:
            quantity, cost = Decimal(item.body.get("QtyOnHand", 0)), Decimal(item.body.get("PurchaseCost", 0))
            total += quantity * cost
            who, on_hand = Named(item.body["Name"], item.id), format(quantity.normalize(), "f")
            rows.append(data(who, item.body.get("Sku", ""), on_hand, quantity * cost, cost))
    columns = (("", "item"), ("SKU", "sku"), ("Qty", "qty"), ("Asset Value", "value"), ("Calc. Avg", "rate"))
    total_row = section(None, [], ("TOTAL", "", "", total, ""), "GrandTotal")
    return Table(columns, [*rows, total_row] if rows else [])


def _account_list(view: View) -> Table:
    columns = (("Account", "account_name"), ("Type", "account_type"), ("Detail type", "detail_acc_type"),
               ("Description", "account_desc"), ("Balance", "balance"))  # fmt: skip
    balances = report_tables.balances(view)
    rows = [
        data(
            Named(each.body["FullyQualifiedName"], each.id),
            each.body["AccountType"],
            each.body["AccountSubType"],
            each.body.get("Description", ""),
            balances.get(each.id, NOTHING),
        )
        for each in view.accounts(*CLASSIFICATION)
    ]
    return Table(columns, rows)


def _tax_summary(view: View) -> Table:
    """What of the sales was taxed by each rate, and the tax on it."""
    amounts: dict[str, list[Decimal]] = {}
    for document in {each.document.key: each.document for each in view.within}.values():
        sign = -1 if document.entity in ("CreditMemo", "RefundReceipt") else 1
        for line in (document.body.get("TxnTaxDetail") or {}).get("TaxLine", []):
            sums = amounts.setdefault(line["TaxLineDetail"]["TaxRateRef"]["value"], [NOTHING, NOTHING])
            sums[0] += sign * Decimal(line["TaxLineDetail"]["NetAmountTaxable"])
            sums[1] += sign * Decimal(line["Amount"])
    rows = []
    for id, (net, tax) in amounts.items():
        rate = view.books.get("TaxRate", id)
        rows.append(data(Named(rate.body["Name"] if rate else id, id), net, tax))
    return Table((("", "tax_rate"), ("Net", "value"), ("Tax", "tax")), rows)


_sales = partial(report_tables.per, types=INCOME, sign=-1)
REPORTS: dict[str, Callable[[View], Table]] = {
    "ProfitAndLoss": report_statements.profit_and_loss,
    "ProfitAndLossDetail": partial(report_tables.by_account, types=(*sorted(INCOME), *sorted(SPENT))),
    "BalanceSheet": report_statements.balance_sheet,
    "TrialBalance": report_statements.trial_balance,
    "CashFlow": report_statements.cash_flow,
    "GeneralLedger": report_tables.by_account,
    "TransactionDetailByAccount": report_tables.by_account,
    "JournalReport": report_tables.journal,
    "TransactionList": report_tables.transactions,
    "TransactionListWithSplits": report_tables.journal,
    "TransactionListByCustomer": partial(report_tables.transactions, party="CustomerRef"),
    "TransactionListByVendor": partial(report_tables.transactions, party="VendorRef"),
    "AccountList": _account_list,
    "CustomerBalance": partial(report_tables.owed, entity="Customer", account_type="Accounts Receivable"),
    "CustomerBalanceDetail": partial(_open_detail, field="CustomerRef", open_ones=_open_to_us, by_age=False),
    "AgedReceivables": partial(_aged, field="CustomerRef", open_ones=_open_to_us),
    "AgedReceivableDetail": partial(_open_detail, field="CustomerRef", open_ones=_open_to_us, by_age=True),
    "VendorBalance": partial(report_tables.owed, entity="Vendor", account_type="Accounts Payable"),
    "VendorBalanceDetail": partial(_open_detail, field="VendorRef", open_ones=_open_by_us, by_age=False),
    "AgedPayables": partial(_aged, field="VendorRef", open_ones=_open_by_us),
    "AgedPayableDetail": partial(_open_detail, field="VendorRef", open_ones=_open_by_us, by_age=True),
    "CustomerIncome": _customer_income,
    "CustomerSales": partial(_sales, entity="Customer", by=NARROWED["Customer"]),
    "ItemSales": partial(_sales, entity="Item", by=NARROWED["Item"]),
    "DepartmentSales": partial(_sales, entity="Department", by=NARROWED["Department"]),
    "ClassSales": partial(_sales, entity="Class", by=NARROWED["Class"]),
    "VendorExpenses": partial(report_tables.per, entity="Vendor", types=SPENT, sign=1, by=NARROWED["Vendor"]),
    "InventoryValuationSummary": _stock,
    "TaxSummary": _tax_summary,
}
