"""Every table, as two earlier migrations left them, folded into one.

A database that these made goes on from here: it knows itself by the name of the second. What a change of a
table needs from now on is a migration of its own.
"""

import sqlalchemy as sa
from alembic import op

from portal.models import base, types

revision = "pages"
down_revision = None
branch_labels = None
depends_on = None

TABLES = (
    "heartbeat",
    "organization",
    "charge_kind",
    "connection",
    "customer",
    "invitation",
    "key_settings",
    "mapping",
    "payment_term",
    "product",
    "search_word",
    "sync_settings",
    "user",
    "bulk_run",
    "call",
    "call_day",
    "delivery",
    "drain_lease",
    "event",
    "link",
    "list_entry",
    "location",
    "oauth_state",
    "push_day",
    "sku",
    "order",
    "push",
    "order_charge",
    "order_line",
    "problem",
)


def upgrade() -> None:
    op.create_table(
        "heartbeat",
        sa.Column("part", sa.String(length=20), nullable=False),
        sa.Column("at", types.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("part", name=op.f("pk_heartbeat")),
    )
    op.create_table(
        "organization",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organization")),
    )
    op.create_table(
        "charge_kind",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("tax_status", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_charge_kind_organization_id_organization")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_charge_kind")),
        sa.UniqueConstraint("organization_id", "name", name=op.f("uq_charge_kind_organization_id_name")),
    )
    op.create_table(
        "connection",
        sa.Column("realm_id", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("state_reason", sa.String(length=300), nullable=False),
        sa.Column("connected_by", sa.String(length=200), nullable=False),
        sa.Column("connected_at", types.UtcDateTime(), nullable=False),
        sa.Column("closed_at", types.UtcDateTime(), nullable=True),
        sa.Column("access_token", sa.Text(), nullable=True),
        sa.Column("refresh_token", sa.Text(), nullable=True),
        sa.Column("previous_refresh_token", sa.Text(), nullable=True),
        sa.Column("access_expires_at", types.UtcDateTime(), nullable=True),
        sa.Column("refresh_expires_at", types.UtcDateTime(), nullable=True),
        sa.Column("token_version", sa.Integer(), nullable=False),
        sa.Column("token_lease_until", types.UtcDateTime(), nullable=True),
        sa.Column("company_name", sa.String(length=200), nullable=False),
        sa.Column("country", sa.String(length=3), nullable=False),
        sa.Column("home_currency", sa.String(length=3), nullable=False),
        sa.Column("plan", sa.String(length=100), nullable=False),
        sa.Column("closing_date", sa.Date(), nullable=True),
        sa.Column("custom_numbers", sa.Boolean(), nullable=False),
        sa.Column("sales_tax", sa.Boolean(), nullable=False),
        sa.Column("automated_tax", sa.Boolean(), nullable=False),
        sa.Column("discounts", sa.Boolean(), nullable=False),
        sa.Column("multicurrency", sa.Boolean(), nullable=False),
        sa.Column("auto_apply_credit", sa.Boolean(), nullable=False),
        sa.Column("purchase_order_field", sa.String(length=20), nullable=True),
        sa.Column("facts_read_at", types.UtcDateTime(), nullable=True),
        sa.Column("lists_read_at", types.UtcDateTime(), nullable=True),
        sa.Column("number_guard", sa.Boolean(), nullable=False),
        sa.Column("renumbers", sa.Boolean(), nullable=False),
        sa.Column("restored_at", types.UtcDateTime(), nullable=True),
        sa.Column("pause_until", types.UtcDateTime(), nullable=True),
        sa.Column("next_at", types.UtcDateTime(), nullable=True),
        sa.Column("streak", sa.Integer(), nullable=False),
        sa.Column("last_synced_at", types.UtcDateTime(), nullable=True),
        sa.Column("throttle_waited", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("state IN ('ok', 'reconnect', 'on_hold')", name=op.f("ck_connection_state")),
        sa.CheckConstraint("status IN ('active', 'closed')", name=op.f("ck_connection_status")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_connection_organization_id_organization")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_connection")),
    )
    op.create_index("ix_connection_organization_id", "connection", ["organization_id"], unique=False)
    op.create_index(
        "uq_connection_active",
        "connection",
        ["organization_id"],
        unique=True,
        sqlite_where=sa.text("status = 'active'"),
        postgresql_where=sa.text("status = 'active'"),
    )
    op.create_index(
        "uq_connection_realm",
        "connection",
        ["realm_id"],
        unique=True,
        sqlite_where=sa.text("status = 'active'"),
        postgresql_where=sa.text("status = 'active'"),
    )
    op.create_table(
        "customer",
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_customer_organization_id_organization")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer")),
        sa.UniqueConstraint("organization_id", "number", name=op.f("uq_customer_organization_id_number")),
    )
    op.create_table(
        "invitation",
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("invited_by", sa.String(length=200), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("expires_at", types.UtcDateTime(), nullable=False),
        sa.Column("used_at", types.UtcDateTime(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "role IN ('administrator', 'bookkeeper', 'viewer')", name=op.f("ck_invitation_role")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_invitation_organization_id_organization")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitation_token_hash")),
    )
    op.create_index("ix_invitation_organization_id", "invitation", ["organization_id"], unique=False)
    op.create_table(
        "key_settings",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("order_ours", sa.String(length=20), nullable=False),
        sa.Column("customer_ours", sa.String(length=20), nullable=False),
        sa.Column("customer_theirs", sa.String(length=20), nullable=False),
        sa.Column("sku_ours", sa.String(length=20), nullable=False),
        sa.Column("sku_theirs", sa.String(length=20), nullable=False),
        sa.Column("confirmed_at", types.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_key_settings_organization_id_organization"),
        ),
        sa.PrimaryKeyConstraint("organization_id", name=op.f("pk_key_settings")),
    )
    op.create_table(
        "mapping",
        sa.Column("section", sa.String(length=20), nullable=False),
        sa.Column("ours", sa.String(length=40), nullable=False),
        sa.Column("province", sa.String(length=10), nullable=False),
        sa.Column("external_id", sa.String(length=40), nullable=False),
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_mapping_organization_id_organization")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mapping")),
        sa.UniqueConstraint(
            "organization_id",
            "section",
            "ours",
            "province",
            name=op.f("uq_mapping_organization_id_section_ours_province"),
        ),
    )
    op.create_table(
        "payment_term",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_payment_term_organization_id_organization"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_term")),
        sa.UniqueConstraint("organization_id", "name", name=op.f("uq_payment_term_organization_id_name")),
    )
    op.create_table(
        "product",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("category", sa.String(length=100), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_product_organization_id_organization")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product")),
    )
    op.create_index("ix_product_organization_id", "product", ["organization_id"], unique=False)
    op.create_table(
        "search_word",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("record_kind", sa.String(length=20), nullable=False),
        sa.Column(
            "word",
            sa.String(length=60).with_variant(sa.String(length=60, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_search_word_organization_id_organization")
        ),
        sa.PrimaryKeyConstraint(
            "organization_id", "record_kind", "word", "record_id", name=op.f("pk_search_word")
        ),
    )
    op.create_index("ix_search_word_record", "search_word", ["record_id"], unique=False)
    op.create_table(
        "sync_settings",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("customers_on", sa.Boolean(), nullable=False),
        sa.Column("products_on", sa.Boolean(), nullable=False),
        sa.Column("orders_on", sa.Boolean(), nullable=False),
        sa.Column("start_date", sa.Date(), nullable=True),
        sa.Column("closed_period_policy", sa.String(length=20), nullable=False),
        sa.Column("invoice_date_rule", sa.String(length=20), nullable=False),
        sa.Column("new_invoice", sa.String(length=20), nullable=False),
        sa.Column("new_item_type", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_sync_settings_organization_id_organization"),
        ),
        sa.PrimaryKeyConstraint("organization_id", name=op.f("pk_sync_settings")),
    )
    op.create_table(
        "user",
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("session_key", sa.String(length=32), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("role IN ('administrator', 'bookkeeper', 'viewer')", name=op.f("ck_user_role")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_user_organization_id_organization")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user")),
        sa.UniqueConstraint("email", name=op.f("uq_user_email")),
    )
    op.create_index("ix_user_organization_id", "user", ["organization_id"], unique=False)
    op.create_table(
        "bulk_run",
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("record_kind", sa.String(length=20), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("filter", base.Json, nullable=True),
        sa.Column("resolved_up_to", sa.String(length=80), nullable=True),
        sa.Column("resolved_at", types.UtcDateTime(), nullable=True),
        sa.Column("stopped_at", types.UtcDateTime(), nullable=True),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("left_out", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connection.id"], name=op.f("fk_bulk_run_connection_id_connection")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_bulk_run_organization_id_organization")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_bulk_run_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_run")),
    )
    op.create_index("ix_bulk_run_organization_id", "bulk_run", ["organization_id"], unique=False)
    op.create_table(
        "call",
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("started_at", types.UtcDateTime(), nullable=False),
        sa.Column("metered", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connection.id"], name=op.f("fk_call_connection_id_connection")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_call_organization_id_organization")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call")),
    )
    op.create_index("ix_call_recent", "call", ["connection_id", "started_at"], unique=False)
    op.create_table(
        "call_day",
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.Column("metered", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connection.id"], name=op.f("fk_call_day_connection_id_connection")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_call_day_organization_id_organization")
        ),
        sa.PrimaryKeyConstraint("connection_id", "day", "kind", name=op.f("pk_call_day")),
    )
    op.create_table(
        "delivery",
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("path", sa.String(length=40), nullable=False),
        sa.Column("params", base.Json, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("body_hash", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("first_armed_at", types.UtcDateTime(), nullable=False),
        sa.Column("armed_at", types.UtcDateTime(), nullable=False),
        sa.Column("sends", sa.Integer(), nullable=False),
        sa.Column("resolve_at", types.UtcDateTime(), nullable=True),
        sa.Column("partly_known", sa.Boolean(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("fault", sa.Text(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("intuit_tid", sa.String(length=80), nullable=True),
        sa.Column("duration", sa.Integer(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("state IN ('sending', 'unsure', 'answered')", name=op.f("ck_delivery_state")),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connection.id"], name=op.f("fk_delivery_connection_id_connection")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_delivery_organization_id_organization")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
    )
    op.create_index(
        "ix_delivery_open",
        "delivery",
        ["connection_id", "state"],
        unique=False,
        sqlite_where=sa.text("state IN ('sending', 'unsure')"),
        postgresql_where=sa.text("state IN ('sending', 'unsure')"),
    )
    op.create_table(
        "drain_lease",
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("until", types.UtcDateTime(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connection.id"], name=op.f("fk_drain_lease_connection_id_connection")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_drain_lease_organization_id_organization")
        ),
        sa.PrimaryKeyConstraint("connection_id", name=op.f("pk_drain_lease")),
    )
    op.create_table(
        "event",
        sa.Column("at", types.UtcDateTime(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("what", sa.String(length=60), nullable=False),
        sa.Column("record_kind", sa.String(length=20), nullable=True),
        sa.Column("record_id", sa.Uuid(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("values", base.Json, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_event_organization_id_organization")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_event_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
    )
    op.create_index(
        "ix_event_record", "event", ["organization_id", "record_kind", "record_id", "at"], unique=False
    )
    op.create_table(
        "link",
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("record_kind", sa.String(length=20), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("external_id", sa.String(length=40), nullable=False),
        sa.Column("sync_token", sa.String(length=20), nullable=False),
        sa.Column("how", sa.String(length=10), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("sent", base.Json, nullable=True),
        sa.Column("sent_revision", sa.Integer(), nullable=False),
        sa.Column("theirs", base.Json, nullable=True),
        sa.Column("doc_number", sa.String(length=40), nullable=True),
        sa.Column("total", types.Money(), nullable=True),
        sa.Column("tax", types.Money(), nullable=True),
        sa.Column("variance", base.Json, nullable=False),
        sa.Column("voided", sa.Boolean(), nullable=False),
        sa.Column("linked_at", types.UtcDateTime(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connection.id"], name=op.f("fk_link_connection_id_connection")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_link_organization_id_organization")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link")),
        sa.UniqueConstraint(
            "connection_id", "kind", "external_id", name=op.f("uq_link_connection_id_kind_external_id")
        ),
        sa.UniqueConstraint(
            "connection_id",
            "record_kind",
            "record_id",
            name=op.f("uq_link_connection_id_record_kind_record_id"),
        ),
    )
    op.create_index("ix_link_record", "link", ["organization_id", "record_kind", "record_id"], unique=False)
    op.create_table(
        "list_entry",
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("list", sa.String(length=20), nullable=False),
        sa.Column("external_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("details", base.Json, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connection.id"], name=op.f("fk_list_entry_connection_id_connection")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_list_entry_organization_id_organization")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_list_entry")),
        sa.UniqueConstraint(
            "connection_id", "list", "external_id", name=op.f("uq_list_entry_connection_id_list_external_id")
        ),
    )
    op.create_table(
        "location",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=500), nullable=False),
        sa.Column("third_party_id", sa.String(length=500), nullable=True),
        sa.Column("billing_address", base.Json, nullable=False),
        sa.Column("delivery_address", base.Json, nullable=False),
        sa.Column("contact", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("payment_term_id", sa.Uuid(), nullable=True),
        sa.Column("tax_status", sa.String(length=20), nullable=False),
        sa.Column("exemption_reason", sa.String(length=200), nullable=False),
        sa.Column("tax_registration_number", sa.String(length=40), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("integration_status", sa.String(length=20), nullable=False),
        sa.Column("not_to_be_sent", sa.String(length=200), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "tax_status IN ('default', 'zero_rated', 'exempt')", name=op.f("ck_location_tax_status")
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_location_customer_id_customer")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_location_organization_id_organization")
        ),
        sa.ForeignKeyConstraint(
            ["payment_term_id"], ["payment_term.id"], name=op.f("fk_location_payment_term_id_payment_term")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_location")),
        sa.UniqueConstraint("organization_id", "number", name=op.f("uq_location_organization_id_number")),
    )
    op.create_index(op.f("ix_location_customer_id"), "location", ["customer_id"], unique=False)
    op.create_index("ix_location_name", "location", ["organization_id", "name", "id"], unique=False)
    op.create_index(op.f("ix_location_payment_term_id"), "location", ["payment_term_id"], unique=False)
    op.create_index(
        "ix_location_status",
        "location",
        ["organization_id", "integration_status", "name", "id"],
        unique=False,
    )
    op.create_table(
        "oauth_state",
        sa.Column("state_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("pending_realm_id", sa.String(length=40), nullable=True),
        sa.Column("pending_tokens", sa.Text(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_oauth_state_organization_id_organization")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_oauth_state_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_oauth_state")),
        sa.UniqueConstraint("state_hash", name=op.f("uq_oauth_state_state_hash")),
    )
    op.create_table(
        "push_day",
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("record_kind", sa.String(length=20), nullable=False),
        sa.Column("automatic", sa.Boolean(), nullable=False),
        sa.Column("synced", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connection.id"], name=op.f("fk_push_day_connection_id_connection")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_push_day_organization_id_organization")
        ),
        sa.PrimaryKeyConstraint("connection_id", "day", "record_kind", "automatic", name=op.f("pk_push_day")),
    )
    op.create_table(
        "sku",
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=100), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("barcode", sa.String(length=60), nullable=True),
        sa.Column("unit_price", types.Price(), nullable=False),
        sa.Column("cost", types.Price(), nullable=False),
        sa.Column("tax_status", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("integration_status", sa.String(length=20), nullable=False),
        sa.Column("not_to_be_sent", sa.String(length=200), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("kind IN ('goods', 'service', 'container_deposit')", name=op.f("ck_sku_kind")),
        sa.CheckConstraint("tax_status IN ('default', 'zero_rated')", name=op.f("ck_sku_tax_status")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_sku_organization_id_organization")
        ),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_sku_product_id_product")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sku")),
    )
    op.create_index("ix_sku_code", "sku", ["organization_id", "code", "id"], unique=False)
    op.create_index("ix_sku_name", "sku", ["organization_id", "name", "id"], unique=False)
    op.create_index(op.f("ix_sku_product_id"), "sku", ["product_id"], unique=False)
    op.create_index(
        "ix_sku_status", "sku", ["organization_id", "integration_status", "name", "id"], unique=False
    )
    op.create_table(
        "order",
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("external_reference", sa.String(length=60), nullable=True),
        sa.Column("reference", sa.String(length=8), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("order_date", sa.Date(), nullable=False),
        sa.Column("delivery_date", sa.Date(), nullable=True),
        sa.Column("invoice_date", sa.Date(), nullable=True),
        sa.Column("purchase_order_number", sa.String(length=60), nullable=True),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("discount_percent", types.Quantity(), nullable=True),
        sa.Column("discount_amount", types.Money(), nullable=True),
        sa.Column("net_total", types.Money(), nullable=False),
        sa.Column("tax_total", types.Money(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("finalized_at", types.UtcDateTime(), nullable=True),
        sa.Column("integration_status", sa.String(length=20), nullable=False),
        sa.Column("not_to_be_sent", sa.String(length=200), nullable=True),
        sa.Column("closed_period", sa.String(length=20), nullable=True),
        sa.Column("payment_term_id", sa.Uuid(), nullable=True),
        sa.Column("tax_status", sa.String(length=20), nullable=True),
        sa.Column("exemption_reason", sa.String(length=200), nullable=True),
        sa.Column("billing_address", base.Json, nullable=True),
        sa.Column("delivery_address", base.Json, nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "status IN ('draft', 'confirmed', 'delivered', 'finalized', 'cancelled')",
            name=op.f("ck_order_status"),
        ),
        sa.ForeignKeyConstraint(["location_id"], ["location.id"], name=op.f("fk_order_location_id_location")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_order_organization_id_organization")
        ),
        sa.ForeignKeyConstraint(
            ["payment_term_id"], ["payment_term.id"], name=op.f("fk_order_payment_term_id_payment_term")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order")),
        sa.UniqueConstraint("organization_id", "number", name=op.f("uq_order_organization_id_number")),
    )
    op.create_index("ix_order_date", "order", ["organization_id", "order_date", "id"], unique=False)
    op.create_index(
        "ix_order_integration",
        "order",
        ["organization_id", "integration_status", "order_date", "id"],
        unique=False,
    )
    op.create_index("ix_order_invoice_date", "order", ["organization_id", "invoice_date", "id"], unique=False)
    op.create_index(op.f("ix_order_location_id"), "order", ["location_id"], unique=False)
    op.create_index("ix_order_net_total", "order", ["organization_id", "net_total", "id"], unique=False)
    op.create_index("ix_order_payment_term", "order", ["organization_id", "payment_term_id"], unique=False)
    op.create_index(
        "ix_order_status", "order", ["organization_id", "status", "order_date", "id"], unique=False
    )
    op.create_table(
        "push",
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("record_kind", sa.String(length=20), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("asked_at", types.UtcDateTime(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("due_at", types.UtcDateTime(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=True),
        sa.Column("operation", sa.String(length=10), nullable=True),
        sa.Column("payload", base.Json, nullable=True),
        sa.Column("payload_hash", sa.String(length=64), nullable=True),
        sa.Column("expected", base.Json, nullable=True),
        sa.Column("unique_value", sa.String(length=500), nullable=True),
        sa.Column("then_create", sa.Boolean(), nullable=False),
        sa.Column("claims", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("last_try_at", types.UtcDateTime(), nullable=True),
        sa.Column("stale_rounds", sa.Integer(), nullable=False),
        sa.Column("ever_unsure", sa.Boolean(), nullable=False),
        sa.Column("taken", sa.Text(), nullable=True),
        sa.Column("goes_alone", sa.Boolean(), nullable=False),
        sa.Column("delivery_id", sa.Uuid(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=True),
        sa.Column("needs", base.Json, nullable=False),
        sa.Column("external_id", sa.String(length=40), nullable=True),
        sa.Column("settled_at", types.UtcDateTime(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "state IN ('queued', 'waiting', 'sending', 'unsure', 'synced', 'failed', 'superseded', 'cancelled')",
            name=op.f("ck_push_state"),
        ),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connection.id"], name=op.f("fk_push_connection_id_connection")
        ),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"], name=op.f("fk_push_delivery_id_delivery")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_push_organization_id_organization")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["bulk_run.id"], name=op.f("fk_push_run_id_bulk_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push")),
    )
    op.create_index(op.f("ix_push_delivery_id"), "push", ["delivery_id"], unique=False)
    op.create_index(
        "ix_push_due",
        "push",
        ["connection_id", "state", "priority", "claims", "tries", "due_at"],
        unique=False,
        sqlite_where=sa.text("state IN ('queued', 'waiting', 'sending', 'unsure')"),
        postgresql_where=sa.text("state IN ('queued', 'waiting', 'sending', 'unsure')"),
    )
    op.create_index("ix_push_record", "push", ["record_kind", "record_id", "asked_at"], unique=False)
    op.create_index("ix_push_run", "push", ["run_id", "state", "organization_id"], unique=False)
    op.create_index(
        "uq_push_in_flight",
        "push",
        ["connection_id", "record_kind", "record_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('sending', 'unsure')"),
        postgresql_where=sa.text("state IN ('sending', 'unsure')"),
    )
    op.create_index(
        "uq_push_wish",
        "push",
        ["connection_id", "record_kind", "record_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('queued', 'waiting')"),
        postgresql_where=sa.text("state IN ('queued', 'waiting')"),
    )
    op.create_table(
        "order_charge",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("charge_kind_id", sa.Uuid(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("amount", types.Money(), nullable=False),
        sa.Column("tax_status", sa.String(length=20), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["charge_kind_id"], ["charge_kind.id"], name=op.f("fk_order_charge_charge_kind_id_charge_kind")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["order.id"], name=op.f("fk_order_charge_order_id_order"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_order_charge_organization_id_organization"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_charge")),
    )
    op.create_index(op.f("ix_order_charge_charge_kind_id"), "order_charge", ["charge_kind_id"], unique=False)
    op.create_index(op.f("ix_order_charge_order_id"), "order_charge", ["order_id"], unique=False)
    op.create_table(
        "order_line",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("sku_id", sa.Uuid(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("quantity", types.Quantity(), nullable=False),
        sa.Column("unit_price", types.Price(), nullable=False),
        sa.Column("discount_percent", types.Quantity(), nullable=False),
        sa.Column("amount", types.Money(), nullable=False),
        sa.Column("tax_status", sa.String(length=20), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"], ["order.id"], name=op.f("fk_order_line_order_id_order"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_order_line_organization_id_organization")
        ),
        sa.ForeignKeyConstraint(["sku_id"], ["sku.id"], name=op.f("fk_order_line_sku_id_sku")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_line")),
    )
    op.create_index(op.f("ix_order_line_order_id"), "order_line", ["order_id"], unique=False)
    op.create_index(op.f("ix_order_line_sku_id"), "order_line", ["sku_id"], unique=False)
    op.create_table(
        "problem",
        sa.Column("record_kind", sa.String(length=20), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("push_id", sa.Uuid(), nullable=True),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("values", base.Json, nullable=False),
        sa.Column("cause", sa.String(length=200), nullable=False),
        sa.Column("qbo_words", sa.Text(), nullable=False),
        sa.Column("intuit_tid", sa.String(length=80), nullable=True),
        sa.Column("found_at", types.UtcDateTime(), nullable=False),
        sa.Column("resolved_at", types.UtcDateTime(), nullable=True),
        sa.Column("resolved_by", sa.String(length=200), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_problem_organization_id_organization")
        ),
        sa.ForeignKeyConstraint(["push_id"], ["push.id"], name=op.f("fk_problem_push_id_push")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_problem")),
    )
    op.create_index(
        "ix_problem_open",
        "problem",
        ["organization_id", "cause"],
        unique=False,
        sqlite_where=sa.text("resolved_at IS NULL"),
        postgresql_where=sa.text("resolved_at IS NULL"),
    )
    op.create_index(op.f("ix_problem_push_id"), "problem", ["push_id"], unique=False)
    op.create_index(
        "ix_problem_record", "problem", ["organization_id", "record_kind", "record_id"], unique=False
    )


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
