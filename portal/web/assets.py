"""Addresses of static files change with their content, so that a browser may keep each for a year."""

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, Response, g, request, url_for

A_YEAR = "public, max-age=31536000, immutable"


def register(app: Flask) -> None:
    """Put the content's hash into every address of a static file, and keep for long only what it names."""
    folder = Path(str(app.static_folder))
    app.jinja_env.globals["icons_url"] = icons_url

    @app.url_defaults
    def name_the_content(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static" and "v" not in values:
            values["v"] = content_hash(folder / values["filename"])

    @app.after_request
    def keep(response: Response) -> Response:
        """A file asked for under an older content's address is answered, but not kept for that address."""
        if request.endpoint == "static" and response.status_code in (200, 304):
            named = request.args.get("v")
            if named and named == content_hash(folder / (request.view_args or {})["filename"]):
                response.headers["Cache-Control"] = A_YEAR
        return response


def icons_url() -> str:
    """The file of all icons: a page shows many, so its address is made up once for each page."""
    if "icons_url" not in g:
        g.icons_url = url_for("static", filename="vendor/icons.svg")
    url: str = g.icons_url
    return url


def content_hash(file: Path) -> str:
    """Of the file as it is now; empty where there is none, which the request for it will tell."""
    try:
        state = file.stat()
    except OSError:
        return ""
    return _hash_of(file, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=256)
def _hash_of(file: Path, changed_at: int, size: int) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:12]
