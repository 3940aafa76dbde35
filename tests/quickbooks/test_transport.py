"""What surely never left, what may have landed, and nothing that lasts for ever."""

import gzip
import socket
import threading
import tracemalloc
import zlib
from collections.abc import Iterator
from time import monotonic

import pytest
import requests

from portal.quickbooks.client import Answer, Client, Deadlines, NoAnswer, NotSent
from tests.quickbooks.raw_server import Behaviour, RawServer, answering, raw_server, reset

REALM = "9341457252668239"
SHORT = Deadlines(connect=2, body=2, total=0.5)
BODY = b'{"DisplayName":"Harbour Brewing"}'
YES = b'{"Invoice":{"Id":"145","SyncToken":"0","TotalAmt":113.00},"time":"2026-11-20T05:58:07.300-07:00"}'


def test_a_refused_connection_was_not_sent() -> None:
    with pytest.raises(NotSent, match="ConnectionRefusedError"):
        post(Client(nobody_listens(), REALM, "token"))


def test_a_name_that_does_not_resolve_was_not_sent() -> None:
    with pytest.raises(NotSent):
        post(Client("http://books.invalid", REALM, "token"))


def test_a_failed_tls_handshake_was_not_sent() -> None:
    def make(server: RawServer) -> Behaviour:
        return lambda connection: connection.sendall(b"this is not TLS")

    with raw_server(make) as server, pytest.raises(NotSent):
        post(Client(server.url.replace("http:", "https:"), REALM, "token"))


def test_too_late_after_arming_is_not_sent_and_not_a_byte_arrives() -> None:
    with raw_server(answering("200 OK", YES)) as server:
        with pytest.raises(NotSent, match="too late"):
            Client(server.url, REALM, "token").post("invoice", BODY, {}, not_after=monotonic() - 0.001)
        assert bytes(server.received) == b""


def test_connecting_until_it_is_too_late_is_not_sent_either(slow_names: float) -> None:
    with raw_server(answering("200 OK", YES)) as server:
        with pytest.raises(NotSent, match="too late"):
            Client(server.url, REALM, "token").post(
                "invoice", BODY, {}, not_after=monotonic() + slow_names / 2
            )
        assert bytes(server.received) == b""


def test_in_time_it_is_sent() -> None:
    with raw_server(answering("200 OK", YES)) as server:
        answer = Client(server.url, REALM, "token").post("invoice", BODY, {}, not_after=monotonic() + 5)
    assert answer.status == 200


def test_a_reset_while_sending_may_have_landed() -> None:
    def make(server: RawServer) -> Behaviour:
        def behave(connection: socket.socket) -> None:
            server.received += connection.recv(1000)
            reset(connection)

        return behave

    with raw_server(make) as server:
        with pytest.raises(NoAnswer):
            post(Client(server.url, REALM, "token"), b"x" * 20_000_000)
        assert server.received.startswith(b"POST /v3/company/")


def test_a_reset_after_the_request_may_have_landed() -> None:
    def make(server: RawServer) -> Behaviour:
        def behave(connection: socket.socket) -> None:
            server.request(connection)
            reset(connection)

        return behave

    with raw_server(make) as server:
        with pytest.raises(NoAnswer):
            post(Client(server.url, REALM, "token"))
        assert server.received.endswith(BODY)


@pytest.mark.parametrize(
    "first", [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n"]
)
def test_silence_ends_at_the_deadline(first: bytes, let_go: threading.Event) -> None:
    def make(server: RawServer) -> Behaviour:
        def behave(connection: socket.socket) -> None:
            server.request(connection)
            connection.sendall(first)
            let_go.wait(5)

        return behave

    with raw_server(make) as server:
        assert seconds_until_no_answer(Client(server.url, REALM, "token", deadlines=SHORT)) < 1.5


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: ",
    ],
    ids=["body to the end", "body of known length", "headers"],
)
def test_a_drip_that_every_read_timeout_would_bear_is_cut(head: bytes, let_go: threading.Event) -> None:
    def make(server: RawServer) -> Behaviour:
        def behave(connection: socket.socket) -> None:
            server.request(connection)
            connection.sendall(head)
            for _ in range(100):
                if not let_go.wait(0.05):
                    connection.sendall(b" ")

        return behave

    with raw_server(make) as server:
        assert seconds_until_no_answer(Client(server.url, REALM, "token", deadlines=SHORT)) < 1.5


def test_a_listener_that_takes_the_body_too_slowly_is_left(let_go: threading.Event) -> None:
    def make(server: RawServer) -> Behaviour:
        def behave(connection: socket.socket) -> None:
            for _ in range(100):
                if not let_go.wait(0.05):
                    connection.recv(10)

        return behave

    with raw_server(make) as server:
        client = Client(server.url, REALM, "token", deadlines=Deadlines(connect=5, body=0.5, total=30))
        assert seconds_until_no_answer(client, b"x" * 20_000_000) < 2


def test_the_limit_for_sending_does_not_cut_a_slow_answer(let_go: threading.Event) -> None:
    def make(server: RawServer) -> Behaviour:
        def behave(connection: socket.socket) -> None:
            server.request(connection)
            let_go.wait(0.6)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(YES) + YES)

        return behave

    with raw_server(make) as server:
        client = Client(server.url, REALM, "token", deadlines=Deadlines(connect=5, body=0.2, total=30))
        assert post(client).status == 200


def test_an_answer_cut_off_in_the_middle_is_no_answer() -> None:
    with (
        raw_server(answering("200 OK", YES, "Content-Length: 500")) as server,
        pytest.raises(NoAnswer),
    ):
        post(Client(server.url, REALM, "token"))


def test_what_is_not_http_is_no_answer() -> None:
    def make(server: RawServer) -> Behaviour:
        def behave(connection: socket.socket) -> None:
            server.request(connection)
            connection.sendall(b"\x15\x03\x01\x00\x02\x02\x46")

        return behave

    with raw_server(make) as server, pytest.raises(NoAnswer):
        post(Client(server.url, REALM, "token"))


@pytest.mark.parametrize("where", ["{other}/stolen", "/v3/company/1/elsewhere"])
def test_a_redirect_is_an_answer_and_the_token_stays_home(where: str) -> None:
    with raw_server(answering("200 OK", YES)) as other:
        location = where.format(other=other.url)
        with raw_server(answering("307 Temporary Redirect", b"{}", f"Location: {location}")) as server:
            assert post(Client(server.url, REALM, "token")).status == 307
            assert server.connections == 1
        assert other.connections == 0


def test_a_gzip_bomb_is_cut_at_the_cap() -> None:
    packer = zlib.compressobj(wbits=31)
    bomb = b"".join([*(packer.compress(bytes(2**20)) for _ in range(500)), packer.flush()])
    tracemalloc.start()
    try:
        with (
            raw_server(answering("200 OK", bomb, "Content-Encoding: gzip")) as server,
            pytest.raises(NoAnswer, match="cap"),
        ):
            post(Client(server.url, REALM, "token"))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 100 * 2**20


def test_an_ordinary_gzip_answer_is_read() -> None:
    with raw_server(answering("200 OK", gzip.compress(YES), "Content-Encoding: gzip")) as server:
        assert post(Client(server.url, REALM, "token")).body["Invoice"]["Id"] == "145"


def test_a_broken_encoding_is_no_answer() -> None:
    with (
        raw_server(answering("200 OK", b"not gzip at all", "Content-Encoding: gzip")) as server,
        pytest.raises(NoAnswer),
    ):
        post(Client(server.url, REALM, "token"))


@pytest.mark.parametrize("status", ["200 OK", "429 Too Many Requests", "503 Service Unavailable"])
def test_everything_is_asked_once(status: str) -> None:
    with raw_server(answering(status, b"", "Retry-After: 0")) as server:
        client = Client(server.url, REALM, "token")
        post(client)
        assert server.connections == 1
        client.read("preferences")
        assert server.connections == 2


def test_each_write_has_a_connection_of_its_own() -> None:
    with raw_server(keeping_alive) as server:
        client = Client(server.url, REALM, "token")
        for _ in range(3):
            client.read("preferences")
        assert server.connections == 1
        post(client)
        post(client)
        assert server.connections == 3
        assert server.received.count(b"Connection: close") == 2


def test_what_failed_tells_neither_the_address_nor_a_customer() -> None:
    with pytest.raises(NotSent) as refused:
        Client(nobody_listens(), REALM, "secret-token").query("SELECT * FROM Customer WHERE Name = 'Amy'")
    assert not any(word in repr(refused.value) for word in ("Amy", REALM, "secret-token", "query"))


def test_a_client_on_a_session_of_the_caller_uses_that() -> None:
    class Broken(requests.adapters.BaseAdapter):
        def send(self, *args: object, **kwargs: object) -> requests.Response:
            raise requests.ConnectionError("gone")

    session = requests.Session()
    session.mount("http://", Broken())
    with pytest.raises(NoAnswer):
        post(Client("http://127.0.0.1:9", REALM, "token", session=session))


def post(client: Client, body: bytes = BODY) -> Answer:
    return client.post("invoice", body, {"requestid": "r-1"})


def seconds_until_no_answer(client: Client, body: bytes = BODY) -> float:
    started = monotonic()
    with pytest.raises(NoAnswer):
        post(client, body)
    return monotonic() - started


def nobody_listens() -> str:
    with socket.create_server(("127.0.0.1", 0)) as briefly:
        return f"http://127.0.0.1:{briefly.getsockname()[1]}"


def keeping_alive(server: RawServer) -> Behaviour:
    def behave(connection: socket.socket) -> None:
        while server.request(connection):
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(YES) + YES)

    return behave


@pytest.fixture
def let_go() -> Iterator[threading.Event]:
    """Set at the end of the test: what a server may wait for."""
    event = threading.Event()
    yield event
    event.set()


@pytest.fixture
def slow_names(monkeypatch: pytest.MonkeyPatch) -> float:
    """Looking up a name takes this many seconds."""
    look_up, seconds = socket.getaddrinfo, 0.4

    def slowly(*args: object, **kwargs: object) -> object:
        threading.Event().wait(seconds)
        return look_up(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", slowly)
    return seconds
