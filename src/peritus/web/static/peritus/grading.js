// Looks again for a result that is being graded, and shows it when it is there.
const LOOK = 800;
async function look() {
  const response = await fetch(location.href).catch(() => null);
  const page = response?.ok ? new DOMParser().parseFromString(await response.text(), "text/html") : null;
  if (!page || page.querySelector("[data-grading]")) { setTimeout(look, LOOK); return; }
  location.reload();
}
setTimeout(look, LOOK);
