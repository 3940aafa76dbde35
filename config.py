"""Settings, each read from the environment once; README lists them."""

import base64
import json
import os
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

import limits
from sqlalchemy import URL

T = TypeVar("T")

ROOT = Path(__file__).resolve().parent
INTUIT_DISCOVERY = "https://developer.intuit.com/.well-known/openid_configuration/"
INTUIT_API = "https://quickbooks.api.intuit.com"
INTUIT_APP = "https://qbo.intuit.com/app"
LOGIN_LIMIT = "10 per minute; 60 per hour"


def load(environ: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """The whole configuration. Without keys in the environment, development keys are made in PORTAL_HOME."""
    home = Path(environ.get("PORTAL_HOME") or ROOT / "instance").resolve()
    keys = _keys(home, environ)
    public_url = environ.get("PUBLIC_URL") or f"http://127.0.0.1:{environ.get('PORT', '8000')}"
    return {
        "HOME": home,
        "SECRET_KEY": keys["secret_key"],
        "TOKEN_KEYS": _token_keys(keys["token_keys"]),
        "SQLALCHEMY_DATABASE_URI": environ.get("DATABASE_URL") or sqlite_in(home),
        "REDIS_URL": environ.get("REDIS_URL") or f"unix://{quote(str(home))}/redis.sock",
        "PUBLIC_URL": public_url,
        "SESSION_COOKIE_NAME": "portal_session",
        "SESSION_COOKIE_SECURE": urlsplit(public_url).scheme == "https",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        # A form left open over lunch is not lost: its token lasts as long as the session.
        "WTF_CSRF_TIME_LIMIT": None,
        "MAX_CONTENT_LENGTH": 16 * 2**20,
        "INTUIT_CLIENT_ID": environ.get("INTUIT_CLIENT_ID", ""),
        "INTUIT_CLIENT_SECRET": environ.get("INTUIT_CLIENT_SECRET", ""),
        "INTUIT_DISCOVERY_URL": environ.get("INTUIT_DISCOVERY_URL") or INTUIT_DISCOVERY,
        "INTUIT_API_URL": environ.get("INTUIT_API_URL") or INTUIT_API,
        "INTUIT_APP_URL": environ.get("INTUIT_APP_URL") or INTUIT_APP,
        # Every waiting time of the engine is multiplied by this; 1 but in tests.
        "TIME_SCALE": float(environ.get("TIME_SCALE", "1")),
        "LOGIN_LIMIT": _read(environ, "LOGIN_LIMIT", LOGIN_LIMIT, _limit, f"limit, like {LOGIN_LIMIT!r}"),
    }


def sqlite_in(home: Path) -> str:
    """The address of the database in this folder, whatever signs the folder's name has."""
    return URL.create("sqlite", database=str(home / "portal.sqlite3")).render_as_string()


def development_keys(home: Path) -> dict[str, str]:
    """The generated keys of a development home, made on first use, readable by their owner only."""
    path = home / "keys.json"
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        fresh = {
            "secret_key": secrets.token_urlsafe(32),
            "token_keys": "dev:" + base64.b64encode(secrets.token_bytes(32)).decode(),
            "demo_password": secrets.token_urlsafe(9),
            "intuit_client_id": "portal-development",
            "intuit_client_secret": secrets.token_urlsafe(24),
        }
        draft = home / f"keys.{os.getpid()}.{secrets.token_hex(4)}.json"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(fresh, file, indent=1)
        try:
            os.link(draft, path)  # fails where another process was first: its keys hold then
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return dict(json.loads(path.read_text()))


def _read(environ: Mapping[str, str], name: str, default: str, convert: Callable[[str], T], kind: str) -> T:
    """One variable, where blank counts as unset. A value that `convert` refuses ends us with a sentence."""
    value = environ.get(name, "").strip() or default
    try:
        return convert(value)
    except ValueError:
        raise SystemExit(f"{name}: {value!r} is no {kind}.") from None


def _limit(text: str) -> str:
    """Flask-Limiter leaves out what it can't read, and with it the limit."""
    limits.parse_many(text)
    return text


def _keys(home: Path, environ: Mapping[str, str]) -> dict[str, str]:
    secret_key, token_keys = environ.get("SECRET_KEY"), environ.get("TOKEN_KEYS")
    if secret_key and token_keys:
        return {"secret_key": secret_key, "token_keys": token_keys}
    if secret_key or token_keys:
        raise SystemExit("Set both SECRET_KEY and TOKEN_KEYS, or neither (for development).")
    if environ.get("PORTAL_ENV") == "production":
        raise SystemExit(
            "In production set SECRET_KEY and TOKEN_KEYS (id:base64 of 32 bytes; first one encrypts)."
        )
    return development_keys(home)


def _token_keys(text: str) -> dict[str, bytes]:
    """`id:base64,id:base64` → keys by id; the first encrypts, all decrypt."""
    keys = {}
    for entry in text.split(","):
        key_id, _, encoded = entry.strip().partition(":")
        key = base64.b64decode(encoded)
        if len(key) != 32:
            raise SystemExit(f"TOKEN_KEYS: key {key_id!r} must be 32 bytes in base64.")
        keys[key_id] = key
    return keys
