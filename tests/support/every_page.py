"""Every address that can be looked at, with records to look at: a new page is found by itself."""

import re
import uuid
from urllib.parse import urlencode

from flask import Flask
from sqlalchemy import select

from portal.accounts import invitations
from portal.extensions import db
from portal.models import BulkDecision, BulkRun, Connection, ImportRun
from portal.models.kinds import RECORDS
from tests.support import distributor as given

# The callback ends a form's way; the rest are no pages of ours.
NOT_LOOKED_AT = {"static", "integrations.callback"}
# What a page needs to be told besides its path.
QUERIES = {"account.invitation": "token"}


def addresses(app: Flask, ids: dict[str, uuid.UUID], texts: dict[str, str] | None = None) -> list[str]:
    """Every address that can be looked at, of each kind of record. `texts`: values of QUERIES."""
    found = []
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.endpoint in NOT_LOOKED_AT:
            continue
        paths = of_each_kind(rule.rule)
        for converter, name in re.findall(r"<(any\([^)]*\)):(\w+)>", rule.rule):
            choices = re.findall(r"[\w-]+", converter.removeprefix("any"))
            paths = [path.replace(f"<{converter}:{name}>", choice) for path in paths for choice in choices]
        found += [_complete(path, rule.endpoint, ids, texts or {}) for path in paths]
    return found


def of_each_kind(rule: str) -> list[str]:
    """A rule that names a record, once for each kind that it takes; other rules as they are."""
    found = re.search(r"<record(?:\(([^)]*)\))?:ref>", rule)
    if found is None:
        return [rule]
    kinds = found[1].split(", ") if found[1] else RECORDS
    return [rule.replace(found[0], f"{kind}/<uuid:{kind}_id>") for kind in kinds]


def one_of_each(app: Flask, organization_id: uuid.UUID) -> dict[str, uuid.UUID]:
    """The ids of a record of each kind, by the names that addresses give them."""
    with given.working_in(app, organization_id):
        company = db.session.scalars(select(Connection)).one()
        kind = given.charge_kind()
        order = given.order(charges=[(kind, 500)])
        [line] = order.lines
        run = BulkRun(**given.owner(), connection_id=company.id)
        term = given.term()
        decision = BulkDecision(**given.owner(), connection_id=company.id, what="keep", stand="waits")
        file = ImportRun(**given.owner(), kind="orders", file_name="orders.csv", size=1)
        file.head = [["Order number", "Customer"], ["1", "L1"]]
        db.session.add_all([run, decision, file])
        db.session.flush()
        return {
            "order_id": order.id,
            "location_id": order.location_id,
            "customer_id": order.location.customer_id,
            "sku_id": line.sku_id,
            "product_id": line.sku.product_id,
            "run_id": run.id,
            "decision_id": decision.id,
            "import_id": file.id,
            "term_id": term.id,
            "payment_term_id": term.id,
            "charge_kind_id": kind.id,
        }


def an_invitation(app: Flask, organization_id: uuid.UUID) -> dict[str, str]:
    """The text that leads to the page of a fresh invitation."""
    with given.working_in(app, organization_id):
        _, token = invitations.invite(f"{uuid.uuid4().hex}@example.com", "viewer", given.bo("Ada"))
    return {"token": token}


def _complete(path: str, endpoint: str, ids: dict[str, uuid.UUID], texts: dict[str, str]) -> str:
    for name in re.findall(r"<uuid:(\w+)>", path):
        path = path.replace(f"<uuid:{name}>", str(ids[name]))
    query = QUERIES.get(endpoint)
    return f"{path}?{urlencode({query: texts[query]})}" if query in texts else path
