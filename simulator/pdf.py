"""A document on paper: a plain one-font PDF of its head, its lines and its totals."""

from __future__ import annotations

from .wire import Body, dumps

PAGE_HEIGHT, TOP, LEADING = 792, 742, 16
LINES_PER_PAGE = 42
LONGEST = 96


def of_document(entity: str, company: Body, body: Body) -> bytes:
    lines = _head(entity, company, body)
    for line in body.get("Line", []):
        lines.append(_line(line))
    lines += ["", f"Sales tax  {_shown(body.get('TxnTaxDetail', {}).get('TotalTax', 0))}"]
    lines.append(f"Total  {_shown(body['TotalAmt'])} {body['CurrencyRef']['value']}")
    if "Balance" in body:
        lines.append(f"Balance due  {_shown(body['Balance'])}")
    return _file([lines[start : start + LINES_PER_PAGE] for start in range(0, len(lines), LINES_PER_PAGE)])


def _head(entity: str, company: Body, body: Body) -> list[str]:
    customer = body.get("CustomerRef", {}).get("name", "")
    due = [f"Due {body['DueDate']}"] if "DueDate" in body else []
    return [
        str(company.get("CompanyName", "")),
        f"{entity} {body.get('DocNumber', '')}".strip(),
        f"To {customer}",
        f"Date {body['TxnDate']}",
        *due,
        "",
    ]


def _line(line: Body) -> str:
    detail = line.get("SalesItemLineDetail", {})
    parts = [
        line.get("Description") or detail.get("ItemRef", {}).get("name") or line.get("DetailType", ""),
        f"{_shown(detail['Qty'])} x {_shown(detail['UnitPrice'])}" if "Qty" in detail else "",
        _shown(line["Amount"]) if "Amount" in line else "",
    ]
    return "  ".join(part for part in parts if part)


def _shown(amount: object) -> str:
    return dumps(amount)


def _file(pages: list[list[str]]) -> bytes:
    """Objects 1 and 2 are the catalogue and the tree, 3 the font; each page has two more."""
    count = len(pages)
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(count))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {count} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    for number, lines in enumerate(pages):
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 {PAGE_HEIGHT}] "
            f"/Resources << /Font << /F1 3 0 R >> >> /Contents {5 + 2 * number} 0 R >>".encode()
        )
        drawn = _drawn(lines)
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawn), drawn))
    return _joined(objects)


def _drawn(lines: list[str]) -> bytes:
    shown = [f"({_escaped(line)}) Tj T*" for line in lines]
    text = "\n".join(["BT", "/F1 11 Tf", f"{LEADING} TL", f"54 {TOP} Td", *shown, "ET"])
    return text.encode("cp1252", "replace")


def _escaped(line: str) -> str:
    one_line = " ".join(line.split())[:LONGEST]
    return one_line.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")


def _joined(objects: list[bytes]) -> bytes:
    written = bytearray(b"%PDF-1.4\n")
    places = []
    for number, inside in enumerate(objects, start=1):
        places.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, inside)
    table = len(written)
    written += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    written += b"".join(b"%010d 00000 n \n" % place for place in places)
    written += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table)
    return bytes(written)
