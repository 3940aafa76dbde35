"""What a person decides where we must not guess: which of theirs it is, whose version stands, if it goes."""

from portal.plan.differences import Difference
from portal.sync.decisions.acting import CantDecide
from portal.sync.decisions.again import create_again, number_for_another
from portal.sync.decisions.dating import CLOSED, date_on_open_day, hold_until_open
from portal.sync.decisions.documents import link_document
from portal.sync.decisions.identity import (
    ABOUT_IDENTITY,
    CREATE_ANYWAY,
    KINDS,
    MAY_BE_NEW,
    Suggestion,
    create_anyway,
    link,
    meant_to_be_new,
    search_names,
    suggestions,
)
from portal.sync.decisions.keeping import keep_back, send_after_all
from portal.sync.decisions.searching import TheirDocument, search_documents
from portal.sync.decisions.sending import (
    UNCHECKED,
    check_now,
    push_again,
    send_anew,
)
from portal.sync.decisions.sides import as_sent, side_by_side
from portal.sync.decisions.versions import keep_theirs, replace_with_ours

__all__ = [
    "ABOUT_IDENTITY",
    "CLOSED",
    "CREATE_ANYWAY",
    "KINDS",
    "MAY_BE_NEW",
    "UNCHECKED",
    "CantDecide",
    "Difference",
    "Suggestion",
    "TheirDocument",
    "as_sent",
    "check_now",
    "create_again",
    "create_anyway",
    "date_on_open_day",
    "hold_until_open",
    "keep_back",
    "keep_theirs",
    "link",
    "link_document",
    "meant_to_be_new",
    "number_for_another",
    "push_again",
    "replace_with_ours",
    "search_documents",
    "search_names",
    "send_after_all",
    "send_anew",
    "side_by_side",
    "suggestions",
]
