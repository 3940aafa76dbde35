"""What the dashboard shows, gathered in one place: the connection, what is to do, figures, and health."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from flask import current_app, url_for

from portal import problems
from portal.company import current, days
from portal.connect import grants
from portal.decisions import differing_records
from portal.mapping import gaps
from portal.models import Connection
from portal.models.base import now
from portal.models.kinds import RECORDS, RecordType
from portal.outbox.statuses import STATUSES, those
from portal.report import activity, counts, health, setup
from portal.sales.bulk import runs
from portal.web.access import person
from portal.web.formats import day
from portal.web.health import CLOCK_IS_LATE
from portal.web.integrations import charts, company_words, standing
from portal.web.integrations.setup_steps import stepper

# Amber that long before Intuit ends the access for good; for its last 30 days every page says so.
ENDS_SOON = timedelta(days=90)
CAUSES_SHOWN = 12
RUNS_SHOWN, AUTOMATIC_SHOWN = 5, 3
FAILURES_SHOWN = 8
# Statuses of customers and products that wait for a choice about their fields.
DIFFERING = differing_records.STATUSES["waits"]
# Reads that Intuit grants an app in a month, over all companies; then it refuses.
READ_QUOTA = 500_000


@dataclass(frozen=True)
class Bar:
    """The records of one kind: the parts of their bar, and the statuses that each part is made of."""

    title: str
    url: str
    total: counts.Count
    drawn: list[charts.Segment]
    parts: list[tuple[str, str, str, counts.Count]]
    statuses: list[tuple[str, str, str, counts.Count]]

    @property
    def says(self) -> bool:
        """Whether any of them has met QuickBooks, or is about to."""
        return any(STATUSES[name].group != "can_go" for name, *_ in self.statuses)


def gathered() -> dict[str, Any]:
    """The whole page, in a number of queries that does not grow with what is stored."""
    connection = current.connection()
    found = counts.by_status()
    moving = counts.together(found["order"], those("moving"))
    recent = _recent(connection)
    set_up = setup.steps(connection)
    return {
        "connection": connection,
        "ends_soon": connection is not None and connection.ends_within(ENDS_SOON),
        "not_given_back": grants.still_to_give_back(),
        "environment": company_words.environment(current_app.config["INTUIT_API_URL"]),
        "settings": company_words.settings(connection) if connection else [],
        "unresolved": activity.unresolved_elsewhere(),
        "steps": set_up,
        "stepper": stepper(set_up),
        "first_run": not setup.has_pushed(connection),
        "to_map": sum(step.gaps for step in set_up),
        "lost": gaps.lost(connection),
        "today": _today(connection),
        "ready": counts.together(found["order"], ("ready",)),
        "moving": moving,
        "ahead": counts.together(found["order"], those("ahead")),
        "attention": counts.together(found["order"], those("attention")),
        "orders_known": bool(found["order"]),
        "failed": counts.together(found["order"], ("failed",)),
        "differing": counts.together(found["location"], DIFFERING) + counts.together(found["sku"], DIFFERING),
        "held": counts.held_back(connection),
        "bars": [_bar(ours, found[kind]) for kind, ours in RECORDS.items()],
        "kinds": RECORDS,
        "standing": standing.gathered(connection, CAUSES_SHOWN),
        "sentence": problems.sentence,
        "chart": _chart(connection),
        "recent": recent,
        "held_by_what_failed": activity.held_by_what_failed(connection) if connection else 0,
        "under_way": any(counts.together(each, those("moving")).number for each in found.values())
        or any(isinstance(one, runs.RunSummary) and one.state == "running" for one in recent),
        "failures": activity.recent_failures(FAILURES_SHOWN),
        "oldest": counts.oldest_waiting(connection) if connection and moving.number else None,
        **_health(connection),
    }


def _today(connection: Connection | None) -> dict[str, Any]:
    this_day = days.today_of(person().organization)
    theirs: dict[str, Any] = {
        "status": "finalized",
        "integration": "meant",
        "dated": "invoice",
        "start": this_day,
        "end": this_day,
    }
    sums = [(sum, charts.sides(sum.cents, sum.cents_there)) for sum in counts.of_day(connection, this_day)]
    return {"day": this_day, "sums": sums, "url": url_for("orders.index", **theirs)}


def _bar(ours: RecordType, found: Mapping[str, counts.Count]) -> Bar:
    parts = [
        (name, tone, icon, counts.together(found, statuses)) for name, tone, icon, statuses in counts.PARTS
    ]
    shown = [(name, tone, icon, count) for name, tone, icon, count in parts if count.number]
    return Bar(
        ours.plural.capitalize(),
        url_for(ours.table),
        counts.together(found, STATUSES),
        charts.bar((tone, count.number) for _, tone, _, count in parts),
        shown,
        [
            (name, status.in_filter or status.word, status.icon, found[name])
            for name, status in STATUSES.items()
            if name in found
        ],
    )


def _chart(connection: Connection | None) -> charts.Columns | None:
    """Of the last days; while there are pushes of the last two alone, of their hours."""
    if connection is None:
        return None
    per_day = activity.pushes_per_day(connection)
    per_hour = activity.pushes_per_hour(connection, per_day)
    if per_hour:
        return charts.columns(_by_hour(per_hour), "hour", 3 if len(per_hour) <= 24 else 8)
    return charts.columns(_by_day(per_day), "day")


def _by_day(per_day: Sequence[activity.PerDay]) -> list[charts.Ended]:
    begins = {0: f"{per_day[0].day:%b}", len(per_day) - 1: "Today"}
    return [
        charts.Ended(
            day(one.day),
            str(one.day.day),
            one.synced,
            one.failed,
            begins.get(place, f"{one.day:%b}" if one.day.day == 1 else ""),
        )
        for place, one in enumerate(per_day)
    ]


def _by_hour(per_hour: Sequence[activity.PerHour]) -> list[charts.Ended]:
    begins = {0: day(per_hour[0].hour.date()), len(per_hour) - 1: "Now"}
    return [
        charts.Ended(
            f"{day(one.hour.date())}, from {one.hour:%H:%M}",
            f"{one.hour:%H:%M}",
            one.synced,
            one.failed,
            begins.get(place, day(one.hour.date()) if one.hour.hour == 0 else ""),
        )
        for place, one in enumerate(per_hour)
    ]


def _recent(connection: Connection | None) -> list[runs.RunSummary | activity.AutomaticDay]:
    """The latest bulk runs, and the latest days on which something went by itself; newest first."""
    own_days = person().organization.zone or UTC
    placed: list[tuple[date, datetime, runs.RunSummary | activity.AutomaticDay]] = [
        (run.started_at.astimezone(own_days).date(), run.started_at, run) for run in runs.recent(RUNS_SHOWN)
    ]
    if connection is not None:
        for one in activity.automatic_days(connection, AUTOMATIC_SHOWN):
            placed.append((one.day, datetime.max.replace(tzinfo=UTC), one))
    return [one for *_, one in sorted(placed, key=lambda each: each[:2], reverse=True)]


def _health(connection: Connection | None) -> dict[str, Any]:
    found = health.health(connection)
    clock_age = (now() - found.clock).total_seconds() if found.clock else None
    return {
        "health": found,
        "clock_is_late": clock_age is None or clock_age > CLOCK_IS_LATE,
        "read_quota": READ_QUOTA,
    }
