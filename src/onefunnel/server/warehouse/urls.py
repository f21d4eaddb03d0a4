"""/data/: what is here, bringing more in, jobs."""

from __future__ import annotations

from importlib.util import find_spec

from django.urls import include, path

from onefunnel.server.warehouse import downloads, views

app_name = "data"
_ONE = "imports/<uuid:public_id>/"
urlpatterns = [
    path("", views.home, name="home"),
    path("new/", views.new, name="new"),
    path("jobs/", views.jobs, name="jobs"),
    path(_ONE, views.show, name="import"),
    path(f"{_ONE}progress/", views.progress, name="progress"),
    path(f"{_ONE}files/<int:file>/columns/<int:place>/", views.column, name="column"),
    path(f"{_ONE}undo-choice/", views.undo_choice, name="undo_choice"),
    path(f"{_ONE}stages/", views.stages, name="stages"),
    path(f"{_ONE}mapping/", views.mapping, name="mapping"),
    path(f"{_ONE}mapping.yaml", downloads.mapping_yaml, name="mapping_yaml"),
    path(f"{_ONE}refused.csv", downloads.refused, name="refused"),
    path(f"{_ONE}again/", views.again, name="again"),
    path(f"{_ONE}begin/", views.begin, name="begin"),
    path(f"{_ONE}stop/", views.stop, name="stop"),
    path(f"{_ONE}undo/", views.undo, name="undo"),
]
if find_spec("onefunnel.server.warehouse.duplicates.urls"):
    urlpatterns.append(path("duplicates/", include("onefunnel.server.warehouse.duplicates.urls")))
