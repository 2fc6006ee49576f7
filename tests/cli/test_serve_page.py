"""The pages of leakwatch serve in a real browser: from all processes to the trend and the report of one, and what they show
changes by itself."""
import os
import time

import command
from command import TIMEOUT
from pages import Page
from test_serve import HOSTILE, SOURCE, Serving


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
