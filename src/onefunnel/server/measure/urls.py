"""/measure/: the pages, the list behind each number, and what can be taken away."""

from __future__ import annotations

from django.urls import path, re_path

from onefunnel.server.measure import downloads, views
from onefunnel.server.measure.forecast import views as forecast
from onefunnel.server.measure.lift import views as lift
from onefunnel.server.measure.pacing import views as pacing
from onefunnel.server.measure.pages import PAGES

app_name = "measure"
urlpatterns = [
    path("", views.home, name="home"),
    *(path(f"{key}/", views.page, {"key": key}, name=key) for key in PAGES),
    path("credit/tests/", lift.lift_tests, name="lift_tests"),
    path("credit/tests/<uuid:test_id>/take-back/", lift.take_back, name="take_back_test"),
    path("forecast/", forecast.forecast, name="forecast"),
    path("pacing/", pacing.pacing, name="pacing"),
    path("list/", views.record_list, name="list"),
    path("list.csv", downloads.list_csv, name="list_csv"),
    path("<slug:measure>.csv", downloads.rows_csv, name="rows_csv"),
    re_path(r"^(?P<measure>[\w-]+)\.(?P<kind>png|svg)$", downloads.picture, name="picture"),
]
