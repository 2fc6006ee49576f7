#!/bin/bash
# Chromium, without a window: one page, from start to end, with all its processes and threads.
# needs: chromium
# locks: thread-leak chromium/chromium
# stderr: ignored
# expect: <p>12</p>
echo '<body><script>document.body.innerHTML = "<p>" + 3 * 4 + "</p>"</script></body>' >page.html
timeout 120 chromium --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --user-data-dir="$PWD/profile" \
    --dump-dom "file://$PWD/page.html" | grep -o '<p>.*</p>'
rm -rf profile
