"""What a document was to come to stays on its link; a contact is one value, of its first and last name.

Documents were held against the last push of their order, which tells nothing of one that a person linked or
kept as it stood. A contact that was empty here counted as agreed with whatever stood there: nobody has seen
it equal.
"""

import sqlalchemy as sa
from alembic import op

from portal.models.base import Json

revision = "documents_read"
down_revision = "sort_keys"
branch_labels = None
depends_on = None

ALL = {"unscoped": "a migration"}  # of every organization
LINK = sa.table(
    "link",
    sa.column("id"),
    sa.column("kind", sa.String),
    sa.column("ours_then", Json),
    sa.column("theirs_then", Json),
)
LAST_TAKEN = """
    UPDATE link SET expected = (
        SELECT push.expected FROM push
        WHERE push.connection_id = link.connection_id
          AND push.record_kind = link.record_kind
          AND push.record_id = link.record_id
          AND push.external_id = link.external_id
          AND push.state = 'synced'
          AND push.operation IN ('create', 'update')
        ORDER BY push.settled_at DESC LIMIT 1
    )
    WHERE record_kind = 'order'
"""


def upgrade() -> None:
    op.add_column("link", sa.Column("expected", Json, nullable=True))
    op.execute(sa.text(LAST_TAKEN), execution_options=ALL)
    bind = op.get_bind()
    customers = sa.select(LINK.c.id, LINK.c.ours_then, LINK.c.theirs_then).where(LINK.c.kind == "customer")
    for link_id, ours, theirs in bind.execute(customers, execution_options=ALL).all():
        if ours and "Contact" in ours and ours["Contact"] is None:
            told = {"ours_then": _without(ours), "theirs_then": _without(theirs or {})}
            bind.execute(sa.update(LINK).where(LINK.c.id == link_id).values(told), execution_options=ALL)


def downgrade() -> None:
    op.drop_column("link", "expected")


def _without(then: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in then.items() if name != "Contact"}
