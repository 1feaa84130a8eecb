"""All settings, all from the environment. A wrong value stops the start with a sentence.

`NAME_FILE` names a file whose content is used for `NAME`, for secrets mounted by an orchestrator.
Without any variable NetManager runs embedded: SQLite, Celery over files, keys generated into `var/keys.env`.
"""

import base64
import binascii
import os
import re
import secrets as random
import warnings
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import environ
from csp.constants import NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE
from django.core.exceptions import ImproperlyConfigured
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _
from django_guid.integrations import CeleryIntegration
from kombu import Queue

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.FileAwareEnv()


# The environment, read through typed helpers ------------------------------------------------------


def envint(name: str, default: int, low: int = 0, high: int = 2**31) -> int:
    """An integer within low..high; anything else stops the start."""
    text = env.str(name, "").strip()
    if not text:
        return default
    if not re.fullmatch(r"-?\d+", text) or not low <= int(text) <= high:
        raise ImproperlyConfigured(f"{name}={text!r} is not a whole number from {low} to {high}.")
    return int(text)


def envbool(name: str, default: bool) -> bool:
    """true/false, 1/0, yes/no, on/off in any case; anything else stops the start."""
    text = env.str(name, "").strip().lower()
    if not text:
        return default
    if text in ("1", "true", "yes", "on"):
        return True
    if text in ("0", "false", "no", "off"):
        return False
    raise ImproperlyConfigured(f"{name}={text!r} is not one of true, false, 1, 0, yes, no, on, off.")


def envchoice(name: str, default: str, accepted: tuple[str, ...]) -> str:
    """One of the accepted words (case does not matter); anything else stops the start."""
    text = env.str(name, "").strip() or default
    for word in accepted:
        if text.lower() == word.lower():
            return word
    raise ImproperlyConfigured(f"{name}={text!r} is not one of: {', '.join(accepted)}.")


def envlist(name: str, default: str = "") -> list[str]:
    """A comma-separated list without empty members."""
    return [part.strip() for part in env.str(name, default).split(",") if part.strip()]


def envaddresses(name: str, default: str) -> list[str]:
    """Addresses to listen on, separated by commas; a name is none."""
    for address in envlist(name):
        try:
            ip_address(address)
        except ValueError:
            raise ImproperlyConfigured(
                f"{name} names {address!r}, which is not an IPv4 or IPv6 address such as 0.0.0.0 or ::."
            ) from None
    return envlist(name) or [default]


def envrate(name: str) -> str | None:
    """A Celery rate limit such as 10/s, 300/m or 1000/h; empty means no limit."""
    text = env.str(name, "").strip()
    if text and not re.fullmatch(r"[0-9]+(\.[0-9]+)?(/[smh])?", text):
        raise ImproperlyConfigured(f"{name}={text!r} is not a rate such as 10/s, 300/m or 1000/h.")
    return text or None


def envurl(name: str, schemes: tuple[str, ...]) -> str:
    """A URL with one of the schemes, or nothing. The message never repeats the value: it may hold a password."""
    text = env.str(name, "").strip()
    if text and urlsplit(text).scheme not in schemes:
        raise ImproperlyConfigured(f"{name} must start with one of: {', '.join(s + '://' for s in schemes)}.")
    return text


def fernet_key(name: str, value: str) -> str:
    """A key as `manage.py generate_field_encryption_key` prints it: 32 bytes in URL-safe base64."""
    try:
        if len(base64.urlsafe_b64decode(value.encode())) == 32:
            return value
    except (binascii.Error, ValueError, UnicodeError):
        pass
    raise ImproperlyConfigured(
        f"{name} is not a 32-byte key in URL-safe base64 (44 characters). "
        "Make one with: python manage.py generate_field_encryption_key"
    )


def local_folder(path: Path) -> Path:
    """The folder, made when missing and then closed to other users; one we may not write to stops the start."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        if os.access(path, os.W_OK | os.X_OK):
            return path
        reason = "Permission denied"
    except OSError as error:
        reason = str(error.strerror)
    raise ImproperlyConfigured(
        f"The folder {path} cannot be written to: {reason}. "
        "Give it to the user who runs NetManager, or name another one (DATA_DIR, LOG_FILE)."
    )


def local_keys(path: Path) -> dict[str, str]:
    """The keys of the embedded default, made at the first start and readable by the owner only."""
    wanted = {
        "SECRET_KEY": random.token_urlsafe(48),
        "FIELD_ENCRYPTION_KEY": base64.urlsafe_b64encode(os.urandom(32)).decode(),
    }
    local_folder(path.parent)
    text = "".join(f"{name}={value}\n" for name, value in wanted.items())
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    if not path.exists():
        with os.fdopen(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(text)
        try:
            os.link(temporary, path)  # fails when another process was first: then its keys count
        except FileExistsError:
            pass
        finally:
            temporary.unlink()
    try:
        return dict(line.split("=", 1) for line in path.read_text().splitlines() if "=" in line)
    except PermissionError as error:
        raise ImproperlyConfigured(
            f"The keys in {path} belong to another user, who ran NetManager here before. "
            "Run it as that user, or set DATA_DIR to a folder of your own."
        ) from error


# Mode and keys ------------------------------------------------------------------------------------

APP_ENV = envchoice("APP_ENV", "development", ("development", "production"))
PRODUCTION = APP_ENV == "production"
DEBUG = False
DATA_DIR = Path(env.str("DATA_DIR", "") or BASE_DIR / "var")

DATABASE_URL = envurl("DATABASE_URL", ("postgres", "postgresql", "psql", "sqlite"))
REDIS_URL = envurl("REDIS_URL", ("redis", "rediss"))
SECRET_KEY = env.str("SECRET_KEY", "").strip()
FIELD_ENCRYPTION_KEY = env.str("FIELD_ENCRYPTION_KEY", "").strip()

if PRODUCTION:
    MISSING = [
        name for name in ("SECRET_KEY", "FIELD_ENCRYPTION_KEY", "DATABASE_URL", "REDIS_URL") if not globals()[name]
    ]
    if MISSING:
        raise ImproperlyConfigured(
            f"APP_ENV=production needs {', '.join(MISSING)}. The embedded default (SQLite, files, generated keys) "
            "is for a look and small labs only. See runbook/en/environment.md."
        )
    if DATABASE_URL.startswith("sqlite"):
        raise ImproperlyConfigured("APP_ENV=production needs PostgreSQL: DATABASE_URL must start with postgres://.")
    if len(SECRET_KEY) < 50 or len(set(SECRET_KEY)) < 10:
        raise ImproperlyConfigured(
            "SECRET_KEY is too weak: at least 50 characters, at least 10 different ones. "
            "Make one with: python -c 'import secrets; print(secrets.token_urlsafe(64))'"
        )
elif not SECRET_KEY or not FIELD_ENCRYPTION_KEY:
    KEYS = local_keys(DATA_DIR / "keys.env")
    SECRET_KEY = SECRET_KEY or KEYS["SECRET_KEY"]
    FIELD_ENCRYPTION_KEY = FIELD_ENCRYPTION_KEY or KEYS["FIELD_ENCRYPTION_KEY"]

FERNET_USE_HKDF = False
FERNET_KEYS = [
    fernet_key("FIELD_ENCRYPTION_KEY", FIELD_ENCRYPTION_KEY),
    *(fernet_key("OLD_FIELD_ENCRYPTION_KEY", key) for key in envlist("OLD_FIELD_ENCRYPTION_KEY")),
]
if PRODUCTION and len(set(FIELD_ENCRYPTION_KEY)) < 10:
    raise ImproperlyConfigured(
        "FIELD_ENCRYPTION_KEY is too weak: it repeats a few characters. "
        "Make one with: python manage.py generate_field_encryption_key"
    )

# Database -----------------------------------------------------------------------------------------

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
if DATABASE_URL:
    DATABASES = {"default": env.db_url_config(DATABASE_URL)}
else:
    local_folder(DATA_DIR)
    DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(DATA_DIR / "netmanager.sqlite3")}}
EMBEDDED_DATABASE = DATABASES["default"]["ENGINE"].endswith("sqlite3")
if EMBEDDED_DATABASE:
    # Writers wait for one another instead of failing with "database is locked".
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 30,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
else:
    DATABASES["default"]["ENGINE"] = "django.db.backends.postgresql"
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True

# Applications -------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "netmanager.apps.NetManagerConfig",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_celery_beat",
    "django_celery_results",
    "django_guid",
    "django_filters",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "csp",
    "axes",
    "rest_framework_simplejwt.token_blacklist",
    "auditlog",
    "inventory.apps.InventoryConfig",
    "compliance.apps.ComplianceConfig",
    "jobs.apps.JobsConfig",
    "syslogd.apps.SyslogdConfig",
]
MIDDLEWARE = [
    "netmanager.metrics.BeforeMiddleware",
    "netmanager.proxy.ProxyMiddleware",
    "django_guid.middleware.guid_middleware",
    "netmanager.acting.ActingMiddleware",
    "netmanager.limits.BodyLimitMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
    "netmanager.metrics.AfterMiddleware",
]
ROOT_URLCONF = "netmanager.urls"
WSGI_APPLICATION = "netmanager.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "netmanager" / "templates"],  # before unfold's, so that ours replace its
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
WHITENOISE_USE_FINDERS = True  # a checkout serves its pages without collectstatic
warnings.filterwarnings("ignore", message="No directory at")  # and so needs no such folder
MEDIA_ROOT = Path(env.str("FIRMWARE_STORAGE", "") or DATA_DIR / "firmware")
FIRMWARE_STORAGE = MEDIA_ROOT

# Web ----------------------------------------------------------------------------------------------

ALLOWED_HOSTS = envlist("ALLOWED_HOSTS", "" if PRODUCTION else "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = envlist("CSRF_TRUSTED_ORIGINS")
# Production is https behind a TLS proxy, for our server speaks none; an http:// origin declares that there is no TLS.
HTTPS = PRODUCTION and not any(origin.startswith("http://") for origin in CSRF_TRUSTED_ORIGINS)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_REDIRECT_EXEMPT = ["^healthz$", "^readyz$", "^metrics$"]  # asked by containers and Prometheus, past the proxy
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SILENCED_SYSTEM_CHECKS = ["security.W021"]  # preload is a promise for a whole domain: its owner's to make, not ours
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DEFAULT_EXCEPTION_REPORTER_FILTER = "netmanager.exceptions.WhereOnly"
SESSION_COOKIE_AGE = 12 * 3600  # a shift, counted from the login
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"  # Strict would ask for a login behind every link in a mail
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 2**20  # bytes of a request's body; firmware alone may be larger
FIRMWARE_MAX_SIZE = 4 * 2**30
LOGIN_URL = reverse_lazy("admin:login")
LOGIN_REDIRECT_URL = reverse_lazy("admin:index")
# unfold's Alpine does not run without unsafe-eval; inline scripts stay forbidden.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, UNSAFE_EVAL],
        "style-src": [SELF, UNSAFE_INLINE],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
METRICS_TOKEN = env.str("METRICS_TOKEN", "").strip()

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in {
        "UserAttributeSimilarityValidator": {},
        "MinimumLengthValidator": {"min_length": 12},
        "CommonPasswordValidator": {},
        "NumericPasswordValidator": {},
    }.items()
]

# Login: a name is locked for the address that failed, so that nobody can lock a colleague out from elsewhere.
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # "until 14:05" stays true
AXES_USERNAME_CALLABLE = "netmanager.login.counted_name"
AXES_LOCKOUT_CALLABLE = "netmanager.login.locked"
AXES_ENABLE_ADMIN = False  # netmanager/admin/logins.py shows them in our dress
AXES_DISABLE_ACCESS_LOG = True
AXES_VERBOSE = False
AXES_SENSITIVE_PARAMETERS = ["username"]  # some type their password there; the address is logged
LOGINS_PER_MINUTE = {"address": 60, "name": 20}
# Each process for itself, as what unfold's search has found; what all must count together is in Redis.
CACHES: dict[str, dict[str, object]] = {
    name: {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"} for name in ("default", "logins")
}
if REDIS_URL:
    CACHES["logins"] = {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "netmanager",
        "OPTIONS": {"serializer": "netmanager.throttling.JsonSerializer"},  # who writes to Redis runs no code here
    }

# Language and time --------------------------------------------------------------------------------

LANGUAGES = [("en", _("English")), ("ko", _("Korean"))]
LANGUAGE_CODE = envchoice("LANGUAGE_CODE", "en", ("en", "ko"))
TIME_ZONE = env.str("TIME_ZONE", "").strip() or "UTC"
try:
    ZoneInfo(TIME_ZONE)
except (ZoneInfoNotFoundError, ValueError) as error:
    raise ImproperlyConfigured(f"TIME_ZONE={TIME_ZONE!r} is not a zone name such as UTC or Asia/Seoul.") from error
USE_TZ = True
USE_I18N = True

# API ----------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework_simplejwt.authentication.JWTAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["netmanager.permissions.ModelPermissions"],
    "DEFAULT_PARSER_CLASSES": [
        "netmanager.parsers.BoundedJSONParser",
        "rest_framework.parsers.FormParser",
        "rest_framework.parsers.MultiPartParser",
    ],
    "DEFAULT_FILTER_BACKENDS": [
        "django_filters.rest_framework.DjangoFilterBackend",
        "rest_framework.filters.SearchFilter",
        "rest_framework.filters.OrderingFilter",
    ],
    "DEFAULT_PAGINATION_CLASS": "netmanager.pagination.LimitPagination",
    "PAGE_SIZE": 50,
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_VERSIONING_CLASS": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=15),
    "REFRESH_TOKEN_LIFETIME": timedelta(hours=12),
    "ROTATE_REFRESH_TOKENS": True,
    "BLACKLIST_AFTER_ROTATION": True,
    "CHECK_REVOKE_TOKEN": True,  # a new password ends the tokens made with the old one
    "SIGNING_KEY": SECRET_KEY,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "NetManager",
    "DESCRIPTION": "Finds, backs up, audits and changes networks.",
    "VERSION": "v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,  # secrets stand in requests only, ids and times in answers only
    "ENUM_NAME_OVERRIDES": {
        "CredentialKind": "inventory.models.Credential.Kind",
        "ConfigKind": "inventory.models.ConfigBackup.Kind",
        "DeviceStatus": "inventory.models.Device.Status",
        "JobState": "jobs.models.Job.State",
        "JobTargetState": "jobs.models.JobTarget.State",
        "ResultState": "compliance.models.Result.State",
        "DriftState": "compliance.models.Drift.State",
    },
}

# Celery -------------------------------------------------------------------------------------------

QUEUES = ("default", "discovery", "ssh", "monitoring", "maintenance", "syslog")
WORKER_QUEUES = envlist("CELERY_QUEUES", ",".join(QUEUES))
for queue in WORKER_QUEUES:
    if queue not in QUEUES:
        raise ImproperlyConfigured(f"CELERY_QUEUES names {queue!r}; the queues are: {', '.join(QUEUES)}.")
CELERY_BROKER_URL = REDIS_URL or "filesystem://localhost"
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, object]
if REDIS_URL:
    CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": envint("CELERY_VISIBILITY_TIMEOUT", 3600, 30)}
else:
    for folder in ("queue", "control"):
        local_folder(DATA_DIR / "broker" / folder)
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(DATA_DIR / "broker" / "queue"),
        "data_folder_out": str(DATA_DIR / "broker" / "queue"),
        "control_folder": str(DATA_DIR / "broker" / "control"),
    }
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_QUEUES = [Queue(name) for name in QUEUES]
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_CREATE_MISSING_QUEUES = False
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = CELERY_RESULT_SERIALIZER = "json"
CELERY_RESULT_BACKEND = "django-db"
CELERY_TASK_IGNORE_RESULT = True  # the Job rows are the result
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = envint("CELERY_PREFETCH_MULTIPLIER", 1, 1, 1000)
CELERY_WORKER_CONCURRENCY = envint("CELERY_WORKER_CONCURRENCY", 0, 0, 1000) or None
CELERY_WORKER_MAX_TASKS_PER_CHILD = envint("CELERY_MAX_TASKS_PER_CHILD", 0, 0) or None
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_BEAT_SYNC_EVERY = 1  # writes down each run: by itself every three minutes, and who watches beat calls it dead
# Starts of these kinds of job over all workers together: see jobs/pace.py.
RATE_LIMITS = {
    "discover": envrate("DISCOVERY_TASK_RATE_LIMIT"),
    "crawl": envrate("NEIGHBOR_CRAWL_RATE_LIMIT"),
    "sync": envrate("SSH_SYNC_TASK_RATE_LIMIT"),
}
SYSLOG_RATE = envrate("SYSLOG_TASK_RATE_LIMIT")  # batches in each worker: Celery's own limit
CELERY_TASK_ANNOTATIONS = {"syslog.ingest_syslog": {"rate_limit": SYSLOG_RATE}} if SYSLOG_RATE else {}

# Logs ---------------------------------------------------------------------------------------------

LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
LOG_LEVEL = envchoice("LOG_LEVEL", "INFO", LOG_LEVELS)
LOG_FORMAT = envchoice("LOG_FORMAT", "json", ("json", "text"))
LOG_TO_FILE = envbool("LOG_TO_FILE", False)
CELERY_LOGLEVEL = envchoice("CELERY_LOGLEVEL", LOG_LEVEL, LOG_LEVELS)
LOG_HANDLERS = ["console"] + (["file"] if LOG_TO_FILE else [])
LOG_FILE = Path(env.str("LOG_FILE", "") or DATA_DIR / "log" / "netmanager.log")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request_id": {"()": "django_guid.log_filters.CorrelationId", "correlation_id_field": "request_id"}},
    "formatters": {
        "json": {"()": "netmanager.logs.JsonFormatter"},
        "text": {"()": "netmanager.logs.TextFormatter"},
    },
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT, "filters": ["request_id"]},
    },
    "root": {"handlers": LOG_HANDLERS, "level": LOG_LEVEL},
    "loggers": {
        "celery": {"level": CELERY_LOGLEVEL},
        "celery.worker.strategy": {"level": "WARNING"},  # "received": "succeeded" or an error follows anyway
        "django.server": {"handlers": LOG_HANDLERS, "propagate": False},
        "django_guid": {"level": "WARNING"},  # three lines per request and task that say nothing
        "paramiko": {"level": "CRITICAL"},  # every failed login is a stored sentence already
        "netmiko": {"level": "WARNING"},
        "fontTools": {"level": "WARNING"},
        "weasyprint": {"level": "ERROR"},
    },
}
if LOG_TO_FILE:
    local_folder(LOG_FILE.parent)
    LOGGING["handlers"]["file"] = {  # type: ignore[index]
        "class": "logging.handlers.RotatingFileHandler",
        "filename": str(LOG_FILE),
        "maxBytes": envint("LOG_MAX_BYTES", 10 * 1024 * 1024, 1024),
        "backupCount": envint("LOG_BACKUP_COUNT", 5, 1, 1000),
        "formatter": LOG_FORMAT,
        "filters": ["request_id"],
    }
DJANGO_GUID = {
    "GUID_HEADER_NAME": "X-Request-ID",
    "VALIDATE_GUID": True,
    "RETURN_HEADER": True,
    "EXPOSE_HEADER": True,
    "INTEGRATIONS": [CeleryIntegration(use_django_logging=True)],
}

# Syslog -------------------------------------------------------------------------------------------

SYSLOG_HOST = envaddresses("SYSLOG_HOST", "127.0.0.1")
SYSLOG_PORT = envint("SYSLOG_PORT", 5514, 1, 65535)
SYSLOG_QUEUE_SIZE = envint("SYSLOG_QUEUE_SIZE", 100_000, 1)
SYSLOG_WORKERS = envint("SYSLOG_WORKERS", 2, 1, 64)
SYSLOG_BATCH_SIZE = envint("SYSLOG_BATCH_SIZE", 5000, 1, 100_000)
SYSLOG_BATCH_AGE_MS = envint("SYSLOG_BATCH_AGE_MS", 200, 1, 60_000)
SYSLOG_DROP_LOG_INTERVAL_SEC = envint("SYSLOG_DROP_LOG_INTERVAL_SEC", 10, 1)
SYSLOG_CELERY_QUEUE = envchoice("SYSLOG_CELERY_QUEUE", "syslog", QUEUES)
SYSLOG_SPOOL_DIR = Path(env.str("SYSLOG_SPOOL_DIR", "") or DATA_DIR / "spool")
SYSLOG_SPOOL_MAX_MB = envint("SYSLOG_SPOOL_MAX_MB", 1024, 1)
SYSLOG_RETENTION_DAYS = envint("SYSLOG_RETENTION_DAYS", 30, 1, 3650)

# The admin's look ---------------------------------------------------------------------------------

UNFOLD = {
    "SITE_TITLE": "NetManager",
    "SITE_HEADER": "NetManager",
    "SITE_SYMBOL": "hub",
    "SHOW_HISTORY": True,
    "SHOW_LANGUAGES": True,
    "ENVIRONMENT": "netmanager.admin.environment_badge",
    "DASHBOARD_CALLBACK": "netmanager.admin.dashboard",
    "COMMAND": {"search_models": ["inventory.device", "inventory.interface", "inventory.site", "inventory.credential"]},
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("netmanager/favicon.svg")},
    ],
    "STYLES": [lambda request: static("netmanager/admin.css")],
    "COLORS": {
        "primary": {
            "50": "oklch(97% .014 254.6)",
            "100": "oklch(93.2% .032 255.6)",
            "200": "oklch(88.2% .059 254.1)",
            "300": "oklch(80.9% .105 251.8)",
            "400": "oklch(70.7% .165 254.6)",
            "500": "oklch(62.3% .19 257)",
            "600": "oklch(53.5% .195 258.5)",
            "700": "oklch(48% .19 260)",
            "800": "oklch(42% .17 262)",
            "900": "oklch(37.5% .135 264)",
            "950": "oklch(28% .09 268)",
        }
    },
    "SIDEBAR": {
        "show_search": True,
        "command_search": True,  # finds devices by name, address and serial, not only pages
        "show_all_applications": False,
        "navigation": "netmanager.admin.navigation",
    },
}
