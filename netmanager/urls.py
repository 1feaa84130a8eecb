"""All addresses of the web."""

from django.contrib import admin
from django.templatetags.static import static
from django.urls import include, path
from django.views.generic import RedirectView
from django.views.i18n import set_language
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.routers import DefaultRouter
from rest_framework_simplejwt.views import TokenObtainPairView, TokenRefreshView

import compliance.api
import inventory.api
import jobs.api
from netmanager.health import healthz, readyz
from netmanager.metrics import metrics

router = DefaultRouter(trailing_slash=False)
router.include_format_suffixes = False  # one address a thing: formats are told by Accept or ?format=
for app in (inventory.api, compliance.api, jobs.api):
    for prefix, viewset in app.VIEWSETS.items():
        router.register(prefix, viewset, basename=prefix)

api = [
    path("auth/token", TokenObtainPairView.as_view(), name="token"),
    path("auth/token/refresh", TokenRefreshView.as_view(), name="token-refresh"),
    path("auth/", include("rest_framework.urls")),
    path("schema", SpectacularAPIView.as_view(), name="schema"),
    # Work on many objects has fixed paths, which must come before devices/{id}.
    *jobs.api.urlpatterns,
    *inventory.api.urlpatterns,
    *compliance.api.urlpatterns,
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
