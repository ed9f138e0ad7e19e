"use strict";
// Draws the charts of this page from the data inside it; loads nothing.
(() => {
  const root = document.documentElement;
  const charts = JSON.parse(document.getElementById("charts").textContent);
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const theme = () => root.dataset.theme || (dark.matches ? "dark" : "light");
  const views = new Map();
  let days = "";

  const rows = ({ start, step, t, ...series }) => t.map((count, row) => {
    const fields = Object.entries(series).map(([field, values]) => [field, values[row]]);
    return { t: start + step * count, ...Object.fromEntries(fields) };
  });

  const narrow = (spec, width) => {
    // No room for names beside the lines: a legend above them says the same.
    if (width >= 520) return spec;
    const layers = spec.layer.filter((layer) => !(layer.name || "").startsWith("label"));
    const legend = { orient: "top", direction: "horizontal", columns: 2, symbolType: "stroke", symbolOpacity: 1, symbolStrokeWidth: 3 };
    return { ...spec, layer: layers.map((layer) => layer.encoding.color && layer.encoding.color.legend === null && spec.layer.length !== layers.length
      ? { ...layer, encoding: { ...layer.encoding, color: { ...layer.encoding.color, legend } } } : layer) };
  };

  const since = (spec) => {
    const [first, last] = spec.params.map((param) => param.value);
    return days ? Math.max(first, last - Number(days) * 864e5) : first;
  };

  const draw = async (place) => {
    const { spec, columns, looks } = charts[place.dataset.chart];
    const width = place.clientWidth;
    const sized = { ...narrow(spec, width), width: "container", height: width < 520 ? 200 : 260, data: { values: rows(columns) } };
    const shown = await vegaEmbed(place, sized, {
      ast: true, actions: false, renderer: "svg", config: { ...looks[theme()], autosize: { type: "fit", contains: "padding" } },
      tooltip: { theme: "custom" },
    });
    views.set(place, shown);
    if (days) await shown.view.signal("since", since(spec)).runAsync();
  };

  const redraw = async () => {
    for (const place of document.querySelectorAll(".live")) {
      const shown = views.get(place);
      if (shown) shown.finalize();
      await draw(place);
    }
    root.dataset.drawn = theme();
  };

  const choose = (button) => {
    days = button.dataset.days;
    for (const other of button.parentElement.children) other.setAttribute("aria-pressed", String(other === button));
    for (const [place, shown] of views) shown.view.signal("since", since(charts[place.dataset.chart].spec)).runAsync();
  };

  const follow = () => {
    const links = new Map([...document.querySelectorAll("nav a")].map((link) => [link.hash.slice(1), link]));
    const seen = new IntersectionObserver((entries) => {
      for (const entry of entries.filter((each) => each.isIntersecting)) {
        for (const link of links.values()) link.removeAttribute("aria-current");
        links.get(entry.target.id).setAttribute("aria-current", "true");
      }
    }, { rootMargin: "0px 0px -75% 0px" });
    for (const section of document.querySelectorAll("main section")) seen.observe(section);
  };

  root.classList.add("js");
  document.querySelector(".tools").hidden = false;
  document.querySelector(".theme").addEventListener("click", () => {
    root.dataset.theme = theme() === "dark" ? "light" : "dark";
    redraw();
  });
  for (const button of document.querySelectorAll(".range button")) button.addEventListener("click", () => choose(button));
  dark.addEventListener("change", redraw);
  follow();
  redraw();
})();
