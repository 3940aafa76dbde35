"""Names of two parts fit into one of theirs, and end in the code where they were too long."""

import pytest

from portal.models.kinds import ref_of
from portal.plan import Linked, plan
from portal.plan.composed_names import fitted, length_of, name_column, name_field
from portal.plan.types import Keys, Rules
from tests import factories
from tests.plan.planning import CANADA, but, codes, planned, unlinked

BY_COMPANY = {"customer_ours": "third_party_id", "customer_theirs": "CompanyName"}


@pytest.mark.parametrize(
    ("name", "code", "doubled", "fits"),
    [
        ("Ale – Keg", "K20", False, "Ale – Keg"),
        ("Ale – Keg", "K20", True, "Ale – Keg (K20)"),
        ("Ale – Kegs of 20 l", "K20", False, "Ale – Kegs of 20 l"),  # eighteen, as many as there may be
        ("Ale – Kegs of 20 l.", "K20", False, "Ale – Kegs… (K20)"),
        ("Pale Ale – Kegs of 20 l", "K20", False, "Pale Ale… (K20)"),  # no dash is left at its end
        ("Pale Ale – Kegs", "K20", True, "Pale Ale… (K20)"),  # behind itself the code would be too much
        ("Ale – Kegs of 20 litres", "", False, "Ale – Kegs of 20 litres"),
        ("Ale – Kegs of 20 litres", "K" * 15, False, "Ale – Kegs of 20 litres"),
        ("Ale 🍺🍺🍺🍺🍺🍺🍺🍺", "K20", False, "Ale 🍺🍺🍺… (K20)"),  # an emoji is two, and never cut in half
    ],
)
def test_a_name_that_is_too_long_ends_in_its_code(name: str, code: str, doubled: bool, fits: str) -> None:
    assert fitted(name, code, 18, doubled=doubled) == fits
    assert length_of(fits) <= 18 or fits == name


def test_an_item_of_a_long_name_stays_the_only_one_and_is_called_the_same_on_every_plan() -> None:
    product = factories.product("Nectar " * 20)
    first, second = (factories.sku("Case of 24", product=product, code=code) for code in ("N-1", "N-2"))
    names = [planned(sku, unlinked(sku)).payload["Name"] for sku in (first, second, first)]
    assert [len(name) for name in names] == [100] * 3
    assert names[0] == names[2] != names[1]
    assert names[0].endswith("… (N-1)") and names[1].endswith("… (N-2)")
    assert planned(first, unlinked(first)).unique_value == names[0]
    same = frozenset({("sku", f"{('Nectar ' * 20).strip()} – Case of 24".casefold())})
    assert planned(first, unlinked(first, but(CANADA, same_names=same))).payload["Name"] == names[0]
    first.code, first.barcode = None, "0612345"
    by_barcode = but(CANADA, sku_ours="barcode")
    assert planned(first, unlinked(first, by_barcode)).payload["Name"].endswith("… (0612345)")


def test_what_cannot_end_in_a_code_and_what_the_key_is_are_never_shortened() -> None:
    nameless = factories.sku("Case", product=factories.product("N" * 120), code=None)
    assert codes(plan(nameless, unlinked(nameless, but(CANADA, sku_ours="name")))) == ["name_too_long"]
    keyed = factories.sku("N" * 101, code="N-1")
    by_name = but(CANADA, sku_ours="name", sku_theirs="Name")
    assert codes(plan(keyed, unlinked(keyed, by_name))) == ["name_too_long"]


@pytest.mark.parametrize(("letters", "is_shortened"), [(485, False), (486, True)])
def test_a_customer_of_a_long_name_ends_in_the_number_of_its_location(
    letters: int, is_shortened: bool
) -> None:
    place = factories.location("F" * letters, third_party_id="FOX-7", customer=factories.customer("F" * 12))
    whole = f"{'F' * 12} – {'F' * letters}"
    name = planned(place, unlinked(place, but(CANADA, **BY_COMPANY))).payload["DisplayName"]
    assert (name, len(name)) == (f"{whole[:491]}… (L1001)" if is_shortened else whole, 500)


@pytest.mark.parametrize("sign", ['20" keg', "Keg 5/8″", "‘House’ & <Sons>", "50% off; #1 @ $2"])
def test_what_is_only_believed_to_be_forbidden_is_sent(sign: str) -> None:
    keg = factories.sku(sign, product=factories.product("Ale"))
    assert planned(keg, unlinked(keg)).payload["Name"] == f"Ale – {sign}"
    place = factories.location(sign)
    assert planned(place, unlinked(place)).payload["DisplayName"] == sign


def test_of_a_linked_one_only_what_would_be_sent_is_looked_at() -> None:
    place = factories.location(
        "Bloor: St", phone="1" * 31, email="no address", billing_address={"city": "x" * 300}
    )
    theirs = {
        "DisplayName": "Bloor",
        "PrimaryPhone": {"FreeFormNumber": "1" * 31},
        "PrimaryEmailAddr": {"Address": "no address"},
        "BillAddr": {"City": "x" * 300},
        "CompanyName": place.customer.name,
    }
    link = Linked("customer", "58", "2", theirs=theirs, how="matched")
    context = but(CANADA, links={ref_of(place): link})
    plan_of_it = planned(place, context)
    assert (
        plan_of_it.payload.keys() & {"DisplayName", "PrimaryPhone", "PrimaryEmailAddr", "BillAddr"} == set()
    )
    # Edited here they would be sent, and are looked at.
    edited = but(
        context,
        edited={ref_of(place): frozenset({"name", "phone", "email", "billing_address"})},
        customers_differ=Rules(names=True),
    )
    theirs |= {
        "PrimaryPhone": {"FreeFormNumber": "2"},
        "PrimaryEmailAddr": {"Address": "b@c.de"},
        "BillAddr": {"City": "y"},
    }
    assert codes(plan(place, edited)) == [
        "name_forbidden_character",
        "field_too_long",
        "email_invalid",
        "field_too_long",
    ]


@pytest.mark.parametrize(
    ("kind", "keys", "column", "words"),
    [
        ("location", Keys(), "name", "the name of the location"),
        (
            "location",
            Keys(customer_ours="third_party_id"),
            "third_party_id",
            "the name in QuickBooks (third-party ID)",
        ),
        (
            "location",
            Keys(customer_ours="number", customer_theirs="CompanyName"),
            "name",
            "the name of the location",
        ),
        ("sku", Keys(), "name", "the name of the SKU"),
        ("sku", Keys(sku_ours="barcode", sku_theirs="Name"), "barcode", "the barcode"),
    ],
)
def test_by_which_field_the_name_there_is_changed(kind: object, keys: Keys, column: str, words: str) -> None:
    assert (name_column(kind, keys), name_field(kind, keys)) == (column, words)  # type: ignore[arg-type]  # a kind
