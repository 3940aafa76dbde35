"""A server on a bare socket, for the ways in which a connection can go wrong."""

import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

Behaviour = Callable[[socket.socket], None]


@dataclass
class RawServer:
    """`behave` is run on each connection; what came in over all of them is kept in `received`."""

    behave: Behaviour
    listener: socket.socket
    connections: int = 0
    received: bytearray = field(default_factory=bytearray)
    closing: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.listener.getsockname()[1]}"

    def serve(self) -> None:
        while not self.closing.is_set():
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._handle, args=(connection,), daemon=True).start()

    def request(self, connection: socket.socket) -> bytes:
        """Read one request to its end."""
        seen = b""
        while b"\r\n\r\n" not in seen:
            piece = connection.recv(65536)
            if not piece:
                return seen
            self.received += piece
            seen += piece
        head, _, body = seen.partition(b"\r\n\r\n")
        length = next(
            (
                int(line.split(b":")[1])
                for line in head.split(b"\r\n")
                if line.lower().startswith(b"content-length")
            ),
            0,
        )
        while len(body) < length:
            piece = connection.recv(65536)
            if not piece:
                break
            self.received += piece
            body += piece
        return head + b"\r\n\r\n" + body

    def _handle(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            self.behave(connection)


@contextlib.contextmanager
def raw_server(make: Callable[[RawServer], Behaviour]) -> Iterator[RawServer]:
    listener = socket.create_server(("127.0.0.1", 0))
    server = RawServer(lambda _: None, listener)
    server.behave = make(server)
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.closing.set()
        # A blocked accept is woken by a shutdown, not by a close.
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


def answering(status: str, body: bytes, *headers: str) -> Callable[[RawServer], Behaviour]:
    """Read the request, answer, close."""

    def make(server: RawServer) -> Behaviour:
        def behave(connection: socket.socket) -> None:
            server.request(connection)
            lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers]
            connection.sendall("\r\n".join([*lines, "", ""]).encode() + body)

        return behave

    return make


def reset(connection: socket.socket) -> None:
    """Close with a TCP reset instead of a goodbye."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
