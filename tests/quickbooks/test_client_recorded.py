"""The client against recorded answers: connect, ask, write, be refused. `make cassettes` records anew.

Intuit's own sandbox is recorded by `make record-intuit`, and played back too once that was done.
"""

import base64
import copy
import gzip
import os
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from portal.quickbooks import oauth
from portal.quickbooks.client import Client, encode
from portal.quickbooks.faults import Verdict, faults_in, faults_of, judge, judge_item
from portal.quickbooks.lists import accounts, company_facts, tax_codes, terms
from portal.quickbooks.queries import ACTIVE_OR_NOT, any_of, literal, rows, select
from simulator import CLIENT_ID, CLIENT_SECRET, create_app
from simulator.store import Store
from tests.quickbooks import intuit_sandbox, recording
from tests.quickbooks.intuit_sandbox import INTUIT, Sandbox
from tests.quickbooks.recording import FOLDER, Indented, Library, cassette
from tests.quickbooks.scrubbing import decoded_bodies, decoded_text, personal_in, scrub, secrets_in
from tests.simulator.company import CALLBACK as CONSENTED
from tests.simulator.company import CANADA, ask_for_tokens, authorization_code
from tests.simulator.conftest import session_on

CASSETTES = {"connect", "lists", "documents", "batch"}
RECORD = os.environ.get("RECORD", "")
KEPT = [FOLDER, *([INTUIT] if INTUIT.exists() else [])]
"""Folders with cassettes in them."""


def test_connecting_a_company_refreshing_and_disconnecting(library: Library) -> None:
    with cassette("connect", library) as quickbooks:
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

        if not quickbooks.refresh_token:
            with pytest.raises(oauth.InvalidGrant):
                quickbooks.connect(endpoints)  # a code works once

        renewed = quickbooks.keep_out(
            oauth.refresh(endpoints, *app, tokens.refresh_token, quickbooks.session), "second"
        )
        assert renewed.access_token != tokens.access_token
        if quickbooks.refresh_token:
            return  # it is lent: whoever left it wants to keep it
        oauth.revoke(endpoints, *app, renewed.refresh_token, quickbooks.session)
        refused = quickbooks.client(renewed).read("preferences")
        assert (refused.status, judge(refused)) == (401, Verdict.auth)
        assert faults_in(refused)[0].code == "3200"
        assert refused.intuit_tid
        with pytest.raises(oauth.InvalidGrant):
            oauth.refresh(endpoints, *app, renewed.refresh_token, quickbooks.session)


def test_the_lists_behind_the_dropdowns(library: Library) -> None:
    with cassette("lists", library) as quickbooks:
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


def test_a_customer_an_invoice_a_stale_update_and_a_void(library: Library) -> None:
    with cassette("documents", library) as quickbooks:
        client = quickbooks.client(quickbooks.connect(quickbooks.endpoints))
        mark = quickbooks.mark
        name = f"Amy's Bird Sanctuary, Élan{mark}"
        customer = created(client, "Customer", {"DisplayName": name}, f"c-1{mark}")
        found = client.query(select("Customer", where=f"DisplayName = {literal(name)}"))
        assert [row["Id"] for row in rows(found, "Customer")] == [customer["Id"]]

        payload = invoice(client, customer["Id"], f"RQ-1{mark}")
        made = created(client, "Invoice", payload, f"i-1{mark}")
        assert (made["DocNumber"], made["SyncToken"]) == (f"RQ-1{mark}", "0")
        assert (str(made["TotalAmt"]), str(made["TxnTaxDetail"]["TotalTax"])) == ("56.50", "6.50")

        again = client.post("invoice", encode(payload), {"requestid": f"i-1{mark}"})
        assert again.body["Invoice"]["Id"] == made["Id"]
        twin = client.post("invoice", encode(payload), {"requestid": f"i-2{mark}"})
        assert judge(twin) is Verdict.taken
        assert f"TxnType=Invoice with TxnId={made['Id']}" in faults_in(twin)[0].detail

        changed = client.post("invoice", changing(made, "first"), {"requestid": f"i-3{mark}"})
        assert changed.body["Invoice"]["SyncToken"] == "1"
        stale = client.post("invoice", changing(made, "second"), {"requestid": f"i-4{mark}"})
        assert judge(stale) is Verdict.stale

        void = encode({"Id": made["Id"], "SyncToken": "1"})
        voided = client.post("invoice", void, {"operation": "void", "requestid": f"i-5{mark}"})
        assert judge(voided) is Verdict.done
        assert voided.body["Invoice"]["TotalAmt"] == 0
        assert client.read(f"invoice/{made['Id']}").body["Invoice"]["SyncToken"] == "2"


def test_a_batch_of_which_one_item_is_refused(library: Library) -> None:
    with cassette("batch", library) as quickbooks:
        client = quickbooks.client(quickbooks.connect(quickbooks.endpoints))
        mark = quickbooks.mark
        customer = created(client, "Customer", {"DisplayName": f"Batch & Sons{mark}"}, f"b-1{mark}")
        good = invoice(client, customer["Id"], f"RQ-2{mark}")
        without_tax_code = copy.deepcopy(good) | {"DocNumber": f"RQ-3{mark}"}
        del without_tax_code["Line"][0]["SalesItemLineDetail"]["TaxCodeRef"]
        sent = [
            {"bId": "1", "operation": "create", "Invoice": good},
            {"bId": "2", "operation": "create", "Invoice": without_tax_code},
            {"bId": "3", "operation": "create", "Customer": {"DisplayName": f"batch & sons{mark}"}},
        ]
        answer = client.post("batch", encode({"BatchItemRequest": sent}), {"requestid": f"b-2{mark}"})
        assert (answer.status, judge(answer)) == (200, Verdict.done)
        by_id = {item["bId"]: item for item in answer.body["BatchItemResponse"]}
        assert {bid: judge_item(item) for bid, item in by_id.items()} == {
            "1": Verdict.done,
            "2": Verdict.rejected,
            "3": Verdict.taken,
        }
        assert [faults_of(by_id[bid])[0].code for bid in ("2", "3")] == ["6000", "6240"]


JOURNEYS = (
    test_connecting_a_company_refreshing_and_disconnecting,
    test_the_lists_behind_the_dropdowns,
    test_a_customer_an_invoice_a_stale_update_and_a_void,
    test_a_batch_of_which_one_item_is_refused,
)


def test_no_cassette_is_missing_and_none_is_unused() -> None:
    for folder in KEPT:
        assert {path.stem for path in folder.glob("*.json")} == CASSETTES


@pytest.mark.parametrize("name", sorted(CASSETTES))
def test_a_cassette_holds_no_secret_and_says_where_nobody_lives(name: str) -> None:
    for folder in KEPT:
        file = folder / f"{name}.json"
        assert secrets_in(readable(file)) == []
        for exchange in Indented().deserialize(file.read_text())["http_interactions"]:
            assert [personal_in(body) for body in decoded_bodies(exchange)] == [[], []]


def test_a_sandbox_is_recorded_with_what_a_person_left_and_nothing_of_that_is_kept(tmp_path: Path) -> None:
    """Ours stands where Intuit's would, at another address, with an owner whose e-mail address is real."""
    app = create_app(tmp_path / "simulator", seed="CA", limits="off")
    session, url = session_on(app), "http://sandbox.intuit.example"
    code = authorization_code(session, url, CANADA)
    given = ask_for_tokens(
        session, url, grant_type="authorization_code", code=code, redirect_uri=CONSENTED
    ).json()
    client = Client(url, CANADA, given["access_token"], session=session)
    owner = {"Id": "1", "SyncToken": "0", "sparse": True, "Email": {"Address": "owner@brewery.ca"}}
    client.post("companyinfo", encode(owner), {})
    discovery = f"{url}/.well-known/openid_sandbox_configuration/"
    sandbox = Sandbox(
        CLIENT_ID, CLIENT_SECRET, given["refresh_token"], CANADA, url, discovery, session.get_adapter(url)
    )
    for _ in range(2):  # the second time, names and numbers of the first stand in the books
        for journey in JOURNEYS:
            journey(intuit_sandbox.library(tmp_path, sandbox))
    store: Store = app.extensions["simulator"].store
    store.close()
    for journey in JOURNEYS:
        journey(intuit_sandbox.library(tmp_path))
    text = "".join(readable(tmp_path / f"{name}.json") for name in CASSETTES)
    secret = (CLIENT_SECRET, given["access_token"], sandbox.refresh_token, CANADA, "brewery.ca", url)
    assert [each for each in secret if each in text] == []
    assert secrets_in(text) == []
    assert "somebody@example.com" in text


def test_without_credentials_one_sentence_names_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in intuit_sandbox.NEEDED:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("INTUIT_CLIENT_ID", "x")
    assert intuit_sandbox.main() == 2
    assert capsys.readouterr().err == (
        "Recording against Intuit's sandbox needs its credentials in the environment: "
        "set INTUIT_CLIENT_SECRET, INTUIT_REFRESH_TOKEN, INTUIT_REALM_ID.\n"
    )


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
        '"Address":"owner@brewery.ca"',
    ],
)
def test_the_search_for_secrets_finds_them(text: str) -> None:
    packed = base64.b64encode(gzip.compress(text.encode())).decode()
    for body in ({"string": text}, {"base64_string": packed}):
        exchange = {"request": {"body": {"string": ""}}, "response": {"body": body}}
        assert secrets_in(decoded_text(exchange))


LIVED_AT = {
    '{"BillAddr":{"Line1":"12 \\"Old\\" Mill","City" : "Guelph","PostalCode":"N1H 3X7","Country":"CA"}}':
        ['12 \\"Old\\" Mill', "Guelph", "N1H 3X7"],
    '{"PrimaryPhone":{"FreeFormNumber":"ring"},"Lat":"43.54","TotalAmt":56.50}': ["ring", "43.54"],
    "<BillAddr><Line2>Unit 4</Line2><City>Guelph</City></BillAddr>": ["Unit 4", "Guelph"],
    '{"Notes":"(519) 555-0134 or +1 519-555-0135, not 2026-11-22"}':
        ["(519) 555-0134", "+1 519-555-0135"],
}  # fmt: skip
"""Answers, and what in them leads to somebody."""


@pytest.mark.parametrize(("body", "found"), LIVED_AT.items())
def test_addresses_and_phone_numbers_are_taken_out_of_answers(body: str, found: list[str]) -> None:
    assert personal_in(body) == found
    for packed in (
        {"string": body},
        {"base64_string": base64.b64encode(gzip.compress(body.encode())).decode()},
    ):
        exchange: dict[str, Any] = {
            "request": {"body": {"string": "{}"}}, "response": {"headers": {}, "body": packed}
        }  # fmt: skip
        scrub(exchange, {})
        [_, left] = decoded_bodies(exchange)
        assert [personal_in(left), [each for each in found if each in left]] == [[], []]
        assert left.count("recorded") == len(found)
        assert ("56.50" in left, "2026-11-22" in left) == ("56.50" in body, "2026-11-22" in body)


def readable(file: Path) -> str:
    """All that stands in a cassette, which holds something."""
    exchanges = Indented().deserialize(file.read_text())["http_interactions"]
    assert exchanges
    return "\n".join(decoded_text(exchange) for exchange in exchanges)


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


LIBRARIES = {"intuit": ["intuit"], "": ["simulator", *(["intuit"] if INTUIT.exists() else [])]}


@pytest.fixture(scope="session", params=LIBRARIES.get(RECORD, ["simulator"]))
def library(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    if request.param == "intuit":
        INTUIT.mkdir(exist_ok=True)
        yield intuit_sandbox.library(source=intuit_sandbox.of_environment() if RECORD else None)
    elif RECORD:
        with recording.running_simulator(tmp_path_factory.mktemp("simulator")) as running:
            yield Library(FOLDER, running)
    else:
        yield Library(FOLDER)
