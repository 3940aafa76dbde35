"""Problems of what is mapped: payment terms, tax codes, accounts, charges."""

from typing import NamedTuple

from portal.models.books import SectionName
from portal.problems.entry import Entry


class Codes(NamedTuple):
    """The problem of a value for which nothing is chosen, and of one whose choice is inactive."""

    missing: str
    inactive: str


CODES: dict[SectionName, Codes] = {
    "payment_terms": Codes("term_not_mapped", "term_inactive"),
    "customer_tax": Codes("tax_not_mapped", "tax_code_inactive"),
    "product_tax": Codes("tax_not_mapped", "tax_code_inactive"),
    "product_accounts": Codes("account_not_mapped", "account_inactive"),
    "category_accounts": Codes("account_not_mapped", "account_inactive"),
    "charge_kinds": Codes("charge_not_mapped", "charge_item_inactive"),
}

# Of taxes, where a value is chosen by province, or for what leaves the country.
BY_PROVINCE, ABROAD = "province_not_mapped", "abroad_not_mapped"

_MAP = "Choose its counterpart; if there is none, make it in QuickBooks and refresh the list."

MAPPINGS: dict[str, Entry] = {
    "term_not_mapped": Entry(
        title="The payment term {term} has no counterpart in QuickBooks yet.",
        meaning="The invoice must say when it is due, and QuickBooks does not know what {term} is.",
        because=("The term is new here and has not been mapped.", "QuickBooks has no such term."),
        fix=_MAP,
        fix_label="Map payment terms",
        page="payment-terms",
        reason="payment term not mapped",
    ),
    "term_inactive": Entry(
        title="The payment term {term} is mapped to “{label}”, which QuickBooks no longer offers.",
        meaning="QuickBooks refuses invoices that use a term that was made inactive.",
        because=("Somebody made the term inactive in QuickBooks.",),
        fix="Choose another term, or make it active again in QuickBooks and refresh the list.",
        fix_label="Map payment terms",
        page="payment-terms",
        reason="payment term inactive",
    ),
    "tax_not_mapped": Entry(
        title="No QuickBooks tax code is chosen for {what}.",
        meaning="Every line of the invoice must carry a tax code, and the one for {what} is missing.",
        because=("This tax status is used for the first time.", "The tax pages have not been filled in."),
        fix="Choose the tax code on the mapping page.",
        fix_label="Map tax codes",
        page="tax",
        reason="tax code not mapped",
    ),
    "province_not_mapped": Entry(
        title="No QuickBooks tax code is chosen for {what}.",
        meaning="Tax is chosen by province in this company, so what is delivered there takes no other "
        "province's code and not the default.",
        because=(
            "Something is delivered there for the first time.",
            "The province is spelled in a way that is not known here.",
            "Until lately, a province without a choice took the default without a word; nothing that was "
            "sent so is changed.",
        ),
        fix="Choose the tax code of that province on the mapping page. Where only the spelling is wrong, "
        "correct the location's address; a finalized order takes it over when it is reopened and finalized.",
        fix_label="Map tax codes",
        page="tax",
        reason="province not mapped",
    ),
    "abroad_not_mapped": Entry(
        title="No QuickBooks tax code is chosen for {what}.",
        meaning="What leaves the country is not taxed as at home, whoever buys it. Its delivery address, or "
        "else its billing address, is in another country than the company.",
        because=(
            "Something is delivered abroad for the first time.",
            "The country of the address is wrong.",
        ),
        fix="Choose the tax code of Deliveries abroad on the mapping page: zero-rated is usual in Canada, "
        "NON in the US. Where the country is wrong, correct it at the location, then reopen the order and "
        "finalize it again.",
        fix_label="Map tax codes",
        page="tax",
        reason="delivery abroad not mapped",
    ),
    "certificate_in_harmonized": Entry(
        title="A certificate for a provincial tax relieves of nothing in {province}: it has HST only.",
        meaning="The province's share is part of one tax there. Customers who resell pay HST and claim it "
        "back, so neither a code without it nor the full one is taken in silence.",
        because=(
            "The location was moved, or its delivery address changed, since its certificate was given.",
        ),
        fix="Open the location and choose the tax status Default, or Exempt where it is exempt of the whole "
        "tax. An order that is finalized takes it over when it is reopened and finalized again.",
        fix_label="Open the order",
        page="order",
        reason="certificate in HST province",
    ),
    "tax_code_inactive": Entry(
        title="The tax code “{label}”, chosen for {what}, is no longer active in QuickBooks.",
        meaning="QuickBooks refuses documents with a tax code that was made inactive.",
        because=("Somebody made the tax code inactive in QuickBooks.",),
        fix="Choose another tax code, or make it active again in QuickBooks and refresh the list.",
        fix_label="Map tax codes",
        page="tax",
        reason="tax code inactive",
    ),
    "tax_rate_unknown": Entry(
        title="The rate of the tax code “{label}”, chosen for {what}, is not known.",
        meaning="The tax could not be checked to the cent, so nothing was sent.",
        because=(
            "The tax code was deleted in QuickBooks.",
            "The lists from QuickBooks have not been read yet.",
        ),
        fix="Refresh the list from QuickBooks on the mapping page, then choose the tax code again.",
        fix_label="Map tax codes",
        page="tax",
        reason="tax rate unknown",
    ),
    "account_not_mapped": Entry(
        title="No {account} account is chosen for new products.",
        meaning="A new product in QuickBooks needs to know which account its sales and costs are posted to.",
        because=("The page Product accounts has not been filled in.",),
        fix="Choose the account on the mapping page.",
        fix_label="Map product accounts",
        page="product-accounts",
        reason="account not mapped",
    ),
    "account_inactive": Entry(
        title="The {account} account “{label}” is no longer active in QuickBooks.",
        meaning="QuickBooks refuses new products on an account that was made inactive.",
        because=("Somebody made the account inactive in QuickBooks.",),
        fix="Choose another account on the mapping page.",
        fix_label="Map product accounts",
        page="product-accounts",
        reason="account inactive",
    ),
    "charge_not_mapped": Entry(
        title="The charge {charge} has no item in QuickBooks yet.",
        meaning="Charges stand on the invoice as lines of their own, and each line needs an item.",
        because=("The kind of charge is new here and has not been mapped.",),
        fix="Pick an item for {charge} below Customer accounts, or have one created.",
        fix_label="Map charges",
        page="customer-accounts",
        reason="charge not mapped",
    ),
    "charge_item_inactive": Entry(
        title="The charge {charge} is mapped to “{label}”, which is no longer active in QuickBooks.",
        meaning="QuickBooks refuses documents with an item that was made inactive.",
        because=("Somebody made the item inactive in QuickBooks.",),
        fix="Pick another item below Customer accounts.",
        fix_label="Map charges",
        page="customer-accounts",
        reason="item of charge inactive",
    ),
}
