"""Compares, in cents, what stands in QuickBooks and in the portal with what must be of each order."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from demo.expected import Expected
from demo.ledger import Cost, Document, DocumentLine

LEAST_STANDING = 340
MOST_WRITES = 40
MOST_READS = 2 * MOST_WRITES
"""Before each batch one look-up by number of each kind, since QuickBooks has refused no number yet."""
ENTITIES = {"invoice": "Invoice", "credit_memo": "CreditMemo"}


@dataclass(frozen=True)
class Shown:
    """What the portal's table says of an order."""

    status: str
    problems: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Evidence:
    """All that was read after the run."""

    documents: list[Document]
    doubled_customers: int
    doubled_items: int
    shown: Mapping[str, Shown]
    cost_of_the_thousand: Cost
    seconds_waited: int
    limits_broken: int = 0
    untrue: Sequence[str] = ()
    """What drawers of green records say of QuickBooks that was not so at the moment they name."""
    written_since: int = 0
    """Writes after the demo's end: a second run makes none."""


@dataclass
class Findings:
    orders: int = 0
    invoices: int = 0
    credit_memos: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    reasons: dict[str, list[str]] = field(default_factory=dict)
    """Order number → what isn't as expected."""
    without_an_order: list[str] = field(default_factory=list)
    doubled_customers: int = 0
    doubled_items: int = 0
    doubled_documents: int = 0
    cents_differing: int = 0
    cost: Cost = field(default_factory=lambda: Cost(0, 0))
    seconds_waited: int = 0
    limits_broken: int = 0
    written_since: int = 0
    untrue: Sequence[str] = ()
    standing: int = 0
    """How many of the first orders stand in QuickBooks."""

    @property
    def duplicates(self) -> int:
        return self.doubled_customers + self.doubled_items + self.doubled_documents

    @property
    def as_expected(self) -> bool:
        return not (
            self.reasons
            or self.without_an_order
            or self.duplicates
            or self.cents_differing
            or self.standing < LEAST_STANDING
            or self.cost.writes > MOST_WRITES
            or self.cost.metered_reads > MOST_READS
            or self.limits_broken
            or self.written_since
            or self.untrue
        )


def audit(expected: Mapping[str, Expected], first: Iterable[str], evidence: Evidence) -> Findings:
    """`first`: the numbers of the orders of which at least 340 must stand."""
    of_order = _by_order(expected, evidence.documents)
    findings = Findings(
        orders=len(expected),
        without_an_order=[f"{document.entity} {document.id}" for document in of_order.pop(None, [])],
        doubled_customers=evidence.doubled_customers,
        doubled_items=evidence.doubled_items,
        doubled_documents=sum(len(made) - 1 for made in of_order.values()),
        cost=evidence.cost_of_the_thousand,
        seconds_waited=evidence.seconds_waited,
        limits_broken=evidence.limits_broken,
        written_since=evidence.written_since,
        untrue=evidence.untrue,
    )
    stands = set()
    for number, wanted in expected.items():
        made, shown = of_order.get(number, []), evidence.shown.get(number)
        live = [document for document in made if not (document.deleted or document.voided)]
        reasons = _judge(wanted, live, shown)
        if reasons:
            findings.reasons[number] = reasons
        if live:
            stands.add(number)
        for document in live:
            findings.invoices += document.entity == "Invoice"
            findings.credit_memos += document.entity == "CreditMemo"
            findings.cents_differing += _cents_differing(wanted, document)
        if shown is not None and shown.status == "failed":
            findings.failed.update(shown.problems or {"without a problem"})
    findings.standing = sum(number in stands for number in first)
    return findings


def report(findings: Findings) -> str:
    """The table, then the duplicates, then the verdict."""
    rows: list[tuple[str, object]] = [
        ("orders", findings.orders),
        ("invoices", findings.invoices),
        ("credit memos", findings.credit_memos),
        ("failed", sum(findings.failed.values())),
        *((f"  {problem}", count) for problem, count in sorted(findings.failed.items())),
        ("of the first orders in QuickBooks", findings.standing),
        ("not as expected", len(findings.reasons)),
        ("documents without an order", len(findings.without_an_order)),
        ("doubled customers", findings.doubled_customers),
        ("doubled items", findings.doubled_items),
        ("doubled documents", findings.doubled_documents),
        ("cents differing", findings.cents_differing),
        ("writes of the 1,000", findings.cost.writes),
        ("metered reads of the 1,000", findings.cost.metered_reads),
        ("seconds waited for our own rate limit", findings.seconds_waited),
        ("QuickBooks' limits broken", findings.limits_broken),
        ("green, and not true", len(findings.untrue)),
        ("writes since the demo's end", findings.written_since),
    ]
    width = max(len(label) for label, _ in rows)
    return "\n".join(
        [
            *(f"{label:<{width}}  {value:>8,}" for label, value in rows),
            f"duplicates: {findings.duplicates}",
            "as expected" if findings.as_expected else "NOT as expected",
        ]
    )


def _by_order(
    expected: Mapping[str, Expected], documents: Iterable[Document]
) -> dict[str | None, list[Document]]:
    """By number, else by what the note names; None for what belongs to no order."""
    grouped: dict[str | None, list[Document]] = defaultdict(list)
    for document in documents:
        names = [name for name in (document.number, document.marked) if name in expected]
        grouped[names[0] if names else None].append(document)
    return dict(grouped)


def _judge(wanted: Expected, live: list[Document], shown: Shown | None) -> list[str]:
    if shown is None:
        return ["not in the portal's table"]
    if wanted.outcome == "failed":
        return _judge_failed(wanted, live, shown)
    reasons = (
        [] if shown.status == "synced" else [f"the portal shows {shown.status} {sorted(shown.problems)}"]
    )
    if len(live) != 1:
        return [*reasons, f"{len(live)} documents"]
    return [*reasons, *_judge_document(wanted, live[0])]


def _judge_failed(wanted: Expected, live: list[Document], shown: Shown) -> list[str]:
    reasons = [f"should have failed, {document.entity} {document.id} stands" for document in live]
    if shown.status != "failed":
        reasons.append(f"the portal shows {shown.status} instead of failed")
    elif shown.problems != {wanted.problem}:
        reasons.append(f"problems {sorted(shown.problems)} instead of {wanted.problem}")
    return reasons


def _judge_document(wanted: Expected, document: Document) -> list[str]:
    pairs: list[tuple[str, object, object]] = [
        ("kind", ENTITIES[wanted.outcome], document.entity),
        ("customer", wanted.customer.casefold(), document.customer.strip().casefold()),
        ("date", wanted.invoice_date.isoformat(), document.date),
        ("total", wanted.total_cents, document.total_cents),
        ("tax", wanted.tax_cents, document.tax_cents),
    ]
    reasons = [f"{what} {theirs} instead of {ours}" for what, ours, theirs in pairs if ours != theirs]
    ours = Counter(DocumentLine(line.amount_cents, line.code, line.tax_code) for line in wanted.lines)
    theirs = Counter(document.lines)
    reasons += [f"line missing: {line}" for line in ours - theirs]
    reasons += [f"line too many: {line}" for line in theirs - ours]
    return reasons


def _cents_differing(wanted: Expected, document: Document) -> int:
    """Net and tax apart, so that one can't hide the other."""
    if wanted.outcome == "failed":
        return 0
    net = document.total_cents - document.tax_cents
    return abs(wanted.net_cents - net) + abs(wanted.tax_cents - document.tax_cents)
