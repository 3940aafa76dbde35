"""Whether a company can be reached, and written to: locked, lapsed, under repair, or open."""

from __future__ import annotations

from dataclasses import replace

from . import own_side, refusals
from .answers import Answer, gateway_answer
from .books import Books

LAPSED = "Subscription for company has lapsed or Invalid destination URL is used."


def refused(books: Books, *, writes: bool) -> Answer | None:
    """The gateway's own answer, if it gives one. Raises the fault of a company that is closed or lapsed."""
    status = str(books.switches["company_status"])
    if status in CLOSED:
        raise CLOSED[status]()
    if writes and status == "no_permission":
        raise own_side.no_permission()
    if not writes or not status.startswith("lapsed"):
        return None
    if status == "lapsed_at_the_gateway":
        return gateway_answer("7001", LAPSED, 400, None, "SERVICE")
    fault = _lapsed()
    raise replace(fault, status=200) if status == "lapsed_200" else fault


def _no_access() -> refusals.Refusal:
    detail = "AuthorizationFailure: -11014-You do not have access to use QuickBooks Online Plus."
    return refusals.Refusal("120", "Authorization Failure", detail, None, 401, "AuthenticationFault")


def _wrong_cluster() -> refusals.Refusal:
    detail = "WrongClusterError: -11017-Wrong cluster for this company, statusCode: 401"
    return refusals.Refusal("130", "Accessing Wrong Cluster", detail, None, 401, "AuthenticationFault")


def _locked_out() -> refusals.Refusal:
    return refusals.Refusal(
        "140", "CompanyLockedOut", "The company is locked out.", None, 401, "AuthenticationFault"
    )


def _under_maintenance() -> refusals.Refusal:
    return refusals.Refusal(
        "150", "CompanyUnderMaintenance", "The company is under maintenance.", None, 503, "SystemFault"
    )


def _lapsed() -> refusals.Refusal:
    return refusals.Refusal(
        "6190",
        "Invalid Company Status",
        "Subscription period has ended or canceled or there was a billing problem : You can't add data to "
        "QuickBooks Online Essentials because your trial or subscription period ended, you canceled your "
        "subscription, or there was a billing problem. To update your subscription, click the gear icon and "
        "view your account information.",
    )


CLOSED = {
    "no_access": _no_access,
    "wrong_cluster": _wrong_cluster,
    "locked_out": _locked_out,
    "maintenance": _under_maintenance,
}
