"""A QuickBooks Online stand-in: OAuth, the accounting API, pages of the books, and a control address."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from flask import Flask

from . import api, faults_page, oauth, openid, pages, uploads
from . import control as control_address
from .clock import Clock
from .exchange import Simulator, dropping, name_every_answer
from .later import Later
from .limits import Limits
from .orders import Orders
from .packed import unpacking
from .seed import plant
from .store import CLOCK, Store, cookie_key, setting
from .webhooks import Webhooks

CLIENT_ID = "simulator-client"
CLIENT_SECRET = "simulator-secret"  # noqa: S105  # of a stand-in that holds nobody's books


def create_app(
    home: Path | str,
    *,
    control: bool = False,
    seed: str = "plain",
    client_id: str = CLIENT_ID,
    client_secret: str = CLIENT_SECRET,
    redirect_uris: tuple[str, ...] = (),
    today: date | None = None,
    limits: str = "on",
    webhook: dict[str, str] | None = None,
) -> Flask:
    """A WSGI app on `home`/simulator.sqlite3, seeded if it is empty.

    `control` opens /control. `redirect_uris` are those registered for the app; where none is, any on this
    machine may be used. `today` moves the books' date.
    `limits` is one of limits.MODES: whether QuickBooks' limits are kept. `webhook`: url, verifier, shape.
    """
    app = Flask("simulator", root_path=str(Path(__file__).parent))
    store = Store(Path(home))
    clock = Clock(today)
    with store.reading() as connection:
        if kept := setting(connection, CLOCK):
            clock.restore(kept)
    app.url_map.merge_slashes = False  # a redirect is nothing the API would answer
    app.secret_key = cookie_key(store)
    app.config.update(SESSION_COOKIE_NAME="simulator_session", SESSION_COOKIE_SAMESITE="Lax")
    app.json.sort_keys = False  # type: ignore[attr-defined]  # the default provider has it, its base class doesn't
    later = Later(clock)
    app.extensions["simulator"] = Simulator(
        store,
        clock,
        Orders(),
        Limits(limits),
        later,
        Webhooks(store, clock, later),
        control,
        client_id,
        client_secret,
        tuple(redirect_uris),
    )
    with store.writing() as connection:
        plant(connection, clock, seed)
        app.extensions["simulator"].limits.remember(connection, clock)
    if webhook:
        app.extensions["simulator"].webhooks.keep(webhook)
    app.register_blueprint(oauth.blueprint)
    app.register_blueprint(openid.blueprint)
    app.register_blueprint(api.blueprint)
    app.register_blueprint(uploads.blueprint)
    app.register_blueprint(pages.blueprint)
    if control:
        app.register_blueprint(control_address.blueprint)
        app.register_blueprint(faults_page.blueprint)
    app.after_request(name_every_answer)
    app.wsgi_app = dropping(unpacking(app.wsgi_app))  # type: ignore[method-assign]  # how Flask documents middleware
    return app
