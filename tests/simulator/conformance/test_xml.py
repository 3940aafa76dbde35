"""XML, which is answered to whoever doesn't ask for JSON, and taken from whoever sends it."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import requests

from tests.simulator.company import Control
from tests.simulator.conformance.books import Books, named

Q = "{http://schema.intuit.com/finance/v3}"


def ask(books: Books, method: str, path: str, **rest: Any) -> requests.Response:
    headers = {"Authorization": f"Bearer {books.token}", "Accept": "*/*", **rest.pop("headers", {})}
    url = f"{books.base}/v3/company/{books.realm}/{path}"
    return books.session.request(method, url, headers=headers, timeout=30, **rest)


def parsed(answer: requests.Response) -> ElementTree.Element:
    assert answer.headers["Content-Type"].startswith("application/xml")
    return ElementTree.fromstring(answer.content)


def text(element: ElementTree.Element, path: str) -> str | None:
    return element.findtext("/".join(f"{Q}{part}" for part in path.split("/")))


def test_an_entity_without_accept_json_is_xml(books: Books) -> None:
    made = books.customer(Notes="a < b & c", BillAddr={"Line1": "1 King"})
    root = parsed(ask(books, "GET", f"customer/{made['Id']}"))
    assert root.tag == f"{Q}IntuitResponse"
    assert root.get("time")
    [customer] = root
    assert (customer.tag, customer.get("domain"), customer.get("sparse")) == (f"{Q}Customer", "QBO", "false")
    assert text(customer, "Id") == made["Id"]
    assert text(customer, "Notes") == "a < b & c"
    assert text(customer, "BillAddr/Line1") == "1 King"


def test_references_are_elements_with_a_name_and_lists_are_repeated(books: Books) -> None:
    sold = books.sell(books.sale(10.0), books.sale(20.0))
    root = parsed(ask(books, "GET", f"invoice/{sold['Id']}"))
    customer = root.find(f"{Q}Invoice/{Q}CustomerRef")
    assert customer is not None
    assert (customer.text, customer.get("name")) == (
        sold["CustomerRef"]["value"],
        sold["CustomerRef"]["name"],
    )
    amounts = [text(line, "Amount") for line in root.findall(f"{Q}Invoice/{Q}Line")]
    assert amounts == ["10.00", "20.00", "30.00"]


def test_a_query_without_accept_json_is_xml(books: Books) -> None:
    made = books.customer()
    asked = {"query": f"select * from Customer where Id = '{made['Id']}'"}
    [found] = parsed(ask(books, "GET", "query", params=asked))
    assert (found.tag, found.get("startPosition"), found.get("maxResults")) == (
        f"{Q}QueryResponse", "1", "1",
    )  # fmt: skip
    assert text(found, "Customer/DisplayName") == made["DisplayName"]


def test_a_fault_without_accept_json_is_xml(books: Books) -> None:
    answer = ask(books, "GET", "customer/99999999")
    assert answer.status_code == 400
    [found] = parsed(answer)
    assert (found.tag, found.get("type")) == (f"{Q}Fault", "ValidationFault")
    error = found.find(f"{Q}Error")
    assert error is not None
    assert error.get("code") == "610"
    assert text(error, "Message") == "Object Not Found"


def test_an_authentication_fault_without_accept_json_is_xml(books: Books) -> None:
    answer = ask(books, "GET", "preferences", headers={"Authorization": "Bearer nobody"})
    assert answer.status_code == 401
    [found] = parsed(answer)
    assert (found.tag, found.get("type")) == (f"{Q}Fault", "AUTHENTICATION")
    assert text(found, "Error/Message") == "message=AuthenticationFailed; errorCode=003200; statusCode=401"


def test_the_wrong_cluster_is_told_in_xml_even_to_who_asks_for_json(books: Books, control: Control) -> None:
    control.switch(books.realm, company_status="wrong_cluster")
    answer = books.get("preferences")
    assert answer.status_code == 401
    [found] = parsed(answer)
    assert found.get("type") == "AuthenticationFault"
    error = found.find(f"{Q}Error")
    assert error is not None
    assert (error.get("code"), text(error, "Message")) == ("130", "Accessing Wrong Cluster")
    assert str(text(error, "Detail")).startswith("WrongClusterError: -11017-")


def test_throttling_may_be_told_in_xml(books: Books, control: Control) -> None:
    control.order("throttle", xml=True)
    answer = books.get("preferences")
    assert answer.status_code == 429
    [found] = parsed(answer)
    assert found.get("type") == "SERVICE"


def test_a_customer_may_be_sent_as_xml(books: Books) -> None:
    name = books.new("Bar")
    body = (
        f'<Customer xmlns="http://schema.intuit.com/finance/v3"><DisplayName>{name}</DisplayName>'
        "<BillAddr><Line1>1 King</Line1></BillAddr><Taxable>true</Taxable></Customer>"
    )
    root = parsed(ask(books, "POST", "customer", data=body, headers={"Content-Type": "application/xml"}))
    assert text(root, "Customer/DisplayName") == name
    assert text(root, "Customer/BillAddr/Line1") == "1 King"


def test_an_invoice_may_be_sent_as_xml(books: Books) -> None:
    customer = books.customer()
    body = (
        '<Invoice xmlns="http://schema.intuit.com/finance/v3"><Line><Amount>12.50</Amount>'
        "<DetailType>SalesItemLineDetail</DetailType><SalesItemLineDetail>"
        f"<ItemRef>{books.item}</ItemRef><TaxCodeRef>{books.untaxed}</TaxCodeRef></SalesItemLineDetail></Line>"
        f"<CustomerRef>{customer['Id']}</CustomerRef></Invoice>"
    )
    root = parsed(ask(books, "POST", "invoice", data=body, headers={"Content-Type": "application/xml"}))
    assert text(root, "Invoice/TotalAmt") == "12.50"


def test_a_batch_may_be_sent_as_xml(books: Books) -> None:
    name, since = books.new("Bar"), books.customer()["MetaData"]["LastUpdatedTime"]
    body = (
        '<IntuitBatchRequest xmlns="http://schema.intuit.com/finance/v3">'
        f'<BatchItemRequest bId="a" operation="create"><Customer><DisplayName>{name}</DisplayName></Customer>'
        '</BatchItemRequest><BatchItemRequest bId="b"><Query>select * from Term maxresults 2</Query>'
        '</BatchItemRequest><BatchItemRequest bId="c" operation="create"><Unicorn/></BatchItemRequest>'
        f'<BatchItemRequest bId="d"><CDCQuery><Entities>Customer</Entities><ChangedSince>{since}'
        "</ChangedSince></CDCQuery></BatchItemRequest></IntuitBatchRequest>"
    )
    answer = ask(books, "POST", "batch", data=body, headers={"Content-Type": "application/xml"})
    items = {item.get("bId"): item for item in parsed(answer)}
    assert text(items["a"], "Customer/DisplayName") == name
    assert len(items["b"].findall(f"{Q}QueryResponse/{Q}Term")) == 2
    fault = items["c"].find(f"{Q}Fault/{Q}Error")
    assert fault is not None
    assert fault.get("code") == "2010"
    assert items["d"].find(f"{Q}CDCResponse/{Q}QueryResponse/{Q}Customer") is not None
    for wrong in ("<Shoe/>", "<IntuitBatchRequest><Shoe/></IntuitBatchRequest>"):
        refused = ask(books, "POST", "batch", data=wrong, headers={"Content-Type": "application/xml"})
        assert refused.status_code == 400


def test_xml_of_something_else_is_unreadable(books: Books) -> None:
    for body in ("<Shoe/>", "<Customer>", "<!DOCTYPE x []><Customer/>"):
        answer = ask(books, "POST", "customer", data=body, headers={"Content-Type": "application/xml"})
        assert answer.status_code == 400
        [found] = parsed(answer)
        error = found.find(f"{Q}Error")
        assert error is not None
        assert error.get("code") == "2010"


def test_a_deleted_stub_and_a_batch_are_xml_too(books: Books) -> None:
    made = books.sell()
    gone = parsed(ask(books, "POST", "invoice?operation=delete", json=named(made)))
    [stub] = gone
    assert (stub.get("status"), text(stub, "Id")) == ("Deleted", made["Id"])
    item = {"bId": "a", "operation": "create", "Customer": {"DisplayName": books.new("Bar")}}
    [found] = parsed(ask(books, "POST", "batch", json={"BatchItemRequest": [item]}))
    assert (found.tag, found.get("bId")) == (f"{Q}BatchItemResponse", "a")
