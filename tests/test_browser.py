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
# Of a phone, a laptop and a desktop, in pixels.
SIZES = [(390, 844), (1400, 900), (1920, 1080)]
at_each_size = pytest.mark.parametrize(
    "page", SIZES, indirect=True, ids=[f"{width}x{height}" for width, height in SIZES]
)
# Longer than a phone's line.
LONG_NAME = "discriminator_every_second_epoch_and_without_normalisation"


@pytest.fixture(scope="module")
def browser(finished, tmp_path_factory):
    """A browser with the report of the tiny study."""
    folder = tmp_path_factory.mktemp("report")
    snakemake(finished, "--report", folder / "report.html")
    options = webdriver.ChromeOptions()
    options.binary_location = BROWSER
    for argument in (
        "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
        "--host-resolver-rules=MAP * ~NOTFOUND",
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


@pytest.fixture
def page(browser, request):
    """The report, just opened, in a window of the size that the test asks for."""
    width, height = getattr(request, "param", (1400, 1000))
    # A window of its own can't be as narrow as a phone.
    screen = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
    browser.refresh()
    settled(browser)
    return browser


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


def name_at_length(page):
    """Give the first recipe a long name, in the sentences and in the table."""
    page.execute_script(
        """for (const place of ["li strong", "td:nth-child(2)"])
             document.querySelector(".prose " + place).textContent = arguments[0]""",
        LONG_NAME,
    )


def layout(page):
    """Where the page and what is on it lie: left, top, right and bottom in pixels."""
    return page.execute_script(
        """const edges = (element) => {
             const {left, top, right, bottom} = element.getBoundingClientRect();
             return [left, top, right, bottom].map(Math.round);
           };
           const box = document.querySelector(".prose").closest(".overflow-auto");
           const parts = [...box.querySelectorAll(".prose :is(h1, li, img, table), .marks")];
           return {
             box: edges(box), parts: parts.map(edges),
             sideways: box.scrollWidth - box.clientWidth,
             window: [0, 0, innerWidth, innerHeight],
             whole: [0, 0, document.body.scrollWidth, document.body.scrollHeight],
           };"""
    )


def settled(page):
    """The layout once the graph of rules is drawn, and the style has followed what was clicked."""
    page.find_element("css selector", "#rulegraph .marks")
    looks = [{}]

    def still(_):
        # Tailwind makes the style of what is new only after it is there.
        looks.append(layout(page))
        moving = page.execute_script("return document.getAnimations().length")
        return not moving and looks[-1] == looks[-2]

    WebDriverWait(page, 10).until(still)
    return looks[-1]


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


@at_each_size
@pytest.mark.parametrize("category", [None, "1 Question", "4 Per recipe"])
def test_nothing_of_the_front_page_is_cut_off(page, category):
    name_at_length(page)
    if category:
        by_text(page, category).click()
    seen = settled(page)
    left, top, right, bottom = seen["box"]
    assert seen["whole"] == seen["window"]
    assert [right, bottom] == seen["window"][2:]
    assert bottom - top >= 500
    start, _, end, _ = seen["parts"][0]
    assert end - start >= 350, "too narrow to read"
    # What begins left of the page or above it can't be scrolled to.
    assert min(part[0] for part in seen["parts"]) >= left >= 0
    assert min(part[1] for part in seen["parts"]) >= top >= 0
    # What is wide has its own box, and doesn't move the page.
    assert max(part[2] for part in seen["parts"]) <= right
    assert seen["sideways"] == 0


@at_each_size
def test_a_wide_table_can_be_moved_to_its_end(page):
    name_at_length(page)
    by_text(page, "4 Per recipe").click()
    left, _, right, _ = settled(page)["box"]
    last = page.find_element("css selector", ".prose th:last-child")
    page.execute_script("arguments[0].scrollIntoView()", last)
    assert last.text == "AUC"
    assert left <= last.rect["x"] < last.rect["x"] + last.rect["width"] <= right
    assert min(part[0] for part in layout(page)["parts"]) >= left


@at_each_size
def test_the_page_has_the_window_where_the_menu_is_closed(page):
    page.find_element("css selector", "nav h1 a").click()
    seen = settled(page)
    assert seen["box"] == seen["window"]
