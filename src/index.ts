export { releaseBase64 } from "./core/binary.js";
