"""Sending by e-mail, printing as PDF, and the link for the customer."""

from __future__ import annotations

import pytest
import requests

from tests.simulator.company import Body, Control, connect, fault, item_fault, only
from tests.simulator.conformance.books import Books


class TestSendingAndPrinting:
    def test_it_is_sent_to_the_address_given_or_its_own(self, books: Books) -> None:
        made = books.sell(BillEmail={"Address": "own@example.com"})
        sent = _send(books, made)
        assert (sent["EmailStatus"], sent["DeliveryInfo"]["DeliveryType"]) == ("EmailSent", "Email")
        assert sent["BillEmail"] == {"Address": "own@example.com"}
        again = _send(books, made, sendTo="other+one@example.com")
        assert again["BillEmail"] == {"Address": "other+one@example.com"}

    def test_without_an_address_it_is_not_sent(self, books: Books) -> None:
        assert fault(_post_send(books, books.sell(), {}))[0] == "2020"
        assert fault(_post_send(books, books.sell(), {"sendTo": "nobody"}))[0] == "2210"

    def test_forty_a_day_are_the_most_of_a_sandbox(self, books: Books, control: Control) -> None:
        assert control.limits(mode="on", requests_a_second=None)["allowed"]["emails_a_day"] == 40
        control.limits(emails_a_day=2)
        control.clock(stop=True)
        made = books.sell(BillEmail={"Address": "own@example.com"})
        item = {"bId": "1", "operation": "send", "Invoice": {"Id": made["Id"], "SyncToken": "0"}}
        assert _send(books, made)["EmailStatus"] == "EmailSent"
        assert "Invoice" in books.batch(item)[0]
        assert item_fault(books.batch(item)[0]) == "3001"
        refused = _post_send(books, made, {})
        assert (refused.status_code, refused.json()["fault"]["error"][0]["code"]) == (429, "3001")
        assert control.limits()["breaches"]["emails_a_day"] >= 1
        control.clock(step=86_400)
        books.token = connect(books.session, books.base, books.realm).token
        assert _send(books, made)["EmailStatus"] == "EmailSent"

    @pytest.mark.parametrize("entity", ["Invoice", "CreditMemo", "SalesReceipt", "Estimate"])
    def test_it_is_printed_as_pdf(self, books: Books, entity: str) -> None:
        made = books.create(entity, books.invoice())
        answer = _pdf(books, f"{entity.lower()}/{made['Id']}/pdf")
        assert answer.headers["Content-Type"] == "application/pdf"
        assert answer.content.startswith(b"%PDF-")
        assert answer.content.rstrip().endswith(b"%%EOF")

    def test_there_is_no_pdf_of_what_is_not_there(self, books: Books) -> None:
        assert fault(books.get("invoice/99999999/pdf"))[0] == "610"
        assert fault(books.get(f"customer/{books.customer()['Id']}/pdf"))[0] == "500"

    def test_a_link_is_included_when_asked_for(self, books: Books) -> None:
        made = books.sell()
        assert "InvoiceLink" not in books.read("Invoice", made["Id"])
        read = only(books.get(f"invoice/{made['Id']}", include="invoiceLink"), "Invoice")
        assert read["InvoiceLink"].startswith("http")
        answer = books.post("invoice", books.invoice(), include="invoiceLink")
        assert only(answer, "Invoice")["InvoiceLink"].startswith("http")


def _send(books: Books, made: Body, **parameters: str) -> Body:
    return only(_post_send(books, made, parameters), "Invoice")


def _post_send(books: Books, made: Body, parameters: dict[str, str]) -> requests.Response:
    return books.session.post(
        f"{books.base}/v3/company/{books.realm}/invoice/{made['Id']}/send",
        params=parameters,
        headers={
            "Authorization": f"Bearer {books.token}",
            "Accept": "application/json",
            "Content-Type": "application/octet-stream",
        },
        timeout=30,
    )


def _pdf(books: Books, path: str) -> requests.Response:
    headers = {"Authorization": f"Bearer {books.token}", "Accept": "application/pdf"}
    return books.session.get(f"{books.base}/v3/company/{books.realm}/{path}", headers=headers, timeout=30)
