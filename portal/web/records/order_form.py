"""The form of an order: its lines and charges, and what they come to while it is being filled in."""

import uuid
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, cast

from sqlalchemy import select
from werkzeug.datastructures import MultiDict
from wtforms import FieldList, Form, FormField
from wtforms.validators import Optional, ValidationError

from portal.extensions import db
from portal.models import ChargeKind, Location, Order, OrderLine
from portal.models.sales import UNDISCOUNTED, line_amount, order_discount
from portal.sales import deliveries
from portal.sales.deliveries import Delivery
from portal.sales.editing import ChargeDraft, LineDraft, OrderDraft
from portal.sales.field_rules import (
    DELIVERY,
    LARGEST_AMOUNT,
    LINE,
    MISSING_DATE,
    MISSING_QUANTITY,
    MOST_ROWS,
    NEGATIVE_COLLECTED,
    NEGATIVE_REFUSED,
    NO_DISCOUNT,
    NO_PERCENTAGE,
    NOTHING_COLLECTED,
    NOTHING_REFUSED,
    ONE_DISCOUNT,
    ORDER,
    PRICE_OF_A_RETURN,
    SELLS_NOTHING,
    too_many_rows,
)
from portal.sales.order_numbers import next_number
from portal.sales.orders import EDITABLE, LONGEST_NUMBER, number_field
from portal.sales.search import pickers
from portal.web.forms.fields import (
    DayField,
    ExactDecimal,
    Filled,
    MoneyField,
    NotNegative,
    OneOf,
    PriceField,
    RecordChoice,
    at_most,
    ruled_field,
    text_area,
    text_field,
)
from portal.web.forms.lookup_field import LookupField, look_up
from portal.web.forms.moment_field import MomentField
from portal.web.forms.record_form import RecordForm

CHOOSE = {"": "Choose…"}
BESIDE_QUANTITY = ("ordered_quantity", "refused_quantity", "refused_reason")
"""Of a line: what is told of its delivery, beside what was delivered."""
PLAIN = (
    "version",
    "number",
    "external_reference",
    "status",
    "order_date",
    "delivery_date",
    "purchase_order_number",
    "notes",
    *deliveries.COLUMNS,
)
"""Fields of the form that are columns of the order, but for what it sells."""


class LineForm(Form):
    sku = LookupField("SKU", [Filled("Choose a SKU.")])
    quantity = ExactDecimal("Quantity", [Filled(MISSING_QUANTITY)])
    unit_price = PriceField("Unit price", [NotNegative(PRICE_OF_A_RETURN)])
    discount_percent = ExactDecimal("Discount %")
    description = ruled_field("Description", LINE["description"])
    ordered_quantity = ExactDecimal("Ordered")
    refused_quantity = ExactDecimal("Refused", [NotNegative(NEGATIVE_REFUSED)])
    refused_reason = ruled_field("Reason", LINE["refused_reason"], nullable=True)

    def validate_quantity(self, field: ExactDecimal) -> None:
        if field.data == 0 and not self.refused_quantity.data:
            raise ValidationError(SELLS_NOTHING)

    def validate_refused_reason(self, field: Any) -> None:
        if field.data and not self.refused_quantity.data:
            raise ValidationError(NOTHING_REFUSED)

    def validate_discount_percent(self, field: ExactDecimal) -> None:
        _percent(field)


class ChargeForm(Form):
    charge_kind_id = RecordChoice("Charge", [Filled("Choose a charge.")])
    description = ruled_field("Description", LINE["description"])
    amount = MoneyField("Amount", [Filled("Enter an amount.")])


@dataclass(frozen=True)
class Sums:
    """What the form comes to as it stands, in cents; rows that can't be reckoned yet count nothing."""

    lines: list[int | None]
    charges: int
    discount: int
    term: str = ""
    """The payment term that finalizing will take over from the location."""
    lacks_purchase_order: bool = False

    @property
    def goods(self) -> int:
        return sum(amount or 0 for amount in self.lines)

    @property
    def net(self) -> int:
        return self.goods + self.charges - self.discount


class OrderForm(RecordForm):
    number = text_field("Number", ORDER["number"].longest)  # a new order may be given one
    external_reference = ruled_field("External reference", ORDER["external_reference"], nullable=True)
    location = LookupField("Customer and location", [Filled("Choose a location.")])
    status = OneOf("Status", choices={status: status.capitalize() for status in EDITABLE})
    order_date = DayField("Order date", [Filled(MISSING_DATE)])
    delivery_date = DayField("Delivery date", [Optional()])
    purchase_order_number = ruled_field(
        "Purchase order number", ORDER["purchase_order_number"], nullable=True
    )
    notes = text_area("Notes", ORDER["notes"].longest)
    route = ruled_field("Route", DELIVERY["route"], nullable=True)
    stop = ruled_field("Stop", DELIVERY["stop"], nullable=True)
    driver = ruled_field("Driver", DELIVERY["driver"], nullable=True)
    warehouse = ruled_field("Warehouse", DELIVERY["warehouse"], nullable=True)
    signed_by = ruled_field("Signed by", DELIVERY["signed_by"], nullable=True)
    signed_at = MomentField("Signed at")
    collected_amount = MoneyField(
        "Collected",
        [NotNegative(NEGATIVE_COLLECTED)],
        description="Kept here; payments are not sent to QuickBooks.",
    )
    collected_method = OneOf("Collected by", choices={"": "Not said", **deliveries.COLLECTED_BY}, default="")
    discount_percent = ExactDecimal("Order discount %")
    discount_amount = MoneyField("or order discount, amount")
    lines = FieldList(FormField(LineForm), "Lines")
    charges = FieldList(FormField(ChargeForm), "Charges")

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.in_quickbooks, _ = number_field()
        self[self.in_quickbooks].flags.maxlength = LONGEST_NUMBER
        self.number.flags.required = True

    def validate_number(self, field: Any) -> None:
        if not field.data and self.number.flags.required:
            raise ValidationError(ORDER["number"].missing)
        self._fits_as_number(field)

    def validate_external_reference(self, field: Any) -> None:
        self._fits_as_number(field)

    def _fits_as_number(self, field: Any) -> None:
        if field.short_name == self.in_quickbooks:
            at_most(LONGEST_NUMBER, "the number of an invoice")(self, field)

    def validate_discount_percent(self, field: ExactDecimal) -> None:
        _percent(field)

    def validate_discount_amount(self, field: MoneyField) -> None:
        if field.data is not None and field.data < 0:
            raise ValidationError(NO_DISCOUNT)
        if field.data and self.discount_percent.data:
            raise ValidationError(ONE_DISCOUNT)

    def validate_collected_method(self, field: Any) -> None:
        if field.data and self.collected_amount.data is None and not self.collected_amount.errors:
            raise ValidationError(NOTHING_COLLECTED)

    def validate_lines(self, field: FieldList) -> None:
        if len(field) + len(self.charges) > MOST_ROWS:
            raise ValidationError(too_many_rows(MOST_ROWS))

    def number_by_itself(self) -> None:
        """Of a new order: where the organization has a next number, it may be left empty."""
        following = next_number()
        if following is not None:
            self.number.flags.required = False
            self.number.description = f"Left empty, it is given the next one: {following}."

    def look_up(self) -> None:
        """Find the records that are typed, and fill the dropdowns."""
        look_up([row.form.sku for row in self.lines], pickers.skus, pickers.find_skus)
        look_up([self.location], pickers.locations, pickers.find_locations)
        kinds = db.session.scalars(select(ChargeKind).order_by(ChargeKind.name)) if len(self.charges) else ()
        offered = CHOOSE | {str(kind.id): kind.name for kind in kinds}
        for charge in self.charges:
            charge.form.charge_kind_id.choices = offered

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

    def take_over(self) -> set[str]:
        """Fill each line whose SKU was just chosen with what that SKU says; returns their names."""
        goods, filled = self._goods(), set()
        for row in self.lines:
            line = row.form
            if line.sku.data is None or line.sku.data == line.sku.known:
                continue
            line.description.data = goods[line.sku.data].name
            line.unit_price.raw_data, line.unit_price.data = None, goods[line.sku.data].unit_price
            filled.add(row.name)
        return filled

    def sums(self) -> Sums:
        """What it comes to, reckoned as the order itself will be."""
        goods = self._goods()
        amounts = [_amount(row.form, goods) for row in self.lines]
        discountable = sum(
            amount or 0
            for row, amount in zip(self.lines, amounts, strict=True)
            if row.form.sku.data not in goods or goods[row.form.sku.data].kind not in UNDISCOUNTED
        )
        percent = self.discount_percent.data
        discount = order_discount(
            percent if percent is not None and 0 <= percent <= 100 else None,
            max(self.discount_amount.data or 0, 0),
            discountable,
        )
        charges = sum(row.form.amount.data or 0 for row in self.charges)
        place = db.session.get(Location, self.location.data) if self.location.data else None
        return Sums(
            amounts,
            charges,
            discount,
            place.payment_term.name if place is not None and place.payment_term else "",
            place is not None and place.purchase_order_required and not self.purchase_order_number.data,
        )

    def draft(self) -> OrderDraft:
        """What was entered. A line without a price is sold at its SKU's."""
        goods = self._goods()
        return OrderDraft(
            number=self.number.data,
            external_reference=self.external_reference.data,
            location_id=self.location.data,
            status=self.status.data,
            order_date=self.order_date.data,
            delivery_date=self.delivery_date.data,
            purchase_order_number=self.purchase_order_number.data,
            notes=self.notes.data or "",
            discount_percent=self.discount_percent.data,
            discount_amount=self.discount_amount.data,
            lines=tuple(_line(row.form, goods) for row in self.lines),
            charges=tuple(_charge(row.form) for row in self.charges),
            delivery=Delivery(**{name: _given(self[name].data) for name in deliveries.COLUMNS}),
        )

    @property
    def is_folded(self) -> bool:
        """Whether nothing is known of its delivery, and nothing entered there is wrong."""
        of_order = [self[name] for name in deliveries.COLUMNS]
        beside = [row.form[name] for row in self.lines for name in BESIDE_QUANTITY]
        return all(_given(field.data) is None and not field.errors for field in of_order + beside)

    @classmethod
    def of(cls, order: Order) -> "OrderForm":
        """The form as the order stands."""
        values = {name: getattr(order, name) for name in PLAIN} | _sold(order)
        for entered, line in zip(values["lines"], order.lines, strict=True):
            entered.update({name: getattr(line, name) for name in BESIDE_QUANTITY})
        return cls(data=values)

    @classmethod
    def copied(cls, order: Order) -> "OrderForm":
        """A new order that sells the same to the same location; number, dates and references are its own."""
        return cls(data=_sold(order), formdata=None)

    def _goods(self) -> dict[uuid.UUID, pickers.Goods]:
        """The SKUs of the lines."""
        return pickers.skus({row.form.sku.data for row in self.lines} - {None})


def _sold(order: Order) -> dict[str, Any]:
    """What was sold, to whom, and what was taken off it."""
    return {
        "location": order.location_id,
        "discount_percent": order.discount_percent,
        "discount_amount": order.discount_amount,
        "lines": [_line_values(line) for line in order.lines],
        "charges": [
            {name: getattr(charge, name) for name in ("charge_kind_id", "description", "amount")}
            for charge in order.charges
        ],
    }


def _line_values(line: OrderLine) -> dict[str, Any]:
    return {
        "sku": line.sku_id,
        "quantity": line.quantity,
        "unit_price": line.unit_price,
        "discount_percent": line.discount_percent or None,
        "description": line.description,
    }


def _amount(form: Any, goods: dict[uuid.UUID, pickers.Goods]) -> int | None:
    """Cents; None while something that it is made of is missing or can't be read."""
    percent = form.discount_percent.data or Decimal(0)
    price = _price(form, goods)
    if form.quantity.data is None or price is None or not 0 <= percent <= 100:
        return None
    amount = line_amount(form.quantity.data, price, percent)
    return amount if abs(amount) <= LARGEST_AMOUNT else None


def _price(form: Any, goods: dict[uuid.UUID, pickers.Goods]) -> Decimal | None:
    """As entered; where the field is blank, the SKU's own."""
    if form.unit_price.data is not None or form.unit_price.process_errors:
        return cast("Decimal | None", form.unit_price.data)
    return goods[form.sku.data].unit_price if form.sku.data in goods else None


def _line(form: Any, goods: dict[uuid.UUID, pickers.Goods]) -> LineDraft:
    price = _price(form, goods)
    assert price is not None
    return LineDraft(
        sku_id=form.sku.data,
        description=form.description.data or "",
        quantity=form.quantity.data,
        unit_price=price,
        discount_percent=form.discount_percent.data or Decimal(0),
        **{name: form[name].data for name in BESIDE_QUANTITY},
    )


def _charge(form: Any) -> ChargeDraft:
    return ChargeDraft(form.charge_kind_id.data, form.description.data or "", form.amount.data)


def _given(value: Any) -> Any:
    """None where a choice was left as it was."""
    return None if value == "" else value


def _remove(rows: FieldList, place: str) -> None:
    """The row at this place; the ones behind it move up."""
    if place.isascii() and place.isdecimal() and len(place) < 9 and int(place) < len(rows):
        rows.pop_entry(int(place))


def _percent(field: ExactDecimal) -> None:
    if field.data is not None and not 0 <= field.data <= 100:
        raise ValidationError(NO_PERCENTAGE)
