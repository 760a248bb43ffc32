"use strict";
// Draws every chart of the page when it comes into view. Vega's interpreter evaluates expressions, so that the page's
// policy can forbid evaluating text as a program.

const tooltip = document.createElement("div");
tooltip.id = "tooltip";
tooltip.hidden = true;
document.body.append(tooltip);

const readable = (value) => (typeof value === "number" && !Number.isInteger(value) ? value.toPrecision(4) : String(value));

function showTooltip(handler, event, item, value) {
  if (!item || !item.datum || value === null || value === undefined) {
    tooltip.hidden = true;
    return;
  }
  const lines = Object.entries(item.datum)
    .filter(([name]) => !name.startsWith("_") && !["x", "y", "row"].includes(name))
    .map(([name, cell]) => {
      const line = document.createElement("div");
      line.textContent = `${name}: ${readable(cell)}`;
      return line;
    });
  if ("row" in item.datum) {
    const picture = document.createElement("img");
    picture.alt = "";
    picture.src = `/compare/picture?row=${item.datum.row}`;
    picture.addEventListener("error", () => picture.remove());
    lines.unshift(picture);
  }
  tooltip.replaceChildren(...lines);
  tooltip.hidden = false;
  const left = Math.min(event.pageX + 14, document.documentElement.scrollLeft + innerWidth - tooltip.offsetWidth - 20);
  tooltip.style.left = `${left}px`;
  tooltip.style.top = `${event.pageY + 14}px`;
}

const dark = matchMedia("(prefers-color-scheme: dark)").matches;
// Colours that a chart names itself, as they are on a dark page; what stands on a coloured cell stays as it is.
const onDark = { "#14632f": "#7fd99a", "#a12016": "#ff9c8f", "#6b7571": "#a5b0ab", "#0b5f5a": "#3aa79d" };
const [ink, line] = dark ? ["#e8edea", "#4a5651"] : ["#1c2321", "#d5dad7"];
const guides = { labelColor: ink, titleColor: ink, gridColor: line, tickColor: line, domainColor: line };

function described(place) {
  let text = document.getElementById(place.dataset.chart).textContent;
  if (dark) for (const [light, changed] of Object.entries(onDark)) text = text.replaceAll(`"${light}"`, `"${changed}"`);
  const description = JSON.parse(text);
  const { axis, legend } = description.config;
  Object.assign(axis, guides);
  const columns = Math.max(2, Math.floor(place.clientWidth / 135));
  const direction = place.clientWidth < 600 ? "vertical" : "horizontal";
  Object.assign(legend, { labelColor: ink, titleColor: ink, symbolBaseFillColor: ink, symbolBaseStrokeColor: ink });
  Object.assign(legend, { columns, layout: { top: { direction } } });
  Object.assign(description.config, { background: null, view: { stroke: line }, text: { color: ink } });
  return description;
}

function draw(place) {
  const description = described(place);
  const compiled = vegaLite.compile(description).spec;
  const view = new vega.View(vega.parse(compiled, null, { ast: true }), {
    expr: vegaExpressionInterpreter,
    renderer: "canvas",
    container: place,
    hover: true,
  });
  view.tooltip(showTooltip);
  view.runAsync().then(() => place.setAttribute("data-drawn", ""));
}

const watcher = new IntersectionObserver((entries) => {
  for (const entry of entries.filter((seen) => seen.isIntersecting)) {
    watcher.unobserve(entry.target);
    draw(entry.target);
  }
}, { rootMargin: "300px" });

for (const place of document.querySelectorAll("[data-chart]")) watcher.observe(place);
