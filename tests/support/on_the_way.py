"""What may happen to a call between us and QBO: it is kept back, somebody else is faster or answers."""

import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus

import requests
from requests.adapters import BaseAdapter


class Underway(BaseAdapter):
    """Keeps back what it is given to send to QBO, which then seems lost."""

    def __init__(self, usual: BaseAdapter, count: int) -> None:
        super().__init__()
        self._usual, self._left = usual, count
        self._kept: list[requests.PreparedRequest] = []

    def send(self, request: requests.PreparedRequest, *args: Any, **named: Any) -> requests.Response:
        if self._left and _is_write(request):
            self._left -= 1
            self._kept.append(request)
            raise requests.ConnectionError("no answer came", request=request)
        return self._usual.send(request, *args, **named)

    def land(self) -> None:
        """What was on its way arrives, long after everybody gave it up."""
        for request in self._kept:
            self._usual.send(request)
        self._kept.clear()

    def close(self) -> None:
        """Nothing is held open."""


def _is_write(request: requests.PreparedRequest) -> bool:
    url = str(request.url)
    return request.method == "POST" and ("/batch" in url or "operation=" in url)


class Meddling(BaseAdapter):
    """On the way to QBO: lets somebody else be faster than a call of ours."""

    def __init__(self, usual: BaseAdapter, like: str, meddle: Callable[[], None], calls: int) -> None:
        super().__init__()
        self._usual, self._like, self._meddle = usual, like, meddle
        self._left = calls

    def send(self, request: requests.PreparedRequest, *args: Any, **named: Any) -> requests.Response:
        if self._left and self._like in unquote_plus(str(request.url)):
            self._left -= 1
            self._meddle()
        return self._usual.send(request, *args, **named)

    def close(self) -> None:
        """Nothing is held open."""


@dataclass(frozen=True)
class Said:
    """An answer in place of QBO's own. `lands`: QBO takes the call all the same."""

    body: Any
    status: int = 200
    lands: bool = False


class Instead(BaseAdapter):
    """On the way back from QBO: calls with this in their address get another answer."""

    def __init__(self, usual: BaseAdapter, like: str, said: Said, calls: int) -> None:
        super().__init__()
        self._usual, self._like, self._said, self.left = usual, like, said, calls

    def send(self, request: requests.PreparedRequest, *args: Any, **named: Any) -> requests.Response:
        if not self.left or self._like not in unquote_plus(str(request.url)):
            return self._usual.send(request, *args, **named)
        self.left -= 1
        if self._said.lands:
            self._usual.send(request, *args, **named)
        answer = requests.Response()
        answer.status_code, answer.url, answer.request = self._said.status, str(request.url), request
        answer.raw = io.BytesIO(json.dumps(self._said.body).encode())
        return answer

    def close(self) -> None:
        """Nothing is held open."""
