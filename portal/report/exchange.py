"""What a document in a foreign currency comes to at home, in words: as planned, and as it stands there."""

from portal.dates import day
from portal.models import Connection, Link, Order
from portal.models.types import cents_of, number_of
from portal.plan import Plan
from portal.plan.amounts import plain
from portal.plan.differences import money
from portal.plan.rates import THERE, foreign_currency, home_amount, pair, rate_wanted, read_on
from portal.plan.types import Company, Context


def as_planned(planned: Plan, currency: str, home: str) -> str:
    """“USD 56.50 at 1.4012 = CAD 79.17”; empty of a document that needs no rate, or has none yet."""
    if planned.rate is None:
        return ""
    if planned.total is None:  # QuickBooks alone knows the tax
        return f"1 {currency} = {planned.rate:f} {home}"
    at_home = home_amount(planned.total, planned.rate)
    return f"{currency} {money(planned.total)} at {planned.rate:f} = {home} {money(at_home)}"


def as_it_stands(link: Link, order: Order, connection: Connection) -> str:
    """The same of what QuickBooks last showed, with where the rate comes from; empty where it showed none."""
    shown, home = link.theirs.fields, connection.home_currency
    currency = foreign_currency((shown.get("CurrencyRef") or {}).get("value"), Company.of(connection))
    rate = number_of(shown.get("ExchangeRate"))
    if currency is None or rate is None or shown.get("HomeTotalAmt") is None:
        return ""
    kept = order.exchange_rate_date if order.exchange_rate_pair == pair(currency, home) else None
    is_ours = kept is not None and order.exchange_rate == rate and shown.get("TxnDate") == kept.isoformat()
    source = read_on(kept) if kept is not None and is_ours else THERE
    total, at_home = cents_of(shown.get("TotalAmt")), cents_of(shown["HomeTotalAmt"])
    return f"{currency} {money(total)} at {plain(rate):f} = {home} {money(at_home)}, {source}"


def still_to_be_read(order: Order, known: Context, planned: Plan) -> str:
    """That its rate is asked for only when it goes; empty where it is known."""
    wanted = rate_wanted(order, known)
    if wanted is None or not planned.unread_rate:
        return ""
    which = f"exchange rate of {wanted.currency} on {day(wanted.day)}"
    return f"QuickBooks' {which} is read when it goes, and kept with the order."
