"""A configuration for tests, with nothing from the environment."""

import base64
from pathlib import Path
from typing import Any

from argon2.profiles import CHEAPEST

import config


def settings(home: Path, **others: Any) -> dict[str, Any]:
    """A portal in `home` on SQLite, with no Redis and nobody at the other side."""
    return {
        "HOME": home,
        "TESTING": True,
        "SECRET_KEY": "tests only",
        "TOKEN_KEYS": {"test": base64.b64decode("c2l4dGVlbiBieXRlcyB0d2ljZSBvdmVyIHllczEyMzQ=")},
        "SQLALCHEMY_DATABASE_URI": config.sqlite_in(home),
        "REDIS_URL": f"unix://{home}/no-redis.sock",
        "PUBLIC_URL": "http://127.0.0.1:8000",
        "SESSION_COOKIE_NAME": "portal_session",
        "SESSION_COOKIE_SECURE": False,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "MAX_CONTENT_LENGTH": 16 * 2**20,
        "INTUIT_CLIENT_ID": "tests",
        "INTUIT_CLIENT_SECRET": "tests-secret",
        "INTUIT_DISCOVERY_URL": "http://127.0.0.1:9/.well-known/openid_configuration/",
        "INTUIT_API_URL": "http://127.0.0.1:9",
        "INTUIT_APP_URL": "http://127.0.0.1:9/app",
        "TIME_SCALE": 0.01,
        "LOGIN_LIMIT": "1000 per minute",
        "PASSWORD_COST": CHEAPEST,
        **others,
    }
