"""The tables, and facts a row can tell about itself."""

from portal.models.base import Base, OrganizationScoped
from portal.models.books import Connection, KeySettings, ListEntry, Mapping, OAuthState, SyncSettings
from portal.models.links import Link, Theirs
from portal.models.people import Actor, Event, Invitation, Organization, User
from portal.models.pushes import (
    BulkRun,
    Call,
    CallDay,
    Delivery,
    DrainLease,
    Heartbeat,
    Problem,
    Push,
    PushDay,
)
from portal.models.sales import (
    ChargeKind,
    Customer,
    Location,
    Order,
    OrderCharge,
    OrderLine,
    PaymentTerm,
    Product,
    SearchWord,
    Sku,
)

__all__ = [
    "Actor",
    "Base",
    "BulkRun",
    "Call",
    "CallDay",
    "ChargeKind",
    "Connection",
    "Customer",
    "Delivery",
    "DrainLease",
    "Event",
    "Heartbeat",
    "Invitation",
    "KeySettings",
    "Link",
    "ListEntry",
    "Location",
    "Mapping",
    "OAuthState",
    "Order",
    "OrderCharge",
    "OrderLine",
    "Organization",
    "OrganizationScoped",
    "PaymentTerm",
    "Problem",
    "Product",
    "Push",
    "PushDay",
    "SearchWord",
    "Sku",
    "SyncSettings",
    "Theirs",
    "User",
]
