"""The same promises over TLS, with a certificate made for the test."""

from pathlib import Path
from time import monotonic

import pytest

from portal.quickbooks.client import Client, Deadlines, NoAnswer, NotSent
from tests.quickbooks.tls_server import https, tls_server, trusting

YES = b'{"Invoice":{"Id":"145","SyncToken":"0"}}'


def test_a_write_goes_through(certificate: Path) -> None:
    with tls_server(certificate, b"HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n" + YES) as server:
        client = trusting(certificate, server)
        assert client.post("invoice", b"{}", {}).body["Invoice"]["Id"] == "145"
        assert client.read("preferences").status == 200
        assert server.received.startswith(b"POST /v3/company/1/invoice?minorversion=75 HTTP/1.1")


def test_a_certificate_nobody_vouches_for_gets_not_a_byte(certificate: Path) -> None:
    with tls_server(certificate, b"") as server:
        with pytest.raises(NotSent):
            Client(https(server), "1", "token").post("invoice", b"{}", {})
        assert bytes(server.received) == b""


def test_too_late_after_arming_sends_nothing(certificate: Path) -> None:
    with tls_server(certificate, b"") as server:
        with pytest.raises(NotSent, match="too late"):
            trusting(certificate, server).post("invoice", b"{}", {}, not_after=monotonic() + 0.0001)
        assert bytes(server.received) == b""


@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nX: "])
def test_a_drip_is_cut(certificate: Path, head: bytes) -> None:
    with tls_server(certificate, head, drip=True) as server:
        client = trusting(certificate, server, Deadlines(connect=5, body=5, total=0.5))
        started = monotonic()
        with pytest.raises(NoAnswer):
            client.post("invoice", b"{}", {})
        assert monotonic() - started < 1.5
