"""Every address of the site. One word, one room: /agree/, /run/, /measure/, /data/."""

from __future__ import annotations

from importlib.util import find_spec

from django.urls import include, path

from onefunnel.server.site import views

handler400 = "onefunnel.server.site.errors.bad_request"
handler403 = "onefunnel.server.site.errors.forbidden"
handler404 = "onefunnel.server.site.errors.not_found"
handler500 = "onefunnel.server.site.errors.broken"

ROOMS = {"agree": "agree", "run": "run", "measure": "measure", "data": "warehouse"}

urlpatterns = [
    path("", views.today, name="today"),
    path("sign-in/", include("allauth.urls")),
    *(
        path(f"{prefix}/", include(f"onefunnel.server.{room}.urls"))
        for prefix, room in ROOMS.items()
        if find_spec(f"onefunnel.server.{room}.urls")
    ),
]
