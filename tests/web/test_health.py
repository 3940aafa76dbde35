"""Whether the house lives, as a machine is told."""

from flask.testing import FlaskClient


def test_health_needs_no_sign_in_and_tells_nothing_else(client: FlaskClient) -> None:
    answer = client.get("/health")
    assert answer.json == {"database": "ok", "clock": "never", "heartbeats": {}}
