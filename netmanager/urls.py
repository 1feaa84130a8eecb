"""All addresses of the web."""

from django.contrib import admin
from django.contrib.auth.views import LoginView, LogoutView
from django.templatetags.static import static
from django.urls import include, path
from django.views.generic import RedirectView
from django.views.i18n import set_language
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.routers import DefaultRouter

import compliance.api
import inventory.api
import jobs.api
import syslogd.api
from netmanager import tokens
from netmanager.health import healthz, readyz
from netmanager.login import throttled
from netmanager.metrics import metrics

router = DefaultRouter(trailing_slash=False)
router.include_format_suffixes = False  # one address a thing: formats are told by Accept or ?format=
for app in (inventory.api, compliance.api, jobs.api):
    for prefix, viewset in app.VIEWSETS.items():
        router.register(prefix, viewset, basename=prefix)

# What rest_framework.urls has, with the login throttled like every other.
browser_login = throttled(LoginView.as_view(template_name="rest_framework/login.html"))
browser = [
    path("login/", browser_login, name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
]

api = [
    path("auth/token", tokens.ObtainView.as_view(), name="token"),
    path("auth/token/refresh", tokens.RefreshView.as_view(), name="token-refresh"),
    path("auth/token/blacklist", tokens.EndView.as_view(), name="token-blacklist"),
    path("auth/", include((browser, "rest_framework"))),
    path("schema", SpectacularAPIView.as_view(), name="schema"),
    # Work on many objects has fixed paths, which must come before devices/{id}.
    *jobs.api.urlpatterns,
    *inventory.api.urlpatterns,
    *compliance.api.urlpatterns,
    *syslogd.api.urlpatterns,
    *router.urls,
]

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index"), name="home"),
    path("favicon.ico", RedirectView.as_view(url=static("netmanager/favicon.svg")), name="favicon"),
    path("admin/", admin.site.urls),
    path("api/v1/", include(api)),
    path("docs", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="docs"),
    path("i18n/setlang/", set_language, name="set_language"),
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
]
