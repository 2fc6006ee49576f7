"""The pages of leakwatch serve in a real browser: from all processes to the trend and the report of one, and what they show
changes by itself."""
import os
import time

import command
from command import TIMEOUT
from pages import By, Page
from test_serve import HOSTILE, SOURCE, Serving


class Live(Page, Serving):
    def test_from_all_to_one(self):
        with self.program() as process, self.server():
            self.url = f"http://127.0.0.1:{self.port}/"
            driver = self.open()
            row, = driver.find_elements(By.CSS_SELECTOR, "tbody tr")
            cells = [cell.text for cell in row.find_elements(By.TAG_NAME, "td")]
            self.assertEqual(cells[:2], ["holder", str(process.pid)])
            self.assertEqual(int(cells[2]), len(os.listdir(f"/proc/{process.pid}/fd")))
            self.assertEqual(cells[6], "1")
            self.keep_picture(driver, "serve")
            self.assert_quiet(driver)
            for link, heading in ("trend", "leakwatch trend"), ("report", "leakwatch: "):
                driver.get(self.url)
                row, = driver.find_elements(By.CSS_SELECTOR, "tbody tr")
                row.find_element(By.LINK_TEXT, link).click()
                self.assertIn(heading, driver.title)
                self.assertIn(str(process.pid), driver.find_element(By.TAG_NAME, "body").text)
                self.keep_picture(driver, f"serve_{link}")
                self.assertEqual([entry for entry in driver.get_log("browser") if entry["level"] != "DEBUG"], [])

    def test_it_refreshes_itself(self):
        with self.server():
            self.url = f"http://127.0.0.1:{self.port}/"
            driver = self.open()
            self.assertEqual(driver.find_elements(By.CSS_SELECTOR, "tbody tr"), [])
            with self.program():
                deadline = time.monotonic() + TIMEOUT
                while not driver.find_elements(By.CSS_SELECTOR, "tbody tr") and time.monotonic() < deadline:
                    time.sleep(0.2)
                self.assertEqual(len(driver.find_elements(By.CSS_SELECTOR, "tbody tr")), 1)

    def test_a_name_is_a_name(self):
        path = os.path.join(os.fsencode(self.place), HOSTILE + b"<b>&")
        os.rename(self.compile("holder", SOURCE), path)
        with self.program(path), self.server():
            self.url = f"http://127.0.0.1:{self.port}/"
            driver = self.open()
            cell = driver.find_element(By.CSS_SELECTOR, "tbody td")
            self.assertEqual((cell.text, len(cell.find_elements(By.CSS_SELECTOR, "*"))), ('a "b"\\c\\x0ad\\xff{}<b>&', 0))


if __name__ == "__main__":
    command.main()
