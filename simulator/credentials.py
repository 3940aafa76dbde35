"""An app connected to a company without anybody's consent, so that a client's tests can begin."""

from __future__ import annotations

import argparse
import shlex

from . import tokens
from .clock import Clock
from .seed import plant, plant_company
from .seed_sample import plant_sample
from .store import CLOCK, Store, setting

SCOPE = f"{tokens.ACCOUNTING} openid profile email phone address"
REDIRECT = "http://localhost:8000/callback"


def of_company(options: argparse.Namespace) -> str:
    """Shell assignments. The company is seeded if it isn't there, and given something to find; a simulator
    on this home serves it.
    """
    store, clock = Store(options.home), Clock(options.today)
    with store.writing() as connection:
        if kept := setting(connection, CLOCK):
            clock.restore(kept)
        plant(connection, clock, options.seed)
        realm = plant_company(connection, clock, options.company)
        plant_sample(connection, clock, realm)
        code = tokens.new_code(connection, clock, options.client_id, REDIRECT, realm, SCOPE)
        _, granted = tokens.exchange_code(connection, clock, options.client_id, code, REDIRECT)
    store.close()
    base = f"http://127.0.0.1:{options.port}"
    values = {
        "CLIENT_ID": options.client_id,
        "CLIENT_SECRET": options.client_secret,
        "REFRESH_TOKEN": granted["refresh_token"],
        "ACCESS_TOKEN": granted["access_token"],
        "COMPANY_ID": realm,
        "BASE_URL": base,
        "DISCOVERY_URL": f"{base}/.well-known/openid_sandbox_configuration/",
        "TOKEN_URL": f"{base}/oauth2/v1/tokens/bearer",
        "REVOKE_URL": f"{base}/v2/oauth2/tokens/revoke",
        "REDIRECT_URI": REDIRECT,
        # Clients on oauthlib speak to no http address without it.
        "OAUTHLIB_INSECURE_TRANSPORT": "1",
        "QBO_BASE_URL": base,
        "QBO_TOKEN": granted["access_token"],
        "QBO_REALM": realm,
    }
    return "".join(f"export {name}={shlex.quote(value)}\n" for name, value in values.items())
