"""The form of an order: lines and charges are added and removed by ordinary submit buttons."""

import uuid
from decimal import Decimal
from typing import Any

from flask_wtf import FlaskForm
from sqlalchemy import or_, select
from werkzeug.datastructures import MultiDict
from wtforms import DateField, FieldList, Form, FormField, HiddenField, SelectField, TextAreaField
from wtforms.validators import Length, Optional, ValidationError

from portal.extensions import db
from portal.models import ChargeKind, Customer, Location, Order, Product, Sku
from portal.sales.editing import ChargeDraft, LineDraft, OrderDraft
from portal.sales.orders import EDITABLE
from portal.web.fields import ExactDecimal, Filled, MoneyField, RecordChoice, text_field, trimmed

MOST_ROWS = 1000
CHOOSE = {"": "Choose…"}


class LineForm(Form):
    sku_id = RecordChoice("SKU", [Filled("Choose a SKU.")])
    description = text_field("Description", 4000)
    quantity = ExactDecimal("Quantity", [Filled("Enter a quantity.")])
    unit_price = ExactDecimal("Unit price")
    discount_percent = ExactDecimal("Discount %")

    def validate_discount_percent(self, field: ExactDecimal) -> None:
        _percent(field)


class ChargeForm(Form):
    charge_kind_id = RecordChoice("Charge", [Filled("Choose a charge.")])
    description = text_field("Description", 4000)
    amount = MoneyField("Amount", [Filled("Enter an amount.")])


class OrderForm(FlaskForm):
    version = HiddenField()
    number = text_field("Number", 60, Filled("Enter a number."))
    external_reference = text_field("External reference", 60, nullable=True)
    location_id = RecordChoice("Customer · location", [Filled("Choose a location.")])
    status = SelectField("Status", choices={status: status.capitalize() for status in EDITABLE})
    order_date = DateField("Order date", [Filled("Enter a date.")])
    delivery_date = DateField("Delivery date", [Optional()])
    purchase_order_number = text_field("Purchase order number", 60, nullable=True)
    notes = TextAreaField("Notes", [Length(max=4000)], filters=[trimmed], default="")
    discount_percent = ExactDecimal("Order discount %")
    discount_amount = MoneyField("or order discount, amount")
    lines = FieldList(FormField(LineForm), "Lines", max_entries=MOST_ROWS)
    charges = FieldList(FormField(ChargeForm), "Charges", max_entries=MOST_ROWS)

    def validate_discount_percent(self, field: ExactDecimal) -> None:
        _percent(field)

    def validate_discount_amount(self, field: MoneyField) -> None:
        if field.data is not None and field.data < 0:
            raise ValidationError("A discount is not negative.")
        if field.data and self.discount_percent.data:
            raise ValidationError("Enter a percentage or an amount, not both.")

    def offer(self) -> None:
        """Fill the dropdowns; what the rows hold already is offered also when it is inactive."""
        chosen = {row.form.sku_id.data for row in self.lines} - {None}
        skus = _skus(chosen)
        kinds = {
            str(kind.id): kind.name
            for kind in db.session.scalars(select(ChargeKind).order_by(ChargeKind.name))
        }
        self.location_id.choices = CHOOSE | _locations(self.location_id.data)
        for line in self.lines:
            line.form.sku_id.choices = CHOOSE | skus
        for charge in self.charges:
            charge.form.charge_kind_id.choices = CHOOSE | kinds

    def changed_rows(self, posted: MultiDict[str, str]) -> bool:
        """Add or remove the row whose button was pressed. Returns whether one was."""
        if "add_line" in posted:
            self.lines.append_entry()
        elif "add_charge" in posted:
            self.charges.append_entry()
        elif "remove_line" in posted:
            _remove(self.lines, posted["remove_line"])
        elif "remove_charge" in posted:
            _remove(self.charges, posted["remove_charge"])
        else:
            return False
        return True

    def draft(self) -> OrderDraft:
        """What was entered. A line without a price is sold at its SKU's."""
        wanted = {row.form.sku_id.data for row in self.lines if row.form.unit_price.data is None}
        prices = dict(db.session.execute(select(Sku.id, Sku.unit_price).where(Sku.id.in_(wanted))).all())
        return OrderDraft(
            number=self.number.data,
            external_reference=self.external_reference.data,
            location_id=self.location_id.data,
            status=self.status.data,
            order_date=self.order_date.data,
            delivery_date=self.delivery_date.data,
            purchase_order_number=self.purchase_order_number.data,
            notes=self.notes.data or "",
            discount_percent=self.discount_percent.data,
            discount_amount=self.discount_amount.data,
            lines=tuple(_line(row.form, prices) for row in self.lines),
            charges=tuple(
                ChargeDraft(
                    row.form.charge_kind_id.data, row.form.description.data or "", row.form.amount.data
                )
                for row in self.charges
            ),
        )

    @classmethod
    def of(cls, order: Order) -> "OrderForm":
        """The form as the order stands."""
        form = cls(obj=order)
        form.version.data = str(order.version)
        return form


def _line(form: Any, prices: dict[uuid.UUID, Any]) -> LineDraft:
    price = form.unit_price.data
    return LineDraft(
        sku_id=form.sku_id.data,
        description=form.description.data or "",
        quantity=form.quantity.data,
        unit_price=prices[form.sku_id.data] if price is None else price,
        discount_percent=form.discount_percent.data or Decimal(0),
    )


def _remove(rows: FieldList, index: str) -> None:
    """By the number in the row's name, which is not its place once another was removed."""
    prefix = f"{rows.name}-{index}"
    rows.entries = [row for row in rows.entries if row.name != prefix]


def _percent(field: ExactDecimal) -> None:
    if field.data is not None and not 0 <= field.data <= 100:
        raise ValidationError("A percentage is between 0 and 100.")


def _skus(chosen: set[uuid.UUID]) -> dict[str, str]:
    rows = db.session.execute(
        select(Sku.id, Sku.code, Product.name, Sku.name)
        .join(Product)
        .where(or_(Sku.active, Sku.id.in_(chosen)))
        .order_by(Product.name, Sku.name)
    )
    return {
        str(sku_id): f"{product} – {name}" + (f" ({code})" if code else "")
        for sku_id, code, product, name in rows
    }


def _locations(chosen: uuid.UUID | None) -> dict[str, str]:
    rows = db.session.execute(
        select(Location.id, Customer.name, Location.name, Location.number)
        .join(Customer)
        .where(or_(Location.active, Location.id == chosen))
        .order_by(Customer.name, Location.name)
    )
    return {
        str(location_id): f"{customer} · {name} ({number})" for location_id, customer, name, number in rows
    }
