"""Workbooks as files: those that cost more than they are end in seconds and little memory, texts in pieces are whole."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import openpyxl
import pytest
from given_tables import values

from comity.data.check import check
from comity.data.kinds import KINDS
from comity.problems import InputError

pytestmark = pytest.mark.usefixtures("home")


# ------------------------------------------------------------------------------- workbooks that cost more than they are

NAMESPACE = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
SHEET = f"<worksheet {NAMESPACE}><sheetData>"
TITLES = '<row r="1"><c t="inlineStr"><is><t>fips</t></is></c><c t="inlineStr"><is><t>activation</t></is></c></row>'
BOMBS = {
    "one cell": ("sheet", f'{SHEET}<row r="1"><c t="inlineStr"><is><t>', "A" * 64, 600 << 20),
    "one cell below the ratio": ("sheet", f'{SHEET}<row r="1"><c t="inlineStr"><is><t>', "A" * 64, 15 << 20),
    "one wide row": ("sheet", f'{SHEET}<row r="1">', "<c><v>1</v></c>", 100 << 20),
    "one wide row below the ratio": ("sheet", f'{SHEET}<row r="1">', "<c><v>1</v></c>", 15 << 20),
    "a long attribute": ("sheet", f'{SHEET}<row r="', "1" * 64, 15 << 20),
    "rows that say nothing": ("sheet", SHEET + TITLES, "<row/>", 15 << 20),
    "rows below themselves": ("sheet", SHEET + TITLES, '<row r="1"/>', 15 << 20),
    "columns far away": ("sheet", SHEET + TITLES, '<row><c r="XFD7"><v>1</v></c></row>', 15 << 20),
    "things that are no rows": ("sheet", f"<worksheet {NAMESPACE}>", "<a/>", 15 << 20),
    "depth": ("sheet", f"<worksheet {NAMESPACE}>", "<a>", 15 << 20),
    "texts": ("strings", f"<sst {NAMESPACE}>", "<si/>", 15 << 20),
    "looks": ("styles", f"<styleSheet {NAMESPACE}><cellXfs>", "<xf/>", 15 << 20),
}
PARTS = {"sheet": "xl/worksheets/sheet1.xml", "strings": "xl/sharedStrings.xml", "styles": "xl/styles.xml"}
MEASURED = """
import resource, sys, time
from pathlib import Path
from comity.data.check import check
from comity.data.kinds import KINDS
import openpyxl.reader.excel, openpyxl.worksheet._reader
start = time.process_time()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    check(KINDS["activation"], Path("bomb.xlsx"), "bomb.xlsx")
except ValueError as error:
    print(error)
print(time.process_time() - start, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def bomb(name):
    """Make a small workbook that unpacks to something large."""
    part, head, unit, size = BOMBS[name]
    openpyxl.Workbook().save("base.xlsx")
    kind = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    override = b'<Override PartName="/xl/sharedStrings.xml" ContentType="' + kind + b'"/></Types>'
    block = unit.encode() * ((1 << 20) // len(unit))
    with zipfile.ZipFile("base.xlsx") as old, zipfile.ZipFile("bomb.xlsx", "w", zipfile.ZIP_DEFLATED) as new:
        for other in set(old.namelist()) - {PARTS[part]}:
            content = old.read(other)
            if part == "strings" and other == "[Content_Types].xml" and b"sharedStrings" not in content:
                content = content.replace(b"</Types>", override)
            new.writestr(other, content)
        with new.open(PARTS[part], "w", force_zip64=True) as stream:
            stream.write(head.encode())
            for _ in range(size // len(block)):
                stream.write(block)


@pytest.mark.parametrize("name", BOMBS)
def test_a_small_workbook_costs_seconds_and_little_memory_before_it_is_refused(name):
    bomb(name)
    assert Path("bomb.xlsx").stat().st_size < 1 << 20
    begun = time.monotonic()
    said = subprocess.run([sys.executable, "-c", MEASURED], capture_output=True, text=True, check=True).stdout  # noqa: S603
    *problems, measured = said.strip().splitlines()
    seconds, megabytes = map(float, measured.split())
    assert problems
    assert problems[0].startswith("bomb.xlsx: ")
    assert seconds < 15, time.monotonic() - begun
    assert megabytes < 200


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_archives_packed_in_another_way_are_refused(method):
    book = openpyxl.Workbook()
    book.active.append(["fips", "activation"])
    book.save("base.xlsx")
    with zipfile.ZipFile("base.xlsx") as old, zipfile.ZipFile("other.xlsx", "w", method) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
    with pytest.raises(InputError, match="unusual way"):
        check(KINDS["activation"], Path("other.xlsx"), "other.xlsx")


def test_texts_in_pieces_are_whole_and_without_their_pronunciation():
    openpyxl.Workbook().save("base.xlsx")
    texts = ["<si><t>fips</t></si>", "<si><r><t>activa</t></r><r><t>tion</t></r><rPh><t>x</t></rPh></si>"]
    sheet = SHEET + '<row r="1"><c t="s"><v>0</v></c><c t="s"><v>1</v></c></row>'
    sheet += (
        '<row r="2"><c><v>6075</v></c><c t="d"><v>2010-06-08T00:00:00</v></c></row></sheetData></worksheet>'
    )
    content = {PARTS["strings"]: f"<sst {NAMESPACE}>{''.join(texts)}</sst>", PARTS["sheet"]: sheet}
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    with zipfile.ZipFile("base.xlsx") as old, zipfile.ZipFile("pieces.xlsx", "w") as new:
        for name in {*old.namelist()} - content.keys():
            types = f'<Override PartName="/{PARTS["strings"]}" ContentType="{kind}"/></Types>'
            text = old.read(name).decode()
            new.writestr(name, text.replace("</Types>", types) if "sharedStrings" not in text else text)
        for name, text in content.items():
            new.writestr(name, text)
    assert values(check(KINDS["activation"], Path("pieces.xlsx"), "p"), "activation") == {
        "06075": dt.date(2010, 6, 8)
    }
