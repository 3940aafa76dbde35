"""Settings in QuickBooks that matter to us, in a bookkeeper's words: how each stands and what to do."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from portal.company import days, number_guard
from portal.mapping import time_zone
from portal.models import Connection
from portal.plan.items import PLANS_WITH_INVENTORY
from portal.web.formats import day

# Intuit's own two; any other address is told by its host alone.
ENVIRONMENTS = {
    "quickbooks.api.intuit.com": "Production",
    "sandbox-quickbooks.api.intuit.com": "Sandbox",
}
SETTINGS = "In QuickBooks: ⚙ → Account and settings"
LOOKED_UP = (
    "There is nothing to do: each order is looked up in QuickBooks by its number before it is first sent, so "
    "that none is made beside one that was entered by hand."
)


@dataclass(frozen=True)
class Setting:
    """`good`: True as it should be, False to be changed, None for information."""

    name: str
    stands: str
    good: bool | None
    todo: str = ""


def environment(api_url: str) -> str:
    """Which QuickBooks this is, by the address that is configured."""
    host = urlsplit(api_url).hostname or api_url
    return f"{ENVIRONMENTS[host]} ({host})" if host in ENVIRONMENTS else host


def settings(connection: Connection) -> list[Setting]:
    """As read from the company, the most important first."""
    return [
        _numbers(connection),
        _guard(connection),
        _sales_tax(connection),
        _multicurrency(connection),
        _closing_date(connection),
        _time_zone(connection),
        _plan(connection),
        _credits(connection),
    ]


def _numbers(connection: Connection) -> Setting:
    name = "Custom transaction numbers"
    if connection.custom_numbers:
        return Setting(name, "on: invoices carry our order numbers", True)
    todo = f"{SETTINGS} → Sales → Sales form content → Custom transaction numbers: on. Then press Read again."
    return Setting(name, "off: QuickBooks may give numbers of its own", False, todo)


def _guard(connection: Connection) -> Setting:
    """Names no setting in QuickBooks: of none it is proven that it decides on this."""
    name, seen = "Duplicate numbers", connection.number_guard
    if seen is None:
        return Setting(name, "it is not known whether QuickBooks refuses them", None, LOOKED_UP)
    zone = days.zone(connection)
    last = f"QuickBooks last refused a duplicate number on {day(seen.astimezone(zone).date())}"
    until = number_guard.proven_until(connection)
    if until is None:
        return Setting(name, last, None, f"That is too long ago to count on. {LOOKED_UP}")
    todo = (
        f"We count on it until {day(until.astimezone(zone).date())}: orders dated since you connected go "
        "without being looked up first. Earlier ones are looked up by number."
    )
    return Setting(name, last, True, todo)


def _sales_tax(connection: Connection) -> Setting:
    if not connection.sales_tax:
        todo = "If you charge sales tax: in QuickBooks set it up under Taxes, then press Read again."
        return Setting("Sales tax", "off: invoices go without tax", None, todo)
    if connection.automated_tax:
        todo = "QuickBooks reckons the tax of each invoice by its address; ours is shown once it answered."
        return Setting("Sales tax", "on, automated", None, todo)
    return Setting("Sales tax", "on", True)


def _multicurrency(connection: Connection) -> Setting:
    if connection.multicurrency:
        return Setting("Several currencies", f"on, home currency {connection.home_currency}", None)
    todo = (
        f"Orders in another currency than {connection.home_currency} are held. {SETTINGS} → Advanced → "
        "Currency turns it on; it can't be turned off again."
    )
    return Setting("Several currencies", "off", None, todo)


def _closing_date(connection: Connection) -> Setting:
    if connection.closing_date is None:
        return Setting("Closing date", "none: the books are open", None)
    todo = "Orders dated up to it are held, or dated on the first open day: see Sync settings."
    return Setting("Closing date", f"books closed up to {day(connection.closing_date)}", None, todo)


def _time_zone(connection: Connection) -> Setting:
    """Ours stays whatever the company says: another one is a proposal."""
    ours, theirs = days.own_zone(connection), time_zone.proposed(connection)
    if ours is None:
        todo = "An administrator chooses it under Settings › Organization: nothing is finalized before."
        return Setting("Time zone", "not known here", False, todo)
    if theirs is None:
        return Setting("Time zone", f"days are reckoned in {ours.key}", None)
    todo = "Ours stays unless an administrator takes theirs under Settings › Organization."
    return Setting("Time zone", f"{theirs} in QuickBooks, {ours.key} here", None, todo)


def _plan(connection: Connection) -> Setting:
    plan = connection.plan or "unknown"
    if any(word in plan.casefold() for word in PLANS_WITH_INVENTORY):
        return Setting("Plan", plan, None)
    return Setting(
        "Plan", plan, None, "It has no inventory: new products are made as non-inventory or services."
    )


def _credits(connection: Connection) -> Setting:
    name = "Automatic application of credits"
    if not connection.auto_apply_credit:
        return Setting(name, "off: credit memos stay open until you apply them", None)
    todo = f"Fine if you want it; else {SETTINGS} → Advanced → Automation → Automatically apply credits: off."
    return Setting(name, "on: QuickBooks applies a credit memo to the oldest open invoice", None, todo)
