"""Why a document waits: where the first open day is not its own, both and the reason are said."""

from datetime import timedelta

from portal.dates import day
from portal.extensions import db
from portal.mapping import filed_tax
from portal.models import Order
from portal.models.kinds import RecordRef
from portal.report import history
from portal.report.preview import preview
from tests.support.bookkeeping import TODAY, Books
from tests.support.connected import text_of

TOMORROW = TODAY + timedelta(days=1)


def test_what_filed_tax_moves_says_with_whom_up_to_when_and_its_own_date(books: Books) -> None:
    with books.working():
        filed_tax.save({"1": TODAY}, books.bo)
    order = books.order(closed_period="first_open_day")
    books.carry()
    assert books.status(order) == "dated_ahead"
    why = (
        f"the first open day, while its own date is {day(TODAY)}: sales tax is filed with Canada Revenue "
        f"Agency up to {day(TODAY)}"
    )
    drawer = text_of(books.sign_in("viewer").get(f"/badges/order/{order}"))
    assert f"{day(TOMORROW)} is {why}." in drawer
    with books.working():
        told = [one.text for one in history.of(RecordRef("order", order))]
        notes = preview(db.session.get_one(Order, order)).notes
    assert any(f"it waits until {day(TOMORROW)}, {why}." in one for one in told)
    assert f"It waits until {day(TOMORROW)}, {why}, and goes by itself then." in notes


def test_what_is_dated_ahead_itself_waits_for_its_day(books: Books) -> None:
    order = books.order(delivery_date=TOMORROW)
    books.carry()
    drawer = text_of(books.sign_in("viewer").get(f"/badges/order/{order}"))
    assert f"{day(TOMORROW)} is the day that it is dated." in drawer
