"""/agree/: the agreement in words, versions, drafts and their comparison, templates, glossary."""

from __future__ import annotations

from django.urls import path

from onefunnel.server.agree import replaying, views
from onefunnel.server.agree.changes import views as changes
from onefunnel.server.agree.disputes import views as disputes
from onefunnel.server.agree.drafts import filling, settling, writing
from onefunnel.server.agree.drafts import views as drafts

app_name = "agree"
_DISPUTE = "disputes/<uuid:dispute_id>/"
urlpatterns = [
    path("", views.home, name="home"),
    path("agreement.yaml", views.export, name="export"),
    path("versions/", views.versions, name="versions"),
    path("versions/<uuid:version_id>/", views.version, name="version"),
    path("versions/<uuid:version_id>.yaml", views.version_yaml, name="version_yaml"),
    path("versions/<uuid:version_id>/use/", views.adopt, name="adopt"),
    path("versions/<uuid:version_id>/sign/", views.sign, name="sign"),
    path("versions/<uuid:version_id>/replay/", replaying.replay_page, name="replay"),
    path("versions/<uuid:version_id>/replay/list/", replaying.replay_list, name="replay_list"),
    path("changes/", changes.home, name="changes"),
    path("changes/between/", changes.between, name="between"),
    path("disputes/", disputes.home, name="disputes"),
    path("disputes/new/", disputes.new, name="new_dispute"),
    path(_DISPUTE, disputes.dispute, name="dispute"),
    path(f"{_DISPUTE}evidence/", disputes.evidence_list, name="evidence"),
    path(f"{_DISPUTE}say/", disputes.say, name="say_dispute"),
    path(f"{_DISPUTE}decide/", disputes.decide, name="decide_dispute"),
    path(f"{_DISPUTE}withdraw/", disputes.withdraw, name="withdraw_dispute"),
    path("bring-in/", views.bring_in, name="bring_in"),
    path("templates/", views.gallery, name="templates"),
    path("templates/<slug:name>/", views.template, name="template"),
    path("templates/<slug:name>/list/", views.template_list, name="template_list"),
    path("templates/<slug:name>/start/", views.start, name="start"),
    path("drafts/", drafts.home, name="drafts"),
    path("drafts/begin/", drafts.begin, name="begin_round"),
    path("drafts/give-up/", drafts.give_up, name="give_up_round"),
    path("drafts/compare/", settling.compare, name="compare"),
    path("drafts/compare/list/", settling.compare_list, name="compare_list"),
    path("drafts/compare/decide/", settling.decide, name="decide"),
    path("drafts/compare/together/", settling.together, name="settle_together"),
    path("drafts/compare/group/", settling.group, name="settle_group"),
    path("drafts/compare/conclude/", settling.conclude, name="conclude"),
    path("drafts/last/<slug:team>/", drafts.last, name="last_draft"),
    path("drafts/<slug:team>/", drafts.draft, name="draft"),
    path("drafts/<slug:team>/at-once/", filling.at_once_page, name="at_once"),
    path("drafts/<slug:team>/at-once/list/", filling.came_list, name="came_list"),
    path("drafts/<slug:team>/effect/", drafts.effect, name="effect"),
    path("drafts/<slug:team>/effect/list/", drafts.effect_list, name="effect_list"),
    path("drafts/<slug:team>/draft.yaml", drafts.draft_yaml, name="draft_yaml"),
    path("drafts/<slug:team>/bring-in/", drafts.bring_in, name="draft_bring_in"),
    path("drafts/<slug:team>/put-back/", writing.put_back, name="put_back"),
    path("drafts/<slug:team>/hand-in/", drafts.hand_in, name="hand_in"),
    path("drafts/<slug:team>/<slug:slug>/new/", writing.part, {"place": "new"}, name="new_part"),
    path("drafts/<slug:team>/<slug:slug>/<int:place>/", writing.part, name="part"),
    path("drafts/<slug:team>/<slug:slug>/<int:place>/arrange/", writing.arrange, name="arrange"),
    path("glossary/", views.glossary, name="glossary"),
]
