"""2,000 files in a loop where 1,024 descriptors are allowed.

limit: nofile=1024
expect: fd-exhausted count=1 line=broken call=open64|open
expect: late-release level=warning count=1021 line=broken later="closed only as the interpreter ended"
forbid: late-release
forbid: fd-leak
"""
with open("page", "w", encoding="ascii") as page:
    page.write("text")


def read_mended(count):
    total = 0
    for _ in range(count):
        with open("page", encoding="ascii") as source:
            total += len(source.read())
    return total


def read_broken(count):
    sources = []
    try:
        for _ in range(count):
            sources.append(open("page", encoding="ascii"))  # leak:broken
    except OSError as error:
        print(error.strerror, "after", len(sources))
    return sources


print(read_mended(2000))
kept = read_broken(2000)
