"""Runs migrations on the app's own engine; `flask db migrate` compares the models with it."""

from typing import Any

from alembic import context
from flask import current_app

from portal.models import Base
from portal.models.base import Json, UtcDateTime


def render_item(kind: str, item: Any, autogen_context: Any) -> str | bool:
    """Write our own column types by the module they live in."""
    if kind == "type" and type(item).__module__ == UtcDateTime.__module__:
        autogen_context.imports.add("from portal.models import types")
        return f"types.{type(item).__name__}()"
    if kind == "type" and item is Json:
        autogen_context.imports.add("from portal.models import base")
        return "base.Json"
    return False


def run() -> None:
    with current_app.extensions["migrate"].db.engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_item=render_item,
            **current_app.extensions["migrate"].configure_args,
        )
        with context.begin_transaction():
            context.run_migrations()


run()
