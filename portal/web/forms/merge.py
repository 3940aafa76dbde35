"""Settings that two people save at once: what one did not touch stays as stored, the rest is asked about.

Each field of such a form has beside it, in a hidden `seen-<name>`, what was stored when it was shown.
"""

from collections.abc import Mapping


def merged(
    stored: Mapping[str, str], seen: Mapping[str, str], wanted: Mapping[str, str]
) -> tuple[dict[str, str], list[str]]:
    """What to store, and the names of fields that both changed, each to something else.

    A field without a hidden value beside it counts as shown as it is stored now.
    """
    values, both = {}, []
    for name, value in wanted.items():
        now, then = stored[name], seen.get(f"seen-{name}", stored[name])
        values[name] = now if value == then else value
        if now not in (then, value) and value != then:
            both.append(name)
    return values, both
