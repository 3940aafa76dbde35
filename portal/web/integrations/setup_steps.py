"""The set-up list as pages show it: where each step is done, whether it is, and which one comes next."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from flask import Flask, url_for
from markupsafe import Markup, escape

from portal.company import current
from portal.mapping.sections import SECTIONS
from portal.outbox.holds import Saved
from portal.report import setup
from portal.report.setup import SetupStep
from portal.sales.bulk import fix_and_push

# Why each step is needed that is no page of the mapping, by its own.
WHY = {
    "": "You sign in to Intuit and pick the company there. Nothing is sent before you say so.",
    "keys": "They say by which fields a customer or product here is the one in QuickBooks, so that none is "
    "made twice.",
    "sync": "Everything is off until you turn it on: what is created and updated in QuickBooks by itself, "
    "and whether finalizing an order pushes it.",
}
# Pages that only an administrator may save.
FOR_ADMINISTRATORS = ("", "sync")


@dataclass(frozen=True)
class Stepper:
    """How far the set-up is: `current` is the step to take now, None once all are done."""

    steps: Sequence[SetupStep]
    current: SetupStep | None

    @property
    def done(self) -> int:
        return sum(step.done for step in self.steps)

    @property
    def why(self) -> str:
        if self.current is None:
            return ""
        page = self.current.page
        return WHY.get(page) or next(one.why for one in SECTIONS.values() if one.page == page)

    @property
    def for_administrators(self) -> bool:
        return self.current is not None and self.current.page in FOR_ADMINISTRATORS


def register(app: Flask) -> None:
    """The pages of the list show it as their tabs."""
    app.jinja_env.globals.update(
        set_up_steps=steps, step_url=url_of, step_words=words_of, next_step=next_after
    )


def steps() -> list[SetupStep]:
    """Those with a page of their own."""
    return [step for step in setup.steps(current.connection()) if step.page]


def stepper(every: Sequence[SetupStep]) -> Stepper:
    return Stepper(every, next((step for step in every if not step.done), None))


def words_of(step: SetupStep) -> str:
    """A step with what it lacks: “Payment terms (6 to map)”."""
    return f"{step.name} ({step.gaps:,} to map)" if step.gaps else step.name


def next_after(page: str, every: Sequence[SetupStep] | None = None) -> SetupStep | None:
    """The next open step below the one of this page, then from the top; None where no other is open."""
    every = steps() if every is None else every
    here = next((place for place, step in enumerate(every) if step.page == page), -1)
    below, above = every[here + 1 :], every[: max(here, 0)]
    return next((step for step in (*below, *above) if not step.done), None)


def url_of(step: SetupStep) -> str:
    if step.page in ("keys", "sync"):
        return url_for("keys.show" if step.page == "keys" else "sync_settings.show")
    return url_for("mapping.show", page=step.page) if step.page else "#connection"


def told(saved: Saved) -> Markup:
    """What a save did, with the way to push what it made ready."""
    if not saved.ready:
        return escape(saved.sentence())
    ready = url_for("orders.index", integration="ready", bulk=1)
    return Markup('{} <a href="{}">Push them</a>').format(saved.sentence(), ready)


def told_with_next(saved: Saved, page: str, lacking: Collection[str] = (), also: str = "") -> Markup:
    """What a save did, what it left open on its page, and the way to the next open one."""
    said = [told(saved), *([escape(also)] if also else [])]
    return Markup(" ").join([*said, *still_open(lacking), *told_next(page)])


def still_open(lacking: Collection[str]) -> list[Markup]:
    """What is left open on a page, by what it is called there."""
    return [Markup("Still not mapped: {}.").format(", ".join(lacking))] if lacking else []


def told_next(page: str) -> list[Markup]:
    """The way to the next open step; once all are done, before anything was pushed, to the orders."""
    step = next_after(page)
    if step is not None:
        return [Markup('Next: <a href="{}">{}</a>').format(url_of(step), words_of(step))]
    connection = current.connection()
    if connection is None or setup.has_pushed(connection) or not all(step.done for step in steps()):
        return []
    dashboard = url_for("integrations.index")
    return [Markup('The set-up is done. Next: <a href="{}">push the first orders</a>').format(dashboard)]


def told_with_pushes(fixed: fix_and_push.Fixed) -> str:
    """What was done, for the person who did it."""
    if fixed.refused:
        return f"{fixed.saved.sentence()} {fixed.refused}"
    if not fixed.pushed:
        return told(fixed.saved)
    saved = replace(fixed.saved, ready=0).sentence()  # they are on their way already
    if fixed.pushed == 1:
        return f"{saved} On its way to QuickBooks."
    return f"{saved} {fixed.pushed:,} orders are on their way to QuickBooks."
