"""People of organizations, and clients that are signed in as one of them."""

import re
import uuid
from collections.abc import Callable
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from portal.extensions import db
from portal.models import Organization, User

SignIn = Callable[..., "Browser"]


class Browser:
    """A client that sends the token of the form it was shown, as a browser does."""

    def __init__(self, client: FlaskClient, organization_id: uuid.UUID) -> None:
        self.client = client
        self.organization_id = organization_id
        self._token = ""

    def get(self, path: str, **more: Any) -> TestResponse:
        return self.client.get(path, **more)

    def post(self, path: str, data: dict[str, Any] | None = None, **more: Any) -> TestResponse:
        return self.client.post(path, data={"csrf_token": self.token(), **(data or {})}, **more)

    def token(self) -> str:
        """Of the sign-out form, which every page has; this one is made soonest."""
        if not self._token:
            page = self.client.get("/account").get_data(as_text=True)
            found = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', page)
            assert found, page[:500]
            self._token = found.group(1)
        return self._token


def organization(app: Flask, name: str) -> uuid.UUID:
    """The organization of this name, made if there is none."""
    with app.app_context():
        standing = db.session.scalar(select(Organization).where(Organization.name == name))
        if standing is None:
            standing = Organization(name=name, timezone="America/Toronto")
            db.session.add(standing)
            db.session.commit()
        return standing.id


def sign_in_as(app: Flask, role: str, organization_name: str) -> Browser:
    """Somebody of that role, with the cookie that signing in gives."""
    organization_id = organization(app, organization_name)
    with app.app_context():
        user = User(
            organization_id=organization_id,
            email=f"{role}.{uuid.uuid4().hex}@example.com",
            name=f"The {role}",
            role=role,
            password_hash="nobody signs in with this",
        )
        db.session.add(user)
        db.session.commit()
        session_id = f"{user.id}:{user.session_key}"
    client = app.test_client()
    with client.session_transaction() as session:
        session["_user_id"] = session_id
        session["_fresh"] = True
    return Browser(client, organization_id)
