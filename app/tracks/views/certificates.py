"""Certificates as PDF."""

from flask import current_app, render_template
from flask.typing import ResponseReturnValue

from app.accounts import queries as people
from app.kernel.auth import actor, requires
from app.kernel.clock import now, organisation_day
from app.kernel.config import Settings
from app.kernel.downloads import attachment, safe_name
from app.kernel.pdf import render_pdf
from app.tracks import certificates
from app.tracks.views.blueprint import bp


@bp.get("/credentials/<int:credential_id>/certificate.pdf")
@requires("credential.read")
def certificate(credential_id: int) -> ResponseReturnValue:
    """One's own certificate, or that of somebody one is responsible for."""
    day = organisation_day(now())
    reach = people.people_in_scope(actor(), "credential.read", day=day)
    found = certificates.certificate(credential_id, reach, day=day)
    settings: Settings = current_app.extensions["settings"]
    html = render_template("tracks/certificate.html", c=found, company=settings.company)
    name = f"{safe_name(found.title)} {safe_name(found.name)} {found.number}.pdf"
    plain = f"{found.number}.pdf"
    return attachment(render_pdf(html), "application/pdf", name=name, plain=plain)
