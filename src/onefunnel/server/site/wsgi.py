"""The WSGI entry: `granian --interface wsgi onefunnel.server.site.wsgi:application`."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "onefunnel.server.site.settings")
application = get_wsgi_application()
