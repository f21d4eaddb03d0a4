from django.urls import path

from onefunnel.server.notify import views
from onefunnel.server.notify.hooks import views as hooks
from onefunnel.server.notify.outbox import views as outbox
from onefunnel.server.notify.to_leads import views as to_leads

urlpatterns = [
    path("inbox/", views.inbox, name="inbox"),
    path("inbox/read/", views.read, name="inbox_read"),
    path("settings/profile/mail/", views.mail_choices, name="mail_choices"),
    path("settings/outgoing/", outbox.outgoing, name="outgoing"),
    path("settings/outgoing/again/", outbox.send_again, name="send_again"),
    path("settings/webhooks/", hooks.webhooks, name="webhooks"),
    path("settings/webhooks/new/", hooks.new_webhook, name="new_webhook"),
    path("settings/webhooks/<uuid:public_id>/", hooks.webhook, name="webhook"),
    path("settings/webhooks/<uuid:public_id>/secret/", hooks.renew_secret, name="renew_secret"),
    path("settings/webhooks/<uuid:public_id>/try/", hooks.try_webhook, name="try_webhook"),
    path("settings/webhooks/<uuid:public_id>/remove/", hooks.remove_webhook, name="remove_webhook"),
    path("settings/mail-to-leads/", to_leads.mail_to_leads, name="mail_to_leads"),
    path("settings/mail-to-leads/list/", to_leads.bring_in_list, name="bring_in_list"),
    path("settings/mail-to-leads/list.csv", to_leads.list_to_keep, name="list_to_keep"),
    path("settings/mail-to-leads/suppress/", to_leads.suppress, name="suppress"),
    path("settings/mail-to-leads/basis/", to_leads.record_basis, name="record_basis"),
    path("unsubscribe/<str:token>/", to_leads.unsubscribe, name="unsubscribe"),
]
