// The page prints as it stands: what is folded away is opened for it.
document.querySelector("[data-print]")?.addEventListener("click", () => {
  const folded = [...document.querySelectorAll("main details:not([open])")];
  folded.forEach((one) => { one.open = true; });
  window.print();
  folded.forEach((one) => { one.open = false; });
});
