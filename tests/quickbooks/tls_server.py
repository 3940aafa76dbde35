"""A raw server that speaks TLS, with a certificate made for the tests, and a client that trusts it."""

import contextlib
import socket
import ssl
import threading
from pathlib import Path

from portal.quickbooks.client import Client, Deadlines, new_session
from tests.quickbooks.raw_server import Behaviour, RawServer, raw_server


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


def trusting(certificate: Path, server: RawServer, deadlines: Deadlines | None = None) -> Client:
    session = new_session()
    session.trust_env = False  # a bundle named by the environment would win over the next line
    session.verify = str(certificate)
    return Client(https(server), "1", "token", session=session, deadlines=deadlines or Deadlines())


def https(server: RawServer) -> str:
    return server.url.replace("http:", "https:")
