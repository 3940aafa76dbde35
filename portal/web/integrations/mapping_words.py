"""What each mapping page says about itself, in a bookkeeper's words."""

from dataclasses import dataclass, field

from flask import url_for
from markupsafe import Markup, escape

from portal.outbox.holds import Saved


@dataclass(frozen=True)
class Words:
    """`where`: how to make a missing value in QuickBooks. `does`: per value of ours, what its choice does."""

    title: str
    about: str
    where: str
    does: dict[str, str] = field(default_factory=dict)


def told(saved: Saved) -> Markup:
    """What a save did, with the way to push what it made ready."""
    if not saved.ready:
        return escape(saved.sentence())
    ready = url_for("orders.index", integration="ready", bulk=1)
    return Markup('{} <a href="{}">Push them</a>').format(saved.sentence(), ready)


_TAX_WHERE = "In QuickBooks: Taxes → Sales tax → Manage sales tax"
_ACCOUNT_WHERE = "In QuickBooks: ⚙ → Chart of accounts → New"

WORDS = {
    "payment-terms": Words(
        "Payment terms",
        "Which QuickBooks term stands for each of ours. The due date is counted by our days.",
        "In QuickBooks: ⚙ → All lists → Terms",
    ),
    "customer-tax": Words(
        "Customer tax",
        "Which tax code an order's lines bear, by the tax status of its location. Exempt and zero-rated both "
        "come to nothing but stand in different boxes of the tax return.",
        _TAX_WHERE,
        {
            "default": "For every sale to a customer without a status of its own.",
            "zero_rated": "For customers whose sales are taxed at 0 %.",
            "exempt": "For customers that pay no tax, such as schools or First Nations bands.",
        },
    ),
    "product-tax": Words(
        "Product tax",
        "The tax code of products, and of container deposits, which are no sale.",
        _TAX_WHERE,
        {
            "default": "Fills the product's own code in QuickBooks. Lines bear the customers' default.",
            "zero_rated": "For products that nobody pays tax on.",
            "container_deposit": "Out of scope of the tax is usual: a refundable deposit is no sale.",
        },
    ),
    "customer-accounts": Words(
        "Customer accounts",
        "QuickBooks customers carry no accounts of their own; these are used as each line says.",
        _ACCOUNT_WHERE,
        {
            "income": "The account of the service items that we create for charge kinds below.",
            "expense": "Kept and shown; nothing is posted to it yet.",
            "asset": "QuickBooks posts invoices to its own receivable account: this should be it.",
        },
    ),
    "product-accounts": Words(
        "Product accounts",
        "The accounts of products that we create in QuickBooks. Products that are there already keep theirs: "
        "we never change an account, since QuickBooks would restate its history.",
        _ACCOUNT_WHERE,
        {
            "income": "Where sales of a new product are posted.",
            "expense": "Where its cost is posted.",
            "asset": "Only for new products of type Inventory: where their stock is kept.",
            "container_deposit": "Deposits are owed to customers until given back: a liability, no income.",
        },
    ),
}
