"""The set-up list as pages show it: where each step is done, whether it is, and which one comes next."""

from collections.abc import Collection
from dataclasses import replace

from flask import Flask, url_for
from markupsafe import Markup, escape

from portal.company import current
from portal.outbox.holds import Saved
from portal.report import setup
from portal.report.setup import SetupStep
from portal.sales.bulk import fix_and_push


def register(app: Flask) -> None:
    """The pages of the list show it as their tabs."""
    app.jinja_env.globals.update(set_up_steps=steps, step_url=url_of)


def steps() -> list[SetupStep]:
    """Those with a page of their own."""
    return [step for step in setup.steps(current.connection()) if step.page]


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


def told_with_next(saved: Saved, page: str, lacking: Collection[str] = ()) -> Markup:
    """What a save did, what it left open on its page, and the way to the next open one."""
    said = [told(saved)]
    if lacking:
        said.append(Markup("Still not mapped: {}.").format(", ".join(lacking)))
    every = steps()
    here = next(place for place, step in enumerate(every) if step.page == page)
    for step in every[here + 1 :] + every[:here]:
        if not step.done:
            said.append(Markup('Next: <a href="{}">{}</a>').format(url_of(step), step.name))
            break
    return Markup(" ").join(said)


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
