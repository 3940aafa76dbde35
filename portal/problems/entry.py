"""What the catalogue says of one kind of problem."""

from dataclasses import dataclass
from typing import Literal

from portal.models.books import MappingPage
from portal.models.kinds import RecordKind

# "tax": of customers or products, as the problem's values say; "record": the one that the cause names.
Page = (
    MappingPage
    | RecordKind
    | Literal["record", "keys", "tax", "sync", "connection", "quickbooks", "drawer", "paid"]
    | Literal["exemptions"]
)
# The field that the key settings name.
KEY = "key"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """title, meaning, because and fix may hold {values}.

    because: what it likely comes from. page: where it is put right; a kind of record: the one of that kind
    that it is about. reason: what a badge says, in a few words, and what tables are narrowed by. together:
    in place of the title, of several records at once, where the title tells of one. many: what is said of
    several that have it each by itself, behind “5 customers”.
    """

    title: str
    meaning: str
    because: tuple[str, ...]
    fix: str
    fix_label: str
    page: Page
    reason: str
    together: str = ""
    many: str = ""

    # The field of a location's or SKU's form that is wrong, where the problem's `column` names no other.
    field: str = ""
    # A choice between those of theirs, and where they may all be others also a new one, puts it right.
    about_identity: bool = False
    # About a link that a person took back: another key settles nothing.
    of_link: bool = False
    # What a record is linked to can't be used any more: its badge is red, and a look there may end it.
    breaks_link: bool = False
    may_be_new: bool = False
    # An administrator may let it be booked so.
    may_book_income: bool = False
    # The order may be in QuickBooks already: entered by hand, or arrived after all.
    perhaps_there: bool = False
    # The sync setting that ends it once it is on: what is lacking there is created then.
    ended_by: Literal["", "customers_on", "products_on"] = ""
    # Another number of the order puts it right.
    renumber: bool = False
    # The document may be dated on the first open day instead; a person is to say whether it is.
    may_be_dated_later: bool = False
    asks_for_date: bool = False
    # An administrator may say that it goes all the same.
    may_go_all_the_same: bool = False

    # QBO's codes for it, and the cause that it then has: the fault, the fault in these words, the record's
    # own, what holds the name or number, or another one that is known from elsewhere too.
    faults: tuple[str, ...] = ()
    shares: Literal["fault", "words", "record", "match", "closed_period"] = "fault"
