"""The same promises over TLS, with a certificate made for the test."""

import contextlib
import socket
import ssl
import threading
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from time import monotonic

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from portal.quickbooks.client import Client, Deadlines, NoAnswer, NotSent, new_session
from tests.quickbooks.raw_server import Behaviour, RawServer, raw_server

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


def trusting(certificate: Path, server: RawServer, deadlines: Deadlines | None = None) -> Client:
    session = new_session()
    session.trust_env = False  # a bundle named by the environment would win over the next line
    session.verify = str(certificate)
    return Client(https(server), "1", "token", session=session, deadlines=deadlines or Deadlines())


def https(server: RawServer) -> str:
    return server.url.replace("http:", "https:")


def tls_server(
    certificate: Path, answer: bytes, drip: bool = False
) -> contextlib.AbstractContextManager[RawServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    let_go = threading.Event()

    def make(server: RawServer) -> Behaviour:
        def behave(connection: socket.socket) -> None:
            with context.wrap_socket(connection, server_side=True) as secured:
                while server.request(secured):
                    secured.sendall(answer)
                    for _ in range(100 if drip else 0):
                        let_go.wait(0.05)
                        secured.sendall(b" ")

        return behave

    return raw_server(make)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Key and certificate of 127.0.0.1 in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "certificate.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path
