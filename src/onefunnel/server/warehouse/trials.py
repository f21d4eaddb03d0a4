"""The deeds before anything is written: try an import, correct its mapping, try again."""

from __future__ import annotations

from django.utils import timezone

from onefunnel.connectors.mapping import Mapping, read_mapping, write_mapping
from onefunnel.server.people.models import Person
from onefunnel.server.people.rules import require
from onefunnel.server.warehouse.commands import WrongMoment
from onefunnel.server.warehouse.inbox import failures
from onefunnel.server.warehouse.inbox.mapping_edit import (
    with_column,
    with_file,
    with_personal,
    with_stages,
)
from onefunnel.server.warehouse.inbox.other_stages import other_stages
from onefunnel.server.warehouse.inbox.reading import read_files
from onefunnel.server.warehouse.inbox.running import Clock, save
from onefunnel.server.warehouse.inbox.trial import trial_of
from onefunnel.server.warehouse.inbox.unfinished_mapping import (
    NAME,
    as_before,
    take_back_choice,
    what_is_lacking,
)
from onefunnel.server.warehouse.models import Import

_S = Import.Status
LONGEST_MAPPING = 2_000_000


def ask_for_trial(*, import_id: object, by: Person | None) -> Import:
    """Put the import where a trial run may begin: its files are there.

    Raises:
        WrongMoment: it is under way or done, or its mapping lacks a column.
    """
    if by is not None:
        require(by, "import data")
    lacks = what_is_lacking(Import.objects.get(public_id=import_id).mapping)
    if lacks:
        raise WrongMoment(" ".join(lacks))
    steps = (_S.DRAFT, _S.PROPOSED, _S.CHECKED, _S.FAILED)
    changed = Import.objects.filter(
        public_id=import_id, status__in=steps, first_change__isnull=True
    ).update(status=_S.CHECKING, is_stop_asked=False, error="", phase="waiting for its turn")
    imported = Import.objects.get(public_id=import_id)
    if not changed:
        raise WrongMoment(f"This import is {imported.get_status_display()}; it cannot be tried.")
    return imported


def try_import(*, import_id: object, clock: Clock = timezone.now) -> Import:
    """Read the files, propose or apply the mapping, and keep what it would bring. Writes no fact.

    What goes wrong is on the import in plain words.
    """
    imported = Import.objects.get(public_id=import_id)
    with failures.told(imported, clock=clock):
        read = read_files(imported, clock=clock, now=clock())
        found = trial_of(read)
        found["changed"] = False
        stages = [one["stage"] for one in found["stages"] if one["leads"]]
        warned = [one.as_dict() for one in other_stages(stages, imported.source)]
        found["findings"] = warned + found["findings"]
        save(
            imported,
            mapping=write_mapping(read.reading.mapping),
            trial=found,
            status=_S.CHECKED,
            phase="",
            error="",
        )
    imported.refresh_from_db()
    return imported


def change_column(
    *,
    import_id: object,
    file: int,
    column: str,
    target: str,
    date: str,
    by: Person,
    personal: str = "",
) -> Import:
    """Say what one column of one file is; the next trial run shows what it does.

    The mapping may lack a column after that: it is kept, and further choices complete it.

    `personal` is "yes", "no", or "": then its name and values decide.

    Raises:
        NoSuchChange: the mapping does not allow it.
    """
    require(by, "import data")
    imported = _being_checked(import_id)
    entry = next((f for f in imported.trial["files"] if f["place"] == file), None)
    if entry is None:
        raise WrongMoment("There is no such file in this import.")
    keep_before = as_before(imported.trial, imported.mapping)
    mapping, at = _mapping(imported), entry["entry"]
    if at is None:
        mapping, at = with_file(mapping, entry["name"])
        entry["entry"] = at
    names = [one["name"] for one in entry["columns"]]
    before = next((one for one in entry["columns"] if one["name"] == column), {})
    said = {"personal": personal == "yes", "personal_said": personal} if personal else {}
    same = (before.get("target"), before.get("date")) == (target, date)
    if same and personal != before.get("personal_said", ""):  # only that is said: touch no more
        changed = with_personal(mapping, at, column, names, personal)
        before |= {"personal_said": personal, **said}
        keep_before()
        return _keep(imported, changed)
    changed = with_column(mapping, at, column, target, date=date)
    changed = with_personal(changed, at, column, names, personal)
    for one in entry["columns"]:
        if one["name"] == column:
            one |= {"personal_said": personal, **said}
            one |= {"target": target, "uses": [], "sure": "said by you", "reason": "", "date": date}
        elif target and one["target"] == target and "." in target:
            one |= {"target": "", "uses": [], "sure": "", "reason": "another column took its place"}
    keep_before()
    return _keep(imported, changed)


def undo_choice(*, import_id: object, by: Person) -> Import:
    """Take back what was last said of a column.

    Raises WrongMoment: nothing was said since the files were read.
    """
    require(by, "import data")
    imported = _being_checked(import_id)
    mapping = take_back_choice(imported.trial)
    if mapping is None:
        raise WrongMoment("There is no choice to take back since the files were read.")
    save(imported, mapping=mapping, trial=imported.trial)
    return imported


def change_stages(*, import_id: object, stages: list[tuple[str, str]], by: Person) -> Import:
    """Say in which order the stages come and what each means; other spellings of a name go with it.

    Raises NoSuchChange.
    """
    require(by, "import data")
    imported = _being_checked(import_id)
    known = {one["stage"]: one for one in imported.trial.get("stages", [])}
    spelled = [
        (spelling, kind)
        for name, kind in stages
        for spelling in (name, *known.get(name, {}).get("also", ()))
    ]
    changed = with_stages(_mapping(imported), spelled)
    imported.trial["stages"] = [
        {"leads": 0, "also": [], **known.get(name, {}), "stage": name, "kind": kind}
        for name, kind in stages
    ]
    return _keep(imported, changed)


def change_mapping(*, import_id: object, text: str, by: Person) -> Import:
    """Replace the mapping by an edited text. Raises MappingError with the line of the mistake."""
    require(by, "import data")
    imported = _being_checked(import_id)
    mapping = read_mapping(text[:LONGEST_MAPPING], "the mapping")
    imported.trial.pop("choices", None)  # they were made in a mapping that is no more
    return _keep(imported, mapping)


def _being_checked(import_id: object) -> Import:
    imported = Import.objects.get(public_id=import_id)
    if imported.status not in (_S.CHECKED, _S.FAILED) or imported.first_change is not None:
        raise WrongMoment(f"This import is {imported.get_status_display()}; start a new one.")
    return imported


def _mapping(imported: Import) -> Mapping:
    return read_mapping(imported.mapping, NAME, is_draft=True)


def _keep(imported: Import, mapping: Mapping) -> Import:
    text = write_mapping(mapping)
    read_mapping(text, NAME, is_draft=True)  # what cannot be read again is refused, not kept
    imported.trial["changed"] = True
    save(imported, mapping=text, trial=imported.trial)
    return imported
