"""What QBO's answers mean: its faults in all their spellings, and one table from code to verdict."""

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from portal.quickbooks.client import Answer, storable


@dataclass(frozen=True)
class Fault:
    """One error of an answer, in QBO's own words; `type` is that of the whole fault (`ValidationFault`…)."""

    code: str
    message: str
    detail: str
    element: str | None
    type: str = ""


class Verdict(Enum):
    """The classes of answers. A request that never left has none: it raises NotSent."""

    done = "done"
    ambiguous = "ambiguous"
    throttled = "throttled"
    auth = "auth"
    disconnected = "disconnected"
    billing = "billing"
    taken = "taken"
    stale = "stale"
    rejected = "rejected"
    unknown = "unknown"


# 600 says that QBO has seen our request id before, so the first one may have landed.
_BY_CODE = {
    "600": Verdict.ambiguous,
    "140": Verdict.throttled,
    "150": Verdict.throttled,
    "3001": Verdict.throttled,
    "3200": Verdict.auth,
    "120": Verdict.disconnected,
    "130": Verdict.disconnected,
    "3100": Verdict.disconnected,
    "6190": Verdict.billing,
    "7001": Verdict.billing,
    "6140": Verdict.taken,
    "6240": Verdict.taken,
    "5010": Verdict.stale,
    "610": Verdict.rejected,
    "2500": Verdict.rejected,
    "6000": Verdict.rejected,
    "6070": Verdict.rejected,
    "6210": Verdict.rejected,
    "6430": Verdict.rejected,
    "6540": Verdict.rejected,
    **{str(code): Verdict.rejected for code in range(2010, 2171)},
}
_BY_TYPE = {
    "validationfault": Verdict.rejected,
    "systemfault": Verdict.ambiguous,
    "authenticationfault": Verdict.auth,
    "authentication": Verdict.auth,
    "authorizationfault": Verdict.disconnected,
    "authorizatonfault": Verdict.disconnected,  # so spelled in Intuit's schema
}
_BY_STATUS = {401: Verdict.auth, 408: Verdict.ambiguous, 429: Verdict.throttled}

# Several errors may come at once: first what may have landed, then what stops all rows, then what stops one.
_WEIGHTIEST_FIRST = (
    Verdict.ambiguous,
    Verdict.disconnected,
    Verdict.auth,
    Verdict.throttled,
    Verdict.billing,
    Verdict.taken,
    Verdict.stale,
    Verdict.rejected,
    Verdict.unknown,
)


def judge(answer: Answer) -> Verdict:
    """The verdict on a whole answer. `done` says no more than: a readable 200 without a fault; whether it is
    the yes that was asked for (Id, marker, amounts) is for the caller to see."""
    faults = faults_in(answer)
    verdict = _weightiest(_of_fault(fault) for fault in faults)
    if answer.status >= 500 or answer.status == 408:
        # A refusal to work at all is no half-done work.
        return Verdict.throttled if verdict is Verdict.throttled else Verdict.ambiguous
    if answer.status == 429:
        return Verdict.throttled
    if answer.status == 200:
        if faults:
            return verdict if verdict is not Verdict.unknown else Verdict.ambiguous
        return Verdict.done if _carries_something(answer.body) else Verdict.ambiguous
    if not 400 <= answer.status < 500:
        return Verdict.ambiguous
    if verdict is Verdict.unknown:
        return _BY_STATUS.get(answer.status, Verdict.unknown)
    return verdict


def judge_item(item: Any) -> Verdict:
    """The verdict on one BatchItemResponse, which has no status of its own."""
    if not isinstance(item, dict):
        return Verdict.ambiguous
    if not _has_fault(item):
        return Verdict.done if _carries_something(item) else Verdict.ambiguous
    faults = faults_of(item)
    if not any(fault.code or fault.type for fault in faults):
        return Verdict.ambiguous
    return _weightiest(_of_fault(fault) for fault in faults)


def faults_in(answer: Answer) -> list[Fault]:
    """The faults of an answer, JSON or XML; a fault nobody can read still counts as one."""
    return faults_of(answer.body if answer.body is not None else answer.text)


def faults_of(body: Any) -> list[Fault]:
    """Those of a parsed body, a batch item or XML text: entity faults (`Fault`), gateway faults (`fault`)."""
    if isinstance(body, str):
        return _from_xml(body)
    if not isinstance(body, dict) or not _has_fault(body):
        return []
    fault = body.get("Fault") if body.get("Fault") is not None else body["fault"]
    errors = _any_case(fault, "Error")
    kind = _text(_any_case(fault, "Type"))
    found = (
        [_from_json(error, kind) for error in errors if isinstance(error, dict)] if _is_list(errors) else []
    )
    return found or [Fault("", "", "", None, kind)]


def _of_fault(fault: Fault) -> Verdict:
    kind = fault.type.casefold()
    by_code = _BY_CODE.get(fault.code)
    if kind == "systemfault" or _is_severe(fault.code):
        return Verdict.ambiguous
    if 500 <= _number(fault.code) < 600 and kind != "validationfault":
        return (
            Verdict.ambiguous
        )  # a status of a server, where 500 in a ValidationFault is “Unsupported Operation”
    if fault.code == "6000" and "went wrong on our end" in fault.detail:
        return Verdict.ambiguous
    return by_code or _BY_TYPE.get(kind, Verdict.unknown)


def _is_severe(code: str) -> bool:
    return _number(code) >= 10_000


def _number(code: str) -> int:
    return int(code) if code.isascii() and code.isdigit() and len(code) <= 9 else -1


def _weightiest(verdicts: Iterable[Verdict]) -> Verdict:
    return min(verdicts, key=_WEIGHTIEST_FIRST.index, default=Verdict.unknown)


def _carries_something(body: Any) -> bool:
    """QBO names what it carries in PascalCase; the gateway's lower-case envelope carries nothing."""
    return isinstance(body, dict) and any(
        isinstance(key, str) and key[:1].isupper() and isinstance(value, (dict, list))
        for key, value in body.items()
    )


def _has_fault(body: dict[str, Any]) -> bool:
    return body.get("Fault") is not None or body.get("fault") is not None


def _from_json(error: dict[str, Any], kind: str) -> Fault:
    message = _text(_any_case(error, "Message"))
    code = _text(_any_case(error, "Code"))
    if not code:
        within = re.search(r"errorCode=(\d+)", message)
        code = within[1] if within else ""
    element = _any_case(error, "Element")
    return Fault(_trimmed(code), message, _text(_any_case(error, "Detail")), _text(element) or None, kind)


def _from_xml(text: str) -> list[Fault]:
    """By pattern, for the text may be cut off and comes from outside: no parser needs to see it."""
    fault = re.search(r"<Fault\b[^>]*?(?:\btype=\"([^\"]*)\"[^>]*)?>", text)
    if not fault:
        return []
    kind = fault[1] or ""
    found = []
    for attributes, inside in re.findall(r"<Error\b([^>]*)>(.*?)(?:</Error>|\Z)", text, re.DOTALL):
        code = re.search(r"\bcode=\"([^\"]*)\"", attributes)
        element = re.search(r"\belement=\"([^\"]*)\"", attributes)
        found.append(
            Fault(
                _trimmed(code[1] if code else ""),
                _tag(inside, "Message"),
                _tag(inside, "Detail"),
                (element[1] if element else "") or None,
                kind,
            )
        )
    return found or [Fault("", "", "", None, kind)]


def _tag(text: str, name: str) -> str:
    found = re.search(rf"<{name}>([^<]*)", text)
    return html.unescape(found[1].strip()) if found else ""


def _any_case(fault: Any, name: str) -> Any:
    if not isinstance(fault, dict):
        return None
    return fault.get(name, fault.get(name.lower()))


def _is_list(value: Any) -> bool:
    return isinstance(value, list)


def _text(value: Any) -> str:
    return "" if value is None else storable(str(value))


def _trimmed(code: str) -> str:
    """The gateway prints `003200` in its messages and `3200` as the code."""
    return code.strip().lstrip("0")
