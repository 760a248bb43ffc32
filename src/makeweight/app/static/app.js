"use strict";
// The pages work without this script; with it, the progress of jobs is updated, files can be dropped, and tables can be sorted and filtered.

for (const panel of document.querySelectorAll("[data-job]")) {
  const message = panel.querySelector("[data-message]");
  const bar = panel.querySelector("progress");
  const poll = async () => {
    try {
      const answer = await fetch(`/api/jobs/${panel.dataset.job}`);
      const job = await answer.json();
      if (!answer.ok || ["done", "failed", "cancelled"].includes(job.state)) {
        location.reload();
        return;
      }
      bar.value = job.progress;
      message.textContent = job.message || job.state;
    } catch {
      message.textContent = "the server does not answer; trying again";
    }
    setTimeout(poll, 700);
  };
  setTimeout(poll, 300);
}

if (document.querySelector("[data-reload]")) setTimeout(() => location.reload(), 1000);

for (const form of document.querySelectorAll("[data-most-bytes]")) {
  form.addEventListener("submit", (event) => {
    const file = form.querySelector("input[type=file]").files[0];
    const isLarge = Boolean(file) && file.size > Number(form.dataset.mostBytes);
    form.querySelector("[role=alert]").hidden = !isLarge;
    if (isLarge) event.preventDefault();
  });
}

for (const zone of document.querySelectorAll(".drop")) {
  const input = zone.querySelector("input[type=file]");
  zone.addEventListener("dragover", (event) => { event.preventDefault(); zone.classList.add("over"); });
  zone.addEventListener("dragleave", () => zone.classList.remove("over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    zone.classList.remove("over");
    if (event.dataTransfer.files.length) input.files = event.dataTransfer.files;
  });
}

for (const field of document.querySelectorAll("[data-filter]")) {
  const rows = field.dataset.filter.split(" ").map((id) => `#${id} > tbody > tr`).join();
  const filter = () => {
    const text = field.value.toLowerCase();
    for (const row of document.querySelectorAll(rows)) {
      row.hidden = !row.textContent.toLowerCase().includes(text);
    }
  };
  field.addEventListener("input", filter);
  filter(); // what was typed before this script was there
}

const compareCells = (one, other) => {
  const numbers = [one, other].map((text) => Number(text.replace("−", "-").replace(/[,%]/g, "")));
  return numbers.some(Number.isNaN) ? one.localeCompare(other) : numbers[0] - numbers[1];
};

for (const table of document.querySelectorAll("[data-sortable]")) {
  [...table.tHead.rows[0].cells].forEach((heading, index) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...heading.childNodes);
    heading.append(button);
    button.addEventListener("click", () => {
      const descending = heading.getAttribute("aria-sort") === "ascending";
      for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
      heading.setAttribute("aria-sort", descending ? "descending" : "ascending");
      const text = (row) => row.cells[index].textContent.trim();
      const rows = [...table.tBodies[0].rows].sort((one, other) => compareCells(text(one), text(other)));
      table.tBodies[0].append(...(descending ? rows.reverse() : rows));
    });
  });
}

for (const table of document.querySelectorAll("[data-columns]")) {
  const chooser = document.createElement("details");
  const summary = document.createElement("summary");
  summary.textContent = "Choose columns";
  const list = document.createElement("div");
  list.className = "columns";
  [...table.tHead.rows[0].cells].forEach((heading, index) => {
    if (!index) return;
    const label = document.createElement("label");
    const box = document.createElement("input");
    Object.assign(box, { type: "checkbox", checked: true });
    label.className = "check";
    label.append(box, heading.textContent);
    box.addEventListener("change", () => {
      for (const row of table.rows) row.cells[index].hidden = !box.checked;
    });
    list.append(label);
  });
  chooser.append(summary, list);
  table.parentElement.before(chooser);
}

const neighbourOf = async (address) => {
  try {
    const answer = await fetch(address);
    const found = await answer.json();
    return answer.ok ? found : { error: found.error + (found.command ? `; ${found.command}` : "") };
  } catch {
    return { error: "the server does not answer; try again" };
  }
};

const nearestShown = (found) => {
  const shown = document.createElement("div");
  const nearest = found.id === found.of_class.id ? [[found, "over all and in the class"]]
    : [[found, "over all"], [found.of_class, "in the class"]];
  for (const [one, where] of nearest) {
    if (one.picture) {
      const picture = document.createElement("img");
      picture.className = "sample small";
      picture.src = one.picture;
      picture.alt = "the nearest real picture";
      shown.append(picture);
    }
    const words = Object.values(one.cells).find((cell) => typeof cell === "string") || one.id;
    const line = document.createElement("p");
    line.textContent = `Nearest ${where}, by ${one.by}: ${words} (${one.label}), at ${one.scaled} of the typical distance of two real samples`;
    shown.append(line);
  }
  return shown;
};

for (const button of document.querySelectorAll("[data-neighbour]")) {
  const name = button.textContent;
  const mistake = document.createElement("p");
  mistake.className = "mistake";
  mistake.setAttribute("role", "alert");
  button.addEventListener("click", async () => {
    button.disabled = true;
    button.textContent = "Searching …";
    mistake.remove();
    const found = await neighbourOf(button.dataset.neighbour);
    if (!found.error) {
      button.replaceWith(nearestShown(found));
      return;
    }
    mistake.textContent = found.error;
    button.after(mistake);
    button.textContent = name;
    button.disabled = false;
  });
  button.disabled = false; // only now a click is answered
}
