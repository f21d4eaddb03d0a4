"""Who may be written to, and the page on which leads unsubscribe."""

from __future__ import annotations

import csv
from io import StringIO
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from onefunnel.connectors.reading.refusal import plural
from onefunnel.server.notify.to_leads import commands, queries
from onefunnel.server.notify.to_leads.digests import NotAnAddress
from onefunnel.server.notify.to_leads.models import Ground, Why
from onefunnel.server.notify.to_leads.tokens import digest_in
from onefunnel.server.people.access import ANYBODY, who_may
from onefunnel.server.people.rules import require

_LARGEST = 20 * 1024 * 1024


@never_cache
@sensitive_post_parameters("address")
@require_http_methods(["GET", "POST"])
@who_may("arrange mail to leads")
def mail_to_leads(request: HttpRequest) -> HttpResponse:
    """Whom may we write to? An address is asked about by POST: it stands in no web address."""
    address = request.POST.get("address", "")
    if request.method != "POST":
        return _page(request)
    try:
        return _page(request, address=address, about=queries.about_address(address))
    except NotAnAddress as wrong:
        return _page(request, address=address, refused=str(wrong))


@require_POST
@sensitive_post_parameters("address")
@who_may("arrange mail to leads")
def suppress(request: HttpRequest) -> HttpResponse:
    """Put one address on the list of those nobody may write to."""
    given = request.POST
    try:
        is_new = commands.suppress(
            address=given.get("address", ""), why=given.get("why", Why.OBJECTED),
            by=request.user, at=timezone.now(),
        )  # fmt: skip
    except ValueError as wrong:
        return _page(request, address=given.get("address", ""), refused=str(wrong))
    said = "Nobody writes to this address any more." if is_new else "It is on the list already."
    messages.success(request, said)
    return redirect("mail_to_leads")


@require_POST
@sensitive_post_parameters("address")
@who_may("arrange mail to leads")
def record_basis(request: HttpRequest) -> HttpResponse:
    """Record on what basis an address may be written to."""
    given = request.POST
    try:
        commands.record_basis(
            address=given.get("address", ""), purpose=given.get("purpose", "").strip(),
            ground=given.get("ground", ""), source=given.get("source", ""),
            by=request.user, at=timezone.now(),
        )  # fmt: skip
    except ValueError as wrong:
        return _page(request, address=given.get("address", ""), refused=str(wrong))
    messages.success(request, "Recorded.")
    return redirect("mail_to_leads")


@require_POST
@who_may("arrange mail to leads")
def bring_in_list(request: HttpRequest) -> HttpResponse:
    """Put every address of a file on the list."""
    file = request.FILES.get("list")
    if file is None or (file.size or 0) > _LARGEST:
        return _page(request, refused="Choose a file of addresses, of 20 MB at most.")
    try:
        done = commands.bring_in_list(
            text=file.read().decode("utf-8-sig", "replace"), by=request.user, at=timezone.now()
        )
    except (commands.BadList, commands.Unreadable, csv.Error) as bad:
        return _page(request, refused=str(bad))
    said = (
        f"{plural(done.added, 'address', 'addresses')} put on the list, {done.known:,} were on it."
    )
    if done.bad_lines:
        lines = ", ".join(map(str, done.bad_lines[:5]))
        said += f" No address in {plural(len(done.bad_lines), 'line')}: {lines}"
        said += ", …" if len(done.bad_lines) > 5 else ""
    messages.success(request, said)
    return redirect("mail_to_leads")


@require_GET
@who_may("arrange mail to leads")
def list_to_keep(request: HttpRequest) -> HttpResponse:
    """The list as a file that can be brought in here again. It names nobody."""
    require(request.user, "export")
    text = StringIO()
    csv.writer(text).writerows(queries.list_to_keep())
    response = HttpResponse(text.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="not-to-be-written-to.csv"'
    return response


@csrf_exempt  # mail programs post here by themselves (RFC 8058); the link is the proof
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@who_may(ANYBODY)
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Unsubscribe whoever got the mail with this link: by POST only, since programs look at
    links of mails before people do."""
    if digest_in(token) is None:
        return render(request, "notify/to_leads/no_such_link.html", status=404)
    if request.method == "POST":
        commands.unsubscribe(token=token, at=timezone.now())
        return render(request, "notify/to_leads/unsubscribed.html")
    return render(request, "notify/to_leads/unsubscribe.html")


def _page(
    request: HttpRequest, *, address: str = "", about: Any = None, refused: str = ""
) -> HttpResponse:
    context = {
        "page_of_listed": Paginator(queries.listed(), 50).get_page(request.GET.get("page")),
        "address": address, "about": about, "refused": refused,
        "grounds": Ground.choices, "is_unreadable": queries.unreadable(),
        "reasons": [one for one in Why.choices if one[0] in (Why.OBJECTED, Why.BOUNCED)],
    }  # fmt: skip
    return render(request, "notify/to_leads/page.html", context, status=422 if refused else 200)
