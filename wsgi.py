"""What gunicorn and `flask --app wsgi` load."""

import sys

from portal import create_app
from portal.config import ConfigurationError
from portal.foundation import logs, trimming

try:
    app = create_app()
except ConfigurationError as error:
    sys.stderr.write(f"{error}\n")
    sys.exit(3)  # what gunicorn takes for an end; after any other it would try again for ever
logs.start(app.extensions["portal.settings"])
trimming.settle()
