"use strict";
// Draws every figure of the page in the colours of the page, and again when these change.
(() => {
  const style = getComputedStyle(document.documentElement);
  const variable = /^var\((--[\w-]+)\)$/;

  const coloured = (node) => {
    if (typeof node === "string") return node.replace(variable, (_, name) => style.getPropertyValue(name).trim());
    if (Array.isArray(node)) return node.map(coloured);
    if (node === null || typeof node !== "object") return node;
    return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, coloured(value)]));
  };

  const draw = () => {
    for (const source of document.querySelectorAll("script[data-figure]")) {
      const figure = coloured(JSON.parse(source.textContent));
      figure.layout.font.family = getComputedStyle(document.body).fontFamily;
      Plotly.react(source.dataset.figure, figure.data, figure.layout, { displayModeBar: false, responsive: true });
    }
    document.dispatchEvent(new Event("drawn"));
  };

  for (const query of ["(prefers-color-scheme: dark)", "print"]) matchMedia(query).addEventListener("change", draw);
  document.addEventListener("DOMContentLoaded", draw);
})();
