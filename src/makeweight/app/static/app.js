"use strict";
// The pages work without this script; with it, jobs show their progress, files can be dropped, tables sort and filter.

for (const panel of document.querySelectorAll("[data-job]")) {
  const message = panel.querySelector("[data-message]");
  const bar = panel.querySelector("progress");
  const look = async () => {
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
      message.textContent = "the server does not answer; waiting for it";
    }
    setTimeout(look, 700);
  };
  setTimeout(look, 300);
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
  field.addEventListener("input", () => {
    const wanted = field.value.toLowerCase();
    for (const id of field.dataset.filter.split(" ")) {
      for (const row of document.getElementById(id).tBodies[0].rows) {
        row.hidden = !row.textContent.toLowerCase().includes(wanted);
      }
    }
  });
}

const compareCells = (one, other) => {
  const numbers = [one, other].map((text) => Number(text.replace("−", "-").replace(/[,%]/g, "")));
  return numbers.some(Number.isNaN) ? one.localeCompare(other) : numbers[0] - numbers[1];
};

for (const table of document.querySelectorAll("[data-sortable]")) {
  [...table.tHead.rows[0].cells].forEach((heading, place) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...heading.childNodes);
    heading.append(button);
    button.addEventListener("click", () => {
      const descending = heading.getAttribute("aria-sort") === "ascending";
      for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
      heading.setAttribute("aria-sort", descending ? "descending" : "ascending");
      const text = (row) => row.cells[place].textContent.trim();
      const rows = [...table.tBodies[0].rows].sort((one, other) => compareCells(text(one), text(other)));
      table.tBodies[0].append(...(descending ? rows.reverse() : rows));
    });
  });
}

for (const button of document.querySelectorAll("[data-neighbour]")) {
  button.addEventListener("click", async () => {
    button.disabled = true;
    button.textContent = "Looking …";
    const answer = await fetch(button.dataset.neighbour);
    const found = await answer.json();
    const shown = document.createElement("div");
    if (!answer.ok) {
      shown.textContent = found.error + (found.command ? `; ${found.command}` : "");
    } else {
      if (found.picture) {
        const picture = document.createElement("img");
        picture.className = "sample small";
        picture.src = found.picture;
        picture.alt = "the nearest real picture";
        shown.append(picture);
      }
      const words = Object.values(found.cells).find((cell) => typeof cell === "string") || found.id;
      const line = document.createElement("p");
      line.textContent = `${words} (${found.label}); nearest by ${found.by}, distance ${found.distance}`;
      shown.append(line);
    }
    button.replaceWith(shown);
  });
}
