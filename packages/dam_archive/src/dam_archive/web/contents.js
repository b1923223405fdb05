// The tab "Contents": what is in an archive, folder by folder; what has been read is a link to its asset.

const MOST = 500; // rows that are shown of one folder at first
const WORDS = {
  "encrypted": "It is encrypted; its members are read when its password is known.",
  "partly encrypted": "Some members are encrypted; they are read when the password is known.",
};

/** The folders above one, the outermost first: [["a", "a"], ["b", "a/b"]]. */
export function trail(folder) {
  const names = folder.split("/").filter(Boolean);
  return names.map((name, index) => [name, names.slice(0, index + 1).join("/")]);
}

function made(kind, text = "", properties = {}) {
  return Object.assign(document.createElement(kind), { textContent: text, ...properties }); // text, never markup: it is what a file says
}

/** Fills the element for one asset; called each time another one is shown. */
export default async function show(element, asset, { post, follow, bytes }) {
  const facts = asset.metadata.archive;
  const bar = made("div", "", { className: "archive-bar" });
  const path = made("nav", "", { className: "archive-path" });
  path.setAttribute("aria-label", "Folder");
  const list = made("ul", "", { className: "archive-list" });
  const said = made("p", "", { className: "dam-quiet" });
  said.setAttribute("role", "status");
  bar.append(path);
  if (WORDS[facts.state] && facts.left_out?.some((one) => one.reason === "encrypted")) {
    said.textContent = WORDS[facts.state];
    const open = made("button", "Open", { type: "button", className: "dam-action" });
    open.addEventListener("click", () => unlock(open));
    bar.append(open);
  }
  element.append(said, bar, list);

  async function unlock(button) {
    button.disabled = true;
    try {
      const body = await post("/commands/open-archive", { archive: String(asset.id) });
      if (body.results) said.textContent = body.results[0].state === "open" ? "It is open; its members are being read." : said.textContent;
    } catch (error) {
      said.textContent = error.message;
    } finally {
      button.disabled = false;
    }
  }

  async function enter(folder, most = MOST) {
    const [rows] = (await post("/commands/list-members", { entity_id: asset.id, folder })).results;
    path.replaceChildren(step(asset.filename, ""), ...trail(folder).flatMap(([name, at]) => [" / ", step(name, at)]));
    list.replaceChildren(...rows.slice(0, most).map(line));
    if (!rows.length) list.append(made("li", facts.entries?.length ? "Nothing." : "Nothing is known of what is in it."));
    if (rows.length > most) {
      const more = made("button", `${rows.length - most} more`, { type: "button" });
      more.addEventListener("click", () => enter(folder, rows.length));
      list.append(made("li"));
      list.lastChild.append(more);
    }
  }

  function step(name, folder) {
    const button = made("button", name, { type: "button" });
    button.addEventListener("click", () => enter(folder));
    return button;
  }

  function line(row) {
    const item = made("li");
    if (row.kind === "folder") {
      item.append(step(`${row.name}/`, row.path));
    } else if (row.id) {
      const link = made("a", row.name, { href: `/a/${row.id}` });
      link.addEventListener("click", (event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        follow(row.id);
      });
      item.append(link);
    } else {
      item.append(made("span", row.name));
    }
    const kind = row.encrypted && !row.id ? "encrypted" : row.kind === "link" || row.kind === "special" ? row.kind : "";
    item.append(made("small", [kind, bytes(row.size)].filter(Boolean).join(", ")));
    return item;
  }

  await enter("");
}
