"""What the distributor sells: 40 products with 90 SKUs, and which of them are meant to give trouble."""

from __future__ import annotations

import random
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Literal

from demo.records import ChargeKind, Product, Sku, SkuKind, TaxStatus

Role = Literal["sound", "doubled_code", "like_existing", "without_code"]

CHARGE_KINDS = (
    ChargeKind("Delivery", "default"),
    ChargeKind("Fuel surcharge", "default"),
    ChargeKind("Export paperwork", "zero_rated"),
)


@dataclass(frozen=True)
class Pack:
    """How a product is sold, and which container goes out with it, how many to the pack."""

    name: str
    suffix: str
    price: str
    container: str | None = None
    containers: int = 0


CAN, BOTTLE, SMALL_KEG, LARGE_KEG = "DEP-CAN", "DEP-BTL", "DEP-K20", "DEP-K50"

BEER = (
    Pack("24 × 355 mL cans", "C24", "41.95", CAN, 24),
    Pack("20 L keg", "K20", "112.5", SMALL_KEG, 1),
    Pack("50 L keg", "K50", "239", LARGE_KEG, 1),
)
CIDER = (Pack("24 × 473 mL cans", "C24", "63.36", CAN, 24), Pack("20 L keg", "K20", "134.75", SMALL_KEG, 1))
WINE = (Pack("12 × 750 mL", "B12", "155.4", BOTTLE, 12), Pack("6 × 750 mL", "B06", "81.3", BOTTLE, 6))
SOFT = (
    Pack("24 × 355 mL cans", "C24", "16.7975", CAN, 24),
    Pack("12 × 750 mL bottles", "B12", "22.2525", BOTTLE, 12),
)
BEANS = (Pack("1 kg beans", "1KG", "23.99"), Pack("5 kg beans", "5KG", "109.95"))
MILK = (Pack("4 L", "4L", "5.89"), Pack("Case of 12 × 1 L", "C12", "31.2"))
SINGLE = (Pack("Each", "EA", "4.375"),)

RANGES: tuple[tuple[str, TaxStatus, tuple[Pack, ...], tuple[str, ...]], ...] = (
    (
        "Beer",
        "default",
        BEER,
        (
            "Amber Ale",
            "Rideau Red",
            "Kölsch",
            "Québec Blanche",
            "Hop & Glory IPA",
            "Farmer's Saison",
            "Black Fly Stout",
            "Great Lakes Lager",
            "Pilsner No. 4",
            "Wheat King",
            "Session Ale 3.5 %",
            "Bière d'Hiver",
        ),
    ),
    ("Cider", "default", CIDER, ("Orchard Dry", "Pommes & Pears", "Rosé Cider", "Ice Cider")),
    (
        "Wine",
        "default",
        WINE,
        ("Baco Noir", "Riesling Réserve", "Gewürztraminer", "Cab Franc", "Vidal Blanc"),
    ),
    (
        "Soft drinks",
        "default",
        SOFT,
        (
            "Maple Root Beer",
            "Ginger Ale",
            "Spruce Soda",
            "Cola “Classic”",
            "Cream Soda",
            "Lemon & Lime",
            "Tonic",
            "Iced Tea",
        ),
    ),
    ("Coffee and tea", "zero_rated", BEANS, ("Café Noir", "Espresso Forte", "Decaf", "Mélange d'Été")),
    ("Dairy", "zero_rated", MILK, ("2 % Milk",)),
    ("Water", "default", SINGLE, ("Sparkling Water", "Still Water")),
    ("Draught", "default", (Pack("9 kg cylinder", "9KG", "48.5"),), ("CO₂",)),
    ("Merchandise", "default", (Pack("Case of 24", "C24", "71.04"),), ("Pint Glasses",)),
)
DEPOSITS = (
    ("Can", CAN, "0.1"),
    ("Bottle", BOTTLE, "0.2"),
    ("20 L keg", SMALL_KEG, "30"),
    ("50 L keg", LARGE_KEG, "50"),
)
SERVICES = (("Line cleaning, hour", "SVC-CLEAN", "65"), ("Cooler rental, week", "SVC-COOL", "38.25"))

DOUBLED_CODE = "SOF-0102"
DOUBLED = ("Maple Root Beer / B12", "Ginger Ale / C24")
"""Two SKUs that were given one code."""
LIKE_EXISTING = ("Café Noir / 1KG", "Café Noir / 5KG")
"""QuickBooks has these under a slightly different name and without a code."""
WITHOUT_CODE = ("Pint Glasses / C24",)
"""Never had a code, and is never ordered."""


@cache
def products() -> tuple[Product, ...]:
    drinks = [
        Product(name, f"{name}, {category.lower()}", category)
        for category, _, _, names in RANGES
        for name in names
    ]
    return (
        *drinks,
        Product("Container deposit", "Refundable deposit on bottles, cans and kegs", "Deposits"),
        Product("Draught service", "Work on the customer's draught system", "Services"),
    )


@cache
def skus() -> tuple[Sku, ...]:
    rng = random.Random("skus of the demo")
    made = []
    for category, tax_status, packs, names in RANGES:
        for index, name in enumerate(names):
            dearer = Decimal(1) + Decimal(index) / 20
            made += [_drink(rng, category, index, name, tax_status, pack, dearer) for pack in packs]
    made += [
        _sku(rng, code, "Container deposit", code, name, price, kind="container_deposit")
        for name, code, price in DEPOSITS
    ]
    made += [
        _sku(rng, code, "Draught service", code, name, price, kind="service")
        for name, code, price in SERVICES
    ]
    return tuple(made)


@cache
def sku(key: str) -> Sku:
    return {entry.key: entry for entry in skus()}[key]


@cache
def role_of(key: str) -> Role:
    if key in DOUBLED:
        return "doubled_code"
    if key in LIKE_EXISTING:
        return "like_existing"
    return "without_code" if key in WITHOUT_CODE else "sound"


@cache
def containers_of(key: str) -> tuple[str, int] | None:
    """The deposit SKU that goes out with one of this SKU, and how many."""
    product, _, suffix = key.rpartition(" / ")
    packs = {pack.suffix: pack for _, _, packs, names in RANGES if product in names for pack in packs}
    pack = packs.get(suffix)
    return (pack.container, pack.containers) if pack and pack.container else None


def _drink(
    rng: random.Random,
    category: str,
    index: int,
    product: str,
    tax_status: TaxStatus,
    pack: Pack,
    dearer: Decimal,
) -> Sku:
    key = f"{product} / {pack.suffix}"
    code: str | None = f"{category[:3].upper()}-{index + 1:02d}-{pack.suffix}"
    if key in DOUBLED:
        code = DOUBLED_CODE
    if key in WITHOUT_CODE:
        code = None
    price = (Decimal(pack.price) * dearer).quantize(Decimal("0.0001"))
    return _sku(rng, key, product, code, pack.name, str(price), tax_status)


def _sku(
    rng: random.Random,
    key: str,
    product: str,
    code: str | None,
    name: str,
    price: str,
    tax_status: TaxStatus = "default",
    kind: SkuKind = "goods",
) -> Sku:
    worth = Decimal(price)
    share = Decimal(rng.randint(55, 75)) / 100
    return Sku(
        key=key,
        product=product,
        code=code,
        name=name,
        barcode=f"06{rng.randint(10**9, 10**10 - 1)}" if kind == "goods" else None,
        unit_price=worth,
        cost=(worth * share).quantize(Decimal("0.01")) if kind == "goods" else Decimal(0),
        tax_status=tax_status,
        kind=kind,
    )
