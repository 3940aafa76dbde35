"""Settings › Organization: its name and currency, how its orders are numbered, and the time zone in which its
days are reckoned.
"""

from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from sqlalchemy import func, select
from wtforms.validators import ValidationError

from portal.company import current
from portal.extensions import db
from portal.imports.fields import KINDS
from portal.mapping import time_zone
from portal.models import Event, ImportProfile, Organization
from portal.models.base import now
from portal.models.time_zones import offered, spelled, zone_named
from portal.sales import organization as settings
from portal.web.access import actor, allow, person, render
from portal.web.forms.fields import Filled, text_field
from portal.web.forms.record_form import RecordForm, saved
from portal.web.people.organization_settings import NameForm, NumbersForm, examples

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
    return _page(_zone_form())


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


@blueprint.post("/name")
@allow("administrator")
def save_name() -> ResponseReturnValue:
    return _save(NameForm(), "The organization is saved.")


@blueprint.post("/numbers")
@allow("administrator")
def save_numbers() -> ResponseReturnValue:
    return _save(NumbersForm(), "Orders are numbered so from now on. Those that have a number keep it.")


def _save(form: RecordForm, told: str) -> ResponseReturnValue:
    organization = db.session.get_one(Organization, person().organization_id)
    form.record = organization

    def save() -> bool:
        settings.save(organization, form.values(), form.made_from, actor())
        return True

    if saved(form, save):
        flash(told, "success")
        return redirect(url_for("organization.show"), 303)
    return _page(_zone_form(), form.answer_status, form)


def _zone_form() -> ZoneForm:
    return ZoneForm(formdata=None, zone=person().organization.timezone or "")


def _page(form: ZoneForm, status: int = 200, failed: RecordForm | None = None) -> ResponseReturnValue:
    """failed: the one of the other two forms that was not saved."""
    connection, organization = current.connection(), person().organization
    told = select(Event).where(Event.record_kind == "organization", Event.record_id == organization.id)
    return render(
        "people/organization.html",
        status=status,
        form=form,
        failed=failed,
        name_form=failed if isinstance(failed, NameForm) else NameForm(formdata=None, obj=organization),
        numbers_form=(
            failed if isinstance(failed, NumbersForm) else NumbersForm(formdata=None, obj=organization)
        ),
        currency_stays=settings.why_currency_stays(organization),
        examples=examples(organization),
        profiles=db.session.execute(_profiles()).all(),
        kinds=KINDS,
        organization=organization,
        time_there=now().astimezone(organization.zone) if organization.zone else None,
        connection=connection,
        is_known=connection is not None and zone_named(connection.time_zone) is not None,
        proposed=time_zone.proposed(connection),
        zones=offered(),
        changes=db.session.scalars(told.order_by(Event.at.desc()).limit(CHANGES_TOLD)).all(),
    )


def _profiles() -> Any:
    """How many layouts of files of each kind are remembered, and when one was last used."""
    columns = ImportProfile.kind, func.count(), func.max(ImportProfile.used_at)
    return select(*columns).group_by(ImportProfile.kind).order_by(ImportProfile.kind)
