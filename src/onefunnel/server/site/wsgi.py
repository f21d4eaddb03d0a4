"""The WSGI entry: `granian --interface wsgi onefunnel.server.site.wsgi:application`."""

from __future__ import annotations

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "onefunnel.server.site.settings")
application = get_wsgi_application()

# What stays until the process ends is loaded now and never looked at again by the collector of
# garbage: a batch of a thousand leads otherwise spends a fifth of its time on that.
get_resolver().check()
gc.collect()
gc.freeze()
