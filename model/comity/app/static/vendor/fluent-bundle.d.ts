declare global { var FluentBundle: typeof import("./fluent/index.js"); }
export {};
