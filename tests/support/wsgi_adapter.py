"""A Flask app on a requests session: no socket, the same bytes, and a dropped connection looks like one."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

import requests
from requests.adapters import BaseAdapter
from requests.cookies import extract_cookies_to_jar
from requests.structures import CaseInsensitiveDict
from urllib3 import HTTPHeaderDict, HTTPResponse
from werkzeug.test import create_environ, run_wsgi_app


class WsgiAdapter(BaseAdapter):
    """Mount it: `session.mount("http://simulator.test", WsgiAdapter(app))`."""

    def __init__(self, app: Any) -> None:
        super().__init__()
        self._app = app

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: bool | str = True,
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        try:
            body, status, headers = run_wsgi_app(self._app.wsgi_app, self._environ(request), buffered=True)
        except ConnectionError as error:
            raise requests.ConnectionError(str(error), request=request) from error
        raw = HTTPResponse(
            body=io.BytesIO(b"".join(body)),
            headers=HTTPHeaderDict(list(headers)),
            status=int(status.split()[0]),
            reason=status.partition(" ")[2],
            preload_content=False,
        )
        response = requests.Response()
        response.status_code = raw.status
        response.reason = raw.reason or ""
        response.headers = CaseInsensitiveDict(raw.headers)
        response.encoding = requests.utils.get_encoding_from_headers(response.headers)
        response.raw = raw
        response.url = str(request.url)
        response.request = request
        response.connection = self  # type: ignore[assignment]  # typed as requests' own adapter
        _keep_cookies(response, request, list(headers))
        if not stream:
            response.content  # noqa: B018  # read now, as requests does
        return response

    def close(self) -> None:
        """Nothing is held open."""

    def _environ(self, request: requests.PreparedRequest) -> dict[str, Any]:
        parts = urlsplit(str(request.url))
        body = request.body or b""
        if isinstance(body, str):
            body = body.encode()
        elif not isinstance(body, bytes):
            body = body.read() if hasattr(body, "read") else b"".join(body)
        return create_environ(
            path=unquote(parts.path) or "/",
            query_string=parts.query,
            base_url=f"{parts.scheme}://{parts.netloc}",
            method=request.method or "GET",
            headers=list(request.headers.items()),
            data=body,
        )


class _Original:
    """What requests' cookie jar and urllib3 ask of the response below: headers, and an end."""

    def __init__(self, headers: list[tuple[str, str]]) -> None:
        self._headers = headers
        self.msg = self

    def get_all(self, name: str, default: Any = None) -> list[str]:
        return [value for key, value in self._headers if key.lower() == name.lower()]

    def isclosed(self) -> bool:
        return True

    def close(self) -> None:
        """Nothing is held open."""


def _keep_cookies(
    response: requests.Response, request: requests.PreparedRequest, headers: list[tuple[str, str]]
) -> None:
    response.raw._original_response = _Original(headers)
    extract_cookies_to_jar(response.cookies, request, response.raw)
