/* Runs before the first paint, so that nobody sees a white flash: light or dark as chosen, or as
   the system has it. Also tells the style sheets that scripts run. */
(() => {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const paint = () => {
    const chosen = root.dataset.theme;
    const isDark = chosen === "dark" || (chosen !== "light" && dark.matches);
    root.dataset.bsTheme = isDark ? "dark" : "light";
  };
  root.classList.add("js");
  dark.addEventListener("change", paint);
  paint();
})();
