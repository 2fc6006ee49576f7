/* Filter and order for the list of findings. The page is whole without it. */
"use strict";
(() => {
    const get = (id) => document.getElementById(id);
    const list = get("list"), filter = get("filter"), kind = get("kind"), order = get("order");
    /* What a finding says of itself: lines of sources name their neighbours as well. */
    const textOf = (element) => Array.from(element.querySelectorAll(".source"))
        .reduce((text, source) => text.replace(source.textContent, ""), element.textContent).toLowerCase();
    const items = Array.from(list.children, (element) => ({element, data: element.dataset, text: textOf(element)}));
    const values = (name) => [...new Set(items.map((item) => item.data[name]))];
    const boxes = {};

    /* Numbers with the largest first, texts by the alphabet; the usual order tells equals apart. */
    const rank = (a, b) => a.data.rank - b.data.rank;
    const largest = (name) => (a, b) => (b.data[name] ?? -1) - (a.data[name] ?? -1) || rank(a, b);
    const alphabet = (name) => (a, b) => {
        const one = a.data[name] ?? "\uffff", other = b.data[name] ?? "\uffff";
        return one < other ? -1 : one > other ? 1 : rank(a, b);
    };
    const orders = {
        rank, count: largest("count"), age: largest("age"), kind: alphabet("kind"), place: alphabet("place"),
    };

    const select = () => {
        const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
        let shown = 0;
        for (const {element, data, text} of items) {
            const wanted = boxes[data.level].checked && (!kind.value || kind.value === data.kind) &&
                words.every((word) => text.includes(word));
            element.hidden = !wanted;
            shown += wanted;
        }
        get("shown").textContent = `${shown} of ${items.length} shown`;
    };
    const sort = () => list.append(...items.sort(orders[order.value]).map((item) => item.element));
    const setOpen = (open) => list.querySelectorAll("details").forEach((details) => { details.open = open; });

    for (const level of values("level")) {
        const label = document.createElement("label"), box = document.createElement("input");
        box.type = "checkbox";
        box.checked = true;
        box.id = `level-${level}`;
        label.append(box, ` ${level} `);
        get("levels").append(label);
        boxes[level] = box;
    }
    for (const name of values("kind").sort())
        kind.append(new Option(name));
    for (const event of ["input", "change"])
        get("controls").addEventListener(event, select);
    get("controls").addEventListener("submit", (event) => event.preventDefault());
    order.addEventListener("change", sort);
    get("open").addEventListener("click", () => setOpen(true));
    get("close").addEventListener("click", () => setOpen(false));
    get("controls").hidden = items.length === 0;
    sort();
    select();
})();
