"""What RQ may run. Only ids cross the queue, and each job is one line into sync or sales."""

import uuid
from collections.abc import Callable

from flask import Flask
from rq.job import Job

from portal.sales import runs
from portal.sync import clock
from portal.sync import drain as draining

_app: Flask | None = None


def bind(app: Flask) -> None:
    """Called by the worker before it forks: every job finds the app imported."""
    global _app
    _app = app


def drain(connection_id: str) -> None:
    _in_app(draining.run, connection_id)


def resolve_run(run_id: str) -> None:
    _in_app(runs.resolve, run_id)


def refresh_facts(connection_id: str) -> None:
    _in_app(clock.refresh, connection_id)


class OurJob(Job):
    """A job that runs nothing but the functions of this file, whatever Redis was made to hold."""

    def perform(self) -> object:
        if self.func_name not in ALLOWED:
            raise PermissionError(f"not one of our jobs: {self.func_name!r}")
        return super().perform()


def _in_app(function: Callable[[uuid.UUID], None], record_id: str) -> None:
    if _app is None:
        raise RuntimeError("start workers by `flask worker`, which binds the app")
    with _app.app_context():
        function(uuid.UUID(record_id))


ALLOWED = frozenset(f"{__name__}.{job.__name__}" for job in (drain, resolve_run, refresh_facts))
