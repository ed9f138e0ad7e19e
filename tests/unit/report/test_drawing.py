"""What is drawn: which points, which digits, which names."""

import json
import math
import subprocess
import sys
from dataclasses import replace

import pytest

from dat.report.charts import chart_spec
from dat.report.drawing import draw_chart
from dat.report.looks import THEMES, chart_config
from dat.report.points import chart_columns, kept_rows, label_shifts
from dat.report.record import Chart, Series

_DAY = 86_400_000


def _chart(*series: Series, number: str = ",.2f", is_log: bool = False, kind: str = "lines") -> Chart:
    times = tuple(_DAY * day for day in range(len(series[0].values)))
    return Chart(
        "test", "Test", "It moves.", "Chart of a test.", kind, "units", number, times, series, is_log
    )


def _contrast(one: str, other: str) -> float:
    # WCAG 2.2, relative luminance.
    def luminance(colour: str) -> float:
        parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_kept_points_include_ends_and_extremes_of_every_series() -> None:
    wave = tuple(math.sin(day / 50) for day in range(10_000))
    spike = tuple(9.0 if day == 4_321 else 0.0 for day in range(10_000))
    rows = kept_rows(_chart(Series("wave", "main", wave), Series("spike", "benchmark", spike)), 1_500)
    assert {0, 4_321, 9_999, wave.index(min(wave)), wave.index(max(wave))} <= set(rows)
    assert len(rows) <= 1_500
    assert list(rows) == sorted(set(rows))


def test_undefined_and_unloggable_points_are_gaps() -> None:
    line = Series("line", "main", (float("nan"), 0.0, 2.3461))
    assert chart_columns(_chart(line), rows_max=9)["s0"] == [None, 0, 2.35]
    assert chart_columns(_chart(line, is_log=True), rows_max=9)["s0"][:2] == [None, None]


def test_names_that_would_touch_are_pushed_apart() -> None:
    near = _chart(Series("a", "main", (0.0, 10.0)), Series("b", "benchmark", (0.0, 10.1)))
    far = _chart(Series("a", "main", (0.0, 10.0)), Series("b", "benchmark", (0.0, 1.0)))
    down_a, down_b = label_shifts(near, height=240)
    assert down_a - down_b == pytest.approx(13 - 240 * 0.1 / 10.1)
    assert label_shifts(far, height=240) == [0, 0]


@pytest.mark.parametrize(("theme", "ground"), [("light", "#ffffff"), ("dark", "#10171e")])
def test_lines_and_text_stand_out_from_the_ground(theme: str, ground: str) -> None:
    look = THEMES[theme]
    assert _contrast(look["ink"], ground) >= 4.5
    assert _contrast(look["muted"], ground) >= 4.5
    assert min(_contrast(look[role], ground) for role in ("main", "benchmark", "money")) >= 3


def test_a_picture_is_the_same_every_time_and_its_ids_are_its_own() -> None:
    chart = _chart(Series("a", "main", (1.0, 3.0, 2.0)), Series("b", "benchmark", (1.0, 2.0, 4.0)))
    other = replace(chart, key="other")
    first = draw_chart(chart)
    assert draw_chart(other) != first
    assert draw_chart(chart) == first
    assert 'id="test-0"' in first
    assert "url(#test-0)" in first


def test_time_zone_of_the_machine_does_not_move_the_dates() -> None:
    code = (
        "from tests.unit.report.test_drawing import _chart, Series, draw_chart\n"
        "print(draw_chart(_chart(Series('a', 'main', tuple(float(x) for x in range(40))))))"
    )
    pictures = {
        subprocess.run([sys.executable, "-c", code], env={"TZ": zone}, capture_output=True, check=True).stdout
        for zone in ("UTC", "Pacific/Kiritimati")
    }
    assert len(pictures) == 1
    assert b"Jan" in pictures.pop()


def test_colours_follow_roles() -> None:
    chart = _chart(Series("BTC", "asset", (1.0, 2.0)), Series("Cash", "cash", (1.0, 1.0)), kind="stack")
    assert chart_config(chart, "light")["range"]["category"] == [
        THEMES["light"]["asset"][0],
        THEMES["light"]["cash"],
    ]


def test_one_specification_has_no_data_and_no_colour_of_its_own() -> None:
    chart = _chart(Series("a", "main", (1.0, 2.0)), Series("b", "benchmark", (1.0, 2.0)))
    text = json.dumps(chart_spec(chart))
    assert '"utc"' in text
    assert "#" not in text
    assert "width" not in chart_spec(chart)
