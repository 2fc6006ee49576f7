"""HTML pages in a real browser, headless Chromium, for the tests that look at them. Pictures stay where LEAKWATCH_PICTURES
says."""
import json
import os
import shutil
import sys
import tempfile

import debian_modules
from command import Place

debian_modules.need("selenium")
from selenium import webdriver  # noqa: E402
from selenium.webdriver.chrome.service import Service  # noqa: E402
from selenium.webdriver.common.action_chains import ActionChains  # noqa: E402,F401
from selenium.webdriver.common.by import By  # noqa: E402,F401
from selenium.webdriver.common.keys import Keys  # noqa: E402,F401
from selenium.webdriver.support.ui import Select  # noqa: E402,F401

DRIVER, BROWSER = shutil.which("chromedriver"), shutil.which("chromium")
if not DRIVER or not BROWSER:
    print("skipped: no chromium or no chromedriver; scripts/bootstrap --test installs them")
    sys.exit(77)


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


class Page(Place):
    """A page, self.page, that is opened as self.url. Browsers stay for later tests, each of which has a tab for itself."""

    @classmethod
    def setUpClass(cls):
        cls.browsers = {}
        cls.profiles = tempfile.mkdtemp(prefix="leakwatch-cli.")
        cls.addClassCleanup(shutil.rmtree, cls.profiles, ignore_errors=True)

    def setUp(self):
        super().setUp()
        self.page = self.path("report.html")
        self.url = "file://" + self.page

    def browser(self, with_script):
        if with_script not in self.browsers:
            driver = browser(os.path.join(self.profiles, str(with_script)), with_script)
            self.addClassCleanup(driver.quit)
            self.browsers[with_script] = driver
        return self.browsers[with_script]

    def open(self, with_script=True):
        driver = self.browser(with_script)
        earlier = driver.window_handles
        driver.switch_to.new_window("tab")
        new = driver.current_window_handle
        for handle in earlier:
            driver.switch_to.window(handle)
            driver.close()
        driver.switch_to.window(new)
        driver.set_window_size(1200, 1600)
        for log in ("browser", "performance"):
            driver.get_log(log)
        driver.get(self.url)
        return driver

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
