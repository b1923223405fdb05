// The tab "Install": begins to install a program, and shows how each attempt stands. The server's operator types the code that it asks for.

const EVERY = 1000; // milliseconds between two looks
const UNFINISHED = ["waiting", "running"];

function made(kind, text = "", properties = {}) {
  return Object.assign(document.createElement(kind), { textContent: text, ...properties }); // text, never markup: it is what an installer says
}

/** Fills the element for one asset; called each time another one is shown. */
export default async function show(element, asset, { get, post }) {
  const install = made("button", "Install", { type: "button", className: "dam-action" });
  const said = made("p", "", { className: "dam-quiet" });
  const list = made("ul", "", { className: "install-list" });
  said.setAttribute("role", "status");
  install.addEventListener("click", begin);
  element.append(install, said, list);

  async function tried(doing) {
    said.textContent = "";
    try {
      await doing();
    } catch (error) {
      said.textContent = error.message;
    }
  }

  async function begin() {
    install.disabled = true;
    await tried(() => post("/commands/install", { entity_id: asset.id })); // the page asks what it answers with
    install.disabled = false;
  }

  function row(task) {
    const item = made("li", task.status);
    if (UNFINISHED.includes(task.status)) {
      const cancel = made("button", "Cancel", { type: "button", className: "dam-action" });
      cancel.addEventListener("click", () => tried(() => post("/jobs/cancel", { name: task.id })));
      item.append(" ", cancel);
    }
    if (task.log) item.append(made("pre", task.log));
    return item;
  }

  async function look() {
    await tried(async () => {
      const { tasks } = await get("/jobs");
      list.replaceChildren(...tasks.filter((task) => task.entity_id === asset.id).map(row).reverse());
    });
  }

  await look();
  const timer = setInterval(look, EVERY);
  return () => clearInterval(timer);
}
