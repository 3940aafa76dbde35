"""Plain pages that show the books: lists, documents, a customer's statement, and who changed what."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Blueprint, abort, render_template, request
from werkzeug.exceptions import HTTPException

from . import audit, statement
from .books import Books, Record, open_books
from .exchange import simulator
from .kinds import BY_PATH, KINDS
from .wire import Body

blueprint = Blueprint("pages", __name__)
PAGE = 100
TITLES = {"Invoice": "Invoice", "CreditMemo": "Credit memo"}
ITEM_TYPES = {"NonInventory": "Non-inventory", "Group": "Bundle"}
"""Where people say it otherwise than the API."""
SHOWN_UNDER = {"invoice": "invoices", "creditmemo": "creditmemos", "customerdetail": "customers",
               "statement": "customers"}  # fmt: skip
"""The list to which a page belongs."""


@blueprint.context_processor
def _frame() -> Body:
    """Whose books these are, and where in them the page stands."""
    realm, here = (request.view_args or {}).get("realm"), request.path.rpartition("/")[2]
    with simulator().store.reading() as connection:
        row = connection.execute("SELECT name FROM company WHERE realm = ?", (realm,)).fetchone()
    return {
        "company_name": row["name"] if row else "",
        "here": SHOWN_UNDER.get(here, here),
        "today": simulator().clock.today().isoformat(),
        "titles": TITLES,
        "item_types": ITEM_TYPES,
    }


@blueprint.app_template_filter("status")
def _status(record: Record, today: str) -> str:
    """As the lists of QuickBooks say it."""
    if record.state == "voided":
        return "Voided"
    if not record.body["Balance"]:
        return "Closed" if record.entity == "CreditMemo" else "Paid"
    return "Overdue" if str(record.body.get("DueDate", today)) < today else "Open"


@blueprint.errorhandler(404)
def _not_found(error: HTTPException) -> tuple[str, int]:
    return render_template("not_found.html"), 404


@blueprint.get("/")
def companies() -> str:
    with simulator().store.reading() as connection:
        found = connection.execute("SELECT realm, name, country FROM company ORDER BY realm").fetchall()
    return render_template("companies.html", companies=found, control=simulator().control)


@blueprint.get("/app/<realm>/customers")
def customers(realm: str) -> str:
    return _listed(realm, "Customer", "customers.html")


@blueprint.get("/app/<realm>/items")
def items(realm: str) -> str:
    return _listed(realm, "Item", "items.html")


@blueprint.get("/app/<realm>/invoices")
def invoices(realm: str) -> str:
    return _listed(realm, "Invoice", "documents.html")


@blueprint.get("/app/<realm>/creditmemos")
def credit_memos(realm: str) -> str:
    return _listed(realm, "CreditMemo", "documents.html")


@blueprint.get("/app/<realm>/invoice", defaults={"path": "invoice"})
@blueprint.get("/app/<realm>/creditmemo", defaults={"path": "creditmemo"})
def document(realm: str, path: str) -> str:
    with _opened(realm) as books:
        found = _named(books, BY_PATH[path].name, "txnId")
        rates = {rate.id: rate.body["Name"] for rate in books.all("TaxRate")}
        codes = {code.id: code.body["Name"] for code in books.all("TaxCode")}
        company = books.get("CompanyInfo", "1")
        term = _term(books, found.body)
    assert company is not None
    return render_template(
        "document.html",
        term=term,
        record=found,
        shown_lines=list(_opened_out(found.body["Line"])),
        company=company.body,
        rates=rates,
        codes=codes,
        realm=realm,
    )


@blueprint.get("/app/<realm>/customerdetail")
def customer(realm: str) -> str:
    with _opened(realm) as books:
        found = _named(books, "Customer", "nameId")
        documents = [
            record for entity in ("Invoice", "CreditMemo") for record in books.find(entity, "party", found.id)
        ]
        term = _term(books, found.body)
    documents.sort(key=lambda record: str(record.body["TxnDate"]), reverse=True)
    return render_template("customer.html", record=found, documents=documents, term=term, realm=realm)


@blueprint.get("/app/<realm>/statement")
def customer_statement(realm: str) -> str:
    with _opened(realm) as books:
        found = _named(books, "Customer", "nameId")
        lines = statement.of_customer(books, found.id)
        company = books.get("CompanyInfo", "1")
    assert company is not None
    return render_template(
        "statement.html",
        record=found,
        lines=lines,
        company=company.body,
        realm=realm,
    )


@blueprint.get("/app/<realm>/audit")
def audit_log(realm: str) -> str:
    """Of the whole company, or with `entity` and `id` of one record."""
    entity, id = request.args.get("entity"), request.args.get("id", "")
    with _opened(realm) as books:
        if entity is None:
            found, following = audit.page(books.connection, realm, request.args.get("before", None, int))
            return render_template("audit.html", changes=found, following=following, realm=realm)
        changes = audit.history(books.connection, realm, entity, id)
    name = changes[0].name if changes else id
    return render_template("audit.html", changes=changes, of=f"{entity} {name}", realm=realm)


def _listed(realm: str, entity: str, template: str) -> str:
    """A page of the list, in the order QuickBooks has for it; `q` looks into names and numbers."""
    page = max(request.args.get("page", 1, int), 1)
    wanted = request.args.get("q", "").strip()
    with _opened(realm) as books:
        records = books.page(
            entity, wanted, order=KINDS[entity].order, limit=PAGE + 1, offset=(page - 1) * PAGE
        )
    return render_template(
        template,
        records=records[:PAGE],
        entity=entity,
        realm=realm,
        wanted=wanted,
        page=page,
        more=len(records) > PAGE,
    )


def _named(books: Books, entity: str, parameter: str) -> Record:
    found = books.get(entity, request.args.get(parameter, ""))
    if found is None:
        abort(404)
    return found


def _term(books: Books, body: Body) -> str:
    term = books.get("Term", (body.get("SalesTermRef") or {}).get("value", ""))
    return str(term.body["Name"]) if term else ""


def _opened_out(lines: list[Body]) -> Iterator[Body]:
    """A bundle is followed by what is in it."""
    for line in lines:
        yield line
        yield from line.get("GroupLineDetail", {}).get("Line", [])


@contextmanager
def _opened(realm: str) -> Iterator[Books]:
    sim = simulator()
    with sim.store.reading() as connection:
        books = open_books(connection, realm, sim.clock)
        if books is None:
            abort(404)
        yield books
