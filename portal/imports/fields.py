"""What a file of each kind may have: each field once, for recognizing, reading, examples and pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from portal.models.imports import ImportKind
from portal.plan.exemptions import REASONS
from portal.sales import field_rules as rules
from portal.sales.deliveries import COLLECTED_BY
from portal.sales.field_rules import TextRule

Reads = Literal[
    "text", "code", "email", "currency", "number", "price", "money", "percent",
    "day", "days", "yes", "no", "choice", "country", "term", "reason",
]  # fmt: skip


@dataclass(frozen=True)
class Field:
    """One field of a kind of file.

    aliases: what else columns are called that hold it, bare of case and signs. reads: how its text becomes a
    value. required: a file without such a column can't be read. address: which one it is part of. of_line: of
    one line of an order, rather than of all of it. example: of the two rows of the example file.
    """

    name: str
    label: str
    aliases: tuple[str, ...] = ()
    reads: Reads = "text"
    required: bool = False
    about: str = ""
    example: tuple[str, str] = ("", "")
    rule: TextRule | None = None
    choices: Mapping[str, tuple[str, ...]] | None = None
    address: str = ""
    of_line: bool = False


@dataclass(frozen=True)
class FileKind:
    """What a file of this kind holds. match: by which of its values a row is one of ours."""

    kind: ImportKind
    one: str
    many: str
    about: str
    match: str
    fields: tuple[Field, ...]

    def field(self, name: str) -> Field:
        return next(field for field in self.fields if field.name == name)


TAX: Mapping[str, tuple[str, ...]] = {
    "default": ("default", "taxable", "standard"),
    "zero_rated": ("zerorated", "zero"),
    "exempt": ("exempt", "taxexempt", "nontaxable"),
    "provincial_exempt": ("provincialtaxexempt", "provincialexempt", "resale"),
}
PRODUCT_TAX = {name: TAX[name] for name in ("default", "zero_rated")}
COLLECTED: Mapping[str, tuple[str, ...]] = {
    name: (name, words.casefold().replace(" ", "")) for name, words in COLLECTED_BY.items()
}
SKU_KINDS: Mapping[str, tuple[str, ...]] = {
    "goods": ("goods", "product", "inventory", "noninventory"),
    "service": ("service",),
    "container_deposit": ("containerdeposit", "deposit", "bottledeposit"),
    "container_fee": ("containerfee", "recyclingfee"),
}


def _address(which: str, word: str, example: Sequence[tuple[str, str]]) -> tuple[Field, ...]:
    """The parts of one address. Columns that don't say which one are the delivery address."""
    parts = {
        "line1": ("Street", ("street", "address", "address1", "addressline1", "line1")),
        "line2": ("Street, second line", ("address2", "addressline2", "line2")),
        "city": ("City", ("city", "town")),
        "province": ("Province or state", ("province", "state", "region")),
        "postal_code": ("Postal code", ("postalcode", "postcode", "zip", "zipcode")),
        "country": ("Country", ("country",)),
    }
    bare = which == "delivery"
    words = ("delivery", "ship", "shipping", "shipto") if bare else ("billing", "bill", "billto", "invoice")
    return tuple(
        Field(
            f"{which}_{name}",
            f"{word}: {label.lower()}",
            tuple(f"{one}{alias}" for one in words for alias in aliases) + (aliases if bare else ()),
            "country" if name == "country" else "text",
            example=example[at],
            rule=rules.ADDRESS.get(name),
            address=which,
        )
        for at, (name, (label, aliases)) in enumerate(parts.items())
    )


TERMS = FileKind(
    "terms",
    "payment term",
    "payment terms",
    "When invoices are due.",
    "A row is the payment term of the same name.",
    (
        Field(
            "name",
            "Name",
            ("term", "terms", "paymentterm", "termname"),
            required=True,
            example=("Net 30", "Due on receipt"),
            rule=rules.NAMED,
        ),
        Field(
            "days",
            "Days",
            ("duedays", "netdays", "netduedays"),
            "days",
            required=True,
            example=("30", "0"),
        ),
    ),
)
CUSTOMERS = FileKind(
    "customers",
    "customer",
    "customers",
    "One row for each location that is delivered to; rows of one customer number are locations of one "
    "customer.",
    "A row is the location of the same location number (the customer number where the file has no other), "
    "else that of the same third-party ID, else the only one of the same customer and location name.",
    (
        Field(
            "customer_number",
            "Customer number",
            ("customerid", "customerno", "customercode", "customer", "accountnumber", "account", "id"),
            "code",
            example=("C101", "C102"),
            rule=rules.CUSTOMER["number"],
        ),
        Field(
            "customer_name",
            "Customer name",
            ("companyname", "company", "name", "customer name", "legalname"),
            required=True,
            example=("Fox & Fiddler", "Bar Vendetta"),
            rule=rules.CUSTOMER["name"],
        ),
        Field(
            "number",
            "Location number",
            ("locationno", "locationid", "locationcode", "shiptonumber", "site"),
            "code",
            about="Without it, the customer number.",
            example=("L1001", "L1002"),
            rule=rules.LOCATION["number"],
        ),
        Field(
            "name",
            "Location name",
            ("location", "shiptoname", "sitename", "store", "storename"),
            about="Without it, the customer name.",
            example=("Bloor St", "Dundas St"),
            rule=rules.LOCATION["name"],
        ),
        Field(
            "third_party_id",
            "Third-party ID",
            ("externalid", "thirdparty", "otherid"),
            "code",
            example=("A-77", ""),
            rule=rules.LOCATION["third_party_id"],
        ),
        Field(
            "payment_term_id",
            "Payment term",
            ("term", "terms", "paymentterms"),
            "term",
            about="The name of one of your payment terms.",
            example=("Net 30", ""),
        ),
        Field(
            "currency",
            "Currency",
            ("currencycode",),
            "currency",
            about="Three letters; empty is the organization's own.",
            rule=rules.LOCATION["currency"],
        ),
        Field("tax_status", "Tax status", ("tax", "taxcode"), "choice", example=("default", ""), choices=TAX),
        Field("exemption_reason_id", "Exemption reason", ("taxexemptreason",), "reason"),
        Field("exemption_reason", "Exemption note", rule=rules.LOCATION["exemption_reason"]),
        Field(
            "certificate",
            "Certificate number",
            ("exemptioncertificate", "certificateno"),
            "code",
            rule=rules.LOCATION["certificate"],
        ),
        Field(
            "certificate_expires",
            "Certificate valid until",
            ("certificateexpires", "certificateexpiry"),
            "day",
        ),
        Field(
            "tax_registration_number",
            "Tax registration number",
            ("taxid", "vatnumber", "gstnumber", "hstnumber", "taxnumber"),
            "code",
            rule=rules.LOCATION["tax_registration_number"],
        ),
        Field(
            "contact",
            "Contact",
            ("contactname", "contactperson", "attention"),
            example=("Ada Fox", ""),
            rule=rules.LOCATION["contact"],
        ),
        Field(
            "email",
            "E-mail",
            ("mail", "emailaddress"),
            "email",
            example=("ada@example.com", ""),
            rule=rules.LOCATION["email"],
        ),
        Field(
            "phone",
            "Phone",
            ("telephone", "phonenumber", "tel"),
            example=("416 555 0101", ""),
            rule=rules.LOCATION["phone"],
        ),
        *_address("billing", "Billing address", [("", "")] * 6),
        *_address(
            "delivery",
            "Delivery address",
            [
                *(("229 Bloor St W", "928 Dundas St W"), ("", "")),
                *(("Toronto", "Toronto"), ("ON", "ON"), ("M5S 1R8", "M6J 1W3"), ("Canada", "Canada")),
            ],
        ),
        Field("purchase_order_required", "Asks for a purchase order number", ("porequired",), "yes"),
        Field("active", "Active", ("isactive", "enabled"), "yes", example=("yes", "yes")),
        Field("inactive", "Inactive", ("discontinued", "disabled", "blocked", "closed"), "no"),
    ),
)
PRODUCTS = FileKind(
    "products",
    "product",
    "products",
    "One row for each SKU; rows of one product name are SKUs of one product.",
    "A row is the SKU of the same code; one without a code is the SKU of the same product and SKU name.",
    (
        Field(
            "code",
            "SKU code",
            ("sku", "code", "productid", "productcode", "itemcode", "stockcode", "itemnumber", "id"),
            "code",
            example=("AMB-20", "AMB-50"),
            rule=rules.SKU["code"],
        ),
        Field(
            "product_name",
            "Product name",
            ("product", "item", "itemname", "name"),
            required=True,
            example=("Amber Ale", "Amber Ale"),
            rule=rules.PRODUCT["name"],
        ),
        Field(
            "name",
            "SKU name",
            ("size", "unit", "package", "packaging", "quantityperunit", "pack", "variant"),
            about="Such as its size. Without it, the product name.",
            example=("20 L keg", "50 L keg"),
            rule=rules.SKU["name"],
        ),
        Field(
            "category",
            "Category",
            ("categoryname", "categoryid", "group"),
            example=("Beer", "Beer"),
            rule=rules.PRODUCT["category"],
        ),
        Field("description", "Description", ("notes",), rule=rules.PRODUCT["description"]),
        Field("barcode", "Barcode", ("upc", "ean", "gtin"), "code", rule=rules.SKU["barcode"]),
        Field(
            "unit_price",
            "Unit price",
            ("price", "salesprice", "listprice", "rate"),
            "price",
            example=("112.50", "245.00"),
        ),
        Field("cost", "Cost", ("unitcost", "purchasecost", "purchaseprice"), "price"),
        Field("tax_status", "Tax status", ("tax", "taxcode"), "choice", choices=PRODUCT_TAX),
        Field("kind", "Kind", ("type", "itemtype"), "choice", example=("goods", "goods"), choices=SKU_KINDS),
        Field("active", "Active", ("isactive", "enabled"), "yes", example=("yes", "yes")),
        Field("inactive", "Inactive", ("discontinued", "disabled"), "no"),
    ),
)
ORDERS = FileKind(
    "orders",
    "order",
    "orders",
    "One row for each line, or one for each order. Rows of one number are one order, wherever they stand. A "
    "file may also hold only the lines, or only the heads, of orders that are here already.",
    "A row belongs to the order of the same number. Its customer is the location of that number, else of "
    "that third-party ID, else the only location of a customer of that number, else the only one of that "
    "name. Its product is the SKU of that code.",
    (
        Field(
            "number",
            "Order number",
            ("orderid", "order", "orderno", "invoiceno", "invoice", "invoicenumber", "docnumber"),
            "code",
            required=True,
            example=("10001", "10001"),
            rule=rules.ORDER["number"],
        ),
        Field(
            "customer",
            "Customer",
            ("customerid", "customernumber", "customerno", "locationnumber", "location", "account"),
            "code",
            about="A location's number, third-party ID or name.",
            example=("L1001", "L1001"),
        ),
        Field(
            "order_date",
            "Order date",
            ("date", "orderdate", "invoicedate"),
            "day",
            example=("2026-11-30", "2026-11-30"),
        ),
        Field(
            "delivery_date",
            "Delivery date",
            ("delivered", "shippeddate", "shipdate", "deliveredon"),
            "day",
            about="Of an order that is new, without it the order date.",
            example=("2026-12-01", "2026-12-01"),
        ),
        Field(
            "external_reference",
            "External reference",
            ("reference", "externalid"),
            "code",
            rule=rules.ORDER["external_reference"],
        ),
        Field(
            "purchase_order_number",
            "Purchase order number",
            ("po", "ponumber", "purchaseorder"),
            "code",
            example=("PO-7", "PO-7"),
            rule=rules.ORDER["purchase_order_number"],
        ),
        Field("notes", "Notes", ("note", "comment", "memo"), rule=rules.ORDER["notes"]),
        *(
            Field(name, label, aliases, rule=rules.DELIVERY[name], reads="code")
            for name, label, aliases in (
                ("route", "Route", ("routename", "routeno")),
                ("stop", "Stop", ("stopno", "stopnumber")),
                ("driver", "Driver", ("drivername", "employeeid")),
                ("warehouse", "Warehouse", ("depot", "shippedfrom")),
                ("signed_by", "Signed by", ("receivedby", "signature")),
            )
        ),
        Field("collected_amount", "Collected", ("amountcollected", "paid"), "money"),
        Field("collected_method", "Collected by", ("paidby", "paymentmethod"), "choice", choices=COLLECTED),
        Field("order_discount_percent", "Order discount %", ("orderdiscountpercent",), "percent"),
        Field("order_discount_amount", "Order discount, amount", ("orderdiscount",), "money"),
        Field(
            "freight",
            "Freight or delivery charge",
            ("freight", "shipping", "deliverycharge", "shippingcharge", "postage"),
            "money",
            about="An amount for the whole order, once.",
        ),
        Field(
            "customer_name",
            "Customer's name",
            ("customername", "shipname", "companyname"),
            about="For customers that are made from this file.",
        ),
        Field(
            "country",
            "Customer's country",
            ("country", "shipcountry"),
            "country",
            about="For customers that are made from this file.",
        ),
        Field(
            "sku",
            "SKU code",
            ("sku", "stockcode", "productid", "productcode", "itemcode", "code", "item"),
            "code",
            example=("AMB-20", "AMB-50"),
            of_line=True,
        ),
        Field(
            "description",
            "Description",
            ("productname", "linedescription", "itemname"),
            example=("Amber Ale 20 L keg", ""),
            rule=rules.LINE["description"],
            of_line=True,
        ),
        Field("quantity", "Quantity", ("qty", "units", "count"), "number", example=("2", "-1"), of_line=True),
        Field(
            "unit_price",
            "Unit price",
            ("price", "rate", "salesprice"),
            "number",
            about="Without it, the SKU's own.",
            example=("112.50", "245.00"),
            of_line=True,
        ),
        Field(
            "discount_percent",
            "Discount %",
            ("discount", "linediscount", "discountpercent"),
            "percent",
            example=("", "5"),
            of_line=True,
        ),
        Field("ordered_quantity", "Ordered quantity", ("ordered", "qtyordered"), "number", of_line=True),
        Field("refused_quantity", "Refused quantity", ("refused", "qtyrefused"), "number", of_line=True),
        Field(
            "refused_reason",
            "Why it was refused there",
            ("refusedreason", "refusalreason"),
            rule=rules.LINE["refused_reason"],
            of_line=True,
        ),
    ),
)
KINDS: Mapping[ImportKind, FileKind] = {one.kind: one for one in (TERMS, CUSTOMERS, PRODUCTS, ORDERS)}
REASON_WORDS = {words.casefold(): reason for reason, words in REASONS.items()}


def columns_of_orders() -> tuple[str, ...]:
    """The fields of an order's lines."""
    return tuple(field.name for field in ORDERS.fields if field.of_line)
