"""Forms are read and filled in as a browser would."""

from __future__ import annotations

import pytest

from demo.pages import NotOnThePage, Page

HTML = """<!doctype html><html><body><p>Terms<br>
<form method="post" action="/save">
  <input type="hidden" name="csrf_token" value="t&amp;1">
  <label for="a">Net 15 <small>15 days</small></label>
  <select id="a" name="term-1"><option value="">–</option><option value="2">Net 15 (15 days)</option>
    <option value="3" selected>Net 30</option></select>
  <input type="checkbox" name="on" value="y"><input type="checkbox" name="kept" checked>
  <input type="radio" name="company" value="1" checked>
  <label><input type="radio" name="company" value="2"> <span>Second company</span></label>
  <textarea name="note">said &lt;b&gt;</textarea>
  <input name="off" value="never sent" disabled>
  <button name="go" value="now">Save</button>
</form>
<table><tr data-id="u-1" data-number="10001"><td>10001</td></tr></table>
<a rel="next" href="?after=9">Next</a></body></html>"""


def test_a_form_is_sent_as_it_stands(page: Page) -> None:
    form = page.form("csrf_token")
    assert (form.action, form.method) == ("http://x.test/save", "post")
    assert form.data(form.submitters()[0]) == [
        ("csrf_token", "t&1"),
        ("term-1", "3"),
        ("kept", "on"),
        ("company", "1"),
        ("note", "said <b>"),
        ("go", "now"),
    ]


def test_an_option_is_chosen_by_the_beginning_of_its_text(page: Page) -> None:
    form = page.form("csrf_token")
    form.labelled("net 15").choose("net 15")
    form.tick("on")
    form.pick("company", "2")
    sent = dict(form.data())
    assert (sent["term-1"], sent["on"], sent["company"]) == ("2", "y", "2")


def test_a_label_names_its_field_beside_or_around_it(page: Page) -> None:
    labels = {(field.name, field.value): field.label for field in page.form("csrf_token").fields}
    assert labels["term-1", ""] == "Net 15 15 days"
    assert labels["company", "2"] == "Second company"
    assert labels["company", "1"] == ""


def test_what_is_not_there_is_named(page: Page) -> None:
    with pytest.raises(NotOnThePage, match="Net 45"):
        page.form("csrf_token").labelled("Net 15").choose("Net 45")
    with pytest.raises(NotOnThePage, match="no form"):
        page.form("password")


def test_rows_and_links_are_found(page: Page) -> None:
    assert [row.attributes["data-id"] for row in page.with_attribute("data-number")] == ["u-1"]
    assert page.link("next") == "http://x.test/terms?after=9"
    assert page.link("prev") is None


@pytest.fixture
def page() -> Page:
    return Page("http://x.test/terms", HTML)
