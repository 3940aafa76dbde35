"""Companies whose tokens are refreshed: those that the tests of connecting stand on."""

from tests.connect.conftest import books, portal, user

__all__ = ["books", "portal", "user"]
