"""Settings, each read from the environment once; README lists them."""

import base64
import json
import math
import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

import limits
from redis.connection import parse_url
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

T = TypeVar("T")

ROOT = Path(__file__).resolve().parent
INTUIT_DISCOVERY = "https://developer.intuit.com/.well-known/openid_configuration/"
INTUIT_API = "https://quickbooks.api.intuit.com"
INTUIT_APP = "https://qbo.intuit.com/app"
KEYS = ("secret_key", "token_keys", "demo_password", "intuit_client_id", "intuit_client_secret")
SECRETIVE = {"DATABASE_URL", "REDIS_URL"}  # may hold a password
LOGIN_LIMIT = "10 per minute; 60 per hour"


def load(environ: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """The whole configuration. Without keys in the environment, development keys are made in PORTAL_HOME."""
    home = _home(environ)
    port = _read(environ, "PORT", "8000", _port, "port, which is from 1 to 65535")
    address = f"http://127.0.0.1:{port}"
    public_url = _read(environ, "PUBLIC_URL", address, _public, f"address, like {address}")
    keys = _keys(home, environ)
    return {
        "HOME": home,
        "PORT": port,
        "SIMULATOR_PORT": _read(environ, "SIMULATOR_PORT", "8001", _port, "port, which is from 1 to 65535"),
        "SECRET_KEY": keys["secret_key"],
        "TOKEN_KEYS": _token_keys(keys["token_keys"]),
        "SQLALCHEMY_DATABASE_URI": _read(
            environ, "DATABASE_URL", sqlite_in(home), _database, "like postgresql+psycopg://user:…@host/name"
        ),
        "REDIS_URL": _read(
            environ, "REDIS_URL", f"unix://{quote(str(home))}/redis.sock", _redis, "like redis://host:6379"
        ),
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
        "TIME_SCALE": _read(environ, "TIME_SCALE", "1", _scale, "number of 0.01 or more"),
        "LOGIN_LIMIT": _read(environ, "LOGIN_LIMIT", LOGIN_LIMIT, _limit, f"limit, like {LOGIN_LIMIT!r}"),
    }


def sqlite_in(home: Path) -> str:
    """The address of the database in this folder, whatever signs the folder's name has."""
    return URL.create("sqlite", database=str(home / "portal.sqlite3")).render_as_string()


def development_keys(home: Path) -> dict[str, str]:
    """The generated keys of a development home, made on first use, readable by their owner only."""
    path = home / "keys.json"
    with usable(home):
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not path.exists():
            _make_keys(path)
        return _keys_in(path)


@contextmanager
def usable(home: Path) -> Iterator[None]:
    """What the system refuses us in the home ends us with a sentence."""
    try:
        yield
    except OSError as error:
        raise SystemExit(f"PORTAL_HOME: the folder {home} can't be used: {error.strerror}.") from error


def _make_keys(path: Path) -> None:
    fresh = {
        "secret_key": secrets.token_urlsafe(32),
        "token_keys": "dev:" + base64.b64encode(secrets.token_bytes(32)).decode(),
        "demo_password": secrets.token_urlsafe(9),
        "intuit_client_id": "portal-development",
        "intuit_client_secret": secrets.token_urlsafe(24),
    }
    draft = path.parent / f"keys.{os.getpid()}.{secrets.token_hex(4)}.json"
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(fresh, file, indent=1)
    try:
        os.link(draft, path)  # fails where another process was first: its keys hold then
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _keys_in(path: Path) -> dict[str, str]:
    try:
        found = json.loads(path.read_text("utf-8"))
    except ValueError:
        found = None
    if not isinstance(found, dict) or not all(isinstance(found.get(name), str) for name in KEYS):
        raise SystemExit(
            f"{path} is broken. Put back a copy of it; or delete it, and connect to QuickBooks again."
        )
    return found


def _read(environ: Mapping[str, str], name: str, default: str, convert: Callable[[str], T], kind: str) -> T:
    """One variable, where blank counts as unset. A value that `convert` refuses ends us with a sentence."""
    value = environ.get(name, "").strip() or default
    try:
        return convert(value)
    except (ValueError, ArgumentError, ImportError):
        if name in SECRETIVE:
            raise SystemExit(f"{name} can't be used as an address, {kind}.") from None
        raise SystemExit(f"{name}: {value!r} is no {kind}.") from None


def _home(environ: Mapping[str, str]) -> Path:
    given = environ.get("PORTAL_HOME", "")
    return Path(given if given.strip() else ROOT / "instance").resolve()


def _port(text: str) -> int:
    if not 1 <= int(text) <= 65535:
        raise ValueError
    return int(text)


def _public(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.port == 0:
        raise ValueError
    return text


def _database(text: str) -> str:
    make_url(text).get_dialect().import_dbapi()
    return text


def _redis(text: str) -> str:
    parse_url(text)
    return text


def _scale(text: str) -> float:
    """With a smaller one, a lease would outlast what was sent."""
    if not 0.01 <= float(text) < math.inf:
        raise ValueError
    return float(text)


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
