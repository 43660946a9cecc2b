"use strict";
(() => {
  const root = document.documentElement;
  const all = (selector) => [...document.querySelectorAll(selector)];

  const theme = document.getElementById("theme");
  const themes = ["system", "light", "dark"];
  const wear = (name) => {
    root.dataset.theme = name;
    theme.querySelector("span").textContent = name;
  };
  theme.hidden = false;
  theme.addEventListener("click", () => {
    const next = themes[(themes.indexOf(root.dataset.theme || "system") + 1) % themes.length];
    wear(next);
    try { localStorage.setItem("spotify-lake-theme", next); } catch { /* a file may keep nothing: then it is for now */ }
  });
  try {
    const kept = localStorage.getItem("spotify-lake-theme");
    if (themes.includes(kept)) wear(kept);
  } catch { /* likewise */ }

  const find = document.getElementById("find");
  if (find) {
    const rows = all(".filtered > li, .filtered > tbody > tr").map((row) => [row, row.textContent.toLowerCase()]);
    const said = document.getElementById("found");
    find.closest("label").hidden = rows.length === 0;
    find.addEventListener("input", () => {
      const wanted = find.value.trim().toLowerCase();
      let shown = 0;
      all(".more").forEach((each) => { each.open = wanted !== ""; });
      for (const [row, text] of rows) {
        row.hidden = !text.includes(wanted);
        shown += !row.hidden;
      }
      said.textContent = wanted ? `${shown} of ${rows.length} match` : "";
    });
  }

  const unfold = document.getElementById("unfold");
  const folded = all(".albums details");
  if (unfold && folded.length > 1) {
    unfold.hidden = false;
    unfold.addEventListener("click", () => {
      const open = unfold.getAttribute("aria-expanded") !== "true";
      folded.forEach((each) => { each.open = open; });
      unfold.setAttribute("aria-expanded", open);
      unfold.textContent = open ? "Hide all tracks" : "Show all tracks";
    });
  }

  const twins = new Map();
  for (const each of all("[data-state]")) {
    twins.set(each.dataset.state, [...(twins.get(each.dataset.state) || []), each]);
  }
  for (const pair of twins.values()) {
    const light = (on) => () => pair.forEach((each) => each.classList.toggle("lit", on));
    for (const each of pair) {
      for (const kind of ["mouseenter", "focusin"]) each.addEventListener(kind, light(true));
      for (const kind of ["mouseleave", "focusout"]) each.addEventListener(kind, light(false));
    }
  }
})();
