"""Files that are imported: what was uploaded, how it is read, how far it is; and which orders came by which.

Every table of it is new. Orders that stand came by no file.
"""

import sqlalchemy as sa
from alembic import op

from portal.models import types
from portal.models.base import Json

revision = "imports"
down_revision = "order_numbers"
branch_labels = None
depends_on = None

UNFINISHED = sa.text("stage IN ('checking', 'importing')")


def upgrade() -> None:
    op.create_table(
        "import_run",
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("finished_at", types.UtcDateTime(), nullable=True),
        sa.Column("stage", sa.String(length=10), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("layout", Json, nullable=False),
        sa.Column("head", Json, nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("settings", Json, nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("found", Json, nullable=False),
        sa.Column("why", sa.String(length=500), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_import_run_organization_id_organization")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_import_run_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_run")),
    )
    op.create_index("ix_import_run_organization_id", "import_run", ["organization_id", "created_at"])
    op.create_index(
        "ix_import_run_unfinished",
        "import_run",
        ["created_at"],
        sqlite_where=UNFINISHED,
        postgresql_where=UNFINISHED,
    )
    op.create_table(
        "import_piece",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("part", sa.String(length=8), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_import_piece_organization_id_organization"),
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["import_run.id"], name=op.f("fk_import_piece_run_id_import_run")
        ),
        sa.PrimaryKeyConstraint("run_id", "part", "position", name=op.f("pk_import_piece")),
    )
    op.create_table(
        "import_profile",
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("settings", Json, nullable=False),
        sa.Column("used_at", types.UtcDateTime(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_import_profile_organization_id_organization"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_profile")),
        sa.UniqueConstraint(
            "organization_id",
            "kind",
            "fingerprint",
            name=op.f("uq_import_profile_organization_id_kind_fingerprint"),
        ),
    )
    op.add_column("order", sa.Column("import_id", sa.Uuid(), nullable=True))
    op.create_index(
        "ix_order_import",
        "order",
        ["organization_id", "import_id", "id"],
        sqlite_where=sa.text("import_id IS NOT NULL"),
        postgresql_where=sa.text("import_id IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_order_import", "order")
    op.drop_column("order", "import_id")
    op.drop_table("import_profile")
    op.drop_table("import_piece")
    op.drop_index("ix_import_run_unfinished", "import_run")
    op.drop_index("ix_import_run_organization_id", "import_run")
    op.drop_table("import_run")
