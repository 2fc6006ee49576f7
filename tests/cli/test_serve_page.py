"""The pages of leakwatch serve in a real browser: from all processes to the trend and the report of one, and what they show
changes by itself."""
import os
import time

import command
from command import TIMEOUT
from pages import By, Page
from test_serve import HOSTILE, SOURCE, Serving


OPEN = "return Array.from(document.querySelectorAll('details[open] > summary'), summary => summary.innerText)"
ROWS = "return Array.from(document.querySelectorAll('tbody tr'), row => Array.from(row.cells, cell => cell.innerText))"


class Live(Page, Serving):
    """What is on a page is asked for at once: it may be another page a moment later."""

    def rows(self, driver):
        return driver.execute_script(ROWS)

    def until(self, is_so, what):
        deadline = time.monotonic() + TIMEOUT
        while not is_so():
            self.assertLess(time.monotonic(), deadline, what)
            time.sleep(0.2)

    def test_from_all_to_one(self):
        with self.program() as process, self.server():
            self.url = f"http://127.0.0.1:{self.port}/"
            driver = self.open()
            cells, = self.rows(driver)
            self.assertEqual(cells[:2], ["holder", str(process.pid)])
            self.assertEqual(int(cells[2]), len(os.listdir(f"/proc/{process.pid}/fd")))
            self.assertEqual(cells[6], "1")
            self.keep_picture(driver, "serve")
            self.assert_quiet(driver)
            for link, heading in ("trend", "leakwatch trend"), ("report", "leakwatch: "):
                driver.get(self.url)
                driver.execute_script(f"Array.from(document.links).find(link => link.innerText == '{link}').click()")
                self.until(lambda heading=heading: heading in driver.title, "the link leads elsewhere")
                self.assertIn(str(process.pid), driver.execute_script("return document.body.innerText"))
                self.keep_picture(driver, f"serve_{link}")
                self.assertEqual([entry for entry in driver.get_log("browser") if entry["level"] != "DEBUG"], [])

    def test_it_refreshes_itself(self):
        with self.server():
            self.url = f"http://127.0.0.1:{self.port}/"
            driver = self.open()
            self.assertEqual(self.rows(driver), [])
            with self.program():
                self.until(lambda: len(self.rows(driver)) == 1, "it does not refresh itself")

    def refreshed(self, driver):
        """The page as it is when it has asked again, which its header tells it to; here it need not wait."""
        driver.execute_script("window.isOld = true")
        driver.refresh()
        self.until(lambda: driver.execute_script("return !window.isOld && document.readyState == 'complete'"), "it is not loaded again")

    def test_a_report_stays_as_its_reader_left_it(self):
        with self.program() as process, self.server():
            self.url = f"http://127.0.0.1:{self.port}/processes/{process.pid}/report"
            driver = self.open()
            filter_ = driver.find_element(By.ID, "filter")
            filter_.send_keys("fclose")
            shown = driver.find_element(By.ID, "shown").text
            driver.execute_script("document.querySelector('.finding:not([hidden]) details').open = true;"
                                  "document.getElementById('order').value = 'kind'")
            opened = driver.execute_script(OPEN)
            self.assertGreater(len(opened), 0)
            self.refreshed(driver)
            self.assertEqual(driver.find_element(By.ID, "filter").get_attribute("value"), "fclose")
            self.assertEqual(driver.find_element(By.ID, "order").get_attribute("value"), "kind")
            self.assertEqual(driver.find_element(By.ID, "shown").text, shown)
            self.assertEqual(driver.execute_script(OPEN), opened)

    def test_a_trend_stays_as_its_reader_left_it(self):
        with self.program() as process, self.server():
            self.url = f"http://127.0.0.1:{self.port}/processes/{process.pid}/trend"
            driver = self.open()
            driver.find_element(By.ID, "whole").click()
            window = driver.execute_script("const chart = leakwatchChart(), [from, to] = chart.xAxisRange();"
                                           "chart.updateOptions({dateWindow: [from, (from + to) / 2]}); return chart.xAxisRange()")
            self.refreshed(driver)
            self.assertEqual(driver.execute_script("return leakwatchChart().xAxisRange()"), window)
            self.assertFalse(driver.find_element(By.ID, "whole").is_selected())
            self.assertTrue(driver.find_element(By.ID, "ahead").is_selected())

    def test_each_page_leads_to_the_others(self):
        with self.program() as process, self.server():
            for path, others in (("/trend", {"/", "/report"}), ("/report", {"/", "/trend"}),
                                 (f"/processes/{process.pid}/trend", {"/", f"/processes/{process.pid}/report"}),
                                 (f"/processes/{process.pid}/report", {"/", f"/processes/{process.pid}/trend"})):
                self.url = f"http://127.0.0.1:{self.port}{path}"
                driver = self.open()
                links = {link.get_attribute("href") for link in driver.find_elements(By.CSS_SELECTOR, ".links a")}
                self.assertLessEqual({f"http://127.0.0.1:{self.port}{other}" for other in others}, links, path)

    def test_a_number_stands_in_one_line(self):
        with self.program(), self.server():
            self.url = f"http://127.0.0.1:{self.port}/"
            driver = self.open()
            driver.execute_script("document.querySelector('tbody td:nth-child(5)').textContent = 'a long word '.repeat(30)")
            heights = driver.execute_script(
                "return [...document.querySelectorAll('tbody tr:first-child td.number, tbody tr:first-child td:last-child')].map(cell => {"
                "const range = document.createRange(); range.selectNodeContents(cell);"
                "return new Set([...range.getClientRects()].map(each => each.top)).size; })")
            self.assertEqual(heights, [1] * 6)

    def test_it_fits_a_telephone(self):
        with self.program(), self.server():
            self.url = f"http://127.0.0.1:{self.port}/"
            driver = self.open()
            driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                                   {"width": 400, "height": 800, "deviceScaleFactor": 1, "mobile": True})
            try:
                wide, tall = driver.execute_script("return [document.documentElement.scrollWidth,"
                                                   "document.querySelector('tbody tr').getBoundingClientRect().height]")
                self.assertLessEqual(wide, 400)
                self.assertLess(tall, 150)
            finally:
                driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})

    def test_a_name_is_a_name(self):
        path = os.path.join(os.fsencode(self.place), HOSTILE + b"<b>&")
        os.rename(self.compile("holder", SOURCE), path)
        with self.program(path), self.server():
            self.url = f"http://127.0.0.1:{self.port}/"
            driver = self.open()
            cell = driver.execute_script("const cell = document.querySelector('tbody td'); return [cell.innerText, cell.children.length]")
            self.assertEqual(cell, ['a "b"\\c\\x0ad\\xff{}<b>&', 0])


if __name__ == "__main__":
    command.main()
