"""How much a browser loads: little at first, next to nothing later, and never from anybody else."""

import gzip
import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from portal import create_app
from portal.extensions import db
from portal.web.assets import content_hash
from tests.support import distributor as given
from tests.support import tables
from tests.support.people import SignIn, sign_in_as
from tests.support.settings import settings

FIRST_VIEW, LATER_VIEW = 150_000, 15_000  # bytes, compressed
PAGES = ("/orders", "/customers", "/products", "/settings/integrations", "/users", "/account", "/orders/new")
ROWS = 60


@pytest.mark.parametrize("path", PAGES)
def test_first_and_later_views_are_light(busy: FlaskClient, path: str) -> None:
    page = load(busy, path)
    files = loaded_with(gzip.decompress(page).decode())
    assert len(files) >= 5
    weights = {file: len(load(busy, file)) for file in files}
    assert len(page) <= LATER_VIEW
    assert len(page) + sum(weights.values()) <= FIRST_VIEW, weights


@pytest.mark.parametrize("path", PAGES)
def test_nothing_is_loaded_from_anybody_else(busy: FlaskClient, path: str) -> None:
    page = gzip.decompress(load(busy, path)).decode()
    assert all(file.startswith("/static/") for file in loaded_with(page))
    for file in loaded_with(page):
        text = gzip.decompress(load(busy, file)).decode() if file.split("?")[0].endswith("css") else ""
        assert not re.search(r"""(url\(|@import)\s*["']?(https?:)?//""", text)


def test_static_files_are_kept_for_a_year_under_the_address_of_their_content(client: FlaskClient) -> None:
    for file in loaded_with(client.get("/login").get_data(as_text=True)):
        answer = client.get(file)
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("address", ["/static/portal.css", "/static/portal.css?v=0123456789ab"])
def test_an_address_of_other_content_is_answered_but_not_kept(client: FlaskClient, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 200
    assert "immutable" not in answer.headers["Cache-Control"]


def test_an_address_changes_with_the_content(tmp_path: Path) -> None:
    file = tmp_path / "portal.css"
    file.write_text("a {}")
    before = content_hash(file)
    assert content_hash(file) == before
    file.write_text("a { color: red }")
    assert content_hash(file) != before
    assert content_hash(tmp_path / "none") == ""


def test_pages_are_not_kept(signed_in: SignIn) -> None:
    assert signed_in("viewer").get("/orders").headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip"])
def test_each_way_of_compressing_is_understood(busy: FlaskClient, encoding: str) -> None:
    answer = busy.get("/orders", headers={"Accept-Encoding": encoding})
    assert answer.headers["Content-Encoding"] == encoding
    assert "Accept-Encoding" in answer.headers["Vary"]


def test_a_form_token_differs_on_each_page_so_that_compression_tells_nothing_of_it(
    busy: FlaskClient,
) -> None:
    pages = [busy.get("/orders").get_data(as_text=True) for _ in range(2)]
    first, second = [set(re.findall(r'name="csrf_token" value="([^"]+)"', page)) for page in pages]
    assert len(first) == len(second) == 1, "one for all forms of a page"
    assert SequenceMatcher(None, first.pop(), second.pop()).find_longest_match().size < 12


@pytest.mark.parametrize("wrong", ["zz:zz", "00:0000", ":", "00ff:00ff", "a:b:c"])
def test_what_is_no_token_is_refused_as_any_other(busy: FlaskClient, wrong: str) -> None:
    assert busy.post("/logout", data={"csrf_token": wrong}).status_code == 419


def load(client: FlaskClient, address: str) -> bytes:
    """As it travels to a browser that understands no more than gzip."""
    answer = client.get(address, headers={"Accept-Encoding": "gzip"})
    assert answer.status_code == 200, address
    return answer.get_data() if "Content-Encoding" in answer.headers else gzip.compress(answer.get_data())


def loaded_with(page: str) -> set[str]:
    """Whatever a browser fetches by itself to show the page; parts of one file are one file."""
    tags = re.findall(r"<(?:link|script|img|use|iframe|source)\b[^>]*>", page)
    found = [match[1] for tag in tags if (match := re.search(r'\b(?:src|href)="([^"#]+)', tag))]
    return {address.replace("&amp;", "&") for address in found}


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """Somebody whose tables are full: as many rows as a page shows, each of another pub."""
    app = create_app(settings(tmp_path_factory.mktemp("busy")))
    tables.make(app)
    administrator = sign_in_as(app, "administrator", "Maple Beverages")
    with given.working_in(app, administrator.organization_id):
        given.connection()
        for _ in range(ROWS):
            given.order()
    yield administrator.client
    with app.app_context():
        db.engine.dispose()
