#!/usr/bin/env python3
"""The page of leakwatch trend in a real browser: the chart, its forecast and its ranges, the lifetimes, and that it is whole
and harmless. Of ledgers that have seen hours (trend_ledgers), and of a program with hostile names."""
import json
import os
import re
import subprocess

import command
from command import BUILD, TIMEOUT
from pages import ActionChains, By, Page, Select

HOSTILE = "<img src=x onerror=\"window.injected=1\"><script>window.injected=2<\\057script>"
SOURCE = r"""
#include <fcntl.h>
#include <unistd.h>
#line 7 "%s"
__attribute__((noinline)) static int take(void) { return open("/dev/null", O_RDONLY); }
int main(void)
{
    for (int i = 0; i < 40; i++) {
        take();
        usleep(5000);
    }
    return 0;
}
""" % HOSTILE.replace('"', '\\"')

# The colours that the middle of a canvas has, as how many of its pixels are not transparent.
INKED = """
let inked = 0;
for (const canvas of document.querySelectorAll("#chart canvas")) {
  const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  for (let i = 3; i < data.length; i += 4) inked += data[i] > 0;
}
return inked;
"""
WINDOW = "return leakwatchChart().xAxisRange()"


class TrendPage(Page):
    def print_page(self, setting, *count):
        directory = self.path("made")
        os.mkdir(directory)
        subprocess.run([os.path.join(BUILD, "tests/cli/trend_ledgers"), setting, directory, *count], check=True,
                       timeout=TIMEOUT)
        self.leakwatch("trend", "--format", "html", "--output", self.page, directory)
        return directory

    def drag(self, driver, start, end):
        """Across the chart, between these shares of its width."""
        chart = driver.find_element(By.CSS_SELECTOR, "#chart canvas:nth-of-type(2)")
        wide, tall = chart.size["width"], chart.size["height"]
        actions = ActionChains(driver)
        actions.move_to_element_with_offset(chart, int((start - 0.5) * wide), int(-0.2 * tall)).click_and_hold()
        actions.move_by_offset(int((end - start) * wide), 0).release().perform()

    def test_one_look_shows_the_leak(self):
        directory = self.print_page("leak")
        trend = json.loads(self.leakwatch("trend", "--json", directory).stdout)
        driver = self.open()
        self.assertIn(" full ", driver.find_element(By.CSS_SELECTOR, ".leaking .outlook").text)
        rows = driver.find_elements(By.CSS_SELECTOR, "#sites tbody tr")
        self.assertEqual(rows[0].find_element(By.CSS_SELECTOR, ".verdict").text, "leaking")
        self.assertIn(trend["sites"][0]["sentence"], rows[0].text)
        self.assertTrue(driver.find_element(By.ID, "charts").is_displayed())
        self.assertGreater(driver.execute_script(INKED), 20000)
        names = [part.text for part in driver.find_elements(By.CSS_SELECTOR, "#legend span")]
        held = [site for site in trend["sites"] if site["held"] > 0]
        self.assertEqual(len(names), len(held) + 1)
        process = trend["processes"][0]
        first, last = driver.execute_script(WINDOW)
        self.assertAlmostEqual(first / 1000, process["start"], delta=60)
        self.assertGreater(last / 1000, process["start"] + process["lived"] + process["forecast"]["point"])
        low, high = driver.execute_script("return leakwatchChart().yAxisRange()")
        self.assertTrue(low == 0 and high > process["limit"], (low, high))
        self.keep_picture(driver, "trend")
        self.assert_quiet(driver)

    def test_the_stack_of_places_is_what_is_open(self):
        directory = self.print_page("leak")
        process = json.loads(self.leakwatch("trend", "--json", directory).stdout)["processes"][0]
        driver = self.open()
        last = driver.execute_script(
            "const chart = leakwatchChart(), row = chart.numRows() - 2, values = [];"
            "for (let i = 1; i < chart.numColumns(); i++) values.push(chart.getValue(row, i));"
            "return values")
        self.assertAlmostEqual(sum(last), process["open"], delta=0.5)

    def test_zoom_and_ranges(self):
        self.print_page("leak")
        driver = self.open()
        whole = driver.execute_script(WINDOW)
        self.drag(driver, 0.3, 0.5)
        near = driver.execute_script(WINDOW)
        self.assertLess(near[1] - near[0], (whole[1] - whole[0]) * 0.5)
        driver.find_element(By.ID, "reset").click()
        driver.implicitly_wait(2)
        self.assertEqual(driver.execute_script(WINDOW), whole)
        self.assertTrue(driver.find_element(By.CSS_SELECTOR, ".dygraph-rangesel-fgcanvas").is_displayed())
        driver.find_element(By.ID, "ahead").click()
        without = driver.execute_script(WINDOW)
        self.assertLess(without[1], whole[1])
        driver.find_element(By.ID, "whole").click()
        self.assertLess(driver.execute_script("return leakwatchChart().yAxisRange()[1]"), 1024)
        self.assert_quiet(driver)

    def test_the_legend_tells_what_is_pointed_at(self):
        self.print_page("leak")
        driver = self.open()
        chart = driver.find_element(By.CSS_SELECTOR, "#chart canvas:nth-of-type(2)")
        ActionChains(driver).move_to_element_with_offset(chart, -100, 0).perform()
        self.assertRegex(driver.find_element(By.ID, "legend").text, r"20\d\d[\s\S]*: [\d,]+")

    def test_lifetimes_show_why(self):
        directory = self.print_page("leak")
        site = json.loads(self.leakwatch("trend", "--json", directory).stdout)["sites"][0]
        driver = self.open()
        titles = [title.get_attribute("textContent") for title in driver.find_elements(By.CSS_SELECTOR, "#lifetimes rect title")]

        def told(word):
            found = [re.match(r"([\d,]+) " + word, title) for title in titles]
            return sum(int(match[1].replace(",", "")) for match in found if match)
        self.assertEqual(told("given back"), site["released"])
        self.assertAlmostEqual(told("held"), site["held"], delta=len(titles))
        self.assertEqual(driver.find_element(By.ID, "why").text, site["sentence"])
        select = Select(driver.find_element(By.ID, "site"))
        self.assertGreater(len(select.options), 1)
        rows = driver.find_elements(By.CSS_SELECTOR, "tr[data-site]")
        rows[1].click()
        self.assertEqual(select.first_selected_option.get_attribute("value"), "1")
        self.assertIn("chosen", rows[1].get_attribute("class"))
        select.select_by_value("0")
        self.assertEqual(driver.find_element(By.ID, "why").text, site["sentence"])

    def test_one_of_many(self):
        self.print_page("many", "30")
        driver = self.open()
        last_open = "const chart = leakwatchChart(); return chart.getValue(chart.numRows() - 2, 1)"
        first = driver.execute_script(last_open)
        select = Select(driver.find_element(By.ID, "process"))
        self.assertGreater(len(select.options), 5)
        select.select_by_index(4)
        self.assertGreater(driver.execute_script(INKED), 20000)
        self.assertNotEqual(driver.execute_script(last_open), first)
        self.assertGreater(len(driver.find_elements(By.CSS_SELECTOR, "#programs tbody tr")), 1)
        self.keep_picture(driver, "trend_many")
        self.assert_quiet(driver)

    def test_in_the_dark(self):
        self.print_page("leak")
        driver = self.open()
        colours = []
        for scheme in ("light", "dark"):
            driver.execute_cdp_cmd("Emulation.setEmulatedMedia",
                                   {"features": [{"name": "prefers-color-scheme", "value": scheme}]})
            colours.append([driver.find_element(By.CSS_SELECTOR, selector).value_of_css_property("color")
                            for selector in ("body", ".leaking .outlook", ".dygraph-axis-label")]
                           + [driver.execute_script("return leakwatchChart().getOption('colors')[0]")])
            self.keep_picture(driver, f"trend_{scheme}")
        self.assertTrue(all(light != dark for light, dark in zip(*colours)), colours)

    def test_what_took_nothing_has_no_charts(self):
        self.print_page("empty")
        driver = self.open()
        self.assertFalse(driver.find_element(By.ID, "charts").is_displayed())
        self.assert_quiet(driver)

    def test_it_is_readable_without_its_script(self):
        self.print_page("leak")
        driver = self.open(with_script=False)
        self.assertFalse(driver.find_element(By.ID, "charts").is_displayed())
        self.assertIn(" full ", driver.find_element(By.CSS_SELECTOR, ".outlook").text)
        self.assertGreater(len(driver.find_elements(By.CSS_SELECTOR, "#sites tbody tr")), 0)

    def test_hostile_names_are_text(self):
        program = self.compile("hostile", SOURCE, flags=("-g", "-O0"))
        ledgers = self.make_ledgers(program, "</script><script>window.injected=3</script>")
        self.leakwatch("trend", "--format", "html", "--output", self.page, ledgers)
        driver = self.open()
        self.assertIn("<img src=x onerror", driver.find_element(By.ID, "sites").text)
        self.assertIn("script>:7", driver.find_element(By.ID, "legend").text)
        self.assertIsNone(driver.execute_script("return window.injected ?? null"))
        self.assertEqual(len(driver.find_elements(By.TAG_NAME, "script")), 3)
        sources = [image.get_attribute("src") for image in driver.find_elements(By.TAG_NAME, "img")]  # the chart engine's
        self.assertTrue(all(source.startswith("data:image/png;") for source in sources), sources)
        self.assert_quiet(driver)


if __name__ == "__main__":
    command.main()
