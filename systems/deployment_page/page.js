"use strict";
(() => {
  const filters = document.querySelector(".filters");
  const rows = [...document.querySelectorAll("table.history tbody tr")];
  const fields = [...filters.querySelectorAll("select, input")];
  const count = document.querySelector("#count");
  const fits = (row, field) => !field.value || (field.name === "text"
    ? row.textContent.toLowerCase().includes(field.value.toLowerCase())
    : row.dataset[field.name] === field.value);
  const filter = () => {
    for (const row of rows) row.hidden = !fields.every((field) => fits(row, field));
    count.textContent = `${rows.filter((row) => !row.hidden).length} of ${rows.length} records`;
  };
  filters.classList.add("works");
  for (const field of fields) field.addEventListener("input", filter);
  filter();
})();
