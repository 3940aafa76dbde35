"""Tests mirror what they test: by folder and name a test file leads to its module, a module to its tests."""

import ast
from collections.abc import Iterable
from pathlib import Path, PurePath

from bootstrap_tools import ROOT
from tests.support.parsed import parsed

TESTS = ROOT / "tests"
# Whole journeys, pages in a browser, rules of the house, facts of QuickBooks: about no module of ours.
APART = ("flows", "pages", "house", "simulator/conformance")
MIRRORED = ("portal", "simulator", "demo")
# Where a module of the portal is tested that has no test file of its name, and only then.
TESTED_ELSEWHERE = {
    "report/test_push_log.py": "web/integrations/push_log",
    "connect/test_connections.py": "company/facts company/reader mapping/refresh",
    "decisions": "decisions/common",
    "decisions/test_decide_many.py": "decisions/differing_records",
    "decisions/test_unlink_record.py": "push/parted",
    "flows": "push/caller push/delivery push/outcome push/plan_context push/settle",
    "flows/test_badge_column.py": "outbox/badge",
    "flows/test_make_run.py": "dev/embedded_redis",
    "house/test_scope.py": "extensions",
    "imports/test_runs.py": (
        "imports/customers imports/judging imports/made_records imports/new_orders imports/order_rows "
        "imports/orders imports/places imports/products imports/settings imports/stored_file imports/table "
        "imports/tally imports/terms"
    ),
    "imports/test_values.py": "sales/field_rules",
    "mapping/test_unmapped_orders.py": (
        "mapping/closed_periods mapping/keys/save_keys mapping/order_conditions mapping/save_choices"
    ),
    "plan/test_customers.py": "plan/checks plan/types",
    "plan/test_documents.py": "plan/lines",
    "push/test_push_names.py": "push/name_holders",
    "push/test_push_odd_answers.py": "push/find_sent",
    "push/test_push_what_stops.py": "push/links",
    "report/test_preview.py": "report/document_view",
    "sales/bulk/test_runs.py": "sales/bulk/progress sales/bulk/selection",
    "sales/test_corrections.py": "web/records/corrections sales/standing_rows",
    "sales/search/test_search_databases.py": "models/base sales/search/by_place",
    "sales/test_orders.py": "models/sales models/types",
    "web/drawer/test_actions.py": "web/drawer/lookups",
    "web/drawer/test_actions_sides.py": "web/drawer/foot",
    "web/drawer/test_contents.py": "web/drawer/addresses web/drawer/problems web/drawer/words",
    "web/drawer/test_pages.py": "report/push_progress",
    "web/imports/test_pages.py": "web/imports/columns_form",
    "web/integrations/test_dashboard.py": "report/activity report/counts web/integrations/company_words",
    "web/integrations/test_keys.py": "mapping/keys/key_settings mapping/keys/match_counts",
    "web/integrations/test_mapping.py": (
        "mapping/differing_accounts mapping/places_in_use mapping/slots web/forms/slot_form"
    ),
    "web/integrations/test_mapping_charge_items.py": "mapping/charge_items",
    "web/integrations/test_sync_settings.py": "mapping/sync_settings",
    "web/people/test_members.py": "web/people/account",
    "web/records/test_customers_exempt.py": ("sales/certificates sales/set_exemptions web/bulk/exemptions"),
    "web/records/test_order_form.py": "sales/search/pickers web/forms/lookup_field",
    "web/records/test_records_entered.py": "web/records/products",
    "web/records/test_tables.py": "web/records/customer_table",
    "web/records/test_terms_and_charges.py": "sales/terms_and_charges",
}
SMALL = 30  # lines within functions: tables, words and forms have few


def test_every_test_file_is_named_after_what_it_tests() -> None:
    assert strays(files_of_tests(), sources()) == []


def test_a_stray_is_seen() -> None:
    there = {"portal/jobs.py", "portal/push/__init__.py", "portal/push/drain.py",
             "simulator/oauth.py", "config.py"}  # fmt: skip
    right = ["push/test_drain.py", "push/test_drain_told.py", "push/test_push_stops.py", "test_jobs.py",
             "test_config.py", "simulator/test_oauth.py", "flows/test_kills.py"]  # fmt: skip
    wrong = ["test_drain.py", "push/test_jobs.py", "push/test_drains.py", "push/test_push.py",
             "sync/test_drain.py", "flow/test_kills.py", "simulator/test_config.py"]  # fmt: skip
    assert strays(right + wrong, there) == wrong


def test_every_module_of_some_size_has_a_test_of_its_name_or_is_known_to_have_none() -> None:
    assert untested(large_modules()) == named_elsewhere()


def test_a_module_without_a_test_is_seen() -> None:
    assert untested({"push/drain", "push/untold"}) == {"push/untold"}


def test_where_others_are_tested_is_there() -> None:
    assert [place for place in TESTED_ELSEWHERE if not (TESTS / place).exists()] == []


def strays(tests: Iterable[str], there: set[str]) -> list[str]:
    return [test for test in tests if not is_apart(test) and module_of(test, there) is None]


def is_apart(test: str) -> bool:
    return any(test.startswith(f"{folder}/") for folder in APART)


def module_of(test: str, there: set[str]) -> str | None:
    """The module with the longest name that the test's begins with; with a word more it may be a room."""
    path = PurePath(test)
    words = path.stem.removeprefix("test_").split("_")
    names = ["_".join(words[:count]) for count in range(len(words), 0, -1)]
    for home in homes(path.parent):
        for name in names:
            if str(home / f"{name}.py") in there:
                return str(home / name)
        if home.name in names[1:] and str(home / "__init__.py") in there:
            return str(home)
    return None


def homes(folder: PurePath) -> list[PurePath]:
    """The folders whose modules the tests of this one are about."""
    if folder.parts and folder.parts[0] in MIRRORED:
        return [folder]
    return [PurePath("portal") / folder, *([] if folder.parts else [PurePath()])]


def untested(modules: set[str]) -> set[str]:
    there = sources()
    tested = {module_of(test, there) for test in files_of_tests() if not is_apart(test)}
    return {module for module in modules if f"portal/{module}" not in tested}


def named_elsewhere() -> set[str]:
    return {module for modules in TESTED_ELSEWHERE.values() for module in modules.split()}


def large_modules() -> set[str]:
    files = {path for path in (ROOT / "portal").rglob("*.py") if path.name != "__init__.py"}
    large = {path for path in files if lines_within_functions(path) > SMALL}
    return {str(path.relative_to(ROOT / "portal").with_suffix("")) for path in large}


def lines_within_functions(path: Path) -> int:
    lines = set[int]()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return len(lines)


def files_of_tests() -> list[str]:
    return sorted(str(path.relative_to(TESTS)) for path in TESTS.rglob("test_*.py"))


def sources() -> set[str]:
    folders = (path for folder in MIRRORED for path in (ROOT / folder).rglob("*.py"))
    return {str(path.relative_to(ROOT)) for path in (*folders, *ROOT.glob("*.py"))}
