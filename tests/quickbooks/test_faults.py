"""What each answer of QBO means, in all the spellings in which it comes."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.quickbooks.client import Answer, decode
from portal.quickbooks.faults import Fault, Verdict, faults_in, faults_of, judge, judge_item


def entity_fault(code: str, detail: str = "", kind: str = "ValidationFault", **more: str) -> dict[str, Any]:
    error = {"Message": f"Message of {code}", "Detail": detail, "code": code, **more}
    return {"Fault": {"Error": [error], "type": kind}, "time": "2020-09-29T06:58:50.262-07:00"}


def gateway_fault(code: str, words: str, status: int, kind: str = "SERVICE") -> dict[str, Any]:
    message = f"message={words}; errorCode=00{code}; statusCode={status}"
    error = {"message": message, "detail": "Some detail", "code": code, "element": None}
    return {
        "warnings": None,
        "fault": {"error": [error], "type": kind},
        "queryResponse": None,
        "batchItemResponse": [],
        "time": 1601391072830,
    }


def xml_fault(code: str, words: str, kind: str) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
        '<IntuitResponse time="2016-10-15T10:16:08.441-07:00" xmlns="http://schema.intuit.com/finance/v3">'
        f'<Fault type="{kind}"><Error code="{code}" element="X"><Message>{words}</Message>'
        "<Detail>Wait &amp; see</Detail></Error></Fault></IntuitResponse>"
    )


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(["6140", "<Fault>"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["code", "Message", "Detail", "type", "Error", "error"]), inner)
    ),
    max_leaves=8,
)

YES = {"Invoice": {"Id": "145", "SyncToken": "0"}, "time": "2026-11-20T05:58:07.300-07:00"}
HTML = "<html><head><title>502 Bad Gateway</title></head><body><center>nginx</center></body></html>"


@pytest.mark.parametrize(
    ("status", "body", "verdict"),
    [
        (200, YES, Verdict.done),
        (200, {"QueryResponse": {}, "time": "…"}, Verdict.done),
        (200, {"BatchItemResponse": [], "time": "…"}, Verdict.done),
        # Never done.
        (200, HTML, Verdict.ambiguous),
        (200, "", Verdict.ambiguous),
        (200, {}, Verdict.ambiguous),
        (200, [], Verdict.ambiguous),
        (200, [YES], Verdict.ambiguous),
        (200, 7, Verdict.ambiguous),
        (200, {"time": "2026-11-20T05:58:07.300-07:00"}, Verdict.ambiguous),
        (200, {"Invoice": "145"}, Verdict.ambiguous),
        (200, {"queryResponse": {}, "fault": None, "time": 1}, Verdict.ambiguous),
        (200, {**YES, "Fault": {}}, Verdict.ambiguous),
        (200, {**YES, "Fault": "odd"}, Verdict.ambiguous),
        (200, {**YES, "fault": {"error": []}}, Verdict.ambiguous),
        (200, {**YES, **entity_fault("2500")}, Verdict.rejected),
        (200, entity_fault("6190"), Verdict.billing),
        (200, entity_fault("77", kind="OddFault"), Verdict.ambiguous),
        (200, xml_fault("3001", "Throttled", "SERVICE"), Verdict.throttled),
        (201, YES, Verdict.ambiguous),
        (204, "", Verdict.ambiguous),
        (302, HTML, Verdict.ambiguous),
        (307, YES, Verdict.ambiguous),
        # May have landed.
        (408, HTML, Verdict.ambiguous),
        (500, HTML, Verdict.ambiguous),
        (502, HTML, Verdict.ambiguous),
        (503, "", Verdict.ambiguous),
        (504, YES, Verdict.ambiguous),
        (500, entity_fault("10000", kind="SystemFault"), Verdict.ambiguous),
        (500, entity_fault("2500"), Verdict.ambiguous),
        (400, entity_fault("10000"), Verdict.ambiguous),
        (400, entity_fault("600"), Verdict.ambiguous),
        (
            400,
            entity_fault("6000", "It looks like something went wrong on our end. (-10600)"),
            Verdict.ambiguous,
        ),
        # Wait.
        (429, "", Verdict.throttled),
        (429, gateway_fault("3001", "ThrottleExceeded", 429), Verdict.throttled),
        (429, xml_fault("3001", "ThrottleExceeded", "SERVICE"), Verdict.throttled),
        (403, gateway_fault("3001", "ThrottleExceeded", 403), Verdict.throttled),
        (403, xml_fault("003001", "ThrottleExceeded", "SERVICE"), Verdict.throttled),
        (401, entity_fault("140", kind="AuthenticationFault"), Verdict.throttled),
        (503, entity_fault("150", kind="AuthenticationFault"), Verdict.throttled),
        # The connection.
        (401, "", Verdict.auth),
        (401, gateway_fault("3200", "AuthenticationFailed", 401, "AUTHENTICATION"), Verdict.auth),
        (401, gateway_fault("3200", "ApplicationAuthenticationFailed", 401), Verdict.auth),
        (401, xml_fault("130", "Accessing Wrong Cluster", "AuthenticationFault"), Verdict.disconnected),
        (401, entity_fault("120", kind="AuthenticationFault"), Verdict.disconnected),
        (403, gateway_fault("3100", "ApplicationAuthorizationFailed", 403), Verdict.disconnected),
        (403, entity_fault("99", kind="AuthorizationFault"), Verdict.disconnected),
        (400, entity_fault("6190"), Verdict.billing),
        (400, gateway_fault("7001", "SubscriptionLapsed", 400), Verdict.billing),
        # The record.
        (400, entity_fault("6140"), Verdict.taken),
        (400, entity_fault("6240"), Verdict.taken),
        (400, entity_fault("5010"), Verdict.stale),
        (400, entity_fault("500", "Operation … is not supported."), Verdict.rejected),
        *((400, entity_fault(code), Verdict.rejected) for code in ("610", "2010", "2020", "2040", "2050")),
        *((400, entity_fault(code), Verdict.rejected) for code in ("2170", "2500", "6000", "6070", "6210")),
        *((400, entity_fault(code), Verdict.rejected) for code in ("6430", "6540", "4000", "4001", "9999")),
        (400, HTML, Verdict.unknown),
        (404, "", Verdict.unknown),
        (413, HTML, Verdict.unknown),
        (403, HTML, Verdict.unknown),
        (400, entity_fault("77", kind="OddFault"), Verdict.unknown),
    ],
)
def test_verdict_on_a_whole_answer(status: int, body: Any, verdict: Verdict) -> None:
    assert judge(answer(status, body)) is verdict


@pytest.mark.parametrize(
    ("item", "verdict"),
    [
        ({"Invoice": {"Id": "145"}, "bId": "1"}, Verdict.done),
        ({"QueryResponse": {}, "bId": "1"}, Verdict.done),
        ({"bId": "1"}, Verdict.ambiguous),
        ({"Invoice": None, "bId": "1"}, Verdict.ambiguous),
        (None, Verdict.ambiguous),
        ("Invoice", Verdict.ambiguous),
        ({"bId": "1", "Fault": {}}, Verdict.ambiguous),
        ({"bId": "1", "Fault": {"Error": ["?"]}}, Verdict.ambiguous),
        ({"bId": "1", "Invoice": {"Id": "1"}, **entity_fault("610")}, Verdict.rejected),
        (entity_fault("10000"), Verdict.ambiguous),
        (entity_fault("77", kind="SystemFault"), Verdict.ambiguous),
        (entity_fault("503", kind="SERVICE"), Verdict.ambiguous),
        (entity_fault("500", kind="ValidationFault"), Verdict.rejected),
        (entity_fault("3001", kind="SERVICE"), Verdict.throttled),
        (entity_fault("3200", kind="AUTHENTICATION"), Verdict.auth),
        (entity_fault("6190"), Verdict.billing),
        (entity_fault("6140"), Verdict.taken),
        (entity_fault("6240"), Verdict.taken),
        (entity_fault("5010"), Verdict.stale),
        (entity_fault("6210"), Verdict.rejected),
        (entity_fault("2345"), Verdict.rejected),
        (entity_fault("77", kind="OddFault"), Verdict.unknown),
    ],
)
def test_verdict_on_one_item_of_a_batch(item: Any, verdict: Verdict) -> None:
    assert judge_item(item) is verdict


@pytest.mark.parametrize(
    ("codes", "verdict"),
    [
        (("2500", "10000"), Verdict.ambiguous),
        (("2500", "6140"), Verdict.taken),
        (("6000", "3001"), Verdict.throttled),
        (("2500", "6070"), Verdict.rejected),
    ],
)
def test_of_several_errors_the_weightiest_counts(codes: tuple[str, str], verdict: Verdict) -> None:
    one, other = (entity_fault(code)["Fault"]["Error"][0] for code in codes)
    for errors in ([one, other], [other, one]):
        assert judge_item({"Fault": {"Error": errors, "type": "ValidationFault"}}) is verdict


def test_an_entity_fault_in_its_own_words() -> None:
    body = entity_fault("2050", "Min:0 Max:21 supported. Supplied length:24", element="DocNumber")
    assert faults_of(body) == [
        Fault(
            code="2050",
            message="Message of 2050",
            detail="Min:0 Max:21 supported. Supplied length:24",
            element="DocNumber",
            type="ValidationFault",
        )
    ]


def test_a_gateway_fault_in_its_own_words() -> None:
    assert faults_of(gateway_fault("3200", "AuthenticationFailed", 401, "AUTHENTICATION")) == [
        Fault(
            code="3200",
            message="message=AuthenticationFailed; errorCode=003200; statusCode=401",
            detail="Some detail",
            element=None,
            type="AUTHENTICATION",
        )
    ]


def test_a_gateway_fault_without_a_code_has_it_in_its_message() -> None:
    body = gateway_fault("3001", "ThrottleExceeded", 403)
    body["fault"]["error"][0]["code"] = None
    assert faults_of(body)[0].code == "3001"
    assert judge(answer(403, body)) is Verdict.throttled


def test_an_xml_fault_in_its_own_words() -> None:
    (fault,) = faults_in(answer(429, xml_fault("3001", "message=ThrottleExceeded", "SERVICE")))
    assert fault == Fault("3001", "message=ThrottleExceeded", "Wait & see", "X", "SERVICE")


def test_an_xml_fault_that_was_cut_off_is_still_read() -> None:
    (fault,) = faults_of(xml_fault("130", "Accessing Wrong Cluster", "AuthenticationFault")[:250])
    assert (fault.code, fault.message) == ("130", "Accessing Wrong Cluster")


def test_all_errors_are_kept_and_an_empty_element_is_none() -> None:
    body = entity_fault("6000", element="")
    body["Fault"]["Error"].append({"Message": "Second", "Detail": None, "code": 2500})
    first, second = faults_of(body)
    assert first.element is None
    assert (second.code, second.message, second.detail) == ("2500", "Second", "")


@pytest.mark.parametrize("body", [None, 7, [], {}, "", HTML, YES, {"fault": None}, {"Fault": None}])
def test_where_there_is_no_fault_none_is_found(body: Any) -> None:
    assert faults_of(body) == []


def test_no_mutilated_yes_is_done_unless_its_invoice_can_be_read() -> None:
    whole = json.dumps(YES)
    for length in range(len(whole)):
        assert judge(answer(200, whole[:length])) is Verdict.ambiguous


@given(body=anything, status=st.sampled_from([200, 302, 400, 401, 403, 429, 500]))
def test_no_answer_however_odd_breaks_the_judge_and_no_fault_is_done(body: Any, status: int) -> None:
    with_fault = {"Invoice": {"Id": "1"}, "Fault": body}
    for sent in (body, with_fault, {"fault": body}, {"Fault": {"Error": body}}, {"Fault": {"Error": [body]}}):
        assert judge(answer(status, sent)) in Verdict
        assert judge_item(sent) in Verdict
    if body is not None:
        assert judge(answer(status, with_fault)) is not Verdict.done
        assert judge_item(with_fault) is not Verdict.done
    if status != 200:
        assert judge(answer(status, body)) is not Verdict.done


def answer(status: int, body: Any) -> Answer:
    text = body if isinstance(body, str) else json.dumps(body)
    return Answer(status, decode(text.encode()), text[:4000], "1-5f732f5f-25dcb83b", None, 0.1)
