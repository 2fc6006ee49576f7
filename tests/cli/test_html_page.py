"""The HTML report in a real browser, headless Chromium: what a reader sees, that filter and order work, that the page is
whole without its script, and that nothing that the watched program chose becomes more than text. The pictures stay where
LEAKWATCH_PICTURES says."""
import json
import os
import shutil
import sys

import command
import debian_modules
from command import Place

debian_modules.need("selenium")
from selenium import webdriver  # noqa: E402
from selenium.webdriver.chrome.service import Service  # noqa: E402
from selenium.webdriver.common.by import By  # noqa: E402
from selenium.webdriver.support.ui import Select  # noqa: E402

DRIVER, BROWSER = shutil.which("chromedriver"), shutil.which("chromium")
if not DRIVER or not BROWSER:
    print("skipped: no chromium or no chromedriver; scripts/bootstrap --test installs them")
    sys.exit(77)

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
int main(void)
{
    forget_files();
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


def browser(profile, with_script=True):
    options = webdriver.ChromeOptions()
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                     "--disable-background-networking", "--no-first-run", "--window-size=1200,1600",
                     f"--user-data-dir={profile}"):
        options.add_argument(argument)
    options.binary_location = BROWSER
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    if not with_script:
        options.add_experimental_option("prefs", {"profile.managed_default_content_settings.javascript": 2})
    return webdriver.Chrome(service=Service(DRIVER), options=options)


class HtmlPage(Place):
    def setUp(self):
        super().setUp()
        os.mkdir(self.path(os.path.dirname("<img src=x onerror=\"window.injected=1\"><script>window.injected=2</")))
        program = self.compile("forgetful", SOURCE, flags=("-g", "-O0"), source="src/forgetful.c")
        ledgers = self.make_ledgers(program)
        self.page = self.path("report.html")
        self.url = "file://" + self.page
        self.leakwatch("report", "--format", "html", "--source-root", self.path("src"), "--output", self.page, ledgers)

    def open(self, with_script=True):
        driver = browser(self.path("profile"), with_script)
        self.addCleanup(driver.quit)
        driver.get(self.url)
        return driver

    def shown(self, driver):
        """The headlines of the findings that are seen, from above."""
        headlines = driver.find_elements(By.CSS_SELECTOR, "li.finding h3")
        return [headline.text for headline in headlines if headline.is_displayed()]

    def is_seen(self, driver, selector):
        """What a closed element holds has a size, and is not seen."""
        element = driver.find_element(By.CSS_SELECTOR, selector)
        return driver.execute_script("return arguments[0].checkVisibility({contentVisibilityAuto: true})", element)

    def keep_picture(self, driver, name):
        directory = os.environ.get("LEAKWATCH_PICTURES")
        height = driver.execute_script("return document.documentElement.scrollHeight")
        driver.set_window_size(1200, min(height + 200, 6000))
        picture = os.path.join(directory or self.place, f"{name}.png")
        self.assertTrue(driver.save_screenshot(picture))
        self.assertGreater(os.path.getsize(picture), 10000)

    def assert_quiet(self, driver):
        """No errors on the console, and no request but for the page itself."""
        self.assertEqual([entry for entry in driver.get_log("browser") if entry["level"] != "DEBUG"], [])
        messages = [json.loads(entry["message"])["message"] for entry in driver.get_log("performance")]
        requests = [message["params"] for message in messages if message["method"] == "Network.requestWillBeSent"]
        urls = {request["request"]["url"] for request in requests if request["documentURL"] == self.url}
        self.assertEqual({url for url in urls if not url.startswith("data:")}, {self.url})

    def test_a_reader_sees_it_all(self):
        driver = self.open()
        self.assertRegex(driver.title, r"^leakwatch: \d+ errors.*: \d+ resources never given back$")
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
        driver.find_element(By.ID, "level-error").click()
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
        with_script.quit()
        driver = self.open(with_script=False)
        self.assertEqual(self.shown(driver), wanted)
        self.assertFalse(driver.find_element(By.ID, "controls").is_displayed())
        self.assertFalse(self.is_seen(driver, "#f1 .source"))
        driver.find_element(By.CSS_SELECTOR, "#f1 summary").click()
        self.assertTrue(self.is_seen(driver, "#f1 .source"))


if __name__ == "__main__":
    command.main()
