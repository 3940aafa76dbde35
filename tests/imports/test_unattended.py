"""A file imported from the command line."""

import json
import uuid
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from portal.extensions import db
from portal.models import ChargeKind, Order
from tests.support import distributor as given

LOG = "Invoice,Item,Qty,Day,Price,Client\n7,POST,1,03/04/2026,5,C1\n7,B,1,03/04/2026,9,C1\n"


def test_a_file_is_imported_and_told_to_the_cent(app: Flask, ours: uuid.UUID, tmp_path: Path) -> None:
    db.session.add(ChargeKind(**given.owner(), name="Postage"))
    db.session.commit()
    (tmp_path / "log.csv").write_text(LOG)
    (tmp_path / "how.json").write_text(
        json.dumps(
            {
                "columns": {"customer": "Client", "order_date": "day", "quantity": "qty"},
                "days": "dmy",
                "rules": {"charges": {"POST": "Postage"}, "not_sales": ["B"], "make_customers": True},
            }
        )
    )
    asked = ["import", "orders", str(tmp_path / "log.csv"), "--organization", "Maple Beverages"]
    runner = app.test_cli_runner()

    unclear = runner.invoke(args=asked)
    assert "Would be: 0 new, 0 changed, 0 unchanged, 1 refused, of 2 rows." in unclear.output
    assert "Imported" not in unclear.output
    only_checked = runner.invoke(args=[*asked, "--settings", str(tmp_path / "how.json"), "--check"])
    assert "Would be: 1 new, 0 changed, 0 unchanged, 0 refused, of 2 rows." in only_checked.output
    assert not db.session.scalars(select(Order)).all()
    db.session.rollback()
    done = runner.invoke(args=asked)

    assert done.exit_code == 0, done.output  # as it was read before
    assert "Amounts: 14.00 in = 5.00 in orders + 9.00 refused; difference 0.00." in done.output
    assert [str(order.order_date) for order in db.session.scalars(select(Order))] == ["2026-04-03"]


@pytest.mark.parametrize(
    ("how", "words"),
    [({"rules": {"charges": {"X": "Nothing"}}}, "no charge kind"), ({"else": 1}, "may say"), ([], "may say")],
)
def test_settings_that_cannot_be_followed_say_why(
    app: Flask, ours: uuid.UUID, tmp_path: Path, how: object, words: str
) -> None:
    db.session.commit()
    (tmp_path / "log.csv").write_text(LOG)
    (tmp_path / "how.json").write_text(json.dumps(how))
    asked = ["import", "orders", str(tmp_path / "log.csv"), "--organization", "Maple Beverages"]
    answer = app.test_cli_runner().invoke(args=[*asked, "--settings", str(tmp_path / "how.json")])
    assert answer.exit_code == 1
    assert words in answer.output
