"""Accounts by product category on the page Product accounts, and what QuickBooks' books say by them."""

import uuid

from portal.extensions import db
from portal.models import Mapping
from tests.support import distributor
from tests.support.bookkeeping import TODAY, Books
from tests.support.connected import field_name, options, text_of
from tests.support.forms import sent_of
from tests.support.mapping_pages import MAPPING

PAGE = f"{MAPPING}/product-accounts"


def test_a_category_is_added_chosen_for_and_new_items_of_it_are_posted_there(books: Books) -> None:
    ale, bread = goods(books, "Ale", "Beer & “Cider”"), goods(books, "Bread", "Food")
    account = str(books.person("create", "Account", object=SALES_OF_BEER)["Id"])
    bo = books.sign_in("bookkeeper")
    bo.post(f"{PAGE}/refresh")
    page = bo.get(PAGE)
    assert "Income of" not in text_of(page)
    form = sent_of(page.get_data(as_text=True), "product_accounts-income")
    added = bo.post(PAGE, form | {"add": "1", "category": "Beer & “Cider”"})
    assert "Income of Food" not in text_of(added)
    offered = options(added, "Income of Beer & “Cider”")
    assert next(iter(offered)) == "— as the default —"
    assert offered["Sales of beer · Income"] == account
    name = field_name(added, "Income of Beer & “Cider”")
    filled = sent_of(added.get_data(as_text=True), name) | {name: account}
    saved = bo.post(PAGE, filled, follow_redirects=True)
    assert "Income of Beer & “Cider” → Sales of beer" in text_of(saved)
    assert "Expense of Beer & “Cider”" in text_of(saved)  # shown, as the default

    order(books, ale, bread)
    books.carry()
    posted = {item.get("Sku"): item["IncomeAccountRef"]["name"] for item in books.all("Item")}
    assert (posted["Ale"], posted["Bread"]) == ("Sales of beer", "Sales of Product Income")


def test_an_account_that_is_gone_is_the_problem_of_its_category_and_put_right_there(books: Books) -> None:
    ale, bread = goods(books, "Ale", "Beer"), goods(books, "Bread", "Food")
    account = str(books.person("create", "Account", object=SALES_OF_BEER)["Id"])
    with books.working():
        chosen = {"section": "category_accounts", "ours": "income:Beer", "external_id": account}
        db.session.add(Mapping(**distributor.owner(), **chosen, label="Sales of beer"))
    books.person("deactivate", "Account", id=account)
    bo = books.sign_in("bookkeeper")
    bo.post(f"{PAGE}/refresh")
    made = order(books, ale, bread)
    books.carry()
    assert (books.problems(ale), books.problems(bread)) == (["account_inactive"], [])
    told = bo.get(f"/badges/sku/{ale}")
    assert "The income of Beer account “Sales of beer” is no longer active in QuickBooks." in text_of(told)
    page = bo.get(PAGE)
    assert "No longer active in QuickBooks: choose another one" in text_of(page)
    name = field_name(page, "Income of Beer")
    bo.post(PAGE, sent_of(page.get_data(as_text=True), name) | {name: ""})
    books.carry()
    books.settle()
    assert (books.problems(ale), books.status(made)) == ([], "synced")
    posted = {item.get("Sku"): item["IncomeAccountRef"]["name"] for item in books.all("Item")}
    assert posted["Ale"] == "Sales of Product Income"


SALES_OF_BEER = {"Name": "Sales of beer", "AccountType": "Income", "AccountSubType": "SalesOfProductIncome"}


def goods(books: Books, code: str, category: str) -> uuid.UUID:
    with books.working():
        made: uuid.UUID = distributor.sku(product=distributor.product(category=category), code=code).id
        return made


def order(books: Books, *skus: uuid.UUID) -> uuid.UUID:
    """A finalized order of these."""
    with books.working():
        lines = [(db.session.get_one(distributor.Sku, sku), "1", "12.50") for sku in skus]
        place = db.session.get_one(distributor.Location, books.place)
        made = distributor.order(lines, location=place, order_date=TODAY, delivery_date=TODAY)
        order_id: uuid.UUID = made.id
    books.finalize(order_id)
    return order_id
