"""The sections of the mapping, an entry each: what of ours is mapped to what of theirs, and how it reads."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Select, case, func, literal, select, union_all

from portal.mapping import order_conditions
from portal.models import (
    ChargeKind,
    Connection,
    Location,
    Order,
    OrderCharge,
    PaymentTerm,
    Product,
    Sku,
    SyncSettings,
)
from portal.models.books import LIST_OF, ListName, MappingPage, SectionName
from portal.models.kinds import RecordKind
from portal.outbox.statuses import those
from portal.plan.customers import NO_TERM, usable_term
from portal.plan.item_accounts import account_of_category
from portal.plan.lines import usable_item
from portal.plan.taxes import usable_code
from portal.plan.types import Choice
from portal.problems import Found

# Found by the integration status, which few share: nearly all orders are finalized, and SQLite, which can't
# know that, would read them all by that index. Inside coalesce it takes no index.
_IS_UNSENT = Order.integration_status.in_(those("unsent"))
FROZEN_UNSENT = (func.coalesce(Order.status, "") == "finalized", _IS_UNSENT)


@dataclass(frozen=True)
class Users:
    """What uses values of ours, as rows of (value, user).

    found_by_problem: no index leads from a value to one of them, so that whether there is any is known once
    it has failed.
    """

    noun: str
    rows: Select[*tuple[Any, ...]] | CompoundSelect[*tuple[Any, ...]]
    found_by_problem: bool = False


@dataclass(frozen=True, kw_only=True)
class Value:
    """A value of ours that every organization has.

    does: what its choice does. there: what it is called of one province, if not by its label. usual: what
    companies call its counterpart, in QuickBooks' own charts of accounts and tax codes; where there is
    none, nothing is suggested. Of accounts only — types: what QBO allows for this use; inventory_type:
    the detail type that an Inventory item wants beside (6430); reference: the one of an Item that it
    fills when we create it.
    """

    label: str
    does: str
    there: str = ""
    usual: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    inventory_type: str = ""
    reference: str = ""


@dataclass(frozen=True, kw_only=True)
class Section:
    """One section: the values of ours that every organization has, or rows of (value, label[, days]).

    page: the word of its address; the first section of a page heads it. where: how to make a missing value in
    QuickBooks. why: of the one that heads a page, why the page is needed.
    falls_back: a value without a choice takes another section's. told_by: the records that tell
    QuickBooks of its choices; linked ones say something else with another. used_by: what makes a value
    without a choice a gap. by_province: the values that may have a choice by delivery province;
    ONLY_BY_PROVINCE of planning are those that have no other, ELSE_FOR_ALL those of which a province without
    one takes the other. by_place: those that where it is delivered alone decides on. Of sections that an
    order may lack a choice of — usable: what planning says of (value, choice, label, days); orders: which of
    them use a value, None where none does by itself.
    """

    name: SectionName
    page: MappingPage
    title: str
    about: str
    where: str = ""
    why: str = ""
    usable: Callable[[str, Choice | None, str, int | None], Choice | Found] | None = None
    orders: Callable[[str, Connection], ColumnElement[bool] | None] | None = None
    values: Mapping[str, Value] = field(default_factory=dict)
    rows: Select[*tuple[Any, ...]] | None = None
    falls_back: bool = False
    told_by: RecordKind | None = None
    used_by: tuple[Users, ...] = ()
    by_province: tuple[str, ...] = ()
    by_place: tuple[str, ...] = ()

    @property
    def list(self) -> ListName:
        """The list of theirs that its choices are made from."""
        return LIST_OF[self.name]


_TAX_WHERE = "In QuickBooks: Taxes → Sales tax → Manage sales tax"
_ACCOUNT_WHERE = "In QuickBooks: ⚙ → Chart of accounts → New"
_IS_DEPOSIT = Sku.kind == "container_deposit"
_IS_FEE = Sku.kind == "container_fee"
_IS_STOCKED = (Sku.kind == "goods") & (
    select(SyncSettings.organization_id).where(SyncSettings.new_item_type == "Inventory").exists()
)
BY_CATEGORY = {"income": "Income", "expense": "Expense", "asset": "Asset"}
"""Accounts that may be another one for a category of products."""
_HAS_SKUS = Product.skus.any(Sku.active)
_CATEGORIES = (
    select(func.trim(Product.category).label("category"))
    .where(Product.active, func.trim(Product.category) != "", _HAS_SKUS)
    .distinct()
    .subquery()
)
_BY_CATEGORY = union_all(
    *(
        select(
            (literal(account_of_category(account, "")) + _CATEGORIES.c.category).label("ours"),
            (literal(f"{words} of ") + _CATEGORIES.c.category).label("label"),
            _CATEGORIES.c.category,
            literal(place).label("place"),
        )
        for place, (account, words) in enumerate(BY_CATEGORY.items())
    )
).subquery()
_ACCOUNTS_BY_CATEGORY = select(_BY_CATEGORY.c.ours, _BY_CATEGORY.c.label).order_by(
    _BY_CATEGORY.c.category, _BY_CATEGORY.c.place
)
_SKUS_BY_ACCOUNT = union_all(
    *(
        select(literal(ours).label("ours"), Sku.id.label("user")).where(Sku.active, condition)
        for ours, condition in {
            "income": Sku.kind.in_(("goods", "service")),
            "expense": ~_IS_DEPOSIT,
            "asset": _IS_STOCKED,
            "container_deposit": _IS_DEPOSIT,
            "container_fee": _IS_FEE,
        }.items()
    )
)

_SECTIONS = (
    Section(
        name="payment_terms",
        page="payment-terms",
        told_by="location",
        title="Payment terms",
        why="An invoice carries the QuickBooks term that stands for ours. Orders whose term has none wait.",
        about="Which QuickBooks term stands for each of ours. The due date is counted by our days; with a "
        "term that goes by the calendar, and without a term, QuickBooks counts it.",
        where="In QuickBooks: ⚙ → All lists → Terms",
        usable=usable_term,
        orders=order_conditions.of_term,
        values={
            NO_TERM: Value(
                label="No term",
                does="For invoices of locations without a payment term. Without a choice QuickBooks takes "
                "the customer's own term.",
            )
        },
        rows=select(PaymentTerm.id, PaymentTerm.name, PaymentTerm.days).order_by(
            PaymentTerm.days, PaymentTerm.name
        ),
        used_by=(
            Users("location", select(Location.payment_term_id, Location.id).where(Location.active)),
            Users("unsent order", select(Order.payment_term_id, Order.id).where(*FROZEN_UNSENT)),
        ),
    ),
    Section(
        name="customer_tax",
        page="customer-tax",
        told_by="location",
        title="Customer tax",
        why="Each line of an invoice bears a tax code, by the tax status of the customer and the province it "
        "is delivered to.",
        about="Which tax code an order's lines bear, by the tax status of its location. Exempt and "
        "zero-rated both come to nothing but stand in different boxes of the tax return.",
        where=_TAX_WHERE,
        usable=lambda ours, choice, *_: usable_code("customer_tax", ours, choice),
        orders=order_conditions.of_customer_tax,
        values={
            "default": Value(
                label="Default",
                does="For every sale to a customer without a status of its own.",
                there="Sales",
            ),
            "zero_rated": Value(
                label="Zero-rated",
                does="For customers whose sales are taxed at 0 %.",
                usual=("Zero-rated",),
            ),
            "exempt": Value(
                label="Exempt",
                does="For customers that pay no tax, such as schools or First Nations bands.",
                usual=("Exempt",),
            ),
            "provincial_exempt": Value(
                label="Provincial tax exempt",
                does="For customers with a certificate for PST or QST, such as for resale: GST alone.",
            ),
            "abroad": Value(
                label="Deliveries abroad",
                does="For every line but container deposits, whoever buys, where the address is in another "
                "country than the company.",
                usual=("Zero-rated",),
            ),
        },
        used_by=(
            Users("location", select(Location.tax_status, Location.id).where(Location.active)),
            Users(
                "unsent order",
                select(Order.tax_status, Order.id).where(*FROZEN_UNSENT),
                found_by_problem=True,
            ),
        ),
        by_province=("default", "provincial_exempt"),
        by_place=("abroad",),
    ),
    Section(
        name="customer_accounts",
        page="customer-accounts",
        title="Customer accounts",
        why="Delivery charges and the like go to a product or service of QuickBooks, which posts to an "
        "account.",
        about="QuickBooks customers carry no accounts of their own; these are used as each line says.",
        where=_ACCOUNT_WHERE,
        values={
            "income": Value(
                label="Income",
                does="The account of the service items that we create for charge kinds below.",
                usual=("Delivery Income", "Shipping Income", "Services", "Sales"),
                types=("Income",),
            ),
            "expense": Value(
                label="Expense",
                does="Kept and shown; nothing is posted to it yet.",
                usual=("Cost of Goods Sold", "Shipping Costs"),
                types=("Expense", "Other Expense", "Cost of Goods Sold"),
            ),
            "asset": Value(
                label="Asset",
                does="QuickBooks posts invoices to its own receivable account: this should be it.",
                usual=("Accounts Receivable (A/R)",),
                types=("Accounts Receivable",),
            ),
        },
    ),
    Section(
        name="charge_kinds",
        page="customer-accounts",
        title="Charge kinds",
        about="Each charge on an order goes to a product or service of QuickBooks: pick one, or have it "
        "created on the income account chosen above.",
        usable=lambda ours, choice, name, _: usable_item(ours, choice, name),
        orders=order_conditions.of_charge,
        rows=select(ChargeKind.id, ChargeKind.name).order_by(ChargeKind.name),
        used_by=(
            Users(
                "order",
                select(OrderCharge.charge_kind_id, OrderCharge.order_id)
                .join(Order, Order.id == OrderCharge.order_id)
                .where(Order.status != "cancelled", _IS_UNSENT),
            ),
        ),
    ),
    Section(
        name="product_tax",
        page="product-tax",
        told_by="sku",
        title="Product tax",
        why="Products and container deposits bear a tax code, too. A deposit is no sale.",
        about="The tax code of products, and of container deposits, which are no sale.",
        where=_TAX_WHERE,
        usable=lambda ours, choice, *_: usable_code("product_tax", ours, choice),
        orders=order_conditions.of_product_tax,
        values={
            "default": Value(
                label="Default",
                does="Fills the product's own code in QuickBooks. Lines bear the customers' default.",
            ),
            "zero_rated": Value(
                label="Zero-rated", does="For products that nobody pays tax on.", usual=("Zero-rated",)
            ),
            "container_deposit": Value(
                label="Container deposits",
                does="Out of scope of the tax is usual, in the US NON: a refundable deposit is no sale.",
                usual=("Out of Scope",),
            ),
        },
        used_by=(
            Users(
                "SKU",
                select(case((_IS_DEPOSIT, "container_deposit"), else_=Sku.tax_status), Sku.id).where(
                    Sku.active
                ),
            ),
        ),
        by_province=("container_deposit",),
    ),
    Section(
        name="product_accounts",
        page="product-accounts",
        title="Product accounts",
        why="Products that are not in QuickBooks yet are created there, on these accounts.",
        about="The accounts of products that we create in QuickBooks. Products that are there already keep "
        "theirs: we never change an account, since QuickBooks would restate its history.",
        where=_ACCOUNT_WHERE,
        values={
            "income": Value(
                label="Income",
                does="Where sales of a new product are posted.",
                usual=("Sales of Product Income", "Product Sales", "Sales"),
                types=("Income",),
                inventory_type="SalesOfProductIncome",
                reference="IncomeAccountRef",
            ),
            "expense": Value(
                label="Expense",
                does="Where its cost is posted.",
                usual=("Cost of Goods Sold",),
                types=("Cost of Goods Sold", "Expense"),
                reference="ExpenseAccountRef",
            ),
            "asset": Value(
                label="Asset",
                does="Only for new products of type Inventory: where their stock is kept.",
                usual=("Inventory Asset", "Inventory"),
                types=("Other Current Asset",),
                inventory_type="Inventory",
                reference="AssetAccountRef",
            ),
            "container_deposit": Value(
                label="Container deposit liability",
                does="Deposits are owed to customers until given back: a liability, no income.",
                usual=("Container Deposits Payable", "Deposits Payable"),
                types=("Other Current Liability",),
                reference="IncomeAccountRef",
            ),
            "container_fee": Value(
                label="Container fees",
                does="Recycling fees are not given back. They bear the tax of the drink.",
                usual=("Container Recycling Fees", "Recycling Fees"),
                types=("Income", "Other Income", "Other Current Liability"),
                reference="IncomeAccountRef",
            ),
        },
        used_by=(Users("SKU", _SKUS_BY_ACCOUNT),),
    ),
    Section(
        name="category_accounts",
        page="product-accounts",
        title="By product category (optional)",
        about="For new products of a category, in place of the accounts above. A category without a choice "
        "takes those. Container deposits have their own account, whatever category they are in.",
        rows=_ACCOUNTS_BY_CATEGORY,
        falls_back=True,
    ),
)
SECTIONS: dict[SectionName, Section] = {section.name: section for section in _SECTIONS}


def account_value(section: SectionName, ours: str) -> Value | None:
    """What is said of a value of ours; of an account of one category, of that account."""
    if section == "category_accounts":
        section, ours = "product_accounts", ours.partition(":")[0]
    return SECTIONS[section].values.get(ours)


PAGES: dict[str, list[Section]] = {
    page: [section for section in _SECTIONS if section.page == page]
    for page in dict.fromkeys(section.page for section in _SECTIONS)
}
