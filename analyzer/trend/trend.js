"use strict";
/* Draws what the page's data say: descriptors by place over time, and the lifetimes of one place. Texts of the program's
 * become text nodes. */
(function () {
  const COLOURS = 8, POINTS = 600, AHEAD_AT_MOST = 3;
  const trend = JSON.parse(document.getElementById("data").textContent);
  const byId = (id) => document.getElementById(id);
  const charted = trend.processes.map((process, number) => number).filter((number) => trend.processes[number].charted);
  let chart = null, process = null, layers = [];

  /* ---- Words ---- */

  const count = (value) => Math.round(value).toLocaleString("en");
  function span(seconds) {
    const units = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"], [1e-3, "ms"]];
    const [size, name] = units.find(([least]) => seconds >= least) || units[units.length - 1];
    const value = seconds / size;
    return (value < 10 ? Number(value.toFixed(1)) : Math.round(value)) + " " + name;
  }
  function nameOf(site) {
    const place = site.place;
    const file = place && place.file ? place.file.split("/").pop() + ":" + place.line : null;
    const name = [place && place.function, file].filter(Boolean).join(" ") || site.call || site.type;
    return name + (site.scope ? " [" + site.scope + "]" : "");
  }

  /* ---- Descriptors over time ---- */

  /* How many of a list in order are at or below a value. */
  function within(list, value) {
    let low = 0, high = list.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (list[middle] <= value) low = middle + 1; else high = middle;
    }
    return low;
  }

  /* A layer for each of the places that hold most, one for the others; births stand for as many as there is no room for. */
  function layersOf(number) {
    const held = [];
    trend.sites.forEach((site) => site.shares.forEach((share) => {
      if (share.process === number && share.descriptors > 0 && share.births.length > 0)
        held.push({ name: nameOf(site), verdict: site.verdict, births: share.births, each: share.descriptors / share.births.length, total: share.descriptors });
    }));
    held.sort((a, b) => (b.verdict === "leaking") - (a.verdict === "leaking") || b.total - a.total);
    const shown = held.slice(0, COLOURS).map((layer, number) => Object.assign(layer, { colour: "c" + number }));
    const rest = held.slice(COLOURS);
    if (rest.length > 0)
      shown.push({ name: "held by " + rest.length + " other places", colour: "rest", parts: rest });
    return shown;
  }
  const heldAt = (layer, time) => layer.parts ? layer.parts.reduce((sum, part) => sum + heldAt(part, time), 0)
                                              : within(layer.births, time) * layer.each;

  function openAt(time) {
    const samples = process.samples, place = within(samples.map((sample) => sample[0]), time);
    if (time >= process.lived || place === samples.length) return process.open;
    return place > 0 ? samples[place - 1][1] : 0;
  }

  /* When it may be full, in seconds since the start; null: nothing is foretold. */
  function cone() {
    const forecast = process.forecast;
    if (!forecast.given || forecast.earliest === null) return null;
    const far = process.lived * (1 + AHEAD_AT_MOST);
    const at = (seconds) => process.lived + seconds;
    return { earliest: at(forecast.earliest), point: at(forecast.point), latest: forecast.latest === null ? Infinity : at(forecast.latest), far };
  }
  function end() {
    const ahead = cone();
    if (!ahead || !byId("ahead").checked) return process.lived;
    const last = ahead.latest === Infinity ? ahead.point * 1.3 : ahead.latest;
    return Math.min(Math.max(last * 1.03, process.lived * 1.05), Math.max(ahead.far, ahead.earliest * 1.1));
  }
  const date = (seconds) => new Date((process.start + seconds) * 1000);

  function rows() {
    const times = new Set([0, process.lived]);
    for (let i = 0; i <= POINTS; i++) times.add(process.lived * i / POINTS);
    process.samples.forEach((sample) => { if (sample[0] <= process.lived) times.add(sample[0]); });
    const list = Array.from(times).sort((a, b) => a - b).map((time) => {
      const held = layers.map((layer) => heldAt(layer, time));
      const load = Math.max(0, openAt(time) - held.reduce((sum, value) => sum + value, 0));
      return [date(time), ...held, load];
    });
    if (end() > process.lived) list.push([date(end()), ...layers.map(() => null), null]);
    return list;
  }

  const style = (name) => getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();

  function drawLine(context, area, y, colour, text) {
    context.strokeStyle = context.fillStyle = colour;
    context.setLineDash([6, 4]);
    context.beginPath();
    context.moveTo(area.x, y);
    context.lineTo(area.x + area.w, y);
    context.stroke();
    context.setLineDash([]);
    context.font = "12px system-ui, sans-serif";
    context.fillText(text, area.x + 6, y - 5);
  }

  /* From what is open now to the limit, between the earliest time and the latest. */
  function drawCone(context, area, graph, limitY) {
    const ahead = cone();
    if (!ahead || !byId("ahead").checked) return;
    const x = (time) => graph.toDomXCoord(date(time)), now = x(process.lived), open = graph.toDomYCoord(process.open);
    const late = ahead.latest === Infinity ? null : x(ahead.latest), right = area.x + area.w;
    context.globalAlpha = 0.18;
    context.fillStyle = style("leaking");
    context.beginPath();
    context.moveTo(now, open);
    context.lineTo(x(ahead.earliest), limitY);
    if (late === null) { context.lineTo(right, limitY); context.lineTo(right, open); } else context.lineTo(late, limitY);
    context.closePath();
    context.fill();
    context.globalAlpha = 1;
    context.strokeStyle = style("leaking");
    context.beginPath();
    context.moveTo(now, open);
    context.lineTo(x(ahead.point), limitY);
    context.stroke();
  }

  function drawBelow(context, area, graph) {
    context.save();
    context.beginPath();
    context.rect(area.x, area.y, area.w, area.h);
    context.clip();
    if (process.limit !== null) {
      const y = graph.toDomYCoord(process.limit);
      drawCone(context, area, graph, y);
      drawLine(context, area, y, style("leaking"), "limit " + count(process.limit));
    }
    if (end() > process.lived) {
      const x = graph.toDomXCoord(date(process.lived));
      context.strokeStyle = style("soft");
      context.beginPath();
      context.moveTo(x, area.y);
      context.lineTo(x, area.y + area.h);
      context.stroke();
    }
    context.restore();
  }

  /* Of a point in time, or of none. The engine's own legend wants styles that the page's policy forbids. */
  function tell(event, time, points) {
    const names = layers.map((layer) => layer.name).concat("come and gone since");
    const colours = layers.map((layer) => layer.colour).concat("load");
    const values = new Map((points || []).map((point) => [point.name, point.yval]));
    const parts = names.map((name, number) => {
      const value = values.get(number < layers.length ? "s" + number : "load");
      const part = document.createElement("span"), colour = document.createElement("i");
      colour.className = colours[number];
      part.append(colour, name + (Number.isFinite(value) ? ": " + count(value) : ""));
      return part;
    });
    const when = document.createElement("b");
    when.textContent = time === undefined ? "" : new Date(time).toLocaleString();
    byId("legend").replaceChildren(when, ...parts);
  }

  function draw() {
    layers = layersOf(charted[byId("process").selectedIndex] || 0);
    const labels = ["time"].concat(layers.map((layer, number) => "s" + number), "load");
    const most = Math.max(process.open, ...process.samples.map((sample) => sample[1]), 1);
    const top = byId("whole").checked && process.limit !== null ? Math.max(process.limit, most) : most;
    if (chart !== null) chart.destroy();
    chart = new Dygraph(byId("chart"), rows(), {
      labels, stackedGraph: true, fillAlpha: 0.75, strokeWidth: 0.6, valueRange: [0, top * 1.08], includeZero: true,
      colors: layers.map((layer) => style(layer.colour)).concat(style("load")), axisLineColor: style("soft"), gridLineColor: style("soft"),
      interactionModel: Dygraph.defaultInteractionModel, highlightCallback: tell, unhighlightCallback: () => tell(), showRangeSelector: true, rangeSelectorHeight: 34,
      rangeSelectorPlotFillColor: style("rest"), rangeSelectorPlotStrokeColor: style("rest"), underlayCallback: drawBelow,
      axes: { y: { axisLabelWidth: 56, axisLabelFormatter: count } }, stepPlot: false, connectSeparatedPoints: false,
    });
    tell();
  }

  /* ---- Lifetimes ---- */

  function node(name, attributes, text) {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    Object.entries(attributes).forEach(([key, value]) => made.setAttribute(key, value));
    if (text !== undefined) made.textContent = text;
    return made;
  }

  /* By powers of two, as the ledger counts them; held ones by the age that they have now. */
  function classesOf(site) {
    const released = new Map(site.lifetimes.map(([below, number]) => [below === null ? 31 : Math.round(Math.log2(below * 1e9)) - 22, number]));
    const held = new Map();
    site.shares.forEach((share) => {
      const owner = trend.processes[share.process];
      share.births.forEach((birth) => {
        const age = Math.max(owner.lived - birth, 0) * 1e9 / 2 ** 22;
        const place = Math.min(31, age < 1 ? 0 : Math.floor(Math.log2(age)) + 1);
        held.set(place, (held.get(place) || 0) + share.held / share.births.length);
      });
    });
    const places = [...released.keys(), ...held.keys()];
    if (places.length === 0) return [];
    const list = [];
    for (let place = Math.min(...places); place <= Math.max(...places); place++)
      list.push({ below: 2 ** (22 + place) / 1e9, released: released.get(place) || 0, held: held.get(place) || 0 });
    return list;
  }

  function drawLifetimes() {
    const number = Number(byId("site").value), site = trend.sites[number], classes = classesOf(site);
    const width = 900, height = 240, bottom = 200, left = 10, step = (width - 3 * left) / Math.max(classes.length, 1);
    const most = Math.log10(1 + Math.max(1, ...classes.map((one) => Math.max(one.released, one.held))));
    const svg = node("svg", { viewBox: `0 0 ${width} ${height}`, role: "img" });
    svg.append(node("title", {}, "lifetimes of what was taken at " + nameOf(site)));
    classes.forEach((one, place) => {
      const x = left + place * step, bar = (value) => value > 0 ? Math.max(2, Math.log10(1 + value) / most * (bottom - 40)) : 0;
      [["released", one.released, 0], ["held", one.held, 0.5]].forEach(([kind, value, shift]) => {
        if (value === 0) return;
        const tall = bar(value), rect = node("rect", { class: kind, x: x + step * shift + 1, y: bottom - tall, width: step / 2 - 2, height: tall });
        rect.append(node("title", {}, count(value) + (kind === "held" ? " held for up to " : " given back within ") + span(one.below)));
        svg.append(rect, node("text", { x: x + step * (shift + 0.25), y: bottom - tall - 4, "text-anchor": "middle" }, count(value)));
      });
      if (step > 45 || place % 2 === 0)
        svg.append(node("text", { x: x + step, y: bottom + 16, "text-anchor": place + 1 < classes.length ? "middle" : "end" }, span(one.below)));
    });
    svg.append(node("line", { class: "axis", x1: left, x2: width - left, y1: bottom, y2: bottom }));
    svg.append(node("rect", { class: "released", x: left, y: height - 14, width: 10, height: 10 }), node("text", { x: left + 15, y: height - 5 }, "given back after this long"));
    svg.append(node("rect", { class: "held", x: 220, y: height - 14, width: 10, height: 10 }), node("text", { x: 235, y: height - 5 }, "still held, by their age now (heights grow by powers of ten)"));
    byId("lifetimes").replaceChildren(svg);
    byId("why").textContent = site.sentence || "";
    document.querySelectorAll("tr[data-site]").forEach((row) => row.classList.toggle("chosen", row.dataset.site === String(number)));
  }

  /* ---- The page ---- */

  function fill(select, entries) {
    entries.forEach(([value, text]) => {
      const option = document.createElement("option");
      option.value = value;
      option.textContent = text;
      select.append(option);
    });
  }

  function chooseProcess() {
    process = trend.processes[Number(byId("process").value)];
    draw();
  }

  Dygraph.PLUGINS = Dygraph.PLUGINS.filter((plugin) => plugin !== Dygraph.Plugins.Legend);
  if (charted.length === 0 || trend.sites.length === 0) return;
  byId("charts").hidden = false;
  fill(byId("process"), charted.map((number) => [number, trend.processes[number].program + " " + trend.processes[number].pid + (trend.processes[number].host ? " on " + trend.processes[number].host : "")]));
  fill(byId("site"), trend.sites.map((site, number) => [number, site.verdict + ": " + nameOf(site)]).filter(([number]) => trend.sites[number].held > 0 || trend.sites[number].lifetimes.length > 0));
  byId("process").addEventListener("change", chooseProcess);
  ["whole", "ahead"].forEach((id) => byId(id).addEventListener("change", draw));
  byId("reset").addEventListener("click", () => chart.resetZoom());
  byId("site").addEventListener("change", drawLifetimes);
  document.querySelectorAll("tr[data-site]").forEach((row) => row.addEventListener("click", () => {
    byId("site").value = row.dataset.site;
    drawLifetimes();
    byId("lifetimes").scrollIntoView({ block: "center" });
  }));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  chooseProcess();
  drawLifetimes();
  window.leakwatchChart = () => chart;

  /* ---- A page that refreshes itself is the next time as its reader has left it ---- */

  const place = "leakwatch " + location.pathname;
  const chosen = (id) => byId(id).selectedOptions.length > 0 ? byId(id).selectedOptions[0].textContent : "";
  function choose(id, text) {
    const option = Array.from(byId(id).options).find((each) => each.textContent === text);
    if (option) byId(id).value = option.value;
  }
  addEventListener("pagehide", () => {
    const kept = { process: chosen("process"), site: chosen("site").replace(/^[a-z-]+: /, ""), whole: byId("whole").checked, ahead: byId("ahead").checked,
      range: chart.isZoomed("x") ? chart.xAxisRange() : null, top: scrollY };
    try { sessionStorage.setItem(place, JSON.stringify(kept)); } catch { /* it may be forbidden; then nothing is kept */ }
  });
  let kept = null;
  try { kept = JSON.parse(sessionStorage.getItem(place)); } catch { /* likewise */ }
  if (kept) {
    ["whole", "ahead"].forEach((id) => { byId(id).checked = kept[id]; });
    choose("process", kept.process);
    const site = Array.from(byId("site").options).find((option) => option.textContent.replace(/^[a-z-]+: /, "") === kept.site);
    if (site) byId("site").value = site.value;
    chooseProcess();
    drawLifetimes();
    if (kept.range) chart.updateOptions({ dateWindow: kept.range });
    addEventListener("load", () => scrollTo(0, kept.top));
  }
})();
