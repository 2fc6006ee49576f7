/* Filter and order for the list of findings, a closer look at the flames, and a whole print. The page is whole without it. */
"use strict";
(() => {
    const get = (id) => document.getElementById(id);
    const list = get("list"), filter = get("filter"), kind = get("kind"), order = get("order");
    /* What a finding says of itself: lines of sources name their neighbours as well. */
    const textOf = (element) => Array.from(element.querySelectorAll(".source"))
        .reduce((text, source) => text.replace(source.textContent, ""), element.textContent).toLowerCase();
    const headings = Array.from(list.querySelectorAll(".place"));
    const items = Array.from(list.querySelectorAll(".finding"), (element) => ({element, data: element.dataset, text: textOf(element)}));
    const values = (name) => [...new Set(items.map((item) => item.data[name]))];
    const boxes = {};

    /* Numbers with the largest first, texts by the alphabet; the usual order tells equals apart. */
    const rank = (a, b) => a.data.group - b.data.group || a.data.rank - b.data.rank;
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
        /* Only in the usual order do those of a place stand together. */
        const groups = new Set(items.filter((item) => !item.element.hidden).map((item) => item.data.group));
        list.classList.toggle("mixed", order.value !== "rank");
        for (const heading of headings)
            heading.hidden = order.value !== "rank" || !groups.has(heading.dataset.group);
        get("shown").textContent = `${shown} of ${items.length} shown`;
    };
    const sort = () => {
        list.append(...items.sort(orders[order.value]).map((item) => item.element));
        for (const heading of headings)
            list.querySelector(`.finding[data-group="${heading.dataset.group}"]`).before(heading);
    };
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
    order.addEventListener("change", () => { sort(); select(); });
    get("open").addEventListener("click", () => setOpen(true));
    get("close").addEventListener("click", () => setOpen(false));
    get("controls").hidden = items.length === 0;

    /* A page that refreshes itself is the next time as its reader has left it. */
    const place = `leakwatch ${location.pathname}`;
    const all = () => Array.from(document.querySelectorAll("details"));
    const nameOf = (details) => {
        const around = details.closest("[id]");
        const title = around && around.querySelector("h3, h2");
        return `${title ? title.textContent : ""} ${around ? Array.from(around.querySelectorAll("details")).indexOf(details) : ""}`;
    };
    window.addEventListener("pagehide", () => {
        const levels = Object.keys(boxes).filter((level) => !boxes[level].checked);
        const open = all().filter((details) => details.open).map(nameOf);
        try {
            sessionStorage.setItem(place, JSON.stringify({
                filter: filter.value, kind: kind.value, order: order.value, levels, open, top: scrollY,
            }));
        } catch { /* it may be forbidden; then nothing is kept */ }
    });
    const restore = () => {
        let kept = null;
        try {
            kept = JSON.parse(sessionStorage.getItem(place));
        } catch { /* likewise */ }
        if (!kept)
            return;
        filter.value = kept.filter;
        order.value = kept.order;
        if (Array.from(kind.options, (option) => option.value).includes(kept.kind))
            kind.value = kept.kind;
        for (const level of kept.levels)
            if (boxes[level])
                boxes[level].checked = false;
        for (const details of all())
            details.open = kept.open.includes(nameOf(details));
        addEventListener("load", () => scrollTo(0, kept.top));
    };
    restore();
    sort();
    select();

    /* On paper everything is open, and afterwards as it was. */
    const closed = [];
    window.addEventListener("beforeprint", () => {
        for (const details of document.querySelectorAll("details:not([open])")) {
            details.open = true;
            closed.push(details);
        }
    });
    window.addEventListener("afterprint", () => {
        for (const details of closed.splice(0))
            details.open = false;
    });
})();

/* The flames: one box as wide as all of them, and what stands above and below it. */
(() => {
    const flames = document.querySelector(".flames"), named = document.getElementById("named");
    if (!flames)
        return;
    const width = flames.viewBox.baseVal.width;
    const number = (element, name) => Number(element.getAttribute(name));
    const boxes = Array.from(flames.children, (element) =>
        ({element, x: number(element, "x"), y: number(element, "y"), width: number(element, "width")}));
    const nameOf = (element) => element.querySelector("title").textContent;
    let near = null;

    const look = (box) => {
        near = box;
        const from = box ? box.x : 0, scale = box ? width / box.width : 1;
        for (const {element, x, width: wide} of boxes) {
            const left = Math.max((x - from) * scale, 0), right = Math.min((x - from + wide) * scale, width);
            const seen = right - left > 0.5;
            element.setAttribute("display", seen ? "inline" : "none");
            if (seen) {
                element.setAttribute("x", left);
                element.setAttribute("width", right - left);
            }
        }
    };
    for (const box of boxes) {
        const {element} = box;
        element.setAttribute("tabindex", "0");
        element.addEventListener("click", () => look(box === near ? null : box));
        element.addEventListener("keydown", (event) => {
            if (event.key === "Enter")
                look(box === near ? null : box);
        });
        for (const event of ["mouseenter", "focus"])
            element.addEventListener(event, () => { named.textContent = nameOf(element); });
    }
    document.addEventListener("keydown", (event) => {
        if (event.key === "Escape")
            look(null);
    });
    document.getElementById("look").hidden = false;
    look(null);
})();
