"""Encodings: what was written is what is read, in every encoding exports come in."""

from __future__ import annotations

from pathlib import Path

import pytest

from onefunnel.connectors.reading.encodings import decide

from .at_the_desk import kinds, rows, the_table

WORDS = {
    "cp1252": ["Müller Straße", "Élève façon", "José Núñez", "São João ação", "Åke Öberg",
               "Søren Ørsted", "5 € – “good”"],
    "cp1250": ["Łukasz Wiśniewski", "Příliš žluťoučký kůň", "Gyűjtő őrség", "Čović Žižić"],
    "cp1251": ["Иван Петров", "Менеджер по продажам", "Київ Україна"],
    "cp1253": ["Γιώργος Παπαδόπουλος", "Αθήνα Ελλάδα"],
    "cp1254": ["Işık Yılmaz Doğan", "Şişli Çağrı"],
    "mac_roman": ["Müller Köln Straße", "Élève façon"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("encoding", "words"), [(name, word) for name, words in WORDS.items() for word in words]
)
def test_one_name_is_enough_to_tell_the_encoding(encoding: str, words: str) -> None:
    data = f"name\n{words}\n".encode(encoding)
    assert data.decode(decide([data]).name) == f"name\n{words}\n"


@pytest.mark.parametrize("encoding", [*WORDS, "utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
def test_a_table_in_each_encoding(tmp_path: Path, encoding: str) -> None:
    words = WORDS.get(encoding, ["Müller", "Łódź", "Иван", "日本", "🙂"])
    text = "id;name\r\n" + "".join(f"{n};{word}\r\n" for n, word in enumerate(words))
    table = the_table(tmp_path, "a.csv", text.encode(encoding))
    assert [row[1] for row in rows(table)] == words
    assert table.columns == ("id", "name")


def test_an_accent_far_behind_the_head_decides_the_whole_file(tmp_path: Path) -> None:
    lines = ["id,name"] + [f"{n},plain name number {n}" for n in range(60_000)] + ["x,Müller"]
    table = the_table(tmp_path, "a.csv", "\n".join(lines).encode("cp1252"))
    assert rows(table)[-1] == ("x", "Müller", 60_001)
    assert table.encoding == "windows-1252"


def test_two_encodings_in_one_file_are_each_read_as_what_they_are(tmp_path: Path) -> None:
    data = "id,name\n1,Łódź\n".encode() + "2,Müller\n".encode("cp1252")
    table = the_table(tmp_path, "a.csv", data)
    assert [row[1] for row in rows(table)] == ["Łódź", "Müller"]
    assert "mixed-encoding" in kinds(table)
