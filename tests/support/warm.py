"""Imported by the fork server alone: one journey of a push, so that no child maps and compiles anew."""

from __future__ import annotations

import os
import tempfile
import threading
from pathlib import Path

from sqlalchemy.orm import configure_mappers
from werkzeug.serving import make_server

import simulator as qbo
from portal import jobs
from simulator.__main__ import Handler
from tests.support import compiled, garbage, records
from tests.support.servers import fresh_database
from tests.support.stack import (
    CALLBACK,
    CLIENT,
    WARM_POSTGRESQL,
    Simulator,
    Stack,
    connect,
    make_organization,
)


def up() -> None:
    configure_mappers()
    compiled.share()
    with tempfile.TemporaryDirectory() as folder:
        _journey(Path(folder), f"sqlite:///{folder}/portal.sqlite3")
    if server := os.environ.get(WARM_POSTGRESQL):
        with tempfile.TemporaryDirectory() as folder, fresh_database(server) as database:
            _journey(Path(folder), database)


def _journey(home: Path, database: str) -> None:
    """Asked, planned, sent, lost, looked up, found: by one process, against a simulator on a thread of it."""
    app = qbo.create_app(
        home / "qbo",
        control=True,
        seed="plain",
        client_id=CLIENT["INTUIT_CLIENT_ID"],
        client_secret=CLIENT["INTUIT_CLIENT_SECRET"],
        redirect_uris=(CALLBACK,),
        limits="off",
    )
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Handler)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    books = Simulator(f"http://127.0.0.1:{server.port}", None)
    stack = Stack(home / "home", database, f"unix://{home}/none.sock", books)
    try:
        make_organization(stack)
        stack.connection_id = connect(stack)
        records.map_canada(stack)
        place, goods = records.location(stack), records.sku(stack)
        jobs.bind(stack.app)
        for fault in (None, "commit_then_drop"):
            if fault:
                books.fault(fault, match={"path": "batch"})
            records.finalize(stack, records.order(stack, place, [(goods, "1", "1.00")]))
            for _ in range(3):
                jobs.drain(str(stack.connection_id))
    finally:
        stack.stop()
        server.shutdown()
        serving.join()
        server.server_close()
        app.extensions["simulator"].store.close()


up()
garbage.look_rarely()  # what is forked neither looks through all this nor copies it
