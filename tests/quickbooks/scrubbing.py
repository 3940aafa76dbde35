"""What may never stand in a cassette, where it could hide, and how it is taken out."""

import base64
import gzip
import json
import re
from typing import Any

REALM = "9130000000000001"

# What secrets look like: Intuit's refresh tokens and codes, JWE, anything long and mixed; a realm, a port;
# somebody's e-mail address.
SECRETS = re.compile(
    r"\bAB\d[0-9A-Za-z]{8,}|\beyJ[\w-]{6,}|\b(?=[A-Za-z_-]*\d)(?=[\d_-]*[A-Za-z])[\w-]{32,}"
    r"|\b\d{15,19}\b|127\.0\.0\.1:(?!8000/)\d+|\b(?:Bearer|Basic) (?!recorded-|realm=)[^\s\"\\]+"
    r"|[\w.+-]+(?:@|%40)(?!example\.com)[\w-]+\.[\w.-]+"
)
PERSONAL = re.compile(
    # A field of a postal address or a phone number, in JSON and in XML,
    r'("(?:FreeFormNumber|Line[1-5]|City|PostalCode(?:Suffix)?|Lat|Long|phoneNumber|streetAddress|locality'
    r'|postalCode)"\s*:\s*")(?!recorded")((?:[^"\\]|\\.)+)'
    r"|(<(?:FreeFormNumber|Line[1-5]|City|PostalCode(?:Suffix)?|Lat|Long)>)(?!recorded<)([^<]+)"
    # and a phone number wherever it stands.
    r"|()(?<![\w.+-])((?:\+?1[-. ]?)?(?:\(\d{3}\) ?|\d{3}[-. ])\d{3}[-. ]\d{4})(?![\w-])"
)
"""Where somebody lives or is called, behind what says so."""
HARMLESS = (REALM, r"1-[0-9a-f]{8}-[0-9a-f]{24}")
TOLD = frozenset({"content-type", "intuit_tid", "www-authenticate", "retry-after", "location"})
"""Headers of an answer that say something; the others differ each time, or set cookies."""


def scrub(exchange: dict[str, Any], placeholders: dict[str, str]) -> None:
    """Replace every secret, wherever in the exchange it stands, and drop what differs each time."""
    headers = exchange["response"]["headers"]
    exchange["response"]["headers"] = {name: headers[name] for name in headers if name.lower() in TOLD}
    for side in ("request", "response"):
        body = exchange[side]["body"]
        if isinstance(body, dict) and body.get("base64_string"):
            exchange[side]["body"] = {"encoding": "utf-8", "string": _unpacked(body["base64_string"])}
    # Only of answers: what a test sends is made up, and must be found again as it was sent.
    answered = exchange["response"]["body"]
    if isinstance(answered, dict):
        answered["string"] = PERSONAL.sub(_without, answered["string"])
    text = json.dumps(exchange, ensure_ascii=False)
    # The longest first: one may hold another.
    for secret in sorted(placeholders, key=len, reverse=True):
        text = text.replace(json.dumps(secret, ensure_ascii=False)[1:-1], placeholders[secret])
    # What nobody named: a link with a key in it, somebody's address.
    for found in set(secrets_in(text)):
        text = text.replace(found, "somebody@example.com" if "@" in found else "recorded-secret")
    exchange.clear()
    exchange.update(json.loads(text))


def decoded_bodies(exchange: dict[str, Any]) -> list[str]:
    """What was sent and answered, base64 and gzip undone."""
    bodies = [exchange[side]["body"] for side in ("request", "response")]
    return [
        _unpacked(body["base64_string"]) if body.get("base64_string") else body["string"] for body in bodies
    ]


def decoded_text(exchange: dict[str, Any]) -> str:
    """All that can be read in a recorded exchange."""
    return "\n".join([json.dumps(exchange, ensure_ascii=False), *decoded_bodies(exchange)])


def secrets_in(text: str) -> list[str]:
    found = (match[0] for match in SECRETS.finditer(text))
    return [word for word in found if not any(re.fullmatch(harmless, word) for harmless in HARMLESS)]


def personal_in(body: str) -> list[str]:
    return [next(filter(None, match.group(2, 4, 6))) for match in PERSONAL.finditer(body)]


def _without(found: re.Match[str]) -> str:
    return f"{found[1] or found[3] or found[5]}recorded"


def _unpacked(encoded: str) -> str:
    content = base64.b64decode(encoded)
    return (gzip.decompress(content) if content.startswith(b"\x1f\x8b") else content).decode(errors="replace")
