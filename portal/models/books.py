"""The company and how it is spoken to: connection, key and sync settings, mappings, their lists."""

import uuid
from datetime import date, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, Identified, OrganizationScoped, now

SectionName = Literal[
    "payment_terms",
    "customer_tax",
    "customer_accounts",
    "product_tax",
    "product_accounts",
    "category_accounts",
    "charge_kinds",
]
MappingPage = Literal["payment-terms", "customer-tax", "customer-accounts", "product-tax", "product-accounts"]
DifferRule = Literal["update", "ask", "keep"]
ListName = Literal["terms", "tax_codes", "accounts", "items", "tax_agencies"]
# Which of their lists the choices of a section are made from.
LIST_OF: dict[SectionName, ListName] = {
    "payment_terms": "terms",
    "customer_tax": "tax_codes",
    "customer_accounts": "accounts",
    "product_tax": "tax_codes",
    "product_accounts": "accounts",
    "category_accounts": "accounts",
    "charge_kinds": "items",
}


class Connection(Identified, OrganizationScoped, Base):
    """One realm that an organization is, or was, connected to; at most one is active."""

    __tablename__ = "connection"
    __table_args__ = (
        Index(
            "uq_connection_active",
            "organization_id",
            unique=True,
            sqlite_where=text("status = 'active'"),
            postgresql_where=text("status = 'active'"),
        ),
        # A realm active in one organization is refused to every other.
        Index(
            "uq_connection_realm",
            "realm_id",
            unique=True,
            sqlite_where=text("status = 'active'"),
            postgresql_where=text("status = 'active'"),
        ),
        Index("ix_connection_organization_id", "organization_id"),
        CheckConstraint("status IN ('active', 'closed')", name="status"),
        CheckConstraint("state IN ('ok', 'reconnect', 'on_hold')", name="state"),
    )

    realm_id: Mapped[str] = mapped_column(String(40))
    status: Mapped[str] = mapped_column(String(10), default="active")
    # ok; reconnect: a person must authorize again; on_hold: QBO refuses writes (subscription)
    state: Mapped[str] = mapped_column(String(10), default="ok")
    state_reason: Mapped[str] = mapped_column(String(300), default="")
    connected_by: Mapped[str] = mapped_column(String(200), default="")
    connected_at: Mapped[datetime] = mapped_column(default=now)

    # Sealed by TokenCipher, bound to table, row and column.
    access_token: Mapped[str | None] = mapped_column(Text)
    refresh_token: Mapped[str | None] = mapped_column(Text)
    previous_refresh_token: Mapped[str | None] = mapped_column(Text)
    access_expires_at: Mapped[datetime | None]
    refresh_expires_at: Mapped[datetime | None]
    # When Intuit ends the access however often it is renewed, five years after the consent; unknown until it
    # has told.
    access_ends_at: Mapped[datetime | None]
    token_version: Mapped[int] = mapped_column(default=0)
    token_lease_until: Mapped[datetime | None]

    # Company facts, as read from CompanyInfo and Preferences.
    company_name: Mapped[str] = mapped_column(String(200), default="")
    country: Mapped[str] = mapped_column(String(3), default="")
    home_currency: Mapped[str] = mapped_column(String(3), default="")
    plan: Mapped[str] = mapped_column(String(100), default="")
    closing_date: Mapped[date | None]
    # As CompanyInfo has it: an IANA name, or nothing where it says none. None while it was not read yet.
    time_zone: Mapped[str | None] = mapped_column(String(64))
    custom_numbers: Mapped[bool] = mapped_column(default=False)
    sales_tax: Mapped[bool] = mapped_column(default=False)
    automated_tax: Mapped[bool] = mapped_column(default=False)
    discounts: Mapped[bool] = mapped_column(default=False)
    multicurrency: Mapped[bool] = mapped_column(default=False)
    auto_apply_credit: Mapped[bool] = mapped_column(default=False)
    fiscal_month: Mapped[int] = mapped_column(default=1)
    purchase_order_field: Mapped[str | None] = mapped_column(String(20))
    facts_read_at: Mapped[datetime | None]
    lists_read_at: Mapped[datetime | None]

    # When QBO last refused a second document of one number (6140), as far as is known; what that proves, and
    # for how long, says portal/company/number_guard.py.
    number_guard: Mapped[datetime | None]
    # QBO has answered another DocNumber than ours: look-ups go by CreateTime instead.
    renumbers: Mapped[bool] = mapped_column(default=False)
    # Set by `flask restored`: every order is looked up by number before its first send.
    restored_at: Mapped[datetime | None]

    pause_until: Mapped[datetime | None]
    next_at: Mapped[datetime | None]
    # Transient or ambiguous answers in a row.
    streak: Mapped[int] = mapped_column(default=0)
    last_synced_at: Mapped[datetime | None]
    # Seconds that pushes stood back for our own rate limits, in all.
    throttle_waited: Mapped[int] = mapped_column(default=0)

    def ends_within(self, span: timedelta) -> bool:
        """Whether Intuit has said that the access ends for good so soon."""
        return self.access_ends_at is not None and self.access_ends_at <= now() + span

    @property
    def is_us(self) -> bool:
        return self.country == "US"

    def bound_to(self, column: str) -> str:
        """What a sealed token of this row is bound to."""
        return f"connection:{self.id}:{column}"


class OAuthState(Identified, OrganizationScoped, Base):
    """One started authorization: its `state` is used once, by the person who started it."""

    __tablename__ = "oauth_state"

    state_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime] = mapped_column(default=now)


class LooseGrant(Identified, OrganizationScoped, Base):
    """An access that Intuit granted and no connection uses: not yet, until the person who got it says so, or
    not any more. Where nobody takes it up in time it is given back.
    """

    __tablename__ = "loose_grant"
    __table_args__ = (
        Index("ix_loose_grant_organization_id", "organization_id"),
        Index("ix_loose_grant_give_back_at", "give_back_at"),
    )

    realm_id: Mapped[str] = mapped_column(String(40))
    company_name: Mapped[str] = mapped_column(String(200), default="")
    # JSON, sealed by TokenCipher, bound to table, row and column. Of what was used: the refresh token alone.
    tokens: Mapped[str] = mapped_column(Text)
    # Who may take it up until it is given back; nobody, once it was taken or let go.
    user_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime] = mapped_column(default=now)
    give_back_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)

    def bound_to(self) -> str:
        """What the sealed tokens of this row are bound to."""
        return f"loose_grant:{self.id}:tokens"


class Discovery(Base):
    """Intuit's addresses as it last published them under an address. It belongs to no organization."""

    __tablename__ = "discovery"

    url: Mapped[str] = mapped_column(String(300), primary_key=True)
    # JSON, sealed: secrets are sent to what stands here, so it must have been written by us.
    endpoints: Mapped[str] = mapped_column(Text)
    read_at: Mapped[datetime]
    ask_again_at: Mapped[datetime]


class KeySettings(OrganizationScoped, Base):
    """By which pair of fields a record of ours and one of theirs are the same one."""

    __tablename__ = "key_settings"

    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organization.id"), primary_key=True)
    order_ours: Mapped[str] = mapped_column(String(20), default="number")  # number | external_reference
    customer_ours: Mapped[str] = mapped_column(String(20), default="name")  # third_party_id | number | name
    customer_theirs: Mapped[str] = mapped_column(
        String(20), default="DisplayName"
    )  # … or FullyQualifiedName,
    # CompanyName, Id
    sku_ours: Mapped[str] = mapped_column(String(20), default="code")  # code | barcode | name
    sku_theirs: Mapped[str] = mapped_column(String(20), default="Sku")  # Sku | Name | Id
    confirmed_at: Mapped[datetime | None]


class SyncSettings(OrganizationScoped, Base):
    """What is pushed by itself, and how documents are dated and printed. All off at first."""

    __tablename__ = "sync_settings"

    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organization.id"), primary_key=True)
    customers_on: Mapped[bool] = mapped_column(default=False)
    products_on: Mapped[bool] = mapped_column(default=False)
    orders_on: Mapped[bool] = mapped_column(default=False)
    start_date: Mapped[date | None]
    closed_period_policy: Mapped[str] = mapped_column(
        String(20), default="hold"
    )  # hold | first_open_day | ask
    invoice_date_rule: Mapped[str] = mapped_column(
        String(20), default="delivery"
    )  # delivery | finalized | order
    new_invoice: Mapped[str] = mapped_column(String(20), default="nothing")  # nothing | print | email
    new_item_type: Mapped[str] = mapped_column(String(20), default="NonInventory")  # … | Service | Inventory
    # When a matched record differs, by group of fields: update | ask | keep. None until somebody chose: ask.
    customers_details: Mapped[DifferRule | None] = mapped_column(String(10))
    customers_money: Mapped[DifferRule | None] = mapped_column(String(10))
    products_details: Mapped[DifferRule | None] = mapped_column(String(10))
    products_money: Mapped[DifferRule | None] = mapped_column(String(10))
    # Whether records that QuickBooks had before us are renamed there.
    customers_names: Mapped[bool] = mapped_column(default=False)
    products_names: Mapped[bool] = mapped_column(default=False)
    print_notes: Mapped[bool] = mapped_column(default=False)


class Mapping(Identified, OrganizationScoped, Base):
    """A value of ours → an Id of theirs, kept with its label so that it reads when QBO does not answer.

    `ours` by section — payment_terms: PaymentTerm id; charge_kinds: ChargeKind id; customer_tax: default,
    zero_rated, exempt, provincial_exempt, abroad; product_tax: default, zero_rated, container_deposit;
    customer_accounts: income, expense, asset; product_accounts: income, expense, asset, container_deposit,
    container_fee; category_accounts: the first three, each with a product category behind a colon.
    `province`: of values that are chosen by province, as `plan/places.py` reads it; once one has a choice,
    none takes another's, but of deposits the one for all.
    """

    __tablename__ = "mapping"
    __table_args__ = (UniqueConstraint("organization_id", "section", "ours", "province"),)

    section: Mapped[SectionName] = mapped_column(String(20))
    ours: Mapped[str] = mapped_column(String(120))
    province: Mapped[str] = mapped_column(String(40), default="")
    external_id: Mapped[str] = mapped_column(String(40))
    label: Mapped[str] = mapped_column(String(200), default="")


class FiledTax(OrganizationScoped, Base):
    """Up to which day an administrator has said that sales tax is filed with an agency of theirs."""

    __tablename__ = "filed_tax"

    connection_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("connection.id"), primary_key=True)
    agency: Mapped[str] = mapped_column(String(40), primary_key=True)  # its Id in the list 'tax_agencies'
    until: Mapped[date]
    by: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(default=now)


class ProvincialRegistration(OrganizationScoped, Base):
    """Whether the distributor collects the tax that a province asks for beside the federal one, as a person
    said."""

    __tablename__ = "provincial_registration"

    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organization.id"), primary_key=True)
    province: Mapped[str] = mapped_column(String(2), primary_key=True)
    registered: Mapped[bool]


class ListEntry(Identified, OrganizationScoped, Base):
    """One of their terms, tax codes, accounts or service items, as last read, for dropdowns and plans."""

    __tablename__ = "list_entry"
    __table_args__ = (UniqueConstraint("connection_id", "list", "external_id"),)

    connection_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("connection.id"))
    list: Mapped[ListName] = mapped_column(String(20))
    external_id: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(200))
    active: Mapped[bool] = mapped_column(default=True)
    # terms: {"days"}; tax_codes: {"rate", "components": [[rate_id, "13"]], "offered", "agencies": of
    # each component,
    # "periods": [{"rate", "components": ["13"], "since", "until"}]}; accounts: {"number", "type", "subtype"};
    # items: {"type", "income_account"}. Rates are decimal strings, in percent.
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
