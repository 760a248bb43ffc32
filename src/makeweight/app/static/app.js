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
  for (const heading of table.tHead.rows[0].cells) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...heading.childNodes);
    heading.append(button);
    button.addEventListener("click", () => {
      const descending = heading.getAttribute("aria-sort") === "ascending";
      for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
      heading.setAttribute("aria-sort", descending ? "descending" : "ascending");
      const text = (row) => row.cells[heading.cellIndex].textContent.trim();
      const rows = [...table.tBodies[0].rows].sort((one, other) => compareCells(text(one), text(other)));
      table.tBodies[0].append(...(descending ? rows.reverse() : rows));
    });
  }
}

// Share of what is in view of a table that pinned columns take at most: the rest is left to those that are scrolled.
const MOST_PINNED = 0.6;

// What a page keeps in this browser; a browser may refuse to.
const kept = (name) => {
  try {
    return [JSON.parse(localStorage.getItem(name)) ?? []].flat();
  } catch {
    return [];
  }
};
const keep = (name, value) => {
  try {
    localStorage.setItem(name, JSON.stringify(value));
  } catch {
    // the pinned columns are lost with the page
  }
};

// Columns of a wide table are chosen, and pinned: a pinned one moves to the front, and stays in view when the table is scrolled sideways.
for (const table of document.querySelectorAll("[data-columns]")) {
  const frame = table.parentElement;
  const headings = [...table.tHead.rows[0].cells];
  const keptAs = `pinned in ${table.id}`;
  const wasPinned = new Set(kept(keptAs));
  const pinned = new Set(headings.filter((heading, index) => index === 0 || wasPinned.has(heading.textContent)));

  const place = () => {
    const shown = [...table.tHead.rows[0].cells];
    const widths = shown.map((heading) => heading.offsetWidth);
    let left = 0;
    let hasRoom = true;
    shown.forEach((heading, index) => {
      hasRoom &&= pinned.has(heading) && (index === 0 || left + widths[index] <= MOST_PINNED * frame.clientWidth);
      for (const row of table.rows) {
        row.cells[index].classList.toggle("stays", hasRoom);
        row.cells[index].style.left = hasRoom ? `${left}px` : "";
      }
      left += widths[index];
    });
  };

  const arrange = () => {
    const wanted = [...headings].sort((one, other) => pinned.has(other) - pinned.has(one));
    const places = wanted.map((heading) => heading.cellIndex);
    for (const row of table.rows) {
      const cells = [...row.cells];
      row.append(...places.map((index) => cells[index]));
    }
    place();
  };

  const checkbox = (checked, name, changed) => {
    const label = document.createElement("label");
    const box = document.createElement("input");
    Object.assign(box, { type: "checkbox", checked });
    label.className = "check";
    label.append(box, name);
    box.addEventListener("change", () => changed(box));
    return [label, box];
  };

  const chooser = document.createElement("details");
  const summary = document.createElement("summary");
  summary.textContent = "Choose and pin columns";
  const note = document.createElement("p");
  note.className = "quiet";
  note.textContent = "Pinned columns come first and stay in view when the table is scrolled, as many as leave room for others.";
  const list = document.createElement("div");
  list.className = "columns";
  for (const heading of headings.slice(1)) {
    const name = heading.textContent;
    const [pin, pinBox] = checkbox(pinned.has(heading), "pin", (box) => {
      if (box.checked) pinned.add(heading);
      else pinned.delete(heading);
      arrange();
      keep(keptAs, headings.slice(1).filter((one) => pinned.has(one)).map((one) => one.textContent));
    });
    pinBox.setAttribute("aria-label", `pin ${name}`);
    const [choice] = checkbox(true, name, (box) => {
      for (const row of table.rows) row.cells[heading.cellIndex].hidden = !box.checked;
      pinBox.disabled = !box.checked;
    });
    const line = document.createElement("div");
    line.append(choice, pin);
    list.append(line);
  }
  chooser.append(summary, note, list);
  frame.before(chooser);
  if (pinned.size > 1) arrange();
  const sizes = new ResizeObserver(place);
  for (const element of [frame, ...headings]) sizes.observe(element);
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
