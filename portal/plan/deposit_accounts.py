"""A container deposit is owed to the customer until it is given back: its item in QBO books no income."""

from portal.models import Sku
from portal.models.kinds import ref_of
from portal.plan.types import Context, plain_name
from portal.problems import DEPOSIT_BOOKS_INCOME, Found, causes

# Where sales are booked, by QBO's types of accounts.
INCOME = ("Income", "Other Income")


def booked_as_income(sku: Sku, context: Context) -> Found | None:
    """A deposit whose item books income, unless an administrator accepted that account."""
    ref = ref_of(sku)
    linked, account = context.links.get(ref), context.income_accounts.get(ref)
    if sku.kind != "container_deposit" or linked is None or account is None:
        return None
    external_id, name = account
    if (linked.decided.get(DEPOSIT_BOOKS_INCOME) or {}).get("theirs") == external_id:
        return None
    values = {"sku": plain_name(sku), "account": name, "account_id": external_id, "candidates": []}
    return Found(DEPOSIT_BOOKS_INCOME, values, causes.of_match(ref))
