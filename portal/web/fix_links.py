"""Where a problem is put right, as a link wherever it is told: it leads to the record that its words name."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from portal import problems
from portal.mapping.sections import SECTIONS
from portal.models import Problem
from portal.models.kinds import RECORDS, RecordRef
from portal.problems import causes
from portal.report import names


class FixLink(NamedTuple):
    """`in_drawer`: it leads to the drawer of the record, where it is put right or told."""

    label: str
    url: str
    in_drawer: bool = False


def fix_link(code: str, values: Mapping[str, Any], ref: RecordRef, cause: str) -> FixLink:
    """Its page; where that is none of ours, the drawer of the record that has the problem."""
    entry = problems.entry_of(code)
    path = problems.fix_path(code, values, ref, cause)
    if path is not None:
        return FixLink(entry.fix_label, path)
    label = entry.fix_label if entry.page == "drawer" else f"Show the {RECORDS[ref.kind].noun}"
    return FixLink(label, f"/badges/{ref}", in_drawer=True)


def link_of(problem: Problem) -> FixLink:
    """The same of a stored one."""
    return fix_link(problem.code, problem.values, problem.ref, problem.cause)


def told_apart(sentences: Sequence[tuple[str, str, RecordRef]]) -> list[str]:
    """Sentences of (sentence, cause, record): those that read alike say which customer, product, order or
    mapping each is about.
    """
    said = [sentence for sentence, *_ in sentences]
    parts = [causes.read(cause) for _, cause, _ in sentences]
    about = [read.record or ref for read, (*_, ref) in zip(parts, sentences, strict=True)]
    doubled = [said.count(sentence) > 1 for sentence in said]
    unmapped = [
        ref for ref, read, one in zip(about, parts, doubled, strict=True) if one and read.mapping is None
    ]
    called = names.numbers_of(unmapped)
    return [
        f"{sentence.removesuffix('.')} ({_which(read, ref, called)})." if one else sentence
        for sentence, read, ref, one in zip(said, parts, about, doubled, strict=True)
    ]


def _which(read: causes.Parts, ref: RecordRef, called: Mapping[RecordRef, str]) -> str:
    if read.mapping is not None:
        title = SECTIONS[read.mapping[0]].title
        return f"{title}, {read.province}" if read.province else title
    return called.get(ref, read.about)
