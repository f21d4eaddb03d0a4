"""What the agreement's pages show, as plain data."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass

from onefunnel.agreement.completeness import Tick, five_ticks
from onefunnel.agreement.document import Agreement
from onefunnel.agreement.glossary import slug_of, terms
from onefunnel.agreement.predicates.errors import PredicateError
from onefunnel.agreement.predicates.parse import parse
from onefunnel.agreement.rules.gap import Columns, Gap
from onefunnel.agreement.stage import Stage
from onefunnel.server.agree.gaps import gaps_of
from onefunnel.server.people.models import Team

#: Which identity colour a team's name goes with; the rest are grey.
_IDENTITIES = {"marketing": "team-marketing", "sales": "team-sales"}
_KIND_WORDS = {
    "open": "",
    "won": "Won",
    "lost": "Off the path: lost",
    "disqualified": "Off the path: disqualified",
    "recycled": "Off the path: recycled",
}


@dataclass(frozen=True)
class TeamView:
    """A team as written, with its colour's class (never without the word)."""

    name: str
    identity: str


@dataclass(frozen=True)
class StageView:
    """One stage in words. `sentence` is its definition, `problem` why that cannot be run."""

    name: str
    slug: str
    kind: str
    meaning: str
    lane: str
    leads: tuple[TeamView, ...]
    supports: tuple[TeamView, ...]
    is_joint: bool
    when: str
    sentence: str
    problem: str
    measure: str
    target: str
    initiatives: tuple[str, ...]
    touchpoints: tuple[str, ...]
    promise: str
    ticks: tuple[Tick, ...]


@dataclass(frozen=True)
class AgreementView:
    """The page of one agreement: the funnel in words and what is missing in it."""

    agreement: Agreement
    path: tuple[StageView, ...]
    detours: tuple[StageView, ...]
    gaps: tuple[Gap, ...]
    handovers: tuple[tuple[str, str], ...]
    audiences: tuple[tuple[str, str, str, str], ...]

    @property
    def stages(self) -> tuple[StageView, ...]:
        return (*self.path, *self.detours)


def view_of(
    agreement: Agreement, columns: Columns, signed_by: Set[str] = frozenset()
) -> AgreementView:
    """The agreement as its page shows it; `signed_by` are the teams whose signature stands."""
    ticks = five_ticks(agreement, columns, signed_by)
    return AgreementView(
        agreement=agreement,
        path=tuple(_stage(each, columns, ticks) for each in agreement.success_path),
        detours=tuple(_stage(each, columns, ticks) for each in agreement.detours),
        gaps=gaps_of(agreement, columns),
        handovers=tuple(
            (card.name, in_words(card.accepted_when, columns)[0]) for card in agreement.handovers
        ),
        audiences=tuple(
            (kind, each.name, each.meaning, in_words(each.when, columns)[0])
            for kind, group in (("Segment", agreement.segments), ("Persona", agreement.personas))
            for each in group
        ),
    )


def in_words(text: str, columns: Columns) -> tuple[str, str]:
    """A definition as a sentence, or why it cannot be run."""
    if not text.strip():
        return "", "not defined yet"
    try:
        return parse(text, columns).sentence(), ""
    except PredicateError as error:
        return "", str(error)


def team_view(name: str) -> TeamView:
    known = {team.value: team.label for team in Team}
    return TeamView(known.get(name, name), _IDENTITIES.get(name.strip().casefold(), ""))


@dataclass(frozen=True)
class Word:
    """One word of the glossary page: what the agreement says of it, and what it means at large."""

    name: str
    slug: str
    agreed: str
    owner: str
    meaning: str
    also: tuple[str, ...]
    group: str


def glossary_of(agreement: Agreement) -> dict[str, list[Word]]:
    """Every word by group: first those of the agreement, then the product's own."""
    own: dict[str, tuple[str, str, str]] = {
        stage.name.casefold(): (stage.name, stage.meaning, " and ".join(stage.leads))
        for stage in agreement.stages
    }
    own |= {
        term.name.casefold(): (term.name, term.meaning, term.owner)
        for term in agreement.glossary
        if term.meaning.strip() or not own.get(term.name.casefold(), ("", ""))[1]
    }
    known = {term.slug: term for term in terms()}
    groups: dict[str, list[Word]] = {}
    used: set[str] = set()
    for name, meaning, owner in own.values():
        slug = slug_of(name)
        if not slug or slug in used:
            continue
        used.add(slug)
        general = known.get(slug)
        groups.setdefault("Your own words", []).append(
            Word(
                name,
                slug,
                meaning,
                owner,
                general.meaning if general else "",
                general.also if general else (),
                "Your own words",
            )
        )
    for term in terms():
        if term.slug not in used:
            word = Word(term.name, term.slug, "", "", term.meaning, term.also, term.group)
            groups.setdefault(term.group, []).append(word)
    return groups


def _stage(stage: Stage, columns: Columns, ticks: Mapping[str, tuple[Tick, ...]]) -> StageView:
    sentence, problem = in_words(stage.when, columns)
    promise = stage.customer_promise
    said = []
    if promise is not None:
        if promise.words:
            said.append(promise.words)
        if promise.reply_within_hours is not None:
            said.append(f"A reply within {promise.reply_within_hours:g} business hours.")
        if promise.one_contact:
            said.append("Never two teams at once.")
    return StageView(
        name=stage.name,
        slug=slug_of(stage.name),
        kind=_KIND_WORDS[stage.kind],
        meaning=stage.meaning,
        lane=stage.lane,
        leads=tuple(team_view(name) for name in stage.leads),
        supports=tuple(team_view(name) for name in stage.supports),
        is_joint=stage.is_joint,
        when=stage.when,
        sentence=sentence[:1].upper() + sentence[1:],
        problem=problem,
        measure=stage.measure,
        target=_target(stage),
        initiatives=stage.initiatives,
        touchpoints=stage.touchpoints,
        promise=" ".join(said),
        ticks=ticks.get(stage.name, ()),
    )


def _target(stage: Stage) -> str:
    """The target in words: shares (0..1 of a conversion, rate or share) as per cent."""
    if stage.target is None:
        return ""
    is_share = any(word in stage.measure for word in ("conversion", "rate", "share"))
    if is_share and 0 <= stage.target <= 1:
        return f"{stage.target * 100:g}%"
    return f"{stage.target:g}"
