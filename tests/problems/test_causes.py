"""The keys of causes are what stored problems carry, and each is read back as what it was written from."""

import uuid
from datetime import date
from typing import get_args

import pytest

from portal.models.books import SectionName
from portal.models.kinds import RecordKind, RecordRef
from portal.problems import causes
from portal.problems.causes import Parts

ONE = uuid.UUID(int=1)
WRITTEN: list[tuple[str, str, Parts]] = [
    (
        causes.of_record(RecordRef("location", ONE)),
        f"location:{ONE}",
        Parts("record", RecordRef("location", ONE)),
    ),
    (causes.of_record(RecordRef("sku", ONE)), f"sku:{ONE}", Parts("record", RecordRef("sku", ONE))),
    (causes.of_record(RecordRef("order", ONE)), f"order:{ONE}", Parts("record", RecordRef("order", ONE))),
    (
        causes.of_key(RecordRef("location", ONE)),
        f"key:location:{ONE}",
        Parts("key", RecordRef("location", ONE)),
    ),
    (causes.of_key(RecordRef("sku", ONE)), f"key:sku:{ONE}", Parts("key", RecordRef("sku", ONE))),
    (causes.of_match(RecordRef("order", ONE)), f"match:order:{ONE}", Parts("match", RecordRef("order", ONE))),
    (causes.of_match(RecordRef("sku", ONE)), f"match:sku:{ONE}", Parts("match", RecordRef("sku", ONE))),
    (
        causes.of_mapping("payment_terms", str(ONE)),
        f"term:{ONE}",
        Parts("mapping", mapping=("payment_terms", str(ONE))),
    ),
    (
        causes.of_mapping("customer_tax", "exempt"),
        "tax:exempt",
        Parts("mapping", mapping=("customer_tax", "exempt")),
    ),
    (
        causes.of_mapping("customer_tax", "default", "BC"),
        "tax:default@BC",
        Parts("mapping", mapping=("customer_tax", "default"), province="BC"),
    ),
    (
        causes.of_mapping("product_tax", "default"),
        "product_tax:default",
        Parts("mapping", mapping=("product_tax", "default")),
    ),
    (
        causes.of_mapping("customer_accounts", "income"),
        "account:customer_accounts:income",
        Parts("mapping", mapping=("customer_accounts", "income")),
    ),
    (
        causes.of_mapping("product_accounts", "asset"),
        "account:product_accounts:asset",
        Parts("mapping", mapping=("product_accounts", "asset")),
    ),
    (
        causes.of_mapping("charge_kinds", str(ONE)),
        f"charge:{ONE}",
        Parts("mapping", mapping=("charge_kinds", str(ONE))),
    ),
    (causes.of_fault("2500"), "fault:2500", Parts("fault", about="2500")),
    (causes.of_fault(), "fault:", Parts("fault")),
    (
        causes.of_rate("USD", date(2026, 11, 30)),
        "rate:USD:2026-11-30",
        Parts("rate", about="USD:2026-11-30"),
    ),
    (causes.of_push(ONE), f"push:{ONE}", Parts("push", about=str(ONE))),
    (
        causes.of_certificate(RecordRef("location", ONE)),
        f"certificate:location:{ONE}",
        Parts("certificate", RecordRef("location", ONE)),
    ),
    (causes.EXEMPTION_REASON, "exemption_reason", Parts("exemption_reason")),
    (causes.CLOSED_PERIOD, "closed_period", Parts("closed_period")),
    (causes.TAX_FILED, "tax_filed", Parts("tax_filed")),
    (causes.START_DATE, "start_date", Parts("start_date")),
    (causes.INVENTORY, "inventory", Parts("inventory")),
]


@pytest.mark.parametrize(("written", "key", "parts"), WRITTEN, ids=[key for _, key, _ in WRITTEN])
def test_a_key_stays_as_it_is_stored_and_says_what_it_was_written_from(
    written: str, key: str, parts: Parts
) -> None:
    assert written == key
    assert causes.read(key) == parts


def test_every_kind_every_section_and_every_kind_of_record_is_among_them() -> None:
    every = [parts for _, _, parts in WRITTEN]
    assert {parts.kind for parts in every} == set(get_args(causes.CauseKind))
    begins_otherwise = {one for one in get_args(SectionName) if causes.of_mapping(one, "") != f"{one}:"}
    assert {parts.mapping[0] for parts in every if parts.mapping} >= begins_otherwise
    assert {parts.record[0] for parts in every if parts.record} == set(get_args(RecordKind))


@pytest.mark.parametrize("kind", ["key", "match"])
def test_all_of_one_kind_begin_alike_and_no_others_do(kind: str) -> None:
    beginning = {"key": causes.beginning("key"), "match": causes.beginning("match")}[kind]
    assert all(key.startswith(beginning) == (parts.kind == kind) for _, key, parts in WRITTEN)


@pytest.mark.parametrize("text", ["", "x", "order:x", "place:1", "payment_term:1", "\x00", "x" * 5_000])
def test_what_is_no_key_is_none(text: str) -> None:
    assert causes.read(text) == Parts(None)


def test_a_key_that_names_no_record_is_still_one_about_keys() -> None:
    assert causes.read("key:location:1") == Parts("key")
