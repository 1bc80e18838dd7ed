"""What gunicorn and `flask --app wsgi` load."""

import sys

from portal import create_app
from portal.config import ConfigurationError
from portal.foundation import logs

try:
    app = create_app()
except ConfigurationError as error:
    sys.exit(str(error))
logs.start(app.extensions["portal.settings"])
