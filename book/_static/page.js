/* Paper is white and cannot be unfolded: a dark page is printed in its light colours, and with the outputs and figures
   that are folded, since the text speaks of them. Code of setup and checks, hints and solutions stay folded. */
{
  const root = document.documentElement;
  let theme;
  let opened = [];
  addEventListener("beforeprint", () => {
    theme = root.dataset.theme;
    root.dataset.theme = "light";
    opened = [...document.querySelectorAll("details.hide.below-input:not([open]), details.hide:not([open]):has(figure)")];
    opened.forEach((fold) => (fold.open = true));
  });
  addEventListener("afterprint", () => {
    root.dataset.theme = theme;
    opened.forEach((fold) => (fold.open = false));
  });
}

/* On a narrow window the contents lie over the page: a place that was chosen there is shown. */
addEventListener("click", (event) => {
  const drawer = event.target.closest("dialog");
  if (drawer && event.target.closest('a[href^="#"]')) setTimeout(() => drawer.close()); // after the page has moved
});

/* The theme takes the focus from these buttons after each click, and a reader without a mouse has to begin anew. */
addEventListener("DOMContentLoaded", () => {
  const buttons = ".theme-switch-button, .search-button, .primary-toggle, .secondary-toggle";
  document.querySelectorAll(buttons).forEach((button) => (button.blur = () => {}));
});

/* A formula is no stop of the Tab key, unless it is wider than the page and has to be scrolled. */
{
  const stops = () =>
    document.querySelectorAll("mjx-container[display]").forEach((formula) => {
      if (formula.scrollWidth > formula.clientWidth) formula.tabIndex = 0;
      else formula.removeAttribute("tabindex");
    });
  addEventListener("resize", stops);
  addEventListener("load", () => window.MathJax?.startup?.promise?.then(stops));
}
