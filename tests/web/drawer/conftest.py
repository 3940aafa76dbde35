"""A drawer is opened in a portal that is connected."""

import pytest
from flask import Flask


@pytest.fixture
def app(connected: Flask) -> Flask:
    return connected
