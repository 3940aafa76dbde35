"""Ours, theirs, and both as they last agreed: each row of the rule, for customers and items."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from portal.models import Location, Sku
from portal.models.kinds import ref_of
from portal.plan import Context, Linked, NothingToDo, Plan, plan
from portal.plan.customers import customer_sides
from portal.plan.items import item_sides
from portal.plan.three_way import Standing, agreements, standings, worst
from portal.plan.types import Rules
from tests import factories
from tests.plan.planning import CANADA, US, but, without_choice

UPDATE, ASK, KEEP = (Rules(details=each, money=each) for each in ("update", "ask", "keep"))
SAME_AS_OURS = {
    "DisplayName": "Fox and Fiddler – Bloor St",
    "CompanyName": "Fox and Fiddler",
    "PrimaryEmailAddr": {"Address": "bar@fox.example"},
    "PrimaryPhone": {"FreeFormNumber": "(416) 555-0100"},
    "SalesTermRef": {"value": "3"},
    "DefaultTaxCodeRef": {"value": "5"},
    "Notes": "Routeique location L1",
}


class TestChangedHere:
    def test_only_what_changed_travels_on_the_version_that_it_was_compared_with(self) -> None:
        place = pub(phone="(416) 555-0199")
        assert payload(place, agreed(pub())) == {"PrimaryPhone": {"FreeFormNumber": "(416) 555-0199"}}

    def test_a_name_that_does_not_travel_is_not_locked_by_what_does(self) -> None:
        """Nobody waits to rename it because it isn't known whether a phone number has landed."""
        names = {}
        for field, since in (("phone", "(416) 555-0199"), ("name", "Queen St")):
            place = pub(**{field: since})
            made = plan(place, knowing(place, replace(agreed(pub()), how="created")))
            assert isinstance(made, Plan)
            names[field] = made.unique_value
        assert names == {"phone": None, "name": "Queen St"}

    def test_what_is_written_otherwise_and_says_the_same_does_not_travel(self) -> None:
        place = pub(phone="416.555.0100", email="BAR@fox.example ")
        assert isinstance(plan(place, knowing(place, agreed(pub()))), NothingToDo)

    def test_what_is_emptied_here_is_emptied_there(self) -> None:
        place = pub(phone="", email="", payment_term=None)
        assert payload(place, agreed(pub())) == {
            "PrimaryPhone": {"FreeFormNumber": ""},
            "PrimaryEmailAddr": {"Address": ""},
            "SalesTermRef": {"value": ""},
        }

    def test_an_address_that_is_emptied_is_emptied_in_all_its_parts(self) -> None:
        place = pub(billing_address={})
        cleared = payload(place, agreed(pub()))["BillAddr"]
        assert set(cleared.values()) == {""}
        assert {"Line1", "City", "CountrySubDivisionCode", "PostalCode", "Country"} <= cleared.keys()

    def test_what_can_not_be_told_just_now_is_never_taken_for_empty(self) -> None:
        place = pub()
        context = without_choice(
            CANADA, ("payment_terms", str(factories.term().id)), ("customer_tax", "default")
        )
        untold = {"SalesTermRef": "untold", "Tax": "untold"}
        assert verdicts(place, agreed(pub()), UPDATE, context) == untold
        assert verdicts(place, matched(SAME_AS_OURS), KEEP, context).items() >= untold.items()

    def test_a_name_goes_where_we_made_the_record_and_else_only_with_the_switch(self) -> None:
        place = pub(name="Bloor Street")
        for how, rules, expected in (
            ("created", UPDATE, "send"),
            ("matched", UPDATE, "kept"),
            ("matched", replace(UPDATE, names=True), "send"),
        ):
            link = replace(agreed(pub()), how=how)
            assert verdicts(place, link, rules) == {"DisplayName": expected}

    def test_an_item_always_names_itself(self) -> None:
        keg = amber(unit_price=Decimal("115"))
        made = plan(keg, knowing(keg, agreed(amber())))
        assert isinstance(made, Plan)
        assert made.payload["Name"] == "Amber Ale – 20 L keg"
        assert made.payload["UnitPrice"] == Decimal("115")

    def test_notes_of_theirs_stay_and_our_line_comes_beside_them(self) -> None:
        place = pub(phone="(416) 555-0199")
        link = agreed(pub(), Notes="Pays late")
        assert payload(place, link)["Notes"] == "Pays late\nRouteique location L1"

    def test_our_line_alone_is_no_reason_for_an_update(self) -> None:
        assert verdicts(pub(), agreed(pub(), Notes="Pays late"), UPDATE) == {}


class TestChangedThere:
    def test_theirs_stays_and_is_shown(self) -> None:
        link = agreed(pub(), PrimaryPhone={"FreeFormNumber": "(905) 555-7777"})
        assert verdicts(pub(), link, UPDATE) == {"PrimaryPhone": "there"}
        assert isinstance(plan(pub(), knowing(pub(), link)), NothingToDo)

    def test_beside_it_what_changed_here_travels(self) -> None:
        place = pub(email="new@fox.example")
        link = agreed(pub(), PrimaryPhone={"FreeFormNumber": "(905) 555-7777"})
        assert payload(place, link) == {"PrimaryEmailAddr": {"Address": "new@fox.example"}}

    def test_what_was_emptied_there_is_shown_too(self) -> None:
        assert verdicts(pub(), agreed(pub(), PrimaryPhone=None), UPDATE) == {"PrimaryPhone": "there"}

    def test_what_was_added_there_is_shown_too(self) -> None:
        place = pub(phone="")
        link = agreed(place, PrimaryPhone={"FreeFormNumber": "(905) 555-7777"})
        assert verdicts(place, link, UPDATE) == {"PrimaryPhone": "there"}

    def test_what_quickbooks_adds_to_an_address_is_no_change(self) -> None:
        street = {"Id": "9", "Line1": "1 King St W", "Line2": "Toronto ON", "Lat": "43", "Long": "INVALID"}
        place = pub(billing_address={"line1": "1 King St W", "city": "Toronto", "province": "ON"})
        assert verdicts(place, agreed(place, BillAddr=street), UPDATE) == {}


class TestChangedOnBothSides:
    def test_nothing_of_it_is_sent_and_a_person_chooses(self) -> None:
        place = pub(phone="(416) 555-0199")
        link = agreed(pub(), PrimaryPhone={"FreeFormNumber": "(905) 555-7777"})
        assert verdicts(place, link, UPDATE) == {"PrimaryPhone": "both"}
        assert isinstance(plan(place, knowing(place, link)), NothingToDo)

    def test_the_same_change_on_both_sides_is_none(self) -> None:
        place = pub(phone="(905) 555-7777")
        link = agreed(pub(), PrimaryPhone={"FreeFormNumber": "(905) 555-7777"})
        assert verdicts(place, link, UPDATE) == {}


class TestFirstMatch:
    THEIRS: Mapping[str, Any] = {
        "DisplayName": "FOX 7",
        "CompanyName": "Fox and Fiddler Inc.",
        "PrimaryPhone": {"FreeFormNumber": "(905) 555-7777"},
        "SalesTermRef": {"value": "1"},
        "DefaultTaxCodeRef": {"value": "3"},
    }
    DIFFERING = ("CompanyName", "PrimaryPhone", "SalesTermRef", "Tax")

    @pytest.mark.parametrize(("rules", "verdict"), [(UPDATE, "send"), (ASK, "asked"), (KEEP, "kept")])
    def test_what_differs_follows_the_setting(self, rules: Rules, verdict: str) -> None:
        found = verdicts(pub(), matched(self.THEIRS), rules)
        assert {found[name] for name in self.DIFFERING} == {verdict}

    def test_details_and_money_follow_a_setting_each(self) -> None:
        found = verdicts(pub(), matched(self.THEIRS), Rules(details="update", money="ask"))
        assert (found["PrimaryPhone"], found["SalesTermRef"]) == ("send", "asked")

    def test_a_name_is_left_unless_the_switch_is_on(self) -> None:
        assert verdicts(pub(), matched(self.THEIRS), UPDATE)["DisplayName"] == "kept"
        assert verdicts(pub(), matched(self.THEIRS), replace(UPDATE, names=True))["DisplayName"] == "send"

    @pytest.mark.parametrize(
        ("rules", "detail", "money"),
        [(UPDATE, "send", "send"), (ASK, "send", "asked"), (KEEP, "kept", "kept")],
    )
    def test_gaps_of_theirs_are_filled_those_of_money_as_the_setting_says(
        self, rules: Rules, detail: str, money: str
    ) -> None:
        found = verdicts(pub(), matched({"DisplayName": "FOX 7"}), rules)
        assert (found["PrimaryPhone"], found["SalesTermRef"]) == (detail, money)

    def test_what_is_empty_here_is_no_difference_and_empties_nothing(self) -> None:
        place = pub(phone="", email="", payment_term=None)
        found = verdicts(place, matched(self.THEIRS), UPDATE)
        assert not {"PrimaryPhone", "PrimaryEmailAddr", "SalesTermRef"} & found.keys()

    def test_a_price_of_nothing_and_a_flag_that_is_off_are_values(self) -> None:
        theirs = {"Name": "AMBER", "UnitPrice": 0, "Taxable": False, "ExpenseAccountRef": {"value": "80"}}
        found = verdicts(amber(), replace(matched(theirs), kind="item"), ASK, US)
        assert (found["UnitPrice"], found["Tax"], found["Sku"]) == ("asked", "asked", "send")

    def test_what_was_just_edited_is_sent_and_a_name_too(self) -> None:
        place = pub()
        link = matched(self.THEIRS)
        found = {
            one.field.name: one.verdict
            for one in standings(link, customer_sides(place, CANADA), ASK, ["phone", "name"])
        }
        assert (found["PrimaryPhone"], found["CompanyName"]) == ("send", "asked")
        assert found["DisplayName"] == "kept"  # never renamed without the switch

    def test_what_it_overwrites_is_told(self) -> None:
        made = plan(pub(), knowing(pub(), matched(self.THEIRS), UPDATE))
        assert isinstance(made, Plan)
        assert made.overwrites["PrimaryPhone"] == {"FreeFormNumber": "(905) 555-7777"}
        assert "PrimaryEmailAddr" not in made.overwrites  # there was none


class TestUnknown:
    def test_what_no_answer_has_told_is_never_sent(self) -> None:
        link = replace(matched({"DisplayName": "FOX 7"}), unread=["DefaultTaxCodeRef"])
        assert verdicts(pub(), link, UPDATE)["Tax"] == "unknown"
        made = plan(pub(), knowing(pub(), link, UPDATE))
        assert isinstance(made, Plan)
        assert "DefaultTaxCodeRef" not in made.payload

    def test_where_ours_says_nothing_either_nobody_misses_it(self) -> None:
        link = replace(agreed(pub(phone="")), unread=["PrimaryPhone"])
        link = replace(link, theirs={k: v for k, v in (link.theirs or {}).items() if k != "PrimaryPhone"})
        assert "PrimaryPhone" not in verdicts(pub(phone=""), link, UPDATE)


class TestAgreements:
    def test_what_was_sent_and_echoed_the_same_moves_both(self) -> None:
        place = pub(phone="(416) 555-0199")
        answered = agreed(pub(), PrimaryPhone={"FreeFormNumber": "416-555-0199"})
        after = settled(place, answered, carried=["PrimaryPhone"])
        assert verdicts(place, after, UPDATE) == {}
        assert after.decided == {}

    def test_an_echo_that_is_not_the_same_waits_for_a_choice_and_for_ours_to_change(self) -> None:
        place = pub(phone="(416) 555-0199")
        answered = agreed(pub(), PrimaryPhone={"FreeFormNumber": "cut"})
        after = settled(place, answered, carried=["PrimaryPhone"])
        assert verdicts(place, after, UPDATE) == {"PrimaryPhone": "otherwise"}
        assert after.decided["PrimaryPhone"]["what"] == "echo"
        assert isinstance(plan(place, knowing(place, after)), NothingToDo)
        changed = pub(phone="(416) 555-0111")
        assert verdicts(changed, after, UPDATE) == {"PrimaryPhone": "send"}

    def test_what_was_not_sent_is_not_taken_as_sent(self) -> None:
        """The request held the e-mail alone; the phone that differs stays a difference."""
        place = pub(phone="(416) 555-0199", email="new@fox.example")
        link = agreed(pub(), PrimaryPhone={"FreeFormNumber": "(905) 555-7777"})
        link = replace(
            link, theirs={**(link.theirs or {}), "PrimaryEmailAddr": {"Address": "new@fox.example"}}
        )
        assert verdicts(place, settled(place, link, carried=["PrimaryEmailAddr"]), UPDATE) == {
            "PrimaryPhone": "both"
        }

    def test_what_the_setting_keeps_is_kept_as_it_then_was(self) -> None:
        place = pub()
        link = matched({**SAME_AS_OURS, "PrimaryPhone": {"FreeFormNumber": "(905) 555-7777"}})
        after = settled(place, link, rules=KEEP)
        assert after.decided["PrimaryPhone"]["what"] == "setting"
        assert verdicts(place, after, UPDATE)["PrimaryPhone"] == "kept"
        changed = pub(phone="(416) 555-0111")
        assert verdicts(changed, after, KEEP)["PrimaryPhone"] == "send"

    def test_what_is_asked_stays_a_first_match(self) -> None:
        place = pub()
        link = matched({**SAME_AS_OURS, "SalesTermRef": {"value": "1"}})
        after = settled(place, link, rules=ASK)
        assert "SalesTermRef" not in (after.ours_then or {})
        assert verdicts(place, after, UPDATE)["SalesTermRef"] == "send"

    def test_what_is_to_be_put_back_is_sent_though_both_agree_and_both_are_kept_then(self) -> None:
        place, before = pub(), {"FreeFormNumber": "(905) 555-7777"}
        ours = {"FreeFormNumber": "(416) 555-0100"}
        made = {"what": "before", "ours": ours, "theirs": ours, "by": "Bo", "at": "", "value": before}
        link = settled(place, replace(agreed(place), decided={"PrimaryPhone": made}))
        assert payload(place, link) == {"PrimaryPhone": before}
        answered = replace(link, theirs={**(link.theirs or {}), "PrimaryPhone": before})
        after = settled(place, answered, carried=["PrimaryPhone"])
        assert verdicts(place, after, UPDATE) == {"PrimaryPhone": "kept"}
        assert {name: after.decided["PrimaryPhone"][name] for name in ("what", "by")} == {
            "what": "both",
            "by": "Bo",
        }
        ignored = settled(place, link, carried=["PrimaryPhone"])
        assert ignored.decided == {}  # both still say ours
        otherwise = replace(link, theirs={**(link.theirs or {}), "PrimaryPhone": {"FreeFormNumber": "905"}})
        after = settled(place, otherwise, carried=["PrimaryPhone"])
        assert verdicts(place, after, UPDATE) == {"PrimaryPhone": "otherwise"}

    def test_a_gap_that_was_filled_overwrote_nothing(self) -> None:
        made = plan(
            pub(), knowing(pub(), matched({"DisplayName": "FOX 7"}), Rules(details="update", money="update"))
        )
        assert isinstance(made, Plan)
        assert made.overwrites == {}

    def test_a_decision_ends_when_either_side_says_something_else(self) -> None:
        place = pub()
        link = agreed(place, PrimaryPhone={"FreeFormNumber": "(905) 555-7777"})
        theirs = {"FreeFormNumber": "(905) 555-7777"}
        ours = {"FreeFormNumber": "(416) 555-0100"}
        made = {"what": "ours", "ours": ours, "theirs": theirs, "by": "Bo", "at": ""}
        chosen = replace(link, decided={"PrimaryPhone": made})
        assert verdicts(place, chosen, UPDATE) == {"PrimaryPhone": "send"}
        moved = {**(chosen.theirs or {}), "PrimaryPhone": {"FreeFormNumber": "(905) 555-0000"}}
        assert verdicts(place, replace(chosen, theirs=moved), UPDATE) == {"PrimaryPhone": "there"}


def test_a_record_is_told_by_its_worst_field() -> None:
    differs = {"a": "kept", "b": "unknown", "c": "send", "d": "asked", "e": "there", "f": "both"}
    differs |= {"g": "untold", "h": "otherwise"}
    order = []
    while differs:
        verdict = worst(differs)
        order.append(verdict)
        differs = {name: each for name, each in differs.items() if each != verdict}
    assert order == ["both", "there", "asked", "send", "otherwise", "untold", "unknown", "kept"]
    assert worst({}) is None


def pub(**values: Any) -> Location:
    filled: dict[str, Any] = {"number": "L1", "email": "bar@fox.example", "phone": "(416) 555-0100"}
    filled |= {"payment_term": factories.term(), "customer": factories.customer("Fox and Fiddler")}
    filled |= {"name": "Bloor St", "billing_address": {"line1": "9 Bloor St"}, "delivery_address": {}}
    return factories.location(**(filled | values))


def amber(**values: Any) -> Sku:
    filled: dict[str, Any] = {"product": factories.product("Amber Ale", description="Amber Ale, beer")}
    filled |= {"code": "BEE-01-K20", "unit_price": Decimal("112.5"), "cost": Decimal(70)} | values
    return factories.sku(**filled)


def agreed(record: Location | Sku, **since: Any) -> Linked:
    """It stands there as ours was, but for what was changed there since; None: emptied."""
    sides = customer_sides(record, CANADA) if isinstance(record, Location) else item_sides(record, CANADA)
    accounts = {"ExpenseAccountRef": {"value": "80"}}
    link = Linked(
        "customer" if isinstance(record, Location) else "item",
        "58",
        "2",
        theirs={**accounts, **sides.wanted},
    )
    if not isinstance(record, Location):
        sides = item_sides(record, but(CANADA, links={ref_of(record): link}))
    ours_then, theirs_then, _ = agreements(link, sides, UPDATE, None, "", "")
    now = {name: value for name, value in {**(link.theirs or {}), **since}.items() if value is not None}
    return replace(link, ours_then=ours_then, theirs_then=theirs_then, theirs=now)


def matched(theirs: Mapping[str, Any]) -> Linked:
    """Found by its key, and nothing agreed yet."""
    return Linked("customer", "58", "2", theirs=theirs, how="matched")


def settled(place: Location, link: Linked, *, carried: Any = None, rules: Rules = UPDATE) -> Linked:
    sides = customer_sides(place, CANADA)
    sent = None if carried is None else {name: sides.wanted[name] for name in carried}
    ours_then, theirs_then, decided = agreements(link, sides, rules, sent, "", "")
    return replace(link, ours_then=ours_then, theirs_then=theirs_then, decided=decided)


def knowing(
    record: Location | Sku, link: Linked, rules: Rules = UPDATE, context: Context = CANADA
) -> Context:
    settings = replace(context.settings, customers_differ=rules, products_differ=rules)
    return replace(context, links={ref_of(record): link}, settings=settings)


def verdicts(record: Location | Sku, link: Linked, rules: Rules, context: Context = CANADA) -> dict[str, str]:
    known = knowing(record, link, rules, context)
    sides = customer_sides(record, known) if isinstance(record, Location) else item_sides(record, known)
    found: list[Standing] = standings(link, sides, rules)
    return {one.field.name: one.verdict for one in found}


def payload(record: Location | Sku, link: Linked) -> dict[str, Any]:
    made = plan(record, knowing(record, link))
    assert isinstance(made, Plan)
    assert (made.payload["Id"], made.payload["SyncToken"], made.payload["sparse"]) == ("58", "2", True)
    return {name: value for name, value in made.payload.items() if name not in ("Id", "SyncToken", "sparse")}
