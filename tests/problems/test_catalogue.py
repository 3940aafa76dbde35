"""The catalogue tells every problem in plain sentences."""

import re
import string
import uuid
from pathlib import Path

import pytest

from portal import problems
from portal.models.kinds import RECORDS, RecordRef
from portal.problems import causes, of_mappings
from portal.problems.catalogue import CATALOGUE, fix_path, meaning, sentence
from portal.problems.records import BY_FAULT

PORTAL = Path(problems.__file__).parents[1]
ORDER = uuid.UUID(int=1)
PLACE, SKU = RecordRef("location", uuid.UUID(int=2)), RecordRef("sku", uuid.UUID(int=3))
LONGEST_REASON = 28


def test_every_code_that_is_found_anywhere_is_in_the_catalogue() -> None:
    sources = [path.read_text() for path in PORTAL.rglob("*.py")]
    found = {code for source in sources for code in re.findall(r'\bFound\(\s*"([a-z_]+)"', source)}
    found |= {code for codes in of_mappings.CODES.values() for code in codes}
    assert len(found) > 40, "the search finds nothing any more"
    assert found | {"name_taken", "number_taken", "edited_in_qbo"} <= CATALOGUE.keys()


def test_no_fault_is_two_problems() -> None:
    assert len(BY_FAULT) == sum(len(entry.faults) for entry in CATALOGUE.values())


@pytest.mark.parametrize("code", sorted(CATALOGUE))
def test_every_entry_is_complete_and_reads_as_sentences(code: str) -> None:
    entry = CATALOGUE[code]
    assert entry.title.endswith((".", "{characters}.", "{candidates}."))
    assert entry.because
    assert all(text.endswith((".", "}")) for text in (entry.meaning, entry.fix, *entry.because))
    assert entry.fix_label
    texts = " ".join([entry.title, entry.meaning, entry.fix, entry.fix_label, entry.reason, *entry.because])
    assert not re.search(r"\b(QBO|API|sync token|payload|None|null)\b", texts)


@pytest.mark.parametrize("code", sorted(CATALOGUE))
def test_every_entry_has_a_reason_that_stands_behind_a_word_on_a_badge(code: str) -> None:
    reason = CATALOGUE[code].reason
    assert 0 < len(reason) <= LONGEST_REASON
    assert reason[0].islower()
    assert not reason.endswith(".")
    assert "{" not in reason


def test_no_two_problems_have_the_same_reason() -> None:
    said = [entry.reason for entry in CATALOGUE.values()]
    assert sorted(said) == sorted(set(said))


@pytest.mark.parametrize("code", sorted(CATALOGUE))
@pytest.mark.parametrize("whose", [RecordRef("order", ORDER), PLACE, SKU], ids=lambda ref: ref.kind)
def test_every_fix_leads_to_the_record_that_its_words_name(code: str, whose: RecordRef) -> None:
    """Whoever has the problem: an order has those of the customer and items that it needs, too."""
    entry, order = CATALOGUE[code], RecordRef("order", ORDER)
    words = {"location": PLACE, "customer": PLACE, "SKU": SKU, "item": SKU, "order": order, "record": whose}
    named = next((one for word, one in words.items() if entry.fix_label.endswith(f" the {word}")), None)
    about = {"location": PLACE, "sku": SKU}.get(entry.page, whose)
    for ref, cause in ((whose, ""), (order, causes.of_key(about)), (order, causes.of_record(whose))):
        path = fix_path(code, {}, ref, cause)
        if named is not None and path is not None:
            assert path.startswith(f"{RECORDS[named.kind].path}/{named.id}")
        if path is not None and path.startswith(tuple(f"{ours.path}/" for ours in RECORDS.values())):
            assert named is not None or entry.page in ("record", "paid")


def test_what_an_order_lacks_of_its_customer_is_put_right_at_the_customers_location() -> None:
    order = RecordRef("order", ORDER)
    assert fix_path("customer_key_missing", {}, order, causes.of_key(PLACE)) == f"/locations/{PLACE.id}"
    assert fix_path("sku_key_missing", {}, order, causes.of_key(SKU)) == f"/skus/{SKU.id}"
    assert fix_path("certificate_expired", {"location_id": str(PLACE.id)}, order) == f"/locations/{PLACE.id}"
    assert fix_path("certificate_expired", {"location_id": "what an old row holds"}, order) is None
    assert fix_path("customer_key_missing", {}, order) is None, "an order's page is no location's"


@pytest.mark.parametrize("code", sorted(CATALOGUE))
def test_every_sentence_is_filled_from_its_values_and_never_fails(code: str) -> None:
    entry = CATALOGUE[code]
    names = {
        name
        for text in (entry.title, entry.meaning)
        for _, name, _, _ in string.Formatter().parse(text)
        if name
    }
    values = {name: f"<{name}>" for name in names}
    told = sentence(code, values) + meaning(code, values)
    assert all(f"<{name}>" in told for name in names)
    assert "{" not in told
    assert "{" not in sentence(code, {}) + meaning(code, {})


def test_a_sentence_names_what_was_found() -> None:
    found = [{"id": "1", "name": "1043", "date": "2026-11-20", "total": "76.50"}, {"id": "2", "name": "1043"}]
    assert (
        sentence("number_taken", {"value": "1043", "candidates": found})
        == "The number 1043 is already used in QuickBooks: “1043” (20 Nov 2026, 76.50), “1043”."
    )
    assert sentence("no_such_code", {"words": "x"}) == "QuickBooks answered with something unexpected."


@pytest.mark.parametrize(
    ("code", "values", "path"),
    [
        ("term_not_mapped", {}, "/settings/integrations/mapping/payment-terms"),
        ("tax_not_mapped", {"section": "product_tax"}, "/settings/integrations/mapping/product-tax"),
        ("tax_not_mapped", {"section": "customer_tax"}, "/settings/integrations/mapping/customer-tax"),
        ("closed_period", {}, "/settings/integrations/sync"),
        ("number_too_long", {}, f"/orders/{ORDER}"),
        ("name_taken", {}, f"/orders/{ORDER}"),
        ("looks_like_existing", {}, None),
    ],
)
def test_where_it_is_put_right(code: str, values: dict[str, str], path: str | None) -> None:
    assert fix_path(code, values, RecordRef("order", ORDER)) == path
