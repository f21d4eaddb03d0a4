from django.urls import path

from onefunnel.server.people import pages, views

urlpatterns = [
    path("welcome/<str:token>/", views.come_in, name="welcome"),
    path("invitation/<str:token>/", views.come_in, name="invitation"),
    path("look-around/", views.look_around, name="look_around"),
    path("settings/workspace/", pages.workspace, name="settings"),
    path("settings/profile/", pages.profile, name="profile"),
    path("settings/people/", pages.people, name="people"),
    path("settings/people/<uuid:public_id>/", pages.one_person, name="person"),
    path("settings/invitations/<uuid:public_id>/withdraw/", pages.withdraw, name="withdraw"),
    path("settings/keys/", pages.api_keys, name="keys"),
    path("settings/keys/<uuid:public_id>/revoke/", pages.revoke, name="revoke_key"),
]
