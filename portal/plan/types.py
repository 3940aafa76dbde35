"""What a plan is made from and what it can end as: plain frozen values that every part of planning shares."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from portal.models import Connection, KeySettings, Location, Order, Sku, SyncSettings
from portal.models.books import DifferRule, SectionName
from portal.models.kinds import Kind, Operation, RecordRef
from portal.plan.places import Place
from portal.problems import Found

Payload = dict[str, Any]

# A certificate relieves of the one tax that a province asks for beside the federal one: by each of them.
ONLY_BY_PROVINCE: frozenset[tuple[SectionName, str]] = frozenset({("customer_tax", "provincial_exempt")})
# Deposits are seldom taxed otherwise than elsewhere, and small: where no choice was made, no order is held.
ELSE_FOR_ALL: frozenset[tuple[SectionName, str]] = frozenset({("product_tax", "container_deposit")})


@dataclass(frozen=True)
class Company:
    """What the connected company is like, as far as a payload depends on it."""

    country: str
    home_currency: str
    closing_date: date | None = None
    sales_tax: bool = True
    automated_tax: bool = False
    multicurrency: bool = False
    purchase_order_field: str | None = None
    plan: str = ""
    fiscal_month: int = 1

    @classmethod
    def of(cls, connection: Connection) -> "Company":
        return cls(
            country=connection.country,
            home_currency=connection.home_currency,
            closing_date=connection.closing_date,
            sales_tax=connection.sales_tax,
            automated_tax=connection.automated_tax,
            multicurrency=connection.multicurrency,
            purchase_order_field=connection.purchase_order_field,
            plan=connection.plan,
            fiscal_month=connection.fiscal_month,
        )

    @property
    def is_us(self) -> bool:
        return self.country == "US"


@dataclass(frozen=True)
class Keys:
    """By which pair of fields a record of ours and one of theirs are the same one."""

    order_ours: str = "number"
    customer_ours: str = "name"
    customer_theirs: str = "DisplayName"
    sku_ours: str = "code"
    sku_theirs: str = "Sku"

    @property
    def names_customers(self) -> bool:
        """Whether our value becomes the DisplayName of a Customer that we create. QBO: the full name follows
        from it and can't be written."""
        return self.customer_theirs in ("DisplayName", "FullyQualifiedName")

    @property
    def third_party_id(self) -> str:
        """What a third-party ID is called: where it is the key, that it is the name of theirs."""
        is_name = self.names_customers and self.customer_ours == "third_party_id"
        return "name in QuickBooks (third-party ID)" if is_name else "third-party ID"

    @classmethod
    def of(cls, row: KeySettings | None) -> "Keys":
        if row is None:
            return cls()
        return cls(row.order_ours, row.customer_ours, row.customer_theirs, row.sku_ours, row.sku_theirs)


@dataclass(frozen=True)
class Rules:
    """What is done when a matched record differs, by group of its fields; asked until somebody chose."""

    details: DifferRule = "ask"
    money: DifferRule = "ask"
    names: bool = False


@dataclass(frozen=True)
class Settings:
    """What is pushed by itself, and how documents are dated and printed."""

    customers_on: bool = False
    products_on: bool = False
    start_date: date | None = None
    closed_period_policy: str = "hold"
    invoice_date_rule: str = "delivery"
    new_invoice: str = "nothing"
    new_item_type: str = "NonInventory"
    customers_differ: Rules = Rules()
    products_differ: Rules = Rules()
    print_notes: bool = False

    @classmethod
    def of(cls, row: SyncSettings | None) -> "Settings":
        if row is None:
            return cls()
        return cls(
            customers_on=row.customers_on,
            products_on=row.products_on,
            start_date=row.start_date,
            closed_period_policy=row.closed_period_policy,
            invoice_date_rule=row.invoice_date_rule,
            new_invoice=row.new_invoice,
            new_item_type=row.new_item_type,
            customers_differ=Rules(
                row.customers_details or "ask", row.customers_money or "ask", row.customers_names
            ),
            products_differ=Rules(
                row.products_details or "ask", row.products_money or "ask", row.products_names
            ),
            print_notes=row.print_notes,
        )


@dataclass(frozen=True)
class Choice:
    """A saved mapping. Not active: QBO has deactivated or lost what it names since it was chosen.

    by_calendar: a term that is due on a day of the month.
    """

    external_id: str
    label: str = ""
    active: bool = True
    by_calendar: bool = False


@dataclass(frozen=True)
class TaxCode:
    """One of theirs: its whole rate and the rates it is made of, in percent.

    since, until: the days on which that is in force, of one that has other rates on others. periods: itself
    on each of these; none where it never changes, or was read before that was kept. agencies: with whom each
    component is filed.
    """

    name: str
    rate: Decimal
    components: tuple[Decimal, ...] = ()
    since: date | None = None
    until: date | None = None
    periods: tuple["TaxCode", ...] = ()
    agencies: tuple[str, ...] = ()

    @classmethod
    def of(cls, name: str, details: Mapping[str, Any]) -> "TaxCode":
        """From a ListEntry of 'tax_codes'."""
        components = tuple(Decimal(str(rate)) for _, rate in details.get("components", ()))
        agencies = tuple(str(each) for each in details.get("agencies", ()))
        periods = tuple(
            cls(
                name,
                Decimal(str(one["rate"])),
                tuple(Decimal(str(rate)) for rate in one["components"]),
                since=date.fromisoformat(one["since"]) if one["since"] else None,
                until=date.fromisoformat(one["until"]) if one["until"] else None,
                agencies=agencies,
            )
            for one in details.get("periods", ())
        )
        whole = Decimal(str(details.get("rate", sum(components))))
        return cls(name, whole, components, periods=periods, agencies=agencies)

    def on(self, day: date) -> "TaxCode":
        """As it is in force on a day."""
        return next((one for one in reversed(self.periods) if (one.since or date.min) <= day), self)


@dataclass(frozen=True)
class Filed:
    """Up to which day sales tax is filed with an agency, by its Id and name."""

    agency: str
    name: str
    until: date


@dataclass(frozen=True)
class Linked:
    """The one of theirs that a record of ours is.

    ours_then, theirs_then, decided, how: as in `Link`. theirs: the entity as QBO last showed it. numbers: of
    a document found or kept under another number than ours: ours as it then was, and theirs. unique_value:
    the number or name that must stay, since it was first sent by a push that was ever unsure; None where it
    is free to change. dealings: what others did with a document since, as in `Theirs`.
    """

    kind: Kind
    external_id: str
    sync_token: str = "0"  # noqa: S105  # a count of changes, no secret
    ours_then: Mapping[str, Any] | None = None
    theirs_then: Mapping[str, Any] | None = None
    revision: int = 0
    theirs: Mapping[str, Any] | None = None
    unread: Collection[str] = ()
    decided: Mapping[str, Any] = field(default_factory=dict)
    differs: Mapping[str, Any] | None = None
    how: str = "created"
    voided: bool = False
    dealings: Mapping[str, Any] = field(default_factory=dict)
    numbers: tuple[str | None, str | None] | None = None
    unique_value: str | None = None


@dataclass(frozen=True)
class Match:
    """What the look-up by key found for a record without a link. One clean match is already a Linked.

    state: none (also when a person said to create a new one) | several | inactive | looks_like | anothers |
    unlinked (by a person, who has not said since what becomes of it) | unasked. whose: of anothers, the
    customer or company that the one found belongs to.
    """

    state: str = "none"
    candidates: Sequence[tuple[str, str]] = ()
    whose: str = ""


@dataclass(frozen=True)
class Context:
    """All that planning knows beside the record. What has to be loaded for a set of records to plan:

    * today: in the organization's time zone; in UTC while that is not known, and nothing is finalized.
    * choices: every Mapping row of the organization, by (section, ours, province); `active` as in the
      ListEntry of the same external_id (True where lists were never read).
    * tax_codes: every ListEntry of list 'tax_codes', active or not, by external_id.
    * filed: every FiledTax of the connection.
    * links: of the records planned, and for orders of their location and of every line's SKU.
    * matches: what the look-up by key found for each of these records that has no link. A location or SKU
      planned without a link needs an entry (KeyError: an unasked question is no "none"), and so does what an
      order needs while that sync is off.
    * doubled: (record kind, folded key) of every key value that more than one of our active records has,
      among all of the organization's. Keys by `key_of`, folded by `fold`; for orders among finalized ones.
    * same_names: (record kind, folded name) of every `plain_name` that more than one of our records has.
    * edited: record → columns of it that whoever asked for its push has changed.
    * locked: record → number or name first sent by a push of it that was ever unsure, linked or not.
    * income_accounts: of container deposits whose linked Item books income, Id and name of that account.
    * apart: location → Ids of Customers that a person parted it from: documents made before stay with them.
    * unrated: each currency and day of which QBO was just asked for the exchange rate, and has none.
    """

    today: date
    company: Company
    keys: Keys = Keys()
    settings: Settings = Settings()
    choices: Mapping[tuple[SectionName, str, str], Choice] = field(default_factory=dict)
    tax_codes: Mapping[str, TaxCode] = field(default_factory=dict)
    filed: Sequence[Filed] = ()
    links: Mapping[RecordRef, Linked] = field(default_factory=dict)
    matches: Mapping[RecordRef, Match] = field(default_factory=dict)
    doubled: frozenset[tuple[str, str]] = frozenset()
    same_names: frozenset[tuple[str, str]] = frozenset()
    locked: Mapping[RecordRef, str] = field(default_factory=dict)
    edited: Mapping[RecordRef, frozenset[str]] = field(default_factory=dict)
    apart: Mapping[RecordRef, Collection[str]] = field(default_factory=dict)
    zone_known: bool = True
    unrated: Collection[tuple[str, date]] = frozenset()
    income_accounts: Mapping[RecordRef, tuple[str, str]] = field(default_factory=dict)

    def choice(self, section: SectionName, ours: str, province: str = "") -> Choice | None:
        return self.choices.get((section, ours, province))

    def province_for(self, section: SectionName, ours: str, place: Place) -> str:
        return province_for(self.choices, section, ours, place)

    def locked_value(self, record: RecordRef) -> str | None:
        linked = self.links.get(record)
        return self.locked.get(record) or (linked.unique_value if linked else None)


@dataclass(frozen=True)
class Plan:
    """One write, ready to be armed.

    payload: for a create the bare entity; for an update with Id, SyncToken and sparse; for a void or delete
    these two. sent: all of ours at this revision, as JSON (a sparse update carries less). number: ours,
    whatever number theirs keeps. net, tax, total: cents as they must stand on the document; tax and total
    None where QBO computes the tax. tax_lines: how many roundings the tax is made of: QBO's may differ by
    half a cent each. rate: home units for one of a foreign document's currency. unread_rate: it needs one
    that was not asked for yet, and can't go before. order_tax, here and below: cents of tax on the order in
    its own signs, None where not known.
    """

    kind: Kind
    operation: Operation
    payload: Payload
    sources: Mapping[str, str]
    sent: Payload
    unique_value: str | None = None
    number: str | None = None
    net: int | None = None
    tax: int | None = None
    total: int | None = None
    tax_lines: int = 0
    rate: Decimal | None = None
    unread_rate: bool = False
    lines: int = 0
    warnings: tuple[str, ...] = ()
    then_create: bool = False
    order_tax: int | None = field(default=None, compare=False)
    # Of an update: what of theirs it overwrites that was never ours; fields that ours says nothing of now.
    overwrites: Payload = field(default_factory=dict)
    untold: frozenset[str] = frozenset()
    # Of a document: what ours says in groups that are left as they stand there, and theirs of them when both
    # last agreed; fields that are to be empty there; names that an address may begin with and say no more.
    left: Payload = field(default_factory=dict)
    left_then: Payload = field(default_factory=dict)
    emptied: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    # Of a document: the day that it is dated, where that is still to come.
    not_before: date | None = None
    # Of a document's update: the groups that changed here since, all that it carries beside our marker.
    goes: tuple[str, ...] = ()

    def expected(self) -> dict[str, Any]:
        """For Push.expected: what `amounts.compare` holds QBO's answer against."""
        return {
            "net": self.net,
            "tax": self.tax,
            "total": self.total,
            "tax_lines": self.tax_lines,
            "rate": None if self.rate is None else f"{self.rate:f}",
            "doc_number": self.number,
            "left": self.left,
            "left_then": self.left_then,
            "emptied": list(self.emptied),
            "names": list(self.names),
        }


@dataclass(frozen=True)
class Waits:
    """It can go as soon as these are linked; their own pushes say if they can't be.

    not_before: as in `Plan`.
    """

    needs: tuple[RecordRef, ...]
    order_tax: int | None = field(default=None, compare=False)
    not_before: date | None = None


@dataclass(frozen=True)
class Blocked:
    """A person must change something first."""

    problems: tuple[Found, ...]
    order_tax: int | None = field(default=None, compare=False)


@dataclass(frozen=True)
class NothingToDo:
    """Nothing is to be sent. sent, untold: as in `Plan`, where it is a customer or item. expected: of a
    document that changed its revision alone, what it must show (`Push.expected`); order_tax: as in `Plan`.
    """

    sent: Payload | None = None
    untold: frozenset[str] = frozenset()
    expected: Payload | None = None
    order_tax: int | None = None


Outcome = Plan | Waits | Blocked | NothingToDo


def is_by_province(saved: Iterable[tuple[SectionName, str, str]], section: SectionName, ours: str) -> bool:
    """Whether a value is chosen by province: it always is, or a choice for one province was saved. Then none
    takes another's choice, nor the one for all. saved: (section, ours, province) of all choices.
    """
    if (section, ours) in ELSE_FOR_ALL:
        return False
    return (section, ours) in ONLY_BY_PROVINCE or any(
        province and (section, ours) == (of, value) for of, value, province in saved
    )


def province_for(
    saved: Collection[tuple[SectionName, str, str]], section: SectionName, ours: str, place: Place
) -> str:
    """The province whose choice is taken for what is delivered there; empty: the one for all. saved: as
    above.
    """
    if (section, ours) in ELSE_FOR_ALL:
        has_its_own = not place.abroad and (section, ours, place.province) in saved
        return place.province if has_its_own else ""
    return place.province if is_by_province(saved, section, ours) else ""


def fold(value: str) -> str:
    """How keys and names are compared: trimmed, without regard to case."""
    return value.strip().casefold()


def below_another(theirs: str, key: str) -> bool:
    """Whether a key's value is the full name of one that stands below another one: such are never created.
    QBO: a colon parts the levels of a full name, and stands in no name itself.
    """
    return theirs == "FullyQualifiedName" and ":" in key


def key_of(record: Location | Sku | Order, keys: Keys) -> str | None:
    """Our key value of a record, trimmed; None where it is missing."""
    if isinstance(record, Order):
        value = record.external_reference if keys.order_ours == "external_reference" else record.number
    elif isinstance(record, Location):
        value = getattr(record, keys.customer_ours)
    else:
        value = getattr(record, keys.sku_ours)
    return (value or "").strip() or None


def plain_name(record: Location | Sku) -> str:
    """“Customer – Location” or “Product – SKU”; just the name where both are the same."""
    if isinstance(record, Location):
        return joined_name(record.customer.name, record.name)
    return joined_name(record.product.name, record.name)


def joined_name(whole: str, part: str) -> str:
    """The same from the two names."""
    whole, part = whole.strip(), part.strip()
    return part if fold(whole) == fold(part) or not whole else f"{whole} – {part}"
