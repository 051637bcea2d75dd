"""Pictures as files: pixels and lines, on the screen and in print, and words for who cannot see them."""

import re
from pathlib import Path

import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text
from pictures import faults

from comity.analyse.compare import write
from comity.output.bundle import Bundle
from comity.output.pictures import Style, alt, save, style
from comity.scenario import load


def lines():
    figure = Figure(figsize=(10, 4), layout="constrained")
    left, right = figure.subplots(1, 2)
    left.plot([0, 1, 2, 3], [float("nan"), 3.0, 2.0, 1.5], label="mandatory")  # before it has a mean
    left.set_title("Victims who report", loc="left", fontsize=7)
    left.set_xlabel("year", fontsize=7)
    left.set_ylabel("per cent", fontsize=7)
    right.plot([1, 2], [0, 1], "o")
    right.set_yticks([0, 1], ["held", "removed"])
    figure.legend(*left.get_legend_handles_labels(), loc="outside lower center")
    figure.suptitle("Two\nregimes")
    return figure


def test_words_say_title_axes_rows_and_where_lines_go():
    said = alt(lines())
    assert said == (
        "Two regimes. Victims who report; per cent; year; mandatory from 3 to 1.5. Rows: held, removed. Key: mandatory."
    )


@pytest.mark.parametrize(("chosen", "vector"), [(Style.SCREEN, "svg"), (Style.PRINT, "pdf")])
def test_the_same_picture_is_the_same_files_in_pixels_and_lines(tmp_path, chosen, vector):
    with style(chosen):
        for name in ("one", "two"):
            assert save(lines(), tmp_path / name) == alt(lines())
    assert {path.name for path in tmp_path.iterdir()} == {
        f"{n}.{e}" for n in ("one", "two") for e in ("png", vector)
    }
    for ending in ("png", vector):
        one, two = (tmp_path / f"{name}.{ending}" for name in ("one", "two"))
        assert one.read_bytes() == two.read_bytes()


def test_a_figure_that_was_saved_still_finds_its_layout(tmp_path):
    figure = lines()
    engine = figure.get_layout_engine()
    save(figure, tmp_path / "one")
    assert figure.get_layout_engine() is engine
    figure.set_size_inches(20, 8)
    save(figure, tmp_path / "two")
    assert faults(figure) == []


def test_print_has_letters_of_six_points_on_two_columns_of_a_page_and_none_meet(tmp_path):
    figure = lines()
    with style(Style.PRINT):
        save(figure, tmp_path / "one")
    drawn = [text for text in figure.findobj(Text) if text.get_text()]
    assert min(text.get_fontsize() for text in drawn) * 7 / figure.get_size_inches()[0] >= 6 - 1e-9
    ticks = {label.get_fontsize() for label in figure.axes[0].get_xticklabels()}
    assert (
        max(ticks) == min(ticks) == pytest.approx(10 * (6 * 10 / 7) / 7)
    )  # grown as all others are, and once
    assert faults(figure) == []


def test_in_print_no_title_is_wider_than_its_panel(tmp_path):
    figure = lines()
    figure.axes[0].set_title(
        "Victims who report, of 100 who are Hispanic and live in a household at risk", loc="left"
    )
    figure.suptitle("Two regimes, under which " + "the same people live with the same dice " * 4)
    with style(Style.PRINT):
        save(figure, tmp_path / "one")
    assert faults(figure) == []


def test_a_comparison_can_be_printed(tmp_path):
    setup = load("san-francisco", ["scale=2000", "end=2009-03-31", "compare=mandatory,no_receive"])
    with style(Style.PRINT):
        write(setup, tmp_path / "out", 2)  # at whose pictures conftest looks
    assert (tmp_path / "out" / "comparison.pdf").exists()


def test_a_manifest_and_a_crate_say_what_a_picture_shows(tmp_path):
    folder = Bundle(pictures={"one": lines()}).write(tmp_path / "out")
    for name in ("manifest.json", "ro-crate-metadata.json"):
        assert "mandatory from 3 to 1.5" in (folder / name).read_text()


def test_the_test_of_pictures_finds_text_that_is_cut_off_and_text_that_meets():
    figure = Figure(figsize=(4, 2))
    figure.text(0.1, 0.5, "one text")
    assert faults(figure) == []
    figure.text(0.12, 0.5, "another")
    figure.text(0.9, 0.1, "too far to the right")
    assert [re.sub(r"'(.).*?'", r"\1", fault) for fault in faults(figure)] == [
        "t leaves the picture",
        "o and a meet",
    ]


def test_every_picture_that_comes_with_comity_has_pixels_and_lines():
    results = Path(__file__).parents[1] / "results"
    drawn = {
        ending: {path.with_suffix("") for path in results.glob(f"*/*.{ending}")} for ending in ("png", "svg")
    }
    assert len(drawn["png"]) > 40
    assert drawn["png"] == drawn["svg"]
