"""Every address of the site. One word, one room: /agree/, /plan/, /run/, /measure/, /data/."""

from __future__ import annotations

from django.urls import include, path

from onefunnel.server.site import views
from onefunnel.server.site.api import api

handler400 = "onefunnel.server.site.errors.bad_request"
handler403 = "onefunnel.server.site.errors.forbidden"
handler404 = "onefunnel.server.site.errors.not_found"
handler500 = "onefunnel.server.site.errors.broken"

urlpatterns = [
    path("", views.today, name="today"),
    path("healthz", views.alive, name="alive"),
    path("search/", views.search, name="search"),
    path("search/hits/", views.palette, name="palette"),
    path("settings/health/", views.health_page, name="health"),
    path("simulated-company/add/", views.add_demo, name="add_demo"),
    path("simulated-company/remove/", views.remove_demo, name="remove_demo"),
    path("api/", api.urls),
    path("sign-in/", include("allauth.urls")),
    path("", include("onefunnel.server.people.urls")),
    path("", include("onefunnel.server.record.urls")),
    path("", include("onefunnel.server.notify.urls")),
    path("agree/", include("onefunnel.server.agree.urls")),
    path("plan/", include("onefunnel.server.plan.urls")),
    path("run/", include("onefunnel.server.run.urls")),
    path("measure/", include("onefunnel.server.measure.urls")),
    path("data/", include("onefunnel.server.warehouse.urls")),
]
