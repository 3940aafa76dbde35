"""The client against recorded answers: connect, ask, write, be refused. `make cassettes` records anew."""

import base64
import copy
import gzip
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from portal.quickbooks import oauth
from portal.quickbooks.client import Client, encode
from portal.quickbooks.faults import Verdict, faults_in, faults_of, judge, judge_item, taken_by
from portal.quickbooks.lists import (
    ACTIVE_OR_NOT,
    accounts,
    any_of,
    company_facts,
    literal,
    rows,
    select,
    tax_codes,
    terms,
)
from tests.quickbooks import recording
from tests.quickbooks.recording import Indented, Simulator, cassette, decoded_text

CASSETTES = {"connect", "lists", "documents", "batch"}

# What secrets look like: Intuit's refresh tokens and codes, JWE, anything long and mixed; a realm, a port.
SECRETS = re.compile(
    r"\bAB\d[0-9A-Za-z]{8,}|\beyJ[\w-]{6,}|\b(?=[A-Za-z_-]*\d)(?=[\d_-]*[A-Za-z])[\w-]{32,}"
    r"|\b\d{15,19}\b|127\.0\.0\.1:(?!8000/)\d+|\b(?:Bearer|Basic) (?!recorded-|realm=)\S+"
)
HARMLESS = (recording.REALM, r"1-[0-9a-f]{8}-[0-9a-f]{24}")


def test_connecting_a_company_refreshing_and_disconnecting(simulator: Simulator | None) -> None:
    with cassette("connect", simulator) as quickbooks:
        endpoints = quickbooks.endpoints
        app = (quickbooks.client_id, quickbooks.client_secret)
        tokens = quickbooks.connect(endpoints)
        assert tokens.expires_in == 3600
        client = quickbooks.client(tokens)
        info, preferences = client.read(f"companyinfo/{quickbooks.realm}"), client.read("preferences")
        assert judge(info) is judge(preferences) is Verdict.done
        facts = company_facts(info.body, preferences.body)
        assert (facts.country, facts.home_currency, facts.automated_tax) == ("CA", "CAD", None)
        assert facts.sales_tax
        assert facts.custom_numbers

        with pytest.raises(oauth.InvalidGrant):
            quickbooks.connect(endpoints)  # a code works once

        renewed = quickbooks.keep_out(
            oauth.refresh(endpoints, *app, tokens.refresh_token, quickbooks.session), "second"
        )
        assert renewed.access_token != tokens.access_token
        oauth.revoke(endpoints, *app, renewed.refresh_token, quickbooks.session)
        refused = quickbooks.client(renewed).read("preferences")
        assert (refused.status, judge(refused)) == (401, Verdict.auth)
        assert faults_in(refused)[0].code == "3200"
        assert refused.intuit_tid
        with pytest.raises(oauth.InvalidGrant):
            oauth.refresh(endpoints, *app, renewed.refresh_token, quickbooks.session)


def test_the_lists_behind_the_dropdowns(simulator: Simulator | None) -> None:
    with cassette("lists", simulator) as quickbooks:
        client = quickbooks.client(quickbooks.connect(quickbooks.endpoints))
        offered_terms = terms(rows(client.query(select("Term")), "Term"))
        assert ("Net 30", 30) in {(term.name, term.days) for term in offered_terms}

        codes = tax_codes(
            rows(client.query(select("TaxCode", where=ACTIVE_OR_NOT)), "TaxCode"),
            rows(client.query(select("TaxRate", where=ACTIVE_OR_NOT)), "TaxRate"),
        )
        offered = {code.name: code.rate for code in codes if code.offered}
        assert offered["HST ON"] == 13
        assert offered["Zero-rated"] == offered["Exempt"] == offered["Out of Scope"] == 0
        assert "GST/HST Adjustment" not in offered

        income = accounts(
            rows(client.query(select("Account", where=f"AccountType = {literal('Income')}")), "Account")
        )
        assert income
        assert {account.type for account in income} == {"Income"}

        nobody = client.query(select("Customer", where=any_of("DisplayName", ["Nobody's", "No one"])))
        assert judge(nobody) is Verdict.done
        assert rows(nobody, "Customer") == []

        broken = client.query("SELECT * FROM Customer WHERE DisplayName = 'Nobody's'")
        assert (judge(broken), faults_in(broken)[0].code) == (Verdict.rejected, "4000")


def test_a_customer_an_invoice_a_stale_update_and_a_void(simulator: Simulator | None) -> None:
    with cassette("documents", simulator) as quickbooks:
        client = quickbooks.client(quickbooks.connect(quickbooks.endpoints))
        customer = created(client, "Customer", {"DisplayName": "Amy's Bird Sanctuary, Élan"}, "c-1")
        found = client.query(
            select("Customer", where=f"DisplayName = {literal('Amy' + chr(39) + 's Bird Sanctuary, Élan')}")
        )
        assert [row["Id"] for row in rows(found, "Customer")] == [customer["Id"]]

        payload = invoice(client, customer["Id"], "RQ-1")
        made = created(client, "Invoice", payload, "i-1")
        assert (made["DocNumber"], made["SyncToken"]) == ("RQ-1", "0")
        assert (str(made["TotalAmt"]), str(made["TxnTaxDetail"]["TotalTax"])) == ("56.50", "6.50")

        again = client.post("invoice", encode(payload), {"requestid": "i-1"})
        assert again.body["Invoice"]["Id"] == made["Id"]
        twin = client.post("invoice", encode(payload), {"requestid": "i-2"})
        assert judge(twin) is Verdict.taken
        assert taken_by(faults_in(twin)[0]) == ("Invoice", made["Id"])

        changed = client.post("invoice", changing(made, "first"), {"requestid": "i-3"})
        assert changed.body["Invoice"]["SyncToken"] == "1"
        stale = client.post("invoice", changing(made, "second"), {"requestid": "i-4"})
        assert judge(stale) is Verdict.stale

        void = encode({"Id": made["Id"], "SyncToken": "1"})
        voided = client.post("invoice", void, {"operation": "void", "requestid": "i-5"})
        assert judge(voided) is Verdict.done
        assert voided.body["Invoice"]["TotalAmt"] == 0
        assert client.read(f"invoice/{made['Id']}").body["Invoice"]["SyncToken"] == "2"


def test_a_batch_of_which_one_item_is_refused(simulator: Simulator | None) -> None:
    with cassette("batch", simulator) as quickbooks:
        client = quickbooks.client(quickbooks.connect(quickbooks.endpoints))
        customer = created(client, "Customer", {"DisplayName": "Batch & Sons"}, "b-1")
        good = invoice(client, customer["Id"], "RQ-2")
        without_tax_code = copy.deepcopy(good) | {"DocNumber": "RQ-3"}
        del without_tax_code["Line"][0]["SalesItemLineDetail"]["TaxCodeRef"]
        sent = [
            {"bId": "1", "operation": "create", "Invoice": good},
            {"bId": "2", "operation": "create", "Invoice": without_tax_code},
            {"bId": "3", "operation": "create", "Customer": {"DisplayName": "batch & sons"}},
        ]
        answer = client.post("batch", encode({"BatchItemRequest": sent}), {"requestid": "b-2"})
        assert (answer.status, judge(answer)) == (200, Verdict.done)
        by_id = {item["bId"]: item for item in answer.body["BatchItemResponse"]}
        assert {bid: judge_item(item) for bid, item in by_id.items()} == {
            "1": Verdict.done,
            "2": Verdict.rejected,
            "3": Verdict.taken,
        }
        assert [faults_of(by_id[bid])[0].code for bid in ("2", "3")] == ["6000", "6240"]


def test_no_cassette_is_missing_and_none_is_unused() -> None:
    assert {path.stem for path in recording.FOLDER.glob("*.json")} == CASSETTES


@pytest.mark.parametrize("name", sorted(CASSETTES))
def test_a_cassette_holds_no_secret(name: str) -> None:
    tape = Indented().deserialize((recording.FOLDER / f"{name}.json").read_text())
    assert tape["http_interactions"]
    for exchange in tape["http_interactions"]:
        assert secrets_in(decoded_text(exchange)) == []


@pytest.mark.parametrize(
    "text",
    [
        '{"access_token":"eyJlbmMiOiJBMTI4Q0JDLUhTMjU2In0"}',
        "refresh_token=AB11570127472xkApQcsuqTXgmXTmslIuWq7",
        "Authorization: Bearer something",
        "Authorization: Basic c29tZXRoaW5n",
        "/v3/company/9341457252668239/invoice",
        "client_secret 7f3e9a0b1c2d4e5f60718293a4b5c6d7e8f90a1b",
        "http://127.0.0.1:40411/v3",
    ],
)
def test_the_search_for_secrets_finds_them(text: str) -> None:
    packed = base64.b64encode(gzip.compress(text.encode())).decode()
    for body in ({"string": text}, {"base64_string": packed}):
        exchange = {"request": {"body": {"string": ""}}, "response": {"body": body}}
        assert secrets_in(decoded_text(exchange))


def secrets_in(text: str) -> list[str]:
    found = (match[0] for match in SECRETS.finditer(text))
    return [word for word in found if not any(re.fullmatch(harmless, word) for harmless in HARMLESS)]


def created(client: Client, entity: str, payload: dict[str, Any], request_id: str) -> dict[str, Any]:
    answer = client.post(entity.lower(), encode(payload), {"requestid": request_id})
    assert judge(answer) is Verdict.done, answer.text
    made: dict[str, Any] = answer.body[entity]
    return made


def invoice(client: Client, customer_id: str, number: str) -> dict[str, Any]:
    """50.00 at 13 %, on the first item there is to sell."""
    item = rows(client.query(select("Item", where="Type IN ('Service','NonInventory')", rows=1)), "Item")[0]
    codes = rows(client.query(select("TaxCode", where="Name = 'HST ON'")), "TaxCode")
    detail = {
        "ItemRef": {"value": item["Id"]},
        "Qty": 4,
        "UnitPrice": Decimal("12.5"),
        "TaxCodeRef": {"value": codes[0]["Id"]},
    }
    return {
        "CustomerRef": {"value": customer_id},
        "DocNumber": number,
        "GlobalTaxCalculation": "TaxExcluded",
        "Line": [{"Amount": 50, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": detail}],
    }


def changing(made: dict[str, Any], note: str) -> bytes:
    return encode(
        {"Id": made["Id"], "SyncToken": made["SyncToken"], "sparse": True, "PrivateNote": f"The {note} note"}
    )


@pytest.fixture(scope="session")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator | None]:
    """Only while recording; None plays the cassettes back."""
    if not recording.RECORDING:
        yield None
        return
    home: Path = tmp_path_factory.mktemp("simulator")
    with recording.running_simulator(home) as running:
        yield running
