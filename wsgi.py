"""What a WSGI server and `flask --app wsgi` load."""

import config
from portal import create_app

app = create_app(config.load())
