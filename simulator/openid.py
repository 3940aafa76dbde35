"""Who it was that consented: the signed id_token, the key to check it with, and userinfo."""

from __future__ import annotations

import base64
import json
import sqlite3
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from flask import Blueprint, Response, request

from . import tokens
from .answers import JSON_OK, Answer
from .clock import Clock
from .exchange import Visit, perform, simulator
from .store import keep_setting, setting
from .wire import dumps

blueprint = Blueprint("openid", __name__)
KEY_ID = "simulator-1"
SUBJECT = "3f9c1f2e-7a0b-4b67-9a4e-000000000001"
SECONDS = 3600
EXPONENT_BYTES, MODULUS_BYTES = 3, 256
PERSON = {
    "sub": SUBJECT,
    "givenName": "Maria",
    "familyName": "Bookkeeper",
    "email": "bookkeeper@example.com",
    "emailVerified": True,
    "phoneNumber": "+1 5550100100",
    "phoneNumberVerified": False,
    "address": {
        "streetAddress": "120 Brewers Lane",
        "locality": "Toronto",
        "region": "ON",
        "postalCode": "M5V 2T6",
        "country": "CA",
    },
}
SCOPES = {
    "email": ("email", "emailVerified"),
    "profile": ("givenName", "familyName"),
    "phone": ("phoneNumber", "phoneNumberVerified"),
    "address": ("address",),
}
"""Scope → what of the person it opens."""


@blueprint.get("/op/v1/jwks")
def jwks() -> Response:
    with simulator().store.writing() as connection:
        numbers = _key(connection).public_key().public_numbers()
    key = {
        "kty": "RSA",
        "use": "sig",
        "alg": "RS256",
        "kid": KEY_ID,
        "n": _encoded(numbers.n.to_bytes(MODULUS_BYTES, "big")),
        "e": _encoded(numbers.e.to_bytes(EXPONENT_BYTES, "big")),
    }
    return Response(dumps({"keys": [key]}), content_type=JSON_OK)


@blueprint.get("/v1/openid_connect/userinfo")
def userinfo() -> Response:
    def work(visit: Visit) -> Answer:
        _, _, token = request.headers.get("Authorization", "").partition(" ")
        scopes = tokens.scopes_of(visit.connection, simulator().clock, token)
        if scopes is None or "openid" not in scopes:
            visit.entry.fault_code = "3200"
            return tokens.unauthorized("Token expired or without the scope openid")
        shown = {name: PERSON[name] for scope in scopes for name in SCOPES.get(scope, ())}
        return Answer(dumps({"sub": SUBJECT, **shown}))

    return perform(None, work, reads=True)


def id_token(connection: sqlite3.Connection, clock: Clock, issuer: str, client_id: str, realm: str) -> str:
    """A JWT of RS256; beside the callback the only place that names the realm."""
    now = int(clock.seconds())
    claims = {
        "sub": SUBJECT,
        "aud": [client_id],
        "realmid": realm,
        "auth_time": now,
        "iss": issuer,
        "exp": now + SECONDS,
        "iat": now,
    }
    head = _encoded(json.dumps({"kid": KEY_ID, "alg": "RS256"}).encode())
    signed = f"{head}.{_encoded(json.dumps(claims).encode())}"
    signature = _key(connection).sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{signed}.{_encoded(signature)}"


def _key(connection: sqlite3.Connection) -> rsa.RSAPrivateKey:
    """Made when it is first needed, kept with the books."""
    kept = setting(connection, "openid_key")
    if kept is not None:
        loaded: Any = serialization.load_pem_private_key(kept.encode(), password=None)
        assert isinstance(loaded, rsa.RSAPrivateKey)
        return loaded
    key = rsa.generate_private_key(public_exponent=65537, key_size=MODULUS_BYTES * 8)
    text = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    keep_setting(connection, "openid_key", text.decode())
    return key


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
