"""Files as they come in: names made harmless, sizes limited, readable by one user only."""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from django.conf import settings

from onefunnel.server.warehouse.models import Import, ImportFile

MOST_FILES = 500
MOST_BYTES = 4 << 30
#: The setting with the folders that may be read, separated as in PATH.
SETTING = "ONEFUNNEL_FOLDERS"
#: The workspace's own folder for exports.
INCOMING = "incoming"
_THIS_MACHINE = ("127.0.0.1", "localhost", "::1")
_UNSAFE = re.compile(r"[^\w .()\[\]+,=@#&-]+")


class BadUpload(Exception):
    """A file or folder that is not taken. The text says why and what to do."""


class Upload(Protocol):
    """What Django gives for an uploaded file."""

    name: str | None
    size: int | None

    def chunks(self) -> Iterator[bytes]: ...


def safe_name(given: str) -> str:
    """The file's own name without path, controls, direction marks or leading dots; 120 at most.

    >>> safe_name("../../etc/<img src=x>\u202egnp.csv")
    'img src=x gnp.csv'
    """
    name = unicodedata.normalize("NFC", given).replace("\\", "/").rsplit("/", 1)[-1]
    shown = "".join(c if unicodedata.category(c)[0] != "C" else " " for c in name)
    shown = re.sub(r"\s+", " ", _UNSAFE.sub(" ", shown)).strip(" .")
    stem, dot, ending = shown.rpartition(".")
    if dot and len(ending) <= 10:
        return f"{stem[: 119 - len(ending)]}.{ending}" if stem else f"file.{ending}"
    return shown[:120] or "file"


def files_folder(imported: Import) -> Path:
    """Where the uploads of one import lie."""
    folder = Path(settings.WORKSPACE) / "imports" / str(imported.public_id) / "files"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def keep_upload(imported: Import, upload: Upload) -> ImportFile:
    """Write one upload to disk (0600) and take note of it. Raises BadUpload."""
    if imported.files.count() >= MOST_FILES:
        raise BadUpload(
            f"An import takes {MOST_FILES} files. Put them in one .zip, or in two imports."
        )
    folder = files_folder(imported)
    name = _free(folder, safe_name(upload.name or "file"))
    path = folder / name
    taken = sum(file.size for file in imported.files.all())
    digest = hashlib.sha256()
    size = 0
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as out:
            for chunk in upload.chunks():
                size += len(chunk)
                if taken + size > MOST_BYTES:
                    raise BadUpload(
                        f"The files are larger than {MOST_BYTES >> 30} GiB together. Put them in a "
                        "folder of the server and name the folder instead."
                    )
                digest.update(chunk)
                out.write(chunk)
            out.flush()
            os.fsync(out.fileno())
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return ImportFile.objects.create(
        imported=imported, name=name, stored_as=name, size=size, digest=digest.hexdigest()
    )


def check_folder(text: str) -> Path:
    """The folder of the server that was named. Raises BadUpload where it may not be read."""
    folder = Path(text.strip()).expanduser()
    if not text.strip() or not folder.is_absolute():
        raise BadUpload("Give the whole path of the folder, from the root: /srv/exports/crm.")
    folder = folder.resolve()  # where links lead is what counts
    allowed = allowed_folders()
    if not any(folder.is_relative_to(one) for one in allowed):
        # said before looking whether it is there, so that nobody can ask around the disk
        listed = ", ".join(str(one) for one in allowed)
        raise BadUpload(
            f"{folder} is not among the folders that may be read here: {listed}. Put the exports "
            f"there, or whoever runs the server allows another folder by naming it in {SETTING}."
        )
    if not folder.is_dir() or not os.access(folder, os.R_OK | os.X_OK):
        raise BadUpload(
            f"There is no folder {folder} that the server may read. Check the path and its rights."
        )
    own = Path(settings.WORKSPACE).resolve()
    is_incoming = folder.is_relative_to(own / INCOMING)
    if not is_incoming and (folder.is_relative_to(own) or own.is_relative_to(folder)):
        raise BadUpload("This folder holds the workspace itself. Name the folder of the exports.")
    return folder


def allowed_folders() -> tuple[Path, ...]:
    """The folders of the server that people may name, with all below them.

    Those of the setting; without it the workspace's own for exports and, while only this machine
    can reach the server, the folders that its command line was given (imports of nobody).
    """
    given = [one for one in os.environ.get(SETTING, "").split(os.pathsep) if one.strip()]
    if given:
        return tuple(Path(one.strip()).expanduser().resolve() for one in given)
    found = [Path(settings.WORKSPACE).resolve() / INCOMING]
    if getattr(settings, "BIND_HOST", "") in _THIS_MACHINE and not settings.PUBLIC_URL:
        of_nobody = Import.objects.filter(by__isnull=True).exclude(folder="")
        named = of_nobody.order_by("folder").values_list("folder", flat=True).distinct()
        found += [Path(one) for one in named if Path(one).parent != Path(one)]
    return tuple(found)


def _free(folder: Path, name: str) -> str:
    stem, dot, ending = name.rpartition(".")
    stem, ending = (stem, f".{ending}") if dot else (name, "")
    tried, number = name, 1
    while (folder / tried).exists():
        number += 1
        tried = f"{stem} ({number}){ending}"
    return tried
