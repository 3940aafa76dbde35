"""Names of time zones, as they are typed, told and kept."""

import pytest

from portal.models.time_zones import offered, spelled, zone_named


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("America/Halifax", "America/Halifax"),
        (" america/st johns ", "America/St_Johns"),
        ("New York", "America/New_York"),
        ("utc", "UTC"),
        ("Eastern", None),  # both Canada's and the United States'
        ("Eastern Time (US & Canada)", None),
        ("America", None),  # a folder of the database
        ("../../etc/passwd", None),
        ("", None),
    ],
)
def test_a_name_is_spelled_as_it_is_kept(typed: str, name: str | None) -> None:
    assert spelled(typed) == name


@pytest.mark.parametrize("told", [None, "", "Mars/Olympus", "America", "/etc/localtime", "\0"])
def test_what_is_no_zone_is_unknown_and_no_crash(told: str | None) -> None:
    assert zone_named(told) is None


def test_all_that_is_offered_is_a_zone() -> None:
    assert {"America/Toronto", "Pacific/Kiritimati", "UTC"} <= set(offered())
    assert all(zone_named(name) is not None for name in offered())
