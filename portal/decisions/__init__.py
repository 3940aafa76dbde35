"""What a person decides where we must not guess: which of theirs it is, whose version stands, if it goes."""

from portal.decisions.below_paid import Cut, look_at_paid, send_below_paid
from portal.decisions.check_record import MOST, Checked, check_record, check_records
from portal.decisions.closed_period import date_on_open_day, hold_until_open
from portal.decisions.common import CantDecide
from portal.decisions.create_again import create_again, number_for_another
from portal.decisions.deposit_account import accept_income
from portal.decisions.differing_fields import (
    MOVED_ON,
    DifferingField,
    change_quickbooks,
    chosen_fields,
    keep_both,
    standing_fields,
)
from portal.decisions.document_sides import Side, accept_differences, choose_sides
from portal.decisions.filed_tax import send_all_the_same
from portal.decisions.find_document import OwnSide, TheirDocument, holders_of, own_side, search_documents
from portal.decisions.hold_back import LONGEST_REASON, REASONS, hold, keep_back, release, send_after_all
from portal.decisions.link_document import link_document
from portal.decisions.link_record import (
    Suggestion,
    create_anyway,
    link,
    search_names,
    suggestions,
)
from portal.decisions.look_again import look_again
from portal.decisions.look_alikes import Alike, look_alikes, ours_of
from portal.decisions.other_rate import why_tax_differs
from portal.decisions.received_payments import Received, payments_on
from portal.decisions.send_again import UNCHECKED, NothingUnsure, check_now, push_again, send_anew
from portal.decisions.sent_and_standing import Told, Value, as_answered, as_sent, text_of_field
from portal.decisions.side_by_side import Choices, changed_since, choices, namer, side_by_side, to_be_sent
from portal.decisions.unlink_record import Stands, stands_as, their_name, unlink
from portal.plan.differences import Difference

__all__ = [
    "LONGEST_REASON",
    "MOST",
    "MOVED_ON",
    "REASONS",
    "UNCHECKED",
    "Alike",
    "CantDecide",
    "Checked",
    "Choices",
    "Cut",
    "Difference",
    "DifferingField",
    "NothingUnsure",
    "OwnSide",
    "Received",
    "Side",
    "Stands",
    "Suggestion",
    "TheirDocument",
    "Told",
    "Value",
    "accept_differences",
    "accept_income",
    "as_answered",
    "as_sent",
    "change_quickbooks",
    "changed_since",
    "check_now",
    "check_record",
    "check_records",
    "choices",
    "choose_sides",
    "chosen_fields",
    "create_again",
    "create_anyway",
    "date_on_open_day",
    "hold",
    "hold_until_open",
    "holders_of",
    "keep_back",
    "keep_both",
    "link",
    "link_document",
    "look_again",
    "look_alikes",
    "look_at_paid",
    "namer",
    "number_for_another",
    "ours_of",
    "own_side",
    "payments_on",
    "push_again",
    "release",
    "search_documents",
    "search_names",
    "send_after_all",
    "send_all_the_same",
    "send_anew",
    "send_below_paid",
    "side_by_side",
    "standing_fields",
    "stands_as",
    "suggestions",
    "text_of_field",
    "their_name",
    "to_be_sent",
    "unlink",
    "why_tax_differs",
]
