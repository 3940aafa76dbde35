"""Who the distributor delivers to: 60 customers with 120 locations, and which of them are to give trouble."""

from __future__ import annotations

import random
from functools import cache
from typing import Literal

from demo.records import Address, Customer, Location, PaymentTerm

Role = Literal[
    "sound",
    "unmapped_term",
    "no_third_party_id",
    "like_existing",
    "name_at_vendor",
    "zero_rated",
    "exempt",
    "idle",
]

TERMS = (
    PaymentTerm("Due on receipt", 0),
    PaymentTerm("Net 15", 15),
    PaymentTerm("Net 30", 30),
    PaymentTerm("Net 60", 60),
    PaymentTerm("Net 45", 45),
    PaymentTerm("Cash on delivery", 0),
)
UNMAPPED_TERM = "Net 45"
"""QuickBooks has no such term, and the demo leaves it open."""

PLACES = (
    ("Café Olé", "Toronto", ("Queen St", "Ossington Ave", "Distillery District")),
    ("Amy's Taphouse", "Toronto", ("Front St", "Leslieville")),
    ("Brasserie L'Été", "Ottawa", ("ByWard Market", "Le Québec, Gatineau")),
    ("Fox & Fiddler", "Toronto", ("Bloor St", "Danforth Ave", "Liberty Village", "Scarborough")),
    ('The "Old Mill" Inn', "Elora", ("Dining Room", "Granary Bar")),
    ("O'Malley's Pub", "Hamilton", ("James St N", "Locke St")),
    ("Señor Burrito", "Kitchener", ("King St", "Fairway Rd")),
    ("Smith, Jones & Daughters", "Guelph", ("Wyndham St", "Stone Rd")),
    ("Bäckerei Müller", "Waterloo", ("Uptown", "St. Jacobs Market")),
    ("Crème Brûlée Bistro", "Ottawa", ("Elgin St", "Westboro")),
    ("Lakeview Resort", "Huntsville", ("Main Lodge", "Boathouse", "Golf Course")),
    ("The Granite Club House", "Kingston", ("Curling Lounge", "Terrace")),
    ("Peace Bridge Duty Free", "Fort Erie", ("Bridge Shop", "Warehouse")),
    ("Thousand Islands Duty Free", "Lansdowne", ("Hill Island",)),
    ("Embassy of Norland", "Ottawa", ("Residence",)),
    ("Consulate of Östermark", "Toronto", ("Chancery",)),
    ("Six Rivers Band Council", "Ohsweken", ("Community Hall",)),
    ("Harbourfront Hospitality", "Toronto", ("Pier 4", "Boardwalk", "Marina Patio")),
    ("Maple Leaf Lanes", "Oshawa", ("Bowling Bar", "Party Rooms")),
    ("Northern Lights Lounge", "Sudbury", ("Elm St", "Lasalle Blvd")),
    ("Rideau Canal Cruises", "Ottawa", ("Dock 2", "Dock 5")),
    ("The Copper Kettle", "Collingwood", ("Hurontario St", "Blue Mountain")),
    ("Pho 88", "Mississauga", ("Dundas St", "Square One")),
    ("Trattoria d'Angelo", "Vaughan", ("Woodbridge", "Maple")),
    ("Khyber Grill", "Brampton", ("Queen St E", "Kennedy Rd")),
    ("Sushi-Ya!", "Markham", ("Unionville", "Highway 7")),
    ("Hops + Barley", "London", ("Richmond Row", "Wortley Village", "Hyde Park")),
    ("Stratford Stage Door", "Stratford", ("Ontario St", "Festival Lobby")),
    ("Niagara Vista Hotel", "Niagara Falls", ("Lobby Bar", "Rooftop", "Banquets", "Room Service")),
    ("Windsor Star Diner", "Windsor", ("Ouellette Ave", "Walkerville")),
    ("Bluewater Grill", "Sarnia", ("Waterfront", "Point Edward")),
    ("Grand River Golf", "Cambridge", ("Clubhouse", "Halfway House")),
    ("King's Landing Grocers", "Kingston", ("Princess St", "Bath Rd")),
    ("Prince Edward Cellars", "Picton", ("Tasting Room", "Wellington")),
    ("Château Beauséjour", "Montréal", ("Vieux-Port", "Plateau")),
    ("Halifax Harbour House", "Halifax", ("Lower Water St", "Spring Garden")),
    ("Prairie Dog Saloon", "Winnipeg", ("Exchange District",)),
    ("Georgian Bay Outfitters", "Parry Sound", ("Base Camp", "Killbear Canteen")),
    ("Muskoka Marina", "Gravenhurst", ("Fuel Dock", "Chandlery")),
    ("Timmins Curling Club", "Timmins", ("Lounge",)),
    ("Thunder Bay Brewpub", "Thunder Bay", ("Red River Rd", "Marina Park")),
    ("Sault Steelworkers' Hall", "Sault Ste. Marie", ("Main Hall",)),
    ("Peterborough Petes Bar", "Peterborough", ("George St", "Arena Concourse")),
    ("The Lift Lock Café", "Peterborough", ("Lock 21",)),
    ("Barrie Bay Brunch", "Barrie", ("Dunlop St", "Lakeshore")),
    ("Orillia Opera Tavern", "Orillia", ("Mississaga St",)),
    ("Haliburton Highlands Catering", "Haliburton", ("Kitchen", "Field Events")),
    ("Burlington Bay Seafood", "Burlington", ("Brant St", "Lakeshore Rd")),
    ("Oakville Oyster Room", "Oakville", ("Kerr St", "Bronte")),
    ("Milton Mill Market", "Milton", ("Main St E", "Steeles Ave")),
    ("Union Station Kiosks", "Toronto", ("Great Hall", "York Concourse", "Bay Concourse", "UP Express")),
    ("The Annex Arms", "Toronto", ("Brunswick Ave",)),
    ("Kensington Kombucha Bar", "Toronto", ("Augusta Ave", "Baldwin St")),
    ("Chez Zoé", "Toronto", ("Yorkville", "Roncesvalles")),
    ("Danube & Daughters Deli", "Toronto", ("St. Clair W", "Eglinton W")),
    ("Cabbagetown Corner Store", "Toronto", ("Parliament St", "Carlton St")),
    ("High Park Pavilion", "Toronto", ("Grenadier Terrace", "Snack Bar")),
    ("Pearson Lounge Services", "Mississauga", ("Terminal 1", "Terminal 3")),
    ("Whitby Wharf", "Whitby", ("Brock St", "Port Whitby")),
    ("Zephyr's Rooftop", "Toronto", ("Adelaide St W", "King St W")),
)

ROLES: dict[tuple[str, str], Role] = {
    ("Lakeview Resort", "Boathouse"): "unmapped_term",
    ("The Granite Club House", "Curling Lounge"): "unmapped_term",
    ("Milton Mill Market", "Steeles Ave"): "unmapped_term",
    ("Haliburton Highlands Catering", "Field Events"): "no_third_party_id",
    ("Georgian Bay Outfitters", "Killbear Canteen"): "no_third_party_id",
    ("Café Olé", "Queen St"): "like_existing",
    ("Crème Brûlée Bistro", "Westboro"): "like_existing",
    ("O'Malley's Pub", "Locke St"): "like_existing",
    ("Muskoka Marina", "Fuel Dock"): "name_at_vendor",
    ("Union Station Kiosks", "UP Express"): "name_at_vendor",
    ("Peace Bridge Duty Free", "Bridge Shop"): "zero_rated",
    ("Peace Bridge Duty Free", "Warehouse"): "zero_rated",
    ("Thousand Islands Duty Free", "Hill Island"): "zero_rated",
    ("Embassy of Norland", "Residence"): "exempt",
    ("Consulate of Östermark", "Chancery"): "exempt",
    ("Six Rivers Band Council", "Community Hall"): "exempt",
    ("Timmins Curling Club", "Lounge"): "idle",
    ("Stratford Stage Door", "Festival Lobby"): "idle",
}
CLOSED_DOWN = ("Stratford Stage Door", "Festival Lobby")
"""No longer active; the other idle one is inactive only in QuickBooks."""

EXEMPTIONS = {
    "Embassy of Norland": "Foreign mission",
    "Consulate of Östermark": "Foreign mission",
    "Six Rivers Band Council": "Band council, delivered on reserve",
}
PROVINCES = {"Montréal": ("QC", "H2Y"), "Halifax": ("NS", "B3J"), "Winnipeg": ("MB", "R3B")}
WITHOUT_TERM = {("Pho 88", "Dundas St"), ("Khyber Grill", "Queen St E")}
BLANK_AT_THE_END = {("Harbourfront Hospitality", "Pier 4"), ("Whitby Wharf", "Brock St")}
"""Typed with a blank too many, as happens; keys are compared trimmed."""

STREETS = (
    "King St",
    "Queen St",
    "Main St",
    "Front St",
    "Lakeshore Rd",
    "Wellington St",
    "Dundas St",
    "Mill St",
)
CONTACTS = (
    "Anaïs Gagnon",
    "Priya Nair",
    "Tom O'Brien",
    "Zoë Müller",
    "Wei Chen",
    "Mary-Jo Smith",
    "José Ávila",
)


@cache
def customers() -> tuple[Customer, ...]:
    return tuple(Customer(f"C{101 + index}", name) for index, (name, _, _) in enumerate(PLACES))


@cache
def locations() -> tuple[Location, ...]:
    rng = random.Random("locations of the demo")
    made: list[Location] = []
    for customer, (_, city, places) in zip(customers(), PLACES, strict=True):
        office = _address(rng, city)
        for place in places:
            made.append(_location(rng, f"L{1001 + len(made)}", customer, place, city, office))
    return tuple(made)


@cache
def role_of(location: str) -> Role:
    return _roles()[location]


@cache
def numbers_of(role: Role) -> tuple[str, ...]:
    """Numbers of the locations that play this part."""
    return tuple(number for number, part in _roles().items() if part == role)


@cache
def location(number: str) -> Location:
    return {place.number: place for place in locations()}[number]


@cache
def _roles() -> dict[str, Role]:
    names = {customer.number: customer.name for customer in customers()}
    return {place.number: ROLES.get((names[place.customer], place.name), "sound") for place in locations()}


def _location(
    rng: random.Random, number: str, customer: Customer, place: str, city: str, office: Address
) -> Location:
    who = (customer.name, place)
    role = ROLES.get(who, "sound")
    slug = "".join(letter for letter in customer.name.lower() if letter.isascii() and letter.isalnum())
    return Location(
        number=number,
        customer=customer.number,
        name=place,
        third_party_id=None if role == "no_third_party_id" else _third_party_id(who),
        billing=office,
        delivery=_address(rng, city),
        contact=rng.choice(CONTACTS),
        email=f"orders-{number.lower()}@{slug}.example",
        phone=f"({rng.choice((416, 519, 613, 705))}) 555-{rng.randint(100, 199):04d}",
        payment_term=_term(rng, who, role),
        tax_status=role if role in ("zero_rated", "exempt") else "default",
        exemption_reason=EXEMPTIONS.get(customer.name),
        tax_registration_number=f"{rng.randint(100000000, 899999999)} RT0001" if rng.random() < 0.5 else None,
        active=who != CLOSED_DOWN,
    )


def _third_party_id(who: tuple[str, str]) -> str:
    """What the portal is keyed on: it reads like a name, since it becomes theirs."""
    customer, place = who
    return f"{customer.replace(chr(34), '')} – {place}" + (" " if who in BLANK_AT_THE_END else "")


def _term(rng: random.Random, who: tuple[str, str], role: Role) -> str | None:
    drawn = rng.choice([term.name for term in TERMS if term.name != UNMAPPED_TERM])
    if role == "unmapped_term":
        return UNMAPPED_TERM
    return None if who in WITHOUT_TERM else drawn


def _address(rng: random.Random, city: str) -> Address:
    province, area = PROVINCES.get(city, ("ON", rng.choice(("M5V", "K1P", "L8P", "N2H", "P3E"))))
    code = f"{area} {rng.randint(1, 9)}{rng.choice('ABCEGHJ')}{rng.randint(1, 9)}"
    return Address(f"{rng.randint(1, 990)} {rng.choice(STREETS)}", city, province, code)
