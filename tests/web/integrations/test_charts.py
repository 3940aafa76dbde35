"""The geometry of the charts."""

from portal.web.integrations.charts import HEIGHT, LEAST, TOP, Ended, bar, columns, sides, top_of_axis


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


def test_two_amounts_stand_on_one_scale_and_the_gap_fills_the_shorter_one_up() -> None:
    drawn = sides(20_000, 15_000)
    assert (drawn.ours.start, drawn.ours.length) == (0.0, 100.0)
    assert (drawn.theirs.start, drawn.theirs.length) == (0.0, 75.0)
    assert (drawn.gap.start, drawn.gap.length) == (75.0, 25.0)
    assert sides(15_000, 20_000).gap.start == 75.0
    assert sides(500, 500).gap.length == 0.0
    assert sides(0, 0).ours.length == 0.0


def test_a_credit_beside_an_invoice_goes_the_other_way_from_the_same_beginning() -> None:
    drawn = sides(-5_000, 15_000)
    assert (drawn.ours.start, drawn.ours.length) == (0.0, 25.0)
    assert (drawn.theirs.start, drawn.theirs.length) == (25.0, 75.0)
    assert (drawn.gap.start, drawn.gap.length) == (0.0, 100.0)


def test_columns_stand_on_an_axis_with_failures_on_top() -> None:
    drawn = columns([ended(30, 10), ended(0, 0), ended(20, 0)], "day")
    highest, empty, half = drawn.columns
    assert drawn.lines == [(0, TOP + HEIGHT), (20, TOP + HEIGHT / 2), (40, TOP)]
    assert (highest.failed_y, highest.failed_height) == (TOP, HEIGHT / 4)
    assert highest.failed_y + highest.failed_height == highest.synced_y
    assert (empty.synced_height, empty.failed_height) == (0.0, 0.0)
    assert (half.synced_y, half.synced_height) == (TOP + HEIGHT / 2, HEIGHT / 2)
    assert half.x > empty.x > highest.x
    assert columns([ended(10_000, 1)], "day").columns[0].failed_height == LEAST


def test_the_axis_ends_above_the_highest_column_in_a_round_number() -> None:
    assert [top_of_axis(most) for most in (0, 1, 2, 3, 7, 11, 32, 70, 1_180)] == [
        2, 2, 2, 4, 10, 20, 40, 100, 2_000,
    ]  # fmt: skip


def test_of_words_that_would_meet_the_later_one_stands_and_the_last_column_has_its_own() -> None:
    begins = ["Nov", "", "Dec", "", "", "", "Today"]
    drawn = columns([ended(1, 0, group) for group in begins], "day")
    assert [column.group for column in drawn.columns] == ["", "", "Dec", "", "", "", "Today"]
    drawn = columns([ended(1, 0) for _ in begins], "hour", 2)
    assert [bool(column.label) for column in drawn.columns] == [True, False] * 3 + [True]


def test_days_without_any_push_are_drawn_flat() -> None:
    drawn = columns([ended(0, 0)], "day")
    assert (drawn.most, drawn.columns[0].synced_height) == (0, 0.0)
    assert columns([], "day").most == 0


def ended(synced: int, failed: int, group: str = "") -> Ended:
    return Ended("a day", "1", synced, failed, group)
