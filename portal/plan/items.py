"""SKU → QBO `Item`."""

from collections.abc import Iterator
from typing import Any

from portal.models import Sku
from portal.models.books import SectionName
from portal.models.kinds import ref_of
from portal.models.types import storable
from portal.plan.amounts import plain
from portal.plan.checks import cleaned, length_problems, name_problems, shown
from portal.plan.composed_names import fitted, name_column
from portal.plan.deposit_accounts import booked_as_income
from portal.plan.item_accounts import account_words, chosen_account
from portal.plan.mapping_problems import usable
from portal.plan.taxes import tax_choice
from portal.plan.three_way import Sides, plan_update
from portal.plan.types import Blocked, Context, Keys, Outcome, Payload, Plan, fold, key_of, plain_name
from portal.problems import Found, candidates, causes

# QBO: at most so many characters (2050)
LONGEST_NAME = 100
LONGEST_SKU = 100
LONGEST_DESCRIPTION = 4_000
PLANS_WITH_INVENTORY = ("plus", "advanced")


def plan_item(sku: Sku, context: Context) -> Outcome:
    """Create, update or leave the Item of a SKU."""
    linked = context.links.get(ref_of(sku))
    name = item_name(sku, context)
    ours = item_sides(sku, context)
    if linked:
        edited = context.edited.get(ref_of(sku), frozenset())
        update = plan_update(linked, ours, context.settings.products_differ, name, edited)
        sent = update.payload if isinstance(update, Plan) else {}
        booked = booked_as_income(sku, context)
        problems = [*([booked] if booked else []), *_problems(sku, context, sent)]
        return Blocked(tuple(problems)) if problems else update
    problems = [*identity_problems(sku, context), *_problems(sku, context, ours.wanted)]
    problems += _creation_problems(sku, context)
    if problems:
        return Blocked(tuple(problems))
    wanted, sent = ours.wanted, storable(ours.wanted)
    return Plan("item", "create", wanted, ours.sources, sent, unique_value=name, untold=ours.untold)


def item_sides(sku: Sku, context: Context) -> Sides:
    """All that we say of a SKU as an Item. Its type and accounts go on creation only: an update that carried
    them would have QBO restate its history."""
    wanted, sources = _item(sku, context, item_name(sku, context))
    linked = context.links.get(ref_of(sku))
    missing = next(_tax_problems(sku, context), None)
    unmapped = {"Tax": missing} if missing is not None else {}
    untold = set(unmapped)
    if "Name" not in wanted:
        untold.add("Name")
    if linked is not None and not (linked.theirs or {}).get("ExpenseAccountRef"):
        untold.add("PurchaseCost")  # QBO: a cost needs an expense account, which no update may carry
    return Sides(wanted, frozenset(untold), sources, unmapped)


def item_name(sku: Sku, context: Context) -> str | None:
    """The Name: our key value if keyed on it, else “Product – SKU”, with the code where doubled or too
    long."""
    if context.keys.sku_theirs == "Name":
        return key_of(sku, context.keys)
    name = plain_name(sku)
    code = (sku.code or sku.barcode or "").strip()
    return fitted(name, code, LONGEST_NAME, doubled=("sku", fold(name)) in context.same_names)


def item_type(sku: Sku, context: Context) -> str:
    """The type of an Item that we create: goods as the setting says, all else are services."""
    return context.settings.new_item_type if sku.kind == "goods" else "Service"


def identity_problems(sku: Sku, context: Context) -> Iterator[Found]:
    """Why a SKU without a link can't be matched or created: its key, or what was found by it."""
    keys = context.keys
    values: dict[str, Any] = {"sku": plain_name(sku), "code": sku.code or ""}
    key = key_of(sku, keys)
    if key is None:
        yield Found("sku_key_missing", values | {"key": key_words(keys)}, causes.of_key(ref_of(sku)))
        return
    values |= {"key": key_words(keys), "value": shown(key), "theirs": keys.sku_theirs}
    if ("sku", fold(key)) in context.doubled:
        yield Found("sku_key_doubled", values, causes.of_key(ref_of(sku)))
        return
    match = context.matches[ref_of(sku)]
    values["candidates"] = candidates(match.candidates)
    cause = causes.of_match(ref_of(sku))
    if match.state == "several":
        yield Found("sku_several_matches", values, cause)
    elif match.state == "inactive":
        yield Found("item_inactive", values, cause)
    elif match.state == "looks_like":
        yield Found("looks_like_existing", values | {"name": plain_name(sku)}, cause)
    elif match.state == "unlinked":
        yield Found("unlinked", values | {"name": plain_name(sku)}, cause)
    elif match.state == "none" and keys.sku_theirs == "Id":
        yield Found("sku_no_match", values, cause)


def key_words(keys: Keys) -> str:
    return {"code": "SKU code", "barcode": "barcode", "name": "SKU name"}[keys.sku_ours]


def _problems(sku: Sku, context: Context, sent: Payload) -> Iterator[Found]:
    """Of what is to be sent: what a linked one keeps as it is, QBO has taken."""
    own, column = causes.of_record(ref_of(sku)), name_column("sku", context.keys)
    if "Name" in sent:
        name = str(sent["Name"])
        yield from name_problems(column, name, LONGEST_NAME, own)
        locked = context.locked_value(ref_of(sku))
        if locked and name == item_name(sku, context) != locked:
            yield Found("name_locked", {"sent": shown(locked), "now": shown(name), "column": column}, own)
    code, said = str(sent.get("Sku") or ""), str(sent.get("Description") or "")
    column = context.keys.sku_ours if context.keys.sku_theirs == "Sku" else "code"
    yield from length_problems("The SKU code", code, LONGEST_SKU, own, column)
    yield from length_problems("The description", said, LONGEST_DESCRIPTION, own)
    yield from _tax_problems(sku, context)


def _tax_problems(sku: Sku, context: Context) -> Iterator[Found]:
    if context.company.sales_tax and not context.company.is_us:
        choice = tax_choice(context, *_tax_section(sku))
        if isinstance(choice, Found):
            yield choice


def _creation_problems(sku: Sku, context: Context) -> Iterator[Found]:
    """Accounts that a new Item needs, and whether the company keeps inventory at all."""
    for account in _accounts(sku, context).values():
        section, ours, choice = chosen_account(sku, context, account)
        found = usable(section, ours, choice, {"account": account_words(ours), "section": section})
        if isinstance(found, Found):
            yield found
    plan = context.company.plan.casefold()
    if (
        item_type(sku, context) == "Inventory"
        and plan
        and not any(name in plan for name in PLANS_WITH_INVENTORY)
    ):
        yield Found("inventory_not_in_plan", {"plan": context.company.plan}, causes.INVENTORY)


def _accounts(sku: Sku, context: Context) -> dict[str, str]:
    """QBO's field → our account, for a new Item. QBO in Canada and the UK wants both income and expense
    filled.
    """
    if sku.kind == "container_deposit":
        return {"IncomeAccountRef": "container_deposit", "ExpenseAccountRef": "container_deposit"}
    income = "container_fee" if sku.kind == "container_fee" else "income"
    accounts = {"IncomeAccountRef": income, "ExpenseAccountRef": "expense"}
    return accounts | ({"AssetAccountRef": "asset"} if item_type(sku, context) == "Inventory" else {})


def _tax_section(sku: Sku) -> tuple[SectionName, str]:
    if sku.kind == "container_deposit":
        return "product_tax", "container_deposit"
    return "product_tax", sku.tax_status


def _sku_field(sku: Sku, keys: Keys) -> str:
    """What goes into `Sku`: our key value if keyed on it, else the code."""
    return (key_of(sku, keys) if keys.sku_theirs == "Sku" else (sku.code or "").strip()) or ""


def _item(sku: Sku, context: Context, name: str | None) -> tuple[Payload, dict[str, str]]:
    keys, company = context.keys, context.company
    payload: Payload = {}
    sources: dict[str, str] = {}

    def put(field: str, value: Any, source: str) -> None:
        if value is not None and value != "":
            payload[field] = value
            sources[field] = source

    put("Name", name, f"key: {key_words(keys)}" if keys.sku_theirs == "Name" else "product and SKU name")
    put("Sku", _sku_field(sku, keys), f"key: {key_words(keys)}" if keys.sku_theirs == "Sku" else "SKU code")
    put("Description", cleaned(sku.product.description), "product description")
    put("UnitPrice", plain(sku.unit_price), "unit price")
    # A cost of 0 is one nobody has filled in.
    put("PurchaseCost", plain(sku.cost) if sku.cost else None, "cost")
    put(
        "Type",
        item_type(sku, context),
        "Sync settings › new items" if sku.kind == "goods" else "kind of the SKU",
    )
    for field, account in _accounts(sku, context).items():
        _, ours, choice = chosen_account(sku, context, account)
        words = f"Mapping › product accounts: {account_words(ours)}"
        put(field, choice and {"value": choice.external_id}, words)
    if payload["Type"] == "Inventory":
        start = context.settings.start_date or context.today
        put("TrackQtyOnHand", True, "Sync settings › new items")
        put("QtyOnHand", 0, "Sync settings › new items")
        put("InvStartDate", start.isoformat(), "Sync settings › start date")
    if not company.sales_tax:
        return payload, sources
    if company.is_us:
        put("Taxable", sku.tax_status == "default" and sku.kind != "container_deposit", "tax status")
    else:
        choice_or_problem = tax_choice(context, *_tax_section(sku))
        if not isinstance(choice_or_problem, Found):
            put("SalesTaxCodeRef", {"value": choice_or_problem.external_id}, "Mapping › product tax")
    return payload, sources
