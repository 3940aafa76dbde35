"""What gunicorn reads by itself where it is started from here: its lines look like all others."""

import sys
from pathlib import Path
from typing import Any

from gunicorn import glogging

sys.path.insert(0, str(Path(__file__).resolve().parent))

import log_lines  # gunicorn's own script does not look here for modules

log_lines.configure("portal")
log_lines.tell_what_ends_us()

limit_request_line = 8190  # what was ticked for a page of its own stands in its address


class Logger(glogging.Logger):
    """Leaves level and form to the one configuration. Addresses are never written: an invitation's and the
    callback's hold secrets in their queries.
    """

    access_log_enabled = False

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for log in (self.error_log, self.access_log):
            log.handlers.clear()
            log.setLevel(0)
            log.propagate = True

    def warning(self, msg: object, *args: object, **named: Any) -> None:
        if str(msg).startswith("Invalid request"):  # it goes on with what it could not read
            msg, args = "a request could not be read", ()
        super().warning(msg, *args, **named)

    def exception(self, msg: object, *args: object, **named: Any) -> None:
        super().exception(msg, *(str(one).partition("?")[0] for one in args), **named)


logger_class = Logger
