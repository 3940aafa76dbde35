"""What a record is linked to was found inactive or gone: looked at once more, since somebody may have put it
right in QuickBooks.
"""

from portal import problems
from portal.company.reader import Reader
from portal.decisions.common import CantDecide, company
from portal.decisions.unlink_record import NOT_LINKED
from portal.extensions import begin_writing, db
from portal.models import Actor, Location, Sku
from portal.models.kinds import ref_of
from portal.outbox.lease_row import keep_drains_out
from portal.plurals import counted
from portal.push import gone
from portal.push.links import link_of
from portal.runtime.history import remember


def look_again(record: Location | Sku, actor: Actor) -> str:
    """Read what a record is linked to, and say whether it can be used. Orders that it held back are ready
    then. Commits. Raises CantDecide, Unavailable, Reconnect.
    """
    begin_writing()
    connection, ref = company(), ref_of(record)
    connection_id = connection.id
    link = link_of(connection_id, ref)
    if link is None:
        raise CantDecide(NOT_LINKED)
    where = link.kind, link.external_id
    documents = gone.documents_of(connection_id, [ref.id])
    seen = gone.look(Reader(connection), [gone.Named({ref: where})], documents)
    keep_drains_out(connection_id)
    found, freed = gone.judge(company(), {ref: where}, seen, actor)
    ready = f" {counted(freed.ready, 'order is', 'orders are')} ready to push now." if freed.ready else ""
    said = f"It can be used in QuickBooks.{ready}"
    if ref in found:
        said = problems.sentence(found[ref].code, found[ref].values)
    remember(actor, "looked_again", ref, f"Looked at again in QuickBooks: {said}")
    db.session.commit()
    return said
