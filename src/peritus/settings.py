"""Settings, read once from the environment; every name starts with PERITUS_.

``DATABASE_URL`` chooses the database: absent, SQLite in ``PERITUS_HOME``.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from urllib.parse import unquote, urlparse

HOME = Path(os.environ.get("PERITUS_HOME", "var")).resolve()

ROOMS = (
    "journal", "blobs", "accounts", "sign_in", "screening", "bench", "engagements", "intake",
    "work", "model_experts", "quality", "billing", "delivery", "notices", "privacy", "web", "api",
)  # fmt: skip


def _secret_key() -> str:
    """Return the signing key: from the environment, else made once and kept."""
    if key := os.environ.get("PERITUS_SECRET_KEY"):
        return key
    path = HOME / "secret_key"
    try:
        return path.read_text(encoding="ascii")
    except FileNotFoundError:
        HOME.mkdir(parents=True, exist_ok=True, mode=0o700)
    key = secrets.token_urlsafe(50)
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(key)
    except FileExistsError:  # another process made it first
        return path.read_text(encoding="ascii")
    return key


def _listed(name: str) -> list[str]:
    """Return what a variable lists, parted by commas."""
    return [each.strip() for each in os.environ.get(name, "").split(",") if each.strip()]


def _database() -> dict[str, object]:
    """Return Django's database entry for ``DATABASE_URL``."""
    url = os.environ.get("DATABASE_URL", "")
    if not url:
        return _sqlite(HOME / "peritus.sqlite3")
    parts = urlparse(url)
    if parts.scheme == "sqlite":
        return _sqlite(Path(unquote(parts.path)))
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ValueError(f"DATABASE_URL must be sqlite: or postgresql:, got {parts.scheme!r}")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
    }


def _sqlite(path: Path) -> dict[str, object]:
    # Readers wait for SQLite's short exclusive moments; verbs wait in journal.acts instead.
    pragmas = (
        "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;"
        "PRAGMA mmap_size=134217728;PRAGMA journal_size_limit=27103364;"
        "PRAGMA secure_delete=ON"  # what is erased leaves no bytes in the file
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": pragmas},
        "CONN_MAX_AGE": 60,
    }


DEBUG = False
SECRET_KEY = _secret_key()
SECRET_KEY_FALLBACKS = _listed("PERITUS_OLD_SECRET_KEYS")
PROXIES = int(os.environ.get("PERITUS_PROXIES", "0"))  # of ours, between browsers and us
SECOND_FACTOR = _listed("PERITUS_SECOND_FACTOR")  # roles that must have one, or "all"
MODEL_KEYS = {
    name: key for name, key in os.environ.items() if name.startswith("PERITUS_MODEL_KEY_")
}
ALLOWED_HOSTS = os.environ.get("PERITUS_HOSTS", "127.0.0.1,localhost,[::1],testserver").split(",")
DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    *(f"peritus.{room}" for room in ROOMS),
]
AUTH_USER_MODEL = "accounts.User"
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "peritus.web.middleware.ContentPolicy",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "peritus.web.middleware.ApiTokens",
    "peritus.web.middleware.ClientSight",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "peritus.web.middleware.Refusals",
    "peritus.web.middleware.RoleGate",
]
ROOT_URLCONF = "peritus.web.urls"
WSGI_APPLICATION = "peritus.web.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "peritus.web.context.workspace",
            ],
        },
    }
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
SESSION_ENGINE = "peritus.sign_in.sessions"
SESSION_COOKIE_AGE = 7 * 24 * 3600  # the longest; idle ones end after 12 hours
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
SECURE_REFERRER_POLICY = "same-origin"
# Only over TLS: cookies are sent over nothing else, and browsers keep to it for a year.
if os.environ.get("PERITUS_HTTPS", "") == "1":
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    if PROXIES:  # the nearest of ours says how the browser came
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
X_FRAME_OPTIONS = "DENY"
LOGIN_URL = "sign_in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "sign_in"
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True
LOCALE_PATHS: list[str] = []
STATIC_URL = "/static/"
STATIC_ROOT = HOME / "static"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
DATA_UPLOAD_MAX_MEMORY_SIZE = 10_000_000
