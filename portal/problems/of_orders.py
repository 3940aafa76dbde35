"""Problems of an order: its number, its dates, its lines."""

from portal.problems.entry import Entry

ORDERS: dict[str, Entry] = {
    "order_number_missing": Entry(
        title="Order {number} has no {key}.",
        meaning="The {key} becomes the number of the invoice.",
        because=("The field was left empty.",),
        fix="Enter it on the order's page.",
        fix_label="Edit the order",
        page="order",
        reason="no external reference",
        many="have no number for QuickBooks",
        renumber=True,
    ),
    "order_number_doubled": Entry(
        title="Several orders have the {key} {number}.",
        meaning="The {key} becomes the number of the invoice, and a number may stand only once.",
        because=("The value was copied from another order.",),
        fix="Give each order its own.",
        fix_label="Edit the order",
        page="order",
        reason="number doubled",
        many="share their number with another one",
        renumber=True,
    ),
    "country_unknown": Entry(
        title="“{country}” is no country that is known here.",
        meaning="Whether the order leaves the country decides on its tax, and nothing tells it.",
        because=("The country of the address is misspelled.", "Something else stands in the field."),
        fix="Correct the country of the location's address, or leave it empty where it is the company's own; "
        "then reopen the order and finalize it again, which takes the address over.",
        fix_label="Open the order",
        page="order",
        reason="unknown country",
        many="go to an unknown country",
    ),
    "number_too_long": Entry(
        title="The number {number} is too long: {length} characters, and QuickBooks takes {limit}.",
        meaning="A number cut short could no longer be told from others.",
        because=("The {key} carries more than a number.",),
        fix="Change the {key} on the order's page, or use another field as the invoice's number.",
        fix_label="Edit the order",
        page="order",
        reason="number too long",
        many="have a number that is too long",
        renumber=True,
    ),
    "number_forbidden_character": Entry(
        title="The number {number} contains {characters}.",
        meaning="QuickBooks refuses numbers with such characters.",
        because=("It came with text that was copied from elsewhere.",),
        fix="Enter the {key} anew on the order's page.",
        fix_label="Edit the order",
        page="order",
        reason="number not allowed",
        many="have a number that QuickBooks refuses",
        renumber=True,
    ),
    "number_locked": Entry(
        title="The number was first sent as {sent} and must stay so; here it is {now}.",
        meaning=(
            "QuickBooks once gave no answer when it was sent, and a second invoice is ruled out by that "
            "number."
        ),
        because=("The number was changed here after that.",),
        fix="Change it back on the order's page.",
        fix_label="Edit the order",
        page="order",
        reason="number must stay",
        many="have another number than was first sent",
    ),
    "number_taken": Entry(
        title="The number {value} is already used in QuickBooks: {candidates}.",
        meaning="What stands there under this number is not known to be this order.",
        because=("The order was entered there by hand.", "Another document has this number."),
        fix="If it is this order, link it; else change one of the two numbers.",
        fix_label="Compare and choose",
        page="drawer",
        reason="number taken",
        many="have a number that is taken in QuickBooks",
        perhaps_there=True,
        renumber=True,
        faults=("6140",),
        shares="match",
    ),
    "closed_period": Entry(
        title="{date} is in a closed period: the books are closed up to {closing_date}.",
        meaning=(
            "QuickBooks accepts no invoice dated in a closed period, and no change to one that stands there."
        ),
        because=("The order came in after its month was closed.",),
        fix=(
            "Change the date of the order, have such orders dated on the first open day, or have the "
            "closing date moved in QuickBooks."
        ),
        fix_label="Sync settings",
        page="sync",
        reason="closed period",
        together="Dated in a closed period: the books are closed up to {closing_date}.",
        may_be_dated_later=True,
    ),
    "closed_period_asks": Entry(
        title="{date} is in a closed period: say which date the document gets in QuickBooks.",
        meaning=(
            "The books are closed up to {closing_date}, and QuickBooks accepts no invoice dated up to that "
            "day."
        ),
        because=("The order came in after its month was closed.",),
        fix=(
            "Have it dated {open_day}, the first open day: the order keeps its own date, and the due date "
            "keeps counting from it. Or hold it until the period is opened; or correct the date of the "
            "order."
        ),
        fix_label="Edit the order",
        page="order",
        reason="closed period, which date?",
        together="Dated in a closed period: each needs the date that it gets in QuickBooks.",
        may_be_dated_later=True,
        asks_for_date=True,
    ),
    "period_closed_there": Entry(
        title="QuickBooks says that the period of this document is closed.",
        meaning="The closing date has been moved in QuickBooks, and it accepts nothing dated before it.",
        because=("The month was closed in QuickBooks a moment ago.",),
        fix=(
            "Change the date of the order, have such orders dated on the first open day, or have the "
            "closing date moved in QuickBooks."
        ),
        fix_label="Sync settings",
        page="sync",
        reason="period closed there",
        faults=("6210",),
        shares="closed_period",
    ),
    "tax_filed": Entry(
        title=(
            "Dated {date}; sales tax filed up to {filed_until} for {agency}: it would appear as {exception} "
            "on the next return."
        ),
        meaning=(
            "What is dated in a period whose sales tax is filed changes a return that has gone out. "
            "QuickBooks takes it, and shows it on the next one."
        ),
        because=("The order came in after the return of its month was filed.",),
        fix=(
            "Have it dated {open_day}, the first open day: its true date stays in the shipping date and the "
            "memo.{year_end} Or an administrator sends it all the same; or correct the date of the order."
        ),
        fix_label="Sync settings",
        page="sync",
        reason="sales tax filed",
        together="Dated in a period whose sales tax is filed with {agency}, up to {filed_until}.",
        may_be_dated_later=True,
        may_go_all_the_same=True,
    ),
    "tax_filed_change": Entry(
        title=(
            "Its document is dated {date}; sales tax filed up to {filed_until} for {agency}: {what} would "
            "appear as {exception} on the next return."
        ),
        meaning=(
            "The return that it stands in has gone out. QuickBooks takes a change all the same, and shows it "
            "on the next one."
        ),
        because=("The order was changed or voided after the return of its month was filed.",),
        fix="An administrator may send it all the same. Else put the order back as it was.",
        fix_label="Sync settings",
        page="sync",
        reason="sales tax filed, changed",
        together="In a period whose sales tax is filed with {agency}, up to {filed_until}.",
        may_go_all_the_same=True,
    ),
    "before_start_date": Entry(
        title="{date} is before the start date {start_date}.",
        meaning="Orders before the start date are taken to be in QuickBooks already, and are never pushed.",
        because=("It is an old order.", "The start date is set too late."),
        fix="Leave it, or move the start date in the sync settings.",
        fix_label="Sync settings",
        page="sync",
        reason="before the start date",
        together="Dated before the start date {start_date}.",
        perhaps_there=True,
    ),
    # Of rows of before: what is dated ahead waits for its day.
    "in_future": Entry(
        title="The invoice would be dated {date}, which is in the future.",
        meaning="Invoices are not written ahead; today is {today}.",
        because=("The date has a wrong year or month.",),
        fix="Correct the date on the order's page, or wait for that day.",
        fix_label="Edit the order",
        page="order",
        reason="dated in the future",
        many="are dated in the future",
    ),
    "too_old": Entry(
        title="The order is {days} days old ({date}).",
        meaning=(
            "Orders older than {limit} days are not pushed, since their period has usually been reported."
        ),
        because=("The date has a wrong year.", "The order was forgotten."),
        fix="Correct the date on the order's page, or enter it in QuickBooks by hand and link it.",
        fix_label="Edit the order",
        page="order",
        reason="too old",
        many="are too old",
        perhaps_there=True,
    ),
    "exchange_rate_missing": Entry(
        title="QuickBooks has no exchange rate for {currency} on {date}.",
        meaning=(
            "The document is in {currency} and the books are in {home}. Without a rate QuickBooks would book "
            "it at 1, as if both were worth the same, so nothing was sent."
        ),
        because=("Nobody has entered a rate for that day in QuickBooks.",),
        fix=(
            "In QuickBooks open Settings › Currencies, edit the exchange rate of {currency} and enter one "
            "for {date}. Then push again."
        ),
        fix_label="Push again",
        page="quickbooks",
        reason="no exchange rate",
        together="In {currency} and dated {date}, for which QuickBooks has no exchange rate.",
    ),
    "no_lines": Entry(
        title="Order {number} has no lines.",
        meaning="QuickBooks takes no invoice without a line.",
        because=("The lines were removed.",),
        fix="Add what was delivered, or cancel the order.",
        fix_label="Edit the order",
        page="order",
        reason="no lines",
        many="have no lines",
    ),
    "too_many_lines": Entry(
        title="The order has {lines} lines, and QuickBooks takes {limit}.",
        meaning="QuickBooks refuses a document with more lines as a whole.",
        because=("Several deliveries were put into one order.",),
        fix="Split the order.",
        fix_label="Edit the order",
        page="order",
        reason="too many lines",
        many="have too many lines",
    ),
}
