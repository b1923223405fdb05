// How facts are written for people. Pure; no DOM.

const UNITS = ["B", "kB", "MB", "GB", "TB", "PB"];

/** 1234567 → "1.2 MB" */
export function bytes(value) {
  if (!Number.isFinite(value)) return "";
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit && value < 100 ? value.toFixed(1) : Math.round(value)} ${UNITS[unit]}`;
}

/** 3725.4 → "1:02:05" */
export function duration(seconds) {
  if (!Number.isFinite(seconds)) return "";
  const whole = Math.round(seconds);
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  const rest = String(whole % 60).padStart(2, "0");
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

/** How long something takes, roughly: 40 → "40 s", 200 → "3 min", 9000 → "2.5 h" */
export function span(seconds) {
  if (seconds < 60) return `${Math.max(1, Math.round(seconds))} s`;
  return seconds < 3600 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 360) / 10} h`;
}

/** 1234 → "1,234" */
export const count = (value) => Number(value).toLocaleString("en-US");

/** 1 → "1 asset", 1234 → "1,234 assets" */
export const assets = (number) => `${count(number)} ${number === 1 ? "asset" : "assets"}`;

const MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

/** "2019-05-01T12:00:00+02:00" → "1 May 2019, 12:00": the clock's own time, in no other zone. What is no such time stays as it is. */
export function moment(text) {
  const found = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}:\d{2}))?/.exec(text ?? "");
  if (!found || !MONTHS[found[2] - 1]) return text ?? "";
  const day = `${Number(found[3])} ${MONTHS[found[2] - 1]} ${found[1]}`;
  return found[4] ? `${day}, ${found[4]}` : day;
}

/** A moment with its zone ("2019-05-01T12:00:00+00:00") by the clock of whoever looks. */
export function instant(text) {
  const time = new Date(text ?? NaN);
  if (Number.isNaN(time.getTime())) return text ?? "";
  return moment(new Date(time.getTime() - time.getTimezoneOffset() * 60_000).toISOString());
}

const TYPE_NAMES = {
  image: ["Image", "Images"], video: ["Video", "Videos"], audio: ["Audio", "Audio"], document: ["Document", "Documents"],
  archive: ["Archive", "Archives"], disk_image: ["Disk image", "Disk images"], font: ["Font", "Fonts"], model: ["3D model", "3D models"],
  other: ["File", "Other files"], url: ["Link", "Links"], collection: ["Collection", "Collections"], log_entry: ["Log entry", "Log entries"],
  proxy: ["Proxy", "Proxies"], region: ["Region", "Regions"], app_package: ["App", "Apps"], texture_pack: ["Texture pack", "Texture packs"],
};

/** "disk_image" → "Disk image", or "Disk images" for many. */
export function typeName(type, many = false) {
  return TYPE_NAMES[type]?.[many ? 1 : 0] ?? words(type);
}

const RELATIONS = {
  contains: "Contained in", includes: "Included in", owns: "Owned by", transformed_to: "Transformed from", extracted_from: "Source of",
  derived_from: "Source of", downloaded_by: "Downloaded", version_of: "Has the version", visually_similar_to: "Visually similar to",
  depicts: "Depicted in", signed_by: "Signed", belongs_to: "To it belongs", related_to: "Related to",
};

/** What is typed into the search field to find a tag: tag:cat, tag:"big cat". */
export const tagQuery = (tag) => (/^[^\s"\\-][^\s"\\]*$/.test(tag) ? `tag:${tag}` : `tag:"${tag.replace(/(["\\])/g, "\\$1")}"`);

/** A relation as one end of the link reads it: "contains" is "Contained in" where the link comes in. */
export function relationName(relation, direction) {
  return direction === "out" ? words(relation) : RELATIONS[relation] ?? `${words(relation)} (from)`;
}

/** "audio_codec" or "audioCodec" → "Audio codec"; ExifTool's names ("DateTimeOriginal") are parted at their capitals. */
export function words(name) {
  const parted = String(name).replace(/[_-]+/g, " ").replace(/([a-z0-9])([A-Z])/g, "$1 $2").replace(/([A-Z])([A-Z][a-z])/g, "$1 $2").trim();
  return parted ? parted[0].toUpperCase() + parted.slice(1) : parted;
}

/** The end of a file's name in capitals ("JPG"), or the type's name. */
export function kindOf(item) {
  const found = /\.([A-Za-z0-9]{1,6})$/.exec(item.filename ?? "");
  return found ? found[1].toUpperCase() : typeName(item.type);
}

const MOST_LINES = 100;
const isFlat = (one) => Object.values(one).every((inner) => typeof inner !== "object" || inner === null);

/** A metadata value as text; a list of objects is a line for each. */
export function plain(value) {
  if (value === null || value === undefined) return "";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (Array.isArray(value) && value.every((one) => typeof one !== "object" || one === null)) return value.map(plain).join(", ");
  if (Array.isArray(value) && value.every(isFlat)) {
    const rest = value.length - MOST_LINES;
    const lines = value.slice(0, MOST_LINES).map((one) => Object.entries(one).map(([name, inner]) => `${words(name)}: ${plain(inner)}`).join(", "));
    return [...lines, ...(rest > 0 ? [`and ${count(rest)} more`] : [])].join("\n");
  }
  return typeof value === "object" ? JSON.stringify(value, null, 1) : String(value);
}

/** The entries of a namespace that say something: [[name, text], …]. */
export function entries(data) {
  return Object.entries(data ?? {})
    .map(([name, value]) => [words(name), plain(Array.isArray(value) && !value.length ? null : value)])
    .filter(([, text]) => text !== "" && text !== "{}");
}
