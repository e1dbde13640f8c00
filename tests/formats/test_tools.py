"""The formats whose own tools are large: Prometheus' promtool, and the page in a Chromium. script/check formats."""
import pathlib
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "integration"))
import formats  # noqa: E402
from browser import Browser  # noqa: E402
from harness import NEW_SNAPSHOT, krunbook  # noqa: E402

CARDS = "[...document.querySelectorAll('[data-severity]')]"
SHOWN = f"{CARDS}.filter(card => card.getClientRects().length > 0)"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    formats.hostile(folder)
    return folder


@pytest.fixture(scope="module")
def browser():
    browser = Browser()
    yield browser
    browser.close()


@pytest.fixture
def visit(browser, folder):
    """visit(steps): the page of the hostile report, with steps(page) done on it; nothing of it may have gone elsewhere."""
    def call(steps, path=folder / "html"):
        page_path = path.with_suffix(".html")
        page_path.write_bytes(path.read_bytes())

        async def go(page):
            await page.open(page_path)
            result = await steps(page)
            assert page.requests() == [f"file://{page_path}"], "something else was asked for"
            return result
        return browser.run(go)
    return call


def test_promtool_takes_the_metrics(folder):
    with open(folder / "prometheus") as file:
        result = subprocess.run(["promtool", "check", "metrics"], stdin=file, capture_output=True, text=True)
    assert result.returncode == 0 and not result.stdout and not result.stderr, result


def test_the_page_opens_without_a_complaint_and_nothing_of_the_cluster_runs(visit):
    async def steps(page):
        assert await page.value("window.attacked === undefined")
        assert await page.value(f"{CARDS}.length") == 202
        assert await page.value("document.getElementById('tools').hidden") is False
        assert await page.value("document.querySelectorAll('img, svg, iframe, link, object').length") == 0
        assert page.complaints() == []
    visit(steps)


def test_its_policy_would_stop_a_script_that_got_in(visit):
    async def steps(page):
        await page.value("""(() => {
          const script = document.createElement('script');
          script.textContent = 'window.attacked = 1';
          document.body.append(script);
          const image = document.createElement('img');
          image.setAttribute('onerror', 'window.attacked = 1');
          image.src = 'x.png';
          document.body.append(image);
        })()""")
        await page.value("new Promise(done => setTimeout(done, 200))")
        assert await page.value("window.attacked === undefined")
        assert any("Content Security Policy" in str(complaint) for complaint in page.complaints())
    visit(steps)


def test_filter_and_search(visit):
    search = """(text => { const search = document.getElementById('search'); search.value = text;
      search.dispatchEvent(new Event('input')); })"""
    click = "(value => document.querySelector(`#tools input[value=${value}]`).click())"

    async def steps(page):
        assert await page.value(f"{SHOWN}.length") == 202
        await page.value(f"{search}('DROP table')")
        found = await page.value(f"{SHOWN}.length")
        texts = await page.value(f"{SHOWN}.every(card => card.textContent.includes('DROP TABLE'))")
        assert 0 < found < 30 and texts
        assert await page.value("document.getElementById('shown').textContent") == f"{found} of 202 shown"
        await page.value(f"{search}('cause -hostile-3')")
        assert await page.value(f"{SHOWN}.every(card => !card.querySelector('.code').textContent.includes('hostile-3'))")
        await page.value(f"{search}('')")
        await page.value(f"{click}('critical')")
        assert await page.value(f"{SHOWN}.every(card => card.dataset.severity !== 'critical')")
        assert 0 < await page.value(f"{SHOWN}.length") < 202
        await page.value(f"{click}('critical')")
        assert await page.value("document.querySelectorAll('.card details[open]').length") == 0
        await page.value("document.getElementById('unfold').click()")
        assert await page.value("document.querySelectorAll('.card details:not([open])').length") == 0
        assert page.complaints() == []
    visit(steps)


def test_dark_and_light(visit):
    async def colours(page, scheme):
        await page.ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        return await page.value("""[getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]
          .map(colour => colour.match(/\\d+/g).map(Number).reduce((a, b) => a + b))""")

    async def steps(page):
        (light_text, light_paper), (dark_text, dark_paper) = await colours(page, "light"), await colours(page, "dark")
        assert light_paper - light_text > 400 and dark_text - dark_paper > 400
    visit(steps)


def test_it_reads_without_script(browser, folder):
    async def go(page):
        await page.ask("Emulation.setScriptExecutionDisabled", value=True)
        await page.open(folder / "html.html")
        root = (await page.ask("DOM.getDocument"))["root"]["nodeId"]

        async def boxes(selector):
            ids = (await page.ask("DOM.querySelectorAll", nodeId=root, selector=selector))["nodeIds"]
            count = 0
            for node in ids[:5]:
                try:
                    await page.ask("DOM.getBoxModel", nodeId=node)
                    count += 1
                except AssertionError:
                    pass
            return count
        assert await boxes("article") == 5 and await boxes("details summary") == 5
        assert await boxes("#tools") == 0, "tools that would do nothing are not shown"
    (folder / "html.html").write_bytes((folder / "html").read_bytes())
    browser.run(go)


def test_a_chain_is_drawn_from_left_to_right(visit, tmp_path):
    path = tmp_path / "ingress"
    result = krunbook("run", "ingress", "-n", "default", "--snapshot", NEW_SNAPSHOT, "-o", f"html={path}", home=tmp_path)
    assert result.code == 2, result

    async def steps(page):
        links = await page.value("""[...document.querySelector('.chain').children]
          .map(link => [link.textContent, link.className, link.getBoundingClientRect().left])""")
        assert len(links) > 1 and [link[2] for link in links] == sorted(link[2] for link in links)
        assert links[0][0].startswith("Ingress") and [link[1] for link in links].count("broken") == 1
    visit(steps, path)
