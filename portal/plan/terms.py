"""Which term of QBO's a document names, and who counts its due date: our days, or QBO."""

from collections.abc import Iterator
from dataclasses import dataclass

from portal.models import PaymentTerm
from portal.plan.customers import NO_TERM, usable_term
from portal.plan.types import Choice, Context
from portal.problems import Found


@dataclass(frozen=True)
class Terms:
    """choice: None where none is named, so that QBO takes the customer's own. days: of our term; None where
    QBO counts, since it is no term of ours or theirs goes by the calendar.
    """

    choice: Choice | None
    days: int | None
    source: str


def terms_of(term: PaymentTerm | None, context: Context) -> Terms:
    if term is None:
        return Terms(context.choice("payment_terms", NO_TERM), None, "no payment term")
    choice = context.choice("payment_terms", str(term.id))
    days = None if choice is not None and choice.by_calendar else term.days
    return Terms(choice, days, f"payment term {term.name}")


def no_term_problems(context: Context) -> Iterator[Found]:
    """Nothing need be chosen for orders without a term; what is chosen must still be there."""
    found = usable_term(NO_TERM, context.choice("payment_terms", NO_TERM), NO_TERM, None)
    if isinstance(found, Found):
        yield found
