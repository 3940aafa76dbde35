"""Which orders use a value of ours, as they were frozen: the rules of the plan, for all orders at once."""

import uuid
from collections.abc import Callable
from typing import get_args

from sqlalchemy import ColumnElement, exists, or_, select, true

from portal.extensions import db
from portal.models import Connection, Link, Mapping, Order, OrderCharge, OrderLine
from portal.models.books import SectionName
from portal.models.links import Theirs, of_link
from portal.models.sales import CustomerTax, ProductTax, SkuKind
from portal.plan.customers import NO_TERM
from portal.plan.taxes import TAXED, section_of, taxed_in_the_us
from portal.plan.types import Choice


def of_term(ours: str, connection: Connection) -> ColumnElement[bool] | None:
    if ours == NO_TERM:
        return Order.payment_term_id.is_(None)
    return Order.payment_term_id == uuid.UUID(ours)


def of_charge(ours: str, connection: Connection) -> ColumnElement[bool] | None:
    return _has(OrderCharge, OrderCharge.charge_kind_id == uuid.UUID(ours))


def of_customer_tax(ours: str, connection: Connection) -> ColumnElement[bool] | None:
    """None where no order does by itself, here and below."""
    if not connection.sales_tax:
        return None
    if ours == "abroad":
        return _bears(lambda mapping: mapping == ("customer_tax", ours), abroad=True)
    if not connection.is_us:
        return _bears(lambda mapping: mapping == ("customer_tax", ours))
    return _has_a_taxed_header(connection) if _is_header(ours, connection) else None


def of_product_tax(ours: str, connection: Connection) -> ColumnElement[bool] | None:
    """In the US a line says no more than whether it is taxed."""
    if not connection.sales_tax or connection.is_us:
        return None
    return _bears(lambda mapping: mapping == ("product_tax", ours))


def wherever_it_goes(section: SectionName, ours: str, connection: Connection) -> ColumnElement[bool]:
    """Of orders that use a value: whether they do in each state, and not for taxed deposits alone."""
    if section != "customer_tax" or not connection.is_us or not _is_header(ours, connection):
        return true()
    taxed = _bears(lambda mapping: taxed_in_the_us(*mapping, None))
    assert taxed is not None
    return taxed


def _is_header(ours: str, connection: Connection) -> bool:
    return ours == "default" and not connection.automated_tax


def _has_a_taxed_header(connection: Connection) -> ColumnElement[bool]:
    """In the US: unless its customer has a code of its own. Deposits count where any state taxes them; which
    do is for the caller to see.
    """
    taxed_somewhere = select(Mapping.id).where(
        Mapping.section == "product_tax", Mapping.ours == "container_deposit", Mapping.external_id == TAXED
    )
    deposits = Choice(TAXED) if db.session.scalar(select(taxed_somewhere.exists())) else None
    own_code = exists().where(
        Link.connection_id == connection.id,
        Link.record_kind == "location",
        Link.record_id == Order.location_id,
        of_link(),
        Theirs.fields["DefaultTaxCodeRef"]["value"].as_string() != "",
    )
    taxed = _bears(lambda mapping: taxed_in_the_us(*mapping, deposits))
    assert taxed is not None
    return taxed & ~own_code


def _bears(
    is_it: Callable[[tuple[SectionName, str]], bool], abroad: bool = False
) -> ColumnElement[bool] | None:
    """Whether anything on an order falls under such a mapping: `section_of` whatever there may be. abroad: of
    orders that go there; which do is for the caller to see."""
    found = []
    for customer in get_args(CustomerTax):
        goods = [
            (OrderLine.kind == kind) & (OrderLine.tax_status == own)
            for kind in get_args(SkuKind)
            for own in get_args(ProductTax)
            if is_it(section_of(kind, customer, own, abroad))
        ]
        charges = [
            OrderCharge.tax_status == own
            for own in get_args(ProductTax)
            if is_it(section_of("charge", customer, own, abroad))
        ]
        things = [_has(OrderLine, or_(*goods))] if goods else []
        things += [_has(OrderCharge, or_(*charges))] if charges else []
        if things:
            found.append((Order.tax_status == customer) & or_(*things))
    return or_(*found) if found else None


def _has(table: type[OrderLine | OrderCharge], condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return select(table.id).where(table.order_id == Order.id, condition).exists()
