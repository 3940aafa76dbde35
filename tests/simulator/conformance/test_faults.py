"""Faults of no entity: who may ask, which company, addresses, closed periods, lapsed subscriptions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.simulator.company import Body, Control, fault, loads, only
from tests.simulator.conformance.books import Books, named

GATEWAY: Body = {
    "warnings": None, "intuitObject": None, "report": None, "queryResponse": None, "batchItemResponse": [],
    "attachableResponse": [], "syncErrorResponse": None, "requestId": None, "status": None, "cdcresponse": [],
}  # fmt: skip


ENTITIES = (
    "customer", "vendor", "employee", "item", "invoice", "creditmemo", "payment", "estimate", "salesreceipt",
    "term", "account", "taxrate", "class", "department",
)  # fmt: skip


def gateway_error(body: Body) -> Body:
    assert {key: body[key] for key in GATEWAY} == GATEWAY
    assert isinstance(body["time"], int)
    [error] = body["fault"]["error"]
    found: Body = error
    return found


class TestTheGateway:
    def test_a_token_nobody_gave_is_refused_in_small_letters(self, books: Books) -> None:
        answer = replace(books, token="x" * 60).get("preferences")
        assert answer.status_code == 401
        assert answer.headers["Content-Type"] == "application/json"
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="Intuit", error="invalid_token"'
        error = gateway_error(answer.json())
        assert error["message"] == "message=AuthenticationFailed; errorCode=003200; statusCode=401"
        assert (error["code"], error["element"]) == ("3200", None)
        assert answer.json()["fault"]["type"] == "AUTHENTICATION"

    def test_a_malformed_token_is_told_so(self, books: Books) -> None:
        error = gateway_error(replace(books, token="short").get("preferences").json())
        assert error["detail"] == "Malformed bearer token: too short or too long"

    def test_an_expired_token_is_named(self, books: Books, control: Control) -> None:
        control.expire_tokens()
        assert gateway_error(books.get("preferences").json())["detail"] == f"Token expired: {books.token}"

    def test_a_revoked_token_is_refused(self, books: Books, control: Control) -> None:
        control.revoke_tokens(books.realm)
        assert gateway_error(books.get("preferences").json())["detail"] == "Token revoked"

    @pytest.mark.parametrize("realm", ["193514791434899", "nonsense"])
    def test_another_company_is_refused_with_403(self, books: Books, realm: str) -> None:
        answer = replace(books, realm=realm).get("preferences")
        assert answer.status_code == 403
        error = gateway_error(answer.json())
        assert error["message"] == "message=ApplicationAuthorizationFailed; errorCode=003100; statusCode=403"
        assert (error["code"], error["detail"]) == ("3100", None)
        assert answer.json()["fault"]["type"] == "SERVICE"

    def test_throttling_is_a_429(self, books: Books, control: Control) -> None:
        control.order("throttle")
        answer = books.get("preferences")
        assert answer.status_code == 429
        error = gateway_error(answer.json())
        assert error["message"] == "message=ThrottleExceeded; errorCode=003001; statusCode=429"
        assert error["detail"] == "The request limit was reached.  Try again later"

    @pytest.mark.parametrize("status", [502, 503, 504])
    def test_its_own_trouble_is_html(self, books: Books, control: Control, status: int) -> None:
        control.order("status_before_commit", status=status)
        answer = books.get("preferences")
        assert (answer.status_code, "<html>" in answer.text) == (status, True)

    def test_a_token_is_refused_under_one_of_two_names(self, books: Books, control: Control) -> None:
        control.switch_all(refused_token_name="ApplicationAuthenticationFailed")
        error = gateway_error(replace(books, token="x" * 60).get("preferences").json())
        assert error["message"] == (
            "message=ApplicationAuthenticationFailed; errorCode=003200; statusCode=401"
        )

    @pytest.mark.parametrize(("fault", "happened"), [("delay", 0), ("hold", 1)])
    def test_a_request_that_takes_two_minutes_is_ended_whatever_became_of_it(
        self, books: Books, control: Control, fault: str, happened: int
    ) -> None:
        assert control.limits(mode="on", seconds_a_request=0.01)["breaches"] == {}
        control.order(fault, seconds=60, match={"path": "/customer"})
        name = books.new("Bar")
        answer = books.post("customer", {"DisplayName": name})
        assert (answer.status_code, "<html>" in answer.text) == (504, True)
        assert control.limits()["breaches"] == {"seconds_a_request": 1}
        found = books.query(f"select count(*) from Customer where DisplayName = '{name}'")
        assert found == {"totalCount": happened}


class TestAddresses:
    def test_one_without_a_company_fails_inside(self, books: Books) -> None:
        assert fault(replace(books, realm="").get("preferences")) == (
            "6000", "Business Validation Error: Unexpected Internal Error. (-30000)",
        )  # fmt: skip

    @pytest.mark.parametrize(
        "path",
        ["customer/1/5", "unicorn", "unicorn/1", "invoice", "reports/WeatherForecast", "taxservice", ""],
    )
    def test_one_that_is_not_there_is_an_unsupported_operation(self, books: Books, path: str) -> None:
        answer = books.get(path)
        whole = f"/v3/company/{books.realm}/{path}"
        code, detail = fault(answer)
        assert (code, answer.json()["Fault"]["Error"][0]["Message"]) == ("500", "Unsupported Operation")
        assert detail.startswith(f"Operation Could not find resource for relative : {whole} of full path: ")
        assert detail.endswith(" is not supported.")

    @pytest.mark.parametrize("id", ["1.5", "abc", "-1"])
    def test_an_id_is_a_number(self, books: Books, id: str) -> None:
        assert fault(books.get(f"invoice/{id}")) == (
            "2030",
            f"Id should be a valid number. Supplied value:{id}",
        )

    @pytest.mark.parametrize("entity", ENTITIES)
    def test_what_is_not_there_is_not_found(self, books: Books, entity: str) -> None:
        answer = books.get(f"{entity}/99999999")
        assert fault(answer) == (
            "610",
            "Object Not Found : Something you're trying to use has been made inactive. "
            "Check the fields with accounts, customers, items, vendors or employees.",
        )
        assert answer.json()["Fault"]["Error"][0]["Message"] == "Object Not Found"


class TestBodies:
    @pytest.mark.parametrize(
        "text",
        ["", "{", "[]", "null", '"text"', '{"Line": 5}', '{"CustomerRef": "1"}', '{"a": NaN}', "[" * 5000],
    )
    def test_one_that_cannot_be_read_is_a_2010(self, books: Books, text: str) -> None:
        code, detail = fault(books.post_text("invoice", text))
        assert code == "2010"
        assert detail.startswith("Property Name:")

    @pytest.mark.parametrize(
        ("wrong", "class_name"),
        [
            ({"Line": [{"Quantity": 1}]}, "Line"),
            ({"BillAddr": {"Street": "x"}}, "PhysicalAddress"),
            ({"CustomerRef": {"id": "1"}}, "ReferenceType"),
        ],
    )
    def test_what_is_unknown_inside_is_named_with_its_class(
        self, books: Books, wrong: Any, class_name: str
    ) -> None:
        _, detail = fault(books.post("invoice", {**books.invoice(), **wrong}))
        assert f"(class com.intuit.schema.finance.v3.{class_name})" in detail


class TestSeveralAtOnce:
    def test_every_field_that_is_out_of_bounds_is_named(self, books: Books) -> None:
        body = {"DisplayName": "x" * 501, "CompanyName": "x" * 101, "PreferredDeliveryMethod": "Print"}
        answer = books.post("customer", body)
        errors = answer.json()["Fault"]["Error"]
        assert answer.status_code == 400
        assert [(error["code"], error["element"]) for error in errors] == [
            ("2050", "DisplayName"), ("2050", "CompanyName"),
        ]  # fmt: skip

    def test_what_cannot_be_read_is_named_alone(self, books: Books) -> None:
        assert fault(books.post("customer", {"DisplayName": "x" * 501, "Shoe": 1}))[0] == "2010"


class TestClosedPeriods:
    def test_nothing_dated_in_one_is_made_changed_voided_or_deleted(
        self, books: Books, control: Control
    ) -> None:
        control.switch(books.realm, close_date=None)
        made = books.sell(TxnDate="2026-10-15")
        control.switch(books.realm, close_date="2026-10-31")
        body = books.invoice()
        tries = [
            books.post("invoice", {**body, "TxnDate": "2026-10-31"}),
            books.post("invoice", named(made, sparse=True, TxnDate="2026-11-15")),
            books.post("invoice", named(made), operation="void"),
            books.post("invoice", named(made), operation="delete"),
            books.post(
                "payment", {"CustomerRef": body["CustomerRef"], "TotalAmt": 1, "TxnDate": "2026-10-01"}
            ),
            books.post("creditmemo", {**body, "TxnDate": "2026-10-01"}),
        ]
        for answer in tries:
            assert fault(answer) == (
                "6210",
                "The account period has closed and the account books cannot be updated through through the "
                "QBO Services API. Please use the QBO website to make these changes.",
            )
        assert books.sell(TxnDate="2026-11-01")["TxnDate"] == "2026-11-01"
        offer = books.create("Estimate", {**body, "TxnDate": "2026-10-01"})
        assert (
            only(books.post("estimate", named(offer), operation="delete"), "Estimate")["status"] == "Deleted"
        )


class TestTheCompany:
    @pytest.mark.parametrize(("status", "expected"), [("lapsed", 400), ("lapsed_200", 200)])
    def test_one_whose_subscription_lapsed_can_be_read_and_not_written(
        self, books: Books, control: Control, status: str, expected: int
    ) -> None:
        control.switch(books.realm, company_status=status)
        answer = books.post("customer", {"DisplayName": books.new("Bar")})
        assert answer.status_code == expected
        [error] = loads(answer)["Fault"]["Error"]
        assert (error["code"], error["Message"]) == ("6190", "Invalid Company Status")
        assert error["Detail"].startswith(
            "Subscription period has ended or canceled or there was a billing problem"
        )
        assert books.query("select count(*) from Term")["totalCount"]

    def test_the_gateway_may_say_it(self, books: Books, control: Control) -> None:
        control.switch(books.realm, company_status="lapsed_at_the_gateway")
        answer = books.post("customer", {"DisplayName": books.new("Bar")})
        assert answer.status_code == 400
        message = gateway_error(answer.json())["message"]
        assert "Subscription for company has lapsed or Invalid destination URL is used." in message
        assert message.endswith("errorCode=007001; statusCode=400")

    @pytest.mark.parametrize(
        ("status", "code", "expected", "message"),
        [
            ("no_access", "120", 401, "Authorization Failure"),
            ("locked_out", "140", 401, "CompanyLockedOut"),
            ("maintenance", "150", 503, "CompanyUnderMaintenance"),
        ],
    )
    def test_one_may_be_closed_to_all(
        self, books: Books, control: Control, status: str, code: str, expected: int, message: str
    ) -> None:
        control.switch(books.realm, company_status=status)
        answer = books.get("preferences")
        [error] = answer.json()["Fault"]["Error"]
        assert (answer.status_code, error["code"], error["Message"]) == (expected, code, message)

    def test_whom_the_company_lets_only_read_cannot_write(self, books: Books, control: Control) -> None:
        control.switch(books.realm, company_status="no_permission")
        answer = books.post("customer", {"DisplayName": books.new("Bar")})
        assert fault(answer) == (
            "5020", "Permission Denied Error : You do not have the access rights to use this feature.",
        )  # fmt: skip
        assert answer.json()["Fault"]["Error"][0]["Message"] == "Permission Denied Error"
        assert books.query("select count(*) from Term")["totalCount"]

    @pytest.mark.parametrize(
        ("order", "status", "code", "begins"),
        [
            ("4002", 400, "4002", "QueryProcessingError: "),
            ("-30000", 400, "6000", "Business Validation Error: Unexpected Internal Error. (-30000)"),
            (
                "-10600",
                400,
                "6000",
                "Business Validation Error: It looks like something went wrong on our end.",
            ),
            ("10000", 500, "10000", "System Failure Error: "),
        ],
    )
    def test_its_own_mistakes_come_alone_and_in_batches(
        self, books: Books, control: Control, order: str, status: int, code: str, begins: str
    ) -> None:
        control.order("fault", code=order)
        answer = books.get("query", query="select * from Term")
        [alone] = answer.json()["Fault"]["Error"]
        control.order("item_fault", code=order, k=1)
        [item] = books.batch({"bId": "1", "Query": "select * from Term"})
        assert answer.status_code == status
        assert item["Fault"]["Error"] == [alone]
        assert (alone["code"], alone["Detail"].startswith(begins)) == (code, True)

    def test_a_failure_of_its_own_is_a_500(self, books: Books, control: Control) -> None:
        control.order("status_before_commit", status=500)
        answer = books.get("preferences")
        fault_body = answer.json()["Fault"]
        assert (answer.status_code, fault_body["type"], fault_body["Error"][0]["code"]) == (
            500, "SystemFault", "10000",
        )  # fmt: skip
        assert fault_body["Error"][0]["Detail"].startswith("System Failure Error: ")
