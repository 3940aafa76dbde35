"""A browser of sorts: fetches pages, and fills in and posts the forms found on them."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import requests

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
SECONDS_FOR_A_PAGE = 60


class NotOnThePage(Exception):
    """A form, field, option or element that should be on a page isn't."""


@dataclass
class Option:
    value: str | None
    """None: its text is its value."""
    text: str = ""
    selected: bool = False


@dataclass
class Field:
    name: str
    kind: str
    """The type of an input, or the name of another element that holds a value."""
    value: str
    id: str = ""
    checked: bool = False
    options: list[Option] = field(default_factory=list)
    label: str = ""

    def sent(self) -> list[tuple[str, str]]:
        if self.kind in ("checkbox", "radio"):
            return [(self.name, self.value)] if self.checked else []
        if self.kind == "select":
            chosen = [option for option in self.options if option.selected] or self.options[:1]
            return [(self.name, option.text if option.value is None else option.value) for option in chosen]
        return [] if self.kind in ("submit", "button", "reset", "image") else [(self.name, self.value)]

    def choose(self, beginning: str) -> None:
        """Selects the option whose text starts so, whatever the case."""
        fitting = [
            option for option in self.options if option.text.casefold().startswith(beginning.casefold())
        ]
        if not fitting:
            offered = ", ".join(option.text for option in self.options)
            raise NotOnThePage(f"no option “{beginning}…” under “{self.label or self.name}”: {offered}")
        for option in self.options:
            option.selected = option is fitting[0]


@dataclass
class Form:
    page: str
    """The URL it was found on."""
    action: str
    method: str
    attributes: dict[str, str]
    fields: list[Field] = field(default_factory=list)

    def __contains__(self, name: str) -> bool:
        return any(field.name == name for field in self.fields)

    def __getitem__(self, name: str) -> Field:
        for candidate in self.fields:
            if candidate.name == name:
                return candidate
        names = ", ".join(field.name for field in self.fields)
        raise NotOnThePage(f"no field {name} in the form for {self.action}: {names}")

    def labelled(self, *words: str) -> Field:
        """The first select whose label has all the words."""
        for candidate in self.fields:
            if candidate.kind == "select" and all(
                word.casefold() in candidate.label.casefold() for word in words
            ):
                return candidate
        labels = ", ".join(field.label for field in self.fields if field.kind == "select")
        raise NotOnThePage(f"no select labelled {' '.join(words)} on {self.page}: {labels}")

    def fill(self, **values: str) -> None:
        for name, value in values.items():
            self[name].value = value

    def tick(self, name: str, on: bool = True) -> None:
        self[name].checked = on

    def pick(self, name: str, value: str) -> None:
        """The radio button of this name and value."""
        for candidate in self.fields:
            if candidate.name == name and candidate.kind == "radio":
                candidate.checked = candidate.value == value

    def submitters(self) -> list[Field]:
        return [field for field in self.fields if field.kind == "submit"]

    def data(self, submitter: Field | None = None) -> list[tuple[str, str]]:
        sent = [pair for field in self.fields if field.name for pair in field.sent()]
        if submitter is not None and submitter.name:
            sent.append((submitter.name, submitter.value))
        return sent


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    text: str = ""


class Page(HTMLParser):
    """What a page holds, read once: its forms, its elements with their attributes, and their text."""

    def __init__(self, url: str, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.url = url
        self.forms: list[Form] = []
        self.elements: list[Element] = []
        self._open: list[Element] = []
        self._form: Form | None = None
        self._field: Field | None = None
        self._labels: dict[str, str] = {}
        self._wrapped: dict[int, list[Field]] = {}
        self.feed(html)
        self.close()
        for form in self.forms:
            for entry in form.fields:
                entry.label = " ".join((entry.label or (entry.id and self._labels.get(entry.id, ""))).split())
                for option in entry.options:
                    option.text = " ".join(option.text.split())

    def form(self, *names: str, action: str = "") -> Form:
        """The first form that has all these fields and whose action ends so."""
        for form in self.forms:
            if all(name in form for name in names) and form.action.split("?")[0].endswith(action):
                return form
        raise NotOnThePage(f"no form with {names or 'any field'} for {action or 'any address'} on {self.url}")

    def with_attribute(self, name: str) -> list[Element]:
        return [element for element in self.elements if name in element.attributes]

    def attribute(self, name: str) -> str:
        """The attribute of the first element that has it."""
        for element in self.with_attribute(name):
            return element.attributes[name]
        raise NotOnThePage(f"nothing with {name} on {self.url}")

    def link(self, rel: str) -> str | None:
        for element in self.elements:
            if element.tag in ("a", "link") and rel in element.attributes.get("rel", "").split():
                return urljoin(self.url, element.attributes.get("href", ""))
        return None

    def text(self) -> str:
        return " ".join(self.elements[0].text.split()) if self.elements else ""

    # How HTMLParser reports what it reads.

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        element = Element(tag, attributes)
        self.elements.append(element)
        if tag not in VOID:
            self._open.append(element)
        if tag == "form":
            action = urljoin(self.url, attributes.get("action") or self.url)
            self._form = Form(self.url, action, attributes.get("method", "get").lower(), attributes)
            self.forms.append(self._form)
        elif tag in ("input", "select", "textarea", "button"):
            self._begin_field(tag, attributes)
        elif tag == "option" and self._field is not None:
            self._field.options.append(Option(attributes.get("value"), selected="selected" in attributes))

    def handle_endtag(self, tag: str) -> None:
        if not any(element.tag == tag for element in self._open):
            return
        while True:
            element = self._open.pop()
            if element.tag == "label":
                self._labels[element.attributes.get("for", "")] = element.text
                for inside in self._wrapped.pop(id(element), []):
                    inside.label = inside.label or element.text
            if element.tag == tag:
                break
        if tag == "form":
            self._form = None
        elif tag in ("select", "textarea"):
            self._field = None

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.text += data
        if self._field is not None and self._open:
            if self._open[-1].tag == "option" and self._field.options:
                self._field.options[-1].text += data
            elif self._field.kind == "textarea":
                self._field.value += data

    def _begin_field(self, tag: str, attributes: dict[str, str]) -> None:
        kind = attributes.get("type", "text") if tag == "input" else tag
        if tag == "button":
            kind = attributes.get("type", "submit")
        made = Field(
            name=attributes.get("name", ""),
            kind=kind,
            value=attributes.get("value", "on" if kind in ("checkbox", "radio") else ""),
            id=attributes.get("id", ""),
            checked="checked" in attributes,
            label=attributes.get("aria-label", ""),
        )
        owner = self._owner(attributes.get("form"))
        if owner is not None and "disabled" not in attributes:
            owner.fields.append(made)
        for around in self._open:
            if around.tag == "label" and tag not in ("select", "button"):
                self._wrapped.setdefault(id(around), []).append(made)
        if tag in ("select", "textarea"):
            self._field = made

    def _owner(self, form_id: str | None) -> Form | None:
        if form_id is None:
            return self._form
        return next((form for form in self.forms if form.attributes.get("id") == form_id), None)


class Browser:
    """One person's cookies, and the page that came last."""

    def __init__(self) -> None:
        self.session = requests.Session()

    def get(self, url: str) -> Page:
        return self._read(self.session.get(url, timeout=SECONDS_FOR_A_PAGE))

    def submit(self, form: Form, submitter: Field | None = None) -> Page:
        data = form.data(submitter)
        if form.method == "get":
            return self._read(self.session.get(form.action, params=data, timeout=SECONDS_FOR_A_PAGE))
        headers = {"Referer": form.page}
        return self._read(
            self.session.post(form.action, data=data, headers=headers, timeout=SECONDS_FOR_A_PAGE)
        )

    def post(self, url: str, data: list[tuple[str, str]], referer: str) -> None:
        """A form's post whose answer isn't read, only that it was accepted."""
        answer = self.session.post(
            url, data=data, headers={"Referer": referer}, timeout=SECONDS_FOR_A_PAGE, allow_redirects=False
        )
        if answer.status_code not in (200, 204, 302, 303):
            raise NotOnThePage(f"POST {urlsplit(url).path} answered {answer.status_code}")

    def _read(self, answer: requests.Response) -> Page:
        if answer.status_code != 200:
            way = f"{answer.request.method} {answer.url}"
            said = Page(answer.url, answer.text).text()[:400]
            raise NotOnThePage(f"{way} answered {answer.status_code}: {said}")
        answer.encoding = "utf-8"
        return Page(answer.url, answer.text)
