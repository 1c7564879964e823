"""Set reviews: list, new, edit. The team and person pages stand in `reports`."""

from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import queries as accounts
from app.kernel.auth import actor, requires
from app.kernel.clock import now, organisation_day
from app.kernel.errors import DomainError
from app.kernel.forms import options
from app.reviews import queries, services
from app.reviews.errors import NobodyError
from app.reviews.forms import ReviewForm
from app.reviews.services import ReviewData

bp = Blueprint("reviews", __name__)

# More names than one can tick: whole teams are offered instead.
MOST_NAMES = 400


@dataclass(frozen=True, slots=True)
class Reach:
    """Whom the actor may put into a review."""

    ids: frozenset[int]
    units: tuple[accounts.UnitRow, ...]
    names: tuple[tuple[int, str], ...]


@bp.get("/reviews")
@requires(queries.ACTION)
def index() -> ResponseReturnValue:
    """The reviews of one's people."""
    today = organisation_day(now())
    own = queries.reviews_in_scope(actor(), day=today)
    mine = accounts.people_in_scope(actor(), queries.ACTION, day=today)
    return render_template(
        "reviews/index.html",
        reviews=own,
        others=[one for one in queries.reviews_among(mine) if one not in own],
        units=accounts.units_in_scope(actor(), "team.read", day=today),
        today=today,
    )


@bp.get("/reviews/new")
@requires(queries.ACTION)
def new() -> ResponseReturnValue:
    """An empty form."""
    reach = _reach()
    form = _form(reach)
    if len(reach.units) == 1:
        form.units.data = [reach.units[0].id]
    return render_template("reviews/form.html", form=form, review=None, reach=reach)


@bp.post("/reviews")
@requires(queries.ACTION)
def create() -> ResponseReturnValue:
    """Set a review."""
    reach = _reach()
    form = _form(reach)
    if not form.validate_on_submit():
        return render_template("reviews/form.html", form=form, review=None, reach=reach), 422
    try:
        review_id = services.create_review(
            _data(form, reach), scope=reach.ids, actor_id=actor().id, now=now()
        )
    except NobodyError as refused:
        return _again(form, reach, refused, None)
    flash(_("评估已建好，同事会收到通知。"))
    return redirect(url_for(".edit", review_id=review_id))


@bp.get("/reviews/<int:review_id>")
@requires(queries.ACTION)
def edit(review_id: int) -> ResponseReturnValue:
    """A review to change."""
    review = _review(review_id)
    reach = _reach()
    form = _form(reach)
    form.name.data, form.review_on.data = review.name, review.review_on
    form.people.data = sorted(queries.people_of(review_id) & reach.ids)
    return render_template("reviews/form.html", form=form, review=review, reach=reach)


@bp.post("/reviews/<int:review_id>")
@requires(queries.ACTION)
def update(review_id: int) -> ResponseReturnValue:
    """Change a review."""
    review = _review(review_id)
    reach = _reach()
    form = _form(reach)
    if not form.validate_on_submit():
        return render_template("reviews/form.html", form=form, review=review, reach=reach), 422
    data = _data(form, reach)
    if not reach.names:  # too many to tick one by one: whom it has stays
        data = ReviewData(data.name, data.review_on, data.people | queries.people_of(review_id))
    try:
        services.edit_review(review_id, data, scope=reach.ids, actor_id=actor().id, now=now())
    except NobodyError as refused:
        return _again(form, reach, refused, review)
    flash(_("已保存"))
    return redirect(url_for(".edit", review_id=review_id))


def _review(review_id: int) -> queries.ReviewRow:
    return queries.review_in_scope(actor(), review_id, day=organisation_day(now()))


def _again(
    form: ReviewForm, reach: Reach, refused: DomainError, review: queries.ReviewRow | None
) -> ResponseReturnValue:
    form.people.errors = [_(refused.message)]
    return render_template("reviews/form.html", form=form, review=review, reach=reach), 422


def _reach() -> Reach:
    today = organisation_day(now())
    active = frozenset(accounts.active_ids(today))
    found = accounts.people(accounts.people_in_scope(actor(), queries.ACTION, day=today), day=today)
    people = [
        person
        for person in found.values()
        if person.id in active and person.unit_id is not None and person.job_role != "staff"
    ]
    people.sort(key=lambda person: (person.unit_name, person.name, person.id))
    names = tuple((person.id, f"{person.name}{_('，')}{person.unit_name}") for person in people)
    return Reach(
        ids=frozenset(person.id for person in people),
        units=tuple(accounts.units_in_scope(actor(), queries.ACTION, day=today)),
        names=names if len(names) <= MOST_NAMES else (),
    )


def _form(reach: Reach) -> ReviewForm:
    form = ReviewForm()
    form.units.choices = options((unit.id, unit.name) for unit in reach.units)
    form.people.choices = options(reach.names)
    return form


def _data(form: ReviewForm, reach: Reach) -> ReviewData:
    """Ticked people, and everybody in the ticked teams and below."""
    today = organisation_day(now())
    chosen = set(form.people.data or [])
    for unit_id in form.units.data or []:
        chosen |= accounts.people_below_unit(unit_id, today) & reach.ids
    return ReviewData(
        (form.name.data or "").strip(), form.review_on.data or today, frozenset(chosen)
    )
