"""The geometry of the charts."""

from datetime import date

from portal.web.integrations.charts import bar, columns


def test_a_bar_is_filled_in_the_order_and_proportion_of_its_parts() -> None:
    parts = bar([("green", 30), ("red", 0), ("grey", 10)])
    assert [(part.tone, part.start, part.length) for part in parts] == [
        ("green", 0.0, 75.0),
        ("grey", 75.0, 25.0),
    ]
    assert bar([("green", 0)]) == []


def test_a_single_failure_among_ten_thousand_can_be_seen_and_the_bar_stays_whole() -> None:
    parts = bar([("green", 10_000), ("red", 1)])
    assert parts[1].length > 0.9
    assert round(parts[0].length + parts[1].length, 1) == 100.0


def test_the_highest_day_fills_the_height_and_failures_stand_on_top() -> None:
    drawn = columns([(date(2026, 11, 21), 30, 10), (date(2026, 11, 22), 0, 0), (date(2026, 11, 23), 20, 0)])
    highest, empty, half = drawn.columns
    assert drawn.most == 40
    assert (highest.failed_y, highest.failed_height, highest.synced_height) == (0.0, 25.0, 75.0)
    assert highest.failed_y + highest.failed_height == highest.synced_y
    assert (empty.synced_height, empty.failed_height) == (0.0, 0.0)
    assert (half.synced_y, half.synced_height) == (50.0, 50.0)
    assert half.x > empty.x > highest.x


def test_days_without_any_push_are_drawn_flat() -> None:
    drawn = columns([(date(2026, 11, 22), 0, 0)])
    assert (drawn.most, drawn.columns[0].synced_height) == (0, 0.0)
    assert columns([]).most == 0
