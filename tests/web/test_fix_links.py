"""The link of a fix leads to a page or to a drawer, and sentences that read alike are told apart."""

import uuid

from portal.models.kinds import RecordRef, ref_of
from portal.problems import causes
from portal.web.fix_links import FixLink, fix_link, told_apart
from tests.support import distributor as given

ORDER, PLACE = (RecordRef(kind, uuid.UUID(int=7)) for kind in ("order", "location"))


def test_it_leads_to_a_page_where_there_is_one_and_else_to_the_drawer_of_whoever_has_it() -> None:
    about = causes.of_key(PLACE)
    assert fix_link("customer_key_missing", {}, ORDER, about) == FixLink(
        "Edit the location", f"/locations/{PLACE.id}"
    )
    assert fix_link("customer_no_match", {}, ORDER, causes.of_match(PLACE)) == FixLink(
        "Link to a customer", f"/badges/{ORDER}", in_drawer=True
    )
    assert fix_link("rejected_by_qbo", {}, PLACE, "fault:2010") == FixLink(
        "Show the customer", f"/badges/{PLACE}", in_drawer=True
    )


def test_sentences_that_read_alike_say_which_record_or_page_each_is_about(ours: uuid.UUID) -> None:
    one, other = (ref_of(given.location(number=number)) for number in ("7", "8"))
    told = [("Main has no key.", causes.of_key(ref), ref) for ref in (one, other)]
    tax = "No QuickBooks tax code is chosen for exempt."
    told += [(tax, causes.of_mapping("customer_tax", "exempt"), ORDER)]
    told += [(tax, causes.of_mapping("product_tax", "exempt", "BC"), ORDER), ("Too old.", "x", ORDER)]
    assert told_apart(told) == [
        "Main has no key (location number 7).",
        "Main has no key (location number 8).",
        "No QuickBooks tax code is chosen for exempt (Customer tax).",
        "No QuickBooks tax code is chosen for exempt (Product tax, BC).",
        "Too old.",
    ]
