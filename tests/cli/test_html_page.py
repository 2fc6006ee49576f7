"""The HTML report in a real browser, headless Chromium: what a reader sees, that filter and order work, that the page is
whole without its script, and that nothing that the watched program chose becomes more than text. The pictures stay where
LEAKWATCH_PICTURES says."""
import os
import shutil

import command
from command import Place
from pages import By, Keys, Page, Select

HOSTILE = "<img src=x onerror=\"window.injected=1\"><script>window.injected=2<\\057script>"
SOURCE = r"""
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
static const char *const hostile = "%s";
__attribute__((noinline)) static int forget_files(void)
{
    int sum = 0;
    for (int i = 0; i < 5; i++)
        sum += open("/dev/null", O_RDONLY);
    return sum;
}
__attribute__((noinline)) static int forget_hostile(void)
{
    return open(hostile, O_RDONLY | O_CREAT, 0600);
}
__attribute__((noinline)) static int open_helper(void)
{
    return open("/etc/passwd", O_RDONLY);
}
__attribute__((noinline)) static int once(void) { return open_helper() + 1; }
__attribute__((noinline)) static int twice(void) { return open_helper() + open_helper(); }
int main(void)
{
    forget_files();
    once();
    twice();
    usleep(40000);
    forget_hostile();
    usleep(40000);
    opendir("/");
    usleep(40000);
    fopen("/dev/null", "r");
    if (!fork())
        execl("/bin/true", "true", (char *)0);
    sleep(1);
    return 0;
}
""" % HOSTILE.replace('"', '\\"')


class HtmlPage(Page):
    """What ran and its page are made once; each test has a copy of the page for itself."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.maker = cls("make")
        cls.addClassCleanup(cls.maker.doCleanups)
        cls.maker.make()

    def make(self):
        Place.setUp(self)
        os.mkdir(self.path(os.path.dirname("<img src=x onerror=\"window.injected=1\"><script>window.injected=2</")))
        self.program = self.compile("forgetful", SOURCE, flags=("-g", "-O0"), source="src/forgetful.c")
        self.ledgers = self.make_ledgers(self.program, "it's me", "<b>")
        self.page = self.path("report.html")
        self.leakwatch("report", "--format", "html", "--source-root", self.path("src"), "--output", self.page, self.ledgers)

    def setUp(self):
        super().setUp()
        shutil.copy(self.maker.page, self.page)

    def shown(self, driver):
        """The headlines of the findings that are seen, from above."""
        headlines = driver.find_elements(By.CSS_SELECTOR, "li.finding h3")
        return [headline.text for headline in headlines if headline.is_displayed()]

    def is_seen(self, driver, selector):
        """What a closed element holds has a size, and is not seen."""
        element = driver.find_element(By.CSS_SELECTOR, selector)
        return driver.execute_script("return arguments[0].checkVisibility({contentVisibilityAuto: true})", element)

    def test_a_reader_sees_it_all(self):
        driver = self.open()
        self.assertRegex(driver.title, r"^leakwatch: \d+ errors?.*: \d+ resources never given back")
        self.assertTrue(self.shown(driver)[0].startswith("error 5 files never closed, opened by open at forgetful.c:"))
        self.assertFalse(self.is_seen(driver, "#f1 .source"))
        self.keep_picture(driver, "closed")
        driver.find_element(By.ID, "open").click()
        self.assertTrue(self.is_seen(driver, "#f1 .source"))
        marked = [mark.text for mark in driver.find_elements(By.CSS_SELECTOR, "#f1 .source mark")]
        self.assertIn('sum += open("/dev/null", O_RDONLY);', marked[0])
        boxes = [box.get_attribute("textContent") for box in driver.find_elements(By.CSS_SELECTOR, ".flames title")]
        self.assertIn("forget_files: 5 held", boxes)
        self.assertGreater(driver.find_element(By.CSS_SELECTOR, ".chart .area").size["width"], 100)
        self.keep_picture(driver, "open")
        driver.find_element(By.ID, "close").click()
        self.assertFalse(self.is_seen(driver, "#f1 .source"))
        self.assert_quiet(driver)

    def test_the_head_says_what_ran(self):
        driver = self.open()
        about = driver.find_element(By.ID, "about")
        titles = [title.text for title in about.find_elements(By.TAG_NAME, "dt")]
        self.assertEqual(titles, ["Program", "Command", "Host", "Started", "Report made", "leakwatch"])
        texts = [text.text for text in about.find_elements(By.TAG_NAME, "dd")]
        self.assertTrue(texts[0].startswith(self.maker.program), texts)
        self.assertEqual(texts[1], f"{self.maker.program} 'it'\\''s me' '<b>' in {self.maker.place}")
        self.assertEqual(texts[2], os.uname().nodename)
        self.assertRegex(texts[3], r"^20\d\d-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4}$")
        self.assertIn(" on " + os.uname().nodename, texts[4])
        self.assertRegex(texts[5], r"^\d+\.\d+\.\d+$")

    def test_a_page_to_compare_has_no_times(self):
        self.leakwatch("report", "--format", "html", "--stable", "--output", self.page, self.maker.ledgers)
        titles = [title.text for title in self.open().find_elements(By.CSS_SELECTOR, "#about dt")]
        self.assertEqual(titles, ["Program", "Command", "leakwatch"])

    def test_those_of_one_place_stand_together(self):
        driver = self.open()
        rows = [row.text.split() for row in driver.find_elements(By.CSS_SELECTOR, "#places tbody tr")]
        self.assertIn(["open_helper", "2", "3"], [[row[2], *row[-2:]] for row in rows if row[1] == "fd-leak"])
        heading = driver.find_element(By.XPATH, "//li[@class='place'][contains(., 'open_helper')]")
        self.assertRegex(heading.text, r"^open_helper .*forgetful.c:\d+ \d findings, \d+ in all$")
        after = heading.find_elements(By.XPATH, "following-sibling::li[position() <= 2]/h3")
        self.assertTrue(all("in open_helper" in headline.text for headline in after))
        Select(driver.find_element(By.ID, "order")).select_by_value("kind")
        self.assertFalse(heading.is_displayed())
        Select(driver.find_element(By.ID, "order")).select_by_value("rank")
        self.assertTrue(heading.is_displayed())
        driver.find_element(By.ID, "filter").send_keys("forget_files")
        self.assertFalse(heading.is_displayed())
        self.assert_quiet(driver)

    def test_what_has_no_heading_stands_out_of_the_group_before(self):
        driver = self.open()
        heading = driver.find_element(By.XPATH, "//li[@class='place'][contains(., 'open_helper')]")
        grouped = heading.find_elements(By.XPATH, "following-sibling::li[position() <= 2]")
        others = driver.find_elements(By.CSS_SELECTOR, "li.finding:not(.grouped)")
        self.assertTrue(all("in open_helper" in item.text for item in grouped))
        self.assertGreaterEqual(len(others), 3)
        self.assertEqual({item.location["x"] for item in others}, {heading.location["x"]})
        self.assertTrue(all(item.location["x"] > heading.location["x"] + 10 for item in grouped))
        Select(driver.find_element(By.ID, "order")).select_by_value("kind")
        self.assertEqual(len({item.location["x"] for item in [*others, *grouped]}), 1)

    def test_all_processes_are_on_the_page(self):
        shells = "; ".join(f"sh -c 'exec 9</dev/null; exit {status}'" for status in range(1, 26))
        ledgers = self.make_ledgers("sh", "-c", f"{shells}; exit 0", directory="many")
        self.leakwatch("report", "--format", "html", "--skip-exe", "", "--output", self.page, ledgers)
        with open(self.page, encoding="utf-8") as file:
            self.assertNotIn("--full", file.read())
        driver = self.open()
        lines = driver.find_elements(By.CSS_SELECTOR, "#processes li")
        texts = [line.get_attribute("textContent") for line in lines]
        for status in range(1, 26):
            self.assertTrue(any(f"exited with status {status};" in text or f"exited with status {status} " in text
                                for text in texts), texts)
        self.assertTrue(lines[0].is_displayed())
        self.assertFalse(self.is_seen(driver, "#processes details li"))
        closed = driver.find_elements(By.CSS_SELECTOR, "#processes details li")
        self.assertEqual(driver.find_element(By.CSS_SELECTOR, "#processes summary").text, f"{len(closed)} more lines")

    def test_the_table_leads_to_the_findings(self):
        driver = self.open()
        link = driver.find_element(By.XPATH, "//section[@id='places']//a[contains(., 'open_helper')]")
        target = link.get_attribute("href").rsplit("#", 1)[1]
        self.assertIn("in open_helper", driver.find_element(By.CSS_SELECTOR, f"#{target} h3").text)

    def test_the_ways_stay_in_sight(self):
        driver = self.open()
        driver.set_window_size(1200, 500)
        driver.execute_script("window.scrollTo(0, document.body.scrollHeight)")
        ways = driver.find_elements(By.CSS_SELECTOR, "nav a")
        for way in ways:
            section = driver.find_element(By.ID, way.get_attribute("href").rsplit("#", 1)[1])
            self.assertTrue(section.text)
        flames = driver.find_element(By.LINK_TEXT, "Who holds what")
        flames.click()
        top = driver.execute_script("return document.getElementById('flames').getBoundingClientRect().top")
        self.assertTrue(0 <= top < 500, top)

    def test_a_closer_look_at_the_flames(self):
        driver = self.open()

        def box(name):
            return driver.find_element(By.XPATH, f"//*[name()='svg'][*[name()='title'][starts-with(., '{name}:')]]")
        whole = box("main").size["width"]
        narrow = box("once").size["width"]
        self.assertLess(narrow, whole / 2)
        driver.execute_script("arguments[0].dispatchEvent(new MouseEvent('mouseenter'))", box("once"))
        self.assertEqual(driver.find_element(By.ID, "named").text, "once: 1 held")
        driver.execute_script("arguments[0].dispatchEvent(new MouseEvent('click'))", box("once"))
        self.assertAlmostEqual(box("once").size["width"], whole, delta=2)
        self.assertFalse(box("twice").is_displayed())
        self.keep_picture(driver, "closer")
        driver.find_element(By.TAG_NAME, "body").send_keys(Keys.ESCAPE)
        self.assertAlmostEqual(box("once").size["width"], narrow, delta=2)
        self.assertTrue(box("twice").is_displayed())

    def test_in_the_dark(self):
        driver = self.open()
        colors = []
        for scheme in ("light", "dark"):
            feature = {"name": "prefers-color-scheme", "value": scheme}
            driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
            colors.append([driver.find_element(By.CSS_SELECTOR, selector).value_of_css_property("color")
                           for selector in ("body", ".error .level", "nav a")])
            self.keep_picture(driver, scheme)
        self.assertTrue(all(light != dark for light, dark in zip(*colors)), colors)

    def test_on_paper(self):
        driver = self.open()
        driver.execute_script("window.addEventListener('beforeprint', () => {"
                              "window.opened = document.querySelectorAll('details:not([open])').length; })")
        before = len(driver.find_elements(By.CSS_SELECTOR, "details:not([open])"))
        self.assertGreater(before, 3)
        driver.execute_cdp_cmd("Page.printToPDF", {})
        self.assertEqual(driver.execute_script("return window.opened"), 0)
        self.assertEqual(len(driver.find_elements(By.CSS_SELECTOR, "details:not([open])")), before)
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
        self.assertFalse(driver.find_element(By.TAG_NAME, "nav").is_displayed())
        self.assertFalse(driver.find_element(By.ID, "controls").is_displayed())
        self.keep_picture(driver, "paper")

    def test_the_filter(self):
        driver = self.open()
        everything = self.shown(driver)
        box = driver.find_element(By.ID, "filter")
        box.send_keys("FORGET_files")
        self.assertEqual([headline.split()[-1] for headline in self.shown(driver)], ["fd-leak", "inherited-fd"])
        self.assertIn(f"2 of {len(everything)} shown", driver.find_element(By.ID, "shown").text)
        box.clear()
        box.send_keys("no such words")
        self.assertEqual(self.shown(driver), [])
        box.clear()
        box.send_keys(" ")
        self.assertEqual(self.shown(driver), everything)
        Select(driver.find_element(By.ID, "kind")).select_by_visible_text("dir-leak")
        self.assertEqual(len(self.shown(driver)), 1)
        driver.find_element(By.ID, "level-warning").click()
        self.assertEqual(self.shown(driver), [])
        self.assert_quiet(driver)

    def test_the_order(self):
        driver = self.open()
        order = Select(driver.find_element(By.ID, "order"))
        usual = self.shown(driver)
        order.select_by_value("kind")
        kinds = [headline.split()[-1] for headline in self.shown(driver)]
        self.assertEqual(kinds, sorted(kinds))
        self.assertNotEqual(self.shown(driver), usual)
        order.select_by_value("age")
        ages = [float(item.get_attribute("data-age") or -1) for item in
                driver.find_elements(By.CSS_SELECTOR, "li.finding")]
        self.assertEqual(ages, sorted(ages, reverse=True))
        self.assertGreater(ages[0], ages[3])
        order.select_by_value("rank")
        self.assertEqual(self.shown(driver), usual)
        self.assert_quiet(driver)

    def test_hostile_names_are_text(self):
        driver = self.open()
        text = driver.find_element(By.ID, "list").text
        self.assertIn("<img src=x onerror=\"window.injected=1\"><script>window.injected=2</script>", text)
        self.assertIsNone(driver.execute_script("return window.injected ?? null"))
        self.assertEqual(len(driver.find_elements(By.TAG_NAME, "script")), 1)
        self.assertEqual(driver.find_elements(By.TAG_NAME, "img"), [])
        self.assert_quiet(driver)

    def test_even_a_hole_would_run_nothing(self):
        with open(self.page, encoding="utf-8") as file:
            text = file.read()
        hole = "<script>window.injected = 1</script><img src='x' onerror='window.injected = 2'>"
        with open(self.page, "w", encoding="utf-8") as file:
            file.write(text.replace("<main>", "<main>" + hole))
        driver = self.open()
        self.assertEqual(len(driver.find_elements(By.TAG_NAME, "script")), 2)
        self.assertIsNone(driver.execute_script("return window.injected ?? null"))
        self.assertTrue(driver.find_element(By.ID, "controls").is_displayed())

    def test_the_page_is_whole_without_its_script(self):
        with_script = self.open()
        wanted = self.shown(with_script)
        driver = self.open(with_script=False)
        self.assertEqual(self.shown(driver), wanted)
        self.assertFalse(driver.find_element(By.ID, "controls").is_displayed())
        self.assertFalse(self.is_seen(driver, "#f1 .source"))
        driver.find_element(By.CSS_SELECTOR, "#f1 summary").click()
        self.assertTrue(self.is_seen(driver, "#f1 .source"))


if __name__ == "__main__":
    command.main()
