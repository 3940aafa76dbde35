"""Whether the house lives, for machines: no sign-in, no organization's data."""

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from portal.extensions import db, limiter
from portal.models import Heartbeat
from portal.models.base import now
from portal.web.access import allow

blueprint = Blueprint("health", __name__)

# Seconds without a heartbeat after which the clock counts as dead.
CLOCK_IS_LATE = 15


@blueprint.get("/health")
@limiter.exempt
@allow("anyone")
def health() -> ResponseReturnValue:
    """200 while the database answers; the clock's age is told, but a late clock alone takes no page down."""
    try:
        beats = {
            beat.part: round((now() - beat.at).total_seconds(), 1)
            for beat in db.session.scalars(select(Heartbeat))
        }
    except SQLAlchemyError:
        return jsonify(database="down", clock=None), 503
    age = beats.get("clock")
    clock = "never" if age is None else "late" if age > CLOCK_IS_LATE else "ok"
    return jsonify(database="ok", clock=clock, heartbeats=beats)
