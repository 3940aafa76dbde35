"""`python -m simulator`: one process, a thread per connection; with --credentials, what a client needs."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import threading
from datetime import date
from pathlib import Path
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server

import log_lines

from . import CLIENT_ID, CLIENT_SECRET, create_app
from .credentials import of_company
from .limits import MODES
from .seed import SEEDS
from .seed_others import COMPANIES
from .webhooks import SHAPES

log = logging.getLogger("simulator")

HOME = Path("instance/simulator-alone")


class Handler(WSGIRequestHandler):
    """Quiet, with connections kept open, and ended where the app drops one."""

    protocol_version = "HTTP/1.1"

    def connection_dropped(self, error: BaseException, environ: Any = None) -> None:
        self.close_connection = True

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """The ledger tells what was asked."""

    def log_error(self, format: str, *args: Any) -> None:
        """Of what can't be read as a request: it may hold anything, so that it is not repeated."""
        log.warning("a request could not be read")


def main() -> None:
    options = _options()
    if options.credentials:
        sys.stdout.write(of_company(options))
        return
    log_lines.configure("simulator")
    app = create_app(
        options.home,
        control=options.control,
        seed=options.seed,
        client_id=options.client_id,
        client_secret=options.client_secret,
        redirect_uris=tuple(options.redirect_uri),
        today=options.today,
        limits=options.limits,
        webhook=_webhook(options),
    )
    server = make_server("127.0.0.1", options.port, app, threaded=True, request_handler=Handler)

    def stop(number: int, frame: Any) -> None:
        # shutdown() waits for the loop this handler has interrupted, so another thread must call it.
        threading.Thread(target=server.shutdown).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    sys.stdout.write(f"simulator on http://127.0.0.1:{server.port}\n")
    sys.stdout.flush()
    log.info("the simulator begins")
    server.serve_forever()
    log.info("the simulator stops")
    app.extensions["simulator"].store.close()


def _webhook(options: argparse.Namespace) -> dict[str, str] | None:
    if not options.webhook_url:
        return None
    return {
        "url": options.webhook_url, "verifier": options.webhook_verifier, "shape": options.webhook_shape
    }  # fmt: skip


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m simulator", description="A QuickBooks Online stand-in.")
    parser.add_argument("--port", type=int, default=8001, help="0 takes a free one and prints it")
    parser.add_argument(
        "--home", type=Path, default=HOME, help=f"folder of the simulator's database, if not {HOME}"
    )
    parser.add_argument(
        "--credentials",
        action="store_true",
        help="connect an app to a company, print what its tests need as shell assignments, and end",
    )
    parser.add_argument(
        "--company", choices=tuple(COMPANIES), default="US", help="the one that --credentials connects"
    )
    parser.add_argument("--control", action="store_true", help="open /control for tests and demos")
    parser.add_argument("--seed", choices=SEEDS, default="plain", help="used while the store is empty")
    parser.add_argument("--client-id", default=CLIENT_ID)
    parser.add_argument("--client-secret", default=CLIENT_SECRET)
    parser.add_argument("--redirect-uri", action="append", default=[], help="may be given several times")
    parser.add_argument("--today", type=date.fromisoformat, help="the books' date")
    parser.add_argument("--webhook-url", help="where changes are told; needs --webhook-verifier")
    parser.add_argument("--webhook-verifier", default="", help="the token that signs them")
    parser.add_argument("--webhook-shape", choices=SHAPES, default=SHAPES[0])
    parser.add_argument("--limits", choices=MODES, default="on", help="QuickBooks' limits")
    options = parser.parse_args()
    if options.webhook_url and not options.webhook_verifier:
        parser.error("--webhook-url needs --webhook-verifier")
    return options


if __name__ == "__main__":
    main()
