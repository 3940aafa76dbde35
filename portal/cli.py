"""flask commands: run everything, or one part of it; make people; load the demo data."""

import gc
import json
import logging
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import click
import flask_migrate
from flask import Flask, current_app
from redis import Redis
from redis.exceptions import RedisError
from rq.exceptions import StopRequested
from rq.serializers import JSONSerializer
from sqlalchemy import select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import configure_mappers

import config
from demo import data
from portal import clock, jobs
from portal.accounts import people
from portal.dev import demo_data, supervisor
from portal.extensions import db
from portal.imports import unattended
from portal.imports.fields import KINDS
from portal.models import Actor, Connection, Organization
from portal.models.base import now
from portal.models.people import ROLES, Role
from portal.models.time_zones import spelled
from portal.outbox import bell
from portal.runtime import logs, outages, transactions
from portal.sales.refused import Refused

log = logging.getLogger(__name__)

LOOK_AGAIN_IN = 2.0  # seconds, where the database or Redis is away
DEMO_ORGANIZATION = "Maple Beverage Distribution"
DEMO_PEOPLE: tuple[tuple[str, str, Role], ...] = (
    ("admin@example.com", "Avery Admin", "administrator"),
    ("bookkeeper@example.com", "Bo Bookkeeper", "bookkeeper"),
    ("viewer@example.com", "Vic Viewer", "viewer"),
)


def register(app: Flask) -> None:
    """Hang our commands on the app."""
    for command in (up, worker, the_clock, create_user, load_demo_data, restored, import_file):
        app.cli.add_command(command)


@click.command()
def up() -> None:
    """Serve everything on this machine: portal, simulator, worker, clock and Redis, until Ctrl-C."""
    home: Path = current_app.config["HOME"]
    port, simulator_port = current_app.config["PORT"], current_app.config["SIMULATOR_PORT"]
    real = bool(current_app.config["INTUIT_CLIENT_ID"])
    public_url = current_app.config["PUBLIC_URL"]
    env = {"PUBLIC_URL": public_url, "PORTAL_HOME": str(home)}
    if not real:
        env |= _simulated(home, simulator_port)
    try:
        with supervisor.claim(home, port, *([] if real else [simulator_port])):
            _bring_the_database_up_to_date()
            _load_demo_data()
            db.session.remove()  # or its transaction would lock the others out as long as we run
            password = config.development_keys(home)["demo_password"]
            greeting = "\n".join(
                [
                    f"Portal:    {public_url}",
                    f"Sign in:   {DEMO_PEOPLE[0][0]}   password: {password}",
                    *(
                        []
                        if real
                        else [
                            f"Simulator: http://127.0.0.1:{simulator_port} (stands in for QuickBooks Online)"
                        ]
                    ),
                    "Stop with Ctrl-C.",
                ]
            )
            status = supervisor.run(
                env,
                home=home,
                port=port,
                simulator_port=simulator_port,
                with_simulator=not real,
                greeting=greeting,
            )
    except supervisor.CannotStart as error:
        raise click.ClickException(str(error)) from error
    raise SystemExit(status)


def _bring_the_database_up_to_date() -> None:
    try:
        flask_migrate.upgrade()
    except SQLAlchemyError as error:
        words = str(getattr(error, "orig", None) or logs.kind_of(error)).strip().partition("\n")[0]
        raise click.ClickException(
            f"The database can't be brought up to date: {words}. Look at DATABASE_URL or PORTAL_HOME."
        ) from error


@click.command()
def worker() -> None:
    """Run one worker: the app is imported once, before it forks for every job."""
    logs.configure("worker")
    logs.tell_what_ends_us()
    jobs.bind(current_app._get_current_object())  # type: ignore[attr-defined]  # a proxy has it
    configure_mappers()  # once here, not anew in every job
    _until_the_database_answers()
    db.engine.dispose()
    gc.collect()
    gc.freeze()  # what is forked for a job neither looks through all this nor copies it
    log.info("the worker begins")
    with suppress(StopRequested):  # asked to stop while it waited for Redis
        while not _has_worked():
            time.sleep(LOOK_AGAIN_IN)
    log.info("the worker stops")


def _until_the_database_answers() -> None:
    """Rather than die of it, be started again, and say so each time."""
    while True:
        try:
            with db.engine.connect() as connection:
                connection.execute(text("SELECT 1"))
            return
        except SQLAlchemyError as error:
            if not transactions.is_passing(error):
                raise
        time.sleep(LOOK_AGAIN_IN)


def _has_worked() -> bool:
    """Work until asked to stop. False where RQ gave up before, as it does while Redis is away."""
    connection = Redis.from_url(current_app.config["REDIS_URL"])
    bells = None
    try:
        connection.ping()
        outages.redis.answers()
        bells = jobs.OurWorker(
            [bell.QUEUE],
            connection=connection,
            serializer=JSONSerializer,
            job_class=jobs.OurJob,
            worker_ttl=30,
            job_monitoring_interval=5,
            maintenance_interval=10,
            log_job_description=False,
        )
        bells.work(logging_level="WARNING")
    except RedisError as error:
        outages.redis.is_away(error)
    return bells is not None and bells.asked_to_stop


@click.command("clock")
def the_clock() -> None:
    """Run the one clock, which rings for connections that are due."""
    logs.configure("clock")
    logs.tell_what_ends_us()
    clock.run(_stopped_by_signal())


@click.command("create-user")
@click.option("--organization", required=True, help="Name of the organization; made if there is none.")
@click.option("--email", required=True)
@click.option("--name", default="")
@click.option("--role", type=click.Choice(ROLES), default="administrator")
@click.option("--time-zone", default="", help="Of an organization that is made, such as America/Halifax.")
@click.password_option()
def create_user(organization: str, email: str, name: str, role: Any, time_zone: str, password: str) -> None:
    """Make a person who can sign in."""
    zone = spelled(time_zone) if time_zone else None
    if time_zone and zone is None:
        raise click.ClickException(f"“{time_zone}” is no time zone. They are called like America/Halifax.")
    try:
        people.create_user(organization, email, name, role, password, zone=zone)
    except Refused as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{email} can sign in as {role} of {organization}.")


@click.command("demo-data")
def load_demo_data() -> None:
    """Store the demo distributor with its 1,400 delivered orders, once."""
    click.echo("Stored the demo data." if _load_demo_data() else "The demo data is there already.")


@click.command()
def restored() -> None:
    """Say that the database was restored from a copy: every order is looked up before its first send."""
    for connection in db.session.scalars(select(Connection).execution_options(unscoped="restored")):
        connection.restored_at = now()
    db.session.commit()
    click.echo("From now on every order is looked up by its number before it is first sent.")


@click.command("import")
@click.argument("kind", type=click.Choice(list(KINDS)))
@click.argument("file", type=click.File("rb"))
@click.option("--organization", required=True, help="Name of the organization.")
@click.option("--settings", type=click.File("r", encoding="utf-8"), help="JSON: columns, rules, days…")
@click.option("--check", is_flag=True, help="Only say what it would do.")
def import_file(kind: Any, file: Any, organization: str, settings: Any, check: bool) -> None:
    """Import a file as the page does: read as files with these columns were before, or as --settings says."""
    found = db.session.scalar(select(Organization).where(Organization.name == organization))
    if found is None:
        raise click.ClickException(f"There is no organization “{organization}”.")
    db.session.info["organization_id"] = found.id
    actor = Actor(found.id, None, "the command line")
    try:
        given = json.load(settings) if settings is not None else {}
        for line in unattended.run(kind, Path(file.name).name, file, given, actor, only_check=check):
            click.echo(line)
    except (Refused, ValueError) as error:
        db.session.rollback()
        raise click.ClickException(str(error)) from error


def _load_demo_data() -> bool:
    """Into an empty database only. False when there was something."""
    if db.session.scalar(select(Organization.id).limit(1)) is not None:
        return False
    password = config.development_keys(current_app.config["HOME"])["demo_password"]
    for email, name, role in DEMO_PEOPLE:
        people.create_user(DEMO_ORGANIZATION, email, name, role, password, zone=data.TIME_ZONE)
    organization = db.session.scalars(select(Organization)).one()
    day = data.today()
    demo_data.load(organization, data.distributor(day), data.clean_orders(day))
    return True


def _simulated(home: Path, simulator_port: int) -> dict[str, str]:
    """Settings that lead to the simulator instead of Intuit: addresses and its app's credentials."""
    keys = config.development_keys(home)
    address = f"http://127.0.0.1:{simulator_port}"
    return {
        "INTUIT_DISCOVERY_URL": f"{address}/.well-known/openid_configuration/",
        "INTUIT_API_URL": address,
        "INTUIT_APP_URL": f"{address}/app/{{realm}}",
        "INTUIT_CLIENT_ID": keys["intuit_client_id"],
        "INTUIT_CLIENT_SECRET": keys["intuit_client_secret"],
    }


def _stopped_by_signal() -> Callable[[], bool]:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop.is_set
