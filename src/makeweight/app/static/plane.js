"use strict";
// The t-SNE map works without this script; with it, points show their pictures, can be chosen by class or source, and
// the map can be enlarged.

for (const panel of document.querySelectorAll("[data-plane]")) {
  const drawing = panel.querySelector(".plane > svg");
  const circles = [...drawing.querySelectorAll("circle")];
  const items = [...panel.querySelectorAll(".legend li")];
  const sources = items.map((item) => item.textContent);
  const names = new Map(items.map((item) => [item.className, item.textContent]));
  const sourceOf = (circle) => names.get(circle.getAttribute("class").replace(" faint", ""));

  const tooltip = document.createElement("div");
  tooltip.id = "tooltip";
  tooltip.hidden = true;
  document.body.append(tooltip);

  drawing.addEventListener("pointerover", (event) => {
    const circle = event.target.closest("circle");
    if (!circle) {
      tooltip.hidden = true;
      return;
    }
    const picture = document.createElement("img");
    picture.alt = "";
    picture.src = `/compare/picture?row=${circle.dataset.row}`;
    picture.addEventListener("error", () => picture.remove());
    tooltip.replaceChildren(picture, `${circle.dataset.label}, ${sourceOf(circle)}`);
    tooltip.hidden = false;
    const right = document.documentElement.scrollLeft + innerWidth - tooltip.offsetWidth - 20;
    tooltip.style.left = `${Math.max(0, Math.min(event.pageX + 14, right))}px`;
    tooltip.style.top = `${event.pageY + 14}px`;
  });
  drawing.addEventListener("pointerleave", () => { tooltip.hidden = true; });

  const controls = document.createElement("div");
  controls.className = "fields";
  const addField = (name, field) => {
    const label = document.createElement("label");
    label.append(name, field);
    controls.append(label);
    return field;
  };
  const addSelect = (name, values) => {
    const select = document.createElement("select");
    select.append(new Option("all", ""), ...values.map((value) => new Option(value)));
    return addField(name, select);
  };
  const label = addSelect("Class", [...new Set(circles.map((circle) => circle.dataset.label))].sort());
  const source = addSelect("Source", sources);
  const zoom = document.createElement("input");
  Object.assign(zoom, { type: "range", min: 1, max: 6, step: 0.5, value: 1 });
  addField("Enlarge", zoom);
  const choose = () => {
    for (const circle of circles) {
      const chosen = (!label.value || circle.dataset.label === label.value)
        && (!source.value || sourceOf(circle) === source.value);
      circle.classList.toggle("faint", !chosen);
    }
  };
  label.addEventListener("change", choose);
  source.addEventListener("change", choose);
  zoom.addEventListener("input", () => {
    drawing.style.width = `${100 * zoom.value}%`;
    drawing.style.setProperty("--zoom", zoom.value);
  });
  panel.prepend(controls);
}
