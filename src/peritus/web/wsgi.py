"""The workspace as a server runs it; refuses to start as a role that policies do not hold."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "peritus.settings")
application = get_wsgi_application()

from peritus.accounts.serving import require_serving_role  # noqa: E402 - needs loaded apps

require_serving_role()
