"""Problems that QuickBooks or the sending itself raised."""

from portal.problems.entry import Entry

_AGAIN = "Put it right in QuickBooks, then push again."

# Kinds that more than one room asks for.
VOIDED, EDITED, MUST_CHOOSE = "found_voided", "edited_in_qbo", "must_choose"
REFERENCE_GONE = "reference_gone"
BY_HAND = "entered_by_hand"
BELOW_PAID = "below_paid"

ANSWERS: dict[str, Entry] = {
    VOIDED: Entry(
        title="Document {number} was voided or deleted in QuickBooks.",
        meaning="It is not created anew by itself: somebody may have meant it.",
        because=("Somebody voided or deleted it in QuickBooks.",),
        fix=(
            "Create it again; or, if another document in QuickBooks stands for it, link that one; or, if it "
            "was meant, cancel the order here."
        ),
        fix_label="Choose",
        page="drawer",
        reason="voided there",
        many="were voided or deleted in QuickBooks",
        perhaps_there=True,
    ),
    EDITED: Entry(
        title="Document {number} was edited in QuickBooks: {fields}.",
        meaning="What a person changed there would be overwritten, so nothing was sent.",
        because=("Somebody corrected it in QuickBooks.",),
        fix="Compare, and keep QuickBooks' version or replace it with ours.",
        fix_label="Compare",
        page="drawer",
        reason="edited there",
        many="were edited in QuickBooks",
    ),
    BY_HAND: Entry(
        title="Document {number} was entered in QuickBooks by hand, and this order differs: {fields}.",
        meaning=(
            "Nothing of ours has gone into it yet, and nothing does before somebody has compared the two."
        ),
        because=("The order was changed here after it was linked to that document.",),
        fix="Compare, and keep QuickBooks' version or replace it with ours.",
        fix_label="Compare",
        page="drawer",
        reason="entered by hand",
        many="were entered in QuickBooks by hand, and differ",
    ),
    MUST_CHOOSE: Entry(
        title="It is not known whether QuickBooks has {value}.",
        meaning=(
            "QuickBooks gave no answer, and looking it up could not prove either. Do not enter it by hand."
        ),
        because=("The connection broke while it was being sent.",),
        fix="Look for it in QuickBooks: if it is there, link it; if it is not, have it sent again.",
        fix_label="Choose",
        page="drawer",
        reason="may have arrived",
        many="may be in QuickBooks or not",
        perhaps_there=True,
    ),
    "void_attached": Entry(
        title="{document} was not voided: in QuickBooks it has {attached}.",
        meaning="The order is cancelled here, and the invoice still counts there.",
        because=("Somebody recorded it there before the void arrived.",),
        fix=(
            "Take that off the invoice in QuickBooks, then void it again; or, if it is right, reopen the "
            "order: the invoice stays as it is."
        ),
        fix_label="Open the order",
        page="order",
        reason="not voided, tied there",
        many="were not voided: something is tied to them",
    ),
    "payment_attached": Entry(
        title="{document} can't be {what}: in QuickBooks it has {attached}.",
        meaning="The money would stay in QuickBooks and pay nothing any more, so nothing was sent.",
        because=("It was paid, credited or tied to something else after it was sent.",),
        fix=(
            "Take that off the document in QuickBooks, then push again; or reopen the order and put back "
            "what was changed."
        ),
        fix_label="Open the order",
        page="order",
        reason="paid there",
        many="have something tied to them in QuickBooks",
    ),
    BELOW_PAID: Entry(
        title="{paid} was paid on {document}, and the order comes to {total} now.",
        meaning="{over} would become an unapplied credit of the customer, so nothing was sent.",
        because=("Something was taken back or corrected after it was paid.",),
        fix=(
            "An administrator can send it all the same; or take the payment off in QuickBooks and push "
            "again; or reopen the order and put back what was changed."
        ),
        fix_label="Look at what was paid",
        page="paid",
        reason="less than paid",
        many="come to less than was paid",
    ),
    "void_edited": Entry(
        title="{document} was not voided: somebody edited it in QuickBooks ({fields}).",
        meaning=(
            "The order is cancelled here, and the invoice still counts there. Whoever edited it may need it."
        ),
        because=("Somebody corrected it in QuickBooks.",),
        fix="Void it all the same, after looking at it; or reopen the order: the invoice stays as it is.",
        fix_label="Open the order",
        page="order",
        reason="not voided, edited there",
        many="were not voided: somebody edited them in QuickBooks",
    ),
    "void_refused": Entry(
        title="{document} was not voided: {why}.",
        meaning="The order is cancelled here, and the document still counts in QuickBooks.",
        because=("QuickBooks doesn't let it be voided as it stands.",),
        fix=(
            "Put that right in QuickBooks, then void it again; or reopen the order: the document stays as it "
            "is."
        ),
        fix_label="Open the order",
        page="order",
        reason="not voided",
        many="were not voided",
    ),
    REFERENCE_GONE: Entry(
        title="QuickBooks says that something on this document is gone or inactive, and all of it is active.",
        meaning="QuickBooks says: {words}",
        because=(
            "It was made active again a moment ago.",
            "What the document is tied to in QuickBooks was deleted.",
        ),
        fix="Push again; if it stays, send the details below to support.",
        fix_label="Push again",
        page="drawer",
        reason="something is gone there",
        many="name something that is gone in QuickBooks",
        faults=(
            "2500",
            "610",
        ),
        shares="record",
    ),
    "tax_refused": Entry(
        title="QuickBooks does not accept the tax on this document.",
        meaning="QuickBooks says: {words}",
        because=("A tax code was changed in QuickBooks.", "Sales tax is not set up there."),
        fix="Refresh the lists and check the tax codes, then push again.",
        fix_label="Map tax codes",
        page="tax",
        reason="tax refused",
        faults=(
            "6100",
            "6160",
            "6230",
            "6470",
            "2280",
        ),
        shares="words",
    ),
    "account_refused": Entry(
        title="QuickBooks does not accept one of the accounts for this product.",
        meaning="QuickBooks says: {words}",
        because=("The account is of a type that products cannot use.",),
        fix="Choose accounts that fit on the page Product accounts.",
        fix_label="Map product accounts",
        page="product-accounts",
        reason="account refused",
        faults=("6430",),
        shares="words",
    ),
    "payment_deposited": Entry(
        title="The document has a payment that was deposited in QuickBooks.",
        meaning="QuickBooks says: {words}",
        because=("The payment stands on a bank deposit.",),
        fix="Take the payment off the deposit in QuickBooks, then push again.",
        fix_label="Push again",
        page="quickbooks",
        reason="payment deposited",
        many="have a payment that was deposited",
        faults=("6540",),
        shares="record",
    ),
    "not_in_plan": Entry(
        title="The QuickBooks subscription or user does not allow this.",
        meaning="QuickBooks says: {words}",
        because=("The plan lacks the feature.", "The person who connected has too few rights."),
        fix="Change the plan or the rights in QuickBooks, then push again.",
        fix_label="Push again",
        page="quickbooks",
        reason="not in the plan",
        faults=(
            "5020",
            "5030",
        ),
    ),
    "rejected_by_qbo": Entry(
        title="QuickBooks did not accept this.",
        meaning="QuickBooks says: {words}",
        because=("A value is not as QuickBooks wants it.",),
        fix=_AGAIN,
        fix_label="Push again",
        page="quickbooks",
        reason="refused by QuickBooks",
        shares="words",
    ),
    "unknown_fault": Entry(
        title="QuickBooks answered with something unexpected.",
        meaning="QuickBooks says: {words}",
        because=("QuickBooks has changed, or is in trouble.",),
        fix="Push again later; if it stays, send the details below to support.",
        fix_label="Push again",
        page="quickbooks",
        reason="unexpected answer",
        shares="words",
    ),
    "changed_meanwhile": Entry(
        title="It is being changed in QuickBooks again and again.",
        meaning="Each time it was to be sent, somebody there was faster.",
        because=("Somebody, or another program, is working on it in QuickBooks.",),
        fix="Push again when they are done.",
        fix_label="Push again",
        page="quickbooks",
        reason="changed there meanwhile",
        many="are being changed in QuickBooks",
        faults=("5010",),
        shares="record",
    ),
    "crashes": Entry(
        title="Working on this record has failed again and again.",
        meaning="It stopped the program {claims} times, so it was put aside for the others' sake.",
        because=("The record holds something that nobody thought of.",),
        fix="Send the details below to support.",
        fix_label="Push again",
        page="drawer",
        reason="failed again and again",
        many="have failed again and again",
    ),
    "too_many_tries": Entry(
        title="It could not be sent in {tries} tries.",
        meaning="Others got through meanwhile, so it is this one.",
        because=("QuickBooks does not answer when this is sent.",),
        fix="Push again; if it stays, send the details below to support.",
        fix_label="Push again",
        page="drawer",
        reason="too many tries",
        many="could not be sent in many tries",
    ),
    "record_gone": Entry(
        title="The record no longer exists here.",
        meaning="It was to be sent, but somebody removed it first.",
        because=("The record was deleted.",),
        fix="There is nothing to do.",
        fix_label="Close",
        page="drawer",
        reason="removed here",
        many="were removed here",
    ),
    "plan_failed": Entry(
        title="What is to be sent could not be put together.",
        meaning="This is a mistake of ours, not yours: {reason}.",
        because=("The record holds something that nobody thought of.",),
        fix="Send the details below to support.",
        fix_label="Push again",
        page="drawer",
        reason="could not be put together",
        many="could not be put together",
    ),
}
