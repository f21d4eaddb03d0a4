"""Forty small files that are made to hurt whoever opens them."""

from __future__ import annotations

import gzip
import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

MIB = 1 << 20
_OOXML = "http://schemas.openxmlformats.org"
_DOCUMENT = f"{_OOXML}/officeDocument/2006/relationships"
_APPLICATION = "application/vnd.openxmlformats"
_TYPES = (
    f'<?xml version="1.0"?><Types xmlns="{_OOXML}/package/2006/content-types">'
    f'<Default Extension="rels" ContentType="{_APPLICATION}-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_APPLICATION}-officedocument'
    '.spreadsheetml.sheet.main+xml"/></Types>'
)
_RELS = (
    f'<?xml version="1.0"?><Relationships xmlns="{_OOXML}/package/2006/relationships">'
    f'<Relationship Id="rId1" Type="{_DOCUMENT}/{{kind}}" Target="{{target}}"/></Relationships>'
)
_BOOK = (
    f'<?xml version="1.0"?><workbook xmlns="{_OOXML}/spreadsheetml/2006/main" '
    f'xmlns:r="{_DOCUMENT}"><sheets>'
    '<sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>'
)
_LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE log [<!ENTITY a0 "ha">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    + "]>"
)


@cache
def _repeated(block: bytes, times: int) -> bytes:
    """A raw deflate stream of the block so many times, made without packing it so many times."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    piece = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
    end = zlib.compressobj(9, zlib.DEFLATED, -15).flush()
    return piece * times + end


def _zeros(megabytes: int) -> bytes:
    return _repeated(bytes(MIB), megabytes)


def _zip(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def _packed_zip(members: dict[str, tuple[bytes, int]]) -> bytes:
    """A zip of members that are packed already, with the size its directory claims of each."""
    out, directory = bytearray(), bytearray()
    for name, (data, size) in members.items():
        raw = name.encode()
        fields = (20, 0, 8, 0, 0, 0, len(data), size)
        start = len(out)
        out += struct.pack("<IHHHHHIIIHH", 0x04034B50, *fields, len(raw), 0) + raw + data
        directory += struct.pack(
            "<IHHHHHHIIIHHHHHII", 0x02014B50, 20, *fields, len(raw), 0, 0, 0, 0, 0, start
        ) + raw  # fmt: skip
    counts = (0, 0, len(members), len(members), len(directory), len(out), 0)
    return bytes(out + directory + struct.pack("<IHHHHIIH", 0x06054B50, *counts))


def _zip_of_zeros(names: list[str], megabytes: int, *, declared: int | None = None) -> bytes:
    size = megabytes * MIB if declared is None else declared
    return _packed_zip({name: (_zeros(megabytes), size) for name in names})


def _gz(data: bytes) -> bytes:
    return gzip.compress(data, 9, mtime=0)


def _gz_of(block: bytes, times: int) -> bytes:
    return b"\x1f\x8b\x08\0\0\0\0\0\0\x03" + _repeated(block, times) + bytes(8)


def _parts(sheet: bytes) -> dict[str, bytes]:
    return {
        "[Content_Types].xml": _TYPES.encode(),
        "_rels/.rels": _RELS.format(kind="officeDocument", target="xl/workbook.xml").encode(),
        "xl/workbook.xml": _BOOK.encode(),
        "xl/_rels/workbook.xml.rels": _RELS.format(
            kind="worksheet", target="worksheets/sheet1.xml"
        ).encode(),
        "xl/worksheets/sheet1.xml": sheet,
    }


def _workbook(sheet: bytes) -> bytes:
    return _zip(_parts(sheet))


def _big_workbook(name: str, block: bytes, times: int, *, declared: int | None = None) -> bytes:
    """A workbook one part of which is the block, so many times."""
    size = len(block) * times if declared is None else declared
    parts = {part: (_repeated(data, 1), len(data)) for part, data in _parts(_sheet(b"")).items()}
    return _packed_zip(parts | {name: (_repeated(block, times), size)})


def _sheet(rows: bytes, extent: str = "A1:B2") -> bytes:
    head = f'<?xml version="1.0"?><worksheet xmlns="{_OOXML}/spreadsheetml/2006/main">'
    head += f'<dimension ref="{extent}"/><sheetData>'
    return head.encode() + rows + b"</sheetData></worksheet>"


def _sparse(size: int, head: bytes = b"") -> Callable[[Path], None]:
    def write(path: Path) -> None:
        with path.open("wb") as out:
            out.write(head)
            out.truncate(size)

    return write


def _far_cell() -> bytes:
    row = b'<row r="1"><c r="A1"><v>1</v></c></row>'
    row += b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    return _workbook(_sheet(row, "A1:XFD1048576"))


_ROWS = b'<row r="1"><c r="A1"><v>1</v></c></row>' * 26_000


def bombs() -> Iterator[tuple[str, bytes | Callable[[Path], None]]]:
    """The name of each file, and its bytes or what writes it."""
    one = b"id,name\n1,Ann\n"
    yield "zeros.zip", _zip_of_zeros(["a.csv"], 3000)
    yield "many-zeros.zip", _zip_of_zeros([f"{n}.csv" for n in range(20)], 300)
    yield "lying-zeros.zip", _zip_of_zeros(["a.csv"], 1000, declared=100)
    yield "lying-xlsx-in.zip", _zip_of_zeros(["a.xlsx"], 1000, declared=100)
    yield "zip-in.zip", _zip({"inner.zip": _zip({"a.csv": one})})
    yield "zip-bomb-in.zip", _zip({"inner.zip": _zip_of_zeros(["a.csv"], 1000)})
    yield "gz-in.zip", _zip({"a.csv.gz": _gz(one)})
    yield "zip-in.csv.gz", _gz(_zip({"a.csv": one}))
    yield "gz-in.gz", _gz(_gz(bytes(5 * MIB)))
    yield "twenty-thousand.zip", _zip({f"{n}.csv": b"" for n in range(20_000)})
    yield "climbing.zip", _zip({"../../etc/a.csv": bytes(100), "/abs.csv": bytes(9)})
    yield "cut.zip", _zip({"a.csv": one * 1000})[:-30]
    yield "zeros.csv.gz", _gz_of(bytes(MIB), 3000)
    yield "commas.csv.gz", _gz_of(b",,\n" * 300_000, 130)
    yield "cut.csv.gz", _gz(one * 100_000)[:-300]
    yield "garbage.csv.gz", b"\x1f\x8b\x08\0" + bytes(range(256)) * 9
    yield "big-sheet.xlsx", _big_workbook("xl/worksheets/sheet1.xml", _ROWS, 300)
    yield "lying.xlsx", _big_workbook("xl/worksheets/sheet1.xml", _ROWS, 230, declared=100)
    yield "strings.xlsx", _big_workbook("xl/sharedStrings.xml", b"<si><t>a</t></si>" * 60_000, 240)
    yield "far-cell.xlsx", _far_cell()
    yield "laughs.xlsx", _workbook(_LAUGHS.encode() + b"<worksheet>&a9;</worksheet>")
    yield "cut.xlsx", _workbook(_sheet(_ROWS))[:-200]
    yield "garbage.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(range(256)) * 400
    yield "deep.json", b"[" * (20 * MIB)
    yield "deep-objects.json", b'[{"a":' * MIB
    yield "deep-line.jsonl", b'{"a":' * MIB + b"1" + b"}" * MIB
    yield "long-text.json", b'[{"a": "' + b"x" * (60 * MIB)
    yield "many-names.json", b"[{" + b",".join(b'"k%d":1' % n for n in range(500_000)) + b"}]"
    yield "new-names.jsonl", b"".join(b'{"k%d":1}\n' % n for n in range(200_000))
    yield "digits.json", b'[{"n": ' + b"9" * (30 * MIB) + b"}]"
    yield (
        "laughs.xes",
        _LAUGHS.encode() + b"<log><trace><string key='a' value='&a9;'/></trace></log>",
    )
    yield (
        "blow-up.xes",
        (
            b"<!DOCTYPE log [<!ENTITY a '"
            + b"x" * 50_000
            + b"'>]><log>"
            + b"&a;" * 50_000
            + b"</log>"
        ),
    )
    yield (
        "outside.xes",
        (
            b"<!DOCTYPE log [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>"
            b"<log><trace><event><string key='a' value='b'/></event>&a;</trace></log>"
        ),
    )
    yield "deep.xes", b"<log>" + b"<trace>" * 500_000
    yield "columns.csv", b",".join(b"c%d" % n for n in range(1_000_000)) + b"\n" + b"," * 999_999
    yield "one-line.csv", b"id,name\n" + b"x" * (40 * MIB)
    yield "sparse.csv", _sparse(10 << 30)
    yield "sparse-below.csv", _sparse(3 << 30, one)
    yield "open-quote.csv", b'id,name\n1,"' + b"x\n" * (12 * MIB)
    yield "lying.parquet", b"PAR1" + bytes(1000) + struct.pack("<I", 2**31 - 10) + b"PAR1"
