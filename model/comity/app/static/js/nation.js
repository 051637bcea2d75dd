export function startNation() {}
