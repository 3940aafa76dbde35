"""The bell is rung for what is committed, and for nothing else."""

from types import SimpleNamespace

import pytest
from sqlalchemy import select

from portal import outbox
from portal.extensions import db
from portal.models import Push
from tests.support.bookkeeping import Books


def test_what_is_rolled_back_rings_no_bell(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    """D3. What is committed does."""
    rung: list[str] = []
    redis = SimpleNamespace(set=lambda key, *_, **__: rung.append(key))
    monkeypatch.setitem(books.app.extensions, "redis", redis)
    with books.working():
        outbox.ask("location", [books.place], reason="bulk", actor=books.bo)
        db.session.rollback()
        db.session.scalars(select(Push.id)).all()
        db.session.commit()
        assert rung == []
        outbox.ask("location", [books.place], reason="bulk", actor=books.bo)
    assert rung == [f"bell:{books.connection_id}"]
