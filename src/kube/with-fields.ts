/** Copies of objects of which some fields differ. */

/** Fields of an object; one that is undefined says nothing. */
type Fields<T> = { readonly [K in keyof T]?: T[K] | undefined };

const NOTHING = Object.freeze({});

/**
 * The object with these fields; itself where it has them all. A missing one is taken for one without fields; `fields` is
 * then what comes out if it says all, so it has to be the caller's own.
 *
 * A copy is made by `Object.assign`: where a field is added behind a spread, V8 before Node 22 makes a hidden class for
 * each copy, which weighs 150 to 300 bytes and makes slow what reads it.
 */
export function withFields<T extends object>(object: T | null | undefined, fields: Fields<T>): T {
  if (!object && Object.values(fields).every((value) => value !== undefined)) return fields as T;
  const given = object ?? (NOTHING as T);
  let copy: { -readonly [K in keyof T]: T[K] } | undefined;
  for (const name in fields) {
    const value = fields[name];
    if (value === undefined || value === given[name]) continue;
    copy ??= copyOf(given);
    copy[name] = value;
  }
  return copy ?? given;
}

/** JSON can have a field called `__proto__`, which Object.assign would make the prototype of the copy. */
function copyOf<T extends object>(object: T): T {
  return Object.hasOwn(object, "__proto__") ? { ...object } : Object.assign({}, object);
}
