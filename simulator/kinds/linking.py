"""Money meets what is owed: payments applied to invoices and credit memos, and invoices made of estimates."""

from __future__ import annotations

from decimal import Decimal

from .. import refusals
from ..books import Books, Record
from ..wire import Body, money
from . import balances

NOTHING = Decimal(0)
PAYABLE = ("Invoice", "CreditMemo")
Applied = dict[tuple[str, str], Decimal]
"""By type and Id of the document: how much of it a payment takes."""


def applied(payment: Record | None) -> Applied:
    if payment is None or payment.deleted:
        return {}
    return applied_by_lines(payment.body.get("Line", []))


def applied_by_lines(lines: list[Body]) -> Applied:
    amounts: Applied = {}
    for line in lines:
        for link in line.get("LinkedTxn", []):
            key = (link["TxnType"], link["TxnId"])
            amounts[key] = amounts.get(key, NOTHING) + Decimal(line["Amount"])
    return amounts


def unapplied(total: Decimal, amounts: Applied) -> Decimal:
    """What a payment leaves over: its own money and the credit it uses, less the invoices it pays."""
    credit = sum((amount for (kind, _), amount in amounts.items() if kind == "CreditMemo"), NOTHING)
    paid = sum((amount for (kind, _), amount in amounts.items() if kind == "Invoice"), NOTHING)
    return money(total + credit - paid)


def check_applicable(books: Books, customer: str, amounts: Applied, standing: Applied) -> None:
    """Raises 6000 for what isn't there or takes too much, 620 for another customer's."""
    for (kind, id), amount in amounts.items():
        if kind not in PAYABLE:
            raise refusals.not_linkable(id)
        document = books.get(kind, id)
        if document is None or document.deleted:
            what = f"{kind} {id}"
            raise refusals.business(f"The entity {what} that you are trying to link does not exist. {what}")
        if document.body["CustomerRef"]["value"] != customer:
            raise refusals.not_linkable(id)
        if amount > document.body["Balance"] + standing.get((kind, id), NOTHING):
            raise refusals.business("You can't apply more than the open balance of a transaction.")


def clipped(books: Books, lines: list[Body], standing: Applied) -> list[Body]:
    """The lines with no more than is open of what each names; a line of which nothing is left goes."""
    left = []
    for line in lines:
        key = (line["LinkedTxn"][0]["TxnType"], line["LinkedTxn"][0]["TxnId"])
        document = books.get(*key)
        if document is not None and not document.deleted and "Balance" in document.body:
            open_balance = Decimal(document.body["Balance"]) + standing.get(key, NOTHING)
            line = {**line, "Amount": money(min(line["Amount"], open_balance))}
        if line["Amount"]:
            left.append(line)
    return left


def follow(books: Books, before: Record | None, after: Record) -> None:
    """A payment was made, changed, voided or deleted: the documents it names, and the customer, follow."""
    was, now = applied(before), applied(after)
    for key in {**was, **now}:
        kind, id = key
        change = now.get(key, NOTHING) - was.get(key, NOTHING)
        document = books.get(kind, id)
        if document is None or document.deleted or (not change and key in was):
            continue
        links = [link for link in document.body["LinkedTxn"] if link != _link("Payment", after.id)]
        if key in now:
            links.append(_link("Payment", after.id))
        left = Decimal(document.body["Balance"]) - change
        balances.restate(books, document, {**balances.with_balance(document, left), "LinkedTxn": links})
    balances.move(books, before, after)


def release(books: Books, document: Record, keep: Decimal) -> None:
    """Payments take back what they gave to a document beyond `keep`, the latest first."""
    key = (document.entity, document.id)
    payments = [
        payment
        for link in document.body.get("LinkedTxn", [])
        if link["TxnType"] == "Payment" and (payment := books.get("Payment", link["TxnId"])) is not None
    ]
    beyond = sum((applied(payment).get(key, NOTHING) for payment in payments), NOTHING) - keep
    for payment in reversed(payments):
        taken = min(applied(payment).get(key, NOTHING), beyond)
        if taken <= 0:
            continue
        beyond -= taken
        lines = _less(payment.body["Line"], key, taken)
        left = unapplied(Decimal(payment.body["TotalAmt"]), applied_by_lines(lines))
        balances.restate(books, payment, {"Line": lines, "UnappliedAmt": left})


def _less(lines: list[Body], key: tuple[str, str], taken: Decimal) -> list[Body]:
    kept = []
    for line in lines:
        if any((link["TxnType"], link["TxnId"]) == key for link in line.get("LinkedTxn", [])):
            given_up = min(taken, Decimal(line["Amount"]))
            taken -= given_up
            line = line | {"Amount": money(line["Amount"] - given_up)}
        if line["Amount"]:
            kept.append(line)
    return kept


def apply_credit(books: Books, document: Record) -> None:
    """Where the company wishes it, new credit goes to the oldest open invoices, as a payment of nothing."""
    if not books.preferences["SalesFormsPrefs"].get("AutoApplyCredit"):
        return
    other = "CreditMemo" if document.entity == "Invoice" else "Invoice"
    customer = document.body["CustomerRef"]
    open_ones = [each for each in books.find(other, "party", customer["value"]) if each.body["Balance"] > 0]
    open_ones.sort(key=lambda each: (str(each.body["TxnDate"]), int(each.id)))
    left = Decimal(document.body["Balance"])
    lines = []
    for each in open_ones:
        amount = min(left, Decimal(each.body["Balance"]))
        if amount > 0:
            left -= amount
            lines.append({"Amount": money(amount), "LinkedTxn": [_link(other, each.id)]})
            lines.append({"Amount": money(amount), "LinkedTxn": [_link(document.entity, document.id)]})
    if lines:
        body = {
            "CustomerRef": customer,
            "TotalAmt": NOTHING,
            "UnappliedAmt": NOTHING,
            "ProcessPayment": False,
            "TxnDate": books.clock.today().isoformat(),
            "CurrencyRef": document.body["CurrencyRef"],
            "Line": lines,
        }
        made = books.insert("Payment", books.next_id("transaction"), body, balances.index(body))
        follow(books, None, made)
        books.note_effect("create", made)


def check_estimates(books: Books, given: list[Body], customer: str, standing: list[Body]) -> list[Body]:
    """The links an invoice may carry: those it has, and estimates of its customer. Raises 6000 or 620."""
    links = list(standing)
    for link in given:
        kind, id = link.get("TxnType"), link.get("TxnId")
        if any((id, kind) == (each["TxnId"], each["TxnType"]) for each in standing):
            continue
        estimate = books.get("Estimate", str(id)) if kind == "Estimate" else None
        if estimate is None or estimate.deleted:
            what = f"{kind} {id}"
            raise refusals.business(f"The entity {what} that you are trying to link does not exist. {what}")
        if estimate.body["CustomerRef"]["value"] != customer or estimate.body["TxnStatus"] == "Closed":
            raise refusals.not_linkable(str(id))
        links.append(_link("Estimate", str(id)))
    return links


def close_estimates(books: Books, before: Record | None, invoice: Record) -> None:
    """An estimate is closed by the invoice made of it, and open again when that one is gone."""
    was = set() if before is None else _estimates(before)
    now = set() if invoice.deleted or invoice.state == "voided" else _estimates(invoice)
    for id in sorted(was ^ now, key=int):
        estimate = books.get("Estimate", id)
        if estimate is None or estimate.deleted:
            continue
        links = [link for link in estimate.body["LinkedTxn"] if link != _link("Invoice", invoice.id)]
        if id in now:
            links.append(_link("Invoice", invoice.id))
        status = "Closed" if links else "Pending"
        balances.restate(books, estimate, {"LinkedTxn": links, "TxnStatus": status})


def _estimates(invoice: Record) -> set[str]:
    return {link["TxnId"] for link in invoice.body.get("LinkedTxn", []) if link["TxnType"] == "Estimate"}


def _link(kind: str, id: str) -> Body:
    return {"TxnId": id, "TxnType": kind}
