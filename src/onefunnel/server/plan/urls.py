"""/plan/: objectives, what each takes, its levers."""

from __future__ import annotations

from django.urls import path

from onefunnel.server.plan import views
from onefunnel.server.plan.lists import views as lists

app_name = "plan"
_ONE = "objectives/<uuid:objective_id>/"
urlpatterns = [
    path("", views.home, name="home"),
    path("objectives/new/", views.new, name="new"),
    path(_ONE, views.objective, name="objective"),
    path(f"{_ONE}change/", views.change, name="change"),
    path(f"{_ONE}undo/<int:revision>/", views.undo, name="undo"),
    path(f"{_ONE}sign/", views.sign, name="sign"),
    path(f"{_ONE}set-aside/", views.set_aside, name="set_aside"),
    path(f"{_ONE}capacity/", views.capacity, name="capacity"),
    path(f"{_ONE}scenario/", views.scenario, name="scenario"),
    path(f"{_ONE}save/", views.save, name="save"),
    path(f"{_ONE}work/", lists.work, name="work"),
    path("items/<uuid:item_id>/done/", lists.done, name="work_done"),
    path("items/<uuid:item_id>/remove/", lists.remove, name="remove_work"),
]
