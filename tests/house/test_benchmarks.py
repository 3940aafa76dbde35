"""The benchmark of pages measures every page there is."""

import re
import uuid

from flask import Flask

from benchmarks import pages
from tests.support import distributor as given
from tests.support.every_page import one_of_each


def test_every_page_is_measured(app: Flask, ours: uuid.UUID) -> None:
    with given.working_in(app, ours):
        given.connection()
    one_of_each(app, ours)
    found, unknown = pages.addresses(app, ours)
    assert unknown == []
    patterns = [
        re.sub(r"<[^>]+>", "[^/]+", rule.replace("<record:ref>", "<kind>/<id>")) for rule in looked_at(app)
    ]
    assert [one for one in patterns if not any(re.fullmatch(one, address) for address in found)] == []


def test_a_page_of_something_unknown_is_named(app: Flask, ours: uuid.UUID) -> None:
    app.add_url_rule("/trucks/<uuid:truck_id>", view_func=lambda truck_id: "")
    assert "/trucks/<uuid:truck_id>" in pages.addresses(app, ours)[1]


def looked_at(app: Flask) -> list[str]:
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint not in pages.LEFT_OUT]
    return [rule.rule for rule in rules if "GET" in (rule.methods or ())]
