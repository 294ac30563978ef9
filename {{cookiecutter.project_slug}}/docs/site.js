// What scrolls sideways can be scrolled by keyboard, and the search has a name.
window.addEventListener("load", () => {
  document.querySelectorAll(".md-typeset__scrollwrap, pre > code").forEach((box) => {
    box.tabIndex = 0;
  });
  document.querySelector("[data-md-component=search]")?.setAttribute("aria-label", "Search");
});
