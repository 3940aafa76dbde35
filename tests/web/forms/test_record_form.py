"""One way to save every record's form: what went wrong is said on the form, and nothing is half stored."""

from flask import Flask

from portal.extensions import db
from portal.models import Customer
from portal.sales import Refused
from portal.web.forms.record_form import SAME_MOMENT, saved
from portal.web.records.customers import CustomerForm
from tests.support import distributor as given
from tests.support.people import organization

ENTERED = {"number": "C-1", "name": "Pub", "active": "y"}


def test_a_number_that_two_people_store_at_the_same_moment_is_refused_in_a_sentence(app: Flask) -> None:
    organization_id = organization(app, "Ours")
    with app.test_request_context(method="POST", data=ENTERED):
        db.session.info["organization_id"] = organization_id
        form = CustomerForm(meta={"csrf": False})

        def save() -> bool:
            for _ in range(2):
                db.session.add(Customer(**given.owner(), number="C-1", name="Pub"))
            db.session.flush()
            return True

        assert saved(form, save) is None
        assert form.form_errors == [SAME_MOMENT]
        assert given.count(Customer) == 0


def test_a_refusal_stands_beside_its_field_or_above_the_form(app: Flask) -> None:
    organization(app, "Ours")
    for field, beside in (("name", True), ("no_such_field", False), (None, False)):
        with app.test_request_context(method="POST", data=ENTERED):
            form = CustomerForm(meta={"csrf": False})

            def save(field: str | None = field) -> bool:
                raise Refused("Not today.", field=field)

            assert saved(form, save) is None
            assert ("Not today." in form.name.errors, "Not today." in form.form_errors) == (
                beside,
                not beside,
            )
            assert form.answer_status == 422
