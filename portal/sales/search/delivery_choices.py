"""The routes, drivers and warehouses that orders have: what the table of orders can be narrowed to."""

from collections.abc import Mapping

from sqlalchemy import func, literal, select, union_all

from portal.extensions import db
from portal.models import Order

COLUMNS = ("route", "driver", "warehouse")
MOST = 200
"""Of each so many are offered, in their order; an address may ask for any."""


def present() -> Mapping[str, list[str]]:
    """By column, each value once. From one to the next in its index: of orders that have one, there may be
    very many."""
    table = Order.__table__
    mine = table.c.organization_id == db.session.info["organization_id"]
    parts = []
    for name in COLUMNS:
        column = table.c[name]
        first = select(func.min(column).label("value")).where(mine, column.is_not(None))
        each = first.cte(f"each_{name}", recursive=True)
        beyond = select(func.min(column)).where(mine, column > each.c.value).scalar_subquery()
        each = each.union_all(select(beyond).where(each.c.value.is_not(None)))
        some = select(literal(name).label("name"), each.c.value).where(each.c.value.is_not(None)).limit(MOST)
        parts.append(select(some.subquery()))
    found: dict[str, list[str]] = {name: [] for name in COLUMNS}
    for name, value in db.session.execute(union_all(*parts)):
        found[name].append(value)
    return found
