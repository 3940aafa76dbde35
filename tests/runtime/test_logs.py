"""What lines are about, and what is said once."""

import multiprocessing
from collections import Counter
from threading import Thread

from flask import Flask

from portal import clock
from portal.company import meter
from portal.runtime import logs
from tests.support.lines import Lines


class TestAbout:
    def test_lines_within_are_about_it_and_those_after_are_not(self, lines: Lines) -> None:
        with logs.about(connection="c"), logs.about(push="p"):
            clock.log.info("inside")
        clock.log.info("outside")
        inside, outside = lines()
        assert (inside["connection"], inside["push"]) == ("c", "p")
        assert "connection" not in outside

    def test_it_is_carried_to_another_thread(self, lines: Lines) -> None:
        with logs.about(connection="c"):
            for call in (logs.carried(say), say):
                thread = Thread(target=call)
                thread.start()
                thread.join()
        carried, bare = lines()
        assert carried["connection"] == "c"
        assert "connection" not in bare

    def test_a_request_has_one_reference_on_all_its_lines(self, app: Flask, lines: Lines) -> None:
        for _ in range(2):
            with app.test_request_context():
                say()
                say()
        first, same, other, _ = (line["request"] for line in lines())
        assert first == same != other


class TestToldOnce:
    def test_until_something_else_is_said_of_it(self) -> None:
        told = logs.News()
        said = [told.is_news("c", words) for words in ("halted", "halted", "goes on", "halted")]
        assert said == [True, False, True, True]
        assert told.is_news("another", "halted")

    def test_also_by_a_process_that_was_forked_for_one_job(self) -> None:
        told = logs.News()
        child = multiprocessing.get_context("fork").Process(target=told.is_news, args=("c", "halted"))
        child.start()
        child.join()
        assert not told.is_news("c", "halted")


def test_a_tally_counts_for_those_around_it() -> None:
    with logs.tally() as whole:
        with logs.tally() as part:
            logs.count(Counter(synced=2))
        logs.count(Counter(failed=1))
    assert logs.counted(part) == "2 synced"
    assert logs.counted(whole) == "2 synced, 1 failed"


def say() -> None:
    meter.log.info("said")
