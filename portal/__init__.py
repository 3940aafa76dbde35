"""create_app joins the rooms; this is the only file that knows all of them."""

from pathlib import Path
from typing import Any

from flask import Flask

from portal import cli, extensions, web
from portal.runtime import outages, time_limit, times

ROOT = Path(__file__).resolve().parent.parent


def create_app(config: dict[str, Any]) -> Flask:
    """The portal as a Flask app. `config` is what config.load() returns; tests give their own."""
    app = Flask(__name__, template_folder=str(ROOT / "templates"), static_folder=str(ROOT / "static"))
    app.config.from_mapping({"MIGRATIONS": str(ROOT / "migrations"), **config})
    extensions.bind(app)
    with app.app_context():
        outages.watch(extensions.db.engine)
        time_limit.watch(extensions.db.engine, extensions.patience)
    app.extensions["times"] = times.scaled(app.config["TIME_SCALE"])
    web.register(app)
    cli.register(app)
    return app
