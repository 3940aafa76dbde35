"""Clients that others wrote, unmodified: python-quickbooks over the API, intuit-oauth over the tokens."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from flask import Flask
from intuitlib.client import AuthClient
from intuitlib.enums import Scopes
from intuitlib.exceptions import AuthClientError
from quickbooks import QuickBooks, exceptions
from quickbooks.batch import batch_create
from quickbooks.cdc import change_data_capture
from quickbooks.objects import (
    Account,
    CreditMemo,
    Customer,
    Department,
    EmailAddress,
    Employee,
    Estimate,
    Invoice,
    Item,
    Payment,
    PaymentLine,
    Preferences,
    SalesItemLine,
    SalesItemLineDetail,
    SalesReceipt,
    TaxAgency,
    TaxCode,
    TaxRate,
    Term,
    Vendor,
)  # fmt: skip
from quickbooks.objects.base import Ref
from quickbooks.objects.company_info import CompanyInfo
from quickbooks.objects.exchangerate import ExchangeRate
from quickbooks.objects.taxservice import TaxRateDetails, TaxService
from quickbooks.objects.trackingclass import Class
from werkzeug.serving import make_server

from simulator.__main__ import Handler
from tests.simulator.company import CANADA, CLIENT, Control, authorization_code
from tests.simulator.conformance.books import Books

CALLBACK = "http://127.0.0.1:8000/callback"


@pytest.fixture
def client(books: Books) -> QuickBooks:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        found = QuickBooks(company_id=books.realm, minorversion=75)
    found.api_url_v3 = f"{books.base}/v3"
    found.session = books.session
    found.session.access_token = books.token
    return found


def sold(books: Books) -> SalesItemLine:
    """Filled in as that client does: with zeros for what it isn't told."""
    line, detail = SalesItemLine(), SalesItemLineDetail()
    line.Amount, line.SalesItemLineDetail = 100, detail
    detail.ItemRef, detail.TaxCodeRef = Ref(), Ref()
    detail.ItemRef.value, detail.TaxCodeRef.value = books.item, books.untaxed
    return line


def customer(books: Books, client: QuickBooks) -> Customer:
    made = Customer()
    made.DisplayName = books.new("Bistro")
    return made.save(qb=client)


def document(kind: type, books: Books, client: QuickBooks) -> Invoice:
    made = kind()
    made.CustomerRef = customer(books, client).to_ref()
    made.Line.append(sold(books))
    return made.save(qb=client)


class TestPythonQuickbooks:
    def test_a_customer_is_made_read_changed_and_counted(self, books: Books, client: QuickBooks) -> None:
        made = customer(books, client)
        read = Customer.get(made.Id, qb=client)
        read.CompanyName = "Bar Ltd"
        changed = read.save(qb=client)
        assert (changed.SyncToken, changed.CompanyName) == ("1", "Bar Ltd")
        assert Customer.count(f"DisplayName = '{made.DisplayName}'", qb=client) == 1
        assert [each.Id for each in Customer.filter(DisplayName=made.DisplayName, qb=client)] == [made.Id]
        assert [each.Id for each in Customer.choose([made.Id], field="Id", qb=client)] == [made.Id]

    def test_an_awkward_name_is_found_by_its_own_escaping(self, books: Books, client: QuickBooks) -> None:
        name = books.new("Amy's “Bird” & Co")
        books.create("Customer", {"DisplayName": name})
        assert [each.DisplayName for each in Customer.filter(DisplayName=name, qb=client)] == [name]

    @pytest.mark.parametrize("kind", [Invoice, CreditMemo, SalesReceipt, Estimate])
    def test_a_document_read_and_saved_again_is_unchanged(
        self, books: Books, client: QuickBooks, kind: type
    ) -> None:
        made = document(kind, books, client)
        again = kind.get(made.Id, qb=client).save(qb=client)  # type: ignore[attr-defined]  # all four have it
        assert (again.SyncToken, again.TotalAmt) == ("0", 100)
        if hasattr(made, "download_pdf"):  # this client knows it of three of the four
            assert made.download_pdf(qb=client).startswith(b"%PDF-")
        again.delete(qb=client)
        with pytest.raises(exceptions.ObjectNotFoundException):
            kind.get(made.Id, qb=client)  # type: ignore[attr-defined]

    def test_an_invoice_is_paid_unpaid_sent_and_voided(self, books: Books, client: QuickBooks) -> None:
        made = document(Invoice, books, client)
        payment, line = Payment(), PaymentLine()
        payment.TotalAmt, payment.CustomerRef = 100, made.CustomerRef
        line.Amount = 60
        line.LinkedTxn.append(made.to_linked_txn())
        payment.Line.append(line)
        payment = payment.save(qb=client)
        assert (payment.UnappliedAmt, Invoice.get(made.Id, qb=client).Balance) == (40, 40)
        payment.void(qb=client)
        now = Invoice.get(made.Id, qb=client)
        assert now.Balance == 100
        assert now.send(qb=client, send_to="a+b@example.com")["Invoice"]["EmailStatus"] == "EmailSent"
        now = Invoice.get(made.Id, qb=client)
        assert now.BillEmail.Address == "a+b@example.com"
        assert now.void(qb=client)["Invoice"]["Balance"] == 0

    def test_an_address_for_the_bill_goes_along(self, books: Books, client: QuickBooks) -> None:
        made = Invoice()
        made.CustomerRef = customer(books, client).to_ref()
        made.Line.append(sold(books))
        made.BillEmail = EmailAddress()
        made.BillEmail.Address = "a@example.com"
        assert made.save(qb=client).BillEmail.Address == "a@example.com"

    @pytest.mark.parametrize(
        ("kind", "fields"),
        [
            (Department, {"Name": "West"}),
            (Class, {"Name": "Kegs"}),
            (Employee, {"GivenName": "Jo", "FamilyName": "Li"}),
            (Vendor, {"DisplayName": "Mill"}),
            (Account, {"Name": "Fees", "AccountType": "Income"}),
            (Account, {"Name": "Cash", "AccountSubType": "CashOnHand", "AcctNum": "30112112345"}),
            (Term, {"Name": "Net 9", "DueDays": 9}),
            (TaxAgency, {"DisplayName": "Agency"}),
        ],
    )
    def test_a_list_is_made_read_and_saved_again(
        self, books: Books, client: QuickBooks, kind: type, fields: dict[str, object]
    ) -> None:
        made = kind()
        for field, value in fields.items():
            named = field in ("Name", "DisplayName", "FamilyName")
            setattr(made, field, books.new(str(value)) if named else value)
        made = made.save(qb=client)
        again = kind.get(made.Id, qb=client).save(qb=client)  # type: ignore[attr-defined]
        assert (again.Id, again.SyncToken) == (made.Id, "0")

    def test_an_american_account_has_a_number_of_eleven_characters(
        self, america: Books, client: QuickBooks
    ) -> None:
        client.company_id, client.session.access_token = america.realm, america.token
        made = Account()
        made.Name, made.AccountSubType, made.AcctNum = america.new("Cash"), "CashOnHand", "30112112345"
        made = made.save(qb=client)
        again = Account.get(made.Id, qb=client)
        again.Name = america.new("Till")
        assert again.save(qb=client).AcctNum == "30112112345"

    def test_its_exchange_rates_are_found_and_saved_without_an_id(
        self, books: Books, client: QuickBooks, control: Control
    ) -> None:
        control.switch(books.realm, multicurrency=True)
        books.customer(CurrencyRef={"value": "USD"})
        [rate] = ExchangeRate.where("AsOfDate = '2026-11-05' AND SourceCurrencyCode = 'USD'", qb=client)
        rate.Rate = 1.5
        rate.save(qb=client)
        [again] = ExchangeRate.where("SourceCurrencyCode = 'USD'", qb=client)
        assert (again.Rate, again.AsOfDate) == (1.5, "2026-11-05")

    def test_its_items_carry_their_sku(self, books: Books, client: QuickBooks) -> None:
        made = Item()
        made.Name, made.Sku, made.UnitPrice = books.new("Keg"), "S-1", 5
        made.IncomeAccountRef = Account.filter(AccountType="Income", qb=client)[0].to_ref()
        made = made.save(qb=client)
        found = {each.Id: each for each in Item.all(max_results=1000, qb=client)}
        assert found[made.Id].Sku == "S-1"

    def test_its_tax_service_makes_a_code(self, books: Books, client: QuickBooks) -> None:
        agency = TaxAgency()
        agency.DisplayName = books.new("Agency")
        agency = agency.save(qb=client)
        service, rate = TaxService(), TaxRateDetails()
        service.TaxCode, rate.TaxRateName = books.new("Code"), books.new("Rate")
        rate.RateValue, rate.TaxAgencyId = 10, agency.Id
        service.TaxRateDetails.append(rate)
        made = service.save(qb=client)
        assert TaxCode.get(made.TaxCodeId, qb=client).Name == service.TaxCode
        assert TaxRate.count(qb=client) >= 1

    def test_company_info_and_preferences_are_read(self, books: Books, client: QuickBooks) -> None:
        assert CompanyInfo.get(42, qb=client).Country == books.country
        assert Preferences.get(qb=client).CurrencyPrefs.HomeCurrency.value

    def test_batches_of_more_than_thirty_are_cut(self, books: Books, client: QuickBooks) -> None:
        wanted = []
        for _ in range(31):
            each = Customer()
            each.DisplayName = books.new("Bar")
            wanted.append(each)
        result = batch_create(wanted, qb=client)
        assert (len(result.successes), len(result.faults)) == (31, 0)
        again = batch_create(wanted[:1], qb=client)
        assert again.faults[0].Error[0].code == "6240"

    def test_changes_are_captured(self, books: Books, client: QuickBooks) -> None:
        made = document(Invoice, books, client)
        made.delete(qb=client)
        kept = document(Invoice, books, client)
        found = change_data_capture([Invoice, Customer], "2026-01-01", qb=client)
        assert kept.Id in [each.Id for each in found.Invoice]
        assert made.Id in [each.Id for each in found.Invoice if getattr(each, "status", "") == "Deleted"]

    def test_a_statement_of_ones_own_is_put(self, books: Books, client: QuickBooks) -> None:
        made = customer(books, client)
        statement = f"SELECT * FROM Customer WHERE DisplayName != 'Nobody' AND Id = '{made.Id}'"
        assert [each.DisplayName for each in Customer.query(statement, qb=client)] == [made.DisplayName]

    def test_a_requestid_makes_nothing_twice(self, books: Books, client: QuickBooks) -> None:
        made = Customer()
        made.DisplayName, request = books.new("Bar"), books.new("r")
        first = made.save(qb=client, request_id=request)
        made.Id = None
        assert made.save(qb=client, request_id=request).Id == first.Id

    @pytest.mark.parametrize(
        ("token", "expected"),
        [("x" * 60, exceptions.AuthorizationException), (None, exceptions.ObjectNotFoundException)],
    )
    def test_faults_become_its_exceptions(
        self, books: Books, client: QuickBooks, token: str | None, expected: type[Exception]
    ) -> None:
        if token:
            client.session.access_token = token
        with pytest.raises(expected):
            Customer.get(99999999, qb=client)


class TestIntuitOauth:
    """It speaks over the network alone, so here the simulator does too."""

    @pytest.fixture
    def base(self, app: Flask) -> Iterator[str]:
        server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Handler)
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.port}"
        server.shutdown()
        thread.join()

    @pytest.fixture
    def client(self, base: str) -> AuthClient:
        return AuthClient(*CLIENT, CALLBACK, f"{base}/.well-known/openid_sandbox_configuration/")

    def test_it_asks_for_a_code_and_gets_tokens(self, client: AuthClient, base: str) -> None:
        address = client.get_authorization_url([Scopes.ACCOUNTING])
        asked = parse_qs(urlsplit(address).query)
        assert (asked["scope"], asked["response_type"]) == (["com.intuit.quickbooks.accounting"], ["code"])
        client.get_bearer_token(authorization_code(requests.Session(), base, CANADA), realm_id=CANADA)
        assert re.fullmatch(r"AB1[0-9a-f]{46}", client.refresh_token)
        assert (client.expires_in, client.x_refresh_token_expires_in) == (3600, 8726400)
        answer = requests.get(
            f"{base}/v3/company/{CANADA}/preferences",
            headers={"Authorization": f"Bearer {client.access_token}", "Accept": "application/json"},
            timeout=10,
        )
        assert answer.json()["Preferences"]["Id"] == "1"

    def test_it_refreshes_and_revokes(self, client: AuthClient, base: str) -> None:
        client.get_bearer_token(authorization_code(requests.Session(), base, CANADA))
        old = client.access_token
        client.refresh()
        assert client.access_token != old
        assert client.revoke() is True
        with pytest.raises(AuthClientError):
            client.refresh()

    def test_a_refresh_of_garbage_is_an_error_it_knows(self, client: AuthClient) -> None:
        with pytest.raises(AuthClientError) as refused:
            client.refresh("garbage")
        assert "invalid_grant" in str(refused.value.content)

    def test_python_quickbooks_connects_by_it(
        self, client: AuthClient, base: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
        client.get_bearer_token(authorization_code(requests.Session(), base, CANADA))
        monkeypatch.setattr(QuickBooks, "api_url_v3", f"{base}/v3")
        found = QuickBooks(
            auth_client=client, refresh_token=client.refresh_token, company_id=CANADA, minorversion=75
        )
        assert CompanyInfo.get(CANADA, qb=found).Country == "CA"
        assert len(Account.all(qb=found)) > 20

    def test_with_openid_it_checks_who_it_was(self, client: AuthClient, base: str) -> None:
        scope = "com.intuit.quickbooks.accounting openid email profile phone address"
        code = authorization_code(requests.Session(), base, CANADA, scope)
        client.get_bearer_token(code, realm_id=CANADA)
        assert client.id_token is not None
        told = client.get_user_info().json()
        assert {"sub", "email", "emailVerified", "givenName", "familyName", "phoneNumber", "address"} <= set(
            told
        )

    def test_without_the_accounting_scope_the_books_stay_shut(self, client: AuthClient, base: str) -> None:
        client.get_bearer_token(authorization_code(requests.Session(), base, CANADA, "openid"))
        answer = requests.get(
            f"{base}/v3/company/{CANADA}/preferences",
            headers={"Authorization": f"Bearer {client.access_token}", "Accept": "application/json"},
            timeout=10,
        )
        assert answer.status_code == 403
        [error] = answer.json()["fault"]["error"]
        assert error["message"] == "message=AuthorizationFailed; errorCode=003100; statusCode=403"
        assert error["detail"] == "The access token does not have sufficient scope"
