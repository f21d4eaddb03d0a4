"""/run/: leads, accounts, handovers. A record's key may hold anything, so it is the whole rest."""

from __future__ import annotations

from django.urls import path

from onefunnel.server.run import views
from onefunnel.server.run.handovers import settings_views as settings
from onefunnel.server.run.handovers import views as handovers
from onefunnel.server.run.nurture import editor_views as editor
from onefunnel.server.run.nurture import todo_views as todo
from onefunnel.server.run.nurture import views as nurture
from onefunnel.server.run.saved import views as saved
from onefunnel.server.run.tracker import bulk_views as bulk
from onefunnel.server.run.tracker import capture_views as capture
from onefunnel.server.run.tracker import deal_views as deals
from onefunnel.server.run.tracker import form_views as forms
from onefunnel.server.run.tracker import views as tracker

app_name = "run"
_CONTACT = "contact-lead/<path:lead_id>/undo/<uuid:touch_id>/"  # before what it begins like
_ONE = "handovers/<uuid:handover_id>/"
urlpatterns = [
    path("", views.home, name="home"),
    path("board/", views.board, name="board"),
    path("leads/", views.leads, name="leads"),
    path("views/", saved.saved, name="saved"),
    path("views/new/", saved.save, name="save_view"),
    path("views/first/", saved.begin, name="begin_with"),
    path("views/<uuid:view_id>/change/", saved.change, name="change_view"),
    path("views/<uuid:view_id>/delete/", saved.delete, name="delete_view"),
    path("leads/new/", tracker.new, name="new_lead"),
    path("leads/<path:lead_id>/", views.lead, name="lead"),
    path("change-lead/<path:lead_id>/", tracker.change, name="change_lead"),
    path("move-lead/<path:lead_id>/", tracker.move, name="move_lead"),
    path(_CONTACT, tracker.undo_contact, name="undo_contact"),
    path("contact-lead/<path:lead_id>/", tracker.contact, name="contact_lead"),
    path("won-lead/<path:lead_id>/", deals.won, name="won_lead"),
    path("take-back-deal/<path:lead_id>/", deals.take_back, name="take_back_deal"),
    path("move-leads/", bulk.move_many, name="move_leads"),
    path("moved/<uuid:bulk_id>/", bulk.moved, name="moved"),
    path("moved/<uuid:bulk_id>/undo/", bulk.undo, name="undo_move"),
    path("capture/", capture.forms, name="capture"),
    path("capture/new/", capture.form, name="new_capture_form"),
    path("capture/form/<slug:slug>/", capture.form, name="capture_form"),
    path("capture/form/<slug:slug>/leads/", capture.leads_of_field, name="form_leads"),
    path("forms/watch.js", forms.watch, name="form_watch"),
    path("forms/<slug:slug>/", forms.take, name="form"),
    path("forms/<slug:slug>/left/", forms.left, name="form_left"),
    path("accounts/", views.accounts, name="accounts"),
    path("accounts/<path:account_id>/", views.account, name="account"),
    path("nurture/", nurture.sequences, name="nurture"),
    path("nurture/new/", editor.new, name="new_sequence"),
    path("nurture/asleep/", nurture.asleep, name="asleep"),
    path("nurture/rules/", nurture.rules, name="nurture_rules"),
    path("nurture/enter/", todo.enter, name="enter_sequence"),
    path("nurture/entered/<uuid:batch_id>/", todo.entered, name="entered"),
    path("nurture/entered/<uuid:batch_id>/undo/", todo.undo, name="undo_entering"),
    path("nurture/lead/<uuid:enrolment_id>/<slug:deed>/", nurture.lead_deed, name="lead_deed"),
    path("nurture/<uuid:sequence_id>/", nurture.sequence, name="sequence"),
    path("nurture/<uuid:sequence_id>/change/", editor.change, name="change_sequence"),
    path("nurture/<uuid:sequence_id>/who/", nurture.who, name="in_sequence"),
    path("nurture/<uuid:sequence_id>/switch/", nurture.switch, name="switch_sequence"),
    path("todo/", todo.todo, name="todo"),
    path("todo/<uuid:todo_id>/<slug:deed>/", todo.done, name="todo_deed"),
    path("handovers/", handovers.waiting, name="waiting"),
    path("handovers/rejections/", handovers.rejections, name="rejections"),
    path("handovers/given/", handovers.given, name="given"),
    path("handovers/offer/", handovers.offer, name="offer"),
    path("handovers/hours/", settings.hours, name="hours"),
    path("handovers/hours/<slug:team>/", settings.hours, name="hours_of"),
    path("handovers/turns/", settings.turns, name="turns"),
    path("handovers/turns/<slug:team>/", settings.turns, name="turns_of"),
    path("handovers/turns/<slug:team>/away/", settings.away, name="away"),
    path(_ONE, handovers.handover, name="handover"),
    path(f"{_ONE}accept/", handovers.accept, name="accept"),
    path(f"{_ONE}reject/", handovers.reject, name="reject"),
    path(f"{_ONE}return/", handovers.send_back, name="return"),
    path(f"{_ONE}recycle/", handovers.recycle, name="recycle"),
    path(f"{_ONE}reply/", handovers.reply, name="reply"),
    path(f"{_ONE}give/", handovers.give, name="give"),
    path(f"{_ONE}clock/", handovers.clock, name="clock"),
    path(f"{_ONE}withdraw/", handovers.withdraw, name="withdraw"),
]
