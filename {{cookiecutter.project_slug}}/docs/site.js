// What scrolls can be scrolled by keyboard, too.
document.querySelectorAll(".md-typeset__scrollwrap, .md-typeset pre > code").forEach((box) => {
  box.tabIndex = 0;
});
