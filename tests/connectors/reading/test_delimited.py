"""Delimited text: rows in = read + refused, nothing swallowed, every refusal explained."""

from __future__ import annotations

from pathlib import Path

import pytest

from .at_the_desk import at_the_desk, kinds, rows, the_table


def test_quotes_and_newlines_inside_cells(tmp_path: Path) -> None:
    text = 'id,note\n1,"first line\nsecond ""line"", with comma"\n2,plain\n'
    table = the_table(tmp_path, "a.csv", text)
    assert rows(table) == [("1", 'first line\nsecond "line", with comma', 1), ("2", "plain", 2)]
    assert (table.rows_in, table.rows_read, table.refused_rows) == (2, 2, 0)


def test_a_row_with_too_few_or_too_many_cells_is_refused_with_its_number(tmp_path: Path) -> None:
    table = the_table(tmp_path, "a.csv", "a,b,c\n1,2,3\n4,5\n6,7,8,9\n10,11,12\n")
    assert rows(table) == [("1", "2", "3", 1), ("10", "11", "12", 4)]
    assert (table.rows_in, table.rows_read, table.refused_rows) == (4, 2, 2)
    few, many = table.refused
    assert (few.row, few.line, few.text) == (2, 3, "4,5")
    assert few.reason == "has 2 cells where the header has 3"
    assert "fill the missing" in few.fix
    assert (many.row, many.line) == (3, 4)
    assert many.reason == "has 4 cells where the header has 3"


def test_a_row_that_lacks_only_its_last_cell_is_read_with_it_empty(tmp_path: Path) -> None:
    table = the_table(tmp_path, "a.csv", "a,b,c,d\n1,2,3,4\n5,6,7\n8,9\n")
    assert rows(table) == [("1", "2", "3", "4", 1), ("5", "6", "7", None, 2)]
    assert (table.rows_in, table.rows_read, table.refused_rows) == (3, 2, 1)
    assert "short-rows" in kinds(table)


def test_surplus_cells_that_are_empty_do_no_harm(tmp_path: Path) -> None:
    table = the_table(tmp_path, "a.csv", "a,b\n1,2,\n3,4,,\n5,6\n")
    assert [row[:2] for row in rows(table)] == [("1", "2"), ("3", "4"), ("5", "6")]
    assert kinds(table) == {"surplus-cells"}


def test_an_unclosed_quote_costs_one_row_not_the_rest_of_the_file(tmp_path: Path) -> None:
    text = 'name,city\n"Ann,Oslo\n"Bob, B.",Rome\nCy,Bonn\n"Dee,Kiel\n'
    table = the_table(tmp_path, "a.csv", text)
    assert rows(table) == [("Bob, B.", "Rome", 2), ("Cy", "Bonn", 3)]
    assert [(r.row, r.line, r.text) for r in table.refused] == [
        (1, 2, '"Ann,Oslo'),
        (4, 5, '"Dee,Kiel'),
    ]
    assert "never properly closed" in table.refused[0].reason


def test_quotes_that_are_not_doubled_are_kept_and_noted(tmp_path: Path) -> None:
    table = the_table(tmp_path, "a.csv", 'name,inch\n"The "best" one",5" pipe\nplain,2\n')
    assert rows(table)[0] == ('The "best" one', '5" pipe', 1)
    assert "stray-quotes" in kinds(table)


def test_backslash_escapes(tmp_path: Path) -> None:
    text = "id,data\n" + "".join(f'{n},"say \\"hi, {n}\\", ok"\n' for n in range(5))
    assert rows(the_table(tmp_path, "a.csv", text))[3] == ("3", 'say "hi, 3", ok', 4)


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("name;price\nAnn;1,50\nBob;2,75\nCy;1.000,00\n", ";"),
        ("name\tprice\nAnn, A.\t1\nBob, B.\t2\n", "\t"),
        ("name|price\nAnn|1\nBob|2\n", "|"),
        ("sep=;\nname;price\nAnn;1\nBob;2\n", ";"),
    ],
)
def test_delimiters_are_told_from_the_whole_head(tmp_path: Path, text: str, delimiter: str) -> None:
    table = the_table(tmp_path, "a.csv", text)
    assert table.delimiter == delimiter
    assert table.columns == ("name", "price")
    assert table.refused_rows == 0


def test_columns_of_text_between_blanks(tmp_path: Path) -> None:
    text = " id   date    value\n 0001 19970101  1.50\n 0002 19970102 22.00\n"
    table = the_table(tmp_path, "a.txt", text)
    assert table.columns == ("id", "date", "value")
    assert rows(table)[1] == ("0002", "19970102", "22.00", 2)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends(tmp_path: Path, end: str) -> None:
    text = end.join(["a,b", "1,2", '3,"x"', "4", "5,6"]) + end
    table = the_table(tmp_path, "a.csv", text)
    assert [row[-1] for row in rows(table)] == [1, 2, 4]
    assert [(r.row, r.line) for r in table.refused] == [(3, 4)]


def test_blank_rows_are_no_rows(tmp_path: Path) -> None:
    table = the_table(tmp_path, "a.csv", "a,b\n1,2\n\n,\n  \n3,4\n\n")
    assert rows(table) == [("1", "2", 1), ("3", "4", 2)]
    assert "blank-rows" in kinds(table)


def test_lines_above_the_header_and_a_total_below(tmp_path: Path) -> None:
    text = (
        "Pipeline report\nPrinted 1 May\n\nDeal,Owner,Amount\nA-1,Ann,100\nA-2,Bob,250\n"
        "Total,,350\nConfidential\n"
    )
    table = the_table(tmp_path, "a.csv", text)
    assert table.columns == ("Deal", "Owner", "Amount")
    assert (table.header_line, table.rows_in, table.rows_read) == (4, 4, 2)
    assert {r.row: r.reason for r in table.refused} == {
        3: "is a total line, not a record",
        4: "has 1 cell where the header has 3",
    }
    assert "lines-above" in kinds(table)


def test_a_company_called_total_is_no_total_line(tmp_path: Path) -> None:
    table = the_table(tmp_path, "a.csv", "name,city,size\nAcme,Oslo,3\nTotal,Paris,9\n")
    assert table.rows_read == 2


def test_double_and_empty_column_names(tmp_path: Path) -> None:
    table = the_table(tmp_path, "a.csv", "Name,name,,_row,Name_2\na,b,c,d,e\n")
    assert table.columns == ("Name", "name_3", "column_3", "_row_2", "Name_2")
    assert "header-names" in kinds(table)


def test_a_file_without_a_header(tmp_path: Path) -> None:
    table = the_table(tmp_path, "a.csv", "1,2024-01-01,a@b.com\n2,2024-01-02,c@d.com\n")
    assert table.columns == ("column_1", "column_2", "column_3")
    assert table.rows_read == 2
    assert "no-header" in kinds(table)


def test_a_header_and_no_rows_is_said_plainly(tmp_path: Path) -> None:
    table = the_table(tmp_path, "a.csv", "id,name\n")
    assert (table.columns, table.rows_in) == (("id", "name"), 0)
    assert kinds(table) == {"no-rows"}
    assert rows(table) == []


@pytest.mark.parametrize("data", [b"", b"\n\n  \n", b"\xef\xbb\xbf", b"\0\0\0\0"])
def test_empty_files_are_left_out_and_looked_at(tmp_path: Path, data: bytes) -> None:
    desk = at_the_desk(tmp_path, "a.csv", data)
    assert desk.tables == []
    assert not desk.left_out[0].is_expected
    assert "empty" in desk.left_out[0].reason or "blanks" in desk.left_out[0].reason


def test_prose_is_left_out_and_expected(tmp_path: Path) -> None:
    prose = b"Dear reader, this explains the files.\n\nIt has no columns.\n1. age\n2. job, and so\n"
    desk = at_the_desk(tmp_path, "about.txt", prose)
    assert desk.tables == []
    assert desk.left_out[0].is_expected


def test_too_many_columns_are_refused(tmp_path: Path) -> None:
    desk = at_the_desk(tmp_path, "a.csv", (",".join(f"c{n}" for n in range(5000)) + "\n").encode())
    assert "5,000 columns; 4,096 are allowed" in desk.left_out[0].reason


def test_nul_characters_are_taken_out_and_counted(tmp_path: Path) -> None:
    data = b"id,name\n" + b"".join(b"%d,name %d\n" % (n, n) for n in range(50)) + b"50,a\0b\n"
    table = the_table(tmp_path, "a.csv", data)
    assert rows(table)[-1] == ("50", "ab", 51)
    assert "nul" in kinds(table)
