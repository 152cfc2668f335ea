"""Addresses of the workspace, a group for each module of pages.

Every name stands in ``peritus.web.roles``; one that does not is refused.
"""

from __future__ import annotations

from django.contrib.auth.views import LogoutView
from django.urls import path
from django.utils.module_loading import import_string

from peritus.web.pages import (
    acts,
    adjudication,
    admission,
    appeals,
    bench,
    bench_experts,
    certificates,
    client,
    comparison,
    decisions,
    expert,
    experts,
    finance,
    gold,
    invitations,
    lots,
    manager,
    models,
    people,
    plans,
    proposals,
    public,
    quality,
    questions,
    record,
    roster,
    rounds,
    screenings,
    security,
    shifts,
    sign_in,
    signing,
    staffing,
    statements,
    styleguide,
    tokens,
    workbench,
)

PUBLIC = [
    path("sign-in/", sign_in.SignIn.as_view(), name="sign_in"),
    path("sign-in/second-step/", sign_in.second_step, name="second_step"),
    path("sign-out/", LogoutView.as_view(), name="sign_out"),
    path("theme/", public.choose_theme, name="theme"),
    path("styleguide/", styleguide.styleguide, name="styleguide"),
    path("", public.home, name="home"),
    path("role/", public.choose_role, name="role"),
    path("roles/", public.roles, name="roles"),
    path("search/", public.search, name="search"),
    path("inbox/", public.inbox, name="inbox"),
    path("inbox/<uuid:uid>/read/", public.read_notice, name="read_notice"),
]

# One's own sign-in.
SECURITY = [
    path("security/", security.security, name="security"),
    path("security/second-factor/", security.set_up, name="set_up_second_factor"),
    path("security/second-factor/off/", security.turn_off, name="turn_off_second_factor"),
    path("security/password/", security.change_password, name="change_password"),
    path("security/sessions/<uuid:uid>/end/", security.end_session, name="end_session"),
    path("security/sessions/end/", security.end_other_sessions, name="end_other_sessions"),
    path("security/tokens/", tokens.tokens, name="tokens"),
    path("security/tokens/make/", tokens.make, name="make_token"),
    path("security/tokens/<uuid:uid>/revoke/", tokens.revoke, name="revoke_token"),
    path("security/recovery-codes/", security.renew_codes, name="renew_recovery_codes"),
]

READING = [
    path("client/", client.home, name="client_home"),
    path("engagements/<uuid:uid>/", client.engagement, name="engagement"),
    path("lots/<uuid:uid>/", lots.lot, name="lot"),
    path("lots/<uuid:uid>/bound.csv", lots.lot_bound, name="lot_bound"),
    path("lots/<uuid:uid>/comparison/", comparison.comparison, name="comparison"),
    path("freezes/<int:freeze_id>/accept/", lots.accept, name="accept_lot"),
    path("decisions/<uuid:uid>/", decisions.decision, name="decision"),
    path("guidelines/<uuid:uid>/", decisions.guideline, name="guideline"),
    path("files/<uuid:uid>/", decisions.file, name="file"),
    path("questions/", questions.inquiries, name="inquiries"),
    path("questions/<uuid:uid>/", questions.inquiry, name="inquiry"),
    path("questions/<uuid:uid>/answer/", questions.answer, name="answer_inquiry"),
    path("screenings/", screenings.screenings, name="screenings"),
    path("screenings/<uuid:uid>/", screenings.screening, name="screening"),
    path("certificates/", certificates.certificates, name="certificates"),
    path("certificates/check/", statements.check_certificate, name="check_certificate"),
    path("certificates/<str:number>/", certificates.certificate, name="certificate"),
    path("lots/<uuid:uid>/evidence-check/", certificates.evidence_check, name="evidence_check"),
    path("engagements/<uuid:uid>/plan/", plans.plan, name="quality_plan"),
    path("engagements/<uuid:uid>/plan/set/", plans.set_plan, name="set_plan"),
    path("proposals/", proposals.proposals, name="proposals"),
    path("proposals/<uuid:uid>/", proposals.proposal, name="proposal"),
    path("proposals/<uuid:uid>/price/", proposals.price, name="price_proposal"),
    path("proposals/<uuid:uid>/publish/", proposals.publish, name="publish_proposal"),
    path("engagements/<uuid:uid>/propose/", proposals.propose, name="propose"),
]

RUNNING = [
    path("portfolio/", manager.portfolio, name="portfolio"),
    path("board/", manager.board, name="board"),
    path("staffing/", staffing.staffings, name="staffings"),
    path("staffing/<uuid:uid>/", staffing.staffing, name="staffing"),
    path("lots/<uuid:uid>/staff/", staffing.staff, name="staff"),
    path("shifts/", shifts.shifts, name="shifts"),
    path("release/", quality.release, name="release"),
    path("freezes/<int:freeze_id>/certify/", lots.certify, name="certify_lot"),
]

# Whose answers are right, and who says so.
CHECKING = [
    path("appeals/", appeals.appeals, name="appeals"),
    path("appeals/<uuid:uid>/", appeals.appeal, name="appeal"),
    path("appeals/<uuid:uid>/decide/", appeals.decide_appeal, name="decide_appeal"),
    path("appeals/<uuid:uid>/second/", appeals.ask_second, name="ask_second"),
    path("engagements/<uuid:uid>/experts/", experts.experts, name="expert_standings"),
    path(
        "engagements/<uuid:uid>/experts/<slug:handle>/<slug:question>/",
        experts.expert,
        name="expert_standing",
    ),
    path("alarms/<uuid:uid>/answer/", experts.answer, name="answer_alarm"),
    path("engagements/<uuid:uid>/gold/", gold.gold, name="gold"),
    path("items/<uuid:uid>/gold/", gold.add, name="add_gold"),
    path("gold/<uuid:uid>/retire/", gold.retire, name="retire_gold"),
]

# Who is known, and what the law holds.
PEOPLE = [
    path("people/", people.people, name="people"),
    path("people/invite/", invitations.invite, name="invite"),
    path("welcome/<uuid:uid>/<str:token>/", invitations.welcome, name="welcome"),
    path("people/<uuid:uid>/", people.person, name="person"),
    path("people/<uuid:uid>/link/", invitations.new_link, name="new_link"),
    path("people/<uuid:uid>/erase/", people.erase, name="erase_person"),
    path("people/<uuid:uid>/second-factor/reset/", people.reset_factor, name="reset_second_factor"),
    path("holds/", people.holds, name="holds"),
    path("holds/place/", people.hold, name="place_hold"),
    path("holds/<uuid:uid>/lift/", people.lift, name="lift_hold"),
]

# What experts can do on proof; one's own is at an address without a name in it.
BENCH = [
    path("bench/", bench.bench, name="bench"),
    path("bench/import/", bench.import_bench, name="import_bench"),
    path("bench/mine/", bench_experts.own, name="own_bench"),
    path("bench/mine/claim/", bench_experts.claim_own, name="claim_own"),
    path("bench/mine/fields/", bench_experts.name_own, name="name_own_fields"),
    path("bench/mine/calendar/", bench_experts.set_own_days, name="set_own_calendar"),
    path("bench/<uuid:uid>/calendar/", bench_experts.set_days, name="set_calendar"),
    path("bench/<uuid:uid>/pay/", bench_experts.agree_pay, name="agree_pay"),
    path("pay/<uuid:uid>/end/", bench_experts.end_pay, name="end_pay"),
    path("bench/models/", models.models, name="models"),
    path("bench/models/<uuid:uid>/", models.model, name="model"),
    path("bench/fields/", bench.fields, name="fields"),
    path("bench/fields/own/", bench.take_own_fields, name="take_own_fields"),
    path("bench/<uuid:uid>/fields/", bench_experts.name, name="name_fields"),
    path("bench/<uuid:uid>/", bench_experts.expert, name="bench_expert"),
    path("bench/<uuid:uid>/attempts/", bench_experts.grant, name="grant_attempts"),
    path("bench/<uuid:uid>/describe/", bench_experts.describe, name="describe_expert"),
    path("bench/<uuid:uid>/claim/", bench_experts.claim, name="claim_credential"),
    path("credentials/<uuid:uid>/verify/", bench_experts.verify, name="verify_credential"),
    path("credentials/<uuid:uid>/revoke/", bench_experts.revoke, name="revoke_credential"),
    path("engagements/<uuid:uid>/who/", admission.admission, name="admission"),
    path("engagements/<uuid:uid>/who/set/", admission.set_requirement, name="set_requirement"),
]

MONEY = [
    path("invoices/", finance.invoices, name="invoices"),
    path("invoices/<str:number>/", finance.invoice, name="invoice"),
    path("invoices/<str:number>/lines/<int:place>/", finance.invoice_line, name="invoice_line"),
    path("savings/", finance.savings, name="savings"),
    path("engagements/<uuid:uid>/savings/", finance.saving, name="saving"),
    path("engagements/<uuid:uid>/savings.csv", finance.saving_table, name="saving_table"),
    path("close/", finance.close, name="close"),
    path("engagements/<uuid:uid>/books/", finance.books, name="books"),
]

# From the client's commitment to the certificate, and walls.
ACTS = [
    path("lots/<uuid:uid>/nonce/", acts.make_nonce, name="make_nonce"),
    path("lots/<uuid:uid>/commitment/", acts.commit_own_nonce, name="commit_nonce"),
    path("freezes/<int:freeze_id>/reveal/", acts.reveal, name="reveal_nonce"),
    path("lots/<uuid:uid>/census/", acts.census, name="open_census"),
    path("lots/<uuid:uid>/census/end/", acts.end_census, name="end_census"),
    path("lots/<uuid:uid>/freeze/", acts.freeze, name="freeze_lot"),
    path("freezes/<int:freeze_id>/plan/", acts.plan, name="record_plan"),
    path("freezes/<int:freeze_id>/draw/", acts.draw, name="draw_audits"),
    path("lots/<uuid:uid>/due/", shifts.due, name="set_due"),
    path("lots/<uuid:uid>/staff/draft/", staffing.draft, name="draft_staffing"),
    path("lots/<uuid:uid>/staff/waiting/", staffing.restaff, name="restaff"),
    path("staffing/<uuid:uid>/again/", staffing.redraft, name="redraft"),
    path("staffing/<uuid:uid>/publish/", staffing.publish, name="publish_staffing"),
    path("staffing/<uuid:uid>/wall/", acts.bar, name="raise_wall"),
    path("staffing/<uuid:uid>/restrict/", acts.restrict, name="restrict"),
    path("staffing/<uuid:uid>/clear/", acts.clear, name="clear_conflict"),
    path("staffing/<uuid:uid>/party/", acts.party, name="name_party"),
]

# Calibration before production.
ROUNDS = [
    path("lots/<uuid:uid>/calibration/", rounds.calibration, name="calibration"),
    path("lots/<uuid:uid>/calibration/open/", rounds.open_, name="open_round"),
    path("lots/<uuid:uid>/calibration/waive/", rounds.waive, name="waive_round"),
    path("rounds/<uuid:uid>/", rounds.round_, name="round"),
    path("rounds/<uuid:uid>/end/", rounds.end, name="end_judging"),
    path("rounds/<uuid:uid>/settle/", rounds.settle, name="settle_disagreement"),
    path("rounds/<uuid:uid>/close/", rounds.close, name="close_round"),
]

# Who may work in an engagement, and what is on record of them.
ROSTER = [
    path("engagements/<uuid:uid>/roster/", roster.roster, name="roster"),
    path("engagements/<uuid:uid>/roster/begin/", roster.begin, name="keep_roster"),
    path("engagements/<uuid:uid>/roster/enter/", roster.enter, name="enter_roster"),
    path("roster/<uuid:uid>/step/", roster.step, name="roster_step"),
    path("roster/<uuid:uid>/leave/", roster.leave, name="leave_roster"),
    path("engagements/<uuid:uid>/supervisor/", signing.name, name="name_supervisor"),
    path("signatures/", signing.signatures, name="signatures"),
    path("signatures/<int:freeze_id>/", signing.signature, name="signature"),
    path("signatures/<int:freeze_id>/sign/", signing.sign, name="sign_deliverable"),
    path("rosters/", roster.own_rosters, name="own_rosters"),
]

# Pages for experts at work.
WORKING = [
    path("today/", expert.today, name="today"),
    path("workbench/", workbench.workbench, name="workbench"),
    path("workbench/start/", workbench.start_work, name="start_work"),
    path("workbench/<int:lease>/answer/", workbench.answer_item, name="answer_item"),
    path("workbench/<int:lease>/skip/", workbench.skip_item, name="skip_item"),
    path("workbench/<int:lease>/hold/", workbench.hold_longer, name="hold_longer"),
    path("workbench/undo/<int:judgment>/", workbench.undo_answer, name="undo_answer"),
    path("workbench/guideline/<int:version>/", workbench.desk_guideline, name="desk_guideline"),
    path("qualify/<int:lot>/", expert.qualify, name="qualify"),
    path("qualify/<int:lot>/start/", expert.start_test, name="start_test"),
    path("results/", record.own_results, name="own_results"),
    path(
        "results/<int:judgment>/<slug:question>/appeal/",
        record.appeal_own_answer,
        name="appeal_own_answer",
    ),
    path("adjudications/", adjudication.adjudications, name="adjudications"),
    path(
        "adjudications/<int:slot>/start/",
        adjudication.start_adjudication,
        name="start_adjudication",
    ),
]

# The API is a room beside this one: named, not imported.
API = import_string("peritus.api.urls.urlpatterns")

urlpatterns = [
    *PUBLIC, *SECURITY, *READING, *RUNNING, *CHECKING, *ACTS, *ROUNDS, *ROSTER, *PEOPLE, *BENCH,
    *MONEY, *WORKING, *API,
]  # fmt: skip

handler404 = "peritus.web.refusals.not_found"
handler500 = "peritus.web.refusals.failed"
