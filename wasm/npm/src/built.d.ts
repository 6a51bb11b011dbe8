// What the build puts into scripts.

declare module "inline:*" {
  const deflated: string;
  export default deflated;
}

declare module "*.css" {
  const text: string;
  export default text;
}
