"""Problems of what is mapped: payment terms, tax codes, accounts, charges."""

from portal.problems.entry import Entry

_MAP = "Choose its counterpart; if there is none, make it in QuickBooks and refresh the list."

MAPPINGS: dict[str, Entry] = {
    "term_not_mapped": Entry(
        "The payment term {term} has no counterpart in QuickBooks yet.",
        "The invoice must say when it is due, and QuickBooks does not know what {term} is.",
        ("The term is new here and has not been mapped.", "QuickBooks has no such term."),
        _MAP,
        "Map payment terms",
        "payment-terms",
        "Needs mapping",
    ),
    "term_inactive": Entry(
        "The payment term {term} is mapped to “{label}”, which QuickBooks no longer offers.",
        "QuickBooks refuses invoices that use a term that was made inactive.",
        ("Somebody made the term inactive in QuickBooks.",),
        "Choose another term, or make it active again in QuickBooks and refresh the list.",
        "Map payment terms",
        "payment-terms",
        "Needs mapping",
    ),
    "tax_not_mapped": Entry(
        "No QuickBooks tax code is chosen for {what}.",
        "Every line of the invoice must carry a tax code, and the one for {what} is missing.",
        ("This tax status is used for the first time.", "The tax pages have not been filled in."),
        "Choose the tax code on the mapping page.",
        "Map tax codes",
        "tax",
        "Needs mapping",
    ),
    "tax_code_inactive": Entry(
        "The tax code “{label}”, chosen for {what}, is no longer active in QuickBooks.",
        "QuickBooks refuses documents with a tax code that was made inactive.",
        ("Somebody made the tax code inactive in QuickBooks.",),
        "Choose another tax code, or make it active again in QuickBooks and refresh the list.",
        "Map tax codes",
        "tax",
        "Needs mapping",
    ),
    "tax_rate_unknown": Entry(
        "The rate of the tax code “{label}”, chosen for {what}, is not known.",
        "The tax could not be checked to the cent, so nothing was sent.",
        ("The tax code was deleted in QuickBooks.", "The lists from QuickBooks have not been read yet."),
        "Refresh the list from QuickBooks on the mapping page, then choose the tax code again.",
        "Map tax codes",
        "tax",
        "Needs mapping",
    ),
    "account_not_mapped": Entry(
        "No {account} account is chosen for new products.",
        "A new product in QuickBooks needs to know which account its sales and costs are posted to.",
        ("The page Product accounts has not been filled in.",),
        "Choose the account on the mapping page.",
        "Map product accounts",
        "product-accounts",
        "Needs mapping",
    ),
    "account_inactive": Entry(
        "The {account} account “{label}” is no longer active in QuickBooks.",
        "QuickBooks refuses new products on an account that was made inactive.",
        ("Somebody made the account inactive in QuickBooks.",),
        "Choose another account on the mapping page.",
        "Map product accounts",
        "product-accounts",
        "Needs mapping",
    ),
    "charge_not_mapped": Entry(
        "The charge {charge} has no item in QuickBooks yet.",
        "Charges stand on the invoice as lines of their own, and each line needs an item.",
        ("The kind of charge is new here and has not been mapped.",),
        "Pick an item for {charge} below Customer accounts, or have one created.",
        "Map charges",
        "customer-accounts",
        "Needs mapping",
    ),
    "charge_item_inactive": Entry(
        "The charge {charge} is mapped to “{label}”, which is no longer active in QuickBooks.",
        "QuickBooks refuses documents with an item that was made inactive.",
        ("Somebody made the item inactive in QuickBooks.",),
        "Pick another item below Customer accounts.",
        "Map charges",
        "customer-accounts",
        "Needs mapping",
    ),
}
