"""Form tokens that look different on each page, so that pages may be compressed.

A compressed page that holds a secret beside what others wrote can tell the one by its length (BREACH).
Flask-WTF's token is the same on all pages of a session; behind a pad of its own for each page it isn't.
"""

import secrets

from flask import Flask, g
from flask_wtf import CSRFProtect
from flask_wtf.csrf import generate_csrf

DIVIDER = ":"


class MaskedTokens(CSRFProtect):
    """Flask-WTF's protection, with the mask put on in templates and taken off what is sent."""

    def init_app(self, app: Flask) -> None:
        super().init_app(app)
        app.jinja_env.globals["csrf_token"] = form_token
        app.context_processor(lambda: {"csrf_token": form_token})

    def _get_csrf_token(self) -> str | None:
        sent: str | None = super()._get_csrf_token()
        return _unmasked(sent) if sent and DIVIDER in sent else sent


def form_token() -> str:
    """The token for the forms of this page; one for all of them, so that the page stays small."""
    if "form_token" not in g:
        token = generate_csrf().encode()
        pad = secrets.token_bytes(len(token))
        g.form_token = f"{pad.hex()}{DIVIDER}{_exclusive_or(pad, token).hex()}"
    masked: str = g.form_token
    return masked


def forget() -> None:
    """After the session was ended within this request: what is drawn from here on belongs to the new one."""
    g.pop("csrf_token", None)
    g.pop("form_token", None)


def _unmasked(sent: str) -> str:
    """What is no masked token comes back as it is, and is refused for what it is."""
    pad, _, masked = sent.partition(DIVIDER)
    try:
        return _exclusive_or(bytes.fromhex(pad), bytes.fromhex(masked)).decode()
    except ValueError:
        return sent


def _exclusive_or(one: bytes, other: bytes) -> bytes:
    return bytes(left ^ right for left, right in zip(one, other, strict=True))
