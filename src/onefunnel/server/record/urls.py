from django.urls import path

from onefunnel.server.record import views

urlpatterns = [path("settings/changes/", views.changes, name="changes")]
