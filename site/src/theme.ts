// Before the page is drawn: the theme that was chosen here earlier.
const chosen = localStorage.getItem("theme");
if (chosen === "light" || chosen === "dark") document.documentElement.style.colorScheme = chosen;
