"""What the processes of a test run. Imported once by the fork server: a child only has to begin."""

from __future__ import annotations

import os
import signal
import threading
import time
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Any

from werkzeug.serving import make_server

import config
import simulator as qbo
from portal import cli, create_app, jobs
from portal import clock as ticking
from portal.extensions import db
from portal.models import Order
from portal.push import rounds
from portal.runtime.crashpoint import crashpoint
from portal.sales import orders
from simulator.__main__ import Handler
from tests.support import broken, distributor


def simulator(home: str, client: dict[str, str], callback: str, port_to: Any) -> None:
    """A simulator with its control address open; tells its port and serves until killed."""
    app = qbo.create_app(
        Path(home),
        control=True,
        seed="plain",
        client_id=client["INTUIT_CLIENT_ID"],
        client_secret=client["INTUIT_CLIENT_SECRET"],
        redirect_uris=(callback,),
        limits="off",  # the portal runs at a hundredth of real time here
    )
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Handler)
    port_to.send(server.port)
    server.serve_forever()


def drain(env: dict[str, str], connection_id: str) -> None:
    """One drain job, as a worker's child would run it."""
    jobs.bind(_app(env))
    jobs.drain(connection_id)


def finalize(env: dict[str, str], organization_id: str, order_id: str) -> None:
    """What the button does, in a process of its own."""
    with _app(env).app_context():
        db.session.info["organization_id"] = uuid.UUID(organization_id)
        orders.finalize(db.session.get_one(Order, uuid.UUID(order_id)), distributor.bo())
        crashpoint("before the commit")
        db.session.commit()


def worker(env: dict[str, str]) -> None:
    """`flask worker`."""
    os.setsid()
    with _app(env).app_context():
        assert cli.worker.callback is not None
        cli.worker.callback()


def clock(env: dict[str, str]) -> None:
    """`flask clock`."""
    with _app(env).app_context():
        ticking.run(threading.Event().is_set)


def until_stopped(pid: int, within: float = 30.0) -> None:
    """Until the process pauses, as STOP_AT makes it."""
    give_up_at = time.monotonic() + within
    while Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "T":
        assert time.monotonic() < give_up_at, "it does not pause"
        time.sleep(0.02)


def kill_with_children(pid: int) -> None:
    """Kill it and the job it runs, which RQ gives a group of its own."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGSTOP)  # so that it begins none any more
    with suppress(FileNotFoundError):
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            os.kill(int(child), signal.SIGKILL)
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def go_on(pid: int) -> None:
    os.kill(pid, signal.SIGCONT)


def _app(env: dict[str, str]) -> Any:
    os.environ.update(env)
    if "AT_ONCE" in env:
        broken.put(rounds, "MOST_PUSHES", int(env["AT_ONCE"]))
    if "WITHOUT" in env:
        broken.GUARDS[env["WITHOUT"]]()
    return create_app(config.load(env))
