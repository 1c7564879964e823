"""How to build the object of every route, and who stands in which relation to it.

The matrix asks each route as each role about each of these objects. A route that is not in
`ROUTES` fails the tests: add a line with the kind of its object and, when it is unsafe, a body
that the product accepts.

A relation is a scope word of `app/policy.toml`: an actor may act on an object when a scope word of
her right stands between her and the object, else it is not found. `EVERY` means every actor.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from app.competency import queries as competency
from app.domain.fieldwork import code_of
from app.domain.framework import CompetencyStatus
from app.help import pages as help_texts
from tests.security.scene import ACTORS, MISSING, Scene, written

EVERY: Final = frozenset(ACTORS.values())
NOBODY: Final[frozenset[str]] = frozenset()
BOSSES: Final = frozenset({"李经理", "总监"})
MENTOR: Final = frozenset({"带教人"})
Values = Mapping[str, Any]
Relations = Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class Target:
    """One object: the holes of the address (for an actor), and scope word -> who has it."""

    values: Callable[[str], Values]
    relations: Relations

    def words(self, who: str) -> frozenset[str]:
        return frozenset(word for word, names in self.relations.items() if who in names)


def fixed(relations: Relations, **values: Any) -> Target:
    return Target(lambda _who: values, relations)


def missing(**values: Any) -> Target:
    return fixed({}, **values)


def owned(book: Mapping[str, int], *names: str, words: str = "own", also: Relations = {}) -> Any:  # noqa: B006
    """One's own, a colleague's, a stranger's, none: of things that belong to one person."""

    def targets(**relations: frozenset[str]) -> dict[str, Target]:
        def of(name: str) -> Target:
            mine = {word: frozenset({name}) for word in words.split()}
            return Target(lambda _who: dict.fromkeys(names, book[name]), {**mine, **relations})

        def own(who: str) -> Values:
            return dict.fromkeys(names, book[who])

        everyone = dict.fromkeys(words.split(), EVERY)
        return {
            "own": Target(own, {**everyone, **relations}),
            "team": of("小陈"),
            "other": of("小赵"),
            "missing": missing(**dict.fromkeys(names, MISSING)),
        }

    return targets(**also)


# ---------------------------------------------------------------- kinds of objects

Kind = Callable[[Scene], Mapping[str, Target]]


def nothing(_scene: Scene) -> Mapping[str, Target]:
    """A page without an object: whoever has the right may open it."""
    words = (
        "own self team tracks shared subtree mentees all assigned preview own_assessment enrolled"
    )
    return {"-": fixed(dict.fromkeys(words.split(), EVERY))}


def help_page(_scene: Scene) -> Mapping[str, Target]:
    """Every page of the help is for everybody."""
    everybody = {name: fixed({"self": EVERY}, name=name) for name in help_texts.NAMES}
    return {**everybody, "own": fixed({"self": EVERY}, name="codes"), "missing": missing(name="no")}


def _by(name: str) -> Relations:
    """Who mentors somebody today."""
    return {"mentees": MENTOR if name in {"小王", "小陈"} else NOBODY}


def person(scene: Scene) -> Mapping[str, Target]:
    """A person: oneself, one of 华东一组, one of 华南一组."""

    def of(name: str, bosses: frozenset[str], team: frozenset[str]) -> Target:
        values = dict.fromkeys(("user_id", "person_id"), scene.people[name])
        words = {"all": EVERY, "tracks": EVERY, "subtree": bosses, "team": team, **_by(name)}
        return fixed({**words, "own": frozenset({name})}, **values)

    def me(who: str) -> Values:
        return dict.fromkeys(("user_id", "person_id"), scene.people[who])

    east = frozenset({"小王", "李经理", "带教人"})
    return {
        "own": Target(me, {"own": EVERY, "self": EVERY, "team": EVERY, "all": EVERY}),
        "team": of("小陈", BOSSES, east),
        "other": of("小赵", frozenset({"赵经理", "总监"}), NOBODY),
        "missing": missing(user_id=MISSING, person_id=MISSING),
    }


def reviewed(scene: Scene) -> Mapping[str, Target]:
    """A person in a review: 小王 by 李经理, 小赵 by 赵经理."""
    mine, theirs = scene.people["小王"], scene.people["小赵"]
    own = {"own": frozenset({"小王"}), "subtree": BOSSES, "all": EVERY}
    other = {"own": frozenset({"小赵"}), "subtree": frozenset({"赵经理"}), "all": EVERY}
    return {
        "own": fixed(own, person_id=mine),
        "other": fixed(other, person_id=theirs),
        "missing": missing(person_id=MISSING),
    }


def unit(scene: Scene) -> Mapping[str, Target]:
    """A team: the one the manager leads, another, and the company above both."""
    places = {"own": "华东一组", "other": "华南一组", "above": "澄屿软件"}
    bosses = {"own": BOSSES, "other": frozenset({"赵经理"}), "above": frozenset({"总监"})}
    found = {
        label: fixed({"all": EVERY, "subtree": bosses[label]}, unit_id=scene.units[name])
        for label, name in places.items()
    }
    return {**found, "missing": missing(unit_id=MISSING)}


def leadership(scene: Scene) -> Mapping[str, Target]:
    """Who leads a team; another team's is not found below this one."""
    east, south = scene.units["华东一组"], scene.units["华南一组"]
    led = scene.ids["leaderships"]
    return {
        "own": fixed({"all": EVERY}, unit_id=east, leadership_id=led[east]),
        "crossed": missing(unit_id=east, leadership_id=led[south]),
        "missing": missing(unit_id=east, leadership_id=MISSING),
    }


def bank(scene: Scene) -> Mapping[str, Target]:
    """陈老师's own, the group's, another trainer's."""

    def of(slug: str, **relations: frozenset[str]) -> Target:
        picture = scene.ids[f"{slug} image"]
        return fixed(relations, slug=slug, item_version_id=picture, to="gift")

    return {
        "own": of("own-bank", own=frozenset({"陈老师"})),
        "shared": of("shared-bank", shared=EVERY),
        "other": of("other-bank", own=frozenset({"周老师"})),
        "missing": missing(slug="no-such-bank", item_version_id=MISSING, to="gift"),
    }


def working_copy(scene: Scene) -> Mapping[str, Target]:
    """The same banks with what is being written in them."""

    def of(slug: str, **relations: frozenset[str]) -> Target:
        return fixed(relations, slug=slug, name="drawn.png")

    return {
        "own": of("own-bank", own=frozenset({"陈老师"})),
        "shared": of("shared-bank", shared=EVERY),
        "other": of("other-bank", own=frozenset({"周老师"})),
        "missing": missing(slug="no-such-bank", name="drawn.png"),
    }


def waiting_version(scene: Scene) -> Mapping[str, Target]:
    """What waits for a second person, and what became of what waited, is shown to all who may
    approve; a version that was never submitted is not."""
    number = scene.ids["waiting number"]
    every = {"all": EVERY, "shared": EVERY}
    return {
        "waiting": fixed(every, slug="waiting-bank", number=number),
        "sent back": fixed(every, slug="waiting-bank", number=number - 1),
        "not submitted": missing(slug="own-bank", number=1),
        "missing": missing(slug="no-such-bank", number=1),
    }


def bank_image(scene: Scene) -> Mapping[str, Target]:
    """A picture of a bank; a picture of another bank is not found below this one."""
    other = scene.ids["other-bank image"]
    crossed = missing(slug="own-bank", item_version_id=other)
    return {**bank(scene), "crossed": crossed}


def bank_import(scene: Scene) -> Mapping[str, Target]:
    """A file that is not a bank yet: its owner's alone."""

    def of(label: str, owner: str) -> Target:
        return fixed({"own": frozenset({owner})}, import_id=scene.ids[f"{label} import"])

    return {
        "own": of("own", "陈老师"),
        "other": of("other", "周老师"),
        "missing": missing(import_id=MISSING),
    }


def staff_list(scene: Scene) -> Mapping[str, Target]:
    """A list of people that waits: every administrator's."""
    return {
        "open": fixed({"all": EVERY}, import_id=scene.ids["staff list"]),
        "missing": missing(import_id=MISSING),
    }


def either_staff_list(scene: Scene) -> Mapping[str, Target]:
    """A list of people, waiting or imported."""
    return staff_list(scene) | made_staff_list(scene)


def made_staff_list(scene: Scene) -> Mapping[str, Target]:
    """A list of people that was imported."""
    return {
        "made": fixed({"all": EVERY}, import_id=scene.ids["made staff list"]),
        "missing": missing(import_id=MISSING),
    }


def invitable(scene: Scene) -> Mapping[str, Target]:
    """Somebody who has no password of her own yet."""
    return {
        "new": fixed({"all": EVERY}, user_id=scene.ids["invitable"]),
        "missing": missing(user_id=MISSING),
    }


def absence(scene: Scene) -> Mapping[str, Target]:
    """A leave of one person, and of nobody."""
    values = {"user_id": scene.people["小陈"], "absence_id": scene.ids["absence"]}
    return {
        "hers": fixed({"all": EVERY}, **values),
        "another's": missing(**{**values, "user_id": scene.people["小赵"]}),
        "missing": missing(**{**values, "absence_id": MISSING}),
    }


def assessment(scene: Scene) -> Mapping[str, Target]:
    """Managers and HR assign every assessment, to their own people."""

    def of(label: str, owner: str) -> Target:
        words = {"own": frozenset({owner}), "own_assessment": frozenset({owner})}
        return fixed(
            {**words, "subtree": EVERY, "all": EVERY},
            assessment_id=scene.ids[f"{label} assessment"],
        )

    return {
        "own": of("own", "陈老师"),
        "other": of("other", "周老师"),
        "missing": missing(assessment_id=MISSING),
    }


def printed_paper(scene: Scene) -> Mapping[str, Target]:
    """A form and a person's sheet by their codes; another trainer's is not found below this one."""

    def of(label: str, owner: str, code: str) -> Target:
        words = {"own_assessment": frozenset({owner})}
        values = {"assessment_id": scene.ids[f"{label} assessment"], "code": scene.codes[code]}
        return fixed(words, **values)

    own = scene.ids["formed assessment"]
    return {
        "own": of("formed", "陈老师", "formed form"),
        "sheet": of("formed", "陈老师", "formed sheet"),
        "other": of("other formed", "周老师", "other formed form"),
        "crossed": missing(assessment_id=own, code=scene.codes["other formed sheet"]),
        "missing": missing(assessment_id=own, code="B5F9AQP"),
    }


def formed_assessment(scene: Scene) -> Mapping[str, Target]:
    """An assessment with forms, and another trainer's."""

    def of(label: str, owner: str) -> Target:
        words = {"own_assessment": frozenset({owner})}
        return fixed(words, assessment_id=scene.ids[f"{label} assessment"])

    return {
        "own": of("formed", "陈老师"),
        "other": of("other formed", "周老师"),
        "missing": missing(assessment_id=MISSING),
    }


def complete_assessment(scene: Scene) -> Mapping[str, Target]:
    """Scores that wait for their trainer's button."""
    words = {"own_assessment": frozenset({"陈老师"})}
    own = fixed(words, assessment_id=scene.ids["held assessment"])
    return {**assessment(scene), "own": own}


def sat_by(scene: Scene) -> Mapping[str, Target]:
    """A person with an assignment; one without, and one of another trainer's."""

    def of(label: str, owner: str, person_id: int) -> Target:
        words = {"own_assessment": frozenset({owner})}
        values = {"assessment_id": scene.ids[f"{label} assessment"], "person_id": person_id}
        return fixed(words, **values)

    return {
        "own": of("own", "陈老师", scene.people["小王"]),
        "other": of("other", "周老师", scene.people["小郑"]),
        "stranger": missing(
            assessment_id=scene.ids["own assessment"], person_id=scene.people["小郑"]
        ),
        "missing": missing(assessment_id=MISSING, person_id=MISSING),
    }


def watched(scene: Scene) -> Mapping[str, Target]:
    """An attempt below its assessment, as its trainer sees it, with a late answer."""
    mine, theirs = scene.finished_of["own"], scene.finished_of["other"]
    own, other = scene.ids["own assessment"], scene.ids["other assessment"]
    late, other_late = scene.ids["late"], scene.ids["other late"]
    words = {"own_assessment": frozenset({"陈老师"})}
    return {
        "own": fixed(words, assessment_id=own, attempt_id=mine, late_id=late),
        "other": missing(assessment_id=other, attempt_id=theirs, late_id=other_late),
        "crossed": missing(assessment_id=own, attempt_id=theirs, late_id=other_late),
        "mislaid": missing(
            assessment_id=scene.ids["held assessment"], attempt_id=mine, late_id=other_late
        ),
        "missing": missing(assessment_id=own, attempt_id=MISSING, late_id=MISSING),
    }


def assignment(scene: Scene) -> Mapping[str, Target]:
    return owned(scene.open_assignments, "assignment_id")


def open_attempt(scene: Scene) -> Mapping[str, Target]:
    return owned(scene.open_attempts, "attempt_id")


def finished_attempt(scene: Scene) -> Mapping[str, Target]:
    """The learner's page; a trainer reads an attempt below its assessment."""
    return owned(scene.finished, "attempt_id")


def item_report(scene: Scene) -> Mapping[str, Target]:
    """A report on 陈老师's own bank, on 周老师's, on the group's; one that was answered."""

    def of(label: str, owner: str, **more: frozenset[str]) -> Target:
        words = {"own_assessment": frozenset({owner}), **more}
        return fixed(words, report_id=scene.ids[f"{label} report"])

    return {
        "own": of("own", "陈老师", own=frozenset({"陈老师"})),
        "other": of("other", "周老师", own=frozenset({"周老师"})),
        "shared": of("shared", "陈老师", shared=EVERY),
        "missing": missing(report_id=MISSING),
    }


def own_picture(scene: Scene) -> Mapping[str, Target]:
    """The picture of the first item of a paper one sits."""
    found = owned(scene.open_attempts, "attempt_id")
    return {
        label: Target(lambda who, at=at: {**at.values(who), "position": 1}, at.relations)
        for label, at in found.items()
    }


def question(scene: Scene) -> Mapping[str, Target]:
    """A question with waiting answers."""

    def of(label: str, **relations: frozenset[str]) -> Target:
        version = written(scene.finished_of[label])[0][1]
        place = {"assessment_id": scene.ids[f"{label} assessment"], "item_version_id": version}
        return fixed(relations, **place)

    return {
        "own": of("own", own_assessment=frozenset({"陈老师"}), assigned=frozenset({"阅卷人"})),
        "other": of("other", own_assessment=frozenset({"周老师"})),
        "missing": missing(assessment_id=MISSING, item_version_id=MISSING),
    }


def answer(scene: Scene) -> Mapping[str, Target]:
    """A written answer on the desk; one that is not written; another trainer's."""

    def at(label: str) -> dict[str, int]:
        attempt = scene.finished_of[label]
        return {"attempt_id": attempt, "position": written(attempt)[0][0]}

    words = {"own_assessment": frozenset({"陈老师"}), "assigned": frozenset({"阅卷人"})}
    own = scene.finished["陈老师"]
    return {
        "own": fixed(words, **at("own")),
        "other": missing(**at("other")),
        "objective": missing(attempt_id=scene.finished_of["own"], position=1),
        "her own": missing(attempt_id=own, position=written(own)[0][0]),
        "missing": missing(attempt_id=MISSING, position=1),
    }


def notice(scene: Scene) -> Mapping[str, Target]:
    return owned(scene.notices, "notice_id")


def browser(scene: Scene) -> Mapping[str, Target]:
    return owned(scene.sessions, "session_id", words="self own")


def job(scene: Scene) -> Mapping[str, Target]:
    return owned(scene.jobs, "job_id", also={"all": EVERY})


def failed_job(scene: Scene) -> Mapping[str, Target]:
    return owned(scene.failed_jobs, "job_id", also={"all": EVERY})


def open_job(scene: Scene) -> Mapping[str, Target]:
    return owned(scene.open_jobs, "job_id", also={"all": EVERY})


def periodic_step(_scene: Scene) -> Mapping[str, Target]:
    """A step of the night; the trail names what was done, so an unknown one is not found."""
    every = {"all": EVERY}
    return {"own": fixed(every, name="nightly:accounts"), "missing": missing(name="nightly:no")}


def unsent_mail(scene: Scene) -> Mapping[str, Target]:
    return {
        "own": fixed({"all": EVERY}, mail_id=scene.ids["unsent mail"]),
        "missing": missing(mail_id=MISSING),
    }


def job_file(scene: Scene) -> Mapping[str, Target]:
    """The admin sees that a job ran, never what it made: files hold scores."""
    return owned(scene.jobs, "job_id")


def review(scene: Scene) -> Mapping[str, Target]:
    """A review of 李经理's people, and one of 赵经理's."""

    def of(label: str, bosses: frozenset[str]) -> Target:
        return fixed({"all": EVERY, "subtree": bosses}, review_id=scene.ids[f"{label} review"])

    return {
        "own": of("own", BOSSES),
        "other": of("other", frozenset({"赵经理", "总监"})),
        "missing": missing(review_id=MISSING),
    }


def snapshot(scene: Scene) -> Mapping[str, Target]:
    """A kept pack of 小王, 小陈, 小赵."""

    def of(name: str, bosses: frozenset[str]) -> Target:
        words = {"all": EVERY, "subtree": bosses, "own": frozenset({name})}
        return fixed(words, code=scene.snapshots[scene.people[name]])

    return {
        "own": of("小王", BOSSES),
        "team": of("小陈", BOSSES),
        "other": of("小赵", frozenset({"赵经理", "总监"})),
        "missing": missing(code="S-NOSUCH"),
    }


def track(_scene: Scene) -> Mapping[str, Target]:
    """The path everybody here is on, and one nobody is on. Those who train or lead see all."""
    runs = dict.fromkeys(("own", "shared", "tracks", "subtree", "mentees", "all"), EVERY)
    return {
        "own": fixed({**runs, "enrolled": EVERY}, slug="path", activity_id="path-lesson"),
        "other": fixed(runs, slug="second", activity_id="second-lesson"),
        "missing": missing(slug="no-such-track", activity_id="no-such"),
    }


def cohort_list(scene: Scene) -> Mapping[str, Target]:
    """As `track`; a manager has nothing to read of a path that none of his people is on."""
    found = track(scene)
    other = found["other"]
    words = {word: who for word, who in other.relations.items() if word != "subtree"}
    return {**found, "other": Target(other.values, words)}


def credential(scene: Scene) -> Mapping[str, Target]:
    """What somebody earned on the path: one's own, one of each team."""

    def of(name: str, bosses: frozenset[str]) -> Target:
        words = {"all": EVERY, "subtree": bosses, "own": frozenset({name})}
        return fixed(words, credential_id=scene.credentials[name])

    return {
        "own": of("小王", BOSSES),
        "team": of("小陈", BOSSES),
        "other": of("小赵", frozenset({"赵经理", "总监"})),
        "missing": missing(credential_id=MISSING),
    }


def cohort(scene: Scene) -> Mapping[str, Target]:
    """A cohort of the path that nobody is in, and one with 小陈. Those who run tracks share all of
    them; managers read those their people are in."""
    runs = dict.fromkeys(("own", "shared", "all"), EVERY)
    return {
        "own": fixed(runs, cohort_id=scene.ids["cohort"]),
        "team": fixed({**runs, "subtree": BOSSES}, cohort_id=scene.ids["cohort of 小陈"]),
        "missing": missing(cohort_id=MISSING),
    }


def track_version(scene: Scene) -> Mapping[str, Target]:
    """The file of a track's version."""
    found = track(scene)
    return {
        label: Target(lambda who, at=at: {**at.values(who), "number": 1}, at.relations)
        for label, at in found.items()
    }


def lesson(scene: Scene) -> Mapping[str, Target]:
    """A lesson; another track's lesson and an exam are not found below this one."""
    return {
        **track(scene),
        "crossed": missing(slug="path", activity_id="second-lesson"),
        "exam": missing(slug="path", activity_id="path-exam"),
    }


def own_lesson(scene: Scene) -> Mapping[str, Target]:
    """A lesson of one's own enrolment, to be confirmed as read."""
    found = owned(scene.enrolments, "enrolment_id", words="self own")
    return {
        label: Target(
            lambda who, at=at: {**at.values(who), "activity_id": "path-lesson"}, at.relations
        )
        for label, at in found.items()
    }


def enrolment_page(scene: Scene) -> Mapping[str, Target]:
    """An enrolment, for those who read it: one's own, a trainee's, a stranger's."""

    def of(name: str, bosses: frozenset[str]) -> Target:
        words = {
            "tracks": EVERY,
            "all": EVERY,
            "subtree": bosses,
            **_by(name),
            "own": frozenset({name}),
        }
        return fixed(words, enrolment_id=scene.enrolments[name], gate_id="path-gate")

    def own(who: str) -> Values:
        return {"enrolment_id": scene.enrolments[who], "gate_id": "path-gate"}

    return {
        "own": Target(own, {"own": EVERY, "tracks": EVERY, "all": EVERY}),
        "team": of("小陈", BOSSES),
        "other": of("小赵", frozenset({"赵经理", "总监"})),
        "missing": missing(enrolment_id=MISSING, gate_id="path-gate"),
    }


def told_page(scene: Scene) -> Mapping[str, Target]:
    """The same, and of somebody who passed and lost the credential again."""
    words = {"tracks": EVERY, "all": EVERY, "subtree": BOSSES}
    lost = fixed(words, enrolment_id=scene.ids["recalled enrolment"])
    return {**enrolment_page(scene), "shared": lost}


def recallable(scene: Scene) -> Mapping[str, Target]:
    """A track, and one whose credential was taken back today."""
    runs = dict.fromkeys(("own", "shared", "tracks", "all"), EVERY)
    return {**track(scene), "shared": fixed(runs, slug="third")}


def recalled(scene: Scene) -> Mapping[str, Target]:
    """A recall of today; below another track it is not found."""
    runs = dict.fromkeys(("own", "shared", "tracks", "all"), EVERY)
    number = scene.ids["recall"]
    return {
        "own": fixed(runs, slug="third", recall_id=number),
        "crossed": missing(slug="path", recall_id=number),
        "missing": missing(slug="third", recall_id=MISSING),
    }


def enrolment(scene: Scene) -> Mapping[str, Target]:
    """Somebody on a track."""

    def of(name: str, bosses: frozenset[str]) -> Target:
        words = {"tracks": EVERY, "all": EVERY, "subtree": bosses}
        return fixed(words, enrolment_id=scene.enrolments[name])

    return {
        "team": of("小陈", BOSSES),
        "other": of("小赵", frozenset({"赵经理", "总监"})),
        "missing": missing(enrolment_id=MISSING),
    }


def _played(scene: Scene, what: str, *names: str, also: str = "") -> dict[str, Target]:
    """Rated work of 小陈 and 小赵, for those who read or run it."""
    bosses = {"小陈": BOSSES, "小赵": frozenset({"赵经理", "总监"})}
    labels = {"小陈": "team", "小赵": "other"}
    found = {}
    for name in names:
        own = {"own": frozenset({name}), **_by(name)}
        words = {"tracks": EVERY, "all": EVERY, "subtree": bosses[name], **own}
        found[f"{labels[name]}{also}"] = fixed(words, performance_id=scene.ids[f"{name} {what}"])
    return found


def performance(scene: Scene) -> Mapping[str, Target]:
    """A role-play with its result: one's own, a colleague's, a stranger's."""

    def own(who: str) -> Values:
        return {"performance_id": scene.ids[f"{who} played"]}

    return {
        "own": Target(own, {"own": EVERY, "tracks": EVERY, "all": EVERY}),
        **_played(scene, "played", "小陈", "小赵"),
        **_played(scene, "planned", "小陈", also=" planned"),
        "missing": missing(performance_id=MISSING),
    }


def planned_performance(scene: Scene) -> Mapping[str, Target]:
    """One whose assessors are still to be asked."""
    found = _played(scene, "planned", "小陈", "小赵")
    return {**found, "missing": missing(performance_id=MISSING)}


def held_performance(scene: Scene) -> Mapping[str, Target]:
    """One that is settled and waits for its release."""
    found = _played(scene, "held", "小陈", "小赵")
    return {**found, "missing": missing(performance_id=MISSING)}


def run_performance(scene: Scene) -> Mapping[str, Target]:
    """One that is out; nobody runs one's own."""
    found = _played(scene, "played", "小陈", "小赵")
    return {**found, "missing": missing(performance_id=MISSING)}


def appealed_performance(scene: Scene) -> Mapping[str, Target]:
    """An appeal that HR was asked to look at."""
    own = {"own": frozenset({"HR"})}
    return {
        "own": fixed(own, performance_id=scene.ids["appealed"]),
        "missing": missing(performance_id=MISSING),
    }


def roleplay(scene: Scene) -> Mapping[str, Target]:
    """The role-play of somebody's track."""
    found = enrolment_page(scene)
    return {
        label: Target(
            lambda who, at=at: {
                "enrolment_id": at.values(who)["enrolment_id"],
                "activity_id": "path-play",
            },
            at.relations,
        )
        for label, at in found.items()
    }


def run_roleplay(scene: Scene) -> Mapping[str, Target]:
    """The same of others, for those who plan it."""
    return {label: at for label, at in roleplay(scene).items() if label != "own"}


def _done_at(activity_id: str) -> Kind:
    """An activity of the path, of those whose enrolment one reads."""

    def kind(scene: Scene) -> Mapping[str, Target]:
        return {
            label: Target(
                lambda who, at=at: {
                    "enrolment_id": at.values(who)["enrolment_id"],
                    "activity_id": activity_id,
                },
                at.relations,
            )
            for label, at in enrolment_page(scene).items()
        }

    return kind


sheet, checklist = _done_at("path-seen"), _done_at("path-list")


def attendance(scene: Scene) -> Mapping[str, Target]:
    """Somebody at a seminar, for those who run it."""
    every = {"tracks": EVERY, "all": EVERY}
    found = _done_at("path-day")(scene)
    return {label: Target(at.values, every if at.relations else {}) for label, at in found.items()}


def field_record(scene: Scene) -> Mapping[str, Target]:
    """A signed sheet, for those who read it."""

    def of(name: str, bosses: frozenset[str]) -> Target:
        words = {
            "tracks": EVERY,
            "all": EVERY,
            "subtree": bosses,
            **_by(name),
            "own": frozenset({name}),
        }
        return fixed(words, record_id=scene.ids[f"{name} sheet"])

    return {
        "own": own_record(scene)["own"],
        "team": of("小陈", BOSSES),
        "other": of("小赵", frozenset({"赵经理", "总监"})),
        "missing": missing(record_id=MISSING),
    }


def own_record(scene: Scene) -> Mapping[str, Target]:
    """A sheet is corrected by who signed it alone."""

    def own(who: str) -> Values:
        return {"record_id": scene.ids[f"{who} sheet"]}

    return {
        "own": Target(own, {"own": EVERY, "tracks": EVERY, "all": EVERY}),
        "other": missing(record_id=scene.ids["小赵 sheet"]),
        "missing": missing(record_id=MISSING),
    }


def printed_sheet(scene: Scene) -> Mapping[str, Target]:
    """The code on a printed sheet."""
    return {
        label: Target(
            lambda who, at=at: {
                "code": code_of(at.values(who)["enrolment_id"] % 900_000, "path-seen")
            },
            at.relations,
        )
        for label, at in enrolment_page(scene).items()
    }


def trainee(scene: Scene) -> Mapping[str, Target]:
    """Somebody who needs a mentor."""
    return {label: at for label, at in person(scene).items() if label != "own"}


def seminar(scene: Scene) -> Mapping[str, Target]:
    """Everybody who began on the path today; nobody began yesterday."""
    values = {"slug": "path", "activity_id": "path-day"}
    every = {"tracks": EVERY, "all": EVERY}
    return {
        "own": fixed(every, **values, anchor_on=_day(scene)),
        "nobody": missing(**values, anchor_on=_day(scene, -1)),
        "no day": missing(**values, anchor_on="today"),
    }


def _sheet_fields(scene: Scene, _values: Values) -> Mapping[str, Any]:
    marks = {"m-row-0": "3", "m-row-1": ""}
    return {
        "key": "matrix-key-1",
        "happened_on": _day(scene),
        "verdict": "yes",
        "anyway": "1",
        "reason": "because",
        **marks,
    }


def _mentor(scene: Scene, _values: Values) -> Mapping[str, Any]:
    return {"mentor": scene.people["老师傅"], "on": _day(scene)}


def seat(scene: Scene) -> Mapping[str, Target]:
    """A seat among the reviewers of 小郑: one's own, a colleague's, none."""
    book = {name: scene.ids[f"{name} seat"] for name in (*ACTORS.values(), "小陈", "小赵")}
    found: Mapping[str, Target] = owned(book, "seat_id")
    return found


def own_released(scene: Scene) -> Mapping[str, Target]:
    """A released test of 小王, and one of 小赵."""
    found = {}
    for label, name in (("own", "小王"), ("other", "小赵")):
        attempt = scene.finished[name]
        found[label] = fixed({"own": frozenset({name})}, attempt_id=attempt)
    return {**found, "missing": missing(attempt_id=MISSING)}


def answer_appeal(scene: Scene) -> Mapping[str, Target]:
    """An appeal on a test that 阅卷人 marks too; 陈老师, who owns it, gave the mark."""
    mine = {"assigned": frozenset({"阅卷人"})}
    return {
        "own": fixed(mine, appeal_id=scene.ids["answer appeal"]),
        "missing": missing(appeal_id=MISSING),
    }


def _answer_reason(_scene: Scene, values: Values) -> Mapping[str, Any]:
    found = written(values["attempt_id"]) if values["attempt_id"] != MISSING else [(1, 1)]
    return {"position": found[0][0], "reason": "because"}


def _marker(scene: Scene, _values: Values) -> Mapping[str, Any]:
    return {"assessor": scene.people["周老师"], "role": "marker", "party": ""}


work = _done_at("path-work")


def own_work(scene: Scene) -> Mapping[str, Target]:
    """A deliverable to write: nobody writes another's."""
    found = work(scene)
    words = {label: at.relations if label == "own" else {} for label, at in found.items()}
    return {label: Target(at.values, words[label]) for label, at in found.items()}


def document(scene: Scene) -> Mapping[str, Target]:
    """A document with a remark and a file, of those whose enrolment one reads."""

    def of(name: str) -> Values:
        return {
            "document_id": scene.ids[f"{name} work"],
            "comment_id": scene.ids[f"{name} comment"],
            "file_id": scene.ids[f"{name} file"],
        }

    found = work(scene)
    names = {"team": "小陈", "other": "小赵"}
    return {
        label: Target(of, at.relations)
        if label == "own"
        else fixed(at.relations, **of(names[label]))
        if label in names
        else missing(document_id=MISSING, comment_id=MISSING, file_id=MISSING)
        for label, at in found.items()
    }


def crossed_document(scene: Scene) -> Mapping[str, Target]:
    """The same, and a remark and a file of another document below one's own."""
    mine = scene.ids["小陈 work"]
    other = {"comment_id": scene.ids["小赵 comment"], "file_id": scene.ids["小赵 file"]}
    return {**document(scene), "crossed": missing(document_id=mine, **other)}


def own_document(scene: Scene) -> Mapping[str, Target]:
    """A document that its author changes."""
    found = crossed_document(scene)
    return {
        label: Target(at.values, at.relations if label == "own" else {})
        for label, at in found.items()
    }


def handed_in(scene: Scene) -> Mapping[str, Target]:
    """Work to decide about; nobody decides about her own."""
    return {label: at for label, at in document(scene).items() if label != "own"}


def reviewed_work(scene: Scene) -> Mapping[str, Target]:
    """What everybody here was asked to review, and what nobody was."""
    found = {"file_id": scene.ids["小赵 file"]}
    return {
        "own": fixed({"own": EVERY}, performance_id=scene.ids["reviewed"], **found),
        "played": missing(performance_id=scene.ids["小陈 planned"], **found),
        "missing": missing(performance_id=MISSING, **found),
    }


def knowledge(scene: Scene) -> Mapping[str, Target]:
    """A published entry is for everybody; one that waits is found by those who keep the base."""
    kept = {"all": EVERY}
    return {
        "published": fixed({**kept, "self": EVERY}, entry_id=scene.ids["entry"]),
        "missing": missing(entry_id=MISSING),
    }


def waiting_knowledge(scene: Scene) -> Mapping[str, Target]:
    """A version that waits; a published one has nothing to approve."""
    kept = {"all": EVERY}
    return {
        "waiting": fixed(kept, entry_id=scene.ids["waiting entry"]),
        "published": fixed(kept, entry_id=scene.ids["entry"]),
        "missing": missing(entry_id=MISSING),
    }


def knowledge_kind(_scene: Scene) -> Mapping[str, Target]:
    """What can be written."""
    return {"own": fixed({"all": EVERY}, kind="objection"), "missing": missing(kind="no")}


# ---------------------------------------------------------------- bodies

Body = Callable[[Scene, Values], Mapping[str, Any]]


def form(**fields: Any) -> Body:
    """The same fields for every object."""
    return lambda _scene, _values: fields


def _day(scene: Scene, n: int = 0) -> str:
    return (scene.today + timedelta(days=n)).isoformat()


def _leave(scene: Scene, _values: Values) -> Mapping[str, Any]:
    return {"from_on": _day(scene), "reason": "because"}


def _new_person(scene: Scene, _values: Values) -> Mapping[str, Any]:
    return {
        "name": "New Person",
        "staff_no": "CY7777",
        "job_role": "seller",
        "set_step": "",
        "locale": "zh-CN",
        "unit": scene.units["华东一组"],
        "hire_on": _day(scene),
    }


def _edited_person(_scene: Scene, values: Values) -> Mapping[str, Any]:
    return {
        "name": "Renamed",
        "staff_no": f"CY8{values['user_id']}",
        "job_role": "seller",
        "set_step": "",
        "locale": "zh-CN",
    }


def _move(scene: Scene, _values: Values) -> Mapping[str, Any]:
    return {"unit": scene.units["澄屿软件"], "on": _day(scene)}


def _move_unit(scene: Scene, values: Values) -> Mapping[str, Any]:
    top = scene.units["澄屿软件"]
    return {"unit": 0 if values["unit_id"] == top else top, "on": _day(scene)}


def _leader(scene: Scene, _values: Values) -> Mapping[str, Any]:
    return {"login": "CY0103", "on": _day(scene, 1)}


def _definition(_scene: Scene, _values: Values) -> Mapping[str, Any]:
    cells = {
        f"cells-{n}-{name}": ""
        for n in range(6)
        for name in ("n", "competency", "difficulty", "type", "points")
    }
    return cells | {
        "title": "Made by the matrix",
        "banks": ["shared-bank"],
        "paper": "sections",
        "attempts": 1,
        "counts": "best",
        "pass_percent": "60",
        "feedback": "after_submit",
        "release_by": "auto",
        "display": "one",
    }


def _east(scene: Scene, _values: Values) -> Mapping[str, Any]:
    return {"units": [scene.units["华东一组"]]}


def _typed(scene: Scene, values: Values) -> Mapping[str, Any]:
    label = (
        "formed" if values["assessment_id"] == scene.ids["formed assessment"] else "other formed"
    )
    return {f"c-{scene.codes[f'{label} sheet']}-1": "A", "sat_at": f"{_day(scene)}T08:00"}


def _markers(scene: Scene, _values: Values) -> Mapping[str, Any]:
    return {"markers": [scene.people["阅卷人"]]}


def _expectations(_scene: Scene, _values: Values) -> Mapping[str, Any]:
    framework = competency.required().framework
    active = [c.slug for c in framework.competencies if c.status is CompetencyStatus.ACTIVE]
    fields: dict[str, Any] = {"opened_with": competency.newest_change("seller", "day-30")}
    for slug in active:
        fields |= {f"level.{slug}": "L3", f"weight.{slug}": "2"}
    return fields


def _step(_scene: Scene, values: Values) -> Mapping[str, Any]:
    return {f"p{values['person_id']}-step": ""}


def _review(scene: Scene, _values: Values) -> Mapping[str, Any]:
    people = [scene.people["小王"]]
    return {"name": "Review", "review_on": _day(scene, 10), "people": people}


def _reviewed(scene: Scene, values: Values) -> Mapping[str, Any]:
    who = "小赵" if values["review_id"] == scene.ids["other review"] else "小王"
    return {"name": "Review", "review_on": _day(scene, 10), "people": [scene.people[who]]}


def _on_the_path(scene: Scene, _values: Values) -> Mapping[str, Any]:
    return {"people": [scene.people["小吴"]], "anchor_on": _day(scene)}


def _a_test(scene: Scene, _values: Values) -> Mapping[str, Any]:
    return {"competency": "influence", "assessment": scene.ids["released assessment"]}


def _goals(scene: Scene, values: Values) -> Mapping[str, Any]:
    found = {"review": scene.ids["own review"]}
    if values["person_id"] == scene.people["小赵"]:
        found["review"] = scene.ids["other review"]
    for prefix in ("g1-", "g2-"):
        found |= {f"{prefix}competency": "", f"{prefix}owner": values["person_id"]}
    return found


def _entry(_scene: Scene, _values: Values) -> Mapping[str, Any]:
    fields = ("says", "empathy", "value", "case", "limits", "never")
    words = {f"f_{name}": "Words" for name in fields}
    return {"lang": "en", "title": "Title", "competency": "", "tags": "x"} | words


def _milestone(scene: Scene, _values: Values) -> Mapping[str, Any]:
    return {"m1-what": "What", "m1-owner": "Who", "m1-due_on": _day(scene, 30)}


def _cards(scene: Scene, _values: Values) -> Mapping[str, Any]:
    return {"title": "Made by the matrix", "cards": [scene.ids["entry"], scene.ids["card"]]}


SAVES: Final = {"client": "matrix", "saves": []}


def _item_form(_scene: Scene, values: Values) -> Mapping[str, Any]:
    """The form of an item as a page that is out of date sends it: shown again, nothing saved."""
    return {"item": f"{values['slug']}-s0", "seen": "other", "type": "single"}


def _a_cohort(scene: Scene, values: Values) -> Mapping[str, Any]:
    day = (scene.today + timedelta(days=30)).isoformat()
    return {"title": "New cohort", "starts_on": day, "place": "", "seats": "9"}


def _into_the_cohort(scene: Scene, _values: Values) -> Mapping[str, Any]:
    return {"people": [scene.people["周老师"]]}


def _source(_scene: Scene, values: Values) -> Mapping[str, Any]:
    return {"source": f"schema: qbank/1\nid: {values['slug']}\n", "revision": 1}


# ---------------------------------------------------------------- the table


@dataclass(frozen=True)
class Route:
    """A line: the kind of object, the body of an unsafe request, and what else to know.

    `refusals`: object label -> status that a person with the right gets all the same, with reason.
    `query`: what the page needs to be asked. `queries`: further ways to ask, for those who open
    every page.
    """

    kind: Kind = nothing
    body: Body | None = None
    json: Any = None
    refusals: Mapping[str, int] = field(default_factory=dict)
    query: str = ""
    queries: tuple[str, ...] = ()


ROUTES: Final[Mapping[str, Route]] = {
    # the own account
    "GET accounts.account": Route(),
    "POST accounts.account": Route(
        body=form(locale="zh-CN", timezone="Asia/Shanghai", theme="auto")
    ),
    "GET accounts.change_password": Route(),
    # 422: the matrix does not know the old password
    "POST accounts.change_password": Route(
        body=form(current="not it", new="a long new one", again="a long new one"),
        refusals={"-": 422},
    ),
    "POST accounts.end_session": Route(browser),
    "POST accounts.end_other_sessions": Route(),
    "GET accounts.notices": Route(),
    "POST accounts.open_notice": Route(notice),
    "POST accounts.read_notices": Route(),
    # the help
    "GET help.index": Route(),
    "GET help.show": Route(help_page),
    "GET accounts.people": Route(queries=("text=a",)),
    "POST accounts.sign_out": Route(),
    # the administrator; nobody changes her own roles, status or password here
    "GET admin.people": Route(queries=("text=a&role=manager&status=all",)),
    "GET admin.new_person": Route(),
    "POST admin.new_person": Route(body=_new_person),
    "GET admin.person": Route(person),
    "POST admin.person": Route(person, _edited_person),
    "POST admin.roles": Route(person, form(roles=["mentor"]), refusals={"own": 403}),
    "POST admin.move_person": Route(person, _move),
    "POST admin.leave": Route(person, form(from_on="2026-02-01", reason="because")),
    "POST admin.back_from_leave": Route(absence, form(on="2026-03-02")),
    "POST admin.disable_person": Route(person, form(reason="because"), refusals={"own": 403}),
    "POST admin.enable_person": Route(person, refusals={"own": 403}),
    "POST admin.reset_password": Route(person, refusals={"own": 403}),
    "GET admin.units": Route(),
    "GET admin.new_unit": Route(),
    "POST admin.new_unit": Route(
        body=lambda scene, _v: {"name": "New Unit", "parent": 0, "since": _day(scene)}
    ),
    "GET admin.unit": Route(unit),
    "POST admin.unit": Route(unit, form(name="Renamed")),
    "POST admin.move_unit": Route(unit, _move_unit),
    "POST admin.appoint_leader": Route(unit, _leader),
    "POST admin.end_leadership": Route(leadership),
    # 409: a team with people in it does not close
    "POST admin.close_unit": Route(unit, refusals={"own": 409, "other": 409, "above": 409}),
    "GET admin.audit": Route(queries=("check=1", "who=CY1001&since=2026-01-01")),
    "GET admin.access_log": Route(),
    # banks
    "GET banks.index": Route(),
    "GET banks.show": Route(bank, queries=("view=learner",)),
    "GET banks.image": Route(bank_image),
    "GET analytics.health": Route(bank),
    "GET imports.index": Route(),
    "GET imports.template": Route(),
    # 422: an empty form is shown again
    "POST imports.read": Route(body=form(text="x"), refusals={"-": 422}),
    "GET imports.show": Route(bank_import),
    "POST imports.choose": Route(bank_import, form(i0="1")),
    "POST imports.save": Route(bank_import, form(over="1")),
    "POST imports.discard": Route(bank_import),
    # lists of people
    "GET staff.index": Route(),
    "GET staff.template": Route(),
    # 422: nothing was sent
    "POST staff.read": Route(body=form(text=""), refusals={"-": 422}),
    "GET staff.show": Route(staff_list),
    "POST staff.choose": Route(staff_list, form(on="2026-03-02", shown=["2"], chosen=["2"])),
    # 302: the plan that was seen is another, and the page says so
    "POST staff.apply": Route(staff_list, form(seen="x")),
    "POST staff.discard": Route(staff_list),
    "GET staff.report": Route(made_staff_list),
    "GET staff.rows": Route(either_staff_list),
    "POST staff.undo": Route(made_staff_list),
    "POST staff.invite": Route(made_staff_list, form(by="sheet")),
    "POST staff.invite_one": Route(invitable),
    "GET banks.export": Route(bank, queries=("to=gift",)),
    "POST banks.export_file": Route(bank, form(lang="zh-CN", key="1")),
    # writing banks
    "GET authoring.new": Route(),
    "POST authoring.create": Route(
        body=form(title="Made by the matrix", slug="made-by-the-matrix", belongs="own")
    ),
    "GET authoring.edit": Route(working_copy, queries=("part=bank", "part=0")),
    # 409: somebody else saved the item
    "POST authoring.save_item": Route(
        working_copy, _item_form, refusals={"own": 409, "shared": 409}
    ),
    # 409: somebody else saved the section
    "POST authoring.save_part": Route(
        working_copy, form(part="0", seen="other"), refusals={"own": 409, "shared": 409}
    ),
    "POST authoring.change_items": Route(working_copy, form(do="add", section="0", type="single")),
    "GET authoring.source": Route(working_copy),
    "POST authoring.save_source": Route(working_copy, _source),
    "POST authoring.check": Route(working_copy, json={"source": "schema: qbank/1"}),
    "GET authoring.picture": Route(working_copy),
    "GET authoring.duplicates": Route(working_copy),
    "GET authoring.submit_page": Route(working_copy),
    "POST authoring.submit": Route(working_copy, form(revision=1, reason="because")),
    "POST authoring.adopt": Route(working_copy, form(number=1)),
    "GET authoring.history": Route(working_copy),
    "GET authoring.compare": Route(working_copy, query="old=1&new=0"),
    "GET authoring.waiting": Route(),
    "GET authoring.approval": Route(waiting_version),
    "POST authoring.approve": Route(waiting_version, refusals={"sent back": 409}),
    "POST authoring.send_back": Route(
        waiting_version, form(reason="because"), refusals={"sent back": 409}
    ),
    "POST authoring.withdraw": Route(waiting_version, refusals={"sent back": 409}),
    # assessments: the trainer's side
    "GET assessments.index": Route(),
    "GET assessments.new": Route(),
    "POST assessments.define": Route(body=_definition),
    "POST assessments.plan": Route(body=_definition),
    "GET assessments.monitor": Route(assessment),
    "GET assessments.monitor_xlsx": Route(assessment),
    "GET assessments.assign_page": Route(assessment),
    "POST assessments.assign": Route(assessment, _east),
    "POST assessments.cancel": Route(assessment, form(reason="because")),
    "POST assessments.lengthen": Route(assessment, form(limit_minutes=180)),
    "POST assessments.markers": Route(assessment, _markers),
    "POST assessments.preview": Route(assessment),
    "POST assessments.release": Route(complete_assessment),
    "POST assessments.give_time": Route(sat_by, form(minutes=5, reason="because")),
    # who has an attempt left is given none
    "POST assessments.give_attempt": Route(
        sat_by, form(reason="because"), refusals={"own": 409, "other": 409}
    ),
    "POST assessments.take_off": Route(sat_by),
    "GET assessments.review": Route(watched),
    "POST assessments.void": Route(watched, form(reason="because")),
    "POST assessments.count_late": Route(watched, form(reason="because")),
    # printed papers
    "GET papers.show": Route(formed_assessment),
    "POST papers.sheets": Route(formed_assessment),
    "GET papers.paper_pdf": Route(printed_paper, queries=("lang=en&separate=1",)),
    "GET papers.answers_pdf": Route(printed_paper),
    "GET papers.key_pdf": Route(printed_paper),
    "POST papers.zip_all": Route(
        formed_assessment, form(by="people", kinds=["paper", "key"], language="zh-CN")
    ),
    "GET papers.entry": Route(formed_assessment, queries=("page=2",)),
    "POST papers.enter": Route(formed_assessment, _typed),
    "GET papers.entry_xlsx": Route(formed_assessment),
    # 302: no file was sent, and the page says so
    "POST papers.upload": Route(formed_assessment),
    # assessments: the learner's side
    "GET assessments.mine": Route(),
    "GET assessments.start_page": Route(assignment),
    "POST assessments.start": Route(assignment),
    "GET assessments.take": Route(open_attempt),
    "GET assessments.item_image": Route(own_picture),
    "POST assessments.save": Route(open_attempt, json=SAVES),
    "POST assessments.signals": Route(open_attempt, json={"events": []}),
    "POST assessments.submit": Route(open_attempt, form(key="k", saves="[]")),
    "GET assessments.result": Route(finished_attempt),
    "GET assessments.result_pdf": Route(finished_attempt),
    "POST assessments.report_item": Route(finished_attempt, form(item=3, reason="key", text="x")),
    "GET assessments.item_reports": Route(),
    "GET assessments.item_report": Route(item_report),
    "POST assessments.answer_item_report": Route(item_report, form(verdict="kept", reply="x")),
    # marking
    "GET grading.queue": Route(),
    "POST grading.claim": Route(question),
    "GET grading.desk": Route(answer),
    "POST grading.mark": Route(answer, form(criteria=["c0"], points="", comment="", seen=0)),
    "POST grading.release": Route(),
    # framework
    "GET competency.expectations": Route(queries=("role=manager&step=manager",)),
    "POST competency.save_expectations": Route(body=_expectations),
    "GET competency.steps": Route(queries=("q=a",)),
    "POST competency.save_step": Route(person, _step),
    # tracks
    "GET tracks.home": Route(),
    "GET tracks.mine": Route(),
    "GET tracks.index": Route(),
    "GET tracks.show": Route(track, queries=("q=a",)),
    "GET tracks.lesson": Route(lesson),
    "GET tracks.boards_index": Route(),
    "GET tracks.board": Route(track, queries=("show=stuck", "q=a&sort=behind", "reason=late")),
    "GET tracks.board_xlsx": Route(track),
    "GET tracks.outcomes": Route(track),
    "GET tracks.outcomes_xlsx": Route(track),
    "POST tracks.enrol": Route(track, _on_the_path),
    "GET tracks.calendar": Route(),
    "POST tracks.open_calendar": Route(),
    "POST tracks.close_calendar": Route(),
    "GET tracks.certificate": Route(credential),
    "GET tracks.cohorts": Route(cohort_list),
    "POST tracks.make_cohort": Route(track, _a_cohort),
    "GET tracks.cohort": Route(cohort, queries=("q=a",)),
    "POST tracks.edit_cohort": Route(cohort, form(title="Renamed", place="", seats="")),
    "POST tracks.put_in": Route(cohort, _into_the_cohort),
    "POST tracks.move_start": Route(cohort, form(starts_on="2027-03-01", reason="because")),
    # 302: nothing was moved, and the page says so
    "POST tracks.undo_start": Route(cohort),
    "POST tracks.close_cohort": Route(cohort, form(closed="1")),
    "GET tracks.cohort_plan": Route(cohort, queries=("month=2026-03",)),
    "GET tracks.year_plan": Route(queries=("month=2026-03",)),
    "GET tracks.figures": Route(track),
    "POST tracks.change": Route(track),
    "GET tracks.versions": Route(track, queries=("old=1&new=1",)),
    "GET tracks.version_file": Route(track_version),
    "POST tracks.withdraw": Route(enrolment, form(reason="because")),
    "GET tracks.enrolment": Route(told_page),
    # the word is none that one can say: who signs in which place is tested beside the room
    "POST tracks.sign": Route(
        enrolment_page,
        form(party="learner", word="perhaps"),
        refusals=dict.fromkeys(("own", "team", "other"), 400),
    ),
    # the scene's gate is not extended, nobody is on leave, nobody has ended, nothing expires
    "POST tracks.extend": Route(enrolment, form(), refusals={"team": 422, "other": 422}),
    "POST tracks.pause": Route(enrolment, _leave),
    "POST tracks.resume": Route(enrolment, form(), refusals={"team": 422, "other": 422}),
    "POST tracks.waive": Route(enrolment, form(activity="path-lesson", undo="", reason="because")),
    # nobody of the scene has used up the attempts of an exam
    "POST tracks.retry": Route(
        enrolment, form(reason="because"), refusals={"team": 422, "other": 422}
    ),
    "POST tracks.exempt": Route(enrolment, form(evidence="because")),
    "POST tracks.take_off": Route(enrolment, form(reason="because")),
    "POST tracks.readmit": Route(
        enrolment, form(reason="because"), refusals={"team": 409, "other": 409}
    ),
    "POST tracks.recertify": Route(
        enrolment_page, form(), refusals=dict.fromkeys(("own", "team", "other"), 409)
    ),
    "GET tracks.move_preview": Route(enrolment, queries=("to=2",)),
    "POST tracks.move": Route(enrolment, form(to=2, reason="because")),
    "GET tracks.moves_preview": Route(track, queries=("to=1",)),
    # nobody is chosen
    "POST tracks.move_many": Route(
        track, form(reason="because"), refusals={"own": 422, "other": 422}
    ),
    "GET tracks.recall_preview": Route(recallable),
    # nobody holds the other
    "POST tracks.recall": Route(track, form(reason="because"), refusals={"other": 409}),
    "POST tracks.undo_recall": Route(recalled, form()),
    "POST tracks.confirm_lesson": Route(own_lesson),
    # deliverables
    "GET deliverables.activity": Route(work, queries=("revision=1",)),
    "POST deliverables.save": Route(own_work, json={"client": "matrix", "saves": []}),
    "GET deliverables.check": Route(own_work),
    "POST deliverables.hand_in": Route(own_work, form(key="matrix", sure="y")),
    # 302: no file was sent, and the page says so
    "POST deliverables.attach": Route(own_work),
    "POST deliverables.plan_milestones": Route(own_work, _milestone),
    # 404: nothing is followed up before the work is accepted
    "POST deliverables.follow_up": Route(own_work, refusals={"own": 404}),
    "GET deliverables.compare": Route(document, query="old=1&new=1"),
    "POST deliverables.comment": Route(
        document, form(number=1, row="row-0", quote="", text="words", key="matrix")
    ),
    "POST deliverables.answer": Route(crossed_document, form(text="words", key="matrix")),
    "POST deliverables.resolve": Route(crossed_document),
    "POST deliverables.accept": Route(handed_in, refusals={"other": 409}),
    "POST deliverables.send_back": Route(handed_in, form(reason="because")),
    # 404: these are not reviewed by peers; 409: there is nobody left to ask
    "POST deliverables.invite": Route(handed_in, refusals={"team": 404, "other": 409}),
    "GET deliverables.file": Route(crossed_document),
    "POST deliverables.detach": Route(own_document),
    "GET deliverables.reading": Route(reviewed_work),
    "GET deliverables.reading_file": Route(reviewed_work),
    "GET deliverables.index": Route(),
    "GET deliverables.backbone": Route(),
    # the knowledge base
    "GET knowledge.index": Route(queries=("q=amber&kind=objection&stale=1",)),
    "GET knowledge.show": Route(knowledge),
    "POST knowledge.used": Route(knowledge, form(customer="new", worked="yes", note="x")),
    "GET knowledge.new": Route(knowledge_kind),
    "POST knowledge.create": Route(knowledge_kind, _entry),
    "GET knowledge.edit": Route(waiting_knowledge),
    "POST knowledge.revise": Route(waiting_knowledge, _entry),
    "GET knowledge.versions": Route(waiting_knowledge),
    "GET knowledge.waiting": Route(),
    # 409: nothing waits
    "POST knowledge.approve": Route(waiting_knowledge, refusals={"published": 409}),
    "POST knowledge.send_back": Route(
        waiting_knowledge, form(reason="because"), refusals={"published": 409}
    ),
    "POST knowledge.retire": Route(waiting_knowledge, form(reason="because")),
    "POST knowledge.restore": Route(waiting_knowledge),
    "GET knowledge.quiz": Route(),
    "POST knowledge.make_quiz": Route(body=_cards),
    # rated work
    "GET fieldwork.activity": Route(sheet),
    "POST fieldwork.file": Route(sheet, _sheet_fields),
    "POST fieldwork.sign": Route(checklist, form(rows="row-0", key="matrix-key-2")),
    "GET fieldwork.sheet_pdf": Route(sheet),
    "GET fieldwork.by_code": Route(printed_sheet),
    "GET fieldwork.record": Route(field_record),
    "POST fieldwork.correct": Route(own_record, _sheet_fields),
    "GET fieldwork.mentees": Route(),
    "GET fieldwork.mentoring": Route(),
    "GET fieldwork.pairing": Route(trainee, queries=("q=a",)),
    "POST fieldwork.pair": Route(trainee, _mentor),
    "POST fieldwork.end_pairing": Route(trainee, lambda scene, _v: {"on": _day(scene)}),
    "GET fieldwork.seminar": Route(seminar),
    "POST fieldwork.open_code": Route(seminar, form(minutes="5", late="1")),
    "GET fieldwork.wall": Route(seminar),
    "POST fieldwork.presence": Route(attendance, form(presence="present", notes="because")),
    "GET fieldwork.check_in_page": Route(queries=("code=123456",)),
    "POST fieldwork.check_in": Route(body=form(code="123456")),
    "GET ratings.activity": Route(roleplay),
    "POST ratings.plan": Route(run_roleplay, lambda scene, _v: {"happens_on": _day(scene, 3)}),
    "GET ratings.performance": Route(performance, queries=("q=a",)),
    "POST ratings.invite": Route(planned_performance, _marker),
    "POST ratings.release": Route(held_performance),
    "POST ratings.void": Route(run_performance, form(reason="because")),
    "GET ratings.queue": Route(),
    "GET ratings.seat": Route(seat),
    "POST ratings.submit": Route(seat, form(**{"row-row-0": 3, "row-row-1": 2}, key="k", seen=0)),
    "POST ratings.decline": Route(seat, form(reason="because")),
    "POST ratings.appeal": Route(performance, form(reason="because")),
    "POST ratings.decide": Route(appealed_performance, form(verdict="kept", reason="because")),
    "GET ratings.answers": Route(own_released),
    "POST ratings.appeal_answer": Route(own_released, _answer_reason),
    "GET ratings.answer_desk": Route(answer_appeal),
    "POST ratings.decide_answer": Route(answer_appeal, form(points="1", reason="because")),
    "GET ratings.severity": Route(),
    "GET ratings.severity_xlsx": Route(),
    # reviews and reports
    "GET reviews.index": Route(),
    "GET reviews.new": Route(),
    "POST reviews.create": Route(body=_review),
    "GET reviews.edit": Route(review),
    "POST reviews.update": Route(review, _reviewed),
    "GET reports.own": Route(),
    "GET reports.person": Route(person, queries=("competency=influence",)),
    "POST reports.take": Route(person),
    "POST reports.save_plan": Route(reviewed, _goals),
    "POST reports.comment": Route(reviewed, form(text="mine")),
    "GET reports.assign": Route(person, query="competency=influence"),
    "POST reports.assign_save": Route(person, _a_test),
    "GET reports.pack_pdf": Route(snapshot),
    "GET reports.pack_xlsx": Route(snapshot),
    "GET reports.teams": Route(),
    "GET reports.team": Route(unit),
    "GET reports.team_xlsx": Route(unit),
    "POST reports.packs": Route(unit),
    # jobs
    "GET jobs.index": Route(),
    "GET jobs.show": Route(job),
    "GET jobs.file": Route(job_file),
    "POST jobs.repeat": Route(failed_job),
    "GET admin.jobs": Route(queries=("standing=failed&kind=renew_levels",)),
    "POST admin.repeat_job": Route(failed_job),
    "POST admin.cancel_job": Route(open_job),
    "POST admin.repeat_step": Route(periodic_step),
    "POST admin.send_mail_again": Route(unsent_mail),
    # mail
    "GET mailing.wishes": Route(),
    "POST mailing.wishes": Route(
        body=form(
            tasks="now",
            results="digest",
            work="never",
            files="never",
            other="digest",
            digest_at="08:30",
            quiet_from="21:00",
            quiet_to="08:00",
        )
    ),
}
# Open to everybody, tested by their own stories: the door, the probes, our own files.
PUBLIC: Final = frozenset(
    {
        "accounts.sign_in",
        "accounts.sign_in_again",
        "accounts.language",
        "tracks.calendar_feed",
        "kernel.alive",
        "kernel.ready",
        "static",
        "bootstrap.static",
        "staff.welcome",
    }
)
