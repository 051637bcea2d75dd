export function startResults() {}
