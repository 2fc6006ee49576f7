"""A file that stays open where its text is no number: the error is kept for a summary, its traceback with it, and in the
traceback the function's variables.

expect: late-release level=warning count=7 line=broken call=open64|open later="closed only as the interpreter ended"
forbid: late-release
forbid: fd-leak
"""
errors = []


def number_broken(path):
    source = open(path, encoding="ascii")  # leak:broken
    try:
        number = int(source.read())
    except ValueError as error:
        errors.append(error)
        return 0
    source.close()
    return number


def number_mended(path):
    try:
        with open(path, encoding="ascii") as source:
            return int(source.read())
    except ValueError as error:
        errors.append(error)
        return 0


for name, text in (("good", "3"), ("bad", "three")):
    with open(name, "w", encoding="ascii") as file:
        file.write(text)
for number_of in (number_broken, number_mended):
    print(sum(number_of("bad" if i % 3 == 0 else "good") for i in range(20)), len(errors))
