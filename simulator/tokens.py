"""Access and refresh tokens: made, renewed, refused, revoked."""

from __future__ import annotations

import secrets
import sqlite3
from typing import Any

from . import switches
from .answers import Answer, gateway_answer
from .clock import Clock
from .store import setting

DAY = 86_400
REFRESH_SECONDS = 101 * DAY
HARD_LIMIT_SECONDS = 5 * 365 * DAY
CODE_SECONDS = 600
REFUSED = "AuthenticationFailed"
JWE_HEAD = "eyJlbmMiOiJBMTI4Q0JDLUhTMjU2IiwiYWxnIjoiZGlyIn0.."
ACCOUNTING = "com.intuit.quickbooks.accounting"


class NotGranted(Exception):
    """The token endpoint's refusal, as the body it answers with."""

    def __init__(self, **body: str) -> None:
        super().__init__(body.get("error"))
        self.body = body


def new_code(
    connection: sqlite3.Connection, clock: Clock, client_id: str, redirect_uri: str, realm: str, scope: str
) -> str:
    code = f"AB1{secrets.token_hex(22)}"
    connection.execute(
        "INSERT INTO authorization_code (code, client_id, redirect_uri, realm, scope, expires_at)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (
            code,
            client_id,
            redirect_uri,
            realm,
            scope,
            int(clock.seconds() + setting(connection, "code_seconds", CODE_SECONDS)),
        ),
    )
    return code


def exchange_code(
    connection: sqlite3.Connection, clock: Clock, client_id: str, code: str, redirect_uri: str
) -> tuple[str, dict[str, Any]]:
    """The realm and the token answer. Raises NotGranted for a code that is used, old, foreign or made up."""
    row = connection.execute("SELECT * FROM authorization_code WHERE code = ?", (code,)).fetchone()
    if row is None or row["used"] or row["expires_at"] < clock.seconds():
        raise NotGranted(error="invalid_grant")
    if row["client_id"] != client_id:
        raise NotGranted(error_description="Incorrect Token type or clientID", error="invalid_grant")
    if row["redirect_uri"] != redirect_uri:
        raise NotGranted(error=setting(connection, "redirect_mismatch", "invalid_grant"))
    connection.execute("UPDATE authorization_code SET used = 1 WHERE code = ?", (code,))
    if setting(connection, "reconnecting_revokes", False):
        connection.execute(
            "UPDATE grant_of_access SET revoked = 1 WHERE client_id = ? AND realm = ?",
            (client_id, row["realm"]),
        )
    grant = connection.execute(
        "INSERT INTO grant_of_access (client_id, realm, scope, created_at) VALUES (?, ?, ?, ?) RETURNING id",
        (client_id, row["realm"], row["scope"], int(clock.seconds())),
    ).fetchone()["id"]
    return row["realm"], _answer(connection, clock, grant, _new_refresh_token(connection, clock, grant))


def refresh(
    connection: sqlite3.Connection, clock: Clock, client_id: str, token: str
) -> tuple[str, dict[str, Any]]:
    """The realm and the token answer. Raises NotGranted.

    The value changes at most once a day and the old one works for a day more; with the switch strict_rotation
    it changes every time and the old one is void at once.
    """
    now = int(clock.seconds())
    row = connection.execute(
        "SELECT r.*, g.client_id, g.realm, g.revoked, g.created_at AS granted_at FROM refresh_token r"
        " JOIN grant_of_access g ON g.id = r.grant_id WHERE r.token = ?",
        (token,),
    ).fetchone()
    if row is None:
        raise NotGranted(error_description="Incorrect or invalid refresh token", error="invalid_grant")
    if row["client_id"] != client_id:
        raise NotGranted(error_description="Incorrect Token type or clientID", error="invalid_grant")
    superseded = row["usable_until"] is not None
    ended = row["expires_at"] <= now or row["granted_at"] + HARD_LIMIT_SECONDS <= now
    if row["revoked"] or ended or (superseded and row["usable_until"] <= now):
        raise NotGranted(error="invalid_grant")
    strict = bool(setting(connection, "strict_rotation", False))
    if superseded:
        current = connection.execute(
            "SELECT * FROM refresh_token WHERE grant_id = ? AND usable_until IS NULL", (row["grant_id"],)
        ).fetchone()
        return row["realm"], _answer(connection, clock, row["grant_id"], current)
    if strict or now - row["created_at"] >= DAY:
        connection.execute(
            "UPDATE refresh_token SET usable_until = ? WHERE token = ?", (now if strict else now + DAY, token)
        )
        row = {"realm": row["realm"], **dict(_new_refresh_token(connection, clock, row["grant_id"]))}
    return row["realm"], _answer(connection, clock, row["grant_id"], row)


def hard_limit(connection: sqlite3.Connection, clock: Clock, token: str) -> int:
    """Seconds until a refresh token that was given ends whatever is done: counted from the consent."""
    row = connection.execute(
        "SELECT g.created_at FROM refresh_token r JOIN grant_of_access g ON g.id = r.grant_id"
        " WHERE r.token = ?",
        (token,),
    ).fetchone()
    return int(row["created_at"]) + HARD_LIMIT_SECONDS - int(clock.seconds())


def revoke(connection: sqlite3.Connection, client_id: str, token: str) -> str | None:
    """Ends the whole grant, whichever of its tokens is named; the realm, or None for a token never given.

    With the switch revoking_ends, the app's other grants for the company too.
    """
    row = connection.execute(
        "SELECT g.id, g.realm FROM grant_of_access g WHERE g.client_id = ? AND g.id IN"
        " (SELECT grant_id FROM refresh_token WHERE token = ?"
        " UNION SELECT grant_id FROM access_token WHERE token = ?)",
        (client_id, token, token),
    ).fetchone()
    if row is None:
        return None
    if setting(connection, "revoking_ends", "grant") == "company":
        connection.execute(
            "UPDATE grant_of_access SET revoked = 1 WHERE client_id = ? AND realm = ?",
            (client_id, row["realm"]),
        )
    connection.execute("UPDATE grant_of_access SET revoked = 1 WHERE id = ?", (row["id"],))
    return str(row["realm"])


def revoke_company(connection: sqlite3.Connection, realm: str) -> None:
    connection.execute("UPDATE grant_of_access SET revoked = 1 WHERE realm = ?", (realm,))


def expire_access(connection: sqlite3.Connection) -> None:
    connection.execute("UPDATE access_token SET expires_at = 0")


def refused(connection: sqlite3.Connection, clock: Clock, header: str, realm: str) -> Answer | None:
    """Why this bearer may not ask this company, or None if it may."""
    scheme, _, token = header.partition(" ")
    says_revoked = setting(connection, "revoked_token_text", "revoked") == "revoked"
    row = connection.execute(
        "SELECT a.expires_at, g.realm, g.revoked, g.scope FROM access_token a"
        " JOIN grant_of_access g ON g.id = a.grant_id WHERE a.token = ?",
        (token,),
    ).fetchone()
    if scheme.lower() != "bearer" or len(token) < 20:
        why = "Malformed bearer token: too short or too long"
    elif row is None:
        why = "Token not recognized"
    elif row["revoked"]:
        why = "Token revoked" if says_revoked else f"Token expired: {token}"
    elif row["expires_at"] <= clock.seconds():
        why = f"Token expired: {token}"
    else:
        why = ""
    if why:
        return unauthorized(why, setting(connection, "refused_token_name", REFUSED))
    if row["realm"] != realm:
        return not_for_this_company()
    if ACCOUNTING not in row["scope"].split():
        detail = "The access token does not have sufficient scope"
        return gateway_answer("3100", "AuthorizationFailed", 403, detail, "SERVICE")
    return None


def realm_of(connection: sqlite3.Connection, header: str) -> str:
    """The company that a bearer was granted for; of nobody's bearer, none."""
    row = connection.execute(
        "SELECT g.realm FROM access_token a JOIN grant_of_access g ON g.id = a.grant_id WHERE a.token = ?",
        (header.partition(" ")[2],),
    ).fetchone()
    return str(row["realm"]) if row else "0"


def scopes_of(connection: sqlite3.Connection, clock: Clock, token: str) -> list[str] | None:
    """What a token that is still good was granted for."""
    row = connection.execute(
        "SELECT g.scope FROM access_token a JOIN grant_of_access g ON g.id = a.grant_id"
        " WHERE a.token = ? AND a.expires_at > ? AND NOT g.revoked",
        (token, clock.seconds()),
    ).fetchone()
    return str(row["scope"]).split() if row else None


def not_for_this_company() -> Answer:
    return gateway_answer("3100", "ApplicationAuthorizationFailed", 403, None, "SERVICE")


def code_of(answer: Answer) -> str:
    return "3200" if answer.status == 401 else "3100"


def unauthorized(detail: str, name: str = REFUSED) -> Answer:
    return gateway_answer("3200", name, 401, detail, "AUTHENTICATION")


def _new_refresh_token(connection: sqlite3.Connection, clock: Clock, grant: int) -> sqlite3.Row:
    now = int(clock.seconds())
    row: sqlite3.Row = connection.execute(
        "INSERT INTO refresh_token (token, grant_id, created_at, expires_at) VALUES (?, ?, ?, ?) RETURNING *",
        (_made_up(connection, "AB1", "refresh_token_characters"), grant, now, now + REFRESH_SECONDS),
    ).fetchone()
    return row


def _made_up(connection: sqlite3.Connection, head: str, length_by: str) -> str:
    """Nothing can be read from a token but its head."""
    length = int(setting(connection, length_by, switches.OF_ALL[length_by][0])) - len(head)
    return head + secrets.token_hex(length)[:length]


def _answer(connection: sqlite3.Connection, clock: Clock, grant: int, refresh_row: Any) -> dict[str, Any]:
    now = int(clock.seconds())
    seconds = int(setting(connection, "access_token_seconds", 3600))
    access = _made_up(connection, JWE_HEAD, "access_token_characters")
    connection.execute("INSERT INTO access_token VALUES (?, ?, ?)", (access, grant, now + seconds))
    return {
        "token_type": "bearer",
        "expires_in": seconds,
        "access_token": access,
        "refresh_token": refresh_row["token"],
        "x_refresh_token_expires_in": refresh_row["expires_at"] - now,
    }
