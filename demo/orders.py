"""The orders: 400 over 60 days with what real life does to them, and any number of clean ones of today.

Each is made together with the problem that must stop it, if one must.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from decimal import Decimal
from functools import cache

from demo import customers, products
from demo.records import Order, OrderCharge, OrderLine

COUNT = 400
DAYS = 60
DAYS_BEFORE_ALL_OTHERS = 80
"""An order in the closed period is older by this; the demo company closed its books 75 days ago."""

Written = tuple[Order, str | None]
"""An order and the code of the problem that must stop it."""


@cache
def written(today: date) -> tuple[Written, ...]:
    """The 400, and what must stop each: a function of the day alone."""
    rng = random.Random("orders of the demo")
    makers = [maker for maker, times in MIX for _ in range(times)]
    makers += [_plain] * (COUNT - len(makers))
    rng.shuffle(makers)
    return tuple(
        maker(Draft(rng, f"{10001 + index}", today - timedelta(days=DAYS - index * DAYS // COUNT))).written()
        for index, maker in enumerate(makers)
    )


def clean(today: date, count: int, linked: Iterable[str], sellable: Iterable[str]) -> tuple[Order, ...]:
    """Orders of today without anything odd, of these locations and SKUs only."""
    rng = random.Random("clean orders of the demo")
    places, keys = sorted(linked), sorted(sellable)
    return tuple(_clean(Draft(rng, f"{20001 + index}", today), places, keys) for index in range(count))


def _clean(draft: Draft, places: list[str], keys: list[str]) -> Order:
    draft.location = draft.rng.choice(places)
    for key in draft.rng.sample(keys, draft.rng.randint(1, 5)):
        draft.sell(key, draft.rng.randint(1, 10))
    if draft.rng.random() < 0.4:
        draft.charge("Delivery", draft.rng.choice((1500, 2495)))
    order, _ = draft.written()
    return order


class Draft:
    """An order while it is being written."""

    def __init__(self, rng: random.Random, number: str, delivered: date) -> None:
        self.rng, self.number, self.delivered = rng, number, delivered
        self.location = rng.choice(customers.numbers_of("sound"))
        self.lines: list[OrderLine] = []
        self.charges: list[OrderCharge] = []
        self.discount_percent: Decimal | None = None
        self.discount_cents: int | None = None
        self.notes = ""
        self.problem: str | None = None

    def sell(self, key: str, quantity: int | Decimal, discount: str = "0", deposits: bool = True) -> None:
        """Adds the goods, and the deposit on the containers they are in."""
        price = products.sku(key).unit_price
        self.lines.append(OrderLine(key, Decimal(quantity), price, Decimal(discount)))
        container = products.containers_of(key)
        if container and deposits:
            self.deposit(container[0], int(quantity) * container[1])

    def deposit(self, key: str, quantity: int) -> None:
        self.lines.append(OrderLine(key, Decimal(quantity), products.sku(key).unit_price))

    def charge(self, kind: str, cents: int) -> None:
        self.charges.append(OrderCharge(kind, cents))

    def sell_some(self, least: int, most: int, deposits: bool = True) -> None:
        for key in self.rng.sample(_goods(), self.rng.randint(least, most)):
            discount = self.rng.choice(("5", "10", "12.5", "33.333333")) if self.rng.random() < 0.15 else "0"
            self.sell(key, self.rng.randint(1, 12), discount, deposits)

    def charge_now_and_then(self) -> None:
        if self.rng.random() < 0.4:
            self.charge("Delivery", self.rng.choice((1500, 2495, 3999)))
        if self.rng.random() < 0.2:
            self.charge("Fuel surcharge", self.rng.randint(199, 899))

    def written(self) -> Written:
        order = Order(
            number=self.number,
            external_reference=f"RQ-{self.number}",
            location=self.location,
            order_date=self.delivered - timedelta(days=self.rng.randint(0, 3)),
            delivery_date=self.delivered,
            purchase_order_number=_purchase_order_number(self.rng),
            notes=self.notes,
            lines=tuple(self.lines),
            charges=tuple(self.charges),
            discount_percent=self.discount_percent,
            discount_cents=self.discount_cents,
        )
        return order, self.problem


@cache
def _goods() -> tuple[str, ...]:
    """SKUs that anybody may order without consequences."""
    return tuple(
        sku.key for sku in products.skus() if sku.kind == "goods" and products.role_of(sku.key) == "sound"
    )


def _purchase_order_number(rng: random.Random) -> str | None:
    """A third have none, and the customers' own numbers double."""
    return rng.choice((None, f"PO-{rng.randint(1, 400):04d}", f"{rng.randint(4500000, 4500999)}"))


def _plain(draft: Draft) -> Draft:
    draft.sell_some(1, 5)
    draft.charge_now_and_then()
    return draft


def _empties_come_back(draft: Draft) -> Draft:
    draft.sell_some(1, 4)
    draft.deposit(products.SMALL_KEG, -draft.rng.randint(1, 3))
    draft.deposit(draft.rng.choice((products.CAN, products.BOTTLE)), -24 * draft.rng.randint(1, 5))
    draft.charge_now_and_then()
    return draft


def _goods_come_back(draft: Draft) -> Draft:
    """A case too warm, a case too many: still an invoice."""
    draft.sell("Great Lakes Lager / K50", draft.rng.randint(3, 6))
    draft.sell("Rideau Red / C24", -draft.rng.randint(1, 2))
    draft.charge_now_and_then()
    return draft


def _only_returns(draft: Draft) -> Draft:
    draft.sell(draft.rng.choice(_goods()), -draft.rng.randint(1, 4), draft.rng.choice(("0", "10")))
    draft.deposit(products.LARGE_KEG, -draft.rng.randint(1, 4))
    draft.notes = "Picked up by the driver"
    return draft


def _returned_with_a_charge(draft: Draft) -> Draft:
    """More comes back than goes out, and the pick-up is charged for."""
    draft.sell("Pilsner No. 4 / K20", -3)
    draft.sell("Tonic / C24", 1)
    draft.charge("Delivery", 1500)
    return draft


def _negative_only_before_tax(draft: Draft) -> Draft:
    """Net −1.50, tax +3.90: the total is above zero, so it is an invoice."""
    draft.lines.append(OrderLine("SVC-CLEAN", Decimal(1), Decimal(30)))
    draft.deposit(products.CAN, -315)
    return draft


def _percent_off(draft: Draft) -> Draft:
    draft.sell_some(2, 5)
    draft.discount_percent = Decimal(draft.rng.choice(("2.5", "5", "7.5", "10")))
    draft.charge_now_and_then()
    return draft


def _amount_off(draft: Draft) -> Draft:
    draft.sell_some(2, 4)
    draft.discount_cents = draft.rng.choice((500, 1000, 1999))
    return draft


def _odd_cent(draft: Draft) -> Draft:
    """Ten dollars over three equal lines: 3.33, 3.33 and 3.34."""
    for key in ("Sparkling Water / EA", "Still Water / EA", "2 % Milk / 4L"):
        draft.lines.append(OrderLine(key, Decimal(8), Decimal("4.375")))
    draft.discount_cents = 1000
    return draft


def _three_tax_codes(draft: Draft) -> Draft:
    draft.sell("Hop & Glory IPA / C24", 3)
    draft.sell("Espresso Forte / 1KG", 7)
    draft.sell("Baco Noir / B06", 1, "33.333333")
    draft.discount_percent = Decimal("7.5")
    draft.charge("Delivery", 2495)
    draft.charge("Export paperwork", 1250)
    return draft


def _free_sample(draft: Draft) -> Draft:
    draft.sell("Rosé Cider / C24", 1, "100")
    draft.sell_some(1, 3)
    return draft


def _draught_service(draft: Draft) -> Draft:
    draft.sell("SVC-CLEAN", Decimal(draft.rng.choice(("1.5", "2.25", "0.75"))))
    draft.sell("SVC-COOL", draft.rng.randint(1, 4))
    draft.sell("CO₂ / 9KG", 1)
    return draft


def _every_sku_once(draft: Draft) -> Draft:
    """A long order, as before a festival."""
    for key in draft.rng.sample(_goods(), 30):
        draft.sell(key, 1, deposits=False)
    draft.charge("Delivery", 3999)
    return draft


def _to(role: customers.Role, problem: str | None = None) -> Callable[[Draft], Draft]:
    """An ordinary order of a location that plays this part."""

    def write(draft: Draft) -> Draft:
        draft.location = draft.rng.choice(customers.numbers_of(role))
        draft.problem = problem
        return _plain(draft)

    return write


def _of(keys: tuple[str, ...], problem: str) -> Callable[[Draft], Draft]:
    """An ordinary order that also has one of these SKUs."""

    def write(draft: Draft) -> Draft:
        draft.sell(draft.rng.choice(keys), 2)
        draft.problem = problem
        return _plain(draft)

    return write


def _in_the_closed_period(draft: Draft) -> Draft:
    draft.delivered -= timedelta(days=DAYS_BEFORE_ALL_OTHERS)
    draft.problem = "closed_period"
    return _plain(draft)


def _number_too_long(draft: Draft) -> Draft:
    draft.number = f"ROUTE-07/STOP-03/{draft.number}"
    draft.problem = "number_too_long"
    return _plain(draft)


MIX: tuple[tuple[Callable[[Draft], Draft], int], ...] = (
    (_empties_come_back, 40),
    (_goods_come_back, 8),
    (_only_returns, 8),
    (_returned_with_a_charge, 3),
    (_negative_only_before_tax, 2),
    (_percent_off, 24),
    (_amount_off, 14),
    (_odd_cent, 4),
    (_three_tax_codes, 4),
    (_free_sample, 4),
    (_draught_service, 8),
    (_every_sku_once, 3),
    (_to("zero_rated"), 9),
    (_to("exempt"), 9),
    (_to("unmapped_term", "term_not_mapped"), 8),
    (_to("no_third_party_id", "customer_key_missing"), 4),
    (_to("like_existing", "looks_like_existing"), 6),
    (_to("name_at_vendor", "name_taken"), 4),
    (_of(products.DOUBLED, "sku_key_doubled"), 4),
    (_of(products.LIKE_EXISTING, "looks_like_existing"), 3),
    (_in_the_closed_period, 2),
    (_number_too_long, 2),
)
