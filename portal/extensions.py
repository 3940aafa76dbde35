"""Flask extensions, made here and bound in create_app, and the rules every database session follows."""

import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import Any

from flask import Flask, current_app, request
from flask_compress import Compress
from flask_htmx import HTMX
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import LoginManager
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.retry import Retry
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import LoaderCriteriaOption, ORMExecuteState, with_loader_criteria

from portal.form_tokens import MaskedTokens
from portal.models import Base, OrganizationScoped
from portal.models.base import aside
from portal.models.types import TokenCipher

# A connection is tried before it is used: a restarted database costs no error on the next request. What an
# error says, and with it a log, holds no values of records.
db = SQLAlchemy(model_class=Base, engine_options={"pool_pre_ping": True, "hide_parameters": True})
migrate = Migrate()
login_manager = LoginManager()
csrf = MaskedTokens()
htmx = HTMX()
compress = Compress()
limiter = Limiter(get_remote_address, in_memory_fallback_enabled=True)

# Redis only rings and counts: no page waits for one that is silent, nor asks it twice. A connection that it
# closed, as when it was restarted, is opened anew once.
HASTE: dict[str, Any] = {
    "socket_connect_timeout": 0.5,
    "socket_timeout": 1.0,
    "retry": Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,)),
}
# With room for the pages of all indexes that a save of many orders changes.
PRAGMAS = (
    *("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000", "cache_size=-32768"),
)
PAGE_SECONDS = 5.0
"""No statement of a page takes longer."""
# Whether the next transaction of this thread may write. Only a page that is just looked at says no: on SQLite
# a transaction that read first and writes later fails at once when another writer was faster.
_writing: ContextVar[bool] = ContextVar("writing", default=True)
# Seconds that a statement of the next transaction of this thread may take; None outside of pages.
_patience: ContextVar[float | None] = ContextVar("patience", default=None)


class NoOrganization(RuntimeError):
    """A statement on organizations' records was about to run without naming the organization."""


def bind(app: Flask) -> None:
    """Bind every extension to the app, and the session rules to its engine."""
    db.init_app(app)
    migrations = app.config["MIGRATIONS"].replace("%", "%%")  # Alembic reads it as a line of an .ini file
    migrate.init_app(app, db, directory=migrations, render_as_batch=True)
    login_manager.init_app(app)
    csrf.init_app(app)
    htmx.init_app(app)
    app.config["RATELIMIT_STORAGE_URI"] = app.config["REDIS_URL"].replace("unix://", "redis+unix://")
    app.config["RATELIMIT_STORAGE_OPTIONS"] = HASTE | {"socket_timeout": 0.4}  # asked twice for one sign-in
    limiter.init_app(app)
    # Pages may be compressed since their one secret, the form token, is masked (form_tokens.py).
    app.config["COMPRESS_ALGORITHM"] = app.config["COMPRESS_ALGORITHM_STREAMING"] = ["br", "zstd", "gzip"]
    app.config["COMPRESS_BR_LEVEL"] = 5
    compress.init_app(app)
    app.extensions["redis"] = Redis.from_url(app.config["REDIS_URL"], **HASTE)
    app.extensions["cipher"] = TokenCipher(app.config["TOKEN_KEYS"])
    with app.app_context():
        _follow_rules(db.engine)
    app.config.setdefault("PAGE_SECONDS", PAGE_SECONDS)
    app.before_request(_look_or_write)
    app.teardown_request(_done_looking)


def redis() -> Redis:
    """Redis, which only rings bells: every caller goes on when it does not answer."""
    client: Redis = current_app.extensions["redis"]
    return client


def cipher() -> TokenCipher:
    """What seals and opens the tokens of connections."""
    sealer: TokenCipher = current_app.extensions["cipher"]
    return sealer


def begin_writing() -> None:
    """For the few GETs that write: end the reading transaction; the next one may write."""
    db.session.commit()
    _writing.set(True)


def begin_answering() -> None:
    """For the few POSTs that first look for what is meant: the next transaction is cut as a page's."""
    db.session.commit()
    _patience.set(current_app.config["PAGE_SECONDS"])


def patience() -> float | None:
    """Seconds that a statement may take from now on. Who saves something is not cut, nor is a job."""
    return _patience.get()


@contextmanager
def only_looking() -> Iterator[None]:
    """For what is read outside a request: a transaction begun in here writes nothing and waits for nobody."""
    before = _writing.set(False)
    try:
        yield
    finally:
        _writing.reset(before)


def _look_or_write() -> None:
    looking = request.method in {"GET", "HEAD", "OPTIONS"}
    _writing.set(not looking)
    _patience.set(current_app.config["PAGE_SECONDS"] if looking else None)


def _done_looking(error: BaseException | None) -> None:
    _writing.set(True)
    _patience.set(None)


def _follow_rules(engine: Engine) -> None:
    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "connect")
    def configure(connection: sqlite3.Connection, record: Any) -> None:
        connection.isolation_level = None  # pysqlite's own transactions off: ours begin below
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if _writing.get() else "BEGIN")


@event.listens_for(db.session, "do_orm_execute")
def _stay_in_the_organization(state: ORMExecuteState) -> None:
    """Restrict every ORM statement to the session's organization; without one, refuse it.

    Sign-in sets `session.info["organization_id"]` for a request, a job sets its connection's. What looks
    over all of them (the clock, sign-in itself) says so by the execution option `unscoped="<who>"`. Where all
    rows are named by their ids, `by_ids=True` keeps SQLite from taking another way to them.
    """
    if state.is_column_load or state.execution_options.get("unscoped"):
        return
    organization_id = state.session.info.get("organization_id")
    if organization_id is None:
        # Only now: finding out which tables a statement is about takes as long as restricting it.
        mappers = state.all_mappers
        if mappers and not any(issubclass(mapper.class_, OrganizationScoped) for mapper in mappers):
            return
        raise NoOrganization(f"no organization is set for: {state.statement}")
    if state.is_insert:
        return
    by_ids = bool(state.execution_options.get("by_ids"))
    state.statement = state.statement.options(_only_of(organization_id, by_ids))


@lru_cache(maxsize=256)
def _only_of(organization_id: uuid.UUID, by_ids: bool) -> LoaderCriteriaOption:
    """Kept, since each statement of a page has it and it takes longer to make than to apply."""
    if by_ids:
        return with_loader_criteria(
            OrganizationScoped,
            lambda cls: aside(cls.organization_id) == organization_id,
            include_aliases=True,
        )
    return with_loader_criteria(
        OrganizationScoped, lambda cls: cls.organization_id == organization_id, include_aliases=True
    )


__all__ = [
    "NoOrganization",
    "begin_answering",
    "begin_writing",
    "bind",
    "cipher",
    "compress",
    "csrf",
    "db",
    "htmx",
    "limiter",
    "login_manager",
    "migrate",
    "only_looking",
    "patience",
    "redis",
]
