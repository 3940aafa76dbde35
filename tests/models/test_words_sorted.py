"""What a table is sorted by, alike on every database."""

from portal.models.words import sort_key


def test_tables_are_sorted_as_people_sort() -> None:
    names = [
        "Bäckerei",
        "Barrie",
        "CO₂",
        "cod",
        "Øl",
        "Pub 9",
        "pub 10",
        "Pub 10 A",
        "’t Veer",
        "Zoo",
        "Élan",
    ]
    by_key = sorted(names, key=sort_key)
    assert by_key == [
        "Bäckerei", "Barrie", "CO₂", "cod", "Élan", "Øl", "Pub 9", "pub 10", "Pub 10 A", "’t Veer", "Zoo",
    ]  # fmt: skip
    assert sort_key("PO 009") == sort_key("po  9") != sort_key("PO 90")
    assert sort_key("a", "z") < sort_key("a b", "a"), "first by the customer, then by the location"
    assert len(sort_key("x" * 500, "1" * 500)) <= 200
