"""The door for gunicorn."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "netmanager.settings")
BOOT_ERROR = 3  # ends gunicorn; after any other code it would start workers for ever


def stop(sentence: str) -> None:
    """End with the sentence instead of a traceback."""
    sys.stderr.write(f"{sentence}\n")
    sys.exit(BOOT_ERROR)


try:
    application = get_wsgi_application()
except ImproperlyConfigured as error:
    stop(str(error))

from inventory.keys import WrongKey, require_key  # noqa: E402  models can be imported only now

try:
    require_key()
except WrongKey as error:
    stop(str(error))
