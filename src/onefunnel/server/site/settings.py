"""The server's settings. Everything a site may want to change comes from the environment.

`onefunnel doctor` explains each variable; `start.check_start` refuses dangerous combinations.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from urllib.parse import urlsplit

import dj_database_url
from csp.constants import NONCE, NONE, SELF

from onefunnel.server.site.logs import logging_config
from onefunnel.server.site.workspace import prepare_workspace, secret_key, workspace_path


def _flag(name: str) -> bool:
    return os.environ.get(name, "").strip().lower() in {"1", "true", "yes", "on"}


WORKSPACE: Path = prepare_workspace(workspace_path())
SECRET_KEY = secret_key(WORKSPACE)
DEBUG = _flag("ONEFUNNEL_DEBUG")
BIND_HOST = os.environ.get("ONEFUNNEL_HOST", "127.0.0.1")

# The address people type: decides allowed hosts, trusted origins, secure cookies and HSTS.
PUBLIC_URL = os.environ.get("ONEFUNNEL_URL", "").rstrip("/")
_public = urlsplit(PUBLIC_URL)
IS_HTTPS = _public.scheme == "https"
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
ALLOWED_HOSTS += [_public.hostname] if _public.hostname else []
ALLOWED_HOSTS += [h for h in os.environ.get("ONEFUNNEL_HOSTS", "").split(",") if h]
CSRF_TRUSTED_ORIGINS = [f"{_public.scheme}://{_public.netloc}"] if _public.netloc else []
if _flag("ONEFUNNEL_BEHIND_PROXY"):
    ALLAUTH_TRUSTED_PROXY_COUNT = 1  # whose failed sign-ins are counted: the client's address
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

INSTALLED_APPS = [
    # our rooms first: their templates win over the ones of the libraries
    "onefunnel.server.people",
    "onefunnel.server.record",
    "onefunnel.server.notify",
    "onefunnel.server.warehouse",
    "onefunnel.server.agree",
    "onefunnel.server.plan",
    "onefunnel.server.run",
    "onefunnel.server.measure",
    "onefunnel.server.site",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "csp",
    "django_htmx",
    "template_partials.apps.SimpleAppConfig",
    "ninja",  # so that its API page uses its own static files, not a CDN
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "django_tasks",
    "django_tasks_db",
]

MIDDLEWARE = [
    "onefunnel.server.site.middleware.request_log",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "onefunnel.server.site.middleware.more_headers",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "onefunnel.server.people.middleware.sign_in_required",
    "onefunnel.server.people.middleware.rights_asked",
    "onefunnel.server.people.middleware.person_time_zone",
]

ROOT_URLCONF = "onefunnel.server.site.urls"
WSGI_APPLICATION = "onefunnel.server.site.wsgi.application"
SILENCED_SYSTEM_CHECKS: list[str] = []

_LOADERS = [
    "django.template.loaders.filesystem.Loader",
    "django.template.loaders.app_directories.Loader",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "OPTIONS": {
            # stack.md section 4: partials need their loader outermost and no APP_DIRS
            "loaders": [
                (
                    "template_partials.loader.Loader",
                    [("django.template.loaders.cached.Loader", _LOADERS)],
                )
            ],
            "builtins": [
                "template_partials.templatetags.partials",
                "onefunnel.server.site.templatetags.page",
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "onefunnel.server.people.context.person",
                "onefunnel.server.notify.context.inbox",
                "onefunnel.server.site.context.page",
            ],
        },
    }
]

# --- the record of truth: SQLite in the workspace, or PostgreSQL by one URL -------------------
_SQLITE = {
    # BEGIN IMMEDIATE: without it read-then-write fails with "database is locked" (trust.md 1.3)
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; "
        "PRAGMA cache_size=-20000; PRAGMA secure_delete=ON;"
    ),
}
_url = os.environ.get("DATABASE_URL", "")
if _url:
    DATABASES = {"default": dj_database_url.parse(_url, conn_max_age=60, conn_health_checks=True)}
else:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(WORKSPACE / "onefunnel.sqlite3"),
            "OPTIONS": _SQLITE,
            # to open one anew reads the whole schema, and the last one closed empties the WAL
            "CONN_MAX_AGE": 60,
        }
    }
# never ATOMIC_REQUESTS: with IMMEDIATE every page view would take the write lock
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"}
}
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default"]}}
#: Whether duplicates are looked for, in the background, after each import.
LOOK_FOR_DUPLICATES_AFTER_IMPORT = True
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# --- people -----------------------------------------------------------------------------------
AUTH_USER_MODEL = "people.Person"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
] + [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    }
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "onefunnel.server.people.adapters.AccountAdapter"
SOCIALACCOUNT_ADAPTER = "onefunnel.server.people.adapters.SocialAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # people come by invitation; there is no open sign-up
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_USER_DISPLAY = "onefunnel.server.people.context.display_name"
ACCOUNT_PREVENT_ENUMERATION = True
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "onefunnel"
MFA_TOTP_TOLERANCE = 1  # phones whose clock is half a minute off
# Browsers offer passkeys on https and on http://localhost only; the latter is what this allows.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not IS_HTTPS
USERSESSIONS_TRACK_ACTIVITY = False
_oidc = {
    "provider_id": "oidc",
    "name": os.environ.get("ONEFUNNEL_OIDC_NAME", "Single sign-on"),
    "client_id": os.environ.get("ONEFUNNEL_OIDC_CLIENT_ID", ""),
    "secret": os.environ.get("ONEFUNNEL_OIDC_SECRET", ""),
    "settings": {"server_url": os.environ.get("ONEFUNNEL_OIDC_URL", "")},
}
HAS_OIDC = bool(_oidc["client_id"] and _oidc["settings"]["server_url"])
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [_oidc] if HAS_OIDC else []}
}
SOCIALACCOUNT_EMAIL_AUTHENTICATION = True  # a colleague invited by e-mail may come in by OIDC
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True
SOCIALACCOUNT_ONLY = False

# Browsers do not tell ports apart in cookies: two workspaces on one machine need two names.
_suffix = hashlib.sha256(str(WORKSPACE).encode()).hexdigest()[:8]
SESSION_COOKIE_NAME = f"onefunnel_session_{_suffix}"
CSRF_COOKIE_NAME = f"onefunnel_csrf_{_suffix}"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_AGE = 14 * 24 * 3600
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if IS_HTTPS else 0
SECURE_SSL_REDIRECT = False  # the proxy in front does it; a second redirect here makes loops
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "onefunnel.server.site.errors.csrf_failure"
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024  # fields; files stream to disk
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000  # a wide mapping form

# No request leaves the machine. Vega runs with its AST interpreter, htmx without eval.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:", "blob:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}

# --- static files: served by this process, no collectstatic needed ----------------------------
STATIC_URL = "/static/"
_made_here = WORKSPACE / "assets"  # what is made at first start: the Vega bundle (assets.py)
_made_here.mkdir(mode=0o700, exist_ok=True)
STATICFILES_DIRS = [_made_here]
STATIC_ROOT = None
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 60  # then asked again by etag: an update shows at once
WHITENOISE_ALLOW_ALL_ORIGINS = False
MEDIA_ROOT = WORKSPACE / "files"

# --- words, times -----------------------------------------------------------------------------
LANGUAGE_CODE = "en-gb"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"  # storage; people see their own zone (people.middleware)
USE_THOUSAND_SEPARATOR = True

# Where this machine answers while there is no public address; `onefunnel serve` says it.
LISTENS_AT = os.environ.get("ONEFUNNEL_LISTENS_AT", "http://localhost:8000")
#: Webhooks to this machine itself, http included: for tests of receivers, never for a team.
WEBHOOKS_TO_LOOPBACK = _flag("ONEFUNNEL_WEBHOOKS_TO_LOOPBACK")
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_FILE_PATH = str(WORKSPACE / "mail")
if not os.environ.get("ONEFUNNEL_EMAIL_HOST"):
    EMAIL_BACKEND = "onefunnel.server.notify.mail.folder.FolderBackend"
EMAIL_HOST = os.environ.get("ONEFUNNEL_EMAIL_HOST", "")
EMAIL_PORT = int(os.environ.get("ONEFUNNEL_EMAIL_PORT", "587"))
EMAIL_HOST_USER = os.environ.get("ONEFUNNEL_EMAIL_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("ONEFUNNEL_EMAIL_PASSWORD", "")
EMAIL_USE_TLS = EMAIL_PORT == 587
EMAIL_USE_SSL = EMAIL_PORT == 465
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = os.environ.get("ONEFUNNEL_EMAIL_FROM", "onefunnel@localhost")

LOGGING_CONFIG = None
logging_config(json=_flag("ONEFUNNEL_LOG_JSON"))
