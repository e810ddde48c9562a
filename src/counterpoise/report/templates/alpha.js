"use strict";
// Shows the accuracies of one swept alpha. Nothing is computed here: every number comes from the sweep.
(() => {
  const sweep = JSON.parse(document.getElementById("alpha-data").textContent);
  const find = (name) => document.getElementById(name);
  const slider = find("alpha");
  const places = sweep.alphas.map((_, position) => position);
  const tenths = (fraction) => Math.round(1000 * fraction) / 10;
  const percent = (fraction) => (fraction === null ? "–" : tenths(fraction).toFixed(1));
  const signed = (points) => (points < 0 ? "−" : "+") + Math.abs(points).toFixed(1);
  const inPercent = (fractions) => fractions.map((fraction) => (fraction === null ? null : 100 * fraction));

  const nearest = (alpha) =>
    places.reduce((best, at) => (Math.abs(sweep.alphas[at] - alpha) < Math.abs(sweep.alphas[best] - alpha) ? at : best));

  const showScore = (name, position) => {
    const now = sweep.scores[name][position];
    const before = sweep.zero === null ? null : sweep.scores[name][sweep.zero];
    find(`alpha-${name}`).textContent = percent(now);
    find(`alpha-${name}`).dataset.fraction = now;
    find(`alpha-${name}-bar`).style.width = `${100 * now}%`;
    find(`alpha-${name}-change`).textContent = now === null || before === null ? "" : signed(tenths(now - before));
    find(`alpha-${name}-zero`).hidden = before === null;
    find(`alpha-${name}-zero`).style.left = `${100 * before}%`;
  };

  const show = () => {
    const position = Number(slider.value);
    const alpha = sweep.alphas[position];
    const names = Object.keys(sweep.scores);
    find("alpha-value").innerHTML = `<i>α =</i> ${alpha.toFixed(2).replace("-", "−")}`;
    slider.setAttribute("aria-valuetext", String(alpha));
    names.forEach((name) => showScore(name, position));
    const curves = find("alpha-curves");
    const heights = inPercent(names.map((name) => sweep.scores[name][position]));
    const line = `shapes[${curves.layout.shapes.length - 1}]`;
    Plotly.update(curves, { x: [names.map(() => alpha)], y: [heights] }, { [`${line}.x0`]: alpha, [`${line}.x1`]: alpha }, [curves.data.length - 1]);
    const classes = find("alpha-classes");
    Plotly.restyle(classes, { y: [inPercent(sweep.per_class[position])] }, [classes.data.length - 1]);
  };

  const move = (position) => {
    slider.value = position;
    show();
  };

  const remember = () => history.replaceState(null, "", `#alpha=${sweep.alphas[slider.value]}`);

  const jump = (event) => {
    move(event.currentTarget.dataset.position);
    remember();
  };

  const followAddress = () => {
    const wanted = /^#alpha=(-?[\d.]+)$/.exec(location.hash);
    move(wanted ? nearest(Number(wanted[1])) : sweep.chosen);
  };

  slider.addEventListener("input", show);
  slider.addEventListener("change", remember);
  for (const mark of document.querySelectorAll(".mark")) mark.addEventListener("click", jump);
  addEventListener("hashchange", followAddress);
  document.addEventListener("drawn", followAddress, { once: true });
  document.addEventListener("drawn", show);
})();
