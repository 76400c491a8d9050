/**
 * Text to objects: YAML streams, JSON, lists of any kind, whole dumps of a cluster. A document that cannot be read hides
 * no other, and of each object only the place it came from is kept, not a syntax tree: lines are found by reading its
 * document again when a line is asked for.
 */

import type { Issue } from "../errors.js";
import { IssueList } from "./issue-list.js";
import { scanJsonValue, type TextRange } from "./json.js";
import { JsonReader, NotSound } from "./json-reader.js";
import type { ObjectIssue } from "./kinds.js";
import type { KubeObject } from "./objects.js";
import { formatPath, parsePath, type Segment } from "./path.js";
import { type Origin, OriginList, TextPlaces } from "./places.js";
import { decodeText } from "./text.js";
import { withFields } from "./with-fields.js";
import { readYaml, splitDocuments, splitItems, type YamlRead } from "./yaml.js";

export interface ManifestOptions {
  /** Bytes (characters, where the text is a string) of YAML read from one file; JSON has no limit. 50 MiB. */
  readonly maxYamlBytes?: number;
}

/**
 * Looks at each object as it is taken from the text. What it does not keep is gone at once, so that a text of millions of
 * objects that are broken, or kept in another form, costs no more memory than it takes.
 */
export interface ObjectCheck {
  /** @returns what is kept in its place; undefined: nothing */
  take(object: KubeObject): KubeObject | undefined;
  /** A state to come back to. */
  mark(): unknown;
  /** Forgets what was said since the mark was made, when these objects were taken: they will come again. */
  reset(mark: unknown, taken: readonly KubeObject[]): void;
}

const NO_CHECK: ObjectCheck = { take: (object) => object, mark: () => undefined, reset: () => {} };

export interface ParsedManifest {
  /** In the order of the text; lists are written out. */
  readonly objects: readonly KubeObject[];
  /** What could not be read, each with file and line. */
  readonly issues: readonly Issue[];
  /**
   * The issues in the order given, with file and line where the object is of this text; one pass over each document that
   * holds such an object.
   */
  locate(found: readonly ObjectIssue[]): Issue[];
}

const DEFAULT_MAX_YAML_BYTES = 50 * 2 ** 20;
/** Lists and maps inside each other. Kubernetes' own objects stay below 30, schemas of custom resources below 100. */
const MAX_DEPTH = 256;

/** Small documents are read together up to so many characters: a call of the parser costs as much as 200 of them. */
const GROUP_CHARS = 64 * 1024;
/** One document of YAML, or one item of a list: the API server stores no object of more than a few MiB. */
const MAX_DOCUMENT_CHARS = 8 * 2 ** 20;
const NOT_READ: YamlRead = { documents: [], problems: [] };
const NO_PATH: readonly Segment[] = [];

/**
 * Reads one file. Never throws: what is wrong is an issue.
 *
 * @param file how the text is called in issues
 */
export function parseManifest(
  text: string | Uint8Array,
  file: string,
  options: ManifestOptions = {},
  check: ObjectCheck = NO_CHECK,
): ParsedManifest {
  return new ManifestReader(text, file, options, check).read();
}

/** Without `origin` its line is known. */
interface FoundIssue {
  readonly issue: Issue;
  readonly origin?: Origin;
}

class ManifestReader {
  private readonly text: string;
  private readonly file: string;
  private readonly sizeBytes: number;
  private readonly maxYamlBytes: number;
  private readonly isJson: boolean;
  private readonly isDamaged: boolean;
  private readonly objects: KubeObject[] = [];
  /** Of each object. */
  private readonly origins = new OriginList();
  private readonly places: TextPlaces;
  private readonly found = new IssueList<FoundIssue>();
  private readonly check: ObjectCheck;

  constructor(input: string | Uint8Array, file: string, options: ManifestOptions, check: ObjectCheck) {
    this.check = check;
    const { text, damagedAt } = decodeText(input);
    this.text = text;
    this.file = file;
    this.sizeBytes = input.length;
    this.maxYamlBytes = options.maxYamlBytes ?? DEFAULT_MAX_YAML_BYTES;
    this.isJson = looksLikeJson(text);
    this.isDamaged = damagedAt.length > 0;
    this.places = new TextPlaces(text, this.isJson, MAX_DEPTH);
    for (const offset of damagedAt) this.report("invalid-utf8", "bytes that are not UTF-8", offset);
  }

  read(): ParsedManifest {
    if (this.isJson) this.readJson();
    else if (this.sizeBytes > this.maxYamlBytes) this.refuseSize();
    else this.readStream();
    return { objects: this.objects, issues: this.listIssues(), locate: (found) => this.locate(found) };
  }

  /** One value after the other. What the fast reader leaves, and all that follows it, is scanned for what is wrong. */
  private readJson(): void {
    const reader = new JsonReader(this.text, MAX_DEPTH);
    let isFast = !this.isDamaged;
    let end: number | undefined = 0;
    while (end !== undefined) {
      const start: number = reader.skipSpace(end);
      if (start >= this.text.length) return;
      isFast &&= this.readSound(reader, start);
      end = isFast ? reader.end : this.readScanned(start);
    }
  }

  /** Takes one value, a list item by item; false, and nothing taken, when it has to be scanned. */
  private readSound(reader: JsonReader, start: number): boolean {
    const taken = this.objects.length;
    const issues = this.found.mark();
    const checked = this.check.mark();
    try {
      const opening = this.text.charAt(start);
      if (opening === "{") this.readSoundObject(reader, start);
      else if (opening === "[") this.readSoundItems(reader, start, undefined, NO_PATH);
      else this.take(reader.value(start), { range: { start, end: reader.end }, path: NO_PATH });
      return true;
    } catch (error) {
      if (!(error instanceof NotSound || error instanceof SyntaxError)) throw error;
      this.check.reset(checked, this.objects.slice(taken));
      this.objects.length = taken;
      this.origins.cut(taken);
      this.found.reset(issues);
      return false;
    }
  }

  private readSoundObject(reader: JsonReader, start: number): void {
    let kind: unknown;
    let takenAs: string | undefined;
    const object = reader.fields(start, (key, at) => {
      if (key === "kind") {
        kind = reader.value(at);
        return false;
      }
      // `kubectl get` writes the items before the kind, which is then List.
      const listKind = kind ?? "List";
      if (key !== "items" || this.text.charAt(at) !== "[" || !isListKind(listKind)) return false;
      takenAs = listKind;
      this.readSoundItems(reader, at, itemKind(listKind), ["items"]);
      return true;
    });
    if (takenAs === undefined) this.take(object, { range: { start, end: reader.end }, path: NO_PATH });
    else if (takenAs !== object.kind) throw new NotSound();
  }

  private readSoundItems(
    reader: JsonReader,
    start: number,
    kind: string | undefined,
    shownPath: readonly Segment[],
  ): void {
    reader.list(start, (at, index) => {
      const item = reader.value(at);
      this.take(item, { range: { start: at, end: reader.end }, path: NO_PATH }, kind, [...shownPath, index]);
    });
  }

  /** Reports what is wrong with one value, or takes it. @returns where it ends; undefined when nothing can follow. */
  private readScanned(start: number): number | undefined {
    const { value, problems } = scanJsonValue(this.text, start, MAX_DEPTH);
    for (const { code, message, offset, path } of problems) this.report(code, message, offset, path);
    if (value === undefined) return undefined;
    const text = this.text.slice(value.start, value.end);
    const isReadable = value.isSound && !(this.isDamaged && isDamaged(text));
    if (isReadable) this.take(JSON.parse(text), { range: value, path: NO_PATH });
    return value.end;
  }

  private refuseSize(): void {
    const size = (this.sizeBytes / 2 ** 20).toFixed(1);
    const limit = (this.maxYamlBytes / 2 ** 20).toFixed(1);
    const message = `${size} MiB of YAML, more than the limit of ${limit} MiB: raise --max-yaml-bytes, or use JSON, which has none`;
    this.report("too-large", message, 0);
  }

  /** Reads small documents together, which is faster; apart where they are large or something is wrong with them. */
  private readStream(): void {
    for (const group of this.groupsOf(splitDocuments(this.text))) {
      const whole = spanOf(group);
      const isSmall = whole.end - whole.start <= GROUP_CHARS;
      const { documents, problems } = isSmall ? this.readRange(whole) : NOT_READ;
      if (isSmall && problems.length === 0) this.takeDocuments(documents, whole);
      else for (const chunk of group) this.readChunk(chunk);
    }
  }

  private readChunk(chunk: TextRange): void {
    if (this.readItems(chunk)) return;
    const { documents, problems } = this.readRange(chunk);
    for (const { code, message, offset, path } of problems) this.report(code, message, chunk.start + offset, path);
    this.takeDocuments(documents, chunk);
  }

  /** Reads a list item by item; false, and nothing read, when the document has to be read as a whole. */
  private readItems(chunk: TextRange): boolean {
    const split = splitItems(this.text, chunk);
    if (split === undefined) return false;
    const header = readYaml(split.header, MAX_DEPTH);
    const list = header.documents[0];
    if (header.documents.length !== 1 || !isRecord(list) || !isListKind(list.kind)) return false;
    const kind = itemKind(list.kind);
    const parts = [...this.groupsOf(split.items)].flatMap((group) => this.readGroup(group));
    const isShared = parts.some(({ read }) =>
      read.problems.some(({ message }) => message.includes("unidentified alias")),
    );
    if (isShared) return false;
    let index = 0;
    for (const { range, read } of parts) {
      const items = read.documents.flatMap((document) => (Array.isArray(document) ? document : []));
      for (const { code, message, offset, path } of read.problems) {
        const inList = ["items", index, ...parsePath(path).slice(1)];
        this.report(code, message, range.start + offset, formatPath(inList));
      }
      items.forEach((item, at) => {
        this.take(item, { range, path: [0, at] }, kind, ["items", index + at]);
      });
      index += Math.max(items.length, 1);
    }
    return true;
  }

  private readGroup(group: readonly TextRange[]): { range: TextRange; read: YamlRead }[] {
    const range = spanOf(group);
    const read = this.readRange(range);
    if (group.length === 1 || read.problems.length === 0) return [{ range, read }];
    return group.map((alone) => ({ range: alone, read: this.readRange(alone) }));
  }

  /** When the file is damaged, what holds a replaced byte is not read: its text is not what was written. */
  private readRange(range: TextRange): YamlRead {
    if (range.end - range.start > MAX_DOCUMENT_CHARS) return { documents: [], problems: [tooLarge(range)] };
    const text = this.text.slice(range.start, range.end);
    return this.isDamaged && isDamaged(text) ? NOT_READ : readYaml(text, MAX_DEPTH);
  }

  /** Neighbours whose text is small enough to be read at once. In a damaged file each stands alone. */
  private *groupsOf(ranges: Iterable<TextRange>): Generator<readonly TextRange[]> {
    let group: TextRange[] = [];
    for (const range of ranges) {
      const isNear = !this.isDamaged && range.end - (group[0]?.start ?? range.start) <= GROUP_CHARS;
      if (!isNear && group.length > 0) yield group;
      if (isNear) group.push(range);
      else group = [range];
    }
    if (group.length > 0) yield group;
  }

  private takeDocuments(documents: readonly unknown[], range: TextRange): void {
    documents.forEach((document, index) => {
      this.take(document, { range, path: [index] });
    });
  }

  /** Sorts a value into objects. @param shownPath the path of the value in its document, for issues */
  private take(value: unknown, origin: Origin, kind?: string, shownPath: readonly Segment[] = []): void {
    if (value === null || value === undefined) return;
    if (Array.isArray(value)) {
      this.takeItems(value, origin, undefined, shownPath);
    } else if (!isRecord(value)) {
      this.reportAt(origin, "not-an-object", `a ${typeof value} where a Kubernetes object should be`, shownPath);
    } else if (isListKind(value.kind) && (Array.isArray(value.items) || value.items === null)) {
      const inItems = { range: origin.range, path: [...origin.path, "items"] };
      this.takeItems(value.items ?? [], inItems, itemKind(value.kind), [...shownPath, "items"]);
    } else {
      this.takeObject(value, origin, kind, shownPath);
    }
  }

  private takeItems(items: unknown[], origin: Origin, kind: string | undefined, shownPath: readonly Segment[]): void {
    items.forEach((item, index) => {
      this.take(item, { range: origin.range, path: [...origin.path, index] }, kind, [...shownPath, index]);
    });
  }

  private takeObject(
    value: Record<string, unknown>,
    origin: Origin,
    listKind: string | undefined,
    shownPath: readonly Segment[],
  ): void {
    const kind = value.kind ?? listKind;
    if (typeof kind !== "string" || kind === "") {
      const message = kind === undefined ? "this object has no kind" : "the kind is not a text";
      this.reportAt(origin, "no-kind", message, shownPath);
      return;
    }
    const object = this.check.take(withFields<KubeObject>(value, { kind }));
    if (object === undefined) return;
    this.objects.push(object);
    this.origins.add(origin);
  }

  private listIssues(): Issue[] {
    return this.found.withCounts(this.placed(this.found.listed));
  }

  private locate(found: readonly ObjectIssue[]): Issue[] {
    const origins = this.originsOf(new Set(found.map(({ object }) => object)));
    return this.placed(
      found.map(({ object, issue }): FoundIssue => {
        const origin = origins.get(object);
        if (origin === undefined) return { issue };
        return { issue, origin: { range: origin.range, path: [...origin.path, ...parsePath(issue.path)] } };
      }),
    );
  }

  /** The issues, with file and line where there is an origin. */
  private placed(found: readonly FoundIssue[]): Issue[] {
    const lines = this.places.linesOf(found.flatMap(({ origin }) => origin ?? []));
    let next = 0;
    return found.map(({ issue, origin }) => {
      return origin === undefined ? issue : { ...issue, file: this.file, line: lines[next++] ?? 1 };
    });
  }

  private originsOf(asked: ReadonlySet<KubeObject>): ReadonlyMap<KubeObject, Origin> {
    const origins = new Map<KubeObject, Origin>();
    if (asked.size === 0) return origins;
    this.objects.forEach((object, index) => {
      if (asked.has(object)) origins.set(object, this.origins.at(index));
    });
    return origins;
  }

  private reportAt(origin: Origin, code: string, message: string, shownPath: readonly Segment[]): void {
    this.found.add(code, () => {
      return { issue: { code, severity: "error", message, path: formatPath(shownPath) }, origin };
    });
  }

  private report(code: string, message: string, offset: number, path = ""): void {
    this.found.add(code, () => {
      const line = this.places.lineAt(offset);
      return { issue: { code, severity: "error", message, path, file: this.file, line } };
    });
  }
}

/** By content: a file's name says little. `{` without a quoted key is YAML's flow style; JSON has no `---` lines. */
function looksLikeJson(text: string): boolean {
  // No regular expression: the text that one matched last is kept in memory.
  const value = text.trimStart();
  const opening = value.startsWith("{") ? `{${value.slice(1).trimStart().charAt(0)}` : value.charAt(0);
  return ["[", '{"', "{}"].includes(opening) && !text.includes("\n---");
}

function spanOf(ranges: readonly TextRange[]): TextRange {
  return { start: ranges[0]?.start ?? 0, end: ranges[ranges.length - 1]?.end ?? 0 };
}

function tooLarge({ start, end }: TextRange): YamlRead["problems"][number] {
  const sizes = `${((end - start) / 2 ** 20).toFixed(1)} MiB, more than ${MAX_DOCUMENT_CHARS / 2 ** 20} MiB`;
  return {
    code: "too-large",
    message: `one YAML document of ${sizes}: use JSON, which has no limit`,
    path: "",
    offset: 0,
  };
}

function isDamaged(text: string): boolean {
  return text.includes("\ufffd");
}

/** A plain object, as far as sorting reads it. */
interface RawObject {
  readonly kind?: unknown;
  readonly items?: unknown;
  readonly [field: string]: unknown;
}

function isRecord(value: unknown): value is RawObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isListKind(kind: unknown): kind is string {
  return typeof kind === "string" && kind.endsWith("List");
}

/** Items of a typed list (`NodeList`) may leave their kind out, as the API server writes them. */
function itemKind(listKind: string): string | undefined {
  return listKind === "List" ? undefined : listKind.slice(0, -"List".length);
}
