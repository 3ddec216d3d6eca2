"""The report in a real browser, from disk and without a network."""

import os
import shutil
from pathlib import Path

import pytest

from tests.workflow import snakemake

webdriver = pytest.importorskip("selenium.webdriver")
WebDriverWait = pytest.importorskip("selenium.webdriver.support.ui").WebDriverWait
BROWSER = shutil.which("chromium") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (BROWSER and DRIVER), reason="needs chromium and chromedriver"),
]
# Where screenshots are kept, such as an artefact of CI; the test's own folder if nothing is named.
KEPT = os.environ.get("SCREENSHOTS")


@pytest.fixture(scope="module")
def page(finished, tmp_path_factory):
    """The open report of the tiny study."""
    folder = tmp_path_factory.mktemp("report")
    snakemake(finished, "--report", folder / "report.html")
    options = webdriver.ChromeOptions()
    options.binary_location = BROWSER
    for argument in (
        "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
        "--window-size=1400,1000", "--host-resolver-rules=MAP * ~NOTFOUND",
        f"--user-data-dir={folder / 'browser'}",
    ):  # fmt: skip
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    browser = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    browser.implicitly_wait(10)
    try:
        browser.get((folder / "report.html").as_uri())
        yield browser
    finally:
        browser.quit()


@pytest.fixture(autouse=True)
def _screenshot(page, request, tmp_path):
    yield
    folder = Path(KEPT) if KEPT else tmp_path
    folder.mkdir(parents=True, exist_ok=True)
    assert page.save_screenshot(str(folder / f"{request.node.name}.png"))


def errors(page):
    return [entry for entry in page.get_log("browser") if entry["level"] == "SEVERE"]


def by_text(page, text):
    return page.find_element("xpath", f"//*[normalize-space(text())='{text}']")


def test_the_front_page_tells_the_verdicts(page):
    text = page.find_element("tag name", "body").text
    assert "When, how and why a GAN collapses: tiny" in text
    assert "in 1 of 1 seeds. 1 of 1: truncated support from the start" in text
    assert "Where it is wrong" in text
    assert "generator: {head: linear} in original" in text
    rows = page.find_elements("css selector", "table tbody tr")
    # Each recipe's outcome stands beside the number of its runs.
    assert sum("(1)" in row.text for row in rows) == 2
    maps = page.find_elements("css selector", "img[src^='data:image/']")
    assert any(int(image.get_property("naturalWidth")) > 100 for image in maps)
    assert errors(page) == []


def test_it_loads_nothing_from_elsewhere(page):
    script = "return performance.getEntriesByType('resource').map(entry => entry.name)"
    assert [name for name in page.execute_script(script) if not name.startswith("data:")] == []


def test_it_opens_within_three_seconds(page):
    script = "const [n] = performance.getEntriesByType('navigation'); return n.loadEventEnd"
    assert 0 < page.execute_script(script) < 3000


def test_categories_are_in_order(page):
    menu = [
        link.text
        for link in page.find_elements("css selector", "nav li a")
        if link.text[:1].isdigit()
    ]
    assert menu == [
        "1 Question", "2 Preflight", "3 Map", "4 Per recipe", "5 Per feature", "6 Advice",
        "7 Provenance",
    ]  # fmt: skip


def test_a_category_leads_to_its_figures(page):
    by_text(page, "1 Question").click()
    rows = page.find_elements("css selector", "nav table tbody tr")
    assert [row.text.split() for row in rows] == [
        [what, "toy", "original", "1", epoch]
        for what in ("overlay", "scatter")
        for epoch in ("1", "2", "4")
    ]
    rows[0].find_element("css selector", "a[iconname=eye]").click()
    picture = page.find_element("css selector", "img[src^='data:image/png']:not(.prose img)")
    WebDriverWait(page, 10).until(lambda _: picture.get_property("naturalWidth") > 400)
    assert errors(page) == []
