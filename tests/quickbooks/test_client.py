"""What the client puts on the wire, and what it makes of an answer."""

import logging
from decimal import Decimal

import pytest

from portal.quickbooks.client import Answer, Client
from portal.quickbooks.faults import faults_in
from tests.quickbooks.raw_server import answering, raw_server

REALM = "9341457252668239"
BODY = b'{"DisplayName":"Harbour Brewing"}'
YES = b'{"Invoice":{"Id":"145","SyncToken":"0","TotalAmt":113.00},"time":"2026-11-20T05:58:07.300-07:00"}'


def test_what_goes_over_the_wire() -> None:
    with raw_server(answering("200 OK", YES)) as server:
        Client(server.url + "/", REALM, "secret-token").post("invoice", BODY, {"requestid": "r-1"})
        head, _, body = bytes(server.received).decode().partition("\r\n\r\n")
    assert head.startswith(f"POST /v3/company/{REALM}/invoice?requestid=r-1&minorversion=75 HTTP/1.1\r\n")
    assert "Authorization: Bearer secret-token" in head
    assert "Accept: application/json" in head
    assert "Content-Type: application/json" in head
    assert body.encode() == BODY


def test_a_netrc_does_not_replace_the_token(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path_factory.mktemp("home") / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with raw_server(answering("200 OK", YES)) as server:
        Client(server.url, REALM, "secret-token").read("preferences")
        assert b"Authorization: Bearer secret-token" in server.received


def test_a_short_query_is_in_the_address_and_a_long_one_in_the_body() -> None:
    statement = "SELECT * FROM Customer WHERE DisplayName IN ({})"
    with raw_server(answering("200 OK", b'{"QueryResponse":{}}')) as server:
        client = Client(server.url, REALM, "token")
        client.query(statement.format("'Amy\\'s & Søn'"))
        short = bytes(server.received)
        server.received.clear()
        client.query(statement.format(",".join(["'Brasserie Élan'"] * 300)))
        long = bytes(server.received)
    assert b"/query?query=SELECT+%2A+FROM+Customer" in short
    assert b"%27Amy%5C%27s+%26+S%C3%B8n%27" in short
    assert long.startswith(f"POST /v3/company/{REALM}/query?minorversion=75 ".encode())
    assert b"Content-Type: application/text" in long
    assert long.decode().endswith("'Brasserie Élan')")


def test_an_answer_keeps_numbers_exact_and_what_support_needs() -> None:
    headers = ("intuit_tid: 1-5f732f5f-25dcb83b", "Retry-After: 7")
    with raw_server(answering("200 OK", YES, *headers)) as server:
        answer = post(Client(server.url, REALM, "token"))
    assert answer.body["Invoice"]["TotalAmt"] == Decimal("113.00")
    assert isinstance(answer.body["Invoice"]["TotalAmt"], Decimal)
    assert answer.intuit_tid == "1-5f732f5f-25dcb83b"
    assert answer.retry_after == 7
    assert 0 < answer.duration < 5
    assert answer.text == YES.decode()


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"\xff\xfe{", b'{"a":NaN}', b"[" * 100_000, b'{"a":1'], ids=repr
)
def test_an_unreadable_body_is_none_and_its_text_is_kept(body: bytes) -> None:
    with raw_server(answering("200 OK", body)) as server:
        answer = post(Client(server.url, REALM, "token"))
    assert answer.body is None
    assert len(answer.text) <= 4_000


def test_what_is_kept_of_an_answer_fits_into_every_database() -> None:
    fault = b'{"Fault":{"Error":[{"Message":"Odd","Detail":"a\\u0000b","code":"6000"}]}}\0'
    with raw_server(answering("400 Bad Request", fault[:-1], "intuit_tid: " + 200 * "1")) as server:
        answer = post(Client(server.url, REALM, "token"))
    with raw_server(answering("200 OK", fault)) as server:
        unreadable = post(Client(server.url, REALM, "token"))
    assert (len(answer.intuit_tid or ""), faults_in(answer)[0].detail) == (80, "ab")
    assert "\0" not in unreadable.text


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7),
        ("0.5", 0.5),
        ("-3", 0),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0),
        ("soon", None),
        ("nan", None),
        ("1e300", 86_400),
    ],
)
def test_retry_after_in_seconds_or_as_a_date(header: str, seconds: float | None) -> None:
    with raw_server(answering("429 Too Many Requests", b"", f"Retry-After: {header}")) as server:
        assert post(Client(server.url, REALM, "token")).retry_after == seconds


def test_no_log_line_tells_whom_we_asked_for(caplog: pytest.LogCaptureFixture) -> None:
    with (
        caplog.at_level(logging.DEBUG),
        raw_server(answering("200 OK", b'{"QueryResponse":{}}', "broken header line")) as server,
    ):
        answer = Client(server.url, REALM, "secret-token").query("SELECT * FROM Customer WHERE Name = 'Amy'")
    assert "Amy" not in caplog.text
    assert "secret-token" not in caplog.text
    assert answer.text not in repr(answer)


def test_a_realm_that_would_lead_elsewhere_is_refused() -> None:
    with pytest.raises(ValueError, match="realm"):
        Client("http://127.0.0.1", "1/../2", "token")


def post(client: Client) -> Answer:
    return client.post("invoice", BODY, {"requestid": "r-1"})
