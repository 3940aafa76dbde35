"""Problems of customers and products: keys, matches, names and other fields."""

from portal.problems.entry import KEY, Entry

_SEE_BOTH = "Look at both in QuickBooks, then link this record to the right one, or create a new one."
_RENAME = "Change it on the record's page; it is pushed again when saved."

DEPOSIT_BOOKS_INCOME = "deposit_books_income"

NAMES: dict[str, Entry] = {
    DEPOSIT_BOOKS_INCOME: Entry(
        title="{sku} is a container deposit, and would be booked as income in {account}.",
        meaning=(
            "A deposit is owed to the customer until the container comes back: it is no sale, and its item "
            "in QuickBooks books one."
        ),
        because=(
            "The item in QuickBooks was made for something that is sold.",
            "The SKU is a container fee, which is kept, and not a deposit.",
        ),
        fix=(
            "Change the income account of the item in QuickBooks to a liability and check it here, link the "
            "SKU to another item, or make it a container fee; an administrator may accept the account."
        ),
        fix_label="Edit the SKU",
        page="sku",
        reason="booked as income",
        about_identity=True,
        may_book_income=True,
    ),
    "customer_key_missing": Entry(
        title="{location} has no {key}.",
        meaning=(
            "Customers are matched with QuickBooks by {key}; without one nobody can tell which it is there."
        ),
        because=("The field was left empty when the location was entered.",),
        fix="Enter it on the location's page.",
        fix_label="Edit the location",
        page="location",
        reason="no third-party ID",
        field=KEY,
    ),
    "exemption_reason_missing": Entry(
        title="Nobody has said why {location} is exempt from tax.",
        together="Nobody has said why these customers are exempt from tax.",
        meaning="QuickBooks computes the tax itself here, and asks for one of its reasons of every customer "
        "that pays none; without one it refuses the customer, or taxes it.",
        because=(
            "It was made exempt before reasons were asked for.",
            "It was written in other words.",
        ),
        fix="Choose the reason on the location's page; for many at once, tick them among the customers and "
        "press “Set exemption reason…”.",
        fix_label="Show customers without a reason",
        page="exemptions",
        reason="no reason for exemption",
    ),
    "certificate_expired": Entry(
        title="The certificate of {location} was valid until {expires}, and the order is dated {date}.",
        meaning="Without a valid certificate the sale may have to be taxed in full, so nothing is sent that "
        "leaves tax out.",
        because=("The customer has not handed in a new one.", "The new one was not entered here."),
        fix="Enter the new certificate on the location's page: the order may go then. Where there is none, "
        "choose the tax status Default there, reopen the order and finalize it again.",
        fix_label="Edit the location",
        page="location",
        reason="certificate expired",
    ),
    "customer_key_doubled": Entry(
        title="{location} has the same {key} as another location: {value}.",
        meaning=(
            "Customers are matched by {key}; with one value on two locations, both would become one customer."
        ),
        because=("The value was copied from another location.", "A location was entered twice."),
        fix="Give each location its own, or make the one entered by mistake inactive.",
        fix_label="Edit the location",
        page="location",
        reason="customer with a doubled key",
        field=KEY,
    ),
    "customer_no_match": Entry(
        title="No customer in QuickBooks matches {location}.",
        meaning=(
            "The invoice needs a customer there, and none is created by itself with the present settings."
        ),
        because=(
            "The customer has another name in QuickBooks.",
            "Customers sync is off, or customers are matched by QuickBooks' Id.",
        ),
        fix="Link the location to its customer here, or turn customers sync on.",
        fix_label="Link to a customer",
        page="drawer",
        reason="no customer matches",
        ended_by="customers_on",
        about_identity=True,
    ),
    "customer_several_matches": Entry(
        title="Several customers in QuickBooks match {location}: {candidates}.",
        meaning="Only a person can say which one the invoices belong to.",
        because=("The customer was entered twice in QuickBooks.",),
        fix=_SEE_BOTH,
        fix_label="Choose the customer",
        page="drawer",
        reason="several customers match",
        about_identity=True,
    ),
    "customer_inactive": Entry(
        title="The customer of {location} is inactive in QuickBooks: {candidates}.",
        meaning="QuickBooks accepts no invoices for an inactive customer.",
        because=("Somebody made the customer inactive in QuickBooks.",),
        fix="Make it active again in QuickBooks, or link the location to another customer.",
        fix_label="Choose the customer",
        page="drawer",
        reason="customer inactive there",
        about_identity=True,
        breaks_link=True,
    ),
    "customer_gone": Entry(
        title="QuickBooks has the customer of {location} no more.",
        meaning="QuickBooks accepts no invoices without a customer. Nothing is created in its place.",
        because=("Somebody deleted it in QuickBooks, or merged it into another customer.",),
        fix="Link the location to the customer that it is now.",
        fix_label="Choose the customer",
        page="drawer",
        reason="customer gone there",
        about_identity=True,
        breaks_link=True,
    ),
    "customer_merged": Entry(
        title="The customer of {location} was merged into {candidates} in QuickBooks.",
        meaning="Its documents stand with that one now, and QuickBooks accepts none for the one that it was.",
        because=("Somebody found the customer twice in QuickBooks, and merged the two.",),
        fix="Link the location to the customer that it was merged into, or to another one.",
        fix_label="Choose the customer",
        page="drawer",
        reason="customer merged there",
        about_identity=True,
        breaks_link=True,
    ),
    "customer_of_another": Entry(
        title="{candidates} matches {location}, but in QuickBooks it belongs to {whose}.",
        meaning=(
            "{location} is {customer}'s here. Linked by its key alone, its invoices could end in somebody "
            "else's account, so nothing was linked."
        ),
        because=(
            "Two customers have a place of the same name.",
            "The customer goes by another name in QuickBooks than here.",
        ),
        fix="Link it if it is the same one all the same, search for the right one, or create a new one.",
        fix_label="Choose the customer",
        page="drawer",
        reason="customer of somebody else",
        about_identity=True,
        may_be_new=True,
    ),
    "customer_no_full_name": Entry(
        title="No customer in QuickBooks has the full name {value}.",
        meaning=(
            "The colon says that it stands below another customer there. Such customers are found, but none "
            "is created below another one from here."
        ),
        because=(
            "One of the names is written otherwise in QuickBooks.",
            "It has not been entered there yet.",
        ),
        fix=(
            "Link {location} to its customer here; enter it in QuickBooks below its parent, then push again; "
            "or write its {key} without a colon to have it created."
        ),
        fix_label="Link to a customer",
        page="drawer",
        reason="customer not there",
        about_identity=True,
    ),
    "customer_kept_back": Entry(
        title="{location} is not to be sent to QuickBooks.",
        meaning=(
            "Somebody said why: “{reason}”. The invoice needs a customer there, and none is created for it."
        ),
        because=("Somebody said so, and the order came later.",),
        fix="Link the location to the customer that it is there, or allow it to be sent.",
        fix_label="Link to a customer",
        page="drawer",
        reason="customer kept back",
        about_identity=True,
    ),
    "sku_key_missing": Entry(
        title="{sku} has no {key}.",
        meaning=(
            "Products are matched with QuickBooks by {key}; without one nobody can tell which item it is "
            "there."
        ),
        because=("The field was left empty when the SKU was entered.",),
        fix="Enter it on the SKU's page.",
        fix_label="Edit the SKU",
        page="sku",
        reason="no code or barcode",
        field=KEY,
    ),
    "sku_key_doubled": Entry(
        title="{sku} has the same {key} as another SKU: {value}.",
        meaning="Products are matched by {key}; with one value on two SKUs, both would become one item.",
        because=("The value was copied from another SKU.", "A SKU was entered twice."),
        fix="Give each SKU its own, or make the one entered by mistake inactive.",
        fix_label="Edit the SKU",
        page="sku",
        reason="product with a doubled key",
        field=KEY,
    ),
    "sku_no_match": Entry(
        title="No item in QuickBooks matches {sku}.",
        meaning="The line needs an item there, and none is created by itself with the present settings.",
        because=(
            "The item has another name or SKU in QuickBooks.",
            "Products sync is off, or products are matched by QuickBooks' Id.",
        ),
        fix="Link the SKU to its item here, or turn products sync on.",
        fix_label="Link to an item",
        page="drawer",
        reason="no item matches",
        ended_by="products_on",
        about_identity=True,
    ),
    "sku_several_matches": Entry(
        title="Several items in QuickBooks match {sku}: {candidates}.",
        meaning="Only a person can say which one is meant.",
        because=("The item was entered twice in QuickBooks.",),
        fix=_SEE_BOTH,
        fix_label="Choose the item",
        page="drawer",
        reason="several items match",
        about_identity=True,
    ),
    "item_inactive": Entry(
        title="The item of {sku} is inactive in QuickBooks: {candidates}.",
        meaning="QuickBooks accepts no lines with an inactive item.",
        because=("Somebody made the item inactive in QuickBooks.",),
        fix="Make it active again in QuickBooks, or link the SKU to another item.",
        fix_label="Choose the item",
        page="drawer",
        reason="item inactive there",
        about_identity=True,
        breaks_link=True,
    ),
    "item_gone": Entry(
        title="QuickBooks has the item of {sku} no more.",
        meaning="QuickBooks accepts no lines with an item that it has not. Nothing is created in its place.",
        because=("Somebody deleted it in QuickBooks, or merged it into another item.",),
        fix="Link the SKU to the item that it is now.",
        fix_label="Choose the item",
        page="drawer",
        reason="item gone there",
        about_identity=True,
        breaks_link=True,
    ),
    "item_is_category": Entry(
        title="What {sku} is linked to is a category in QuickBooks now: {candidates}.",
        meaning="QuickBooks accepts no lines with a category.",
        because=("Somebody made a category of the item in QuickBooks.",),
        fix="Link the SKU to the item that it is, or make an item of it again in QuickBooks.",
        fix_label="Choose the item",
        page="drawer",
        reason="item is a category there",
        about_identity=True,
        breaks_link=True,
    ),
    "item_is_bundle": Entry(
        title="What {sku} is linked to is a bundle in QuickBooks: {candidates}.",
        meaning="A bundle stands for several items, and QuickBooks accepts no ordinary line with one.",
        because=("Somebody made a bundle of it in QuickBooks.",),
        fix="Link the SKU to the item that it is.",
        fix_label="Choose the item",
        page="drawer",
        reason="item is a bundle there",
        about_identity=True,
        breaks_link=True,
    ),
    "item_account_inactive": Entry(
        title="The account {account} of the item of {sku} is inactive in QuickBooks.",
        meaning="QuickBooks posts what {candidates} sells to that account, and accepts no lines with it.",
        because=("Somebody made the account inactive in QuickBooks.",),
        fix=(
            "Make the account active again in QuickBooks, give the item another one there, or link the SKU "
            "to another item."
        ),
        fix_label="Choose the item",
        page="drawer",
        reason="account of item inactive",
        about_identity=True,
        breaks_link=True,
    ),
    "sku_kept_back": Entry(
        title="{sku} is not to be sent to QuickBooks.",
        meaning="Somebody said why: “{reason}”. The line needs an item there, and none is created for it.",
        because=("Somebody said so, and the order came later.",),
        fix="Link the SKU to the item that it is there, or allow it to be sent.",
        fix_label="Link to an item",
        page="drawer",
        reason="product kept back",
        about_identity=True,
    ),
    "looks_like_existing": Entry(
        title="{name} looks like one that QuickBooks has already: {candidates}.",
        meaning="Creating it could make a double, so nothing was created.",
        because=("It was entered in QuickBooks under a slightly different name.",),
        fix="Link it to the one in QuickBooks, or say that it is a new one.",
        fix_label="Link or create",
        page="drawer",
        reason="looks like an existing one",
        about_identity=True,
        may_be_new=True,
    ),
    "already_linked": Entry(
        title="Another record of yours is linked to the same one in QuickBooks: {candidates}.",
        meaning="Two of ours would end as one there, and their invoices could not be told apart.",
        because=("One of the two was entered twice.", "One was linked to the wrong one."),
        fix="Give one of them another key, or link it to another one in QuickBooks.",
        fix_label="Choose",
        page="drawer",
        reason="same one as another's",
        about_identity=True,
    ),
    "unlinked": Entry(
        title="{name} was unlinked from {candidates}: say which one in QuickBooks it is.",
        meaning="Until somebody chooses, nothing is created in QuickBooks, and no order goes that needs it.",
        because=("Somebody found that they are not the same.",),
        fix="Link it to the one that it is, or say that it is a new one.",
        fix_label="Link or create",
        page="drawer",
        reason="unlinked",
        about_identity=True,
        of_link=True,
        may_be_new=True,
    ),
    "name_taken": Entry(
        title="“{value}” is already the name of {holder} in QuickBooks.",
        meaning=(
            "QuickBooks lets a name stand only once among customers, vendors and employees, or among items."
        ),
        because=("Who has it there was entered by somebody.", "An inactive one still has it."),
        fix=(
            "Change {where} here, or rename the other one in QuickBooks and push again. If it is the same "
            "customer or item, link to it."
        ),
        fix_label="Change the name here",
        page="record",
        reason="name taken",
        field="name",
        about_identity=True,
        faults=("6240",),
        shares="match",
    ),
    "name_too_long": Entry(
        title="The name {name} is too long: {length} characters, and QuickBooks takes {limit}.",
        meaning="It would have to be cut, and then it could no longer be recognised.",
        because=(
            "It is what the two are matched by, which is never shortened.",
            "A name of two parts is shortened only where it can end in a SKU code or barcode.",
        ),
        fix=_RENAME,
        fix_label="Edit the record",
        page="record",
        reason="name too long",
        field="name",
    ),
    "name_forbidden_character": Entry(
        title="The name {name} contains {characters}.",
        meaning="QuickBooks refuses names with such characters.",
        because=(
            "It came with text that was copied from elsewhere.",
            "In QuickBooks a colon parts a name from that of the one above it.",
        ),
        fix=_RENAME,
        fix_label="Edit the record",
        page="record",
        reason="name not allowed",
        field="name",
    ),
    "name_locked": Entry(
        title="The name was first sent as {sent} and must stay so for now; here it is {now}.",
        meaning="QuickBooks once gave no answer when it was sent, and a double is ruled out by that name.",
        because=("The name was changed here after that.",),
        fix="Change the name back here; it can be changed in QuickBooks itself at any time.",
        fix_label="Edit the record",
        page="record",
        reason="name must stay",
        field="name",
    ),
    "field_too_long": Entry(
        title="{what} is too long: {length} characters, and QuickBooks takes {limit}.",
        meaning="QuickBooks refuses the record as a whole for that: {value}",
        because=("It holds more than it is meant for.",),
        fix=_RENAME,
        fix_label="Edit the record",
        page="record",
        reason="a field is too long",
    ),
    "value_refused": Entry(
        title="QuickBooks does not accept {what}: {value}.",
        meaning="QuickBooks says: {words}",
        because=("It holds characters that QuickBooks doesn't take.", "It is longer than QuickBooks takes."),
        fix=_RENAME,
        fix_label="Edit the record",
        page="record",
        reason="a value is refused",
        shares="record",
    ),
    "email_invalid": Entry(
        title="{email} is not an e-mail address.",
        meaning="QuickBooks refuses the customer as a whole for that.",
        because=("A letter is missing, or several addresses are not separated by commas.",),
        fix=_RENAME,
        fix_label="Edit the location",
        page="location",
        reason="e-mail address invalid",
        field="email",
    ),
    "email_missing": Entry(
        title="{location} has no e-mail address, but new invoices are to be e-mailed.",
        meaning="QuickBooks takes no invoice for e-mailing without an address.",
        because=("The field was left empty.",),
        fix="Enter the address on the location's page, or change what QuickBooks does with new invoices.",
        fix_label="Sync settings",
        page="sync",
        reason="no e-mail address",
    ),
    "currency_differs": Entry(
        title="The currency is {ours} here, but {theirs} in QuickBooks.",
        meaning=(
            "QuickBooks keeps each customer in one currency, and other currencies only with multicurrency on."
        ),
        because=("Multicurrency is off in QuickBooks.", "The customer was created in another currency."),
        fix="Correct the currency here, or use a customer in QuickBooks that has it.",
        fix_label="Edit the record",
        page="record",
        reason="currency differs",
        field="currency",
    ),
    "inventory_not_in_plan": Entry(
        title="The QuickBooks plan {plan} keeps no inventory.",
        meaning="New products are to be created with inventory, which only Plus and Advanced have.",
        because=("The setting was made for another plan.",),
        fix="Choose another type for new products in the sync settings.",
        fix_label="Sync settings",
        page="sync",
        reason="no inventory in the plan",
    ),
}
