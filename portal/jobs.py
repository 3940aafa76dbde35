"""What RQ may run, and what runs it. Only ids cross the queue; each job is one line into sync or sales."""

import logging
import uuid
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Any

from flask import Flask
from redis.exceptions import RedisError
from rq import Worker
from rq.job import Job
from rq.worker import WorkerStatus

from portal.connect import grants
from portal.decisions import decide_many
from portal.imports import runs as imports
from portal.mapping import refresh
from portal.push import drain as draining
from portal.runtime import logs, outages, transactions
from portal.sales.bulk import runs

log = logging.getLogger(__name__)

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
    _in_app(refresh.refresh, connection_id)


def give_back(grant_id: str) -> None:
    _in_app(grants.give_back_in_a_job, grant_id)


def decide(decision_id: str) -> None:
    _in_app(decide_many.go_on, decision_id)


def import_file(run_id: str) -> None:
    _in_app(imports.go_on, run_id)


class OurJob(Job):
    """A job that runs nothing but the functions of this file, whatever Redis was made to hold."""

    def perform(self) -> object:
        if self.func_name not in ALLOWED:
            raise PermissionError(f"not one of our jobs: {self.func_name!r}")
        with logs.about(job=self.id):
            try:
                return super().perform()
            except Exception as error:
                # RQ keeps what is raised in Redis, where no customer's data belongs.
                if not transactions.is_passing(error):
                    log.exception("the job failed: %s %s", self.func_name, self.args)
                elif not outages.is_outage(error):
                    log.warning("%s %s ended: %s", self.func_name, self.args, logs.kind_of(error))
                raise JobFailed(logs.kind_of(error)) from None


class JobFailed(Exception):
    """What was wrong has been logged."""


class OurWorker(Worker):
    """Says nothing twice, of Redis only what all say of it, and stops when asked, also while it is away."""

    max_connection_wait_time = 5.0  # seconds

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.asked_to_stop = False
        self.log.addFilter(_is_not_about_redis)

    def work(self, *args: Any, **named: Any) -> bool:
        """Until asked to stop, or Redis is away. A job that is under way is waited for in either case."""
        try:
            return super().work(*args, **named)
        finally:
            if self.horse_pid:
                self.wait_for_horse()
                self._horse_pid = 0
            self._state = WorkerStatus.IDLE  # whoever asks from now on stops us at once
            if self.pubsub_thread:
                self.pubsub_thread.stop()

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        self.asked_to_stop = True
        with suppress(RedisError):  # where a job is under way, it is told there once it is noted here
            super().request_stop(signum, frame)

    def handle_exception(self, job: Job, *exc_info: Any) -> None:
        if not isinstance(exc_info[1], JobFailed):
            super().handle_exception(job, *exc_info)


def _is_not_about_redis(record: logging.LogRecord) -> bool:
    said = [*(record.args if isinstance(record.args, tuple) else ()), (record.exc_info or (None, None))[1]]
    errors = [one for one in said if isinstance(one, RedisError)]
    for error in errors:
        outages.redis.is_away(error)
    return not errors


def _in_app(function: Callable[[uuid.UUID], None], record_id: str) -> None:
    if _app is None:
        raise RuntimeError("start workers by `flask worker`, which binds the app")
    with _app.app_context():
        function(uuid.UUID(record_id))


JOBS = (drain, resolve_run, refresh_facts, give_back, decide, import_file)
ALLOWED = frozenset(f"{__name__}.{job.__name__}" for job in JOBS)
