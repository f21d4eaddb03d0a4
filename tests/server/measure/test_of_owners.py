"""Figures of one owner of leads: for that owner and the head of the team, on every way out."""

from dataclasses import replace
from typing import Any

import ibis
import pytest

from onefunnel.measures.catalogue import compute_measure
from onefunnel.measures.result import Result
from onefunnel.measures.scope import Scope
from onefunnel.server.measure.asking import BadQuestion
from onefunnel.server.measure.lists import NoSuchFigure
from onefunnel.server.measure.naming_nobody import check_names_nobody
from onefunnel.server.measure.of_owners import check_row, is_so_called, only_theirs
from onefunnel.server.people.models import Person, Role, Team
from onefunnel.simulate.ground_truth import Planted, ground_truth
from tests.server.measure.company import Company, Held, put_in_place_of

MEASURE = "friction_by_owner"


@pytest.fixture
def staff(db: None) -> dict[str, Person]:
    def one(name: str, team: Team, role: Role) -> Person:
        address = f"{name.replace(' ', '.').lower()}@owners.example"
        return Person.objects.create_user(address, "x", name=name, team=team, role=role)

    return {
        "seller": one("Wim Jarldorf", Team.SALES, Role.MEMBER),
        "other": one("Olga Other", Team.SALES, Role.MEMBER),
        "head": one("Hedda Head", Team.SALES, Role.LEAD),
        "marketing": one("Max Mark", Team.MARKETING, Role.LEAD),
        "boss": one("Bo Boss", Team.LEADERSHIP, Role.OWNER),
    }


def result(agreement: Any) -> Result:
    led = next(stage.name for stage in agreement.stages if "sales" in stage.leads)
    row = {"kind": "going on", "stage": led, "n": 30, "note": ""}
    rows = ({**row, "owner": "Wim Jarldorf"}, {**row, "owner": "Nobody Here"})
    return Result(MEASURE, "", None, None, Scope(), ("kind", "stage", "owner", "n", "note"), rows)


def test_who_takes_the_name_of_another_sees_nothing_of_theirs(
    staff: dict[str, Person], demo: Company
) -> None:
    """Anyone may call themselves anything: the address they were invited by says who they are."""
    agreement = led_by_sales(demo.agreement)
    other, marketing = staff["other"], staff["marketing"]
    for one in (other, marketing):
        one.name = "Wim Jarldorf"
        one.save()
    assert only_theirs(result(agreement), other, agreement).rows == ()
    assert only_theirs(result(agreement), marketing, agreement).rows == ()
    staff["seller"].name = "Somebody Else"
    staff["seller"].save()
    head = only_theirs(result(agreement), staff["head"], agreement)
    assert [row["owner"] for row in head.rows] == ["Wim Jarldorf", "Nobody Here"]


@pytest.mark.parametrize(
    ("name", "address", "is_so"),
    [
        ("Ana Ruiz", "ana.ruiz@firm.example", True), ("Ana Ruiz", "aruiz@firm.example", True),
        ("Ana Ruiz", "ruiz_ana2@firm.example", True), ("Ana Ruiz", "anaruiz@firm.example", True),
        ("Zoë Groß", "zoe.gross@firm.example", True), ("Ana", "ana@firm.example", True),
        ("Ana Ruiz", "ana@firm.example", False), ("Ana Ruiz", "max.mark@firm.example", False),
        ("", "a@firm.example", False), ("Al", "a.l@firm.example", True),
    ],
)  # fmt: skip
def test_a_name_that_the_address_says(name: str, address: str, is_so: bool) -> None:
    assert is_so_called(Person(name=name, email=address)) is is_so


@pytest.mark.parametrize(
    ("who", "sees"),
    [
        ("seller", ["Wim Jarldorf"]),
        ("other", []),
        ("head", ["Wim Jarldorf", "Nobody Here"]),
        ("marketing", []),
        ("boss", []),
    ],
)
def test_who_sees_which_owner(
    staff: dict[str, Person], demo: Company, who: str, sees: list[str]
) -> None:
    agreement = led_by_sales(demo.agreement)
    found = only_theirs(result(agreement), staff[who], agreement)
    assert [row["owner"] for row in found.rows] == sees
    assert bool(found.notes) == (len(sees) < 2)
    for row in result(agreement).rows:
        named = {key: str(row[key]) for key in ("kind", "stage", "owner")}
        if row["owner"] in sees:
            check_row(MEASURE, named, staff[who], agreement)
        else:
            with pytest.raises(NoSuchFigure):
                check_row(MEASURE, named, staff[who], agreement)


def test_owners_of_the_workspace_stand_in_for_a_head(
    staff: dict[str, Person], demo: Company
) -> None:
    agreement = led_by_sales(demo.agreement)
    staff["head"].is_active = False
    staff["head"].save()
    found = only_theirs(result(agreement), staff["boss"], agreement)
    assert len(found.rows) == 2


def led_by_sales(agreement: Any) -> Any:
    stages = tuple(replace(stage, leads=("sales",)) for stage in agreement.stages)
    return replace(agreement, stages=stages)


WAYS = ("/measure/friction_by_owner.csv", "/api/measure/friction_by_owner")


@pytest.mark.parametrize("address", WAYS)
def test_no_way_out_names_other_owners(
    staff: dict[str, Person], demo: Company, signed_in: Any, address: str
) -> None:
    answer = signed_in(staff["other"]).get(address)
    assert answer.status_code == 200
    text = answer.content.decode()
    assert "Jarldorf" not in text
    seller = signed_in(staff["seller"]).get(address).content.decode()
    assert "Jarldorf" in seller
    assert "Corvton" not in seller


def test_the_page_names_an_owner_only_for_what_stands_out(
    staff: dict[str, Person],
    monkeypatch: pytest.MonkeyPatch,
    signed_in: Any,
) -> None:
    planted = Planted(0, "Dairy", "Wim", factor=0.3)
    truth = ground_truth(seed=1, leads=8_000, planted=planted)
    agreement = led_by_sales(truth.agreement)
    put_in_place_of(monkeypatch, Held(truth.facts, agreement))

    def table_for(who: str) -> str:
        text = signed_in(staff[who]).get("/measure/friction/").content.decode()
        return text.partition("head-friction_by_owner")[2]

    assert "Wim" in table_for("head")
    assert "Greta" not in table_for("head")
    assert "Wim" not in table_for("other")


def test_lists_of_other_owners_are_not_there(
    staff: dict[str, Person], demo: Company, signed_in: Any
) -> None:
    rows = compute_measure(MEASURE, demo.facts(), demo.agreement).rows
    row = next(row for row in rows if row["owner"] == "Wim Jarldorf" and row["p"] is not None)
    query = {"measure": MEASURE, "figure": "n"} | {
        f"row.{key}": str(row[key]) for key in ("kind", "stage", "segment", "owner")
    }
    own = {key: value for key, value in query.items() if key != "measure"}
    ways = (("/measure/list/", query), ("/measure/list.csv", query),
            (f"/api/measure/{MEASURE}/list", own))  # fmt: skip
    for address, asked in ways:
        assert signed_in(staff["other"]).get(address, asked).status_code == 404, address
        assert signed_in(staff["seller"]).get(address, asked).status_code == 200, address
    assert signed_in(staff["seller"]).get(f"/measure/{MEASURE}.svg").status_code == 404


@pytest.mark.parametrize(
    "asked",
    [
        {"where": "owner = 'Wim Jarldorf'"},
        {"by": "owner"},
        {"by": "accounts.Sales_Agent"},
        {"where": "SELLER_NAME = 'x'"},
        {"by": "account_manager"},
        {"by": "AssignedTo"},
        {"where": "owners = 'x'"},
    ],
)
@pytest.mark.parametrize("measure", ["friction", MEASURE, "win_loss"])
def test_friction_is_not_asked_about_one_person(
    staff: dict[str, Person], demo: Company, signed_in: Any, measure: str, asked: dict[str, str]
) -> None:
    """Asked so, what only the owner and the head may see would be open to everybody."""
    row = {"row.kind": "going on", "row.stage": led_by_sales(demo.agreement).stages[0].name,
           "row.owner": "Wim Jarldorf", "figure": "n"}  # fmt: skip
    for address, more in (
        (f"/api/measure/{measure}", {}), (f"/measure/{measure}.csv", {}),
        (f"/api/measure/{measure}/list", row), ("/measure/list/", row | {"measure": measure}),
        ("/measure/list.csv", row | {"measure": measure}),
    ):  # fmt: skip
        answer = signed_in(staff["head"]).get(address, asked | more)
        assert answer.status_code == 422, address
        assert "a figure of one person" in answer.content.decode(), address
    page = signed_in(staff["head"]).get("/measure/friction/", asked).content.decode()
    assert "a figure of one person" in page
    menu = signed_in(staff["head"]).get("/measure/friction/").content.decode()
    assert '<option value="country"' in menu
    assert '<option value="owner"' not in menu
    shares = signed_in(staff["head"]).get("/api/measure/stages", {"by": "owner"})
    assert shares.status_code == 200


def test_a_column_of_owners_is_known_by_what_it_holds(demo: Company) -> None:
    facts = demo.facts()
    leads = facts["leads"].mutate(kam=facts["leads"]["owner"], users=ibis.literal(7))
    more = replace(facts, tables={**facts.tables, "leads": leads})
    with pytest.raises(BadQuestion, match="kam"):
        check_names_nobody("friction", Scope(by="kam"), more)
    check_names_nobody("friction", Scope(by="country", where="users > 5"), more)
    check_names_nobody("stages", Scope(by="kam"), more)
