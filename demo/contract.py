"""What the driver knows of the portal's pages: addresses, field names, words of labels."""

from __future__ import annotations

from dataclasses import dataclass

EMAIL = "admin@example.com"
THEIR_EMAIL, THEIR_PASSWORD = "bookkeeper@example.com", "simulator"
"""The person at the other side, as its sign-in page names her."""

LOGIN = "/login"
DASHBOARD = "/settings/integrations"
CONNECT = "/settings/integrations/connect"
SYNC = "/settings/integrations/sync"
MAPPING = "/settings/integrations/mapping"
CHARGES = "customer-accounts"
CREATE_CHARGE_ITEM = "create"
"""In the address of the button that makes the item of a charge kind, before the kind's id."""
ORDERS = "/orders"
PUSH = "/orders/push"


def drawer(record_id: str, kind: str = "order") -> str:
    return f"/badges/{kind}/{record_id}"


def finalize(order_id: str) -> str:
    return f"/orders/{order_id}/finalize"


CSRF = "csrf_token"

ROW_ID, ROW_NUMBER = "data-id", "data-number"
BADGE_STATUS = "data-status"
"""On the badge inside a row."""
PROBLEM_CODE = "data-problem"
"""On each problem in a record's drawer."""
EXTERNAL_ID, ENTITY, AS_OF = "data-external-id", "data-entity", "data-as-of"
"""In a drawer, on what it says of QuickBooks: which one of theirs, and when it was last answered."""
VALUE_THERE = "data-there"
"""On each value that is said to stand there: it, by QuickBooks' property, as JSON."""
RUN_STATE, RUN_FINISHED = "data-state", "finished"
WAITED = "data-waited-seconds"

FAILED = "failed"
GREEN = ("synced", "marked", "variance")
TABLES = {"location": "/customers", "sku": "/products", "order": "/orders"}
"""Of each kind of record, the table of all of them."""
NOT_ASKED_FOR = ("not_sent", "ready", "blocked")
UNDER_WAY = ("queued", "waiting", "sending", "checking")
"""Statuses of a badge. One that waits for a customer that failed is shown as failed."""
DELIVERED_FILTER = {"status": "delivered"}
FINALIZED_FILTER = {"status": "finalized"}
READY_FILTER = {"status": "finalized", "integration": "ready"}
TICKED, ALL_MATCHING = "ids", "select_all"
"""Fields of a bulk push: an order ticked, or all that match the filter sent along."""

KEYS = {
    "order_ours": "order number",
    "customer_ours": "third-party ID",
    "customer_theirs": "DisplayName",
    "sku_ours": "code",
    "sku_theirs": "Sku",
}


@dataclass(frozen=True)
class Choice:
    """A select found by words of its label, and the beginning of the option to choose."""

    label: tuple[str, ...]
    option: str


MAPPINGS: dict[str, tuple[Choice, ...]] = {
    "payment-terms": (
        Choice(("Due on receipt",), "Due on receipt"),
        Choice(("Net 15",), "Net 15"),
        Choice(("Net 30",), "Net 30"),
        Choice(("Net 60",), "Net 60"),
        Choice(("Cash on delivery",), "Due on receipt"),
    ),
    "customer-tax": (
        Choice(("default",), "HST ON"),
        Choice(("zero-rated",), "Zero-rated"),
        Choice(("exempt",), "Exempt"),
    ),
    "customer-accounts": (
        Choice(("income",), "Delivery Income"),
        Choice(("expense",), "Cost of Goods Sold"),
        Choice(("asset",), "Accounts Receivable (A/R)"),
        Choice(("Delivery",), "Delivery"),
    ),
    "product-tax": (
        Choice(("default",), "HST ON"),
        Choice(("zero-rated",), "Zero-rated"),
        Choice(("container deposit",), "Out of Scope"),
    ),
    "product-accounts": (
        Choice(("income",), "Sales of Product Income"),
        Choice(("expense",), "Cost of Goods Sold"),
        Choice(("asset",), "Inventory Asset"),
        Choice(("container deposit",), "Container Deposits Payable"),
    ),
}
