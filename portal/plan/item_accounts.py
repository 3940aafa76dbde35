"""Which account an Item that we create is posted to: that of the product's category, else the one for all."""

from portal.models import Sku
from portal.models.books import SectionName
from portal.plan.types import Choice, Context


def account_of_category(account: str, category: str) -> str:
    """The value of the section *category accounts* for one of a product's accounts, such as income."""
    return f"{account}:{category}"


def chosen_account(sku: Sku, context: Context, account: str) -> tuple[SectionName, str, Choice | None]:
    """The choice for an account of a new Item, with the section and value that it is made for."""
    ours = account_of_category(account, sku.product.category.strip())
    choice = context.choice("category_accounts", ours)
    if choice is not None:
        return "category_accounts", ours, choice
    return "product_accounts", account, context.choice("product_accounts", account)


def account_words(ours: str) -> str:
    """“income”, “income of Beer”."""
    account, _, category = ours.partition(":")
    return account.replace("_", " ") + (f" of {category}" if category else "")
