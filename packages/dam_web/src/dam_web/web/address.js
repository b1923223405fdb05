// What the address of the page says: the search, and which asset is open. No Vue.

export const SORTS = [["captured", "Newest"], ["-captured", "Oldest"], ["added", "Last added"], ["name", "Name"], ["size", "Largest"], ["-size", "Smallest"]];

/** The asset that the address names (/a/12), or null. */
export function idInAddress() {
  const found = /\/a\/(\d+)$/.exec(location.pathname);
  return found ? Number(found[1]) : null;
}

/** The search that the address names. */
export function fromAddress() {
  const parameters = new URLSearchParams(location.search);
  const sort = parameters.get("sort");
  return {
    query: parameters.get("q") ?? "",
    types: parameters.getAll("type"),
    members: { 0: false, 1: true }[parameters.get("members")] ?? null,
    sort: SORTS.some(([value]) => value === sort) ? sort : "captured",
  };
}

/** The address of a search, with the asset of that id open if there is one. */
export function toAddress({ query, types, members, sort, inTrash }, id) {
  const parameters = new URLSearchParams();
  if (inTrash) parameters.set("trash", "");
  if (query.trim()) parameters.set("q", query.trim());
  for (const type of types) parameters.append("type", type);
  if (members !== null) parameters.set("members", members ? 1 : 0);
  if (sort !== "captured") parameters.set("sort", sort);
  return (id ? `/a/${id}` : "/") + (parameters.size ? `?${parameters}` : "");
}
