"""The pages in a real browser, where one is installed: the slider shows the numbers of the sweep."""

import re
import shutil
import subprocess

import pytest

from counterpoise.report import write_comparison, write_report
from counterpoise.report.words import percent

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
BROWSER = next(filter(None, map(shutil.which, NAMES)), None)
pytestmark = pytest.mark.skipif(BROWSER is None, reason=f"none of {', '.join(NAMES)} is installed")


FIGURES = {"class-curve", "group-bars", "alpha-curves", "alpha-classes", "feature-norms", "training"}


@pytest.fixture
def opened(tmp_path):
    """Open an address; return the page as it stands after its scripts, and what they wrote to the console."""

    def open_page(address):
        options = ["--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr"]
        limits = ["--virtual-time-budget=2000", f"--user-data-dir={tmp_path / 'profile'}"]
        command = [BROWSER, *options, *limits, "--dump-dom", address]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
        return ended.stdout, [line for line in ended.stderr.splitlines() if "CONSOLE" in line]

    return open_page


def _shown(page, name):
    return re.search(rf'id="alpha-{name}"[^>]*>([^<]*)<', page).group(1)


def test_the_slider_shows_the_numbers_of_the_nearest_swept_alpha(make_folder, make_evaluation, opened):
    evaluation = make_evaluation()
    page, console = opened(write_report(make_folder(evaluation)).as_uri() + "#alpha=-0.45")
    position = evaluation["alpha_curve"]["alphas"].index(-0.5)
    for score in ("many", "medium", "few", "overall"):
        assert _shown(page, score) == percent(evaluation["alpha_curve"][score][position])
    assert console == []


def test_a_page_opens_at_the_chosen_alpha_with_every_figure_drawn(make_folder, make_evaluation, opened):
    evaluation = make_evaluation(few=False)
    page, console = opened(write_report(make_folder(evaluation)).as_uri())
    assert set(re.findall(r'class="figure js-plotly-plot" id="([\w-]+)"', page)) == FIGURES
    assert _shown(page, "many") == percent(evaluation["many"])
    assert _shown(page, "few") == "–"
    assert console == []


def test_a_comparison_opens_with_every_figure_drawn(three_runs, tmp_path, opened):
    path = write_comparison("x", three_runs, tmp_path / "page.html", baseline="cross_entropy")
    page, console = opened(path.as_uri())
    assert set(re.findall(r'class="figure js-plotly-plot" id="([\w-]+)"', page)) == {
        "run-bars",
        "precision-plane",
        "trade-off",
        "run-classes",
    }
    assert console == []


def test_the_page_of_a_detector_opens_with_every_figure_drawn(make_folder, make_detection, opened):
    evaluation = make_detection()
    page, console = opened(write_report(make_folder(evaluation)).as_uri() + "#alpha=0")
    drawn = {"class-curve", "kind-bars", "precision-over-images", "alpha-curves", "alpha-classes", "training"}
    assert set(re.findall(r'class="figure js-plotly-plot" id="([\w-]+)"', page)) == drawn
    assert _shown(page, "few") == percent(evaluation["alpha_curve"]["few"][4])
    assert console == []
