"""The tables, and facts a row can tell about itself."""

from portal.models.base import Base, OrganizationScoped
from portal.models.books import Connection, KeySettings, ListEntry, Mapping, OAuthState, SyncSettings
from portal.models.people import Event, Invitation, Organization, User
from portal.models.pushes import (
    BulkRun,
    Call,
    CallDay,
    Delivery,
    DrainLease,
    Heartbeat,
    Link,
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
    "User",
]
