"""The demo data: the same for the same day, with all that real life has, each trouble where it was meant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta

from demo import customers, data, orders, products
from demo.ledger import folded
from demo.records import Order

TODAY = date(2026, 11, 22)


def test_the_same_day_gives_the_same_orders() -> None:
    first = data.distributor(TODAY).orders
    orders.written.cache_clear()
    data.distributor.cache_clear()
    assert data.distributor(TODAY).orders == first


def test_another_day_moves_the_dates_and_nothing_else() -> None:
    later = data.distributor(TODAY + timedelta(days=3)).orders
    for order, moved in zip(data.distributor(TODAY).orders, later, strict=True):
        assert (moved.number, moved.lines, moved.location) == (order.number, order.lines, order.location)
        assert moved.delivery_date - order.delivery_date == timedelta(days=3)


def test_the_distributor_has_its_size() -> None:
    distributor = data.distributor(TODAY)
    assert len(distributor.customers) == 60
    assert len(distributor.locations) == 120
    assert len(distributor.products) == 40
    assert len(distributor.skus) == 90
    assert len(distributor.terms) == 6
    assert len(distributor.orders) == 400
    assert len(data.clean_orders(TODAY)) == 1000
    assert len(data.expected(TODAY)) == 1400


def test_numbers_and_keys_are_unique() -> None:
    distributor = data.distributor(TODAY)
    everything = [*distributor.orders, *data.clean_orders(TODAY)]
    for values in (
        [order.number for order in everything],
        [place.number for place in distributor.locations],
        [customer.number for customer in distributor.customers],
        [sku.key for sku in distributor.skus],
        [product.name for product in distributor.products],
    ):
        assert len(values) == len(set(values))


def test_what_must_become_of_the_first_400() -> None:
    expected = data.expected(TODAY)
    outcomes = Counter(expected[order.number].outcome for order in data.distributor(TODAY).orders)
    assert outcomes == {"invoice": 356, "credit_memo": 11, "failed": 33}


def test_problems_that_must_show() -> None:
    problems = Counter(each.problem for each in data.expected(TODAY).values() if each.problem)
    assert problems == {
        "term_not_mapped": 8,
        "looks_like_existing": 9,
        "customer_key_missing": 4,
        "name_taken": 4,
        "sku_key_doubled": 4,
        "closed_period": 2,
        "number_too_long": 2,
    }


def test_each_problem_has_its_cause_in_the_data() -> None:
    expected = data.expected(TODAY)
    for order in data.distributor(TODAY).orders:
        place = customers.location(order.location)
        codes = [products.sku(line.sku).code for line in order.lines]
        causes = {
            "term_not_mapped": place.payment_term == "Net 45",
            "customer_key_missing": place.third_party_id is None,
            "sku_key_doubled": "SOF-0102" in codes,
            "closed_period": order.delivery_date <= TODAY - timedelta(days=75),
            "number_too_long": len(order.number) > 21,
            "name_taken": place.third_party_id in _names("Vendor"),
        }
        problem = expected[order.number].problem
        found = {cause for cause, there in causes.items() if there}
        assert found == ({problem} - {"looks_like_existing"} if problem else set()), order.number


def test_only_the_seeded_names_look_like_others() -> None:
    """A name that folds to another's by accident would be held."""
    places = data.distributor(TODAY).locations
    ours = [folded(place.third_party_id) for place in places if place.third_party_id]
    theirs = {folded(name): name for name in _names("Customer")}
    assert len(set(ours)) == len(ours)
    assert len(theirs) == len(_names("Customer"))
    alike = [
        place
        for place in places
        if place.third_party_id
        and (twin := theirs.get(folded(place.third_party_id)))
        and twin.casefold() != place.third_party_id.strip().casefold()
    ]
    assert {place.number for place in alike} == set(customers.numbers_of("like_existing"))


def test_items_double_neither_by_name_nor_by_code_in_quickbooks() -> None:
    bodies = data.already_in_quickbooks()["Item"]
    codes = [body["Sku"] for body in bodies if "Sku" in body]
    names = [folded(body["Name"]) for body in bodies]
    assert len(set(codes)) == len(codes)
    assert len(set(names)) == len(names)
    unmatched = {folded(body["Name"]) for body in bodies if "Sku" not in body and body.get("Active", True)}
    held = {sku.key for sku in products.skus() if folded(f"{sku.product}{sku.name}") in unmatched}
    assert held == set(products.LIKE_EXISTING)


def test_quickbooks_starts_with_part_of_it() -> None:
    sizes = {entity: len(bodies) for entity, bodies in data.already_in_quickbooks().items()}
    assert sizes == {"Customer": 55, "Item": 38, "Vendor": 6}
    inactive = [body for body in data.already_in_quickbooks()["Customer"] if not body.get("Active", True)]
    assert len(inactive) >= 2


def test_clean_orders_are_of_today_and_bring_nothing_new() -> None:
    expected = data.expected(TODAY)
    standing = [order for order in data.distributor(TODAY).orders if expected[order.number].problem is None]
    places = {order.location for order in standing}
    skus = {line.sku for order in standing for line in order.lines}
    charges = {charge.kind for order in standing for charge in order.charges}
    for order in data.clean_orders(TODAY):
        assert (order.order_date <= TODAY, order.delivery_date) == (True, TODAY)
        assert order.location in places
        assert {line.sku for line in order.lines} <= skus
        assert {charge.kind for charge in order.charges} <= charges
        assert len(order.lines) + len(order.charges) <= 20, "thirty must fit into a batch of 600 lines"
        assert expected[order.number].outcome == "invoice"


def test_orders_cover_sixty_days_and_none_is_of_the_future() -> None:
    days = {order.delivery_date for order in data.distributor(TODAY).orders}
    recent = {day for day in days if day > TODAY - timedelta(days=75)}
    assert (min(recent), max(days)) == (TODAY - timedelta(days=60), TODAY - timedelta(days=1))
    assert len(recent) == 60
    assert min(days) > TODAY - timedelta(days=180)


def test_real_life_is_there_more_than_once() -> None:
    """Quotes, accents, empties, odd prices, discounts of each kind, all tax statuses."""
    distributor = data.distributor(TODAY)
    names = " ".join([customer.name for customer in distributor.customers])
    assert min(names.count(sign) for sign in ("'", "&", "é", '"')) >= 2
    assert _orders_with(lambda order: order.discount_percent is not None) >= 20
    assert _orders_with(lambda order: order.discount_cents is not None) >= 10
    assert _orders_with(lambda order: any(line.discount_percent for line in order.lines)) >= 20
    assert _orders_with(lambda order: _came_back(order, "container_deposit")) >= 40
    assert _orders_with(lambda order: _came_back(order, "goods")) >= 15
    assert _orders_with(lambda order: bool(order.charges)) >= 100
    assert _orders_with(lambda order: _tax_status(order) == "zero_rated") >= 5
    assert _orders_with(lambda order: _tax_status(order) == "exempt") >= 5


def test_no_order_discount_turns_a_line_round() -> None:
    expected = data.expected(TODAY)
    for order in data.distributor(TODAY).orders:
        if order.discount_cents is not None or order.discount_percent is not None:
            assert min(line.amount_cents for line in expected[order.number].lines) >= 0


def _names(entity: str) -> list[str]:
    return [body["DisplayName"] for body in data.already_in_quickbooks()[entity]]


def _orders_with(fits: Callable[[Order], bool]) -> int:
    return sum(fits(order) for order in data.distributor(TODAY).orders)


def _came_back(order: Order, kind: str) -> bool:
    return any(line.quantity < 0 and products.sku(line.sku).kind == kind for line in order.lines)


def _tax_status(order: Order) -> str:
    return customers.location(order.location).tax_status
