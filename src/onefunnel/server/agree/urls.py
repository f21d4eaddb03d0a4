"""/agree/: the agreement in words, versions, templates, glossary."""

from __future__ import annotations

from django.urls import path

from onefunnel.server.agree import views

app_name = "agree"
urlpatterns = [
    path("", views.home, name="home"),
    path("agreement.yaml", views.export, name="export"),
    path("versions/", views.versions, name="versions"),
    path("versions/<uuid:version_id>/", views.version, name="version"),
    path("versions/<uuid:version_id>.yaml", views.version_yaml, name="version_yaml"),
    path("versions/<uuid:version_id>/use/", views.adopt, name="adopt"),
    path("versions/<uuid:version_id>/sign/", views.sign, name="sign"),
    path("bring-in/", views.bring_in, name="bring_in"),
    path("templates/", views.gallery, name="templates"),
    path("templates/<slug:name>/", views.template, name="template"),
    path("templates/<slug:name>/list/", views.template_list, name="template_list"),
    path("templates/<slug:name>/start/", views.start, name="start"),
    path("glossary/", views.glossary, name="glossary"),
]
