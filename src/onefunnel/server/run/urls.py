"""/run/: leads and accounts. A record's key may hold anything, so it is the whole rest."""

from __future__ import annotations

from django.urls import path

from onefunnel.server.run import views

app_name = "run"
urlpatterns = [
    path("", views.home, name="home"),
    path("leads/", views.leads, name="leads"),
    path("leads/<path:lead_id>/", views.lead, name="lead"),
    path("accounts/", views.accounts, name="accounts"),
    path("accounts/<path:account_id>/", views.account, name="account"),
]
