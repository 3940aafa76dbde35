"""Settings › Organization: in which time zone its days are reckoned."""

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from sqlalchemy import select
from wtforms.validators import ValidationError

from portal.company import current
from portal.extensions import db
from portal.mapping import time_zone
from portal.models import Event
from portal.models.base import now
from portal.models.time_zones import offered, spelled, zone_named
from portal.web.access import actor, allow, person, render
from portal.web.forms.fields import Filled, text_field

blueprint = Blueprint("organization", __name__, url_prefix="/settings/organization")

NO_SUCH_ZONE = "There is no time zone of that name. Choose one of the list, such as America/Halifax."
MEANWHILE = "While this page was open, somebody else saved {zone}. Save again to have yours instead."
CHANGES_TOLD = 10


class ZoneForm(FlaskForm):
    zone = text_field(
        "Time zone",
        64,
        Filled("Choose a time zone."),
        description="Type part of a name, such as a city, and choose one of the list.",
        render_kw={"list": "time-zones", "autocomplete": "off", "spellcheck": "false"},
    )

    def validate_zone(self, field: object) -> None:
        if spelled(self.zone.data or "") is None:
            raise ValidationError(NO_SUCH_ZONE)


@blueprint.get("")
@allow("viewer")
def show() -> ResponseReturnValue:
    return _page(ZoneForm(formdata=None, zone=person().organization.timezone or ""))


@blueprint.post("")
@allow("administrator")
def save() -> ResponseReturnValue:
    form = ZoneForm()
    if not form.validate():
        return _page(form, 422)
    zone, stands = spelled(form.zone.data or "") or "", person().organization.timezone or ""
    if request.form.get("seen", stands) != stands:
        form.zone.errors = [MEANWHILE.format(zone=stands)]
        return _page(form, 409)
    time_zone.choose(zone, actor())
    db.session.commit()
    flash(f"Days are reckoned in {zone} from now on. Finalized orders keep their dates.", "success")
    return redirect(url_for("organization.show"), 303)


def _page(form: ZoneForm, status: int = 200) -> ResponseReturnValue:
    connection, organization = current.connection(), person().organization
    told = select(Event).where(Event.record_kind == "organization", Event.record_id == organization.id)
    return render(
        "people/organization.html",
        status=status,
        form=form,
        organization=organization,
        time_there=now().astimezone(organization.zone) if organization.zone else None,
        connection=connection,
        is_known=connection is not None and zone_named(connection.time_zone) is not None,
        proposed=time_zone.proposed(connection),
        zones=offered(),
        changes=db.session.scalars(told.order_by(Event.at.desc()).limit(CHANGES_TOLD)).all(),
    )
