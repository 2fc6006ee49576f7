"""A site of Django's in one process: each request goes through its middleware to a view that reads a file into a page.

django_requests.py FILE COUNT [ROUNDS] prints requests per second of processor time, the best round's."""
import sys
import time

import django
from django.conf import settings
from django.http import Http404
from django.shortcuts import render
from django.test import Client
from django.urls import path

PAGE = """<!DOCTYPE html>
<title>{{ title }}</title>
<h1>{{ title|capfirst }}</h1>
<ol>{% for line in lines %}<li class="{% cycle 'odd' 'even' %}">{{ line }}</li>{% endfor %}</ol>
<p>{{ lines|length }} line{{ lines|length|pluralize }} for {{ request.path }}</p>
"""


def page(request, name):
    if name != "page":
        raise Http404(name)
    with open(sys.argv[1], encoding="utf-8") as source:
        lines = source.read().splitlines()
    return render(request, "page.html", {"title": name, "lines": lines})


urlpatterns = [path("files/<slug:name>/", page)]


def set_up():
    settings.configure(
        SECRET_KEY="of a bench", ROOT_URLCONF=__name__, ALLOWED_HOSTS=["testserver"], USE_TZ=False,
        MIDDLEWARE=[f"django.{name}" for name in (
            "middleware.security.SecurityMiddleware", "middleware.common.CommonMiddleware",
            "middleware.csrf.CsrfViewMiddleware", "middleware.clickjacking.XFrameOptionsMiddleware")],
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "OPTIONS": {
            "context_processors": ["django.template.context_processors.request"],
            "loaders": [("django.template.loaders.cached.Loader",
                         [("django.template.loaders.locmem.Loader", {"page.html": PAGE})])]}}])
    django.setup()


def ask(client, count):
    for _ in range(count):
        answer = client.get("/files/page/")
        if answer.status_code != 200 or b"for /files/page/" not in answer.content:
            raise SystemExit(f"the page was not served: {answer.status_code} {answer.content!r}")


def main():
    count, rounds = int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 1
    set_up()
    client = Client()
    ask(client, 20)  # what is slow only once
    best = 0.0
    for _ in range(rounds):
        start = time.process_time_ns()
        ask(client, count)
        best = max(best, count * 1e9 / (time.process_time_ns() - start))
    print(best)


main()
