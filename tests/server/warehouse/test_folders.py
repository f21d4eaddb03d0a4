"""Which folders of the server may be named for an import."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings

from onefunnel.server.warehouse.inbox.files import BadUpload, allowed_folders, check_folder
from onefunnel.server.warehouse.models import Import
from tests.server.warehouse.conftest import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def incoming(workspace: Path) -> Path:
    folder = workspace / "incoming" / "crm"
    folder.mkdir(parents=True)
    return folder


@pytest.mark.parametrize("folder", ["/", "/etc", "/root", "/proc", "/home", "/nowhere"])
def test_the_server_s_own_folders_are_refused_and_the_setting_named(
    folder: str, workspace: Path
) -> None:
    with pytest.raises(BadUpload, match="ONEFUNNEL_FOLDERS"):
        check_folder(folder)


def test_the_workspace_s_folder_for_exports_is_allowed(incoming: Path, workspace: Path) -> None:
    assert check_folder(str(incoming)) == incoming.resolve()
    for other in (workspace, workspace / "imports", incoming / ".." / ".."):
        with pytest.raises(BadUpload):
            check_folder(str(other))


def test_a_link_that_leads_outside_is_refused(
    incoming: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    (incoming / "link").symlink_to(tmp_path_factory.mktemp("elsewhere"))
    with pytest.raises(BadUpload, match="may be read here"):
        check_folder(str(incoming / "link"))


def test_other_folders_can_be_allowed(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, incoming: Path
) -> None:
    one, two = tmp_path_factory.mktemp("one"), tmp_path_factory.mktemp("two")
    (one / "deep").mkdir()
    monkeypatch.setenv("ONEFUNNEL_FOLDERS", f"{one}:{two}")
    assert check_folder(str(one / "deep")) == (one / "deep").resolve()
    assert check_folder(str(two)) == two.resolve()
    with pytest.raises(BadUpload):
        check_folder(str(incoming))


def test_the_folder_of_the_command_line_is_allowed_on_this_machine_only(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, owner: object
) -> None:
    given, named = tmp_path_factory.mktemp("given"), tmp_path_factory.mktemp("named")
    Import.objects.create(created_at=NOW, folder=str(given))
    Import.objects.create(created_at=NOW, folder=str(named), by=owner)
    monkeypatch.setattr(settings, "BIND_HOST", "127.0.0.1")
    monkeypatch.setattr(settings, "PUBLIC_URL", "")
    assert given in allowed_folders()
    assert named not in allowed_folders()
    monkeypatch.setattr(settings, "BIND_HOST", "0.0.0.0")
    assert given not in allowed_folders()
