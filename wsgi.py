"""What a WSGI server and `flask --app wsgi` load."""

import config
from portal import create_app
from portal.runtime import logs

logs.configure("portal")
app = create_app(config.load())
