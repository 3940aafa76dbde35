"""A write goes on a connection opened before arming; what fails on it before a byte left is not sent."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from time import monotonic

import pytest

from portal.quickbooks.client import Answer, Client, NotSent, OpenLine
from tests.quickbooks.raw_server import Behaviour, RawServer, answering, raw_server, reset
from tests.quickbooks.tls_server import tls_server, trusting

YES = b'{"Invoice":{"Id":"145","SyncToken":"0"}}'


def test_dialling_opens_a_connection_and_says_nothing_on_it() -> None:
    with raw_server(answering("200 OK", YES)) as server:
        line = Client(server.url, "1", "token").dial()
        until(lambda: server.connections == 1)
        assert line.is_open()
        assert bytes(server.received) == b""
        line.close()
        assert not line.is_open()


def test_the_write_goes_on_just_that_connection() -> None:
    with raw_server(answering("200 OK", YES)) as server:
        client = Client(server.url, "1", "token")
        line = client.dial()
        assert post(client, line).status == 200
        assert server.connections == 1
        assert not line.is_open()


def test_a_line_carries_one_write() -> None:
    with raw_server(answering("200 OK", YES)) as server:
        client = Client(server.url, "1", "token")
        line = client.dial()
        post(client, line)
        with pytest.raises(NotSent, match="used before"):
            post(client, line)
        assert server.received.count(b"POST ") == 1


@pytest.mark.parametrize("where", ["nobody listens", "no such name", "no TLS"])
def test_what_cannot_be_opened_is_found_out_by_dialling(where: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as briefly:
        closed = f"http://127.0.0.1:{briefly.getsockname()[1]}"
    with raw_server(lambda server: lambda connection: connection.sendall(b"not TLS")) as server:
        url = {
            "nobody listens": closed,
            "no such name": "http://books.invalid",
            "no TLS": server.url.replace("http:", "https:"),
        }[where]
        with pytest.raises(NotSent):
            Client(url, "1", "token").dial()


@pytest.mark.parametrize("how", [socket.socket.close, reset], ids=["closed", "reset"])
def test_a_line_the_other_side_has_left_is_not_sent_on_nor_opened_anew(
    how: Callable[[socket.socket], None],
) -> None:
    dialled = threading.Event()

    def make(server: RawServer) -> Behaviour:
        def behave(connection: socket.socket) -> None:
            dialled.wait(5)
            how(connection)

        return behave

    with raw_server(make) as server:
        client = Client(server.url, "1", "token")
        line = client.dial()
        dialled.set()
        until(lambda: not line.is_open())
        with pytest.raises(NotSent):
            post(client, line)
        assert (server.connections, bytes(server.received)) == (1, b"")


def test_a_server_that_speaks_first_is_not_spoken_to() -> None:
    def make(server: RawServer) -> Behaviour:
        def behave(connection: socket.socket) -> None:
            connection.sendall(b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n")
            server.request(connection)

        return behave

    with raw_server(make) as server:
        client = Client(server.url, "1", "token")
        line = client.dial()
        until(lambda: not line.is_open())
        with pytest.raises(NotSent):
            post(client, line)
        assert bytes(server.received) == b""


def test_too_late_after_arming_nothing_leaves_on_an_open_line() -> None:
    with raw_server(answering("200 OK", YES)) as server:
        client = Client(server.url, "1", "token")
        line = client.dial()
        with pytest.raises(NotSent, match="too late"):
            client.post("invoice", b"{}", {}, line=line, not_after=monotonic() - 0.001)
        assert not line.is_open()
        assert bytes(server.received) == b""


def test_a_line_does_not_lead_to_another_host() -> None:
    with raw_server(answering("200 OK", YES)) as server, raw_server(answering("200 OK", YES)) as other:
        line = Client(other.url, "1", "token").dial()
        with pytest.raises(NotSent, match="elsewhere"):
            post(Client(server.url, "1", "token"), line)
        assert bytes(server.received + other.received) == b""


def test_reads_in_between_leave_the_line_alone() -> None:
    with raw_server(answering("200 OK", YES)) as server:
        client = Client(server.url, "1", "token")
        line = client.dial()
        assert client.read("preferences").status == 200
        assert line.is_open()
        assert post(client, line).status == 200
        assert server.connections == 2


def test_over_tls_the_tickets_of_a_server_are_no_sign_of_its_death(certificate: Path) -> None:
    """TLS 1.3 sends them after the handshake: the socket is readable, and means nothing."""
    with tls_server(certificate, b"HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n" + YES) as server:
        client = trusting(certificate, server)
        line = client.dial()
        threading.Event().wait(0.1)
        assert line.is_open()
        assert post(client, line).body["Invoice"]["Id"] == "145"
        assert server.connections == 1


def test_through_a_proxy_the_tunnel_is_dug_by_dialling(certificate: Path, proxy: "Proxy") -> None:
    with tls_server(certificate, b"HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n" + YES) as server:
        client = trusting(certificate, server)
        client._session.proxies = {"https": proxy.url}
        line = client.dial()
        assert proxy.asked == [f"CONNECT 127.0.0.1:{server.listener.getsockname()[1]}"]
        assert post(client, line).status == 200
        assert len(proxy.asked) == 1


def post(client: Client, line: OpenLine) -> Answer:
    return client.post("invoice", b"{}", {"requestid": "r-1"}, line=line)


def until(condition: Callable[[], bool]) -> None:
    give_up_at = monotonic() + 5
    while not condition():
        assert monotonic() < give_up_at
        threading.Event().wait(0.01)


class Proxy:
    """Tunnels to wherever CONNECT says, and notes what it was asked."""

    def __init__(self, server: RawServer) -> None:
        self.asked: list[str] = []
        self.url = server.url
        server.behave = self._tunnel
        self._server = server

    def _tunnel(self, near: socket.socket) -> None:
        line = self._server.request(near).split(b"\r\n")[0].decode()
        self.asked.append(line.rpartition(" ")[0])
        host, _, port = line.split()[1].partition(":")
        with socket.create_connection((host, int(port))) as far:
            near.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=_copy, args=(far, near), daemon=True)
            back.start()
            _copy(near, far)
            back.join(5)


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):  # the other way was faster, and both are closed
        while piece := source.recv(65536):
            target.sendall(piece)
        target.shutdown(socket.SHUT_WR)


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    with raw_server(lambda server: lambda connection: None) as server:
        yield Proxy(server)
