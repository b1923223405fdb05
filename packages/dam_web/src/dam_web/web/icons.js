// Icons: outlines on a grid of 24, drawn for this project. One SVG path each.

export const ICONS = {
  image: "M4 5h16v14H4zM4 16l4.5-4.5 4 4 2.5-2.5 5 5M15.5 9.5h.01",
  video: "M3 6h12v12H3zM15 10.5l6-3.5v10l-6-3.5",
  audio: "M9 18V6l11-2v12M9 18a3 3 0 1 1-6 0 3 3 0 0 1 6 0zM20 16a3 3 0 1 1-6 0 3 3 0 0 1 6 0z",
  document: "M6 3h8l5 5v13H6zM14 3v5h5M9 13h7M9 17h5",
  archive: "M4 4h16v4H4zM5 8v12h14V8M10 12h4",
  disk_image: "M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0zM14.5 12a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0z",
  font: "M5 19l6-14h2l6 14M7.5 14h9",
  model: "M12 3l8 4.5v9L12 21l-8-4.5v-9zM12 12l8-4.5M12 12v9M12 12L4 7.5",
  other: "M6 3h8l5 5v13H6zM14 3v5h5",
  url: "M10 14a4 4 0 0 0 6 .5l3-3a4 4 0 0 0-5.7-5.7L12 7M14 10a4 4 0 0 0-6-.5l-3 3a4 4 0 0 0 5.7 5.7L12 17",
  collection: "M3 6h7l2 2h9v11H3z",
  app_package: "M4 4h7v7H4zM13 4h7v7h-7zM4 13h7v7H4zM13 13h7v7h-7z",
  search: "M17 10.5a6.5 6.5 0 1 1-13 0 6.5 6.5 0 0 1 13 0zM15.5 15.5L21 21",
  close: "M5 5l14 14M19 5L5 19",
  back: "M15 4l-8 8 8 8",
  forward: "M9 4l8 8-8 8",
  download: "M12 3v13M6 11l6 6 6-6M4 21h16",
  open: "M14 4h6v6M20 4l-9 9M18 14v6H4V6h6",
  lock: "M6 11h12v9H6zM8.500 11V7.500a3.500 3.500 0 0 1 7 0V11",
  info: "M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0zM12 11v6M12 7.5h.01",
  zoom: "M17 10.5a6.5 6.5 0 1 1-13 0 6.5 6.5 0 0 1 13 0zM15.5 15.5L21 21M10.5 7.5v6M7.5 10.5h6",
  theme: "M12 3a9 9 0 1 0 0 18zM12 3a9 9 0 0 1 0 18",
  warning: "M12 4l9 16H3zM12 10v5M12 17.5h.01",
  missing: "M9 7l3-3a5 5 0 0 1 7 7l-3 3M15 17l-3 3a5 5 0 0 1-7-7l3-3M4 4l16 16",
  play: "M8 5l11 7-11 7z",
  up: "M12 20V5M6 11l6-6 6 6",
  tag: "M4 4h8l9 9-8 8-9-9zM8.500 8.500h.01",
  jobs: "M3 12h4l3-8 4 16 3-8h4",
  edit: "M4 20h4L20 8l-4-4L4 16zM13 7l4 4",
  trash: "M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v5M14 11v5",
  restore: "M4 9h10a6 6 0 0 1 0 12h-4M4 9l5-5M4 9l5 5",
  folder: "M3 6h7l2 2h9v11H3z",
};

const NAMESPACE = "http://www.w3.org/2000/svg";

/** The path of a type's icon. */
export const iconOf = (type) => ICONS[type] ?? ICONS.other;

/** The name of a type's icon: its own if it has one. */
export const iconName = (type) => (iconOf(type) === ICONS.other ? "other" : type);

/** An icon as an element. */
export function iconElement(path, className = "dam-icon") {
  const svg = document.createElementNS(NAMESPACE, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", className);
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(NAMESPACE, "path");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}

/** The same as a Vue component: <DamIcon name="search" />. */
export const DamIcon = {
  props: { name: String },
  computed: { path() { return ICONS[this.name] ?? ICONS.other; } },
  template: `<svg class="dam-icon" viewBox="0 0 24 24" aria-hidden="true"><path :d="path" /></svg>`,
};
