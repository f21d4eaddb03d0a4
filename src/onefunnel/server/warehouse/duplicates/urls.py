"""Addresses below /data/duplicates/; the room's urls take them in."""

from __future__ import annotations

from django.urls import path

from onefunnel.server.warehouse.duplicates import views

urlpatterns = [
    path("", views.duplicates, name="duplicates"),
    path("look/", views.look_through, name="look_for_duplicates"),
    path("merge-sure/", views.merge_sure, name="merge_sure"),
    path("<uuid:suggestion>/merge/", views.merge, name="merge"),
    path("<uuid:suggestion>/apart/", views.keep_apart, name="keep_apart"),
    path("merges/<uuid:merged>/undo/", views.undo, name="undo_merge"),
]
