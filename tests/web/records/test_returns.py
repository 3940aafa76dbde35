"""*Return…* of an order: its lines, how many of each come back, and the order that this makes."""

import re

from flask import Flask

from portal.extensions import db
from portal.models import Order
from portal.sales import orders
from tests.support import distributor as given
from tests.support.people import SignIn


def test_what_comes_back_is_entered_line_by_line(app: Flask, signed_in: SignIn) -> None:
    bo = signed_in("bookkeeper")
    with given.working_in(app, bo.organization_id):
        sold = given.order()
        orders.finalize(sold, given.bo())
        order, number = sold.id, sold.number
    assert f'href="/orders/{order}/return"' in bo.get(f"/orders/{order}").text
    page = bo.get(f"/orders/{order}/return").text
    [field] = re.findall(r'name="(line-[0-9a-f]+)"', page)
    assert "2" in page

    refused = bo.post(f"/orders/{order}/return", {field: "3"})
    assert refused.status_code == 422
    assert "at most 2 can be returned" in refused.text
    assert bo.post(f"/orders/{order}/return", {field: "x"}).status_code == 422
    made = bo.post(f"/orders/{order}/return", {field: "1"}).location

    text = bo.get(made).text
    assert f"{number}-R1" in text
    assert f"order {number}" in text
    assert f"order {number}-R1" in bo.get(f"/orders/{order}").text
    with given.working_in(app, bo.organization_id):
        assert db.session.get_one(Order, order).status == "finalized"


def test_what_is_not_finalized_is_not_returned(app: Flask, signed_in: SignIn) -> None:
    bo = signed_in("bookkeeper")
    with given.working_in(app, bo.organization_id):
        order = given.order().id
    assert "/return" not in bo.get(f"/orders/{order}").text
    answer = bo.get(f"/orders/{order}/return", follow_redirects=True)
    assert "can be returned as it stands" in answer.text
