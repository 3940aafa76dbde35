"""The switches that docs/quickbooks.md names: each of them is there, and each that is there is named."""

import re

from bootstrap_tools import ROOT
from simulator.switches import CHOICES, OF_ALL, PREFERENCES, QUERY_LAG

SWITCHES = {*CHOICES, *OF_ALL, *PREFERENCES, QUERY_LAG}


def test_each_switch_that_the_page_names_is_there() -> None:
    assert sorted(named_as_switches(page()) - SWITCHES) == []


def test_each_switch_of_the_simulator_stands_beside_its_fact() -> None:
    assert sorted(SWITCHES - set(re.findall(r"`(\w+)`", page()))) == []


def test_a_switch_that_is_none_would_be_told() -> None:
    text = "never (switch `requestid_errors`), nor (switches\n`half_a_cent`, `of_nobody`); `Balance` is none."
    assert named_as_switches(text) == {"requestid_errors", "half_a_cent", "of_nobody"}
    assert named_as_switches(text) - SWITCHES == {"of_nobody"}


def named_as_switches(text: str) -> set[str]:
    """What stands in backticks right behind the word, one or several with commas."""
    lists = re.findall(r"\bswitch(?:es)?\s+((?:`\w+`(?:,\s+)?)+)", text)
    return {name for each in lists for name in re.findall(r"`(\w+)`", each)}


def page() -> str:
    return (ROOT / "docs" / "quickbooks.md").read_text()
