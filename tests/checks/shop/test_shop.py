"""The shop's own test, of the program that is built beside it."""
import http.client
import os
import subprocess
import tempfile


def asked(address, article):
    connection = http.client.HTTPConnection(address)
    connection.request("GET", f"/{article}")
    answer = connection.getresponse()
    told = answer.status, answer.read()
    connection.close()
    return told


with tempfile.TemporaryDirectory() as prices:
    for article, price in (("bread", "3.20"), ("cake", "")):
        with open(os.path.join(prices, article), "w", encoding="utf-8") as file:
            file.write(price)
    with subprocess.Popen(["./shop", "0", prices], stdout=subprocess.PIPE, text=True) as shop:
        address = shop.stdout.readline().split("/")[2]
        for _ in range(3):
            assert asked(address, "bread") == (200, b"3.20")
            assert asked(address, "cake") == (410, b"")
            assert asked(address, "tea") == (404, b"")
        shop.terminate()
    assert shop.returncode == 0
